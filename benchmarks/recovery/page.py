"""The results as Markdown and as tables for other programs."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tables import table

from recovery.running import REASONS
from recovery.summary import FAIL, NOT_MEASURED, PASS, Cell, Line, by_plainness, cells, lines, lost, share_text

Record = dict[str, Any]
Results = Mapping[str, tuple[Record, Sequence[Record]]]
_MOST_LOST = 40
_NOTES = """\
Recovered: a reported motif matches the planted profile (Tomtom's comparison with all of JASPAR CORE vertebrates, \
q < 0.01) and its alignment covers 80 % of the profile's positions of 0.25 bits and more. Detectable: the profile \
itself, each half of the sequences at the best cut-off of the other, has p ≤ 0.01 in Fisher's exact test. Brackets are \
95 % intervals (Wilson). Column error: mean Kullback-Leibler divergence from the profile over those positions, 0.0025 \
added to each probability.
"""


def markdown(results: Results, notes: Sequence[str] = ()) -> str:
    """Return everything as Markdown.

    Parameters
    ----------
    results
        Header and records by tool; the first tool's figures come first.
    notes
        Sentences to put on top, such as which tool is missing.
    """
    parts = [verdicts(results), *(f"{note}\n" for note in notes), _NOTES]
    for name, (header, records) in results.items():
        parts += [f"## {name}\n", f"{_conditions(header)} {len(records)} runs.\n", *_tool(records)]
    return "\n".join(parts)


def verdicts(results: Results) -> str:
    """Return the first line: how much of what is asked holds, by tool."""
    told = []
    for name, (_, records) in results.items():
        found = Counter([cell.verdict for cell in cells(records)] + [line.verdict for line in lines(records)])
        told.append(f"{name}: {', '.join(f'{found[word]} {word}' for word in (PASS, FAIL, NOT_MEASURED))}.\n")
    return "\n".join(told)


def _tool(records: Sequence[Record]) -> list[str]:
    made = cells(records)
    parts = [
        table(
            ("planted", "probability", "a class", "asked", "recovered", "of the detectable", ""),
            [_cell_row(cell) for cell in made],
        ),
        table(("figure", "asked", "measured", ""), [_line_row(line) for line in lines(records)]),
    ]
    rows = [(name, share_text(share)) for name, share in by_plainness(records)]
    if rows:
        parts.append(table(("log10 p of the true profile", "recovered"), rows))
    failed = [record for record in records if record["failure"]]
    if failed:
        parts.append(f"{len(failed)} runs failed: {failed[0]['case']}: {failed[0]['failure']}\n")
    return [*parts, *_lost(records)]


def _cell_row(cell: Cell) -> tuple[str, ...]:
    asked = "-" if cell.asked is None else f"≥ {100 * cell.asked:.0f} %"
    head = (cell.kind, f"{cell.probability:g}", str(cell.n), asked)
    return (*head, share_text(cell.every), share_text(cell.detectable), cell.verdict)


def _line_row(line: Line) -> tuple[str, ...]:
    return line.what, line.asked, line.measured, line.verdict


def _lost(records: Sequence[Record]) -> list[str]:
    gone = lost(records)
    if not gone:
        return ["Nothing was lost.\n"]
    counted = Counter(each["reason"] for _, each in gone)
    told = ", ".join(f"{counted[reason]} {reason}" for reason in REASONS if counted[reason])
    rows = [lost_row(record, each) for record, each in gone[:_MOST_LOST]]
    more = f" The {_MOST_LOST} that were plainest are shown; `lost.tsv` has all." if len(gone) > _MOST_LOST else ""
    return [f"Lost: {told}.{more}\n", table(LOST_HEADER, rows)]


LOST_HEADER = ("case", "profile", "factor", "bits", "log10 p of the true profile", "reason", "reported")


def lost_row(record: Record, planted: Record) -> tuple[str, ...]:
    """Return the cells of one motif that was not recovered."""
    if planted["consensus"]:
        told = f"{planted['consensus']} covers {100 * planted['coverage']:.0f} %"
    else:
        told = ", ".join(each["consensus"] for each in record["reported"][:3]) or "nothing"
    figures = (f"{planted['bits']:.1f}", f"{planted['possible']['log10_p']:.1f}")
    return record["case"], planted["profile"], planted["factor"], *figures, planted["reason"], told


def _conditions(header: Record) -> str:
    return ", ".join(f"{name} {value}" for name, value in header.items() if name != "tool") + "."


def write_tables(folder: Path, results: Results) -> None:
    """Write `cells.tsv`, `figures.tsv`, `runs.tsv` (a line a planted motif or null) and `lost.tsv`."""
    rows: dict[str, list[tuple[Any, ...]]] = {"cells": [], "figures": [], "runs": [], "lost": []}
    for name, (_, records) in results.items():
        for cell in cells(records):
            every = (cell.every.hits, cell.every.n, *cell.every.interval, cell.detectable.hits, cell.detectable.n)
            rows["cells"].append((name, cell.kind, cell.probability, cell.n, cell.asked, *every, cell.verdict))
        rows["figures"] += [(name, *_line_row(line)) for line in lines(records)]
        rows["runs"] += [(name, *row) for record in records for row in run_rows(record)]
        rows["lost"] += [(name, *lost_row(record, each)) for record, each in lost(records)]
    for title, header in _HEADERS.items():
        with (folder / f"{title}.tsv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t", lineterminator="\n").writerows([("tool", *header), *rows[title]])


_PLANTED = ("profile", "factor", "width", "bits", "rank", "consensus", "qvalue", "coverage", "error", "precision",
            "recall", "reason")  # fmt: skip
_RUN = ("case", "kind", "probability", "n", "length", "seconds", "failure", "auroc", "spurious", "duplicates")
_POSSIBLE = ("log10_p", "auroc", "precision", "recall", "balanced")
_HEADERS = {
    "cells": ("kind", "probability", "n", "asked", "recovered", "planted", "low", "high", "recovered_of_detectable",
              "detectable", "verdict"),
    "figures": ("figure", "asked", "measured", "verdict"),
    "runs": (*_RUN, "n_reported", *_PLANTED, *(f"true_{name}" for name in _POSSIBLE)),
    "lost": tuple(name.replace(" ", "_") for name in LOST_HEADER),
}  # fmt: skip


def run_rows(record: Record) -> list[tuple[Any, ...]]:
    """Return a row for each planted motif of a run, one with empty cells when there is none."""
    head = (*(record[name] for name in _RUN), len(record["reported"]))
    return [
        (*head, *(each[name] for name in _PLANTED), *(each["possible"][name] for name in _POSSIBLE))
        for each in record["planted"]
    ] or [(*head, *[""] * (len(_PLANTED) + len(_POSSIBLE)))]
