"""The recovery benchmark: its cases, its memory, STREME's files, and the arithmetic of its tables."""

import json
import stat
import sys
import types
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted import two_classes
from scipy.stats import binomtest

import motiflens as ml
from motiflens.extraction.matrices import likeness

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from recovery import cases, command, ledger, page, streme, summary, tools
from recovery.cases import Plan

STREME_TEXT = """********************************************************************************
STREME - Sensitive, Thorough, Rapid, Enriched Motif Elicitation
********************************************************************************
MEME version 5.5.5 (Release date: Thu Sep 7 15:00:00 2023 -0700)

ALPHABET "DNA" DNA-LIKE
A "Adenine" ~ T "Thymine"
C "Cytosine" ~ G "Guanine"
END ALPHABET

strands: + -

Background letter frequencies
A 0.3 C 0.2 G 0.2 T 0.3

MOTIF 1-GAT STREME-1
letter-probability matrix: alength= 4 w= 3 nsites= 120 E= 3.0e-002
 0.100000 0.100000 0.700000 0.100000
 0.900000 0.050000 0.025000 0.025000
 0.000000 0.000000 0.000000 1.000000

MOTIF 2-CC STREME-2
letter-probability matrix: alength= 4 w= 2 nsites= 40 E= 1.5e-012
 0.000000 1.000000 0.000000 0.000000
 0.000000 0.750000 0.250000 0.000000

MOTIF 3-AA STREME-3
letter-probability matrix: alength= 4 w= 2 nsites= 9 E= 2.1e+000
 1.000000 0.000000 0.000000 0.000000
 1.000000 0.000000 0.000000 0.000000

********************************************************************************
Stopped because 3 consecutive motifs exceeded the p-value threshold (0.05).
"""
SITES_TEXT = """motif_ID\tseq_ID\tsite_Start\tsite_End\tsite_Strand\tsite_Score\tsite_Sequence
1-GAT\tpos7\t4\t6\t-\t8.25\tATC
3-AA\tpos7\t1\t2\t+\t3.0\tAA
2-CC\tpos1\t1\t2\t+\t5.5\tCC

# STREME (Sensitive, Thorough, Rapid, Enriched Motif Elicitation)
"""


@pytest.fixture(scope="module")
def database():
    return ml.read_database()


@pytest.fixture(scope="module")
def profiles(database):
    return cases.chosen_profiles(database, cases.families())


