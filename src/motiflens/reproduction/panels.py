"""Which figures each published system has, with their captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from motiflens.report.words import figure
from motiflens.reproduction.depth_answers import kernel_width, sweep
from motiflens.reproduction.estimates import metric
from motiflens.reproduction.figures import against_figure, gap_figure, learning_axis, learning_figure, near_best
from motiflens.reproduction.gaps import gap_curves
from motiflens.reproduction.summary import Row, over
from motiflens.reproduction.wording import rows_of

_FEW = 6


@dataclass(frozen=True)
class Panel:
    """A picture with what a reader sees below it, and what one who cannot see hears."""

    picture: Markup
    caption: str
    label: str


def figures_of(rows: Sequence[Row]) -> list[Panel]:
    """Return the figures of a system: against kernel width, share of motifs, version."""
    return [*_sweep(rows), *_shares(rows), *_versions(rows), *_gaps(rows)]


def learning_of(rows: Sequence[Row]) -> list[Panel]:
    """Return loss and accuracy by epoch of every network of a system, on one scale each; the loss alone of many."""
    known = [row for row in rows if row.runs]
    panels = []
    shown = ("loss", "accuracy") if len(known) <= _FEW else ("loss",)
    axes = {what: learning_axis([row.runs for row in known], what) for what in shown}
    for row in known:
        for what, axis in axes.items():
            if axis and (row.runs[0].history.get(what) or row.runs[0].history.get(f"valid_{what}")):
                name = f"{row.experiment.name}: {what}"
                panels.append(Panel(Markup(learning_figure(row.runs, what, axis)), f"{name}.", f"{name} by epoch"))
    return panels


def _sweep(rows: Sequence[Row]) -> list[Panel]:
    swept = sweep(rows)
    if len(swept) < 2:
        return []
    places = {float(kernel_width(row)): str(kernel_width(row)) for row in swept}
    label = f"AUROC against kernel width: {_means(swept, places)}"
    panels = [_panel(against_figure(swept, places, x_label="Kernel width (bases)"),
                     "AUROC against kernel width.", label)]  # fmt: skip
    if len(swept) > len(near_best(swept)) > 1:
        picture = against_figure(swept, places, x_label="Kernel width (bases)", closer=True)
        caption = "The same without the widths far below the best."
        panels.append(_panel(picture, caption, f"{label}; those near the best"))
    return panels


def _shares(rows: Sequence[Row]) -> list[Panel]:
    noisy = [row for row in rows if row.experiment.task.dials.get("noise") and row.runs]
    places = {float(row.experiment.task.dials.get("motif_prob", 1)): row for row in noisy}
    if len(places) < 2:
        return []
    ordered = dict(sorted(places.items()))
    names = {share: f"{share:g}" for share in ordered}
    noise = noisy[0].experiment.task.dials["noise"]
    picture = against_figure(list(ordered.values()), names, x_label="Share of positives with the motif")
    return [_panel(picture, f"AUROC against motif probability, noise {noise:g} on the training inputs.",
                   f"AUROC against motif probability: {_means(list(ordered.values()), names)}")]  # fmt: skip


def _versions(rows: Sequence[Row]) -> list[Panel]:
    known = [row for row in rows if row.experiment.system == "foxo1" and row.runs]
    if len(known) < 2:
        return []
    places = {float(index): row.experiment.name for index, row in enumerate(known, start=1)}
    return [_panel(against_figure(known, places, x_label="Version, by depth"), "Accuracy against depth.",
                   f"Accuracy against version: {_means(known, places)}")]  # fmt: skip


def _gaps(rows: Sequence[Row]) -> list[Panel]:
    panels = []
    for row in rows_of(rows, "interaction"):
        dials = row.experiment.task.dials
        first, second = map(str, dials["motifs"])
        curve = gap_curves(row.ours, (first, second))
        if np.isfinite(curve).all(axis=1).sum() > 1:
            planted = (int(dials["min_gap"]), int(dials["max_gap"]))
            caption = (f"Our best model, shown {first} and then {second} alone: above 0 it says positive. Dotted: the "
                       "smallest and the largest gap of the positives.")  # fmt: skip
            panels.append(_panel(gap_figure(curve, planted), caption, f"Logit of our best model by gap. {caption}"))
    return panels


def _means(rows: Sequence[Row], places: dict[float, str]) -> str:
    means = [over(row.runs, metric(row.metric)) for row in rows]
    return ", ".join(
        f"{name} {figure(mean.mean, 3)}" for name, mean in zip(places.values(), means, strict=True) if mean
    )


def _panel(picture: str, caption: str, label: str) -> Panel:
    return Panel(Markup(picture), caption, label)
