"""The compiled loops behind one-convolution networks with a global max pool.

Pooling goes through `motiflens.windows`; its gradient touches only the winning window of
each filter. With n sequences, F filters of width k, B position bins, H hidden units and
O outputs, and dropout mask d::

    pooled[f]  = max over windows p and strands of  sum_j W[j, x[p + j], f] + u[bin(p), f]
    feature[f] = d[f] relu(pooled[f] + b[f])   or   d[f] exp(min(pooled[f] + b[f], 10))
    logit      = relu(feature D1 + c1) D2 + c2     (feature D2 + c2 when H = 0)

Every loop runs in one thread and releases the interpreter's lock: several networks train
side by side, and no result depends on the number of threads. Loops call no other compiled
function, because each would be compiled again inside its caller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.vectors import FLAGS
from motiflens.windows import best_windows

Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Shape = tuple[int, int, int, int, int]
"""``(k, F, B, H, O)``."""
SIGMOID, SOFTMAX = 0, 1
_CAP = np.float32(10.0)
_CHUNK = 4096


class Parts(NamedTuple):
    """Views into a flat parameter vector.

    ``filters (k, 4, F)``, ``filter_bias (F,)``, ``position (B, F)``, ``hidden (F, H)``,
    ``hidden_bias (H,)``, ``output (H or F, O)``, ``output_bias (O,)``.
    """

    filters: Floats32
    filter_bias: Floats32
    position: Floats32
    hidden: Floats32
    hidden_bias: Floats32
    output: Floats32
    output_bias: Floats32


@dataclass(frozen=True)
class Plan:
    """What the loops need to know of a network.

    Attributes
    ----------
    shape
        ``(k, F, B, H, O)``.
    bins
        ``(L,)`` position bin of a window by its first column.
    both
        Whether filters read both strands.
    activation
        0 for relu, 1 for exponential.
    """

    shape: Shape
    bins: Integers
    both: bool
    activation: int


@dataclass(frozen=True)
class Data:
    """Sequences to learn from: ``codes (n, L)``, ``targets (n, O)``, ``weights (n,)`` >= 0."""

    codes: npt.NDArray[np.uint8]
    targets: Floats32
    weights: Floats32


class Forward(NamedTuple):
    """What a network makes of m sequences.

    ``pooled`` and ``window (m, F)`` as `best_windows` gives them, ``feature`` and ``slope (m,
    F)``, its derivative by the pooled score, ``hidden (m, H)`` and ``logits (m, O)``.
    """

    pooled: Floats32
    window: npt.NDArray[np.int32]
    feature: Floats32
    slope: Floats32
    hidden: Floats32
    logits: Floats32


def shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return the shape of each of the `Parts` by name, in their order in the flat vector."""
    k, n_filters, n_bins, n_hidden, n_outputs = shape
    return {
        "filters": (k, 4, n_filters),
        "filter_bias": (n_filters,),
        "position": (n_bins, n_filters),
        "hidden": (n_filters, n_hidden),
        "hidden_bias": (n_hidden,),
        "output": (n_hidden or n_filters, n_outputs),
        "output_bias": (n_outputs,),
    }


def views(theta: Floats32, shape: Shape) -> Parts:
    """Split a flat parameter vector into its parts."""
    parts, start = {}, 0
    for name, part in shapes(shape).items():
        stop = start + math.prod(part)
        parts[name] = theta[start:stop].reshape(part)
        start = stop
    return Parts(**parts)


def forward(
    codes: npt.NDArray[np.uint8], rows: Integers, parts: Parts, plan: Plan, *, drop: float = 0.0, seed: int = 0
) -> Forward:
    """Run a network over the sequences ``rows``; ``drop`` and ``seed`` as in `batch_gradient`."""
    _, n_filters, _, n_hidden, n_outputs = plan.shape
    n = len(rows)
    pooled, window = np.empty((n, n_filters), np.float32), np.empty((n, n_filters), np.int32)
    feature, slope = np.empty_like(pooled), np.empty_like(pooled)
    hidden, logits = np.empty((n, n_hidden), np.float32), np.empty((n, n_outputs), np.float32)
    best_windows(codes, parts.filters, parts.position, plan.bins, plan.both, pooled, window, rows)
    _activate(pooled, parts.filter_bias, plan.activation, rows, drop, seed, feature, slope)
    _head(feature, parts.hidden, parts.hidden_bias, parts.output, parts.output_bias, hidden, logits)
    return Forward(pooled, window, feature, slope, hidden, logits)


