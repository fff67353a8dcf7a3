"""The whole search: planted motifs once each, faint ones too, none where there is none."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from planted import exact_motif, two_classes
from test_site_models import BASE, LETTERS, faint_motif, planted
from threadpoolctl import threadpool_limits

from motiflens.alphabet import encode
from motiflens.contrasts import contrast_of
from motiflens.extraction import rounds
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.composition import composition
from motiflens.extraction.matrices import Scanner, likeness
from motiflens.extraction.rounds import find_motifs
from motiflens.extraction.selection import erased
from motiflens.extraction.site_models import SiteModel, sample_of
from motiflens.extraction.word_search import Proposal
from motiflens.motifs import from_counts
from motiflens.sequences import concatenate
from motiflens.simulating.planting import plant


@pytest.fixture(autouse=True)
def _one_thread_for_matrix_products():
    with threadpool_limits(1, user_api="blas"):
        yield


def scanner_of(threads=2):
    return Scanner(BASE, both_strands=True, threads=threads)


def learning(sequences, share=0.75, seed=0):
    return np.random.default_rng(seed).random(len(sequences)) < share


def found_in(sequences, *, learn=None, threads=2, **options):
    learn = learning(sequences) if learn is None else learn
    options = {"pvalue": 0.02, **options}
    return list(islice(find_motifs(sequences, learn, scanner_of(threads), **options), 8))


def known(word, sequences):
    """Return a word as a candidate with its cut-off."""
    matrix, scanner = exact_motif(word).probabilities, scanner_of()
    scores = scanner.best(sequences.codes, [matrix]).scores[:, 0]
    return Candidate(matrix, scanner.cut_off(scores, sequences.positive))


def text_of(found):
    return "".join("ACGT"[letter] for letter in found.candidate.matrix.argmax(axis=0))


def turned(word):
    return word[::-1].translate(str.maketrans("ACGT", "TGCA"))


def assert_words(found, words):
    """Check that each word is found once, in this order."""
    texts = [text_of(each) for each in found]
    assert len(texts) == len(words), texts
    for text, word in zip(texts, words, strict=True):
        assert word in text or turned(word) in text


def test_a_faint_motif_is_found_whole_and_alone():
    motif = faint_motif(4)
    found = found_in(planted(motif, 0.25, n=1500, length=100, seed=40))
    assert len(found) == 1
    assert likeness(found[0].candidate.matrix, motif.probabilities, BASE) > 0.9
    assert found[0].log_p < np.log(1e-6)


def test_two_motifs_are_found_once_each_and_the_same_whatever_the_threads():
    words = {"GATTACGCA": 0.5, "CCAGTTTGG": 0.3}
    sequences = two_classes(words, n=600, length=80, random_state=8)
    runs = [found_in(sequences, threads=threads) for threads in (1, 2)]
    assert_words(runs[0], words)
    for found, again in zip(*runs, strict=True):
        np.testing.assert_array_equal(found.candidate.matrix, again.candidate.matrix)
        assert (found.z, found.log_p) == (again.z, again.log_p)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_motifs_that_one_fit_takes_for_one_are_told_apart(seed):
    words = "TGACTCA", "CCAATCA"
    sequences = two_classes(dict.fromkeys(words, 0.4), n=700, length=60, random_state=seed)
    found = [text_of(each) for each in found_in(sequences)]
    assert sorted(min(text, turned(text)) for text in found) == sorted(min(word, turned(word)) for word in words)


def test_what_was_found_is_erased_before_the_next_is_sought():
    words = {"GATTACGCA": 0.6, "CCAGTTTGG": 0.5, "ACATCTCGA": 0.4}
    found = found_in(two_classes(words, n=600, length=90, random_state=18))
    assert_words(found, words)
    assert [each.z for each in found] == sorted((each.z for each in found), reverse=True)


def test_a_word_in_few_positives_is_found_beside_one_in_many():
    words = {"GATTACGCA": 0.7, "CCAGTTTGG": 0.04}
    assert_words(found_in(two_classes(words, n=900, length=80, random_state=28)), words)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_found_without_signal(seed):
    assert found_in(two_classes({}, n=200 + 40 * seed, length=90 - 5 * seed, random_state=70 + seed)) == []


def test_no_search_is_done_before_it_is_asked_for():
    sequences = two_classes({"GATTACGCA": 0.5, "CCAGTTTGG": 0.5}, n=300, length=60, random_state=3)
    search = find_motifs(sequences, learning(sequences), scanner_of(), pvalue=0.02)
    first = next(search)
    sequences.codes[:] = 4
    assert text_of(first)
    assert list(search) == []


def test_a_motif_that_is_known_is_not_found_again():
    words = {"GATTACGCA": 0.5, "CCAGTTTGG": 0.3}
    sequences = two_classes(words, n=600, length=80, random_state=38)
    assert_words(found_in(sequences, before=[known("GATTACGCA", sequences)]), ["CCAGTTTGG"])
    assert found_in(sequences, before=[known(word, sequences) for word in words]) == []


def test_a_motif_that_is_known_badly_is_not_found_again():
    """What is known erases nothing and explains little; it is the same motif, all the same."""
    sequences = two_classes({"GATTACGCA": 0.5}, n=400, length=70, random_state=68)
    badly = known("GATTACGC", sequences)
    badly = replace(badly, matrix=0.5 * badly.matrix + 0.125, cut_off=badly.cut_off._replace(score=99.0))
    assert found_in(sequences, before=[badly]) == []


@pytest.mark.parametrize("seed", [1])
def test_what_a_known_motif_leaves_of_itself_is_not_found(seed):
    """Its cut-off takes the surest sites alone; its fainter sites stay, and lean towards the positives."""
    motif = faint_motif(seed, width=12)
    sequences = planted(motif, 0.6, n=900, length=80, seed=80 + seed)
    scanner = scanner_of()
    scores = scanner.best(sequences.codes, [motif.probabilities]).scores[:, 0]
    cut_off = scanner.cut_off(scores, sequences.positive)
    strict = Candidate(motif.probabilities, cut_off._replace(score=cut_off.score + 6))
    again = found_in(erased(sequences, strict, scanner))
    assert max(likeness(each.candidate.matrix, motif.probabilities, BASE) for each in again) > 0.6
    assert found_in(sequences, before=[strict]) == []


@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_only_more_frequent_is_no_motif_and_hides_none(seed):
    """Three letters that the positives hold twice more often outweigh a word in one of seven of them."""
    rng = np.random.default_rng(seed)
    sequences = two_classes({"GATTACGCA": 0.14}, n=900, length=150, random_state=10 * seed)
    codes = sequences.codes.copy()
    for row, positive in zip(codes, sequences.positive, strict=True):
        for start in rng.integers(0, 148, 3 if positive else 1):
            row[start : start + 3] = encode("CAG")
    found = found_in(replace(sequences, codes=codes))
    assert_words(found, ["GATTACGCA"])


@pytest.mark.parametrize(
    ("certainty", "quantile", "found"), [(0.97, 0.7, True), (0.97, 0.3, False), (0.55, 0.7, False)]
)
def test_a_motif_without_sites_or_without_letters_is_not_found(monkeypatch, certainty, quantile, found):
    """A word in six of ten positives: at a cut-off that most negatives pass too, sites hold little of what it tells."""
    sequences = two_classes({"GATTAC": 0.6}, n=300, length=50, random_state=4)
    scanner, built = scanner_of(), rounds._built
    matrix = certainty * exact_motif("GATTAC").probabilities + (1 - certainty) * 0.25
    lowest = float(np.quantile(scanner.best(sequences.codes, [matrix]).scores, quantile))

    def with_cut_off(best, *arguments):
        motif, best = built(best, *arguments)
        return replace(motif, matrix=matrix, cut_off=motif.cut_off._replace(score=lowest)), best

    monkeypatch.setattr(rounds, "_built", with_cut_off)
    texts = [text_of(each) for each in found_in(sequences)]
    assert (texts[:1] == ["GATTAC"]) is found


@pytest.mark.parametrize("seed", [0, 1])
def test_sites_that_composition_explains_are_no_sites(seed):
    """A word of A and T has more sites where positives hold more of these letters, and they say no more."""
    sequences = two_classes({}, n=600, length=100, random_state=seed)
    rng = np.random.default_rng(500 + seed)
    poor = sequences.positive[:, None] & (rng.random(sequences.codes.shape) < 0.2)
    codes = np.where(poor, rng.choice(encode("AT"), poor.shape), sequences.codes).astype(np.uint8)
    sequences, scanner = replace(sequences, codes=codes), scanner_of()
    candidate, sample = known("AAATA", sequences), sample_of(sequences, scanner)
    best = Proposal(SiteModel(candidate.matrix, 0.1, z=5.0), 0.0, presence=np.empty(0))
    beyond = contrast_of(sequences.positive, composition(codes, sequences.positive, both_strands=True))
    assert rounds._has_sites(candidate, best, sequences, sample.contrast, scanner)
    assert not rounds._has_sites(candidate, best, sequences, beyond, scanner)


@pytest.mark.parametrize("turned_over", [False, True])
def test_the_rest_tells_whether_it_leans_the_same_way(turned_over):
    """Those that built nothing of a word have it too, or have the classes the other way."""
    sequences = two_classes({"GATTACGCA": 0.14}, n=900, length=150, random_state=3)
    learn = learning(sequences)
    labels = np.where(learn | (not turned_over), sequences.labels, 1 - sequences.labels)
    found = found_in(sequences.with_labels(labels, sequences.classes), learn=learn)
    assert_words(found, ["GATTACGCA"])
    assert (found[0].rest_log_p > np.log(0.99)) if turned_over else (found[0].rest_log_p < np.log(1e-4))


def test_without_a_rest_nothing_is_known_of_it():
    sequences = two_classes({"GATTACGCA": 0.5}, n=300, length=60, random_state=3)
    [found] = found_in(sequences, learn=np.ones(len(sequences), np.bool_))
    assert np.isnan(found.rest_log_p)


def test_every_new_motif_gives_the_search_three_more_rounds(monkeypatch):
    """Every third is believed: of eight words, the second one found comes after four rounds in vain."""
    words = ["GATTACGCA", "CCAGTTTGG", "TGACGTAAC", "ACCGGAAGT", "CTTATCTCG", "GGCGCCAAA", "TTCCTGTCA", "CACGTGGTC"]
    sequences = two_classes(dict.fromkeys(words, 0.4), n=400, length=150, random_state=7)
    tells, count = rounds._tells_more, []

    def seldom(*arguments):
        count.append(1)
        return len(count) % 3 == 0 and tells(*arguments)

    monkeypatch.setattr(rounds, "_tells_more", seldom)
    assert len(found_in(sequences)) == 2


@pytest.mark.parametrize("seed", [0, 1])
def test_the_faintest_sites_of_a_motif_that_all_positives_hold_are_no_motif(seed):
    """A positive without a good site has a bad one, where the motif allows a letter that it seldom has."""
    counts = np.array([[6, 46, 87, 0, 0, 99], [58, 28, 2, 0, 0, 0], [0, 25, 10, 0, 0, 0], [35, 1, 1, 100, 99, 0]])
    motif = from_counts(counts + 0.5, "YVATTA")
    sequences = planted(motif, 1.0, n=2000, length=200, seed=10 * seed)
    scanner = scanner_of()
    scores = scanner.best(sequences.codes, [motif.probabilities]).scores[:, 0]
    found = Candidate(motif.probabilities, scanner.cut_off(scores, sequences.positive))
    assert found_in(sequences, before=[found]) == []


def test_columns_at_the_ends_are_kept_as_far_as_they_say_something():
    """Their letters are one in two: 0.24 bits each."""
    counts = np.full((4, 12), 16.0)
    letters = [LETTERS[letter] for letter in "CAGGATTACGTC"]
    counts[letters, np.arange(12)] = np.where(np.isin(np.arange(12), [0, 1, 10, 11]), 52.0, 800.0)
    sequences = planted(from_counts(counts, "ends"), 0.8, n=3000, length=80, seed=3)
    [found] = found_in(sequences)
    text = text_of(found)
    assert "CAGGATTACGTC" in (text, turned(text))


def test_a_motif_is_built_of_the_sequences_to_learn_from_alone():
    """Outside of these the seventh letter is another, and is in no matrix; that it is there, all say."""
    inside, outside = (two_classes({word: 0.5}, n=n, length=70, random_state=seed)
                       for word, n, seed in (("GATTACGCA", 350, 5), ("GATTACTCA", 360, 55)))  # fmt: skip
    codes = np.vstack([inside.codes, outside.codes])
    labels = np.concatenate([inside.labels, outside.labels])
    names = np.array([f"s{i}" for i in range(len(codes))])
    sequences = replace(inside, codes=codes, names=names, spans=np.vstack([inside.spans, outside.spans]), labels=labels)
    learn = np.arange(len(codes)) < len(inside)
    for rows, letter in ((learn, "G"), (~learn, "T")):
        (found,) = found_in(sequences, learn=rows)
        matrix = found.candidate.matrix
        text = text_of(found)
        if "GATTAC" not in text:
            matrix, text = matrix[::-1, ::-1], turned(text)
        column = text.index("GATTAC") + 6
        assert text[column] == letter
        assert matrix["ACGT".index({"G": "T", "T": "G"}[letter]), column] < 0.1
    (both,) = found_in(sequences, learn=np.ones(len(codes), bool))
    matrix = both.candidate.matrix if "GATTAC" in text_of(both) else both.candidate.matrix[::-1, ::-1]
    text = "".join("ACGT"[letter] for letter in matrix.argmax(axis=0))
    assert matrix[[2, 3], text.index("GATTAC") + 6].min() > 0.2


def test_a_motif_wider_than_any_is_built_of_the_sequences_to_learn_from_too():
    """Outside of these, another letter stands in the middle of a word of 36."""
    word = "GATTACGCATTGCACCAGTTTGGACTCGTAACCTGA"
    other = word[:17] + "A" + word[18:]
    inside, outside = (two_classes({text: 0.6}, n=n, length=90, random_state=seed)
                       for text, n, seed in ((word, 350, 6), (other, 360, 56)))  # fmt: skip
    sequences = concatenate([inside, replace(outside, names=np.char.add("o", outside.names))])
    found = found_in(sequences, learn=np.arange(len(sequences)) < len(inside))
    texts = [text_of(each) for each in found]
    assert texts
    for text in texts:
        forward = text if text in word or text in other else turned(text)
        assert forward in word
        assert len(text) <= 30


def test_how_good_a_motif_is_all_sequences_say():
    """Too rare to be believed by those that build it, and believed by all."""
    sequences = two_classes({"GATTACGCA": 0.035}, n=900, length=60, random_state=9)
    learn = learning(sequences, 0.4, seed=1)
    assert_words(found_in(sequences, learn=learn), ["GATTACGCA"])
    assert found_in(sequences[learn], learn=np.ones(learn.sum(), bool)) == []


def test_what_both_classes_hold_is_not_found():
    sequences = two_classes({}, n=300, length=60, random_state=1058)
    both = plant(sequences, exact_motif("GATTACGCA"), probability=0.6, random_state=3)
    assert found_in(replace(both, labels=sequences.labels, classes=sequences.classes)) == []


@pytest.mark.parametrize("seed", [0, 1])
def test_what_a_motif_rich_in_gc_adds_is_not_held_fixed_once_it_is_erased(monkeypatch, seed):
    """Held fixed, it would make all else of the positives look poor in GC, and find motifs of that."""
    word, seen = "CCACCAGGGGGCGC", []
    sequences = two_classes({word: 0.8}, n=700, length=90, random_state=seed)
    whole = rounds.composition(sequences.codes, sequences.positive, both_strands=True)
    assert whole.shape[1] == 3
    monkeypatch.setattr(
        rounds, "composition", lambda *a, **options: seen.append(composition(*a, **options)) or seen[-1]
    )
    assert found_in(sequences, before=[known(word, sequences)]) == []
    assert [each is None for each in seen] == [True]
