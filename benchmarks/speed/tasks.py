"""Networks and random sequences that several rows share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.networks.model import FilterNetwork, TrainedNetwork, initial
from motiflens.sequences import SequenceSet

Codes = npt.NDArray[np.uint8]
_WORD = (2, 0, 3, 0, 1, 2)  # GATACG


@dataclass(frozen=True)
class Task:
    """A network and the random sequences it is trained on: ``n`` of the network's length."""

    network: FilterNetwork
    n: int
    batch: int

    @property
    def text(self) -> str:
        """The task in words."""
        net = self.network
        strands = "both strands" if net.both_strands else "one strand"
        head = f", {net.n_hidden} hidden" if net.n_hidden else ""
        return f"{self.n} x {net.length} bp, {net.n_filters} x {net.filter_width}, {strands}{head}, batch {self.batch}"


DEEPBIND = Task(
    FilterNetwork(n_filters=16, filter_width=5, length=101, n_hidden=32, both_strands=False), n=5600, batch=128
)
FOXO1_V2 = Task(FilterNetwork(n_filters=64, filter_width=12, length=100, both_strands=False), n=10_000, batch=256)
LONG = Task(FilterNetwork(n_filters=64, filter_width=24, length=1000), n=10_000, batch=256)
DISCOVER = Task(FilterNetwork(n_filters=128, filter_width=20, length=200), n=10_000, batch=128)


def random_set(n: int, length: int, *, seed: int = 0) -> SequenceSet:
    """Draw sequences of independent bases, labelled 1 where a word lies in them.

    The word has as many letters as make the two classes about even, so that there is
    something to learn.
    """
    codes = np.random.default_rng(seed).integers(0, 4, (n, length), dtype=np.uint8)
    word = _WORD[: int(np.clip(round(np.log(length / 0.6) / np.log(4)), 1, len(_WORD)))]
    n_windows = length - len(word) + 1
    found = np.ones((n, n_windows), bool)
    for offset, letter in enumerate(word):
        found &= codes[:, offset : offset + n_windows] == letter
    spans = np.tile(np.array([0, length]), (n, 1))
    names = np.arange(n).astype(str)
    return SequenceSet(codes, names, spans, labels=found.any(axis=1).astype(np.int64), classes=("0", "1"))


def random_network(network: FilterNetwork, *, seed: int = 0) -> TrainedNetwork:
    """Return a network with freshly drawn weights and biases that are not zero."""
    rng = np.random.default_rng(seed)
    trained = initial(network, rng)
    jitter = rng.normal(0, 0.05, len(trained.parameters)).astype(np.float32)
    return TrainedNetwork(network, trained.parameters + jitter)


def columns_last(codes: Codes) -> npt.NDArray[np.float32]:
    """Return ``(n, L, 4)`` one-hot sequences, as Keras takes them; zeros where unknown."""
    return np.eye(5, 4, dtype=np.float32)[codes]


def columns_first(codes: Codes) -> npt.NDArray[np.float32]:
    """Return ``(n, 4, L)`` one-hot sequences, as torch takes them; zeros where unknown."""
    return np.ascontiguousarray(columns_last(codes).transpose(0, 2, 1))
