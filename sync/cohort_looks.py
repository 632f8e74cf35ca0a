"""Cohorts as they were known on a day: their members by what had become of them, and those of earlier cohorts.

Counted by the engine from the marts, by whole days since each member began. What was known on a day is told by the dates that
records bear.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from kpi.expression import PRECISION
from kpi.maturity import Form, Outcome, View
from kpi.measures.base import By, Facts, Measure
from kpi.measures.cohorts import COHORT_DEALS, COHORT_LEADS
from kpi.measures.columns import FROM_KNOWN_CHANNELS, FROM_PAID_CHANNELS
from kpi.measures.media import PAID_SPEND, SPEND
from kpi.scan import UNASSIGNED
from kpi.schema import CREDIT_UNIT
from kpi.survival import Counts, Curve, curve


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


Look = tuple[date, date, date]
"""First day of a cohort, its end (exclusive), and the day on which it is looked at."""


class Seen:
    """What the looks show, for every member of the dimension."""

    def __init__(self, con: duckdb.DuckDBPyConnection, followed: Followed, looks: Sequence[Look], cohort_days: int) -> None:
        self._days = cohort_days
        self._number = {look: number for number, look in enumerate(looks)}
        listed = ", ".join(f"({n}, DATE '{a}', DATE '{b}', DATE '{on}')" for (a, b, on), n in self._number.items())
        con.execute(LOOKS.format(listed=listed), {"cohort_days": cohort_days})
        self._counts: dict[tuple[int, str, bool], dict[str, dict[int, Decimal]]] = defaultdict(lambda: defaultdict(dict))
        for look, member, is_past, kind, day, n in con.execute(SEEN, {"cohort_days": cohort_days}).fetchall():
            self._counts[look, member, is_past][kind][day] = _whole(n)
        self._gains: dict[tuple[int, str, bool], Decimal] = {}
        if followed.brings_money:
            for look, member, is_past, gain in con.execute(SEEN_GAIN).fetchall():
                self._gains[look, member, is_past] = _whole(gain)
        self._curves: dict[tuple[int, str], tuple[Curve, Decimal]] = {}

    def view(self, member: str, look: Look) -> View:
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

    def outcome(self, member: str, look: Look) -> Outcome:
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


def count(con: duckdb.DuckDBPyConnection, followed: Followed, by: By, cohort_days: int, today: date, model: str) -> None:
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


def _whole(credits: Any) -> Decimal:
    """What so many credits make."""
    return PRECISION.divide(Decimal(credits), Decimal(CREDIT_UNIT))


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
