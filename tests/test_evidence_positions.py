"""Where sites lie: against brute force, and calibrated on sites that lie anywhere."""

from dataclasses import replace

import numpy as np
import pytest
from calibration import assert_never_too_small
from planted import exact_motif
from scipy.stats import binom, binomtest

from motiflens.alphabet import reverse_complement
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.positions import centrality, strand_preference
from motiflens.motifs import from_counts
from motiflens.scanning.best_sites import Hits
from motiflens.simulating.planting import plant, random_sequences

SCANNER = Scanner(np.full(4, 0.25))


def brute_centrality(starts, spans, width):
    """Each window counted place by place; the tail by scipy's binomial distribution."""
    kept = [(s - a, b - a - width + 1) for s, (a, b) in zip(starts, spans, strict=True) if b - a - width + 1 >= 20]
    median = int(np.median([places for _, places in kept]))
    windows, window = [], 10
    while window == 10 or window <= median // 2:
        windows.append(window)
        window = int(np.ceil(1.5 * window))
    found = []
    for window in windows:
        inside = lambda place, places: abs(place - (places - 1) / 2) < window / 2  # noqa: B023, E731
        count = sum(inside(place, places) for place, places in kept)
        chance = np.mean([np.mean([inside(place, places) for place in range(places)]) for _, places in kept])
        tail = binom.sf(count - 1, len(kept), chance) if count >= len(kept) * chance + 1 else 1.0
        found.append((tail, window, count / len(kept), chance))
    tail, window, share, chance = min(found)
    return min(1.0, tail * len(windows)), window, share, chance


@pytest.mark.parametrize("seed", range(12))
def test_centrality_is_the_binomial_tail_of_the_best_window(seed):
    rng = np.random.default_rng(seed)
    n, width = 40 + seed, int(rng.integers(5, 18))
    lengths = np.full(n, 151) if seed % 2 else rng.integers(width + 5, 260, n)
    first = rng.integers(0, 30, n)
    spans = np.column_stack([first, first + lengths])
    room = lengths - width
    starts = first + np.clip(np.round(room / 2 + rng.normal(size=n) * (8 + 6 * (seed % 4))), 0, room).astype(int)
    found = centrality(starts, spans, width)
    expected = brute_centrality(starts, spans, width)
    assert (found.pvalue, found.window, found.share, found.expected) == pytest.approx(expected, rel=1e-9)
    assert found.enrichment == pytest.approx(found.share / found.expected)


@pytest.mark.parametrize("kind", ["alike", "unlike", "few"])
def test_sites_that_lie_anywhere_are_not_central(kind):
    rng, width, found = np.random.default_rng(7), 9, []
    for _ in range(600):
        n = 6 if kind == "few" else 70
        lengths = rng.integers(30, 400, n) if kind == "unlike" else np.full(n, 120)
        starts = rng.integers(0, lengths - width + 1)
        found.append(centrality(starts, np.column_stack([np.zeros(n, int), lengths]), width).pvalue)
    assert_never_too_small(found)


