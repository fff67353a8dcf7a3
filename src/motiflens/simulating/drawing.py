"""Draw the sequences of a `Generator`, with every planted site.

All sequences of one layout are drawn at once; the class is drawn a piece at a time, so that the
random numbers need little room.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import Codes, reverse_complement
from motiflens.motifs import Motif
from motiflens.planted import PlantedSites, joined_planted, no_sites
from motiflens.simulating.background import draw_background
from motiflens.simulating.chances import choose, fine, happens, thresholds
from motiflens.simulating.generators import Generator, Layout, Mixture, Nothing, Overwritten, Placed, Scattered, Spaced

Integers = npt.NDArray[np.int64]

_PIECE = 2**22  # letters that are drawn at once


def draw(
    generator: Generator, n_positives: int, n_negatives: int, rng: np.random.Generator
) -> tuple[Codes, PlantedSites]:
    """Draw sequences of both classes.

    Parameters
    ----------
    generator
        The task.
    n_positives, n_negatives
        Sequences of each class, at least 0.
    rng
        Source of randomness; the same state gives the same sequences on every platform.

    Returns
    -------
    codes
        ``(n_positives + n_negatives, length)`` uint8 in 0-3, the positives first.
    planted
        Their sites, in the order of a layout's parts. With `Overwritten`, a first site that the
        second was written over is still told: it was planted there.
    """
    codes = np.empty((n_positives + n_negatives, generator.length), dtype=np.uint8)
    rows = max(_PIECE // generator.length, 1)
    parts = []
    for mixture, first, last in (
        (generator.positive, 0, n_positives),
        (generator.negative, n_positives, n_positives + n_negatives),
    ):
        for begin in range(first, last, rows):
            parts.append(_draw_piece(generator, mixture, codes[begin : min(begin + rows, last)], rng))
    return codes, joined_planted(parts) if parts else _none_planted(generator, 0, 0)


def _none_planted(generator: Generator, n: int, most: int) -> PlantedSites:
    names, widths = (tuple(getattr(motif, part) for motif in generator.motifs) for part in ("name", "width"))
    return no_sites(n, names, widths, most)


def _draw_piece(generator: Generator, mixture: Mixture, codes: Codes, rng: np.random.Generator) -> PlantedSites:
    """Fill ``codes`` with sequences of one class and return their sites."""
    codes[:] = draw_background(generator.background, len(codes), generator.length, rng)
    which = choose(rng, [share for share, _ in mixture], len(codes))
    sites = _none_planted(generator, len(codes), max(len(layout.parts) for _, layout in mixture))
    for index, (_, layout) in enumerate(mixture):
        rows = np.flatnonzero(which == index)
        starts = _starts(layout, [generator.motifs[part.motif].width for part in layout.parts],
                         generator.length, len(rows), rng)  # fmt: skip
        for column, part in enumerate(layout.parts):
            motif = generator.motifs[part.motif]
            turned = happens(rng, part.reverse, (len(rows),))
            words = _words(motif, turned, generator.mutation, rng)
            codes[rows[:, None], starts[:, column, None] + np.arange(motif.width)] = words
            sites.motif[rows, column] = part.motif
            sites.start[rows, column] = starts[:, column]
            sites.reverse[rows, column] = turned
    return sites


def _words(motif: Motif, turned: npt.NDArray[np.bool_], mutation: float, rng: np.random.Generator) -> Codes:
    """Sample a site of the motif for each of ``turned``, mutate its bases, and turn it over where told."""
    shape = (len(turned), motif.width)
    bounds, drawn = thresholds(motif.probabilities.T), fine(rng, shape)
    letters = np.zeros(shape, dtype=np.uint8)
    for base in range(3):
        letters += drawn >= bounds[:, base]
    if mutation > 0:
        other = rng.integers(1, 4, shape, dtype=np.uint8) * happens(rng, mutation, shape)
        letters = (letters + other) & np.uint8(3)
    letters[turned] = reverse_complement(letters[turned])
    return letters


def _starts(layout: Layout, widths: Sequence[int], length: int, n: int, rng: np.random.Generator) -> Integers:
    """Draw where the parts of a layout start, ``(n, number of parts)``."""
    match layout:
        case Nothing():
            return np.zeros((n, 0), dtype=np.int64)
        case Scattered(distance=distance):
            return _scattered(widths, distance, length, n, rng)
        case Placed(starts=probabilities):
            return choose(rng, probabilities, n)[:, None]
        case Spaced(gaps=gaps):
            return _spaced(widths, gaps, length, n, rng)
        case Overwritten():
            return np.stack([rng.integers(0, length - width + 1, n) for width in widths], axis=1)


def _scattered(widths: Sequence[int], distance: int, length: int, n: int, rng: np.random.Generator) -> Integers:
    """Draw arrangements without overlap: an order of the parts, and the free bases shared out by stars and bars.

    Each order has as many arrangements as another, so both are drawn on their own.
    """
    n_parts = len(widths)
    free = length - sum(widths) - distance * (n_parts - 1)
    bars = np.sort(_subsets(free + n_parts, n_parts, n, rng), axis=1) - np.arange(n_parts)
    order = rng.permuted(np.tile(np.arange(n_parts), (n, 1)), axis=1)
    taken = np.array(widths, dtype=np.int64)[order] + distance
    before = np.cumsum(taken, axis=1) - taken
    starts = np.empty((n, n_parts), dtype=np.int64)
    np.put_along_axis(starts, order, bars + before, axis=1)
    return starts


def _subsets(n_items: int, size: int, n: int, rng: np.random.Generator) -> Integers:
    """Draw ``n`` subsets of ``size`` of the numbers below ``n_items``, all equally likely.

    Floyd's algorithm, doi:10.1145/30401.315746.
    """
    chosen = np.empty((n, size), dtype=np.int64)
    for column, last in enumerate(range(n_items - size, n_items)):
        drawn = rng.integers(0, last + 1, n)
        taken = (chosen[:, :column] == drawn[:, None]).any(axis=1)
        chosen[:, column] = np.where(taken, last, drawn)
    return chosen


def _spaced(
    widths: Sequence[int], gaps: Sequence[tuple[int, int]], length: int, n: int, rng: np.random.Generator
) -> Integers:
    """Draw each gap, then the start of the whole among those at which it fits."""
    drawn = np.zeros((n, len(widths)), dtype=np.int64)
    for column, (fewest, most) in enumerate(gaps, start=1):
        drawn[:, column] = widths[column - 1] + rng.integers(fewest, most + 1, n)
    offsets = np.cumsum(drawn, axis=1)
    total = offsets[:, -1] + widths[-1]
    return np.asarray(offsets + rng.integers(0, length - total + 1)[:, None])
