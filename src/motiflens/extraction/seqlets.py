"""Seqlets: stretches of sequences whose letters contribute most, and those that are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
_SHIFT = 6
_ROUNDS = 3


@dataclass(frozen=True)
class Seqlets:
    """Stretches of one width, none overlapping another of its sequence, the strongest first.

    Attributes
    ----------
    row, start
        ``(n,)`` index of the sequence, and first column.
    scores
        ``(n,)`` summed contributions.
    width
        Columns of each.
    """

    row: Integers
    start: Integers
    scores: Floats32
    width: int

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, index: npt.NDArray[np.bool_] | slice) -> Seqlets:
        return Seqlets(self.row[index], self.start[index], self.scores[index], self.width)


@dataclass(frozen=True)
class Pattern:
    """Seqlets that are alike, laid over each other.

    Attributes
    ----------
    row, start
        ``(n,)`` index of the sequence, and first column of the window in which they are alike; it may lie
        beyond the sequence's end.
    reverse
        ``(n,)`` whether the window is read on the reverse strand.
    width
        Columns of the window.
    """

    row: Integers
    start: Integers
    reverse: npt.NDArray[np.bool_]
    width: int


def find_seqlets(own: Floats32, *, width: int, most: int) -> Seqlets:
    """Return the stretches that contribute most, over all sequences.

    In each sequence the stretch with the largest sum is taken, then the largest that does not overlap it, and
    so on while sums are positive; the largest of all are kept.

    Parameters
    ----------
    own
        ``(n, length)`` contributions of each sequence's own letters.
    width
        Columns of a stretch, in [1, length].
    most
        Stretches to keep, >= 0.

    Examples
    --------
    >>> own = np.zeros((2, 9), np.float32)
    >>> own[:, 3:5] = 1
    >>> find_seqlets(own, width=2, most=9).start.tolist()
    [3, 3]
    """
    sums = np.lib.stride_tricks.sliding_window_view(own, width, axis=1).sum(axis=2, dtype=np.float32)
    rows, none = np.arange(len(own)), np.zeros(0, np.int64)
    found = [(none, none, np.zeros(0, np.float32))]
    columns = np.arange(sums.shape[1])
    while len(rows):
        start = sums.argmax(axis=1)
        best = sums[np.arange(len(rows)), start]
        kept = best > 0
        rows, start, sums = rows[kept], start[kept], sums[kept]
        found.append((rows, start, best[kept]))
        sums = np.where(np.abs(columns - start[:, None]) < width, np.float32(-np.inf), sums)
    row, start = (np.concatenate([part[index] for part in found]).astype(np.int64) for index in (0, 1))
    scores = np.concatenate([part[2] for part in found])
    order = np.lexsort((start, row, -scores))
    return Seqlets(row[order], start[order], scores[order], width)[slice(0, most)]


def patterns(
    seqlets: Seqlets,
    contributions: Floats32,
    *,
    flank: int,
    least: float,
    fewest: int,
    both_strands: bool,
) -> Iterator[Pattern]:
    """Yield groups of seqlets whose contributions are alike, beginning with the strongest.

    The strongest seqlet that is in no group calls those like it, at any shift of at most 6 columns and on
    either strand if both are read; their mean calls again, twice. Alike are contributions with a cosine of at
    least ``least``. A seqlet that calls too few is left.

    Parameters
    ----------
    contributions
        ``(n_sequences, 4, length)`` of every letter, see `motiflens.networks.attributions`.
    flank
        Columns that are compared on each side of a seqlet, >= 0.
    least
        Cosine, in (0, 1).
    fewest
        Seqlets of a group, >= 1.
    """
    width = seqlets.width + 2 * flank
    views = _views(seqlets, contributions, flank)  # (n, shifts, 4 * width), of length 1 each
    left = np.ones(len(seqlets), dtype=bool)
    for seed in range(len(seqlets)):
        if not left[seed]:
            continue
        template, members = views[seed, _SHIFT], np.zeros(0, np.int64)
        for _ in range(_ROUNDS):
            members, shift, reverse = _alike(views, left, template, least, both_strands=both_strands)
            if len(members) < fewest:
                break
            template = _mean(views[members, shift], reverse)
        left[seed] = False
        if len(members) >= fewest:
            left[members] = False
            start = seqlets.start[members] - flank + shift - _SHIFT
            yield Pattern(seqlets.row[members], start, reverse, width)


def _views(seqlets: Seqlets, contributions: Floats32, flank: int) -> Floats32:
    """Return the contributions around each seqlet at every shift, zeros beyond the sequence."""
    around, width = flank + _SHIFT, seqlets.width + 2 * flank
    padded = np.pad(contributions, ((0, 0), (0, 0), (around, around)))
    columns = seqlets.start[:, None] + np.arange(seqlets.width + 2 * around)
    windows = padded[seqlets.row[:, None], :, columns]  # (n, columns, 4)
    shifted = np.lib.stride_tricks.sliding_window_view(windows, width, axis=1)  # (n, shifts, 4, width)
    flat = shifted.reshape(len(seqlets), shifted.shape[1], 4 * width)
    unit: Floats32 = flat / np.maximum(np.linalg.norm(flat, axis=2, keepdims=True), np.float32(1e-12))
    return unit


def _alike(
    views: Floats32, left: npt.NDArray[np.bool_], template: Floats32, least: float, *, both_strands: bool
) -> tuple[Integers, Integers, npt.NDArray[np.bool_]]:
    """Return the members that a template calls, with the shift and the strand at which they are most alike."""
    turned = _turned(template) if both_strands else np.zeros_like(template)
    cosines = views[left] @ np.stack([template, turned], axis=1)  # (n_left, shifts, 2)
    flat = cosines.reshape(len(cosines), -1)
    best = flat.argmax(axis=1)
    called = flat[np.arange(len(flat)), best] >= least
    return np.flatnonzero(left)[called], best[called] // 2, best[called] % 2 == 1


def _mean(views: Floats32, reverse: npt.NDArray[np.bool_]) -> Floats32:
    total = views[~reverse].sum(axis=0) + _turned(views[reverse].sum(axis=0))
    mean: Floats32 = total / max(float(np.linalg.norm(total)), 1e-12)
    return mean


def _turned(flat: Floats32) -> Floats32:
    """Return ``(4 * width,)`` contributions as read on the other strand: letters and columns from the end."""
    return flat[::-1]
