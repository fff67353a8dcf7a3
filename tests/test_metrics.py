from __future__ import annotations

import time
from fractions import Fraction
from itertools import permutations
from math import comb, log

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, false_discovery_control, fisher_exact

from motiflens import metrics, significance
from motiflens.errors import InputError, ParameterError


def _case(seed: int, n: int = 83, levels: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.append([0, 1], rng.integers(0, 2, n - 2))
    scores = 1 / (1 + np.exp(-rng.normal(size=n) - labels))
    return labels, np.round(scores * levels) / levels if levels else scores


@pytest.mark.parametrize("levels", [0, 1, 5])
@pytest.mark.parametrize("seed", range(4))
def test_figures_and_curves_agree_with_scikit_learn(seed, levels):
    labels, scores = _case(seed, levels=levels)
    assert metrics.auroc(labels, scores) == pytest.approx(sklearn.metrics.roc_auc_score(labels, scores), abs=1e-12)
    theirs = sklearn.metrics.average_precision_score(labels, scores)
    assert metrics.auprc(labels, scores) == pytest.approx(theirs, abs=1e-12)
    theirs = sklearn.metrics.accuracy_score(labels, scores >= 0.5)
    assert metrics.accuracy(labels, scores) == pytest.approx(theirs)
    for ours, theirs in zip(
        metrics.roc_curve(labels, scores),
        sklearn.metrics.roc_curve(labels, scores, drop_intermediate=False),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs)
    precision, recall, thresholds = sklearn.metrics.precision_recall_curve(labels, scores)
    ours = metrics.precision_recall_curve(labels, scores)
    np.testing.assert_allclose(ours.precision, precision[::-1])
    np.testing.assert_allclose(ours.recall, recall[::-1])
    np.testing.assert_allclose(ours.threshold[1:], thresholds[::-1])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=4), st.lists(st.integers(0, 2), min_size=1, max_size=3))
def test_with_random_ties_auprc_is_the_mean_over_all_orders(positives, negatives):
    labels, scores = [1] * len(positives) + [0] * len(negatives), np.array(positives + negatives)
    figures = [metrics.auprc(labels, scores + np.array(order) / 10) for order in permutations(range(len(scores)))]
    assert metrics.auprc(labels, scores, random_ties=True) == pytest.approx(np.mean(figures), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_without_ties_their_order_does_not_matter(seed):
    labels, scores = _case(seed, n=3001)
    plain = metrics.auprc(labels, scores)
    assert metrics.auprc(labels, scores, random_ties=True) == pytest.approx(plain, rel=1e-12)
    assert metrics.auprc([0, 1, 1, 1], [0, 2, 2, 1], random_ties=True) == 1


def test_intervals_with_random_ties_are_those_of_resamples_by_hand():
    labels, scores = _case(3, n=61, levels=3)
    found = metrics.evaluate(labels, scores, n_bootstrap=3000, random_state=5, random_ties=True)
    rng, figures = np.random.default_rng(9), []
    for _ in range(1500):
        drawn = np.concatenate([rng.choice(part, len(part)) for part in map(np.flatnonzero, (labels, labels == 0))])
        figures.append(metrics.auprc(labels[drawn], scores[drawn] + rng.uniform(0, 1e-3, 61)))
    assert found.auprc.value == metrics.auprc(labels, scores, random_ties=True)
    assert [found.auprc.low, found.auprc.high] == pytest.approx(np.quantile(figures, [0.025, 0.975]), abs=0.03)
    plain = metrics.evaluate(labels, scores, n_bootstrap=3000, random_state=5)
    assert (plain.auroc, plain.accuracy) == (found.auroc, found.accuracy)
    assert plain.auprc.value < found.auprc.value


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9), st.lists(st.integers(-3, 3), min_size=1, max_size=7))
def test_auroc_is_the_share_of_pairs_in_order(positives, negatives):
    pairs = [(p > q) + (p == q) / 2 for p in positives for q in negatives]
    labels = [1] * len(positives) + [0] * len(negatives)
    assert metrics.auroc(labels, positives + negatives) == pytest.approx(np.mean(pairs))
    assert metrics.auroc(labels, -np.array(positives + negatives)) == pytest.approx(1 - np.mean(pairs))


