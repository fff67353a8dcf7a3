"""What sequences say about the letters behind them: known letters, or inputs with noise.

Every figure is the logarithm of a ratio to the background, so a window that says nothing has 0.
Arrays are ``(starts, n)``, a column a sequence: sums over starts then run over long rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, logsumexp

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.errors import ParameterError
from motiflens.simulating.background import Background
from motiflens.simulating.hidden import Run, chain_logs, changed_by_hiding, hidden_runs

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

IMPOSSIBLE = -1e6
"""Logarithm that stands for the probability 0 of a letter of the background.

A site may lie on such a letter and make the sequence possible, so 0 over 0 must stay apart
from other numbers; no real evidence is as strong.
"""

_SYMBOLS = UNKNOWN + 1
_WORD = 4  # letters looked up at once


class Evidence(Protocol):
    """What the windows of some sequences say."""

    @property
    def uncovered(self) -> Floats:
        """``(n,)`` logarithms of the background's impossible letters, `IMPOSSIBLE` each; 0 for most sequences."""

    def letters(self, probabilities: Floats, kept: Mask) -> Floats:
        """Return how well each window fits a ``(4, width)`` matrix in the columns ``kept``, ``(starts, n)``."""

    def outside(self, width: int) -> Floats:
        """Return what hiding each window changes for the letters around it, ``(starts, n)`` or ``(1, 1)``."""


@dataclass(frozen=True)
class KnownLetters:
    """Sequences without noise.

    Attributes
    ----------
    words
        ``(length, n)`` the four letters from each place on, as a number in base 5; at the end of the
        sequence any letters, which no window asks for.
    background
        ``(4,)`` logarithms of independent bases; zeros when ``hidden`` tells of the background.
    hidden
        What hiding a window of each width changes, ``(starts, n)``; empty for independent bases.
    uncovered
        As in `Evidence`.
    """

    words: Integers
    background: Floats
    hidden: Mapping[int, Floats]
    uncovered: Floats

    def letters(self, probabilities: Floats, kept: Mask) -> Floats:
        """Return how well each window fits, ``(starts, n)``; an unknown letter fits anything alike."""
        width = probabilities.shape[1]
        with np.errstate(divide="ignore"):
            columns = np.where(kept, np.log(probabilities) - self.background[:, None], 0.0)
        padded = np.zeros((_SYMBOLS, -(-width // _WORD) * _WORD))
        padded[:UNKNOWN, :width] = columns
        n_starts = len(self.words) - width + 1
        total = np.zeros((n_starts, self.words.shape[1]))
        for first in range(0, width, _WORD):
            if kept[first : first + _WORD].any():
                table = _outer_sum(padded[:, first : first + _WORD])
                total += np.take(table, self.words[first : first + n_starts])
        return total

    def outside(self, width: int) -> Floats:
        """Return what hiding each window changes for the letters around it."""
        return self.hidden[width] if self.hidden else np.zeros((1, 1))


@dataclass(frozen=True)
class NoisyLetters:
    """Sequences seen through noise, on a background of independent bases.

    Attributes
    ----------
    weights
        ``(4, length, n)`` how likely the input at each place is if the base is A, C, G or T, over
        how likely it is on average over the background.
    uncovered
        As in `Evidence`.
    """

    weights: Floats
    uncovered: Floats

    def letters(self, probabilities: Floats, kept: Mask) -> Floats:
        """Return how well each window fits, ``(starts, n)``."""
        n_starts = self.weights.shape[1] - len(kept) + 1
        total = np.zeros((n_starts, self.weights.shape[2]))
        for column in np.flatnonzero(kept):
            fits = np.tensordot(probabilities[:, column], self.weights[:, column : column + n_starts], axes=1)
            with np.errstate(divide="ignore"):
                total += np.log(fits, out=fits)
        return total

    def outside(self, width: int) -> Floats:
        """Return 0: independent bases do not depend on what a window hides."""
        return np.zeros((1, 1))


def known_letters(codes: Codes, background: Background, runs: Mapping[int, tuple[Run, ...]]) -> KnownLetters:
    """Read sequences.

    Parameters
    ----------
    codes
        ``(n, length)``; 4, an unknown letter, only where the background is of order 0.
    background
        What they consist of where nothing is planted.
    runs
        From `runs_of`, for the widths that will be asked for.
    """
    columns = codes.T.astype(np.intp)
    words = columns.copy()
    for shift in range(1, _WORD):
        words *= _SYMBOLS
        words[:-shift] += columns[shift:]
    if not background.order:
        bases = np.append(_log(background.transitions[0]), 0.0)
        uncovered = (bases == IMPOSSIBLE)[columns].sum(axis=0) * IMPOSSIBLE
        return KnownLetters(words, bases[:UNKNOWN], {}, uncovered)
    steps = chain_logs(columns, _log(background.initial), _log(background.transitions))
    hidden = {width: changed_by_hiding(columns, background.order, run, steps) for width, run in runs.items()}
    uncovered = (steps <= IMPOSSIBLE).sum(axis=0) * IMPOSSIBLE
    return KnownLetters(words, np.zeros(UNKNOWN), hidden, uncovered)


def runs_of(background: Background, length: int, widths: set[int]) -> dict[int, tuple[Run, ...]]:
    """Prepare for windows of some widths; empty for independent bases, which need no preparation.

    Raises
    ------
    ParameterError
        When the sequences are shorter than the order of the background.
    """
    if background.order > length:
        msg = f"The background's order, {background.order}, must be at most the length of the sequences. Got {length}."
        raise ParameterError(msg)
    if not background.order:
        return {}
    return {width: hidden_runs(background, length, width) for width in widths}


def noisy_letters(inputs: npt.NDArray[np.floating], background: Background, noise: float) -> NoisyLetters:
    """Read one-hot inputs with Gaussian noise that is clipped to [0, 1].

    A channel at 0 or 1 was clipped: its likelihood is the normal distribution's tail there, and
    its density elsewhere. Of the four channels' likelihoods, only the ratio of one and zero in
    the base's own channel depends on the base.

    Parameters
    ----------
    inputs
        ``(n, 4, length)`` in [0, 1].
    background
        Independent bases, each with a probability above 0.
    noise
        Standard deviation, above 0.
    """
    values = inputs.transpose(1, 2, 0).astype(np.float64)
    clipped = log_ndtr(-1 / noise) - np.log(0.5)
    odds = (2 * values - 1) / (2 * noise**2)
    odds[values <= 0] = clipped
    odds[values >= 1] = -clipped
    shares = background.transitions[0]
    odds -= logsumexp(odds + np.log(shares)[:, None, None], axis=0)
    return NoisyLetters(np.exp(odds, out=odds), np.zeros(len(inputs)))


def _log(probabilities: Floats) -> Floats:
    possible = probabilities > 0
    return np.where(possible, np.log(np.where(possible, probabilities, 1.0)), IMPOSSIBLE)


def _outer_sum(columns: Floats) -> Floats:
    """Return the sum of one entry of each column, for every choice, the first column's slowest: ``(5 ** width,)``."""
    total = np.zeros(1)
    for column in columns.T:
        total = np.add.outer(total, column).ravel()
    return total
