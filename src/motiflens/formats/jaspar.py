"""JASPAR matrices: four rows of counts with or without letters and brackets, or a row a position.

Rows with letters are read by their letter. Without letters, four rows are A, C, G, T
(JASPAR's raw PFM) and rows of four numbers are positions (HOCOMOCO, GimmeMotifs).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from motiflens.formats.motif_text import Destination, MotifText, one_word, shorten, text_output
from motiflens.motifs import Matrix, Motif

_MOST_TRIED = 200_000
"""Most sites for which whole counts of a column are sought one number of sites after the other."""
_LETTER = re.compile(r"([ACGTU])(?=[\s|:\[])", re.IGNORECASE)


@dataclass
class _Block:
    index: int
    header: str
    letters: list[str] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)


def is_jaspar(text: MotifText) -> bool:
    """Recognise a ``>`` header, or rows of numbers with or without letters."""
    first = next((line for line in text.lines if line and not line.startswith("#")), "")
    return first.startswith(">") or bool(re.match(r"([ACGTacgt]\s*[|:\[]|[ACGTacgt]\s+\d|[\d.]+\s)", first))


def parse_jaspar(text: MotifText) -> list[Motif]:
    """Read JASPAR, raw PFM or row-a-position matrices, in order.

    Raises
    ------
    InputError
        When a record does not hold a row for each base, or rows of one length.

    Examples
    --------
    >>> (motif,) = parse_jaspar(MotifText((">MA0139.2 CTCF", "A [3 0]", "C [0 0]", "G [0 3]", "T [0 0]"), "x.jaspar"))
    >>> motif.name, motif.alternate_name, motif.consensus, motif.n_sites
    ('MA0139.2', 'CTCF', 'AG', 3.0)
    """
    blocks = _blocks(text)
    by_position = _rows_are_positions(blocks)
    return [_motif(text, block, by_position=by_position) for block in blocks]


def _blocks(text: MotifText) -> list[_Block]:
    blocks: list[_Block] = []
    for index, line in enumerate(text.lines):
        if not line or line.startswith("#"):
            continue
        if line.startswith(">"):
            blocks.append(_Block(index, line[1:].strip()))
            continue
        if not blocks:
            blocks.append(_Block(index, text.stem))
        letter = _LETTER.match(line)
        words = re.sub(r"[\[\]|:,]", " ", line[letter.end() :] if letter else line).split()
        if letter:
            blocks[-1].letters.append(letter[1].upper().replace("U", "T"))
        blocks[-1].rows.append(text.numbers(index, words))
    return blocks


def _rows_are_positions(blocks: Sequence[_Block]) -> bool:
    """Decide for the whole file, since a 4 x 4 block alone does not tell."""
    shapes = {(len(block.rows), len(block.rows[0])) for block in blocks if block.rows and not block.letters}
    if any(n_rows != 4 for n_rows, _ in shapes):
        return True
    if any(n_columns != 4 for _, n_columns in shapes):
        return False
    squares = [
        np.array(block.rows) for block in blocks if not block.letters and [len(row) for row in block.rows] == [4] * 4
    ]
    return bool(squares) and sum(np.ptp(s.sum(axis=1)) for s in squares) < sum(np.ptp(s.sum(axis=0)) for s in squares)


def _motif(text: MotifText, block: _Block, *, by_position: bool) -> Motif:
    words = block.header.split(None, 1)
    if not words:
        text.fail(block.index, "expected a name after '>'.")
    if not block.rows:
        text.fail(
            block.index,
            f"expected rows of counts below motif {shorten(words[0])!r}. Got none: "
            "add them, or check that this is a motif file.",
        )
    if len({len(row) for row in block.rows}) != 1:
        text.fail(
            block.index, f"motif {words[0]!r} must have rows of one length. Got {[len(row) for row in block.rows]}."
        )
    return text.motif(block.index, _matrix(text, block, by_position=by_position), *words)


def _matrix(text: MotifText, block: _Block, *, by_position: bool) -> Matrix:
    rows = np.array(block.rows)
    if block.letters:
        if sorted(block.letters) != list("ACGT") or len(rows) != 4:
            text.fail(
                block.index, f"expected one row for each of A, C, G and T. Got {''.join(block.letters) or 'none'!r}."
            )
        return rows[[block.letters.index(base) for base in "ACGT"]]
    if by_position:
        rows = np.ascontiguousarray(rows.T)
    if len(rows) != 4:
        got = shorten(f"{block.rows[0]}")
        text.fail(block.index, f"expected 4 rows of counts, or 4 counts in each row. Got a row {got}.")
    return rows


def write_jaspar(motifs: Sequence[Motif], destination: Destination) -> None:
    """Write motifs in JASPAR format, counts in brackets; whole counts stay whole.

    Parameters
    ----------
    motifs
        Motifs; their ``counts`` are written.
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
    >>> write_jaspar([from_counts([[3, 0], [0, 1], [0, 12], [10, 0]], "MA0139.2")], sys.stdout)
    >MA0139.2
    A  [  3  0 ]
    C  [  0  1 ]
    G  [  0 12 ]
    T  [ 10  0 ]
    """
    with text_output(destination) as stream:
        for motif in motifs:
            title = one_word(motif.name) + (
                "\t" + " ".join(motif.alternate_name.split()) if motif.alternate_name else ""
            )
            stream.write(f">{title}\n")
            cells = count_cells(motif)
            width = max(len(cell) for row in cells for cell in row)
            for base, row in zip("ACGT", cells, strict=True):
                stream.write(f"{base}  [ " + " ".join(cell.rjust(width) for cell in row) + " ]\n")


def count_cells(motif: Motif) -> list[list[str]]:
    """Return the ``(4, width)`` counts as text: whole numbers if they can be, else with decimals.

    Columns of a count file may have fewer sites than the motif; such counts are whole as well. There are
    as many decimals as keep the probabilities to six, whatever the number of sites.
    """
    counts = _whole_counts(motif)
    if counts is not None:
        return [[f"{value:.0f}" for value in row] for row in counts]
    decimals = min(max(math.ceil(7 - math.log10(max(motif.n_sites, 0.01))), 4), 9)
    return [[f"{value:.{decimals}f}" for value in row] for row in motif.counts]


def _whole_counts(motif: Motif) -> Matrix | None:
    """Return whole counts with the motif's probabilities: of all its sites, or of at most as many in each column."""
    counts, n_sites = motif.counts, motif.n_sites
    if np.abs(counts - np.round(counts)).max() < 1e-6 * max(1.0, n_sites):
        return np.asarray(np.round(counts))
    if n_sites > _MOST_TRIED or abs(n_sites - round(n_sites)) > 1e-9 * n_sites:
        return None
    totals = np.arange(round(n_sites), 0, -1.0)
    columns = []
    for column in motif.probabilities.T:
        tried = totals[:, None] * column
        fitting = np.flatnonzero(np.abs(tried - np.round(tried)).max(axis=1) < 1e-9 * n_sites)
        if not len(fitting):
            return None
        columns.append(np.round(tried[fitting[0]]))
    return np.array(columns).T
