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
    """Base of every error that motiflens raises on purpose.

    Examples
    --------
    >>> from motiflens.reading import read_sequences
    >>> try:
    ...     read_sequences("no-such-file.fa")
    ... except MotiflensError as error:
    ...     print(type(error).__name__)
    InputError
    """


class InputError(MotiflensError, ValueError):
    """A file, record or sequence that cannot be used as it is.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> try:
    ...     from_strings([])
    ... except InputError as error:
    ...     print(error)
    Expected at least one sequence with at least one base. Got none.
    """


class ParameterError(MotiflensError, ValueError):
    """An option outside its range, or options that contradict each other.

    Examples
    --------
    >>> from motiflens.simulating.planting import random_sequences
    >>> try:
    ...     random_sequences(2, 10, gc=1.5, random_state=0)
    ... except ParameterError as error:
    ...     print(error)
    n and length must be at least 1 and gc in [0, 1]. Got n=2, length=10, gc=1.5.
    """


class OutputError(MotiflensError, OSError):
    """A result that cannot be written where it was asked for.

    Examples
    --------
    >>> from motiflens.formats.motif_files import write_meme
    >>> try:
    ...     write_meme([], "no-such-folder/motifs.meme")
    ... except OutputError as error:
    ...     print(str(error).partition(":")[0])
    Cannot write motifs to no-such-folder/motifs.meme
    """
