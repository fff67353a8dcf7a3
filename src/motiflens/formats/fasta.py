"""FASTA, and what all readers of sequences share: a file's bytes, and checked records.

Work is done on whole byte strings, never letter by letter, so that a million short
records take seconds and a genome of 12 Mb a fraction of one.
"""

from __future__ import annotations

import gzip
import logging
import re
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import IUPAC, Codes, encode
from motiflens.errors import InputError
from motiflens.sequences import Coordinates

_log = logging.getLogger(__name__)

_GZIP = b"\x1f\x8b"
_OTHER_COMPRESSION = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
_BOM = b"\xef\xbb\xbf"
_CONTROL = bytes(set(range(32)) - set(b"\t\n\x0b\x0c\r"))
_BLANK = b" \t\n\x0b\x0c"
_LETTERS = "".join(sorted(IUPAC)).encode() + "".join(sorted(IUPAC)).lower().encode()
_PLACE = re.compile(r"(?:.*::)?(.+):([0-9]{1,15})-([0-9]{1,15})(?:\(([+.-])\))?")
_BLOCK = 65536
_PROTEIN_ONLY = frozenset(b"EFILPQ")


@dataclass(frozen=True)
class Records:
    """Sequences of one file, end to end, with what the file says about each.

    Attributes
    ----------
    codes
        ``(total,)`` uint8, all bases one after the other, A C G T = 0-3, 4 = unknown.
    lengths
        ``(n,)`` int64, bases of each sequence, at least 1.
    names
        ``n`` names, never empty; they may repeat.
    labels
        None, or ``n`` labels as the file spells them.
    coordinates
        None, or where the sequences lie in the genome.
    """

    codes: Codes
    lengths: npt.NDArray[np.int64]
    names: list[str]
    labels: list[str] | None = None
    coordinates: Coordinates | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    def cropped(self, kept: npt.NDArray[np.int64]) -> Records:
        """Return the sequences cropped about their centre to ``(n,)`` bases, none more than they have."""
        if (kept == self.lengths).all():
            return self
        cut = (self.lengths - kept) // 2
        first = np.cumsum(self.lengths) - self.lengths + cut
        codes = [self.codes[a:b] for a, b in zip(first.tolist(), (first + kept).tolist(), strict=True)]
        places = None if self.coordinates is None else self.coordinates.cropped(cut, kept)
        return replace(self, codes=np.concatenate(codes), lengths=kept, coordinates=places)


def title(source: str | Path) -> str:
    """Return what messages call a source: its path, or ``standard input`` for ``-``."""
    return "standard input" if str(source) == "-" else str(source)


def read_bytes(source: str | Path) -> bytes:
    r"""Read a text file, gzipped or not, as bytes whose lines end in ``\n``.

    Parameters
    ----------
    source
        A path, or ``-`` for standard input, which can be read only once.

    Raises
    ------
    InputError
        When the file is missing, unreadable, empty, a directory, a broken gzip or not text.
    """
    data = _raw(source)
    if data.startswith(_GZIP):
        data = _unzipped(data, source)
    for magic, program in _OTHER_COMPRESSION.items():
        if data.startswith(magic):
            msg = f"{title(source)} is compressed with {program}. Expected plain text or gzip: decompress it first."
            raise InputError(msg)
    if _has_control(data[:_BLOCK]):
        msg = f"{title(source)} is a binary file. Expected text: FASTA, BED, a table, or one sequence a line."
        raise InputError(msg)
    data = data.removeprefix(_BOM)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not data or data.isspace():
        once = " It can be read only once: give - once." if str(source) == "-" else ""
        msg = f"{title(source)} is empty. Expected at least one sequence.{once}"
        raise InputError(msg)
    return data


def is_text(path: str | Path) -> bool:
    """Tell whether the first block of a file has no control characters, as binary and gzipped files do.

    Raises
    ------
    InputError
        When there is no such file, or it cannot be read.
    """
    return not _has_control(_raw(path, n=_BLOCK))


def _has_control(data: bytes) -> bool:
    return len(data.translate(None, _CONTROL)) < len(data)


def _raw(source: str | Path, n: int | None = None) -> bytes:
    """Return the first ``n`` bytes, or all; of a binary file, which may have no end, the first block."""
    if str(source) == "-" and sys.stdin is None:
        msg = "Standard input is closed. Give a file, or pipe the sequences in."
        raise InputError(msg)
    try:
        if str(source) == "-":
            return _block_or_all(sys.stdin.buffer, n)
        with Path(source).open("rb") as file:
            return _block_or_all(file, n)
    except FileNotFoundError:
        msg = f"There is no file {str(source)!r}. Check the path."
    except IsADirectoryError:
        msg = f"{str(source)!r} is a directory. Expected a file."
    except (OSError, ValueError) as error:
        msg = f"{str(source)!r} cannot be read: {error}."
    raise InputError(msg)


def _block_or_all(file: BinaryIO, n: int | None) -> bytes:
    head = file.read(_BLOCK if n is None else n)
    binary = b"\0" in head and not head.startswith(_GZIP)
    return head if binary or n is not None else head + file.read()


def _unzipped(data: bytes, source: str | Path) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{title(source)} is a broken or truncated gzip file ({error}). Fetch or write it again."
        raise InputError(msg) from error


def after_comments(data: bytes) -> tuple[bytes, int]:
    r"""Skip blank lines and lines that start with ``#`` or ``;``; return the rest and their number.

    Examples
    --------
    >>> after_comments(b"# by hand\n\n>a\nACGT\n")
    (b'>a\nACGT\n', 2)
    """
    start = skipped = 0
    while start < len(data):
        end = data.find(b"\n", start)
        line = data[start : end if end >= 0 else len(data)].strip()
        if line and not line.startswith((b"#", b";")):
            return data[start:] if start else data, skipped
        if end < 0:
            break
        start, skipped = end + 1, skipped + 1
    return b"", skipped


