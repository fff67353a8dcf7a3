"""The command: what to run, what is done already, and the report on all of it."""

from __future__ import annotations

import argparse
import hashlib
import logging
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from measuring import code_digest
from tables import replace_results

import motiflens as ml
from motiflens.database import jaspar_release
from recovery import cases as planning
from recovery import ledger, page
from recovery.cases import Case, Plan
from recovery.plot import draw_recovery
from recovery.running import Job, Record, run_job
from recovery.summary import FAIL, cells
from recovery.tools import DISCOVER, STREME, Tool

START, END = "<!-- recovery:start -->", "<!-- recovery:end -->"
REAL = Path("nanog_h1esc_gkmexplain", "negatives_train.fa.gz")
ORDER = 2
_FORMAT = 2
_MISSING = {"failure": "not run"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, write the report, and return 1 when a run failed or something asked does not hold."""
    parser = _parser()
    options = parser.parse_args(argv)
    source = options.background or options.data / REAL
    if not source.is_file() and not options.report:
        parser.error(f"--background: expected sequences to learn from. Got {source}, which is not there.")
    options.output.mkdir(parents=True, exist_ok=True)
    tools, notes = _tools(options)
    if not options.report:
        try:
            for tool in tools:
                tool.function()
        except ValueError as error:
            parser.error(str(error))
        try:
            _run_missing(tools, source, options)
        except (ledger.OtherResultsError, ml.MotiflensError) as error:
            parser.error(str(error))
        except KeyboardInterrupt:
            print("Stopped; the same command goes on from here.")
            return 130
    return _report(options, notes)


def _run_missing(tools: Sequence[Tool], source: Path, options: argparse.Namespace) -> None:
    """Run every case that is wanted and not there yet, or that failed."""
    books = {tool: ledger.Ledger(_path(options.output, tool), _header(tool, source, options)) for tool in tools}
    done = {tool: book.open(force=options.force) for tool, book in books.items()}
    background = ml.learn_background(ml.read_sequences(source), order=ORDER, both_strands=True)
    wanted = _wanted(options)
    print(f"{len(wanted)} cases, {len(tools)} tools; {sum(map(len, done.values()))} runs are there.", flush=True)
    jobs = [
        Job(case, tool, background, options.threads) for case in wanted for tool in tools
        if done[tool].get(case.name, _MISSING)["failure"]
    ]  # fmt: skip
    _campaign(jobs, books, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Plant JASPAR profiles and see which ones are found again.")
    add = parser.add_argument
    add("--output", type=Path, required=True, metavar="FOLDER", help="results, tables, report and plot")
    add("--data", type=Path, default=Path("../shared/data"), metavar="DIR", help=f"folder that holds {REAL}")
    add("--background", type=Path, metavar="FILE", help="real sequences to learn the background from instead")
    add("--profiles", type=_number(planning.N_PROFILES), default=planning.N_PROFILES, metavar="N")
    add("--mixtures", type=_number(planning.N_MIXTURES), default=planning.N_MIXTURES, metavar="N")
    add("--nulls", type=_number(planning.N_NULLS), default=planning.N_NULLS, metavar="N")
    add("--probabilities", type=_share, nargs="+", default=planning.PROBABILITIES, metavar="P")
    add("--sizes", type=_number(10**6, 50), nargs="+", default=planning.SIZES, metavar="N", help="sequences a class")
    add("--seeds", type=_number(1000, 1), default=1, metavar="N", help="draws of every case")
    add("--variant", action="append", default=[], metavar="MODULE:FUNCTION", help="run this in place of discover")
    add("--only-tool", metavar="NAME", help=f"{DISCOVER}, {STREME} or a variant")
    add("--streme", metavar="PATH", help="the program, when it is not on PATH")
    add("--threads", type=_number(1024, 1), default=1, metavar="N", help="of each run")
    add("--jobs", type=_number(64, 1), default=1, metavar="N", help="runs at a time")
    add("--time-limit", type=float, default=float("inf"), metavar="MINUTES", help="start no run after this")
    add("--report", action="store_true", help="run nothing, write the report on what is there")
    add("--readme", type=Path, metavar="FILE", help=f"put the tables between {START} and {END} here")
    add("--force", action="store_true", help="throw away results that were made otherwise")
    return parser


def _number(most: int, least: int = 0) -> Any:
    def parse(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least} to {most}. Got {value}.")
        return value

    return parse


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 1. Got {text}.")
    return value


def _tools(options: argparse.Namespace) -> tuple[list[Tool], list[str]]:
    """Return what is compared, and a note when STREME is not there."""
    program, notes = shutil.which(options.streme or STREME), list[str]()
    tools = [Tool(name) for name in options.variant or [DISCOVER]]
    if program:
        tools.append(Tool(STREME, program))
    else:
        notes.append("STREME (MEME Suite) was not found: its columns are NOT MEASURED. Give its path with --streme.")
        print(notes[0])
    return [tool for tool in tools if options.only_tool in (None, tool.name)], notes


def _path(folder: Path, tool: Tool) -> Path:
    return folder / f"results-{tool.slug}.jsonl"


def _header(tool: Tool, source: Path, options: argparse.Namespace) -> Record:
    """Return all that results of one file have in common, so that they can be compared and added up."""
    version = {"code": code_digest()} if tool.name != STREME else {"version": _program_version(tool.program)}
    return {
        "tool": tool.name,
        "format": _FORMAT,
        "motiflens": ml.__version__,
        **version,
        "profiles": jaspar_release(),
        "background": f"order {ORDER} of {source.name} {hashlib.sha256(source.read_bytes()).hexdigest()[:12]}",
        "threads": options.threads,
    }


def _program_version(program: str) -> str:
    return subprocess.run([program, "--version"], check=False, capture_output=True, text=True).stdout.strip()


def _wanted(options: argparse.Namespace) -> list[Case]:
    sizes, probabilities = tuple(dict.fromkeys(options.sizes)), tuple(dict.fromkeys(options.probabilities))
    plan = Plan(options.profiles, options.mixtures, options.nulls, probabilities, sizes, options.seeds)
    return planning.cases(plan, planning.chosen_profiles(ml.read_database(), planning.families()))


def _campaign(jobs: Sequence[Job], books: dict[Tool, ledger.Ledger], options: argparse.Namespace) -> None:
    """Run the jobs in order, keep each result at once, and say how it goes."""
    started, limit = time.monotonic(), 60 * options.time_limit

    def timely() -> Iterator[Job]:
        for job in jobs:
            if time.monotonic() - started > limit:
                print("The time limit is reached; the same command goes on from here.")
                return
            yield job

    for number, (job, record) in enumerate(_results(timely(), options.jobs), start=1):
        books[job.tool].append(record)
        left = (time.monotonic() - started) / number * (len(jobs) - number) / 60
        print(f"[{number}/{len(jobs)}] {told(job, record)}; {left:.0f} min left", flush=True)


def _results(jobs: Iterator[Job], n_jobs: int) -> Iterator[tuple[Job, Record]]:
    """Yield finished jobs; with several at a time, in fresh processes and in the order in which they end."""
    if n_jobs == 1:
        yield from ((job, run_job(job)) for job in jobs)
        return
    with ProcessPoolExecutor(n_jobs, mp_context=get_context("spawn"), initializer=quiet) as pool:
        running = {pool.submit(run_job, job): job for job in islice(jobs, n_jobs)}
        while running:
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for each in finished:
                job = running.pop(each)
                running |= {pool.submit(run_job, following): following for following in islice(jobs, 1)}
                yield job, each.result()


def quiet() -> None:
    """Keep the package's own words about single runs off the screen."""
    logging.getLogger("motiflens").setLevel(logging.ERROR)


def told(job: Job, record: Record) -> str:
    """Return one line on a run."""
    found = sum(each["rank"] is not None for each in record["planted"])
    reasons = ", ".join(each["reason"] for each in record["planted"] if each["reason"])
    parts = [f"{job.tool.name} {record['case']}: {record['seconds']:.1f} s"]
    if record["planted"]:
        parts.append(f"{found} of {len(record['planted'])} recovered" + (f" ({reasons})" if reasons else ""))
    parts.append(f"{record['spurious']} spurious, {record['duplicates']} duplicates")
    return "; ".join([*parts, *([record["failure"]] if record["failure"] else [])])


def _report(options: argparse.Namespace, notes: Sequence[str]) -> int:
    """Write everything on the results of every tool in the folder."""
    read = [ledger.read(path) for path in sorted(options.output.glob("results-*.jsonl"))]
    results = {header["tool"]: (header, records) for header, records in read if header}
    text = page.markdown(results, notes)
    (options.output / "report.md").write_text(f"# Planted motifs, found again\n\n{text}", encoding="utf-8")
    page.write_tables(options.output, results)
    draw_recovery(options.output, {name: cells(records) for name, (_, records) in results.items()})
    if options.readme:
        old = options.readme.read_text(encoding="utf-8")
        below = text.replace("\n## ", "\n### ")  # a section of its own section there
        options.readme.write_text(replace_results(old, below, start=START, end=END), encoding="utf-8")
    print(text)
    failed = any(record["failure"] for _, records in results.values() for record in records)
    return int(failed or f"| {FAIL} |" in text)
