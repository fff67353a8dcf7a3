"""The sequences that ``motiflens train`` learns from: read, completed, split."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motiflens.errors import InputError, ParameterError
from motiflens.known_truth import KnownTruth, known_truth
from motiflens.preparing import SHARES, SHARES_WITH_TEST, Files, prepare, without_leaks
from motiflens.reading import read_sequences
from motiflens.recognising import task_files
from motiflens.results import Audit
from motiflens.runs.record import checksums
from motiflens.sequences import SequenceSet
from motiflens.splits import split

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainFiles:
    """Where the sequences come from and how regions and letters are read.

    Attributes
    ----------
    data
        What `read_sequences` takes, with labels of two classes or more; or positives; or one folder
        that ``motiflens simulate`` wrote.
    negatives
        Sequences of the other class, beside positives.
    test
        Sequences to test on, as ``data``; a fifth of the data by default.
    genome, window, mask_lower
        As in `read_sequences`.
    """

    data: tuple[str, ...]
    negatives: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    genome: str | None = None
    window: int | None = None
    mask_lower: bool = False

    def options(self) -> dict[str, Any]:
        """Return all of it as text, for `run.json`."""
        sources = {name: list(getattr(self, name)) for name in ("data", "negatives", "test")}
        return {**sources, "genome": self.genome, "window": self.window, "mask_lower": self.mask_lower}

    def checksums(self) -> dict[str, str]:
        """Return the SHA-256 of every input file, by its path; streams cannot be read twice."""
        paths = [*self.data, *self.negatives, *self.test]
        files = [file for path in paths for file in (task_files(path) if Path(path).is_dir() else [path])]
        return checksums([*files, *([self.genome] if self.genome else [])])

    def read(self, paths: tuple[str, ...]) -> SequenceSet:
        """Read sequences from files, or from a simulated folder."""
        return read_sequences(list(paths), genome=self.genome, window=self.window, mask_lower=self.mask_lower)


@dataclass(frozen=True)
class TrainData:
    """Labelled sequences in their three parts, all of one width, and what is known of them.

    Attributes
    ----------
    train, valid, test
        With labels from 0 to the number of classes less one.
    known
        The best possible test scores and the planted motifs of simulated data.
    audit
        What the look at two classes found, else None.
    notes
        Sentences for the user.
    """

    train: SequenceSet
    valid: SequenceSet
    test: SequenceSet
    known: KnownTruth
    audit: Audit | None
    notes: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the labels."""
        return self.train.classes

    @property
    def parts(self) -> dict[str, SequenceSet]:
        """The three parts by name."""
        return {"train": self.train, "valid": self.valid, "test": self.test}


def read_train_data(files: TrainFiles, *, random_state: int) -> TrainData:
    """Read, complete, check and split the sequences of a training.

    Near-duplicates stay in one part; those of given test sequences are left out of training.

    Raises
    ------
    InputError
        When a file cannot be used, or there are too few sequences or classes.
    ParameterError
        When options contradict each other, or a class cannot be in every part.
    """
    if [*files.data, *files.negatives, *files.test].count("-") > 1:
        msg = "Standard input can be read only once: give - once."
        raise ParameterError(msg)
    sequences = files.read(files.data)
    test = files.read(files.test) if files.test else None
    n_classes = 0 if sequences.labels is None else len(np.unique(sequences.labels))
    if n_classes > 2:
        data = _many_classes(files, sequences, test, random_state)
    else:
        _check_classes(files, sequences, n_classes, test)
        data = _two_classes(files, sequences, test, random_state)
    return _with_truth(files, _of_one_width(data))


