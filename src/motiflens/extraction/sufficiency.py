"""Whether a motif alone moves a network: its sites written into sequences that mean nothing.

Such marginalisation on shuffled sequences is known from Koo et al. 2021 (global importance analysis,
doi:10.1371/journal.pcbi.1008925). Log-odds, not probabilities, are compared: where the network is sure, a
probability hardly moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import logit, stdtrit

from motiflens.alphabet import Codes, reverse_complement
from motiflens.backgrounds import shuffle_dinucleotides
from motiflens.results import Interval, Sufficiency
from motiflens.scanning.best_sites import Matrix
from motiflens.sequences import SequenceSet, concatenate

Predict = Callable[[SequenceSet], npt.NDArray[np.float64]]
Floats = npt.NDArray[np.float64]
_N = 250
_FEWEST = 20
_SURE = 1e-6
"""A probability is taken to be no nearer to 0 or 1 than this; single precision has few digits there."""


@dataclass(frozen=True)
class Neutral:
    """Sequences without meaning, and the network's log-odds ``(n,)`` of each."""

    sequences: SequenceSet
    log_odds: Floats


def neutral(negatives: SequenceSet, predict: Predict, *, random_state: int, n: int = _N) -> Neutral:
    """Shuffle negatives, dinucleotide counts kept: the composition the network knows, and no motif.

    Parameters
    ----------
    negatives
        At least one sequence; when there are fewer than ``n``, each is shuffled several times.
    predict
        Returns ``(n,)`` probabilities of the positives for sequences.
    random_state
        Seed.
    n
        Sequences wanted, at least 1. Default 250.
    """
    order = np.random.default_rng(random_state).permutation(len(negatives))[:n]
    copies = -(-n // len(order))
    shuffled = shuffle_dinucleotides(negatives[order], copies=copies, random_state=random_state)[:n]
    return Neutral(shuffled, _log_odds(predict(shuffled)))


def sufficiency(
    matrix: Matrix, background: Neutral, predict: Predict, *, both_strands: bool, random_state: int
) -> Sufficiency:
    """Plant a site drawn from a matrix into each sequence and return what it does to the network's log-odds.

    The place is random, and the strand when both are read. The control has the same letters at
    the same place in random order, so that composition alone cannot make the difference.

    Parameters
    ----------
    matrix
        ``(4, width)`` probabilities.
    background
        Where to plant. Sequences shorter than the motif are left out; with fewer than 20 nothing is measured.
    both_strands
        Whether a site may be turned over.
    random_state
        Seed of sites, places and strands.
    """
    width = matrix.shape[1]
    room = background.sequences.lengths - width
    fits = np.flatnonzero(room >= 0)
    if len(fits) < _FEWEST:
        return Sufficiency()
    rng = np.random.default_rng(random_state)
    sequences, n = background.sequences[fits], len(fits)
    letters = _sites(matrix, n, rng)
    start = sequences.spans[:, 0] + rng.integers(0, room[fits] + 1)
    turned = rng.random(n) < (0.5 if both_strands else 0.0)
    written = [_written(sequences, each, start, turned) for each in (letters, rng.permuted(letters, axis=1))]
    after = _log_odds(predict(concatenate(written))).reshape(2, n)
    change, control = after - background.log_odds[fits]
    return Sufficiency(_mean(change), _mean(control), _mean(change - control), n)


def _sites(matrix: Matrix, n: int, rng: np.random.Generator) -> Codes:
    """Return ``(n, width)`` words drawn from a matrix."""
    thresholds = np.cumsum(matrix, axis=0)[:3]
    return np.asarray((rng.random((n, 1, matrix.shape[1])) > thresholds).sum(axis=1), dtype=np.uint8)


def _written(
    sequences: SequenceSet, letters: Codes, start: npt.NDArray[np.int64], turned: npt.NDArray[np.bool_]
) -> SequenceSet:
    codes, width = sequences.codes.copy(), letters.shape[1]
    sites = np.where(turned[:, None], reverse_complement(letters), letters)
    codes[np.arange(len(codes))[:, None], start[:, None] + np.arange(width)] = sites
    return replace(sequences, codes=codes)


def _log_odds(probabilities: Floats) -> Floats:
    return np.asarray(logit(np.clip(np.asarray(probabilities, dtype=np.float64), _SURE, 1 - _SURE)))


def _mean(values: Floats) -> Interval:
    """Return the mean with its 95 % interval by Student's distribution."""
    mean = float(values.mean())
    half = float(stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(mean, mean - half, mean + half)
