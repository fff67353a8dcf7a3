"""Training: the same result every time, motifs learned, nothing learned from noise, stopping."""

import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from motiflens.alphabet import encode, reverse_complement
from motiflens.errors import ParameterError
from motiflens.metrics import auroc
from motiflens.networks import kernels
from motiflens.networks.examples import examples_of
from motiflens.networks.jobs import Job, TrainingOptions
from motiflens.networks.model import FilterNetwork, predict_probabilities, run_network
from motiflens.networks.training import fit_ensemble, fit_jobs
from motiflens.sequences import SequenceSet, concatenate
from motiflens.simulating.planting import random_sequences

LENGTH = 40
NETWORK = FilterNetwork(16, 9, LENGTH, 2)
QUICK = TrainingOptions(epochs=3)


def labelled(n, random_state, *, word="", negative_word="", turned=False):
    """Return n sequences of alternating class, a word in each of class 1, another in each of class 0."""
    rng = np.random.default_rng(random_state)
    codes = random_sequences(n, LENGTH, random_state=random_state).codes
    for row in range(n):
        planted = encode(word if row % 2 else negative_word)
        start = rng.integers(0, LENGTH - len(planted) + 1)
        site = reverse_complement(planted) if turned and rng.random() < 0.5 else planted
        codes[row, start : start + len(planted)] = site
    names, spans = np.array([f"s{i}" for i in range(n)]), np.tile([0, LENGTH], (n, 1))
    return SequenceSet(codes, names, spans, np.arange(n) % 2, classes=("negative", "positive"))


def losses(fitted, sequences):
    """Return the cross-entropy of each sequence, from the probabilities."""
    probability = predict_probabilities([fitted.trained], sequences)
    return -np.log(np.where(sequences.labels == 1, probability, 1 - probability))


@pytest.fixture(scope="module")
def noise():
    return labelled(130, 1), labelled(50, 2)


def test_the_number_of_threads_does_not_matter(noise):
    fits = [fit_ensemble(NETWORK, *noise, seeds=[5, 6, 7], options=QUICK, threads=threads) for threads in (1, 2, 5)]
    for other in fits[1:]:
        for one, two in zip(fits[0], other, strict=True):
            assert one.trained.parameters.tobytes() == two.trained.parameters.tobytes()
            np.testing.assert_array_equal(one.valid_loss, two.valid_loss)


def test_threads_that_share_one_network_change_no_bit():
    """The network is so large that a batch is shared out."""
    network, train = FilterNetwork(64, 21, 300), random_sequences(260, 300, random_state=4)
    train = train.with_labels(np.arange(260) % 2)
    options = TrainingOptions(epochs=2, batch_size=200)
    found = [
        fit_ensemble(network, train, train[:9], seeds=[1], options=options, threads=threads)[0] for threads in (1, 2, 7)
    ]
    assert len({fitted.trained.parameters.tobytes() for fitted in found}) == 1
    assert len({fitted.train_loss.tobytes() for fitted in found}) == 1


def test_the_seed_decides_the_bytes(noise):
    one, same, other = (
        fit_ensemble(NETWORK, *noise, seeds=[seed], options=QUICK)[0].trained.parameters.tobytes() for seed in (3, 3, 4)
    )
    assert one == same
    assert one != other


def test_early_stopping_keeps_the_best_epoch(noise):
    options = TrainingOptions(epochs=40, patience=3, learning_rate=0.02, dropout=0, weight_decay=0)
    fitted = fit_ensemble(NETWORK, *noise, seeds=[1], options=options)[0]
    assert len(fitted.train_loss) == len(fitted.valid_loss) == fitted.best_epoch + 1 + 3 < 40
    assert fitted.best_epoch == fitted.valid_loss.argmin()
    np.testing.assert_allclose(losses(fitted, noise[1]), fitted.valid_losses, rtol=1e-4)
    assert fitted.valid_losses.mean() == pytest.approx(fitted.valid_loss.min())
    assert fitted.train_loss[-1] < fitted.train_loss[0]


