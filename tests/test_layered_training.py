"""Training of torch modules: Keras' Adam and schedule by hand, seeds and threads, modules that cannot be used."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from planted import two_classes
from torch import nn

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.architectures import as_layers, named_network
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.examples import Examples, examples_of
from motiflens.networks.jobs import Job, TrainingOptions
from motiflens.networks.layered import layered_of
from motiflens.networks.layered_training import fit_modules, losses_of
from motiflens.networks.layers import BatchNorm, Conv, Dense, Dropout, Flatten, GlobalMax, MaxPool
from motiflens.networks.model import FilterNetwork
from motiflens.networks.module_jobs import ModuleJob, with_inputs
from motiflens.networks.schedule import Plateau
from motiflens.networks.torch_training import batch_loss

LENGTH = 40
SMALL = Blueprint((Conv(6, 5), MaxPool(2), Dropout(0.3), Conv(5, 3), GlobalMax(), BatchNorm(), Dense(4)), LENGTH)
QUICK = TrainingOptions(epochs=3, patience=3, batch_size=32, learning_rate=3e-3, dropout=0, weight_decay=0)


@pytest.fixture(scope="module")
def data():
    """Return 150 + 157 labelled sequences, the word in nearly every positive."""
    return two_classes({"GATTACGAC": 0.95}, n=150, length=LENGTH, random_state=1)


@pytest.fixture(scope="module")
def parts(data):
    every = examples_of(data, 1)
    order = np.random.default_rng(0).permutation(len(every))
    return every[order[:240]], every[order[240:]]


def weights_of(fitted):
    return b"".join(part.tobytes() for part in fitted.layers.weights.values())


# --- what training does


def test_a_planted_word_is_learned(data, parts):
    options = TrainingOptions(epochs=15, patience=15, batch_size=32, learning_rate=1e-2, dropout=0, weight_decay=0)
    network = Blueprint((Conv(16, 9), GlobalMax(), Dense(8)), LENGTH)
    fitted = fit_modules([ModuleJob(network, *parts, 0, options)])[0]
    assert fitted.train_loss[-1] < 0.5 * fitted.train_loss[0]
    assert fitted.valid_accuracy.max() > 0.75
    assert fitted.train_accuracy[-1] > 0.9
    assert not fitted.module.training


def test_the_kept_weights_are_those_of_the_best_epoch(parts):
    """Validation losses of the kept weights, worked out anew, are those of the epoch with the least."""
    options = TrainingOptions(epochs=12, patience=2, batch_size=16, learning_rate=0.03, dropout=0, weight_decay=0)
    fitted = fit_modules([ModuleJob(SMALL, *parts, 3, options)])[0]
    assert fitted.best_epoch == fitted.valid_loss.argmin()
    assert len(fitted.valid_loss) == min(fitted.best_epoch + 3, 12)
    valid = parts[1]
    x = np.eye(5, dtype=np.float32)[:, :4][valid.data.codes[valid.rows]].transpose(0, 2, 1)
    trained = fitted.layers
    with torch.no_grad():
        logits = layered_of(trained.network, trained.weights)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(valid.losses(logits), fitted.valid_losses, atol=1e-5)
    assert valid.losses(logits).mean() == pytest.approx(fitted.valid_loss.min(), abs=1e-5)
    assert fitted.valid_accuracy[fitted.best_epoch] == ((logits > 0) == valid.data.targets[valid.rows]).mean()


def test_without_validation_it_takes_all_its_epochs(parts):
    ended = []
    fitted = fit_modules([ModuleJob(SMALL, parts[0], None, 0, QUICK)], on_epoch=lambda: ended.append(1))[0]
    assert len(ended) == len(fitted.train_loss) == 3
    assert fitted.best_epoch == 2
    assert np.isnan(fitted.valid_loss).all()
    assert np.isnan(fitted.valid_accuracy).all()
    assert fitted.valid_losses.shape == (0,)


def test_adam_is_that_of_keras(data):
    """Three steps by hand: epsilon is added before the bias correction; the last batch is a partial one.

    Gradients are as small as epsilon, so that where it is added matters.
    """
    network = Blueprint((Flatten(),), LENGTH)
    every = examples_of(data, 1)[:25]
    options = TrainingOptions(epochs=1, patience=1, batch_size=10, learning_rate=0.01, dropout=0, weight_decay=0)
    tiny = with_inputs(every, 1e-6 * np.random.default_rng(0).normal(size=(len(data), 4, LENGTH)).astype(np.float32))
    found = fit_modules([ModuleJob(network, tiny, None, 5, options)])[0].layers.weights
    module = fit_modules([ModuleJob(network, tiny, None, 5, TrainingOptions(1, 1, 10, 1e-30, 0, 0))])[0].layers.weights
    theta = np.concatenate([module["1.weight"].ravel(), [0.0]]).astype(float)
    x = np.hstack([tiny.data.codes.reshape(len(data), -1), np.ones((len(data), 1))]).astype(float)
    first, second = np.zeros((2, len(theta)))
    order = np.random.default_rng(5).permutation(tiny.rows)
    for step, rows in enumerate((order[:10], order[10:20], order[20:]), start=1):
        slope = 1 / (1 + np.exp(-(x[rows] @ theta))) - tiny.data.targets[rows, 0]
        gradient = (slope[:, None] * x[rows]).mean(axis=0)
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        rate = 0.01 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        theta -= rate * first / (np.sqrt(second) + 1e-7)
    np.testing.assert_allclose(found["1.weight"].ravel(), theta[:-1], atol=1e-6)
    assert found["1.bias"][0] == pytest.approx(theta[-1], rel=1e-4)
    assert np.abs(found["1.weight"] - module["1.weight"]).max() > 1e-3


def test_weights_decay_and_biases_do_not(parts):
    plain, decayed = (
        fit_modules([ModuleJob(SMALL, parts[0], None, 0, TrainingOptions(1, 1, 500, 1e-3, 0, decay))])[0].layers.weights
        for decay in (0.0, 100.0)
    )
    np.testing.assert_allclose(decayed["1.bias" if "1.bias" in plain else "0.bias"], plain["0.bias"], atol=1e-6)
    start = fit_modules([ModuleJob(SMALL, parts[0], None, 0, TrainingOptions(1, 1, 500, 1e-30, 0, 0))])[
        0
    ].layers.weights
    np.testing.assert_allclose(plain["0.weight"] - decayed["0.weight"], 0.1 * start["0.weight"], atol=1e-5)


def test_sample_weights_count_and_sequences_without_do_not(data):
    weights = np.where(np.arange(len(data)) % 3 == 0, 0.0, 2.0)
    every = examples_of(data, 1, sample_weight=weights)
    changed = data.with_labels(np.where(weights == 0, 1 - data.labels, data.labels))
    other = examples_of(changed, 1, sample_weight=weights)
    network = Blueprint((Conv(6, 5), GlobalMax()), LENGTH)
    one, two = (fit_modules([ModuleJob(network, each, each, 0, QUICK)])[0] for each in (every, other))
    assert weights_of(one) == weights_of(two)
    np.testing.assert_array_equal(one.valid_accuracy, two.valid_accuracy)


def test_noisy_inputs_take_the_place_of_codes(data, parts):
    train, valid = parts
    hot = data.one_hot().astype(np.float32)
    plain = fit_modules([ModuleJob(SMALL, train, valid, 0, QUICK)])[0]
    same = fit_modules([ModuleJob(SMALL, with_inputs(train, hot), with_inputs(valid, hot), 0, QUICK)])[0]
    assert weights_of(plain) == weights_of(same)
    noisy = hot + np.random.default_rng(0).normal(0, 0.3, hot.shape).astype(np.float32)
    assert weights_of(fit_modules([ModuleJob(SMALL, with_inputs(train, noisy), valid, 0, QUICK)])[0]) != weights_of(
        plain
    )
    for wrong in (hot[:-1], hot[:, :3], np.full_like(hot, np.nan)):
        with pytest.raises(ParameterError, match="inputs must be finite and of shape"):
            with_inputs(train, wrong)


# --- losses


@pytest.mark.parametrize(
    ("kind", "n"), [(kernels.SIGMOID, 1), (kernels.SIGMOID, 3), (kernels.SOFTMAX, 2), (kernels.SOFTMAX, 5)]
)
def test_squared_error_is_that_of_the_probabilities(kind, n):
    rng = np.random.default_rng(n)
    logits, weights = rng.normal(size=(7, n)).astype(np.float32), rng.uniform(0, 2, 7).astype(np.float32)
    targets = np.eye(n)[rng.integers(0, n, 7)] if kind == kernels.SOFTMAX else rng.integers(0, 2, (7, n))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    probability = shares if kind == kernels.SOFTMAX else 1 / (1 + np.exp(-logits))
    each = ((probability - targets) ** 2).mean(axis=1)
    found = batch_loss(*(torch.tensor(np.float32(part)) for part in (logits, targets, weights)), kind, "squared-error")
    assert found.item() == pytest.approx((each * weights).sum() / weights.sum(), rel=1e-5)
    codes = np.zeros((7, 9), np.uint8)
    every = Examples(kernels.Data(codes, targets.astype(np.float32), weights), np.arange(7), kind)
    np.testing.assert_allclose(losses_of(every, logits, "squared-error"), each, rtol=1e-5)


def test_two_logits_for_two_classes_are_a_softmax(data):
    network = named_network("tfbs-deep", LENGTH, n_outputs=2)
    options = TrainingOptions(2, 2, 10, 1e-3, 0, 0, loss="squared-error")
    every = examples_of(data, 2)
    assert every.loss == kernels.SOFTMAX
    fitted = fit_modules([ModuleJob(network, every, every, 0, options)])[0]
    assert 0.2 < fitted.valid_loss[0] < 0.3
    assert fitted.train_loss[-1] < 0.3


# --- the schedule


def keras_plateau(rate, patience, least, losses):
    """ReduceLROnPlateau as Keras documents it: factor 0.5, min_delta 1e-4, no cooldown."""
    best, wait, rates = np.inf, 0, []
    for loss in losses:
        rates.append(rate)
        if loss < best - 1e-4:
            best, wait = loss, 0
            continue
        wait += 1
        if wait >= patience and rate > least:
            rate, wait = max(rate * 0.5, least), 0
    return rates


@given(st.lists(st.integers(0, 12), max_size=30), st.integers(1, 4))
def test_the_rate_is_halved_as_in_keras(steps, patience):
    losses = [1 + 6e-5 * step for step in steps]
    state, found = Plateau(1e-3, patience, 2e-4), []
    for loss in losses:
        found.append(state.rate)
        state = state.after(loss)
    assert found == keras_plateau(1e-3, patience, 2e-4, losses)


def test_training_follows_the_schedule(parts):
    options = TrainingOptions(14, 14, 16, 0.02, 0, 0, halve_after=2, least_rate=3e-3)
    fitted = fit_modules([ModuleJob(SMALL, *parts, 0, options)])[0]
    assert fitted.learning_rates.tolist() == keras_plateau(0.02, 2, 3e-3, fitted.valid_loss)
    assert fitted.learning_rates[-1] < 0.02
    alone = fit_modules([ModuleJob(SMALL, parts[0], None, 0, options)])[0]
    assert alone.learning_rates.tolist() == keras_plateau(0.02, 2, 3e-3, alone.train_loss)


# --- seeds and threads


def test_threads_change_nothing_and_seeds_everything(parts):
    jobs = [ModuleJob(SMALL, *parts, seed, QUICK) for seed in (1, 2, 1, 3, 4)]
    before, state = torch.get_num_threads(), torch.get_rng_state()
    one, several = (fit_modules(jobs, threads=threads) for threads in (1, 4))
    assert [weights_of(fitted) for fitted in one] == [weights_of(fitted) for fitted in several]
    assert weights_of(one[0]) == weights_of(one[2])
    assert len({weights_of(fitted) for fitted in one}) == 4
    assert torch.get_num_threads() == before
    assert torch.equal(torch.get_rng_state(), state)


def test_torchs_own_generator_does_not_matter(parts):
    found = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        found.append(weights_of(fit_modules([ModuleJob(SMALL, *parts, 7, QUICK)])[0]))
    assert found[0] == found[1]


# --- modules that are not ours


class Mine(nn.Module):
    """A module with dropout and normalisation of torch's own."""

    def __init__(self, n_outputs=1):
        super().__init__()
        self.conv = nn.Conv1d(4, 5, 7)
        self.norm, self.drop = nn.BatchNorm1d(5), nn.Dropout(0.4)
        self.dense = nn.Linear(5, n_outputs)

    def forward(self, x):
        return self.dense(self.drop(self.norm(torch.relu(self.conv(x)).amax(dim=2))))


