"""The main job end to end: planted truth, null data, the same bytes twice."""

import json

import numpy as np
import pytest
from planted import two_classes

from motiflens import describing
from motiflens.discovering import discover
from motiflens.doubles import Pair
from motiflens.errors import ParameterError
from motiflens.metrics import auroc

WORD = "TGACGTCAC"
REVERSED = "GTGACGTCA"


@pytest.fixture(scope="module")
def found():
    return discover(two_classes({WORD: 0.7}, n=400), database=None, n_networks=2, random_state=0)


def test_one_motif_planted_one_motif_found(found):
    assert len(found.motifs) == 1
    assert found.motifs[0].consensus in (WORD, REVERSED)
    finding = found.findings[0]
    assert finding.heldout_evalue < 1e-6
    assert finding.positives_with_site > 5 * finding.negatives_with_site


def test_what_is_left_out_is_noted(monkeypatch, tmp_path):
    monkeypatch.setattr(describing, "pairs_of", lambda motifs, known, **_: [Pair(0, 1, 1e-9, 1e-9, (1, 1), 1)])
    found = discover(two_classes({WORD: 0.7, "CCATATAGG": 0.5}, n=400), database=None, n_networks=1, random_state=0)
    assert len(found.motifs) == 1
    (note,) = found.left_out
    assert f"is {found.motifs[0].name} in another form" in note
    assert note in found.notes
    text = (found.write(tmp_path / "run") / "report.html").read_text(encoding="utf-8")
    assert text.count(note) == 1
    assert note in json.loads((tmp_path / "run" / "run.json").read_text())["notes"]


def test_the_evaluation_is_of_the_held_out_predictions(found):
    on_test = found.predictions.split == "test"
    value = auroc(found.predictions.labels[on_test], found.predictions.probabilities[on_test])
    assert found.evaluation.auroc.value == pytest.approx(value)
    assert found.evaluation.auroc.low < value < found.evaluation.auroc.high
    assert value > 0.75
    assert found.n == {"train": found.n["train"], "valid": found.n["valid"], "test": int(on_test.sum())}
    assert sum(found.n.values()) == 807


def test_sites_hold_the_planted_word(found):
    assert found.findings[0].n_sites == len(found.sites)
    assert 0.4 * 400 < len(found.sites) < 0.9 * 400
    assert {site.motif for site in found.sites} == {found.motifs[0].name}


def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(found, tmp_path):
    again = discover(two_classes({WORD: 0.7}, n=400), database=None, n_networks=2, random_state=0, threads=1)
    found.write(tmp_path / "a")
    again.write(tmp_path / "b")
    for name in ("motifs.meme", "motifs.tsv", "predictions.tsv", "sites.bed", "matches.tsv", "model.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert json.loads((tmp_path / "a" / "run.json").read_text())["seed"] == 0


def test_no_motif_is_reported_without_signal():
    reported = [
        len(
            discover(
                two_classes({}, n=250, random_state=100 * seed), database=None, n_networks=2, random_state=seed
            ).motifs
        )
        for seed in range(4)
    ]
    assert sum(count > 0 for count in reported) <= 1  # at most 5 % of runs may report one


def test_two_motifs_are_found_each_once():
    found = discover(two_classes({WORD: 0.5, "CCAATCGAT": 0.5}, n=600), database=None, n_networks=2, random_state=1)
    names = {min(motif.consensus, motif.reverse_complement().consensus) for motif in found.motifs}
    assert names == {min(WORD, REVERSED), min("CCAATCGAT", "ATCGATTGG")}


def test_progress_runs_from_start_to_end():
    seen: list[tuple[str, int, int]] = []
    data = two_classes({WORD: 0.8}, n=80)
    discover(data, database=None, n_networks=1, strands="both", progress=lambda *event: seen.append(event))
    for step in ("training", "motifs"):
        done = [(count, total) for name, count, total in seen if name == step]
        assert done[-1][0] == done[-1][1]
        assert (np.diff([count for count, _ in done]) >= 0).all()


@pytest.mark.parametrize("wrong", [{"strands": "two"}, {"n_networks": 0}, {"threads": 0}])
def test_options_out_of_range_are_refused_before_any_work(wrong):
    with pytest.raises(ParameterError, match="must be"):
        discover("no such file", **wrong)
