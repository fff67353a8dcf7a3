from __future__ import annotations

import itertools
import logging
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from motiflens.alphabet import UNKNOWN, encode, reverse_complement
from motiflens.backgrounds import base_frequencies, markov_background, shuffle_dinucleotides
from motiflens.errors import InputError, ParameterError
from motiflens.formats.regions import open_genome, read_regions
from motiflens.kmers import kmer_indices, reverse_complement_indices
from motiflens.negatives import genomic_negatives
from motiflens.sequences import Coordinates, SequenceSet, from_codes, from_strings

YEAST = Path(__file__).parents[2] / "shared" / "data"


def _steps(text: str) -> Counter[str]:
    return Counter(a + b for a, b in itertools.pairwise(text))


# shuffles


@given(st.lists(st.text("ACGTN", max_size=40), min_size=1, max_size=6), st.integers(0, 2**70))
@settings(max_examples=80, deadline=None)
def test_shuffle_keeps_steps_ends_and_padding(strings, seed):
    sequences = from_strings([*strings, "A"])
    shuffled = shuffle_dinucleotides(sequences, random_state=seed)
    assert np.array_equal(shuffled.spans, sequences.spans)
    for before, after in zip(sequences.strings(), shuffled.strings(), strict=True):
        assert _steps(before) == _steps(after)
        assert before[:1] + before[-1:] == after[:1] + after[-1:]


@pytest.mark.parametrize("text", ["ACAGATACA", "AACCAACC", "ACGTNACGN", "GATTACAT"])
def test_shuffle_is_uniform_over_all_arrangements(text):
    arrangements = {
        text[0] + "".join(middle) + text[-1]
        for middle in itertools.permutations(text[1:-1])
        if _steps(text[0] + "".join(middle) + text[-1]) == _steps(text)
    }
    assert len(arrangements) > 1
    shuffled = shuffle_dinucleotides(from_strings([text] * 6000), random_state=3)
    seen = Counter(shuffled.strings())
    assert set(seen) == arrangements
    assert chisquare([seen[word] for word in arrangements]).pvalue > 1e-3


def test_shuffle_leaves_padding_and_source_alone():
    sequences = from_strings(["ACGTACGTTGCA", "CAGAC"])
    before = sequences.codes.copy()
    shuffled = shuffle_dinucleotides(sequences, random_state=0)
    assert np.array_equal(sequences.codes, before)
    assert np.array_equal(shuffled.codes[1] == UNKNOWN, before[1] == UNKNOWN)


def test_shuffle_depends_on_seed_index_and_copy_alone():
    sequences = from_strings(["ACGTTGCATGACCATGATCGA"] * 5)
    twice = shuffle_dinucleotides(sequences, copies=2, random_state=7)
    once = shuffle_dinucleotides(sequences[:3], random_state=7)
    assert twice.strings()[:3] == once.strings()
    assert len(set(twice.strings())) == 10
    assert shuffle_dinucleotides(sequences, random_state=8).strings() != twice.strings()[:5]


def test_shuffle_is_the_same_on_every_machine():
    text = "ACGTTGCATGACCATGATCGA"
    assert shuffle_dinucleotides(from_strings([text]), random_state=1).strings() == [_reference_shuffle(text, 1)]


def _reference_shuffle(text: str, seed: int) -> str:
    """Write the published steps out in plain integers, for row 0 and copy 0."""
    mask, state = 2**64 - 1, seed

    def draw() -> int:
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(n: int) -> int:
        return ((draw() >> 32) * n) >> 32

    state = draw()
    state = draw()
    exits = {letter: [b for a, b in itertools.pairwise(text) if a == letter] for letter in "ACGTN"}
    last: dict[str, int] = {}
    reached = {text[-1]}
    for first in "ACGTN":
        if not exits[first]:
            continue
        letter = first
        while letter not in reached:
            last[letter] = below(len(exits[letter]))
            letter = exits[letter][last[letter]]
        letter = first
        while letter not in reached:
            reached.add(letter)
            letter = exits[letter][last[letter]]
    for letter, following in exits.items():
        free = len(following)
        if letter in last:
            free -= 1
            following[last[letter]], following[free] = following[free], following[last[letter]]
        for i in range(free - 1, 0, -1):
            j = below(i + 1)
            following[i], following[j] = following[j], following[i]
    path = text[0]
    while exits[path[-1]]:
        path += exits[path[-1]].pop(0)
    return path


