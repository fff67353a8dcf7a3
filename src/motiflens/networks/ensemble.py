"""Train the ensemble of a run: its architecture, its strands, its restarts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from motiflens.networks.architectures import architecture
from motiflens.networks.jobs import Fitted, TrainingOptions
from motiflens.networks.model import TrainedNetwork
from motiflens.networks.training import fit_ensemble
from motiflens.sequences import SequenceSet

_logger = logging.getLogger(__name__)
STRANDS = ("auto", "both", "single")
_FIRST = 2
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ensemble:
    """Networks trained from different starts.

    Attributes
    ----------
    fitted
        The networks with their losses.
    both_strands
        Whether their filters read both strands.
    notes
        How that was decided.
    """

    fitted: tuple[Fitted, ...]
    both_strands: bool
    notes: tuple[str, ...] = ()

    @property
    def networks(self) -> tuple[TrainedNetwork, ...]:
        """The trained networks alone."""
        return tuple(fitted.trained for fitted in self.fitted)


def train_ensemble(
    train: SequenceSet,
    valid: SequenceSet,
    *,
    strands: str = "auto",
    n_networks: int = 4,
    random_state: int,
    threads: int = 1,
    progress: Progress | None = None,
) -> Ensemble:
    """Train ``n_networks`` networks, on both strands or one.

    Parameters
    ----------
    train, valid
        Sequences with labels 0 and 1, of one width.
    strands
        ``both``, ``single`` or ``auto``: two networks of each kind are trained, and reading one
        strand must win clearly on the validation sequences to be chosen.
    progress
        Called with ("training", epochs done, most epochs).
    """
    options = TrainingOptions()
    seeds = [int(seed) for seed in np.random.SeedSequence(random_state).generate_state(n_networks)]
    first = min(_FIRST, n_networks)
    count = _Counter((n_networks + (first if strands == "auto" else 0)) * options.epochs, progress)

    def fit(chosen: Sequence[int], *, both: bool) -> list[Fitted]:
        network = architecture(train.width, both_strands=both)
        return fit_ensemble(network, train, valid, seeds=chosen, options=options, threads=threads, on_epoch=count)

    if strands != "auto":
        result = Ensemble(tuple(fit(seeds, both=strands == "both")), both_strands=strands == "both")
    else:
        both, single = fit(seeds[:first], both=True), fit(seeds[:first], both=False)
        on_one = better_without_reverse(both, single)
        chosen = (single if on_one else both) + fit(seeds[first:], both=not on_one)
        result = Ensemble(tuple(chosen), not on_one, (_decision(both, single, on_one=on_one),))
    count.finish()
    return result


def _decision(both: Sequence[Fitted], single: Sequence[Fitted], *, on_one: bool) -> str:
    losses = [float(np.mean([fitted.valid_losses.mean() for fitted in fits])) for fits in (both, single)]
    note = (
        f"Strands: the networks read {'one strand' if on_one else 'both strands'} "
        f"(validation loss {losses[0]:.3f} reading both, {losses[1]:.3f} reading one)."
    )
    _logger.info(note)
    return note


def better_without_reverse(both: Sequence[Fitted], single: Sequence[Fitted]) -> bool:
    """Tell whether networks that read one strand beat those that read both.

    The losses are paired by validation sequence; one strand must win by more than two
    standard errors of the mean difference, for both strands are the rule in a genome.
    """
    difference = np.mean([fitted.valid_losses for fitted in single], axis=0) - np.mean(
        [fitted.valid_losses for fitted in both], axis=0
    )
    error = difference.std(ddof=1) / np.sqrt(len(difference)) if len(difference) > 1 else np.inf
    return bool(difference.mean() < -2 * error)


class _Counter:
    """Counts epochs, of several threads, towards the most there can be."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress, self._done = total, progress, 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self._done = min(self._done + 1, self._total)
            self._show()

    def finish(self) -> None:
        """Count the epochs that early stopping saved as done."""
        self._done = self._total
        self._show()

    def _show(self) -> None:
        if self._progress is not None:
            self._progress("training", self._done, self._total)
