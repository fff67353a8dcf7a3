"""`Sites`: every site that a scan found, as arrays, and the words that stand there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import BASES, Codes
from motiflens.results import Site
from motiflens.scanning.pieces import pieces
from motiflens.scanning.records import Records
from motiflens.sequences import Coordinates

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_LETTERS = np.frombuffer(BASES.encode(), dtype=np.uint8)


@dataclass(frozen=True)
class Sites:
    """Every site of a scan, ordered by sequence, start, motif and strand; iterating gives each as a `Site`.

    Attributes
    ----------
    sequence, motif
        ``(n,)`` int64 index into ``sequence_names`` and ``motif_names``.
    start, end
        ``(n,)`` int64, 0-based half-open, in the sequence as it was given.
    reverse
        ``(n,)`` bool, whether the site lies on the reverse strand.
    score
        ``(n,)`` float64 log-odds score in bits against the background, rounded as in `ScoreTail`.
    pvalue
        ``(n,)`` float64, chance that a random window scores as high.
    qvalue
        ``(n,)`` float64, Benjamini and Hochberg's false discovery rate among all windows that
        this motif was scored at. Sites beyond the p-value cut-off are not known, and could only
        lower it.
    sequence_names, motif_names
        Names, in the order given.
    cut_offs
        ``(n_motifs,)`` lowest score, in bits, of a site; infinite where even the motif's best
        word is more likely than the p-value cut-off, so that it has no site.
    n_windows
        ``(n_motifs,)`` int64 windows scored, both strands counted.
    background
        Base frequencies of the log-odds and the p-values.
    coordinates
        Where the sequences lie in the genome, or None.

    Examples
    --------
    >>> from motiflens.motifs import Motif
    >>> from motiflens.scanning.occurrences import scan
    >>> from motiflens.sequences import from_strings
    >>> motif = Motif(np.eye(4)[:, [0, 1, 2, 3, 0]], "ACGTA")
    >>> sites = scan(motif, from_strings(["CCACGTACC", "NNTACGTNN"]), pvalue=0.001, background="uniform")
    >>> len(sites), sites.start.tolist(), sites.reverse.tolist(), sites.n_windows.tolist()
    (2, [2, 2], [False, True], [12])
    >>> [(site.sequence, site.strand) for site in sites]
    [('seq1', '+'), ('seq2', '-')]
    """

    sequence: Integers
    motif: Integers
    start: Integers
    end: Integers
    reverse: npt.NDArray[np.bool_]
    score: Floats
    pvalue: Floats
    qvalue: Floats
    sequence_names: tuple[str, ...]
    motif_names: tuple[str, ...]
    cut_offs: Floats
    n_windows: Integers
    background: tuple[float, float, float, float]
    coordinates: Coordinates | None = None

    def __len__(self) -> int:
        return len(self.start)

    def __iter__(self) -> Iterator[Site]:
        names, start, end, strand = self.places()
        parts = (names, start, end, strand, self.motif, self.score)
        for name, first, last, sign, motif, score in zip(*(part.tolist() for part in parts), strict=True):
            yield Site(name, first, last, sign, self.motif_names[motif], score)

    def places(self) -> tuple[npt.NDArray[np.object_], Integers, Integers, npt.NDArray[np.str_]]:
        """Return sequence names, starts, ends and strands, ``(n,)`` each; genomic when coordinates are known."""
        place = self.coordinates
        if place is None:
            names = np.array(self.sequence_names, dtype=object)[self.sequence]
            return names, self.start, self.end, np.where(self.reverse, "-", "+")
        turned = place.strand[self.sequence] == "-"
        first, last = place.start[self.sequence], place.end[self.sequence]
        start = np.where(turned, last - self.end, first + self.start)
        names = place.chromosome.astype(object)[self.sequence]
        return names, start, start + self.end - self.start, np.where(self.reverse ^ turned, "-", "+")


def site_words(sites: Sites, records: Records) -> npt.NDArray[np.bytes_]:
    """Read what stands at each site, on its strand, from the sequences that were scanned.

    Parameters
    ----------
    sites
        ``n`` sites, in the order that a scan gives.
    records
        The sequences that were scanned.

    Returns
    -------
    words
        ``(n,)`` bytes of A, C, G and T, each as long as its motif is wide.
    """
    width = int((sites.end - sites.start).max(initial=1))
    words = np.zeros((len(sites), width), np.uint8)
    done = 0
    for piece in pieces((code for _, code in records), overlap=width - 1):
        last, limit = piece.sequences[-1], piece.offsets[-1] + piece.n_starts - piece.columns[-1]
        first, end = np.searchsorted(sites.sequence, [last, last + 1])
        end = int(first + np.searchsorted(sites.start[first:end], limit))
        here = slice(done, end)
        part = np.searchsorted(piece.sequences, sites.sequence[here])
        start = piece.columns[part] + sites.start[here] - piece.offsets[part]
        words[here] = _words(piece.code, start, sites.end[here] - sites.start[here], sites.reverse[here], width)
        done = end
    return words.view(f"S{width}").ravel()


def _words(code: Codes, start: Integers, widths: Integers, reverse: npt.NDArray[np.bool_], most: int) -> Codes:
    """Return ``(n, most)`` letters, zeros after the end of a narrower site."""
    place, size, turned = np.arange(most), widths[:, None], reverse[:, None]
    inside = place < size
    column = start[:, None] + np.where(inside, np.where(turned, size - 1 - place, place), 0)
    letters = code[column]
    return np.where(inside, _LETTERS[np.where(turned, 3 - letters, letters)], 0).astype(np.uint8)
