"""Motifs of real data judged against known profiles and each other: on small sequences made on the spot."""

import csv
import itertools
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import motiflens as ml
from motiflens.metrics import auroc
from motiflens.motifs import Motif
from motiflens.preparing import Prepared
from motiflens.sequences import from_strings

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import checks  # noqa: E402
import comparing  # noqa: E402
import discover  # noqa: E402
import factors  # noqa: E402
import judging  # noqa: E402
import measuring  # noqa: E402
import set_tables  # noqa: E402
import tables  # noqa: E402

GATA = factors.Factor(("GATA4",), (factors.Relatives(("GATA1", "GATA2"), factors.FAMILY, "source"),))


def written(consensus, name="m", sharp=0.94):
    rows = ["ACGT".index(letter) for letter in consensus]
    return Motif(np.full((4, len(rows)), (1 - sharp) / 3) + np.eye(4)[:, rows] * (sharp - (1 - sharp) / 3), name)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the folder of a small run: AGATAAGG on either strand of most positives, tested on other sequences."""
    home, rng = tmp_path_factory.mktemp("real"), np.random.default_rng(5)

    def drawn(n, share):
        for i in range(n):
            text = "".join(rng.choice(list("ACGT"), 50))
            at = int(rng.integers(0, 42))
            yield text[:at] + ("AGATAAGG", "CCTTATCT")[i % 2] + text[at + 8 :] if i < share * n else text

    for name, n, share in (("p", 160, 0.8), ("n", 170, 0.0), ("tp", 60, 0.8), ("tn", 70, 0.0)):
        (home / f"{name}.fa").write_text("".join(f">{name}{i}\n{text}\n" for i, text in enumerate(drawn(n, share))))
    p, n, tp, tn = (str(home / f"{name}.fa") for name in ("p", "n", "tp", "tn"))
    found = ml.discover(p, negatives=n, test_positives=tp, test_negatives=tn, threads=1)
    return found.write(home / "seed-0")


def test_a_run_is_judged_from_its_files(run):
    judged = judging.judged(run, "small", GATA)
    assert judged["set"] == "small"
    assert {row["factor"] for row in judged["known"]} == {"GATA4", "GATA1", "GATA2"}
    assert {row["kind"] for row in judged["first"]} == {"own", "family"}
    rows = measuring.read_table(run / "motifs.tsv")
    assert [each["motif"] for each in judged["motifs"]] == [row["motif"] for row in rows]
    for each, row in zip(judged["motifs"], rows, strict=True):  # the same test sequences
        assert each["auroc"]["value"] == pytest.approx(float(row["auroc"]), abs=2e-3)
    first = judged["motifs"][0]
    assert first["positives"] > 0.6 > 0.2 > first["negatives"]
    assert first["composition"] < 0.5
    for row in judged["known"]:
        assert row["difference"]["value"] == pytest.approx(first["auroc"]["value"] - row["auroc"]["value"], abs=1e-6)
        assert row["log10_p"] < -5


def test_a_judgement_is_kept_until_the_run_is_newer(run):
    judging.judged(run, "small", GATA)
    kept = run.with_name("seed-0.judged.json")
    kept.write_text('{"kept": true}')
    assert judging.judged(run, "small", GATA) == {"kept": True}
    kept.unlink()
    assert "kept" not in judging.judged(run, "small", GATA)


def test_other_sequences_are_refused(run):
    path = run / "predictions.tsv"
    text = path.read_text()
    path.write_text(text.replace("\ttest", "\ttrain", 1))
    with pytest.raises(judging.OtherSequencesError, match="--force"):
        judging.judge(run, "small", GATA)
    path.write_text(text)


def test_the_tables_of_a_run(run, tmp_path, monkeypatch):
    monkeypatch.setitem(set_tables.FACTORS, "small", GATA)
    metrics = json.loads((run / "metrics.json").read_text())
    outcome = measuring.Outcome(
        1.0, 2, measuring.read_table(run / "motifs.tsv"), measuring.read_table(run / "matches.tsv"), metrics,
        judged=judging.judge(run, "small", GATA),
    )  # fmt: skip
    results = {("small", 3): outcome, ("unlisted", 0): measuring.Outcome(1, 1)}
    text = set_tables.render_sets(results)
    assert "| small | 3 |" in text
    assert "unlisted" not in text
    set_tables.write_sets(tmp_path / "all.md", results)
    with (tmp_path / "all-sets.tsv").open(newline="") as file:
        (row,) = csv.DictReader(file, delimiter="\t")
    assert row["first_motif"] == outcome.motifs[0]["motif"]
    assert row["network_AUROC"] == f"{metrics['test']['auroc']['value']:.3f}"
    assert row["why"] == ""
    with (tmp_path / "all-motifs.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [each["motif"] for each in rows] == [each["motif"] for each in outcome.motifs]
    assert rows[0]["listed"].startswith("GATA")


@given(st.data())
def test_paired_difference_is_that_of_the_aurocs_and_its_interval_that_of_resampling(data):
    n_pos, n_neg = data.draw(st.integers(2, 7)), data.draw(st.integers(2, 5))
    positive = np.array([True] * n_pos + [False] * n_neg)
    ours, theirs = (
        np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(positive), max_size=len(positive))), dtype=float)
        for _ in range(2)
    )
    found = comparing.paired_difference(positive, ours, theirs, n_bootstrap=60)
    assert found.value == pytest.approx(auroc(positive, ours) - auroc(positive, theirs), abs=1e-6)
    assert found.low <= found.high
    assert found.low >= -1
    swapped = comparing.paired_difference(positive, theirs, ours, n_bootstrap=60)
    assert (swapped.low, swapped.high) == (pytest.approx(-found.high, abs=1e-6), pytest.approx(-found.low, abs=1e-6))
    same = comparing.paired_difference(positive, ours, ours, n_bootstrap=5)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_a_paired_interval_is_as_wide_as_resampled_aurocs():
    rng = np.random.default_rng(3)
    positive = np.arange(130) < 50
    shared = rng.normal(size=130) + positive
    ours, theirs = (shared + rng.normal(size=130) * 0.3 for _ in range(2))
    found = comparing.paired_difference(positive, ours, theirs, n_bootstrap=4000)
    drawn = []
    for _ in range(1500):
        rows = np.concatenate(
            [rng.choice(np.flatnonzero(positive == side), (positive == side).sum()) for side in (1, 0)]
        )
        drawn.append(auroc(positive[rows], ours[rows]) - auroc(positive[rows], theirs[rows]))
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.006)


def test_first_matches_are_listed_ones_among_the_first_ten_of_the_first_motif():
    first = written("AGATAAGG", "1-AGATAAGG")
    rows = [{"motif": "1-AGATAAGG", "target": f"MA{i}", "target_name": "SPI1", "qvalue": "0.001"} for i in range(12)]
    for at, name, counts in ((8, "gata4", True), (9, "GATA2", True), (10, "GATA4", False)):
        placed = [*rows[:at], {**rows[at], "target_name": name}, *rows[at + 1 :]]
        found = judging.first_matches(placed, [first], GATA)
        assert [each["rank"] for each in found] == ([at + 1] if counts else [])
        assert judging.first_matches([{**row, "motif": "2-A"} for row in placed], [first], GATA) == []
        weak = [{**row, "qvalue": "0.05"} for row in placed]
        assert judging.first_matches(weak, [first], GATA) == []
    assert judging.first_matches(rows, [], GATA) == []
    assert GATA.kind_of("GATA1::TAL1") == ""


def test_motifs_that_are_the_same_are_told_and_others_are_not():
    database = ml.read_database("jaspar:fungi")
    motifs = [written("TTACCCGGA", "1-a"), written("GGCATGTCAAT", "2-b"), written("ATCCGGGTAA", "3-c")]
    bench = comparing.Bench(None, np.full(4, 0.25), both_strands=True)
    (pair,) = judging.alike(motifs, database, bench)
    assert {pair["a"], pair["b"]} == {"1-a", "3-c"}
    assert pair["qvalue"] == pytest.approx(3 * pair["pvalue"])  # of three pairs, the likest
    assert pair["correlation"] == pytest.approx(1)
    assert pair["likeness"] == pytest.approx((9 / 10) ** 0.5)
    assert pair["covered"] == (1.0, 0.9)
    assert judging.alike(motifs[:1], database, bench) == judging.alike([], database, bench) == []


@given(st.integers(-9, 9), st.booleans(), st.integers(0, 4), st.integers(1, 5))
def test_sites_at_one_distance_are_told_on_either_strand(distance, turned, n_else, seed):
    """Five sites of one motif with the other at one distance, and ``n_else`` of the other far away."""
    rng = np.random.default_rng(seed)
    sites = {}
    for i in range(5):
        strand, other = ("+", "-" if turned else "+") if rng.random() < 0.5 else ("-", "+" if turned else "-")
        start = 100 + int(rng.integers(50))
        at = start + distance if strand == "+" else start + 8 - distance - 6
        sites[f"s{i}"] = [
            judging._Place("1-a", start, start + 8, strand, 1.0),
            judging._Place("2-b", at, at + 6, other, 1),
        ]
        sites[f"s{i}"] = [sites[f"s{i}"][j] for j in rng.permutation([0, 1, *rng.integers(0, 2, i)])]
    for i in range(n_else):
        sites[f"e{i}"] = [judging._Place("2-b", 5, 11, "+", 1.0), judging._Place("1-a", 40 + i, 48 + i, "+", 1.0)]
    found = judging.placed(sites)
    touching = -6 <= distance <= 8
    assert [(row["a"], row["b"]) for row in found] == ([("1-a", "2-b")] if touching else [])
    if touching:
        assert found[0]["share"] == pytest.approx(5 / (5 + n_else))


def judged_outcome(*, differences, pairs=(), first=({"rank": 1},)):
    known = [
        {"kind": kind, "factor": name, "auroc": {"value": value},
         "difference": {"value": 0.7 - value, "low": low, "high": high}}
        for kind, name, value, low, high in differences
    ]  # fmt: skip
    judged = {"set": "Gata", "first": list(first), "known": known, "alike": list(pairs)}
    return measuring.Outcome(1, 1, motifs=({"motif": "1-AGATAAG"},), judged=judged)


def test_checks_tell_only_what_fails():
    own, better, relative = (
        ("own", "GATA4", 0.6, 0.05, 0.2),
        ("own", "GATA4", 0.8, -0.2, -0.01),
        ("family", "GATA1", 0.9, -0.3, -0.1),
    )
    fine = judged_outcome(differences=[own, relative])
    assert checks.first_belongs(fine) == checks.none_alike(fine) == ("", True)
    assert checks.as_good_as(checks.usual_profile)(fine) == checks.as_good_as(checks.best_profile)(fine) == ("", True)
    assert checks.as_good_as(checks.best_listed)(fine) == ("Gata: -0.200 to GATA1", False)
    pair = {"a": "1-a", "b": "2-b", "qvalue": 0.0099}
    poor = judged_outcome(differences=[own, better], pairs=[pair, pair, {**pair, "qvalue": 0.01}], first=())
    assert checks.first_belongs(poor) == ("Gata: 1-AGATAAG", False)
    assert checks.none_alike(poor) == ("Gata: 1-a and 2-b (q 0.01) and 1 more", False)
    assert checks.as_good_as(checks.usual_profile)(poor) == ("", True)
    assert checks.as_good_as(checks.best_profile)(poor) == ("Gata: -0.100 to GATA4", False)
    nothing = judged_outcome(differences=[])
    nothing.judged["known"].append({"kind": "own", "factor": "GATA4", "auroc": {"value": 0.6}, "difference": None})
    assert checks.as_good_as(checks.usual_profile)(nothing) == ("Gata: no motif", False)


@pytest.mark.parametrize(("n_good", "verdict"), [(12, "FAIL"), (13, "PASS"), (15, "PASS")])
def test_thirteen_of_fifteen(n_good, verdict):
    outcomes = [judged_outcome(differences=[], first=({"rank": 1},) if i < n_good else ()) for i in range(15)]
    claim = next(claim for claim in checks_of_all() if claim.check is checks.first_belongs)
    row = tables.verdict_row(claim, outcomes, n_wanted=15)
    assert row[3:] == (f"{n_good} of 15" + (": Gata: 1-AGATAAG" if n_good < 15 else ""), verdict)


def checks_of_all():
    assert len(discover._FIFTEEN) == 15
    assert set(factors.FACTORS) <= {case.name for case in discover.CASES}
    return discover.CLAIMS


def test_every_listed_profile_is_in_its_database():
    for factor in factors.FACTORS.values():
        there = {motif.alternate_name.upper() for motif in ml.read_database(factor.database)}
        listed = {name.upper() for name in (*factor.own, *itertools.chain(*(each.names for each in factor.relatives)))}
        assert listed <= there
        assert all(each.kind in (factors.FAMILY, factors.PARTNER) and each.source for each in factor.relatives)


@pytest.mark.parametrize(("consensus", "low", "high"), [("AAAAAAAA", 1.0, 1.0), ("AGATAAGG", -0.4, 0.6)])
def test_composition_keeps_what_the_order_of_columns_does_not_change(consensus, low, high):
    rng = np.random.default_rng(8)
    texts = ["".join(rng.choice(list("ACGT"), 60)) for _ in range(400)]
    texts = [text[:20] + consensus + text[28:] if i < 160 else text for i, text in enumerate(texts)]
    sequences = replace(from_strings(texts), labels=(np.arange(400) < 200).astype(np.int64))
    prepared = Prepared(sequences, sequences, sequences, None, ())
    bench = comparing.Bench(prepared, np.full(4, 0.25), both_strands=True)
    assert low - 1e-9 <= bench.composition(written(consensus)) <= high + 1e-9
