"""Sequences of any lengths, one after the other: from a set, from a genome, or as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from motiflens.alphabet import Codes
from motiflens.errors import InputError
from motiflens.formats.regions import Genome
from motiflens.motifs import Motif
from motiflens.sequences import SequenceSet

Records = Iterable[tuple[str, Codes]]
"""Names and ``(length,)`` uint8 codes of sequences, read one at a time."""


class StoredRecords:
    """The rows of a SequenceSet without their padding, as often as asked for."""

    def __init__(self, sequences: SequenceSet) -> None:
        self._sequences = sequences

    def __iter__(self) -> Iterator[tuple[str, Codes]]:
        spans = self._sequences.spans.tolist()
        for name, row, (start, end) in zip(self._sequences.names.tolist(), self._sequences.codes, spans, strict=True):
            yield name, row[start:end]


class GenomeRecords:
    """The chromosomes of a genome, whole, as often as asked for."""

    def __init__(self, genome: Genome) -> None:
        self._genome = genome

    def __iter__(self) -> Iterator[tuple[str, Codes]]:
        for name, size in self._genome.sizes.items():
            yield name, self._genome.fetch(name, 0, size)


def records_of(sequences: SequenceSet | Genome | Records) -> Records:
    """Return names and codes one at a time, whatever the sequences come as.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> [(name, code.tolist()) for name, code in records_of(from_strings(["AC", "GTN"]))]
    [('seq1', [0, 1]), ('seq2', [2, 3, 4])]
    """
    if isinstance(sequences, SequenceSet):
        return StoredRecords(sequences)
    return GenomeRecords(sequences) if isinstance(sequences, Genome) else sequences


class Watched:
    """The codes of records, checked, with what is seen of them kept: their names, the longest."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.names: list[str] = []
        self.longest = 0

    def __iter__(self) -> Iterator[Codes]:
        for name, code in self._records:
            yield checked_codes(name, code)
            self.names.append(str(name))
            self.longest = max(self.longest, len(code))

    def check(self, motifs: Sequence[Motif]) -> None:
        """Refuse, once all are read, to have scanned nothing or with a motif that fits nowhere.

        Raises
        ------
        InputError
            When no sequence has a base, or a motif is wider than the longest.
        """
        if not self.longest:
            msg = f"Expected at least one sequence with a base to scan. Got {len(self.names)} sequences, all empty."
            raise InputError(msg)
        widest = max(motifs, key=lambda motif: motif.width)
        if widest.width > self.longest:
            msg = (f"Motif {widest.name!r} is {widest.width} bases wide, wider than the longest sequence of "
                   f"{self.longest}. Leave it out, or give longer sequences.")  # fmt: skip
            raise InputError(msg)


def checked_codes(name: str, code: Codes) -> Codes:
    """Return codes as they are, ``(length,)`` uint8.

    Raises
    ------
    InputError
        When they are anything else.
    """
    if not isinstance(code, np.ndarray) or code.ndim != 1 or code.dtype != np.uint8:
        got = f"{code.dtype} of shape {code.shape}" if isinstance(code, np.ndarray) else type(code).__name__
        msg = f"Sequence {str(name)!r} must be a (length,) uint8 array of codes 0 to 4. Got {got}."
        raise InputError(msg)
    return code
