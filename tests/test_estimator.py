"""`MotifClassifier` keeps scikit-learn's contract, learns, and says what is wrong with its input."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from planted import two_classes
from sklearn.base import clone, is_classifier
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from motiflens.alphabet import encode, reverse_complement
from motiflens.errors import InputError, ParameterError
from motiflens.estimator.classifier import MotifClassifier
from motiflens.extraction.matrices import Scanner
from motiflens.networks import torch_training
from motiflens.networks.architectures import NETWORKS, named_network, recipe
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.layers import Conv, Flatten, GlobalMax
from motiflens.networks.model import predict_probabilities
from motiflens.sequences import concatenate, from_strings
from motiflens.simulating.planting import random_sequences

WORDS = ("GATTACGAC", "CCTGAACTG")
QUICK = {"epochs": 2, "n_filters": 6, "threads": 1}


def masked(sequences):
    """Return the sequences with a twentieth of the bases unknown."""
    unknown = np.random.default_rng(3).random(sequences.codes.shape) < 0.05
    return replace(sequences, codes=np.where(unknown, 4, sequences.codes).astype(np.uint8))


def shuffled(sequences, seed=0):
    return sequences[np.random.default_rng(seed).permutation(len(sequences))]


@pytest.fixture(scope="module")
def data():
    """Return 120 + 127 labelled sequences of 60 bases; the first word is in nearly every one of class 1."""
    return shuffled(two_classes({WORDS[0]: 0.95}, n=120, random_state=1))


@pytest.fixture(scope="module")
def learned(data):
    return MotifClassifier(network="motiflens", epochs=15, n_filters=32, filter_width=11).fit(data)


# --- scikit-learn's contract


class OnNumbers(MotifClassifier):
    """The classifier on numbers, each written as six letters: what scikit-learn's checks give is no sequence."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array, tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True, False
        tags.input_tags.string = False
        return tags

    def _letters(self, X, reset):
        codes = np.digitize(validate_data(self, X, reset=reset), [-1, 0, 1]).repeat(6, axis=1)
        return ["".join("ACGT"[code] for code in row) for row in codes]

    def fit(self, X, y=None, sample_weight=None):
        return super().fit(self._letters(X, True), y, sample_weight)

    def _logits(self, given):
        check_is_fitted(self)
        return super()._logits(self._letters(given, False))


EXPECTED_TO_FAIL = {
    "check_sample_weight_equivalence_on_dense_data": "weights are float32: equal to 1e-6, and 1e-7 is asked",
}


@pytest.mark.filterwarnings("ignore")  # the checks themselves look for the warnings that they want
@parametrize_with_checks(
    [OnNumbers(epochs=60, patience=60, learning_rate=0.01, threads=1, validation_fraction=0)],
    expected_failed_checks=lambda _estimator: EXPECTED_TO_FAIL,
)
def test_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_parameters_are_stored_untouched_and_checked_in_fit():
    odd = {"network": object(), "n_filters": "many", "random_state": [1], "threads": -1, "class_weight": 7}
    classifier = MotifClassifier(**odd)
    for name, value in odd.items():
        assert classifier.get_params()[name] is value
    with pytest.raises(TypeError):
        MotifClassifier("deepbind")


@pytest.mark.parametrize("form", ["strings", "array", "series", "one-hot", "set"])
def test_every_form_of_input_gives_the_same(data, form):
    some = masked(data[:60])
    given = {
        "strings": some.strings(), "array": np.array(some.strings()), "set": some, "one-hot": some.one_hot(),
        "series": pd.Series(some.strings(), index=range(60, 0, -1)),
    }  # fmt: skip
    expected = MotifClassifier(**QUICK).fit(some.strings(), some.labels)
    found = MotifClassifier(**QUICK).fit(given[form], some.labels)
    assert found.network_.parameters.tobytes() == expected.network_.parameters.tobytes()
    np.testing.assert_array_equal(found.predict_proba(given[form]), expected.predict_proba(some.strings()))
    if form == "set":
        own = MotifClassifier(**QUICK).fit(some)
        assert own.network_.parameters.tobytes() == expected.network_.parameters.tobytes()
        assert own.score(some) == found.score(some, some.labels)


