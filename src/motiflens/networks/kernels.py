"""The compiled loops behind one-convolution networks with a global max pool.

Pooling goes through `motiflens.windows`; its gradient touches only the winning window of
each filter. With n sequences, F filters of width k, B position bins, H hidden units and
O outputs, and dropout mask d::

    pooled[f]  = max over windows p and strands of  sum_j W[j, x[p + j], f] + u[bin(p), f]
    feature[f] = d[f] relu(pooled[f] + b[f])   or   d[f] exp(min(pooled[f] + b[f], 10))
    logit      = relu(feature D1 + c1) D2 + c2     (feature D2 + c2 when H = 0)

Each is tested against torch's autograd and plain formulas in `tests/test_kernels.py`, the
windows against a scan of every window in `tests/test_windows.py`.

Every loop runs in one thread and releases the interpreter's lock: several networks train
side by side, and no result depends on the number of threads. Loops call no compiled
function of another module: it would be compiled again inside its caller, and an old one be
kept when that module changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.threads import Team
from motiflens.vectors import FLAGS
from motiflens.windows import best_windows, look_up_room, words_of

Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Shape = tuple[int, int, int, int, int]
"""``(k, F, B, H, O)``."""
SIGMOID, SOFTMAX = 0, 1
CAP = np.float32(10.0)
"""Above this the exponential activation no longer rises."""
_CHUNK = 4096
_WORTH_SHARING = 20_000_000  # look-ups, about half a millisecond: waking a thread costs a tenth of that


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
        ``(L,)`` position bin of a window by its first column, never falling.
    both
        Whether filters read both strands.
    activation
        0 for relu, 1 for exponential.
    """

    shape: Shape
    bins: Integers
    both: bool
    activation: int

    @cached_property
    def edges(self) -> Integers:
        """``(B + 1,)`` where a position bin begins or ends; one bin when positions are not known."""
        n_windows = len(self.bins) - self.shape[0] + 1
        return np.searchsorted(self.bins[:n_windows], np.arange(max(self.shape[2], 1) + 1))

    @cached_property
    def look_ups(self) -> int:
        """Numbers looked up in the tables for one sequence."""
        width, n_filters, *_ = self.shape
        return int(self.edges[-1]) * words_of(width) * n_filters * (2 if self.both else 1)


@dataclass(frozen=True)
class Data:
    """Sequences to learn from: ``codes (n, L)``, ``targets (n, O)``, ``weights (n,)`` >= 0."""

    codes: npt.NDArray[np.uint8]
    targets: Floats32
    weights: Floats32


class Forward(NamedTuple):
    """What a network makes of m sequences.

    ``table``, room for look-ups; ``pooled`` and ``window (m, F)`` as `best_windows` gives them,
    ``feature`` and ``slope (m, F)``, its derivative by the pooled score, ``hidden (m, H)``,
    ``logits (m, O)``, and room for the loss's derivative by them, ``delta (m, O)``.
    """

    table: Floats32
    pooled: Floats32
    window: npt.NDArray[np.int32]
    feature: Floats32
    slope: Floats32
    hidden: Floats32
    logits: Floats32
    delta: Floats32


def room(plan: Plan, n: int) -> Forward:
    """Return room for a forward pass of n sequences."""
    width, n_filters, _, n_hidden, n_outputs = plan.shape
    return Forward(
        look_up_room(width, n_filters, both=plan.both),
        np.empty((n, n_filters), np.float32), np.empty((n, n_filters), np.int32),
        np.empty((n, n_filters), np.float32), np.empty((n, n_filters), np.float32),
        np.empty((n, n_hidden), np.float32), np.empty((n, n_outputs), np.float32), np.empty((n, n_outputs), np.float32),
    )  # fmt: skip


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
    codes: npt.NDArray[np.uint8],
    rows: Integers,
    parts: Parts,
    plan: Plan,
    run: Forward,
    *,
    drop: float = 0.0,
    seed: int = 0,
    team: Team | None = None,
) -> None:
    """Run a network over the sequences ``rows`` into ``run``; ``drop`` and ``seed`` as in `Learner`.

    A team shares the sequences out when there is enough to do.
    """

    def pool(part: slice, table: Floats32 | None = None) -> None:
        best_windows(
            codes, parts.filters, parts.position, plan.edges, run.pooled[part], run.window[part],
            both=plan.both, rows=rows[part], table=table,
        )  # fmt: skip

    if team is None or len(rows) * plan.look_ups < _WORTH_SHARING:
        pool(slice(None), run.table)
    else:
        team.share(pool, len(rows))
    _activate(run.pooled, parts.filter_bias, plan.activation, rows, drop, seed, run.feature, run.slope)
    _head(run.feature, parts.hidden, parts.hidden_bias, parts.output, parts.output_bias, run.hidden, run.logits)


