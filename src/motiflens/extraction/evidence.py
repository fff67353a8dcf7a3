"""Test motifs on sequences that neither trained the network nor built the motif."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
import numpy.typing as npt

from motiflens.contrasts import Contrast
from motiflens.extraction.association import gc_contrast, gc_pvalue, log2_enrichment, rank_pvalue
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.positions import centrality, strand_preference
from motiflens.extraction.selection import erased
from motiflens.extraction.sufficiency import Neutral, neutral, sufficiency
from motiflens.extraction.sufficiency import Predict as Predict
from motiflens.metrics import auroc, auroc_interval
from motiflens.results import UNKNOWN_INTERVAL, Centrality, Interval, StrandPreference, Sufficiency
from motiflens.scanning.best_sites import BestSites, Hits
from motiflens.sequences import SequenceSet
from motiflens.significance import fisher_enrichment

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What held-out sequences say of a motif.

    Attributes
    ----------
    pvalue, evalue
        What the motif is believed by: of one of the networks ``fisher_pvalue`` and ``fisher_evalue``. A search
        that has a test of its own puts that of its test here.
    positives_with_site, negatives_with_site
        Shares of the held-out sequences with a site (better motifs erased), in [0, 1].
    auroc
        AUROC of the best-site score alone, nothing erased.
    delta_auroc
        Necessity: drop of the network's AUROC when the bases inside the motif's sites are shuffled.
    fisher_pvalue, fisher_evalue
        Fisher's exact test of site presence, positives against negatives, at the cut-off chosen
        in training, with the sites of all better motifs erased; and that times the number of motifs tested.
    rank_pvalue
        Mann and Whitney's test of the best-site score, positives above negatives, with the same sites erased.
    log2_enrichment
        Log2 of how much more often a positive holds a site than a negative (better motifs erased).
    sites_per_positive, sites_per_negative
        Mean number of sites, none overlapping another, nothing erased.
    gc_pvalue
        Score test of site presence (better motifs erased) beyond the GC content of the sequences.
    sufficiency
        What the network says when the motif is planted in shuffled negatives.
    centrality, strands
        Where the sites of the positives lie, nothing erased.
    """

    pvalue: float
    evalue: float
    positives_with_site: float
    negatives_with_site: float
    auroc: Interval
    delta_auroc: float
    fisher_pvalue: float = nan
    fisher_evalue: float = nan
    rank_pvalue: float = nan
    log2_enrichment: Interval = UNKNOWN_INTERVAL
    sites_per_positive: float = nan
    sites_per_negative: float = nan
    gc_pvalue: float = nan
    sufficiency: Sufficiency = field(default_factory=Sufficiency)
    centrality: Centrality = field(default_factory=Centrality)
    strands: StrandPreference = field(default_factory=StrandPreference)


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
        Seed of the shuffling inside sites, and of the planting.
    """
    if not candidates:
        return []
    left, found = heldout, []
    for known in before:
        left = erased(left, known, scanner)
    alone = scanner.best(heldout.codes, [candidate.matrix for candidate in candidates])
    bench = _bench(heldout, predict, scanner, random_state)
    for rank, candidate in enumerate(candidates):
        column = BestSites(alone.scores[:, rank], alone.start[:, rank], alone.reverse[:, rank])
        scores = scanner.best(left.codes, [candidate.matrix]).scores[:, 0]
        seed = random_state + len(before) + rank
        found.append(bench.evidence(candidate, scores, column, n_tested=len(candidates), random_state=seed))
        left = erased(left, candidate, scanner)
    return found


@dataclass(frozen=True)
class _Bench:
    """What every motif of a call is measured with: held-out sequences, and what is known of them."""

    heldout: SequenceSet
    predict: Predict
    scanner: Scanner
    beyond_gc: Contrast
    background: Neutral
    probabilities: Floats

    def evidence(
        self, candidate: Candidate, left: Scores, alone: BestSites, *, n_tested: int, random_state: int
    ) -> Evidence:
        """Return the evidence for a motif.

        Parameters
        ----------
        left
            ``(n,)`` its best score in each sequence, the sites of better motifs erased.
        alone
            Its best site in each sequence, ``(n,)`` arrays, nothing erased.
        """
        heldout, cut_off, width = self.heldout, candidate.cut_off.score, candidate.matrix.shape[1]
        positive, hit = heldout.positive, left >= cut_off
        pvalue = _fisher(hit, positive)
        evalue = pvalue * n_tested
        sites = self.scanner.sites(heldout.codes, candidate.matrix, cut_off)
        n_sites = np.bincount(sites.row, minlength=len(heldout))
        held = positive & (alone.scores >= cut_off)
        return Evidence(
            pvalue=pvalue,
            evalue=evalue,
            positives_with_site=float(hit[positive].mean()),
            negatives_with_site=float(hit[~positive].mean()),
            auroc=auroc_interval(positive, alone.scores),
            delta_auroc=self._necessity(sites, width, random_state),
            fisher_pvalue=pvalue,
            fisher_evalue=evalue,
            rank_pvalue=rank_pvalue(left, positive),
            log2_enrichment=log2_enrichment(hit, positive),
            sites_per_positive=float(n_sites[positive].mean()),
            sites_per_negative=float(n_sites[~positive].mean()),
            gc_pvalue=gc_pvalue(hit, self.beyond_gc),
            sufficiency=self._sufficiency(candidate, random_state),
            centrality=centrality(alone.start[held], heldout.spans[held], width),
            strands=strand_preference(_of_rows(sites, positive), heldout.codes, candidate.matrix, self.scanner),
        )

    def _necessity(self, sites: Hits, width: int, random_state: int) -> float:
        """Return the drop of the network's AUROC; only sequences with a site need to be predicted again."""
        rows = np.unique(sites.row)
        if not len(rows):
            return 0.0
        broken = scrambled(self.heldout, sites, width, random_state=random_state)
        probabilities = self.probabilities.copy()
        probabilities[rows] = self.predict(broken[rows])
        return auroc(self.heldout.positive, self.probabilities) - auroc(self.heldout.positive, probabilities)

    def _sufficiency(self, candidate: Candidate, random_state: int) -> Sufficiency:
        both = self.scanner.both_strands
        return sufficiency(
            candidate.matrix, self.background, self.predict, both_strands=both, random_state=random_state
        )


