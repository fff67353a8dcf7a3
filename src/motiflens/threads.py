"""Threads that share out work which releases the interpreter's lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Team:
    """A number of threads, kept for as long as the team is; with one there is no thread but the caller's.

    Parameters
    ----------
    threads
        Threads, at least 1.

    Examples
    --------
    >>> Team(2).map(abs, [-3, 1, -2])
    [3, 1, 2]
    """

    def __init__(self, threads: int = 1) -> None:
        self.threads = max(threads, 1)
        self._here = threading.local()
        self._pool = ThreadPoolExecutor(threads, initializer=self._enter) if threads > 1 else None

    def _enter(self) -> None:
        self._here.is_one_of_ours = True

    def map(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
        """Apply a function to each item; the results are in the items' order.

        Called from one of the team's own threads, that thread does it all: the others may be waiting for it.
        """
        if self._pool is None or getattr(self._here, "is_one_of_ours", False):
            return [function(item) for item in items]
        return list(self._pool.map(function, items))

    def share(self, function: Callable[[slice], object], n: int) -> None:
        """Call a function with slices that cut n items into a part a thread."""
        starts = [n * part // self.threads for part in range(self.threads + 1)]
        parts = [slice(a, b) for a, b in pairwise(starts) if a < b]
        self.map(function, parts)


ALONE = Team()
"""The caller's thread."""


def side_by_side(
    function: Callable[[_Item, threading.Event], _Result],
    items: Sequence[_Item],
    *,
    threads: int,
    prepare: Callable[[], object] | None = None,
) -> list[_Result]:
    """Apply a function that takes long to each item, and stop all when one fails.

    Parameters
    ----------
    function
        Called with an item and an event: once that is set, it shall end soon.
    items
        What to work on; the results are in their order.
    threads
        Items that are worked on at the same time, >= 1. With one and nothing to prepare there is no
        thread but the caller's.
    prepare
        Called once in each thread.

    Raises
    ------
    BaseException
        What the function raised first, or an interruption, after all others have ended.

    Examples
    --------
    >>> side_by_side(lambda item, stop: -item, [3, 1, 2], threads=2)
    [-3, -1, -2]
    """
    stop = threading.Event()

    def one(item: _Item) -> _Result:
        try:
            return function(item, stop)
        except BaseException:
            stop.set()
            raise

    if threads == 1 and prepare is None:
        return [one(item) for item in items]
    with ThreadPoolExecutor(threads, initializer=prepare) as pool:
        try:
            return list(pool.map(one, items))
        except BaseException:
            stop.set()  # before the pool waits for its threads
            raise
