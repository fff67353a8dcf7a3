from __future__ import annotations

import csv
import gzip
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from motiflens.alphabet import UNKNOWN
from motiflens.auditing import audit, baselines
from motiflens.backgrounds import shuffle_dinucleotides
from motiflens.metrics import auroc
from motiflens.reading import read_sequences
from motiflens.sequences import SequenceSet, concatenate, from_codes, from_strings

DATA = Path(__file__).parents[2] / "shared" / "data"
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def _random(n: int, *, length: int = 70, gc: float = 0.5, seed: int = 0) -> SequenceSet:
    shares = [(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2]
    rows = np.random.default_rng(seed).choice(4, (n, length), p=shares).astype(np.uint8)
    return from_codes(list(rows), [f"s{seed}-{index}" for index in range(n)])


def _pair(positives: SequenceSet, negatives: SequenceSet) -> SequenceSet:
    joined = concatenate([positives, negatives])
    joined = replace(joined, names=np.arange(len(joined)).astype(str))
    return joined.with_labels(np.arange(len(joined)) < len(positives), ("negative", "positive"))


def _planted(n: int, seed: int, word: str = "TGACTCA") -> SequenceSet:
    texts = [text[:20] + word + text[27:] for text in _random(n, seed=seed).strings()]
    return from_strings(texts, [f"p{seed}-{index}" for index in range(n)])


def test_clean_data_pass_without_a_warning():
    found = audit(_pair(_random(160, seed=1), _random(150, seed=2)), random_state=0)
    assert found.warnings == ()
    assert found.facts["n_positives"] == 160
    assert found.facts["n_negatives"] == 150
    assert found.facts["duplicates"] == found.facts["contradictory"] == found.facts["unknown_fraction"] == 0
    assert found.facts["kmer_auroc"] == pytest.approx(0.5, abs=0.1)
    assert found.facts["length_auroc"] == 0.5


def test_facts_count_lengths_copies_and_unknown_bases():
    texts = ["ACGTACGTTC", "ACGTACGTTC", "GAACGTACGT", "GGGACCATNN", "CCAG", "CTGG", "TTTTAAAA"]
    facts = audit(from_strings(texts).with_labels([1, 1, 1, 1, 1, 0, 0]), random_state=0).facts
    assert (facts["length_min"], facts["length_median"], facts["length_max"]) == (4, 10, 10)
    assert facts["unknown_fraction"] == pytest.approx(2 / 56)
    assert facts["duplicates"] == 1
    assert facts["reverse_complement_duplicates"] == 1
    assert facts["contradictory"] == 2  # CCAG and CTGG


def test_names_are_counted_that_another_of_the_class_has():
    named = replace(from_strings(["ACGT", "CCGG", "AATT", "GATC", "CTAG", "TTTT"]), names=np.array(list("aabaca")))
    labelled = named.with_labels([1, 1, 1, 1, 0, 0])
    found = audit(labelled, random_state=0)
    assert found.facts["repeated_names"] == 2
    assert any(text.startswith("2 sequences have the name of another") for text in found.warnings)
    assert audit(named, random_state=0).facts["repeated_names"] == 3
    apart = audit(replace(labelled, names=np.array(list("abcdab"))), random_state=0)
    assert apart.facts["repeated_names"] == 0
    assert not any("name of another" in text for text in apart.warnings)


def test_gc_and_dinucleotides_are_measured_by_class():
    positives, negatives = _random(300, gc=0.6, seed=1), _random(200, gc=0.5, seed=2)
    facts = audit(_pair(positives, negatives), random_state=0).facts
    gc = [
        np.array([(text.count("G") + text.count("C")) / 70 for text in part.strings()])
        for part in (positives, negatives)
    ]
    assert facts["gc_positives"] == pytest.approx(gc[0].mean())
    assert facts["gc_difference"] == pytest.approx(gc[0].mean() - gc[1].mean())
    pairs = [(a > b) + (a == b) / 2 for a in gc[0] for b in gc[1]]
    assert facts["gc_auroc"] == pytest.approx(np.mean(pairs))
    assert facts["gc_auroc"] == pytest.approx(norm.cdf(0.1 / np.sqrt((0.24 + 0.25) / 70)), abs=0.04)
    counts = []
    for part in (positives, negatives):
        steps = [text[i : i + 2] for text in part.strings() for i in range(69)]
        counts.append({step: steps.count(step) / len(steps) for step in set(steps)})
    assert facts["dinucleotide_difference"] == pytest.approx(max(abs(counts[0][s] - counts[1][s]) for s in counts[0]))
    swapped = audit(_pair(negatives, positives), random_state=0).facts
    assert swapped["gc_auroc"] == pytest.approx(facts["gc_auroc"])


def _with_unknown(sequences: SequenceSet) -> SequenceSet:
    codes = sequences.codes.copy()
    codes[:, :10] = UNKNOWN
    return SequenceSet(codes, sequences.names, sequences.spans, sequences.labels)


PLAIN = _random(150, seed=1)
FAULTS = {
    "GC content alone": _pair(_random(150, gc=0.57, seed=2), PLAIN),
    "Length alone": _pair(_random(150, length=60, seed=2), PLAIN),
    "more than one class": _pair(concatenate([_random(150, seed=2), PLAIN[:1]]), PLAIN),
    "copies of another": _pair(concatenate([_random(150, seed=2), _random(20, seed=2)]), PLAIN),
    "not A, C, G or T": _with_unknown(_pair(_random(150, seed=2), PLAIN)),
    "short words": _pair(concatenate([_random(110, seed=2), from_strings([f"{'CA' * 32}{t}" for t in
                         _random(40, length=6, seed=5).strings()])]), PLAIN),
    "accuracy says little": _pair(_random(150, seed=2), _random(1501, seed=3)),
    "name of another": replace(_pair(_random(150, seed=2), PLAIN), names=np.array(["a", "a", *map(str, range(298))])),
    "only 60 positives": _pair(_random(60, seed=2), PLAIN),
}  # fmt: skip


@pytest.mark.parametrize("sentence", FAULTS)
def test_each_fault_is_told_and_no_other(sentence):
    found = audit(FAULTS[sentence], random_state=0)
    assert len(found.warnings) == 1, found.warnings
    assert sentence in found.warnings[0]
    assert found.warnings[0].endswith(".")


def test_planted_words_are_seen_by_the_word_model_and_not_by_gc():
    train, test = (_pair(_planted(400, seed), _random(300, seed=seed + 9)) for seed in (1, 2))
    assert audit(train, random_state=0).facts["kmer_auroc"] > 0.95
    figures = baselines(train, test, random_state=0)
    assert figures["kmer_logistic"].value > 0.95
    assert figures["kmer_logistic"].low < figures["kmer_logistic"].value <= figures["kmer_logistic"].high
    assert figures["gc_content"].value == pytest.approx(0.5, abs=0.08)


def test_word_model_reads_both_strands():
    reverse = "TGACTCC"[::-1].translate(COMPLEMENT)
    train = _pair(_planted(400, 1, "TGACTCC"), _random(300, seed=8))
    test = _pair(_planted(200, 2, reverse), _random(300, seed=9))
    assert baselines(train, test, random_state=0)["kmer_logistic"].value > 0.95


def _words(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for i in range(len(text) - 5):
        word = min(text[i : i + 6], text[i : i + 6][::-1].translate(COMPLEMENT))
        counts[word] = counts.get(word, 0) + 1
    return counts


def test_word_model_is_the_logistic_regression_of_scikit_learn():
    train, test = (_pair(_planted(300, seed), _random(300, gc=0.55, seed=seed + 9)) for seed in (1, 2))
    bags = [[_words(text) for text in part.strings()] for part in (train, test)]
    every = sorted({word for bag in bags[0] for word in bag})
    x, z = (np.array([[bag.get(word, 0) for word in every] for bag in part], dtype=float) for part in bags)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.002)).fit(x, train.labels)
    expected = auroc(test.labels, model.decision_function(z))
    assert baselines(train, test, random_state=0)["kmer_logistic"].value == pytest.approx(expected, abs=0.005)


