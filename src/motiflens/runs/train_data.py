"""The sequences that ``motiflens train`` learns from: read, completed, split."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motiflens.errors import InputError, ParameterError
from motiflens.near_duplicates import near_duplicate_groups
from motiflens.preparing import Files, prepare
from motiflens.reading import read_sequences
from motiflens.results import Audit, Limit
from motiflens.runs.record import checksums
from motiflens.sequences import SequenceSet, concatenate
from motiflens.simulating.truth import Truth, read_truth
from motiflens.splits import split

_logger = logging.getLogger(__name__)
_SHARES = (0.7, 0.1, 0.2)
_SHARES_WITH_TEST = (0.88, 0.12, 0.0)
_SEQUENCES, _TRUTH = "sequences.tsv", "truth.json"


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
        folders = [folder for folder in (_folder(self.data), _folder(self.test)) if folder is not None]
        inside = [str(folder / name) for folder in folders for name in (_SEQUENCES, _TRUTH)]
        return checksums([*self.data, *self.negatives, *self.test, *([self.genome] if self.genome else []), *inside])

    def read(self, paths: tuple[str, ...]) -> SequenceSet:
        """Read sequences from files, or from a simulated folder."""
        folder = _folder(paths)
        source = list(paths) if folder is None else folder / _SEQUENCES
        return read_sequences(source, genome=self.genome, window=self.window, mask_lower=self.mask_lower)


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


@dataclass(frozen=True)
class TrainData:
    """Labelled sequences in their three parts, all of one width, and what is known of them.

    Attributes
    ----------
    train, valid, test
        With labels from 0 to the number of classes less one.
    limits
        The best possible test scores of simulated data, else None.
    audit
        What the look at two classes found, else None.
    notes
        Sentences for the user.
    """

    train: SequenceSet
    valid: SequenceSet
    test: SequenceSet
    limits: Limits | None
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
    return _with_limits(files, _of_one_width(data))


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
    return TrainData(found.train, found.valid, found.test, None, found.audit, found.notes)


def _many_classes(files: TrainFiles, sequences: SequenceSet, test: SequenceSet | None, seed: int) -> TrainData:
    if files.negatives:
        msg = f"The data hold {len(sequences.classes)} classes. Leave out the negatives, or give positives alone."
        raise ParameterError(msg)
    note = _counts(sequences)
    _logger.info(note)
    if test is None:
        return TrainData(*split(sequences, fractions=_SHARES, random_state=seed), None, None, (note,))
    known = _alike(test, sequences.classes, ", ".join(files.test))
    family = near_duplicate_groups(concatenate([sequences, known]))
    leaking = np.isin(family[: len(sequences)], family[len(sequences) :])
    notes = [note]
    if leaking.any():
        notes.append(
            f"{leaking.sum()} of {len(sequences)} sequences to train on nearly repeat a test sequence and were left "
            "out, so that the test stays a test."
        )
        _logger.info(notes[-1])
    train, valid, _ = split(sequences[~leaking], fractions=_SHARES_WITH_TEST, random_state=seed)
    return TrainData(train, valid, known, None, None, tuple(notes))


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
    note = (f"{cropped} sequences that are not learned from are cropped to the {width} bases of the longest that is.",)
    train, valid, test = (part.resize(width) for part in (data.train, data.valid, data.test))
    return replace(data, train=train, valid=valid, test=test, notes=(*data.notes, *(note if cropped else ())))


def _with_limits(files: TrainFiles, data: TrainData) -> TrainData:
    """Add the limits when the test sequences were simulated."""
    folder = _folder(files.test or files.data)
    if folder is None:
        return data
    truth = read_truth(folder / _TRUTH)
    if data.test.width != truth.generator.length:
        note = (f"No limit: the sequences of {folder} have {truth.generator.length} bases, and {data.test.width} of "
                "them are read.")  # fmt: skip
        return replace(data, notes=(*data.notes, note))
    try:
        these = truth.limit_on(data.test)
    except InputError as error:
        msg = f"{folder}: {error} Give the folder that motiflens simulate wrote, unchanged."
        raise InputError(msg) from error
    noisy = ("The limit is for sequences as letters, which is what is read; the noise of inputs.npy is left out.",)
    notes = noisy if truth.parameters.get("noise") else ()
    return replace(data, limits=Limits(these, _population(folder, truth)), notes=(*data.notes, *notes))


def _population(folder: Path, truth: Truth) -> Mapping[str, Any]:
    """Return the limit of the population that the folder tells of, or work it out."""
    record = json.loads((folder / _TRUTH).read_text(encoding="utf-8")).get("limit")
    known = record.get("population") if isinstance(record, dict) else None
    return known if isinstance(known, dict) and _is_limit(known) else truth.limit.as_dict()


def _is_limit(record: Mapping[str, Any]) -> bool:
    figures = [record.get(name) for name in ("auroc", "auprc", "accuracy")]
    return isinstance(record.get("bound"), str) and all(
        isinstance(figure, dict) and all(isinstance(figure.get(each), float | int) for each in ("value", "low", "high"))
        for figure in figures
    )


def _folder(paths: tuple[str, ...]) -> Path | None:
    """Return the folder of a simulated task if that is what is given.

    Raises
    ------
    InputError
        When it is another folder.
    """
    if len(paths) != 1 or not Path(paths[0]).is_dir():
        return None
    folder = Path(paths[0])
    missing = [name for name in (_SEQUENCES, _TRUTH) if not (folder / name).is_file()]
    if missing:
        msg = f"{folder}: expected files, or a folder that motiflens simulate wrote. Got a folder without {missing[0]}."
        raise InputError(msg)
    return folder
