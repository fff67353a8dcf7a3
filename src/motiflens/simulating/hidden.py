"""How likely the letters around a window are when those inside it are not known.

A site is written over letters of the background. With independent bases, those tell nothing of
their neighbours; in a Markov model of order k the k letters before a window and the k after it are
tied by every word that may have stood between, and this sums over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.simulating.background import Background

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Run:
    """Windows of one width that have the same number of letters around them within reach.

    Attributes
    ----------
    first, last
        Starts of the windows, half-open.
    end
        Where the letters within reach end, for the first window.
    table
        ``(4 ** before, 4 ** after)`` log probability of the letters after a window given those
        before it; of both together where the sequence's beginning is within reach.
    after
        Letters within reach after a window, at most the order.
    """

    first: int
    last: int
    end: int
    table: Floats
    after: int


def hidden_runs(background: Background, length: int, width: int) -> tuple[Run, ...]:
    """Return the runs that cover all windows of a width, in order."""
    order, n_starts = background.order, length - width + 1
    inner_end = n_starts - order
    edges = [start for start in range(n_starts) if start < order or start >= inner_end]
    spans = [(start, start + 1) for start in edges] + ([(order, inner_end)] if order < inner_end else [])
    return tuple(_run(background, length, width, span) for span in sorted(spans))


def _run(background: Background, length: int, width: int, span: tuple[int, int]) -> Run:
    order, start = background.order, span[0]
    end = min(start + width + order, length)
    after = end - start - width
    n_words = 4**order
    if start < order:
        state, place = np.zeros((4**start, n_words)), order
        words = np.arange(n_words)
        state[words // 4 ** (order - start), words] = background.initial
    else:
        state, place = np.eye(n_words), start
    for _ in range(end - place):
        state = _step(state, background.transitions)
    ending = state.reshape(len(state), -1, 4**after).sum(axis=1)
    with np.errstate(divide="ignore"):
        return Run(*span, end, np.log(ending), after)


def _step(state: Floats, transitions: Floats) -> Floats:
    """Move the last ``order`` letters on by one, each row of ``(rows, 4 ** order)`` for itself."""
    rows = len(state)
    moved = np.einsum("rax,axb->rxb", state.reshape(rows, 4, -1), transitions.reshape(4, -1, 4))
    return np.asarray(moved.reshape(rows, -1))


def chain_logs(columns: Integers, initial: Floats, transitions: Floats) -> Floats:
    """Return the log probability that each place adds to its sequence's.

    Parameters
    ----------
    columns
        ``(length, n)`` codes 0-3.
    initial, transitions
        Logarithms, in the shapes of `Background`.

    Returns
    -------
    steps
        ``(length, n)``; the first word's whole probability stands at its last letter.
    """
    order = transitions.shape[0].bit_length() // 2
    words = _words(columns, order)
    steps = np.zeros(columns.shape)
    steps[order - 1] = initial[words[0]]
    steps[order:] = transitions[words[:-1], columns[order:]]
    return steps


def changed_by_hiding(columns: Integers, order: int, runs: tuple[Run, ...], steps: Floats) -> Floats:
    """Return the log probability of all letters outside each window, less that of the whole sequence.

    Parameters
    ----------
    columns
        ``(length, n)`` codes 0-3.
    order
        Order of the background.
    runs
        From `hidden_runs`.
    steps
        From `chain_logs`.

    Returns
    -------
    changes
        ``(starts, n)``.
    """
    words = _words(columns, order)
    until = np.vstack([np.zeros((1, columns.shape[1])), np.cumsum(steps, axis=0)])
    changes = np.empty((runs[-1].last, columns.shape[1]))
    for run in runs:
        starts = np.arange(run.first, run.last)
        ends = starts - run.first + run.end
        before = words[starts - order] if run.first >= order else words[:1] // 4 ** (order - run.first)
        after = words[ends - order] % 4**run.after
        seen = until[ends] - until[starts]  # nothing before the first word is complete
        changes[run.first : run.last] = np.take(run.table, before * 4**run.after + after) - seen
    return changes


def _words(columns: Integers, order: int) -> Integers:
    """Return the word of ``order`` letters from each place on as a number, ``(length - order + 1, n)``."""
    words = np.zeros((len(columns) - order + 1, columns.shape[1]), dtype=np.intp)
    for offset in range(order):
        words = words * 4 + columns[offset : offset + len(words)]
    return words
