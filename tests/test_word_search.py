"""One search in words: its best, and what it keeps for what the best leaves."""

import numpy as np
import pytest
from planted import exact_motif, two_classes
from test_site_models import BASE, sample_of

from motiflens.enrichment import CutOff
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import Scanner, likeness
from motiflens.extraction.selection import erased
from motiflens.extraction.word_search import best_and_others, best_motif, best_of
from motiflens.threads import Team

ONE = Team(1)
FIRST, SECOND = "GATTACGCA", "CCAGTTTGG"


def like(beginning, word):
    return likeness(beginning.model.matrix, exact_motif(word).probabilities, BASE)


def both_planted(seed):
    return two_classes({FIRST: 0.5, SECOND: 0.3}, n=400, length=70, random_state=20 * seed)


def without(sequences, word):
    """Erase all sites of a word with a letter wrong at most."""
    candidate = Candidate(exact_motif(word).probabilities, CutOff(0.0, 9.0, 0, 0))
    return erased(sequences, candidate, Scanner(BASE, both_strands=True))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_others_of_a_search_hold_the_best_of_what_its_best_leaves(seed):
    sequences = both_planted(seed)
    best, others = best_and_others(sample_of(sequences), team=ONE)
    assert like(best, FIRST) > 0.9
    assert all(likeness(each.model.matrix, best.model.matrix, BASE) < 0.6 for each in others)
    left = sample_of(without(sequences, FIRST))
    next_ = best_of(others, left, ONE)
    assert like(next_, SECOND) > 0.9
    assert next_.worth == pytest.approx(best_motif(left, team=ONE).worth, rel=0.05)


def test_others_are_measured_on_what_is_left_not_where_they_were_found():
    sequences = both_planted(3)
    _, others = best_and_others(sample_of(sequences), team=ONE)
    left = sample_of(without(without(sequences, FIRST), SECOND))
    assert best_of(others, left, ONE).model.z < 6 < max(each.model.z for each in others)


def test_of_no_others_there_is_no_best():
    assert best_of((), sample_of(two_classes({}, n=30, length=20)), ONE) is None


def test_threads_do_not_matter():
    sample = sample_of(both_planted(4))
    once, again = (best_and_others(sample, team=Team(n)) for n in (1, 3))
    assert once[0].model.matrix.tobytes() == again[0].model.matrix.tobytes()
    assert [each.model.z for each in once[1]] == [each.model.z for each in again[1]]
    third = [best_of(once[1], sample, Team(n)).presence for n in (1, 3)]
    assert np.array_equal(*third)
