"""Limits against closed forms, published figures, the metrics of plain samples, and other scores."""

import json
from math import comb

import numpy as np
import pytest

from motiflens.errors import InputError, ParameterError
from motiflens.metrics import accuracy, auprc, auroc, auroc_interval
from motiflens.motifs import Motif
from motiflens.results import Interval, Limit
from motiflens.sequences import from_codes
from motiflens.simulating.background import Background, independent
from motiflens.simulating.drawing import draw
from motiflens.simulating.generators import Generator, Nothing, Overwritten, Part, Placed, Scattered, Spaced
from motiflens.simulating.likelihood import log_ratio
from motiflens.simulating.limits import limit_on, population_limit
from motiflens.simulating.weighted import weighted_figures

A, B = Scattered((Part(0),)), Scattered((Part(1),))
NOTHING = ((1.0, Nothing()),)


def word(letters):
    return Motif(np.eye(4)[["ACGT".index(letter) for letter in letters]].T.copy(), letters)


def foxo1(shared_data):
    table = np.loadtxt(shared_data / "hocomoco" / "FOXO1_HUMAN.H11MO.0.A.counts.tsv", skiprows=1)[:, 1:].T
    return Motif(table / table.sum(axis=0), "FOXO1")


def single(motif_prob=1.0, *, length=101):
    return Generator((word("ACGTG"),), independent(), length, ((motif_prob, A), (1 - motif_prob, Nothing())), NOTHING)


def drawn(generator, n_positives, n_negatives, seed):
    codes, _ = draw(generator, n_positives, n_negatives, np.random.default_rng(seed))
    labels = np.repeat([1, 0], [n_positives, n_negatives])
    return from_codes(list(codes)).with_labels(labels, ("negative", "positive"))


# Closed forms: a word that cannot overlap itself, in independent bases


