"""The exact p-value of a motif's score: a score matrix in whole steps and the tail of its distribution.

Log-odds are rounded to whole steps, so the sum over a window is a whole number and has few
values. Its distribution over random words is found by adding one position after another
(Staden 1989, doi:10.1093/bioinformatics/5.2.89). Counted from the best score downwards,
``d = highest - score``, positions only ever add to ``d``; the table may therefore end where the
p-value asked for is reached, and is still exact up to there::

    P_j(d) = sum_b background[b] P_{j-1}(d - lost[b, j]),   lost[b, j] = max_b steps[b, j] - steps[b, j]
    p(d)   = P_w(0) + ... + P_w(d)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.errors import ParameterError
from motiflens.motifs import Motif
from motiflens.significance import check_probability

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STEPS_PER_BIT = 1000
"""Steps in a bit, so that a score is off by at most ``width / 2000`` bits."""
MOST_STEPS = 2**22
"""Most steps between the best and the worst score; float32 holds their sums exactly."""
_FIRST_LIMIT = 8 * STEPS_PER_BIT
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ScoreTail:
    """The scores of a motif in whole steps, and the p-values of the highest ones.

    Attributes
    ----------
    steps
        ``(4, width)`` int64 log-odds in steps.
    per_bit
        Steps in a bit.
    pvalues
        ``(n,)``: entry ``d`` is the chance that a random word scores ``highest - d`` or more;
        never falling, the last that of the lowest score with at most the p-value asked for.
        Empty when even the best word is more likely than that.
    """

    steps: Integers
    per_bit: float
    pvalues: Floats

    @property
    def highest(self) -> int:
        """The best possible score, in steps."""
        return int(self.steps.max(axis=0).sum())

    @property
    def cut_off(self) -> float:
        """The lowest score, in bits, that has the p-value asked for; infinite when none has."""
        return (self.highest - len(self.pvalues) + 1) / self.per_bit if len(self.pvalues) else float("inf")

    def pvalue(self, word: npt.NDArray[np.integer]) -> float:
        """Return the p-value of a word, ``(width,)`` codes 0 to 3; NaN beyond the end of the table."""
        lost = self.highest - int(self.steps[word, np.arange(len(word))].sum())
        return float(self.pvalues[lost]) if lost < len(self.pvalues) else float("nan")


def score_tail(motif: Motif, background: Sequence[float], *, pvalue: float = 1.0) -> ScoreTail:
    """Find the exact p-values of a motif's scores, from the best score down to a p-value.

    The score of a word is its log-odds in bits against the background, rounded position by
    position to 1/1000 bit (more coarsely above 4194 bits between best and worst score).

    Parameters
    ----------
    motif
        Its own background is not used, but for pseudocounts this one takes its place.
    background
        Four base frequencies, each in (0, 1), that sum to 1: letters are drawn from it
        independently.
    pvalue
        Where the table ends, in (0, 1]. Default 1: all scores.

    Raises
    ------
    ParameterError
        When the background or the p-value is out of range.

    Examples
    --------
    >>> tail = score_tail(Motif(np.eye(4)[:, [0, 1, 2]], "ACG"), (0.25,) * 4, pvalue=0.02)
    >>> tail.pvalue(np.array([0, 1, 2]))
    0.015625
    >>> round(tail.cut_off, 2)
    5.96
    """
    base = checked_background(background)
    check_probability("pvalue", pvalue)
    a, c, g, t = base.tolist()
    bits = replace(motif, background=(a, c, g, t)).log_odds()
    per_bit = min(float(STEPS_PER_BIT), MOST_STEPS / max(float(np.ptp(bits, axis=0).sum()), 1.0))
    steps = np.rint(bits * per_bit).astype(np.int64)
    lost = steps.max(axis=0) - steps
    most, limit = int(lost.max(axis=0).sum()), _FIRST_LIMIT
    tail = _tail(lost, base, min(limit, most))
    while limit < most and tail[-1] <= pvalue:
        limit *= 2
        tail = _tail(lost, base, min(limit, most))
    reached = int(np.searchsorted(tail, pvalue * (1 + _ROUNDING), side="right"))
    if reached:
        reached = int(np.searchsorted(tail, tail[reached - 1])) + 1  # where no word adds to it, the tail is level
    return ScoreTail(steps, per_bit, np.minimum(tail[:reached], 1.0))


def checked_background(background: Sequence[float]) -> Floats:
    """Return four base frequencies that sum to 1 as an array, ``(4,)``.

    Raises
    ------
    ParameterError
        When they are not four positive numbers with sum 1 (to 1 part in 100).
    """
    base = np.asarray(background, dtype=np.float64)
    if base.shape != (4,) or not (base > 0).all() or not abs(base.sum() - 1) <= 0.01:
        got = ", ".join(f"{share:g}" for share in base.ravel()[:5])
        msg = f"background must be four frequencies above 0, of A, C, G and T, whose sum is 1. Got {got or 'none'}."
        raise ParameterError(msg)
    return np.asarray(base / base.sum())


def _tail(lost: Integers, base: Floats, limit: int) -> Floats:
    """Return P(steps lost <= d) for d from 0 to the limit, ``(limit + 1,)``."""
    chance = np.ones(1)
    for column in lost.T:
        longer = np.zeros(min(limit, len(chance) - 1 + int(column.max())) + 1)
        for steps, share in zip(column.tolist(), base.tolist(), strict=True):
            room = max(len(longer) - steps, 0)
            longer[steps : steps + len(chance)] += share * chance[:room]
        chance = longer
    full = np.zeros(limit + 1)
    full[: len(chance)] = chance
    return np.cumsum(full)
