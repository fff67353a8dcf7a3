"""Sequences to compare with: shuffles, matched genomic regions, and base statistics.

A shuffle keeps every dinucleotide count of its source; a genomic negative keeps the
length, strand, chromosome and, as nearly as the genome allows, the GC content of its positive.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes, reverse_complement
from motiflens.errors import InputError, ParameterError
from motiflens.sequences import Coordinates, SequenceSet, from_codes

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
State = npt.NDArray[np.uint64]  # of a random number generator, (1,)

_CANDIDATES = 50  # candidate regions for each negative wanted
_FEWEST_CANDIDATES = 2000  # for one chromosome and length
_LENGTH_STEP = 1.2  # positives whose lengths differ less share their candidates
_MOST_UNKNOWN = 0.1
_LARGEST_GC_GAP = 0.02
_TAKEN = np.uint8(UNKNOWN + 1)
_MAX_ORDER = 10

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)


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


def shuffle_dinucleotides(sequences: SequenceSet, *, copies: int = 1, random_state: int) -> SequenceSet:
    """Shuffle each sequence, keeping exactly its dinucleotide counts and its first and last base.

    Each sequence is an Euler path over its bases; a new path is drawn uniformly among all
    that use the same steps, by sampling a random spanning tree of last exits [1]_ [2]_ [3]_.
    An unknown base counts as a fifth letter; padding stays where it is. A shuffle depends on
    the seed, the sequence's index and the copy alone.

    Parameters
    ----------
    sequences
        What to shuffle; labels are dropped, coordinates too, groups are kept, so that a
        shuffle stays on its source's side of a split by groups.
    copies
        Shuffles of each sequence, at least 1. Default 1.
    random_state
        Seed, a non-negative integer.

    Returns
    -------
    shuffles
        ``copies * n`` sequences, all first copies first, named ``NAME_shuffled``, or
        ``NAME_shuffled1``, ``NAME_shuffled2``, … when there are several copies.

    Raises
    ------
    ParameterError
        When ``copies`` or ``random_state`` is out of range.

    References
    ----------
    .. [1] Altschul and Erickson 1985, doi:10.1093/oxfordjournals.molbev.a040370
    .. [2] Kandel et al. 1996, doi:10.1016/S0166-218X(97)81456-4
    .. [3] Wilson 1996 (the tree), doi:10.1145/237814.237880

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> shuffled = shuffle_dinucleotides(from_strings(["ACAGATACA"]), random_state=0)
    >>> shuffled.names[0], sorted(shuffled.string(0))
    (np.str_('seq1_shuffled'), ['A', 'A', 'A', 'A', 'A', 'C', 'C', 'G', 'T'])
    """
    if copies < 1 or random_state < 0:
        msg = f"copies must be at least 1 and random_state at least 0. Got {copies} and {random_state}."
        raise ParameterError(msg)
    seed = np.uint64(random_state % 2**64)
    shuffled = [sequences.codes.copy() for _ in range(copies)]
    for copy, codes in enumerate(shuffled):
        _shuffle(codes, sequences.spans, seed, copy)
    suffixes = ["_shuffled"] if copies == 1 else [f"_shuffled{copy + 1}" for copy in range(copies)]
    return SequenceSet(
        codes=np.concatenate(shuffled),
        names=np.concatenate([np.char.add(sequences.names, suffix) for suffix in suffixes]),
        spans=np.tile(sequences.spans, (copies, 1)),
        groups=None if sequences.groups is None else np.tile(sequences.groups, copies),
    )


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
    """
    places = positives.coordinates
    if places is None or per_positive < 1:
        lacking = "positives without coordinates" if places is None else f"per_positive={per_positive}"
        msg = f"genomic_negatives needs positives with coordinates and per_positive of at least 1. Got {lacking}."
        raise ParameterError(msg)
    wanted = _Wanted(np.repeat(np.arange(len(positives)), per_positive), places, _gc(positives.codes))
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


