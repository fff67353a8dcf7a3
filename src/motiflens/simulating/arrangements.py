"""Sums over all the ways in which a layout can place its sites.

What each site's window says comes in as ``(starts, n)``, a column a sequence. A sum runs over
numbers scaled by the best window of each site, which is quick. Where the best windows exclude each
other by so much that the scaled sum vanishes, the same sum is taken again over logarithms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, factorial, log, prod

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Counts = tuple[int, ...]

_VANISHED = 1e-200


@dataclass(frozen=True)
class Windows:
    """What the windows of some sequences say if they are a site of one kind.

    Attributes
    ----------
    logs
        ``(starts, n)`` logarithms of ratios to the background.
    width
        Of the site.
    peak
        ``(n,)`` the highest of them; 0 where the site is impossible.
    possible
        ``(n,)`` whether it is possible anywhere.
    numbers
        ``(n, length + 1)`` the ratios over that of the peak, 0 where the site does not fit.
    """

    logs: Floats
    width: int
    peak: Floats
    possible: npt.NDArray[np.bool_]
    numbers: Floats

    def log_mean(self) -> Floats:
        """Return the log of the mean over all starts, ``(n,)``."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.numbers.sum(axis=1)) + self.peak - log(len(self.logs)))


def windows_of(logs: Floats, width: int) -> Windows:
    """Return windows of a width, from ``(starts, n)`` logarithms."""
    peak = logs.max(axis=0)
    possible = np.isfinite(peak)
    peak[~possible] = 0.0
    numbers = np.zeros((logs.shape[1], len(logs) + width))
    np.exp((logs - peak).T, out=numbers[:, : len(logs)])
    return Windows(logs, width, peak, possible, numbers)


def log_sum(logs: Floats) -> Floats:
    """Return the logarithm of the sum over the first axis.

    Examples
    --------
    >>> log_sum(np.log([[1.0, 2.0], [3.0, 0.5]])).round(3).tolist()
    [1.386, 0.916]
    """
    peak = logs.max(axis=0)
    peak[~np.isfinite(peak)] = 0.0
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(logs - peak).sum(axis=0)) + peak)


def scattered(windows: Sequence[Windows], wanted: Sequence[Counts], distance: int) -> list[Floats]:
    """Return the log of the mean, over all arrangements without overlap, of what the sites say together.

    Built from the left: the sum over arrangements of some sites is that over those of one site
    fewer, to the left of the last one. Sites of one kind are counted, not told apart. Sums for
    fewer sites are steps on the way to those for more, so all that are wanted are taken together.

    Parameters
    ----------
    windows
        For each kind of site.
    wanted
        Numbers of sites of each kind, at least one site in all.
    distance
        Fewest bases between two sites.

    Returns
    -------
    logs
        ``(n,)`` for each of ``wanted``.
    """
    widths = [kind.width for kind in windows]
    length = len(windows[0].logs) + widths[0] - 1
    steps = _steps(wanted)

    def numbers(rows: Floats) -> list[Floats]:
        table = np.array([step for some in steps.values() for step in some], dtype=np.int64)
        sums = _sums_from_left(rows, np.array(widths), table, len(steps) + 1, distance)
        return [sums[:, steps[counts][0][0]] for counts in wanted]

    def logarithms(logs: Sequence[Floats]) -> list[Floats]:
        return _logs_from_left(logs, widths, steps, wanted, distance)

    return [
        sums - log(n_arrangements(length, widths, counts, distance))
        for sums, counts in zip(_logs_of(windows, wanted, numbers, logarithms), wanted, strict=True)
    ]


def _steps(wanted: Sequence[Counts]) -> dict[Counts, list[tuple[int, int, int]]]:
    """Return for all numbers of sites on the way how they come about, in an order in which each can be built.

    A way to come about is the number of the state itself, that of the state with one site fewer
    (0 for none), and the kind of the last site.
    """
    upto = {counts for most in wanted for counts in product(*(range(count + 1) for count in most))}
    states = {counts: index for index, counts in enumerate(sorted(upto, key=lambda counts: (sum(counts), counts)))}
    return {
        counts: [
            (index, states[(*counts[:kind], count - 1, *counts[kind + 1 :])], kind)
            for kind, count in enumerate(counts)
            if count
        ]
        for counts, index in states.items()
        if any(counts)
    }


