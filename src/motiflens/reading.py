"""Read sequences from whatever file they are in: the one entry for all input.

The content of a file decides how it is read, never its name.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN
from motiflens.errors import InputError
from motiflens.formats import tables
from motiflens.formats.fasta import Records, title
from motiflens.recognising import WIDEST, check_bases, read_records
from motiflens.sequences import SequenceSet, from_joined

_log = logging.getLogger(__name__)

_LONGEST_OVER_MEDIAN = 4


def read_sequences(
    source: str | Path | Sequence[str | Path],
    *,
    genome: str | Path | None = None,
    width: int | None = None,
    mask_lower: bool = False,
    window: int | None = None,
) -> SequenceSet:
    r"""Read sequences, with their labels and places when the files tell them.

    Known by their content, gzipped or not: FASTA; BED and narrowPeak, with a genome; tables
    with a ``sequence`` or ``seq`` column (and ``label``, ``bound``, ``class`` or ``y``; ``name``,
    ``id`` or ``eventid``); one sequence a line; and labels for the sequences in the files before
    them: one a line, or a table of names and labels, joined by name. Several files are joined in
    the order given. A folder that ``motiflens simulate`` wrote stands for its `sequences.tsv`.

    Sequences named by their place, as ``chr6:100-200(+)``, get coordinates and their chromosome
    as group if all are: 0-based as bedtools writes them or 1-based as samtools does, whichever
    fits the length.

    Parameters
    ----------
    source
        A path, several, or ``-`` for standard input.
    genome
        FASTA file to read regions from.
    width
        Bases of each row, from 1 to 1e9: longer sequences are cropped and shorter padded about
        their centre. By default rows are as wide as the longest sequence, but not wider than
        four times the median length: the few longer ones are cropped, and the log says so.
    mask_lower
        Treat lower-case (soft-masked) letters as unknown. Default False: they are sequence.
    window
        Bases to take about the summit or centre of each region, from 1 to 1e9; the region as it
        is by default. Sequences of other files are cropped to it about their centre, never padded.

    Returns
    -------
    sequences
        ``n`` sequences in the order of the files. Regions that pass the end of a chromosome and
        sequences without a known base are left out, with a warning.

    Raises
    ------
    InputError
        When a file cannot be read, is of no known kind, a record in it is not usable, or
        no sequence has a known base.
    ParameterError
        When there is no source, ``-`` is given twice, or width or window is out of range.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "peaks.tsv")
    ...     _ = path.write_text("name\tsequence\tlabel\npeak1\tTTGACTCATT\tbound\npeak2\tGGCC\tunbound\n")
    ...     sequences = read_sequences(path)
    >>> sequences.names.tolist(), sequences.strings(), sequences.shape
    (['peak1', 'peak2'], ['TTGACTCATT', 'GGCC'], (2, 10))
    >>> sequences.labels.tolist(), sequences.classes
    ([1, 0], ('unbound', 'bound'))
    """
    sources = [source] if isinstance(source, str | Path) else list(source)
    check_bases("width", width)
    records = read_records(sources, genome=genome, window=window, mask_lower=mask_lower)
    together = ", ".join(title(each) for each in sources)
    return _with_known_bases(_as_set(records, width, window, together), together)


def checksum(path: str | Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits, to tell later if it has changed.

    Raises
    ------
    InputError
        When the file cannot be read; standard input cannot be read a second time.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"{str(path)!r} cannot be read for its checksum: {error.strerror}."
        raise InputError(msg) from error


def _as_set(records: Records, width: int | None, window: int | None, source: str) -> SequenceSet:
    """Lay the sequences in rows, those beyond the widest cropped first to spare memory."""
    lengths = np.minimum(records.lengths, window or WIDEST)
    if window is not None:
        _log.info("Sequences cropped to the %d bases about their centre: %d of %d.",
                  window, (lengths < records.lengths).sum(), len(lengths))  # fmt: skip
    limit = _row_width(lengths, width)
    kept = records.cropped(np.minimum(lengths, limit))
    sequences = from_joined(kept.codes, kept.lengths, kept.names)
    if kept.labels is not None:
        sequences = sequences.with_labels(*tables.class_indices(kept.labels, source=source))
    if kept.coordinates is not None:
        sequences = replace(sequences, coordinates=kept.coordinates, groups=kept.coordinates.chromosome)
    return sequences.resize(limit)


def _with_known_bases(sequences: SequenceSet, source: str) -> SequenceSet:
    """Drop the sequences of unknown bases alone, which tell nothing."""
    known = np.asarray((sequences.codes < UNKNOWN).any(axis=1))
    n_unknown = len(known) - int(known.sum())
    if n_unknown == len(known):
        msg = (f"{source}: expected bases A, C, G or T. Got no known base in any sequence ({len(known)}); "
               "lower-case letters are unknown where they are masked.")  # fmt: skip
        raise InputError(msg)
    if n_unknown:
        _log.warning("%s: sequences without one known base (A, C, G or T) are dropped: %d of %d.",
                     source, n_unknown, len(known))  # fmt: skip
    return sequences[known] if n_unknown else sequences


def _row_width(lengths: npt.NDArray[np.int64], width: int | None) -> int:
    median = float(np.median(lengths))
    limit = width or min(int(lengths.max()), int(_LONGEST_OVER_MEDIAN * median))
    cropped, padded = int((lengths > limit).sum()), int((lengths < limit).sum())
    if cropped and width is None:
        _log.warning("%d of %d sequences are longer than four times the median of %g bases, and are cropped about "
                     "their centre to %d; give a width to choose.", cropped, len(lengths), median, limit)  # fmt: skip
    elif cropped or padded:
        _log.info("Of %d sequences, %d are cropped and %d padded to %d bases.", len(lengths), cropped, padded, limit)
    return limit
