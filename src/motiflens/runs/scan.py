"""One run of ``motiflens scan``: files in; every site of known motifs out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motiflens.alphabet import Codes
from motiflens.errors import InputError, ParameterError
from motiflens.motifs import Motif
from motiflens.outputs import output_folder
from motiflens.runs.base_frequencies import base_frequencies, mean_background
from motiflens.runs.motif_input import listed, motif_file, read_given_motifs, repeated_names
from motiflens.runs.record import checksums, versions
from motiflens.runs.scan_input import ScanFiles, ScanInput
from motiflens.runs.site_files import SiteTable, site_table, sites_bed, sites_gff3, sites_tsv
from motiflens.scanning.occurrences import scan
from motiflens.scanning.sites import Sites
from motiflens.significance import check_probability
from motiflens.writing import to_json

Progress = Callable[[str, int, int], None]
_logger = logging.getLogger(__name__)
_SEQUENCES, _MOTIFS = "sequences", "motifs"


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


@dataclass(frozen=True)
class ScanOptions:
    """Which sites are sought.

    Attributes
    ----------
    pvalue, both_strands
        As in `scan`.
    qvalue
        Highest q-value of a site, in (0, 1]. Default 1: all up to the p-value.
    background
        ``sequences`` for the base frequencies of what is scanned, ``motifs`` for the background in
        the motif file, or what `base_frequencies` takes.
    only
        Names of the motifs to scan with, as of `motif_input.chosen`; none for all.
    """

    pvalue: float = 1e-4
    qvalue: float = 1.0
    background: str = _SEQUENCES
    both_strands: bool = True
    only: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse figures out of range.

        Raises
        ------
        ParameterError
            When there is one.
        """
        check_probability("pvalue", self.pvalue)
        check_probability("qvalue", self.qvalue)


def run_scan(
    motifs: str, files: ScanFiles, options: ScanOptions, *, threads: int = 1, progress: Progress | None = None
) -> ScanRun:
    """Read motifs and sequences from files and find every site.

    Parameters
    ----------
    motifs
        As `read_given_motifs` takes them: a motif file, a database by name, the folder of a run.
    files
        Where the sequences are.
    options
        Which sites are sought.
    threads
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
    options.check()
    if motifs == "-" and "-" in files.sources:
        msg = "Standard input can be read only once: give - for the motifs or for the sequences, not both."
        raise ParameterError(msg)
    background: str | Sequence[float] = base_frequencies(options.background, (_SEQUENCES, _MOTIFS))
    inputs = {**checksums([motif_file(motifs), options.background]), **files.checksums()}
    known = read_given_motifs(motifs, options.only)
    background = mean_background(known) if background == _MOTIFS else background
    sequences = files.open()
    n_passes = 2 if background == _SEQUENCES else 1
    shown = sequences if progress is None else _Shown(sequences, n_passes, progress)
    sites = scan(known, shown, pvalue=options.pvalue, background=background, both_strands=options.both_strands,
                 threads=threads)  # fmt: skip
    _check_windows(sites, files)
    notes = (*repeated_names(known), *_notes(sites, options.pvalue))
    sites = _up_to(replace(sites, coordinates=sequences.coordinates), options.qvalue)
    _logger.info("Motifs %d, sequences %d of %d bases: %d sites in %.2f s.", len(known), len(sites.sequence_names),
                 sequences.n_bases, len(sites), time.perf_counter() - started)  # fmt: skip
    arguments = {"motifs": motifs, "data": list(files.sources), "genome": files.genome, "window": files.window,
                 "mask_lower": files.mask_lower, **asdict(options)}  # fmt: skip
    return ScanRun(sites, tuple(known), sequences, _record(arguments, inputs, notes, sites), notes)


def _check_windows(sites: Sites, files: ScanFiles) -> None:
    """Refuse sequences of unknown bases, in which no motif could be."""
    if not sites.n_windows.any():
        msg = (f"{', '.join(files.sources)}: expected windows of known bases (A, C, G or T). Got none as wide as a "
               "motif; lower-case letters are unknown where they are masked.")  # fmt: skip
        raise InputError(msg)


def _up_to(sites: Sites, qvalue: float) -> Sites:
    """Leave the sites up to a q-value."""
    kept = sites.qvalue <= qvalue
    names = ("sequence", "motif", "start", "end", "reverse", "score", "pvalue", "qvalue")
    return sites if kept.all() else replace(sites, **{name: getattr(sites, name)[kept] for name in names})


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
        if names:
            notes.append(f"{len(names)} of {len(sites.motif_names)} motifs can have no site, for {why}: "
                         f"{listed(names)}.")  # fmt: skip
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