def predict(
    codes: npt.NDArray[np.uint8], theta: Floats32, plan: Plan
) -> tuple[Floats32, Floats32, npt.NDArray[np.int32]]:
    """Return logits ``(n, O)``, pooled scores ``(n, F)`` and winning windows ``(n, F)``."""
    parts, rows = views(theta, plan.shape), np.arange(len(codes))
    chunks = [forward(codes, rows[i : i + _CHUNK], parts, plan) for i in range(0, max(len(rows), 1), _CHUNK)]
    logits, pooled, window = (
        np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("logits", "pooled", "window")
    )
    return logits, pooled, window


def batch_gradient(
    data: Data,
    rows: Integers,
    theta: Floats32,
    plan: Plan,
    gradient: Floats32,
    *,
    loss: int = SIGMOID,
    drop: float = 0.0,
    seed: int = 0,
) -> float:
    """Return the mean weighted loss over sequences and put its gradient into ``gradient``.

    Parameters
    ----------
    rows
        ``(m,)`` sequences of the batch.
    theta, gradient
        ``(n_parameters,)``; the gradient is overwritten.
    loss
        `SIGMOID` cross-entropy, the mean over outputs, or `SOFTMAX` cross-entropy.
    drop, seed
        Dropout rate of the features, in [0, 1); the mask is a hash of seed, sequence and filter.
    """
    parts = views(theta, plan.shape)
    gradient[:] = 0
    down = views(gradient, plan.shape)
    run = forward(data.codes, rows, parts, plan, drop=drop, seed=seed)
    delta, back = np.empty_like(run.logits), np.empty_like(run.feature)
    total = _loss(run.logits, data.targets, data.weights, rows, loss, delta)
    _head_gradient(
        run.feature, run.hidden, delta, parts.hidden, parts.output,
        down.hidden, down.hidden_bias, down.output, down.output_bias, back,
    )  # fmt: skip
    _scatter(data.codes, rows, run.window, back, run.slope, plan.bins, down.filters, down.filter_bias, down.position)
    return float(total)


