"""Training: the same result every time, motifs learned, nothing learned from noise, stopping."""

import signal
import threading

import numpy as np
import pytest

from motiflens.alphabet import encode, reverse_complement
from motiflens.errors import ParameterError
from motiflens.metrics import auroc
from motiflens.networks.model import FilterNetwork, predict_probabilities, run_network
from motiflens.networks.training import Fitted, TrainingOptions, better_without_reverse, fit_ensemble
from motiflens.sequences import SequenceSet
from motiflens.simulate import random_sequences

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
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
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


def with_losses(*values):
    return [Fitted(None, np.zeros(1), np.zeros(1), 0, np.asarray(each, float)) for each in values]


def test_one_strand_must_win_by_two_standard_errors():
    rng = np.random.default_rng(0)
    base, noise = rng.uniform(0.2, 1, 90), rng.normal(size=90)
    noise = (noise - noise.mean()) / noise.std(ddof=1)  # so that the standard error is 1 / sqrt(90)
    for errors, decision in ((-2.1, True), (-1.9, False), (3.0, False)):
        single = with_losses(base + noise + errors / np.sqrt(90))
        assert better_without_reverse(with_losses(base), single) is decision


def test_the_losses_of_several_networks_are_averaged_by_sequence():
    both = with_losses([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
    assert better_without_reverse(both, with_losses([1.0, 1.1, 1.0], [1.1, 1.0, 1.0]))
    assert not better_without_reverse(both, with_losses([0.0, 0.0, 6.0]))
    assert not better_without_reverse(with_losses([2.0]), with_losses([1.0]))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("turned", [True, False])
def test_the_strands_of_the_data_are_found(seed, turned):
    """With turned words strands say nothing; else the classes hold one word on opposite strands."""
    words = {"word": "GACTTCAAG", "negative_word": "" if turned else "CTTGAAGTC"}
    train, valid = (labelled(n, 7 * seed + i, turned=turned, **words) for i, n in enumerate((300, 120)))
    both, single = (
        fit_ensemble(
            FilterNetwork(16, 9, LENGTH, both_strands=strands), train, valid, seeds=[seed, seed + 1],
            options=TrainingOptions(epochs=12), threads=2,
        )
        for strands in (True, False)
    )  # fmt: skip
    assert better_without_reverse(both, single) is not turned
