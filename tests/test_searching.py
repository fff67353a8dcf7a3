"""All motifs of a run: planted ones once each, none without signal, and whatever fails one of the checks is dropped."""

from dataclasses import replace

import numpy as np
import pytest
from attribution_networks import OTHER, WORD, filters, is_of
from planted import exact_motif, two_classes

from motiflens import searching
from motiflens.alphabet import encode
from motiflens.enrichment import CutOff
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import scanner_of
from motiflens.extraction.refine import rescored
from motiflens.networks.ensemble import Ensemble
from motiflens.networks.jobs import Fitted, TrainingOptions
from motiflens.networks.model import FilterNetwork
from motiflens.networks.training import fit_ensemble
from motiflens.preparing import SHARES, Prepared
from motiflens.results import Audit
from motiflens.searching import search_motifs
from motiflens.sequences import SequenceSet
from motiflens.splits import split

FAINT = "TGACGTCA"
LENGTH = 60
NONE = np.zeros(0)
CHANCE = 0.01
"""Of the search in words to go on without signal."""


def in_parts(train, valid, test):
    return Prepared(train, valid, test, Audit(), ())


def of_shares(words, n, seed=0):
    data = two_classes(words, n=n, length=LENGTH, random_state=seed)
    return in_parts(*split(data, fractions=SHARES, random_state=seed))


def knowing(*words):
    """Return an ensemble of one network whose filters are the words."""
    return Ensemble((Fitted(filters(*words, length=LENGTH), NONE, NONE, 0, NONE),), both_strands=True)


def trained(prepared, seed=0):
    """Return an ensemble of two small networks, trained in a moment."""
    network, options = FilterNetwork(12, 12, LENGTH), TrainingOptions(epochs=12)
    fits = fit_ensemble(network, prepared.train, prepared.valid, seeds=[seed, seed + 1], options=options, threads=1)
    return Ensemble(tuple(fits), both_strands=True)


def search(prepared, ensemble, *, threads=1, on_progress=None):
    scanner = scanner_of(prepared.train, both_strands=True, threads=threads)
    return search_motifs(prepared, ensemble, scanner, random_state=0, on_progress=on_progress)


@pytest.fixture
def no_words(monkeypatch):
    """Leave the search in words out, which finds on its own what the networks' motifs lost."""
    monkeypatch.setattr(searching, "find_motifs", lambda *_, **__: iter(()))


@pytest.fixture(scope="module")
def planted():
    prepared = of_shares({WORD: 0.6, FAINT: 0.1}, n=700)
    ensemble, seen = trained(prepared), list[tuple[int, int]]()
    return prepared, ensemble, search(prepared, ensemble, on_progress=lambda *event: seen.append(event)), seen


def test_a_strong_motif_comes_from_the_networks_and_a_faint_one_from_words(planted):
    found = planted[2]
    assert len(found.passed) == 2
    (strong, of_strong), (faint, of_faint) = found.passed
    assert is_of(strong, WORD)
    assert strong.n_filters >= 1
    assert (strong.source, faint.source) == ("filters", "words")
    assert is_of(faint, FAINT)
    assert faint.n_filters == 0
    assert of_strong.pvalue == of_strong.fisher_pvalue
    assert of_strong.evalue == pytest.approx(of_strong.pvalue * found.n_tested)
    assert of_strong.evalue < 1e-9
    assert of_faint.pvalue == of_faint.evalue <= CHANCE
    assert of_faint.fisher_evalue == pytest.approx(
        of_faint.fisher_pvalue * sum(each.source == "words" for each, _ in found.passed)
    )
    assert of_faint.pvalue != of_faint.fisher_pvalue  # believed by the search that found it, measured all the same
    assert of_faint.positives_with_site > of_faint.negatives_with_site


def test_progress_rises_to_the_end(planted):
    done, totals = zip(*planted[3], strict=True)
    assert len(set(totals)) == 1
    assert (np.diff(done) >= 0).all()
    assert done[-1] == totals[0]
    assert len(done) > 2


def test_threads_change_no_bit(planted):
    prepared, ensemble, once, _ = planted
    again = search(prepared, ensemble, threads=3)
    assert again.n_tested == once.n_tested
    for (motif, evidence), (same, alike) in zip(once.passed, again.passed, strict=True):
        assert motif.matrix.tobytes() == same.matrix.tobytes()
        assert motif.cut_off == same.cut_off
        assert repr(evidence) == repr(alike)  # NaN is not itself


def test_no_motif_passes_without_signal():
    wrong = 0
    for seed in range(4):
        prepared = of_shares({}, n=250, seed=100 * seed)
        wrong += len(search(prepared, trained(prepared, seed)).passed) > 0
    assert wrong <= 1  # at most 6 % of runs may pass one


def n_of(found, word):
    return sum(is_of(candidate, word) for candidate, _ in found.passed)


