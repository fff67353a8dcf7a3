"""Score tests against Fisher's exact test, permutations and another package's logistic regression."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import bernoulli, kstest, norm
from sklearn.linear_model import LogisticRegression

from motiflens.contrasts import contrast_of
from motiflens.significance import log_fisher_enrichment


def two(n, m):
    return np.repeat([True, False], [n, m])


@pytest.mark.parametrize(
    "counts", [(2000, 2000, 150, 90), (300, 5000, 30, 150), (5000, 300, 400, 5), (900, 700, 500, 300)]
)
def test_hits_or_none_are_fishers_test(counts):
    n, m, a, c = counts
    hits = np.zeros(n + m)
    hits[:a] = hits[n : n + c] = 1
    assert contrast_of(two(n, m)).log_p(hits) == pytest.approx(log_fisher_enrichment(a, n, c, m), rel=0.06)


def test_skewed_scores_of_unequal_classes_are_a_permutation_test():
    rng = np.random.default_rng(0)
    positive, scores = two(60, 700), rng.exponential(size=760) ** 2
    scores[:60] += 2.6
    drawn = np.array([rng.permutation(scores)[:60].sum() for _ in range(60_000)])
    expected = np.log((drawn >= scores[:60].sum()).mean())
    contrast = contrast_of(positive)
    assert expected < -5
    assert contrast.log_p(scores) == pytest.approx(expected, abs=0.4)
    assert norm.logsf(contrast.z(scores)) < expected - 0.7  # the normal distribution would claim more


@pytest.mark.parametrize("n", [(40, 400), (300, 300)])
def test_chances_are_uniform_when_nothing_differs(n):
    rng = np.random.default_rng(3)
    contrast = contrast_of(two(*n))
    found = [np.exp(contrast.log_p(rng.gamma(0.3, size=sum(n)))) for _ in range(400)]
    assert kstest(found, "uniform").pvalue > 0.01
    assert 0.01 <= np.mean(np.array(found) < 0.05) <= 0.1


def test_what_is_known_explains_its_copies_and_nothing_else():
    rng = np.random.default_rng(5)
    positive = two(500, 700)
    known = rng.normal(size=1200) + positive
    copy, other = known + rng.normal(size=1200), rng.normal(size=1200) + 0.4 * positive
    alone, beyond = contrast_of(positive), contrast_of(positive, known[:, None])
    assert alone.z(copy) > 8
    assert abs(beyond.z(copy)) < 3
    assert beyond.z(other) > 4
    np.testing.assert_allclose(beyond.z(np.stack([copy, other])), [beyond.z(copy), beyond.z(other)])


def test_what_is_expected_is_the_logistic_regression_of_another_package():
    rng = np.random.default_rng(7)
    positive, known = two(300, 500), rng.normal(size=(800, 3))
    known[:300, 1] += 0.8
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(known, positive)
    contrast, chances = contrast_of(positive, known), model.predict_proba(known)[:, 1]
    np.testing.assert_allclose(contrast.expected, chances, atol=1e-4)
    np.testing.assert_allclose(contrast.residuals, positive - chances, atol=1e-4)
    np.testing.assert_allclose(contrast.variances, chances * (1 - chances), atol=1e-4)


def test_known_scores_that_tell_the_classes_apart_wholly_leave_nothing_to_explain():
    positive = two(50, 60)
    contrast = contrast_of(positive, positive[:, None].astype(float))
    scores = np.random.default_rng(0).normal(size=110) + positive
    assert np.isfinite(contrast.z(scores))
    assert contrast.log_p(scores) > np.log(0.01)


def test_scores_that_are_all_the_same_say_nothing():
    contrast = contrast_of(two(20, 30))
    assert contrast.z(np.full(50, 3.0)) == 0
    assert contrast.log_p(np.full(50, 3.0)) == pytest.approx(np.log(0.5))


@settings(max_examples=60)
@given(st.integers(20, 70), st.integers(0, 5), st.integers(1, 4), st.floats(0.1, 0.9), st.integers(0, 10**6))
def test_z_is_that_of_scores_less_a_least_squares_fit_of_what_is_known(n, m, k, share, seed):
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < share
    positive[:2] = [True, False]
    columns, scores = 3 + rng.normal(size=(n, m)) * rng.choice([0.01, 1, 50], m), rng.gamma(0.4, size=(k, n))
    contrast = contrast_of(positive, columns)
    assume((contrast.variances > 1e-3).sum() > m + 5)  # or the classes are told apart, and nothing is left to test
    root = np.sqrt(contrast.variances)
    wanted = []
    for score in scores:
        known = np.column_stack([np.ones(n), columns])
        known = known / np.linalg.norm(known * root[:, None], axis=0)
        explained, *_ = np.linalg.lstsq(known * root[:, None], score * root)
        rest = score - known @ explained
        wanted.append(rest @ contrast.residuals / np.sqrt(rest**2 @ contrast.variances))
    np.testing.assert_allclose(contrast.z(scores), wanted, rtol=1e-5, atol=1e-6)
    beyond = contrast.beyond(scores)
    np.testing.assert_allclose(beyond @ contrast.residuals / np.sqrt(beyond**2 @ contrast.variances), wanted, rtol=1e-5,
                               atol=1e-6)  # fmt: skip
    assert contrast.z(scores[0]) == pytest.approx(contrast.z(scores)[0], abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_scores_that_what_is_known_explains_wholly_say_nothing(seed):
    rng = np.random.default_rng(seed)
    known = rng.normal(size=(300, 4)) * [1, 100, 1e-3, 5]
    positive = rng.random(300) < 1 / (1 + np.exp(-known[:, 0]))
    made = np.stack([known @ rng.normal(size=4), known[:, 1] - 7, np.zeros(300)])
    contrast = contrast_of(positive, known)
    np.testing.assert_array_equal(contrast.z(made), [0, 0, 0])
    assert [contrast.log_p(each) for each in made] == pytest.approx([np.log(0.5)] * 3)


@pytest.mark.parametrize("constant", [False, True])
def test_what_is_known_twice_or_always_the_same_leaves_no_direction_to_rounding(constant):
    """Powers of a measure with two values are one direction: the others would be single sequences by chance."""
    rng = np.random.default_rng(8)
    long = rng.random(400) < 0.3
    positive = rng.random(400) < np.where(long, 0.7, 0.4)
    once = np.full((400, 1), 2.5) if constant else long[:, None] * 1.0
    length = once[:, 0] * 100 + 100
    again = np.column_stack([length, length**2, length**3, once])
    scores = rng.normal(size=(20, 400)) + positive
    alone, together = (contrast_of(positive, None if constant else once), contrast_of(positive, again))
    assert together.known.shape == alone.known.shape == (400, 1 if constant else 2)
    np.testing.assert_allclose(together.z(scores), alone.z(scores), atol=1e-6)


def test_the_likelihood_is_that_of_the_classes_as_expected():
    rng = np.random.default_rng(11)
    known = rng.normal(size=(400, 2))
    positive = rng.random(400) < 1 / (1 + np.exp(1 - 2 * known[:, 0]))
    plain, better = contrast_of(positive), contrast_of(positive, known)
    for contrast in (plain, better):
        assert contrast.log_likelihood == pytest.approx(bernoulli.logpmf(positive, contrast.expected).sum())
    assert better.log_likelihood > plain.log_likelihood + 40
    rate = positive.mean()
    assert plain.log_likelihood == pytest.approx(400 * (rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))
