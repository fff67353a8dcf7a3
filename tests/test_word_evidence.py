"""Evidence of words: uniform for a word named beforehand in data without signal, small for a planted one."""

import numpy as np
import pytest
from planted import two_classes
from scipy.stats import kstest
from test_site_models import BASE, faint_motif, planted, sample_of, word

from motiflens.extraction import word_evidence
from motiflens.extraction.site_models import SiteModel, fitted
from motiflens.extraction.word_evidence import WordEvidence, best_word, cross_fitted


def blocks(n, k=5, seed=0):
    return np.random.default_rng(seed).permutation(n) % k


def test_the_evidence_of_a_word_named_beforehand_is_uniform_without_signal():
    plain, crossed = [], []
    for seed in range(60):
        sequences = two_classes({}, n=150, length=50, random_state=1000 + 7 * seed)
        sample = sample_of(sequences)
        evidence = cross_fitted(WordEvidence(word("GATTAC"), 0.0), sample, blocks(len(sequences), seed=seed))
        model = SiteModel(word("GATTAC").matrix(BASE), 0.05, 0.0)
        best = best_word(model, sample)
        assert best.word == word("GATTAC")
        plain.append(np.exp(best.log_p_word))
        crossed.append(np.exp(evidence.log_p_crossed))
    for found in (plain, crossed):
        assert kstest(found, "uniform").pvalue > 0.005
        assert np.mean(np.array(found) < 0.05) < 0.15


def test_a_planted_motif_is_seen_by_models_that_other_blocks_made():
    sequences = planted(faint_motif(), 0.45, n=900, length=100)
    sample = sample_of(sequences)
    evidence = cross_fitted(WordEvidence(word("GATTAC"), 0.0), sample, blocks(len(sequences)))
    assert evidence.log_p_crossed < np.log(1e-8)


def test_each_block_is_tested_by_the_others_alone():
    """A word in the positives of one block alone is no evidence: its own block does not make the model."""
    sequences = two_classes({}, n=400, length=60, random_state=2)
    where = np.flatnonzero(sequences.positive)[:80]
    sequences.codes[where, 20:26] = [2, 0, 3, 3, 0, 1]
    one = np.ones(len(sequences), dtype=np.int64)
    one[where] = 0
    rest = np.setdiff1d(np.arange(len(sequences)), where)
    one[rest] = 1 + np.arange(len(rest)) % 4
    mixed = blocks(len(sequences))
    found = [
        cross_fitted(WordEvidence(word("GATTAC"), 0.0), sample_of(sequences), each).log_p_crossed
        for each in (one, mixed)
    ]
    assert found[1] < np.log(1e-6)
    assert found[0] > found[1] / 2


def test_a_block_takes_no_part_in_the_model_that_tests_it(monkeypatch):
    sequences = two_classes({}, n=60, length=40, random_state=6)
    sample, dealt, built = sample_of(sequences), blocks(len(sequences), k=4), []

    def recorded(model, others, **options):
        built.append(others.sequences.codes)
        return fitted(model, others, **options)

    monkeypatch.setattr(word_evidence, "fitted", recorded)
    cross_fitted(WordEvidence(word("GATTAC"), 0.0), sample, dealt)
    assert len(built) == 4
    for block, codes in enumerate(built):
        np.testing.assert_array_equal(codes, sequences.codes[dealt != block])


def test_e_is_twice_the_smaller_p_times_the_price():
    evidence = WordEvidence(word("GATTACA"), np.log(1e-9), np.log(1e-7))
    assert np.exp(evidence.log_p) == pytest.approx(2e-9)
    assert np.exp(evidence.log_e) == pytest.approx(2e-9 * 4 * 4**7 / 2)
    assert WordEvidence(word("GATTAC"), 0.0, -0.1).log_p == 0.0


def test_a_motif_narrower_than_any_word_has_none():
    sample = sample_of(two_classes({}, n=30, length=30, random_state=1))
    assert best_word(SiteModel(np.full((4, 5), 0.25), 0.1, 0.0), sample) is None
