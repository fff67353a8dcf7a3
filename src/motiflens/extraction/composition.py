"""Composition of sequences: what a difference between classes may come down to without any motif.

Where the positives are richer in G and C, so is any motif made of these; where they are longer, there is more of
any motif. What these explain is no evidence for a motif. Words of two or three letters would explain more, and too
much: the motifs of some factors (ARID3A, TATA boxes) lie so densely that they are composition.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.contrasts import contrast_of

Floats = npt.NDArray[np.float64]
_POWERS = np.array([1, 2, 3])
_SURE = 1e-3
_SEQUENCES_A_COLUMN = 10


def composition(codes: Codes, positive: npt.NDArray[np.bool_], *, both_strands: bool) -> Floats | None:
    """Return what differs between the classes without a motif, as columns of a regression.

    Held fixed where the classes are alike in it, as shuffled negatives are, GC content would sharpen every faint
    difference in words of three letters, and these would drown the motifs.

    Parameters
    ----------
    codes
        ``(n, length)``.
    positive
        ``(n,)`` the class of each.
    both_strands
        Whether a letter and its complement are one; otherwise the difference between A and T, and between C
        and G, may differ too.

    Returns
    -------
    columns
        ``(n, m)``: powers one to three, or the first where there are fewer than ten sequences a column, of each measure
        that differs for sure (p < 0.001): GC content, and the number of known letters. None when none does.
    """
    counts = np.stack([(codes == letter).sum(axis=1) for letter in range(UNKNOWN)], axis=1).astype(np.float64)
    known = counts.sum(axis=1)
    shares = counts / np.maximum(known, 1)[:, None]
    measures = [shares[:, 1] + shares[:, 2], known]
    measures += [] if both_strands else [shares[:, 0] - shares[:, 3], shares[:, 1] - shares[:, 2]]
    powers = [_powers(each) for each in measures if each.std() > 0]
    differing = [each for each in powers if _differs(each, positive)]
    return np.hstack(differing) if differing else None


def _powers(values: Floats) -> Floats:
    standard = (values - values.mean()) / values.std()
    powers = _POWERS if len(values) >= _SEQUENCES_A_COLUMN * len(_POWERS) else _POWERS[:1]
    return np.asarray(standard[:, None] ** powers)


def _differs(columns: Floats, positive: npt.NDArray[np.bool_]) -> bool:
    gain = contrast_of(positive, columns).log_likelihood - contrast_of(positive).log_likelihood
    return bool(chi2.sf(2 * gain, columns.shape[1]) < _SURE)