def test_gc_baseline_takes_its_direction_from_the_training_data():
    rich, poor, plain = _random(80, gc=0.65, seed=1), _random(90, gc=0.35, seed=2), _random(85, seed=3)
    figure = baselines(_pair(poor, plain), _pair(poor, plain), random_state=0)["gc_content"].value
    assert figure > 0.9
    assert baselines(_pair(rich, plain), _pair(poor, plain), random_state=0)["gc_content"].value == pytest.approx(
        1 - figure
    )


def test_many_classes_and_many_labels():
    parts = [_planted(120, 1, "TGACTCA"), _planted(110, 2, "CCGGAAG"), _random(100, seed=3)]
    sequences = concatenate(parts).with_labels(np.repeat([0, 1, 2], [120, 110, 100]))
    facts = audit(sequences, random_state=0).facts
    assert (facts["n_class_0"], facts["n_class_1"], facts["n_class_2"]) == (120, 110, 100)
    assert facts["kmer_auroc"] > 0.85
    figure = baselines(sequences, sequences, random_state=0)["kmer_logistic"]
    assert figure.value > 0.9
    assert np.isnan([figure.low, figure.high]).all()
    labels = np.stack([sequences.labels == 0, sequences.labels <= 1], axis=1)
    found = audit(sequences.with_labels(labels), random_state=0)
    assert (found.facts["n_class_0"], found.facts["n_class_1"]) == (120, 230)
    assert found.facts["contradictory"] == 0
    assert found.facts["kmer_auroc"] > 0.75


