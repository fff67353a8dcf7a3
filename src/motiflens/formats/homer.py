"""HOMER motif files: a tab-separated heading and a row of four probabilities a position.

Format: http://homer.ucsd.edu/homer/motif/creatingCustomMotifs.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motiflens.formats.motif_text import (
    Destination,
    MotifText,
    as_float,
    one_word,
    rounded_distribution,
    shorten,
    text_output,
)
from motiflens.motifs import Motif

_LIKE_NUMBER = r"[-+]?(\.?\d[\d.]*(e[-+]?\d+)?|nan|inf(inity)?)"
_HEADING = re.compile(rf">[^\t]*\t[^\t]*\t\s*{_LIKE_NUMBER}\s*(\t|$)", re.IGNORECASE)
_TARGETS = re.compile(r"\bT:([^\s(,]+)")
_THRESHOLD_SHARE = 0.7
_SOURCE = "/motiflens"
"""Ends the name field of a motif that was written with a factor: ``CTCF/MA0139.2/motiflens``."""


def is_homer(text: MotifText) -> bool:
    """Recognise HOMER by the detection threshold in the first heading's third field."""
    return bool(_HEADING.match(next((line for line in text.lines if line and not line.startswith("#")), "")))


def parse_homer(text: MotifText) -> list[Motif]:
    r"""Read HOMER motifs, in order; threshold and log p-value go into the evidence.

    Raises
    ------
    InputError
        When a heading is not HOMER's, or a row does not hold four probabilities.

    Examples
    --------
    >>> text = MotifText((">AS\tELF1(ETS)/Jurkat-ChIP/Homer\t6.1\t-23.5", "1 0 0 0", "0 0.5 0.5 0"), "x.motif")
    >>> (motif,) = parse_homer(text)
    >>> motif.name, motif.alternate_name, motif.evidence
    ('ELF1(ETS)/Jurkat-ChIP/Homer', 'ELF1(ETS)', {'log_odds_threshold': 6.1, 'log_pvalue': -23.5})
    """
    starts = [index for index, line in enumerate(text.lines) if line.startswith(">")]
    return [_motif(text, start, end) for start, end in zip(starts, [*starts[1:], len(text.lines)], strict=True)]


def _motif(text: MotifText, start: int, end: int) -> Motif:
    if not _HEADING.match(text.lines[start]):
        text.fail(start, f"expected '>consensus<TAB>name<TAB>threshold'. Got {shorten(text.lines[start])!r}.")
    consensus, name, *fields = (part.strip() for part in text.lines[start][1:].split("\t"))
    rows = []
    for index in range(start + 1, end):
        if text.lines[index] and not text.lines[index].startswith("#"):
            rows.append(text.probabilities(index))
    if not rows:
        text.fail(start, f"motif {name or consensus!r} must have at least one row.")
    name, factor = _names(name)
    motif = text.motif(start, np.array(rows).T, name or consensus, factor)
    targets = _TARGETS.search("\t".join(fields))
    n_sites = text.n_sites(start, "T:", targets[1]) if targets else motif.n_sites
    return replace(motif, n_sites=n_sites, evidence=_evidence(text, start, fields))


def _names(field: str) -> tuple[str, str]:
    """Return name and factor: what `_name_field` was given, else the whole field and its first part."""
    if field.endswith(_SOURCE):
        factor, _, name = field.removesuffix(_SOURCE).rpartition("/")
        if factor:
            return name, factor
    return field, field.partition("/")[0] if "/" in field else ""


def _evidence(text: MotifText, index: int, fields: Sequence[str]) -> dict[str, float]:
    evidence = {}
    for key, value in zip(("log_odds_threshold", "log_pvalue"), fields, strict=False):
        if re.fullmatch(_LIKE_NUMBER, value, re.IGNORECASE):
            number = as_float(value)
            if number is None or not math.isfinite(number):
                text.fail(index, f"expected a finite number as {key.replace('_', ' ')}. Got {shorten(value)!r}.")
            evidence[key] = number
    return evidence


def write_homer(motifs: Sequence[Motif], destination: Destination) -> None:
    r"""Write motifs for HOMER.

    The detection threshold is ``evidence["log_odds_threshold"]`` (natural logarithm), or
    0.7 of the best possible score when absent. A second name stands where HOMER has the
    factor, ``CTCF/MA0139.2/motiflens``, and is read back; a name that holds slashes, as
    HOMER's own do, is written alone. Spaces in names become underscores.

    Parameters
    ----------
    motifs
        Motifs; their probabilities are written.
    destination
        Path to write, or an open text stream.

    Raises
    ------
    OutputError
        When the path cannot be written.

    Examples
    --------
    >>> import io
    >>> from motiflens.motifs import from_counts
    >>> file = io.StringIO()
    >>> write_homer([from_counts([[3, 0], [0, 1], [0, 2], [0, 0]], "MA0139.2", alternate_name="CTCF")], file)
    >>> for line in file.getvalue().splitlines():
    ...     print(line.split("\t"))
    ['>AS', 'CTCF/MA0139.2/motiflens', '1.580900', '0.000000', '0', 'T:3.0']
    ['1.000000', '0.000000', '0.000000', '0.000000']
    ['0.000000', '0.333333', '0.666667', '0.000000']
    """
    with text_output(destination) as stream:
        for motif in motifs:
            best = float(np.log(2) * motif.log_odds().max(axis=0).sum())
            threshold = motif.evidence.get("log_odds_threshold", _THRESHOLD_SHARE * best)
            heading = (motif.consensus, _name_field(motif), f"{threshold:.6f}",
                       f"{motif.evidence.get('log_pvalue', 0.0):.6f}", "0", f"T:{motif.n_sites:.1f}")  # fmt: skip
            stream.write(">" + "\t".join(heading) + "\n")
            for column in motif.probabilities.T:
                stream.write("\t".join(rounded_distribution(column)) + "\n")


def _name_field(motif: Motif) -> str:
    """Return factor, name and source as HOMER has them; a name with slashes already is such a field."""
    name, factor = one_word(motif.name), one_word(motif.alternate_name)
    return f"{factor}/{name}{_SOURCE}" if factor and "/" not in name else name
