"""Torch modules of blueprints: outputs against plain numpy, Keras' initial weights and moving averages."""

import numpy as np
import pytest
import torch
from forward import forward
from hypothesis import given, settings
from hypothesis import strategies as st
from test_blueprints import LAYERED, ODD

from motiflens.errors import ParameterError
from motiflens.networks.architectures import NETWORKS, as_layers, named_network
from motiflens.networks.attention_branch import AttentionBranch
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.first_layer import first_filters
from motiflens.networks.layered import LayeredNetwork, layered_of
from motiflens.networks.layers import Attention, BatchNorm, Conv, Dense, Dropout, Flatten, GlobalMax, MaxPool, Parallel
from motiflens.networks.model import FilterNetwork, initial, run_network
from motiflens.networks.module import CappedExponential
from motiflens.networks.torch_layers import Normalisation, PositionAttention, RandomDropout
from motiflens.networks.torch_ops import dropped, largest, largest_of_each, normalised


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def random_weights(blueprint, seed):
    rng = np.random.default_rng(seed)
    return {
        name: (rng.uniform(0.2, 3, shape) if name.endswith("variance") else 0.5 * rng.normal(size=shape)).astype(
            np.float32
        )
        for name, shape in blueprint.weights().items()
    }


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_outputs_are_those_of_plain_numpy(seed):
    weights = random_weights(ODD, seed)
    x = np.random.default_rng(seed + 9).normal(size=(10, 4, 23)).astype(np.float32)
    with torch.no_grad():
        found = layered_of(ODD, weights)(torch.tensor(x)).numpy()
    assert found.shape == (10, 3)
    np.testing.assert_allclose(found, forward(ODD.stack, weights, x.astype(float)), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", LAYERED)
def test_named_networks_run_like_plain_numpy(name):
    length = 56
    sizes = {"multiscale": {"n_filters": 3}}.get(name, {"n_filters": 9})
    network = named_network(name, length, n_outputs=2, sizes=sizes)
    weights = random_weights(network, 4)
    x = np.eye(5)[:, :4][np.random.default_rng(1).integers(0, 5, (3, length))].transpose(0, 2, 1)
    with torch.no_grad():
        found = layered_of(network, weights)(torch.tensor(x, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(found, forward(network.stack, weights, x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", LAYERED)
def test_the_module_has_the_parameters_of_its_table(name):
    network = named_network(name, NETWORKS[name].length, n_outputs=NETWORKS[name].n_outputs(2))
    module = LayeredNetwork(network)
    assert sum(part.numel() for part in module.parameters()) == network.n_trainable
    assert {key: tuple(part.shape) for key, part in module.state_dict().items()} == network.weights()
    assert sum(part.numel() for part in module.state_dict().values()) == network.n_parameters


def test_a_network_of_one_convolution_is_the_same_in_layers():
    plain = FilterNetwork(7, 5, 31, n_bins=0, n_hidden=6, n_outputs=2, both_strands=False, activation="exponential")
    trained = initial(plain, np.random.default_rng(0))
    own, network = trained.weights(), as_layers(plain)
    weights = {
        "0.weight": own["filters"].transpose(2, 1, 0), "0.bias": own["filter_bias"], "2.weight": own["hidden"].T,
        "2.bias": own["hidden_bias"], "3.weight": own["output"].T, "3.bias": own["output_bias"],
    }  # fmt: skip
    codes = np.random.default_rng(1).integers(0, 4, (13, 31)).astype(np.uint8)
    x = torch.tensor(np.eye(4, dtype=np.float32)[codes].transpose(0, 2, 1))
    with torch.no_grad():
        np.testing.assert_allclose(layered_of(network, weights)(x), run_network(trained, codes).logits, atol=1e-5)
    with pytest.raises(ParameterError, match="both_strands True and n_bins 0"):
        as_layers(FilterNetwork(7, 5, 31, n_bins=0))


# --- Keras' initial weights


def test_initial_weights_have_the_limits_of_keras():
    """sqrt(6 / (fan in + fan out)); for a kernel of width k fans are k x channels and k x filters."""
    module = LayeredNetwork(Blueprint((Conv(50, 7), Conv(90, 5), GlobalMax(), Dense(40), BatchNorm()), 40), seeded(3))
    parts = dict(module.named_parameters())
    limits = {"0.weight": 6 / (7 * 4 + 7 * 50), "1.weight": 6 / (5 * 50 + 5 * 90), "3.weight": 6 / (90 + 40),
              "5.weight": 6 / (40 + 1)}  # fmt: skip
    for name, squared in limits.items():
        part = parts[name].detach()
        assert part.abs().max() <= squared**0.5
        assert part.abs().max() > 0.95 * squared**0.5 - 1e-9 or part.numel() < 100
        assert part.var().item() == pytest.approx(squared / 3, rel=0.15 if part.numel() > 1000 else 0.5)
    assert all((part == 0).all() for name, part in parts.items() if name.endswith("bias"))
    assert (parts["4.weight"] == 1).all()
    state = module.state_dict()
    assert (state["4.mean"] == 0).all()
    assert (state["4.variance"] == 1).all()


def test_weights_come_from_the_generator_and_nothing_else():
    network = named_network("foxo1-v3", 100)
    before = torch.get_rng_state()
    first, again, other = (LayeredNetwork(network, seeded(seed)).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["0.weight"], other["0.weight"])


# --- batch normalisation


@pytest.mark.parametrize("shape", [(11, 3), (5, 3, 8)])
def test_moving_averages_are_those_of_keras(shape):
    """Momentum 0.99 and the variance divided by n, by hand over three batches."""
    layer = LayeredNetwork(Blueprint((GlobalMax(), Dense(3), BatchNorm()), 4))[2].train()
    assert isinstance(layer, Normalisation)
    mean, variance = np.zeros(3), np.ones(3)
    rng = np.random.default_rng(0)
    for _ in range(3):
        x = rng.normal(5, 3, size=shape)
        axes = (0,) if len(shape) == 2 else (0, 2)
        found = layer(torch.tensor(x, dtype=torch.float32)).detach().numpy()
        wanted = (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + 1e-3)
        np.testing.assert_allclose(found, wanted, atol=1e-5)
        mean = 0.99 * mean + 0.01 * x.mean(axis=axes)
        variance = 0.99 * variance + 0.01 * x.var(axis=axes)
    np.testing.assert_allclose(layer.mean, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.variance, variance, rtol=1e-5)


def test_a_batch_of_one_is_normalised_to_the_shift():
    x = torch.randn(1, 6, generator=seeded(0))
    found, mean, variance = normalised(x, torch.full((6,), 3.0), torch.full((6,), 0.5), 1e-3)
    torch.testing.assert_close(found, torch.full((1, 6), 0.5))
    torch.testing.assert_close(mean, x[0])
    assert (variance == 0).all()


@pytest.mark.parametrize("shape", [(7, 5), (4, 5, 6)])
def test_normalisation_has_the_gradients_of_torch(shape):
    x, weight, bias = (torch.randn(size, generator=seeded(i), dtype=torch.float64, requires_grad=True)
                       for i, size in enumerate([shape, (5,), (5,)]))  # fmt: skip
    factors = torch.randn(shape, generator=seeded(9), dtype=torch.float64)
    ours = torch.autograd.grad((normalised(x, weight, bias, 1e-3)[0] * factors).sum(), (x, weight, bias))
    theirs = torch.nn.functional.batch_norm(x, None, None, weight, bias, training=True, eps=1e-3)
    for one, two in zip(ours, torch.autograd.grad((theirs * factors).sum(), (x, weight, bias)), strict=True):
        torch.testing.assert_close(one, two)


# --- operations


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 13), st.integers(1, 5), st.integers(0, 9))
def test_maxima_and_their_gradients(n, channels, positions, size, seed):
    """Of values without ties both gradients are torch's own."""
    values = torch.randperm(n * channels * positions, generator=seeded(seed)).double().view(n, channels, positions)
    x = values.requires_grad_()
    pairs = [(largest(x), x.amax(dim=2))]
    if size <= positions:
        pairs.append((largest_of_each(x, size), torch.nn.functional.max_pool1d(x, size)))
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs)
        factors = torch.randn(ours.shape, generator=seeded(seed + 1), dtype=torch.float64)
        (one,), (two,) = (torch.autograd.grad((y * factors).sum(), x) for y in (ours, theirs))
        torch.testing.assert_close(one, two)


def test_equal_values_share_the_gradient_of_a_maximum_over_all():
    x = torch.tensor([[[1.0, 3, 3, 0]]], requires_grad=True)
    largest(x).sum().backward()
    assert x.grad.tolist() == [[[0, 0.5, 0.5, 0]]]
    y = torch.tensor([[[1.0, 1, 3, 3, 7]]], requires_grad=True)
    largest_of_each(y, 2).sum().backward()
    assert y.grad.tolist() == [[[1, 0, 1, 0, 0]]]


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_dropout_drops_its_share_of_every_column(rate):
    x = torch.full((800, 7, 11), 2.0, requires_grad=True)
    found = dropped(x, rate, seeded(4))
    kept = found.detach() != 0
    torch.testing.assert_close(found[kept], torch.full_like(found[kept], 2 / (1 - rate)), rtol=1e-4, atol=0)
    error = (rate * (1 - rate) / 800) ** 0.5
    assert ((kept.double().mean(dim=0) - (1 - rate)).abs() < 5 * error).all()
    together = (kept.double().flatten(1).T @ kept.double().flatten(1)) / 800 - (1 - rate) ** 2
    together.fill_diagonal_(0)
    assert together.abs().max() < 6 * error  # no place follows another's choice
    found.sum().backward()
    torch.testing.assert_close(x.grad, found.detach() / 2)


def test_dropout_is_for_training_and_follows_its_generator():
    layer, x = RandomDropout(0.5), torch.ones(50, 3)
    assert torch.equal(layer.eval()(x), x)
    layer.train()
    layer.generator = seeded(1)
    first = layer(x)
    assert not torch.equal(layer(x), first)
    layer.generator = seeded(1)
    assert torch.equal(layer(x), first)


# --- the module


def test_training_and_evaluation_agree_without_dropout_and_normalisation():
    layers = (Conv(5, 4), MaxPool(2), Conv(6, 3, "same", "exponential"), Attention(), Flatten(), Dense(7))
    module = LayeredNetwork(Blueprint(layers, 20, 2), seeded(0))
    x = torch.randn(9, 4, 20, generator=seeded(1))
    torch.testing.assert_close(module.train()(x), module.eval()(x))


def test_every_nonlinearity_is_a_module_of_its_own():
    module = LayeredNetwork(named_network("multiscale", 60, sizes={"n_filters": 2, "activation": "exponential"}))
    kinds = [type(part) for part in module.modules()]
    for kind, count in ((torch.nn.ReLU, 2), (CappedExponential, 4), (torch.nn.Tanh, 4), (torch.nn.Softmax, 4),
                        (torch.nn.MaxPool1d, 4)):  # fmt: skip
        assert kinds.count(kind) == count


def test_attention_tells_which_positions_count():
    layer = PositionAttention(3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 0, 0]]))
        layer.bias.zero_()
    x = torch.zeros(2, 3, 5)
    x[0, 0, 3] = 2.0
    shares = layer.shares(x).detach()
    torch.testing.assert_close(shares.sum(dim=2), torch.ones(2, 1))
    assert shares[0, 0].argmax() == 3
    torch.testing.assert_close(shares[1, 0], torch.full((5,), 0.2))


