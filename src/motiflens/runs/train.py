"""One run of ``motiflens train``: labelled sequences in; a trained network, tested, out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from motiflens.database import DEFAULT_DATABASE, read_targets
from motiflens.errors import ParameterError
from motiflens.estimator.classifier import MotifClassifier
from motiflens.estimator.given import AUTO, settings_of
from motiflens.formats.motif_files import write_meme
from motiflens.motifs import Motif
from motiflens.networks.architectures import named_network, recipe
from motiflens.networks.grammars import TrainedGrammar
from motiflens.networks.saving import saved
from motiflens.outputs import output_folder
from motiflens.results import Interval, SavedNetwork
from motiflens.runs.record import Clock, versions
from motiflens.runs.train_data import TrainData, TrainFiles, read_train_data
from motiflens.runs.train_metrics import many_class_figures, two_class_figures
from motiflens.runs.train_motifs import TrainMotifs, motifs_of
from motiflens.sequences import concatenate
from motiflens.writing import MATCH_COLUMNS, motifs_tsv, network_bytes, sites_bed, table_text, to_json

_logger = logging.getLogger(__name__)
_SEVERAL = 4
"""Networks where the network is chosen: their filters are pooled."""
_MOST_UNITS = 65_536
"""Filters or hidden units beyond which training would only run out of memory."""
_ANY_LENGTH = 1_000_000
"""Columns that any sensible network fits into, to check its sizes before sequences are read."""


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
    motifs
        The motifs of a network that was chosen; none of one that was named.
    """

    network: SavedNetwork
    metrics: Mapping[str, Any]
    history: pd.DataFrame
    predictions: pd.DataFrame
    run: Mapping[str, Any]
    notes: tuple[str, ...]
    motifs: TrainMotifs = field(default_factory=TrainMotifs)

    def write(self, output: str | Path, *, force: bool = False) -> Path:
        """Write the files of the run into the folder ``output`` and return it.

        They are `model.json`, `model.safetensors`, `metrics.json`, `history.tsv`, `predictions.tsv`
        and `run.json`; where there are motifs also `motifs.meme`, `motifs.tsv` and `matches.tsv` and
        `sites.bed`, as of `discover`. They appear together at the end or, whatever goes wrong, not at all.

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
        if self.motifs.findings:
            texts |= {"motifs.tsv": motifs_tsv(self.motifs), "sites.bed": sites_bed(self.motifs),
                      "matches.tsv": _matches(self.motifs)}  # fmt: skip
        with output_folder(output, force=force) as folder:
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
            (folder / "model.safetensors").write_bytes(network_bytes(self.network.weights))
            if self.motifs.findings:
                write_meme(self.motifs.motifs, folder / "motifs.meme")
        return Path(output)


def run_train(
    files: TrainFiles,
    network: str,
    parameters: Mapping[str, Any],
    *,
    database: str | None = DEFAULT_DATABASE,
    random_state: int = 0,
) -> TrainRun:
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
    database
        Motifs to compare those of ``auto`` with, by name or file; None for no comparison. Not read
        for a network by name, whose motifs are not sought.
    random_state
        Seed of everything random.

    Raises
    ------
    InputError
        When a file or the sequences in it cannot be used.
    ParameterError
        When an option is out of range or options contradict.
    """
    clock, automatic = Clock(), network == AUTO
    given = _checked(network, parameters, random_state)
    classifier, inputs = MotifClassifier(**given), files.checksums()
    targets = read_targets(database if automatic else None)
    data = read_train_data(files, random_state=random_state)
    clock.lap("read")
    classifier.fit(data.train, X_val=data.valid)
    seconds = clock.lap("train")
    _logger.info("Trained %s in %.1f s: %s.", network, seconds, "; ".join(_epochs(classifier)))
    motifs, more = _motifs(classifier, data, targets, random_state)
    clock.lap("motifs")
    predictions, test = _predicted(classifier, data), _tested(classifier, data, random_state)
    metrics = {**_metrics(classifier, data, test, motifs), "seconds": _rounded(clock.seconds)}
    notes = (*data.notes, *classifier.notes_, *more)
    compared = {"database": database} if automatic else {}
    arguments = {
        **files.options(),
        **compared,
        **{name: value for name, value in given.items() if name != "random_state"},
    }
    record = _record(arguments, inputs, random_state, data, notes)
    weights = saved(classifier.networks_, classes=data.classes)
    return TrainRun(weights, metrics, classifier.history_, predictions, record, notes, motifs)


