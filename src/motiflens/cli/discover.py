"""``motiflens discover``: sequences in; a network, motifs and a report out."""

from __future__ import annotations

from motiflens.cli.options import (
    AsJson,
    Blacklist,
    Database,
    Force,
    Genome,
    MaskLower,
    Negatives,
    Output,
    Positives,
    Quiet,
    Seed,
    Strands,
    StrandsOption,
    TestNegatives,
    TestPositives,
    Threads,
    Verbose,
    Window,
    database_or_none,
    one_or_several,
)


def discover(  # noqa: PLR0913 (one parameter an option)
    positives: Positives,
    *,
    negatives: Negatives = None,
    test_positives: TestPositives = None,
    test_negatives: TestNegatives = None,
    genome: Genome = None,
    blacklist: Blacklist = None,
    window: Window = None,
    mask_lower: MaskLower = False,
    database: Database = "jaspar:vertebrates",
    strands: StrandsOption = Strands.AUTO,
    seed: Seed = 0,
    output: Output,
    force: Force = False,
    threads: Threads = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Find the motifs that tell POSITIVES from other sequences, with the evidence for each.

    Trains interpretable convolutional networks and turns their filters into motifs, which are
    tested on sequences held out for that purpose. What these leave is searched for enriched words
    that grow into motifs: their matrices are built without the held-out sequences, but they are
    found, and the search is judged, on all sequences, against ten searches with the classes dealt
    anew. Compares all with known motifs, and writes a folder with report.html, motifs.meme,
    motifs.tsv, sites.bed and more. On sequences of 'motiflens simulate' it also tells how near the
    network comes to the best possible score, and which planted motifs were found.
    """
    from motiflens.cli.console import compilation_notice, progress_bars, start_logging
    from motiflens.outputs import check_output

    console = start_logging(verbose=verbose, quiet=quiet)
    check_output(output, force=force)

    from motiflens.cli.summary import show_discovery
    from motiflens.discovering import discover as run_discovery

    with compilation_notice(), progress_bars(console, quiet=quiet) as progress:
        found = run_discovery(
            one_or_several(positives) or [],
            negatives=one_or_several(negatives),
            test_positives=one_or_several(test_positives),
            test_negatives=one_or_several(test_negatives),
            genome=genome,
            blacklist=blacklist,
            database=database_or_none(database),
            window=window,
            mask_lower=mask_lower,
            strands=strands.value,
            random_state=seed,
            threads=threads,
            progress=progress,
        )
    show_discovery(found, found.write(output, force=force), as_json=as_json, quiet=quiet)
