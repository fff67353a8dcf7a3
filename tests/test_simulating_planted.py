"""Planted sites move with their sequences, whatever is done to these."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import encode, reverse_complement
from motiflens.backgrounds import shuffle_dinucleotides
from motiflens.errors import InputError, ParameterError
from motiflens.planted import PlantedSites, joined_planted, no_sites
from motiflens.results import Site
from motiflens.sequences import concatenate, from_strings
from motiflens.simulating.simulation import simulate
from motiflens.splits import split

WORDS = {"ACGTG": 0, "TGCATT": 1}


def pairs(n=41, length=33, seed=0, strands="both", **dials):
    """Return sequences with two words that do not overlap in each positive."""
    dials = {"n_positives": n, "n_negatives": n // 2, "length": length, "strands": strands, **dials}
    return simulate("logic", motifs=list(WORDS), random_state=seed, **dials).sequences


def check(sequences, least):
    """Check that each site told is there, and that at least so many are told; return them."""
    strings = dict(zip(sequences.names.tolist(), sequences.strings(), strict=True))
    sites = list(sequences.planted_sites())
    for site in sites:
        letters = encode(strings[site.sequence][site.start : site.end])
        word = encode(site.motif) if site.strand == "+" else reverse_complement(encode(site.motif))
        assert letters.tolist() == word.tolist(), site
    assert len(sites) >= least
    return sites


@pytest.mark.parametrize("seed", range(3))
def test_slices_shuffles_and_splits_keep_sites_with_their_sequences(seed):
    sequences = pairs(seed=seed)
    all_sites = set(map(str, check(sequences, 82)))
    assert len(all_sites) >= 82
    for part in (sequences.shuffle(random_state=seed), sequences[::-1], sequences[[3, 1, 1, 7]], sequences.of_class(1)):
        check(part, 1)
    parts = split(sequences, random_state=seed, keep_near_duplicates=False)
    assert sorted(site for part in parts for site in map(str, check(part, 1))) == sorted(all_sites)
    kept = sequences[sequences.positive]
    assert kept.planted.there.all()


@given(st.integers(1, 60), st.integers(0, 3), st.sampled_from(["single", "both"]))
def test_resizing_shifts_sites_and_drops_those_that_are_cut(width, seed, strands):
    sequences = pairs(n=9, length=33, seed=seed, strands=strands)
    resized = sequences.resize(width)
    found = {str(site) for site in check(resized, 0)}
    cut = (33 - min(width, 33)) // 2
    expected = set()
    for site in sequences.planted.sites(sequences.names):
        start, end = site.start - cut, site.end - cut
        if start >= 0 and end <= min(width, 33):
            expected.add(str(Site(site.sequence, start, end, site.strand, site.motif, site.score)))
    assert found == expected
    again = resized.resize(33)
    assert {str(site) for site in check(again, len(found))} == {
        str(Site(s.sequence, s.start + cut * (width > 33), s.end + cut * (width > 33), s.strand, s.motif, s.score))
        for s in again.planted.sites(again.names, again.spans[:, 0])
    }
    assert (resized.planted.start >= 0).all()


def test_shorter_sequences_in_wide_rows_count_from_their_own_start():
    both = concatenate([pairs(n=5, length=20, seed=1), pairs(n=3, length=31, seed=2)])
    both = replace(both, names=np.array([f"s{i}" for i in range(len(both))]))
    assert both.width == 31
    check(both, 16)
    assert both.spans[0].tolist() == [5, 25]


def test_joined_sets_know_the_motifs_of_all():
    first = simulate("single", motif="ACGTG", n_positives=3, n_negatives=1, length=17).sequences
    second = simulate("logic", motifs=["TGCATT", "ACGTG"], n_positives=4, n_negatives=1, length=17).sequences
    both = concatenate([first, second])
    assert both.planted.names == ("ACGTG", "TGCATT")
    assert both.planted.motif.shape == (9, 2)
    names = np.array([f"s{i}" for i in range(9)])
    wanted = [(s.start, s.motif) for part in (first, second) for s in part.planted.sites(part.names)]
    assert [(s.start, s.motif) for s in both.planted.sites(names)] == wanted


def test_what_does_not_keep_the_sites_does_not_tell_them():
    sequences = pairs()
    assert shuffle_dinucleotides(sequences, random_state=0).planted is None
    assert concatenate([sequences, from_strings(["ACGT"])]).planted is None
    assert from_strings(["ACGT"])[[0]].resize(9).planted is None
    with pytest.raises(ParameterError, match="without planted sites"):
        from_strings(["ACGT"]).planted_sites()


def test_sites_come_by_sequence_and_start():
    motif = np.array([[1, 0, -1], [-1, -1, -1], [-1, 1, -1]], dtype=np.int16)
    start = np.array([[9, 2, 0], [0, 0, 0], [0, 4, 0]], dtype=np.int32)
    reverse = np.array([[True, False, False], [False] * 3, [False] * 3])
    planted = PlantedSites(motif, start, reverse, ("a", "b"), (2, 3))
    sites = list(planted.sites(["x", "y", "z"], [1, 1, 1]))
    assert [(s.sequence, s.start, s.end, s.strand, s.motif) for s in sites] == [
        ("x", 1, 3, "+", "a"), ("x", 8, 11, "-", "b"), ("z", 3, 6, "+", "b"),
    ]  # fmt: skip
    assert all(np.isnan(site.score) for site in sites)


def test_sites_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="one shape"):
        PlantedSites(np.zeros((2, 1), np.int16), np.zeros((2, 2), np.int32), np.zeros((2, 1), bool), ("a",), (1,))
    with pytest.raises(InputError, match="name and a width"):
        PlantedSites(np.ones((2, 1), np.int16), np.zeros((2, 1), np.int32), np.zeros((2, 1), bool), ("a",), (1,))
    with pytest.raises(InputError, match="at least one"):
        joined_planted([])
    with pytest.raises(InputError, match="planted"):
        type(pairs())(**{**vars(pairs()), "planted": no_sites(3)})