def _checked(network: str, parameters: Mapping[str, Any], random_state: int) -> dict[str, Any]:
    """Return all parameters of the classifier, those refused that no sequences could make fit.

    Networks of several convolutions read one strand, so that they need not be told to.
    """
    n_networks = parameters.get("n_networks") or (_SEVERAL if network == AUTO else 1)
    given = {**parameters, "network": network, "n_networks": n_networks, "random_state": random_state}
    settings = settings_of(MotifClassifier(**given).get_params(deep=False))
    if network == AUTO:
        return given
    both = given.get("both_strands")
    if recipe(network).has_layers and both is not None:
        if both:
            msg = (
                f"network {network!r} has no filters that read both strands: strands must be auto or single. "
                "Got both; take another network, such as 'deepbind', 'motiflens' or auto."
            )
            raise ParameterError(msg)
        given["both_strands"] = None
        settings = settings_of(MotifClassifier(**given).get_params(deep=False))
    for name in ("n_filters", "n_hidden"):
        if settings.sizes.get(name, 0) > _MOST_UNITS:
            msg = f"{name} must be at most {_MOST_UNITS}. Got {settings.sizes[name]}."
            raise ParameterError(msg)
    named_network(network, _ANY_LENGTH, sizes=settings.sizes)
    return given


def _motifs(
    classifier: MotifClassifier, data: TrainData, targets: Sequence[Motif], seed: int
) -> tuple[TrainMotifs, tuple[str, ...]]:
    """Return the motifs of a network that was chosen, and sentences on how many there are."""
    if classifier.network != AUTO:
        return TrainMotifs(), ()
    threads = settings_of(classifier.get_params(deep=False)).threads
    motifs = motifs_of(classifier, data, targets, threads=threads, random_state=seed)
    note = f"Motifs of the positives tested on held-out sequences: {motifs.n_tested}; reported: {len(motifs.findings)}."
    _logger.info(note)
    return motifs, (note, *motifs.notes)


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
    classifier: MotifClassifier, data: TrainData, test: Mapping[str, Any], motifs: TrainMotifs
) -> dict[str, Any]:
    limits = data.known.limits
    planted = data.known.recovered(motifs.motifs) if classifier.network == AUTO else None
    return {
        "network": _in_words(classifier),
        "n_parameters": classifier.network_.network.n_parameters,
        "n_networks": len(classifier.networks_),
        "classes": list(data.classes),
        "n": {name: len(part) for name, part in data.parts.items()},
        "test": {name: each.as_dict() if isinstance(each, Interval) else each for name, each in test.items()},
        "limit": None if limits is None else limits.record(test["auroc"].value),
        "recovery": None if planted is None else planted.record(),
    }


def _in_words(classifier: MotifClassifier) -> str:
    if classifier.network != AUTO:
        return str(classifier.network)
    trained = classifier.network_
    if not isinstance(trained, TrainedGrammar):
        return f"{AUTO}: filters"
    grammar = trained.network
    knows = [name for name, has in (("positions", grammar.knows_positions), ("distances", grammar.paired)) if has]
    n_motifs = f"{len(grammar.matrices)} motif{'' if len(grammar.matrices) == 1 else 's'}"
    return f"{AUTO}: a grammar of {n_motifs} that knows {' and '.join(knows) or 'sites alone'}"


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


def _matches(motifs: TrainMotifs) -> str:
    """Return `matches.tsv`, as `discover` writes it."""
    matches = (match for finding in motifs.findings for match in finding.matches)
    return table_text(MATCH_COLUMNS, ([getattr(match, column) for column in MATCH_COLUMNS] for match in matches))


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in seconds.items()}


def _table(frame: pd.DataFrame) -> str:
    return table_text(frame.columns, frame.itertuples(index=False))
