"""`MotifClassifier` where the network is chosen, and where the validation sequences are given."""

import pickle

import numpy as np
import pytest
import torch
from planted import two_classes
from sklearn.base import clone

import motiflens.estimator.automatic
from motiflens.errors import InputError, ParameterError
from motiflens.estimator.automatic import Automatic, choose_automatically
from motiflens.estimator.classifier import MotifClassifier
from motiflens.extraction.matrices import Scanner
from motiflens.networks.ensemble import train_ensemble
from motiflens.networks.grammar_module import GrammarModule
from motiflens.networks.grammars import Grammar, TrainedGrammar
from motiflens.networks.model import TrainedNetwork
from motiflens.networks.saving import load_network, saved
from motiflens.simulating.planting import random_sequences
from motiflens.writing import network_bytes, to_json

WORD = "GATTACGAC"


@pytest.fixture(scope="module")
def data():
    """Return 300 + 307 labelled sequences of 40 bases, in a random order."""
    return two_classes({WORD: 0.9}, n=300, length=40, random_state=2).shuffle(random_state=0)


@pytest.fixture(scope="module")
def chosen(data):
    return MotifClassifier(network="auto", n_networks=1, validation_fraction=0.2, threads=2).fit(data[:450])


def module_like(seed=0, *, positions=True, length=40):
    rng = np.random.default_rng(seed)
    matrices = tuple(rng.normal(size=(4, width)).astype(np.float32) for width in (7, 5))
    torch.manual_seed(seed)
    return GrammarModule(Grammar(matrices, (1, -1), length, knows_positions=positions)).eval()


@pytest.fixture
def fake_choice(monkeypatch):
    """Let the choice fall on a grammar that is made here; return what it was asked with."""
    asked = {}

    def choose(train, valid, **more):
        asked.update(more, train=train, valid=valid)
        ensemble = train_ensemble(train, valid, strands="single", n_networks=1, random_state=0)
        scanner = Scanner(np.full(4, 0.25), both_strands=False)
        return Automatic((asked["module"],), (), scanner, ensemble, ("A grammar.",))

    monkeypatch.setattr(motiflens.estimator.automatic, "choose_automatically", choose)
    asked["module"] = module_like()
    return asked


def test_a_planted_word_is_learned_by_what_is_chosen(chosen, data):
    assert chosen.score(data[450:]) > 0.85
    assert isinstance(chosen.network_, TrainedNetwork | TrainedGrammar)
    assert chosen.notes_
    assert chosen.predict_proba(data[:3]).shape == (3, 2)
    assert set(chosen.history_["network"]) == {0}
    consensus = chosen.motifs(data[:450])[0].consensus
    assert any(word[:5] in consensus or word[-5:] in consensus for word in (WORD, "GTCGTAATC"))


def test_a_grammar_reads_one_strand_where_that_predicts_better():
    data = two_classes({"ACGTG": 0.95}, n=900, length=100, random_state=5, both_strands=False)
    train, valid = data.shuffle(random_state=1)[:1100], data.shuffle(random_state=1)[1100:]
    found = choose_automatically(train, valid, strands="both", n_networks=1)
    assert found.grammar is not None
    assert not found.grammar.grammar.both_strands
    assert any(note.startswith("A grammar that reads one strand") and "; taken" in note for note in found.notes)
    words = {"".join("ACGT"[base] for base in matrix.argmax(axis=0)) for matrix in found.grammar.grammar.matrices}
    assert any("ACGTG" in word for word in words)  # as it was planted, not turned


def test_a_motif_on_both_strands_is_read_on_both():
    data = two_classes({"ACGTG": 0.95}, n=900, length=100, random_state=5).shuffle(random_state=1)
    found = choose_automatically(data[:1100], data[1100:], strands="both", n_networks=1)
    assert found.grammar is not None
    assert found.grammar.grammar.both_strands


def test_the_choice_clones_pickles_and_repeats(chosen, data):
    back = pickle.loads(pickle.dumps(chosen))
    expected = chosen.decision_function(data[450:])
    np.testing.assert_array_equal(back.decision_function(data[450:]), expected)
    again = clone(chosen).set_params(threads=1).fit(data[:450])
    np.testing.assert_array_equal(again.decision_function(data[450:]), expected)


def test_a_grammar_that_is_chosen_predicts_as_its_module(fake_choice, data, tmp_path):
    classifier = MotifClassifier(network="auto", both_strands=True, n_networks=3, random_state=5).fit(data[:200])
    assert (fake_choice["strands"], fake_choice["n_networks"]) == ("both", 3)
    assert len(fake_choice["train"]) + len(fake_choice["valid"]) == 200
    assert isinstance(classifier.network_, TrainedGrammar)
    assert classifier.notes_ == ("A grammar.",)
    with torch.no_grad():
        expected = fake_choice["module"](torch.from_numpy(data[200:].one_hot())).numpy()[:, 0]
    np.testing.assert_allclose(classifier.decision_function(data[200:]), expected, rtol=1e-5, atol=1e-6)
    found = saved(classifier.networks_)
    (tmp_path / "model.json").write_text(to_json(found.config))
    (tmp_path / "model.safetensors").write_bytes(network_bytes(found.weights))
    before = classifier.decision_function(data[200:])
    classifier.networks_ = tuple(load_network(tmp_path))
    np.testing.assert_array_equal(classifier.decision_function(data[200:]), before)


