"""What is known of simulated sequences: the best possible scores, and the motifs that were planted.

`motiflens simulate` writes a `truth.json` beside its sequences. It is used for sequences that are
shown to be those, and for no others.
"""

from __future__ import annotations

import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from motiflens.alphabet import UNKNOWN
from motiflens.errors import InputError
from motiflens.motifs import Motif
from motiflens.reading import read_sequences
from motiflens.recognising import SEQUENCES, TRUTH, in_folder
from motiflens.recovery import Recovery, recovery_of
from motiflens.results import Limit
from motiflens.sequences import SequenceSet
from motiflens.simulating.generators import Generator
from motiflens.simulating.truth import Truth, read_truth

_logger = logging.getLogger(__name__)
_FASTA, _LABELS = "sequences.fa", "labels.tsv"
_NAME = re.compile(r"(pos|neg)([1-9][0-9]{0,11})")
_NOISY = "The limit is for sequences as letters, which is what is read; the noise of inputs.npy is left out."


@dataclass(frozen=True)
class Limits:
    """The best that any model could do on simulated sequences.

    Attributes
    ----------
    these
        On the test sequences at hand.
    population
        On endless sequences of the task, as `Limit.as_dict` gives it.
    """

    these: Limit
    population: Mapping[str, Any]

    def record(self, auroc: float) -> dict[str, Any]:
        """Return what `metrics.json` holds of them, beside the AUROC that was reached on the test sequences."""
        return {
            "these_sequences": self.these.as_dict(),
            "population": dict(self.population),
            "fraction": self.these.fraction(auroc),
        }


