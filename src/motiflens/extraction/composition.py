"""Composition of sequences: what a difference between classes may come down to without any motif.

Where the positives are richer in G and C, so is any motif made of these. What the composition of the
sequences explains is no evidence for a motif. Words of two or three letters would explain more, and too much:
the motifs of some factors (ARID3A, TATA boxes) lie so densely that they are composition.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from motiflens.alphabet import Codes
from motiflens.contrasts import contrast_of

Floats = npt.NDArray[np.float64]
_SURE = 1e-3
_SEQUENCES_A_COLUMN = 20


def composition(codes: Codes, *, both_strands: bool) -> Floats:
    """Return the share of each letter in each sequence.

    Parameters
    ----------
    codes
        ``(n, length)``.
    both_strands
        Whether a letter and its complement are one, so that GC content is all there is.

    Returns
    -------
    shares
        ``(n, 1)`` GC content, or ``(n, 3)`` of A, C and G.
    """
    counts = np.stack([(codes == letter).sum(axis=1) for letter in range(4)], axis=1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.asarray(shares[:, 1:2] + shares[:, 2:3] if both_strands else shares[:, :3])


def differing_composition(codes: Codes, positive: npt.NDArray[np.bool_], *, both_strands: bool) -> Floats | None:
    """Return the composition where the classes differ in it for sure (p < 0.001), None where they do not.

    Parameters
    ----------
    codes
        ``(n, length)``.
    positive
        ``(n,)`` the class of each.
    both_strands
        As in `composition`.
    """
    columns = composition(codes, both_strands=both_strands)
    columns = columns[:, columns.std(axis=0) > 0]
    if columns.shape[1] == 0 or len(codes) < _SEQUENCES_A_COLUMN * columns.shape[1]:
        return None
    gain = contrast_of(positive, columns).log_likelihood - contrast_of(positive).log_likelihood
    return columns if chi2.sf(2 * gain, columns.shape[1]) < _SURE else None
