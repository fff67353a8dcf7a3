"""Backgrounds: what is learnt, and what is drawn from it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2, chisquare

from motiflens.errors import ParameterError
from motiflens.kmers import kmer_indices
from motiflens.sequences import SequenceSet, from_strings
from motiflens.simulating.background import Background, draw_background, independent, learn_background
from motiflens.simulating.chances import choose, happens, thresholds

LEAST_P = 1e-4


def as_set(codes):
    n, length = codes.shape
    return SequenceSet(codes, np.arange(n).astype(str), np.tile([0, length], (n, 1)))


def biased(order, seed, n=60, length=80):
    """Learn a model that is far from uniform."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(4, (n, length), p=[0.5, 0.1, 0.15, 0.25]).astype(np.uint8)
    codes[:, 1::2] = np.where(rng.random((n, length // 2)) < 0.5, codes[:, ::2], codes[:, 1::2])
    return learn_background(as_set(codes), order=order)


def stepped(background):
    """Return the distribution of words after one more letter, by a plain loop over words."""
    order = background.order
    after = dict.fromkeys(product(range(4), repeat=order), 0.0)
    for index, word in enumerate(product(range(4), repeat=order)):
        for base in range(4):
            after[(*word, base)[1:]] += background.initial[index] * background.transitions[index, base]
    return np.array(list(after.values()))


@pytest.mark.parametrize("order", range(6))
def test_the_start_is_stationary(order):
    background = biased(order, seed=order)
    assert background.order == order
    np.testing.assert_allclose(stepped(background), background.initial, atol=1e-12)
    assert background.initial.min() > 0


def test_a_chain_that_hardly_ever_changes_has_a_stationary_start():
    background = learn_background(from_strings(["A" * 5000, "T" * 2500, "ACACACACACACAC"]), order=2)
    np.testing.assert_allclose(stepped(background), background.initial, atol=1e-9)


@pytest.mark.parametrize(("order", "seed"), [(0, 1), (1, 2), (2, 3), (3, 4)])
def test_drawn_sequences_follow_the_transitions(order, seed):
    background = biased(order, seed)
    codes = draw_background(background, 3001, 53, np.random.default_rng(seed))
    counts = np.bincount(kmer_indices(codes, order + 1).ravel(), minlength=4 ** (order + 1)).reshape(-1, 4)
    expected = counts.sum(axis=1, keepdims=True) * background.transitions
    often = expected.min(axis=1) > 5
    statistic = ((counts - expected) ** 2 / expected)[often].sum()

    assert often.sum() > 4**order / 2
    assert chi2.sf(statistic, 3 * often.sum()) > LEAST_P


@pytest.mark.parametrize("seed", range(3))
def test_no_position_is_special(seed):
    background = biased(2, seed)
    codes = draw_background(background, 40_001, 7, np.random.default_rng(seed))
    words = kmer_indices(codes, 2)
    for column in range(words.shape[1]):
        counts = np.bincount(words[:, column], minlength=16)
        assert chisquare(counts, len(codes) * background.initial).pvalue > LEAST_P
    first = np.bincount(codes[:, 0], minlength=4) / len(codes)
    np.testing.assert_allclose(background.frequencies, first, atol=0.01)


def test_sequences_shorter_than_the_order_are_the_first_letters_of_a_word():
    background = biased(4, seed=5)
    codes = draw_background(background, 60_001, 2, np.random.default_rng(0))
    counts = np.bincount(kmer_indices(codes, 2).ravel(), minlength=16)
    assert chisquare(counts, len(codes) * background.initial.reshape(16, 16).sum(axis=1)).pvalue > LEAST_P


@pytest.mark.parametrize(("gc", "letters"), [(0, {0, 3}), (1, {1, 2}), (0.5, {0, 1, 2, 3})])
def test_independent_bases(gc, letters):
    codes = draw_background(independent(gc), 203, 31, np.random.default_rng(1))
    assert set(np.unique(codes).tolist()) == letters
    assert independent(gc).frequencies == ((1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2)


@given(arrays(np.float64, st.integers(1, 9), elements=st.floats(0, 1)).filter(lambda p: p.sum() > 1e-3), st.integers(0))
def test_what_cannot_happen_is_never_chosen(shares, seed):
    chosen = choose(np.random.default_rng(seed), shares, 57)
    assert (shares[chosen] > 0).all()
    assert thresholds(shares)[-1] == 2**32


@pytest.mark.parametrize(("probability", "seed"), [(0.0, 0), (1.0, 1), (0.3, 2), (0.3, 3)])
def test_things_happen_as_often_as_they_should(probability, seed):
    n = 100_003
    share = happens(np.random.default_rng(seed), probability, (n,)).mean()
    assert abs(share - probability) <= 4 * np.sqrt(probability * (1 - probability) / n)


@pytest.mark.parametrize("build", [
    lambda: independent(-0.1),
    lambda: independent(float("nan")),
    lambda: learn_background(from_strings(["ACGT"]), order=7),
    lambda: learn_background(from_strings(["ACGT"]), order=-1),
    lambda: learn_background(from_strings(["ACGT"]), order=1, pseudocount=0),
    lambda: learn_background(from_strings(["ACGT"]), order=1, pseudocount=float("nan")),
    lambda: Background(np.ones(1), np.full((4, 4), 0.25)),
    lambda: Background(np.ones(1), np.array([[0.5, 0.5, 0.5, -0.5]])),
    lambda: Background(np.ones(1), np.array([[0.5, 0.5, 0.5, 0.5]])),
    lambda: Background(np.ones(1), np.array([[np.nan, 0.5, 0.5, 0.5]])),
    lambda: Background(np.full(5, 0.2), np.full((5, 4), 0.25)),
])  # fmt: skip
def test_backgrounds_that_make_no_sense_are_refused(build):
    with pytest.raises(ParameterError):
        build()