def test_it_clones_and_pickles(learned, data):
    copy = clone(learned)
    assert copy.get_params() == learned.get_params()
    assert is_classifier(copy)
    with pytest.raises(NotFittedError):
        copy.predict(data)
    again = pickle.loads(pickle.dumps(learned))
    np.testing.assert_array_equal(again.predict_proba(data), learned.predict_proba(data))
    pd.testing.assert_frame_equal(again.history_, learned.history_)


def test_it_works_inside_the_tools_of_scikit_learn(data):
    strings, labels = data.strings(), np.array(["control", "bound"])[data.labels]
    classifier = MotifClassifier(network="motiflens", n_filters=16, filter_width=9, epochs=12)
    assert cross_val_score(classifier, strings, labels, cv=3).mean() > 0.75
    assert cross_val_score(classifier, data.one_hot(), labels, cv=2, scoring="roc_auc").mean() > 0.8
    search = GridSearchCV(classifier, {"epochs": [1, 12], "dropout": [0.2]}, cv=2).fit(strings, labels)
    assert search.best_params_["epochs"] == 12
    upper = FunctionTransformer(lambda texts: [text.upper() for text in texts])
    pipeline = make_pipeline(upper, classifier).fit([text.lower() for text in strings], labels)
    assert pipeline.score(strings, labels) > 0.8
    assert cross_val_predict(classifier, np.array(strings), labels, cv=2, method="predict_proba").shape == (247, 2)
    assert OneVsRestClassifier(classifier).fit(np.array(strings), labels).score(np.array(strings), labels) > 0.8


def test_sequences_of_several_lengths_go_through_cross_validation(data):
    strings = [text[: 40 + index % 21] for index, text in enumerate(data.strings())]
    scores = cross_val_score(MotifClassifier(**QUICK), strings, data.labels, cv=4, error_score="raise")
    assert np.isfinite(scores).all()


# --- what is learned


def test_two_classes_are_learned_and_all_answers_agree(learned, data):
    new = two_classes({WORDS[0]: 0.95}, n=80, random_state=7)
    probability = learned.predict_proba(new)
    assert probability.shape == (167, 2)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    np.testing.assert_allclose(probability[:, 1], predict_probabilities(learned.networks_, new), rtol=1e-6)
    logits = learned.decision_function(new)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), probability[:, 1])
    predicted = learned.predict(new)
    np.testing.assert_array_equal(predicted, learned.classes_[(logits > 0).astype(int)])
    assert learned.score(new) == (predicted == new.labels).mean() > 0.9
    assert learned.classes_.tolist() == [0, 1]


def three_classes(n, seed):
    """Return n sequences a class: the first word, the second, none."""
    words = [two_classes({word: 1.0}, n=n, random_state=seed + i).of_class(1) for i, word in enumerate(WORDS)]
    return concatenate([*words, random_sequences(n, 60, random_state=seed + 9)]), np.repeat(["x", "y", "a"], n)


def test_many_classes_are_learned():
    (train, labels), (new, truth) = three_classes(130, 20), three_classes(60, 30)
    classifier = MotifClassifier(network="motiflens", n_filters=24, filter_width=9, epochs=20).fit(train, labels)
    assert classifier.classes_.tolist() == ["a", "x", "y"]
    probability = classifier.predict_proba(new)
    assert probability.shape == classifier.decision_function(new).shape == (180, 3)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    np.testing.assert_array_equal(classifier.predict(new), classifier.classes_[probability.argmax(axis=1)])
    assert classifier.score(new, truth) > 0.85
    with pytest.raises(ParameterError, match="of two classes"):
        classifier.motifs(new, truth)


def test_many_labels_are_learned():
    """A sequence holds the first word, the second, both or none."""
    both = two_classes(dict.fromkeys(WORDS, 1.0), n=130, random_state=40).of_class(1)
    train, names = three_classes(130, 50)
    labels = np.stack([names == "x", names == "y"], axis=1).astype(int)
    train, labels = concatenate([train, both]), np.concatenate([labels, np.ones((130, 2), int)])
    classifier = MotifClassifier(network="motiflens", n_filters=24, filter_width=9, epochs=20).fit(train, labels)
    assert classifier.classes_.tolist() == [0, 1]
    probability, predicted = classifier.predict_proba(train), classifier.predict(train)
    assert probability.shape == predicted.shape == (520, 2)
    np.testing.assert_array_equal(predicted, probability > 0.5)
    assert (predicted == labels).mean() > 0.85
    assert classifier.score(train, labels) == (predicted == labels).all(axis=1).mean()
    with pytest.raises(InputError, match=r"two classes|one class"):
        MotifClassifier().fit(train, labels[:, 0] * 0)


