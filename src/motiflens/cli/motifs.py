"""``motiflens motifs``: motifs in any format, or a network with sequences, in; motifs out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from motiflens.cli.motif_options import (
    FileOutput,
    Format,
    MethodOption,
    MotifBackground,
    MotifSource,
    NetworkData,
    NetworkDatabase,
    NetworkSeed,
    NSites,
    Only,
    Pseudocount,
    ReverseComplement,
    Trim,
)
from motiflens.cli.options import (
    AsJson,
    Force,
    Genome,
    MaskLower,
    Negatives,
    Quiet,
    Threads,
    Verbose,
    Window,
    database_or_none,
)
from motiflens.cli.summary import check_printed, many, motif_table, table

if TYPE_CHECKING:
    from motiflens.runs.motifs import MotifEdits, MotifsRun
    from motiflens.runs.network_motifs import NetworkMotifsRun

_OF_FILES = ("only", "format", "trim", "reverse_complement", "pseudocount", "sites", "background")
_OF_NETWORKS = ("negatives", "genome", "window", "mask_lower", "database", "method", "seed", "threads")
_UNGIVEN = {"background": "motifs"}


def _show_databases(wanted: bool) -> None:  # noqa: FBT001 (typer passes the flag by position)
    if wanted:
        from motiflens.database import jaspar_release, jaspar_taxa

        typer.echo("\n".join(f"jaspar:{taxon}" for taxon in (*jaspar_taxa(), "all")))
        typer.echo(f"({jaspar_release()} CORE; jaspar alone is jaspar:vertebrates)")
        raise typer.Exit


def motifs(  # noqa: PLR0913 (one parameter an option)
    source: MotifSource,
    sequences: NetworkData = None,
    *,
    databases: Annotated[
        bool,
        typer.Option("--databases", callback=_show_databases, is_eager=True, help="List the databases and exit."),
    ] = False,
    only: Only = None,
    format: Format = None,
    trim: Trim = 0.0,
    reverse_complement: ReverseComplement = False,
    pseudocount: Pseudocount = 0.0,
    sites: NSites = None,
    background: MotifBackground = "motifs",
    negatives: Negatives = None,
    genome: Genome = None,
    window: Window = None,
    mask_lower: MaskLower = False,
    database: NetworkDatabase = None,
    method: MethodOption = None,
    seed: NetworkSeed = None,
    output: FileOutput = None,
    force: Force = False,
    threads: Threads = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """List, convert and change the motifs of SOURCE; with SEQUENCES, find those of a network.

    Of a file or database: choose motifs by name, trim them, turn them, add pseudocounts, and write
    them as MEME, JASPAR, TRANSFAC or HOMER; without -o they are listed.

    Of a network that discover or train wrote: its motifs, tested on sequences held out. Writes a
    folder with motifs.meme, motifs.tsv, sites.bed, matches.tsv and run.json, as discover does.

    Example: motiflens motifs jaspar:vertebrates --only CTCF --only 'FOX*' -o some.meme

    Example: motiflens motifs model peaks.fa --negatives other.fa -o found
    """
    given = {**locals()}
    if sequences is None:
        _refuse(given, _OF_NETWORKS, "belongs to the motifs of a network: give SEQUENCES too, or leave it out")
        _of_file(given)
    else:
        _refuse(given, _OF_FILES, "belongs to the motifs of a file: leave it out, or leave out SEQUENCES")
        _of_network(given)


def _refuse(given: Mapping[str, Any], names: tuple[str, ...], why: str) -> None:
    """Refuse options that would have no effect."""
    from motiflens.errors import ParameterError

    for name in names:
        if given[name] and given[name] != _UNGIVEN.get(name):
            msg = f"--{name.replace('_', '-')} {why}."
            raise ParameterError(msg)


def _of_file(given: Mapping[str, Any]) -> None:
    from motiflens.cli.console import start_logging
    from motiflens.errors import ParameterError
    from motiflens.runs.motifs import check_file, format_of, run_motifs

    start_logging(verbose=given["verbose"], quiet=given["quiet"])
    output, chosen = given["output"], given["format"]
    check_printed(output, as_json=given["as_json"])
    if output is None and chosen is not None:
        msg = "--format says how to write motifs. Give -o FILE, or -o - to print them."
        raise ParameterError(msg)
    if output not in (None, "-"):
        check_file(output, force=given["force"])
        file_format = chosen.value if chosen else format_of(output)
    else:
        file_format = chosen.value if chosen else "meme"
    found = run_motifs(given["source"], _edits(given))
    if output == "-":
        typer.echo(found.text(file_format), nl=False)
        return
    written = None if output is None else found.write(output, file_format, force=given["force"])
    _show(found, written, as_json=given["as_json"], quiet=given["quiet"])


def _edits(given: Mapping[str, Any]) -> MotifEdits:
    from motiflens.runs.base_frequencies import base_frequencies
    from motiflens.runs.motifs import MotifEdits

    background = base_frequencies(given["background"], ("motifs",))
    return MotifEdits(
        only=tuple(given["only"] or ()),
        reverse_complement=given["reverse_complement"],
        background=None if isinstance(background, str) else background,
        n_sites=given["sites"],
        pseudocount=given["pseudocount"],
        trim=given["trim"],
    )


def _show(found: MotifsRun, written: Path | None, *, as_json: bool, quiet: bool) -> None:
    from motiflens.writing import to_json

    rows = found.rows()
    if as_json:
        record = {"output": None if written is None else str(written), "motifs": rows, "notes": found.notes}
        typer.echo(to_json(record), nl=False)
    elif written is not None and not quiet:
        typer.echo(f"{many(len(rows), 'motif')} in {written}")
    elif not quiet:
        widest = max(row["width"] for row in rows)
        cells = [(row["motif"], row["motif_name"] or "-", row["consensus"].ljust(widest), str(row["width"]),
                  f"{row['ic_bits']:.1f}", f"{row['n_sites']:g}") for row in rows]  # fmt: skip
        heading = ("motif", "name", "consensus".ljust(widest), "width", "bits", "sites")
        typer.echo("\n".join(table([heading, *cells])))


def _of_network(given: Mapping[str, Any]) -> None:
    import os

    from motiflens.cli.console import compilation_notice, progress_bars, start_logging
    from motiflens.errors import ParameterError
    from motiflens.outputs import check_output
    from motiflens.runs.motif_input import network_folder

    console = start_logging(verbose=given["verbose"], quiet=given["quiet"])
    output = given["output"]
    network_folder(given["source"])
    if output in (None, "-"):
        msg = "The motifs of a network are written into a folder. Give -o OUT."
        raise ParameterError(msg)
    check_output(output, force=given["force"])

    from motiflens.preparing import Files
    from motiflens.runs.network_motifs import NetworkMotifsOptions, run_network_motifs

    database = given["database"] or "jaspar:vertebrates"
    files = Files(given["sequences"], given["negatives"], genome=given["genome"], window=given["window"],
                  mask_lower=given["mask_lower"])  # fmt: skip
    options = NetworkMotifsOptions(
        database=database_or_none(database),
        method=given["method"].value if given["method"] else "both",
        threads=given["threads"] or os.cpu_count() or 1,
        random_state=given["seed"] or 0,
    )
    with compilation_notice(), progress_bars(console, quiet=given["quiet"]) as progress:
        found = run_network_motifs(given["source"], files, options, progress=progress)
    _show_findings(found, found.write(output, force=given["force"]), as_json=given["as_json"], quiet=given["quiet"])


def _show_findings(found: NetworkMotifsRun, folder: Path, *, as_json: bool, quiet: bool) -> None:
    from motiflens.writing import motif_record, to_json

    findings = found.motifs.findings
    if as_json:
        rows = [motif_record(each) for each in findings]
        typer.echo(to_json({"output": str(folder), "motifs": rows, "notes": found.notes}), nl=False)
    elif not quiet:
        none = f"No motif: none of {many(found.motifs.n_tested, 'candidate')} passed the held-out test."
        lines = motif_table(findings) if findings else [none]
        made = [f"From {'filters and attributions' if source == 'both' else source}: {', '.join(names)}"
                for source, names in _by_source(found).items()]  # fmt: skip
        typer.echo("\n".join([*lines, "", *made, f"Motifs: {folder / 'motifs.meme'}"]))


def _by_source(found: NetworkMotifsRun) -> dict[str, list[str]]:
    """Return the names of motifs by where they came from."""
    names: dict[str, list[str]] = {}
    for name, source in found.motifs.sources.items():
        names.setdefault(source, []).append(name)
    return names
