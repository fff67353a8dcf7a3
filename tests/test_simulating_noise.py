"""Noise on inputs: whose it is, what it hides, and the limits of models that see it."""

import json

import numpy as np
import pytest
from scipy.stats import kstest, norm

import motiflens as ml
from motiflens.alphabet import one_hot
from motiflens.errors import InputError, ParameterError
from motiflens.metrics import auprc, auroc
from motiflens.motifs import Motif
from motiflens.sequences import from_codes
from motiflens.simulating.background import Background, independent
from motiflens.simulating.drawing import draw
from motiflens.simulating.effort import affordable_draws, nanoseconds
from motiflens.simulating.generators import Generator, Nothing, Part, Placed, Scattered, Spaced
from motiflens.simulating.likelihood import log_ratio_of_inputs
from motiflens.simulating.limits import limit_on, limit_on_inputs, population_limit
from motiflens.simulating.noise import InputNoise, without_noise

NOTHING = ((1.0, Nothing()),)
SIZES = {"n_positives": 61, "n_negatives": 53}


def word(letters):
    return Motif(np.eye(4)[["ACGT".index(letter) for letter in letters]].T.copy(), letters)


def single(length, letters="ACGTG", background=None):
    positive = ((1.0, Scattered((Part(0),))),)
    return Generator((word(letters),), background or independent(), length, positive, NOTHING)


def at_hand(generator, noise, n_positives, n_negatives, seed):
    rng = np.random.default_rng(seed)
    codes, _ = draw(generator, n_positives, n_negatives, rng)
    labels = np.repeat([1, 0], [n_positives, n_negatives])
    hot = one_hot(codes)
    noisy = noise.gets(labels == 1)[:, None, None]
    inputs = np.where(noisy, np.clip(hot + rng.normal(0, noise.std, hot.shape), 0, 1), hot)
    return from_codes(list(codes)).with_labels(labels, ("negative", "positive")), inputs


# The noise of a sequence is its own


@pytest.mark.parametrize("to", ["all", "negatives"])
@pytest.mark.parametrize("seed", [0, 7, 2**70])
def test_the_inputs_of_a_part_are_rows_of_the_inputs_of_all(seed, to):
    task = ml.simulate("single", noise=0.2, noise_to=to, random_state=seed, **SIZES)
    everything = task.inputs()
    rng = np.random.default_rng(1)
    for rows in (slice(13, 40), rng.permutation(114)[:31], np.array([113]), task.sequences.positive, slice(0, 0)):
        assert np.array_equal(task.inputs(task.sequences[rows]), everything[rows])
    assert np.array_equal(task.inputs(), everything)


def test_no_two_sequences_or_seeds_share_noise():
    length = 40
    tasks = [ml.simulate("single", noise=0.2, random_state=seed, length=length, **SIZES) for seed in (3, 4)]
    changes = []
    for task in tasks:
        hot = task.sequences.one_hot()
        changes.append(np.where(hot == 1, 1 - task.inputs(), task.inputs()).reshape(114, -1))
    together = np.concatenate(changes)
    alike = np.corrcoef(together)[np.triu_indices(228, 1)]
    assert abs(alike).max() < 0.5  # 26 000 pairs of 160 numbers: 6 standard errors
    assert abs(alike.mean()) < 0.005


def test_noise_is_normal_before_it_is_clipped():
    names = [f"pos{i}" for i in range(50)]
    noisy = InputNoise(0.01).named(np.full((50, 4, 31), 0.5, dtype=np.float32), names, 5)
    assert kstest((noisy.ravel() - 0.5) / 0.01, norm.cdf).pvalue > 1e-3


