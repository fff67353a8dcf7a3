"""What training with torch takes and gives: one job a module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.examples import Examples, Floats, Floats32
from motiflens.networks.grammars import Grammar
from motiflens.networks.jobs import TrainingOptions, check_examples, usual_batch_size
from motiflens.networks.layered import LayeredNetwork


@dataclass(frozen=True)
class ModuleJob:
    """One network to train with torch.

    Attributes
    ----------
    network
        A blueprint, a grammar, or a function that makes a module ``(n, 4, length)`` to ``(n, n_outputs)``
        logits. The latter's modules draw from torch's one generator, which is seeded for them and
        put back, so they are trained one after the other.
    train, valid
        As in `motiflens.networks.jobs.Job`; their codes may be float inputs ``(n, 4, length)``, see
        `with_inputs`.
    seed
        Of the initial weights, the order of the sequences and the dropout.
    options
        How it is trained.
    device
        As torch names it.
    """

    network: Blueprint | Grammar | Callable[[], nn.Module]
    train: Examples
    valid: Examples | None
    seed: int
    options: TrainingOptions
    device: str = "cpu"

    def __post_init__(self) -> None:
        network = self.network
        wanted = (network.length, network.n_outputs) if isinstance(network, Blueprint | Grammar) else None
        check_examples(self.train, self.valid, wanted)

    @property
    def batch_size(self) -> int:
        """Sequences a step."""
        return self.options.batch_size or usual_batch_size(len(self.train))


@dataclass(frozen=True)
class FittedModule:
    """A trained module with what is known of each epoch.

    Attributes
    ----------
    module
        With the weights of its best epoch, in evaluation mode, on the processor.
    train_loss, valid_loss, train_accuracy, valid_accuracy
        ``(epochs,)`` weighted means; those of training are taken as it goes, with dropout. NaN
        where there are no validation sequences. A sequence of many labels is right when all are.
    learning_rates
        ``(epochs,)`` the rate that each epoch was trained with.
    best_epoch
        Index of the epoch whose weights were kept.
    valid_losses
        ``(n_valid,)`` loss of each validation sequence under the kept weights.
    seconds
        ``(epochs,)`` wall-clock time of each epoch, validation included.
    """

    module: nn.Module
    train_loss: Floats
    valid_loss: Floats
    train_accuracy: Floats
    valid_accuracy: Floats
    learning_rates: Floats
    best_epoch: int
    valid_losses: Floats
    seconds: Floats

    @property
    def layers(self) -> TrainedLayers:
        """The trained network of a blueprint as plain arrays.

        Raises
        ------
        ParameterError
            When the module was not made of a blueprint.
        """
        if not isinstance(self.module, LayeredNetwork):
            msg = f"Only a module made of a blueprint has layers as plain arrays. Got {type(self.module).__name__}."
            raise ParameterError(msg)
        weights = {name: part.numpy().copy() for name, part in self.module.state_dict().items()}
        return TrainedLayers(self.module.blueprint, weights)


def with_inputs(examples: Examples, inputs: Floats32) -> Examples:
    """Return examples whose network reads other inputs than the one-hot form of their codes, such as noisy ones.

    Parameters
    ----------
    examples
        The whole set or a part of it.
    inputs
        ``(n, 4, length)``, one for every sequence of the whole set.

    Raises
    ------
    ParameterError
        When they have another shape or are not finite.
    """
    n = len(examples.data.targets)
    if inputs.ndim != 3 or inputs.shape[:2] != (n, 4) or not np.isfinite(inputs).all():
        msg = f"inputs must be finite and of shape ({n}, 4, length). Got shape {inputs.shape}."
        raise ParameterError(msg)
    data = kernels.Data(np.asarray(inputs, np.float32), examples.data.targets, examples.data.weights)
    return Examples(data, examples.rows, examples.loss)


def fitted_module(
    module: nn.Module, history: Sequence[tuple[float, ...]], best_epoch: int, valid_losses: Floats
) -> FittedModule:
    """Return a trained module with its history.

    Parameters
    ----------
    history
        For each epoch its training loss, validation loss, training accuracy, validation accuracy,
        learning rate and seconds.
    """
    loss, valid_loss, accuracy, valid_accuracy, rates, seconds = np.array(history).T
    return FittedModule(
        module, loss, valid_loss, accuracy, valid_accuracy, rates, best_epoch, valid_losses, seconds=seconds
    )
