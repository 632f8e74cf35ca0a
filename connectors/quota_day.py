"""The account's day: how many calls all apps together have left, how many we made, and where we stop of our own accord.

The vendor counts a day from midnight in the *account's* time zone and states it in the headers of its answers. Two rules
of ours keep room for everybody else (:class:`Budget`): we take at most our share of the day, and leave the last part of it.
Days are cut by the vendor's clock: what its ``Date`` header differs from our own clock is kept, so the turn of the day is
seen without asking.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.errors import QuotaExhausted


@dataclass(frozen=True)
class DayHeard:
    """What one answer says of the day."""

    at: datetime | None = None
    """The vendor's clock."""
    limit: int | None = None
    """Calls that the account has a day."""
    remaining: int | None = None
    """Calls that it has left, for all its apps."""


@dataclass(frozen=True)
class Day:
    """The day as far as it is known; null where no answer has said it yet."""

    on: date | None = None
    """In the account's zone."""
    calls: int = 0
    """Ours, those under way included."""
    limit: int | None = None
    remaining: int | None = None
    zone: str | None = None
    ahead_s: float | None = None
    """The vendor's clock minus ours, seconds."""

    def at(self, wall: float) -> "Day":
        """The day at ``wall`` by our clock (seconds since 1970): a new one, without calls, when midnight has passed. While
        the zone is unknown that is midnight UTC: a day that never turned would one day be used up for good."""
        if self.ahead_s is None:
            return self
        today = datetime.fromtimestamp(wall + self.ahead_s, ZoneInfo(self.zone or "UTC")).date()
        if today == self.on:
            return self
        if self.on is None:
            return replace(self, on=today)
        return replace(self, on=today, calls=0, remaining=None)

    def charged(self) -> "Day":
        """With one more call of ours."""
        return replace(self, calls=self.calls + 1)

    def told(self, heard: DayHeard, wall: float) -> "Day":
        """With what an answer said that arrived at ``wall``."""
        day = self
        if heard.at is not None:
            day = replace(day, ahead_s=heard.at.timestamp() - wall).at(wall)
        if heard.limit is not None:
            day = replace(day, limit=heard.limit)
        if heard.remaining is not None:
            day = replace(day, remaining=heard.remaining)
        return day

    def in_zone(self, zone: str, wall: float) -> "Day":
        """With the account's zone known; unchanged for a name that is no zone. What was counted before belongs to its day."""
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            return self
        return replace(self, zone=zone, on=self.on if self.zone else None).at(wall)

    @property
    def ends_at(self) -> datetime | None:
        """Midnight at its end, UTC; None before zone and vendor's clock are known."""
        if self.on is None or self.zone is None:
            return None
        return datetime.combine(self.on + timedelta(days=1), time(), ZoneInfo(self.zone)).astimezone(UTC)


UNKNOWN = Day()
"""Before the first call."""


@dataclass(frozen=True)
class Budget:
    """How much of an account's day we take. ``source`` is the section of the settings that says so."""

    source: str
    share: float
    """Ours at most, of the account's day (``daily_share``)."""
    reserve: float
    """Left to others, of the account's day (``daily_reserve``)."""

    def admit(self, day: Day) -> None:
        """Raises :class:`QuotaExhausted` when the next call would break a rule. Without a stated day there is none."""
        if day.limit is None:
            return
        ours, kept = round(self.share * day.limit), round(self.reserve * day.limit)
        if day.calls >= ours:
            why = f"{day.calls:,} calls were made today, and {ours:,} of the account's {day.limit:,} are Cadran's"
            raise QuotaExhausted(self.source, f"{why}; sources.{self.source}.daily_share raises that", day.ends_at)
        if day.remaining is not None and day.remaining < kept:
            why = f"{day.remaining:,} of the account's {day.limit:,} calls are left today, and {kept:,} are kept for other apps"
            raise QuotaExhausted(self.source, f"{why}; sources.{self.source}.daily_reserve lowers that", day.ends_at)

    def note(self, day: Day) -> str:
        """One line for a person: what was used and what is left."""
        if day.limit is None:
            return f"{day.calls:,} calls made today; HubSpot states no daily limit to this credential"
        left = "" if day.remaining is None else f"{day.remaining:,} calls left today, for all apps of the account; "
        return f"{left}Cadran made {day.calls:,} of its {round(self.share * day.limit):,}"
