"""`motiflens train` from files to a folder, and how it refuses."""

import json
import re

import numpy as np
import pytest
from planted import two_classes

from motiflens.cli import main
from motiflens.networks.architectures import NETWORKS, named_network, recipe
from motiflens.networks.saving import load_network
from motiflens.runs.simulate import run_simulate

FILES = ["history.tsv", "metrics.json", "model.json", "model.safetensors", "predictions.tsv", "run.json"]
WORD = "GATTACGAC"


@pytest.fixture(scope="module")
def sequences():
    return two_classes({WORD: 0.95}, n=90, length=50, random_state=3)


@pytest.fixture(scope="module")
def data(sequences, tmp_path_factory):
    """Return a file of sequences and one of labels."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "sequences.txt").write_text("\n".join(sequences.strings()) + "\n")
    (folder / "labels.txt").write_text("\n".join(map(str, sequences.labels)) + "\n")
    return [str(folder / "sequences.txt"), str(folder / "labels.txt")]


def run(capsys, *arguments):
    code = main(["train", *map(str, arguments)])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured


def refused(capsys, folder, *arguments):
    """Check that a command refuses in one line and leaves nothing; return the line."""
    before = sorted(path.name for path in folder.iterdir())
    assert main(["train", *map(str, arguments), "--quiet"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("motiflens train: error: ")
    assert captured.err.count("\n") == 1, captured.err
    assert sorted(path.name for path in folder.iterdir()) == before
    return captured.err


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_trains_from_two_files(data, tmp_path, capsys, network):
    captured = run(capsys, *data, "--network", network, "-o", tmp_path / "out", "--epochs", 1, "--threads", 1)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    n_outputs = recipe(network).n_outputs(2)
    n_parameters = named_network(network, 50, n_outputs=n_outputs).n_parameters
    assert captured.out.startswith(f"{network}: {n_parameters} parameters\n")
    assert "AUROC" in captured.out
    assert captured.out.endswith(f"Model: {tmp_path / 'out' / 'model.safetensors'}\n")
    assert f"motiflens: Trained {network} in" in captured.err
    (trained,) = load_network(tmp_path / "out")
    assert trained.network == named_network(network, 50, n_outputs=n_outputs)


def test_every_option_reaches_the_network_or_its_training(data, tmp_path, capsys):
    out = tmp_path / "out"
    run(capsys, *data, "--network", "deepbind", "-o", out, "--quiet", "--filters", 7, "--filter-width", 6,
        "--hidden", 5, "--activation", "exponential", "--strands", "both", "--networks", 3, "--epochs", 4,
        "--patience", 2, "--batch-size", 9, "--learning-rate", 0.01, "--dropout", 0.25,
        "--class-weight", "balanced", "--seed", 8, "--threads", 1, "--device", "cpu")  # fmt: skip
    networks = load_network(out)
    assert len(networks) == 3
    network = networks[0].network
    assert (network.n_filters, network.filter_width, network.n_hidden, network.activation, network.both_strands) == (
        7, 6, 5, "exponential", True,
    )  # fmt: skip
    record = json.loads((out / "run.json").read_text())
    asked = record["arguments"]
    assert record["seed"] == 8
    assert {name: asked[name] for name in ("epochs", "patience", "batch_size", "learning_rate", "dropout")} == {
        "epochs": 4, "patience": 2, "batch_size": 9, "learning_rate": 0.01, "dropout": 0.25
    }  # fmt: skip
    assert (asked["class_weight"], asked["data"], asked["n_networks"]) == ("balanced", data, 3)
    lines = (out / "history.tsv").read_text().splitlines()
    assert lines[0].split("\t") == ["network", "epoch", "loss", "valid_loss", "seconds", "kept"]
    assert len(lines) <= 1 + 3 * 4


def test_json_is_what_the_files_say_and_quiet_says_no_more(data, tmp_path, capsys):
    out = tmp_path / "out"
    captured = run(capsys, *data, "--network", "deepbind", "-o", out, "--epochs", 1, "--json", "--quiet")
    found = json.loads(captured.out)
    assert captured.err == ""
    assert found["output"] == str(out)
    assert found["metrics"] == json.loads((out / "metrics.json").read_text())
    assert found["notes"] == json.loads((out / "run.json").read_text())["notes"]
    assert run(capsys, *data, "--network", "deepbind", "-o", tmp_path / "b", "--epochs", 1, "--quiet").out == ""


def test_an_existing_folder_is_replaced_by_force_alone(data, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    arguments = (*data, "--network", "deepbind", "-o", out, "--epochs", 1)
    assert "exists already" in refused(capsys, tmp_path, *arguments)
    assert list(out.iterdir()) == []
    run(capsys, *arguments, "--force")
    assert sorted(path.name for path in out.iterdir()) == FILES


def test_the_summary_of_a_simulated_task_shows_how_near_the_limit_is(tmp_path, capsys):
    task = run_simulate("single", motif=WORD, n_positives=130, n_negatives=120, length=40, motif_prob=0.8)
    folder = task.write(tmp_path / "task")
    captured = run(capsys, folder, "--network", "deepbind", "-o", tmp_path / "out", "--epochs", 40,
                   "--filter-width", 11, "--batch-size", 16, "--learning-rate", 0.005)  # fmt: skip
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert 0.5 < metrics["limit"]["fraction"] <= 1.05
    lines = captured.out.splitlines()
    for start, figures in (
        ("test", metrics["test"]),
        ("best possible  the same", metrics["limit"]["these_sequences"]),
        ("best possible  endless", metrics["limit"]["population"]),
    ):
        (line,) = [line for line in lines if line.startswith(start)]
        assert f"{figures['auroc']['value']:.3f}" in line
        assert f"{figures['accuracy']['low']:.3f}-" in line
    assert f"Of the way from chance to the best possible on the same: {metrics['limit']['fraction']:.3f}" in lines


def test_the_summary_shows_the_limit_without_places(tmp_path, capsys):
    task = run_simulate("pwm", motif=WORD, n_positives=130, n_negatives=120, length=40)
    folder = task.write(tmp_path / "task")
    captured = run(capsys, folder / "sequences.tsv", "--network", "deepbind", "-o", tmp_path / "out", "--epochs", 2)
    limit = json.loads((tmp_path / "out" / "metrics.json").read_text())["limit"]
    for title, record in (("the same", limit["these_sequences"]), ("endless", limit["population"])):
        (line,) = [line for line in captured.out.splitlines() if line.startswith(f"best without places  {title}")]
        assert f"{record['shift_invariant']['auprc']['value']:.3f} (" in line


def test_a_limit_that_is_not_known_is_said_while_it_runs(tmp_path, capsys):
    folder = run_simulate("single", motif=WORD, n_positives=60, n_negatives=60, length=40).write(tmp_path / "task")
    captured = run(capsys, folder, "--network", "deepbind", "-o", tmp_path / "out", "--epochs", 1, "--window", 30)
    assert "motiflens: No limit: the sequences of" in captured.err
    assert "best possible" not in captured.out


def test_labels_are_joined_by_name(tmp_path, capsys):
    folder = run_simulate("single", motif=WORD, n_positives=60, n_negatives=70, length=40).write(tmp_path / "task")
    names = ("sequences.fa", "labels.tsv")
    run(capsys, *(folder / name for name in names), "--network", "deepbind", "-o", tmp_path / "out", "--epochs", 1)
    rows = (tmp_path / "out" / "predictions.tsv").read_text().splitlines()[1:]
    assert {row.split("\t")[1] for row in rows if row.startswith("pos")} == {"1"}
    assert len(rows) == 130
    lines = (folder / "labels.tsv").read_text().splitlines()
    (folder / "labels.tsv").write_text("\n".join(lines[:-1]) + "\n")
    line = refused(capsys, tmp_path, *(folder / name for name in names), "--network", "deepbind", "-o", tmp_path / "b")
    assert f"Got sequences without a label (1, the first {lines[-1].split(chr(9))[0]!r})" in line


def test_the_summary_of_many_classes_has_a_line_a_class(sequences, tmp_path, capsys):
    labels = np.where(sequences.positive, "ape", np.where(np.arange(len(sequences)) % 2, "bee", "cat"))
    rows = "".join(f"{text},{label}\n" for text, label in zip(sequences.strings(), labels, strict=True))
    (tmp_path / "d.csv").write_text("sequence,label\n" + rows)
    captured = run(capsys, tmp_path / "d.csv", "--network", "foxo1-v1", "-o", tmp_path / "out", "--epochs", 2)
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert f"macro AUROC {metrics['test']['macro_auroc']:.3f}" in captured.out
    for each in metrics["test"]["classes"]:
        (line,) = [line for line in captured.out.splitlines() if line.startswith(each["name"])]
        assert f"{each['n']} sequences" in line
    header = (tmp_path / "out" / "predictions.tsv").read_text().split("\n")[0]
    assert header == "name\tlabel\tprobability_ape\tprobability_bee\tprobability_cat\tsplit"


def test_the_network_can_be_chosen(data, tmp_path, capsys):
    captured = run(capsys, *data, "--network", "auto", "-o", tmp_path / "out", "--networks", 1)
    assert re.match(r"auto: (filters|a grammar of (1 motif|[2-9] motifs) that)", captured.out)
    arguments = json.loads((tmp_path / "out" / "run.json").read_text())["arguments"]
    assert arguments["database"] == "jaspar:vertebrates"
    assert len((tmp_path / "out" / "matches.tsv").read_text().splitlines()) > 3
    assert json.loads((tmp_path / "out" / "model.json").read_text())["architecture"] in ("grammar", "filter-network")
    assert load_network(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["notes"]


def test_motifs_are_compared_with_nothing_where_that_is_asked(data, tmp_path, capsys):
    captured = run(capsys, *data, "--network", "auto", "-o", tmp_path / "out", "--networks", 1, "--database", "none")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["arguments"]["database"] is None
    assert len((tmp_path / "out" / "matches.tsv").read_text().splitlines()) == 1
    assert "Input: 90 positives and 97 negatives of 50 bases, 0 padded" in captured.err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--network", "auto", "--database", "jaspar:moon"], "No database or file"),
        (["--network", "resnet"], "must be one of"),
        (["--network", "deepbnd"], "Did you mean deepbind"),
        (["--network", "deepbind", "--filter-width", 60], "at least as long"),
        (["--network", "deepbind", "--filters", 0], "n_filters"),
        (["--network", "deepbind", "--epochs", 0], "epochs"),
        (["--network", "deepbind", "--dropout", 1.5], "dropout"),
        (["--network", "deepbind", "--learning-rate", "nan"], "learning_rate must be above 0 and finite. Got nan."),
        (["--network", "multiscale", "--strands", "both"], "has no filters that read both strands"),
        (["--network", "deepbind", "--device", "abacus"], "abacus"),
        (["--network", "multiscale", "--filter-width", 5], "has no filter_width"),
        (["--network", "auto", "--epochs", 3], "chooses"),
        (["--network", "deepbind", "--test", "nosuch.tsv"], "nosuch.tsv"),
        (["--network", "deepbind", "--window", 8], "at least 12 bases"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_line(data, tmp_path, capsys, more, words):
    assert words in refused(capsys, tmp_path, *data, "-o", tmp_path / "out", *more)


def test_one_class_only_is_refused(sequences, tmp_path, capsys):
    rows = "".join(f"{text}\t1\n" for text in sequences.strings())
    (tmp_path / "d.tsv").write_text("seq\tlabel\n" + rows)
    line = refused(capsys, tmp_path, tmp_path / "d.tsv", "--network", "deepbind", "-o", tmp_path / "out")
    assert "expected labels of two classes or more. Got '1' for all 187 sequences" in line
