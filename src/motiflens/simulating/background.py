"""`Background`: a Markov model of the sequences that motifs are planted in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from motiflens.alphabet import Codes
from motiflens.backgrounds import markov_background
from motiflens.errors import ParameterError
from motiflens.sequences import SequenceSet
from motiflens.simulating.chances import choose, fine, thresholds

Floats = npt.NDArray[np.float64]

MAX_ORDER = 6
_PIECE = 2**22  # letters that are drawn at once


@dataclass(frozen=True)
class Background:
    """A Markov model of some order, 0 for independent bases.

    Attributes
    ----------
    initial
        ``(4 ** order,)`` probabilities of the first ``order`` letters, words in base-4 order with
        the first letter most significant; ``(1,)`` for order 0.
    transitions
        ``(4 ** order, 4)`` probabilities of the next letter after each word; rows sum to 1.

    Raises
    ------
    ParameterError
        When the arrays do not have these shapes, or do not hold distributions.

    Examples
    --------
    >>> background = Background(np.ones(1), np.array([[0.3, 0.2, 0.2, 0.3]]))
    >>> background.order, background.frequencies
    (0, (0.3, 0.2, 0.2, 0.3))
    """

    initial: Floats
    transitions: Floats

    def __post_init__(self) -> None:
        shapes = [((4**order,), (4**order, 4)) for order in range(MAX_ORDER + 1)]
        if (self.initial.shape, self.transitions.shape) not in shapes:
            msg = (f"A background of order k, 0 to {MAX_ORDER}, must have 4**k initial probabilities and (4**k, 4) "
                   f"transitions. Got shapes {self.initial.shape} and {self.transitions.shape}.")  # fmt: skip
            raise ParameterError(msg)
        for part in (self.initial, self.transitions):
            if not (np.isfinite(part).all() and (part >= 0).all() and np.allclose(part.sum(axis=-1), 1, atol=1e-9)):
                msg = "The probabilities of a background must be at least 0 and sum to 1."
                raise ParameterError(msg)

    @property
    def order(self) -> int:
        """Number of letters that the next one depends on."""
        return (len(self.transitions).bit_length() - 1) // 2

    @property
    def frequencies(self) -> tuple[float, float, float, float]:
        """Share of A, C, G and T at the first letter; with a stationary start, at every letter."""
        first = self.initial.reshape(4, -1).sum(axis=1) if self.order else self.transitions[0]
        a, c, g, t = first.tolist()
        return a, c, g, t


def independent(gc: float = 0.5) -> Background:
    """Return independent bases with a share of G and C.

    Raises
    ------
    ParameterError
        When ``gc`` is not in [0, 1].
    """
    if not 0 <= gc <= 1:
        msg = f"gc must be in [0, 1]. Got {gc}."
        raise ParameterError(msg)
    return Background(np.ones(1), np.array([[1 - gc, gc, gc, 1 - gc]]) / 2)


def learn_background(
    sequences: SequenceSet, *, order: int = 1, pseudocount: float = 1.0, both_strands: bool = False
) -> Background:
    """Learn a Markov model from sequences, to draw others like them.

    The first letters follow the stationary distribution of the transitions, so that no position
    is special.

    Parameters
    ----------
    sequences
        What to learn from; steps over unknown bases or padding are not counted.
    order
        Number of letters that the next one depends on, in [0, 6]. Default 1.
    pseudocount
        Observations added to each context, spread evenly over the bases, above 0. Default 1.
    both_strands
        Count the reverse complements as well. Default False.

    Raises
    ------
    ParameterError
        When ``order`` or ``pseudocount`` is out of range.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> learnt = learn_background(from_strings(["ACACACAC"]), order=1, pseudocount=0.01)
    >>> learnt.initial.round(2).tolist()
    [0.5, 0.5, 0.0, 0.0]
    """
    if not 0 <= order <= MAX_ORDER or not 0 < pseudocount < np.inf:
        msg = f"order must be in [0, {MAX_ORDER}] and pseudocount above 0. Got {order} and {pseudocount}."
        raise ParameterError(msg)
    transitions = markov_background(sequences, order=order, pseudocount=pseudocount, both_strands=both_strands)
    return Background(_stationary(transitions), transitions)


def _stationary(transitions: Floats) -> Floats:
    """Return the distribution of words that a step leaves as it is; there is one, since no letter is impossible."""
    n_words = len(transitions)
    if n_words == 1:
        return np.ones(1)
    words = np.arange(n_words)
    steps = np.zeros((n_words, n_words))
    for base in range(4):
        steps[(words * 4 + base) % n_words, words] += transitions[:, base]
    steps -= np.eye(n_words)
    steps[-1] = 1.0
    wanted = np.zeros(n_words)
    wanted[-1] = 1.0
    solved = np.maximum(np.linalg.solve(steps, wanted), 0)
    return np.asarray(solved / solved.sum())


def draw_background(background: Background, n: int, length: int, rng: np.random.Generator) -> Codes:
    """Draw sequences of a background.

    Parameters
    ----------
    background
        The model.
    n, length
        Numbers of sequences and of bases in each.
    rng
        Source of randomness; the same state gives the same sequences on every platform.

    Returns
    -------
    codes
        ``(n, length)`` uint8 in 0-3.
    """
    codes = np.empty((n, length), dtype=np.uint8)
    bounds = thresholds(background.transitions)
    rows = max(_PIECE // max(length, 1), 1)
    for begin in range(0, n, rows):
        piece = codes[begin : begin + rows]
        words = choose(rng, background.initial, len(piece))
        _walk(piece, words, fine(rng, piece.shape), bounds, background.order)
    return codes


@njit(cache=True, nogil=True)
def _walk(
    codes: Codes,
    words: npt.NDArray[np.int64],
    drawn: npt.NDArray[np.uint32],
    bounds: npt.NDArray[np.uint64],
    order: int,
) -> None:
    """Fill rows: the first letters are those of ``words``, each next one is chosen by what was drawn for it."""
    n_words = len(bounds)
    for row in range(len(codes)):
        word = words[row]
        for column in range(codes.shape[1]):
            if column < order:
                codes[row, column] = (word >> (2 * (order - 1 - column))) & 3
                continue
            value = np.uint64(drawn[row, column])
            letter = 0
            for base in range(3):
                letter += value >= bounds[word, base]
            codes[row, column] = letter
            word = (word * 4 + letter) % n_words
