"""The page of published systems run again: gathers what the templates show, and renders them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from motiflens.report.environment import page_environment
from motiflens.report.words import figure, share
from motiflens.reproduction.answers import answers_to
from motiflens.reproduction.conclusion import conclusions, distinct, duration, most_epochs, one_a_task, shortfalls
from motiflens.reproduction.estimates import metric
from motiflens.reproduction.experiments import SYSTEMS
from motiflens.reproduction.figures import METRIC_NAMES, scale_figure, shared_axis, strip_figure
from motiflens.reproduction.panels import figures_of, learning_of
from motiflens.reproduction.summary import Row, Run, Spread, limit_over, n_whole, over
from motiflens.reproduction.wording import dicts, published_in_words

_MANY, _BEST = 24, 10  # filters that are shown all, and those shown of more


@dataclass(frozen=True)
class _Cells:
    """One metric of an experiment, as a row of a table shows it."""

    row: Row
    metric: str
    published: list[tuple[str, str, str]]
    runs: Spread | None
    ours: Spread | None
    fraction: Spread | None
    limit: Spread | None
    floor: Spread | None
    motifs: str
    motifs_of_ours: str
    n_parameters: int | None


def reproduction_html(rows: Sequence[Row], run: Mapping[str, Any]) -> str:
    """Return the page that compares published systems with their networks run again, and with ours.

    The page loads nothing from the network or from other files and runs no script.

    Parameters
    ----------
    rows
        The experiments with their runs; either kind of run may be missing.
    run
        Of `run.json`: ``arguments``, ``versions``, ``notes`` and ``seconds`` are shown where they
        are there.
    """
    environment = page_environment("motiflens.reproduction", "motiflens.report")
    environment.filters["as_mean"] = _mean
    environment.filters["as_percent"] = lambda spread: share(spread.mean) if spread else "–"
    return environment.get_template("reproduction.html.j2").render(_context(rows, run))


def _context(rows: Sequence[Row], run: Mapping[str, Any]) -> dict[str, Any]:
    axis = shared_axis(rows)
    runs = distinct(rows)
    shown = [system for system in SYSTEMS if any(row.experiment.system == system for row in rows)]
    return {
        "systems": [_system(rows, system) for system in shown],
        "table": {name: [_cells(row, row.metric) for row in rows if row.experiment.system == name] for name in shown},
        "n_experiments": len(rows),
        "strips": [(row, Markup(strip_figure(row, axis))) for row in rows],
        "scale": Markup(scale_figure(axis)),
        "has_floor": any(limit_over(row.runs, row.metric, shift_invariant=True) for row in rows),
        "conclusions": conclusions(rows),
        "shortfalls": shortfalls(rows),
        "seeds": _seeds(runs),
        "n_runs": len(runs),
        "cut": most_epochs(rows),
        "one_seed": len({each.seed for each in runs}) == 1,
        "judged": any(not told.startswith("not judged") for row in rows for _, told in row.verdicts()),
        "spent": duration(sum(each.seconds for each in runs if not math.isnan(each.seconds))),
        "run": run,
        "total": _total(run),
        "metric_names": METRIC_NAMES,
        "nan": math.nan,
    }


def _system(rows: Sequence[Row], system: str) -> dict[str, Any]:
    own = [row for row in rows if row.experiment.system == system]
    others = [(row, name) for row in own for name in dict.fromkeys(each.metric for each in row.experiment.published)
              if name != row.metric]  # fmt: skip
    return {
        "name": system,
        "figures": figures_of(own),
        "learning": learning_of(own),
        "answers": answers_to(rows, system),
        "further": {system: [_cells(row, name) for row, name in others]} if others else {},
        "filters": _filters(own),
        "ours": [_ours(row) for row in one_a_task(own) if row.ours],
    }


def _cells(row: Row, name: str) -> _Cells:
    either = row.runs or row.ours
    return _Cells(
        row=row,
        metric=name,
        published=[(published_in_words(each.value), each.source, verdict) for each, verdict in row.verdicts()
                   if each.metric == name],
        runs=over(row.runs, metric(name)),
        ours=over(row.ours, metric(name)),
        fraction=over(row.ours, Run.fraction),
        limit=limit_over(either, name),
        floor=limit_over(either, name, shift_invariant=True),
        motifs=_whole(row.runs),
        motifs_of_ours=_whole(row.ours),
        n_parameters=row.runs[0].n_parameters if row.runs else None,
    )  # fmt: skip


def _mean(spread: Spread | None) -> str:
    """Return a mean with its standard deviation, a dash when there is none."""
    if spread is None:
        return "–"
    return figure(spread.mean, 3) if spread.n == 1 else f"{figure(spread.mean, 3)} ± {figure(spread.sd, 3)}"


def _whole(runs: Sequence[Run]) -> str:
    whole, asked = n_whole(runs)
    return f"{whole} of {asked}" if asked else "–"


def _filters(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return tables of filters, best first: of the first run of each experiment that records them."""
    tables = []
    for row in rows:
        first = next((run for run in row.runs if dicts(run, "filters")), None)
        sweep = row.experiment.sizes.get("filter_width", 5) != 5 or row.experiment.task.dials.get("noise")
        if first is not None and not sweep:
            every = dicts(first, "filters")
            shown = every if len(every) <= _MANY else every[:_BEST]
            name = row.experiment.name if shown == every else f"{row.experiment.name}, the best {_BEST} of {len(every)}"
            tables.append({"name": name, "seed": first.seed, "filters": shown})
    return tables


def _ours(row: Row) -> dict[str, Any]:
    """Return what our best model of a task is, and how often each motif was found by it."""
    models: dict[str, int] = {}
    motifs: dict[str, int] = {}
    for run in row.ours:
        model = str(run.extra.get("model", "")) or run.network
        models[model] = models.get(model, 0) + 1
        for consensus in dict.fromkeys(run.found):
            motifs[consensus] = motifs.get(consensus, 0) + 1
    ordered = sorted(motifs.items(), key=lambda each: -each[1])
    return {"title": row.experiment.task.title, "models": sorted(models.items(), key=lambda each: -each[1]),
            "motifs": ordered, "n": len(row.ours), "seconds": over(row.ours, lambda run: run.seconds)}  # fmt: skip


def _seeds(runs: Sequence[Run]) -> str:
    seeds = sorted({run.seed for run in runs})
    if not seeds:
        return "no seed"
    if len(seeds) > 1 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{len(seeds)} seeds, {seeds[0]} to {seeds[-1]}"
    return f"{len(seeds)} seeds, {', '.join(map(str, seeds))}" if len(seeds) > 1 else f"one seed, {seeds[0]}"


def _total(run: Mapping[str, Any]) -> str:
    """Return the wall-clock time of the whole command in words, empty where it is not known."""
    seconds = run.get("seconds")
    seconds = seconds.get("total") if isinstance(seconds, Mapping) else seconds
    return duration(float(seconds)) if isinstance(seconds, int | float) else ""