def test_shuffle_names_groups_and_drops_what_no_longer_holds():
    places = Coordinates(np.array(["I", "II"]), np.array([0, 5]), np.array([6, 11]), np.array(["+", "-"]))
    plain = from_strings(["ACGTAC", "GGATCC"], ["a", "b"]).with_labels([1, 1])
    known = SequenceSet(plain.codes, plain.names, plain.spans, plain.labels, np.array(["I", "II"]), places)
    single = shuffle_dinucleotides(known, random_state=0)
    assert single.names.tolist() == ["a_shuffled", "b_shuffled"]
    several = shuffle_dinucleotides(known, copies=3, random_state=0)
    assert several.names.tolist()[::2] == ["a_shuffled1", "a_shuffled2", "a_shuffled3"]
    assert several.groups.tolist() == ["I", "II"] * 3
    assert several.coordinates is None
    assert several.labels is None


@pytest.mark.parametrize("options", [{"copies": 0, "random_state": 1}, {"copies": 2, "random_state": -1}])
def test_shuffle_refuses_options_out_of_range(options):
    with pytest.raises(ParameterError, match="copies"):
        shuffle_dinucleotides(from_strings(["ACGT"]), **options)


# genomic negatives


class _Genome:
    def __init__(self, **chromosomes: np.ndarray) -> None:
        self.chromosomes = chromosomes
        self.sizes = {name: len(codes) for name, codes in chromosomes.items()}

    def fetch(self, chromosome: str, start: int, end: int) -> np.ndarray:
        return self.chromosomes[chromosome][start:end]


