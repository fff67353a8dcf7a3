"""The files of a run, read back by other programs' readers and by hand."""

import csv
import dataclasses
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from fake_discovery import fake_discovery, fake_findings
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load

from motiflens.discovery import Finding
from motiflens.errors import OutputError
from motiflens.results import Interval, Site
from motiflens.writing import (
    matches_tsv,
    metrics,
    motifs_tsv,
    network_bytes,
    plain,
    predictions_tsv,
    sites_bed,
    to_json,
)

FILES = {
    "report.html", "motifs.meme", "motifs.tsv", "sites.bed", "matches.tsv", "metrics.json", "predictions.tsv",
    "model.safetensors", "model.json", "run.json",
}  # fmt: skip


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def discovery():
    return fake_discovery()


def test_motifs_have_the_columns_that_other_programs_expect(discovery):
    text = motifs_tsv(discovery)
    columns = text.splitlines()[0].split("\t")
    assert columns[:12] == [
        "motif", "consensus", "width", "n_sites", "ic_bits", "heldout_pvalue", "heldout_evalue", "auroc", "delta_auroc",
        "best_match", "best_match_name", "match_qvalue",
    ]  # fmt: skip
    assert len(set(columns)) == len(columns) == 43
    first, second = rows(text)
    assert first["motif"] == "1-TGACTCA"
    assert (first["consensus"], first["width"], first["n_sites"]) == ("TGACTCA", "7", "411")
    assert float(first["heldout_evalue"]) == 3.6e-21
    assert (first["best_match"], first["best_match_name"], float(first["match_qvalue"])) == ("MA0476.1", "FOS", 1e-6)
    assert (second["best_match"], second["best_match_name"], second["match_qvalue"]) == ("", "", "")
    p, rest = 0.85, 0.05
    assert float(first["ic_bits"]) == pytest.approx(7 * (2 + p * math.log2(p) + 3 * rest * math.log2(rest)), rel=1e-5)


def test_motifs_have_all_their_evidence(discovery):
    first, second = rows(motifs_tsv(discovery))
    finding = discovery.findings[0]
    for column, value in {
        "search_pvalue": 3e-22, "search_evalue": 4.2e-21, "cut_off": 8.5, "rank_pvalue": 5e-24,
        "positives_with_site": 0.62, "negatives_with_site": 0.08, "log2_enrichment": 2.94, "log2_enrichment_low": 2.42,
        "log2_enrichment_high": 3.47, "sites_per_positive": 0.81, "sites_per_negative": 0.09, "auroc_low": 0.74,
        "auroc_high": 0.83, "gc_pvalue": 2e-19, "sufficiency": 1.37, "sufficiency_low": 1.21, "sufficiency_high": 1.53,
        "sufficiency_control": -0.04, "sufficiency_control_low": -0.11, "sufficiency_control_high": 0.03,
        "centrality_pvalue": 4e-6, "centrality_window": 35, "centrality_enrichment": 2.5, "forward_share": 0.53,
        "strand_pvalue": 0.31, "match_pvalue": 3e-8, "random_match_pvalue": 0.012, "n_filters": 11,
    }.items():  # fmt: skip
        assert float(first[column]) == pytest.approx(value), column
    assert first["filters"].split(",") == [f"{network}:{index}" for network, index in finding.filters]
    assert second["filters"] == "1:7,1:30"
    assert (first["alike"], second["alike"]) == ("", "1-TGACTCA")
    assert (first["source"], second["source"]) == ("filters", "filters+contributions")
    for column in ("centrality_pvalue", "centrality_window", "centrality_enrichment", "forward_share", "match_pvalue"):
        assert second[column] == "", column


def test_a_motif_whose_evidence_was_not_measured_leaves_cells_empty():
    motif = fake_findings()[0].motif
    bare = Finding(motif, 5, 0.01, 0.04, 0.3, 0.1, Interval(0.6, 0.5, 0.7), 0.0, 0)
    row = rows(motifs_tsv(fake_discovery(findings=(bare,))))[0]
    empty = {column for column, cell in row.items() if not cell}
    assert {"rank_pvalue", "sufficiency", "gc_pvalue", "centrality_window", "filters", "search_pvalue"} <= empty
    assert (row["n_filters"], row["source"]) == ("0", "")  # no filter became it; what did is not known
    unknown = dataclasses.replace(bare, n_filters=1)
    assert rows(motifs_tsv(fake_discovery(findings=(unknown,))))[0]["n_filters"] == ""  # nobody kept which
    assert not {"heldout_evalue", "heldout_pvalue", "auroc_low", "positives_with_site"} & empty


def test_an_empty_list_is_a_header_alone():
    empty = fake_discovery(findings=())
    assert [len(text.splitlines()) for text in (motifs_tsv(empty), matches_tsv(empty))] == [1, 1]
    assert sites_bed(empty) == ""


def test_every_match_of_every_motif_is_listed(discovery):
    table = rows(matches_tsv(discovery))
    assert [(row["motif"], row["target"], row["offset"], row["strand"]) for row in table] == [
        ("1-TGACTCA", "MA0476.1", "1", "+"), ("1-TGACTCA", "MA0490.3", "0", "-"),
    ]  # fmt: skip
    assert list(table[0]) == [
        "motif",
        "target",
        "target_name",
        "pvalue",
        "evalue",
        "qvalue",
        "offset",
        "overlap",
        "strand",
    ]


