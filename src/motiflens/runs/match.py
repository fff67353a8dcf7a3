"""One run of ``motiflens match``: motif files in; what each motif resembles out."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from motiflens.database import DEFAULT_DATABASE
from motiflens.errors import ParameterError
from motiflens.formats.motif_text import Background
from motiflens.matching import match
from motiflens.motifs import Motif
from motiflens.outputs import output_folder
from motiflens.results import Match
from motiflens.runs.base_frequencies import base_frequencies
from motiflens.runs.motif_input import motif_file, read_given_motifs, repeated_names, smoothed
from motiflens.runs.record import checksums, versions
from motiflens.significance import check_probability
from motiflens.writing import MATCH_COLUMNS, table_text, to_json

_logger = logging.getLogger(__name__)
_FEW = 50
_MOTIFS = "motifs"


@dataclass(frozen=True)
class MatchRun:
    """What motifs resemble in a database.

    Attributes
    ----------
    motifs
        The motifs that were compared, in the file's order.
    matches
        For each, its matches that are kept, best first.
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


@dataclass(frozen=True)
class MatchOptions:
    """How motifs are compared, and which matches are kept.

    Attributes
    ----------
    qvalue
        Highest q-value of a match, in (0, 1]. Default 0.1.
    evalue
        Highest E-value of a match, above 0; any by default.
    min_overlap, both_strands
        As ``min_overlap`` and ``reverse_complement`` of `match`.
    pseudocount
        Sites added to every motif, of both sides, before they are compared, in [0, inf).
    background
        How these are spread over the bases: ``motifs`` as the background in each file, or what
        `base_frequencies` takes.
    only
        Names of the motifs to compare, as of `motif_input.chosen`; none for all.
    """

    qvalue: float = 0.1
    evalue: float = math.inf
    min_overlap: int = 5
    both_strands: bool = True
    pseudocount: float = 0.0
    background: str = _MOTIFS
    only: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse figures out of range.

        Raises
        ------
        ParameterError
            When there is one.
        """
        smoothed([], self.pseudocount)
        check_probability("qvalue", self.qvalue)
        if not self.evalue > 0:
            msg = f"evalue must be above 0. Got {self.evalue:g}."
            raise ParameterError(msg)


def run_match(
    motifs: str, databases: Sequence[str] = (DEFAULT_DATABASE,), options: MatchOptions | None = None
) -> MatchRun:
    """Compare the motifs of a file with one database or several together.

    Parameters
    ----------
    motifs
        As `read_given_motifs` takes them: a motif file, a database by name, the folder of a run.
    databases
        The same for the motifs to compare with.
    options
        How motifs are compared, and which matches are kept.

    Raises
    ------
    InputError
        When a file or what is in it cannot be used.
    ParameterError
        When an option is out of range, or several files are standard input.
    """
    options = options or MatchOptions()
    options.check()
    if [motifs, *databases].count("-") > 1:
        msg = "Standard input can be read only once: give - for the motifs or for one database, not twice."
        raise ParameterError(msg)
    background = base_frequencies(options.background, (_MOTIFS,))
    inputs = checksums([*map(motif_file, (motifs, *databases)), options.background])
    queries = read_given_motifs(motifs, options.only)
    targets = [target for database in databases for target in read_given_motifs(database)]
    notes = (*repeated_names(queries), *_notes(len(targets)))
    found = match(
        _prepared(queries, background, options.pseudocount), _prepared(targets, background, options.pseudocount),
        min_overlap=options.min_overlap, reverse_complement=options.both_strands, qvalue=options.qvalue,
    )  # fmt: skip
    kept = tuple(tuple(each for each in matches if each.evalue <= options.evalue) for matches in found)
    _logger.info("Motifs %d, targets %d: %d matches.", len(queries), len(targets), sum(map(len, kept)))
    run = {
        "command": "match",
        "arguments": {"motifs": motifs, "database": list(databases), **asdict(options)},
        "versions": versions(),
        "inputs": inputs,
        "notes": list(notes),
    }
    return MatchRun(tuple(queries), kept, run, notes)


def _prepared(motifs: Sequence[Motif], background: str | Background, pseudocount: float) -> list[Motif]:
    """Return motifs with their pseudocounts."""
    if not isinstance(background, str):
        motifs = [replace(motif, background=background) for motif in motifs]
    return smoothed(motifs, pseudocount)


def _notes(n_targets: int) -> tuple[str, ...]:
    if n_targets >= _FEW:
        return ()
    note = (f"The p-values come from the columns of the database, and {n_targets} motifs make them rough: "
            f"{_FEW} or more are better.")  # fmt: skip
    _logger.warning("%s", note)
    return (note,)
