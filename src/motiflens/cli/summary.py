"""What a command prints on standard output when it is done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from motiflens.discovery import Discovery, Finding
    from motiflens.results import Interval

_COLUMNS = ("motif", "best match", "E-value", "positives", "negatives", "AUROC", "sites")
_MATCH_Q = 0.05  # above it a match is what chance would give


def show_discovery(found: Discovery, folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the outcome of a run: as one JSON object or, unless quiet, as a few lines and a table."""
    if as_json:
        typer.echo(_json(found, folder))
    elif not quiet:
        typer.echo(_text(found, folder))


def _json(found: Discovery, folder: Path) -> str:
    from motiflens.writing import motif_record, plain

    metrics: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    motifs = [motif_record(finding) for finding in found.findings]
    audit = {"facts": found.audit.facts, "warnings": found.audit.warnings}
    record = {"output": str(folder), "metrics": metrics, "motifs": motifs, "audit": audit, "notes": found.notes}
    return json.dumps(plain(record), indent=2, allow_nan=False)


def _text(found: Discovery, folder: Path) -> str:
    evaluation = found.evaluation
    n_test = evaluation.n_positives + evaluation.n_negatives
    lines = [
        f"Test AUROC {_interval(evaluation.auroc)}, AUPRC {_interval(evaluation.auprc)}, on {many(n_test, 'sequence')}"
    ]
    lines += [f"  {name.replace('_', ' ')}: AUROC {_interval(interval)}" for name, interval in found.baselines.items()]
    if found.findings:
        lines += ["", *table([_COLUMNS, *(_row(finding) for finding in found.findings)])]
    else:
        lines += ["", f"No motif: none of {many(found.n_candidates, 'candidate')} passed the held-out test."]
    return "\n".join([*lines, "", f"Report: {folder / 'report.html'}"])


def _row(finding: Finding) -> tuple[str, ...]:
    best = finding.matches[0] if finding.matches else None
    return (
        finding.motif.name,
        f"{best.target_name or best.target} (q {best.qvalue:.1g})" if best and best.qvalue <= _MATCH_Q else "-",
        f"{finding.heldout_evalue:.2g}",
        f"{finding.positives_with_site:.0%}",
        f"{finding.negatives_with_site:.0%}",
        f"{finding.auroc.value:.2f}",
        str(finding.n_sites),
    )


def _interval(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f}-{interval.high:.3f})"


def many(count: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines with aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        texts = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        figures = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join([*texts, *figures]).rstrip())
    return lines