def planted_parts(*words, sizes=(400, 150, 300), seed=3):
    """Return training, validation and test sequences, each with its own words in its positives."""
    return [
        two_classes(own, n=n, length=LENGTH, random_state=seed + 1000 * i)
        for i, (own, n) in enumerate(zip(words, sizes, strict=True))
    ]


def turned(sequences):
    return sequences.with_labels(1 - sequences.labels, sequences.classes)


@pytest.mark.usefixtures("no_words")
def test_a_motif_that_the_test_sequences_lack_is_dropped():
    both, one = {WORD: 0.5, OTHER: 0.5}, {WORD: 0.5}
    whole = search(in_parts(*planted_parts(both, both, both)), knowing(WORD, OTHER))
    assert (n_of(whole, WORD), n_of(whole, OTHER)) == (1, 1)
    lacking = search(in_parts(*planted_parts(both, both, one)), knowing(WORD, OTHER))
    assert (n_of(lacking, WORD), n_of(lacking, OTHER), len(lacking.passed)) == (1, 0, 1)
    assert lacking.n_tested >= 2


@pytest.mark.usefixtures("no_words")
def test_a_motif_that_leans_to_the_negatives_in_the_validation_sequences_is_dropped():
    train, valid, test = planted_parts(*[{WORD: 0.5}] * 3)
    assert n_of(search(in_parts(train, valid, test), knowing(WORD)), WORD) == 1
    leaning = search(in_parts(train, turned(valid), test), knowing(WORD))
    assert leaning.passed == ()
    assert leaning.n_tested >= 1


def chosen_are(monkeypatch, *candidates):
    """Let the networks' filters yield these motifs."""
    monkeypatch.setattr(searching, "select", lambda *_, **__: list(candidates))


def measured(word, sequences, *, score=None):
    """Return a word as a motif, with the cut-off that is best on sequences, or one that is given in bits."""
    scanner = scanner_of(sequences, both_strands=True, threads=1)
    [motif] = rescored([Candidate(exact_motif(word).probabilities, CutOff(0.0, np.inf, 0, 0))], sequences, scanner)
    return motif if score is None else replace(motif, cut_off=motif.cut_off._replace(score=score))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_filter_that_answers_to_two_motifs_gives_both(monkeypatch, seed):
    words = "TGACTCA", "CCAATCA"
    train, valid, test = planted_parts(*[dict.fromkeys(words, 0.4)] * 3, sizes=(700, 300, 500), seed=seed)
    scanner = scanner_of(train, both_strands=True, threads=1)
    mixed = Candidate(0.5 * sum(exact_motif(word).probabilities for word in words), CutOff(0.0, np.inf, 0, 0))
    monkeypatch.setattr(searching, "filter_candidates", lambda *_, **__: rescored([mixed], train, scanner))
    monkeypatch.setattr(searching, "find_motifs", lambda *_, **__: iter(()))
    found = search(in_parts(train, valid, test), knowing(WORD))
    assert [n_of(found, word) for word in words] == [1, 1]
    assert len(found.passed) == 2


def in_some(sequences, word, n):
    """Write a word into the first positives."""
    codes = sequences.codes.copy()
    codes[np.flatnonzero(sequences.positive)[:n, None], 20 + np.arange(len(word))] = encode(word)
    return replace(sequences, codes=codes)


@pytest.mark.usefixtures("no_words")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_motif_must_stand_out_among_all_that_are_tested(monkeypatch, seed):
    """Seven of 500 test positives and none of 507 negatives: p is 0.008, which one of twenty motifs may well reach."""
    train, valid, test = planted_parts({WORD: 0.5}, {WORD: 0.5}, {}, sizes=(400, 150, 500), seed=seed)
    parts = in_parts(train, valid, in_some(test, WORD, 7))
    rng = np.random.default_rng(seed)
    others = ["".join("ACGT"[base] for base in rng.integers(0, 4, 6)) for _ in range(19)]
    kept = []
    for more in ([], others):
        chosen_are(monkeypatch, measured(WORD, train, score=15.0), *(measured(word, train) for word in more))
        found = search(parts, knowing(WORD))
        assert found.n_tested == 1 + len(more)
        kept.append([is_of(candidate, WORD) for candidate, _ in found.passed])
    assert kept == [[True], []]


@pytest.mark.usefixtures("no_words")
def test_networks_may_be_wrong_in_one_run_of_fifty(monkeypatch):
    """Six of 500 test positives and none of 507 negatives have a p of 0.015, five one of 0.03."""
    train, valid, test = planted_parts({WORD: 0.5}, {WORD: 0.5}, {}, sizes=(400, 150, 500))
    chosen_are(monkeypatch, measured(WORD, train, score=15.0))
    for n_sites, n_passed in ((6, 1), (5, 0)):
        found = search(in_parts(train, valid, in_some(test, WORD, n_sites)), knowing(WORD))
        assert len(found.passed) == n_passed


