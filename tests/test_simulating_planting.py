"""Random sequences, and a motif planted in them."""

import hashlib

import numpy as np
import pytest

from motiflens.alphabet import decode
from motiflens.errors import ParameterError
from motiflens.sequences import from_strings
from motiflens.simulating.given_motifs import word_motif
from motiflens.simulating.planting import plant, random_sequences
from motiflens.simulating.simulation import simulate


def digest(sequences):
    return hashlib.sha256(sequences.codes.tobytes()).hexdigest()[:16]


def test_the_same_seed_gives_the_same_letters():
    sequences = random_sequences(50, 31, gc=0.4, random_state=3)
    planted = plant(sequences, word_motif("ACGTR"), probability=0.7, random_state=4)
    assert (digest(sequences), digest(planted)) == ("c7fa98b52b462844", "d12974bd6da55386")


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_word_is_there_on_either_strand(seed):
    sequences = random_sequences(2000, 40, gc=0.3, random_state=seed, prefix="x")
    assert abs(np.isin(sequences.codes, [1, 2]).mean() - 0.3) < 0.01
    assert sequences.names[[0, -1]].tolist() == ["x1", "x2000"]
    planted = plant(sequences, word_motif("GGGGTCCC"), probability=0.6, random_state=seed)
    letters = [decode(codes) for codes in planted.codes]
    forward = sum("GGGGTCCC" in each for each in letters)
    backward = sum("GGGACCCC" in each for each in letters)
    assert abs(forward - 600) < 100
    assert abs(backward - 600) < 100
    assert (planted.codes != sequences.codes).any(axis=1).sum() <= forward + backward


@pytest.mark.parametrize("build", [
    lambda: random_sequences(0, 5, random_state=0),
    lambda: random_sequences(5, 0, random_state=0),
    lambda: random_sequences(5, 5, gc=1.1, random_state=0),
    lambda: plant(random_sequences(5, 5, random_state=0), word_motif("ACGTAC"), random_state=0),
    lambda: plant(random_sequences(5, 5, random_state=0), word_motif("ACG"), probability=-0.1, random_state=0),
    lambda: plant(from_strings(["ACGTAC", "ACGT"]), word_motif("ACG"), random_state=0),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(build):
    with pytest.raises(ParameterError, match="Got"):
        build()


def test_planted_sites_that_may_be_gone_are_not_told():
    sequences = simulate("single", n_positives=9, n_negatives=9, random_state=0).sequences
    assert sequences.planted is not None
    assert plant(sequences, word_motif("ACGTR"), random_state=4).planted is None
