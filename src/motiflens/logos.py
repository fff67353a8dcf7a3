"""Sequence logos: small self-contained SVG for the report, and matplotlib figures through logomaker.

A letter's height is its share of the column's information (Schneider & Stephens 1990,
doi:10.1093/nar/18.20.6097) or its probability.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal

import numpy as np

from motiflens.errors import ParameterError
from motiflens.motifs import Matrix, Motif
from motiflens.results import Match

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["information", "probability", "log_odds", "counts"]

COLOURS = {"A": "#109648", "C": "#255c99", "G": "#f7931e", "T": "#d62839"}
_LABELS = {"information": "bits", "probability": "probability", "log_odds": "log-odds (bits)", "counts": "sites"}

# Outlines in a box of 100 by 100, y downwards.
_GLYPHS = {
    "A": "M0 100 37 0H63L100 100H76L69.5 79H30.5L24 100ZM36.5 60H63.5L50 18Z",
    "C": "M100 66C95 88 77 100 53 100 21 100 0 81 0 50 0 19 21 0 53 0 77 0 94 12 99 33L75 38C72 26 64 19 53 19"
    " 36 19 25 31 25 50 25 69 36 81 53 81 65 81 73 74 76 61Z",
    "G": "M53 46H100V85C88 95 72 100 55 100 22 100 0 81 0 50 0 19 21 0 54 0 78 0 95 11 99 31L75 36C72 25 65 19 54 19"
    " 36 19 25 31 25 50 25 70 36 81 55 81 63 81 70 79 76 75V64H53Z",
    "T": "M0 0H100V19H62V100H38V19H0Z",
}

_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 4.0, 6.0, 18.0
_ASPECT = 0.3
_GAP = 0.03
_FONT = "font-family='Helvetica,Arial,sans-serif' font-size='10'"


def draw_logo(motif: Motif, ax: Axes, *, kind: Kind = "information") -> Axes:
    """Draw a motif on matplotlib axes and return them.

    Parameters
    ----------
    motif
        Motif to draw.
    ax
        Axes to draw on.
    kind
        Height of the letters: ``information`` in bits (the default), ``probability``,
        ``log_odds`` in bits, or ``counts`` of sites.

    Raises
    ------
    ParameterError
        When the kind is unknown.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = draw_logo(Motif(np.eye(4), "ACGT"), Figure(figsize=(4, 1)).subplots())
    >>> ax.get_ylabel(), [round(float(end), 1) for end in ax.get_ylim()]
    ('bits', [0.0, 2.0])
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['1', '2', '3', '4']
    """
    import logomaker  # type: ignore[import-untyped]
    import pandas as pd

    heights = pd.DataFrame(_heights(motif, kind).T, columns=list("ACGT"))
    heights.index.name = "position"
    logomaker.Logo(heights, ax=ax, color_scheme=COLOURS, baseline_width=0.5)
    ax.set_xticks(range(motif.width), [str(position + 1) for position in range(motif.width)])
    ax.set_ylabel(_LABELS[kind])
    ax.spines[["top", "right"]].set_visible(False)
    if kind in ("information", "probability"):
        ax.set_ylim(0, _ceiling(motif, kind))
    return ax


def logo_svg(
    motif: Motif, *, height: float = 110, width: float | None = None, kind: Kind = "information", title: str = ""
) -> str:
    """Draw a motif as one self-contained ``<svg>`` element, the same bytes every time.

    Parameters
    ----------
    motif
        Motif to draw.
    height
        Height in pixels, in (24, inf). Default 110.
    width
        Width in pixels, in (42, inf); by default it follows the number of positions.
    kind
        ``information`` (the default) or ``probability``.
    title
        Accessible title; by default the motif's name and consensus.

    Raises
    ------
    ParameterError
        When the kind or a size cannot be drawn.

    Examples
    --------
    >>> import numpy as np
    >>> svg = logo_svg(Motif(np.eye(4), "ACGT"))
    >>> svg.startswith("<svg "), svg.count("<path fill=")
    (True, 4)
    """
    plot = height - _TOP - _BOTTOM
    step = plot * _ASPECT if width is None else (width - _LEFT - _RIGHT) / motif.width
    _check(kind, plot, step)
    body = _axis(motif, kind, n_columns=motif.width, top=_TOP, step=step, height=plot)
    body += _row(motif, kind, left=_LEFT, top=_TOP, step=step, height=plot)
    body += _positions(motif.width, top=_TOP + plot, step=step)
    name = title or f"Sequence logo of {motif.name}, consensus {motif.consensus}"
    return _svg(body, _LEFT + motif.width * step + _RIGHT, height, name)


def aligned_logo_svg(motif: Motif, target: Motif, match: Match, *, height: float = 210) -> str:
    """Draw a motif above the database motif that it matched, aligned, as one ``<svg>`` element.

    The target is reverse complemented when the match says so, and the aligned columns
    are shaded. Positions count the columns that either motif covers.

    Parameters
    ----------
    motif, target
        Ours and the database's, as they were given to `match.match`.
    match
        Their match.
    height
        Height in pixels, in (80, inf). Default 210.

    Raises
    ------
    ParameterError
        When the height leaves no room.
    """
    below = target if match.strand == "+" else target.reverse_complement()
    start = -min(match.offset, 0)
    n_columns = start + max(match.offset + motif.width, target.width)
    caption = 15.0
    plot = (height - _BOTTOM - 2 * (caption + _TOP)) / 2
    step = plot * _ASPECT * 1.1
    _check("information", plot, step)
    ours_at, theirs_at = _LEFT + (start + match.offset) * step, _LEFT + start * step
    tops = (caption + _TOP, 2 * (caption + _TOP) + plot)
    shade_at = _LEFT + (start + max(match.offset, 0)) * step
    label = f"{target.alternate_name} ({target.name})" if target.alternate_name else target.name
    label += ", reverse complement" if match.strand == "-" else ""
    body = [
        f"<rect x='{_n(shade_at)}' y='{_n(caption)}' width='{_n(match.overlap * step)}'"
        f" height='{_n(height - _BOTTOM - caption)}' fill='#888' fill-opacity='0.12'/>",
        _caption(motif.name, caption - 4),
        *_axis(motif, "information", n_columns=n_columns, top=tops[0], step=step, height=plot),
        *_row(motif, "information", left=ours_at, top=tops[0], step=step, height=plot),
        _caption(label, tops[1] - _TOP - 4),
        *_axis(below, "information", n_columns=n_columns, top=tops[1], step=step, height=plot),
        *_row(below, "information", left=theirs_at, top=tops[1], step=step, height=plot),
        *_positions(n_columns, top=tops[1] + plot, step=step),
    ]
    width = max(_LEFT + n_columns * step + _RIGHT, _LEFT + 6.2 * max(len(label), len(motif.name)))
    return _svg(body, width, height, f"Sequence logo of {motif.name} aligned above that of {label}")


def _heights(motif: Motif, kind: Kind) -> Matrix:
    if kind == "information":
        return motif.information()
    if kind == "probability":
        return motif.probabilities
    if kind == "log_odds":
        return motif.log_odds()
    if kind == "counts":
        return motif.counts
    msg = f"kind must be one of {', '.join(_LABELS)}. Got {kind!r}."
    raise ParameterError(msg)


def _ceiling(motif: Motif, kind: Kind) -> float:
    """Return the top of the axis: 2 bits, or more when the background lets a column say more."""
    if kind == "probability":
        return 1.0
    return max(2.0, float(np.ceil(motif.information_content().max() - 1e-9)))


def _check(kind: Kind, plot: float, step: float) -> None:
    if kind not in ("information", "probability"):
        msg = f"kind must be 'information' or 'probability' for SVG. Got {kind!r}."
        raise ParameterError(msg)
    if plot <= 0 or step <= 0:
        msg = (
            "height and width must leave room for the letters: height above 24 (80 for aligned logos), width above 42."
        )
        raise ParameterError(msg)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _svg(body: list[str], width: float, height: float, title: str) -> str:
    name = escape(title)
    size = f"width='{_n(width)}' height='{_n(height)}' viewBox='0 0 {_n(width)} {_n(height)}'"
    head = f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' aria-label='{name}' {_FONT}>"
    return "\n".join([head, f"<title>{name}</title>", *body, "</svg>"])


def _row(motif: Motif, kind: Kind, *, left: float, top: float, step: float, height: float) -> list[str]:
    ceiling = _ceiling(motif, kind)
    body = []
    for position, column in enumerate(_heights(motif, kind).T):
        bottom = top + height
        for base in np.argsort(column, kind="stable"):
            size = float(column[base]) / ceiling * height
            if size >= 0.25:
                body.append(_letter("ACGT"[base], left + position * step, bottom - size, step, size))
                bottom -= size
    return body


def _letter(base: str, x: float, y: float, width: float, height: float) -> str:
    place = f"translate({_n(x + width * _GAP)} {_n(y)})"
    scale = f"scale({width * (1 - 2 * _GAP) / 100:.5f} {height / 100:.5f})"
    return f"<path fill='{COLOURS[base]}' transform='{place} {scale}' d='{_GLYPHS[base]}'/>"


def _axis(motif: Motif, kind: Kind, *, n_columns: int, top: float, step: float, height: float) -> list[str]:
    ceiling, x = _ceiling(motif, kind), _LEFT - 4
    ticks = np.arange(int(ceiling) + 1) if kind == "information" else np.array([0, 0.5, 1])
    marks = "".join(f"M{_n(x - 4)} {_n(top + height * (1 - tick / ceiling))}h4" for tick in ticks)
    labels = [
        f"<text x='{_n(x - 6)}' y='{_n(top + height * (1 - tick / ceiling) + 3.5)}' text-anchor='end'"
        f" fill='currentColor'>{tick:g}</text>"
        for tick in ticks
    ]
    turn = f"translate(9 {_n(top + height / 2)}) rotate(-90)"
    name = f"<text transform='{turn}' text-anchor='middle' fill='currentColor'>{_LABELS[kind]}</text>"
    end = _n(_LEFT + n_columns * step)
    line = f"<path d='M{_n(x)} {_n(top)}v{_n(height)}H{end}{marks}' fill='none' stroke='currentColor'/>"
    return [name, line, *labels]


def _positions(n_columns: int, *, top: float, step: float) -> list[str]:
    every = 1 if step >= 13 else 2 if step >= 7 else 5
    return [
        f"<text x='{_n(_LEFT + (position - 0.5) * step)}' y='{_n(top + 12)}' text-anchor='middle'"
        f" fill='currentColor'>{position}</text>"
        for position in range(1, n_columns + 1)
        if position == 1 or position % every == 0
    ]


def _caption(text: str, y: float) -> str:
    return f"<text x='{_n(_LEFT)}' y='{_n(y)}' font-weight='bold' fill='currentColor'>{escape(text)}</text>"
