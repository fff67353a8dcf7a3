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
| ``rc-filters`` | Conv(128, 20), ReLU, max, Dense(1); both strands share the weights | 10497 |
| ``exponential`` | Conv(128, 20), max, exponential, Dense(1); one strand | 10497 |
| ``positional`` | Conv(128, 20) with a preference for every position, ReLU, max, Dense(1); one strand | 33665 |
| ``dilated`` | Conv(64, 12), max 4, Conv(64, 3) added 1, 2, 4 and 8 places apart, max, Dense(32), Dense(1) | 54657 |

The first is after Alipanahi et al. 2015, doi:10.1038/nbt.3300. Those of one convolution are a
`FilterNetwork`, trained by compiled loops; the others a `Blueprint`, trained by torch.

The last four are our own, each for one question, with F filters of w bases, L columns and one logit:

- ``rc-filters``: motifs that may lie on either strand, as in a genome. A filter scores both strands and
  keeps the better one, so that a motif is learned once, not twice. It knows no positions, so it reads
  sequences of any length. ``(4 w + 1) F + F + 1`` parameters.
- ``exponential``: filters to be read as motifs, from one strand unless ``both_strands``. The exponential
  lets a good match outweigh all poor ones, which makes filters cleaner (Koo & Ploenzke 2021,
  doi:10.1038/s42256-020-00291-x). As many parameters.
- ``positional``: sequences aligned to something, such as a summit or a start of transcription, where it
  matters where a motif lies. Each filter learns a preference for each of the ``L - w + 1`` windows; with
  ``n_bins``, for as many even stretches. ``(4 w + 1) F + (L - w + 1) F + F + 1`` parameters.
- ``dilated``: grammars, where order and distance of motifs tell the classes apart. Behind wide filters
  and a pool, convolutions with growing gaps see 135 bases at once; for wider ones see `auto`, whose
  grammar of motifs knows all distances and can be read. With h hidden units
  ``(4 w + 1) F + 4 (3 F + 1) F + (F + 1) h + h + 1`` parameters.
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
from motiflens.networks.layers import Conv, GlobalMax
from motiflens.networks.model import FilterNetwork
from motiflens.networks.stacks import (
    Layers,
    dilated_layers,
    foxo1_layers,
    hidden_layers,
    interaction_layers,
    multiscale_layers,
    tfbs_deep_layers,
    tfbs_layers,
)

_N_FILTERS = 128
_FILTER_WIDTH = 20
_N_BINS = 9
Sizes = dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """A network by name.

    Attributes
    ----------
    parts
        Returns the fields of its `FilterNetwork`, given the length of the sequences and those fields
        that shall differ; or its layers, given those of its sizes that shall differ.
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
    return FilterNetwork(length=length, **{**_motiflens(length, {}), "both_strands": both_strands})


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
        return FilterNetwork(length=length, n_outputs=n_outputs, **{**named.parts(length, given), **given})
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
    return Blueprint((conv, GlobalMax(), *hidden_layers(network.n_hidden)), network.length, network.n_outputs)


def _fixed(**sizes: Any) -> Callable[[int, Sizes], Sizes]:
    return lambda length, given: {"n_bins": 0, "both_strands": False, **sizes}


def _motiflens(length: int, given: Sizes) -> Sizes:
    sizes = _wide(length, given)
    bins = int(np.clip((length - sizes["filter_width"] + 1) // 5, 1, _N_BINS))
    return {**sizes, "n_bins": bins}


def _wide(length: int, given: Sizes, **more: Any) -> Sizes:
    """Return the sizes that our own networks share: filters wider than most motifs, and more than there are motifs."""
    return {"n_filters": _N_FILTERS, "filter_width": min(_FILTER_WIDTH, max(length // 2, 6)), "n_bins": 0, **more}


def _positional(length: int, given: Sizes) -> Sizes:
    """Return filters with a bin for every window, of which narrower filters have more."""
    sizes = _wide(length, given, both_strands=False)
    n_windows = length - {**sizes, **given}["filter_width"] + 1
    return {**sizes, "n_bins": max(n_windows, 0)}


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
_DILATED = TrainingOptions(
    epochs=40, patience=10, batch_size=0, learning_rate=1e-3, dropout=0.0, weight_decay=0.01, halve_after=4
)
NETWORKS: Mapping[str, Recipe] = {
    "deepbind": Recipe(_fixed(n_filters=16, filter_width=5, n_hidden=32), _HW4, 101),
    "interaction": _layered(interaction_layers, _HW4, 101),
    "foxo1-v1": Recipe(_fixed(n_filters=64, filter_width=6), _FOXO1, 100),
    "foxo1-v2": Recipe(_fixed(n_filters=64, filter_width=12), _FOXO1, 100),
    "foxo1-v3": _layered(partial(foxo1_layers, 2), _FOXO1, 100),
    "foxo1-v4": _layered(partial(foxo1_layers, 3), _FOXO1, 100),
    "foxo1-v5": _layered(partial(foxo1_layers, 4), _FOXO1, 100),
    "tfbs": _layered(tfbs_layers, _TFBS, 50),
    "tfbs-deep": _layered(tfbs_deep_layers, _TFBS, 50, two_logits=True),
    "multiscale": _layered(multiscale_layers, _MULTISCALE, 200),
    "motiflens": Recipe(_motiflens, TrainingOptions(), 200),
    "rc-filters": Recipe(partial(_wide, both_strands=True), TrainingOptions(), 200),
    "exponential": Recipe(partial(_wide, both_strands=False, activation="exponential"), TrainingOptions(), 200),
    "positional": Recipe(_positional, TrainingOptions(), 200),
    "dilated": _layered(dilated_layers, _DILATED, 200),
}
