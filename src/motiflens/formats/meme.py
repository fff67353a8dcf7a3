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
_ROW_SUM_TOLERANCE = 0.02


def is_meme(text: MotifText) -> bool:
    """Recognise MEME text by its version line or its matrices."""
    return any(line.startswith("MEME version") or _MATRIX.match(line) for line in text.lines)


def parse_meme(text: MotifText) -> list[Motif]:
    """Read the motifs of MEME text, in order.

    Raises
    ------
    InputError
        When the alphabet is not DNA, a motif has no letter-probability matrix, or a
        matrix does not hold the rows that it announces.
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
    numbers = {key: _number(text, index, key, fields[key]) for key in ("nsites", "e") if key in fields}
    return Motif(
        matrix / matrix.sum(axis=0),
        name,
        "".join(alternate_name),
        background,
        numbers.get("nsites", 0.0) or DEFAULT_SITES,
        {"evalue": numbers["e"]} if "e" in numbers else {},
    )


def _number(text: MotifText, index: int, key: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not number >= 0:
        text.fail(index, f"expected a number >= 0 for {key}=. Got {value!r}.")
    return number


def _rows(text: MotifText, index: int, width: str | None) -> list[list[float]]:
    wanted = len(text.lines) if width is None else int(_number(text, index, "w", width))
    rows: list[list[float]] = []
    for at in range(index + 1, len(text.lines)):
        words = text.lines[at].split()
        if len(rows) == wanted or (width is None and rows and not _starts_with_number(words)):
            break
        if not words:
            continue
        row = text.numbers(at, words)
        if len(row) != 4 or abs(sum(row) - 1) > _ROW_SUM_TOLERANCE:
            text.fail(at, f"expected 4 probabilities that sum to 1. Got {shorten(text.lines[at])!r}.")
        rows.append(row)
    if not rows or (width is not None and len(rows) < wanted):
        text.fail(
            index, f"expected {width or 'some'} rows below this line. Got {len(rows)} before the end of the file."
        )
    return rows


def _starts_with_number(words: Sequence[str]) -> bool:
    return bool(words) and words[0].replace(".", "", 1).isdigit()


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
