"""The layers of the networks by name that have layers; `motiflens.networks.architectures` tells what they are for.

The first convolution has ``n_filters`` filters of ``filter_width`` bases; what is behind it changes in step.
"""

from __future__ import annotations

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
    Residual,
)

Layers = tuple[Layer, ...]


def hidden_layers(units: int) -> Layers:
    """Return a hidden layer, or none."""
    return (Dense(units),) if units else ()


def interaction_layers(
    *, n_filters: int = 24, filter_width: int = 5, n_hidden: int = 32, activation: str = "relu"
) -> Layers:
    """Return two convolutions and a maximum."""
    conv = Conv(n_filters, filter_width, activation=activation)
    return conv, conv, GlobalMax(), *hidden_layers(n_hidden)


def foxo1_layers(
    depth: int, *, n_filters: int = 64, filter_width: int = 12, activation: str = "relu", dropout: float = 0.2
) -> Layers:
    """Return ``depth`` convolutions; filters and width halve at each, the width rounded up."""
    layers: list[Layer] = []
    for block in range(depth):
        layers += [MaxPool(2), Dropout(dropout)] if block else []
        layers.append(Conv(max(n_filters >> block, 1), -(-filter_width >> block), activation=activation))
    return (*layers, GlobalMax())


def tfbs_layers(
    *, n_filters: int = 32, filter_width: int = 12, n_hidden: int = 16, activation: str = "linear"
) -> Layers:
    """Return linear filters, a pool and a hidden layer."""
    return Conv(n_filters, filter_width, activation=activation), MaxPool(4), Flatten(), *hidden_layers(n_hidden)


def tfbs_deep_layers(
    *, n_filters: int = 32, filter_width: int = 12, activation: str = "linear", dropout: float = 0.2
) -> Layers:
    """Return linear filters, a pool and ten dense layers."""
    wide = [layer for units in (256, 128, 64, 32) for layer in (Dense(units), Dropout(dropout))]
    narrow = [Dense(units) for units in (16, 16, 8, 8, 4, 4)]
    return Conv(n_filters, filter_width, "same", activation), MaxPool(5), Flatten(), *wide, *narrow


def multiscale_layers(*, n_filters: int = 64, activation: str = "relu") -> Layers:
    """Return four branches of different filter widths, each with attention."""
    branches = tuple(
        (Conv(n_filters, width, "same", activation), BatchNorm(), Dropout(0.2), Attention(), GlobalMax())
        for width in (3, 7, 15, 25)
    )
    head = (Dense(256), BatchNorm(), Dropout(0.5), Dense(128), BatchNorm(), Dropout(0.3))
    return Parallel(branches), *head


def dilated_layers(
    *, n_filters: int = 64, filter_width: int = 12, n_hidden: int = 32, activation: str = "relu", dropout: float = 0.2
) -> Layers:
    """Return wide filters, a pool, and residual convolutions whose gaps double.

    Without batch normalisation: with it, small data are learned by heart before any distance is.
    """
    tower = tuple(
        Residual((Conv(n_filters, 3, "same", dilation=dilation), Dropout(dropout))) for dilation in (1, 2, 4, 8)
    )
    first = Conv(n_filters, filter_width, "same", activation)
    return first, MaxPool(4), Dropout(dropout), *tower, GlobalMax(), *hidden_layers(n_hidden)
