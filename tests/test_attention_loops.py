"""The compiled attention branch against torch's layers and gradients."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch
from torch.nn import functional

from motiflens.networks.attention_loops import Branch, backward, evaluated, forward

EPSILON = 1e-3


def _branch(rng: np.random.Generator, width: int, n_filters: int) -> Branch:
    shapes = ((width, 4, n_filters), *[(n_filters,)] * 4, (1,))
    return Branch(*(rng.normal(scale=0.5, size=shape).astype(np.float32) for shape in shapes))


def _reference(codes, parts, mask):
    """Return features by torch's own layers, with a given dropout mask ``(n, length, F)``."""
    filters, filter_bias, scale, shift, attention, attention_bias = parts
    width = filters.shape[0]
    left = (width - 1) // 2
    one_hot = torch.from_numpy((codes[:, None] == np.arange(4)[:, None]).astype(np.float32))
    scores = functional.conv1d(functional.pad(one_hot, (left, width - 1 - left)), filters.permute(2, 1, 0), filter_bias)
    normal = functional.batch_norm(torch.relu(scores), None, None, scale, shift, training=True, eps=EPSILON)
    dropped = normal * torch.from_numpy(mask).permute(0, 2, 1)
    weights = torch.softmax(torch.tanh((dropped * attention[:, None]).sum(1) + attention_bias), dim=1)
    return (dropped * weights[:, None]).amax(2), torch.relu(scores)


@pytest.mark.parametrize(("width", "drop"), [(1, 0.0), (3, 0.0), (4, 0.3), (7, 0.0), (25, 0.2), (40, 0.5)])
def test_features_and_gradients_are_those_of_the_layers(width, drop):
    rng = np.random.default_rng(width)
    n, length, n_filters = 7, 31, 11
    codes = rng.integers(0, 5, (n, length)).astype(np.uint8)
    branch = _branch(rng, width, n_filters)
    features, kept, variance = forward(codes, branch, drop=drop, epsilon=EPSILON, seed=3)
    pull = rng.normal(size=(n, n_filters)).astype(np.float32)
    gradients = backward(branch, kept, pull, drop=drop)

    parts = [torch.tensor(getattr(branch, field.name), requires_grad=True) for field in fields(Branch)]
    expected, rectified = _reference(codes, parts, kept.kept.astype(np.float32) / np.float32(1 - drop))
    expected.backward(torch.from_numpy(pull))
    np.testing.assert_allclose(features, expected.detach().numpy(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(kept.mean, rectified.mean((0, 2)).detach(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(variance, rectified.var((0, 2), correction=0).detach(), rtol=1e-3, atol=1e-6)
    for field, part in zip(fields(Branch), parts, strict=True):
        wanted = part.grad.numpy()
        tolerance = 1e-5 * max(np.abs(wanted).max(), 1e-3)
        np.testing.assert_allclose(
            getattr(gradients, field.name), wanted, rtol=1e-3, atol=tolerance, err_msg=field.name
        )


def test_the_share_dropped_is_the_one_asked_and_changes_with_the_seed():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (20, 50)).astype(np.uint8)
    branch = _branch(rng, 5, 64)
    masks = [forward(codes, branch, drop=0.2, epsilon=EPSILON, seed=seed)[1].kept for seed in (1, 1, 2)]
    assert np.array_equal(masks[0], masks[1])
    for mask in (masks[0], masks[2]):
        assert abs(1 - mask.mean() - 0.2) < 4 * np.sqrt(0.16 / mask.size)
        for axis in range(3):
            share = 1 - mask.mean(axis=tuple({0, 1, 2} - {axis}))
            spread = np.sqrt(0.16 * mask.shape[axis] / mask.size)
            assert np.abs(share - 0.2).max() < 5 * spread
    agree = (masks[0] == masks[2]).mean()
    assert abs(agree - (0.8**2 + 0.2**2)) < 0.01


def test_nothing_is_dropped_when_none_shall_be():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (3, 20)).astype(np.uint8)
    _, kept, _ = forward(codes, _branch(rng, 3, 5), drop=0.0, epsilon=EPSILON, seed=9)
    assert kept.kept.all()


def test_with_given_moments_the_features_are_those_of_the_layers_in_evaluation():
    rng = np.random.default_rng(4)
    n, length, n_filters, width = 5, 23, 9, 6
    codes = rng.integers(0, 5, (n, length)).astype(np.uint8)
    branch = _branch(rng, width, n_filters)
    mean, variance = rng.random((2, n_filters)).astype(np.float32) + 0.1
    found = evaluated(codes, branch, mean=mean, variance=variance, epsilon=EPSILON)

    parts = [torch.from_numpy(getattr(branch, field.name)) for field in fields(Branch)]
    _, rectified = _reference(codes, parts, np.ones((n, length, n_filters), np.float32))
    normal = functional.batch_norm(
        rectified, torch.from_numpy(mean), torch.from_numpy(variance), parts[2], parts[3], eps=EPSILON
    )
    weights = torch.softmax(torch.tanh((normal * parts[4][:, None]).sum(1) + parts[5]), dim=1)
    np.testing.assert_allclose(found, (normal * weights[:, None]).amax(2), rtol=1e-4, atol=1e-6)
