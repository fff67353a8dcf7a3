"""Networks that torch runs, on codes: every single-base change, and every position of a long sequence.

A few thousand columns are in memory at a time, whatever the number and the length of the sequences.
Each batch is run by one thread, so that no result depends on how many there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from motiflens.alphabet import UNKNOWN, Codes, one_hot
from motiflens.networks.blueprints import Blueprint, TrainedLayers
from motiflens.networks.examples import Floats32, Integers
from motiflens.networks.grammars import TrainedGrammar
from motiflens.networks.layered_training import one_thread_each
from motiflens.networks.layers import BatchNorm, Conv, Dropout, GlobalMax, Layer, MaxPool, through
from motiflens.networks.module import module_of
from motiflens.threads import Team

_COLUMNS = 1 << 15
_ROWS = 512
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def mutated(trained: TrainedLayers | TrainedGrammar, codes: Codes, output: int, threads: int) -> Floats32:
    """Return ``(n, 4, length)`` logits of sequences with every letter at every column.

    Where layers up to the maximum over the sequence see neither its ends nor their own place, only
    the stretch that sees the change is run, and its maximum joined with that of all the rest; else
    the network runs on every changed sequence.

    Parameters
    ----------
    codes
        ``(n, length)``, of the length that the network takes.
    output
        Which logit.
    """
    network, module = trained.network, module_of(trained)
    shared = _shared(network, module) if isinstance(network, Blueprint) else None
    if shared is not None and (shared.n_places > shared.span or shared.n_columns >= network.length):
        shared = None  # a change is seen nearly everywhere
    seen, run_on = (network.length, network.length) if shared is None else (shared.n_seen, shared.n_columns)
    rows = _rows(run_on)

    def mutate(code: Codes) -> Floats32:
        run = partial(_changed, module, code) if shared is None else shared.around(code)
        logits = np.empty((4, network.length), np.float32)
        logits[:] = _logits(module, code[None])[0, output]  # what stands there already changes nothing
        letters, columns = np.nonzero(code[:seen] != np.arange(UNKNOWN, dtype=np.uint8)[:, None])
        for start in range(0, len(letters), rows):
            letter, column = letters[start : start + rows], columns[start : start + rows]
            logits[letter, column] = run(letter, column)[:, output]
        return logits

    return np.stack([np.empty((4, network.length), np.float32), *_map(mutate, codes, threads)])[1:]


def _changed(module: nn.Module, code: Codes, letters: Integers, columns: Integers) -> Floats32:
    """Return ``(m, n_outputs)`` logits of a sequence with one letter changed each time."""
    changed = np.tile(code, (len(letters), 1))
    changed[np.arange(len(letters)), columns] = letters
    return _logits(module, changed)


def slid(trained: TrainedLayers | TrainedGrammar, code: Codes, stride: int, threads: int) -> Floats32:
    """Return ``(n_positions, n_outputs)`` logits at every position of one sequence, ``stride`` columns apart.

    Where layers up to the maximum over the sequence see neither its ends nor their own place, what
    they give is computed once for all positions, and the maximum slides along; else the network
    runs on every extracted sequence.

    Parameters
    ----------
    code
        ``(n_columns,)``, at least as many as the network takes.
    """
    network, module = trained.network, module_of(trained)
    logits = np.empty(((len(code) - network.length) // stride + 1, network.n_outputs), np.float32)
    shared = _shared(network, module) if isinstance(network, Blueprint) else None
    if shared is not None and shared.step // math.gcd(shared.step, stride) * stride >= network.length:
        shared = None  # to extract costs less
    step = _rows(network.length) if shared is None else max(_COLUMNS, 2 * network.length) // stride

    def fill(start: int) -> None:
        part = logits[start : start + step]
        stretch = code[start * stride : (start + len(part) - 1) * stride + network.length]
        if shared is None:
            part[:] = _logits(module, np.lib.stride_tricks.sliding_window_view(stretch, network.length)[::stride])
        else:
            shared.fill(stretch, stride, part)

    _map(fill, range(0, len(logits), step), threads)
    return logits


@dataclass(frozen=True)
class _Shared:
    """A network up to its maximum over the sequence, and from there on.

    Attributes
    ----------
    below, above
        The layers on either side of the maximum.
    step, reach
        Columns from one place of what ``below`` gives to the next, and those that a place sees.
    span
        Places under the maximum.
    length
        Columns that the network takes.
    """

    below: nn.Sequential
    above: nn.Sequential
    step: int
    reach: int
    span: int
    length: int

    @property
    def n_places(self) -> int:
        """Places, at most, that see a column."""
        return -(-self.reach // self.step)

    @property
    def n_columns(self) -> int:
        """Columns that these places see."""
        return (self.n_places - 1) * self.step + self.reach

    @property
    def n_seen(self) -> int:
        """Columns that any place sees; pools leave out the last ones."""
        return (self.span - 1) * self.step + self.reach

    def around(self, code: Codes) -> Callable[[Integers, Integers], Floats32]:
        """Return what gives the logits ``(m, n_outputs)`` of a sequence with a letter changed, by letter and column."""
        with torch.no_grad():
            places = self.below(torch.from_numpy(one_hot(code[None])))[0].T
        none = torch.full_like(places[:1], -math.inf)
        before = torch.cat([none, places.cummax(dim=0).values])
        after = torch.cat([places.flip(0).cummax(dim=0).values.flip(0), none])

        def run(letters: Integers, columns: Integers) -> Floats32:
            first = np.clip(-((self.reach - 1 - columns) // self.step), 0, self.span - self.n_places)
            stretches = code[first[:, None] * self.step + np.arange(self.n_columns)]
            stretches[np.arange(len(letters)), columns - first * self.step] = letters
            start = torch.from_numpy(first)
            with torch.no_grad():
                largest = self.below(torch.from_numpy(one_hot(stretches))).amax(dim=2)
                for rest in (before[start], after[start + self.n_places]):
                    largest = torch.maximum(largest, rest)
                logits: Floats32 = self.above(largest).numpy()
            return logits

        return run

    def fill(self, code: Codes, stride: int, logits: Floats32) -> None:
        """Fill ``logits (m, n_outputs)`` for the positions 0, stride, 2 stride, ... of ``code``.

        Positions that are a multiple of the layers' step apart share their pools; each such set is a pass.
        """
        every = self.step // math.gcd(self.step, stride)
        for first in range(min(every, len(logits))):
            part = logits[first::every]
            columns = (len(part) - 1) * every * stride + self.length
            stretch = code[first * stride : first * stride + columns]
            with torch.no_grad():
                places = self.below(torch.from_numpy(one_hot(stretch[None])))
                largest = nn.functional.max_pool1d(places, self.span, stride=every * stride // self.step)
                part[:] = self.above(largest[0].T).numpy()


def _shared(network: Blueprint, module: nn.Module) -> _Shared | None:
    """Return a network cut at its maximum over the sequence, or None where that cannot be done."""
    top = next((index for index, layer in enumerate(network.layers) if isinstance(layer, GlobalMax)), None)
    if top is None or not all(map(_same_everywhere, network.layers[:top])):
        return None
    reach, step = 1, 1
    for positions, stride in (layer.field for layer in network.layers[:top]):
        reach, step = reach + (positions - 1) * step, step * stride
    parts = list(module.children())
    span = through(network.layers[:top], (4, network.length))[1]
    return _Shared(nn.Sequential(*parts[:top]), nn.Sequential(*parts[top + 1 :]), step, reach, span, network.length)


def _same_everywhere(layer: Layer) -> bool:
    """Tell whether a layer gives the same at a place wherever the sequence around it begins and ends."""
    if isinstance(layer, Conv):
        return layer.padding == "valid" or layer.width == 1
    return isinstance(layer, MaxPool | BatchNorm | Dropout)


def _logits(module: nn.Module, codes: Codes) -> Floats32:
    with torch.no_grad():
        found: Tensor = module(torch.from_numpy(one_hot(codes)))
    logits: Floats32 = found.numpy()
    return logits


def _rows(length: int) -> int:
    """Return how many sequences are run at once."""
    return max(min(_COLUMNS // length, _ROWS), 1)


def _map(function: Callable[[_Item], _Result], items: Iterable[_Item], threads: int) -> list[_Result]:
    """Apply a function to each item in threads that have one of torch's each."""

    def alone(item: _Item) -> _Result:
        torch.set_num_threads(1)  # of the thread that this runs in
        return function(item)

    with one_thread_each():
        return Team(threads).map(alone, items)
