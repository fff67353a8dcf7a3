from __future__ import annotations

import logging
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motiflens.alphabet import reverse_complement
from motiflens.backgrounds import shuffle_dinucleotides
from motiflens.errors import ParameterError
from motiflens.near_duplicates import identical_groups, near_duplicate_groups
from motiflens.sequences import Coordinates, SequenceSet, concatenate, from_codes, from_strings
from motiflens.splits import folds, split

COMPLEMENT = str.maketrans("ACGT", "TGCA")


def _random(n: int, *, length: int = 60, seed: int = 0) -> SequenceSet:
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 4, (n, length)).astype(np.uint8)
    return from_codes(list(rows), [f"s{index}" for index in range(n)])


def _labelled(n: int, share: float, *, seed: int = 0, n_groups: int = 0) -> SequenceSet:
    rng = np.random.default_rng(seed)
    sequences = _random(n, seed=seed).with_labels(rng.random(n) < share)
    if not n_groups:
        return sequences
    weights = rng.dirichlet(np.full(n_groups, 8.0))
    return replace(sequences, groups=np.array([f"chr{g}" for g in rng.choice(n_groups, n, p=weights)]))


def _partition(numbers: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(numbers == number).tolist()) for number in np.unique(numbers)}


def _words(text: str) -> set[str]:
    words = {text[i : i + 12] for i in range(len(text) - 11)}
    return {min(word, word[::-1].translate(COMPLEMENT)) for word in words if "N" not in word}


def _by_brute_force(strings: list[str]) -> set[frozenset[int]]:
    """Join pairs by the definition, and close over chains."""
    sets = [{index} for index in range(len(strings))]
    words = [_words(text) for text in strings]
    for i, one in enumerate(strings):
        for j in range(i):
            same = strings[j] in (one, one[::-1].translate(COMPLEMENT))
            fewest = min(len(words[i]), len(words[j]))
            if same or (fewest and len(words[i] & words[j]) > 0.7 * fewest):
                joined = sets[i] | sets[j]
                for member in joined:
                    sets[member] = joined
    return {frozenset(part) for part in sets}


