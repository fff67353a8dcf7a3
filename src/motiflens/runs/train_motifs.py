"""The motifs of a network that was chosen, with their evidence on the test sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.describing import describe
from motiflens.discovery import Finding
from motiflens.estimator.classifier import MotifClassifier
from motiflens.extraction.candidates import FILTERS
from motiflens.extraction.evidence import confirmed, heldout_evidence
from motiflens.extraction.matrices import scanner_of
from motiflens.extraction.refine import measured
from motiflens.motifs import Motif
from motiflens.networks.grammars import TrainedGrammar
from motiflens.results import Site
from motiflens.runs.train_data import TrainData
from motiflens.sequences import concatenate

Floats = npt.NDArray[np.float64]
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
    notes
        Sentences for the user: what was left out, on which sequences a saved network's motifs were tested.
    """

    findings: tuple[Finding, ...] = ()
    sites: tuple[Site, ...] = ()
    n_tested: int = 0
    notes: tuple[str, ...] = ()

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

    E may be up to 0.05, as no search in words follows.

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
    scanner = scanner_of(data.train, both_strands=both, threads=threads, most_negatives=_MOST_NEGATIVES)
    matrices = (
        trained.network.motifs_of_positives(scanner.base)
        if isinstance(trained, TrainedGrammar)
        else [motif.probabilities for motif in classifier.motifs(data.train)]
    )
    candidates = [replace(each, sources=frozenset({FILTERS})) for each in measured(matrices, data.train, scanner)]
    evidence = heldout_evidence(
        candidates, data.test, lambda sequences: classifier.predict_proba(sequences)[:, 1], scanner,
        random_state=random_state,
    )  # fmt: skip
    passed = [(candidates[i], evidence[i]) for i in confirmed(candidates, evidence, data.valid, scanner)]
    positives = concatenate(list(data.parts.values())).of_class(1)
    described = describe(passed, positives, targets, scanner, random_state=random_state)
    return TrainMotifs(described.findings, described.sites, len(candidates), described.left_out)
