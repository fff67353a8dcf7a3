"""The best windows of matrices, and those above a cut-off, against a scan of every window in plain numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motiflens.alphabet import reverse_complement
from motiflens.windows import best_windows, look_up_room, windows_above

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
    edges = np.searchsorted(bins[: codes.shape[1] - len(kernel) + 1], np.arange(max(len(shift), 1) + 1))
    kernel, shift = kernel.astype(np.float32), shift.astype(np.float32)
    best_windows(codes, kernel, shift, edges, pooled, window, both=both, rows=rows)
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
    sizes = {"n_filters": 1 + 5 * (width % 14), "n_letters": 4 + width % 2, "n_bins": 1 + width % 4}
    arguments = problem(rng, width=width, n=5, length=width + 1 + 2 * (width % 9), **sizes)
    check(*arguments, both=True)
    check(*arguments, both=False)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 31), st.sampled_from([1, 3, 7, 16, 17, 33]), st.sampled_from([4, 5]), st.integers(1, 3),
    st.integers(0, 12), st.sampled_from([0.0, 0.3, 1.0]), st.booleans(), st.integers(0, 10**6),
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


def test_without_bins_nothing_is_added():
    rng = np.random.default_rng(4)
    codes, kernel, _, bins = problem(rng, width=7, n_filters=5, n_letters=4, n_bins=1, n=6, length=23)
    none, zeros = (scan(codes, kernel, np.zeros((n_bins, 5)), bins, both=True) for n_bins in (0, 1))
    np.testing.assert_array_equal(none, zeros)


def test_room_that_is_used_again_changes_nothing():
    rng = np.random.default_rng(5)
    room = look_up_room(9, 20, both=True)
    assert room.ctypes.data % 64 == 0
    for n in (4, 3):
        codes, kernel, shift, _ = problem(rng, width=9, n_filters=20, n_letters=4, n_bins=1, n=n, length=30)
        results = [(np.empty((n, 20), np.float32), np.empty((n, 20), np.int32)) for _ in range(2)]
        for result, table in zip(results, (room, None), strict=True):
            weights = kernel.astype(np.float32), shift.astype(np.float32)
            best_windows(codes, *weights, np.array([0, 22]), *result, both=True, table=table)
        np.testing.assert_array_equal(results[0], results[1])


def brute_above(code, kernel, cut_offs):
    """Return (start, matrix, score) of every window at or above a cut-off, letters beyond the end unknown."""
    padded = np.concatenate([code, np.full(len(kernel), UNKNOWN)])
    scores = np.array(
        [kernel[np.arange(len(kernel)), padded[p : p + len(kernel)]].sum(axis=0) for p in range(len(code))]
    )
    return [(p, f, scores[p, f]) for p, f in zip(*np.nonzero(scores >= cut_offs), strict=True)]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 31), st.sampled_from([1, 5, 16, 17, 40]), st.sampled_from([1, 2, 30, 77]),
    st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 10**6),
)  # fmt: skip
def test_windows_above_a_cut_off_are_those_of_the_plain_scan(width, n_matrices, length, unknown, seed):
    rng = np.random.default_rng(seed)
    sizes = {"width": width, "n_filters": n_matrices, "n_letters": 5, "n_bins": 1}
    (code,), kernel, *_ = problem(rng, n=1, length=length, unknown=unknown, **sizes)
    cut_offs = rng.integers(-20, 25, n_matrices)
    matrix, start, score = windows_above(code, kernel.astype(np.float32), cut_offs.astype(np.float32))
    assert list(zip(start.tolist(), matrix.tolist(), score.tolist(), strict=True)) == brute_above(
        code, kernel, cut_offs
    )


def test_long_sequences_are_read_across_their_pieces():
    rng = np.random.default_rng(6)
    (code,), kernel, *_ = problem(rng, width=13, n_filters=3, n_letters=5, n_bins=1, n=1, length=20_011, unknown=0.01)
    matrix, start, score = windows_above(code, kernel.astype(np.float32), np.array([60, 50, 1e9], np.float32))
    found = list(zip(start.tolist(), matrix.tolist(), score.tolist(), strict=True))
    assert found == brute_above(code, kernel, np.array([60, 50, 1e9]))
    assert len(found) > 100
    nothing = windows_above(code, kernel.astype(np.float32), np.full(3, 1e9, np.float32))
    assert [len(part) for part in nothing] == [0, 0, 0]


def test_a_dense_list_of_windows_is_complete():
    code = np.random.default_rng(7).integers(0, 4, 9001).astype(np.uint8)
    matrix, start, _ = windows_above(code, np.zeros((5, 5, 37), np.float32), np.zeros(37, np.float32))
    np.testing.assert_array_equal(start, np.repeat(np.arange(9001), 37))
    np.testing.assert_array_equal(matrix, np.tile(np.arange(37), 9001))


def test_a_window_scores_the_same_bits_as_its_words_added_in_order():
    """Rounding tells the order: on every processor the words are added from the first to the last."""
    rng = np.random.default_rng(8)
    (code,), kernel, *_ = problem(rng, width=24, n_filters=16, n_letters=5, n_bins=1, n=1, length=3000)
    kernel = (rng.normal(size=kernel.shape) * 10.0 ** rng.integers(-3, 4, (24, 1, 1))).astype(np.float32)
    zeros = np.zeros((0, 16))
    pooled, window = scan(code[None], kernel, zeros, np.zeros(3000, int), both=False)
    for f in range(16):
        start, total = window[0, f] >> 1, np.float32(0)
        for g in range(0, 24, 3):
            a, b, c = (kernel[g + i, code[start + g + i], f] for i in range(3))
            total = total + ((a + b) + c) if g else (a + b) + c
        assert pooled[0, f] == total
