"""`motiflens simulate`: what it writes, what reads it, and what it refuses."""

import json
from functools import partial

import numpy as np
import pytest

import motiflens as ml
from motiflens.alphabet import encode, reverse_complement
from motiflens.cli import main
from motiflens.simulating.limits import population_limit
from motiflens.simulating.tasks import TASKS

FILES = ["labels.tsv", "negatives.fa", "positives.fa", "sequences.fa", "sequences.tsv", "truth.bed", "truth.json",
         "truth.meme"]  # fmt: skip
SIZES = ["--n-positives", "41", "--n-negatives", "37"]


@pytest.fixture(autouse=True)
def few_drawn(monkeypatch):
    """Let the limit of the population be a rough one, which is quick."""
    monkeypatch.setattr("motiflens.simulating.truth.population_limit", partial(population_limit, n_drawn=2000))


def written(tmp_path, *arguments):
    out = tmp_path / "out"
    assert main(["simulate", *map(str, arguments), "-o", str(out), "--quiet"]) == 0
    return out


def rows(path):
    return [line.split("\t") for line in path.read_text().splitlines()]


@pytest.mark.parametrize("task", TASKS)
def test_every_task_writes_files_that_agree(tmp_path, task):
    out = written(tmp_path, task, *SIZES, "--strands", "both", "--seed", 5)
    assert sorted(path.name for path in out.iterdir()) == FILES
    expected = ml.simulate(task, n_positives=41, n_negatives=37, strands="both", random_state=5)
    table = ml.read_sequences(out / "sequences.tsv")
    assert (table.codes == expected.sequences.codes).all()
    assert (table.labels == expected.sequences.labels).all()
    assert (table.names == expected.sequences.names).all()
    assert ml.read_sequences(out / "sequences.fa").strings() == table.strings()
    for name, label in (("positives.fa", 1), ("negatives.fa", 0)):
        part = ml.read_sequences(out / name)
        assert part.strings() == table.of_class(label).strings()
        assert (part.names == table.of_class(label).names).all()
    assert rows(out / "labels.tsv")[0] == ["name", "label"]
    assert [(name, int(label)) for name, label in rows(out / "labels.tsv")[1:]] == list(
        zip(table.names, table.labels, strict=True)
    )
    motifs = ml.read_motifs(out / "truth.meme")
    assert [motif.name for motif in motifs] == [motif.name for motif in expected.motifs]
    for ours, theirs in zip(motifs, expected.motifs, strict=True):
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-6)
    assert ml.read_truth(out / "truth.json").limit_on(table) == expected.limit_on(expected.sequences)


@pytest.mark.parametrize("strands", ["single", "both"])
def test_the_bed_file_tells_where_the_letters_are(tmp_path, strands):
    out = written(tmp_path, "logic", "--motifs", "ACGTG,TTGCAA", *SIZES, "--strands", strands)
    letters = dict(zip((s := ml.read_sequences(out / "sequences.fa")).names.tolist(), s.strings(), strict=True))
    sites = rows(out / "truth.bed")
    for name, start, end, motif, score, strand in sites:
        word = encode(letters[name][int(start) : int(end)])
        assert (word if strand == "+" else reverse_complement(word)).tolist() == encode(motif).tolist()
        assert score == "0"
    assert {strand for *_, strand in sites} == ({"+"} if strands == "single" else {"+", "-"})
    assert sum(name.startswith("pos") for name, *_ in sites) == 82
    order = list(letters)
    keys = [(order.index(name), int(start)) for name, start, *_ in sites]
    assert keys == sorted(keys)


def test_label_noise_tells_the_true_labels(tmp_path):
    out = written(tmp_path, "single", *SIZES, "--label-noise", 0.3)
    header, *lines = rows(out / "labels.tsv")
    assert header == ["name", "label", "true_label"]
    assert all(name.startswith("pos") == (true == "1") for name, _, true in lines)
    flipped = sum(label != true for _, label, true in lines)
    assert 10 < flipped < 40
    assert len(ml.read_sequences(out / "positives.fa")) == sum(label == "1" for _, label, _ in lines)


def test_noise_writes_inputs_and_a_task_without_removes_them(tmp_path):
    out = written(tmp_path, "single", *SIZES, "--noise", 0.05)
    inputs = np.load(out / "inputs.npy")
    assert (inputs == ml.simulate("single", n_positives=41, n_negatives=37, noise=0.05).inputs()).all()
    assert inputs.shape == (78, 4, 101)
    truth = json.loads((out / "truth.json").read_text())
    assert list(truth["limit"]) == ["population", "these_sequences", "population_noisy_inputs", "these_noisy_inputs"]
    kinds = [limit["kind"] for limit in truth["limit"].values()]
    assert kinds == ["population", "these sequences", "population, noisy inputs", "these sequences, noisy inputs"]
    assert any("one that reads inputs.npy" in note for note in truth["limit_notes"])
    (out / "notes.txt").write_text("mine")
    written(tmp_path, "single", *SIZES, "--force")
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, "notes.txt"])


