"""Motifs of either class, on planted truth and on null data."""

from __future__ import annotations

import numpy as np
import pytest
from planted import exact_motif, two_classes

from motiflens.alphabet import UNKNOWN
from motiflens.enrichment import CutOff
from motiflens.extraction.both_classes import opposite, shortened, signed_motifs
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import Scanner
from motiflens.motifs import Motif
from motiflens.networks.ensemble import train_ensemble
from motiflens.sequences import SequenceSet, concatenate
from motiflens.significance import fisher_enrichment
from motiflens.simulating.planting import plant, random_sequences
from motiflens.splits import split

UNIFORM = np.full(4, 0.25)
BOTH, FORWARD = (Scanner(UNIFORM, both_strands) for both_strands in (True, False))
OURS, THEIRS = "GATTACCA", "CCGTGGAC"


def planted(positives: dict[str, float], negatives: dict[str, float], seed: int, *, n: int = 600) -> SequenceSet:
    """Return ``n`` positives and 50 negatives more, with words planted in each class."""
    parts = []
    for number, (words, size, prefix) in enumerate(((positives, n, "p"), (negatives, n + 50, "n"))):
        part = random_sequences(size, 60, random_state=[seed, number], prefix=prefix)
        for index, (word, share) in enumerate(words.items()):
            part = plant(part, exact_motif(word), probability=share, random_state=[seed, number, index])
        parts.append(part)
    return concatenate(parts).with_labels(np.repeat([1, 0], [n, n + 50]), ("negative", "positive"))


def found_in(data: SequenceSet, seed: int) -> list[tuple[str, int]]:
    """Return consensus and sign of every motif; of a word and its reverse complement that which sorts first."""
    train, valid, _ = split(data, random_state=seed, by_group=False, keep_near_duplicates=False)
    ensemble = train_ensemble(train, valid, strands="both", n_networks=2, random_state=seed, threads=2)
    motifs = signed_motifs([ensemble.networks], train, valid, BOTH, limit=8, random_state=seed)
    assert all(each.log_p < np.log(0.05) for each in motifs)
    return [(_spelled(each.candidate), each.sign) for each in motifs]


def _spelled(candidate: Candidate) -> str:
    motif = Motif(candidate.matrix, "found")
    return min(motif.consensus, motif.reverse_complement().consensus)


def strict(word: str) -> Candidate:
    """Return a motif whose sites are the word and nothing else."""
    matrix = exact_motif(word).probabilities
    return Candidate(matrix, _at(float(np.log2(matrix.max(axis=0) / 0.25).sum()) - 0.1))


def _at(score: float) -> CutOff:
    return CutOff(log_p=0.0, score=score, hits_pos=0, hits_neg=0)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_motifs_of_either_class_are_found_with_their_sign(seed):
    found = found_in(planted({OURS: 0.6}, {THEIRS: 0.5}, seed), seed)
    assert found == [(OURS, 1), (THEIRS, -1)]


@pytest.mark.parametrize("seed", [0, 1])
def test_with_one_class_planted_the_other_has_none(seed):
    assert found_in(planted({OURS: 0.6}, {}, seed), seed) == [(OURS, 1)]
    assert found_in(planted({}, {OURS: 0.6}, seed), seed) == [(OURS, -1)]


@pytest.mark.parametrize("seed", range(4))
def test_null_data_give_no_motif(seed):
    assert found_in(planted({}, {}, seed), seed) == []


def test_a_motif_of_the_positives_alone_is_none_of_the_negatives_however_common():
    """A site takes the room of chance words, which must not look enriched where there is none."""
    assert [sign for _, sign in found_in(planted({OURS: 1.0, "TTGGCGCA": 1.0}, {}, 5), 5) if sign < 0] == []


# --- opposite


def test_opposite_swaps_the_classes_and_keeps_the_rest():
    data = planted({OURS: 0.5}, {}, 3, n=40)
    turned = opposite(data, [strict(OURS)], BOTH, random_state=0)
    np.testing.assert_array_equal(turned.positive, ~data.positive)
    assert turned.classes == ("positive", "negative")
    np.testing.assert_array_equal(turned.names, data.names)
    assert turned.codes.shape == data.codes.shape
    kept = turned.codes != UNKNOWN
    np.testing.assert_array_equal(turned.codes[kept], data.codes[kept])


def test_opposite_without_motifs_changes_no_letter():
    data = planted({OURS: 0.5}, {}, 3, n=30)
    np.testing.assert_array_equal(opposite(data, [], BOTH, random_state=0).codes, data.codes)


