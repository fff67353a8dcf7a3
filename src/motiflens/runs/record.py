"""What every command does alike with its inputs, and what `run.json` tells of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from motiflens import __version__
from motiflens.database import read_database
from motiflens.errors import InputError
from motiflens.formats.fasta import title
from motiflens.motifs import Motif
from motiflens.reading import checksum

_PACKAGES = ("numpy", "scipy", "numba", "pyjaspar")


class Clock:
    """Seconds by step, for `metrics.json`."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, step: str) -> float:
        """End a step that began with the last one's end, and return its seconds."""
        now = time.perf_counter()
        self._laps[step] = now - self._last
        self._last = now
        return self._laps[step]

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each step, and in ``total`` those to the end of the last."""
        return {**self._laps, "total": self._last - self._start}


def versions() -> dict[str, str]:
    """Return the versions of motiflens and of the packages that results may depend on.

    Examples
    --------
    >>> sorted(versions())
    ['motiflens', 'numba', 'numpy', 'pyjaspar', 'scipy']
    """
    return {"motiflens": __version__, **{name: version(name) for name in _PACKAGES}}


def checksums(paths: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of those of the paths that are files, by path; streams cannot be read twice.

    Raises
    ------
    InputError
        When a file cannot be read.
    """
    return {path: checksum(path) for path in paths if path != "-" and Path(path).is_file()}


def read_some_motifs(source: str) -> list[Motif]:
    """Read a motif file, or a database by name; there must be a motif in it.

    Parameters
    ----------
    source
        As `read_database` takes it; ``-`` is standard input.

    Raises
    ------
    InputError
        When there is none, or it cannot be read.
    """
    motifs = read_database(source)
    if not motifs:
        msg = f"{title(source)} has no motif. Expected at least one."
        raise InputError(msg)
    return motifs
