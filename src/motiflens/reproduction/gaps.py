"""At which distances a network takes two motifs for a positive, from the profiles that its runs keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from motiflens.reproduction.summary import Row, Run
from motiflens.reproduction.wording import dicts, many


def gaps_in_words(row: Row) -> list[str]:
    """Tell the gaps at which our best model says positive, in the planted order and in the other."""
    dials = row.experiment.task.dials
    if not {"motifs", "min_gap", "max_gap"} <= dials.keys():
        return []
    first, second = map(str, dials["motifs"])
    planted, reverse = (_ranges(row.ours, pair) for pair in ((first, second), (second, first)))
    sentences = []
    if planted:
        own = f"gaps of {dials['min_gap']} to {dials['max_gap']}"
        clearly = "positive clearly, with a logit above half of its largest, at"
        sentences.append(
            f"Shown the two motifs alone, {first} before {second}, our best model says {clearly} {_told(planted)}; "
            f"planted are {own}."
        )
    if reverse:
        sentences.append(f"With {second} before {first} it does so at {_told(reverse)}.")
    return sentences


def gap_curves(runs: Sequence[Run], pair: tuple[str, str]) -> npt.NDArray[np.float64]:
    """Return mean, lowest and highest logit by gap, ``(n_gaps, 3)``, over the runs that tell of a pair.

    Where a run's motif is longer than the planted word, gaps are counted from the word; NaN at those
    that a run cannot tell.
    """
    shifted = [(_shift(each, pair), np.asarray(each.get("logits", ()), dtype=np.float64))
               for run in runs for each in _profiles(run, pair)]  # fmt: skip
    if not shifted:
        return np.empty((0, 3))
    n_gaps = min(shift + len(logits) for shift, logits in shifted)
    lined = np.full((len(shifted), n_gaps), np.nan)
    for line, (shift, logits) in zip(lined, shifted, strict=True):
        line[shift:] = logits[: n_gaps - shift]
    return np.stack([lined.mean(axis=0), lined.min(axis=0), lined.max(axis=0)], axis=1)


def _profiles(run: Run, pair: tuple[str, str]) -> list[Mapping[str, Any]]:
    return [each for each in dicts(run, "gaps") if pair[0] in str(each.get("first")) and pair[1] in
            str(each.get("second"))][:1]  # fmt: skip


def _shift(profile: Mapping[str, Any], pair: tuple[str, str]) -> int:
    """Return how many bases of the two motifs lie between the planted words."""
    first, second = str(profile["first"]), str(profile["second"])
    return len(first) - first.index(pair[0]) - len(pair[0]) + second.index(pair[1])


def _ranges(runs: Sequence[Run], pair: tuple[str, str]) -> Counter[tuple[int, int] | None]:
    """Count the stretches of gaps that runs call positive, None for no gap at all."""
    found: Counter[tuple[int, int] | None] = Counter()
    for run in runs:
        for each in _profiles(run, pair):
            shift, low, high = _shift(each, pair), each.get("from"), each.get("to")
            found[None if low is None or high is None else (low + shift, high + shift)] += 1
    return found


def _told(ranges: Counter[tuple[int, int] | None]) -> str:
    total = sum(ranges.values())
    parts = [f"{'no gap' if ends is None else f'gaps of {ends[0]} to {ends[1]}'} in {count}"
             for ends, count in ranges.most_common()]  # fmt: skip
    return f"{', '.join(parts)} of {many(total, 'run')}"
