"""Train the ensemble of a run: its architecture, its strands, its restarts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN
from motiflens.networks.architectures import architecture
from motiflens.networks.jobs import Fitted, TrainingOptions
from motiflens.networks.model import TrainedNetwork, mean_logits
from motiflens.networks.training import fit_ensemble
from motiflens.sequences import SequenceSet

_logger = logging.getLogger(__name__)
STRANDS = ("auto", "both", "single")
_FIRST = 2
_BETTER, _ASYMMETRIC = 1.0, 4.0
"""Standard errors."""
_FEWEST = 20
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
        ``both``, ``single`` or ``auto``: two networks of each kind are trained. One strand is read when that loses
        less on the validation sequences, by a standard error, and these have a `strand_asymmetry` of four.
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
    of_both, of_one = (np.mean([fitted.valid_losses for fitted in fits], axis=0) for fits in (both, single))
    asymmetry = strand_asymmetry(single, valid)
    on_one = in_standard_errors(of_both - of_one) > _BETTER and asymmetry > _ASYMMETRIC
    read = "one strand" if on_one else "both strands"
    note = (
        f"Strands: the networks read {read} (validation loss {of_both.mean():.3f} reading both and "
        f"{of_one.mean():.3f} reading one; turned over, the sequences cost the latter "
        f"{max(asymmetry, 0):.1f} standard errors more)."
    )
    _logger.info(note)
    return on_one, note


def strand_asymmetry(single: Sequence[Fitted], valid: SequenceSet) -> float:
    """Return how much more networks that read one strand lose when every sequence is turned over, in standard errors.

    Where a site may lie on either strand, and about the middle, a sequence is as likely as the same turned over:
    the rest is chance, whatever the networks. What lies at another place is missed there as well.

    Parameters
    ----------
    single
        Networks that read one strand.
    valid
        Sequences with labels 0 and 1 that they were not trained on.
    """
    return in_standard_errors(_losses(single, reverse_complemented(valid)) - _losses(single, valid))


def in_standard_errors(differences: npt.NDArray[np.float64]) -> float:
    """Return the mean of ``(n,)`` paired differences over its standard error; 0 for fewer than 20, or all alike.

    Examples
    --------
    >>> in_standard_errors(np.tile([1.0, 3.0], 50)).__round__(3)
    19.9
    """
    if len(differences) < _FEWEST:
        return 0.0
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return float(differences.mean() / error) if error > 0 else 0.0


def _losses(fits: Sequence[Fitted], sequences: SequenceSet) -> npt.NDArray[np.float64]:
    """Return ``(n,)`` cross-entropy of networks together."""
    logits = mean_logits([fitted.trained for fitted in fits], sequences)[:, 0]
    return np.asarray(np.logaddexp(0, np.where(sequences.positive, -logits, logits)))


def reverse_complemented(sequences: SequenceSet) -> SequenceSet:
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
