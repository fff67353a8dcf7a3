"""How far the planted profile itself goes: what no motif finder can be blamed for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import motiflens as ml
from motiflens.enrichment import best_cut_off
from motiflens.metrics import auroc
from motiflens.motifs import Motif
from motiflens.results import Site
from motiflens.scanning.best_sites import all_sites, best_sites
from motiflens.significance import log_fisher_enrichment
from recovery.scoring import Floats, is_palindrome, site_agreement, sites_hit

_SMOOTHING = 1e-3


@dataclass(frozen=True)
class Possible:
    """What the planted profile reaches when it is known beforehand.

    Attributes
    ----------
    log10_p
        Of Fisher's exact test on all sequences, each judged at the cut-off that suits the other half.
    auroc
        Of the best site alone.
    precision, recall
        Of its sites in the positives, at the cut-off that tells the classes apart best.
    balanced
        The most that precision and recall both reach at one cut-off.
    """

    log10_p: float
    auroc: float
    precision: float
    recall: float
    balanced: float


def possible(motif: Motif, sequences: ml.SequenceSet, planted: list[Site], base: Floats) -> Possible:
    """Return what the planted profile reaches.

    Parameters
    ----------
    motif
        The profile.
    sequences
        Both classes, labelled, in random order.
    planted
        Its sites in the positives.
    base
        ``(4,)`` base frequencies that scores are taken against.
    """
    smooth = (motif.probabilities + _SMOOTHING) / (1 + 4 * _SMOOTHING)
    scores = np.log2(smooth / base[:, None])
    best = best_sites(sequences.codes, [scores]).scores[:, 0]
    cut_off = best_cut_off(best, sequences.positive).score
    found = _sites(motif, scores, sequences.of_class(1))
    strands = {"turned": False, "either_strand": is_palindrome(motif)}
    precision, recall = site_agreement([site for site in found if site.score >= cut_off], planted, **strands)
    return Possible(
        crossed_log10_p(best, sequences.positive),
        auroc(sequences.positive, best),
        precision,
        recall,
        balanced(sites_hit(found, planted, **strands), len(planted)),
    )


def balanced(hits: Sequence[set[int]], n_planted: int) -> float:
    """Return the most that precision and recall both reach when only the first sites are kept.

    Parameters
    ----------
    hits
        For each site, best first, the planted sites that it is right for.
    n_planted
        Number of planted sites.
    """
    right, known, best = 0, set[int](), 0.0
    for n, own in enumerate(hits, start=1):
        right += bool(own)
        known |= own
        best = max(best, min(right / n, len(known) / max(n_planted, 1)))
    return best


def crossed_log10_p(scores: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]) -> float:
    """Return log10 of Fisher's p on ``(n,)`` scores, each half hit or not by the best cut-off of the other half.

    No sequence takes part in the choice of its own cut-off, and all of them count.
    """
    half = np.arange(len(scores)) % 2 == 0
    hit = np.zeros(len(scores), np.bool_)
    for part in (half, ~half):
        hit[part] = scores[part] >= best_cut_off(scores[~part], positive[~part]).score
    n = int(positive.sum())
    log_p = log_fisher_enrichment(hit[positive].sum(), n, hit[~positive].sum(), len(scores) - n)
    return float(log_p / np.log(10))


def _sites(motif: Motif, scores: Floats, positives: ml.SequenceSet) -> list[Site]:
    """Return all sites that are likelier under the motif than under the background, best first."""
    hits = all_sites(positives.codes, scores, 0.0)
    order = np.argsort(-hits.scores, kind="stable")
    places = zip(hits.row[order], hits.start[order], hits.reverse[order], hits.scores[order], strict=True)
    return [
        Site(str(positives.names[row]), int(at), int(at) + motif.width, "+-"[int(turned)], motif.name, float(score))
        for row, at, turned, score in places
    ]
