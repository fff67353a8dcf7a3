"""What is a shadow of a known motif, and what is another motif however alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import exact_motif, two_classes
from test_site_models import BASE

from motiflens.contrasts import contrast_of
from motiflens.enrichment import CutOff
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.shadows import casters, mostly_explained, shadows

SCANNER = Scanner(BASE, both_strands=True, threads=1)
FIRST, OTHER = "GATTACGCA", "CCAGTTTGG"
ALIKE = "GATTAGTCA"
"""Differs from the first in three letters."""


def candidate(matrix):
    return Candidate(np.asarray(matrix), CutOff(-50.0, 6.0, 100, 10))


def of_word(word):
    return candidate(exact_motif(word).probabilities)


def shifted(word):
    """Return the motif three columns to the right: its last six letters, and nothing behind them."""
    return candidate(np.hstack([exact_motif(word).probabilities[:, 3:], np.full((4, 3), 0.25)]))


def faint(word, share=0.45):
    return candidate(share * exact_motif(word).probabilities + (1 - share) * 0.25)


def turned(word):
    return word[::-1].translate(str.maketrans("ACGT", "TGCA"))


def data(words, seed=0, n=700):
    """Return training and held-out sequences with the same motifs in the positives."""
    return [two_classes(words, n=size, length=80, random_state=seed + 400 * i) for i, size in enumerate((n, n - 90))]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_a_known_motif_explains_is_a_shadow(seed):
    train, heldout = data({FIRST: 0.5}, seed)
    first = of_word(FIRST)
    others = [shifted(FIRST), of_word(FIRST[:5]), of_word(FIRST[4:]), faint(FIRST), of_word(turned(FIRST))]
    assert shadows([first, *others], train, heldout, SCANNER) == [False, *[True] * 5]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_motif_of_its_own_is_no_shadow_alike_or_not(seed):
    train, heldout = data({FIRST: 0.4, OTHER: 0.3, ALIKE: 0.3}, seed)
    assert 0.4 < SCANNER.likeness(of_word(FIRST).matrix, of_word(ALIKE).matrix) < 0.75
    candidates = [of_word(word) for word in (FIRST, OTHER, ALIKE)]
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        assert shadows([candidates[i] for i in order], train, heldout, SCANNER) == [False] * 3


def test_a_motif_alike_that_is_not_there_is_a_shadow():
    train, heldout = data({FIRST: 0.5, OTHER: 0.3}, 5)
    words = (FIRST, ALIKE, OTHER)
    assert shadows([of_word(word) for word in words], train, heldout, SCANNER) == [False, True, False]


def test_held_out_sequences_decide_not_those_that_made_the_motifs():
    with_alike, without = data({FIRST: 0.4, ALIKE: 0.3}, 7)[0], data({FIRST: 0.4}, 9)[1]
    candidates = [of_word(FIRST), of_word(ALIKE)]
    assert shadows(candidates, with_alike, without, SCANNER) == [False, True]
    assert shadows(candidates, without, with_alike, SCANNER) == [False, False]


def test_few_sites_of_its_own_are_enough():
    train, heldout = data({FIRST: 0.4, ALIKE: 0.08}, 15)
    assert shadows([of_word(FIRST), of_word(ALIKE)], train, heldout, SCANNER) == [False, False]


def test_each_motif_is_held_against_those_that_were_kept():
    train, heldout = data({FIRST: 0.4, OTHER: 0.4}, 11)
    words = [FIRST, FIRST[:5], turned(FIRST), OTHER, OTHER[4:], FIRST[4:]]
    assert not casters(of_word(OTHER[4:]), [of_word(OTHER)], SCANNER)[1]  # a half is like the whole, and not the same
    assert shadows([of_word(word) for word in words], train, heldout, SCANNER) == [False, True, True, False, True, True]


def test_the_whole_behind_its_half_tells_more():
    train, heldout = data({FIRST: 0.4}, 17)
    assert shadows([of_word(FIRST[:5]), of_word(FIRST)], train, heldout, SCANNER) == [False, False]


def test_the_same_motif_is_a_shadow_however_much_more_it_tells():
    train, heldout = data({FIRST: 0.4}, 17)
    assert shadows([faint(FIRST[:7], 0.5), of_word(FIRST)], train, heldout, SCANNER) == [False, True]


@pytest.mark.parametrize("seed", [13, 14, 15, 16])
def test_what_only_a_shadow_is_like_is_no_shadow(seed):
    """The middle of three is dropped and casts nothing, and the last is not like the first."""
    words = [FIRST, FIRST[4:] + OTHER[:4], OTHER]
    train, heldout = data({FIRST: 0.5}, seed)
    first, middle, last = (of_word(word) for word in words)
    assert casters(middle, [first], SCANNER) == ([0], False)
    assert casters(last, [first, middle], SCANNER) == ([1], False)
    assert shadows([first, middle, last], train, heldout, SCANNER) == [False, True, False]


def test_no_motifs_have_no_shadows():
    assert shadows([], *data({}, n=100), SCANNER) == []


def brute_likeness(a, b, *, both):
    """Return the largest cosine over shifts and strands, column by column."""
    best = -1.0
    for other in [b, b[::-1, ::-1]] if both else [b]:
        for shift in range(-other.shape[1], a.shape[1] + 1):
            total = sum(
                (a[row, column] - 0.25) * (other[row, column - shift] - 0.25)
                for column in range(a.shape[1])
                if 0 <= column - shift < other.shape[1]
                for row in range(4)
            )
            best = max(best, total / np.sqrt(((a - 0.25) ** 2).sum() * ((b - 0.25) ** 2).sum()))
    return best


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(0, 6), st.booleans())
def test_casters_are_the_known_motifs_that_are_alike(seed, n_known, both):
    rng = np.random.default_rng(seed)
    motif, *known = (rng.dirichlet([0.3] * 4, width).T for width in rng.integers(4, 9, n_known + 1))
    known = [rng.choice([0.2, 1.0]) * (each - 0.25) + 0.25 for each in known]
    if known:
        known[0] = 0.5 * motif + 0.5 * rng.dirichlet([0.3] * 4, motif.shape[1]).T
    expected = [brute_likeness(motif, each, both=both) for each in known]
    scanner = Scanner(BASE, both_strands=both)
    found, same = casters(candidate(motif), [candidate(each) for each in known], scanner)
    assert found == [i for i, alike in enumerate(expected) if alike > 0.4]
    assert same == any(alike > 0.75 for alike in expected)


def test_on_one_strand_the_reverse_complement_is_another_motif():
    pair = [of_word(FIRST), of_word(turned(FIRST))]
    assert casters(pair[1], pair[:1], Scanner(BASE, both_strands=False)) == ([], False)
    assert casters(pair[1], pair[:1], SCANNER) == ([0], True)


@pytest.mark.parametrize("strength", [0.5, 4.0])
def test_what_a_known_score_explains_is_told_from_what_it_leaves_little_room_for(strength):
    """The stronger the known score, the less is left of every other; a copy of it has nothing of its own to lose."""
    rng = np.random.default_rng(17)
    positive = rng.random(3000) < 0.5
    known, own = (rng.normal(size=3000) + shift * positive for shift in (strength, 1.0))
    beyond = contrast_of(positive, known[:, None])
    alone = contrast_of(positive)
    assert strength < 1 or beyond.exact_z(own) < 0.5 * alone.exact_z(own)
    assert not mostly_explained(own, alone, beyond)
    assert mostly_explained(known + 0.2 * rng.normal(size=3000), alone, beyond)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_motif_that_tells_little_beyond_one_like_it_is_a_shadow(seed):
    """Half of a motif stands alone in some positives too: significant beyond the whole, and told once."""
    half = FIRST[:5]
    train, heldout = data({FIRST: 0.6, half: 0.12}, seed, n=3000)
    cut = of_word(half)
    assert 0.4 < SCANNER.likeness(of_word(FIRST).matrix, cut.matrix) < 0.75
    assert shadows([of_word(FIRST), cut], train, heldout, SCANNER) == [False, True]
    apart = data({FIRST: 0.2, half: 0.5}, seed, n=3000)
    assert shadows([of_word(FIRST), cut], *apart, SCANNER) == [False, False]
