"""Every occurrence of motifs in sequences, overlapping ones too, with exact p-values and q-values.

What FIMO reports (Grant et al. 2011, doi:10.1093/bioinformatics/btr064): all windows whose
log-odds score has a p-value up to a cut-off, on one strand or both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import Codes
from motiflens.backgrounds import of_both_strands
from motiflens.errors import InputError, ParameterError
from motiflens.formats.regions import Genome
from motiflens.motifs import UNIFORM, Motif
from motiflens.scanning.pieces import Piece, pieces
from motiflens.scanning.records import Records, Watched, records_of
from motiflens.scanning.score_distribution import MOST_STEPS, ScoreTail, checked_background, score_tail
from motiflens.scanning.sites import Sites
from motiflens.sequences import Coordinates, SequenceSet
from motiflens.significance import check_probability
from motiflens.vectors import LANES
from motiflens.windows import windows_above, words_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_NEVER = -2.0 * MOST_STEPS
"""Steps that an unknown base scores: no window that holds one is ever a site."""
_BLOCK = 2 * LANES
"""Score matrices that are summed side by side."""


def scan(
    motifs: Motif | Iterable[Motif],
    sequences: SequenceSet | Genome | Records,
    *,
    pvalue: float = 1e-4,
    background: str | Sequence[float] = "sequences",
    both_strands: bool = True,
    threads: int = 1,
) -> Sites:
    """Find every site of motifs in sequences up to a p-value.

    Parameters
    ----------
    motifs
        One or several, of any widths; one that is wider than every sequence has no site.
    sequences
        A SequenceSet; a genome, of which one chromosome after the other is loaded; or pairs of
        a name and ``(length,)`` uint8 codes, read one at a time. Windows with an unknown base
        (code 4) are no sites.
    pvalue
        Highest p-value of a site, in (0, 1]: the chance that a random window, letters drawn
        independently from the background, scores as high on one strand. Default 1e-4.
    background
        ``"sequences"`` (the default): their base frequencies, for which pairs are read twice;
        ``"uniform"``; or four frequencies. Averaged over the strands when both are read.
    both_strands
        Read the reverse strand too. Default True.
    threads
        Number of threads, in [1, inf); the result does not depend on it. Default 1.

    Returns
    -------
    sites
        Overlapping ones too.

    Raises
    ------
    InputError
        When there is no motif or no sequence, every motif is wider than the longest sequence, or
        codes are not one-dimensional uint8 from 0 to 4.
    ParameterError
        When an option is out of range, or pairs that can be read only once are to give the
        background.

    References
    ----------
    FIMO: Grant et al. 2011, doi:10.1093/bioinformatics/btr064.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> motif = Motif(np.eye(4)[:, [0, 1, 2, 3, 0]], "ACGTA")
    >>> sites = scan([motif], from_strings(["CCACGTACC", "NNTACGTNN"]), pvalue=0.001, background="uniform")
    >>> [(site.sequence, site.start, site.end, site.strand) for site in sites]
    [('seq1', 2, 7, '+'), ('seq2', 2, 7, '-')]
    """
    check_probability("pvalue", pvalue)
    if not isinstance(threads, int) or threads < 1:
        msg = f"threads must be a whole number, at least 1. Got {threads}."
        raise ParameterError(msg)
    motifs = [motifs] if isinstance(motifs, Motif) else list(motifs)
    if not motifs or not all(isinstance(motif, Motif) for motif in motifs):
        msg = f"Expected at least one motif to scan with, each a Motif. Got {motifs[:1] or 'none'}."
        raise InputError(msg)
    records = records_of(sequences)
    counted = [("all", sequences.codes.ravel())] if isinstance(sequences, SequenceSet) else records
    base = _background(background, counted, both_strands=both_strands)
    tails = [score_tail(motif, base.tolist(), pvalue=pvalue) for motif in motifs]
    widths = np.array([motif.width for motif in motifs], dtype=np.int64)
    watched = Watched(records)
    found = _scanned(watched, _groups(tails, both_strands=both_strands), widths, threads)
    watched.check(motifs)
    places = sequences.coordinates if isinstance(sequences, SequenceSet) else None
    n_windows = sum((part.n_windows for part in found), np.zeros(len(widths), np.int64)) * (2 if both_strands else 1)
    return _sites(found, tails, n_windows, _Names(tuple(watched.names), tuple(m.name for m in motifs), base, places))


def _background(background: str | Sequence[float], records: Records, *, both_strands: bool) -> Floats:
    if not isinstance(background, str):
        base = checked_background(background)
    elif background == "sequences":
        base = _frequencies(records)
    elif background == "uniform":
        base = np.array(UNIFORM)
    else:
        msg = f"background must be 'sequences', 'uniform' or four frequencies. Got {background!r}."
        raise ParameterError(msg)
    return of_both_strands(base) if both_strands else base


def _frequencies(records: Records) -> Floats:
    """Return the base frequencies of all records, each base counted once more so that none is 0."""
    if iter(records) is records:
        msg = ("The background of sequences that can be read only once is not known before the scan. Give the "
               "background, or a list.")  # fmt: skip
        raise ParameterError(msg)
    counts = np.ones(4)
    for piece in pieces(Watched(records), overlap=0):
        counts += [np.count_nonzero(piece.code == base) for base in range(4)]
    return np.asarray(counts / counts.sum())


@dataclass(frozen=True)
class _Group:
    """Score matrices laid side by side for one pass over the sequences.

    ``kernel (k, 5, F)`` and ``cut_offs (F,)`` in steps; ``motif (F,)`` and ``reverse (F,)`` tell
    what each column is.
    """

    kernel: npt.NDArray[np.float32]
    cut_offs: npt.NDArray[np.float32]
    motif: Integers
    reverse: npt.NDArray[np.bool_]


def _groups(tails: Sequence[ScoreTail], *, both_strands: bool) -> list[_Group]:
    """Lay out the motifs that can have a site: the widest together, for all cost as the widest does."""
    n_strands = 2 if both_strands else 1
    usable = [index for index, tail in enumerate(tails) if len(tail.pvalues)]
    usable.sort(key=lambda index: (-tails[index].steps.shape[1], index))
    size = _BLOCK // n_strands
    blocks = [usable[first : first + size] for first in range(0, len(usable), size)]
    alike = groupby(blocks, key=lambda block: words_of(tails[block[0]].steps.shape[1]))
    return [_group([index for block in some for index in block], tails, n_strands) for _, some in alike]


def _group(indices: Sequence[int], tails: Sequence[ScoreTail], n_strands: int) -> _Group:
    k = tails[indices[0]].steps.shape[1]
    kernel = np.zeros((k, 5, n_strands * len(indices)), np.float32)
    for place, index in enumerate(indices):
        steps = tails[index].steps
        for strand, matrix in enumerate((steps, steps[::-1, ::-1])[:n_strands]):
            kernel[: steps.shape[1], :4, n_strands * place + strand] = matrix.T
            kernel[: steps.shape[1], 4, n_strands * place + strand] = _NEVER
    lowest = [tails[index].highest - len(tails[index].pvalues) + 1 for index in indices]
    motif, strands = np.repeat(np.array(indices, dtype=np.int64), n_strands), np.arange(n_strands)
    cut_offs = np.repeat(np.array(lowest, dtype=np.float32), n_strands)
    return _Group(kernel, cut_offs, motif, np.tile(strands == 1, len(indices)))


@dataclass(frozen=True)
class _Found:
    """Sites of one piece, ``(n,)`` each, scores in steps; windows of known bases by motif."""

    sequence: Integers
    start: Integers
    motif: Integers
    reverse: npt.NDArray[np.bool_]
    score: Integers
    n_windows: Integers


def _scanned(records: Iterable[Codes], groups: Sequence[_Group], widths: Integers, threads: int) -> list[_Found]:
    """Scan piece by piece, few of them in memory at a time."""
    found: list[_Found] = []
    running: deque[Future[_Found]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for piece in pieces(records, overlap=int(widths.max()) - 1):
            running.append(pool.submit(_scan_piece, piece, groups, widths))
            if len(running) > 4 * threads:
                found.append(running.popleft().result())
        found += [each.result() for each in running]
    return found


def _scan_piece(piece: Piece, groups: Sequence[_Group], widths: Integers) -> _Found:
    none = np.zeros(0, np.int64)
    parts = [(none, none, none.astype(bool), none)]
    for group in groups:
        column, start, steps = windows_above(piece.code, group.kernel, group.cut_offs)
        parts.append((start, group.motif[column], group.reverse[column], steps.astype(np.int64)))
    starts, motifs, strands, scores = zip(*parts, strict=True)
    start, motif, reverse, score = map(np.concatenate, (starts, motifs, strands, scores))
    order = np.argsort((start * len(widths) + motif) * 2 + reverse)
    order = order[: np.searchsorted(start[order], piece.n_starts)]
    sequence, position = piece.place(start[order])
    distinct, which = np.unique(widths, return_inverse=True)
    return _Found(sequence, position, motif[order], reverse[order], score[order], piece.n_windows(distinct)[which])


@dataclass(frozen=True)
class _Names:
    sequences: tuple[str, ...]
    motifs: tuple[str, ...]
    base: Floats
    places: Coordinates | None


def _sites(found: Sequence[_Found], tails: Sequence[ScoreTail], n_windows: Integers, names: _Names) -> Sites:
    """Put the pieces together and look up p- and q-values, which depend on motif and score alone."""
    parts = ("sequence", "start", "motif", "reverse", "score")
    sequence, start, motif, reverse, score = (np.concatenate([getattr(each, part) for each in found]) for part in parts)
    sizes = np.array([len(tail.pvalues) for tail in tails], dtype=np.int64)
    first = np.cumsum(sizes) - sizes
    entry = first[motif] + np.array([tail.highest for tail in tails])[motif] - score
    counts = np.split(np.bincount(entry, minlength=int(sizes.sum())), first[1:])
    qvalues = [_qvalues(tail.pvalues, count, n) for tail, count, n in zip(tails, counts, n_windows, strict=True)]
    a, c, g, t = names.base.tolist()
    return Sites(
        sequence=sequence,
        motif=motif,
        start=start,
        end=start + np.array([tail.steps.shape[1] for tail in tails])[motif],
        reverse=reverse,
        score=score / np.array([tail.per_bit for tail in tails])[motif],
        pvalue=np.concatenate([tail.pvalues for tail in tails])[entry],
        qvalue=np.concatenate(qvalues)[entry],
        sequence_names=names.sequences,
        motif_names=names.motifs,
        cut_offs=np.array([tail.cut_off for tail in tails]),
        n_windows=n_windows,
        background=(a, c, g, t),
        coordinates=names.places,
    )


def _qvalues(pvalues: Floats, counts: Integers, n_windows: int) -> Floats:
    """Return Benjamini and Hochberg's q-value for each p-value of a table, of which ``counts`` windows have it."""
    ranks = np.cumsum(counts)
    raw = np.where(counts > 0, pvalues * n_windows / np.maximum(ranks, 1), np.inf)
    return np.clip(np.minimum.accumulate(raw[::-1])[::-1], pvalues, 1.0)
