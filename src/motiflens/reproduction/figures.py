"""The figures of the page on published systems: every seed drawn, beside what was published and the limit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from motiflens.report.svg import Frame, band, diamond, dot, key, line, nice_ticks, number, plot
from motiflens.reproduction.estimates import metric
from motiflens.reproduction.summary import Row, Run, Spread, limit_over, over

Floats = npt.NDArray[np.float64]

_STRIP = 34  # height of a strip, in pixels
_UPPER, _LOWER = 11, 24
_JITTER = 0.012  # share of the x axis over which the seeds of one place are spread
_WIDE = 0.1  # AUROC that a place may lie below the best one and still be in the closer view
METRIC_NAMES = {"auroc": "AUROC", "auprc": "AUPRC", "accuracy": "Accuracy"}


def shared_axis(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the range of the main picture: from below the lowest figure of any row to 1."""
    lowest = min((value for row in rows for value in _all_values(row)), default=0.5)
    return max(0.0, math.floor(lowest * 20 - 0.2) / 20), 1.0


def strip_figure(row: Row, axis: tuple[float, float]) -> str:
    """Draw an experiment as a strip: its seeds, ours below them, what was published, the limit.

    Places are percentages of the width, so that a strip fits any screen and its marks keep their
    size.

    Parameters
    ----------
    row
        The experiment.
    axis
        Lowest and highest value, the same for all strips.
    """
    name = row.metric
    parts = [f'<svg class="strip" height="{_STRIP}" aria-hidden="true" focusable="false">', *_grid(axis)]
    for shift_invariant, style in ((True, "floor"), (False, "limit")):
        best = limit_over(row.runs or row.ours, name, shift_invariant=shift_invariant)
        if best:
            at = _percent(best.mean, axis)
            parts.append(f'<line class="line {style}" x1="{at}" x2="{at}" y1="1" y2="{_STRIP - 1}"/>')
    for runs, style, height in ((row.runs, "b", _UPPER), (row.ours, "a", _LOWER)):
        parts += [f'<circle class="seed {style}" cx="{_percent(value, axis)}" cy="{height}" r="3.5"/>'
                  for value in _values(runs, name)]  # fmt: skip
    for each in row.experiment.published:
        if each.metric == name:
            parts.append(f'<svg x="{_percent(each.value, axis)}" y="{_UPPER}" overflow="visible">'
                         '<path class="diamond" d="M0 -6l6 6l-6 6l-6 -6Z"/></svg>')  # fmt: skip
    return "".join([*parts, "</svg>"])


def scale_figure(axis: tuple[float, float]) -> str:
    """Draw the scale that belongs below (or above) the strips."""
    parts = ['<svg class="strip scale" height="20" aria-hidden="true" focusable="false">']
    for tick in nice_ticks(*axis):
        parts.append(f'<text x="{_percent(tick, axis)}" y="14" text-anchor="middle">{number(tick)}</text>')
    return "".join([*parts, "</svg>"])


def against_figure(rows: Sequence[Row], places: Mapping[float, str], *, x_label: str, closer: bool = False) -> str:
    """Draw a metric of several experiments against a number or a version.

    Parameters
    ----------
    rows
        One a place, in the order of ``places``, all judged by one metric.
    places
        Where on the x axis each lies, and the name of the place.
    x_label
        Name of the x axis.
    closer
        Show only the places near the best one. Default False.
    """
    name = rows[0].metric
    if closer:
        kept = near_best(rows)
        places = {place: text for (place, text), row in zip(places.items(), rows, strict=True) if row in kept}
        rows = kept
    x = np.array(list(places), dtype=np.float64)
    margin = 0.08 * (x.max() - x.min()) or 0.5
    frame = Frame((x.min() - margin, x.max() + margin), _range(rows), width=460, height=300)
    marks = [*_ours(frame, x, rows, name), *_limits(frame, x, rows, name), *_means(frame, x, rows, name)]
    jitter = _JITTER * (frame.x[1] - frame.x[0])
    for place, row in zip(x, rows, strict=True):
        marks += _seeds(frame, place, row, jitter)
    return plot(frame, marks, x_label=x_label, y_label=METRIC_NAMES[name], x_names=places)


def near_best(rows: Sequence[Row]) -> list[Row]:
    """Return the rows whose mean is near the best one's: those of a closer view."""
    means = [over(row.runs, metric(row.metric)) for row in rows]
    best = max((each.mean for each in means if each), default=0.0)
    return [row for row, each in zip(rows, means, strict=True) if each and each.mean > best - _WIDE]


def gap_figure(curve: Floats, planted: tuple[int, int]) -> str:
    """Draw the logit of two motifs against the gap between them: mean and range over the seeds.

    Parameters
    ----------
    curve
        ``(n_gaps, 3)`` mean, lowest and highest, from gap 0; NaN where a gap is not known.
    planted
        The smallest and largest gap of the positives, drawn as dotted lines.
    """
    gaps = np.flatnonzero(np.isfinite(curve).all(axis=1))
    shown = curve[gaps]
    low, high = min(0.0, float(shown.min())), max(0.0, float(shown.max()))
    margin = 0.06 * (high - low) or 0.5
    frame = Frame((float(gaps[0]), float(gaps[-1])), (low - margin, high + margin), width=460, height=300)
    marks = [line(frame, frame.x, (0.0, 0.0), "guide"),
             *(line(frame, (gap, gap), frame.y, "guide") for gap in planted if frame.x[0] <= gap <= frame.x[1]),
             band(frame, gaps, shown[:, 1], shown[:, 2], "a"), line(frame, gaps, shown[:, 0], "a")]  # fmt: skip
    return plot(frame, marks, x_label="Gap between the motifs (bases)", y_label="Logit", x_whole=True)


