"""Gradients and single-base changes of any torch module, on codes; see `motiflens.networks.attributions`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from motiflens.alphabet import UNKNOWN, Codes, one_hot
from motiflens.errors import ParameterError
from motiflens.networks.examples import Floats32
from motiflens.networks.layered_training import one_thread_each
from motiflens.networks.module import module_of
from motiflens.networks.mutagenesis import saturation_mutagenesis
from motiflens.networks.trained import Trained
from motiflens.threads import Team

_COLUMNS = 1 << 15


@dataclass(frozen=True)
class Runner:
    """A network and which of its logits is attributed.

    Attributes
    ----------
    module
        One-hot sequences ``(n, 4, length)`` in, logits ``(n, n_outputs)`` out.
    trained
        The networks that the module was made of, None when it is not ours.
    output
        Which logit.
    threads
        Batches that are run at the same time.
    """

    module: nn.Module
    trained: Sequence[Trained] | None
    output: int
    threads: int

    @classmethod
    def of(cls, network: object, *, output: int, threads: int) -> Runner:
        """Return what runs trained networks, or a torch module as it is.

        Raises
        ------
        ParameterError
            When it is neither.
        """
        if isinstance(network, nn.Module):
            return cls(network, None, output, 1)
        if not isinstance(network, list):
            msg = f"network must be a trained network, several, or a torch module. Got {type(network).__name__}."
            raise ParameterError(msg)
        module: nn.Module = module_of(network)
        for part in module.parameters():
            part.requires_grad = False  # a copy of ours; its own gradients are not asked for
        return cls(module, network, output, threads)

    def n_outputs(self, length: int) -> int:
        """Return the number of logits for sequences of a length."""
        with _evaluating(self.module), torch.no_grad():
            return int(self._all(self._hot(np.zeros((1, length), np.uint8))).shape[1])

    def corrected(self, codes: Codes) -> Floats32:
        """Return ``(n, 4, length)`` gradients less their mean over the letters."""

        def some(rows: slice) -> Floats32:
            gradient = self._gradient(self._hot(codes[rows]))
            found: Floats32 = (gradient - gradient.mean(dim=1, keepdim=True)).float().cpu().numpy()
            return found

        return self._batches(some, codes)

    def from_references(self, codes: Codes, references: Codes) -> Floats32:
        """Return ``(n, 4, length)`` expected gradients from references ``(n_references, n, length)``.

        Each reference has its own point on the way to the sequence, at equal distances over all of them.
        """

        def some(rows: slice) -> Floats32:
            x = self._hot(codes[rows])
            total = torch.zeros_like(x)
            for k, reference in enumerate(references[:, rows]):
                start = self._hot(reference)
                slope = self._gradient(start + (k + 0.5) / len(references) * (x - start))
                total += slope - (slope * start).sum(dim=1, keepdim=True)
            found: Floats32 = (total / len(references)).float().cpu().numpy()
            return found

        return self._batches(some, codes)

    def mutated(self, codes: Codes) -> Floats32:
        """Return ``(n, 4, length)`` logits with every letter at every column, as `saturation_mutagenesis` does."""
        if self.trained is not None:
            return saturation_mutagenesis(self.trained, codes, output=self.output, threads=self.threads)
        n, length = codes.shape
        logits = np.empty((n, 4, length), np.float32)
        rows = max(_COLUMNS // max(length, 1), 1)
        with one_thread_each(), _evaluating(self.module), torch.no_grad():
            for code, found in zip(codes, logits, strict=True):
                found[:] = self._logits(self._hot(code[None])).float().cpu().numpy()[0]
                letters, columns = np.nonzero(code != np.arange(UNKNOWN, dtype=np.uint8)[:, None])
                for start in range(0, len(letters), rows):
                    letter, column = letters[start : start + rows], columns[start : start + rows]
                    changed = np.tile(code, (len(letter), 1))
                    changed[np.arange(len(letter)), column] = letter
                    found[letter, column] = self._logits(self._hot(changed)).float().cpu().numpy()
        return logits

    def _batches(self, function: Callable[[slice], Floats32], codes: Codes) -> Floats32:
        """Run batches of a fixed size, so that no result depends on the threads."""
        n, length = codes.shape
        rows = max(_COLUMNS // max(length, 1), 1)

        def one(start: int) -> Floats32:
            torch.set_num_threads(1)  # of the thread that this runs in
            return function(slice(start, start + rows))

        with one_thread_each(), _evaluating(self.module):
            found = Team(self.threads).map(one, range(0, n, rows))
        return np.concatenate([np.empty((0, 4, length), np.float32), *found])

    def _hot(self, codes: Codes) -> Tensor:
        part = next(self.module.parameters(), None)
        hot = torch.from_numpy(one_hot(codes))
        return hot if part is None else hot.to(device=part.device, dtype=part.dtype)

    def _gradient(self, x: Tensor) -> Tensor:
        """Return the gradient ``(n, 4, length)`` of the logit."""
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            logits = self._logits(x)
            if not logits.requires_grad:
                return torch.zeros_like(x)
            (gradient,) = torch.autograd.grad(logits.sum(), x, allow_unused=True)
        return torch.zeros_like(x) if gradient is None else gradient

    def _logits(self, x: Tensor) -> Tensor:
        """Return ``(n,)`` logits of the output."""
        logits = self._all(x)
        if self.output >= logits.shape[1]:
            msg = f"output must be from 0 to below n_outputs, {logits.shape[1]}. Got {self.output}."
            raise ParameterError(msg)
        found: Tensor = logits[:, self.output]
        return found

    def _all(self, x: Tensor) -> Tensor:
        """Return ``(n, n_outputs)`` logits.

        Raises
        ------
        ParameterError
            When the module fails, or gives something else.
        """
        try:
            logits = self.module(x)
        except Exception as error:
            words = " ".join(str(error).split())[:200].rstrip(".")
            msg = f"The network must take one-hot sequences {tuple(x.shape)}. Got {type(error).__name__}: {words}."
            raise ParameterError(msg) from error
        shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        if not isinstance(logits, Tensor) or logits.ndim != 2 or len(logits) != len(x):
            msg = f"The network must give logits (n, n_outputs) for inputs {tuple(x.shape)}. Got {shape}."
            raise ParameterError(msg)
        if not bool(torch.isfinite(logits).all()):
            msg = "The network must give finite logits. Got NaN or infinity."
            raise ParameterError(msg)
        return logits


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """Put every part of a module in evaluation mode, and back."""
    before = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in before:
            part.training = training
