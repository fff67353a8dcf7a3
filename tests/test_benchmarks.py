"""The benchmark's reading, checks and tables, on small files; no benchmark is run."""

import itertools
import json
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens import __version__, database
from motiflens.networks.model import FilterNetwork, predict_probabilities

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import checks  # noqa: E402
import discover  # noqa: E402
import measuring  # noqa: E402
import performance  # noqa: E402
import tables  # noqa: E402
from speed import child, commands, limits, machine, peers, processes, rows, tasks  # noqa: E402

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


LINE = rows.Result("row", "work", "peer", ">= 2x")


def test_ratios_are_those_of_medians_with_quartiles_of_rounds():
    ratio = rows.Ratio.of([3, 8, 10, 1, 40], [1, 2, 5, 1, 4])
    assert ratio.value == 8 / 2
    # the rounds' own ratios, sorted: 1, 2, 3, 4, 10
    assert (ratio.low, ratio.high) == (2, 4)
    assert str(ratio) == "4x (2-4)"
    assert rows.Ratio.of([6], [4]) == rows.Ratio(1.5, 1.5, 1.5)
    with pytest.raises(ValueError, match="shorter"):
        rows.Ratio.of([1, 2], [1])


@pytest.mark.parametrize(("theirs", "verdict"), [(1.99, "FAIL"), (2.0, "PASS"), (2.5, "PASS")])
def test_a_comparison_says_whether_the_target_is_met(theirs, verdict):
    line = rows.compared(LINE, [0.5, 1.0, 7.0], [theirs / 2, theirs, theirs * 7], 2, note="seen")
    assert (line.verdict, line.ours, line.note) == (verdict, "1000 ms", "seen")
    assert (line.row, line.work, line.peer, line.target) == ("row", "work", "peer", ">= 2x")


@pytest.mark.parametrize(("limit", "verdict"), [(2.9, "FAIL"), (3.0, "PASS")])
def test_a_limit_in_seconds(limit, verdict):
    line = rows.within(LINE, [1.0, 3.0, 5.0], limit)
    assert (line.measured, line.verdict) == ("3 s (2-4)", verdict)


def test_sides_take_turns_after_one_warm_up_each():
    calls, now = [], itertools.accumulate(itertools.count(1))  # 1, 3, 6, 10, ...: no two steps alike
    sides = {name: lambda name=name: calls.append(name) for name in ("a", "b", "c")}
    seconds = rows.alternate(sides, 2, clock=lambda: next(now))
    assert calls == ["a", "b", "c"] * 3
    assert seconds == {"a": [2, 8], "b": [4, 10], "c": [6, 12]}


def test_sides_that_differ_or_do_not_learn_are_refused():
    rows.check_equal("logits", 1e-4, 1e-4)
    for wrong in (2e-4, float("nan")):
        with pytest.raises(rows.CannotRunError, match="logits differ by"):
            rows.check_equal("logits", wrong, 1e-4)
    assert rows.check_falling({"a": [2, 3, 1], "b": [1, 0.5]}) == "loss a 2.000 to 1.000, b 1.000 to 0.500"
    with pytest.raises(rows.CannotRunError, match="loss of b does not fall"):
        rows.check_falling({"a": [2, 1], "b": [1, 0.5, 1]})


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(rows.CannotRunError, match="no_such_module is not installed"):
        rows.peer("json", "no_such_module")
    with pytest.raises(rows.CannotRunError, match=r"no motiflens\.no_such_name yet"):
        rows.ours("motiflens", "no_such_name")
    with pytest.raises(rows.CannotRunError, match=r"no motiflens\.no_such_module\.f yet"):
        rows.ours("motiflens.no_such_module", "f")
    (tmp_path / "here").write_text("")
    settings = rows.Settings(tmp_path, tmp_path, repeats=3)
    assert settings.file("here") == tmp_path / "here"
    for data in (tmp_path, None):
        with pytest.raises(rows.CannotRunError, match="--data"):
            rows.Settings(data, tmp_path).file("gone")
    assert (settings.rounds(7), rows.Settings(None, tmp_path).rounds(7)) == (3, 7)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_time_in_nested_and_parallel_events_is_counted_once(pairs):
    spans = [(min(pair), max(pair)) for pair in pairs]
    marks = [mark for start, end in spans for mark in ((start, True), (end, False))]
    covered = {second for start, end in spans for second in range(start, end)}
    assert child.union_seconds(marks[::-1]) == len(covered)


