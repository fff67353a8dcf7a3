"""Words that one class holds more often: where the search for faint motifs begins.

A filter that starts at random finds nothing to follow when one positive in ten has a site. Words can be
counted all. Words of different kinds are compared by their price, the number of words that one is the best of:
prices are such that their inverses sum to 1 over all words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.scanning.best_sites import Matrix
from motiflens.threads import Team
from motiflens.vectors import FLAGS

Floats = npt.NDArray[np.float64]
_CERTAINTY = 0.9
"""Probability of a word's own letters in its matrix."""
_WIDEST_GAP = 10


@dataclass(frozen=True)
class Pattern:
    """Two pieces of letters, and what is between them.

    Attributes
    ----------
    pieces
        Letters of the first piece, and of the second.
    gap
        Columns between them, of any letter.
    kinds
        Patterns that share a part of all prices; see `PATTERNS`.
    """

    pieces: tuple[int, int]
    gap: int
    kinds: int

    @property
    def n_letters(self) -> int:
        """Letters of a word."""
        return sum(self.pieces)

    @property
    def width(self) -> int:
        """Columns from the first letter to the last."""
        return self.n_letters + self.gap

    @property
    def places(self) -> tuple[int, ...]:
        """Columns of the letters, from 0 on."""
        second = self.pieces[0] + self.gap
        return (*range(self.pieces[0]), *range(second, second + self.pieces[1]))


PATTERNS = (
    *(Pattern(pieces, 0, 4) for pieces in ((3, 3), (4, 3), (4, 4))),
    *(Pattern((3, 3), gap, 4 * _WIDEST_GAP) for gap in range(1, _WIDEST_GAP + 1)),
)
"""Words of six, seven and eight letters, and two of three letters one to ten apart; each kind costs a quarter."""


@dataclass(frozen=True)
class Word:
    """A word, maybe with a gap.

    Attributes
    ----------
    pattern
        Where its letters stand.
    letters
        Codes 0-3 of its letters.
    both_strands
        Whether it stands for its reverse complement too.
    """

    pattern: Pattern
    letters: tuple[int, ...]
    both_strands: bool = True

    @cached_property
    def price(self) -> float:
        """Number of words it has to be better than by chance; the inverses of all prices sum to 1 at most."""
        return float(_number(self.pattern, both_strands=self.both_strands) * self.pattern.kinds)

    def matrix(self, base: Floats) -> Matrix:
        """Return ``(4, width)`` probabilities: 0.9 for its letters, those of the background in the gap."""
        matrix = np.repeat(base[:, None], self.pattern.width, axis=1)
        for place, letter in zip(self.pattern.places, self.letters, strict=True):
            matrix[:, place] = (1 - _CERTAINTY) / 3
            matrix[letter, place] = _CERTAINTY
        return matrix


def _number(pattern: Pattern, *, both_strands: bool) -> int:
    """Return how many words of a pattern there are; with both strands, one and its reverse complement are one."""
    k = pattern.n_letters
    own_reverse = 4 ** (k // 2) if k % 2 == 0 else 0
    return (4**k + own_reverse) // 2 if both_strands else int(4**k)


def worth(z: float, price: float) -> float:
    """Return what ``z`` standard errors are worth in nats, less the natural log of a price.

    The chance that the best of ``price`` normal figures is worth more falls as the exponential of it.

    Examples
    --------
    >>> round(worth(6.0, 1000.0), 2)
    11.09
    """
    return float(np.abs(z) * z / 2 - np.log(price))


def enriched_words(
    codes: Codes, residuals: Floats, variances: Floats, *, most: int, both_strands: bool, team: Team
) -> list[Word]:
    """Return the words whose sequences lean most towards the positives, for their price.

    Parameters
    ----------
    codes
        ``(n, length)``.
    residuals, variances
        ``(n,)`` what each sequence says for the positives, and the variance of that by chance.
    most
        Words to return, of all patterns together.
    both_strands
        Whether a word and its reverse complement are one.
    team
        Threads that count; no result depends on it.

    Returns
    -------
    words
        Best first.
    """

    def of_pattern(pattern: Pattern) -> list[tuple[float, Word]]:
        sums = np.zeros((4**pattern.n_letters, 2))
        _count(codes, pattern.pieces, pattern.gap, both_strands, residuals, variances, sums)
        z = sums[:, 0] / np.sqrt(np.maximum(sums[:, 1], 1.0))
        price = Word(pattern, (0,) * pattern.n_letters, both_strands).price
        best = np.argpartition(-z, min(most, len(z) - 1))[:most]
        return [(worth(z[i], price), _word(int(i), pattern, both_strands)) for i in best if z[i] > 0]

    found = [pair for part in team.map(of_pattern, PATTERNS) for pair in part]
    found.sort(key=lambda pair: -pair[0])
    return [word for _, word in found[:most]]


def _word(number: int, pattern: Pattern, both_strands: bool) -> Word:  # noqa: FBT001 (internal)
    digits = [(number >> (2 * place)) & 3 for place in range(pattern.n_letters)]
    return Word(pattern, tuple(digits[::-1]), both_strands)


@njit(**FLAGS)
def _count(codes, letters, gap, both, residuals, variances, sums):
    """Add to each word, once a sequence, what the sequences that hold it say; of two strands the lower number."""
    n, length = codes.shape
    first, second = letters
    last = np.full(4 ** (first + second), -1, np.int32)
    pieces = np.empty((4, length), np.int32)
    ahead, behind = np.int32(2 * second), np.int32(2 * first)
    for i in range(n):
        _number_pieces(codes[i], first, pieces[0], pieces[1])
        _number_pieces(codes[i], second, pieces[2], pieces[3])
        for start in range(length - first - gap - second + 1):
            other = start + first + gap
            if pieces[0, start] < 0 or pieces[2, other] < 0:
                continue
            word = (pieces[0, start] << ahead) | pieces[2, other]
            turned = (pieces[3, other] << behind) | pieces[1, start]
            if both and turned < word:
                word = turned
            if last[word] != i:
                last[word] = i
                sums[word, 0] += residuals[i]
                sums[word, 1] += variances[i]


@njit(**FLAGS)
def _number_pieces(sequence, k, forward, backward):
    """Number the ``k`` letters from each column on, on both strands; below zero where one is unknown."""
    mask, highest = np.int32(4**k - 1), np.int32(2 * (k - 1))
    ahead, behind, n_known = np.int32(0), np.int32(0), 0
    for end in range(len(sequence)):
        letter = np.int32(sequence[end])
        known = letter < UNKNOWN
        n_known = n_known + 1 if known else 0
        ahead = ((ahead << 2) | (letter & 3)) & mask
        behind = (behind >> 2) | ((3 - (letter & 3)) << highest)
        start = end - k + 1
        if start >= 0:
            forward[start] = ahead if n_known >= k else -1
            backward[start] = behind
