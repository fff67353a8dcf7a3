"""The motifs of a saved network, with their evidence on sequences that it has not seen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from motiflens.database import read_targets
from motiflens.describing import describe
from motiflens.errors import InputError, ParameterError
from motiflens.estimator.training import ensemble_logits
from motiflens.extraction.attribution_motifs import BOTH, NetworkCandidate, network_candidates
from motiflens.extraction.evidence import confirmed, heldout_evidence
from motiflens.extraction.matrices import Scanner, scanner_of
from motiflens.extraction.selection import MotifCounter
from motiflens.motifs import Motif
from motiflens.networks.blueprints import TrainedLayers
from motiflens.networks.saving import load_network
from motiflens.networks.trained import Trained
from motiflens.preparing import SHARES
from motiflens.runs.train_motifs import TrainMotifs
from motiflens.sequences import SequenceSet, concatenate
from motiflens.splits import split

Progress = Callable[[str, int, int], None]
_logger = logging.getLogger(__name__)
_MOST_MOTIFS = 20
_FEWEST = 10
"""Sequences of each class that every part must have for a recorded split to be used again."""
_PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class ModelMotifs(TrainMotifs):
    """Motifs of a saved network that sequences held out confirm.

    Attributes
    ----------
    sources
        Where each motif came from, by its name: ``filters``, ``attributions``, or ``both``.
    """

    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """Sequences by what they may do.

    Attributes
    ----------
    train, valid, test
        Those that build the motifs, that must lean the same way, and that test.
    notes
        How they were told apart, in words.
    """

    train: SequenceSet
    valid: SequenceSet
    test: SequenceSet
    notes: tuple[str, ...]

    @property
    def everything(self) -> SequenceSet:
        """All sequences."""
        return concatenate([self.train, self.valid, self.test])


def model_motifs(
    model: Path,
    data: SequenceSet,
    *,
    database: str | None = None,
    method: str = BOTH,
    threads: int = 1,
    random_state: int = 0,
    progress: Progress | None = None,
) -> ModelMotifs:
    """Find the motifs of a saved network in its filters and in what letters contribute, and test each.

    The motifs are built from the training sequences, must lean towards the positives in the validation
    sequences, and are tested on the test sequences, as in `discover`, with E up to 0.05. These are the
    ones that the run held out, where it recorded that (``predictions.tsv``) and the names are found there; what
    it does not know is test too. Else the sequences are split anew, and ``notes`` says so.

    Parameters
    ----------
    model
        Folder that ``discover`` or ``train`` wrote.
    data
        Sequences with labels 1 for the positives and 0. Longer or shorter ones than the network takes are cropped
        or padded about their centre.
    database
        Motifs to compare with, by name or file; None for no comparison.
    method
        ``both``, ``filters`` or ``attributions``.
    threads
        Threads to use, >= 1; no result depends on it.
    random_state
        Seed of everything random, >= 0.
    progress
        Called with (step, done, total).

    Raises
    ------
    InputError
        When the folder holds no network that can be used, or a class has too few sequences.
    ParameterError
        When an option is out of range, or the network is none of two classes.
    """
    _check(data, threads, random_state)
    targets = read_targets(database)
    networks = load_network(model)
    parts = _parts(Path(model), _fitting(data, networks), random_state)
    for note in parts.notes:
        _logger.info(note)
    scanner = _scanner(networks, parts.train, threads)
    count = MotifCounter(_MOST_MOTIFS, None if progress is None else partial(progress, "motifs"))
    chosen = network_candidates(
        networks, parts.train, scanner, sources=method, limit=_MOST_MOTIFS, random_state=random_state,
        on_motif=count.one,
    )  # fmt: skip
    count.finish()
    return _tested(chosen, networks, parts, scanner, targets=targets, random_state=random_state)


def _tested(
    chosen: Sequence[NetworkCandidate],
    networks: Sequence[Trained],
    parts: Parts,
    scanner: Scanner,
    *,
    targets: Sequence[Motif],
    random_state: int,
) -> ModelMotifs:
    """Keep what is significant in the test sequences and leans the same way in the validation sequences."""
    candidates = [each.candidate for each in chosen]

    def predict(sequences: SequenceSet) -> npt.NDArray[np.float64]:
        return _probabilities(networks, sequences, scanner.threads)

    evidence = heldout_evidence(candidates, parts.test, predict, scanner, random_state=random_state)
    order = confirmed(candidates, evidence, parts.valid, scanner)
    passed = [(candidates[i], evidence[i]) for i in order]
    described = describe(passed, parts.everything.of_class(1), targets, scanner, random_state=random_state)
    sources = {
        finding.motif.name: chosen[order[i]].source
        for finding, i in zip(described.findings, described.kept, strict=True)
    }
    notes = (*parts.notes, *described.left_out)
    return ModelMotifs(described.findings, described.sites, len(chosen), notes, sources)


def _check(data: SequenceSet, threads: int, random_state: int) -> None:
    for name, value, least in (("threads", threads, 1), ("random_state", random_state, 0)):
        if value < least:
            msg = f"{name} must be at least {least}. Got {value}."
            raise ParameterError(msg)
    found = [] if data.labels is None else np.unique(data.labels).tolist()
    if found != [0, 1]:
        msg = f"Expected sequences of two classes, labelled 1 and 0. Got the labels {found}."
        raise InputError(msg)


def _fitting(data: SequenceSet, networks: Sequence[Trained]) -> SequenceSet:
    return data.resize(networks[0].network.length)


def _scanner(networks: Sequence[Trained], train: SequenceSet, threads: int) -> Scanner:
    """Return what finds sites; networks of layers learn each strand by itself, and their motifs are read on both."""
    first = networks[0]
    both = True if isinstance(first, TrainedLayers) else bool(first.network.both_strands)
    return scanner_of(train, both_strands=both, threads=threads)


def _probabilities(networks: Sequence[Trained], sequences: SequenceSet, threads: int) -> npt.NDArray[np.float64]:
    """Return ``(n,)`` probabilities of the positives."""
    n_outputs = networks[0].network.n_outputs
    logits = ensemble_logits(networks, sequences, n_outputs=n_outputs, threads=threads)
    return np.asarray(expit(logits[:, 0] if n_outputs == 1 else logits[:, 1] - logits[:, 0]))


def _parts(model: Path, data: SequenceSet, random_state: int) -> Parts:
    """Tell the sequences apart as the run did, else anew."""
    recorded = _recorded(model)
    part = np.array([recorded.get(str(name), "") for name in data.names])
    n_known = int((part != "").sum())
    if n_known:
        taken = np.where(part == "", "test", part)
        if all(_has_both(data[taken == name]) for name in _PARTS):
            train, valid, test = (data[taken == name] for name in _PARTS)
            rest = f"; {len(data) - n_known} that it does not name test too" if n_known < len(data) else ""
            note = f"The motifs are tested on the {len(test)} sequences that the run held out (predictions.tsv){rest}."
            return Parts(train, valid, test, (note,))
    n_train = int((part == "train").sum())
    seen = f"{n_train} of them trained the network" if n_train else "none is named in its predictions.tsv"
    note = (
        f"The {len(data)} sequences were split anew ({seen}): motifs are tested on sequences that did not build them, "
        "but figures of the network itself are held out only if it has not seen the sequences."
    )
    return Parts(*split(data, fractions=SHARES, random_state=random_state), (note,))


def _recorded(model: Path) -> dict[str, str]:
    """Return the part of the split of each name, empty when the run has no such record.

    A name that stands in several parts, as of a positive and a negative, counts as the one that has seen most.
    """
    path = model / "predictions.tsv"
    if not path.is_file():
        return {}
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, usecols=["name", "split"], keep_default_na=False)
    except (OSError, ValueError) as error:  # of pandas too: its errors of parsing are ValueErrors
        msg = f"{path} must be a table with the columns name and split. Got: {' '.join(str(error).split())}."
        raise InputError(msg) from error
    wrong = sorted(set(table["split"]) - set(_PARTS))
    if wrong:
        msg = f"{path} must have train, valid or test as split. Got {wrong[0]!r}."
        raise InputError(msg)
    order = table["split"].map(_PARTS[::-1].index)  # the last of a name stays: train rather than valid or test
    seen = table.loc[order.sort_values(kind="stable").index]
    return dict(zip(seen["name"], seen["split"], strict=True))


def _has_both(part: SequenceSet) -> bool:
    n_positive = int(part.positive.sum()) if len(part) else 0
    return min(n_positive, len(part) - n_positive) >= _FEWEST
