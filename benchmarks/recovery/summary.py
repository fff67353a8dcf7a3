"""From records to figures: shares with intervals, medians, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np

from recovery.running import DETECTABLE

Record = dict[str, Any]
PASS, FAIL, NOT_MEASURED = "PASS", "FAIL", "NOT MEASURED"

# Least share of motifs recovered: probability at least, sequences a class at least, share; the first that fits counts.
ASKED_SHARES = ((0.2, 2000, 0.99), (0.1, 2000, 0.95), (0.05, 2000, 0.80),
                (0.2, 1000, 0.98), (0.1, 1000, 0.85), (0.05, 1000, 0.60))  # fmt: skip
MOST_ERROR, ERROR_FROM = 0.05, 0.5
MOST_SPURIOUS, MOST_DUPLICATES = 0.05, 0.0
LEAST_SITES, SITES_AT = 0.9, 1.0
MOST_NULLS = 0.05
PLAINNESS = (-20, -12, -10, -8, -6, -4, -2)
"""Of log10 p of a planted profile; where the table of `by_plainness` is cut."""
_Z = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """So many of so many, with the Wilson interval at 95 % (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.hits / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Lowest and highest share that the count is compatible with."""
        if not self.n:
            return 0.0, 1.0
        p, spread = self.value, _Z * _Z / self.n
        middle, half = p + spread / 2, _Z * sqrt(p * (1 - p) / self.n + spread / (4 * self.n))
        return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


@dataclass(frozen=True)
class Cell:
    """The planted motifs of one kind, probability and size: all, and those that their own profile can tell."""

    kind: str
    probability: float
    n: int
    every: Share
    detectable: Share

    @property
    def asked(self) -> float | None:
        """Least share asked for; None for mixtures and where nothing is asked."""
        if self.kind != "single":
            return None
        fitting = (share for least, size, share in ASKED_SHARES if self.probability >= least and self.n >= size)
        return next(fitting, None)

    @property
    def verdict(self) -> str:
        """``PASS`` or ``FAIL``; empty where nothing is asked."""
        return "" if self.asked is None else PASS if self.every.value >= self.asked else FAIL


@dataclass(frozen=True)
class Line:
    """One figure beside what is asked of it."""

    what: str
    asked: str
    measured: str
    verdict: str


def cells(records: Sequence[Record]) -> list[Cell]:
    """Return the recovery by kind, probability (highest first) and size."""
    keys = {(record["kind"], record["probability"], record["n"]) for record in records if record["planted"]}
    made = []
    for kind, probability, n in sorted(keys, key=lambda key: (key[0] != "single", -key[1], key[2])):
        planted = [
            each
            for record in records
            if (record["kind"], record["probability"], record["n"]) == (kind, probability, n)
            for each in record["planted"]
        ]
        able = [each for each in planted if each["possible"]["log10_p"] <= DETECTABLE]
        made.append(Cell(kind, probability, n, _recovered(planted), _recovered(able)))
    return made


def by_plainness(records: Sequence[Record]) -> list[tuple[str, Share]]:
    """Return the recovery by how plain the planted profiles are, the plainest first: by log10 of their p-value."""
    planted = [each for record in records for each in record["planted"]]
    steps = np.digitize([each["possible"]["log10_p"] for each in planted], PLAINNESS, right=True)
    names = [f"≤ {PLAINNESS[0]}", *(f"{low} to {high}" for low, high in pairwise(PLAINNESS)), f"> {PLAINNESS[-1]}"]
    parts = [[each for each, at in zip(planted, steps, strict=True) if at == step] for step in range(len(names))]
    return [(name, _recovered(part)) for name, part in zip(names, parts, strict=True) if part]


def _recovered(planted: Sequence[Record]) -> Share:
    return Share(sum(each["rank"] is not None for each in planted), len(planted))


def lines(records: Sequence[Record]) -> list[Line]:
    """Return every other figure with its verdict."""
    planted = [(record, each) for record in records for each in record["planted"]]
    filled = [record for record in records if record["kind"] != "null" and not record["failure"]]
    return [
        _figure(
            f"median column error, probability ≥ {ERROR_FROM:g}, bits",
            [each["error"] for record, each in planted
             if record["probability"] >= ERROR_FROM and each["rank"] is not None],
            np.median, ("≤", MOST_ERROR),
        ),
        _figure("spurious motifs a run", [record["spurious"] for record in filled], np.mean, ("≤", MOST_SPURIOUS)),
        _figure("duplicates a run", [record["duplicates"] for record in filled], np.mean, ("≤", MOST_DUPLICATES)),
        *(
            _figure(
                f"{name} of sites, probability {SITES_AT:g}, mean",
                [each[name] for record, each in planted
                 if record["probability"] == SITES_AT and each[name] is not None],
                np.mean, ("≥", LEAST_SITES),
            )
            for name in ("precision", "recall")
        ),
        nulls(records),
        _figure("seconds a run, median", [record["seconds"] for record in records], np.median, None),
        _figure("seconds a run, longest", [record["seconds"] for record in records], np.max, None),
        _figure("test AUROC, mean", [r["auroc"] for r in filled if r["auroc"] is not None], np.mean, None),
        _figure("AUROC of the true profile, mean of single motifs",
                [each["possible"]["auroc"] for record, each in planted if record["kind"] == "single"], np.mean, None),
        *(_figure(f"{name} of the true profile's sites, probability {SITES_AT:g}, mean",
                  [each["possible"][name] for record, each in planted if record["probability"] == SITES_AT],
                  np.nanmean, None) for name in ("precision", "recall")),
        _figure(f"what both reach at one cut-off of the true profile, probability {SITES_AT:g}, mean",
                [each["possible"]["balanced"] for record, each in planted if record["probability"] == SITES_AT],
                np.mean, None),
    ]  # fmt: skip


def nulls(records: Sequence[Record]) -> Line:
    """Return the line on runs where nothing was planted: at most 5 in 100 may report a motif."""
    empty = [record for record in records if record["kind"] == "null" and not record["failure"]]
    share = Share(sum(record["spurious"] > 0 for record in empty), len(empty))
    asked = f"≤ {MOST_NULLS:.0%}"
    if not empty:
        return Line("runs without signal that report a motif", asked, "-", NOT_MEASURED)
    verdict = PASS if share.value <= MOST_NULLS else FAIL
    return Line("runs without signal that report a motif", asked, share_text(share), verdict)


def share_text(share: Share) -> str:
    """Return a share as text: hits of n, percent, interval."""
    if not share.n:
        return "-"
    low, high = share.interval
    return f"{share.hits} of {share.n}: {100 * share.value:.1f} % ({100 * low:.0f}-{100 * high:.0f})"


def _figure(what: str, values: Sequence[float], summed: Callable[[Any], Any], asked: tuple[str, float] | None) -> Line:
    told = "-" if asked is None else f"{asked[0]} {asked[1]:g}"
    if not values:
        return Line(what, told, "-", "" if asked is None else NOT_MEASURED)
    value = float(summed(np.array(values, dtype=np.float64)))
    if asked is None:
        return Line(what, told, f"{value:.3g}", "")
    holds = value <= asked[1] if asked[0] == "≤" else value >= asked[1]
    return Line(what, told, f"{value:.4g} (n {len(values)})", PASS if holds else FAIL)


def lost(records: Sequence[Record]) -> list[tuple[Record, Record]]:
    """Return every planted motif that was not recovered, with its run, the most detectable first."""
    pairs = [(record, each) for record in records for each in record["planted"] if each["rank"] is None]
    return sorted(pairs, key=lambda pair: pair[1]["possible"]["log10_p"])