def state_of(fitted):
    return b"".join(part.numpy().tobytes() for part in fitted.module.state_dict().values())


def test_any_module_is_trained_and_depends_on_its_seed_alone(parts):
    jobs = [ModuleJob(Mine, *parts, seed, QUICK) for seed in (1, 2, 1)]
    state = torch.get_rng_state()
    one, several = (fit_modules(jobs, threads=threads) for threads in (1, 3))
    assert torch.equal(torch.get_rng_state(), state)
    assert [state_of(fitted) for fitted in one] == [state_of(fitted) for fitted in several]
    assert state_of(one[0]) == state_of(one[2]) != state_of(one[1])
    assert one[0].train_loss[-1] < one[0].train_loss[0]
    with pytest.raises(ParameterError, match="made of a blueprint has layers"):
        _ = one[0].layers


def test_frozen_weights_stay(parts):
    def make():
        module = Mine()
        module.conv.weight.requires_grad_(False)
        return module

    torch.manual_seed(0)
    fitted = fit_modules([ModuleJob(make, *parts, 3, QUICK)])[0]
    with torch.random.fork_rng():
        torch.manual_seed(3)
        start = Mine()
    assert torch.equal(fitted.module.conv.weight, start.conv.weight)
    assert not torch.equal(fitted.module.dense.weight, start.dense.weight)


