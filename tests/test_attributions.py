"""What letters contribute, against single changes, closed forms and what the methods promise."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SMALL, grammar, layered, random_codes, random_network
from torch import nn

from motiflens.alphabet import one_hot
from motiflens.backgrounds import shuffle_dinucleotides
from motiflens.errors import InputError, ParameterError
from motiflens.networks.attributions import ATTRIBUTIONS, attributions, n_outputs_of, of_own_letters
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.layers import Conv, Dense, Flatten, GlobalMax, MaxPool
from motiflens.networks.model import FilterNetwork, run_network
from motiflens.networks.module import module_of
from motiflens.sequences import SequenceSet, from_codes

LENGTH = 23


class Linear(nn.Module):
    """A weighted sum of letters, two of them."""

    def __init__(self, seed=0):
        super().__init__()
        drawn = np.random.default_rng(seed).normal(size=(2, 4, LENGTH))
        self.weight = nn.Parameter(torch.from_numpy(drawn).float())

    def forward(self, x):
        return torch.einsum("ncl,ocl->no", x, self.weight)


class Smooth(nn.Module):
    """Something that bends, with parts that behave differently in training."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.layers = nn.Sequential(
                nn.Conv1d(4, 6, 5), nn.BatchNorm1d(6), nn.Softplus(), nn.Dropout(0.5), nn.Flatten(),
                nn.Linear(6 * (LENGTH - 4), 3),
            )  # fmt: skip

    def forward(self, x):
        return self.layers(x)


def codes_of(seed, n=5, unknown=0.0):
    return random_codes(np.random.default_rng(seed), (n, LENGTH), unknown)


def logits(module, codes, output=0):
    with torch.no_grad():
        return module.eval()(torch.from_numpy(one_hot(codes)))[:, output].numpy()


def spans_shuffled(codes, copies, seed):
    """Return shuffles of sequences whose unknown ends are padding."""
    ends = [(np.flatnonzero(code < 4)[0], np.flatnonzero(code < 4)[-1] + 1) for code in codes]
    whole = SequenceSet(codes, np.array([f"{i}" for i in range(len(codes))]), np.array(ends))
    return shuffle_dinucleotides(whole, copies=copies, random_state=seed).codes.reshape(copies, *codes.shape)


def by_changes(run, codes):
    """Run every changed sequence, one after the other."""
    found = np.empty((len(codes), 4, codes.shape[1]))
    for letter in range(4):
        for column in range(codes.shape[1]):
            changed = codes.copy()
            changed[:, column] = letter
            found[:, letter, column] = run(changed)
    return found - found.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("output", [0, 1])
@pytest.mark.parametrize("method", ["mutations", "gradients"])
def test_of_a_linear_network_they_are_its_weights_less_their_mean(method, output):
    module, codes = Linear(), codes_of(1)
    weights = module.weight[output].detach().numpy()
    found = attributions(module, codes, method=method, output=output)
    assert found.shape == (5, 4, LENGTH)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.broadcast_to(weights - weights.mean(axis=0), found.shape), atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_from_references_to_a_linear_network_it_is_complete_to_rounding(seed):
    module, codes = Linear(seed), codes_of(seed + 10, unknown=0.1)
    codes[0, :4] = 4
    found = attributions(module, codes, method="references", n_references=3, random_state=seed)
    shuffles = spans_shuffled(codes, 3, seed)
    shuffles = np.where(codes < 4, shuffles, np.uint8(4))  # of what is unknown nothing can be said
    expected = logits(module, codes) - np.mean([logits(module, each) for each in shuffles], axis=0)
    np.testing.assert_allclose(of_own_letters(found, codes).sum(axis=1), expected, atol=1e-4)


