"""Intervals of figures near 0 and 1, where resampling and normal approximations give far too narrow ones.

When every positive outscores every negative, each resample says so too, and the estimated variance is 0: the
interval collapses to a point. A score interval asks instead which true values would give such data, with the
variance that those values have.
"""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from motiflens.results import Interval

_EDGE = 0.9
"""Figures from here on (or as near to 0) have widened intervals: below it those of resampling cover well."""


def wilson_bounds(share: float, size: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a share [1]_.

    Parameters
    ----------
    share
        In [0, 1].
    size
        Number of independent cases that it is a share of, > 0; need not be whole.
    level
        Confidence level, in (0, 1). Default 0.95.

    References
    ----------
    .. [1] Wilson 1927, doi:10.2307/2276774

    Examples
    --------
    >>> low, high = wilson_bounds(1.0, 100)
    >>> round(low, 3), high
    (0.963, 1.0)
    """
    weight = float(ndtri((1 + level) / 2)) ** 2 / size
    centre = (share + weight / 2) / (1 + weight)
    reach = sqrt(weight * share * (1 - share) + weight**2 / 4) / (1 + weight)
    return min(max(centre - reach, 0.0), share), max(min(centre + reach, 1.0), share)


def newcombe_bounds(area: float, n_positives: int, n_negatives: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return Newcombe's score interval of an AUROC, his method 5 [1]_.

    Its variance is that of Hanley and McNeil [2]_ for exponential scores, with the mean of the two numbers in
    place of either, so that it favours neither class.

    Parameters
    ----------
    area
        In [0, 1].
    n_positives, n_negatives
        At least 1.
    level
        Confidence level, in (0, 1). Default 0.95.

    References
    ----------
    .. [1] Newcombe 2006, doi:10.1002/sim.2324
    .. [2] Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747

    Examples
    --------
    >>> low, high = newcombe_bounds(1.0, 100, 100)
    >>> round(low, 3), high
    (0.98, 1.0)
    """
    z = float(ndtri((1 + level) / 2))
    low, rest = (_newcombe_low(each, n_positives, n_negatives, z) for each in (area, 1 - area))
    return low, 1 - rest


def auroc_near_edge(
    interval: Interval, variance: float, n_positives: int, n_negatives: int, *, level: float = 0.95
) -> Interval:
    """Widen the interval of an AUROC where it would be too narrow: near 0 or 1, or without any variance.

    It then takes in Newcombe's score interval, and Wilson's for the number of pairs, one of a positive and a negative
    each, that would give as large a variance were they independent. That number is at least that of the smaller
    class, whatever the distribution of the scores [1]_, which is taken where no variance is to be seen. Where all
    scores are equal, Wilson's bound on the share of unequal pairs says how far from 1/2 the AUROC can be.

    Parameters
    ----------
    interval
        The AUROC with other bounds, NaN where they are not known.
    variance
        DeLong's; NaN where it cannot be estimated.
    n_positives, n_negatives
        At least 1.
    level
        Confidence level, in (0, 1). Default 0.95.

    References
    ----------
    .. [1] Birnbaum and Klose 1957, Annals of Mathematical Statistics 28:933

    Examples
    --------
    >>> found = auroc_near_edge(Interval(1.0, 1.0, 1.0), 0.0, 80, 100)
    >>> round(found.low, 3), found.high
    (0.954, 1.0)
    """
    area = interval.value
    seen, smaller = variance > 0 and 0 < area < 1, min(n_positives, n_negatives)
    if variance == 0 and 0 < area < 1:
        reach = (1 - wilson_bounds(1.0, smaller, level=level)[0]) / 2
        return _widened(interval, (area - reach, area + reach))
    if seen and not _is_edge(area):
        return interval
    size = area * (1 - area) / variance if seen else smaller
    return _widened(
        interval,
        wilson_bounds(area, size, level=level),
        newcombe_bounds(area, n_positives, n_negatives, level=level),
    )


def share_near_edge(interval: Interval, size: float, *, level: float = 0.95) -> Interval:
    """Widen the interval of a share near 0 or 1 to take in Wilson's.

    An average precision counts as a share of the positives (Boyd et al. 2013,
    doi:10.1007/978-3-642-40994-3_29).

    Parameters
    ----------
    interval
        The share with other bounds.
    size
        Number of cases that it is a share of, > 0.
    level
        Confidence level, in (0, 1). Default 0.95.

    Examples
    --------
    >>> share_near_edge(Interval(0.7, 0.61, 0.78), 100)
    Interval(value=0.7, low=0.61, high=0.78)
    >>> round(share_near_edge(Interval(1.0, 1.0, 1.0), 100).low, 3)
    0.963
    """
    if not _is_edge(interval.value):
        return interval
    return _widened(interval, wilson_bounds(interval.value, size, level=level))


def _is_edge(value: float) -> bool:
    return max(value, 1 - value) >= _EDGE


def _widened(interval: Interval, *bounds: tuple[float, float]) -> Interval:
    known = [] if isnan(interval.low) or isnan(interval.high) else [(interval.low, interval.high)]
    lows, highs = zip(*known, *bounds, strict=True)
    return Interval(interval.value, min(lows), max(highs))


def _newcombe_low(area: float, n_positives: int, n_negatives: int, z: float) -> float:
    """Return the area below ``area`` that lies z of its own standard errors away."""
    if area <= 0:
        return 0.0
    others = (n_positives + n_negatives) / 2 - 1

    def beyond(true: float) -> float:
        spread = 1 + others * ((1 - true) / (2 - true) + true / (1 + true))
        return area - true - z * sqrt(true * (1 - true) * spread / (n_positives * n_negatives))

    highest = float(np.nextafter(area, 0.0))  # at 1 itself there is no variance
    return float(brentq(beyond, 0.0, highest))
