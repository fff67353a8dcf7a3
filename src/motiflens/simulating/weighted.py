"""Figures of merit over weighted samples of two classes, with their sampling error.

Each sample drawn stands for a share of the population. Errors are those of the infinitesimal
jackknife (Efron 1982, doi:10.1137/1.9781611970319): how much a figure changes with the weight of each
sample, and how much that varies in its class.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from motiflens.results import Interval

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

_REACH = float(ndtri(0.975))


def weighted_figures(
    positives: Floats, negatives: Floats, *, share: float, label_noise: float, threshold: float
) -> tuple[Interval, Interval, Interval]:
    """Return AUROC, AUPRC and accuracy in a population, with 95 % intervals.

    Parameters
    ----------
    positives, negatives
        ``(n,)`` and ``(m,)`` scores drawn from each class, at least 2; infinite ones are in order. Ties
        count as in `metrics`.
    share
        Of positives in the population, in (0, 1).
    label_noise
        Probability that a label, which the scores are measured by, is the other class's.
    threshold
        Lowest score that is called positive.

    Examples
    --------
    >>> scores = np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])
    >>> area, _, share = weighted_figures(*scores, share=0.5, label_noise=0.0, threshold=2.0)
    >>> round(area.value, 3), round(share.value, 3)
    (0.778, 0.667)
    """
    n_positives = len(positives)
    scores = np.concatenate([positives, negatives])
    mass = np.concatenate([np.full(n_positives, share / n_positives),
                           np.full(len(negatives), (1 - share) / len(negatives))])  # fmt: skip
    flipped = np.where(np.arange(len(scores)) < n_positives, label_noise, 1 - label_noise)
    called_one, called_zero = mass * (1 - flipped), mass * flipped
    ranks = np.unique(scores, return_inverse=True)[1]
    right = np.where(scores >= threshold, called_one, called_zero)
    area, area_changes = _area(called_one, called_zero, ranks)
    precision, precision_changes = _precision(called_one, called_zero, ranks)
    first, second, third = (
        _interval(value, changes[:n_positives], changes[n_positives:])
        for value, changes in (
            (area, area_changes),
            (precision, precision_changes),
            (float(right.sum()), right),
        )
    )
    return first, second, third


def _interval(value: float, *changes: Floats) -> Interval:
    """Return a figure with its interval, from how it changes with each sample's weight, by class."""
    reach = _REACH * float(np.sqrt(sum(len(part) * part.var(ddof=1) for part in changes)))
    return Interval(value, max(value - reach, 0.0), min(value + reach, 1.0))


def _area(ones: Floats, zeros: Floats, ranks: Integers) -> tuple[float, Floats]:
    """Return the AUROC of samples with weights in each class, and its changes with each sample's weight."""
    by_rank = [np.bincount(ranks, part) for part in (ones, zeros)]
    above = by_rank[0][::-1].cumsum()[::-1] - by_rank[0] / 2
    below = by_rank[1].cumsum() - by_rank[1] / 2
    totals = ones.sum() * zeros.sum()
    changes = (ones * below[ranks] + zeros * above[ranks]) / totals
    return float((ones * below[ranks]).sum() / totals), changes


def _precision(ones: Floats, zeros: Floats, ranks: Integers) -> tuple[float, Floats]:
    """Return the average precision of samples with weights, and its changes with each sample's weight."""
    found, wrong = (np.bincount(ranks, part)[::-1].cumsum()[::-1] for part in (ones, zeros))
    called = found + wrong
    steps = np.bincount(ranks, ones) / ones.sum()
    precision = found / called
    gain, loss = ((steps * part / called**2).cumsum() for part in (wrong, found))
    changes = ones * (precision / ones.sum() + gain)[ranks] - zeros * loss[ranks]
    return float((steps * precision).sum()), changes
