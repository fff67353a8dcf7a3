"""`Blueprint`: a network of layers as plain data, with its table of layers and its JSON form.

`motiflens.networks.layered` makes a torch module of it.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from motiflens.errors import ParameterError
from motiflens.networks.layers import (
    MOVING,
    Attention,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalMax,
    Layer,
    MaxPool,
    Parallel,
    Residual,
    Shape,
    check_whole,
    through,
)

_KINDS: Mapping[str, type[Layer]] = {
    "conv": Conv, "max-pool": MaxPool, "dropout": Dropout, "batch-norm": BatchNorm, "attention": Attention,
    "global-max": GlobalMax, "flatten": Flatten, "dense": Dense, "residual": Residual, "parallel": Parallel,
}  # fmt: skip
_NAMES = {kind: name for name, kind in _KINDS.items()}
_DEEPEST = 8


@dataclass(frozen=True)
class Row:
    """One layer in a network's table.

    Attributes
    ----------
    path
        Its place: ``2``, or ``1.3.2`` for the second layer of the third branch of layer 1.
    name
        The layer in words, with its sizes.
    shape
        What comes out for one sequence: ``(channels, positions)`` or ``(units,)``.
    n_parameters, n_trainable
        Figures that it holds itself, and those of them that training changes by gradients.
    formula
        How they are counted, such as ``4 x 5 x 16 + 16 = 336``; empty when it has none.
    """

    path: str
    name: str
    shape: Shape
    n_parameters: int = 0
    n_trainable: int = 0
    formula: str = ""


@dataclass(frozen=True)
class Blueprint:
    """A network of layers: one-hot sequences in, logits out.

    Attributes
    ----------
    layers
        In order; a linear dense layer of ``n_outputs`` units, the logits, comes behind them.
    length
        Columns of the sequences it takes, >= 1.
    n_outputs
        Logits, >= 1: one for two classes (sigmoid), two or more for as many classes (softmax) or
        labels (sigmoid each).

    Raises
    ------
    ParameterError
        When a layer cannot take what the one before gives.

    Examples
    --------
    >>> network = Blueprint((Conv(16, 5), GlobalMax(), Dense(32)), length=101)
    >>> network.n_parameters, network.rows()[0].formula
    (913, '4 x 5 x 16 + 16 = 336')
    >>> Blueprint((Conv(16, 5), Conv(8, 98)), length=101)
    Traceback (most recent call last):
        ...
    motiflens.errors.ParameterError: A filter that reads 98 positions needs as many. Got 97; use a narrower one.
    """

    layers: tuple[Layer, ...]
    length: int
    n_outputs: int = 1

    def __post_init__(self) -> None:
        check_whole("length", self.length)
        check_whole("n_outputs", self.n_outputs)
        if not isinstance(self.layers, tuple) or not all(isinstance(layer, Layer) for layer in self.layers):
            msg = f"layers must be a tuple of layers. Got {_short(self.layers)}."
            raise ParameterError(msg)
        through(self.stack, (4, self.length))

    @property
    def stack(self) -> tuple[Layer, ...]:
        """All layers, the logits among them."""
        return (*self.layers, Dense(self.n_outputs, "linear"))

    @property
    def n_parameters(self) -> int:
        """Figures that the network holds."""
        return sum(row.n_parameters for row in self.rows())

    @property
    def n_trainable(self) -> int:
        """Those of them that training changes by gradients; moving averages are the rest."""
        return sum(row.n_trainable for row in self.rows())

    @property
    def knows_positions(self) -> bool:
        """Whether a weight belongs to a place in the sequence, so that no other length can be read."""
        return any(isinstance(layer, Flatten) for _, layer, _ in _walk(self.stack, (4, self.length)))

    @property
    def receptive_field(self) -> int:
        """Bases that one unit sees at once, before a maximum over the sequence or Flatten."""
        return min(_reach(self.layers)[0], self.length)

    def rows(self) -> tuple[Row, ...]:
        """Return the table of layers, in order; the layers of a block follow it."""
        return tuple(_row(path, layer, shape) for path, layer, shape in _walk(self.stack, (4, self.length)))

    def weights(self) -> dict[str, Shape]:
        """Return the shape of every array of the network by its name, moving averages included.

        Names are the layer's path, counted from 0, and its own: ``0.weight``, ``1.2.0.bias``.
        """
        return {
            f"{'.'.join(str(int(part) - 1) for part in path.split('.'))}.{name}": size
            for path, layer, shape in _walk(self.stack, (4, self.length))
            for name, size in layer.weights(shape).items()
        }

    def at_length(self, length: int) -> Blueprint:
        """Return the same network for sequences of another length.

        Raises
        ------
        ParameterError
            When it knows positions, or the sequences are too short.
        """
        if length != self.length and self.knows_positions:
            msg = (
                f"A network with Flatten takes sequences of the {self.length} columns that it was trained on. "
                f"Got {length}; resize them first, or use a network that ends in a global maximum."
            )
            raise ParameterError(msg)
        return replace(self, length=length)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it; `blueprint_from` is the way back."""
        return {"length": self.length, "n_outputs": self.n_outputs, "layers": _stack_as_list(self.layers)}


