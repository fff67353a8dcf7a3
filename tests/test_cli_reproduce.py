"""``motiflens reproduce``: a tiny run, what it prints and writes, and what it refuses."""

from __future__ import annotations

import csv
import json

import pytest

from motiflens.cli import main
from motiflens.reproduction import campaign
from motiflens.reproduction.campaign import reproduce
from motiflens.reproduction.experiments import SYSTEMS, TFBS, Experiment, Published, Task

TASK = Task("single", "one motif, GATTACCA", {"task": "single", "motif": "GATTACCA", "n_positives": 110,
                                             "n_negatives": 120, "length": 25})  # fmt: skip
SMALL = (
    Experiment("hw4", "kernel 8", TASK, "deepbind", {"filter_width": 8}, (Published("auroc", 0.3),)),
    Experiment("tfbs", "shallow", TFBS, "tfbs"),
)
FILES = ["report.html", "results.tsv", "run.json", "summary.tsv"]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let one small experiment, and one that needs a folder, stand for the published ones."""
    chosen = lambda system: tuple(each for each in SMALL if system in ("all", each.system))  # noqa: E731
    monkeypatch.setattr(campaign, "experiments_of", chosen)


def refused(capsys, tmp_path, *arguments):
    """Check that a command refuses in one line and leaves nothing new; return the line."""
    before = sorted(tmp_path.rglob("*"))
    assert main(["reproduce", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert sorted(tmp_path.rglob("*")) == before
    return captured.err


def table(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines(), delimiter="\t"))


def test_a_run_prints_a_table_and_writes_its_files(capsys, tmp_path):
    out = tmp_path / "out"
    arguments = ["reproduce", "hw4", "--seeds", "2", "--seed", "6", "--quick", "--threads", "2", "-o", str(out)]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].split()[:3] == ["experiment", "metric", "published"]
    assert "kernel 8" in lines[1]
    assert lines[-1] == f"Report: {out / 'report.html'}"
    assert sorted(path.name for path in out.iterdir()) == FILES
    record = json.loads((out / "run.json").read_text("utf-8"))
    assert record["seeds"] == [6, 7]
    assert record["arguments"] == {"system": "hw4", "data": None, "quick": True}
    runs = table(out / "results.tsv")
    assert sorted((run["kind"], run["seed"]) for run in runs) == [
        (kind, seed) for kind in ("as published", "ours") for seed in ("6", "7")
    ]
    (summary,) = table(out / "summary.tsv")
    assert (summary["system"], summary["experiment"], summary["network"]) == ("hw4", "kernel 8", "deepbind")
    expected = reproduce("hw4", n_seeds=2, random_state=6, quick=True).rows[0]
    wanted = [run.figure("auroc") for run in (*expected.runs, *expected.ours)]
    assert [float(run["auroc"]) for run in runs] == pytest.approx(wanted, rel=1e-4)


def test_json_is_what_the_table_says(capsys, tmp_path):
    out = tmp_path / "out"
    assert main(["reproduce", "--json", "--quick", "--seeds", "1", "-o", str(out)]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["output"] == str(out)
    assert [each["experiment"] for each in found["experiments"]] == ["kernel 8"]
    assert found["experiments"][0]["n_parameters"] == 4 * 8 * 16 + 16 + 16 * 32 + 32 + 33
    assert found["notes"] == ["tfbs is left out: give the folder with its sequences and labels (--data FOLDER)."]
    assert "tfbs is left out" in captured.err


def test_quiet_says_nothing(capsys, tmp_path):
    out = tmp_path / "out"
    assert main(["reproduce", "hw4", "--quiet", "--quick", "--seeds", "1", "-o", str(out)]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert sorted(path.name for path in out.iterdir()) == FILES


def test_help_names_every_system_and_option(capsys):
    assert main(["reproduce", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for word in (*SYSTEMS, "all", "--data", "--seeds", "--quick", "--seed", "--threads", "--json", "--force", "-o"):
        assert word in text, word
    assert main(["--help"]) == 0
    assert " reproduce " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hw5"], "hw5"),
        (["--seeds", "0"], "--seeds"),
        (["--seeds", "two"], "--seeds"),
        (["--seed", "-1"], "--seed"),
        (["--threads", "0"], "--threads"),
        (["--data", ""], "--data"),
        (["--epochs", "3"], "--epochs"),
        (["hw4", "foxo1"], "foxo1"),
    ],
)
def test_bad_options_are_refused(capsys, tmp_path, arguments, message):
    assert message in refused(capsys, tmp_path, *arguments, "-o", tmp_path / "out")


def test_an_unknown_system_is_named_beside_those_that_are_known(capsys, tmp_path):
    line = refused(capsys, tmp_path, "nope", "-o", tmp_path / "out")
    assert line.count("\n") == 1
    assert "'nope' is not one of 'all', 'hw4', 'multiscale', 'foxo1', 'tfbs'" in line
    assert "Value error" not in line


def test_one_seed_is_not_judged_and_the_cut_is_told(capsys, tmp_path):
    out = tmp_path / "out"
    assert main(["reproduce", "hw4", "--quick", "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "cut to 5 epochs" in printed.splitlines()[0]
    assert printed.splitlines()[1].endswith("not judged: one seed")
    (summary,) = table(out / "summary.tsv")
    assert summary["auroc_verdict"] == "not judged: one seed"
    assert "cut to 5 epochs at most" in (out / "report.html").read_text("utf-8")


def test_an_output_is_needed(capsys, tmp_path):
    assert "--output" in refused(capsys, tmp_path, "hw4")


def test_tfbs_needs_its_folder(capsys, tmp_path):
    line = refused(capsys, tmp_path, "tfbs", "-o", tmp_path / "out")
    assert "The experiments of tfbs need their data" in line
    assert "--data FOLDER" in line
    line = refused(capsys, tmp_path, "all", "--data", tmp_path, "-o", tmp_path / "out")
    assert "must hold sequences_mod.txt or sequences.txt, and labels.txt" in line


def test_sequences_that_are_no_dna_are_refused(capsys, tmp_path):
    (tmp_path / "sequences.txt").write_text("ACGT\nnot DNA!\n")
    (tmp_path / "labels.txt").write_text("1\n0\n")
    assert "sequences.txt" in refused(capsys, tmp_path, "tfbs", "--data", tmp_path, "-o", tmp_path / "out")


def test_an_existing_folder_is_refused_before_anything_is_trained(capsys, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(campaign, "run_as_published", None)
    assert "--force" in refused(capsys, tmp_path, "hw4", "-o", out)


def test_force_replaces_results(capsys, tmp_path):
    arguments = ["reproduce", "hw4", "--quick", "--seeds", "1", "--quiet", "-o", str(tmp_path / "out")]
    assert main(arguments) == 0
    first = table(tmp_path / "out" / "results.tsv")
    assert main([*arguments, "--force", "--seed", "1"]) == 0
    second = table(tmp_path / "out" / "results.tsv")
    assert [run["seed"] for run in first + second] == ["0", "0", "1", "1"]


def test_a_defect_leaves_nothing_half_written(capsys, tmp_path, monkeypatch):
    def broken(*_, **__):
        msg = "broken"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(campaign, "run_as_published", broken)
    assert main(["reproduce", "hw4", "--quick", "--threads", "1", "-o", str(tmp_path / "out")]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
