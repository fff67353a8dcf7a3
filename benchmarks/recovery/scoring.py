"""What reported motifs say of planted ones: found again or not, how exactly, how often, and what else.

A reported motif *matches* a planted profile when, compared with all of JASPAR CORE vertebrates
by `motiflens.match` (Tomtom's comparison, complete scores), the profile's q-value is below 0.01:
Benjamini and Hochberg over all profiles for this one motif. It *covers* the profile by the
share of its informative positions (0.25 bits and more) inside that alignment, and *recovers* it
with a share of 0.8 or more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.doubles import informative
from motiflens.matching import match
from motiflens.motifs import Motif
from motiflens.results import Match, Site

Floats = npt.NDArray[np.float64]

SIGNIFICANT_MATCH = 0.01
LEAST_COVERAGE = 0.8
PSEUDOCOUNT = 0.0025
"""Added to each of the four probabilities of both columns before they are compared."""
_PALINDROME = 0.8


@dataclass(frozen=True)
class Fit:
    """How one reported motif lies on one planted profile.

    Attributes
    ----------
    motif
        Index of the reported motif, 0 the best.
    qvalue
        Of the match.
    coverage
        Share of the profile's informative positions inside the alignment, in [0, 1].
    error
        Mean Kullback-Leibler divergence of those positions from the profile, in bits.
    strand
        ``-`` when the profile had to be turned over.
    """

    motif: int
    qvalue: float
    coverage: float
    error: float
    strand: str

    @property
    def whole(self) -> bool:
        """Whether enough is covered."""
        return self.coverage >= LEAST_COVERAGE


@dataclass(frozen=True)
class Scores:
    """All fits of a run.

    Attributes
    ----------
    fits
        For each planted profile, the motifs that match it, best rank first.
    spurious
        Indices of reported motifs that match no planted profile.
    duplicates
        Number of reported motifs beyond the first that match the same profile best.
    """

    fits: tuple[tuple[Fit, ...], ...]
    spurious: tuple[int, ...]
    duplicates: int

    def recovered(self, planted: int) -> Fit | None:
        """Return the first fit that recovers a planted profile, None when there is none."""
        return next((fit for fit in self.fits[planted] if fit.whole), None)


def score(reported: Sequence[Motif], planted: Sequence[Motif], database: Sequence[Motif]) -> Scores:
    """Compare what was reported with what was planted.

    Parameters
    ----------
    reported
        Motifs, best first.
    planted
        Profiles of the database; none for sequences without any.
    database
        The motifs that q-values are over.
    """
    wanted = {motif.name: index for index, motif in enumerate(planted)}
    fits: list[list[Fit]] = [[] for _ in planted]
    spurious, best_for = list[int](), list[int]()
    for index, (motif, matches) in enumerate(zip(reported, match(reported, database), strict=True)):
        near = [each for each in matches if each.target in wanted and each.qvalue < SIGNIFICANT_MATCH]
        for each in near:
            fits[wanted[each.target]].append(fit(index, motif, planted[wanted[each.target]], each))
        if near:
            best_for.append(wanted[near[0].target])
        else:
            spurious.append(index)
    return Scores(tuple(map(tuple, fits)), tuple(spurious), len(best_for) - len(set(best_for)))


def fit(index: int, motif: Motif, planted: Motif, found: Match) -> Fit:
    """Return how a reported motif lies on a profile in the alignment of a match."""
    laid = laid_over(motif, planted.width, found)
    inside, wanted = ~np.isnan(laid[0]), informative(planted)
    error = column_divergence(planted.probabilities[:, inside & wanted], laid[:, inside & wanted])
    return Fit(
        index,
        found.qvalue,
        coverage=float((inside & wanted).sum() / wanted.sum()),
        error=float(error.mean()) if len(error) else float("nan"),
        strand=found.strand,
    )


def laid_over(motif: Motif, width: int, found: Match) -> Floats:
    """Return ``(4, width)``: the motif's columns in the target's own frame, NaN where it has none."""
    laid = np.full((4, width), np.nan)
    first = max(found.offset, 0)
    last = max(min(found.offset + motif.width, width), first)
    laid[:, first:last] = motif.probabilities[:, first - found.offset : last - found.offset]
    return laid[::-1, ::-1] if found.strand == "-" else laid


def column_divergence(planted: Floats, reported: Floats) -> Floats:
    """Return the Kullback-Leibler divergence of each reported column from the planted one, in bits.

    Both are ``(4, n)`` and smoothed by `PSEUDOCOUNT`.
    """
    p, q = ((matrix + PSEUDOCOUNT) / (1 + 4 * PSEUDOCOUNT) for matrix in (planted, reported))
    return np.asarray((p * np.log2(p / q)).sum(axis=0))


def is_palindrome(motif: Motif) -> bool:
    """Tell whether a motif is like its own reverse complement: a cosine of 0.8 at the best shift."""
    x = motif.probabilities - 0.25
    turned = x[::-1, ::-1]
    product = np.sum([np.correlate(x[base], turned[base], "full") for base in range(4)], axis=0).max()
    return bool(product >= _PALINDROME * (x**2).sum())


def site_agreement(
    reported: Sequence[Site], planted: Sequence[Site], *, turned: bool, either_strand: bool
) -> tuple[float, float]:
    """Return the precision and recall of the sites of a motif.

    A reported site is right when it overlaps a planted one by at least half of the shorter of
    the two, on its strand.

    Parameters
    ----------
    reported, planted
        Sites of one motif each, in the same sequences.
    turned
        Whether the reported motif is the reverse complement of the planted one.
    either_strand
        Whether strands do not count, as for palindromes.

    Returns
    -------
    precision
        Share of the reported sites that are right; NaN without any.
    recall
        Share of the planted sites that a reported one is right for; NaN without any.
    """
    hits = sites_hit(reported, planted, turned=turned, either_strand=either_strand)
    right, hit = sum(map(bool, hits)), set().union(*hits)
    nan = float("nan")
    return right / len(reported) if reported else nan, len(hit) / len(planted) if planted else nan


def sites_hit(
    reported: Sequence[Site], planted: Sequence[Site], *, turned: bool, either_strand: bool
) -> list[set[int]]:
    """Return, for each reported site, the indices of the planted ones that it is right for; see `site_agreement`."""
    by_sequence = defaultdict(list)
    for index, site in enumerate(planted):
        by_sequence[site.sequence].append((index, site))
    return [
        {
            index
            for index, true in by_sequence[site.sequence]
            if _overlap(site, true) >= 0.5 and (either_strand or (site.strand != true.strand) == turned)
        }
        for site in reported
    ]


def _overlap(a: Site, b: Site) -> float:
    shared = min(a.end, b.end) - max(a.start, b.start)
    return shared / min(a.end - a.start, b.end - b.start)
