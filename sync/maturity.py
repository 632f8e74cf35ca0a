"""Beside a cohort's value, the one expected at maturity: counted from the marts, computed by :mod:`kpi.maturity`, kept by version.

Cohorts are looked at as they were known on a day: the day of the run for those that are not mature, and for each mature one the
day on which it was as old as one of those is now. What was known then is told by the dates that records bear: a deal entered
late, with an earlier date, is known from that date on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from kpi.engine import Result
from kpi.maturity import NOT_OVER, AtMaturity, Form, Outcome, Past, View, at_maturity
from kpi.measures.base import By, Facts, Measure
from kpi.measures.cohorts import COHORT_DEALS, COHORT_LEADS, FROM_KNOWN_CHANNELS, FROM_PAID_CHANNELS
from kpi.measures.media import PAID_SPEND, SPEND
from kpi.periods import Period
from kpi.scan import UNASSIGNED
from kpi.schema import CREDIT_UNIT
from kpi.survival import Counts, Curve, curve
from kpi.text import Text
from kpi.undefined import Reason
from kpi.units import plain
from sync.house import House
from sync.lake import Written, version_line
from sync.pipeline import Frame

BYS: tuple[By, ...] = ("total", "channel", "pipeline")
"""A campaign or a person seldom has conversions enough for a curve of its own."""
PERIODS: tuple[Period, ...] = ("month", "quarter")
TRIED_ON = 12
"""The newest mature cohorts that the forecast is tried on."""

MATURITY = "kpi_maturity"
MATURITY_TYPES: Mapping[str, str] = {
    "kpi": "VARCHAR",
    "dimension": "VARCHAR",
    "member": "VARCHAR",
    "period": "VARCHAR",
    "period_start": "DATE",
    "model": "VARCHAR",
    "value": "DECIMAL(38,10)",
    "maturity": "DECIMAL(38,10)",
    "error": "DECIMAL(38,10)",
    "cohorts": "INTEGER",
    "reason": "VARCHAR",
    "reason_fr": "VARCHAR",
}
MATURITY_KEY = ("kpi", "dimension", "member", "period", "period_start", "model")
MATURITY_COMPARED = ("value", "maturity", "error", "cohorts", "reason")


@dataclass(frozen=True)
class Followed:
    """How the cohorts of one KPI are followed."""

    form: Form
    facts: Facts
    start: str
    """Column of the day on which a member began."""
    event: str
    """Column of the days until it converted; null: not within the window."""
    left: str
    """SQL of the days until it could convert no more; null: it still can."""
    where: str
    is_attributed: bool = False
    spend: Measure | None = None
    brings_money: bool = False

    def mart(self, by: By) -> str:
        return self.facts.mart_by(by, is_attributed=self.is_attributed)

    def is_credited(self, by: By) -> bool:
        """Whether an attribution model decides whose member one is."""
        return self.mart(by) == self.facts.credited_mart


_LOST_DAYS = (
    "CASE WHEN NOT is_open AND won_on IS NULL THEN coalesce(lost_days, CASE WHEN lost_on >= created_on THEN NULL ELSE 0 END) END"
)
"""A deal that was lost after the window was open through all of it; one that was lost nobody knows when never was."""


def _leads(form: Form, spend: Measure | None = None, *, chosen: str | None = None, brings_money: bool = False) -> Followed:
    """``chosen``: which leads are meant, where not all are; a condition on the channel that is credited."""
    where = f"{COHORT_LEADS.where}" + (f" AND {chosen}" if chosen else "")
    return Followed(form, COHORT_LEADS.facts, "lead_on", "customer_days", "NULL", where, chosen is not None, spend, brings_money)


FOLLOWED: Mapping[str, Followed] = {
    "lead_to_customer_cohort": _leads("share"),
    "win_rate_cohort": Followed("share", COHORT_DEALS.facts, "created_on", "won_days", _LOST_DAYS, COHORT_DEALS.where or "true"),
    "cac_cohort": _leads("cost", PAID_SPEND, chosen=FROM_PAID_CHANNELS),
    "roi_cohort": _leads("return", SPEND, chosen=FROM_KNOWN_CHANNELS, brings_money=True),
}


def has_maturity(kpi: str, by: str, period: str) -> bool:
    """Whether the KPI's values at that grain have a value at maturity beside them."""
    return kpi in FOLLOWED and by in BYS and period in PERIODS


