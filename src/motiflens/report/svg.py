"""Small plots as inline SVG: a frame with axes, and the marks that go into it.

Colours and line styles are classes (``a``, ``b``, ``guide``, …) that the page's style sheet
defines, so every figure looks alike and prints well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 12, 26, 42


@dataclass(frozen=True)
class Frame:
    """The plotting area: a linear map from data to the picture.

    Attributes
    ----------
    x, y
        Lowest and highest value shown on each axis.
    width, height
        Size of the whole picture, in SVG user units (pixels at full size).
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: int = 360
    height: int = 270

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the plotting area in the picture."""
        return _LEFT, _TOP, self.width - _RIGHT, self.height - _BOTTOM

    def across(self, values: npt.ArrayLike) -> Floats:
        """Return horizontal places of ``values``, in the picture."""
        left, _, right, _ = self.box
        low, high = self.x
        return np.asarray(left + (np.asarray(values, dtype=np.float64) - low) / (high - low) * (right - left))

    def up(self, values: npt.ArrayLike) -> Floats:
        """Return vertical places of ``values``, in the picture."""
        _, top, _, bottom = self.box
        low, high = self.y
        return np.asarray(bottom - (np.asarray(values, dtype=np.float64) - low) / (high - low) * (bottom - top))


def nice_ticks(low: float, high: float, *, about: int = 5) -> list[float]:
    """Return round numbers, multiples of 1, 2 or 5 times a power of ten, within [low, high].

    Examples
    --------
    >>> nice_ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> nice_ticks(-52, 52)
    [-50.0, 0.0, 50.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, 1 - math.floor(math.log10(step)))
    return [round(index * step, digits) + 0.0 for index in range(first, last + 1)]


def plot(frame: Frame, marks: Sequence[str], *, x_label: str, y_label: str, x_whole: bool = False,
         percent: bool = False, x_names: Mapping[float, str] | None = None) -> str:  # fmt: skip
    """Return a whole picture: grid, axes with tick labels and names, and the marks on top.

    Parameters
    ----------
    frame
        The plotting area.
    marks
        SVG elements, drawn in order.
    x_label, y_label
        Names of the axes, with units.
    x_whole
        Put ticks at whole numbers only. Default False.
    percent
        Label the y axis in percent of 1. Default False.
    x_names
        Put ticks at these places of the x axis alone, with these names. Default: round numbers.
    """
    x_ticks = list(x_names) if x_names else nice_ticks(*frame.x)
    if x_whole and not x_names:
        x_ticks = [tick for tick in x_ticks if tick == int(tick)]
    parts = [
        f'<svg class="plot" viewBox="0 0 {frame.width} {frame.height}" aria-hidden="true" focusable="false">',
        *_x_axis(frame, x_ticks, x_names or {}),
        *_y_axis(frame, nice_ticks(*frame.y), percent=percent),
        *_axis_names(frame, x_label, y_label),
        *marks,
        "</svg>",
    ]
    return "".join(parts)


def line(frame: Frame, x: npt.ArrayLike, y: npt.ArrayLike, style: str) -> str:
    """Return a polyline through the data; points that would not be seen are left out."""
    places = np.stack([frame.across(x), frame.up(y)], axis=1)
    return f'<path class="line {style}" d="{_path(places)}"/>'


def area(frame: Frame, x: npt.ArrayLike, y: npt.ArrayLike, style: str) -> str:
    """Return the filled area between the data and the bottom of the frame."""
    places = np.stack([frame.across(x), frame.up(y)], axis=1)
    bottom = frame.box[3]
    closed = np.concatenate([[[places[0, 0], bottom]], places, [[places[-1, 0], bottom]]])
    return f'<path class="area {style}" d="{_path(closed)}Z"/>'


def band(frame: Frame, x: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike, style: str) -> str:
    """Return the filled area between two lines through the same places of the x axis."""
    across = frame.across(x)
    upper, lower = (np.stack([across, frame.up(y)], axis=1) for y in (high, low))
    return f'<path class="area {style}" d="{_path(np.concatenate([upper, lower[::-1]]))}Z"/>'


