"""What can be asked of a run of ``motiflens discover``: each check says what it saw and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from factors import OWN
from measuring import Outcome, Row

from motiflens.doubles import ALIKE

Check = Callable[[Outcome], tuple[str, bool]]

TOP = 10

# Families of JASPAR's class "Homeo domain factors" whose every profile of vertebrates is of that
# class alone. POU, SIX, IRX, TGIF, CUX and other families of unlike motifs are left out.
HOMEOBOX = frozenset(
    """
    ALX ARX BARHL BARX BSX CDX DLX EMX EN ESX EVX GBX GSC GSX HESX HMX HOXA HOXB HOXC HOXD ISL ISX LBX LHX LMX MEOX
    MIXL MNX MSX NANOG NKX NOTO OTX PDX PHOX PITX PRRX RAX SHOX TLX UNCX VAX VENTX VSX
    """.split()  # noqa: SIM905 (a list of 43 strings would fill a page)
)


@dataclass(frozen=True)
class Claim:
    """What is asked of the runs of some cases.

    ``check`` says of one outcome what was measured and whether it holds; it must hold for at
    least ``share`` of the outcomes.
    """

    title: str
    cases: tuple[str, ...]
    what: str
    asked: str
    check: Check
    share: Fraction = Fraction(1)


def auroc(asked: float, *, strict: bool = True) -> Check:
    """Check the test AUROC: above ``asked``, or not below it unless ``strict``."""
    return lambda outcome: (f"{outcome.auroc:.4f}", outcome.auroc > asked or (not strict and outcome.auroc == asked))


def wall(most: float) -> Check:
    """Check the wall time of the command, in seconds."""
    return lambda outcome: (f"{outcome.seconds:.1f} s", outcome.seconds <= most)


def memory(most: float) -> Check:
    """Check the peak memory of the command, in GB (10^9 bytes)."""
    return lambda outcome: (f"{outcome.peak_bytes / 1e9:.2f} GB", outcome.peak_bytes <= most * 1e9)


def found(wanted: Callable[[str], bool]) -> Check:
    """Check that one of the first ten motifs matches a wanted profile at q < 0.05."""

    def check(outcome: Outcome) -> tuple[str, bool]:
        hits = [
            next((f"{motif['motif']}: {_shown(row)}" for row in outcome.matches_of(motif["motif"])
                  if wanted(row["target_name"])), "")
            for motif in outcome.motifs[:TOP]
        ]  # fmt: skip
        return "; ".join(filter(None, hits)) or "none", any(hits)

    return check


def first_is(factor: str) -> Check:
    """Check that the first motif matches the profile of that very name at q < 0.05."""

    def check(outcome: Outcome) -> tuple[str, bool]:
        if not outcome.motifs:
            return f"{factor}: no motif", False
        name = outcome.motifs[0]["motif"]
        for rank, row in enumerate(outcome.matches_of(name), start=1):
            if row["target_name"].upper() == factor.upper():
                return f"{name}: {_shown(row)}, match {rank}", True
        return f"{name}: not {factor}", False

    return check


def only_motif(consensus: str) -> Check:
    """Check that there is one motif, of that consensus on either strand."""
    reverse = consensus.translate(str.maketrans("ACGT", "TGCA"))[::-1]

    def check(outcome: Outcome) -> tuple[str, bool]:
        seen = [motif["consensus"] for motif in outcome.motifs]
        return ", ".join(seen) or "none", seen in ([consensus], [reverse])

    return check


def no_motif(outcome: Outcome) -> tuple[str, bool]:
    """Check that no motif is reported."""
    return ", ".join(motif["motif"] for motif in outcome.motifs) or "none", not outcome.motifs


def first_belongs(outcome: Outcome) -> tuple[str, bool]:
    """Check that a listed profile is among the first ten matches of the first motif, q < 0.05; tells only failures."""
    first = outcome.judged["first"]
    return ("" if first else f"{outcome.judged['set']}: {_first_name(outcome)}"), bool(first)


def none_alike(outcome: Outcome) -> tuple[str, bool]:
    """Check that no two motifs match each other at q < 0.01; tells only failures."""
    pairs = alike_pairs(outcome)
    told = ", ".join(f"{row['a']} and {row['b']} (q {row['qvalue']:.1g})" for row in pairs[:1])
    more = f" and {len(pairs) - 1} more" if len(pairs) > 1 else ""
    return (f"{outcome.judged['set']}: {told}{more}" if pairs else ""), not pairs


def as_good_as(choose: Callable[[Outcome], Mapping[str, Any] | None]) -> Check:
    """Check that the first motif's AUROC alone is not below that of a known profile; tells only failures.

    Not below: the 95 % interval of the paired difference reaches 0.
    """

    def check(outcome: Outcome) -> tuple[str, bool]:
        profile = choose(outcome)
        if profile is None:
            return "", True
        if profile["difference"] is None:
            return f"{outcome.judged['set']}: no motif", False
        difference = profile["difference"]
        holds = difference["high"] >= 0
        return ("" if holds else f"{outcome.judged['set']}: {difference['value']:+.3f} to {profile['factor']}"), holds

    return check


def usual_profile(outcome: Outcome) -> Mapping[str, Any] | None:
    """Return what the factor's own profile reaches, of several the first by identifier; None when it has none."""
    return next((row for row in outcome.judged["known"] if row["kind"] == OWN), None)


def best_profile(outcome: Outcome) -> Mapping[str, Any] | None:
    """Return what the best of the factor's own profiles reaches, chosen on the very test sequences."""
    own = [row for row in outcome.judged["known"] if row["kind"] == OWN]
    return max(own, key=lambda row: row["auroc"]["value"], default=None)


def best_listed(outcome: Outcome) -> Mapping[str, Any] | None:
    """Return what the best of all listed profiles reaches, the relatives' too, chosen on the very test sequences."""
    return max(outcome.judged["known"], key=lambda row: row["auroc"]["value"], default=None)


def alike_pairs(outcome: Outcome) -> list[Mapping[str, Any]]:
    """Return the pairs of motifs that match each other at q < 0.01."""
    return [row for row in outcome.judged["alike"] if row["qvalue"] < ALIKE]


def _first_name(outcome: Outcome) -> str:
    return outcome.motifs[0]["motif"] if outcome.motifs else "no motif"


def named(*factors: str) -> Callable[[str], bool]:
    """Return whether a profile's name is one of these, or a composite (``A::B``) with one of them."""
    return lambda name: not set(name.upper().split("::")).isdisjoint(factors)


def alone(factor: str) -> Callable[[str], bool]:
    """Return whether a profile's name is this one, no composite."""
    return lambda name: name.upper() == factor


def is_homeobox(name: str) -> bool:
    """Return whether a profile's name, not a composite's, belongs to one of the families `HOMEOBOX`."""
    letters = re.match(r"[A-Z]*", name.upper())
    return "::" not in name and letters is not None and letters[0] in HOMEOBOX


def _shown(match: Row) -> str:
    return f"{match['target_name']} (q {float(match['qvalue']):.1g})"
