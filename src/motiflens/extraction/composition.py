"""Composition of sequences: what a difference between classes may come down to without any motif.

Where the positives are richer in G and C, so is any motif made of these; where they are longer, there is more of
any motif. What these explain is no evidence for a motif. Words of two or three letters would explain more, and too
much: the motifs of some factors (ARID3A, TATA boxes) lie so densely that they are composition.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes

Floats = npt.NDArray[np.float64]
_POWERS = (1, 2, 3)
_SEQUENCES_A_COLUMN = 10


def composition(codes: Codes, *, both_strands: bool) -> Floats | None:
    """Return what may differ between classes without a motif: GC content and length, as columns of a regression.

    Parameters
    ----------
    codes
        ``(n, length)``.
    both_strands
        Whether a letter and its complement are one; otherwise the shares of A and of C among each pair
        count too.

    Returns
    -------
    columns
        ``(n, m)``: powers one to three of GC content and of the number of known letters, standardised; those that are
        the same for all sequences are left out, and the higher ones where there are fewer than ten sequences a
        column. None when none is left.
    """
    counts = np.stack([(codes == letter).sum(axis=1) for letter in range(UNKNOWN)], axis=1).astype(np.float64)
    known = counts.sum(axis=1)
    shares = counts / np.maximum(known, 1)[:, None]
    measures = [shares[:, 1] + shares[:, 2], known]
    measures += [] if both_strands else [shares[:, 0] - shares[:, 3], shares[:, 1] - shares[:, 2]]
    varied = [_standardised(each) for each in measures if each.std() > 0]
    powers = [each**power for power in _POWERS for each in varied]
    columns = powers[: max(len(varied), len(codes) // _SEQUENCES_A_COLUMN)]
    return np.column_stack(columns) if columns else None


def _standardised(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std())
