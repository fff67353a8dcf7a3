"""The ensemble of a run: its architecture, its strands, its progress."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import encode, reverse_complement
from motiflens.networks import ensemble as ensemble_module
from motiflens.networks.ensemble import (
    architecture,
    in_standard_errors,
    reverse_complemented,
    strand_asymmetry,
    train_ensemble,
)
from motiflens.networks.model import run_network
from motiflens.sequences import SequenceSet, from_strings
from motiflens.simulating.planting import random_sequences

LENGTH, WORD = 36, "GACTTCAAG"


def labelled(n, random_state, *, both_strands):
    """Return sequences of alternating class with the word in class 1, turned in class 0 or in half of class 1."""
    rng = np.random.default_rng(random_state)
    codes = random_sequences(n, LENGTH, random_state=random_state).codes
    for row in range(n):
        if both_strands and row % 2 == 0:
            continue
        turned = row % 4 == 1 if both_strands else row % 2 == 0
        start = rng.integers(0, LENGTH - len(WORD) + 1)
        codes[row, start : start + len(WORD)] = reverse_complement(encode(WORD)) if turned else encode(WORD)
    names, spans = np.array([f"s{i}" for i in range(n)]), np.tile([0, LENGTH], (n, 1))
    return SequenceSet(codes, names, spans, np.arange(n) % 2, classes=("negative", "positive"))


@given(st.integers(6, 2000), st.booleans())
def test_filters_fit_the_sequences_and_bins_hold_five_windows(length, both_strands):
    network = architecture(length, both_strands=both_strands)
    assert network.length == length
    assert network.both_strands is both_strands
    assert 6 <= network.filter_width <= 20
    assert network.filter_width <= max(length / 2, 6)
    windows = length - network.filter_width + 1
    if network.n_bins > 1:
        assert np.bincount(network.bins[:windows], minlength=network.n_bins).min() >= 5


@pytest.mark.parametrize("both_strands", [True, False])
def test_auto_decides_the_strands_and_says_so(both_strands):
    train, valid = labelled(240, 1, both_strands=both_strands), labelled(80, 2, both_strands=both_strands)
    seen = []
    ensemble = train_ensemble(
        train, valid, n_networks=3, random_state=0, threads=2, progress=lambda *event: seen.append(event)
    )
    assert ensemble.both_strands is both_strands
    assert len(ensemble.networks) == len(ensemble.fitted) == 3
    assert {network.network.both_strands for network in ensemble.networks} == {both_strands}
    assert len(ensemble.notes) == 1
    assert f"read {'both strands' if both_strands else 'one strand'} (validation loss" in ensemble.notes[0]
    counts = [done for _, done, _ in seen]
    assert counts == sorted(counts)
    assert {(name, total) for name, _, total in seen} == {("training", 5 * 30)}
    assert counts[-1] == 5 * 30


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("both_strands", [True, False])
def test_strands_are_asymmetric_where_a_word_lies_on_one(seed, both_strands):
    """Against other networks and other sequences, as the same error of both would not show."""
    train, valid = (labelled(n, n + seed, both_strands=both_strands) for n in (240, 90))
    fitted = train_ensemble(train, valid, strands="single", n_networks=2, random_state=seed).fitted
    assert (strand_asymmetry(fitted, valid) > 4) is not both_strands
    if both_strands:
        assert abs(strand_asymmetry(fitted, valid)) < 3


def test_strand_asymmetry_is_the_paired_difference_of_the_losses_in_standard_errors():
    train, valid = labelled(120, 5, both_strands=False), labelled(31, 6, both_strands=False)
    fitted = train_ensemble(train, valid, strands="single", n_networks=2, random_state=0).fitted
    complement = str.maketrans("ACGT", "TGCA")
    other = from_strings([text[::-1].translate(complement) for text in valid.strings()])
    losses = []
    for sequences in (valid, other):
        logits = np.mean([run_network(each.trained, sequences.codes).logits[:, 0] for each in fitted], axis=0)
        probability = 1 / (1 + np.exp(-logits.astype(float)))
        losses.append(-np.log(np.where(valid.labels == 1, probability, 1 - probability)))
    lost = losses[1] - losses[0]
    assert strand_asymmetry(fitted, valid) == pytest.approx(lost.mean() / (lost.std(ddof=1) / np.sqrt(31)), rel=1e-4)
    palindromes = from_strings(["ACGT" * 9] * 40).with_labels([0, 1] * 20, ("negative", "positive"))
    assert strand_asymmetry(fitted, palindromes) == 0


def test_differences_in_standard_errors():
    differences = np.random.default_rng(0).normal(1, 3, 30)
    expected = differences.mean() / (differences.std(ddof=1) / np.sqrt(30))
    assert in_standard_errors(differences) == pytest.approx(expected)
    assert in_standard_errors(differences[:19]) == in_standard_errors(np.ones(30)) == 0


@given(st.lists(st.text("ACGTN", min_size=1, max_size=9), min_size=1, max_size=5))
def test_reverse_complemented_is_the_other_strand_in_the_same_columns(strings):
    sequences = from_strings(strings)
    complement = str.maketrans("ACGT", "TGCA")
    turned = reverse_complemented(sequences)
    assert turned.strings() == [text[::-1].translate(complement) for text in strings]
    assert (reverse_complemented(turned).codes == sequences.codes).all()
    assert (turned.spans == sequences.spans).all()
    for row, (start, end) in zip(turned.codes, turned.spans, strict=True):
        assert set(row[:start]) | set(row[end:]) <= {4}


@pytest.mark.parametrize(
    ("gain", "asymmetry", "on_one"), [(1.1, 4.1, True), (0.9, 9.0, False), (9.0, 3.9, False), (-2.0, 13.0, False)]
)
def test_one_strand_is_read_where_it_is_better_and_strands_are_asymmetric(monkeypatch, gain, asymmetry, on_one):
    monkeypatch.setattr(ensemble_module, "strand_asymmetry", lambda single, valid: asymmetry)
    monkeypatch.setattr(ensemble_module, "in_standard_errors", lambda differences: gain)
    train, valid = labelled(60, 3, both_strands=True), labelled(30, 4, both_strands=True)
    assert train_ensemble(train, valid, n_networks=1, random_state=0).both_strands is not on_one


@pytest.mark.parametrize("strands", ["both", "single"])
def test_given_strands_are_taken_without_a_trial(strands):
    train, valid = labelled(60, 3, both_strands=True), labelled(30, 4, both_strands=True)
    one, two = (
        train_ensemble(train, valid, strands=strands, n_networks=2, random_state=7, threads=threads)
        for threads in (1, 2)
    )
    assert one.both_strands is (strands == "both")
    assert one.notes == ()
    assert [trained.parameters.tobytes() for trained in one.networks] == [
        trained.parameters.tobytes() for trained in two.networks
    ]
    assert len({trained.parameters.tobytes() for trained in one.networks}) == 2


def test_one_network_can_decide_alone():
    train, valid = labelled(120, 5, both_strands=False), labelled(60, 6, both_strands=False)
    ensemble = train_ensemble(train, valid, n_networks=1, random_state=1)
    assert len(ensemble.networks) == 1
    assert not ensemble.both_strands