def test_training_ends_after_its_epochs(noise):
    counted = []
    fits = fit_ensemble(
        NETWORK, *noise, seeds=[1, 2], options=TrainingOptions(epochs=2, patience=9), on_epoch=lambda: counted.append(1)
    )
    assert [len(fitted.valid_loss) for fitted in fits] == [2, 2]
    assert len(counted) == 4


def test_a_planted_word_is_learned():
    train, valid, test = (
        labelled(n, seed, word="GATTACGAC", turned=True) for n, seed in ((500, 3), (100, 4), (200, 5))
    )
    fits = fit_ensemble(NETWORK, train, valid, seeds=[0, 1], options=TrainingOptions(), threads=2)
    probabilities = predict_probabilities([fitted.trained for fitted in fits], test)
    assert auroc(test.labels, probabilities) > 0.9
    assert all(fitted.valid_loss.min() < 0.5 * np.log(2) for fitted in fits)


def test_nothing_is_learned_from_noise():
    areas = []
    for seed in range(6):
        train, valid, test = (labelled(n, 10 * seed + i) for i, n in enumerate((150, 50, 200)))
        fitted = fit_ensemble(NETWORK, train, valid, seeds=[seed], options=TrainingOptions(epochs=8))[0]
        areas.append(auroc(test.labels, predict_probabilities([fitted.trained], test)))
    # an AUROC of 100 + 100 sequences without signal has a standard deviation of 0.041
    assert abs(np.mean(areas) - 0.5) < 4 * 0.041 / np.sqrt(6)
    assert max(abs(area - 0.5) for area in areas) < 4 * 0.041


def test_many_labels_are_learned_together():
    train = labelled(400, 6, word="GATTACGAC")
    labels = np.stack([train.labels, 1 - train.labels, np.ones_like(train.labels)], axis=1)
    network = FilterNetwork(12, 9, LENGTH, n_hidden=5, n_outputs=3)
    fitted = fit_ensemble(
        network, train.with_labels(labels, ("a", "b", "c")), train.with_labels(labels, ("a", "b", "c")), seeds=[0],
        options=TrainingOptions(epochs=12, dropout=0.2),
    )[0]  # fmt: skip
    logits = run_network(fitted.trained, train.codes).logits
    assert auroc(train.labels, logits[:, 0]) > 0.9
    assert auroc(train.labels, logits[:, 1]) < 0.1
    assert (logits[:, 2] > 0).all()


def test_many_classes_are_learned_together():
    words = ("GATTACGAC", "CCTGAACTG", "")
    parts = [labelled(200, 20 + index, word=word, negative_word=word) for index, word in enumerate(words)]
    labels = np.repeat([0, 1, 2], 200)
    sequences = concatenate(parts).with_labels(labels)
    order = np.random.default_rng(0).permutation(600)
    train, valid = sequences[order[:450]], sequences[order[450:]]
    network = FilterNetwork(12, 9, LENGTH, n_outputs=3)
    fitted = fit_ensemble(network, train, valid, seeds=[0], options=TrainingOptions(epochs=12, dropout=0.2))[0]
    logits = run_network(fitted.trained, valid.codes).logits.astype(float)
    assert (logits.argmax(axis=1) == valid.labels).mean() > 0.9
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(probability[np.arange(150), valid.labels])
    np.testing.assert_allclose(fitted.valid_losses, expected, rtol=1e-4, atol=1e-5)
    assert fitted.valid_loss[fitted.best_epoch] == pytest.approx(expected.mean(), rel=1e-5)


def examples(sequences, **weights):
    return examples_of(sequences, 1, **weights)


WHOLE = TrainingOptions(epochs=6, patience=6, batch_size=500, dropout=0, learning_rate=0.01)


def parameters(train, options=WHOLE, valid=None, network=NETWORK):
    return fit_jobs([Job(network, train, valid, 3, options)])[0].trained.parameters