def test_truth_json_tells_the_run(tmp_path):
    source = tmp_path / "source.fa"
    source.write_text(">a\n" + "ACGGT" * 40 + "\n")
    arguments = ["spacing", *SIZES, "--background", source, "--order", 2, "--min-gap", 2, "--max-gap", 2, "--seed", 9]
    truth = json.loads((written(tmp_path, *arguments) / "truth.json").read_text())
    assert truth["task"] == "spacing"
    assert truth["seed"] == truth["parameters"]["random_state"] == 9
    assert truth["parameters"]["background"] == str(source)
    assert truth["parameters"]["order"] == truth["generator"]["background"]["order"] == 2
    assert list(truth["inputs"]) == [str(source)]
    assert set(truth["limit"]) == {"population", "these_sequences"}
    assert truth["limit"]["population"]["auroc"]["value"] > 0.9
    assert "motiflens" in truth["versions"]


def test_places_count_in_the_limits(tmp_path):
    truth = json.loads((written(tmp_path, "localization", *SIZES) / "truth.json").read_text())
    for limit in truth["limit"].values():
        assert limit["shift_invariant"]["auroc"]["value"] < limit["auroc"]["value"]


def test_the_same_command_writes_the_same_bytes(tmp_path):
    first = {path.name: path.read_bytes() for path in written(tmp_path, "multi", *SIZES).iterdir()}
    again = {path.name: path.read_bytes() for path in written(tmp_path, "multi", *SIZES, "--force").iterdir()}
    assert first == again


def test_every_dial_reaches_python(tmp_path):
    out = written(tmp_path, "mixture", *SIZES, "--motifs", "ACGT, TTT", "--motif-probs", "0.5,1", "--negative-probs",
                  "0,1e-1", "--gc", 0.3, "--motif-prob", 0.9, "--mutation", 0.01, "--length", 50)  # fmt: skip
    parameters = json.loads((out / "truth.json").read_text())["parameters"]
    expected = ml.simulate("mixture", n_positives=41, n_negatives=37, motifs=["ACGT", "TTT"], motif_probs=[0.5, 1],
                           negative_probs=[0, 0.1], gc=0.3, motif_prob=0.9, mutation=0.01, length=50)  # fmt: skip
    assert parameters == expected.parameters
    assert (ml.read_sequences(out / "sequences.fa").codes == expected.sequences.codes).all()


