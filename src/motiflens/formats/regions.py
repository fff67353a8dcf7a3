"""Regions of a genome, from BED and narrowPeak files, and the genome to read them from."""

from __future__ import annotations

import logging
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyfaidx  # type: ignore[import-untyped]

from motiflens.alphabet import Codes
from motiflens.errors import InputError, ParameterError
from motiflens.formats.fasta import encode_records, is_text, read_bytes, read_fasta, title
from motiflens.sequences import Index

_log = logging.getLogger(__name__)

_TYPES = (np.str_, np.int64, np.int64, np.str_, np.str_, np.float64, np.int64)
_SKIPPED = ("#", "track ", "track\t", "browser ", "browser\t")
_REGION = re.compile(r"[^\t]*\S\t-?\d+\t-?\d+|\S+\s+-?\d+\s+-?\d+(\s|$)")
_POSITION = re.compile(r"[0-9]{1,15}")
_ROMAN = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX".split()  # noqa: SIM905
_MITOCHONDRION = ("M", "MT", "Mito", "MtDNA")


@dataclass(frozen=True)
class Regions:
    """Intervals of a genome, 0-based half-open, as in BED.

    Attributes
    ----------
    chromosome
        ``(n,)`` names.
    start, end
        ``(n,)`` int64, the first base and one past the last.
    strand
        ``(n,)`` of ``+`` or ``-``; ``+`` where the file gives none.
    name
        ``(n,)`` names; empty where the file gives none.
    score
        ``(n,)`` float64; NaN where the file gives none.
    summit
        ``(n,)`` int64 position of the peak in the chromosome; -1 where the file gives none.
    """

    chromosome: npt.NDArray[np.str_]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    strand: npt.NDArray[np.str_]
    name: npt.NDArray[np.str_]
    score: npt.NDArray[np.float64]
    summit: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, index: Index) -> Regions:
        return Regions(*(getattr(self, part)[index] for part in self.__dataclass_fields__))

    def around(self, window: int) -> Regions:
        """Return ``window`` bases about each summit, or about the centre where there is none.

        The middle base stands at column ``window // 2`` of the forward strand.

        Raises
        ------
        ParameterError
            When the window is not at least 1.
        """
        if window < 1:
            msg = f"window must be at least 1. Got {window}."
            raise ParameterError(msg)
        middle = np.where(self.summit >= 0, self.summit, (self.start + self.end) // 2)
        return replace(self, start=middle - window // 2, end=middle - window // 2 + window)


def is_region(line: str) -> bool:
    r"""Tell whether a line begins with a name and two whole numbers, or heads a browser track.

    Examples
    --------
    >>> is_region("chr1\t10\t20"), is_region("track name=peaks"), is_region("ACGT")
    (True, True, False)
    """
    return bool(_REGION.match(line)) or line.startswith(_SKIPPED[1:])


def read_regions(source: str | Path) -> Regions:
    r"""Read a BED or narrowPeak file, plain or gzipped.

    Parameters
    ----------
    source
        A path, or ``-`` for standard input.

    Raises
    ------
    InputError
        When the file cannot be read, or as `parse_regions`.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "peaks.bed")
    ...     _ = path.write_text("chr1\t10\t30\tpeak1\nchr2\t5\t25\tpeak2\n")
    ...     regions = read_regions(path)
    >>> regions.chromosome.tolist(), regions.start.tolist(), regions.name.tolist()
    (['chr1', 'chr2'], [10, 5], ['peak1', 'peak2'])
    """
    return parse_regions(read_bytes(source), source=source)


def parse_regions(data: bytes, *, source: str | Path) -> Regions:
    r"""Read BED or narrowPeak from the bytes of a file.

    The summit is taken from column 10 when there are exactly ten columns, as in narrowPeak.

    Raises
    ------
    InputError
        When there is no region, or a line is not a region.

    Examples
    --------
    >>> regions = parse_regions(b"chr1\t10\t30\tp1\t7\t-\n", source="x.bed")
    >>> regions.start.tolist(), regions.strand.tolist(), regions.around(4).start.tolist()
    ([10], ['-'], [18])
    """
    rows = []
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        if not line.strip() or line.startswith(_SKIPPED):
            continue
        try:
            rows.append(_row(line))
        except ValueError as error:
            msg = f"{title(source)}:{number}: {error}"
            raise InputError(msg) from error
    if not rows:
        msg = f"{title(source)} has no region. Expected lines of chromosome, start and end."
        raise InputError(msg)
    return Regions(*(np.array(part, dtype=kind) for part, kind in zip(zip(*rows, strict=True), _TYPES, strict=True)))


def _row(line: str) -> tuple[str, int, int, str, str, float, int]:
    fields = line.rstrip().split("\t") if "\t" in line else line.split()
    if len(fields) < 3 or not fields[0]:
        msg = f"expected chromosome, start and end. Got {len(fields)} columns."
        raise ValueError(msg)
    if not (_POSITION.fullmatch(fields[1]) and _POSITION.fullmatch(fields[2]) and int(fields[1]) < int(fields[2])):
        msg = f"start and end must be whole numbers, 0 <= start < end. Got {fields[1]!r} and {fields[2]!r}."
        raise ValueError(msg)
    strand = fields[5] if len(fields) > 5 else "."
    if strand not in ("+", "-", "."):
        msg = f"the strand, in column 6, must be +, - or a dot. Got {strand!r}."
        raise ValueError(msg)
    start, end = int(fields[1]), int(fields[2])
    name = fields[3] if len(fields) > 3 and fields[3] != "." else ""
    score = _number(fields[4]) if len(fields) > 4 else float("nan")
    return (fields[0], start, end, "-" if strand == "-" else "+", name, score, _summit(fields, start, end))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _summit(fields: Sequence[str], start: int, end: int) -> int:
    if len(fields) != 10 or fields[9] == "-1":
        return -1
    if not _POSITION.fullmatch(fields[9]) or start + int(fields[9]) >= end:
        msg = f"the peak, in column 10, must be -1 or an offset within the {end - start} bases. Got {fields[9]!r}."
        raise ValueError(msg)
    return start + int(fields[9])


class Genome:
    """Chromosomes of a FASTA file, read when first asked for and then kept as codes.

    Parameters
    ----------
    sizes
        Bases of each chromosome, by name, in the order of the file.
    load
        Reads a whole chromosome, ``(size,)`` uint8, by its name.
    source
        The file, for messages.
    """

    def __init__(self, sizes: Mapping[str, int], load: Callable[[str], Codes], *, source: str | Path) -> None:
        self.sizes = dict(sizes)
        self.source = str(source)
        self._load = load
        self._held: dict[str, Codes] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the chromosomes, in the order of the file."""
        return tuple(self.sizes)

    def fetch(self, chromosome: str, start: int, end: int) -> Codes:
        """Return bases ``[start, end)`` of a chromosome: ``(end - start,)`` uint8, read-only.

        Raises
        ------
        InputError
            When the chromosome is unknown, or the interval does not lie in it.
        """
        codes = self._held.get(chromosome)
        if codes is None:
            self.check_names([chromosome])
            codes = self._held[chromosome] = self._load(chromosome)
            codes.flags.writeable = False
        if not 0 <= start <= end <= len(codes):
            msg = f"Expected an interval of {chromosome} (0 to {len(codes)}) of {self.source}. Got {start} to {end}."
            raise InputError(msg)
        return codes[start:end]

    def whole(self, chromosome: str) -> Codes:
        """Return all bases of a chromosome, ``(size,)`` uint8, without keeping them for later.

        Raises
        ------
        InputError
            When the chromosome is unknown.
        """
        self.check_names([chromosome])
        held = self._held.get(chromosome)
        return self._load(chromosome) if held is None else held

    def check_names(self, chromosomes: Iterable[str], *, source: str | Path = "") -> None:
        """Refuse chromosomes that the genome does not have, and say how they may be renamed.

        Raises
        ------
        InputError
            When a name is unknown; up to three are listed.
        """
        unknown = [name for name in dict.fromkeys(chromosomes) if name not in self.sizes]
        if unknown:
            where = f"{title(source)}: " if source else ""
            known = _listed(self.names, most=20)
            msg = f"{where}chromosomes must be named as in {self.source} ({known}). Got {_listed(unknown, most=3)}."
            raise InputError(msg + _renaming_hint(unknown, self.sizes))


def _listed(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more


def _renaming_hint(unknown: Sequence[str], known: Iterable[str]) -> str:
    there = frozenset(known)
    found: dict[str, dict[str, str]] = {}
    for name in unknown:
        for reason, others in _renamings(name).items():
            match = next((other for other in others if other in there), None)
            if match:
                found.setdefault(reason, {})[name] = match
    if not found:
        return ""
    reason, pairs = max(found.items(), key=lambda item: len(item[1]))
    examples = ", ".join(f"{name} is {match}" for name, match in list(pairs.items())[:3])
    return f" {len(pairs)} of {len(unknown)} unknown names match {reason} ({examples}): rename them in one file."


def _renamings(name: str) -> dict[str, tuple[str, ...]]:
    bare = re.sub("^chr", "", name, flags=re.IGNORECASE)
    roman = _ROMAN[int(bare) - 1] if bare in map(str, range(1, len(_ROMAN) + 1)) else None
    arabic = str(_ROMAN.index(bare.upper()) + 1) if bare.upper() in _ROMAN else None
    mitochondrial = bare.upper() in map(str.upper, _MITOCHONDRION)
    return {
        "without 'chr'": (bare,),
        "with 'chr' added": (f"chr{bare}",),
        "with roman for arabic numerals": (roman, f"chr{roman}") if roman else (),
        "with arabic for roman numerals": (arabic, f"chr{arabic}") if arabic else (),
        "as the mitochondrion": tuple(p + m for p in ("", "chr") for m in _MITOCHONDRION) if mitochondrial else (),
    }


def open_genome(source: str | Path, *, mask_lower: bool = False) -> Genome:
    r"""Open a FASTA file, plain or gzipped, for many random reads.

    A plain file is indexed (``.fai`` beside it, as samtools does, or nowhere when that cannot
    be written) and its chromosomes are read one by one when needed. A gzipped one is read into
    memory at once, which takes four bytes a base for a moment: decompress a large genome first.

    Parameters
    ----------
    source
        The file.
    mask_lower
        Treat lower-case (soft-masked) letters as unknown. Default False.

    Raises
    ------
    InputError
        When the file cannot be read, is not FASTA, or names a chromosome twice.

    Examples
    --------
    >>> from motiflens.alphabet import decode
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "genome.fa")
    ...     _ = path.write_text(">chr1\nACGTTT\n>chr2\nGGCC\n")
    ...     genome = open_genome(path)
    ...     codes = genome.fetch("chr1", 2, 5)
    >>> genome.sizes, decode(codes)
    ({'chr1': 6, 'chr2': 4}, 'GTT')
    """
    if str(source) == "-":
        msg = "The genome must be a file, which can be read at random. Got standard input."
        raise InputError(msg)
    index = _index(Path(source)) if is_text(source) else None
    if index is None:
        return _genome_in_memory(source, mask_lower=mask_lower)

    def load(name: str) -> Codes:
        return _indexed_chromosome(Path(source), name, index[name], mask_lower=mask_lower)

    return Genome({name: record.rlen for name, record in index.items()}, load, source=source)


def _index(path: Path) -> dict[str, pyfaidx.IndexRecord] | None:
    """Return where each chromosome lies, or None when the file does not lend itself to it."""
    with tempfile.TemporaryDirectory() as folder:
        for place in (Path(f"{path}.fai"), Path(folder) / "index.fai"):
            try:
                with pyfaidx.Faidx(str(path), indexname=str(place)) as faidx:
                    return dict(faidx.index)
            except OSError as error:
                _log.info("The index of %s cannot be kept at %s (%s).", path, place, error)
            except (pyfaidx.FastaIndexingError, RuntimeError, ValueError) as error:
                _log.info("%s cannot be indexed (%s) and is read into memory.", path, error)
                return None
    return None


def _indexed_chromosome(path: Path, name: str, place: pyfaidx.IndexRecord, *, mask_lower: bool) -> Codes:
    with path.open("rb") as file:
        file.seek(place.offset)
        letters = file.read(place.bend - place.offset).translate(None, b"\r\n")
    if len(letters) != place.rlen or b">" in letters:
        msg = f"{path}.fai does not belong to {path}: chromosome {name} is not where it says. Delete the index."
        raise InputError(msg)

    def line_of(_: int) -> int:
        with path.open("rb") as file:
            return file.read(place.offset).count(b"\n")

    return encode_records([letters], [name], source=path, line_of=line_of, mask_lower=mask_lower).codes


def _genome_in_memory(source: str | Path, *, mask_lower: bool) -> Genome:
    records = read_fasta(source, mask_lower=mask_lower)
    codes = dict(zip(records.names, np.split(records.codes, np.cumsum(records.lengths)[:-1]), strict=True))
    if len(codes) < len(records):
        twice, _ = Counter(records.names).most_common(1)[0]
        msg = f"{title(source)} has two chromosomes named {twice!r}. Expected each name once."
        raise InputError(msg)
    return Genome({name: len(part) for name, part in codes.items()}, codes.__getitem__, source=source)
