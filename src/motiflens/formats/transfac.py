"""TRANSFAC matrices; the PO or P0 line of each says which base each column holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from motiflens.formats.jaspar import count_cells
from motiflens.formats.motif_text import Destination, MotifText, as_float, one_word, shorten, text_output
from motiflens.motifs import Motif

_OTHER_LINE = re.compile(r"$|#|(?i:XX)$|(?!XX)[A-Z][A-Z0-9](?!\S)")
_TAGS = frozenset({"AC", "ID", "NA", "DE", "VV", "XX", "PO", "P0", "BF", "//"})


def is_transfac(text: MotifText) -> bool:
    """Recognise TRANSFAC by the tag on its first line."""
    first = next((line.split()[0] for line in text.lines if line and not line.startswith("#")), "")
    return first in _TAGS


def parse_transfac(text: MotifText) -> list[Motif]:
    """Read TRANSFAC matrices, in order; the accession names the motif, NA or ID its factor.

    Raises
    ------
    InputError
        When a matrix has no PO line with the four bases, or a row no position or no number for each.

    Examples
    --------
    >>> lines = ("AC  MA0139.2", "ID  CTCF", "P0  A C G T", "01  3 0 0 0", "02  0 0 3 0", "//")
    >>> (motif,) = parse_transfac(MotifText(lines, "x.transfac"))
    >>> motif.name, motif.alternate_name, motif.consensus, motif.n_sites
    ('MA0139.2', 'CTCF', 'AG', 3.0)
    """
    motifs: list[Motif] = []
    start = 0
    for index, line in enumerate((*text.lines, "//")):
        if line.split()[:1] == ["//"]:
            motif = _record(text, start, index)
            motifs += [motif] if motif else []
            start = index + 1
    return motifs


def _record(text: MotifText, start: int, end: int) -> Motif | None:
    tags: dict[str, str] = {}
    order: list[str] | None = None
    rows: list[list[float]] = []
    for index in range(start, end):
        tag, *words = text.lines[index].split() or [""]
        if tag in {"PO", "P0", "Po"}:
            order = _order(text, index, words)
            start = index
        elif tag.isdigit():
            rows.append(_row(text, index, order, words))
        elif order is not None and _is_damaged_row(text.lines[index], words):
            text.fail(
                index, f"expected a row that begins with its position, such as 01. Got {shorten(text.lines[index])!r}."
            )
        elif len(tag) == 2 and words:
            tags.setdefault(tag, " ".join(words))
    if order is None:
        return None
    names = [tags[tag] for tag in ("AC", "ID", "NA", "DE") if tag in tags]
    if not names or not rows:
        text.fail(start, "expected a name (AC or ID) above and rows of counts below the PO line.")
    return text.motif(start, np.array(rows).T, names[0].split()[0], _factor(tags, names[0]))


def _is_damaged_row(line: str, words: Sequence[str]) -> bool:
    """Tell a line below the PO line that is no field: it has no tag of two letters, or four numbers after it."""
    numbers = len(words) > 3 and all(as_float(word) is not None for word in words[:4])
    return not _OTHER_LINE.match(line) or (numbers and not line.startswith("CC"))


def _factor(tags: dict[str, str], name: str) -> str:
    return next((tags[tag] for tag in ("NA", "ID") if tags.get(tag, name) != name), "")


def _order(text: MotifText, index: int, words: Sequence[str]) -> list[str]:
    letters = [word.upper().replace("U", "T") for word in words[:4]]
    if sorted(letters) != list("ACGT"):
        text.fail(index, f"expected the bases A, C, G and T in any order. Got {shorten(text.lines[index])!r}.")
    return letters


def _row(text: MotifText, index: int, order: Sequence[str] | None, words: Sequence[str]) -> list[float]:
    if order is None:
        text.fail(index, "expected a PO line that names the columns before the first row, such as 'PO A C G T'.")
    values = dict(zip(order, text.numbers(index, words[:4]), strict=False))
    if len(values) != 4:
        text.fail(index, f"expected a number for each base. Got {shorten(text.lines[index])!r}.")
    return [values[base] for base in "ACGT"]


def write_transfac(motifs: Sequence[Motif], destination: Destination) -> None:
    """Write motifs in TRANSFAC format: the name as AC, the alternate name as ID.

    Parameters
    ----------
    motifs
        Motifs; their ``counts`` are written with the IUPAC consensus letter.
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
    >>> write_transfac([from_counts([[3, 0], [0, 1], [0, 2], [0, 0]], "MA0139.2", alternate_name="CTCF")], sys.stdout)
    AC  MA0139.2
    XX
    ID  CTCF
    XX
    P0      A      C      G      T
    01      3      0      0      0      A
    02      0      1      2      0      S
    XX
    //
    """
    with text_output(destination) as stream:
        for motif in motifs:
            name = one_word(motif.name)
            factor = " ".join(motif.alternate_name.split()) or name
            stream.write(f"AC  {name}\nXX\nID  {factor}\nXX\nP0      A      C      G      T\n")
            columns = zip(*count_cells(motif), motif.consensus, strict=True)
            for position, (*cells, letter) in enumerate(columns, start=1):
                stream.write(f"{position:02d} " + "".join(cell.rjust(6) + " " for cell in cells) + f"     {letter}\n")
            stream.write("XX\n//\n")
