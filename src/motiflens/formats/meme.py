"""MEME motif format: minimal files and the full text output of MEME, STREME and DREME.

Format: https://meme-suite.org/meme/doc/meme-format.html. Fields are read by name, a
record ends where its rows end, and log-odds matrices are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from motiflens.formats.motif_text import (
    DEFAULT_SITES,
    Background,
    Destination,
    MotifText,
    as_float,
    one_word,
    rounded_distribution,
    shorten,
    text_output,
)
from motiflens.motifs import UNIFORM, Motif

_MATRIX = re.compile(r"letter-probability matrix\s*:", re.IGNORECASE)
_FIELD = re.compile(r"(\w+)\s*=\s*([^\s=]+)(?=\s|$)")
_RECORD = re.compile(r"MOTIF\b\s*(.*)")
_STATISTICS = re.compile(r"\s+width\s*=.*")
_WIDTH = re.compile(r"0*[1-9][0-9]{0,17}")


def is_meme(text: MotifText) -> bool:
    """Recognise MEME text by its version line or its matrices."""
    return any(line.startswith("MEME version") or _MATRIX.match(line) for line in text.lines)


def parse_meme(text: MotifText) -> list[Motif]:
    """Read the motifs of MEME text, in order.

    Raises
    ------
    InputError
        When the alphabet is not DNA, a motif has no letter-probability matrix, a matrix
        does not hold exactly the rows that it announces, or its number of sites is none;
        0 sites stand for an unknown number, as other programs write it.

    Examples
    --------
    >>> matrix = ("letter-probability matrix: w= 2 nsites= 7", "0.9 0 0.1 0", "0 0 1 0")
    >>> (motif,) = parse_meme(MotifText(("MEME version 5", "MOTIF MA0139.2 CTCF", *matrix), "x.meme"))
    >>> motif.name, motif.alternate_name, motif.consensus, motif.n_sites
    ('MA0139.2', 'CTCF', 'AG', 7.0)
    """
    background = UNIFORM
    motifs: list[Motif] = []
    heading: tuple[int, str] | None = None
    for index, line in enumerate(text.lines):
        if line.startswith("ALPHABET"):
            _check_alphabet(text, index)
        elif line.startswith("Background letter frequencies"):
            background = _background(text, index + 1)
        elif record := _RECORD.match(line):
            _check_finished(text, heading)
            heading = index, _STATISTICS.sub("", record[1])
        elif _MATRIX.match(line):
            motifs.append(_motif(text, index, heading, background))
            heading = None
    _check_finished(text, heading)
    return motifs


def _check_alphabet(text: MotifText, index: int) -> None:
    value = text.lines[index].removeprefix("ALPHABET").strip()
    if not (
        value in {"= ACGT", "=ACGT", "= ACGU", "=ACGU", '"DNA"', '"RNA"'} or value.endswith(("DNA-LIKE", "RNA-LIKE"))
    ):
        text.fail(index, f"expected the DNA alphabet ACGT. Got {shorten(text.lines[index])!r}.")


def _check_finished(text: MotifText, heading: tuple[int, str] | None) -> None:
    if heading is not None:
        text.fail(
            heading[0], f"motif {shorten(heading[1])!r} has no letter-probability matrix. Add it, or remove the motif."
        )


def _background(text: MotifText, index: int) -> Background:
    words = text.lines[index].split() if index < len(text.lines) else []
    found = dict(zip(words[::2], words[1::2], strict=False))
    if "U" in found:
        found["T"] = found["U"]
    if not set("ACGT") <= set(found):
        text.fail(
            min(index, len(text.lines) - 1), "expected background frequencies such as 'A 0.25 C 0.25 G 0.25 T 0.25'."
        )
    values = text.numbers(index, [found[base] for base in "ACGT"])
    if min(values) <= 0:
        text.fail(index, f"expected background frequencies > 0. Got {shorten(text.lines[index])!r}.")
    a, c, g, t = (value / sum(values) for value in values)
    return a, c, g, t


def _motif(text: MotifText, index: int, heading: tuple[int, str] | None, background: Background) -> Motif:
    if heading is None or not heading[1]:
        text.fail(index if heading is None else heading[0], "expected a line 'MOTIF name' before this matrix.")
    fields = {key.lower(): value for key, value in _FIELD.findall(text.lines[index])}
    if fields.get("alength", "4") != "4":
        text.fail(index, f"expected alength= 4, a DNA motif. Got alength= {fields['alength']}.")
    rows = _rows(text, index, fields.get("w"))
    matrix = np.ascontiguousarray(np.array(rows).T)
    name, *alternate_name = heading[1].split(None, 1)
    return Motif(
        matrix / matrix.sum(axis=0),
        name,
        "".join(alternate_name),
        background,
        text.n_sites(index, "nsites=", fields["nsites"]) if "nsites" in fields else DEFAULT_SITES,
        {"evalue": _evalue(text, index, fields["e"])} if "e" in fields else {},
    )


def _evalue(text: MotifText, index: int, value: str) -> float:
    number = as_float(value)
    if number is None or not number >= 0:
        text.fail(index, f"expected a number >= 0 for E=. Got {shorten(value)!r}.")
    return number


def _rows(text: MotifText, index: int, width: str | None) -> list[list[float]]:
    if width is not None and not _WIDTH.fullmatch(width):
        text.fail(index, f"expected a whole number of rows, at least 1, for w=. Got {shorten(width)!r}.")
    places, after = _places(text, index + 1)
    if not places or (width is not None and len(places) != int(width)):
        wanted, mend = (f"w= {width}", "w= or ") if width else ("at least 1", "")
        text.fail(
            index, f"expected {wanted} rows below this line. Got {len(places)} before {after}. Correct {mend}the rows."
        )
    return [text.probabilities(at) for at in places]


def _places(text: MotifText, start: int) -> tuple[list[int], str]:
    """Return the lines that begin with a number, from ``start`` to the first other one, and what that is."""
    places: list[int] = []
    for at in range(start, len(text.lines)):
        word = next(iter(text.lines[at].split()), "")
        if not word:
            continue
        if as_float(word) is None:
            return places, repr(shorten(text.lines[at]))
        places.append(at)
    return places, "the end of the file"


def write_meme(motifs: Sequence[Motif], destination: Destination) -> None:
    """Write motifs in MEME 5 minimal format; the same motifs give the same bytes.

    A file has one background: the motifs' own when they share it, else their mean. The
    E value comes from ``evidence["evalue"]``, 0 when absent. Spaces in names become
    underscores, since the format has none.

    Parameters
    ----------
    motifs
        Any number of motifs; none gives a file with a header alone.
    destination
        Path to write, or an open text stream.

    Raises
    ------
    OutputError
        When the path cannot be written.

    Examples
    --------
    >>> import sys
    >>> from motiflens.motifs import from_counts
    >>> write_meme([from_counts([[3, 0], [0, 1], [0, 2], [0, 0]], "MA0139.2", alternate_name="CTCF")], sys.stdout)
    MEME version 5
    <BLANKLINE>
    ALPHABET= ACGT
    <BLANKLINE>
    strands: + -
    <BLANKLINE>
    Background letter frequencies
    A 0.250000 C 0.250000 G 0.250000 T 0.250000
    <BLANKLINE>
    MOTIF MA0139.2 CTCF
    letter-probability matrix: alength= 4 w= 2 nsites= 3 E= 0
     1.000000  0.000000  0.000000  0.000000
     0.000000  0.333333  0.666667  0.000000
    """
    backgrounds = np.array([motif.background for motif in motifs] or [UNIFORM])
    background = " ".join(
        f"{base} {value}" for base, value in zip("ACGT", rounded_distribution(backgrounds.mean(axis=0)), strict=True)
    )
    with text_output(destination) as stream:
        stream.write(
            f"MEME version 5\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n{background}\n"
        )
        for motif in motifs:
            stream.write(_record(motif))


def _record(motif: Motif) -> str:
    title = " ".join(filter(None, ("MOTIF", one_word(motif.name), one_word(motif.alternate_name))))
    head = f"w= {motif.width} nsites= {max(1, round(motif.n_sites))} E= {motif.evidence.get('evalue', 0):.6g}"
    rows = "".join(" " + "  ".join(rounded_distribution(column)) + "\n" for column in motif.probabilities.T)
    return f"\n{title}\nletter-probability matrix: alength= 4 {head}\n{rows}"
