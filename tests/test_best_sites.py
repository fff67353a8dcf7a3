"""Scanning against a brute-force loop over windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import encode, reverse_complement
from motiflens.scanning.best_sites import all_sites, best_sites, erase, site_letters
from motiflens.threads import Team


def brute_scores(codes, matrix, both_strands):
    """All (score, start, reverse) of one sequence; windows with an unknown base left out."""
    width = matrix.shape[1]
    found = []
    for start in range(len(codes) - width + 1):
        window = codes[start : start + width]
        if (window > 3).any():
            continue
        found.append((matrix[window, np.arange(width)].sum(), start, False))
        if both_strands:
            found.append((matrix[reverse_complement(window), np.arange(width)].sum(), start, True))
    return found


def random_codes(rng, n, length, unknown):
    codes = rng.integers(0, 4, (n, length)).astype(np.uint8)
    codes[rng.random((n, length)) < unknown] = 4
    return codes


@pytest.mark.parametrize("both_strands", [True, False])
@pytest.mark.parametrize("threads", [1, 3])
def test_best_sites_of_mixed_widths_are_those_of_a_loop_over_windows(both_strands, threads):
    rng = np.random.default_rng(1)
    codes = random_codes(rng, 7, 41, 0.05)
    matrices = [rng.normal(size=(4, width)) for width in (5, 12, 13, 20, 6)]
    best = best_sites(codes, matrices, both_strands=both_strands, team=Team(threads))
    for f, matrix in enumerate(matrices):
        for row in range(len(codes)):
            windows = brute_scores(codes[row], matrix, both_strands)
            if not windows:
                assert best.scores[row, f] < -1000
                continue
            score, start, reverse = max(windows, key=lambda w: (round(w[0], 6), not w[2], -w[1]))
            assert best.scores[row, f] == pytest.approx(score, abs=1e-4)
            assert (best.start[row, f], best.reverse[row, f]) == (start, reverse)


@given(length=st.integers(1, 30), width=st.integers(1, 24), seed=st.integers(0, 10_000))
def test_any_width_fits_any_length(length, width, seed):
    rng = np.random.default_rng(seed)
    codes, matrix = random_codes(rng, 3, length, 0.1), rng.normal(size=(4, width))
    best = best_sites(codes, [matrix])
    for row in range(3):
        windows = brute_scores(codes[row], matrix, both_strands=True)
        if windows:
            assert best.scores[row, 0] == pytest.approx(max(windows)[0], abs=1e-4)
            assert 0 <= best.start[row, 0] <= length - width
        else:
            assert best.scores[row, 0] < -1000


def test_all_sites_do_not_overlap_pass_the_cut_off_and_leave_none_behind():
    rng = np.random.default_rng(3)
    codes, matrix, cut_off = random_codes(rng, 11, 90, 0.02), rng.normal(size=(4, 7)), 3.0
    hits = all_sites(codes, matrix, cut_off)
    assert len(hits.row) > 11
    assert (hits.scores >= cut_off).all()
    assert (np.diff(hits.row) >= 0).all()
    same = np.diff(hits.row) == 0
    assert (np.diff(hits.start)[same] >= 7).all()
    letters = site_letters(codes, hits.row, hits.start, hits.reverse, 7)
    np.testing.assert_allclose(matrix[letters, np.arange(7)].sum(axis=1), hits.scores, atol=1e-4)
    left = erase(codes, hits.row, hits.start, 7)
    assert (best_sites(left, [matrix]).scores < cut_off).all()


def test_a_one_strand_scan_does_not_see_the_other_strand():
    matrix = np.full((4, 5), -5.0)
    matrix[encode("ACGTG"), np.arange(5)] = 2.0
    codes = np.stack([encode("TTACGTGTT"), encode("TTCACGTTT")])
    one = best_sites(codes, [matrix], both_strands=False)
    both = best_sites(codes, [matrix], both_strands=True)
    assert one.scores[0, 0] == 10
    assert one.scores[1, 0] < 10
    assert both.scores[1, 0] == 10
    assert both.reverse[:, 0].tolist() == [False, True]


def test_letters_beyond_the_ends_are_unknown():
    codes = encode("ACGT")[None]
    letters = site_letters(codes, np.array([0, 0]), np.array([-2, 1]), np.array([False, True]), 5)
    assert letters.tolist() == [[4, 4, 0, 1, 2], [4, 4, 0, 1, 2]]