@pytest.mark.parametrize(("name", "published"), [("deepbind", 913), ("foxo1-v1", 1665), ("foxo1-v2", 3201)])
def test_networks_have_the_published_parameters_and_training(data, name, published):
    classifier = MotifClassifier(network=name, epochs=1).fit(data)
    assert len(classifier.network_.parameters) == published
    assert classifier.network_.network == named_network(name, 60)
    assert recipe(name).options.learning_rate == 1e-3


def test_every_parameter_reaches_the_network_or_its_training(data):
    plain = {"network": "deepbind", "epochs": 3, "threads": 1}
    start = MotifClassifier(**plain).fit(data)
    changed = {
        "n_filters": 7, "filter_width": 8, "n_hidden": 3, "n_bins": 2, "both_strands": True,
        "activation": "exponential", "epochs": 2, "batch_size": 11, "learning_rate": 0.01,
        "dropout": 0.4, "weight_decay": 9.0,
        "validation_fraction": 0.3, "class_weight": {0: 5.0}, "random_state": 1,
    }  # fmt: skip
    for name, value in changed.items():
        found = MotifClassifier(**{**plain, name: value}).fit(data).network_
        assert found.parameters.tobytes() != start.network_.parameters.tobytes(), name
        assert getattr(found.network, name, value) == value
    patient = MotifClassifier(**{**plain, "epochs": 60, "learning_rate": 0.05, "patience": 1}).fit(data).history_
    assert len(patient) == patient.kept.to_numpy().argmax() + 2 < 60


def test_the_history_tells_every_epoch_of_every_network(data):
    classifier = MotifClassifier(**QUICK, n_networks=3).fit(data)
    history = classifier.history_
    assert list(history.columns) == ["network", "epoch", "loss", "valid_loss", "seconds", "kept"]
    assert history.network.tolist() == [0, 0, 1, 1, 2, 2]
    assert history.epoch.tolist() == [1, 2] * 3
    assert history.groupby("network").kept.sum().tolist() == [1, 1, 1]
    assert (history.seconds > 0).all()
    assert classifier.seconds_ > history.seconds.sum()
    assert len({trained.parameters.tobytes() for trained in classifier.networks_}) == 3
    assert classifier.network_ is classifier.networks_[0]
    assert MotifClassifier(**QUICK, validation_fraction=0).fit(data).history_.valid_loss.isna().all()


def test_threads_change_nothing_and_seeds_everything(data):
    def fit(**more):
        return MotifClassifier(**{**QUICK, "n_networks": 2, **more}).fit(data).network_.parameters.tobytes()

    assert fit(threads=1) == fit(threads=3) == fit(threads=None) == fit(random_state=0)
    assert fit(random_state=np.random.RandomState(5)) == fit(random_state=5) != fit()
    assert fit(random_state=None) != fit(random_state=None)


