"""Motifs that were found against those that were planted: exact, partial, missed, spurious.

No alignment score has to be chosen: a found motif stands for a planted one when, laid over it,
most of the planted motif's strong positions agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.errors import ParameterError
from motiflens.motifs import Motif

_STRONG_BITS = 0.5
_FAINT_BITS = 0.1
_LEAST_SHARE = 0.8
_LEAST_POSITIONS = 4


@dataclass(frozen=True)
class Recovery:
    """What became of each planted motif, and which found motifs stand for none.

    Attributes
    ----------
    exact
        Names of planted motifs found whole, once, with no position too many.
    partial
        Names of those of which a part was found, or that were found with more around them.
    missed
        Names of those that were not found.
    duplicates
        Names of found motifs that stand for a planted motif for which another stands better.
    spurious
        Names of found motifs that stand for none.

    Examples
    --------
    >>> planted = Motif(np.eye(4)[:, [0, 1, 2, 3, 2]], "ACGTG")
    >>> other = Motif(np.eye(4)[:, [3, 3, 3, 0, 0]], "TTTAA")
    >>> found = recovery_of([planted, other], [planted])
    >>> found.exact, found.missed, found.spurious, found.whole
    (('ACGTG',), (), ('TTTAA',), False)
    """

    exact: tuple[str, ...]
    partial: tuple[str, ...]
    missed: tuple[str, ...]
    duplicates: tuple[str, ...]
    spurious: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every planted motif was found exactly, and nothing else was."""
        return not (self.partial or self.missed or self.duplicates or self.spurious)


def recovery_of(found: Sequence[Motif], planted: Sequence[Motif]) -> Recovery:
    """Tell which planted motifs were found, on either strand.

    A found motif stands for the planted one with which most strong positions (0.5 bits and more)
    agree in their likeliest base: at least four, or all that there are, and 80 % of those of the
    planted motif or of the found one, whichever has fewer. It is exact when it has the planted
    consensus; where the planted motif is no plain word, whose consensus a sample of sites can
    change, when every strong position of either agrees with one of the other's of 0.1 bits or
    more.

    Parameters
    ----------
    found
        Motifs of a run, best first.
    planted
        The true ones, at least one, with names of their own.

    Raises
    ------
    ParameterError
        When nothing was planted.

    Examples
    --------
    >>> from motiflens.motifs import from_counts
    >>> planted = from_counts([[9, 0, 0, 0], [0, 9, 0, 0], [0, 0, 9, 0], [0, 0, 0, 9]], "ACGT")
    >>> recovery_of([planted.slice(0, 3)], [planted]).partial
    ('ACGT',)
    """
    if not planted:
        msg = "recovery_of needs at least one planted motif. Got none."
        raise ParameterError(msg)
    agreement = np.array([_agreement(one, true) for one in found for true in planted]).reshape(-1, len(planted))
    stands_for = np.where(agreement.max(axis=1) > 0, agreement.argmax(axis=1), -1)
    exact: list[str] = []
    partial: list[str] = []
    missed: list[str] = []
    duplicates: list[str] = []
    for index, true in enumerate(planted):
        rivals = [row for row in range(len(found)) if stands_for[row] == index]
        if not rivals:
            missed.append(true.name)
            continue
        best = next((row for row in rivals if is_exact(found[row], true)), None)
        (partial if best is None else exact).append(true.name)
        kept = max(rivals, key=lambda row: agreement[row, index]) if best is None else best
        duplicates += [found[row].name for row in rivals if row != kept]
    spurious = [motif.name for motif, index in zip(found, stands_for, strict=True) if index < 0]
    return Recovery(tuple(exact), tuple(partial), tuple(missed), tuple(duplicates), tuple(spurious))


def is_exact(found: Motif, planted: Motif) -> bool:
    """Tell whether a found motif is the planted one, on either strand; see `recovery_of`."""
    if (planted.probabilities.max(axis=0) > 1 - 1e-9).all():
        wanted = planted.consensus
        return any(one.consensus.strip("N") == wanted for one in (found, found.reverse_complement()))
    return any(
        _covered(one, planted, shift) and _covered(planted, one, -shift)
        for one in (found, found.reverse_complement())
        for shift in range(1 - one.width, planted.width)
    )


def _agreement(found: Motif, planted: Motif) -> float:
    """Return how many strong positions agree at best, 0 where too few do to call it the same motif."""
    n_strong = [int((motif.information_content() >= _STRONG_BITS).sum()) for motif in (found, planted)]
    least = max(min(_LEAST_POSITIONS, *n_strong), _LEAST_SHARE * min(n_strong), 1)
    most = max(
        _n_agreeing(one, planted, shift)
        for one in (found, found.reverse_complement())
        for shift in range(1 - found.width, planted.width)
    )
    return most if most >= least else 0.0


def _n_agreeing(found: Motif, planted: Motif, shift: int) -> int:
    """Count strong positions of both that agree, column 0 of ``found`` on column ``shift`` of ``planted``."""
    first, second = max(shift, 0), min(shift + found.width, planted.width)
    ours, theirs = slice(first - shift, second - shift), slice(first, second)
    strong = (found.information_content()[ours] >= _STRONG_BITS) & (
        planted.information_content()[theirs] >= _STRONG_BITS
    )
    return int((strong & (_likeliest(found)[ours] == _likeliest(planted)[theirs])).sum())


def _covered(motif: Motif, by: Motif, shift: int) -> bool:
    """Tell whether each strong position of a motif, moved by ``shift``, lies on one of ``by`` that agrees."""
    columns = np.flatnonzero(motif.information_content() >= _STRONG_BITS)
    places = columns + shift
    if not len(places) or places.min() < 0 or places.max() >= by.width:
        return False
    faint = by.information_content()[places] >= _FAINT_BITS
    return bool((faint & (_likeliest(motif)[columns] == _likeliest(by)[places])).all())


def _likeliest(motif: Motif) -> npt.NDArray[np.int64]:
    return np.asarray(motif.probabilities.argmax(axis=0))
