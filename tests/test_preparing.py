"""Preparing a run: classes, negatives, splits, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from planted import two_classes

from motiflens.errors import InputError, ParameterError
from motiflens.preparing import Files, as_source, prepare
from motiflens.sequences import Coordinates, SequenceSet, concatenate, from_strings
from motiflens.simulating.planting import random_sequences


def pairs(sequences: SequenceSet) -> dict[str, int]:
    assert sequences.labels is not None
    return dict(zip(sequences.strings(), sequences.labels.tolist(), strict=True))


def test_given_negatives_keep_their_class_in_every_part():
    positives = random_sequences(70, 45, random_state=1, prefix="p")
    negatives = random_sequences(53, 45, random_state=2, prefix="n")
    prepared = prepare(Files(positives, negatives), random_state=0)
    seen = pairs(prepared.everything)
    assert seen == {**dict.fromkeys(positives.strings(), 1), **dict.fromkeys(negatives.strings(), 0)}
    for part in (prepared.train, prepared.valid, prepared.test):
        assert set(part.positive.tolist()) == {True, False}
    assert prepared.notes == ()


def test_all_but_the_test_sequences_build_motifs():
    data = two_classes({}, n=60)
    prepared = prepare(Files(data), random_state=0)
    n = {name: len(getattr(prepared, name)) for name in ("train", "valid", "test")}
    assert len(set(n.values())) == 3
    assert prepared.builds.shape == (len(data),)
    assert prepared.everything[~prepared.builds].strings() == prepared.test.strings()
    assert prepared.everything[prepared.builds].strings() == prepared.train.strings() + prepared.valid.strings()


def test_without_negatives_every_positive_is_shuffled_and_stays_with_its_shuffle():
    positives = random_sequences(60, 50, random_state=3, prefix="p")
    prepared = prepare(Files(positives), random_state=0)
    assert "shuffled" in prepared.notes[0]
    for part in (prepared.train, prepared.valid, prepared.test):
        names = part.names.astype(str)
        sources = {name.removesuffix("_shuffled") for name in names[~part.positive]}
        assert sources == set(names[part.positive].tolist())


def test_two_labels_in_one_source_are_the_two_classes():
    data = two_classes({}, n=40)
    prepared = prepare(Files(data), random_state=0)
    assert pairs(prepared.everything) == pairs(data)
    assert "both classes" in prepared.notes[0]
    with pytest.raises(ParameterError, match="already hold two labels"):
        prepare(Files(data, random_sequences(30, 60, random_state=9)), random_state=0)


def test_negatives_of_two_labels_are_refused():
    both = two_classes({}, n=40)
    with pytest.raises(InputError, match=r"negatives of one class\. Got 2 labels"):
        prepare(Files(random_sequences(30, 60, random_state=9), both), random_state=0)
    prepare(Files(random_sequences(30, 60, random_state=9), both.of_class(0)), random_state=0)


def test_a_given_test_set_is_the_test_set():
    train, test = two_classes({}, n=80), two_classes({}, n=25, length=48, random_state=40)
    prepared = prepare(Files(train, test_positives=test), random_state=0)
    assert prepared.test.strings() == test.strings()
    assert prepared.test.width == prepared.train.width == 60
    assert len(prepared.train) + len(prepared.valid) == len(train)


def test_test_negatives_alone_are_refused():
    negatives = random_sequences(30, 50, random_state=1)
    with pytest.raises(ParameterError, match="test positives"):
        prepare(Files(two_classes({}, n=40), test_negatives=negatives), random_state=0)


def test_negatives_of_another_length_are_brought_to_the_positives_width():
    positives, negatives = random_sequences(40, 50, random_state=1), random_sequences(40, 71, random_state=2)
    prepared = prepare(Files(positives, negatives), random_state=0)
    assert prepared.everything.width == 50
    assert prepared.notes == ("40 negatives cropped to the 50 bases about the centre.",)


def test_padding_is_counted():
    rows = [random_sequences(1, 30 + i % 3, random_state=i).string(0) for i in range(60)]
    prepared = prepare(Files(from_strings(rows), random_sequences(30, 32, random_state=99)), random_state=0)
    assert prepared.audit.facts["padded"] == 40


@pytest.mark.parametrize(
    ("positives", "message"),
    [
        (random_sequences(1, 40, random_state=0), "at least 20 positive sequences"),
        (random_sequences(19, 40, random_state=0), "Got 19"),
        (from_strings(["ACGTTGCAACGTTGCA"] * 40), "identical"),
        (random_sequences(40, 11, random_state=0), "at least 12 bases"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(positives, message):
    with pytest.raises(InputError, match=message):
        prepare(Files(positives, random_sequences(40, positives.width, random_state=5)), random_state=0)


def test_three_classes_and_zeros_alone_are_refused():
    data = random_sequences(60, 40, random_state=0)
    with pytest.raises(InputError, match="two classes"):
        prepare(Files(data.with_labels(np.arange(60) % 3, "abc")), random_state=0)
    with pytest.raises(InputError, match="labelled 0"):
        prepare(Files(data.with_labels(np.zeros(60), ("0",))), random_state=0)


def test_strings_are_sequences_and_paths_are_files(tmp_path):
    for strings in (["ACGTACGT", "ggttaacr"], ("ACGTACGT", "ggttaacr"), np.array(["ACGTACGT", "ggttaacr"])):
        source = as_source(strings)
        assert isinstance(source, SequenceSet)
        assert source.strings() == ["ACGTACGT", "GGTTAACN"]
    path = tmp_path / "a.fa"
    assert as_source([path, str(path)]) == [path, str(path)]
    assert as_source(None) is None


def test_a_run_records_its_files(tmp_path):
    path = tmp_path / "p.fa"
    path.write_text(">a\nACGT\n")
    files = Files([path, path], window=7, genome="-")
    assert files.options()["positives"] == f"{path} {path}"
    assert files.options()["window"] == 7
    assert list(files.checksums()) == [str(path)]


def test_a_label_never_meets_another_sequence_when_sets_are_joined():
    parts = [two_classes({}, n=n, random_state=n) for n in (3, 5)]
    assert pairs(concatenate(parts)) == {**pairs(parts[0]), **pairs(parts[1])}


def test_training_sequences_that_repeat_test_ones_are_left_out():
    train = two_classes({}, n=60)
    test = concatenate([two_classes({}, n=30, random_state=77), train[np.array([0, 5, 70])]])
    prepared = prepare(Files(train, test_positives=test), random_state=0)
    assert prepared.test.strings() == test.strings()
    assert len(prepared.train) + len(prepared.valid) == len(train) - 3
    assert not set(prepared.train.strings() + prepared.valid.strings()) & set(test.strings())
    assert prepared.audit.facts["test_near_duplicates"] == 3
    assert any("3 sequences of 127 to train on" in note for note in prepared.notes)


def placed(n, length, starts, chromosome="chr1"):
    sequences = random_sequences(n, length, random_state=int(starts[0]))
    places = Coordinates(np.full(n, chromosome), starts, starts + length, np.full(n, "+"))
    return replace(sequences, coordinates=places)


def test_positives_in_the_blacklist_are_dropped(tmp_path):
    positives = placed(100, 50, np.arange(100) * 200)
    blacklist = tmp_path / "b.bed"
    blacklist.write_text("chr1\t0\t1\nchr1\t49\t200\nchr1\t250\t400\nchr1\t610\t615\nchr2\t0\t90000\n")
    prepared = prepare(Files(positives, random_sequences(60, 50, random_state=3), blacklist=blacklist), random_state=0)
    kept = prepared.everything.of_class(1)
    assert set(positives.strings()) - set(kept.strings()) == {positives.string(0), positives.string(3)}
    assert any("2 positives in regions of the blacklist" in note for note in prepared.notes)
    with pytest.raises(ParameterError, match="coordinates"):
        prepare(Files(random_sequences(40, 50, random_state=0), blacklist=blacklist), random_state=0)


def test_made_test_negatives_keep_clear_of_everything_trained_on(tmp_path):
    genome = tmp_path / "g.fa"
    genome.write_text(">chr1\n" + random_sequences(1, 300_000, random_state=5).string(0) + "\n")
    train, test = placed(40, 60, np.arange(40) * 300), placed(30, 60, 15_000 + np.arange(30) * 300)
    prepared = prepare(Files(train, test_positives=test, genome=genome), random_state=0)
    used = np.zeros(300_000, dtype=int)
    for part in (prepared.train, prepared.valid, prepared.test):
        for start, end in zip(part.coordinates.start, part.coordinates.end, strict=True):
            used[start:end] += 1
    assert used.max() == 1


def test_words_that_do_not_say_which_is_positive_are_refused():
    data = random_sequences(60, 40, random_state=0).with_labels(np.arange(60) % 2, ("apple", "pear"))
    with pytest.raises(InputError, match="'apple' and 'pear'"):
        prepare(Files(data), random_state=0)


@pytest.mark.parametrize(
    ("words", "positive"),
    [("control bound", 1), ("bound unbound", 0), ("case control", 0), ("active inactive", 0), ("neg pos", 1),
     ("peak random", 0), ("-1 1", 1), ("1 2", 1), ("enhancer non-enhancer", 0), ("no yes", 1)],
)  # fmt: skip
def test_label_words_say_which_class_is_positive(words, positive):
    names = words.split()
    data = random_sequences(60, 40, random_state=0).with_labels(np.arange(60) % 3 == 0, names)
    prepared = prepare(Files(data), random_state=0)
    truth = {text: label == positive for text, label in pairs(data).items()}
    assert {text: bool(label) for text, label in pairs(prepared.everything).items()} == truth
    assert f"positives are labelled {names[positive]} " in prepared.notes[0]


def test_the_audit_is_logged(caplog):
    with caplog.at_level("INFO", "motiflens"):
        prepare(Files(two_classes({}, n=40)), random_state=0)
    assert "40 positives and 47 negatives of 60 bases" in caplog.text
    assert "AUROC of GC content alone" in caplog.text
