"""What ``motiflens train`` prints when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from motiflens.cli.summary import figures, limit_lines, many, motif_table, planted_lines, table

if TYPE_CHECKING:
    from motiflens.runs.train import TrainRun


def show_training(found: TrainRun, folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the outcome of a training: as one JSON object or, unless quiet, as a few lines and tables."""
    from motiflens.writing import motif_record, to_json

    if as_json:
        motifs = [motif_record(finding) for finding in found.motifs.findings]
        record = {"output": str(folder), "metrics": found.metrics, "motifs": motifs, "notes": found.notes}
        typer.echo(to_json(record), nl=False)
    elif not quiet:
        typer.echo("\n".join([*_lines(found), "", f"Model: {folder / 'model.safetensors'}"]))


def _lines(found: TrainRun) -> list[str]:
    metrics = found.metrics
    several = f", {metrics['n_networks']} networks alike" if metrics["n_networks"] > 1 else ""
    lines = [f"{metrics['network']}: {metrics['n_parameters']} parameters{several}", ""]
    if len(metrics["classes"]) > 2:
        return lines + _many_classes(metrics)
    lines += _two_classes(metrics)
    if found.motifs.findings:
        lines += ["", *motif_table(found.motifs.findings)]
    return [*lines, *planted_lines(metrics["recovery"])]


def _two_classes(metrics: Mapping[str, Any]) -> list[str]:
    limit, n_test = metrics["limit"], many(metrics["n"]["test"], "sequence")
    first = ("test", n_test, *figures(metrics["test"]))
    if limit is None:
        return table([("", "", "AUROC", "AUPRC", "accuracy"), first])
    return limit_lines(first, limit)


def _many_classes(metrics: Mapping[str, Any]) -> list[str]:
    test = metrics["test"]
    names = ("precision", "recall", "f1", "auroc")
    cells = [(each["name"], many(each["n"], "sequence"), *(f"{each[name]:.3f}" for name in names))
             for each in test["classes"]]  # fmt: skip
    accuracy = test["accuracy"]
    return [
        f"Test accuracy {accuracy['value']:.3f} ({accuracy['low']:.3f}-{accuracy['high']:.3f}), macro AUROC "
        f"{test['macro_auroc']:.3f}, on {many(metrics['n']['test'], 'sequence')}",
        "",
        *table([("class", "test", "precision", "recall", "F1", "AUROC"), *cells]),
    ]
