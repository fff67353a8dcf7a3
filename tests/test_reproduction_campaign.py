"""The whole campaign on small experiments: what is run with which seed, what stops it, what is refused."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from collections import Counter

import numpy as np
import pytest
from fake_reproduction import fake_rows, fake_run

from motiflens.errors import InputError, OutputError, ParameterError
from motiflens.reproduction import campaign
from motiflens.reproduction.campaign import reproduce
from motiflens.reproduction.experiments import EXPERIMENTS, SYSTEMS, Experiment, Task
from motiflens.reproduction.summary import AS_PUBLISHED, OURS

TINY = Task("single", "one motif, GATTACCA", {"task": "single", "motif": "GATTACCA", "n_positives": 150,
                                             "n_negatives": 160, "length": 30})  # fmt: skip
OTHER = Task("foxo1", "at the centre", {"task": "pwm", "place": "centre", "n_positives": 40, "n_negatives": 30,
                                        "length": 24}, fractions=(0.5, 0.0, 0.5))  # fmt: skip
SMALL = (
    Experiment("hw4", "kernel 5", TINY, "deepbind", {"filter_width": 5}),
    Experiment("hw4", "kernel 7", TINY, "deepbind", {"filter_width": 7}),
    Experiment("foxo1", "v3", OTHER, "foxo1-v3"),
)


@pytest.fixture
def small(monkeypatch):
    """Let a few small experiments stand for the published ones."""
    chosen = lambda system: tuple(each for each in SMALL if system in ("all", each.system))  # noqa: E731
    monkeypatch.setattr(campaign, "experiments_of", chosen)


@pytest.fixture
def calls(monkeypatch):
    """Replace every run by a made-up one, and keep a list of what would have been trained."""
    made = []

    def published(experiment, data, seed, *, epochs=None):
        made.append((AS_PUBLISHED, experiment.name, seed, epochs))
        return fake_run(experiment, AS_PUBLISHED, seed)

    def ours(task, data, seed):
        made.append((OURS, task.name, seed, None))
        return fake_run(next(each for each in EXPERIMENTS if each.task == task), OURS, seed)

    monkeypatch.setattr(campaign, "data_of", lambda task, seed, *, given=None: (task, given))
    monkeypatch.setattr(campaign, "run_as_published", published)
    monkeypatch.setattr(campaign, "run_ours", ours)
    return made


def without_times(rows):
    return repr([
        dataclasses.replace(row, runs=_timeless(row.runs), ours=_timeless(row.ours)) for row in rows
    ])  # a text, for NaN is not itself  # fmt: skip


def _timeless(runs):
    return tuple(dataclasses.replace(run, seconds=0) for run in runs)


def test_no_result_depends_on_the_threads(small):
    done = []
    first, second = (
        reproduce(n_seeds=2, random_state=4, quick=True, threads=threads, progress=lambda *step: done.append(step))
        for threads in (1, 2)
    )
    assert without_times(first.rows) == without_times(second.rows)
    assert [row.experiment for row in first.rows] == list(SMALL)
    for row in first.rows:
        assert [run.seed for run in row.runs] == [run.seed for run in row.ours] == [4, 5]
        assert {(run.kind, run.task, run.network) for run in row.runs} == {
            (AS_PUBLISHED, row.experiment.task.name, row.experiment.network_name)
        }
        assert {(run.kind, run.task) for run in row.ours} == {(OURS, row.experiment.task.name)}
        assert all(0 < run.seconds < first.seconds + second.seconds for run in (*row.runs, *row.ours))
    assert first.rows[0].ours == first.rows[1].ours  # one task, trained once
    assert done == 2 * [("train", step, 10) for step in range(1, 11)]
    assert first.run["seeds"] == [4, 5]


def test_what_is_run_is_written(small, tmp_path):
    found = reproduce("hw4", n_seeds=1, quick=True, threads=2)
    folder = found.write(tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "results.tsv", "run.json", "summary.tsv"]
    record = json.loads((folder / "run.json").read_text("utf-8"))
    assert record["arguments"] == {"system": "hw4", "data": None, "quick": True}
    assert (record["seeds"], record["seconds"]) == ([0], found.seconds)
    assert len((folder / "results.tsv").read_text("utf-8").splitlines()) == 1 + 2 + 1
    with pytest.raises(OutputError, match="exists already"):
        found.write(folder)
    found.write(folder, force=True)


@pytest.mark.parametrize(("system", "tasks"), [("hw4", 7), ("multiscale", 1), ("foxo1", 1)])
def test_every_experiment_has_every_seed_and_every_task_ours(calls, system, tasks):
    found = reproduce(system, n_seeds=3, random_state=11, threads=1)
    chosen = [each for each in EXPERIMENTS if each.system == system]
    assert [row.experiment for row in found.rows] == chosen
    published = Counter(name for kind, name, *_ in calls if kind == AS_PUBLISHED)
    assert published == {each.name: 3 for each in chosen}
    assert {seed for *_, seed, _ in calls} == {11, 12, 13}
    assert all([run.seed for run in row.ours] == [11, 12, 13] for row in found.rows)
    assert len({(name, seed) for kind, name, seed, _ in calls if kind == OURS}) <= 3 * tasks
    assert not found.run["notes"]


@pytest.mark.parametrize(
    ("options", "seeds", "epochs"),
    [({}, 10, None), ({"quick": True}, 1, 5), ({"quick": True, "n_seeds": 3}, 3, 5), ({"n_seeds": 1}, 1, None)],
)
def test_a_quick_look_has_fewer_seeds_and_epochs(calls, options, seeds, epochs):
    reproduce("multiscale", threads=1, **options)
    assert sorted(seed for kind, _, seed, _ in calls if kind == OURS) == list(range(seeds))
    assert {most for kind, *_, most in calls if kind == AS_PUBLISHED} == {epochs}


def test_all_leaves_out_what_has_no_folder_and_says_so(calls, caplog):
    with caplog.at_level(logging.WARNING, logger="motiflens"):
        found = reproduce("all", n_seeds=1, threads=1)
    assert {row.experiment.system for row in found.rows} == set(SYSTEMS) - {"tfbs"}
    assert found.run["notes"] == ["tfbs is left out: give the folder with its sequences and labels (--data FOLDER)."]
    assert [record.getMessage() for record in caplog.records] == found.run["notes"]


def test_with_a_folder_all_is_all(calls, tmp_path, monkeypatch):
    (tmp_path / "sequences.txt").write_text("ACGT\nTTTT\nGGGA\n")
    (tmp_path / "labels.txt").write_text("1\n0\n1\n")
    seen = []
    monkeypatch.setattr(campaign, "data_of", lambda task, seed, *, given=None: seen.append(given))
    found = reproduce("all", n_seeds=1, data=tmp_path, threads=1)
    assert [row.experiment for row in found.rows] == list(EXPERIMENTS)
    assert {len(given) for given in seen} == {3}
    assert found.run["notes"] == []
    assert found.run["arguments"]["data"] == str(tmp_path)


# --- what stops it


def test_a_failure_stops_everything(calls, monkeypatch):
    tried = []

    def failing(experiment, data, seed, *, epochs=None):
        tried.append(experiment.name)
        if len(tried) == 3:
            msg = "Training diverged."
            raise ParameterError(msg)
        return fake_run(experiment, AS_PUBLISHED, seed)

    monkeypatch.setattr(campaign, "run_as_published", failing)
    with pytest.raises(ParameterError, match="Training diverged"):
        reproduce("hw4", n_seeds=20, threads=1)
    assert len(tried) < 30  # of 220


def test_a_failure_in_a_process_of_its_own_arrives_as_it_is(monkeypatch):
    impossible = dataclasses.replace(SMALL[0], name="kernel 99", sizes={"filter_width": 99})
    monkeypatch.setattr(campaign, "experiments_of", lambda system: (SMALL[0], impossible))
    done = []
    with pytest.raises(ParameterError, match="99"):
        reproduce("hw4", n_seeds=9, quick=True, threads=2, progress=lambda *step: done.append(step))
    assert len(done) < 20  # of 27


def test_an_interruption_stops_everything(calls):
    def interrupt(step, done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reproduce("hw4", n_seeds=2, threads=1, progress=interrupt)


# --- what is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"system": "hw5"}, "system must be one of hw4, multiscale, foxo1, tfbs, all. Got 'hw5'"),
        ({"system": "ALL"}, "system must be one of"),
        ({"n_seeds": 0}, "n_seeds must be at least 1. Got 0"),
        ({"threads": 0}, "threads must be at least 1. Got 0"),
        ({"random_state": -1}, "random_state must be at least 0. Got -1"),
        ({"system": "tfbs"}, "experiments of tfbs need their data"),
        ({"system": "hw4", "data": "somewhere"}, "data is for tfbs; the experiments of hw4 are simulated"),
    ],
)
def test_bad_options_are_refused_before_anything_is_trained(calls, options, message):
    with pytest.raises(ParameterError, match=message):
        reproduce(**options)
    assert not calls


@pytest.mark.parametrize("system", ["tfbs", "all"])
def test_a_folder_without_the_sequences_is_refused(calls, tmp_path, system):
    with pytest.raises(InputError, match="data folder must hold"):
        reproduce(system, data=tmp_path)
    assert not calls


def test_made_up_rows_have_the_form_of_real_ones(small):
    """Tests of pages and tables stand on made-up runs."""
    real, made = reproduce("hw4", n_seeds=1, quick=True).rows[0], fake_rows("hw4", seeds=1)[0]
    for one, other in ((real.runs[0], made.runs[0]), (real.ours[0], made.ours[0])):
        assert one.history.keys() <= other.history.keys()
        assert {*other.extra} - {"gaps", "unreported"} <= {*one.extra}
        assert not math.isnan(one.figure("auroc"))
        assert np.isfinite(one.fraction())
