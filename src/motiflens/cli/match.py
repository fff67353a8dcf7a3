"""``motiflens match``: motifs in; what they resemble in a database out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from motiflens.cli.options import AsJson, Database, Force, Motifs, Output, Quiet, QValue, Verbose
from motiflens.cli.summary import table

if TYPE_CHECKING:
    from motiflens.runs.match import MatchRun

_SHOWN = 20


def match(  # noqa: PLR0913 (one parameter an option)
    motifs: Motifs,
    *,
    database: Database = "jaspar:vertebrates",
    qvalue: QValue = 0.1,
    output: Output,
    force: Force = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare MOTIFS with a database of known motifs, with p-, E- and q-values.

    Writes a folder with matches.tsv and run.json.
    """
    from motiflens.cli.console import compilation_notice, start_logging
    from motiflens.outputs import check_output

    start_logging(verbose=verbose, quiet=quiet)
    check_output(output, force=force)

    from motiflens.runs.match import run_match

    with compilation_notice():
        found = run_match(motifs, database=database, qvalue=qvalue)
    _show(found, found.write(output, force=force), as_json=as_json, quiet=quiet)


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
