"""Models of sites fitted to planted motifs, to repeats and to nothing."""

from dataclasses import replace

import numpy as np
import pytest
from planted import two_classes

from motiflens.contrasts import contrast_of
from motiflens.extraction.matrices import likeness
from motiflens.extraction.site_models import Sample, SiteModel, fitted, presence, presences, scored
from motiflens.extraction.word_search import start_of
from motiflens.extraction.words import PATTERNS, Word
from motiflens.motifs import from_counts
from motiflens.scanning.occupancy import blocks_of
from motiflens.sequences import concatenate
from motiflens.simulating.planting import plant, random_sequences

BASE = np.full(4, 0.25)
LETTERS = {"A": 0, "C": 1, "G": 2, "T": 3}


def word(text, *, both=True):
    return Word(PATTERNS[len(text) - 6], tuple(LETTERS[letter] for letter in text), both)


def sample_of(sequences, *, known=None, both=True):
    return Sample(blocks_of(sequences.codes), contrast_of(sequences.positive, known), BASE, both)


def faint_motif(seed=0, width=11):
    """Return a motif of about 1.1 bits a column, the word GATTAC in its middle."""
    rng = np.random.default_rng(seed)
    counts = np.full((4, width), 8.0)
    letters = [*rng.integers(0, 4, 2), *(LETTERS[x] for x in "GATTAC"), *rng.integers(0, 4, width - 8)]
    counts[letters, np.arange(width)] = 76.0
    return from_counts(counts, "faint")


def planted(motif, probability, *, n=1500, length=120, seed=0):
    positives = plant(
        random_sequences(n, length, random_state=seed, prefix="p"),
        motif,
        probability=probability,
        random_state=seed + 1,
    )
    negatives = random_sequences(n + 100, length, random_state=seed + 2, prefix="n")
    return concatenate([positives, negatives]).with_labels(np.repeat([1, 0], [n, n + 100]), ("no", "yes"))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_word_grows_into_the_whole_motif(seed):
    motif = faint_motif(seed)
    sample = sample_of(planted(motif, 0.6, seed=10 * seed))
    model = fitted(scored(word("GATTAC").matrix(BASE), sample), sample)
    assert likeness(model.matrix, motif.probabilities, BASE) > 0.97
    assert abs(model.matrix.shape[1] - 11) <= 1
    assert model.z > 12


def test_columns_without_letters_of_their_own_are_not_added():
    sequences = two_classes({"GATTACGC": 0.4}, n=900, length=80, random_state=3)
    sample = sample_of(sequences)
    model = fitted(scored(word("GATTAC").matrix(BASE), sample), sample)
    assert 8 <= model.matrix.shape[1] <= 9
    likeliest = "".join("ACGT"[letter] for letter in model.matrix.argmax(axis=0))
    assert "GATTACGC" in likeliest or "GCGTAATC" in likeliest


@pytest.mark.parametrize("seed", [3, 4])
def test_few_sites_do_not_make_faint_columns(seed):
    sample = sample_of(two_classes({"GATTACGC": 0.4}, n=70, length=60, random_state=seed))
    model = fitted(scored(word("GATTAC").matrix(BASE), sample), sample)
    assert model.matrix.shape[1] <= 10


def test_what_both_classes_hold_is_no_motif():
    sequences = two_classes({}, n=700, length=80, random_state=4)
    both = plant(sequences, faint_motif(), probability=0.7, random_state=9)
    sample = sample_of(replace(both, labels=sequences.labels, classes=sequences.classes))
    model = fitted(scored(word("GATTAC").matrix(BASE), sample), sample)
    assert model.z < 3.5


def test_what_is_known_is_not_found_again():
    sequences = planted(faint_motif(), 0.4)
    first = sample_of(sequences)
    model = fitted(scored(word("GATTAC").matrix(BASE), first), first)
    known = presence(first.sequences, model, first)[:, None]
    again = scored(model.matrix, sample_of(sequences, known=known))
    assert model.z > 10
    assert abs(again.z) < 2.5


def test_what_a_motif_explains_takes_four_columns_where_there_are_sequences_enough():
    motif = faint_motif(2)
    for n, columns in ((40, 1), (80, 4)):
        sample = sample_of(planted(motif, 0.5, n=n, length=60)).of_rows(np.arange(2 * n + 100) < n + 20)
        model = scored(motif.probabilities, sample)
        found = presences(sample.sequences, model, sample)
        assert found.shape == (n + 20, columns)
        at_own = presence(sample.sequences, model, sample)
        assert (
            np.array_equal(found[:, 0], at_own)
            if columns == 1
            else (np.diff(found, axis=1) * at_own[:, None] >= 0).all()
        )


def test_a_motif_is_shown_without_ends_that_say_little():
    counts = np.full((4, 9), 25.0)
    counts[[LETTERS[x] for x in "GATTA"], np.arange(2, 7)] = 400.0
    counts[0, [0, 8]] = 40.0  # 0.03 bits
    matrix = counts / counts.sum(axis=0)
    assert np.array_equal(SiteModel(matrix, 0.1, 5.0).motif(BASE), matrix[:, 2:7])
    faint = np.full((4, 7), 0.25)
    assert np.array_equal(SiteModel(faint, 0.1, 5.0).motif(BASE), faint)


def test_one_strand_reads_one_strand():
    sequences = two_classes({"ACGTGA": 0.5}, n=500, length=60, random_state=6, both_strands=False)
    sample = sample_of(sequences, both=False)
    turned = {True: "TCACGT", False: "ACGTGA"}
    starts = [start_of(word(turned[back], both=False), BASE) for back in (False, True)]
    forward, backward = (sample.contrast.z(presence(sample.sequences, start, sample)) for start in starts)
    assert forward > backward + 4


def test_a_start_with_too_few_sites_stays_as_it_is():
    sample = sample_of(two_classes({}, n=40, length=30, random_state=1))
    start = SiteModel(np.array([[0.997, 0.001, 0.001, 0.001]]).T.repeat(14, axis=1), 0.05, -5.0)
    model = fitted(start, sample)
    assert np.isfinite(model.matrix).all()
    assert model.matrix.shape[1] == 14
