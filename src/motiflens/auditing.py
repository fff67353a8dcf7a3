"""A look at the data before training: what would mislead a network, or do as well as one.

Most disappointments with sequence models lie in the data: classes that differ in GC content
or length, the same sequence in both, copies, unknown bases. Each is measured here, and told
in a sentence when it is large enough to matter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import mannwhitneyu

from motiflens.alphabet import UNKNOWN, Codes
from motiflens.backgrounds import gc_content
from motiflens.errors import ParameterError
from motiflens.input_warnings import warnings_of
from motiflens.kmers import kmer_indices, reverse_complement_indices
from motiflens.metrics import auroc, auroc_interval
from motiflens.near_duplicates import identical_groups
from motiflens.results import Audit, Interval
from motiflens.sequences import SequenceSet
from motiflens.splits import folds

Floats = npt.NDArray[np.float64]
Features = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_NAN = float("nan")
_K = 6
_PENALTY = 1 / 0.002  # of half the squared weights
_NEWTON_STEPS, _CG_STEPS = 3, 6  # the AUROC is within 0.001 of full convergence
_LARGEST_SAMPLE = 8000  # sequences that the word model is trained on
_N_FOLDS = 3
_FEWEST_OF_CLASS = 10  # to cross-validate
_LOW_ENTROPY = 2.5  # bits a dinucleotide, of at most 4
_CHUNK = 500
_TOLD_BY_CLASSES = (
    "gc_difference", "dinucleotide_difference", "gc_auroc", "length_auroc", "unknown_auroc", "unknown_pvalue",
    "kmer_auroc",
)  # fmt: skip


def audit(sequences: SequenceSet, *, random_state: int) -> Audit:
    """Measure what in the data, other than motifs, may tell the classes apart or mislead.

    Parameters
    ----------
    sequences
        With labels (binary, many-class or many-label) or without.
    random_state
        Seed of the cross-validation.

    Returns
    -------
    audit
        ``facts``, NaN where the data are too few to tell, and ``warnings``. Class-wise keys end in ``negatives``
        and ``positives``, or ``class_0``, ``class_1``, … with other than two classes.

        - ``n_sequences``, ``n_CLASS``: numbers of sequences.
        - ``length_min``, ``length_median``, ``length_max``: in bases.
        - ``unknown_fraction``: share of bases that are not A, C, G or T.
        - ``low_complexity_share``: share of sequences that mostly repeat a few dinucleotides (entropy below 2.5 bits).
        - ``duplicates``, ``reverse_complement_duplicates``: further copies of a sequence within its class, as it
          is; and as its reverse complement.
        - ``repeated_names``: sequences whose name another before them in the same class has.
        - ``contradictory``: sequences that occur in more than one class, on either strand, those without a known
          base left out.
        - ``gc_CLASS``, ``gc_difference``: mean GC content; largest difference between classes.
        - ``unknown_CLASS``: mean share of a sequence's bases that are not A, C, G or T.
        - ``unknown_auroc``, ``unknown_pvalue``: AUROC of that share alone, as of GC content below; and Mann and
          Whitney's p of it, two-sided, of several classes the smallest times their number.
        - ``dinucleotide_difference``: largest difference between classes of a dinucleotide's frequency.
        - ``gc_auroc``, ``length_auroc``: AUROC of GC content or length alone, whichever way it points, at least 0.5.
        - ``kmer_auroc``: AUROC of a logistic regression on 6-mers of both strands, three-fold cross-validated,
          near-duplicates in one fold, on at most 8000 sequences.

        With more than two classes an AUROC is the mean over classes, each against the others.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> found = audit(from_strings(["ACGT", "CCGG", "AATT"]).with_labels([1, 1, 0]), random_state=0)
    >>> found.facts["gc_positives"], found.facts["gc_auroc"], found.facts["kmer_auroc"]
    (0.75, 1.0, nan)
    """
    facts = _shape_facts(sequences) | _copy_facts(sequences)
    facts |= dict.fromkeys(_TOLD_BY_CLASSES, _NAN)
    classes: tuple[str, ...] = ()
    if sequences.labels is not None and len(sequences):
        facts |= _class_facts(sequences, sequences.labels, random_state)
        classes = _class_keys(sequences.labels)
    return Audit(facts, tuple(warnings_of(facts, classes)))


def baselines(train: SequenceSet, test: SequenceSet, *, random_state: int) -> dict[str, Interval]:
    """Score two simple models on the test set: a network that does not pass both has learned little.

    Parameters
    ----------
    train, test
        Labelled sequences of the same classes.
    random_state
        Seed of the sample of at most 8000 training sequences.

    Returns
    -------
    figures
        AUROC of ``gc_content`` alone and of ``kmer_logistic``, a logistic regression on the frequencies of
        6-mers of both strands, with DeLong's interval. With more than two classes the mean over classes, each
        against the others, without bounds; NaN when a class is missing.

    Raises
    ------
    ParameterError
        When there are no labels.
    """
    if train.labels is None or test.labels is None:
        msg = "baselines needs labelled sequences. Got none; use with_labels."
        raise ParameterError(msg)
    n_classes = max(_n_classes(train.labels), _n_classes(test.labels))
    seen, unseen = _columns(train.labels, n_classes), _columns(test.labels, n_classes)
    told = [c for c in range(seen.shape[1]) if _both(seen[:, c]) and _both(unseen[:, c])]
    if not told:
        return dict.fromkeys(("gc_content", "kmer_logistic"), Interval(_NAN, _NAN, _NAN))
    seen, unseen = seen[:, told], unseen[:, told]
    gc = gc_content(train.codes)
    signs = np.array([1 if auroc(column, gc) >= 0.5 else -1 for column in seen.T])
    sample = _sample(train.labels, np.random.default_rng(random_state))
    weights = _fit_words(_word_frequencies(train.codes[sample]), seen[sample])
    return {
        "gc_content": _mean_interval(unseen, gc_content(test.codes)[:, None] * signs),
        "kmer_logistic": _mean_interval(unseen, _word_scores(_word_frequencies(test.codes), *weights)),
    }


def _shape_facts(sequences: SequenceSet) -> dict[str, float]:
    lengths, n = sequences.lengths, len(sequences)
    known = int((sequences.codes < UNKNOWN).sum())
    entropies = _dinucleotide_entropies(sequences.codes)
    return {
        "n_sequences": float(n),
        "length_min": float(lengths.min()) if n else _NAN,
        "length_median": float(np.median(lengths)) if n else _NAN,
        "length_max": float(lengths.max()) if n else _NAN,
        "unknown_fraction": float(1 - known / lengths.sum()) if lengths.sum() else _NAN,
        "low_complexity_share": float((entropies < _LOW_ENTROPY).mean()) if n else _NAN,
    }


def _copy_facts(sequences: SequenceSet) -> dict[str, float]:
    labels = np.zeros(len(sequences), dtype=np.int64) if sequences.labels is None else sequences.labels
    rows = labels if labels.ndim == 2 else labels[:, None]
    classes = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    exact = _distinct_pairs(identical_groups(sequences, both_strands=False), classes)
    either = identical_groups(sequences, both_strands=True)
    pairs = _distinct_pairs(either, classes)
    n_classes = np.bincount(pairs[:, 0], minlength=1)  # of each distinct sequence
    known = (sequences.codes < UNKNOWN).any(axis=1)
    names = np.unique(sequences.names, return_inverse=True)[1].reshape(-1)
    return {
        "duplicates": float(len(sequences) - len(exact)),
        "reverse_complement_duplicates": float(len(exact) - len(pairs)),
        "repeated_names": float(len(sequences) - len(_distinct_pairs(names, classes))),
        "contradictory": float(((n_classes[either] > 1) & known).sum()) if sequences.labels is not None else _NAN,
    }


def _distinct_pairs(numbers: Integers, classes: Integers) -> Integers:
    return np.unique(np.stack([numbers, classes], axis=1), axis=0)


def _class_facts(sequences: SequenceSet, labels: Integers, random_state: int) -> dict[str, float]:
    n_classes = _n_classes(labels)
    members = labels > 0 if labels.ndim == 2 else labels[:, None] == np.arange(n_classes)
    keys = _class_keys(labels)
    gc = gc_content(sequences.codes)
    means = _means(gc, members)
    unknown = _unknown(sequences)
    steps = np.stack([_dinucleotides(sequences.codes[column]) for column in members.T])
    columns = _columns(labels, n_classes)
    return {
        **{f"n_{key}": float(count) for key, count in zip(keys, members.sum(axis=0), strict=True)},
        **{f"gc_{key}": mean for key, mean in zip(keys, means, strict=True)},
        **{f"unknown_{key}": mean for key, mean in zip(keys, _means(unknown, members), strict=True)},
        "gc_difference": float(np.ptp(means)),
        "dinucleotide_difference": float(np.ptp(steps, axis=0).max()),
        "gc_auroc": _undirected(columns, gc),
        "length_auroc": _undirected(columns, sequences.lengths),
        "unknown_auroc": _undirected(columns, unknown),
        "unknown_pvalue": _rank_pvalue(columns, unknown),
        "kmer_auroc": _word_auroc(sequences, labels, random_state),
    }


def _means(values: Floats, members: Bools) -> list[float]:
    """Return the mean of each class, NaN without any."""
    return [float(values[column].mean()) if column.any() else _NAN for column in members.T]


def _class_keys(labels: Integers) -> tuple[str, ...]:
    if labels.ndim == 1 and _n_classes(labels) == 2:
        return ("negatives", "positives")
    return tuple(f"class_{index}" for index in range(_n_classes(labels)))


def _n_classes(labels: Integers) -> int:
    """Return the number of classes or labels, at least 2 where there are classes."""
    return labels.shape[1] if labels.ndim == 2 else max(2, int(labels.max(initial=0)) + 1)


def _columns(labels: Integers, n_classes: int) -> Bools:
    """Return what there is to tell, ``(n, n_tasks)``: one column of two classes, else one a class."""
    if labels.ndim == 2:
        return labels > 0
    columns: Bools = labels[:, None] == np.arange(1 if n_classes == 2 else 0, n_classes)
    return columns


def _both(column: Bools) -> bool:
    return bool(column.any() and not column.all())


def _undirected(columns: Bools, values: npt.NDArray[np.generic]) -> float:
    areas = [auroc(column, values) for column in columns.T if _both(column)]
    return float(np.mean([max(area, 1 - area) for area in areas])) if areas else _NAN


def _rank_pvalue(columns: Bools, values: Floats) -> float:
    """Return Mann and Whitney's two-sided p, of several columns the smallest times their number."""
    told = [column for column in columns.T if _both(column)]
    if not told:
        return _NAN
    if np.ptp(values) == 0:
        return 1.0
    return min(1.0, len(told) * min(float(mannwhitneyu(values[c], values[~c]).pvalue) for c in told))


