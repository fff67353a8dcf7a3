"""Prediction at scale: every single-base change, and every position of a genome."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import motiflens as ml
from motiflens.networks.model import FilterNetwork
from speed.peers import torch_module
from speed.rows import CannotRunError, Result, Settings, alternate, check_equal, compared, not_run, ours, peer
from speed.tasks import columns_first, random_network, random_set

GENOME = "yeast_genome_R64/Saccharomyces_cerevisiae.R64-1-1.dna.toplevel.fa.gz"
NETWORK = FilterNetwork(n_filters=64, filter_width=16, length=200)
N_MUTATED, N_WINDOWS = 1000, 20_000
TOLERANCE = 1e-4
_BATCHES = (16, 32, 64, 256)


def mutagenesis_rows(settings: Settings) -> list[Result]:
    """Time all single-base changes of random sequences against tangermeme."""
    work = f"every single-base change of {N_MUTATED} x {NETWORK.length} bp, 64 x 16, both strands"
    pending = Result("mutagenesis", work, "tangermeme", ">= 50x")
    trained, sequences = random_network(NETWORK), random_set(N_MUTATED, NETWORK.length)
    try:
        mutate = ours("motiflens.networks.mutagenesis", "saturation_mutagenesis")
        theirs = Tangermeme(torch_module(trained).eval(), columns_first(sequences.codes), settings.threads)
        mine = mutate(trained, sequences.codes[:20], threads=settings.threads)
        check_equal("logits", float(np.abs(mine - theirs.logits(20)).max()), TOLERANCE)
    except CannotRunError as error:
        return [not_run(pending, error)]
    seconds = alternate(
        {
            "ours": lambda: mutate(trained, sequences.codes, threads=settings.threads),
            "tangermeme": lambda: theirs.logits(N_MUTATED),
        },
        settings.rounds(3),
    )
    note = f"logits equal within {TOLERANCE:g}; tangermeme's best batch of {_BATCHES}: {theirs.batch}"
    return [compared(pending, seconds["ours"], seconds["tangermeme"], 50, note=note)]


def fastest_batch(work: Callable[[int], object]) -> int:
    """Return the batch size with which ``work`` is done soonest."""
    tried = alternate({str(size): partial(work, size) for size in _BATCHES}, 3)
    return int(min(tried, key=lambda size: min(tried[size])))


class Tangermeme:
    """Saturation mutagenesis by tangermeme, with the batch size that is fastest on a few sequences."""

    def __init__(self, module: Any, inputs: np.ndarray[Any, Any], threads: int) -> None:
        torch, self._library = peer("torch", "tangermeme.saturation_mutagenesis")
        torch.set_num_threads(threads)
        self._module, self._inputs = module, torch.from_numpy(inputs)
        self.batch = fastest_batch(lambda size: self.logits(10, size))

    def logits(self, n: int, batch: int | None = None) -> np.ndarray[Any, Any]:
        """Return ``(n, 4, L)`` logits of the first ``n`` sequences with each letter put at each place."""
        result = self._library.saturation_mutagenesis(
            self._module, self._inputs[:n], batch_size=batch or self.batch, raw_outputs=True, device="cpu"
        )
        changed: np.ndarray[Any, Any] = result.y_hat[..., 0].numpy()
        return changed


def genome_rows(settings: Settings) -> list[Result]:
    """Time prediction at every position of the yeast genome against windows in PyTorch."""
    pending = Result("genome", f"logits of every {NETWORK.length} bp window of the yeast genome, 64 x 16, both strands",
                     "PyTorch", ">= 20x")  # fmt: skip
    trained = random_network(NETWORK)
    try:
        slide = ours("motiflens.networks.sliding", "slide")
        genome = ml.read_sequences(settings.file(GENOME))
        chromosomes = [genome.codes[i, start:end] for i, (start, end) in enumerate(genome.spans)]
        some = chromosomes[0][: N_WINDOWS + NETWORK.length - 1]
        theirs = TorchWindows(torch_module(trained).eval(), some, settings.threads)
        mine = slide(trained, theirs.codes, threads=settings.threads)
        check_equal("logits", float(np.abs(mine - theirs.logits()).max()), TOLERANCE)
    except CannotRunError as error:
        return [not_run(pending, error)]
    seconds = alternate(
        {
            "ours": lambda: [slide(trained, codes, threads=settings.threads) for codes in chromosomes],
            "PyTorch": theirs.logits,
        },
        settings.rounds(3),
    )
    n_windows = sum(len(codes) - NETWORK.length + 1 for codes in chromosomes)
    scaled = [each * n_windows / N_WINDOWS for each in seconds["PyTorch"]]
    note = (
        f"{n_windows} windows; PyTorch's time is that of {N_WINDOWS} windows, scaled, with its best batch of "
        f"{_BATCHES}: {theirs.batch}; logits equal within {TOLERANCE:g}"
    )
    return [compared(pending, seconds["ours"], scaled, 20, note=note)]


class TorchWindows:
    """Batches of one-hot windows of a stretch of codes, through a torch module."""

    def __init__(self, module: Any, codes: np.ndarray[Any, Any], threads: int) -> None:
        (self._torch,) = peer("torch")
        self._torch.set_num_threads(threads)
        self._module, self.codes = module, codes
        some = codes[: NETWORK.length + 1023]
        self.batch = fastest_batch(lambda size: self._logits(some, size))

    def logits(self) -> np.ndarray[Any, Any]:
        """Return ``(windows, n_outputs)`` logits."""
        return self._logits(self.codes, self.batch)

    def _logits(self, codes: np.ndarray[Any, Any], batch: int) -> np.ndarray[Any, Any]:
        one_hot = self._torch.from_numpy(columns_first(codes[None])[0])
        windows = one_hot.unfold(1, NETWORK.length, 1).permute(1, 0, 2)  # (windows, 4, length), a view
        with self._torch.no_grad():
            outputs = [self._module(some.contiguous()) for some in windows.split(batch)]
        logits: np.ndarray[Any, Any] = self._torch.cat(outputs).numpy()
        return logits
