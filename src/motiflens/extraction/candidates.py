"""Candidate motifs from the filters of trained networks.

Each filter that argues for the positive class is turned into a matrix by site pooling: the
windows it likes best in the positives, above the score where positives and negatives differ
most, are piled up (Alipanahi et al. 2015, doi:10.1038/nbt.3300, with a tested cut-off in
place of half the maximum).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.enrichment import CutOff
from motiflens.extraction.matrices import Floats, Scanner, pile
from motiflens.networks.model import Pooled, TrainedNetwork, run_network
from motiflens.scanning.best_sites import Matrix, site_letters
from motiflens.sequences import SequenceSet

_FLANK = 4
"""Columns added on each side of a filter's windows: a motif may stick out of its filter."""
_MAX_LOG_P = -7.0
_SAME = 0.8

FILTERS, WORDS, CONTRIBUTIONS = SOURCES = ("filters", "words", "contributions")
"""What a motif can be made of: filters of networks, enriched words, what letters contribute to a prediction."""


@dataclass(frozen=True)
class Candidate:
    """A motif on its way.

    Attributes
    ----------
    matrix
        ``(4, width)`` probabilities.
    cut_off
        Score in bits that makes a site, and the training evidence at it.
    n_filters
        Filters, over all networks, that it stands for.
    filters
        Which these are, as far as known: index of the network and of the filter in it, from 0.
    sources
        Which of `SOURCES` gave it; of candidates that were joined, what gave either.
    """

    matrix: Matrix
    cut_off: CutOff
    n_filters: int = 1
    filters: tuple[tuple[int, int], ...] = ()
    sources: frozenset[str] = frozenset()

    @property
    def source(self) -> str:
        """Its sources in the order of `SOURCES`, joined by ``+``; empty when none is known."""
        return "+".join(name for name in SOURCES if name in self.sources)

    def joined(self, other: Candidate) -> Candidate:
        """Return this candidate standing for the filters and sources of another too."""
        return replace(
            self,
            n_filters=self.n_filters + other.n_filters - len({*self.filters} & {*other.filters}),
            filters=tuple(dict.fromkeys(self.filters + other.filters)),
            sources=self.sources | other.sources,
        )


def filter_candidates(
    ensemble: Sequence[TrainedNetwork], train: SequenceSet, scanner: Scanner, *, limit: int
) -> list[Candidate]:
    """Return the distinct motifs of the ensemble's filters, most enriched first.

    Parameters
    ----------
    train
        Sequences with labels 0 and 1.
    limit
        Most candidates to keep, at least 1.
    """

    def of_network(index: int) -> list[Candidate]:
        return _of_network(index, ensemble[index], run_network(ensemble[index], train.codes), train, scanner)

    found = [candidate for part in scanner.team.map(of_network, range(len(ensemble))) for candidate in part]
    return merge(sorted(found, key=lambda candidate: candidate.cut_off.log_p), scanner)[:limit]


def _of_network(
    index: int, trained: TrainedNetwork, pooled: Pooled, train: SequenceSet, scanner: Scanner
) -> list[Candidate]:
    positive, base = train.positive, scanner.base
    found = []
    for f in np.flatnonzero(_effect(trained, pooled, positive) > 0):
        cut_off = scanner.cut_off(pooled.scores[:, f], positive)
        if cut_off.log_p > _MAX_LOG_P:
            continue
        rows = np.flatnonzero(positive & (pooled.scores[:, f] >= cut_off.score))
        start = pooled.start[rows, f].astype(np.int64) - _FLANK
        width = trained.network.filter_width + 2 * _FLANK
        letters = site_letters(train.codes, rows, start, pooled.reverse[rows, f], width)
        matrix = scanner.trimmed(pile(letters, np.ones(len(rows)), base))
        if matrix is not None:
            found.append(Candidate(matrix, cut_off, filters=((index, int(f)),), sources=frozenset({FILTERS})))
    return found


def _effect(trained: TrainedNetwork, pooled: Pooled, positive: npt.NDArray[np.bool_]) -> Floats:
    """Return ``(n_filters,)`` push of each filter towards the positive class."""
    if trained.network.n_hidden:
        difference = pooled.scores[positive].mean(axis=0) - pooled.scores[~positive].mean(axis=0)
        return np.asarray(difference, dtype=np.float64)
    return np.asarray(trained.weights()["output"][:, 0], dtype=np.float64)


def merge(candidates: Sequence[Candidate], scanner: Scanner) -> list[Candidate]:
    """Merge candidates that are alike over shift and the strands that are read; the first stands for its family."""
    kept: list[Candidate] = []
    for candidate in candidates:
        twin = twin_of(candidate, kept, scanner, same=_SAME)
        if twin is None:
            kept.append(candidate)
        else:
            kept[twin] = kept[twin].joined(candidate)
    return kept


def twin_of(candidate: Candidate, others: Sequence[Candidate], scanner: Scanner, *, same: float) -> int | None:
    """Return the index of the first other that is as alike as ``same``, None when there is none."""
    for index, other in enumerate(others):
        if scanner.likeness(candidate.matrix, other.matrix) > same:
            return index
    return None
