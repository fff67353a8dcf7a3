"""`FilterNetwork`: one convolution, a global max pool, a dense head; and an ensemble of them.

The parameters are one flat float32 vector, so that training, copying and averaging are
single operations; `kernels.views` gives its parts their shapes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.sequences import SequenceSet
from motiflens.threads import Team

Floats32 = npt.NDArray[np.float32]
_ACTIVATIONS = ("relu", "exponential")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class FilterNetwork:
    """The architecture: convolution, max over positions and strands, dense head.

    Attributes
    ----------
    n_filters, filter_width
        Filters and the bases that each reads, >= 1.
    length
        Columns of the sequences it takes, >= filter_width.
    n_bins
        Position bins along the sequence; each filter has a learned preference for each. Without
        any, 0, the network does not know positions; nor does it with 1, whose preference is one
        more bias a filter.
    n_hidden
        Hidden units between filters and output; 0 for none (a weighted sum of filters).
    n_outputs
        Logits.
    both_strands
        Whether a filter reads both strands and keeps the better one.
    activation
        ``relu`` or ``exponential``, of the pooled score.

    Raises
    ------
    ParameterError
        When a size is out of range or the activation unknown.
    """

    n_filters: int
    filter_width: int
    length: int
    n_bins: int = 1
    n_hidden: int = 0
    n_outputs: int = 1
    both_strands: bool = True
    activation: str = "relu"

    def __post_init__(self) -> None:
        for name, least in (("n_filters", 1), ("filter_width", 1), ("n_outputs", 1), ("n_bins", 0), ("n_hidden", 0)):
            if getattr(self, name) < least:
                msg = f"{name} must be at least {least}. Got {getattr(self, name)}."
                raise ParameterError(msg)
        if self.length < self.filter_width:
            msg = f"Sequences must be at least as long as the filters ({self.filter_width}). Got length {self.length}."
            raise ParameterError(msg)
        if self.activation not in _ACTIVATIONS:
            msg = f"activation must be one of {', '.join(_ACTIVATIONS)}. Got {self.activation!r}."
            raise ParameterError(msg)

    @property
    def shape(self) -> kernels.Shape:
        """Sizes in the order of `kernels.views`: width, filters, bins, hidden, outputs."""
        return (self.filter_width, self.n_filters, self.n_bins, self.n_hidden, self.n_outputs)

    @property
    def n_parameters(self) -> int:
        """Number of trained figures."""
        inputs = self.n_hidden or self.n_filters
        filters = (4 * self.filter_width + 1 + self.n_bins) * self.n_filters
        return filters + (self.n_filters + 1) * self.n_hidden + (inputs + 1) * self.n_outputs

    @property
    def bins(self) -> npt.NDArray[np.int64]:
        """``(length,)`` position bin of a window by its first column, even along the sequence; 0 without bins."""
        windows = self.length - self.filter_width + 1
        return np.minimum(np.arange(self.length) * self.n_bins // windows, max(self.n_bins - 1, 0))

    @property
    def plan(self) -> kernels.Plan:
        """The network as the compiled loops know it."""
        return kernels.Plan(self.shape, self.bins, self.both_strands, _ACTIVATIONS.index(self.activation))


@dataclass(frozen=True)
class TrainedNetwork:
    """An architecture with its parameters.

    Attributes
    ----------
    network
        The architecture.
    parameters
        ``(n_parameters,)`` float32.
    """

    network: FilterNetwork
    parameters: Floats32

    def weights(self) -> dict[str, Floats32]:
        """Return copies of the parameters by name, each in its shape.

        ``filters (width, 4, n_filters)``, ``filter_bias (n_filters,)``, ``position (n_bins,
        n_filters)``, ``hidden (n_filters, n_hidden)``, ``hidden_bias (n_hidden,)``, ``output
        (inputs, n_outputs)``, ``output_bias (n_outputs,)``.
        """
        parts = kernels.views(self.parameters, self.network.shape)
        return {name: part.copy() for name, part in parts._asdict().items()}


@dataclass(frozen=True)
class Pooled:
    """What a network's filters saw in each sequence.

    Attributes
    ----------
    logits
        ``(n, n_outputs)``.
    scores
        ``(n, n_filters)`` best score of each filter.
    start
        ``(n, n_filters)`` first column of the best window.
    reverse
        ``(n, n_filters)`` whether it lies on the reverse strand.
    """

    logits: Floats32
    scores: Floats32
    start: npt.NDArray[np.int32]
    reverse: npt.NDArray[np.bool_]


def initial(network: FilterNetwork, rng: np.random.Generator) -> TrainedNetwork:
    """Draw Glorot-uniform weights and zero biases, as Keras does (Glorot & Bengio 2010)."""
    parameters = np.zeros(network.n_parameters, np.float32)
    parts = kernels.views(parameters, network.shape)
    width, _, n_filters = parts.filters.shape
    parts.filters[:] = _glorot(rng, parts.filters.shape, 4 * width, width * n_filters)
    parts.hidden[:] = _glorot(rng, parts.hidden.shape, *parts.hidden.shape)
    parts.output[:] = _glorot(rng, parts.output.shape, *parts.output.shape)
    return TrainedNetwork(network, parameters)


def _glorot(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> npt.NDArray[np.float64]:
    limit = math.sqrt(6 / max(fan_in + fan_out, 1))
    return rng.uniform(-limit, limit, shape)


def run_network(trained: TrainedNetwork, codes: npt.NDArray[np.uint8]) -> Pooled:
    """Run a network over ``(n, length)`` codes."""
    logits, scores, window = kernels.predict(codes, trained.parameters, trained.network.plan)
    return Pooled(logits, scores, window >> 1, (window & 1).astype(bool))


def at_length(trained: TrainedNetwork, length: int) -> TrainedNetwork:
    """Return a network that takes sequences of another length, with the same weights.

    Raises
    ------
    ParameterError
        When the network knows positions, whose bins mean something for one length alone, or the
        sequences are shorter than its filters.
    """
    if trained.network.length == length:
        return trained
    if trained.network.n_bins > 1:
        msg = (
            f"A network with position bins takes sequences of the {trained.network.length} columns that it was "
            f"trained on. Got {length}; resize them first, or train with n_bins 0."
        )
        raise ParameterError(msg)
    return replace(trained, network=replace(trained.network, length=length))


def mean_logits(
    ensemble: Sequence[TrainedNetwork], sequences: SequenceSet, *, threads: int = 1
) -> npt.NDArray[np.float64]:
    """Return ``(n, n_outputs)`` logits, the mean over networks.

    Raises
    ------
    ParameterError
        When the sequences do not have the length that the networks take.
    """
    expected = ensemble[0].network.length
    if sequences.width != expected:
        msg = f"The network takes sequences of {expected} columns. Got {sequences.width}; resize them first."
        raise ParameterError(msg)
    logits = Team(threads).map(lambda trained: run_network(trained, sequences.codes).logits, ensemble)
    return np.asarray(np.mean(np.stack(logits).astype(np.float64), axis=0))


def predict_probabilities(
    ensemble: Sequence[TrainedNetwork], sequences: SequenceSet, *, threads: int = 1
) -> npt.NDArray[np.float64]:
    """Return ``(n,)`` probabilities of the positive class: the mean logit's sigmoid.

    Raises
    ------
    ParameterError
        When the sequences do not have the length that the networks take.
    """
    return np.asarray(expit(mean_logits(ensemble, sequences, threads=threads)[:, 0]))
