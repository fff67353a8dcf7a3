"""Judge the motifs of a run on real data: against the profiles that are known, and against each other.

The run is taken as a user finds it, from its files. Its sequences are read and split once more, and
must be those of its predictions.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from comparing import Bench
from factors import Factor
from measuring import Row, code_digest, read_table

import motiflens as ml
from motiflens.doubles import pairs_of
from motiflens.matching import similarity
from motiflens.motifs import Motif
from motiflens.preparing import Files, Prepared, prepare

SIGNIFICANT, N_MATCHES = 0.05, 10
PLACED = 0.4
"""Share of a motif's sites at one distance from another's from which on the two are told of."""
COMPOSITION = 0.75
"""Share of a motif's AUROC beyond chance from which on its composition makes it, not its word."""
_SOURCES = ("positives", "negatives", "test_positives", "test_negatives", "genome", "blacklist", "window", "mask_lower")
_LISTED = 0.01
"""Highest p-value of two motifs that are told of."""
_ROUNDED = 0.01  # bits; the matrices of a run are written with six digits


class OtherSequencesError(RuntimeError):
    """The sequences cannot be told from the files of a run: its code was another."""


def judge(folder: Path, name: str, factor: Factor) -> dict[str, Any]:
    """Return what there is to say about the motifs of a run, as plain data.

    Parameters
    ----------
    folder
        What `discover` wrote.
    name
        Of the set.
    factor
        What the first motif may be.

    Returns
    -------
    judgement
        ``first``, the matches of the first motif that count; ``known``, what each profile that counts
        reaches, and how much the first motif exceeds it; ``motifs``, the test figures of each; ``alike``
        and ``placed``, see the functions of these names.

    Raises
    ------
    OtherSequencesError
        When present code makes other sequences of the run's input.
    """
    bench = _bench(folder)
    database = ml.read_database(factor.database)
    motifs = ml.read_motifs(folder / "motifs.meme") if read_table(folder / "motifs.tsv") else []
    sites = _sites(folder)
    known = [bench.smoothed(motif) for motif in database if factor.kind_of(motif.alternate_name)]
    return {
        "set": name,
        "code": code_digest(),
        "first": first_matches(read_table(folder / "matches.tsv"), motifs[:1], factor),
        "known": [_known(motif, factor, bench, motifs[:1]) for motif in known],
        "motifs": [_motif(motif, bench, _lowest_scores(sites)) for motif in motifs],
        "alike": alike(motifs, database, bench),
        "placed": placed(sites),
    }


def judged(folder: Path, name: str, factor: Factor) -> dict[str, Any]:
    """Return the judgement of a run, from the file beside its folder where the run is not newer."""
    path = folder.with_name(f"{folder.name}.judged.json")
    made = folder / "run.json"
    if not path.is_file() or path.stat().st_mtime < made.stat().st_mtime:
        path.write_text(json.dumps(judge(folder, name, factor), indent=2) + "\n", encoding="utf-8")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def alike(motifs: Sequence[Motif], database: Sequence[Motif], bench: Bench) -> list[dict[str, Any]]:
    """Compare each two motifs of a run, as `motiflens.doubles` does, and return those with p < 0.01, likest first.

    Beside p and q stand the shares of both motifs' informative positions that lie on the other, the mean
    correlation of the columns that overlap, and the likeness of the whole matrices (a cosine), to which
    columns outside the overlap are a loss: two motifs that share a half match, but are not alike.
    """
    return [
        {
            "a": motifs[pair.first].name,
            "b": motifs[pair.second].name,
            "pvalue": pair.pvalue,
            "qvalue": pair.qvalue,
            "covered": pair.covered,
            "correlation": similarity(motifs[pair.first], motifs[pair.second])[0],
            "likeness": pair.likeness,
        }
        for pair in pairs_of(motifs, database, reverse_complement=bench.both_strands)
        if pair.pvalue < _LISTED
    ]


def placed(sites: Mapping[str, Sequence[_Place]]) -> list[dict[str, Any]]:
    """Return the pairs of motifs whose sites touch each other at one and the same distance, most often first.

    So lie the halves of a motif, shifted copies of it, and its fainter sites under another name. The sites
    are those of `sites.bed`, in which no motif hides another; one that lies in several sequences counts once.
    Listed from a share of 0.4 of the rarer one's sites.
    """
    total, at = Counter[str](), Counter[tuple[str, str, int, bool]]()
    for here in map(_distinct, sites.values()):
        total.update(site.motif for site in here)
        for first, second in _touching(here):
            a, b = sorted((first, second), key=lambda site: site.motif)
            at[a.motif, b.motif, *a.to(b)] += a.motif != b.motif
    best: dict[tuple[str, str], int] = {}
    for (a, b, *_), count in at.items():
        best[a, b] = max(count, best.get((a, b), 0))
    shares = {(a, b): count / min(total[a], total[b]) for (a, b), count in best.items()}
    rows = [{"a": a, "b": b, "share": share} for (a, b), share in shares.items() if share >= PLACED]
    return sorted(rows, key=lambda row: -row["share"])


