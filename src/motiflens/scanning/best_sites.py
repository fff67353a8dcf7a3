"""Find the sites of motifs in sequences, on one strand or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes, reverse_complement
from motiflens.threads import ALONE, Team
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


def best_sites(codes: Codes, matrices: Sequence[Matrix], *, both_strands: bool = True, team: Team = ALONE) -> BestSites:
    """Return the best site of each score matrix in each sequence.

    Parameters
    ----------
    codes
        ``(n, length)`` uint8. Windows that hold an unknown base are no sites.
    matrices
        Score matrices ``(4, width)``, of any widths.
    both_strands
        Read the reverse strand too. Default True.
    team
        Threads to use; no result depends on them. Default: the caller's alone.
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
            kernel = _side_by_side([matrices[int(f)] for f in mine], both_strands=both_strands)
            _scan(codes, kernel, mine, int(widths[mine].min()), result, team)
    return result


def _side_by_side(matrices: Sequence[Matrix], *, both_strands: bool) -> npt.NDArray[np.float32]:
    """Lay out matrices as ``(k, 5, F or 2 F)``, the reverse complements after all others."""
    turned = [matrix[::-1, ::-1] for matrix in matrices] if both_strands else []
    columns = [*matrices, *turned]
    kernel = np.zeros((max(matrix.shape[1] for matrix in matrices), 5, len(columns)), np.float32)
    for f, matrix in enumerate(columns):
        kernel[: matrix.shape[1], :4, f] = matrix.T
        kernel[: matrix.shape[1], 4, f] = _NEVER
    return kernel


def _scan(
    codes: Codes, kernel: npt.NDArray[np.float32], chosen: Integers, narrowest: int, result: BestSites, team: Team
) -> None:
    """Fill the chosen columns of the result; sequences are padded so that each width reaches their end."""
    k, _, n_columns = kernel.shape
    margin = max(k - narrowest, k - codes.shape[1], 0)
    edges = np.array([0, codes.shape[1] + margin - k + 1])
    shift = np.zeros((0, n_columns), np.float32)

    def scan(rows: slice) -> None:
        padded = np.pad(codes[rows], ((0, 0), (0, margin)), constant_values=UNKNOWN)
        scores, start = np.empty((len(padded), n_columns), np.float32), np.empty((len(padded), n_columns), np.int32)
        best_windows(padded, kernel, shift, edges, scores, start, both=False)
        columns, n = np.arange(len(chosen)), len(chosen)
        reverse = scores[:, -n:] > scores[:, :n]
        best = columns + np.where(reverse, n_columns - n, 0)
        result.scores[rows, chosen] = np.take_along_axis(scores, best, axis=1)
        result.start[rows, chosen] = np.take_along_axis(start, best, axis=1) >> 1
        result.reverse[rows, chosen] = reverse

    team.share(scan, len(codes))


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


def all_sites(codes: Codes, matrix: Matrix, cut_off: float, *, both_strands: bool = True, team: Team = ALONE) -> Hits:
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
        best = best_sites(current, [matrix], both_strands=both_strands, team=team)
        here = np.flatnonzero(best.scores[:, 0] >= cut_off)
        found.append(Hits(rows[here], best.start[here, 0], best.reverse[here, 0], best.scores[here, 0]))
        current = erase(current[here], np.arange(len(here)), best.start[here, 0], matrix.shape[1])
        rows = rows[here]
    hits = Hits(*(np.concatenate([getattr(part, name) for part in found]) for name in Hits.__dataclass_fields__))
    order = np.lexsort((hits.start, hits.row))
    return Hits(hits.row[order], hits.start[order], hits.reverse[order], hits.scores[order])
