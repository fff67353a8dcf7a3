"""Signals that stop a command: it cleans up, says so in one line, and returns 128 + n."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

_GRACE = 2.0  # seconds during which a repeated signal does not disturb the clean-up
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Stopped(BaseException):
    """The command was stopped by a signal and has cleaned up."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.exit_code = 128 + signal_number


class _Watch:
    """Turns the first signal into `KeyboardInterrupt`, and remembers which one it was."""

    def __init__(self) -> None:
        self.signal_number = 0
        self._last = float("-inf")

    def handle(self, signal_number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last < _GRACE:
            return
        self._last = now
        self.signal_number = self.signal_number or signal_number
        raise KeyboardInterrupt


@contextlib.contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Run a block that SIGINT, SIGTERM and SIGHUP stop at any moment, imports included.

    The first signal becomes a `KeyboardInterrupt` in the block, so that its clean-up runs;
    another one in the next two seconds is ignored. Signals that the caller ignores (as under
    ``nohup``) stay ignored.

    Yields
    ------
    is_stopped
        Tells whether a signal has come: an error that follows one is but its echo.

    Raises
    ------
    Stopped
        After a signal, whatever the block made of its interruption.
    """
    watch = _Watch()
    before = _install(watch)
    try:
        yield lambda: watch.signal_number != 0
    except BaseException as error:
        if not watch.signal_number and not isinstance(error, KeyboardInterrupt):
            raise
        number = watch.signal_number or signal.SIGINT
        word = "interrupted" if number == signal.SIGINT else f"stopped by {signal.Signals(number).name}"
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"motiflens: {word}\n")
        raise Stopped(number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _install(watch: _Watch) -> dict[int, signal._HANDLER]:
    """Install the watch where nobody else handles the signal; return the handlers replaced."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    ours = [number for number in numbers if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)]
    return {number: signal.signal(number, watch.handle) for number in ours}
