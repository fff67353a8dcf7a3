"""Base frequencies from a background file of the MEME suite, made by ``fasta-get-markov``.

Format: https://meme-suite.org/meme/doc/bfile-format.html. Of a model of higher order the frequencies
of single bases are read.
"""

from __future__ import annotations

import re

from motiflens.formats.motif_text import Background, MotifText, shorten

_LINE = re.compile(r"[ACGTU]\s+[-+.\d]", re.IGNORECASE)
_TOLERANCE = 0.02


def is_background(text: MotifText) -> bool:
    """Recognise a background file by its first line that is no comment: a base and a number."""
    return bool(_LINE.match(next((line for line in text.lines if line and not line.startswith("#")), "")))


def parse_background(text: MotifText) -> Background:
    """Read the frequencies of A, C, G and T.

    Raises
    ------
    InputError
        When a base is missing, or the frequencies are not above 0 with a sum of 1.

    Examples
    --------
    >>> parse_background(MotifText(("# order 0", "A 0.3", "C 0.2", "G 0.2", "T 0.3"), "bg.txt"))
    (0.3, 0.2, 0.2, 0.3)
    """
    shares: dict[str, float] = {}
    for index, line in enumerate(text.lines):
        word, *values = line.split() or ["#"]
        if word.startswith("#") or len(word) > 1:
            continue
        base = word.upper().replace("U", "T")
        if base not in "ACGT" or len(values) != 1 or base in shares:
            text.fail(index, f"expected one of A, C, G and T, each once, and its frequency. Got {shorten(line)!r}.")
        shares[base] = text.numbers(index, values)[0]
    last = len(text.lines) - 1
    if sorted(shares) != list("ACGT"):
        text.fail(last, f"expected the frequencies of A, C, G and T. Got those of {', '.join(shares) or 'none'}.")
    total = sum(shares.values())
    if min(shares.values()) <= 0 or abs(total - 1) > _TOLERANCE:
        text.fail(last, f"expected four frequencies above 0 whose sum is 1. Got {list(shares.values())}.")
    a, c, g, t = (shares[base] / total for base in "ACGT")
    return a, c, g, t
