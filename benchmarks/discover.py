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
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from checks import TOP, Claim, alone, auroc, first_is, found, is_homeobox, memory, named, no_motif, only_motif, wall
from measuring import STARTUP, Outcome, is_done, measure_startup, read_outcome, run_discover
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
        "--threads", "2",
    )),
    *(Case(name, "encode", (
        f"{{data}}/deepbind_encode/{name}_AC.seq.gz", "--test-positives", f"{{data}}/deepbind_encode/{name}_B.seq.gz",
    )) for name in _ENCODE),
    *(Case(name, "yeast", (
        f"{{data}}/yeast_chipexo_peaks/R64names/{name}.bed", "--genome", _GENOME, "--window", "100",
        "--database", "jaspar:fungi",
    )) for name in _YEAST),
    Case("abidlabs", "primer", ("{made}/abidlabs.tsv",), make_table),
    *(Case(name, "null", (f"{{made}}/{name}-a.fa", "--negatives", f"{{made}}/{name}-b.fa"),
           partial(make_null, number=number)) for number, name in enumerate(_NULLS, start=1)),
)  # fmt: skip

CLAIMS = (
    Claim("NANOG", ("NANOG",), "test AUROC", "≥ 0.85 (LS-GKM 0.831, 6-mers 0.792)", auroc(0.85, strict=False)),
    Claim("NANOG", ("NANOG",), "wall time, 2 threads", "≤ 90 s", wall(90)),
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
    Claim("abidlabs", ("abidlabs",), "the only motif", "CGACCGAACTCC", only_motif("CGACCGAACTCC")),
    Claim("abidlabs", ("abidlabs",), "test AUROC", "> 0.999", auroc(0.999)),
    Claim("shuffled against shuffled", _NULLS, "motifs reported", "none", no_motif),
)  # fmt: skip


def run_case(case: Case, data: Path, *, seed: int, run: bool, force: bool) -> Outcome | None:
    """Return the outcome of a case: an earlier one of the same command, or a new one if ``run``."""
    made, folder = OUT / "made", OUT / case.name / f"seed-{seed}"
    places = {"data": data, "made": made}
    arguments = [*(argument.format(**places) for argument in case.arguments), "--seed", str(seed)]
    if run and case.make is not None:
        made.mkdir(parents=True, exist_ok=True)
        case.make(data, made)
    if is_done(arguments, folder) and not (run and force):
        return read_outcome(folder)
    if not run:
        return None
    print(f"{case.name}, seed {seed} ...", end=" ", flush=True)
    run_discover(arguments, folder)
    outcome = read_outcome(folder)
    print(outcome.failure or f"{outcome.seconds:.0f} s, AUROC {outcome.auroc:.3f}, {len(outcome.motifs)} motifs")
    return outcome


def run_startup(*, run: bool, force: bool) -> dict[str, Any]:
    """Return the figures of the start: earlier ones, or new ones if ``run``; empty without either."""
    path = OUT / f"{STARTUP}.json"
    if run and (force or not path.is_file()):
        print("startup ...", end=" ", flush=True)
        OUT.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(measure_startup(), indent=2) + "\n")
        print("done")
    figures: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return figures


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cases asked for, write the tables, and return 0 if nothing failed."""
    options = _options(argv)
    only = set(options.only)
    startup = run_startup(run=not only or STARTUP in only, force=options.force)
    results = {}
    for case in CASES:
        wanted = not only or not only.isdisjoint({case.name.lower(), case.group})
        for seed in range(options.seeds):
            outcome = run_case(case, options.data.resolve(), seed=seed, run=wanted, force=options.force)
            if outcome is not None:
                results[case.name, seed] = outcome
    text = render(CLAIMS, results, startup, seeds=options.seeds)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(f"# motiflens discover on real data\n\n{text}", encoding="utf-8")
    if options.readme:
        changed = replace_results(options.readme.read_text(encoding="utf-8"), text)
        options.readme.write_text(changed, encoding="utf-8")
    print(text)
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
    parser.add_argument("--readme", type=Path, metavar="FILE", help=f"put the tables between {START} and {END} here")
    parser.add_argument("--force", action="store_true", help="run again what has been run before")
    options = parser.parse_args(argv)
    if not options.data.is_dir():
        parser.error(f"--data: expected a folder. Got {options.data}.")
    if options.seeds < 1:
        parser.error(f"--seeds: must be at least 1. Got {options.seeds}.")
    return options


if __name__ == "__main__":
    sys.exit(main())
