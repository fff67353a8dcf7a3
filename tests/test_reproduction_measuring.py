"""One run of each published network and of ours on small data, and what is read off a grammar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from motiflens.metrics import auroc
from motiflens.networks.grammar_module import GrammarModule
from motiflens.networks.grammars import Grammar
from motiflens.reproduction.data import TaskData, data_of
from motiflens.reproduction.experiments import EXPERIMENTS, INTERACTION, SINGLE, TFBS, Experiment, Task
from motiflens.reproduction.measuring import by_negative, positive_probabilities, run_as_published
from motiflens.reproduction.ours import run_ours
from motiflens.reproduction.spacing import gap_profile, longest_run
from motiflens.reproduction.summary import AS_PUBLISHED, OURS
from motiflens.sequences import concatenate
from motiflens.simulating.planting import random_sequences

PARAMETERS = {  # as published; of a kernel of k and F filters 4 k F + F, then 32 F + 32, then 33
    "single motif, kernel 3": 785, "single motif, kernel 5": 913, "single motif, kernel 7": 1041,
    "single motif, kernel 11": 1297, "single motif, kernel 15": 1553, "single motif, split 80/10/10": 913,
    "noise 0.05, motif probability 1": 913, "noise 0.05, motif probability 0.8": 913,
    "noise 0.05, motif probability 0.6": 913, "two motifs": 1337, "interaction": 4241, "promoter elements": 114693,
    "v1": 1665, "v2": 3201, "v3": 15489, "v4": 17025, "v5": 17281, "shallow": 6209, "deep": 128050,
}  # fmt: skip
DEPTHS = ["v1", "v2", "v3", "v4", "v5"]


def named(name: str) -> Experiment:
    return next(each for each in EXPERIMENTS if each.name == name)


SHORT = replace(SINGLE, dials={**SINGLE.dials, "length": 40})


def small(task: Task, n: int) -> Task:
    return replace(task, dials={**task.dials, "n_positives": n, "n_negatives": n})


def small_data(task: Task, n: int, seed: int = 0) -> TaskData:
    if task != TFBS:
        return data_of(small(task, n), seed)
    parts = [random_sequences(n, 50, random_state=seed + index, prefix=prefix) for index, prefix in enumerate("pn")]
    return data_of(task, seed, given=concatenate(parts).with_labels(np.repeat([1, 0], n), ("negative", "positive")))


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_published_network_is_trained_and_measured(name):
    experiment = named(name)
    data = small_data(experiment.task, 40)
    run = run_as_published(experiment, data, 3, epochs=1)
    assert run.n_parameters == PARAMETERS[name]
    assert (run.task, run.network, run.kind, run.seed) == (
        experiment.task.name, experiment.network_name, AS_PUBLISHED, 3,
    )  # fmt: skip
    assert (run.evaluation.n_positives, run.evaluation.n_negatives) == (
        data.test.positive.sum(), (~data.test.positive).sum(),
    )  # fmt: skip
    assert len(run.history["loss"]) == 1
    assert np.isnan(run.history["valid_loss"]).all() == (name in DEPTHS)
    assert (run.limit is None) == (experiment.system == "tfbs")
    assert run.recovery is not None
    filters = [row for row in run.extra.get("filters", ()) if row["consensus"]]
    assert bool(filters) == (experiment.system in ("hw4", "foxo1"))


def test_every_experiment_has_its_parameters_here():
    assert {each.name for each in EXPERIMENTS} == PARAMETERS.keys()


def test_the_published_epochs_are_used_unless_fewer_shall_do():
    data = small_data(SINGLE, 40)
    lengths = [len(run_as_published(named("v1"), replace(data, valid=data.valid[:0]), 0, epochs=epochs).history["loss"])
               for epochs in (None, 4, 40)]  # fmt: skip
    assert lengths == [10, 4, 10]


def test_a_network_learns_and_is_the_same_for_the_same_seed():
    data = small_data(SINGLE, 1000)
    experiment = named("single motif, kernel 7")
    first, again, other = (run_as_published(experiment, data, seed) for seed in (1, 1, 2))
    assert replace(first, seconds=0) == replace(again, seconds=0)
    assert first.history["loss"] != other.history["loss"]
    assert first.history["loss"][-1] < first.history["loss"][0]
    assert first.evaluation.auroc.value > 0.7


def test_noisy_inputs_are_what_the_network_is_trained_on():
    data = small_data(named("noise 0.05, motif probability 1").task, 60)
    experiment = named("single motif, kernel 5")
    noisy, plain = (run_as_published(experiment, each, 1, epochs=2) for each in (data, replace(data, inputs=None)))
    assert noisy.history["loss"] != plain.history["loss"]


# --- figures


def test_probabilities_are_of_the_positives():
    logits = np.array([[-1.0, 2.0], [3.0, 0.5], [0.0, 0.0]])
    wanted = np.exp(logits[:, 1]) / np.exp(logits).sum(axis=1)
    np.testing.assert_allclose(positive_probabilities(logits), wanted)
    np.testing.assert_allclose(positive_probabilities(logits[:, 1:]), 1 / (1 + np.exp(-logits[:, 1])))


def test_hard_negatives_are_told_apart_by_their_letters():
    test = data_of(small(INTERACTION, 600), 1).test
    scores = np.random.default_rng(0).random(len(test)) + 0.3 * test.positive
    found = by_negative(test, scores)["auroc_by_negative"]
    planted = [{int(motif) for motif in row if motif >= 0} for row in test.planted.motif]
    kinds = {"first motif alone": {0}, "second motif alone": {1}, "both, too far apart": {0, 1}, "neither": set()}
    assert found.keys() == kinds.keys()
    for name, motifs in kinds.items():
        rows = [row for row in range(len(test)) if test.positive[row] or planted[row] == motifs]
        assert found[name] == pytest.approx(auroc(test.positive[rows], scores[rows]))
        assert all("ACGTG" in test.string(row) for row in rows if 0 in motifs)
        assert all("TGCAT" in test.string(row) for row in rows if 1 in motifs)


@pytest.mark.parametrize("name", ["single motif, kernel 5", "two motifs", "promoter elements", "v1"])
def test_other_tasks_have_no_hard_negatives(name):
    test = small_data(named(name).task, 60).test
    assert by_negative(test, np.zeros(len(test))) == {}


# --- ours


def test_our_model_finds_the_motif_and_reaches_the_limit():
    data = small_data(SHORT, 800)
    run = run_ours(SHORT, data, 2)
    assert (run.task, run.kind, run.seed) == ("single", OURS, 2)
    assert run.recovery.whole
    assert run.found in (("ACGTG",), ("CACGT",))
    assert run.fraction() > 0.9
    assert [each["sign"] for each in run.extra["motifs"]] == [1]
    assert run.extra["motifs"][0]["evalue"] < 1e-10


def test_without_validation_sequences_some_are_set_aside():
    data = small_data(SHORT, 400)
    joined = replace(data, train=concatenate([data.train, data.valid]), valid=data.valid[:0])
    run = run_ours(SHORT, joined, 0)
    assert run.evaluation.auroc.value > 0.85


def test_a_motif_that_the_test_sequences_do_not_confirm_is_not_reported():
    data = small_data(SHORT, 500)
    labels = np.random.default_rng(1).permutation(data.test.labels)
    run = run_ours(SHORT, replace(data, test=data.test.with_labels(labels, data.test.classes)), 0)
    assert (run.found, run.extra["motifs"], run.recovery.missed) == ((), [], ("ACGTG",))
    assert run_ours(SHORT, data, 0).recovery.missed == ()


def test_null_data_give_our_model_no_motif():
    sequences = random_sequences(1200, 60, random_state=3)
    labelled = sequences.with_labels(np.random.default_rng(0).permutation(np.repeat([0, 1], 600)))
    data = data_of(replace(TFBS, motifs=("ACGTGA",)), 0, given=labelled)
    run = run_ours(TFBS, data, 0)
    assert (run.found, run.extra["motifs"], run.recovery.missed) == ((), [], ("ACGTGA",))
    assert abs(run.evaluation.auroc.value - 0.5) < 0.1


# --- gaps

WORDS = ("AAACCCGG", "TTTGGGCCCC")
"""No end of one is a start of the other, or of itself, so that no site can be read a few bases on."""


@pytest.mark.parametrize(("low", "high"), [(10, 25), (0, 3), (17, 17)])
def test_the_gaps_of_a_grammar_are_those_of_its_distances(low, high):
    """Distances lie between starts, gaps between the end of one site and the start of the next."""
    module = _asked(61)
    with torch.no_grad():
        module.distance[1, 0, len(WORDS[0]) + low : len(WORDS[0]) + high + 1] = 2.0
    there, back = gap_profile(module)
    assert (there["first"], there["second"]) == WORDS
    assert (back["first"], back["second"]) == WORDS[::-1]
    assert len(there["logits"]) == 61 - len("".join(WORDS)) + 1
    assert (there["from"], there["to"]) == (low, high)
    assert (back["from"], back["to"]) == (None, None)


def test_the_logits_are_those_of_the_two_words_alone():
    module = _asked(27)
    with torch.no_grad():
        module.distance.normal_(generator=torch.Generator().manual_seed(0))
    for (first, second), profile in zip((WORDS, WORDS[::-1]), gap_profile(module), strict=True):
        for gap, logit in enumerate(profile["logits"]):
            word = first + "N" * gap + second
            x = torch.zeros(1, 4, 27)
            for column, letter in enumerate(word, start=(27 - len(word)) // 2):
                if letter != "N":
                    x[0, "ACGT".index(letter), column] = 1
            assert logit == pytest.approx(module(x).item(), abs=1e-4)


def _asked(length: int) -> GrammarModule:
    """Return a grammar that answers by how it likes the first word before the second: negative where it does not."""
    shares = [np.eye(4)[["ACGT".index(letter) for letter in word]].T * 0.996 + 0.001 for word in WORDS]
    matrices = tuple(np.log(each / 0.25).astype(np.float32) for each in shares)
    module = GrammarModule(Grammar(matrices, (1, 1), length, paired=(0, 1)))
    assert module.grammar.pairs[1] == (0, 1)
    both_sites = sum(float(each.max(axis=0).sum()) for each in matrices) - 2 * np.log(length)
    with torch.no_grad():
        for part in module.parameters():
            part.zero_()
        module.distance.fill_(-2.0)
        module.sum.weight[0, 2 + 2 * 1] = 1.0  # behind two motifs and the two preferences of the first pair
        module.sum.bias.fill_(-both_sites)
    return module.eval()


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [([], (None, None)), ([0, 0], (None, None)), ([1], (0, 0)), ([1, 1, 0, 1], (0, 1)), ([1, 0, 1, 1], (2, 3)),
     ([1, 0, 1], (0, 0))],
)  # fmt: skip
def test_the_longest_run_is_the_first_of_those(flags, wanted):
    assert longest_run(np.array(flags, dtype=bool)) == wanted
