"""The motifs that a user gives: a file, a database or the folder of a run; all of them or some by name."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from motiflens.database import find_motif
from motiflens.errors import InputError, ParameterError
from motiflens.motifs import Motif
from motiflens.runs.record import read_some_motifs

_logger = logging.getLogger(__name__)
_IN_FOLDERS = ("motifs.meme", "truth.meme")
"""What `discover`, `train` and `motifs` write, and what `simulate` does."""
_MODEL = "model.json"
_LISTED = 5


def motif_file(source: str) -> str:
    """Return what holds the motifs: of a folder that a command wrote its motif file, else the source itself.

    Raises
    ------
    InputError
        When a folder has no motif file.
    """
    folder = Path(source)
    if source == "-" or not folder.is_dir():
        return source
    for name in _IN_FOLDERS:
        if (folder / name).is_file():
            return str(folder / name)
    if (folder / _MODEL).is_file():
        msg = (f"The folder {folder} holds a network and no {_IN_FOLDERS[0]}. Make its motifs first: motiflens motifs "
               f"{folder} SEQUENCES -o OUT.")  # fmt: skip
        raise InputError(msg)
    msg = f"Expected a motif file, or a folder with {' or '.join(_IN_FOLDERS)}. Got the folder {folder} without any."
    raise InputError(msg)


def network_folder(source: str) -> Path:
    """Return the folder of a saved network.

    Raises
    ------
    InputError
        When it holds none.
    """
    if not Path(source, _MODEL).is_file():
        msg = (f"Expected the folder of a network, with {_MODEL}, since sequences are given. Got {source!r}. For the "
               "motifs of a file leave the sequences out; to find sites in sequences: motiflens scan.")  # fmt: skip
        raise InputError(msg)
    return Path(source)


def read_given_motifs(source: str, only: Sequence[str] = ()) -> list[Motif]:
    """Read the motifs of a file, a database by name or the folder of a run; there must be one.

    Parameters
    ----------
    source
        As `motiflens.database.read_database` takes it, or a folder; ``-`` is standard input.
    only
        Names as of `chosen`; none for all motifs.

    Raises
    ------
    InputError
        When there is none, a name is not among them, or they cannot be read.
    """
    return chosen(read_some_motifs(motif_file(source)), only)


def repeated_names(motifs: Sequence[Motif]) -> tuple[str, ...]:
    """Return a sentence, which is logged too, on names that several motifs have; none where there is no such name."""
    twice = [name for name, count in Counter(motif.name for motif in motifs).items() if count > 1]
    if not twice:
        return ()
    note = f"Several motifs have the same name, and only their order tells them apart: {listed(twice)}."
    _logger.warning(note)
    return (note,)


def listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b"]), listed(list("abcdefg"))
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def chosen(motifs: Sequence[Motif], only: Sequence[str]) -> list[Motif]:
    """Return the motifs with one of these names, in the order of the motifs; all when there is no name.

    Parameters
    ----------
    motifs
        What to choose from.
    only
        Identifiers, with or without a version, names of factors, or patterns with ``*`` and ``?``;
        upper and lower case are alike unless that decides.

    Raises
    ------
    InputError
        When a name fits none; the message offers the nearest.

    Examples
    --------
    >>> motifs = [Motif(np.full((4, 3), 0.25), name, factor) for name, factor in
    ...           [("MA0139.2", "CTCF"), ("MA1929.2", "CTCF"), ("MA0004.1", "Arnt")]]
    >>> [motif.name for motif in chosen(motifs, ["ctcf"])], [motif.name for motif in chosen(motifs, ["MA0*"])]
    (['MA0139.2', 'MA1929.2'], ['MA0139.2', 'MA0004.1'])
    """
    if not only:
        return list(motifs)
    kept: set[int] = set()
    for wanted in only:
        fitting = _exactly(motifs, wanted) or _alike(motifs, wanted)
        if not fitting:
            find_motif(wanted, motifs)  # raises, and offers the nearest names
        kept |= fitting
    return [motifs[index] for index in sorted(kept)]


def _exactly(motifs: Sequence[Motif], wanted: str) -> set[int]:
    return {index for index, motif in enumerate(motifs) if wanted in (motif.name, motif.alternate_name)}


def _alike(motifs: Sequence[Motif], wanted: str) -> set[int]:
    folded = wanted.casefold()
    return {index for index, motif in enumerate(motifs)
            if any(name == folded or fnmatchcase(name, folded) for name in _folded(motif))}  # fmt: skip


def _folded(motif: Motif) -> tuple[str, ...]:
    """Return the names of a motif in lower case, the identifier also without its version."""
    name = motif.name.casefold()
    return tuple(filter(None, (name, name.rpartition(".")[0], motif.alternate_name.casefold())))


def smoothed(motifs: Sequence[Motif], pseudocount: float) -> list[Motif]:
    """Add pseudocounts: sites that are spread over the bases as each motif's background is.

    Parameters
    ----------
    motifs
        Their number of sites stays what it was.
    pseudocount
        Sites to add, in [0, inf); 0 leaves all as it is.

    Raises
    ------
    ParameterError
        When the pseudocount is out of range.

    Examples
    --------
    >>> motif = Motif(np.array([[1.0], [0.0], [0.0], [0.0]]), "A", n_sites=9)
    >>> smoothed([motif], 1)[0].probabilities[:, 0].tolist()
    [0.925, 0.025, 0.025, 0.025]
    """
    if not 0 <= pseudocount < np.inf:
        msg = f"pseudocount must be in [0, inf). Got {pseudocount:g}."
        raise ParameterError(msg)
    if pseudocount == 0:
        return list(motifs)
    return [
        replace(
            motif,
            probabilities=(motif.counts + pseudocount * np.array(motif.background)[:, None])
            / (motif.n_sites + pseudocount),
        )
        for motif in motifs
    ]
