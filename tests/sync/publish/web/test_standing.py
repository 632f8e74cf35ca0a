"""Where a value stands among its own past."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kpi.periods import period_end
from sync.publish.shelf import Figure
from sync.publish.web.standing import FEWEST, standing
from tests.sync.publish.months import months_before

TODAY = date(2026, 10, 10)


def course(*amounts: str | None) -> list[Figure]:
    """Months, the last of them the one before today's."""
    starts = months_before(date(2026, 10, 1), len(amounts))
    return [figure(start, amount) for start, amount in zip(starts, amounts, strict=True)]


def figure(start: date, amount: str | None) -> Figure:
    return Figure(
        kpi="leads",
        by="total",
        key="",
        period="month",
        start=start,
        end=period_end("month", start),
        model=None,
        value=None if amount is None else Decimal(amount),
        unit="count",
        currency=None,
        n=None,
        inputs={},
        as_of=datetime(2026, 10, 1, tzinfo=UTC),
        provisional_until=None,
        reason=None,
        flags=(),
    )


@pytest.mark.parametrize(("now", "share"), [("9", "1"), ("0", "0"), ("4.5", "0.5"), ("4", "0.4375")])
def test_the_rank_is_the_share_that_was_lower(now: str, share: str) -> None:
    """Of 1 to 8; one that was equal counts half."""
    found = standing(course(*map(str, range(1, 9)), now), TODAY)
    assert found.share == Decimal(share)
    assert (found.low, found.median, found.high, found.past) == (Decimal(1), Decimal("4.5"), Decimal(8), 8)


def test_the_running_period_is_not_ranked() -> None:
    running = figure(date(2026, 10, 1), "1000")
    found = standing([*course(*map(str, range(1, 10))), running], TODAY)
    assert found.figure is not None
    assert found.figure.value == 9


def test_too_few_or_unknown_are_not_ranked() -> None:
    few = standing(course(*["1"] * FEWEST), TODAY)
    assert (few.share, few.past) == (None, FEWEST - 1)
    unknown = standing(course(*["1"] * 20, None), TODAY)
    assert unknown.share is None
    assert unknown.figure is not None
    assert standing([], TODAY).figure is None
    assert standing([replace(figure(date(2026, 10, 1), "1"))], TODAY).figure is None


def test_what_was_too_long_ago_does_not_count() -> None:
    assert standing(course(*["99"] * 10, *["1"] * 36, "2"), TODAY).share == 1
