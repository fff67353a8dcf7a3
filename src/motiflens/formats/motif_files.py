"""Read motif files of any usual format, recognised by their content; write MEME, JASPAR, TRANSFAC, HOMER."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path

from motiflens.errors import InputError
from motiflens.formats.base_table import is_base_table, parse_base_table
from motiflens.formats.homer import is_homer, parse_homer, write_homer
from motiflens.formats.jaspar import is_jaspar, parse_jaspar, write_jaspar
from motiflens.formats.meme import is_meme, parse_meme, write_meme
from motiflens.formats.motif_text import MotifText, shorten
from motiflens.formats.transfac import is_transfac, parse_transfac, write_transfac
from motiflens.motifs import Motif

__all__ = ["parse_motifs", "read_motifs", "write_homer", "write_jaspar", "write_meme", "write_transfac"]

_FORMATS = (
    (is_meme, parse_meme),
    (is_transfac, parse_transfac),
    (is_homer, parse_homer),
    (is_base_table, parse_base_table),
    (is_jaspar, parse_jaspar),
)
_GZIP_MAGIC = b"\x1f\x8b"


def read_motifs(path: str | Path) -> list[Motif]:
    """Read every motif of a MEME, JASPAR, TRANSFAC or HOMER file, plain or gzipped.

    The format is told by the content, never by the file's name.

    Parameters
    ----------
    path
        File to read; ``-`` is standard input.

    Returns
    -------
    motifs
        In the file's order. Empty only for a MEME file that holds a header and no motif.

    Raises
    ------
    InputError
        When the file cannot be read, is in no known format, or breaks its format; the
        message gives file and line.

    Examples
    --------
    >>> import tempfile
    >>> from motiflens.motifs import from_counts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "motifs.meme")
    ...     write_meme([from_counts([[3, 0], [0, 0], [0, 3], [0, 0]], "MA0139.2", alternate_name="CTCF")], path)
    ...     motifs = read_motifs(path)
    >>> [(motif.name, motif.alternate_name, motif.consensus, motif.n_sites) for motif in motifs]
    [('MA0139.2', 'CTCF', 'AG', 3.0)]
    """
    source = "<stdin>" if str(path) == "-" else str(path)
    return parse_motifs(_decompressed(_contents(path), source).decode("utf-8-sig", "replace"), source=source)


def parse_motifs(text: str, *, source: str = "<text>") -> list[Motif]:
    r"""Read every motif of a text in MEME, JASPAR, TRANSFAC or HOMER format.

    Parameters
    ----------
    text
        The whole text; any line ends.
    source
        What errors call it.

    Raises
    ------
    InputError
        As `read_motifs`.

    Examples
    --------
    >>> [m.consensus for m in parse_motifs(">x\nA [3 0]\nC [0 0]\nG [0 3]\nT [0 0]")]
    ['AG']
    """
    lines = tuple(line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    content = MotifText(lines, source)
    for recognises, parse in _FORMATS:
        if recognises(content):
            return parse(content)
    first = next((line for line in lines if line.strip("#")), "")
    got = f"{shorten(first)!r} as first line" if first else "an empty file"
    msg = f"{source}: expected motifs in MEME, JASPAR, TRANSFAC or HOMER format. Got {got}."
    raise InputError(msg)


def _contents(path: str | Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        msg = f"Cannot read motifs from {path}: {error.strerror}. Give the path of a motif file."
        raise InputError(msg) from error


def _decompressed(data: bytes, source: str) -> bytes:
    if not data.startswith(_GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{source}: expected a whole gzip file. Got one that breaks off or is damaged ({error}). Fetch it again."
        raise InputError(msg) from error
