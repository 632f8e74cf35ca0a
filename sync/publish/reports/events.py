"""What happened around the figures: values of the past that changed, alerts, and how the reading went."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from kpi.text import Text
from sync.house import House
from sync.ledger_tables import Run
from sync.publish.alerts.book import Standing, standings
from sync.publish.alerts.health import PARTS
from sync.publish.i18n import Language
from sync.publish.reports.span import Span
from sync.restated import why
from sync.restatements import Restatement, Wanted, restatements

RUNS = 500
"""How far back failed runs are counted."""
SHOWN = 15


@dataclass(frozen=True)
class Restated:
    """A value of a period that was over, as it was known before and is now."""

    title: str
    period: str
    old: str
    new: str
    why: str
    was_provisional: bool


@dataclass(frozen=True)
class Alert:
    title: str
    value: str
    is_firing: bool
    since: str
    note: str


@dataclass(frozen=True)
class Health:
    """The reading, in words."""

    last: str
    """When the last sync ended."""
    is_failed: bool
    """The newest run of reading failed."""
    aside: int
    failed: int
    """Runs that failed since the span began."""


def restated(
    house: House, language: Language, span: Span, kpis: Collection[str], since_run: int | None
) -> tuple[list[Restated], int]:
    """Totals of these KPIs by the span's kind of period that later runs found to be others, and how many more there are.

    ``since_run``: of runs after it, whose figures the last report showed; None: of runs since the span began.
    """
    wanted = Wanted(by="total", period=span.period, since=lambda run: _is_later(run, language, span, since_run))
    found: dict[tuple[str, object], list[Restatement]] = {}
    for one in (one for one in restatements(house, wanted) if one.kpi in kpis):
        found.setdefault((one.kpi, one.period_start), []).append(one)
    # The newest run's comes first.
    changed = [(steps[0], steps[-1]) for steps in found.values() if steps[0].new != steps[-1].old]
    order = list(kpis)
    changed.sort(key=lambda pair: (-pair[0].period_start.toordinal(), order.index(pair[0].kpi)))
    rows = [_restated(house, language, newest, oldest) for newest, oldest in changed[:SHOWN]]
    return rows, len(changed) - len(rows)


def _is_later(run: Run, language: Language, span: Span, since_run: int | None) -> bool:
    if since_run is not None:
        return run.id > since_run
    return run.as_of is not None and run.as_of.astimezone(language.zone).date() >= span.start


def _restated(house: House, language: Language, newest: Restatement, oldest: Restatement) -> Restated:
    return Restated(
        title=house.catalogue.definition(newest.kpi).title.in_(language.locale),
        period=language.period(newest.period, newest.period_start),
        old=language.amount(oldest.old, newest.unit, newest.currency),
        new=language.amount(newest.new, newest.unit, newest.currency),
        why=why(newest.causes, language.locale),
        was_provisional=newest.was_provisional,
    )


def alerts(house: House, language: Language, span: Span) -> list[Alert]:
    """Those that are firing, and those that were told since the span began."""
    found = [one for one in standings(house) if one.state.is_firing or _was_told(one, language, span)]
    found.sort(key=lambda one: (not one.state.is_firing, one.rule, one.member))
    return [_alert(house, language, one) for one in found]


def _was_told(one: Standing, language: Language, span: Span) -> bool:
    told_at = one.state.told_at
    return told_at is not None and told_at.astimezone(language.zone).date() >= span.start


def _alert(house: House, language: Language, one: Standing) -> Alert:
    seen, locale = one.reading, language.locale
    kpi, label = seen.get("kpi"), seen.get("label") or ""
    if kpi in house.catalogue.kpis:
        name = house.catalogue.definition(str(kpi)).title.in_(locale)
        title = f"{name}, {label}" if label else name
    elif one.member in PARTS and seen.get("kind") == "sync_failed":
        title = PARTS[one.member].in_(locale)
    elif seen.get("kind") == "stale_data":
        title = Text(f"source {one.member}", f"source {one.member}").in_(locale)
    else:
        title = label or one.member or one.rule
    value = seen.get("value")
    return Alert(
        title=title,
        value=language.amount(Decimal(str(value)), str(seen.get("unit")), seen.get("currency")) if value is not None else "",
        is_firing=one.state.is_firing,
        since=language.instant(one.state.since),
        note=str(seen.get("note") or ""),
    )


def health(house: House, language: Language, span: Span) -> Health:
    ledger = house.ledger
    done, newest = ledger.last_run("sync"), ledger.last_run("sync", status=None)
    since_start = [run for run in ledger.recent_runs(RUNS) if run.started_at.astimezone(language.zone).date() >= span.start]
    return Health(
        last=language.instant(done.finished_at if done else None),
        is_failed=newest is not None and newest.status == "failed",
        aside=len(ledger.aside()),
        failed=sum(run.status == "failed" for run in since_start),
    )
