"""What may differ between classes without a motif, against plain counts; and that no motif is made of it."""

import numpy as np
import pytest
from test_site_models import BASE

from motiflens.backgrounds import gc_content
from motiflens.extraction.composition import composition, powers
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.rounds import find_motifs
from motiflens.sequences import concatenate, from_strings


def letters(rng, n, length, gc=0.5):
    share = np.array([(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2])
    return rng.choice(4, size=(n, length), p=share).astype(np.uint8)


def standardised(values):
    return (values - values.mean()) / values.std()


def classes(n):
    return np.arange(n) < n // 2


def test_columns_are_powers_of_what_differs():
    rng = np.random.default_rng(0)
    codes = np.vstack([letters(rng, 45, 37, 0.7), letters(rng, 45, 37, 0.4)])
    codes[:45][rng.random((45, 37)) < 0.2] = 4
    texts = ["".join("ACGTN"[letter] for letter in row) for row in codes]
    gc = standardised(np.array([sum(text.count(x) for x in "GC") / (37 - text.count("N")) for text in texts]))
    known = standardised(np.array([37.0 - text.count("N") for text in texts]))
    found = composition(codes, classes(90), both_strands=True)
    np.testing.assert_allclose(found, np.column_stack([gc, gc**2, gc**3, known, known**2, known**3]), atol=1e-9)


def test_gc_content_is_that_of_known_letters():
    texts = ["GATTACC", "NNCGTNN", "NNNNNNN", "ATATATA", "SWGGGGG"]
    codes = from_strings(texts).codes
    known = ["".join(letter for letter in text if letter in "ACGT") for text in texts]
    expected = [sum(text.count(x) for x in "GC") / len(text) if text else 0.5 for text in known]
    np.testing.assert_allclose(gc_content(codes), expected)


def test_powers_of_far_values_stop_where_they_are_told_to():
    values = np.r_[np.zeros(30), 4.0, np.full(9, 0.5)]
    whole, cut = powers(values), powers(values, 2, farthest=1.5)
    z = standardised(values)
    np.testing.assert_allclose(whole, np.column_stack([z, z**2, z**3]))
    near = np.where(np.abs(z) > 1.5, 1.5 * np.sign(z), z)
    assert (near != z).sum() == 1
    np.testing.assert_allclose(cut, np.column_stack([near, near**2]))


def test_values_that_are_alike_have_no_powers():
    assert powers(np.full(7, 0.3)).shape == (7, 0)
    assert powers(0.1 + 1e-17 * np.arange(9)).shape == (9, 0)


def test_one_strand_tells_a_from_t():
    rng = np.random.default_rng(2)
    codes = letters(rng, 120, 30)
    codes[:60][codes[:60] == 3] = 0
    assert composition(codes, classes(120), both_strands=True) is None
    found = composition(codes, classes(120), both_strands=False)
    skew = (codes == 0).mean(axis=1) - (codes == 3).mean(axis=1)
    assert abs(np.corrcoef(found.T, skew)[-1, :-1]).max() == pytest.approx(1)


def test_of_few_sequences_the_first_power_is_enough():
    rng = np.random.default_rng(3)
    codes = np.vstack([letters(rng, 12, 60, 0.9), letters(rng, 13, 60, 0.2)])
    assert composition(codes, classes(25), both_strands=True).shape == (25, 1)


def test_classes_that_are_alike_have_nothing_to_hold_fixed():
    rng = np.random.default_rng(4)
    none = [composition(letters(rng, 80, 25), classes(80), both_strands=True) is None for _ in range(200)]
    assert sum(none) >= 195
    assert composition(np.zeros((30, 9), np.uint8), classes(30), both_strands=True) is None


def found_between(positives, negatives):
    parts = [from_strings(["".join("ACGTN"[x] for x in row) for row in part]) for part in (positives, negatives)]
    labels = np.repeat([1, 0], [len(positives), len(negatives)])
    sequences = concatenate(parts).with_labels(labels, ("negative", "positive"))
    return list(find_motifs(sequences, np.ones(len(labels), np.bool_), Scanner(BASE), pvalue=0.001))


@pytest.mark.parametrize("seed", range(3))
def test_masked_letters_longer_sequences_and_uneven_gc_content_are_no_motif(seed):
    rng = np.random.default_rng(seed)
    positives, negatives = letters(rng, 300, 100), letters(rng, 300, 100)
    masked = negatives.copy()
    for row in masked:
        row[: rng.integers(0, 12)] = 4
    assert found_between(positives, masked) == []
    assert found_between(positives, negatives[:, :88]) == []
    uneven = np.vstack([letters(rng, 150, 100, gc) for gc in (0.4, 0.6)])
    assert found_between(uneven, negatives) == []


def test_lengths_are_those_before_anything_was_erased():
    rng = np.random.default_rng(4)
    codes, positive = letters(rng, 80, 41), classes(80)
    lengths = np.full(80, 41.0)
    codes[:40, 5:20] = 4
    assert composition(codes, positive, both_strands=True).shape == (80, 3)
    assert composition(codes, positive, both_strands=True, lengths=lengths) is None
    lengths[:40] -= rng.integers(1, 4, 40)
    np.testing.assert_allclose(
        composition(codes, positive, both_strands=True, lengths=lengths)[:, 0], standardised(lengths)
    )