def _genome(seed: int = 0, size: int = 60_000) -> _Genome:
    """Chromosomes whose GC content drifts along them, with a stretch of unknown bases."""
    rng = np.random.default_rng(seed)
    chromosomes = {}
    for name, length in (("one", size), ("two", size // 2)):
        strong = rng.random(length) < 0.45 + 0.2 * np.sin(np.arange(length) / 3000)
        codes = np.where(strong, rng.integers(1, 3, length), 3 * rng.integers(0, 2, length)).astype(np.uint8)
        codes[length // 3 : length // 3 + 2000] = UNKNOWN
        chromosomes[name] = codes
    return _Genome(**chromosomes)


def _positives(genome: _Genome, n: int, seed: int, lengths: tuple[int, int] = (80, 81)) -> SequenceSet:
    """Regions of high GC content, of either strand."""
    rng = np.random.default_rng(seed)
    rows, places = [], []
    while len(rows) < n:
        chromosome = str(rng.choice(["one", "two"]))
        start, length = int(rng.integers(0, genome.sizes[chromosome] - 300)), int(rng.integers(*lengths))
        codes = genome.fetch(chromosome, start, start + length)
        if np.isin(codes, (1, 2)).mean() > 0.55:
            strand = "-" if rng.random() < 0.3 else "+"
            rows.append(reverse_complement(codes) if strand == "-" else codes)
            places.append((chromosome, start, start + length, strand))
    laid = from_codes(rows)
    chromosome, start, end, strand = (np.array(part) for part in zip(*places, strict=True))
    coordinates = Coordinates(chromosome, start, end, strand)
    return SequenceSet(laid.codes, laid.names, laid.spans, groups=chromosome, coordinates=coordinates)


def _check_disjoint(genome: _Genome, *regions: Coordinates) -> None:
    """Fail when an interval of the last set meets another, of its own set or of the others."""
    for name, size in genome.sizes.items():
        depth = np.zeros(size, dtype=int)
        *others, ours = (part[part.chromosome == name] for part in regions)
        for start, end in zip(ours.start, ours.end, strict=True):
            depth[start:end] += 1
        assert depth.max() <= 1
        for other in others:
            for start, end in zip(other.start, other.end, strict=True):
                assert not depth[start:end].any()


@pytest.mark.parametrize("lengths", [(80, 81), (40, 130)])
def test_negatives_match_and_keep_apart(lengths):
    genome = _genome()
    positives = _positives(genome, 70, 1, lengths)
    blacklist = Coordinates(
        np.array(["one", "two"]), np.array([0, 25_000]), np.array([5000, 90_000]), np.array(["+"] * 2)
    )
    negatives = genomic_negatives(positives, genome, per_positive=2, exclude=blacklist, random_state=0)
    places = negatives.coordinates
    assert len(negatives) == 140
    assert np.array_equal(negatives.lengths, np.repeat(positives.lengths, 2))
    assert np.array_equal(negatives.groups, np.repeat(positives.groups, 2))
    assert np.array_equal(places.chromosome, negatives.groups)
    assert np.array_equal(places.strand, np.repeat(positives.coordinates.strand, 2))
    _check_disjoint(genome, positives.coordinates, blacklist, places)
    gc = [np.isin(part.codes, (1, 2)).sum(axis=1) / part.lengths for part in (positives, negatives)]
    assert abs(gc[0].mean() - gc[1].mean()) < 0.015
    assert np.abs(np.repeat(gc[0], 2) - gc[1]).mean() < 0.03
    for index in range(len(negatives)):
        codes = genome.fetch(str(places.chromosome[index]), places.start[index], places.end[index])
        start, end = negatives.spans[index]
        expected = reverse_complement(codes) if places.strand[index] == "-" else codes
        assert np.array_equal(negatives.codes[index, start:end], expected)
        assert (expected == UNKNOWN).mean() <= 0.1


def test_negatives_repeat_with_the_seed():
    genome = _genome()
    positives = _positives(genome, 20, 2)
    first, again, other = (genomic_negatives(positives, genome, random_state=seed).names.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_shortage_of_room_is_told_and_its_absence_refused(caplog):
    genome = _genome(size=4000)
    genome = _Genome(one=genome.fetch("one", 0, 1300))
    rows = [genome.fetch("one", 0, 100), genome.fetch("one", 600, 700)]
    places = Coordinates(np.array(["one"] * 2), np.array([0, 600]), np.array([100, 700]), np.array(["+"] * 2))
    laid = from_codes(rows)
    positives = SequenceSet(laid.codes, laid.names, laid.spans, coordinates=places)
    with caplog.at_level(logging.WARNING):
        negatives = genomic_negatives(positives, genome, per_positive=20, random_state=0)
    assert 4 <= len(negatives) <= 11
    assert f"only {len(negatives)} of the 40" in caplog.text
    _check_disjoint(genome, places, negatives.coordinates)
    everywhere = Coordinates(np.array(["one"]), np.array([-5]), np.array([9999]), np.array(["+"]))
    with pytest.raises(InputError, match="dinucleotide"):
        genomic_negatives(positives, genome, exclude=everywhere, random_state=0)


def test_gc_content_out_of_reach_is_told(caplog):
    genome = _Genome(one=encode("AT" * 3000 + "GC" * 60))
    places = Coordinates(np.array(["one"]), np.array([6000]), np.array([6120]), np.array(["+"]))
    laid = from_codes([genome.fetch("one", 6000, 6120)])
    positives = SequenceSet(laid.codes, laid.names, laid.spans, coordinates=places)
    with caplog.at_level(logging.WARNING):
        genomic_negatives(positives, genome, random_state=0)
    assert "GC content of 0.000, their positives 1.000" in caplog.text


def test_positives_without_a_place_are_refused():
    genome = _genome()
    positives = _positives(genome, 3, 0)
    with pytest.raises(ParameterError, match="coordinates"):
        genomic_negatives(from_strings(["ACGT"]), genome, random_state=0)
    with pytest.raises(ParameterError, match="per_positive=0"):
        genomic_negatives(positives, genome, per_positive=0, random_state=0)
    with pytest.raises(InputError, match="three, … Got"):
        genomic_negatives(positives, _Genome(three=genome.fetch("one", 0, 500)), random_state=0)


@pytest.fixture
def yeast():
    path = YEAST / "yeast_genome_R64" / "Saccharomyces_cerevisiae.R64-1-1.dna.toplevel.fa.gz"
    peaks = YEAST / "yeast_chipexo_peaks" / "R64names" / "Ume6.bed"
    if not (path.exists() and peaks.exists()):
        pytest.skip("the yeast genome is not at ../shared/data")
    return open_genome(path), read_regions(peaks).around(201)


def test_negatives_of_a_real_genome(yeast):
    genome, regions = yeast
    rows = [genome.fetch(str(c), s, e) for c, s, e in zip(regions.chromosome, regions.start, regions.end, strict=True)]
    places = Coordinates(regions.chromosome, regions.start, regions.end, regions.strand)
    laid = from_codes(rows)
    positives = SequenceSet(laid.codes, laid.names, laid.spans, groups=places.chromosome, coordinates=places)
    negatives = genomic_negatives(positives, genome, random_state=0)
    assert len(negatives) == len(positives)
    assert abs(np.isin(negatives.codes, (1, 2)).mean() - np.isin(positives.codes, (1, 2)).mean()) < 0.005
    _check_disjoint(genome, places, negatives.coordinates)


# base statistics


@given(st.lists(st.text("ACGTN", max_size=12), min_size=1, max_size=4), st.integers(1, 4))
@settings(max_examples=60)
def test_kmer_indices_number_words_in_order(strings, k):
    sequences = from_strings([*strings, "ACGT"])
    words = ["".join(word) for word in itertools.product("ACGT", repeat=k)]
    for index, text in enumerate(sequences.strings()):
        start, end = sequences.spans[index]
        found = kmer_indices(sequences.codes[index : index + 1, start:end], k)[0]
        expected = [text[i : i + k] for i in range(len(text) - k + 1)]
        assert [words[number] if number >= 0 else "N" for number in found] == [
            "N" if "N" in word else word for word in expected
        ]
    partner = reverse_complement_indices(k)
    for number in (0, len(words) // 3, len(words) - 1):
        complement = words[number][::-1].translate(str.maketrans("ACGT", "TGCA"))
        assert words[partner[number]] == complement


@pytest.mark.parametrize("both_strands", [True, False])
@pytest.mark.parametrize("order", [0, 1, 3])
def test_markov_background_counts_what_follows(order, both_strands):
    rng = np.random.default_rng(order)
    texts = ["".join(rng.choice(list("ACGTN"), size=size, p=[0.4, 0.2, 0.1, 0.2, 0.1])) for size in (50, 9, 130)]
    counted = [*texts]
    if both_strands:
        counted += [text[::-1].translate(str.maketrans("ACGT", "TGCA")) for text in texts]
    counts = Counter(text[i : i + order + 1] for text in counted for i in range(len(text) - order))
    found = markov_background(from_strings(texts), order=order, pseudocount=2, both_strands=both_strands)
    assert found.shape == (4**order, 4)
    for row, context in zip(found, itertools.product("ACGT", repeat=order), strict=True):
        expected = np.array([counts["".join(context) + base] + 0.5 for base in "ACGT"])
        np.testing.assert_allclose(row, expected / expected.sum())


def test_contexts_never_seen_are_uniform():
    found = markov_background(from_strings(["AAAA"]), order=2, pseudocount=0, both_strands=False)
    assert found[0].tolist() == [1, 0, 0, 0]
    assert (found[1:] == 0.25).all()


@pytest.mark.parametrize("options", [{"order": -1}, {"order": 11}, {"order": 1, "pseudocount": -1}])
def test_markov_background_refuses_options_out_of_range(options):
    with pytest.raises(ParameterError, match="order"):
        markov_background(from_strings(["ACGT"]), **options)


def test_base_frequencies_need_a_base():
    with pytest.raises(InputError, match="2 without any"):
        base_frequencies(from_strings(["NN", "N"]))