def encode_records(
    bodies: Sequence[bytes],
    names: Sequence[str],
    *,
    source: str | Path,
    line_of: Callable[[int], int],
    mask_lower: bool = False,
) -> Records:
    """Check the letters of ``n`` sequences and encode them.

    Parameters
    ----------
    bodies
        The letters of each sequence, without blanks or line ends.
    names
        Their names; an empty one becomes ``seqN``, N counted from 1.
    source
        The file, for messages.
    line_of
        Line number of a record in the file, by its index; asked only to report an error.
    mask_lower
        Treat lower-case letters as unknown. Default False.

    Raises
    ------
    InputError
        When a record is empty or holds anything but IUPAC letters of nucleotides.
    """
    lengths = np.fromiter(map(len, bodies), dtype=np.int64, count=len(bodies))
    joined = b"".join(bodies)
    named = [name or f"seq{index}" for index, name in enumerate(names, 1)]
    if not lengths.all():
        index = int(np.argmin(lengths))
        msg = f"{title(source)}:{line_of(index)}: record {named[index]!r} has no sequence. Add it, or drop the record."
        raise InputError(msg)
    if joined.translate(None, _LETTERS):
        index = next(i for i, body in enumerate(bodies) if body.translate(None, _LETTERS))
        msg = f"{title(source)}:{line_of(index)}: record {named[index]!r} {_stray_letters(bodies[index])}"
        raise InputError(msg)
    return Records(encode(joined, mask_lower=mask_lower), lengths, named)


def _stray_letters(body: bytes) -> str:
    stray = body.translate(None, _LETTERS)
    first = stray.decode("utf-8", "replace")[0]
    many = stray.isalpha() and len(stray) > len(body) / 10
    protein = many or len(_PROTEIN_ONLY.intersection(stray.upper())) > 1
    hint = " It looks like protein: give DNA." if protein else ""
    return f"must hold DNA letters (A C G T, U, N and other IUPAC codes). Got {first!r}.{hint}"


def parse_fasta(data: bytes, *, source: str | Path, mask_lower: bool = False) -> Records:
    r"""Read FASTA from the bytes of a file; a name is the first word of its header.

    Parameters
    ----------
    data
        As `read_bytes` gives them; comment lines may stand before the first record.
    source
        The file, for messages.
    mask_lower
        Treat lower-case (soft-masked) letters as unknown. Default False: they are sequence.

    Raises
    ------
    InputError
        When the first line is no header, or a record is empty or not DNA.

    Examples
    --------
    >>> records = parse_fasta(b">a one\nAC\ngt\n>b\nN\n", source="x.fa")
    >>> records.names, records.lengths.tolist(), records.codes.tolist()
    (['a', 'b'], [4, 1], [0, 1, 2, 3, 4])
    """
    text, skipped = after_comments(data)
    if not text.startswith(b">"):
        msg = f"{title(source)}:{skipped + 1}: expected a FASTA header ('>name'). Got {shown(text)}."
        raise InputError(msg)
    records = text[1:].split(b"\n>")
    words, bodies = [], []
    for record in records:
        header, _, body = record.partition(b"\n")
        words.append(header.split(None, 1)[0] if header.strip() else b"")
        bodies.append(body.translate(None, _BLANK))
    names = b"\n".join(words).decode("utf-8", "replace").split("\n")

    def line_of(index: int) -> int:
        return 1 + skipped + sum(record.count(b"\n") + 1 for record in records[:index])

    return encode_records(bodies, names, source=source, line_of=line_of, mask_lower=mask_lower)


def named_places(names: Sequence[str], lengths: npt.NDArray[np.int64]) -> Coordinates | None:
    """Return the places told by names such as ``chr6:100-200(-)``, or None unless all tell one.

    Places are 0-based half-open as bedtools writes them, or 1-based inclusive as samtools does,
    whichever fits the length; when neither does, there are no coordinates.

    Examples
    --------
    >>> named_places(["chr6:100-104", "chr6:100-103"], np.array([4, 4])).start.tolist()
    [100, 99]
    """
    chromosome, first, last, strand = [], [], [], []
    for name in names:
        match = _PLACE.fullmatch(name)
        if match is None:
            return None
        chromosome.append(match[1])
        first.append(int(match[2]))
        last.append(int(match[3]))
        strand.append("-" if match[4] == "-" else "+")
    start, end = np.array(first, dtype=np.int64), np.array(last, dtype=np.int64)
    one_based = (end - start + 1 == lengths) & (start > 0)
    if not ((end - start == lengths) | one_based).all():
        _log.info("The names look like places, but do not fit the lengths of the sequences: no coordinates.")
        return None
    return Coordinates(np.array(chromosome), start - one_based, end, np.array(strand))


def shown(text: bytes, width: int = 60) -> str:
    r"""Return the first line of a text, quoted and cut, for a message.

    Examples
    --------
    >>> shown(b"hello world\n", width=5)
    "'hello...'"
    """
    line = text.partition(b"\n")[0].decode("utf-8", "replace")
    return repr(line if len(line) <= width else line[:width] + "...")


def read_fasta(source: str | Path, *, mask_lower: bool = False) -> Records:
    """Read a FASTA file, plain or gzipped; ``-`` is standard input.

    Raises
    ------
    InputError
        When the file cannot be read, is not FASTA, or a record is empty or not DNA.
    """
    return parse_fasta(read_bytes(source), source=source, mask_lower=mask_lower)
