"""What the figures of a run allow one to believe, decided from the numbers alone.

Each reason for doubt is a `Caveat`: a kind and the numbers behind it. The words are in the
page's templates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from motiflens.metrics import auroc

if TYPE_CHECKING:
    from motiflens.discovery import Discovery, Finding, Predictions

_FEW = 100  # held-out sequences of a class below which the figures are shaky
_GOOD = 0.7  # an AUROC that would be skill
_WIDE = 0.10  # width of the AUROC's interval above which they are shaky too
_MOST = 0.8  # share of the network's gain over 0.5 that makes GC content "nearly as good"
_OVERFIT = 0.10  # drop of AUROC from training to test
_BORDERLINE = 0.01  # E-value that a motif is believed by, above which a motif is borderline
_MATCH_Q = 0.05
_USED = 0.005  # drop of AUROC below which the network hardly uses a motif
_SIGNIFICANT = 0.05
_MOSTLY = 0.5  # share of the negatives with a site above which a motif is common
_MOTIF_KINDS = (
    "as_often", "gc_motif", "match", "borderline", "unconfirmed", "unused", "redundant", "insufficient", "common",
)  # fmt: skip
_EXPLAINED, _THIN = ("as_often", "gc_motif"), ("borderline", "unconfirmed")


@dataclass(frozen=True)
class Caveat:
    """A reason to doubt: its kind, and the numbers and names that the sentence needs."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)


def caveats(discovery: Discovery) -> tuple[Caveat, ...]:
    """Return the reasons for doubt that this run's own figures give, the gravest first."""
    parts = (_about_prediction, _about_input, _about_motifs, _about_training)
    return tuple(caveat for part in parts for caveat in part(discovery))


def is_undecided(discovery: Discovery) -> bool:
    """Tell whether the test sequences are too few to say if the network separates the classes well or not at all."""
    return not has_skill(discovery) and discovery.evaluation.auroc.high >= _GOOD


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


def motif_doubts(finding: Finding) -> tuple[str, ...]:
    """Return the kinds of doubt that a motif's own evidence gives, the gravest first.

    ``as_often``
        Held-out negatives hold it as often once the sites of better motifs are erased.
    ``gc_motif``
        It is enriched in held-out sequences, but not among sequences of equal GC content.
    ``match``
        Its best database match is what chance would give.
    ``borderline``
        Its E-value is close to the limit.
    ``unconfirmed``
        It is believed by all sequences, and the held-out ones alone do not show it.
    ``unused``, ``redundant``
        The network predicts as well without it: it does not respond to it, or responds and has other cues.
    ``insufficient``
        The network needs it, but planted alone it does no more than its letters in random order.
    ``common``
        Most negatives hold a site.

    What was not measured gives no doubt.
    """
    doubts = {
        "as_often": finding.log2_enrichment.value <= 0,
        "gc_motif": finding.heldout_pvalue <= _SIGNIFICANT < finding.gc_pvalue,
        "match": bool(finding.matches) and not supported_match(finding),
        "borderline": finding.search_evalue > _BORDERLINE,
        "unconfirmed": finding.heldout_pvalue > _SIGNIFICANT and finding.log2_enrichment.value > 0,
        **_about_use(finding),
        "common": finding.negatives_with_site > _MOSTLY,
    }
    return tuple(kind for kind, holds in doubts.items() if holds)


def case_against(finding: Finding) -> str:
    """Return the gravest of a motif's doubts that it is one of the positives at all, empty when there is none.

    It may be explained away (``as_often``, ``gc_motif``), or have little evidence (``borderline``, ``unconfirmed``).
    """
    doubts = motif_doubts(finding)
    return next((kind for kind in (*_EXPLAINED, *_THIN) if kind in doubts), "")


def cases_against(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """Return the names of the motifs that something speaks against, by its kind, the gravest first."""
    kinds = {_name(finding): case_against(finding) for finding in findings}
    named = {kind: [name for name, own in kinds.items() if own == kind] for kind in (*_EXPLAINED, *_THIN)}
    return {kind: names for kind, names in named.items() if names}


def explained_away(finding: Finding) -> bool:
    """Tell whether a motif's own evidence shows that something else makes it stand out."""
    return case_against(finding) in _EXPLAINED


def leading(findings: Sequence[Finding]) -> int:
    """Return the index of the motif to name first: the best of those with the least against them."""
    graveness = [(kind in _THIN) + 2 * (kind in _EXPLAINED) for kind in map(case_against, findings)]
    return graveness.index(min(graveness))


def _about_use(finding: Finding) -> dict[str, bool]:
    """Return what necessity and sufficiency say together."""
    needed, planted = finding.delta_auroc >= _USED, finding.sufficiency.beyond
    spared = finding.delta_auroc < _USED
    return {
        "unused": spared and not planted.low > 0,
        "redundant": spared and planted.low > 0,
        "insufficient": needed and planted.low <= 0,
    }


def clearly_beaten(discovery: Discovery, baseline: str) -> bool:
    """Tell whether the network does better than a simpler model, and that model could be measured."""
    measured = baseline in discovery.baselines and not math.isnan(discovery.baselines[baseline].value)
    return measured and not nearly_as_good(discovery, baseline)


def nearly_as_good(discovery: Discovery, baseline: str) -> bool:
    """Tell whether a simpler model and the network reach each other's interval, or GC content most of the gain."""
    if baseline not in discovery.baselines:
        return False
    ours, theirs = discovery.evaluation.auroc, discovery.baselines[baseline]
    gain = theirs.value - 0.5
    alike = theirs.value >= ours.low and not ours.value > theirs.high
    return alike or (baseline == "gc_content" and gain >= _MOST * (ours.value - 0.5))


def _about_prediction(discovery: Discovery) -> Iterator[Caveat]:
    skill = has_skill(discovery)
    if not skill:
        yield Caveat("undecided" if is_undecided(discovery) else "no_skill")
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
    doubts = {_name(finding): motif_doubts(finding) for finding in discovery.findings}
    for kind in _MOTIF_KINDS:
        named = [name for name, kinds in doubts.items() if kind in kinds]
        if named:
            yield Caveat(kind, {"motifs": named, "evalue": _BORDERLINE})


def _name(finding: Finding) -> str:
    return finding.motif.name


def _auroc_in(predictions: Predictions, split: str) -> float:
    """Return the AUROC in one part of the sequences, NaN when it lacks a class."""
    here = predictions.split == split
    labels = predictions.labels[here]
    if len(set(labels.tolist())) < 2:
        return math.nan
    return auroc(labels, predictions.probabilities[here])