def test_a_summary_is_printed(tmp_path, capsys):
    assert main(["simulate", "pwm", *SIZES, "-o", str(tmp_path / "a")]) == 0
    text = capsys.readouterr().out
    assert "41 positives and 37 negatives of 100 bases" in text
    assert "FOXO1" in text
    assert "unknown" in text
    assert main(["simulate", "single", *SIZES, "-o", str(tmp_path / "b"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["n_positives"], record["n_negatives"], record["task"]) == (41, 37, "single")
    assert record["limit"]["population"]["kind"] == "population"
    assert record["motifs"] == [{"motif": "ACGTG", "consensus": "ACGTG", "width": 5}]


@pytest.mark.parametrize(("arguments", "parts"), [
    ([], ["population  ", "these sequences  ", "Monte-Carlo estimate from 2000 fresh sequences"]),
    (["--noise", "0.3"], ["population, letters", "these sequences, letters", "population, noisy inputs",
                          "these noisy inputs", "one that reads inputs.npy", "2000 fresh inputs"]),
    (["--noise", "0.3", "--noise-to", "negatives"], ["by itself tells the classes apart", "1.000 (1.000-1.000)"]),
    (["--noise", "0.3", "--gc", "1"], ["population, noisy inputs (upper bound)", "which noise can only lower"]),
    (["--motif-prob", "0"], ["Motifs: none is planted", "Both classes hold the same"]),
])  # fmt: skip
def test_the_summary_says_what_each_limit_is_of(tmp_path, capsys, arguments, parts):
    assert main(["simulate", "single", *SIZES, *arguments, "-o", str(tmp_path / "a")]) == 0
    text = capsys.readouterr().out
    assert [part for part in parts if part not in text] == []
    assert ("letters" in text) == ("--noise" in arguments)
    assert ("hold the same" in text) == ("--motif-prob" in arguments)
    assert main(["simulate", "single", *SIZES, *arguments, "-o", str(tmp_path / "b"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert all(note in text for note in record["limit_notes"])
    assert record["limit_notes"]


@pytest.mark.parametrize(("arguments", "strands"), [
    (["single"], "+"), (["single", "--strands", "both"], "+ -"), (["mixture", "--motif-probs", "0,0,0"], "+"),
    (["spacing", "--orientation", "any"], "+ -"), (["spacing", "--strands", "both"], "+ -"),
    (["multi", "--motif-prob", "0", "--strands", "both"], "+"),
])  # fmt: skip
def test_truth_meme_tells_the_strands_that_sites_lie_on(tmp_path, arguments, strands):
    out = written(tmp_path, *arguments, *SIZES)
    assert f"\nstrands: {strands}\n" in (out / "truth.meme").read_text()
    assert {row[5] for row in rows(out / "truth.bed")} == (
        set() if arguments[0] in ("mixture", "multi") else set(strands.split())
    )
    assert len(ml.read_motifs(out / "truth.meme")) == {"single": 1, "spacing": 2}.get(arguments[0], 0)


def test_too_little_memory_is_told_by_what_can_be_lowered(tmp_path, capsys, monkeypatch):
    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr("motiflens.simulating.simulation.draw", full)
    assert main(["simulate", "single", *SIZES, "-o", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "not enough memory" in error
    assert "n_positives, n_negatives or length" in error
    assert "--window" not in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("arguments", "part"), [
    (["single", "--database", "nosuch.meme"], "nosuch.meme"),
    (["single", "--noise-to", "negatives"], "without noise"),
    (["mixture", "--motif-probs", "0.5,0.4"], "one for each motif"),
    (["singel"], "Did you mean single"),
    ([], "Missing argument 'TASK'"),
    (["single", "--motifs", "A,C"], "has no motifs"),
    (["single", "--motif", ""], "empty"),
    (["single", "--motif", "ACGTQ"], "No motif 'ACGTQ'"),
    (["single", "--motif", "CTFC"], "Did you mean"),
    (["multi", "--motifs", "ACGT,"], "--motifs must be words"),
    (["density", "--copies", "3-5"], "--copies must be numbers"),
    (["density", "--copies", "5,3"], "fewest and the most"),
    (["density", "--copies", "3.5,4"], "whole number"),
    (["density", "--copies", "3"], "copies must be FEWEST,MOST"),
    (["single", "--label-noise", "0.8"], "label_noise must be a number in [0, 0.5]. Got 0.8"),
    (["single", "--length", "3"], "must fit"),
    (["single", "--n-positives", "0"], "at least 1"),
    (["single", "--n-positives", "x"], "valid integer"),
    (["single", "--motif-prob", "nan"], "motif_prob"),
    (["single", "--gc", "1.5"], "gc"),
    (["single", "--order", "2"], "no background"),
    (["single", "--background", "nosuch.fa"], "nosuch.fa"),
    (["single", "--strands", "auto"], "auto"),
    (["single", "--noise", "-1"], "noise"),
    (["single", "--seed", "-1"], "seed"),
    (["interaction", "--min-gap", "30"], "min_gap must be at most max_gap"),
])  # fmt: skip
def test_what_makes_no_sense_is_one_line_and_leaves_nothing(tmp_path, capsys, arguments, part):
    assert main(["simulate", *arguments, "-o", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("motiflens simulate: error: ")
    assert captured.err.count("\n") == 1
    assert part in captured.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("word", [
    "at most 6", "spacing 2 to 4", "the newest version of each matrix", "outside motiflens", "0 to 0.5",
    "share a seed",
])  # fmt: skip
def test_the_help_tells_what_is_not_possible(capsys, monkeypatch, word):
    monkeypatch.setenv("COLUMNS", "400")
    assert main(["simulate", "--help"]) == 0
    assert word in " ".join(capsys.readouterr().out.split())


def test_labels_that_say_nothing_are_told(tmp_path):
    truth = json.loads((written(tmp_path, "single", *SIZES, "--label-noise", 0.5) / "truth.json").read_text())
    assert [limit["auroc"]["value"] for limit in truth["limit"].values()] == [0.5, 0.5]
    assert truth["limit_notes"] == ["Half of the labels are flipped, so they say nothing: no model can beat chance."]


def test_an_existing_folder_is_kept(tmp_path, capsys):
    out = written(tmp_path, "single", *SIZES)
    before = (out / "truth.json").read_bytes()
    assert main(["simulate", "multi", "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert (out / "truth.json").read_bytes() == before


def test_discover_finds_what_was_planted(tmp_path):
    out = written(tmp_path, "single", "--motif", "CTCF", "--n-positives", 200, "--n-negatives", 200, "--length", 60)
    found = tmp_path / "found"
    assert main(["discover", str(out / "positives.fa"), "--negatives", str(out / "negatives.fa"), "-o", str(found),
                 "--quiet"]) == 0  # fmt: skip
    assert "CTCF" in (found / "motifs.tsv").read_text()