def test_sites_are_sorted_bed_with_whole_scores_up_to_1000(discovery):
    lines = [line.split("\t") for line in sites_bed(discovery).splitlines()]
    assert len(lines) == len(discovery.sites) == 10
    assert {len(line) for line in lines} == {7}
    starts = [int(line[1]) for line in lines]
    assert starts == sorted(starts)
    for _, start, end, motif, score, strand, bits in lines:
        assert int(end) - int(start) == {"1-TGACTCA": 7, "2-TGTGGTTT": 8}[motif]
        assert 0 <= int(score) <= 1000
        assert strand in "+-"
        assert 5 <= float(bits) <= 12


def test_the_score_of_a_perfect_site_is_1000_and_of_a_bad_one_0():
    finding = fake_findings()[0]
    best = float(finding.motif.log_odds().max(axis=0).sum())
    sites = tuple(Site("s", start, start + 7, "+", finding.motif.name, score)
                  for start, score in enumerate((best, best / 2, 0.0, -9.0)))  # fmt: skip
    found = dataclasses.replace(fake_discovery(findings=(finding,)), sites=sites)
    assert [line.split("\t")[4] for line in sites_bed(found).splitlines()] == ["1000", "500", "0", "0"]


def test_predictions_keep_order_and_six_digits(discovery):
    table, ours = rows(predictions_tsv(discovery)), discovery.predictions
    assert [row["name"] for row in table] == ours.names.tolist()
    assert [row["split"] for row in table] == ours.split.tolist()
    assert [int(row["label"]) for row in table] == ours.labels.tolist()
    np.testing.assert_allclose([float(row["probability"]) for row in table], ours.probabilities, rtol=5e-6)


def test_metrics_have_their_keys(discovery):
    found = metrics(discovery)
    assert list(found) == ["n", "test", "limit", "recovery", "baselines", "seconds"]
    assert found["n"] == {"train": 910, "valid": 130, "test": 260}
    assert found["test"]["auroc"] == {"value": 0.86, "low": 0.81, "high": 0.90}
    assert set(found["test"]) == {"auroc", "auprc", "accuracy"}
    assert found["limit"] is None
    assert set(found["baselines"]) == {"gc_content", "kmer_logistic"}


def test_unknown_figures_are_null_in_json_and_empty_in_tables():
    nan = float("nan")
    finding = dataclasses.replace(fake_findings()[1], auroc=Interval(nan, nan, nan), delta_auroc=nan)
    found = fake_discovery(findings=(finding,), auroc=(0.7, nan, nan))
    assert (rows(motifs_tsv(found))[0]["auroc"], rows(motifs_tsv(found))[0]["delta_auroc"]) == ("", "")
    assert metrics(found)["test"]["auroc"] == {"value": 0.7, "low": None, "high": None}


def strict(text: str):
    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_tree_becomes_strict_json(tree):
    assert strict(to_json(tree)) == plain(tree)


def test_json_knows_numpy_and_paths():
    value = {"a": np.float32(0.5), "b": np.arange(3), "c": (np.bool_(1), Path("x/y")), "d": {2, 1}, 5: np.inf}
    assert strict(to_json(value)) == {"a": 0.5, "b": [0, 1, 2], "c": [True, "x/y"], "d": [1, 2], "5": None}


def test_weights_survive_in_any_memory_layout():
    turned = np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(2, 0, 1)
    weights = {"turned": turned, "scalar": np.array(3.5), "every second": np.arange(10)[::2]}
    back = load(network_bytes(weights))
    assert set(back) == set(weights)
    for name, array in weights.items():
        assert back[name].shape == array.shape
        np.testing.assert_array_equal(back[name], array)


def test_names_cannot_break_a_table(discovery):
    predictions = dataclasses.replace(discovery.predictions, names=np.array(["a\tb\nc\r"] * 1300))
    table = rows(predictions_tsv(dataclasses.replace(discovery, predictions=predictions)))
    assert len(table) == 1300
    assert table[0]["name"] == "a b c "


def test_write_makes_every_file_and_the_same_bytes_again(discovery, tmp_path):
    for name in ("first", "second"):
        assert discovery.write(tmp_path / name) == tmp_path / name
    assert {path.name for path in (tmp_path / "first").iterdir()} == FILES
    for name in FILES - {"metrics.json"}:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name
    one, two = (strict((tmp_path / name / "metrics.json").read_text()) for name in ("first", "second"))
    assert set(one["seconds"]) == {"read", "train", "motifs", "report", "total"}
    assert one["seconds"]["total"] == pytest.approx(17.01 + one["seconds"]["report"], abs=0.002)
    assert {**one, "seconds": 0} == {**two, "seconds": 0}
    assert strict((tmp_path / "first" / "run.json").read_text())["arguments"]["window"] == 101


def test_write_replaces_only_when_told_to(discovery, tmp_path):
    discovery.write(tmp_path / "out")
    before = (tmp_path / "out" / "motifs.tsv").read_bytes()
    with pytest.raises(OutputError, match="--force"):
        discovery.write(tmp_path / "out")
    fake_discovery(findings=()).write(tmp_path / "out", force=True)
    assert (tmp_path / "out" / "motifs.tsv").read_bytes() != before
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
