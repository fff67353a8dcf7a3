"""P-values of scores against all words, against other programs, and against chance."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.errors import ParameterError
from motiflens.motifs import Motif, from_counts
from motiflens.scanning.score_distribution import score_tail

UNIFORM = (0.25, 0.25, 0.25, 0.25)


def random_motif(seed, width, n_sites=None):
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(n_sites or int(rng.integers(3, 3000)), rng.dirichlet([0.4] * 4), size=width).T
    return from_counts(counts, f"m{seed}")


def random_base(seed):
    return tuple(np.random.default_rng(seed).dirichlet([4, 3, 2, 5]).tolist())


def all_words(width):
    return np.array(list(product(range(4), repeat=width)))


def brute_pvalues(steps, words, base):
    """P-value of each word by summing the chances of all words that score as high."""
    scores = steps[words, np.arange(words.shape[1])].sum(axis=1)
    chances = np.array(base)[words].prod(axis=1)
    order = np.argsort(-scores, kind="stable")
    tail = np.cumsum(chances[order])
    last_equal = np.searchsorted(-scores[order], -scores, side="right") - 1
    return tail[last_equal]


@given(seed=st.integers(0, 10_000), width=st.integers(1, 6))
def test_every_word_has_the_pvalue_of_a_count_over_all_words(seed, width):
    motif, base, words = random_motif(seed, width), random_base(seed + 1), all_words(width)
    tail = score_tail(motif, base)
    np.testing.assert_allclose(
        [tail.pvalue(word) for word in words], brute_pvalues(tail.steps, words, base), rtol=1e-10
    )


@given(seed=st.integers(0, 10_000), width=st.integers(1, 12))
def test_steps_are_the_log_odds_to_half_a_step_a_position(seed, width):
    motif, base = random_motif(seed, width), random_base(seed + 1)
    tail = score_tail(motif, base, pvalue=0.5)
    exact = Motif(motif.probabilities, "x", background=base, n_sites=motif.n_sites).log_odds()
    assert tail.per_bit == 1000
    assert np.abs(tail.steps / tail.per_bit - exact).max() <= 0.5 / 1000 + 1e-12


@pytest.mark.parametrize("pvalue", [1e-5, 1e-3, 0.02, 0.4, 1.0])
def test_a_table_that_ends_early_is_the_beginning_of_the_whole(pvalue):
    for seed, width in enumerate((1, 5, 11, 23)):
        motif, base = random_motif(seed, width), random_base(seed)
        whole, part = score_tail(motif, base), score_tail(motif, base, pvalue=pvalue)
        reached = whole.pvalues[whole.pvalues <= pvalue * (1 + 1e-9)]
        assert len(part.pvalues) == (reached < reached.max(initial=0)).sum() + (len(reached) > 0)
        np.testing.assert_allclose(part.pvalues, whole.pvalues[: len(part.pvalues)], rtol=1e-12)
        assert whole.pvalues[-1] == pytest.approx(1, abs=1e-9)
        assert whole.pvalues[-1] <= 1
        if len(part.pvalues):
            assert part.cut_off == pytest.approx((part.highest - len(part.pvalues) + 1) / 1000)


def test_the_cut_off_is_the_lowest_score_with_the_pvalue():
    motif, words = random_motif(7, 6, n_sites=40), all_words(6)
    pvalues = brute_pvalues(score_tail(motif, UNIFORM).steps, words, UNIFORM)
    tail = score_tail(motif, UNIFORM, pvalue=0.01)
    scores = tail.steps[words, np.arange(6)].sum(axis=1) / tail.per_bit
    assert set(np.flatnonzero(scores >= tail.cut_off - 1e-9)) == set(np.flatnonzero(pvalues <= 0.01))


def test_one_word_of_four_letters_has_exactly_its_chance():
    tail = score_tail(Motif(np.eye(4), "ACGT"), UNIFORM, pvalue=1 / 256)
    assert tail.pvalues[0] == 1 / 256
    assert tail.cut_off == tail.highest / 1000 == tail.steps[0, 0] * 4 / 1000


def test_a_short_motif_cannot_reach_a_small_pvalue():
    tail = score_tail(Motif(np.eye(4), "ACGT"), UNIFORM, pvalue=1 / 257)
    assert len(tail.pvalues) == 0
    assert tail.cut_off == np.inf
    assert np.isnan(tail.pvalue(np.array([0, 1, 2, 3])))


def test_pvalues_of_random_words_are_uniform_as_far_as_scores_allow():
    motif, base, width = random_motif(3, 14, n_sites=25), random_base(3), 14
    tail = score_tail(motif, base)
    words = np.random.default_rng(5).choice(4, p=base, size=(40_000, width))
    lost = tail.highest - tail.steps[words, np.arange(width)].sum(axis=1)
    pvalues = tail.pvalues[lost]
    for alpha in (0.001, 0.01, 0.1, 0.5):
        reached = np.searchsorted(tail.pvalues, alpha, side="right")
        expected = tail.pvalues[reached - 1] if reached else 0
        share = (pvalues <= alpha).mean()
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / len(words)) + 1e-9


def test_a_motif_of_sharp_columns_and_many_sites_keeps_whole_sums_exact():
    counts = np.zeros((4, 300))
    counts[np.arange(300) % 4, np.arange(300)] = 1e9
    tail = score_tail(from_counts(counts, "long"), random_base(1), pvalue=1e-170)
    assert tail.per_bit < 1000
    assert 0 < np.ptp(tail.steps, axis=0).sum() <= 2**22 + 300
    assert 0 < tail.pvalues[-1] <= 1e-170


def test_a_column_without_preference_changes_no_pvalue():
    motif, base = random_motif(2, 5), random_base(9)
    wider = Motif(np.column_stack([motif.probabilities, base]), "wider", n_sites=motif.n_sites)
    np.testing.assert_allclose(score_tail(wider, base).pvalues, score_tail(motif, base).pvalues, rtol=1e-12)


def test_the_reverse_complement_has_the_same_pvalues_under_a_background_alike_on_both_strands():
    motif, base = random_motif(11, 9), (0.3, 0.2, 0.2, 0.3)
    np.testing.assert_allclose(
        score_tail(motif, base).pvalues, score_tail(motif.reverse_complement(), base).pvalues, rtol=1e-12
    )


@pytest.mark.parametrize("background", [(0.5, 0.5, 0, 0), (1, 1, 1, 1), (0.5, 0.5), (), (0.2, 0.3, -0.1, 0.6),
                                        (np.nan, 0.3, 0.3, 0.4), ((0.25,) * 4,) * 4])  # fmt: skip
def test_a_background_that_is_none_is_refused(background):
    with pytest.raises(ParameterError, match="four frequencies above 0"):
        score_tail(random_motif(0, 4), background)


@pytest.mark.parametrize("pvalue", [0, -1e-4, 1.0001, np.nan, np.inf])
def test_a_pvalue_out_of_range_is_refused(pvalue):
    with pytest.raises(ParameterError, match=r"pvalue must be in \(0, 1\]"):
        score_tail(random_motif(0, 4), UNIFORM, pvalue=pvalue)


def test_thresholds_agree_with_memelite():
    """Memelite's tail is of scores in steps of 0.1 bit: its thresholds lie within its rounding of ours."""
    fimo = pytest.importorskip("memelite.fimo")
    for seed, width in ((1, 8), (2, 13), (3, 17)):
        motif = random_motif(seed, width, n_sites=60)
        tail = score_tail(motif, UNIFORM, pvalue=1e-3)
        pwm = Motif(motif.probabilities, "x", n_sites=motif.n_sites).log_odds()
        bin_size = 0.1
        smallest, log_tail = fimo._pwm_to_mapping(pwm, bin_size)
        theirs = (np.flatnonzero(np.array(log_tail) < np.log2(1e-3))[0] + smallest) * bin_size
        assert abs(theirs - tail.cut_off) <= (width / 2 + 1) * bin_size