@pytest.mark.parametrize(
    "sequences",
    [
        from_strings(["ACGTT", "CCC", "A"]).with_labels([0, 1, 1]),
        from_strings(["ACGTT"]).with_labels([1]),
        from_strings(["NNNN", "ACGTNNN"]).with_labels([1, 0]),
        from_strings(["ACGTT", "CCC"]),
        from_strings(["ACGTT", "CCC"])[:0],
        from_strings(["ACGTT", "CCC"]).with_labels([0, 0])[:0],
        from_strings(["ACGTACGTACGTAA"] * 40).with_labels([0, 1] * 20),
        from_strings(["ACGT", "CCC", "GGA"]).with_labels([[0, 1], [1, 1], [0, 0]]),
        from_strings(["ACGT", "CCC", "GGA"]).with_labels([0, 4, 4]),
    ],
)  # fmt: skip
def test_tiny_and_odd_sets_do_not_fail(sequences):
    found = audit(sequences, random_state=0)
    assert np.isnan(found.facts["kmer_auroc"])
    assert found.facts["n_sequences"] == len(sequences)
    if sequences.labels is not None and len(sequences):
        for figure in baselines(sequences, sequences, random_state=0).values():
            assert np.isnan(figure.value) or 0 <= figure.value <= 1


def test_audit_is_quick_and_repeats_itself():
    sequences = _pair(_random(5000, length=200, seed=1), _random(5000, length=200, seed=2))
    first = audit(sequences, random_state=0)
    begun = time.perf_counter()
    again = audit(sequences, random_state=0)
    assert time.perf_counter() - begun < 8
    assert again == first


def _set(name: str) -> tuple[SequenceSet, SequenceSet]:
    if not DATA.exists():
        pytest.skip("the shared data are not at ../shared/data")
    if name == "nanog":
        parts = [
            read_sequences(DATA / "nanog_h1esc_gkmexplain" / f"{kind}_{part}.fa.gz")
            for part in ("train", "test")
            for kind in ("positives", "negatives")
        ]
        return _pair(*parts[:2]), _pair(*parts[2:])
    with gzip.open(DATA / "deepbind_encode" / f"{name}_AC.seq.gz", "rt") as lines:
        positives = from_strings([row["seq"] for row in csv.DictReader(lines, delimiter="\t")][:4000])
    with gzip.open(DATA / "deepbind_encode" / f"{name}_B.seq.gz", "rt") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    test = from_strings([row["seq"] for row in rows]).with_labels([int(row["Bound"]) for row in rows])
    return _pair(positives, shuffle_dinucleotides(positives, random_state=1)), test


@pytest.mark.parametrize(("name", "kmer", "gc"), [("nanog", 0.792, 0.626), ("REST", 0.985, 0.500)])
def test_baselines_of_real_sets(name, kmer, gc):
    figures = baselines(*_set(name), random_state=0)
    assert figures["kmer_logistic"].value == pytest.approx(kmer, abs=0.01)
    assert figures["gc_content"].value == pytest.approx(gc, abs=0.002)


def test_sequences_without_a_known_base_contradict_nothing():
    found = audit(from_strings(["NNNN", "NNNN", "ACGG", "ACGA"]).with_labels([1, 0, 1, 0]), random_state=0)
    assert found.facts["contradictory"] == 0
    assert not any("more than one class" in warning for warning in found.warnings)


