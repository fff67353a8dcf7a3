"""The command line: parse, call one public function, write, and say how it ended.

Everything here is light to import; a command imports what it needs when it is called. That is
why imports stand inside functions in this package, and in no other.

Exit codes: 0 done, 1 a defect of motiflens, 2 input, options or output that cannot be used,
128 + n stopped by signal n (130 for Ctrl-C).
"""

from __future__ import annotations

from collections.abc import Sequence

from motiflens.cli.signals import Stopped, stoppable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the ``motiflens`` command and return its exit code.

    Parameters
    ----------
    argv
        Arguments after the program's name; those of the process by default.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    motiflens ...
    0
    """
    try:
        with stoppable() as is_stopped:
            from motiflens.cli.run import run

            return run(argv, is_stopped=is_stopped)
    except Stopped as stopped:
        return stopped.exit_code
