"""Training of any torch module as Keras would: Adam, early stopping, a learning rate that is halved.

Each network is trained by one thread with one of torch's own, so that several train side by side
and no result depends on how many there are.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.examples import Examples, Floats, Floats32, Integers
from motiflens.networks.foreign import built, called, checked
from motiflens.networks.grammars import Grammar
from motiflens.networks.jobs import SQUARED_ERROR, TrainingOptions
from motiflens.networks.module_jobs import FittedModule, ModuleJob, fitted_module
from motiflens.networks.schedule import Plateau
from motiflens.networks.torch_layers import RandomDropout
from motiflens.networks.torch_training import Placed, batch_loss, keras_step, usable_device
from motiflens.networks.training import OnEpoch, batch_weights
from motiflens.threads import side_by_side

_ROWS = 256
_LARGEST_KEPT = 2**25 - 2**14


def fit_modules(jobs: Sequence[ModuleJob], *, threads: int = 1, on_epoch: OnEpoch | None = None) -> list[FittedModule]:
    """Train networks side by side; no result depends on ``threads``.

    Parameters
    ----------
    jobs
        What to train; parts of one set of examples share its arrays.
    threads
        Networks that are trained at the same time, >= 1.
    on_epoch
        Called after every epoch of every network, from its thread.

    Returns
    -------
    fits
        One for each job, in order.

    Raises
    ------
    ParameterError
        When ``threads`` is below 1, a module cannot be used, a device is not there, or a training
        diverges.
    """
    if threads < 1:
        msg = f"threads must be at least 1. Got {threads}."
        raise ParameterError(msg)
    _keep_freed_memory()

    def one(job: ModuleJob, stop: threading.Event) -> FittedModule:
        device = usable_device(job.device)
        with built(job.network, job.seed, device) as (module, generator):
            return _Run(job, module.to(device), generator, device).fit(stop, on_epoch)

    together = threads if all(isinstance(job.network, Blueprint | Grammar) for job in jobs) else 1
    with one_thread_each():
        return side_by_side(one, jobs, threads=together, prepare=_prepare_thread)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let torch's operations use one thread each: sums in one order, and threads left for other networks."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _keep_freed_memory() -> None:
    """Let large blocks be used again once they are freed: a quarter of the time of a step is saved.

    The C library of Linux gives them back to the system, page by page, until it has seen one of
    that size freed (mallopt(3), M_MMAP_THRESHOLD); 32 MB is the largest that counts.
    """
    torch.empty(_LARGEST_KEPT, dtype=torch.uint8)


def _prepare_thread() -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # the moments of unused weights become tiny, and tiny figures are slow


class _Run:
    """One network in training."""

    def __init__(self, job: ModuleJob, module: nn.Module, generator: torch.Generator, device: torch.device) -> None:
        self._job, self._module, self._device = job, module, device
        self._rng = np.random.default_rng(job.seed)
        self._is_ours = isinstance(job.network, Blueprint | Grammar)
        self._train = Placed(job.train.data, self._device)
        shared = job.valid is None or job.valid.data is job.train.data
        self._valid = self._train if shared or job.valid is None else Placed(job.valid.data, self._device)
        checked(self._module, self._train.one_hot(torch.tensor(job.train.rows[:3])), job.train.data.targets.shape[1])
        self._optimizer, self._n_steps = _adam(self._module, job.options), 0
        draws = torch.Generator(self._device).manual_seed(int(torch.randint(2**62, (), generator=generator)))
        for part in self._module.modules():
            if isinstance(part, RandomDropout):
                part.generator = draws

    def fit(self, stop: threading.Event, on_epoch: OnEpoch | None) -> FittedModule:
        """Train until the validation loss no longer falls, and keep the best weights."""
        options, valid = self._job.options, self._job.valid
        plateau = Plateau(options.learning_rate, options.halve_after, options.least_rate)
        history: list[tuple[float, ...]] = []
        best, best_epoch, best_loss, best_losses = self._weights(), 0, np.inf, np.zeros(0)
        for epoch in range(options.epochs):
            began, rate = time.perf_counter(), plateau.rate
            loss, accuracy = self._epoch(rate, stop)
            valid_loss, valid_accuracy, losses = self._validation()
            if valid is None or valid_loss < best_loss:
                best, best_epoch, best_loss, best_losses = self._weights(), epoch, valid_loss, losses
            plateau = plateau.after(loss if valid is None else valid_loss)
            history.append((loss, valid_loss, accuracy, valid_accuracy, rate, time.perf_counter() - began))
            if on_epoch is not None:
                on_epoch()
            if epoch - best_epoch >= options.patience or stop.is_set():
                break
        self._keep(best, finite=best_loss < np.inf or (valid is None and np.isfinite(history[-1][0])))
        return fitted_module(self._module, history, best_epoch, best_losses)

    def _epoch(self, rate: float, stop: threading.Event) -> tuple[float, float]:
        """Go through the training sequences once and return their mean loss and accuracy."""
        job = self._job
        order = self._rng.permutation(job.train.rows)
        shares = batch_weights(job.train, order, job.batch_size)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._module.train()
        rows, figures = torch.tensor(order, device=self._device), []
        for start in range(0, len(rows), job.batch_size):
            if stop.is_set():
                break
            figures.append(self._step(rows[start : start + job.batch_size]))
        # one transfer an epoch: to ask for a loss is to wait for the device
        table = torch.stack(figures).cpu().numpy().astype(np.float64) if figures else np.zeros((0, 2))
        loss = float(table[:, 0] @ shares[: len(table)] / shares.sum())
        return loss, float(table[:, 1].sum() / shares.sum())

    def _step(self, rows: Tensor) -> Tensor:
        """Learn from a batch; return its loss and the weight of those it had right."""
        self._optimizer.zero_grad()
        x, targets, weights = self._train.one_hot(rows), self._train.targets[rows], self._train.weights[rows]
        logits = self._module(x) if self._is_ours else called(self._module, x, targets.shape[1])
        kind = self._job.train.loss
        loss = batch_loss(logits, targets, weights, kind, self._job.options.loss)
        (loss + self._penalty()).backward()  # type: ignore[no-untyped-call]
        self._n_steps += 1
        keras_step(self._optimizer, self._n_steps)
        with torch.no_grad():
            return torch.stack([loss, (weights * _right(logits, targets, kind)).sum()])

    def _penalty(self) -> Tensor | float:
        """Return what the module asks to have added to the loss of a batch; nothing where it has no such method."""
        penalty = getattr(self._module, "penalty", None)
        return penalty() if callable(penalty) else 0.0

    def _validation(self) -> tuple[float, float, Floats]:
        """Return the mean loss, the accuracy and ``(n_valid,)`` losses of the validation sequences, NaN without."""
        valid = self._job.valid
        if valid is None:
            return np.nan, np.nan, np.zeros(0)
        logits = module_logits(self._module, self._valid, valid.rows, self._device)
        losses = losses_of(valid, logits, self._job.options.loss)
        right = _right(torch.tensor(logits), torch.tensor(valid.data.targets[valid.rows]), valid.loss)
        return valid.mean(losses), valid.mean(right.numpy()), losses

    def _weights(self) -> dict[str, Tensor]:
        return {name: part.detach().clone() for name, part in self._module.state_dict().items()}

    def _keep(self, best: dict[str, Tensor], *, finite: bool) -> None:
        figures = [part for part in best.values() if part.is_floating_point()]
        if not finite or not all(bool(torch.isfinite(part).all()) for part in figures):
            rate = self._job.options.learning_rate
            msg = f"Training diverged: the loss is not finite. Lower learning_rate. Got {rate:g}."
            raise ParameterError(msg)
        self._module.load_state_dict(best)
        for part in self._module.modules():
            if isinstance(part, RandomDropout):
                part.generator = None
        self._optimizer.zero_grad()
        self._module.eval().cpu()


def module_logits(module: nn.Module, place: Placed, rows: Integers, device: torch.device) -> Floats32:
    """Return ``(m, n_outputs)`` logits of the sequences ``rows``, in evaluation mode."""
    module.eval()
    where = torch.tensor(rows, device=device)
    with torch.no_grad():
        parts = [module(place.one_hot(where[start : start + _ROWS])) for start in range(0, len(where), _ROWS)]
        found: Floats32 = torch.cat(parts).float().cpu().numpy()
    return found


def losses_of(examples: Examples, logits: Floats32, loss: str) -> Floats:
    """Return ``(m,)`` loss of each sequence, unweighted, given its logits ``(m, n_outputs)``."""
    if loss != SQUARED_ERROR:
        return examples.losses(logits)
    z = torch.tensor(logits, dtype=torch.float64)
    probabilities = torch.softmax(z, dim=1) if examples.loss == kernels.SOFTMAX else torch.sigmoid(z)
    errors = (probabilities.numpy() - examples.data.targets[examples.rows]) ** 2
    return np.asarray(errors.mean(axis=1), dtype=np.float64)


def _right(logits: Tensor, targets: Tensor, kind: int) -> Tensor:
    """Return ``(m,)`` whether each sequence is classified rightly."""
    if kind == kernels.SOFTMAX:
        return logits.argmax(dim=1) == targets.argmax(dim=1)
    return ((logits > 0) == (targets > 0.5)).all(dim=1)


def _adam(module: nn.Module, options: TrainingOptions) -> torch.optim.AdamW:
    parts = [part for part in module.parameters() if part.requires_grad]
    groups = [
        {"params": [part for part in parts if part.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [part for part in parts if part.ndim <= 1], "weight_decay": 0.0},
    ]
    fused = parts[0].device.type in ("cpu", "cuda")
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=options.learning_rate, fused=fused)
