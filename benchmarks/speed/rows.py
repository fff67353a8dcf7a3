"""What a row of the table is, and how two sides are timed against each other."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from types import ModuleType
from typing import Any

Seconds = Mapping[str, Sequence[float]]
PASS, FAIL, NOT_RUN = "PASS", "FAIL", "not run"


class CannotRunError(Exception):
    """A row, or one side of it, cannot run here; the message says why."""


@dataclass(frozen=True)
class Settings:
    """How the rows are run.

    Attributes
    ----------
    data
        Folder of the data sets, or None.
    made
        Folder for input files that are made.
    threads
        Threads for either side.
    repeats
        Timed rounds of a row, or None for the row's own number.
    """

    data: Path | None
    made: Path
    threads: int = 2
    repeats: int | None = None

    def rounds(self, usual: int) -> int:
        """Return the number of timed rounds of a row that usually takes ``usual``."""
        return self.repeats or usual

    def file(self, name: str) -> Path:
        """Return the path of a data file.

        Raises
        ------
        CannotRunError
            When there is no folder of data, or not this file in it.
        """
        if self.data is None or not (self.data / name).is_file():
            raise CannotRunError(f"needs {name} in the folder given with --data")
        return self.data / name


@dataclass(frozen=True)
class Result:
    """One line of the table, every cell as it is shown.

    Attributes
    ----------
    row, work, peer
        The row's name, what is done, and who or what it is compared with.
    target, measured
        What is asked, and what was seen with its spread.
    ours, theirs
        Median time of either side.
    verdict
        `PASS`, `FAIL` or `NOT_RUN`.
    note
        What else there is to know; why it was not run.
    """

    row: str
    work: str
    peer: str
    target: str
    measured: str = ""
    ours: str = ""
    theirs: str = ""
    verdict: str = NOT_RUN
    note: str = ""


@dataclass(frozen=True)
class Ratio:
    """Ratio of the medians of two sides, with the quartiles of the ratios of each round."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
        """Compare paired times: ``theirs[i]`` and ``ours[i]`` come from one round.

        Examples
        --------
        >>> Ratio.of([20, 30, 40], [2, 2, 2])
        Ratio(value=15.0, low=12.5, high=17.5)
        """
        pairs = [a / b for a, b in zip(theirs, ours, strict=True)]
        low, _, high = quantiles(pairs, n=4, method="inclusive") if len(pairs) > 1 else pairs * 3
        return cls(median(theirs) / median(ours), low, high)

    def __str__(self) -> str:
        return f"{self.value:.3g}x ({self.low:.3g}-{self.high:.3g})"


def alternate(
    sides: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Run every side once to warm up, then all sides in turn, ``rounds`` times; return seconds by side.

    Times of one round were taken one after the other, so that what else the machine does
    meets all sides alike.
    """
    for work in sides.values():
        work()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, work in sides.items():
            started = clock()
            work()
            seconds[name].append(clock() - started)
    return seconds


def compared(
    pending: Result, ours: Sequence[float], theirs: Sequence[float], at_least: float, *, note: str = ""
) -> Result:
    """Fill a line with the ratio of paired times in seconds and the verdict against ``at_least``."""
    ratio = Ratio.of(theirs, ours)
    verdict = PASS if ratio.value >= at_least else FAIL
    times = {"ours": duration(median(ours)), "theirs": duration(median(theirs))}
    return replace(pending, measured=str(ratio), **times, verdict=verdict, note=note)


def within(pending: Result, seconds: Sequence[float], at_most: float, *, note: str = "") -> Result:
    """Fill a line with the median and quartiles of times and the verdict against ``at_most``."""
    spread = Ratio.of(seconds, [1.0] * len(seconds))
    text = f"{spread.value:.3g} s ({spread.low:.3g}-{spread.high:.3g})"
    return replace(pending, measured=text, verdict=PASS if spread.value <= at_most else FAIL, note=note)


def not_run(pending: Result, why: object) -> Result:
    """Return a line that says why there is no figure."""
    return replace(pending, verdict=NOT_RUN, note=str(why))


def duration(seconds: float) -> str:
    """Return a time in ms, three digits.

    Examples
    --------
    >>> duration(0.01234), duration(12.34567)
    ('12.3 ms', '12346 ms')
    """
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{1000 * seconds:.0f} ms"


def peer(*modules: str) -> list[ModuleType]:
    """Import the modules of a peer.

    Raises
    ------
    CannotRunError
        When one is not installed.
    """
    try:
        return [importlib.import_module(name) for name in modules]
    except ModuleNotFoundError as error:
        raise CannotRunError(f"{error.name} is not installed; see requirements-performance.txt") from None


def ours(module: str, name: str) -> Any:
    """Return a function of motiflens.

    Raises
    ------
    CannotRunError
        When this version has none of that name.
    """
    try:
        return getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError):
        raise CannotRunError(f"motiflens has no {module}.{name} yet") from None


def check_equal(what: str, difference: float, tolerance: float) -> None:
    """Refuse a comparison of sides that do not compute the same.

    Raises
    ------
    CannotRunError
        When they differ by more than the tolerance.
    """
    if not difference <= tolerance:
        raise CannotRunError(f"the sides do not agree: {what} differ by {difference:.2g}, above {tolerance:g}")


def check_falling(losses: Mapping[str, Iterable[float]]) -> str:
    """Return the first and last loss of each side as text; every side's must have fallen.

    Raises
    ------
    CannotRunError
        When one has not.
    """
    texts = []
    for side, values in losses.items():
        all_ = list(values)
        if not all_[-1] < all_[0]:
            raise CannotRunError(f"the loss of {side} does not fall: {all_[0]:.4f} to {all_[-1]:.4f}")
        texts.append(f"{side} {all_[0]:.3f} to {all_[-1]:.3f}")
    return "loss " + ", ".join(texts)
