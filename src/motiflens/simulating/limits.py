"""The best that any model could do on a simulated task: what the likelihood ratio itself reaches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import one_hot
from motiflens.errors import InputError, ParameterError
from motiflens.metrics import evaluate
from motiflens.results import Interval, Limit
from motiflens.sequences import SequenceSet
from motiflens.simulating.checks import MOST_LABEL_NOISE
from motiflens.simulating.drawing import draw
from motiflens.simulating.effort import affordable_draws
from motiflens.simulating.generators import Generator
from motiflens.simulating.likelihood import is_exact, log_ratio, log_ratio_of_inputs, reads_noise
from motiflens.simulating.noise import InputNoise, without_noise
from motiflens.simulating.weighted import weighted_figures

Floats = npt.NDArray[np.float64]

_DECIMALS = 9  # equal ratios, summed in another order, differ beyond these
_PIECE = 2**25  # letters of a class that are held at once
_NOISY_PIECE = 2**21  # the same of inputs, which are larger


def population_limit(
    generator: Generator,
    *,
    n_positives: int,
    n_negatives: int,
    label_noise: float = 0.0,
    noise: InputNoise | None = None,
    random_state: int = 0,
    n_drawn: int | None = None,
) -> Limit:
    """Estimate the limit of a task over all the sequences that it could give.

    A Monte-Carlo estimate: fresh sequences of each class are drawn and scored by their exact
    likelihood ratio. They are weighted to the task's share of positives; intervals tell the error
    of the estimate.

    Parameters
    ----------
    generator
        The task.
    n_positives, n_negatives
        Sequences of each class in the task, at least 1: their shares matter for AUPRC and accuracy.
    label_noise
        Probability, in [0, 0.5], that a label is the other class's. The limit is that against such
        labels: chance at 0.5. Default 0.
    noise
        The limit is that of a model that sees the one-hot inputs with this noise; by default that
        of one that sees the letters. See `limit_on_inputs`.
    random_state
        Seed of the drawing.
    n_drawn
        Sequences drawn of each class, at least 2. By default as many as take a few seconds, at
        most 100 000, which give AUROC to about 0.001, and at least 200; long sequences get fewer.

    Returns
    -------
    limit
        With ``kind`` ``population``, or ``population, noisy inputs``. For a task with placed sites,
        ``shift_invariant`` is the limit of the same task with these sites anywhere. Where noise on
        negatives alone tells the classes apart, and where labels say nothing, nothing is drawn and the
        numbers scored are 0.

    Raises
    ------
    ParameterError
        When a number is out of range.

    Examples
    --------
    A word of five letters hides in background that holds it by chance in one sequence of eleven:

    >>> from motiflens.motifs import Motif
    >>> from motiflens.simulating.background import independent
    >>> from motiflens.simulating.generators import Nothing, Part, Scattered
    >>> word = Motif(np.eye(4)[:, [0, 1, 2, 3, 2]], "ACGTG")
    >>> task = Generator((word,), independent(), 101, ((1.0, Scattered((Part(0),))),), ((1.0, Nothing()),))
    >>> limit = population_limit(task, n_positives=4000, n_negatives=4000, n_drawn=10_000)
    >>> 0.95 < limit.auroc.low < limit.auroc.value < limit.auroc.high < 0.96
    True
    """
    n = affordable_draws(generator, noisy=noise is not None) if n_drawn is None else n_drawn
    if min(n_positives, n_negatives) < 1 or n < 2:
        msg = (f"n_positives and n_negatives must be at least 1, and n_drawn at least 2. "
               f"Got {n_positives}, {n_negatives} and {n}.")  # fmt: skip
        raise ParameterError(msg)
    _check_noise(label_noise)
    share = n_positives / (n_positives + n_negatives)
    if noise is not None and noise.to == "negatives":
        return _told_by_noise(noise, generator.length, share * (1 - label_noise) + (1 - share) * label_noise)
    if label_noise == MOST_LABEL_NOISE:
        half = Interval(0.5, 0.5, 0.5)
        return Limit(half, half, half, 0, 0, _kind("population", noise), "exact")
    positives, negatives = _drawn_scores(generator, n, noise, np.random.default_rng(random_state))
    auroc, auprc, accuracy = weighted_figures(
        positives, negatives, share=share, label_noise=label_noise, threshold=_threshold(share)
    )
    moved = generator.shift_invariant()
    return Limit(
        auroc, auprc, accuracy, n, n, _kind("population", noise), _bound(generator, noise),
        None if moved is None else population_limit(
            moved, n_positives=n_positives, n_negatives=n_negatives, label_noise=label_noise, noise=noise,
            random_state=random_state, n_drawn=n,
        ),
    )  # fmt: skip


def limit_on(generator: Generator, sequences: SequenceSet, *, label_noise: float = 0.0, random_state: int = 0) -> Limit:
    """Score the very sequences at hand, as letters, by their likelihood ratio.

    What a model reached on a test set is to be compared with this: both share the sampling error.

    Parameters
    ----------
    generator
        The task.
    sequences
        With labels 0 and 1.
    label_noise
        Probability, in [0, 0.5], that a label is the other class's. Default 0.
    random_state
        Seed of the bootstrap.

    Returns
    -------
    limit
        With ``kind`` ``these sequences`` and intervals as of `metrics.evaluate`; AUPRC is its mean over
        all orders of equal ratios. For a task with placed sites, ``shift_invariant`` is what the ratio
        of the same task with these sites anywhere reaches.

    Raises
    ------
    InputError
        When there are no labels, one is not 0 or 1, a class is missing, or a sequence cannot come from the task.
    ParameterError
        When ``label_noise`` is out of range.
    """
    labels = _checked_labels(sequences, label_noise)

    def ratio(task: Generator) -> Floats:
        return log_ratio(task, sequences.codes)

    return _limit_at_hand(generator, labels, ratio, label_noise=label_noise, random_state=random_state)


def limit_on_inputs(
    generator: Generator,
    sequences: SequenceSet,
    inputs: npt.NDArray[np.floating],
    *,
    noise: InputNoise,
    label_noise: float = 0.0,
    random_state: int = 0,
) -> Limit:
    """Score the very one-hot inputs at hand, which have noise, by their likelihood ratio.

    This is the limit of a model that sees these inputs, and not the letters behind them; that of
    a model that is given the letters is `limit_on`. Noise on all inputs hides letters, so the limit
    is lower. Noise on the negatives alone tells the classes apart by itself, whatever is
    planted: inputs that are exactly one-hot are then the positives.

    Parameters
    ----------
    generator
        The task.
    sequences
        With labels 0 and 1.
    inputs
        ``(n, 4, length)`` in [0, 1], of these sequences.
    noise
        What was added to them.
    label_noise, random_state
        As in `limit_on`.

    Returns
    -------
    limit
        As of `limit_on`, with ``kind`` ``these sequences, noisy inputs``. The ratio of noisy inputs is
        known for independent bases of which none is impossible. For other backgrounds it is replaced
        by that of the letters, and ``bound`` is ``upper bound``; ``approximate`` where that ratio is
        approximate too.

    Raises
    ------
    InputError
        As `limit_on`, and when the inputs do not fit.
    ParameterError
        When ``label_noise`` is out of range.
    """
    labels = _checked_labels(sequences, label_noise)
    if inputs.shape != (len(sequences), 4, generator.length):
        msg = f"inputs must be ({len(sequences)}, 4, {generator.length}), one for each sequence. Got {inputs.shape}."
        raise InputError(msg)
    if noise.to == "negatives":
        told = without_noise(inputs).astype(np.float64)
        reached = evaluate(labels, told, random_state=random_state, random_ties=True)
        return Limit(
            reached.auroc, reached.auprc, reached.accuracy, reached.n_positives, reached.n_negatives,
            _kind("these sequences", noise), _bound_of_told(noise, generator.length),
        )  # fmt: skip

    def ratio(task: Generator) -> Floats:
        if reads_noise(task):
            return log_ratio_of_inputs(task, inputs, noise=noise.std)
        return log_ratio(task, sequences.codes)

    return _limit_at_hand(generator, labels, ratio, noise=noise, label_noise=label_noise, random_state=random_state)


def _limit_at_hand(
    generator: Generator,
    labels: npt.NDArray[np.int64],
    ratio: Callable[[Generator], Floats],
    *,
    noise: InputNoise | None = None,
    label_noise: float,
    random_state: int,
) -> Limit:
    """Return what the ratio reaches against the labels, and what it does without the places."""
    silent = label_noise == MOST_LABEL_NOISE
    share = _true_share(float(labels.mean()), label_noise)
    scores = np.zeros(len(labels)) if silent else np.round(ratio(generator), _DECIMALS)
    ranked = _as_probabilities(scores, _threshold(share))
    reached = evaluate(labels, ranked, random_state=random_state, random_ties=True)
    moved = None if silent else generator.shift_invariant()
    return Limit(
        reached.auroc, reached.auprc, reached.accuracy, reached.n_positives, reached.n_negatives,
        _kind("these sequences", noise), "exact" if silent else _bound(generator, noise),
        None if moved is None else _limit_at_hand(
            moved, labels, ratio, noise=noise, label_noise=label_noise, random_state=random_state
        ),
    )  # fmt: skip


def _told_by_noise(noise: InputNoise, length: int, share: float) -> Limit:
    """Return the limit where negatives alone have noise: it is missed only where all of it was clipped away."""
    missed = noise.unseen(length)
    right = max(share + (1 - share) * (1 - missed), 1 - share)
    figures = (1 - missed / 2, share / (share + (1 - share) * missed), right)
    auroc, auprc, accuracy = (Interval(value, value, value) for value in figures)
    return Limit(auroc, auprc, accuracy, 0, 0, _kind("population", noise), _bound_of_told(noise, length))


def _bound_of_told(noise: InputNoise, length: int) -> str:
    """Tell whether looking at the noise alone is the best that can be done, to all decimals that count."""
    return "exact" if noise.unseen(length) < 10.0**-_DECIMALS else "lower bound"


def _checked_labels(sequences: SequenceSet, label_noise: float) -> npt.NDArray[np.int64]:
    _check_noise(label_noise)
    labels = sequences.labels
    if labels is None or labels.ndim != 1 or not np.isin(labels, (0, 1)).all():
        msg = "The limit on given sequences needs one label a sequence, 0 or 1. Got others, or none."
        raise InputError(msg)
    n_positives = int(labels.sum())
    if not 0 < n_positives < len(labels):
        msg = (f"The limit on given sequences needs sequences of both classes. Got {n_positives} positives and "
               f"{len(labels) - n_positives} negatives.")  # fmt: skip
        raise InputError(msg)
    return labels


def _check_noise(label_noise: float) -> None:
    if not 0 <= label_noise <= MOST_LABEL_NOISE:
        msg = f"label_noise must be in [0, {MOST_LABEL_NOISE}]. Got {label_noise}."
        raise ParameterError(msg)


def _kind(of: str, noise: InputNoise | None) -> str:
    return of if noise is None else f"{of}, noisy inputs"


def _bound(generator: Generator, noise: InputNoise | None) -> str:
    exact = is_exact(generator)
    if noise is None or reads_noise(generator):
        return "exact" if exact else "lower bound"
    return "upper bound" if exact else "approximate"  # of the letters' ratio: noise can only hide them


def _drawn_scores(
    generator: Generator, n: int, noise: InputNoise | None, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw ``n`` sequences a class and return their log ratios, those of the positives first."""
    seen = None if noise is None or not reads_noise(generator) else noise
    rows = max((_PIECE if seen is None else _NOISY_PIECE) // generator.length, 1)
    positives, negatives = np.empty(n), np.empty(n)
    for first in range(0, n, rows):
        size = min(rows, n - first)
        codes, _ = draw(generator, size, size, rng)
        if seen is None:
            scores = log_ratio(generator, codes)
        else:
            scores = log_ratio_of_inputs(generator, seen.drawn(one_hot(codes), rng), noise=seen.std)
        scores = np.round(scores, _DECIMALS)
        positives[first : first + size], negatives[first : first + size] = scores[:size], scores[size:]
    return positives, negatives


def _threshold(share: float) -> float:
    """Return the log ratio at which both classes are equally likely, when a share of all are positives."""
    with np.errstate(divide="ignore"):
        return float(np.log(1 - share) - np.log(share))


def _true_share(observed: float, label_noise: float) -> float:
    """Return the positives' share before labels were flipped, from that after."""
    if label_noise == MOST_LABEL_NOISE:
        return observed
    return float(np.clip((observed - label_noise) / (1 - 2 * label_noise), 0, 1))


def _as_probabilities(scores: Floats, threshold: float) -> Floats:
    """Return numbers in [0, 1) in the order of the scores, at least 0.5 where these reach the threshold.

    Posterior probabilities themselves would round to 0 and 1 and lose the order there.
    """
    distinct, ranks = np.unique(scores, return_inverse=True)
    below = np.searchsorted(distinct, threshold)
    return np.asarray(0.5 + (ranks - below) / (2 * len(distinct)))
