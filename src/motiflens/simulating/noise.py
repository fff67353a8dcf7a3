"""`InputNoise`: Gaussian noise on one-hot inputs, clipped to [0, 1]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from motiflens.errors import ParameterError
from motiflens.simulating.checks import one_of

Hot = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

TO = ("all", "negatives")
LEAST, MOST = 1e-6, 1e6  # less cannot be seen beside 1 in single precision; more makes every channel a coin toss
_ROWS = 4096  # sequences that get their noise at once


@dataclass(frozen=True)
class InputNoise:
    """Noise on the one-hot inputs of a task.

    Attributes
    ----------
    std
        Standard deviation before clipping, in [1e-6, 1e6].
    to
        ``all`` sequences, or those labelled ``negatives`` alone, which tells the classes apart.

    Raises
    ------
    ParameterError
        When either is none of that.
    """

    std: float
    to: str = "all"

    def __post_init__(self) -> None:
        if not LEAST <= self.std <= MOST:
            msg = f"noise must be 0 or in [{LEAST:g}, {MOST:g}]. Got {self.std}."
            raise ParameterError(msg)
        one_of("noise_to", self.to, TO)

    def gets(self, positive: Mask) -> Mask:
        """Return which sequences get noise, ``(n,)``, from which are labelled positive."""
        return ~positive if self.to == "negatives" else np.ones(len(positive), dtype=np.bool_)

    def drawn(self, hot: Hot, rng: np.random.Generator) -> Hot:
        """Return one-hot inputs ``(n, 4, length)`` with fresh noise on each, from one source of randomness."""
        noisy = hot + rng.standard_normal(hot.shape, dtype=np.float32) * np.float32(self.std)
        return np.clip(noisy, 0, 1, out=noisy)

    def named(self, hot: Hot, names: Sequence[str], seed: int) -> Hot:
        """Return one-hot inputs with the noise of each sequence's own.

        It depends on the seed and the sequence's name alone: a sequence has the same in every
        part of a task, and two sequences have independent ones.

        Parameters
        ----------
        hot
            ``(n, 4, length)``.
        names
            ``(n,)`` names of the sequences.
        seed
            Of the task.
        """
        noisy = np.empty_like(hot)
        for first in range(0, len(hot), _ROWS):
            some = slice(first, first + _ROWS)
            for row, name in enumerate(names[some], start=first):
                _source(str(name), seed).standard_normal(dtype=np.float32, out=noisy[row])
            noisy[some] *= np.float32(self.std)
            noisy[some] += hot[some]
        return np.clip(noisy, 0, 1, out=noisy)

    def unseen(self, length: int) -> float:
        """Return the probability that inputs with noise are one-hot, as if they had none.

        Of the base's own channel and the three others, each is clipped to where it was, or two
        of them to the other end; the places are independent.

        Examples
        --------
        >>> InputNoise(0.05).unseen(2) == (1 / 2) ** 8
        True
        """
        across = float(ndtr(-1 / self.std))
        return float((1 / 16 + 3 / 4 * across**2) ** length)


def without_noise(inputs: npt.NDArray[np.floating]) -> Mask:
    """Tell which inputs are one-hot, ``(n,)``.

    Examples
    --------
    >>> without_noise(np.stack([np.eye(4), np.full((4, 4), 0.25), np.ones((4, 4))])).tolist()
    [True, False, False]
    """
    corners = ((inputs == 0) | (inputs == 1)).all(axis=(1, 2))
    return np.asarray(corners & (inputs.sum(axis=1) == 1).all(axis=1))


def _source(name: str, seed: int) -> np.random.Generator:
    """Return the source of randomness of one sequence: a counter-based generator with a key of its own."""
    key = blake2b(f"{seed}:{name}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))
