from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import binomtest

from motiflens.metrics import auprc, auroc_interval, evaluate
from motiflens.results import Interval
from motiflens.score_intervals import auroc_near_edge, newcombe_bounds, share_near_edge, wilson_bounds

Z = 1.959963984540054
SIZES = ((20, 20), (24, 70), (80, 50))
AREAS = (0.7, 0.9, 0.97, 0.99, 0.997)


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (3, 7), (7, 7), (40, 41), (912, 1000)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_wilson_is_that_of_scipy(hits, n, level):
    expected = binomtest(hits, n).proportion_ci(confidence_level=level, method="wilson")
    assert wilson_bounds(hits / n, n, level=level) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("n_positives", "n_negatives"), [(3, 5), (40, 12), (100, 101)])
@pytest.mark.parametrize("area", [0.0, 0.02, 0.4, 0.93, 1.0])
def test_newcombe_holds_the_areas_that_are_near_by_their_own_variance(area, n_positives, n_negatives):
    true = np.linspace(0, 1, 200_001)
    q1, q2 = true / (2 - true), 2 * true**2 / (1 + true)  # Hanley and McNeil 1982
    more = (n_positives + n_negatives) / 2 - 1
    variance = true * (1 - true) + more * (q1 - true**2) + more * (q2 - true**2)
    reach = 1.6448536 * np.sqrt(np.maximum(variance, 0) / (n_positives * n_negatives))
    held = true[np.abs(area - true) <= reach]
    expected = (min(held.min(), area), max(held.max(), area))
    assert newcombe_bounds(area, n_positives, n_negatives, level=0.9) == pytest.approx(expected, abs=2e-5)


def test_in_the_middle_nothing_is_widened():
    plain = Interval(0.89, 0.85, 0.93)
    assert auroc_near_edge(plain, 4e-4, 30, 50) is plain
    assert share_near_edge(plain, 30) is plain
    low = Interval(0.11, 0.07, 0.15)
    assert auroc_near_edge(low, 4e-4, 30, 50) is low


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=12),
    st.lists(st.integers(-3, 3), min_size=1, max_size=9),
    st.sampled_from([0.5, 0.95, 0.999]),
)
def test_an_interval_never_collapses_holds_its_figure_and_favours_neither_class(positives, negatives, level):
    labels = [1] * len(positives) + [0] * len(negatives)
    scores = np.array(positives + negatives)
    found, turned = (auroc_interval(labels, each, level=level) for each in (scores, -scores))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    assert (1 - turned.high, 1 - turned.low) == pytest.approx((found.low, found.high), abs=1e-9)
    drawn = evaluate(labels, 1 / (1 + np.exp(-scores)), n_bootstrap=20, random_state=0, level=level)
    for figure in (drawn.auroc, drawn.auprc, drawn.accuracy):
        assert 0 <= figure.low <= figure.high <= 1
        assert 0.1 < figure.value < 0.9 or figure.low <= figure.value <= figure.high > figure.low


@pytest.mark.parametrize(("n_positives", "n_negatives"), [(6, 9), (40, 30), (700, 2000)])
def test_classes_apart_leave_room_for_what_could_have_been_missed(n_positives, n_negatives):
    """Of all scores with one AUROC, those where one class strays beyond all of the other are apart most often: with
    a chance of the AUROC to the power of the smaller class's size."""
    labels = np.repeat([1, 0], [n_positives, n_negatives])
    for found in (auroc_interval(labels, labels), evaluate(labels, labels * 0.8, random_state=0).auroc):
        assert (found.value, found.high) == (1, 1)
        assert 0.02 < found.low ** min(n_positives, n_negatives) < 0.06
    every = evaluate(labels, labels * 0.8, random_state=0)
    n = n_positives + n_negatives
    assert every.accuracy.low == pytest.approx(binomtest(n, n).proportion_ci(method="wilson").low)
    assert every.auprc.low == pytest.approx(binomtest(n_positives, n_positives).proportion_ci(method="wilson").low)


def draw(kind: str, area: float, n_positives: int, n_negatives: int, rng: np.random.Generator) -> np.ndarray:
    """Draw scores in (0, 1), positives first, with a known AUROC."""
    positives, negatives = rng.uniform(size=n_positives), rng.uniform(size=n_negatives)
    if kind == "normal":
        normal = rng.normal(size=n_positives + n_negatives)
        normal[:n_positives] += np.sqrt(2) * ndtri(area)
        return 1 / (1 + np.exp(-normal))
    if kind == "positives at chance":
        positives[rng.uniform(size=n_positives) >= 2 * (1 - area)] += 1
    elif kind == "negatives at chance":
        negatives[rng.uniform(size=n_negatives) >= 2 * (1 - area)] -= 1
    else:  # positives below all negatives
        positives += np.where(rng.uniform(size=n_positives) < 1 - area, -1, 1)
    return (np.append(positives, negatives) + 1) / 3


KINDS = ("normal", "positives at chance", "negatives at chance", "positives below all")


@pytest.mark.parametrize("kind", KINDS)
def test_delong_interval_covers_the_truth_near_the_edge(kind):
    """A 95 % interval misses in at most 5 % on average over sizes and areas, and in no case in more than 11 %."""
    rng, covered = np.random.default_rng(5), []
    for n_positives, n_negatives in SIZES:
        labels = np.repeat([1, 0], [n_positives, n_negatives])
        for area in AREAS:
            found = [auroc_interval(labels, draw(kind, area, n_positives, n_negatives, rng)) for _ in range(200)]
            covered.append(np.mean([each.low <= area <= each.high for each in found]))
    assert np.mean(covered) >= 0.95, covered
    assert np.min(covered) >= 0.89, covered


@pytest.mark.parametrize("kind", KINDS)
def test_bootstrap_intervals_cover_the_truth_near_the_edge(kind):
    """A 95 % interval misses in at most 6 % on average, and in no case in more than 15 % (AUPRC: 17 %)."""
    rng = np.random.default_rng(6)
    many = np.repeat([1, 0], [24_000, 48_000])
    labels = np.repeat([1, 0], [40, 80])
    covered = []
    for area in (0.95, 0.99, 0.997):
        precision = auprc(many, draw(kind, area, 24_000, 48_000, rng))
        found = [
            evaluate(labels, draw(kind, area, 40, 80, rng), n_bootstrap=100, random_state=seed) for seed in range(120)
        ]
        covered.append([
            np.mean([each.auroc.low <= area <= each.auroc.high for each in found]),
            np.mean([each.auprc.low <= precision <= each.auprc.high for each in found]),
        ])  # fmt: skip
    assert np.mean(covered) >= 0.94, covered
    assert np.min(covered) >= 0.83, covered


def test_the_interval_of_a_high_accuracy_covers_it():
    """A 95 % interval misses in at most 6 % on average, and in no case in more than 9 %."""
    rng, covered = np.random.default_rng(7), []
    labels = np.arange(90) % 3 == 0
    for right in (0.95, 0.99, 0.998):
        drawn = [np.where(rng.uniform(size=90) < right, labels, ~labels) for _ in range(300)]
        found = [evaluate(labels, each * 0.8, n_bootstrap=60, random_state=1).accuracy for each in drawn]
        covered.append(np.mean([each.low <= right <= each.high for each in found]))
    assert np.mean(covered) >= 0.94, covered
    assert np.min(covered) >= 0.91, covered
