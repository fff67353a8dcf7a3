"""Arithmetic on probability matrices, and the `Scanner` that finds their sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import Codes
from motiflens.backgrounds import base_frequencies, of_both_strands
from motiflens.enrichment import MOST_NEGATIVES, CutOff, best_cut_off
from motiflens.scanning.best_sites import BestSites, Hits, Matrix, all_sites, best_sites
from motiflens.sequences import SequenceSet
from motiflens.threads import Team

Floats = npt.NDArray[np.float64]
_MIN_WIDTH = 4
_COLUMN_COST = 0.3
SAME = 0.75
"""Likeness from which on two motifs are one."""


@dataclass(frozen=True)
class Scanner:
    """How sites are scored and found, the same in every step of a run.

    Attributes
    ----------
    base
        ``(4,)`` base frequencies that log-odds are taken against.
    both_strands
        Whether the reverse strand is read too.
    threads
        Number of threads; no result depends on it.
    most_negatives
        Largest share of the negatives that may hold a site, in (0, 1].
    """

    base: Floats
    both_strands: bool = True
    threads: int = 1
    most_negatives: float = MOST_NEGATIVES

    @cached_property
    def team(self) -> Team:
        """Its threads. What they are given to do must not use them again."""
        return Team(self.threads)

    def log_odds(self, matrix: Matrix) -> Matrix:
        """Return ``(4, width)`` log2 of probability over base frequency."""
        return np.asarray(np.log2(matrix / self.base[:, None]))

    def best(self, codes: Codes, matrices: Sequence[Matrix]) -> BestSites:
        """Return the best site of each probability matrix in each sequence."""
        scores = [self.log_odds(matrix) for matrix in matrices]
        return best_sites(codes, scores, both_strands=self.both_strands, team=self.team)

    def cut_off(self, scores: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]) -> CutOff:
        """Return the best cut-off on ``(n,)`` scores; see `best_cut_off`."""
        return best_cut_off(scores, positive, most_negatives=self.most_negatives)

    def trimmed(self, matrix: Matrix) -> Matrix | None:
        """Return a matrix without uninformative ends; see `trimmed`."""
        return trimmed(matrix, self.base)

    def likeness(self, a: Matrix, b: Matrix) -> float:
        """Return how alike two matrices are on the strands that are read; see `likeness`."""
        return likeness(a, b, self.base, both_strands=self.both_strands)

    def sites(self, codes: Codes, matrix: Matrix, cut_off: float) -> Hits:
        """Return all sites of a probability matrix that score at least ``cut_off`` bits."""
        scores = self.log_odds(matrix)
        return all_sites(codes, scores, cut_off, both_strands=self.both_strands, team=self.team)


def scanner_of(
    sequences: SequenceSet, *, both_strands: bool, threads: int, most_negatives: float = MOST_NEGATIVES
) -> Scanner:
    """Return the scanner for motifs of sequences: their base frequencies, alike on both strands if both are read."""
    frequencies = base_frequencies(sequences)
    base = of_both_strands(frequencies) if both_strands else frequencies
    return Scanner(base, both_strands, threads, most_negatives)


def pile(letters: Codes, weights: Floats, base: Floats) -> Matrix:
    """Return ``(4, width)`` probabilities of weighted sites ``(n_sites, width)``.

    Pseudocounts of the base frequencies make up 1 % of the sites' weight, or one site.
    """
    counts = np.stack([((letters == code) * weights[:, None]).sum(axis=0) for code in range(4)])
    counts = counts + max(1.0, 0.01 * float(weights.sum())) * base[:, None]
    return np.asarray(counts / counts.sum(axis=0))


def information(matrix: Matrix, base: Floats) -> Floats:
    """Return ``(width,)`` relative entropy of each column to the base frequencies, in bits."""
    return np.asarray((matrix * np.log2(matrix / base[:, None])).sum(axis=0))


def trimmed(matrix: Matrix, base: Floats, column_cost: float = _COLUMN_COST) -> Matrix | None:
    """Return the stretch of columns whose information, less ``column_cost`` bits a column, is largest.

    A gap inside a motif is kept when both sides outweigh it; an isolated weak column at an
    end is not. None when fewer than 4 columns are left.
    """
    gain = np.concatenate([[0.0], np.cumsum(information(matrix, base) - column_cost)])
    end = int(np.argmax(gain - np.minimum.accumulate(gain)))
    start = int(np.argmin(gain[: end + 1]))
    return np.ascontiguousarray(matrix[:, start:end]) if end - start >= _MIN_WIDTH else None


def likeness(a: Matrix, b: Matrix, base: Floats, *, both_strands: bool = True) -> float:
    """Return how alike two matrices are, at the best shift and, if both are read, strand, in [-1, 1].

    The cosine of their differences from the base frequencies. Columns beyond the overlap count
    against it: a motif inside a longer one is not the longer one.
    """
    x = a - base[:, None]
    norm = np.sqrt((x**2).sum() * ((b - base[:, None]) ** 2).sum())
    turned = (b, b[::-1, ::-1]) if both_strands else (b,)
    return max(_best_product(x, each - base[:, None]) for each in turned) / max(float(norm), 1e-12)


def _best_product(x: Matrix, y: Matrix) -> float:
    return float(np.sum([np.correlate(x[row], y[row], "full") for row in range(4)], axis=0).max())
