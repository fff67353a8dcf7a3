"""Our best model on a task: the network that `auto` chooses, and the motifs that held-out sequences confirm."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from motiflens.estimator.automatic import Automatic, choose_automatically
from motiflens.estimator.training import ensemble_logits
from motiflens.extraction.both_classes import SignedMotif, opposite
from motiflens.extraction.evidence import Evidence, heldout_evidence
from motiflens.metrics import accuracy, evaluate
from motiflens.motifs import Motif
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.model import mean_logits, predict_probabilities
from motiflens.networks.training import fit_ensemble
from motiflens.recovery import Recovery, recovery_of
from motiflens.reproduction.data import TaskData
from motiflens.reproduction.experiments import Task
from motiflens.reproduction.measuring import by_negative, positive_probabilities
from motiflens.reproduction.spacing import gap_profile
from motiflens.reproduction.summary import OURS, Run
from motiflens.reproduction.wording import many
from motiflens.sequences import SequenceSet
from motiflens.splits import split

_SIGNIFICANT = 0.05
_VALIDATION = 0.1
_N_NETWORKS = 2


def run_ours(task: Task, data: TaskData, seed: int) -> Run:
    """Train what `auto` chooses on a task and measure it on the test sequences, as every other network.

    Noise on the training inputs does not matter here: as long as the largest of a position's four
    figures stays the largest, it tells the base.

    Parameters
    ----------
    task
        What the sequences are.
    data
        The sequences for this seed. Without validation sequences a tenth of the training ones is set aside.
    seed
        Of all random starts.
    """
    began = time.perf_counter()
    train, valid = _parts(data, seed)
    chosen = choose_automatically(train, valid, n_networks=_N_NETWORKS, random_state=seed)
    probabilities = positive_probabilities(ensemble_logits(chosen.networks, data.test, n_outputs=1, threads=1))
    tested = _tested(chosen, data.test, seed)
    passed = [pair for pair in tested if pair[1].evalue <= _SIGNIFICANT]
    limit = data.limit()
    motifs = [_motif(each, index, chosen) for index, (each, _) in enumerate(passed, start=1)]
    extra: dict[str, Any] = {"model": _in_words(chosen), "notes": list(chosen.notes)}
    extra["motifs"] = [_in_short(*pair, motif) for pair, motif in zip(passed, motifs, strict=True)]
    left = [pair for pair in tested if pair[1].evalue > _SIGNIFICANT]
    extra["unreported"] = [_in_short(*pair, _motif(pair[0], 0, chosen)) for pair in left]
    if limit is not None and limit.shift_invariant is not None:
        extra["without_place"] = _accuracy_without_place(chosen, train, valid, data)
    grammar = chosen.grammar
    if grammar is not None and grammar.grammar.paired:
        extra["gaps"] = gap_profile(grammar)
    return Run(
        task=task.name,
        network="auto",
        kind=OURS,
        seed=seed,
        n_parameters=_n_parameters(chosen),
        evaluation=evaluate(data.test.positive, probabilities, random_state=seed),
        limit=limit,
        recovery=_recovery(motifs, [each.sign for each, _ in passed], data),
        found=tuple(motif.consensus for motif, (each, _) in zip(motifs, passed, strict=True) if each.sign > 0),
        extra={**extra, **by_negative(data.test, probabilities)},
        seconds=time.perf_counter() - began,
    )


def _parts(data: TaskData, seed: int) -> tuple[SequenceSet, SequenceSet]:
    if len(data.valid):
        return data.train, data.valid
    train, valid, _ = split(
        data.train, fractions=(1 - _VALIDATION, _VALIDATION, 0), random_state=seed, by_group=False,
        keep_near_duplicates=False,
    )  # fmt: skip
    return train, valid


def _tested(chosen: Automatic, test: SequenceSet, seed: int) -> list[tuple[SignedMotif, Evidence]]:
    """Test the motifs of each class by themselves on the test sequences."""
    predict = partial(predict_probabilities, chosen.ensemble.networks, threads=chosen.scanner.threads)
    tested: list[tuple[SignedMotif, Evidence]] = []
    for sign in (1, -1):
        of_class = [each for each in chosen.motifs if each.sign == sign]
        tried, known = ([each.candidate for each in part] for part in (of_class, [pair[0] for pair in tested]))
        seen = test if sign > 0 else opposite(test, known, chosen.scanner, random_state=seed)
        evidence = heldout_evidence(tried, seen, predict, chosen.scanner, random_state=seed)
        tested += zip(of_class, evidence, strict=True)
    return tested


def _in_short(found: SignedMotif, evidence: Evidence, motif: Motif) -> dict[str, Any]:
    return {"name": motif.name, "consensus": motif.consensus, "sign": found.sign, "evalue": evidence.evalue,
            "auroc": evidence.auroc.value}  # fmt: skip


def _accuracy_without_place(chosen: Automatic, train: SequenceSet, valid: SequenceSet, data: TaskData) -> float:
    """Return the accuracy of filters that know no places.

    They are no wider than the planted motifs: a wider filter does not fit over a site at the edge, and
    so would know that this is not the centre.
    """
    width = min(motif.width for motif in data.motifs)
    network = replace(chosen.ensemble.networks[0].network, n_bins=0, filter_width=width)
    options = TrainingOptions(learning_rate=1e-3, epochs=60, patience=8)
    fits = fit_ensemble(network, train, valid, seeds=range(_N_NETWORKS), options=options)
    logits = mean_logits([fitted.trained for fitted in fits], data.test)
    return accuracy(data.test.positive, positive_probabilities(logits))


def _motif(found: SignedMotif, rank: int, chosen: Automatic) -> Motif:
    a, c, g, t = (float(share) for share in chosen.scanner.base)
    n_sites = float(max(found.candidate.cut_off.hits_pos, 1))
    motif = Motif(found.candidate.matrix, str(rank), background=(a, c, g, t), n_sites=n_sites)
    return replace(motif, name=f"{rank}-{motif.consensus}")


def _recovery(motifs: Sequence[Motif], signs: Sequence[int], data: TaskData) -> Recovery:
    """Compare the motifs of the positives with those planted there; the negatives' must be planted somewhere."""
    recovered = recovery_of([motif for motif, sign in zip(motifs, signs, strict=True) if sign > 0], data.motifs)
    negative = [motif for motif, sign in zip(motifs, signs, strict=True) if sign < 0]
    planted = data.motifs if data.simulation is None else data.simulation.motifs
    return replace(recovered, spurious=(*recovered.spurious, *recovery_of(negative, planted).spurious))


def _in_words(chosen: Automatic) -> str:
    grammar = chosen.grammar
    if grammar is None:
        network = chosen.ensemble.networks[0].network
        return f"{len(chosen.networks)} networks of {network.n_filters} filters"
    knows = [
        name
        for name, has in (("positions", grammar.grammar.knows_positions), ("distances", bool(grammar.grammar.paired)))
        if has
    ]
    return (
        f"a grammar of {many(len(grammar.grammar.matrices), 'motif')} that knows {' and '.join(knows) or 'sites alone'}"
    )


def _n_parameters(chosen: Automatic) -> int:
    grammar = chosen.grammar
    if grammar is not None:
        return grammar.grammar.n_parameters
    return sum(each.network.n_parameters for each in chosen.ensemble.networks)