def _delong_by_pairs(positives: np.ndarray, negatives: np.ndarray) -> tuple[float, float]:
    wins = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
    variance = wins.mean(1).var(ddof=1) / len(positives) + wins.mean(0).var(ddof=1) / len(negatives)
    return wins.mean(), np.sqrt(variance)


@pytest.mark.parametrize("levels", [0, 4])
def test_delong_interval_is_that_of_the_pairwise_definition(levels):
    labels, scores = _case(7, levels=levels)
    area, deviation = _delong_by_pairs(scores[labels == 1], scores[labels == 0])
    found = metrics.auroc_interval(labels, scores, level=0.9)
    assert found.value == pytest.approx(area)
    assert found.low == pytest.approx(area - 1.6448536 * deviation)
    assert found.high == pytest.approx(area + 1.6448536 * deviation)


def test_delong_is_clipped_and_a_lone_positive_tells_little():
    assert metrics.auroc_interval([0, 0, 1, 1], [1, 3, 2, 4]).high == 1.0
    lone = metrics.auroc_interval([0, 0, 1], [0.1, 0.2, 0.3])
    assert lone.value == 1.0
    assert lone.low == pytest.approx(binomtest(1, 1).proportion_ci(method="wilson").low)  # as of one pair
    assert lone.high == 1.0
    tied = metrics.auroc_interval([0] * 30 + [1] * 40, [0.5] * 70)
    assert tied.value == 0.5
    unequal = 1 - binomtest(30, 30).proportion_ci(method="wilson").low  # most pairs that could be so
    assert [tied.low, tied.high] == pytest.approx([0.5 - unequal / 2, 0.5 + unequal / 2])


def test_intervals_cover_the_truth_as_often_as_they_say():
    truth = 0.7602499  # P(N(1, 1) > N(0, 1))
    rng = np.random.default_rng(0)
    delong = bootstrap = 0
    for _ in range(150):
        scores = rng.normal(size=130)
        scores[:50] += 1
        labels = np.arange(130) < 50
        closed = metrics.auroc_interval(labels, scores)
        drawn = metrics.evaluate(labels, scores, n_bootstrap=200, random_state=1).auroc
        delong += closed.low <= truth <= closed.high
        bootstrap += drawn.low <= truth <= drawn.high
    assert 134 <= delong <= 149
    assert 132 <= bootstrap <= 149


def test_bootstrap_deviation_agrees_with_resampling_by_hand():
    labels, scores = _case(3, n=61, levels=9)
    found = metrics.evaluate(labels, scores, n_bootstrap=4000, random_state=5, level=0.8)
    rng = np.random.default_rng(9)
    positives, negatives = np.flatnonzero(labels), np.flatnonzero(labels == 0)
    figures = []
    for _ in range(1500):
        drawn = np.append(rng.choice(positives, len(positives)), rng.choice(negatives, len(negatives)))
        y, s = labels[drawn], scores[drawn]
        figures.append([
            metrics.auroc(y, s), metrics.auprc(y, s), metrics.accuracy(y, s)
        ])  # fmt: skip
    low, high = np.quantile(figures, [0.1, 0.9], axis=0)
    for index, interval in enumerate((found.auroc, found.auprc, found.accuracy)):
        assert interval.low == pytest.approx(low[index], abs=0.02)
        assert interval.high == pytest.approx(high[index], abs=0.02)
        assert interval.low <= interval.value <= interval.high
    assert found.accuracy.value == pytest.approx(sklearn.metrics.accuracy_score(labels, scores >= 0.5))
    assert (found.n_positives, found.n_negatives) == (len(positives), len(negatives))


def test_evaluate_repeats_itself_in_any_chunking(monkeypatch):
    labels, scores = _case(1)
    once = metrics.evaluate(labels, scores, random_state=4)
    assert metrics.evaluate(labels, scores, random_state=4) == once
    assert metrics.evaluate(labels, scores, random_state=5) != once
    monkeypatch.setattr(metrics, "_CELLS", 500)
    chunked = metrics.evaluate(labels, scores, random_state=4)
    assert chunked.auroc.low == pytest.approx(once.auroc.low, abs=0.02)


