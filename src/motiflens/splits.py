"""Train, validation and test parts that share no near-duplicate, chromosome or shuffle's source.

What belongs together moves together: sequences are joined into blocks first, and the
blocks are then dealt to the parts so that every class has the wanted share in each.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes, reverse_complement
from motiflens.backgrounds import kmer_indices
from motiflens.errors import ParameterError
from motiflens.sequences import Coordinates, SequenceSet

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]

_K = 12
_SHARED = 0.7  # of the shorter sequence's canonical words
_ANCHORS = 16  # sampled words of a sequence, on average
_NEIGHBOURS = 4  # holders of one anchor that each is compared with
_NO_WORD = np.int32(4**_K)
_SHUFFLE = re.compile(r"_shuffled\d*$")
_FEWEST_GROUPS = 5
_LARGEST_GROUP = 0.5  # of all sequences
_DEALS = 64  # random orders tried when there are few blocks
_FEW_BLOCKS = 200


def split(
    sequences: SequenceSet,
    *,
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2),
    random_state: int,
    by_group: bool | None = None,
    keep_near_duplicates: bool = True,
) -> tuple[SequenceSet, SequenceSet, SequenceSet]:
    """Split into train, validation and test, every class in the wanted shares.

    Parameters
    ----------
    sequences
        With or without labels. Sequences keep their order inside each part.
    fractions
        Shares of the three parts, each in [0, 1], summing to 1. A part of 0 is empty.
        Default (0.7, 0.1, 0.2).
    random_state
        Seed of the deal.
    by_group
        Keep whole groups (chromosomes) in one part. Default None: when there are at least
        5 groups, none with over half of the sequences; the log says when not.
    keep_near_duplicates
        Keep the members of each of `near_duplicate_groups` in one part. Default True. With
        groups, near-duplicates join their groups together; where that would leave too few,
        groups win and the log tells how many near-duplicates lie in different groups.

    Returns
    -------
    train, valid, test
        Disjoint, together all sequences.

    Raises
    ------
    ParameterError
        When the fractions do not sum to 1, groups are demanded and missing, or a class has too
        few (unrelated) sequences to be in every part.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> words = from_strings([a + b + c for a in "ACGT" for b in "AC" for c in "AC"])
    >>> [len(part) for part in split(words, fractions=(0.5, 0.25, 0.25), random_state=0)]
    [8, 4, 4]
    """
    shares = np.array(fractions, dtype=np.float64)
    if len(shares) != 3 or not np.all((shares >= 0) & (shares <= 1)) or abs(shares.sum() - 1) > 1e-6:
        msg = (
            f"fractions must be three numbers in [0, 1] that sum to 1. Got {fractions}, which sum to {shares.sum():g}."
        )
        raise ParameterError(msg)
    part = _assigned(
        sequences,
        shares,
        random_state=random_state,
        by_group=by_group,
        keep_near_duplicates=keep_near_duplicates,
    )
    train, valid, test = (sequences[part == index] for index in range(3))
    return train, valid, test


def folds(
    sequences: SequenceSet,
    *,
    n_folds: int,
    random_state: int,
    by_group: bool | None = None,
    keep_near_duplicates: bool = True,
) -> Integers:
    """Deal the sequences to folds of equal size, with the guarantees of `split`.

    Parameters
    ----------
    sequences
        With or without labels.
    n_folds
        Number of folds, at least 2.
    random_state, by_group, keep_near_duplicates
        As for `split`.

    Returns
    -------
    fold
        ``(n,)`` int64 in [0, n_folds): the fold in which each sequence is held out.

    Raises
    ------
    ParameterError
        When ``n_folds`` is below 2, and as for `split`.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> np.bincount(folds(from_strings(["AA", "AC", "AG", "CC"]), n_folds=2, random_state=0)).tolist()
    [2, 2]
    """
    if n_folds < 2:
        msg = f"n_folds must be at least 2. Got {n_folds}."
        raise ParameterError(msg)
    return _assigned(
        sequences,
        np.full(n_folds, 1 / n_folds),
        random_state=random_state,
        by_group=by_group,
        keep_near_duplicates=keep_near_duplicates,
    )


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
    links = [_chain(part) for part in partitions]
    links.append(_similar_pairs(_canonical_words(sequences.codes)))
    return _components(len(sequences), np.concatenate(links))


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
    return _numbered(np.ascontiguousarray(rows).view(f"V{sequences.width}")[:, 0])


def _assigned(
    sequences: SequenceSet,
    shares: Floats,
    *,
    random_state: int,
    by_group: bool | None,
    keep_near_duplicates: bool,
) -> Integers:
    """Return the part of each sequence, ``(n,)``."""
    classes = _indicators(sequences)
    needed = _needed(sequences, classes, int(np.count_nonzero(shares)))
    quotas = np.stack([_quota(int(count), shares) for count in classes.sum(axis=0)], axis=1)
    near = near_duplicate_groups(sequences) if keep_near_duplicates else np.arange(len(sequences))
    rng = np.random.default_rng(random_state)
    for blocks in _blocks(sequences, near, by_group=by_group):
        part = _dealt(blocks, classes, quotas, rng)[blocks]
        filled = np.stack([classes[part == index].sum(axis=0) for index in np.flatnonzero(shares)])
        short = needed[(filled[:, needed] == 0).any(axis=0)]
        if not len(short):
            return part
    members = classes[:, short[0]] > 0
    n_sets = len(np.unique(blocks[members]))
    msg = (
        f"Expected each class in all {len(filled)} parts. Got {members.sum()} {_title(sequences, short[0])} in "
        f"{n_sets} {'set' if n_sets == 1 else 'sets'} that must stay together (near-duplicates or a chromosome); "
        "give a separate test file, or more sequences."
    )
    raise ParameterError(msg)


def _needed(sequences: SequenceSet, classes: Integers, n_parts: int) -> Integers:
    """Return the columns of ``classes`` that every part must hold, once sure that there are enough."""
    counts = classes.sum(axis=0)
    one_label = sequences.labels is None or sequences.labels.ndim == 1
    needed = np.flatnonzero(counts) if one_label and len(sequences) else np.array([len(counts) - 1])
    for index in needed:
        if counts[index] < n_parts:
            msg = (
                f"Expected at least {n_parts} sequences of each class, one for each part. "
                f"Got {counts[index]} {_title(sequences, index)}."
            )
            raise ParameterError(msg)
    return needed


def _blocks(sequences: SequenceSet, near: Integers, *, by_group: bool | None) -> Iterator[Integers]:
    """Yield the ways of keeping sequences together that were asked for, the strictest first."""
    if by_group and sequences.groups is None:
        msg = "by_group=True needs sequences with groups. Got none; give coordinates, or leave by_group out."
        raise ParameterError(msg)
    if by_group is not False and sequences.groups is not None:
        groups = _numbered(sequences.groups)
        if by_group or _many(groups):
            joined = _components(len(groups), np.concatenate([_chain(groups), _chain(near)]))
            if _many(joined) or (by_group and len(np.unique(joined)) == len(np.unique(groups))):
                yield joined
            crossing = _crossing(near, groups)
            if crossing:
                logger.warning("%d near-duplicate sequences lie in different groups; groups are kept whole.", crossing)
            yield groups
        if by_group:
            return
        logger.warning(
            "Groups are not kept whole: %d groups, the largest with %.0f %% of the sequences, cannot make the parts.",
            groups.max() + 1,
            100 * np.bincount(groups).max() / len(groups),
        )
    yield near


def _many(groups: Integers) -> bool:
    sizes = np.bincount(groups)
    return len(sizes) >= _FEWEST_GROUPS and sizes.max() <= _LARGEST_GROUP * len(groups)


def _crossing(near: Integers, groups: Integers) -> int:
    """Count the sequences with a near-duplicate in another group."""
    low, high = np.full(near.max() + 1, groups.max() + 1), np.full(near.max() + 1, -1)
    np.minimum.at(low, near, groups)
    np.maximum.at(high, near, groups)
    return int((low != high)[near].sum())


def _title(sequences: SequenceSet, index: int) -> str:
    if sequences.labels is None or sequences.labels.ndim == 2:
        return "sequences"
    name = sequences.classes[index] if index < len(sequences.classes) else str(index)
    return f"sequences of class {name}"


def _indicators(sequences: SequenceSet) -> Integers:
    """Return ``(n, n_classes)`` of 0 and 1; many-label tasks get a last column of ones."""
    labels = sequences.labels
    everything = np.ones((len(sequences), 1), dtype=np.int64)
    if labels is None:
        return everything
    if labels.ndim == 2:
        return np.concatenate([labels, everything], axis=1)
    classes: Integers = (labels[:, None] == np.arange(labels.max(initial=0) + 1)).astype(np.int64)
    return classes


def _quota(count: int, shares: Floats) -> Integers:
    """Round ``count * shares`` to whole numbers of that sum, none of the wanted parts empty."""
    exact = count * shares
    quota = np.floor(exact + 1e-9).astype(np.int64)
    quota[np.argsort(quota - exact, kind="stable")[: count - quota.sum()]] += 1
    for empty in np.flatnonzero((quota == 0) & (shares > 0)):
        if quota.max() > 1:
            quota[quota.argmax()] -= 1
            quota[empty] += 1
    return quota


def _dealt(blocks: Integers, classes: Integers, quotas: Integers, rng: np.random.Generator) -> Integers:
    """Return the part of each block, as near to the quotas as the best of several orders comes."""
    n_blocks = int(blocks.max()) + 1
    contents: Floats = np.stack(
        [np.bincount(blocks, column, n_blocks) for column in classes.T.astype(np.float64)], axis=1
    )
    weights = 1.0 / np.maximum(classes.sum(axis=0), 1) ** 2
    orders = [rng.permutation(n_blocks) for _ in range(_DEALS if n_blocks <= _FEW_BLOCKS else 1)]
    orders[0] = orders[0][np.argsort(-contents[orders[0]].sum(axis=1), kind="stable")]  # the largest first
    parts = [_deal(contents, order, quotas.astype(np.float64), weights) for order in orders]
    misses = []
    for part in parts:
        filled = np.stack([np.bincount(part, column, len(quotas)) for column in contents.T], axis=1)
        misses.append((((filled - quotas) ** 2) * weights).sum() + np.any((filled == 0) & (quotas > 0)))
    return parts[int(np.argmin(misses))]


@njit(cache=True)
def _deal(contents: Floats, order: Integers, quotas: Floats, weights: Floats) -> Integers:
    """Give each block in turn to the part where it most lessens the distance from the quotas.

    Once there are only as many blocks as parts without any, each of these gets one.
    """
    part = np.zeros(len(contents), dtype=np.int64)
    missing = quotas.copy()
    empty = np.zeros(len(quotas), dtype=np.int64)  # 1 for a part that wants sequences and has none
    n_empty = 0
    for index in range(len(quotas)):
        empty[index] = quotas[index].sum() > 0
        n_empty += empty[index]
    wanted = empty.copy()
    for position in range(len(order)):
        block = order[position]
        scarce = n_empty > 0 and len(order) - position <= n_empty
        best, least = -1, 0.0
        for index in range(len(quotas)):
            if wanted[index] == 0 or (scarce and empty[index] == 0):
                continue
            change = 0.0
            for c in range(quotas.shape[1]):
                change += weights[c] * contents[block, c] * (contents[block, c] - 2 * missing[index, c])
            if best < 0 or change < least:
                best, least = index, change
        part[block] = best
        n_empty -= empty[best]
        empty[best] = 0
        for c in range(quotas.shape[1]):
            missing[best, c] -= contents[block, c]
    return part


def _numbered(values: npt.NDArray[np.generic]) -> Integers:
    """Number distinct values from 0."""
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)


def _chain(groups: Integers) -> Integers:
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
    chromosome = _numbered(places.chromosome)
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


def _components(n: int, links: Integers) -> Integers:
    """Number the connected components of ``n`` nodes in the order of their first members."""
    return _numbered(_roots(n, np.ascontiguousarray(links)))


@njit(cache=True)
def _roots(n: int, links: Integers) -> Integers:
    """Return each node's smallest connected node."""
    root = np.arange(n)
    for link in range(len(links)):
        a, b = links[link]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        root[max(a, b)] = min(a, b)
    for node in range(n):
        root[node] = root[root[node]]
    return root