@njit(**FLAGS)
def _activate(pooled, bias, activation, rows, drop, seed, feature, slope):
    n_filters = pooled.shape[1]
    keep = np.float32(1 / (1 - drop))
    for r in range(pooled.shape[0]):
        for f in range(n_filters):
            z = pooled[r, f] + bias[f]
            if activation == 0:
                feature[r, f] = max(z, np.float32(0))
                slope[r, f] = np.float32(1) if z > 0 else np.float32(0)
            else:
                feature[r, f] = np.exp(min(z, _CAP))
                slope[r, f] = feature[r, f] if z < _CAP else np.float32(0)
        if drop > 0:
            for f in range(n_filters):
                # the splitmix64 finaliser, to 53 bits
                z64 = np.uint64(seed) + np.uint64(rows[r] * n_filters + f) * np.uint64(0x9E3779B97F4A7C15)
                z64 = (z64 ^ (z64 >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                z64 = (z64 ^ (z64 >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                z64 = z64 ^ (z64 >> np.uint64(31))
                kept = keep if (z64 >> np.uint64(11)) * (1.0 / 9007199254740992.0) >= drop else np.float32(0)
                feature[r, f] *= kept
                slope[r, f] *= kept


@njit(**FLAGS)
def _head(feature, d1, c1, d2, c2, hidden, logits):
    n_filters, n_hidden, n_outputs = feature.shape[1], c1.shape[0], c2.shape[0]
    for r in range(feature.shape[0]):
        for h in range(n_hidden):
            hidden[r, h] = c1[h]
        for f in range(n_filters if n_hidden else 0):
            x = feature[r, f]
            for h in range(n_hidden):
                hidden[r, h] += x * d1[f, h]
        for h in range(n_hidden):
            hidden[r, h] = max(hidden[r, h], np.float32(0))
        top = hidden if n_hidden else feature
        for o in range(n_outputs):
            logit = c2[o]
            for i in range(top.shape[1]):
                logit += top[r, i] * d2[i, o]
            logits[r, o] = logit


@njit(**FLAGS)
def _loss(logits, targets, weights, rows, loss, delta):
    n_outputs = logits.shape[1]
    total, norm = 0.0, 0.0
    for r in range(rows.shape[0]):
        norm += weights[rows[r]]
    norm = norm if norm > 0 else 1.0
    for r in range(rows.shape[0]):
        i = rows[r]
        share = np.float32(weights[i] / norm)
        if loss == 0:
            share /= n_outputs
            for o in range(n_outputs):
                z, target = logits[r, o], targets[i, o]
                small = np.exp(-abs(z))
                total += share * (max(z, np.float32(0)) - z * target + np.log1p(small))
                delta[r, o] = share * ((np.float32(1) if z >= 0 else small) / (1 + small) - target)
        else:
            top, norm_r = logits[r, 0], np.float32(0)
            for o in range(n_outputs):
                top = max(top, logits[r, o])
            for o in range(n_outputs):
                norm_r += np.exp(logits[r, o] - top)
            for o in range(n_outputs):
                log_p = logits[r, o] - top - np.log(norm_r)
                total -= share * targets[i, o] * log_p
                delta[r, o] = share * (np.exp(log_p) - targets[i, o])
    return total


@njit(**FLAGS)
def _head_gradient(feature, hidden, delta, d1, d2, g_d1, g_c1, g_d2, g_c2, g_feature):
    n_filters, n_hidden, n_outputs = feature.shape[1], hidden.shape[1], delta.shape[1]
    top = hidden if n_hidden else feature
    back = np.empty(top.shape[1], np.float32)
    for r in range(delta.shape[0]):
        for i in range(top.shape[1]):
            back[i] = 0
        for o in range(n_outputs):
            g_c2[o] += delta[r, o]
            for i in range(top.shape[1]):
                g_d2[i, o] += top[r, i] * delta[r, o]
                back[i] += d2[i, o] * delta[r, o]
        if n_hidden == 0:
            for f in range(n_filters):
                g_feature[r, f] = back[f]
            continue
        for h in range(n_hidden):
            back[h] = back[h] if hidden[r, h] > 0 else np.float32(0)
            g_c1[h] += back[h]
        for f in range(n_filters):
            x, total = feature[r, f], np.float32(0)
            for h in range(n_hidden):
                g_d1[f, h] += x * back[h]
                total += d1[f, h] * back[h]
            g_feature[r, f] = total


@njit(**FLAGS)
def _scatter(codes, rows, window, g_feature, slope, bins, g_kernel, g_bias, g_shift):
    k = g_kernel.shape[0]
    for r in range(rows.shape[0]):
        code = codes[rows[r]]
        for f in range(window.shape[1]):
            g = g_feature[r, f] * slope[r, f]
            if g == 0:
                continue
            p = window[r, f] >> 1
            g_bias[f] += g
            g_shift[bins[p], f] += g
            reverse = window[r, f] & 1
            for j in range(k):
                c = code[p + k - 1 - j] if reverse else code[p + j]
                if c < 4:
                    g_kernel[j, 3 - c if reverse else c, f] += g


@njit(**FLAGS)
def adam(theta, gradient, first, second, step, rate, decay):
    """Take Adam step ``step`` (from 1) on flat vectors, in place, with decoupled decay.

    Kingma & Ba (2015), https://arxiv.org/abs/1412.6980, betas 0.9 and 0.999, the bias
    correction folded into the rate, eps 1e-7; then ``theta -= decay theta``.
    """
    c1 = np.float32(1 - 0.9**step)
    c2 = np.float32(1 - 0.999**step)
    scale = np.float32(rate) * np.sqrt(c2) / c1
    for i in range(theta.shape[0]):
        g = gradient[i]
        first[i] += np.float32(0.1) * (g - first[i])
        second[i] += np.float32(0.001) * (g * g - second[i])
        theta[i] -= scale * first[i] / (np.sqrt(second[i]) + np.float32(1e-7)) + decay[i] * theta[i]
