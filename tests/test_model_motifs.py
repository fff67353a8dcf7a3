"""The motifs of saved networks: which sequences test them, where they came from, and what is refused."""

import json

import numpy as np
import pytest
from attribution_networks import LENGTH, OTHER, WORD, filters, halves, is_of
from planted import two_classes

from motiflens import describing
from motiflens.doubles import Pair
from motiflens.enrichment import CutOff
from motiflens.errors import InputError, ParameterError
from motiflens.extraction.candidates import Candidate
from motiflens.networks.grammar_module import GrammarModule, trained_grammar
from motiflens.networks.grammars import Grammar
from motiflens.networks.saving import saved
from motiflens.runs.model_motifs import model_motifs
from motiflens.significance import fisher_enrichment
from motiflens.writing import network_bytes, to_json

NONE = CutOff(0.0, 0.0, 0, 0)


def saved_in(folder, *networks, split=None):
    """Write what a run leaves of a network; ``split`` has a part for every name."""
    folder.mkdir(exist_ok=True)
    network = saved(networks)
    (folder / "model.json").write_text(to_json(network.config), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(network_bytes(network.weights))
    if split is not None:
        rows = [f"{name}\t1\t0.5\t{part}" for name, part in split]
        (folder / "predictions.tsv").write_text("\n".join(["name\tlabel\tprobability\tsplit", *rows, ""]))
    return folder


@pytest.fixture(scope="module")
def data():
    return two_classes({WORD: 0.6, OTHER: 0.4}, n=500, length=LENGTH, random_state=3)


def parts_of(data, seed=0):
    """Draw a part for every sequence."""
    drawn = np.random.default_rng(seed).choice(["train", "valid", "test"], p=[0.6, 0.15, 0.25], size=len(data))
    return list(zip(data.names.tolist(), drawn.tolist(), strict=True))


def check_words(found, words):
    motifs = [Candidate(motif.probabilities, NONE) for motif in found.motifs]
    assert len(motifs) == len(words), [motif.consensus for motif in found.motifs]
    assert all(sum(is_of(each, word) for each in motifs) == 1 for word in words)


def test_what_is_left_out_is_noted_and_has_no_source(tmp_path, data, monkeypatch):
    monkeypatch.setattr(describing, "pairs_of", lambda motifs, known, **_: [Pair(0, 1, 1e-9, 1e-9, (1, 1), 1)])
    found = model_motifs(saved_in(tmp_path / "m", halves(WORD, OTHER)), data)
    check_words(found, [WORD])
    assert found.sources.keys() == {found.motifs[0].name}
    assert sum("in another form" in note for note in found.notes) == 1


@pytest.mark.parametrize("make", [halves, filters])
def test_planted_motifs_of_deep_and_shallow_networks_once_each(tmp_path, data, make):
    found = model_motifs(saved_in(tmp_path / "m", make(WORD, OTHER)), data)
    check_words(found, [WORD, OTHER])
    assert found.sources.keys() == {motif.name for motif in found.motifs}
    assert set(found.sources.values()) <= {"attributions", "both"}
    assert [finding.heldout_pvalue for finding in found.findings] == sorted(
        finding.heldout_pvalue for finding in found.findings
    )
    assert len(found.sites) > 400


@pytest.mark.parametrize("method", ["filters", "attributions"])
def test_one_source_alone(tmp_path, data, method):
    found = model_motifs(saved_in(tmp_path / "m", filters(WORD, OTHER)), data, method=method)
    check_words(found, [WORD, OTHER])
    assert set(found.sources.values()) == {method}


@pytest.mark.parametrize("seed", range(3))
def test_null_data_give_none(tmp_path, seed):
    null = two_classes({}, n=300, length=LENGTH, random_state=seed + 20)
    folder = saved_in(tmp_path / "m", halves(WORD, OTHER))
    assert model_motifs(folder, null, random_state=seed).findings == ()


def test_the_sequences_that_the_run_held_out_test(tmp_path, data):
    split = parts_of(data)
    found = model_motifs(saved_in(tmp_path / "m", halves(WORD), split=split), data)
    on_test = np.array([part == "test" for _, part in split])
    test = data[on_test]
    assert f"the {on_test.sum()} sequences that the run held out" in found.notes[0]
    (first,) = found.findings
    held = first.positives_with_site * test.positive.sum(), first.negatives_with_site * (~test.positive).sum()
    np.testing.assert_allclose(held, np.round(held), atol=1e-6)  # counts of these very sequences
    n = int(test.positive.sum()), int((~test.positive).sum())
    pvalue = float(fisher_enrichment(round(held[0]), n[0], round(held[1]), n[1]))
    assert first.heldout_pvalue == pytest.approx(pvalue)


def test_a_motif_that_the_test_sequences_do_not_hold_is_not_reported(tmp_path):
    held, bare = (two_classes(words, n=300, length=LENGTH, random_state=40) for words in ({WORD: 0.6}, {}))
    split = parts_of(held, seed=3)
    on_test = np.array([part == "test" for _, part in split])
    held.codes[on_test] = bare.codes[on_test]
    found = model_motifs(saved_in(tmp_path / "m", halves(WORD), split=split), held)
    assert found.n_tested == 1
    assert (found.findings, found.sites, found.sources) == ((), (), {})


def test_sequences_that_the_run_does_not_name_test_too(tmp_path, data):
    split = parts_of(data, seed=1)
    known = [one for i, one in enumerate(split) if i % 5]
    found = model_motifs(saved_in(tmp_path / "m", halves(WORD), split=known), data)
    n_test = sum(part == "test" for _, part in known) + len(split) - len(known)
    assert f"the {n_test} sequences" in found.notes[0]
    assert f"{len(split) - len(known)} that it does not name test too" in found.notes[0]


def test_a_name_in_several_parts_never_tests_what_trained(tmp_path, data):
    split = parts_of(data, seed=2)
    twice = [*split, *((name, "train") for name, part in split[::3] if part == "test")]
    n_test = sum(part == "test" for _, part in split) - sum(part == "test" for _, part in split[::3])
    for order in (twice, twice[::-1]):
        found = model_motifs(saved_in(tmp_path / "m", halves(WORD), split=order), data)
        assert f"the {n_test} sequences" in found.notes[0]


def test_other_sequences_are_split_anew_and_that_is_said(tmp_path, data):
    folder = saved_in(tmp_path / "m", halves(WORD), split=[("elsewhere", "train")])
    (note,) = model_motifs(folder, data).notes
    assert "split anew (none is named in its predictions.tsv)" in note
    folder = saved_in(tmp_path / "m", halves(WORD), split=[(name, "train") for name in data.names])
    (note,) = model_motifs(folder, data).notes
    assert f"split anew ({len(data)} of them trained the network)" in note
    assert "split anew" in model_motifs(saved_in(tmp_path / "other", halves(WORD)), data).notes[0]


def test_the_same_seed_gives_the_same_whatever_the_threads(tmp_path, data):
    folder = saved_in(tmp_path / "m", halves(WORD, OTHER))
    a, b = (model_motifs(folder, data, threads=threads, random_state=4) for threads in (1, 3))
    assert a.sources == b.sources
    for one, other in zip(a.findings, b.findings, strict=True):
        np.testing.assert_array_equal(one.motif.probabilities, other.motif.probabilities)
        assert one.heldout_pvalue == other.heldout_pvalue


def test_progress_ends_where_it_should(tmp_path, data):
    seen = []
    model_motifs(saved_in(tmp_path / "m", halves(WORD)), data, progress=lambda *step: seen.append(step))
    assert {name for name, _, _ in seen} == {"motifs"}
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1] == seen[-1][2]


