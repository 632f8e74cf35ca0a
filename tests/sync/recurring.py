"""Histories of subscriptions, the marts made of them, and what must come out: told again in plain Python, day by day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from kpi.engine import ComputeContext, Coverage, Result, compute
from kpi.measures import FAMILIES, MEASURES
from kpi.measures.base import By
from kpi.periods import Period, period_end, starts_between
from kpi.registry import KPIS
from kpi.schema import MARTS, TABLES, columns
from kpi.variants import Choices, with_choices
from sync.marts import calendar
from sync.marts.desk import Desk
from sync.marts.subscriptions import subscriptions
from sync.marts.survivors import resolve_records
from tests.sync.facts import OPTIONS

CUSTOMERS, PLANS = 5, 3
NINTHS = {"month": 108, "week": 468, "day": 3285}
"""Nine times what a year's worth of the unit is in months, twelve times over."""
MEASURES_OF_IT = tuple(m for m in MEASURES if m.facts.mart.startswith(("mrr", "subscriber")))
EVERYTHING = {family: Coverage(None, 0) for family in FAMILIES}
AS_DEFINED = Choices()


@dataclass(frozen=True)
class Sub:
    """A subscription; ``end`` exclusive, ``rate`` to the company's currency."""

    customer: int
    start: date
    end: date | None = None
    amount: Decimal = Decimal(100)
    unit: str = "month"
    count: int = 1
    plan: int = 0
    currency: str = "EUR"
    rate: Decimal = Decimal(1)

    @property
    def home_amount(self) -> Decimal:
        return (self.amount * self.rate).quantize(Decimal("0.000001"))

    def month(self, amount: Decimal) -> int:
        """A month of an amount in millionths of ninths, to the nearest."""
        per = 12 * self.count
        return (2 * int(amount * 10**6) * NINTHS[self.unit] + per) // (2 * per)

    @property
    def contract(self) -> int:
        return self.month(self.amount)

    @property
    def home(self) -> int:
        return self.month(self.home_amount)

    def is_paid_on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


class Book:
    """Marts of subscriptions; ``keep`` makes them anew from other histories."""

    def __init__(self, folder: Path) -> None:
        self.con = duckdb.connect()
        self._folder = folder
        self._kpis = KPIS
        for name, model in TABLES.items():
            declared = ", ".join(f'"{c.name}" {c.sql_type}' for c in columns(model))
            self.con.execute(f'CREATE TABLE "{name}" ({declared})')
        self.con.execute(f"INSERT INTO company BY NAME SELECT 'c' || i AS company_id FROM range({CUSTOMERS}) t(i)")
        self.con.execute(
            f"INSERT INTO product BY NAME SELECT 'p' || i AS product_id, 'kind' || i % 2 AS category FROM range({PLANS}) t(i)"
        )
        self.con.execute(
            f"INSERT INTO line_item BY NAME SELECT 'l' || i AS line_item_id, 'p' || i AS product_id FROM range({PLANS}) t(i)"
        )
        self.con.execute("SET TimeZone='UTC'; SET threads=1")
        desk = self.resolve()
        for name in ("customer", "customer_credit"):
            desk.mart(name, f"SELECT {', '.join(f'NULL AS {c.name}' for c in columns(MARTS[name]))} LIMIT 0")

    def resolve(self) -> Desk:
        """Companies as they stand now."""
        desk = Desk(self.con, self._folder, OPTIONS)
        resolve_records(desk)
        return desk

    def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            names = list(rows[0])
            place = f"({', '.join('?' * len(names))})"
            given = [row[name] for row in rows for name in names]
            self.con.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([place] * len(rows))}", given)

    def keep(self, subs: Sequence[Sub], choices: Choices = AS_DEFINED, **changes: Any) -> None:
        """The marts of these and no others, as of :data:`OPTIONS` with ``changes``; KPIs as they were chosen."""
        self._kpis = with_choices(choices).kpis
        self.con.execute("DELETE FROM subscription_period; DELETE FROM association")
        self.add("subscription_period", [_row(str(n), sub) for n, sub in enumerate(subs)])
        self.add("association", [link for n, sub in enumerate(subs) for link in _links(str(n), sub)])
        self.derive(**changes)

    def derive(self, **changes: Any) -> None:
        desk = Desk(self.con, self._folder, replace(OPTIONS, measures=MEASURES_OF_IT, **changes))
        subscriptions(desk)
        calendar.calendar(desk)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def results(self, *names: str, by: By = "total", period: Period = "all") -> list[Result]:
        context = ComputeContext(OPTIONS.as_of, OPTIONS.today, "EUR", EVERYTHING)
        return list(compute([self._kpis[n] for n in names], by=by, period=period, model="first", run=self.rows, context=context))

    def values(self, name: str, by: By = "total", period: Period = "all") -> dict[tuple[str, date], Decimal | None]:
        return {(r.key, r.period_start): r.value for r in self.results(name, by=by, period=period)}

    def value(
        self, name: str, start: str | None = None, *, by: By = "total", key: str = "", period: Period = "month"
    ) -> Decimal | None:
        """Of a month (or another period) by its first day; without a day, of ``all``."""
        if start is None:
            (found,) = [r.value for r in self.results(name, by=by) if r.key == key]
            return found
        return self.values(name, by=by, period=period)[key, date.fromisoformat(start)]


