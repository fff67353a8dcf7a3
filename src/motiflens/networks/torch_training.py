"""The same training through torch, on another device such as a GPU.

Loss, order of the sequences, Adam, decay and early stopping are those of
`motiflens.networks.training`, so without dropout both follow one path up to rounding.
Dropout masks are drawn by torch and differ. The sequences lie on the device as codes, a byte
a base; a batch is made one-hot there.
"""

from __future__ import annotations

import math
import threading

import numpy as np
import torch
from torch import Tensor, nn

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.examples import Examples, Floats32, Integers
from motiflens.networks.jobs import CROSS_ENTROPY, SQUARED_ERROR, Fitted, Job, TrainingOptions
from motiflens.networks.model import FilterNetwork, initial
from motiflens.networks.module import FilterNetworkModule, module_of, trained_of
from motiflens.networks.training import OnEpoch, batch_weights, run_epochs

_ROWS = 256
_EPSILON = 1e-7
_DECAYED = ("filters", "hidden", "output")


def fit_on_device(
    network: FilterNetwork,
    train: Examples,
    valid: Examples | None,
    *,
    seed: int,
    options: TrainingOptions,
    device: str = "cuda",
    on_epoch: OnEpoch | None = None,
) -> Fitted:
    """Train a network with torch on a device, as `fit_jobs` does with compiled loops.

    The initial weights and the order of the sequences are those of `fit_jobs` for the same seed.
    On the processor the same seed gives the same result; on a GPU sums may be taken in another
    order each time.

    Parameters
    ----------
    train, valid
        As in `Job`.
    seed
        Of the initial weights, the order of the sequences and the dropout.
    device
        As torch names them: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
    on_epoch
        Called after every epoch.

    Raises
    ------
    ParameterError
        When the device is not there, the examples do not fit the network, or training diverges.
    """
    job, place, rng = Job(network, train, valid, seed, options), usable_device(device), np.random.default_rng(seed)
    return run_epochs(job, _OnDevice(job, rng, place), rng, on_epoch=on_epoch)


def usable_device(name: str) -> torch.device:
    """Return a device by its name, once a figure has gone there and back.

    Raises
    ------
    ParameterError
        When torch knows no such device, or this computer has none.
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, TypeError) as error:  # torch built without CUDA fails by assertion
        msg = f"device must be one that torch can use on this computer: {', '.join(_devices())}. Got {name!r}."
        raise ParameterError(msg) from error
    return device


def _devices() -> list[str]:
    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return ["cpu", *gpus, *(["mps"] if torch.backends.mps.is_available() else [])]


class Placed:
    """A set of examples on a device.

    Parameters
    ----------
    data
        With codes ``(n, length)``, or float inputs ``(n, 4, length)`` in their place.
    """

    def __init__(self, data: kernels.Data, device: torch.device) -> None:
        self._codes, self.targets, self.weights = (
            torch.tensor(part, device=device) for part in (data.codes, data.targets, data.weights)
        )
        self._bases = torch.arange(4, dtype=torch.uint8, device=device)[:, None]

    def one_hot(self, rows: Tensor) -> Tensor:
        """Return ``(m, 4, length)``: codes with zeros where unknown, float inputs as they are."""
        if self._codes.ndim == 3:
            return self._codes[rows]
        return (self._codes[rows].unsqueeze(1) == self._bases).float()


class _OnDevice:
    """A `Stepper` on torch."""

    def __init__(self, job: Job, rng: np.random.Generator, device: torch.device) -> None:
        self._job, self._device = job, device
        self._module = module_of(initial(job.network, rng)).to(device)
        self._optimizer, self._n_steps = _adam(self._module, job.options), 0
        self._generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
        self._train = Placed(job.train.data, device)
        self._valid = self._train
        if job.valid is not None and job.valid.data is not job.train.data:
            self._valid = Placed(job.valid.data, device)

    def epoch(self, order: Integers, stop: threading.Event) -> float:
        batch = self._job.batch_size
        shares = batch_weights(self._job.train, order, batch)
        losses: list[Tensor] = []
        rows = torch.tensor(order, device=self._device)
        for start in range(0, len(order), batch):
            if stop.is_set():
                break
            losses.append(self._step(rows[start : start + batch]))
        # one transfer an epoch: to ask for a loss is to wait for the device
        return float(torch.stack(losses).cpu().numpy().astype(np.float64) @ shares[: len(losses)] / shares.sum())

    def _step(self, rows: Tensor) -> Tensor:
        self._optimizer.zero_grad()
        feature = self._module.features(self._train.one_hot(rows))
        logits = self._module.head(self._dropped(feature))
        loss = batch_loss(logits, self._train.targets[rows], self._train.weights[rows], self._job.train.loss)
        loss.backward()  # type: ignore[no-untyped-call]
        self._n_steps += 1
        keras_step(self._optimizer, self._n_steps)
        return loss.detach()

    def _dropped(self, feature: Tensor) -> Tensor:
        rate = self._job.options.dropout
        if rate == 0:
            return feature
        kept = torch.rand(feature.shape, generator=self._generator, device=self._device) >= rate
        return feature * kept / (1 - rate)

    def logits(self, examples: Examples) -> Floats32:
        rows = torch.tensor(examples.rows, device=self._device)
        with torch.no_grad():
            place = self._train if examples.data is self._job.train.data else self._valid
            parts = [self._module(place.one_hot(rows[i : i + _ROWS])) for i in range(0, len(rows), _ROWS)]
            found: Floats32 = torch.cat(parts).cpu().numpy()
        return found

    def parameters(self) -> Floats32:
        return trained_of(self._module).parameters


def batch_loss(logits: Tensor, targets: Tensor, weights: Tensor, kind: int, loss: str = CROSS_ENTROPY) -> Tensor:
    """Return the weighted mean loss of a batch, as `kernels.Learner` takes it.

    Parameters
    ----------
    logits, targets
        ``(m, n_outputs)``.
    weights
        ``(m,)`` >= 0; when all are 0, so is the loss.
    kind
        ``kernels.SIGMOID`` or ``kernels.SOFTMAX``.
    loss
        ``cross-entropy``, or ``squared-error`` of the probabilities, the mean over outputs.
    """
    if loss == SQUARED_ERROR:
        probabilities = torch.softmax(logits, dim=1) if kind == kernels.SOFTMAX else torch.sigmoid(logits)
        each = (probabilities - targets).square().mean(dim=1)
    elif kind == kernels.SOFTMAX:
        each = nn.functional.cross_entropy(logits, targets, reduction="none")
    else:
        each = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
    total = weights.sum()
    return (weights * each).sum() / torch.where(total > 0, total, torch.ones_like(total))


def keras_step(optimizer: torch.optim.Optimizer, n_steps: int) -> None:
    """Take step ``n_steps``, from 1, of Adam with Keras' epsilon, 1e-7.

    Keras adds it before the correction for the first steps' bias, torch after it; so does
    `kernels.adam`.
    """
    for group in optimizer.param_groups:
        group["eps"] = _EPSILON / math.sqrt(1 - 0.999**n_steps)
    optimizer.step()


def _adam(module: FilterNetworkModule, options: TrainingOptions) -> torch.optim.AdamW:
    parts = dict(module.named_parameters())
    groups = [
        {"params": [parts[name] for name in _DECAYED], "weight_decay": options.weight_decay},
        {"params": [part for name, part in parts.items() if name not in _DECAYED], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.learning_rate)
