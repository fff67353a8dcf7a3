"""The main job: sequences in; a trained network, its motifs with their evidence, a report out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from motiflens.auditing import baselines
from motiflens.database import DEFAULT_DATABASE, read_targets
from motiflens.describing import Described, describe
from motiflens.discovery import Discovery, History, Predictions
from motiflens.errors import ParameterError
from motiflens.extraction.matrices import scanner_of
from motiflens.known_truth import KnownTruth, known_truth
from motiflens.metrics import evaluate
from motiflens.motifs import Motif
from motiflens.networks.ensemble import STRANDS, Ensemble, Progress, train_ensemble
from motiflens.networks.model import TrainedNetwork, predict_probabilities
from motiflens.networks.saving import saved
from motiflens.preparing import Files, Prepared, Source, as_source, paths_of, prepare
from motiflens.runs.record import Clock, versions
from motiflens.searching import search_motifs


def discover(
    positives: Source | Sequence[str],
    *,
    negatives: Source | Sequence[str] | None = None,
    test_positives: Source | Sequence[str] | None = None,
    test_negatives: Source | Sequence[str] | None = None,
    genome: str | Path | None = None,
    blacklist: str | Path | None = None,
    window: int | None = None,
    mask_lower: bool = False,
    database: str | None = DEFAULT_DATABASE,
    strands: str = "auto",
    n_networks: int = 4,
    random_state: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Discovery:
    """Find the motifs that tell positives from negatives, with the evidence for each.

    Motifs of the networks are tested on held-out sequences. Motifs that grow from words in what these leave are built
    without the held-out sequences, but found, and judged as a search, on all: see `motiflens.extraction.chance`.

    Parameters
    ----------
    positives
        A SequenceSet, a file or several (FASTA, BED with ``genome``, table), a folder that
        ``motiflens simulate`` wrote, or a list of strings. Two labels in it: both classes are
        there (1 and 0).
    negatives
        The same for the other class. By default every positive is shuffled, keeping its
        dinucleotide counts; with a genome, regions alike in GC content and length are drawn.
    test_positives, test_negatives
        Sequences to test on; by default a fifth of the input is held out.
    genome, blacklist
        FASTA file that regions refer to; and regions to leave out: positives that overlap them
        are dropped, and no negatives are drawn there.
    window
        Bases to take around each region's summit or centre, at least 1; other sequences are
        cropped to it.
    mask_lower
        Treat lower-case letters as unknown. Default False.
    database
        Known motifs to compare with: a name or a motif file; None for no comparison. Its columns are also chance
        when the motifs are compared with each other, those of JASPAR CORE vertebrates where it has few or is None.
    strands
        ``both``, ``single``, or ``auto``: decided on validation evidence.
    n_networks
        Networks in the ensemble, at least 1. Default 4.
    random_state
        Seed of everything random; the same seed gives the same result.
    threads
        Threads to use; all cores by default. The result does not depend on it.
    progress
        Called with (step, done, total).

    Returns
    -------
    found
        Motifs with their evidence, evaluation, sites; ``found.write(folder)`` writes it all.

    Raises
    ------
    InputError
        When a file or the sequences in it cannot be used.
    ParameterError
        When an option is out of range or options contradict.

    Examples
    --------
    >>> from motiflens.simulating.simulation import simulate
    >>> task = simulate("single", motif="TGACTCA", length=40, n_positives=100, n_negatives=100)
    >>> found = discover(task.sequences, database=None, strands="single", n_networks=1, threads=1)
    >>> [motif.consensus for motif in found.motifs], found.n
    (['TGACTCA'], {'train': 140, 'valid': 20, 'test': 40})
    >>> found.findings[0].search_evalue < 1e-6, found.evaluation.auroc.value > 0.9
    (True, True)
    """
    _check_options(strands, n_networks, threads, random_state)
    clock, cores = Clock(), threads or os.cpu_count() or 1
    files = Files(
        as_source(positives), as_source(negatives), as_source(test_positives), as_source(test_negatives),
        genome=genome, blacklist=blacklist, window=window, mask_lower=mask_lower,
    )  # fmt: skip
    checksums = files.checksums()
    targets = read_targets(database)
    prepared = prepare(files, random_state=random_state)
    truth = known_truth((paths_of(files.positives), prepared.train.of_class(1)), (files.tested, prepared.test))
    clock.lap("read")
    ensemble = train_ensemble(
        prepared.train, prepared.valid, strands=strands, n_networks=n_networks, random_state=random_state,
        threads=cores, progress=progress,
    )  # fmt: skip
    clock.lap("train")
    n_tested, described = _motifs(prepared, ensemble, targets, random_state, cores, progress)
    found = _discovery(prepared, ensemble, truth, n_tested, described, random_state, cores)
    clock.lap("motifs")
    arguments = {"database": database, "strands": strands, "n_networks": n_networks, **files.options()}
    run = _run(checksums, arguments, random_state, found)
    return replace(found, database=database or "", seconds=clock.seconds, run=run)


def _check_options(strands: str, n_networks: int, threads: int | None, random_state: int) -> None:
    if strands not in STRANDS:
        msg = f"strands must be one of {', '.join(STRANDS)}. Got {strands!r}."
        raise ParameterError(msg)
    if random_state < 0:
        msg = f"random_state must be at least 0. Got {random_state}."
        raise ParameterError(msg)
    for name, value in (("n_networks", n_networks), ("threads", 1 if threads is None else threads)):
        if value < 1:
            msg = f"{name} must be at least 1. Got {value}."
            raise ParameterError(msg)


def _motifs(
    prepared: Prepared,
    ensemble: Ensemble,
    targets: Sequence[Motif],
    random_state: int,
    threads: int,
    progress: Progress | None,
) -> tuple[int, Described]:
    """Return how many motifs of the networks were tested, and all motifs that passed."""
    scanner = scanner_of(prepared.train, both_strands=ensemble.both_strands, threads=threads)
    on_progress = None if progress is None else partial(progress, "motifs")
    found = search_motifs(prepared, ensemble, scanner, random_state=random_state, on_progress=on_progress)
    positives = prepared.everything.of_class(1)
    return found.n_tested, describe(found.passed, positives, targets, scanner, random_state=random_state)


def _discovery(
    prepared: Prepared,
    ensemble: Ensemble,
    truth: KnownTruth,
    n_tested: int,
    described: Described,
    random_state: int,
    threads: int,
) -> Discovery:
    """Put motifs together with how well the networks predict."""
    predictions = _predictions(prepared, ensemble.networks, threads)
    on_test = predictions.split == "test"
    return Discovery(
        findings=described.findings,
        sites=described.sites,
        evaluation=evaluate(predictions.labels[on_test], predictions.probabilities[on_test], random_state=random_state),
        baselines=baselines(prepared.train, prepared.test, random_state=random_state),
        audit=prepared.audit,
        predictions=predictions,
        histories=tuple(History(fit.train_loss, fit.valid_loss, fit.best_epoch) for fit in ensemble.fitted),
        network=saved(ensemble.networks),
        n_candidates=n_tested,
        site_positions=described.positions,
        targets=described.targets,
        notes=(*prepared.notes, *ensemble.notes, *truth.notes, *described.left_out),
        left_out=described.left_out,
        limits=truth.limits,
        planted=truth.recovered([finding.motif for finding in described.findings]),
    )


def _predictions(prepared: Prepared, networks: Sequence[TrainedNetwork], threads: int) -> Predictions:
    parts = {"train": prepared.train, "valid": prepared.valid, "test": prepared.test}
    split = np.concatenate([np.full(len(part), name) for name, part in parts.items()])
    joined = prepared.everything
    probabilities = predict_probabilities(networks, joined, threads=threads)
    return Predictions(joined.names, joined.positive.astype(np.int64), probabilities, split)


def _run(
    checksums: Mapping[str, str], arguments: Mapping[str, Any], random_state: int, found: Discovery
) -> dict[str, Any]:
    return {
        "command": "discover",
        "arguments": dict(arguments),
        "seed": random_state,
        "versions": versions(),
        "inputs": dict(checksums),
        "audit": {"facts": dict(found.audit.facts), "warnings": list(found.audit.warnings)},
        "notes": list(found.notes),
    }
