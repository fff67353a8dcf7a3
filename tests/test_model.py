"""Architectures, their parameters, and what networks say of sequences."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motiflens.alphabet import encode
from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.model import (
    FilterNetwork,
    TrainedNetwork,
    at_length,
    initial,
    mean_logits,
    predict_probabilities,
    run_network,
)
from motiflens.networks.module import FilterNetworkModule
from motiflens.sequences import from_codes
from motiflens.simulating.planting import random_sequences


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (FilterNetwork(16, 5, 101), 16 * (20 + 1 + 1) + 16 + 1),
        (FilterNetwork(128, 20, 200, 9), 128 * (80 + 1 + 9) + 128 + 1),
        (FilterNetwork(7, 6, 30, 4, 5, 3), 7 * (24 + 1 + 4) + 7 * 5 + 5 + 5 * 3 + 3),
        (FilterNetwork(7, 6, 30, 0, 5, 3), 7 * (24 + 1) + 7 * 5 + 5 + 5 * 3 + 3),
    ],
)
def test_parameters_are_counted(network, expected):
    assert network.n_parameters == expected
    assert sum(part.numel() for part in FilterNetworkModule(network).parameters()) == expected


@pytest.mark.parametrize(
    "sizes",
    [
        {"n_filters": 0}, {"filter_width": 0}, {"n_bins": -1}, {"n_outputs": 0}, {"n_hidden": -1}, {"length": 5},
        {"activation": "gelu"},
    ],
)  # fmt: skip
def test_sizes_out_of_range_are_refused(sizes):
    with pytest.raises(ParameterError, match="must be"):
        FilterNetwork(**{"n_filters": 3, "filter_width": 6, "length": 20, **sizes})


@given(st.integers(1, 25), st.integers(0, 200), st.integers(1, 12))
def test_bins_split_the_windows_evenly_and_in_order(width, extra, n_bins):
    network = FilterNetwork(2, width, width + extra, n_bins)
    bins = network.bins
    assert bins.shape == (network.length,)
    assert (np.diff(bins) >= 0).all()
    assert bins[0] == 0
    assert bins.max() < n_bins
    if extra + 1 >= n_bins:
        counts = np.bincount(bins[: extra + 1], minlength=n_bins)
        assert counts.max() - counts.min() <= 1


def test_without_bins_every_window_lies_in_the_first():
    assert FilterNetwork(2, 3, 11, 0).bins.tolist() == [0] * 11


@settings(max_examples=25, deadline=None)
@given(st.booleans(), st.sampled_from(["relu", "exponential"]), st.sampled_from([0, 4]), st.integers(0, 1000))
def test_a_network_without_bins_is_one_whose_only_bin_adds_nothing(both_strands, activation, n_hidden, seed):
    """One bin's preference is a second bias; at zero, both networks and their gradients are the same."""
    rng = np.random.default_rng(seed)
    one = FilterNetwork(3, 5, 19, 1, n_hidden, 2, both_strands, activation)
    none = replace(one, n_bins=0)
    weights = {name: rng.normal(size=part.shape) for name, part in TrainedNetwork(one, zeros(one)).weights().items()}
    weights["position"][:] = 0
    codes = rng.integers(0, 5, (13, 19)).astype(np.uint8)
    data = kernels.Data(codes, rng.integers(0, 2, (13, 2)).astype(np.float32), np.ones(13, np.float32))
    found = {}
    for network in (one, none):
        parts = [part.ravel() for name, part in weights.items() if name != "position" or network.n_bins]
        trained = TrainedNetwork(network, np.concatenate(parts).astype(np.float32))
        learn = kernels.Learner(data, trained.parameters, network.plan, batch=13)
        loss = learn(np.arange(13))
        down = {k: v for k, v in TrainedNetwork(network, learn.gradient).weights().items() if k != "position"}
        found[network.n_bins] = (loss, run_network(trained, codes), down)
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-6)
    for name in ("logits", "scores", "start", "reverse"):
        np.testing.assert_array_equal(getattr(found[0][1], name), getattr(found[1][1], name))
    for name, part in found[1][2].items():
        np.testing.assert_allclose(found[0][2][name], part, rtol=1e-5, atol=1e-7, err_msg=name)


def zeros(network):
    return np.zeros(network.n_parameters, np.float32)


def test_weights_are_copies_in_their_shapes():
    network = FilterNetwork(7, 6, 30, 4, 5, 3)
    trained = TrainedNetwork(network, np.arange(network.n_parameters, dtype=np.float32))
    weights = trained.weights()
    shapes = {name: part.shape for name, part in weights.items()}
    assert shapes == {
        "filters": (6, 4, 7), "filter_bias": (7,), "position": (4, 7), "hidden": (7, 5), "hidden_bias": (5,),
        "output": (5, 3), "output_bias": (3,),
    }  # fmt: skip
    joined = np.concatenate([part.ravel() for part in weights.values()])
    np.testing.assert_array_equal(joined, trained.parameters)
    weights["filters"][:] = -1
    assert trained.parameters.min() == 0


