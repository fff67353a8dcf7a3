"""One run: draw a case, let a tool loose on it, score what it reports; the result as plain data."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import numpy as np

import motiflens as ml
from motiflens.motifs import Motif
from motiflens.results import Site
from recovery.cases import Case, draw
from recovery.scoring import Fit, Scores, is_palindrome, score, site_agreement
from recovery.tools import Reported, Tool
from recovery.truth import Possible, possible

Record = dict[str, Any]
UNDETECTABLE = "undetectable"
CUT_SHORT = "cut short"
INSIGNIFICANT = "found but not significant"
WRONG = "wrong"
NOT_FOUND = "not found"
FAILED = "failed"
REASONS = (UNDETECTABLE, CUT_SHORT, INSIGNIFICANT, WRONG, NOT_FOUND, FAILED)
DETECTABLE = -2.0
"""Largest log10 of the true profile's p-value at which a motif can be asked for."""


@dataclass(frozen=True)
class Job:
    """What one run needs."""

    case: Case
    tool: Tool
    background: ml.Background
    threads: int


def run_job(job: Job) -> Record:
    """Return the record of one run; what went wrong in the tool is told in its ``failure``."""
    case, sequences = job.case, draw(job.case, job.background)
    bare = replace(sequences, labels=None, classes=(), planted=None)
    positives, negatives = bare[sequences.positive], bare[~sequences.positive]
    run, failure, started = job.tool.function(), "", time.perf_counter()
    try:
        reported = run(positives, negatives, job.threads)
    except (ml.MotiflensError, subprocess.SubprocessError, OSError) as error:
        reported, failure = Reported((), ()), f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - started
    database = _database()
    scores = score(reported.motifs, case.motifs, database)
    tested = None if reported.tested is None else score(reported.tested, case.motifs, database)
    base = np.array(job.background.frequencies)
    return {
        "case": case.name,
        "kind": case.kind,
        "probability": case.probability,
        "n": case.n,
        "length": case.length,
        "seconds": round(seconds, 2),
        "failure": failure,
        "auroc": reported.auroc,
        "spurious": len(scores.spurious),
        "duplicates": scores.duplicates,
        "reported": _told(reported, scores),
        "planted": [
            planted_record(index, case.motifs, reported, (scores, tested), _possible(sequences, motif, base), failure)
            | _site_figures(index, case.motifs, reported, scores, sequences)
            for index, motif in enumerate(case.motifs)
        ],
    }


@cache
def _database() -> list[Motif]:
    return ml.read_database()


def _possible(sequences: ml.SequenceSet, motif: Motif, base: np.ndarray) -> Possible:
    return possible(motif, sequences, _planted_sites(sequences, motif.name), base)


def _planted_sites(sequences: ml.SequenceSet, name: str) -> list[Site]:
    return [site for site in sequences.planted_sites() if site.motif == name]


def _told(reported: Reported, scores: Scores) -> list[Record]:
    return [
        {"consensus": motif.consensus, "evalue": evalue, "spurious": index in scores.spurious}
        for index, (motif, evalue) in enumerate(zip(reported.motifs, reported.evalues, strict=True))
    ]


def planted_record(
    index: int,
    planted: Sequence[Motif],
    reported: Reported,
    scores: tuple[Scores, Scores | None],
    reach: Possible,
    failure: str = "",
) -> Record:
    """Return what became of one planted profile.

    Parameters
    ----------
    index, planted
        Which of the planted profiles.
    reported
        What the tool said.
    scores
        Of the reported motifs, and of all tested ones where they are known.
    reach
        What the profile itself reaches.
    failure
        Why the tool gave nothing, empty when it ended well.
    """
    motif, found = planted[index], scores[0].recovered(index)
    partial = scores[0].fits[index]
    shown = found or max(partial, key=lambda each: each.coverage, default=None)
    return {
        "profile": motif.name,
        "factor": motif.alternate_name,
        "width": motif.width,
        "bits": round(motif.ic_bits, 2),
        "rank": None if found is None else found.motif + 1,
        **_fit_record(shown, reported),
        "possible": asdict(reach),
        "reason": "" if found else reason(index, scores, reach, failure),
    }


def _fit_record(shown: Fit | None, reported: Reported) -> Record:
    if shown is None:
        return {"consensus": None, "qvalue": None, "coverage": None, "error": None}
    consensus = reported.motifs[shown.motif].consensus
    return {"consensus": consensus, "qvalue": shown.qvalue, "coverage": shown.coverage, "error": shown.error}


def reason(index: int, scores: tuple[Scores, Scores | None], reach: Possible, failure: str = "") -> str:
    """Return why a planted profile was not recovered, the first that holds of `REASONS` after a failure.

    It is *wrong* when something else was reported in its stead, a motif that matches nothing
    that was planted.
    """
    reported, tested = scores
    if failure:
        return FAILED
    if reach.log10_p > DETECTABLE:
        return UNDETECTABLE
    if reported.fits[index]:
        return CUT_SHORT
    if tested is not None and tested.fits[index]:
        return INSIGNIFICANT
    return WRONG if reported.spurious else NOT_FOUND


def _site_figures(
    index: int, planted: Sequence[Motif], reported: Reported, scores: Scores, sequences: ml.SequenceSet
) -> Record:
    """Return precision and recall of the sites of the motif that recovers a profile; None without it."""
    found = scores.recovered(index)
    if found is None or reported.sites is None:
        return {"precision": None, "recall": None}
    own = reported.motifs[found.motif].name
    precision, recall = site_agreement(
        [site for site in reported.sites if site.motif == own],
        _planted_sites(sequences, planted[index].name),
        turned=found.strand == "-",
        either_strand=is_palindrome(planted[index]),
    )
    return {"precision": precision, "recall": recall}
