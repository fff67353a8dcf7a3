"""Matrix arithmetic against hand-computed cases and brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import encode
from motiflens.extraction.matrices import Scanner, information, likeness, pile, trimmed

UNIFORM = np.full(4, 0.25)


def columns(*informative: float) -> np.ndarray:
    """A (4, n) matrix whose first base has these probabilities."""
    first = np.array(informative)
    return np.stack([first, *([(1 - first) / 3] * 3)])


def test_a_pile_of_sites_is_their_weighted_mean_with_a_pseudocount():
    letters = np.stack([encode("ACG"), encode("ACT"), encode("NCT")])
    matrix = pile(letters, np.array([1.0, 2.0, 4.0]), np.array([0.1, 0.2, 0.3, 0.4]))
    np.testing.assert_allclose(matrix[:, 0], np.array([3 + 0.1, 0.2, 0.3, 0.4]) / 4)
    np.testing.assert_allclose(matrix[:, 2], np.array([0.1, 0.2, 1 + 0.3, 6 + 0.4]) / 8)


def test_information_of_known_columns():
    base = np.array([0.4, 0.1, 0.1, 0.4])
    matrix = np.stack([base, np.array([0.5, 0.5, 0, 0]) + np.array([-1, -1, 1, 1]) * 1e-12], axis=1)
    np.testing.assert_allclose(information(matrix, base), [0, 0.5 * np.log2(0.5 / 0.4) + 0.5 * np.log2(5)], atol=1e-6)


def test_trimming_keeps_a_gap_between_strong_halves_and_drops_a_lone_weak_end():
    strong, nothing, weak = [0.97], [0.25], [0.55]
    matrix = columns(*(weak + nothing * 4 + strong * 4 + nothing * 3 + strong * 3 + nothing * 2))
    kept = trimmed(matrix, UNIFORM)
    assert kept is not None
    np.testing.assert_array_equal(kept, matrix[:, 5:15])


def test_nothing_informative_is_no_motif():
    assert trimmed(columns(*[0.3] * 12), UNIFORM) is None
    assert trimmed(columns(0.25, 0.97, 0.97, 0.25), UNIFORM) is None


@given(st.lists(st.floats(0.1, 0.97), min_size=1, max_size=14))
def test_no_other_stretch_is_worth_more(first):
    matrix = columns(*first)
    worth = information(matrix, UNIFORM) - 0.3
    best = max(worth[i:j].sum() for i in range(len(first)) for j in range(i + 1, len(first) + 1))
    kept = trimmed(matrix, UNIFORM)
    if kept is None:
        assert best <= 3 * 1.8
    else:
        assert (information(kept, UNIFORM) - 0.3).sum() == pytest.approx(best, abs=1e-9)


def brute_likeness(a, b):
    best = -1.0
    for turned in (b, b[::-1, ::-1]):
        for shift in range(-turned.shape[1] + 1, a.shape[1]):
            total = sum(
                ((a[:, i] - 0.25) * (turned[:, i - shift] - 0.25)).sum()
                for i in range(a.shape[1])
                if 0 <= i - shift < turned.shape[1]
            )
            best = max(best, total / np.sqrt(((a - 0.25) ** 2).sum() * ((b - 0.25) ** 2).sum()))
    return best


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 1000))
def test_likeness_is_the_best_cosine_over_shifts_and_strands(m, n, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.dirichlet(np.ones(4), m).T, rng.dirichlet(np.ones(4), n).T
    assert likeness(a, b, UNIFORM) == pytest.approx(brute_likeness(a, b), abs=1e-9)
    assert likeness(a, a[::-1, ::-1], UNIFORM) == pytest.approx(1)


def test_half_of_a_motif_is_not_the_motif():
    whole = columns(*[0.97] * 12)
    assert likeness(whole, whole[:, :6], UNIFORM) == pytest.approx(np.sqrt(0.5))


def test_the_scanner_scores_in_bits_against_its_base_frequencies():
    scanner = Scanner(np.array([0.4, 0.1, 0.1, 0.4]), both_strands=False)
    matrix = columns(0.8, 0.2, 0.2, 0.2)
    expected = np.log2(0.8 / 0.4) + 3 * np.log2((0.8 / 3) / 0.1)
    best = scanner.best(encode("TACGCT")[None], [matrix])
    assert best.scores[0, 0] == pytest.approx(expected, abs=1e-5)
    assert best.start[0, 0] == 1
