"""Test motifs on sequences that neither trained the network nor built the motif."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.selection import erased
from motiflens.metrics import auroc, auroc_interval
from motiflens.results import Interval
from motiflens.scanning.best_sites import Hits
from motiflens.sequences import SequenceSet
from motiflens.significance import fisher_enrichment

Predict = Callable[[SequenceSet], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Evidence:
    """What held-out sequences say of a motif.

    Attributes
    ----------
    pvalue
        Fisher's exact test of site presence, positives against negatives, at the cut-off chosen
        in training, with the sites of all better motifs erased.
    evalue
        ``pvalue`` times the number of motifs tested.
    positives_with_site, negatives_with_site
        Shares of the held-out sequences with a site (better motifs erased), in [0, 1].
    auroc
        AUROC of the best-site score alone, nothing erased.
    delta_auroc
        Drop of the network's AUROC when the bases inside the motif's sites are shuffled.
    """

    pvalue: float
    evalue: float
    positives_with_site: float
    negatives_with_site: float
    auroc: Interval
    delta_auroc: float


def heldout_evidence(
    candidates: Sequence[Candidate],
    heldout: SequenceSet,
    predict: Predict,
    scanner: Scanner,
    *,
    before: Sequence[Candidate] = (),
    random_state: int,
) -> list[Evidence]:
    """Return the evidence for each candidate, in their order.

    Parameters
    ----------
    candidates
        Best first; each is tested for what the ones before it leave unexplained.
    heldout
        Sequences with labels 0 and 1 that no step has seen.
    predict
        Returns the network's ``(n,)`` probabilities of the positives for sequences.
    before
        Better motifs that were measured already: their sites are erased first.
    random_state
        Seed of the shuffling inside sites.
    """
    if not candidates:
        return []
    left, found = heldout, []
    for known in before:
        left = erased(left, known, scanner)
    alone = scanner.best(heldout.codes, [candidate.matrix for candidate in candidates]).scores
    whole = auroc(heldout.positive, predict(heldout))
    for rank, candidate in enumerate(candidates):
        hit = scanner.best(left.codes, [candidate.matrix]).scores[:, 0] >= candidate.cut_off.score
        in_positives, in_negatives = hit[heldout.positive], hit[~heldout.positive]
        pvalue = float(fisher_enrichment(in_positives.sum(), len(in_positives), in_negatives.sum(), len(in_negatives)))
        hits = scanner.sites(heldout.codes, candidate.matrix, candidate.cut_off.score)
        broken = scrambled(heldout, hits, candidate.matrix.shape[1], random_state=random_state + len(before) + rank)
        evidence = Evidence(
            pvalue=pvalue,
            evalue=pvalue * len(candidates),
            positives_with_site=float(in_positives.mean()),
            negatives_with_site=float(in_negatives.mean()),
            auroc=auroc_interval(heldout.positive, alone[:, rank]),
            delta_auroc=whole - auroc(heldout.positive, predict(broken)),
        )
        found.append(evidence)
        left = erased(left, candidate, scanner)
    return found


def replicated(candidates: Sequence[Candidate], sequences: SequenceSet, scanner: Scanner) -> list[bool]:
    """Tell for each candidate whether more positives than negatives of other sequences hold a site.

    The direction alone, no significance: half of what chance alone let through the test fails it,
    and a real motif hardly ever does.
    """
    if not candidates:
        return []
    scores = scanner.best(sequences.codes, [candidate.matrix for candidate in candidates]).scores
    hits = scores >= np.array([candidate.cut_off.score for candidate in candidates])
    more = hits[sequences.positive].mean(axis=0) > hits[~sequences.positive].mean(axis=0)
    return [bool(each) for each in more]


def scrambled(sequences: SequenceSet, hits: Hits, width: int, *, random_state: int) -> SequenceSet:
    """Return the sequences with the bases inside each site in a random order."""
    codes = sequences.codes.copy()
    columns = hits.start[:, None] + np.arange(width)
    letters = codes[hits.row[:, None], columns]
    codes[hits.row[:, None], columns] = np.random.default_rng(random_state).permuted(letters, axis=1)
    return replace(sequences, codes=codes, planted=None)
