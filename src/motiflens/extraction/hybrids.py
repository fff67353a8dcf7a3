"""Hybrids taken apart: two motifs that one filter, or one fit, responds to, piled up as one.

In the sites of one motif, what stands in a column tells little of what stands in another. Where it
tells much, the sites are of two kinds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import SAME, Scanner, pile
from motiflens.extraction.refine import refine, rescored
from motiflens.scanning.best_sites import site_letters
from motiflens.sequences import SequenceSet

_LEAST_BITS = 0.2
_BY_CHANCE = 13.0
"""Bits that independent columns share, times the number of sites, twice the expectation: (4 - 1)^2 / ln 2."""
_FEWEST_SITES = 60
_FEWEST_OF_KIND = 20


def pure(candidate: Candidate, train: SequenceSet, scanner: Scanner) -> list[Candidate]:
    """Return the two kinds of a hybrid, the most enriched first; any other motif as it is.

    A motif is a hybrid when the letters of two columns of its sites, in the positives, share at
    least 0.2 bits, and more than chance gives so few sites. These are then told apart by the two
    commonest letters of the first. Kinds that are alike are one motif whose columns hang together. Kinds are refined,
    but for one that would become a hybrid again.

    Parameters
    ----------
    candidate
        A motif with its cut-off.
    train
        Sequences with labels 0 and 1.
    """
    letters = _sites(candidate, train, scanner)
    column = _dividing(letters)
    if column is None:
        return [candidate]
    matrices = _kinds(letters, column, scanner)
    kinds = rescored([replace(candidate, matrix=matrix) for matrix in matrices], train, scanner)
    if len(kinds) < 2 or scanner.likeness(kinds[0].matrix, kinds[1].matrix) > SAME:
        return [candidate]
    refined = [
        kind if _is_hybrid(anew, train, scanner) else anew
        for kind, anew in zip(kinds, refine(kinds, train, scanner), strict=True)
    ]
    return sorted(refined, key=lambda each: each.cut_off.log_p)


def _is_hybrid(candidate: Candidate, train: SequenceSet, scanner: Scanner) -> bool:
    return _dividing(_sites(candidate, train, scanner)) is not None


def _sites(candidate: Candidate, train: SequenceSet, scanner: Scanner) -> Codes:
    """Return ``(n, width)`` letters of the best sites of the positives, above the cut-off, without unknown letters."""
    best = scanner.best(train.codes, [candidate.matrix])
    rows = np.flatnonzero(train.positive & (best.scores[:, 0] >= candidate.cut_off.score))
    start = best.start[rows, 0].astype(np.int64)
    letters = site_letters(train.codes, rows, start, best.reverse[rows, 0], candidate.matrix.shape[1])
    return letters[(letters < UNKNOWN).all(axis=1)]


def _dividing(letters: Codes) -> int | None:
    """Return the column whose letters tell the kinds of sites apart, None where there is one kind."""
    if len(letters) < _FEWEST_SITES:
        return None
    shared = shared_information(letters)
    if shared.max() < _LEAST_BITS + _BY_CHANCE / len(letters):
        return None
    return int(shared.max(axis=1).argmax())


def shared_information(letters: Codes) -> npt.NDArray[np.float64]:
    """Return ``(width, width)`` mutual information of columns of sites ``(n, width)`` in bits, 0 on the diagonal."""
    hot = (letters[:, :, None] == np.arange(4)).astype(np.float64)
    n, width, _ = hot.shape
    shares = hot.mean(axis=0)
    joint = np.einsum("nia,njb->ijab", hot, hot) / n
    independent = shares[:, None, :, None] * shares[None, :, None, :]
    terms = joint * np.log2(np.where(joint > 0, joint, 1) / np.where(joint > 0, independent, 1))
    found = terms.sum(axis=(2, 3))
    found[np.arange(width), np.arange(width)] = 0
    return np.asarray(found)


def _kinds(letters: Codes, column: int, scanner: Scanner) -> list[npt.NDArray[np.float64]]:
    counts = np.bincount(letters[:, column], minlength=4)
    found = []
    for letter in np.argsort(-counts, kind="stable")[:2]:
        sites = letters[letters[:, column] == letter]
        matrix = scanner.trimmed(pile(sites, np.ones(len(sites)), scanner.base))
        if len(sites) > _FEWEST_OF_KIND and matrix is not None:
            found.append(matrix)
    return found
