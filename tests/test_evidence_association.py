"""How a motif goes with the classes: against references, and calibrated where there is nothing to find."""

from itertools import combinations

import numpy as np
import pytest
from calibration import assert_never_too_small, assert_uniform
from hypothesis import given
from hypothesis import strategies as st
from planted import exact_motif
from scipy.stats import binom
from scipy.stats.contingency import relative_risk

from motiflens.alphabet import encode
from motiflens.contrasts import contrast_of
from motiflens.extraction.association import gc_contrast, gc_pvalue, log2_enrichment, rank_pvalue
from motiflens.extraction.matrices import Scanner

SCANNER = Scanner(np.full(4, 0.25))


def of_composition(shares, length, rng):
    """Sequences of independent bases, each with its own expected share of G and C."""
    strong = rng.random((len(shares), length)) < np.asarray(shares)[:, None]
    either = rng.integers(0, 2, strong.shape)
    return np.where(strong, 1 + either, 3 * either).astype(np.uint8)


def test_the_rank_test_is_that_of_all_ways_to_deal_the_labels():
    scores = np.array([0.3, 2.5, 1.9, -4.0, 8.8, 7.1, 2.6])
    chosen = np.array([False, True, False, False, True, True, False])
    ranks = scores.argsort().argsort()
    dealt = [ranks[list(rows)].sum() for rows in combinations(range(7), 3)]
    assert rank_pvalue(scores, chosen) == pytest.approx(np.mean(np.array(dealt) >= ranks[chosen].sum()))


def test_sequences_without_a_window_tie_and_rounding_breaks_no_tie():
    positive = np.arange(40) % 2 == 0
    assert rank_pvalue(np.where(positive, -1e4, -2e4), positive) == 1.0
    scores = np.repeat(np.arange(5.0), 8)
    assert rank_pvalue(scores + 1e-5 * positive, positive) == rank_pvalue(scores, positive)
    assert rank_pvalue(scores + 1e-2 * positive, positive) < rank_pvalue(scores, positive)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(30, 60), st.integers(30, 70))
def test_the_sign_of_the_enrichment_tells_the_class(hits_pos, hits_neg, n_pos, n_neg):
    positive = np.repeat([True, False], [n_pos, n_neg])
    hit = np.concatenate([np.arange(n_pos) < hits_pos, np.arange(n_neg) < hits_neg])
    found, turned = log2_enrichment(hit, positive), log2_enrichment(hit, ~positive)
    assert found.value == pytest.approx(
        np.log2((hits_pos + 0.5) / (n_pos + 1)) - np.log2((hits_neg + 0.5) / (n_neg + 1))
    )
    assert (turned.value, turned.low, turned.high) == pytest.approx((-found.value, -found.high, -found.low))
    # Twice the counts, whole numbers, have the same ratio and half the variance of its logarithm.
    doubled = relative_risk(2 * hits_pos + 1, 2 * n_pos + 2, 2 * hits_neg + 1, 2 * n_neg + 2)
    half = np.log2(doubled.confidence_interval(0.95).high / doubled.relative_risk) * np.sqrt(2)
    assert (found.high - found.value, found.value - found.low) == pytest.approx((half, half))


@pytest.mark.parametrize(("p", "q"), [(0.4, 0.15), (0.1, 0.1), (0.05, 0.3)])
def test_the_interval_of_the_enrichment_covers_what_is_true(p, q):
    rng, n, m, rounds = np.random.default_rng(3), 140, 170, 800
    positive, true = np.repeat([True, False], [n, m]), np.log2(p / q)
    inside = 0
    for _ in range(rounds):
        found = log2_enrichment(rng.random(n + m) < np.where(positive, p, q), positive)
        inside += found.low <= true <= found.high
    assert binom.ppf(1e-4, rounds, 0.93) <= inside <= binom.ppf(1 - 1e-4, rounds, 0.985)


