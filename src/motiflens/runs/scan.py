"""One run of ``motiflens scan``: files in; every site of known motifs out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motiflens.alphabet import Codes
from motiflens.errors import InputError, ParameterError
from motiflens.motifs import Motif
from motiflens.outputs import output_folder
from motiflens.runs.record import checksums, read_some_motifs, versions
from motiflens.runs.scan_input import ScanFiles, ScanInput
from motiflens.runs.site_files import SiteTable, site_table, sites_bed, sites_gff3, sites_tsv
from motiflens.scanning.occurrences import scan
from motiflens.scanning.score_distribution import check_pvalue
from motiflens.scanning.sites import Sites
from motiflens.writing import to_json

Progress = Callable[[str, int, int], None]
_logger = logging.getLogger(__name__)
_LISTED = 5


@dataclass(frozen=True)
class ScanRun:
    """The sites that a scan found, with all that is needed to write them.

    Attributes
    ----------
    sites
        Every site; genomic when coordinates are known.
    motifs
        The motifs that were scanned with.
    sequences
        What was scanned.
    run
        Enough to repeat the run: command, arguments, versions, inputs (SHA-256 by path), notes.
    notes
        Sentences for the user.
    """

    sites: Sites
    motifs: tuple[Motif, ...]
    sequences: ScanInput
    run: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def table(self) -> SiteTable:
        """Return the sites in the order of the files."""
        return site_table(self.sites, self.motifs, self.sequences)

    def by_motif(self) -> list[dict[str, Any]]:
        """Return for each motif its number of sites, its cut-off in bits and its best p-value."""
        sites = self.sites
        counts, best = np.bincount(sites.motif, minlength=len(self.motifs)), np.full(len(self.motifs), np.inf)
        np.minimum.at(best, sites.motif, sites.pvalue)
        return [
            {"motif": motif.name, "motif_name": motif.alternate_name, "n_sites": int(count), "cut_off": float(cut_off),
             "best_pvalue": float(pvalue), "n_windows": int(n_windows)}
            for motif, count, cut_off, pvalue, n_windows in
            zip(self.motifs, counts, sites.cut_offs, best, sites.n_windows, strict=True)
        ]  # fmt: skip

    def write(self, output: str | Path, *, force: bool = False) -> Path:
        """Write `sites.bed`, `sites.tsv`, `sites.gff3` and `run.json` into the folder ``output`` and return it.

        The files appear together at the end or, whatever goes wrong, not at all.

        Raises
        ------
        OutputError
            When the folder exists and ``force`` is False, or it cannot be written.
        """
        with output_folder(output, force=force) as folder:
            table = self.table()
            for name, text in (("sites.bed", sites_bed), ("sites.tsv", sites_tsv), ("sites.gff3", sites_gff3)):
                with (folder / name).open("w", encoding="utf-8", newline="\n") as file:
                    file.writelines(text(table))
            (folder / "run.json").write_text(to_json(self.run), encoding="utf-8", newline="\n")
        return Path(output)


def run_scan(
    motifs: str,
    files: ScanFiles,
    *,
    pvalue: float = 1e-4,
    background: str | Sequence[float] = "sequences",
    both_strands: bool = True,
    threads: int = 1,
    progress: Progress | None = None,
) -> ScanRun:
    """Read motifs and sequences from files and find every site.

    Parameters
    ----------
    motifs
        A motif file, or a database by name, as `read_database` takes them.
    files
        Where the sequences are.
    pvalue, background, both_strands, threads
        As in `scan`.
    progress
        Called with (step, done, total).

    Raises
    ------
    InputError
        When a file or what is in it cannot be used.
    ParameterError
        When an option is out of range or options contradict.
    """
    started = time.perf_counter()
    check_pvalue(pvalue)
    if motifs == "-" and "-" in files.sources:
        msg = "Standard input can be read only once: give - for the motifs or for the sequences, not both."
        raise ParameterError(msg)
    inputs = {**checksums([motifs]), **files.checksums()}
    known = read_some_motifs(motifs)
    sequences = files.open()
    n_passes = 2 if background == "sequences" else 1
    shown = sequences if progress is None else _Shown(sequences, n_passes, progress)
    options: dict[str, Any] = {"pvalue": pvalue, "background": background, "both_strands": both_strands}
    sites = replace(scan(known, shown, threads=threads, **options), coordinates=sequences.coordinates)
    if not sites.n_windows.any():
        msg = (f"{', '.join(files.sources)}: expected windows of known bases (A, C, G or T). Got none as wide as a "
               "motif; lower-case letters are unknown where they are masked.")  # fmt: skip
        raise InputError(msg)
    notes = _notes(sites, pvalue)
    _logger.info("Motifs %d, sequences %d of %d bases: %d sites in %.2f s.", len(known), len(sites.sequence_names),
                 sequences.n_bases, len(sites), time.perf_counter() - started)  # fmt: skip
    arguments = {"motifs": motifs, "data": list(files.sources), "genome": files.genome, "window": files.window,
                 "mask_lower": files.mask_lower, **options}  # fmt: skip
    return ScanRun(sites, tuple(known), sequences, _record(arguments, inputs, notes, sites), notes)


def _notes(sites: Sites, pvalue: float) -> tuple[str, ...]:
    fits = sites.n_windows > 0
    silent = (
        (fits & np.isinf(sites.cut_offs),
         f"even their best word is likelier than p = {pvalue:g}; a higher p-value includes them"),
        (~fits, "no window of known bases is as wide"),
    )  # fmt: skip
    notes = []
    for which, why in silent:
        names = [sites.motif_names[index] for index in np.flatnonzero(which)]
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        if names:
            notes.append(f"{len(names)} of {len(sites.motif_names)} motifs can have no site, for {why}: "
                         f"{', '.join(names[:_LISTED])}{more}.")  # fmt: skip
    for note in notes:
        _logger.warning("%s", note)
    return tuple(notes)


def _record(
    arguments: Mapping[str, Any], inputs: Mapping[str, str], notes: Sequence[str], sites: Sites
) -> dict[str, Any]:
    return {
        "command": "scan",
        "arguments": dict(arguments),
        "background": dict(zip("ACGT", sites.background, strict=True)),
        "n_sites": len(sites),
        "versions": versions(),
        "inputs": dict(inputs),
        "notes": list(notes),
    }


class _Shown:
    """Sequences that tell how many of their bases have been read, in the first pass and in the last."""

    def __init__(self, sequences: ScanInput, n_passes: int, progress: Progress) -> None:
        self._sequences = sequences
        self._progress = progress
        self._steps = ["bases counted", "bases scanned"][-n_passes:]

    def __iter__(self) -> Iterator[tuple[str, Codes]]:
        step, total = self._steps.pop(0), self._sequences.n_bases
        done = shown = 0
        for name, code in self._sequences:
            yield name, code
            done += len(code)
            if done - shown >= total / 100:
                self._progress(step, done, total)
                shown = done
