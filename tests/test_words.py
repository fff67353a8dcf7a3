"""Words counted and priced, against plain Python."""

import itertools
import math

import numpy as np
import pytest

from motiflens.extraction.words import PATTERNS, Pattern, Word, enriched_words
from motiflens.threads import Team


def turned(letters):
    return tuple(3 - letter for letter in reversed(letters))


def held(sequence, word):
    """Tell whether a sequence holds a word on a strand that counts."""
    wanted = {word.letters, turned(word.letters)} if word.both_strands else {word.letters}
    starts = range(len(sequence) - word.pattern.width + 1)
    return any(tuple(int(sequence[s + p]) for p in word.pattern.places) in wanted for s in starts)


@pytest.mark.parametrize("both", [False, True])
def test_the_most_enriched_words_are_those_of_a_plain_count(both):
    rng = np.random.default_rng(2)
    codes = rng.choice(5, (60, 25), p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8)
    positive = np.arange(60) < 25
    for row in np.flatnonzero(positive)[::2]:
        codes[row, 5:12] = [0, 2, 1, 3, 3, 0, 2]
    residuals = positive - positive.mean()
    variances = np.full(60, positive.mean() * (1 - positive.mean()))
    found = enriched_words(codes, residuals, variances, most=30, both_strands=both, team=Team(1))
    assert len(found) == 30

    def worth(word):
        rows = np.array([held(sequence, word) for sequence in codes])
        z = residuals[rows].sum() / math.sqrt(max(variances[rows].sum(), 1.0))
        return z**2 / 2 - math.log(word.price)

    values = [worth(word) for word in found]
    assert values == sorted(values, reverse=True)
    sixes = [Word(PATTERNS[0], letters, both) for letters in itertools.product(range(4), repeat=6)]
    best = max(sixes[::7] + [word for word in found if word.pattern == PATTERNS[0]], key=worth)
    assert worth(found[0]) >= worth(best)
    planted = [0, 2, 1, 3, 3, 0, 2]
    assert any(set(word.letters) and _is_part(word, planted) for word in found[:3])


def _is_part(word, planted):
    for letters in (word.letters, turned(word.letters)):
        for start in range(len(planted) - word.pattern.width + 1):
            if tuple(planted[start + place] for place in word.pattern.places) == letters:
                return True
    return False


def test_a_word_counts_once_a_sequence():
    """Three positives hold one word once, one holds another four times."""
    rng = np.random.default_rng(9)
    codes = rng.integers(0, 4, (40, 60)).astype(np.uint8)
    once, often = [0, 2, 1, 3, 1, 0], [1, 1, 0, 2, 3, 1]
    codes[:3, 10:16] = once
    codes[3, [*range(24)]] = often * 4
    positive = np.arange(40) < 20
    found = enriched_words(codes, positive - 0.5, np.full(40, 0.25), most=4000, both_strands=False, team=Team(1))
    sixes = [word.letters for word in found if word.pattern == PATTERNS[0]]
    assert sixes.index(tuple(once)) < sixes.index(tuple(often))


@pytest.mark.parametrize("both", [False, True])
def test_the_prices_of_all_words_leave_one_chance_to_share(both):
    share = 0.0
    for pattern in PATTERNS:
        price = Word(pattern, (0,) * pattern.n_letters, both).price
        k = pattern.n_letters
        n_words = 4**k if not both else len({min(w, turned(w)) for w in itertools.product(range(4), repeat=k)})
        share += n_words / price
    assert share == pytest.approx(1)


def test_the_matrix_of_a_word_has_its_letters_and_the_background_in_the_gap():
    base = np.array([0.4, 0.1, 0.2, 0.3])
    matrix = Word(Pattern((2, 1), 2, 1), (2, 0, 3)).matrix(base)
    np.testing.assert_allclose(matrix.sum(axis=0), 1)
    assert matrix.argmax(axis=0)[[0, 1, 4]].tolist() == [2, 0, 3]
    np.testing.assert_allclose(matrix[:, 2], base)
    np.testing.assert_allclose(matrix[:, [0, 1, 4]].max(axis=0), 0.9)


def test_fewer_words_than_asked_for_are_no_error():
    codes = np.zeros((8, 9), np.uint8)
    positive = np.arange(8) < 4
    assert enriched_words(codes, positive - 0.5, np.full(8, 0.25), most=5, both_strands=True, team=Team(1)) == []


def test_threads_do_not_matter():
    rng = np.random.default_rng(21)
    codes, positive = rng.integers(0, 4, (90, 30)).astype(np.uint8), np.arange(90) < 40
    residuals, variances = positive - positive.mean(), np.full(90, 0.24)
    one, three = (enriched_words(codes, residuals, variances, most=50, both_strands=True, team=Team(n)) for n in (1, 3))
    assert len(one) == 50
    assert one == three
