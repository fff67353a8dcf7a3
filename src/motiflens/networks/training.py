"""Training: Adam with early stopping, and ensembles trained side by side."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.model import FilterNetwork, TrainedNetwork, initial, run_network
from motiflens.sequences import SequenceSet

_logger = logging.getLogger(__name__)
Floats = npt.NDArray[np.float64]
OnEpoch = Callable[[], None]


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is trained.

    Attributes
    ----------
    epochs
        Most passes over the data, >= 1.
    patience
        Epochs without a better validation loss before it stops; the best weights are kept.
    batch_size
        Sequences a step; 0 picks 16 to 128 by the number of sequences.
    learning_rate
        Of Adam.
    dropout
        Share of pooled features dropped at random, in [0, 1).
    weight_decay
        Decoupled decay of filters and dense weights, as a share of the learning rate.
    """

    epochs: int = 30
    patience: int = 4
    batch_size: int = 0
    learning_rate: float = 3e-3
    dropout: float = 0.5
    weight_decay: float = 0.1

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.patience < 1 or self.batch_size < 0:
            msg = f"epochs and patience must be at least 1 and batch_size at least 0. Got {self}."
            raise ParameterError(msg)
        if not 0 <= self.dropout < 1 or self.learning_rate <= 0 or self.weight_decay < 0:
            msg = f"dropout must be in [0, 1), learning_rate above 0, weight_decay at least 0. Got {self}."
            raise ParameterError(msg)


@dataclass(frozen=True)
class Fitted:
    """A trained network with its losses by epoch and its validation loss by sequence.

    Attributes
    ----------
    trained
        The network, with the weights of its best epoch.
    train_loss, valid_loss
        ``(epochs,)`` mean losses.
    best_epoch
        Index of the epoch whose weights were kept.
    valid_losses
        ``(n_valid,)`` loss of each validation sequence under the kept weights.
    """

    trained: TrainedNetwork
    train_loss: Floats
    valid_loss: Floats
    best_epoch: int
    valid_losses: Floats


def fit_ensemble(
    network: FilterNetwork,
    train: SequenceSet,
    valid: SequenceSet,
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
        Sequences with labels 0 and 1, of the network's length.
    seeds
        One for each network: its initial weights, order of sequences and dropout.
    on_epoch
        Called after every epoch of every network.

    Raises
    ------
    ParameterError
        When the sequences have no labels.
    """
    train_data, valid_data = _data(train), _data(valid)
    stop = threading.Event()

    def one(seed: int) -> Fitted:
        try:
            return _fit(network, train_data, valid_data, seed, options, stop, on_epoch)
        except BaseException:
            stop.set()
            raise

    if threads == 1:
        return [one(seed) for seed in seeds]
    with ThreadPoolExecutor(threads) as pool:
        try:
            return list(pool.map(one, seeds))
        except BaseException:
            stop.set()  # before the pool waits for its threads
            raise


def _data(sequences: SequenceSet) -> kernels.Data:
    if sequences.labels is None:
        msg = "Training needs labels, and this SequenceSet has none."
        raise ParameterError(msg)
    targets = sequences.labels.astype(np.float32).reshape(len(sequences), -1)
    return kernels.Data(sequences.codes, targets, np.ones(len(sequences), np.float32))


class _Optimizer:
    """The parameters of one network and the state of their training."""

    def __init__(self, network: FilterNetwork, options: TrainingOptions, rng: np.random.Generator) -> None:
        self.parameters = initial(network, rng).parameters
        self._plan, self._options, self._decay = network.plan, options, _decay(network, options)
        self._gradient, self._first, self._second = np.zeros((3, len(self.parameters)), np.float32)
        self._seed, self._step = int(rng.integers(2**62)), 0

    def epoch(self, data: kernels.Data, order: npt.NDArray[np.int64], batch: int, stop: threading.Event) -> float:
        """Go through the sequences once, an Adam step a batch, and return the mean loss."""
        total, options = 0.0, self._options
        for start in range(0, len(order), batch):
            if stop.is_set():
                break
            rows = order[start : start + batch]
            loss = kernels.batch_gradient(
                data, rows, self.parameters, self._plan, self._gradient,
                drop=options.dropout, seed=self._seed + self._step,
            )  # fmt: skip
            total += loss * len(rows)
            self._step += 1
            kernels.adam(
                self.parameters, self._gradient, self._first, self._second, self._step, options.learning_rate,
                self._decay,
            )  # fmt: skip
        return total / len(order)


def _fit(
    network: FilterNetwork,
    train: kernels.Data,
    valid: kernels.Data,
    seed: int,
    options: TrainingOptions,
    stop: threading.Event,
    on_epoch: OnEpoch | None,
) -> Fitted:
    rng = np.random.default_rng(seed)
    optimizer = _Optimizer(network, options, rng)
    batch = options.batch_size or int(np.clip(len(train.codes) // 50, 16, 128))
    losses: list[tuple[float, float]] = []
    best, best_epoch, best_losses = optimizer.parameters.copy(), 0, np.full(len(valid.codes), np.inf)
    for epoch in range(options.epochs):
        loss = optimizer.epoch(train, rng.permutation(len(train.codes)), batch, stop)
        valid_losses = _losses(TrainedNetwork(network, optimizer.parameters), valid)
        losses.append((loss, float(valid_losses.mean())))
        if valid_losses.mean() < best_losses.mean():
            best, best_epoch, best_losses = optimizer.parameters.copy(), epoch, valid_losses
        if on_epoch is not None:
            on_epoch()
        if epoch - best_epoch >= options.patience or stop.is_set():
            break
    table = np.array(losses)
    return Fitted(TrainedNetwork(network, best), table[:, 0], table[:, 1], best_epoch, best_losses)


def _decay(network: FilterNetwork, options: TrainingOptions) -> npt.NDArray[np.float32]:
    decay = np.zeros(network.n_parameters, np.float32)
    parts = kernels.views(decay, network.shape)
    for part in (parts.filters, parts.hidden, parts.output):
        part[:] = options.weight_decay * options.learning_rate
    return decay


def _losses(trained: TrainedNetwork, data: kernels.Data) -> Floats:
    logits = run_network(trained, data.codes).logits.astype(np.float64)
    losses = np.logaddexp(0, logits) - logits * data.targets
    return np.asarray(losses.mean(axis=1))


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
