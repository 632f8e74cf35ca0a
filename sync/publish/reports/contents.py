"""Everything that a report says, gathered once; how it looks is :mod:`~sync.publish.reports.document`'s."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from connectors.errors import ConfigurationError
from kpi.text import Text
from sync.house import House
from sync.publish.i18n import Language
from sync.publish.reports.campaigns import Campaigns, campaigns
from sync.publish.reports.events import Alert, Health, Restated, alerts, health, restated
from sync.publish.reports.funnel import Step, funnel
from sync.publish.reports.headline import headline
from sync.publish.reports.lines import Section, kpis_of, sections
from sync.publish.reports.outlook import Expected, Goal, Month, expected, goals, months
from sync.publish.reports.span import Kind, Span, containing, last_whole
from sync.publish.shelf import Figure, Shelf

COURSE = 13
"""How many periods a line shows: of months, a year and the same month before."""


@dataclass(frozen=True)
class Course:
    """A KPI over time, up to the span."""

    title: str
    figures: Sequence[Figure]


@dataclass(frozen=True)
class Contents:
    account: str
    title: str
    name: str
    """What the settings call it; '' where nobody named it."""
    span: Span
    headline: str
    sections: Sequence[Section]
    courses: Sequence[Course]
    goals: Sequence[Goal]
    campaigns: Campaigns | None
    funnel: Sequence[Step]
    months: Sequence[Month]
    expected: Sequence[Expected]
    restated: Sequence[Restated]
    restated_more: int
    restated_since: str
    """From when on, in words."""
    alerts: Sequence[Alert]
    health: Health
    is_over: bool
    provisional_until: date | None
    """The last day until which a figure of the span may still settle."""
    shelf: Shelf = field(repr=False)


def span_of(kind: Kind, shelf: Shelf, day: date | None, week_start: str) -> Span:
    """The week or month of ``day``; None: the last that is over. Raises :class:`ConfigurationError` where nothing is known of it."""
    if shelf.today is None:
        raise ConfigurationError("nothing has been synced yet: run `cadran sync` (or `cadran demo`) first")
    span = containing(kind, day, week_start) if day else last_whole(kind, shelf.today, week_start)
    known = shelf.starts("total", span.period)
    if span.start > shelf.today or span.start not in known:
        past = [start for start in known if start <= shelf.today]
        reach = f"from {past[0]} to {past[-1]}" if past else "none at all"
        raise ConfigurationError(
            f"there are no figures of the {span.period} that begins on {span.start}; {span.period}s with figures begin {reach}"
        )
    return span


def gather(
    house: House,
    shelf: Shelf,
    language: Language,
    span: Span,
    follow: Sequence[str],
    *,
    name: str = "",
    since_run: int | None = None,
    since: date | None = None,
) -> Contents:
    """``follow``: roles and KPIs. ``since_run``, ``since``: the run whose figures the last report showed, and its day."""
    found = sections(shelf, house.catalogue, language, span, follow)
    kpis = kpis_of(found)
    changed, more = restated(house, language, span, kpis, since_run)
    settles = [line.figure.provisional_until for section in found for line in section.lines if line.figure and not line.instead]
    return Contents(
        account=house.name,
        title=title(language, span),
        name=name,
        span=span,
        headline=headline(found, language, span),
        sections=found,
        courses=_courses(shelf, found, span),
        goals=goals(house, shelf, language, span),
        campaigns=campaigns(shelf, house.catalogue, language, span),
        funnel=funnel(shelf, house.catalogue, language, span),
        months=months(shelf, language),
        expected=expected(shelf, house.catalogue, language, span, kpis),
        restated=changed,
        restated_more=more,
        restated_since=language.day(since or span.start),
        alerts=alerts(house, language, span),
        health=health(house, language, span),
        is_over=shelf.today is not None and span.end <= shelf.today,
        provisional_until=max((day for day in settles if day is not None), default=None),
        shelf=shelf,
    )


def title(language: Language, span: Span) -> str:
    told = language.period(span.period, span.start)
    if span.kind == "weekly":
        return Text(f"Weekly report, {told}", f"Rapport hebdomadaire, {told}").in_(language.locale)
    return Text(f"Monthly report, {told}", f"Rapport mensuel, {told}").in_(language.locale)


def _courses(shelf: Shelf, found: Sequence[Section], span: Span) -> list[Course]:
    """Of each role, its first KPI that is kept by the span's kind of period."""
    courses = []
    for section in found:
        line = next((one for one in section.lines if not one.instead), None)
        if line is not None:
            figures = shelf.series(line.kpi, period=span.period, until=span.end)[-COURSE:]
            courses.append(Course(line.title, figures))
    return courses
