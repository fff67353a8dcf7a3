"""Which of two labels means the positives."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NEGATIVE = """
    0 -1 f false n no neg negative negatives unbound control controls background bg random inactive shuffled shuffle off
    absent other decoy
"""
_POSITIVE = """
    1 t true y yes pos positive positives bound case cases peak peaks active signal on present target motif
"""
_DENIAL = re.compile(r"^(non|not|un|in|no)[-_ ]?")


def positive_class(names: Sequence[str]) -> int | None:
    """Return which of two class names means the positives, None when they do not say.

    1 and 0, -1 and 1, or 1 and 2 say it, the larger being positive; so do usual words, and a
    word beside its denial.

    Examples
    --------
    >>> positive_class(["bound", "unbound"]), positive_class(["control", "case"]), positive_class(["0", "1"])
    (0, 1, 1)
    >>> positive_class(["enhancer", "non-enhancer"]), positive_class(["apple", "pear"])
    (0, None)
    """
    first, second = (name.strip().lower() for name in names)
    if all(re.fullmatch(r"[-+]?\d+", name) for name in (first, second)):
        return int(int(second) > int(first))
    verdicts = [_verdict(first, second), _verdict(second, first)]
    if verdicts in ([True, False], [True, None], [None, False]):
        return 0
    return 1 if verdicts in ([False, True], [None, True], [False, None]) else None


def _verdict(name: str, other: str) -> bool | None:
    """Tell whether a name means positive (True), negative (False) or neither by itself."""
    if name in _NEGATIVE.split() or _DENIAL.sub("", name) == other:
        return False
    return True if name in _POSITIVE.split() or _DENIAL.sub("", other) == name else None
