"""Motifs of a run against each other: the same, halves, and unlike ones."""

from dataclasses import replace

import numpy as np
import pytest
from planted import exact_motif

from motiflens.database import read_database
from motiflens.doubles import Pair, doubles_of, pairs_of
from motiflens.matching import match
from motiflens.motifs import Motif

KNOWN = read_database("jaspar:fungi")
WORD = "GATTACCAGT"
FLAT = np.full((4, 3), 0.25)


def padded(motif: Motif, before: int = 3) -> Motif:
    """The motif with three columns that say nothing, some before it and the rest behind."""
    columns = [FLAT[:, :before], motif.probabilities, FLAT[:, before:]]
    return replace(motif, probabilities=np.concatenate(columns, axis=1))


@pytest.mark.parametrize("before", [0, 1, 3])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("swapped", [False, True])
def test_covered_are_the_informative_positions_on_either_strand(before, turned, swapped):
    """Seven of ten columns of a word are all of the other motif, whose further columns say nothing."""
    part = padded(exact_motif(WORD[2:9], "part"), before)
    part = replace(part.reverse_complement() if turned else part, name="part")
    two = [part, exact_motif(WORD, "whole")] if swapped else [exact_motif(WORD, "whole"), part]
    (pair,) = pairs_of(two, KNOWN)
    assert (pair.first, pair.second) == (0, 1)
    assert pair.covered == (pytest.approx((1.0, 0.7)) if swapped else pytest.approx((0.7, 1.0)))
    assert pair.alike
    assert pair.same


@pytest.mark.parametrize("shift", [0, 2, 3])
@pytest.mark.parametrize("swapped", [False, True])
def test_what_says_little_covers_nothing_and_is_not_covered(shift, swapped):
    """The same columns turned over; some say nothing in the one, and others in the other, at neither end alike."""
    gap_in_one, gap_in_other = [3, 4, 5], [shift + 5, shift + 7]
    word = "GATTACCAGTCCGATA"
    matrices = [exact_motif(word).probabilities.copy() for _ in "ab"]
    for matrix, gap in zip(matrices, (gap_in_one, gap_in_other), strict=True):
        matrix[:, gap] = 0.25
    one, other = (Motif(matrix, "m") for matrix in (matrices[0], matrices[1][:, shift:]))
    two = [other.reverse_complement(), one] if swapped else [one, other.reverse_complement()]
    strong_in_one = set(range(16)) - set(gap_in_one)
    strong_in_other = {column for column in range(shift, 16) if (matrices[1][:, column] != 0.25).any()}
    both = len(strong_in_one & strong_in_other)
    wanted = (both / len(strong_in_one), both / len(strong_in_other))
    (pair,) = pairs_of(two, KNOWN)
    assert pair.covered == pytest.approx(wanted[::-1] if swapped else wanted)


def test_p_is_the_lower_of_both_directions_and_q_counts_all_pairs():
    soft = exact_motif(WORD[:8]).probabilities * 0.6 + 0.1
    motifs = [exact_motif(WORD), exact_motif("CCGCGGCTT"), Motif(soft, "soft"), exact_motif("TTTATCTGG")]
    pairs = pairs_of(motifs, KNOWN)
    assert sorted((pair.first, pair.second) for pair in pairs) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    best = pairs[0]
    assert (best.first, best.second) == (0, 2)
    first, second = replace(motifs[0], name="first"), replace(motifs[2], name="second")
    directions = [
        next(each.pvalue for each in match([a], [*KNOWN, b])[0] if each.target == b.name)
        for a, b in ((first, second), (second, first))
    ]
    assert max(directions) > 2 * min(directions)
    assert best.pvalue == pytest.approx(min(directions), rel=0.1)  # of four motifs in the null, or of one
    assert best.qvalue == pytest.approx(6 * best.pvalue)
    assert [pair.alike for pair in pairs] == [True, *[False] * 5]


