"""One run of ``motiflens motifs`` on a motif file: motifs chosen, changed and written in any format."""

from __future__ import annotations

import gzip
import io
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motiflens.errors import InputError, OutputError, ParameterError
from motiflens.formats.motif_files import write_homer, write_jaspar, write_meme, write_transfac
from motiflens.formats.motif_text import Background, Destination
from motiflens.motifs import Motif
from motiflens.runs.motif_input import listed, read_given_motifs, repeated_names, smoothed

_logger = logging.getLogger(__name__)
WRITERS: dict[str, Callable[[Sequence[Motif], Destination], None]] = {
    "meme": write_meme,
    "jaspar": write_jaspar,
    "transfac": write_transfac,
    "homer": write_homer,
}
"""Writers by the name of their format."""
_ENDINGS = {
    ".meme": "meme", ".jaspar": "jaspar", ".pfm": "jaspar", ".transfac": "transfac", ".tf": "transfac",
    ".dat": "transfac", ".homer": "homer", ".motif": "homer", ".motifs": "homer",
}  # fmt: skip


@dataclass(frozen=True)
class MotifEdits:
    """What is done with the motifs of a file, in this order.

    Attributes
    ----------
    only
        Names to choose, as of `motif_input.chosen`; none for all.
    reverse_complement
        Turn every motif to the other strand.
    background
        Base frequencies that replace those of the file.
    n_sites
        Sites behind every motif instead of those in the file, above 0: what counts are made from.
    pseudocount
        Sites to add, spread as the background is, in [0, inf).
    trim
        Cut positions with less information than this many bits off both ends, in [0, inf).
    """

    only: tuple[str, ...] = ()
    reverse_complement: bool = False
    background: Background | None = None
    n_sites: float | None = None
    pseudocount: float = 0.0
    trim: float = 0.0

    def check(self) -> None:
        """Refuse figures out of range.

        Raises
        ------
        ParameterError
            When there is one.
        """
        smoothed([], self.pseudocount)
        if not 0 <= self.trim < np.inf:
            msg = f"--trim must be a number of bits in [0, inf). Got {self.trim:g}."
            raise ParameterError(msg)
        if self.n_sites is not None and not 0 < self.n_sites < np.inf:
            msg = f"--sites must be a number above 0. Got {self.n_sites:g}."
            raise ParameterError(msg)


