"""How good the best motif of a search is by chance: the same search, after the classes were dealt anew.

A search tries so many motifs that the best is always good. How good, ten searches tell in which the
classes mean nothing, and which are otherwise the same: what they find best follows an extreme
value distribution (Gumbel 1958, Statistics of Extremes), whose tail says how often so good a motif would be
found without signal. One test a search, whatever it tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.contrasts import contrast_of
from motiflens.extraction.site_models import Sample
from motiflens.extraction.word_search import best_motif, screen
from motiflens.threads import ALONE, Team

Floats = npt.NDArray[np.float64]
_SEARCHES = 10
_USUAL_SPREAD, _USUAL_WEIGHT = 1.6, 20
"""Standard deviation of the worth of the best of a search without signal, in 300 000 letters: hardly different
from data to data, and so worth as much as this many searches more."""
_LETTERS = 300_000
"""Letters of the sequences that are searched without signal."""
_GROWTH, _WIDENING = 0.6, 0.4
"""What the mean and the standard deviation grow by with e times the letters, measured from 120 000 to 1 200 000."""
_NOTHING = -9.0
"""Worth of a search in which nothing leans towards the positives: no standard error, at the price of a short word."""
_EULER = 0.5772156649015329


@dataclass(frozen=True)
class Chance:
    """What a search without signal finds.

    Attributes
    ----------
    location, scale
        Of the Gumbel distribution of the best motif's worth, see `motiflens.extraction.words.worth`.
    """

    location: float
    scale: float

    def log_p(self, worth: float) -> float:
        """Return the natural log of the chance that a search without signal finds a motif worth as much, or more.

        Examples
        --------
        >>> round(float(np.exp(Chance(-1.2, 1.3).log_p(-1.2))), 4)
        0.6321
        """
        rate = (self.location - worth) / self.scale
        return float(rate) if rate < -30 else float(np.log(-np.expm1(-np.exp(min(rate, 30.0)))))


def chance_of(sample: Sample, known: Floats | None, *, random_state: int, team: Team) -> Chance:
    """Return what the search would find if the classes meant nothing beyond what is known.

    Parameters
    ----------
    sample
        The sequences; of many a part is searched, as what is found by chance grows slowly with their number.
    known
        ``(n, m)`` scores whose difference between the classes is known, such as their composition: classes
        are dealt as likely as these make them. None for nothing.
    random_state
        Seed of the dealing.
    team
        Threads; each does whole searches, and no result depends on them.
    """
    rows = screen(sample, _LETTERS)
    part, columns = sample.of_rows(rows), None if known is None else known[rows]
    seeds = np.random.default_rng(random_state).spawn(_SEARCHES)
    found = team.map(lambda rng: _best_without_signal(part, columns, rng), seeds)
    return _gumbel(found, float(np.log(len(rows) / rows.sum())))


def _best_without_signal(sample: Sample, known: Floats | None, rng: np.random.Generator) -> float:
    expected = sample.contrast.expected
    positive = rng.random(len(expected)) < expected
    while positive.all() or not positive.any():
        positive = rng.random(len(expected)) < expected
    found = best_motif(replace(sample, contrast=contrast_of(positive, known)), team=ALONE)
    return _NOTHING if found is None else found.worth


def _gumbel(maxima: Sequence[float], growth: float) -> Chance:
    """Fit by moments, the spread held to the usual one, for ``e ** growth`` times the letters."""
    freedom = len(maxima) - 1
    variance = np.average([np.var(maxima, ddof=1), _USUAL_SPREAD**2], weights=[freedom, _USUAL_WEIGHT])
    next_one = 1 + 1 / len(maxima)  # the variance of one more about the mean of these
    spread = float(np.sqrt(variance * next_one)) + _WIDENING * growth
    scale = spread * np.sqrt(6) / np.pi
    return Chance(float(np.mean(maxima)) + _GROWTH * growth - _EULER * scale, scale)