class Broken(Mine):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x):
        return self.answer(super().forward(x), self)


def fails_in_training(logits, module):
    if module.training:
        msg = "no luck"
        raise KeyError(msg)
    return logits


HOSTILE = [
    (lambda: Mine(3), r"logits of shape \(3, 1\) for inputs \(3, 4, 40\). Got \(3, 3\)"),
    (lambda: Broken(lambda logits, _: logits[:, 0]), r"Got \(3,\)"),
    (lambda: Broken(lambda logits, _: logits.detach().numpy()), "Got ndarray"),
    (lambda: Broken(lambda logits, _: logits * torch.nan), "finite logits"),
    (lambda: Broken(lambda logits, _: logits.long()), "floating-point logits"),
    (lambda: Broken(lambda logits, _: 1 / 0), "Got ZeroDivisionError: division by zero"),
    (lambda: Broken(fails_in_training), "in training. Got KeyError: 'no luck'"),
    (lambda: nn.Linear(9, 1), "Got RuntimeError"),
    (lambda: nn.Sequential(nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Softmax(dim=1)), r"Got \(3, 4\)"),
    (lambda: nn.Sequential(nn.Flatten(), nn.AdaptiveMaxPool1d(1)), "must have parameters to train"),
    (lambda: max, "Got builtin_function_or_method"),
    (lambda: 1 / 0, "cannot be made or copied. Got ZeroDivisionError"),
    (lambda: SMALL, "Got a Blueprint"),
]


