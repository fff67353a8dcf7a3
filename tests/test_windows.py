"""The best window of every matrix, against a scan of every window in plain numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motiflens.alphabet import reverse_complement
from motiflens.windows import best_windows

UNKNOWN = 4


def brute_best(codes, kernel, shift, bins, both):
    """Return best score and window of one sequence and one matrix ``(k, 4 or 5)``, the first on a tie."""
    width = len(kernel)
    known = kernel if kernel.shape[1] == 5 else np.concatenate([kernel, np.zeros((width, 1))], axis=1)
    found = []
    for strand in range(2 if both else 1):
        for start in range(len(codes) - width + 1):
            window = codes[start : start + width]
            read = reverse_complement(window) if strand else window
            found.append((known[np.arange(width), read].sum() + shift[bins[start]], 2 * start + strand))
    return max(found, key=lambda pair: pair[0])


def scan(codes, kernel, shift, bins, both, rows=None):
    n = len(codes) if rows is None else len(rows)
    pooled, window = np.empty((n, kernel.shape[2]), np.float32), np.empty((n, kernel.shape[2]), np.int32)
    best_windows(codes, kernel.astype(np.float32), shift.astype(np.float32), bins, both, pooled, window, rows)
    return pooled, window


def check(codes, kernel, shift, bins, both, rows=None):
    """Compare with the plain scan, exactly: whole numbers have no rounding."""
    pooled, window = scan(codes, kernel, shift, bins, both, rows)
    for r, row in enumerate(range(len(codes)) if rows is None else rows):
        for f in range(kernel.shape[2]):
            expected = brute_best(codes[row], kernel[:, :, f], shift[:, f], bins, both)
            assert (pooled[r, f], window[r, f]) == expected, (r, f)


def problem(rng, *, width, n_filters, n_letters, n_bins, n, length, unknown=0.1):
    codes = rng.choice(5, size=(n, length), p=[*[(1 - unknown) / 4] * 4, unknown]).astype(np.uint8)
    kernel = rng.integers(-9, 10, (width, n_letters, n_filters)).astype(float)
    shift = rng.integers(-3, 4, (n_bins, n_filters)).astype(float)
    return codes, kernel, shift, np.sort(rng.integers(0, n_bins, length))


@pytest.mark.parametrize("width", range(1, 24))
def test_every_width_agrees_with_the_plain_scan(width):
    rng = np.random.default_rng(width)
    sizes = {"n_filters": 1 + width % 7, "n_letters": 4 + width % 2, "n_bins": 1 + width % 4}
    arguments = problem(rng, width=width, n=5, length=width + 1 + 2 * (width % 9), **sizes)
    check(*arguments, both=True)
    check(*arguments, both=False)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 14), st.integers(1, 7), st.sampled_from([4, 5]), st.integers(1, 3), st.integers(0, 12),
    st.sampled_from([0.0, 0.3, 1.0]), st.booleans(), st.integers(0, 10**6),
)  # fmt: skip
def test_random_shapes_agree_with_the_plain_scan(width, n_filters, n_letters, n_bins, extra, unknown, both, seed):
    rng = np.random.default_rng(seed)
    sizes = {"width": width, "n_filters": n_filters, "n_letters": n_letters, "n_bins": n_bins}
    check(*problem(rng, n=3, length=width + extra, unknown=unknown, **sizes), both)


def test_chosen_rows_come_in_their_order():
    rng = np.random.default_rng(1)
    arguments = problem(rng, width=6, n_filters=3, n_letters=4, n_bins=2, n=11, length=25)
    check(*arguments, both=True, rows=np.array([7, 0, 7, 10]))


def test_a_sequence_and_its_reverse_complement_have_one_score_on_the_other_strand():
    rng = np.random.default_rng(2)
    codes, kernel, _, bins = problem(rng, width=8, n_filters=5, n_letters=4, n_bins=1, n=9, length=31, unknown=0)
    kernel, flat = rng.normal(size=kernel.shape), np.zeros((1, 5))
    forward, window = scan(codes, kernel, flat, bins, both=True)
    back, turned = scan(reverse_complement(codes), kernel, flat, bins, both=True)
    np.testing.assert_allclose(forward, back, rtol=1e-5)
    np.testing.assert_array_equal(turned >> 1, 31 - 8 - (window >> 1))
    np.testing.assert_array_equal(turned & 1, 1 - (window & 1))


def test_real_scores_are_sums_over_the_window():
    rng = np.random.default_rng(3)
    codes, kernel, shift, bins = problem(rng, width=20, n_filters=6, n_letters=4, n_bins=3, n=7, length=58)
    kernel = rng.normal(size=kernel.shape)
    pooled, _ = scan(codes, kernel, shift, bins, both=True)
    expected = [[brute_best(row, kernel[:, :, f], shift[:, f], bins, True)[0] for f in range(6)] for row in codes]
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)
