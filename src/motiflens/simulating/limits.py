"""The best that any model could do on a simulated task: what the likelihood ratio itself reaches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motiflens.errors import InputError, ParameterError
from motiflens.metrics import evaluate
from motiflens.results import Limit
from motiflens.sequences import SequenceSet
from motiflens.simulating.drawing import draw
from motiflens.simulating.generators import Generator
from motiflens.simulating.likelihood import is_exact, log_ratio
from motiflens.simulating.weighted import weighted_figures

Floats = npt.NDArray[np.float64]

_DECIMALS = 9  # equal ratios, summed in another order, differ beyond these
_PIECE = 2**25  # letters of a class that are held at once


def population_limit(
    generator: Generator,
    *,
    n_positives: int,
    n_negatives: int,
    label_noise: float = 0.0,
    random_state: int = 0,
    n_drawn: int = 100_000,
) -> Limit:
    """Estimate the limit of a task over all the sequences that it could give.

    Fresh sequences of each class are drawn and scored by their exact likelihood ratio. They are
    weighted to the task's share of positives; intervals tell the error of the estimate.

    Parameters
    ----------
    generator
        The task.
    n_positives, n_negatives
        Sequences of each class in the task, at least 1: their shares matter for AUPRC and accuracy.
    label_noise
        Probability, in [0, 1], that a label is the other class's. The limit is that against such
        labels. Default 0.
    random_state
        Seed of the drawing.
    n_drawn
        Sequences drawn of each class, at least 2. Default 100 000, which gives AUROC to about 0.001.

    Returns
    -------
    limit
        With ``kind`` ``population``. For a task with placed sites, ``shift_invariant`` is the limit of
        the same task with these sites anywhere.

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
    if min(n_positives, n_negatives) < 1 or n_drawn < 2:
        msg = (f"n_positives and n_negatives must be at least 1, and n_drawn at least 2. "
               f"Got {n_positives}, {n_negatives} and {n_drawn}.")  # fmt: skip
        raise ParameterError(msg)
    _check_noise(label_noise)
    share = n_positives / (n_positives + n_negatives)
    positives, negatives = _drawn_scores(generator, n_drawn, np.random.default_rng(random_state))
    flip = -1 if label_noise > 0.5 else 1
    auroc, auprc, accuracy = weighted_figures(
        flip * positives, flip * negatives, share=share, label_noise=label_noise, threshold=flip * _threshold(share)
    )
    moved = generator.shift_invariant()
    return Limit(
        auroc, auprc, accuracy, n_drawn, n_drawn, "population", _bound(generator),
        None if moved is None else population_limit(
            moved, n_positives=n_positives, n_negatives=n_negatives, label_noise=label_noise,
            random_state=random_state, n_drawn=n_drawn,
        ),
    )  # fmt: skip


def limit_on(generator: Generator, sequences: SequenceSet, *, label_noise: float = 0.0, random_state: int = 0) -> Limit:
    """Score the very sequences at hand by their likelihood ratio.

    What a model reached on a test set is to be compared with this: both share the sampling error.

    Parameters
    ----------
    generator
        The task.
    sequences
        With labels 0 and 1.
    label_noise
        Probability, in [0, 1], that a label is the other class's. Default 0.
    random_state
        Seed of the bootstrap.

    Returns
    -------
    limit
        With ``kind`` ``these sequences`` and intervals as of `metrics.evaluate`. For a task with placed
        sites, ``shift_invariant`` is what the ratio of the same task with these sites anywhere reaches.

    Raises
    ------
    InputError
        When there are no labels, one is not 0 or 1, a class is missing, or a sequence cannot come from the task.
    ParameterError
        When ``label_noise`` is out of range.
    """
    _check_noise(label_noise)
    labels = sequences.labels
    if labels is None or labels.ndim != 1 or not np.isin(labels, (0, 1)).all():
        msg = "The limit on given sequences needs one label a sequence, 0 or 1. Got others, or none."
        raise InputError(msg)
    share = _true_share(float(labels.mean()), label_noise)
    flip = -1 if label_noise > 0.5 else 1
    scores = flip * np.round(log_ratio(generator, sequences.codes), _DECIMALS)
    ranked = _as_probabilities(scores, flip * _threshold(share))
    reached = evaluate(labels, ranked, random_state=random_state)
    moved = generator.shift_invariant()
    return Limit(
        reached.auroc, reached.auprc, reached.accuracy, reached.n_positives, reached.n_negatives,
        "these sequences", _bound(generator),
        None if moved is None else limit_on(moved, sequences, label_noise=label_noise, random_state=random_state),
    )  # fmt: skip


def _check_noise(label_noise: float) -> None:
    if not 0 <= label_noise <= 1:
        msg = f"label_noise must be in [0, 1]. Got {label_noise}."
        raise ParameterError(msg)


def _bound(generator: Generator) -> str:
    return "exact" if is_exact(generator) else "lower bound"


def _drawn_scores(generator: Generator, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw ``n`` sequences a class and return their log ratios, those of the positives first."""
    rows = max(_PIECE // generator.length, 1)
    positives, negatives = np.empty(n), np.empty(n)
    for first in range(0, n, rows):
        size = min(rows, n - first)
        codes, _ = draw(generator, size, size, rng)
        scores = np.round(log_ratio(generator, codes), _DECIMALS)
        positives[first : first + size], negatives[first : first + size] = scores[:size], scores[size:]
    return positives, negatives


def _threshold(share: float) -> float:
    """Return the log ratio at which both classes are equally likely, when a share of all are positives."""
    with np.errstate(divide="ignore"):
        return float(np.log(1 - share) - np.log(share))


def _true_share(observed: float, label_noise: float) -> float:
    """Return the positives' share before labels were flipped, from that after."""
    if label_noise == 0.5:
        return observed
    return float(np.clip((observed - label_noise) / (1 - 2 * label_noise), 0, 1))


def _as_probabilities(scores: Floats, threshold: float) -> Floats:
    """Return numbers in [0, 1) in the order of the scores, at least 0.5 where these reach the threshold.

    Posterior probabilities themselves would round to 0 and 1 and lose the order there.
    """
    distinct, ranks = np.unique(scores, return_inverse=True)
    below = np.searchsorted(distinct, threshold)
    return np.asarray(0.5 + (ranks - below) / (2 * len(distinct)))