def _bench(heldout: SequenceSet, predict: Predict, scanner: Scanner, random_state: int) -> _Bench:
    return _Bench(
        heldout,
        predict,
        scanner,
        gc_contrast(heldout.codes, heldout.positive),
        neutral(heldout[~heldout.positive], predict, random_state=random_state),
        np.asarray(predict(heldout), dtype=np.float64),
    )


def _fisher(hit: Mask, positive: Mask) -> float:
    in_positives, in_negatives = hit[positive], hit[~positive]
    counts = (in_positives.sum(), len(in_positives), in_negatives.sum(), len(in_negatives))
    return float(fisher_enrichment(*counts))


def _of_rows(hits: Hits, wanted: Mask) -> Hits:
    """Return the hits in some sequences, which keep their index."""
    here = wanted[hits.row]
    return Hits(hits.row[here], hits.start[here], hits.reverse[here], hits.scores[here])


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


def confirmed(
    candidates: Sequence[Candidate],
    evidence: Sequence[Evidence],
    sequences: SequenceSet,
    scanner: Scanner,
    *,
    evalue: float = 0.05,
) -> list[int]:
    """Return which motifs are significant and `replicated` in other sequences, best first.

    Parameters
    ----------
    candidates, evidence
        Of each motif.
    sequences
        With labels 0 and 1, which neither built nor tested them.
    scanner
        How sites are found.
    evalue
        Highest E-value of a significant motif, in (0, 1]. Default 0.05.
    """
    holds = replicated(candidates, sequences, scanner)
    passed = [i for i, one in enumerate(evidence) if holds[i] and one.evalue <= evalue]
    return sorted(passed, key=lambda i: (evidence[i].pvalue, -evidence[i].auroc.value))


def scrambled(sequences: SequenceSet, hits: Hits, width: int, *, random_state: int) -> SequenceSet:
    """Return the sequences with the bases inside each site in a random order."""
    codes = sequences.codes.copy()
    columns = hits.start[:, None] + np.arange(width)
    letters = codes[hits.row[:, None], columns]
    codes[hits.row[:, None], columns] = np.random.default_rng(random_state).permuted(letters, axis=1)
    return replace(sequences, codes=codes, planted=None)
