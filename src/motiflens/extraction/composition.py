"""Composition of sequences: what a difference between classes may come down to without any motif.

Where the positives are richer in G and C, so is any motif made of these; where they are longer, there is more of
any motif. What these explain is no evidence for a motif. All words of two or three letters would explain more, and
too much: the motifs of some factors (ARID3A, TATA boxes) lie so densely that they are composition.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.backgrounds import gc_content
from motiflens.contrasts import contrast_of

Floats = npt.NDArray[np.float64]
_POWERS = 3
"""Of a measure, so that a class may be rich in it, poor in it, or in between."""
_LEAST_SPREAD = 1e-6
_SURE = 1e-3
_SEQUENCES_A_COLUMN = 10


def composition(
    codes: Codes, positive: npt.NDArray[np.bool_], *, both_strands: bool, lengths: Floats | None = None
) -> Floats | None:
    """Return what differs between the classes without a motif, as columns of a regression.

    Held fixed where the classes are alike in it, as shuffled negatives are, GC content would sharpen every faint
    difference in words of three letters, and these would drown the motifs.

    Parameters
    ----------
    codes
        ``(n, length)``.
    positive
        ``(n,)`` the class of each.
    both_strands
        Whether a letter and its complement are one; otherwise the difference between A and T, and between C
        and G, may differ too.
    lengths
        ``(n,)`` known letters of each. Default: those of ``codes``; not these where motifs have been erased, or
        what is held fixed is how many motifs there were.

    Returns
    -------
    columns
        ``(n, m)``: powers one to three, or the first where there are fewer than ten sequences a column, of each measure
        that differs for sure (p < 0.001): GC content, and the number of known letters. None when none does.
    """
    measures = [gc_content(codes), known_letters(codes) if lengths is None else lengths]
    measures += [] if both_strands else _skews(codes)
    n_powers = _POWERS if len(codes) >= _SEQUENCES_A_COLUMN * _POWERS else 1
    columns = [powers(each, n_powers) for each in measures]
    differing = [each for each in columns if each.shape[1] and _differs(each, positive)]
    return np.hstack(differing) if differing else None


def known_letters(codes: Codes) -> Floats:
    """Return ``(n,)`` how many letters of each sequence are known."""
    return np.asarray((codes < UNKNOWN).sum(axis=1), dtype=np.float64)


def _skews(codes: Codes) -> list[Floats]:
    """Return how much more A than T, and C than G, there is among the known letters of each sequence."""
    a, c, g, t = ((codes == letter).sum(axis=1) / np.maximum(known_letters(codes), 1) for letter in range(4))
    return [a - t, c - g]


def powers(values: Floats, n_powers: int = _POWERS, *, farthest: float = np.inf) -> Floats:
    """Return the first powers of standardised values, as columns of a regression.

    Parameters
    ----------
    values
        ``(n,)``.
    n_powers
        Of each value, >= 1.
    farthest
        Standard deviations from the mean beyond which a value counts as if it lay there, > 0. Default: none.

    Returns
    -------
    columns
        ``(n, n_powers)``; ``(n, 0)`` where the values are all alike, and say nothing.

    Examples
    --------
    >>> powers(np.array([1.0, 3.0, 1.0, 3.0]), 2).tolist()
    [[-1.0, 1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, 1.0]]
    """
    spread = float(values.std())
    if spread < _LEAST_SPREAD:
        return np.empty((len(values), 0))
    standard = np.clip((values - values.mean()) / spread, -farthest, farthest)
    return np.asarray(standard[:, None] ** np.arange(1, n_powers + 1))


def _differs(columns: Floats, positive: npt.NDArray[np.bool_]) -> bool:
    without, beyond = contrast_of(positive), contrast_of(positive, columns)
    gain = beyond.log_likelihood - without.log_likelihood
    return bool(chi2.sf(2 * gain, beyond.known.shape[1] - without.known.shape[1]) < _SURE)
