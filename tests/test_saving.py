"""Networks written and read again, and files that are not what they should be."""

import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from motiflens.errors import InputError, ParameterError
from motiflens.networks.model import FilterNetwork, initial, predict_probabilities
from motiflens.networks.saving import load_network, saved
from motiflens.simulate import random_sequences
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
    refused(folder, "must be a safetensors file|only one of them")


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