def learning_figure(runs: Sequence[Run], what: str, axis: tuple[float, float]) -> str:
    """Draw the loss or the accuracy by epoch: mean over the seeds, and their range.

    Runs may stop early: an epoch is shown when at least half of the runs reached it.

    Parameters
    ----------
    runs
        Of one network.
    what
        ``loss`` or ``accuracy``.
    axis
        Lowest and highest value shown, the same for networks to be compared.
    """
    curves = learning_curves(runs, what)
    longest = max((len(curve) for curve in curves.values()), default=1)
    frame = Frame((1.0, max(2.0, float(longest))), axis, width=320, height=220)
    marks, names = [], []
    for style, (part, curve) in zip(("b", "a"), curves.items(), strict=True):
        if len(curve):
            epochs = np.arange(1, len(curve) + 1)
            marks += [band(frame, epochs, curve[:, 1], curve[:, 2], style), line(frame, epochs, curve[:, 0], style)]
            names.append((style, part))
    label = "Loss" if what == "loss" else "Accuracy"
    return plot(frame, [*marks, *key(frame, names)], x_label="Epoch", y_label=label, x_whole=True)


def learning_curves(runs: Sequence[Run], what: str) -> dict[str, Floats]:
    """Return mean, lowest and highest by epoch, ``(n_epochs, 3)``, for training and validation."""
    return {part: _by_epoch([run.history.get(column, ()) for run in runs])
            for part, column in (("training", what), ("validation", f"valid_{what}"))}  # fmt: skip


def learning_axis(groups: Sequence[Sequence[Run]], what: str) -> tuple[float, float] | None:
    """Return a range that holds the curves of all networks; None when nothing was recorded."""
    every = [curve for runs in groups for curve in learning_curves(runs, what).values() if len(curve)]
    if not every:
        return None
    low, high = min(curve.min() for curve in every), max(curve.max() for curve in every)
    margin = 0.06 * (high - low) or 0.05
    return max(0.0, low - margin), high + margin if what == "loss" else min(1.0, high + margin)


def _by_epoch(columns: Sequence[Sequence[float]]) -> Floats:
    known = [np.asarray(column, dtype=np.float64) for column in columns if len(column)]
    known = [column for column in known if np.isfinite(column).all()]
    rows = []
    for epoch in range(max(map(len, known), default=0)):
        there = [column[epoch] for column in known if len(column) > epoch]
        if 2 * len(there) >= len(known):
            rows.append((np.mean(there), np.min(there), np.max(there)))
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _values(runs: Sequence[Run], name: str) -> list[float]:
    return [value for run in runs if not math.isnan(value := run.figure(name))]


def _all_values(row: Row) -> list[float]:
    limits = [each for moved in (False, True) if (each := limit_over(row.runs, row.metric, shift_invariant=moved))]
    published = [each.value for each in row.experiment.published if each.metric == row.metric]
    return [*_values(row.runs, row.metric), *_values(row.ours, row.metric), *published, *(each.mean for each in limits)]


def _range(rows: Sequence[Row]) -> tuple[float, float]:
    values = [value for row in rows for value in _all_values(row)] or [0.5, 1.0]
    margin = 0.05 * (max(values) - min(values)) or 0.02
    return min(values) - margin, min(1.0, max(values) + margin) if max(values) < 1 else 1 + margin / 5


def _percent(value: float, axis: tuple[float, float]) -> str:
    return f"{100 * (value - axis[0]) / (axis[1] - axis[0]):.2f}%"


def _grid(axis: tuple[float, float]) -> list[str]:
    return [f'<line class="grid" x1="{_percent(tick, axis)}" x2="{_percent(tick, axis)}" y1="0" y2="{_STRIP}"/>'
            for tick in nice_ticks(*axis)]  # fmt: skip


def _line(frame: Frame, x: Floats, spreads: Sequence[Spread | None], style: str) -> list[str]:
    """Return a line through the means that are there, if there are two."""
    known = np.array([(place, each.mean) for place, each in zip(x, spreads, strict=True) if each])
    return [line(frame, known[:, 0], known[:, 1], style)] if len(known) > 1 else []


def _ours(frame: Frame, x: Floats, rows: Sequence[Row], name: str) -> list[str]:
    spreads = [over(row.ours, metric(name)) for row in rows]
    known = np.array([(place, each.low, each.high) for place, each in zip(x, spreads, strict=True) if each])
    if len(known) < 2:
        return []
    return [band(frame, known[:, 0], known[:, 1], known[:, 2], "a"), *_line(frame, x, spreads, "a")]


def _limits(frame: Frame, x: Floats, rows: Sequence[Row], name: str) -> list[str]:
    marks = []
    for moved, style in ((True, "floor"), (False, "limit")):
        marks += _line(frame, x, [limit_over(row.runs, name, shift_invariant=moved) for row in rows], style)
    return marks


def _means(frame: Frame, x: Floats, rows: Sequence[Row], name: str) -> list[str]:
    return _line(frame, x, [over(row.runs, metric(name)) for row in rows], "b")


def _seeds(frame: Frame, place: float, row: Row, jitter: float) -> list[str]:
    values = _values(row.runs, row.metric)
    offsets = np.linspace(-jitter, jitter, len(values)) if len(values) > 1 else np.zeros(len(values))
    marks = [dot(frame, place + offset, value, "b faint", radius=3)
             for offset, value in zip(offsets, values, strict=True)]  # fmt: skip
    marks += [diamond(frame, place, each.value, "") for each in row.experiment.published
              if each.metric == row.metric]  # fmt: skip
    return marks
