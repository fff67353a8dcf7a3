"""Sequences in tables: TSV or CSV with a header, one sequence a line, and labels."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import IUPAC
from motiflens.errors import InputError
from motiflens.formats.fasta import Records, after_comments, encode_records, title
from motiflens.labels import positive_class

if TYPE_CHECKING:
    import _csv

_log = logging.getLogger(__name__)

_SEQUENCE = ("sequence", "seq")
_LABEL = ("label", "bound", "class", "y")
_NAME = ("name", "id", "eventid")
_MISSING = frozenset(["", "na", "nan", "null"])
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}(\.0*)?")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DELIMITERS = ("\t", ",", ";")
_SEPARATOR = re.compile(r"[\s,;]")


def is_table(line: str) -> bool:
    r"""Tell whether a line is the header of a table with a ``sequence`` or ``seq`` column.

    Examples
    --------
    >>> is_table("FoldID\tEventID\tseq\tBound"), is_table("id,dna"), is_table("ACGT")
    (True, False, False)
    """
    return any(_column(_cells(line, delimiter), _SEQUENCE) is not None for delimiter in _DELIMITERS)


def is_label_table(line: str) -> bool:
    r"""Tell whether a line is the header of a table of names and labels without sequences.

    Examples
    --------
    >>> is_label_table("name\tlabel"), is_label_table("name\tlabel\tsequence"), is_label_table("label")
    (True, False, False)
    """
    return not is_table(line) and any(
        _column(_cells(line, delimiter), _NAME) is not None and _column(_cells(line, delimiter), _LABEL) is not None
        for delimiter in _DELIMITERS
    )


def is_sequence_line(line: str) -> bool:
    """Tell whether a line is one word that can be meant as a sequence.

    Any word of IUPAC letters can; so can a longer word of letters, such as a protein, for which
    the reader then has a better message than that the file is not known.

    Examples
    --------
    >>> is_sequence_line("ACGTN"), is_sequence_line("hello"), is_sequence_line("AC GT")
    (True, False, False)
    """
    word = line.strip()
    return bool(word) and (IUPAC.issuperset(word.upper()) or (word.isalpha() and word.isascii() and len(word) >= 20))


def is_labels(data: bytes) -> bool:
    r"""Tell whether a file holds one label a line: integers, single letters, or words that repeat.

    The first line may be a header.

    Examples
    --------
    >>> is_labels(b"label\n0\n1\n"), is_labels(b"yes\nno\nno\nyes\nno\n"), is_labels(b"ACGT\nACGA\n")
    (True, True, False)
    """
    words, _ = _words(data)
    kinds = set(words[1:] or words) - {""}
    if not kinds or any(_SEPARATOR.search(word) for word in {words[0], *kinds}):
        return False
    if all(_NUMBER.fullmatch(word) for word in kinds) or max(map(len, kinds)) == 1:
        return True
    return len(kinds) <= min(100, len(words) // 2) and not all(is_sequence_line(word) for word in kinds)


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"').strip().lower() for cell in line.split(delimiter)]


def _column(header: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((header.index(name) for name in wanted if name in header), None)


def _words(data: bytes) -> tuple[list[str], int]:
    text, skipped = after_comments(data)
    return [line.strip() for line in text.decode("utf-8", "replace").rstrip().split("\n")], skipped


def parse_table(data: bytes, *, source: str | Path, mask_lower: bool = False) -> Records:
    r"""Read a table with a header; columns are found by name, whatever their case and order.

    Parameters
    ----------
    data
        The bytes of the file. Cells are separated by tabs, commas or semicolons. The sequence is
        in ``sequence`` or ``seq``; the label, if any, in ``label``, ``bound``, ``class`` or ``y``;
        the name, if any, in ``name``, ``id`` or ``eventid``.
    source
        The file, for messages.
    mask_lower
        Treat lower-case letters as unknown. Default False.

    Raises
    ------
    InputError
        When a row has another number of cells than the header, a label is missing, or a
        sequence is empty or not DNA.

    Examples
    --------
    >>> records = parse_table(b"id,seq,bound\np1,ACGT,1\n", source="x.csv")
    >>> records.names, records.codes.tolist(), records.labels
    (['p1'], [0, 1, 2, 3], ['1'])
    """
    columns, lines = _table(data, {"sequence": _SEQUENCE, "label": _LABEL, "name": _NAME}, "sequence", source)
    records = encode_records(
        ["".join(cell.split()).encode() for cell in columns["sequence"]],
        columns.get("name") or [""] * len(lines),
        source=source,
        line_of=lines.__getitem__,
        mask_lower=mask_lower,
    )
    labels = columns.get("label")
    return records if labels is None else replace(records, labels=_checked_labels(labels, lines, source))


def _table(
    data: bytes, wanted: Mapping[str, Sequence[str]], key: str, source: str | Path
) -> tuple[dict[str, list[str]], list[int]]:
    """Return the cells of the wanted columns, by what they are, and the line of each row; ``key`` must be there."""
    text, skipped = after_comments(data)
    first = text.partition(b"\n")[0].decode("utf-8", "replace")
    delimiter = next((mark for mark in _DELIMITERS if _column(_cells(first, mark), wanted[key]) is not None), ",")
    rows = csv.reader(io.StringIO(text.decode("utf-8", "replace"), newline=""), delimiter=delimiter, strict=True)
    try:
        return _columns(rows, wanted, key, skipped, source)
    except csv.Error as error:
        msg = f"{title(source)}:{skipped + rows.line_num}: the row cannot be read as part of a table ({error})."
        raise InputError(msg) from error


def _columns(
    rows: _csv.Reader, wanted: Mapping[str, Sequence[str]], key: str, skipped: int, source: str | Path
) -> tuple[dict[str, list[str]], list[int]]:
    header = [cell.strip().lower() for cell in next(rows, [])]
    found = {name: at for name, names in wanted.items() if (at := _column(header, names)) is not None}
    if key not in found:
        msg = f"{title(source)} must have a {' or '.join(map(repr, wanted[key]))} column. Got {', '.join(header)}."
        raise InputError(msg)
    columns: dict[str, list[str]] = {name: [] for name in found}
    lines = []
    for row in rows:
        if row and len(row) != len(header):
            where = f"{title(source)}:{skipped + rows.line_num}"
            msg = f"{where}: expected {len(header)} cells, as in the header. Got {len(row)}."
            raise InputError(msg)
        if row:
            lines.append(skipped + rows.line_num)
            for name, at in found.items():
                columns[name].append(row[at].strip())
    if not lines:
        msg = f"{title(source)} is a table without rows. Expected at least one {key} below the header."
        raise InputError(msg)
    return columns, lines


def _checked_labels(labels: list[str], lines: Sequence[int], source: str | Path) -> list[str]:
    for label, line in zip(labels, lines, strict=True):
        if label.lower() in _MISSING:
            msg = f"{title(source)}:{line}: the label is missing. Expected one for each sequence."
            raise InputError(msg)
    return labels


def parse_lines(data: bytes, *, source: str | Path, mask_lower: bool = False) -> Records:
    r"""Read one sequence a line, without header; they are named ``seq1``, ``seq2``, ….

    Raises
    ------
    InputError
        When a line is empty or not DNA.

    Examples
    --------
    >>> parse_lines(b"ACG\nTT\n", source="x.txt").names
    ['seq1', 'seq2']
    """
    text, skipped = after_comments(data)
    bodies = [line.strip() for line in text.rstrip().split(b"\n")]
    return encode_records(
        bodies,
        [""] * len(bodies),
        source=source,
        line_of=lambda index: index + 1 + skipped,
        mask_lower=mask_lower,
    )


def parse_labels(data: bytes, *, n_sequences: int, source: str | Path) -> list[str]:
    r"""Read one label a line, for a file of sequences.

    When there is exactly one line too many, the first is a header, even if it looks like a
    label; it is dropped, and the log says so.

    Parameters
    ----------
    data
        The bytes of the file.
    n_sequences
        Number of sequences to be labelled.
    source
        The file, for messages.

    Raises
    ------
    InputError
        When the numbers differ otherwise, or a label is missing.

    Examples
    --------
    >>> parse_labels(b"label\n0\n1\n", n_sequences=2, source="labels.txt")
    ['0', '1']
    """
    words, skipped = _words(data)
    headed = not _NUMBER.fullmatch(words[0]) and all(_NUMBER.fullmatch(word) for word in words[1:])
    surplus = len(words) - n_sequences
    if surplus == 1:
        level = logging.INFO if headed else logging.WARNING
        _log.log(level, "%s: has one line more than there are sequences (%d): the first line, %r, is dropped as a "
                 "header.", title(source), n_sequences, words[0])  # fmt: skip
    elif surplus or headed:
        found = f"{len(words) - headed} labels" + (" and a header" if headed else "")
        msg = f"{title(source)} must have one label a line for {n_sequences} sequences. Got {found}."
        raise InputError(msg)
    first = 1 if surplus else 0
    lines = range(skipped + first + 1, skipped + len(words) + 1)
    return _checked_labels(words[first:], lines, source)


def parse_label_table(data: bytes, *, names: Sequence[str], source: str | Path) -> list[str]:
    r"""Read a table of names and labels, and return the labels in the order of the sequences.

    Parameters
    ----------
    data
        The bytes of the file: a header with ``name``, ``id`` or ``eventid`` and ``label``, ``bound``,
        ``class`` or ``y``, in any order; other columns are not read.
    names
        Names of the ``n`` sequences to be labelled.
    source
        The file, for messages.

    Raises
    ------
    InputError
        When a name is there twice, a sequence has no label, or a label no sequence.

    Examples
    --------
    >>> parse_label_table(b"name\tlabel\nb\t0\na\t1\n", names=["a", "b"], source="labels.tsv")
    ['1', '0']
    """
    columns, lines = _table(data, {"label": _LABEL, "name": _NAME}, "label", source)
    labels = _checked_labels(columns["label"], lines, source)
    found: dict[str, str] = {}
    for name, label, line in zip(columns["name"], labels, lines, strict=True):
        if name in found:
            msg = f"{title(source)}:{line}: {name!r} has a label already. Expected each name once."
            raise InputError(msg)
        found[name] = label
    _check_names(names, found, source)
    return [found[name] for name in names]


def _check_names(names: Sequence[str], labels: Mapping[str, str], source: str | Path) -> None:
    """Refuse labels that do not fit the sequences, name by name."""
    known = set(names)
    if len(known) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        msg = f"{title(source)} labels sequences by name, but several are named {twice!r}. Give each its own name."
        raise InputError(msg)
    missing, extra = [name for name in names if name not in labels], [name for name in labels if name not in known]
    for rest, text in ((missing, "sequences without a label"), (extra, "labels of no sequence")):
        if rest:
            msg = (
                f"{title(source)} must have one label for each of {len(names)} sequences, by name. "
                f"Got {text} ({len(rest)}, the first {rest[0]!r})."
            )
            raise InputError(msg)


def class_indices(labels: Sequence[str], *, source: str) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Turn labels into ``(n,)`` int64 class indices and the names of the classes.

    Labels 0 and 1 keep their meaning, even when only one of them occurs; other integers are
    sorted as numbers. Of two words the one that says no, as in unbound and bound, comes first;
    other words are sorted as text.

    Parameters
    ----------
    labels
        ``n`` labels as the files spell them.
    source
        The files, for messages.

    Raises
    ------
    InputError
        When labels are fractions: a measurement is not a class.

    Examples
    --------
    >>> indices, classes = class_indices(["weak", "strong", "weak"], source="x.csv")
    >>> indices.tolist(), classes
    ([1, 0, 1], ('strong', 'weak'))
    """
    kinds = set(labels)
    names: dict[str, str] = {kind: kind for kind in kinds}
    if all(_INTEGER.fullmatch(kind) for kind in kinds):
        names = {kind: str(int(float(kind))) for kind in kinds}
        binary = {"0", "1"} if {"0", "1"}.issuperset(names.values()) else set()
        classes = sorted(binary.union(names.values()), key=int)
    elif all(_NUMBER.fullmatch(kind) for kind in kinds):
        fraction = next(label for label in labels if not _INTEGER.fullmatch(label))
        msg = (
            f"{source}: labels must be classes, integers or words. Got the number {fraction!r}: group them in classes."
        )
        raise InputError(msg)
    else:
        classes = sorted(kinds)
        if len(classes) == 2 and positive_class(classes) == 0:
            classes.reverse()
    position = {name: index for index, name in enumerate(classes)}
    lookup = {kind: position[name] for kind, name in names.items()}
    return np.array([lookup[label] for label in labels], dtype=np.int64), tuple(classes)
