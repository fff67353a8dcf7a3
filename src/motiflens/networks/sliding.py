"""A network at every position of a long sequence, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.errors import ParameterError
from motiflens.networks.model import TrainedNetwork, run_network
from motiflens.networks.trained import Trained, alike, trained_networks
from motiflens.networks.window_loops import (
    Floats32,
    Integers,
    Layout,
    averaged,
    blocks,
    checked_codes,
    lay_out,
    pool_bins,
    score_words,
    sliding_maxima,
)
from motiflens.threads import Team
from motiflens.vectors import LETTERS
from motiflens.windows import aligned

_WORDS = 5**LETTERS
_AT_ONCE = 3
_CHUNK = 2048
_STRETCH = 1 << 16


def slide(networks: Trained | Sequence[Trained], code: Codes, *, stride: int = 1, threads: int = 1) -> Floats32:
    """Return the logits of a network at every position of one sequence, such as a chromosome.

    A window of a filter lies in many of the sequences that overlap there, with one score in
    all of them: each is scored once, and pooled by a maximum that slides along, one for each
    position bin. The cost of a position does not depend on the network's length. The same holds for
    networks of layers that end in a maximum over the sequence, unless convolutions are padded or
    there is attention before it; those, Flatten and grammars are run on every extracted sequence.
    The result is that of the network on every extracted sequence, up to the rounding of float32
    sums. Beside the result a thread needs a few MB, for layers some dozens, however long the
    sequence is.

    Parameters
    ----------
    networks
        A trained network of filters, of layers or of motifs (a grammar), or several whose logits
        are averaged.
    code
        ``(n_columns,)`` codes 0-3, 4 for unknown.
    stride
        Columns from one position to the next, >= 1. Default 1.
    threads
        Threads, >= 1. The result does not depend on it. Default 1.

    Returns
    -------
    logits
        ``((n_columns - length) // stride + 1, n_outputs)`` float32; row i is for the columns from
        ``i stride`` to below ``i stride + length``.

    Raises
    ------
    InputError
        When the codes are not ``(n_columns,)`` whole numbers from 0 to 4.
    ParameterError
        When the sequence is shorter than the network takes, the stride below 1, there is no network,
        one is of another kind, or several differ in length or outputs.

    References
    ----------
    The sliding maximum: see `motiflens.networks.window_loops.sliding_maxima`.

    Examples
    --------
    >>> from motiflens.networks.model import FilterNetwork, initial
    >>> trained = initial(FilterNetwork(3, 5, 12, n_outputs=2), np.random.default_rng(0))
    >>> chromosome = np.random.default_rng(1).integers(0, 4, 1000, dtype=np.uint8)
    >>> slide(trained, chromosome).shape
    (989, 2)
    >>> alone = run_network(trained, chromosome[None, 300:312]).logits
    >>> bool(np.allclose(slide(trained, chromosome)[300], alone, atol=1e-5))
    True
    """
    ensemble = alike(trained_networks(networks))
    return averaged(_slid(trained, code, stride, threads) for trained in ensemble)


def _slid(trained: Trained, code: Codes, stride: int, threads: int) -> Floats32:
    known, network = checked_codes(code, ("n_columns",)), trained.network
    if stride < 1:
        msg = f"stride must be at least 1. Got {stride}."
        raise ParameterError(msg)
    if len(known) < network.length:
        msg = f"The network takes {network.length} columns, and the sequence must have as many. Got {len(known)}."
        raise ParameterError(msg)
    if not isinstance(trained, TrainedNetwork):
        from motiflens.networks.running import slid  # torch is slow to load and seldom needed

        return slid(trained, known, stride, threads)
    return _pooled(trained, known, stride, threads)


def _pooled(trained: TrainedNetwork, known: Codes, stride: int, threads: int) -> Floats32:
    network = trained.network
    logits = np.empty(((len(known) - network.length) // stride + 1, network.n_outputs), np.float32)
    plan = _plan(lay_out(trained), stride)
    step = max(_STRETCH // stride, 1)

    def fill(start: int) -> None:
        stretch = logits[start : start + step]
        if stride < len(plan.layout.bins):
            _slide(plan, known[start * stride :], stretch)
        else:
            _extract(trained, known[start * stride :], stride, stretch)

    Team(threads).map(fill, range(0, len(logits), step))
    return logits


@dataclass(frozen=True)
class _Plan:
    """How windows are pooled along a sequence.

    Attributes
    ----------
    layout, table
        The network's weights, and its filters as `_look_ups`.
    stride
        Columns from one position to the next.
    span
        Windows under one sliding maximum.
    terms
        ``(T, 2)``: the pooled score at window p is the best of the maxima from p + offset,
        shifted as in the bin.
    """

    layout: Layout
    table: Floats32
    stride: int
    span: int
    terms: Integers


def _plan(layout: Layout, stride: int) -> _Plan:
    """Choose one span for all position bins: that of the smallest, so that wider ones are several of it."""
    bins, first, counts = np.unique(layout.bins, return_index=True, return_counts=True)
    span = int(counts.min())
    terms = [
        (min(offset, start + count - span), bin_)
        for bin_, start, count in zip(bins.tolist(), first.tolist(), counts.tolist(), strict=True)
        for offset in range(start, start + count, span)
    ]
    return _Plan(layout, _look_ups(layout.filters), stride, span, np.array(terms, np.int64))


def _look_ups(filters: Floats32) -> Floats32:
    """Return what each word of three letters adds to each filter: ``(blocks, strands, G, 125, W)``.

    G is a multiple of three; letters beyond the filters' width add 0.
    """
    n_strands, k, n_letters, width = filters.shape
    n_blocks, n_words = blocks(width), -(-k // (LETTERS * _AT_ONCE)) * _AT_ONCE
    letters = np.zeros((n_strands, n_words, LETTERS, n_letters, width), np.float32)
    letters.reshape(n_strands, -1, n_letters, width)[:, :k] = filters
    word = np.arange(_WORDS)
    table = aligned((n_blocks, n_strands, n_words, _WORDS, width // n_blocks))
    for into, part in zip(table, np.split(letters, n_blocks, axis=-1), strict=True):
        into[:] = part[:, :, 0, word // 25] + part[:, :, 1, word // 5 % 5] + part[:, :, 2, word % 5]
    return table


def _words(code: Codes, start: int, n: int) -> Codes:
    """Return the ``n`` words of three letters from ``start``; what lies beyond the end is unknown."""
    letters = np.full(n + LETTERS - 1, UNKNOWN, np.uint8)
    part = code[start : start + len(letters)]
    letters[: len(part)] = part
    return letters[:-2] * np.uint8(25) + letters[1:-1] * np.uint8(5) + letters[2:]


def _slide(plan: _Plan, code: Codes, logits: Floats32) -> None:
    """Fill ``logits (m, n_outputs)`` for the positions 0, stride, 2 stride, ... of ``code``."""
    layout, stride, n_windows = plan.layout, plan.stride, len(plan.layout.bins)
    chunk = min(max(_CHUNK // stride, 1), len(logits))
    shared = n_windows - stride
    n_rows, width = (chunk - 1) * stride + n_windows, layout.filters.shape[-1]
    scores, maxima, pooled = (aligned((rows, width)) for rows in (n_rows, n_rows, chunk))
    for first in range(0, len(logits), chunk):
        part = logits[first : first + chunk]
        n = (len(part) - 1) * stride + n_windows
        # windows at the end of a chunk are the first ones of the next
        scored = shared if first else 0
        scores[:scored] = scores[n_rows - scored :]
        word = _words(code, first * stride + scored, n - scored + LETTERS * plan.table.shape[2])
        score_words(word, plan.table, scores[scored:n])
        sliding_maxima(scores[:n], plan.span, maxima)
        pool_bins(maxima, plan.terms, layout.shift, stride, pooled[: len(part)])
        part[:] = layout.logits(pooled[: len(part)])


def _extract(trained: TrainedNetwork, code: Codes, stride: int, logits: Floats32) -> None:
    """Fill the same where no window is shared: there the network runs on each sequence by itself."""
    sequences = np.lib.stride_tricks.sliding_window_view(code, trained.network.length)[::stride]
    for first in range(0, len(logits), _CHUNK):
        part = logits[first : first + _CHUNK]
        part[:] = run_network(trained, sequences[first : first + len(part)].copy()).logits