def test_every_family_is_there_and_every_beginning_is_fair(database, profiles):
    family_of = cases.families()
    assert family_of["MA0139.2"] == "More than 3 adjacent zinc fingers"
    assert len({motif.name for motif in profiles}) == len(profiles) == 200
    assert {family_of.get(m.name) for m in database} == {family_of.get(m.name) for m in profiles}
    rank = np.argsort(np.argsort([motif.ic_bits for motif in profiles]))
    for n in (10, 20, 50):
        assert Counter(rank[:n] // 20) == dict.fromkeys(range(10), n // 10)


def test_the_same_cases_in_a_small_plan_and_a_large_one(profiles):
    large, small = Plan(nulls=9), Plan(3, 2, 3, (1.0, 0.05), (2000,), 1)
    whole, part = cases.cases(large, profiles), cases.cases(small, profiles)
    by_name = {case.name: case for case in whole}
    assert len(by_name) == len(whole) == (200 + 40) * 5 * 3 + 9
    singles = [case for case in part if case.kind != "null"]
    assert all(by_name[case.name] == case for case in singles)
    assert len({case.seed for case in whole}) == len(whole)
    assert Counter(case.kind for case in part) == {"single": 6, "mixture": 4, "null": 3}
    share = Counter(case.kind for case in whole[: len(whole) // 4])
    assert abs(share["single"] - 50 * 15) <= 15
    assert abs(share["mixture"] - 10 * 15) <= 15


def test_lengths_and_mixtures(profiles):
    whole = cases.cases(Plan(probabilities=(1.0,), sizes=(1000,), seeds=2), profiles)
    lengths = Counter(case.length for case in whole if case.kind == "single")
    assert set(lengths) == set(range(100, 501, 50))
    assert 0.4 < lengths[200] / lengths.total() < 0.7
    mixtures = [case for case in whole if case.kind == "mixture"]
    assert {len(case.motifs) for case in mixtures} == {2, 3, 4, 5}
    assert all(sum(motif.width for motif in case.motifs) * 1.5 <= case.length for case in mixtures)


@pytest.mark.parametrize(("plan", "share", "most"), [
    (Plan(1, 0, 0, (0.2,), (500,)), 0.2, 1),
    (Plan(0, 1, 0, (0.5,), (500,)), 0.5, 5),
    (Plan(0, 0, 1, (0.5,), (500,)), 0.0, 0),
])  # fmt: skip
def test_drawn_sequences_hold_what_the_case_says(profiles, plan, share, most):
    case = cases.cases(plan, profiles)[0]
    background = ml.Background(np.ones(1), np.array([[0.3, 0.2, 0.1, 0.4]]))
    drawn = cases.draw(case, background)
    assert drawn.codes.shape == (1000, case.length)
    planted = Counter(site.motif for site in drawn.of_class(1).planted_sites())
    assert set(planted) == ({motif.name for motif in case.motifs} if most else set())
    assert all(abs(count / 500 - share) < 0.07 for count in planted.values())
    assert not list(drawn.of_class(0).planted_sites())
    assert np.mean(drawn.of_class(0).codes == 3) == pytest.approx(0.4, abs=0.02)


def test_streme_files(tmp_path):
    (tmp_path / "streme.txt").write_text(STREME_TEXT)
    significant, others, sites = streme.read_streme(tmp_path)
    assert [(m.name, m.evidence["evalue"], m.width) for m in significant] == [("2-CC", 1.5e-12, 2), ("1-GAT", 0.03, 3)]
    assert [m.name for m in others] == ["3-AA"]
    np.testing.assert_allclose(significant[1].probabilities[:, 1], [0.9, 0.05, 0.025, 0.025])
    assert sites is None
    (tmp_path / "sites.tsv").write_text(SITES_TEXT)
    sites = streme.read_streme(tmp_path)[2]
    assert [(s.motif, s.sequence, s.start, s.end, s.strand) for s in sites] == [
        ("1-GAT", "pos7", 3, 6, "-"), ("2-CC", "pos1", 0, 2, "+")]  # fmt: skip
    (tmp_path / "sites.tsv").write_text(SITES_TEXT.replace("seq_ID", "sequence"))
    assert streme.read_streme(tmp_path)[2] is None
    (tmp_path / "sites.tsv").write_text(SITES_TEXT)
    (tmp_path / "streme.txt").write_text(STREME_TEXT.split("MOTIF")[0])
    assert streme.read_streme(tmp_path) == ((), (), ())
    (tmp_path / "streme.txt").write_text(STREME_TEXT.replace("E= 1.5e-012", ""))
    with pytest.raises(ml.InputError, match="E-value"):
        streme.read_streme(tmp_path)


def test_streme_is_given_both_files(tmp_path):
    program = tmp_path / "streme"
    program.write_text(f"""#!{sys.executable}
import sys
from pathlib import Path
given = dict(zip(sys.argv, sys.argv[1:]))
assert Path(given["--p"]).read_text() == ">p1\\nACGT\\n>p2\\nAC\\n", "positives"
assert Path(given["--n"]).read_text() == ">n1\\nGG\\n", "negatives"
assert given["--thresh"] == "0.05" and "--evalue" in sys.argv and "--dna" in sys.argv, "options"
Path(given["--oc"]).mkdir()
Path(given["--oc"], "streme.txt").write_text({STREME_TEXT!r})
""")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    positives, negatives = ml.from_strings(["ACGT", "AC"], ["p1", "p2"]), ml.from_strings(["GG"], ["n1"])
    reported = tools.Tool(tools.STREME, str(program)).function()(positives, negatives, 3)
    assert [motif.name for motif in reported.motifs] == ["2-CC", "1-GAT"]
    assert reported.evalues == (1.5e-12, 0.03)
    assert [motif.name for motif in reported.tested] == ["2-CC", "1-GAT", "3-AA"]
    assert reported.sites is None


def test_what_discover_tested_is_told_beside_what_it_found():
    sequences = two_classes({"GATTACGCA": 0.6}, n=150, length=50, random_state=4)
    positives, negatives = (replace(sequences.of_class(label), labels=None) for label in (1, 0))
    reported = tools.Tool(tools.DISCOVER).function()(positives, negatives, 2)
    assert len(reported.motifs) == len(reported.evalues) == 1
    assert len(reported.tested) >= 1
    assert {motif.name for motif in reported.tested} == {f"tested-{i + 1}" for i in range(len(reported.tested))}
    base = np.full(4, 0.25)
    alike = [likeness(reported.motifs[0].probabilities, motif.probabilities, base) for motif in reported.tested]
    assert max(alike) > 0.9
    assert reported.auroc > 0.6


def test_calls_are_noted_only_while_they_are_watched():
    module = types.ModuleType("module")
    module.double = lambda number, *, plus=0: 2 * number + plus
    with tools.watched(module, "double") as calls:
        assert module.double(3, plus=1) == 7
        assert module.double(5) == 10
    assert module.double(6) == 12
    assert calls == [(3,), (5,)]
    with tools.watched(module, "triple") as calls:
        assert calls == []
    assert not hasattr(module, "triple")


def test_a_file_goes_on_behind_its_last_whole_line(tmp_path):
    book = ledger.Ledger(tmp_path / "results-x.jsonl", {"tool": "x", "format": 1})
    assert book.open() == {}
    for name in "ab":
        book.append({"case": name, "seconds": 1})
    text = book.path.read_text()
    for cut in range(1, len('{"case": "b", "seconds": 1}') + 2):
        book.path.write_text(text[:-cut])
        assert set(book.open()) == {"a"}
        book.append({"case": "c", "seconds": 2})
        assert [record["case"] for record in ledger.read(book.path)[1]] == ["a", "c"]
    book.path.write_text('{"tool": "x", "for')  # cut off in the header
    assert book.open() == {}


def test_results_made_otherwise_are_refused(tmp_path):
    path = tmp_path / "results-x.jsonl"
    ledger.Ledger(path, {"tool": "x", "code": "old"}).open()
    ledger.Ledger(path, {"tool": "x", "code": "old"}).append({"case": "a"})
    before, other = path.read_text(), ledger.Ledger(path, {"tool": "x", "code": "new"})
    with pytest.raises(ledger.OtherResultsError, match=r"code 'old', now 'new'.*--force"):
        other.open()
    assert path.read_text() == before
    assert other.open(force=True) == {}
    assert ledger.read(path) == ({"tool": "x", "code": "new"}, [])


VARIANT = """
import motiflens as ml
from recovery.tools import Reported

calls = []
stop_at = None
first = ml.read_database()[0]

def run(positives, negatives, threads):
    assert positives.labels is None and positives.planted is None and threads == 2
    calls.append(len(positives))
    if len(calls) == stop_at:
        raise KeyboardInterrupt
    if len(positives) == 70:
        raise ml.InputError("seventy is too many.")
    return Reported((first,), (1e-3,))
"""


@pytest.fixture
def campaign(tmp_path, monkeypatch, request):
    """Run the command on a variant of its own for each test."""
    module = f"variant_{request.node.name.replace('[', '_').replace(']', '')}"
    (tmp_path / f"{module}.py").write_text(VARIANT)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(cases, "families", dict)
    monkeypatch.setattr(command, "code_digest", lambda: "c0")  # the package may be edited meanwhile
    (tmp_path / "real.fa").write_text(">a\nACGTTGCAAGGCTTAACCGGATATC\n")

    def run(folder, *more):
        fixed = ["--background", str(tmp_path / "real.fa"), "--variant", f"{module}:run", "--only-tool",
                 f"{module}:run", "--threads", "2", "--probabilities", "1.0", "--mixtures", "1"]  # fmt: skip
        return command.main(["--output", str(tmp_path / folder), *fixed, *more])

    return run, tmp_path, module


def timeless(path):
    return [{**record, "seconds": 0} for record in ledger.read(path)[1]]


def test_a_campaign_that_was_stopped_goes_on(campaign):
    run, folder, module = campaign
    sizes = ["--profiles", "2", "--mixtures", "0", "--nulls", "2", "--sizes", "60"]
    variant = __import__(module)
    run("whole", *sizes)
    assert len(variant.calls) == 4
    variant.calls.clear()
    variant.stop_at = 3
    assert run("parts", *sizes) == 130
    results = next((folder / "parts").glob("*.jsonl"))
    assert len(timeless(results)) == 2
    results.write_text(results.read_text()[:-30])  # as if it was killed while it wrote
    variant.calls.clear()
    variant.stop_at = None
    run("parts", *sizes)
    assert len(variant.calls) == 3
    assert timeless(results) == timeless(folder / "whole" / results.name)
    run("parts", *sizes)
    assert len(variant.calls) == 3  # nothing is run again
    for name in ("report.md", "cells.tsv", "figures.tsv", "runs.tsv", "lost.tsv", "recovery.png", "recovery.svg"):
        assert (folder / "parts" / name).stat().st_size
    assert "STREME (MEME Suite) was not found" in (folder / "parts" / "report.md").read_text()


def test_a_run_that_fails_is_told(campaign):
    run, folder, module = campaign
    assert run("failing", "--profiles", "1", "--nulls", "1", "--sizes", "70") == 1
    records = timeless(next((folder / "failing").glob("*.jsonl")))
    assert {record["failure"] for record in records} == {"InputError: seventy is too many."}
    assert {each["reason"] for record in records for each in record["planted"]} == {"failed"}
    assert "3 runs failed" in (folder / "failing" / "report.md").read_text()
    run("failing", "--profiles", "1", "--nulls", "1", "--sizes", "70")
    assert len(__import__(module).calls) == 6  # a failure is tried again
    assert len(timeless(next((folder / "failing").glob("*.jsonl")))) == 3


def test_the_time_limit_and_refusals(campaign, capsys):
    run, folder, _ = campaign
    run("short", "--profiles", "1", "--nulls", "0", "--sizes", "60", "--time-limit", "-1")
    assert timeless(next((folder / "short").glob("*.jsonl"))) == []
    for wrong in (["--profiles", "201"], ["--probabilities", "0"], ["--variant", "nowhere:run", "--only-tool",
                  "nowhere:run"], ["--background", "missing.fa"]):  # fmt: skip
        with pytest.raises(SystemExit) as stop:
            run("short", *wrong)
        assert stop.value.code == 2
        assert "Got" in (said := capsys.readouterr().err) or "No variant" in said


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (7, 7), (3, 11), (198, 200)])
def test_wilson_intervals(hits, n):
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert summary.Share(hits, n).interval == pytest.approx((expected.low, expected.high), abs=1e-9)


def planted(rank=1, log10_p=-50.0, **changed):
    possible = {"log10_p": log10_p, "auroc": 0.9, "precision": 1.0, "recall": 0.8, "balanced": 0.9}
    own = {"profile": "MA1.1", "factor": "F", "width": 8, "bits": 9.5, "rank": rank, "consensus": "ACGTACGT",
           "qvalue": 1e-6, "coverage": 1.0, "error": 0.02, "precision": 0.95, "recall": 0.85, "possible": possible,
           "reason": "" if rank else "not found"}  # fmt: skip
    return {**own, **changed}


def record(*motifs, kind="single", probability=1.0, n=2000, case=None, **changed):
    own = {"case": case or f"{kind}-{probability}-{n}", "kind": kind, "probability": probability, "n": n,
           "length": 200, "seconds": 5.0, "failure": "", "auroc": 0.8, "spurious": 0, "duplicates": 0,
           "reported": [], "planted": list(motifs)}  # fmt: skip
    return {**own, **changed}


def test_motifs_are_counted_by_how_plain_they_are():
    """A p-value on an edge counts as the plainer; steps that nothing is in are left out."""
    records = [
        record(planted(log10_p=-500.0), planted(None, log10_p=-20.0), kind="mixture"),
        record(planted(log10_p=-19.9)), record(planted(None, log10_p=-8.0)), record(planted(log10_p=-9.0)),
        record(planted(None, log10_p=0.0)), record(planted(None, log10_p=-1.0)), record(kind="null"),
    ]  # fmt: skip
    told = [(name, share.hits, share.n) for name, share in summary.by_plainness(records)]
    assert told == [("≤ -20", 1, 2), ("-20 to -12", 1, 1), ("-10 to -8", 1, 2), ("> -2", 0, 2)]
    assert summary.by_plainness([record(kind="null")]) == []


def test_cells_count_motifs_and_those_that_can_be_told():
    gone, faint = planted(None), planted(None, log10_p=-1.99)
    made = summary.cells([
        record(planted(), n=2000, probability=0.05),
        record(faint, n=2000, probability=0.05),
        record(planted(), gone, planted(), kind="mixture", n=2000, probability=0.05),
        record(planted(), n=1000, probability=0.5),
        record(planted(), n=5000, probability=0.5),
        record(kind="null", probability=0.0, spurious=1),
    ])  # fmt: skip
    told = [(c.kind, c.probability, c.n, c.every.hits, c.every.n, c.detectable.hits, c.detectable.n) for c in made]
    assert told == [
        ("single", 0.5, 1000, 1, 1, 1, 1),
        ("single", 0.5, 5000, 1, 1, 1, 1),
        ("single", 0.05, 2000, 1, 2, 1, 1),
        ("mixture", 0.05, 2000, 2, 3, 2, 3),
    ]
    assert [cell.verdict for cell in made] == ["PASS", "PASS", "FAIL", ""]


@pytest.mark.parametrize(("probability", "n", "asked"), [
    (1.0, 5000, 0.99), (0.2, 2000, 0.99), (0.19, 2000, 0.95), (0.1, 5000, 0.95), (0.05, 2000, 0.80),
    (0.2, 1999, 0.98), (0.1, 1000, 0.85), (0.05, 1000, 0.60), (0.04, 5000, None), (1.0, 999, None),
])  # fmt: skip
def test_what_is_asked(probability, n, asked):
    share = summary.Share(1, 1)
    assert summary.Cell("single", probability, n, share, share).asked == asked


def figures(records):
    return {line.what: (line.measured, line.verdict) for line in summary.lines(records)}


def test_figures():
    told = figures([
        record(planted(error=0.01), planted(None, error=9.0), planted(error=0.05, precision=0.5), kind="mixture"),
        record(planted(error=0.06, precision=None, recall=None), probability=0.5, spurious=1, seconds=8.0),
        record(planted(error=7.0, precision=0.0), probability=0.2, duplicates=1),
        record(failure="broken", auroc=None),
        record(kind="null", probability=0.0, spurious=3, auroc=0.1, seconds=2.0),
    ])  # fmt: skip
    assert told["median column error, probability ≥ 0.5, bits"] == ("0.05 (n 3)", "PASS")
    assert told["spurious motifs a run"] == ("0.3333 (n 3)", "FAIL")
    assert told["duplicates a run"] == ("0.3333 (n 3)", "FAIL")
    assert told["precision of sites, probability 1, mean"] == ("0.8 (n 3)", "FAIL")
    assert told["runs without signal that report a motif"][1] == "FAIL"
    assert told["seconds a run, median"] == ("5", "")
    assert told["seconds a run, longest"] == ("8", "")
    assert told["test AUROC, mean"] == ("0.8", "")


@pytest.mark.parametrize(("hits", "verdict"), [(5, "PASS"), (6, "FAIL")])
def test_five_nulls_in_a_hundred(hits, verdict):
    records = [record(kind="null", spurious=int(i < hits), case=str(i)) for i in range(100)]
    assert summary.nulls([*records, record(kind="null", spurious=0, failure="broken")]).verdict == verdict
    assert summary.nulls(records).measured.startswith(f"{hits} of 100: ")


def test_what_was_not_measured_is_said():
    verdicts = Counter(line.verdict for line in summary.lines([]))
    assert verdicts["NOT MEASURED"] == 6
    assert verdicts["PASS"] == verdicts["FAIL"] == 0


def test_report_lists_what_was_lost_the_plainest_first(tmp_path):
    heard = {"consensus": "TTT", "evalue": 0.01, "spurious": True}
    records = [
        record(planted(None, log10_p=-3.0, consensus=None, reason="wrong"), case="faint", reported=[heard]),
        record(planted(None, log10_p=-90.0, coverage=0.7, reason="cut short"), case="plain"),
        record(planted(), case="fine"),
        record(kind="null", case="null"),
    ]
    results = {"motiflens": ({"tool": "motiflens", "code": "c1"}, records), "streme": ({"tool": "streme"}, records[2:])}
    text = page.markdown(results, ["Note."])
    assert "Lost: 1 cut short, 1 wrong." in text
    assert text.index("| plain | MA1.1 | F | 9.5 | -90.0 | cut short | ACGTACGT covers 70 % |") < text.index("| faint ")
    assert "| wrong | TTT |" in text
    assert "code c1. 4 runs." in text
    assert "Nothing was lost." in text
    page.write_tables(tmp_path, results)
    lines = [line.split("\t") for line in (tmp_path / "runs.tsv").read_text().splitlines()]
    assert {len(line) for line in lines} == {len(lines[0])}
    assert [line[1] for line in lines[1:]] == ["faint", "plain", "fine", "null", "fine", "null"]
    assert len((tmp_path / "lost.tsv").read_text().splitlines()) == 3
    assert json.dumps(records)  # plain data
