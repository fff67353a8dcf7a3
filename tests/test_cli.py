"""The command line as its users meet it: real processes, signals, and every way to fail."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from fake_discovery import fake_discovery, fake_findings

from motiflens import __version__
from motiflens.cli import main
from motiflens.cli.summary import show_discovery

HERE = Path(__file__).parent
COMMANDS = ("discover", "scan", "match", "train", "simulate", "describe", "reproduce", "demo")

# A program that runs the command line with a made-up `discover`, so that no network is trained.
DRIVER = f"""
import logging, signal, sys, time, types, warnings
sys.path.insert(0, {str(HERE)!r})
def discover(positives, **options):
    {{body}}
    from fake_discovery import fake_discovery
    return fake_discovery()
fake = types.ModuleType("motiflens.discovering")
fake.discover = discover
sys.modules["motiflens.discovering"] = fake
from motiflens.cli import main
sys.exit(main())
"""


def driver(body="pass"):
    lines = textwrap.indent(textwrap.dedent(body), "    ").strip()
    return [sys.executable, "-c", DRIVER.format(body=lines)]


def run(*arguments, body="pass", **options):
    return subprocess.run([*driver(body), *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def one_line(text):
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text


def test_version_and_help_are_quick_and_import_nothing_heavy():
    code = """
