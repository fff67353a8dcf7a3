"""Networks and sequences drawn at random, for tests that compare with running the network."""

import numpy as np
from hypothesis import strategies as st

from motiflens.networks.blueprints import TrainedLayers
from motiflens.networks.grammars import Grammar, TrainedGrammar
from motiflens.networks.model import FilterNetwork, TrainedNetwork

networks = st.builds(
    FilterNetwork,
    n_filters=st.integers(1, 37),
    filter_width=st.integers(1, 24),
    length=st.integers(24, 60),
    n_bins=st.integers(0, 7),
    n_hidden=st.sampled_from([0, 5]),
    n_outputs=st.integers(1, 3),
    both_strands=st.booleans(),
    activation=st.sampled_from(["relu", "exponential"]),
)
SMALL = FilterNetwork(5, 7, 30, n_bins=3, n_outputs=2)


def whole_network(network, rng, largest=4):
    """Weights that are whole numbers: sums in any order are the same, so results may be compared exactly."""
    return TrainedNetwork(network, rng.integers(-largest, largest + 1, network.n_parameters).astype(np.float32))


def random_network(network, rng, scale=0.3):
    return TrainedNetwork(network, (scale * rng.normal(size=network.n_parameters)).astype(np.float32))


def random_codes(rng, shape, unknown=0.1):
    return rng.choice(5, size=shape, p=[*[(1 - unknown) / 4] * 4, unknown]).astype(np.uint8)


def layered(blueprint, seed=0):
    """Random weights for a network of layers; variances are positive."""
    rng = np.random.default_rng(seed)
    shapes = blueprint.weights()
    weights = {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    return TrainedLayers(
        blueprint, {name: np.abs(part) if name.endswith("variance") else part for name, part in weights.items()}
    )


def grammar(length, seed=0, **fields):
    """Return a grammar of three random motifs with random weights."""
    rng = np.random.default_rng(seed)
    matrices = tuple(rng.normal(size=(4, width)).astype(np.float32) for width in (3, 5, 2))
    network = Grammar(matrices, (1, -1, 1), length, **fields)
    shapes = network.weights()
    return TrainedGrammar(
        network, {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in shapes.items()}
    )
