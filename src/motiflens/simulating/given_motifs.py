"""The motifs of a task, as the user gives them: a word, a name in a database, a file, or a `Motif`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np

from motiflens.database import DEFAULT_DATABASE, find_motif, jaspar_release, read_database
from motiflens.errors import InputError, ParameterError
from motiflens.formats.motif_files import parse_motifs, read_motifs
from motiflens.motifs import IUPAC_OF_SETS, Motif

GivenMotif = str | Path | Motif

FOXO1 = "FOXO1_HUMAN.H11MO.0.A"

_SETS_OF_IUPAC = {letter: bases for bases, letter in IUPAC_OF_SETS.items()}
_HOCOMOCO_IDENTIFIER = re.compile(r"\w+_(HUMAN|MOUSE)(\..*)?|\w+\.H1[0-9](MO|CORE|INVIVO|INVITRO|RSNP)\..*", re.I)
_PATH = re.compile(r"[/\\#]|\.(meme|jaspar|pfm|transfac|homer|motifs?|txt|gz)$", re.IGNORECASE)
_JASPAR_IDENTIFIER = re.compile(r"MA\d{4}(\.\d+)?", re.IGNORECASE)
_MOST_SHOWN = 5


@dataclass(frozen=True)
class MotifFinder:
    """Finds what a user means by a motif; the database is read once, when it is first needed.

    Attributes
    ----------
    database
        As `read_database` takes it; JASPAR CORE vertebrates by default.
    """

    database: str = DEFAULT_DATABASE

    @cached_property
    def _known(self) -> list[Motif]:
        return read_database(self.database)

    def find(self, given: GivenMotif) -> Motif:
        """Return the motif that is meant.

        Parameters
        ----------
        given
            A `Motif`. A text is, in this order: letters A, C, G, T, a word; an existing motif
            file, with one motif, or ``FILE#NAME``; ``FOXO1_HUMAN.H11MO.0.A``; the identifier or
            factor of a motif in the database, or a JASPAR identifier of another tax group;
            letters of the IUPAC code, a word whose letters are equally likely. Case is ignored.

        Raises
        ------
        InputError
            When there is no such motif, or the file has not exactly one.
        ParameterError
            When it is neither text nor a motif.
        """
        if isinstance(given, Motif):
            return given
        if not isinstance(given, str | Path) or not str(given).strip():
            msg = f"A motif must be a word such as ACGTG, a name, a file or a Motif. Got {given!r}."
            raise ParameterError(msg)
        text = str(given).strip()
        if set(text.upper()) <= set("ACGT") and isinstance(given, str):
            return word_motif(text)
        path, _, name = text.partition("#")
        if isinstance(given, Path) or _is_file(text) or _is_file(path):
            return _only(text) if _is_file(text) or not name else find_motif(name, read_motifs(path))
        if text.casefold() == FOXO1.casefold():
            return foxo1()
        return self._named(text)

    def _named(self, text: str) -> Motif:
        """Return the motif of this name, or of this IUPAC word where there is no such name."""
        known = self._known  # a database that cannot be read is told whatever the name
        try:
            return find_motif(text, known)
        except InputError as error:
            if set(text.upper()) <= set(_SETS_OF_IUPAC):
                return word_motif(text)
            if self.database.lower().startswith("jaspar") and _JASPAR_IDENTIFIER.fullmatch(text):
                return _of_jaspar(text)
            msg = f"{error}{self._hint(text)}"
            raise InputError(msg) from error

    def _hint(self, text: str) -> str:
        """Return sentences on what else a name that was not found may have meant."""
        if _HOCOMOCO_IDENTIFIER.fullmatch(text) and self.database.lower().startswith("jaspar"):
            return (f" Of HOCOMOCO, {FOXO1} alone is part of motiflens: have the others read from a MEME file of "
                    "HOCOMOCO's (database=, --database FILE).")  # fmt: skip
        path = text.partition("#")[0]
        if path and _PATH.search(text):
            return f" Nor is there a file {path!r}."
        odd = sorted(set(text.upper()) - set(_SETS_OF_IUPAC))
        if text.isalpha() and sum(letter in "ACGTU" for letter in text.upper()) > len(text) / 2:
            return f" As a word it may hold IUPAC letters alone ({''.join(_SETS_OF_IUPAC)}), and not {', '.join(odd)}."
        return ""

    @property
    def used(self) -> bool:
        """Whether a motif was looked up in the database."""
        return "_known" in vars(self)


def word_motif(word: str) -> Motif:
    """Return the motif that is always this word; a letter of the IUPAC code is each of its bases alike.

    Raises
    ------
    ParameterError
        When a letter is not of the IUPAC code.

    Examples
    --------
    >>> word_motif("AR").probabilities.T.tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.5, 0.0]]
    """
    letters = word.upper()
    if not letters or not set(letters) <= set(_SETS_OF_IUPAC):
        msg = f"A word must be made of IUPAC letters ({''.join(_SETS_OF_IUPAC)}). Got {word!r}."
        raise ParameterError(msg)
    columns = [[float(base in _SETS_OF_IUPAC[letter]) for base in "ACGT"] for letter in letters]
    matrix = np.array(columns).T
    return Motif(np.ascontiguousarray(matrix / matrix.sum(axis=0)), letters)


def foxo1() -> Motif:
    """Return the motif of FOXO1 in HOCOMOCO v11 (doi:10.1093/nar/gkx1106): 12 positions, 500 sites."""
    text = files("motiflens.simulating").joinpath("data", f"{FOXO1}.jaspar").read_text("utf-8")
    return parse_motifs(text, source=FOXO1)[0]


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except ValueError:  # a text that no path can be
        return False


def _of_jaspar(identifier: str) -> Motif:
    """Return the matrix of any tax group; where it has a newer version only, say so."""
    known = read_database("jaspar:all")
    try:
        return find_motif(identifier, known)
    except InputError as error:
        base = identifier.upper().partition(".")[0]
        newest = [motif.name for motif in known if motif.name.partition(".")[0] == base]
        if not newest:
            raise
        msg = (f"No motif {identifier!r}: {jaspar_release()} is here with the newest version of each matrix alone: "
               f"{newest[0]}. Give that, or the matrix that you mean as a file.")  # fmt: skip
        raise InputError(msg) from error


def _only(path: str) -> Motif:
    motifs = read_motifs(path)
    if len(motifs) != 1:
        names = ", ".join(motif.name for motif in motifs[:_MOST_SHOWN]) + (", ..." if len(motifs) > _MOST_SHOWN else "")
        msg = f"{path} must hold one motif. Got {len(motifs)}: choose one as {path}#NAME ({names})."
        raise InputError(msg)
    return motifs[0]


def numbered(motifs: Sequence[Motif]) -> tuple[tuple[Motif, ...], list[int]]:
    """Return the different motifs, and which of them each one is.

    Raises
    ------
    ParameterError
        When different motifs have one name.
    """
    named: dict[str, Motif] = {}
    for motif in motifs:
        known = named.setdefault(motif.name, motif)
        if not np.array_equal(known.probabilities, motif.probabilities):
            msg = f"Different motifs must have different names. Got two named {motif.name!r}."
            raise ParameterError(msg)
    names = list(named)
    return tuple(named.values()), [names.index(motif.name) for motif in motifs]
