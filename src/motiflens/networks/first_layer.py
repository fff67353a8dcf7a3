"""The filters of a network's first layer by themselves, so that they can be turned into motifs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.blueprints import TrainedLayers
from motiflens.networks.layers import Conv, Layer, Parallel
from motiflens.networks.model import FilterNetwork, Floats32, TrainedNetwork


def first_filters(trained: TrainedLayers, length: int) -> list[TrainedNetwork]:
    """Return the convolutions that read the sequence itself, each as a network that only scores.

    Parameters
    ----------
    trained
        A network whose first layer is a convolution, or several in parallel.
    length
        Columns of the sequences that they shall score.

    Returns
    -------
    networks
        One a convolution, of one strand, with its filters and biases; their output is always 0. A
        filter's score is its best window's inside the sequence, before the activation.

    Raises
    ------
    ParameterError
        When no convolution without gaps reads the sequence.
    """
    found = [_scorer(conv, path, trained.weights, length) for path, conv in _first(trained.network.layers)]
    if not found:
        msg = (
            "Motifs are made from filters that read the sequence: the first layer must be a convolution with "
            f"dilation 1, or several in parallel. Got {trained.network.layers[:1]}."
        )
        raise ParameterError(msg)
    return found


def _first(layers: Sequence[Layer], path: str = "") -> Iterator[tuple[str, Conv]]:
    match layers:
        case [Conv(dilation=1) as conv, *_]:
            yield f"{path}0", conv
        case [Parallel(branches), *_]:
            for index, branch in enumerate(branches):
                yield from _first(branch, f"{path}0.{index}.")


def _scorer(conv: Conv, path: str, weights: Mapping[str, Floats32], length: int) -> TrainedNetwork:
    network = FilterNetwork(conv.n_filters, conv.width, length, n_bins=0, n_hidden=1, both_strands=False)
    parameters = np.zeros(network.n_parameters, np.float32)
    parts = kernels.views(parameters, network.shape)
    parts.filters[:] = weights[f"{path}.weight"].transpose(2, 1, 0)
    parts.filter_bias[:] = weights[f"{path}.bias"]
    return TrainedNetwork(network, parameters)