@dataclass(frozen=True)
class TrainedLayers:
    """A network of layers with its weights, as plain arrays.

    Attributes
    ----------
    network
        The layers.
    weights
        Float32 arrays by name, as `Blueprint.weights` lists them.
    """

    network: Blueprint
    weights: Mapping[str, npt.NDArray[np.float32]]


def blueprint_from(given: Any) -> Blueprint:
    """Rebuild a network from its JSON form.

    Raises
    ------
    ParameterError
        When it is not the form of a network, or the network is not possible.

    Examples
    --------
    >>> network = Blueprint((Conv(3, 4), GlobalMax()), length=9, n_outputs=2)
    >>> blueprint_from(network.as_dict()) == network
    True
    """
    if not isinstance(given, Mapping) or given.keys() != {"length", "n_outputs", "layers"}:
        msg = f"A blueprint must be an object with length, n_outputs and layers. Got {_short(given)}."
        raise ParameterError(msg)
    return Blueprint(_stack_from(given["layers"], 0), given["length"], given["n_outputs"])


def _walk(layers: Sequence[Layer], shape: Shape, prefix: str = "") -> Iterator[tuple[str, Layer, Shape]]:
    """Yield every layer with its path and the shape that comes in; a block before its inner layers."""
    for index, layer in enumerate(layers, start=1):
        path = f"{prefix}{index}"
        yield path, layer, shape
        for number, inner in enumerate(layer.inner, start=1):
            yield from _walk(inner, shape, f"{path}.{number}." if isinstance(layer, Parallel) else f"{path}.")
        shape = layer.output(shape)


def _row(path: str, layer: Layer, shape: Shape) -> Row:
    weights = layer.weights(shape)
    trained = sum(math.prod(size) for name, size in weights.items() if name not in MOVING)
    total = sum(math.prod(size) for size in weights.values())
    return Row(path, layer_in_words(layer), layer.output(shape), total, trained, layer.formula(shape))


def layer_in_words(layer: Layer) -> str:
    """Return a layer as a line of the table.

    Examples
    --------
    >>> layer_in_words(Conv(16, 5, padding="same", dilation=2))
    'conv 16 filters of 5, relu, same padding, dilation 2'
    """
    match layer:
        case Conv():
            extra = [layer.activation] if layer.activation != "linear" else []
            extra += ["same padding"] if layer.padding == "same" else []
            extra += [f"dilation {layer.dilation}"] if layer.dilation > 1 else []
            return ", ".join([f"conv {layer.n_filters} filters of {layer.width}", *extra])
        case Dense():
            return f"dense {layer.units}" + (f", {layer.activation}" if layer.activation != "linear" else "")
        case MaxPool():
            return f"max-pool {layer.size}"
        case Dropout():
            return f"dropout {layer.rate:g}"
        case Parallel():
            return f"parallel, {len(layer.branches)} branches"
    return _NAMES[type(layer)]


def _reach(layers: Sequence[Layer], reach: int = 1, step: int = 1) -> tuple[int, int]:
    """Return the bases that one position behind these layers sees, and its step in bases."""
    for layer in layers:
        if isinstance(layer, GlobalMax | Flatten | Dense):
            return reach, step
        if layer.inner:
            inner = [_reach(stack, reach, step) for stack in layer.inner]
            reach, step = max(each[0] for each in inner), inner[0][1]
        else:
            positions, stride = layer.field
            reach, step = reach + (positions - 1) * step, step * stride
    return reach, step


def _stack_as_list(layers: Sequence[Layer]) -> list[dict[str, Any]]:
    return [{"layer": _NAMES[type(layer)], **_fields(layer)} for layer in layers]


def _fields(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Residual):
        return {"layers": _stack_as_list(layer.layers)}
    if isinstance(layer, Parallel):
        return {"branches": [_stack_as_list(branch) for branch in layer.branches]}
    return {each.name: getattr(layer, each.name) for each in fields(layer)}  # type: ignore[arg-type]


def _stack_from(given: Any, depth: int) -> tuple[Layer, ...]:
    if not isinstance(given, list) or depth > _DEEPEST:
        msg = f"layers must be a list, in at most {_DEEPEST} blocks inside each other. Got {_short(given)}."
        raise ParameterError(msg)
    return tuple(_layer_from(each, depth) for each in given)


def _layer_from(given: Any, depth: int) -> Layer:
    name = given.get("layer") if isinstance(given, Mapping) else None
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        msg = f"A layer must be an object whose 'layer' is one of {', '.join(_KINDS)}. Got {_short(given)}."
        raise ParameterError(msg)
    values = {key: value for key, value in given.items() if key != "layer"}
    if values.keys() != {each.name for each in fields(kind)}:  # type: ignore[arg-type]
        msg = f"A layer {name} must have {[each.name for each in fields(kind)]}. Got {sorted(values)}."  # type: ignore[arg-type]
        raise ParameterError(msg)
    if kind is Residual:
        return Residual(_stack_from(values["layers"], depth + 1))
    if kind is Parallel:
        branches = values["branches"] if isinstance(values["branches"], list) else []
        return Parallel(tuple(_stack_from(branch, depth + 1) for branch in branches))
    return kind(**values)


def _short(given: Any) -> str:
    text = " ".join(reprlib.repr(given).split())  # a plain repr fails on what is nested deeply
    return text if len(text) <= 60 else f"{text[:57]}..."
