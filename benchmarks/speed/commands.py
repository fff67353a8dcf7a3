"""Whole commands: `motiflens discover` on real data, and what the first run spends on compilation."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import discover
from measuring import MOTIFLENS, timed, well

import motiflens as ml
from speed.fitting import sequence_file
from speed.processes import fresh
from speed.rows import CannotRunError, Result, Settings, duration, not_run, ours, within
from speed.tasks import random_set

DISCOVER_SECONDS, COMPILE_SECONDS, LOAD_SECONDS = 20, 10, 0.5
STREME = "STREME 5.5.8: 172 s by an earlier measurement on a machine of this kind, not repeated here"
COMPILED = ("discover", "match", "scan", "estimator")


def discover_rows(settings: Settings) -> list[Result]:
    """Time `motiflens discover` on NANOG, and STREME where it is installed."""
    pending = Result("discover-nanog", f"motiflens discover, NANOG, {settings.threads} threads", "", "<= 20 s")
    (case,) = (case for case in discover.CASES if case.name == "NANOG")
    arguments = [*case.arguments[: case.arguments.index("--threads")], "--threads", str(settings.threads)]
    try:
        arguments = [_located(argument, settings) for argument in arguments]
    except CannotRunError as error:
        return [not_run(pending, error)]
    with tempfile.TemporaryDirectory() as home:
        command = [*MOTIFLENS, "discover", *arguments, "--output", f"{home}/out", "--force", "--quiet"]
        seconds = [well(timed(command)).seconds for _ in range(settings.rounds(3) + 1)][1:]
        note = _streme(arguments[0], arguments[2], Path(home)) or STREME
    return [within(pending, seconds, DISCOVER_SECONDS, note=note)]


def _located(argument: str, settings: Settings) -> str:
    return str(settings.file(argument.removeprefix("{data}/"))) if argument.startswith("{data}/") else argument


def _streme(positives: str, negatives: str, home: Path) -> str:
    """Run STREME on the same training files and return how long it took; empty without STREME."""
    program = shutil.which("streme")
    if program is None:
        return ""
    plain = []
    for source in (positives, negatives):
        plain.append(home / Path(source).stem)
        with gzip.open(source, "rb") as packed, plain[-1].open("wb") as file:
            shutil.copyfileobj(packed, file)
    cost = timed([program, "--dna", "--p", str(plain[0]), "--n", str(plain[1]), "--oc", str(home / "streme")])
    return f"{program}: {cost.seconds:.0f} s" if not cost.exit_code else f"{program} failed: {cost.last_line}"


def compile_rows(settings: Settings) -> list[Result]:
    """Measure compilation with an empty cache and loading from a full one, by command."""
    programs = _programs(settings)
    results = []
    for name in COMPILED:
        cold_row = Result("compile", f"{name}: compilation, empty cache", "", f"<= {COMPILE_SECONDS} s")
        warm_row = Result("compile", f"{name}: loading, full cache", "", f"<= {LOAD_SECONDS} s")
        try:
            runs = [_cold_and_warm(programs[name]) for _ in range(settings.rounds(3))]
        except CannotRunError as error:
            results += [not_run(cold_row, error), not_run(warm_row, error)]
            continue
        results += _compiled(cold_row, warm_row, runs)
    return results


def _compiled(cold_row: Result, warm_row: Result, runs: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[Result]:
    cold, warm = runs[-1]
    more = cold["seconds"] - warm["seconds"]
    note = f"{cold['n_compiled']} functions; the whole process takes {duration(more)} more than with a full cache"
    left = f"{warm['n_compiled']} functions compiled again, {duration(warm['compile'])}" if warm["n_compiled"] else ""
    return [
        within(cold_row, [each["compile"] for each, _ in runs], COMPILE_SECONDS, note=note),
        within(warm_row, [each["lock"] for _, each in runs], LOAD_SECONDS, note=left),
    ]


def _programs(settings: Settings) -> dict[str, Callable[..., tuple[Any, dict[str, Any]]]]:
    """Return how to run each program in a fresh process, given an output folder and an environment."""
    made = settings.made
    made.mkdir(parents=True, exist_ok=True)
    motifs, sequences = made / "motifs.meme", made / "sequences.fa"
    ml.write_meme(ml.read_database("jaspar:fungi")[:10], motifs)
    texts = random_set(2000, 150).strings()
    sequences.write_text("".join(f">{i}\n{text}\n" for i, text in enumerate(texts)))
    arguments = {
        "discover": ["demo"],
        "match": ["match", str(motifs)],
        "scan": ["scan", str(motifs), str(sequences)],
    }

    def command(name: str) -> Callable[..., tuple[Any, dict[str, Any]]]:
        return lambda out, environment: fresh(
            "compile_command", environment=environment, arguments=[*arguments[name], "--output", out, "--quiet"]
        )

    def fit(_: str, environment: dict[str, str]) -> tuple[Any, dict[str, Any]]:
        ours("motiflens", "MotifClassifier")
        return fresh("compile_fit", environment=environment, path=sequence_file(made))

    return {**{name: command(name) for name in arguments}, "estimator": fit}


def _cold_and_warm(program: Callable[..., tuple[Any, dict[str, Any]]]) -> tuple[dict[str, Any], dict[str, Any]]:
    with tempfile.TemporaryDirectory() as home:
        environment = {"NUMBA_CACHE_DIR": f"{home}/cache"}
        runs = [program(f"{home}/{name}", environment) for name in ("cold", "warm")]
    cold, warm = ({**figures, "seconds": cost.seconds} for cost, figures in runs)
    return cold, warm
