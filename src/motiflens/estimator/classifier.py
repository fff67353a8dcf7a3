"""`MotifClassifier`: the networks as a scikit-learn classifier of sequences."""

from __future__ import annotations

import time
from collections.abc import Mapping
from numbers import Integral
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin  # type: ignore[import-untyped]
from sklearn.utils import check_random_state  # type: ignore[import-untyped]
from sklearn.utils.validation import check_is_fitted  # type: ignore[import-untyped]

from motiflens.errors import InputError, ParameterError
from motiflens.estimator.given import AUTO, Labels, SequencesLike, as_labels, as_sequences, given_labels, settings_of
from motiflens.estimator.training import (
    ensemble_logits,
    fitted_networks,
    history_of,
    parts_of,
    scoring_networks,
    weights_by_index,
)
from motiflens.extraction.untested import untested_motifs
from motiflens.motifs import Motif
from motiflens.networks.examples import examples_of
from motiflens.sequences import SequenceSet, concatenate

Floats = npt.NDArray[np.float64]


class MotifClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classify DNA sequences with networks whose filters are motifs, by scikit-learn's contract.

    It clones, pickles, and works inside `cross_val_score`, `GridSearchCV` and `Pipeline`.
    Sequences are a `SequenceSet`, a list of DNA strings or one-hot arrays ``(n, 4, length)``;
    shorter ones are padded on both sides with unknown bases. Two classes, many classes (softmax)
    and many labels a sequence (``(n, n_labels)`` of 0 and 1) are told apart by the labels.

    Parameters
    ----------
    network
        Name of the network: ``deepbind``, ``interaction``, ``foxo1-v1`` to ``foxo1-v5``, ``tfbs``,
        ``tfbs-deep``, ``multiscale``, ``motiflens``, ``rc-filters``, ``exponential``, ``positional`` or
        ``dilated`` (see `motiflens.networks.architectures`), or
        ``auto``: for two classes the network that validation sequences speak for, filters or a
        grammar of their motifs; it takes ``both_strands``, ``n_networks`` and no other size or weight.
        None in a parameter below means what the named network has; the figures in brackets are
        those of ``deepbind``, and a size that a network does not have must be None. Or a network
        of your own: a `Blueprint`, a torch module from ``(n, 4, length)`` to logits (a copy is
        trained from the weights that it has), or a function ``(length, n_outputs)`` that returns
        either.
    n_filters, filter_width, n_hidden
        Filters (16), bases that each reads (5), hidden units behind them (32), 0 for none.
    n_bins
        Position bins for which filters learn a preference (0, positions are not known).
    both_strands
        Whether a filter reads both strands and keeps the better one (False).
    activation
        ``relu`` (that) or ``exponential``.
    epochs, patience
        Most passes over the data (10), and epochs without a better validation loss before it
        stops (3); the best weights are kept.
    batch_size
        Sequences a step (128); 0 picks 16 to 128 by the number of sequences.
    learning_rate, dropout, weight_decay
        Of Adam (1e-3); share of features dropped, in [0, 1) (0), for networks of layers the rate of
        all their dropout layers; decoupled decay (0).
    loss, halve_after
        For networks that torch trains: ``cross-entropy`` or ``squared-error`` of the probabilities,
        and the epochs without a better validation loss after which the learning rate is halved, 0
        for never.
    validation_fraction
        Share of each class that stops the training and teaches nothing, in [0, 1). No
        near-duplicate of a training sequence is in it, nor, where a SequenceSet has groups enough,
        a sequence of the same group. 0: every sequence teaches, and training
        takes all its epochs. Default 0.1.
    class_weight
        None, ``balanced``, or weights by class; not for many labels.
    n_networks
        Networks of different random starts whose logits are averaged, >= 1.
    random_state
        Seed of everything random, a `numpy.random.RandomState`, or None for another each time.
    threads
        Networks that are trained or run at the same time, and for one network, threads that share
        large batches; all cores by default (None). A network that torch trains on the processor
        takes one thread. No result depends on it.
    device
        ``cpu`` (compiled loops for networks of one convolution), or where torch shall train:
        ``cuda``, ``cuda:1``, ``mps``. Prediction is on the processor always.

    Attributes
    ----------
    classes_
        ``(n_classes,)`` the classes, sorted; for many labels their numbers.
    networks_, network_
        The trained networks, and the first of them: a `TrainedNetwork` (one convolution), a
        `TrainedLayers` (a blueprint), a `TrainedGrammar` (``auto``), or a torch module.
    history_
        DataFrame, one row an epoch of each network: ``network``, ``epoch`` (from 1), ``loss``,
        ``valid_loss`` (NaN without validation), ``seconds``, and ``kept``, the best epoch. Networks
        that torch trains have ``accuracy``, ``valid_accuracy`` and ``learning_rate`` too. For
        ``auto``, of the filter networks that it begins with.
    notes_
        Sentences that tell how ``auto`` chose; empty for other networks.
    length_
        Columns of the sequences it was trained on, the longest one's bases.
    seconds_
        Wall-clock seconds of `fit`.

    Examples
    --------
    >>> from motiflens.demo import make_demo_data
    >>> from motiflens.sequences import concatenate
    >>> bound, unbound = make_demo_data(random_state=0)
    >>> sequences = [*bound.strings(), *unbound.strings()]
    >>> labels = ["bound"] * len(bound) + ["unbound"] * len(unbound)
    >>> classifier = MotifClassifier(network="motiflens", epochs=4).fit(sequences, labels)
    >>> classifier.predict_proba(sequences[:3]).shape, classifier.score(sequences, labels) > 0.7
    ((3, 2), True)
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        network: Any = "deepbind",
        n_filters: int | None = None,
        filter_width: int | None = None,
        n_hidden: int | None = None,
        n_bins: int | None = None,
        both_strands: bool | None = None,
        activation: str | None = None,
        epochs: int | None = None,
        patience: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        dropout: float | None = None,
        weight_decay: float | None = None,
        loss: str | None = None,
        halve_after: int | None = None,
        validation_fraction: float = 0.1,
        class_weight: str | Mapping[Any, float] | None = None,
        n_networks: int = 1,
        random_state: int | np.random.RandomState | None = 0,
        threads: int | None = None,
        device: str = "cpu",
    ) -> None:
        self.network = network
        self.n_filters = n_filters
        self.filter_width = filter_width
        self.n_hidden = n_hidden
        self.n_bins = n_bins
        self.both_strands = both_strands
        self.activation = activation
        self.epochs = epochs
        self.patience = patience
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.loss = loss
        self.halve_after = halve_after
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.n_networks = n_networks
        self.random_state = random_state
        self.threads = threads
        self.device = device

    def fit(
        self,
        X: SequencesLike,
        y: Any = None,
        sample_weight: npt.ArrayLike | None = None,
        *,
        X_val: SequencesLike | None = None,
        y_val: Any = None,
    ) -> Self:
        """Train the networks.

        Parameters
        ----------
        X
            Sequences.
        y
            ``(n,)`` classes or ``(n, n_labels)`` of 0 and 1; by default the labels of the
            SequenceSet.
        sample_weight
            ``(n,)`` how much each sequence counts, >= 0, in training and validation. By default
            all count the same.
        X_val, y_val
            Sequences that stop the training and teach nothing, with their labels as above; each
            counts 1. By default ``validation_fraction`` of X.

        Raises
        ------
        InputError
            When sequences or labels cannot be used.
        ParameterError
            When a parameter or weight is out of range, a class has too few sequences to validate
            on, or the device is not there.
        """
        began = time.perf_counter()
        settings, seed = settings_of(self.get_params(deep=False)), _seed(self.random_state)
        sequences = as_sequences(X)
        labels = as_labels(given_labels(X, y), len(sequences))
        self._check_automatic(labels, sample_weight)
        sequences = sequences.resize(int(sequences.lengths.max())).with_labels(labels.indices, labels.names)
        if X_val is None:
            part = parts_of(sequences, settings, seed)
        else:
            valid = _labelled_alike(X_val, y_val, sequences.width, labels)
            part = np.repeat([0, 1], [len(sequences), len(valid)])
            sequences = concatenate([sequences, valid])
            if sample_weight is not None:
                sample_weight = np.append(np.asarray(sample_weight), np.ones(len(valid)))
        by_class = weights_by_index(self.class_weight, labels)
        n_outputs = labels.n_outputs(settings.network)
        examples = examples_of(sequences, n_outputs, sample_weight=sample_weight, class_weight=by_class)
        fits = fitted_networks(sequences, examples, part, settings, seed)
        self.classes_, self._n_outputs, self._many_label = labels.classes, n_outputs, labels.many_label
        self.networks_, self._filters, self.notes_ = fits.networks, fits.filters, fits.notes
        self.network_, self.length_ = self.networks_[0], sequences.width
        self.history_ = history_of(fits.histories)
        self.seconds_ = time.perf_counter() - began
        return self

    def decision_function(self, X: SequencesLike) -> Floats:
        """Return logits: ``(n,)`` for two classes, else ``(n, n_classes)``."""
        logits = self._logits(X)
        if self._many_label or len(self.classes_) > 2:
            return logits
        return logits[:, 0] if logits.shape[1] == 1 else np.asarray(logits[:, 1] - logits[:, 0])

    def predict_proba(self, X: SequencesLike) -> Floats:
        """Return ``(n, n_classes)`` probabilities: rows sum to 1, save for many labels."""
        logits = self._logits(X)
        if self._many_label:
            return np.asarray(expit(logits))
        if logits.shape[1] == 1:
            return np.hstack([expit(-logits), expit(logits)])
        return np.asarray(softmax(logits, axis=1))

    def predict(self, X: SequencesLike) -> npt.NDArray[Any]:
        """Return ``(n,)`` most probable classes, or ``(n, n_labels)`` 1 where a label is likelier than not."""
        logits = self._logits(X)
        if self._many_label:
            return (logits > 0).astype(np.int64)
        index = logits[:, 0] > 0 if logits.shape[1] == 1 else logits.argmax(axis=1)
        return np.asarray(self.classes_[np.asarray(index, dtype=np.int64)])

    def score(self, X: SequencesLike, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the accuracy; for many labels, of all labels of a sequence together."""
        return float(super().score(X, given_labels(X, y), sample_weight))

    def motifs(self, X: SequencesLike, y: Any = None, *, limit: int = 20) -> list[Motif]:
        """Find the motifs that the networks use to tell the second class from the first.

        Filters that read the sequence are turned into motifs, refined and chosen on these very sequences, as `discover`
        does on its training part. Nothing is tested on held-out sequences, and sequences that were
        trained on may give motifs though there are none: use `discover` where evidence is needed.

        Parameters
        ----------
        X, y
            Sequences of two classes and their labels, as in `fit`.
        limit
            Most motifs, >= 1. Default 20.

        Returns
        -------
        motifs
            Best first, named by rank and consensus; ``n_sites`` counts their sites in the second
            class. Empty when no filter separates the classes.

        Raises
        ------
        ParameterError
            When it was trained on more than two classes, or the network has no such filters.
        InputError
            When sequences or labels cannot be used.
        """
        check_is_fitted(self)
        if self._many_label or len(self.classes_) != 2:
            msg = f"motifs needs a classifier of two classes. Got {len(self.classes_)} classes or labels."
            raise ParameterError(msg)
        if isinstance(limit, bool) or not isinstance(limit, Integral) or limit < 1:
            msg = f"limit must be at least 1. Got {limit!r}."
            raise ParameterError(msg)
        sequences = as_sequences(X)
        labels = as_labels(given_labels(X, y), len(sequences))
        if not np.array_equal(labels.classes, self.classes_):
            msg = f"y must hold the classes of fit, {self.classes_.tolist()}. Got {labels.classes.tolist()}."
            raise InputError(msg)
        width = max(int(sequences.lengths.max()), self.length_)
        networks = scoring_networks(self._filters or self.networks_, width)
        labelled = sequences.resize(width).with_labels(labels.indices)
        threads = settings_of(self.get_params(deep=False)).threads
        return untested_motifs(networks, labelled, limit=limit, threads=threads)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array, tags.input_tags.two_d_array, tags.input_tags.three_d_array = True, False, True
        tags.input_tags.string = True
        tags.classifier_tags.multi_label = True
        return tags

    def _check_automatic(self, labels: Labels, sample_weight: npt.ArrayLike | None) -> None:
        if not isinstance(self.network, str) or self.network != AUTO:
            return
        if labels.many_label or len(labels.classes) != 2:
            found = f"{len(labels.classes)} {'labels a sequence' if labels.many_label else 'classes'}"
            msg = f"network 'auto' tells two classes apart. Got {found}; name a network, such as 'deepbind'."
            raise ParameterError(msg)
        if sample_weight is not None:
            msg = "network 'auto' takes no sample_weight. Name a network, or leave the weights out."
            raise ParameterError(msg)

    def _logits(self, given: SequencesLike) -> Floats:
        """Return ``(n, n_outputs)`` logits; no sequence's depend on what else is given."""
        check_is_fitted(self)
        sequences, threads = as_sequences(given), settings_of(self.get_params(deep=False)).threads
        widths = np.maximum(sequences.lengths, self.length_)
        logits = np.empty((len(sequences), self._n_outputs))
        for width in np.unique(widths):
            rows = np.flatnonzero(widths == width)
            part = sequences[rows].resize(int(width))
            logits[rows] = ensemble_logits(self.networks_, part, n_outputs=self._n_outputs, threads=threads)
        return logits


def _labelled_alike(X: SequencesLike, y: Any, width: int, labels: Labels) -> SequenceSet:
    """Take validation sequences, in rows of this width, with the classes of the others."""
    sequences = as_sequences(X)
    given = np.asarray(given_labels(X, y))
    if labels.many_label:
        indices = as_labels(given, len(sequences)).indices
    else:
        unknown = np.setdiff1d(given, labels.classes)
        if given.shape != (len(sequences),) or len(unknown):
            msg = (f"y_val must hold a class of y, {labels.classes.tolist()}, for each of {len(sequences)} sequences. "
                   f"Got {unknown[:3].tolist() or given.shape}.")  # fmt: skip
            raise InputError(msg)
        indices = np.searchsorted(labels.classes, given)
    return sequences.resize(width).with_labels(indices, labels.names)


def _seed(random_state: int | np.random.RandomState | None) -> int:
    try:
        return int(check_random_state(random_state).randint(2**31))
    except ValueError as error:
        msg = f"random_state must be a whole number from 0 to 2^32 - 1, a RandomState or None. Got {random_state!r}."
        raise ParameterError(msg) from error
