"""Regions of a genome to compare with, disjoint from the positives.

Each keeps the length, strand, chromosome and, as nearly as the genome allows, the GC content
of its positive.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes, reverse_complement
from motiflens.backgrounds import gc_content
from motiflens.errors import InputError, ParameterError
from motiflens.sequences import Coordinates, SequenceSet, from_codes

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]

_CANDIDATES = 50  # candidate regions for each negative wanted
_FEWEST_CANDIDATES = 2000  # for one chromosome and length
_LENGTH_STEP = 1.2  # positives whose lengths differ less share their candidates
_MOST_UNKNOWN = 0.1
_LARGEST_GC_GAP = 0.02
_TAKEN = np.uint8(UNKNOWN + 1)


class GenomeLike(Protocol):
    """What `genomic_negatives` needs of a genome."""

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each chromosome, by name."""
        ...

    def fetch(self, chromosome: str, start: int, end: int) -> Codes:
        """Return the codes of ``[start, end)``, 0-based half-open, forward strand."""
        ...


class RegionsLike(Protocol):
    """Intervals of a genome, 0-based half-open: regions of a BED file, or `Coordinates`."""

    @property
    def chromosome(self) -> npt.NDArray[np.str_]:
        """``(n,)`` names."""
        ...

    @property
    def start(self) -> Integers:
        """``(n,)`` first bases."""
        ...

    @property
    def end(self) -> Integers:
        """``(n,)`` one past the last bases."""
        ...


def genomic_negatives(
    positives: SequenceSet,
    genome: GenomeLike,
    *,
    per_positive: int = 1,
    exclude: RegionsLike | None = None,
    random_state: int,
) -> SequenceSet:
    """Draw random regions of the genome that match the positives in length and GC content.

    Each negative has the length, strand and chromosome of its positive, and the GC content
    nearest to it among many random candidates. Negatives overlap neither a positive, nor an
    excluded region, nor each other, and at most a tenth of their bases are unknown.

    Parameters
    ----------
    positives
        Sequences with coordinates.
    genome
        The genome that these coordinates refer to.
    per_positive
        Negatives wanted for each positive, at least 1. Default 1.
    exclude
        Regions to avoid besides the positives, such as a blacklist. Default None.
    random_state
        Seed of the candidates.

    Returns
    -------
    negatives
        Up to ``per_positive * n`` sequences named ``CHROMOSOME:START-END``, in the positives'
        order, with coordinates, and with the positives' groups if these have any. A warning is logged when
        there is not enough room for all, or when their GC content is off by more than 0.02.

    Raises
    ------
    ParameterError
        When the positives have no coordinates, or ``per_positive`` is below 1.
    InputError
        When a chromosome is not in the genome, or no negative could be placed at all.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from motiflens.formats.regions import Genome
    >>> from motiflens.simulating.planting import random_sequences
    >>> codes = random_sequences(1, 2000, random_state=0).codes[0]
    >>> genome = Genome({"chr1": 2000}, lambda name: codes, source="example")
    >>> places = Coordinates(np.array(["chr1"] * 2), np.array([100, 900]), np.array([150, 940]), np.array(["+", "-"]))
    >>> positives = replace(from_codes([codes[100:150], reverse_complement(codes[900:940])]), coordinates=places)
    >>> negatives = genomic_negatives(positives, genome, random_state=0)
    >>> negatives.lengths.tolist(), negatives.coordinates.strand.tolist()
    ([50, 40], ['+', '-'])
    >>> bool(abs(gc_content(negatives.codes) - gc_content(positives.codes)).max() < 0.05)
    True
    """
    places = positives.coordinates
    if places is None or per_positive < 1:
        lacking = "positives without coordinates" if places is None else f"per_positive={per_positive}"
        msg = f"genomic_negatives needs positives with coordinates and per_positive of at least 1. Got {lacking}."
        raise ParameterError(msg)
    wanted = _Wanted(np.repeat(np.arange(len(positives)), per_positive), places, gc_content(positives.codes))
    avoid: list[RegionsLike] = [places] if exclude is None else [places, exclude]
    starts = np.full(len(wanted.positive), -1, dtype=np.int64)
    rows: dict[int, Codes] = {}
    rng = np.random.default_rng(random_state)
    for chromosome in np.unique(places.chromosome):
        here = np.flatnonzero(places.chromosome[wanted.positive] == chromosome)
        codes = _whole(genome, str(chromosome))
        starts[here] = _placed(_masked(codes, str(chromosome), avoid), wanted, here, rng)
        for index in here[starts[here] >= 0]:
            source = wanted.positive[index]
            row = codes[starts[index] : starts[index] + places.end[source] - places.start[source]]
            rows[int(index)] = reverse_complement(row) if places.strand[source] == "-" else row
    return _negatives(positives, wanted, starts, rows)


class _Wanted(NamedTuple):
    """The negatives wanted: index of the positive of each; all positives' places and GC."""

    positive: Integers
    places: Coordinates
    gc: Floats


def _whole(genome: GenomeLike, chromosome: str) -> Codes:
    if chromosome not in genome.sizes:
        names = ", ".join(list(genome.sizes)[:3])
        msg = f"Expected the positives' chromosomes in the genome, which has {names}, … Got {chromosome}."
        raise InputError(msg)
    return genome.fetch(chromosome, 0, genome.sizes[chromosome])


