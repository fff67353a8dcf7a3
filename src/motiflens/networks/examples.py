"""What a network learns from: sequences with their targets, weights and loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.sequences import SequenceSet

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
ClassWeight = str | Mapping[int, float] | None
BALANCED = "balanced"


@dataclass(frozen=True)
class Examples:
    """Some sequences of a set, with what a network should say of them.

    Parts of one set share its arrays: folds of a cross-validation cost a list of rows each.

    Attributes
    ----------
    data
        The whole set: ``codes (n, length)``, ``targets (n, n_outputs)`` and ``weights (n,)``.
    rows
        ``(m,)`` the sequences of the set that are meant.
    loss
        ``kernels.SIGMOID`` (two classes, many labels) or ``kernels.SOFTMAX`` (many classes).

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> every = examples_of(from_strings(["ACGT", "GGCC", "TTTT"]).with_labels([0, 1, 1]), 1)
    >>> part = every[[2, 0]]
    >>> part.rows.tolist(), part.data is every.data
    ([2, 0], True)
    """

    data: kernels.Data
    rows: Integers
    loss: int = kernels.SIGMOID

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: npt.ArrayLike | slice) -> Examples:
        chosen = index if isinstance(index, slice) else np.asarray(index)
        return replace(self, rows=self.rows[chosen])

    @property
    def weights(self) -> Floats:
        """``(m,)`` weight of each of these sequences."""
        return self.data.weights[self.rows].astype(np.float64)

    def losses(self, logits: Floats32) -> Floats:
        """Return ``(m,)`` loss of each sequence, unweighted, given its logits ``(m, n_outputs)``.

        The mean over outputs for `kernels.SIGMOID`.
        """
        z, targets = logits.astype(np.float64), self.data.targets[self.rows]
        with np.errstate(invalid="ignore"):  # the logits of a training that diverges
            if self.loss == kernels.SOFTMAX:
                return np.asarray(logsumexp(z, axis=1) - (z * targets).sum(axis=1))
            return np.asarray((np.logaddexp(0, z) - z * targets).mean(axis=1))

    def mean(self, losses: Floats) -> float:
        """Return the weighted mean of ``(m,)`` losses."""
        weights = self.weights
        return float((losses * weights).sum() / weights.sum())


def examples_of(
    sequences: SequenceSet,
    n_outputs: int,
    *,
    sample_weight: npt.ArrayLike | None = None,
    class_weight: ClassWeight = None,
) -> Examples:
    """Make labelled sequences the examples of a network.

    Parameters
    ----------
    sequences
        With labels ``(n,)`` of 0 and 1 for one output; of 0 to ``n_outputs - 1`` for several (one
        class each); or ``(n, n_outputs)`` of 0 and 1 (many labels).
    n_outputs
        Logits of the network, >= 1.
    sample_weight
        ``(n,)`` how much each sequence counts, >= 0. By default all count 1.
    class_weight
        ``balanced`` (every class counts the same in sum), or weights by class, 1 where none is
        given; they multiply ``sample_weight``. Not for many labels.

    Raises
    ------
    ParameterError
        When labels are missing or do not fit the outputs, or weights cannot be used.
    """
    labels = sequences.labels
    if labels is None:
        msg = "Training needs labels, and this SequenceSet has none."
        raise ParameterError(msg)
    several = labels.ndim == 1 and n_outputs > 1
    _check_labels(labels, n_outputs)
    targets = np.eye(n_outputs, dtype=np.float32)[labels] if several else labels.astype(np.float32)
    weights = _sample_weights(sample_weight, len(sequences)) * _weights_by_class(labels, class_weight)
    data = kernels.Data(
        np.ascontiguousarray(sequences.codes), targets.reshape(len(sequences), -1), weights.astype(np.float32)
    )
    return Examples(data, np.arange(len(sequences)), kernels.SOFTMAX if several else kernels.SIGMOID)


def _check_labels(labels: Integers, n_outputs: int) -> None:
    if labels.ndim == 2 and labels.shape[1] != n_outputs:
        msg = f"A network of {n_outputs} outputs needs labels (n, {n_outputs}). Got shape {labels.shape}."
        raise ParameterError(msg)
    largest = max(n_outputs - 1, 1) if labels.ndim == 1 else 1
    if labels.size and not (labels.min() >= 0 and labels.max() <= largest):
        msg = f"Labels must be in 0 to {largest} for {n_outputs} outputs. Got {labels.min()} to {labels.max()}."
        raise ParameterError(msg)


def _sample_weights(given: npt.ArrayLike | None, n: int) -> Floats:
    if given is None:
        return np.ones(n)
    try:
        weights = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"sample_weight must be numbers, one a sequence. Got: {error}."
        raise ParameterError(msg) from error
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any():
        msg = f"sample_weight must be {n} finite numbers >= 0, one a sequence. Got {weights} of shape {weights.shape}."
        raise ParameterError(" ".join(msg.split()))
    return weights


def _weights_by_class(labels: Integers, given: ClassWeight) -> Floats:
    if given is None:
        return np.ones(len(labels))
    if labels.ndim != 1:
        msg = "class_weight needs one class a sequence. Got many labels; give sample_weight instead."
        raise ParameterError(msg)
    counts = np.bincount(labels)
    if isinstance(given, str):
        if given != BALANCED:
            msg = f"class_weight must be 'balanced' or weights by class. Got {given!r}."
            raise ParameterError(msg)
        return np.asarray((len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[labels])
    weights = np.ones(len(counts))
    for index, weight in given.items():
        if not (0 <= index < len(counts) and isinstance(weight, Real) and 0 <= weight < np.inf):
            msg = f"class_weight must give classes of the labels a finite weight >= 0. Got {index!r}: {weight!r}."
            raise ParameterError(msg)
        weights[index] = weight
    return np.asarray(weights[labels])
