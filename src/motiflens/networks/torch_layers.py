"""The layers of blueprints as torch modules, with Keras' batch normalisation.

Each non-linearity is a registered submodule of its own, as DeepLIFT-like methods need. In training
some run as the operations of `torch_ops`, which give the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from motiflens.networks import layers as plain
from motiflens.networks.torch_activations import CappedExponential
from motiflens.networks.torch_ops import dropped, largest, largest_of_each, normalised

_MOMENTUM = 0.99
_EPSILON = 1e-3
_NONLINEAR: Mapping[str, type[nn.Module]] = {"linear": nn.Identity, "relu": nn.ReLU, "exponential": CappedExponential}


class Convolution(nn.Module):
    """A `Conv`: ``(n, channels, positions)`` to ``(n, n_filters, positions)``.

    Parameters
    ----------
    layer
        The layer.
    channels
        Channels that come in.
    """

    def __init__(self, layer: plain.Conv, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(layer.n_filters, channels, layer.width))
        self.bias = nn.Parameter(torch.empty(layer.n_filters))
        around = layer.field[0] - 1 if layer.padding == "same" else 0
        self.padding = (around // 2, around - around // 2)  # the odd one on the right, as in Keras
        self.dilation = layer.dilation
        self.activation = _NONLINEAR[layer.activation]()

    def forward(self, x: Tensor) -> Tensor:
        """Slide the filters along the sequences and apply the activation."""
        left, right = self.padding
        padded = x if left == right else nn.functional.pad(x, self.padding)
        inside = left if left == right else 0
        sums = nn.functional.conv1d(padded, self.weight, self.bias, padding=inside, dilation=self.dilation)
        if self.training and isinstance(self.activation, nn.ReLU):
            return torch.relu_(sums)  # in place: nothing else needs the sums
        found: Tensor = self.activation(sums)
        return found


class DenseLayer(nn.Module):
    """A `Dense`: ``(n, inputs)`` to ``(n, units)``.

    Parameters
    ----------
    layer
        The layer.
    inputs
        Figures that come in.
    """

    def __init__(self, layer: plain.Dense, inputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(layer.units, inputs))
        self.bias = nn.Parameter(torch.empty(layer.units))
        self.activation = _NONLINEAR[layer.activation]()

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted sums, activated."""
        found: Tensor = self.activation(nn.functional.linear(x, self.weight, self.bias))
        return found


class Normalisation(nn.Module):
    """A `BatchNorm` as Keras has it: momentum 0.99, epsilon 1e-3, variances that divide by n, not n - 1.

    Parameters
    ----------
    channels
        Channels, or units, that come in.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(channels)), nn.Parameter(torch.empty(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.epsilon = _EPSILON

    def forward(self, x: Tensor) -> Tensor:
        """Normalise with the batch's moments in training, with the moving ones else."""
        if not self.training:
            return nn.functional.batch_norm(x, self.mean, self.variance, self.weight, self.bias, eps=self.epsilon)
        found, mean, variance = normalised(x, self.weight, self.bias, self.epsilon)
        self.follow(mean, variance)
        return found

    def follow(self, mean: Tensor, variance: Tensor) -> None:
        """Move the moving averages towards a batch's ``(channels,)`` moments."""
        with torch.no_grad():
            self.mean.lerp_(mean, 1 - _MOMENTUM)
            self.variance.lerp_(variance, 1 - _MOMENTUM)


class RandomDropout(nn.Module):
    """A `Dropout` that draws from a generator of its own, so that networks in threads do not disturb each other.

    Parameters
    ----------
    rate
        Share of the values set to 0.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Drop values in training; change nothing else."""
        if not self.training or self.rate == 0:
            return x
        return dropped(x, self.rate, self.generator)


class PositionAttention(nn.Module):
    """An `Attention`: ``(n, channels, positions)``, each position multiplied by its weight.

    Parameters
    ----------
    channels
        Channels that come in.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(1, channels)), nn.Parameter(torch.empty(1))
        self.tanh, self.softmax = nn.Tanh(), nn.Softmax(dim=-1)

    def shares(self, x: Tensor) -> Tensor:
        """Return ``(n, 1, positions)`` weights, each sequence's of sum 1."""
        found: Tensor = self.softmax(self.tanh(torch.matmul(self.weight, x) + self.bias))
        return found

    def forward(self, x: Tensor) -> Tensor:
        """Multiply each position by its weight."""
        return x * self.shares(x)


class Largest(nn.Module):
    """A `GlobalMax`.

    Parameters
    ----------
    positions
        Positions that come in.
    """

    def __init__(self, positions: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool1d(positions)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(n, channels)``."""
        if self.training:
            return largest(x)
        found: Tensor = self.pool(x)[:, :, 0]
        return found


class Pool(nn.Module):
    """A `MaxPool`.

    Parameters
    ----------
    size
        Positions that become one.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool1d(size)
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(n, channels, positions // size)``."""
        if self.training:
            return largest_of_each(x, self.size)
        found: Tensor = self.pool(x)
        return found


class Added(nn.Sequential):
    """A `Residual`."""

    def forward(self, x: Tensor) -> Tensor:
        """Add what the layers make of the input to it."""
        found: Tensor = x + super().forward(x)  # type: ignore[no-untyped-call]
        return found


class Joined(nn.ModuleList):
    """A `Parallel`."""

    def forward(self, x: Tensor) -> Tensor:
        """Join what the branches make of the input."""
        return torch.cat([branch(x) for branch in self], dim=1)
