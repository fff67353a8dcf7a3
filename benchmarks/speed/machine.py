"""What the machine can do: vector width, clock, and look-ups from the nearest cache."""

from __future__ import annotations

import time
from importlib import metadata

import numpy as np
from llvmlite import binding
from numba import njit

_CHAIN = 6  # cycles of one turn of `_chain`: three shifts and three exclusive-ors, each waiting for the one before
_TURNS = 3_000_000
_PACKAGES = (
    "motiflens", "numpy", "numba", "torch", "tensorflow", "keras", "tangermeme", "lightmotif", "MOODS-python",
    "memelite",
)  # fmt: skip


def vector_width() -> int:
    """Return how many float32 a vector register of this processor holds; 4 when it tells nothing."""
    features = binding.get_host_cpu_features()
    return next((width for name, width in (("avx512f", 16), ("avx2", 8), ("avx", 8)) if features.get(name)), 4)


def clock_hz() -> float:
    """Return cycles a second, from the time of a chain of operations of one cycle each."""
    _chain(np.uint64(1), 10)
    started = time.perf_counter()
    _chain(np.uint64(1), _TURNS)
    return _CHAIN * _TURNS / (time.perf_counter() - started)


def add_from_cache(n_vectors: int, width: int) -> float:
    """Load and add ``n_vectors`` vectors from a table of 24 KiB, as fast as the compiler makes it."""
    room = np.ones(6144 + 16, np.float32)
    start = -room.ctypes.data % 64 // 4  # so that no vector lies in two cache lines
    table = room[start : start + 6144]
    turns = max(1, n_vectors * width // len(table))
    return float(_sums(table, turns))


def versions() -> dict[str, str]:
    """Return the installed version of each package that is compared."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


@njit(nogil=True)
def _chain(x, turns):
    for _ in range(turns):
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
    return x


@njit(nogil=True, fastmath=True)
def _sums(table, turns):
    total = np.float32(0)
    for turn in range(turns):
        part = np.float32(0)
        for i in range(table.shape[0]):
            part += table[i]
        total += part * np.float32(turn & 1)
        table[turn & 15] = np.float32(turn & 3)  # what was summed once cannot be used again
    return total