def is_followed(result: Result, model: str) -> bool:
    """The same of a result; under the settings' own model only."""
    return result.model in (None, model) and has_maturity(result.kpi, result.by, result.period)


def lines(house: House, frame: Frame, con: duckdb.DuckDBPyConnection, results: Iterable[Result]) -> list[bytes]:
    """What :func:`write` keeps. ``con`` holds the marts."""
    settings = house.settings
    found = rows(con, results, today=frame.today, cohort_days=settings.kpis.cohort_days, model=settings.attribution.model)
    return [version_line(row) for row in found]


def write(house: House, lines: Iterable[bytes], run_id: int) -> Written | None:
    """Keep what changed of it."""
    return house.lake.write_versions(MATURITY, MATURITY_TYPES, MATURITY_KEY, MATURITY_COMPARED, lines, run_id)


def rows(
    con: duckdb.DuckDBPyConnection, results: Iterable[Result], *, today: date, cohort_days: int, model: str
) -> Iterator[dict[str, Any]]:
    """Rows of :data:`MATURITY_TYPES` for the results of periods that are over and not yet mature. ``con`` holds the marts."""
    sheets: dict[tuple[str, By, Period], list[Result]] = defaultdict(list)
    for result in results:
        sheets[result.kpi, result.by, result.period].append(result)
    counted = None
    for (kpi, by, _), found in sorted(sheets.items(), key=lambda sheet: sheet[0]):
        cohorts = _Cohorts(found, today, cohort_days)
        if not cohorts.young:
            continue
        if counted != (kpi, by):
            counted = kpi, by
            _count(con, FOLLOWED[kpi], by, cohort_days, today, model)
        yield from _sheet(con, FOLLOWED[kpi], found, cohorts)


class _Cohorts:
    """The periods of one KPI and grain, sorted into mature ones and those that are over and still wait."""

    def __init__(self, results: Sequence[Result], today: date, cohort_days: int) -> None:
        window = timedelta(days=cohort_days)
        spans = sorted({(r.period_start, r.period_end) for r in results if r.period_end <= today})
        self.today, self.cohort_days = today, cohort_days
        self.young = [span for span in spans if span[1] + window > today]
        self.mature = [span for span in spans if span[1] + window <= today][-TRIED_ON:]

    def looks(self) -> list[tuple[date, date, date]]:
        """(start, end, day it is looked at) of every look that is needed."""
        found = [(*span, self.today) for span in (*self.young, *self.mature)]
        found += [(*past, self.then(past, young)) for young in self.young for past in self.mature]
        return list(dict.fromkeys(found))

    def then(self, past: tuple[date, date], young: tuple[date, date]) -> date:
        """The day on which a past cohort was as long over as the young one is today."""
        return past[1] + (self.today - young[1])


def _sheet(
    con: duckdb.DuckDBPyConnection, followed: Followed, results: Sequence[Result], cohorts: _Cohorts
) -> Iterator[dict[str, Any]]:
    looks = cohorts.looks()
    seen = _Seen(con, followed, looks, cohorts.cohort_days)
    spend = {(r.key, r.period_start): r.inputs.get(followed.spend.name) if followed.spend else None for r in results}
    young = {span[0]: span for span in cohorts.young}
    for result in results:
        span = young.get(result.period_start)
        if span is None:
            continue
        own = spend[result.key, span[0]]
        if followed.spend is not None and own is None:
            yield _row(result, AtMaturity(None, None, None, None, result.reason))
            continue
        past = [
            Past(
                seen.view(result.key, (*one, cohorts.then(one, span))),
                seen.outcome(result.key, (*one, cohorts.today)),
                spend.get((result.key, one[0])),
            )
            for one in cohorts.mature
        ]
        view = seen.view(result.key, (*span, cohorts.today))
        yield _row(result, at_maturity(followed.form, result.unit, view, own, past))


_Look = tuple[date, date, date]


