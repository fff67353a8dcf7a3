"""The files of published systems run again: complete, readable by others, and all or none."""

import csv
import dataclasses
import json
import math

import numpy as np
import pytest
from fake_reproduction import fake_record, fake_rows

from motiflens.errors import OutputError
from motiflens.reproduction import writing
from motiflens.reproduction.summary import OURS, Row
from motiflens.reproduction.writing import results_tsv, summary_lines, summary_records, summary_tsv, write_reproduction


@pytest.fixture(scope="module")
def rows():
    return fake_rows()


def read(text):
    return list(csv.DictReader(text.splitlines(), delimiter="\t"))


def test_a_folder_holds_the_page_the_tables_and_the_run(rows, tmp_path):
    folder = write_reproduction(rows, fake_record(), tmp_path / "new" / "out")
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "results.tsv", "run.json", "summary.tsv"]
    assert json.loads((folder / "run.json").read_text("utf-8")) == fake_record()
    assert (folder / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    again = write_reproduction(fake_rows(), fake_record(), tmp_path / "again")
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_an_existing_folder_is_kept_without_force(rows, tmp_path):
    write_reproduction(rows[:1], {}, tmp_path / "out")
    with pytest.raises(OutputError, match="exists already"):
        write_reproduction(rows, {}, tmp_path / "out")
    write_reproduction(rows[:3], {}, tmp_path / "out", force=True)
    assert len(read((tmp_path / "out" / "summary.tsv").read_text("utf-8"))) == 3


def test_nothing_is_left_when_writing_fails(rows, tmp_path, monkeypatch):
    def fail(*_):
        msg = "no"
        raise RuntimeError(msg)

    monkeypatch.setattr(writing, "summary_tsv", fail)
    with pytest.raises(RuntimeError):
        write_reproduction(rows, {}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_every_run_has_one_line(rows):
    lines = read(results_tsv(rows))
    tasks = {row.experiment.task.name for row in rows}
    assert len(lines) == 7 * (len(rows) + len(tasks))
    keys = [(line["task"], line["network"], line["kind"], line["seed"]) for line in lines]
    assert len(set(keys)) == len(keys)
    by_key = dict(zip(keys, lines, strict=True))
    for row in rows:
        for run in (*row.runs, *row.ours):
            line = by_key[run.task, run.network, run.kind, str(run.seed)]
            assert float(line["auroc"]) == pytest.approx(run.evaluation.auroc.value, abs=1e-6)
            assert line["found"] == ",".join(run.found)
            assert int(line["epochs"]) == len(run.history["loss"])
            if run.limit is None:
                assert line["limit_auroc"] == line["fraction"] == ""
            else:
                way = (run.figure("auroc") - 0.5) / (run.limit.auroc.value - 0.5)
                assert float(line["fraction"]) == pytest.approx(way, rel=1e-5)
            if run.recovery is not None:
                assert line["missed"] == ",".join(run.recovery.missed)
    for line in lines:
        known = line["task"] == "foxo1"
        assert (line["limit_without_place_accuracy"] != "") == known
        assert not known or float(line["limit_without_place_accuracy"]) < 0.86 < float(line["limit_accuracy"])


def test_every_experiment_has_one_line_with_its_means(rows):
    lines = read(summary_tsv(rows))
    assert [line["experiment"] for line in lines] == [row.experiment.name for row in rows]
    for line, row in zip(lines, rows, strict=True):
        for name in ("auroc", "auprc", "accuracy"):
            for prefix, runs in (("", row.runs), ("ours_", row.ours)):
                values = [run.figure(name) for run in runs]
                found = [float(line[f"{name}_{prefix}{what}"]) for what in ("mean", "sd", "low", "high")]
                expected = [np.mean(values), np.std(values, ddof=1), min(values), max(values)]
                assert found == pytest.approx(expected, abs=2e-6)
        for column, runs in (("fraction", row.runs), ("fraction_ours", row.ours)):
            ways = [run.fraction() for run in runs]
            assert line[column] == ("" if math.isnan(ways[0]) else f"{np.mean(ways):.6g}")
        assert line["metric"] == ("accuracy" if row.experiment.system == "foxo1" else "auroc")
    sweep = lines[1]
    assert sweep["auroc_published"] == "0.954,0.9106"
    assert sweep["auprc_published"] == "0.920,0.8471"
    assert len(sweep["auroc_verdict"].split(",")) == 2
    assert lines[-1]["auroc_limit"] == ""
    assert [record["auroc_mean"] for record in summary_records(rows)] == pytest.approx(
        [float(line["auroc_mean"]) for line in lines], abs=1e-6
    )


def test_tabs_and_line_ends_in_names_break_no_table(rows):
    row = rows[0]
    runs = tuple(dataclasses.replace(run, network="a\tb\nc", found=("x\ty",)) for run in row.runs)
    lines = read(results_tsv([dataclasses.replace(row, runs=runs, ours=())]))
    assert [line["network"] for line in lines] == ["a b c"] * 7


def test_what_is_missing_is_an_empty_cell(rows):
    bare = dataclasses.replace(rows[0], runs=(), ours=())
    line = read(summary_tsv([bare]))[0]
    assert line["n_runs"] == line["n_asked"] == "0"
    assert line["auroc_verdict"] == "not run"
    assert line["auroc_mean"] == line["n_parameters"] == line["n_exact"] == ""
    single = dataclasses.replace(rows[0], runs=rows[0].runs[:1], ours=())
    assert read(summary_tsv([single]))[0]["auroc_sd"] == ""
    unknown = tuple(dataclasses.replace(run, seconds=math.nan, history={}, recovery=None) for run in rows[0].runs)
    first = read(results_tsv([Row(rows[0].experiment, unknown, ())]))[0]
    assert first["seconds"] == first["epochs"] == first["missed"] == ""
    assert read(results_tsv([])) == read(summary_tsv([])) == []


def test_the_terminal_gets_a_line_an_experiment_and_the_conclusions(rows):
    lines = summary_lines(rows)
    assert lines[0].split()[:3] == ["experiment", "metric", "published"]
    for line, row in zip(lines[1:], rows, strict=False):
        assert line.startswith(f"{row.experiment.system}: {row.experiment.name}  ")
        assert f"{np.mean([run.figure(row.metric) for run in row.ours]):.3f} (" in line
    assert lines[len(rows) + 1] == ""
    assert lines[-1].startswith("Exactly the planted motifs")
    assert len(summary_lines([])) == 3
    assert {run.kind for row in rows for run in row.ours} == {OURS}