import sys
from motiflens.cli import main
codes = [main(["--version"]), main(["--help"]), *(main([name, "--help"]) for name in %r)]
heavy = {"torch", "numba", "numpy", "scipy", "pandas", "matplotlib", "sklearn", "Bio", "jinja2"} & set(sys.modules)
sys.exit(f"{codes} {heavy}" if any(codes) or heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", code % (COMMANDS,)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"motiflens {__version__}\n")
    assert all(name in done.stdout for name in COMMANDS)
    assert done.stderr == ""


def test_python_m_motiflens_is_the_same_program():
    done = subprocess.run([sys.executable, "-m", "motiflens", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"motiflens {__version__}\n")


@pytest.mark.parametrize(("arguments", "start", "part"), [
    ([], "motiflens: error:", "Missing command"),
    (["discver"], "motiflens: error:", "No such command 'discver'"),
    (["discover"], "motiflens discover: error:", "POSITIVES"),
    (["discover", "x.fa"], "motiflens discover: error:", "--output"),
    (["discover", "x.fa", "-o", "y", "--strands", "up"], "motiflens discover: error:", "--strands"),
    (["discover", "x.fa", "-o", "y", "--seed", "-1"], "motiflens discover: error:", "--seed"),
    (["discover", "x.fa", "-o", "y", "--threads", "0"], "motiflens discover: error:", "--threads"),
    (["discover", "x.fa", "-o", "y", "--window", "1" + 20 * "0"], "motiflens discover: error:", "--window"),
    (["discover", "", "-o", "y"], "motiflens discover: error:", "POSITIVES"),
    (["discover", "x.fa", "", "-o", "y"], "motiflens discover: error:", "POSITIVES"),
    *((["discover", "x.fa", "-o", "y", name, ""], "motiflens discover: error:", name) for name in (
        "--output", "--negatives", "--test-positives", "--test-negatives", "--genome", "--blacklist", "--database")),
    (["discover", "x.fa", "-o", "y", "--nosuch"], "motiflens discover: error:", "--nosuch"),
    (["demo", "x.fa", "-o", "y"], "motiflens demo: error:", "x.fa"),
    (["train", "x.tsv", "-o", "y"], "motiflens train: error:", "--network"),
    (["train", "-o", "y", "--network", "deepbind"], "motiflens train: error:", "DATA"),
    (["train", "x.tsv", "--network", "deepbind"], "motiflens train: error:", "--output"),
    (["train", "", "-o", "y", "--network", "deepbind"], "motiflens train: error:", "DATA"),
    *((["train", "x.tsv", "-o", "y", "--network", "deepbind", *more], "motiflens train: error:", more[0]) for more in (
        ("--test", ""), ("--negatives", ""), ("--filters", "many"), ("--class-weight", "even"), ("--networks", "0"),
        ("--activation", "gelu"), ("--strands", "up"), ("--seed", "-1"), ("--learning-rate", "fast"))),
])  # fmt: skip
def test_wrong_usage_is_one_line_with_a_hint_and_code_2(arguments, start, part, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert one_line(err).startswith(start)
    assert part in err
    assert "--help'" in err


def test_quiet_and_verbose_contradict(capsys, tmp_path):
    assert main(["discover", "x.fa", "-o", str(tmp_path / "y"), "-v", "--quiet"]) == 2
    assert "contradict" in one_line(capsys.readouterr().err)


def test_the_output_is_checked_before_the_input_is_read(tmp_path):
    done = run("discover", "nosuch.fa", "-o", tmp_path, body="raise SystemExit('the input was read')")
    assert done.returncode == 2
    assert "exists already" in one_line(done.stderr)
    done = run("discover", "nosuch.fa", "-o", "/dev/null/out", body="raise SystemExit('the input was read')")
    assert done.returncode == 2
    assert one_line(done.stderr).startswith("motiflens discover: error: Cannot write the output folder /dev/null/out")


def test_a_run_writes_the_folder_and_a_readable_summary(tmp_path):
    done = run("discover", "peaks.fa", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    assert "Test AUROC 0.860 (0.810-0.900)" in done.stdout
    assert "1-TGACTCA" in done.stdout
    assert done.stdout.endswith(f"Report: {tmp_path / 'out' / 'report.html'}\n")
    assert names(tmp_path) == ["out"]


def test_quiet_prints_nothing_but_the_json_that_is_asked_for(tmp_path):
    done = run("discover", "peaks.fa", "-o", tmp_path / "a", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run("discover", "peaks.fa", "-o", tmp_path / "b", "--quiet", "--json")
    assert json.loads(done.stdout)["output"] == str(tmp_path / "b")


def test_a_match_that_chance_would_give_is_not_named_in_the_table(tmp_path, capsys):
    first, second = fake_findings()
    matches = [(dataclasses.replace(first.matches[0], qvalue=q),) for q in (0.05, 0.06)]
    found = fake_discovery(findings=(dataclasses.replace(first, matches=matches[0]),
                                     dataclasses.replace(second, matches=matches[1])))  # fmt: skip
    show_discovery(found, tmp_path, as_json=False, quiet=False)
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line[:2] in ("1-", "2-")]
    assert [row[1] for row in rows] == ["FOS", "-"]


def test_one_candidate_is_not_called_candidates(tmp_path, capsys):
    show_discovery(
        dataclasses.replace(fake_discovery(findings=()), n_candidates=1), tmp_path, as_json=False, quiet=False
    )
    assert "none of 1 candidate passed" in capsys.readouterr().out


def test_json_is_one_object_on_stdout_and_the_log_stays_on_stderr(tmp_path):
    body = "logging.getLogger('motiflens.x').info('made 7 negatives')"
    done = run("discover", "peaks.fa", "-o", tmp_path / "out", "--json", body=body)
    found = json.loads(done.stdout)
    assert found["output"] == str(tmp_path / "out")
    assert found["metrics"] == json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert [(motif["motif"], motif["best_match_name"]) for motif in found["motifs"]] == [
        ("1-TGACTCA", "FOS"), ("2-TGTGGTTT", None),
    ]  # fmt: skip
    assert done.stderr == "motiflens: made 7 negatives\n"
    assert found["audit"]["facts"]["median_length"] == 101
    assert "12 sequences occur twice" in found["audit"]["warnings"][0]
    assert len(found["notes"]) == 2


@pytest.mark.parametrize(("flag", "expected"), [
    ("--quiet", ["an error"]), ("--force", ["a note", "an error"]), ("-v", ["a detail", "a note", "an error", "odd"]),
])  # fmt: skip
def test_how_much_is_said(tmp_path, flag, expected):
    body = """
    log = logging.getLogger("motiflens.x")
    log.debug("a detail"); log.info("a note"); log.error("an error"); warnings.warn("odd")
    """
    done = run("discover", "peaks.fa", "-o", tmp_path / "out", flag, body=body)
    assert done.returncode == 0
    assert [word for word in ("a detail", "a note", "an error", "odd") if word in done.stderr] == expected


def test_every_option_reaches_discover_by_its_name(tmp_path):
    options = ["--negatives", "n.fa", "--test-positives", "tp.fa", "--test-negatives", "tn.fa", "--genome", "g.fa",
               "--blacklist", "b.bed", "--window", "200", "--database", "jaspar:fungi", "--strands", "both",
               "--mask-lower", "--seed", "7", "--threads", "3"]  # fmt: skip
    body = "del options['progress']; sys.stderr.write(repr((positives, dict(sorted(options.items())))))"
    done = run("discover", "-", "-o", tmp_path / "out", *options, body=body)
    positives, passed = eval(done.stderr)
    assert positives == "-"
    assert passed == {
        "blacklist": "b.bed", "database": "jaspar:fungi", "genome": "g.fa", "mask_lower": True, "negatives": "n.fa",
        "random_state": 7, "strands": "both", "test_negatives": "tn.fa", "test_positives": "tp.fa", "threads": 3,
        "window": 200,
    }  # fmt: skip


def test_no_database_is_none(tmp_path):
    body = "sys.stderr.write(repr(options['database']))"
    assert run("discover", "p.fa", "-o", tmp_path / "out", "--database", "none", body=body).stderr == "None"


def test_several_files_are_passed_on_together(tmp_path):
    options = [part for name in ("--negatives", "--test-positives", "--test-negatives")
               for part in (name, f"{name}1", name, f"{name}2")]  # fmt: skip
    body = "sys.stderr.write(repr((positives, {k: v for k, v in options.items() if isinstance(v, list)})))"
    done = run("discover", "sequences.txt", "labels.txt", "-o", tmp_path / "out", *options, body=body)
    assert eval(done.stderr) == (["sequences.txt", "labels.txt"], {
        "negatives": ["--negatives1", "--negatives2"],
        "test_positives": ["--test-positives1", "--test-positives2"],
        "test_negatives": ["--test-negatives1", "--test-negatives2"],
    })  # fmt: skip


def test_what_is_not_given_is_none(tmp_path):
    body = "sys.stderr.write(repr([name for name, value in options.items() if value is None]))"
    done = run("discover", "x.fa", "-o", tmp_path / "out", body=body)
    assert set(eval(done.stderr)) >= {"negatives", "test_positives", "test_negatives", "genome", "blacklist", "window"}


@pytest.mark.parametrize("arguments", [["-"], ["x.fa", "--negatives", "-"], ["x.fa", "--database", "-"]])
def test_a_closed_standard_input_is_one_line(tmp_path, arguments):
    done = run("discover", *arguments, "-o", tmp_path / "out", preexec_fn=lambda: os.close(0))
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input is closed" in one_line(done.stderr)


@pytest.mark.parametrize(("body", "code", "part"), [
    ("import sqlite3; raise sqlite3.OperationalError('disk I/O error')", 2, "database cannot be read: disk I/O error"),
    ("from motiflens.errors import InputError; raise InputError('Expected DNA.\\nGot soup.')", 2, "DNA. Got soup."),
    ("raise MemoryError", 2, "not enough memory"),
    ("open('/nosuch/file')", 2, "/nosuch/file: No such file or directory"),
    ("import errno, os; raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))", 2, "No space left on device"),
    ("{}['x']", 1, "unexpected KeyError: 'x' (a defect of motiflens"),
])  # fmt: skip
def test_a_failure_is_one_line_and_leaves_nothing(tmp_path, body, code, part):
    done = run("discover", "peaks.fa", "-o", tmp_path / "out", body=body)
    assert done.returncode == code
    assert one_line(done.stderr).startswith("motiflens discover: error: ")
    assert part in done.stderr
    assert done.stdout == ""
    assert names(tmp_path) == []


def test_the_traceback_of_a_defect_is_there_for_those_who_ask(tmp_path):
    done = run("discover", "peaks.fa", "-o", tmp_path / "out", "-v", body="{}['x']")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def start(body, output, *arguments):
    process = subprocess.Popen([*driver(body), "discover", "peaks.fa", "-o", str(output), *arguments],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stderr.readline() == "ready\n"
    return process


READY = "sys.stderr.write('ready\\n'); sys.stderr.flush(); "
WHILE_WRITING = """
import motiflens.discovery as place
def slow(found):
    sys.stderr.write('ready\\n'); sys.stderr.flush(); time.sleep(30)
place.report_html = slow
"""


@pytest.mark.parametrize("body", [READY + "time.sleep(30)", WHILE_WRITING], ids=["training", "writing"])
@pytest.mark.parametrize(("number", "code", "line"), [
    (signal.SIGINT, 130, "motiflens: interrupted\n"), (signal.SIGTERM, 143, "motiflens: stopped by SIGTERM\n"),
])  # fmt: skip
def test_a_signal_stops_at_once_and_leaves_nothing(tmp_path, body, number, code, line):
    process = start(body, tmp_path / "new" / "out")
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (code, "", line)
    assert names(tmp_path) == []


def test_an_interrupt_that_an_import_turns_into_another_error_is_still_an_interrupt(tmp_path):
    body = """
    try:
        sys.stderr.write('ready\\n'); sys.stderr.flush(); time.sleep(30)
    except KeyboardInterrupt:
        raise ImportError("numpy is broken")
    """
    process = start(body, tmp_path / "out")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, "", "motiflens: interrupted\n")


def test_an_impatient_second_interrupt_does_not_disturb_the_clean_up(tmp_path):
    body = """
    import shutil
    remove = shutil.rmtree
    def slow_removal(*a, **k):
        sys.stderr.write('ready\\n'); sys.stderr.flush(); time.sleep(0.3); remove(*a, **k)
    shutil.rmtree = slow_removal
    """
    process = start(textwrap.dedent(body) + textwrap.dedent(WHILE_WRITING), tmp_path / "out")
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert names(tmp_path) == []


def test_main_leaves_the_signals_and_the_log_of_its_caller_alone(capsys):
    import logging

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    handlers = list(logging.getLogger("motiflens").handlers)
    assert main(["--version"]) == 0
    assert main(["discover"]) == 2
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert logging.getLogger("motiflens").handlers == handlers
    capsys.readouterr()


def test_ignored_signals_stay_ignored(tmp_path):
    done = run("discover", "peaks.fa", "-o", tmp_path / "out", body="signal.raise_signal(signal.SIGINT)",
               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["discover", "--help"], ["--version"], ["discover", "x", "-o"]])
def test_a_reader_that_goes_away_is_no_error(tmp_path, arguments):
    options = [str(tmp_path / "out")] if arguments[-1] == "-o" else []
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*driver(), *arguments, *options], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode in (0, 1, 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["discover", "x", "-o"]])
def test_a_full_standard_output_is_one_line(tmp_path, arguments):
    options = [str(tmp_path / "out")] if arguments[-1] == "-o" else []
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*driver(), *arguments, *options], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert "No space left on device" in one_line(done.stderr)


def test_progress_is_drawn_on_a_terminal_only(tmp_path):
    pty = pytest.importorskip("pty")
    body = """
    show = options["progress"]
    for done in range(3):
        if show: show("Training networks", done, 5)
    logging.getLogger("motiflens").info("half way")
    time.sleep(0.2)
    """
    assert "Training" not in run("discover", "x", "-o", tmp_path / "a", body=body).stderr
    main_end, terminal = pty.openpty()
    process = subprocess.Popen([*driver(body), "discover", "x", "-o", str(tmp_path / "b")], stderr=terminal,
                               stdout=subprocess.DEVNULL,
                               env={**os.environ, "TERM": "xterm", "COLUMNS": "100"})  # fmt: skip
    os.close(terminal)
    seen = b""
    started = time.monotonic()
    while time.monotonic() - started < 20:
        try:
            part = os.read(main_end, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(main_end)
    assert process.wait(timeout=10) == 0
    assert b"Training networks" in seen
    assert b"half way" in seen
