"""The torch modules: what attribution tools need of them, and the way there and back."""

import numpy as np
import pytest
import torch
from forward import forward
from random_networks import grammar, layered
from torch import nn

from motiflens.alphabet import one_hot, reverse_complement
from motiflens.errors import ParameterError
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.grammar_module import GrammarModule
from motiflens.networks.layered import LayeredNetwork
from motiflens.networks.layers import Conv, Dense, GlobalMax
from motiflens.networks.model import FilterNetwork, initial, predict_probabilities
from motiflens.networks.module import CappedExponential, EnsembleModule, FilterNetworkModule, module_of, trained_of
from motiflens.networks.mutagenesis import saturation_mutagenesis
from motiflens.networks.sliding import slide
from motiflens.simulating.planting import random_sequences

CODES = np.zeros((2, 12), np.uint8)
LAYERS = layered(Blueprint((Conv(3, 5), Conv(4, 2, dilation=3), GlobalMax(), Dense(6)), 12, 2))
GRAMMAR = grammar(12)
NETWORKS = [
    FilterNetwork(5, 7, 31, 3),
    FilterNetwork(4, 3, 18, 2, 6, 3, activation="exponential"),
    FilterNetwork(3, 11, 26, 1, 2, 2, both_strands=False),
    FilterNetwork(6, 5, 24, 0, 4, 2),
]


