"""Refine candidate motifs against the sequences.

Every round finds each motif's best site in each training sequence, weighs the positives'
sites by the squared odds that they are no chance match, and piles them up anew, a few columns
wider, trimmed by information. Squaring lets sure sites outweigh the many doubtful ones. What
both classes hold gets no weight, so a motif cannot drift to a repeat that is everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motiflens.enrichment import site_odds
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import Scanner, pile
from motiflens.scanning.best_sites import BestSites, Matrix, site_letters
from motiflens.sequences import SequenceSet

_FLANK = 3
_ROUNDS = 3
_MAX_WIDTH = 30
_KEEP = 0.75
_MIN_WEIGHT = 0.01


def measured(matrices: Sequence[Matrix], sequences: SequenceSet, scanner: Scanner) -> list[Candidate]:
    """Return matrices with the cut-offs that are best on sequences with labels 0 and 1."""
    if not matrices:
        return []
    scores = scanner.best(sequences.codes, matrices).scores
    return [Candidate(matrix, scanner.cut_off(scores[:, f], sequences.positive)) for f, matrix in enumerate(matrices)]


def rescored(candidates: Sequence[Candidate], train: SequenceSet, scanner: Scanner) -> list[Candidate]:
    """Return the candidates with their cut-offs chosen anew on these sequences."""
    return _with_cut_offs(candidates, scanner.best(train.codes, [c.matrix for c in candidates]), train, scanner)


def refine(candidates: Sequence[Candidate], train: SequenceSet, scanner: Scanner) -> list[Candidate]:
    """Return each candidate re-estimated from its sites.

    Of the rounds, the last is returned whose enrichment (log p) is within a quarter of the
    best seen: re-estimation makes matrices cleaner, and may not cost them their evidence.
    """
    history = [list(candidates)]
    sites = scanner.best(train.codes, [candidate.matrix for candidate in candidates])
    for _ in range(_ROUNDS):
        anew = [
            replace(candidate, matrix=_piled(candidate.matrix, sites, f, train, scanner))
            for f, candidate in enumerate(history[-1])
        ]
        sites = scanner.best(train.codes, [candidate.matrix for candidate in anew])
        history.append(_with_cut_offs(anew, sites, train, scanner))
    return [_last_good(versions) for versions in zip(*history, strict=True)]


def _with_cut_offs(
    candidates: Sequence[Candidate], sites: BestSites, train: SequenceSet, scanner: Scanner
) -> list[Candidate]:
    def measured_anew(f: int) -> Candidate:
        return replace(candidates[f], cut_off=scanner.cut_off(sites.scores[:, f], train.positive))

    return scanner.team.map(measured_anew, range(len(candidates)))


def _piled(matrix: Matrix, sites: BestSites, f: int, train: SequenceSet, scanner: Scanner) -> Matrix:
    weights = site_odds(sites.scores[:, f], train.positive) ** 2 * train.positive
    rows = np.flatnonzero(weights > _MIN_WEIGHT)
    if not len(rows):
        return matrix
    start, width = sites.start[rows, f] - _FLANK, matrix.shape[1] + 2 * _FLANK
    letters = site_letters(train.codes, rows, start, sites.reverse[rows, f], width)
    anew = scanner.trimmed(pile(letters, weights[rows], scanner.base))
    return matrix if anew is None or anew.shape[1] > _MAX_WIDTH else anew


def _last_good(versions: Sequence[Candidate]) -> Candidate:
    best = min(version.cut_off.log_p for version in versions)
    return [version for version in versions if version.cut_off.log_p <= _KEEP * best][-1]
