"""`Grammar`: a network whose filters are motifs, which adds up sites, their places and their spacing.

Every window is scored by a motif's log odds. What a maximum over the windows throws away is kept: the
windows' likelihood ratios are summed, as in the likelihood of a site at an unknown place or in
the occupancy of a binding site, and pairs of sites are summed by their distance. So the network can
tell one site from two, and ten bases apart from thirty; its parameters can be read as they are.
`motiflens.networks.grammar_module` is the network itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.errors import ParameterError

Floats32 = npt.NDArray[np.float32]
N_KERNELS = 2
"""Distance preferences of an ordered pair of motifs: what speaks for the positives, and what against."""


@dataclass(frozen=True, eq=False)
class Grammar:
    """The architecture.

    Attributes
    ----------
    matrices
        Log odds ``(4, width)`` of each motif, natural logarithms, at least one.
    signs
        1 for a motif of the positives, -1 for one of the negatives.
    length
        Columns of the sequences, at least the widest motif.
    both_strands
        Whether sites on either strand count.
    knows_positions
        Whether each motif has a preference for every start.
    paired
        Indices of the motifs whose ordered pairs have preferences for every distance; none by default.
    n_hidden
        Hidden units beside the weighted sum. Default 8.

    Raises
    ------
    ParameterError
        When there is no motif, one has another shape or is wider than the sequences, or a sign or an
        index is out of range.
    """

    matrices: tuple[Floats32, ...]
    signs: tuple[int, ...]
    length: int
    both_strands: bool = False
    knows_positions: bool = False
    paired: tuple[int, ...] = ()
    n_hidden: int = 8

    def __post_init__(self) -> None:
        if not self.matrices or len(self.signs) != len(self.matrices):
            msg = f"A grammar needs motifs, each with a sign. Got {len(self.matrices)} and {len(self.signs)}."
            raise ParameterError(msg)
        shapes = [matrix.shape for matrix in self.matrices]
        if any(len(shape) != 2 or shape[0] != 4 or shape[1] < 1 for shape in shapes) or set(self.signs) - {1, -1}:
            msg = f"Matrices must be (4, width) and signs 1 or -1. Got shapes {shapes} and signs {self.signs}."
            raise ParameterError(msg)
        widest = max(self.widths)
        if widest > self.length:
            msg = f"The motifs must fit into the sequences. Got one of {widest} bases for {self.length}."
            raise ParameterError(msg)
        if not set(self.paired) <= set(range(len(self.matrices))) or self.n_hidden < 1:
            msg = (f"paired must be indices of the {len(self.matrices)} motifs and n_hidden at least 1. "
                   f"Got {self.paired} and {self.n_hidden}.")  # fmt: skip
            raise ParameterError(msg)

    @property
    def n_outputs(self) -> int:
        """Logits: one, for two classes."""
        return 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Bases of each motif."""
        return tuple(matrix.shape[1] for matrix in self.matrices)

    def motifs_of_positives(self, base: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
        """Return the ``(4, width)`` probabilities of the motifs that stand for the positives, from their log odds."""
        of_positives = (matrix for matrix, sign in zip(self.matrices, self.signs, strict=True) if sign > 0)
        shares = [base[:, None] * np.exp(matrix.astype(np.float64)) for matrix in of_positives]
        return [np.ascontiguousarray(share / share.sum(axis=0)) for share in shares]

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Ordered pairs of motifs, the first upstream of the second; a motif pairs with itself too."""
        return tuple((first, second) for first in self.paired for second in self.paired)

    @property
    def n_features(self) -> int:
        """Figures that a sequence is reduced to: one a motif, two an ordered pair."""
        return len(self.matrices) + N_KERNELS * len(self.pairs)

    @property
    def n_parameters(self) -> int:
        """Figures that training changes; the matrices are given."""
        per_motif = 2 + (self.length if self.knows_positions else 0)
        per_pair = N_KERNELS * (self.length + 1)
        head = self.n_features + 1 + (self.n_features + 2) * self.n_hidden + 1
        return per_motif * len(self.matrices) + per_pair * len(self.pairs) + head

    def with_positions(self) -> Grammar:
        """Return the same grammar with preferences for every start."""
        return replace(self, knows_positions=True)

    def on_one_strand(self, reverse: Sequence[bool]) -> Grammar:
        """Return the same grammar for one strand alone.

        Parameters
        ----------
        reverse
            One a motif: whether its reverse complement is what stands on that strand.
        """
        turned = tuple(
            np.ascontiguousarray(matrix[::-1, ::-1]) if back else matrix
            for matrix, back in zip(self.matrices, reverse, strict=True)
        )
        return replace(self, matrices=turned, both_strands=False)

    def with_pairs(self, most: int) -> Grammar:
        """Return the same grammar with preferences for the distances of its first motifs of the positives."""
        positives = [index for index, sign in enumerate(self.signs) if sign > 0]
        return replace(self, paired=tuple(positives[:most]))

    def weights(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the parameters by name, those that training changes.

        Examples
        --------
        >>> motif = np.zeros((4, 3), np.float32)
        >>> Grammar((motif, motif), (1, -1), length=20, knows_positions=True).weights()["place"]
        (2, 20)
        """
        n, n_pairs, features = len(self.matrices), len(self.pairs), self.n_features
        places = {"place": (n, self.length)} if self.knows_positions else {}
        of_pairs = {"distance": (n_pairs, N_KERNELS, self.length), "pair_bias": (n_pairs, N_KERNELS)}
        return {
            "scale": (n,),
            "bias": (n,),
            **places,
            **(of_pairs if n_pairs else {}),
            "sum.weight": (1, features),
            "sum.bias": (1,),
            "hidden.weight": (self.n_hidden, features),
            "hidden.bias": (self.n_hidden,),
            "output.weight": (1, self.n_hidden),
            "output.bias": (1,),
        }

    def at_length(self, length: int) -> Grammar:
        """Return the grammar for sequences of another length.

        Raises
        ------
        ParameterError
            When it knows positions or distances, whose preferences are for one length, or a motif
            does not fit.
        """
        if length == self.length:
            return self
        if self.knows_positions or self.paired:
            msg = (f"A grammar that knows positions or distances takes sequences of the {self.length} columns that it "
                   f"was trained on. Got {length}; resize them first.")  # fmt: skip
            raise ParameterError(msg)
        return replace(self, length=length)


@dataclass(frozen=True, eq=False)
class TrainedGrammar:
    """A grammar with its parameters, as plain arrays.

    Attributes
    ----------
    network
        The architecture, with the motifs.
    weights
        The arrays by name, as `Grammar.weights` names them, float32.
    """

    network: Grammar
    weights: Mapping[str, Floats32]
