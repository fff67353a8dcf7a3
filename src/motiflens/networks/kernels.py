"""The compiled loops behind one-convolution networks with a global max pool.

Pooling goes through `motiflens.windows`; its gradient touches only the winning window of
each filter. With n sequences, F filters of width k, B position bins, H hidden units and
O outputs, and dropout mask d::

    pooled[f]  = max over windows p and strands of  sum_j W[j, x[p + j], f] + u[bin(p), f]
    feature[f] = d[f] relu(pooled[f] + b[f])   or   d[f] exp(min(pooled[f] + b[f], 10))
    logit      = relu(feature D1 + c1) D2 + c2     (feature D2 + c2 when H = 0)

Every loop runs in one thread and releases the interpreter's lock: several networks train
side by side, and no result depends on the number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from motiflens.windows import FLAGS, best_windows, merge_strands, pool_row, tables

_CAP = np.float32(10.0)


@njit(**FLAGS)
def activate(pooled, bias, activation, feature, slope):
    """Feature of each filter and its derivative by the pooled score."""
    for f in range(pooled.shape[0]):
        z = pooled[f] + bias[f]
        if activation == 0:
            feature[f] = max(z, np.float32(0))
            slope[f] = np.float32(1) if z > 0 else np.float32(0)
        else:
            feature[f] = np.exp(min(z, _CAP))
            slope[f] = feature[f] if z < _CAP else np.float32(0)


@njit(**FLAGS)
def head_row(feature, d1, c1, d2, c2, hidden, logit):
    """Dense head of one sequence: ``relu(feature D1 + c1) D2 + c2``; no hidden layer if H = 0."""
    n_hidden = c1.shape[0]
    for o in range(c2.shape[0]):
        logit[o] = c2[o]
    if n_hidden == 0:
        for f in range(feature.shape[0]):
            for o in range(c2.shape[0]):
                logit[o] += feature[f] * d2[f, o]
        return
    for h in range(n_hidden):
        hidden[h] = c1[h]
    for f in range(feature.shape[0]):
        x = feature[f]
        if x != 0:
            for h in range(n_hidden):
                hidden[h] += x * d1[f, h]
    for h in range(n_hidden):
        hidden[h] = max(hidden[h], np.float32(0))
        for o in range(c2.shape[0]):
            logit[o] += hidden[h] * d2[h, o]


@njit(**FLAGS)
def loss_row(logit, target, loss, delta):
    """Loss of one sequence and its gradient by the logits, ``(O,)``."""
    n_outputs = logit.shape[0]
    total = np.float32(0)
    if loss == 0:
        for o in range(n_outputs):
            z = logit[o]
            total += max(z, np.float32(0)) - z * target[o] + np.log1p(np.exp(-abs(z)))
            delta[o] = (1 / (1 + np.exp(-z)) - target[o]) / n_outputs
        return total / n_outputs
    top = logit[0]
    for o in range(n_outputs):
        top = max(top, logit[o])
    norm = np.float32(0)
    for o in range(n_outputs):
        norm += np.exp(logit[o] - top)
    for o in range(n_outputs):
        log_p = logit[o] - top - np.log(norm)
        total -= target[o] * log_p
        delta[o] = np.exp(log_p) - target[o]
    return total


@njit(**FLAGS)
def head_gradient(feature, hidden, delta, d1, d2, g_d1, g_c1, g_d2, g_c2, back, g_feature):
    """Add one sequence's gradient of the dense head; ``g_feature`` ``(F,)`` is overwritten."""
    n_hidden, n_outputs, n_filters = g_c1.shape[0], g_c2.shape[0], feature.shape[0]
    for o in range(n_outputs):
        g_c2[o] += delta[o]
    if n_hidden == 0:
        for f in range(n_filters):
            g_feature[f] = np.float32(0)
            for o in range(n_outputs):
                g_d2[f, o] += feature[f] * delta[o]
                g_feature[f] += d2[f, o] * delta[o]
        return
    for h in range(n_hidden):
        back[h] = np.float32(0)
        for o in range(n_outputs):
            g_d2[h, o] += hidden[h] * delta[o]
            back[h] += d2[h, o] * delta[o]
        if hidden[h] <= 0:
            back[h] = np.float32(0)
        g_c1[h] += back[h]
    for f in range(n_filters):
        x = feature[f]
        total = np.float32(0)
        for h in range(n_hidden):
            g_d1[f, h] += x * back[h]
            total += d1[f, h] * back[h]
        g_feature[f] = total


@njit(**FLAGS)
def scatter(codes, window, g_pooled, bins, k, g_kernel, g_shift):
    """Add one sequence's gradient of the filters: only each winning window has one."""
    for f in range(g_pooled.shape[0]):
        g = g_pooled[f]
        if g == 0:
            continue
        p = window[f] >> 1
        g_shift[bins[p], f] += g
        if window[f] & 1:
            for j in range(k):
                c = codes[p + k - 1 - j]
                if c < 4:
                    g_kernel[j, 3 - c, f] += g
        else:
            for j in range(k):
                c = codes[p + j]
                if c < 4:
                    g_kernel[j, c, f] += g


@njit(nogil=True, cache=True)
def uniform(seed, index):
    """Hash a seed and a counter to a float in [0, 1) (the splitmix64 finaliser)."""
    z = np.uint64(seed) + np.uint64(index) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(**FLAGS)
def adam(theta, gradient, first, second, step, rate, decay):
    """One Adam step on a flat vector (Kingma & Ba 2015, eps 1e-7) with decoupled decay."""
    c1 = np.float32(1 - 0.9**step)
    c2 = np.float32(1 - 0.999**step)
    scale = np.float32(rate) * np.sqrt(c2) / c1
    for i in range(theta.shape[0]):
        g = gradient[i]
        first[i] += np.float32(0.1) * (g - first[i])
        second[i] += np.float32(0.001) * (g * g - second[i])
        theta[i] -= scale * first[i] / (np.sqrt(second[i]) + np.float32(1e-7)) + decay[i] * theta[i]


