"""`PlantedSites`: where motifs were written into simulated sequences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.errors import InputError
from motiflens.results import Site

Index = slice | npt.NDArray[np.bool_] | npt.NDArray[np.integer] | Sequence[int]
Integers = npt.NDArray[np.int64]

_NONE = -1


@dataclass(frozen=True)
class PlantedSites:
    """The planted sites of each sequence, at most ``m`` in one.

    Attributes
    ----------
    motif
        ``(n, m)`` int16 index into ``names``, -1 where there is no site.
    start
        ``(n, m)`` int32 column of the site's first base in its row of `SequenceSet.codes`.
    reverse
        ``(n, m)`` whether the site is the motif's reverse complement.
    names
        Names of the motifs.
    widths
        Their widths in bases.

    Raises
    ------
    InputError
        When the arrays have different shapes, or a motif has no name or no width.

    Examples
    --------
    >>> from motiflens.simulating.simulation import simulate
    >>> sequences = simulate("single", motif="ACGTG", n_positives=2, n_negatives=1, length=12, random_state=1).sequences
    >>> planted = sequences.planted
    >>> planted.names, planted.widths, planted.there[:, 0].tolist()
    (('ACGTG',), (5,), [True, True, False])
    >>> [(site.sequence, site.start, site.end, site.strand) for site in planted.sites(sequences.names)]
    [('pos1', 7, 12, '+'), ('pos2', 2, 7, '+')]
    """

    motif: npt.NDArray[np.int16]
    start: npt.NDArray[np.int32]
    reverse: npt.NDArray[np.bool_]
    names: tuple[str, ...]
    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        shapes = {self.motif.shape, self.start.shape, self.reverse.shape}
        if len(shapes) > 1 or self.motif.ndim != 2:
            msg = f"motif, start and reverse must be arrays of one shape (n, m). Got {sorted(shapes)}."
            raise InputError(msg)
        most = int(self.motif.max(initial=_NONE))
        if len(self.names) != len(self.widths) or most >= len(self.names):
            msg = f"Each motif needs a name and a width. Got {len(self.names)} and {len(self.widths)} for {most + 1}."
            raise InputError(msg)

    def __len__(self) -> int:
        return len(self.motif)

    def __getitem__(self, index: Index) -> PlantedSites:
        return replace(self, motif=self.motif[index], start=self.start[index], reverse=self.reverse[index])

    @property
    def there(self) -> npt.NDArray[np.bool_]:
        """``(n, m)`` whether there is a site."""
        return np.asarray(self.motif >= 0)

    @property
    def end(self) -> Integers:
        """``(n, m)`` one past the last column of each site; meaningless where there is none."""
        return np.asarray(self.start + np.array((*self.widths, 0), dtype=np.int64)[self.motif])

    def moved(self, shift: Integers, first: Integers, last: Integers) -> PlantedSites:
        """Return the sites after a shift, those that are no longer whole dropped.

        Parameters
        ----------
        shift
            ``(n,)`` columns to add to each start.
        first, last
            ``(n,)`` columns ``[first, last)``, after the shift, that a site must lie in.
        """
        start, end = self.start + shift[:, None], self.end + shift[:, None]
        whole = self.there & (start >= first[:, None]) & (end <= last[:, None])
        return replace(
            self,
            motif=np.where(whole, self.motif, _NONE).astype(np.int16),
            start=np.where(whole, start, 0).astype(np.int32),
            reverse=self.reverse & whole,
        )

    def sites(self, names: Sequence[str], origins: npt.ArrayLike = 0) -> Iterator[Site]:
        """Yield the sites, sequence by sequence and by start within it; their score is NaN.

        Parameters
        ----------
        names
            ``(n,)`` names of the sequences.
        origins
            ``(n,)`` column at which each sequence starts, ``SequenceSet.spans[:, 0]``. Default 0.
        """
        row, start, end, motif, reverse = self.table(origins)
        for i in range(len(row)):
            strand = "-" if reverse[i] else "+"
            yield Site(str(names[row[i]]), int(start[i]), int(end[i]), strand, self.names[motif[i]], np.nan)

    def table(self, origins: npt.ArrayLike = 0) -> tuple[Integers, Integers, Integers, Integers, npt.NDArray[np.bool_]]:
        """Return row, start, end, motif and reverse of every site, in the order of `sites`."""
        row, column = np.nonzero(self.there)
        origin = np.broadcast_to(np.asarray(origins, dtype=np.int64), (len(self),))[row]
        start, end = self.start[row, column] - origin, self.end[row, column] - origin
        order = np.lexsort((start, row))
        motif = self.motif[row, column].astype(np.int64)
        return row[order], start[order], end[order], motif[order], self.reverse[row, column][order]


def no_sites(n: int, names: tuple[str, ...] = (), widths: tuple[int, ...] = (), most: int = 0) -> PlantedSites:
    """Return ``n`` sequences without any site, with room for ``most`` in each."""
    shape = (n, most)
    return PlantedSites(
        np.full(shape, _NONE, np.int16), np.zeros(shape, np.int32), np.zeros(shape, np.bool_), names, widths
    )


def joined_planted(parts: Sequence[PlantedSites]) -> PlantedSites:
    """Join the sites of several sets of sequences, in order; motifs of one name and width are one.

    Raises
    ------
    InputError
        When there is nothing to join.
    """
    if not parts:
        msg = "Expected at least one PlantedSites to join. Got none."
        raise InputError(msg)
    known = list(dict.fromkeys(key for part in parts for key in zip(part.names, part.widths, strict=True)))
    most = max(part.motif.shape[1] for part in parts)
    widened = []
    for part in parts:
        renumbered = np.array(
            [*(known.index(key) for key in zip(part.names, part.widths, strict=True)), _NONE], dtype=np.int16
        )
        missing = ((0, 0), (0, most - part.motif.shape[1]))
        widened.append((
            np.pad(renumbered[part.motif], missing, constant_values=_NONE),
            np.pad(part.start, missing),
            np.pad(part.reverse, missing),
        ))  # fmt: skip
    motif, start, reverse = (np.concatenate(arrays) for arrays in zip(*widened, strict=True))
    return PlantedSites(motif, start, reverse, tuple(name for name, _ in known), tuple(width for _, width in known))
