"""What the estimator is given, in any form that scikit-learn's users hold it, as a `SequenceSet` and labels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from sklearn.utils import column_or_1d  # type: ignore[import-untyped]
from sklearn.utils.multiclass import type_of_target  # type: ignore[import-untyped]

from motiflens.alphabet import IUPAC, UNKNOWN
from motiflens.errors import InputError, ParameterError
from motiflens.networks.architectures import USUAL_OPTIONS, recipe
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.jobs import TrainingOptions
from motiflens.sequences import SequenceSet, from_codes, from_strings

SequencesLike = SequenceSet | Sequence[str] | npt.NDArray[Any]
AUTO = "auto"
"""In place of a network's name: the one that validation sequences speak for."""
_KINDS = {"binary": False, "multiclass": False, "multilabel-indicator": True}
_SIZES = ("n_filters", "filter_width", "n_hidden", "n_bins", "both_strands", "activation")
_TRAINING = ("epochs", "patience", "batch_size", "learning_rate", "dropout", "weight_decay", "loss", "halve_after")
_WHOLE = ("n_filters", "filter_width", "n_hidden", "n_bins", "epochs", "patience", "batch_size", "halve_after",
          "threads", "n_networks")  # fmt: skip
_REAL = ("learning_rate", "dropout", "weight_decay", "validation_fraction")
_NEEDED = ("validation_fraction", "n_networks")


@dataclass(frozen=True)
class Labels:
    """What is known of each sequence.

    Attributes
    ----------
    indices
        ``(n,)`` index into ``classes``, or ``(n, n_labels)`` of 0 and 1.
    classes
        ``(n_classes,)`` the labels as given, sorted; for many labels, their numbers.
    """

    indices: npt.NDArray[np.int64]
    classes: npt.NDArray[Any]

    @property
    def names(self) -> tuple[str, ...]:
        """The classes as words, for messages."""
        return tuple(str(each) for each in self.classes.tolist())

    @property
    def many_label(self) -> bool:
        """Whether a sequence may have several labels, or none."""
        return self.indices.ndim == 2

    def n_outputs(self, network: Any) -> int:
        """Return the logits that a network needs: one for two classes, else one a class or label.

        Parameters
        ----------
        network
            As the estimator is given it; some have two logits for two classes.
        """
        n = len(self.classes)
        if self.many_label:
            return n
        if isinstance(network, str) and network != AUTO:
            return recipe(network).n_outputs(n)
        return n if n > 2 or (isinstance(network, Blueprint) and network.n_outputs == n) else 1


@dataclass(frozen=True)
class Settings:
    """The estimator's parameters, checked.

    Attributes
    ----------
    network, sizes
        The network by name, and what shall differ from it; or a `Blueprint`, a torch module or a
        function that makes either, without sizes.
    options
        How it is trained.
    validation_fraction, n_networks, threads, device
        As in `MotifClassifier`; the number of threads is known.
    """

    network: Any
    sizes: Mapping[str, Any]
    options: TrainingOptions
    validation_fraction: float
    n_networks: int
    threads: int
    device: str


def settings_of(parameters: Mapping[str, Any]) -> Settings:
    """Check all parameters of the estimator that can be checked before the data are seen.

    Raises
    ------
    ParameterError
        When one has the wrong type or is out of range.
    """
    known = dict(parameters)
    options, in_layers = _network_options(known["network"])
    for names, kind, text in ((_WHOLE, Integral, "a whole number"), (_REAL, Real, "a number")):
        for name in names:
            known[name] = _number(name, known[name], kind, text)
    if not isinstance(known["both_strands"], bool | np.bool_ | None):
        msg = f"both_strands must be True, False or None. Got {known['both_strands']!r}."
        raise ParameterError(msg)
    if not 0 <= known["validation_fraction"] < 1:
        msg = f"validation_fraction must be in [0, 1). Got {known['validation_fraction']}."
        raise ParameterError(msg)
    threads = (os.cpu_count() or 1) if known["threads"] is None else known["threads"]
    for name, value in (("n_networks", known["n_networks"]), ("threads", threads)):
        if value < 1:
            msg = f"{name} must be at least 1. Got {value}."
            raise ParameterError(msg)
    sizes, training = (
        {name: known[name] for name in names if known[name] is not None}
        for names in (
            (*_SIZES, "dropout") if in_layers else _SIZES,
            set(_TRAINING) - {"dropout"} if in_layers else _TRAINING,
        )
    )
    _check_own_network(known["network"], sizes, known["n_networks"])
    _check_automatic(known, {**sizes, **training})
    return Settings(
        network=known["network"],
        sizes=sizes,
        options=replace(options, **training),
        validation_fraction=known["validation_fraction"],
        n_networks=known["n_networks"],
        threads=threads,
        device=known["device"],
    )


