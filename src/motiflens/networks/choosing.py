"""Choose a network on validation evidence: the simplest that none is clearly better than.

It begins with the simplest network and goes through a list of steps, each of which changes one thing:
another filter width, one strand, knowledge of positions, a network of another kind. What a step gives
is trained on the same sequences and compared with the holder of the moment by the losses of the same
validation sequences, paired; it takes the place only where it wins beyond chance. Test sequences are
never looked at. The idea is that of the one-standard-error rule (Breiman et al. 1984, Classification
and Regression Trees, 3.4.3), with a paired test in place of the standard error.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from motiflens.errors import ParameterError
from motiflens.networks.examples import Examples, Floats
from motiflens.networks.jobs import Fitted, Job, TrainingOptions
from motiflens.networks.model import FilterNetwork
from motiflens.networks.training import OnEpoch, fit_jobs

_logger = logging.getLogger(__name__)
ERROR_RATE = 0.01
_FEWEST = 30
"""Validation sequences, by weight, that a comparison needs: means of fewer losses are not near normal."""
_N_FILTERS = 128
_NARROW, _WIDE = 8, 20
_STRETCHES = 9
_OPTIONS = TrainingOptions(epochs=60, patience=8, dropout=0.2)
"""Trained for longer than an ensemble that yields motifs, so that no step wins for being trained better."""


class WithLosses(Protocol):
    """A trained network that knows the loss of each validation sequence, such as a `Fitted`."""

    @property
    def valid_losses(self) -> Floats:
        """``(n_valid,)``, in the same order for every network."""


_Fit = TypeVar("_Fit", bound=WithLosses)


@dataclass(frozen=True)
class Candidate:
    """A network that may be chosen.

    Attributes
    ----------
    network
        The architecture: a `FilterNetwork`, or of another kind where the trainer knows it.
    options
        How it is trained.
    """

    network: object
    options: TrainingOptions


@dataclass(frozen=True)
class Step:
    """One change, from the candidate that holds the place to one that may take it.

    Attributes
    ----------
    name
        What the change gives, in words, such as ``one strand``.
    change
        Returns the new candidate, or None where the change does not apply.
    """

    name: str
    change: Callable[[Candidate], Candidate | None]


Trainer = Callable[[Candidate], Sequence[_Fit]]


@dataclass(frozen=True)
class Comparison:
    """A step with its evidence.

    Attributes
    ----------
    name
        Of the step.
    loss, holder_loss
        Mean validation losses of what the step gives and of the network that held the place.
    error
        Standard error of their difference, from the paired losses.
    pvalue
        Of a difference as far below 0 by chance, one-sided.
    taken
        Whether the step was taken: the p-value is at most the error rate over the number of steps.
    """

    name: str
    loss: float
    holder_loss: float
    error: float
    pvalue: float
    taken: bool


@dataclass(frozen=True)
class Choice(Generic[_Fit]):
    """The network that was chosen, and why.

    Attributes
    ----------
    candidate
        The chosen network.
    fits
        Its trained networks.
    comparisons
        The steps that were tried, in order.
    error_rate
        The chance, at most, that any step is taken that is no better than what it replaces.
    """

    candidate: Candidate
    fits: tuple[_Fit, ...]
    comparisons: tuple[Comparison, ...]
    error_rate: float

    @property
    def notes(self) -> tuple[str, ...]:
        """A line a step, and one on the error rate, for a reader."""
        lines = [
            f"{step.name}: validation loss {step.loss:.4f} instead of {step.holder_loss:.4f} "
            f"(p {step.pvalue:.2g}); {'taken' if step.taken else 'not taken, it is not clearly better'}."
            for step in self.comparisons
        ]
        return (*lines, f"The chance that a step which is no better was taken is at most about {self.error_rate:g}.")


def choose_network(
    first: Candidate,
    steps: Sequence[Step],
    train: Trainer[_Fit],
    *,
    weights: npt.ArrayLike | None = None,
    error_rate: float = ERROR_RATE,
) -> Choice[_Fit]:
    """Train a network and what each step makes of it, and choose one on validation evidence.

    Parameters
    ----------
    first
        The simplest candidate; `simplest` makes the usual one.
    steps
        Changes, simple ones first; `filter_steps` makes the usual ones.
    train
        Trains a candidate, from one or several starts, on training sequences, and measures the losses
        of the same validation sequences every time; `compiled_trainer` makes the usual one.
    weights
        ``(n_valid,)`` how much each validation sequence counts, >= 0. By default all count the same.
    error_rate
        Chance, in (0, 1), that any needless step is taken; shared evenly between the steps
        (Bonferroni). Default 0.01. The validation sequences also stop the training, so it holds
        about, not exactly.

    Returns
    -------
    choice
        The candidate, its trained networks and the evidence at each step.

    Raises
    ------
    ParameterError
        When ``error_rate`` is out of range, or losses and weights do not fit each other.
    """
    if not 0 < error_rate < 1:
        msg = f"error_rate must be above 0 and below 1. Got {error_rate}."
        raise ParameterError(msg)
    holder, fits, comparisons = first, tuple(train(first)), list[Comparison]()
    losses = _mean_losses(fits)
    share = _shares(weights, len(losses))
    for step in steps:
        challenger = step.change(holder)
        if challenger is None or challenger == holder:
            continue
        tried = tuple(train(challenger))
        new = _mean_losses(tried)
        comparison = _compared(step.name, new, losses, share, level=error_rate / len(steps))
        comparisons.append(comparison)
        _logger.info("%s: p %.2g, %s.", step.name, comparison.pvalue, "taken" if comparison.taken else "not taken")
        if comparison.taken:
            holder, fits, losses = challenger, tried, new
    return Choice(holder, fits, tuple(comparisons), error_rate)


def compiled_trainer(
    train: Examples, valid: Examples, *, seeds: Sequence[int], threads: int = 1, on_epoch: OnEpoch | None = None
) -> Trainer[Fitted]:
    """Return a trainer of networks of one convolution, one network a seed, by the compiled loops.

    Parameters
    ----------
    train, valid
        The examples to learn from, and those that stop the training and choose.
    seeds
        At least one; two or more make a comparison depend less on the luck of a start.
    threads, on_epoch
        As in `fit_jobs`.

    Raises
    ------
    ParameterError
        When there is no seed; the trainer, when a candidate is a network of another kind.
    """
    if not seeds:
        msg = "seeds must hold at least one seed. Got none."
        raise ParameterError(msg)

    def fit(candidate: Candidate) -> list[Fitted]:
        network = candidate.network
        if not isinstance(network, FilterNetwork):
            msg = f"The compiled loops train a FilterNetwork. Got a {type(network).__name__}; train it with torch."
            raise ParameterError(msg)
        jobs = [Job(network, train, valid, seed, candidate.options) for seed in seeds]
        return fit_jobs(jobs, threads=threads, on_epoch=on_epoch)

    return fit


def simplest(length: int, n_outputs: int = 1) -> Candidate:
    """Return the simplest candidate: 128 filters of 8 bases on both strands, which know no positions.

    Parameters
    ----------
    length
        Columns of the sequences, at least 4; filters read at most half of them.
    n_outputs
        Logits.

    Examples
    --------
    >>> simplest(101).network
    FilterNetwork(n_filters=128, filter_width=8, length=101, n_bins=0, n_hidden=0, n_outputs=1, both_strands=True, activation='relu')
    """  # noqa: E501
    width = min(_NARROW, max(length // 2, 1))
    network = FilterNetwork(_N_FILTERS, width, length, n_bins=0, n_outputs=n_outputs)
    return Candidate(network, _OPTIONS)


def filter_steps() -> tuple[Step, ...]:
    """Return the steps among networks of one convolution, which train in seconds.

    Filters of 20 bases; one strand; a preference for each of nine stretches of the sequence; a
    preference for every position.
    """
    return (
        Step("Filters of 20 bases instead of 8", _wider),
        Step("One strand instead of both", _one_strand),
        Step("Preferences for stretches of the sequence", lambda held: _with_bins(held, every_window=False)),
        Step("Preferences for every position", every_position),
    )


def every_position(held: Candidate) -> Candidate | None:
    """Give the filters of a candidate a preference for every window; None where they have it, or it has no filters."""
    return _with_bins(held, every_window=True)


def _wider(held: Candidate) -> Candidate | None:
    network = held.network
    if not isinstance(network, FilterNetwork):
        return None
    return replace(held, network=replace(network, filter_width=min(_WIDE, max(network.length // 2, 1))))


def _one_strand(held: Candidate) -> Candidate | None:
    if not isinstance(held.network, FilterNetwork):
        return None
    return replace(held, network=replace(held.network, both_strands=False))


def _with_bins(held: Candidate, *, every_window: bool) -> Candidate | None:
    """Give the filters preferences for even stretches of at least five windows, or for every window."""
    network = held.network
    if not isinstance(network, FilterNetwork):
        return None
    windows = network.length - network.filter_width + 1
    n_bins = windows if every_window else min(_STRETCHES, windows // 5)
    return replace(held, network=replace(network, n_bins=n_bins)) if n_bins > max(network.n_bins, 1) else None


def _mean_losses(fits: Sequence[WithLosses]) -> Floats:
    losses = np.mean([fit.valid_losses for fit in fits], axis=0)
    if losses.ndim != 1 or not len(losses):
        msg = "A choice needs validation sequences, and networks with their losses. Got none."
        raise ParameterError(msg)
    return np.asarray(losses, dtype=np.float64)


def _shares(weights: npt.ArrayLike | None, n: int) -> Floats:
    given = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.shape != (n,) or not np.isfinite(given).all() or (given < 0).any() or not given.sum() > 0:
        msg = f"weights must be {n} finite numbers >= 0, one a validation sequence, not all 0. Got shape {given.shape}."
        raise ParameterError(msg)
    return np.asarray(given / given.sum())


def _compared(name: str, new: Floats, held: Floats, share: Floats, *, level: float) -> Comparison:
    """Compare paired losses by a one-sided t test of their weighted mean difference."""
    if new.shape != held.shape:
        msg = f"Every candidate needs the losses of the same {len(held)} validation sequences. Got {len(new)}."
        raise ParameterError(msg)
    difference = new - held
    mean, n = float(share @ difference), 1 / float(share @ share)
    spread = float(share @ (difference - mean) ** 2)
    error = math.sqrt(spread / max(n - 1, 1e-12))
    pvalue = float(student.cdf(mean / error, n - 1)) if n >= _FEWEST and error > 0 else 1.0
    return Comparison(name, float(share @ new), float(share @ held), error, pvalue, taken=pvalue <= level)
