"""Means over seeds with intervals, and differences between runs on the same sequences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from scipy.special import stdtrit

from motiflens.report.words import figure
from motiflens.reproduction.summary import ONE_SEED, Run

Figure = Callable[[Run], float]


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its confidence interval; NaN bounds for a single seed."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def judged(self) -> bool:
        """Whether there is an interval: one seed has none, and says nothing of another."""
        return not math.isnan(self.low)

    def above(self, value: float) -> bool:
        """Tell whether the whole interval lies above a value."""
        return self.low > value

    def below(self, value: float) -> bool:
        """Tell whether the whole interval lies below a value."""
        return self.high < value

    def in_words(self, *, signed: bool = False) -> str:
        """Return the mean with its interval.

        Examples
        --------
        >>> Estimate(0.0031, -0.002, 0.0082, 10).in_words()
        '0.003 (95% interval −0.002 to 0.008)'
        >>> Estimate(0.25, math.nan, math.nan, 1).in_words(signed=True)
        '+0.250 (not judged: one seed)'
        """
        mean = f"+{figure(self.mean, 3)}" if signed and round(self.mean, 3) > 0 else figure(self.mean, 3)
        if not self.judged:
            return f"{mean} ({ONE_SEED})"
        return f"{mean} (95% interval {figure(self.low, 3)} to {figure(self.high, 3)})"


def estimate(values: Iterable[float], *, n_asked: int = 1) -> Estimate | None:
    """Return the mean with its interval by Student's t; None where there is no value.

    Parameters
    ----------
    values
        One a seed; NaN ones are left out.
    n_asked
        Intervals that are read together, >= 1: each is so wide that all hold with 95 % confidence
        (Bonferroni). Default 1.

    Examples
    --------
    >>> estimate([1.0, 2.0, 3.0]).in_words()
    '2.000 (95% interval −0.484 to 4.484)'
    """
    kept = [value for value in values if not math.isnan(value)]
    if not kept:
        return None
    mean, n = fmean(kept), len(kept)
    if n == 1:
        return Estimate(mean, math.nan, math.nan, n)
    half = float(stdtrit(n - 1, 1 - 0.025 / n_asked)) * stdev(kept) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def differences(first: Sequence[Run], second: Sequence[Run], figure: Figure) -> dict[int, float]:
    """Return how much more the first has of a figure than the second, by the seeds that both have."""
    others = {run.seed: figure(run) for run in second}
    return {run.seed: figure(run) - others[run.seed] for run in first if run.seed in others}


def paired(first: Sequence[Run], second: Sequence[Run], figure: Figure, *, n_asked: int = 1) -> Estimate | None:
    """Return the mean difference of a figure between runs of the same seeds; None without a common seed.

    Runs of one seed share their sequences, so what the draw of these does to both cancels.
    """
    return estimate(differences(first, second, figure).values(), n_asked=n_asked)


def metric(name: str) -> Figure:
    """Return the figure ``auroc``, ``auprc`` or ``accuracy`` of a run."""
    return lambda run: run.figure(name)


def limit(name: str, *, shift_invariant: bool = False) -> Figure:
    """Return the limit of a figure on a run's own test sequences; NaN where there is none."""

    def of(run: Run) -> float:
        best = run.limit.shift_invariant if shift_invariant and run.limit else run.limit
        return math.nan if best is None else float(getattr(best, name).value)

    return of


def gain(name: str, *, shift_invariant: bool = False) -> Figure:
    """Return by how much a run passes the limit of a figure; NaN where there is none."""
    best, own = limit(name, shift_invariant=shift_invariant), metric(name)
    return lambda run: own(run) - best(run)
