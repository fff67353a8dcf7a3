"""Where sites lie: about the centres of their sequences, and on which strand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc
from scipy.stats import binomtest

from motiflens.alphabet import Codes
from motiflens.extraction.matrices import Scanner
from motiflens.results import Centrality, StrandPreference
from motiflens.scanning.best_sites import Hits, Matrix, site_letters

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_NARROWEST = 10
_GROWTH = 1.5
_FEWEST_PLACES = 2 * _NARROWEST
_ALIKE = 0.95
_ROUNDING = 1e-3


def centrality(starts: npt.ArrayLike, spans: npt.ArrayLike, width: int) -> Centrality:
    """Tell whether sites crowd about the centres of their sequences, as sites of the factor of a ChIP-seq peak do.

    Windows about the centre are tried, from 10 bases to half a sequence, each half as wide again as the
    last. The chance that one holds as many sites, were every place of a sequence equally likely, is
    binomial, and the smallest is multiplied by the number of windows. Where sequences
    differ in length the shares that a window covers differ, and the binomial tail of their mean is an upper
    bound of the chance [2]_.

    Parameters
    ----------
    starts
        ``(n,)`` column of the first base of each sequence's best site; one site a sequence.
    spans
        ``(n, 2)`` columns that the sequences of these sites take up.
    width
        Bases of the motif.

    References
    ----------
    .. [1] CentriMo: Bailey and Machanick 2012, doi:10.1093/nar/gks433
    .. [2] Hoeffding 1956, doi:10.1214/aoms/1177728178

    Examples
    --------
    >>> found = centrality([95] * 30 + [10, 150], [[0, 200]] * 32, 10)
    >>> found.pvalue < 1e-20, found.window, found.n
    (True, 10, 32)
    >>> centrality([3, 4], [[0, 20], [0, 20]], 10).reason
    'the sequences are too short'
    """
    first, ends = np.asarray(starts, dtype=np.int64), np.asarray(spans, dtype=np.int64).reshape(-1, 2)
    if not len(first):
        return Centrality(reason="no sequence holds a site")
    places = ends[:, 1] - ends[:, 0] - width + 1
    long = places >= _FEWEST_PLACES
    if not long.any():
        return Centrality(n=len(first), reason="the sequences are too short")
    places, first, ends = places[long], first[long], ends[long]
    away = np.abs(2 * (first - ends[:, 0]) - (places - 1))  # in half bases
    windows = _windows(int(np.median(places)) // 2)
    inside = np.array([np.minimum(_places_within(window, places) / places, 1).mean() for window in windows])
    counts = np.array([(away < window).sum() for window in windows])
    n = len(places)
    # The bound holds above the mean, and nothing below it is of interest.
    tails = np.where(counts >= n * inside + 1, bdtrc(counts - 1, n, inside), 1.0)
    best = int(np.argmin(tails))
    pvalue = min(1.0, float(tails[best]) * len(windows))
    return Centrality(pvalue, windows[best], float(counts[best] / n), float(inside[best]), n, "")


def _windows(widest: int) -> list[int]:
    found = [_NARROWEST]
    while (wider := int(np.ceil(_GROWTH * found[-1]))) <= widest:
        found.append(wider)
    return found


def _places_within(window: int, places: Integers) -> Integers:
    """Return how many places of each sequence lie less than half a window from its centre."""
    odd = places % 2 == 1
    return np.where(odd, 2 * ((window - 1) // 2) + 1, 2 * (window // 2))


def strand_preference(hits: Hits, codes: Codes, matrix: Matrix, scanner: Scanner) -> StrandPreference:
    """Tell whether sites lie on one strand more than on the other.

    A site is left out where the motif fits as well over it on the other strand. The test counts sequences, with
    more forward than reverse sites or with fewer, since the sites of one sequence may be copies of one another.

    Parameters
    ----------
    hits
        All sites of the motif in some sequences.
    codes
        ``(n, width)``, these sequences.
    matrix
        ``(4, width)`` probabilities.
    """
    if not scanner.both_strands:
        return StrandPreference(reason="only one strand is read")
    turned = Scanner(scanner.base, both_strands=False).likeness(matrix, matrix[::-1, ::-1])
    if turned > _ALIKE:
        return StrandPreference(reason="the motif is its own reverse complement")
    clear = hits.scores - _best_against(hits, codes, scanner.log_odds(matrix)) > _ROUNDING
    if not clear.any():
        return StrandPreference(reason="no sequence holds a site")
    reverse = hits.reverse[clear]
    balance = np.bincount(hits.row[clear], weights=np.where(reverse, -1.0, 1.0), minlength=len(codes))
    forward, backward = int((balance > 0).sum()), int((balance < 0).sum())
    pvalue = binomtest(forward, forward + backward).pvalue if forward + backward else 1.0
    return StrandPreference(float((~reverse).mean()), float(pvalue), int(clear.sum()), "")


def _best_against(hits: Hits, codes: Codes, log_odds: Matrix) -> Floats:
    """Return ``(n_hits,)`` best score on the other strand of a window that overlaps each site."""
    width = log_odds.shape[1]
    n_windows = 2 * width - 1
    around = site_letters(codes, hits.row, hits.start - (width - 1), hits.reverse, 3 * width - 2)
    turned = np.vstack([log_odds[::-1, ::-1], np.full(width, -np.inf)])  # no window holds an unknown base
    scores = np.zeros((len(hits.row), n_windows))
    for column in range(width):
        scores += turned[:, column][around[:, column : column + n_windows]]
    return np.asarray(scores.max(axis=1))
