"""Sequences that are nearly the same: copies, overlaps, and shuffles with their source."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from motiflens.alphabet import UNKNOWN, Codes, reverse_complement
from motiflens.kmers import kmer_indices
from motiflens.sequences import Coordinates, SequenceSet

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]

_K = 12
_SHARED = 0.7  # of the shorter sequence's canonical words
_ANCHORS = 16  # sampled words of a sequence, on average
_NEIGHBOURS = 4  # holders of one anchor that each is compared with
_NO_WORD = np.int32(4**_K)
_SHUFFLED = "_shuffled"
_SHUFFLE = re.compile(rf"{_SHUFFLED}\d*$")


def near_duplicate_groups(sequences: SequenceSet) -> Integers:
    """Number the sets of sequences that tell a model much the same.

    Two sequences are joined, and so is everything joined to either, when they are equal or
    reverse complements, share over 70 % of the shorter one's 12-mers (both strands), overlap
    in the genome, or one is named as a shuffle of the other. Pairs are found by the words they
    have in common among a random sixteen or so of each, then compared in full.

    Returns
    -------
    component
        ``(n,)`` int64, equal for the members of a set, numbered from 0 without gaps.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> near_duplicate_groups(from_strings(["AACC", "ACGG", "GGTT", "CCCC"])).tolist()
    [0, 1, 0, 2]
    """
    partitions = [identical_groups(sequences, both_strands=True), _shuffle_groups(sequences.names)]
    if sequences.coordinates is not None:
        partitions.append(_overlap_groups(sequences.coordinates))
    links = [chain(part) for part in partitions]
    links.append(_similar_pairs(_canonical_words(sequences.codes)))
    return components(len(sequences), np.concatenate(links))


def identical_groups(sequences: SequenceSet, *, both_strands: bool) -> Integers:
    """Number the distinct sequences; reverse complements share a number if ``both_strands``.

    Returns
    -------
    number
        ``(n,)`` int64, from 0 without gaps.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> identical_groups(from_strings(["AACC", "GGTT", "AACC"]), both_strands=False).tolist()
    [0, 1, 0]
    """
    rows = _flush_left(sequences.codes, sequences.spans)
    if both_strands:
        width = sequences.width
        reverse = _flush_left(reverse_complement(sequences.codes), width - sequences.spans[:, ::-1])
        differs = rows != reverse
        at = differs.argmax(axis=1)[:, None]
        smaller = np.take_along_axis(rows, at, axis=1) <= np.take_along_axis(reverse, at, axis=1)
        rows = np.where(smaller, rows, reverse)
    return numbered(np.ascontiguousarray(rows).view(f"V{sequences.width}")[:, 0])


def numbered(values: npt.NDArray[np.generic]) -> Integers:
    """Number distinct values from 0."""
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)


def chain(groups: Integers) -> Integers:
    """Return ``(n_links, 2)`` pairs that connect the members of each group."""
    order = np.argsort(groups, kind="stable")
    same = groups[order[1:]] == groups[order[:-1]]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def _flush_left(codes: Codes, spans: Integers) -> Codes:
    """Move each row's sequence to the start of its row, filled up with a code that no base has."""
    columns = np.arange(codes.shape[1]) + spans[:, :1]
    inside = columns < spans[:, 1:]
    moved = np.take_along_axis(codes, np.where(inside, columns, 0), axis=1)
    return np.where(inside, moved, np.uint8(UNKNOWN + 1))


def _shuffle_groups(names: npt.NDArray[np.str_]) -> Integers:
    """Number the names so that a shuffle shares its source's number; other names are apart.

    Where several sources have one name, the first shuffle of that name belongs to the first of them, and so on.
    """
    if not (np.char.find(names, _SHUFFLED) >= 0).any():
        return np.arange(len(names))
    pairs = [(_SHUFFLE.sub("", name), name) for name in names.tolist()]
    plain = Counter(name for source, name in pairs if source == name)
    seen: Counter[str] = Counter()
    numbers: dict[tuple[str, int], int] = {}
    groups = []
    for source, name in pairs:
        place = 0 if source != name and plain[source] == 1 else seen[name]
        seen[name] += 1
        groups.append(numbers.setdefault((source, place), len(numbers)))
    return np.array(groups, dtype=np.int64)


def _overlap_groups(places: Coordinates) -> Integers:
    """Number the runs of overlapping intervals."""
    chromosome = numbered(places.chromosome)
    order = np.lexsort((places.start, chromosome))
    reach = int(places.end.max(initial=0)) + 1
    start, end = (chromosome * reach + side for side in (places.start, places.end))
    furthest = np.maximum.accumulate(end[order])
    begins = np.append(True, start[order][1:] >= furthest[:-1])
    groups = np.empty(len(order), dtype=np.int64)
    groups[order] = np.cumsum(begins)
    return groups


def _canonical_words(codes: Codes) -> Words:
    """Return each row's distinct canonical words, sorted, then `_NO_WORD`: ``(n, width - 11)``."""
    words = kmer_indices(codes, _K)
    reverse = kmer_indices(reverse_complement(codes), _K)[:, ::-1]
    words = np.minimum(words, reverse)
    words[words < 0] = _NO_WORD
    words.sort(axis=1)
    repeated = words[:, 1:] == words[:, :-1]
    if repeated.any():
        words[:, 1:][repeated] = _NO_WORD
        words.sort(axis=1)
    return words


def _similar_pairs(words: Words) -> Integers:
    """Return ``(n_pairs, 2)`` rows that share most of the smaller one's words."""
    n_words = (words < _NO_WORD).sum(axis=1)
    if not n_words.any():
        return np.empty((0, 2), dtype=np.int64)
    share = min(1.0, _ANCHORS / float(np.quantile(n_words[n_words > 0], 0.1)))
    mixed = words.astype(np.uint32) * np.uint32(0x9E3779B1)
    mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x85EBCA77)
    row, column = np.nonzero((mixed <= share * (2**32 - 1)) & (words < _NO_WORD))
    anchor = words[row, column]
    order = np.argsort(anchor, kind="stable")
    row, anchor = row[order], anchor[order]
    pairs = []
    for step in range(1, _NEIGHBOURS + 1):
        same = anchor[step:] == anchor[:-step]
        pairs.append(row[:-step][same] * len(words) + row[step:][same])
    both = np.unique(np.concatenate(pairs))
    candidates = np.stack([both // len(words), both % len(words)], axis=1)
    return candidates[_alike(words, n_words, candidates)]


@njit(cache=True)
def _alike(words: Words, n_words: Integers, pairs: Integers) -> npt.NDArray[np.bool_]:
    """Tell which pairs share over `_SHARED` of the smaller one's words, by merging sorted rows."""
    alike = np.zeros(len(pairs), dtype=np.bool_)
    for pair in range(len(pairs)):
        a, b = pairs[pair]
        i, j, shared = 0, 0, 0
        while i < n_words[a] and j < n_words[b]:
            left, right = words[a, i], words[b, j]
            shared += left == right
            i += left <= right
            j += right <= left
        alike[pair] = shared > _SHARED * min(n_words[a], n_words[b])
    return alike


def components(n: int, links: Integers) -> Integers:
    """Number the connected components of ``n`` nodes in the order of their first members."""
    graph = coo_array((np.ones(len(links), dtype=bool), (links[:, 0], links[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
