"""What every letter of a sequence contributes to what a network says, for networks of every kind.

Three ways that can be asked of any network; which is best was measured, see ``docs/attributions.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.backgrounds import shuffle_dinucleotides
from motiflens.errors import ParameterError
from motiflens.networks.model import TrainedNetwork
from motiflens.networks.mutagenesis import saturation_mutagenesis
from motiflens.networks.trained import Trained, alike, trained_networks
from motiflens.networks.window_loops import Floats32, checked_codes
from motiflens.sequences import SequenceSet

if TYPE_CHECKING:
    from motiflens.networks.gradients import Runner

Network = Trained | Sequence[Trained] | Callable[..., Any]
"""A trained network, several whose logits are averaged, or a torch module."""
AUTO, MUTATIONS, GRADIENTS, REFERENCES = "auto", "mutations", "gradients", "references"
ATTRIBUTIONS = (AUTO, MUTATIONS, GRADIENTS, REFERENCES)
"""Names of the ways to attribute."""


def attributions(
    network: Network,
    sequences: SequenceSet | Codes,
    *,
    method: str = AUTO,
    output: int = 0,
    n_references: int = 8,
    random_state: int = 0,
    threads: int = 1,
) -> Floats32:
    """Return what every letter at every column would contribute to a logit.

    What stands in the sequence contributes the figure of its own letter, see `of_own_letters`; the others
    say what another letter would. ``mutations`` is the logit with that letter put there, less the mean of
    all four letters there: exact, at the cost of three runs a column. ``gradients`` is the gradient less
    its mean over the four letters [1]_, the first term of the same: one run there and back.
    ``references`` are gradients on the way to the sequence from its shuffles, which keep its dinucleotide
    counts, each at another point of the way, with what stands in the shuffle taken off [2]_ [3]_: with
    many shuffles the contributions of a sequence's own letters sum to its logit less the mean of theirs, with
    few they nearly do.

    Parameters
    ----------
    network
        A trained network of any kind, several whose logits are averaged, or a torch module of your own:
        one-hot ``(n, 4, length)`` in, logits ``(n, n_outputs)`` out. A module is run in evaluation mode on
        the device that it is on, and given back as it was.
    sequences
        A SequenceSet or ``(n, length)`` codes 0-3, 4 for unknown, of the length that the network takes.
    method
        ``mutations``, ``gradients``, ``references``, or ``auto``: mutations for networks of one
        convolution, which need not be run again for them, and references for the others. Default ``auto``.
    output
        Which logit, from 0. Default 0.
    n_references
        Shuffles of each sequence, >= 1, for ``references`` alone. Default 8.
    random_state
        Seed of the shuffles, >= 0.
    threads
        Threads, >= 1, of networks that are ours. The result does not depend on it. Default 1.

    Returns
    -------
    contributions
        ``(n, 4, length)`` float32, in the unit of the logit; the letters are A, C, G, T.

    Raises
    ------
    InputError
        When the codes are not ``(n, length)`` whole numbers from 0 to 4.
    ParameterError
        When an option is out of range, or the network cannot be used on these sequences.

    References
    ----------
    .. [1] Majdandzic et al. 2023, https://doi.org/10.1186/s13059-023-02956-3
    .. [2] Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365
    .. [3] Erion et al. 2021, https://doi.org/10.1038/s42256-021-00343-w

    Examples
    --------
    >>> from motiflens.networks.model import FilterNetwork, initial
    >>> trained = initial(FilterNetwork(3, 5, 12), np.random.default_rng(0))
    >>> codes = np.random.default_rng(1).integers(0, 4, (2, 12), dtype=np.uint8)
    >>> attributions(trained, codes).shape
    (2, 4, 12)
    """
    codes = checked_codes(sequences.codes if isinstance(sequences, SequenceSet) else sequences, ("n", "length"))
    _check(method, output, n_references, random_state, threads)
    known = _known(network)
    if known is not None:
        _check_fit(known, codes, output)
        quick = all(isinstance(trained, TrainedNetwork) for trained in known)
        if method == MUTATIONS or (method == AUTO and quick):
            return _centred(saturation_mutagenesis(known, codes, output=output, threads=threads))
    run = _runner(network if known is None else known, output=output, threads=threads)
    if method == MUTATIONS:
        return _centred(run.mutated(codes))
    if method == GRADIENTS:
        return run.corrected(codes)
    return run.from_references(codes, _references(codes, n_references, random_state))


def of_own_letters(contributions: Floats32, codes: Codes) -> Floats32:
    """Return ``(n, length)`` contributions of the letters that stand in the sequences, 0 where unknown.

    Parameters
    ----------
    contributions
        ``(n, 4, length)``, of `attributions`.
    codes
        ``(n, length)`` codes of the same sequences.

    Examples
    --------
    >>> of_own_letters(np.arange(8, dtype=np.float32).reshape(1, 4, 2), np.array([[2, 4]], np.uint8)).tolist()
    [[4.0, 0.0]]
    """
    letters = np.minimum(codes, UNKNOWN - 1)[:, None].astype(np.intp)
    own = np.take_along_axis(contributions, letters, axis=1)[:, 0]
    return np.where(codes < UNKNOWN, own, np.float32(0))


def n_outputs_of(network: Network, length: int) -> int:
    """Return the number of logits that a network gives for sequences of a length.

    Raises
    ------
    ParameterError
        When it is no network, or a torch module that cannot be run on this length.
    """
    known = _known(network)
    if known is not None:
        return int(known[0].network.n_outputs)
    return _runner(network, output=0, threads=1).n_outputs(length)


def _runner(network: object, *, output: int, threads: int) -> Runner:
    from motiflens.networks.gradients import Runner  # torch is slow to load and not needed for changes of filters

    return Runner.of(network, output=output, threads=threads)


def _known(network: object) -> list[Trained] | None:
    """Return trained networks as a list, None for what may be a torch module."""
    if isinstance(network, list | tuple | Trained) or not callable(network):
        return list(alike(trained_networks(network)))
    return None


def _check(method: str, output: int, n_references: int, random_state: int, threads: int) -> None:
    if method not in ATTRIBUTIONS:
        msg = f"method must be one of {', '.join(ATTRIBUTIONS)}. Got {method!r}."
        raise ParameterError(msg)
    least = {"output": (output, 0), "n_references": (n_references, 1), "random_state": (random_state, 0),
             "threads": (threads, 1)}  # fmt: skip
    for name, (value, lowest) in least.items():
        if value < lowest:
            msg = f"{name} must be at least {lowest}. Got {value}."
            raise ParameterError(msg)


def _check_fit(known: Sequence[Trained], codes: Codes, output: int) -> None:
    network = known[0].network
    if codes.shape[1] != network.length:
        msg = f"The network takes sequences of {network.length} columns. Got {codes.shape[1]}; resize them first."
        raise ParameterError(msg)
    if output >= network.n_outputs:
        msg = f"output must be from 0 to below n_outputs, {network.n_outputs}. Got {output}."
        raise ParameterError(msg)


def _centred(logits: Floats32) -> Floats32:
    """Take the mean over the four letters off, in double precision."""
    centred: Floats32 = (logits - logits.mean(axis=1, keepdims=True, dtype=np.float64)).astype(np.float32)
    return centred


def _references(codes: Codes, copies: int, random_state: int) -> Codes:
    """Return ``(copies, n, length)`` shuffles, unknown where the sequence is, which can contribute nothing there."""
    n, length = codes.shape
    known = codes < UNKNOWN
    some = known.any(axis=1)
    start = np.where(some, known.argmax(axis=1), 0)
    end = np.where(some, length - known[:, ::-1].argmax(axis=1), 0)
    whole = SequenceSet(codes, np.arange(n).astype(str), np.stack([start, end], axis=1).astype(np.int64))
    shuffles = shuffle_dinucleotides(whole, copies=copies, random_state=random_state).codes
    return np.where(known, shuffles.reshape(copies, n, length), np.uint8(UNKNOWN))
