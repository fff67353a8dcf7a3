"""Torch modules of blueprints, with Keras' initial weights.

Plain torch modules that know nothing of training; `layered_training` trains them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from motiflens.errors import ParameterError
from motiflens.networks import layers as plain
from motiflens.networks.attention_branch import AttentionBranch
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.examples import Floats32
from motiflens.networks.layers import Layer, Shape
from motiflens.networks.torch_layers import (
    Added,
    Convolution,
    DenseLayer,
    Joined,
    Largest,
    Normalisation,
    Pool,
    PositionAttention,
    RandomDropout,
)


class LayeredNetwork(nn.Sequential):
    """A blueprint in torch: one-hot sequences ``(n, 4, length)`` in, logits ``(n, n_outputs)`` out.

    Parameters
    ----------
    blueprint
        The network. Its arrays have the names and shapes of `Blueprint.weights`.
    generator
        Draws the initial weights; torch's own by default. They are Glorot-uniform (Glorot & Bengio
        2010), biases zero, as in Keras.

    Examples
    --------
    >>> network = LayeredNetwork(Blueprint((plain.Conv(3, 5), plain.GlobalMax()), length=20, n_outputs=2))
    >>> tuple(network(torch.zeros(7, 4, 20)).shape)
    (7, 2)
    """

    def __init__(self, blueprint: Blueprint, generator: torch.Generator | None = None) -> None:
        super().__init__(*_modules(blueprint.stack, (4, blueprint.length)))
        self.blueprint = blueprint
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights anew."""
        with torch.no_grad():
            for name, part in self.named_parameters():
                if name.endswith("bias"):
                    part.zero_()
                elif part.ndim == 1:
                    part.fill_(1.0)
                else:  # Keras' fans: channels x width, filters x width
                    width = math.prod(part.shape[2:])
                    limit = math.sqrt(6 / ((part.shape[0] + part.shape[1]) * width))
                    part.uniform_(-limit, limit, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits.

        Raises
        ------
        ParameterError
            When ``x`` has another shape.
        """
        if x.ndim != 3 or x.shape[1:] != (4, self.blueprint.length):
            msg = f"The network takes one-hot sequences (n, 4, {self.blueprint.length}). Got shape {tuple(x.shape)}."
            raise ParameterError(msg)
        found: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return found


def layered_of(blueprint: Blueprint, weights: Mapping[str, Floats32]) -> LayeredNetwork:
    """Return a trained network of layers as a torch module, in evaluation mode.

    Parameters
    ----------
    blueprint
        The network.
    weights
        Its arrays by name, as `Blueprint.weights` lists them.
    """
    module = LayeredNetwork(blueprint, torch.Generator().manual_seed(0))
    module.load_state_dict({name: torch.tensor(part) for name, part in weights.items()})
    return module.eval()


def _modules(stack: tuple[Layer, ...], shape: Shape) -> list[nn.Module]:
    modules = []
    for layer in stack:
        modules.append(_module(layer, shape))
        shape = layer.output(shape)
    return modules


def _branch(branch: tuple[Layer, ...], shape: Shape) -> nn.Sequential:
    modules = _modules(branch, shape)
    match branch:
        case (
            plain.Conv(padding="same", activation="relu", dilation=1),
            plain.BatchNorm(),
            plain.Dropout(),
            plain.Attention(),
            plain.GlobalMax(),
        ) if shape[0] == 4:
            return AttentionBranch(*modules)
    return nn.Sequential(*modules)


def _module(layer: Layer, shape: Shape) -> nn.Module:
    match layer:
        case plain.Conv():
            return Convolution(layer, shape[0])
        case plain.Dense():
            return DenseLayer(layer, shape[0])
        case plain.MaxPool():
            return Pool(layer.size)
        case plain.Dropout():
            return RandomDropout(layer.rate)
        case plain.BatchNorm():
            return Normalisation(shape[0])
        case plain.Attention():
            return PositionAttention(shape[0])
        case plain.GlobalMax():
            return Largest(shape[1])
        case plain.Flatten():
            return nn.Flatten()
        case plain.Residual():
            return Added(*_modules(layer.layers, shape))
        case plain.Parallel():
            return Joined(_branch(branch, shape) for branch in layer.branches)
    msg = f"Expected a layer of motiflens.networks.layers. Got {layer!r}."
    raise ParameterError(msg)
