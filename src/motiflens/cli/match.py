"""``motiflens match``: motifs in; what they resemble in a database out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from motiflens.cli.motif_options import (
    Databases,
    EValue,
    MatchBackground,
    MatchOutput,
    MatchPseudocount,
    MinOverlap,
    Only,
)
from motiflens.cli.options import (
    AsJson,
    Force,
    MatchStrandsOption,
    Motifs,
    Quiet,
    QValue,
    ScanStrands,
    Verbose,
)
from motiflens.cli.summary import check_printed, table

if TYPE_CHECKING:
    from motiflens.runs.match import MatchRun

_SHOWN = 20
_DEFAULT = ["jaspar:vertebrates"]


def match(  # noqa: PLR0913 (one parameter an option)
    motifs: Motifs,
    *,
    only: Only = None,
    database: Databases = _DEFAULT,
    qvalue: QValue = 0.1,
    evalue: EValue = None,
    min_overlap: MinOverlap = 5,
    strands: MatchStrandsOption = ScanStrands.BOTH,
    pseudocount: MatchPseudocount = 0.0,
    background: MatchBackground = "motifs",
    output: MatchOutput,
    force: Force = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare MOTIFS with known motifs, with p-, E- and q-values.

    Writes a folder with matches.tsv (a line a match; column 0 of the motif lies at column 'offset'
    of the target, read on 'strand') and run.json.

    Example: motiflens match motifs.meme --database jaspar:vertebrates -o matches

    Example: motiflens match out --only CTCF --database hocomoco.meme --qvalue 0.05 -o -
    """
    import math

    from motiflens.cli.console import compilation_notice, start_logging
    from motiflens.outputs import check_output

    start_logging(verbose=verbose, quiet=quiet)
    check_printed(output, as_json=as_json)
    if output != "-":
        check_output(output, force=force)

    from motiflens.runs.match import MatchOptions, run_match

    options = MatchOptions(
        qvalue=qvalue,
        evalue=math.inf if evalue is None else evalue,
        min_overlap=min_overlap,
        both_strands=strands is ScanStrands.BOTH,
        pseudocount=pseudocount,
        background=background,
        only=tuple(only or ()),
    )
    with compilation_notice():
        found = run_match(motifs, database, options)
    if output == "-":
        _print_table(found)
    else:
        _show(found, found.write(output, force=force), as_json=as_json, quiet=quiet)


def _print_table(found: MatchRun) -> None:
    import typer

    typer.echo(found.matches_tsv(), nl=False)


def _show(found: MatchRun, folder: Path, *, as_json: bool, quiet: bool) -> None:
    import typer

    from motiflens.writing import to_json

    pairs = list(zip(found.motifs, found.matches, strict=True))
    if as_json:
        motifs = [{"motif": motif.name, "motif_name": motif.alternate_name, "n_matches": len(matches),
                   "best_match": asdict(matches[0]) if matches else None} for motif, matches in pairs]  # fmt: skip
        record = {"output": str(folder), "motifs": motifs, "notes": found.notes}
        typer.echo(to_json(record), nl=False)
    elif not quiet:
        cells = [(motif.name, matches[0].target_name or matches[0].target, f"{matches[0].qvalue:.1g}",
                  str(len(matches))) if matches else (motif.name, "-", "-", "0")
                 for motif, matches in pairs[:_SHOWN]]  # fmt: skip
        more = [f"... and {len(pairs) - _SHOWN} more motifs"] if len(pairs) > _SHOWN else []
        lines = table([("motif", "best match", "q-value", "matches"), *cells])
        typer.echo("\n".join([*lines, *more, "", f"Matches: {folder / 'matches.tsv'}"]))
