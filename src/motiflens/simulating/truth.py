"""`Truth`: how a simulated task was made, and the best that any model could do on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from motiflens.errors import InputError
from motiflens.motifs import Motif
from motiflens.results import Limit
from motiflens.sequences import SequenceSet
from motiflens.simulating.checks import MOST_LABEL_NOISE
from motiflens.simulating.generator_record import generator_of, generator_record
from motiflens.simulating.generators import Generator
from motiflens.simulating.limits import limit_on, limit_on_inputs, population_limit
from motiflens.simulating.noise import InputNoise


@dataclass(frozen=True)
class Truth:
    """How a task was made.

    Attributes
    ----------
    task
        Its name.
    parameters
        Every dial with its value.
    generator
        What each class holds.

    Examples
    --------
    A fifth of the positives have no site, so that no model can know them:

    >>> from motiflens.simulating.simulation import simulate
    >>> task = simulate("single", motif="ACGTG", motif_prob=0.8, length=40, n_positives=20, n_negatives=20)
    >>> task.task, [motif.name for motif in task.motifs], round(task.limit.auroc.value, 2)
    ('single', ['ACGTG'], 0.89)
    """

    task: str
    parameters: Mapping[str, Any]
    generator: Generator

    @property
    def motifs(self) -> list[Motif]:
        """The motifs that are planted in either class."""
        mixtures = (self.generator.positive, self.generator.negative)
        planted = {part.motif for mixture in mixtures for _, layout in mixture for part in layout.parts}
        return [motif for index, motif in enumerate(self.generator.motifs) if index in planted]

    @property
    def noise(self) -> InputNoise | None:
        """The noise on the one-hot inputs; None without."""
        std = float(self.parameters.get("noise", 0.0))
        return InputNoise(std, str(self.parameters.get("noise_to", "all"))) if std else None

    @cached_property
    def limit(self) -> Limit:
        """The best score that any model could reach that is given the letters of endless sequences of this task.

        It is an estimate from fresh sequences, made when it is first asked for. Noise on one-hot
        inputs does not count, since the letters have none; see `limit_with_noise`.
        """
        return population_limit(self.generator, **self._numbers())

    @cached_property
    def limit_with_noise(self) -> Limit:
        """The best score that any model could reach that is given the noisy inputs instead; ``limit`` without noise."""
        noise = self.noise
        return self.limit if noise is None else population_limit(self.generator, noise=noise, **self._numbers())

    def limit_on(self, sequences: SequenceSet) -> Limit:
        """Return the score of the best possible model on these sequences with labels 0 and 1, given as letters.

        Parameters
        ----------
        sequences
            Any of the sequences of this task, such as a test part, or fresh ones.

        Raises
        ------
        InputError
            When they have no such labels, are of one class, or have another length.
        """
        return limit_on(self.generator, sequences, label_noise=float(self.parameters["label_noise"]))

    def limit_with_noise_on(self, sequences: SequenceSet) -> Limit:
        """Return the score of the best possible model that is given the `inputs` of these sequences, noise included.

        Raises
        ------
        InputError
            As `limit_on`.
        """
        noise, flipped = self.noise, float(self.parameters["label_noise"])
        if noise is None:
            return self.limit_on(sequences)
        return limit_on_inputs(self.generator, sequences, self.inputs(sequences), noise=noise, label_noise=flipped)

    def inputs(self, sequences: SequenceSet) -> npt.NDArray[np.float32]:
        """Return one-hot inputs with the Gaussian noise of the task, clipped to [0, 1].

        They are for networks that you train outside motiflens, such as torch modules, which read the
        arrays: `MotifClassifier` reads letters, and refuses inputs with noise.

        The noise of a sequence depends on the task's seed and its name alone: it is the same in
        every part and each time, and sequences with other names have independent noise.

        Parameters
        ----------
        sequences
            Those to encode. With ``noise_to="negatives"`` they must have labels: those labelled
            negative get the noise, which by itself tells the classes apart.

        Returns
        -------
        inputs
            ``(n, 4, length)`` float32.

        Raises
        ------
        ParameterError
            When labels are needed and there are none of 0 and 1.
        """
        hot, noise = sequences.one_hot(), self.noise
        if noise is None:
            return hot
        rows = np.flatnonzero(noise.gets(sequences.positive)) if noise.to != "all" else slice(None)
        hot[rows] = noise.named(hot[rows], sequences.names[rows].tolist(), int(self.parameters["random_state"]))
        return hot

    def _numbers(self) -> dict[str, Any]:
        given = self.parameters
        numbers = {name: int(given[name]) for name in ("n_positives", "n_negatives", "random_state")}
        return {**numbers, "label_noise": float(given["label_noise"])}

    def record(self) -> dict[str, Any]:
        """Return what `truth_of` needs, as JSON knows it."""
        return {"task": self.task, "parameters": dict(self.parameters), "generator": generator_record(self.generator)}


def truth_of(record: Mapping[str, Any]) -> Truth:
    """Return the truth of a record made by `Truth.record`.

    Raises
    ------
    InputError
        When something in it is missing or makes no sense.
    """
    task, parameters = record.get("task"), record.get("parameters")
    if not isinstance(task, str) or not isinstance(parameters, Mapping) or "generator" not in record:
        msg = f"Expected a record with task, parameters and generator. Got {', '.join(record) or 'an empty one'}."
        raise InputError(msg)
    numbers = ("n_positives", "n_negatives", "label_noise", "random_state")
    if not all(isinstance(parameters.get(name), int | float) for name in numbers):
        msg = f"Expected the parameters {', '.join(numbers)} as numbers. Got {dict(parameters)}."
        raise InputError(msg)
    if not 0 <= parameters["label_noise"] <= MOST_LABEL_NOISE:
        msg = f"label_noise must be a number in [0, {MOST_LABEL_NOISE}]. Got {parameters['label_noise']}."
        raise InputError(msg)
    truth = Truth(task, parameters, generator_of(record["generator"]))
    _check_noise(truth)
    return truth


def _check_noise(truth: Truth) -> None:
    try:
        truth.noise  # noqa: B018 (a property that checks)
    except (TypeError, ValueError) as error:
        given = {name: truth.parameters.get(name) for name in ("noise", "noise_to")}
        msg = f"Expected noise as a number, and noise_to as all or negatives. Got {given}."
        raise InputError(msg) from error


def read_truth(path: str | Path) -> Truth:
    """Read how a task was made from the `truth.json` that ``motiflens simulate`` writes.

    Limits can then be worked out for any part of its sequences.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        When the file cannot be read or is no such file.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> from motiflens.simulating.simulation import simulate
    >>> task = simulate("single", motif="ACGTG", length=40, n_positives=20, n_negatives=20)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "truth.json").write_text(json.dumps(task.record()))
    ...     truth = read_truth(Path(folder, "truth.json"))
    >>> truth.task, truth.limit_on(task.sequences) == task.limit_on(task.sequences)
    ('single', True)
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{str(path)!r} cannot be read: {error.strerror}."
        raise InputError(msg) from error
    except ValueError as error:
        msg = f"{path} is not JSON ({error}). Expected a truth.json of `motiflens simulate`."
        raise InputError(msg) from error
    if not isinstance(record, dict):
        msg = f"{path} must hold a JSON object. Got a {type(record).__name__}."
        raise InputError(msg)
    try:
        return truth_of(record)
    except InputError as error:
        msg = f"{path}: {error}"
        raise InputError(msg) from error