@dataclass(frozen=True)
class MotifsRun:
    """Motifs of a file, ready to be shown or written.

    Attributes
    ----------
    motifs
        In the order of the file.
    notes
        Sentences for the user.
    """

    motifs: tuple[Motif, ...]
    notes: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return for each motif its names, consensus, width, information, sites and matrix."""
        return [
            {"motif": motif.name, "motif_name": motif.alternate_name, "consensus": motif.consensus,
             "width": motif.width, "ic_bits": motif.ic_bits, "n_sites": motif.n_sites,
             "background": list(motif.background), "probabilities": motif.probabilities.tolist()}
            for motif in self.motifs
        ]  # fmt: skip

    def text(self, file_format: str) -> str:
        """Return the motifs in one of the formats of `WRITERS`."""
        stream = io.StringIO()
        WRITERS[file_format](self.motifs, stream)
        return stream.getvalue()

    def write(self, path: str | Path, file_format: str, *, force: bool = False) -> Path:
        """Write the motifs to a file, gzipped when its name ends in ``.gz``; it is whole or not there.

        Raises
        ------
        OutputError
            When the file exists and ``force`` is False, or it cannot be written.
        """
        target = check_file(path, force=force)
        data = self.text(file_format).encode()
        partial = target.with_name(f".{secrets.token_hex(4)}.partial")
        try:
            partial.write_bytes(gzip.compress(data, mtime=0) if target.suffix == ".gz" else data)
            partial.replace(target)
        except OSError as error:
            raise _unwritable(target, error) from error
        finally:
            partial.unlink(missing_ok=True)  # there only when something stopped the writing
        return Path(path)


def run_motifs(source: str, edits: MotifEdits) -> MotifsRun:
    """Read motifs from a file, a database by name or the folder of a run, and change them.

    Raises
    ------
    InputError
        When they cannot be read, or none is left.
    ParameterError
        When a figure is out of range.
    """
    edits.check()
    motifs, notes = _edited(read_given_motifs(source, edits.only), edits)
    return MotifsRun(tuple(motifs), (*notes, *repeated_names(motifs)))


def _edited(motifs: Sequence[Motif], edits: MotifEdits) -> tuple[list[Motif], tuple[str, ...]]:
    if edits.reverse_complement:
        motifs = [motif.reverse_complement() for motif in motifs]
    if edits.background is not None:
        motifs = [replace(motif, background=edits.background) for motif in motifs]
    if edits.n_sites is not None:
        motifs = [replace(motif, n_sites=edits.n_sites) for motif in motifs]
    motifs = smoothed(motifs, edits.pseudocount)
    if not edits.trim:
        return motifs, ()
    cut = [trimmed(motif, edits.trim) for motif in motifs]
    lost = [motif.name for motif, kept in zip(motifs, cut, strict=True) if kept is None]
    left = [motif for motif in cut if motif is not None]
    if not left:
        msg = f"No motif has a position of {edits.trim:g} bits: none is left. Give a lower --trim."
        raise InputError(msg)
    if not lost:
        return left, ()
    note = f"{len(lost)} of {len(motifs)} motifs have no position of {edits.trim:g} bits and are left out: "
    note += f"{listed(lost)}."
    _logger.warning(note)
    return left, (note,)


def trimmed(motif: Motif, bits: float) -> Motif | None:
    """Cut the positions with less information off both ends; None when no position has as much.

    Parameters
    ----------
    motif
        Gaps inside stay.
    bits
        Least information of the first and of the last position, against the motif's background.

    Examples
    --------
    >>> flat, sharp = [0.25] * 4, [0.97, 0.01, 0.01, 0.01]
    >>> motif = Motif(np.array([flat, sharp, flat, sharp, flat, flat]).T, "gap")
    >>> trimmed(motif, 0.5).consensus
    'ANA'
    """
    kept = np.flatnonzero(motif.information_content() >= bits)
    return motif.slice(int(kept[0]), int(kept[-1]) + 1) if len(kept) else None


def format_of(path: str | Path) -> str:
    """Return the format that a file's name asks for.

    Raises
    ------
    ParameterError
        When it asks for none.

    Examples
    --------
    >>> format_of("out/best.pfm.gz")
    'jaspar'
    """
    name = Path(path).name.lower().removesuffix(".gz")
    found = _ENDINGS.get(Path(name).suffix)
    if found is None:
        msg = (f"The name {str(path)!r} tells no motif format. Give --format {', '.join(WRITERS)}, or a name that ends "
               f"in {', '.join(_ENDINGS)}.")  # fmt: skip
        raise ParameterError(msg)
    return found


def check_file(path: str | Path, *, force: bool) -> Path:
    """Check, before any work is done, that a file can be written.

    Raises
    ------
    OutputError
        When it exists and ``force`` is False, it is a folder, or its folder cannot be written to.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "no plain file"
        msg = f"Expected the name of a motif file to write. Got {target}, which is {kind}; '-' prints the motifs."
        raise OutputError(msg)
    if os.path.lexists(path) and not force:
        msg = f"Output file {target} exists already. Choose another, or use --force to replace it."
        raise OutputError(msg)
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        msg = f"Cannot write {target}: {target.parent} is no folder that can be written to. Choose another name."
        raise OutputError(msg)
    return target


def _unwritable(target: Path, error: OSError) -> OutputError:
    return OutputError(f"Cannot write {target}: {error.strerror or error}. Choose another name.")
