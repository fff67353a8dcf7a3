"""What a command prints on standard output when it is done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from motiflens.errors import ParameterError

if TYPE_CHECKING:
    from motiflens.discovery import Discovery, Finding
    from motiflens.results import Interval

_COLUMNS = ("motif", "best match", "E-value", "positives", "negatives", "AUROC", "sites")
_FIGURES = ("auroc", "auprc", "accuracy")
_VERDICTS = ("exact", "partial", "missed", "duplicates", "spurious")
_MATCH_Q = 0.05  # above it a match is what chance would give


def check_printed(output: str | None, *, as_json: bool) -> None:
    """Refuse two things at once on standard output.

    Parameters
    ----------
    output
        Where the result goes: ``-`` is standard output.
    as_json
        Whether the summary is printed as one JSON object.

    Raises
    ------
    ParameterError
        When both are printed.
    """
    if output == "-" and as_json:
        msg = "--json and -o - both print on standard output. Give one of them."
        raise ParameterError(msg)


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
    n_test = many(evaluation.n_positives + evaluation.n_negatives, "sequence")
    lines = [f"Test AUROC {_interval(evaluation.auroc)}, AUPRC {_interval(evaluation.auprc)}, on {n_test}"]
    lines += [f"  {name.replace('_', ' ')}: AUROC {_interval(interval)}" for name, interval in found.baselines.items()]
    if found.limits is not None:
        test = {name: getattr(evaluation, name).as_dict() for name in _FIGURES}
        lines += ["", *limit_lines(("test", n_test, *figures(test)), found.limits.record(evaluation.auroc.value))]
    if found.findings:
        lines += ["", *motif_table(found.findings)]
    else:
        tested = many(found.n_candidates, "candidate")
        lines += ["", f"No motif: none of {tested} passed the held-out test, and no word stands out."]
    lines += planted_lines(None if found.planted is None else found.planted.record())
    return "\n".join([*lines, "", f"Report: {folder / 'report.html'}"])


def motif_table(findings: Sequence[Finding]) -> list[str]:
    """Return motifs with their evidence as lines."""
    return table([_COLUMNS, *(_row(finding) for finding in findings)])


def limit_lines(test: Sequence[str], limit: Mapping[str, Any]) -> list[str]:
    """Return the figures of a test beside the best possible ones, and how near they are.

    Parameters
    ----------
    test
        The row of the test: two titles and three figures.
    limit
        As `metrics.json` has it.
    """
    rows = [("", "", "AUROC", "AUPRC", "accuracy"), tuple(test)]
    for title, each in (("the same", limit["these_sequences"]), ("endless", limit["population"])):
        rows.append((f"best possible{_bound(each)}", title, *figures(each)))
        moved = each.get("shift_invariant")
        if moved is not None:
            rows.append((f"best without places{_bound(moved)}", title, *figures(moved)))
    fraction = limit["fraction"]
    near = "not defined, as the best possible is chance" if isnan(fraction) else f"{fraction:.3f}"
    return [*table(rows), "", f"Of the way from chance to the best possible on the same: {near}"]


def planted_lines(recovery: Mapping[str, Any] | None) -> list[str]:
    """Return what became of the planted motifs, a line a verdict, under a blank line; nothing if they are not known."""
    if recovery is None:
        return []
    lines = [f"  {name}: {', '.join(recovery[name])}" for name in _VERDICTS if recovery[name]]
    unseen = [name for name in recovery["missed"] if name in recovery.get("in_both_classes", ())]
    if unseen:
        reason = f"    both classes hold {', '.join(unseen)} equally often, which enrichment cannot see"
        lines.insert(next(index for index, line in enumerate(lines) if line.startswith("  missed")) + 1, reason)
    return ["", f"Planted motifs: {len(recovery['exact'])} of {len(recovery['planted'])} found exactly", *lines]


def figures(record: Mapping[str, Any]) -> list[str]:
    """Return AUROC, AUPRC and accuracy of a record with their intervals."""
    return [_written(record[name]) for name in _FIGURES]


def _bound(limit: Mapping[str, Any]) -> str:
    return "" if limit["bound"] == "exact" else f" ({limit['bound']})"


def _row(finding: Finding) -> tuple[str, ...]:
    best = finding.matches[0] if finding.matches else None
    return (
        finding.motif.name,
        f"{best.target_name or best.target} (q {best.qvalue:.1g})" if best and best.qvalue <= _MATCH_Q else "-",
        f"{finding.search_evalue:.2g}",
        f"{finding.positives_with_site:.0%}",
        f"{finding.negatives_with_site:.0%}",
        f"{finding.auroc.value:.2f}",
        str(finding.n_sites),
    )


def _interval(interval: Interval) -> str:
    return _written(interval.as_dict())


def _written(interval: Mapping[str, float]) -> str:
    return f"{interval['value']:.3f} ({interval['low']:.3f}-{interval['high']:.3f})"


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
