"""Train, validation and test parts that share no near-duplicate, chromosome or shuffle's source.

What belongs together moves together: sequences are joined into blocks first, and the
blocks are then dealt to the parts so that every class has the wanted share in each.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.errors import ParameterError
from motiflens.near_duplicates import chain, components, near_duplicate_groups, numbered
from motiflens.sequences import SequenceSet

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]

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
    part = assigned(
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
    return assigned(
        sequences,
        np.full(n_folds, 1 / n_folds),
        random_state=random_state,
        by_group=by_group,
        keep_near_duplicates=keep_near_duplicates,
    )


def assigned(
    sequences: SequenceSet,
    shares: Floats,
    *,
    random_state: int,
    by_group: bool | None,
    keep_near_duplicates: bool,
) -> Integers:
    """Deal the sequences to parts of any shares; `split` and `folds` are this with other parameters.

    Parameters
    ----------
    shares
        ``(n_parts,)`` in [0, 1], which sum to 1.
    random_state, by_group, keep_near_duplicates
        As for `split`.

    Returns
    -------
    part
        ``(n,)`` int64 in [0, n_parts).

    Raises
    ------
    ParameterError
        When a class cannot be in every part.
    """
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
        groups = numbered(sequences.groups)
        if by_group or _many(groups):
            joined = components(len(groups), np.concatenate([chain(groups), chain(near)]))
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
