"""`Generator`: how the sequences of a simulated task come about, as plain data.

A sequence is background with motifs written into it. What is written, and where, is a
`Layout`; each class is a mixture of layouts. Drawing sequences and computing how likely one is
both read the same description, so that they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isclose

from motiflens.errors import ParameterError
from motiflens.motifs import Motif
from motiflens.simulating.background import Background


@dataclass(frozen=True)
class Part:
    """One site of a layout.

    Attributes
    ----------
    motif
        Index into `Generator.motifs`.
    reverse
        Probability that the site is the reverse complement, in [0, 1].
    """

    motif: int
    reverse: float = 0.0


@dataclass(frozen=True)
class Nothing:
    """Background alone."""

    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Scattered:
    """Sites that do not overlap, in any order: every such arrangement is equally likely.

    One part is a site at a uniform start.

    Attributes
    ----------
    parts
        The sites.
    distance
        Fewest bases between two of them.
    """

    parts: tuple[Part, ...]
    distance: int = 0


@dataclass(frozen=True)
class Placed:
    """One site whose start has a given distribution.

    Attributes
    ----------
    part
        The site.
    starts
        Probability of each start, ``length - width + 1`` of them, which sum to 1.
    """

    part: Part
    starts: tuple[float, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The one site."""
        return (self.part,)


@dataclass(frozen=True)
class Spaced:
    """Sites in the order given, from 5' to 3', with bounded gaps.

    Each gap is uniform in its range; then the start of the whole is uniform among those at which
    it fits.

    Attributes
    ----------
    parts
        The sites.
    gaps
        Fewest and most bases from the end of each site to the start of the next.
    """

    parts: tuple[Part, ...]
    gaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Overwritten:
    """Two sites with independent uniform starts; the second may be written over the first."""

    first: Part
    second: Part

    @property
    def parts(self) -> tuple[Part, ...]:
        """Both sites, in the order of writing."""
        return (self.first, self.second)


Layout = Nothing | Scattered | Placed | Spaced | Overwritten
Mixture = tuple[tuple[float, Layout], ...]


@dataclass(frozen=True)
class Generator:
    """The two classes of a simulated task.

    Attributes
    ----------
    motifs
        What can be planted; a site is sampled from the motif's probabilities.
    background
        What the sequences consist of elsewhere.
    length
        Bases of every sequence.
    positive, negative
        Layouts of each class with their probabilities, which sum to 1.
    mutation
        Probability, in [0, 1], that a base of a site is replaced by one of the three others.

    Raises
    ------
    ParameterError
        When a layout does not fit into the length, or a probability is out of range.
    """

    motifs: tuple[Motif, ...]
    background: Background
    length: int
    positive: Mixture
    negative: Mixture
    mutation: float = 0.0

    def __post_init__(self) -> None:
        if self.length < 1:
            msg = f"length must be at least 1. Got {self.length}."
            raise ParameterError(msg)
        if not 0 <= self.mutation <= 1:
            msg = f"mutation must be in [0, 1]. Got {self.mutation}."
            raise ParameterError(msg)
        for mixture in (self.positive, self.negative):
            shares = [share for share, _ in mixture]
            if min(shares, default=-1) < 0 or not isclose(sum(shares), 1, abs_tol=1e-9):
                msg = f"The probabilities of a class's layouts must be in [0, 1] and sum to 1. Got {shares}."
                raise ParameterError(msg)
            for _, layout in mixture:
                self._check(layout)

    def least_length(self, layout: Layout) -> int:
        """Return the bases that a layout takes at least (with `Spaced`, at its widest gaps)."""
        widths = [self.motifs[part.motif].width for part in layout.parts]
        match layout:
            case Spaced(gaps=gaps):
                return sum(widths) + sum(most for _, most in gaps)
            case Scattered(distance=distance):
                return sum(widths) + distance * (len(widths) - 1)
            case _:
                return max(widths, default=0)

    def shift_invariant(self) -> Generator | None:
        """Return the same task with every placed site at a uniform start; None if none is placed.

        A model that cannot know positions sees no more than this generator tells.
        """
        mixtures = (self.positive, self.negative)
        if not any(isinstance(layout, Placed) for mixture in mixtures for _, layout in mixture):
            return None
        positive, negative = (
            tuple(
                (share, Scattered(layout.parts) if isinstance(layout, Placed) else layout) for share, layout in mixture
            )
            for mixture in mixtures
        )
        return replace(self, positive=positive, negative=negative)

    def _check(self, layout: Layout) -> None:
        _check_shape(layout, len(self.motifs))
        needed = self.least_length(layout)
        if needed > self.length:
            names = ", ".join(
                f"{self.motifs[part.motif].name} ({self.motifs[part.motif].width})" for part in layout.parts
            )
            msg = (
                f"Sequences must be long enough for what is planted, {needed} bases: {names}, and the gaps between. "
                f"Got a length of {self.length}."
            )
            raise ParameterError(msg)
        if not all(0 <= part.reverse <= 1 for part in layout.parts):
            msg = f"The probability of the reverse strand must be in [0, 1]. Got {[p.reverse for p in layout.parts]}."
            raise ParameterError(msg)
        if isinstance(layout, Placed):
            n_starts = self.length - needed + 1
            if len(layout.starts) != n_starts or min(layout.starts) < 0 or not isclose(sum(layout.starts), 1):
                msg = f"A placed site needs a probability for each of its {n_starts} starts, which sum to 1."
                raise ParameterError(msg)


def _check_shape(layout: Layout, n_motifs: int) -> None:
    """Check that the parts of a layout are motifs, and that there is a gap between each two."""
    if not all(0 <= part.motif < n_motifs for part in layout.parts):
        msg = f"Each part must be one of {n_motifs} motifs, from 0. Got {[part.motif for part in layout.parts]}."
        raise ParameterError(msg)
    if isinstance(layout, Scattered) and (layout.distance < 0 or not layout.parts):
        msg = f"Scattered sites need at least one part and a distance of at least 0. Got {layout}."
        raise ParameterError(msg)
    if isinstance(layout, Spaced):
        in_order = all(0 <= fewest <= most for fewest, most in layout.gaps)
        if not layout.parts or len(layout.gaps) != len(layout.parts) - 1 or not in_order:
            msg = f"Spaced sites need a gap between each two, from fewest, at least 0, to most. Got {layout}."
            raise ParameterError(msg)
