"""`Truth`: how a simulated task was made, and the best that any model could do on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from motiflens.errors import InputError
from motiflens.motifs import Motif
from motiflens.results import Limit
from motiflens.sequences import SequenceSet
from motiflens.simulating.generator_record import generator_of, generator_record
from motiflens.simulating.generators import Generator
from motiflens.simulating.limits import limit_on, population_limit


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

    @cached_property
    def limit(self) -> Limit:
        """The best score that any model could reach on endless sequences of this task, from fresh ones.

        It is worked out when it is first asked for, on the sequences as letters: noise on one-hot
        inputs does not count.
        """
        return population_limit(
            self.generator,
            n_positives=int(self.parameters["n_positives"]),
            n_negatives=int(self.parameters["n_negatives"]),
            label_noise=float(self.parameters["label_noise"]),
            random_state=int(self.parameters["random_state"]),
        )

    def limit_on(self, sequences: SequenceSet) -> Limit:
        """Return the score of the best possible model on these sequences with labels 0 and 1.

        Parameters
        ----------
        sequences
            Any of the sequences of this task, such as a test part, or fresh ones.

        Raises
        ------
        ParameterError
            When they have no such labels or another length.
        """
        return limit_on(self.generator, sequences, label_noise=float(self.parameters["label_noise"]))

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
    return Truth(task, parameters, generator_of(record["generator"]))


def read_truth(path: str | Path) -> Truth:
    """Read how a task was made from the `truth.json` that ``motiflens simulate`` writes.

    Limits can then be worked out for any part of its sequences.

    Raises
    ------
    InputError
        When the file cannot be read or is no such file.
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