class _Seen:
    """What the looks show, for every member of the dimension."""

    def __init__(self, con: duckdb.DuckDBPyConnection, followed: Followed, looks: Sequence[_Look], cohort_days: int) -> None:
        self._days = cohort_days
        self._number = {look: number for number, look in enumerate(looks)}
        listed = ", ".join(f"({n}, DATE '{a}', DATE '{b}', DATE '{on}')" for (a, b, on), n in self._number.items())
        con.execute(LOOKS.format(listed=listed), {"cohort_days": cohort_days})
        self._counts: dict[tuple[int, str, bool], dict[str, dict[int, Decimal]]] = defaultdict(lambda: defaultdict(dict))
        for look, member, is_past, kind, day, n in con.execute(SEEN, {"cohort_days": cohort_days}).fetchall():
            self._counts[look, member, is_past][kind][day] = Decimal(n) / CREDIT_UNIT
        self._gains: dict[tuple[int, str, bool], Decimal] = {}
        if followed.brings_money:
            for look, member, is_past, gain in con.execute(SEEN_GAIN).fetchall():
                self._gains[look, member, is_past] = Decimal(gain) / CREDIT_UNIT
        self._curves: dict[tuple[int, str], tuple[Curve, Decimal]] = {}

    def view(self, member: str, look: _Look) -> View:
        number = self._number[look]
        own = self._counts[number, member, False]
        outcome = self.outcome(member, look)
        earlier, events = self._curve(number, member)
        return View(
            outcome.members,
            outcome.events,
            outcome.gain,
            own["open"],
            earlier,
            events,
            self._gains.get((number, member, True), Decimal(0)),
        )

    def outcome(self, member: str, look: _Look) -> Outcome:
        own = self._counts[self._number[look], member, False]
        members = sum((n for part in own.values() for n in part.values()), Decimal(0))
        events = sum(own["event"].values(), Decimal(0))
        return Outcome(members, events, self._gains.get((self._number[look], member, False), Decimal(0)))

    def _curve(self, number: int, member: str) -> tuple[Curve, Decimal]:
        if (number, member) not in self._curves:
            past = self._counts[number, member, True]
            counts = Counts(past["event"], past["left"], past["open"])
            self._curves[number, member] = curve(counts, self._days), counts.happened
        return self._curves[number, member]


def _count(con: duckdb.DuckDBPyConnection, followed: Followed, by: By, cohort_days: int, today: date, model: str) -> None:
    """``_followed`` and ``_gained``: members and money by the day they began and the days that passed."""
    member = "''" if by == "total" else f"coalesce({followed.facts.members[by]}, '{UNASSIGNED}')"
    where = f"{followed.start} <= $today AND ({followed.where})" + (" AND model = $model" if followed.is_credited(by) else "")
    words = {"member": member, "mart": followed.mart(by), "start": followed.start, "where": where}
    given: dict[str, Any] = {"today": today} | ({"model": model} if followed.is_credited(by) else {})
    con.execute(MEMBERS.format(event=followed.event, left=followed.left, **words), given)
    con.execute(FOLLOWED_MONTH)
    if followed.brings_money:
        con.execute(GAINED.format(**words), given | {"cohort_days": cohort_days})
        con.execute(GAINED_MONTH)


MEMBERS = """
CREATE OR REPLACE TEMP TABLE _followed AS
SELECT {member} AS member, {start} AS start_on, CAST({event} AS INTEGER) AS event_days,
    CAST({left} AS INTEGER) AS left_days, CAST(sum(credit) AS BIGINT) AS n
FROM {mart} WHERE {where} GROUP BY ALL
"""

FOLLOWED_MONTH = """
CREATE OR REPLACE TEMP TABLE _followed_month AS
SELECT member, CAST(date_trunc('month', start_on) AS DATE) AS month, event_days, left_days, CAST(sum(n) AS HUGEINT) AS n
FROM _followed GROUP BY ALL
"""

GAINED = """
CREATE OR REPLACE TEMP TABLE _gained AS
SELECT {member} AS member, {start} AS start_on, d.days,
    sum(CAST(d.amount_home AS DECIMAL(27, 6)) * CAST(credit AS DECIMAL(10, 0))) AS gain
FROM {mart} JOIN _lead_deal d USING (contact_id) WHERE d.days BETWEEN 0 AND $cohort_days AND d.amount_home IS NOT NULL AND {where}
GROUP BY ALL
"""

GAINED_MONTH = """
CREATE OR REPLACE TEMP TABLE _gained_month AS
SELECT member, CAST(date_trunc('month', start_on) AS DATE) AS month, sum(gain) AS gain FROM _gained GROUP BY ALL
"""

LOOKS = """
CREATE OR REPLACE TEMP TABLE _look AS
SELECT *, least(start_on, CAST(date_trunc('month', known_on - CAST($cohort_days AS INTEGER)) AS DATE)) AS settled_before
FROM (VALUES {listed}) l(look, start_on, end_on, known_on)
"""
"""Who began before ``settled_before`` had been followed to the end by the day of the look: whole months of them are told at once."""