def _masked(codes: Codes, chromosome: str, avoid: Sequence[RegionsLike]) -> Codes:
    masked = codes.copy()
    for regions in avoid:
        here = regions.chromosome == chromosome
        for start, end in zip(regions.start[here], regions.end[here], strict=True):
            masked[max(start, 0) : end] = _TAKEN
    return masked


def _placed(masked: Codes, wanted: _Wanted, here: Integers, rng: np.random.Generator) -> Integers:
    """Place the negatives ``here`` on one chromosome, the longest first; -1 where there is no room."""
    source = wanted.positive[here]
    lengths = wanted.places.end[source] - wanted.places.start[source]
    steps = np.floor(np.log(np.maximum(lengths, 1)) / np.log(_LENGTH_STEP))
    placed = np.full(len(here), -1, dtype=np.int64)
    for step in np.unique(steps)[::-1]:
        alike = np.flatnonzero(steps == step)
        size = int(lengths[alike].max())
        if size > len(masked):
            continue
        n_candidates = max(_CANDIDATES * len(alike), _FEWEST_CANDIDATES)
        starts = rng.integers(0, len(masked) - size + 1, size=n_candidates)
        gc = _window_gc(masked, starts, size)
        order = np.argsort(gc, kind="stable")[np.count_nonzero(gc < 0) :]
        targets = wanted.gc[source[alike]]
        rarity = np.abs(np.searchsorted(gc[order], targets) - len(order) / 2)
        alike = alike[np.argsort(-rarity, kind="stable")]  # the rarest GC content chooses first
        placed[alike] = _matched(
            masked, starts[order], gc[order], wanted.gc[source[alike]], lengths[alike], size
        )  # fmt: skip
    return placed


def _negatives(positives: SequenceSet, wanted: _Wanted, starts: Integers, rows: dict[int, Codes]) -> SequenceSet:
    kept = np.flatnonzero(starts >= 0)
    if not len(kept):
        msg = (
            f"Expected room in the genome for {len(starts)} negatives beside the positives and excluded regions. "
            "Found none; use dinucleotide shuffles instead."
        )
        raise InputError(msg)
    if len(kept) < len(starts):
        logger.warning("Found room for only %d of the %d genomic negatives wanted.", len(kept), len(starts))
    source = wanted.positive[kept]
    places = wanted.places[source]
    ends = starts[kept] + places.end - places.start
    coordinates = Coordinates(places.chromosome, starts[kept], ends, places.strand)
    names = [f"{c}:{s}-{e}" for c, s, e in zip(places.chromosome, starts[kept], ends, strict=True)]
    laid = from_codes([rows[int(index)] for index in kept], names)
    ours, theirs = gc_content(laid.codes).mean(), wanted.gc[source].mean()
    if abs(ours - theirs) > _LARGEST_GC_GAP:
        logger.warning("Genomic negatives have a mean GC content of %.3f, their positives %.3f.", ours, theirs)
    groups = None if positives.groups is None else positives.groups[source]
    return SequenceSet(laid.codes, laid.names, laid.spans, groups=groups, coordinates=coordinates)


@njit(cache=True)
def _window_gc(codes: Codes, starts: Integers, size: int) -> Floats:
    """Return the GC content of each window, -1 where it is taken or too little known."""
    gc = np.full(len(starts), -1.0)
    for i in range(len(starts)):
        counts = np.zeros(UNKNOWN + 2, dtype=np.int64)
        for j in range(starts[i], starts[i] + size):
            counts[codes[j]] += 1
        if counts[UNKNOWN + 1] == 0 and counts[UNKNOWN] <= _MOST_UNKNOWN * size:
            gc[i] = (counts[1] + counts[2]) / (size - counts[UNKNOWN])
    return gc


@njit(cache=True)
def _matched(codes: Codes, starts: Integers, gc: Floats, targets: Floats, lengths: Integers, size: int) -> Integers:
    """Give each target in turn the free window of nearest GC content, and mark it as taken.

    Windows come sorted by GC; ``left`` and ``right`` lead from each to the nearest one not
    used up, 0 and ``n + 1`` standing for none.
    """
    n = len(starts)
    left, right = np.arange(n + 2), np.arange(n + 2)
    placed = np.full(len(targets), -1, dtype=np.int64)
    for i in range(len(targets)):
        nearest = np.searchsorted(gc, targets[i]) + 1
        while placed[i] < 0:
            below, above = _free(left, nearest - 1), _free(right, nearest)
            if below == 0 and above == n + 1:
                break
            use_above = below == 0 or (above <= n and gc[above - 1] - targets[i] < targets[i] - gc[below - 1])
            window = above if use_above else below
            left[window], right[window] = window - 1, window + 1
            start = starts[window - 1] + (size - lengths[i]) // 2
            if _window_gc(codes, np.array([start]), lengths[i])[0] >= 0:
                placed[i] = start
                codes[start : start + lengths[i]] = _TAKEN
    return placed


@njit(cache=True)
def _free(links: Integers, i: int) -> int:
    while links[i] != i:
        links[i] = links[links[i]]
        i = links[i]
    return i
