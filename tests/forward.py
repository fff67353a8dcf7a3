"""A network of layers run position by position in plain numpy: slow, and written from the definitions."""

import numpy as np

from motiflens.networks.layers import (
    Attention,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalMax,
    MaxPool,
    Parallel,
    Residual,
)

_ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "exponential": lambda z: np.exp(np.minimum(z, 10)),
}


def forward(layers, weights, x, path=""):
    """Return what layers make of ``x`` outside of training; arrays are found by the layer's path."""
    for index, layer in enumerate(layers):
        here = f"{path}{index}."
        own = {name[len(here) :]: part.astype(float) for name, part in weights.items() if name.startswith(here)}
        x = _one(layer, own, x)
    return x


def _one(layer, own, x):
    match layer:
        case Conv():
            return _ACTIVATIONS[layer.activation](_conv(layer, own, x))
        case Dense():
            return _ACTIVATIONS[layer.activation](np.array([own["weight"] @ row + own["bias"] for row in x]))
        case MaxPool():
            n = x.shape[2] // layer.size
            return np.stack([x[:, :, i * layer.size : (i + 1) * layer.size].max(axis=2) for i in range(n)], axis=2)
        case Dropout():
            return x
        case BatchNorm():
            return np.stack([(x[:, c] - own["mean"][c]) / np.sqrt(own["variance"][c] + 1e-3) * own["weight"][c]
                             + own["bias"][c] for c in range(x.shape[1])], axis=1)  # fmt: skip
        case Attention():
            return np.stack([_attended(own, each) for each in x])
        case GlobalMax():
            return x.max(axis=2)
        case Flatten():
            return np.array([np.concatenate(list(each)) for each in x])
        case Residual():
            return x + forward(layer.layers, own, x)
        case Parallel():
            return np.concatenate([forward(b, own, x, f"{i}.") for i, b in enumerate(layer.branches)], axis=1)


def _attended(own, channels):
    scores = np.tanh(
        [own["weight"][0] @ channels[:, position] + own["bias"][0] for position in range(channels.shape[1])]
    )
    return channels * (np.exp(scores) / np.exp(scores).sum())


def _conv(layer, own, x):
    reach = (layer.width - 1) * layer.dilation
    left = reach // 2 if layer.padding == "same" else 0
    n_out = x.shape[2] if layer.padding == "same" else x.shape[2] - reach
    result = np.zeros((len(x), layer.n_filters, n_out)) + own["bias"][:, None]
    for position in range(n_out):
        for k in range(layer.width):
            source = position - left + k * layer.dilation
            if 0 <= source < x.shape[2]:
                result[:, :, position] += x[:, :, source] @ own["weight"][:, :, k].T
    return result
