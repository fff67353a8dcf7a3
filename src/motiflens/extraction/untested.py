"""Motifs from networks on whatever sequences are at hand; nothing is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from motiflens.extraction.candidates import filter_candidates
from motiflens.extraction.matrices import scanner_of
from motiflens.extraction.selection import select
from motiflens.motifs import Motif
from motiflens.networks.model import TrainedNetwork
from motiflens.sequences import SequenceSet

_CANDIDATES = 100


def untested_motifs(
    networks: Sequence[TrainedNetwork], labelled: SequenceSet, *, limit: int, threads: int = 1
) -> list[Motif]:
    """Turn filters into named motifs on labelled sequences, best first, without a held-out test.

    Parameters
    ----------
    networks
        Of one architecture.
    labelled
        Sequences of the networks' length, with labels 0 and 1.
    limit
        Most motifs, >= 1.
    threads
        Threads to use; no result depends on it.
    """
    scanner = scanner_of(labelled, both_strands=networks[0].network.both_strands, threads=threads)
    candidates = filter_candidates(networks, labelled, scanner, limit=_CANDIDATES)
    positives, motifs = labelled.of_class(1), list[Motif]()
    a, c, g, t = (float(share) for share in scanner.base)
    for rank, chosen in enumerate(select(candidates, labelled, scanner, limit=limit), start=1):
        n_sites = len(scanner.sites(positives.codes, chosen.matrix, chosen.cut_off.score).row)
        motif = Motif(chosen.matrix, str(rank), background=(a, c, g, t), n_sites=float(max(n_sites, 1)))
        motifs.append(replace(motif, name=f"{rank}-{motif.consensus}"))
    return motifs
