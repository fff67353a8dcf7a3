"""The benchmark's reading, checks and tables, on small files; no benchmark is run."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from motiflens import __version__, database

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import checks  # noqa: E402
import discover  # noqa: E402
import measuring  # noqa: E402
import tables  # noqa: E402

MOTIFS = """motif\tconsensus\twidth\theldout_pvalue\tbest_match_name\tmatch_qvalue
1-TTATGCAAA\tTTATGCAAA\t9\t3.1e-30\tPou5f1::Sox2\t1e-9
2-CAGCAGG\tCAGCAGG\t7\t0.002\t\t
"""
MATCHES = """motif\ttarget\ttarget_name\tqvalue
1-TTATGCAAA\tMA1\tPou5f1::Sox2\t1e-9
1-TTATGCAAA\tMA2\tCTCFL\t0.001
1-TTATGCAAA\tMA3\tCtcf\t0.02
1-TTATGCAAA\tMA4\tHOXA5\t0.05
2-CAGCAGG\tMA5\tZic1::Zic2\t0.04
2-CAGCAGG\tMA6\t"HOXB6\t
"""
METRICS = {
    "n": {"train": 70, "valid": 10, "test": 20},
    "test": {"auroc": {"value": 0.875, "low": 0.8, "high": 0.9}},
    "baselines": {"kmer_logistic": {"value": 0.75}},
}


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "peaks.fa"
    source.write_text(">a\nACGT\n")
    folder = tmp_path / "seed-0"
    folder.mkdir()
    (folder / "motifs.tsv").write_text(MOTIFS)
    (folder / "matches.tsv").write_text(MATCHES)
    (folder / "metrics.json").write_text(json.dumps(METRICS))
    # sha256sum of the file above
    inputs = {str(source): "ec93753459551ffadb17f616d5e6bd45de641c045083fac84c4fa223987b232b"}
    (folder / "run.json").write_text(json.dumps({"versions": {"motiflens": __version__}, "inputs": inputs}))
    note(folder, arguments=["peaks.fa"])
    return folder


def note(folder, **changed):
    facts = {
        "arguments": [],
        "seconds": 12.5,
        "peak_bytes": 1_500_000_000,
        "exit_code": 0,
        "last_line": "",
        "code": "c0",
    }
    (folder.parent / "seed-0.measured.json").write_text(json.dumps({**facts, **changed}))


@pytest.fixture
def outcome(folder):
    return measuring.read_outcome(folder)


def test_reads_tables_as_they_are(outcome):
    assert [row["consensus"] for row in outcome.motifs] == ["TTATGCAAA", "CAGCAGG"]
    assert outcome.matches[-1]["target_name"] == '"HOXB6'  # a quotation mark is a letter like any other
    assert (outcome.seconds, outcome.auroc, outcome.code) == (12.5, 0.875, "c0")


def test_only_significant_matches_count(outcome):
    assert [row["target"] for row in outcome.matches_of("1-TTATGCAAA")] == ["MA1", "MA2", "MA3"]
    assert [row["target"] for row in outcome.matches_of("2-CAGCAGG")] == ["MA5"]


@pytest.mark.parametrize(("check", "text", "holds"), [
    (checks.auroc(0.875), "0.8750", False),
    (checks.auroc(0.875, strict=False), "0.8750", True),
    (checks.auroc(0.874), "0.8750", True),
    (checks.wall(12), "12.5 s", False),
    (checks.memory(1.5), "1.50 GB", True),
    (checks.memory(1.4), "1.50 GB", False),
    (checks.found(checks.named("SOX2")), "1-TTATGCAAA: Pou5f1::Sox2 (q 1e-09)", True),
    (checks.found(checks.alone("SOX2")), "none", False),
    (checks.found(checks.named("ZIC2")), '2-CAGCAGG: Zic1::Zic2 (q 0.04)', True),
    (checks.found(checks.named("SOX")), "none", False),
    (checks.found(checks.is_homeobox), "none", False),
    (checks.first_is("CTCF"), "1-TTATGCAAA: Ctcf (q 0.02), match 3", True),
    (checks.first_is("HOXA5"), "1-TTATGCAAA: not HOXA5", False),
    (checks.first_is("ZIC2"), "1-TTATGCAAA: not ZIC2", False),
    (checks.only_motif("TTATGCAAA"), "TTATGCAAA, CAGCAGG", False),
    (checks.no_motif, '1-TTATGCAAA, 2-CAGCAGG', False),
])  # fmt: skip
def test_checks(outcome, check, text, holds):
    assert check(outcome) == (text, holds)


def test_checks_of_one_motif_and_of_none():
    one = measuring.Outcome(1, 1, motifs=({"motif": "1-AACG", "consensus": "AACG"},))
    none = measuring.Outcome(1, 1)
    assert checks.only_motif("CGTT")(one) == ("AACG", True)
    assert checks.only_motif("GCAA")(one) == ("AACG", False)
    assert checks.no_motif(none) == ("none", True)
    assert checks.first_is("REST")(none) == ("REST: no motif", False)
    assert checks.only_motif("CGTT")(none) == ("none", False)


def test_only_the_first_ten_motifs_count():
    names = [f"{rank}-A" for rank in range(1, 12)]
    motifs = tuple({"motif": name} for name in names)
    for last, holds in (("10-A", True), ("11-A", False)):
        match = {"motif": last, "target_name": "SOX2", "qvalue": "0.001"}
        outcome = measuring.Outcome(1, 1, motifs=motifs, matches=(match,))
        assert checks.found(checks.named("SOX2"))(outcome)[1] is holds


def test_homeobox_families_are_those_of_jaspar():
    rows = database._query("""
        SELECT DISTINCT m.NAME, a.VAL
        FROM MATRIX m JOIN MATRIX_ANNOTATION a USING (ID) JOIN MATRIX_ANNOTATION t USING (ID)
        WHERE m.COLLECTION = 'CORE' AND a.TAG = 'class' AND t.TAG = 'tax_group' AND t.VAL = 'vertebrates'
    """)
    classes = {cls for name, cls in rows if checks.is_homeobox(name)}
    assert classes == {"Homeo domain factors"}
    assert all(any(checks.is_homeobox(name) and name.upper().startswith(family) for name, _ in rows)
               for family in checks.HOMEOBOX)  # fmt: skip
    assert not any(checks.is_homeobox(name) for name in ("POU5F1", "Pou5f1::Sox2", "ENGRAILED", "SOX2", "ERF::HOXB13"))


def test_a_run_is_used_again_only_for_the_same_command_and_files(folder):
    assert measuring.is_done(["peaks.fa"], folder)
    assert not measuring.is_done(["peaks.fa", "--seed", "1"], folder)
    assert not measuring.is_done(["peaks.fa"], folder.with_name("seed-1"))
    (folder.parent / "peaks.fa").write_text(">a\nACGA\n")
    assert not measuring.is_done(["peaks.fa"], folder)
    (folder.parent / "peaks.fa").unlink()
    assert not measuring.is_done(["peaks.fa"], folder)


def test_a_failed_run_is_told_and_run_again(folder):
    note(folder, arguments=["peaks.fa"], exit_code=2, last_line="no such file")
    assert not measuring.is_done(["peaks.fa"], folder)
    failed = measuring.read_outcome(folder)
    assert failed.failure == "exit code 2: no such file"
    claim = checks.Claim("set", ("set",), "AUROC", "", checks.auroc(0.5))
    assert tables.verdict_row(claim, [failed], n_wanted=1)[3:] == ("exit code 2: no such file", "FAIL")
    assert tables.run_row("set", 0, failed)[-1] == "exit code 2: no such file"


def test_timed_measures_the_process():
    code = """
