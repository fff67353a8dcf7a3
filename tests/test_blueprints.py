"""Networks of layers as plain data: shapes, counts, JSON, and what cannot be built."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.errors import ParameterError
from motiflens.networks.architectures import NETWORKS, named_network
from motiflens.networks.blueprints import Blueprint, blueprint_from
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
from motiflens.networks.model import FilterNetwork
from motiflens.networks.tables import notes_of, receptive_field, rows_of

LAYERED = [name for name, recipe in NETWORKS.items() if recipe.has_layers]
ODD = Blueprint(
    (
        Conv(6, 5, "same", "exponential", 2),
        Residual((Conv(6, 3, "same", dilation=4), BatchNorm())),
        MaxPool(3),
        Dropout(0.25),
        Parallel(
            (
                (Conv(5, 2), Attention(), GlobalMax()),
                (Flatten(), Dense(7, "linear")),
                (Residual((Conv(6, 3, "same"),)), GlobalMax(), BatchNorm()),
            )
        ),
        Dense(11),
        BatchNorm(),
    ),
    length=23,
    n_outputs=3,
)
convolutions = st.builds(
    Conv, st.integers(1, 5), st.integers(1, 4), st.sampled_from(["valid", "same"]), st.just("relu"), st.integers(1, 3)
)
stacks = st.lists(st.one_of(convolutions, st.builds(MaxPool, st.integers(1, 3)), st.just(BatchNorm())), max_size=4)


def test_every_layer_has_its_shape_and_its_formula():
    rows = [(row.path, row.shape, row.formula) for row in ODD.rows()]
    assert rows == [
        ("1", (6, 23), "4 x 5 x 6 + 6 = 126"),
        ("2", (6, 23), ""),
        ("2.1", (6, 23), "6 x 3 x 6 + 6 = 114"),
        ("2.2", (6, 23), "4 x 6 = 24"),
        ("3", (6, 7), ""),
        ("4", (6, 7), ""),
        ("5", (18,), ""),
        ("5.1.1", (5, 6), "6 x 2 x 5 + 5 = 65"),
        ("5.1.2", (5, 6), "5 x 1 + 1 = 6"),
        ("5.1.3", (5,), ""),
        ("5.2.1", (42,), ""),
        ("5.2.2", (7,), "42 x 7 + 7 = 301"),
        ("5.3.1", (6, 7), ""),
        ("5.3.1.1", (6, 7), "6 x 3 x 6 + 6 = 114"),
        ("5.3.2", (6,), ""),
        ("5.3.3", (6,), "4 x 6 = 24"),
        ("6", (11,), "18 x 11 + 11 = 209"),
        ("7", (11,), "4 x 11 = 44"),
        ("8", (3,), "11 x 3 + 3 = 36"),
    ]
    assert ODD.n_parameters == 126 + 114 + 24 + 65 + 6 + 301 + 114 + 24 + 209 + 44 + 36
    assert ODD.n_parameters - ODD.n_trainable == 2 * (6 + 6 + 11)


def value_of(formula):
    """Return the value of a formula such as ``4 x 5 x 16 + 16``, worked out from its text."""
    return sum(math.prod(int(factor) for factor in term.split(" x ")) for term in formula.split(" + "))


@pytest.mark.parametrize("name", [*NETWORKS, "odd"])
def test_formulas_hold_and_add_up_to_the_parameters(name):
    network = (
        ODD if name == "odd" else named_network(name, NETWORKS[name].length, n_outputs=NETWORKS[name].n_outputs(2))
    )
    rows = rows_of(network)
    for row in rows:
        if row.formula:
            left, right = row.formula.split(" = ")
            assert value_of(left) == int(right) == row.n_parameters
        else:
            assert row.n_parameters == row.n_trainable == 0
    assert sum(row.n_parameters for row in rows) == network.n_parameters


@given(stacks, st.integers(1, 40))
def test_shapes_are_those_of_a_window_slid_by_hand(stack, length):
    """Count the windows of each layer by enumeration; no stack gets past a position that is not there."""
    positions = length
    for layer in stack:
        if isinstance(layer, MaxPool):
            positions = sum(1 for start in range(0, positions, layer.size) if start + layer.size <= positions)
        elif isinstance(layer, Conv) and layer.padding == "valid":
            positions = sum(1 for start in range(positions) if start + (layer.width - 1) * layer.dilation < positions)
        if not positions:
            with pytest.raises(ParameterError, match="needs as many"):
                Blueprint((*stack, GlobalMax()), length)
            return
    network = Blueprint((*stack, GlobalMax()), length, 2)
    assert network.rows()[-3].shape[1:] == (positions,) if stack else True
    assert blueprint_from(json.loads(json.dumps(network.as_dict()))) == network


@given(stacks)
def test_the_receptive_field_is_what_a_changed_base_can_reach(stack):
    """Follow the positions that one output position reads back to the sequence."""
    length = 400
    seen = {37}
    for layer in reversed(stack):
        if isinstance(layer, MaxPool):
            seen = {position * layer.size + i for position in seen for i in range(layer.size)}
        elif isinstance(layer, Conv):
            left = (layer.width - 1) * layer.dilation // 2 if layer.padding == "same" else 0
            seen = {position - left + i * layer.dilation for position in seen for i in range(layer.width)}
    network = Blueprint((*stack, GlobalMax()), length)
    assert network.receptive_field == max(seen) - min(seen) + 1


def test_the_interaction_network_cannot_see_an_interaction():
    network = named_network("interaction", 101)
    assert receptive_field(network) == 9
    assert "more than 9 bases is seen as presence together only" in " ".join(notes_of(network))
    assert receptive_field(named_network("multiscale", 200)) == 25
    assert receptive_field(named_network("foxo1-v2", 100)) == 12
    assert "positions included" in notes_of(named_network("tfbs", 50))[0]
    assert "not trained" in notes_of(named_network("multiscale", 200))[-1]
    assert any("both strands" in note for note in notes_of(named_network("motiflens", 100)))


def test_a_network_of_one_convolution_has_a_table_too():
    rows = rows_of(FilterNetwork(7, 6, 30, n_bins=4, n_hidden=5, n_outputs=3))
    assert [(row.shape, row.n_parameters) for row in rows] == [
        ((7, 25), 175), ((7, 25), 28), ((7,), 0), ((5,), 40), ((3,), 18)
    ]  # fmt: skip


@pytest.mark.parametrize("name", LAYERED)
def test_json_brings_every_network_back(name):
    network = named_network(name, NETWORKS[name].length, n_outputs=4)
    assert blueprint_from(json.loads(json.dumps(network.as_dict()))) == network
    assert hash(network) == hash(blueprint_from(network.as_dict()))


def test_another_length_is_taken_where_no_weight_belongs_to_a_place():
    network = named_network("foxo1-v3", 100)
    assert network.at_length(150).weights() == network.weights()
    flat = named_network("tfbs", 50)
    assert flat.at_length(50) == flat
    with pytest.raises(ParameterError, match=r"the 50 columns that it was trained on. Got 51"):
        flat.at_length(51)
    with pytest.raises(ParameterError, match="needs as many"):
        network.at_length(11)


IMPOSSIBLE = [
    (lambda: Blueprint((Conv(3, 9),), 8), "reads 9 positions needs as many. Got 8"),
    (lambda: Blueprint((Conv(3, 3, dilation=4),), 8), "reads 9 positions"),
    (lambda: Blueprint((Conv(3, 3),), 8), r"takes \(units,\). Got shape \(3, 6\); put GlobalMax or Flatten"),
    (lambda: Blueprint((GlobalMax(), Conv(3, 3)), 8), "A convolution takes"),
    (lambda: Blueprint((GlobalMax(), Flatten()), 8), "Flatten takes"),
    (lambda: Blueprint((MaxPool(9),), 8), "A pool of 9"),
    (lambda: Blueprint((Residual((Conv(5, 3, "same"),)), GlobalMax()), 8), r"Got \(5, 8\) of \(4, 8\)"),
    (lambda: Blueprint((Parallel(((Conv(5, 3),), (Conv(5, 4),))), GlobalMax()), 8), r"\(5, 6\), \(5, 5\)"),
    (lambda: Blueprint((Parallel(((GlobalMax(),), ())),), 8), r"\(4,\), \(4, 8\)"),
    (lambda: Parallel(()), "at least one branch"),
    (lambda: Blueprint((GlobalMax(),), 0), "length must be a whole number of at least 1. Got 0"),
    (lambda: Blueprint((GlobalMax(),), 8, True), "n_outputs"),
    (lambda: Blueprint([GlobalMax()], 8), "layers must be a tuple of layers"),
    (lambda: Blueprint((max,), 8), "layers must be a tuple of layers"),
    (lambda: Conv(0, 3), "n_filters of a convolution"),
    (lambda: Conv(3, 2.0), "width of a convolution"),
    (lambda: Conv(3, 2, "full"), "padding must be one of valid, same. Got 'full'"),
    (lambda: Dense(3, "selu"), "activation must be one of linear, relu, exponential"),
    (lambda: Dropout(1), r"dropout must be in \[0, 1\). Got 1"),
    (lambda: Dropout(np.nan), "Got nan"),
]


@pytest.mark.parametrize(("make", "words"), IMPOSSIBLE)
def test_impossible_networks_are_refused(make, words):
    with pytest.raises(ParameterError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def nested(depth):
    inner = []
    for _ in range(depth):
        inner = [{"layer": "residual", "layers": inner}]
    return inner


HOSTILE = [
    (None, "must be an object"),
    ({"length": 9, "n_outputs": 1}, "must be an object"),
    ({"length": 9, "n_outputs": 1, "layers": "conv"}, "layers must be a list"),
    ({"length": 9, "n_outputs": 1, "layers": ["conv"]}, "whose 'layer' is one of"),
    ({"length": 9, "n_outputs": 1, "layers": [{"layer": "lstm"}]}, "Got {'layer': 'lstm'}"),
    ({"length": 9, "n_outputs": 1, "layers": [{"layer": ["conv"]}]}, "whose 'layer' is one of"),
    ({"length": 9, "n_outputs": 1, "layers": [{"layer": "dense"}]}, "must have"),
    ({"length": 9, "n_outputs": 1, "layers": [{"layer": "max-pool", "size": 2, "more": 1}]}, "must have"),
    ({"length": 9, "n_outputs": 1, "layers": [{"layer": "max-pool", "size": "2"}]}, "Got '2'"),
    ({"length": 9, "n_outputs": 1, "layers": [{"layer": "dropout", "rate": None}]}, "Got None"),
    ({"length": 9, "n_outputs": 1, "layers": [{"layer": "parallel", "branches": 3}]}, "at least one branch"),
    ({"length": "9", "n_outputs": 1, "layers": [{"layer": "global-max"}]}, "Got '9'"),
    ({"length": 9, "n_outputs": 1, "layers": nested(500)}, "at most 8 blocks"),
]


@pytest.mark.parametrize(("text", "words"), HOSTILE)
def test_json_that_is_no_network_is_refused(text, words):
    with pytest.raises(ParameterError, match=words):
        blueprint_from(text)