def test_initial_weights_are_glorot_uniform_and_biases_zero():
    weights = initial(FilterNetwork(64, 9, 30, 3, 50, 40), np.random.default_rng(0)).weights()
    fans = {"filters": (4 * 9, 9 * 64), "hidden": (64, 50), "output": (50, 40)}
    for name, (fan_in, fan_out) in fans.items():
        limit = np.sqrt(6 / (fan_in + fan_out))
        assert 0.99 * limit < np.abs(weights[name]).max() <= limit
        assert weights[name].var() == pytest.approx(limit**2 / 3, rel=0.1)
    assert all((weights[name] == 0).all() for name in ("filter_bias", "position", "hidden_bias", "output_bias"))


def word_network(word, length, *, both_strands=True):
    """Return a network of two filters; the first counts the letters of a word, and only it matters."""
    network = FilterNetwork(2, len(word), length, both_strands=both_strands)
    trained = TrainedNetwork(network, np.zeros(network.n_parameters, np.float32))
    parts = kernels.views(trained.parameters, network.shape)
    parts.filters[np.arange(len(word)), encode(word), 0] = 1
    parts.output[0] = 1
    return trained


def test_a_filter_finds_its_word_and_tells_the_strand():
    letters = ["TTTTACCGATTTT", "TTTTTTTTCGGTT", "NNNNNNNNNNNNN"]
    codes = np.stack([encode(text) for text in letters])
    seen = run_network(word_network("ACCG", 13), codes)
    assert seen.scores[:, 0].tolist() == [4, 4, 0]
    assert seen.start[:2, 0].tolist() == [4, 8]
    assert seen.reverse[:2, 0].tolist() == [False, True]
    assert seen.logits[:, 0].tolist() == [4, 4, 0]
    alone = run_network(word_network("ACCG", 13, both_strands=False), codes)
    assert alone.scores[0, 0] == 4
    assert alone.scores[1, 0] < 4
    assert not alone.reverse.any()


def test_long_lists_of_sequences_are_run_in_parts(monkeypatch):
    trained = initial(FilterNetwork(5, 6, 21, 2, 3, 2), np.random.default_rng(1))
    codes = random_sequences(23, 21, random_state=0).codes
    whole = run_network(trained, codes)
    monkeypatch.setattr(kernels, "_CHUNK", 7)
    parts = run_network(trained, codes)
    for name in ("logits", "scores", "start", "reverse"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_no_sequences_give_no_results():
    seen = run_network(word_network("ACG", 9), np.empty((0, 9), np.uint8))
    assert seen.logits.shape == (0, 1)
    assert seen.scores.shape == seen.start.shape == (0, 2)


@settings(max_examples=25, deadline=None)
@given(st.floats(-1e4, 1e4), st.integers(0, 1000))
def test_probabilities_are_probabilities_however_large_the_weights(scale, seed):
    rng = np.random.default_rng(seed)
    network = FilterNetwork(3, 4, 17, activation="exponential")
    ensemble = [
        TrainedNetwork(network, (scale * rng.normal(size=network.n_parameters)).astype(np.float32)) for _ in range(2)
    ]
    found = predict_probabilities(ensemble, random_sequences(11, 17, random_state=seed))
    assert found.shape == (11,)
    assert ((found >= 0) & (found <= 1)).all()


def test_an_ensemble_takes_the_mean_logit():
    ensemble = [word_network(word, 12, both_strands=False) for word in ("ACC", "GTTA")]
    sequences = from_codes([encode("TTTACCTTTTTT"), encode("CCCCCCGTTACC")])
    expected = 1 / (1 + np.exp(-np.array([(3 + 3) / 2, (3 + 4) / 2])))
    for threads in (1, 2):
        np.testing.assert_allclose(predict_probabilities(ensemble, sequences, threads=threads), expected, rtol=1e-6)


def test_logits_of_several_outputs_are_averaged_by_output():
    network, rng = FilterNetwork(4, 5, 21, n_outputs=3), np.random.default_rng(2)
    ensemble = [initial(network, rng) for _ in range(4)]
    sequences = random_sequences(17, 21, random_state=3)
    expected = np.mean([run_network(trained, sequences.codes).logits for trained in ensemble], axis=0)
    for threads in (1, 3):
        found = mean_logits(ensemble, sequences, threads=threads)
        assert found.shape == (17, 3)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_network_without_positions_reads_any_length():
    trained = word_network("ACCG", 13)
    longer = at_length(trained, 30)
    assert run_network(longer, encode("T" * 20 + "ACCG" + "T" * 6)[None]).start[0, 0] == 20
    assert longer.parameters is trained.parameters
    assert at_length(trained, 13) is trained
    with pytest.raises(ParameterError, match="as long as the filters"):
        at_length(trained, 3)
    binned = initial(FilterNetwork(2, 4, 13, 3), np.random.default_rng(0))
    assert at_length(binned, 13) is binned
    with pytest.raises(ParameterError, match="the 13 columns that it was trained on"):
        at_length(binned, 30)


@pytest.mark.parametrize("width", [11, 13])
def test_sequences_of_another_width_are_refused(width):
    with pytest.raises(ParameterError, match=f"12 columns. Got {width}; resize"):
        predict_probabilities([word_network("ACC", 12)], random_sequences(3, width, random_state=0))