def test_the_tail_of_unlike_sequences_is_bounded():
    """The exact tail of a sum of unlike chances, by convolution, is no larger than the binomial one."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        chances = rng.uniform(0.02, 0.9, 25)
        exact = np.array([1.0])
        for chance in chances:
            exact = np.convolve(exact, [1 - chance, chance])
        tails = exact[::-1].cumsum()[::-1]
        for count in range(int(np.ceil(chances.sum() + 1)), 26):
            assert tails[count] <= binom.sf(count - 1, 25, chances.mean()) * (1 + 1e-9)


def test_best_sites_of_a_scan_are_not_central_but_planted_ones_are():
    motif, found = exact_motif("GATTACCA"), []
    for seed in range(60):
        best = SCANNER.best(random_sequences(80, 100, random_state=seed).codes, [motif.probabilities])
        found.append(centrality(best.start[:, 0], np.tile([0, 100], (80, 1)), 8).pvalue)
    assert_never_too_small(found)
    central = random_sequences(80, 100, random_state=1)
    middle = plant(replace(central, codes=central.codes[:, 40:60], spans=central.spans // 5), motif, random_state=2)
    central.codes[:, 40:60] = middle.codes
    best = SCANNER.best(central.codes, [motif.probabilities])
    result = centrality(best.start[:, 0], central.spans, 8)
    assert result.pvalue < 1e-20
    assert 10 <= result.window <= 23


def test_too_short_and_too_few_are_told():
    short = centrality([1, 5], [[0, 26], [0, 20]], 8)
    assert np.isnan(short.pvalue)
    assert (short.n, short.reason) == (2, "the sequences are too short")
    assert np.isnan(short.enrichment)
    none = centrality([], np.empty((0, 2)), 8)
    assert (none.n, none.reason) == (0, "no sequence holds a site")
    mixed = centrality([1, 100], [[0, 26], [0, 200]], 8)  # the short one is left out
    assert (mixed.n, mixed.reason) == (1, "")


def hits_of(codes, matrix, cut_off):
    return SCANNER.sites(codes, matrix, cut_off)


NEARLY = [
    exact_motif("GATTACCA").probabilities,
    exact_motif("TGACTCAT").probabilities,  # nearly its own reverse complement, shifted by one
    exact_motif("GGAATTCA").probabilities,  # fits well over its own site on the other strand
    from_counts(np.random.default_rng(1).dirichlet(np.full(4, 0.5), 6).T * 90 + 1, "faint").probabilities,
]


@pytest.mark.parametrize("which", range(len(NEARLY)))
def test_chance_sites_prefer_no_strand(which):
    matrix, found = NEARLY[which], []
    for seed in range(150):
        codes = random_sequences(60, 90, random_state=1000 * which + seed).codes
        cut_off = float(np.quantile(SCANNER.best(codes, [matrix]).scores, 0.5))
        result = strand_preference(hits_of(codes, matrix, cut_off), codes, matrix, SCANNER)
        assert result.reason == ""
        found.append(result.pvalue)
    assert_never_too_small(found)


def test_copies_in_one_sequence_count_once():
    codes = random_sequences(30, 200, random_state=0).codes
    word = exact_motif("GATTACCA").probabilities.argmax(axis=0)
    for start in range(10, 170, 12):
        codes[0, start : start + 8] = word
    result = strand_preference(hits_of(codes, NEARLY[0], 12.0), codes, NEARLY[0], SCANNER)
    assert result.forward > 0.9
    assert result.pvalue > 0.1


def test_a_strand_that_is_preferred_is_seen_and_turns_with_the_sequences():
    codes = random_sequences(90, 70, random_state=3).codes
    forward = exact_motif("GATTACCA").probabilities.argmax(axis=0).astype(np.uint8)
    codes[:40, 30:38] = forward
    codes[40:52, 30:38] = reverse_complement(forward)
    hits = hits_of(codes, NEARLY[0], 12.0)
    found = strand_preference(hits, codes, NEARLY[0], SCANNER)
    other = reverse_complement(codes)
    turned = strand_preference(hits_of(other, NEARLY[0], 12.0), other, NEARLY[0], SCANNER)
    assert (turned.forward, turned.pvalue, turned.n) == pytest.approx((1 - found.forward, found.pvalue, found.n))
    signs = np.bincount(hits.row, np.where(hits.reverse, -1, 1), 90)
    expected = binomtest(int((signs > 0).sum()), int((signs != 0).sum())).pvalue
    assert found.pvalue == pytest.approx(expected)
    assert found.pvalue < 1e-3


def test_no_strand_where_there_is_none():
    codes = random_sequences(20, 60, random_state=1).codes
    palindrome = exact_motif("TGACGTCA").probabilities
    assert strand_preference(hits_of(codes, palindrome, 0.0), codes, palindrome, SCANNER).reason == (
        "the motif is its own reverse complement"
    )
    shifted = exact_motif("ATGACGTCA").probabilities  # but for one letter at its end
    one = Scanner(np.full(4, 0.25), both_strands=False)
    assert strand_preference(one.sites(codes, shifted, 0.0), codes, shifted, one).reason == "only one strand is read"
    empty = Hits(*(np.empty(0, dtype) for dtype in (np.int64, np.int64, bool, np.float32)))
    none = strand_preference(empty, codes, NEARLY[0], SCANNER)
    assert (np.isnan(none.pvalue), none.reason) == (True, "no sequence holds a site")
