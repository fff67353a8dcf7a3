"""What a search finds by chance: the tail against scipy, the fit on known draws, whole searches without signal."""

import numpy as np
import pytest
from calibration import ERROR, assert_never_too_small
from hypothesis import given
from hypothesis import strategies as st
from planted import two_classes
from scipy.stats import binom, gumbel_r, kstest
from test_site_models import BASE, sample_of, word
from threadpoolctl import threadpool_limits

from motiflens.contrasts import contrast_of
from motiflens.extraction import chance
from motiflens.extraction.chance import Chance, chance_of
from motiflens.extraction.composition import composition
from motiflens.extraction.site_models import Sample, SiteModel
from motiflens.extraction.word_search import Proposal, best_motif
from motiflens.scanning.occupancy import blocks_of
from motiflens.simulating.planting import random_sequences
from motiflens.threads import Team

ONE = Team(1)
SIZES = [(70, 60), (110, 100), (190, 80), (90, 70)]
"""Positives, and letters of each; there are seven negatives more."""


@pytest.fixture(autouse=True)
def _one_thread_for_matrix_products():
    with threadpool_limits(1, user_api="blas"):
        yield


def pvalue(sample, *, known=None, random_state=0):
    """Return the chance of the best motif of one search."""
    best = best_motif(sample, team=ONE)
    return np.exp(chance_of(sample, known, random_state=random_state, team=ONE).log_p(best.worth))


