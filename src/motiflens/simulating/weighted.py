"""Figures of merit over weighted samples of two classes, with their sampling error.

Each sample drawn stands for a share of the population. Errors are those of the infinitesimal
jackknife (Efron 1982, doi:10.1137/1.9781611970319): how much a figure changes with the weight of each
sample, and how much that varies in its class.

AUPRC is the area under the curve that is interpolated within ties as true and false positives come in
evenly there (Davis and Goadrich 2006, doi:10.1145/1143844.1143874). In a large population that is what
any order of the ties by chance reaches.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from motiflens.results import Interval

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

_REACH = float(ndtri(0.975))
_SMALL = 1e-3


def weighted_figures(
    positives: Floats, negatives: Floats, *, share: float, label_noise: float, threshold: float
) -> tuple[Interval, Interval, Interval]:
    """Return AUROC, AUPRC and accuracy in a population, with 95 % intervals.

    Parameters
    ----------
    positives, negatives
        ``(n,)`` and ``(m,)`` scores drawn from each class, at least 2; infinite ones are in order.
    share
        Of positives in the population, in (0, 1).
    label_noise
        Probability, in [0, 0.5], that a label, which the scores are measured by, is the other class's.
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
    value = min(max(value, 0.0), 1.0)  # sums of shares pass 1 by rounding
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
    """Return the area under the precision-recall curve of weights, and its changes with each sample's weight.

    A tie with the weights p and w, below others with F and W, adds the integral over t from 0 to 1 of
    p (F + p t) / (F + W + (p + w) t).
    """
    p, w = (np.asarray(np.bincount(ranks, part)[::-1], dtype=np.float64) for part in (ones, zeros))
    found, called, size = p.cumsum() - p, (p + w).cumsum() - (p + w), p + w
    called[0] = found[0] = 0
    (j0, j1), (k0, k1, k2) = _integrals(called, size)
    area = found * j0 + p * j1
    gain_below, loss_below = (
        part[::-1].cumsum()[::-1] - part for part in (p * j0, p * (found * k0 + p * k1))
    )  # what more above each tie does to those below
    loss = p * (found * k1 + p * k2) + loss_below
    gain = area + p * j1 + gain_below - loss
    changes = ones * gain[::-1][ranks] - zeros * loss[::-1][ranks]
    return float((p * area).sum() / p.sum()), changes / p.sum()


def _integrals(called: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Return the integrals over t from 0 to 1 of t**i / (called + size t), i < 2, and of t**i / (...)**2, i < 3.

    ``(2, n)`` and ``(3, n)``. ``called`` is 0 at the first place alone; those that would be infinite there
    are multiplied by nothing, and are 0.
    """
    above = np.append(1.0, called[1:])
    y = size / above
    log, inverse = np.log1p(y) / y, 1 / (1 + y)
    small = y < _SMALL  # where differences lose digits, the first terms of the series
    j = np.stack([log, np.where(small, 1 / 2 - y / 3 + y**2 / 4, (1 - log) / y)]) / above
    k = np.stack([
        inverse,
        np.where(small, 1 / 2 - 2 * y / 3 + 3 * y**2 / 4, (log - inverse) / y),
        np.where(small, 1 / 3 - y / 2 + 3 * y**2 / 5, (1 - 2 * log + inverse) / y**2),
    ]) / above**2  # fmt: skip
    j[:, 0], k[:, 0] = (0, 1 / size[0]), (0, 0, 1 / size[0] ** 2)
    return j, k
