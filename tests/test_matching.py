"""Motif comparison against plain loops, random motifs and closed forms; its p-values against sampling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, spearmanr

from motiflens.database import find_motif, read_database
from motiflens.errors import InputError, ParameterError
from motiflens.matching import match, random_match_pvalues, similarity
from motiflens.motifs import Motif


def random_motif(rng, width, name="m"):
    return Motif(rng.dirichlet(np.full(4, 0.4), size=width).T.copy(), name, name.upper())


@pytest.fixture(scope="module")
def targets():
    rng = np.random.default_rng(3)
    return [random_motif(rng, int(width), f"t{k}") for k, width in enumerate(rng.integers(3, 12, size=80))]


@pytest.fixture(scope="module")
def vertebrates():
    return read_database("jaspar:vertebrates")


def pool_of(targets, *, both_strands=True):
    columns = [c for t in targets for c in t.probabilities.T]
    return np.array(columns + [c[::-1] for c in columns] if both_strands else columns)


class Plain:
    """The method once more, with loops over alignments and real-valued scores."""

    def __init__(self, query, pool):
        self.query, self.pool = query.probabilities.T, pool
        self.medians = [np.median([-np.linalg.norm(q - c) for c in pool]) for q in self.query]

    def alignments(self, target, min_overlap):
        width, length = len(self.query), len(target)
        for offset in range(-width, length + 1):
            pairs = [(i, i + offset) for i in range(width) if 0 <= i + offset < length]
            if len(pairs) >= max(1, min(min_overlap, width, length)):
                yield (
                    sum(-np.linalg.norm(self.query[i] - target[j]) - self.medians[i] for i, j in pairs),
                    offset,
                    len(pairs),
                )

    def best(self, target, min_overlap, *, both_strands=True):
        strands = [("+", target), ("-", target[::-1, ::-1])][: 1 + both_strands]
        return max(((*found, strand) for strand, t in strands for found in self.alignments(t, min_overlap)))


@pytest.mark.parametrize(("width", "min_overlap"), [(1, 1), (4, 3), (7, 1), (7, 5), (15, 5), (9, 30)])
def test_alignment_is_the_best_of_all(targets, width, min_overlap):
    query = random_motif(np.random.default_rng(width), width)
    plain = Plain(query, pool_of(targets))
    some = targets[:25]
    matches = {m.target: m for m in match([query], targets, min_overlap=min_overlap)[0]}
    for target in some:
        columns = target.probabilities.T
        found = matches[target.name]
        score, *_ = plain.best(columns, min_overlap)
        oriented = columns if found.strand == "+" else columns[::-1, ::-1]
        chosen = {o: (s, n) for s, o, n in plain.alignments(oriented, min_overlap)}[found.offset]
        assert chosen[0] == pytest.approx(score, abs=0.015 * width)
        assert found.overlap == chosen[1]


def sampled_pvalue(plain, target, reached, *, n, min_overlap, both_strands, rng):
    """Share of targets with columns drawn from the pool that score as high."""
    hits = 0
    for _ in range(n):
        columns = plain.pool[rng.integers(len(plain.pool), size=target.width)]
        hits += plain.best(columns, min_overlap, both_strands=both_strands)[0] >= reached - 1e-9
    return hits / n


def test_pvalue_of_one_alignment_is_exact(targets):
    rng = np.random.default_rng(0)
    query = random_motif(rng, 5)
    plain = Plain(query, pool_of(targets, both_strands=False))
    distances = np.array([[-np.linalg.norm(q - c) for c in plain.pool] for q in plain.query])
    distances -= np.median(distances, axis=1, keepdims=True)
    null = sum(row[rng.integers(len(row), size=200_000)] for row in distances)
    compared = 0
    for found in match([query], targets, min_overlap=5, reverse_complement=False)[0]:
        target = next(t for t in targets if t.name == found.target)
        if target.width == 5:
            expected = (null >= plain.best(target.probabilities.T, 5, both_strands=False)[0]).mean()
            assert found.pvalue == pytest.approx(expected, rel=0.06, abs=0.02)  # scores are rounded
            compared += 1
    assert compared >= 5


@pytest.mark.parametrize(("width", "min_overlap", "both_strands"), [(4, 1, True), (6, 4, False)])
def test_pvalue_over_offsets_and_strands_by_sampling(targets, width, min_overlap, both_strands):
    rng = np.random.default_rng(width)
    query = random_motif(rng, width)
    plain = Plain(query, pool_of(targets, both_strands=both_strands))
    ranked = match([query], targets, min_overlap=min_overlap, reverse_complement=both_strands)[0]
    for found in (ranked[2], ranked[8], ranked[30]):
        target = next(t for t in targets if t.name == found.target)
        reached = plain.best(target.probabilities.T, min_overlap, both_strands=both_strands)[0]
        sampled = sampled_pvalue(plain, target, reached, n=700, min_overlap=min_overlap,
                                 both_strands=both_strands, rng=rng)  # fmt: skip
        error = 3 * np.sqrt(sampled * (1 - sampled) / 700) + 0.01
        assert sampled - error <= found.pvalue <= 1.5 * sampled + error  # neighbouring offsets are dependent


def test_pvalues_of_null_targets_are_nearly_uniform(targets):
    rng = np.random.default_rng(8)
    pool = pool_of(targets)
    null = [Motif(pool[rng.integers(len(pool), size=8)].T.copy(), f"n{k}") for k in range(1500)]
    pvalues = np.array([m.pvalue for m in match([random_motif(rng, 7)], null)[0]])
    for level in (0.01, 0.1, 0.3):
        share = (pvalues <= level).mean()
        assert 0.5 * level <= share <= level + 3 * np.sqrt(level / 1500)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 14), st.integers(1, 8))
def test_a_query_and_its_reverse_complement_match_alike(seed, width, min_overlap):
    rng = np.random.default_rng(seed)
    targets = [random_motif(rng, int(w), f"t{k}") for k, w in enumerate(rng.integers(1, 13, size=30))]
    query = random_motif(rng, width)
    plain = Plain(query, pool_of(targets))
    forward = {m.target: m for m in match([query], targets, min_overlap=min_overlap)[0]}
    reverse = {m.target: m for m in match([query.reverse_complement()], targets, min_overlap=min_overlap)[0]}
    for target in targets:
        a, b = forward[target.name], reverse[target.name]
        assert a.pvalue == pytest.approx(b.pvalue, rel=1e-6)
        columns = target.probabilities.T
        found = [f for t in (columns, columns[::-1, ::-1]) for f in plain.alignments(t, min_overlap)]
        first, second = sorted(score for score, *_ in [*found, (-np.inf, 0, 0)])[:-3:-1]
        if first - second > 0.02 * width:  # else rounding may prefer another alignment
            assert a.strand != b.strand
            assert b.offset == target.width - a.offset - width
            assert a.overlap == b.overlap


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 7))
def test_figures_stay_in_their_ranges(seed, width, n_targets):
    rng = np.random.default_rng(seed)
    targets = [random_motif(rng, int(w), f"t{k}") for k, w in enumerate(rng.integers(1, 30, size=n_targets))]
    (matches,) = match([random_motif(rng, width)], targets)
    assert sorted(m.target for m in matches) == sorted(t.name for t in targets)
    pvalues = [m.pvalue for m in matches]
    assert pvalues == sorted(pvalues)
    for found, target in ((m, next(t for t in targets if t.name == m.target)) for m in matches):
        assert 0 <= found.pvalue <= found.qvalue <= 1
        assert found.evalue == pytest.approx(found.pvalue * n_targets)
        assert min(5, width, target.width) <= found.overlap <= min(width, target.width)
        assert found.overlap == min(found.offset + width, target.width) - max(found.offset, 0)
    assert np.allclose([m.qvalue for m in matches], false_discovery_control(pvalues))


def test_database_motifs_find_themselves_with_tiny_pvalues(vertebrates):
    queries = [find_motif(name, vertebrates) for name in ("CTCF", "GATA1", "MA0004.1")]
    parts = [queries[0].slice(3, 13).reverse_complement(), *queries[1:]]
    for query, (first, second, *rest) in zip(queries, match(parts, vertebrates, n_best=4), strict=True):
        assert len(rest) == 2
        assert first.target == query.name
        assert 0 < first.pvalue < 1e-4
        assert first.pvalue <= second.pvalue
    ctcf = match(parts[:1], vertebrates, n_best=1)[0][0]
    assert (ctcf.strand, ctcf.overlap, ctcf.target_name) == ("-", 10, "CTCF")
    assert ctcf.offset == queries[0].width - 13
    whole = match([max(vertebrates, key=lambda m: m.width)], vertebrates, n_best=1)[0][0]
    assert 0 < whole.pvalue < 1e-18


def test_strand_is_a_choice(targets):
    query = targets[7].reverse_complement()
    both = match([query], targets)[0][0]
    one = match([query], targets, reverse_complement=False)[0]
    assert (both.target, both.strand) == ("t7", "-")
    assert {m.strand for m in one} == {"+"}


def test_random_motifs_set_the_level(vertebrates):
    levels = random_match_pvalues([6, 9, 20, 6], vertebrates, n_random=12, random_state=1)
    assert list(levels) == [6, 9, 20]
    assert levels == random_match_pvalues([20, 6, 9], vertebrates, n_random=12, random_state=1)
    assert all(1e-5 < level < 0.02 for level in levels.values())
    rng = np.random.default_rng(5)
    pool = pool_of(vertebrates)
    fresh = [Motif(pool[rng.integers(len(pool), size=9)].T.copy(), "r") for _ in range(15)]
    best = np.median([matches[0].pvalue for matches in match(fresh, vertebrates, n_best=1)])
    assert 0.2 < best / levels[9] < 5


def test_random_level_of_one_motif_is_its_best_match(targets):
    (level,) = random_match_pvalues([6], targets, n_random=1, random_state=4).values()
    columns = np.hstack([t.probabilities for t in targets] + [t.reverse_complement().probabilities for t in targets])
    drawn = np.random.default_rng(4).integers(columns.shape[1], size=(1, 6))[0]
    motif = Motif(np.ascontiguousarray(columns[:, drawn]), "r")
    assert level == pytest.approx(match([motif], targets)[0][0].pvalue)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 7), st.integers(1, 6))
def test_similarity_by_loops(seed, width, other_width, min_overlap):
    rng = np.random.default_rng(seed)
    a, b = random_motif(rng, width), random_motif(rng, other_width)
    best = -1.0
    for columns in (b.probabilities.T, b.reverse_complement().probabilities.T):
        for offset in range(-width, other_width):
            pairs = [(i, i + offset) for i in range(width) if 0 <= i + offset < other_width]
            if len(pairs) >= min(min_overlap, width, other_width):
                best = max(best, np.mean([np.corrcoef(a.probabilities[:, i], columns[j])[0, 1] for i, j in pairs]))
    correlation, offset, strand = similarity(a, b, min_overlap=min_overlap)
    assert correlation == pytest.approx(best, abs=1e-9)
    back, back_offset, back_strand = similarity(b, a, min_overlap=min_overlap)
    assert back == pytest.approx(correlation)
    if strand == back_strand:
        assert back_offset == (-offset if strand == "+" else width - other_width + offset)


def test_similarity_of_a_flat_motif_is_zero():
    flat = Motif(np.full((4, 6), 0.25), "flat")
    assert similarity(flat, random_motif(np.random.default_rng(0), 7))[0] == 0
    assert similarity(flat, flat)[0] == 0


def test_nothing_to_match(targets):
    assert match([], targets) == []
    assert random_match_pvalues([], targets) == {}
    with pytest.raises(InputError, match="at least one target"):
        match([targets[0]], [])
    for options in ({"min_overlap": 0}, {"n_best": 0}):
        with pytest.raises(ParameterError, match="must be at least 1"):
            match([targets[0]], targets, **options)
    with pytest.raises(ParameterError, match="at least 1"):
        random_match_pvalues([0, 5], targets)


def test_a_qvalue_leaves_the_matches_up_to_it():
    rng = np.random.default_rng(9)
    targets = [random_motif(rng, 6 + k % 5, f"t{k}") for k in range(60)]
    every = match(targets[:3], targets)
    some = match(targets[:3], targets, qvalue=0.3)
    assert some == [[each for each in matches if each.qvalue <= 0.3] for matches in every]
    assert 0 < len(some[0]) < 60
    for wrong in (0, 1.5, float("nan")):
        with pytest.raises(ParameterError, match="qvalue must be in"):
            match(targets[:1], targets, qvalue=wrong)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 10**6))
def test_pvalues_of_any_motifs_at_all_are_chances(data, seed):
    """Sharp, flat, alike and very wide motifs, and databases of one column."""
    rng = np.random.default_rng(seed)
    kinds = st.sampled_from([np.eye(4)[:, [0]], np.full((4, 1), 0.25), rng.dirichlet(np.full(4, 0.1), size=1).T])
    columns = st.lists(kinds, min_size=1, max_size=45).map(np.hstack)
    query = Motif(data.draw(columns), "q")
    targets = [Motif(matrix, f"t{k}") for k, matrix in enumerate(data.draw(st.lists(columns, min_size=1, max_size=6)))]
    overlap, both = data.draw(st.integers(1, 50)), data.draw(st.booleans())
    (matches,) = match([query], targets, min_overlap=overlap, reverse_complement=both)
    assert len(matches) == len(targets)
    for found in matches:
        assert 0 <= found.pvalue <= found.qvalue <= 1
        assert 0 <= found.evalue <= len(targets)


def test_pvalues_are_those_of_memelite_on_motifs_of_every_width(vertebrates):
    """Memelite is told to bin finely; it takes overlaps of any size, as we do here.

    Both sum complete scores; what is left is the rounding of scores (theirs to 1000 bins between the
    lowest and the highest, ours to 0.015), which counts most where few columns have few values, and
    below 1e-9, where all that matters is how many columns are nearly the query's own.
    """
    tomtom = pytest.importorskip("memelite").tomtom
    by_width = {motif.width: motif for motif in vertebrates}
    queries = [by_width[width] for width in sorted(by_width)] + vertebrates[::60]
    matrices = [[motif.probabilities for motif in motifs] for motifs in (queries, vertebrates)]
    theirs = tomtom(*matrices, n_score_bins=1000, n_median_bins=10_000, n_target_bins=None, n_jobs=1)[0]
    place = {motif.name: k for k, motif in enumerate(vertebrates)}
    for query, row, matches in zip(queries, theirs, match(queries, vertebrates, min_overlap=1), strict=True):
        ours = np.empty(len(vertebrates))
        ours[[place[found.target] for found in matches]] = [found.pvalue for found in matches]
        assert spearmanr(ours, row).statistic > 0.999
        assert place[matches[0].target] == row.argmin()
        low = (ours < 0.05) | (row < 0.05)
        apart = np.abs(np.log10(np.maximum(ours[low], 1e-9)) - np.log10(np.maximum(row[low], 1e-9)))
        assert apart.max() < (0.5 if query.width < 7 else 0.3)
        assert np.median(apart) < 0.06


@pytest.mark.parametrize("width", [5, 8, 12, 20])
def test_random_queries_have_uniform_pvalues_against_real_motifs_shuffled(vertebrates, width):
    """Both sides are columns drawn at random, so that nothing resembles anything but by chance."""
    rng = np.random.default_rng(width)
    pool = pool_of(vertebrates)
    draw = lambda n, name: Motif(pool[rng.integers(len(pool), size=n)].T.copy(), name)  # noqa: E731 (as short as its use)
    targets = [draw(int(n), f"t{k}") for k, n in enumerate(rng.integers(6, 21, size=400))]
    pvalues = np.array([m.pvalue for ms in match([draw(width, f"q{k}") for k in range(25)], targets) for m in ms])
    for level in (0.001, 0.01, 0.1, 0.5):
        share = (pvalues <= level).mean()
        noise = 4 * np.sqrt(level / len(pvalues))
        assert 0.9 * level - noise < share < 1.02 * level + noise
