"""`Answer`, and the words that answers share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from motiflens.recovery import Recovery
from motiflens.report.words import listing
from motiflens.reproduction.summary import Row, Run

AS_PUBLISHED_IN_WORDS = "the published network"
OURS_IN_WORDS = "our best model"
FATES = ("exactly, nothing else", "exactly, and more", "in part", "not at all")


@dataclass(frozen=True)
class Table:
    """Rows of text below an answer, the first cell of each its name."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Answer:
    """What the runs say to a question.

    Attributes
    ----------
    question
        As the published system asks it.
    sentences
        The answer; each holds for these runs.
    tables
        What it rests on.
    """

    question: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()


def rows_of(rows: Iterable[Row], task: str) -> list[Row]:
    """Return the rows whose sequences come from a simulated task."""
    return [row for row in rows if row.experiment.task.dials.get("task") == task]


def kinds(row: Row) -> list[tuple[str, tuple[Run, ...]]]:
    """Return the published network's runs and ours, each with a name in words; none that is empty."""
    named = ((AS_PUBLISHED_IN_WORDS, row.runs), (OURS_IN_WORDS, row.ours))
    return [(name, runs) for name, runs in named if runs]


def shared_kinds(first: Row, second: Row) -> list[tuple[str, tuple[Run, ...], tuple[Run, ...]]]:
    """Return the runs of both rows for each kind of network that both have."""
    others = dict(kinds(second))
    return [(name, runs, others[name]) for name, runs in kinds(first) if name in others]


def first_upper(text: str) -> str:
    """Return a sentence with a capital.

    Examples
    --------
    >>> first_upper("our best model")
    'Our best model'
    """
    return text[:1].upper() + text[1:]


def many(count: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> many(1, "seed"), many(10, "seed")
    ('1 seed', '10 seeds')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def published_in_words(value: float) -> str:
    """Return a published figure with the digits that it was published with, three at least.

    Examples
    --------
    >>> published_in_words(0.92), published_in_words(0.9106)
    ('0.920', '0.9106')
    """
    return f"{value:.{max(len(f'{value:g}'.partition('.')[2]), 3)}f}"


def list_in_words(parts: Sequence[str]) -> str:
    """Return parts joined for a sentence; those that hold commas themselves by semicolons."""
    return "; ".join(parts) if any("," in part for part in parts) else listing(parts)


def dicts(run: Run, name: str) -> list[Mapping[str, Any]]:
    """Return a list of records from a run's further figures; empty where there is none."""
    held = run.extra.get(name) or []
    held = [held] if isinstance(held, Mapping) else held
    return [each for each in held if isinstance(each, Mapping)] if isinstance(held, Sequence) else []


def distinct_runs(rows: Iterable[Row]) -> list[tuple[str, str, tuple[Run, ...]]]:
    """Return the runs that were asked for motifs, once each: about what, of which network, the runs.

    Experiments on the same sequences share the runs of our best model.
    """
    found: dict[tuple[str, str], tuple[Run, ...]] = {}
    rows = list(rows)
    n_sharing = Counter(row.experiment.task.name for row in rows)
    for row in rows:
        for name, runs in kinds(row):
            asked = tuple(run for run in runs if run.recovery is not None)
            shared = name == OURS_IN_WORDS and n_sharing[row.experiment.task.name] > 1
            about = row.experiment.task.title if shared else row.experiment.name
            if asked:
                found.setdefault((about, name), asked)
    return [(about, name, runs) for (about, name), runs in found.items()]


def fate(recovery: Recovery) -> str:
    """Return which of `FATES` the planted motifs of a run had."""
    if recovery.whole:
        return FATES[0]
    if not recovery.partial and not recovery.missed:
        return FATES[1]
    return FATES[2] if recovery.exact or recovery.partial else FATES[3]


def fate_counts(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return in how many runs the planted motifs had each of `FATES`."""
    fates = [fate(run.recovery) for run in runs if run.recovery is not None]
    return tuple(str(fates.count(each)) for each in FATES)
