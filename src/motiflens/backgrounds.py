"""What sequences would be without motifs: dinucleotide shuffles, and base statistics."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.errors import InputError, ParameterError
from motiflens.kmers import kmer_indices, reverse_complement_indices
from motiflens.sequences import SequenceSet

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
State = npt.NDArray[np.uint64]  # of a random number generator, (1,)

_MAX_ORDER = 10

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)


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


def gc_content(codes: Codes) -> Floats:
    """Return the share of G and C among the known letters of each sequence, ``(n,)`` in [0, 1]; one half without any.

    Parameters
    ----------
    codes
        ``(n, length)``.

    Examples
    --------
    >>> gc_content(np.array([[0, 1, 2, 4], [3, 3, 4, 1]], np.uint8)).round(2).tolist()
    [0.67, 0.33]
    """
    strong, known = ((codes == 1) | (codes == 2)).sum(axis=1), (codes < UNKNOWN).sum(axis=1)
    return np.asarray(np.where(known > 0, strong / np.maximum(known, 1), 0.5))


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


def of_both_strands(frequencies: Floats) -> Floats:
    """Return base frequencies ``(4,)`` averaged with those of the reverse strand."""
    return np.asarray((frequencies + frequencies[::-1]) / 2)


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
