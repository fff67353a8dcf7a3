"""Forward pass, gradient, dropout and Adam of the compiled loops, against torch and plain formulas."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motiflens.alphabet import one_hot
from motiflens.networks import kernels
from motiflens.networks.model import FilterNetwork, TrainedNetwork, run_network
from motiflens.networks.module import module_of

NETWORKS = [
    FilterNetwork(5, 7, 31),
    FilterNetwork(4, 3, 18, 2, 6, 3, activation="exponential"),
    FilterNetwork(3, 11, 26, 4, 0, 3, both_strands=False),
    FilterNetwork(7, 20, 45, 5, 2, 1, both_strands=False, activation="exponential"),
    FilterNetwork(6, 14, 40, 3, 9, 2),
]

networks = st.builds(
    lambda width, extra, both, n_filters, n_bins, n_hidden, n_outputs, activation: FilterNetwork(
        n_filters, width, width + extra, n_bins, n_hidden, n_outputs, both, activation
    ),
    st.integers(1, 15), st.integers(0, 20), st.booleans(), st.integers(1, 7), st.integers(1, 4),
    st.sampled_from([0, 0, 2, 5]), st.sampled_from([1, 3]), st.sampled_from(["relu", "exponential"]),
)  # fmt: skip


def random_network(network, rng, scale=0.4):
    return TrainedNetwork(network, (scale * rng.normal(size=network.n_parameters)).astype(np.float32))


def random_data(network, n, rng, loss=kernels.SIGMOID):
    codes = rng.choice(5, size=(n, network.length), p=[0.23] * 4 + [0.08]).astype(np.uint8)
    targets = rng.integers(0, 2, (n, network.n_outputs)).astype(np.float32)
    if loss == kernels.SOFTMAX:
        targets = np.eye(network.n_outputs, dtype=np.float32)[rng.integers(0, network.n_outputs, n)]
    return kernels.Data(codes, targets, rng.uniform(0.2, 3, n).astype(np.float32))


def torch_loss(module, data, rows, loss):
    """Return the weighted mean loss over the rows, as torch defines the losses."""
    logits, targets = module(torch.from_numpy(one_hot(data.codes[rows]))), torch.from_numpy(data.targets[rows])
    weights = torch.from_numpy(data.weights[rows])
    if loss == kernels.SOFTMAX:
        losses = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    else:
        losses = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
    return (weights * losses).sum() / weights.sum()


def check_gradient(trained, data, rows, *, loss=kernels.SIGMOID, drop=0.0, seed=0):
    network = trained.network
    module = module_of(trained)
    if drop:
        masks = dropout_mask(trained, data, rows, drop, seed)
        module.activation.register_forward_hook(lambda _module, _inputs, output: output * torch.from_numpy(masks))
    expected = torch_loss(module, data, rows, loss)
    expected.backward()
    learn = kernels.Learner(data, trained.parameters, network.plan, batch=len(rows) + 2, loss=loss, drop=drop)
    learn.gradient[:] = np.nan
    value, gradient = learn(rows, seed), learn.gradient
    assert value == pytest.approx(expected.item(), rel=1e-4, abs=1e-5)
    wanted = {name: part.grad.numpy() for name, part in module.named_parameters() if part.numel()}
    scale = max(1.0, max(np.abs(part).max() for part in wanted.values()))
    found = kernels.views(gradient, network.shape)._asdict()
    for name, part in wanted.items():
        np.testing.assert_allclose(found[name], part, rtol=1e-3, atol=1e-4 * scale, err_msg=name)


def dropout_mask(trained, data, rows, drop, seed):
    parts = kernels.views(trained.parameters, trained.network.shape)
    plan, features = trained.network.plan, []
    for rate in (0.0, drop):
        run = kernels.room(plan, len(rows))
        kernels.forward(data.codes, rows, parts, plan, run, drop=rate, seed=seed)
        features.append(run.feature)
    return np.divide(features[1], features[0], out=np.zeros_like(features[0]), where=features[0] != 0)


@pytest.mark.parametrize("network", NETWORKS)
def test_forward_is_that_of_the_torch_module(network):
    rng = np.random.default_rng(network.length)
    trained = random_network(network, rng)
    data = random_data(network, 23, rng)
    with torch.no_grad():
        expected = module_of(trained)(torch.from_numpy(one_hot(data.codes))).numpy()
    np.testing.assert_allclose(run_network(trained, data.codes).logits, expected, rtol=1e-5, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(networks, st.sampled_from([kernels.SIGMOID, kernels.SOFTMAX]), st.integers(0, 10**6))
def test_forward_and_gradient_agree_with_torch_for_any_shape(network, loss, seed):
    rng = np.random.default_rng(seed)
    trained = random_network(network, rng)
    data = random_data(network, 9, rng, loss)
    with torch.no_grad():
        expected = module_of(trained)(torch.from_numpy(one_hot(data.codes))).numpy()
    np.testing.assert_allclose(run_network(trained, data.codes).logits, expected, rtol=1e-5, atol=1e-5)
    check_gradient(trained, data, rng.permutation(9)[:6], loss=loss)


@pytest.mark.parametrize("network", NETWORKS)
def test_gradient_under_dropout(network):
    rng = np.random.default_rng(5)
    check_gradient(random_network(network, rng), random_data(network, 17, rng), np.arange(3, 14), drop=0.4, seed=8)


def test_no_gradient_flows_through_the_cap_of_the_exponential():
    rng = np.random.default_rng(6)
    network = FilterNetwork(4, 5, 20, activation="exponential")
    trained = random_network(network, rng, scale=0.05)
    parts = kernels.views(trained.parameters, network.shape)
    parts.filter_bias[:] = [20, 0.1, 10.3, -1]
    parts.output[:] *= 1e-4
    data = random_data(network, 8, rng)
    learn = kernels.Learner(data, trained.parameters, network.plan, batch=8)
    learn(np.arange(8))
    gradient = learn.gradient
    bias = kernels.views(gradient, network.shape).filter_bias
    assert bias[[0, 2]].tolist() == [0, 0]
    assert (bias[[1, 3]] != 0).all()
    assert np.isfinite(gradient).all()
    check_gradient(trained, data, np.arange(8))


def test_extreme_logits_have_a_finite_loss_and_gradient():
    network = FilterNetwork(2, 3, 10, n_outputs=3)
    theta = np.zeros(network.n_parameters, np.float32)
    kernels.views(theta, network.shape).output_bias[:] = [2000, -2000, 0]
    rng = np.random.default_rng(7)
    for loss in (kernels.SIGMOID, kernels.SOFTMAX):
        data = replace(random_data(network, 2, rng), targets=np.array([[0, 1, 0], [0, 1, 0]], np.float32))
        learn = kernels.Learner(data, theta, network.plan, batch=2, loss=loss)
        value, gradient = learn(np.arange(2)), learn.gradient
        expected = (2000 + 2000 + np.log(2)) / 3 if loss == kernels.SIGMOID else 4000
        assert value == pytest.approx(expected, rel=1e-5)
        share = 3 if loss == kernels.SIGMOID else 1
        last = 0.5 / share if loss == kernels.SIGMOID else 0
        found = kernels.views(gradient, network.shape).output_bias
        np.testing.assert_allclose(found, [1 / share, -1 / share, last], atol=1e-6)


def test_a_sequence_of_weight_zero_does_not_count():
    rng = np.random.default_rng(8)
    trained = random_network(NETWORKS[4], rng)
    data = random_data(NETWORKS[4], 6, rng)
    data.weights[[1, 4]] = 0
    learn = kernels.Learner(data, trained.parameters, trained.network.plan, batch=6)
    one, some = learn(np.array([0, 2, 3, 5])), learn.gradient.copy()
    two, every = learn(np.arange(6)), learn.gradient
    assert one == pytest.approx(two, rel=1e-6)
    np.testing.assert_allclose(some, every, rtol=1e-4, atol=1e-6)


def test_threads_change_no_bit(monkeypatch):
    monkeypatch.setattr(kernels, "_WORTH_SHARING", 0)
    rng = np.random.default_rng(10)
    network = FilterNetwork(70, 9, 500, n_bins=3, n_hidden=4)
    trained = random_network(network, rng)
    data = random_data(network, 61, rng)
    losses, gradients = [], []
    for threads in (1, 3):
        learn = kernels.Learner(data, trained.parameters, network.plan, batch=61, drop=0.3, threads=threads)
        losses.append(learn(np.arange(61)[::-1].copy(), seed=4))
        gradients.append(learn.gradient)
    assert losses[0] == losses[1]
    np.testing.assert_array_equal(*gradients)


def test_dropout_drops_its_share_and_scales_the_rest():
    rng = np.random.default_rng(9)
    network = FilterNetwork(60, 4, 12, activation="exponential")
    trained, data, rows = random_network(network, rng, 0.1), random_data(network, 200, rng), np.arange(200)
    for drop in (0.1, 0.5, 0.8):
        mask = dropout_mask(trained, data, rows, drop, 3)
        kept = mask > 0
        np.testing.assert_allclose(mask[kept], 1 / (1 - drop), rtol=1e-5)
        error = np.sqrt(drop * (1 - drop) / mask.size)
        assert abs((~kept).mean() - drop) < 4 * error
        assert abs((~kept).mean(axis=0) - drop).max() < 5 * error * np.sqrt(60)
        assert abs((~kept).mean(axis=1) - drop).max() < 5 * error * np.sqrt(200)


def test_masks_follow_seed_sequence_and_filter_not_the_batch():
    rng = np.random.default_rng(10)
    network = FilterNetwork(33, 4, 12, activation="exponential")
    trained, data = random_network(network, rng, 0.1), random_data(network, 20, rng)
    masks = dropout_mask(trained, data, np.arange(20), 0.5, 2**61) > 0
    alone = dropout_mask(trained, data, np.array([13, 4]), 0.5, 2**61) > 0
    np.testing.assert_array_equal(alone, masks[[13, 4]])
    other = dropout_mask(trained, data, np.arange(20), 0.5, 2**61 + 1) > 0
    assert 0.4 < (masks == other).mean() < 0.6
    assert 0.3 < (masks[0] == masks[1]).mean() < 0.7


def adam_reference(theta, gradients, rate, decay):
    """Return the parameters after Adam steps as Keras writes them, in double precision."""
    theta, first, second = theta.astype(float), 0.0, 0.0
    for step, gradient in enumerate(gradients, start=1):
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        corrected = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        theta = theta - corrected * first / (np.sqrt(second) + 1e-7) - decay * theta
    return theta


def run_adam(theta, gradients, rate, decay):
    theta, first, second = theta.copy(), np.zeros_like(theta), np.zeros_like(theta)
    for step, gradient in enumerate(gradients, start=1):
        kernels.adam(theta, gradient, first, second, step, rate, decay)
    return theta


def test_adam_is_that_of_the_paper_with_decoupled_decay():
    rng = np.random.default_rng(11)
    theta = rng.normal(size=13).astype(np.float32)
    gradients = (rng.normal(size=(40, 13)) * 10.0 ** rng.integers(-8, 3, 13)).astype(np.float32)
    decay = rng.uniform(0, 1e-2, 13).astype(np.float32)
    found = run_adam(theta, gradients, 0.03, decay)
    np.testing.assert_allclose(found, adam_reference(theta, gradients, 0.03, decay), rtol=1e-4, atol=1e-5)


def test_adam_agrees_with_torch_where_epsilon_does_not_matter():
    rng = np.random.default_rng(12)
    theta, gradients = rng.normal(size=7).astype(np.float32), rng.normal(size=(25, 7)).astype(np.float32)
    parameter = torch.nn.Parameter(torch.from_numpy(theta.copy()))
    optimizer = torch.optim.AdamW([parameter], lr=0.01, eps=1e-12, weight_decay=0.2)
    for gradient in gradients:
        parameter.grad = torch.from_numpy(gradient)
        optimizer.step()
    found = run_adam(theta, gradients, 0.01, np.full(7, 0.2 * 0.01, np.float32))
    np.testing.assert_allclose(found, parameter.detach().numpy(), rtol=1e-4, atol=1e-5)


def test_views_are_views_that_cover_the_vector_once():
    network = NETWORKS[1]
    theta = np.zeros(network.n_parameters, np.float32)
    for part in kernels.views(theta, network.shape):
        part += 1
    assert (theta == 1).all()
