"""What training takes and gives: one job a network."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from motiflens.errors import ParameterError
from motiflens.networks.examples import Examples, Floats
from motiflens.networks.model import FilterNetwork, TrainedNetwork

CROSS_ENTROPY = "cross-entropy"
SQUARED_ERROR = "squared-error"
LOSSES = (CROSS_ENTROPY, SQUARED_ERROR)


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
        Of Adam, > 0.
    dropout
        Share of pooled features dropped at random, in [0, 1); networks of layers have theirs as layers.
    weight_decay
        Decoupled decay of filters and dense weights, as a share of the learning rate.
    loss
        ``cross-entropy``, or ``squared-error`` of the probabilities; the latter for networks of
        layers alone.
    halve_after
        Epochs without a validation loss lower by 1e-4 (the training loss, without validation)
        after which the learning rate is halved; 0 for never, the only choice for networks of one
        convolution.
    least_rate
        Learning rate that halving does not go below, > 0.

    Raises
    ------
    ParameterError
        When one is out of range.
    """

    epochs: int = 30
    patience: int = 4
    batch_size: int = 0
    learning_rate: float = 3e-3
    dropout: float = 0.5
    weight_decay: float = 0.1
    loss: str = CROSS_ENTROPY
    halve_after: int = 0
    least_rate: float = 1e-6

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            msg = f"loss must be one of {', '.join(LOSSES)}. Got {self.loss!r}."
            raise ParameterError(msg)
        for name, holds, wanted in (
            ("epochs", self.epochs >= 1, "at least 1"),
            ("patience", self.patience >= 1, "at least 1"),
            ("batch_size", self.batch_size >= 0, "at least 0"),
            ("learning_rate", 0 < self.learning_rate < np.inf, "above 0 and finite"),
            ("dropout", 0 <= self.dropout < 1, "in [0, 1)"),
            ("weight_decay", 0 <= self.weight_decay < np.inf, "at least 0 and finite"),
            ("halve_after", self.halve_after >= 0, "at least 0"),
            ("least_rate", 0 < self.least_rate < np.inf, "above 0 and finite"),
        ):
            if not holds:
                msg = f"{name} must be {wanted}. Got {getattr(self, name)}."
                raise ParameterError(msg)


@dataclass(frozen=True)
class Job:
    """One network to train; restarts, folds and settings of a sweep are lists of them.

    Attributes
    ----------
    network
        The architecture.
    train
        The examples to learn from, at least one of them with a weight above 0.
    valid
        The examples that stop the training; without any it takes all its epochs, and the last
        weights are kept.
    seed
        Of the initial weights, the order of the sequences and the dropout.
    options
        How it is trained.

    Raises
    ------
    ParameterError
        When the examples do not fit the network, all of their weights are 0, or the options are
        for networks of layers.
    """

    network: FilterNetwork
    train: Examples
    valid: Examples | None
    seed: int
    options: TrainingOptions

    def __post_init__(self) -> None:
        if self.options.loss != CROSS_ENTROPY or self.options.halve_after:
            msg = (
                "A network of one convolution trains with loss 'cross-entropy' and halve_after 0; networks of "
                f"layers know others. Got {self.options.loss!r} and {self.options.halve_after}."
            )
            raise ParameterError(msg)
        check_examples(self.train, self.valid, (self.network.length, self.network.n_outputs))

    @property
    def batch_size(self) -> int:
        """Sequences a step."""
        return self.options.batch_size or usual_batch_size(len(self.train))


def check_examples(train: Examples, valid: Examples | None, wanted: tuple[int, int] | None) -> None:
    """Refuse examples that do not fit a network, or of which none counts.

    Parameters
    ----------
    wanted
        Columns that the network takes and outputs that it gives; None where only it can tell.

    Raises
    ------
    ParameterError
        When they do not fit, or all of their weights are 0.
    """
    for name, part in (("train", train), ("valid", valid)):
        if part is None:
            continue
        shape = (part.data.codes.shape[-1], part.data.targets.shape[1])
        if wanted is not None and shape != wanted:
            msg = (
                f"The network takes {wanted[0]} columns and gives {wanted[1]} outputs. "
                f"Got {shape[0]} columns and {shape[1]} targets to {name} with."
            )
            raise ParameterError(msg)
        if not part.weights.sum() > 0:
            msg = f"The {name} examples must hold a sequence whose weight is not zero. Got {len(part)} without any."
            raise ParameterError(msg)


def usual_batch_size(n: int) -> int:
    """Return the sequences a step when there are n to learn from: 16 to 128."""
    return int(np.clip(n // 50, 16, 128))


@dataclass(frozen=True)
class Fitted:
    """A trained network with its losses by epoch and its validation loss by sequence.

    Attributes
    ----------
    trained
        The network, with the weights of its best epoch.
    train_loss, valid_loss
        ``(epochs,)`` mean losses; NaN where there are no validation sequences.
    best_epoch
        Index of the epoch whose weights were kept.
    valid_losses
        ``(n_valid,)`` loss of each validation sequence under the kept weights.
    seconds
        ``(epochs,)`` wall-clock time of each epoch, validation included.
    """

    trained: TrainedNetwork
    train_loss: Floats
    valid_loss: Floats
    best_epoch: int
    valid_losses: Floats
    seconds: Floats = field(default_factory=lambda: np.zeros(0))
