"""One run: a network trained on the sequences of a seed and measured on those it never saw."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from motiflens.alphabet import Codes
from motiflens.estimator.training import ensemble_logits, scoring_networks
from motiflens.extraction.untested import untested_motifs
from motiflens.metrics import auroc, evaluate
from motiflens.networks.architectures import as_layers, named_network, recipe
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.examples import Examples, examples_of
from motiflens.networks.layered_training import fit_modules
from motiflens.networks.layers import Conv
from motiflens.networks.model import FilterNetwork
from motiflens.networks.module_jobs import FittedModule, ModuleJob, with_inputs
from motiflens.recovery import recovery_of
from motiflens.reproduction.data import TaskData
from motiflens.reproduction.experiments import Experiment
from motiflens.reproduction.filters import filter_table
from motiflens.reproduction.summary import AS_PUBLISHED, Run
from motiflens.sequences import SequenceSet

Floats = npt.NDArray[np.float64]
_MOST_MOTIFS = 5
_HISTORY = {"loss": "train_loss", "valid_loss": "valid_loss", "accuracy": "train_accuracy",
            "valid_accuracy": "valid_accuracy"}  # fmt: skip


def run_as_published(experiment: Experiment, data: TaskData, seed: int, *, epochs: int | None = None) -> Run:
    """Train a published network as it was published, and measure it.

    Parameters
    ----------
    experiment
        The network and its task.
    data
        The sequences of the task for this seed.
    seed
        Of the network's start, the order of its sequences and its dropout.
    epochs
        Most epochs, where fewer than published shall do.
    """
    began = time.perf_counter()
    named = recipe(experiment.network)
    n_outputs = named.n_outputs(2)
    network = _layers(experiment, data.train.width, n_outputs)
    options = named.options if epochs is None else replace(named.options, epochs=min(epochs, named.options.epochs))
    train = examples_of(data.train, n_outputs)
    if data.inputs is not None:
        train = with_inputs(train, data.inputs)
    fitted = fit_modules([ModuleJob(network, train, _valid(data, n_outputs), seed, options)])[0]
    trained = fitted.layers
    probabilities = positive_probabilities(ensemble_logits([trained], data.test, n_outputs=n_outputs, threads=1))
    networks = scoring_networks([trained], data.train.width)[-1:]
    motifs = untested_motifs(networks, data.train, limit=_MOST_MOTIFS)
    return Run(
        task=experiment.task.name,
        network=experiment.network_name,
        kind=AS_PUBLISHED,
        seed=seed,
        n_parameters=network.n_parameters,
        evaluation=evaluate(data.test.positive, probabilities, random_state=seed),
        limit=data.limit(),
        recovery=recovery_of(motifs, data.motifs),
        found=tuple(motif.consensus for motif in motifs),
        history=_history(fitted),
        extra={**_filters(trained, data), **by_negative(data.test, probabilities)},
        seconds=time.perf_counter() - began,
    )


def positive_probabilities(logits: Floats) -> Floats:
    """Return ``(n,)`` probabilities of the positives from ``(n, 1)`` logits, or ``(n, 2)`` of both classes."""
    return np.asarray(expit(logits[:, 0]) if logits.shape[1] == 1 else softmax(logits, axis=1)[:, 1])


def by_negative(test: SequenceSet, probabilities: Floats) -> dict[str, Any]:
    """Return the AUROC against each kind of hard negatives, of two motifs with a gap; nothing for other tasks."""
    kinds = _kinds_of_negatives(test)
    scores = {}
    for name, rows in kinds.items():
        chosen = test.positive | rows
        if rows.any():
            scores[name] = auroc(test.positive[chosen], probabilities[chosen])
    return {"auroc_by_negative": scores} if scores else {}


def _kinds_of_negatives(test: SequenceSet) -> Mapping[str, npt.NDArray[np.bool_]]:
    planted = test.planted
    if planted is None or len(planted.names) != 2:
        return {}
    first, second = ((planted.motif == motif).any(axis=1) for motif in (0, 1))
    negative = ~test.positive
    if not (negative & first & second).any():
        return {}
    return {
        "first motif alone": negative & first & ~second,
        "second motif alone": negative & second & ~first,
        "both, too far apart": negative & first & second,
        "neither": negative & ~first & ~second,
    }


def _layers(experiment: Experiment, length: int, n_outputs: int) -> Blueprint:
    network = named_network(experiment.network, length, n_outputs=n_outputs, sizes=experiment.sizes)
    return as_layers(network) if isinstance(network, FilterNetwork) else network


def _valid(data: TaskData, n_outputs: int) -> Examples | None:
    return examples_of(data.valid, n_outputs) if len(data.valid) else None


def _history(fitted: FittedModule) -> dict[str, list[float]]:
    return {name: getattr(fitted, attribute).tolist() for name, attribute in _HISTORY.items()}


def _filters(trained: TrainedLayers, data: TaskData) -> dict[str, Any]:
    """Read the filters of the first convolution as their authors did, where it is the only layer of its kind."""
    first = trained.network.layers[0]
    if not isinstance(first, Conv) or data.simulation is None:
        return {}
    codes: Codes = data.train.codes
    return filter_table(codes, trained.weights["0.weight"], trained.weights["0.bias"], data.motifs)
