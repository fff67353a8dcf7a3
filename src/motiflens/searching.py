"""The motifs of a run: those of the networks' filters first, then, in what these leave, those that grow from words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from motiflens.extraction.candidates import Candidate, filter_candidates
from motiflens.extraction.composition import known_letters
from motiflens.extraction.evidence import Evidence, Predict, confirmed, heldout_evidence
from motiflens.extraction.hybrids import pure
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.polishing import polished
from motiflens.extraction.rounds import Found, find_motifs
from motiflens.extraction.selection import MotifCounter, select
from motiflens.extraction.shadows import shadows
from motiflens.networks.ensemble import Ensemble
from motiflens.networks.model import predict_probabilities
from motiflens.preparing import Prepared
from motiflens.sequences import SequenceSet

Floats = npt.NDArray[np.float64]
_logger = logging.getLogger(__name__)
_CANDIDATES = 100
_MOST_MOTIFS = 20
_BEYOND_GC = 0.05
_LEANS, _NOT_AGAINST = 0.15, 0.5
_SIGNIFICANT = 0.02
"""Highest E-value of a motif of the networks: with the search in words, a false motif in one run of twenty at most."""
_SIGNIFICANT_SEARCH = 0.01
"""Highest p-value of a search in words, of which one follows another while they find something."""

Tested = tuple[Candidate, Evidence]


@dataclass(frozen=True)
class Motifs:
    """What a search found.

    Attributes
    ----------
    passed
        Motifs with their evidence: those of the networks, best first, then those from words.
    n_tested
        Motifs of the networks that were tested.
    """

    passed: tuple[Tested, ...]
    n_tested: int


def search_motifs(
    prepared: Prepared,
    ensemble: Ensemble,
    scanner: Scanner,
    *,
    random_state: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> Motifs:
    """Find the motifs that tell the positives from the negatives, each with its evidence.

    Parameters
    ----------
    prepared
        Sequences for training, validation and test; the last two test, and build nothing of a network's motif.
    ensemble
        Trained networks.
    scanner
        How sites are found.
    random_state
        Seed of everything random.
    on_progress
        Called with motifs done, and the most there can be. None for nothing.
    """
    count = MotifCounter(_MOST_MOTIFS, on_progress)
    predict = partial(predict_probabilities, ensemble.networks, threads=scanner.threads)
    with threadpool_limits(1, user_api="blas"):  # the threads are ours; those of matrix products get in their way
        tested = _of_networks(prepared, ensemble, predict, scanner, random_state, count.one)
        passed = _passed(tested, prepared, scanner)
        _logger.info("Motifs of the networks tested on held-out sequences: %d; passed: %d.", len(tested), len(passed))
        more = _from_words(passed, prepared, predict, scanner, random_state, count.one)
    _logger.info("Motifs from words, in what is left: %d.", len(more))
    count.finish()
    return Motifs((*passed, *more), len(tested))


def _of_networks(
    prepared: Prepared,
    ensemble: Ensemble,
    predict: Predict,
    scanner: Scanner,
    random_state: int,
    on_motif: Callable[[], None],
) -> list[Tested]:
    """Extract motifs from the training sequences and test them on the test sequences, best first."""
    candidates = filter_candidates(ensemble.networks, prepared.train, scanner, limit=_CANDIDATES)
    chosen = select(
        candidates, prepared.train, scanner, limit=_MOST_MOTIFS, on_motif=on_motif,
        tidy=partial(_whole, scanner=scanner, lengths=known_letters(prepared.train.codes)),
    )  # fmt: skip
    evidence = heldout_evidence(chosen, prepared.test, predict, scanner, random_state=random_state)
    return sorted(zip(chosen, evidence, strict=True), key=lambda pair: (pair[1].pvalue, -pair[1].auroc.value))


def _whole(candidate: Candidate, train: SequenceSet, scanner: Scanner, lengths: Floats) -> list[Candidate]:
    """Take a hybrid of two motifs apart, and fit the more enriched one to the sequences."""
    best, *others = pure(candidate, train, scanner)
    return [polished(best, train, scanner, lengths=lengths), *others]


def _passed(tested: Sequence[Tested], prepared: Prepared, scanner: Scanner) -> list[Tested]:
    """Keep what is significant in the test sequences, beyond GC content too, holds elsewhere and is new."""
    candidates, evidence = [candidate for candidate, _ in tested], [one for _, one in tested]
    order = confirmed(candidates, evidence, prepared.valid, scanner, evalue=_SIGNIFICANT)
    holds = [tested[i] for i in order if not tested[i][1].gc_pvalue > _BEYOND_GC]
    old = shadows([candidate for candidate, _ in holds], prepared.train, prepared.test, scanner)
    return [pair for pair, shadow in zip(holds, old, strict=True) if not shadow]


def _from_words(
    passed: Sequence[Tested],
    prepared: Prepared,
    predict: Predict,
    scanner: Scanner,
    random_state: int,
    on_motif: Callable[[], None],
) -> list[Tested]:
    """Search what the networks' motifs leave for motifs that grow from words, in few positives often."""
    before = [candidate for candidate, _ in passed]
    sequences = prepared.everything
    search = find_motifs(
        sequences, prepared.builds, scanner, before=before, pvalue=_SIGNIFICANT_SEARCH, random_state=random_state
    )
    found = []
    for each in islice(search, _MOST_MOTIFS - len(before)):
        found.append(each)
        on_motif()
    candidates = [each.candidate for each in found]
    measured = heldout_evidence(candidates, prepared.test, predict, scanner, before=before, random_state=random_state)
    leaning = [(one, each) for one, each in zip(found, measured, strict=True) if _leans(one, each)]
    chances = [float(np.exp(one.log_p)) for one, _ in leaning]
    return [(one.candidate, replace(each, pvalue=p, evalue=p)) for (one, each), p in zip(leaning, chances, strict=True)]


def _leans(found: Found, evidence: Evidence) -> bool:
    """Tell whether the test sequences, which built nothing of a motif, lean its way: its sites or all windows clearly.

    The sites may not lean away: all windows together may be how frequent a few letters are.
    """
    clearest = min(evidence.fisher_pvalue, float(np.exp(found.rest_log_p)))
    return clearest <= _LEANS and evidence.fisher_pvalue <= _NOT_AGAINST
