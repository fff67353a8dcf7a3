"""Run one command line: every way that it can end becomes a line and an exit code."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import typer

from motiflens.cli.app import build_app
from motiflens.cli.console import stop_logging
from motiflens.errors import MotiflensError

_UsageError: type[Any] = typer.BadParameter.__mro__[1]  # typer exports its subclass alone
_BROKEN_PIPE = 141  # what a shell reports for a program that SIGPIPE ended


def run(argv: Sequence[str] | None, *, is_stopped: Callable[[], bool]) -> int:
    """Run a command line and return the exit code; errors become one line on stderr.

    An error after ``is_stopped`` is raised again: an interrupted import or callback may turn the
    interrupt into any other error.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    app = build_app()
    command = typer.main.get_command(app)
    name = _command_name(arguments, [info.name or "" for info in app.registered_commands])
    _write_what_can_be_written()
    try:
        with command.make_context("motiflens", arguments) as context:
            command.invoke(context)
        _flush()
    except typer.Exit as exit_:
        return _flushed(exit_.exit_code)
    except BrokenPipeError:
        _silence_stdout()
        return _BROKEN_PIPE
    except SystemExit as stopped:  # rich, when its reader goes away
        return stopped.code if isinstance(stopped.code, int) else 1
    except Exception as error:
        if is_stopped():
            raise
        return _explain(error, name)
    finally:
        stop_logging()
    return 0


def _explain(error: Exception, name: str) -> int:
    """Say in one line why the command failed, and return its exit code."""
    from sqlite3 import Error as DatabaseError

    if isinstance(error, _UsageError):
        words = error.format_message().replace("Value error, ", "")  # of the validation inside typer
        _say(f"{name}: error: {words}. Try '{name} --help'.".replace("..", "."))
        return 2
    if isinstance(error, MotiflensError):
        _say(f"{name}: error: {error}")
        return 2
    if isinstance(error, MemoryError):
        _say(f"{name}: error: not enough memory. Use fewer or shorter sequences (--window).")
        return 2
    if isinstance(error, DatabaseError):
        _say(f"{name}: error: the motif database cannot be read: {error}. Install motiflens anew, or give a file.")
        return 2
    if isinstance(error, OSError):
        _silence_stdout()
        where = f"{error.filename}: " if error.filename is not None else ""
        _say(f"{name}: error: {where}{error.strerror or error}")
        return 2
    if logging.getLogger("motiflens").isEnabledFor(logging.DEBUG):
        traceback.print_exception(error)
    _say(f"{name}: error: unexpected {type(error).__name__}: {error} (a defect of motiflens: please report it with "
         "the output of the same command and -v)")  # fmt: skip
    return 1


def _command_name(arguments: Sequence[str], commands: Sequence[str]) -> str:
    first = next((argument for argument in arguments if not argument.startswith("-")), "")
    return f"motiflens {first}" if first in commands else "motiflens"


def _say(message: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(" ".join(message.split()) + "\n")


def _flushed(code: int) -> int:
    try:
        _flush()
    except BrokenPipeError:
        _silence_stdout()
        return _BROKEN_PIPE
    except OSError as error:
        _silence_stdout()
        return _explain(error, "motiflens")
    return code


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _silence_stdout() -> None:
    """Send what is still unwritten nowhere, or Python complains about it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_what_can_be_written() -> None:
    """Let file names with letters that the terminal lacks be printed escaped, not crash."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
