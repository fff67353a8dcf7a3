"""Results as JSON lines: a header that says what they were made with, then a line a finished run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class OtherResultsError(Exception):
    """The file holds results that were made otherwise."""


@dataclass(frozen=True)
class Ledger:
    """The results of one tool in a file that only grows.

    Attributes
    ----------
    path
        The file.
    header
        Settings and versions that every result of the file shares.
    """

    path: Path
    header: Mapping[str, Any]

    def open(self, *, force: bool = False) -> dict[str, Record]:
        """Return the records that are there, by case, and make the file ready to be appended to.

        A last line that was cut off by the end of a run is dropped, from the file too.

        Parameters
        ----------
        force
            Throw away what was made otherwise. Default False.

        Raises
        ------
        OtherResultsError
            When the file was made with other settings or versions.
        """
        lines = _whole_lines(self.path)
        if lines and (json.loads(lines[0]) != dict(self.header)):
            if not force:
                raise OtherResultsError(_difference(self.path, json.loads(lines[0]), self.header))
            lines = []
        lines = lines or [json.dumps(dict(self.header)) + "\n"]
        fresh = self.path.with_suffix(".new")
        fresh.write_text("".join(lines), encoding="utf-8")
        fresh.replace(self.path)
        return _by_case(lines)

    def append(self, record: Record) -> None:
        """Add the record of a finished run."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def read(path: Path) -> tuple[Record, list[Record]]:
    """Return the header and the records of a file; both empty when it has no whole line."""
    lines = _whole_lines(path)
    return (json.loads(lines[0]), list(_by_case(lines).values())) if lines else ({}, [])


def _whole_lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n") and line.strip()]


def _by_case(lines: list[str]) -> dict[str, Record]:
    records = (json.loads(line) for line in lines[1:])
    return {record["case"]: record for record in records}


def _difference(path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    told = "; ".join(f"{name} {old.get(name)!r}, now {new.get(name)!r}" for name in names)
    return f"{path} was made otherwise: {told}. Use another --output, or --force to throw these results away."
