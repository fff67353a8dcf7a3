"""What a network would say of every single-base change of a sequence, exactly.

Networks of one convolution are not run again for it; others are, on what sees the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.errors import ParameterError
from motiflens.networks.model import TrainedNetwork, run_network
from motiflens.networks.trained import Trained, trained_networks
from motiflens.networks.window_loops import (
    Floats32,
    Layout,
    averaged,
    checked_codes,
    lay_out,
    pool_changes,
    score_changes,
)
from motiflens.threads import Team
from motiflens.vectors import LOWEST
from motiflens.windows import aligned

_BATCH = 32


def saturation_mutagenesis(
    networks: Trained | Sequence[Trained], codes: Codes, *, output: int = 0, threads: int = 1
) -> Floats32:
    """Return the logit of every sequence with every letter put at every column.

    Of filters, only the windows over a changed base change: for filters of width k they are k of
    each strand, and the best of all others is the best before or the best after. The cost is that
    of 3 k windows a column, in place of three runs of the network a column, and the result
    is not an approximation: it is that of the network on the changed sequences, up to the
    rounding of float32 sums. Networks of layers without padding up to a maximum over the sequence
    are run on the columns around each change; other layers and grammars on every changed sequence,
    a few hundred at a time.

    Parameters
    ----------
    networks
        A trained network of filters, of layers or of motifs (a grammar), or several whose logits
        are averaged.
    codes
        ``(n, length)`` codes 0-3, 4 for unknown, of the length that the network takes.
    output
        Which logit, from 0 to below ``n_outputs``. Default 0.
    threads
        Threads, >= 1. The result does not depend on it. Default 1.

    Returns
    -------
    logits
        ``(n, 4, length)`` float32; the letters are A, C, G, T. At the letter that stands there
        already it is the logit of the unchanged sequence. Where the base is unknown, all four
        letters are changes. The effect of a change is its logit less the unchanged one,
        ``run_network(trained, codes).logits[:, output]``.

    Raises
    ------
    InputError
        When the codes are not ``(n, length)`` whole numbers from 0 to 4.
    ParameterError
        When there is no network, or one is of another kind, takes another length or has no such
        output.

    References
    ----------
    Mutation maps: Alipanahi et al. (2015), https://doi.org/10.1038/nbt.3300. Running what a
    change reaches alone: Nair et al. (2022), https://doi.org/10.1093/bioinformatics/btac135

    Examples
    --------
    >>> from motiflens.networks.model import FilterNetwork, initial
    >>> trained = initial(FilterNetwork(3, 5, 12), np.random.default_rng(0))
    >>> codes = np.random.default_rng(1).integers(0, 4, (2, 12), dtype=np.uint8)
    >>> changed = saturation_mutagenesis(trained, codes)
    >>> changed.shape
    (2, 4, 12)
    >>> effects = changed - run_network(trained, codes).logits[:, :1, None]
    >>> bool((effects[0, codes[0], np.arange(12)] == 0).all())
    True
    """
    return averaged(_mutated(trained, codes, output, threads) for trained in trained_networks(networks))


def _mutated(trained: Trained, codes: Codes, output: int, threads: int) -> Floats32:
    known = checked_codes(codes, ("n", "length"))
    network = trained.network
    if known.shape[1] != network.length:
        msg = f"The network takes sequences of {network.length} columns. Got {known.shape[1]}; resize them first."
        raise ParameterError(msg)
    if not 0 <= output < network.n_outputs:
        msg = f"output must be from 0 to below n_outputs, {network.n_outputs}. Got {output}."
        raise ParameterError(msg)
    if not isinstance(trained, TrainedNetwork):
        from motiflens.networks.running import mutated  # torch is slow to load and seldom needed

        return mutated(trained, known, output, threads)
    return _rescored(trained, known, output, threads)


def _rescored(trained: TrainedNetwork, known: Codes, output: int, threads: int) -> Floats32:
    layout = _with_output(lay_out(trained), output)
    batches = [known[start : start + _BATCH].copy() for start in range(0, len(known), _BATCH)]

    def mutate(batch: Codes) -> Floats32:
        return _put_unchanged(_changed_logits(layout, batch), batch, run_network(trained, batch).logits[:, output])

    found = Team(threads).map(mutate, batches)
    return np.concatenate([np.empty((0, 4, trained.network.length), np.float32), *found])


def _with_output(layout: Layout, output: int) -> Layout:
    """Keep one logit of a network."""
    *lower, (weights, bias) = layout.layers
    return replace(layout, layers=(*lower, (weights[output : output + 1], bias[output : output + 1])))


def _changed_logits(layout: Layout, codes: Codes) -> Floats32:
    """Return ``(n, 4, L)`` logits; those of the letter that stands there already mean nothing."""
    n, length = codes.shape
    width = layout.filters.shape[-1]
    scores, changed = aligned((len(layout.bins), width)), aligned((length, 4, width))
    logits = np.empty((n, 4, length), np.float32)
    for code, rows in zip(codes, logits, strict=True):
        changed.fill(LOWEST)
        score_changes(code, layout.filters, layout.shift, layout.bins, scores, changed)
        pool_changes(scores, layout.filters.shape[1], changed)
        rows[:] = layout.logits(changed.reshape(-1, width)).reshape(length, 4).T
    return logits


def _put_unchanged(logits: Floats32, codes: Codes, unchanged: Floats32) -> Floats32:
    row, column = np.nonzero(codes < UNKNOWN)
    logits[row, codes[row, column], column] = unchanged[row]
    return logits
