"""Small marts in an in-memory DuckDB, built from the columns of ``kpi.schema`` so that they cannot differ from it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from kpi.channels import PAID
from kpi.engine import ComputeContext, Coverage, Result, compute
from kpi.measures import FAMILIES
from kpi.measures.base import By
from kpi.periods import Period
from kpi.registry import KPIS
from kpi.schema import CREDIT_UNIT, MARTS, columns

TODAY = date(2026, 11, 21)
AS_OF = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
EVERYTHING = {family: Coverage(None, 0) for family in FAMILIES}
ONLY_CRM = {family: EVERYTHING[family] for family in ("deal", "stay", "lead", "customer")}
DAY_S = 86_400
WHOLE_DEAL: Mapping[str, Any] = {"has_negative_cycle": False, "is_zero_left_out": False, "credit": CREDIT_UNIT}


class Marts:
    """Every mart, empty until rows are added. ``run`` is what the engine asks for."""

    def __init__(self) -> None:
        self._con = duckdb.connect(":memory:")
        self._tables = {name: [c.name for c in columns(model)] for name, model in MARTS.items()}
        for name, model in MARTS.items():
            declared = ", ".join(f'"{c.name}" {c.sql_type}{"" if c.is_nullable else " NOT NULL"}' for c in columns(model))
            self._con.execute(f'CREATE TABLE "{name}" ({declared})')
        self._con.execute(
            "INSERT INTO calendar_period SELECT d::DATE, period, date_trunc(period, d) "
            "FROM generate_series(DATE '2024-01-01', DATE '2027-12-31', INTERVAL 1 DAY) s(d), "
            "(SELECT unnest(['year', 'quarter', 'month', 'week', 'day']) AS period)"
        )
        self.statements: list[str] = []
        self._next = 0

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """Where they are."""
        return self._con

    def close(self) -> None:
        self._con.close()

    def clear(self) -> None:
        for name in self._tables.keys() - {"calendar", "calendar_period"}:
            self._con.execute(f'DELETE FROM "{name}"')

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        self.statements.append(sql)
        return self._con.execute(sql).fetchall()

    def insert(self, mart: str, rows: Iterable[Mapping[str, Any]]) -> None:
        rows = list(rows)
        names = self._tables[mart]
        for row in rows:
            assert row.keys() <= set(names), row.keys() - set(names)
        if rows:
            place = f"({', '.join('?' * len(names))})"
            values = [row.get(name) for row in rows for name in names]
            self._con.execute(f'INSERT INTO "{mart}" VALUES {", ".join([place] * len(rows))}', values)

    def new_id(self) -> str:
        self._next += 1
        return str(self._next)

    def deal(
        self, *, channel: str = "unattributed", campaign: str = "unattributed", last: str | None = None, **given: Any
    ) -> None:
        """A deal: won with ``won_on``, lost with ``lost_on``, else open. ``last`` is its channel under last touch."""
        row: dict[str, Any] = {"deal_id": self.new_id(), **WHOLE_DEAL, **given}
        row["is_open"] = not (row.get("won_on") or row.get("lost_on"))
        self.insert("deal_outcome", [row])
        touches = (("first", channel), ("last", last or channel))
        self.insert("deal_credit", [{**row, "model": m, "channel": c, "campaign": campaign} for m, c in touches])
        self.insert("deal_product", [{**row, "product_id": "unallocated", "category": "unallocated", "credit": 0}])
        self.insert("deal_category", [{**row, "category": "unallocated", "credit": 0}])

    def lead(self, *, on: date, channel: str = "unattributed", campaign: str = "unattributed", **given: Any) -> None:
        row = {
            "contact_id": self.new_id(),
            "lead_on": on,
            "has_stage_disorder": False,
            "credit": CREDIT_UNIT,
            "may_come_of_visit": True,
        }
        row |= given
        self.insert("lead", [row])
        self.insert("lead_credit", [{**row, "model": m, "channel": channel, "campaign": campaign} for m in ("first", "last")])

    def customer(self, *, on: date, channel: str = "unattributed", campaign: str = "unattributed", **given: Any) -> None:
        row = {"customer_id": self.new_id(), "customer_on": on, "credit": CREDIT_UNIT, **given}
        self.insert("customer", [row])
        credited = {**row, "channel": channel, "campaign": campaign, "is_paid": channel in PAID}
        self.insert("customer_credit", [{**credited, "model": m} for m in ("first", "last")])

    def spend(self, amount: str | None, *, on: date, channel: str = "paid_search", campaign: str = "brand", **given: Any) -> None:
        row = {
            "source": "google_ads",
            "source_id": self.new_id(),
            "spend_on": on,
            "lagged_on": on,
            "platform": "google_ads",
            "channel": channel,
            "campaign": campaign,
            "spend_home": None if amount is None else Decimal(amount),
            "cost_class": "platform_reported",
            "is_paid_channel": channel in PAID,
            "is_other_zone": False,
            "is_mature": True,
            "has_stale_rate": False,
        }
        self.insert("spend", [{**row, **given}])

    def overhead(self, amount: str, *, on: date) -> None:
        row = {
            "source": "costs",
            "source_id": self.new_id(),
            "cost_on": on,
            "lagged_on": on,
            "kind": "sales",
            "amount_home": Decimal(amount),
        }
        self.insert("overhead", [row])

    def visit(
        self, sessions: int, key_event_sessions: int, *, on: date, channel: str = "direct", said: Sequence[str] = ()
    ) -> None:
        """``said``: what the vendor says of the row, such as ``is_sampled``."""
        row = {
            "property_id": "1",
            "visit_on": on,
            "channel": channel,
            "campaign": "unattributed",
            "source_medium": self.new_id(),
            "sessions": sessions,
            "engaged_sessions": 0,
            "key_event_sessions": key_event_sessions,
            "key_events": Decimal(key_event_sessions),
            **{column: column in said for column in ("is_sampled", "is_thresholded", "has_other_row", "is_other_zone")},
        }
        self.insert("web", [row])

    def visitors(self, users: int, *, period: str, start: date, by: str = "total", member: str = "") -> None:
        said = {"is_sampled": False, "is_thresholded": False}
        self.insert("visitors", [{"period": period, "period_start": start, "by": by, "member": member, "users": users, **said}])

    def compute(
        self,
        *names: str,
        by: By = "total",
        period: Period = "all",
        model: str = "first",
        coverage: Mapping[str, Coverage] = EVERYTHING,
        today: date = TODAY,
    ) -> list[Result]:
        context = ComputeContext(AS_OF, today, "EUR", coverage)
        chosen = [KPIS[n] for n in names or KPIS]
        return list(compute(chosen, by=by, period=period, model=model, run=self.run, context=context))

    def one(self, name: str, **cut: Any) -> Result:
        """The only result of a KPI at that cut."""
        (result,) = self.compute(name, **cut)
        return result


def day(number: int) -> date:
    """Days from the first of June 2026."""
    return date(2026, 6, 1) + timedelta(days=number)


def by_key(results: Iterable[Result]) -> dict[str, Decimal | None]:
    return {r.key: r.value for r in results}


def values_of(result: Result, *names: str) -> tuple[Any, ...]:
    """Some of a result's fields, to be compared at once."""
    return tuple(getattr(result, name) for name in names)