def markov_background(
    sequences: SequenceSet, *, order: int, pseudocount: float = 1.0, both_strands: bool = True
) -> Floats:
    """Estimate the chance of each base after the ``order`` bases before it.

    ``P(b | context) = (n(context b) + pseudocount / 4) / (n(context) + pseudocount)``

    Parameters
    ----------
    sequences
        Steps over unknown bases or padding are not counted.
    order
        Number of bases before, in [0, 10].
    pseudocount
        Observations added to each context, spread evenly over the bases, at least 0.
        Default 1. A context never seen is uniform.
    both_strands
        Count the reverse complements as well, so that the model has no strand. Default True.

    Returns
    -------
    probabilities
        ``(4 ** order, 4)``; contexts in the order AA, AC, …, TT, the earliest base first.

    Raises
    ------
    ParameterError
        When ``order`` or ``pseudocount`` is out of range.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> strings = from_strings(["ACACACAC"])
    >>> markov_background(strings, order=1, pseudocount=0, both_strands=False)[:2].tolist()
    [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
    """
    if not 0 <= order <= _MAX_ORDER or pseudocount < 0:
        msg = f"order must be in [0, {_MAX_ORDER}] and pseudocount at least 0. Got {order} and {pseudocount}."
        raise ParameterError(msg)
    words = kmer_indices(sequences.codes, order + 1)
    counts = np.bincount(words[words >= 0], minlength=4 ** (order + 1)).astype(np.float64)
    if both_strands:
        counts += counts[reverse_complement_indices(order + 1)]
    counts = counts.reshape(-1, 4) + pseudocount / 4
    totals = counts.sum(axis=1, keepdims=True)
    return np.where(totals > 0, counts / np.where(totals > 0, totals, 1), 0.25)


def base_frequencies(sequences: SequenceSet) -> Floats:
    """Return the shares of A, C, G, T among the known bases, ``(4,)``.

    Raises
    ------
    InputError
        When no base is known.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> base_frequencies(from_strings(["AACGN", "TTT"])).round(3).tolist()
    [0.286, 0.143, 0.143, 0.429]
    """
    counts = np.bincount(sequences.codes.ravel(), minlength=5)[:4]
    if not counts.sum():
        msg = f"Expected sequences with bases A, C, G or T. Got {len(sequences)} without any."
        raise InputError(msg)
    return np.asarray(counts / counts.sum())


def kmer_indices(codes: Codes, k: int) -> npt.NDArray[np.int32]:
    """Number the words of ``k`` bases at every position, the first base most significant.

    Parameters
    ----------
    codes
        ``(n, width)``.
    k
        Word length, in [1, 15].

    Returns
    -------
    indices
        ``(n, width - k + 1)`` in [0, 4 ** k), and -1 where a base of the word is unknown;
        no column when the rows are shorter than ``k``.

    Examples
    --------
    >>> from motiflens.alphabet import encode
    >>> kmer_indices(encode("AACTNA")[None], 2).tolist()
    [[0, 1, 7, -1, -1]]
    """
    n_words = max(codes.shape[1] - k + 1, 0)
    indices = np.zeros((len(codes), n_words), dtype=np.int32)
    unknown = np.zeros(indices.shape, dtype=np.bool_)
    for offset in range(k):
        column = codes[:, offset : offset + n_words]
        indices <<= 2
        indices += column & 3
        unknown |= column == UNKNOWN
    indices[unknown] = -1
    return indices


def reverse_complement_indices(k: int) -> npt.NDArray[np.int32]:
    """Return, for each of the ``4 ** k`` words, the number of its reverse complement.

    Examples
    --------
    >>> reverse_complement_indices(1).tolist()
    [3, 2, 1, 0]
    """
    words = np.arange(4**k, dtype=np.int32)
    reverse = np.zeros_like(words)
    for offset in range(k):
        reverse = (reverse << 2) | (3 - ((words >> (2 * offset)) & 3))
    return reverse


