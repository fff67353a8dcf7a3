"""The motifs of a chosen network: tested on held-out sequences, each for what the others leave unexplained."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from planted import two_classes

from motiflens.known_truth import KnownTruth
from motiflens.networks.grammars import Grammar, TrainedGrammar
from motiflens.runs.train_data import TrainData
from motiflens.runs.train_motifs import motifs_of

WORD, OTHER, ABSENT = "GATTACGAC", "CCTGAACTG", "TTGGCCAAT"
LENGTH = 60


def log_odds(word):
    held = np.array([[letter == base for letter in word] for base in "ACGT"])
    return np.log(np.where(held, 0.97, 0.01) / 0.25).astype(np.float32)


def classifier_of(words, signs):
    """Return what stands for a trained classifier: a grammar, and probabilities that count the first word."""
    grammar = Grammar(tuple(map(log_odds, words)), tuple(signs), LENGTH)

    def predict_proba(sequences):
        held = np.array([words[0] in text for text in sequences.strings()])
        return np.stack([1 - held, held], axis=1).astype(float)

    return SimpleNamespace(network_=TrainedGrammar(grammar, {}), predict_proba=predict_proba)


def nearly(text, word):
    """Tell whether a text is a word but for one letter at most."""
    return sum(a != b for a, b in zip(text, word, strict=True)) <= 1


def holds(text, word):
    return any(nearly(text[start : start + len(word)], word) for start in range(len(text) - len(word) + 1))


@pytest.fixture(scope="module")
def data():
    parts = []
    for n, seed in ((300, 0), (90, 1000), (150, 2000)):
        part = two_classes({WORD: 0.7, OTHER: 0.4}, n=n, random_state=seed, length=LENGTH)
        parts.append(replace(part, names=np.char.add(f"{seed}_", part.names)))
    return TrainData(*parts, KnownTruth(), None, ())


def test_motifs_that_hold_are_reported_best_first_and_others_are_not(data):
    found = motifs_of(classifier_of([WORD, ABSENT, OTHER, WORD[1:]], [1, 1, 1, 1]), data)
    assert found.n_tested == 4
    assert [motif.consensus for motif in found.motifs] == [WORD, OTHER]  # the absent one and the repeated one fail
    assert [motif.name for motif in found.motifs] == [f"1-{WORD}", f"2-{OTHER}"]
    first, second = found.findings
    assert (first.source, second.source) == ("filters", "filters")
    assert first.heldout_pvalue * 4 == pytest.approx(first.heldout_evalue)
    held = np.array([holds(text, WORD) for text in data.test.strings()])
    assert first.positives_with_site == pytest.approx(held[data.test.positive].mean(), abs=0.05)
    used = np.mean([WORD in text for text in data.test.of_class(1).strings()])  # the classifier goes by this alone
    assert first.delta_auroc == pytest.approx(used / 2, abs=0.02)
    assert second.delta_auroc == pytest.approx(0, abs=0.02)


def test_motifs_of_the_negatives_are_not_reported(data):
    found = motifs_of(classifier_of([WORD, OTHER], [1, -1]), data)
    assert [motif.consensus for motif in found.motifs] == [WORD]
    assert found.n_tested == 1
    none = motifs_of(classifier_of([WORD, OTHER], [-1, -1]), data)
    assert (none.motifs, none.sites, none.n_tested) == ((), (), 0)


def test_sites_are_in_all_positives(data):
    found = motifs_of(classifier_of([WORD], [1]), data)
    positives = {n: t for part in data.parts.values()
                 for n, t in zip(part.of_class(1).names, part.of_class(1).strings(), strict=True)}  # fmt: skip
    words = [positives[site.sequence][site.start : site.end] for site in found.sites]
    assert np.mean([nearly(word, WORD) for word in words]) > 0.9
    n_held = sum(holds(text, WORD) for text in positives.values())
    assert len({site.sequence for site in found.sites}) == pytest.approx(n_held, rel=0.1)
    assert {site.sequence.split("_")[0] for site in found.sites} == {"0", "1000", "2000"}