def predict(
    codes: npt.NDArray[np.uint8], theta: Floats32, plan: Plan
) -> tuple[Floats32, Floats32, npt.NDArray[np.int32]]:
    """Return logits ``(n, O)``, pooled scores ``(n, F)`` and winning windows ``(n, F)``."""
    n, (_, n_filters, *_, n_outputs) = len(codes), plan.shape
    logits, pooled = np.empty((n, n_outputs), np.float32), np.empty((n, n_filters), np.float32)
    window = np.empty((n, n_filters), np.int32)
    for start, run in _chunks(codes, np.arange(n), theta, plan):
        here = slice(start, start + len(run.logits))
        logits[here], pooled[here], window[here] = run.logits, run.pooled, run.window
    return logits, pooled, window


def predict_logits(codes: npt.NDArray[np.uint8], rows: Integers, theta: Floats32, plan: Plan) -> Floats32:
    """Return logits ``(m, O)`` of the sequences ``rows``, and keep nothing else in memory."""
    return np.concatenate([run.logits.copy() for _, run in _chunks(codes, rows, theta, plan)])


def _chunks(codes: npt.NDArray[np.uint8], rows: Integers, theta: Floats32, plan: Plan) -> Iterator[tuple[int, Forward]]:
    """Run a network over a few thousand sequences at a time; what is given is overwritten by the next."""
    parts, run = views(theta, plan.shape), room(plan, min(len(rows), _CHUNK))
    for start in range(0, max(len(rows), 1), _CHUNK):
        chosen = rows[start : start + _CHUNK]
        if len(chosen) < len(run.logits):
            run = room(plan, len(chosen))
        forward(codes, chosen, parts, plan, run)
        yield start, run


class Learner:
    """The mean weighted loss over batches of sequences, and its gradient.

    Parameters
    ----------
    data, plan
        What to learn from, and the network.
    theta
        ``(n_parameters,)``, read at every call.
    batch
        Most sequences in a batch.
    loss
        `SIGMOID` cross-entropy, the mean over outputs, or `SOFTMAX` cross-entropy.
    drop
        Dropout rate of the features, in [0, 1).
    threads
        Threads that share the sequences of a batch when there is enough to do; they change no bit.

    Attributes
    ----------
    gradient
        ``(n_parameters,)`` of the last call.
    """

    def __init__(
        self,
        data: Data,
        theta: Floats32,
        plan: Plan,
        *,
        batch: int,
        loss: int = SIGMOID,
        drop: float = 0.0,
        threads: int = 1,
    ) -> None:
        self._team = Team(threads) if threads > 1 else None
        self.gradient = np.zeros_like(theta)
        self._data, self._plan, self._loss, self._drop = data, plan, loss, drop
        self._parts, self._down = views(theta, plan.shape), views(self.gradient, plan.shape)
        self._runs = {batch: room(plan, batch)}

    def __call__(self, rows: Integers, seed: int = 0) -> float:
        """Return the loss over the sequences ``rows``; the dropout mask is a hash of seed, sequence and filter."""
        if len(rows) not in self._runs:
            self._runs[len(rows)] = room(self._plan, len(rows))
        run, data, parts, down = self._runs[len(rows)], self._data, self._parts, self._down
        forward(data.codes, rows, parts, self._plan, run, drop=self._drop, seed=seed, team=self._team)
        total = _loss(run.logits, data.targets, data.weights, rows, self._loss, run.delta)
        _head_gradient(
            run.feature, run.slope, run.hidden, run.delta, parts.hidden, parts.output,
            down.hidden, down.hidden_bias, down.output, down.output_bias,
        )  # fmt: skip
        _scatter(
            data.codes, rows, run.window, run.slope, self._plan.bins,
            down.filters, down.filter_bias, down.position,
        )  # fmt: skip
        return float(total)


