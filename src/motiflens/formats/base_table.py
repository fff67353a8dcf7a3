"""A motif as a table with a column a base, as CIS-BP and logomaker write it: ``Pos A C G T`` and a row a position."""

from __future__ import annotations

import numpy as np

from motiflens.formats.motif_text import MotifText, shorten
from motiflens.motifs import Motif


def is_base_table(text: MotifText) -> bool:
    """Recognise the table by its heading: the four bases, after a title of the positions or alone."""
    return _order(next((line for line in text.lines if line and not line.startswith("#")), "")) is not None


def parse_base_table(text: MotifText) -> list[Motif]:
    """Read the one motif of a table, named after its file.

    Raises
    ------
    InputError
        When a row does not hold a number for each base, or there is no row.

    Examples
    --------
    >>> (motif,) = parse_base_table(MotifText(("Pos A C G T", "1 0.9 0 0.1 0", "2 0 0 1 0"), "M0139.txt"))
    >>> motif.name, motif.consensus
    ('M0139', 'AG')
    """
    lines = [(index, line) for index, line in enumerate(text.lines) if line and not line.startswith("#")]
    (heading, title), *body = lines
    order = _order(title) or []
    first = len(_cells(title)) - 4
    rows = []
    for index, line in body:
        cells = _cells(line)
        if len(cells) != first + 4:
            text.fail(index, f"expected a number for each of {', '.join(order)}. Got {shorten(line)!r}.")
        rows.append(text.numbers(index, cells[first:]))
    if not rows:
        text.fail(heading, "expected a row of numbers a position below this line. Got none.")
    counts = np.array(rows).T[[order.index(base) for base in "ACGT"]]
    return [text.motif(heading, np.ascontiguousarray(counts), text.stem)]


def _order(line: str) -> list[str] | None:
    """Return the bases in the order of a heading, or None when it is none."""
    letters = [cell.upper().replace("U", "T") for cell in _cells(line)]
    found = letters[-4:]
    return found if len(letters) in (4, 5) and sorted(found) == list("ACGT") else None


def _cells(line: str) -> list[str]:
    return line.replace(",", " ").split()
