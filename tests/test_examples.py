"""Targets, weights and losses of the sequences that networks learn from."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_sample_weight

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.examples import examples_of
from motiflens.simulating.planting import random_sequences


def labelled(labels):
    return random_sequences(len(labels), 9, random_state=0).with_labels(labels)


def test_two_classes_are_one_target_and_many_are_one_each():
    two = examples_of(labelled([1, 0, 1, 1]), 1)
    assert two.loss == kernels.SIGMOID
    assert two.data.targets.tolist() == [[1], [0], [1], [1]]
    many = examples_of(labelled([2, 0, 3, 2, 0]), 4)
    assert many.loss == kernels.SOFTMAX
    assert many.data.targets.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0]]
    labels = [[1, 0, 1], [0, 0, 0]]
    several = examples_of(labelled(labels), 3)
    assert several.loss == kernels.SIGMOID
    assert several.data.targets.tolist() == labels
    for examples in (two, many, several):
        assert examples.data.targets.dtype == examples.data.weights.dtype == np.float32
        assert (examples.weights == 1).all()


def test_parts_share_the_arrays_of_the_whole():
    sequences = labelled(np.arange(11) % 2)
    every = examples_of(sequences, 1, sample_weight=np.arange(11.0))
    part = every[[7, 2, 9, 3]][[True, False, True, True]]
    assert part.data is every.data
    assert part.data.codes is sequences.codes
    assert part.rows.tolist() == [7, 9, 3]
    assert part.weights.tolist() == [7, 9, 3]
    assert len(part) == 3
    assert every[2:5].rows.tolist() == [2, 3, 4]
    assert part.mean(np.array([1.0, 0.0, 2.0])) == pytest.approx((7 + 6) / 19)


@given(st.integers(0, 10**6), st.sampled_from([1, 3]), st.booleans(), st.floats(0.1, 300))
def test_losses_are_those_of_torch(seed, n_outputs, softmax, scale):
    rng = np.random.default_rng(seed)
    softmax = softmax and n_outputs > 1
    labels = rng.integers(0, n_outputs, 7) if softmax else rng.integers(0, 2, (7, n_outputs))
    examples = examples_of(labelled(labels), n_outputs)[[4, 0, 6, 6, 1]]
    logits = (scale * rng.normal(size=(5, n_outputs))).astype(np.float32)
    chosen = torch.from_numpy(labels[[4, 0, 6, 6, 1]])
    if softmax:
        expected = torch.nn.functional.cross_entropy(torch.from_numpy(logits).double(), chosen, reduction="none")
    else:
        expected = torch.nn.functional.binary_cross_entropy_with_logits(
            torch.from_numpy(logits).double(), chosen.double(), reduction="none"
        ).mean(dim=1)
    np.testing.assert_allclose(examples.losses(logits), expected.numpy(), rtol=1e-9, atol=1e-9)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(0, 10**6))
def test_weights_by_class_are_those_of_scikit_learn(labels, seed):
    sample_weight = np.random.default_rng(seed).uniform(0, 2, len(labels))
    given_weights = {label: 0.25 + label for label in set(labels) if label != 1}
    for class_weight in ("balanced", given_weights, None):
        found = examples_of(labelled(labels), 4, sample_weight=sample_weight, class_weight=class_weight)
        expected = compute_sample_weight(class_weight, labels) * sample_weight
        np.testing.assert_allclose(found.weights, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("labels", "n_outputs", "options", "words"),
    [
        ([0, 2], 1, {}, "0 to 1 for 1 outputs. Got 0 to 2"),
        ([0, -1], 3, {}, "0 to 2 for 3 outputs. Got -1 to 0"),
        ([0, 3, 1], 3, {}, "Got 0 to 3"),
        ([[0, 2], [1, 1]], 2, {}, "Got 0 to 2"),
        ([[0, 1], [1, 1]], 3, {}, r"needs labels \(n, 3\). Got shape \(2, 2\)"),
        ([0, 1], 1, {"sample_weight": [1.0]}, "2 finite numbers"),
        ([0, 1], 1, {"sample_weight": [1.0, -0.1]}, "2 finite numbers"),
        ([0, 1], 1, {"sample_weight": [1.0, np.nan]}, "2 finite numbers"),
        ([0, 1], 1, {"sample_weight": [[1.0], [2.0]]}, r"shape \(2, 1\)"),
        ([0, 1], 1, {"sample_weight": ["a", "b"]}, "must be numbers"),
        ([0, 1], 1, {"class_weight": "equal"}, "'balanced'.*Got 'equal'"),
        ([0, 1], 1, {"class_weight": {2: 1.0}}, "Got 2: 1.0"),
        ([0, 1], 1, {"class_weight": {1: -1.0}}, "Got 1: -1.0"),
        ([0, 1], 1, {"class_weight": {1: np.inf}}, "Got 1: inf"),
        ([[0, 1], [1, 1]], 2, {"class_weight": "balanced"}, "give sample_weight instead"),
    ],
)
def test_labels_and_weights_that_do_not_fit_are_refused(labels, n_outputs, options, words):
    with pytest.raises(ParameterError, match=words):
        examples_of(labelled(labels), n_outputs, **options)
