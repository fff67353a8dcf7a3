"""``motiflens demo``: the main job on data made on the spot."""

from __future__ import annotations

from motiflens.cli.options import AsJson, Force, Output, Quiet, Seed, Threads, Verbose


def demo(
    *,
    seed: Seed = 0,
    output: Output,
    force: Force = False,
    threads: Threads = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show what motiflens does, on sequences made on the spot with a known motif planted in them.

    Needs no input. Writes the same folder as 'motiflens discover'.
    """
    from motiflens.cli.console import compilation_notice, progress_bars, start_logging
    from motiflens.outputs import check_output

    console = start_logging(verbose=verbose, quiet=quiet)
    check_output(output, force=force)

    from motiflens.cli.summary import show_discovery
    from motiflens.demo import make_demo_data
    from motiflens.discovering import discover as run_discovery

    positives, negatives = make_demo_data(random_state=seed)
    with compilation_notice(), progress_bars(console, quiet=quiet) as progress:
        found = run_discovery(positives, negatives=negatives, random_state=seed, threads=threads, progress=progress)
    show_discovery(found, found.write(output, force=force), as_json=as_json, quiet=quiet)
