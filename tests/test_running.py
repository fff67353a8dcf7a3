"""Networks of layers and grammars: every change and every position, against running each sequence by itself."""

import tracemalloc

import numpy as np
import pytest
import torch
from forward import forward
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SMALL, grammar, layered, random_codes, random_network

from motiflens.alphabet import one_hot
from motiflens.errors import ParameterError
from motiflens.networks import running
from motiflens.networks.architectures import named_network
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.grammar_module import grammar_of
from motiflens.networks.layers import (
    Attention,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalMax,
    MaxPool,
    Parallel,
    Residual,
)
from motiflens.networks.mutagenesis import saturation_mutagenesis
from motiflens.networks.sliding import slide

STACKS = {
    "one": (Conv(3, 4), GlobalMax()),
    "two": (Conv(3, 4), Conv(5, 3, activation="exponential", dilation=2), BatchNorm(), GlobalMax(), Dense(6)),
    "pools": (Conv(4, 4), MaxPool(2), Dropout(0.3), Conv(5, 3), MaxPool(3), BatchNorm(), GlobalMax()),
    "wide same": (Conv(3, 1, "same"), MaxPool(2), GlobalMax(), BatchNorm(), Dense(2)),
    "padded": (Conv(4, 5, "same"), GlobalMax()),
    "residual": (Conv(4, 5, "same"), Residual((Conv(4, 3, "same", dilation=2), BatchNorm())), GlobalMax()),
    "flat": (Conv(2, 3, activation="linear"), MaxPool(4), Flatten(), Dense(3)),
    "attention": (Parallel(((Conv(3, 3, "same"), BatchNorm(), Dropout(0.2), Attention(), GlobalMax()),
                            (Conv(2, 5, "same"), GlobalMax()))), Dense(4)),
    "no convolution": (GlobalMax(), Dense(3)),
}  # fmt: skip
GRAMMARS = {
    "sites": {},
    "both strands": {"both_strands": True},
    "places and pairs": {"knows_positions": True, "paired": (0, 2)},
}
LENGTH = 26
LAYERS = {name: layered(Blueprint(layers, LENGTH, 2), seed) for seed, (name, layers) in enumerate(STACKS.items())}
KINDS = {**LAYERS, **{name: grammar(LENGTH, **fields) for name, fields in GRAMMARS.items()}}


def run(trained, codes):
    """Return logits, each sequence by itself: of layers in plain numpy."""
    if isinstance(trained, TrainedLayers):
        return forward(trained.network.stack, trained.weights, one_hot(codes).astype(float))
    module = grammar_of(trained)
    with torch.no_grad():
        return np.concatenate([module(torch.from_numpy(one_hot(code[None]))).numpy() for code in codes])


def every_change(trained, codes, output):
    found = np.empty((len(codes), 4, codes.shape[1]))
    for (row, letter, column), _ in np.ndenumerate(found):
        changed = codes[row].copy()
        changed[column] = letter
        found[row, letter, column] = run(trained, changed[None])[0, output]
    return found


def every_position(trained, code, stride=1):
    length = trained.network.length
    return run(trained, np.stack([code[i : i + length] for i in range(0, len(code) - length + 1, stride)]))


def check_close(found, expected):
    assert found.dtype == np.float32
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5 * scale)


@pytest.mark.parametrize("name", KINDS)
def test_every_change_is_predicted_as_by_running_it(name, monkeypatch):
    trained, codes = KINDS[name], random_codes(np.random.default_rng(1), (2, LENGTH))
    output = trained.network.n_outputs - 1
    expected = every_change(trained, codes, output)
    check_close(saturation_mutagenesis(trained, codes, output=output), expected)
    monkeypatch.setattr(running, "_COLUMNS", 7 * LENGTH)  # batches that end within a sequence
    check_close(saturation_mutagenesis(trained, codes, output=output), expected)


@settings(max_examples=60)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 40), st.integers(1, 30), st.integers(0, 10**6))
def test_every_position_is_predicted_as_by_running_it(name, extra, stride, seed):
    code = random_codes(np.random.default_rng(seed), LENGTH + extra)
    for step in (1, stride):
        check_close(slide(KINDS[name], code, stride=step), every_position(KINDS[name], code, step))


