"""The whole campaign: every experiment of the chosen systems with every seed, side by side."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from motiflens.errors import ParameterError
from motiflens.networks.architectures import recipe
from motiflens.reproduction.data import data_of, read_folder
from motiflens.reproduction.experiments import SYSTEMS, TFBS, Experiment, Task, experiments_of
from motiflens.reproduction.measuring import run_as_published
from motiflens.reproduction.ours import run_ours
from motiflens.reproduction.summary import Row, Run
from motiflens.reproduction.writing import write_reproduction
from motiflens.runs.record import versions
from motiflens.sequences import SequenceSet

_logger = logging.getLogger(__name__)
ALL = "all"
_SEEDS = 10
_QUICK_SEEDS = 1
_QUICK_EPOCHS = 5
_LINES = 10  # of progress, where no bar is drawn
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Reproduction:
    """Published experiments run again.

    Attributes
    ----------
    rows
        One an experiment, in order.
    run
        What was asked, versions, notes: enough to repeat it.
    seconds
        Wall-clock time.

    Examples
    --------
    One that has experiments and no run yet; `reproduce` fills it:

    >>> found = Reproduction(tuple(Row(each, (), ()) for each in experiments_of("tfbs")))
    >>> [(row.experiment.name, row.metric, row.verdicts()[0][1]) for row in found.rows]
    [('shallow', 'auroc', 'not run'), ('deep', 'auroc', 'not run')]
    """

    rows: tuple[Row, ...]
    run: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def write(self, output: str | Path, *, force: bool = False) -> Path:
        """Write `report.html`, `summary.tsv`, `results.tsv` and `run.json` into a new folder and return it.

        Raises
        ------
        OutputError
            When the folder exists and ``force`` is False, or it cannot be written.
        """
        return write_reproduction(self.rows, {**self.run, "seconds": self.seconds}, output, force=force)


@dataclass(frozen=True)
class _Unit:
    """One network to train with one seed: a published one, or ours on a task."""

    experiment: Experiment | None
    task: Task
    seed: int


def reproduce(
    system: str = ALL,
    *,
    data: str | Path | None = None,
    n_seeds: int | None = None,
    quick: bool = False,
    random_state: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Reproduction:
    r"""Run published experiments again, as published and with our best model, beside the limit.

    Parameters
    ----------
    system
        ``hw4``, ``multiscale``, ``foxo1``, ``tfbs`` or ``all``.
    data
        Folder with the sequences and labels of ``tfbs``, which are not simulated. Without it
        ``all`` leaves ``tfbs`` out.
    n_seeds
        Seeds of every experiment, at least 1: of its sequences, their split, and the networks.
        Default 10.
    quick
        One seed, at most five epochs each: a look, not a measurement. Default False.
    random_state
        The first seed; the others follow it.
    threads
        Networks trained at the same time, each by a process of its own; all cores by default. No result
        depends on it.
    progress
        Called with (step, done, total).

    Raises
    ------
    ParameterError
        When an option is out of range, or ``tfbs`` has no folder.
    InputError
        When the folder cannot be used.

    Examples
    --------
    Sequences of our own for the networks of ``tfbs``, in a folder as published; so few that nothing is learnt of them:

    >>> import tempfile
    >>> from pathlib import Path
    >>> from motiflens.simulating.simulation import simulate
    >>> own = simulate("single", motif="AAAGAGGAAGTT", length=50, n_positives=40, n_negatives=40).sequences
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sequences.txt").write_text("\n".join(own.strings()))
    ...     _ = Path(folder, "labels.txt").write_text("\n".join(map(str, own.labels)))
    ...     found = reproduce("tfbs", data=folder, quick=True, threads=1)
    >>> [(row.experiment.name, row.runs[0].n_parameters, row.verdicts()[0][1]) for row in found.rows]
    [('shallow', 6209, 'not judged: one seed'), ('deep', 128050, 'not judged: one seed')]
    """
    given = _checked(system, data, n_seeds, random_state, threads)
    seeds = range(random_state, random_state + (n_seeds or (_QUICK_SEEDS if quick else _SEEDS)))
    chosen = [each for each in experiments_of(system) if given is not None or each.task != TFBS]
    notes = [] if len(chosen) == len(experiments_of(system)) else [_LEFT_OUT]
    for note in notes:
        _logger.warning("%s", note)
    began = time.perf_counter()
    tasks: list[Task] = []
    for each in chosen:
        if not any(task.same_sequences(each.task) for task in tasks):
            tasks.append(each.task)
    units = [_Unit(each, each.task, seed) for each in chosen for seed in seeds]
    units += [_Unit(None, task, seed) for task in tasks for seed in seeds]
    epochs = _QUICK_EPOCHS if quick else None
    runs = _all(units, given, epochs, threads or os.cpu_count() or 1, progress)
    rows = tuple(_row(each, list(zip(units, runs, strict=True)), epochs) for each in chosen)
    run = {
        "command": "reproduce",
        "arguments": {"system": system, "data": None if data is None else str(data), "quick": quick},
        "seeds": list(seeds),
        "versions": versions(),
        "notes": notes,
    }
    return Reproduction(rows, run, time.perf_counter() - began)


_LEFT_OUT = "tfbs is left out: give the folder with its sequences and labels (--data FOLDER)."


def _checked(
    system: str, data: str | Path | None, n_seeds: int | None, random_state: int, threads: int | None
) -> SequenceSet | None:
    """Check the options and return the sequences of the data folder, if they are needed and there."""
    if system not in (ALL, *SYSTEMS):
        msg = f"system must be one of {', '.join((*SYSTEMS, ALL))}. Got {system!r}."
        raise ParameterError(msg)
    for name, value, least in (("n_seeds", n_seeds, 1), ("random_state", random_state, 0), ("threads", threads, 1)):
        if value is not None and value < least:
            msg = f"{name} must be at least {least}. Got {value}."
            raise ParameterError(msg)
    if data is not None and system not in (TFBS.name, ALL):
        msg = f"data is for tfbs; the experiments of {system} are simulated. Leave it out. Got {str(data)!r}."
        raise ParameterError(msg)
    wanted = system == TFBS.name or data is not None
    return read_folder(None if data is None else Path(data)) if wanted else None


def _all(
    units: Sequence[_Unit], given: SequenceSet | None, epochs: int | None, processes: int, progress: Progress | None
) -> list[Run]:
    """Run every unit, the longest first, and stop all when one fails.

    Processes, not threads: much of the time is spent in Python, between short calls of torch.
    """
    pool = Parallel(n_jobs=min(processes, len(units)), return_as="generator_unordered", pre_dispatch="n_jobs")
    runs: dict[int, Run] = {}
    found = pool(delayed(_numbered)(index, units[index], given, epochs) for index in _longest_first(units))
    try:
        for index, run in found:
            runs[index] = run
            _tell(len(runs), len(units), progress)
    finally:
        found.close()
    return [runs[index] for index in range(len(units))]


def _numbered(index: int, unit: _Unit, given: SequenceSet | None, epochs: int | None) -> tuple[int, Run]:
    return index, _run(unit, given, epochs)


def _tell(done: int, total: int, progress: Progress | None) -> None:
    if progress is not None:
        progress("train", done, total)
    elif done * _LINES // total > (done - 1) * _LINES // total:
        _logger.info("Networks trained and measured: %d of %d.", done, total)


def _longest_first(units: Sequence[_Unit]) -> list[int]:
    """Return the order of the units: no long one is left for the end, when other threads have nothing to do."""
    order = ("multiscale", "foxo1-v5", "foxo1-v4", "foxo1-v3")
    place = {name: index for index, name in enumerate(order)}
    lengths = [place.get(unit.experiment.network, len(order)) if unit.experiment else 1 for unit in units]
    return sorted(range(len(units)), key=lengths.__getitem__)


def _run(unit: _Unit, given: SequenceSet | None, epochs: int | None) -> Run:
    data = data_of(unit.task, unit.seed, given=given)
    if unit.experiment is None:
        return run_ours(unit.task, data, unit.seed)
    return run_as_published(unit.experiment, data, unit.seed, epochs=epochs)


def _row(experiment: Experiment, found: Sequence[tuple[_Unit, Run]], epochs: int | None) -> Row:
    """Gather the runs of an experiment, and ours on its task, in the order of the seeds."""
    own = tuple(run for unit, run in found if unit.experiment == experiment)
    ours = tuple(run for unit, run in found if unit.experiment is None and unit.task.same_sequences(experiment.task))
    cut = epochs is not None and epochs < recipe(experiment.network).options.epochs
    return Row(experiment, own, ours, epochs if cut else None)
