"""Train the ensemble of a run: its architecture, its strands, its restarts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from motiflens.alphabet import UNKNOWN
from motiflens.networks.architectures import architecture
from motiflens.networks.jobs import Fitted, TrainingOptions
from motiflens.networks.model import TrainedNetwork, mean_logits
from motiflens.networks.training import fit_ensemble
from motiflens.sequences import SequenceSet

_logger = logging.getLogger(__name__)
STRANDS = ("auto", "both", "single")
_FIRST = 2
_DIRECTED = 4.0
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
        ``both``, ``single`` or ``auto``: two networks of each kind are trained. One strand is read when it has the
        lower loss on the validation sequences and these have a `direction`, by four standard errors.
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
        on_one, note = _decision(both, single, valid)
        chosen = (single if on_one else both) + fit(seeds[first:], both=not on_one)
        result = Ensemble(tuple(chosen), not on_one, (note,))
    count.finish()
    return result


def _decision(both: Sequence[Fitted], single: Sequence[Fitted], valid: SequenceSet) -> tuple[bool, str]:
    """Return whether one strand is read, and why."""
    of_both, of_one = (float(np.mean([fitted.valid_losses for fitted in fits])) for fits in (both, single))
    directed = direction(single, valid)
    on_one = of_one < of_both and directed > _DIRECTED
    note = (
        f"Strands: the networks read {'one strand' if on_one else 'both strands'} (validation loss {of_both:.3f} "
        f"reading both, {of_one:.3f} reading one; {directed:.1f} standard errors worse with the sequences turned over)."
    )
    _logger.info(note)
    return on_one, note


def direction(single: Sequence[Fitted], valid: SequenceSet) -> float:
    """Return how much more networks that read one strand lose when every sequence is turned over, in standard errors.

    Where a site may lie on either strand, a sequence is as likely as what it is turned over, and loses as much;
    no choice of networks changes that. 0 for one sequence, and where all lose the same.

    Parameters
    ----------
    single
        Networks that read one strand.
    valid
        Sequences with labels 0 and 1 that they were not trained on.
    """
    sign = np.where(valid.positive, -1.0, 1.0)
    networks = [fitted.trained for fitted in single]
    as_given, turned = (
        np.logaddexp(0, sign * mean_logits(networks, each)[:, 0]) for each in (valid, turned_over(valid))
    )
    lost = turned - as_given
    error = lost.std(ddof=1) / np.sqrt(len(lost)) if len(lost) > 1 else 0.0
    return float(lost.mean() / error) if error > 0 else 0.0


def turned_over(sequences: SequenceSet) -> SequenceSet:
    """Return the other strand of every sequence, in the columns that the sequence has."""
    columns, start, end = np.arange(sequences.width), sequences.spans[:, :1], sequences.spans[:, 1:]
    source = np.where((columns >= start) & (columns < end), start + end - 1 - columns, columns)
    read = np.take_along_axis(sequences.codes, source, axis=1)
    return replace(sequences, codes=np.where(read < UNKNOWN, 3 - read, read).astype(np.uint8), planted=None)


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