def rich_in_gc(n, seed):
    """Return positives that are richer in G and C than the negatives, each class of many contents."""
    rng = np.random.default_rng(seed)
    content = np.concatenate([rng.beta(14, 10, n), rng.beta(10, 14, n + 9)])[:, None]
    either = rng.integers(0, 2, (2 * n + 9, LENGTH))
    codes = np.where(rng.random(either.shape) < content, 1 + either, 3 * either).astype(np.uint8)
    names = np.array([f"s{i}" for i in range(len(codes))])
    spans = np.tile([0, LENGTH], (len(codes), 1))
    return SequenceSet(codes, names, spans).with_labels(np.repeat([1, 0], [n, n + 9]), ("negative", "positive"))


@pytest.mark.usefixtures("no_words")
@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 2), (0.5, 6, 6)])
def test_a_motif_that_gc_content_explains_is_dropped(monkeypatch, share, least, most):
    """But for one in twenty, which the test of GC content lets through by chance."""
    n_passed = 0
    for seed in range(6):
        rich = {n: rich_in_gc(n, seed + n) for n in (500, 200, 400)}
        parts = in_parts(*(in_some(part, "GCCGCC", int(share * n)) for n, part in rich.items()))
        chosen_are(monkeypatch, measured("GCCGCC", parts.train))
        n_passed += len(search(parts, knowing(WORD)).passed)
    assert least <= n_passed <= most


@pytest.mark.usefixtures("no_words")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_faint_sites_of_a_better_motif_are_no_motif_of_their_own(monkeypatch, seed):
    """A cut-off that only whole words reach leaves the others to half a word, which is enriched and yet nothing new."""
    half = WORD[:5]
    alone = planted_parts(*[{WORD: 0.6}] * 3, sizes=(700, 300, 900), seed=seed)
    beside = planted_parts(*[{WORD: 0.6, half + "TTGCC": 0.3}] * 3, sizes=(700, 300, 900), seed=seed)
    for (train, valid, test), expected in ((alone, 1), (beside, 2)):
        chosen_are(monkeypatch, measured(WORD, train, score=18.5), measured(half, train))
        found = search(in_parts(train, valid, test), knowing(WORD))
        assert (found.n_tested, len(found.passed)) == (2, expected)
        assert is_of(found.passed[0][0], WORD)


def test_test_sequences_build_no_motif_from_words():
    """They hold another letter in the middle, which must leave no trace."""
    built, other = "TGACTGCA", "TGACAGCA"
    parts = in_parts(*planted_parts({built: 0.3}, {built: 0.3}, {other: 0.3}, sizes=(500, 100, 600)))
    [(motif, _)] = search(parts, knowing(WORD)).passed
    assert motif.matrix.shape[1] == len(built)
    letters, columns = encode(built), np.arange(len(built))
    forward = max((motif.matrix, motif.matrix[::-1, ::-1]), key=lambda matrix: matrix[letters, columns].sum())
    assert (forward[letters, columns] > 0.8).all()


@pytest.mark.parametrize(
    ("fisher", "windows", "stays"),
    [(0.1, 1.0, True), (0.4, 0.1, True), (0.6, 0.1, False), (1.0, 1e-6, False), (0.2, 0.2, False)],
)
def test_the_sites_of_a_motif_from_words_must_lean_its_way(monkeypatch, fisher, windows, stays):
    """Its sites or all windows must clearly, and its sites may not lean away; the best windows are not asked."""
    parts = of_shares({FAINT: 0.4}, n=300)
    of_words, found = searching.heldout_evidence, searching.find_motifs

    def measured_so(candidates, *arguments, **options):
        evidence = of_words(candidates, *arguments, **options)
        return [replace(each, fisher_pvalue=fisher, rank_pvalue=1.0) for each in evidence]

    def found_so(*arguments, **options):
        return (replace(each, rest_log_p=np.log(windows)) for each in found(*arguments, **options))

    monkeypatch.setattr(searching, "find_motifs", found_so)
    monkeypatch.setattr(searching, "_of_networks", lambda *_: [])
    monkeypatch.setattr(searching, "heldout_evidence", measured_so)
    assert n_of(search(parts, knowing(WORD)), FAINT) == stays


def test_a_motif_from_words_that_the_test_sequences_lean_away_from_is_dropped():
    """What the others hold is enough for the search to find it."""
    train, valid, test = planted_parts(*[{FAINT: 0.3}] * 3, sizes=(500, 100, 90))
    [(motif, evidence)] = search(in_parts(train, valid, test), knowing(WORD)).passed
    assert is_of(motif, FAINT)
    assert evidence.pvalue < CHANCE
    assert search(in_parts(train, valid, turned(test)), knowing(WORD)).passed == ()
