"""How well scores separate two classes.

Figures come with intervals: `evaluate` by a stratified bootstrap, `auroc_interval` in closed form. Both are
too narrow near 1 (and 0), where `motiflens.score_intervals` widens them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from motiflens.errors import InputError, ParameterError
from motiflens.results import Evaluation, Interval
from motiflens.score_intervals import auroc_near_edge, share_near_edge

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_Precisions = Callable[[Floats, Floats], Floats]

_CELLS = 4_000_000  # bootstrap weights held in memory at once


class RocCurve(NamedTuple):
    """False and true positive rate at each threshold, from the strictest (infinite) down."""

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats


class PrecisionRecallCurve(NamedTuple):
    """Precision and recall at each threshold, from the strictest (infinite; precision 1) down."""

    precision: Floats
    recall: Floats
    threshold: Floats


class _Ranked(NamedTuple):
    """Scores in falling order: the samples' order, and where each distinct score begins."""

    order: Integers
    starts: Integers
    thresholds: Floats


def auroc(labels: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Return the area under the ROC curve: the chance that a positive outscores a negative.

    Ties count one half, so scores that are all equal give 0.5.

    Parameters
    ----------
    labels
        ``(n,)`` of 0 and 1, both present.
    scores
        ``(n,)`` finite numbers, higher for class 1.

    Raises
    ------
    InputError
        When the two do not match, a score is not finite, or a class is missing.

    Examples
    --------
    >>> auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    truth, values = _checked(labels, scores)
    return float(_areas(*_counts(truth, _ranked(values)))[0])


def auprc(labels: npt.ArrayLike, scores: npt.ArrayLike, *, random_ties: bool = False) -> float:
    """Return the average precision: precision summed over the steps of recall.

    The no-skill value is the share of positives. Other parameters and errors as for `auroc`.

    Parameters
    ----------
    random_ties
        By default equal scores are called together, which costs precision. True gives the mean over
        all orders of equal scores instead, which is what breaking the ties by chance reaches.

    Examples
    --------
    >>> round(auprc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    >>> auprc([0, 1], [0.5, 0.5]), auprc([0, 1], [0.5, 0.5], random_ties=True)
    (0.5, 0.75)
    """
    truth, values = _checked(labels, scores)
    precisions = _mean_precisions if random_ties else _precisions
    return float(precisions(*_counts(truth, _ranked(values)))[0])


def accuracy(labels: npt.ArrayLike, probabilities: npt.ArrayLike, *, threshold: float = 0.5) -> float:
    """Return the share of samples that ``probabilities >= threshold`` puts into the right class.

    Examples
    --------
    >>> accuracy([0, 1, 1], [0.2, 0.5, 0.4])
    0.6666666666666666
    """
    truth, values = _checked(labels, probabilities, both=False)
    return float(np.mean((values >= threshold) == truth))


def roc_curve(labels: npt.ArrayLike, scores: npt.ArrayLike) -> RocCurve:
    """Return the ROC curve, one point a distinct score, ``(n_distinct + 1,)`` arrays.

    Examples
    --------
    >>> roc_curve([0, 1, 1], [0.2, 0.5, 0.4]).true_positive_rate.tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    truth, values = _checked(labels, scores)
    ranked = _ranked(values)
    positives, negatives = (np.cumsum(part[0]) for part in _counts(truth, ranked))
    return RocCurve(
        np.append(0.0, negatives / negatives[-1]),
        np.append(0.0, positives / positives[-1]),
        np.append(np.inf, ranked.thresholds),
    )


def precision_recall_curve(labels: npt.ArrayLike, scores: npt.ArrayLike) -> PrecisionRecallCurve:
    """Return the precision-recall curve, one point a distinct score, ``(n_distinct + 1,)`` arrays.

    Examples
    --------
    >>> precision_recall_curve([0, 1, 1], [0.2, 0.5, 0.4]).recall.tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    truth, values = _checked(labels, scores)
    ranked = _ranked(values)
    positives, negatives = (np.cumsum(part[0]) for part in _counts(truth, ranked))
    return PrecisionRecallCurve(
        np.append(1.0, positives / (positives + negatives)),
        np.append(0.0, positives / positives[-1]),
        np.append(np.inf, ranked.thresholds),
    )


def evaluate(
    labels: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    *,
    n_bootstrap: int = 1000,
    random_state: int,
    level: float = 0.95,
    random_ties: bool = False,
) -> Evaluation:
    """Measure AUROC, AUPRC and accuracy, each with a bootstrap interval.

    Positives and negatives are resampled apart (stratified), so that every resample holds as
    many of each as the data; the interval is the central ``level`` of the resampled figures. Figures
    from 0.9 on, whose resamples vary too little, or not at all, have it widened to score intervals: see
    `motiflens.score_intervals`.

    Parameters
    ----------
    labels
        ``(n,)`` of 0 and 1, both present.
    probabilities
        ``(n,)`` of class 1, in [0, 1].
    n_bootstrap
        Number of resamples, at least 1. Default 1000.
    random_state
        Seed of the resampling.
    level
        Confidence level, in (0, 1). Default 0.95.
    random_ties
        How AUPRC takes equal scores, as of `auprc`. Default False.

    Raises
    ------
    InputError
        When the arrays do not match, a probability is not finite, or a class is missing.
    ParameterError
        When ``n_bootstrap`` or ``level`` is out of range.

    Examples
    --------
    >>> found = evaluate([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9], random_state=0).auroc
    >>> found.value, round(found.low, 2), found.high
    (1.0, 0.34, 1.0)
    """
    truth, values = _checked(labels, probabilities)
    _check_level(level)
    if n_bootstrap < 1:
        msg = f"n_bootstrap must be at least 1. Got {n_bootstrap}."
        raise ParameterError(msg)
    ranked = _ranked(values)
    precisions = _mean_precisions if random_ties else _precisions
    figures = _figures(_counts(truth, ranked), ranked.thresholds, precisions)[:, 0]
    resampled = _resampled(truth, ranked, n_bootstrap, np.random.default_rng(random_state), precisions)
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=1)
    area, precision, share = (
        Interval(float(figure), float(below), float(above))
        for figure, below, above in zip(figures, low, high, strict=True)
    )
    n_positives, n_negatives = int(truth.sum()), int((~truth).sum())
    return Evaluation(
        auroc_near_edge(area, _delong(truth, values)[1], n_positives, n_negatives, level=level),
        share_near_edge(precision, n_positives, level=level),
        share_near_edge(share, len(truth), level=level),
        n_positives,
        n_negatives,
    )


