"""Scanning a genome with motifs: motiflens against lightmotif, MOODS and memelite."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import motiflens as ml
from speed.inference import GENOME
from speed.rows import CannotRunError, Result, Settings, alternate, compared, duration, not_run, ours, peer

PVALUE, N_MOTIFS = 1e-4, 100
LEAST_WIDTH = 7  # even the rarest word of six letters is commoner than the p-value
AT_LEAST = 1 / 1.2


@dataclass(frozen=True)
class Scanned:
    """What one scan found, and what its thresholds took; None where they cannot be told apart."""

    n_hits: int
    setup: float | None = None


@dataclass(frozen=True)
class Job:
    """Motifs and the genome, as codes with names, as letters, and as a FASTA file."""

    motifs: Sequence[ml.Motif]
    sequences: ml.SequenceSet
    letters: Sequence[str]
    fasta: Path
    threads: int


def scan_rows(settings: Settings) -> list[Result]:
    """Time the scan of the yeast genome by every peer that is installed, and compare with the fastest."""
    work = f"yeast genome, {N_MOTIFS} motifs of JASPAR fungi, both strands, p < {PVALUE:g}"
    pending = Result("scan-yeast", work, "the fastest", ">= 0.83x (ours <= 1.2x its time)")
    try:
        scan = ours("motiflens", "scan")
        job = make_job(settings)
        sides, missing = _sides(job)
    except CannotRunError as error:
        return [not_run(pending, error)]
    sides["ours"] = lambda: scan(
        job.motifs, job.sequences, pvalue=PVALUE, background="uniform", both_strands=True, threads=job.threads
    )
    found: dict[str, Any] = {}
    works = {name: partial(_noted, found, name, run) for name, run in sides.items()}
    seconds = alternate(works, settings.rounds(5))
    fastest = min((name for name in seconds if name != "ours"), key=lambda name: median(seconds[name]))
    told = [f"{name} {_told(found[name], seconds[name])}" for name in seconds if name != "ours"]
    note = "; ".join([f"ours {len(found['ours'])} hits", *told, *missing])
    return [compared(replace(pending, peer=fastest), seconds["ours"], seconds[fastest], AT_LEAST, note=note)]


def make_job(settings: Settings) -> Job:
    """Read the genome and the first motifs of JASPAR's fungi that are not too short for the p-value."""
    source = settings.file(GENOME)
    sequences = ml.read_sequences(source)
    motifs = [motif for motif in ml.read_database("jaspar:fungi") if motif.width >= LEAST_WIDTH][:N_MOTIFS]
    fasta = settings.made / "yeast.fa"
    settings.made.mkdir(parents=True, exist_ok=True)
    letters = sequences.strings()
    fasta.write_text("".join(f">{name}\n{text}\n" for name, text in zip(sequences.names, letters, strict=True)))
    return Job(motifs, sequences, letters, fasta, settings.threads)


def _sides(job: Job) -> tuple[dict[str, Callable[[], Any]], list[str]]:
    sides: dict[str, Callable[[], Any]] = {}
    missing = []
    for name, make in (("lightmotif", lightmotif_side), ("MOODS", moods_side), ("memelite", memelite_side)):
        try:
            sides[name] = make(job)
        except CannotRunError as error:
            missing.append(str(error))
    if not sides:
        raise CannotRunError("; ".join(missing))
    return sides, missing


def lightmotif_side(job: Job) -> Callable[[], Scanned]:
    """Scan with lightmotif: striped sequences, its discretised scanner, each strand's matrix."""
    (lightmotif,) = peer("lightmotif")

    def run() -> Scanned:
        started = time.perf_counter()
        forward = [lightmotif.ScoringMatrix(dict(zip("ACGT", each.log_odds().tolist(), strict=True)))
                   for each in job.motifs]  # fmt: skip
        matrices = [*forward, *(matrix.reverse_complement() for matrix in forward)]
        thresholds = [matrix.score(PVALUE) for matrix in forward] * 2
        setup = time.perf_counter() - started
        striped = [lightmotif.stripe(text) for text in job.letters]
        hits = [
            [(hit.position, hit.score) for hit in lightmotif.scan(matrix, sequence, threshold=threshold)]
            for matrix, threshold in zip(matrices, thresholds, strict=True)
            for sequence in striped
        ]
        return Scanned(sum(map(len, hits)), setup)

    return run


def moods_side(job: Job) -> Callable[[], Scanned]:
    """Scan with MOODS: one scanner of all matrices on both strands, window size 7 as in its examples."""
    scanning, tools = peer("MOODS.scan", "MOODS.tools")

    def run() -> Scanned:
        started = time.perf_counter()
        background = tools.flat_bg(4)
        forward = [each.log_odds().tolist() for each in job.motifs]
        matrices = [*forward, *(tools.reverse_complement(matrix, 4) for matrix in forward)]
        thresholds = [tools.threshold_from_p(matrix, background, PVALUE) for matrix in forward] * 2
        scanner = scanning.Scanner(7)
        scanner.set_motifs(matrices, background, thresholds)
        setup = time.perf_counter() - started
        hits = [[(hit.pos, hit.score) for hit in found] for text in job.letters for found in scanner.scan(text)]
        return Scanned(sum(map(len, hits)), setup)

    return run


def memelite_side(job: Job) -> Callable[[], Scanned]:
    """Scan with memelite's fimo, which reads the FASTA file itself and makes a table of hits a motif."""
    memelite, numba = peer("memelite", "numba")
    matrices = {each.name: np.ascontiguousarray(each.probabilities) for each in job.motifs}

    def run() -> Scanned:
        numba.set_num_threads(min(job.threads, numba.config.NUMBA_NUM_THREADS))
        tables = memelite.fimo(matrices, str(job.fasta), threshold=PVALUE, reverse_complement=True)
        return Scanned(sum(map(len, tables)))

    return run


def _noted(found: dict[str, Any], name: str, run: Callable[[], Any]) -> None:
    found[name] = run()


def _told(scanned: Scanned, seconds: Sequence[float]) -> str:
    setup = "" if scanned.setup is None else f", of which thresholds {duration(scanned.setup)}"
    return f"{duration(median(seconds))}{setup}, {scanned.n_hits} hits"