@njit(**FLAGS)
def _activate(pooled, bias, activation, rows, drop, seed, feature, slope):
    """``feature = d relu(pooled + b)`` or ``d exp(min(pooled + b, 10))``, and its derivative by pooled, ``slope``."""
    n_filters = pooled.shape[1]
    keep = np.float32(1 / (1 - drop))
    for r in range(pooled.shape[0]):
        for f in range(n_filters):
            z = pooled[r, f] + bias[f]
            if activation == 0:
                feature[r, f] = max(z, np.float32(0))
                slope[r, f] = np.float32(1) if z > 0 else np.float32(0)
            else:
                feature[r, f] = np.exp(min(z, CAP))
                slope[r, f] = feature[r, f] if z < CAP else np.float32(0)
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
    """``hidden = relu(feature D1 + c1)`` and ``logits = hidden D2 + c2``; ``feature D2 + c2`` without hidden units."""
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
    """Return ``L = sum_r w_r l_r / sum_r w_r``; put its derivative by the logits into ``delta (m, O)``.

    Sigmoid: ``l = mean_o log(1 + e^z) - t z``, derivative ``(sigmoid(z) - t) / O``. Softmax: ``l =
    -sum_o t log softmax(z)``, derivative ``softmax(z) - t``.
    """
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
def _head_gradient(feature, slope, hidden, delta, d1, d2, g_d1, g_c1, g_d2, g_c2):
    """Overwrite the head's gradient, and multiply ``slope (m, F)`` by the loss's derivative by the feature.

    With ``e = delta D2^T`` (zero where hidden is not above 0): ``dL/dD2 = hidden^T delta``, ``dL/dD1 =
    feature^T e``, ``dL/dfeature = e D1^T``; biases are the sums over rows.
    """
    n_filters, n_hidden, n_outputs = feature.shape[1], hidden.shape[1], delta.shape[1]
    top = hidden if n_hidden else feature
    back = np.empty(top.shape[1], np.float32)
    g_d1[:] = 0
    g_c1[:] = 0
    g_d2[:] = 0
    g_c2[:] = 0
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
                slope[r, f] *= back[f]
            continue
        for h in range(n_hidden):
            back[h] = back[h] if hidden[r, h] > 0 else np.float32(0)
            g_c1[h] += back[h]
        for f in range(n_filters):
            x, total = feature[r, f], np.float32(0)
            for h in range(n_hidden):
                g_d1[f, h] += x * back[h]
                total += d1[f, h] * back[h]
            slope[r, f] *= total


@njit(**FLAGS)
def _scatter(codes, rows, window, g_pooled, bins, g_kernel, g_bias, g_shift):
    """Give each filter's gradient to the letters of its best window p.

    ``dL/dW[j, x[p + j], f] += g[f]``, and on the reverse strand ``dL/dW[k - 1 - j, 3 - x[p + j], f]``;
    ``dL/db[f] += g[f]``, ``dL/du[bin(p), f] += g[f]``. The sums are kept by filter, so that those
    of one window lie together; letter 4 is unknown.
    """
    k, _, n_filters = g_kernel.shape
    sums = np.zeros((n_filters, k, 5), np.float32)
    g_bias[:] = 0
    g_shift[:] = 0
    for r in range(rows.shape[0]):
        code = codes[rows[r]]
        for f in range(n_filters):
            g = g_pooled[r, f]
            if g == 0:
                continue
            p, reverse = window[r, f] >> 1, window[r, f] & 1
            seen, into = code[p : p + k], sums[f]
            g_bias[f] += g
            if g_shift.shape[0] > 0:
                g_shift[bins[p], f] += g
            if reverse:
                for j in range(k):
                    c = seen[k - 1 - j]
                    into[j, 3 - c if c < 4 else 4] += g
            else:
                for j in range(k):
                    into[j, seen[j]] += g
    for j in range(k):
        for c in range(4):
            for f in range(n_filters):
                g_kernel[j, c, f] = sums[f, j, c]


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
