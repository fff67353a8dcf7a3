"""A made-up `Discovery` for tests: every axis has a different size, and no network is trained."""

from __future__ import annotations

import numpy as np

from motiflens.discovery import Discovery, Finding, History, Predictions
from motiflens.motifs import Motif, from_counts
from motiflens.results import (
    Audit,
    Centrality,
    Evaluation,
    Interval,
    Match,
    SavedNetwork,
    Site,
    StrandPreference,
    Sufficiency,
)

AP1 = "TGACTCA"
RUNX = "TGTGGTTT"


def fake_motif(word: str, name: str, *, alternate_name: str = "", purity: float = 0.85, n_sites: int = 200) -> Motif:
    counts = np.full((4, len(word)), (1 - purity) / 3 * n_sites)
    counts["ACGT".index(word[0]) if len(word) == 1 else [*map("ACGT".index, word)], np.arange(len(word))] = (
        purity * n_sites
    )
    return from_counts(counts, name, alternate_name=alternate_name)


def fake_predictions(n: int, separation: float, rng: np.random.Generator, test_share: float) -> Predictions:
    labels = (np.arange(n) % 5 < 2).astype(np.int64)
    logits = rng.normal(scale=1.5, size=n) + separation * (2 * labels - 1)
    n_test = int(test_share * n)
    n_valid = n // 10
    split = np.array(["test"] * n_test + ["valid"] * n_valid + ["train"] * (n - n_test - n_valid))
    names = np.array([f"peak{index}" for index in range(n)])
    return Predictions(names, labels, 1 / (1 + np.exp(-logits)), split)


def fake_histories(n: int) -> tuple[History, ...]:
    histories = []
    for index in range(n):
        epochs = np.arange(9 + 3 * index, dtype=float)
        train = 0.25 + 0.45 * np.exp(-epochs / (3 + index))
        valid = 0.36 + 0.33 * np.exp(-epochs / (3 + index)) + 0.0012 * epochs**1.5
        histories.append(History(train, valid, int(np.argmin(valid))))
    return tuple(histories)


def fake_findings() -> tuple[Finding, ...]:
    ap1, runx = fake_motif(AP1, f"1-{AP1}"), fake_motif(RUNX, f"2-{RUNX}", purity=0.7, n_sites=90)
    hits = (
        Match(ap1.name, "MA0476.1", "FOS", 3e-8, 2.5e-5, 1e-6, 1, 7, "+"),
        Match(ap1.name, "MA0490.3", "JUNB", 2e-6, 1.7e-3, 4e-4, 0, 7, "-"),
    )
    return (
        Finding(
            ap1, 411, 3e-22, 3.6e-21, 0.62, 0.08, Interval(0.79, 0.74, 0.83), 0.14, 11, hits, 0.012,
            search_pvalue=3e-22, search_evalue=4.2e-21, cut_off=8.5, rank_pvalue=5e-24,
            log2_enrichment=Interval(2.94, 2.42, 3.47), sites_per_positive=0.81,
            sites_per_negative=0.09, gc_pvalue=2e-19, strands=StrandPreference(0.53, 0.31, 84, ""),
            sufficiency=Sufficiency(
                Interval(1.37, 1.21, 1.53), Interval(-0.04, -0.11, 0.03), Interval(1.41, 1.24, 1.58), 250
            ),
            centrality=Centrality(4e-6, 35, 0.55, 0.22, 64, ""), filters=tuple((f % 3, 4 * f) for f in range(11)),
            source="filters",
        ),
        Finding(
            runx, 133, 2e-4, 2.4e-3, 0.21, 0.07, Interval(0.58, 0.52, 0.63), 0.006, 2, (), 0.012,
            search_pvalue=2e-4, search_evalue=2.4e-3, cut_off=6.25, rank_pvalue=0.03,
            log2_enrichment=Interval(1.55, 0.7, 2.4), sites_per_positive=0.25,
            sites_per_negative=0.08, gc_pvalue=9e-4, strands=StrandPreference(reason="only one strand is read"),
            sufficiency=Sufficiency(Interval(0.3, 0.2, 0.4), Interval(0.1, 0.0, 0.2), Interval(0.2, 0.1, 0.3), 250),
            centrality=Centrality(n=22, reason="the sequences are too short"), filters=((1, 7), (1, 30)),
            source="filters+contributions", alike=(ap1.name,),
        ),
    )  # fmt: skip


def fake_sites(findings: tuple[Finding, ...], rng: np.random.Generator) -> tuple[Site, ...]:
    sites = []
    for finding in findings:
        for start in rng.integers(1_000_000, size=5):
            score = float(rng.uniform(5, 12))
            end = int(start) + finding.motif.width
            sites.append(Site("chr7", int(start), end, "+-"[int(start) % 2], finding.motif.name, score))
    return tuple(sites)


def fake_discovery(*, findings: tuple[Finding, ...] | None = None, separation: float = 1.6, n: int = 1300,
                   test_share: float = 0.2, auroc: tuple[float, float, float] = (0.86, 0.81, 0.90),
                   gc: float = 0.58, kmer: float = 0.79, random_state: int = 0) -> Discovery:  # fmt: skip
    rng = np.random.default_rng(random_state)
    found = fake_findings() if findings is None else findings
    predictions = fake_predictions(n, separation, rng, test_share)
    test = predictions.labels[predictions.split == "test"]
    evaluation = Evaluation(
        Interval(*auroc), Interval(0.81, 0.74, 0.87), Interval(0.79, 0.74, 0.84), int(test.sum()), int((1 - test).sum())
    )
    warnings = ("12 sequences occur twice among the positives; they were kept on one side of the split.",)
    return Discovery(
        findings=found,
        sites=fake_sites(found, rng),
        evaluation=evaluation,
        baselines={
            "gc_content": Interval(gc, gc - 0.04, gc + 0.04),
            "kmer_logistic": Interval(kmer, kmer - 0.05, kmer + 0.05),
        },
        audit=Audit({"positives": 520.0, "negatives": 780.0, "median_length": 101.0, "gc_positives": 0.4613}, warnings),
        predictions=predictions,
        histories=fake_histories(3),
        network=SavedNetwork(
            {"conv.weight": rng.normal(size=(6, 4, 19)).astype(np.float32), "bias": np.zeros(6)}, {"name": "deepbind"}
        ),
        n_candidates=12,
        site_positions={finding.motif.name: rng.normal(scale=14, size=finding.n_sites) for finding in found},
        targets={"MA0476.1": fake_motif("CTGACTCAC", "MA0476.1", alternate_name="FOS")},
        database="JASPAR 2026 CORE vertebrates",
        seconds={"read": 0.21, "train": 12.3, "motifs": 4.5, "total": 17.01},
        run={
            "arguments": {"positives": "peaks.fa", "negatives": None, "window": 101, "strands": "auto"},
            "seed": 0,
            "versions": {"motiflens": "0.1.0", "numpy": np.__version__},
            "inputs": {"data/peaks_1.fa": "ab" * 32},
        },
        notes=("No negatives were given: dinucleotide-shuffled copies of the positives stand in for them.",
               "Both strands were read: validation loss 0.37 against 0.41 for one strand."),
    )  # fmt: skip
