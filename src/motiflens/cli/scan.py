"""``motiflens scan``: known motifs and sequences in; every site out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from motiflens.cli.motif_options import Only, SiteQValue
from motiflens.cli.options import (
    AsJson,
    Background,
    Data,
    Force,
    Genome,
    MaskLower,
    Motifs,
    PValue,
    Quiet,
    ScanOutput,
    ScanStrands,
    ScanStrandsOption,
    Threads,
    Verbose,
    Window,
)
from motiflens.cli.summary import check_printed, many, table

if TYPE_CHECKING:
    from motiflens.runs.scan import ScanRun

_SHOWN = 20


def scan(  # noqa: PLR0913 (one parameter an option)
    motifs: Motifs,
    data: Data,
    *,
    only: Only = None,
    genome: Genome = None,
    window: Window = None,
    mask_lower: MaskLower = False,
    pvalue: PValue = 1e-4,
    qvalue: SiteQValue = 1.0,
    background: Background = "sequences",
    strands: ScanStrandsOption = ScanStrands.BOTH,
    output: ScanOutput,
    force: Force = False,
    threads: Threads = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Find every site of known MOTIFS in DATA, with exact p-values.

    Writes a folder with sites.tsv (a line a site; 0-based half-open coordinates, genomic when
    they are known), sites.bed (its score is -100 log10 p, at most 1000), sites.gff3 and run.json.
    Overlapping sites are all reported.

    Example: motiflens scan motifs.meme genome.fa.gz -o sites

    Example: motiflens scan jaspar:fungi peaks.bed --genome genome.fa --only ABF1 --pvalue 1e-5 -o -
    """
    import os

    from motiflens.cli.console import compilation_notice, progress_bars, start_logging
    from motiflens.outputs import check_output

    console = start_logging(verbose=verbose, quiet=quiet)
    check_printed(output, as_json=as_json)
    if output != "-":
        check_output(output, force=force)

    from motiflens.runs.scan import ScanOptions, run_scan
    from motiflens.runs.scan_input import ScanFiles

    options = ScanOptions(
        pvalue=pvalue,
        qvalue=qvalue,
        background=background,
        both_strands=strands is ScanStrands.BOTH,
        only=tuple(only or ()),
    )
    files = ScanFiles(tuple(data), genome, window, mask_lower)
    with compilation_notice(), progress_bars(console, quiet=quiet) as progress:
        found = run_scan(motifs, files, options, threads=threads or os.cpu_count() or 1, progress=progress)
    if output == "-":
        _print_table(found)
        return
    _show(found, found.write(output, force=force), as_json=as_json, quiet=quiet)


def _print_table(found: ScanRun) -> None:
    import typer

    from motiflens.runs.site_files import sites_tsv

    for text in sites_tsv(found.table()):
        typer.echo(text, nl=False)


def _show(found: ScanRun, folder: Path, *, as_json: bool, quiet: bool) -> None:
    import typer

    from motiflens.writing import to_json

    rows = found.by_motif()
    if as_json:
        record = {"output": str(folder), "n_sites": len(found.sites), "n_sequences": len(found.sites.sequence_names),
                  "background": list(found.sites.background), "motifs": rows, "notes": found.notes}  # fmt: skip
        typer.echo(to_json(record), nl=False)
    elif not quiet:
        most = sorted(rows, key=lambda row: -int(row["n_sites"] or 0))[:_SHOWN]
        cells = [(row["motif"], row["motif_name"] or "-", str(row["n_sites"]), f"{row['best_pvalue']:.2g}")
                 for row in most if row["n_sites"]]  # fmt: skip
        lines = table([("motif", "name", "sites", "best p-value"), *cells]) if cells else ["No site."]
        left = sum(1 for row in rows if row["n_sites"]) - len(cells)
        more = [f"... and {left} more motifs with sites"] if left > 0 else []
        typer.echo("\n".join([*lines, *more, "", f"Sites: {many(len(found.sites), 'site')} in {folder}"]))