def _check_classes(files: TrainFiles, sequences: SequenceSet, n_classes: int, test: SequenceSet | None) -> None:
    """Refuse a label that says nothing, and a test without the classes that are learned."""
    if n_classes == 1 and not files.negatives:
        name = sequences.classes[int(sequences.labels[0])] if sequences.labels is not None else ""
        msg = (
            f"{', '.join(files.data)}: expected labels of two classes or more. Got {name!r} for all "
            f"{len(sequences)} sequences; give negatives, or leave the labels out to have them shuffled."
        )
        raise InputError(msg)
    labelled = test is not None and test.labels is not None and len(np.unique(test.labels)) > 1
    if test is not None and not labelled and (files.negatives or n_classes == 2):
        msg = f"{', '.join(files.test)}: expected labels of both classes to test with. Got none, or one class."
        raise InputError(msg)


def _two_classes(files: TrainFiles, sequences: SequenceSet, test: SequenceSet | None, seed: int) -> TrainData:
    negatives = list(files.negatives) or None
    known = Files(sequences, negatives, test, None, files.genome, None, files.window, files.mask_lower)
    found = prepare(known, random_state=seed)
    return TrainData(found.train, found.valid, found.test, KnownTruth(), found.audit, found.notes)


def _many_classes(files: TrainFiles, sequences: SequenceSet, test: SequenceSet | None, seed: int) -> TrainData:
    if files.negatives:
        msg = f"The data hold {len(sequences.classes)} classes. Leave out the negatives, or give positives alone."
        raise ParameterError(msg)
    notes: tuple[str, ...] = (_counts(sequences),)
    if test is None:
        parts = split(sequences, fractions=SHARES, random_state=seed)
    else:
        known = _alike(test, sequences.classes, ", ".join(files.test))
        sequences, _, leaks = without_leaks(sequences, known)
        train, valid, _ = split(sequences, fractions=SHARES_WITH_TEST, random_state=seed)
        parts, notes = (train, valid, known), (*notes, *leaks)
    for note in notes:
        _logger.info(note)
    return TrainData(*parts, KnownTruth(), None, notes)


def _alike(test: SequenceSet, classes: tuple[str, ...], source: str) -> SequenceSet:
    """Return test sequences whose labels are those of the classes that are learned."""
    if test.labels is None:
        msg = f"{source}: expected labels to test with, of the classes {', '.join(classes)}. Got none."
        raise InputError(msg)
    unknown = [test.classes[index] for index in np.unique(test.labels) if test.classes[index] not in classes]
    if unknown:
        msg = f"{source}: expected the classes {', '.join(classes)}. Got {unknown[0]!r}, which is not among them."
        raise InputError(msg)
    index = np.array([classes.index(name) if name in classes else -1 for name in test.classes])
    return test.with_labels(index[test.labels], classes)


def _counts(sequences: SequenceSet) -> str:
    counts = np.bincount(np.asarray(sequences.labels), minlength=len(sequences.classes)).tolist()
    listed = ", ".join(f"{name} ({count})" for name, count in zip(sequences.classes, counts, strict=True))
    return f"The input holds {len(counts)} classes: {listed}."


def _of_one_width(data: TrainData) -> TrainData:
    """Crop and pad all parts to the longest sequence that is learned from, which is what a network then reads."""
    width = int(data.train.lengths.max())
    cropped = sum(int((part.lengths > width).sum()) for part in (data.valid, data.test))
    train, valid, test = (part.resize(width) for part in (data.train, data.valid, data.test))
    parts = replace(data, train=train, valid=valid, test=test)
    if not cropped:
        return parts
    note = f"{cropped} sequences that are not learned from are cropped to the {width} bases of the longest that is."
    _logger.info(note)
    return replace(parts, notes=(*data.notes, note))


def _with_truth(files: TrainFiles, data: TrainData) -> TrainData:
    """Add what is known of simulated sequences: the limit of those to test on, and the planted motifs."""
    if len(data.classes) > 2:
        return data
    tested = files.test or (*files.data, *files.negatives)
    known = known_truth((files.data, data.train.of_class(1)), (tested, data.test))
    return replace(data, known=known, notes=(*data.notes, *known.notes))
