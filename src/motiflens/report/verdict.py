"""What the figures of a run allow one to believe, decided from the numbers alone.

Each reason for doubt is a `Caveat`: a kind and the numbers behind it. The words are in the
page's templates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from motiflens.metrics import auroc

if TYPE_CHECKING:
    from motiflens.discovery import Discovery, Finding, Predictions

_FEW = 100  # held-out sequences of a class below which the figures are shaky
_WIDE = 0.10  # width of the AUROC's interval above which they are shaky too
_MOST = 0.8  # share of the network's gain over 0.5 that makes GC content "nearly as good"
_OVERFIT = 0.10  # drop of AUROC from training to test
_BORDERLINE = 0.01  # held-out E-value above which a motif is borderline
_MATCH_Q = 0.05
_USED = 0.005  # drop of AUROC below which the network hardly uses a motif


@dataclass(frozen=True)
class Caveat:
    """A reason to doubt: its kind, and the numbers and names that the sentence needs."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)


def caveats(discovery: Discovery) -> tuple[Caveat, ...]:
    """Return the reasons for doubt that this run's own figures give, the gravest first."""
    parts = (_about_prediction, _about_input, _about_motifs, _about_training)
    return tuple(caveat for part in parts for caveat in part(discovery))


def has_skill(discovery: Discovery) -> bool:
    """Tell whether the network separates the classes: its interval lies above 0.5."""
    interval = discovery.evaluation.auroc
    return (interval.value if math.isnan(interval.low) else interval.low) > 0.5


def supported_match(finding: Finding) -> bool:
    """Tell whether the best database match is better than a random motif's would be."""
    if not finding.matches:
        return False
    best = finding.matches[0]
    beaten = math.isnan(finding.random_pvalue) or best.pvalue < finding.random_pvalue
    return best.qvalue <= _MATCH_Q and beaten


def clearly_beaten(discovery: Discovery, baseline: str) -> bool:
    """Tell whether the network does better than a simpler model, and that model could be measured."""
    measured = baseline in discovery.baselines and not math.isnan(discovery.baselines[baseline].value)
    return measured and not nearly_as_good(discovery, baseline)


def nearly_as_good(discovery: Discovery, baseline: str) -> bool:
    """Tell whether a simpler model reaches the network's interval, or for GC content most of its gain."""
    if baseline not in discovery.baselines:
        return False
    ours, theirs = discovery.evaluation.auroc, discovery.baselines[baseline]
    gain = theirs.value - 0.5
    return theirs.value >= ours.low or (baseline == "gc_content" and gain >= _MOST * (ours.value - 0.5))


def _about_prediction(discovery: Discovery) -> Iterator[Caveat]:
    skill = has_skill(discovery)
    if not skill:
        yield Caveat("no_skill")
    if skill:
        if nearly_as_good(discovery, "gc_content"):
            yield Caveat("gc", {"auroc": discovery.baselines["gc_content"]})
        if nearly_as_good(discovery, "kmer_logistic"):
            yield Caveat("kmer", {"auroc": discovery.baselines["kmer_logistic"]})
    evaluation = discovery.evaluation
    fewest = min(evaluation.n_positives, evaluation.n_negatives)
    if fewest < _FEW or evaluation.auroc.high - evaluation.auroc.low > _WIDE:
        yield Caveat("few", {"n": fewest, "auroc": evaluation.auroc})


def _about_training(discovery: Discovery) -> Iterator[Caveat]:
    trained, tested = _auroc_in(discovery.predictions, "train"), discovery.evaluation.auroc.value
    if trained - tested > _OVERFIT:
        yield Caveat("overfit", {"train": trained, "test": tested})


def _about_input(discovery: Discovery) -> Iterator[Caveat]:
    if discovery.audit.warnings:
        yield Caveat("input", {"warnings": discovery.audit.warnings})


def _about_motifs(discovery: Discovery) -> Iterator[Caveat]:
    unnamed = [_name(finding) for finding in discovery.findings if finding.matches and not supported_match(finding)]
    if unnamed:
        yield Caveat("match", {"motifs": unnamed})
    borderline = [_name(finding) for finding in discovery.findings if finding.heldout_evalue > _BORDERLINE]
    if borderline:
        yield Caveat("borderline", {"motifs": borderline, "evalue": _BORDERLINE})
    unused = [_name(finding) for finding in discovery.findings if finding.delta_auroc < _USED]
    if unused:
        yield Caveat("unused", {"motifs": unused})
    common = [_name(finding) for finding in discovery.findings if finding.negatives_with_site > 0.5]
    if common:
        yield Caveat("common", {"motifs": common})


def _name(finding: Finding) -> str:
    return finding.motif.name


def _auroc_in(predictions: Predictions, split: str) -> float:
    """Return the AUROC in one part of the sequences, NaN when it lacks a class."""
    here = predictions.split == split
    labels = predictions.labels[here]
    if len(set(labels.tolist())) < 2:
        return math.nan
    return auroc(labels, predictions.probabilities[here])
