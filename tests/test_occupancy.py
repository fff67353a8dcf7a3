"""Likelihood ratios and letters piled up, against plain sums over every window."""

import numpy as np
import pytest

from motiflens.scanning.occupancy import blocks_of, expected_letters, occupancies


def drawn(seed, *, n=9, length=31, width=8):
    rng = np.random.default_rng(seed)
    codes = rng.choice(5, (n, length), p=[0.3, 0.2, 0.2, 0.25, 0.05]).astype(np.uint8)
    scores = np.log(rng.dirichlet(np.full(4, 0.4), width).T + 0.01) + np.log(4)
    return codes, scores, rng.normal(size=n)


def windows(sequence, scores, *, both):
    """Yield the letters as read on each strand, with the score; -inf where one is unknown."""
    width = scores.shape[1]
    for turned in (False, True) if both else (False,):
        for start in range(len(sequence) - width + 1):
            places = start + np.arange(width)
            places = places[::-1] if turned else places
            letters = [3 - x if turned and x < 4 else x for x in sequence[places].tolist()]
            known = all(x < 4 for x in letters)
            yield start, turned, sum(scores[x, j] for j, x in enumerate(letters)) if known else -np.inf


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("width", [1, 4, 5, 8, 11, 31])
def test_the_ratio_is_the_mean_over_all_windows_of_known_letters(both, width):
    codes, scores, _ = drawn(width, width=width)
    found = occupancies(blocks_of(codes), scores, both_strands=both)
    for sequence, ratio in zip(codes, found, strict=True):
        every = [np.exp(score) for *_, score in windows(sequence, scores, both=both) if score > -np.inf]
        assert ratio == pytest.approx(np.mean(every) if every else 0.0, rel=1e-4)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("flank", "share"), [(0, 0.3), (3, 0.3), (2, 0.9)])
def test_letters_are_piled_up_as_likely_as_their_window_is_a_site(both, flank, share):
    codes, scores, weights = drawn(3)
    found = expected_letters(blocks_of(codes), scores, weights, share=share, flank=flank, both_strands=both)
    width, expected = scores.shape[1], np.zeros((2, 4, scores.shape[1] + 2 * flank))
    for sequence, weight in zip(codes, weights, strict=True):
        every = [one for one in windows(sequence, scores, both=both) if one[2] > -np.inf]
        total = sum(np.exp(score) for *_, score in every)
        ratio = total / max(len(every), 1)
        posterior = share * ratio / (1 - share + share * ratio)
        for start, turned, score in every:
            part = posterior * np.exp(score) / total
            for place in range(-flank, width + flank):
                column = start + width - 1 - place if turned else start + place
                if 0 <= column < len(sequence) and sequence[column] < 4:
                    letter = 3 - sequence[column] if turned else sequence[column]
                    expected[:, letter, place + flank] += np.array([weight, weight**2]) * part
    size = np.abs(weights).sum()  # windows of less than a hundredth of their sequence are left out
    np.testing.assert_allclose(found.excess, expected[0], atol=0.03 * size)
    np.testing.assert_allclose(found.variance, expected[1], atol=0.03 * size)
    assert found.excess.shape == (4, width + 2 * flank)
    np.testing.assert_array_equal(found.ratios, occupancies(blocks_of(codes), scores, both_strands=both))


def test_a_sequence_of_unknown_letters_has_no_site():
    codes, scores, weights = drawn(5)
    codes[2] = 4
    found = expected_letters(blocks_of(codes), scores, weights, share=0.5, flank=1)
    assert found.ratios[2] == 0
    assert np.isfinite(found.excess).all()


def test_rows_are_chosen_as_of_an_array():
    codes, scores, _ = drawn(7)
    blocks, chosen = blocks_of(codes), np.array([True, False, True, True, False, False, False, False, True])
    np.testing.assert_array_equal(occupancies(blocks[chosen], scores), occupancies(blocks, scores)[chosen])


def test_both_strands_of_the_turned_sequence_are_the_same():
    codes, scores, _ = drawn(11)
    turned = np.where(codes[:, ::-1] < 4, 3 - codes[:, ::-1].astype(int), 4).astype(np.uint8)
    np.testing.assert_allclose(occupancies(blocks_of(turned), scores), occupancies(blocks_of(codes), scores), rtol=1e-5)
