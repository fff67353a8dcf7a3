"""Words of k bases as numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes


def kmer_indices(codes: Codes, k: int) -> npt.NDArray[np.int32]:
    """Number the words of ``k`` bases at every position, the first base most significant.

    Parameters
    ----------
    codes
        ``(n, width)``.
    k
        Word length, in [1, 15].

    Returns
    -------
    indices
        ``(n, width - k + 1)`` in [0, 4 ** k), and -1 where a base of the word is unknown;
        no column when the rows are shorter than ``k``.

    Examples
    --------
    >>> from motiflens.alphabet import encode
    >>> kmer_indices(encode("AACTNA")[None], 2).tolist()
    [[0, 1, 7, -1, -1]]
    """
    n_words = max(codes.shape[1] - k + 1, 0)
    indices = np.zeros((len(codes), n_words), dtype=np.int32)
    unknown = np.zeros(indices.shape, dtype=np.bool_)
    for offset in range(k):
        column = codes[:, offset : offset + n_words]
        indices <<= 2
        indices += column & 3
        unknown |= column == UNKNOWN
    indices[unknown] = -1
    return indices


def reverse_complement_indices(k: int) -> npt.NDArray[np.int32]:
    """Return, for each of the ``4 ** k`` words, the number of its reverse complement.

    Examples
    --------
    >>> reverse_complement_indices(1).tolist()
    [3, 2, 1, 0]
    """
    words = np.arange(4**k, dtype=np.int32)
    reverse = np.zeros_like(words)
    for offset in range(k):
        reverse = (reverse << 2) | (3 - ((words >> (2 * offset)) & 3))
    return reverse