def test_a_truth_that_was_read_gives_the_same_inputs(tmp_path):
    task = ml.simulate("pwm", noise=0.3, noise_to="negatives", label_noise=0.2, random_state=3, **SIZES)
    (tmp_path / "truth.json").write_text(json.dumps(task.record()))
    truth, part = ml.read_truth(tmp_path / "truth.json"), task.sequences[20:70]
    assert np.array_equal(truth.inputs(part), task.inputs()[20:70])
    assert truth.limit_with_noise_on(part) == task.limit_with_noise_on(part)


def test_without_noise_both_limits_are_one():
    task = ml.simulate("single", **SIZES)
    assert task.noise is None
    assert task.limit_with_noise is task.limit
    assert task.limit_with_noise_on(task.sequences) == task.limit_on(task.sequences)


# Noise on all inputs hides letters


@pytest.mark.parametrize("std", [0.3, 1.0])
def test_one_letter_reaches_its_closed_form(std):
    """Positives are A, negatives any base; the densities of the four channels are written out and integrated."""
    noise, generator = InputNoise(std), single(1, "A")
    limit = population_limit(generator, n_positives=1, n_negatives=3, noise=noise, n_drawn=40_000)
    rng = np.random.default_rng(5)
    labels, letters = np.repeat([1, 0], 100_000), rng.integers(0, 4, 200_000)
    letters[:100_000] = 0
    inputs = np.clip(np.eye(4)[letters] + rng.normal(0, std, (200_000, 4)), 0, 1)
    density = np.stack([
        np.where(inputs <= 0, norm.cdf(0, there, std), np.where(inputs >= 1, norm.sf(1, there, std),
                                                                norm.pdf(inputs, there, std))) for there in (0, 1)
    ])  # fmt: skip
    likely = np.stack([np.prod([density[int(b == c)][:, c] for c in range(4)], axis=0) for b in range(4)])
    area = auroc(labels, np.log(likely[0] / likely.mean(axis=0)))
    assert abs(limit.auroc.value - area) < 1.5 * (limit.auroc.high - limit.auroc.low)
    assert (limit.kind, limit.bound, limit.n_positives) == ("population, noisy inputs", "exact", 40_000)


@pytest.mark.parametrize("std", [0.3, 0.6])
def test_the_more_noise_the_lower_the_limit(std):
    generator = single(60)
    letters = population_limit(generator, n_positives=1, n_negatives=1, n_drawn=20_000)
    limits = [
        population_limit(generator, n_positives=1, n_negatives=1, noise=InputNoise(each), n_drawn=20_000).auroc
        for each in (0.001, std, 100.0)
    ]
    assert abs(limits[0].value - letters.auroc.value) < 0.006
    assert limits[1].high < limits[0].low
    assert abs(limits[2].value - 0.5) < 0.01


@pytest.mark.parametrize("seed", range(3))
def test_the_limit_on_inputs_at_hand_is_that_of_their_ratio(seed):
    generator, noise = single(23), InputNoise(0.5)
    sequences, inputs = at_hand(generator, noise, 310, 190, seed)
    limit = limit_on_inputs(generator, sequences, inputs, noise=noise)
    scores = log_ratio_of_inputs(generator, inputs, noise=0.5)
    assert limit.auroc.value == pytest.approx(auroc(sequences.labels, scores))
    assert limit.auprc.value == pytest.approx(auprc(sequences.labels, scores))
    assert (limit.kind, limit.n_positives, limit.n_negatives) == ("these sequences, noisy inputs", 310, 190)
    assert limit.auroc.value < limit_on(generator, sequences).auroc.value