def _network_options(network: Any) -> tuple[TrainingOptions, bool]:
    """Return how a network is trained unless told otherwise, and whether its dropout is one of its layers."""
    if isinstance(network, str) and network == AUTO:
        return TrainingOptions(), False
    if isinstance(network, str) or not (isinstance(network, Blueprint) or callable(network)):
        try:
            named = recipe(network)
        except ParameterError as error:
            msg = f"{error} Or give {AUTO!r}, and the network is chosen."
            raise ParameterError(msg) from error
        return named.options, named.has_layers
    return USUAL_OPTIONS, True


def _check_own_network(network: Any, sizes: Mapping[str, Any], n_networks: int) -> None:
    """Refuse sizes for networks that have their own, and restarts of a module that has its weights."""
    if isinstance(network, str):
        return
    if sizes:
        name = next(iter(sizes))
        msg = f"{name} belongs to networks by name; one that is given has its own. Got {sizes[name]!r}; leave it None."
        raise ParameterError(msg)
    if n_networks > 1 and hasattr(network, "state_dict") and not isinstance(network, type):
        msg = (
            f"A torch module starts from the weights that it has, so n_networks must be 1. Got {n_networks}; "
            "give a function (length, n_outputs) that makes a new one."
        )
        raise ParameterError(msg)


