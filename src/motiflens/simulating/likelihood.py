"""How much more likely a sequence is among a task's positives than among its negatives.

No score separates the classes better than this ratio (Neyman and Pearson 1933,
doi:10.1098/rsta.1933.0009), so what it reaches is the limit of the task. The likelihood of a
layout is a sum over every place, strand and arrangement of its sites; the letters between are
background and cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.errors import InputError, ParameterError
from motiflens.simulating.class_likelihoods import Likelihoods, layouts_of, widths_of
from motiflens.simulating.evidence import Evidence, known_letters, noisy_letters, runs_of
from motiflens.simulating.generators import Generator, Overwritten, Scattered, Spaced

Floats = npt.NDArray[np.float64]

_CELLS = 2**16  # positions of sequences looked at together: what fits into a processor's cache


def log_ratio(generator: Generator, codes: Codes) -> Floats:
    """Score sequences by the log of their likelihood among the positives over that among the negatives.

    The ratio is exact where `is_exact` says so. An unknown letter says nothing.

    Parameters
    ----------
    generator
        The task.
    codes
        ``(n, length)`` uint8, 0-3, and 4 for unknown, which a background of independent bases alone allows.

    Returns
    -------
    scores
        ``(n,)`` natural logarithms; infinite where one class cannot hold the sequence.

    Raises
    ------
    InputError
        When the shape does not fit the generator, a letter is unknown though the background is a
        Markov model, or neither class can hold a sequence.
    ParameterError
        When the background's order is above the length.

    Examples
    --------
    A word that each positive holds and one background sequence in 256 begins with:

    >>> from motiflens.motifs import Motif
    >>> from motiflens.simulating.background import independent
    >>> from motiflens.simulating.generators import Nothing, Part
    >>> word = Motif(np.eye(4), "ACGT")
    >>> task = Generator((word,), independent(), 4, ((1.0, Scattered((Part(0),))),), ((1.0, Nothing()),))
    >>> np.exp(log_ratio(task, np.array([[0, 1, 2, 3], [0, 1, 2, 2]], dtype=np.uint8))).round(6).tolist()
    [256.0, 0.0]
    """
    _check_codes(generator, codes)
    runs = runs_of(generator.background, generator.length, widths_of(generator))

    def read(rows: slice) -> Evidence:
        return known_letters(codes[rows], generator.background, runs)

    return _in_chunks(generator, len(codes), read)


def log_ratio_of_inputs(generator: Generator, inputs: npt.NDArray[np.floating], *, noise: float) -> Floats:
    """Score one-hot inputs to which Gaussian noise was added, clipped to [0, 1], in both classes alike.

    Each place says how likely its four numbers are for each base, those that were clipped
    included, and the likelihood of a sequence sums over all letters that may stand behind them.

    Parameters
    ----------
    generator
        The task, with independent bases of which none is impossible.
    inputs
        ``(n, 4, length)`` in [0, 1].
    noise
        Standard deviation of the noise, above 0.

    Returns
    -------
    scores
        ``(n,)`` as of `log_ratio`.

    Raises
    ------
    InputError
        When the shape does not fit the generator, or a number is not in [0, 1].
    ParameterError
        When ``noise`` is not above 0, or the background is a Markov model or lacks a base.

    Examples
    --------
    >>> from motiflens.motifs import Motif
    >>> from motiflens.simulating.background import independent
    >>> from motiflens.simulating.generators import Nothing, Part
    >>> word = Motif(np.eye(4), "ACGT")
    >>> task = Generator((word,), independent(), 4, ((1.0, Scattered((Part(0),))),), ((1.0, Nothing()),))
    >>> np.exp(log_ratio_of_inputs(task, np.eye(4)[None], noise=0.05)).round(6).tolist()
    [256.0]
    """
    _check_inputs(generator, inputs, noise)

    def read(rows: slice) -> Evidence:
        return noisy_letters(inputs[rows], generator.background, noise)

    return _in_chunks(generator, len(inputs), read)


def reads_noise(generator: Generator) -> bool:
    """Tell whether `log_ratio_of_inputs` can score inputs of this task: bases are independent and all possible.

    Examples
    --------
    >>> from motiflens.simulating.background import independent
    >>> from motiflens.simulating.generators import Nothing
    >>> [reads_noise(Generator((), independent(gc), 5, ((1.0, Nothing()),), ((1.0, Nothing()),))) for gc in (0.4, 1)]
    [True, False]
    """
    return not generator.background.order and bool(generator.background.transitions.all())


def is_exact(generator: Generator) -> bool:
    """Tell whether `log_ratio` is the exact ratio.

    It is not where two sites can lie closer than the order of a Markov background: each site's
    effect on the letters around it is then taken as if the other were background. Figures
    reached with such a score are a lower bound of the limit.

    Examples
    --------
    >>> from motiflens.simulating.background import independent
    >>> from motiflens.simulating.generators import Nothing
    >>> is_exact(Generator((), independent(), 5, ((1.0, Nothing()),), ((1.0, Nothing()),)))
    True
    """
    order = generator.background.order
    for layout in layouts_of(generator):
        match layout:
            case Scattered(parts=parts, distance=distance) if len(parts) > 1 and distance < order:
                return False
            case Spaced(gaps=gaps) if any(fewest < order for fewest, _ in gaps):
                return False
            case Overwritten() if order > 1:  # sites that touch are one window, and one letter apart is enough
                return False
    return True


def _check_codes(generator: Generator, codes: Codes) -> None:
    if codes.ndim != 2 or codes.shape[1] != generator.length or codes.dtype != np.uint8:
        msg = f"codes must be (n, {generator.length}) uint8 for this task. Got {codes.dtype} of shape {codes.shape}."
        raise InputError(msg)
    highest = UNKNOWN - 1 if generator.background.order else UNKNOWN
    if codes.size and codes.max() > highest:
        row = int(np.argmax(codes.max(axis=1) > highest))
        msg = (
            f"codes must be 0 to {highest} with a background of order {generator.background.order}. "
            f"Got {codes[row].max()} in sequence {row}."
        )
        raise InputError(msg)


def _check_inputs(generator: Generator, inputs: npt.NDArray[np.floating], noise: float) -> None:
    if inputs.ndim != 3 or inputs.shape[1:] != (4, generator.length):
        msg = f"inputs must be (n, 4, {generator.length}) for this task. Got shape {inputs.shape}."
        raise InputError(msg)
    if inputs.size and not (inputs.min() >= 0 and inputs.max() <= 1):
        msg = f"inputs must lie in [0, 1]. Got values from {inputs.min()} to {inputs.max()}."
        raise InputError(msg)
    if not 0 < noise < np.inf:
        msg = f"noise must be above 0; without noise, score the codes with log_ratio. Got {noise}."
        raise ParameterError(msg)
    if not reads_noise(generator):
        msg = (
            "Noisy inputs need a background of order 0 in which every base is possible. Got order "
            f"{generator.background.order}, least probability {generator.background.transitions.min()}."
        )
        raise ParameterError(msg)


def _in_chunks(generator: Generator, n: int, read: Callable[[slice], Evidence]) -> Floats:
    scores = np.empty(n)
    for rows in _chunks(n, max(_CELLS // generator.length, 1)):
        scores[rows] = Likelihoods(generator, read(rows), rows.stop - rows.start).score()
    impossible = np.flatnonzero(np.isnan(scores))
    if len(impossible):
        msg = f"Every sequence must be possible in one of the task's classes. Got none such at index {impossible[0]}."
        raise InputError(msg)
    return scores


def _chunks(n: int, size: int) -> Iterable[slice]:
    return (slice(first, last) for first, last in pairwise([*range(0, n, size), n]))
