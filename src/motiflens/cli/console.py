"""What a command says while it runs: log lines and progress bars, on stderr alone."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from motiflens.errors import ParameterError

if TYPE_CHECKING:
    from rich.console import Console

_LOGGER = "motiflens"
_log = logging.getLogger(_LOGGER)
_WARNINGS = "py.warnings"


def start_logging(*, verbose: bool, quiet: bool) -> Console:
    """Send log lines to stderr, coloured on a terminal and plain elsewhere.

    Parameters
    ----------
    verbose
        Show debugging lines, and the warnings of other packages.
    quiet
        Show errors only.

    Raises
    ------
    ParameterError
        When both are asked for.
    """
    from rich.console import Console

    if verbose and quiet:
        msg = "--verbose and --quiet contradict each other. Give one of them."
        raise ParameterError(msg)
    console = Console(stderr=True)
    stop_logging()
    logger = logging.getLogger(_LOGGER)
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO)
    logger.addHandler(_handler(console))
    logging.captureWarnings(True)  # noqa: FBT003 (the only way to call it)
    logging.getLogger(_WARNINGS).addHandler(_handler(console) if verbose else logging.NullHandler())
    logging.getLogger(_WARNINGS).propagate = False
    return console


def stop_logging() -> None:
    """Undo `start_logging`."""
    for name in (_LOGGER, _WARNINGS):
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
    logging.captureWarnings(False)  # noqa: FBT003 (the only way to call it)


@contextmanager
def warnings_only(*names: str) -> Iterator[None]:
    """Let parts of the program say no more than warnings, such as each of many networks trained side by side."""
    loggers = [logging.getLogger(f"{_LOGGER}.{name}") for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def progress_bars(console: Console, *, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Yield a function ``(step, done, total)`` that draws bars; None where nobody would see them."""
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("ETA"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, int] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step.capitalize(), total=total)
            bars.update(tasks[step], completed=done, total=total)  # type: ignore[arg-type]

        yield show


@contextmanager
def compilation_notice() -> Iterator[None]:
    """Say once, when loops are compiled for this processor, why nothing seems to happen."""
    from numba.core import event

    class Notice(event.Listener):
        said = False

        def on_start(self, _: object) -> None:
            if not self.said:
                _log.info("First run on this machine: compiling, which takes some seconds and is kept for the next.")
            self.said = True

        def on_end(self, _: object) -> None:
            pass

    with event.install_listener("numba:compile", Notice()):
        yield


def _handler(console: Console) -> logging.Handler:
    if console.is_terminal:
        from rich.logging import RichHandler

        return RichHandler(console=console, show_path=False, show_level=False, markup=False, log_time_format="%H:%M:%S")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("motiflens: %(message)s"))
    return handler