class _Wanted(NamedTuple):
    """The negatives wanted: index of the positive of each; all positives' places and GC."""

    positive: Integers
    places: Coordinates
    gc: Floats


def _gc(codes: Codes) -> Floats:
    known = (codes < UNKNOWN).sum(axis=1)
    return np.asarray(((codes == 1) | (codes == 2)).sum(axis=1) / np.maximum(known, 1))


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
    ours, theirs = _gc(laid.codes).mean(), wanted.gc[source].mean()
    if abs(ours - theirs) > _LARGEST_GC_GAP:
        logger.warning("Genomic negatives have a mean GC content of %.3f, their positives %.3f.", ours, theirs)
    groups = None if positives.groups is None else positives.groups[source]
    return SequenceSet(laid.codes, laid.names, laid.spans, groups=groups, coordinates=coordinates)


@njit(cache=True)
def _shuffle(codes: Codes, spans: Integers, seed: np.uint64, copy: int) -> None:
    """Shuffle every row in place between its span's ends."""
    exits = np.empty((UNKNOWN + 1, codes.shape[1]), dtype=np.uint8)  # for each letter, what follows it
    state = np.empty(1, dtype=np.uint64)
    for row in range(codes.shape[0]):
        state[0] = seed
        state[0] = _random(state) + np.uint64(row)
        state[0] = _random(state) + np.uint64(copy)
        start, end = spans[row]
        if end - start > 3:
            _euler_path(codes[row, start:end], exits, state)


@njit(cache=True)
def _euler_path(path: Codes, exits: Codes, state: State) -> None:
    """Replace a path by a random one of the same steps."""
    n_exits = np.zeros(UNKNOWN + 1, dtype=np.int64)
    for i in range(len(path) - 1):
        letter = path[i]
        exits[letter, n_exits[letter]] = path[i + 1]
        n_exits[letter] += 1
    last = _last_exits(path[-1], exits, n_exits, state)
    for letter in range(UNKNOWN + 1):
        free = n_exits[letter]
        if last[letter] >= 0:  # the last exit is fixed, the others come in any order
            free -= 1
            _swap(exits, letter, last[letter], free)
        for i in range(free - 1, 0, -1):
            _swap(exits, letter, i, _below(state, i + 1))
    used = np.zeros(UNKNOWN + 1, dtype=np.int64)
    for i in range(1, len(path)):
        letter = path[i - 1]
        path[i] = exits[letter, used[letter]]
        used[letter] += 1


@njit(cache=True)
def _last_exits(root: int, exits: Codes, n_exits: Integers, state: State) -> Integers:
    """Draw a spanning tree towards ``root`` by loop-erased random walks: an exit a letter, -1 for none."""
    tree = np.zeros(UNKNOWN + 1, dtype=np.int64) - 1
    reached = np.zeros(UNKNOWN + 1, dtype=np.bool_)
    reached[root] = True
    for first in range(UNKNOWN + 1):
        if n_exits[first] == 0:
            continue
        letter = first
        while not reached[letter]:
            tree[letter] = _below(state, n_exits[letter])
            letter = exits[letter, tree[letter]]
        letter = first
        while not reached[letter]:
            reached[letter] = True
            letter = exits[letter, tree[letter]]
    return tree


@njit(cache=True)
def _swap(exits: Codes, letter: int, i: int, j: int) -> None:
    held = exits[letter, i]
    exits[letter, i] = exits[letter, j]
    exits[letter, j] = held


@njit(cache=True)
def _random(state: State) -> np.uint64:
    """Advance a splitmix64 generator, doi:10.1145/2660193.2660195."""
    state[0] += _GAMMA
    z: np.uint64 = state[0]
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@njit(cache=True)
def _below(state: State, n: int) -> int:
    """Draw an integer in [0, n)."""
    return int(np.int64(((_random(state) >> _S32) * np.uint64(n)) >> _S32))


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
