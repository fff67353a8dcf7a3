"""Motif databases by name: JASPAR CORE, shipped by pyjaspar and read without a network, or any motif file."""

from __future__ import annotations

import contextlib
import difflib
import importlib.util
import sqlite3
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from motiflens.errors import InputError
from motiflens.formats.motif_files import read_motifs
from motiflens.motifs import Motif, from_counts

DEFAULT_DATABASE = "jaspar:vertebrates"

_TAXA = """
    SELECT DISTINCT lower(a.VAL) FROM MATRIX m JOIN MATRIX_ANNOTATION a USING (ID)
    WHERE m.COLLECTION = 'CORE' AND a.TAG = 'tax_group' ORDER BY 1
"""
_CELLS = """
    WITH latest AS (
        SELECT BASE_ID, max(VERSION) AS VERSION FROM MATRIX WHERE COLLECTION = 'CORE' GROUP BY BASE_ID
    )
    SELECT m.BASE_ID || '.' || m.VERSION, m.NAME, d.val
    FROM MATRIX m JOIN latest USING (BASE_ID, VERSION) JOIN MATRIX_DATA d USING (ID)
    WHERE m.COLLECTION = 'CORE' AND (:taxon = 'all' OR m.ID IN (
        SELECT ID FROM MATRIX_ANNOTATION WHERE TAG = 'tax_group' AND lower(VAL) = :taxon
    ))
    ORDER BY m.BASE_ID, d."row", d.col
"""


def read_database(name_or_path: str = DEFAULT_DATABASE) -> list[Motif]:
    """Read a motif database by name, or any motif file.

    Parameters
    ----------
    name_or_path
        ``jaspar:vertebrates`` (the default), ``jaspar:plants`` or another tax group of
        `jaspar_taxa`, or ``jaspar:all``: JASPAR CORE, the latest release that pyjaspar
        ships, the latest version of each matrix. Anything else is the path of a MEME,
        JASPAR, TRANSFAC or HOMER file.

    Returns
    -------
    motifs
        JASPAR's are sorted by matrix identifier, which is their name (``MA0139.2``); the
        factor is their alternate name (``CTCF``).

    Raises
    ------
    InputError
        When there is no such database or file, or the file cannot be read as motifs.

    References
    ----------
    JASPAR: https://jaspar.elixir.no, doi:10.1093/nar/gkad1059.

    Examples
    --------
    >>> motifs = read_database("jaspar:vertebrates")
    >>> len(motifs) > 500, motifs[0].name.startswith("MA"), "CTCF" in [motif.alternate_name for motif in motifs]
    (True, True, True)
    """
    check_database(name_or_path)
    family, _, taxon = name_or_path.lower().partition(":")
    if family != "jaspar":
        return read_motifs(name_or_path)
    rows = _query(_CELLS, taxon=taxon or "vertebrates")
    return [
        from_counts(
            np.array([value for *_, value in cells], dtype=np.float64).reshape(4, -1), name, alternate_name=factor
        )
        for (name, factor), cells in groupby(rows, key=lambda row: row[:2])
    ]


def read_targets(database: str | None) -> list[Motif]:
    """Read the motifs that a run is compared with, none for None; a database without any is refused.

    Parameters
    ----------
    database
        As `read_database` takes it, or None.

    Raises
    ------
    InputError
        As `read_database`, and when there is no motif.
    """
    if database is None:
        return []
    motifs = read_database(database)
    if not motifs:
        msg = f"{database}: expected motifs to compare with. Got a file without any: give another database, or none."
        raise InputError(msg)
    return motifs


def check_database(name_or_path: str) -> None:
    """Check that there is a database of this name, or a file, without reading it.

    Parameters
    ----------
    name_or_path
        As of `read_database`.

    Raises
    ------
    InputError
        When there is none.
    """
    family, _, taxon = name_or_path.lower().partition(":")
    path = Path(name_or_path)
    exists = bool(name_or_path) and path.exists() and not path.is_dir()
    known = taxon in ("", "all", *jaspar_taxa()) if family == "jaspar" else exists
    if not known and name_or_path != "-":
        _unknown(name_or_path)


def jaspar_taxa() -> list[str]:
    """Return the tax groups of JASPAR CORE, each a database ``jaspar:<group>``.

    Examples
    --------
    >>> "vertebrates" in jaspar_taxa()
    True
    """
    return [taxon for (taxon,) in _query(_TAXA)]


def jaspar_release() -> str:
    """Return the name of the JASPAR release in use, such as ``JASPAR2026``."""
    return _jaspar_file().stem


def find_motif(identifier: str, database: Sequence[Motif]) -> Motif:
    """Find a motif by identifier, with or without its version, or by its factor's name.

    Parameters
    ----------
    identifier
        ``MA0139.2``, ``MA0139`` or ``CTCF``; case counts only when it decides. Where a
        factor has several motifs, the first in the database is taken.
    database
        Motifs to search, as of `read_database`.

    Raises
    ------
    InputError
        When no motif has that name; the message offers the nearest names.

    Examples
    --------
    >>> find_motif("ctcf", read_database()).name.partition(".")[0]
    'MA0139'
    >>> find_motif("b", [Motif(np.eye(4), "a"), Motif(np.eye(4)[::-1], "b")]).consensus
    'TGCA'
    """
    wanted = identifier.casefold()
    exact = [motif for motif in database if identifier in (motif.name, motif.alternate_name)]
    alike = [motif for motif in database if wanted in _folded_names(motif)]
    for motif in (*exact, *alike):
        return motif
    names = [name for motif in database for name in (motif.alternate_name, motif.name) if name]
    base, factor = wanted.rpartition(".")[0], identifier.partition("_")[0]  # FOXO3 of FOXO3_HUMAN.H11MO.0.B
    versions = [motif.name for motif in database if base and base in _folded_names(motif)]
    near = (f" Did you mean {' or '.join(versions)}?" if versions
            else _suggestion(identifier, names) or _suggestion(factor, names))  # fmt: skip
    msg = f"No motif {identifier!r} among {len(database)} in the database.{near}"
    raise InputError(msg)


def _folded_names(motif: Motif) -> tuple[str, str, str]:
    name = motif.name.casefold()
    return name, name.rpartition(".")[0] or name, motif.alternate_name.casefold()


def _jaspar_file() -> Path:
    spec = importlib.util.find_spec("pyjaspar")
    folders = list(spec.submodule_search_locations or []) if spec else []
    releases = sorted(path for folder in folders for path in Path(folder).glob("data/JASPAR*.sqlite"))
    if not releases:
        msg = "The JASPAR databases come with the package pyjaspar, which was not found. Run: pip install pyjaspar."
        raise InputError(msg)
    return releases[-1]


def _query(sql: str, **values: str) -> list[tuple[Any, ...]]:
    address = f"{_jaspar_file().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


def _unknown(name: str) -> NoReturn:
    known = [f"jaspar:{taxon}" for taxon in (*jaspar_taxa(), "all")]
    msg = f"No database or file {name!r}. Expected a motif file or one of {', '.join(known)}.{_suggestion(name, known)}"
    raise InputError(msg)


def _suggestion(name: str, known: Sequence[str]) -> str:
    originals = {other.casefold(): other for other in reversed(known)}
    near = difflib.get_close_matches(name.casefold(), list(originals), n=3, cutoff=0.7)
    return f" Did you mean {' or '.join(originals[other] for other in near)}?" if near else ""