def test_evaluate_is_quick():
    labels, scores = _case(2, n=2000)
    begun = time.perf_counter()
    metrics.evaluate(labels, scores, random_state=0)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([0, 1], [0.5], "one length"),
        ([], [], "one length"),
        ([0, 2], [0.1, 0.2], "0 or 1"),
        ([0, 1], [0.1, float("nan")], "finite.*index 1"),
        ([1, 1, 1], [0.1, 0.2, 0.3], "3 of class 1 alone"),
        ([[0, 1]], [[0.1, 0.2]], "one length"),
    ],
)
def test_unusable_scores_are_refused(labels, scores, message):
    for figure in (metrics.auroc, metrics.auprc, metrics.roc_curve, metrics.auroc_interval):
        with pytest.raises(InputError, match=message):
            figure(labels, scores)
    with pytest.raises(InputError, match=message):
        metrics.evaluate(labels, scores, random_state=0)


@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_levels_outside_0_and_1_are_refused(level):
    with pytest.raises(ParameterError, match="level"):
        metrics.auroc_interval([0, 1], [0, 1], level=level)
    with pytest.raises(ParameterError, match="level"):
        metrics.evaluate([0, 1], [0, 1], random_state=0, level=level)
    with pytest.raises(ParameterError, match="n_bootstrap"):
        metrics.evaluate([0, 1], [0, 1], random_state=0, n_bootstrap=0)


def _exact_log_p(a: int, n: int, c: int, m: int) -> float:
    hits = a + c
    tail = sum(comb(n, k) * comb(m, hits - k) for k in range(a, min(n, hits) + 1))
    value = Fraction(tail, comb(n + m, hits))
    return log(value.numerator) - log(value.denominator)


@settings(max_examples=150)
@given(st.data())
def test_fisher_is_exact(data):
    n, m = data.draw(st.integers(0, 60)), data.draw(st.integers(0, 45))
    a, c = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    found = float(significance.log_fisher_enrichment(a, n, c, m))
    assert found == pytest.approx(_exact_log_p(a, n, c, m), rel=1e-9, abs=1e-12)
    assert found <= 0


@pytest.mark.parametrize(
    ("a", "n", "c", "m"), [(900, 1000, 10, 1500), (3000, 3000, 0, 2500), (801, 4000, 800, 4100), (2, 4000, 700, 900)]
)
def test_fisher_is_accurate_at_size_and_far_in_the_tail(a, n, c, m):
    found = float(significance.log_fisher_enrichment(a, n, c, m))
    assert found == pytest.approx(_exact_log_p(a, n, c, m), rel=1e-8, abs=1e-12)


def test_fisher_agrees_with_scipy_over_arrays():
    a, c = np.arange(0, 31, 5)[:, None], np.arange(0, 21, 4)
    p = significance.fisher_enrichment(a, 30, c, 20)
    assert p.shape == (7, 6)
    for i in range(7):
        for j in range(6):
            table = [[a[i, 0], 30 - a[i, 0]], [c[j], 20 - c[j]]]
            assert p[i, j] == pytest.approx(fisher_exact(table, alternative="greater").pvalue)


@pytest.mark.parametrize("counts", [(5, 4, 0, 9), (-1, 4, 0, 9), (1, 4, 10, 9), (0.5, 4, 0, 9), (np.nan, 4, 0, 9)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ParameterError, match="hits_pos"):
        significance.fisher_enrichment(*counts)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_benjamini_hochberg_agrees_with_scipy(pvalues):
    q = significance.benjamini_hochberg(pvalues)
    assert len(q) == len(pvalues)
    if pvalues:
        np.testing.assert_allclose(q, false_discovery_control(pvalues), atol=1e-15)


@pytest.mark.parametrize("pvalues", [[-0.1, 0.5], [1.1], [float("nan")], [[0.1]]])
def test_benjamini_hochberg_refuses_what_are_no_pvalues(pvalues):
    with pytest.raises(ParameterError, match="pvalues"):
        significance.benjamini_hochberg(pvalues)
