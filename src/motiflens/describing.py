"""Turn tested candidates into findings: names, database matches, every site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.database import read_database
from motiflens.discovery import Finding
from motiflens.doubles import Pair, doubles_of, pairs_of
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
_ENOUGH_KNOWN = 50
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
    kept
        Their indices among the motifs that were given: without those that are the same as a better one.
    sites
        Every site in the positives, by motif.
    positions
        For each motif's name, the centres of its sites relative to the sequences' centres.
    targets
        The matched database motifs by identifier.
    left_out
        Which motifs were left out, in a sentence each.
    """

    findings: tuple[Finding, ...]
    kept: tuple[int, ...]
    sites: tuple[Site, ...]
    positions: dict[str, npt.NDArray[np.float64]]
    targets: dict[str, Motif]
    left_out: tuple[str, ...]


def describe(
    tested: Sequence[tuple[Candidate, Evidence]],
    positives: SequenceSet,
    targets: Sequence[Motif],
    scanner: Scanner,
    *,
    random_state: int,
) -> Described:
    """Name motifs, match them and find all their sites; leave out another form of a better one, see `Pair.same`.

    Parameters
    ----------
    tested
        Candidates that passed, with their evidence, best first.
    positives
        All positives of the run.
    targets
        The motif database; empty for no comparison. With fewer than fifty motifs, those of the run are compared
        with each other by the columns of JASPAR CORE vertebrates.
    random_state
        Seed of the random motifs whose best match is shown for comparison.
    """
    found = _oriented([candidate.matrix for candidate, _ in tested], targets, scanner)
    pairs = _pairs(found, targets, scanner)
    doubles = doubles_of(pairs, len(found))
    named = _named(found, doubles)
    motifs = list(named.values())
    matches = match(motifs, targets) if targets and motifs else [[] for _ in motifs]
    widths = [motif.width for motif in motifs]
    chance = random_match_pvalues(widths, targets, random_state=random_state) if targets and motifs else {}
    findings, sites, positions = list[Finding](), list[Site](), dict[str, npt.NDArray[np.float64]]()
    for (index, motif), own in zip(named.items(), matches, strict=True):
        candidate, evidence = tested[index]
        hits = scanner.sites(positives.codes, motif.probabilities, candidate.cut_off.score)
        sites += named_sites(hits, motif, positives)
        positions[motif.name] = np.asarray(hits.start + (motif.width - positives.width) / 2, dtype=np.float64)
        better = [pair.first for pair in pairs if pair.alike and pair.second == index]
        alike = [named[other].name for other in better if other in named]
        findings.append(_finding(candidate, evidence, motif, len(hits.row), own, chance, alike))
    known = {target.name: target for target in targets}
    matched = sorted({match.target for finding in findings for match in finding.matches})
    left_out = [
        f"{found[i].consensus} (E {tested[i][1].evalue:.1g}) was left out: it is {named[better].name} in another form."
        for i, better in doubles.items()
    ]
    shown = {name: known[name] for name in matched}
    return Described(tuple(findings), tuple(named), tuple(sites), positions, shown, tuple(left_out))


def _pairs(motifs: Sequence[Motif], targets: Sequence[Motif], scanner: Scanner) -> list[Pair]:
    """Compare the motifs of a run with each other; what is chance does not hang on a database of few motifs."""
    if len(motifs) < 2:
        return []
    known = targets if len(targets) >= _ENOUGH_KNOWN else read_database()
    return pairs_of(motifs, known, reverse_complement=scanner.both_strands)


def _finding(
    candidate: Candidate,
    evidence: Evidence,
    motif: Motif,
    n_sites: int,
    matches: Sequence[Match],
    chance: dict[int, float],
    alike: Sequence[str],
) -> Finding:
    shown = [match for match in matches[:_MAX_MATCHES] if match.qvalue <= _MAX_Q]
    return Finding(
        motif=replace(motif, n_sites=float(max(n_sites, 1)), evidence={"evalue": evidence.evalue}),
        n_sites=n_sites,
        heldout_pvalue=evidence.fisher_pvalue,
        heldout_evalue=evidence.fisher_evalue,
        n_filters=candidate.n_filters,
        matches=tuple(shown if len(shown) >= _MIN_MATCHES else matches[:_MIN_MATCHES]),
        random_pvalue=chance.get(motif.width, float("nan")),
        search_pvalue=evidence.pvalue,
        search_evalue=evidence.evalue,
        cut_off=float(candidate.cut_off.score),
        filters=candidate.filters,
        source=candidate.source,
        alike=tuple(alike),
        **{name: getattr(evidence, name) for name in _MEASURED},
    )


def _oriented(matrices: Sequence[npt.NDArray[np.float64]], targets: Sequence[Motif], scanner: Scanner) -> list[Motif]:
    """Return motifs turned to read as a good database match does."""
    a, c, g, t = (float(share) for share in scanner.base)
    motifs = [Motif(matrix, str(rank), background=(a, c, g, t)) for rank, matrix in enumerate(matrices)]
    if not (targets and motifs and scanner.both_strands):
        return motifs
    best = [matches[0] for matches in match(motifs, targets, n_best=1)]
    return [
        motif.reverse_complement() if match.strand == "-" and match.qvalue <= _TURN_Q else motif
        for motif, match in zip(motifs, best, strict=True)
    ]


def _named(motifs: Sequence[Motif], doubles: Mapping[int, int]) -> dict[int, Motif]:
    """Name motifs that are no doubles by rank and consensus; by their indices."""
    kept = [index for index in range(len(motifs)) if index not in doubles]
    return {
        index: replace(motifs[index], name=f"{rank}-{motifs[index].consensus}")
        for rank, index in enumerate(kept, start=1)
    }


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
