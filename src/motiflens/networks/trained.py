"""The kinds of trained network that hold plain arrays, and several of them as one list."""

from __future__ import annotations

from collections.abc import Sequence

from motiflens.errors import ParameterError
from motiflens.networks.blueprints import TrainedLayers
from motiflens.networks.grammars import TrainedGrammar
from motiflens.networks.model import TrainedNetwork

Trained = TrainedNetwork | TrainedLayers | TrainedGrammar
"""A trained network of one convolution, of layers, or of motifs."""


def trained_networks(given: object) -> list[Trained]:
    """Return one or several trained networks, of any kinds, as a list.

    Raises
    ------
    ParameterError
        When there is none, or one is of another kind.
    """
    networks = list(given) if isinstance(given, list | tuple) else [given]
    known = [each for each in networks if isinstance(each, Trained)]
    if len(known) < len(networks) or not known:
        other = next((type(each).__name__ for each in networks if not isinstance(each, Trained)), "none")
        msg = (
            "Expected at least one trained network, each a TrainedNetwork, TrainedLayers or TrainedGrammar, as "
            f"MotifClassifier and load_network give. Got {other}."
        )
        raise ParameterError(msg)
    return known


def alike(networks: Sequence[Trained]) -> Sequence[Trained]:
    """Return networks whose logits can be averaged.

    Raises
    ------
    ParameterError
        When they differ in length or outputs.
    """
    kinds = sorted({(trained.network.length, trained.network.n_outputs) for trained in networks})
    if len(kinds) > 1:
        msg = f"Networks of an ensemble must have the same length and outputs. Got (length, n_outputs) of {kinds}."
        raise ParameterError(msg)
    return networks
