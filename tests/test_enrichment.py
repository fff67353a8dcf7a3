"""Cut-offs and site odds against exhaustive search, planted truth and null data."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from motiflens.enrichment import best_cut_off, site_odds


def test_the_cut_off_is_the_best_of_all_that_are_allowed():
    rng = np.random.default_rng(0)
    positive = np.arange(90) < 40
    scores = np.round(rng.normal(size=90) + 1.2 * positive, 1)
    found = best_cut_off(scores, positive)
    best = min(
        np.log(fisher_exact([[a, 40 - a], [b, 50 - b]], alternative="greater").pvalue)
        for cut in np.unique(scores)
        for a, b in [((scores[positive] >= cut).sum(), (scores[~positive] >= cut).sum())]
        if b <= 50 / 4 and a + b >= 5
    )
    assert found.hits_pos == (scores[positive] >= found.score).sum()
    assert found.hits_neg == (scores[~positive] >= found.score).sum()
    assert found.hits_neg <= 50 / 4
    assert best <= found.log_p <= best * 0.9  # ranked by G, so near the best p, not always at it


def test_no_enrichment_gives_no_cut_off():
    positive = np.arange(60) < 30
    assert best_cut_off(-positive.astype(float), positive) == (0.0, np.inf, 0, 0)


def test_scores_that_all_tie_give_no_cut_off():
    assert best_cut_off(np.ones(50), np.arange(50) < 25).hits_pos == 0


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_odds_add_up_to_the_number_of_planted_sites(share):
    totals, seen = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        positive = np.arange(6000) < 3000
        planted = positive & (rng.random(6000) < share)
        scores = rng.normal(size=6000) + 4 * planted
        odds = site_odds(scores, positive)
        assert ((odds >= 0) & (odds <= 1)).all()
        totals.append((odds * positive).sum() / planted.sum())
        seen.append(odds[planted].mean() - odds[positive & ~planted].mean())
    assert np.mean(totals) == pytest.approx(1, abs=0.15)
    assert min(seen) > 0.7


def test_odds_do_not_fall_with_the_score():
    rng = np.random.default_rng(2)
    positive = np.arange(800) < 300
    scores = rng.normal(size=800) + positive
    odds = site_odds(scores, positive)
    assert (np.diff(odds[np.argsort(scores)]) >= -1e-12).all()


def test_what_both_classes_hold_gets_little_weight():
    rng = np.random.default_rng(4)
    scores = rng.normal(size=4000) + 5 * (rng.random(4000) < 0.5)
    positive = np.arange(4000) < 2000
    assert (site_odds(scores, positive) * positive).sum() < 0.2 * 2000


def test_rounding_does_not_part_equal_scores_from_the_cut_off():
    positive = np.arange(80) < 40
    scores = np.where(np.arange(80) % 40 < 15 * positive + 1, 13.743933, 2.0) + np.linspace(0, 2e-6, 80)
    found = best_cut_off(scores, positive)
    assert (found.hits_pos, found.hits_neg) == (16, 1)
    assert 2.1 < found.score < 13.7
