"""Compiled loops of an attention branch, from codes to features and back to gradients.

A branch is Conv(same) + ReLU, batch normalisation, dropout, attention over the positions and a
global max, as in `multiscale`. Its activations are many and its arithmetic on them is little, so
that layer by layer most of the time goes into moving them through memory. Here a sequence's
activations stay in the cache from one operation to the next, and the convolution adds up rows of
a table of three-letter words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from motiflens.alphabet import Codes

Floats32 = npt.NDArray[np.float32]
Integers32 = npt.NDArray[np.int32]
_LETTERS = 3
_SYMBOLS = 5
_WORDS = _SYMBOLS**_LETTERS
_GOLDEN, _MIX, _MIX_AGAIN = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)  # of MurmurHash3
_HALF, _THIRTEEN = np.uint32(16), np.uint32(13)
_FAST = {"contract", "reassoc", "nsz", "arcp"}


@dataclass(frozen=True)
class Branch:
    """The parameters of a branch.

    Attributes
    ----------
    filters, filter_bias
        ``(width, 4, F)`` and ``(F,)``.
    scale, shift
        ``(F,)`` of the batch normalisation.
    attention, attention_bias
        ``(F,)`` and ``(1,)``: the logit of a position is their sum of its features.
    """

    filters: Floats32
    filter_bias: Floats32
    scale: Floats32
    shift: Floats32
    attention: Floats32
    attention_bias: Floats32


@dataclass(frozen=True)
class Kept:
    """What the way back needs of the way forth."""

    words: Integers32
    rectified: Floats32
    dropped: Floats32
    kept: npt.NDArray[np.uint8]
    logits: Floats32
    weights: Floats32
    where: Integers32
    mean: Floats32
    inverse: Floats32


def forward(codes: Codes, branch: Branch, *, drop: float, epsilon: float, seed: int) -> tuple[Floats32, Kept, Floats32]:
    """Return features ``(n, F)`` of a training batch, what `backward` needs, and the batch's variances.

    Parameters
    ----------
    codes
        ``(n, length)`` uint8, 0-3, 4 unknown.
    drop
        Share of normalised activations dropped, in [0, 1).
    epsilon
        Added to the variances.
    seed
        Of the dropout.
    """
    n, length = codes.shape
    width, _, n_filters = branch.filters.shape
    words = np.empty((n, length, -(-width // _LETTERS)), np.int32)
    rectified = np.empty((n, length, n_filters), np.float32)
    _words(codes, width, words)
    moments = np.zeros((2, n_filters))
    _rectify(words, _table(branch.filters), branch.filter_bias, rectified, moments)
    mean, square = moments / (n * length)
    variance = np.maximum(square - mean**2, 0)
    inverse = 1 / np.sqrt(variance + epsilon)
    slope = (branch.scale * inverse).astype(np.float32)
    offset = (branch.shift - mean * slope).astype(np.float32)
    features, dropped, mask, logits, weights, where = _attended(rectified, slope, offset, branch, drop=drop, seed=seed)
    kept = Kept(
        words, rectified, dropped, mask, logits, weights, where, mean.astype(np.float32), inverse.astype(np.float32)
    )
    return features, kept, variance.astype(np.float32)


def evaluated(codes: Codes, branch: Branch, *, mean: Floats32, variance: Floats32, epsilon: float) -> Floats32:
    """Return features ``(n, F)`` with given moments and nothing dropped, as after training.

    Parameters
    ----------
    codes
        ``(n, length)`` uint8, 0-3, 4 unknown.
    mean, variance
        ``(F,)`` moving moments of the rectified convolution.
    epsilon
        Added to the variances.
    """
    n, length = codes.shape
    width, _, n_filters = branch.filters.shape
    words = np.empty((n, length, -(-width // _LETTERS)), np.int32)
    rectified = np.empty((n, length, n_filters), np.float32)
    _words(codes, width, words)
    _rectify(words, _table(branch.filters), branch.filter_bias, rectified, np.zeros((2, n_filters)))
    slope = (branch.scale / np.sqrt(variance + np.float32(epsilon))).astype(np.float32)
    return _attended(rectified, slope, branch.shift - mean * slope, branch, drop=0.0, seed=0)[0]


def backward(branch: Branch, kept: Kept, gradient: Floats32, *, drop: float) -> Branch:
    """Return the gradients of a branch's parameters.

    Parameters
    ----------
    gradient
        ``(n, F)`` of the features.
    """
    n, length, n_filters = kept.rectified.shape
    attention, attention_bias = np.zeros(n_filters, np.float32), np.zeros(1, np.float32)
    sums = np.zeros((2, n_filters))
    _normalised_gradient(
        kept.rectified, kept.dropped, kept.kept, kept.logits, kept.weights, kept.where, kept.mean, kept.inverse,
        branch.attention, gradient, np.float32(1 / (1 - drop)), attention, attention_bias, sums,
    )  # fmt: skip
    shift, scale = sums.astype(np.float32)
    width = branch.filters.shape[0]
    table = np.zeros((kept.words.shape[2], _WORDS, n_filters), np.float32)
    filter_bias = np.zeros(n_filters, np.float32)
    total = np.float32(n * length)
    slope = branch.scale * kept.inverse
    _filter_gradient(
        kept.words, kept.rectified, kept.dropped, slope, shift / total, scale / total * kept.inverse, kept.mean,
        table, filter_bias,
    )  # fmt: skip
    return Branch(_untable(table, width), filter_bias, scale, shift, attention, attention_bias)


def _attended(
    rectified: Floats32, slope: Floats32, offset: Floats32, branch: Branch, *, drop: float, seed: int
) -> tuple[Floats32, Floats32, npt.NDArray[np.uint8], Floats32, Floats32, Integers32]:
    """Return features, and dropped, kept, logits, weights and where of `Kept`."""
    n, length, n_filters = rectified.shape
    dropped, kept = np.empty_like(rectified), np.empty(rectified.shape, np.uint8)
    logits, weights = np.empty((2, n, length), np.float32)
    where, features = np.empty((n, n_filters), np.int32), np.empty((n, n_filters), np.float32)
    limit = np.uint32(round(drop * 2**32))
    _attend(
        rectified, slope, offset, branch.attention, branch.attention_bias[0], limit, np.float32(1 / (1 - drop)),
        np.uint32(seed & 0xFFFFFFFF), dropped, kept, logits, weights, where, features,
    )  # fmt: skip
    return features, dropped, kept, logits, weights, where


def _table(filters: Floats32) -> Floats32:
    """Return the sum of three rows of the filters for each word: ``(groups, 125, F)``."""
    width, _, n_filters = filters.shape
    groups = -(-width // _LETTERS)
    rows = np.zeros((groups * _LETTERS, _SYMBOLS, n_filters), np.float32)
    rows[:width, :4] = filters
    first, second, third = rows.reshape(groups, _LETTERS, _SYMBOLS, n_filters).swapaxes(0, 1)
    table = first[:, :, None, None] + second[:, None, :, None] + third[:, None, None, :]
    return np.ascontiguousarray(table.reshape(groups, _WORDS, n_filters))


def _untable(table: Floats32, width: int) -> Floats32:
    """Return the gradient of the filters ``(width, 4, F)`` from that of the words."""
    groups, _, n_filters = table.shape
    cube = table.reshape(groups, _SYMBOLS, _SYMBOLS, _SYMBOLS, n_filters)
    rows = np.stack([cube.sum(axis=(2, 3)), cube.sum(axis=(1, 3)), cube.sum(axis=(1, 2))], axis=1)
    return np.ascontiguousarray(rows.reshape(groups * _LETTERS, _SYMBOLS, n_filters)[:width, :4])


@nb.njit(cache=True, nogil=True)
def _words(codes, width, words):  # type: ignore[no-untyped-def]
    n, length = codes.shape
    left = (width - 1) // 2
    for i in range(n):
        for t in range(length):
            for g in range(words.shape[2]):
                word = 0
                for j in range(3):
                    column = t - left + 3 * g + j
                    inside = 0 <= column < length and 3 * g + j < width
                    word = 5 * word + (codes[i, column] if inside else 4)
                words[i, t, g] = word


@nb.njit(cache=True, nogil=True, fastmath=_FAST)
def _rectify(words, table, bias, rectified, moments):  # type: ignore[no-untyped-def]
    n, length, n_filters = rectified.shape
    sums, squares = np.zeros(n_filters, np.float32), np.zeros(n_filters, np.float32)
    for i in range(n):
        sums[:] = 0
        squares[:] = 0
        for t in range(length):
            row = rectified[i, t]
            rows = table[0, words[i, t, 0]]
            for f in range(n_filters):
                row[f] = bias[f] + rows[f]
            for g in range(1, words.shape[2]):
                rows = table[g, words[i, t, g]]
                for f in range(n_filters):
                    row[f] += rows[f]
            for f in range(n_filters):
                value = max(row[f], np.float32(0))
                row[f] = value
                sums[f] += value
                squares[f] += value * value
        for f in range(n_filters):
            moments[0, f] += sums[f]
            moments[1, f] += squares[f]


@nb.njit(cache=True, nogil=True, fastmath=_FAST)
def _attend(  # type: ignore[no-untyped-def]  # noqa: PLR0913
    rectified, slope, offset, attention, attention_bias, limit, grown, seed, dropped, kept, logits, weights, where,
    features,
):  # fmt: skip
    n, length, n_filters = rectified.shape
    for i in range(n):
        highest = np.float32(-2)
        for t in range(length):
            total = np.float32(0)
            row, out, mask = rectified[i, t], dropped[i, t], kept[i, t]
            first = np.uint32((i * length + t) * n_filters)
            for f in range(n_filters):
                bits = np.uint32(np.uint32(first + np.uint32(f)) * _GOLDEN + seed)
                bits = np.uint32(np.uint32(bits ^ (bits >> _HALF)) * _MIX)
                bits = np.uint32(np.uint32(bits ^ (bits >> _THIRTEEN)) * _MIX_AGAIN)
                bits = np.uint32(bits ^ (bits >> _HALF))
                stays = np.uint8(bits >= limit)
                mask[f] = stays
                value = (row[f] * slope[f] + offset[f]) * (np.float32(stays) * grown)
                out[f] = value
                total += value * attention[f]
            logit = np.tanh(total + attention_bias)
            logits[i, t] = logit
            highest = max(highest, logit)
        total = np.float32(0)
        for t in range(length):
            weights[i, t] = np.exp(logits[i, t] - highest)
            total += weights[i, t]
        best, place = features[i], where[i]
        for f in range(n_filters):
            best[f] = np.float32(-np.inf)
            place[f] = 0
        for t in range(length):
            weight = weights[i, t] / total
            weights[i, t] = weight
            out = dropped[i, t]
            for f in range(n_filters):
                value = out[f] * weight
                better = value > best[f]
                best[f] = value if better else best[f]
                place[f] = np.int32(t) if better else place[f]


@nb.njit(cache=True, nogil=True, fastmath=_FAST)
def _normalised_gradient(  # type: ignore[no-untyped-def]  # noqa: PLR0913
    rectified, dropped, kept, logits, weights, where, mean, inverse, attention, gradient, grown, of_attention, of_bias,
    sums,
):  # fmt: skip
    """Replace ``dropped`` by the gradient of the normalised activations, and sum it for each filter."""
    n, length, n_filters = rectified.shape
    by_position, extra = np.empty(length, np.float32), np.empty((length, n_filters), np.float32)
    totals, products = np.empty(n_filters, np.float32), np.empty(n_filters, np.float32)
    for i in range(n):
        by_position[:] = 0
        extra[:] = 0
        for f in range(n_filters):
            t = where[i, f]
            by_position[t] += gradient[i, f] * dropped[i, t, f]
            extra[t, f] = gradient[i, f] * weights[i, t]
        mixed = np.float32(0)
        for t in range(length):
            mixed += weights[i, t] * by_position[t]
        totals[:] = 0
        products[:] = 0
        for t in range(length):
            pull = weights[i, t] * (by_position[t] - mixed) * (np.float32(1) - logits[i, t] * logits[i, t])
            of_bias[0] += pull
            row, out, mask, more = rectified[i, t], dropped[i, t], kept[i, t], extra[t]
            for f in range(n_filters):
                of_attention[f] += pull * out[f]
                value = (more[f] + pull * attention[f]) * (np.float32(mask[f]) * grown)
                out[f] = value
                totals[f] += value
                products[f] += value * (row[f] - mean[f]) * inverse[f]
        for f in range(n_filters):
            sums[0, f] += totals[f]
            sums[1, f] += products[f]


@nb.njit(cache=True, nogil=True, fastmath=_FAST)
def _filter_gradient(words, rectified, gradient, slope, shift, scale, mean, table, bias):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    n, length, n_filters = rectified.shape
    step = np.empty(n_filters, np.float32)
    for i in range(n):
        for t in range(length):
            row, arrived = rectified[i, t], gradient[i, t]
            for f in range(n_filters):
                value = slope[f] * (arrived[f] - shift[f] - (row[f] - mean[f]) * scale[f])
                step[f] = value if row[f] > 0 else np.float32(0)
                bias[f] += step[f]
            for g in range(words.shape[2]):
                rows = table[g, words[i, t, g]]
                for f in range(n_filters):
                    rows[f] += step[f]
