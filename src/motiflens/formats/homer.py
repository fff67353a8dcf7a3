"""HOMER motif files: a tab-separated heading and a row of four probabilities a position.

Format: http://homer.ucsd.edu/homer/motif/creatingCustomMotifs.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motiflens.formats.motif_text import Destination, MotifText, one_word, rounded_distribution, shorten, text_output
from motiflens.motifs import Motif

_HEADING = re.compile(r">[^\t]*\t[^\t]*\t\s*[-+]?[\d.]+([eE][-+]?\d+)?\s*(\t|$)")
_TARGETS = re.compile(r"\bT:(\d+(?:\.\d+)?)")
_THRESHOLD_SHARE = 0.7


def is_homer(text: MotifText) -> bool:
    """Recognise HOMER by the detection threshold in the first heading's third field."""
    return bool(_HEADING.match(next((line for line in text.lines if line and not line.startswith("#")), "")))


def parse_homer(text: MotifText) -> list[Motif]:
    """Read HOMER motifs, in order; threshold and log p-value go into the evidence.

    Raises
    ------
    InputError
        When a heading is not HOMER's, or a row does not hold four numbers.
    """
    starts = [index for index, line in enumerate(text.lines) if line.startswith(">")]
    return [_motif(text, start, end) for start, end in zip(starts, [*starts[1:], len(text.lines)], strict=True)]


def _motif(text: MotifText, start: int, end: int) -> Motif:
    if not _HEADING.match(text.lines[start]):
        text.fail(start, f"expected '>consensus<TAB>name<TAB>threshold'. Got {shorten(text.lines[start])!r}.")
    consensus, name, *fields = (part.strip() for part in text.lines[start][1:].split("\t"))
    rows = []
    for index in range(start + 1, end):
        words = text.lines[index].split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 4:
            text.fail(index, f"expected 4 probabilities. Got {shorten(text.lines[index])!r}.")
        rows.append(text.numbers(index, words))
    if not rows:
        text.fail(start, f"motif {name or consensus!r} must have at least one row.")
    factor = name.partition("/")[0] if "/" in name else ""
    motif = text.motif(start, np.array(rows).T, name or consensus, factor)
    targets = _TARGETS.search(text.lines[start])
    n_sites = float(targets[1]) if targets else 0.0
    return replace(motif, n_sites=n_sites or motif.n_sites, evidence=_evidence(fields))


def _evidence(fields: Sequence[str]) -> dict[str, float]:
    evidence = {}
    for key, value in zip(("log_odds_threshold", "log_pvalue"), fields, strict=False):
        if re.fullmatch(r"[-+]?[\d.]+([eE][-+]?\d+)?", value):
            evidence[key] = float(value)
    return evidence


def write_homer(motifs: Sequence[Motif], destination: Destination) -> None:
    """Write motifs for HOMER.

    The detection threshold is ``evidence["log_odds_threshold"]`` (natural logarithm), or
    0.7 of the best possible score when absent.

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
    """
    with text_output(destination) as stream:
        for motif in motifs:
            best = float(np.log(2) * motif.log_odds().max(axis=0).sum())
            threshold = motif.evidence.get("log_odds_threshold", _THRESHOLD_SHARE * best)
            heading = (motif.consensus, one_word(motif.name), f"{threshold:.6f}",
                       f"{motif.evidence.get('log_pvalue', 0.0):.6f}", "0", f"T:{motif.n_sites:.1f}")  # fmt: skip
            stream.write(">" + "\t".join(heading) + "\n")
            for column in motif.probabilities.T:
                stream.write("\t".join(rounded_distribution(column)) + "\n")
