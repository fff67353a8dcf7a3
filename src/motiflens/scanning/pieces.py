"""Sequences of any lengths as pieces of even size: long ones cut, short ones joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import UNKNOWN, Codes

Integers = npt.NDArray[np.int64]
PIECE = 2**18
"""Bases in a piece."""
_GAP = np.array([UNKNOWN], dtype=np.uint8)


@dataclass(frozen=True)
class Piece:
    """Parts of sequences, end to end, with an unknown base after each but a single one.

    Attributes
    ----------
    code
        ``(L,)`` uint8.
    n_starts
        Windows that start in the first ``n_starts`` columns belong to this piece; later ones to
        the next, which holds those columns again.
    columns, sequences, offsets
        ``(m,)`` for each part: its first column; the index of its sequence; and the position in
        that sequence of its first base.
    """

    code: Codes
    n_starts: int
    columns: Integers
    sequences: Integers
    offsets: Integers

    def place(self, start: Integers) -> tuple[Integers, Integers]:
        """Return for columns, ``(n,)``, the index of the sequence and the position in it."""
        part = np.searchsorted(self.columns, start, side="right") - 1
        return self.sequences[part], self.offsets[part] + start - self.columns[part]

    def n_windows(self, widths: Integers) -> Integers:
        """Return for each width, ``(n,)``, how many windows of known bases start in the piece."""
        gaps = np.concatenate([[-1], np.flatnonzero(self.code >= UNKNOWN), [len(self.code)]])
        first, end = gaps[:-1] + 1, gaps[1:]
        known = first < end
        first, end = first[known], end[known]
        counts = [np.maximum(np.minimum(end - width + 1, self.n_starts) - first, 0).sum() for width in widths.tolist()]
        return np.array(counts, dtype=np.int64)


def pieces(sequences: Iterable[Codes], *, overlap: int, size: int = PIECE) -> Iterator[Piece]:
    """Cut and join sequences into pieces, in order, reading one sequence at a time.

    Parameters
    ----------
    sequences
        Codes, ``(length,)`` uint8 each, of any lengths.
    overlap
        Bases that a piece shares with the next of the same sequence: the widest window less 1.
    size
        Bases in a piece, in [1, inf): a longer sequence is cut, shorter ones are joined until
        there are as many.

    Examples
    --------
    >>> cut = pieces([np.arange(4, dtype=np.uint8), np.arange(2, dtype=np.uint8)], overlap=1, size=3)
    >>> [piece.code.tolist() for piece in cut]
    [[0, 1, 2, 3], [3], [0, 1, 4]]
    """
    waiting: list[tuple[int, Codes]] = []
    n_waiting = 0
    for index, code in enumerate(sequences):
        long = len(code) > size
        if waiting and (long or n_waiting >= size):
            yield _joined(waiting)
            waiting, n_waiting = [], 0
        if long:
            yield from _cut(index, code, overlap, size)
        else:
            waiting.append((index, code))
            n_waiting += len(code) + 1
    if waiting:
        yield _joined(waiting)


def _joined(parts: list[tuple[int, Codes]]) -> Piece:
    lengths = np.array([len(code) + 1 for _, code in parts], dtype=np.int64)
    code = np.concatenate([codes for _, part in parts for codes in (part, _GAP)])
    columns = np.cumsum(lengths) - lengths
    sequences = np.array([index for index, _ in parts], dtype=np.int64)
    return Piece(code, len(code), columns, sequences, np.zeros(len(parts), np.int64))


def _cut(index: int, code: Codes, overlap: int, size: int) -> Iterator[Piece]:
    for start in range(0, len(code), size):
        end = min(start + size, len(code))
        yield Piece(
            np.ascontiguousarray(code[start : end + overlap]),
            end - start,
            np.zeros(1, np.int64),
            np.array([index]),
            np.array([start]),
        )
