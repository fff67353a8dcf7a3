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
    """Places of the letters of a word, a gap between them or not.

    Attributes
    ----------
    places
        Columns of the letters, from 0 on.
    kinds
        Patterns that share a part of all prices; see `PATTERNS`.
    """

    places: tuple[int, ...]
    kinds: int

    @property
    def n_letters(self) -> int:
        """Letters of a word."""
        return len(self.places)

    @property
    def width(self) -> int:
        """Columns from the first letter to the last."""
        return self.places[-1] + 1


def _halves(letters: int, gap: int) -> Pattern:
    places = (*range(letters), *range(letters + gap, 2 * letters + gap))
    return Pattern(places, 5 * _WIDEST_GAP)


PATTERNS = (
    *(Pattern(tuple(range(k)), 5) for k in (6, 7, 8)),
    *(_halves(letters, gap) for letters in (3, 4) for gap in range(1, _WIDEST_GAP + 1)),
)
"""Words of six, seven and eight letters, two of three letters one to ten apart, and two of four; each kind costs a
fifth."""


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
        sums = np.zeros((2, 4**pattern.n_letters))
        _count(codes, np.array(pattern.places), both_strands, residuals, variances, sums)
        z = sums[0] / np.sqrt(np.maximum(sums[1], 1.0))
        price = Word(pattern, (0,) * pattern.n_letters, both_strands).price
        best = np.argpartition(-z, min(most, len(z) - 1))[:most]
        return [(z[i] ** 2 / 2 - np.log(price), _word(int(i), pattern, both_strands)) for i in best if z[i] > 0]

    found = [pair for part in team.map(of_pattern, PATTERNS) for pair in part]
    found.sort(key=lambda pair: -pair[0])
    return [word for _, word in found[:most]]


def _word(number: int, pattern: Pattern, both_strands: bool) -> Word:  # noqa: FBT001 (internal)
    digits = [(number >> (2 * place)) & 3 for place in range(pattern.n_letters)]
    return Word(pattern, tuple(digits[::-1]), both_strands)


@njit(**FLAGS)
def _count(codes, places, both, residuals, variances, sums):
    """Add to each word, once a sequence, what the sequences that hold it say; of two strands the lower number."""
    n, length = codes.shape
    k = len(places)
    width = places[k - 1] + 1
    last = np.full(4**k, -1, np.int32)
    for i in range(n):
        for start in range(length - width + 1):
            forward, backward, known = 0, 0, True
            for j in range(k):
                letter = codes[i, start + places[j]]
                if letter >= UNKNOWN:
                    known = False
                    break
                forward = 4 * forward + letter
                backward += (3 - letter) << (2 * j)
            if not known:
                continue
            word = min(forward, backward) if both else forward
            if last[word] != i:
                last[word] = i
                sums[0, word] += residuals[i]
                sums[1, word] += variances[i]
