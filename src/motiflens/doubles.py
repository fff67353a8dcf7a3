"""Motifs of one run against each other: which are the same, and which only share columns.

A composite and its half match, and are two motifs; two forms of one motif match all along. Two that are rich in
the same letters match too where many columns fit a little, and are not alike as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from motiflens.extraction.matrices import likeness
from motiflens.matching import match
from motiflens.motifs import UNIFORM, Motif
from motiflens.results import Match
from motiflens.significance import benjamini_hochberg

Bools = npt.NDArray[np.bool_]
ALIKE = 0.01
"""Two motifs are alike below this q-value."""
_SAME_PVALUE = 0.001
"""Two may be the same below this p-value: with few motifs, a q-value is little more than a p-value."""
_COVERED, _LEAST_COVERED = 0.8, 0.6
_LEAST_LIKENESS = 0.7
"""Forms of one motif have 0.74 and more, a motif and a half of it 0.64, CTCF and a GC box 0.60."""
_INFORMATIVE = 0.25
"""Bits."""


@dataclass(frozen=True)
class Pair:
    """Two motifs of a run, laid over each other.

    Attributes
    ----------
    first, second
        Their indices, the first the lower.
    pvalue, qvalue
        The lower one of both directions; and the false discovery rate among all pairs of the run. Both in [0, 1].
    covered
        Share of each one's informative positions (0.25 bits and more) that lie on such of the other, in [0, 1].
    likeness
        Cosine of the whole matrices less 1/4, in [-1, 1]; columns beyond the overlap count against it.
    """

    first: int
    second: int
    pvalue: float
    qvalue: float
    covered: tuple[float, float]
    likeness: float

    @property
    def alike(self) -> bool:
        """Whether they match: q below 0.01."""
        return self.qvalue < ALIKE

    @property
    def same(self) -> bool:
        """Whether they match (p below 0.001 too) and are alike as a whole (likeness of 0.7 and more).

        And lie on each other, with 80 % of the informative positions of one, and 60 % of the other's: a composite and
        its half are two motifs.
        """
        surely = self.alike and self.pvalue < _SAME_PVALUE and self.likeness >= _LEAST_LIKENESS
        return surely and max(self.covered) >= _COVERED and min(self.covered) >= _LEAST_COVERED


def pairs_of(motifs: Sequence[Motif], known: Sequence[Motif], *, reverse_complement: bool = True) -> list[Pair]:
    """Compare each two motifs, most alike first.

    Parameters
    ----------
    motifs
        Motifs of a run.
    known
        A database, at least fifty motifs: chance is that of its columns, as those of a run are too few.
    reverse_complement
        Compare with both strands: of sequences that are read on one, a word and its reverse complement are two
        motifs. Default True.

    Examples
    --------
    >>> from motiflens.database import read_database
    >>> known = read_database()
    >>> [pair.same for pair in pairs_of([known[0], known[0].reverse_complement()], known)]
    [True]
    """
    couples = list(combinations(range(len(motifs)), 2))
    if not couples:
        return []
    named = [replace(motif, name=_key(index)) for index, motif in enumerate(motifs)]
    lists = match(named, [*known, *named], reverse_complement=reverse_complement)
    found = [{each.target: each for each in matches} for matches in lists]
    best = [min(found[a][_key(b)], found[b][_key(a)], key=lambda each: each.pvalue) for a, b in couples]
    qvalues = benjamini_hochberg([each.pvalue for each in best])
    strong = [informative(motif) for motif in motifs]
    matrices, even = [motif.probabilities for motif in motifs], np.array(UNIFORM)
    pairs = [
        Pair(a, b, each.pvalue, float(q), _covered(each, a, strong[a], strong[b]),
             likeness(matrices[a], matrices[b], even, both_strands=reverse_complement))
        for (a, b), each, q in zip(couples, best, qvalues, strict=True)
    ]  # fmt: skip
    return sorted(pairs, key=lambda pair: pair.pvalue)


def doubles_of(pairs: Sequence[Pair], n_motifs: int) -> dict[int, int]:
    """Return the motifs that are the same as a better one which is none of these: its index for that of each.

    Parameters
    ----------
    pairs
        Of motifs in the order of their evidence, the best first.
    n_motifs
        Number of motifs.
    """
    same = {(pair.first, pair.second) for pair in pairs if pair.same}
    doubles: dict[int, int] = {}
    for index in range(n_motifs):
        better = next((i for i in range(index) if i not in doubles and (i, index) in same), None)
        if better is not None:
            doubles[index] = better
    return doubles


def _key(index: int) -> str:
    return f"of the run: {index}"


def _covered(found: Match, a: int, first: Bools, second: Bools) -> tuple[float, float]:
    """Return the shares of both motifs' informative positions that lie on each other, in the order of the motifs."""
    query, target = (first, second) if found.motif == _key(a) else (second, first)
    start = max(found.offset, 0)
    on_target = (target[::-1] if found.strand == "-" else target)[start : start + found.overlap]
    on_query = query[start - found.offset :][: found.overlap]
    both = int((on_query & on_target).sum())
    shares = both / int(query.sum()), both / int(target.sum())
    return shares if query is first else shares[::-1]


def informative(motif: Motif) -> Bools:
    """Tell which positions have 0.25 bits or more over equal frequencies; all of them when none has."""
    bits = replace(motif, background=UNIFORM).information_content()
    return np.asarray(bits >= _INFORMATIVE) if (bits >= _INFORMATIVE).any() else np.ones(len(bits), np.bool_)
