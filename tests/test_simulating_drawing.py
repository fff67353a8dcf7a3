"""Drawing from a generator: where sites lie, what they hold, and that nothing else is touched."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from motiflens.alphabet import decode, reverse_complement
from motiflens.errors import ParameterError
from motiflens.motifs import Motif
from motiflens.simulating.background import independent
from motiflens.simulating.drawing import draw
from motiflens.simulating.generators import Generator, Nothing, Overwritten, Part, Placed, Scattered, Spaced
from motiflens.simulating.given_motifs import word_motif
from motiflens.simulating.mixtures import reverse_complement_of

LEAST_P = 1e-4
WORDS = ("AC", "GTA", "TTCG")
MOTIFS = tuple(word_motif(word) for word in WORDS)
SEEDS = range(3)


def generator(layout, length, motifs=MOTIFS, mutation=0.0, gc=0.5):
    return Generator(motifs, independent(gc), length, ((1.0, layout),), ((1.0, Nothing()),), mutation)


def drawn_starts(layout, length, n, seed):
    _, planted = draw(generator(layout, length), n, 3, np.random.default_rng(seed))
    return planted.start[:n]


def check_frequencies(starts, expected):
    """Compare how often each tuple of starts was drawn with its probability."""
    keys = {key: index for index, key in enumerate(expected)}
    counts = np.bincount([keys[tuple(row)] for row in starts.tolist()], minlength=len(keys))
    assert chisquare(counts, len(starts) * np.array(list(expected.values()))).pvalue > LEAST_P


def apart(starts, widths, distance):
    """Tell, pair by pair, whether no two sites come closer than ``distance``."""
    spans = sorted((start, start + width) for start, width in zip(starts, widths, strict=True))
    return all(b - a_end >= distance for (_, a_end), (b, _) in pairwise(spans))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("which", "distance", "length"), [
    ([0], 0, 9), ([1, 0], 0, 8), ([0, 2], 2, 11), ([0, 0], 1, 9), ([2, 0, 1], 0, 12),
    ([0, 1, 0], 1, 11), ([1, 2], 0, 7),
])  # fmt: skip
def test_every_arrangement_without_overlap_is_equally_likely(which, distance, length, seed):
    widths = [MOTIFS[m].width for m in which]
    every = product(*(range(length - width + 1) for width in widths))
    possible = [starts for starts in every if apart(starts, widths, distance)]
    layout = Scattered(tuple(Part(m) for m in which), distance)
    starts = drawn_starts(layout, length, 60 * len(possible), seed)
    check_frequencies(starts, dict.fromkeys(possible, 1 / len(possible)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("which", "gaps", "length"), [
    ([0, 1], ((0, 3),), 12), ([2, 0], ((2, 2),), 10), ([0, 1, 0], ((1, 2), (0, 1)), 13), ([0, 1], ((0, 4),), 9),
])  # fmt: skip
def test_gaps_are_uniform_and_then_the_start(which, gaps, length, seed):
    widths = [MOTIFS[m].width for m in which]
    expected = {}
    ranges = [range(fewest, most + 1) for fewest, most in gaps]
    for chosen in product(*ranges):
        n_starts = length - sum(widths) - sum(chosen) + 1
        for start in range(n_starts):
            starts, at = [start], start
            for gap, width in zip(chosen, widths, strict=False):
                at += width + gap
                starts.append(at)
            expected[tuple(starts)] = 1 / n_starts / np.prod([len(each) for each in ranges])
    starts = drawn_starts(Spaced(tuple(Part(m) for m in which), gaps), length, 60 * len(expected), seed)
    check_frequencies(starts, expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_placed_sites_start_where_they_are_told(seed):
    shares = (0.0, 0.3, 0.0, 0.5, 0.2, 0.0)
    starts = drawn_starts(Placed(Part(2), shares), 9, 5000, seed)
    assert set(starts.ravel().tolist()) == {1, 3, 4}
    check_frequencies(starts, {(start,): share for start, share in enumerate(shares) if share})


@pytest.mark.parametrize("seed", SEEDS)
def test_overwritten_sites_start_independently_and_the_second_is_whole(seed):
    length, n = 8, 6000
    codes, planted = draw(generator(Overwritten(Part(2), Part(1)), length), n, 0, np.random.default_rng(seed))
    pairs = dict.fromkeys(product(range(5), range(6)), 1 / 30)
    check_frequencies(planted.start, pairs)
    second = codes[np.arange(n)[:, None], planted.start[:, 1:] + np.arange(3)]
    assert (second == MOTIFS[1].probabilities.argmax(axis=0)).all()
    covered = planted.start[:, 1:] <= planted.start[:, :1] + np.arange(4)
    covered &= planted.start[:, :1] + np.arange(4) < planted.start[:, 1:] + 3
    first = codes[np.arange(n)[:, None], planted.start[:, :1] + np.arange(4)]
    assert (first == MOTIFS[2].probabilities.argmax(axis=0))[~covered].all()
    assert covered.any()


PROFILE = Motif(
    np.array([[0.7, 0.0, 0.25, 0.1], [0.1, 1.0, 0.25, 0.2], [0.1, 0.0, 0.25, 0.3], [0.1, 0, 0.25, 0.4]]), "p"
)


@pytest.mark.parametrize(("mutation", "reverse", "seed"), [
    (0.0, 0.0, 0), (0.0, 1.0, 1), (0.3, 0.0, 2), (0.3, 1.0, 3), (1.0, 0.0, 4), (0.15, 0.5, 5), (0.0, 0.2, 6),
])  # fmt: skip
def test_sites_are_sampled_mutated_and_turned_over(mutation, reverse, seed):
    n, length = 20_011, 11
    task = generator(Scattered((Part(0, reverse),)), length, (PROFILE,), mutation)
    codes, planted = draw(task, n, 0, np.random.default_rng(seed))
    turned = planted.reverse[:, 0]
    assert abs(turned.mean() - reverse) <= 4 * np.sqrt(reverse * (1 - reverse) / n)
    sites = codes[np.arange(n)[:, None], planted.start + np.arange(4)]
    sites[turned] = reverse_complement(sites[turned])
    expected = (1 - mutation) * PROFILE.probabilities + mutation / 3 * (1 - PROFILE.probabilities)
    for column in range(4):
        counts = np.bincount(sites[:, column], minlength=4)
        possible = expected[:, column] > 0
        assert not counts[~possible].any()
        if possible.sum() > 1:
            assert chisquare(counts[possible], n * expected[possible, column]).pvalue > LEAST_P


@pytest.mark.parametrize("seed", SEEDS)
def test_mutations_strike_each_base_alone(seed):
    n, mutation, motif = 30_011, 0.25, word_motif("ACGTT")
    codes, planted = draw(generator(Scattered((Part(0),)), 9, (motif,), mutation), n, 0, np.random.default_rng(seed))
    sites = codes[np.arange(n)[:, None], planted.start + np.arange(5)]
    n_mutated = (sites != motif.probabilities.argmax(axis=0)).sum(axis=1)
    expected = [1, 5, 10, 10, 5, 1] * mutation ** np.arange(6) * (1 - mutation) ** np.arange(5, -1, -1)
    assert chisquare(np.bincount(n_mutated, minlength=6), n * expected).pvalue > LEAST_P


@pytest.mark.parametrize("seed", SEEDS)
def test_outside_the_sites_there_is_background(seed):
    n, length, gc = 5003, 29, 0.7
    layout = Scattered((Part(0), Part(1, 0.5), Part(2)), 1)
    codes, planted = draw(generator(layout, length, gc=gc), n, n, np.random.default_rng(seed))
    outside = np.ones(codes.shape, bool)
    for column in range(3):
        for offset in range(MOTIFS[column].width):
            outside[np.arange(n), planted.start[:n, column] + offset] = False
    for part in (codes[:n][outside[:n]], codes[n:]):
        counts = np.bincount(part.ravel(), minlength=4)
        assert chisquare(counts, part.size * np.array([0.15, 0.35, 0.35, 0.15])).pvalue > LEAST_P
    assert not planted.there[n:].any()


@pytest.mark.parametrize("seed", SEEDS)
def test_layouts_come_in_their_shares_and_classes_in_order(seed):
    positive = ((0.2, Nothing()), (0.5, Scattered((Part(0),))), (0.3, Spaced((Part(1), Part(2)), ((0, 2),))))
    task = Generator(MOTIFS, independent(), 15, positive, ((1.0, Placed(Part(1), (1.0,) + (0.0,) * 12)),))
    _, planted = draw(task, 4001, 1999, np.random.default_rng(seed))
    first, second = planted.motif[:4001], planted.motif[4001:]
    kinds = [(first == pair).all(axis=1).sum() for pair in ([-1, -1], [0, -1], [1, 2])]
    assert sum(kinds) == 4001
    assert chisquare(kinds, 4001 * np.array([0.2, 0.5, 0.3])).pvalue > LEAST_P
    assert (second == [1, -1]).all()
    assert not planted.start[4001:].any()


def test_many_sequences_are_drawn_in_pieces_that_do_not_show():
    word = word_motif("ACGTACGT")
    codes, planted = draw(generator(Scattered((Part(0),)), 500, (word,)), 20_001, 7, np.random.default_rng(0))
    sites = codes[np.arange(20_001)[:, None], planted.start[:20_001] + np.arange(8)]
    assert (sites == word.probabilities.argmax(axis=0)).all()
    assert len(np.unique(codes[:, :30], axis=0)) > 20_000
    assert len(planted) == 20_008


def test_a_grammar_turned_over_is_the_grammar_on_the_other_strand():
    layout = Spaced((Part(0), Part(1), Part(2)), ((1, 1), (3, 3)))
    turned = reverse_complement_of(layout)
    assert reverse_complement_of(turned) == layout
    codes, _ = draw(generator(turned, 13), 5, 0, np.random.default_rng(0))
    for letters in reverse_complement(codes):
        assert (decode(letters[:2]), decode(letters[3:6]), decode(letters[9:])) == WORDS


@given(st.integers(0, 2), st.integers(0, 2), st.integers(0))
def test_a_layout_that_just_fits_has_one_place(n_positives, n_negatives, seed):
    layout = Spaced((Part(0), Part(1)), ((2, 2),))
    codes, planted = draw(generator(layout, 7), n_positives, n_negatives, np.random.default_rng(seed))
    assert codes.shape == (n_positives + n_negatives, 7)
    assert len(planted) == len(codes)
    assert planted.start[:n_positives].tolist() == [[0, 4]] * n_positives
    orders = Scattered((Part(0), Part(1)))
    if n_positives:
        _, planted = draw(generator(orders, 5), n_positives, 0, np.random.default_rng(seed))
        assert {tuple(row) for row in planted.start.tolist()} <= {(0, 2), (3, 0)}


@pytest.mark.parametrize("layout", [
    Scattered((Part(0), Part(1)), 4), Spaced((Part(0), Part(1)), ((0, 4),)), Scattered((Part(2), Part(2), Part(0))),
    Placed(Part(0), (0.5, 0.5)), Placed(Part(0), (1.5, -0.5) + (0.0,) * 5), Scattered((Part(0, 1.5),)),
    Scattered((Part(3),)), Scattered((Part(-1),)), Scattered(()), Scattered((Part(0), Part(1)), -1),
    Spaced((Part(0), Part(1)), ()), Spaced((Part(0),), ((0, 1),)), Spaced((Part(0), Part(1)), ((2, 1),)),
    Spaced((Part(0), Part(1)), ((-1, 1),)), Spaced((), ()),
])  # fmt: skip
def test_what_does_not_fit_is_refused(layout):
    with pytest.raises(ParameterError):
        generator(layout, 8)


def test_arrangements_are_counted_right():
    """Guard the reference of this file: 2 and 3 bases in 8 have two orders of ten starts each."""
    every = [pair for pair in product(range(7), range(6)) if apart(pair, (2, 3), 0)]
    assert len(every) == 20