@pytest.mark.parametrize("both_strands", [False, True])
def test_no_site_is_left_and_nothing_is_masked_for_no_reason(both_strands):
    data = planted({OURS: 0.7}, {OURS: 0.1}, 4, n=80)
    scanner = BOTH if both_strands else FORWARD
    motif = strict(OURS)
    turned = opposite(data, [motif], scanner, random_state=2)
    assert len(scanner.sites(turned.codes, motif.matrix, motif.cut_off.score).row) == 0
    hits = scanner.sites(data.codes, motif.matrix, motif.cut_off.score)
    site = np.zeros(data.codes.shape, dtype=bool)
    for row, start in zip(hits.row, hits.start, strict=True):
        site[row, start : start + len(OURS)] = True
    masked = (turned.codes == UNKNOWN) & (data.codes != UNKNOWN)
    assert masked[site].all()
    assert not masked[:, ~site.any(axis=0)].any()


def test_as_many_letters_are_unknown_in_either_class():
    data = planted({OURS: 1.0}, {}, 6, n=300)[np.arange(600)]  # as many of either class
    assert data.positive.sum() == 300
    turned = opposite(data, [strict(OURS)], BOTH, random_state=1)
    masked = turned.codes == UNKNOWN
    np.testing.assert_array_equal(*(masked[turned.positive == side].sum(axis=0) for side in (True, False)))


def test_opposite_is_the_same_for_the_same_seed():
    data = planted({OURS: 0.5}, {}, 7, n=50)
    first, again, other = (opposite(data, [strict(OURS)], BOTH, random_state=seed).codes for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("sizes", [(900, 900), (250, 2000), (2000, 250)])
def test_random_words_are_not_enriched_by_what_is_masked(sizes):
    """Many long motifs in every positive: of words that mean nothing, few are significant, as chance has it."""
    n_positives, n_negatives = sizes
    rng = np.random.default_rng(8)
    words = ["".join(rng.choice(list("ACGT"), 10)) for _ in range(3)]
    positives = random_sequences(n_positives, 60, random_state=1, prefix="p")
    for index, word in enumerate(words):
        positives = plant(positives, exact_motif(word), probability=1.0, random_state=index)
    data = concatenate([positives, random_sequences(n_negatives, 60, random_state=2, prefix="n")])
    data = data.with_labels(np.repeat([1, 0], sizes), ("negative", "positive"))
    turned = opposite(data, [_lax(word) for word in words], BOTH, random_state=0)
    pvalues = [_enrichment(turned, rng.integers(0, 4, 4)) for _ in range(150)]
    assert np.mean(np.array(pvalues) < 0.05) < 0.12
    assert np.min(pvalues) > 1e-5


def _lax(word: str) -> Candidate:
    """Return a motif with many chance sites: a cut-off that half the word reaches."""
    return Candidate(exact_motif(word).probabilities, _at(-3.0))


def _enrichment(sequences: SequenceSet, word: np.ndarray) -> float:
    windows = np.lib.stride_tricks.sliding_window_view(sequences.codes, len(word), axis=1)
    hit = (windows == word).all(axis=2).any(axis=1)
    positive = sequences.positive
    inside, outside = hit[positive], hit[~positive]
    return float(fisher_enrichment(inside.sum(), len(inside), outside.sum(), len(outside)))


# --- shortened


def test_faint_columns_that_add_nothing_are_dropped():
    data = two_classes({OURS: 0.7}, n=500, random_state=3)
    faint = np.array([[0.5, 0.2, 0.2, 0.1], [0.1, 0.2, 0.2, 0.5], [0.2, 0.5, 0.1, 0.2]]).T
    matrix = np.hstack([faint[:, :1], exact_motif(OURS).probabilities, faint[:, 1:]])
    found = shortened(Candidate(matrix, _at(0.0)), data, BOTH)
    assert Motif(found.matrix, "found").consensus == OURS
    scores = BOTH.best(data.codes, [found.matrix]).scores[:, 0]
    assert found.cut_off == BOTH.cut_off(scores, data.positive)


def test_a_whole_motif_keeps_its_columns():
    data = two_classes({OURS: 0.7}, n=500, random_state=4)
    found = shortened(Candidate(exact_motif(OURS).probabilities, _at(0.0)), data, BOTH)
    assert Motif(found.matrix, "found").consensus == OURS
