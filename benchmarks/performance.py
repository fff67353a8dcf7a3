"""Measure motiflens against other programs that do the same work, and against the machine.

Each row times both sides in turn in one process (or in fresh processes, where it says so).
The results of rows are kept in `benchmarks/out/performance`, so that single rows can be run
again.

    pip install -c constraints.txt -r benchmarks/requirements-performance.txt
    python benchmarks/performance.py --data DIR
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measuring import code_digest
from speed import commands, epochs, fitting, inference, limits, scans
from speed.machine import vector_width, versions
from speed.rows import FAIL, NOT_RUN, PASS, CannotRunError, Result, Settings, not_run
from tables import machine, replace_results, table

HERE = Path(__file__).parent
KEPT = HERE / "out" / "performance"
START, END = "<!-- performance:start -->", "<!-- performance:end -->"
HEADER = ("row", "work", "against", "asked", "measured", "ours", "theirs", "", "notes")
NOTES = """\
A ratio is the other's median time over ours; in brackets are the quartiles of the ratios of each round. Both sides run
in turn in one process after one warm-up each, unless the work says "fresh process". Training of ours is `fit_ensemble`
of one network, its whole cost divided by the epochs; of the others the one-hot arrays, the model and the first epoch,
which compiles, are not counted. The machine's limit is a model: in each cycle one vector of float32 is loaded from a
table and added. Times are medians.
"""

ROWS: Mapping[str, Callable[[Settings], list[Result]]] = {
    **{name: partial(epochs.epoch_row, name) for name in epochs.ROWS},
    **{name: partial(limits.limit_row, name) for name in limits.ROWS},
    "fit-estimator": fitting.fit_rows,
    "discover-nanog": commands.discover_rows,
    "mutagenesis": inference.mutagenesis_rows,
    "scan-yeast": scans.scan_rows,
    "genome": inference.genome_rows,
    "compile": commands.compile_rows,
    "growth": fitting.growth_rows,
}


@dataclass(frozen=True)
class Kept:
    """The lines of one row, with the code and the conditions that they were measured with."""

    code: str
    conditions: str
    results: tuple[Result, ...]


def conditions(settings: Settings) -> str:
    """Return machine, versions, vector width and threads in one line."""
    packages = ", ".join(f"{name} {version}" for name, version in versions().items())
    return f"{machine()}, vectors of {vector_width()} float32; {packages}; {settings.threads} threads"


def run_row(name: str, settings: Settings) -> Kept:
    """Run one row."""
    try:
        results = ROWS[name](settings)
    except CannotRunError as error:
        results = [not_run(Result(name, "", "", ""), error)]
    return Kept(code_digest(), conditions(settings), tuple(results))


def write_kept(path: Path, kept: Kept) -> None:
    """Keep the result of a row as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {**vars(kept), "results": [vars(result) for result in kept.results]}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_kept(path: Path) -> Kept:
    """Read what `write_kept` has written."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Kept(content["code"], content["conditions"], tuple(Result(**each) for each in content["results"]))


def render(rows: Mapping[str, Kept]) -> str:
    """Return all rows as Markdown: the verdicts counted, the conditions, the table."""
    lines = [result for kept in rows.values() for result in kept.results]
    counts = ", ".join(f"{sum(line.verdict == word for line in lines)} {word}" for word in (PASS, FAIL, NOT_RUN))
    return "\n".join(
        [f"{counts}. {_shared(rows)}\n", _stale(rows), NOTES, table(HEADER, [_cells(line) for line in lines])]
    )


def _cells(line: Result) -> tuple[str, ...]:
    return (line.row, line.work, line.peer, line.target, line.measured, line.ours, line.theirs, line.verdict, line.note)


def _shared(rows: Mapping[str, Kept]) -> str:
    """Return the conditions, once if they are those of all rows, else each with its rows."""
    by_text: dict[str, list[str]] = {}
    for name, kept in rows.items():
        by_text.setdefault(kept.conditions, []).append(name)
    if len(by_text) == 1:
        return f"{next(iter(by_text))}."
    return " ".join(f"{', '.join(names)}: {text}." for text, names in by_text.items())


def _stale(rows: Mapping[str, Kept]) -> str:
    present = code_digest()
    names = [name for name, kept in rows.items() if kept.code != present]
    return f"Run with other code than the present: {', '.join(names)}.\n" if names else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the rows asked for, write the table of all rows, and return 0 if nothing failed."""
    options = _options(argv)
    data = None if options.data is None else options.data.resolve()
    settings = Settings(data, HERE / "out" / "made", options.threads, options.repeats)
    for name in options.only or ROWS:
        print(f"{name} ...", flush=True)
        kept = run_row(name, settings)
        write_kept(KEPT / f"{name}.json", kept)
        for result in kept.results:
            print("   ", " | ".join(filter(None, _cells(result)[1:])), flush=True)
    rows = {name: read_kept(path) for name in ROWS if (path := KEPT / f"{name}.json").is_file()}
    text = render(rows)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(f"# Performance\n\n{text}", encoding="utf-8")
    if options.readme:
        changed = replace_results(options.readme.read_text(encoding="utf-8"), text, start=START, end=END)
        options.readme.write_text(changed, encoding="utf-8")
    return int(any(result.verdict == FAIL for kept in rows.values() for result in kept.results))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure motiflens against other programs and the machine.")
    parser.add_argument("--only", nargs="+", choices=list(ROWS), default=[], metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the data sets; rows that need it say so")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="threads of either side")
    parser.add_argument("--repeats", type=int, metavar="N", help="timed rounds of every row, instead of its own number")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "performance.md", metavar="FILE")
    parser.add_argument("--readme", type=Path, metavar="FILE", help=f"put the table between {START} and {END} here")
    options = parser.parse_args(argv)
    if options.data is not None and not options.data.is_dir():
        parser.error(f"--data: expected a folder. Got {options.data}.")
    for name in ("threads", "repeats"):
        value = getattr(options, name)
        if value is not None and value < 1:
            parser.error(f"--{name}: must be at least 1. Got {value}.")
    return options


if __name__ == "__main__":
    sys.exit(main())