@pytest.mark.parametrize("shape", [(2, 4, 22), (4, 23), (2, 3, 23)])
def test_inputs_of_another_shape_are_refused(shape):
    with pytest.raises(ParameterError, match=r"takes one-hot sequences \(n, 4, 23\)"):
        LayeredNetwork(ODD)(torch.zeros(shape))


def test_dropout_of_zero_changes_nothing():
    module = LayeredNetwork(Blueprint((Dropout(0.0), GlobalMax()), 6), seeded(0)).train()
    x = torch.randn(3, 4, 6, generator=seeded(0))
    torch.testing.assert_close(module(x), module.eval()(x))


# --- the filters of the first layer


@pytest.mark.parametrize("name", ["interaction", "multiscale", "tfbs"])
def test_first_filters_score_as_the_convolution_does(name):
    """Their best scores are the largest sums of torch's convolution, without padding, bias and activation."""
    network = named_network(name, 70, sizes={"n_filters": 7})
    weights = random_weights(network, 2)
    codes = np.random.default_rng(0).integers(0, 4, (9, 53)).astype(np.uint8)
    x = torch.tensor(np.eye(4, dtype=np.float32)[codes].transpose(0, 2, 1))
    found = first_filters(TrainedLayers(network, weights), 53)
    paths = ["0.0.0", "0.1.0", "0.2.0", "0.3.0"] if name == "multiscale" else ["0"]
    assert len(found) == len(paths)
    for path, trained in zip(paths, found, strict=True):
        sums = torch.nn.functional.conv1d(x, torch.tensor(weights[f"{path}.weight"]))
        pooled = run_network(trained, codes)
        np.testing.assert_allclose(pooled.scores, sums.amax(dim=2), atol=1e-4)
        np.testing.assert_array_equal(pooled.start, sums.argmax(dim=2))
        assert not pooled.reverse.any()
        np.testing.assert_array_equal(trained.weights()["filter_bias"], weights[f"{path}.bias"])


