"""One run of ``motiflens motifs`` on a saved network: its motifs, tested on sequences of two classes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motiflens.database import DEFAULT_DATABASE, check_database
from motiflens.errors import ParameterError
from motiflens.extraction.attribution_motifs import SOURCES
from motiflens.formats.motif_files import write_meme
from motiflens.outputs import output_folder
from motiflens.preparing import Files, prepare
from motiflens.runs.model_motifs import ModelMotifs, model_motifs
from motiflens.runs.motif_input import network_folder
from motiflens.runs.record import checksums, versions
from motiflens.writing import MATCH_COLUMNS, motifs_tsv, sites_bed, table_text, to_json

Progress = Callable[[str, int, int], None]
_logger = logging.getLogger(__name__)
_FILES = ("model.json", "model.safetensors", "predictions.tsv")


@dataclass(frozen=True)
class NetworkMotifsOptions:
    """How motifs are made and told.

    Attributes
    ----------
    database
        Motifs to compare with, by name or file; None for no comparison.
    method
        One of `motiflens.extraction.attribution_motifs.SOURCES`.
    threads
        Threads to use, in [1, inf); no result depends on it.
    random_state
        Seed of everything random.
    """

    database: str | None = DEFAULT_DATABASE
    method: str = "both"
    threads: int = 1
    random_state: int = 0

    def check(self) -> None:
        """Refuse what no data could make fit.

        Raises
        ------
        InputError, ParameterError
            When there is no such database or method.
        """
        if self.method not in SOURCES:
            msg = f"method must be one of {', '.join(SOURCES)}. Got {self.method!r}."
            raise ParameterError(msg)
        if self.database is not None:
            check_database(self.database)


@dataclass(frozen=True)
class NetworkMotifsRun:
    """The motifs of a network, with all that is needed to write them.

    Attributes
    ----------
    motifs
        Motifs with evidence, matches, sites, and where each came from.
    run
        Enough to repeat the run.
    notes
        Sentences for the user.
    """

    motifs: ModelMotifs
    run: Mapping[str, Any]
    notes: tuple[str, ...]

    def write(self, output: str | Path, *, force: bool = False) -> Path:
        """Write the motifs as `discover` does into the folder ``output`` and return it.

        They are `motifs.meme`, `motifs.tsv`, `sites.bed`, `matches.tsv` and `run.json`; they appear
        together at the end or, whatever goes wrong, not at all.

        Raises
        ------
        OutputError
            When the folder exists and ``force`` is False, or it cannot be written.
        """
        matches = (match for finding in self.motifs.findings for match in finding.matches)
        texts = {
            "motifs.tsv": motifs_tsv(self.motifs),
            "sites.bed": sites_bed(self.motifs),
            "matches.tsv": table_text(
                MATCH_COLUMNS, ([getattr(match, column) for column in MATCH_COLUMNS] for match in matches)
            ),
            "run.json": to_json(self.run),
        }
        with output_folder(output, force=force) as folder:
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
            write_meme(self.motifs.motifs, folder / "motifs.meme")
        return Path(output)


def run_network_motifs(
    model: str, files: Files, options: NetworkMotifsOptions, *, progress: Progress | None = None
) -> NetworkMotifsRun:
    """Read sequences of two classes and find what a saved network learnt from them.

    Parameters
    ----------
    model
        Folder that ``discover`` or ``train`` wrote.
    files
        The sequences: of two classes by their labels, positives and negatives, or positives alone,
        which are then shuffled.
    options
        How motifs are made and told.
    progress
        Called with a step's name, how much of it is done and of how much.

    Raises
    ------
    InputError
        When the folder holds no network, or a file cannot be used.
    ParameterError
        When an option is out of range or options contradict.
    """
    options.check()
    folder = network_folder(model)
    inputs = {**checksums([str(folder / name) for name in _FILES]), **files.checksums()}
    prepared = prepare(files, random_state=options.random_state)
    found = model_motifs(
        folder,
        prepared.everything,
        database=options.database,
        method=options.method,
        threads=options.threads,
        random_state=options.random_state,
        progress=progress,
    )
    outcome = f"Motifs tested on held-out sequences: {found.n_tested}; reported: {len(found.findings)}."
    _logger.info(outcome)
    notes = (*prepared.audit.warnings, *prepared.notes, *found.notes, outcome)
    record = {
        "command": "motifs",
        "arguments": {"model": model, **files.options(), "database": options.database, "method": options.method},
        "seed": options.random_state,
        "n_tested": found.n_tested,
        "sources": found.sources,
        "versions": versions(),
        "inputs": inputs,
        "notes": list(notes),
    }
    return NetworkMotifsRun(found, record, notes)
