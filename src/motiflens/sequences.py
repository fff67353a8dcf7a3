"""`SequenceSet`: sequences with everything known about them, kept together.

Names, labels, coordinates, groups and planted sites live in one object, so that every slice, shuffle
and split moves them with their sequence: a sequence cannot meet another's label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes, decode, encode, one_hot
from motiflens.errors import InputError, ParameterError
from motiflens.planted import PlantedSites, joined_planted
from motiflens.results import Site

Index = slice | npt.NDArray[np.bool_] | npt.NDArray[np.integer] | Sequence[int]


@dataclass(frozen=True)
class Coordinates:
    """Where each sequence lies in a genome: 0-based, half-open, as in BED.

    Attributes
    ----------
    chromosome
        ``(n,)`` names.
    start, end
        ``(n,)`` int64, the first base and one past the last.
    strand
        ``(n,)`` of ``+`` or ``-``: the strand that was read.

    Examples
    --------
    Two bases cut off the beginning, as read, of a sequence on either strand:

    >>> places = Coordinates(np.array(["chr1", "chr2"]), np.array([100, 7]), np.array([110, 17]), np.array(["+", "-"]))
    >>> inner = places.cropped(np.array([2, 2]), np.array([4, 4]))
    >>> inner.start.tolist(), inner.end.tolist()
    ([102, 11], [106, 15])
    """

    chromosome: npt.NDArray[np.str_]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    strand: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, index: Index) -> Coordinates:
        return Coordinates(self.chromosome[index], self.start[index], self.end[index], self.strand[index])

    def cropped(self, cut: npt.NDArray[np.int64], kept: npt.NDArray[np.int64]) -> Coordinates:
        """Return the places of ``kept`` bases of each sequence, ``(n,)``, after its first ``cut``, as read."""
        lost = self.end - self.start - kept - cut
        start = self.start + np.where(self.strand == "-", lost, cut)
        return replace(self, start=start, end=start + kept)


@dataclass(frozen=True)
class SequenceSet:
    """Encoded sequences with their names, labels, groups and coordinates.

    Attributes
    ----------
    codes
        ``(n, width)`` uint8, A C G T = 0-3, 4 = unknown. Shorter sequences sit in the
        middle of their row, padded with 4 on both sides.
    names
        ``(n,)`` strings.
    spans
        ``(n, 2)`` int64: the columns ``[start, end)`` of each row that hold sequence.
    labels
        None, ``(n,)`` int64 class indices, or ``(n, n_labels)`` for many-label tasks.
    groups
        None or ``(n,)`` strings; members of a group (a chromosome) stay on one side of a split.
    coordinates
        None, or where the sequences lie in the genome.
    classes
        Names of the classes or labels, empty when there are no labels.
    planted
        None, or the sites that were written into simulated sequences.

    Raises
    ------
    InputError
        When the parts do not have one length, or codes are not two-dimensional or above 4.

    Examples
    --------
    >>> both = from_strings(["ACGT", "GG"], ["long", "short"]).with_labels([1, 0], ["unbound", "bound"])
    >>> both.shape, both.codes[1].tolist(), both.string(1)
    ((2, 4), [4, 2, 2, 4], 'GG')
    >>> turned = both[[1, 0]]
    >>> turned.names.tolist(), turned.labels.tolist(), turned.of_class(1).strings()
    (['short', 'long'], [0, 1], ['ACGT'])
    """

    codes: Codes
    names: npt.NDArray[np.str_]
    spans: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64] | None = None
    groups: npt.NDArray[np.str_] | None = None
    coordinates: Coordinates | None = None
    classes: tuple[str, ...] = ()
    planted: PlantedSites | None = None

    def __post_init__(self) -> None:
        if self.codes.ndim != 2 or self.codes.dtype != np.uint8:
            msg = f"codes must be a (n, width) uint8 array. Got {self.codes.dtype} of shape {self.codes.shape}."
            raise InputError(msg)
        if self.codes.size and self.codes.max() > UNKNOWN:
            msg = f"codes must be 0 to 3 for A, C, G, T, and 4 for unknown. Got {self.codes.max()}."
            raise InputError(msg)
        parts = {"names": self.names, "spans": self.spans, "labels": self.labels, "groups": self.groups,
                 "coordinates": self.coordinates, "planted": self.planted}  # fmt: skip
        for part, value in parts.items():
            if value is not None and len(value) != len(self.codes):
                msg = f"{part} must have one entry a sequence. Got {len(value)} for {len(self.codes)} sequences."
                raise InputError(msg)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def shape(self) -> tuple[int, int]:
        """``(n, width)``; scikit-learn's splitters index by it."""
        return (len(self), self.width)

    def __getitem__(self, index: Index) -> SequenceSet:
        return replace(
            self,
            codes=self.codes[index],
            names=self.names[index],
            spans=self.spans[index],
            labels=None if self.labels is None else self.labels[index],
            groups=None if self.groups is None else self.groups[index],
            coordinates=None if self.coordinates is None else self.coordinates[index],
            planted=None if self.planted is None else self.planted[index],
        )

    @property
    def width(self) -> int:
        """Number of columns: the length of the longest sequence kept."""
        return int(self.codes.shape[1])

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """``(n,)`` bases of each sequence, padding left out."""
        return self.spans[:, 1] - self.spans[:, 0]

    @property
    def positive(self) -> npt.NDArray[np.bool_]:
        """``(n,)`` whether each sequence is of class 1."""
        if self.labels is None or self.labels.ndim != 1:
            msg = "Expected one label a sequence, 0 or 1. Got a SequenceSet without such labels."
            raise ParameterError(msg)
        return np.asarray(self.labels == 1)

    def string(self, index: int) -> str:
        """Return one sequence as letters, without its padding."""
        start, end = self.spans[index]
        return decode(self.codes[index, start:end])

    def strings(self) -> list[str]:
        """Return all sequences as letters, without their padding."""
        return [self.string(index) for index in range(len(self))]

    def one_hot(self) -> npt.NDArray[np.float32]:
        """Return ``(n, 4, width)`` float32, zeros where unknown or padded."""
        return one_hot(self.codes)

    def with_labels(self, labels: npt.ArrayLike, classes: Iterable[str] = ()) -> SequenceSet:
        """Return the same sequences with these labels, ``(n,)`` or ``(n, n_labels)``."""
        return replace(self, labels=np.asarray(labels, dtype=np.int64), classes=tuple(classes))

    def of_class(self, label: int) -> SequenceSet:
        """Return the sequences whose class is ``label``."""
        if self.labels is None:
            msg = "of_class needs labels, and this SequenceSet has none."
            raise ParameterError(msg)
        return self[self.labels == label]

    def planted_sites(self) -> Iterator[Site]:
        """Yield the sites that were planted, sequence by sequence, at their places in the sequence; no score."""
        if self.planted is None:
            msg = "planted_sites needs simulated sequences. Got a SequenceSet without planted sites."
            raise ParameterError(msg)
        return self.planted.sites(self.names.tolist(), self.spans[:, 0])

    def shuffle(self, *, random_state: int) -> SequenceSet:
        """Return the sequences in a random order, everything about them moved along."""
        order = np.random.default_rng(random_state).permutation(len(self))
        return self[order]

    def resize(self, width: int) -> SequenceSet:
        """Return the sequences in rows of ``width``: cropped or padded about their centre."""
        if width == self.width:
            return self
        if width < 1:
            msg = f"width must be at least 1. Got {width}."
            raise ParameterError(msg)
        return _resized(self, width)


