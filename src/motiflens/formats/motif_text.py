"""What every motif format needs: numbered lines, numbers with their place, a stream to write to."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NoReturn, TextIO

import numpy as np
import numpy.typing as npt

from motiflens.errors import InputError, OutputError
from motiflens.motifs import UNIFORM, Matrix, Motif

_SEQUENCE = re.compile(r"[A-Za-z*.-]{8,}$")
Destination = str | Path | TextIO
Background = tuple[float, float, float, float]

DEFAULT_SITES = 20.0
MOST_SITES = 1e15
"""Most sites that a motif may have, and the largest count: up to it, whole numbers of float64 are exact."""
_ROW_SUM_TOLERANCE = 0.02
_ENDINGS = re.compile(r"\.(txt|tsv|csv|pfm|pwm|ppm|pcm|cm|mat|matrix|motif|jaspar)$", re.IGNORECASE)


@dataclass(frozen=True)
class MotifText:
    """The lines of a motif file, stripped, and the name that errors give it."""

    lines: tuple[str, ...]
    source: str

    @property
    def stem(self) -> str:
        """Name for a motif without one: that of its file, up to the ending of a motif file."""
        name = PurePath(self.source).name.removesuffix(".gz")
        return "motif" if self.source.startswith("<") else _ENDINGS.sub("", name) or name

    def fail(self, index: int, message: str) -> NoReturn:
        """Raise an `InputError` that points at line ``index`` (0-based)."""
        msg = f"{self.source}:{index + 1}: {message}"
        raise InputError(msg)

    def numbers(self, index: int, words: Sequence[str]) -> list[float]:
        """Return the words of line ``index`` as finite numbers >= 0, at most `MOST_SITES`."""
        try:
            values = [float(word) for word in words]
        except ValueError:
            hint = " This looks like a sequence: give a motif file." if _SEQUENCE.match(self.lines[index]) else ""
            self.fail(index, f"expected numbers. Got {shorten(self.lines[index])!r}.{hint}")
        if not all(0 <= value < float("inf") for value in values):
            self.fail(index, f"expected finite numbers >= 0. Got {shorten(self.lines[index])!r}.")
        if max(values, default=0.0) > MOST_SITES:
            self.fail(index, f"expected numbers of at most {MOST_SITES:g}. Got {shorten(self.lines[index])!r}.")
        return values

    def probabilities(self, index: int) -> list[float]:
        """Return line ``index`` as four probabilities, which may miss a sum of 1 by what rounding does."""
        row = self.numbers(index, self.lines[index].split())
        if len(row) != 4 or abs(sum(row) - 1) > _ROW_SUM_TOLERANCE:
            self.fail(index, f"expected 4 probabilities that sum to 1. Got {shorten(self.lines[index])!r}.")
        return row

    def n_sites(self, index: int, key: str, word: str) -> float:
        """Return the number of sites that line ``index`` gives after ``key``; 0 stands for an unknown number."""
        number = as_float(word)
        if number is None or not 0 <= number <= MOST_SITES:
            self.fail(
                index,
                f"expected a number of sites from 0 (unknown) to {MOST_SITES:g} after {key}. Got {shorten(word)!r}.",
            )
        return number or DEFAULT_SITES

    def motif(self, index: int, counts: Matrix, name: str, alternate_name: str = "") -> Motif:
        """Build a motif from a ``(4, width)`` matrix of counts or probabilities begun on line ``index``."""
        totals = counts.sum(axis=0)
        if not totals.size or totals.min() <= 0:
            self.fail(index, f"motif {name!r} must have a positive total in every position. Remove the empty ones.")
        n_sites = float(totals.max())
        if n_sites > MOST_SITES:
            self.fail(index, f"motif {name!r} must have a total of at most {MOST_SITES:g} sites. Got {n_sites:g}.")
        return Motif(
            counts / totals, name, alternate_name, UNIFORM, n_sites if is_count(n_sites) else DEFAULT_SITES
        )  # fmt: skip


def as_float(word: str) -> float | None:
    """Return the number that a word is, which may be infinite or NaN, or None when it is none."""
    try:
        return float(word)
    except ValueError:
        return None


def is_count(total: float) -> bool:
    """Tell a column of counts from one of probabilities by its total."""
    return total > 1.05


def shorten(text: str) -> str:
    """Cut a line to a length that an error message can quote."""
    return text if len(text) <= 60 else text[:57] + "..."


def one_word(text: str) -> str:
    """Join the words of a name with underscores, for formats whose names hold no space."""
    return "_".join(text.split())


def rounded_distribution(values: Sequence[float] | npt.NDArray[np.float64], decimals: int = 6) -> list[str]:
    """Write probabilities with some decimals so that the written numbers sum to exactly 1.

    The units lost by rounding down go to the largest remainders, first base first.

    Examples
    --------
    >>> rounded_distribution([1 / 3, 1 / 3, 1 / 3, 0.0])
    ['0.333334', '0.333333', '0.333333', '0.000000']
    """
    unit = 10**decimals
    scaled = np.round(np.asarray(values, dtype=np.float64) / np.sum(values) * unit, 3)
    units = np.floor(scaled).astype(np.int64)
    lost = unit - int(units.sum())
    units[np.argsort(units - scaled, kind="stable")[:lost]] += 1
    return [f"{number / unit:.{decimals}f}" for number in units]


@contextlib.contextmanager
def text_output(destination: Destination) -> Iterator[TextIO]:
    """Give a stream as it is, or open a path for UTF-8 text with Unix line ends.

    Raises
    ------
    OutputError
        When the path cannot be written.
    """
    if not isinstance(destination, str | Path):
        yield destination
        return
    try:
        with Path(destination).open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
    except OSError as error:
        msg = f"Cannot write motifs to {destination}: {error.strerror}. Choose a folder that exists and is writable."
        raise OutputError(msg) from error
