"""What a filter responds to, on filters made by hand and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import encode
from motiflens.motifs import from_counts
from motiflens.reproduction.filters import filter_motif, filter_table, maximal_activations, similarity


def word(letters: str):
    return from_counts(np.eye(4)[encode(letters)].T * 9, letters)


def filter_of(letters: str, *, weight: float = 1.0) -> np.ndarray:
    """Return a filter that counts the letters that agree, each worth ``weight``."""
    return (np.eye(4)[encode(letters)].T * weight).astype(np.float32)


def with_words(words: list[str], n: int, length: int, seed: int) -> np.ndarray:
    """Return random codes; every sequence has one of the words, in turn, at a random place; the last of n has none."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, length)).astype(np.uint8)
    for row in range(n - 1):
        letters = encode(words[row % len(words)])
        at = rng.integers(0, length - len(letters) + 1)
        codes[row, at : at + len(letters)] = letters
    return codes


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_largest_activation_is_that_of_every_window_tried(seed):
    rng = np.random.default_rng(seed)
    n, length, n_filters, width = 7, 19, 5, 4
    codes = rng.integers(0, 4, (n, length)).astype(np.uint8)
    filters = rng.normal(size=(n_filters, 4, width)).astype(np.float32)
    bias = rng.normal(-3, 1, n_filters).astype(np.float32)
    best, start = maximal_activations(codes, filters, bias)
    for row in range(n):
        for f in range(n_filters):
            windows = [
                max(0.0, bias[f] + sum(filters[f, codes[row, at + j], j] for j in range(width)))
                for at in range(length - width + 1)
            ]
            assert best[row, f] == pytest.approx(max(windows), abs=1e-5)
            assert windows[start[row, f]] == pytest.approx(max(windows), abs=1e-5)
            assert max(windows) > 0 or start[row, f] == 0


@pytest.mark.parametrize(("n", "used"), [(40, 40), (400, 50), (5000, 100)])
def test_two_in_a_hundred_sequences_are_piled_up_and_at_least_50(n, used):
    codes = with_words(["ACGTG"], n + 1, 30, 0)[:n]
    best, start = maximal_activations(codes, filter_of("ACGTG")[None], np.zeros(1, np.float32))
    motif = filter_motif(codes, best[:, 0], start[:, 0], 5, "0")
    assert round(motif.n_sites) == used
    assert motif.consensus == "ACGTG"
    assert motif.probabilities.max(axis=0).min() > 0.999


def test_windows_without_activation_do_not_count():
    codes = np.repeat(encode("AAAACAAA")[None], 60, axis=0)
    codes[:20] = encode("AAAAAAAA")
    best, start = maximal_activations(codes, filter_of("C")[None], np.array([-0.5], np.float32))
    motif = filter_motif(codes, best[:, 0], start[:, 0], 1, "0")
    assert (motif.consensus, round(motif.n_sites)) == ("C", 40)
    assert filter_motif(codes[:20], best[:20, 0], start[:20, 0], 1, "0") is None


@pytest.mark.parametrize(
    ("found", "planted", "wanted"),
    [
        ("ACGTG", "ACGTG", 1.0),
        ("CACGTTT", "ACGTG", 1.0),  # turned over it is AAACGTG
        ("GACGT", "ACGTG", 4.25 / 5),
        ("GT", "ACGTG", 2.75 / 5),
        ("TTTT", "AAAAA", 4.25 / 5),
    ],
)
def test_similarity_is_that_of_the_best_shift_and_strand(found, planted, wanted):
    assert similarity(word(found), word(planted)) == pytest.approx(wanted)


@given(st.text("ACGT", min_size=1, max_size=8), st.text("ACGT", min_size=1, max_size=6))
def test_similarity_is_the_best_of_all_ways_to_lay_a_motif(found, planted):
    turned = found[::-1].translate(str.maketrans("ACGT", "TGCA"))
    shifts = range(1 - len(found), len(planted))  # at least one column on the other
    laid = [
        [one[at - shift] if 0 <= at - shift < len(found) else "" for at in range(len(planted))]
        for one in (found, turned)
        for shift in shifts
    ]
    shares = [sum(0.25 if not one else one == true for one, true in zip(row, planted, strict=True)) for row in laid]
    assert similarity(word(found), word(planted)) == pytest.approx(max(shares) / len(planted))


def test_the_table_tells_which_filter_is_which_motif():
    codes = with_words(["ACGTG", "TGCAT"], 300, 40, 1)
    spelled = ["TTTTT", "TGCAT", "GACGT", "ACGTG"]
    filters = np.stack([filter_of(each) for each in spelled])
    bias = np.array([-9, -4, -4, -4], np.float32)  # the first never responds, the others to their word alone
    table = filter_table(codes, filters, bias, [word("ACGTG"), word("TGCAT")])
    rows = table["filters"]
    assert [(row["filter"], row["consensus"], row["motif"]) for row in rows] == [
        (1, "TGCAT", "TGCAT"), (3, "ACGTG", "ACGTG"), (2, "GACGT", "ACGTG"),
    ]  # fmt: skip
    assert [row["similarity"] for row in rows] == pytest.approx([1, 1, 4.25 / 5], abs=1e-4)
    assert [row["similarity_in_place"] for row in rows[:2]] == pytest.approx([1, 1], abs=1e-4)
    assert rows[2]["similarity_in_place"] == pytest.approx(2 / 5, abs=1e-4)  # C and T of TGCAT, none of its own
    assert [row["information_content"] for row in rows] == pytest.approx([10, 10, 10], abs=0.01)
    assert table["filter_similarity"][0] == [0, 0]
    assert np.shape(table["filter_similarity"]) == (4, 2)


def test_correlation_is_pearsons_of_the_largest_activations():
    codes = with_words(["ACGTG", "TGCAT"], 250, 30, 2)
    filters = np.stack([filter_of("TGCAT"), filter_of("CCCCC"), filter_of("ACGTG")])
    bias = np.zeros(3, np.float32)
    best, _ = maximal_activations(codes, filters, bias)
    found = filter_table(codes, filters, bias, [word("ACGTG"), word("TGCAT")])["correlation"]
    assert found == pytest.approx(np.corrcoef(best[:, 2], best[:, 0])[0, 1], abs=1e-5)
    assert found < 0


def test_one_planted_motif_has_no_correlation_and_one_filter_none_either():
    codes = with_words(["ACGTG"], 100, 30, 3)
    filters, bias = filter_of("ACGTG")[None], np.zeros(1, np.float32)
    assert filter_table(codes, filters, bias, [word("ACGTG")]).keys() == {"filters"}
    assert filter_table(codes, filters, bias, [word("ACGTG"), word("TGCAT")])["correlation"] is None


def test_filters_that_never_respond_give_an_empty_table():
    codes = with_words(["ACGTG"], 100, 30, 4)
    table = filter_table(codes, filter_of("ACGTG")[None], np.full(1, -9, np.float32), [word("ACGTG"), word("TGCAT")])
    assert table == {"filters": [], "filter_similarity": [[0.0, 0.0]], "correlation": None}
