"""Prepare a run: read the inputs, make negatives, split, and look for trouble."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import IUPAC
from motiflens.auditing import audit
from motiflens.backgrounds import shuffle_dinucleotides
from motiflens.errors import InputError, ParameterError
from motiflens.formats.regions import open_genome, read_regions
from motiflens.labels import positive_class
from motiflens.near_duplicates import near_duplicate_groups
from motiflens.negatives import genomic_negatives
from motiflens.reading import checksum, read_sequences
from motiflens.recognising import task_files
from motiflens.results import Audit
from motiflens.sequences import Coordinates, SequenceSet, concatenate, from_strings, joined_places
from motiflens.splits import split

Source = SequenceSet | str | Path | Sequence[str | Path]
_logger = logging.getLogger(__name__)
_MIN_SEQUENCES = 20
_MIN_LENGTH = 12
SHARES = (0.7, 0.1, 0.2)
"""Of all sequences, to train, to validate and to test on."""
SHARES_WITH_TEST = (0.88, 0.12, 0.0)
"""The same where test sequences are given."""
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
        FASTA file for regions and genomic negatives; regions to leave out: positives there are
        dropped and no negatives drawn.
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
        """Return the SHA-256 of every input file, by its path; streams cannot be read twice."""
        sources = (
            self.positives,
            self.negatives,
            self.test_positives,
            self.test_negatives,
            self.genome,
            self.blacklist,
        )
        paths = [path for source in sources for path in paths_of(source)]
        files = [file for path in paths for file in (task_files(path) if Path(path).is_dir() else [path])]
        return {path: checksum(path) for path in files if path != "-" and not _is_stream(path)}

    @property
    def tested(self) -> list[str]:
        """Where the test sequences come from: the sources that are given for it, else all."""
        own = self.test_positives is not None
        sources = (self.test_positives, self.test_negatives) if own else (self.positives, self.negatives)
        return [path for source in sources for path in paths_of(source)]


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

    @property
    def builds(self) -> npt.NDArray[np.bool_]:
        """``(n,)``: which of `everything` may build motifs; the test sequences may not."""
        return np.repeat([True, True, False], [len(self.train), len(self.valid), len(self.test)])


def prepare(files: Files, *, random_state: int) -> Prepared:
    """Read, complete, check and split the sequences of a run.

    Raises
    ------
    InputError
        When a file cannot be used, or there are too few, too short or all identical sequences.
    ParameterError
        When the options contradict each other.
    """
    train_positives = files.read(files.positives)
    test_positives = None if files.test_positives is None else files.read(files.test_positives)
    sequences, notes = _labelled(files, train_positives, files.negatives, [test_positives], random_state=random_state)
    test, test_notes = _given_test(files, test_positives, sequences, random_state=random_state + 1)
    n_leaks = 0
    if test is not None:
        sequences, n_leaks, leak_notes = without_leaks(sequences, test)
        test_notes += leak_notes
    _check(sequences, n_leaks=n_leaks)
    examined = audit(sequences, random_state=random_state)
    if test is None:
        train, valid, test = split(sequences, fractions=SHARES, random_state=random_state)
    else:
        test_notes += _cropping(test, sequences.width, "test sequence")
        train, valid, _ = split(sequences, fractions=SHARES_WITH_TEST, random_state=random_state)
        test = replace(test.resize(sequences.width), classes=sequences.classes)
        examined = replace(examined, facts={**examined.facts, "test_near_duplicates": float(n_leaks)})
    n_padded = int((sequences.lengths < sequences.width).sum())
    examined = replace(examined, facts={**examined.facts, "padded": float(n_padded)})
    prepared = Prepared(train, valid, test, examined, (*notes, *test_notes))
    _log_input(prepared)
    return prepared


def without_leaks(sequences: SequenceSet, test: SequenceSet) -> tuple[SequenceSet, int, tuple[str, ...]]:
    """Leave out the sequences to train on that a given test sequence nearly repeats.

    Returns
    -------
    left, n_leaks, notes
        The others, how many were left out, and a sentence that says so if there were any.
    """
    family = near_duplicate_groups(concatenate([sequences, test]))
    leaking = np.isin(family[: len(sequences)], family[len(sequences) :])
    if not leaking.any():
        return sequences, 0, ()
    note = (
        f"{_count(int(leaking.sum()), 'sequence')} of {len(sequences)} to train on nearly repeat a test sequence "
        f"and were left out, so that the test stays a test."
    )
    return sequences[~leaking], int(leaking.sum()), (note,)


def _lengths(least: int, median: int, most: int) -> str:
    return f"{least} bases" if least == most else f"{least} to {most} bases (median {median})"


def _log_input(prepared: Prepared) -> None:
    facts = prepared.audit.facts
    _logger.info(
        "Input: %d positives and %d negatives of %s, %d padded to the longest, %.2g%% unknown.",
        *(facts[name] for name in ("n_positives", "n_negatives")),
        _lengths(*(int(facts[f"length_{name}"]) for name in ("min", "median", "max"))),
        facts["padded"],
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
    files: Files,
    positives: SequenceSet,
    negative_source: Source | None,
    others: Sequence[SequenceSet | None],
    *,
    random_state: int,
) -> tuple[SequenceSet, tuple[str, ...]]:
    """Put the two classes together; negatives that are made keep clear of ``others``."""
    n_classes = 0 if positives.labels is None else len(np.unique(positives.labels))
    if n_classes > 2 or (positives.labels is not None and positives.labels.ndim == 2):
        msg = f"discover compares two classes. Got {n_classes} labels in the positives; give one class, or two."
        raise InputError(msg)
    if n_classes == 2:
        return _both_classes(positives, negative_source)
    if n_classes == 1 and positives.classes[:1] == ("0",) and not positives.positive.any():
        msg = "Expected positives. Got sequences that are all labelled 0; give them as negatives."
        raise InputError(msg)
    positives, notes = _outside(positives, files.blacklist)
    if negative_source is not None:
        negatives = files.read(negative_source)
        _check_one_class(negatives)
        return _joined(positives, negatives), (*notes, *_cropping(negatives, positives.width, "negative"))
    avoid = [other.coordinates for other in others if other is not None and other.coordinates is not None]
    negatives, note = _made_negatives(files, positives, avoid, random_state=random_state)
    return _joined(positives, negatives), (*notes, note)


def _check_one_class(negatives: SequenceSet) -> None:
    """Refuse negatives that hold both classes: half of them would be taken for what they are not."""
    n_labels = 0 if negatives.labels is None else len(np.unique(negatives.labels))
    if n_labels > 1:
        msg = (
            f"Expected negatives of one class. Got {n_labels} labels among them; give the sequences of one label, or "
            "the file alone, as one of both classes."
        )
        raise InputError(msg)


def _both_classes(sequences: SequenceSet, negative_source: Source | None) -> tuple[SequenceSet, tuple[str, ...]]:
    if negative_source is not None:
        msg = "The positives already hold two labels. Leave out the negatives, or give positives alone."
        raise ParameterError(msg)
    names = sequences.classes if len(sequences.classes) == 2 else ("0", "1")
    chosen = positive_class(names)
    if chosen is None:
        msg = (
            f"Expected labels that say which sequences are the positives, such as 1 and 0. Got {names[0]!r} and "
            f"{names[1]!r}; write 1 for the positives and 0 for the negatives."
        )
        raise InputError(msg)
    labelled = sequences.with_labels(sequences.labels == chosen, (names[1 - chosen], names[chosen]))
    n = int(labelled.positive.sum())
    note = (
        f"The input holds both classes: positives are labelled {names[chosen]} ({n}), negatives {names[1 - chosen]} "
        f"({len(labelled) - n})."
    )
    return labelled, (note,)


def _outside(positives: SequenceSet, blacklist: str | Path | None) -> tuple[SequenceSet, tuple[str, ...]]:
    """Drop the positives that overlap a region of the blacklist."""
    if blacklist is None:
        return positives, ()
    if positives.coordinates is None:
        msg = "A blacklist needs positives with coordinates. Give regions and a genome, or leave the blacklist out."
        raise ParameterError(msg)
    listed, places = read_regions(blacklist), positives.coordinates
    hit = np.zeros(len(positives), dtype=bool)
    for name in np.unique(listed.chromosome):
        here, other = places.chromosome == name, listed.chromosome == name
        starts, ends = np.sort(listed.start[other]), np.sort(listed.end[other])
        begun = np.searchsorted(starts, places.end[here], side="left")
        over = np.searchsorted(ends, places.start[here], side="right")
        hit[here] = begun > over
    if hit.all():
        msg = f"All {_count(len(positives), 'positive')} overlap a region of the blacklist: none is left."
        raise InputError(msg)
    if not hit.any():
        return positives, ()
    return positives[~hit], (f"{_count(int(hit.sum()), 'positive')} in regions of the blacklist left out.",)


def _joined(positives: SequenceSet, negatives: SequenceSet) -> SequenceSet:
    parts = [
        part.with_labels(np.full(len(part), label), ("negative", "positive"))
        for label, part in ((1, positives), (0, negatives.resize(positives.width)))
    ]
    return concatenate(parts)


def _cropping(sequences: SequenceSet, width: int, noun: str) -> tuple[str, ...]:
    """Say how many sequences lose bases when rows get this width."""
    n = int((sequences.lengths > width).sum())
    return (f"{_count(n, noun)} cropped to the {width} bases about the centre.",) if n else ()


def _made_negatives(
    files: Files, positives: SequenceSet, avoid: Sequence[Coordinates], *, random_state: int
) -> tuple[SequenceSet, str]:
    if files.genome is None or positives.coordinates is None:
        shuffled = shuffle_dinucleotides(positives, random_state=random_state)
        return shuffled, "No negatives were given: every positive was shuffled once, keeping its dinucleotide counts."
    per_positive = int(np.clip(_MOST_NEGATIVES // len(positives), 1, _MOST_PER_POSITIVE))
    excluded = list(avoid)
    if files.blacklist is not None:
        listed = read_regions(files.blacklist)
        excluded.append(Coordinates(listed.chromosome, listed.start, listed.end, listed.strand))
    negatives = genomic_negatives(
        positives,
        open_genome(files.genome, mask_lower=files.mask_lower),
        per_positive=per_positive,
        exclude=joined_places(excluded) if excluded else None,
        random_state=random_state,
    )
    note = (
        f"No negatives were given: {len(negatives)} regions of the genome were drawn ({per_positive * len(positives)} "
        f"wanted), alike in GC content and length."
    )
    return negatives, note


def _given_test(
    files: Files, positives: SequenceSet | None, train: SequenceSet, *, random_state: int
) -> tuple[SequenceSet | None, tuple[str, ...]]:
    if positives is None:
        if files.test_negatives is not None:
            msg = "Test negatives need test positives beside them."
            raise ParameterError(msg)
        return None, ()
    test, notes = _labelled(files, positives, files.test_negatives, [train], random_state=random_state)
    _check(test, fewest=2, part="test ")
    return test, tuple(f"Test set: {note}" for note in notes)


def _check(sequences: SequenceSet, *, fewest: int = _MIN_SEQUENCES, part: str = "", n_leaks: int = 0) -> None:
    for positive, name in ((True, f"{part}positive"), (False, f"{part}negative")):
        codes = sequences.codes[sequences.positive == positive]
        if len(codes) < fewest:
            msg = f"Expected at least {fewest} {name} sequences to train on and to test with. Got {len(codes)}"
            msg += f", since {n_leaks} that nearly repeat a test sequence were left out." if n_leaks else "."
            raise InputError(msg)
        if (codes == codes[0]).all():
            msg = f"All {len(codes)} {name} sequences are identical: there is nothing to learn. Give different ones."
            raise InputError(msg)
    longest = int(sequences.lengths.max())
    if longest < _MIN_LENGTH:
        msg = f"Expected sequences of at least {_MIN_LENGTH} bases for the filters to read. Got {longest} at most."
        raise InputError(msg)


@overload
def as_source(sequences: Source | Iterable[str]) -> Source: ...
@overload
def as_source(sequences: None) -> None: ...
def as_source(sequences: Source | Iterable[str] | None) -> Source | None:
    """Take several DNA strings for what they are; pass sequences, one path, several and None on.

    Examples
    --------
    >>> as_source(["ACGT", "ggnr"]).strings(), as_source(["a.fa", "b.fa"])
    (['ACGT', 'GGNN'], ['a.fa', 'b.fa'])
    """
    if sequences is None or isinstance(sequences, SequenceSet | str | Path):
        return sequences
    items = list(sequences)
    if items and all(isinstance(item, str) and set(item.upper()) <= IUPAC - {"."} for item in items):
        return from_strings([str(item) for item in items])
    return items


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def paths_of(source: Source | None) -> list[str]:
    """Return the paths of a source, none for sequences at hand."""
    if source is None or isinstance(source, SequenceSet):
        return []
    return [str(path) for path in ([source] if isinstance(source, str | Path) else source)]


def _title(source: Source | None) -> str | None:
    if source is None:
        return None
    return f"{len(source)} sequences" if isinstance(source, SequenceSet) else " ".join(paths_of(source))


def _is_stream(path: str) -> bool:
    """Tell a pipe or folder, which reading would use up or refuse, from a file or nothing."""
    return Path(path).exists() and not Path(path).is_file()