def test_names_of_the_motifs_and_of_the_database_do_not_matter():
    named = [replace(KNOWN[5], name="x"), replace(KNOWN[5], name="x"), KNOWN[9]]
    first, *others = pairs_of(named, KNOWN)
    assert (first.first, first.second, first.covered, first.same) == (0, 1, (1.0, 1.0), True)
    assert not any(pair.same for pair in others)


def test_a_composite_and_its_half_are_alike_and_not_the_same():
    half, other = WORD, "CTTGTGCGA"
    (pair,) = pairs_of([exact_motif(half + other), exact_motif(half)], KNOWN)
    assert pair.alike
    assert not pair.same
    assert pair.covered == pytest.approx((10 / 19, 1.0))


def test_few_motifs_are_no_reason_to_be_the_same():
    """A pair by itself has a q that is its p."""
    assert not Pair(0, 1, pvalue=0.004, qvalue=0.004, covered=(1.0, 1.0), likeness=1.0).same
    assert Pair(0, 1, pvalue=0.0009, qvalue=0.0099, covered=(0.61, 0.81), likeness=0.71).same
    assert not Pair(0, 1, pvalue=0.0009, qvalue=0.011, covered=(1.0, 1.0), likeness=1.0).same
    for covered in ((0.59, 1.0), (1.0, 0.59), (0.79, 0.79)):
        assert not Pair(0, 1, pvalue=1e-6, qvalue=1e-6, covered=covered, likeness=1.0).same


def test_motifs_rich_in_the_same_letters_are_not_the_same():
    """A GC box lies on the G and C of CTCF's motif all along, and is at most half of it."""
    assert not Pair(0, 1, pvalue=1e-6, qvalue=1e-6, covered=(1.0, 1.0), likeness=0.69).same
    vertebrates = {motif.alternate_name: motif for motif in read_database()}
    (pair,) = pairs_of([vertebrates["CTCF"], vertebrates["SP1"]], list(vertebrates.values()))
    assert pair.likeness < 0.7
    assert not pair.same


@pytest.mark.parametrize("both", [True, False])
def test_likeness_is_the_cosine_at_the_best_shift_of_the_strands_that_are_read(both):
    """Six of eight and of seven columns are the same, on the other strand; the others overlap with nothing."""
    turned = exact_motif(WORD[2:9]).reverse_complement()
    changed = turned.probabilities.copy()
    changed[:, 0] = 0.25
    (pair,) = pairs_of([exact_motif(WORD[:8]), Motif(changed, "m")], KNOWN, reverse_complement=both)
    assert (pair.likeness == pytest.approx(6 / 48**0.5)) is both


def test_a_word_and_its_reverse_complement_are_two_motifs_of_one_strand():
    motifs = [exact_motif(WORD), exact_motif(WORD).reverse_complement()]
    (on_both,), (on_one,) = (pairs_of(motifs, KNOWN, reverse_complement=both) for both in (True, False))
    assert on_both.same
    assert not on_one.alike


def test_flat_motifs_are_covered_by_all_their_positions():
    flat = Motif(np.full((4, 6), 0.25), "flat")
    (pair,) = pairs_of([flat, exact_motif(WORD)], KNOWN)
    assert all(0 <= share <= 1 for share in pair.covered)
    assert not pair.same


def test_a_double_is_of_the_best_motif_that_is_none_itself():
    def same(first: int, second: int) -> Pair:
        return Pair(first, second, 1e-9, 1e-9, (1.0, 1.0), 1.0)

    chain = [same(0, 2), same(2, 3), same(1, 4), same(0, 4)]
    assert doubles_of(chain, 6) == {2: 0, 4: 0}  # 3 is like a double alone
    assert doubles_of([replace(pair, qvalue=0.5) for pair in chain], 6) == {}


def test_one_motif_and_none_make_no_pairs():
    assert pairs_of([exact_motif(WORD)], KNOWN) == pairs_of([], KNOWN) == []
    assert doubles_of([], 0) == {}
