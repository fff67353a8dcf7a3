"""Checks of the dials of a task: each returns the value as the type that is meant, or says what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from math import isfinite
from numbers import Integral, Real
from typing import Any

from motiflens.errors import ParameterError

MOST_LABEL_NOISE = 0.5
"""Share of flipped labels at which they say nothing; with more they would be those of the other class."""


def whole(name: str, value: object, *, least: int, most: int | None = None) -> int:
    """Return a whole number of at least ``least``, and at most ``most``.

    Raises
    ------
    ParameterError
        When it is none.
    """
    given = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None
    if given is None or given < least or (most is not None and given > most):
        wanted = f"of at least {least}" if most is None else f"from {least} to {most}"
        msg = f"{name} must be a whole number {wanted}. Got {value!r}."
        raise ParameterError(msg)
    return given


def number(name: str, value: object, *, most: float | None = None) -> float:
    """Return a finite number of at least 0, and of at most ``most``.

    Raises
    ------
    ParameterError
        When it is none.
    """
    given = float(value) if isinstance(value, Real) and not isinstance(value, bool) else -1.0
    if not isfinite(given) or given < 0 or (most is not None and given > most):
        wanted = "a number of at least 0" if most is None else f"a number in [0, {most:g}]"
        msg = f"{name} must be {wanted}. Got {value!r}."
        raise ParameterError(msg)
    return given


def probability(name: str, value: object) -> float:
    """Return a probability.

    Raises
    ------
    ParameterError
        When it is not in [0, 1].
    """
    return number(name, value, most=1)


def one_of(name: str, value: object, allowed: Sequence[str]) -> str:
    """Return one of the words that are allowed.

    Raises
    ------
    ParameterError
        When it is none of them.
    """
    if not isinstance(value, str) or value not in allowed:
        wanted = " or ".join(allowed) if len(allowed) < 3 else f"one of {', '.join(allowed)}"
        msg = f"{name} must be {wanted}. Got {value!r}.{nearest(value, allowed)}"
        raise ParameterError(msg)
    return value


def several(name: str, value: object, *, least: int, most: int, why: str = "") -> list[Any]:
    """Return a sequence of ``least`` to ``most`` things as a list; ``why`` says in the error what they are for.

    Raises
    ------
    ParameterError
        When it is no sequence of that length.
    """
    given = list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else None
    if given is None or not least <= len(given) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        msg = f"{name} must be a sequence of {wanted}{why}. Got {value!r}."
        raise ParameterError(msg)
    return given


def whole_range(name: str, value: object, *, least: int) -> tuple[int, int]:
    """Return the fewest and the most of a range, both included.

    Raises
    ------
    ParameterError
        When it is no pair of whole numbers from ``least``, or they are in the wrong order.
    """
    given = list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else []
    if len(given) != 2:
        msg = f"{name} must be FEWEST,MOST, two whole numbers. Got {value!r}."
        raise ParameterError(msg)
    fewest, most = given
    pair = whole(f"The first of {name}", fewest, least=least), whole(f"The second of {name}", most, least=least)
    if pair[0] > pair[1]:
        msg = f"{name} must be the fewest and the most, in that order. Got {pair[0]} and {pair[1]}."
        raise ParameterError(msg)
    return pair


def nearest(word: object, known: Sequence[str]) -> str:
    """Return a sentence that offers the nearest of the words known; nothing when none is near.

    Examples
    --------
    >>> nearest("singel", ["single", "multi"])
    ' Did you mean single?'
    """
    near = get_close_matches(str(word).casefold(), known, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(near)}?" if near else ""