def _mean_interval(columns: Bools, scores: Floats) -> Interval:
    intervals = [auroc_interval(column, score) for column, score in zip(columns.T, scores.T, strict=True)]
    if len(intervals) == 1:
        return intervals[0]
    return Interval(float(np.mean([part.value for part in intervals])), _NAN, _NAN)


def _unknown(sequences: SequenceSet) -> Floats:
    """Return each sequence's share of bases that are not A, C, G or T, 0 where it has none."""
    lengths = sequences.lengths
    return np.asarray(1 - (sequences.codes < UNKNOWN).sum(axis=1) / np.maximum(lengths, 1)) * (lengths > 0)


def _dinucleotides(codes: Codes) -> Floats:
    """Return the pooled frequencies of the 16 dinucleotides, NaN without any."""
    steps = kmer_indices(codes, 2)
    counts = np.bincount(steps[steps >= 0], minlength=16).astype(np.float64)
    return counts / counts.sum() if counts.sum() else np.full(16, _NAN)


def _dinucleotide_entropies(codes: Codes) -> Floats:
    """Return the entropy in bits of each sequence's dinucleotides, NaN without any."""
    steps = kmer_indices(codes, 2) + 1  # 0 for unknown
    slots = steps + 17 * np.arange(len(codes), dtype=np.int64)[:, None]
    counts = np.bincount(slots.ravel(), minlength=17 * len(codes)).reshape(-1, 17)[:, 1:]
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    bits = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1)
    return np.asarray(np.where(totals[:, 0] > 0, bits, _NAN))


