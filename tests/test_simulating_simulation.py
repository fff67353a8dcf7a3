"""A simulation as a whole: inputs with noise, limits, and the record that brings it back."""

import json

import numpy as np
import pytest

import motiflens as ml
from motiflens.errors import InputError
from motiflens.simulating.drawing import draw
from motiflens.simulating.generator_record import generator_of, generator_record
from motiflens.simulating.tasks import TASKS

SMALL = {"n_positives": 301, "n_negatives": 299}


def test_the_line_of_the_documents_works():
    task = ml.simulate("single", motif="ACGTG", motif_prob=1.0, n_positives=4000, n_negatives=4000, length=101,
                       random_state=42)  # fmt: skip
    assert len(task.sequences) == 8000
    assert [motif.name for motif in task.motifs] == ["ACGTG"]
    assert abs(task.limit.auroc.value - 0.957) < 0.002
    assert task.limit is task.limit
    test = ml.split(task.sequences, random_state=0)[2]
    assert abs(task.limit_on(test).auroc.value - 0.957) < 0.02
    assert task.limit_on(test).n_positives == int(test.positive.sum())


def test_motifs_are_those_that_are_planted():
    names = [motif.name for motif in ml.simulate("promoter", decoy_prob=0, **SMALL).motifs]
    assert names == ["TATAAA", "CAAT", "GGGCGG", "TTGACA"]
    assert len(ml.simulate("promoter", **SMALL).motifs) == 8


def test_without_noise_inputs_are_one_hot():
    task = ml.simulate("single", **SMALL)
    assert (task.inputs() == task.sequences.one_hot()).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("std", [0.05, 0.4])
def test_noise_is_gaussian_and_clipped(std, seed):
    task = ml.simulate("single", noise=std, random_state=seed, **SMALL)
    noisy, hot = task.inputs(), task.sequences.one_hot()
    assert noisy.shape == hot.shape
    assert noisy.dtype == np.float32
    assert (noisy.min(), noisy.max()) == (0, 1)
    change = np.where(hot == 1, 1 - noisy, noisy).astype(float)  # clipped on one side, folded onto the other
    assert abs((change == 0).mean() - 0.5) < 0.005
    inside = change[(change > 0) & (change < 1)]
    assert abs(np.median(inside) / std - 0.6745 * (1 if std < 0.2 else 0.985)) < 0.02
    assert (task.inputs() == noisy).all()
    assert not (ml.simulate("single", noise=std, random_state=seed + 9, **SMALL).inputs() == noisy).all()


def test_noise_may_go_to_the_negatives_alone():
    task = ml.simulate("single", noise=0.1, noise_to="negatives", **SMALL)
    changed = (task.inputs() != task.sequences.one_hot()).any(axis=(1, 2))
    assert (changed == ~task.sequences.positive).all()
    part = task.sequences[5:90]
    changed = (task.inputs(part) != part.one_hot()).any(axis=(1, 2))
    assert (changed == ~part.positive).all()


@pytest.mark.parametrize("strands", ["single", "both"])
@pytest.mark.parametrize("task", TASKS)
def test_a_task_comes_back_from_its_record(task, strands):
    simulation = ml.simulate(task, strands=strands, mutation=0.07, motif_prob=1 / 3, gc=0.41, **SMALL)
    record = json.loads(json.dumps(generator_record(simulation.generator)))
    again = generator_of(record)
    assert generator_record(again) == generator_record(simulation.generator)
    first, second = (draw(each, 31, 17, np.random.default_rng(5))[0] for each in (simulation.generator, again))
    assert (first == second).all()


def test_limits_are_worked_out_again_from_a_record(tmp_path):
    source = ml.random_sequences(30, 100, gc=0.3, random_state=0)
    simulation = ml.simulate("pwm", background=source, order=1, label_noise=0.1, **SMALL)
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(simulation.record()))
    truth = ml.read_truth(path)
    assert truth.task == "pwm"
    assert truth.parameters == simulation.parameters
    part = simulation.sequences[100:500]
    assert truth.limit_on(part) == simulation.limit_on(part)
    assert truth.limit_on(part).shift_invariant is not None


def cut(record, *path):
    changed = json.loads(json.dumps(record))
    at = changed
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return changed


@pytest.mark.parametrize("path", [
    ("task",), ("parameters",), ("generator",), ("parameters", "n_positives"), ("parameters", "label_noise"),
    ("generator", "length"), ("generator", "background"), ("generator", "background", "initial"),
    ("generator", "motifs", 0), ("generator", "motifs", 0, "probabilities", 2), ("generator", "positive", 0),
    ("generator", "positive", 0, "layout"), ("generator", "positive", 0, "parts", 0), ("generator", "negative"),
    ("generator", "positive", 0, "gaps"), ("generator", "background", "transitions", 0),
])  # fmt: skip
def test_a_damaged_record_is_refused_in_one_line(tmp_path, path):
    record = ml.simulate("spacing", motifs=["ACG", "TTT"], **SMALL).record()
    file = tmp_path / "truth.json"
    file.write_text(json.dumps(cut(record, *path)))
    with pytest.raises(InputError) as caught:
        ml.read_truth(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert ".." not in str(caught.value).removeprefix(str(file))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("label_noise", [0.7, -0.1, 2])
def test_a_record_with_impossible_label_noise_is_refused(tmp_path, label_noise):
    record = ml.simulate("single", **SMALL).record()
    file = tmp_path / "truth.json"
    file.write_text(json.dumps({**record, "parameters": {**record["parameters"], "label_noise": label_noise}}))
    with pytest.raises(InputError, match=rf"label_noise must be .*\[0, 0\.5\]. Got {label_noise}"):
        ml.read_truth(file)


@pytest.mark.parametrize("content", ["", "[1, 2]", "{", "7", '{"generator": 3}', "\x00"])
def test_other_files_are_refused(tmp_path, content):
    file = tmp_path / "truth.json"
    file.write_text(content)
    with pytest.raises(InputError, match=r"truth\.json"):
        ml.read_truth(file)
    with pytest.raises(InputError, match="cannot be read"):
        ml.read_truth(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        ml.read_truth(tmp_path / "nosuch.json")
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not JSON"):
        ml.read_truth(file)