def test_no_near_duplicate_of_a_training_sequence_validates(monkeypatch):
    """Every sequence is there four times; a split that kept no copies together would divide some of them."""
    sequences = two_classes({WORDS[0]: 1.0}, n=30, random_state=3)
    four = sequences[np.repeat(np.arange(67), 4)]
    jobs = []
    monkeypatch.setattr("motiflens.estimator.training.fit_jobs", lambda given, **_: jobs.extend(given) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        MotifClassifier(validation_fraction=0.25).fit(four)
    train, valid = (set((part.rows // 4).tolist()) for part in (jobs[0].train, jobs[0].valid))
    assert train | valid == set(range(67))
    assert not train & valid
    share = [np.mean(four.labels[jobs[0].valid.rows] == label) for label in (0, 1)]
    assert share == pytest.approx([37 / 67, 30 / 67], abs=0.05)
    assert len(jobs[0].valid) / 268 == pytest.approx(0.25, abs=0.03)


def test_sample_weights_follow_their_sequences(data):
    """Wrong labels without weight do no harm, wherever they stand and whichever sequences validate."""
    mixed = concatenate([data, two_classes({WORDS[0]: 0.95}, n=120, random_state=60)])
    labels = np.concatenate([data.labels, 1 - mixed.labels[247:]])
    order = np.random.default_rng(1).permutation(len(mixed))
    weights = np.repeat([1.0, 0.0], 247)
    classifier = MotifClassifier(network="motiflens", n_filters=24, filter_width=9, epochs=15)
    classifier.fit(mixed[order], labels[order], sample_weight=weights[order])
    assert classifier.score(mixed[:247], data.labels) > 0.85
    right = classifier.predict(data) == data.labels
    shares = np.random.default_rng(2).uniform(size=247)
    assert classifier.score(data, sample_weight=shares) == pytest.approx((right * shares).sum() / shares.sum())


def test_balanced_classes_find_the_rare_one(data):
    rare = concatenate([data.of_class(0), data.of_class(1)[:12]])
    options = {"network": "motiflens", "epochs": 6, "n_filters": 12, "filter_width": 9}
    means = [
        MotifClassifier(**options, class_weight=weight).fit(rare).predict_proba(rare)[:, 1].mean()
        for weight in (None, {1: 127 / 12}, "balanced")
    ]
    assert means[1] > means[0] + 0.1
    assert means[2] > means[0] + 0.1


# --- lengths


def test_no_prediction_depends_on_what_else_is_predicted(data):
    classifier = MotifClassifier(**QUICK, filter_width=50).fit(data)  # so wide that padding often wins
    texts = ["ACGT" * 20, "ACGTTGCA" * 4, "GATTACGAC" * 9, "AC", data.string(0)]
    together = classifier.predict_proba(texts)
    for text, expected in zip(texts, together, strict=True):
        np.testing.assert_array_equal(classifier.predict_proba([text])[0], expected)
    assert classifier.length_ == 60
    padded = from_strings(["N" * 14 + texts[1] + "N" * 14])
    np.testing.assert_array_equal(classifier.predict_proba(padded)[0], together[1])


def test_a_network_that_knows_positions_refuses_longer_sequences(learned):
    assert learned.network_.network.n_bins > 1
    assert learned.predict(["ACGT"]).shape == (1,)
    with pytest.raises(ParameterError, match="60 columns"):
        learned.predict(["ACGT" * 16])


# --- motifs


def test_the_planted_word_is_the_first_motif(learned, data):
    motifs = learned.motifs(data)
    assert motifs[0].name == f"1-{motifs[0].consensus}"
    padded = np.full((1, 29), 4, np.uint8)
    padded[0, 10:19] = encode(WORDS[0])
    best = Scanner(np.full(4, 0.25)).best(padded, [motifs[0].probabilities]).scores[0, 0]
    assert best > 12  # bits, of the 18 that nine sure bases hold
    assert 90 < motifs[0].n_sites < 140
    assert [motif.name for motif in learned.motifs(data, data.labels, limit=1)] == [motifs[0].name]


def test_new_sequences_without_signal_give_no_motifs():
    """Filters trained on noise; the sequences they were trained on are another matter, as the docstring says."""
    found = []
    for seed in range(4):
        train, new = (
            random_sequences(600, 60, random_state=2 * seed + i).with_labels(np.arange(600) % 2) for i in range(2)
        )
        found += MotifClassifier(network="motiflens", epochs=3).fit(train).motifs(new)
    assert len(found) <= 1


def test_motifs_of_a_network_with_hidden_units_and_names_for_classes(data):
    names = np.array(["control", "bound"])[1 - data.labels]
    classifier = MotifClassifier(n_filters=24, filter_width=9, epochs=30, learning_rate=5e-3).fit(data, names)
    assert classifier.classes_.tolist() == ["bound", "control"]  # the word is in the second
    motifs = classifier.motifs(data, names)
    assert motifs
    with pytest.raises(InputError, match=r"\['bound', 'control'\]. Got \[0, 1\]"):
        classifier.motifs(data)
    with pytest.raises(ParameterError, match="limit must be at least 1"):
        classifier.motifs(data, names, limit=0)


# --- networks of layers, by name

LAYERED = [name for name, each in NETWORKS.items() if each.has_layers]
SMALL_SIZES = {"multiscale": {"n_filters": 4}, "foxo1-v4": {"n_filters": 16}, "foxo1-v5": {"n_filters": 16}}


@pytest.mark.parametrize("name", LAYERED)
def test_every_named_network_of_layers_is_an_estimator(data, name):
    classifier = MotifClassifier(network=name, epochs=2, **SMALL_SIZES.get(name, {})).fit(data)
    assert classifier.network_.network.n_outputs == (2 if name == "tfbs-deep" else 1)
    probability, logits = classifier.predict_proba(data), classifier.decision_function(data)
    assert probability.shape == (247, 2)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), probability[:, 1], rtol=1e-6)
    np.testing.assert_array_equal(classifier.predict(data), classifier.classes_[(logits > 0).astype(int)])
    history = classifier.history_
    assert history.epoch.tolist() == [1, 2]
    assert history[["loss", "valid_loss", "accuracy", "valid_accuracy", "learning_rate"]].notna().all(axis=None)
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(again.predict_proba(data), probability)
    assert clone(classifier).get_params() == classifier.get_params()


def test_layers_learn_with_the_tools_of_scikit_learn(data):
    strings, labels = np.array(data.strings()), np.array(["control", "bound"])[data.labels]
    classifier = MotifClassifier(network="interaction", filter_width=9, epochs=12, learning_rate=1e-2, batch_size=32)
    assert cross_val_score(classifier, strings, labels, cv=3, scoring="roc_auc").mean() > 0.75
    search = GridSearchCV(classifier, {"epochs": [1, 12]}, cv=2).fit(strings, labels)
    assert search.best_params_["epochs"] == 12


def test_layers_take_many_classes_and_many_labels():
    sequences, labels = three_classes(60, 20)
    classifier = MotifClassifier(network="tfbs-deep", epochs=1, loss="cross-entropy").fit(sequences, labels)
    assert classifier.predict_proba(sequences).shape == classifier.decision_function(sequences).shape == (180, 3)
    many = np.stack([labels == "x", labels == "y", labels == "a", labels != "x"], axis=1).astype(int)
    classifier = MotifClassifier(network="multiscale", n_filters=3, epochs=1, n_networks=2).fit(sequences, many)
    assert classifier.predict_proba(sequences).shape == classifier.predict(sequences).shape == (180, 4)
    two = MotifClassifier(network="tfbs-deep", epochs=1).fit(sequences, many[:, :2])
    probability = two.predict_proba(sequences)
    assert not np.allclose(probability.sum(axis=1), 1)
    assert two.decision_function(sequences).shape == (180, 2)


def test_layers_read_other_lengths_or_say_why_not(data):
    pooled = MotifClassifier(network="interaction", epochs=1).fit(data)
    texts = ["ACGT" * 20, "ACGTTGCA" * 4, data.string(0), "AC"]
    together = pooled.predict_proba(texts)
    for text, expected in zip(texts, together, strict=True):
        np.testing.assert_allclose(pooled.predict_proba([text])[0], expected, rtol=1e-6)
    flat = MotifClassifier(network="tfbs", epochs=1).fit(data)
    assert flat.predict(["ACGT"]).shape == (1,)
    with pytest.raises(ParameterError, match=r"sequences of the 60 columns that it was trained on\. Got 80"):
        flat.predict(texts)
    with pytest.raises(ParameterError, match="needs as many"):
        MotifClassifier(network="foxo1-v5", epochs=1).fit(data.resize(14))


def test_threads_change_nothing_for_layers_either(data):
    options = {"network": "foxo1-v3", "n_filters": 8, "epochs": 2, "n_networks": 2}
    one, three = (MotifClassifier(**options, threads=threads).fit(data) for threads in (1, 3))
    for first, second in zip(one.networks_, three.networks_, strict=True):
        assert all(np.array_equal(first.weights[name], second.weights[name]) for name in first.weights)
    np.testing.assert_array_equal(one.predict_proba(data), three.predict_proba(data))
    assert (one.network_.weights["0.weight"] != one.networks_[1].weights["0.weight"]).any()


def test_every_parameter_reaches_the_layers_or_their_training(data):
    plain = {"network": "foxo1-v3", "n_filters": 8, "epochs": 3, "validation_fraction": 0.2}
    start = MotifClassifier(**plain).fit(data).predict_proba(data)
    changed = {
        "n_filters": 6, "filter_width": 8, "activation": "exponential", "epochs": 1, "batch_size": 11,
        "learning_rate": 0.01, "dropout": 0.6, "weight_decay": 9.0, "loss": "squared-error",
        "validation_fraction": 0.4, "class_weight": {0: 5.0}, "random_state": 1,
    }  # fmt: skip
    for name, value in changed.items():
        found = MotifClassifier(**{**plain, name: value}).fit(data).predict_proba(data)
        assert not np.array_equal(found, start), name
    halved = MotifClassifier(**{**plain, "epochs": 9, "halve_after": 1, "patience": 9, "learning_rate": 0.05}).fit(data)
    assert halved.history_.learning_rate.iloc[-1] < 0.05


def test_filters_of_a_first_layer_become_motifs():
    some = shuffled(two_classes({WORDS[0]: 1.0}, n=300, random_state=5))
    classifier = MotifClassifier(network="interaction", filter_width=9, epochs=15, learning_rate=5e-3, batch_size=32)
    motifs = classifier.fit(some).motifs(some)
    padded = np.full((2, 29), 4, np.uint8)
    padded[0, 10:19] = encode(WORDS[0])
    padded[1, 10:19] = reverse_complement(encode(WORDS[0]))  # the network reads one strand, so either may be found
    best = Scanner(np.full(4, 0.25)).best(padded, [motifs[0].probabilities]).scores.max()
    assert best > 12
    branches = MotifClassifier(network="multiscale", n_filters=4, epochs=1).fit(some)
    assert isinstance(branches.motifs(some), list)
    with pytest.raises(ParameterError, match="first layer must be a convolution with dilation 1"):
        MotifClassifier(network=Blueprint((GlobalMax(),), 60), epochs=1).fit(some).motifs(some)


# --- networks that are brought along


def own_module(length, n_outputs):
    return torch.nn.Sequential(
        torch.nn.Conv1d(4, 6, 9), torch.nn.ReLU(), torch.nn.AdaptiveMaxPool1d(1), torch.nn.Flatten(),
        torch.nn.Dropout(0.2), torch.nn.Linear(6, n_outputs),
    )  # fmt: skip


def own_blueprint(length, n_outputs):
    return Blueprint((Conv(6, length // 5), GlobalMax()), length, n_outputs)


@pytest.mark.parametrize("network", [own_module, own_blueprint, Blueprint((Conv(6, 9), GlobalMax()), 60)])
def test_a_network_of_ones_own(data, network):
    classifier = MotifClassifier(network=network, epochs=3, n_networks=2, batch_size=16).fit(data)
    probability = classifier.predict_proba(data)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    again = clone(classifier).fit(data)
    np.testing.assert_array_equal(again.predict_proba(data), probability)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(classifier)).predict_proba(data), probability)
    assert cross_val_score(classifier, data.strings(), data.labels, cv=2, error_score="raise").shape == (2,)
    history = classifier.history_
    assert history.loss[0] != history.loss[3]
    sequences, labels = three_classes(20, 1)
    if not isinstance(network, Blueprint):
        assert MotifClassifier(network=network, epochs=1).fit(sequences, labels).predict_proba(sequences).shape == (
            60,
            3,
        )


def test_a_module_starts_from_its_own_weights_and_is_left_alone(data):
    module = own_module(60, 1)
    before = {name: part.clone() for name, part in module.state_dict().items()}
    classifier = MotifClassifier(network=module, epochs=1, learning_rate=1e-12, validation_fraction=0).fit(data)
    module.eval()
    with torch.no_grad():
        expected = module(torch.tensor(data.one_hot(), dtype=torch.float32))[:, 0]
    np.testing.assert_allclose(classifier.decision_function(data), expected, atol=1e-5)
    trained = MotifClassifier(network=module, epochs=2).fit(data)
    assert all(torch.equal(part, before[name]) for name, part in module.state_dict().items())
    assert not np.allclose(trained.decision_function(data), expected)
    with pytest.raises(ParameterError, match=r"n_networks must be 1\. Got 2"):
        MotifClassifier(network=module, n_networks=2).fit(data)
    with pytest.raises(ParameterError, match="Got another torch module"):
        trained.motifs(data)
    with pytest.raises(ParameterError, match="must take one-hot sequences"):
        MotifClassifier(network=torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(240, 1)), epochs=1).fit(
            data
        ).predict(["ACGT" * 16])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"network": lambda length, n_outputs: 7}, "must return a torch module or a Blueprint. Got int"),
        ({"network": lambda length: None}, "cannot be made or copied. Got TypeError"),
        ({"network": torch.nn.Linear(3, 1)}, "must take one-hot sequences of shape"),
        ({"network": torch.nn.Flatten()}, r"must give logits of shape \(3, 1\)"),
        ({"network": own_module, "n_filters": 3}, "n_filters belongs to networks by name"),
        ({"network": own_module, "dropout": 0.5}, "dropout belongs to networks by name"),
        ({"network": Blueprint((Flatten(),), 59)}, "the 59 columns"),
        ({"network": Blueprint((GlobalMax(),), 60, 3)}, "gives 3 outputs. Got 60 columns and 1 targets"),
        ({"network": "tfbs", "n_bins": 2}, "'tfbs' has no n_bins"),
        ({"network": "deepbind", "halve_after": 3}, "networks of layers know others"),
        ({"network": "deepbind", "loss": "squared-error"}, "networks of layers know others"),
        ({"network": "tfbs", "loss": "hinge"}, "loss must be one of"),
        ({"network": "tfbs", "halve_after": -1}, "halve_after"),
        ({"network": "tfbs", "halve_after": 1.5}, "halve_after must be a whole number or None"),
        ({"network": "tfsb"}, "Did you mean tfbs"),
        ({"network": "tfbs", "device": "abacus"}, "Got 'abacus'"),
        ({"network": None}, "network must be one of deepbind"),
    ],
)
def test_networks_that_cannot_be_used_are_refused(data, more, words):
    with pytest.raises(ParameterError, match=words) as caught:
        MotifClassifier(**{"epochs": 1, **more}).fit(data)
    assert "\n" not in str(caught.value)


