"""Training: seconds an epoch against Keras and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from motiflens.networks.model import initial, predict_probabilities
from motiflens.networks.training import TrainingOptions, fit_ensemble
from motiflens.sequences import SequenceSet
from speed.peers import LEARNING_RATE, KerasSide, TorchSide
from speed.rows import CannotRunError, Result, Settings, alternate, check_equal, check_falling, compared, not_run
from speed.tasks import DEEPBIND, FOXO1_V2, LONG, Task, random_network, random_set

_SEED = 1
_N_VALID = 16  # the least that early stopping has to look at; no peer looks at any
_SIDES: dict[str, Callable[..., Any]] = {"Keras": KerasSide, "PyTorch": TorchSide}


@dataclass(frozen=True)
class Epoch:
    """A row: the task, what is asked against each peer, epochs a round, and rounds."""

    task: Task
    targets: dict[str, float]
    epochs: int
    rounds: int


ROWS = {
    "epoch-deepbind": Epoch(DEEPBIND, {"Keras": 25, "PyTorch": 10}, epochs=10, rounds=9),
    "epoch-foxo1-v2": Epoch(FOXO1_V2, {"Keras": 15, "PyTorch": 10}, epochs=5, rounds=7),
    "epoch-long": Epoch(LONG, {"PyTorch": 10}, epochs=2, rounds=3),
}


class OurSide:
    """The public training of motiflens: one network, from the start, every time."""

    def __init__(self, task: Task, sequences: SequenceSet, threads: int) -> None:
        self._task, self._sequences, self._threads = task, sequences, threads
        self.losses: list[float] = []

    def train(self, epochs: int) -> None:
        """Train for so many epochs; nothing stops it early."""
        options = TrainingOptions(
            epochs=epochs,
            patience=epochs,
            batch_size=self._task.batch,
            learning_rate=LEARNING_RATE,
            dropout=0,
            weight_decay=0,
        )
        valid = self._sequences[:_N_VALID]
        (fitted,) = fit_ensemble(
            self._task.network, self._sequences, valid, seeds=[_SEED], options=options, threads=self._threads
        )
        self.losses = fitted.train_loss.tolist()


def epoch_row(name: str, settings: Settings) -> list[Result]:
    """Time training against each peer that is installed."""
    row = ROWS[name]
    sequences = random_set(row.task.n, row.task.network.length)
    pending = {side: Result(name, f"one epoch of {row.task.text}", side, f">= {target:g}x")
               for side, target in row.targets.items()}  # fmt: skip
    sides, results = {}, {}
    for side in row.targets:
        try:
            sides[side] = _peer_side(side, row.task, sequences, settings.threads)
        except CannotRunError as error:
            results[side] = not_run(pending[side], error)
    if sides:
        results |= _timed(row, OurSide(row.task, sequences, settings.threads), sides, pending, settings)
    return [results[side] for side in row.targets]


def _peer_side(side: str, task: Task, sequences: SequenceSet, threads: int) -> Any:
    """Return a peer's side, after its outputs have been seen to be those of ours for the same weights."""
    trained, some = random_network(task.network), sequences[:200]
    same = _SIDES[side](trained, some, task.batch, threads)
    gap = np.abs(same.probabilities(some.codes) - predict_probabilities([trained], some)).max()
    check_equal(f"predictions of {side} and ours", float(gap), 1e-4)
    start = initial(task.network, np.random.default_rng(_SEED))  # as ours starts
    return _SIDES[side](start, sequences, task.batch, threads)


def _timed(
    row: Epoch, mine: OurSide, sides: dict[str, Any], pending: dict[str, Result], settings: Settings
) -> dict[str, Result]:
    losses: dict[str, list[float]] = {side: [] for side in sides}
    works: dict[str, Callable[[], object]] = {"ours": lambda: mine.train(row.epochs)}
    works |= {side: partial(_trained_on, each, row.epochs, losses[side]) for side, each in sides.items()}
    seconds = alternate(works, settings.rounds(row.rounds))
    epoch = {side: [each / row.epochs for each in values] for side, values in seconds.items()}
    results = {}
    for side in sides:
        try:
            note = check_falling({"ours": mine.losses, side: losses[side][: row.epochs]})
            results[side] = compared(pending[side], epoch["ours"], epoch[side], row.targets[side], note=note)
        except CannotRunError as error:
            results[side] = not_run(pending[side], error)
    return results


def _trained_on(side: Any, epochs: int, losses: list[float]) -> None:
    losses.extend(side.train(epochs))