@pytest.mark.parametrize("width", [LENGTH + 14, LENGTH - 7])
def test_sequences_of_another_length(tmp_path, data, width):
    found = model_motifs(saved_in(tmp_path / "m", halves(WORD)), data.resize(width))
    check_words(found, [WORD])


def test_an_ensemble_and_two_logits(tmp_path, data):
    check_words(model_motifs(saved_in(tmp_path / "a", halves(WORD), halves(WORD)), data), [WORD])
    check_words(model_motifs(saved_in(tmp_path / "b", halves(WORD, n_outputs=2)), data), [WORD])


@pytest.mark.parametrize("method", ["both", "filters", "attributions"])
def test_a_grammar_has_motifs_of_its_own(tmp_path, method):
    data = two_classes({WORD: 0.6}, n=400, length=LENGTH, random_state=30)
    held = (np.array([[letter == base for letter in word] for base in "ACGT"]) for word in (WORD, OTHER))
    matrices = tuple(np.log(np.where(each, 0.97, 0.01) / 0.25).astype(np.float32) for each in held)
    grammar = trained_grammar(GrammarModule(Grammar(matrices, (1, -1), LENGTH)))
    check_words(model_motifs(saved_in(tmp_path / "m", grammar), data, method=method), [WORD])


def test_matches_are_told(tmp_path, data):
    text = "MEME version 4\n\nALPHABET= ACGT\n\nMOTIF ours\nletter-probability matrix: alength= 4 w= 10\n"
    rows = ["\t".join("0.97" if base == letter else "0.01" for base in "ACGT") for letter in WORD]
    (tmp_path / "known.meme").write_text(text + "\n".join(rows) + "\n")
    found = model_motifs(saved_in(tmp_path / "m", halves(WORD)), data, database=str(tmp_path / "known.meme"))
    assert found.findings[0].matches[0].target == "ours"


def test_what_cannot_be_used_is_refused_in_one_line(tmp_path, data):
    good = saved_in(tmp_path / "good", halves(WORD))
    unlabelled = two_classes({}, n=30, length=LENGTH)
    three = saved_in(tmp_path / "three", halves(WORD, n_outputs=3))
    calls = [
        (InputError, "model.json", lambda: model_motifs(tmp_path / "none", data)),
        (InputError, "two classes", lambda: model_motifs(good, data.of_class(1))),
        (InputError, "two classes", lambda: model_motifs(good, unlabelled.with_labels(np.full(67, 2)))),
        (ParameterError, "threads must be at least 1", lambda: model_motifs(good, data, threads=0)),
        (ParameterError, "random_state must be at least 0", lambda: model_motifs(good, data, random_state=-1)),
        (ParameterError, "sources must be one of", lambda: model_motifs(good, data, method="words")),
        (
            ParameterError,
            "two classes",
            lambda: model_motifs(three, data),
        ),
    ]
    for kind, words, call in calls:
        with pytest.raises(kind, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be a table with the columns name and split"),
        ("name\tpart\na\ttrain\n", "must be a table"),
        ("name\tsplit\na\tbuild\n", "train, valid or test as split. Got 'build'"),
        ('name\tsplit\n"a\ttrain\n', "predictions.tsv must"),
        ("\x00\x01", "predictions.tsv must"),
    ],
)
def test_a_damaged_record_is_refused(tmp_path, data, text, words):
    folder = saved_in(tmp_path / "m", halves(WORD))
    (folder / "predictions.tsv").write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        model_motifs(folder, data)
    assert "\n" not in str(caught.value)


def test_a_damaged_model_is_refused(tmp_path, data):
    folder = saved_in(tmp_path / "m", halves(WORD))
    config = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**config, "architecture": "other"}))
    with pytest.raises(InputError):
        model_motifs(folder, data)
