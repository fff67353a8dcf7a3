"""Networks made by hand that know planted words: deep ones in halves, shallow ones whole."""

import numpy as np

from motiflens.alphabet import encode
from motiflens.extraction.matrices import likeness
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.layers import Conv, GlobalMax
from motiflens.networks.model import FilterNetwork, TrainedNetwork

WORD, OTHER = "GATTACGACC", "CCTGAACTGT"
LENGTH = 60
BASE = np.full(4, 0.25)


def halves(*words, length=LENGTH, n_outputs=1):
    """A network of two convolutions: the first knows half words alone, the second which two make a whole.

    Every half stands in all first filters at each strand, so that no filter of the first layer holds a whole word.
    """
    wholes = [strand for word in words for strand in (word, complement(word))]
    n = len(wholes)
    first, second = np.zeros((2 * n, 4, 5), np.float32), np.zeros((n, 2 * n, 6), np.float32)
    for j, whole in enumerate(wholes):
        for half in (0, 1):
            first[2 * j + half, encode(whole[5 * half : 5 * half + 5]), np.arange(5)] = 1
            second[j, 2 * j + half, 5 * half] = 1
    units = np.zeros((n_outputs, n), np.float32)
    units[-1] = 3
    if n_outputs == 2:
        units[0] = -1
    layers = (Conv(2 * n, 5), Conv(n, 6), GlobalMax())
    weights = {"0.weight": first, "0.bias": np.full(2 * n, -2.5, np.float32),
               "1.weight": second, "1.bias": np.full(n, -1.2, np.float32)}  # fmt: skip
    return with_head(Blueprint(layers, length, n_outputs), weights, units)


def with_head(blueprint, weights, units):
    shapes = blueprint.weights()
    rest = {name: np.zeros(shape, np.float32) for name, shape in shapes.items() if name not in weights}
    (name,) = [name for name in rest if name.endswith("weight")]
    return TrainedLayers(blueprint, {**rest, **weights, name: units.reshape(shapes[name])})


def complement(word):
    return word[::-1].translate(str.maketrans("ACGT", "TGCA"))


def filters(*words, length=LENGTH):
    """A network whose filters are whole words, on both strands."""
    network = FilterNetwork(len(words), 12, length, n_bins=1)
    parts = {name: np.zeros_like(part) for name, part in TrainedNetwork(
        network, np.zeros(network.n_parameters, np.float32)).weights().items()}  # fmt: skip
    for f, word in enumerate(words):
        parts["filters"][1 + np.arange(10), encode(word), f] = 1
    parts["filter_bias"][:] = -7
    parts["output"][:] = 2
    return TrainedNetwork(network, np.concatenate([part.ravel() for part in parts.values()]))


def is_of(candidate, word):
    """Tell whether a motif is a word, on either strand, one weak column at an end left out or not."""
    held = np.array([[letter == base for letter in word] for base in "ACGT"])
    return likeness(candidate.matrix, np.where(held, 0.97, 0.01), BASE) > 0.9
