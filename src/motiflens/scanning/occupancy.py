"""How likely a site somewhere in a sequence makes it: likelihood ratios summed over every window.

The best window alone tells a site where one stands out. Of short or faint motifs many windows are
nearly as good, and their sum says more. The same pass piles up the letters under the windows, each
counted as much as it is likely to be the site (Bailey and Elkan 1994, expectation maximisation), with
what chance alone would pile up taken away: every sequence counts with a weight, above zero for one
class and below for the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.scanning.best_sites import Matrix
from motiflens.threads import ALONE, Team
from motiflens.vectors import FLAGS

Floats = npt.NDArray[np.float64]
_LETTERS = 5
"""Letters of a block, which is one look-up; each is one of five, unknown included."""
_NEVER = -1e3
_LEAST = -80.0
"""In nats; a window that is less likely a site than this counts as much: smaller figures are slow."""
_LEAST_SITE = 0.01
"""A window that is a site with a smaller probability counts for nothing."""
_PARTS = 8
"""What threads share; as many always, so that sums do not depend on how many threads there are."""
_STRETCH = 32
"""Windows that are looked at one by one only if the best of them is a site."""


@dataclass(frozen=True)
class Blocks:
    """Sequences ready for `occupancies` and `expected_letters`.

    Attributes
    ----------
    codes
        ``(n, length)``, 0-3, 4 = unknown.
    blocks
        ``(n, length + 5)`` uint16, the number of the five letters from each column on.
    """

    codes: Codes
    blocks: npt.NDArray[np.uint16]

    def __getitem__(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.integer]) -> Blocks:
        return Blocks(self.codes[rows], self.blocks[rows])


@dataclass(frozen=True)
class Letters:
    """Letters under the sites of a motif, and beside them.

    Attributes
    ----------
    ratios
        ``(n,)`` as `occupancies` gives them.
    excess
        ``(4, width + 2 * flank)`` weighted counts: of each sequence, its weight times the chance that it has
        a site.
    variance
        The same with squared weights: how far the counts would wander if all weights were by chance.
    """

    ratios: Floats
    excess: Floats
    variance: Floats


def blocks_of(codes: Codes) -> Blocks:
    """Return sequences ready to be scored by many motifs."""
    padded = np.pad(codes, ((0, 0), (0, 2 * _LETTERS)), constant_values=UNKNOWN).astype(np.uint16)
    columns = codes.shape[1] + _LETTERS
    blocks = np.zeros((len(codes), columns), np.uint16)
    for place in range(_LETTERS):
        blocks = blocks * 5 + padded[:, place : place + columns]
    return Blocks(np.ascontiguousarray(codes), blocks)


def occupancies(sequences: Blocks, scores: Matrix, *, both_strands: bool = True) -> Floats:
    """Return how much likelier a site at an unknown place makes each sequence.

    Parameters
    ----------
    sequences
        ``n`` sequences.
    scores
        ``(4, width)`` log odds of a site against the background, natural logarithms.
    both_strands
        Whether the site may lie on the reverse strand. Default True.

    Returns
    -------
    ratios
        ``(n,)`` mean of ``exp(score)`` over all windows of known letters, of all strands; 0 where there is none.
    """
    nothing = np.zeros(len(sequences.codes))
    return expected_letters(sequences, scores, nothing, share=0.0, flank=0, both_strands=both_strands).ratios


def expected_letters(
    sequences: Blocks,
    scores: Matrix,
    weights: Floats,
    *,
    share: float,
    flank: int,
    both_strands: bool = True,
    team: Team = ALONE,
) -> Letters:
    """Pile up the letters under the sites of a motif, as likely as each window is to be one.

    Parameters
    ----------
    sequences, scores, both_strands
        As in `occupancies`.
    weights
        ``(n,)`` how much each sequence counts, of either sign.
    share
        Share of the sequences that have a site, in [0, 1).
    flank
        Columns beside the sites that are piled up too.
    team
        Threads to use; no result depends on them. Default: the caller's alone.
    """
    width = scores.shape[1]
    odds = np.vstack([scores, np.full(width, _NEVER)])
    forward, backward = (_tables(each) for each in (odds, odds[[3, 2, 1, 0, 4], ::-1]))
    n, strands = len(sequences.codes), 2 if both_strands else 1
    ratios, piled = np.empty(n), np.zeros((_PARTS, 2, width + 2 * flank, 4))

    def one(part: int) -> None:
        rows = slice(n * part // _PARTS, n * (part + 1) // _PARTS)
        _pass(
            sequences.blocks[rows], sequences.codes[rows], forward, backward, strands, width, share, weights[rows],
            flank, ratios[rows], piled[part],
        )  # fmt: skip

    team.map(one, range(_PARTS))
    excess, variance = piled.sum(axis=0)
    return Letters(ratios, excess.T.copy(), variance.T.copy())


def _tables(odds: Floats) -> npt.NDArray[np.float32]:
    """Return ``(n_blocks, 5 ** 5)``, at least two: what each block of letters multiplies the ratio of a window by."""
    n_blocks = max(2, -(-odds.shape[1] // _LETTERS))
    padded = np.zeros((5, n_blocks * _LETTERS))
    padded[:, : odds.shape[1]] = odds
    tables = np.zeros((n_blocks, *[5] * _LETTERS))
    for block in range(n_blocks):
        for place in range(_LETTERS):
            shape = [5 if axis == place else 1 for axis in range(_LETTERS)]
            tables[block] += padded[:, block * _LETTERS + place].reshape(shape)
    known = tables > _NEVER / 2
    ratios = np.where(known, np.exp(np.maximum(tables, _LEAST / n_blocks)), 0.0)
    return np.ascontiguousarray(ratios.reshape(n_blocks, -1), dtype=np.float32)


@njit(**FLAGS)
def _pass(blocks, codes, forward, backward, strands, width, share, weights, flank, ratios, piled):
    n, length = codes.shape
    n_windows = length - width + 1
    found = np.empty((2, n_windows), np.float32)
    for i in range(n):
        total, n_known = np.float32(0.0), np.float32(0.0)
        for strand in range(strands):
            table = forward if strand == 0 else backward
            here = found[strand]
            for start in range(n_windows):
                here[start] = table[0, blocks[i, start]] * table[1, blocks[i, start + _LETTERS]]
            for block in range(2, table.shape[0]):
                for start in range(n_windows):
                    here[start] *= table[block, blocks[i, start + _LETTERS * block]]
            for start in range(n_windows):
                total += here[start]
                n_known += np.float32(here[start] > 0)
        ratio = total / max(n_known, np.float32(1.0))
        ratios[i] = ratio
        odds = share * ratio / (1 - share + share * ratio)
        if odds < _LEAST_SITE or weights[i] == 0:
            continue
        lowest = np.float32(_LEAST_SITE / odds) * total
        for strand in range(strands):
            here = found[strand]
            for first in range(0, n_windows, _STRETCH):
                last = first + _STRETCH if first + _STRETCH < n_windows else n_windows
                highest = here[first]
                for start in range(first, last):
                    highest = max(highest, here[start])
                if highest <= lowest:
                    continue
                for start in range(first, last):
                    if here[start] > lowest:
                        _pile(codes[i], start, strand, width, flank, odds * here[start] / total, weights[i], piled)


@njit(**FLAGS)
def _pile(sequence, start, strand, width, flank, part, weight, piled):
    for place in range(-flank, width + flank):
        column = start + place if strand == 0 else start + width - 1 - place
        if 0 <= column < len(sequence) and sequence[column] < UNKNOWN:
            letter = sequence[column] if strand == 0 else 3 - sequence[column]
            piled[0, place + flank, letter] += weight * part
            piled[1, place + flank, letter] += weight * weight * part