def test_without_validation_the_last_weights_are_kept(noise):
    """Where the validation loss falls to the end, the best weights are the last."""
    train = examples(noise[0])
    options = replace(QUICK, dropout=0, patience=1)
    with_validation = fit_jobs([Job(NETWORK, train, train, 3, options)])[0]
    assert (np.diff(with_validation.valid_loss) < 0).all()
    fitted = fit_jobs([Job(NETWORK, train, None, 3, options)])[0]
    assert fitted.trained.parameters.tobytes() == with_validation.trained.parameters.tobytes()
    assert fitted.train_loss.tobytes() == with_validation.train_loss.tobytes()
    assert fitted.best_epoch == 2
    assert np.isnan(fitted.valid_loss).tolist() == [True] * 3
    assert fitted.valid_losses.shape == (0,)
    assert len(fitted.seconds) == 3
    assert (fitted.seconds > 0).all()
    assert fit_ensemble(NETWORK, noise[0], None, seeds=[3], options=options)[0].best_epoch == 2


def test_a_weight_of_two_is_the_sequence_twice(noise):
    weights = np.random.default_rng(4).integers(0, 3, 130)
    twice = examples(noise[0][np.repeat(np.arange(130), weights)])
    np.testing.assert_allclose(
        parameters(examples(noise[0], sample_weight=weights)), parameters(twice), rtol=1e-3, atol=1e-4
    )
    assert np.abs(parameters(examples(noise[0])) - parameters(twice)).max() > 0.01


def test_balanced_classes_weigh_the_same_in_the_losses():
    sequences = labelled(200, 30)[np.r_[0:200:2, 1:40:2]]
    assert np.bincount(sequences.labels).tolist() == [100, 20]
    train = examples(sequences, class_weight="balanced")
    fitted = fit_jobs([Job(NETWORK, train, train, 0, QUICK)])[0]
    by_class = [fitted.valid_losses[sequences.labels == label].mean() for label in (0, 1)]
    assert fitted.valid_loss[fitted.best_epoch] == pytest.approx(np.mean(by_class))


@pytest.mark.parametrize("n_outputs", [1, 4])
def test_the_training_loss_is_the_mean_over_sequences_whatever_the_batches(noise, n_outputs):
    """With a tiny rate nothing moves, so the loss of the epoch is that of the start."""
    rng, network = np.random.default_rng(5), replace(NETWORK, n_outputs=n_outputs)
    weights, labels = rng.uniform(0, 2, 130), rng.integers(0, max(n_outputs, 2), 130)
    train = examples_of(noise[0].with_labels(labels), n_outputs, sample_weight=weights)
    found = [
        fit_jobs([Job(network, train, train, 1, replace(WHOLE, epochs=1, batch_size=size, learning_rate=1e-12))])[0]
        for size in (7, 64, 130)
    ]
    expected = (found[0].valid_losses * weights).sum() / weights.sum()
    assert [fitted.train_loss[0] for fitted in found] == pytest.approx([expected] * 3, rel=1e-5)


def test_rows_of_a_shared_set_train_as_a_set_of_their_own(noise):
    every, rng = examples(noise[0], sample_weight=np.linspace(0.5, 2, 130)), np.random.default_rng(6)
    for options in (replace(QUICK, dropout=0), replace(WHOLE, batch_size=13)):
        train, valid = np.split(rng.permutation(130)[:100], [70])
        own = [examples(noise[0][rows], sample_weight=every.weights[rows]) for rows in (train, valid)]
        one = parameters(every[train], options, every[valid])
        assert one.tobytes() == parameters(own[0], options, own[1]).tobytes()


def test_jobs_of_any_kind_run_together_in_their_order(noise):
    every = examples(noise[0])
    folds = np.arange(130) % 3
    jobs = [
        Job(
            FilterNetwork(n_filters, 7, LENGTH, n_hidden=n_hidden),
            every[folds != fold],
            every[folds == fold],
            seed,
            QUICK,
        )
        for fold in range(3)
        for n_filters, n_hidden, seed in ((4, 0, 1), (6, 3, 2))
    ]
    alone = [fit_jobs([job])[0] for job in jobs]
    for threads in (1, 3):
        together = fit_jobs(jobs, threads=threads)
        assert [f.trained.parameters.tobytes() for f in together] == [f.trained.parameters.tobytes() for f in alone]
    assert [fitted.trained.network for fitted in alone] == [job.network for job in jobs]
    assert [len(fitted.valid_losses) for fitted in alone] == [44, 44, 43, 43, 43, 43]
    assert fit_jobs([]) == []


