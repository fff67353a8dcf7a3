"""Layers as plain data: what each makes of a shape, and the weights that it needs.

A shape is ``(channels, positions)`` along the sequence, ``(units,)`` behind it. Convolution, pool,
normalisation and their defaults are those of Keras, https://keras.io/api/layers.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from motiflens.errors import ParameterError

Shape = tuple[int, ...]
ACTIVATIONS = ("linear", "relu", "exponential")
PADDINGS = ("valid", "same")
MOVING = ("mean", "variance")
"""Names of weights that follow the data and are not trained."""


class Layer(ABC):
    """One layer; the classes below are all there are."""

    @abstractmethod
    def output(self, shape: Shape) -> Shape:
        """Return the shape that it makes of one sequence's.

        Raises
        ------
        ParameterError
            When it cannot take the shape.
        """

    def weights(self, shape: Shape) -> Mapping[str, Shape]:
        """Return the shapes of its own weights by name, given what comes in."""
        return {}

    def formula(self, shape: Shape) -> str:
        """Return how its weights are counted, with numbers; empty when it has none."""
        return ""

    @property
    def field(self) -> tuple[int, int]:
        """Positions that one output position sees, and the step from one to the next."""
        return 1, 1

    @property
    def inner(self) -> tuple[tuple[Layer, ...], ...]:
        """The stacks of layers inside it."""
        return ()


@dataclass(frozen=True)
class Conv(Layer):
    """Filters slid along the sequence.

    Attributes
    ----------
    n_filters, width
        Filters, and the positions that each reads, >= 1.
    padding
        ``valid`` (none) or ``same`` (zeros on both sides, as many positions come out as go in).
    activation
        ``linear``, ``relu`` or ``exponential``.
    dilation
        Distance between the positions that a filter reads, >= 1.
    """

    n_filters: int
    width: int
    padding: str = "valid"
    activation: str = "relu"
    dilation: int = 1

    def __post_init__(self) -> None:
        for name in ("n_filters", "width", "dilation"):
            check_whole(f"{name} of a convolution", getattr(self, name))
        check_one_of("padding", self.padding, PADDINGS)
        check_one_of("activation", self.activation, ACTIVATIONS)

    @property
    def field(self) -> tuple[int, int]:
        """Positions from a filter's first to its last, and a step of 1."""
        return (self.width - 1) * self.dilation + 1, 1

    def output(self, shape: Shape) -> Shape:
        """Return ``(n_filters, positions)``."""
        _, positions = along(shape, "A convolution")
        left = positions if self.padding == "same" else positions - self.field[0] + 1
        if left < 1:
            msg = f"A filter that reads {self.field[0]} positions needs as many. Got {positions}; use a narrower one."
            raise ParameterError(msg)
        return self.n_filters, left

    def weights(self, shape: Shape) -> Mapping[str, Shape]:
        """Return ``weight (n_filters, channels, width)`` and ``bias (n_filters,)``."""
        return {"weight": (self.n_filters, shape[0], self.width), "bias": (self.n_filters,)}

    def formula(self, shape: Shape) -> str:
        """Return channels x width x filters + a bias a filter."""
        n_weights = shape[0] * self.width * self.n_filters
        total = n_weights + self.n_filters
        return f"{shape[0]} x {self.width} x {self.n_filters} + {self.n_filters} = {total}"


@dataclass(frozen=True)
class MaxPool(Layer):
    """The largest of every ``size`` positions; those left over at the end are dropped."""

    size: int

    def __post_init__(self) -> None:
        check_whole("size of a pool", self.size)

    @property
    def field(self) -> tuple[int, int]:
        """Its size, twice."""
        return self.size, self.size

    def output(self, shape: Shape) -> Shape:
        """Return ``(channels, positions // size)``."""
        channels, positions = along(shape, "A pool")
        if positions < self.size:
            msg = f"A pool of {self.size} positions needs as many. Got {positions}."
            raise ParameterError(msg)
        return channels, positions // self.size


