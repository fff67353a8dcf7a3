"""The compiled loop that scores every window of a sequence with a set of matrices.

Networks and motif scans share it. The score of a window is a sum of look-ups: the window
is read as words of three letters (five letters each, unknown included, so 125 words), and
a table holds what every matrix gives to every word at every third position.

Shapes: n sequences, L columns, F matrices of width k, C = F or 2F columns (both strands),
G = ceil(k / 3) words a window, B position bins. The best window needs no activation map::

    s[p, f]  = sum_j W[j, x[p + j], f] + u[bin(p), f]
    best[f]  = max_p max(s[p, f], s'[p, f]),   s' with W'[j, c] = W[k-1-j, 3-c]

Every loop runs in one thread and releases the interpreter's lock.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

FLAGS: dict[str, Any] = {"nogil": True, "cache": True, "fastmath": True, "error_model": "numpy"}


@njit(nogil=True, cache=True)
def word_codes(codes):
    """Read ``(n, L)`` codes as ``(n, L)`` overlapping words of three letters, 0-124."""
    n, length = codes.shape
    words = np.empty((n, length), np.uint8)
    for i in range(n):
        for p in range(length):
            second = codes[i, p + 1] if p + 1 < length else 4
            third = codes[i, p + 2] if p + 2 < length else 4
            words[i, p] = codes[i, p] * 25 + second * 5 + third
    return words


@njit(**FLAGS)
def build_table(kernel, both, table):
    """Fill ``(G, 125, C)`` with what each matrix of ``(k, 4 or 5, F)`` gives to each word.

    A fifth row is the score of an unknown base; without it an unknown base scores nothing.
    """
    k, n_letters, n_filters = kernel.shape
    for g in range(table.shape[0]):
        for word in range(125):
            for f in range(table.shape[2]):
                table[g, word, f] = np.float32(0)
            for j in range(3):
                base = (word // 5 ** (2 - j)) % 5
                other = 3 - base if base < 4 else 4
                q = 3 * g + j
                if q < k and base < n_letters:
                    for f in range(n_filters):
                        table[g, word, f] += kernel[q, base, f]
                    if both:
                        for f in range(n_filters):
                            table[g, word, n_filters + f] += kernel[k - 1 - q, other, f]


@njit(**FLAGS)
def pool_row(words, table, shift, bins, n_windows, acc, best, where):
    """Best score of every column over the windows of one sequence, and where it lies.

    words ``(L,)``, table ``(G, 125, C)``, shift ``(B, C)`` added by bin, bins ``(L,)``;
    fills best ``(C,)`` and where ``(C,)``.
    """
    n_words, _, n_columns = table.shape
    for f in range(n_columns):
        best[f] = np.float32(-3e38)
        where[f] = 0
    for p in range(n_windows):
        row = bins[p]
        for f in range(n_columns):
            acc[f] = shift[row, f]
        g = 0
        while g + 4 <= n_words:
            q = p + 3 * g
            a, b, c, d = words[q], words[q + 3], words[q + 6], words[q + 9]
            for f in range(n_columns):
                acc[f] += (table[g, a, f] + table[g + 1, b, f]) + (table[g + 2, c, f] + table[g + 3, d, f])
            g += 4
        if g + 2 <= n_words:
            q = p + 3 * g
            a, b = words[q], words[q + 3]
            for f in range(n_columns):
                acc[f] += table[g, a, f] + table[g + 1, b, f]
            g += 2
        if g < n_words:
            a = words[p + 3 * g]
            for f in range(n_columns):
                acc[f] += table[g, a, f]
        here = np.int32(p)
        for f in range(n_columns):
            better = acc[f] > best[f]
            best[f] = acc[f] if better else best[f]
            where[f] = here if better else where[f]


@njit(**FLAGS)
def merge_strands(best, where, both, pooled, window):
    """Take the better strand: ``window`` is ``2 p + strand``, strand 1 the reverse."""
    n_filters = pooled.shape[0]
    for f in range(n_filters):
        pooled[f] = best[f]
        window[f] = 2 * where[f]
    if both:
        for f in range(n_filters):
            if best[n_filters + f] > pooled[f]:
                pooled[f] = best[n_filters + f]
                window[f] = 2 * where[n_filters + f] + 1


@njit(**FLAGS)
def tables(kernel, shift, both):
    """Word table ``(G, 125, C)`` and position shifts ``(B, C)`` of the matrices."""
    k, _, n_filters = kernel.shape
    n_columns = 2 * n_filters if both else n_filters
    table = np.empty(((k + 2) // 3, 125, n_columns), np.float32)
    build_table(kernel, both, table)
    wide = np.empty((shift.shape[0], n_columns), np.float32)
    for b in range(shift.shape[0]):
        for f in range(n_columns):
            wide[b, f] = shift[b, f % n_filters]
    return table, wide


@njit(**FLAGS)
def best_windows(words, kernel, shift, bins, both, pooled, window):
    """Best score ``(n, F)`` of each matrix over all windows, and the window ``2 p + strand``."""
    table, wide = tables(kernel, shift, both)
    n_columns, n_windows = table.shape[2], words.shape[1] - kernel.shape[0] + 1
    acc, best = np.empty(n_columns, np.float32), np.empty(n_columns, np.float32)
    where = np.empty(n_columns, np.int32)
    for i in range(words.shape[0]):
        pool_row(words[i], table, wide, bins, n_windows, acc, best, where)
        merge_strands(best, where, both, pooled[i], window[i])
