"""Which days to ask an ad platform for, in how many requests."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days, both ends inclusive, in the account's zone."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def until(self) -> date:
        """The day after the last."""
        return self.last + ONE_DAY

    def halves(self) -> tuple["Span", "Span"] | None:
        """Two spans in its place, for a vendor that found it too much; None for a single day."""
        if self.days == 1:
            return None
        middle = self.first + timedelta(days=self.days // 2 - 1)
        return Span(self.first, middle), Span(middle + ONE_DAY, self.last)


def due(stand: date | None, since: date, today: date, *, lookback_days: int, oldest: date | None = None) -> Span | None:
    """What is to be read: from ``since`` on the first read, later from ``lookback_days`` before the last day read, because the
    platform restates them. Nothing before ``oldest``, the first day that the platform still gives. None when nothing is due."""
    first = since if stand is None else max(since, stand - timedelta(days=lookback_days))
    first = first if oldest is None else max(first, oldest)
    return Span(first, today) if first <= today else None


def slices(span: Span, days: int) -> Iterator[Span]:
    """The span in parts of at most ``days`` days, the oldest first."""
    first = span.first
    while first <= span.last:
        last = min(first + timedelta(days=days - 1), span.last)
        yield Span(first, last)
        first = last + ONE_DAY


def months_before(today: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last day."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