def test_from_many_references_to_a_smooth_network_it_is_complete():
    module, codes = Smooth(), codes_of(2, n=4)
    errors = []
    for n in (4, 120):
        found = attributions(module, codes, method="references", n_references=n, output=2)
        shuffles = shuffle_dinucleotides(from_codes(list(codes)), copies=n, random_state=0).codes.reshape(n, 4, LENGTH)
        expected = logits(module, codes, 2) - np.mean([logits(module, each, 2) for each in shuffles], axis=0)
        errors.append(np.abs(of_own_letters(found, codes).sum(axis=1) - expected).max() / np.abs(expected).max())
    assert errors[1] < 0.05
    assert errors[1] < errors[0]


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from([0, 1]))
def test_mutations_are_runs_of_every_changed_sequence(seed, output):
    rng = np.random.default_rng(seed)
    trained, codes = random_network(SMALL, rng), random_codes(rng, (2, SMALL.length))
    expected = by_changes(lambda changed: run_network(trained, changed).logits[:, output], codes)
    for network in (trained, module_of(trained)):
        found = attributions(network, codes, method="mutations", output=output)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_mutations_of_layers_and_of_a_grammar():
    codes = codes_of(3, n=2, unknown=0.1)
    for trained in (layered(Blueprint((Conv(7, 5), MaxPool(3), Flatten(), Dense(4)), LENGTH, 1)), grammar(LENGTH)):
        module = module_of(trained)
        expected = by_changes(lambda changed, module=module: logits(module, changed), codes)
        np.testing.assert_allclose(attributions(trained, codes, method="mutations"), expected, atol=1e-4)


def test_gradients_are_finite_differences_less_their_mean():
    module, codes = Smooth().double(), codes_of(4, n=3)
    x, step = one_hot(codes).astype(np.float64), 1e-4
    slopes = np.empty(x.shape)
    with torch.no_grad():
        module.eval()
        for letter in range(4):
            for column in range(LENGTH):
                up, down = x.copy(), x.copy()
                up[:, letter, column] += step
                down[:, letter, column] -= step
                change = module(torch.from_numpy(up))[:, 1] - module(torch.from_numpy(down))[:, 1]
                slopes[:, letter, column] = change.numpy() / (2 * step)
    expected = slopes - slopes.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(attributions(module, codes, method="gradients", output=1), expected, atol=1e-5)


def test_auto_is_exact_for_filters_and_takes_references_for_layers():
    trained = random_network(FilterNetwork(5, 7, LENGTH, n_bins=2), np.random.default_rng(5))
    layers, codes = layered(Blueprint((Conv(3, 4), Conv(5, 3), GlobalMax()), LENGTH, 1)), codes_of(6)
    for network, method in ((trained, "mutations"), (layers, "references"), (module_of(layers), "references")):
        found = attributions(network, codes, random_state=3)
        assert np.array_equal(found, attributions(network, codes, method=method, random_state=3))
        others = [name for name in ATTRIBUTIONS if name not in ("auto", method)]
        assert not any(np.allclose(found, attributions(network, codes, method=name)) for name in others)


def test_an_ensemble_has_the_mean_of_its_members():
    rng, codes = np.random.default_rng(7), codes_of(7)
    networks = [random_network(FilterNetwork(5, 7, LENGTH), rng), layered(Blueprint((Conv(3, 4), GlobalMax()), LENGTH))]
    for method in ATTRIBUTIONS[1:]:
        parts = [attributions(one, codes, method=method) for one in networks]
        np.testing.assert_allclose(attributions(networks, codes, method=method), np.mean(parts, axis=0), atol=1e-5)


@pytest.mark.parametrize("method", ATTRIBUTIONS)
def test_threads_and_other_sequences_change_nothing(method):
    trained = layered(Blueprint((Conv(6, 5), Conv(4, 3), GlobalMax(), Dense(5)), LENGTH, 1))
    codes = codes_of(8, n=1600)  # more than one batch
    some = codes if method in ("gradients", "references", "auto") else codes[:9]
    found = attributions(trained, some, method=method, n_references=2)
    assert np.array_equal(found, attributions(trained, some, method=method, n_references=2, threads=3))
    alone = attributions(trained, some[:4], method=method, n_references=2)
    np.testing.assert_allclose(found[:4], alone, atol=1e-6)