def test_a_first_layer_that_is_no_plain_convolution_has_no_filters():
    for layers in ((GlobalMax(),), (Conv(3, 4, dilation=2), GlobalMax()), (MaxPool(2), Conv(3, 4), GlobalMax())):
        network = Blueprint(layers, 40)
        with pytest.raises(ParameterError, match="first layer must be a convolution with dilation 1"):
            first_filters(TrainedLayers(network, random_weights(network, 0)), 40)


def test_a_branch_as_one_operation_is_its_layers_one_after_the_other():
    """One-hot inputs take the compiled branch in training, other inputs its layers; both are the same figures."""
    branch = (Conv(5, 6, "same"), BatchNorm(), Dropout(0.0), Attention(), GlobalMax())
    network = Blueprint((Parallel((branch, (*branch[:1], GlobalMax()))), Dense(3)), 33)
    x = torch.tensor(np.eye(5, dtype=np.float32)[:, :4][np.random.default_rng(0).integers(0, 5, (8, 33))]).mT
    found = []
    for apart in (False, True):
        module = LayeredNetwork(network, seeded(1)).train()
        assert type(module[0][0]) is AttentionBranch
        if apart:
            module[0][0] = torch.nn.Sequential(*module[0][0])
        logits = module(x.contiguous())
        logits.square().sum().backward()
        figures = {**{name: part.grad for name, part in module.named_parameters()}, **dict(module.named_buffers())}
        found.append([logits.detach(), *(figures[name] for name in sorted(figures))])
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-5)