def plain_logits(trained, codes):
    """Compute the logits of one sequence window by window, from the named weights."""
    network, weights = trained.network, {name: part.astype(float) for name, part in trained.weights().items()}
    width, scores = network.filter_width, []
    n_windows = len(codes) - width + 1
    for start in range(n_windows):
        window = codes[start : start + width]
        shift = weights["position"][start * network.n_bins // n_windows] if network.n_bins else 0
        for read in (window, reverse_complement(window)) if network.both_strands else (window,):
            known = np.flatnonzero(read < 4)
            scores.append(weights["filters"][known, read[known]].sum(axis=0) + shift)
    feature = np.max(scores, axis=0) + weights["filter_bias"]
    feature = np.maximum(feature, 0) if network.activation == "relu" else np.exp(np.minimum(feature, 10))
    if network.n_hidden:
        feature = np.maximum(feature @ weights["hidden"] + weights["hidden_bias"], 0)
    return feature @ weights["output"] + weights["output_bias"]


@pytest.mark.parametrize("network", NETWORKS)
def test_the_module_computes_what_the_formulas_say(network):
    rng = np.random.default_rng(0)
    trained = initial(network, rng)
    trained.parameters[:] += rng.normal(0, 0.3, network.n_parameters)
    codes = rng.integers(0, 5, (13, network.length)).astype(np.uint8)
    logits = module_of(trained)(torch.from_numpy(one_hot(codes))).detach().numpy()
    np.testing.assert_allclose(logits, [plain_logits(trained, row) for row in codes], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_weights_go_there_and_back_unchanged(network):
    trained, before = initial(network, np.random.default_rng(1)), torch.get_rng_state()
    module = module_of(trained)
    assert not module.training
    assert torch.equal(torch.get_rng_state(), before)
    back = trained_of(module)
    assert back.network == network
    assert back.parameters.tobytes() == trained.parameters.tobytes()
    state = module.state_dict()
    assert {name: tuple(part.shape) for name, part in state.items()} == {
        name: part.shape for name, part in trained.weights().items()
    }
    with torch.no_grad():
        module.filters.fill_(9)
    assert trained.parameters.max() < 9
    assert (trained_of(module.double()).weights()["filters"] == 9).all()


def test_every_non_linearity_is_a_submodule_of_its_own():
    kinds = [type(part) for name, part in FilterNetworkModule(NETWORKS[1]).named_modules() if name]
    assert kinds == [nn.MaxPool1d, CappedExponential, nn.ReLU]
    module = FilterNetworkModule(NETWORKS[2])
    calls = []
    for name, part in module.named_children():
        part.register_forward_hook(lambda _part, _inputs, _output, name=name: calls.append(name))
    module(torch.zeros(2, 4, 26))
    assert calls == ["pool", "activation", "hidden_activation"]


@pytest.mark.parametrize("network", NETWORKS)
def test_features_and_head_are_the_two_halves_of_the_network(network):
    module = FilterNetworkModule(network)
    x = torch.rand((5, 4, network.length), generator=torch.Generator().manual_seed(1))
    feature = module.features(x)
    assert feature.shape == (5, network.n_filters)
    torch.testing.assert_close(module.head(feature), module(x))
    with pytest.raises(ParameterError, match="takes one-hot"):
        module.features(x[0])


def test_between_the_submodules_the_network_is_linear():
    """With its non-linearities taken out, contributions of the bases must sum to the logit, completely."""
    module = FilterNetworkModule(NETWORKS[1])
    module.pool, module.activation, module.hidden_activation = nn.AvgPool1d(32), nn.Identity(), nn.Identity()
    rng = torch.Generator().manual_seed(0)
    one, two = torch.rand((2, 5, 4, 18), generator=rng)
    middle = module(0.3 * one + 0.7 * two)
    torch.testing.assert_close(middle, 0.3 * module(one) + 0.7 * module(two))


def test_new_modules_are_drawn_glorot_uniform_from_the_seed_of_torch():
    network = FilterNetwork(64, 9, 30, 3, 50, 40)
    torch.manual_seed(3)
    module, other = FilterNetworkModule(network), FilterNetworkModule(network)
    torch.manual_seed(3)
    same = FilterNetworkModule(network)
    assert torch.equal(module.filters, same.filters)
    assert not torch.equal(module.filters, other.filters)
    limits = {"filters": 4 * 9 + 9 * 64, "hidden": 64 + 50, "output": 50 + 40}
    for name, part in module.named_parameters():
        limit = np.sqrt(6 / limits[name]) if name in limits else 0.0
        assert 0.98 * limit <= part.abs().max().item() <= limit + 1e-7


def test_a_module_trained_in_torch_predicts_the_same_as_a_trained_network():
    sequences = random_sequences(19, 31, random_state=2)
    module = FilterNetworkModule(NETWORKS[0])
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    x, y = torch.from_numpy(one_hot(sequences.codes)), torch.arange(19) % 2
    for _ in range(5):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(module(x)[:, 0], y.float()).backward()
        optimizer.step()
    expected = torch.sigmoid(module(x)[:, 0]).detach().numpy()
    np.testing.assert_allclose(predict_probabilities([trained_of(module)], sequences), expected, atol=1e-5)


def test_an_ensemble_module_is_the_ensemble():
    networks = [initial(NETWORKS[0], np.random.default_rng(seed)) for seed in range(3)]
    sequences = random_sequences(17, 31, random_state=4)
    module = EnsembleModule([module_of(trained) for trained in networks])
    logits = module(torch.from_numpy(one_hot(sequences.codes)))
    assert logits.shape == (17, 1)
    expected = predict_probabilities(networks, sequences)
    np.testing.assert_allclose(torch.sigmoid(logits[:, 0]).detach().numpy(), expected, atol=1e-6)
    assert sum(part.numel() for part in module.parameters()) == 3 * NETWORKS[0].n_parameters


def test_an_ensemble_of_nothing_is_refused():
    with pytest.raises(ParameterError, match="at least one"):
        EnsembleModule([])


@pytest.mark.parametrize("shape", [(2, 4, 30), (2, 31, 4), (4, 31), (2, 5, 31)])
def test_another_shape_of_input_is_refused(shape):
    with pytest.raises(ParameterError, match=r"\(n, 4, 31\)"):
        FilterNetworkModule(NETWORKS[0])(torch.zeros(shape))


def test_the_capped_exponential_stays_finite_and_is_flat_above_the_cap():
    z = torch.tensor([-200.0, 0.0, 1.5, 9.9, 10.1, 1e30], requires_grad=True)
    value = CappedExponential()(z)
    value.sum().backward()
    expected = np.exp(np.minimum(z.detach().numpy(), 10))
    np.testing.assert_allclose(value.detach().numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(z.grad.numpy(), [*expected[:4], 0, 0], rtol=1e-6)


def test_networks_of_every_kind_are_modules_in_evaluation_mode():
    state = torch.get_rng_state()
    for kind, trained in ((LayeredNetwork, LAYERS), (GrammarModule, GRAMMAR)):
        module = module_of(trained)
        assert isinstance(module, kind)
        assert not module.training
        with torch.no_grad():
            next(module.parameters()).fill_(9)
        assert all(part.max() < 9 for part in trained.weights.values())
    assert torch.equal(torch.get_rng_state(), state)


def test_a_module_of_layers_computes_what_the_layers_say():
    x = torch.from_numpy(one_hot(np.random.default_rng(1).integers(0, 5, (6, 12)).astype(np.uint8)))
    expected = forward(LAYERS.network.stack, LAYERS.weights, x.numpy())
    np.testing.assert_allclose(module_of(LAYERS)(x).detach().numpy(), expected, rtol=1e-4, atol=1e-5)


def test_several_networks_are_one_module_with_their_mean_logit():
    filters = initial(FilterNetwork(3, 5, 12), np.random.default_rng(2))
    one_output = [filters, GRAMMAR]
    x = torch.from_numpy(one_hot(np.random.default_rng(3).integers(0, 5, (6, 12)).astype(np.uint8)))
    module = module_of(one_output)
    assert not module.training
    expected = torch.stack([module_of(each)(x) for each in one_output]).mean(dim=0)
    torch.testing.assert_close(module(x), expected)
    with pytest.raises(ParameterError, match=r"same length and outputs. Got .*\[\(12, 1\), \(12, 2\)\]"):
        module_of([filters, LAYERS])


@pytest.mark.parametrize("trained", [LAYERS, GRAMMAR, initial(FilterNetwork(3, 5, 12), np.random.default_rng(4))])
def test_inputs_of_every_kind_have_gradients(trained):
    codes = np.random.default_rng(5).integers(0, 4, (2, 12)).astype(np.uint8)
    x = torch.from_numpy(one_hot(codes)).requires_grad_()
    module_of(trained)(x)[:, 0].sum().backward()
    assert (x.grad != 0).any()


@pytest.mark.parametrize("tool", [lambda each: saturation_mutagenesis(each, CODES), lambda each: slide(each, CODES[0]),
                                  module_of])  # fmt: skip
def test_what_is_no_trained_network_is_refused_in_one_line(tool):
    for given, name in ((nn.Linear(2, 3), "Linear"), ([LAYERS, None], "NoneType"), ([], "none"), (None, "NoneType")):
        with pytest.raises(ParameterError, match=rf"at least one trained network.* Got {name}\."):
            tool(given)
    bias = {"0.bias": np.zeros(4, np.float32)}
    wrong = {
        r"'0.bias' of None in place of \(3,\)": {},
        r"'0.bias' of \(4,\) in place of \(3,\)": {**LAYERS.weights, **bias},
        r"'9.bias' of \(4,\) in place of None": {**LAYERS.weights, "9.bias": bias["0.bias"]},
    }
    for words, weights in wrong.items():
        with pytest.raises(ParameterError, match=words):
            tool(TrainedLayers(LAYERS.network, weights))