SEEN = """
WITH seen AS (
    SELECT l.look, m.member, true AS is_past, m.n, m.event_days IS NOT NULL AS is_event, m.left_days IS NOT NULL AS is_left,
        m.event_days, m.left_days, $cohort_days AS age
    FROM _followed_month m JOIN _look l ON m.month < l.settled_before
    UNION ALL
    SELECT l.look, f.member, f.start_on < l.start_on, f.n,
        f.event_days IS NOT NULL AND f.start_on + f.event_days <= l.known_on,
        f.left_days IS NOT NULL AND f.start_on + f.left_days <= l.known_on,
        f.event_days, f.left_days, least(l.known_on - f.start_on, $cohort_days)
    FROM _followed f JOIN _look l ON f.start_on >= l.settled_before AND f.start_on < l.end_on AND f.start_on <= l.known_on
)
SELECT look, member, is_past, CASE WHEN is_event THEN 'event' WHEN is_left THEN 'left' ELSE 'open' END AS kind,
    CASE WHEN is_event THEN event_days WHEN is_left THEN left_days ELSE age END AS day, sum(n)
FROM seen GROUP BY ALL
"""

SEEN_GAIN = """
SELECT look, member, is_past, sum(gain) FROM (
    SELECT l.look, g.member, true AS is_past, g.gain FROM _gained_month g JOIN _look l ON g.month < l.settled_before
    UNION ALL
    SELECT l.look, g.member, g.start_on < l.start_on, g.gain
    FROM _gained g JOIN _look l ON g.start_on >= l.settled_before AND g.start_on < l.end_on AND g.start_on + g.days <= l.known_on
) GROUP BY ALL
"""


def _row(result: Result, found: AtMaturity) -> dict[str, Any]:
    return {
        "kpi": result.kpi,
        "dimension": result.by,
        "member": result.key,
        "period": result.period,
        "period_start": result.period_start.isoformat(),
        "model": result.model or "",
        "value": _text(found.value),
        "maturity": _text(found.maturity),
        "error": _text(found.error),
        "cohorts": found.cohorts,
        "reason": found.reason.text.en if found.reason else None,
        "reason_fr": found.reason.text.fr if found.reason else None,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


# --- reading back -------------------------------------------------------------------------------------------------

_OTHER_MODEL = Reason(
    "other_model",
    Text(
        "kept for the attribution model of the settings only",
        "conservé pour le seul modèle d'attribution des réglages",
    ),
)


def stored(
    house: House, kpi: str, by: str, period: str, model: str, run_id: int | None
) -> dict[tuple[str, date], dict[str, Any]]:
    """(member, first day of the period) -> the row that is kept; as known by a run, or (None) now."""
    if not has_maturity(kpi, by, period):
        return {}
    names = tuple(MATURITY_TYPES)
    query = f"SELECT {', '.join(names)} FROM {MATURITY} WHERE kpi = ? AND dimension = ? AND period = ? AND model IN ('', ?)"
    with house.lake.versions(MATURITY, MATURITY_TYPES, MATURITY_KEY, run_id) as con:
        found = [dict(zip(names, row, strict=True)) for row in con.execute(query, [kpi, by, period, model]).fetchall()]
    return {(row["member"], row["period_start"]): row for row in found}


def shown(result: Mapping[str, Any], kept: Mapping[tuple[str, date], Mapping[str, Any]], locale: str) -> dict[str, Any] | None:
    """The key ``at_maturity`` of a stored result (a row of ``kpi_result``): None where no cohort is followed."""
    if not has_maturity(result["kpi"], result["dimension"], result["period"]):
        return None
    row = kept.get((result["member"], result["period_start"]))
    if row is not None:
        return {
            **{name: None if row[name] is None else plain(row[name]) for name in ("value", "maturity", "error")},
            "cohorts": row["cohorts"],
            "reason": row["reason_fr" if locale == "fr" else "reason"],
        }
    if result["provisional_until"] is None and result["value"] is not None:
        return {"value": plain(result["value"]), "maturity": "1", "error": None, "cohorts": None, "reason": None}
    is_running = result["as_of"].date() < result["period_end"]
    reason = NOT_OVER if is_running else (None if result["value"] is None else _OTHER_MODEL)
    words = reason.text.in_(locale) if reason else result["reason_fr" if locale == "fr" else "reason"]
    return {"value": None, "maturity": None, "error": None, "cohorts": None, "reason": words}