@dataclass(frozen=True)
class Planted:
    """The motifs that were planted in the positives, and what became of them.

    Attributes
    ----------
    motifs
        The planted motifs, at least one.
    recovery
        Which of them were found.
    in_both
        Names of those that both classes hold in equal numbers, which no enrichment shows.
    """

    motifs: tuple[Motif, ...]
    recovery: Recovery
    in_both: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return what `metrics.json` holds of them: names by what became of them."""
        found = self.recovery
        parts = ("exact", "partial", "missed", "duplicates", "spurious")
        return {
            "planted": [{"motif": motif.name, "consensus": motif.consensus} for motif in self.motifs],
            **{name: list(getattr(found, name)) for name in parts},
            "whole": found.whole,
            "in_both_classes": list(self.in_both),
        }


@dataclass(frozen=True)
class KnownTruth:
    """What is known of the sequences of a run.

    Attributes
    ----------
    limits
        The best possible scores on the test sequences, None when they are not known.
    motifs
        The motifs that were planted in the positives; empty when they are not known.
    notes
        Sentences for the user: why something is not known though a `truth.json` is there.
    in_both
        Names of the motifs that both classes hold in equal numbers.
    """

    limits: Limits | None = None
    motifs: tuple[Motif, ...] = ()
    notes: tuple[str, ...] = ()
    in_both: tuple[str, ...] = ()

    def recovered(self, found: Sequence[Motif]) -> Planted | None:
        """Compare motifs that were found, best first, with those that were planted, if these are known."""
        if not self.motifs:
            return None
        return Planted(self.motifs, recovery_of(found, self.motifs), self.in_both)


def known_truth(positives: tuple[Sequence[str], SequenceSet], test: tuple[Sequence[str], SequenceSet]) -> KnownTruth:
    """Find out what is known of sequences that were simulated.

    A folder that ``motiflens simulate`` wrote tells its task; so does one whose sequence files are
    given one by one. Every sequence must be one of the task: by name, length, letters and label, as
    far as the folder's other files tell them.

    Parameters
    ----------
    positives
        The paths that positives to learn from were read from, and those sequences.
    test
        The same of the test sequences of both classes.

    Raises
    ------
    InputError
        When a folder of a task holds other sequences than it was written with.
    """
    notes: list[str] = []
    limits, motifs, in_both = None, tuple[Motif, ...](), tuple[str, ...]()
    try:
        learned = _task_of(*positives)
        if learned is not None:
            motifs, in_both = _planted_in_positives(learned.generator), _in_both(learned.generator)
    except _OtherError as other:
        notes.append(f"The planted motifs are not known: {other}")
    try:
        tested = _task_of(*test)
        limits = None if tested is None else _limits(tested, *test)
        if tested is not None and tested.parameters.get("noise"):
            notes.append(_NOISY)
    except _OtherError as other:
        notes = [f"No limit: {other}"]
    for note in notes:
        _logger.info(note)
    return KnownTruth(limits, motifs, tuple(notes), in_both)


class _OtherError(InputError):
    """The sequences are not those that a `truth.json` tells of."""


def _task_of(paths: Sequence[str], sequences: SequenceSet) -> Truth | None:
    """Return how sequences were made, None when nothing beside them tells.

    Raises
    ------
    InputError
        When a folder of a task holds other sequences than it was written with.
    _OtherError
        When files beside a `truth.json` do.
    """
    folder = _folder(paths)
    if folder is None:
        _refuse_several(paths)
        return None
    try:
        truth = read_truth(folder / TRUTH)
    except InputError as error:
        if any(Path(path).is_dir() for path in paths):
            raise
        raise _OtherError(str(error)) from error
    if sequences.width != truth.generator.length:
        msg = f"the sequences of {folder} have {truth.generator.length} bases, and {sequences.width} are read."
        raise _OtherError(msg)
    reason = _stranger(folder, paths, truth, sequences)
    if reason:
        raise _refusal(paths, reason)
    return truth


def _limits(truth: Truth, paths: Sequence[str], test: SequenceSet) -> Limits:
    try:
        return Limits(truth.limit_on(test), _population(paths, truth))
    except InputError as error:
        raise _refusal(paths, str(error)) from error


def _refusal(paths: Sequence[str], reason: str) -> InputError:
    """Return an error that stops the run where a folder is given, and only says why where files are."""
    folder = _folder(paths)
    if any(Path(path).is_dir() for path in paths):
        return InputError(f"{folder}: {reason} Give the folder that motiflens simulate wrote, unchanged.")
    return _OtherError(f"{folder}/{TRUTH} tells of other sequences. {reason}")


def _planted_in_positives(generator: Generator) -> tuple[Motif, ...]:
    used = {part.motif for share, layout in generator.positive if share > 0 for part in layout.parts}
    return tuple(motif for index, motif in enumerate(generator.motifs) if index in used)


def _in_both(generator: Generator) -> tuple[str, ...]:
    """Return the names of the motifs of which a sequence of either class holds as many in the mean."""
    classes = (defaultdict[int, float](float), defaultdict[int, float](float))
    for counts, mixture in zip(classes, (generator.positive, generator.negative), strict=True):
        for share, layout in mixture:
            for part in layout.parts:
                counts[part.motif] += share
    positive, negative = classes
    return tuple(motif.name for index, motif in enumerate(generator.motifs)
                 if positive[index] > 0 and isclose(positive[index], negative[index], rel_tol=1e-9))  # fmt: skip


def _refuse_several(paths: Sequence[str]) -> None:
    """Say that files of several folders are no one task, where any of them is of a task."""
    folders = _folders(paths)
    tasks = [folder for folder in folders if (folder / TRUTH).is_file()]
    if tasks and len(folders) > 1:
        msg = (f"the sequences come from {len(folders)} folders, and the {TRUTH} of {tasks[0]} tells of one of them "
               "alone. Give one folder.")  # fmt: skip
        raise _OtherError(msg)


def _folders(paths: Sequence[str]) -> list[Path]:
    """Return the folders that files come from, or that are given, in order."""
    return list(dict.fromkeys(Path(path) if Path(path).is_dir() else Path(path).parent for path in paths))


def _folder(paths: Sequence[str]) -> Path | None:
    """Return the one folder that all the files come from, if it holds a `truth.json`."""
    folders = _folders(paths)
    if len(folders) != 1 or "-" in paths:
        return None
    (folder,) = folders
    return folder if (folder / TRUTH).is_file() else None


def _stranger(folder: Path, paths: Sequence[str], truth: Truth, sequences: SequenceSet) -> str:
    """Return why sequences are not all of a task; nothing when they are."""
    reason = _strange_names(truth, sequences)
    others = _reference(folder, paths)
    if reason or others is None:
        return reason
    known = {name: (letters, positive) for name, letters, positive in _rows(others)}
    for name, letters, positive in _rows(sequences):
        if name not in known:
            return f"Sequence {name!r} is not among those of {folder}."
        if known[name] != (letters, positive):
            return f"Sequence {name!r} has another label or other letters than in the other files of {folder}."
    return ""


def _strange_names(truth: Truth, sequences: SequenceSet) -> str:
    """Return why names, lengths or letters cannot be those of a task: ``pos1``, ... by the true class, none twice."""
    most = {kind: int(truth.parameters[f"n_{word}"]) for kind, word in (("pos", "positives"), ("neg", "negatives"))}
    names = sequences.names.tolist()
    if len(set(names)) < len(names):
        return "A sequence is there twice."
    for name, positive in zip(names, sequences.positive.tolist(), strict=True):
        match = _NAME.fullmatch(name)
        if match is None or int(match[2]) > most[match[1]]:
            return f"Sequence {name!r} is not among its {most['pos']} positives and {most['neg']} negatives."
        if not truth.parameters["label_noise"] and positive != (match[1] == "pos"):
            return f"Sequence {name!r} has another label."
    if (sequences.codes >= UNKNOWN).any():
        return "A sequence is shorter, or has unknown bases."
    return ""


def _reference(folder: Path, paths: Sequence[str]) -> SequenceSet | None:
    """Return the same sequences from files that were not read, if the folder still has them."""
    read = {str(in_folder(path)) for path in paths}
    table, pair = [folder / SEQUENCES], [folder / _FASTA, folder / _LABELS]
    files = pair if str(folder / SEQUENCES) in read else table
    if not all(file.is_file() for file in files):
        return None
    try:
        others = read_sequences(files)
    except InputError:
        return None
    return None if others.labels is None else others


def _rows(sequences: SequenceSet) -> Iterator[tuple[str, bytes, bool]]:
    names, positives = sequences.names.tolist(), sequences.positive.tolist()
    return ((name, codes.tobytes(), positive)
            for name, codes, positive in zip(names, sequences.codes, positives, strict=True))  # fmt: skip


def _population(paths: Sequence[str], truth: Truth) -> Mapping[str, Any]:
    """Return the limit of the population that the folder tells of, or work it out."""
    folder = _folder(paths)
    record = None if folder is None else json.loads((folder / TRUTH).read_text(encoding="utf-8")).get("limit")
    known = record.get("population") if isinstance(record, dict) else None
    return known if isinstance(known, dict) and _is_limit(known) else truth.limit.as_dict()


def _is_limit(record: Mapping[str, Any]) -> bool:
    moved = record.get("shift_invariant")
    figures = [record.get(name) for name in ("auroc", "auprc", "accuracy")]
    return (
        isinstance(record.get("bound"), str)
        and all(_is_interval(figure) for figure in figures)
        and (moved is None or (isinstance(moved, dict) and _is_limit(moved)))
    )


def _is_interval(figure: Any) -> bool:
    return isinstance(figure, dict) and all(
        isinstance(figure.get(each), float | int) for each in ("value", "low", "high")
    )
