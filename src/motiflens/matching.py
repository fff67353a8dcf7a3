"""Compare motifs with a database's, with p-values; and with each other.

A Tomtom-style comparison (Gupta et al. 2007, doi:10.1186/gb-2007-8-2-r24) with complete
scores (Tanaka et al. 2011, doi:10.1093/bioinformatics/btr257). An alignment's score is
the sum over its columns of the negative Euclidean distance, shifted so that a chance pair
scores 0; a target's score ``s`` is its best over offsets and strands. The null takes the
target's columns at random from the database: with ``S(o)`` the null score at offset ``o``,
``p = 1 - prod_o P(S(o) < s)^strands``. The scores and their null are in `match_null`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.errors import InputError, ParameterError
from motiflens.match_null import (
    Ints,
    Scores,
    Span,
    TargetLine,
    best_alignments,
    best_scores,
    column_scores,
    lay_out,
    log_cdf,
    span_tails,
)
from motiflens.motifs import Matrix, Motif
from motiflens.results import Match
from motiflens.significance import benjamini_hochberg, check_probability

Floats = npt.NDArray[np.float64]


def match(
    queries: Sequence[Motif],
    targets: Sequence[Motif],
    *,
    min_overlap: int = 5,
    reverse_complement: bool = True,
    n_best: int | None = None,
    qvalue: float = 1.0,
) -> list[list[Match]]:
    """Match each query against all targets, best first.

    The null is made of the targets' own columns, so a few targets give poor p-values:
    use a whole database (fifty motifs and more).

    Parameters
    ----------
    queries, targets
        Motifs of any widths.
    min_overlap
        Least number of aligned columns, in [1, inf); a motif that is narrower must lie
        inside the other whole. Default 5.
    reverse_complement
        Compare with both strands of each target. Default True.
    n_best
        Matches to return for each query, in [1, inf); all by default. The q-values
        always count every target.
    qvalue
        Highest q-value of a match to return, in (0, 1]. Default 1: all.

    Returns
    -------
    matches
        For each query its matches, by p-value; ties in the targets' order.

    Raises
    ------
    InputError
        When there are no targets.
    ParameterError
        When an option is out of range.

    References
    ----------
    Tomtom: Gupta et al. 2007, doi:10.1186/gb-2007-8-2-r24. Complete scores: Tanaka et al. 2011,
    doi:10.1093/bioinformatics/btr257.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = Motif(np.eye(4)[:, [0, 1, 2, 0, 3]], "a"), Motif(np.eye(4)[:, [3, 0, 3, 1, 2, 3, 1]], "b")
    >>> best = match([a], [a, b])[0][1]
    >>> best.target, best.offset, best.overlap, best.strand
    ('b', 1, 5, '-')
    """
    _check(targets, min_overlap)
    if n_best is not None and n_best < 1:
        msg = f"n_best must be at least 1, or None for all. Got {n_best}."
        raise ParameterError(msg)
    check_probability("qvalue", qvalue)
    if not queries:
        return []
    database = lay_out(targets, max(query.width for query in queries), both_strands=reverse_complement)
    return [_Compared.of(query, database, min_overlap).matches(targets, n_best, qvalue) for query in queries]


def random_match_pvalues(
    widths: Sequence[int],
    targets: Sequence[Motif],
    *,
    n_random: int = 20,
    min_overlap: int = 5,
    reverse_complement: bool = True,
    random_state: int = 0,
) -> dict[int, float]:
    """Return, for each width, the median best p-value of random motifs over the targets.

    The columns of the random motifs are drawn from the targets' columns. A motif whose
    best match is no better than this has no match.

    Parameters
    ----------
    widths
        Numbers of columns, each in [1, inf).
    targets
        The database.
    n_random
        Random motifs for each width, in [1, inf). Default 20.
    min_overlap, reverse_complement
        As in `match`.
    random_state
        Seed. Default 0.

    Returns
    -------
    pvalues
        Width to median best p-value.

    Raises
    ------
    InputError
        When there are no targets.
    ParameterError
        When an option is out of range.
    """
    _check(targets, min_overlap)
    if n_random < 1 or min(widths, default=1) < 1:
        msg = f"n_random and each width must be at least 1. Got n_random {n_random} and widths {list(widths)}."
        raise ParameterError(msg)
    if not widths:
        return {}
    database = lay_out(targets, max(widths), both_strands=reverse_complement)
    rng = np.random.default_rng(random_state)
    drawn = rng.integers(database.columns.shape[1], size=(n_random, max(widths)))
    best: dict[int, list[float]] = {width: [] for width in sorted(set(widths))}
    for chosen in drawn:
        scores = column_scores(database.columns[:, chosen], database.columns)
        spans = list(span_tails(scores))
        for width, pvalues in best.items():
            pvalues.append(_best_pvalue(scores[:width], spans, database, min_overlap))
    return {width: float(np.median(pvalues)) for width, pvalues in best.items()}


def similarity(a: Motif, b: Motif, *, min_overlap: int = 5) -> tuple[float, int, str]:
    """Return the best mean correlation of aligned columns, with its offset and strand.

    Parameters
    ----------
    a, b
        Two motifs.
    min_overlap
        Least number of aligned columns, in [1, inf); at most the narrower motif's width
        is asked for. Default 5.

    Returns
    -------
    correlation
        Mean Pearson correlation over the aligned columns, in [-1, 1]; a column without
        preference correlates 0 with every other.
    offset
        Column of ``b`` (after ``strand``) at which column 0 of ``a`` lies.
    strand
        ``-`` when ``b`` had to be reverse complemented.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = Motif(np.eye(4)[:, [0, 1, 2]], "a"), Motif(np.eye(4)[:, [3, 1, 2, 3]], "b")
    >>> similarity(a, b)
    (1.0, 0, '-')
    """
    overlap = min(max(min_overlap, 1), a.width, b.width)
    best = (-np.inf, 0, "+")
    for strand, other in (("+", b), ("-", b.reverse_complement())):
        correlations = _standardised(a.probabilities).T @ _standardised(other.probabilities)
        for offset in range(overlap - a.width, b.width - overlap + 1):
            mean = float(np.diagonal(correlations, offset).mean())
            best = max(best, (mean, offset, strand), key=lambda found: round(found[0], 12))
    return min(1.0, max(-1.0, round(best[0], 12))), best[1], best[2]


def _standardised(matrix: Matrix) -> Matrix:
    centred = matrix - matrix.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0))
    return np.asarray(centred / np.where(norms > 1e-9, norms, np.inf))


def _check(targets: Sequence[Motif], min_overlap: int) -> None:
    if not targets:
        msg = "Expected at least one target motif to match against. Got none."
        raise InputError(msg)
    if min_overlap < 1:
        msg = f"min_overlap must be at least 1. Got {min_overlap}."
        raise ParameterError(msg)


def _pvalues(log_cdf: Floats, n_strands: int) -> Floats:
    return np.clip(-np.expm1(n_strands * log_cdf), 0.0, 1.0)


def _best_pvalue(scores: Scores, spans: Sequence[Span], database: TargetLine, min_overlap: int) -> float:
    best, _ = best_scores(scores, database, min_overlap=min_overlap)
    widths, first = np.unique(database.widths[database.by_width], return_index=True)
    highest = np.maximum.reduceat(best.reshape(database.n_strands, -1).max(axis=0)[database.by_width], first)
    log_below = log_cdf(spans, len(scores), highest, widths, min_overlap=min_overlap)
    return float(_pvalues(log_below, database.n_strands).min())


@dataclass(frozen=True)
class _Compared:
    """One query against every target, ``(n_targets,)`` each."""

    query: Motif
    pvalues: Floats
    qvalues: Floats
    offsets: Ints
    overlaps: Ints
    strands: Ints

    @classmethod
    def of(cls, query: Motif, database: TargetLine, min_overlap: int) -> _Compared:
        scores = column_scores(query.probabilities, database.columns)
        best, offsets = best_alignments(scores, database, min_overlap=min_overlap)
        strands = best.argmax(axis=0)
        order = database.by_width
        log_below = np.empty(len(order))
        log_below[order] = log_cdf(
            span_tails(scores), query.width, best.max(axis=0)[order], database.widths[order], min_overlap=min_overlap
        )
        pvalues = _pvalues(log_below, database.n_strands)
        offset = offsets[strands, np.arange(len(order))]
        overlaps = np.minimum(offset + query.width, database.widths) - np.maximum(offset, 0)
        return cls(query, pvalues, benjamini_hochberg(pvalues), offset, overlaps, strands)

    def matches(self, targets: Sequence[Motif], n_best: int | None, qvalue: float) -> list[Match]:
        order = np.argsort(self.pvalues, kind="stable")[:n_best]
        return [
            Match(
                motif=self.query.name,
                target=targets[i].name,
                target_name=targets[i].alternate_name,
                pvalue=float(self.pvalues[i]),
                evalue=float(self.pvalues[i]) * len(targets),
                qvalue=float(self.qvalues[i]),
                offset=int(self.offsets[i]),
                overlap=int(self.overlaps[i]),
                strand="+-"[self.strands[i]],
            )
            for i in order[self.qvalues[order] <= qvalue]
        ]
