"""The world's time: two years, the 45 days after them, and how busy each day is.

Everything that happens is dated by one number: seconds of Paris wall-clock time since the first midnight (``at``).
Web sessions keep that local time, the CRM gets UTC.
"""

from datetime import UTC, date, datetime, timedelta
from typing import NewType
from zoneinfo import ZoneInfo

from connectors.sandbox.worlds.builtin.dice import Dice, Weighted

At = NewType("At", int)
"""Seconds of local wall-clock time since the midnight that begins :data:`FIRST_DAY`."""

ZONE = ZoneInfo("Europe/Paris")
FIRST_DAY = date(2024, 9, 15)
NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
DAYS_AFTER_NOW = 45
"""Days of traffic and spend beyond now; the vendors answer only up to their clock."""

DAY = 86_400
TODAY = (NOW.astimezone(ZONE).date() - FIRST_DAY).days
"""Index of the day that holds now."""
NOW_AT = At(TODAY * DAY + NOW.astimezone(ZONE).hour * 3_600)
DAYS = TODAY + DAYS_AFTER_NOW + 1

_MIDNIGHT = datetime.combine(FIRST_DAY, datetime.min.time())
_DATES = tuple((FIRST_DAY + timedelta(days=index)).isoformat() for index in range(DAYS))

_WEEKDAYS = (112, 118, 116, 112, 98, 30, 27)
"""Per cent of an average day, Monday first: the customers are companies."""
_MONTHS = (104, 103, 108, 101, 94, 103, 88, 52, 116, 112, 108, 76)
"""Per cent, January first: August is empty, September is not."""


def day_of(at: At) -> int:
    return at // DAY


def moment(day: int, second: int) -> At:
    return At(day * DAY + second)


def day_index(day: date) -> int:
    return (day - FIRST_DAY).days


def date_text(day: int) -> str:
    """``2026-03-14``."""
    return _DATES[day]


def local_text(at: At) -> str:
    """``2026-03-14T09:26:53``, local and without zone, as a GA4 property counts its days."""
    second = at % DAY
    return f"{_DATES[at // DAY]}T{second // 3_600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def instant_text(at: At) -> str:
    """``2026-03-14T08:26:53.000Z``: UTC, as HubSpot writes an instant."""
    local = (_MIDNIGHT + timedelta(seconds=at)).replace(tzinfo=ZONE)
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def demand(day: int) -> int:
    """How busy a day is: week, season and steady growth. About 10,000 on a plain working day half-way."""
    when = FIRST_DAY + timedelta(days=day)
    growth = 72 + 56 * day // TODAY
    return _WEEKDAYS[when.weekday()] * _MONTHS[when.month - 1] * growth // 100


_HOURS = Weighted(
    *(
        (hour, weight)
        for hour, weight in enumerate((0, 0, 0, 0, 0, 0, 2, 5, 11, 15, 15, 12, 8, 11, 14, 14, 12, 9, 6, 4, 4, 4, 2, 0))
    )
)
_WORKING_HOURS = Weighted(
    *((hour, weight) for hour, weight in zip(range(9, 19), (8, 14, 14, 7, 3, 11, 13, 13, 9, 4), strict=True))
)


def visiting_second(dice: Dice) -> int:
    """A second of the day at which people browse; never in the hour that clocks skip or repeat."""
    return dice.draw(_HOURS) * 3_600 + dice.between(0, 3_599)


def at_work(dice: Dice, day: int) -> At:
    """A moment in office hours of that day, or of the Monday after a week-end."""
    weekday = (FIRST_DAY + timedelta(days=day)).weekday()
    working_day = day + max(0, 7 - weekday) if weekday > 4 else day
    return moment(working_day, dice.draw(_WORKING_HOURS) * 3_600 + dice.between(0, 3_599))
