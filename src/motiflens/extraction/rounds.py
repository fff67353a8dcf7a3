"""Motifs that grow from words, one after the other, each for what those before it leave unexplained.

The sites of a motif that is known are erased, and its shifted copies and halves with them. What is like it
and still enriched may be its fainter sites: it must tell the classes apart beyond what the presence
of the known one does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.contrasts import contrast_of
from motiflens.enrichment import site_odds
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import Scanner, trimmed
from motiflens.extraction.refine import refine
from motiflens.extraction.selection import erased
from motiflens.extraction.site_models import Sample, presence, scored
from motiflens.extraction.word_evidence import WordEvidence, as_it_is, cross_fitted
from motiflens.extraction.word_search import Parts, Proposal, best_motif, is_large
from motiflens.scanning.occupancy import blocks_of
from motiflens.sequences import SequenceSet

Floats = npt.NDArray[np.float64]
N_BLOCKS = 5
_SAME = 0.75
_RELATED = 0.4
_MOST_SHADOWS = 2
_LEAST_ODDS = 0.1


@dataclass(frozen=True)
class Known:
    """A motif that is known, and how much likelier its sites make each sequence, ``(n,)`` logs."""

    candidate: Candidate
    presence: Floats


@dataclass(frozen=True)
class Found:
    """A motif that passed.

    Attributes
    ----------
    candidate
        The motif, and the cut-off that makes a site.
    evidence
        Why it is believed.
    """

    candidate: Candidate
    evidence: WordEvidence


def find_motifs(
    sequences: SequenceSet,
    blocks: npt.NDArray[np.int64],
    scanner: Scanner,
    *,
    before: Sequence[Candidate] = (),
    limit: int,
    evalue: float,
    on_motif: Callable[[], None] | None = None,
) -> list[Found]:
    """Find motifs of the positives, best first, until the evidence ends.

    Parameters
    ----------
    sequences
        With labels 0 and 1.
    blocks
        ``(n,)`` block of each, at least two. Each block tests what the others build; block 0 builds
        nothing of the motifs that are returned.
    scanner
        How sites are found.
    before
        Motifs that are known already.
    limit
        Most motifs.
    evalue
        Highest E-value, above 0.
    on_motif
        Called after each round.
    """
    learn, bar = blocks != 0, float(np.log(evalue))
    found, known, left, shadows = list[Found](), list[Known](), sequences, 0
    for candidate in before:
        everything = _sample(left, np.ones_like(learn), scanner)
        known.append(Known(candidate, presence(everything.sequences, scored(candidate.matrix, everything), everything)))
        left = erased(left, candidate, scanner)
    while len(found) < limit and shadows < _MOST_SHADOWS:
        parts = _parts(left, blocks, scanner)
        best = _best(parts, scanner, bar)
        if best is None:
            break
        candidate = _candidate(best, left[learn], scanner)
        if _is_shadow(best, candidate, known, parts, scanner, bar):
            shadows += 1
            left = _without(left, candidate, learn, scanner)
        else:
            found.append(Found(candidate, best.evidence))
            column = presence(parts.everything.sequences, best.model, parts.everything)
            known.append(Known(candidate, column))
            left = erased(left, candidate, scanner)
        if on_motif is not None:
            on_motif()
    return found


def _best(parts: Parts, scanner: Scanner, bar: float) -> Proposal | None:
    """Return the best motif that passes, sought on a part of many sequences first."""
    for screened in (True, False) if is_large(parts.learn) else (False,):
        best = best_motif(parts, screened=screened, threads=scanner.threads)
        if best is not None and best.evidence.log_e <= bar:
            return best
    return None


def _is_shadow(
    best: Proposal, candidate: Candidate, known: Sequence[Known], parts: Parts, scanner: Scanner, bar: float
) -> bool:
    """Tell whether a motif is one that is known, or something of it: what is known explains it."""
    if not np.isfinite(candidate.cut_off.score):
        return True
    likeness = [scanner.likeness(candidate.matrix, each.candidate.matrix) for each in known]
    alike = [each.presence for each, likely in zip(known, likeness, strict=True) if likely > _RELATED]
    if not alike:
        return False
    if max(likeness) > _SAME:
        return True
    everything = parts.everything
    contrast = contrast_of(everything.contrast.residuals > 0, np.column_stack(alike))
    beyond = replace(everything, contrast=contrast)
    return cross_fitted(as_it_is(best.evidence.word, beyond), beyond, parts.blocks).log_e > bar


def _parts(sequences: SequenceSet, blocks: npt.NDArray[np.int64], scanner: Scanner) -> Parts:
    everything, learn = (_sample(sequences, rows, scanner) for rows in (blocks >= 0, blocks != 0))
    return Parts(learn, everything, blocks)


def _sample(sequences: SequenceSet, rows: npt.NDArray[np.bool_], scanner: Scanner) -> Sample:
    part = sequences[rows]
    return Sample(blocks_of(part.codes), contrast_of(part.positive), scanner.base, scanner.both_strands)


def _candidate(best: Proposal, learn: SequenceSet, scanner: Scanner) -> Candidate:
    matrix = trimmed(best.model.matrix, scanner.base)
    matrix = best.model.matrix if matrix is None else matrix
    scores = scanner.best(learn.codes, [matrix]).scores[:, 0]
    candidate = Candidate(matrix, scanner.cut_off(scores, learn.positive))
    return refine([candidate], learn, scanner)[0]


def _without(
    sequences: SequenceSet, candidate: Candidate, learn: npt.NDArray[np.bool_], scanner: Scanner
) -> SequenceSet:
    """Erase the sites of a motif, down to where a site in a positive is no likelier than one in ten to be real."""
    scores = scanner.best(sequences.codes[learn], [candidate.matrix]).scores[:, 0]
    odds = site_odds(scores, sequences.positive[learn])
    likely = scores[odds >= _LEAST_ODDS]
    lowest = min(float(likely.min(initial=np.inf)), candidate.cut_off.score)
    return erased(sequences, replace(candidate, cut_off=candidate.cut_off._replace(score=lowest)), scanner)
