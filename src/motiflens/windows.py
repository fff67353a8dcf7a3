"""The compiled loops that score every window of a sequence with a set of matrices.

Networks and motif scans share them. The score of a window is a sum of look-ups: the window
is read as words of three letters (five letters each, unknown included, so 125 words), and
a table holds what every matrix gives to every word at every third position.

Shapes: n sequences, L columns, F matrices of width k, G = ceil(k / 3) words a window, B
position bins. The best window needs no activation map::

    s[p, f]  = sum_j W[j, x[p + j], f] + u[bin(p), f]
    best[f]  = max_p max(s[p, f], s'[p, f]),   s' with W'[j, c] = W[k-1-j, 3-c]

The loops run in one thread and release the interpreter's lock. Sequences do not touch each
other, so a set may be cut between threads anywhere.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.vectors import FLAGS, LANES, LETTERS, TABLE_ROWS, above, pool

Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
_COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN])
_CACHE_LINE = 64


def words_of(width: int) -> int:
    """Return G, the words that a window of ``width`` letters is read as."""
    return -(-width // LETTERS)


def best_windows(
    codes: Codes,
    kernel: Floats32,
    shift: Floats32,
    bins: Integers,
    both: bool,  # noqa: FBT001
    pooled: Floats32,
    window: npt.NDArray[np.int32],
    rows: Integers | None = None,
) -> None:
    """Find the best window of each matrix in each sequence; the first one if several are best.

    Parameters
    ----------
    codes
        ``(n, L)``, L >= k.
    kernel
        ``(k, 4 or 5, F)``. A fifth row is the score of an unknown base; without it an unknown
        base scores nothing.
    shift, bins
        ``(B, F)`` score added to a window by its bin, and ``(L,)`` bin by its first column,
        never falling along the sequence.
    both
        Whether to read the reverse strand too.
    pooled, window
        ``(n, F)`` results: the best score, and ``2 p + strand``, strand 1 the reverse.
    rows
        ``(m,)`` sequences to read, all by default; the results then have m rows.
    """
    chosen = np.arange(len(codes)) if rows is None else rows
    n_windows = codes.shape[1] - len(kernel) + 1
    edges = np.searchsorted(bins[:n_windows], np.arange(len(shift) + 1))
    table = look_up_table(kernel, both=both)
    pool(codes, chosen, table, _in_blocks(shift, table.shape[-1]), edges, pooled, window)


def windows_above(
    code: npt.NDArray[np.uint8], kernel: Floats32, cut_offs: Floats32
) -> tuple[Integers, Integers, Floats32]:
    """Find every window of one sequence that reaches the cut-off of a matrix.

    Parameters
    ----------
    code
        ``(L,)``. A window that begins in the sequence and ends beyond it reads unknown letters.
    kernel
        ``(k, 5, F)`` scores, that of an unknown base in the fifth row. Narrower matrices have
        rows of zeros at their end.
    cut_offs
        ``(F,)``.

    Returns
    -------
    matrix, start, score
        ``(n_hits,)``, ordered by start, then by matrix.
    """
    table = look_up_table(kernel, both=False)
    width = table.shape[-1]
    lowest = np.full(table.shape[1] * width, np.inf, np.float32)
    lowest[: len(cut_offs)] = cut_offs
    start, matrix = np.divmod(np.sort(above(code, table, lowest.reshape(-1, width))), lowest.size)
    score = np.zeros(len(start), np.float32)
    for j, row in enumerate(kernel):
        letter = np.where(start + j < len(code), code[np.minimum(start + j, len(code) - 1)], UNKNOWN)
        score += row[letter, matrix]
    return matrix, start, score


def look_up_table(kernel: Floats32, *, both: bool) -> Floats32:
    """Lay out what each word gives to each matrix: ``(strands, blocks, G, 128, W)``.

    W is 16 or 32 matrices; positions and matrices beyond the last score nothing. The table
    starts on a cache line, for a vector that lies across two costs twice as much to read.
    """
    k, n_letters, n_filters = kernel.shape
    width = LANES if n_filters <= LANES else 2 * LANES
    n_blocks = -(-n_filters // width)
    scores = np.zeros((2 if both else 1, LETTERS * words_of(k), 5, n_blocks * width), np.float32)
    scores[0, :k, :n_letters, :n_filters] = kernel
    if both:
        scores[1, :k, :n_letters, :n_filters] = kernel[::-1, _COMPLEMENT[:n_letters]]
    table = _aligned((len(scores), n_blocks, words_of(k), TABLE_ROWS, width))
    _fill(scores, table)
    return table


def _in_blocks(values: Floats32, width: int) -> Floats32:
    """Pad ``(B, F)`` to whole blocks of ``width`` matrices: ``(B, blocks, width)``."""
    n_blocks = -(-values.shape[1] // width)
    padded = np.zeros((len(values), n_blocks * width), np.float32)
    padded[:, : values.shape[1]] = values
    return padded.reshape(len(values), n_blocks, width)


def _aligned(shape: tuple[int, ...]) -> Floats32:
    size = int(np.prod(shape))
    room = np.empty(size + _CACHE_LINE // 4, np.float32)
    start = -room.ctypes.data % _CACHE_LINE // 4
    return room[start : start + size].reshape(shape)


@njit(**FLAGS)
def _fill(scores, table):
    n_strands, n_blocks, n_words, _, width = table.shape
    for strand in range(n_strands):
        for block in range(n_blocks):
            for g in range(n_words):
                at = scores[strand, 3 * g : 3 * g + 3, :, block * width : (block + 1) * width]
                for word in range(125):
                    a, b, c = word // 25, word // 5 % 5, word % 5
                    for f in range(width):
                        table[strand, block, g, word, f] = at[0, a, f] + at[1, b, f] + at[2, c, f]
