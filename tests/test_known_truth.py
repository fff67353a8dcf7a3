"""What is known of simulated sequences: for those of the task, and never for others."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import motiflens as ml
from motiflens.cli import main
from motiflens.cli.summary import planted_lines
from motiflens.discovering import discover
from motiflens.errors import InputError
from motiflens.known_truth import known_truth
from motiflens.motifs import from_counts
from motiflens.reading import read_sequences
from motiflens.runs.simulate import run_simulate
from motiflens.runs.train_data import TrainFiles, read_train_data
from motiflens.sequences import concatenate
from motiflens.simulating.likelihood import log_ratio
from motiflens.simulating.planting import random_sequences

WORD = "GATTACGAC"
N_POSITIVES, N_NEGATIVES, LENGTH = 150, 170, 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    run = run_simulate("single", motif=WORD, n_positives=N_POSITIVES, n_negatives=N_NEGATIVES, length=LENGTH,
                       motif_prob=0.8)  # fmt: skip
    return run.write(tmp_path_factory.mktemp("s") / "task")


@pytest.fixture
def copied(folder, tmp_path):
    """Return a copy of the folder, to be spoilt."""
    return Path(shutil.copytree(folder, tmp_path / "task"))


@pytest.fixture(scope="module")
def placed(tmp_path_factory):
    """Return the folder of a task with a place, and what `discover` finds in it."""
    run = run_simulate("pwm", motif=WORD, n_positives=N_POSITIVES, n_negatives=N_NEGATIVES, length=LENGTH,
                       mutation=0.1)  # fmt: skip
    folder = run.write(tmp_path_factory.mktemp("p") / "task")
    return folder, discover(str(folder), database=None, n_networks=1, random_state=3)


def known(paths, *, test=None):
    """Return what is known of both classes read from files, all of them tested."""
    sequences = read_sequences([str(path) for path in paths])
    if sequences.labels is None:
        sizes = [len(read_sequences(path)) for path in paths]
        sequences = sequences.with_labels(np.repeat([1, 0][: len(sizes)], sizes), ("0", "1"))
    sequences = sequences if test is None else test(sequences)
    names = [str(path) for path in paths]
    return known_truth((names, sequences.of_class(1)), (names, sequences))


def of_the_ratio(folder, names):
    """Return the AUROC of the likelihood ratio on some sequences of a folder."""
    every = read_sequences(folder / "sequences.tsv")
    chosen = every[np.flatnonzero(np.isin(every.names, names))]
    scores = log_ratio(ml.read_truth(folder / "truth.json").generator, chosen.codes)
    return roc_auc_score(chosen.positive, np.round(scores, 9))


@pytest.mark.parametrize(
    "files",
    [
        ["."], ["sequences.tsv"], ["sequences.fa", "labels.tsv"], ["labels.tsv", "sequences.fa"],
        ["positives.fa", "negatives.fa"],
    ],
)  # fmt: skip
def test_the_sequences_of_a_task_are_known_however_they_are_given(folder, files):
    found = known([folder / file for file in files])
    assert found.notes == ()
    assert [motif.consensus for motif in found.motifs] == [WORD]
    assert found.limits.these.n_positives == N_POSITIVES
    every = read_sequences(folder / "sequences.tsv").names
    assert found.limits.these.auroc.value == pytest.approx(of_the_ratio(folder, every))
    assert found.limits.population == json.loads((folder / "truth.json").read_text())["limit"]["population"]


def test_without_a_truth_nothing_is_known_and_nothing_is_said(copied):
    (copied / "truth.json").unlink()
    found = known([copied / "sequences.tsv"])
    assert (found.limits, found.motifs, found.notes) == (None, (), ())


def changed_letter(sequences):
    codes = sequences.codes.copy()
    codes[7, 3] = (codes[7, 3] + 1) % 4
    return replace(sequences, codes=codes)


def renamed(sequences):
    names = sequences.names.copy()
    names[[4, 9]] = names[[9, 4]]
    return replace(sequences, names=names)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (changed_letter, "other letters"),
        (renamed, "other letters|another label"),
        (lambda given: given.with_labels(1 - given.labels, given.classes), "another label"),
        (lambda given: concatenate([given, given[:1]]), "twice"),
        (lambda given: given.resize(LENGTH - 6), f"{LENGTH} bases, and {LENGTH - 6} are read"),
        (lambda given: given.resize(LENGTH + 2), f"{LENGTH} bases, and {LENGTH + 2} are read"),
    ],
)
def test_other_sequences_have_no_truth(folder, change, word):
    found = known([folder / "positives.fa", folder / "negatives.fa"], test=change)
    assert (found.limits, found.motifs) == (None, ())
    (note,) = found.notes
    assert note.startswith("No limit: ")
    assert any(each in note for each in word.split("|")), note


@pytest.mark.parametrize("swapped", [False, True])
def test_names_alone_tell_where_there_are_no_other_files(copied, swapped):
    for name in ("sequences.tsv", "sequences.fa", "labels.tsv"):
        (copied / name).unlink()
    files = [copied / "positives.fa", copied / "negatives.fa"]
    found = known(files[::-1] if swapped else files)
    assert (found.limits is None) is swapped
    assert bool(found.motifs) is not swapped


def test_a_truth_beside_sequences_of_another_source_is_not_theirs(copied):
    other = random_sequences(60, LENGTH, random_state=1, prefix="peak")
    (copied / "other.fa").write_text("".join(f">{n}\n{s}\n" for n, s in zip(other.names, other.strings(), strict=True)))
    found = known([copied / "other.fa", copied / "negatives.fa"])
    assert (found.limits, found.motifs) == (None, ())
    assert f"'{other.names[0]}' is not among its {N_POSITIVES} positives" in found.notes[0]


def test_sequences_of_another_run_of_the_same_task_are_others(copied, tmp_path):
    again = run_simulate("single", motif=WORD, n_positives=N_POSITIVES, n_negatives=N_NEGATIVES, length=LENGTH,
                         motif_prob=0.8, random_state=1).write(tmp_path / "again")  # fmt: skip
    for name in ("positives.fa", "negatives.fa"):
        shutil.copy(again / name, copied / name)
    found = known([copied / "positives.fa", copied / "negatives.fa"])
    assert found.limits is None
    assert "other letters" in found.notes[0]


@pytest.mark.parametrize("text", ["{}", "not JSON", "[1]", '{"task": "x", "parameters": {}, "generator": 3}'])
def test_another_truth_json_is_passed_over_beside_files_and_refused_in_a_folder(copied, text):
    (copied / "truth.json").write_text(text)
    found = known([copied / "positives.fa", copied / "negatives.fa"])
    assert found.limits is None
    assert len(found.notes) == 1
    with pytest.raises(InputError) as caught:
        known([copied])
    assert "\n" not in str(caught.value)


def test_a_folder_that_was_changed_is_refused(copied):
    lines = (copied / "sequences.fa").read_text().split("\n")
    lines[1] = lines[1][::-1]
    (copied / "sequences.fa").write_text("\n".join(lines))
    with pytest.raises(InputError, match="unchanged"):
        known([copied])


def test_flipped_labels_are_the_tasks_own(tmp_path):
    folder = run_simulate("single", motif=WORD, n_positives=80, n_negatives=90, length=40, label_noise=0.2).write(
        tmp_path / "task"
    )
    every = read_sequences(folder / "sequences.tsv")
    assert (every.positive != np.char.startswith(every.names, "pos")).any()
    found = known([folder])
    assert found.limits.these.auroc.value < 0.95
    swapped = known(
        [folder / "sequences.fa", folder / "labels.tsv"], test=lambda s: s.with_labels(1 - s.labels, s.classes)
    )
    assert swapped.limits is None


def test_motifs_of_the_negatives_alone_are_not_to_be_found(tmp_path):
    folder = run_simulate("logic", motifs=["GATTACA", "CCGGTTT"], rule="not", n_positives=60, n_negatives=70,
                          length=40).write(tmp_path / "task")  # fmt: skip
    found = known([folder])
    layouts = json.loads((folder / "truth.json").read_text())["generator"]["positive"]
    used = {part["motif"] for layout in layouts if layout["share"] > 0 for part in layout["parts"]}
    names = [each["name"] for each in json.loads((folder / "truth.json").read_text())["generator"]["motifs"]]
    assert {motif.name for motif in found.motifs} == {names[index] for index in used}


def test_two_tasks_together_are_no_task_and_that_is_said(folder, copied):
    other = read_sequences(copied / "sequences.tsv")
    both = concatenate([read_sequences(folder / "sequences.tsv"), other])
    paths = [str(folder), str(copied)]
    found = known_truth((paths, both.of_class(1)), (paths, both))
    assert (found.limits, found.motifs) == (None, ())
    (note,) = found.notes
    assert note.startswith("No limit: the sequences come from 2 folders")
    shutil.rmtree(copied)
    copied.mkdir()
    elsewhere = [str(copied / "a.fa"), str(copied.parent / "b.fa")]
    assert known_truth((elsewhere, both.of_class(1)), (elsewhere, both)).notes == ()


@pytest.mark.parametrize(("task", "dials", "in_both"), [
    ("localization", {"motif": WORD}, (WORD,)), ("single", {"motif": WORD}, ()), ("pwm", {"motif": WORD}, ()),
])  # fmt: skip
def test_a_motif_that_both_classes_hold_equally_often_is_said_to_be_missed_for_that(tmp_path, task, dials, in_both):
    made = run_simulate(task, n_positives=40, n_negatives=45, length=60, **dials).write(tmp_path / "task")
    record = known([made]).recovered([]).record()
    assert record["missed"] == [WORD]
    assert record["in_both_classes"] == list(in_both)
    lines = planted_lines(record)
    beside = lines[lines.index(f"  missed: {WORD}") + 1 :]
    assert beside == [f"    both classes hold {name} equally often, which enrichment cannot see" for name in in_both]


# --- in discover and train


def test_discover_measures_itself_against_the_task(placed, tmp_path):
    folder, found = placed
    test = found.predictions.names[found.predictions.split == "test"]
    limit = found.limits.these
    assert limit.auroc.value == pytest.approx(of_the_ratio(folder, test))
    assert limit.shift_invariant.auroc.value < limit.auroc.value
    metrics = json.loads((found.write(tmp_path / "out") / "metrics.json").read_text())
    reached = metrics["test"]["auroc"]["value"]
    assert metrics["limit"]["fraction"] == pytest.approx((reached - 0.5) / (limit.auroc.value - 0.5))
    assert metrics["limit"]["these_sequences"]["shift_invariant"]["auroc"]["value"] == pytest.approx(
        limit.shift_invariant.auroc.value
    )
    assert metrics["limit"]["population"]["kind"] == "population"
    assert metrics["recovery"]["planted"] == [{"motif": WORD, "consensus": WORD}]
    assert metrics["recovery"]["exact"] == [WORD]
    assert set(json.loads((tmp_path / "out" / "run.json").read_text())["inputs"]) == {
        str(folder / name) for name in ("sequences.tsv", "truth.json")
    }


def test_shuffled_negatives_leave_the_planted_motifs_known_and_the_limit_not(folder):
    found = discover(str(folder / "positives.fa"), database=None, n_networks=1)
    assert found.limits is None
    assert [motif.consensus for motif in found.planted.motifs] == [WORD]
    assert any(note.startswith("No limit: ") and "_shuffled" in note for note in found.notes)


def test_the_limit_is_that_of_the_sequences_to_test_on(folder, placed):
    data = read_train_data(TrainFiles((str(placed[0]),), test=(str(folder),)), random_state=0)
    assert data.known.limits.these.shift_invariant is None
    assert data.known.limits.these.n_positives == N_POSITIVES
    assert [motif.consensus for motif in data.known.motifs] == [WORD]
    files = TrainFiles((str(folder / "positives.fa"),), (str(folder / "negatives.fa"),))
    assert read_train_data(files, random_state=0).known.limits.these.kind == "these sequences"


def test_discover_tests_on_the_task_that_is_given_for_it(folder, placed):
    other = str(placed[0])
    found = discover(str(folder), test_positives=other, database=None, n_networks=1)
    assert found.n["test"] == N_POSITIVES + N_NEGATIVES
    assert found.limits.these.shift_invariant is not None
    assert [motif.consensus for motif in found.planted.motifs] == [WORD]


def test_what_was_found_is_compared_with_what_was_planted(folder):
    truth = known([folder])
    (right,) = truth.motifs
    other = from_counts(np.eye(4)[:, [1, 1, 0, 3, 3, 0]] * 50, "1-CCATTA")
    assert truth.recovered([right]).record()["whole"] is True
    record = truth.recovered([other]).record()
    assert (record["missed"], record["spurious"], record["whole"]) == ([WORD], ["1-CCATTA"], False)
    at_hand = read_sequences(folder / "sequences.tsv")
    assert known_truth(([], at_hand), ([], at_hand)).recovered([right]) is None


def test_the_command_shows_the_limits_and_the_report_too(placed, tmp_path, capsys):
    folder, _ = placed
    assert main(["discover", str(folder), "-o", str(tmp_path / "out"), "--seed", "3"]) == 0
    captured = capsys.readouterr()
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    limit, lines = metrics["limit"], captured.out.splitlines()
    for start, record in (
        ("test", metrics["test"]),
        ("best possible        the same", limit["these_sequences"]),
        ("best without places  the same", limit["these_sequences"]["shift_invariant"]),
        ("best possible        endless", limit["population"]),
        ("best without places  endless", limit["population"]["shift_invariant"]),
    ):
        (line,) = [line for line in lines if line.startswith(start)]
        for name in ("auroc", "auprc", "accuracy"):
            assert f"{record[name]['value']:.3f} ({record[name]['low']:.3f}-" in line
    assert f"Of the way from chance to the best possible on the same: {limit['fraction']:.3f}" in lines
    assert "Planted motifs: 1 of 1 found exactly" in lines
    page = (tmp_path / "out" / "report.html").read_text()
    for words in ("Against the best possible", f"<strong>{limit['fraction']:.0%}</strong>", "The planted motifs"):
        assert words in page
    assert "The planted motif was found exactly." in " ".join(page.split())