def _check_automatic(known: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse, where the network is chosen, what belongs to the choice and what it cannot take."""
    if not isinstance(known["network"], str) or known["network"] != AUTO:
        return
    for name in given:
        if name != "both_strands":
            msg = f"network 'auto' chooses its sizes and its training. Got {name} {given[name]!r}; leave it None."
            raise ParameterError(msg)
    if known["class_weight"] is not None:
        msg = f"network 'auto' takes no class_weight. Got {known['class_weight']!r}; leave it None."
        raise ParameterError(msg)
    if known["device"] != "cpu":
        msg = f"network 'auto' is trained on the processor. Got device {known['device']!r}."
        raise ParameterError(msg)


def _number(name: str, value: Any, kind: Any, text: str) -> int | float | None:
    if value is None and name not in _NEEDED:
        return None
    if not isinstance(value, kind) or isinstance(value, bool | np.bool_):
        msg = f"{name} must be {text}{'' if name in _NEEDED else ' or None'}. Got {value!r}."
        raise ParameterError(msg)
    return int(value) if kind is Integral else float(value)


def as_sequences(given: SequencesLike) -> SequenceSet:
    """Take sequences in any of their forms.

    Parameters
    ----------
    given
        A SequenceSet, DNA strings, or one-hot sequences ``(n, 4, length)``, zeros where unknown.

    Raises
    ------
    InputError
        When they are none of these, or there is none.

    Examples
    --------
    >>> as_sequences(["ACG", "T"]).strings()
    ['ACG', 'T']
    >>> as_sequences(as_sequences(["ACGN", "TTAC"]).one_hot()).strings()
    ['ACGN', 'TTAC']
    """
    if isinstance(given, SequenceSet):
        if not len(given):
            msg = "Expected at least one sequence. Got an empty SequenceSet."
            raise InputError(msg)
        return given
    dimensions = getattr(given, "ndim", 1)
    if dimensions == 3:
        return _from_one_hot(np.asarray(given))
    if isinstance(given, str | bytes) or dimensions != 1 or not isinstance(given, Iterable):
        shape = getattr(given, "shape", None)
        found = f"an array of shape {shape}" if shape is not None else f"a single {type(given).__name__}"
        msg = f"Expected a SequenceSet, a list of DNA strings, or one-hot sequences (n, 4, length). Got {found}."
        raise InputError(msg)
    strings = list(given)
    for index, item in enumerate(strings):
        if not isinstance(item, str):
            _refuse(item, index)
    if set("".join(strings).upper()) - IUPAC:
        index = next(place for place, text in enumerate(strings) if set(text.upper()) - IUPAC)
        _refuse(strings[index], index)
    return from_strings(strings)


def _refuse(item: Any, index: int) -> NoReturn:
    shown = repr(item) if len(repr(item)) <= 40 else f"{repr(item)[:37]}..."
    msg = f"Expected strings of DNA letters. Got {' '.join(shown.split())} ({type(item).__name__}) as sequence {index}."
    raise InputError(msg)


def _from_one_hot(hot: npt.NDArray[Any]) -> SequenceSet:
    if hot.shape[1] != 4:
        msg = f"One-hot sequences must be (n, 4, length), rows A, C, G, T. Got shape {hot.shape}."
        raise InputError(msg)
    known = hot == 1
    wrong = ~(known | (hot == 0)).all(axis=1) | (known.sum(axis=1) > 1)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        msg = (
            "Columns of one-hot sequences must hold one 1 and else 0, or be all 0 where the base is unknown. "
            f"Got {hot[row, :, column].tolist()} in sequence {row}, column {column}.{_of_noise(hot)}"
        )
        raise InputError(msg)
    return from_codes(np.where(known.any(axis=1), known.argmax(axis=1), UNKNOWN).astype(np.uint8))  # type: ignore[arg-type]


def _of_noise(hot: npt.NDArray[Any]) -> str:
    """Return a sentence where numbers between 0 and 1 tell that the inputs have noise."""
    if not ((hot > 0) & (hot < 1)).any():
        return ""
    return (" Noisy inputs are for networks that you train outside motiflens, with torch on the arrays: give the "
            "sequences without noise.")  # fmt: skip


def given_labels(sequences: Any, labels: Any) -> Any:
    """Return the labels given, or those of the sequences when None.

    Raises
    ------
    InputError
        When there are none.
    """
    if labels is not None:
        return labels
    if isinstance(sequences, SequenceSet) and sequences.labels is not None:
        return sequences.labels
    msg = "MotifClassifier requires y to be passed, but the target y is None. Give labels, or a labelled SequenceSet."
    raise InputError(msg)


def as_labels(given: Any, n: int) -> Labels:
    """Take the labels of n sequences in any form that scikit-learn's classifiers do.

    Parameters
    ----------
    given
        ``(n,)`` classes, numbers or strings; or ``(n, n_labels)`` of 0 and 1.

    Raises
    ------
    InputError
        When they are not classes, are not n, or all are of one class.

    Examples
    --------
    >>> as_labels(["b", "a", "b"], 3).indices.tolist()
    [1, 0, 1]
    """
    values = np.asarray(given)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        msg = "y must hold classes. Got NaN or infinity."
        raise InputError(msg)
    try:
        kind = type_of_target(values, input_name="y")
    except ValueError as error:
        msg = f"y must hold classes. Got: {' '.join(str(error).split())}"
        raise InputError(msg) from error
    if kind not in _KINDS:
        msg = f"y must hold classes: (n,), or (n, n_labels) of 0 and 1. Unknown label type: {kind}. Got {values.dtype}."
        raise InputError(msg)
    if len(values) != n:
        msg = f"y must have one entry a sequence. Got {len(values)} for {n} sequences."
        raise InputError(msg)
    if _KINDS[kind]:
        return Labels(values.astype(np.int64), np.arange(values.shape[1]))
    classes, indices = np.unique(column_or_1d(values, warn=True), return_inverse=True)
    if len(classes) < 2:
        msg = f"y must hold at least two classes. Got 1 class, {classes.tolist()}."
        raise InputError(msg)
    return Labels(np.asarray(indices, dtype=np.int64), classes)