@pytest.mark.parametrize("name", ["two", "pools", "residual"])
@pytest.mark.parametrize("stride", [1, 2, 4, 5])
def test_long_sequences_are_cut_where_it_does_not_show(name, stride, monkeypatch):
    monkeypatch.setattr(running, "_COLUMNS", 70)
    code = random_codes(np.random.default_rng(2), 400)
    check_close(slide(KINDS[name], code, stride=stride), every_position(KINDS[name], code, stride))


@pytest.mark.parametrize("name", ["interaction", "foxo1-v5"])
def test_layers_are_shared_between_positions(name, monkeypatch):
    """Each column is seen once a phase of the pools, not once a position."""
    trained = layered(named_network(name, 100))
    code, columns = random_codes(np.random.default_rng(3), 3000), []
    plain = running.one_hot
    monkeypatch.setattr(running, "one_hot", lambda codes: columns.append(codes.size) or plain(codes))
    found = slide(trained, code)
    phases = {"interaction": 1, "foxo1-v5": 8}[name]
    assert sum(columns) <= phases * 3000
    chosen = [0, 1, 7, 1500, 2893, 2900]
    check_close(found[chosen], run(trained, np.stack([code[i : i + 100] for i in chosen])))


def test_a_change_is_run_on_what_sees_it_alone(monkeypatch):
    trained = layered(named_network("interaction", 300))
    codes, columns = random_codes(np.random.default_rng(7), (1, 300), unknown=0), []
    plain = running.one_hot
    monkeypatch.setattr(running, "one_hot", lambda codes: columns.append(codes.size) or plain(codes))
    found = saturation_mutagenesis(trained, codes)
    assert sum(columns) == 300 + 300 + 900 * 17  # the sequence, its places, and 17 columns a change
    for letter, column in ((0, 0), (3, 5), (2, 150), (1, 292), (0, 299)):
        changed = codes.copy()
        changed[0, column] = letter
        check_close(found[0, letter, column], run(trained, changed)[0, 0])


def test_threads_do_not_matter():
    rng = np.random.default_rng(4)
    codes, code = random_codes(rng, (9, LENGTH)), random_codes(rng, 5000)
    for name in ("pools", "attention", "places and pairs"):
        for tool, given_codes in ((saturation_mutagenesis, codes), (slide, code)):
            one = tool(KINDS[name], given_codes)
            before = torch.get_num_threads()
            np.testing.assert_array_equal(tool(KINDS[name], given_codes, threads=3), one)
            assert torch.get_num_threads() == before


def test_networks_of_several_kinds_are_averaged():
    rng = np.random.default_rng(5)
    filters = random_network(SMALL, rng)
    layers = layered(Blueprint(STACKS["two"], SMALL.length, 2))
    codes, code = random_codes(rng, (3, SMALL.length)), random_codes(rng, 90)
    for tool, given_codes in ((saturation_mutagenesis, codes), (slide, code)):
        expected = np.mean([tool(filters, given_codes), tool(layers, given_codes)], axis=0)
        check_close(tool([filters, layers], given_codes), expected)
    with pytest.raises(ParameterError, match="the same length and outputs"):
        slide([filters, KINDS["two"]], code)


@pytest.mark.parametrize("name", ["pools", "sites"])
def test_what_cannot_be_used_is_refused(name):
    trained = KINDS[name]
    with pytest.raises(ParameterError, match=f"{LENGTH} columns. Got 20"):
        saturation_mutagenesis(trained, np.zeros((2, 20), np.uint8))
    with pytest.raises(ParameterError, match="output must be from 0"):
        saturation_mutagenesis(trained, np.zeros((2, LENGTH), np.uint8), output=2)
    with pytest.raises(ParameterError, match=f"takes {LENGTH} columns.* Got 20"):
        slide(trained, np.zeros(20, np.uint8))
    assert saturation_mutagenesis(trained, np.empty((0, LENGTH), np.uint8)).shape == (0, 4, LENGTH)


def test_memory_beside_the_logits_does_not_grow():
    """Of what numpy holds; the one-hot form of all the sequences that are run would be among it."""
    trained = KINDS["two"]

    def beside(tool, given_codes):
        tracemalloc.start()
        logits = tool(trained, given_codes)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - logits.nbytes

    rng = np.random.default_rng(6)
    short, long = (random_codes(rng, n) for n in (60_000, 240_000))
    assert beside(slide, long) < beside(slide, short) + 500_000
    few, many = (random_codes(rng, (n, LENGTH)) for n in (20, 80))
    assert beside(saturation_mutagenesis, many) < beside(saturation_mutagenesis, few) + 200_000
