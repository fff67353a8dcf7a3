"""Planted motifs from what letters contribute: each once, whole, and none where there is none."""

import numpy as np
import pytest
import torch
from attribution_networks import BASE, LENGTH, OTHER, WORD, filters, halves, is_of
from planted import two_classes
from torch import nn

from motiflens.errors import ParameterError
from motiflens.extraction.attribution_motifs import attribution_candidates, network_candidates
from motiflens.extraction.evidence import heldout_evidence
from motiflens.extraction.matrices import Scanner
from motiflens.motifs import Motif
from motiflens.networks.module import module_of

SCANNER = Scanner(BASE)


def consensus(candidate):
    return Motif(candidate.matrix, "m").consensus


def check_exactly(found, words):
    motifs = [each.candidate for each in found]
    assert len(motifs) == len(words), [consensus(each) for each in motifs]
    for word in words:
        assert sum(is_of(each, word) for each in motifs) == 1, [consensus(each) for each in motifs]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [1.0, 0.5, 0.2])
@pytest.mark.parametrize("make", [halves, filters])
def test_one_planted_motif_is_one_motif(share, make, seed):
    train = two_classes({WORD: share}, n=500, length=LENGTH, random_state=seed)
    check_exactly(network_candidates(make(WORD), train, SCANNER, sources="attributions"), [WORD])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [halves, filters])
def test_two_planted_motifs_are_two(make, seed):
    train = two_classes({WORD: 0.6, OTHER: 0.4}, n=600, length=LENGTH, random_state=seed)
    for sources in ("attributions", "both"):
        check_exactly(network_candidates(make(WORD, OTHER), train, SCANNER, sources=sources), [WORD, OTHER])


@pytest.mark.parametrize("seed", range(3))
def test_null_data_give_none_that_passes(seed):
    """Networks that look for words, and one that looks for whatever it learnt by heart."""
    train, test = (two_classes({}, n=250, length=LENGTH, random_state=seed + 100 * i) for i in (1, 2))
    by_heart = by_heart_of(train, seed)
    for network in (halves(WORD, OTHER), filters(WORD, OTHER), by_heart):
        found = [each.candidate for each in network_candidates(network, train, SCANNER, random_state=seed)]
        evidence = heldout_evidence(found, test, lambda given: given.positive.astype(float), SCANNER, random_state=0)
        assert not [each for each in evidence if each.evalue <= 0.01]


def by_heart_of(train, seed):
    """Train a torch module until it knows the labels of random sequences."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # many threads are slower in so small a network
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = nn.Sequential(nn.Conv1d(4, 32, 9), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(32, 1))
    x, y = torch.from_numpy(train.one_hot()), torch.from_numpy(train.positive.astype(np.float32))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(40):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(module(x)[:, 0], y).backward()
        optimizer.step()
    torch.set_num_threads(before)
    with torch.no_grad():
        assert ((module(x)[:, 0] > 0) == (y > 0)).float().mean() > 0.7  # there is something to be misled by
    return module


def test_contributions_show_a_motif_whole_that_first_filters_hold_in_halves():
    train = two_classes({WORD: 0.7}, n=500, length=LENGTH, random_state=5)
    (found,) = attribution_candidates(halves(WORD), train, SCANNER, limit=1)
    assert is_of(found, WORD)


SAID = {"filters": "filters", "attributions": "contributions", "both": "filters+contributions"}


def test_sources_are_told():
    train = two_classes({WORD: 0.6, OTHER: 0.4}, n=600, length=LENGTH, random_state=6)
    for sources in ("filters", "attributions"):
        found = network_candidates(filters(WORD, OTHER), train, SCANNER, sources=sources)
        assert {each.source for each in found} == {sources}
        assert all((each.candidate.n_filters > 0) == (sources == "filters") for each in found)
        assert {each.candidate.source for each in found} == {SAID[sources]}
    found = network_candidates(filters(WORD, OTHER), train, SCANNER)
    assert [each.source for each in found] == ["both", "both"]
    assert all(each.candidate.n_filters > 0 for each in found)
    assert {each.candidate.source for each in found} == {SAID["both"]}


def test_what_one_source_alone_finds_is_said():
    """A filter that the output does not listen to makes no motif; one that only it has shows in the contributions."""
    train = two_classes({WORD: 0.6}, n=500, length=LENGTH, random_state=7)
    module = module_of(halves(WORD))
    [found] = network_candidates(module, train, SCANNER)
    assert (found.source, found.candidate.source) == ("attributions", "contributions")
    with pytest.raises(ParameterError, match="use attributions"):
        network_candidates(module, train, SCANNER, sources="filters")


def test_two_logits_are_taken_together():
    train = two_classes({WORD: 0.6}, n=500, length=LENGTH, random_state=8)
    check_exactly(network_candidates(halves(WORD, n_outputs=2), train, SCANNER, sources="attributions"), [WORD])
    with pytest.raises(ParameterError, match="two classes"):
        attribution_candidates(halves(WORD, n_outputs=3), train, SCANNER)


def test_a_motif_that_speaks_for_the_negatives_is_none_of_the_positives():
    train = two_classes({WORD: 0.6}, n=500, length=LENGTH, random_state=9)
    swapped = train.with_labels(1 - train.labels, train.classes)
    assert network_candidates(halves(WORD), swapped, SCANNER) == []


def test_the_same_seed_gives_the_same_and_threads_change_nothing():
    train = two_classes({WORD: 0.5}, n=400, length=LENGTH, random_state=10)
    runs = [network_candidates(halves(WORD), train, Scanner(BASE, threads=threads), random_state=3)
            for threads in (1, 3)]  # fmt: skip
    assert [each.source for each in runs[0]] == [each.source for each in runs[1]]
    for a, b in zip(*runs, strict=True):
        np.testing.assert_array_equal(a.candidate.matrix, b.candidate.matrix)


def test_hostile_sequences():
    network = halves(WORD)
    train = two_classes({WORD: 0.5}, n=60, length=LENGTH, random_state=11)
    train.codes[:20] = 4
    train.codes[70:80, 10:] = 4
    assert len(network_candidates(network, train, SCANNER)) <= 1
    unknown = two_classes({}, n=30, length=LENGTH, random_state=12)
    unknown.codes[:] = 4
    assert network_candidates(network, unknown, SCANNER) == []
    same = two_classes({}, n=30, length=LENGTH, random_state=13)
    same.codes[:] = same.codes[0]
    assert network_candidates(network, same, SCANNER) == []
    with pytest.raises(ParameterError, match="sources must be one of both, filters"):
        network_candidates(network, train, SCANNER, sources="words")
    with pytest.raises(ParameterError, match="60 columns"):
        network_candidates(network, train.resize(50), SCANNER)
