"""The motif finders that are compared: a function of positives, negatives and threads each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import motiflens as ml
from motiflens import searching
from motiflens.motifs import Motif
from motiflens.results import Site
from recovery.streme import run_streme

DISCOVER = "motiflens"
STREME = "streme"


@dataclass(frozen=True)
class Reported:
    """What a motif finder says of two sets of sequences.

    Attributes
    ----------
    motifs
        The significant ones, best first, with names of their own.
    evalues
        One a motif.
    sites
        The motifs' sites in the positives; None when the tool does not tell them.
    tested
        All motifs that were put to the test, significant or not; None when that is not known.
    auroc
        AUROC on held-out sequences; None when the tool does not predict.
    """

    motifs: tuple[Motif, ...]
    evalues: tuple[float, ...]
    sites: tuple[Site, ...] | None = None
    tested: tuple[Motif, ...] | None = None
    auroc: float | None = None


Run = Callable[[ml.SequenceSet, ml.SequenceSet, int], Reported]


def run_discover(positives: ml.SequenceSet, negatives: ml.SequenceSet, threads: int) -> Reported:
    """Run `motiflens.discover` as it is, with its defaults."""
    with watched(searching, "_passed") as calls:
        found = ml.discover(positives, negatives=negatives, threads=threads)
    return Reported(
        motifs=found.motifs,
        evalues=tuple(finding.search_evalue for finding in found.findings),
        sites=found.sites,
        tested=_tested(calls),
        auroc=found.evaluation.auroc.value,
    )


@contextmanager
def watched(module: ModuleType, name: str) -> Iterator[list[tuple[Any, ...]]]:
    """Note the arguments of every call of a function; nothing is noted when there is no such function.

    What a run tested and threw away is not part of its result, and tells a motif that was not
    found from one that was not significant.
    """
    calls = list[tuple[Any, ...]]()
    original = getattr(module, name, None)
    if original is None:
        yield calls
        return

    def noted(*args: Any, **options: Any) -> Any:
        calls.append(args)
        return original(*args, **options)

    with mock.patch.object(module, name, noted):
        yield calls


def _tested(calls: list[tuple[Any, ...]]) -> tuple[Motif, ...] | None:
    """Return the candidates of the first call, pairs of a candidate and its evidence; None without a call."""
    if not calls:
        return None
    matrices = [pair[0].matrix for pair in calls[0][0]]
    return tuple(Motif(matrix, f"tested-{rank}") for rank, matrix in enumerate(matrices, start=1))


@dataclass(frozen=True)
class Tool:
    """A motif finder by name, so that another process can call it.

    Attributes
    ----------
    name
        ``motiflens``, ``streme``, or ``MODULE:FUNCTION`` of a variant.
    program
        Path of the program, for STREME.
    """

    name: str
    program: str = ""

    @property
    def slug(self) -> str:
        """Its name as part of a file's name."""
        return "".join(letter if letter.isalnum() else "-" for letter in self.name)

    def function(self) -> Run:
        """Return the function that runs it.

        Raises
        ------
        ValueError
            When a variant is not ``MODULE:FUNCTION``, or is not there.
        """
        if self.name == DISCOVER:
            return run_discover
        if self.name == STREME:
            return partial(_streme, program=self.program)
        return _variant(self.name)


def _variant(name: str) -> Run:
    module, _, function = name.partition(":")
    if not (module and function):
        raise ValueError(f"A variant must be MODULE:FUNCTION. Got {name!r}.")
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        found: Run = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"No variant {name!r}: {error}.") from error
    return found


def _streme(positives: ml.SequenceSet, negatives: ml.SequenceSet, threads: int, *, program: str) -> Reported:
    """Run STREME, which has one thread whatever is asked for."""
    del threads
    significant, others, sites = run_streme(positives, negatives, program)
    evalues = tuple(motif.evidence["evalue"] for motif in significant)
    return Reported(significant, evalues, sites, tested=(*significant, *others))
