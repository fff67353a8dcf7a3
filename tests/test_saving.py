"""Networks written and read again, and files that are not what they should be."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from motiflens.errors import InputError, ParameterError
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.grammar_module import GrammarModule, grammar_of, trained_grammar
from motiflens.networks.grammars import Grammar, TrainedGrammar
from motiflens.networks.layered import layered_of
from motiflens.networks.layers import BatchNorm, Conv, Dense, GlobalMax, Parallel, Residual
from motiflens.networks.model import FilterNetwork, initial, predict_probabilities
from motiflens.networks.saving import load_network, saved
from motiflens.simulating.planting import random_sequences
from motiflens.writing import network_bytes, to_json

NETWORK = FilterNetwork(7, 6, 30, 4, 5, 1, both_strands=False, activation="exponential")


def ensemble(network=NETWORK, n=3):
    return [initial(network, np.random.default_rng(seed)) for seed in range(n)]


def write(networks, folder):
    found = saved(networks)
    (folder / "model.json").write_text(to_json(found.config))
    (folder / "model.safetensors").write_bytes(network_bytes(found.weights))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(ensemble(), tmp_path)


@pytest.mark.parametrize("network", [NETWORK, FilterNetwork(3, 8, 25), FilterNetwork(4, 5, 21, 2, 0, 3)])
def test_networks_come_back_as_they_were(network, tmp_path):
    networks = ensemble(network)
    back = load_network(write(networks, tmp_path))
    assert [trained.network for trained in back] == [network] * 3
    for one, two in zip(networks, back, strict=True):
        assert one.parameters.tobytes() == two.parameters.tobytes()
    sequences = random_sequences(11, network.length, random_state=0)
    np.testing.assert_array_equal(predict_probabilities(networks, sequences), predict_probabilities(back, sequences))


def test_the_networks_keep_their_order_beyond_ten(tmp_path):
    networks = ensemble(FilterNetwork(2, 3, 9), n=12)
    back = load_network(str(write(networks, tmp_path)))
    assert [trained.parameters.tobytes() for trained in back] == [trained.parameters.tobytes() for trained in networks]


def test_names_shapes_and_configuration_are_those_of_the_format():
    found = saved(ensemble(n=2))
    assert found.weights["networks.1.filters"].shape == (6, 4, 7)
    assert len(found.weights) == 2 * 7
    assert found.config == {
        "architecture": "filter-network", "n_filters": 7, "filter_width": 6, "length": 30, "n_bins": 4, "n_hidden": 5,
        "n_outputs": 1, "both_strands": False, "activation": "exponential", "n_networks": 2,
        "classes": ["negative", "positive"],
    }  # fmt: skip


def test_networks_that_differ_are_not_one_ensemble():
    for networks in ([], [*ensemble(n=1), *ensemble(FilterNetwork(3, 8, 25), n=1)]):
        with pytest.raises(ParameterError, match="one architecture"):
            saved(networks)


def refused(folder, match):
    with pytest.raises(InputError, match=match) as caught:
        load_network(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    refused(folder, rf"{name} of a saved network\. Got: No such file")
    (folder / name).mkdir()
    refused(folder, rf"{name} of a saved network\. Got: Is a directory")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    refused(tmp_path / "nowhere", "nowhere")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (b"", "must be JSON"), (b"{", "must be JSON"), (b"\xff\xfe\0", "must be JSON"), (b"[" * 10**5, "must be JSON"),
        (b"[1]", "Got 'list'"), (b"null", "Got 'NoneType'"), (b"{}", "Got None"),
        (b'{"architecture": "resnet"}', "Got 'resnet'"), (b'{"architecture": "filter-network"}', "'n_filters'"),
    ],
)  # fmt: skip
def test_a_foreign_model_json_is_refused(folder, text, match):
    (folder / "model.json").write_bytes(text)
    refused(folder, match)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"n_filters": "7"}, "'n_filters' of type int. Got '7'"),
        ({"n_filters": 7.0}, "of type int"),
        ({"n_filters": True}, "of type int"),
        ({"both_strands": 1}, "'both_strands' of type bool"),
        ({"activation": None}, "'activation' of type str"),
        ({"activation": "gelu"}, "activation must be one of"),
        ({"length": 5}, "at least as long"),
        ({"n_networks": 0}, "n_networks of at least 1"),
        ({"n_networks": 4}, "only one of them"),
        ({"n_networks": 2}, "'networks.2.filter_bias' is in only one of them"),
        ({"n_filters": 8}, r"must be float32 of shape \(6, 4, 8\)"),
        ({"n_filters": 10**15}, "must be float32 of shape"),
        ({"n_bins": 3}, r"'networks.0.position' must be float32 of shape \(3, 7\)"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(folder, change, match):
    config = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**config, **change}))
    refused(folder, match)


@pytest.mark.parametrize("content", [b"", b"abc", b"\x89PNG\r\n\x1a\n" * 9, b"\xff" * 64, b"\x02" + b"\0" * 7 + b"{}"])
def test_a_foreign_weight_file_is_refused(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    refused(folder, "must be a safetensors file|must hold the weights of 3 networks")


def test_a_cut_weight_file_is_refused(folder):
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    for kept in (4, 100, len(whole) - 1):
        path.write_bytes(whole[:kept])
        refused(folder, "must be a safetensors file")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda part: part.astype(np.float64), "Got float64"),
        (lambda part: part.T.copy(), r"Got float32 of \(7, 4, 6\)"),
        (lambda part: np.full_like(part, np.nan), "must hold finite figures"),
        (lambda part: part * np.float32(np.inf), "must hold finite figures"),
    ],
)
def test_weights_of_another_kind_are_refused(folder, change, match):
    weights = dict(saved(ensemble()).weights)
    with np.errstate(invalid="ignore"):
        weights["networks.1.filters"] = change(weights["networks.1.filters"])
    save_file(weights, folder / "model.safetensors")
    refused(folder, f"'networks.1.filters' {match}" if match.startswith("must") else match)


def test_reading_a_network_does_not_import_torch():
    code = "import sys, motiflens.networks.saving; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- networks of layers

LAYERED = Blueprint(
    (Residual((Conv(4, 3, "same"), BatchNorm())), Parallel(((Conv(5, 2), GlobalMax()), (GlobalMax(),))), Dense(6)),
    21,
    3,
)


def layered(n=2, seed=0):
    rng = np.random.default_rng(seed)
    shapes = LAYERED.weights()
    return [
        TrainedLayers(LAYERED, {name: rng.uniform(0.1, 1, shape).astype(np.float32) for name, shape in shapes.items()})
        for _ in range(n)
    ]


@pytest.fixture
def layered_folder(tmp_path):
    return write(layered(), tmp_path)


def test_layers_come_back_with_the_same_outputs(tmp_path):
    networks = layered(n=11)
    back = load_network(write(networks, tmp_path))
    x = torch.randn(7, 4, 21, generator=torch.Generator().manual_seed(0))
    for one, two in zip(networks, back, strict=True):
        assert two.network == LAYERED
        with torch.no_grad():
            first, second = (layered_of(each.network, each.weights)(x) for each in (one, two))
        assert torch.equal(first, second)


def test_names_and_configuration_of_layers_are_those_of_the_format():
    found = saved(layered(), classes=["a", "b", "c"])
    assert found.weights["networks.1.1.0.0.weight"].shape == (5, 4, 2)
    assert found.weights["networks.0.0.1.variance"].shape == (4,)
    assert found.config == {
        "architecture": "layers", "blueprint": LAYERED.as_dict(), "n_networks": 2, "classes": ["a", "b", "c"]
    }  # fmt: skip
    with pytest.raises(ParameterError, match="save its state_dict"):
        saved([torch.nn.Linear(3, 2)])
    with pytest.raises(ParameterError, match="one architecture"):
        saved([*layered(1), *ensemble(n=1)])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"blueprint": None}, "must be an object with length"),
        ({"blueprint": {"length": 21, "n_outputs": 3, "layers": [{"layer": "lstm"}]}}, "'layer' is one of"),
        ({"blueprint": {"length": 2, "n_outputs": 3, "layers": [{"layer": "max-pool", "size": 3}]}}, "needs as many"),
        ({"n_networks": 0}, "at least 1"),
        ({"n_networks": 3}, "in only one of them"),
        ({"n_networks": True}, "of type int"),
        ({"architecture": "filter-network"}, "'n_filters'"),
    ],
)
def test_a_configuration_of_layers_that_is_wrong_is_refused(layered_folder, change, match):
    path = layered_folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    refused(layered_folder, match)


@pytest.mark.parametrize(
    ("name", "part", "match"),
    [
        ("networks.0.3.weight", np.ones((3, 7), np.float32), r"float32 of shape \(3, 6\)"),
        ("networks.0.3.weight", np.ones((3, 6)), "float64"),
        ("networks.1.3.bias", np.full(3, np.nan, np.float32), "finite"),
        ("networks.1.0.1.variance", np.full(4, -1, np.float32), "variances >= 0"),
        ("networks.2.3.bias", np.ones(3, np.float32), "only one of them"),
    ],
)
def test_weights_of_layers_that_do_not_fit_are_refused(layered_folder, name, part, match):
    weights = {**saved(layered()).weights, name: part}
    save_file(weights, layered_folder / "model.safetensors")
    refused(layered_folder, match)


def test_a_missing_file_is_named_once(layered_folder):
    (layered_folder / "model.json").unlink()
    with pytest.raises(InputError) as caught:
        load_network(layered_folder)
    assert str(caught.value).count("Got") == 1


def test_more_networks_than_weights_are_refused_at_once(folder):
    path = folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "n_networks": 10**15}))
    refused(folder, "weights of 1000000000000000 networks. Got 21 arrays")


# --- grammars

MATRICES = tuple(np.random.default_rng(9).normal(size=(4, width)).astype(np.float32) for width in (5, 8, 3))
GRAMMARS = [
    Grammar(MATRICES, (1, 1, -1), 19),
    Grammar(MATRICES, (1, 1, -1), 19, both_strands=True, knows_positions=True, n_hidden=4),
    Grammar(MATRICES, (1, 1, -1), 19, knows_positions=True, paired=(0, 1)),
]


def grammars(network=GRAMMARS[2], n=2):
    rng = np.random.default_rng(1)
    return [
        TrainedGrammar(
            network, {name: rng.normal(size=shape).astype(np.float32) for name, shape in network.weights().items()}
        )
        for _ in range(n)
    ]


@pytest.fixture
def grammar_folder(tmp_path):
    return write(grammars(), tmp_path)


@pytest.mark.parametrize("network", GRAMMARS)
def test_grammars_come_back_with_the_same_outputs(network, tmp_path):
    networks = grammars(network, n=11)
    back = load_network(write(networks, tmp_path))
    assert len(back) == 11
    x = torch.randn(7, 4, 19, generator=torch.Generator().manual_seed(0))
    for one, two in zip(networks, back, strict=True):
        assert all((mine == yours).all() for mine, yours in zip(two.network.matrices, MATRICES, strict=True))
        with torch.no_grad():
            first, second = (grammar_of(each)(x) for each in (one, two))
        assert torch.equal(first, second)


@pytest.mark.parametrize("network", GRAMMARS)
def test_a_module_and_its_arrays_are_the_same_network(network):
    torch.manual_seed(3)
    module = GrammarModule(network).eval()
    arrays = trained_grammar(module)
    assert {name: part.shape for name, part in arrays.weights.items()} == network.weights()
    assert sum(part.size for part in arrays.weights.values()) == network.n_parameters
    x = torch.randn(5, 4, 19)
    state = torch.get_rng_state()
    back = grammar_of(arrays)
    assert torch.equal(torch.get_rng_state(), state)
    assert not back.training
    with torch.no_grad():
        assert torch.equal(module(x), back(x))
        back.scale += 1  # the arrays are the user's own
    assert (arrays.weights["scale"] == module.scale.detach().numpy()).all()


def test_names_and_configuration_of_grammars_are_those_of_the_format():
    found = saved(grammars())
    assert found.weights["networks.1.matrices.1"].shape == (4, 8)
    assert found.weights["networks.0.distance"].shape == (4, 2, 19)
    assert found.config == {
        "architecture": "grammar", "length": 19, "both_strands": False, "knows_positions": True, "n_hidden": 8,
        "widths": [5, 8, 3], "signs": [1, 1, -1], "paired": [0, 1], "n_networks": 2,
        "classes": ["negative", "positive"],
    }  # fmt: skip
    with pytest.raises(ParameterError, match="one architecture"):
        saved([*grammars(GRAMMARS[0], 1), *grammars(GRAMMARS[1], 1)])


def test_a_grammar_takes_other_lengths_or_says_why_not():
    assert GRAMMARS[0].at_length(8).length == 8
    assert GRAMMARS[2].at_length(19) is GRAMMARS[2]
    for network in GRAMMARS[1:]:
        with pytest.raises(ParameterError, match="takes sequences of the 19 columns"):
            network.at_length(20)
    with pytest.raises(ParameterError, match="one of 8 bases for 7"):
        GRAMMARS[0].at_length(7)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"widths": None}, "'widths', a list of integers. Got None"),
        ({"widths": [5, 8.0, 3]}, "'widths', a list of integers"),
        ({"widths": []}, "needs motifs"),
        ({"widths": [5, 8]}, "each with a sign. Got 2 and 3"),
        ({"widths": [5, 10**15, 3]}, r"'networks.0.matrices.1' must be float32 of shape \(4, 1000000000000000\)"),
        ({"signs": [1, 1]}, "each with a sign"),
        ({"signs": [1, 1, 2]}, "signs 1 or -1"),
        ({"signs": [1, 1, True]}, "'signs', a list of integers"),
        ({"paired": [3]}, "indices of the 3 motifs"),
        ({"paired": [0]}, r"'networks.0.distance' must be float32 of shape \(1, 2, 19\)"),
        ({"paired": []}, "only one of them"),
        ({"length": 7}, "must fit into the sequences"),
        ({"length": 10**15}, "must be float32 of shape"),
        ({"knows_positions": False}, "'networks.0.place' is in only one of them"),
        ({"knows_positions": 1}, "of type bool"),
        ({"n_hidden": 0}, "n_hidden at least 1"),
        ({"n_networks": 1}, "only one of them"),
        ({"n_networks": 3}, "'networks.2.matrices.0' is in only one of them"),
        ({"n_networks": "2"}, "of type int"),
        ({"architecture": "layers"}, "must be an object"),
    ],
)
def test_a_configuration_of_grammars_that_is_wrong_is_refused(grammar_folder, change, match):
    path = grammar_folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    refused(grammar_folder, match)


@pytest.mark.parametrize(
    ("name", "part", "match"),
    [
        ("networks.0.matrices.0", np.full((4, 5), np.inf, np.float32), "finite"),
        ("networks.0.matrices.0", np.ones((5, 4), np.float32), r"float32 of shape \(4, 5\)"),
        ("networks.1.matrices.2", np.ones((4, 3)), "float64"),
        ("networks.1.place", np.full((3, 19), np.nan, np.float32), "finite"),
        ("networks.1.place", np.ones((3, 18), np.float32), r"float32 of shape \(3, 19\)"),
        ("networks.1.filters", np.ones((3, 4, 8), np.float32), "only one of them"),
    ],
)
def test_weights_of_grammars_that_do_not_fit_are_refused(grammar_folder, name, part, match):
    weights = {**saved(grammars()).weights, name: part}
    save_file(weights, grammar_folder / "model.safetensors")
    refused(grammar_folder, match)
