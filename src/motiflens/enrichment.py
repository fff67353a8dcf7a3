"""Tell the sites of a motif from chance: a tested cut-off, and the odds of each site."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from motiflens.significance import log_fisher_enrichment

Floats = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]
_MIN_HITS = 5
MOST_NEGATIVES = 0.25
_ROUNDING = 1e-3
"""Sums of the same terms in another order differ by far less, different sites mostly by more."""
_BINS = 40
_BACKGROUND_SHARE = 0.3


class CutOff(NamedTuple):
    """The score at which positives differ most from negatives.

    ``log_p`` is the natural log of Fisher's p there, not corrected for the choice;
    ``hits_pos`` and ``hits_neg`` count the sequences at or above ``score``.
    """

    log_p: float
    score: float
    hits_pos: int
    hits_neg: int


def best_cut_off(scores: Floats, positive: Mask, *, most_negatives: float = MOST_NEGATIVES) -> CutOff:
    """Choose the cut-off on ``(n,)`` scores that separates the classes best.

    The cut-off has the largest likelihood ratio G of its two-by-two table. At least 5 sequences
    must pass it and at most a share of the negatives, by default a quarter: a site that is
    everywhere tells nothing. It lies midway to the next lower score, scores that differ by rounding alone being
    the same. With no enrichment at any such cut-off the result is ``(0, inf, 0, 0)``.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, truth = scores[order], positive[order]
    hits = np.cumsum(truth)
    passed = np.arange(1, len(truth) + 1)
    n_pos = int(hits[-1])
    n_neg = len(truth) - n_pos
    below = np.append(ranked[1:], ranked[-1] - 1)
    distinct = ranked - below > _ROUNDING
    enriched = hits * n_neg > (passed - hits) * n_pos
    usable = np.flatnonzero(distinct & enriched & (passed >= _MIN_HITS) & (passed - hits <= most_negatives * n_neg))
    if not len(usable):
        return CutOff(0.0, float("inf"), 0, 0)
    a, total = hits[usable].astype(np.float64), passed[usable].astype(np.float64)
    at = usable[int(np.argmax(_g_statistic(a, total - a, n_pos, n_neg)))]
    log_p = float(log_fisher_enrichment(hits[at], n_pos, passed[at] - hits[at], n_neg))
    return CutOff(log_p, float(ranked[at] + below[at]) / 2, int(hits[at]), int(passed[at] - hits[at]))


def _g_statistic(
    a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], n_pos: int, n_neg: int
) -> npt.NDArray[np.float64]:
    share = (a + b) / (n_pos + n_neg)

    def term(observed: npt.NDArray[np.float64], expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return observed * np.log(np.maximum(observed, 1e-300) / np.maximum(expected, 1e-300))

    rates = [(a, n_pos * share), (n_pos - a, n_pos * (1 - share)), (b, n_neg * share), (n_neg - b, n_neg * (1 - share))]
    return np.asarray(sum(term(observed, expected) for observed, expected in rates))


def site_odds(scores: Floats, positive: Mask) -> npt.NDArray[np.float64]:
    """Return for each sequence the probability that its best site is no chance match.

    By score bins, ``1 - pi0 * f_neg(s) / f_pos(s)``: the densities of the best score in
    negatives and positives, their ratio made monotone by isotonic regression, and pi0 the
    share of positives without a site, read off the lowest 30 % of scores. Meaningful for
    positives; motifs that both classes hold cancel.

    Returns
    -------
    odds
        ``(n,)`` in [0, 1].
    """
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, _BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, scores, side="right")
    n_bins = len(edges) + 1
    pos = np.bincount(bins[positive], minlength=n_bins) / max(positive.sum(), 1)
    neg = np.bincount(bins[~positive], minlength=n_bins) / max((~positive).sum(), 1)
    count = np.bincount(bins, minlength=n_bins).astype(np.float64)
    share = isotonic_regression(pos / np.maximum(pos + neg, 1e-12), weights=count + 1e-9).x
    low = np.cumsum(count) <= _BACKGROUND_SHARE * len(scores)
    low[0] = True
    floor = float(np.clip(pos[low].sum() / max(pos[low].sum() + neg[low].sum(), 1e-12), 0.05, 0.5))
    ratio = (1 - share) / np.maximum(share, 1e-6) * floor / (1 - floor)
    return np.asarray(np.clip(1 - ratio, 0, 1)[bins])
