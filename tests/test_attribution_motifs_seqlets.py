"""Stretches that contribute, against plain loops; groups of those alike, against patterns that were put there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motiflens.extraction.seqlets import Seqlets, find_seqlets, patterns


def peaks(own, width):
    """Take the largest sum, then the largest that does not overlap, by plain loops: (score, row, start)."""
    found = []
    for row, figures in enumerate(own):
        sums = [float(np.float32(figures[start : start + width].sum())) for start in range(len(figures) - width + 1)]
        free = [True] * len(sums)
        while any(free) and max(s for s, f in zip(sums, free, strict=True) if f) > 0:
            best = max(s for s, f in zip(sums, free, strict=True) if f)
            start = next(i for i, (s, f) in enumerate(zip(sums, free, strict=True)) if f and s == best)
            found.append((best, row, start))
            free = [f and abs(i - start) >= width for i, f in enumerate(free)]
    return found


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(6, 15), st.integers(0, 40))
def test_seqlets_are_those_of_plain_loops(seed, width, length, most):
    rng = np.random.default_rng(seed)
    own = rng.integers(-3, 6, (12, length)).astype(np.float32)  # whole numbers: many equal sums
    found = find_seqlets(own, width=width, most=most)
    listed = list(zip(found.scores.tolist(), found.row.tolist(), found.start.tolist(), strict=True))
    expected = sorted(peaks(own, width), key=lambda one: (-one[0], one[1], one[2]))
    assert listed == expected[:most]
    assert found.width == width


def test_nothing_contributes():
    for own in (np.zeros((3, 9), np.float32), np.full((3, 9), -1, np.float32), np.zeros((0, 9), np.float32)):
        assert len(find_seqlets(own, width=3, most=5)) == 0


def planted_patterns(seed, shapes, *, n=150, length=40, width=8, noise=0.15, both=True):
    """Write each pattern ``(4, 8)`` at a random place and strand of its sequences; starts are up to 3 columns off."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(len(shapes), size=n)
    contributions = rng.normal(0, noise, (n, 4, length)).astype(np.float32)
    place, turned = rng.integers(6, length - width - 6, n), rng.random(n) < (0.5 if both else 0)
    for i in range(n):
        shape = shapes[kind[i]]
        contributions[i, :, place[i] : place[i] + width] += shape[::-1, ::-1] if turned[i] else shape
    start = place + rng.integers(-3, 4, n)
    order = rng.permutation(n)
    return Seqlets(order, start[order], -np.arange(n).astype(np.float32), width), contributions, kind, place, turned


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n_shapes", [1, 2, 3])
def test_each_planted_pattern_is_one_group_and_laid_over_itself(seed, n_shapes):
    shapes = np.random.default_rng(seed + 100).normal(0, 1, (n_shapes, 4, 8)).astype(np.float32)
    seqlets, contributions, kind, place, turned = planted_patterns(seed, shapes)
    groups = list(patterns(seqlets, contributions, flank=2, least=0.6, fewest=10, both_strands=True))
    assert len(groups) == n_shapes
    assert sorted(np.unique(kind[group.row])[0] for group in groups) == list(range(n_shapes))
    for group in groups:
        assert len(np.unique(kind[group.row])) == 1
        assert len(group.row) > 0.9 * (kind == kind[group.row[0]]).sum()
        assert group.width == 12
        offset = np.where(turned[group.row] == turned[group.row[0]], group.start - place[group.row],
                          place[group.row] + 8 - group.start - 12)  # fmt: skip
        same_way = (group.reverse == group.reverse[0]) == (turned[group.row] == turned[group.row[0]])
        assert np.mean(same_way) > 0.98
        offset = np.where(turned[group.row], place[group.row] + 8 - group.start - 12, group.start - place[group.row])
        assert np.mean(offset == np.bincount(offset + 20).argmax() - 20) > 0.95


def test_one_strand_means_one_strand():
    shape = np.random.default_rng(1).normal(0, 1, (1, 4, 8)).astype(np.float32)
    seqlets, contributions, _, _, turned = planted_patterns(1, shape)
    groups = list(patterns(seqlets, contributions, flank=2, least=0.6, fewest=10, both_strands=False))
    assert len(groups) == 2
    assert all(len(np.unique(turned[group.row])) == 1 and not group.reverse.any() for group in groups)


def test_noise_and_small_groups_are_left():
    shapes = np.random.default_rng(2).normal(0, 1, (1, 4, 8)).astype(np.float32)
    seqlets, contributions, *_ = planted_patterns(2, shapes, n=30)
    assert not list(patterns(seqlets, contributions, flank=2, least=0.6, fewest=31, both_strands=True))
    noise = np.random.default_rng(3).normal(size=contributions.shape).astype(np.float32)
    assert not list(patterns(seqlets, noise, flank=2, least=0.6, fewest=5, both_strands=True))
    none = seqlets[slice(0, 0)]
    assert not list(patterns(none, contributions, flank=2, least=0.6, fewest=1, both_strands=True))
