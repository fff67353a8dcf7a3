"""The sequences of every published experiment: sizes, shares, motifs, and parts that share nothing."""

from __future__ import annotations

import numpy as np
import pytest

from motiflens.errors import InputError, ParameterError
from motiflens.reproduction.data import TaskData, data_of, read_folder
from motiflens.reproduction.experiments import EXPERIMENTS, FOXO1, INTERACTION, NOISY, SINGLE, TFBS
from motiflens.sequences import concatenate

PROMOTERS = {"TATAAA", "CAAT", "GGGCGG", "TTGACA"}
SIZES = {  # training, validation, test; columns; planted motifs
    "single": ((5600, 800, 1600), 101, {"ACGTG"}),
    "single-80-10-10": ((6400, 800, 800), 101, {"ACGTG"}),
    "noise-1": ((5600, 800, 1600), 101, {"ACGTG"}),
    "noise-0.8": ((5600, 800, 1600), 101, {"ACGTG"}),
    "noise-0.6": ((5600, 800, 1600), 101, {"ACGTG"}),
    "multi": ((5600, 800, 1600), 101, {"ACGTG", "TGCAT"}),
    "interaction": ((5600, 800, 1600), 101, {"ACGTG", "TGCAT"}),
    "promoter": ((6400, 1600, 2000), 200, PROMOTERS),
    "foxo1": ((10000, 0, 10000), 100, {"FOXO1_HUMAN.H11MO.0.A"}),
    "tfbs": ((1350, 150, 500), 50, {"AAAGAGGAAGTT"}),
}
TASKS = {each.task.name: each.task for each in EXPERIMENTS}


def parts_of(data: TaskData):
    return data.train, data.valid, data.test


def test_every_task_has_its_sizes_here():
    assert TASKS.keys() == SIZES.keys()


@pytest.mark.parametrize("name", SIZES)
def test_every_task_has_the_published_sizes_and_motifs(name, request):
    sizes, columns, motifs = SIZES[name]
    folder = request.getfixturevalue("shared_data") / "packt_ch10_tfbs" if name == "tfbs" else None
    data = data_of(TASKS[name], 3, given=read_folder(folder) if folder else None)
    assert tuple(len(part) for part in parts_of(data)) == sizes
    assert {part.width for part in parts_of(data)} == {columns}
    assert {motif.name for motif in data.motifs} == motifs
    whole = concatenate([part for part in parts_of(data) if len(part)])
    assert len(set(whole.names)) == len(whole)
    for part in parts_of(data):
        if len(part):
            assert abs(part.positive.mean() - whole.positive.mean()) <= 1 / len(part)
    assert (data.inputs is not None) == name.startswith("noise")
    assert (data.limit() is None) == (name == "tfbs")


@pytest.mark.parametrize("share", NOISY)
def test_the_motif_is_in_its_share_of_the_positives_and_noise_is_on_the_training_inputs(share):
    data = data_of(NOISY[share], 1)
    hot = data.train.one_hot()
    assert data.inputs.shape == hot.shape
    assert 0 <= data.inputs.min() < data.inputs.max() <= 1
    moved = (data.inputs - hot)[hot == 0]
    assert moved.max() == pytest.approx(0.05 * 5, rel=0.2)  # of two million normal figures
    assert np.sqrt(np.mean(moved**2)) == pytest.approx(0.05 / np.sqrt(2), rel=0.01)  # half of them are cut off at 0
    planted = (data.test.planted.motif >= 0).any(axis=1)
    assert not planted[~data.test.positive].any()
    assert abs(planted[data.test.positive].mean() - share) < 4 * np.sqrt(share * (1 - share) / 800) + 1e-9


def test_the_two_motifs_of_an_interaction_lie_10_to_25_bases_apart_in_the_positives_alone():
    test = data_of(INTERACTION, 2).test
    gaps = {True: [], False: []}
    for string, positive in zip(test.strings(), test.positive, strict=True):
        first = [at for at in range(97) if string.startswith("ACGTG", at)]
        second = [at for at in range(97) if string.startswith("TGCAT", at)]
        gaps[bool(positive)].append(any(10 <= b - a - 5 <= 25 for a in first for b in second))
    assert np.mean(gaps[True]) == 1
    assert np.mean(gaps[False]) < 0.1


def test_foxo1_sites_lie_at_the_centre():
    test = data_of(FOXO1, 0).test
    starts = test.planted.start[test.positive]
    assert len(np.unique(starts[test.planted.motif[test.positive] >= 0])) == 1
    assert starts[0, 0] == (100 - 12) // 2


@pytest.mark.parametrize("seed", [0, 4])
def test_a_seed_gives_its_sequences_and_no_others(seed):
    first, again, other = (data_of(SINGLE, each) for each in (seed, seed, seed + 1))
    whole = {string for part in parts_of(other) for string in part.strings()}
    for one, two in zip(parts_of(first), parts_of(again), strict=True):
        np.testing.assert_array_equal(one.codes, two.codes)
        np.testing.assert_array_equal(one.names, two.names)
        assert not whole & {*one.strings()}


def test_the_limit_is_that_of_the_test_sequences():
    data = data_of(SINGLE, 5)
    limit = data.limit()
    assert (limit.n_positives, limit.n_negatives) == (800, 800)
    has = np.array(["ACGTG" in string for string in data.test.strings()])
    chance = has[~data.test.positive].mean()
    assert has[data.test.positive].all()
    assert limit.auroc.value == pytest.approx(1 - chance / 2, abs=0.01)  # those with chance sites are even


# --- sequences of a folder


def test_what_is_not_simulated_must_be_given():
    with pytest.raises(ParameterError, match=r"sequences of tfbs are not simulated and must be given. Got none"):
        data_of(TFBS, 0)
    with pytest.raises(ParameterError, match=r"tfbs need their data: .*labels.txt \(--data FOLDER\)"):
        read_folder(None)


@pytest.mark.parametrize("name", ["sequences_mod.txt", "sequences.txt"])
def test_a_folder_of_sequences_and_labels_is_read(tmp_path, name):
    (tmp_path / name).write_text("sequence\nACGT\nTTTT\nGGGA\n")
    (tmp_path / "labels.txt").write_text("label\n1\n0\n1\n")
    found = read_folder(tmp_path)
    assert found.strings() == ["ACGT", "TTTT", "GGGA"]
    assert found.positive.tolist() == [True, False, True]


@pytest.mark.parametrize("given", [[], ["labels.txt"], ["sequences.txt"], ["sequences_mod.txt", "label.txt"]])
def test_a_folder_without_the_files_is_refused(tmp_path, given):
    for name in given:
        (tmp_path / name).write_text("ACGT\n")
    with pytest.raises(InputError, match=r"must hold sequences_mod.txt or sequences.txt, and labels.txt. Got "):
        read_folder(tmp_path)
    with pytest.raises(InputError, match="which does not"):
        read_folder(tmp_path / "nowhere")
