"""Preparing a run: classes, negatives, splits, refusals."""

import numpy as np
import pytest
from planted import two_classes

from motiflens.errors import InputError, ParameterError
from motiflens.preparing import Files, as_source, prepare
from motiflens.sequences import SequenceSet, concatenate, from_strings
from motiflens.simulate import random_sequences


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
    source = as_source(["ACGTACGT", "ggttaacc"])
    assert isinstance(source, SequenceSet)
    assert source.strings() == ["ACGTACGT", "GGTTAACC"]
    path = tmp_path / "a.fa"
    assert as_source([path, str(path)]) == [path, str(path)]


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


def test_test_sequences_that_repeat_training_ones_are_told():
    train = two_classes({}, n=60)
    test = concatenate([two_classes({}, n=30, random_state=77), train[np.array([0, 5, 70])]])
    prepared = prepare(Files(train, test_positives=test), random_state=0)
    assert prepared.audit.facts["test_near_duplicates"] == 3
    assert any("3 of the 70 test sequences" in warning for warning in prepared.audit.warnings)


def test_the_audit_is_logged(caplog):
    with caplog.at_level("INFO", "motiflens"):
        prepare(Files(two_classes({}, n=40)), random_state=0)
    assert "40 positives and 47 negatives of 60 to 60 bases" in caplog.text
    assert "AUROC of GC content alone" in caplog.text
