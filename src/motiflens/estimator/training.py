"""How the estimator trains: its networks as jobs, where they run, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from motiflens.errors import ParameterError
from motiflens.estimator.given import Labels, Settings
from motiflens.networks.architectures import named_network
from motiflens.networks.examples import Examples
from motiflens.networks.jobs import Fitted, Job
from motiflens.networks.training import fit_jobs
from motiflens.sequences import SequenceSet
from motiflens.splits import assigned

_CPU = "cpu"


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


def jobs_of(sequences: SequenceSet, examples: Examples, settings: Settings, seed: int) -> list[Job]:
    """Return a job for each network of the ensemble, all with the same validation sequences."""
    train, valid = examples, None
    if settings.validation_fraction:
        shares = (1 - settings.validation_fraction, settings.validation_fraction)
        part = assigned(sequences, np.array(shares), random_state=seed, by_group=None, keep_near_duplicates=True)
        train, valid = examples[part == 0], examples[part == 1]
    network = named_network(
        settings.network, sequences.width, n_outputs=examples.data.targets.shape[1], sizes=settings.sizes
    )
    seeds = np.random.SeedSequence(seed).generate_state(settings.n_networks)
    return [Job(network, train, valid, int(each), settings.options) for each in seeds]


def trained(jobs: Sequence[Job], settings: Settings) -> list[Fitted]:
    """Train the networks where the estimator was told to."""
    if settings.device == _CPU:
        return fit_jobs(jobs, threads=settings.threads)
    from motiflens.networks.torch_training import fit_on_device  # torch is slow to load and seldom needed

    return [
        fit_on_device(job.network, job.train, job.valid, seed=job.seed, options=job.options, device=settings.device)
        for job in jobs
    ]


def history_of(fits: Sequence[Fitted]) -> pd.DataFrame:
    """Return the losses, one row an epoch of each network."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "network": index,
                    "epoch": np.arange(1, len(fitted.train_loss) + 1),
                    "loss": fitted.train_loss,
                    "valid_loss": fitted.valid_loss,
                    "seconds": fitted.seconds,
                    "kept": np.arange(len(fitted.train_loss)) == fitted.best_epoch,
                }
            )
            for index, fitted in enumerate(fits)
        ],
        ignore_index=True,
    )
