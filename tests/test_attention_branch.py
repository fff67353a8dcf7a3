"""The multi-scale network with its compiled branches against the same network layer by layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from motiflens.networks import attention_branch
from motiflens.networks.architectures import named_network
from motiflens.networks.attention_branch import AttentionBranch, codes_of
from motiflens.networks.examples import examples_of
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.layered import LayeredNetwork
from motiflens.networks.layered_training import fit_modules
from motiflens.networks.module_jobs import ModuleJob, with_inputs
from motiflens.networks.torch_layers import RandomDropout
from motiflens.sequences import from_codes

LENGTH = 47


@pytest.fixture
def layer_by_layer(monkeypatch):
    """Return a function that lets branches run as layers, from when it is called."""
    return lambda: monkeypatch.setattr(attention_branch, "codes_of", lambda _: None)


@pytest.fixture
def compiled(monkeypatch):
    """Return a list that has an entry for each time that a compiled branch ran."""
    ran, forward = [], attention_branch.forward

    def counted(codes, *rest, **options):
        ran.append(codes.shape)
        return forward(codes, *rest, **options)

    monkeypatch.setattr(attention_branch, "forward", counted)
    return ran


def network(seed: int) -> LayeredNetwork:
    """Return a small multi-scale network in training, its dropout off and its scales and shifts drawn."""
    generator = torch.Generator().manual_seed(seed)
    module = LayeredNetwork(named_network("multiscale", LENGTH, sizes={"n_filters": 6}), generator).train()
    with torch.no_grad():
        for part in module.parameters():
            if part.ndim == 1:
                part.add_(torch.empty_like(part).normal_(0, 0.3, generator=generator))
    for part in module.modules():
        if isinstance(part, RandomDropout):
            part.rate = 0.0
    return module


def one_hot(codes: np.ndarray) -> torch.Tensor:
    return torch.from_numpy((codes[:, None] == np.arange(4)[:, None]).astype(np.float32))


def stepped(module: LayeredNetwork, codes: np.ndarray) -> tuple[list[float], dict[str, np.ndarray]]:
    """Return the losses of a few steps, and the gradients and moving averages of the last."""
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05)
    targets = torch.from_numpy((np.arange(len(codes)) % 2).astype(np.float32))[:, None]
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(module(one_hot(codes)), targets)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    figures = {name: part.grad.numpy() for name, part in module.named_parameters()}
    return losses, figures | {name: part.numpy() for name, part in module.named_buffers()}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_losses_and_gradients_are_those_of_the_layers(seed, compiled, layer_by_layer):
    codes = np.random.default_rng(seed).integers(0, 5, (13, LENGTH)).astype(np.uint8)
    losses, figures = stepped(network(seed), codes)
    assert len(compiled) == 3 * 4  # steps, branches
    layer_by_layer()
    wanted_losses, wanted = stepped(network(seed), codes)
    assert len(compiled) == 3 * 4
    np.testing.assert_allclose(losses, wanted_losses, rtol=1e-5)
    assert figures.keys() == wanted.keys()
    for name, part in wanted.items():
        tolerance = 1e-3 * np.abs(part).max() + 1e-6  # a bias before a normalisation has no gradient but rounding
        np.testing.assert_allclose(figures[name], part, atol=tolerance, rtol=1e-3, err_msg=name)


def test_all_branches_of_the_network_are_compiled_ones():
    module = LayeredNetwork(named_network("multiscale", LENGTH))
    assert sum(isinstance(part, AttentionBranch) for part in module.modules()) == 4


@pytest.mark.parametrize("seed", [3, 4])
def test_logits_in_evaluation_are_those_of_the_layers(seed, compiled, layer_by_layer):
    codes = np.random.default_rng(seed).integers(0, 5, (9, LENGTH)).astype(np.uint8)
    module = network(seed)
    stepped(module, codes)  # so that the moving averages are no longer 0 and 1
    compiled.clear()
    module.eval()
    with torch.no_grad():
        found = module(one_hot(codes))
    layer_by_layer()
    with torch.no_grad():
        np.testing.assert_allclose(found, module(one_hot(codes)), rtol=1e-4, atol=1e-6)
    assert compiled == []  # moments of the batch have no part in it


def test_gradients_can_be_taken_in_evaluation_too():
    codes = np.random.default_rng(6).integers(0, 4, (5, LENGTH)).astype(np.uint8)
    module = network(6).eval()
    module(one_hot(codes)).sum().backward()
    filters = [part.grad for name, part in module.named_parameters() if name.endswith(".0.weight")]
    assert len(filters) == 4
    assert all(part.abs().sum() > 0 for part in filters)


def test_noisy_inputs_take_the_layers_and_others_do_not(compiled):
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, (40, LENGTH)).astype(np.uint8)
    train = examples_of(from_codes(codes).with_labels(np.arange(40) % 2), 1)
    options = TrainingOptions(epochs=1, patience=1, batch_size=20, learning_rate=1e-3, dropout=0.0, weight_decay=0.0)
    blueprint = named_network("multiscale", LENGTH, sizes={"n_filters": 6})
    noise = one_hot(codes).numpy() + rng.normal(0, 0.05, (40, 4, LENGTH)).astype(np.float32)
    noisy = with_inputs(train, np.clip(noise, 0, 1))
    fit_modules([ModuleJob(blueprint, noisy, None, 0, options)])
    assert compiled == []
    fit_modules([ModuleJob(blueprint, train, None, 0, replace(options, epochs=2, patience=2))])
    assert compiled == 2 * 2 * 4 * [(20, LENGTH)]  # epochs, batches, branches


def test_inputs_that_need_gradients_get_them(compiled):
    x = one_hot(np.random.default_rng(5).integers(0, 4, (6, LENGTH)).astype(np.uint8)).requires_grad_()
    network(5)(x).sum().backward()
    assert torch.isfinite(x.grad).all()
    assert x.grad.abs().sum() > 0
    assert compiled == []


# --- codes


def test_codes_are_read_off_one_hot_inputs():
    codes = np.random.default_rng(6).integers(0, 5, (7, 11)).astype(np.uint8)
    found = codes_of(one_hot(codes))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, codes)
    assert codes_of(torch.zeros(0, 4, 11)).shape == (0, 11)


@pytest.mark.parametrize("value", [0.999, 1e-30, -1.0, 2.0, np.nan, np.inf])
def test_any_other_figure_has_no_codes(value):
    x = one_hot(np.zeros((3, 5), np.uint8))
    x[1, 2, 4] = value
    assert codes_of(x) is None


def test_two_letters_at_a_place_have_no_codes():
    x = one_hot(np.zeros((3, 5), np.uint8))
    x[1, 2, 4] = 1
    assert codes_of(x) is None


def test_other_precisions_have_no_codes():
    assert codes_of(one_hot(np.zeros((3, 5), np.uint8)).double()) is None