@pytest.mark.parametrize("length", [35, 90, 400])
def test_near_duplicates_are_those_of_the_definition(length):
    rng = np.random.default_rng(length)
    strings = _random(40, length=length, seed=1).strings()
    for index in range(40):  # shifted, mutated, reversed or shortened copies
        text = strings[rng.integers(0, len(strings))]
        shift, width = int(rng.integers(0, length // 2)), int(rng.integers(length // 2, length))
        copy = list((text[shift:] + "".join(rng.choice(list("ACGT"), shift)))[:width])
        for place in rng.integers(0, len(copy), int(rng.integers(0, 3))):
            copy[place] = str(rng.choice(list("ACGTN")))
        strings.append("".join(copy) if index % 2 else "".join(copy)[::-1].translate(COMPLEMENT))
    found = _partition(near_duplicate_groups(from_strings(strings)))
    assert found == _by_brute_force(strings)
    assert 41 < len(found) < 80


@given(st.lists(st.text("ATCN", max_size=4), min_size=1, max_size=12), st.booleans())
@settings(max_examples=100)
def test_identical_groups_compare_letters(strings, both_strands):
    sequences = from_strings([*strings, "AACCATA"])
    texts = sequences.strings()
    numbers = identical_groups(sequences, both_strands=both_strands)
    assert set(numbers) == set(range(numbers.max() + 1))
    for i, one in enumerate(texts):
        for j, other in enumerate(texts):
            same = one == other or (both_strands and one == other[::-1].translate(COMPLEMENT))
            assert (numbers[i] == numbers[j]) == same


def test_reverse_complements_are_identical_in_both_strands_alone():
    sequences = from_strings(["AACCG", "CGGTT", "ACG", "CGT", "AACCG"])
    assert _partition(identical_groups(sequences, both_strands=True)) == {frozenset({0, 1, 4}), frozenset({2, 3})}
    one_strand = _partition(identical_groups(sequences, both_strands=False))
    assert one_strand == {frozenset({0, 4}), frozenset({1}), frozenset({2}), frozenset({3})}


def test_overlaps_shuffles_and_their_chains_are_joined():
    plain = _random(8)
    places = Coordinates(
        np.array(["I", "I", "II", "I", "I", "II", "I", "I"]),
        np.array([100, 150, 150, 10, 160, 400, 40, 60]),
        np.array([160, 210, 210, 100, 170, 460, 50, 90]),
        np.array(["+"] * 8),
    )
    names = np.array(["a", "b", "c", "d", "e", "c_shuffled12", "c_shuffler", "h"])
    found = near_duplicate_groups(replace(plain, names=names, coordinates=places))
    # d ends where a begins: no overlap; the last two lie within d; e touches a only through b
    assert _partition(found) == {frozenset({0, 1, 4}), frozenset({2, 5}), frozenset({3, 6, 7})}


def test_repeats_do_not_hold_unrelated_sequences_together():
    strings = [text + "CA" * 200 for text in _random(50, length=100).strings()]
    assert len(np.unique(near_duplicate_groups(from_strings(strings)))) == 50


def test_near_duplicates_are_found_quickly():
    sequences = _random(10_000, length=200)
    near_duplicate_groups(sequences[:50])
    begun = time.perf_counter()
    assert len(np.unique(near_duplicate_groups(sequences))) == 10_000
    assert time.perf_counter() - begun < 4


@given(st.integers(30, 200), st.sampled_from([(0.7, 0.1, 0.2), (0.5, 0.5, 0.0), (1 / 3, 1 / 3, 1 / 3), (0, 0, 1)]))
@settings(max_examples=25, deadline=None)
def test_split_is_stratified_and_loses_nothing(n, fractions):
    sequences = _labelled(n, 0.3, seed=n).with_labels(np.arange(n) % 7 == 0)
    parts = split(sequences, fractions=fractions, random_state=n)
    names = np.concatenate([part.names for part in parts])
    assert sorted(names) == sorted(sequences.names)
    for part, fraction in zip(parts, fractions, strict=True):
        for label in (0, 1):
            assert abs((part.labels == label).sum() - fraction * (sequences.labels == label).sum()) <= 1


def test_parts_keep_everything_with_its_sequence_and_repeat_with_the_seed():
    sequences = _labelled(60, 0.4, n_groups=3)
    by_name = dict(
        zip(sequences.names, zip(sequences.labels, sequences.groups, sequences.strings(), strict=True), strict=True)
    )
    for part in split(sequences, random_state=1, by_group=False):
        for name, *rest in zip(part.names, part.labels, part.groups, part.strings(), strict=True):
            assert by_name[name] == tuple(rest)
    first, again, other = (split(sequences, random_state=seed, by_group=False)[2].names.tolist() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("seed", range(4))
def test_whole_groups_stay_on_one_side(seed):
    sequences = _labelled(900, 0.35, seed=seed, n_groups=17)
    parts = split(sequences, random_state=seed)
    held = [set(part.groups) for part in parts]
    assert sum(len(groups) for groups in held) == len(set().union(*held)) == 17
    for part, fraction in zip(parts, (0.7, 0.1, 0.2), strict=True):
        for label in (0, 1):
            assert abs((part.labels == label).sum() / (sequences.labels == label).sum() - fraction) < 0.06


def test_too_few_or_too_large_groups_are_not_kept_and_the_log_says_so(caplog):
    sequences = _labelled(120, 0.5, n_groups=4)
    with caplog.at_level(logging.WARNING):
        split(sequences, random_state=0)
    assert "4 groups" in caplog.text
    kept = split(sequences, random_state=0, by_group=True)
    assert sum(len(set(part.groups)) for part in kept) == 4
    lopsided = replace(sequences, groups=np.array(["big"] * 90 + [f"g{i}" for i in range(30)]))
    with caplog.at_level(logging.WARNING):
        split(lopsided, random_state=0)
    assert "31 groups, the largest with 75 %" in caplog.text


def test_near_duplicates_across_groups_join_them_or_are_told(caplog):
    base = _labelled(200, 0.5, n_groups=12, seed=3)
    twin = replace(base[:1], groups=np.array([base.groups[base.groups != base.groups[0]][0]]))
    joined = concatenate([base, twin])
    with caplog.at_level(logging.WARNING):
        parts = split(joined, random_state=0)
    assert not caplog.records
    assert sum({base.groups[0], twin.groups[0]} <= set(part.groups) for part in parts) == 1
    first = [base[[np.flatnonzero(base.groups == group)[0]]] for group in np.unique(base.groups)[1:]]
    twins = [replace(part, groups=np.array([np.unique(base.groups)[0]])) for part in first]
    with caplog.at_level(logging.WARNING):
        parts = split(concatenate([base, *twins]), random_state=0)
    assert "22 near-duplicate sequences" in caplog.text
    assert sum(len(set(part.groups)) for part in parts) == 12


@pytest.mark.parametrize("n_folds", [2, 5])
def test_near_duplicates_and_shuffles_share_a_fold(n_folds):
    source = _labelled(90, 1.1)
    flipped = replace(source, codes=reverse_complement(source.codes), names=np.char.add(source.names, "rc"))
    shuffles = shuffle_dinucleotides(source, random_state=0)
    together = concatenate([part.with_labels(np.full(90, label)) for part, label in
                            ((source, 1), (flipped, 1), (shuffles, 0))])  # fmt: skip
    fold = folds(together, n_folds=n_folds, random_state=0).reshape(3, 90)
    assert (fold == fold[0]).all()
    assert np.bincount(fold[0]).tolist() == [90 // n_folds] * n_folds
    apart = folds(together, n_folds=n_folds, random_state=0, keep_near_duplicates=False).reshape(3, 90)
    assert (apart != apart[0]).any()


def test_folds_are_stratified_for_many_classes_and_many_labels():
    sequences = _random(103).with_labels(np.arange(103) % 4)
    fold = folds(sequences, n_folds=5, random_state=2)
    for label in range(4):
        sizes = np.bincount(fold[sequences.labels == label], minlength=5)
        assert np.ptp(sizes) <= 1
    several = sequences.with_labels(
        np.stack([np.arange(103) % 2, np.arange(103) == 50, np.arange(103) % 3 == 0], axis=1)
    )
    fold = folds(several, n_folds=4, random_state=2)
    assert np.ptp(np.bincount(fold)) <= 3
    assert np.ptp(np.bincount(fold, several.labels[:, 2])) <= 4


def test_every_part_gets_a_share_of_a_tiny_class():
    sequences = _random(103).with_labels(np.arange(103) < 3)
    assert [int(part.labels.sum()) for part in split(sequences, random_state=0)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fractions": (0.7, 0.1, 0.1)}, "sum to 0.9"),
        ({"fractions": (1.2, -0.1, -0.1)}, r"in \[0, 1\]"),
        ({"fractions": (0.5, 0.5)}, "three numbers"),
        ({"by_group": True}, "groups"),
    ],
)
def test_impossible_wishes_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        split(_labelled(30, 0.5), random_state=0, **options)


def test_too_few_sequences_are_refused_with_their_numbers():
    sequences = _random(40).with_labels(np.arange(40) < 2, ("background", "peak"))
    with pytest.raises(ParameterError, match=r"at least 3 .* Got 2 sequences of class peak"):
        split(sequences, random_state=0)
    with pytest.raises(ParameterError, match="Got 2 sequences of class peak"):
        folds(sequences, n_folds=4, random_state=0)
    with pytest.raises(ParameterError, match="Got 1 sequences"):
        split(_random(1), random_state=0)
    with pytest.raises(ParameterError, match="Got 0 sequences"):
        split(_random(4)[:0], random_state=0)
    with pytest.raises(ParameterError, match="n_folds"):
        folds(sequences, n_folds=1, random_state=0)


def test_a_class_of_copies_cannot_be_split():
    copies = _random(1)[np.zeros(9, dtype=int)].with_labels(np.ones(9))
    sequences = concatenate([copies, _random(30, seed=1).with_labels(np.zeros(30))])
    with pytest.raises(ParameterError, match="Got 9 sequences of class 1 in 1 set that must stay together"):
        split(sequences, random_state=0)
    assert len(split(sequences, random_state=0, keep_near_duplicates=False)[2].of_class(1)) == 2


def test_repeated_names_join_nothing_and_shuffles_follow_their_order():
    names = np.array(["p", "p", "q", "p", "p_shuffled", "q_shuffled1", "p_shuffled", "q_shuffled2", "r_shuffled"])
    found = near_duplicate_groups(replace(_random(9), names=names))
    assert _partition(found) == {frozenset(group) for group in [(0, 4), (1, 6), (2, 5, 7), (3,), (8,)]}


def test_many_sequences_of_one_name_can_be_split():
    positives = replace(_random(40), names=np.array(["peak"] * 40))
    negatives = shuffle_dinucleotides(positives, random_state=0)
    joined = concatenate([positives, negatives]).with_labels(np.arange(80) < 40)
    origin = near_duplicate_groups(joined)
    assert origin[:40].tolist() == origin[40:].tolist()
    assert [len(part) for part in split(joined, fractions=(0.5, 0.25, 0.25), random_state=0)] == [40, 20, 20]
