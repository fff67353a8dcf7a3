"""The choice of a network on validation evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import ttest_rel

from motiflens.errors import ParameterError
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.choosing import (
    Candidate,
    Step,
    WithLosses,
    choose_network,
    compiled_trainer,
    filter_steps,
    simplest,
)
from motiflens.networks.examples import Examples, examples_of
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.layered_training import fit_modules
from motiflens.networks.layers import Conv, Flatten
from motiflens.networks.model import FilterNetwork
from motiflens.networks.module_jobs import ModuleJob
from motiflens.sequences import from_codes

N_VALID = 300


@dataclass(frozen=True)
class Losses:
    """A trained network of which nothing but its losses is known."""

    valid_losses: np.ndarray


def hidden_step(n_hidden: int) -> Step:
    """Return a step that gives the network a number of hidden units, by which a fake trainer knows it."""

    def change(held: Candidate) -> Candidate:
        return replace(held, network=replace(held.network, n_hidden=n_hidden))

    return Step(f"hidden {n_hidden}", change)


FIRST = Candidate(FilterNetwork(2, 4, 20, n_bins=0), TrainingOptions())


def told(*losses: np.ndarray):
    """Return a trainer that gives the losses of each hidden size."""
    return lambda candidate: [Losses(losses[candidate.network.n_hidden])]


def steps(n: int) -> list[Step]:
    return [hidden_step(i + 1) for i in range(n)]


def test_the_p_value_is_that_of_the_paired_t_test() -> None:
    rng = np.random.default_rng(3)
    held, new = rng.gamma(0.7, size=(2, N_VALID))
    found = choose_network(FIRST, steps(1), told(held, new)).comparisons[0]
    expected = ttest_rel(new, held, alternative="less")
    assert found.pvalue == pytest.approx(expected.pvalue)
    assert found.error == pytest.approx((new - held).std(ddof=1) / np.sqrt(N_VALID))
    assert (found.loss, found.holder_loss) == (pytest.approx(new.mean()), pytest.approx(held.mean()))


@pytest.mark.parametrize("error_rate", [0.01, 0.1])
def test_needless_steps_are_taken_no_more_often_than_stated(error_rate: float) -> None:
    rng, n_runs, wrong = np.random.default_rng(5), 3000, 0
    for _ in range(n_runs):
        shared = rng.gamma(0.5, size=N_VALID)  # skewed, as losses are, and alike between the networks
        losses = shared + rng.gamma(0.5, size=(5, N_VALID))
        wrong += choose_network(FIRST, steps(4), told(*losses), error_rate=error_rate).candidate != FIRST
    assert wrong / n_runs < error_rate + 3 * np.sqrt(error_rate / n_runs)
    assert wrong / n_runs > error_rate / 5  # not by never taking any


def test_each_step_is_compared_with_the_network_that_holds_the_place() -> None:
    rng = np.random.default_rng(7)
    base = rng.gamma(1.0, size=N_VALID)
    noise = 0.05 * rng.standard_normal((5, N_VALID))
    levels = np.array([1.0, 0.8, 0.9, 0.8, 0.5])  # better, worse than the holder, the same, better again
    choice = choose_network(FIRST, steps(4), told(*(levels[:, None] * base + noise)))
    assert [step.taken for step in choice.comparisons] == [True, False, False, True]
    assert choice.candidate.network.n_hidden == 4
    assert choice.comparisons[1].holder_loss == choice.comparisons[0].loss == choice.comparisons[3].holder_loss
    assert np.array_equal(choice.fits[0].valid_losses, (levels[:, None] * base + noise)[4])
    assert len(choice.notes) == 5
    assert "not taken" in choice.notes[1]


def test_a_network_exactly_as_good_does_not_take_the_place() -> None:
    losses = np.random.default_rng(1).gamma(1.0, size=N_VALID)
    assert choose_network(FIRST, steps(1), told(losses, losses.copy())).candidate == FIRST


def test_losses_of_several_starts_are_averaged() -> None:
    rng = np.random.default_rng(2)
    held, new = rng.gamma(1.0, size=(2, 3, N_VALID))
    several = choose_network(FIRST, steps(1), lambda c: [Losses(row) for row in (held, new)[c.network.n_hidden]])
    one = choose_network(FIRST, steps(1), told(held.mean(axis=0), new.mean(axis=0)))
    assert several.comparisons == one.comparisons


def test_sequences_of_weight_zero_do_not_count() -> None:
    rng = np.random.default_rng(4)
    held, new = rng.gamma(1.0, size=(2, N_VALID))
    counted = rng.random(N_VALID) < 0.4
    weighted = choose_network(FIRST, steps(1), told(held, new), weights=3.0 * counted).comparisons[0]
    alone = choose_network(FIRST, steps(1), told(held[counted], new[counted])).comparisons[0]
    assert weighted.pvalue == pytest.approx(alone.pvalue)
    assert weighted.loss == pytest.approx(alone.loss)


def test_the_scale_of_the_weights_does_not_matter_but_their_evenness_does() -> None:
    rng = np.random.default_rng(6)
    held = rng.gamma(1.0, size=N_VALID)
    new = held - 0.3 + rng.standard_normal(N_VALID)
    weights = np.where(np.arange(N_VALID) < 40, 50.0, 1.0)
    even, scaled, uneven = (
        choose_network(FIRST, steps(1), told(held, new), weights=w).comparisons[0]
        for w in (None, np.full(N_VALID, 7.0), weights)
    )
    assert even.pvalue == pytest.approx(scaled.pvalue)
    assert uneven.error > 1.5 * even.error


@pytest.mark.parametrize(("n", "taken"), [(29, False), (31, True)])
def test_a_handful_of_sequences_chooses_nothing(n: int, taken: bool) -> None:
    held = np.random.default_rng(8).gamma(1.0, size=n) + 1
    choice = choose_network(FIRST, steps(1), told(held, held - 0.9 + 0.01 * np.arange(n) / n))
    assert choice.comparisons[0].taken is taken


def test_a_step_that_does_not_apply_is_left_out() -> None:
    trained = []

    def train(candidate: Candidate) -> list[Losses]:
        trained.append(candidate)
        return [Losses(np.ones(N_VALID))]

    nothing = Step("nothing", lambda held: None)
    choice = choose_network(FIRST, [nothing, Step("the same", lambda held: held), hidden_step(1)], train)
    assert [step.name for step in choice.comparisons] == ["hidden 1"]
    assert len(trained) == 2


@pytest.mark.parametrize(
    ("losses", "options", "said"),
    [
        ([np.ones(40), np.ones(40)], {"error_rate": 0.0}, "error_rate must be above 0"),
        ([np.ones(40), np.ones(40)], {"error_rate": 1.0}, "below 1. Got 1.0"),
        ([np.ones(40), np.ones(39)], {}, "the same 40 validation sequences. Got 39"),
        ([np.ones(0), np.ones(0)], {}, "needs validation sequences"),
        ([np.ones(40), np.ones(40)], {"weights": np.ones(41)}, "weights must be 40 finite"),
        ([np.ones(40), np.ones(40)], {"weights": np.zeros(40)}, "not all 0"),
        ([np.ones(40), np.ones(40)], {"weights": np.full(40, np.nan)}, "weights must be 40 finite"),
        ([np.ones(40), np.ones(40)], {"weights": -np.ones(40)}, "weights must be 40 finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(losses: list[np.ndarray], options: dict, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        choose_network(FIRST, steps(1), told(*losses), **options)


def planted(n: int, length: int, *, place: int | None, turned: bool, seed: int) -> Examples:
    """Return examples of which half hold TGACA, at a place or anywhere, on one strand or either."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, length)).astype(np.uint8)
    site = np.array([3, 2, 0, 1, 0], np.uint8)
    for row in range(n // 2):
        start = rng.integers(0, length - 5 + 1) if place is None else place
        codes[row, start : start + 5] = 3 - site[::-1] if turned and rng.random() < 0.5 else site
    return examples_of(from_codes(list(codes)).with_labels(np.arange(n) < n // 2), 1)


def chosen(place: int | None, *, turned: bool, seed: int) -> FilterNetwork:
    train, valid = (planted(n, 80, place=place, turned=turned, seed=seed * 2 + i) for i, n in enumerate((1600, 1000)))
    usual = simplest(80)
    first = Candidate(replace(usual.network, n_filters=32), replace(usual.options, epochs=20))
    return choose_network(first, filter_steps(), compiled_trainer(train, valid, seeds=[1])).candidate.network


@pytest.mark.parametrize("seed", [0, 1])
def test_a_motif_on_both_strands_anywhere_needs_the_simplest_network(seed: int) -> None:
    network = chosen(None, turned=True, seed=seed)
    assert (network.both_strands, network.n_bins, network.filter_width) == (True, 0, 8)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_motif_on_one_strand_at_one_place_is_read_so(seed: int) -> None:
    network = chosen(37, turned=False, seed=seed)
    assert not network.both_strands
    assert network.n_bins > 1


def test_steps_of_filters_end_with_a_preference_for_each_window() -> None:
    held, seen = simplest(101), []
    for step in filter_steps():
        held = step.change(held) or held
        seen.append((held.network.filter_width, held.network.both_strands, held.network.n_bins))
    assert seen == [(20, True, 0), (20, False, 0), (20, False, 9), (20, False, 82)]


@pytest.mark.parametrize(("length", "n_bins"), [(13, 0), (30, 4), (52, 9), (101, 9)])
def test_a_stretch_holds_at_least_five_windows(length: int, n_bins: int) -> None:
    first = simplest(length)
    held = filter_steps()[2].change(first) or first
    assert held.network.n_bins == n_bins


@pytest.mark.parametrize("length", [4, 7, 12, 19, 40])
def test_short_sequences_have_networks_too(length: int) -> None:
    held = simplest(length, n_outputs=3)
    for step in filter_steps():
        held = step.change(held) or held
        assert (held.network.length, held.network.n_outputs) == (length, 3)


def test_a_network_of_layers_can_be_tried_with_torch() -> None:
    train, valid = (planted(n, 30, place=12, turned=False, seed=n) for n in (400, 160))
    layers = Candidate(Blueprint((Conv(6, 7), Flatten()), 30), TrainingOptions(epochs=15, batch_size=16, dropout=0.0))
    compiled = compiled_trainer(train, valid, seeds=[0])

    def fit(candidate: Candidate) -> Sequence[WithLosses]:
        if not isinstance(candidate.network, Blueprint):
            return compiled(candidate)
        return fit_modules([ModuleJob(candidate.network, train, valid, 0, candidate.options)])

    first = Candidate(FilterNetwork(1, 1, 30, n_bins=0), TrainingOptions(epochs=2))  # single letters: can know nothing
    choice = choose_network(first, [Step("layers", lambda held: layers), *filter_steps()], fit)
    assert choice.candidate == layers
    assert len(choice.comparisons) == 1  # no step of filters leads away from a network of layers
    with pytest.raises(ParameterError, match="Got a Blueprint"):
        compiled(layers)


def test_a_trainer_needs_a_seed() -> None:
    part = planted(40, 30, place=3, turned=False, seed=0)
    with pytest.raises(ParameterError, match="at least one seed"):
        compiled_trainer(part, part, seeds=[])
