"""The files of published systems run again: the page, two tables and the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from motiflens.outputs import output_folder
from motiflens.report.words import figure
from motiflens.reproduction.conclusion import conclusions, distinct, most_epochs
from motiflens.reproduction.estimates import metric
from motiflens.reproduction.page import reproduction_html
from motiflens.reproduction.summary import ONE_SEED, TRAINING_CUT, Row, Run, Spread, limit_over, n_whole, over
from motiflens.reproduction.wording import dicts, many, published_in_words
from motiflens.writing import table_text, to_json

METRICS = ("auroc", "auprc", "accuracy")
_FATES = ("exact", "partial", "missed", "duplicates", "spurious")
RUN_COLUMNS = (
    "task", "network", "kind", "seed", "n_parameters", *METRICS, *(f"limit_{name}" for name in METRICS),
    *(f"limit_without_place_{name}" for name in METRICS), "fraction", "found", *_FATES, "gaps",
    "accuracy_without_place", "epochs", "seconds",
)  # fmt: skip
_SPREAD = ("mean", "sd", "low", "high")
EXPERIMENT_COLUMNS = (
    "system", "experiment", "task", "network", "n_parameters", "metric", "n_runs", "n_runs_ours",
    *(f"{name}_{what}" for name in METRICS for what in ("published", "verdict", *_SPREAD, *(f"ours_{each}" for each in
      _SPREAD), "limit", "limit_without_place")),
    "fraction", "fraction_ours", "n_exact", "n_asked", "n_exact_ours", "n_asked_ours",
)  # fmt: skip
_LINE_COLUMNS = ("ours", "limit", "exact", "verdict")


def write_reproduction(rows: Sequence[Row], run: Mapping[str, Any], output: str | Path, *, force: bool = False) -> Path:
    """Write `report.html`, `results.tsv`, `summary.tsv` and `run.json` into a folder, all or none.

    Parameters
    ----------
    rows
        The experiments with their runs.
    run
        What `run.json` holds: command, arguments, versions, inputs, notes, seconds.
    output
        The folder to make.
    force
        Replace the results in an existing folder. Default False.

    Returns
    -------
    output
        As given.

    Raises
    ------
    OutputError
        When the folder exists and ``force`` is False, or it cannot be written.
    """
    with output_folder(output, force=force) as folder:
        texts = {
            "report.html": reproduction_html(rows, run),
            "results.tsv": results_tsv(rows),
            "summary.tsv": summary_tsv(rows),
            "run.json": to_json(run),
        }
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return Path(output)


def results_tsv(rows: Sequence[Row]) -> str:
    """Return `results.tsv`: one line a run; experiments on the same sequences share those of ours."""
    return table_text(RUN_COLUMNS, map(_run_cells, distinct(rows)))


def summary_tsv(rows: Sequence[Row]) -> str:
    """Return `summary.tsv`: one line an experiment, a group of columns for each metric.

    ``metric`` is the one that the experiment is judged by. Several published figures of one metric
    are separated by commas, and so are their verdicts.
    """
    return table_text(EXPERIMENT_COLUMNS, (record.values() for record in summary_records(rows)))


def summary_records(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the lines of `summary.tsv` by column, figures unrounded; None where there is none."""
    return [dict(zip(EXPERIMENT_COLUMNS, _experiment_cells(row), strict=True)) for row in rows]


def summary_lines(rows: Sequence[Row]) -> list[str]:
    """Return what a command prints at its end: a line an experiment, then the conclusions.

    Columns are aligned; a figure that is not known is a dash.
    """
    cut = most_epochs(rows)
    again = "as published" if cut is None else f"cut to {many(cut, 'epoch')}"
    cells: list[tuple[str, ...]] = [("experiment", "metric", "published", again, *_LINE_COLUMNS)]
    cells += [_line_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    aligned = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
               for line in cells]  # fmt: skip
    return [*aligned, "", *conclusions(rows)]


def _run_cells(run: Run) -> list[Any]:
    invariant = run.limit.shift_invariant if run.limit else None
    fates = [getattr(run.recovery, name) if run.recovery else () for name in _FATES]
    return [
        run.task, run.network, run.kind, run.seed, run.n_parameters, *map(run.figure, METRICS),
        *_limit_cells(run.limit), *_limit_cells(invariant), run.fraction(), ",".join(run.found),
        *map(",".join, fates), _gap_cell(run), run.extra.get("without_place"),
        max(map(len, run.history.values()), default=0) or None, run.seconds,
    ]  # fmt: skip


def _gap_cell(run: Run) -> str:
    """Return the distances that the network takes for positive, such as ``ACGTG>TGCAT:10-25``."""
    told = [each for each in dicts(run, "gaps") if each.get("from") is not None]
    return ",".join(f"{each['first']}>{each['second']}:{each['from']}-{each['to']}" for each in told)


def _limit_cells(limit: Any) -> list[Any]:
    return [getattr(limit, name).value if limit else None for name in METRICS]


def _experiment_cells(row: Row) -> list[Any]:
    experiment, fractions = row.experiment, [over(runs, Run.fraction) for runs in (row.runs, row.ours)]
    return [
        experiment.system, experiment.name, experiment.task.name, experiment.network,
        row.runs[0].n_parameters if row.runs else None, row.metric, len(row.runs), len(row.ours),
        *(cell for name in METRICS for cell in _metric_cells(row, name)), *map(_mean, fractions),
        *_whole_cells(row.runs), *_whole_cells(row.ours),
    ]  # fmt: skip


def _metric_cells(row: Row, name: str) -> list[Any]:
    told = [(published_in_words(each.value), verdict) for each, verdict in row.verdicts() if each.metric == name]
    limits = [limit_over(row.runs or row.ours, name, shift_invariant=moved) for moved in (False, True)]
    return [
        ",".join(value for value, _ in told) or None, ",".join(verdict for _, verdict in told) or None,
        *_spread_cells(over(row.runs, metric(name))), *_spread_cells(over(row.ours, metric(name))), *map(_mean, limits),
    ]  # fmt: skip


def _spread_cells(spread: Spread | None) -> list[Any]:
    return [spread.mean, spread.sd, spread.low, spread.high] if spread else [None] * len(_SPREAD)


def _mean(spread: Spread | None) -> float | None:
    return spread.mean if spread else None


def _whole_cells(runs: Sequence[Run]) -> list[Any]:
    whole, asked = n_whole(runs)
    return [whole if asked else None, asked]


def _line_cells(row: Row) -> tuple[str, ...]:
    verdicts = [(each, verdict) for each, verdict in row.verdicts() if each.metric == row.metric]
    spreads = [over(row.runs, metric(row.metric)), over(row.ours, metric(row.metric))]
    limit = limit_over(row.runs or row.ours, row.metric)
    whole, asked = n_whole(row.ours)
    told = [verdict for _, verdict in verdicts]
    if set(told) <= {ONE_SEED, TRAINING_CUT}:
        told = told[:1]
    return (
        f"{row.experiment.system}: {row.experiment.name}",
        row.metric,
        ", ".join(published_in_words(each.value) for each, _ in verdicts) or "-",
        *(_mean_and_range(each) for each in spreads),
        figure(limit.mean, 3) if limit else "-",
        f"{whole}/{asked}" if asked else "-",
        ", ".join(told) or "-",
    )


def _mean_and_range(spread: Spread | None) -> str:
    if spread is None:
        return "-"
    return f"{spread.mean:.3f}" if spread.n == 1 else f"{spread.mean:.3f} ({spread.low:.3f}-{spread.high:.3f})"
