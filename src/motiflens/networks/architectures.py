"""Networks by name: their sizes, and how each is trained.

| name | network | parameters |
|---|---|---|
| ``deepbind`` | Conv(16, 5), ReLU, global max, Dense(32), ReLU, Dense(1); one strand | 913 |
| ``foxo1-v1`` | Conv(64, 6), ReLU, global max, Dense(1); one strand | 1665 |
| ``foxo1-v2`` | Conv(64, 12), ReLU, global max, Dense(1); one strand | 3201 |
| ``motiflens`` | what `discover` trains: Conv(128, 20), ReLU, max, Dense(1); both strands, 9 position bins | 11649 |

The first is after Alipanahi et al. 2015, doi:10.1038/nbt.3300.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from motiflens.errors import ParameterError
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.model import FilterNetwork

_N_FILTERS = 128
_FILTER_WIDTH = 20
_N_BINS = 9
Sizes = dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """A network by name.

    Attributes
    ----------
    sizes
        The fields of its `FilterNetwork`, given the length of the sequences.
    options
        How it is trained unless told otherwise.
    """

    sizes: Callable[[int], Sizes]
    options: TrainingOptions


def architecture(length: int, *, both_strands: bool) -> FilterNetwork:
    """Choose the network for sequences of a length: 128 filters of 20 bases, 9 position bins.

    Filters read at most half of a short sequence; bins hold at least 5 windows.
    """
    return FilterNetwork(length=length, **{**_motiflens(length), "both_strands": both_strands})


def named_network(
    name: str, length: int, *, n_outputs: int = 1, sizes: Mapping[str, Any] | None = None
) -> FilterNetwork:
    """Return a network by name, for sequences of a length.

    Parameters
    ----------
    name
        One of `NETWORKS`.
    length
        Columns of the sequences.
    n_outputs
        Logits: 1 for two classes, one a class or label for more.
    sizes
        Fields of `FilterNetwork` that shall differ from the named network's.

    Raises
    ------
    ParameterError
        When there is no network of that name, or a size is out of range.

    Examples
    --------
    >>> named_network("deepbind", 101).n_parameters
    913
    >>> named_network("deepbind", 101, sizes={"n_filters": 24}).n_parameters
    1337
    """
    chosen = {**recipe(name).sizes(length), **(sizes or {})}
    return FilterNetwork(length=length, n_outputs=n_outputs, **chosen)


def recipe(name: str) -> Recipe:
    """Look up a network by name.

    Raises
    ------
    ParameterError
        When there is no network of that name.
    """
    if not isinstance(name, str) or name not in NETWORKS:
        msg = f"network must be one of {', '.join(NETWORKS)}. Got {name!r}."
        raise ParameterError(msg)
    return NETWORKS[name]


def _fixed(**sizes: Any) -> Callable[[int], Sizes]:
    return lambda length: {"n_bins": 0, "both_strands": False, **sizes}


def _motiflens(length: int) -> Sizes:
    width = min(_FILTER_WIDTH, max(length // 2, 6))
    bins = int(np.clip((length - width + 1) // 5, 1, _N_BINS))
    return {"n_filters": _N_FILTERS, "filter_width": width, "n_bins": bins}


def _as_keras(epochs: int, patience: int, batch_size: int) -> TrainingOptions:
    """Return the options of a plain Keras training: Adam at 1e-3, nothing dropped, no decay."""
    return TrainingOptions(
        epochs=epochs, patience=patience, batch_size=batch_size, learning_rate=1e-3, dropout=0.0, weight_decay=0.0
    )


NETWORKS: Mapping[str, Recipe] = {
    "deepbind": Recipe(_fixed(n_filters=16, filter_width=5, n_hidden=32), _as_keras(10, 3, 128)),
    "foxo1-v1": Recipe(_fixed(n_filters=64, filter_width=6), _as_keras(10, 10, 256)),
    "foxo1-v2": Recipe(_fixed(n_filters=64, filter_width=12), _as_keras(10, 10, 256)),
    "motiflens": Recipe(_motiflens, TrainingOptions()),
}
