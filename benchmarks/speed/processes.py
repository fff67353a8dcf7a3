"""Run one of the programs of `child.py` in a fresh process."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measuring import Cost, timed

from speed.rows import CannotRunError

_CHILD = Path(__file__).with_name("child.py")


def fresh(
    program: str, *, environment: Mapping[str, str] | None = None, **arguments: object
) -> tuple[Cost, dict[str, Any]]:
    """Run a program with these arguments; return what the process took and what it says of itself.

    Raises
    ------
    CannotRunError
        When it fails; with its last line.
    """
    with tempfile.TemporaryDirectory() as home:
        said = Path(home) / "said.json"
        texts = json.dumps(arguments, default=str)
        cost = timed([sys.executable, "-P", str(_CHILD), program, str(said), texts], environment=environment)
        if cost.exit_code:
            raise CannotRunError(f"exit code {cost.exit_code}: {cost.last_line}")
        return cost, json.loads(said.read_text())