def _sample(labels: Integers, rng: np.random.Generator) -> Integers:
    """Draw at most 8000 sequences, as many of each class as there are."""
    if labels.ndim == 2:
        return np.sort(rng.permutation(len(labels))[:_LARGEST_SAMPLE])
    most = _LARGEST_SAMPLE // _n_classes(labels)
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:most] for label in np.unique(labels)]
    return np.sort(np.concatenate(drawn))


def _word_auroc(sequences: SequenceSet, labels: Integers, random_state: int) -> float:
    """Cross-validate the word model; NaN when a class is too small or all alike."""
    sample = _sample(labels, np.random.default_rng(random_state))
    chosen = sequences[sample]
    columns = _columns(labels, _n_classes(labels))[sample]
    columns = columns[:, np.minimum(columns.sum(axis=0), (~columns).sum(axis=0)) >= _FEWEST_OF_CLASS]
    if not columns.shape[1]:
        return _NAN
    try:
        fold = folds(chosen, n_folds=_N_FOLDS, random_state=random_state, by_group=False)
    except ParameterError:  # the class is one set of near-duplicates
        return _NAN
    features = _word_frequencies(chosen.codes)
    areas = []
    for index in range(_N_FOLDS):
        held, rest = fold == index, fold != index
        scores = _word_scores(features[held], *_fit_words(features[rest], columns[rest]))
        areas += [auroc(c, s) for c, s in zip(columns[held].T, scores.T, strict=True) if _both(c)]
    return float(np.mean(areas)) if areas else _NAN


