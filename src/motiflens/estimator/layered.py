"""The estimator's networks that torch trains: blueprints, and torch modules that are brought along."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from motiflens.errors import ParameterError
from motiflens.estimator.given import Settings
from motiflens.networks import kernels
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.examples import Examples
from motiflens.networks.foreign import called, made
from motiflens.networks.grammar_module import grammar_of
from motiflens.networks.grammars import TrainedGrammar
from motiflens.networks.layered import LayeredNetwork, layered_of
from motiflens.networks.layered_training import fit_modules, one_thread_each
from motiflens.networks.module_jobs import FittedModule, ModuleJob
from motiflens.networks.torch_training import Placed
from motiflens.sequences import SequenceSet
from motiflens.threads import Team

_ROWS = 256
History = dict[str, npt.NDArray[Any]]


def fit_layers(
    given: Any, train: Examples, valid: Examples | None, seeds: Sequence[int], settings: Settings
) -> list[tuple[Any, History]]:
    """Train a network a seed with torch.

    Parameters
    ----------
    given
        A `Blueprint`, a torch module, or a function ``(length, n_outputs)`` that returns either.
    settings
        How and where they are trained.

    Returns
    -------
    trained, history
        Of each: `TrainedLayers` or a torch module in evaluation mode; figures by epoch.

    Raises
    ------
    ParameterError
        When the network cannot be used or training diverges.
    """
    network = _network(given, train.data.codes.shape[1], train.data.targets.shape[1])
    jobs = [ModuleJob(network, train, valid, seed, settings.options, settings.device) for seed in seeds]
    fits = fit_modules(jobs, threads=settings.threads)
    return [(_plain(fitted), _history(fitted)) for fitted in fits]


def layered_logits(
    networks: Sequence[TrainedLayers | TrainedGrammar | nn.Module],
    sequences: SequenceSet,
    *,
    n_outputs: int,
    threads: int,
) -> npt.NDArray[np.float64]:
    """Return ``(n, n_outputs)`` logits, the mean over networks, of sequences of one length.

    Raises
    ------
    ParameterError
        When the networks cannot read this length.
    """
    n = len(sequences)
    data = kernels.Data(sequences.codes, np.zeros((n, 1), np.float32), np.ones(n, np.float32))
    place = Placed(data, torch.device("cpu"))
    runs = [_runner(trained, sequences.width, n_outputs) for trained in networks]
    side_by_side = threads if all(isinstance(trained, TrainedLayers | TrainedGrammar) for trained in networks) else 1

    def some(start: int) -> npt.NDArray[np.float64]:
        torch.set_num_threads(1)  # of the thread that this runs in
        with torch.no_grad():
            x = place.one_hot(torch.arange(start, min(start + _ROWS, n)))
            return np.asarray(np.mean([run(x).double().numpy() for run in runs], axis=0))

    with one_thread_each():
        return np.concatenate(Team(side_by_side).map(some, range(0, n, _ROWS)))


def _runner(
    trained: TrainedLayers | TrainedGrammar | nn.Module, length: int, n_outputs: int
) -> Callable[[Tensor], Tensor]:
    if isinstance(trained, TrainedLayers):
        return layered_of(trained.network.at_length(length), trained.weights)
    if isinstance(trained, TrainedGrammar):
        return grammar_of(TrainedGrammar(trained.network.at_length(length), trained.weights))
    return partial(called, trained, n_outputs=n_outputs)


def _network(given: Any, length: int, n_outputs: int) -> Blueprint | Callable[[], Any]:
    if isinstance(given, nn.Module):
        return partial(copy.deepcopy, given)
    if isinstance(given, Blueprint):
        return _fitting(given, length)
    if not callable(given):
        msg = f"network must be a name, a Blueprint, a torch module or a function that makes one. Got {given!r}."
        raise ParameterError(msg)
    with torch.random.fork_rng(devices=[]):  # only to see what it makes
        found = made(partial(given, length, n_outputs))
    return _fitting(found, length) if isinstance(found, Blueprint) else partial(given, length, n_outputs)


def _fitting(blueprint: Blueprint, length: int) -> Blueprint:
    """Return a blueprint for the sequences at hand; one that ends in a global maximum takes any length."""
    return blueprint if blueprint.length == length else blueprint.at_length(length)


def _plain(fitted: FittedModule) -> TrainedLayers | nn.Module:
    return fitted.layers if isinstance(fitted.module, LayeredNetwork) else fitted.module


def _history(fitted: FittedModule) -> History:
    return {
        "loss": fitted.train_loss,
        "valid_loss": fitted.valid_loss,
        "accuracy": fitted.train_accuracy,
        "valid_accuracy": fitted.valid_accuracy,
        "learning_rate": fitted.learning_rates,
        "seconds": fitted.seconds,
        "kept": np.arange(len(fitted.train_loss)) == fitted.best_epoch,
    }
