"""Motifs from what every letter contributes to a prediction, and one set of these and of the filters' motifs.

A network of several layers does not hold its motifs in its first filters alone. What its letters contribute
shows where they are, whatever the layers: stretches that contribute are found, those alike are laid over each
other, and their letters are piled up. From there on these are candidates like any others: made whole
by refinement and distinct by erasing (`motiflens.extraction.selection`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from motiflens.errors import ParameterError
from motiflens.extraction.candidates import CONTRIBUTIONS, FILTERS, Candidate, filter_candidates, merge
from motiflens.extraction.matrices import Scanner, pile
from motiflens.extraction.refine import measured, rescored
from motiflens.extraction.selection import select
from motiflens.extraction.seqlets import Floats32, Pattern, find_seqlets, patterns
from motiflens.networks.attributions import AUTO, Network, attributions, n_outputs_of, of_own_letters
from motiflens.networks.blueprints import TrainedLayers
from motiflens.networks.first_layer import first_filters
from motiflens.networks.grammars import TrainedGrammar
from motiflens.networks.model import TrainedNetwork
from motiflens.scanning.best_sites import Hits, Matrix, site_letters
from motiflens.sequences import SequenceSet

ATTRIBUTIONS, BOTH = "attributions", "both"
SOURCES = (BOTH, FILTERS, ATTRIBUTIONS)
"""Where motifs may come from."""
_WIDTH = 10
_FLANK = 4
_LEAST = (0.6, 0.5, 0.4)
"""Cosines from which contributions count as alike: clear ones of a strong motif, faint ones of a noisy network."""
_FEWEST = 10
_SEQUENCES = 2000
_CANDIDATES = 100
_COVERED = 0.5
_MAX_LOG_P = -7.0


@dataclass(frozen=True)
class NetworkCandidate:
    """A motif of a network and where it came from.

    Attributes
    ----------
    candidate
        The motif. ``n_filters`` counts the filters that became it, 0 when none did; its own ``sources`` say the
        same as ``source``.
    source
        ``filters``, ``attributions``, or ``both`` when each finds it without the other.
    """

    candidate: Candidate
    source: str


def attribution_candidates(
    network: Network,
    train: SequenceSet,
    scanner: Scanner,
    *,
    method: str = AUTO,
    limit: int = _CANDIDATES,
    random_state: int = 0,
) -> list[Candidate]:
    """Return motifs of the letters that argue for the positives, most enriched first, not yet refined.

    The stretches of 10 bases that contribute most are taken, one a positive on average; those whose contributions
    are alike are laid over each other, and their letters are piled up. No threshold tells what is real: a
    candidate must be enriched in the positives, and is tested on held-out sequences like any other motif.

    Parameters
    ----------
    network
        As in `attributions`; with one logit, or two of which the second stands for the positives.
    train
        Sequences with labels 0 and 1, of the length that the network takes. At most 2000 positives, drawn
        at random, are attributed; all sequences measure the motifs.
    scanner
        How sites are found.
    method
        As in `attributions`.
    limit
        Most candidates, >= 1.
    random_state
        Seed of shuffles and draws.

    Raises
    ------
    ParameterError
        When the network cannot be used on these sequences.
    """
    positives = train.of_class(1)
    drawn = np.random.default_rng(random_state).permutation(len(positives))[:_SEQUENCES]
    positives = positives[np.sort(drawn)]
    if not len(positives) or train.width < _WIDTH:
        return []
    contributions = _for_positives(network, positives, method, random_state, scanner.threads)
    own = of_own_letters(contributions, positives.codes)
    seqlets = find_seqlets(own, width=_WIDTH, most=len(positives))

    def groups(least: float) -> list[Pattern]:
        both = scanner.both_strands
        return list(patterns(seqlets, contributions, flank=_FLANK, least=least, fewest=_FEWEST, both_strands=both))

    piled = (_piled(group, positives, scanner) for part in scanner.team.map(groups, _LEAST) for group in part)
    matrices = [matrix for matrix in piled if matrix is not None]
    return _enriched(matrices, train, scanner)[:limit]


def network_candidates(
    network: Network,
    train: SequenceSet,
    scanner: Scanner,
    *,
    sources: str = BOTH,
    limit: int = 20,
    random_state: int = 0,
    on_motif: Callable[[], None] | None = None,
) -> list[NetworkCandidate]:
    """Return the motifs of a network, whole and distinct, from its filters and its contributions, best first.

    Each source gives its own motifs; then the best of all is chosen, its sites are erased and the others
    are measured again, so that what both found appears once.

    Parameters
    ----------
    network, train, scanner
        As in `attribution_candidates`.
    sources
        ``filters``, ``attributions`` or ``both``. A torch module of your own has no filters that are known.
    limit
        Most motifs, >= 1. Default 20.
    random_state
        Seed of shuffles and draws.
    on_motif
        Called after each motif.

    Raises
    ------
    ParameterError
        When ``sources`` is none of these, or filters are asked of a network that has none.
    """
    if sources not in SOURCES:
        msg = f"sources must be one of {', '.join(SOURCES)}. Got {sources!r}."
        raise ParameterError(msg)
    pools: dict[str, list[Candidate]] = {}
    if sources != ATTRIBUTIONS:
        pools[FILTERS] = _of_filters(network, train, scanner, required=sources == FILTERS)
    if sources != FILTERS:
        found = attribution_candidates(network, train, scanner, random_state=random_state)
        pools[ATTRIBUTIONS] = [replace(each, n_filters=0, sources=frozenset({CONTRIBUTIONS})) for each in found]
    own = {name: select(pool, train, scanner, limit=limit, on_motif=on_motif) for name, pool in pools.items()}
    if len(own) == 1 or not all(own.values()):
        return [NetworkCandidate(each, name) for name, chosen in own.items() for each in chosen]
    ranked = sorted((each for chosen in own.values() for each in chosen), key=lambda each: each.cut_off.log_p)
    fresh = sorted(rescored(ranked, train, scanner), key=lambda each: each.cut_off.log_p)  # on sequences with all sites
    final = select(fresh, train, scanner, limit=limit, on_motif=on_motif)
    return [_with_sources(each, own, train, scanner) for each in final]


def _for_positives(network: Network, sequences: SequenceSet, method: str, seed: int, threads: int) -> Floats32:
    """Return ``(n, 4, length)`` contributions to the one logit, or to the second of two less the first."""

    def to(output: int) -> Floats32:
        return attributions(network, sequences, method=method, output=output, random_state=seed, threads=threads)

    n_outputs = n_outputs_of(network, sequences.width)
    if n_outputs > 2:
        msg = f"Motifs need a network of two classes, with one or two logits. Got {n_outputs}."
        raise ParameterError(msg)
    return to(0) if n_outputs == 1 else to(1) - to(0)


def _piled(group: Pattern, sequences: SequenceSet, scanner: Scanner) -> Matrix | None:
    letters = site_letters(sequences.codes, group.row, group.start, group.reverse, group.width)
    return scanner.trimmed(pile(letters, np.ones(len(letters)), scanner.base))


def _enriched(matrices: Sequence[Matrix], train: SequenceSet, scanner: Scanner) -> list[Candidate]:
    """Measure matrices and merge those alike, the most enriched first; those of little evidence are left out."""
    likely = [each for each in measured(matrices, train, scanner) if each.cut_off.log_p <= _MAX_LOG_P]
    return merge(sorted(likely, key=lambda each: each.cut_off.log_p), scanner)


def _of_filters(network: Network, train: SequenceSet, scanner: Scanner, *, required: bool) -> list[Candidate]:
    """Return the candidates of filters that read the sequence, or of the motifs of a grammar."""
    networks = list(network) if isinstance(network, list | tuple) else [network]
    if isinstance(networks[0], TrainedGrammar):
        return _of_grammars(networks, train, scanner)
    try:
        scoring = [one for each in networks for one in _scoring(each, train.width)]
    except ParameterError:
        if required:
            raise
        return []
    return filter_candidates(scoring, train, scanner, limit=_CANDIDATES)


def _scoring(trained: object, length: int) -> list[TrainedNetwork]:
    if isinstance(trained, TrainedNetwork):
        return [trained]
    if isinstance(trained, TrainedLayers):
        return first_filters(trained, length)
    msg = f"The filters of a network by name or blueprint are known. Got {type(trained).__name__}: use attributions."
    raise ParameterError(msg)


def _of_grammars(networks: Sequence[object], train: SequenceSet, scanner: Scanner) -> list[Candidate]:
    grammars = (each.network for each in networks if isinstance(each, TrainedGrammar))
    found = _enriched([one for each in grammars for one in each.motifs_of_positives(scanner.base)], train, scanner)
    return [replace(each, sources=frozenset({FILTERS})) for each in found]


def _with_sources(
    motif: Candidate, own: dict[str, list[Candidate]], train: SequenceSet, scanner: Scanner
) -> NetworkCandidate:
    """Tell which sources hold a motif by themselves: one of their own became it, or covers half of its sites."""
    positives = train.of_class(1)
    sites = _sites(motif, positives, scanner)
    shares = {
        name: max(_covered(sites, motif, _sites(each, positives, scanner), each, positives) for each in chosen)
        for name, chosen in own.items()
    }
    of_filters = FILTERS in motif.sources or shares[FILTERS] >= _COVERED
    of_attributions = CONTRIBUTIONS in motif.sources or shares[ATTRIBUTIONS] >= _COVERED
    holding = {FILTERS: of_filters, CONTRIBUTIONS: of_attributions}
    source = BOTH if of_filters and of_attributions else FILTERS if of_filters else ATTRIBUTIONS
    return NetworkCandidate(replace(motif, sources=frozenset(name for name, holds in holding.items() if holds)), source)


def _sites(motif: Candidate, positives: SequenceSet, scanner: Scanner) -> Hits:
    return scanner.sites(positives.codes, motif.matrix, motif.cut_off.score)


def _covered(sites: Hits, motif: Candidate, others: Hits, other: Candidate, positives: SequenceSet) -> float:
    """Return the share of sites whose middle lies in a site of another motif."""
    if not len(sites.row):
        return 0.0
    inside = np.zeros(positives.codes.shape, dtype=bool)
    inside[others.row[:, None], others.start[:, None] + np.arange(other.matrix.shape[1])] = True
    return float(inside[sites.row, sites.start + motif.matrix.shape[1] // 2].mean())