@njit(cache=True, nogil=True)
def _sums_from_left(rows: Floats, widths: Integers, steps: Integers, n_states: int, distance: int) -> Floats:
    """Return the sum over arrangements for each state, ``(n, states)``, from ``(n, kinds, length + 1)`` numbers."""
    n, _, n_places = rows.shape
    sums = np.ones((n, n_states))
    until = np.ones((n_states, n_places))  # what ends at each place or before it
    for row in range(n):
        until[1:] = 0.0
        for step in range(len(steps)):
            state, fewer, kind = steps[step]
            width, shift = widths[kind], distance if fewer else 0
            n_starts = max(n_places - width - shift, 0)
            ending, before, last = until[state, shift + width :], until[fewer], rows[row, kind, shift:]
            for start in range(n_starts):
                ending[start] += last[start] * before[start]
            if step + 1 == len(steps) or steps[step + 1, 0] != state:
                total = 0.0
                for place in range(n_places):
                    total += until[state, place]
                    until[state, place] = total
                sums[row, state] = total
    return sums


def _logs_from_left(
    windows: Sequence[Floats],
    widths: Sequence[int],
    steps: Mapping[Counts, list[tuple[int, int, int]]],
    wanted: Sequence[Counts],
    distance: int,
) -> list[Floats]:
    """Return the log of the sum over arrangements for each of ``wanted``, ``(n,)``."""
    shape = (len(windows[0]) + widths[0], windows[0].shape[1])
    until = [np.zeros(shape)]
    for some in steps.values():
        ending = np.full(shape, -np.inf)
        for _, fewer, kind in some:
            shift = distance if fewer else 0
            last = windows[kind][shift:]
            places = ending[shift + widths[kind] :]
            np.logaddexp(places, last + until[fewer][: len(last)], out=places)
        until.append(np.logaddexp.accumulate(ending, axis=0))
    return [until[steps[counts][0][0]][-1] for counts in wanted]


def n_arrangements(length: int, widths: Sequence[int], counts: Sequence[int], distance: int) -> int:
    """Count arrangements: the orders of the kinds, times the ways to share out the free bases; 0 if none fits."""
    n_sites = sum(counts)
    taken = sum(width * count for width, count in zip(widths, counts, strict=True)) + distance * (n_sites - 1)
    orders = factorial(n_sites) // prod(factorial(count) for count in counts)
    return orders * comb(length - taken + n_sites, n_sites) if taken <= length else 0


def spaced(windows: Sequence[Windows], gaps: Sequence[tuple[int, int]]) -> Floats:
    """Return the log of the mean of what the sites say together over gaps and starts.

    Each gap is uniform in its range, and then the start is uniform among those that fit, so what
    counts is the sum of the gaps so far and where the first site starts.

    Parameters
    ----------
    windows
        For each site.
    gaps
        Fewest and most bases between one and the next.

    Returns
    -------
    logs
        ``(n,)``.
    """
    widths = [site.width for site in windows]
    n_ways = prod(most - fewest + 1 for fewest, most in gaps)

    def numbers(rows: Floats) -> list[Floats]:
        return [_sums_in_turn(rows, np.array(widths), np.array(gaps))]

    def logarithms(logs: Sequence[Floats]) -> list[Floats]:
        return [_logs_in_turn(logs, widths, gaps)]

    return _logs_of(windows, [(1,) * len(windows)], numbers, logarithms)[0] - log(n_ways)


@njit(cache=True, nogil=True)
def _sums_in_turn(rows: Floats, widths: Integers, gaps: Integers) -> Floats:
    """Return the sum over gaps of the mean over starts, ``(n,)``, from ``(n, sites, length + 1)`` numbers.

    With the first site at one place, all gaps that bring the next site to one place have one
    factor for it; what they add up before that is a sum over a range of the totals so far.
    """
    n, n_sites, n_places = rows.shape
    n_totals = gaps[:-1, 1].sum() - gaps[:-1, 0].sum() + 1
    before, reached = np.zeros((n_totals, n_places)), np.zeros((n_totals, n_places))
    ahead, behind = np.zeros((n_totals, n_places)), np.zeros((n_totals, n_places))
    sums, ones = np.zeros((1, n_places)), np.ones(n_places)
    means = np.zeros(n)
    for row in range(n):
        before[0] = rows[row, 0]
        totals, nearest = 1, 0  # sums of the gaps so far, and the least place of a site after the first
        for site in range(1, n_sites):
            is_last = site == n_sites - 1
            once = n_sites == 2  # the first site's factor can wait until all gaps are added up
            n_gaps = gaps[site - 1, 1] - gaps[site - 1, 0] + 1
            nearest += widths[site - 1] + gaps[site - 1, 0]
            _add_up_blocks(before[:totals], n_gaps, ahead, behind)
            into = sums if is_last else reached
            into[:] = 0.0
            for total in range(totals + n_gaps - 1):
                here = rows[row, site, nearest + total : n_places - widths[site]]
                weight, grown = (1.0 / len(here), into[0]) if is_last else (1.0, into[total])
                first, last = max(total - n_gaps + 1, 0), min(total, totals - 1)
                if once or first % n_gaps == 0:
                    _add_product(grown, ones if once else ahead[last], here, weight)
                else:
                    _add_product(grown, behind[first], here, weight)
                    if first // n_gaps != last // n_gaps:
                        _add_product(grown, ahead[last], here, weight)
            totals += n_gaps - 1
            before, reached = reached, before
        means[row] = (sums[0] * rows[row, 0]).sum() if n_sites == 2 else sums[0].sum()
    return means


