"""The compiled loop that scores every window of a sequence with a set of matrices.

Networks and motif scans share it. The score of a window is a sum of look-ups: the window
is read as words of three letters (five letters each, unknown included, so 125 words), and
a table holds what every matrix gives to every word at every third position.

Shapes: n sequences, L columns, F matrices of width k, C = F or 2F columns (both strands),
G words a window, B position bins. The best window needs no activation map::

    s[p, f]  = sum_j W[j, x[p + j], f] + u[bin(p), f]
    best[f]  = max_p max(s[p, f], s'[p, f]),   s' with W'[j, c] = W[k-1-j, 3-c]

The loop runs in one thread and releases the interpreter's lock.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes

FLAGS: dict[str, Any] = {"nogil": True, "cache": True, "fastmath": True, "error_model": "numpy"}
Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
_COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN])


def word_codes(codes: Codes) -> npt.NDArray[np.uint8]:
    """Read ``(n, L)`` codes as ``(n, L)`` overlapping words of three letters, 0-124.

    Beyond the last column every letter is unknown.

    Examples
    --------
    >>> word_codes(np.array([[0, 1, 2, 3]], np.uint8)).tolist()
    [[7, 38, 69, 99]]
    """
    letters = np.pad(codes, ((0, 0), (0, 2)), constant_values=UNKNOWN)
    words: npt.NDArray[np.uint8] = letters[:, :-2] * 25 + letters[:, 1:-1] * 5 + letters[:, 2:]
    return words


def best_windows(
    words: npt.NDArray[np.uint8],
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
    words
        ``(n, L)`` of `word_codes`, L >= k.
    kernel
        ``(k, 4 or 5, F)``. A fifth row is the score of an unknown base; without it an unknown
        base scores nothing.
    shift, bins
        ``(B, F)`` score added to a window by its bin, and ``(L,)`` bin by its first column.
    both
        Whether to read the reverse strand too.
    pooled, window
        ``(n, F)`` results: the best score, and ``2 p + strand``, strand 1 the reverse.
    rows
        ``(m,)`` sequences to read, all by default; the results then have m rows.
    """
    wide = np.concatenate((shift, shift), axis=1) if both else shift
    chosen = np.arange(len(words)) if rows is None else rows
    _pool(
        words, chosen, _letter_scores(kernel, both=both), wide, bins, words.shape[1] - len(kernel) + 1, pooled, window
    )


def _letter_scores(kernel: Floats32, *, both: bool) -> Floats32:
    """Lay out ``(3 G, 5, C)`` scores by position and letter; positions from k on score nothing.

    G is 4, 7, 10, …, for the loop takes three words a turn and four in its last.
    """
    k, n_letters, n_filters = kernel.shape
    n_words = 4 + 3 * max(0, -(-(k - 12) // 9))
    scores = np.zeros((3 * n_words, 5, 2 * n_filters if both else n_filters), np.float32)
    scores[:k, :n_letters, :n_filters] = kernel
    if both:
        scores[:k, :n_letters, n_filters:] = kernel[::-1, _COMPLEMENT[:n_letters]]
    return scores


@njit(**FLAGS)
def _pool(words, rows, scores, shift, bins, n_windows, pooled, window):
    n_words, n_columns, n_filters, last = scores.shape[0] // 3, scores.shape[2], pooled.shape[1], words.shape[1] - 1
    table = np.empty((n_words, 125, n_columns), np.float32)
    for g in range(n_words):
        for word in range(125):
            a, b, c = word // 25, word // 5 % 5, word % 5
            for f in range(n_columns):
                table[g, word, f] = scores[3 * g, a, f] + scores[3 * g + 1, b, f] + scores[3 * g + 2, c, f]
    acc, best, where = np.empty(n_columns, np.float32), np.empty(n_columns, np.float32), np.empty(n_columns, np.int32)
    for r in range(rows.shape[0]):
        word_at = words[rows[r]]
        for f in range(n_columns):
            best[f] = np.float32(-3e38)
            where[f] = 0
        for p in range(n_windows):
            here, row = np.int32(p), bins[p]
            for f in range(n_columns):
                acc[f] = shift[row, f]
            for g in range(0, n_words - 4, 3):
                q = p + 3 * g
                a, b, c = word_at[q], word_at[q + 3], word_at[q + 6]
                for f in range(n_columns):
                    acc[f] += table[g, a, f] + table[g + 1, b, f] + table[g + 2, c, f]
            g = n_words - 4
            q = p + 3 * g
            a, b = word_at[min(q, last)], word_at[min(q + 3, last)]
            c, d = word_at[min(q + 6, last)], word_at[min(q + 9, last)]
            for f in range(n_columns):
                score = acc[f] + ((table[g, a, f] + table[g + 1, b, f]) + (table[g + 2, c, f] + table[g + 3, d, f]))
                better = score > best[f]
                best[f] = score if better else best[f]
                where[f] = here if better else where[f]
        for f in range(n_filters):
            pooled[r, f] = best[f]
            window[r, f] = 2 * where[f]
        for f in range(n_columns - n_filters):
            if best[n_filters + f] > pooled[r, f]:
                pooled[r, f] = best[n_filters + f]
                window[r, f] = 2 * where[n_filters + f] + 1