def word_counts(width, length, most=12):
    """Return the distribution of the number of occurrences of an unbordered word in random sequences.

    Inclusion and exclusion: the expected number of choices of j occurrences is the number of ways
    to set j words apart, times their probability.
    """
    most = min(most, length // width)
    moments = [comb(length - j * (width - 1), j) * 0.25 ** (j * width) for j in range(most + 1)]
    return np.array(
        [sum((-1) ** (j - k) * comb(j, k) * moments[j] for j in range(k, most + 1)) for k in range(most + 1)]
    )


def closed_figures(motif_prob, share):
    """Return the limit's AUROC, AUPRC and accuracy: sequences differ by the number of words alone."""
    negative = word_counts(5, 101)
    count = np.arange(len(negative))
    positive = motif_prob * count * negative / (97 / 1024) + (1 - motif_prob) * negative
    area = sum(positive[k] * (negative[:k].sum() + negative[k] / 2) for k in count)
    recalled, chosen = (np.append(0, part[::-1].cumsum()) for part in (share * positive, (1 - share) * negative))
    recall = np.linspace(1e-5, share, 100_001)  # within a number of words sequences come in any order
    precision = (recall / (recall + np.interp(recall, recalled, chosen))).mean()
    return area, precision, np.maximum(share * positive, (1 - share) * negative).sum()


def test_the_closed_form_counts_words():
    counts = word_counts(2, 4)  # AC in four letters: ACAC has two; 3 * 16 places less that one twice
    np.testing.assert_allclose(counts[:3] * 256, [256 - 47, 46, 1])
    assert word_counts(5, 101).sum() == pytest.approx(1)


@pytest.mark.parametrize(("motif_prob", "n_positives", "seed"), [(1.0, 4000, 0), (0.8, 1000, 1), (0.6, 7000, 2)])
def test_one_word_reaches_its_closed_form(motif_prob, n_positives, seed):
    limit = population_limit(
        single(motif_prob), n_positives=n_positives, n_negatives=4000, random_state=seed, n_drawn=30_000
    )
    expected = closed_figures(motif_prob, n_positives / (n_positives + 4000))
    for figure, value in zip((limit.auroc, limit.auprc, limit.accuracy), expected, strict=True):
        assert abs(figure.value - value) < 2 * (figure.high - figure.low)  # four standard errors
    assert (limit.kind, limit.bound, limit.shift_invariant) == ("population", "exact", None)


@pytest.mark.parametrize("label_noise", [0.1, 0.25, 0.45])
def test_flipped_labels_pull_the_figures_towards_chance(label_noise):
    share = 0.2
    area, _, right = closed_figures(1.0, share)
    limit = population_limit(single(), n_positives=1000, n_negatives=4000, label_noise=label_noise, n_drawn=30_000)
    ones = share * (1 - label_noise) + (1 - share) * label_noise
    purity = share * (1 - label_noise) / ones - share * label_noise / (1 - ones)  # true positives among ones and zeros
    assert limit.auroc.value == pytest.approx(0.5 + abs(purity * (area - 0.5)), abs=0.004)
    assert limit.accuracy.value == pytest.approx(0.5 + abs(1 - 2 * label_noise) * (right - 0.5), abs=0.004)


@pytest.mark.parametrize("limit_of", ["population", "these sequences"])
def test_labels_that_are_flipped_half_the_time_say_nothing(limit_of):
    start = tuple(float(each == 9) for each in range(26))
    generator = Generator((word("ACGTG"),), independent(), 30, ((1.0, Placed(Part(0), start)),), NOTHING)
    if limit_of == "population":
        limit = population_limit(generator, n_positives=200, n_negatives=500, label_noise=0.5)
        assert (limit.auprc.value, limit.accuracy.value) == (0.5, 0.5)
    else:
        clean = drawn(generator, 200, 500, 0)
        labels = np.where(np.random.default_rng(1).random(700) < 0.5, 1 - clean.labels, clean.labels)
        limit = limit_on(generator, clean.with_labels(labels), label_noise=0.5)
        assert limit.accuracy.value == max(labels.mean(), 1 - labels.mean())
    assert limit.auroc.value == 0.5
    assert 0.49 < limit.auroc.low <= 0.5 <= limit.auroc.high < 0.51
    assert np.isnan(limit.fraction(0.53))
    assert limit.shift_invariant is None


# Ties in any order


def broken(labels, scores, seed, times=400):
    """Return the mean AUPRC with ties broken at random, and its standard error."""
    rng, ranks = np.random.default_rng(seed), np.unique(scores, return_inverse=True)[1]
    figures = [auprc(labels, ranks + rng.uniform(0, 0.9, len(ranks))) for _ in range(times)]
    return np.mean(figures), np.std(figures) / np.sqrt(times)


@pytest.mark.parametrize(("motif_prob", "label_noise", "seed"), [(0.8, 0.0, 0), (1.0, 0.0, 1), (0.6, 0.2, 2)])
def test_ties_broken_by_chance_do_not_beat_the_limit_at_hand(motif_prob, label_noise, seed):
    generator = single(motif_prob)
    clean = drawn(generator, 150, 390, seed)
    flipped = np.random.default_rng(seed).random(540) < label_noise
    sequences = clean.with_labels(np.where(flipped, 1 - clean.labels, clean.labels))
    mean, error = broken(sequences.labels, np.round(log_ratio(generator, sequences.codes), 9), seed)
    limit = limit_on(generator, sequences, label_noise=label_noise)
    assert abs(limit.auprc.value - mean) < 4 * error
    assert limit.auprc.low < mean < limit.auprc.high


@pytest.mark.parametrize(("motif_prob", "seed"), [(0.8, 0), (0.5, 1)])
def test_ties_broken_by_chance_do_not_beat_the_limit_of_a_population(motif_prob, seed):
    generator = single(motif_prob)
    sequences = drawn(generator, 30_000, 30_000, seed)
    mean, _ = broken(sequences.labels, np.round(log_ratio(generator, sequences.codes), 9), seed, times=3)
    limit = population_limit(generator, n_positives=1, n_negatives=1, n_drawn=30_000, random_state=seed + 5)
    assert abs(limit.auprc.value - mean) < limit.auprc.high - limit.auprc.low


@pytest.mark.parametrize("n_drawn", [300, 777, 20_011])
def test_no_limit_is_above_one(n_drawn):
    sure = Generator((word("ACGTACGTACGTACGTACGT"),), independent(), 40, ((1.0, A),), NOTHING)
    for n_positives in (1, 3, 7, 50):
        limit = population_limit(sure, n_positives=n_positives, n_negatives=29, n_drawn=n_drawn)
        for figure in (limit.auroc, limit.auprc, limit.accuracy):
            assert 0 <= figure.low <= figure.value <= figure.high <= 1


# Published figures, each to two decimals: in these, ties count together


def check(limit, auroc=None, auprc=None, accuracy=None):
    for figure, published in zip((limit.auroc, limit.auprc, limit.accuracy), (auroc, auprc, accuracy), strict=True):
        assert published is None or abs(figure.value - published) < 0.0075


def check_tied(generator, published):
    """Compare the AUPRC of the ratio on sequences with a published one; no tie there is broken."""
    sequences = drawn(generator, 20_000, 20_000, 0)
    ranks = np.unique(np.round(log_ratio(generator, sequences.codes), 9), return_inverse=True)[1]
    assert abs(auprc(sequences.labels, ranks) - published) < 0.0075


def balanced(generator, n_drawn=20_000):
    return population_limit(generator, n_positives=1, n_negatives=1, n_drawn=n_drawn)


@pytest.mark.parametrize(
    ("motif_prob", "published"), [(1.0, (0.957, 0.920)), (0.8, (0.865, 0.830)), (0.6, (0.773, 0.741))]
)
def test_published_single(motif_prob, published):
    check(balanced(single(motif_prob)), auroc=published[0])
    check_tied(single(motif_prob), published[1])


MULTI = ((0.5, Overwritten(Part(0), Part(1))), (0.25, A), (0.25, B))


def test_published_multi():
    """The published figures are those of a ratio that takes the two sites not to overlap.

    What is left of a word that the other was written over is evidence too, so the limit is higher.
    """
    motifs = word("ACGTG"), word("TGCAT")
    generator = Generator(motifs, independent(), 101, MULTI, NOTHING)
    apart = Generator(motifs, independent(), 101, ((0.5, Scattered((Part(0), Part(1)))), *MULTI[1:]), NOTHING)
    sequences = drawn(generator, 15_000, 15_000, 1)
    ranks = np.unique(log_ratio(apart, sequences.codes), return_inverse=True)[1]
    assert auroc(sequences.labels, ranks) == pytest.approx(0.955, abs=0.005)
    assert auprc(sequences.labels, ranks) == pytest.approx(0.925, abs=0.005)
    limit = balanced(generator)
    assert limit.auroc.value > 0.955
    assert limit.auprc.low > 0.935


def test_published_interaction():
    negative = [A, B, Spaced((Part(0), Part(1)), ((26, 91),)), Nothing()]
    positive = ((1.0, Spaced((Part(0), Part(1)), ((10, 25),))),)
    generator = Generator(
        (word("ACGTG"), word("TGCAT")), independent(), 101, positive, tuple((0.25, each) for each in negative)
    )
    check(balanced(generator), auroc=0.997)
    check_tied(generator, 0.994)


def test_published_promoter():
    motifs = [word(letters) for letters in ("TATAAA", "CAAT", "GGGCGG", "TTGACA", *(base * 7 for base in "ACGT"))]
    sites = [Scattered((Part(index),)) for index in range(8)]
    positive = tuple((0.25, site) for site in sites[:4])
    negative = ((0.7, Nothing()), *((0.075, site) for site in sites[4:]))
    generator = Generator(tuple(motifs), independent(), 200, positive, negative)
    check(balanced(generator), auroc=0.912, accuracy=0.841)
    check_tied(generator, 0.874)


def centred(shared_data):
    starts = tuple(float(start == 44) for start in range(89))
    return Generator((foxo1(shared_data),), independent(), 100, ((1.0, Placed(Part(0), starts)),), NOTHING)


def test_published_foxo1(shared_data):
    limit = balanced(centred(shared_data))
    check(limit, auroc=0.998, accuracy=0.979)
    check(limit.shift_invariant, auroc=0.923, accuracy=0.847)


# No score does better


def best_match(motif, codes, label_shift=0.0):
    """Return the highest log-odds score of each sequence, by plain look-ups."""
    odds = np.log(np.maximum(motif.probabilities, 1e-3)) - np.log(0.25)
    n_starts = codes.shape[1] - motif.width + 1
    return sum(odds[codes[:, j : j + n_starts], j] for j in range(motif.width)).max(axis=1) + label_shift


def random_matrix(seed, width):
    rng = np.random.default_rng(seed)
    return Motif(rng.dirichlet(np.full(4, 0.2), size=width).T.copy(), f"m{seed}")


TASKS = {
    "scattered": (((1.0, Scattered((Part(0, 0.3), Part(1)), distance=2)),), NOTHING),
    "spaced": (((1.0, Spaced((Part(0), Part(1)), ((2, 9),))),), ((1.0, Scattered((Part(0), Part(1)))),)),
    "overwritten": (((0.7, Overwritten(Part(0), Part(1))), (0.3, Nothing())), ((0.5, B), (0.5, Nothing()))),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", TASKS)
def test_no_other_score_beats_the_limit(name, seed):
    motifs = random_matrix(seed, 6), random_matrix(seed + 10, 8)
    generator = Generator(motifs, independent(0.4), 50, *TASKS[name], mutation=0.05)
    sequences = drawn(generator, 3000, 3000, seed)
    limit = limit_on(generator, sequences)
    scores = [best_match(motif, sequences.codes) for motif in motifs]
    half_right = Generator(motifs, independent(0.5), 50, *TASKS[name])  # a likelihood ratio of something else
    for score in (*scores, sum(scores), log_ratio(half_right, sequences.codes)):
        assert auroc(sequences.labels, np.clip(score, -700, 700)) < limit.auroc.value + 0.004
        assert auprc(sequences.labels, np.clip(score, -700, 700)) < limit.auprc.value + 0.006


@pytest.mark.parametrize("order", [1, 2])
def test_on_a_markov_background_the_markov_ratio_is_better_than_one_that_ignores_it(order):
    rng = np.random.default_rng(order)
    transitions = rng.dirichlet(np.full(4, 0.7), size=4**order)
    start = np.full(4**order, 1 / 4**order)
    motif = random_matrix(4, 7)
    positive = ((1.0, Scattered((Part(0, 0.5),))),)
    generator = Generator((motif,), Background(start, transitions), 60, positive, NOTHING)
    sequences = drawn(generator, 4000, 4000, 3)
    plain = log_ratio(Generator((motif,), independent(), 60, positive, NOTHING), sequences.codes)
    assert auroc(sequences.labels, plain) < limit_on(generator, sequences).auroc.low


# The sequences at hand


def test_the_limit_on_given_sequences_is_that_of_the_ratio():
    generator = Generator((random_matrix(1, 6),), independent(), 60, ((1.0, A),), NOTHING)
    sequences = drawn(generator, 300, 700, 5)
    limit = limit_on(generator, sequences)
    scores = log_ratio(generator, sequences.codes)
    assert limit.auroc.value == pytest.approx(auroc(sequences.labels, scores))
    assert limit.auprc.value == pytest.approx(auprc(sequences.labels, scores))
    posterior = 1 / (1 + np.exp(-scores) * 700 / 300)
    assert limit.accuracy.value == pytest.approx(accuracy(sequences.labels, posterior))
    assert limit.auroc.low < limit.auroc.value < limit.auroc.high
    assert (limit.n_positives, limit.n_negatives, limit.kind, limit.bound) == (300, 700, "these sequences", "exact")
    assert limit == limit_on(generator, sequences)


def test_infinite_ratios_come_first_and_last():
    generator = single(length=30)
    sequences = drawn(generator, 400, 400, 0)
    has_word = np.isfinite(log_ratio(generator, sequences.codes))
    limit = limit_on(generator, sequences)
    assert has_word[:400].all()
    missed = has_word[400:].mean()
    assert limit.accuracy.value == pytest.approx(1 - missed / 2)
    assert limit.auroc.value == pytest.approx(1 - missed / 2, abs=0.003)


def test_flipped_labels_at_hand():
    generator = single()
    clean = drawn(generator, 3000, 9000, 1)
    flipped = np.random.default_rng(2).random(12_000) < 0.2
    noisy = clean.with_labels(np.where(flipped, 1 - clean.labels, clean.labels))
    expected = population_limit(generator, n_positives=1, n_negatives=3, label_noise=0.2, n_drawn=20_000)
    found = limit_on(generator, noisy, label_noise=0.2)
    for name in ("auroc", "auprc", "accuracy"):
        assert getattr(found, name).low - 0.005 < getattr(expected, name).value < getattr(found, name).high + 0.005


def test_classes_that_differ_by_place_alone_are_alike_without_it():
    near, far = (tuple((start in middle) / len(middle) for start in range(36)) for middle in (range(14, 22), range(10)))
    generator = Generator(
        (word("ACGTG"),), independent(), 40, ((1.0, Placed(Part(0), near)),), ((1.0, Placed(Part(0), far)),)
    )
    sequences = drawn(generator, 300, 200, 4)
    population = population_limit(generator, n_positives=3, n_negatives=2, n_drawn=500)
    for limit in (limit_on(generator, sequences), population):
        assert limit.auroc.value > 0.95
        assert limit.shift_invariant.auroc.value == pytest.approx(0.5)
        assert limit.shift_invariant.auprc.value == pytest.approx(
            0.6, abs=0.006
        )  # few sequences in any order have more
        assert limit.shift_invariant.accuracy.value == pytest.approx(0.6)
        assert np.isnan(limit.shift_invariant.fraction(0.7))


def test_ratios_that_differ_by_rounding_alone_are_ties():
    """Both classes are the same mixture, told in different words."""
    negative = ((0.1, A), (0.2, A), (0.3, B), (0.4, Scattered((Part(1), Part(0)))))
    positive = ((0.4, Scattered((Part(0), Part(1)))), (0.3, A), (0.3, B))
    generator = Generator((random_matrix(0, 5), random_matrix(1, 4)), independent(), 30, positive, negative)
    sequences = drawn(generator, 200, 200, 0)
    assert log_ratio(generator, sequences.codes).any()
    for limit in (limit_on(generator, sequences), balanced(generator, 200)):
        assert limit.auroc.value == pytest.approx(0.5, abs=1e-9)


def test_close_sites_on_a_markov_background_give_a_lower_bound():
    transitions = np.random.default_rng(0).dirichlet(np.ones(4), size=4)
    background = Background(np.full(4, 0.25), transitions)
    generator = Generator((word("ACGTG"),), background, 40, ((1.0, Scattered((Part(0),) * 2)),), NOTHING)
    assert balanced(generator, 200).bound == "lower bound"
    assert limit_on(generator, drawn(generator, 50, 50, 0)).bound == "lower bound"


# Weighted figures and their errors


@pytest.mark.parametrize(("copies", "flips"), [((1, 1), (0, 1)), ((3, 1), (0, 1)), ((1, 2), (1, 4))])
def test_weights_count_as_copies_do(copies, flips):
    """A sample that stands for several is as several samples; labels flipped in one of four are written out."""
    rng = np.random.default_rng(3)
    positives, negatives = np.round(rng.normal(1, 1, 40), 1), np.round(rng.normal(0, 1, 40), 1)
    flipped, out_of = flips
    scores, labels = [], []
    for values, label, copy in ((positives, 1, copies[0]), (negatives, 0, copies[1])):
        for given, times in ((label, out_of - flipped), (1 - label, flipped)):
            scores.append(np.repeat(values, copy * times))
            labels.append(np.full(len(values) * copy * times, given))
    plain = np.concatenate(labels), np.concatenate(scores)
    many = [np.tile(each, 200) for each in plain]
    figures = weighted_figures(
        positives, negatives, share=copies[0] / sum(copies), label_noise=flipped / out_of, threshold=0.5
    )
    expected = auroc(*plain), auprc(*many, random_ties=True), accuracy(*plain)
    assert [figure.value for figure in figures] == pytest.approx(expected, abs=2e-4)


def test_intervals_hold_the_truth_as_often_as_they_say():
    share, noise, seeds = 0.3, 0.1, range(300)
    rng = np.random.default_rng(0)
    truth = weighted_figures(
        rng.normal(1, 1, 400_000), rng.normal(0, 1, 400_000), share=share, label_noise=noise, threshold=0.9
    )
    held = np.zeros(3)
    for _ in seeds:
        samples = rng.normal(1, 1, 300), rng.normal(0, 1, 500)
        found = weighted_figures(*samples, share=share, label_noise=noise, threshold=0.9)
        held += [one.low <= true.value <= one.high for one, true in zip(found, truth, strict=True)]
    assert (np.abs(held / len(seeds) - 0.95) < 0.04).all()


@pytest.mark.parametrize("levels", [2, 5, 40])
def test_intervals_of_tied_scores_hold_the_truth_as_often_as_they_say(levels):
    rng = np.random.default_rng(levels)

    def samples(n, m):
        return [np.round(rng.normal(mean, 1, size) * levels / 6) for mean, size in ((1, n), (0, m))]

    truth = weighted_figures(*samples(400_000, 400_000), share=0.2, label_noise=0.1, threshold=0)[1].value
    found = [weighted_figures(*samples(400, 300), share=0.2, label_noise=0.1, threshold=0)[1] for _ in range(300)]
    assert abs(np.mean([each.low <= truth <= each.high for each in found]) - 0.95) < 0.04


def test_the_error_of_auroc_is_delongs():
    rng = np.random.default_rng(4)
    positives, negatives = rng.integers(1, 5, 30).astype(float), rng.integers(0, 3, 50).astype(float)
    area, _, _ = weighted_figures(positives, negatives, share=0.7, label_noise=0.0, threshold=1.0)
    expected = auroc_interval(np.repeat([1, 0], [30, 50]), np.concatenate([positives, negatives]))
    assert (area.value, area.low, area.high) == pytest.approx((expected.value, expected.low, expected.high))


# What is refused, and what is handed on


def test_what_does_not_fit_is_refused():
    generator = single()
    sequences = drawn(generator, 5, 5, 0)
    with pytest.raises(InputError, match="0 or 1"):
        limit_on(generator, sequences.with_labels(np.arange(10)))
    with pytest.raises(InputError, match="both classes"):
        limit_on(generator, sequences.of_class(1))
    with pytest.raises(InputError, match=r"\(n, 101\)"):
        limit_on(generator, sequences.resize(90))
    with pytest.raises(ParameterError, match="label_noise"):
        limit_on(generator, sequences, label_noise=0.51)
    with pytest.raises(ParameterError, match="label_noise"):
        population_limit(generator, n_positives=1, n_negatives=1, label_noise=float("nan"))
    for n_positives, n_drawn in ((0, 100), (1, 1)):
        with pytest.raises(ParameterError, match="at least"):
            population_limit(generator, n_positives=n_positives, n_negatives=1, n_drawn=n_drawn)


def test_limits_are_repeatable_and_plain_data(shared_data):
    limit = balanced(centred(shared_data), 300)
    assert limit == balanced(centred(shared_data), 300)
    again = json.loads(json.dumps(limit.as_dict()))
    assert again["auroc"] == {"value": limit.auroc.value, "low": limit.auroc.low, "high": limit.auroc.high}
    assert again["shift_invariant"]["accuracy"]["value"] == limit.shift_invariant.accuracy.value
    assert again["shift_invariant"]["shift_invariant"] is None
    assert (again["kind"], again["bound"], again["n_positives"]) == ("population", "exact", 300)


def test_the_fraction_is_zero_at_chance_and_one_at_the_limit():
    half = Interval(0.9, 0.89, 0.91)
    limit = Limit(half, half, half, 1, 1, "population", "exact")
    assert limit.fraction(0.5) == 0
    assert limit.fraction(0.9) == 1
    assert limit.fraction(0.8) == pytest.approx(0.75)
