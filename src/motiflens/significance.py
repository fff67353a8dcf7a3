"""P-values: Fisher's exact test of enrichment, in logarithms that never underflow, and q-values; given ones checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from motiflens.errors import ParameterError

Floats = npt.NDArray[np.float64]

_CELL_NAMES = ("hits_pos", "n_pos", "hits_neg", "n_neg")
_STEPS = 32
"""Terms of a tail that are summed at a time."""


def fisher_enrichment(
    hits_pos: npt.ArrayLike, n_pos: npt.ArrayLike, hits_neg: npt.ArrayLike, n_neg: npt.ArrayLike
) -> Floats:
    """Return the one-sided p-value of Fisher's exact test that positives hold more hits.

    The chance, with the margins fixed, of at least ``hits_pos`` of all hits among the positives.

    Parameters
    ----------
    hits_pos, n_pos, hits_neg, n_neg
        Counts of hits and of all, in positives and negatives; any shapes that broadcast.

    Returns
    -------
    p
        In [0, 1]; 0 only below 1e-308, where `log_fisher_enrichment` still tells values apart.

    Raises
    ------
    ParameterError
        When a count is negative, not whole, or has more hits than there are sequences.

    Examples
    --------
    >>> fisher_enrichment([8, 3], 10, [1, 3], 10).round(4).tolist()
    [0.0027, 0.6858]
    """
    return np.exp(log_fisher_enrichment(hits_pos, n_pos, hits_neg, n_neg))


def log_fisher_enrichment(
    hits_pos: npt.ArrayLike, n_pos: npt.ArrayLike, hits_neg: npt.ArrayLike, n_neg: npt.ArrayLike
) -> Floats:
    """Return the natural logarithm of `fisher_enrichment`, which never underflows.

    The tail that falls away from the mean is summed, ``sum_k P(X = k)``, from the ratio of
    neighbouring hypergeometric terms; the other tail is its complement.

    Examples
    --------
    >>> log_fisher_enrichment(5000, 5000, 0, 5000).round(2).item()
    -6926.64
    """
    a, n, c, m = _contingency(hits_pos, n_pos, hits_neg, n_neg)
    hits, total = a + c, n + m
    upper = a * total > hits * n  # above the mean: the upper tail falls, else the lower one does
    first = np.where(upper, a, a - 1)
    log_first = _log_hypergeometric(first, n, m, hits)
    log_sum = log_first + np.log(_tail_ratio(first, n, m, hits, upper, np.isfinite(log_first)))
    lower = np.minimum(np.exp(np.where(upper, -np.inf, log_sum)), 1.0)
    with np.errstate(divide="ignore"):
        result = np.where(upper, np.minimum(log_sum, 0.0), np.log1p(-lower))
    return np.asarray(result, dtype=np.float64)


def benjamini_hochberg(pvalues: npt.ArrayLike) -> Floats:
    """Return the false discovery rate (q-value) of each p-value.

    ``q_i = min over p_j >= p_i of p_j * n / rank_j``, Benjamini and Hochberg 1995,
    doi:10.1111/j.2517-6161.1995.tb02031.x.

    Parameters
    ----------
    pvalues
        ``(n,)`` in [0, 1].

    Raises
    ------
    ParameterError
        When a value is NaN or outside [0, 1], or the array is not one-dimensional.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.5, 0.02]).tolist()
    [0.03, 0.5, 0.03]
    """
    p = np.asarray(pvalues, dtype=np.float64)
    if p.ndim != 1 or not np.all((p >= 0) & (p <= 1)):
        msg = f"pvalues must be a one-dimensional array of numbers in [0, 1]. Got shape {p.shape}: {pvalues!s:.60}."
        raise ParameterError(msg)
    falling = np.argsort(p)[::-1]
    q = np.empty_like(p)
    q[falling] = np.minimum.accumulate(p[falling] * len(p) / np.arange(len(p), 0, -1))
    return np.clip(q, p, 1.0)


def check_probability(name: str, value: float) -> None:
    """Refuse a p-value, q-value or share that is no probability above 0, such as a cut-off that nothing could pass.

    Parameters
    ----------
    name
        Of the parameter, for the message.
    value
        In (0, 1].

    Raises
    ------
    ParameterError
        When it is outside, or NaN.

    Examples
    --------
    >>> check_probability("qvalue", 1.0)
    >>> check_probability("qvalue", 0.0)
    Traceback (most recent call last):
    motiflens.errors.ParameterError: qvalue must be in (0, 1]. Got 0.
    """
    if not 0 < value <= 1:
        msg = f"{name} must be in (0, 1]. Got {value:g}."
        raise ParameterError(msg)


def _contingency(*counts: npt.ArrayLike) -> list[Floats]:
    a, n, c, m = np.broadcast_arrays(*(np.asarray(count, dtype=np.float64) for count in counts))
    whole = all(np.all(part == np.floor(part)) and np.all(np.isfinite(part)) for part in (a, n, c, m))
    if not whole or np.any(a < 0) or np.any(c < 0) or np.any(a > n) or np.any(c > m):
        got = ", ".join(
            f"{name} {np.ravel(part)[:3].tolist()}" for name, part in zip(_CELL_NAMES, (a, n, c, m), strict=True)
        )
        msg = f"hits must be whole numbers from 0 to the number of sequences. Got {got}."
        raise ParameterError(msg)
    return [a, n, c, m]


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _log_hypergeometric(k: Floats, n: Floats, m: Floats, hits: Floats) -> Floats:
    """Return ``log P(k of the hits fall among n of n + m)``, -inf outside the support."""
    inside = (k >= 0) & (k >= hits - m) & (k <= n) & (k <= hits)
    k = np.where(inside, k, np.maximum(0, hits - m))
    log_p = _log_choose(n, k) + _log_choose(m, hits - k) - _log_choose(n + m, hits)
    return np.where(inside, log_p, -np.inf)


def _tail_ratio(
    first: Floats, n: Floats, m: Floats, hits: Floats, upper: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_]
) -> Floats:
    """Sum the tail from ``first`` outwards, in units of its first and largest term; 1 outside the support."""
    sign, term, total = np.where(upper, 1, -1)[..., None], inside.astype(np.float64), np.ones(first.shape)
    start, n, m, hits = (part[..., None] for part in (first, n, m, hits))
    steps = np.arange(1, _STEPS + 1)
    while np.any(term > total * 1e-17):
        k = start + sign * steps
        over = np.where(upper[..., None], (hits - k + 1) * (n - k + 1), (k + 1) * (m - hits + k + 1))
        under = np.where(upper[..., None], k * (m - hits + k), (hits - k) * (n - k))
        ratios = np.maximum(over, 0) / np.where(under > 0, under, 1)
        terms = term[..., None] * np.cumprod(ratios, axis=-1)
        total, term, steps = total + terms.sum(axis=-1), terms[..., -1], steps + _STEPS
    return total
