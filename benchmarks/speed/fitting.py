"""Whole fits in fresh processes: the estimator against Keras, and growth with the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median

from speed.processes import fresh
from speed.rows import (
    FAIL,
    PASS,
    CannotRunError,
    Result,
    Settings,
    check_falling,
    compared,
    duration,
    not_run,
    ours,
    peer,
)
from speed.tasks import DEEPBIND, random_set

EPOCHS = 10
SIZES = {10_000: 20, 100_000: 5, 1_000_000: 2}  # sequences, and epochs that are timed
LENGTH, BATCH = 200, 128
TIME_PER_SEQUENCE, PEAK_BYTES = 1.15, 1e9


def fit_rows(settings: Settings) -> list[Result]:
    """Time the estimator and Keras in turn, each from the first import to the end of its fit."""
    work = f"{EPOCHS} epochs of {DEEPBIND.text}, fresh process"
    pending = [Result("fit-estimator", f"{work}: {part}", "Keras", ">= 10x")
               for part in ("from import to the end of fit", "fit alone")]  # fmt: skip
    try:
        peer("keras", "tensorflow")
        ours("motiflens", "MotifClassifier")
        path = sequence_file(settings.made)
        common = {"path": path, "epochs": EPOCHS, "batch": DEEPBIND.batch}
        pairs = [
            (fresh("fit_ours", **common)[1], fresh("fit_keras", **common, threads=settings.threads)[1])
            for _ in range(settings.rounds(5) + 1)
        ][1:]
        note = f"compiled before; {check_falling({'Keras': pairs[-1][1]['losses']})}"
    except CannotRunError as error:
        return [not_run(each, error) for each in pending]
    return [
        compared(each, [mine[key] for mine, _ in pairs], [theirs[key] for _, theirs in pairs], 10, note=note)
        for each, key in zip(pending, ("whole", "fit"), strict=True)
    ]


def sequence_file(folder: Path) -> Path:
    """Write the sequences of the DeepBind task with their labels, a line each, and return the file."""
    sequences = random_set(DEEPBIND.n, DEEPBIND.network.length)
    path = folder / "deepbind.tsv"
    lines = (
        f"{text}\t{label}\n" for text, label in zip(sequences.strings(), sequences.positive.astype(int), strict=True)
    )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))
    return path


def growth_rows(settings: Settings) -> list[Result]:
    """Train on more and more sequences: time a sequence and peak memory, each in a fresh process."""
    work = f"training 16 x 5 on {LENGTH} bp, batch {BATCH}"
    time_row = Result("growth", f"{work}: time a sequence, most of all sizes", "its own at 10k", "<= 1.15x")
    peak_row = Result("growth", f"{work}: peak memory at 1M", "", "<= 1 GB")
    seconds: dict[int, list[float]] = {n: [] for n in SIZES}
    peaks: dict[int, list[float]] = {n: [] for n in SIZES}
    common = {"length": LENGTH, "batch": BATCH, "threads": settings.threads}
    for _ in range(settings.rounds(3)):
        for n, epochs in SIZES.items():
            _, figures = fresh("grow", n=n, epochs=epochs, **common)
            seconds[n].append(figures["epoch"])
            peaks[n].append(figures["peak_bytes"])
    return [_linear(time_row, seconds), _peak(peak_row, peaks)]


def _linear(pending: Result, seconds: dict[int, list[float]]) -> Result:
    first, *others = (median(values) / n for n, values in seconds.items())
    most = max(other / first for other in others)
    note = ", ".join(f"{n} sequences {duration(median(values))} an epoch" for n, values in seconds.items())
    verdict = PASS if most <= TIME_PER_SEQUENCE else FAIL
    return replace(pending, measured=f"{most:.2f}x", verdict=verdict, note=note)


def _peak(pending: Result, peaks: dict[int, list[float]]) -> Result:
    most = max(peaks[max(peaks)])
    note = ", ".join(f"{n} sequences {max(values) / 1e9:.2f} GB" for n, values in peaks.items())
    verdict = PASS if most <= PEAK_BYTES else FAIL
    return replace(pending, measured=f"{most / 1e9:.2f} GB", verdict=verdict, note=note)
