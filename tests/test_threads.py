"""Threads that share out work: the order of results, every part once, work within work, failures."""

import threading

import pytest

from motiflens.threads import Team, side_by_side


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_parts_hold_every_item_once_and_none_is_empty(threads, n):
    seen, lock = [], threading.Lock()

    def note(part: slice) -> None:
        assert part.start < part.stop
        with lock:
            seen.extend(range(n)[part])

    Team(threads).share(note, n)
    assert sorted(seen) == list(range(n))


def test_work_within_work_of_the_same_team_does_not_wait_for_itself():
    team = Team(2)
    outer = threading.Thread(
        target=lambda: results.extend(team.map(lambda row: sum(team.map(abs, [row, -3])), range(5))), daemon=True
    )
    results: list[int] = []
    outer.start()
    outer.join(timeout=60)
    assert results == [3, 4, 5, 6, 7]


def test_two_teams_share_out_work_within_work():
    """Only its own threads work alone: those of another team count as the caller."""
    one, other, names = Team(2), Team(2), set[str]()

    def name(_: int) -> None:
        names.add(threading.current_thread().name)

    one.map(lambda _: other.map(name, range(50)), range(4))
    mine = set(one.map(lambda _: threading.current_thread().name, range(50)))
    assert names
    assert not names & mine


def test_the_first_failure_stops_the_others_and_is_raised():
    stopped = []

    def work(item: int, stop: threading.Event) -> int:
        if item == 1:
            raise ValueError(item)
        stopped.append(stop.wait(60))
        return item

    with pytest.raises(ValueError, match="1"):
        side_by_side(work, [0, 1], threads=2)
    assert stopped == [True]
