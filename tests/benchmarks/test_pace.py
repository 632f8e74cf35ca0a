"""What share of a rate limit a run used, from the times at which its calls were counted."""

import pytest

from benchmarks.pace import steady_share


def bursts(count: int, limit: int, every_s: float) -> list[float]:
    """``limit`` calls at once, again after ``every_s``, and so on."""
    return [burst * every_s for burst in range(count) for _ in range(limit)]


def test_bursts_that_fill_each_window_use_all_of_it() -> None:
    assert steady_share(bursts(5, 190, 10.0), 190, 10.0) == pytest.approx(1.0)


def test_bursts_that_slip_lose_what_they_slip() -> None:
    """Counted by the clock's windows these would be 100 %: each still holds a whole burst."""
    assert steady_share(bursts(5, 190, 10.3), 190, 10.0) == pytest.approx(10 / 10.3)


def test_an_even_pace_counts_as_much_as_bursts() -> None:
    assert steady_share([n / 19 for n in range(1_000)], 190, 10.0) == pytest.approx(1.0)


def test_the_first_windows_free_burst_gains_nothing() -> None:
    free = [0.0] * 190
    assert steady_share([*free, *(10 + n / 9.5 for n in range(600))], 190, 10.0) == pytest.approx(0.5)


def test_too_few_calls_say_nothing() -> None:
    assert steady_share([0.0] * 380, 190, 10.0) is None
