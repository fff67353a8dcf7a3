"""Hybrids of two motifs are taken apart; single motifs are left as they are."""

from __future__ import annotations

import numpy as np
import pytest

from motiflens.extraction.candidates import Candidate
from motiflens.extraction.hybrids import pure, shared_information
from motiflens.extraction.matrices import Scanner
from motiflens.motifs import Motif
from motiflens.simulating.simulation import simulate

BASE = np.full(4, 0.25)


def _candidate(matrix, sequences, scanner):
    scores = scanner.best(sequences.codes, [matrix]).scores[:, 0]
    return Candidate(matrix, scanner.cut_off(scores, sequences.positive))


def _word(letters: str) -> np.ndarray:
    return 0.96 * np.eye(4)[["ACGT".index(letter) for letter in letters]].T + 0.01


@pytest.mark.parametrize("seed", range(3))
def test_a_mixture_of_two_words_becomes_these_words(seed):
    task = simulate(
        "mixture", motifs=("TTGACA", "TATAAA"), motif_probs=(0.5, 0.5), n_positives=900, n_negatives=800, length=120,
        random_state=seed,
    )  # fmt: skip
    scanner = Scanner(BASE, both_strands=False, most_negatives=0.65)
    mixed = 0.6 * _word("TTGACA") + 0.4 * _word("TATAAA")
    found = pure(_candidate(mixed, task.sequences, scanner), task.sequences, scanner)
    assert {Motif(each.matrix, "").consensus for each in found} == {"TTGACA", "TATAAA"}
    assert found[0].cut_off.log_p <= found[1].cut_off.log_p


@pytest.mark.parametrize("seed", range(3))
def test_a_motif_whose_positions_are_independent_is_left_alone(seed):
    rng = np.random.default_rng(seed)
    soft = np.array([[0.7, 0.1, 0.1, 0.1], [0.4, 0.05, 0.5, 0.05], [0.05, 0.9, 0.03, 0.02]] * 3).T
    soft = rng.permuted(soft, axis=0)
    task = simulate("single", motif=Motif(soft, "soft"), n_positives=700, n_negatives=750, length=60, random_state=seed)
    scanner = Scanner(BASE, both_strands=False)
    candidate = _candidate(soft, task.sequences, scanner)
    assert pure(candidate, task.sequences, scanner) == [candidate]


@pytest.mark.parametrize("seed", range(3))
def test_kinds_that_are_alike_stay_one_motif(seed):
    words = ("GACTTGACAGCC", "GACTTGTGAGCC")
    task = simulate(
        "mixture", motifs=words, motif_probs=(0.5, 0.5), n_positives=800, n_negatives=700, length=90, random_state=seed
    )
    scanner = Scanner(BASE, both_strands=False)
    mixed = _candidate(0.5 * _word(words[0]) + 0.5 * _word(words[1]), task.sequences, scanner)
    assert pure(mixed, task.sequences, scanner) == [mixed]


def test_shared_information_is_that_of_the_definition():
    rng = np.random.default_rng(1)
    first = rng.integers(0, 4, 500)
    letters = np.stack([first, first ^ 1, rng.integers(0, 4, 500), (first + rng.integers(0, 2, 500)) % 4], axis=1)
    found = shared_information(letters.astype(np.uint8))
    assert np.array_equal(np.diag(found), np.zeros(4))
    np.testing.assert_allclose(found, found.T, atol=1e-12)
    for i, j in ((0, 1), (0, 3), (1, 2)):
        joint = np.zeros((4, 4))
        np.add.at(joint, (letters[:, i], letters[:, j]), 1 / 500)
        rows, columns = joint.sum(axis=1), joint.sum(axis=0)
        wanted = sum(
            joint[a, b] * np.log2(joint[a, b] / rows[a] / columns[b]) for a in range(4) for b in range(4) if joint[a, b]
        )
        assert found[i, j] == pytest.approx(wanted, abs=1e-9)
