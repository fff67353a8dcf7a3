"""One run of ``motiflens match``: motif files in; what each motif resembles out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motiflens.database import DEFAULT_DATABASE, read_database
from motiflens.errors import ParameterError
from motiflens.matching import match
from motiflens.motifs import Motif
from motiflens.outputs import output_folder
from motiflens.results import Match
from motiflens.runs.record import checksums, read_some_motifs, versions
from motiflens.writing import MATCH_COLUMNS, table_text, to_json

_logger = logging.getLogger(__name__)
_FEW = 50


@dataclass(frozen=True)
class MatchRun:
    """What motifs resemble in a database.

    Attributes
    ----------
    motifs
        The motifs that were compared, in the file's order.
    matches
        For each, its matches up to the q-value, best first.
    run
        Enough to repeat the run: command, arguments, versions, inputs (SHA-256 by path), notes.
    notes
        Sentences for the user.
    """

    motifs: tuple[Motif, ...]
    matches: tuple[tuple[Match, ...], ...]
    run: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def write(self, output: str | Path, *, force: bool = False) -> Path:
        """Write `matches.tsv` and `run.json` into the folder ``output`` and return it.

        Raises
        ------
        OutputError
            When the folder exists and ``force`` is False, or it cannot be written.
        """
        with output_folder(output, force=force) as folder:
            (folder / "matches.tsv").write_text(self.matches_tsv(), encoding="utf-8", newline="\n")
            (folder / "run.json").write_text(to_json(self.run), encoding="utf-8", newline="\n")
        return Path(output)

    def matches_tsv(self) -> str:
        """Return the text of `matches.tsv`, in the columns that a discovery has."""
        rows = (each for matches in self.matches for each in matches)
        return table_text(MATCH_COLUMNS, ([getattr(each, column) for column in MATCH_COLUMNS] for each in rows))


def run_match(motifs: str, *, database: str = DEFAULT_DATABASE, qvalue: float = 0.1) -> MatchRun:
    """Compare the motifs of a file with a database.

    Parameters
    ----------
    motifs
        A motif file, or a database by name, as `read_database` takes them.
    database
        The same for the motifs to compare with.
    qvalue
        Highest q-value of a match, in (0, 1]. Default 0.1.

    Raises
    ------
    InputError
        When a file or what is in it cannot be used.
    ParameterError
        When the q-value is out of range, or both files are standard input.
    """
    if not 0 < qvalue <= 1:
        msg = f"qvalue must be in (0, 1]. Got {qvalue:g}."
        raise ParameterError(msg)
    if motifs == database == "-":
        msg = "Standard input can be read only once: give - for the motifs or for the database, not both."
        raise ParameterError(msg)
    inputs = checksums([motifs, database])
    queries, targets = read_some_motifs(motifs), read_database(database)
    kept = tuple(map(tuple, match(queries, targets, qvalue=qvalue)))
    notes = _notes(len(targets))
    _logger.info("Motifs %d, targets %d: %d matches.", len(queries), len(targets), sum(map(len, kept)))
    run = {
        "command": "match",
        "arguments": {"motifs": motifs, "database": database, "qvalue": qvalue},
        "versions": versions(),
        "inputs": inputs,
        "notes": list(notes),
    }
    return MatchRun(tuple(queries), kept, run, notes)


def _notes(n_targets: int) -> tuple[str, ...]:
    if n_targets >= _FEW:
        return ()
    note = (f"The p-values come from the columns of the database, and {n_targets} motifs make them rough: "
            f"{_FEW} or more are better.")  # fmt: skip
    _logger.warning("%s", note)
    return (note,)
