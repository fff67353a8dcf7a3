"""A network at every position of a long sequence, against running it on every extracted sequence."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SMALL, networks, random_codes, random_network, whole_network

from motiflens.alphabet import one_hot, reverse_complement
from motiflens.errors import InputError, ParameterError
from motiflens.networks.model import FilterNetwork, run_network
from motiflens.networks.module import module_of
from motiflens.networks.sliding import slide


def extracted(code, length, stride=1):
    return np.lib.stride_tricks.sliding_window_view(code, length)[::stride].copy()


def brute(trained, code, stride=1):
    return run_network(trained, extracted(code, trained.network.length, stride)).logits


def check_close(found, expected):
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * scale)


@settings(max_examples=80)
@given(networks, st.integers(0, 150), st.integers(1, 70), st.integers(0, 10**6))
def test_agrees_with_the_network_on_every_extracted_sequence(network, extra, stride, seed):
    rng = np.random.default_rng(seed)
    code = random_codes(rng, network.length + extra)
    for step in (1, stride):
        trained = random_network(network, rng)
        check_close(slide(trained, code, stride=step), brute(trained, code, step))
        if network.activation == "relu":
            trained = whole_network(network, rng)
            np.testing.assert_array_equal(slide(trained, code, stride=step), brute(trained, code, step))


@pytest.mark.parametrize("width", range(1, 25))
def test_every_filter_width_and_number_of_bins(width):
    rng = np.random.default_rng(width)
    for extra, n_bins in ((0, 1), (0, 3), (1, 1), (5, 9), (12, 5), (40, 6)):
        trained = whole_network(FilterNetwork(3, width, width + extra, n_bins), rng)
        code = random_codes(rng, width + extra + 33)
        np.testing.assert_array_equal(slide(trained, code), brute(trained, code))


@pytest.mark.parametrize("n_hidden", [0, 5])
@pytest.mark.parametrize(("activation", "scale"), [("relu", 0.3), ("exponential", 0.3), ("exponential", 1.5)])
def test_agrees_with_the_torch_module(activation, scale, n_hidden):
    rng = np.random.default_rng(3)
    trained = random_network(FilterNetwork(18, 9, 41, 4, n_hidden, 3, activation=activation), rng, scale)
    code = random_codes(rng, 300)
    with torch.no_grad():
        expected = module_of(trained)(torch.from_numpy(one_hot(extracted(code, 41)))).numpy()
    check_close(slide(trained, code), expected)


@pytest.mark.parametrize(
    ("network", "n_columns", "stride"),
    [
        (FilterNetwork(2, 4, 12, n_bins=2), 150_000, 1),
        (FilterNetwork(17, 5, 40, both_strands=False), 20_000, 1),
        (FilterNetwork(3, 6, 50, n_bins=7), 80_000, 7),
        (FilterNetwork(3, 6, 50), 90_000, 44),
        (FilterNetwork(3, 6, 50), 300_000, 45),
        (FilterNetwork(1, 3, 6000, n_bins=3), 12_500, 1999),
        (FilterNetwork(1, 3, 6000), 6_300, 1),
    ],
)
def test_long_sequences_are_cut_where_it_does_not_show(network, n_columns, stride):
    rng = np.random.default_rng(4)
    trained, code = whole_network(network, rng), random_codes(rng, n_columns, 0.02)
    np.testing.assert_array_equal(slide(trained, code, stride=stride, threads=2), brute(trained, code, stride))


@pytest.mark.parametrize("n_filters", [16, 17, 64, 65, 129, 150, 193])
def test_any_number_of_filters(n_filters):
    rng = np.random.default_rng(n_filters)
    trained, code = whole_network(FilterNetwork(n_filters, 8, 40, 2), rng), random_codes(rng, 100)
    np.testing.assert_array_equal(slide(trained, code), brute(trained, code))


@pytest.mark.parametrize(("stride", "activation"), [(1, "relu"), (3, "exponential"), (29, "relu")])
def test_threads_do_not_matter(stride, activation):
    rng = np.random.default_rng(5)
    trained = random_network(FilterNetwork(6, 7, 30, 3, 4, 2, activation=activation), rng)
    code = random_codes(rng, 200_000)
    one = slide(trained, code, stride=stride)
    np.testing.assert_array_equal(slide(trained, code, stride=stride, threads=3), one)


def test_a_stride_leaves_out_positions_and_changes_none():
    rng = np.random.default_rng(6)
    trained, code = random_network(SMALL, rng), random_codes(rng, 10_000)
    every = slide(trained, code)
    for stride in (2, 5, 23):
        np.testing.assert_array_equal(slide(trained, code, stride=stride), every[::stride])


def test_reading_both_strands_the_reverse_complement_has_the_logits_backwards():
    rng = np.random.default_rng(7)
    trained, code = whole_network(FilterNetwork(4, 6, 25), rng), random_codes(rng, 6_000)
    np.testing.assert_array_equal(slide(trained, reverse_complement(code))[::-1], slide(trained, code))


def test_repeats_and_unknown_stretches_are_no_special_case():
    rng = np.random.default_rng(8)
    trained = whole_network(SMALL, rng)
    code = np.concatenate([np.full(90, 4), np.tile([0, 3], 60), np.full(70, 2), np.tile([1, 2, 4], 30)])
    np.testing.assert_array_equal(slide(trained, code.astype(np.uint8)), brute(trained, code.astype(np.uint8)))


def test_a_sequence_as_long_as_the_network_has_one_position():
    rng = np.random.default_rng(9)
    trained, code = whole_network(SMALL, rng), random_codes(rng, 30)
    expected = run_network(trained, code[None]).logits
    for stride in (1, 4, 1000):
        np.testing.assert_array_equal(slide(trained, code, stride=stride), expected)


def test_an_ensemble_has_the_mean_logit():
    rng = np.random.default_rng(10)
    ensemble = [random_network(SMALL, rng), random_network(FilterNetwork(11, 3, 30, n_outputs=2), rng)]
    code = random_codes(rng, 500)
    expected = np.mean([brute(trained, code, 3) for trained in ensemble], axis=0)
    found = slide(ensemble, code, stride=3)
    assert found.dtype == np.float32
    check_close(found, expected)


def test_memory_beside_the_logits_does_not_grow_with_the_sequence():
    trained = random_network(FilterNetwork(20, 8, 100), np.random.default_rng(11))

    def beside(n_columns):
        code = random_codes(np.random.default_rng(12), n_columns)
        code.setflags(write=False)
        slide(trained, code[:200])
        tracemalloc.start()
        logits = slide(trained, code)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - logits.nbytes

    assert beside(600_000) < beside(150_000) + 100_000


def test_arguments_are_left_as_they_are_and_need_not_be_whole_bytes_or_without_gaps():
    rng = np.random.default_rng(13)
    trained, code = random_network(SMALL, rng), random_codes(rng, 300)
    expected, parameters = slide(trained, code[::3].copy()), trained.parameters.copy()
    np.testing.assert_array_equal(slide(trained, code[::3]), expected)
    np.testing.assert_array_equal(slide(trained, code[::3].astype(np.int64)), expected)
    np.testing.assert_array_equal(trained.parameters, parameters)


@pytest.mark.parametrize(
    ("code", "stride", "error", "message"),
    [
        (np.zeros(29, np.uint8), 1, ParameterError, "takes 30 columns.* Got 29"),
        (np.zeros(0, np.uint8), 1, ParameterError, "takes 30 columns.* Got 0"),
        (np.zeros(50, np.uint8), 0, ParameterError, "stride must be at least 1. Got 0"),
        (np.zeros((2, 50), np.uint8), 1, InputError, r"\(n_columns\). Got the shape \(2, 50\)"),
        (np.zeros(50), 1, InputError, "whole numbers.* Got float64"),
        (np.full(50, 78, np.uint8), 1, InputError, "Got 78 to 78"),
    ],
)
def test_what_cannot_be_used_is_refused(code, stride, error, message):
    trained = random_network(SMALL, np.random.default_rng(14))
    with pytest.raises(error, match=message):
        slide(trained, code, stride=stride)


def test_networks_that_do_not_go_together_are_refused():
    rng = np.random.default_rng(15)
    code = np.zeros(100, np.uint8)
    with pytest.raises(ParameterError, match="at least one trained network"):
        slide([], code)
    with pytest.raises(ParameterError, match="the same length and outputs"):
        slide([random_network(SMALL, rng), random_network(FilterNetwork(5, 7, 31), rng)], code)
