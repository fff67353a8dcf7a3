"""The arguments and options of ``motiflens train``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from motiflens.cli.options import Paths, Strands, readable

_INPUT = "Input"
_NETWORK = "Network (as it is published unless told otherwise)"
_LEARNING = "Learning"


class ClassWeight(StrEnum):
    """How much each class counts."""

    BALANCED = "balanced"


class Activation(StrEnum):
    """What follows the first convolution."""

    RELU = "relu"
    EXPONENTIAL = "exponential"
    LINEAR = "linear"


TrainData = Annotated[
    Paths,
    typer.Argument(
        metavar="DATA",
        callback=readable,
        help="Labelled sequences: TSV/CSV with 'sequence' and 'label', or a file of sequences and one of labels (one a "
        "line, or with their names); or positives alone: FASTA (also .gz), BED or narrowPeak (with --genome); or a "
        "folder of 'motiflens simulate'; "
        "'-' reads standard input. Several files are joined.",
        show_default=False,
    ),
]
TestData = Annotated[
    Paths | None,
    typer.Option(
        "--test",
        metavar="DATA",
        callback=readable,
        help="Labelled sequences to test on; a fifth of DATA by default. May be given several times.",
        rich_help_panel=_INPUT,
    ),
]
TrainDatabase = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="NAME|FILE|none",
        callback=readable,
        help="Motifs to compare those of --network auto with: jaspar:GROUP or a MEME, JASPAR, TRANSFAC or HOMER file; "
        "none compares with nothing.",
        rich_help_panel=_INPUT,
    ),
]
NetworkName = Annotated[
    str,
    typer.Option(
        "--network",
        metavar="NAME",
        help="deepbind, interaction, foxo1-v1 to foxo1-v5, tfbs, tfbs-deep or multiscale, as published; motiflens, "
        "rc-filters, exponential, positional or dilated, our own; or auto, and the network is chosen on "
        "validation sequences, for two classes.",
        show_default=False,
        rich_help_panel=_NETWORK,
    ),
]
Filters = Annotated[
    int | None, typer.Option(metavar="N", help="Filters of the first convolution.", rich_help_panel=_NETWORK)
]
FilterWidth = Annotated[
    int | None, typer.Option(metavar="BP", help="Bases that a filter reads.", rich_help_panel=_NETWORK)
]
Hidden = Annotated[
    int | None, typer.Option(metavar="N", help="Hidden units behind the filters; 0 for none.", rich_help_panel=_NETWORK)
]
ActivationName = Annotated[
    Activation | None, typer.Option("--activation", help="What follows the filters.", rich_help_panel=_NETWORK)
]
Networks = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Networks of different starts whose logits are averaged; 1 by default, 4 for auto.",
        rich_help_panel=_NETWORK,
    ),
]
Epochs = Annotated[int | None, typer.Option(metavar="N", help="Most passes over the data.", rich_help_panel=_LEARNING)]
Patience = Annotated[
    int | None,
    typer.Option(metavar="N", help="Epochs without a better validation loss before it stops.",
                 rich_help_panel=_LEARNING),
]  # fmt: skip
BatchSize = Annotated[
    int | None,
    typer.Option(metavar="N", help="Sequences a step; 0 picks 16 to 128 by their number.", rich_help_panel=_LEARNING),
]
LearningRate = Annotated[
    float | None, typer.Option(metavar="RATE", help="Learning rate of Adam.", rich_help_panel=_LEARNING)
]
DropoutRate = Annotated[
    float | None,
    typer.Option("--dropout", metavar="SHARE", help="Share of features dropped, below 1.", rich_help_panel=_LEARNING),
]
FilterStrands = Annotated[
    Strands,
    typer.Option(
        "--strands",
        help="Strands that filters read. auto: as the network is published, and what the data say for the network "
        "auto. Networks of several layers read one.",
        rich_help_panel=_NETWORK,
    ),
]
ClassWeightOption = Annotated[
    ClassWeight | None,
    typer.Option("--class-weight", help="balanced: every class counts the same in sum.", rich_help_panel=_LEARNING),
]
Device = Annotated[
    str,
    typer.Option(metavar="NAME", help="cpu, or where torch shall train: cuda, cuda:1, mps.", rich_help_panel=_LEARNING),
]
