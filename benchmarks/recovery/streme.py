"""STREME of the MEME Suite on the same sequences (Bailey 2021, doi:10.1093/bioinformatics/btab203)."""

from __future__ import annotations

import csv
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import motiflens as ml
from motiflens.motifs import Motif
from motiflens.results import Site

SIGNIFICANT = 0.05
OPTIONS = ("--dna", "--evalue", "--thresh", str(SIGNIFICANT), "--seed", "0", "--verbosity", "1")
_COLUMNS = ("motif_ID", "seq_ID", "site_Start", "site_End", "site_Strand", "site_Score")

Result = tuple[tuple[Motif, ...], tuple[Motif, ...], tuple[Site, ...] | None]


def run_streme(positives: ml.SequenceSet, negatives: ml.SequenceSet, program: str) -> Result:
    """Run STREME in a folder of its own.

    Returns
    -------
    significant, others
        Its motifs with an E-value up to 0.05, best first, and the rest.
    sites
        Its sites in the positives; None when this version does not write them, or otherwise.

    Raises
    ------
    subprocess.CalledProcessError
        When it ends with an error.
    """
    with tempfile.TemporaryDirectory() as home:
        files = {"--p": (Path(home, "pos.fa"), positives), "--n": (Path(home, "neg.fa"), negatives)}
        command = [program, *OPTIONS, "--oc", str(Path(home, "out"))]
        for option, (path, sequences) in files.items():
            write_fasta(path, sequences)
            command += [option, str(path)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return read_streme(Path(home, "out"))


def write_fasta(path: Path, sequences: ml.SequenceSet) -> None:
    """Write sequences, a name and a line each."""
    pairs = zip(sequences.names, sequences.strings(), strict=True)
    path.write_text("".join(f">{name}\n{text}\n" for name, text in pairs), encoding="ascii")


def read_streme(folder: Path) -> Result:
    """Read `streme.txt`, and `sites.tsv` where there is one; see `run_streme` for what is returned.

    Raises
    ------
    InputError
        When a motif has no E-value.
    """
    path = folder / "streme.txt"
    motifs = ml.read_motifs(path) if "MOTIF" in path.read_text(encoding="utf-8") else []
    if any("evalue" not in motif.evidence for motif in motifs):
        raise ml.InputError(f"{path.name} must tell an E-value (E=) for each of its {len(motifs)} motifs.")
    ranked = sorted(motifs, key=lambda motif: motif.evidence["evalue"])
    significant = tuple(motif for motif in ranked if motif.evidence["evalue"] <= SIGNIFICANT)
    others = tuple(motif for motif in ranked if motif.evidence["evalue"] > SIGNIFICANT)
    table = folder / "sites.tsv"
    return significant, others, _sites(table, [motif.name for motif in significant]) if table.is_file() else None


def _sites(path: Path, wanted: Sequence[str]) -> tuple[Site, ...] | None:
    """Read sites, 1-based and closed in the file; comments and blank lines are passed over; None with other columns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if line.strip() and not line.startswith("#")), delimiter="\t")
        if not set(_COLUMNS) <= set(rows.fieldnames or ()):
            return None
        cells = [[row[name] for name in _COLUMNS] for row in rows]
    return tuple(
        Site(sequence, int(start) - 1, int(end), strand, motif, float(score))
        for motif, sequence, start, end, strand, score in cells
        if motif in wanted
    )
