"""Motifs made whole: what was cut short grows, what is good stays, what would become another does not."""

from dataclasses import replace

import numpy as np
import pytest
from planted import exact_motif, two_classes
from sklearn.metrics import roc_auc_score
from test_site_models import BASE, LETTERS, planted

from motiflens.alphabet import encode
from motiflens.contrasts import contrast_of
from motiflens.extraction import polishing
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.composition import composition, known_letters
from motiflens.extraction.matrices import Scanner, likeness
from motiflens.extraction.polishing import polished
from motiflens.extraction.site_models import Sample, fitted, scored
from motiflens.motifs import from_counts
from motiflens.scanning.best_sites import erase
from motiflens.scanning.occupancy import blocks_of
from motiflens.sequences import from_codes

SCANNER = Scanner(BASE, both_strands=True, threads=2)


def wide_motif(seed=0, width=17):
    """Return a motif of about 1.1 bits a column."""
    rng = np.random.default_rng(seed)
    counts = np.full((4, width), 8.0)
    counts[rng.integers(0, 4, width), np.arange(width)] = 76.0
    return from_counts(counts, "wide")


def candidate(matrix, train, **fields):
    """Return a matrix as a candidate with the cut-off that is best for it."""
    scores = SCANNER.best(train.codes, [matrix]).scores[:, 0]
    return Candidate(np.ascontiguousarray(matrix), SCANNER.cut_off(scores, train.positive), **fields)


def auroc(motif, train):
    return roc_auc_score(train.positive, SCANNER.best(train.codes, [motif.matrix]).scores[:, 0])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_wide_motif_that_was_cut_short_comes_back_whole(seed):
    motif = wide_motif(seed)
    train = planted(motif, 0.5, n=900, length=100, seed=30 + seed)
    short = candidate(motif.probabilities[:, 4:12], train, n_filters=3, filters=((0, 2), (1, 5), (1, 9)))
    assert likeness(short.matrix, motif.probabilities, BASE) < 0.8
    found = polished(short, train, SCANNER)
    assert likeness(found.matrix, motif.probabilities, BASE) > 0.97
    assert abs(found.matrix.shape[1] - 17) <= 1
    assert auroc(found, train) > auroc(short, train) + 0.02
    assert found.cut_off.log_p < short.cut_off.log_p
    assert (found.n_filters, found.filters) == (3, ((0, 2), (1, 5), (1, 9)))


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_good_motif_stays_the_same_or_becomes_better(seed):
    motif = wide_motif(seed, width=12)
    train = planted(motif, 0.6, n=700, length=90, seed=40 + seed)
    good = candidate(motif.probabilities, train)
    found = polished(good, train, SCANNER)
    assert likeness(found.matrix, motif.probabilities, BASE) > 0.97
    assert auroc(found, train) >= auroc(good, train)
    scores = SCANNER.best(train.codes, [found.matrix]).scores[:, 0]
    assert found.cut_off.hits_pos == (scores[train.positive] >= found.cut_off.score).sum()
    assert found.cut_off.hits_neg == (scores[~train.positive] >= found.cut_off.score).sum()


def near(text):
    counts = np.full((4, len(text)), 3.0)
    counts[[LETTERS[x] for x in text], np.arange(len(text))] = 91.0
    return from_counts(counts, "near").probabilities


@pytest.mark.parametrize("text", ["ACATATTA", "CTCAATTA", "GATTCGAT"])
def test_a_motif_that_would_turn_into_another_is_left_as_it_was(text):
    train = two_classes({"GATTACGCATC": 0.7}, n=800, length=70, random_state=8)
    sample = Sample(blocks_of(train.codes), contrast_of(train.positive), BASE, both_strands=True)
    before = candidate(near(text), train)
    fit = fitted(scored(before.matrix, sample), sample)
    assert likeness(fit.matrix, exact_motif("GATTACGCATC").probabilities, BASE) > 0.95
    assert polished(before, train, SCANNER) is before


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_motif_does_not_grow_into_what_one_class_is_rich_in(seed):
    """Positives of many contents, on the whole richer in A and T: so is what lies beside any site of theirs."""
    word, rng, n = "GTCAATGC", np.random.default_rng(seed), 700
    rich = np.concatenate([rng.beta(16, 7, n), rng.beta(9, 14, n)])[:, None]
    either = rng.integers(0, 2, (2 * n, 80))
    codes = np.where(rng.random(either.shape) < rich, 3 * either, 1 + either).astype(np.uint8)
    for row in range(0, n, 2):
        start = rng.integers(0, 80 - len(word))
        codes[row, start : start + len(word)] = encode(word)
    train = from_codes(list(codes)).with_labels(np.repeat([1, 0], n), ("negative", "positive"))
    blurred = np.concatenate([np.full((4, 6), 0.25), near(word), np.full((4, 6), 0.25)], axis=1)
    found = polished(candidate(blurred, train), train, SCANNER)
    assert found.matrix.shape[1] == len(word)
    assert likeness(found.matrix, exact_motif(word).probabilities, BASE) > 0.9


def test_letters_that_were_erased_are_not_what_classes_differ_in():
    """Erased from positives alone, as the sites of a better motif are, they leave the lengths as they were."""
    word, other = "GTCAATGC", "TTGGACTT"
    whole = two_classes({word: 0.3, other: 0.6}, n=700, length=80, random_state=3)
    at = SCANNER.sites(whole.codes, exact_motif(other).probabilities, 14.0)
    train = replace(whole, codes=erase(whole.codes, at.row, at.start, len(other)))
    blurred = candidate(np.concatenate([near(word), np.full((4, 5), 0.25)], axis=1), train)
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polishing, "composition", lambda *args, **options: seen.append(composition(*args, **options)))
        for lengths in (known_letters(whole.codes), None):
            polished(blurred, train, SCANNER, lengths=lengths)
    assert seen[0] is None
    assert seen[1].shape == (len(train), 3)


def test_threads_do_not_matter():
    motif = wide_motif(6)
    train = planted(motif, 0.5, n=300, length=60, seed=60)
    short = candidate(motif.probabilities[:, 3:11], train)
    one, three = (polished(short, train, Scanner(BASE, both_strands=True, threads=n)) for n in (1, 3))
    np.testing.assert_array_equal(one.matrix, three.matrix)
    assert one.cut_off == three.cut_off
