"""Motifs counted towards the most there can be."""

from motiflens.extraction.selection import MotifCounter


def test_more_rounds_than_motifs_stay_below_the_most_until_the_end():
    told = []
    count = MotifCounter(4, lambda done, total: told.append((done, total)))
    for _ in range(100):
        count.one()
    count.finish()
    assert told == [(1, 4), (2, 4), *[(3, 4)] * 98, (4, 4)]


def test_nobody_needs_to_listen():
    count = MotifCounter(4, None)
    count.one()
    count.finish()
