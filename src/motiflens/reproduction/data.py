"""The sequences of an experiment: simulated with a seed, or read from a folder, then split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motiflens.errors import InputError, ParameterError
from motiflens.motifs import Motif
from motiflens.reading import read_sequences
from motiflens.reproduction.experiments import Task
from motiflens.results import Limit
from motiflens.sequences import SequenceSet
from motiflens.simulating.given_motifs import MotifFinder
from motiflens.simulating.simulation import Simulation, simulate
from motiflens.splits import split

_SEQUENCES, _LABELS = ("sequences_mod.txt", "sequences.txt"), "labels.txt"


@dataclass(frozen=True)
class TaskData:
    """The sequences of a task for one seed.

    Attributes
    ----------
    train, valid, test
        Labelled 0 and 1; ``valid`` may be empty.
    inputs
        ``(n, 4, length)`` noisy inputs of the training sequences; None where there is no noise.
    motifs
        What was planted.
    simulation
        How; None for sequences of a folder.
    """

    train: SequenceSet
    valid: SequenceSet
    test: SequenceSet
    inputs: np.ndarray | None
    motifs: tuple[Motif, ...]
    simulation: Simulation | None

    def limit(self) -> Limit | None:
        """Return the limit on the test sequences; None where only the data could tell."""
        return None if self.simulation is None else self.simulation.limit_on(self.test)


def data_of(task: Task, seed: int, *, given: SequenceSet | None = None) -> TaskData:
    """Simulate the sequences of a task and split them, every class in the same shares.

    Parameters
    ----------
    task
        What to make.
    seed
        Of the simulation and the split.
    given
        The sequences of a task that is not simulated.

    Raises
    ------
    ParameterError
        When sequences are needed and none are given.
    """
    if not task.dials:
        if given is None:
            msg = f"The sequences of {task.name} are not simulated and must be given. Got none."
            raise ParameterError(msg)
        return _split(task, given, seed, None, tuple(MotifFinder().find(word) for word in task.motifs))
    made = simulate(**task.dials, random_state=seed)
    return _split(task, made.sequences, seed, made, _planted(made))


def read_folder(folder: Path | None) -> SequenceSet:
    """Read one sequence a line from ``sequences_mod.txt`` or ``sequences.txt``, and its label from ``labels.txt``.

    Raises
    ------
    InputError
        When a file is missing or cannot be used.
    ParameterError
        When no folder is given.
    """
    wanted = f"{' or '.join(_SEQUENCES)}, and {_LABELS}"
    if folder is None:
        msg = f"The experiments of tfbs need their data: give the folder that holds {wanted} (--data FOLDER)."
        raise ParameterError(msg)
    found = [folder / name for name in _SEQUENCES if (folder / name).is_file()]
    if not found or not (folder / _LABELS).is_file():
        msg = f"The data folder must hold {wanted}. Got {folder}, which does not."
        raise InputError(msg)
    return read_sequences([found[0], folder / _LABELS])


def _split(
    task: Task, sequences: SequenceSet, seed: int, made: Simulation | None, motifs: tuple[Motif, ...]
) -> TaskData:
    # independent draws are no near-duplicates of each other, however alike two of them happen to be
    train, valid, test = split(
        sequences, fractions=task.fractions, random_state=seed, by_group=False, keep_near_duplicates=False
    )
    noisy = made is not None and made.parameters["noise"] > 0
    inputs = made.inputs(train) if made is not None and noisy else None
    return TaskData(train, valid, test, inputs, motifs, made)


def _planted(made: Simulation) -> tuple[Motif, ...]:
    """Return the motifs that the positives hold."""
    used = {part.motif for _, layout in made.generator.positive for part in layout.parts}
    return tuple(made.generator.motifs[index] for index in sorted(used))
