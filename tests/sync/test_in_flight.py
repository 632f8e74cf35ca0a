"""Several at once, never more than so many, none left behind."""

import threading
from collections.abc import Callable, Iterator

import pytest

from sync.in_flight import Stopped, carried_out

PATIENCE_S = 10.0


def test_all_run_and_never_more_than_allowed_at_once() -> None:
    """Each job of a full house waits for the others: they are there together, and no further one is."""
    together, lock = threading.Barrier(3, timeout=PATIENCE_S), threading.Lock()
    inside: list[int] = []
    most = 0

    def job(number: int) -> int:
        nonlocal most
        with lock:
            inside.append(number)
            most = max(most, len(inside))
        together.wait()
        with lock:
            inside.remove(number)
        together.wait()
        return number

    def jobs() -> Iterator[Callable[[], int]]:
        for number in range(9):
            yield lambda number=number: job(number)  # type: ignore[misc]

    assert sorted(carried_out(jobs(), at_once=3)) == list(range(9))
    assert most == 3


def test_after_a_failure_what_is_under_way_ends_and_the_earliest_failure_is_raised() -> None:
    """Two of three fail, the later one first; the third ends well; the fourth never begins."""
    second_failed, ended = threading.Event(), []

    def first() -> None:
        assert second_failed.wait(PATIENCE_S)
        raise ValueError("first")

    def second() -> None:
        second_failed.set()
        raise ValueError("second")

    def third() -> None:
        assert second_failed.wait(PATIENCE_S)
        ended.append(3)

    results = carried_out([first, second, third, lambda: ended.append(4)], at_once=3)
    with pytest.raises(ValueError, match="first"):
        list(results)
    assert ended == [3]


def test_asked_to_stop_it_ends_what_is_under_way() -> None:
    """Stopped while two of three are under way: both end, the third is left."""
    done: list[int] = []
    jobs = [lambda: done.append(1), lambda: done.append(2), lambda: done.append(3)]
    with pytest.raises(Stopped):
        list(carried_out(jobs, at_once=2, stop=lambda: bool(done)))
    assert 3 not in done


def test_asked_to_stop_at_the_very_end_nothing_is_left() -> None:
    """All was done: there is nothing to stop."""
    done: list[int] = []
    list(carried_out([lambda: done.append(1)], at_once=2, stop=lambda: bool(done)))
    assert done == [1]
