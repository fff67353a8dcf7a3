"""Compiled loops that keep the score of every window, for mutagenesis and for sliding along a sequence.

Training wants the best window of a sequence alone, and `motiflens.windows` finds it without
writing any other score down. Here the scores of all windows are needed. Arrays run along the
filters, which are padded to whole vectors and start on a cache line; filters that fill up a
vector have the weight 0 in the head. With window p of a sequence x, bin b(p) and the filter's
bias c::

    s[p, f] = max over strands of  sum_j W[strand, j, x[p + j], f] + u[b(p), f] + c[f]

They are tested against running the network on every changed sequence and at every position, in
`tests/test_mutagenesis.py` and `tests/test_sliding.py`.

The loops run in one thread, release the interpreter's lock and call no other compiled
function. No result depends on how sequences are cut between threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.errors import InputError, ParameterError
from motiflens.networks.kernels import CAP
from motiflens.networks.model import TrainedNetwork
from motiflens.vectors import FLAGS, LANES, LOWEST
from motiflens.windows import aligned

Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
_BLOCK = 64
_LOWEST = np.float32(LOWEST)
_Loop = TypeVar("_Loop")
_compiled: Callable[[_Loop], _Loop] = njit(**FLAGS)


@dataclass(frozen=True)
class Layout:
    """The weights of a network as these loops read them, with F padded filters.

    Attributes
    ----------
    filters
        ``(strands, k, 5, F)``; the fifth letter, unknown, scores 0. Strand 1 reads the reverse
        complement.
    shift
        ``(B, F)`` what each position bin adds, the filter's bias included.
    bins
        ``(n_windows,)`` bin of each window, never falling.
    exponential
        Whether the activation is exponential; relu otherwise.
    layers
        Weights ``(units, inputs)`` and biases ``(units,)`` of the dense layers.
    """

    filters: Floats32
    shift: Floats32
    bins: Integers
    exponential: bool
    layers: tuple[tuple[Floats32, Floats32], ...]

    def logits(self, pooled: Floats32) -> Floats32:
        """Return ``(n, n_outputs)`` logits of ``(n, F)`` pooled scores, which are overwritten."""
        if self.exponential:
            np.exp(np.minimum(pooled, CAP, out=pooled), out=pooled)
        values = pooled
        for weights, bias in self.layers:
            inputs, values = values, np.empty((len(pooled), len(bias)), np.float32)
            dense(inputs, weights, bias, values)
        return values


def lay_out(trained: TrainedNetwork) -> Layout:
    """Return the weights of a network as the loops read them."""
    network, parts = trained.network, trained.weights()
    n_blocks = blocks(network.n_filters)
    width = n_blocks * -(-network.n_filters // (n_blocks * LANES)) * LANES
    strands = [parts["filters"]]
    if network.both_strands:
        strands.append(parts["filters"][::-1, ::-1])
    filters = aligned((len(strands), network.filter_width, 5, width))
    for padded, strand in zip(filters, strands, strict=True):
        padded[:, :4, : network.n_filters] = strand
    hidden = [("hidden", "hidden_bias")] if network.n_hidden else []
    layers = [(parts[weights], parts[bias]) for weights, bias in [*hidden, ("output", "output_bias")]]
    first = _padded(layers[0][0].T, width), layers[0][1]
    shift = parts["filter_bias"][None] if network.n_bins == 0 else parts["position"] + parts["filter_bias"]
    return Layout(
        filters=filters,
        shift=_padded(shift, width),
        bins=network.bins[: network.length - network.filter_width + 1],
        exponential=network.activation == "exponential",
        layers=(first, *((np.ascontiguousarray(weights.T), bias) for weights, bias in layers[1:])),
    )


def blocks(n_filters: int) -> int:
    """Return how many blocks filters are looked up in; the table of one stays in the processor's cache."""
    return -(-n_filters // _BLOCK)


def checked_codes(codes: npt.ArrayLike, axes: tuple[str, ...]) -> Codes:
    """Return codes as uint8, without gaps.

    Raises
    ------
    InputError
        When they have other axes, or are not whole numbers from 0 to 4.
    """
    array = np.asarray(codes)
    if array.ndim != len(axes):
        msg = f"Codes must have the shape ({', '.join(axes)}). Got the shape {array.shape}."
        raise InputError(msg)
    if not np.issubdtype(array.dtype, np.integer):
        msg = f"Codes must be whole numbers, 0-3 for A, C, G, T and 4 for unknown. Got {array.dtype}."
        raise InputError(msg)
    if array.size and not (array.min() >= 0 and array.max() <= UNKNOWN):
        msg = f"Codes must be 0-3 for A, C, G, T and 4 for unknown. Got {array.min()} to {array.max()}."
        raise InputError(msg)
    return np.ascontiguousarray(array, np.uint8)


def averaged(results: Iterable[Floats32]) -> Floats32:
    """Return the mean of the logits of several networks, holding one of them at a time.

    Raises
    ------
    ParameterError
        When there is no network.
    """
    left = iter(results)
    first = next(left, None)
    if first is None:
        msg = "An ensemble needs at least one network. Got none."
        raise ParameterError(msg)
    second = next(left, None)
    if second is None:
        return first
    total, n = first.astype(np.float64) + second, 2
    for result in left:
        total += result
        n += 1
    return np.asarray(total / n, np.float32)


def _padded(values: Floats32, width: int) -> Floats32:
    room = aligned((len(values), width))
    room[:, : values.shape[1]] = values
    return room


@_compiled
def score_changes(
    code: Codes, filters: Floats32, shift: Floats32, bins: Integers, scores: Floats32, changed: Floats32
) -> None:
    """Score every window of a sequence, and every window with any one of its letters changed.

    ``code (L,)``, ``filters (strands, k, 5, F)``, ``shift (B, F)``, ``bins (L - k + 1,)``; results
    ``scores (L - k + 1, F)`` and ``changed (L, 4, F)``, which holds very low numbers before:
    ``changed[x, c]`` becomes the best of the windows over column x with letter c there, and is
    left where c stands there already. A changed score is the sum of all other letters, summed up
    to the change and down to it, and of the new letter: nothing is subtracted, so no digits
    cancel.
    """
    n_strands, k, _, width = filters.shape
    upto, after, rest = np.empty((k, width), np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    for p in range(scores.shape[0]):
        added = shift[bins[p]]
        for strand in range(n_strands):
            for f in range(width):
                upto[0, f] = added[f]
                after[f] = np.float32(0)
            for j in range(k - 1):
                letter = filters[strand, j, code[p + j]]
                for f in range(width):
                    upto[j + 1, f] = upto[j, f] + letter[f]
            for j in range(k - 1, -1, -1):
                here = code[p + j]
                for f in range(width):
                    rest[f] = upto[j, f] + after[f]
                for step in range(1 if here < 4 else 0, 4):
                    c = (here + step) & 3
                    best, letter = changed[p + j, c], filters[strand, j, c]
                    for f in range(width):
                        best[f] = max(best[f], rest[f] + letter[f])
                letter = filters[strand, j, here]
                for f in range(width):
                    after[f] += letter[f]
            for f in range(width):
                score = after[f] + added[f]
                scores[p, f] = max(scores[p, f], score) if strand else score


@_compiled
def pool_changes(scores: Floats32, k: int, changed: Floats32) -> None:
    """Take the windows that do not reach a changed column into ``changed (L, 4, F)``, in place.

    They end before it or begin after it, so their best is that of two running maxima of
    ``scores (L - k + 1, F)``.
    """
    n_windows, width = scores.shape
    best = np.empty(width, np.float32)
    for direction in range(2):
        for f in range(width):
            best[f] = _LOWEST
        for column in range(changed.shape[0]):
            x = changed.shape[0] - 1 - column if direction else column
            p = x + 1 if direction else x - k
            if 0 <= p < n_windows:
                for f in range(width):
                    best[f] = max(best[f], scores[p, f])
            for c in range(4):
                pooled = changed[x, c]
                for f in range(width):
                    pooled[f] = max(pooled[f], best[f])


@_compiled
def score_words(word: Codes, table: Floats32, scores: Floats32) -> None:
    """Score every window from its words of three letters, without what position bins add.

    ``word (n + 3 G,)``; ``table (blocks, strands, G, 125, W)``, G a multiple of three, of W
    filters a block; ``scores (n, blocks W)``.
    """
    n_blocks, n_strands, n_words, _, width = table.shape
    total = np.empty(width, np.float32)
    for block in range(n_blocks):
        for p in range(scores.shape[0]):
            best = scores[p, block * width : (block + 1) * width]
            for f in range(width):
                best[f] = _LOWEST
            for strand in range(n_strands):
                for f in range(width):
                    total[f] = np.float32(0)
                # three rows a round, because each round over the filters has a cost of its own
                for g in range(0, n_words, 3):
                    a = table[block, strand, g, word[p + 3 * g]]
                    b = table[block, strand, g + 1, word[p + 3 * g + 3]]
                    c = table[block, strand, g + 2, word[p + 3 * g + 6]]
                    for f in range(width):
                        total[f] += a[f] + b[f] + c[f]
                for f in range(width):
                    best[f] = max(best[f], total[f])


@_compiled
def sliding_maxima(scores: Floats32, span: int, maxima: Floats32) -> None:
    """Find the maximum of every ``span`` rows of ``scores (n, F)``: the first n - span + 1 rows of ``maxima``.

    ``maxima (n, F)`` holds maxima from each row to the end of its stretch of ``span`` rows; a
    running maximum over the next stretch completes them. Three maxima a row, for any span: van
    Herk (1992), https://doi.org/10.1016/0167-8655(92)90069-C; Gil & Werman (1993),
    https://doi.org/10.1109/34.211471.
    """
    n_found, width = scores.shape[0] - span + 1, scores.shape[1]
    running = np.empty(width, np.float32)
    for start in range(0, n_found, span):
        for f in range(width):
            running[f] = _LOWEST
            maxima[start + span - 1, f] = scores[start + span - 1, f]
        for p in range(start + span - 2, start - 1, -1):
            for f in range(width):
                maxima[p, f] = max(maxima[p + 1, f], scores[p, f])
        for p in range(start + 1, min(start + span, n_found)):
            for f in range(width):
                running[f] = max(running[f], scores[p + span - 1, f])
                maxima[p, f] = max(maxima[p, f], running[f])


@_compiled
def pool_bins(maxima: Floats32, terms: Integers, shift: Floats32, stride: int, pooled: Floats32) -> None:
    """Pool every ``stride``-th stretch: the best of ``maxima[row + offset] + shift[bin]`` over the terms.

    ``terms (T, 2)`` are offsets and bins, ``shift (B, F)``, ``pooled (m, F)``.
    """
    for i in range(pooled.shape[0]):
        best = pooled[i]
        for f in range(best.shape[0]):
            best[f] = _LOWEST
        for t in range(terms.shape[0]):
            values, added = maxima[i * stride + terms[t, 0]], shift[terms[t, 1]]
            for f in range(best.shape[0]):
                best[f] = max(best[f], values[f] + added[f])


@_compiled
def dense(inputs: Floats32, weights: Floats32, bias: Floats32, outputs: Floats32) -> None:
    """Put ``relu(inputs) weights^T + bias`` into ``outputs (n, units)``.

    ``inputs (n, F)``, ``weights (units, F)``. Exponentials are positive, so relu leaves them be.
    """
    for r in range(inputs.shape[0]):
        for unit in range(bias.shape[0]):
            total = bias[unit]
            for i in range(inputs.shape[1]):
                total += max(inputs[r, i], np.float32(0)) * weights[unit, i]
            outputs[r, unit] = total
