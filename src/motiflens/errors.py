"""The errors that motiflens raises on purpose.

::

    MotiflensError
    ├── InputError (ValueError)      a file, record or sequence that cannot be used
    ├── ParameterError (ValueError)  an option outside its range, or options that contradict
    └── OutputError (OSError)        a result that cannot be written

Each message is one line that says what was expected, what came, where, and what to do.
The command line prints it and exits with code 2; anything else that escapes is a defect.
"""

from __future__ import annotations


class MotiflensError(Exception):
    """Base of every error that motiflens raises on purpose."""


class InputError(MotiflensError, ValueError):
    """A file, record or sequence that cannot be used as it is."""


class ParameterError(MotiflensError, ValueError):
    """An option outside its range, or options that contradict each other."""


class OutputError(MotiflensError, OSError):
    """A result that cannot be written where it was asked for."""
