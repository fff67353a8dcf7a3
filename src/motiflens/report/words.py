"""Numbers as a reader wants them: template filters for figures, shares and p-values."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from motiflens.results import Interval

_SMALLEST = 1e-300
_NOT_OPTIONS = {"positives": "POSITIVES", "n_networks": "Networks trained"}


def figure(value: float, digits: int = 2) -> str:
    """Return a figure with fixed digits and a true minus sign; a dash when unknown.

    Examples
    --------
    >>> figure(0.8642), figure(-0.004, 3), figure(float("nan"))
    ('0.86', '−0.004', '–')
    """
    if not math.isfinite(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def interval(value: Interval, digits: int = 2) -> str:
    """Return ``value (low–high)``, or the value alone when its bounds are unknown.

    Bounds that differ are not written alike: they get up to three digits more.

    Examples
    --------
    >>> interval(Interval(0.8642, 0.81, 0.9)), interval(Interval(-0.1, -0.32, 0.12))
    ('0.86 (0.81–0.90)', '−0.10 (−0.32 to 0.12)')
    >>> interval(Interval(1.0, 0.9982, 1.0))
    '1.000 (0.998–1.000)'
    """
    if math.isnan(value.low) or math.isnan(value.high):
        return figure(value.value, digits)
    if value.low < value.high:
        told = (more for more in range(digits, digits + 3) if figure(value.low, more) != figure(value.high, more))
        digits = next(told, digits + 3)
    between = "–" if value.low >= 0 else " to "
    return f"{figure(value.value, digits)} ({figure(value.low, digits)}{between}{figure(value.high, digits)})"


def share(value: float) -> str:
    """Return a share in [0, 1] as a percentage.

    Examples
    --------
    >>> share(0.621), share(0.004), share(0.0)
    ('62%', '0.4%', '0%')
    """
    if not math.isfinite(value):
        return "–"
    percent = 100 * value
    return f"{percent:.1f}%" if 0 < percent < 9.95 else f"{percent:.0f}%"


def small(value: float) -> Markup:
    """Return a p, q or E-value: plain down to 0.001, then as a power of ten.

    Examples
    --------
    >>> str(small(0.0123)), str(small(3.62e-21)), str(small(0.0))
    ('0.012', '3.6&#8239;×&#8239;10<sup>−21</sup>', '&lt;&#8239;10<sup>−300</sup>')
    """
    if not math.isfinite(value):
        return Markup("–")
    if value < _SMALLEST:
        return Markup("&lt;&#8239;10<sup>−300</sup>")
    if value >= 0.001:
        return escape(f"{value:.2g}" if value < 100 else f"{value:.0f}")
    mantissa, power = f"{value:.1e}".split("e")
    return Markup("{}&#8239;×&#8239;10<sup>−{}</sup>").format(mantissa, abs(int(power)))


def fact(value: object) -> str:
    """Return any value of a table: whole numbers with thin groups, others with four digits.

    Examples
    --------
    >>> fact(12000.0), fact(0.46128), fact("auto"), fact(None)
    ('12\u202f000', '0.4613', 'auto', 'not given')
    """
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)) and math.isfinite(value):
        whole = float(value).is_integer()
        return f"{int(value):,}".replace(",", "\u202f") if whole else f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(fact(item) for item in value)
    return str(value)


def title(name: str) -> str:
    """Return a key such as ``median_length`` as words.

    Examples
    --------
    >>> title("median_length"), title("gc_positives")
    ('Median length', 'GC positives')
    """
    words = name.replace("_", " ").replace("gc ", "GC ")
    return words[:1].upper() + words[1:]


def option(name: str) -> str:
    """Return an argument of `discover` as the command line has it, or in words when it has not.

    Examples
    --------
    >>> option("mask_lower"), option("positives"), option("n_networks")
    ('--mask-lower', 'POSITIVES', 'Networks trained')
    """
    return _NOT_OPTIONS.get(name) or "--" + name.replace("_", "-")


def listing(names: Sequence[str]) -> str:
    """Return names joined for a sentence.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def named_filters(filters: Sequence[tuple[int, int]], most: int = 8) -> str:
    """Return filters as ``network:filter``, counted from 0; of many the first few.

    Examples
    --------
    >>> named_filters([(0, 12), (0, 3), (1, 7)]), named_filters([(0, f) for f in range(11)], most=2)
    ('0:12, 0:3, 1:7', '0:0, 0:1 and 9 more, in motifs.tsv')
    """
    named = ", ".join(f"{network}:{index}" for network, index in filters[:most])
    left = len(filters) - most
    return f"{named} and {left} more, in motifs.tsv" if left > 0 else named


def odds_ratio(log_odds: float) -> str:
    """Return what a change of natural log-odds multiplies the odds by, in two digits; empty when unknown.

    Examples
    --------
    >>> odds_ratio(0.9), odds_ratio(4.0), odds_ratio(12.0)
    ('2.5', '55', 'more than 1000')
    """
    if not math.isfinite(log_odds):
        return ""
    ratio = math.exp(min(log_odds, 700.0))
    return "more than 1000" if ratio > 1000 else f"{ratio:.2g}" if ratio < 99.5 else f"{ratio:.0f}"
