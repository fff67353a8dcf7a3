"""Found motifs against planted ones, on cases whose verdict is plain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.errors import ParameterError
from motiflens.motifs import Motif, from_counts
from motiflens.recovery import is_exact, recovery_of


def word(letters: str, name: str = "", strength: float = 1.0) -> Motif:
    """Return a motif that spells letters; N is a flat column."""
    columns = [
        np.full(4, 0.25) if letter == "N" else strength * np.eye(4)["ACGT".index(letter)] + (1 - strength) / 4
        for letter in letters
    ]
    return Motif(np.array(columns).T, name or letters)


PLANTED = [word("ACGTG"), word("TTGACA")]


def test_whole_motifs_on_either_strand_are_exact():
    found = [word("NACGTGN", "1", 0.95), word("TGTCAA", "2", 0.9)]
    recovery = recovery_of(found, PLANTED)
    assert recovery.exact == ("ACGTG", "TTGACA")
    assert recovery.whole


@pytest.mark.parametrize("found", ["ACGT", "CGTG", "ACGTGA", "TACGTG", "NNGACGTG", "AAGTG"])
def test_a_position_too_many_or_too_few_is_partial(found):
    recovery = recovery_of([word(found, "1", 0.95)], PLANTED[:1])
    assert (recovery.exact, recovery.partial, recovery.spurious) == ((), ("ACGTG",), ())
    assert not recovery.whole


@pytest.mark.parametrize("found", ["TTTTTT", "GAGAGA", "AAGCC", "NNNNN", "TCGTC", "ACNTC"])
def test_other_motifs_are_spurious(found):
    recovery = recovery_of([word(found, "1", 0.95)], PLANTED[:1])
    assert (recovery.missed, recovery.spurious) == (("ACGTG",), ("1",))


def test_a_second_copy_is_a_duplicate_and_the_exact_one_counts():
    recovery = recovery_of([word("ACGTGA", "1"), word("ACGTG", "2")], PLANTED)
    assert recovery.exact == ("ACGTG",)
    assert recovery.duplicates == ("1",)
    assert recovery.missed == ("TTGACA",)
    assert not recovery.whole


def test_nothing_found_and_nothing_planted():
    assert recovery_of([], PLANTED).missed == ("ACGTG", "TTGACA")
    with pytest.raises(ParameterError, match="at least one planted"):
        recovery_of(PLANTED, [])


@pytest.mark.parametrize("seed", range(5))
def test_a_sampled_matrix_is_exact_until_a_strong_position_is_lost(seed):
    rng = np.random.default_rng(seed)
    strong = rng.permuted(np.tile([0.85, 0.05, 0.05, 0.05], (9, 1)), axis=1).T
    faint = rng.permuted(
        np.tile([0.4, 0.3, 0.2, 0.1], (1, 1)), axis=1
    ).T  # 0.15 bits: neither must nor must not be there
    planted = Motif(np.hstack([strong, faint]), "planted")
    sampled = from_counts(np.stack([rng.multinomial(300, column) for column in planted.probabilities.T], axis=1), "1")
    assert is_exact(sampled, planted)
    assert is_exact(sampled.slice(0, 9).reverse_complement(), planted)
    assert not is_exact(sampled.slice(1, 10), planted)
    wider = Motif(np.hstack([strong, faint, strong[:, :1]]), "wider")
    assert not is_exact(wider, planted)
    assert recovery_of([wider], [planted]).partial == ("planted",)


@given(st.lists(st.text("ACGT", min_size=6, max_size=9), min_size=1, max_size=3, unique=True), st.randoms())
def test_planted_motifs_recover_themselves_in_any_order(words, random):
    planted = [word(letters) for letters in words]
    found = [word(letters, f"{index}") for index, letters in enumerate(words)]
    random.shuffle(found)
    recovery = recovery_of(found, planted)
    counted = len(recovery.exact) + len(recovery.partial) + len(recovery.missed)
    assert counted == len(words)
    assert recovery.spurious == ()
    assert len(found) == len(recovery.exact) + len(recovery.partial) + len(recovery.duplicates)
