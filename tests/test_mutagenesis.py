"""Every single-base change, against running the network on every changed sequence."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SMALL, networks, random_codes, random_network, whole_network

from motiflens.alphabet import one_hot, reverse_complement
from motiflens.errors import InputError, ParameterError
from motiflens.networks import kernels
from motiflens.networks.model import FilterNetwork, TrainedNetwork, run_network
from motiflens.networks.module import module_of
from motiflens.networks.mutagenesis import saturation_mutagenesis


def every_change(codes):
    """Return ``(n, 4, L, L)``: each sequence with each letter at each column."""
    length = codes.shape[1]
    changed = np.tile(codes[:, None, None], (1, 4, length, 1))
    for letter in range(4):
        for column in range(length):
            changed[:, letter, column, column] = letter
    return changed


def brute(trained, codes, output=0):
    changed = every_change(codes)
    return run_network(trained, changed.reshape(-1, codes.shape[1])).logits[:, output].reshape(changed.shape[:3])


def check_close(found, expected):
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * scale)


@settings(max_examples=80)
@given(networks, st.integers(0, 10**6))
def test_agrees_with_the_network_on_every_changed_sequence(network, seed):
    rng = np.random.default_rng(seed)
    codes, output = random_codes(rng, (3, network.length)), int(rng.integers(network.n_outputs))
    trained = random_network(network, rng)
    check_close(saturation_mutagenesis(trained, codes, output=output), brute(trained, codes, output))
    if network.activation == "relu":
        trained = whole_network(network, rng)
        found = saturation_mutagenesis(trained, codes, output=output)
        np.testing.assert_array_equal(found, brute(trained, codes, output))


@pytest.mark.parametrize("width", range(1, 25))
def test_every_filter_width_in_sequences_hardly_longer(width):
    rng = np.random.default_rng(width)
    for extra in (0, 1, width // 2, width):
        trained = whole_network(FilterNetwork(3, width, width + extra, n_bins=1 + width % 3), rng)
        codes = random_codes(rng, (4, width + extra))
        np.testing.assert_array_equal(saturation_mutagenesis(trained, codes), brute(trained, codes))


@pytest.mark.parametrize("n_filters", [16, 17, 64, 65, 129, 150, 193])
def test_any_number_of_filters(n_filters):
    rng = np.random.default_rng(n_filters)
    trained, codes = whole_network(FilterNetwork(n_filters, 8, 21, 2), rng), random_codes(rng, (2, 21))
    np.testing.assert_array_equal(saturation_mutagenesis(trained, codes), brute(trained, codes))


@pytest.mark.parametrize("n_hidden", [0, 5])
@pytest.mark.parametrize(("activation", "scale"), [("relu", 0.3), ("exponential", 0.3), ("exponential", 1.5)])
def test_agrees_with_the_torch_module(activation, scale, n_hidden):
    rng = np.random.default_rng(3)
    trained = random_network(FilterNetwork(18, 9, 41, 4, n_hidden, 2, activation=activation), rng, scale)
    codes = random_codes(rng, (2, 41))
    with torch.no_grad():
        logits = module_of(trained)(torch.from_numpy(one_hot(every_change(codes).reshape(-1, 41)))).numpy()
    check_close(saturation_mutagenesis(trained, codes, output=1), logits[:, 1].reshape(2, 4, 41))


def test_the_letter_that_stands_there_has_the_unchanged_logit_to_the_bit():
    rng = np.random.default_rng(4)
    trained, codes = random_network(SMALL, rng), random_codes(rng, (40, 30))
    found = saturation_mutagenesis(trained, codes, output=1)
    unchanged = run_network(trained, codes).logits[:, 1]
    row, column = np.nonzero(codes < 4)
    np.testing.assert_array_equal(found[row, codes[row, column], column], unchanged[row])


def test_a_column_under_no_best_window_changes_nothing_or_makes_a_better_one():
    network = FilterNetwork(1, 4, 30, both_strands=False)
    trained = TrainedNetwork(network, np.zeros(network.n_parameters, np.float32))
    parts = kernels.views(trained.parameters, network.shape)
    parts.filters[[0, 1, 2, 3], [0, 2, 0, 1], 0] = 1  # AGAC
    parts.output[:] = 1
    codes = np.full((1, 30), 3, np.uint8)
    codes[0, 10:14] = [0, 2, 0, 1]
    found = saturation_mutagenesis(trained, codes)[0]
    assert (np.delete(found, range(10, 14), axis=1) == 4).all()
    assert (found[:, 10:14] == np.where(np.eye(4)[[0, 2, 0, 1]].T, 4, 3)).all()
    codes[0, 20:24] = [0, 2, 0, 1]  # a copy, so that no single change loses the motif
    assert (saturation_mutagenesis(trained, codes) == 4).all()


def test_a_base_of_great_weight_leaves_the_digits_of_the_others():
    rng = np.random.default_rng(5)
    trained = random_network(FilterNetwork(3, 8, 8, both_strands=False), rng)
    parts = kernels.views(trained.parameters, trained.network.shape)
    parts.filters[4, 2] = 1e9
    codes = random_codes(rng, (6, 8), unknown=0)
    codes[:, 4] = 2
    found, expected = saturation_mutagenesis(trained, codes), brute(trained, codes)
    lost = [0, 1, 3]
    np.testing.assert_allclose(found[:, lost, 4], expected[:, lost, 4], rtol=1e-5, atol=1e-6)


def test_reading_both_strands_the_reverse_complement_has_the_mirrored_logits():
    rng = np.random.default_rng(6)
    trained = whole_network(FilterNetwork(4, 6, 25), rng)
    codes = random_codes(rng, (3, 25))
    turned = saturation_mutagenesis(trained, reverse_complement(codes))
    np.testing.assert_array_equal(turned[:, ::-1, ::-1], saturation_mutagenesis(trained, codes))


def test_threads_do_not_matter_nor_what_else_is_asked():
    rng = np.random.default_rng(7)
    trained, codes = random_network(SMALL, rng), random_codes(rng, (150, 30))
    one = saturation_mutagenesis(trained, codes)
    np.testing.assert_array_equal(saturation_mutagenesis(trained, codes, threads=3), one)
    np.testing.assert_array_equal(saturation_mutagenesis(trained, codes[77:79]), one[77:79])


def test_equal_sequences_and_repeats_are_no_special_case():
    rng = np.random.default_rng(8)
    trained = whole_network(SMALL, rng)
    codes = np.stack([np.full(30, 1), np.full(30, 4), np.tile([0, 3], 15), np.tile([0, 3], 15)]).astype(np.uint8)
    np.testing.assert_array_equal(saturation_mutagenesis(trained, codes), brute(trained, codes))


def test_an_ensemble_has_the_mean_logit():
    rng = np.random.default_rng(9)
    ensemble = [random_network(SMALL, rng), random_network(FilterNetwork(11, 3, 30, n_outputs=2), rng)]
    codes = random_codes(rng, (5, 30))
    expected = np.mean([brute(trained, codes, 1) for trained in ensemble], axis=0)
    found = saturation_mutagenesis(ensemble, codes, output=1)
    assert found.dtype == np.float32
    check_close(found, expected)


def test_arguments_are_left_as_they_are_and_need_not_be_writable():
    rng = np.random.default_rng(10)
    trained, codes = random_network(SMALL, rng), random_codes(rng, (3, 30))
    expected = saturation_mutagenesis(trained, codes)
    parameters = trained.parameters.copy()
    frozen = np.asfortranarray(codes)
    frozen.setflags(write=False)
    np.testing.assert_array_equal(saturation_mutagenesis(trained, frozen), expected)
    np.testing.assert_array_equal(saturation_mutagenesis(trained, codes.astype(np.int64)), expected)
    np.testing.assert_array_equal(trained.parameters, parameters)


def test_no_sequences_have_no_logits():
    trained = random_network(SMALL, np.random.default_rng(11))
    found = saturation_mutagenesis(trained, np.empty((0, 30), np.uint8))
    assert (found.shape, found.dtype) == ((0, 4, 30), np.float32)


@pytest.mark.parametrize(
    ("codes", "output", "error", "message"),
    [
        (np.zeros((2, 29), np.uint8), 0, ParameterError, "30 columns. Got 29"),
        (np.zeros((2, 30), np.uint8), 2, ParameterError, "output .* 2. Got 2"),
        (np.zeros((2, 30), np.uint8), -1, ParameterError, "output .* Got -1"),
        (np.zeros(30, np.uint8), 0, InputError, r"\(n, length\). Got the shape \(30,\)"),
        (np.zeros((2, 30)), 0, InputError, "whole numbers.* Got float64"),
        (np.full((2, 30), 5, np.uint8), 0, InputError, "Got 5 to 5"),
        (np.full((2, 30), -1), 0, InputError, "Got -1 to -1"),
        (np.full((2, 30), 256), 0, InputError, "Got 256 to 256"),
    ],
)
def test_what_cannot_be_used_is_refused(codes, output, error, message):
    trained = random_network(SMALL, np.random.default_rng(12))
    with pytest.raises(error, match=message):
        saturation_mutagenesis(trained, codes, output=output)


def test_an_ensemble_without_networks_is_refused():
    with pytest.raises(ParameterError, match="at least one trained network"):
        saturation_mutagenesis([], np.zeros((2, 30), np.uint8))