def test_compilation_is_seen_and_its_time_is_no_more_than_all():
    from numba import njit

    @njit
    def inner(x):
        return x + 1

    @njit
    def outer(x):
        return inner(x) * 2

    first = child.watched(lambda: outer(3))
    assert first["n_compiled"] == 2
    assert 0 < first["compile"] <= first["lock"]
    again = child.watched(lambda: outer(4))
    assert (again["n_compiled"], again["compile"]) == (0, 0)


def test_a_command_that_fails_gives_no_figures(tmp_path):
    with pytest.raises(rows.CannotRunError, match=r"exit code 2: .*no-such-file"):
        processes.fresh("compile_command", arguments=["discover", "no-such-file", "-o", str(tmp_path / "out")])


def test_a_program_tells_its_own_peak_not_that_of_its_parent():
    block = np.ones(40_000_000)  # 320 MB, all touched
    code = "import child; print(child.peak_bytes())"
    path = str(Path(child.__file__).parent)
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    assert 2e6 < int(done.stdout) < block.nbytes / 4


@pytest.mark.parametrize("both", [False, True])
def test_look_ups_are_counted_right(both):
    net = FilterNetwork(n_filters=3, filter_width=7, length=11, both_strands=both)
    counted = 0
    for _ in range(2):  # sequences
        for start in range(11):
            if start + 7 <= 11:
                counted += len(range(start, start + 7, 3)) * 3 * (2 if both else 1)
    assert limits.look_ups(tasks.Task(net, n=2, batch=1)) == counted


def test_the_machine_is_one_that_can_be():
    assert machine.vector_width() in (4, 8, 16)
    assert machine.clock_hz() > 1e8
    assert machine.add_from_cache(10_000, 16) > 0
    assert machine.versions()["motiflens"] == __version__


def test_one_hot_arrays():
    codes = np.array([[0, 3, 4], [2, 1, 1]], np.uint8)
    last = np.zeros((2, 3, 4), np.float32)
    for row, column, letter in ((0, 0, 0), (0, 1, 3), (1, 0, 2), (1, 1, 1), (1, 2, 1)):
        last[row, column, letter] = 1
    assert np.array_equal(tasks.columns_last(codes), last)
    first = tasks.columns_first(codes)
    assert first.shape == (2, 4, 3)
    assert all(first[n, letter, column] == last[n, column, letter] for n, column, letter in np.ndindex(last.shape))


@pytest.mark.parametrize(("length", "word"), [(101, "GATA"), (1000, "GATAC")])
def test_random_sequences_are_labelled_by_a_word(length, word):
    drawn = tasks.random_set(300, length, seed=5)
    assert drawn.positive.tolist() == [word in text for text in drawn.strings()]
    assert 0.2 < drawn.positive.mean() < 0.8


@pytest.mark.parametrize(("both", "n_hidden"), [(False, 6), (True, 0)])
def test_the_torch_side_computes_what_ours_does(both, n_hidden):
    net = FilterNetwork(n_filters=5, filter_width=7, length=33, n_hidden=n_hidden, both_strands=both)
    trained, drawn = tasks.random_network(net, seed=3), tasks.random_set(40, 33)
    side = peers.TorchSide(trained, drawn, batch=9, threads=1)
    assert np.allclose(side.probabilities(drawn.codes), predict_probabilities([trained], drawn), atol=1e-5)
    losses = side.train(8)
    assert len(losses) == 8
    assert losses[-1] < losses[0]


