"""How a motif goes with the classes: a rank test, a signed share, and what GC content does not explain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import mannwhitneyu

from motiflens.alphabet import Codes
from motiflens.backgrounds import gc_content
from motiflens.contrasts import Contrast, contrast_of
from motiflens.extraction.composition import powers
from motiflens.results import Interval

Mask = npt.NDArray[np.bool_]
_NO_SITE = -1000.0
"""Scores below it are those of sequences without a window of known bases, which are all alike."""
_DIGITS = 3
"""Sums of the same terms in another order differ by far less, different sites mostly by more."""
_FARTHEST = 3.0


def rank_pvalue(scores: npt.NDArray[np.floating], positive: Mask) -> float:
    """Return the one-sided p-value of Mann and Whitney's test that positives score higher.

    Normal approximation with corrections for ties and continuity; exact for classes of at most 8
    sequences without ties.

    Parameters
    ----------
    scores
        ``(n,)`` score of the best site, in bits. Sequences without a window of known bases tie.
    positive
        ``(n,)``, both classes present.

    References
    ----------
    .. [1] Mann and Whitney 1947, doi:10.1214/aoms/1177730491

    Examples
    --------
    >>> round(rank_pvalue(np.array([3.0, 4.0, 1.0, 2.0]), np.array([True, True, False, False])), 4)
    0.1667
    """
    values = np.round(np.maximum(scores.astype(np.float64), _NO_SITE), _DIGITS)
    if np.ptp(values) == 0:
        return 1.0
    return float(mannwhitneyu(values[positive], values[~positive], alternative="greater").pvalue)


def log2_enrichment(hit: Mask, positive: Mask) -> Interval:
    """Return log2 of how much more often a positive holds a site than a negative, with its 95 % interval.

    Above 0 the motif goes with the positives, below 0 with the negatives. Half a sequence is added to
    those with a site and one to all, so that it stays finite; the interval is that of the logarithm of a
    ratio of two binomial shares.

    Parameters
    ----------
    hit
        ``(n,)`` whether each sequence holds a site.
    positive
        ``(n,)``, both classes present.

    References
    ----------
    .. [1] Katz et al. 1978, doi:10.2307/2530610

    Examples
    --------
    >>> hit = np.repeat([True, False, True, False], [40, 59, 10, 89])
    >>> found = log2_enrichment(hit, np.repeat([True, False], 99))
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (1.95, 1.05, 2.84)
    """
    hits, totals = [], []
    for members in (positive, ~positive):
        hits.append(float(hit[members].sum()) + 0.5)
        totals.append(float(members.sum()) + 1.0)
    value = np.log2(hits[0] / totals[0] * totals[1] / hits[1])
    variance = sum(1 / a - 1 / n for a, n in zip(hits, totals, strict=True))
    half = float(ndtri(0.975)) * np.sqrt(variance) / np.log(2)
    return Interval(float(value), float(value - half), float(value + half))


def gc_contrast(codes: Codes, positive: Mask) -> Contrast:
    """Return the contrast of two classes beyond what the GC content of the sequences says of them.

    A logistic regression on the first three powers of GC content, so that a class may be rich in GC, poor
    in it, or in between.

    Parameters
    ----------
    codes
        ``(n, width)``; GC content is that of the known bases.
    positive
        ``(n,)``, both classes present.
    """
    return contrast_of(positive, powers(gc_content(codes), farthest=_FARTHEST))


def gc_pvalue(hit: Mask, beyond_gc: Contrast) -> float:
    """Return the one-sided p-value that positives hold a site more often than their GC content explains.

    A score test (see `motiflens.contrasts`). The motif's own letters count as GC content too, which
    makes the test conservative where a site is a large part of a sequence.

    Parameters
    ----------
    hit
        ``(n,)`` whether each sequence holds a site.
    beyond_gc
        Of the same sequences, as `gc_contrast` makes it.
    """
    if hit.all() or not hit.any():
        return 1.0
    return float(np.exp(beyond_gc.log_p(hit.astype(np.float64))))