def _word_frequencies(codes: Codes) -> Features:
    """Return the frequencies of the 2080 6-mers that remain when both strands are one, ``(n, 2080)``."""
    canonical = np.minimum(np.arange(4**_K), reverse_complement_indices(_K))
    distinct, number = np.unique(canonical, return_inverse=True)
    number = np.append(number, len(distinct))  # for the word -1, unknown
    width = len(distinct) + 1
    features = np.zeros((len(codes), len(distinct)), dtype=np.float32)
    for first in range(0, len(codes), _CHUNK):
        words = number[kmer_indices(codes[first : first + _CHUNK], _K)]
        slots = words + width * np.arange(len(words))[:, None]
        counts = np.bincount(slots.ravel(), minlength=width * len(words)).reshape(len(words), width)
        features[first : first + _CHUNK] = counts[:, :-1]
    features /= np.maximum(features.sum(axis=1, keepdims=True), 1)
    return features


def _fit_words(features: Features, columns: Bools) -> tuple[Features, Features]:
    """Fit an L2-penalised logistic regression on standardised features to each column.

    Truncated Newton steps, each solved by a few steps of conjugate gradients, for all columns
    at once. Returns weights of the raw features, ``(n_features, n_columns)``, and intercepts.
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    scale = np.where(deviation > 0, 1 / np.where(deviation > 0, deviation, 1), 0)
    x = (features - mean) * scale
    y = columns.astype(np.float32)
    weights = np.zeros((x.shape[1], y.shape[1]), dtype=np.float32)
    rate = y.mean(axis=0)
    intercept = np.log(rate / (1 - rate))
    for _ in range(_NEWTON_STEPS):
        chance = expit(x @ weights + intercept)
        curvature = np.maximum(chance * (1 - chance), 1e-6)
        intercept = intercept + (y - chance).sum(axis=0) / curvature.sum(axis=0)
        weights = weights + _newton_step(x, curvature, x.T @ (y - chance) - _PENALTY * weights)
    weights = weights * scale[:, None]
    return weights, intercept - mean @ weights


def _newton_step(x: Features, curvature: Features, gradient: Features) -> Features:
    """Solve ``(x' diag(curvature) x + penalty) step = gradient`` roughly, column by column."""
    step, residual = np.zeros_like(gradient), gradient.copy()
    direction, size = residual.copy(), (residual**2).sum(axis=0)
    for _ in range(_CG_STEPS):
        bent = x.T @ (curvature * (x @ direction)) + _PENALTY * direction
        along = size / np.maximum((direction * bent).sum(axis=0), 1e-30)
        step += along * direction
        residual -= along * bent
        size, before = (residual**2).sum(axis=0), size
        direction = residual + size / np.maximum(before, 1e-30) * direction
    return step


def _word_scores(features: Features, weights: Features, intercept: Features) -> Floats:
    return (features @ weights + intercept).astype(np.float64)
