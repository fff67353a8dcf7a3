"""Run the published systems again and check what is asked of our best models and of the reproduction.

    python benchmarks/reproduction.py --data ../shared/data --readme README.md

Takes about twenty minutes on two cores. ``--results FOLDER`` reads the folder of an earlier
``motiflens reproduce all`` in place of a new run. Exits with 1 when anything is not reached.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

START, END = "<!-- reproduction:start -->", "<!-- reproduction:end -->"
HERE = Path(__file__).parent
TFBS = "packt_ch10_tfbs"
METRICS = ("auroc", "auprc", "accuracy")
Line = tuple[str, str, str, str, bool | None]
VERDICTS = {True: "PASS", False: "FAIL", None: "shown"}
FOXO1 = (
    "foxo1: a run that is not exact has the planted motif and a second, looser matrix of the same motif with its faint "
    "left columns (such as TCCTWSTTKY beside YTGTTTHC), which held-out sequences confirm."
)
CHECKED = ("task", "figure of ours", "asked", "measured", "")
COMPARED = ("experiment", "published", "as published: mean (range)", "verdict", "ours: mean", "limit", "exact motifs")


def main() -> int:
    """Run, check, print, and write the tables."""
    options = _options()
    with tempfile.TemporaryDirectory() as home:
        folder = options.results or _run(options, Path(home, "out"))
        runs, summary = (pd.read_csv(folder / f"{name}.tsv", sep="\t") for name in ("results", "summary"))
    lines = [*claims(runs), *published(summary)]
    text = report(lines, summary, runs)
    print(text)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "reproduction.md").write_text(text, encoding="utf-8")
    if options.readme:
        _into(options.readme, text)
    return 1 if any(line[-1] is False for line in lines) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help=f"folder that holds {TFBS}")
    parser.add_argument("--results", type=Path, help="folder of an earlier run")
    parser.add_argument("--readme", type=Path, help="file to put the tables into")
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "motiflens",
        "reproduce",
        "all",
        "--data",
        str(options.data / TFBS),
        "-o",
        str(folder),
    ]
    subprocess.run(command, check=True)
    return folder


def claims(runs: pd.DataFrame) -> list[Line]:
    """Return what is asked of our best model on each task, with what it reached; no verdict on what is only shown."""
    ours = dict(list(runs[runs.kind == "ours"].groupby("task")))
    if "noise-1" not in ours and "single" in ours:  # the same sequences, and ours never gets the noise
        ours["noise-1"] = ours["single"]
    lines: list[Line] = []

    def add(task: str, what: str, asked: str, measure: Callable[[pd.DataFrame], tuple[str, bool]]) -> None:
        if task in ours:
            lines.append((task, what, asked, *measure(ours[task])))

    add("single", "fraction of the limit, worst seed", "≥ 0.99", lambda part: _least(part.fraction, 0.99))
    for task, least in (
        ("noise-1", 0.98),
        ("noise-0.8", 0.98),
        ("noise-0.6", 0.98),
        ("multi", 0.99),
        ("promoter", 0.98),
    ):
        add(task, "fraction of the limit, mean", f"≥ {least}", lambda part, least=least: _mean(part.fraction, least))
    add("interaction", "AUROC, mean", "≥ 0.990", lambda part: _mean(part.auroc, 0.990))
    add("interaction", "gaps and order, ACGTG before TGCAT", "10-25", _gaps)
    add("foxo1", "accuracy, mean", "≥ 0.970", lambda part: _mean(part.accuracy, 0.970))
    add("tfbs", "AUROC, mean", "≥ 0.9999", lambda part: _mean(part.auroc, 0.9999))
    for task in ("single", "multi", "interaction", "promoter", "tfbs"):
        add(task, "runs with exactly the planted motifs, nothing else", "all", _whole)
    if "foxo1" in ours:
        lines.append(
            ("foxo1", "runs with exactly the planted motif, nothing else", "-", _whole(ours["foxo1"])[0], None)
        )
    return lines


def _least(values: pd.Series, asked: float) -> tuple[str, bool]:
    return f"{values.min():.4f} ({values.mean():.4f} mean)", bool(values.min() >= asked)


def _mean(values: pd.Series, asked: float) -> tuple[str, bool]:
    return f"{values.mean():.4f} ({values.min():.4f}-{values.max():.4f})", bool(values.mean() >= asked)


def _gaps(part: pd.DataFrame) -> tuple[str, bool]:
    told = part.gaps.fillna("none").value_counts()
    return "; ".join(f"{name}: {n} runs" for name, n in told.items()), set(told.index) == {"ACGTG>TGCAT:10-25"}


def _whole(part: pd.DataFrame) -> tuple[str, bool]:
    amiss = part[["partial", "missed", "duplicates", "spurious"]].notna().any(axis=1)
    return f"{(~amiss).sum()} of {len(part)}", bool((~amiss).all())


def published(summary: pd.DataFrame) -> list[Line]:
    """Return one line on the published figures: how many lie inside or below the range of the same network."""
    cells = pd.concat([summary[f"{name}_verdict"] for name in METRICS]).dropna()
    verdicts = [each for cell in cells for each in cell.split(",")]
    reached = sum(each in ("reproduced", "surpassed") for each in verdicts)
    return [("all", "published figures inside or below the range of the same network", "all",
             f"{reached} of {len(verdicts)}", reached == len(verdicts))]  # fmt: skip


def report(lines: Sequence[Line], summary: pd.DataFrame, runs: pd.DataFrame) -> str:
    """Return both tables as Markdown."""
    n = int(runs.groupby(["task", "network", "kind"]).size().max())
    first = [(*line[:-1], VERDICTS[line[-1]]) for line in lines]
    return "\n".join([
        f"Published teaching systems run again with {n} seeds; what each seed gave is in the command's `results.tsv`.",
        "", *_table(CHECKED, first), "", *_reasons(lines),
        *_table(COMPARED, [_compared(row) for row in summary.to_dict("records")]), "",
    ])  # fmt: skip


def _reasons(lines: Sequence[Line]) -> list[str]:
    """Return what explains a row that is shown and not asked."""
    return [FOXO1, ""] if any(line[0] == "foxo1" and line[-1] is None for line in lines) else []


def _compared(row: dict[str, object]) -> tuple[str, ...]:
    of = {name.removeprefix(f"{row['metric']}_"): value for name, value in row.items()}
    own = f"{_figure(of['mean'])} ({_figure(of['low'])}-{_figure(of['high'])})"
    exact = "-" if pd.isna(row["n_exact_ours"]) else f"{row['n_exact_ours']:.0f} of {row['n_asked_ours']}"
    named = f"{row['system']}: {row['experiment']}, {row['metric']}"
    told, verdict = (
        "-" if pd.isna(of[name]) else str(of[name]).replace(",", ", ") for name in ("published", "verdict")
    )
    return named, told, own, verdict, _figure(of["ours_mean"]), _figure(of["limit"]), exact


def _figure(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.3f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]


def _into(path: Path, text: str) -> None:
    old = path.read_text(encoding="utf-8")
    new = re.sub(f"{START}.*?{END}", lambda _: f"{START}\n{text}\n{END}", old, flags=re.DOTALL)
    path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