def first_matches(matches: Sequence[Row], first: Sequence[Motif], factor: Factor) -> list[dict[str, Any]]:
    """Return the matches of the first motif that count: q < 0.05, among its first ten, and listed for the factor."""
    best = [row for row in matches if first and row["motif"] == first[0].name][:N_MATCHES]
    return [
        {"rank": rank, "profile": row["target"], "name": row["target_name"], "qvalue": q, "kind": kind}
        for rank, row in enumerate(best, start=1)
        if (kind := factor.kind_of(row["target_name"])) and (q := float(row["qvalue"])) < SIGNIFICANT
    ]


def _known(profile: Motif, factor: Factor, bench: Bench, first: Sequence[Motif]) -> dict[str, Any]:
    """Return what a known profile reaches, and how much more or less the first motif does."""
    return {
        "profile": profile.name,
        "factor": profile.alternate_name,
        "kind": factor.kind_of(profile.alternate_name),
        "auroc": bench.alone(profile).as_dict(),
        "log10_p": bench.log10_p(profile),
        "difference": bench.difference(first[0], profile).as_dict() if first else None,
    }


def _motif(motif: Motif, bench: Bench, lowest: Mapping[str, float]) -> dict[str, Any]:
    in_positives, in_negatives = bench.shares(motif, lowest.get(motif.name, float("inf")) - _ROUNDED)
    return {
        "motif": motif.name,
        "auroc": bench.alone(motif).as_dict(),
        "positives": in_positives,
        "negatives": in_negatives,
        "composition": bench.composition(motif),
    }


def _bench(folder: Path) -> Bench:
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    prepared = prepare(Files(**{name: run["arguments"][name] for name in _SOURCES}), random_state=run["seed"])
    _check_same(prepared, read_table(folder / "predictions.tsv"))
    return Bench.of(prepared, both_strands=model["both_strands"])


def _check_same(prepared: Prepared, predicted: Sequence[Row]) -> None:
    """Check that these are the sequences of the run.

    Raises
    ------
    OtherSequencesError
        When they are not.
    """
    parts = {"train": prepared.train, "valid": prepared.valid, "test": prepared.test}
    ours = [
        (str(name), str(int(label)), part)
        for part, sequences in parts.items()
        for name, label in zip(sequences.names, sequences.positive, strict=True)
    ]
    if ours != [(row["name"], row["label"], row["split"]) for row in predicted]:
        msg = "Expected the sequences of the run's predictions.tsv. Got others: other code made it. Use --force."
        raise OtherSequencesError(msg)


@dataclass(frozen=True)
class _Place:
    """A line of `sites.bed`."""

    motif: str
    start: int
    end: int
    strand: str
    score: float

    def to(self, other: _Place) -> tuple[int, bool]:
        """Return where another site begins, read on this one's strand, and whether it is turned over."""
        ahead = other.start - self.start if self.strand == "+" else self.end - other.end
        return ahead, self.strand != other.strand

    def touches(self, other: _Place) -> bool:
        """Tell whether two sites overlap or lie side by side."""
        return self.start <= other.end and other.start <= self.end


def _distinct(sites: Sequence[_Place]) -> list[_Place]:
    """Return sites once each, whatever they scored."""
    return list({(site.motif, site.start, site.end, site.strand): site for site in sites}.values())


def _touching(sites: Sequence[_Place]) -> Iterator[tuple[_Place, _Place]]:
    """Yield the pairs of sites that touch, for the sites of one sequence in any order."""
    ordered = sorted(sites, key=lambda site: site.start)
    for i, site in enumerate(ordered):
        for later in takewhile(site.touches, ordered[i + 1 :]):
            yield site, later


def _sites(folder: Path) -> dict[str, list[_Place]]:
    """Return the sites of a run by sequence, or by chromosome."""
    found: dict[str, list[_Place]] = {}
    for line in (folder / "sites.bed").read_text(encoding="utf-8").splitlines():
        where, start, end, name, _, strand, score = line.split("\t")[:7]
        found.setdefault(where, []).append(_Place(name, int(start), int(end), strand, float(score)))
    return found


def _lowest_scores(sites: Mapping[str, Sequence[_Place]]) -> dict[str, float]:
    """Return the score of each motif's faintest site: its cut-off, as far as files tell."""
    lowest: dict[str, float] = {}
    for site in (site for here in sites.values() for site in here):
        lowest[site.motif] = min(site.score, lowest.get(site.motif, float("inf")))
    return lowest
