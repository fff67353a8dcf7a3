"""The whole search: planted motifs once each, faint ones too, none where there is none."""

import numpy as np
import pytest
from planted import two_classes
from test_site_models import BASE, faint_motif, planted

from motiflens.extraction.matrices import Scanner, likeness
from motiflens.extraction.rounds import find_motifs


def dealt(sequences, seed=0):
    return np.random.default_rng(seed).permutation(len(sequences)) % 5


def found_in(sequences, **options):
    scanner = Scanner(BASE, both_strands=True, threads=options.pop("threads", 2))
    return find_motifs(sequences, dealt(sequences), scanner, limit=8, evalue=0.05, **options)


def test_a_faint_motif_is_found_whole_and_alone():
    motif = faint_motif(4)
    found = found_in(planted(motif, 0.25, n=1500, length=100, seed=40))
    assert len(found) == 1
    assert likeness(found[0].candidate.matrix, motif.probabilities, BASE) > 0.9


def test_two_motifs_are_found_once_each_and_the_same_whatever_the_threads():
    words = {"GATTACGCA": 0.5, "CCAGTTTGG": 0.3}
    sequences = two_classes(words, n=600, length=80, random_state=8)
    runs = [found_in(sequences, threads=threads) for threads in (1, 2)]
    assert len(runs[0]) == 2
    for found, again in zip(*runs, strict=True):
        np.testing.assert_array_equal(found.candidate.matrix, again.candidate.matrix)
        assert found.evidence == again.evidence
    texts = ["".join("ACGT"[x] for x in found.candidate.matrix.argmax(axis=0)) for found in runs[0]]
    for text, word in zip(texts, words, strict=True):
        turned = word[::-1].translate(str.maketrans("ACGT", "TGCA"))
        assert word in text or turned in text


def test_what_was_found_is_erased_before_the_next_is_sought():
    words = {"GATTACGCA": 0.6, "CCAGTTTGG": 0.5, "ACATCTCGA": 0.4}
    sequences = two_classes(words, n=600, length=90, random_state=18)
    texts = ["".join("ACGT"[x] for x in found.candidate.matrix.argmax(axis=0)) for found in found_in(sequences)]
    assert len(texts) == 3
    for text, word in zip(texts, words, strict=True):
        turned = word[::-1].translate(str.maketrans("ACGT", "TGCA"))
        assert word in text or turned in text


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_found_without_signal(seed):
    assert found_in(two_classes({}, n=300, length=60, random_state=70 + seed)) == []