def test_the_population_and_many_inputs_at_hand_agree():
    start = tuple(float(each == 9) for each in range(26))
    generator = Generator((word("ACGTG"),), independent(0.4), 30, ((1.0, Placed(Part(0), start)),), NOTHING)
    noise = InputNoise(0.7)
    population = population_limit(generator, n_positives=3, n_negatives=5, noise=noise, label_noise=0.1, n_drawn=20_000)
    sequences, inputs = at_hand(generator, noise, 6000, 10_000, 1)
    flipped = np.random.default_rng(2).random(16_000) < 0.1
    noisy = sequences.with_labels(np.where(flipped, 1 - sequences.labels, sequences.labels))
    here = limit_on_inputs(generator, noisy, inputs, noise=noise, label_noise=0.1)
    for one, other in ((population, here), (population.shift_invariant, here.shift_invariant)):
        for name in ("auroc", "auprc", "accuracy"):
            assert abs(getattr(one, name).value - getattr(other, name).value) < 0.015
    assert here.shift_invariant.auroc.value < here.auroc.value - 0.1
    assert here.shift_invariant.kind == here.kind


@pytest.mark.parametrize("background", [independent(1.0), Background(np.full(4, 0.25), np.eye(4) * 0.6 + 0.1)])
def test_where_noise_is_not_worked_out_the_limit_is_said_to_be_a_bound(background):
    generator, noise = single(30, "CGCG", background), InputNoise(0.5)
    letters, noisy = (
        population_limit(generator, n_positives=1, n_negatives=1, n_drawn=500, noise=each) for each in (None, noise)
    )
    assert noisy.auroc == letters.auroc
    assert (letters.bound, noisy.bound) == ("exact", "upper bound")
    sequences, inputs = at_hand(generator, noise, 50, 40, 0)
    assert limit_on_inputs(generator, sequences, inputs, noise=noise).bound == "upper bound"
    if background.order:
        close = Generator(generator.motifs, background, 30, ((1.0, Scattered((Part(0),) * 2)),), NOTHING)
        assert population_limit(close, n_positives=1, n_negatives=1, n_drawn=99, noise=noise).bound == "approximate"


# Noise on the negatives tells them apart


@pytest.mark.parametrize("std", [0.05, 3.0, 1e6])
@pytest.mark.parametrize("length", [1, 2])
def test_noise_that_leaves_no_trace_is_as_rare_as_told(std, length):
    letters = np.random.default_rng(0).integers(0, 4, (400_000, length)).astype(np.uint8)
    inputs = InputNoise(std).drawn(one_hot(letters), np.random.default_rng(1))
    share = InputNoise(std).unseen(length)
    assert without_noise(inputs).mean() == pytest.approx(share, abs=5 * np.sqrt(share / 400_000))


@pytest.mark.parametrize(("n_positives", "n_negatives"), [(40, 90), (3, 4000)])
def test_noise_on_negatives_alone_gives_them_away_whatever_is_planted(n_positives, n_negatives):
    noise, nothing = InputNoise(0.05, "negatives"), Generator((), independent(), 60, NOTHING, NOTHING)
    sequences, inputs = at_hand(nothing, noise, n_positives, n_negatives, 0)
    population = population_limit(nothing, n_positives=n_positives, n_negatives=n_negatives, noise=noise)
    for limit in (population, limit_on_inputs(nothing, sequences, inputs, noise=noise)):
        assert (limit.auroc.value, limit.auprc.value, limit.accuracy.value) == (1, 1, 1)
        assert limit.bound == "exact"
    assert limit_on(nothing, sequences).auroc.value == 0.5


@pytest.mark.parametrize(("n_positives", "n_negatives"), [(1, 1), (1, 100)])
def test_short_inputs_hide_some_noise(n_positives, n_negatives):
    noise = InputNoise(2.0, "negatives")
    nothing = Generator((), independent(), 2, NOTHING, NOTHING)
    limit = population_limit(nothing, n_positives=n_positives, n_negatives=n_negatives, noise=noise)
    sequences, inputs = at_hand(nothing, noise, 4000 * n_positives, 4000 * n_negatives, 3)
    labels, seen = sequences.labels, without_noise(inputs).astype(float)
    assert limit.auroc.value == pytest.approx(auroc(labels, seen), abs=0.005)
    assert limit.auprc.value == pytest.approx(auprc(labels, seen), abs=0.02)  # all ties of positives come first
    assert limit.accuracy.value == pytest.approx(max((seen == labels).mean(), 1 - labels.mean()), abs=0.005)
    assert limit.bound == "lower bound"


