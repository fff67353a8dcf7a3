"""What a motif was made of is carried from where it was made to the tables, whatever happens to it between."""

from __future__ import annotations

import numpy as np
import pytest
from attribution_networks import OTHER, WORD, filters, is_of
from planted import exact_motif, two_classes

from motiflens.describing import describe
from motiflens.enrichment import CutOff
from motiflens.extraction.candidates import CONTRIBUTIONS, FILTERS, WORDS, Candidate, filter_candidates, merge
from motiflens.extraction.matrices import scanner_of
from motiflens.extraction.polishing import polished
from motiflens.extraction.selection import select
from motiflens.networks.ensemble import Ensemble
from motiflens.networks.jobs import Fitted
from motiflens.networks.saving import saved
from motiflens.preparing import SHARES, Prepared
from motiflens.results import Audit
from motiflens.runs.model_motifs import model_motifs
from motiflens.searching import search_motifs
from motiflens.splits import split
from motiflens.writing import motif_record, network_bytes, to_json

FAINT = "TGACGTCA"
LENGTH = 60


def of(word, *sources, **more):
    return Candidate(exact_motif(word).probabilities, CutOff(-20.0, 9.0, 5, 1), sources=frozenset(sources), **more)


def test_joined_candidates_have_the_sources_of_both_in_one_order():
    joined = of(WORD, CONTRIBUTIONS, n_filters=0).joined(of(WORD, FILTERS, n_filters=3))
    assert (joined.source, joined.n_filters) == ("filters+contributions", 3)
    assert joined.joined(of(WORD, WORDS)).source == "filters+words+contributions"
    assert Candidate(*[getattr(joined, name) for name in ("matrix", "cut_off")]).source == ""
    scanner = scanner_of(two_classes({}, n=40, length=LENGTH, random_state=0), both_strands=True, threads=1)
    merged = merge([of(WORD, WORDS), of(OTHER, FILTERS), of(WORD, FILTERS)], scanner)
    assert [each.source for each in merged] == ["filters+words", "filters"]


def test_choosing_and_polishing_keep_the_source():
    train = two_classes({WORD: 0.5}, n=400, length=LENGTH, random_state=2)
    scanner = scanner_of(train, both_strands=True, threads=1)
    found = filter_candidates([filters(WORD, length=LENGTH)], train, scanner, limit=5)
    assert {each.source for each in found} == {"filters"}
    chosen = select(found, train, scanner, limit=3, tidy=lambda each, left: [polished(each, left, scanner)])
    assert {each.source for each in chosen} == {"filters"}


def test_a_run_tells_motifs_of_filters_from_motifs_of_words():
    data = two_classes({WORD: 0.6, FAINT: 0.12}, n=600, length=LENGTH, random_state=1)
    prepared = Prepared(*split(data, fractions=SHARES, random_state=1), Audit(), ())
    none = np.zeros(0)
    ensemble = Ensemble((Fitted(filters(WORD, length=LENGTH), none, none, 0, none),), both_strands=True)
    scanner = scanner_of(prepared.train, both_strands=True, threads=1)
    passed = search_motifs(prepared, ensemble, scanner, random_state=0).passed
    assert [(is_of(each, WORD), is_of(each, FAINT), each.source) for each, _ in passed] == [
        (True, False, "filters"), (False, True, "words"),
    ]  # fmt: skip
    findings = describe(passed, data.of_class(1), [], scanner, random_state=0).findings
    assert [motif_record(each)["source"] for each in findings] == ["filters", "words"]


@pytest.mark.parametrize(("method", "expected"), [("filters", "filters"), ("attributions", "contributions")])
def test_motifs_of_a_saved_network_say_what_gave_them(tmp_path, method, expected):
    data = two_classes({WORD: 0.6}, n=300, length=LENGTH, random_state=4)
    network = saved([filters(WORD, length=LENGTH)])
    (tmp_path / "model.json").write_text(to_json(network.config), encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(network_bytes(network.weights))
    found = model_motifs(tmp_path, data, method=method)
    assert [each.source for each in found.findings] == [expected]
