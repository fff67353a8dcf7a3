"""The motifs of a network that was chosen, with their evidence on the test sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.backgrounds import base_frequencies, of_both_strands
from motiflens.describing import describe
from motiflens.discovery import Finding
from motiflens.estimator.classifier import MotifClassifier
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.evidence import Evidence, replicated, scrambled
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.selection import erased
from motiflens.metrics import auroc, auroc_interval
from motiflens.motifs import Motif
from motiflens.networks.grammars import TrainedGrammar
from motiflens.results import Interval, Site
from motiflens.runs.train_data import TrainData
from motiflens.sequences import SequenceSet, concatenate
from motiflens.significance import fisher_enrichment

Floats = npt.NDArray[np.float64]
_SIGNIFICANT = 0.05
_MOST_NEGATIVES = 0.65  # of a model that weighs the company of a motif, one may be in most negatives


@dataclass(frozen=True)
class TrainMotifs:
    """Motifs of the positives that the test sequences confirm, as `motiflens.discovery.Discovery` has them.

    Attributes
    ----------
    findings
        Motifs with their evidence, best first.
    sites
        Their sites in all positives.
    n_tested
        Number of motifs that the test was corrected for.
    """

    findings: tuple[Finding, ...] = ()
    sites: tuple[Site, ...] = ()
    n_tested: int = 0

    @property
    def motifs(self) -> tuple[Motif, ...]:
        """The motifs alone, best first."""
        return tuple(finding.motif for finding in self.findings)


def motifs_of(
    classifier: MotifClassifier,
    data: TrainData,
    targets: Sequence[Motif] = (),
    *,
    threads: int = 1,
    random_state: int = 0,
) -> TrainMotifs:
    """Return the motifs that a chosen network was made of, or whose filters it has, tested as in `discover`.

    Parameters
    ----------
    classifier
        Trained with ``network="auto"``.
    data
        What it was trained on, and the test.
    targets
        The motif database; empty for no comparison.
    threads
        Threads to use; no result depends on it.
    random_state
        Seed of the shuffling inside sites.
    """
    trained = classifier.network_
    both = bool(trained.network.both_strands)
    frequencies = base_frequencies(data.train)
    scanner = Scanner(of_both_strands(frequencies) if both else frequencies, both, threads, _MOST_NEGATIVES)
    matrices = (
        _of_grammar(trained, scanner.base)
        if isinstance(trained, TrainedGrammar)
        else [motif.probabilities for motif in classifier.motifs(data.train)]
    )
    candidates = [_candidate(matrix, data.train, scanner) for matrix in matrices]
    evidence = _evidence(candidates, classifier, data.test, scanner, random_state)
    holds = replicated(candidates, data.valid, scanner)
    tested = sorted(zip(candidates, evidence, holds, strict=True), key=lambda one: (one[1].pvalue, -one[1].auroc.value))
    passed = [(one, found) for one, found, again in tested if again and found.evalue <= _SIGNIFICANT]
    positives = concatenate(list(data.parts.values())).of_class(1)
    described = describe(passed, positives, targets, scanner, random_state=random_state)
    return TrainMotifs(described.findings, described.sites, len(candidates))


def _of_grammar(trained: TrainedGrammar, base: Floats) -> list[Floats]:
    """Return the motifs of the positives as probabilities, from their log odds."""
    grammar = trained.network
    of_positives = (matrix for matrix, sign in zip(grammar.matrices, grammar.signs, strict=True) if sign > 0)
    shares = [base[:, None] * np.exp(matrix.astype(np.float64)) for matrix in of_positives]
    return [share / share.sum(axis=0) for share in shares]


def _candidate(matrix: Floats, train: SequenceSet, scanner: Scanner) -> Candidate:
    scores = scanner.best(train.codes, [matrix]).scores[:, 0]
    return Candidate(np.ascontiguousarray(matrix), scanner.cut_off(scores, train.positive))


def _evidence(
    candidates: Sequence[Candidate], classifier: MotifClassifier, test: SequenceSet, scanner: Scanner, seed: int
) -> list[Evidence]:
    """Test each motif for what those before it leave unexplained; the AUROC lost is that of the chosen network."""
    whole, left, found = _auroc(classifier, test), test, list[Evidence]()
    for rank, one in enumerate(candidates):
        hit = scanner.best(left.codes, [one.matrix]).scores[:, 0] >= one.cut_off.score
        inside, outside = hit[test.positive], hit[~test.positive]
        pvalue = float(fisher_enrichment(inside.sum(), len(inside), outside.sum(), len(outside)))
        hits = scanner.sites(test.codes, one.matrix, one.cut_off.score)
        broken = scrambled(test, hits, one.matrix.shape[1], random_state=seed + rank)
        lost = whole - _auroc(classifier, broken)
        shares = float(inside.mean()), float(outside.mean())
        found.append(Evidence(pvalue, pvalue * len(candidates), *shares, _alone(one, test, scanner), lost))
        left = erased(left, one, scanner)
    return found


def _alone(candidate: Candidate, test: SequenceSet, scanner: Scanner) -> Interval:
    return auroc_interval(test.positive, scanner.best(test.codes, [candidate.matrix]).scores[:, 0])


def _auroc(classifier: MotifClassifier, sequences: SequenceSet) -> float:
    return auroc(sequences.positive, classifier.predict_proba(sequences)[:, 1])
