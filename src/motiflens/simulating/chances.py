"""Random choices by whole-number thresholds, so that a seed gives the same ones on every platform."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Thresholds = npt.NDArray[np.uint64]

_SCALE = 2.0**32


def thresholds(probabilities: npt.ArrayLike) -> Thresholds:
    """Return the cumulative probabilities along the last axis, in steps of 2 ** -32.

    What has probability 0 is never chosen, whatever the rounding.

    Examples
    --------
    >>> (thresholds([0.5, 0, 0.5]) / 2**32).tolist()
    [0.5, 0.5, 1.0]
    """
    shares = np.asarray(probabilities, dtype=np.float64)
    cumulative = np.cumsum(shares, axis=-1)
    return np.asarray(np.rint(cumulative / cumulative[..., -1:] * _SCALE), dtype=np.uint64)


def choose(rng: np.random.Generator, probabilities: npt.ArrayLike, n: int) -> Integers:
    """Draw ``n`` indices with these probabilities.

    Examples
    --------
    >>> choose(np.random.default_rng(0), [0, 1, 0], 3).tolist()
    [1, 1, 1]
    """
    bounds = thresholds(probabilities)[:-1]
    return np.asarray(np.searchsorted(bounds, fine(rng, n), side="right"), dtype=np.int64)


def happens(rng: np.random.Generator, probability: float, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Draw whether something of this probability happens, in an array of ``shape``."""
    if probability <= 0 or probability >= 1:
        return np.full(shape, probability >= 1)
    return np.asarray(fine(rng, shape) < np.uint64(round(probability * _SCALE)))


def fine(rng: np.random.Generator, shape: int | tuple[int, ...]) -> npt.NDArray[np.uint32]:
    """Draw whole numbers uniform in [0, 2 ** 32), to compare with `thresholds`."""
    return rng.integers(0, 2**32, shape, dtype=np.uint32)