def test_flipped_labels_are_told_by_the_noise_too():
    task = ml.simulate("single", noise=0.1, noise_to="negatives", label_noise=0.3, **SIZES)
    assert task.limit_with_noise.accuracy.value == task.limit_with_noise_on(task.sequences).accuracy.value == 1
    assert task.limit_on(task.sequences).accuracy.value < 0.9


# How much is drawn


def test_long_sequences_get_fewer_draws():
    draws = [affordable_draws(single(length)) for length in (50, 101, 1000, 5000, 100_000, 10**8)]
    assert draws == sorted(draws, reverse=True)
    assert (draws[0], draws[1], draws[-1]) == (100_000, 100_000, 200)
    assert 1000 < draws[3] < 20_000
    assert affordable_draws(single(1000), noisy=True) < draws[2]


def test_an_estimate_from_fewer_draws_has_a_wider_interval_and_holds():
    limits = [population_limit(single(4000), n_positives=1, n_negatives=1, random_state=s, n_drawn=n)
              for s, n in ((0, 500), (1, 6000))]  # fmt: skip
    few, many = (limit.auroc for limit in limits)
    assert few.high - few.low > 2 * (many.high - many.low)
    assert abs(few.value - many.value) < few.high - few.low
    assert [limit.n_positives for limit in limits] == [500, 6000]


@pytest.mark.parametrize("strand", [0.0, 0.5])
def test_wide_gaps_and_both_strands_cost_more(strand):
    motifs, costs = (word("ACGTG"), word("TGCAT"), word("GGGCGG")), []
    pair, three = (Part(0), Part(1)), (Part(0), Part(1), Part(2))
    for layout in (Scattered((Part(0),)), Spaced(pair, ((5, 9),)), Spaced(pair, ((5, 400),)),
                   Spaced(three, ((5, 400), (5, 100)))):  # fmt: skip
        generator = Generator(motifs, independent(), 600, ((1.0, layout),), NOTHING)
        turned = Generator(motifs, independent(), 600, ((1.0, layout),), ((1.0, Scattered((Part(0, strand),))),))
        costs.append(nanoseconds(generator))
        assert nanoseconds(turned) >= costs[-1]
    assert costs == sorted(costs)
    assert costs[-1] > 10 * costs[2]


# What is refused


@pytest.mark.parametrize(("std", "to"), [(0.0, "all"), (1e-9, "all"), (1e7, "all"), (float("nan"), "all"),
                                         (0.1, "positives")])  # fmt: skip
def test_noise_out_of_range_is_refused(std, to):
    with pytest.raises(ParameterError, match="noise"):
        InputNoise(std, to)


def test_inputs_of_other_sequences_are_refused():
    generator, noise = single(20), InputNoise(0.1)
    sequences, inputs = at_hand(generator, noise, 5, 4, 0)
    with pytest.raises(InputError, match=r"\(9, 4, 20\)"):
        limit_on_inputs(generator, sequences, inputs[:8], noise=noise)
    for part in (slice(0, 0), slice(0, 5), slice(5, 9)):
        with pytest.raises(InputError, match="both classes"):
            limit_on_inputs(generator, sequences[part], inputs[part], noise=noise)


@pytest.mark.parametrize("changes", [{"noise": "much"}, {"noise": -1}, {"noise": 0.1, "noise_to": "none"},
                                     {"noise": None}])  # fmt: skip
def test_a_record_with_odd_noise_is_refused(tmp_path, changes):
    record = ml.simulate("single", noise=0.1, **SIZES).record()
    record["parameters"] |= changes
    (tmp_path / "truth.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"truth\.json: Expected noise as a number"):
        ml.read_truth(tmp_path / "truth.json")
