"""One run of ``motiflens train``: labelled sequences in; a trained network, tested, out."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from motiflens.estimator.classifier import MotifClassifier
from motiflens.estimator.given import AUTO, settings_of
from motiflens.networks.grammars import TrainedGrammar
from motiflens.networks.saving import saved
from motiflens.outputs import output_folder
from motiflens.results import Interval, SavedNetwork
from motiflens.runs.record import versions
from motiflens.runs.train_data import TrainData, TrainFiles, read_train_data
from motiflens.runs.train_metrics import many_class_figures, two_class_figures
from motiflens.sequences import concatenate
from motiflens.writing import network_bytes, table_text, to_json

_logger = logging.getLogger(__name__)
_SEVERAL = 4
"""Networks where the network is chosen: their filters are pooled."""


@dataclass(frozen=True)
class TrainRun:
    """A trained and tested network, to be written.

    Attributes
    ----------
    network
        Its weights and configuration.
    metrics
        What `metrics.json` holds.
    history
        Figures of each epoch, as `MotifClassifier.history_`.
    predictions
        A row a sequence: ``name``, ``label``, ``probability`` (of class 1) or one column a class,
        ``split``.
    run
        Enough to repeat the run.
    notes
        Sentences for the user.
    """

    network: SavedNetwork
    metrics: Mapping[str, Any]
    history: pd.DataFrame
    predictions: pd.DataFrame
    run: Mapping[str, Any]
    notes: tuple[str, ...]

    def write(self, output: str | Path, *, force: bool = False) -> Path:
        """Write the files of the run into the folder ``output`` and return it.

        They are `model.json`, `model.safetensors`, `metrics.json`, `history.tsv`, `predictions.tsv`
        and `run.json`. They appear together at the end or, whatever goes wrong, not at all.

        Raises
        ------
        OutputError
            When the folder exists and ``force`` is False, or it cannot be written.
        """
        texts = {
            "model.json": to_json(self.network.config),
            "metrics.json": to_json(self.metrics),
            "history.tsv": _table(self.history),
            "predictions.tsv": _table(self.predictions),
            "run.json": to_json(self.run),
        }
        with output_folder(output, force=force) as folder:
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
            (folder / "model.safetensors").write_bytes(network_bytes(self.network.weights))
        return Path(output)


def run_train(files: TrainFiles, network: str, parameters: Mapping[str, Any], *, random_state: int = 0) -> TrainRun:
    """Read sequences, train a network on some of them and test it on others.

    Parameters
    ----------
    files
        Where the sequences are.
    network
        A network by name, or ``auto`` to have it chosen.
    parameters
        Other parameters of `MotifClassifier`; None leaves what the network is published with.
        ``n_networks`` is 1 by default, and 4 for ``auto``.
    random_state
        Seed of everything random.

    Raises
    ------
    InputError
        When a file or the sequences in it cannot be used.
    ParameterError
        When an option is out of range or options contradict.
    """
    began = time.perf_counter()
    n_networks = parameters.get("n_networks") or (_SEVERAL if network == AUTO else 1)
    given = {**parameters, "network": network, "n_networks": n_networks, "random_state": random_state}
    classifier = MotifClassifier(**given)
    settings_of(classifier.get_params(deep=False))
    inputs = files.checksums()
    data = read_train_data(files, random_state=random_state)
    read = time.perf_counter()
    classifier.fit(data.train, X_val=data.valid)
    trained = time.perf_counter()
    _logger.info("Trained %s in %.1f s: %s.", network, trained - read, "; ".join(_epochs(classifier)))
    predictions, test = _predicted(classifier, data), _tested(classifier, data, random_state)
    seconds = {"read": read - began, "train": trained - read, "total": time.perf_counter() - began}
    metrics = _metrics(classifier, data, test, {name: round(value, 3) for name, value in seconds.items()})
    notes = (*data.notes, *classifier.notes_)
    arguments = {**files.options(), **{name: value for name, value in given.items() if name != "random_state"}}
    record = _record(arguments, inputs, random_state, data, notes)
    return TrainRun(
        saved(classifier.networks_, classes=data.classes), metrics, classifier.history_, predictions, record, notes
    )


def _epochs(classifier: MotifClassifier) -> list[str]:
    """Return how each network was trained, in words; where it was chosen, the last step of that."""
    if classifier.notes_:
        return [classifier.notes_[-1].rstrip(".")]
    lines = []
    for index, rows in classifier.history_.groupby("network"):
        best = rows[rows["kept"]].iloc[0]
        lines.append(f"network {index} for {len(rows)} epochs, the best {best['epoch']:.0f} with a validation loss of "
                     f"{best['valid_loss']:.4f}")  # fmt: skip
    return lines


def _predicted(classifier: MotifClassifier, data: TrainData) -> pd.DataFrame:
    every, parts = concatenate(list(data.parts.values())), data.parts
    probabilities, labels = classifier.predict_proba(every), np.asarray(every.labels)
    many = len(data.classes) > 2
    columns: dict[str, Any] = {"name": every.names, "label": np.array(data.classes)[labels] if many else labels}
    if many:
        columns |= {f"probability_{name}": probabilities[:, index] for index, name in enumerate(data.classes)}
    else:
        columns["probability"] = probabilities[:, 1]
    return pd.DataFrame({**columns, "split": np.repeat(list(parts), [len(part) for part in parts.values()])})


def _tested(classifier: MotifClassifier, data: TrainData, random_state: int) -> dict[str, Any]:
    labels: npt.NDArray[np.int64] = np.asarray(data.test.labels)
    probabilities = classifier.predict_proba(data.test)
    if len(data.classes) > 2:
        return many_class_figures(labels, probabilities, data.classes)
    return {**two_class_figures(labels, probabilities[:, 1], random_state=random_state)}


def _metrics(
    classifier: MotifClassifier, data: TrainData, test: Mapping[str, Any], seconds: Mapping[str, float]
) -> dict[str, Any]:
    limit = None
    if data.limits is not None:
        fraction = data.limits.these.fraction(test["auroc"].value)
        limit = {"these_sequences": data.limits.these.as_dict(), "population": dict(data.limits.population),
                 "fraction": fraction}  # fmt: skip
    return {
        "network": _in_words(classifier),
        "n_parameters": classifier.network_.network.n_parameters,
        "n_networks": len(classifier.networks_),
        "classes": list(data.classes),
        "n": {name: len(part) for name, part in data.parts.items()},
        "test": {name: each.as_dict() if isinstance(each, Interval) else each for name, each in test.items()},
        "limit": limit,
        "seconds": dict(seconds),
    }


def _in_words(classifier: MotifClassifier) -> str:
    if classifier.network != AUTO:
        return str(classifier.network)
    trained = classifier.network_
    if not isinstance(trained, TrainedGrammar):
        return f"{AUTO}: filters"
    grammar = trained.network
    knows = [name for name, has in (("positions", grammar.knows_positions), ("distances", grammar.paired)) if has]
    return f"{AUTO}: a grammar of {len(grammar.matrices)} motifs that knows {' and '.join(knows) or 'sites alone'}"


def _record(
    arguments: Mapping[str, Any], inputs: Mapping[str, str], seed: int, data: TrainData, notes: tuple[str, ...]
) -> dict[str, Any]:
    audit = None if data.audit is None else {"facts": dict(data.audit.facts), "warnings": list(data.audit.warnings)}
    return {
        "command": "train",
        "arguments": dict(arguments),
        "seed": seed,
        "versions": {**versions(), **{name: version(name) for name in ("scikit-learn", "torch")}},
        "inputs": dict(inputs),
        "audit": audit,
        "notes": list(notes),
    }


def _table(frame: pd.DataFrame) -> str:
    return table_text(frame.columns, frame.itertuples(index=False))
