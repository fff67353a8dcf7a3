"""Run motiflens in fresh processes; keep what each run cost and read what it wrote."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import motiflens

Row = dict[str, str]

STARTUP = "startup"
MOTIFLENS = (sys.executable, "-m", "motiflens")
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes in one unit of ru_maxrss


@dataclass(frozen=True)
class Cost:
    """What one process took: wall seconds, peak resident memory in bytes, and how it ended."""

    seconds: float
    peak_bytes: int
    exit_code: int
    last_line: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one run of ``motiflens discover`` cost and found.

    Attributes
    ----------
    seconds, peak_bytes
        Wall time and peak memory of the whole command.
    motifs, matches
        The lines of `motifs.tsv` and `matches.tsv`, by column, in the order of the file.
    metrics, run
        The content of `metrics.json` and `run.json`.
    code
        Digest of the package that made it, see `code_digest`.
    failure
        Why there is nothing else; empty after a run that ended well.
    judged
        How its motifs compare with known profiles, see `judging.judge`; empty where none are listed.
    """

    seconds: float
    peak_bytes: int
    motifs: tuple[Row, ...] = ()
    matches: tuple[Row, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    failure: str = ""
    judged: Mapping[str, Any] = field(default_factory=dict)

    @property
    def auroc(self) -> float:
        """The AUROC on the test sequences."""
        return float(self.metrics["test"]["auroc"]["value"])

    def matches_of(self, motif: str, *, below: float = 0.05) -> list[Row]:
        """Return the matches of one motif with a q-value under ``below``, best first."""
        return [row for row in self.matches if row["motif"] == motif and float(row["qvalue"] or "nan") < below]


def timed(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command, its output thrown away, and return what it took.

    The peak is that of the process and of any child it waited for.
    """
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, **(environment or {})}
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().decode(errors="replace").splitlines()
    return Cost(seconds, usage.ru_maxrss * _PEAK_UNIT, process.returncode, lines[-1] if lines else "")


def well(cost: Cost) -> Cost:
    """Return the cost of a command that ended well.

    Raises
    ------
    RuntimeError
        When it did not.
    """
    if cost.exit_code:
        msg = f"Expected the command to end well. Got exit code {cost.exit_code}: {cost.last_line}"
        raise RuntimeError(msg)
    return cost


def run_discover(arguments: Sequence[str], folder: Path) -> None:
    """Run ``motiflens discover ARGUMENTS -o FOLDER`` and note beside the folder what it took."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    command = [*MOTIFLENS, "discover", *arguments, "--output", str(folder), "--force", "--quiet"]
    code = code_digest()
    cost = timed(command)
    note = {"arguments": list(arguments), "code": code, **vars(cost)}
    _note_path(folder).write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")


def is_done(arguments: Sequence[str], folder: Path) -> bool:
    """Tell whether these very arguments ran well before, on the files as they are now.

    The version of motiflens must be the present one too. Its code may have changed since;
    `Outcome.code` tells.
    """
    if not (_note_path(folder).is_file() and (folder / "run.json").is_file()):
        return False
    note, run = _read_json(_note_path(folder)), _read_json(folder / "run.json")
    same_command = note["arguments"] == list(arguments) and note["exit_code"] == 0
    same_version = run["versions"]["motiflens"] == motiflens.__version__
    return same_command and same_version and all(_sha256(Path(path)) == was for path, was in run["inputs"].items())


def read_outcome(folder: Path) -> Outcome:
    """Read the output folder of a run and the note beside it.

    Raises
    ------
    OSError
        When a file is missing.
    """
    note = _read_json(_note_path(folder))
    if note["exit_code"]:
        failure = f"exit code {note['exit_code']}: {note['last_line']}"
        return Outcome(note["seconds"], note["peak_bytes"], code=note["code"], failure=failure)
    return Outcome(
        note["seconds"],
        note["peak_bytes"],
        motifs=read_table(folder / "motifs.tsv"),
        matches=read_table(folder / "matches.tsv"),
        metrics=_read_json(folder / "metrics.json"),
        run=_read_json(folder / "run.json"),
        code=note["code"],
    )


def read_table(path: Path) -> tuple[Row, ...]:
    """Read a tab-separated file with one header line; every cell stays text."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def measure_startup() -> dict[str, Any]:
    """Measure what every user waits for: help, import, and the first compilation.

    Returns
    -------
    figures
        ``help_seconds``, median of 5; ``imports_torch``; ``jit_seconds``, median of 3 of the
        time of the demonstration with an empty compilation cache less that with a full one.
    """
    help_ = [well(timed([*MOTIFLENS, "--help"])).seconds for _ in range(5)]
    probe = "import sys, motiflens; sys.exit('torch' in sys.modules)"
    return {
        "help_seconds": median(help_),
        "imports_torch": timed([sys.executable, "-c", probe]).exit_code != 0,
        "jit_seconds": median(_compilation_seconds() for _ in range(3)),
        "code": code_digest(),
    }


def code_digest() -> str:
    """Return a digest of the files of the installed motiflens, to tell results of other code."""
    home = Path(motiflens.__file__).parent
    files = sorted(path for path in home.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _compilation_seconds() -> float:
    with tempfile.TemporaryDirectory() as home:
        command = [*MOTIFLENS, "demo", "--output", f"{home}/out", "--force", "--quiet"]
        cache = {"NUMBA_CACHE_DIR": f"{home}/cache"}
        cold, warm = (well(timed(command, environment=cache)).seconds for _ in range(2))
    return cold - warm


def _note_path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.measured.json")


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
