"""The base frequencies that a user gives: four numbers, a background file, or sequences to count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from motiflens.errors import InputError, ParameterError
from motiflens.formats.background_file import is_background, parse_background
from motiflens.formats.fasta import read_bytes, title
from motiflens.formats.motif_text import Background, MotifText
from motiflens.motifs import UNIFORM, Motif
from motiflens.recognising import read_records
from motiflens.scanning.score_distribution import checked_background


def base_frequencies(given: str, words: Sequence[str] = ()) -> str | Background:
    """Return the base frequencies that a text means.

    Parameters
    ----------
    given
        ``uniform``; four frequencies with commas between; or a file: a background file of the MEME
        suite, or sequences, whose bases are counted, each once more so that none is 0.
    words
        Other words that are allowed, and returned as they are.

    Raises
    ------
    InputError
        When the file cannot be used.
    ParameterError
        When the text is none of these, or the numbers are no frequencies.

    Examples
    --------
    >>> base_frequencies("0.3,0.2,0.2,0.3"), base_frequencies("motifs", ["motifs"])
    ((0.3, 0.2, 0.2, 0.3), 'motifs')
    """
    if given in words:
        return given
    if given == "uniform":
        return UNIFORM
    numbers = _numbers(given)
    if numbers is not None:
        a, c, g, t = checked_background(numbers).tolist()
        return a, c, g, t
    if given != "-" and Path(given).is_file():
        return _of_file(given)
    known = ", ".join([*words, "uniform"])
    msg = (f"--background must be {known}, four frequencies of A, C, G and T with commas between, such as "
           f"0.3,0.2,0.2,0.3, or a file. Got {given!r}.")  # fmt: skip
    raise ParameterError(msg)


def mean_background(motifs: Sequence[Motif]) -> Background:
    """Return the background of motifs: the one they share, or the mean."""
    mean = np.mean([motif.background for motif in motifs], axis=0)
    a, c, g, t = (mean / mean.sum()).tolist()
    return a, c, g, t


def _numbers(text: str) -> list[float] | None:
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        return None
    return numbers if len(numbers) == 4 else None


def _of_file(path: str) -> Background:
    text = MotifText(tuple(line.strip() for line in read_bytes(path).decode("utf-8", "replace").split("\n")), path)
    if is_background(text):
        return parse_background(text)
    try:
        codes = read_records([path]).codes
    except InputError as error:
        msg = f"{title(path)} gives no background. Expected a background file or sequences: {error}"
        raise InputError(msg) from error
    counts = np.bincount(codes, minlength=5)[:4] + 1.0
    a, c, g, t = (counts / counts.sum()).tolist()
    return a, c, g, t
