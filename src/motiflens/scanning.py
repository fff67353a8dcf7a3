"""Find the sites of motifs in sequences, on one strand or both."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes, reverse_complement
from motiflens.windows import best_windows

Matrix = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_NEVER = np.float32(-1e4)
"""Score of an unknown base: no window that holds one is ever a site."""
_WIDE = 12
"""Matrices up to this width are scanned together, and wider ones together."""


@dataclass(frozen=True)
class BestSites:
    """The best site of each motif in each sequence.

    Attributes
    ----------
    scores
        ``(n, n_motifs)`` float32 sums of the matrix over the site; below -1000 when every
        window holds an unknown base.
    start
        ``(n, n_motifs)`` first column of the site.
    reverse
        ``(n, n_motifs)`` whether it lies on the reverse strand.
    """

    scores: npt.NDArray[np.float32]
    start: Integers
    reverse: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Hits:
    """Sites of one motif: ``(n_hits,)`` sequence index, first column, strand and score."""

    row: Integers
    start: Integers
    reverse: npt.NDArray[np.bool_]
    scores: npt.NDArray[np.float32]


def best_sites(codes: Codes, matrices: Sequence[Matrix], *, both_strands: bool = True, threads: int = 1) -> BestSites:
    """Return the best site of each score matrix in each sequence.

    Parameters
    ----------
    codes
        ``(n, length)`` uint8. Windows that hold an unknown base are no sites.
    matrices
        Score matrices ``(4, width)``, of any widths.
    both_strands
        Read the reverse strand too. Default True.
    threads
        Number of threads; the result does not depend on it.
    """
    widths = np.array([matrix.shape[1] for matrix in matrices], dtype=np.int64)
    result = BestSites(
        np.empty((len(codes), len(widths)), np.float32),
        np.empty((len(codes), len(widths)), np.int64),
        np.empty((len(codes), len(widths)), bool),
    )
    for wide in (False, True):
        mine = np.flatnonzero((widths > _WIDE) == wide)
        if len(mine):
            _scan(codes, [matrices[int(f)] for f in mine], mine, result, both_strands=both_strands, threads=threads)
    return result


def _scan(
    codes: Codes, matrices: Sequence[Matrix], columns: Integers, result: BestSites, *, both_strands: bool, threads: int
) -> None:
    """Fill these columns of the result; matrices are padded to one width, sequences to match."""
    widths = np.array([matrix.shape[1] for matrix in matrices], dtype=np.int64)
    k, n = int(widths.max()), len(matrices)
    margin = k - int(widths.min()) + max(0, k - codes.shape[1])
    kernel = np.zeros((k, 5, n), np.float32)
    for f, matrix in enumerate(matrices):
        kernel[: widths[f], :4, f] = matrix.T
        kernel[: widths[f], 4, f] = _NEVER
    bins = np.zeros(codes.shape[1] + 2 * margin, np.int64)
    shift = np.zeros((1, n), np.float32)

    def scan(rows: Integers) -> None:
        scores, windows = np.empty((len(rows), n), np.float32), np.empty((len(rows), n), np.int32)
        padded = np.pad(codes[rows[0] : rows[-1] + 1], ((0, 0), (margin, margin)), constant_values=UNKNOWN)
        best_windows(padded, kernel, shift, bins, both_strands, scores, windows)
        reverse = (windows & 1).astype(bool)
        here = np.ix_(rows, columns)
        result.scores[here] = scores
        result.start[here] = (windows >> 1) - margin + np.where(reverse, k - widths, 0)
        result.reverse[here] = reverse

    parts = [rows for rows in np.array_split(np.arange(len(codes)), max(1, threads)) if len(rows)]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        list(pool.map(scan, parts))


def site_letters(codes: Codes, rows: Integers, start: Integers, reverse: npt.NDArray[np.bool_], width: int) -> Codes:
    """Return ``(n_sites, width)`` codes of sites as read on their strand, unknown beyond the ends."""
    columns = start[:, None] + np.arange(width)
    inside = (columns >= 0) & (columns < codes.shape[1])
    letters = np.where(inside, codes[rows[:, None], np.clip(columns, 0, codes.shape[1] - 1)], UNKNOWN)
    return np.where(reverse[:, None], reverse_complement(letters.astype(np.uint8)), letters).astype(np.uint8)


def erase(codes: Codes, rows: Integers, start: Integers, width: int) -> Codes:
    """Return a copy of the codes with these sites unknown."""
    erased = codes.copy()
    columns = start[:, None] + np.arange(width)
    erased[np.repeat(rows[:, None], width, axis=1), columns] = UNKNOWN
    return erased


def all_sites(codes: Codes, matrix: Matrix, cut_off: float, *, both_strands: bool = True, threads: int = 1) -> Hits:
    """Return every site of a score matrix at or above a cut-off, none overlapping another.

    In each sequence the best site is taken first, then the best that does not overlap it, and
    so on.

    Returns
    -------
    hits
        Ordered by sequence, then by column.
    """
    rows, current = np.arange(len(codes)), codes
    found: list[Hits] = []
    while len(rows):
        best = best_sites(current, [matrix], both_strands=both_strands, threads=threads)
        here = np.flatnonzero(best.scores[:, 0] >= cut_off)
        found.append(Hits(rows[here], best.start[here, 0], best.reverse[here, 0], best.scores[here, 0]))
        current = erase(current[here], np.arange(len(here)), best.start[here, 0], matrix.shape[1])
        rows = rows[here]
    hits = Hits(*(np.concatenate([getattr(part, name) for part in found]) for name in Hits.__dataclass_fields__))
    order = np.lexsort((hits.start, hits.row))
    return Hits(hits.row[order], hits.start[order], hits.reverse[order], hits.scores[order])