def test_a_grammar_reads_other_lengths_unless_it_knows_positions(fake_choice, data):
    longer = random_sequences(5, 50, random_state=3)
    classifier = MotifClassifier(network="auto").fit(data[:200])
    with pytest.raises(ParameterError, match="takes sequences of the 40 columns"):
        classifier.predict(longer)
    fake_choice["module"] = module_like(positions=False)
    classifier.fit(data[:200])
    other = module_like(positions=False, length=50)
    other.load_state_dict(fake_choice["module"].state_dict())
    with torch.no_grad():
        expected = other(torch.from_numpy(longer.one_hot())).numpy()[:, 0]
    np.testing.assert_allclose(classifier.decision_function(longer), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "fitted", "match"),
    [
        ({"n_filters": 8}, {}, "chooses its sizes and its training. Got n_filters 8"),
        ({"epochs": 3}, {}, "Got epochs 3"),
        ({"dropout": 0.1}, {}, "Got dropout"),
        ({"class_weight": "balanced"}, {}, "no class_weight"),
        ({"device": "cuda"}, {}, "on the processor"),
        ({"validation_fraction": 0.0}, {}, "validation_fraction above 0"),
        ({}, {"sample_weight": np.ones(60)}, "no sample_weight"),
        ({}, {"y": np.arange(60) % 3}, "Got 3 classes"),
        ({}, {"y": np.eye(2, dtype=int)[np.arange(60) % 2]}, "Got 2 labels a sequence"),
    ],
)
def test_what_a_choice_cannot_do_is_refused(data, parameters, fitted, match):
    with pytest.raises(ParameterError, match=match) as caught:
        MotifClassifier(network="auto", **parameters).fit(data[:60], **fitted)
    assert "\n" not in str(caught.value)


# --- validation sequences that are given


def test_given_validation_sequences_stop_the_training_and_teach_nothing(data):
    def fit(valid):
        return MotifClassifier(epochs=6, patience=6, random_state=1).fit(data[:200], X_val=valid)

    first, second, third = fit(data[200:300]), fit(data[200:300]), fit(data[300:420])
    assert (first.history_["valid_loss"] == second.history_["valid_loss"]).all()
    assert (first.history_["loss"] == third.history_["loss"]).all()
    assert (first.history_["valid_loss"] != third.history_["valid_loss"]).any()
    kept = first.history_["valid_loss"].idxmin()
    probability = first.predict_proba(data[200:300])[np.arange(100), data[200:300].labels]
    assert first.history_["valid_loss"][kept] == pytest.approx(-np.log(probability).mean(), rel=1e-4)


def test_labels_of_validation_sequences_are_those_of_the_others(data):
    words = np.array(["no", "yes"])[data.labels]
    for y, y_val in ((words[:200], words[200:300]), (list(words[:200]), list(words[200:300]))):
        mine = MotifClassifier(epochs=2).fit(data[:200], y, X_val=data[200:300], y_val=y_val)
        plain = MotifClassifier(epochs=2).fit(data[:200], X_val=data[200:300])
        assert mine.classes_.tolist() == ["no", "yes"]
        assert (mine.history_["valid_loss"] == plain.history_["valid_loss"]).all()
    many = np.stack([data.labels, 1 - data.labels, data.labels], axis=1)
    found = MotifClassifier(epochs=2).fit(data[:200], many[:200], X_val=data[200:300], y_val=many[200:300])
    assert found.predict_proba(data[:4]).shape == (4, 3)


def test_sample_weights_are_those_of_the_training_sequences(data):
    weights, valid = np.where(data[:200].positive, 5.0, 0.1), data[200:250]
    weighted = MotifClassifier(epochs=3).fit(data[:200], sample_weight=weights, X_val=valid)
    plain = MotifClassifier(epochs=3).fit(data[:200], X_val=valid)
    assert weighted.predict_proba(data[250:])[:, 1].mean() > plain.predict_proba(data[250:])[:, 1].mean()
    probability = weighted.predict_proba(valid)[np.arange(50), valid.labels]
    assert weighted.history_["valid_loss"].min() == pytest.approx(-np.log(probability).mean(), rel=1e-4)


@pytest.mark.parametrize(
    ("y_val", "match"),
    [(["a"] * 50, "Got \\['a'\\]"), ([0] * 49, "Got \\(49,\\)"), ([2] * 50, "Got \\[2\\]")],
)
def test_other_labels_to_validate_with_are_refused(data, y_val, match):
    with pytest.raises(InputError, match=match):
        MotifClassifier(epochs=1).fit(data[:200], X_val=data[200:250], y_val=y_val)