def auroc_interval(labels: npt.ArrayLike, scores: npt.ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the AUROC with DeLong's interval, clipped to [0, 1].

    The variance is that of the positives' and negatives' placement values [1]_, from
    mid-ranks in O(n log n) [2]_. From 0.9 on (and up to 0.1), and where there is no variance to be seen, the interval
    is widened to score intervals: see `motiflens.score_intervals`.

    Parameters
    ----------
    labels, scores
        As for `auroc`.
    level
        Confidence level, in (0, 1). Default 0.95.

    Raises
    ------
    InputError
        As for `auroc`.
    ParameterError
        When ``level`` is out of range.

    References
    ----------
    .. [1] DeLong et al. 1988, doi:10.2307/2531595
    .. [2] Sun and Xu 2014, doi:10.1109/LSP.2014.2337313

    Examples
    --------
    >>> auroc_interval([0, 0, 0, 1, 1, 1], [1, 2, 5, 4, 6, 7]).value
    0.8888888888888888
    """
    truth, values = _checked(labels, scores)
    _check_level(level)
    area, variance = _delong(truth, values)
    reach = float(ndtri((1 + level) / 2) * np.sqrt(variance))
    plain = Interval(area, max(area - reach, 0.0), min(area + reach, 1.0))
    return auroc_near_edge(plain, variance, int(truth.sum()), int((~truth).sum()), level=level)


def _delong(truth: npt.NDArray[np.bool_], values: Floats) -> tuple[float, float]:
    """Return the AUROC and DeLong's variance of it, NaN with a single positive or negative."""
    ranks = _midranks(values)
    n_positives, n_negatives = int(truth.sum()), int((~truth).sum())
    above = (ranks[truth] - _midranks(values[truth])) / n_negatives  # share of negatives below each positive
    below = 1 - (ranks[~truth] - _midranks(values[~truth])) / n_positives
    area = float(above.mean())
    if min(n_positives, n_negatives) < 2:
        return area, float("nan")
    return area, float(above.var(ddof=1) / n_positives + below.var(ddof=1) / n_negatives)


def _checked(
    labels: npt.ArrayLike, scores: npt.ArrayLike, *, both: bool = True
) -> tuple[npt.NDArray[np.bool_], Floats]:
    truth, values = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != values.shape or not len(truth):
        msg = f"labels and scores must be two (n,) arrays of one length. Got shapes {truth.shape} and {values.shape}."
        raise InputError(msg)
    if not np.isin(truth, (0, 1)).all():
        msg = f"labels must be 0 or 1. Got {np.unique(truth)[:5].tolist()}; give one class against the others."
        raise InputError(msg)
    if not np.isfinite(values).all():
        msg = f"scores must be finite. Got {values[~np.isfinite(values)][0]} at index {np.isfinite(values).argmin()}."
        raise InputError(msg)
    if both and truth.min() == truth.max():
        msg = f"Expected both classes among the labels. Got {len(truth)} of class {int(truth[0])} alone."
        raise InputError(msg)
    return truth == 1, values


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        msg = f"level must be in (0, 1). Got {level}."
        raise ParameterError(msg)


def _ranked(values: Floats) -> _Ranked:
    order = np.argsort(-values, kind="stable")
    falling = values[order]
    starts = np.flatnonzero(np.append(True, falling[1:] != falling[:-1]))
    return _Ranked(order, starts, falling[starts])


def _counts(truth: npt.NDArray[np.bool_], ranked: _Ranked) -> tuple[Floats, Floats]:
    """Count positives and negatives at each distinct score, ``(1, n_distinct)`` each."""
    totals = np.diff(np.append(ranked.starts, len(truth)))
    positives = np.add.reduceat(truth[ranked.order].astype(np.float64), ranked.starts)
    return positives[None], (totals - positives)[None]


def _areas(positives: Floats, negatives: Floats) -> Floats:
    above = np.cumsum(positives, axis=1) - positives / 2  # positives that beat a negative here, ties one half
    return np.asarray((above * negatives).sum(axis=1) / (positives.sum(axis=1) * negatives.sum(axis=1)))


def _precisions(positives: Floats, negatives: Floats) -> Floats:
    found = np.cumsum(positives, axis=1)
    called = np.maximum(found + np.cumsum(negatives, axis=1), 1)
    return np.asarray((positives * found / called).sum(axis=1) / found[:, -1])


def _mean_precisions(positives: Floats, negatives: Floats) -> Floats:
    """Return the mean average precision over all orders of equal scores, ``(rows,)``, from ``(rows, n_distinct)``.

    Place i of a tie of p positives and m negatives is a positive with probability p / (p + m), and then
    (i - 1) c of the places before it are, c = (p - 1) / (p + m - 1), on average. The precision there is
    linear in that number, so the sum over i is one of harmonic numbers.
    """
    size = positives + negatives
    found, called = (np.cumsum(part, axis=1) - part for part in (positives, size))  # above the tie
    harmonic = np.append(0.0, np.cumsum(1 / np.arange(1, size.sum(axis=1).max() + 1)))
    first, last = called.astype(np.int64), (called + size).astype(np.int64)
    several = np.where(size > 1, (positives - 1) / np.maximum(size - 1, 1), 0)
    inverse = np.where(size > 1, harmonic[last] - harmonic[first], size / (called + 1))
    sums = size * several + (found + 1 - several * (called + 1)) * inverse
    share = positives / np.maximum(size, 1)
    return np.asarray(np.minimum((share * sums).sum(axis=1) / positives.sum(axis=1), 1))


def _figures(counts: tuple[Floats, Floats], thresholds: Floats, precisions: _Precisions) -> Floats:
    """Return AUROC, AUPRC and accuracy of each row of counts, ``(3, rows)``."""
    positives, negatives = counts
    called = thresholds >= 0.5
    right = positives[:, called].sum(axis=1) + negatives[:, ~called].sum(axis=1)
    share = right / (positives.sum(axis=1) + negatives.sum(axis=1))
    return np.stack([_areas(positives, negatives), precisions(positives, negatives), share])


def _resampled(
    truth: npt.NDArray[np.bool_], ranked: _Ranked, n: int, rng: np.random.Generator, precisions: _Precisions
) -> Floats:
    """Return the figures of ``n`` stratified resamples, ``(3, n)``."""
    position = np.empty(len(truth), dtype=np.int64)  # index of each sample's score among the distinct ones
    position[ranked.order] = np.repeat(np.arange(len(ranked.starts)), np.diff(np.append(ranked.starts, len(truth))))
    rows = max(1, _CELLS // len(truth))
    parts = []
    for first in range(0, n, rows):
        size = min(rows, n - first)
        drawn = (_drawn(position[truth], len(ranked.starts), size, rng),
                 _drawn(position[~truth], len(ranked.starts), size, rng))  # fmt: skip
        parts.append(_figures(drawn, ranked.thresholds, precisions))
    return np.concatenate(parts, axis=1)


def _drawn(position: Integers, n_distinct: int, rows: int, rng: np.random.Generator) -> Floats:
    """Draw with replacement, ``rows`` times, and count by distinct score: ``(rows, n_distinct)``."""
    picks = position[rng.integers(0, len(position), size=(rows, len(position)))]
    picks += np.arange(rows)[:, None] * n_distinct
    return np.bincount(picks.ravel(), minlength=rows * n_distinct).reshape(rows, n_distinct).astype(np.float64)


def _midranks(values: Floats) -> Floats:
    """Return 1-based ranks, the mean rank for ties."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse])
