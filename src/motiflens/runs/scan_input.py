"""The sequences of a scan: whole, of any lengths, and a large genome chromosome by chromosome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motiflens.alphabet import Codes
from motiflens.formats.fasta import Records as Flat
from motiflens.formats.fasta import after_comments, is_text, named_places
from motiflens.formats.regions import Genome, open_genome
from motiflens.recognising import read_records
from motiflens.runs.record import checksums
from motiflens.scanning.records import GenomeRecords
from motiflens.sequences import Coordinates

_LARGE = 2**28
"""Bytes of a FASTA file from which on it is read chromosome by chromosome."""
_HEAD = 2**16


@dataclass(frozen=True)
class ScanFiles:
    """Where the sequences to scan come from, and how they are read.

    Attributes
    ----------
    sources
        Files as `read_sequences` takes them; ``-`` is standard input.
    genome
        FASTA file that regions refer to.
    window
        Bases around each region's summit, or about the centre of other sequences; all of them
        by default.
    mask_lower
        Treat lower-case letters as unknown.
    """

    sources: tuple[str, ...]
    genome: str | None = None
    window: int | None = None
    mask_lower: bool = False

    def open(self) -> ScanInput:
        """Read the sequences, or make ready to read a large file.

        Raises
        ------
        InputError
            When a file cannot be read or what is in it cannot be used.
        """
        if self.window is None and len(self.sources) == 1 and _is_large_fasta(self.sources[0]):
            genome = open_genome(self.sources[0], mask_lower=self.mask_lower)
            lengths = np.fromiter(genome.sizes.values(), dtype=np.int64, count=len(genome.sizes))
            return ScanInput(genome, named_places(list(genome.sizes), lengths))
        records = read_records(self.sources, genome=self.genome, window=self.window, mask_lower=self.mask_lower)
        if self.window is not None:
            records = records.cropped(np.minimum(records.lengths, self.window))
        return ScanInput(records, records.coordinates)

    def checksums(self) -> dict[str, str]:
        """Return the SHA-256 of every input file, by its path; streams cannot be read twice."""
        return checksums([*self.sources, *([self.genome] if self.genome else [])])


@dataclass(frozen=True)
class ScanInput:
    """Sequences, as often as asked for: iterating gives names and codes, one sequence at a time.

    Attributes
    ----------
    held
        Where they are.
    coordinates
        Where they lie in the genome, or None.
    """

    held: Flat | Genome
    coordinates: Coordinates | None = None

    def __iter__(self) -> Iterator[tuple[str, Codes]]:
        if isinstance(self.held, Genome):
            yield from GenomeRecords(self.held)
        else:
            ends = np.cumsum(self.held.lengths)
            for name, start, end in zip(
                self.held.names, (ends - self.held.lengths).tolist(), ends.tolist(), strict=True
            ):
                yield name, self.held.codes[start:end]

    @property
    def n_bases(self) -> int:
        """Bases of all sequences together."""
        return sum(self.held.sizes.values()) if isinstance(self.held, Genome) else len(self.held.codes)


def _is_large_fasta(path: str) -> bool:
    file = Path(path)
    if path == "-" or not file.is_file() or file.stat().st_size < _LARGE or not is_text(file):
        return False
    with file.open("rb") as opened:
        return after_comments(opened.read(_HEAD))[0].startswith(b">")