def dot(frame: Frame, x: float, y: float, style: str, *, radius: float = 4) -> str:
    """Return a round mark at one point."""
    return f'<circle class="dot {style}" cx="{frame.across(x):.1f}" cy="{frame.up(y):.1f}" r="{radius:g}"/>'


def diamond(frame: Frame, x: float, y: float, style: str) -> str:
    """Return a mark at one point that cannot be taken for a dot."""
    across, up = frame.across(x), frame.up(y)
    return f'<path class="diamond {style}" d="M{across:.1f} {up - 6:.1f}l6 6l-6 6l-6 -6Z"/>'


def note(x: float, y: float, text: str, *, style: str = "", anchor: str = "start") -> str:
    """Return text at a place in the picture (not in the data)."""
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def key(frame: Frame, entries: Sequence[tuple[str, str]]) -> list[str]:
    """Return a one-line key above the plotting area: pairs of style and name."""
    parts, x, y = [], float(frame.box[0]), frame.box[1] - 12.0
    for style, name in entries:
        parts.append(f'<path class="line {style}" d="M{x:.1f} {y:.1f}h18"/>')
        parts.append(note(x + 23, y + 4, name, style="key"))
        x += 23 + 6.4 * len(name) + 16
    return parts


def stairs(edges: Floats, heights: Floats) -> tuple[Floats, Floats]:
    """Return the outline of a histogram, ``(2 n_bins,)`` x and y.

    Examples
    --------
    >>> [values.tolist() for values in stairs(np.array([0.0, 1, 2]), np.array([5.0, 3]))]
    [[0.0, 1.0, 1.0, 2.0], [5.0, 5.0, 3.0, 3.0]]
    """
    return np.repeat(edges, 2)[1:-1], np.repeat(heights, 2)


def _x_axis(frame: Frame, ticks: Sequence[float], names: Mapping[float, str]) -> list[str]:
    left, top, right, bottom = frame.box
    parts = []
    for tick, place in zip(ticks, frame.across(ticks), strict=True):
        parts.append(f'<path class="grid" d="M{place:.1f} {top}V{bottom}"/>')
        parts.append(note(place, bottom + 15, names.get(tick, number(tick)), anchor="middle"))
    return [*parts, f'<path class="axis" d="M{left} {bottom}H{right}"/>']


def _y_axis(frame: Frame, ticks: Sequence[float], *, percent: bool) -> list[str]:
    left, _, right, _ = frame.box
    parts = []
    for tick, place in zip(ticks, frame.up(ticks), strict=True):
        parts.append(f'<path class="grid" d="M{left} {place:.1f}H{right}"/>')
        text = f"{number(100 * tick)}%" if percent else number(tick)
        parts.append(note(left - 6, place + 4, text, anchor="end"))
    return parts


def _axis_names(frame: Frame, x_label: str, y_label: str) -> list[str]:
    left, top, right, bottom = frame.box
    middle = (top + bottom) / 2
    turned = f'<text class="name" transform="translate(12 {middle:.1f}) rotate(-90)" text-anchor="middle">'
    return [
        note((left + right) / 2, frame.height - 7, x_label, style="name", anchor="middle"),
        f"{turned}{escape(y_label)}</text>",
    ]


def number(value: float) -> str:
    """Return a tick's label, with a true minus sign.

    Examples
    --------
    >>> number(-0.5), number(20.0)
    ('−0.5', '20')
    """
    return f"{value:.6g}".replace("-", "−")


def _path(places: Floats) -> str:
    rounded = np.round(places, 1)
    kept = rounded[_bends(rounded)]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept)


def _bends(points: Floats) -> npt.NDArray[np.bool_]:
    """Tell which points a line needs: not repeated, and not in the middle of a straight run."""
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    index = np.flatnonzero(keep)
    if len(index) > 2:
        steps = np.diff(points[index], axis=0)
        turn = steps[:-1, 0] * steps[1:, 1] - steps[:-1, 1] * steps[1:, 0]
        back = (steps[:-1] * steps[1:]).sum(axis=1) < 0
        keep[index[1:-1]] = (np.abs(turn) > 1e-9) | back
    return keep
