"""``motiflens reproduce``: published systems run again, beside our best model and the limit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from motiflens.cli.options import (
    AsJson,
    DataFolder,
    Force,
    NSeeds,
    Output,
    Quick,
    Quiet,
    Seed,
    System,
    Systems,
    Threads,
    Verbose,
)

if TYPE_CHECKING:
    from motiflens.reproduction.campaign import Reproduction


def reproduce(  # noqa: PLR0913 (one parameter an option)
    system: System = Systems.ALL,
    *,
    data: DataFolder = None,
    n_seeds: NSeeds = None,
    quick: Quick = False,
    seed: Seed = 0,
    output: Output,
    force: Force = False,
    threads: Threads = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Run the experiments of published teaching systems again, each with several seeds.

    Every network is trained as published, and our best model on the same sequences; the limit is
    what the best possible model would reach there. Writes a folder with report.html, summary.tsv
    (a line an experiment), results.tsv (a line a run) and run.json.
    """
    from motiflens.cli.console import compilation_notice, progress_bars, start_logging, warnings_only
    from motiflens.outputs import check_output

    console = start_logging(verbose=verbose, quiet=quiet)
    check_output(output, force=force)

    from motiflens.reproduction.campaign import reproduce as run

    with compilation_notice(), warnings_only("networks"), progress_bars(console, quiet=quiet) as progress:
        found = run(
            system.value,
            data=data,
            n_seeds=n_seeds,
            quick=quick,
            random_state=seed,
            threads=threads,
            progress=progress,
        )
    _show(found, found.write(output, force=force), as_json=as_json, quiet=quiet)


def _show(found: Reproduction, folder: Path, *, as_json: bool, quiet: bool) -> None:
    import typer

    from motiflens.reproduction.writing import summary_lines, summary_records
    from motiflens.writing import to_json

    if as_json:
        record = {"output": str(folder), "experiments": summary_records(found.rows), "notes": found.run["notes"]}
        typer.echo(to_json(record), nl=False)
    elif not quiet:
        typer.echo("\n".join([*summary_lines(found.rows), "", f"Report: {folder / 'report.html'}"]))