import sys, time
block = bytearray(200_000_000)
time.sleep(0.2)
print("a\\nlast", file=sys.stderr)
sys.exit(3)
"""
    cost = measuring.timed([sys.executable, "-c", code])
    assert (cost.exit_code, cost.last_line) == (3, "last")
    assert 0.2 <= cost.seconds < 20
    assert cost.peak_bytes >= 200e6
    assert measuring.timed([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]).exit_code == -9


def test_the_peak_is_not_inflated():
    """Measured from a small process, as the script is: a child's peak starts at its parent's size."""
    code = """
import sys
import measuring
print(measuring.timed([sys.executable, "-c", "block = bytearray(200_000_000)"]).peak_bytes)
"""
    path = str(Path(measuring.__file__).parent)
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    assert 200e6 <= float(done.stdout) < 400e6


@pytest.mark.parametrize(("n_good", "verdict"), [(4, "FAIL"), (5, "PASS"), (6, "PASS")])
def test_a_claim_of_five_in_six(n_good, verdict):
    outcomes = [measuring.Outcome(1 if i < n_good else 3, 1) for i in range(6)]
    claim = checks.Claim("yeast", tuple("abcdef"), "time", "≤ 2 s", checks.wall(2), Fraction(5, 6))
    row = tables.verdict_row(claim, outcomes, n_wanted=6)
    assert row[3].startswith(f"{n_good} of 6: 1.0 s")
    assert row[4] == verdict
    assert tables.verdict_row(claim, outcomes[:5], n_wanted=6)[3:] == ("5 of 6 runs", "not run")


def test_render_shows_verdicts_runs_and_what_is_stale(outcome):
    claims = [
        checks.Claim("peaks", ("peaks",), "test AUROC", "> 0.85", checks.auroc(0.85)),
        checks.Claim("other", ("other",), "test AUROC", "> 0.85", checks.auroc(0.85)),
    ]
    figures = {"help_seconds": 0.71, "imports_torch": False, "jit_seconds": 9.0, "code": "c0"}
    text = tables.render(claims, {("peaks", 0): outcome}, figures, seeds=1)
    lines = text.splitlines()
    assert lines[0].startswith("3 PASS, 1 FAIL, 1 not run. ")
    assert "Run with other code than the present: peaks, startup." in lines
    assert "| peaks | test AUROC | > 0.85 | 0.8750 | PASS |" in lines
    assert "| other | test AUROC | > 0.85 | 0 of 1 runs | not run |" in lines
    assert "| startup | motiflens --help, median of 5 | < 0.7 s | 0.71 s | FAIL |" in lines
    expected = "`1-TTATGCAAA` Pou5f1::Sox2 (q 1e-09), p 3e-30<br>`2-CAGCAGG` no match, p 0.002"
    assert f"| peaks | 0 | 80 / 20 | 0.875 (0.800-0.900) | 0.750 | 2 | 12 | 1.50 | {expected} |" in lines


def test_replaces_what_lies_between_the_markers():
    text = f"# title\n{tables.START}\nold\n{tables.END}\nend\n"
    changed = tables.replace_results(text, "new\n")
    assert changed == f"# title\n{tables.START}\nnew\n\n{tables.END}\nend\n"
    assert tables.replace_results(changed, "new\n") == changed
    for wrong in ("none", text + text, f"{tables.END}{tables.START}"):
        with pytest.raises(ValueError, match="once each"):
            tables.replace_results(wrong, "new")


def test_every_claim_is_about_cases_that_exist():
    names = [case.name for case in discover.CASES]
    assert len(set(names)) == len(names)
    assert {name for claim in discover.CLAIMS for name in claim.cases} == set(names)


def test_made_inputs(tmp_path):
    primer = tmp_path / "abidlabs_primer"
    primer.mkdir()
    (primer / "sequences.txt").write_text("ACGT\nGGCC\nTTAA\n")
    (primer / "labels.txt").write_text("1\n0\n1\n")
    discover.make_table(tmp_path, tmp_path)
    assert (tmp_path / "abidlabs.tsv").read_text() == "sequence\tlabel\nACGT\t1\nGGCC\t0\nTTAA\t1\n"
    (primer / "labels.txt").write_text("label\n1\n0\n1\n")
    with pytest.raises(ValueError, match="longer"):
        discover.make_table(tmp_path, tmp_path)


def test_refuses_options_that_cannot_be(tmp_path, capsys):
    for arguments in (["--data", str(tmp_path / "none")], ["--data", str(tmp_path), "--seeds", "0"],
                      ["--data", str(tmp_path), "--only", "nothing"]):  # fmt: skip
        with pytest.raises(SystemExit) as stopped:
            discover.main(arguments)
        assert stopped.value.code == 2
    assert "--seeds: must be at least 1. Got 0." in capsys.readouterr().err
