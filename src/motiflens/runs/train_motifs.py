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
from motiflens.extraction.evidence import heldout_evidence, replicated
from motiflens.extraction.matrices import Scanner
from motiflens.motifs import Motif
from motiflens.networks.grammars import TrainedGrammar
from motiflens.results import Site
from motiflens.runs.train_data import TrainData
from motiflens.sequences import SequenceSet, concatenate

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
    evidence = heldout_evidence(
        candidates, data.test, lambda sequences: classifier.predict_proba(sequences)[:, 1], scanner,
        random_state=random_state,
    )  # fmt: skip
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