def test_a_module_is_given_back_as_it_was():
    module = Smooth()
    module.train()
    module.layers[1].eval()
    before = {name: part.clone() for name, part in module.state_dict().items()}
    n_threads = torch.get_num_threads()
    for method in ATTRIBUTIONS:
        attributions(module, codes_of(9), method=method)
    assert [part.training for part in module.modules()] == [True, True, True, False, True, True, True, True]
    assert all(torch.equal(part, before[name]) for name, part in module.state_dict().items())
    assert all(part.grad is None and part.requires_grad for part in module.parameters())
    assert torch.get_num_threads() == n_threads


def test_own_letters():
    rng = np.random.default_rng(10)
    contributions, codes = rng.normal(size=(6, 4, 9)).astype(np.float32), random_codes(rng, (6, 9), 0.3)
    found = of_own_letters(contributions, codes)
    for row, column in np.ndindex(codes.shape):
        letter = codes[row, column]
        assert found[row, column] == (contributions[row, letter, column] if letter < 4 else 0)


def test_no_sequences_and_a_set_of_them():
    trained = random_network(SMALL, np.random.default_rng(11))
    for method in ATTRIBUTIONS:
        assert attributions(trained, np.zeros((0, 30), np.uint8), method=method).shape == (0, 4, 30)
    codes = random_codes(np.random.default_rng(12), (3, 30), 0)
    assert np.array_equal(attributions(trained, from_codes(list(codes))), attributions(trained, codes))


def test_unknown_sequences_and_padding_are_no_trouble():
    codes = codes_of(13)
    codes[0], codes[1, :5], codes[2, -7:] = 4, 4, 4
    for method in ATTRIBUTIONS:
        found = attributions(Smooth(), codes, method=method)
        assert np.isfinite(found).all()
        assert (of_own_letters(found, codes)[codes == 4] == 0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "deeplift"}, r"method must be one of auto, mutations, .*Got 'deeplift'"),
        ({"output": 2}, r"output must be from 0 to below n_outputs, 2\. Got 2"),
        ({"output": -1}, r"output must be at least 0\. Got -1"),
        ({"n_references": 0}, r"n_references must be at least 1\. Got 0"),
        ({"random_state": -1}, r"random_state must be at least 0"),
        ({"threads": 0}, r"threads must be at least 1"),
    ],
)
def test_what_is_out_of_range_is_refused_for_every_kind_of_network(change, words):
    trained = random_network(FilterNetwork(3, 5, LENGTH, n_outputs=2), np.random.default_rng(14))
    for network in (trained, module_of(trained)):
        with pytest.raises(ParameterError, match=words):
            attributions(network, codes_of(15), **change)


def test_networks_that_cannot_be_used_are_refused_in_one_line():
    codes = codes_of(16)

    class Broken(nn.Module):
        def __init__(self, answer):
            super().__init__()
            self.answer = answer

        def forward(self, x):
            return self.answer(x)

    for answer, words in (
        (lambda x: x @ x, "must take one-hot sequences"),
        (lambda x: x.sum(dim=(1, 2)), "must give logits"),
        (lambda x: "no", "must give logits .* Got str"),
        (lambda x: x.sum(dim=2) / 0, "finite"),
    ):
        with pytest.raises(ParameterError, match=words) as caught:
            attributions(Broken(answer), codes)
        assert "\n" not in str(caught.value)
    for network in (len, [], "deepbind", None, [nn.Linear(2, 3)]):
        with pytest.raises(ParameterError):
            attributions(network, codes)
    trained = random_network(SMALL, np.random.default_rng(17))
    for method in ATTRIBUTIONS:
        with pytest.raises(ParameterError, match=r"30 columns\. Got 23"):
            attributions(trained, codes, method=method)
        with pytest.raises(InputError):
            attributions(trained, np.full((2, 30), 7), method=method)


def test_a_module_that_does_not_look_at_the_sequence_has_no_contributions():
    class Constant(nn.Module):
        def forward(self, x):
            return torch.ones(len(x), 1)

    for method in ATTRIBUTIONS:
        assert not attributions(Constant(), codes_of(18), method=method).any()


def test_number_of_outputs():
    assert n_outputs_of(Smooth(), LENGTH) == 3
    assert n_outputs_of([random_network(SMALL, np.random.default_rng(0))], 30) == 2
    with pytest.raises(ParameterError):
        n_outputs_of(Smooth(), LENGTH + 1)
