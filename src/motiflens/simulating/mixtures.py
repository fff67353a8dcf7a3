"""Mixtures of layouts: put together, thinned, turned to either strand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from motiflens.simulating.generators import Layout, Mixture, Nothing, Overwritten, Part, Placed, Scattered, Spaced

Shares = list[tuple[float, Layout]]


def alike(layouts: Iterable[Layout]) -> Shares:
    """Return layouts at equal odds."""
    known = list(layouts)
    return [(1 / len(known), layout) for layout in known]


def thinned(shares: Shares, probability: float) -> Shares:
    """Return a mixture in which what is planted is there with a probability only, and else nothing."""
    return [*((share * probability, layout) for share, layout in shares), (1 - probability, Nothing())]


def merged(shares: Shares) -> Mixture:
    """Return a mixture that names each layout once and leaves out those that never come."""
    totals: dict[Layout, float] = {}
    for share, layout in shares:
        totals[layout] = totals.get(layout, 0.0) + share
    return tuple((total, layout) for layout, total in totals.items() if total > 0)


def on_both_strands(shares: Shares) -> Shares:
    """Return a mixture with each site on either strand; sites in order are turned as a whole."""
    turned: Shares = []
    for share, layout in shares:
        if isinstance(layout, Spaced):
            turned += [(share / 2, layout), (share / 2, reverse_complement_of(layout))]
        else:
            turned.append((share, _either_way(layout)))
    return turned


def reverse_complement_of(layout: Spaced) -> Spaced:
    """Return what the other strand of such sequences holds: order, strands and gaps turned over."""
    parts = tuple(replace(part, reverse=1 - part.reverse) for part in reversed(layout.parts))
    return Spaced(parts, layout.gaps[::-1])


def _either_way(layout: Layout) -> Layout:
    match layout:
        case Scattered(parts=parts):
            return replace(layout, parts=tuple(_either(part) for part in parts))
        case Placed(part=part):
            return replace(layout, part=_either(part))
        case Overwritten(first=first, second=second):
            return Overwritten(_either(first), _either(second))
        case _:
            return layout


def _either(part: Part) -> Part:
    return replace(part, reverse=0.5)
