"""``motiflens train``: labelled sequences in; a trained network with its test figures out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    database_or_none,
)
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
    TrainDatabase,
)
from motiflens.cli.train_summary import show_training

_NAMES = {
    "n_filters": "filters",
    "filter_width": "filter_width",
    "n_hidden": "hidden",
    "n_networks": "networks",
    "epochs": "epochs",
    "patience": "patience",
    "batch_size": "batch_size",
    "learning_rate": "learning_rate",
    "dropout": "dropout",
    "threads": "threads",
    "device": "device",
}
"""Options of the command by the parameter of the classifier that each one is."""


def train(  # noqa: PLR0913 (one parameter an option)
    data: TrainData,
    *,
    negatives: Negatives = None,
    test: TestData = None,
    genome: Genome = None,
    window: Window = None,
    mask_lower: MaskLower = False,
    database: TrainDatabase = "jaspar:vertebrates",
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
    epoch), predictions.tsv (every sequence) and run.json; with --network auto also motifs.meme,
    motifs.tsv, matches.tsv and sites.bed, if motifs were found.
    """
    given = {**locals()}
    from motiflens.cli.console import compilation_notice, start_logging
    from motiflens.outputs import check_output

    start_logging(verbose=verbose, quiet=quiet)
    check_output(output, force=force)

    from motiflens.runs.train import run_train
    from motiflens.runs.train_data import TrainFiles

    files = TrainFiles(tuple(data), tuple(negatives or ()), tuple(test or ()), genome, window, mask_lower)
    with compilation_notice():
        found = run_train(files, network, _parameters(given), database=database_or_none(database), random_state=seed)
    show_training(found, found.write(output, force=force), as_json=as_json, quiet=quiet)


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as the parameters of the classifier; None for what was not given."""
    strands = given["strands"]
    return {
        **{ours: given[theirs] for ours, theirs in _NAMES.items()},
        **{name: None if given[name] is None else given[name].value for name in ("activation", "class_weight")},
        "both_strands": None if strands is Strands.AUTO else strands is Strands.BOTH,
    }
