"""Networks by name: their layers, and how each is trained.

| name | network | parameters |
|---|---|---|
| ``deepbind`` | Conv(16, 5), ReLU, global max, Dense(32), ReLU, Dense(1); one strand | 913 |
| ``interaction`` | two Conv(24, 5), ReLU, global max, Dense(32), ReLU, Dense(1) | 4241 |
| ``foxo1-v1`` | Conv(64, 6), ReLU, global max, Dense(1); one strand | 1665 |
| ``foxo1-v2`` | Conv(64, 12), ReLU, global max, Dense(1); one strand | 3201 |
| ``foxo1-v3`` | Conv(64, 12), max 2, Conv(32, 6), ReLU each, global max, Dense(1) | 15489 |
| ``foxo1-v4`` | the same with max 2, Conv(16, 3) more | 17025 |
| ``foxo1-v5`` | the same with max 2, Conv(8, 2) more | 17281 |
| ``tfbs`` | Conv(32, 12), max 4, flat, Dense(16), ReLU, Dense(1); squared error; 50 columns | 6209 |
| ``tfbs-deep`` | Conv(32, 12), max 5, flat, ten Dense, Dense(2); squared error; 50 columns | 128050 |
| ``multiscale`` | four branches of Conv(64, k) and attention, k = 3, 7, 15, 25; three Dense | 114693 |
| ``motiflens`` | what `discover` trains: Conv(128, 20), ReLU, max, Dense(1); both strands, 9 position bins | 11649 |

The first is after Alipanahi et al. 2015, doi:10.1038/nbt.3300. Those of one convolution are a
`FilterNetwork`, trained by compiled loops; the others a `Blueprint`, trained by torch.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from motiflens.errors import ParameterError
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.jobs import SQUARED_ERROR, TrainingOptions
from motiflens.networks.layers import (
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
)
from motiflens.networks.model import FilterNetwork

_N_FILTERS = 128
_FILTER_WIDTH = 20
_N_BINS = 9
Sizes = dict[str, Any]
Layers = tuple[Layer, ...]


@dataclass(frozen=True)
class Recipe:
    """A network by name.

    Attributes
    ----------
    parts
        Returns the fields of its `FilterNetwork`, given the length of the sequences; or its layers,
        given those of its sizes that shall differ.
    options
        How it is trained unless told otherwise.
    length
        Columns of the sequences that it is published for.
    has_layers
        Which of the two.
    two_logits
        Whether it has two logits for two classes (softmax), in place of one (sigmoid).
    """

    parts: Callable[..., Any]
    options: TrainingOptions
    length: int
    has_layers: bool = False
    two_logits: bool = False

    def n_outputs(self, n_classes: int) -> int:
        """Return the logits that it has for so many classes."""
        return n_classes if n_classes > 2 or self.two_logits else 1


def architecture(length: int, *, both_strands: bool) -> FilterNetwork:
    """Choose the network for sequences of a length: 128 filters of 20 bases, 9 position bins.

    Filters read at most half of a short sequence; bins hold at least 5 windows.
    """
    return FilterNetwork(length=length, **{**_motiflens(length), "both_strands": both_strands})


def named_network(
    name: str, length: int, *, n_outputs: int = 1, sizes: Mapping[str, Any] | None = None
) -> FilterNetwork | Blueprint:
    """Return a network by name, for sequences of a length.

    Parameters
    ----------
    name
        One of `NETWORKS`.
    length
        Columns of the sequences.
    n_outputs
        Logits: 1 for two classes, one a class or label for more. ``tfbs-deep`` is published with 2
        for two classes.
    sizes
        What shall differ from the named network: fields of `FilterNetwork`, or where it has layers
        ``n_filters``, ``filter_width``, ``n_hidden``, ``activation`` or ``dropout``, as far as it
        has them. Widths and numbers of filters behind the first convolution change in step.

    Raises
    ------
    ParameterError
        When there is no network of that name, it has no such size, or a size is out of range.

    Examples
    --------
    >>> named_network("deepbind", 101).n_parameters
    913
    >>> named_network("multiscale", 200).n_parameters
    114693
    """
    named, given = recipe(name), dict(sizes or {})
    if not named.has_layers:
        return FilterNetwork(length=length, n_outputs=n_outputs, **{**named.parts(length), **given})
    own = list(inspect.signature(named.parts).parameters)
    unknown = [size for size in given if size not in own]
    if unknown:
        msg = f"network {name!r} has no {unknown[0]}. Its sizes are {', '.join(own)}."
        raise ParameterError(msg)
    return Blueprint(named.parts(**given), length, n_outputs)


def recipe(name: str) -> Recipe:
    """Look up a network by name.

    Raises
    ------
    ParameterError
        When there is no network of that name; near names are suggested.
    """
    if not isinstance(name, str) or name not in NETWORKS:
        near = difflib.get_close_matches(name, NETWORKS, n=2) if isinstance(name, str) else []
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        msg = f"network must be one of {', '.join(NETWORKS)}. Got {name!r}.{hint}"
        raise ParameterError(msg)
    return NETWORKS[name]


def as_layers(network: FilterNetwork) -> Blueprint:
    """Return a network of one convolution as one of layers, which torch trains on any input.

    Raises
    ------
    ParameterError
        When it reads both strands or has position bins, which no layer has.

    Examples
    --------
    >>> as_layers(FilterNetwork(16, 5, 101, n_bins=0, n_hidden=32, both_strands=False)).n_parameters
    913
    """
    if network.both_strands or network.n_bins:
        msg = (
            "Only a network of one strand without position bins can be made of layers. "
            f"Got both_strands {network.both_strands} and n_bins {network.n_bins}."
        )
        raise ParameterError(msg)
    conv = Conv(network.n_filters, network.filter_width, activation=network.activation)
    return Blueprint((conv, GlobalMax(), *_hidden(network.n_hidden)), network.length, network.n_outputs)


def _fixed(**sizes: Any) -> Callable[[int], Sizes]:
    return lambda length: {"n_bins": 0, "both_strands": False, **sizes}


def _motiflens(length: int) -> Sizes:
    width = min(_FILTER_WIDTH, max(length // 2, 6))
    bins = int(np.clip((length - width + 1) // 5, 1, _N_BINS))
    return {"n_filters": _N_FILTERS, "filter_width": width, "n_bins": bins}


def _hidden(units: int) -> Layers:
    return (Dense(units),) if units else ()


def _interaction(*, n_filters: int = 24, filter_width: int = 5, n_hidden: int = 32, activation: str = "relu") -> Layers:
    conv = Conv(n_filters, filter_width, activation=activation)
    return conv, conv, GlobalMax(), *_hidden(n_hidden)


def _foxo1(
    depth: int, *, n_filters: int = 64, filter_width: int = 12, activation: str = "relu", dropout: float = 0.2
) -> Layers:
    """Return ``depth`` convolutions; filters and width halve at each, the width rounded up."""
    layers: list[Layer] = []
    for block in range(depth):
        layers += [MaxPool(2), Dropout(dropout)] if block else []
        layers.append(Conv(max(n_filters >> block, 1), -(-filter_width >> block), activation=activation))
    return (*layers, GlobalMax())


def _tfbs(*, n_filters: int = 32, filter_width: int = 12, n_hidden: int = 16, activation: str = "linear") -> Layers:
    return Conv(n_filters, filter_width, activation=activation), MaxPool(4), Flatten(), *_hidden(n_hidden)


def _tfbs_deep(
    *, n_filters: int = 32, filter_width: int = 12, activation: str = "linear", dropout: float = 0.2
) -> Layers:
    wide = [layer for units in (256, 128, 64, 32) for layer in (Dense(units), Dropout(dropout))]
    narrow = [Dense(units) for units in (16, 16, 8, 8, 4, 4)]
    return Conv(n_filters, filter_width, "same", activation), MaxPool(5), Flatten(), *wide, *narrow


def _multiscale(*, n_filters: int = 64, activation: str = "relu") -> Layers:
    branches = tuple(
        (Conv(n_filters, width, "same", activation), BatchNorm(), Dropout(0.2), Attention(), GlobalMax())
        for width in (3, 7, 15, 25)
    )
    head = (Dense(256), BatchNorm(), Dropout(0.5), Dense(128), BatchNorm(), Dropout(0.3))
    return Parallel(branches), *head


def _as_keras(epochs: int, patience: int, batch_size: int, **more: Any) -> TrainingOptions:
    """Return the options of a plain Keras training: Adam at 1e-3, nothing dropped, no decay."""
    return TrainingOptions(
        epochs=epochs,
        patience=patience,
        batch_size=batch_size,
        learning_rate=1e-3,
        dropout=0.0,
        weight_decay=0.0,
        **more,
    )


def _layered(
    layers: Callable[..., Layers], options: TrainingOptions, length: int, *, two_logits: bool = False
) -> Recipe:
    return Recipe(layers, options, length, has_layers=True, two_logits=two_logits)


_HW4 = _as_keras(10, 3, 128)
USUAL_OPTIONS = _HW4
"""How a network without a name is trained unless told otherwise."""
_FOXO1 = _as_keras(10, 10, 256)
_TFBS = _as_keras(10, 10, 10, loss=SQUARED_ERROR)
_MULTISCALE = _as_keras(30, 10, 64, halve_after=5, least_rate=1e-6)
NETWORKS: Mapping[str, Recipe] = {
    "deepbind": Recipe(_fixed(n_filters=16, filter_width=5, n_hidden=32), _HW4, 101),
    "interaction": _layered(_interaction, _HW4, 101),
    "foxo1-v1": Recipe(_fixed(n_filters=64, filter_width=6), _FOXO1, 100),
    "foxo1-v2": Recipe(_fixed(n_filters=64, filter_width=12), _FOXO1, 100),
    "foxo1-v3": _layered(partial(_foxo1, 2), _FOXO1, 100),
    "foxo1-v4": _layered(partial(_foxo1, 3), _FOXO1, 100),
    "foxo1-v5": _layered(partial(_foxo1, 4), _FOXO1, 100),
    "tfbs": _layered(_tfbs, _TFBS, 50),
    "tfbs-deep": _layered(_tfbs_deep, _TFBS, 50, two_logits=True),
    "multiscale": _layered(_multiscale, _MULTISCALE, 200),
    "motiflens": Recipe(_motiflens, TrainingOptions(), 200),
}
