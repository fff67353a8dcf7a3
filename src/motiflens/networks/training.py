"""Training: Adam with early stopping, and any number of networks trained side by side."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.examples import Examples, Floats, Floats32, Integers, examples_of
from motiflens.networks.jobs import Fitted, Job, TrainingOptions
from motiflens.networks.model import FilterNetwork, TrainedNetwork, initial
from motiflens.sequences import SequenceSet
from motiflens.threads import side_by_side

OnEpoch = Callable[[], None]


class Stepper(Protocol):
    """The parameters of one network in training, wherever they are kept."""

    def epoch(self, order: Integers, stop: threading.Event) -> float:
        """Go through these sequences once, an Adam step a batch, and return the mean loss."""

    def logits(self, examples: Examples) -> Floats32:
        """Return ``(m, n_outputs)`` logits under the parameters of now."""

    def parameters(self) -> Floats32:
        """Return a copy of the parameters of now, ``(n_parameters,)``."""


def fit_ensemble(
    network: FilterNetwork,
    train: SequenceSet,
    valid: SequenceSet | None,
    *,
    seeds: Sequence[int],
    options: TrainingOptions,
    threads: int = 1,
    on_epoch: OnEpoch | None = None,
) -> list[Fitted]:
    """Train one network a seed, side by side; the result does not depend on ``threads``.

    Parameters
    ----------
    train, valid
        Sequences of the network's length, with labels as `examples_of` takes them; ``valid`` may
        be None.
    seeds
        One for each network: its initial weights, order of sequences and dropout.
    on_epoch
        Called after every epoch of every network.

    Raises
    ------
    ParameterError
        When the sequences have no labels, or labels and sequences do not fit the network.
    """
    learn = examples_of(train, network.n_outputs)
    check = None if valid is None else examples_of(valid, network.n_outputs)
    return fit_jobs([Job(network, learn, check, seed, options) for seed in seeds], threads=threads, on_epoch=on_epoch)


def fit_jobs(jobs: Sequence[Job], *, threads: int = 1, on_epoch: OnEpoch | None = None) -> list[Fitted]:
    """Train networks side by side; no result depends on ``threads``.

    Parameters
    ----------
    jobs
        What to train; parts of one set of examples share its arrays.
    threads
        Networks that are trained at the same time, >= 1. Where there are fewer, the threads to
        spare share the sequences of each batch.
    on_epoch
        Called after every epoch of every network, from its thread.

    Returns
    -------
    fits
        One for each job, in order.

    Raises
    ------
    ParameterError
        When ``threads`` is below 1, or a training diverges.
    """
    if threads < 1:
        msg = f"threads must be at least 1. Got {threads}."
        raise ParameterError(msg)

    def one(job: Job, stop: threading.Event) -> Fitted:
        rng = np.random.default_rng(job.seed)
        stepper = _Compiled(job, rng, threads=max(threads // len(jobs), 1))
        return run_epochs(job, stepper, rng, stop=stop, on_epoch=on_epoch)

    return side_by_side(one, jobs, threads=threads)


def run_epochs(
    job: Job,
    stepper: Stepper,
    rng: np.random.Generator,
    *,
    stop: threading.Event | None = None,
    on_epoch: OnEpoch | None = None,
) -> Fitted:
    """Train until the validation loss no longer falls, and keep the best weights.

    Parameters
    ----------
    stepper
        The network, at its start.
    rng
        Draws the order of the sequences.
    stop
        Ends the training early when set by another thread.
    """
    stop = stop or threading.Event()
    history: list[tuple[float, float, float]] = []
    best, best_epoch, best_loss, best_losses = stepper.parameters(), 0, np.inf, np.zeros(0)
    for epoch in range(job.options.epochs):
        began = time.perf_counter()
        loss, valid_loss, losses = stepper.epoch(_order(job.train, rng), stop), np.nan, np.zeros(0)
        if job.valid is not None:
            losses = job.valid.losses(stepper.logits(job.valid))
            valid_loss = job.valid.mean(losses)
        if job.valid is None or valid_loss < best_loss:
            best, best_epoch, best_loss, best_losses = stepper.parameters(), epoch, valid_loss, losses
        history.append((loss, valid_loss, time.perf_counter() - began))
        if on_epoch is not None:
            on_epoch()
        if epoch - best_epoch >= job.options.patience or stop.is_set():
            break
    if not np.isfinite(best).all() or best_loss == np.inf:
        msg = f"Training diverged: the loss is not finite. Lower learning_rate. Got {job.options.learning_rate:g}."
        raise ParameterError(msg)
    table = np.array(history)
    return Fitted(TrainedNetwork(job.network, best), table[:, 0], table[:, 1], best_epoch, best_losses, table[:, 2])


def _order(examples: Examples, rng: np.random.Generator) -> Integers:
    return rng.permutation(examples.rows)


def batch_weights(examples: Examples, order: Integers, batch: int) -> Floats:
    """Return the sum of the weights in each batch of sequences taken in this order."""
    weights, starts = examples.data.weights, np.arange(0, len(order), batch)
    if weights[0] == weights.min() == weights.max():  # to gather a million alike takes longer than to look
        return np.asarray(np.diff(np.append(starts, len(order))) * float(weights[0]))
    return np.asarray(np.add.reduceat(weights[order].astype(np.float64), starts))


class _Compiled:
    """A `Stepper` on the compiled loops."""

    def __init__(self, job: Job, rng: np.random.Generator, *, threads: int = 1) -> None:
        self._theta, self._plan = initial(job.network, rng).parameters, job.network.plan
        self._job, self._decay = job, _decay(job.network, job.options)
        self._first, self._second = np.zeros((2, len(self._theta)), np.float32)
        self._seed, self._step = int(rng.integers(2**62)), 0
        self._learn = kernels.Learner(
            job.train.data, self._theta, self._plan,
            batch=job.batch_size, loss=job.train.loss, drop=job.options.dropout, threads=threads,
        )  # fmt: skip

    def epoch(self, order: Integers, stop: threading.Event) -> float:
        batch, rate = self._job.batch_size, self._job.options.learning_rate
        shares = batch_weights(self._job.train, order, batch)
        total = 0.0
        for i, share in enumerate(shares.tolist()):
            if stop.is_set():
                break
            total += share * self._learn(order[i * batch : (i + 1) * batch], self._seed + self._step)
            self._step += 1
            kernels.adam(self._theta, self._learn.gradient, self._first, self._second, self._step, rate, self._decay)
        return float(total / shares.sum())

    def logits(self, examples: Examples) -> Floats32:
        return kernels.predict_logits(examples.data.codes, examples.rows, self._theta, self._plan)

    def parameters(self) -> Floats32:
        return self._theta.copy()


def _decay(network: FilterNetwork, options: TrainingOptions) -> Floats32:
    decay = np.zeros(network.n_parameters, np.float32)
    parts = kernels.views(decay, network.shape)
    for part in (parts.filters, parts.hidden, parts.output):
        part[:] = options.weight_decay * options.learning_rate
    return decay