@njit(cache=True, nogil=True)
def _add_product(into: Floats, so_far: Floats, here: Floats, weight: float) -> None:
    for start in range(len(here)):
        into[start] += weight * so_far[start] * here[start]


@njit(cache=True, nogil=True)
def _add_up_blocks(numbers: Floats, size: int, ahead: Floats, behind: Floats) -> None:
    """Add up the rows of each block of ``size``: from its first to each one, and from each one to its last.

    The sum of any ``size`` rows is one of the one kind and one of the other, without subtracting.
    """
    n = len(numbers)
    for row in range(n):
        ahead[row] = numbers[row]
        if row % size:
            ahead[row] += ahead[row - 1]
    for row in range(n - 1, -1, -1):
        behind[row] = numbers[row]
        if row + 1 < n and (row + 1) % size:
            behind[row] += behind[row + 1]


def _logs_in_turn(windows: Sequence[Floats], widths: Sequence[int], gaps: Sequence[tuple[int, int]]) -> Floats:
    """Return the log of the sum over gaps of the mean over starts, ``(n,)``."""
    by_total = {0: windows[0]}  # sum of the gaps so far -> by start of the first site
    offset = 0
    for site, (fewest, most) in enumerate(gaps, start=1):
        offset += widths[site - 1]
        grown: dict[int, Floats] = {}
        for total, gap in product(by_total, range(fewest, most + 1)):
            here = windows[site][offset + total + gap :]
            found = by_total[total][: len(here)] + here
            before = grown.get(total + gap)
            grown[total + gap] = found if before is None else np.logaddexp(before, found)
        by_total = grown
    return np.asarray(np.logaddexp.reduce([np.logaddexp.reduce(f, axis=0) - log(len(f)) for f in by_total.values()]))


def _logs_of(
    windows: Sequence[Windows],
    counts: Sequence[Counts],
    numbers: Callable[[Floats], list[Floats]],
    logarithms: Callable[[Sequence[Floats]], list[Floats]],
) -> list[Floats]:
    """Return the logs of sums of products, each of ``counts`` ratios of each kind, ``(n,)`` each.

    The sums are taken over ``numbers``, and again over ``logarithms`` where that is needed.
    """
    sums = numbers(np.stack([kind.numbers for kind in windows], axis=1))
    with np.errstate(divide="ignore"):
        results = [
            np.log(total) + sum(count * kind.peak for count, kind in zip(some, windows, strict=True))
            for total, some in zip(sums, counts, strict=True)
        ]
    again = np.any(
        [
            (total < _VANISHED) & np.all([kind.possible for kind, count in zip(windows, some, strict=True) if count], 0)
            for total, some in zip(sums, counts, strict=True)
        ],
        axis=0,
    )
    again[again] = _can_vanish([kind.logs[:, again] for kind in windows], np.max(counts, axis=0))
    if again.any():
        for result, logs in zip(results, logarithms([kind.logs[:, again] for kind in windows]), strict=True):
            result[again] = logs
    return results


def _can_vanish(windows: Sequence[Floats], counts: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Tell where the least product above 0 is too small a number, ``(n,)``; elsewhere no sum is 0 by rounding alone."""
    least = np.zeros(windows[0].shape[1])
    for logs, count in zip(windows, counts, strict=True):
        low = np.where(np.isfinite(logs), logs, np.inf).min(axis=0)
        least += count * (low - logs.max(axis=0))
    return np.asarray(least < log(_VANISHED))
