"""Grammars against plain sums over windows and over pairs of windows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.func import functional_call

from motiflens.errors import ParameterError
from motiflens.networks.examples import examples_of
from motiflens.networks.grammar_module import GrammarModule, logits_of
from motiflens.networks.grammars import Grammar
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.layered_training import fit_modules
from motiflens.networks.module_jobs import ModuleJob
from motiflens.sequences import from_codes

LENGTH = 23
WIDTHS = (3, 6, 4)
SCALE_GAIN, POSITION_GAIN = 5.0, 3.0
"""What a trained figure is multiplied by: the log of the scale, and a preference for a start."""


def matrices(rng: np.random.Generator, widths: tuple[int, ...] = WIDTHS) -> tuple[np.ndarray, ...]:
    shares = [rng.dirichlet(np.full(4, 0.5), width).T + 0.02 for width in widths]
    return tuple(np.log(part / part.sum(axis=0) / 0.25).astype(np.float32) for part in shares)


def drawn(grammar: Grammar, rng: np.random.Generator) -> GrammarModule:
    """Return a grammar in double precision, every figure of which was drawn."""
    module = GrammarModule(grammar).double()
    with torch.no_grad():
        for name, part in module.named_parameters():
            part.copy_(torch.from_numpy(rng.normal(0, 0.1 if name == "scale" else 0.7, part.shape)))
    return module


def one_hot(codes: np.ndarray) -> torch.Tensor:
    return torch.from_numpy((codes[:, None] == np.arange(4)[:, None]).astype(np.float64))


def window_score(matrix: np.ndarray, letters: np.ndarray) -> float:
    return sum(float(matrix[letter, column]) for column, letter in enumerate(letters) if letter < 4)


def window_scores(module: GrammarModule, motif: int, sequence: np.ndarray) -> list[float]:
    """Return the scaled log odds of a site of a motif at each start."""
    matrix = module.grammar.matrices[motif]
    width = matrix.shape[1]
    scores = []
    for start in range(len(sequence) - width + 1):
        letters = sequence[start : start + width]
        score = window_score(matrix, letters)
        if module.grammar.both_strands:
            turned = np.array([3 - letter if letter < 4 else 4 for letter in letters[::-1]])
            score = np.log((np.exp(score) + np.exp(window_score(matrix, turned))) / 2)
        scores.append(score * np.exp(SCALE_GAIN * module.scale[motif].item()))
    return scores


def expected_features(module: GrammarModule, sequence: np.ndarray) -> list[float]:
    grammar, found = module.grammar, []
    scores = [window_scores(module, motif, sequence) for motif in range(len(grammar.matrices))]
    for motif, each in enumerate(scores):
        place = np.zeros(LENGTH) if module.place is None else POSITION_GAIN * module.place[motif].detach().numpy()
        ratio = np.mean([np.exp(score + place[start]) for start, score in enumerate(each)])
        found.append(np.log(1 + np.exp(module.bias[motif].item()) * ratio))
    for number, (first, second) in enumerate(grammar.pairs):
        for kernel in range(2):
            preference = module.distance[number, kernel].detach().numpy()
            total = sum(
                np.exp(one + other + preference[end - start])
                for start, one in enumerate(scores[first])
                for end, other in enumerate(scores[second])
                if end >= start
            )
            bias = module.pair_bias[number, kernel].item()
            found.append(np.log(1 + np.exp(bias) * total / grammar.length**2))
    return found


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("both_strands", [False, True])
@pytest.mark.parametrize("knows_positions", [False, True])
@pytest.mark.parametrize("paired", [(), (2,), (0, 2), (2, 0, 1)])
def test_features_are_sums_over_windows_and_pairs(seed, both_strands, knows_positions, paired):
    rng = np.random.default_rng([seed, both_strands, knows_positions, len(paired)])
    grammar = Grammar(matrices(rng), (1, -1, 1), LENGTH, both_strands, knows_positions, paired, n_hidden=5)
    module = drawn(grammar, rng)
    codes = rng.integers(0, 5, (4, LENGTH))
    codes[0] = 4
    features = module.features(one_hot(codes)).detach().numpy()
    assert features.shape == (4, grammar.n_features)
    np.testing.assert_allclose(features, [expected_features(module, each) for each in codes], rtol=1e-6)


def test_the_logit_is_a_weighted_sum_and_a_few_hidden_units():
    rng = np.random.default_rng(3)
    grammar = Grammar(matrices(rng), (1, -1, 1), LENGTH, paired=(0, 1), n_hidden=5)
    module = drawn(grammar, rng)
    x = one_hot(rng.integers(0, 4, (6, LENGTH)))
    features = module.features(x).detach().numpy()
    weights = {name: part.detach().numpy() for name, part in module.named_parameters()}
    hidden = np.log1p(np.exp(features @ weights["hidden.weight"].T + weights["hidden.bias"]))
    wanted = features @ weights["sum.weight"].T + weights["sum.bias"]
    wanted = wanted + hidden @ weights["output.weight"].T + weights["output.bias"]
    np.testing.assert_allclose(module(x).detach().numpy(), wanted, rtol=1e-10)


@pytest.mark.parametrize("both_strands", [False, True])
def test_the_single_features_of_a_turned_sequence_are_the_same_on_both_strands_alone(both_strands):
    rng = np.random.default_rng(4)
    module = drawn(Grammar(matrices(rng), (1, 1, 1), LENGTH, both_strands), rng)
    codes = rng.integers(0, 4, (9, LENGTH))
    there, back = (module.features(one_hot(each)).detach().numpy() for each in (codes, 3 - codes[:, ::-1]))
    assert np.allclose(there, back) == both_strands


def test_unknown_letters_say_nothing_of_a_site():
    """All unknown: every window has odds of one, so the feature is that of no evidence."""
    rng = np.random.default_rng(5)
    module = GrammarModule(Grammar(matrices(rng), (1, 1, 1), LENGTH, both_strands=True))
    features = module.features(torch.zeros(2, 4, LENGTH)).detach().numpy()
    np.testing.assert_allclose(features, np.log(2), rtol=1e-5)


def test_a_motif_as_wide_as_the_sequence_has_one_window():
    matrix = matrices(np.random.default_rng(6), (LENGTH,))
    module = GrammarModule(Grammar(matrix, (1,), LENGTH)).double()
    codes = matrix[0].argmax(axis=0)[None]
    feature = module.features(one_hot(codes)).item()
    assert feature == pytest.approx(np.log1p(np.exp(matrix[0].max(axis=0).sum())), rel=1e-5)


def test_two_sites_count_more_than_one():
    matrix = np.log(np.full((4, 5), 0.01, np.float32) / 0.25)
    matrix[[0, 1, 2, 3, 2], np.arange(5)] = np.log(0.97 / 0.25)
    module = GrammarModule(Grammar((matrix,), (1,), LENGTH))
    codes = np.full((3, LENGTH), 4)
    codes[1, 2:7] = codes[2, 2:7] = codes[2, 12:17] = [0, 1, 2, 3, 2]
    none, one, two = module.features(one_hot(codes).float())[:, 0].tolist()
    assert none < one < two
    assert np.expm1(two) == pytest.approx(2 * np.expm1(one), rel=0.05)


@pytest.mark.parametrize("both_strands", [False, True])
def test_gradients_are_those_of_small_steps(both_strands):
    rng = np.random.default_rng(7)
    grammar = Grammar(matrices(rng, (3, 2)), (1, -1), 7, both_strands, knows_positions=True, paired=(0, 1), n_hidden=2)
    module = drawn(grammar, rng)
    names, parts = zip(*module.named_parameters(), strict=True)
    x = one_hot(rng.integers(0, 5, (3, 7)))

    def logits(*values):
        return functional_call(module, dict(zip(names, values, strict=True)), (x,))

    assert torch.autograd.gradcheck(logits, parts, rtol=1e-4)


@pytest.mark.parametrize("sharp", [1.0, 30.0])
def test_gradients_are_finite_whatever_the_sequences(sharp):
    rng = np.random.default_rng(8)
    given = tuple(sharp * each for each in matrices(rng, (5, 12)))
    grammar = Grammar(given, (1, 1), 40, both_strands=True, knows_positions=True, paired=(0, 1))
    module = GrammarModule(grammar)
    codes = rng.integers(0, 4, (8, 40))
    codes[0] = 4
    codes[1, :12], codes[1, 12:17] = given[1].argmax(axis=0), given[0].argmax(axis=0)
    (module(one_hot(codes).float()).square().sum() + module.penalty()).backward()
    for name, part in module.named_parameters():
        assert torch.isfinite(part.grad).all(), name
    assert module.distance.grad.abs().sum() > 0


def test_the_penalty_asks_for_smooth_preferences():
    rng = np.random.default_rng(9)
    module = GrammarModule(Grammar(matrices(rng), (1, 1, 1), LENGTH, knows_positions=True, paired=(0, 2)))
    with torch.no_grad():
        module.place.fill_(2.0)
        module.distance.fill_(-1.0)
    assert module.penalty().item() == 0
    found = {}
    for step in (1.0, 2.0):
        for name, part in (("place", module.place), ("distance", module.distance)):
            with torch.no_grad():
                part.copy_(step * torch.arange(LENGTH).expand_as(part))
                found[name, step] = module.penalty().item()
                part.fill_(0)
    assert found["place", 2.0] == pytest.approx(4 * found["place", 1.0])
    assert found["distance", 2.0] == pytest.approx(4 * found["distance", 1.0])
    assert found["place", 1.0] == pytest.approx(POSITION_GAIN**2 * found["distance", 1.0])


def test_what_has_no_preferences_has_no_penalty():
    module = GrammarModule(Grammar(matrices(np.random.default_rng(0)), (1, 1, 1), LENGTH))
    assert module.penalty().item() == 0


def test_training_holds_preferences_smooth():
    """Labels that nothing explains: without the penalty the preferences for distances would stay as rough as drawn."""
    rng = np.random.default_rng(10)
    data = from_codes(rng.integers(0, 4, (60, LENGTH)).astype(np.uint8)).with_labels(rng.integers(0, 2, 60))
    grammar = Grammar(matrices(rng), (1, 1, 1), LENGTH, paired=(0, 2))
    options = TrainingOptions(epochs=15, patience=15, batch_size=20, learning_rate=1e-2, dropout=0.0, weight_decay=0.0)
    examples = examples_of(data, 1)

    def roughness(network):
        job = ModuleJob(partial(network, grammar), examples, None, 0, options)
        return fit_modules([job])[0].module.distance.diff().square().mean().item()

    assert roughness(GrammarModule) < 0.5 * roughness(_Unpenalised)


class _Unpenalised(GrammarModule):
    def penalty(self):
        return self.bias.new_zeros(())


@pytest.mark.parametrize("paired", [(), (1,), (0, 2)])
@pytest.mark.parametrize("knows_positions", [False, True])
def test_parameters_are_counted(paired, knows_positions):
    grammar = Grammar(matrices(np.random.default_rng(0)), (1, 1, 1), LENGTH, False, knows_positions, paired, n_hidden=7)
    module = GrammarModule(grammar)
    assert sum(part.numel() for part in module.parameters()) == grammar.n_parameters
    state = module.state_dict()
    again = GrammarModule(grammar)
    again.load_state_dict(state)
    x = torch.rand(3, 4, LENGTH)
    assert torch.equal(again(x), module(x))


def test_a_motif_argues_for_its_class_from_the_start():
    grammar = Grammar(matrices(np.random.default_rng(1)), (1, -1, 1), LENGTH)
    weights = GrammarModule(grammar).sum.weight[0]
    assert torch.sign(weights).tolist() == [1, -1, 1]


def test_pairs_are_ordered_and_of_the_positives():
    grammar = Grammar(matrices(np.random.default_rng(1), (3, 4, 5, 6)), (1, -1, 1, 1), LENGTH)
    assert grammar.with_pairs(2).pairs == ((0, 0), (0, 2), (2, 0), (2, 2))
    assert grammar.with_pairs(9).paired == (0, 2, 3)
    assert grammar.with_positions().knows_positions
    assert replace(grammar, signs=(-1,) * 4).with_pairs(2).paired == ()


@pytest.mark.parametrize("reverse", [(False, True, False), (True, False, True)])
def test_on_one_strand_the_two_orders_of_reading_add_up_to_both_strands(reverse):
    both = Grammar(matrices(np.random.default_rng(4)), (1, -1, 1), LENGTH, both_strands=True)
    module = GrammarModule(both).double()
    one, other = (
        GrammarModule(both.on_one_strand(turned)).double() for turned in (reverse, [not each for each in reverse])
    )
    x = one_hot(np.random.default_rng(5).integers(0, 4, (6, LENGTH)))
    sums = torch.logaddexp(one.scores(x), other.scores(x)) - np.log(2)
    assert torch.allclose(module.scores(x), sums)
    kept = reverse.index(False)
    assert torch.equal(one.filters[kept], module.filters[kept])
    assert not torch.allclose(one.scores(x), other.scores(x))


def test_logits_are_asked_without_gradients():
    rng = np.random.default_rng(2)
    module = GrammarModule(Grammar(matrices(rng), (1, 1, 1), LENGTH))
    inputs = rng.random((5, 4, LENGTH), dtype=np.float32)
    found = logits_of(module, inputs)
    assert (found.dtype, found.shape) == (np.float64, (5,))
    np.testing.assert_array_equal(found, module(torch.from_numpy(inputs))[:, 0].detach().numpy())
    with pytest.raises(ParameterError, match=r"one-hot sequences \(n, 4, 23\). Got shape \(5, 4, 22\)"):
        logits_of(module, inputs[:, :, 1:])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"matrices": ()}, "needs motifs, each with a sign. Got 0 and 3"),
        ({"signs": (1, 1)}, "needs motifs, each with a sign. Got 3 and 2"),
        ({"length": 5}, "must fit into the sequences. Got one of 6 bases for 5"),
        ({"paired": (3,)}, r"indices of the 3 motifs and n_hidden at least 1. Got \(3,\)"),
        ({"paired": (-1,)}, "indices of the 3 motifs"),
        ({"n_hidden": 0}, "n_hidden at least 1"),
    ],
)
def test_impossible_grammars_are_refused(changes, message):
    given = {"matrices": matrices(np.random.default_rng(0)), "signs": (1, 1, 1), "length": LENGTH, **changes}
    with pytest.raises(ParameterError, match=message):
        Grammar(**given)
