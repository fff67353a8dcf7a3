"""The results as Markdown."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks import Claim
from measuring import STARTUP, Outcome, Row, code_digest

START, END = "<!-- results:start -->", "<!-- results:end -->"
VERDICT_HEADER = ("set", "figure", "asked", "measured", "")
RUN_HEADER = ("set", "seed", "sequences / test", "test AUROC (95 %)", "6-mers", "motifs", "s", "GB", "first motifs")

Results = Mapping[tuple[str, int], Outcome]


def verdict_row(claim: Claim, outcomes: Sequence[Outcome], *, n_wanted: int) -> tuple[str, ...]:
    """Return the cells of a claim: set, what, asked, measured, PASS, FAIL or not run."""
    head = (claim.title, claim.what, claim.asked)
    if len(outcomes) < n_wanted:
        return (*head, f"{len(outcomes)} of {n_wanted} runs", "not run")
    checked = [(each.failure, False) if each.failure else claim.check(each) for each in outcomes]
    held = sum(holds for _, holds in checked)
    texts = list(filter(None, dict.fromkeys(text for text, _ in checked)))
    counted = [] if len(checked) == 1 else [f"{held} of {len(checked)}"]
    measured = ": ".join([*counted, *filter(None, ["; ".join(texts)])])
    return (*head, measured, "PASS" if held >= claim.share * len(checked) else "FAIL")


def startup_rows(figures: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the rows of the start: what a user waits for before any work is done."""
    if not figures:
        return [(STARTUP, "help, import, compilation", "", "", "not run")]
    loads = bool(figures["imports_torch"])
    seconds, compiling = figures["help_seconds"], figures["jit_seconds"]
    rows = [
        ("motiflens --help, median of 5", "< 0.7 s", f"{seconds:.2f} s", seconds < 0.7),
        ("import motiflens imports torch", "no", "yes" if loads else "no", not loads),
        ("compilation on a first run (demo), median of 3", "≤ 10 s", f"{compiling:.1f} s", compiling <= 10),
    ]
    return [(STARTUP, *cells, "PASS" if holds else "FAIL") for *cells, holds in rows]


def run_row(name: str, seed: int, outcome: Outcome) -> tuple[str, ...]:
    """Return the cells of one run: what it measured, and its first three motifs."""
    cost = (f"{outcome.seconds:.0f}", f"{outcome.peak_bytes / 1e9:.2f}")
    if outcome.failure:
        return (name, str(seed), "", "", "", "", *cost, outcome.failure)
    sizes, test = outcome.metrics["n"], outcome.metrics["test"]["auroc"]
    words = outcome.metrics["baselines"].get("kmer_logistic", {}).get("value")
    return (
        name,
        str(seed),
        f"{sizes['train'] + sizes['valid']} / {sizes['test']}",
        f"{test['value']:.3f} ({test['low']:.3f}-{test['high']:.3f})",
        "" if words is None else f"{words:.3f}",
        str(len(outcome.motifs)),
        *cost,
        "<br>".join(_top_motif(motif) for motif in outcome.motifs[:3]),
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def render(claims: Sequence[Claim], results: Results, startup: Mapping[str, Any], *, seeds: int) -> str:
    """Return everything as Markdown: where and with what it ran, the verdicts, the runs."""
    verdicts = [_verdict(claim, results, seeds) for claim in claims] + startup_rows(startup)
    counts = {word: sum(row[-1] == word for row in verdicts) for word in ("PASS", "FAIL", "not run")}
    parts = [
        f"{', '.join(f'{count} {word}' for word, count in counts.items())}. {_conditions(results, seeds)}\n",
        _stale(results, startup),
        table(VERDICT_HEADER, verdicts),
        "Seconds and GB are those of the whole command, from reading to the report; a motif is shown with its best "
        "match and its p-value on held-out sequences.\n",
        table(RUN_HEADER, [run_row(*key, outcome) for key, outcome in results.items()]),
    ]
    return "\n".join(filter(None, parts))


def replace_results(text: str, block: str, *, start: str = START, end: str = END) -> str:
    """Return ``text`` with what lies between the two markers replaced by ``block``.

    Raises
    ------
    ValueError
        When the markers are not there, once each and in order.
    """
    if text.count(start) != 1 or text.count(end) != 1 or text.index(start) > text.index(end):
        msg = f"Expected {start} and then {end}, once each."
        raise ValueError(msg)
    before, after = text.partition(start)[0], text.partition(end)[2]
    return f"{before}{start}\n{block}\n{end}{after}"


def _top_motif(motif: Row) -> str:
    match = (
        f"{motif['best_match_name']} (q {float(motif['match_qvalue']):.1g})" if motif["match_qvalue"] else "no match"
    )
    return f"`{motif['motif']}` {match}, p {float(motif['heldout_pvalue']):.1g}"


def _verdict(claim: Claim, results: Results, seeds: int) -> tuple[str, ...]:
    keys = [(name, seed) for name in claim.cases for seed in range(seeds)]
    return verdict_row(claim, [results[key] for key in keys if key in results], n_wanted=len(keys))


def _stale(results: Results, startup: Mapping[str, Any]) -> str:
    """Name what was measured with other code than the present; empty when nothing was."""
    present = code_digest()
    names = list(dict.fromkeys(name for (name, _), outcome in results.items() if outcome.code != present))
    if startup and startup["code"] != present:
        names.append(STARTUP)
    return f"Run with other code than the present: {', '.join(names)}.\n" if names else ""


def _conditions(results: Results, seeds: int) -> str:
    versions: Mapping[str, str] = next((outcome.run["versions"] for outcome in results.values() if outcome.run), {})
    packages = "".join(f", {name} {version}" for name, version in versions.items())
    return f"{machine()}{packages}; {seeds} seed{'s' * (seeds > 1)} a set."


def machine() -> str:
    """Return the system, the processor and the version of Python."""
    system = f"{platform.system()} {platform.machine()}, {_cpu_name()}{_n_cpus()} CPUs"
    return f"{system}; Python {platform.python_version()}"


def _n_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_name() -> str:
    """Return the processor's name where Linux tells it, and a comma."""
    path = Path("/proc/cpuinfo")
    name = re.search(r"^model name\s*: (.+)$", path.read_text(), re.MULTILINE) if path.is_file() else None
    return f"{name[1].strip()}, " if name else ""
