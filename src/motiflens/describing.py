"""Turn tested candidates into findings: names, database matches, every site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.discovery import Finding
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.evidence import Evidence
from motiflens.extraction.matrices import Scanner
from motiflens.matching import match, random_match_pvalues
from motiflens.motifs import Motif
from motiflens.results import Match, Site
from motiflens.scanning.best_sites import Hits
from motiflens.sequences import SequenceSet

_MAX_Q = 0.1
_MIN_MATCHES = 3
_MAX_MATCHES = 30
_TURN_Q = 0.05
_MEASURED = (
    "positives_with_site", "negatives_with_site", "auroc", "delta_auroc", "rank_pvalue", "log2_enrichment",
    "sites_per_positive", "sites_per_negative", "gc_pvalue", "sufficiency", "centrality", "strands",
)  # fmt: skip
"""Figures of `Evidence` that a `Finding` has by the same name."""


@dataclass(frozen=True)
class Described:
    """The findings of a run, with their sites and the database motifs that they match.

    Attributes
    ----------
    findings
        Motifs with their evidence, best first.
    sites
        Every site in the positives, by motif.
    positions
        For each motif's name, the centres of its sites relative to the sequences' centres.
    targets
        The matched database motifs by identifier.
    """

    findings: tuple[Finding, ...]
    sites: tuple[Site, ...]
    positions: dict[str, npt.NDArray[np.float64]]
    targets: dict[str, Motif]


def describe(
    tested: Sequence[tuple[Candidate, Evidence]],
    positives: SequenceSet,
    targets: Sequence[Motif],
    scanner: Scanner,
    *,
    random_state: int,
) -> Described:
    """Name motifs, match them and find all their sites.

    Parameters
    ----------
    tested
        Candidates that passed, with their evidence, best first.
    positives
        All positives of the run.
    targets
        The motif database; empty for no comparison.
    random_state
        Seed of the random motifs whose best match is shown for comparison.
    """
    motifs = _named([candidate.matrix for candidate, _ in tested], targets, scanner)
    matches = match(motifs, targets) if targets and motifs else [[] for _ in motifs]
    widths = [motif.width for motif in motifs]
    chance = random_match_pvalues(widths, targets, random_state=random_state) if targets and motifs else {}
    findings, sites, positions = list[Finding](), list[Site](), dict[str, npt.NDArray[np.float64]]()
    for (candidate, evidence), motif, own in zip(tested, motifs, matches, strict=True):
        hits = scanner.sites(positives.codes, motif.probabilities, candidate.cut_off.score)
        sites += named_sites(hits, motif, positives)
        positions[motif.name] = np.asarray(hits.start + (motif.width - positives.width) / 2, dtype=np.float64)
        findings.append(_finding(candidate, evidence, motif, len(hits.row), own, chance))
    known = {target.name: target for target in targets}
    matched = sorted({match.target for finding in findings for match in finding.matches})
    return Described(tuple(findings), tuple(sites), positions, {name: known[name] for name in matched})


def _finding(
    candidate: Candidate,
    evidence: Evidence,
    motif: Motif,
    n_sites: int,
    matches: Sequence[Match],
    chance: dict[int, float],
) -> Finding:
    shown = [match for match in matches[:_MAX_MATCHES] if match.qvalue <= _MAX_Q]
    return Finding(
        motif=replace(motif, n_sites=float(max(n_sites, 1)), evidence={"evalue": evidence.evalue}),
        n_sites=n_sites,
        heldout_pvalue=evidence.fisher_pvalue,
        heldout_evalue=evidence.evalue,
        n_filters=candidate.n_filters,
        matches=tuple(shown if len(shown) >= _MIN_MATCHES else matches[:_MIN_MATCHES]),
        random_pvalue=chance.get(motif.width, float("nan")),
        search_pvalue=evidence.pvalue,
        filters=candidate.filters,
        source=candidate.source,
        **{name: getattr(evidence, name) for name in _MEASURED},
    )


def _named(matrices: Sequence[npt.NDArray[np.float64]], targets: Sequence[Motif], scanner: Scanner) -> list[Motif]:
    """Name motifs by rank and consensus, turned to read as a good database match does."""
    a, c, g, t = (float(share) for share in scanner.base)
    motifs = [Motif(matrix, str(rank), background=(a, c, g, t)) for rank, matrix in enumerate(matrices)]
    if targets and motifs and scanner.both_strands:
        best = [matches[0] for matches in match(motifs, targets, n_best=1)]
        motifs = [
            motif.reverse_complement() if match.strand == "-" and match.qvalue <= _TURN_Q else motif
            for motif, match in zip(motifs, best, strict=True)
        ]
    return [replace(motif, name=f"{rank}-{motif.consensus}") for rank, motif in enumerate(motifs, start=1)]


def named_sites(hits: Hits, motif: Motif, sequences: SequenceSet) -> list[Site]:
    """Turn hits in rows into sites in sequences, or in the genome when coordinates are known.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> hits = Hits(np.array([0]), np.array([1]), np.array([True]), np.array([3.5], np.float32))
    >>> site = named_sites(hits, Motif(np.full((4, 2), 0.25), "1-NN"), from_strings(["ACGT"]))[0]
    >>> site.sequence, site.start, site.end, site.strand
    ('seq1', 1, 3, '-')
    """
    offset = hits.start - sequences.spans[hits.row, 0]
    reverse, names, place = hits.reverse, sequences.names[hits.row], sequences.coordinates
    if place is not None:
        turned = place.strand[hits.row] == "-"
        offset = np.where(turned, place.end[hits.row] - offset - motif.width, place.start[hits.row] + offset)
        reverse, names = reverse ^ turned, place.chromosome[hits.row]
    return [
        Site(str(name), int(start), int(start) + motif.width, "-" if turn else "+", motif.name, float(score))
        for name, start, turn, score in zip(names, offset, reverse, hits.scores, strict=True)
    ]