def test_long_lists_of_validation_sequences_are_run_in_parts(noise, monkeypatch):
    whole = fit_ensemble(NETWORK, *noise, seeds=[1], options=QUICK)[0]
    monkeypatch.setattr(kernels, "_CHUNK", 7)
    parts = fit_ensemble(NETWORK, *noise, seeds=[1], options=QUICK)[0]
    np.testing.assert_array_equal(parts.valid_losses, whole.valid_losses)


def test_jobs_that_do_not_fit_are_refused(noise):
    every = examples(noise[0])
    for network, train, valid, words in (
        (replace(NETWORK, length=41), every, None, "takes 41 columns.*Got 40 columns and 1 targets to train"),
        (replace(NETWORK, n_outputs=3), every, None, "3 outputs.*1 targets"),
        (NETWORK, every, examples(noise[1].resize(39)), "39 columns and 1 targets to valid with"),
        (NETWORK, every[:0], None, "train examples must hold.*Got 0"),
        (NETWORK, every, examples(noise[1], sample_weight=np.zeros(50)), "valid examples must hold.*Got 50"),
    ):
        with pytest.raises(ParameterError, match=words):
            Job(network, train, valid, 0, QUICK)
    with pytest.raises(ParameterError, match="threads must be at least 1"):
        fit_jobs([Job(NETWORK, every, None, 0, QUICK)], threads=0)


@pytest.mark.parametrize("validated", [True, False])
def test_a_training_that_diverges_says_so(noise, validated):
    train = examples(noise[0])
    options = TrainingOptions(epochs=3, learning_rate=1e38, dropout=0)
    with pytest.raises(ParameterError, match="Lower learning_rate"):
        fit_jobs([Job(NETWORK, train, train if validated else None, 0, options)])


LONG = TrainingOptions(epochs=2000, patience=2000)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_interrupt_in_one_network_stops_the_others(noise, threads):
    """Also the first network, whose result is waited for before the interrupted one is looked at."""
    counted = []

    def on_epoch():
        counted.append(1)
        if len(counted) >= 4 and not threading.current_thread().name.endswith("_0"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_ensemble(NETWORK, *noise, seeds=range(5), options=LONG, threads=threads, on_epoch=on_epoch)
    assert len(counted) < 200


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs POSIX signals")
def test_an_interrupt_of_the_main_thread_stops_the_networks(noise):
    counted, before = [], set(threading.enumerate())

    def on_epoch():
        counted.append(1)
        if len(counted) == 20:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fit_ensemble(NETWORK, *noise, seeds=range(3), options=LONG, threads=2, on_epoch=on_epoch)
    deadline = time.monotonic() + 10  # a thread that was just being started is not waited for, but ends by itself
    while set(threading.enumerate()) != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(threading.enumerate()) == before
    assert len(counted) < 200


def test_training_without_labels_is_refused(noise):
    unlabelled = random_sequences(9, LENGTH, random_state=0)
    for pair in ((unlabelled, noise[1]), (noise[0], unlabelled)):
        with pytest.raises(ParameterError, match="needs labels"):
            fit_ensemble(NETWORK, *pair, seeds=[0], options=QUICK)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0}, {"patience": 0}, {"batch_size": -1}, {"dropout": 1.0}, {"dropout": -0.1},
        {"learning_rate": 0.0}, {"weight_decay": -1.0},
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        TrainingOptions(**wrong)


@pytest.mark.parametrize("option", [
    {"learning_rate": float("nan")}, {"learning_rate": float("inf")}, {"weight_decay": float("nan")},
    {"dropout": float("nan")},
])  # fmt: skip
def test_options_that_are_no_finite_numbers_are_refused(option):
    ((name, value),) = option.items()
    with pytest.raises(ParameterError, match=rf"^{name} must be .* Got {value}\.$"):
        TrainingOptions(**option)
