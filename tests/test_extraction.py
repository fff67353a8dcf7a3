"""From networks to tested motifs, on planted truth and on null data."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from planted import exact_motif, two_classes

from motiflens.enrichment import CutOff
from motiflens.extraction.candidates import Candidate, filter_candidates, merge
from motiflens.extraction.evidence import heldout_evidence, replicated, scrambled
from motiflens.extraction.matrices import Scanner, likeness
from motiflens.extraction.refine import refine, rescored
from motiflens.extraction.selection import erased, select
from motiflens.motifs import Motif
from motiflens.networks.ensemble import train_ensemble
from motiflens.networks.model import predict_probabilities
from motiflens.sequences import concatenate
from motiflens.simulating.planting import plant, random_sequences
from motiflens.splits import split

UNIFORM = np.full(4, 0.25)
SCANNER = Scanner(UNIFORM, threads=2)
NO_CUT_OFF = CutOff(0.0, np.inf, 0, 0)
WORD, SECOND = "GATTACCA", "CCGTGGAC"


def candidate(word: str, n_filters: int = 1) -> Candidate:
    return Candidate(exact_motif(word).probabilities, NO_CUT_OFF, n_filters)


def consensus(found: Candidate) -> str:
    return Motif(found.matrix, "found").consensus


def is_word(found: Candidate, word: str) -> bool:
    motif = Motif(found.matrix, "found")
    return word in (motif.consensus, motif.reverse_complement().consensus)


@pytest.fixture(scope="module")
def trained():
    data = two_classes({WORD: 0.6, SECOND: 0.4}, n=500)
    train, valid, test = split(data, random_state=0)
    return train, test, train_ensemble(train, valid, strands="both", n_networks=2, random_state=0, threads=2)


def test_filters_of_one_motif_are_merged_over_shift_and_strand():
    turned = Candidate(exact_motif(WORD).reverse_complement().probabilities, NO_CUT_OFF, 2)
    shifted = candidate("T" + WORD[:-1], 3)
    merged = merge([candidate(WORD), turned, candidate(SECOND, 5), shifted], Scanner(UNIFORM))
    assert [(consensus(each), each.n_filters) for each in merged] == [(WORD, 6), (SECOND, 5)]


def test_planted_motifs_are_among_the_candidates(trained):
    train, _, ensemble = trained
    found = filter_candidates(ensemble.networks, train, SCANNER, limit=30)
    assert len(found) <= 30
    assert (np.diff([each.cut_off.log_p for each in found]) >= 0).all()
    for word in (WORD, SECOND):
        assert max(likeness(each.matrix, exact_motif(word).probabilities, UNIFORM) for each in found) > 0.8


def test_both_planted_motifs_are_chosen_whole_and_once(trained):
    train, test, ensemble = trained
    candidates = filter_candidates(ensemble.networks, train, SCANNER, limit=30)
    chosen = select(candidates, train, SCANNER, limit=8)
    assert is_word(chosen[0], WORD)
    assert is_word(chosen[1], SECOND)
    predict = partial(predict_probabilities, ensemble.networks)
    evidence = heldout_evidence(chosen, test, predict, SCANNER, random_state=0)
    assert all(each.evalue < 1e-3 for each in evidence[:2])
    assert all(each.evalue > 0.05 for each in evidence[2:])
    assert evidence[0].delta_auroc > 0.02
    assert evidence[0].auroc.low > 0.5
    assert 0.3 < evidence[0].positives_with_site < 0.7  # of the 60 % planted, some are mutated
    assert evidence[0].evalue == pytest.approx(evidence[0].pvalue * len(chosen))


def test_a_damaged_motif_is_mended_by_refinement():
    data = two_classes({WORD: 0.7}, n=600, random_state=5)
    damaged = candidate("AC" + WORD[2:6])  # two bases wrong, two missing
    mended = refine([damaged], data, SCANNER)[0]
    assert is_word(mended, WORD)


def test_refinement_does_not_cost_a_motif_its_evidence():
    data = two_classes({WORD: 0.3}, n=300, random_state=7)
    before = rescored([candidate(WORD), candidate(WORD[1:7])], data, SCANNER)
    after = refine(before, data, SCANNER)
    for old, new in zip(before, after, strict=True):
        assert new.cut_off.log_p <= 0.75 * old.cut_off.log_p


def test_a_word_of_both_classes_is_not_a_motif():
    data = two_classes({WORD: 0.5}, n=400, random_state=3)
    codes = data.codes.copy()
    word = exact_motif("TTTTTTTT").probabilities.argmax(axis=0)
    codes[::2, 5:13] = word  # planted in both classes alike
    poly = rescored([candidate("TTTTTTTT")], replace(data, codes=codes), SCANNER)[0]
    assert poly.cut_off.log_p > -7


def test_shadows_of_a_chosen_motif_are_not_chosen_again():
    data = two_classes({WORD + "CGC": 0.6}, n=500, random_state=11)
    shadows = [candidate(WORD + "CGC"), candidate(WORD), candidate(WORD[2:] + "CGC"), candidate("CGCC" + WORD[:4])]
    chosen = select(rescored(shadows, data, SCANNER), data, SCANNER, limit=5)
    assert len(chosen) == 1
    assert is_word(chosen[0], WORD + "CGC")


def test_of_a_hybrid_with_a_known_kind_the_other_is_chosen_and_the_search_ends():
    data = two_classes({WORD: 0.5, SECOND: 0.4}, n=400, random_state=8)
    rounds = []

    def taken_apart(best, train):
        rounds.append(best)
        assert len(rounds) < 20
        return [best] if len(rounds) == 1 else rescored([candidate(WORD), candidate(SECOND)], train, SCANNER)

    hybrid = replace(candidate(SECOND), matrix=0.7 * exact_motif(SECOND).probabilities + 0.3 * 0.25)
    words = rescored([candidate(WORD), hybrid], data, SCANNER)
    chosen = select(words, data, SCANNER, limit=9, tidy=taken_apart)
    assert [is_word(each, WORD) for each in chosen] == [True, False]
    assert is_word(chosen[1], SECOND)


def test_the_halves_of_a_chosen_dimer_are_not_chosen_after_it():
    gap = np.full((4, 10), 0.25)
    halves = [exact_motif(word).probabilities for word in (WORD, SECOND)]
    dimer = Motif(np.concatenate([halves[0], gap, halves[1]], axis=1), "dimer")
    positives = plant(random_sequences(300, 70, random_state=1, prefix="p"), dimer, probability=0.7, random_state=2)
    negatives = random_sequences(300, 70, random_state=3, prefix="n")
    data = concatenate([positives, negatives]).with_labels(np.repeat([1, 0], 300))
    shadows = [Candidate(matrix, NO_CUT_OFF) for matrix in (dimer.probabilities, *halves)]
    chosen = select(rescored(shadows, data, SCANNER), data, SCANNER, limit=5)
    assert len(chosen) == 1
    assert chosen[0].matrix.shape[1] == dimer.width


def test_negatives_do_not_shape_a_motif():
    positives = two_classes({WORD: 0.9}, n=300, random_state=31).of_class(1)
    negatives = two_classes({WORD + "CCC": 0.28}, n=1500, random_state=32).of_class(1)
    data = concatenate([positives, negatives]).with_labels(np.repeat([1, 0], [300, 1500]))
    assert is_word(refine(rescored([candidate(WORD[:6])], data, SCANNER), data, SCANNER)[0], WORD)


def test_what_a_better_motif_explains_is_no_evidence_for_the_next(trained):
    train, test, ensemble = trained
    found = rescored([candidate(WORD)], train, SCANNER)
    predict = partial(predict_probabilities, ensemble.networks)
    first, again = heldout_evidence(found * 2, test, predict, SCANNER, random_state=0)
    alone = heldout_evidence(found, test, predict, SCANNER, before=found, random_state=0)
    one = again.pvalue  # as behind the first, but tested by itself
    assert alone == [replace(again, evalue=one, fisher_evalue=one)]
    assert first.pvalue < 1e-6
    assert first.evalue == first.fisher_evalue == 2 * first.fisher_pvalue
    assert (again.pvalue, again.positives_with_site) == (1.0, 0.0)
    assert again.auroc == first.auroc


def test_erasing_leaves_no_site_and_touches_nothing_else():
    data = two_classes({WORD: 0.5}, n=60)
    found = rescored([candidate(WORD)], data, SCANNER)[0]
    left = erased(data, found, SCANNER)
    assert (SCANNER.best(left.codes, [found.matrix]).scores < found.cut_off.score).all()
    changed = left.codes != data.codes
    assert (left.codes[changed] == 4).all()
    assert (changed.sum(axis=1) % len(found.matrix[0]) == 0).all()


def test_scrambling_keeps_the_composition_of_every_sequence():
    data = two_classes({WORD: 0.5}, n=60)
    found = rescored([candidate(WORD)], data, SCANNER)[0]
    hits = SCANNER.sites(data.codes, found.matrix, found.cut_off.score)
    broken = scrambled(data, hits, found.matrix.shape[1], random_state=0)
    np.testing.assert_array_equal(np.sort(broken.codes, axis=1), np.sort(data.codes, axis=1))
    assert (broken.codes != data.codes).any(axis=1).sum() == len(np.unique(hits.row))


def test_heldout_pvalues_of_null_motifs_are_not_too_small():
    """Fisher's test is conservative: at most 5 % of null p-values may fall below 0.05."""
    small = []
    for seed in range(60):
        data = two_classes({}, n=120, length=50, random_state=1000 + seed)
        rng = np.random.default_rng(seed)
        words = ["".join("ACGT"[i] for i in rng.integers(0, 4, 5)) for _ in range(3)]
        half = np.arange(len(data)) % 2 == 0
        tuned = rescored([candidate(word) for word in words], data[half], SCANNER)
        tuned = [each for each in tuned if np.isfinite(each.cut_off.score)]
        heldout = data[~half]
        for each in tuned:
            hit = SCANNER.best(heldout.codes, [each.matrix]).scores[:, 0] >= each.cut_off.score
            small.append(fisher(hit, heldout.positive) < 0.05)
    assert np.mean(small) < 0.05 + 2 * np.sqrt(0.05 * 0.95 / len(small))


def fisher(hit, positive):
    from scipy.stats import fisher_exact

    table = [[(hit & positive).sum(), (~hit & positive).sum()], [(hit & ~positive).sum(), (~hit & ~positive).sum()]]
    return fisher_exact(table, alternative="greater").pvalue


def test_a_real_motif_replicates_and_its_mirror_image_does_not():
    data = two_classes({WORD: 0.4}, n=150, random_state=21)
    found = rescored([candidate(WORD)], data, SCANNER)
    assert replicated(found, data, SCANNER) == [True]
    assert replicated(found, data.with_labels(1 - data.labels), SCANNER) == [False]
    assert replicated([], data, SCANNER) == []
