"""What the runs on real data found, set by set and motif by motif, as Markdown and as tables for other programs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks import alike_pairs, as_good_as, best_listed, best_profile, first_belongs, none_alike, usual_profile
from factors import FACTORS
from judging import COMPOSITION, PLACED
from measuring import Outcome
from tables import Results, table

SET_HEADER = ("set", "seed", "first motif", "counts as", "AUROC alone", "own profile", "less own profile",
              "less best own", "less best listed", "alike", "network AUROC", "why")  # fmt: skip
MOTIF_HEADER = ("set", "seed", "motif", "p", "best match", "listed", "AUROC alone", "positives", "negatives",
                "composition")  # fmt: skip
PAIR_HEADER = ("set", "seed", "motif", "other", "p", "q", "covered", "correlation", "likeness", "placed")
_NOTES = f"""\
Counts as: the first listed profile among the motif's ten best matches with q < 0.05, what it is to the factor, its rank
and q. AUROC alone is that of the best site on the test sequences; profiles are scored on the same ones, with the same
base frequencies and pseudocounts, and "less" is the motif's AUROC less theirs, with the 95 % interval of a paired
bootstrap (2000). The best profile is chosen on these very sequences, which favours it. Beside the own profile's AUROC
stands its p-value on all sequences: whether it is there to be found. Alike: pairs of motifs with q < 0.01 by Tomtom's
comparison, chance being the columns of the whole database; q is over all pairs of a run.

Positives and negatives: shares of the test sequences with a site. Composition: the share of a motif's AUROC beyond
chance that its columns keep in a random order; from {COMPOSITION:g} on ("composition") the motif says which bases are
frequent, and hardly a word. Covered: the shares of both motifs' informative positions (0.25 bits and more) that lie on
such of the other. Correlation: mean over the columns that overlap; likeness: a cosine of the whole matrices, to which
columns outside the overlap are a loss. Placed: the share of the rarer motif's sites that touch one of the other's at
one and the same distance, from {PLACED:g} on: halves of one motif, a shifted copy, or its fainter sites.
"""


def set_row(name: str, seed: int, outcome: Outcome) -> tuple[str, ...]:
    """Return the cells of one run: its first motif against the profiles that are known, and why something fails."""
    if outcome.failure or not outcome.judged:
        return (name, str(seed), *[""] * (len(SET_HEADER) - 3), outcome.failure)
    motifs, own = outcome.judged["motifs"], usual_profile(outcome)
    return (
        name,
        str(seed),
        motifs[0]["motif"] if motifs else "none",
        _counts_as(outcome),
        _interval(motifs[0]["auroc"]) if motifs else "",
        "" if own is None else f"{own['profile']} {own['auroc']['value']:.3f}, p 1e{own['log10_p']:.0f}",
        *(_difference(choose(outcome)) for choose in (usual_profile, best_profile, best_listed)),
        str(len(alike_pairs(outcome))),
        f"{outcome.auroc:.3f}",
        _why(outcome),
    )


def motif_rows(name: str, seed: int, outcome: Outcome) -> list[tuple[str, ...]]:
    """Return a row for each motif of a run."""
    found = {row["motif"]: row for row in outcome.motifs}
    return [
        (
            name,
            str(seed),
            each["motif"],
            f"{float(found[each['motif']]['heldout_pvalue']):.1g}",
            _match(found[each["motif"]]),
            _listed(name, outcome, each["motif"]),
            _interval(each["auroc"]),
            f"{each['positives']:.2f}",
            f"{each['negatives']:.2f}",
            _composition(each["composition"]),
        )
        for each in outcome.judged.get("motifs", [])
    ]


def pair_rows(name: str, seed: int, outcome: Outcome) -> list[tuple[str, ...]]:
    """Return a row for each pair of motifs that match with p < 0.01, or of which one is placed by the other."""
    if not outcome.judged:
        return []
    shares = {frozenset((row["a"], row["b"])): row["share"] for row in outcome.judged["placed"]}
    figures = ((row, shares.pop(frozenset((row["a"], row["b"])), None)) for row in outcome.judged["alike"])
    rows = [
        (name, str(seed), row["a"], row["b"], f"{row['pvalue']:.1g}", f"{row['qvalue']:.1g}",
         " / ".join(f"{share:.2f}" for share in row["covered"]), f"{row['correlation']:.2f}",
         f"{row['likeness']:.2f}", _share(share))
        for row, share in figures
    ]  # fmt: skip
    return rows + [(name, str(seed), *sorted(pair), *[""] * 5, _share(share)) for pair, share in shares.items()]


def render_sets(results: Results) -> str:
    """Return three tables as Markdown: the sets, every motif, and motifs that match each other."""
    sets, motifs, pairs = _rows(results)
    return "\n".join([
        "## First motifs against known profiles\n", _NOTES, table(SET_HEADER, sets),
        "## Every motif\n", table(MOTIF_HEADER, motifs),
        "## Motifs of a run that may be the same\n", table(PAIR_HEADER, pairs),
    ])  # fmt: skip


def write_sets(path: Path, results: Results) -> None:
    """Write the same three tables beside ``path``, as ``NAME-sets.tsv``, ``-motifs.tsv`` and ``-pairs.tsv``."""
    headers = {"sets": SET_HEADER, "motifs": MOTIF_HEADER, "pairs": PAIR_HEADER}
    for (name, header), rows in zip(headers.items(), _rows(results), strict=True):
        with path.with_name(f"{path.stem}-{name}.tsv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            writer.writerows([[cell.replace(" ", "_") for cell in header], *rows])


def _rows(results: Results) -> tuple[list[tuple[str, ...]], ...]:
    shown = [(*key, outcome) for key, outcome in results.items() if key[0] in FACTORS]
    sets = [set_row(*each) for each in shown]
    return sets, *([row for each in shown for row in rows(*each)] for rows in (motif_rows, pair_rows))


def _counts_as(outcome: Outcome) -> str:
    first = outcome.judged["first"]
    return f"{first[0]['name']} ({first[0]['kind']}), {first[0]['rank']}, q {first[0]['qvalue']:.1g}" if first else "no"


def _why(outcome: Outcome) -> str:
    """Return what fails in words, and whether the factor's motif is there to be found."""
    checks = (first_belongs, none_alike, as_good_as(usual_profile), as_good_as(best_profile))
    failed = [text.partition(": ")[2] for text in dict.fromkeys(check(outcome)[0] for check in checks) if text]
    return "; ".join(failed)


def _difference(profile: Mapping[str, Any] | None) -> str:
    if profile is None or profile["difference"] is None:
        return ""
    difference = profile["difference"]
    return f"{difference['value']:+.3f} ({difference['low']:+.3f} to {difference['high']:+.3f}) {profile['factor']}"


def _listed(name: str, outcome: Outcome, motif: str) -> str:
    """Return the first listed profile among the matches of a motif, q < 0.05, and what it is to the factor."""
    for row in outcome.matches_of(motif):
        if kind := FACTORS[name].kind_of(row["target_name"]):
            return f"{row['target_name']} ({kind})"
    return ""


def _match(row: Mapping[str, str]) -> str:
    return f"{row['best_match_name']} (q {float(row['match_qvalue']):.1g})" if row["match_qvalue"] else "none"


def _composition(share: float) -> str:
    return f"{share:.2f}" + (" composition" if share >= COMPOSITION else "")


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"


def _interval(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"
