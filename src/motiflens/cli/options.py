"""Arguments and options of the commands: one word, one meaning, declared once."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

_LONGEST_WINDOW = 1_000_000_000
_LARGEST_SEED = 2**32 - 1
_INPUT = "Input"
_LEARNING = "Learning"
_SITES = "Sites"
_MATCHES = "Matches"
_COMMON = "Output and running"


class Strands(StrEnum):
    """On which strands motifs are sought."""

    AUTO = "auto"
    BOTH = "both"
    SINGLE = "single"


class ScanStrands(StrEnum):
    """On which strands known motifs are sought."""

    BOTH = "both"
    SINGLE = "single"


class Systems(StrEnum):
    """Published systems to run again."""

    ALL = "all"
    HW4 = "hw4"
    MULTISCALE = "multiscale"
    FOXO1 = "foxo1"
    TFBS = "tfbs"


Paths = list[str]


def one_or_several(paths: Paths | None) -> str | Paths | None:
    """Return a single path by itself, several as they are, and None for none."""
    return paths[0] if paths and len(paths) == 1 else paths or None


def _not_empty(value: str | Paths | None) -> str | Paths | None:
    if "" in ([value] if isinstance(value, str) else value or []):
        msg = "expected a name, got an empty one."
        raise typer.BadParameter(msg)
    return value


def readable(value: str | Paths | None) -> str | Paths | None:
    """Refuse an empty name, and ``-`` where there is no standard input."""
    if sys.stdin is None and "-" in ([value] if isinstance(value, str) else value or []):
        msg = "standard input is closed, so that '-' cannot be read. Give a file."
        raise typer.BadParameter(msg)
    return _not_empty(value)


NONE = "none"
"""The database that compares with nothing."""


def database_or_none(name: str | None) -> str | None:
    """Return the database to compare with, None where nothing is asked for."""
    return None if name == NONE else name


Positives = Annotated[
    Paths,
    typer.Argument(
        metavar="POSITIVES",
        callback=readable,
        help="Sequences to find motifs in: FASTA (also .gz), BED or narrowPeak (with --genome), "
        "TSV/CSV with a 'sequence' column, or a folder of 'motiflens simulate'; '-' reads standard input. Several "
        "files are joined, and a file of labels (0 or 1, one a line, or with names) belongs to the sequences before "
        "it.",
        show_default=False,
    ),
]
Motifs = Annotated[
    str,
    typer.Argument(
        metavar="MOTIFS",
        callback=readable,
        help="Motifs: a MEME, JASPAR, TRANSFAC or HOMER file, also .gz; a folder that discover, train, motifs or "
        "simulate wrote; or jaspar:GROUP; '-' reads standard input.",
        show_default=False,
    ),
]
Data = Annotated[
    Paths,
    typer.Argument(
        metavar="DATA",
        callback=readable,
        help="Sequences to scan, whole genomes too: FASTA (also .gz), BED or narrowPeak (with --genome), or TSV/CSV "
        "with a 'sequence' column; '-' reads standard input. Several files are joined.",
        show_default=False,
    ),
]
Negatives = Annotated[
    Paths | None,
    typer.Option(
        metavar="FILE",
        callback=readable,
        help="Sequences to compare with. Without it they are made: from the genome, matched in GC and "
        "length, if --genome is given, else by dinucleotide shuffling. May be given several times.",
        rich_help_panel=_INPUT,
    ),
]
TestPositives = Annotated[
    Paths | None,
    typer.Option(
        metavar="FILE",
        callback=readable,
        help="Positives to test on, instead of a part of POSITIVES. May be given several times.",
        rich_help_panel=_INPUT,
    ),
]
TestNegatives = Annotated[
    Paths | None,
    typer.Option(
        metavar="FILE",
        callback=readable,
        help="Negatives to test on; needs --test-positives. May be given several times.",
        rich_help_panel=_INPUT,
    ),
]
Genome = Annotated[
    str | None,
    typer.Option(
        metavar="FASTA", callback=_not_empty, help="Genome that BED coordinates refer to.", rich_help_panel=_INPUT
    ),
]
Blacklist = Annotated[
    str | None,
    typer.Option(
        metavar="BED",
        callback=_not_empty,
        help="Regions (BED) to leave out: peaks that overlap them are dropped, and no negatives are drawn there",
        rich_help_panel=_INPUT,
    ),
]
Window = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=_LONGEST_WINDOW,
        metavar="BP",
        help="Keep this many bases about each region's summit or centre; FASTA and table sequences are cropped to "
        "their centre",
        rich_help_panel=_INPUT,
    ),
]
MaskLower = Annotated[
    bool,
    typer.Option("--mask-lower", help="Read lower-case (soft-masked) letters as unknown.", rich_help_panel=_INPUT),
]
Database = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE|none",
        callback=readable,
        help="Motifs to compare with: jaspar:GROUP or a MEME, JASPAR, TRANSFAC or HOMER file; none compares with "
        "nothing.",
        rich_help_panel=_INPUT,
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
    typer.Option(
        min=0,
        max=_LARGEST_SEED,
        metavar="N",
        help="Seed of all randomness: the same seed gives the same result.",
        rich_help_panel=_LEARNING,
    ),
]
ScanStrandsOption = Annotated[
    ScanStrands, typer.Option("--strands", help="Strands to find sites on.", rich_help_panel=_SITES)
]
MatchStrandsOption = Annotated[
    ScanStrands, typer.Option("--strands", help="Strands of the targets to compare with.", rich_help_panel=_MATCHES)
]
PValue = Annotated[
    float,
    typer.Option(
        "--pvalue",
        metavar="P",
        help="Highest p-value of a site, above 0 and at most 1: the chance that a random window scores as high.",
        rich_help_panel=_SITES,
    ),
]
QValue = Annotated[
    float,
    typer.Option(
        "--qvalue",
        metavar="Q",
        help="Highest q-value (false discovery rate) of a match, above 0 and at most 1.",
        rich_help_panel=_MATCHES,
    ),
]
Background = Annotated[
    str,
    typer.Option(
        metavar="sequences|motifs|uniform|A,C,G,T|FILE",
        callback=_not_empty,
        help="Base frequencies that scores and p-values compare with: those of the sequences; those in the motif file; "
        "all alike; four given ones such as 0.3,0.2,0.2,0.3; or a file: a background file of the MEME suite, or other "
        "sequences to count. Averaged over both strands when both are read.",
        rich_help_panel=_SITES,
    ),
]
System = Annotated[Systems, typer.Argument(help="Published system.")]
DataFolder = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        callback=_not_empty,
        help="Folder with the sequences of tfbs: sequences_mod.txt or sequences.txt, and labels.txt. Without it "
        "'all' leaves tfbs out.",
        rich_help_panel=_INPUT,
    ),
]
NSeeds = Annotated[
    int | None,
    typer.Option(
        "--seeds", min=1, metavar="N", help="Seeds of each experiment; 10 by default.", rich_help_panel=_LEARNING
    ),
]
Quick = Annotated[
    bool,
    typer.Option("--quick", help="One seed and at most five epochs each: a look only.", rich_help_panel=_LEARNING),
]
Output = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        callback=_not_empty,
        help="Folder to write; made new.",
        show_default=False,
        rich_help_panel=_COMMON,
    ),
]
ScanOutput = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        callback=_not_empty,
        help="Folder to write, made new; '-' prints sites.tsv on standard output instead.",
        show_default=False,
        rich_help_panel=_COMMON,
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
    typer.Option("--quiet", help="Say nothing but errors, on stderr.", rich_help_panel=_COMMON),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print a summary as JSON on standard output.", rich_help_panel=_COMMON),
]
