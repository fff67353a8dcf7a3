"""The report page: gathers what the templates show, and renders them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from motiflens.logos import aligned_logo_svg, logo_svg
from motiflens.report.environment import page_environment
from motiflens.report.figures import (
    interval_figure,
    loss_figure,
    position_figure,
    precision_recall_figure,
    roc_figure,
    score_figure,
)
from motiflens.report.verdict import (
    case_against,
    cases_against,
    caveats,
    clearly_beaten,
    explained_away,
    has_skill,
    is_undecided,
    leading,
    motif_doubts,
    supported_match,
)
from motiflens.report.words import named_filters, odds_ratio
from motiflens.results import Interval

if TYPE_CHECKING:
    from motiflens.discovery import Discovery, Finding
    from motiflens.motifs import Motif

_FIGURES = ("auroc", "auprc", "accuracy")
_BASELINE_ORDER = ("kmer_logistic", "gc_content")


@dataclass(frozen=True)
class _MotifView:
    """A finding with its pictures, as the templates show it."""

    rank: int
    finding: Finding
    logo: Markup
    aligned: Markup | None
    supported: bool
    histogram: Markup | None
    median_distance: float
    doubts: tuple[str, ...]
    against: str
    explained: bool
    from_words: bool
    n_networks: int
    filters: str
    odds: str


def report_html(discovery: Discovery) -> str:
    """Return the report of a run as one HTML page that needs nothing beside it.

    The page loads nothing from the network or from other files, runs no script, and holds its
    figures as inline SVG. It shows no times or dates: equal discoveries give equal pages.

    Parameters
    ----------
    discovery
        What the run found; an empty list of findings is reported as such.
    """
    template = page_environment("motiflens.report").get_template("report.html.j2")
    return template.render(_context(discovery))


def _context(discovery: Discovery) -> dict[str, Any]:
    doubts = caveats(discovery)
    run = discovery.run
    return {
        "found": discovery,
        "evaluation": discovery.evaluation,
        "n": discovery.n,
        "motifs": [_motif_view(discovery, rank) for rank in range(1, len(discovery.findings) + 1)],
        "lead": leading(discovery.findings) if discovery.findings else None,
        "against": cases_against(discovery.findings),
        "caveats": doubts,
        "skill": has_skill(discovery),
        "undecided": is_undecided(discovery),
        "beats": {name: clearly_beaten(discovery, name) for name in discovery.baselines},
        "prevalence": discovery.evaluation.n_positives
        / max(1, discovery.evaluation.n_positives + discovery.evaluation.n_negatives),
        "comparison": _comparison(discovery),
        "planted": _planted(discovery),
        "limits": _limits(discovery),
        "fraction": _fraction(discovery),
        "curves": _curves(discovery),
        "losses": _losses(discovery),
        "arguments": run.get("arguments", {}),
        "versions": run.get("versions", {}),
        "inputs": run.get("inputs", {}),
        "seed": run.get("seed"),
    }


def _motif_view(discovery: Discovery, rank: int) -> _MotifView:
    finding = discovery.findings[rank - 1]
    positions = discovery.site_positions.get(finding.motif.name, np.empty(0))
    spread = float(np.median(np.abs(positions))) if len(positions) else float("nan")
    return _MotifView(
        rank=rank,
        finding=finding,
        logo=Markup(logo_svg(finding.motif)),
        aligned=_aligned(finding, discovery.targets),
        supported=supported_match(finding),
        histogram=Markup(position_figure(positions, _half_width(discovery))) if len(positions) else None,
        median_distance=spread,
        doubts=motif_doubts(finding),
        against=case_against(finding),
        explained=explained_away(finding),
        from_words=_from_words(finding),
        n_networks=len({network for network, _ in finding.filters}),
        filters=named_filters(finding.filters),
        odds=odds_ratio(finding.sufficiency.change.value),
    )


def _from_words(finding: Finding) -> bool:
    """Tell whether the search in words found and tested a motif, rather than the networks' filters."""
    sources = finding.source.split("+")
    return "words" in sources and "filters" not in sources


def _aligned(finding: Finding, targets: Mapping[str, Motif]) -> Markup | None:
    if not finding.matches or finding.matches[0].target not in targets:
        return None
    best = finding.matches[0]
    return Markup(aligned_logo_svg(finding.motif, targets[best.target], best))


