"""Facts through a few steps of deriving only, and KPIs computed on what they made: a tenth of the time of deriving everything."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from kpi.engine import ComputeContext, Coverage, Result, compute
from kpi.measures import FAMILIES
from kpi.measures.base import By, Measure
from kpi.periods import Period
from kpi.registry import KPIS
from sync.marts import calendar
from sync.marts.desk import Desk, Note
from sync.marts.survivors import resolve_records
from tests.sync.facts import OPTIONS, Facts

EVERYTHING = {family: Coverage(None, 0) for family in FAMILIES}

Step = Callable[[Desk], None]


class Steps(Facts):
    """``take`` builds the marts of some steps; ``value`` and ``values`` read KPIs over them."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        super().__init__(con, folder)
        self._place = folder
        self.desk: Desk
        self.kpis: tuple[str, ...] = ()
        self.catalogue = KPIS

    def take(self, steps: Iterable[Step], kpis: Sequence[str], **changes: Any) -> None:
        self.store()
        self.kpis = tuple(kpis)
        measures: tuple[Measure, ...] = tuple(dict.fromkeys(m for k in kpis for m in KPIS[k].formula.inputs))
        self.con.execute("SET TimeZone='UTC'")
        self.desk = Desk(self.con, self._place, replace(OPTIONS, measures=measures, **changes))
        resolve_records(self.desk)
        for step in steps:
            step(self.desk)
        calendar.calendar(self.desk)

    def take_all(self, kpis: Sequence[str], **changes: Any) -> None:
        """Every step: for what rests on several."""
        self.kpis = tuple(kpis)
        self.derive(**changes)

    def results(self, *names: str, by: By = "total", period: Period = "all") -> list[Result]:
        context = ComputeContext(OPTIONS.as_of, OPTIONS.today, "EUR", EVERYTHING)
        chosen = [self.catalogue[name] for name in names or self.kpis]
        return list(compute(chosen, by=by, period=period, model="first", run=self.rows, context=context))

    def values(self, name: str, by: By = "total", period: Period = "all") -> dict[str, str | None]:
        """Member, or first day of the period at total, or both -> value as text."""
        return {
            _key(r, by, period): None if r.value is None else f"{r.value.normalize():f}"
            for r in self.results(name, by=by, period=period)
        }

    def value(self, name: str, **cut: Any) -> str | None:
        """The only one."""
        ((_, value),) = self.values(name, **cut).items()
        return value

    def noted(self, note: Note) -> int:
        return int(self.one(f"SELECT count(*) FROM {note.rows}"))


def _key(result: Result, by: By, period: Period) -> str:
    start = "" if period == "all" else result.period_start.isoformat()
    return " ".join(part for part in (result.key, start) if part)


def at(day: str) -> dict[str, Any]:
    """``answered_at`` and ``answered_on``: nine in the morning of that day."""
    return {"answered_at": datetime.fromisoformat(f"{day}T09:00:00+00:00"), "answered_on": date.fromisoformat(day)}