@pytest.mark.parametrize(("make", "words"), HOSTILE)
def test_modules_that_cannot_be_used_are_refused_in_one_line(parts, make, words):
    ended = []
    with pytest.raises(ParameterError, match=words) as caught:
        fit_modules([ModuleJob(make, *parts, 0, QUICK)], threads=2, on_epoch=lambda: ended.append(1))
    assert "\n" not in str(caught.value)
    assert not ended


def test_jobs_that_do_not_fit_are_refused(parts):
    with pytest.raises(ParameterError, match=r"takes 39 columns and gives 2 outputs\. Got 40 columns and 1 targets"):
        ModuleJob(Blueprint((GlobalMax(),), 39, 2), *parts, 0, QUICK)
    empty = parts[0][:0]
    with pytest.raises(ParameterError, match="valid examples must hold a sequence whose weight is not zero"):
        ModuleJob(SMALL, parts[0], empty, 0, QUICK)
    with pytest.raises(ParameterError, match="threads must be at least 1"):
        fit_modules([ModuleJob(SMALL, *parts, 0, QUICK)], threads=0)
    with pytest.raises(ParameterError, match="Got 'abacus'"):
        fit_modules([ModuleJob(SMALL, *parts, 0, QUICK, "abacus")])
    for wrong in (TrainingOptions(loss="squared-error"), TrainingOptions(halve_after=2)):
        with pytest.raises(ParameterError, match="networks of layers know others"):
            Job(FilterNetwork(3, 5, LENGTH), *parts, 0, wrong)


def test_a_training_that_diverges_says_so(parts):
    options = TrainingOptions(3, 3, 32, 1e30, 0, 0)
    network = Blueprint((Conv(4, 3, activation="exponential"), Flatten(), Dense(5), Dense(5)), LENGTH)
    with pytest.raises(ParameterError, match=r"Training diverged.*Got 1e\+30"):
        fit_modules([ModuleJob(network, *parts, 0, options)])


def test_one_job_that_fails_stops_the_others(parts):
    ended, options = [], TrainingOptions(300, 300, 16, 1e-3, 0, 0)
    good = ModuleJob(SMALL, *parts, 0, options)
    bad = ModuleJob(
        Blueprint((Flatten(), Dense(5), Dense(5)), LENGTH), *parts, 0, TrainingOptions(2, 2, 32, 1e30, 0, 0)
    )
    with pytest.raises(ParameterError, match="diverged"):
        fit_modules([good, bad], threads=2, on_epoch=lambda: ended.append(1))
    assert len(ended) < 200


def test_a_network_of_one_convolution_learns_the_same_in_layers(parts):
    """Both start from other random weights; what they reach is alike."""
    plain = FilterNetwork(24, 9, LENGTH, n_bins=0, n_hidden=8, both_strands=False)
    options = TrainingOptions(15, 15, 32, 5e-3, 0, 0)
    fitted = fit_modules([ModuleJob(as_layers(plain), *parts, 0, options)])[0]
    assert fitted.valid_accuracy.max() > 0.75
