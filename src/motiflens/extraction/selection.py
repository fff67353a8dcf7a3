"""Choose motifs one at a time, each for what the better ones leave unexplained.

The most enriched candidate is refined and chosen; its sites are erased from positives and
negatives alike; the rest are measured again on what is left. Shifted copies, halves and
shadows of a motif lose their enrichment with its sites.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from motiflens.extraction.candidates import Candidate, twin_of
from motiflens.extraction.matrices import SAME, Scanner
from motiflens.extraction.refine import refine, rescored
from motiflens.scanning.best_sites import erase
from motiflens.sequences import SequenceSet

Tidy = Callable[[Candidate, SequenceSet], list[Candidate]]
_TRIES = 4
_BATCH = 16
_MAX_LOG_P = -12.0
"""Least training evidence worth a held-out test, in nats; every test costs the others power."""


class MotifCounter:
    """Counts motifs towards the most there can be, whatever the number of rounds.

    Parameters
    ----------
    most
        Motifs there can be.
    show
        Called with motifs done, and the most there can be; None for nothing.
    """

    def __init__(self, most: int, show: Callable[[int, int], None] | None) -> None:
        self._most, self._show, self._done = most, show, 0

    def one(self) -> None:
        """Count a motif; the last is left for `finish`."""
        self._tell(min(self._done + 1, self._most - 1))

    def finish(self) -> None:
        """Count those that there are not."""
        self._tell(self._most)

    def _tell(self, done: int) -> None:
        self._done = done
        if self._show is not None:
            self._show(done, self._most)


def select(
    candidates: Sequence[Candidate],
    train: SequenceSet,
    scanner: Scanner,
    *,
    limit: int,
    tidy: Tidy | None = None,
    on_motif: Callable[[], None] | None = None,
) -> list[Candidate]:
    """Choose at most ``limit`` motifs by repeated refinement and erasing, best first.

    Parameters
    ----------
    train
        Sequences with labels 0 and 1.
    tidy
        Makes the motif of a round cleaner, given the sequences of that round. What it returns behind the
        motif, such as the rest of a hybrid, is tried in the rounds to come.
    on_motif
        Called after each round.
    """
    left, chosen = list(candidates), list[Candidate]()
    while left and len(chosen) < limit:
        left, lost = _updated(left, train, scanner)
        chosen = _with_families(chosen, lost, scanner)
        if not left:
            break
        tried = refine(left[:_TRIES], train, scanner)
        new = [i for i, candidate in enumerate(tried) if not _joined(candidate, chosen, scanner)]
        rest: list[Candidate] = []
        best = min(new, key=lambda i: tried[i].cut_off.log_p, default=None)
        if best is not None:
            kinds = tidy(tried[best], train) if tidy is not None else [tried[best]]
            unknown = [each for each in kinds if not _joined(each, chosen, scanner)]
            if unknown:
                first, *rest = unknown
                chosen.append(first)
                train = erased(train, first, scanner)
        left = [left[i] for i in new if i != best] + rest + left[_TRIES:]
        if on_motif is not None:
            on_motif()
    return _with_families(chosen, left, scanner)


def _joined(candidate: Candidate, chosen: list[Candidate], scanner: Scanner) -> bool:
    """Let a chosen motif that a candidate is like stand for its filters too; tell whether there is one."""
    twin = twin_of(candidate, chosen, scanner, same=SAME)
    if twin is not None:
        chosen[twin] = chosen[twin].joined(candidate)
    return twin is not None


def _with_families(chosen: Sequence[Candidate], lost: Sequence[Candidate], scanner: Scanner) -> list[Candidate]:
    """Let chosen motifs stand for the filters of what was lost for being like them."""
    found = list(chosen)
    for candidate in lost:
        _joined(candidate, found, scanner)
    return found


def _updated(
    candidates: Sequence[Candidate], train: SequenceSet, scanner: Scanner
) -> tuple[list[Candidate], list[Candidate]]:
    """Measure candidates anew and sort them; return those with evidence, and those without.

    Erasing takes evidence away and seldom adds any, so those are measured first that had most, and
    the rest only while their old figure would put them among the next to be tried.
    """
    stale, fresh, lost = list(candidates), list[Candidate](), list[Candidate]()
    while stale:
        bar = fresh[_TRIES - 1].cut_off.log_p if len(fresh) >= _TRIES else 0.0
        if stale[0].cut_off.log_p > bar:
            break
        batch, stale = stale[:_BATCH], stale[_BATCH:]
        measured = rescored(batch, train, scanner)
        lost += [c for c in measured if c.cut_off.log_p > _MAX_LOG_P]
        fresh = sorted(fresh + [c for c in measured if c.cut_off.log_p <= _MAX_LOG_P], key=lambda c: c.cut_off.log_p)
    return sorted(fresh + stale, key=lambda c: c.cut_off.log_p), lost


def erased(sequences: SequenceSet, candidate: Candidate, scanner: Scanner) -> SequenceSet:
    """Return the sequences with every site of a candidate unknown."""
    hits = scanner.sites(sequences.codes, candidate.matrix, candidate.cut_off.score)
    return replace(
        sequences, planted=None, codes=erase(sequences.codes, hits.row, hits.start, candidate.matrix.shape[1])
    )
