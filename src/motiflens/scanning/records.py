"""Sequences of any lengths, one after the other: from a set, from a genome, or as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from motiflens.alphabet import UNKNOWN, Codes
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
        for name in self._genome.sizes:
            yield name, self._genome.whole(name)


def records_of(sequences: SequenceSet | Genome | Records) -> Records:
    """Return names and codes one at a time, whatever the sequences come as.

    Raises
    ------
    InputError
        When they are strings.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> [(name, code.tolist()) for name, code in records_of(from_strings(["AC", "GTN"]))]
    [('seq1', [0, 1]), ('seq2', [2, 3, 4])]
    """
    if isinstance(sequences, SequenceSet):
        return StoredRecords(sequences)
    if isinstance(sequences, Genome):
        return GenomeRecords(sequences)
    if isinstance(sequences, str) or (
        isinstance(sequences, list | tuple) and any(isinstance(s, str) for s in sequences)
    ):
        msg = "Expected a SequenceSet, a genome, or pairs of a name and codes. Got strings: use from_strings first."
        raise InputError(msg)
    return sequences


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
        """Refuse, once all are read, to have scanned nothing or with motifs that fit nowhere.

        Raises
        ------
        InputError
            When no sequence has a base, or every motif is wider than the longest.
        """
        if not self.longest:
            msg = f"Expected at least one sequence with a base to scan. Got {len(self.names)} sequences, all empty."
            raise InputError(msg)
        narrowest = min(motifs, key=lambda motif: motif.width)
        if narrowest.width > self.longest:
            msg = (f"Motif {narrowest.name!r} is {narrowest.width} bases wide, wider than the longest sequence of "
                   f"{self.longest}, and so is every other. Give longer sequences.")  # fmt: skip
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
    if code.size and code.max() > UNKNOWN:
        msg = f"Codes of sequence {str(name)!r} must be 0 to 3 for A, C, G, T, and 4 for unknown. Got {code.max()}."
        raise InputError(msg)
    return code