def flat(n, *, known=None, length=12, seed=0):
    """Return ``n`` sequences without any pattern, one more negative than positives, for searches that are not run."""
    codes = np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)
    return Sample(blocks_of(codes), contrast_of(np.arange(n) < n // 2, known), BASE, True)


def searching_instead(monkeypatch, worth_of):
    """Let a search find a motif worth what a function of its sample says."""

    def found(sample, *, team):
        assert team.threads == 1
        worth = worth_of(sample)
        z = np.sign(worth) * np.sqrt(2 * abs(worth))
        return Proposal(SiteModel(word("GATTAC").matrix(BASE), 0.1, z), 1.0, sample.contrast.residuals)

    monkeypatch.setattr(chance, "best_motif", found)


@given(st.floats(0.5, 9), st.floats(0.05, 2), st.floats(-6, 600))
def test_the_tail_is_that_of_another_package(location, scale, steps):
    z = location + steps * scale
    expected = gumbel_r.logsf(z, location, scale)
    assert Chance(location, scale).log_p(z) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_tail_never_rises_nor_overflows():
    gumbel = Chance(4.1, 0.29)
    values = [gumbel.log_p(z) for z in np.concatenate([np.linspace(-150, 300, 5000), np.geomspace(301, 1e12, 50)])]
    assert np.isfinite(values).all()
    assert (np.diff(values) <= 0).all()
    assert values[0] == 0
    assert values[-1] == pytest.approx(-1e12 / 0.29, rel=1e-6)


def test_ten_draws_tell_how_often_the_next_is_larger(monkeypatch):
    """What is fitted to draws of the usual spread gives further draws chances that are uniform, the tail near so."""
    rng = np.random.default_rng(5)
    truth = gumbel_r(-1.0, 1.6 * np.sqrt(6) / np.pi)
    searching_instead(monkeypatch, lambda sample: float(truth.rvs(random_state=rng)))
    sample, n = flat(20), 1500
    fits = [chance_of(sample, None, random_state=seed, team=ONE) for seed in range(n)]
    chances = np.exp([fit.log_p(z) for fit, z in zip(fits, truth.rvs(n, random_state=rng), strict=True)])
    assert kstest(chances, "uniform").statistic < 0.06
    for level in (0.02, 0.1):
        assert (chances <= level).sum() <= binom.ppf(1 - ERROR, n, 1.5 * level)
        assert (chances <= level).sum() >= binom.ppf(ERROR, n, 0.5 * level)
    assert np.mean([fit.location for fit in fits]) == pytest.approx(-1.0, abs=0.2)


def test_a_wider_spread_is_believed_in_part(monkeypatch):
    rng, scales = np.random.default_rng(6), []
    for spread in (0.01, 1.6, 3.2, 8.0):
        searching_instead(monkeypatch, lambda sample, spread=spread: float(4 + spread * rng.normal()))
        scales.append(np.mean([chance_of(flat(20), None, random_state=s, team=ONE).scale for s in range(60)]))
    assert 0.5 < scales[0] / scales[1] < 0.9
    assert 1.1 < scales[2] / scales[1] < 1.7
    assert 2 < scales[3] / scales[1] < 4


def test_of_many_sequences_a_part_is_searched_and_all_find_a_little_more(monkeypatch):
    sizes = []

    def worth_of(sample):
        sizes.append(len(sample.sequences.codes))
        return 4.0

    searching_instead(monkeypatch, worth_of)
    few, many = (chance_of(flat(n, length=100), None, random_state=0, team=ONE) for n in (3000, 12_000))
    assert set(sizes) == {3000}
    few, many = (gumbel_r(each.location, each.scale) for each in (few, many))
    assert 0.3 < many.mean() - few.mean() < 2
    assert 0.1 < many.std() - few.std() < 1


def test_a_search_that_finds_nothing_counts_as_the_least(monkeypatch):
    monkeypatch.setattr(chance, "best_motif", lambda sample, *, team: None)
    assert chance_of(flat(30), None, random_state=0, team=ONE).log_p(4.0) < np.log(1e-4)


def test_the_classes_mean_nothing_and_keep_about_their_sizes(monkeypatch):
    dealt = []
    searching_instead(monkeypatch, lambda sample: dealt.append(sample.contrast.residuals > 0) or 4.0)
    sample = flat(31)
    for seed in range(60):
        chance_of(sample, None, random_state=seed, team=ONE)
    assert abs(np.mean([positive.sum() for positive in dealt]) - 15) < 5 * np.sqrt(31 / 4 / len(dealt))
    times = np.sum(dealt, axis=0)
    low, high = binom.ppf([ERROR / 31, 1 - ERROR / 31], len(dealt), 15 / 31)
    assert ((low <= times) & (times <= high)).all()


def dealt_by_known(monkeypatch):
    """Return how likely each of 200 sequences is a positive, sorted, and the share of 600 deals in which it was one."""
    rng = np.random.default_rng(8)
    known = rng.normal(size=(200, 1)) + 1.5 * (np.arange(200) < 100)[:, None]
    sample, dealt = flat(200, known=known), []
    searching_instead(monkeypatch, lambda sample: dealt.append(sample.contrast.residuals > 0) or 4.0)
    for seed in range(60):
        chance_of(sample, known, random_state=seed, team=ONE)
    order = np.argsort(sample.contrast.expected)
    return sample.contrast.expected[order], np.mean(dealt, axis=0)[order]


def test_classes_are_dealt_by_what_is_known(monkeypatch):
    _, found = dealt_by_known(monkeypatch)
    fifths = [group.mean() for group in np.array_split(found, 5)]
    assert fifths == sorted(fifths)
    assert fifths[-1] > 4 * fifths[0]


def test_classes_are_dealt_as_likely_as_what_is_known_makes_them(monkeypatch):
    expected, found = dealt_by_known(monkeypatch)
    for chances, shares in zip(np.array_split(expected, 5), np.array_split(found, 5), strict=True):
        spread = np.sqrt((chances * (1 - chances)).sum() / 600)
        assert abs(shares.sum() - chances.sum()) < 5 * spread + 0.03 * chances.sum()


def test_without_signal_the_best_of_a_search_has_a_chance_that_is_uniform_or_larger():
    """At an error rate of one in ten thousand a check."""
    found = []
    for seed in range(20):
        n, length = SIZES[seed % len(SIZES)]
        sample = sample_of(two_classes({}, n=n, length=length, random_state=1000 * seed))
        found.append(pvalue(sample, random_state=seed))
    assert_never_too_small(found)
    assert np.median(found) < 0.9


def test_a_planted_motif_is_no_chance():
    sequences = two_classes({"GATTACGC": 0.4}, n=150, length=70, random_state=3)
    assert pvalue(sample_of(sequences)) < 1e-6


def test_threads_do_not_matter_and_the_seed_does():
    sample = sample_of(two_classes({}, n=90, length=50, random_state=12))
    one, three = (chance_of(sample, None, random_state=4, team=Team(n)) for n in (1, 3))
    assert one == three
    assert chance_of(sample, None, random_state=5, team=ONE) != one


@pytest.mark.parametrize("seed", [0, 1])
def test_composition_alone_gives_motifs_unless_it_is_known(seed):
    n, length = 340, 60
    parts = [random_sequences(n, length, gc=gc, random_state=2 * seed + i) for i, gc in enumerate((0.54, 0.46))]
    codes, positive = np.vstack([part.codes for part in parts]), np.arange(2 * n) < n
    known = composition(codes, positive, both_strands=True)
    alone, beyond = (Sample(blocks_of(codes), contrast_of(positive, each), BASE, True) for each in (None, known))
    gumbel = chance_of(beyond, known, random_state=seed, team=ONE)
    assert gumbel.log_p(best_motif(beyond, team=ONE).worth) > np.log(0.02)
    assert gumbel.log_p(best_motif(alone, team=ONE).worth) < np.log(1e-6)
