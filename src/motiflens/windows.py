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

import math

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.vectors import CACHE_LINE, LANES, LETTERS, TABLE_ROWS, above, pool

Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


def words_of(width: int) -> int:
    """Return G, the words that a window of ``width`` letters is read as."""
    return -(-width // LETTERS)


def best_windows(
    codes: Codes,
    kernel: Floats32,
    shift: Floats32,
    edges: Integers,
    pooled: Floats32,
    window: npt.NDArray[np.int32],
    *,
    both: bool,
    rows: Integers | None = None,
    table: Floats32 | None = None,
) -> None:
    """Find the best window of each matrix in each sequence; the first one if several are best.

    Parameters
    ----------
    codes
        ``(n, L)``, L >= k.
    kernel
        ``(k, 4 or 5, F)``. A fifth row is the score of an unknown base; without it an unknown
        base scores nothing.
    shift, edges
        ``(B, F)`` score added to a window by its bin (``(0, F)`` for none), and ``(B + 1,)`` first columns of windows
        where a bin begins or ends; bin b holds the windows from ``edges[b]`` to below
        ``edges[b + 1]``.
    pooled, window
        ``(n, F)`` results: the best score, and ``2 p + strand``, strand 1 the reverse.
    both
        Whether to read the reverse strand too.
    rows
        ``(m,)`` sequences to read, all by default; the results then have m rows.
    table
        Room for the look-ups, from `look_up_room`, for callers that come again.
    """
    chosen = np.arange(len(codes)) if rows is None else rows
    room = look_up_room(kernel.shape[0], kernel.shape[2], both=both) if table is None else table
    pool(np.ascontiguousarray(codes), chosen, kernel, shift, edges, room, pooled, window)


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
    table = look_up_room(kernel.shape[0], kernel.shape[2], both=False)
    lowest = np.full((table.shape[1], table.shape[-1]), np.inf, np.float32)
    lowest.ravel()[: len(cut_offs)] = cut_offs
    start, matrix = np.divmod(np.sort(above(np.ascontiguousarray(code), kernel, lowest, table)), lowest.size)
    score = np.zeros(len(start), np.float32)
    for j, row in enumerate(kernel):
        letter = np.where(start + j < len(code), code[np.minimum(start + j, len(code) - 1)], UNKNOWN)
        score += row[letter, matrix]
    return matrix, start, score


def look_up_room(width: int, n_matrices: int, *, both: bool) -> Floats32:
    """Return room for what each word gives to each matrix: ``(strands, blocks, G, 128, W)``.

    W is 16 or 32 matrices. The room starts on a cache line, for a vector that lies across two
    costs twice as much to read.
    """
    side = LANES if n_matrices <= LANES else 2 * LANES
    return aligned((2 if both else 1, -(-n_matrices // side), words_of(width), TABLE_ROWS, side))


def aligned(shape: tuple[int, ...]) -> Floats32:
    """Return zeros that start on a cache line."""
    size = math.prod(shape)
    room = np.zeros(size + CACHE_LINE // 4, np.float32)
    start = -room.ctypes.data % CACHE_LINE // 4
    return room[start : start + size].reshape(shape)
