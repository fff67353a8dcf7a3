"""``motiflens train``: labelled sequences in; a trained network with its test figures out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from motiflens.cli.options import (
    AsJson,
    Force,
    Genome,
    MaskLower,
    Negatives,
    Output,
    Quiet,
    Seed,
    Strands,
    Threads,
    Verbose,
    Window,
)
from motiflens.cli.summary import many, table
from motiflens.cli.train_options import (
    ActivationName,
    BatchSize,
    ClassWeightOption,
    Device,
    DropoutRate,
    Epochs,
    Filters,
    FilterStrands,
    FilterWidth,
    Hidden,
    LearningRate,
    NetworkName,
    Networks,
    Patience,
    TestData,
    TrainData,
)

if TYPE_CHECKING:
    from motiflens.runs.train import TrainRun


def train(  # noqa: PLR0913 (one parameter an option)
    data: TrainData,
    *,
    negatives: Negatives = None,
    test: TestData = None,
    genome: Genome = None,
    window: Window = None,
    mask_lower: MaskLower = False,
    network: NetworkName,
    filters: Filters = None,
    filter_width: FilterWidth = None,
    hidden: Hidden = None,
    activation: ActivationName = None,
    strands: FilterStrands = Strands.AUTO,
    networks: Networks = None,
    epochs: Epochs = None,
    patience: Patience = None,
    batch_size: BatchSize = None,
    learning_rate: LearningRate = None,
    dropout: DropoutRate = None,
    class_weight: ClassWeightOption = None,
    seed: Seed = 0,
    device: Device = "cpu",
    output: Output,
    force: Force = False,
    threads: Threads = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a named network on DATA of two classes or more, and test it on sequences held out.

    Writes a folder with model.json and model.safetensors (the network), metrics.json (test figures
    with intervals; on simulated data also the best that any model could reach), history.tsv (each
    epoch), predictions.tsv (every sequence) and run.json.
    """
    from motiflens.cli.console import compilation_notice, start_logging
    from motiflens.outputs import check_output

    start_logging(verbose=verbose, quiet=quiet)
    check_output(output, force=force)

    from motiflens.runs.train import run_train
    from motiflens.runs.train_data import TrainFiles

    files = TrainFiles(tuple(data), tuple(negatives or ()), tuple(test or ()), genome, window, mask_lower)
    parameters = {
        "n_filters": filters,
        "filter_width": filter_width,
        "n_hidden": hidden,
        "activation": None if activation is None else activation.value,
        "both_strands": None if strands is Strands.AUTO else strands is Strands.BOTH,
        "n_networks": networks,
        "epochs": epochs,
        "patience": patience,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "dropout": dropout,
        "class_weight": None if class_weight is None else class_weight.value,
        "threads": threads,
        "device": device,
    }
    with compilation_notice():
        found = run_train(files, network, parameters, random_state=seed)
    _show(found, found.write(output, force=force), as_json=as_json, quiet=quiet)


def _show(found: TrainRun, folder: Path, *, as_json: bool, quiet: bool) -> None:
    import typer

    from motiflens.writing import to_json

    if as_json:
        typer.echo(to_json({"output": str(folder), "metrics": found.metrics, "notes": found.notes}), nl=False)
    elif not quiet:
        metrics = found.metrics
        several = f", {metrics['n_networks']} networks alike" if metrics["n_networks"] > 1 else ""
        lines = [f"{metrics['network']}: {metrics['n_parameters']} parameters{several}", ""]
        lines += _many_classes(metrics) if len(metrics["classes"]) > 2 else _two_classes(metrics)
        typer.echo("\n".join([*lines, "", f"Model: {folder / 'model.safetensors'}"]))


def _two_classes(metrics: Any) -> list[str]:
    limit, n_test = metrics["limit"], many(metrics["n"]["test"], "sequence")
    rows = [("", "", "AUROC", "AUPRC", "accuracy"), ("test", n_test, *_figures(metrics["test"]))]
    if limit is None:
        return table(rows)
    for title, each in (("the same", limit["these_sequences"]), ("endless", limit["population"])):
        bound = "" if each["bound"] == "exact" else f" ({each['bound']})"
        rows.append((f"best possible{bound}", title, *_figures(each)))
    return [*table(rows), "", f"Of the way from chance to the best possible on the same: {limit['fraction']:.3f}"]


def _figures(figures: Any) -> list[str]:
    return [_interval(figures[name]) for name in ("auroc", "auprc", "accuracy")]


def _many_classes(metrics: Any) -> list[str]:
    test = metrics["test"]
    names = ("precision", "recall", "f1", "auroc")
    cells = [(each["name"], many(each["n"], "sequence"), *(f"{each[name]:.3f}" for name in names))
             for each in test["classes"]]  # fmt: skip
    return [
        f"Test accuracy {_interval(test['accuracy'])}, macro AUROC {test['macro_auroc']:.3f}, "
        f"on {many(metrics['n']['test'], 'sequence')}",
        "",
        *table([("class", "test", "precision", "recall", "F1", "AUROC"), *cells]),
    ]


def _interval(figure: Any) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"
