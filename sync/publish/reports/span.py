"""Which week or month a report is about, and when it is due. Pure; days are those of the reporting zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from config.reports import WEEKDAYS, ReportSettings
from kpi.periods import Period, period_end

Kind = Literal["weekly", "monthly"]
DAY_OF_MONTH = 2
"""Of the month after, unless the settings say another: platforms correct their last day for a day or so."""


@dataclass(frozen=True)
class Span:
    kind: Kind
    start: date

    @property
    def period(self) -> Period:
        return "week" if self.kind == "weekly" else "month"

    @property
    def end(self) -> date:
        """Exclusive."""
        return period_end(self.period, self.start)


def containing(kind: Kind, day: date, week_start: str) -> Span:
    """The week or month that a day lies in. ``week_start``: ``mon`` to ``sun``."""
    if kind == "monthly":
        return Span(kind, day.replace(day=1))
    return Span(kind, day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7))


def last_whole(kind: Kind, today: date, week_start: str) -> Span:
    """The newest that is over when ``today`` begins."""
    running = containing(kind, today, week_start)
    return containing(kind, running.start - timedelta(days=1), week_start)


def due(report: ReportSettings, now: datetime, zone: ZoneInfo, week_start: str) -> Span:
    """The newest span whose report is to have been sent by ``now`` (UTC)."""
    local = now.astimezone(zone)
    span = last_whole(report.kind, local.date(), week_start)
    if local.replace(tzinfo=None) < _sent_at(report, span):
        span = containing(report.kind, span.start - timedelta(days=1), week_start)
    return span


def _sent_at(report: ReportSettings, span: Span) -> datetime:
    """When it is to be sent, by the wall clock."""
    hour, minute = map(int, report.at.split(":"))
    if report.kind == "monthly":
        day = span.end.replace(day=report.day if isinstance(report.day, int) else DAY_OF_MONTH)
    else:
        wanted = WEEKDAYS.index(str(report.day or "mon"))
        day = span.end + timedelta(days=(wanted - span.end.weekday()) % 7)
    return datetime.combine(day, time(hour, minute))
