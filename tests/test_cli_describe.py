"""``motiflens describe``: tables of networks by name and of saved ones, and what it refuses."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from random_networks import grammar, layered
from safetensors.numpy import load, save

import motiflens as ml
from motiflens.cli import main
from motiflens.errors import InputError, ParameterError
from motiflens.networks.architectures import NETWORKS, named_network
from motiflens.networks.blueprints import TrainedLayers
from motiflens.networks.grammars import Grammar, TrainedGrammar
from motiflens.networks.model import initial
from motiflens.networks.saving import saved
from motiflens.writing import network_bytes, to_json


def described(capsys, *arguments):
    assert main(["describe", *arguments]) == 0
    return capsys.readouterr().out


def write(networks, folder):
    found = saved(networks)
    (folder / "model.json").write_text(to_json(found.config))
    (folder / "model.safetensors").write_bytes(network_bytes(found.weights))
    return str(folder)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_explained(capsys, name):
    text = described(capsys, name)
    total = int(re.search(r"^(\d+) parameters", text, re.M)[1])
    counted = [int(number) for number in re.findall(r" = (\d+)$", text, re.M)]
    assert sum(counted) == total == ml.describe(name).n_parameters
    assert re.search(r"^Sees \d+ bases at once", text, re.M)
    assert sum(row.n_trainable for row in ml.describe(name).rows) == ml.describe(name).n_trainable
    assert re.search(r"^Training: batches of ", text, re.M)


def test_the_counts_of_deepbind_are_explained_by_their_formulas(capsys):
    text = described(capsys, "deepbind")
    for formula in ("4 x 5 x 16 + 16 = 336", "16 x 32 + 32 = 544", "32 x 1 + 1 = 33", "913 parameters"):
        assert formula in text
    assert "1337 parameters" in described(capsys, "deepbind", "--filters", "24")
    assert "16 x 7 + 7 = 119" in described(capsys, "deepbind", "--hidden", "7")


def test_the_interaction_network_is_told_not_to_see_one(capsys):
    text = described(capsys, "interaction", "--length", "150")
    assert "Sees 9 bases at once" in text
    assert "more than 9 bases is seen as presence together only" in text
    assert "24 x 146" in text


def test_what_is_not_trained_is_told_apart(capsys):
    text = described(capsys, "multiscale", "--classes", "5")
    assert f"{114693 + 4 * 129} parameters, {113413 + 4 * 129} trained, 1280 not" in text
    assert "128 x 5 + 5 = 645" in text
    assert "halved after 5 flat epochs" in text


def test_json_holds_all_of_it(capsys):
    found = json.loads(described(capsys, "tfbs-deep", "--json"))
    assert found["n_parameters"] == sum(layer["n_parameters"] for layer in found["layers"]) == 128050
    assert (found["length"], found["n_outputs"], found["receptive_field"]) == (50, 2, 16)
    assert found["layers"][0] == {
        "path": "1", "name": "conv 32 filters of 12, same padding", "shape": [32, 50], "n_parameters": 1568,
        "n_trainable": 1568, "formula": "4 x 12 x 32 + 32 = 1568",
    }  # fmt: skip
    assert found["training"]["loss"] == "squared-error"


def test_saved_networks_are_explained(capsys, tmp_path):
    blueprint = named_network("foxo1-v4", 90, n_outputs=3)
    weights = {name: np.zeros(shape, np.float32) for name, shape in blueprint.weights().items()}
    folder = write([TrainedLayers(blueprint, weights)] * 2, tmp_path)
    text = described(capsys, folder)
    assert f"{blueprint.n_parameters} parameters" in text
    assert "sequences of 90 columns, 3 logits" in text
    assert "2 networks alike" in text
    assert "Training" not in text
    with pytest.raises(ParameterError, match="leave them out"):
        ml.describe(folder, length=80)


def test_saved_networks_of_one_convolution_are_explained(capsys, tmp_path):
    network = named_network("motiflens", 90)
    folder = write([initial(network, np.random.default_rng(0))], tmp_path)
    text = described(capsys, folder)
    assert f"{network.n_parameters} parameters" in text
    assert "both strands" in text


@pytest.mark.parametrize("fields", [{}, {"both_strands": True, "knows_positions": True, "paired": (0, 2)}])
def test_saved_grammars_are_explained(capsys, tmp_path, fields):
    trained = grammar(30, **fields)
    folder = write([trained], tmp_path)
    text, found = described(capsys, folder), ml.describe(folder)
    assert found.n_trainable == trained.network.n_parameters == sum(part.size for part in trained.weights.values())
    assert found.n_parameters == found.n_trainable + 4 * (3 + 5 + 2)
    assert sum(int(number) for number in re.findall(r" = (\d+)$", text, re.M)) == found.n_parameters
    assert f"{found.n_parameters} parameters, {found.n_trainable} trained, 40 not" in text
    assert text.count("speaks for the positives") == 2
    assert ("either strand" in text) == ("order and spacing count" in text) == ("place counts" in text) == bool(fields)
    assert found.receptive_field == (30 if fields else 5)
    found = json.loads(described(capsys, folder, "--json"))
    assert (found["length"], found["n_outputs"], found["output"]) == (30, 1, "sigmoid")


def test_the_motifs_of_a_grammar_are_named(capsys, tmp_path):
    odds = np.log(np.full((4, 4), 0.02) / 0.25).astype(np.float32)
    odds[[2, 0, 3, 3], range(4)] = np.log(0.94 / 0.25)
    network = Grammar((odds,), (-1,), length=12)
    weights = {name: np.zeros(shape, np.float32) for name, shape in network.weights().items()}
    text = described(capsys, write([TrainedGrammar(network, weights)], tmp_path))
    assert "Motif 1, GATT: a site speaks against the positives." in text


def _damage(folder, how):
    path = folder / "model.safetensors"
    if how == "missing":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-7])
    else:
        weights = load(path.read_bytes())
        name = sorted(weights)[0]
        weights[name] = weights[name][..., :-1].copy() if how == "shape" else weights[name] * np.float32(np.nan)
        path.write_bytes(save(weights))


@pytest.mark.parametrize("how", ["missing", "cut", "shape", "nan"])
@pytest.mark.parametrize("kind", ["filters", "layers", "grammar"])
def test_a_damaged_model_is_refused_in_one_line(capsys, tmp_path, how, kind):
    trained = {
        "filters": initial(named_network("deepbind", 40), np.random.default_rng(0)),
        "layers": layered(named_network("interaction", 40)),
        "grammar": grammar(40),
    }[kind]
    folder = write([trained], tmp_path)
    _damage(tmp_path, how)
    assert main(["describe", folder]) == 2
    captured = capsys.readouterr()
    assert "model.safetensors" in captured.err
    assert captured.err.count("\n") == 1
    assert not captured.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["deepbnd"], "Did you mean deepbind?"),
        (["zebra"], "network must be one of deepbind"),
        (["zebra"], "Or give 'auto', or the folder of a saved network."),
        (["interaction", "--length", "8"], "reads 5 positions needs as many. Got 4"),
        (["multiscale", "--filter-width", "4"], "has no filter_width"),
        (["deepbind", "--length", "0"], "--length"),
        (["deepbind", "--classes", "1"], "--classes"),
        ([], "NETWORK"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_line(capsys, arguments, words):
    assert main(["describe", *arguments]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert not captured.out


def test_a_folder_without_a_network_is_refused(capsys, tmp_path):
    assert main(["describe", str(tmp_path)]) == 2
    assert "model.json of a saved network" in capsys.readouterr().err
    (tmp_path / "model.json").write_text('{"architecture": "layers"}')
    with pytest.raises(InputError, match="must be an object with length"):
        ml.describe(str(tmp_path))
    with pytest.raises(ParameterError, match="classes must be at least 2"):
        ml.describe("tfbs", n_classes=1)


def test_torch_is_not_loaded():
    script = "import sys, motiflens.cli as c; [c.main(['describe', name]) for name in ('multiscale', 'auto')]; "
    script += "assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
