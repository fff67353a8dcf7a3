"""Arguments and options of the commands: one word, one meaning, declared once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

_INPUT = "Input"
_LEARNING = "Learning"
_COMMON = "Output and running"


class Strands(StrEnum):
    """On which strands motifs are sought."""

    AUTO = "auto"
    BOTH = "both"
    SINGLE = "single"


Positives = Annotated[
    str,
    typer.Argument(
        metavar="POSITIVES",
        help="Sequences to find motifs in: FASTA (also .gz), BED or narrowPeak (with --genome), "
        "or TSV/CSV with a 'sequence' column; '-' reads standard input.",
        show_default=False,
    ),
]
Negatives = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Sequences to compare with. Without it they are made: from the genome, matched in GC and "
        "length, if --genome is given, else by dinucleotide shuffling.",
        rich_help_panel=_INPUT,
    ),
]
TestPositives = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Positives to test on, instead of a part of POSITIVES.", rich_help_panel=_INPUT),
]
TestNegatives = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Negatives to test on; needs --test-positives.", rich_help_panel=_INPUT),
]
Genome = Annotated[
    str | None,
    typer.Option(metavar="FASTA", help="Genome that BED coordinates refer to.", rich_help_panel=_INPUT),
]
Blacklist = Annotated[
    str | None,
    typer.Option(metavar="BED", help="Regions to leave out, of peaks and of negatives.", rich_help_panel=_INPUT),
]
Window = Annotated[
    int | None,
    typer.Option(min=1, metavar="BP", help="Keep this many bases about each centre or summit.", rich_help_panel=_INPUT),
]
MaskLower = Annotated[
    bool,
    typer.Option("--mask-lower", help="Read lower-case (soft-masked) letters as unknown.", rich_help_panel=_INPUT),
]
Database = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        help="Motifs to compare with: jaspar:GROUP or a MEME, JASPAR, TRANSFAC or HOMER file.",
        rich_help_panel=_LEARNING,
    ),
]
StrandsOption = Annotated[
    Strands,
    typer.Option(
        "--strands", help="Strands that a motif may lie on; auto lets the data decide.", rich_help_panel=_LEARNING
    ),
]
Seed = Annotated[
    int,
    typer.Option(min=0, help="Seed of all randomness: the same seed gives the same result.", rich_help_panel=_LEARNING),
]
Output = Annotated[
    str,
    typer.Option(
        "-o", "--output", metavar="OUT", help="Folder to write; made new.", show_default=False, rich_help_panel=_COMMON
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Replace the results in an existing output folder.", rich_help_panel=_COMMON),
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Processor threads to use; all by default.", rich_help_panel=_COMMON),
]
Verbose = Annotated[
    bool,
    typer.Option("-v", "--verbose", help="Say more, and show the traceback of a defect.", rich_help_panel=_COMMON),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", help="Say nothing but errors.", rich_help_panel=_COMMON),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print a summary as JSON on standard output.", rich_help_panel=_COMMON),
]
