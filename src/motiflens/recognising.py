"""Any file of sequences, recognised by its content: each sequence as long as it is, end to end."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motiflens.alphabet import reverse_complement
from motiflens.errors import InputError, ParameterError
from motiflens.formats import tables
from motiflens.formats.fasta import Records, after_comments, named_places, parse_fasta, read_bytes, shown, title
from motiflens.formats.regions import Genome, Regions, is_region, open_genome, parse_regions
from motiflens.sequences import Coordinates

_log = logging.getLogger(__name__)

_SHORTEST_REGION = 20
_LABELS = frozenset(["labels", "named labels"])
SEQUENCES, TRUTH = "sequences.tsv", "truth.json"
"""In a folder that ``motiflens simulate`` wrote: all sequences with their labels; how they were made."""
WIDEST = 1_000_000_000
"""Most bases that a width or a window may ask for."""


@dataclass(frozen=True)
class _File:
    source: str
    data: bytes
    kind: str


def read_records(
    sources: Sequence[str | Path],
    *,
    genome: str | Path | None = None,
    window: int | None = None,
    mask_lower: bool = False,
) -> Records:
    """Read files as `motiflens.reading.read_sequences` does, but lay the sequences end to end, whole.

    Parameters
    ----------
    sources, genome, window, mask_lower
        As in `read_sequences`. The window is taken about regions; other sequences are not cropped.

    Raises
    ------
    InputError
        When a file cannot be read, is of no known kind, or a record in it is not usable.
    ParameterError
        When there is no source, ``-`` is given twice, or the window is out of range.
    """
    check_bases("window", window)
    stdin = sum(str(each) == "-" for each in sources)
    if not sources or stdin > 1:
        msg = f"Expected at least one source, and - at most once: give it once. Got {len(sources)}, {stdin} of them -."
        raise ParameterError(msg)
    files = [_recognised(in_folder(each)) for each in sources]
    place = _genome_for(files, genome, mask_lower=mask_lower)
    return _joined(_parsed(files, place, window=window, mask_lower=mask_lower))


def in_folder(source: str | Path) -> str | Path:
    """Return a file as it is, and for a folder that ``motiflens simulate`` wrote its `sequences.tsv`.

    Raises
    ------
    InputError
        When it is another folder.
    """
    if str(source) == "-" or not Path(source).is_dir():
        return source
    missing = [name for name in (SEQUENCES, TRUTH) if not Path(source, name).is_file()]
    if missing:
        msg = f"{source}: expected files, or a folder that motiflens simulate wrote. Got a folder without {missing[0]}."
        raise InputError(msg)
    return Path(source, SEQUENCES)


def task_files(folder: str | Path) -> list[str]:
    """Return the files of a simulated task that are read when its folder is given.

    Raises
    ------
    InputError
        When it is another folder.
    """
    return [str(in_folder(folder)), str(Path(folder, TRUTH))]


def check_bases(name: str, value: int | None) -> None:
    """Raise `ParameterError` when a width or window is given and not from 1 to 1e9."""
    if value is not None and not 1 <= value <= WIDEST:
        msg = f"{name} must be at least 1 and at most {WIDEST}. Got {value}."
        raise ParameterError(msg)


def _recognised(source: str | Path) -> _File:
    data = read_bytes(source)
    text, _ = after_comments(data)
    line = text.partition(b"\n")[0].decode("utf-8", "replace")
    if line.startswith(">"):
        kind = "FASTA"
    elif is_region(line):
        kind = "regions"
    elif tables.is_table(line):
        kind = "a table"
    elif tables.is_label_table(line):
        kind = "named labels"
    elif tables.is_labels(data):
        kind = "labels"
    elif tables.is_sequence_line(line):
        kind = "lines"
    else:
        msg = (f"{title(source)} is not recognised. Expected FASTA, BED, a table with a 'sequence' column, one "
               f"sequence a line, or labels (one a line, or 'name' and 'label' columns) beside sequences. Its first "
               f"line is {shown(text)}.")  # fmt: skip
        raise InputError(msg)
    return _File(title(source), data, kind)


def _genome_for(files: Sequence[_File], genome: str | Path | None, *, mask_lower: bool) -> Genome | None:
    regions = [file for file in files if file.kind == "regions"]
    if not regions:
        return None
    if genome is None:
        msg = f"{regions[0].source} has regions, and needs the genome to read them from: genome= (--genome FASTA)."
        raise InputError(msg)
    return open_genome(genome, mask_lower=mask_lower)


def _parsed(files: Sequence[_File], genome: Genome | None, *, window: int | None, mask_lower: bool) -> list[Records]:
    """Return the records of each file; labels join all files since the last labels."""
    n_labels = sum(file.kind in _LABELS for file in files)
    if n_labels and any(file.kind == "regions" for file in files):
        msg = "A file of labels cannot go with regions, some of which may be dropped. Give the classes one by one."
        raise InputError(msg)
    if n_labels == 1:
        files = sorted(files, key=lambda file: file.kind in _LABELS)
    done: list[Records] = []
    waiting: list[Records] = []
    for file in files:
        if file.kind in _LABELS:
            done.append(_labelled(waiting, file))
            waiting = []
        else:
            waiting.append(_records(file, genome, window=window, mask_lower=mask_lower))
    return done + waiting


def _records(file: _File, genome: Genome | None, *, window: int | None, mask_lower: bool) -> Records:
    if genome is not None and file.kind == "regions":
        return extract(parse_regions(file.data, source=file.source), genome, window=window, source=file.source)
    parse = {"FASTA": parse_fasta, "a table": tables.parse_table, "lines": tables.parse_lines}[file.kind]
    records = parse(file.data, source=file.source, mask_lower=mask_lower)
    return replace(records, coordinates=named_places(records.names, records.lengths))


def _labelled(waiting: Sequence[Records], file: _File) -> Records:
    if not waiting:
        msg = f"{file.source} has labels, not sequences. Give it after the file of the sequences that it labels."
        raise InputError(msg)
    joined = _joined(waiting)
    if any(part.labels for part in waiting):
        msg = f"{file.source} has labels for sequences that have some already. Give one or the other."
        raise InputError(msg)
    if file.kind == "labels":
        labels = tables.parse_labels(file.data, n_sequences=len(joined), source=file.source)
    else:
        labels = tables.parse_label_table(file.data, names=joined.names, source=file.source)
    return replace(joined, labels=labels)


def _joined(parts: Sequence[Records]) -> Records:
    labels = [part.labels for part in parts if part.labels is not None]
    places = [part.coordinates for part in parts if part.coordinates is not None]
    if 0 < len(labels) < len(parts):
        _log.warning("Only %d of %d files have labels: none is used.", len(labels), len(parts))
    return Records(
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        [name for part in parts for name in part.names],
        [label for part in labels for label in part] if len(labels) == len(parts) else None,
        _joined_places(places) if len(places) == len(parts) else None,
    )


def _joined_places(places: Sequence[Coordinates]) -> Coordinates:
    parts = ("chromosome", "start", "end", "strand")
    return Coordinates(*(np.concatenate([getattr(place, part) for place in places]) for part in parts))


def extract(regions: Regions, genome: Genome, *, window: int | None = None, source: str | Path = "regions") -> Records:
    """Read the sequences of regions, those on the minus strand reverse complemented.

    Regions that pass an end of their chromosome are dropped, and the log says how many.

    Parameters
    ----------
    regions
        ``n`` intervals.
    genome
        Where to read them.
    window
        Bases to take about each summit, or centre; by default the interval as it is.
    source
        The file of the regions, for messages.

    Returns
    -------
    records
        At most ``n`` sequences with coordinates, named as in the file, else by place.

    Raises
    ------
    InputError
        When a chromosome is unknown, no region is left, or all are too short without a window.
    ParameterError
        When the window is not at least 1.
    """
    if window is None and int((regions.end - regions.start).max()) < _SHORTEST_REGION:
        msg = (f"{title(source)} has only regions shorter than {_SHORTEST_REGION} bases, such as summits. "
               "Give the bases to take about each: window= (--window 100).")  # fmt: skip
        raise InputError(msg)
    genome.check_names(regions.chromosome.tolist(), source=source)
    kept = _inside(regions if window is None else regions.around(window), genome, source)
    parts = (kept.chromosome, kept.start, kept.end, kept.strand, kept.name)
    rows, names = [], []
    for chromosome, start, end, strand, name in zip(*(part.tolist() for part in parts), strict=True):
        codes = genome.fetch(chromosome, start, end)
        rows.append(reverse_complement(codes) if strand == "-" else codes)
        names.append(name or f"{chromosome}:{start}-{end}" + ("(-)" if strand == "-" else ""))
    places = Coordinates(kept.chromosome, kept.start, kept.end, kept.strand)
    return Records(np.concatenate(rows), places.end - places.start, names, coordinates=places)


def _inside(regions: Regions, genome: Genome, source: str | Path) -> Regions:
    sizes = np.array([genome.sizes[name] for name in regions.chromosome.tolist()])
    inside = (regions.start >= 0) & (regions.end <= sizes)
    lost = len(regions) - int(inside.sum())
    if lost == len(regions):
        msg = (f"{title(source)}: all {lost} regions pass the ends of the chromosomes of {genome.source}. "
               "Check that the regions belong to this genome.")  # fmt: skip
        raise InputError(msg)
    if lost:
        _log.warning("%s: %d of %d regions pass the ends of their chromosome and are dropped.",
                     title(source), lost, len(regions))  # fmt: skip
    return regions[inside]