@dataclass(frozen=True)
class Dropout(Layer):
    """In training, a share ``rate`` in [0, 1) of the values set to 0 and the rest made larger to match."""

    rate: float

    def __post_init__(self) -> None:
        if isinstance(self.rate, bool) or not isinstance(self.rate, int | float) or not 0 <= self.rate < 1:
            msg = f"dropout must be in [0, 1). Got {self.rate!r}."
            raise ParameterError(msg)

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Each channel's mean and variance over the batch brought to 0 and 1, then to learned ones.

    Outside of training moving averages take the place of the batch's (Ioffe & Szegedy 2015,
    https://arxiv.org/abs/1502.03167; momentum 0.99 and epsilon 1e-3 as in Keras).
    """

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def weights(self, shape: Shape) -> Mapping[str, Shape]:
        """Return ``weight``, ``bias`` and the moving ``mean`` and ``variance``, each ``(channels,)``."""
        return dict.fromkeys(("weight", "bias", *MOVING), shape[:1])

    def formula(self, shape: Shape) -> str:
        """Return four figures a channel."""
        return f"4 x {shape[0]} = {4 * shape[0]}"


@dataclass(frozen=True)
class Attention(Layer):
    """Positions weighted: a score each, tanh of a weighted sum of its channels; softmax; multiply."""

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        along(shape, "Attention")
        return shape

    def weights(self, shape: Shape) -> Mapping[str, Shape]:
        """Return ``weight (1, channels)`` and ``bias (1,)``."""
        return {"weight": (1, shape[0]), "bias": (1,)}

    def formula(self, shape: Shape) -> str:
        """Return channels x 1 + 1."""
        return f"{shape[0]} x 1 + 1 = {shape[0] + 1}"


@dataclass(frozen=True)
class GlobalMax(Layer):
    """The largest value of each channel, wherever it is."""

    def output(self, shape: Shape) -> Shape:
        """Return ``(channels,)``."""
        return along(shape, "A global maximum")[:1]


@dataclass(frozen=True)
class Flatten(Layer):
    """All positions of all channels side by side, channel after channel."""

    def output(self, shape: Shape) -> Shape:
        """Return ``(channels x positions,)``."""
        return (math.prod(along(shape, "Flatten")),)


@dataclass(frozen=True)
class Dense(Layer):
    """Weighted sums of all that comes in.

    Attributes
    ----------
    units
        Sums, >= 1.
    activation
        ``linear``, ``relu`` or ``exponential``.
    """

    units: int
    activation: str = "relu"

    def __post_init__(self) -> None:
        check_whole("units of a dense layer", self.units)
        check_one_of("activation", self.activation, ACTIVATIONS)

    def output(self, shape: Shape) -> Shape:
        """Return ``(units,)``."""
        if len(shape) != 1:
            msg = f"A dense layer takes (units,). Got shape {shape}; put GlobalMax or Flatten before it."
            raise ParameterError(msg)
        return (self.units,)

    def weights(self, shape: Shape) -> Mapping[str, Shape]:
        """Return ``weight (units, inputs)`` and ``bias (units,)``."""
        return {"weight": (self.units, shape[0]), "bias": (self.units,)}

    def formula(self, shape: Shape) -> str:
        """Return inputs x units + a bias a unit."""
        return f"{shape[0]} x {self.units} + {self.units} = {(shape[0] + 1) * self.units}"


@dataclass(frozen=True)
class Residual(Layer):
    """Layers whose output is added to what went in; both must have one shape."""

    layers: tuple[Layer, ...]

    @property
    def inner(self) -> tuple[tuple[Layer, ...], ...]:
        """Its layers."""
        return (self.layers,)

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        found = through(self.layers, shape)
        if found != shape:
            msg = f"The layers of a residual block must give the shape that they take. Got {found} of {shape}."
            raise ParameterError(msg)
        return shape


@dataclass(frozen=True)
class Parallel(Layer):
    """Branches side by side, each of which takes the same input; their outputs are joined."""

    branches: tuple[tuple[Layer, ...], ...]

    def __post_init__(self) -> None:
        if not self.branches:
            msg = "A parallel block needs at least one branch. Got none."
            raise ParameterError(msg)

    @property
    def inner(self) -> tuple[tuple[Layer, ...], ...]:
        """Its branches."""
        return self.branches

    def output(self, shape: Shape) -> Shape:
        """Return the channels or units of all branches together."""
        found = [through(branch, shape) for branch in self.branches]
        if len({each[1:] for each in found}) > 1:
            msg = f"Parallel branches must give as many positions each. Got the shapes {', '.join(map(str, found))}."
            raise ParameterError(msg)
        return (sum(each[0] for each in found), *found[0][1:])


def through(layers: tuple[Layer, ...], shape: Shape) -> Shape:
    """Return the shape behind layers.

    Examples
    --------
    >>> through((Conv(16, 5), GlobalMax(), Dense(32)), (4, 101))
    (32,)
    """
    for layer in layers:
        shape = layer.output(shape)
    return shape


def along(shape: Shape, what: str) -> tuple[int, int]:
    """Return ``(channels, positions)`` of what must have both."""
    if len(shape) != 2:
        msg = f"{what} takes (channels, positions). Got shape {shape}; put it before GlobalMax and Flatten."
        raise ParameterError(msg)
    return shape


def check_whole(name: str, value: object) -> None:
    """Refuse all but whole numbers from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        msg = f"{name} must be a whole number of at least 1. Got {value!r}."
        raise ParameterError(msg)


def check_one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    """Refuse all but known words."""
    if value not in known:
        msg = f"{name} must be one of {', '.join(known)}. Got {value!r}."
        raise ParameterError(msg)