def test_one_of_a_thing_is_told_in_the_singular():
    texts = _random(12).strings()
    found = audit(from_strings([*texts, texts[0]]).with_labels([1] + [0] * 12), random_state=0)
    assert any(text.startswith("There is only 1 positive, ") for text in found.warnings)
    assert any(text.startswith("There are only 12 negatives, ") for text in found.warnings)
    copied = audit(from_strings([*texts, texts[0]]), random_state=0)
    assert copied.warnings[0].startswith("Of 13 sequences 1 is a copy of another")
    three = audit(_random(3).with_labels([0, 1, 2]), random_state=0)
    assert three.warnings[0].startswith("There is only 1 sequence of class 0, ")


def test_words_that_separate_the_classes_are_told():
    found = audit(_pair(_planted(200, 1), _random(200, seed=9)), random_state=0)
    assert found.facts["kmer_auroc"] >= 0.9
    assert [text for text in found.warnings if "Words of 6 letters alone nearly separate" in text]


def _masked(sequences: SequenceSet, share: float, part: float, seed: int) -> SequenceSet:
    """Make a stretch unknown, ``part`` of its length, in a random ``share`` of the sequences."""
    rng = np.random.default_rng(seed)
    codes, width = sequences.codes.copy(), round(part * sequences.width)
    for row in np.flatnonzero(rng.uniform(size=len(codes)) < share):
        start = rng.integers(0, sequences.width - width + 1)
        codes[row, start : start + width] = UNKNOWN
    return SequenceSet(codes, sequences.names, sequences.spans, sequences.labels)


def _of_masks(found) -> list[str]:
    return [text for text in found.warnings if "masking" in text]


def test_masks_of_both_classes_alike_are_no_warning():
    """Each of 30 pairs of sets may be told with a chance of 1 in 1000, so that one is told in 3 % of seeds."""
    told = 0
    for seed in range(30):
        share, n, m = (0.0, 0.1, 0.5, 1.0)[seed % 4], (60, 150)[seed % 2], (150, 45, 300)[seed % 3]
        parts = (_masked(_random(k, seed=2 * seed + i), share, 0.3, 5 * seed + i) for i, k in enumerate((n, m)))
        told += bool(_of_masks(audit(_pair(*parts), random_state=0)))
    assert told == 0


@pytest.mark.parametrize(
    ("share", "part", "figures"),
    [
        (0.12, 0.5, "of the {} and none of the {}"),  # many bases of few sequences: an AUROC of 0.56
        (1.0, 1 / 70, "1.4% of the {} and none of the {}"),  # one base of every sequence
        (0.6, 0.4, "with an AUROC of 0."),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_a_class_that_is_masked_more_is_told(share, part, figures, swapped):
    masked, plain = _masked(_random(220, seed=1), share, part, seed=3), _random(180, seed=2)
    found = audit(_pair(plain, masked) if swapped else _pair(masked, plain), random_state=0)
    [warning] = _of_masks(found)
    classes = ("negatives", "positives") if swapped else ("positives", "negatives")
    assert figures.format(*classes) in warning
    assert warning.endswith(".")
    shares = [(part.codes == UNKNOWN).mean() for part in (masked, plain)]
    told = (found.facts["unknown_positives"], found.facts["unknown_negatives"])
    assert told == pytest.approx(shares[::-1] if swapped else shares)
    pairs = (masked.codes == UNKNOWN).sum(axis=1)
    assert found.facts["unknown_auroc"] == pytest.approx(0.5 + (pairs > 0).mean() / 2)


def test_a_little_more_masking_of_one_class_is_no_warning():
    parts = (_masked(_random(400, seed=i), share, 0.3, seed=i) for i, share in ((1, 0.2), (2, 0.3)))
    assert not _of_masks(audit(_pair(*parts), random_state=0))


def test_masks_count_own_bases_and_not_the_padding_of_short_sequences():
    short, long = _random(150, length=50, seed=1), _random(150, length=70, seed=2)
    found = audit(_pair(short, long), random_state=0)
    assert found.facts["unknown_positives"] == found.facts["unknown_negatives"] == 0
    assert not _of_masks(found)


def test_masks_of_one_class_of_many_are_told():
    parts = [_random(150, seed=1), _masked(_random(140, seed=2), 0.5, 0.3, seed=5), _random(160, seed=3)]
    sequences = concatenate(parts).with_labels(np.repeat([0, 1, 2], [150, 140, 160]))
    [warning] = _of_masks(audit(sequences, random_state=0))
    assert "of class 1 and none of class 0" in warning
