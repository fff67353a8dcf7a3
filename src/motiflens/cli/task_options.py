"""The options of ``motiflens simulate``: the dials of its tasks."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from motiflens.cli.options import ScanStrands
from motiflens.errors import ParameterError

_PLANTED = "What is planted (each task has some of these)"
_TASK = "All tasks"


def words_of(name: str, text: str | None) -> list[str] | None:
    """Return words that stand with commas between, and None for none."""
    words = None if text is None else [word.strip() for word in text.split(",")]
    if words is not None and not all(words):
        msg = f"--{name} must be words with commas between. Got {text!r}."
        raise ParameterError(msg)
    return words


def numbers_of(name: str, text: str | None) -> list[float] | None:
    """Return numbers that stand with commas between, whole ones as int, and None for none."""
    try:
        return None if text is None else [float(word) if "." in word or "e" in word else int(word)
                                          for word in text.split(",")]  # fmt: skip
    except ValueError as error:
        msg = f"--{name} must be numbers with commas between. Got {text!r}."
        raise ParameterError(msg) from error


def _dial(flag: str, metavar: str, text: str, panel: str = _PLANTED) -> Any:
    """Return an option whose default is the task's own."""
    return typer.Option(flag, metavar=metavar, callback=_not_empty, help=text, rich_help_panel=panel)


def _not_empty(value: Any) -> Any:
    if value == "":
        msg = "expected something, got an empty text."
        raise typer.BadParameter(msg)
    return value


Task = Annotated[
    str,
    typer.Argument(
        metavar="TASK",
        callback=_not_empty,
        help="single, multi, interaction, promoter, pwm, density, localization, spacing, logic or mixture.",
        show_default=False,
    ),
]
OneMotif = Annotated[
    str | None,
    _dial(
        "--motif",
        "WORD|NAME|FILE",
        "Motif to plant: IUPAC letters, a name in --database, or FILE or FILE#NAME.",
    ),
]
SeveralMotifs = Annotated[
    str | None,
    _dial(
        "--motifs",
        "A,B,...",
        "Motifs to plant, with commas between: multi, interaction and logic 2, spacing 2 to 4, mixture 1 to 6, "
        "promoter 1 to 100.",
    ),
]
MotifDatabase = Annotated[
    str | None,
    _dial(
        "--database",
        "NAME|FILE",
        "Where motifs are found by name: jaspar:GROUP, or a motif file (as HOCOMOCO's MEME). "
        "Of JASPAR there is the newest version of each matrix alone (MA0139.2, not MA0139.1). "
        "Default jaspar:vertebrates.",
        _TASK,
    ),
]
CooccurProb = Annotated[
    float | None, _dial("--cooccur-prob", "P", "multi: share of the positives that get both motifs. Default 0.5.")
]
MinGap = Annotated[
    int | None,
    _dial("--min-gap", "BP", "interaction, spacing: fewest bases between neighbours. Default 10 and 5."),
]
MaxGap = Annotated[
    int | None, _dial("--max-gap", "BP", "interaction, spacing: most bases between neighbours. Default 25 and 10.")
]
DecoyProb = Annotated[
    float | None, _dial("--decoy-prob", "P", "promoter: share of the negatives that get a homopolymer. Default 0.3.")
]
Place = Annotated[str | None, _dial("--place", "centre|anywhere", "pwm: where the site lies. Default centre.")]
Copies = Annotated[
    str | None, _dial("--copies", "FEWEST,MOST", "density: sites of each positive, at most 6. Default 3,5.")
]
NegativeCopies = Annotated[
    str | None, _dial("--negative-copies", "FEWEST,MOST", "density: sites of each negative, at most 6. Default 0,2.")
]
Centre = Annotated[
    int | None, _dial("--centre", "BP", "localization: where positives have their site. Default the middle.")
]
Spread = Annotated[
    int | None, _dial("--spread", "BP", "localization: farthest that a site lies from the centre. Default 10.")
]
SiteOrder = Annotated[str | None, _dial("--site-order", "fixed|any", "spacing: order of the motifs. Default fixed.")]
Orientation = Annotated[
    str | None, _dial("--orientation", "same|any", "spacing: strands within a sequence. Default same.")
]
NegativeKind = Annotated[
    str | None,
    _dial("--negatives", "scattered|none", "spacing: what negatives hold, the motifs without gaps or nothing."),
]
Rule = Annotated[str | None, _dial("--rule", "and|or|xor|not", "logic: which sequences are positive. Default and.")]
MotifProbs = Annotated[
    str | None,
    _dial(
        "--motif-probs",
        "P,P,...",
        "mixture: share of positives with each motif. Default 0.9 for the first, falling evenly to 0.3 for the last.",
    ),
]
NegativeProbs = Annotated[
    str | None, _dial("--negative-probs", "P,P,...", "mixture: share of negatives with each motif. Default 0.")
]
NPositives = Annotated[
    int | None, _dial("--n-positives", "N", "Positives. Default 4000, promoter 5000, pwm 10000.", _TASK)
]
NNegatives = Annotated[
    int | None, _dial("--n-negatives", "N", "Negatives. Default 4000, promoter 5000, pwm 10000.", _TASK)
]
Length = Annotated[int | None, _dial("--length", "BP", "Bases of each. Default 101, promoter 200, pwm 100.", _TASK)]
Gc = Annotated[float | None, _dial("--gc", "P", "Share of G and C. Default 0.5.", _TASK)]
LearntBackground = Annotated[
    str | None,
    _dial("--background", "FILE", "Sequences that the background is learnt from.", _TASK),
]
Order = Annotated[int | None, _dial("--order", "K", "Order of the learnt background, 0 to 6. Default 1.", _TASK)]
MotifProb = Annotated[
    float | None, _dial("--motif-prob", "P", "Share of the positives that get what is planted. Default 1.", _TASK)
]
Mutation = Annotated[
    float | None, _dial("--mutation", "P", "Share of the bases of sites that are replaced. Default 0.", _TASK)
]
SimulatedStrands = Annotated[
    ScanStrands | None, _dial("--strands", "single|both", "Strands that sites lie on. Default single.", _TASK)
]
LabelNoise = Annotated[
    float | None, _dial("--label-noise", "P", "Share of labels that are flipped, 0 to 0.5. Default 0.", _TASK)
]
Noise = Annotated[
    float | None,
    _dial(
        "--noise",
        "SD",
        "Gaussian noise on the one-hot inputs, written to inputs.npy for networks that you train outside motiflens "
        "(train and discover read letters). Default 0.",
        _TASK,
    ),
]
NoiseTo = Annotated[str | None, _dial("--noise-to", "all|negatives", "Inputs that get --noise. Default all.", _TASK)]
TaskSeed = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        help="Seed: the same gives the same sequences. Tasks that share a seed share their backgrounds: give one that "
        "another is tested on (train --test) a seed of its own.",
        rich_help_panel=_TASK,
    ),
]