def test_streme_gets_plain_files_where_it_is_installed(tmp_path, monkeypatch):
    import gzip

    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    assert commands._streme("a.fa.gz", "b.fa.gz", tmp_path) == ""
    for name in ("a", "b"):
        (tmp_path / f"{name}.fa.gz").write_bytes(gzip.compress(f">{name}\nACGT\n".encode()))
    program, home = tmp_path / "bin" / "streme", tmp_path / "home"
    program.parent.mkdir()
    home.mkdir()
    program.write_text(f'#!{sys.executable}\nimport sys\nopen("{tmp_path}/said", "w").write(open(sys.argv[3]).read() '
                       '+ open(sys.argv[5]).read())\n')  # fmt: skip
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    told = commands._streme(str(tmp_path / "a.fa.gz"), str(tmp_path / "b.fa.gz"), home)
    assert re.fullmatch(rf"{program}: \d+ s", told)
    assert (tmp_path / "said").read_text() == ">a\nACGT\n>b\nACGT\n"


@pytest.fixture
def two_rows(tmp_path, monkeypatch):
    """Two rows that cost nothing, and a folder to keep them in."""
    good = rows.compared(rows.Result("good", "work", "peer", ">= 2x"), [1], [3], 2)

    def broken(settings):
        raise rows.CannotRunError("keras is not installed")

    monkeypatch.setattr(performance, "ROWS", {"good": lambda settings: [good], "broken": broken})
    monkeypatch.setattr(performance, "KEPT", tmp_path / "kept")
    return tmp_path


def test_rows_are_run_kept_and_shown(two_rows):
    output, readme = two_rows / "table.md", two_rows / "README.md"
    readme.write_text(f"# title\n{performance.START}\nold\n{performance.END}\nend\n")
    assert performance.main(["--only", "good", "--output", str(output), "--threads", "3"]) == 0
    assert "1 PASS, 0 FAIL, 0 not run. " in output.read_text()
    assert "3 threads." in output.read_text()
    assert performance.main(["--only", "broken", "--output", str(output), "--readme", str(readme)]) == 0
    lines = readme.read_text().splitlines()
    assert lines[:2] == ["# title", performance.START]
    assert lines[-2:] == [performance.END, "end"]
    assert "| good | work | peer | >= 2x | 3x (3-3) | 1000 ms | 3000 ms | PASS |  |" in lines
    assert "| broken |  |  |  |  |  |  | not run | keras is not installed |" in lines
    assert output.read_text().splitlines() == ["# Performance", "", *lines[2:-3]]


def test_rows_of_other_code_or_conditions_are_told(two_rows):
    kept = {name: performance.run_row(name, rows.Settings(None, two_rows)) for name in performance.ROWS}
    assert "other code" not in performance.render(kept)
    old = performance.Kept("c0", "another machine", kept["good"].results)
    text = performance.render({**kept, "good": old})
    assert "Run with other code than the present: good.\n" in text
    assert "good: another machine. broken: " in text
    path = two_rows / "some" / "good.json"
    performance.write_kept(path, old)
    assert performance.read_kept(path) == old


def test_a_missed_target_fails_the_command(two_rows, monkeypatch):
    missed = rows.compared(rows.Result("good", "work", "peer", ">= 2x"), [2], [3], 2)
    monkeypatch.setattr(performance, "ROWS", {"good": lambda settings: [missed]})
    assert performance.main(["--output", str(two_rows / "table.md")]) == 1
    assert "| 1.5x (1.5-1.5) | 2000 ms | 3000 ms | FAIL |" in (two_rows / "table.md").read_text()


def test_performance_refuses_options_that_cannot_be(tmp_path, capsys):
    for arguments in (["--data", str(tmp_path / "none")], ["--threads", "0"], ["--repeats", "-1"],
                      ["--only", "nothing"]):  # fmt: skip
        with pytest.raises(SystemExit) as stopped:
            performance.main(arguments)
        assert stopped.value.code == 2
    assert "--repeats: must be at least 1. Got -1." in capsys.readouterr().err


def test_peers_are_pinned_as_the_constraints_pin_them():
    def pins(path):
        return dict(re.findall(r"^([\w-]+)==(\S+)$", path.read_text(), re.MULTILINE))

    asked, constrained = pins(BENCHMARKS / "requirements-performance.txt"), pins(BENCHMARKS.parent / "constraints.txt")
    assert {"keras", "tensorflow", "tangermeme", "lightmotif", "MOODS-python", "memelite"} == set(asked)
    assert all(constrained.get(name, version) == version for name, version in asked.items())
