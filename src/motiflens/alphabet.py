"""DNA letters as integer codes: A, C, G, T are 0-3 and anything else is 4.

Every array of sequences in motiflens is built here. The base order A, C, G, T holds
everywhere; an unknown base is a column of zeros once one-hot encoded.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BASES = "ACGT"
UNKNOWN = 4
IUPAC = frozenset("ACGTURYSWKMBDHVNX.-")

Codes = npt.NDArray[np.uint8]


def _code_table(*, soft_masked: bool) -> Codes:
    table = np.full(256, UNKNOWN, dtype=np.uint8)
    for code, base in enumerate(BASES):
        table[ord(base)] = code
        table[ord(base.lower())] = UNKNOWN if soft_masked else code
    table[ord("U")] = table[ord("T")]
    table[ord("u")] = table[ord("t")]
    return table


_CODES = _code_table(soft_masked=False)
_MASKED_CODES = _code_table(soft_masked=True)
_LETTERS = np.frombuffer(b"ACGTN", dtype=np.uint8)


def encode(letters: str | bytes, *, mask_lower: bool = False) -> Codes:
    """Turn letters into codes 0-3, and 4 for everything that is not one base.

    Parameters
    ----------
    letters
        DNA letters of either case; U counts as T.
    mask_lower
        Treat lower-case (soft-masked) letters as unknown. Default False.

    Returns
    -------
    codes
        ``(length,)`` uint8.

    Examples
    --------
    >>> encode("ACGTN").tolist()
    [0, 1, 2, 3, 4]
    >>> encode("acGT", mask_lower=True).tolist()
    [4, 4, 2, 3]
    """
    data = letters.encode("ascii", "replace") if isinstance(letters, str) else letters
    table = _MASKED_CODES if mask_lower else _CODES
    return table[np.frombuffer(data, dtype=np.uint8)]


def decode(codes: Codes) -> str:
    """Turn ``(length,)`` codes back into letters, N for unknown.

    Examples
    --------
    >>> decode(encode("acgtR"))
    'ACGTN'
    """
    return bytes(_LETTERS[np.minimum(codes, UNKNOWN)]).decode("ascii")


def reverse_complement(codes: Codes) -> Codes:
    """Reverse and complement codes along the last axis; unknown stays unknown.

    Examples
    --------
    >>> decode(reverse_complement(encode("AACGN")))
    'NCGTT'
    """
    flipped = codes[..., ::-1]
    return np.where(flipped < UNKNOWN, 3 - flipped, flipped).astype(np.uint8)


def one_hot(codes: Codes) -> npt.NDArray[np.float32]:
    """Encode ``(n, length)`` codes as ``(n, 4, length)`` float32, zeros where unknown.

    Examples
    --------
    >>> one_hot(encode("ACN")[None])[0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    bases = np.arange(4, dtype=np.uint8)[None, :, None]
    hot: npt.NDArray[np.float32] = (codes[:, None, :] == bases).astype(np.float32)
    return hot
