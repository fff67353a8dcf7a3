"""The sites of a scan as text files: `sites.tsv`, `sites.bed` and `sites.gff3`.

One order in all three: by sequence name, start, end and motif. A column has few distinct
figures, so each is put into words once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from motiflens.motifs import Motif
from motiflens.scanning.records import Records
from motiflens.scanning.sites import Sites, site_words

SITE_COLUMNS = (
    "motif", "motif_name", "sequence", "start", "end", "strand", "score", "pvalue", "qvalue", "matched_sequence",
)  # fmt: skip
TSV_HEADER = "\t".join(SITE_COLUMNS) + "\n"
GFF_HEADER = "##gff-version 3\n"
_BLANKS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
_GFF_NAME = " :()/|+*!~'"
_GFF_SEQUENCE = ".:^*$@!+_?-|"
_LINES = 50_000

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class SiteTable:
    """Sites in the order of the files, with what every file says about each.

    Attributes
    ----------
    motif
        ``(n,)`` index into ``motifs``.
    motifs
        The motifs that were scanned with.
    sequence, strand, word
        ``(n,)`` text: name of the sequence, or chromosome; ``+`` or ``-``; letters at the site
        as read on its strand.
    start, end
        ``(n,)`` 0-based half-open.
    score, pvalue, qvalue
        ``(n,)`` figures.
    """

    motif: npt.NDArray[np.int64]
    motifs: tuple[Motif, ...]
    sequence: Texts
    strand: npt.NDArray[np.str_]
    word: npt.NDArray[np.bytes_]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    score: npt.NDArray[np.float64]
    pvalue: npt.NDArray[np.float64]
    qvalue: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.start)


def site_table(sites: Sites, motifs: Sequence[Motif], records: Records) -> SiteTable:
    """Put sites in the order of the files, with their words read from the sequences.

    Parameters
    ----------
    sites
        The sites of a scan.
    motifs, records
        The motifs and sequences that were scanned.
    """
    names, start, end, strand = sites.places()
    distinct, which = np.unique(names.astype(str), return_inverse=True)
    order = np.lexsort((strand, sites.motif, end, start, which))
    cleaned = np.array([name.translate(_BLANKS) for name in distinct.tolist()], dtype=object)
    return SiteTable(
        motif=sites.motif[order],
        motifs=tuple(motifs),
        sequence=cleaned[which[order]],
        strand=strand[order],
        word=site_words(sites, records)[order],
        start=start[order],
        end=end[order],
        score=sites.score[order],
        pvalue=sites.pvalue[order],
        qvalue=sites.qvalue[order],
    )


def sites_tsv(table: SiteTable) -> Iterator[str]:
    """Yield the text of `sites.tsv`, a line a site with 0-based half-open coordinates."""
    yield TSV_HEADER
    yield from _lines(
        _named(table, [motif.name.translate(_BLANKS) for motif in table.motifs]),
        _named(table, [motif.alternate_name.translate(_BLANKS) for motif in table.motifs]),
        table.sequence,
        table.start,
        table.end,
        table.strand,
        _figures(table.score),
        _figures(table.pvalue),
        _figures(table.qvalue),
        table.word.astype(str),
    )


def sites_bed(table: SiteTable) -> Iterator[str]:
    """Yield the text of `sites.bed`: BED6, the score ``-100 log10 p``, at most 1000."""
    names = [motif.name.translate(_BLANKS) for motif in table.motifs]
    yield from _lines(
        table.sequence, table.start, table.end, _named(table, names), bed_scores(table.pvalue), table.strand
    )


def sites_gff3(table: SiteTable) -> Iterator[str]:
    """Yield the text of `sites.gff3`, 1-based inclusive as that format asks; column 6 is the score in bits."""
    yield GFF_HEADER
    names = [_gff_names(motif) for motif in table.motifs]
    pvalues, qvalues, words = _figures(table.pvalue), _figures(table.qvalue), table.word.astype(str).astype(object)
    attributes = _named(table, names) + ";pvalue=" + pvalues + ";qvalue=" + qvalues + ";sequence=" + words
    sequences, which = np.unique(table.sequence.astype(str), return_inverse=True)
    quoted = np.array([_gff_sequence(name) for name in sequences.tolist()], dtype=object)
    yield from _lines(
        quoted[which], "motiflens", "nucleotide_motif", table.start + 1, table.end, _figures(table.score),
        table.strand, ".", attributes,
    )  # fmt: skip


def bed_scores(pvalues: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return ``-100 log10 p`` in whole numbers from 0 to 1000, as genome browsers ask.

    Examples
    --------
    >>> bed_scores(np.array([1.0, 1e-4, 1e-12])).tolist()
    [0, 400, 1000]
    """
    logs = -100 * np.log10(np.maximum(pvalues, 1e-300))
    return np.asarray(np.clip(np.rint(logs), 0, 1000), dtype=np.int64)


def _gff_sequence(name: str) -> str:
    return quote(name, safe=_GFF_SEQUENCE).replace("~", "%7E")  # which quote leaves, and the format does not allow


def _gff_names(motif: Motif) -> str:
    alias = f";Alias={quote(motif.alternate_name, safe=_GFF_NAME)}" if motif.alternate_name else ""
    return f"Name={quote(motif.name, safe=_GFF_NAME)}{alias}"


def _named(table: SiteTable, names: Sequence[str]) -> Texts:
    return np.array(names, dtype=object)[table.motif]


def _figures(values: npt.NDArray[np.float64]) -> Texts:
    """Return each figure with six significant digits."""
    distinct, which = np.unique(values, return_inverse=True)
    return np.array([f"{value:.6g}" for value in distinct.tolist()], dtype=object)[which]


def _lines(*columns: npt.NDArray[Any] | str) -> Iterator[str]:
    """Yield lines, many at a time; a column that is a text is the same in each."""
    n = next(len(column) for column in columns if not isinstance(column, str))
    for first in range(0, n, _LINES):
        size = min(_LINES, n - first)
        parts = [[column] * size if isinstance(column, str) else _texts(column[first : first + size])
                 for column in columns]  # fmt: skip
        yield "\n".join(map("\t".join, zip(*parts, strict=True))) + "\n"


def _texts(column: npt.NDArray[Any]) -> list[str]:
    return list(map(str, column.tolist())) if column.dtype.kind == "i" else column.tolist()