# --- devices


def test_another_device_trains_through_torch(data, monkeypatch):
    """On the processor under another name both ways must give nearly the same network."""
    usable = torch_training.usable_device
    monkeypatch.setattr(torch_training, "usable_device", lambda name: usable("cpu" if name == "fake" else name))
    ours, torchs = (
        MotifClassifier(**QUICK, device=device, n_networks=2).fit(data) for device in ("cpu", "fake")
    )  # fmt: skip
    np.testing.assert_allclose(torchs.predict_proba(data), ours.predict_proba(data), atol=1e-3)
    assert torchs.network_.parameters.tobytes() != ours.network_.parameters.tobytes()
    assert len(torchs.history_) == 4


def test_a_device_that_is_not_there_is_refused(data):
    with pytest.raises(ParameterError, match="Got 'cuda:99'"):
        MotifClassifier(device="cuda:99").fit(data)


def test_torch_is_not_loaded_without_need():
    script = (
        "import sys; from motiflens.estimator.classifier import MotifClassifier\n"
        "MotifClassifier(epochs=1).fit(['ACGTACGTAC', 'GGGTTTACCA', 'TTATATAGCC', 'CCGCGTATAA'] * 1, [0, 1, 0, 1])\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# --- what cannot be used

BAD_SEQUENCES = [
    ([], "at least one sequence"),
    ("ACGT", "Got a single str"),
    (7, "Got a single int"),
    (["ACGT", 3], r"Got 3 \(int\) as sequence 1"),
    (["ACGT", "no dna"], r"Got 'no dna' \(str\) as sequence 1"),
    (np.zeros((3, 5)), r"array of shape \(3, 5\)"),
    (np.full((3, 4, 5), 0.5), r"must hold one 1.*Noisy inputs are for networks that you train outside motiflens"),
    (np.zeros((3, 5, 4)), r"rows A, C, G, T. Got shape \(3, 5, 4\)"),
    (np.full((3, 4, 5), 0.25), "sequence 0, column 0"),
    (np.eye(4)[None] * 2, r"Got \[2.0, 0.0, 0.0, 0.0\]"),
    (np.ones((1, 4, 2)), r"Got \[1.0, 1.0, 1.0, 1.0\]"),
    (np.full((2, 4, 3), np.nan), r"Got \[nan"),
    (random_sequences(4, 9, random_state=0)[:0], "empty SequenceSet"),
]


@pytest.mark.parametrize(("sequences", "words"), BAD_SEQUENCES)
def test_sequences_that_cannot_be_used_are_refused(learned, sequences, words):
    with pytest.raises(InputError, match=words):
        MotifClassifier().fit(sequences, [0, 1])
    with pytest.raises(InputError, match=words):
        learned.predict(sequences)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0, 1, 0], "Got 3 for 4 sequences"),
        ([1, 1, 1, 1], r"Got 1 class, \[1\]"),
        ([0.5, 1.2, 3.3, 0.1], "Unknown label type: continuous"),
        ([[0, 2], [1, 1], [0, 0], [2, 2]], "Unknown label type: multiclass-multioutput"),
        ([0.5, np.nan, 1, 0], "NaN"),
        (None, "requires y to be passed"),
        ("ABAB", "y must hold classes"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(labels, words):
    with pytest.raises(InputError, match=words):
        MotifClassifier().fit(["ACGTA", "CCGTA", "TTGCA", "GGGAC"], labels)


def test_a_column_of_labels_is_taken_with_a_warning(data):
    with pytest.warns(DataConversionWarning):
        found = MotifClassifier(**QUICK).fit(data, data.labels[:, None])
    assert found.network_.parameters.tobytes() == MotifClassifier(**QUICK).fit(data).network_.parameters.tobytes()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"network": "alexnet"}, f"one of {', '.join(NETWORKS)}. Got 'alexnet'"),
        ({"n_filters": 0}, "n_filters must be at least 1. Got 0"),
        ({"n_filters": 2.5}, "n_filters must be a whole number or None. Got 2.5"),
        ({"filter_width": 61}, "at least as long as the filters"),
        ({"n_hidden": True}, "n_hidden must be a whole number or None. Got True"),
        ({"both_strands": "yes"}, "both_strands must be True, False or None. Got 'yes'"),
        ({"activation": "gelu"}, "activation must be one of"),
        ({"epochs": 0}, "epochs"),
        ({"learning_rate": "fast"}, "learning_rate must be a number or None. Got 'fast'"),
        ({"dropout": 1.0}, "dropout must be in"),
        ({"validation_fraction": 1}, r"in \[0, 1\). Got 1"),
        ({"validation_fraction": None}, "validation_fraction must be a number. Got None"),
        ({"n_networks": 0}, "n_networks must be at least 1. Got 0"),
        ({"threads": 0}, "threads must be at least 1. Got 0"),
        ({"random_state": "x"}, "random_state must be .* Got 'x'"),
        ({"random_state": -1}, "random_state must be .* Got -1"),
        ({"class_weight": "even"}, "'balanced'"),
        ({"class_weight": {2: 1.0}}, r"name classes of y, \[0, 1\]. Got 2"),
        ({"class_weight": [1, 2]}, r"Got \[1, 2\]"),
        ({"class_weight": {1: "heavy"}}, "Got 1: 'heavy'"),
        ({"device": None}, "Got None"),
    ],
)
def test_parameters_out_of_range_are_refused(data, wrong, words):
    with pytest.raises(ParameterError, match=words):
        MotifClassifier(**{"epochs": 1, **wrong}).fit(data)


def test_classes_too_small_to_validate_on_are_refused_with_a_way_out(data):
    few = data[np.r_[np.flatnonzero(data.labels == 0), np.flatnonzero(data.labels)[:1]]]
    with pytest.raises(ParameterError, match="at least 2 sequences of each class"):
        MotifClassifier(**QUICK).fit(few)
    assert MotifClassifier(**QUICK, validation_fraction=0).fit(few).length_ == 60