def _half_width(discovery: Discovery) -> float:
    """Return one range for all position figures: the farthest site, rounded up to tens."""
    farthest = max(float(np.abs(places).max()) for places in discovery.site_positions.values() if len(places))
    return max(10.0, float(np.ceil(farthest / 10) * 10))


def _comparison(discovery: Discovery) -> list[dict[str, Any]]:
    """Return the rows of the comparison of models: the network, then the simpler ones."""
    others = sorted(discovery.baselines, key=lambda name: (*_BASELINE_ORDER, name).index(name))
    rows = [("network", discovery.evaluation.auroc), *((name, discovery.baselines[name]) for name in others)]
    low = min(0.45, *(_lowest(interval) - 0.02 for _, interval in rows))
    return [
        {
            "name": name,
            "auroc": interval,
            "bar": Markup(interval_figure(interval, low=low, no_skill=0.5, style=_style(name))),
        }
        for name, interval in rows
    ]


def _limits(discovery: Discovery) -> list[dict[str, Any]]:
    """Return the rows of the comparison with the best possible models; none when they are not known."""
    if discovery.limits is None:
        return []
    known = {"these": discovery.limits.these.as_dict(), "endless": discovery.limits.population}
    evaluation = discovery.evaluation
    rows = [("network", {name: getattr(evaluation, name) for name in _FIGURES}, "exact")]
    for where, record in known.items():
        for prefix, each in (("best", record), ("without_places", record.get("shift_invariant"))):
            if each is not None:
                figures = {name: Interval(**each[name]) for name in _FIGURES}
                rows.append((f"{prefix}_{where}", figures, each["bound"]))
    low = min(0.45, *(_lowest(figures["auroc"]) - 0.02 for _, figures, _ in rows))
    return [
        {
            "name": name,
            **figures,
            "bound": bound,
            "bar": Markup(interval_figure(figures["auroc"], low=low, no_skill=0.5, style=_style(name))),
        }
        for name, figures, bound in rows
    ]


def _planted(discovery: Discovery) -> list[dict[str, Any]]:
    """Return each planted motif with its picture and what became of it; none when they are not known."""
    if discovery.planted is None:
        return []
    recovery = discovery.planted.recovery
    verdicts = (("exactly", recovery.exact), ("in part", recovery.partial), ("no", recovery.missed))
    said = {name: verdict for verdict, names in verdicts for name in names}
    return [
        {"motif": motif, "logo": Markup(logo_svg(motif)), "verdict": said.get(motif.name, "")}
        for motif in discovery.planted.motifs
    ]


def _fraction(discovery: Discovery) -> float:
    """Return how much of the way from chance to the best possible the network goes, NaN when it is not known."""
    limits = discovery.limits
    return float("nan") if limits is None else limits.these.fraction(discovery.evaluation.auroc.value)


def _style(name: str) -> str:
    return "a" if name == "network" else "b"


def _lowest(interval: Interval) -> float:
    return float(np.nanmin([interval.value, interval.low, 0.5]))


def _curves(discovery: Discovery) -> dict[str, Markup] | None:
    """Return the figures of the test sequences, None when they lack a class."""
    table = discovery.predictions
    test = table.split == "test"
    labels, probabilities = table.labels[test], table.probabilities[test]
    if len(np.unique(labels)) < 2:
        return None
    return {
        "roc": Markup(roc_figure(labels, probabilities)),
        "precision_recall": Markup(precision_recall_figure(labels, probabilities)),
        "scores": Markup(score_figure(labels, probabilities)),
    }


def _losses(discovery: Discovery) -> list[dict[str, Any]]:
    histories = [history for history in discovery.histories if len(history.train_loss)]
    if not histories:
        return []
    every = np.concatenate([np.append(history.train_loss, history.valid_loss) for history in histories])
    return [
        {
            "svg": Markup(loss_figure(history, bottom=float(np.nanmin(every)), top=float(np.nanmax(every)))),
            "kept": history.best_epoch + 1,
            "epochs": len(history.train_loss),
            "valid": float(history.valid_loss[history.best_epoch]),
        }
        for history in histories
    ]
