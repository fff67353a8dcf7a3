"""Planting: what is written where, and what a network that is known does with it."""

from dataclasses import replace

import numpy as np
import pytest
from planted import exact_motif
from scipy.special import expit
from scipy.stats import binom, t

from motiflens.alphabet import decode, encode, reverse_complement
from motiflens.extraction.sufficiency import Neutral, neutral, sufficiency
from motiflens.kmers import kmer_indices
from motiflens.sequences import from_codes
from motiflens.simulating.planting import random_sequences

WORD = "GATTACCA"
MATRIX = exact_motif(WORD).probabilities
CERTAIN = np.where(MATRIX > 0.5, 1.0, 0.0)


def likes(word, *, gain=2.0, rest=-1.0):
    """Return a network whose log-odds rise by a gain for sequences that hold a word on either strand."""
    words = (word, decode(reverse_complement(encode(word))))

    def predict(sequences):
        held = [any(each in text for each in words) for text in sequences.strings()]
        return expit(rest + gain * np.array(held, dtype=float))

    return predict


def background(n=60, length=50, *, predict=None, seed=0):
    return neutral(random_sequences(n, length, random_state=seed), predict or likes(WORD), random_state=seed, n=n)


def test_the_background_is_shuffled_negatives_as_many_as_are_wanted():
    negatives = random_sequences(9, 40, random_state=2)
    seen = neutral(negatives, likes(WORD), random_state=0, n=25)
    assert len(seen.sequences) == len(seen.log_odds) == 25

    def pairs(codes):
        return {tuple(np.bincount(row, minlength=16)) for row in kmer_indices(codes, 2)}

    assert pairs(seen.sequences.codes) == pairs(negatives.codes)
    assert len(set(seen.sequences.strings())) == 25
    few = neutral(negatives, likes(WORD), random_state=0, n=4)
    assert pairs(few.sequences.codes) < pairs(negatives.codes)
    assert len(few.sequences) == 4


def test_a_word_that_the_network_likes_raises_its_output_by_what_it_is_worth():
    predict = likes(WORD, gain=2.0)
    found = sufficiency(CERTAIN, background(200), predict, both_strands=True, random_state=1)
    assert found.n == 200
    assert found.change.value == pytest.approx(2.0, abs=0.05)  # the word stands in a few already
    assert abs(found.control.value) < 0.05
    assert found.beyond.value == pytest.approx(found.change.value - found.control.value)
    assert found.beyond.low > 1.9
    against = sufficiency(CERTAIN, background(200), likes(WORD, gain=-2.0), both_strands=True, random_state=1)
    assert against.change.high < -1.9
    other = sufficiency(
        exact_motif("CCGTGGAC").probabilities, background(200), predict, both_strands=True, random_state=1
    )
    assert abs(other.change.value) < 0.05


def test_composition_alone_gives_its_control_the_same():
    def likes_gc(sequences):
        return expit(((sequences.codes == 1) | (sequences.codes == 2)).sum(axis=1) / 4 - 3)

    seen = background(100, predict=likes_gc)
    rich = sufficiency(exact_motif("GGCGCC").probabilities, seen, likes_gc, both_strands=True, random_state=0)
    assert rich.change.low > 0.3
    assert (rich.beyond.value, rich.beyond.low, rich.beyond.high) == pytest.approx((0, 0, 0), abs=1e-9)


def test_intervals_are_those_of_student_and_cover_the_mean():
    rng = np.random.default_rng(0)
    lengths_of_effect = rng.normal(0.3, 1.0, 4000)
    inside = 0
    for start in range(0, 4000, 40):
        effects = lengths_of_effect[start : start + 40]
        state = {"calls": 0}

        def predict(sequences, effects=effects, state=state):
            state["calls"] += 1
            return expit(np.concatenate([effects, np.zeros(40)]))

        seen = Neutral(random_sequences(40, 30, random_state=start), np.zeros(40))
        found = sufficiency(MATRIX, seen, predict, both_strands=True, random_state=0)
        low, high = t.interval(0.95, 39, effects.mean(), effects.std(ddof=1) / np.sqrt(40))
        assert (found.change.low, found.change.high) == pytest.approx((low, high))
        assert found.control.low == found.control.high == 0
        assert state["calls"] == 1
        inside += low <= 0.3 <= high
    assert inside >= binom.ppf(1e-4, 100, 0.95)


@pytest.mark.parametrize("both_strands", [True, False])
def test_sites_lie_inside_their_sequences_on_the_strands_that_are_read(both_strands):
    rng = np.random.default_rng(5)
    negatives = from_codes([rng.integers(0, 4, length).astype(np.uint8) for length in rng.integers(8, 60, 300)])
    seen = Neutral(negatives, np.zeros(300))
    given = []

    def predict(sequences):
        given.append(sequences)
        return np.full(len(sequences), 0.5)

    sufficiency(CERTAIN, seen, predict, both_strands=both_strands, random_state=3)
    written, control = given[0][:300], given[0][300:]
    np.testing.assert_array_equal(written.codes == 4, negatives.codes == 4)
    forward = np.array([WORD in text for text in written.strings()])
    backward = np.array([decode(reverse_complement(encode(WORD))) in text for text in written.strings()])
    assert (forward | backward).all()
    assert backward.sum() > 90 if both_strands else forward.all()
    changed = written.codes != negatives.codes
    first, last = changed.argmax(axis=1), changed.shape[1] - changed[:, ::-1].argmax(axis=1)
    assert (last - first <= 8).all()
    np.testing.assert_array_equal(  # the same letters at the same place
        *(np.array([np.bincount(row, minlength=5) for row in each.codes]) for each in (written, control))
    )
    offsets = (first - negatives.spans[:, 0])[negatives.lengths > 50]
    assert offsets.min() < 10
    assert offsets.max() > 35


def test_the_sites_that_are_planted_have_the_letters_of_the_matrix():
    matrix = np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.5, 0.5, 0.0], [0.25, 0.25, 0.25, 0.25]]).T
    seen = Neutral(from_codes([np.zeros(3, np.uint8)] * 3000), np.zeros(3000))
    given = []
    sufficiency(matrix, seen, lambda s: given.append(s) or np.full(len(s), 0.5), both_strands=False, random_state=0)
    shares = np.stack([(given[0].codes[:3000] == code).mean(axis=0) for code in range(4)])
    np.testing.assert_allclose(shares, matrix, atol=4 * np.sqrt(0.25 / 3000))


def test_the_seed_decides_and_nothing_else():
    seen = background(50)
    one, again, other = (
        sufficiency(MATRIX, seen, likes(WORD), both_strands=True, random_state=seed) for seed in (4, 4, 5)
    )
    assert one == again
    assert one != other


def test_a_network_that_is_sure_gives_finite_figures_and_few_long_sequences_none():
    def sure(sequences):
        return np.array([WORD in text for text in sequences.strings()], dtype=float)

    found = sufficiency(CERTAIN, background(50, predict=sure), sure, both_strands=False, random_state=0)
    assert 0 < found.change.value < 30
    short = background(40, length=7)
    assert sufficiency(MATRIX, short, likes(WORD), both_strands=True, random_state=0).n == 0
    mixed = replace(short, sequences=from_codes([np.zeros(7 + 13 * (i < 25), np.uint8) for i in range(40)]))
    found = sufficiency(MATRIX, mixed, lambda s: np.full(len(s), 0.5), both_strands=True, random_state=0)
    assert found.n == 25