def _row(id: str, sub: Sub) -> dict[str, Any]:
    return {
        "source": "s",
        "source_id": id,
        "period_id": id,
        "subscription_id": id,
        "status": "active",
        "starts_on": sub.start,
        "ends_on": sub.end,
        "interval_unit": sub.unit,
        "interval_count": sub.count,
        "amount": sub.amount,
        "currency": sub.currency,
        "amount_home": sub.home_amount,
        "modified_at": datetime(2026, 6, 1),
    }


def _links(id: str, sub: Sub) -> Iterable[dict[str, Any]]:
    for kind, to in (("companies", f"c{sub.customer}"), ("line_items", f"l{sub.plan}")):
        yield {"from_type": "subscriptions", "from_id": id, "to_type": kind, "to_id": to, "is_primary": False}


# --- the same in plain Python ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """What one customer did between two moments; amounts in millionths of ninths."""

    opening: int
    closing: int
    new: int = 0
    expansion: int = 0
    contraction: int = 0
    churned: int = 0
    reactivation: int = 0
    fx: int = 0
    lost_customer: int = 0


def moved(subs: Sequence[Sub], first: date, last: date) -> Moved:
    """Of one customer, from the evening before ``first`` to the evening of ``last``, both days included."""
    before, after = first - timedelta(days=1), last
    opening, closing = [s for s in subs if s.is_paid_on(before)], [s for s in subs if s.is_paid_on(after)]
    opened, closed = sum(s.home for s in opening), sum(s.home for s in closing)
    change = 0
    for currency in {s.currency for s in (*opening, *closing)}:
        came = [s for s in closing if s.currency == currency and not s.is_paid_on(before)]
        went = [s for s in opening if s.currency == currency and not s.is_paid_on(after)]
        more = sum(s.contract for s in came) - sum(s.contract for s in went)
        if more >= 0 and came:
            change += (
                sum(s.home for s in came) * more // sum(s.contract for s in came)
                if went and currency != "EUR"
                else sum(s.home for s in came) - sum(s.home for s in went)
            )
        elif went:
            change -= (
                sum(s.home for s in went) * -more // sum(s.contract for s in went)
                if came and currency != "EUR"
                else sum(s.home for s in went) - sum(s.home for s in came)
            )
    fx = closed - opened - change
    has_paid_before = any(s.start < first and s.start != s.end for s in subs)
    if not opening and not closing:
        inside = [s for s in subs if first <= s.start <= last and s.end is not None and s.start < s.end <= last]
        if not inside:
            return Moved(0, 0)
        last_end = max(s.end for s in inside if s.end)
        brief = sum(s.home for s in inside if s.end == last_end)
        return Moved(0, 0, churned=brief, **{"reactivation" if has_paid_before else "new": brief})
    if not opening:
        return Moved(0, closed, fx=fx, **{"reactivation" if has_paid_before else "new": change})
    if not closing:
        return Moved(opened, 0, churned=-change, fx=fx, lost_customer=1)
    return Moved(opened, closed, expansion=max(change, 0), contraction=max(-change, 0), fx=fx)


def by_customer(subs: Sequence[Sub]) -> dict[int, list[Sub]]:
    return {c: [s for s in subs if s.customer == c] for c in {s.customer for s in subs}}


def periods_until_today(kind: Period, first: date) -> list[tuple[date, date]]:
    """First and last day of each period, today's included, which ends with today."""
    starts = {"month": first.replace(day=1), "quarter": first.replace(month=(first.month - 1) // 3 * 3 + 1, day=1)}
    start = starts.get(kind, first.replace(month=1, day=1))
    today = OPTIONS.today
    return [(a, min(period_end(kind, a) - timedelta(days=1), today)) for a in starts_between(kind, start, today)]


def total(subs: Sequence[Sub], first: date, last: date, of: Callable[[Moved], int]) -> int:
    return sum(of(moved(mine, first, last)) for mine in by_customer(subs).values())
