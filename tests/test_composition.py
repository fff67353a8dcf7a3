"""Shares of letters against a plain count; classes that differ in them, or do not."""

import numpy as np
import pytest
from calibration import ERROR
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from motiflens.extraction import composition as module
from motiflens.extraction.composition import composition, differing_composition
from motiflens.simulating.planting import random_sequences


def counted(text, *, both):
    """Return the shares of letters in a text, by reading it letter by letter."""
    known = max(len(text) - text.count("N"), 1)
    if both:
        return [sum(letter in "GC" for letter in text) / known]
    return [text.count(letter) / known for letter in "ACG"]


def of_gc(gc_a, gc_b, n, m, *, length=60, seed=0):
    """Return ``n`` positives and ``m`` negatives of these shares of G and C."""
    parts = [random_sequences(k, length, gc=gc, random_state=2 * seed + i)
             for i, (k, gc) in enumerate(((n, gc_a), (m, gc_b)))]  # fmt: skip
    return np.vstack([part.codes for part in parts]), np.arange(n + m) < n


@settings(max_examples=60)
@given(st.integers(1, 6), st.integers(0, 40), st.sampled_from([0.0, 0.15, 1.0]), st.booleans(), st.integers(0, 10**6))
def test_shares_are_those_of_a_plain_count(n, length, unknown, both, seed):
    rng = np.random.default_rng(seed)
    codes = rng.choice(5, (n, length), p=[*[(1 - unknown) / 4] * 4, unknown]).astype(np.uint8)
    found = composition(codes, both_strands=both)
    assert found.shape == (n, 1 if both else 3)
    texts = ["".join("ACGTN"[letter] for letter in row) for row in codes]
    np.testing.assert_allclose(found, [counted(text, both=both) for text in texts], atol=1e-12)


def test_on_both_strands_the_reverse_complement_is_the_same():
    codes = np.random.default_rng(3).integers(0, 5, (7, 29)).astype(np.uint8)
    back = np.where(codes == 4, 4, 3 - codes)[:, ::-1]
    np.testing.assert_array_equal(composition(codes, both_strands=True), composition(back, both_strands=True))
    assert (composition(codes, both_strands=False) != composition(back, both_strands=False)).any()


@pytest.mark.parametrize("both", [False, True])
def test_rows_without_a_letter_that_is_known_have_none(both):
    for codes in (np.ones((70, 0), np.uint8), np.full((70, 9), 4, np.uint8)):
        assert not composition(codes, both_strands=both).any()
        assert differing_composition(codes, np.arange(70) < 30, both_strands=both) is None


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("level", [1e-3, 0.2])
def test_equal_classes_differ_as_rarely_as_stated(level, both, monkeypatch):
    monkeypatch.setattr(module, "_SURE", level)
    n_sets = 400
    found = [
        differing_composition(*of_gc(0.45, 0.45, 110, 130, seed=seed), both_strands=both) is not None
        for seed in range(n_sets)
    ]
    assert binom.ppf(ERROR, n_sets, level) <= sum(found) <= binom.ppf(1 - ERROR, n_sets, level)


@pytest.mark.parametrize("both", [False, True])
def test_classes_of_other_gc_content_differ(both):
    codes, positive = of_gc(0.48, 0.42, 200, 240, seed=4)
    found = differing_composition(codes, positive, both_strands=both)
    np.testing.assert_array_equal(found, composition(codes, both_strands=both))


def test_a_letter_and_its_complement_differ_on_one_strand_alone():
    rng = np.random.default_rng(9)
    positive = np.arange(500) < 220
    codes = rng.choice(4, (500, 50), p=[0.25, 0.25, 0.25, 0.25]).astype(np.uint8)
    swapped = (rng.random(codes.shape) < 0.3) & (codes == 0) & positive[:, None]
    codes[swapped] = 3  # T for A in the positives
    assert differing_composition(codes, positive, both_strands=True) is None
    assert differing_composition(codes, positive, both_strands=False) is not None


def test_letters_that_no_sequence_holds_are_left_out():
    codes, positive = of_gc(1.0, 1.0, 90, 95, seed=1)
    codes[positive, :20] = 1  # C
    found = differing_composition(codes, positive, both_strands=False)
    np.testing.assert_allclose(found, np.stack([(codes == letter).mean(axis=1) for letter in (1, 2)], axis=1))
    assert differing_composition(codes, positive, both_strands=True) is None


def test_few_sequences_say_nothing():
    for both, least in ((True, 20), (False, 60)):
        codes, positive = of_gc(0.75, 0.25, least // 2, least // 2, seed=2)
        assert differing_composition(codes, positive, both_strands=both) is not None
        assert differing_composition(codes[1:], positive[1:], both_strands=both) is None
