"""The recovery benchmark: what counts as found again, on motifs and sites made by hand."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy, fisher_exact

import motiflens as ml
from motiflens.motifs import Motif
from motiflens.results import Match, Site

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from recovery import running, scoring, truth
from recovery.scoring import Fit, Scores

FLAT = np.full((4, 3), 0.25)
FAINT = np.array([[0.4, 0.2, 0.2, 0.2]]).T  # 0.08 bits


@pytest.fixture(scope="module")
def database():
    return ml.read_database()


@pytest.fixture(scope="module")
def ctcf(database):
    return ml.find_motif("CTCF", database)


@pytest.fixture(scope="module")
def gata(database):
    return ml.find_motif("GATA1", database)


def named(motif, name):
    return replace(motif, name=name)


def wider(motif):
    return replace(motif, probabilities=np.hstack([FLAT, motif.probabilities, FLAT[:, :1]]), name="wider")


@pytest.mark.parametrize("turned", [False, True])
def test_a_shifted_copy_recovers_on_either_strand(database, ctcf, turned):
    motif = wider(ctcf).reverse_complement() if turned else wider(ctcf)
    scores = scoring.score([motif], [ctcf], database)
    fit = scores.recovered(0)
    assert (fit.motif, fit.strand, fit.coverage) == (0, "-" if turned else "+", 1.0)
    assert fit.error == pytest.approx(0, abs=1e-12)
    assert (scores.spurious, scores.duplicates) == ((), 0)


@pytest.mark.parametrize("turned", [False, True])
def test_a_cut_copy_covers_what_is_left(database, ctcf, turned):
    bits = ctcf.information_content() >= 0.25
    cut = named(ctcf.slice(0, 9), "cut")
    scores = scoring.score([cut.reverse_complement() if turned else cut], [ctcf], database)
    assert scores.recovered(0) is None
    assert scores.fits[0][0].coverage == pytest.approx(bits[:9].sum() / bits.sum())
    assert scores.fits[0][0].error == pytest.approx(0, abs=1e-12)
    assert scores.spurious == ()


def test_the_first_whole_copy_counts_and_the_others_are_duplicates(database, ctcf, gata):
    cut = named(ctcf.slice(0, 9), "cut")
    scores = scoring.score([cut, named(gata, "g"), named(ctcf, "c1"), named(wider(ctcf), "c2")], [ctcf, gata], database)
    assert [fit.motif for fit in scores.fits[0]] == [0, 2, 3]
    assert scores.recovered(0).motif == 2
    assert scores.recovered(1).motif == 1
    assert scores.duplicates == 2
    assert scores.spurious == ()


def test_what_was_not_planted_is_spurious(database, ctcf, gata):
    scores = scoring.score([named(gata, "g"), named(ctcf, "c")], [ctcf], database)
    assert scores.spurious == (0,)
    assert scores.recovered(0).motif == 1
    nothing = scoring.score([named(gata, "g"), named(ctcf, "c")], [], database)
    assert (nothing.fits, nothing.spurious, nothing.duplicates) == ((), (0, 1), 0)
    assert scoring.score([], [ctcf], database) == Scores(((),), (), 0)


@given(st.integers(-4, 6), st.integers(2, 9), st.booleans(), st.integers(0, 2**32 - 1))
def test_columns_are_laid_where_they_were_cut_from(offset, width, turned, seed):
    target = Motif(np.random.default_rng(seed).dirichlet(np.ones(4), 7).T, "t")
    frame = target.reverse_complement() if turned else target
    columns = [frame.probabilities[:, c] if 0 <= c < 7 else np.full(4, 0.25) for c in range(offset, offset + width)]
    found = Match("m", "t", "", 0, 0, 0, offset, 0, "-" if turned else "+")
    laid = scoring.laid_over(Motif(np.array(columns).T, "m"), 7, found)
    covered = np.array([offset <= (6 - c if turned else c) < offset + width for c in range(7)])
    np.testing.assert_array_equal(~np.isnan(laid), np.tile(covered, (4, 1)))
    np.testing.assert_array_equal(laid[:, covered], target.probabilities[:, covered])


def test_only_informative_columns_count():
    motif = Motif(np.hstack([FAINT, np.eye(4)[:, :3], FAINT]), "m")
    assert scoring.informative(motif).tolist() == [False, True, True, True, False]
    assert scoring.informative(Motif(FLAT, "flat")).all()


@pytest.mark.parametrize("seed", range(3))
def test_column_error_is_the_divergence_from_the_planted_column(seed):
    p, q = np.random.default_rng(seed).dirichlet(np.ones(4), (2, 6)).transpose(0, 2, 1)
    expected = [entropy(a + 0.0025, b + 0.0025, base=2) for a, b in zip(p.T, q.T, strict=True)]
    np.testing.assert_allclose(scoring.column_divergence(p, q), expected)
    a, c = np.eye(4)[:, :1], np.eye(4)[:, 1:2]  # 1.0025 against 0.0025 and back, over 1.01
    assert scoring.column_divergence(a, c)[0] == pytest.approx(np.log2(1.0025 / 0.0025) / 1.01)


def site(sequence, start, end, strand="+"):
    return Site(sequence, start, end, strand, "m", 0.0)


def test_sites_are_right_by_half_an_overlap_and_the_strand():
    planted = [site("a", 10, 20), site("a", 40, 50, "-"), site("b", 0, 10), site("c", 0, 10)]
    reported = [
        site("a", 15, 25),  # half of it
        site("a", 46, 56, "-"),  # less than half
        site("b", 2, 10, "-"),  # wrong strand
        site("c", 3, 7),  # inside
        site("d", 0, 10),  # nothing there
    ]
    both = {"turned": False, "either_strand": False}
    assert scoring.site_agreement(reported, planted, **both) == (2 / 5, 2 / 4)
    assert scoring.site_agreement(reported, planted, turned=False, either_strand=True) == (3 / 5, 3 / 4)
    assert scoring.site_agreement(reported, planted, turned=True, either_strand=False) == (1 / 5, 1 / 4)
    assert scoring.site_agreement([*reported, site("c", 1, 9)], planted, **both) == (3 / 6, 2 / 4)
    assert np.isnan(scoring.site_agreement([], planted, **both)[0])
    assert scoring.site_agreement([], planted, **both)[1] == 0


def test_palindromes():
    letters = dict(zip("ACGT", np.eye(4), strict=True))
    for word, expected in (("CACGTG", True), ("ACACGTGTT", True), ("TGACTCA", True), ("GATAAG", False)):
        assert scoring.is_palindrome(Motif(np.array([letters[x] for x in word]).T, word)) is expected


def test_the_true_profile_at_crossed_cut_offs():
    positive = np.random.default_rng(0).permutation(np.repeat([True, False], 60))
    expected = np.log10(fisher_exact([[60, 0], [0, 60]], alternative="greater").pvalue)
    assert truth.crossed_log10_p(positive * 5.0, positive) == pytest.approx(expected)
    assert truth.crossed_log10_p(positive * -5.0, positive) == 0


def test_a_choice_of_cut_off_makes_no_chance_significant():
    rng = np.random.default_rng(1)
    positive = np.repeat([True, False], 200)
    ps = [truth.crossed_log10_p(rng.normal(size=400), rng.permutation(positive)) for _ in range(300)]
    assert np.mean(np.array(ps) <= np.log10(0.05)) < 0.09  # the best cut-off on the same scores: over 0.3


def test_precision_and_recall_at_one_cut_off():
    assert truth.balanced([{0}, {1}, set(), {2}, {2}], 4) == 3 / 4
    assert truth.balanced([{0}, {1}, set(), set()], 4) == 2 / 4
    assert truth.balanced([set(), {0, 1}], 2) == 1 / 2
    assert truth.balanced([], 3) == 0


def test_what_the_true_profile_can_reach(ctcf):
    task = ml.simulate("pwm", motif=ctcf, place="anywhere", strands="both", n_positives=70, n_negatives=90, length=60)
    reach = truth.possible(ctcf, task.sequences, list(task.sequences.planted_sites()), np.full(4, 0.25))
    assert reach.log10_p < -20
    assert min(reach.auroc, reach.precision, reach.recall, reach.balanced) > 0.95


@pytest.mark.parametrize(("coverage", "whole"), [(0.79, False), (0.8, True), (1.0, True)])
def test_four_fifths_are_enough(coverage, whole):
    scores = Scores(((Fit(0, 1e-4, 0.5, 0.1, "+"), Fit(2, 1e-4, coverage, 0.1, "+")),), (), 1)
    assert (scores.recovered(0) is not None) == whole


REACH = truth.Possible(-30.0, 0.9, 1.0, 1.0, 1.0)
WEAK = truth.Possible(-1.9, 0.5, 1.0, 1.0, 1.0)
PART, WHOLE = Fit(0, 1e-4, 0.7, 0.1, "+"), Fit(0, 1e-4, 0.8, 0.1, "+")


@pytest.mark.parametrize(("reported", "tested", "reach", "failure", "expected"), [
    (Scores(((PART,),), (0,), 0), Scores(((PART,),), (0,), 0), REACH, "no memory", "failed"),
    (Scores(((PART,),), (0,), 0), Scores(((PART,),), (0,), 0), WEAK, "", "undetectable"),
    (Scores(((PART,),), (0,), 0), Scores(((PART,),), (0,), 0), REACH, "", "cut short"),
    (Scores(((),), (0,), 0), Scores(((WHOLE,),), (0,), 0), REACH, "", "found but not significant"),
    (Scores(((),), (0,), 0), Scores(((),), (0,), 0), REACH, "", "wrong"),
    (Scores(((),), (), 0), Scores(((),), (), 0), REACH, "", "not found"),
    (Scores(((),), (), 0), None, REACH, "", "not found"),
])  # fmt: skip
def test_reasons(reported, tested, reach, failure, expected):
    assert running.reason(0, (reported, tested), reach, failure) == expected


def test_a_record_shows_the_best_covering_motif(database, ctcf):
    cut, most = named(ctcf.slice(0, 9), "cut"), named(ctcf.slice(0, 11), "most")
    reported = running.Reported((cut, most), (1e-9, 1e-4))
    scores = scoring.score(reported.motifs, [ctcf], database)
    record = running.planted_record(0, [ctcf], reported, (scores, None), REACH)
    assert (record["rank"], record["reason"], record["consensus"]) == (None, "cut short", most.consensus)
    assert record["coverage"] == scores.fits[0][1].coverage > scores.fits[0][0].coverage