def gc_pvalues(kind, n_rounds):
    """P-values, beyond GC content and without regard to it, of motifs where classes differ in composition alone."""
    beyond, plain = [], []
    for seed in range(n_rounds):
        rng = np.random.default_rng(seed)
        n, m = 110, 90
        shares = {
            "alike": (np.full(n, 0.5), np.full(m, 0.5)),
            "richer": (rng.beta(12, 10, n), rng.beta(10, 12, m)),
            "between": (rng.uniform(0.45, 0.55, n), rng.choice([0.35, 0.65], m)),
        }[kind]
        codes, positive = of_composition(np.concatenate(shares), 120, rng), np.arange(n + m) < n
        matrix = rng.dirichlet(np.full(4, 0.4), 6).T if seed % 2 else exact_motif(("GGGCGG", "GATTA")[seed % 4 // 2])
        matrix = np.maximum(getattr(matrix, "probabilities", matrix), 0.02)
        scores = SCANNER.best(codes, [matrix / matrix.sum(axis=0)]).scores[:, 0]
        hit = scores >= np.quantile(scores, (0.5, 0.7, 0.9)[seed % 3])
        beyond.append(gc_pvalue(hit, gc_contrast(codes, positive)))
        plain.append(float(np.exp(contrast_of(positive).log_p(hit.astype(float)))))
    return beyond, plain


@pytest.mark.parametrize("kind", ["alike", "richer", "between"])
def test_composition_alone_is_nothing_beyond_gc_content(kind):
    beyond, plain = gc_pvalues(kind, 300)
    assert_uniform(beyond)
    if kind == "richer":
        with pytest.raises(AssertionError):
            assert_never_too_small(plain)  # which is why composition must be taken out


def test_a_motif_is_seen_through_a_difference_in_gc_content():
    rng = np.random.default_rng(0)
    codes = of_composition(np.concatenate([rng.beta(12, 10, 150), rng.beta(10, 12, 130)]), 120, rng)
    codes[:150:3, 40:48] = encode("GATTACCA")
    positive = np.arange(280) < 150
    hit = SCANNER.best(codes, [exact_motif("GATTACCA").probabilities]).scores[:, 0] > 12
    assert gc_pvalue(hit, gc_contrast(codes, positive)) < 1e-6


def test_three_powers_of_gc_content_are_known_no_farther_than_three_deviations():
    rng, positive = np.random.default_rng(5), np.arange(400) % 3 == 0
    codes = of_composition(np.full(400, 0.3), 200, rng)
    codes[7] = 1
    content = np.isin(codes, (1, 2)).mean(axis=1)
    z = (content - content.mean()) / content.std()
    assert z[7] > 6
    beyond = gc_contrast(codes, positive)
    assert beyond.known.shape == (400, 4)
    for power in (1, 2, 3):
        np.testing.assert_allclose(beyond.beyond(np.clip(z, -3, 3) ** power), 0, atol=1e-6)
    assert np.abs(beyond.beyond(z)).max() > 0.5


def test_contents_that_are_all_alike_or_separate_the_classes_are_no_trouble():
    rng, positive = np.random.default_rng(1), np.arange(60) < 25
    same = np.array([rng.permutation(np.repeat([0, 1, 2, 3], 10)) for _ in range(60)], dtype=np.uint8)
    hit = rng.random(60) < 0.4
    assert gc_pvalue(hit, gc_contrast(same, positive)) == pytest.approx(
        float(np.exp(contrast_of(positive).log_p(hit.astype(float))))
    )
    apart = of_composition(np.where(positive, 0.9, 0.1), 40, rng)
    assert 0.05 < gc_pvalue(positive, gc_contrast(apart, positive)) <= 1.0
    two = np.where(positive[:, None], np.uint8(1), np.uint8(4)) * np.ones(40, np.uint8)  # all C, and all unknown
    assert 0 < gc_pvalue(hit, gc_contrast(two.astype(np.uint8), positive)) <= 1
    half = np.where(np.arange(60)[:, None] % 2, np.uint8(1), np.uint8(0)) * np.ones(40, np.uint8)
    assert gc_contrast(half.astype(np.uint8), positive).known.shape == (60, 2)  # two contents: one direction
    for every in (np.zeros(60, bool), np.ones(60, bool)):
        assert gc_pvalue(every, gc_contrast(apart, positive)) == 1.0