def _resized(sequences: SequenceSet, width: int) -> SequenceSet:
    kept = np.minimum(sequences.lengths, width)
    cut = (sequences.lengths - kept) // 2
    starts = (width - kept) // 2
    shift = starts - sequences.spans[:, 0] - cut
    codes = np.full((len(sequences), width), UNKNOWN, dtype=np.uint8)
    for row, (start, first, n) in enumerate(zip(starts, sequences.spans[:, 0] + cut, kept, strict=True)):
        codes[row, start : start + n] = sequences.codes[row, first : first + n]
    return replace(
        sequences,
        codes=codes,
        spans=np.stack([starts, starts + kept], axis=1),
        coordinates=None if sequences.coordinates is None else sequences.coordinates.cropped(cut, kept),
        planted=None if sequences.planted is None else sequences.planted.moved(shift, starts, starts + kept),
    )


def from_codes(rows: Sequence[Codes], names: Sequence[str] | None = None) -> SequenceSet:
    """Lay sequences of any lengths into one `SequenceSet`, centred, padded with unknown.

    Parameters
    ----------
    rows
        One ``(length,)`` uint8 code array a sequence.
    names
        Their names; ``seq1``, ``seq2``, … by default.

    Raises
    ------
    InputError
        When there is no sequence, or all are empty.
    """
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    return from_joined(np.concatenate(rows) if len(rows) else np.zeros(0, np.uint8), lengths, names)


