"""How long likelihood ratios take, roughly: what a limit can afford to draw."""

from __future__ import annotations

from motiflens.simulating.class_likelihoods import layouts_of
from motiflens.simulating.generators import Generator, Overwritten, Spaced

_BUDGET = 5e9  # nanoseconds, of one processor of 2020
_FEWEST, _MOST = 200, 100_000

# Measured nanoseconds a letter
_DRAWING = 25.0
_PART = 10.0
_SHIFT = 4.0
_PLACE, _PLACE_OF_TWO = 1.2, 0.12  # of a site after the first; of two sites, in fewer passes
_NOISE = 180.0
_NOISY_COLUMN = 8.0


def affordable_draws(generator: Generator, *, noisy: bool = False) -> int:
    """Return how many sequences of each class can be drawn and scored in a few seconds, from 200 to 100 000.

    It depends on the task alone, so that the same seed gives the same limit on every machine.

    Examples
    --------
    >>> from motiflens.simulating.background import independent
    >>> from motiflens.simulating.generators import Nothing
    >>> nothing = ((1.0, Nothing()),)
    >>> [affordable_draws(Generator((), independent(), length, nothing, nothing)) for length in (100, 10_000, 10**6)]
    [100000, 10000, 200]
    """
    each = nanoseconds(generator, noisy=noisy)
    return int(min(max(_BUDGET / (2 * each), _FEWEST), _MOST))


def nanoseconds(generator: Generator, *, noisy: bool = False) -> float:
    """Return how long drawing and scoring one sequence takes, within a factor of about three.

    Examples
    --------
    >>> from motiflens.simulating.background import independent
    >>> from motiflens.simulating.generators import Nothing
    >>> nanoseconds(Generator((), independent(), 100, ((1.0, Nothing()),), ((1.0, Nothing()),)))
    2500.0
    """
    layouts = set(layouts_of(generator))
    parts = {part for layout in layouts for part in layout.parts}
    readings = {part: 1 + (0 < part.reverse < 1) for part in parts}  # a site of either strand is read twice
    letter = _DRAWING + _PART * sum(readings.values())
    for layout in layouts:
        widths = [generator.motifs[part.motif].width for part in layout.parts]
        match layout:
            case Spaced(gaps=gaps):
                letter += (_PLACE_OF_TWO if len(gaps) == 1 else _PLACE) * _places(gaps)
            case Overwritten():
                letter += _SHIFT * (sum(widths) + 1) * sum(readings[part] for part in layout.parts)
    if noisy:
        letter += _NOISE + _NOISY_COLUMN * sum(
            times * generator.motifs[part.motif].width for part, times in readings.items()
        )
    return letter * generator.length


def _places(gaps: tuple[tuple[int, int], ...]) -> int:
    """Count the sums of gaps so far, over all sites after the first."""
    places, totals = 0, 1
    for fewest, most in gaps:
        totals += most - fewest
        places += totals
    return places
