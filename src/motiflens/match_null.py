"""The scores that `match` ranks alignments by, and their null distribution.

Two columns score the negative Euclidean distance between them, less the median score of
the query's column over all columns of the database, so that an unaligned column scores 0
(complete scores, Tanaka et al. 2011, doi:10.1093/bioinformatics/btr257). Scores are
integers, so that the null distribution of the sum over a span of query columns is an
exact convolution (Gupta et al. 2007, doi:10.1186/gb-2007-8-2-r24).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motiflens.motifs import Matrix, Motif

Ints = npt.NDArray[np.int64]
Scores = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_RESOLUTION = 0.015
_ALMOST_ONE = 1 - 1e-15
_FORBIDDEN = np.iinfo(np.int32).min


@dataclass(frozen=True)
class TargetLine:
    """Targets, and then their reverse complements, laid on one line with gaps between.

    A gap is as wide as the widest query less one, so that no query position touches two
    targets. Position ``p`` of the line puts column 0 of the query there; every position
    belongs to the target that it can touch.
    """

    columns: Matrix  # (4, n_columns): every column of every target and strand
    place: Ints  # (n_columns,) position of each on the line
    length: int
    widths: Ints  # (n_targets,)
    by_width: Ints  # (n_targets,) order of rising width
    first: Ints  # (n_strands * n_targets,) first position that belongs to each
    owner: Ints  # (n_positions,) which of them each position belongs to
    offset: Scores  # (n_positions,) column of that target at this position
    owner_width: Scores  # (n_positions,) and that target's width
    n_strands: int


def lay_out(targets: Sequence[Motif], widest: int, *, both_strands: bool) -> TargetLine:
    """Lay targets on a line for queries of at most ``widest`` columns."""
    matrices = [target.probabilities for target in targets]
    if both_strands:
        matrices += [target.reverse_complement().probabilities for target in targets]
    widths = np.array([matrix.shape[1] for matrix in matrices])
    gap = widest - 1
    ends = np.cumsum(widths + gap)
    owner = np.repeat(np.arange(len(widths)), widths + gap)
    offset = (np.arange(len(owner)) - (ends - widths)[owner]).astype(np.int32)
    n_targets = len(targets)
    return TargetLine(
        columns=np.concatenate(matrices, axis=1),
        place=np.flatnonzero(offset >= 0),
        length=len(owner) + gap,
        widths=widths[:n_targets],
        by_width=np.argsort(widths[:n_targets], kind="stable"),
        first=ends - widths - gap,
        owner=owner,
        offset=offset,
        owner_width=widths.astype(np.int32)[owner],
        n_strands=len(matrices) // n_targets,
    )


def column_scores(query: Matrix, columns: Matrix) -> Scores:
    """Return ``(width, n_columns)`` integer scores, each row's median at 0."""
    lengths, scores = (columns**2).sum(axis=0), np.empty((query.shape[1], columns.shape[1]), dtype=np.int32)
    for column, row in zip(query.T, scores, strict=True):  # one at a time: they stay in the cache
        distances = column @ columns
        distances *= -2
        distances += lengths
        distances += column @ column
        np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
        distances /= _RESOLUTION
        row[:] = np.rint(_median(distances) - distances)
    return scores


def _median(values: Floats) -> float:
    """Return the median of numbers >= 0; only those with its whole part are sorted."""
    whole = values.astype(np.int32)
    below = np.concatenate([[0], np.cumsum(np.bincount(whole))])
    middle = np.array([(len(values) - 1) // 2, len(values) // 2])
    first, last = np.searchsorted(below, middle, side="right") - 1
    near = np.sort(values[(whole >= first) & (whole <= last)])
    return float(near[middle - below[first]].mean())


def best_scores(scores: Scores, line: TargetLine, *, min_overlap: int) -> tuple[Scores, Scores]:
    """Return the best score of each target, ``(n_strands * n_targets,)``, and that of each position."""
    width, n_positions = len(scores), len(line.owner)
    laid = np.zeros((width, line.length), dtype=np.int32)
    laid[:, line.place] = scores
    totals = np.zeros(n_positions, dtype=np.int32)
    for column in range(width):
        totals += laid[column, column : column + n_positions]
    needed = np.minimum(min(min_overlap, width), line.owner_width)
    totals[(line.offset < needed - width) | (line.offset > line.owner_width - needed)] = _FORBIDDEN
    return np.maximum.reduceat(totals, line.first), totals


def best_alignments(scores: Scores, line: TargetLine, *, min_overlap: int) -> tuple[Scores, Ints]:
    """Return the best score and its offset, ``(n_strands, n_targets)`` each."""
    best, totals = best_scores(scores, line, min_overlap=min_overlap)
    hits = np.flatnonzero(totals == best[line.owner])[::-1]
    offsets = np.zeros(len(best), dtype=np.int64)
    offsets[line.owner[hits]] = line.offset[hits]
    shape = (line.n_strands, len(line.widths))
    return best.reshape(shape), offsets.reshape(shape)


class Span(NamedTuple):
    """Null distribution of the score summed over query columns ``[start, end)``.

    ``tail[i]`` is the probability of a score of at least ``floor + i``; the last is 0.
    """

    start: int
    end: int
    floor: int
    tail: Floats


def span_tails(scores: Scores) -> Iterator[Span]:
    """Yield the null distribution of every span of query columns, from ``(width, n_columns)`` scores."""
    floors = scores.min(axis=1)
    null = [np.bincount(row - floor) / len(row) for row, floor in zip(scores, floors, strict=True)]
    for start in range(len(scores)):
        mass, floor = np.ones(1), 0
        for end in range(start + 1, len(scores) + 1):
            mass = np.convolve(mass, null[end - 1])
            floor += int(floors[end - 1])
            tail = np.zeros(len(mass) + 1)
            np.cumsum(mass[::-1], out=tail[-2::-1])
            yield Span(start, end, floor, np.minimum(tail, _ALMOST_ONE))


def log_cdf(spans: Iterable[Span], width: int, best: Scores, widths: Ints, *, min_overlap: int) -> Floats:
    """Return the log probability that a null target scores below ``best`` at all offsets of one strand.

    A span inside the query aligns with whole targets of its width alone; one at the
    query's end also with the end of every wider target; the whole query with each.

    Parameters
    ----------
    spans
        Null distributions of `span_tails`; those past ``width`` do not count.
    width
        Number of the query's columns.
    best, widths
        ``(n,)`` scores reached against targets of these widths, which must not fall.
    min_overlap
        Least number of aligned columns.
    """
    result = np.zeros(len(best))
    at_least: list[int] = np.searchsorted(widths, np.arange(width + 2)).tolist()
    for start, end, floor, tail in spans:
        if end > width:
            continue
        length = end - start
        only_whole = (start > 0 and end < width) or length < min(min_overlap, width)
        first, last = at_least[length], at_least[length + 1] if only_whole else len(widths)
        if first < last:
            reached = np.minimum(np.maximum(best[first:last] - floor, 0), len(tail) - 1)
            times = widths[first:last] - width + 1 if length == width else 1
            result[first:last] += times * np.log1p(-tail[reached])
    return result
