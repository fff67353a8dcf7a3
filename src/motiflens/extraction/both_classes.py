"""Motifs of the positives and of the negatives, for a model of both.

What `discover` reports are motifs of the positives. A model that shall predict as well as possible
needs those of the negatives too, such as repeats that only they hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from motiflens.alphabet import UNKNOWN
from motiflens.extraction.candidates import Candidate, filter_candidates, merge
from motiflens.extraction.hybrids import pure
from motiflens.extraction.matrices import Scanner, information
from motiflens.extraction.refine import rescored
from motiflens.extraction.selection import select
from motiflens.networks import kernels
from motiflens.networks.model import TrainedNetwork
from motiflens.sequences import SequenceSet
from motiflens.significance import log_fisher_enrichment

_CANDIDATES = 100
_SIGNIFICANT = 0.05
_NARROWEST = 4
_COLUMN_COST = 3.0
"""Nats of training evidence that a faint column at the end of a motif must be worth."""
_FAINT_BITS = 1.0


@dataclass(frozen=True)
class SignedMotif:
    """A motif of one class.

    Attributes
    ----------
    candidate
        The motif and its cut-off.
    sign
        1 when it stands for the positives, -1 for the negatives.
    log_p
        Natural log of Fisher's p at its cut-off in sequences that did not build it.
    """

    candidate: Candidate
    sign: int
    log_p: float


def signed_motifs(
    ensembles: Sequence[Sequence[TrainedNetwork]],
    train: SequenceSet,
    valid: SequenceSet,
    scanner: Scanner,
    *,
    limit: int,
    random_state: int = 0,
) -> list[SignedMotif]:
    """Turn filters into motifs of either class and keep those that hold in the validation sequences.

    Parameters
    ----------
    ensembles
        Networks with one logit, those of one architecture together.
    train, valid
        Sequences with labels 0 and 1: those that build the motifs, and those that confirm them at a
        corrected p of 0.05.
    limit
        Most motifs of each class that are tried.
    random_state
        Seed of the pairing in `opposite`.

    Returns
    -------
    motifs
        Those of the positives first, by their evidence.
    """
    found = _confirmed(1, ensembles, train, valid, scanner, limit)
    known = [each.candidate for each in found]
    learn, check = (opposite(part, known, scanner, random_state=random_state) for part in (train, valid))
    opposed = [[_opposed(each) for each in networks] for networks in ensembles]
    return found + _confirmed(-1, opposed, learn, check, scanner, limit)


def opposite(
    sequences: SequenceSet, motifs: Sequence[Candidate], scanner: Scanner, *, random_state: int
) -> SequenceSet:
    """Return sequences with their classes swapped, and the sites of motifs unknown in both alike.

    A sequence that holds a site has less room for chance ones, so that the other class would look
    enriched in almost anything. So each sequence is paired with one of the other class, and what is a
    site in either becomes unknown in it.

    Parameters
    ----------
    sequences
        With labels 0 and 1.
    motifs
        Motifs of the positives.
    random_state
        Seed of the pairing.
    """
    site = np.zeros(sequences.codes.shape, dtype=np.bool_)
    for motif in motifs:
        hits = scanner.sites(sequences.codes, motif.matrix, motif.cut_off.score)
        site[hits.row[:, None], hits.start[:, None] + np.arange(motif.matrix.shape[1])] = True
    rng = np.random.default_rng(random_state)
    positives, negatives = (rng.permutation(np.flatnonzero(sequences.positive == wanted)) for wanted in (True, False))
    partner = np.empty(len(site), dtype=np.intp)
    partner[positives], partner[negatives] = np.resize(negatives, len(positives)), np.resize(positives, len(negatives))
    codes = np.where(site | site[partner], np.uint8(UNKNOWN), sequences.codes)
    swapped = sequences.with_labels(~sequences.positive, sequences.classes[::-1])
    return replace(swapped, codes=codes, planted=None)


def tidied(candidate: Candidate, train: SequenceSet, scanner: Scanner) -> list[Candidate]:
    """Take a hybrid of two motifs apart, the more enriched first, and cut the ends that are not needed."""
    best, *others = pure(candidate, train, scanner)
    return [shortened(best, train, scanner), *others]


def shortened(candidate: Candidate, train: SequenceSet, scanner: Scanner) -> Candidate:
    """Drop columns of at most 1 bit at the ends of a motif that are not worth 3 nats of training evidence each."""
    [best] = rescored([candidate], train, scanner)
    while best.matrix.shape[1] > _NARROWEST:
        bits = information(best.matrix, scanner.base)
        ends = [(bits[0], best.matrix[:, 1:]), (bits[-1], best.matrix[:, :-1])]
        shorter = [replace(best, matrix=np.ascontiguousarray(part)) for end, part in ends if end <= _FAINT_BITS]
        if not shorter:
            break
        tried = min(rescored(shorter, train, scanner), key=lambda each: each.cut_off.log_p)
        if tried.cut_off.log_p > best.cut_off.log_p + _COLUMN_COST:
            break
        best = tried
    return best


def _confirmed(
    sign: int,
    ensembles: Sequence[Sequence[TrainedNetwork]],
    train: SequenceSet,
    valid: SequenceSet,
    scanner: Scanner,
    limit: int,
) -> list[SignedMotif]:
    of_each = [filter_candidates(networks, train, scanner, limit=_CANDIDATES) for networks in ensembles]
    ranked = sorted((each for found in of_each for each in found), key=lambda each: each.cut_off.log_p)
    candidates = merge(ranked, scanner)[:_CANDIDATES]
    chosen = select(candidates, train, scanner, limit=limit, tidy=partial(tidied, scanner=scanner))
    bar = np.log(_SIGNIFICANT / max(len(chosen), 1))
    tested = [SignedMotif(each, sign, _log_p(each, valid, scanner)) for each in chosen]
    return sorted((each for each in tested if each.log_p < bar), key=lambda each: each.log_p)


def _log_p(candidate: Candidate, sequences: SequenceSet, scanner: Scanner) -> float:
    hit = scanner.best(sequences.codes, [candidate.matrix]).scores[:, 0] >= candidate.cut_off.score
    positive = sequences.positive
    counts = (int((hit & positive).sum()), int(positive.sum()), int((hit & ~positive).sum()), int((~positive).sum()))
    return float(log_fisher_enrichment(*counts))


def _opposed(trained: TrainedNetwork) -> TrainedNetwork:
    """Return the network that argues for the other class."""
    parameters = trained.parameters.copy()
    parts = kernels.views(parameters, trained.network.shape)
    for part in (parts.output, parts.output_bias):
        np.negative(part, out=part)
    return TrainedNetwork(trained.network, parameters)
