"""The table of `benchmarks/reproduction.py`: what is asked, what is only shown, and which runs it is about."""

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import reproduction


def runs_of(task, fractions, spurious=()):
    """Return runs of ours with a share of the way to the limit each; those numbered in ``spurious`` found too much."""
    return [{"task": task, "kind": "ours", "network": "auto", "seed": seed, "fraction": fraction, "accuracy": 0.98,
             "auroc": 0.99, "spurious": "2-AAC" if seed in spurious else None}
            for seed, fraction in enumerate(fractions)]  # fmt: skip


def claims(*tasks):
    frame = pd.DataFrame([run for task in tasks for run in task])
    return reproduction.claims(frame.assign(partial=None, missed=None, duplicates=None))


@pytest.mark.parametrize(("fractions", "holds"), [((1.0, 0.97, 0.99), True), ((0.97, 0.99, 0.95), False)])
def test_noise_with_every_motif_is_judged_by_the_runs_on_the_same_sequences(fractions, holds):
    (line,) = [line for line in claims(runs_of("single", fractions)) if line[0] == "noise-1"]
    mean = sum(fractions) / 3
    assert line[1:] == ("fraction of the limit, mean", "≥ 0.98",
                        f"{mean:.4f} ({min(fractions):.4f}-{max(fractions):.4f})", holds)  # fmt: skip
    own = claims(runs_of("single", fractions), runs_of("noise-1", [0.5]))
    assert [line[3:] for line in own if line[0] == "noise-1"] == [("0.5000 (0.5000-0.5000)", False)]
    assert not [line for line in claims(runs_of("multi", fractions)) if line[0] == "noise-1"]


def test_exact_foxo1_runs_are_shown_and_asked_of_nobody():
    lines = claims(runs_of("foxo1", [1.0] * 4, spurious={1, 3}))
    (line,) = [line for line in lines if line[-1] is None]
    assert line == ("foxo1", "runs with exactly the planted motif, nothing else", "-", "2 of 4", None)
    frame = pd.DataFrame(runs_of("foxo1", [1.0] * 4))
    text = reproduction.report(lines, pd.DataFrame(), frame)
    assert "| - | 2 of 4 | shown |" in text
    assert text.count("looser matrix of the same motif") == 1
    assert "looser" not in reproduction.report(claims(runs_of("single", [1.0])), pd.DataFrame(), frame)
