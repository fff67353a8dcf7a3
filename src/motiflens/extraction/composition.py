"""Composition of sequences: what a difference between classes may come down to without any motif.

Where the positives are richer in some words of three letters, any motif that is made of these is
enriched. What the composition of the sequences explains is no evidence for a motif.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from motiflens.alphabet import Codes
from motiflens.contrasts import contrast_of
from motiflens.kmers import kmer_indices, reverse_complement_indices

Floats = npt.NDArray[np.float64]
_LETTERS = 3
_SURE = 1e-3
_SEQUENCES_A_COLUMN = 20


def composition(codes: Codes, *, both_strands: bool) -> Floats:
    """Return the share of each word of three letters in each sequence.

    Parameters
    ----------
    codes
        ``(n, length)``.
    both_strands
        Whether a word and its reverse complement are one: 32 words, 64 otherwise.

    Returns
    -------
    shares
        ``(n, words - 1)``: as they sum to 1, the last is left out.
    """
    indices = kmer_indices(codes, _LETTERS)
    number = np.arange(4**_LETTERS)
    if both_strands:
        _, number = np.unique(np.minimum(number, reverse_complement_indices(_LETTERS)), return_inverse=True)
    n_words = int(number.max()) + 1
    words = np.where(indices < 0, n_words, np.append(number, n_words)[indices])
    cells = words + (n_words + 1) * np.arange(len(codes))[:, None]
    counts = np.bincount(cells.ravel(), minlength=len(codes) * (n_words + 1)).reshape(len(codes), n_words + 1)
    shares = counts[:, :n_words] / np.maximum(counts[:, :n_words].sum(axis=1, keepdims=True), 1)
    return np.asarray(shares[:, :-1])


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
