"""What is to come: targets, and forecasts beside how far off they have been."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kpi.registry import Catalogue
from kpi.targets import STATES, Standing, state
from kpi.text import Text
from sync.house import House
from sync.publish.forecast_store import forecast
from sync.publish.i18n import Language
from sync.publish.members import member_of
from sync.publish.reports.span import Span
from sync.publish.sales_outlook import SalesOutlook, sales_outlook
from sync.publish.shelf import Shelf
from sync.publish.targets.said import read_period
from sync.publish.targets.standing import TargetStatus, statuses

FORECASTS = 8


@dataclass(frozen=True)
class Goal:
    """A target, in words."""

    kpi: str
    is_total: bool
    name: str
    period: str
    wanted: str
    value: str
    pace: str
    """Done so far as a share of what should be; '' where that says nothing."""
    projected: str
    state: str
    is_bad: bool
    owner: str
    note: str


@dataclass(frozen=True)
class Expected:
    """What the period after the span, which may be running, will come to."""

    title: str
    period: str
    value: str
    likely: str
    error: str
    note: str
    """Why there is no forecast."""


@dataclass(frozen=True)
class Month:
    """Won revenue of a month, by the pipeline and by the past."""

    period: str
    won: str
    open_weighted: str
    pipeline: str
    pipeline_error: str
    by_past: str
    by_past_likely: str
    by_past_error: str


# --- targets ----------------------------------------------------------------------------------------------------------


def goals(house: House, shelf: Shelf, language: Language, span: Span) -> list[Goal]:
    """The targets whose period meets the span, as they stand now; one for each month, in the month of the report."""
    found = [_of_span(house, shelf, span, status) for status in statuses(house, shelf)]
    met = [status for status in found if status.start < span.end and span.start < status.end]
    return [_goal(house.catalogue, language, status) for status in met]


def _of_span(house: House, shelf: Shelf, span: Span, status: TargetStatus) -> TargetStatus:
    target = status.target
    if target.start is not None or target.period != span.period or status.start == span.start or shelf.today is None:
        return status
    kpi, key = house.catalogue.kpis[target.kpi], member_of(shelf, target.by, target.key)
    figure = None
    if key is not None and read_period(target, kpi) == target.period:
        figure = shelf.figure(target.kpi, by=target.by, key=key, period=span.period, start=span.start)
    is_over = span.end <= shelf.today
    blank = replace(status, start=span.start, end=span.end, is_over=is_over, state="not_computed", value=None, n=None)
    blank = replace(blank, interval=None, share=None, profile=None, projected=None, likely=None, basis="none", baseline=None)
    if figure is None or figure.value is None:
        nothing = Text("there is no figure of this period", "il n'y a pas de valeur pour cette période")
        return replace(blank, reason=(figure.reason if figure else None) or nothing)
    standing = Standing(
        figure.value,
        is_over=is_over,
        is_settled=figure.provisional_until is None or figure.provisional_until <= shelf.today,
        has_few_cases="small_sample" in figure.flags,
    )
    judged = state(status.kind, target.direction, target.value, standing)
    return replace(blank, state=judged, value=figure.value, n=figure.n, interval=figure.interval, reason=None)


def _goal(catalogue: Catalogue, language: Language, status: TargetStatus) -> Goal:
    target = status.target

    def told(value: object) -> str:
        return language.amount(value, status.unit, status.currency) if value is not None else "—"  # type: ignore[arg-type]

    sign = "≥" if target.direction == "at_least" else "≤"
    likely = ""
    if status.likely is not None:
        likely = f" ({told(status.likely.low)} … {told(status.likely.high)})"
    return Goal(
        kpi=target.kpi,
        is_total=target.by == "total",
        name=f"{catalogue.definition(target.kpi).title.in_(language.locale)}{f' · {target.key}' if target.key else ''}",
        period=language.period(target.period, status.start),
        wanted=f"{sign} {told(target.value)}",
        value=told(status.value),
        pace=language.percent(status.pace) if status.pace is not None and not status.is_over else "",
        projected=told(status.projected) + likely if status.projected is not None else "",
        state=STATES[status.state].in_(language.locale),
        is_bad=status.state in ("at_risk", "missed"),
        owner=target.owner,
        note=language.text(status.reason),
    )


# --- forecasts --------------------------------------------------------------------------------------------------------


def expected(shelf: Shelf, catalogue: Catalogue, language: Language, span: Span, kpis: Sequence[str]) -> list[Expected]:
    """Of each KPI that is forecast by the span's kind of period: the period that is not over at the last sync."""
    found = [one for kpi in kpis if (one := _expected(shelf, catalogue, language, span, kpi)) is not None]
    return found[:FORECASTS]


def _expected(shelf: Shelf, catalogue: Catalogue, language: Language, span: Span, kpi: str) -> Expected | None:
    kept = forecast(shelf, kpi, period=span.period)
    if kept is None:
        return None
    title, coming = catalogue.definition(kpi).title.in_(language.locale), kept.running
    if coming is None:
        return Expected(title, "", "—", "", "", language.text(kept.reason)) if kept.reason else None
    value, likely = coming.ahead.value, coming.ahead.likely
    if kept.present is not None:
        value, likely = kept.present.value, kept.present.likely
    return Expected(
        title=title,
        period=language.period(span.period, coming.start),
        value=language.amount(value, kept.unit, kept.currency),
        likely=_range(likely, kept.unit, kept.currency, language),
        error=language.percent(coming.ahead.error_share) if coming.ahead.error_share is not None else "",
        note="",
    )


def months(shelf: Shelf, language: Language) -> list[Month]:
    """The month that is running and the next; empty where neither way says anything."""
    found = sales_outlook(shelf, forecast(shelf, "revenue_won"))
    return [_month(one, language) for one in found if one.pipeline is not None or one.by_past is not None]


def _month(one: SalesOutlook, language: Language) -> Month:
    def money(value: object) -> str:
        return language.amount(value, "money", one.currency)  # type: ignore[arg-type]

    return Month(
        period=language.period("month", one.start),
        won=money(one.won),
        open_weighted=money(one.open_weighted),
        pipeline=money(one.pipeline),
        pipeline_error=language.percent(one.pipeline_error.share) if one.pipeline_error else "",
        by_past=money(one.by_past),
        by_past_likely=_range(one.by_past_likely, "money", one.currency, language),
        by_past_error=language.percent(one.by_past_error) if one.by_past_error is not None else "",
    )


def _range(found: object, unit: str, currency: str | None, language: Language) -> str:
    low, high = getattr(found, "low", None), getattr(found, "high", None)
    if low is None or high is None:
        return ""
    return f"{language.amount(low, unit, currency)} … {language.amount(high, unit, currency)}"