def from_joined(codes: Codes, lengths: npt.NDArray[np.int64], names: Sequence[str] | None = None) -> SequenceSet:
    """Lay sequences that stand end to end into one `SequenceSet`, as `from_codes` does.

    Parameters
    ----------
    codes
        ``(total,)`` uint8.
    lengths
        ``(n,)`` bases of each, which sum to the total.
    names
        Their names; ``seq1``, ``seq2``, … by default.

    Raises
    ------
    InputError
        When there is no sequence, or all are empty.
    """
    if not len(lengths) or not lengths.max():
        msg = "Expected at least one sequence with at least one base. Got none."
        raise InputError(msg)
    width = int(lengths.max())
    starts = (width - lengths) // 2
    spans = np.stack([starts, starts + lengths], axis=1)
    if (lengths == width).all():
        laid = codes.reshape(-1, width)
    else:
        column = np.arange(width)
        laid = np.full((len(lengths), width), UNKNOWN, dtype=np.uint8)
        laid[(column >= spans[:, :1]) & (column < spans[:, 1:])] = codes
    labelled = [f"seq{index + 1}" for index in range(len(lengths))] if names is None else list(names)
    return SequenceSet(laid, np.array(labelled, dtype=str), spans)


def from_strings(strings: Sequence[str], names: Sequence[str] | None = None) -> SequenceSet:
    """Encode strings of DNA letters as a `SequenceSet`, centred in rows as wide as the longest.

    Parameters
    ----------
    strings
        Sequences, at least one with a letter; either case, U counts as T, any other letter is unknown.
    names
        Their names, one each; ``seq1``, ``seq2``, … by default.

    Raises
    ------
    InputError
        When there is no sequence, all are empty, or there are not as many names as sequences.

    Examples
    --------
    >>> from_strings(["ACGT", "GG"]).strings()
    ['ACGT', 'GG']
    """
    lengths = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
    return from_joined(encode("".join(strings)), lengths, names)


def concatenate(sets: Sequence[SequenceSet]) -> SequenceSet:
    """Join several sets, in order, into rows of the widest; a part is kept if all have it.

    Parameters
    ----------
    sets
        At least one. Labels are class indices as they are: the names of the classes are the first set's.

    Raises
    ------
    InputError
        When there is nothing to join.

    Examples
    --------
    >>> bound, unbound = from_strings(["ACGT"], ["a"]).with_labels([1]), from_strings(["GG"], ["b"]).with_labels([0])
    >>> joined = concatenate([bound, unbound])
    >>> joined.strings(), joined.labels.tolist(), joined.shape
    (['ACGT', 'GG'], [1, 0], (2, 4))
    """
    if not sets:
        msg = "Expected at least one SequenceSet to join. Got none."
        raise InputError(msg)
    width = max(part.width for part in sets)
    parts = [part.resize(width) for part in sets]
    labels = [part.labels for part in parts if part.labels is not None]
    groups = [part.groups for part in parts if part.groups is not None]
    places = [part.coordinates for part in parts if part.coordinates is not None]
    planted = [part.planted for part in parts if part.planted is not None]
    return SequenceSet(
        codes=np.concatenate([part.codes for part in parts]),
        names=np.concatenate([part.names for part in parts]),
        spans=np.concatenate([part.spans for part in parts]),
        labels=np.concatenate(labels) if len(labels) == len(parts) else None,
        groups=np.concatenate(groups) if len(groups) == len(parts) else None,
        coordinates=joined_places(places) if len(places) == len(parts) else None,
        classes=parts[0].classes,
        planted=joined_planted(planted) if len(planted) == len(parts) else None,
    )


def joined_places(places: Sequence[Coordinates]) -> Coordinates:
    """Join coordinates, in order."""
    return Coordinates(
        np.concatenate([place.chromosome for place in places]),
        np.concatenate([place.start for place in places]),
        np.concatenate([place.end for place in places]),
        np.concatenate([place.strand for place in places]),
    )
