"""Prepare a run: read the inputs, make negatives, split, and look for trouble."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motiflens.auditing import audit
from motiflens.backgrounds import genomic_negatives, shuffle_dinucleotides
from motiflens.errors import InputError, ParameterError
from motiflens.formats.regions import open_genome, read_regions
from motiflens.reading import checksum, read_sequences
from motiflens.results import Audit
from motiflens.sequences import SequenceSet, concatenate, from_strings
from motiflens.splits import near_duplicate_groups, split

Source = SequenceSet | str | Path | Sequence[str | Path]
_logger = logging.getLogger(__name__)
_MIN_SEQUENCES = 20
_MIN_LENGTH = 12
_SHARES = (0.7, 0.1, 0.2)
_SHARES_WITH_TEST = (0.88, 0.12, 0.0)
_MOST_NEGATIVES = 3000
_MOST_PER_POSITIVE = 10


@dataclass(frozen=True)
class Files:
    """Where the sequences come from and how regions and letters are read.

    Attributes
    ----------
    positives, negatives, test_positives, test_negatives
        A SequenceSet or what `read_sequences` takes; positives with two labels hold both
        classes.
    genome, blacklist
        FASTA file for regions and genomic negatives; regions never to sample.
    window
        Bases around each region's summit.
    mask_lower
        Treat lower-case letters as unknown.
    """

    positives: Source
    negatives: Source | None = None
    test_positives: Source | None = None
    test_negatives: Source | None = None
    genome: str | Path | None = None
    blacklist: str | Path | None = None
    window: int | None = None
    mask_lower: bool = False

    def read(self, source: Source) -> SequenceSet:
        """Read one of the sources."""
        if isinstance(source, SequenceSet):
            return source
        return read_sequences(source, genome=self.genome, window=self.window, mask_lower=self.mask_lower)

    def options(self) -> dict[str, str | int | bool | None]:
        """Return the sources and how they are read, as text, for `run.json`."""
        sources = ("positives", "negatives", "test_positives", "test_negatives", "genome", "blacklist")
        return {
            **{name: _title(getattr(self, name)) for name in sources},
            "window": self.window,
            "mask_lower": self.mask_lower,
        }

    def checksums(self) -> dict[str, str]:
        """Return the SHA-256 of every input file, by its path."""
        sources = (
            self.positives,
            self.negatives,
            self.test_positives,
            self.test_negatives,
            self.genome,
            self.blacklist,
        )
        paths = [path for source in sources if source is not None for path in _paths(source)]
        return {path: checksum(path) for path in paths if path != "-"}


@dataclass(frozen=True)
class Prepared:
    """Labelled sequences in their three parts, all of one width, and what was noticed."""

    train: SequenceSet
    valid: SequenceSet
    test: SequenceSet
    audit: Audit
    notes: tuple[str, ...]

    @property
    def everything(self) -> SequenceSet:
        """Training, validation and test sequences, in this order."""
        return concatenate([self.train, self.valid, self.test])


def prepare(files: Files, *, random_state: int) -> Prepared:
    """Read, complete, check and split the sequences of a run.

    Raises
    ------
    InputError
        When a file cannot be used, or there are too few, too short or all identical sequences.
    ParameterError
        When the options contradict each other.
    """
    sequences, notes = _labelled(files, files.positives, files.negatives, random_state=random_state)
    _check(sequences)
    test, test_notes = _given_test(files, random_state=random_state + 1)
    examined = audit(sequences, random_state=random_state)
    if test is None:
        train, valid, test = split(sequences, fractions=_SHARES, random_state=random_state)
    else:
        train, valid, _ = split(sequences, fractions=_SHARES_WITH_TEST, random_state=random_state)
        test = replace(test.resize(sequences.width), classes=sequences.classes)
        examined = _with_leaks(examined, sequences, test)
    prepared = Prepared(train, valid, test, examined, (*notes, *test_notes))
    _log_input(prepared)
    return prepared


def _with_leaks(examined: Audit, sequences: SequenceSet, test: SequenceSet) -> Audit:
    """Add how many given test sequences are near-duplicates of sequences to train on."""
    family = near_duplicate_groups(concatenate([sequences, test]))
    leaks = int(np.isin(family[len(sequences) :], family[: len(sequences)]).sum())
    facts = {**examined.facts, "test_near_duplicates": float(leaks)}
    if not leaks:
        return Audit(facts, examined.warnings)
    warning = (
        f"{leaks} of the {len(test)} test sequences nearly repeat a training sequence: the test is easier than it "
        f"should be. Leave them out of one of the two."
    )
    return Audit(facts, (*examined.warnings, warning))


def _log_input(prepared: Prepared) -> None:
    facts = prepared.audit.facts
    _logger.info(
        "Input: %d positives and %d negatives of %d to %d bases (median %d), %.2g%% unknown.",
        *(facts[name] for name in ("n_positives", "n_negatives", "length_min", "length_max", "length_median")),
        100 * facts["unknown_fraction"],
    )
    _logger.info(
        "Input: %d duplicates, %d in both classes, %d reverse complements of another; GC %.1f%% in positives and "
        "%.1f%% in negatives, dinucleotides differ by %.3f at most; AUROC of GC content alone %.2f, of 6-mers %.2f.",
        *(facts[name] for name in ("duplicates", "contradictory", "reverse_complement_duplicates")),
        *(100 * facts[name] for name in ("gc_positives", "gc_negatives")),
        *(facts[name] for name in ("dinucleotide_difference", "gc_auroc", "kmer_auroc")),
    )
    for warning in prepared.audit.warnings:
        _logger.warning(warning)
    for note in prepared.notes:
        _logger.info(note)


def _labelled(
    files: Files, positive_source: Source, negative_source: Source | None, *, random_state: int
) -> tuple[SequenceSet, tuple[str, ...]]:
    positives = files.read(positive_source)
    n_classes = 0 if positives.labels is None else len(np.unique(positives.labels))
    if n_classes > 2 or (positives.labels is not None and positives.labels.ndim == 2):
        msg = f"discover compares two classes. Got {n_classes} labels in the positives; give one class, or two."
        raise InputError(msg)
    if n_classes == 2:
        if negative_source is not None:
            msg = "The positives already hold two labels. Leave out the negatives, or give positives alone."
            raise ParameterError(msg)
        return positives, ("The input holds both classes: its labels were used.",)
    if (
        n_classes == 1
        and positives.labels is not None
        and not positives.labels.any()
        and positives.classes[:1] == ("0",)
    ):
        msg = "Expected positives. Got sequences that are all labelled 0; give them as negatives."
        raise InputError(msg)
    if negative_source is not None:
        return _joined(positives, files.read(negative_source)), ()
    negatives, note = _made_negatives(files, positives, random_state=random_state)
    return _joined(positives, negatives), (note,)


def _joined(positives: SequenceSet, negatives: SequenceSet) -> SequenceSet:
    parts = [
        part.with_labels(np.full(len(part), label), ("negative", "positive"))
        for label, part in ((1, positives), (0, negatives.resize(positives.width)))
    ]
    return concatenate(parts)


def _made_negatives(files: Files, positives: SequenceSet, *, random_state: int) -> tuple[SequenceSet, str]:
    if files.genome is None or positives.coordinates is None:
        shuffled = shuffle_dinucleotides(positives, random_state=random_state)
        return shuffled, "No negatives were given: every positive was shuffled once, keeping its dinucleotide counts."
    per_positive = int(np.clip(_MOST_NEGATIVES // len(positives), 1, _MOST_PER_POSITIVE))
    exclude = None if files.blacklist is None else read_regions(files.blacklist)
    negatives = genomic_negatives(
        positives,
        open_genome(files.genome, mask_lower=files.mask_lower),
        per_positive=per_positive,
        exclude=exclude,
        random_state=random_state,
    )
    note = (
        f"No negatives were given: {len(negatives)} regions of the genome were drawn, alike in GC content and length."
    )
    return negatives, note


def _given_test(files: Files, *, random_state: int) -> tuple[SequenceSet | None, tuple[str, ...]]:
    if files.test_positives is None:
        if files.test_negatives is not None:
            msg = "Test negatives need test positives beside them."
            raise ParameterError(msg)
        return None, ()
    test, notes = _labelled(files, files.test_positives, files.test_negatives, random_state=random_state)
    return test, tuple(f"Test set: {note}" for note in notes)


def _check(sequences: SequenceSet) -> None:
    labels = sequences.labels if sequences.labels is not None else np.zeros(0)
    for label, name in ((1, "positive"), (0, "negative")):
        part = sequences.codes[labels == label]
        if len(part) < _MIN_SEQUENCES:
            msg = f"Expected at least {_MIN_SEQUENCES} {name} sequences to train on and to test with. Got {len(part)}."
            raise InputError(msg)
        if (part == part[0]).all():
            msg = f"All {len(part)} {name} sequences are identical: there is nothing to learn. Give different ones."
            raise InputError(msg)
    longest = int(sequences.lengths.max())
    if longest < _MIN_LENGTH:
        msg = f"Expected sequences of at least {_MIN_LENGTH} bases for the filters to read. Got {longest} at most."
        raise InputError(msg)


def as_source(sequences: Source | Sequence[str]) -> Source:
    """Take a list of DNA strings for what it is; pass anything else on."""
    if (
        isinstance(sequences, list)
        and sequences
        and all(set(text.upper()) <= set("ACGTN") for text in map(str, sequences))
    ):
        return from_strings([str(text) for text in sequences])
    return sequences


def _paths(source: Source) -> list[str]:
    if isinstance(source, SequenceSet):
        return []
    return [str(path) for path in ([source] if isinstance(source, str | Path) else source)]


def _title(source: Source | None) -> str | None:
    if source is None:
        return None
    return f"{len(source)} sequences" if isinstance(source, SequenceSet) else " ".join(_paths(source))
