"""Training through torch: on the processor it must follow the compiled loops."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motiflens.alphabet import one_hot
from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.examples import examples_of
from motiflens.networks.jobs import Job, TrainingOptions
from motiflens.networks.model import FilterNetwork, TrainedNetwork, run_network
from motiflens.networks.module import module_of
from motiflens.networks.torch_training import batch_loss, fit_on_device, usable_device
from motiflens.networks.training import fit_jobs
from motiflens.simulating.planting import random_sequences

LENGTH = 30
PLAIN = TrainingOptions(epochs=4, patience=2, batch_size=24, learning_rate=3e-3, dropout=0, weight_decay=0.2)
NETWORKS = [
    FilterNetwork(8, 6, LENGTH, 0, 5, both_strands=False),
    FilterNetwork(7, 9, LENGTH, 4),
    FilterNetwork(5, 4, LENGTH, 2, 3, n_outputs=4, activation="exponential"),
    FilterNetwork(6, 7, LENGTH, 1, n_outputs=3),
]
LABELS = {1: lambda rng: rng.integers(0, 2, 131), 4: lambda rng: rng.integers(0, 4, 131),
          3: lambda rng: rng.integers(0, 2, (131, 3))}  # fmt: skip


def examples(network, seed=0):
    """Return weighted sequences with unknown bases: two classes, four classes, or three labels."""
    rng = np.random.default_rng(seed)
    sequences = random_sequences(131, LENGTH, random_state=seed)
    sequences.codes[rng.random((131, LENGTH)) < 0.05] = 4
    labels = LABELS[network.n_outputs](rng)
    return examples_of(sequences.with_labels(labels), network.n_outputs, sample_weight=rng.uniform(0.2, 2, 131))


def fit(network, train, valid, options=PLAIN, seed=5, **more):
    return fit_on_device(network, train, valid, seed=seed, options=options, device="cpu", **more)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("shared", [True, False])
def test_without_dropout_it_follows_the_compiled_loops(network, shared):
    every = examples(network)
    train, valid = every[np.r_[40:131, 3:12]], every[12:40] if shared else examples(network, 1)
    mine = fit_jobs([Job(network, train, valid, 5, PLAIN)])[0]
    found = fit(network, train, valid)
    np.testing.assert_allclose(found.train_loss, mine.train_loss, atol=1e-4)
    np.testing.assert_allclose(found.valid_loss, mine.valid_loss, atol=1e-4)
    np.testing.assert_allclose(found.valid_losses, mine.valid_losses, atol=1e-3)
    np.testing.assert_allclose(found.trained.parameters, mine.trained.parameters, atol=2e-3)
    assert found.best_epoch == mine.best_epoch
    assert found.trained.network == network
    assert len(found.seconds) == len(found.train_loss)


def test_every_weight_moves_as_far_as_in_the_compiled_loops():
    """One step of Adam moves a weight by the rate, whatever its gradient, and decay shrinks some of them."""
    network, options = NETWORKS[1], TrainingOptions(epochs=1, batch_size=131, dropout=0, weight_decay=50)
    train = examples(network)
    mine = fit_jobs([Job(network, train, None, 5, options)])[0]
    found = fit(network, train, None, options)
    np.testing.assert_allclose(found.trained.parameters, mine.trained.parameters, atol=1e-5)


def test_without_validation_the_last_weights_are_kept():
    train, ended = examples(NETWORKS[0]), []
    found = fit(NETWORKS[0], train, None, on_epoch=lambda: ended.append(1))
    assert found.best_epoch == 3
    assert len(ended) == 4
    assert np.isnan(found.valid_loss).all()
    assert found.valid_losses.shape == (0,)


def test_the_seed_decides_all_and_torchs_own_generator_nothing():
    options, train = TrainingOptions(epochs=2, dropout=0.5), examples(NETWORKS[1])
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = fit(NETWORKS[1], train, None, options).trained.parameters
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert fit(NETWORKS[1], train, None, options).trained.parameters.tobytes() == one.tobytes()
    assert fit(NETWORKS[1], train, None, options, seed=6).trained.parameters.tobytes() != one.tobytes()


def test_dropout_leaves_the_mean_of_the_features_and_drops_its_share():
    """The more is dropped, the more the logits scatter, and with them the loss; by as much as in the compiled loops."""
    network = FilterNetwork(400, 1, 1, 0, activation="exponential")  # features start near 1
    train = examples_of(random_sequences(4000, 1, random_state=0).with_labels(np.arange(4000) % 2), 1)
    losses = {}
    for rate in (0.0, 0.5, 0.9):
        options = TrainingOptions(epochs=1, batch_size=4000, dropout=rate, learning_rate=1e-9, weight_decay=0)
        mine = fit_jobs([Job(network, train, None, 1, options)])[0]
        losses[rate] = (fit(network, train, None, options, seed=1).train_loss[0], mine.train_loss[0])
    for ours, torchs in losses.values():
        assert ours == pytest.approx(torchs, rel=0.1)
    assert losses[0.9][0] > losses[0.5][0] > losses[0.0][0]


networks = st.builds(
    lambda width, extra, both, n_filters, n_bins, n_hidden, n_outputs, activation: FilterNetwork(
        n_filters, width, width + extra, n_bins, n_hidden, n_outputs, both, activation
    ),
    st.integers(1, 13), st.integers(0, 20), st.booleans(), st.integers(1, 7), st.integers(0, 4),
    st.sampled_from([0, 5]), st.sampled_from([1, 3]), st.sampled_from(["relu", "exponential"]),
)  # fmt: skip


@settings(max_examples=60)
@given(networks, st.booleans(), st.integers(0, 10**6))
def test_losses_and_gradients_are_those_of_the_compiled_loops(network, softmax, seed):
    """Two classes, many classes and many labels, weighted; also the losses by sequence of the examples."""
    rng = np.random.default_rng(seed)
    trained = TrainedNetwork(network, (0.4 * rng.normal(size=network.n_parameters)).astype(np.float32))
    sequences = random_sequences(9, network.length, random_state=seed)
    sequences.codes[rng.random(sequences.codes.shape) < 0.1] = 4
    softmax = softmax and network.n_outputs > 1
    labels = rng.integers(0, network.n_outputs, 9) if softmax else rng.integers(0, 2, (9, network.n_outputs))
    weights = rng.uniform(0, 3, 9) * (rng.random(9) < 0.8)
    weights[0] += 0.5
    every = examples_of(sequences.with_labels(labels), network.n_outputs, sample_weight=weights)
    part = every[np.r_[0, rng.permutation(9)[:5]]]

    module, data = module_of(trained), every.data
    logits = module(torch.from_numpy(one_hot(data.codes[part.rows])))
    targets, shares = torch.from_numpy(data.targets[part.rows]), torch.from_numpy(data.weights[part.rows])
    expected = batch_loss(logits, targets, shares, every.loss)
    expected.backward()
    learn = kernels.Learner(data, trained.parameters, network.plan, batch=6, loss=every.loss)
    found, gradient = learn(part.rows), learn.gradient

    ours = run_network(trained, data.codes[part.rows]).logits
    np.testing.assert_allclose(ours, logits.detach().numpy(), rtol=1e-5, atol=1e-5)
    assert found == pytest.approx(expected.item(), rel=1e-4, abs=1e-5)
    assert part.mean(part.losses(ours)) == pytest.approx(expected.item(), rel=1e-4, abs=1e-5)
    scale = max(1.0, float(np.abs(gradient).max()))
    down = kernels.views(gradient, network.shape)._asdict()
    for name, weight in module.named_parameters():
        if weight.grad is not None:
            np.testing.assert_allclose(down[name], weight.grad.numpy(), rtol=1e-3, atol=1e-4 * scale, err_msg=name)


def test_a_batch_without_weight_has_no_loss_and_no_gradient():
    logits = torch.tensor([[2.0], [-3.0]], requires_grad=True)
    loss = batch_loss(logits, torch.ones(2, 1), torch.zeros(2), kernels.SIGMOID)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad.tolist() == [[0], [0]]


MISSING = [name for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
           if not there]  # fmt: skip


@pytest.mark.parametrize("device", [*MISSING, "cuda:99", "nonsense", "", "meta", None])
def test_a_device_that_is_not_there_is_refused_in_one_line(device):
    with pytest.raises(ParameterError, match=r"on this computer: cpu.*Got") as caught:
        fit_on_device(NETWORKS[0], examples(NETWORKS[0]), None, seed=0, options=PLAIN, device=device)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(f"Got {device!r}.")


def test_the_processor_is_always_there():
    assert usable_device("cpu") == torch.device("cpu")


def test_examples_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match="gives 4 outputs"):
        fit(NETWORKS[2], examples(NETWORKS[0]), None)
