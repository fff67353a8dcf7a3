"""From single runs to one row an experiment: mean, spread, limit, verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Any

from motiflens.recovery import Recovery
from motiflens.reproduction.experiments import Experiment, Published
from motiflens.results import Evaluation, Limit

AS_PUBLISHED = "as published"
OURS = "ours"
_NEAR_LIMIT = 0.98
ONE_SEED = "not judged: one seed"
TRAINING_CUT = "not judged: training was cut"


@dataclass(frozen=True)
class Run:
    """One network, or ensemble of ours, trained and tested with one seed.

    Attributes
    ----------
    task
        Name of the task.
    network
        Name of the network, with what differs from it.
    kind
        `AS_PUBLISHED` or `OURS`.
    seed
        Of the sequences, their split, and the network.
    n_parameters
        Of one network.
    evaluation
        On the test sequences.
    limit
        The best that any model could do on these very sequences; None where the data cannot tell.
    recovery
        What became of the planted motifs; None where the network's filters are no motifs.
    found
        Consensus of each motif found.
    history
        Columns by name, one entry an epoch.
    extra
        Further figures by name.
    seconds
        Wall-clock time.
    """

    task: str
    network: str
    kind: str
    seed: int
    n_parameters: int
    evaluation: Evaluation
    limit: Limit | None
    recovery: Recovery | None
    found: tuple[str, ...] = ()
    history: Mapping[str, Sequence[float]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = math.nan

    def figure(self, metric: str) -> float:
        """Return ``auroc``, ``auprc`` or ``accuracy`` on the test sequences."""
        return float(getattr(self.evaluation, metric).value)

    def fraction(self) -> float:
        """Return (AUROC - 0.5) / (limit - 0.5) on the same test sequences; NaN without a limit."""
        return math.nan if self.limit is None else self.limit.fraction(self.figure("auroc"))


@dataclass(frozen=True)
class Spread:
    """A figure over the seeds."""

    mean: float
    sd: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Row:
    """An experiment with everything measured on it.

    Attributes
    ----------
    experiment
        What was published.
    runs, ours
        Of the published network, and of our best model on the same sequences.
    cut
        The most epochs that the published network had, where that is fewer than published; else None.
    """

    experiment: Experiment
    runs: tuple[Run, ...]
    ours: tuple[Run, ...]
    cut: int | None = None

    @property
    def metric(self) -> str:
        """The metric that the experiment is judged by."""
        return self.experiment.published[0].metric if self.experiment.published else "auroc"

    def verdicts(self) -> list[tuple[Published, str]]:
        """Tell of each published figure whether the same network, trained as published, gives it."""
        cut = self.cut is not None
        return [(each, verdict(each.value, [run.figure(each.metric) for run in self.runs], cut=cut)) for each in
                self.experiment.published]  # fmt: skip


def spread(values: Iterable[float]) -> Spread:
    """Return mean, standard deviation (NaN for one value) and range."""
    kept = list(values)
    return Spread(fmean(kept), stdev(kept) if len(kept) > 1 else math.nan, min(kept), max(kept), len(kept))


def over(runs: Sequence[Run], figure: Callable[[Run], float]) -> Spread | None:
    """Return a figure over runs; None where no run has it."""
    values = [value for value in map(figure, runs) if not math.isnan(value)]
    return spread(values) if values else None


def limit_over(runs: Sequence[Run], metric: str, *, shift_invariant: bool = False) -> Spread | None:
    """Return the limit on the test sequences over the seeds; None where there is none."""
    limits = [run.limit.shift_invariant if shift_invariant and run.limit else run.limit for run in runs]
    values = [getattr(limit, metric).value for limit in limits if limit is not None]
    return spread(values) if values else None


def verdict(published: float, ours: Sequence[float], *, cut: bool = False) -> str:
    """Tell where a published figure lies in the range of ours over the seeds.

    One seed has no range, and training that was cut is not what was published: neither is judged.

    Examples
    --------
    >>> verdict(0.91, [0.88, 0.95]), verdict(0.7, [0.88, 0.95]), verdict(0.96, [0.88, 0.95])
    ('reproduced', 'surpassed', 'not reached')
    >>> verdict(0.91, []), verdict(0.91, [0.95]), verdict(0.91, [0.88, 0.95], cut=True)
    ('not run', 'not judged: one seed', 'not judged: training was cut')
    """
    known = [value for value in ours if not math.isnan(value)]
    if not known:
        return "not run"
    if len(known) == 1:
        return ONE_SEED
    if cut:
        return TRAINING_CUT
    rounded = 0.5 * 10.0 ** -max(len(f"{published:g}".partition(".")[2]), 3)  # half a unit of the last digit printed
    if published > max(known) + rounded:
        return "not reached"
    return "surpassed" if published < min(known) - rounded else "reproduced"


def n_whole(runs: Sequence[Run]) -> tuple[int, int]:
    """Return in how many runs exactly the planted motifs were found, and in how many that was asked."""
    asked = [run.recovery for run in runs if run.recovery is not None]
    return sum(recovery.whole for recovery in asked), len(asked)


def near_limit(row: Row) -> bool | None:
    """Tell whether our best model comes within 2 % of the limit; None without a limit, or with one seed."""
    fractions = over(row.ours, Run.fraction)
    return None if fractions is None or fractions.n == 1 else fractions.mean >= _NEAR_LIMIT
