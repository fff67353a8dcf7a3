"""The arguments and options of ``motiflens motifs``, and what ``match`` and ``scan`` share with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from motiflens.cli.options import Paths, readable

"""The database that compares with nothing."""
_INPUT = "Input"
_MATCHES = "Matches"
_SITES = "Sites"
_COMMON = "Output and running"
_FILE = "Motifs of a file"
_NETWORK = "Motifs of a network"


class MotifFormat(StrEnum):
    """Formats that motifs are written in."""

    MEME = "meme"
    JASPAR = "jaspar"
    TRANSFAC = "transfac"
    HOMER = "homer"


class Method(StrEnum):
    """Where the motifs of a network come from."""

    BOTH = "both"
    FILTERS = "filters"
    ATTRIBUTIONS = "attributions"


MotifSource = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        callback=readable,
        help="Motifs: a MEME, JASPAR, TRANSFAC or HOMER file, a table with a column a base, also .gz; a folder that "
        "discover, train or simulate wrote; a database such as jaspar:plants; '-' reads standard input. With "
        "SEQUENCES: the folder of a network that discover or train wrote.",
        show_default=False,
    ),
]
NetworkData = Annotated[
    Paths | None,
    typer.Argument(
        metavar="[SEQUENCES]...",
        callback=readable,
        help="Sequences to find the network's motifs in: a table with 'sequence' and 'label', a file of sequences and "
        "one of labels, or positives, which are shuffled unless --negatives are given.",
        show_default=False,
    ),
]
Only = Annotated[
    Paths | None,
    typer.Option(
        "--only",
        metavar="NAME",
        callback=readable,
        help="Take the motifs of this identifier (with or without version) or factor; * and ? stand for other letters. "
        "May be given several times.",
        rich_help_panel=_INPUT,
    ),
]
Format = Annotated[
    MotifFormat | None,
    typer.Option("--format", help="Format to write; by default what OUT's name ends in.", rich_help_panel=_FILE),
]
Trim = Annotated[
    float,
    typer.Option(
        metavar="BITS",
        help="Cut positions of less information off both ends; 0 cuts none.",
        rich_help_panel=_FILE,
    ),
]
ReverseComplement = Annotated[
    bool,
    typer.Option("--reverse-complement", "--rc", help="Turn motifs to the other strand.", rich_help_panel=_FILE),
]
Pseudocount = Annotated[
    float,
    typer.Option(
        metavar="N",
        help="Sites to add to every motif, spread over the bases as the background is.",
        rich_help_panel=_FILE,
    ),
]
NSites = Annotated[
    float | None,
    typer.Option(
        "--sites",
        metavar="N",
        help="Sites behind every motif, which counts are made from; by default as in the file, 20 where it tells none.",
        rich_help_panel=_FILE,
    ),
]
MotifBackground = Annotated[
    str,
    typer.Option(
        "--background",
        metavar="motifs|uniform|A,C,G,T|FILE",
        callback=readable,
        help="Base frequencies that information, pseudocounts and a MEME file refer to: those in the file; all alike; "
        "four given ones such as 0.3,0.2,0.2,0.3; or a background file of the MEME suite, or sequences to count.",
        rich_help_panel=_FILE,
    ),
]
FileOutput = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        callback=readable,
        help="File to write, gzipped if its name ends in .gz; '-' prints it; without it the motifs are listed. With "
        "SEQUENCES: the folder to write.",
        show_default=False,
        rich_help_panel=_COMMON,
    ),
]
NetworkDatabase = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="NAME|FILE|none",
        callback=readable,
        help="Motifs to compare with: jaspar:GROUP or a motif file; none compares with nothing. jaspar:vertebrates by "
        "default.",
        rich_help_panel=_NETWORK,
    ),
]
MethodOption = Annotated[
    Method | None,
    typer.Option(
        "--method",
        help="What motifs are made from: what filters respond to, what predictions rest on, or both, the default.",
        rich_help_panel=_NETWORK,
    ),
]
NetworkSeed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        max=2**32 - 1,
        metavar="N",
        help="Seed of all randomness: the same seed gives the same result. 0 by default.",
        rich_help_panel=_NETWORK,
    ),
]
Databases = Annotated[
    Paths,
    typer.Option(
        "--database",
        metavar="NAME|FILE",
        callback=readable,
        help="Motifs to compare with: as MOTIFS. May be given several times; all are then one database.",
        rich_help_panel=_INPUT,
    ),
]
EValue = Annotated[
    float | None,
    typer.Option(
        "--evalue",
        metavar="E",
        help="Highest E-value of a match too (p-value times the number of motifs compared with), above 0; any by "
        "default.",
        rich_help_panel=_MATCHES,
    ),
]
MinOverlap = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="BP",
        help="Least number of positions that overlap; a narrower motif must lie inside the other whole.",
        rich_help_panel=_MATCHES,
    ),
]
MatchPseudocount = Annotated[
    float,
    typer.Option(
        "--pseudocount",
        metavar="N",
        help="Sites to add to all motifs before they are compared, spread over the bases as the background is.",
        rich_help_panel=_MATCHES,
    ),
]
MatchBackground = Annotated[
    str,
    typer.Option(
        "--background",
        metavar="motifs|uniform|A,C,G,T|FILE",
        callback=readable,
        help="Base frequencies of the pseudocounts: those in each file; all alike; four given ones; or a background "
        "file of the MEME suite, or sequences to count.",
        rich_help_panel=_MATCHES,
    ),
]
MatchOutput = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        callback=readable,
        help="Folder to write, made new; '-' prints matches.tsv on standard output instead.",
        show_default=False,
        rich_help_panel=_COMMON,
    ),
]
SiteQValue = Annotated[
    float,
    typer.Option(
        "--qvalue",
        metavar="Q",
        help="Highest q-value (false discovery rate) of a site too, above 0 and at most 1.",
        rich_help_panel=_SITES,
    ),
]
