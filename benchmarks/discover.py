"""Measure ``motiflens discover`` on real sequences against figures fixed beforehand.

Every run is the whole command in a fresh process. Results of earlier runs are kept in
`benchmarks/out` and used again while the arguments and the input files stay the same.

    python benchmarks/discover.py --data DIR
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from checks import (
    TOP,
    Claim,
    alone,
    as_good_as,
    auroc,
    best_profile,
    first_belongs,
    first_is,
    found,
    is_homeobox,
    memory,
    named,
    no_motif,
    none_alike,
    only_motif,
    usual_profile,
    wall,
)
from factors import FACTORS
from judging import OtherSequencesError, judged
from measuring import STARTUP, Outcome, is_done, measure_startup, read_outcome, run_discover
from set_tables import render_sets, write_sets
from tables import END, START, render, replace_results

import motiflens as ml

HERE = Path(__file__).parent
OUT = HERE / "out"
N_NULLS = 10
NULL_SIZE = 2000


@dataclass(frozen=True)
class Case:
    """One run: a name, its group, the arguments, and how to make input files that are not data.

    In ``arguments``, ``{data}`` stands for the folder of data sets and ``{made}`` for the folder
    into which ``make(data, made)`` writes.
    """

    name: str
    group: str
    arguments: tuple[str, ...]
    make: Callable[[Path, Path], None] | None = None


def make_table(data: Path, made: Path) -> None:
    """Write the two-file set of the primer as one table of sequences and labels."""
    sequences, labels = (
        (data / "abidlabs_primer" / f"{name}.txt").read_text().split() for name in ("sequences", "labels")
    )
    lines = [f"{sequence}\t{label}\n" for sequence, label in zip(sequences, labels, strict=True)]
    (made / "abidlabs.tsv").write_text("sequence\tlabel\n" + "".join(lines))


def make_null(data: Path, made: Path, *, number: int) -> None:
    """Write two dinucleotide shuffles of the same sequences: nothing tells one from the other."""
    peaks = ml.read_sequences(data / "nanog_h1esc_gkmexplain" / "positives_train.fa.gz")
    drawn = peaks.shuffle(random_state=number)[:NULL_SIZE]
    for index, side in enumerate("ab"):
        shuffled = ml.shuffle_dinucleotides(drawn, random_state=2 * number + index)
        records = (f">{side}{i}\n{text}\n" for i, text in enumerate(shuffled.strings()))
        (made / f"null-{number}-{side}.fa").write_text("".join(records))


_NANOG = "{data}/nanog_h1esc_gkmexplain/"
_GENOME = "{data}/yeast_genome_R64/Saccharomyces_cerevisiae.R64-1-1.dna.toplevel.fa.gz"
_ENCODE = {"REST": 0.985, "ELK1": 0.955, "ARID3A": 0.883, "CTCFL": 0.894, "ZBTB7A": 0.900}  # AUROC of 6-mers
_OWN_PROFILE = {"REST": "REST", "ELK1": "ELK1", "CTCFL": "CTCF"}
_YEAST = ("Reb1", "Fkh1", "Ume6", "Hsf1", "Cbf1", "Swi4")
_NULLS = tuple(f"null-{number}" for number in range(1, N_NULLS + 1))

CASES = (
    Case("NANOG", "nanog", (
        _NANOG + "positives_train.fa.gz", "--negatives", _NANOG + "negatives_train.fa.gz",
        "--test-positives", _NANOG + "positives_test.fa.gz", "--test-negatives", _NANOG + "negatives_test.fa.gz",
    )),
    *(Case(name, "encode", (
        f"{{data}}/deepbind_encode/{name}_AC.seq.gz", "--test-positives", f"{{data}}/deepbind_encode/{name}_B.seq.gz",
    )) for name in _ENCODE),
    *(Case(name, "yeast", (
        f"{{data}}/yeast_chipexo_peaks/R64names/{name}.bed", "--genome", _GENOME, "--window", "100",
        "--database", "jaspar:fungi",
    )) for name in _YEAST),
    Case("GATA4", "gata4", (
        "{data}/gata4_gkmsvm/gata4_top5k_pos.fa.gz", "--negatives", "{data}/gata4_gkmsvm/gata4_top5k_neg.fa.gz",
    )),
    Case("CTCF", "gimme", ("{data}/gimme_ctcf_p73/Gm12878.CTCF.top500.w200.fa.gz",)),
    Case("TAp73", "gimme", ("{data}/gimme_ctcf_p73/TAp73alpha.fa.gz",)),
    Case("CTCF-1kb", "long", (
        "{data}/ctcf_1kb_dragonn/example_pos_sequences.fa.gz",
        "--negatives", "{data}/ctcf_1kb_dragonn/example_neg_sequences.fa.gz",
    )),
    Case("abidlabs", "primer", ("{made}/abidlabs.tsv",), make_table),
    *(Case(name, "null", (f"{{made}}/{name}-a.fa", "--negatives", f"{{made}}/{name}-b.fa"),
           partial(make_null, number=number)) for number, name in enumerate(_NULLS, start=1)),
)  # fmt: skip

_FIFTEEN = tuple(name for name in FACTORS if name != "CTCF-1kb")  # that one repeats a factor, in long sequences

CLAIMS = (
    Claim("NANOG", ("NANOG",), "test AUROC", "≥ 0.86 (LS-GKM 0.831, 6-mers 0.792)", auroc(0.86, strict=False)),
    Claim("NANOG", ("NANOG",), "wall time, 2 threads", "≤ 20 s", wall(20)),
    Claim("NANOG", ("NANOG",), "peak memory", "≤ 2 GB", memory(2)),
    *(Claim("NANOG", ("NANOG",), f"{title} in the first {TOP} motifs", "q < 0.05", found(wanted)) for title, wanted in (
        ("SOX2, no composite", alone("SOX2")),
        ("POU5F1, alone or composite", named("POU5F1")),
        ("ZIC1 to ZIC5", named("ZIC1", "ZIC2", "ZIC3", "ZIC4", "ZIC5")),
        ("NANOG or another homeobox", is_homeobox),
    )),
    *(Claim(name, (name,), "test AUROC", f"> {asked:.3f} (6-mers)", auroc(asked)) for name, asked in _ENCODE.items()),
    *(Claim(name, (name,), "first motif", f"{own}, q < 0.05", first_is(own)) for name, own in _OWN_PROFILE.items()),
    Claim("yeast", _YEAST, "first motif", "the factor's own, q < 0.05, for 5 of 6",
          lambda outcome: first_is(Path(outcome.run["arguments"]["positives"]).stem)(outcome), Fraction(5, 6)),
    Claim("GATA4", ("GATA4",), "test AUROC", "> 0.948 (6-mers)", auroc(0.948)),
    Claim("CTCF-1kb", ("CTCF-1kb",), "test AUROC", "> 0.729 (6-mers)", auroc(0.729)),
    Claim("CTCF-1kb", ("CTCF-1kb",), "first motif", "CTCF, q < 0.05", first_is("CTCF")),
    Claim("fifteen sets", _FIFTEEN, "first motif", "the factor's own or a listed relative's, for 13 of 15",
          first_belongs, Fraction(13, 15)),
    Claim("fifteen sets", _FIFTEEN, "two motifs alike", "none, q < 0.01", none_alike),
    Claim("fifteen sets", _FIFTEEN, "first motif's AUROC alone", "not below the factor's profile's",
          as_good_as(usual_profile)),
    Claim("fifteen sets", _FIFTEEN, "first motif's AUROC alone", "not below the best of the factor's profiles'",
          as_good_as(best_profile)),
    Claim("abidlabs", ("abidlabs",), "the only motif", "CGACCGAACTCC", only_motif("CGACCGAACTCC")),
    Claim("abidlabs", ("abidlabs",), "test AUROC", "> 0.999", auroc(0.999)),
    Claim("shuffled against shuffled", _NULLS, "motifs reported", "none", no_motif),
)  # fmt: skip


def run_case(case: Case, options: argparse.Namespace, *, seed: int, run: bool) -> Outcome | None:
    """Return the outcome of a case: an earlier one of the same command, or a new one if ``run``."""
    data, made, folder = options.data.resolve(), options.runs / "made", options.runs / case.name / f"seed-{seed}"
    arguments = [argument.format(data=data, made=made) for argument in case.arguments]
    arguments += ["--threads", str(options.threads), "--seed", str(seed)]
    if run and case.make is not None:
        made.mkdir(parents=True, exist_ok=True)
        case.make(data, made)
    if is_done(arguments, folder) and not (run and options.force):
        return judged_outcome(case.name, folder)
    if not run:
        return None
    print(f"{case.name}, seed {seed} ...", end=" ", flush=True)
    run_discover(arguments, folder)
    outcome = judged_outcome(case.name, folder)
    print(outcome.failure or f"{outcome.seconds:.0f} s, AUROC {outcome.auroc:.3f}, {len(outcome.motifs)} motifs")
    return outcome


def judged_outcome(name: str, folder: Path) -> Outcome:
    """Return the outcome in a folder, its motifs judged where known profiles are listed for the set."""
    outcome = read_outcome(folder)
    if outcome.failure or name not in FACTORS:
        return outcome
    try:
        return replace(outcome, judged=judged(folder, name, FACTORS[name]))
    except OtherSequencesError as error:
        return replace(outcome, failure=str(error))


def run_startup(folder: Path, *, run: bool, force: bool) -> dict[str, Any]:
    """Return the figures of the start: earlier ones, or new ones if ``run``; empty without either."""
    path = folder / f"{STARTUP}.json"
    if run and (force or not path.is_file()):
        print("startup ...", end=" ", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(measure_startup(), indent=2) + "\n")
        print("done")
    figures: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return figures


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cases asked for, write the tables, and return 0 if nothing failed."""
    options = _options(argv)
    only = set(options.only)
    startup = run_startup(options.runs, run=not only or STARTUP in only, force=options.force)
    results = {}
    for case in CASES:
        wanted = not only or not only.isdisjoint({case.name.lower(), case.group})
        for seed in range(options.seeds):
            outcome = run_case(case, options, seed=seed, run=wanted)
            if outcome is not None:
                results[case.name, seed] = outcome
    text = render(CLAIMS, results, startup, seeds=options.seeds)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    found = render_sets(results)
    options.output.write_text(f"# motiflens discover on real data\n\n{text}\n{found}", encoding="utf-8")
    write_sets(options.output, results)
    if options.readme:
        changed = replace_results(options.readme.read_text(encoding="utf-8"), text)
        options.readme.write_text(changed, encoding="utf-8")
    print(text, found, sep="\n")
    return int("| FAIL |" in text)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    names = sorted({STARTUP, *(case.group for case in CASES), *(case.name.lower() for case in CASES)})
    parser = argparse.ArgumentParser(description="Measure motiflens discover on real sequences.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the data sets")
    parser.add_argument(
        "--only", nargs="+", type=str.lower, choices=names, default=[], metavar="NAME", help=", ".join(names)
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="runs a set, with seeds 0 to N-1")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "discover.md", metavar="FILE")
    parser.add_argument("--runs", type=Path, default=OUT, metavar="FOLDER", help="where the runs are kept")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="of each run; no result depends on it")
    parser.add_argument("--readme", type=Path, metavar="FILE", help=f"put the tables between {START} and {END} here")
    parser.add_argument("--force", action="store_true", help="run again what has been run before")
    options = parser.parse_args(argv)
    if not options.data.is_dir():
        parser.error(f"--data: expected a folder. Got {options.data}.")
    for name in ("seeds", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name}: must be at least 1. Got {getattr(options, name)}.")
    return options


if __name__ == "__main__":
    sys.exit(main())
