"""How the estimator trains its networks of every kind, and what it does with them trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from motiflens.errors import ParameterError
from motiflens.estimator.given import AUTO, Labels, Settings
from motiflens.networks.architectures import named_network
from motiflens.networks.blueprints import TrainedLayers
from motiflens.networks.examples import Examples
from motiflens.networks.first_layer import first_filters
from motiflens.networks.jobs import Fitted, Job
from motiflens.networks.model import FilterNetwork, TrainedNetwork, at_length, mean_logits
from motiflens.networks.training import fit_jobs
from motiflens.sequences import SequenceSet
from motiflens.splits import assigned

_CPU = "cpu"


@dataclass(frozen=True)
class Fits:
    """Trained networks with their histories.

    Attributes
    ----------
    networks
        `TrainedNetwork`, `TrainedLayers`, `TrainedGrammar`, or a torch module in evaluation mode.
    histories
        ``(epochs,)`` figures by name, of each network; of the filter networks that a choice begins with.
    filters
        Where the network was chosen, the filter networks that its motifs come from.
    notes
        How it was chosen.
    """

    networks: tuple[Any, ...]
    histories: tuple[Mapping[str, npt.NDArray[Any]], ...]
    filters: tuple[TrainedNetwork, ...] = ()
    notes: tuple[str, ...] = ()


def weights_by_index(given: str | Mapping[Any, float] | None, labels: Labels) -> str | Mapping[int, float] | None:
    """Return weights by class as weights by index of the class; 'balanced' and None as they are.

    Raises
    ------
    ParameterError
        When they are no weights, or name another class.
    """
    if given is None or isinstance(given, str):
        return given
    if not isinstance(given, Mapping):
        msg = f"class_weight must be None, 'balanced' or a mapping of classes to weights. Got {given!r}."
        raise ParameterError(msg)
    place = {name: index for index, name in enumerate(labels.classes.tolist())}
    unknown = [name for name in given if name not in place]
    if unknown:
        msg = f"class_weight must name classes of y, {list(place)}. Got {unknown[0]!r}."
        raise ParameterError(msg)
    return {place[name]: weight for name, weight in given.items()}


def parts_of(sequences: SequenceSet, settings: Settings, seed: int) -> npt.NDArray[np.int64]:
    """Return ``(n,)`` 1 for the sequences that validate and 0 for the others; near-duplicates stay together.

    Raises
    ------
    ParameterError
        When a class has too few sequences to be on both sides.
    """
    if not settings.validation_fraction:
        return np.zeros(len(sequences), np.int64)
    shares = np.array([1 - settings.validation_fraction, settings.validation_fraction])
    return assigned(sequences, shares, random_state=seed, by_group=None, keep_near_duplicates=True)


def fitted_networks(
    sequences: SequenceSet, examples: Examples, part: npt.NDArray[np.int64], settings: Settings, seed: int
) -> Fits:
    """Train each network of the ensemble, all with the same validation sequences.

    Parameters
    ----------
    sequences, part
        Those of the examples; 0 for those to train on and 1 for those to validate on.
    seed
        Of the networks.

    Raises
    ------
    ParameterError
        When the network does not fit the sequences, or cannot be trained.
    """
    if isinstance(settings.network, str) and settings.network == AUTO:
        return _chosen(sequences[part == 0], sequences[part == 1], settings, seed)
    train, valid = (examples[part == 0], examples[part == 1]) if part.any() else (examples, None)
    seeds = [int(each) for each in np.random.SeedSequence(seed).generate_state(settings.n_networks)]
    network, n_outputs = settings.network, examples.data.targets.shape[1]
    if isinstance(network, str):
        network = named_network(network, sequences.width, n_outputs=n_outputs, sizes=settings.sizes)
    if isinstance(network, FilterNetwork):
        jobs = [Job(network, train, valid, each, settings.options) for each in seeds]
        found = _trained(jobs, settings)
        return Fits(tuple(fitted.trained for fitted in found), tuple(_history(fitted) for fitted in found))
    from motiflens.estimator.layered import fit_layers  # torch is slow to load and seldom needed

    layered = fit_layers(network, train, valid, seeds, settings)
    return Fits(tuple(trained for trained, _ in layered), tuple(history for _, history in layered))


def _chosen(train: SequenceSet, valid: SequenceSet, settings: Settings, seed: int) -> Fits:
    """Let the validation sequences choose the network."""
    if not len(valid):
        msg = "network 'auto' is chosen on validation sequences. Got none; give a validation_fraction above 0."
        raise ParameterError(msg)
    from motiflens.estimator.automatic import choose_automatically  # torch is slow to load and seldom needed
    from motiflens.networks.grammar_module import trained_grammar

    both = settings.sizes.get("both_strands")
    chosen = choose_automatically(
        train,
        valid,
        strands="auto" if both is None else "both" if both else "single",
        n_networks=settings.n_networks,
        random_state=seed,
        threads=settings.threads,
    )
    networks = (each if isinstance(each, TrainedNetwork) else trained_grammar(each) for each in chosen.networks)
    histories = tuple(_history(fitted) for fitted in chosen.ensemble.fitted)
    return Fits(tuple(networks), histories, chosen.ensemble.networks, chosen.notes)


def _trained(jobs: Sequence[Job], settings: Settings) -> list[Fitted]:
    """Train networks of one convolution where the estimator was told to."""
    if settings.device == _CPU:
        return fit_jobs(jobs, threads=settings.threads)
    from motiflens.networks.torch_training import fit_on_device  # torch is slow to load and seldom needed

    return [
        fit_on_device(job.network, job.train, job.valid, seed=job.seed, options=job.options, device=settings.device)
        for job in jobs
    ]


def ensemble_logits(
    networks: Sequence[Any], sequences: SequenceSet, *, n_outputs: int, threads: int
) -> npt.NDArray[np.float64]:
    """Return ``(n, n_outputs)`` logits, the mean over networks of any kind, of sequences of any one length.

    Raises
    ------
    ParameterError
        When the networks cannot read this length.
    """
    if isinstance(networks[0], TrainedNetwork):
        resized = [at_length(trained, sequences.width) for trained in networks]
        return mean_logits(resized, sequences, threads=threads)
    from motiflens.estimator.layered import layered_logits  # torch is slow to load and seldom needed

    return layered_logits(networks, sequences, n_outputs=n_outputs, threads=threads)


def scoring_networks(networks: Sequence[Any], length: int) -> list[TrainedNetwork]:
    """Return networks whose filters can be turned into motifs, for sequences of a length.

    Raises
    ------
    ParameterError
        When the networks have no filters that read the sequence, or cannot read this length.
    """
    found: list[TrainedNetwork] = []
    for trained in networks:
        if isinstance(trained, TrainedNetwork):
            found.append(at_length(trained, length))
        elif isinstance(trained, TrainedLayers):
            found += first_filters(trained, length)
        else:
            msg = "Motifs are made from the filters of networks by name or blueprint. Got another torch module."
            raise ParameterError(msg)
    return found


def history_of(histories: Sequence[Mapping[str, npt.NDArray[Any]]]) -> pd.DataFrame:
    """Return what is known of each epoch, one row an epoch of each network."""
    frames = []
    for index, history in enumerate(histories):
        frame = pd.DataFrame(history)
        frame.insert(0, "network", index)
        frame.insert(1, "epoch", np.arange(1, len(frame) + 1))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _history(fitted: Fitted) -> dict[str, npt.NDArray[Any]]:
    return {
        "loss": fitted.train_loss,
        "valid_loss": fitted.valid_loss,
        "seconds": fitted.seconds,
        "kept": np.arange(len(fitted.train_loss)) == fitted.best_epoch,
    }