@njit(nogil=True, cache=True)
def views(theta, shape):
    """Split a flat parameter vector; shape is ``(k, F, B, H, O)``.

    Returns kernel ``(k, 4, F)``, b ``(F,)``, u ``(B, F)``, D1 ``(F, H)``, c1 ``(H,)``,
    D2 ``(H or F, O)``, c2 ``(O,)``, all views.
    """
    k, n_filters, n_bins, n_hidden, n_outputs = shape
    n_inputs = n_hidden if n_hidden else n_filters
    a = 4 * k * n_filters
    kernel = theta[:a].reshape((k, 4, n_filters))
    bias = theta[a : a + n_filters]
    a += n_filters
    shift = theta[a : a + n_bins * n_filters].reshape((n_bins, n_filters))
    a += n_bins * n_filters
    d1 = theta[a : a + n_filters * n_hidden].reshape((n_filters, n_hidden))
    a += n_filters * n_hidden
    c1 = theta[a : a + n_hidden]
    a += n_hidden
    d2 = theta[a : a + n_inputs * n_outputs].reshape((n_inputs, n_outputs))
    a += n_inputs * n_outputs
    c2 = theta[a : a + n_outputs]
    return kernel, bias, shift, d1, c1, d2, c2


@njit(**FLAGS)
def predict(words, bins, theta, shape, both, activation, logits, pooled, windows):
    """Logits ``(n, O)``, pooled scores ``(n, F)`` and winning windows ``(n, F)``."""
    kernel, bias, shift, d1, c1, d2, c2 = views(theta, shape)
    best_windows(words, kernel, shift, bins, both, pooled, windows)
    feature, slope = np.empty(shape[1], np.float32), np.empty(shape[1], np.float32)
    hidden = np.empty(shape[3], np.float32)
    for i in range(words.shape[0]):
        activate(pooled[i], bias, activation, feature, slope)
        head_row(feature, d1, c1, d2, c2, hidden, logits[i])


@njit(**FLAGS)
def batch_gradient(
    words, codes, bins, targets, weights, rows, theta, shape, both, activation, loss, drop, seed, gradient
):
    """Mean weighted loss over the sequences ``rows`` and its gradient by ``theta``.

    ``drop`` is the dropout rate of the features; masks are a hash of (seed, sequence, filter).
    """
    kernel, bias, shift, d1, c1, d2, c2 = views(theta, shape)
    for i in range(gradient.shape[0]):
        gradient[i] = np.float32(0)
    g_kernel, g_bias, g_shift, g_d1, g_c1, g_d2, g_c2 = views(gradient, shape)
    table, wide = tables(kernel, shift, both)
    k, n_filters, n_columns = shape[0], shape[1], table.shape[2]
    acc, best, where = np.empty(n_columns, np.float32), np.empty(n_columns, np.float32), np.empty(n_columns, np.int32)
    pooled, window = np.empty(n_filters, np.float32), np.empty(n_filters, np.int32)
    feature, slope, back_f = (
        np.empty(n_filters, np.float32),
        np.empty(n_filters, np.float32),
        np.empty(n_filters, np.float32),
    )
    hidden, back_h = np.empty(shape[3], np.float32), np.empty(shape[3], np.float32)
    logit, delta = np.empty(shape[4], np.float32), np.empty(shape[4], np.float32)
    keep = np.float32(1 / (1 - drop))
    total, norm = 0.0, 0.0
    for r in range(rows.shape[0]):
        norm += weights[rows[r]]
    for r in range(rows.shape[0]):
        i = rows[r]
        pool_row(words[i], table, wide, bins, words.shape[1] - k + 1, acc, best, where)
        merge_strands(best, where, both, pooled, window)
        activate(pooled, bias, activation, feature, slope)
        if drop > 0:
            for f in range(n_filters):
                kept = keep if uniform(seed, i * n_filters + f) >= drop else np.float32(0)
                feature[f] *= kept
                slope[f] *= kept
        head_row(feature, d1, c1, d2, c2, hidden, logit)
        share = np.float32(weights[i] / norm)
        total += share * loss_row(logit, targets[i], loss, delta)
        for o in range(delta.shape[0]):
            delta[o] *= share
        head_gradient(feature, hidden, delta, d1, d2, g_d1, g_c1, g_d2, g_c2, back_h, back_f)
        for f in range(n_filters):
            back_f[f] *= slope[f]
            g_bias[f] += back_f[f]
        scatter(codes[i], window, back_f, bins, k, g_kernel, g_shift)
    return total


@njit(**FLAGS)
def train_epoch(
    words,
    codes,
    bins,
    targets,
    weights,
    order,
    batch,
    theta,
    first,
    second,
    step,
    shape,
    both,
    activation,
    loss,
    drop,
    seed,
    rate,
    decay,
):
    """One pass over ``order`` in batches, an Adam step each; returns (mean loss, steps so far)."""
    gradient = np.empty(theta.shape[0], np.float32)
    n = order.shape[0]
    total = 0.0
    for start in range(0, n, batch):
        rows = order[start : min(start + batch, n)]
        value = batch_gradient(
            words,
            codes,
            bins,
            targets,
            weights,
            rows,
            theta,
            shape,
            both,
            activation,
            loss,
            drop,
            seed + step,
            gradient,
        )
        total += value * rows.shape[0]
        step += 1
        adam(theta, gradient, first, second, step, rate, decay)
    return total / n, step
