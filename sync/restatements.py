"""The restatement ledger: values of periods that were over, which a later run found to be others, and why.

Nothing is written for it: every version of every value is kept with the run that found it (:meth:`sync.lake.Lake.write_versions`),
so is what the values depend on (:mod:`sync.basis`), and so are the rows (:mod:`sync.evidence`). A value was restated by a run when
its period was over for the run before already. Why is decided from evidence alone: which inputs of the formula moved, and what
happened to the rows behind those, in that one run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any

import duckdb
import orjson

from kpi.card import Kpi
from kpi.measures.base import Measure
from kpi.units import plain
from sync.basis import BASIS, BASIS_TYPES, DEFINITION, SETTING, changed
from sync.evidence import Cause, Changes, tables_behind
from sync.house import House
from sync.ledger_tables import Run
from sync.result_rows import RESULT_KEY, RESULT_TYPES
from sync.runs import stored_frame


@dataclass(frozen=True)
class Because:
    """One thing that moved a value. ``rows`` None: it is not about rows."""

    cause: Cause
    rows: int | None = None
    tables: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    """Columns that were edited, settings that changed."""

    def to_json(self) -> dict[str, Any]:
        return {"cause": self.cause, "rows": self.rows, "tables": dict(self.tables), "names": list(self.names)}


@dataclass(frozen=True)
class Restatement:
    """A value of a period that was over, before and since a run. None: there was none, or it was not known."""

    kpi: str
    by: str
    key: str
    period: str
    period_start: date
    period_end: date
    unit: str
    currency: str | None
    model: str | None
    old: Decimal | None
    new: Decimal | None
    was_provisional: bool
    run: int
    at: datetime
    inputs: Mapping[str, tuple[str | None, str | None]]
    """Those that moved: before and since."""
    causes: tuple[Because, ...]

    def to_json(self) -> dict[str, Any]:
        change = self.new - self.old if self.old is not None and self.new is not None else None
        return {
            "kpi": self.kpi,
            "by": self.by,
            "key": self.key,
            "period": self.period,
            "period_start": self.period_start.isoformat(),
            "period_end": self.period_end.isoformat(),
            "old": _text(self.old),
            "new": _text(self.new),
            "change": _text(change),
            "unit": self.unit,
            "currency": self.currency,
            "model": self.model,
            "run": self.run,
            "at": self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "was_provisional": self.was_provisional,
            "inputs": {name: {"old": old, "new": new} for name, (old, new) in self.inputs.items()},
            "causes": [one.to_json() for one in self.causes],
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


@dataclass(frozen=True)
class Wanted:
    """Which restatements are asked for."""

    kpi: str | None = None
    since: Callable[[Run], bool] = lambda _run: True
    """Of which runs."""
    by: str | None = None
    key: str | None = None
    period: str | None = None
    period_start: date | None = None


def restatements(house: House, wanted: Wanted) -> list[Restatement]:
    """The newest run's first; within a run by KPI, dimension, period and member. Of the settings' attribution model."""
    syncs = house.ledger.finished_runs("sync")
    zone = stored_frame(house).zone
    chosen = {run.id: (run, before) for before, run in pairwise(syncs) if wanted.since(run)}
    if not chosen:
        return []
    with house.lake.facts(()) as con:
        house.lake.attach_history(con, "kpi_result", RESULT_TYPES)
        house.lake.attach_history(con, BASIS, BASIS_TYPES)
        days = [(run.id, _day(before, zone)) for run, before in chosen.values()]
        con.execute("CREATE TEMP TABLE run_day (run INTEGER, known_on DATE)")
        con.executemany("INSERT INTO run_day VALUES (?, ?)", days)
        found = list(_moved(house, con, wanted))
        return [
            restated
            for run_id, rows in groupby(found, key=lambda row: int(row["from_run"]))
            for restated in _of_run(house, con, *chosen[run_id], rows)
        ]


def _day(run: Run, zone: Any) -> date:
    return (run.as_of or run.started_at).astimezone(zone).date()


_CALENDAR = f"period IN ({', '.join(map(repr, ('year', 'quarter', 'month', 'week', 'day')))})"
"""All time and rolling windows are never over."""


def _moved(house: House, con: duckdb.DuckDBPyConnection, wanted: Wanted) -> Iterator[dict[str, Any]]:
    conditions, given = [_CALENDAR, "dimension <> 'deal'", "model IN ('', ?)"], [house.settings.attribution.model]
    for column, value in (
        ("kpi", wanted.kpi),
        ("dimension", wanted.by),
        ("member", wanted.key),
        ("period", wanted.period),
        ("period_start", wanted.period_start),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            given.append(value)  # type: ignore[arg-type]
    cursor = con.execute(MOVED.format(where=" AND ".join(conditions), key=", ".join(RESULT_KEY)), given)
    names = [column[0] for column in cursor.description or ()]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))


MOVED = """
WITH version AS (
    SELECT * REPLACE (CASE WHEN NOT removed THEN value END AS value, CASE WHEN NOT removed THEN inputs ELSE '{{}}' END AS inputs),
        min(from_run) OVER (PARTITION BY kpi, dimension, period, model) AS first_run
    FROM kpi_result_history WHERE {where}
), follows AS (
    SELECT *, lag(value) OVER follows AS old_value, lag(inputs) OVER follows AS old_inputs,
        lag(provisional_until) OVER follows AS old_provisional_until, lag(removed) OVER follows AS old_removed
    FROM version WINDOW follows AS (PARTITION BY {key} ORDER BY from_run)
)
SELECT f.* FROM follows f JOIN run_day d ON d.run = f.from_run
WHERE f.period_end <= d.known_on AND f.from_run > f.first_run AND f.value IS DISTINCT FROM f.old_value
ORDER BY f.from_run DESC, f.kpi, f.dimension, f.period, f.period_start, f.member
"""
"""What a run found where the run before had found something else, of periods that were over for that one."""


def _of_run(
    house: House, con: duckdb.DuckDBPyConnection, run: Run, before: Run, rows: Iterable[Mapping[str, Any]]
) -> Iterator[Restatement]:
    after_at = before.as_of.astimezone(UTC).replace(tzinfo=None) if before.as_of else None
    inquiry = _Inquiry(Changes(house, con, before.id, run.id, after_at), changed(con, f"{BASIS}_history", before.id, run.id))
    for row in rows:
        old, new = orjson.loads(row["old_inputs"] or "{}"), orjson.loads(row["inputs"])
        inputs = {
            name: (old.get(name), new.get(name))
            for name in (*new, *(o for o in old if o not in new))
            if old.get(name) != new.get(name)
        }
        yield Restatement(
            kpi=row["kpi"],
            by=row["dimension"],
            key=row["member"],
            period=row["period"],
            period_start=row["period_start"],
            period_end=row["period_end"],
            unit=row["unit"],
            currency=row["currency"],
            model=row["model"] or None,
            old=row["old_value"],
            new=row["value"],
            was_provisional=row["old_provisional_until"] is not None,
            run=run.id,
            at=run.as_of or run.started_at,
            inputs=inputs,
            causes=inquiry.why(house.catalogue.kpis.get(row["kpi"]), row, inputs),
        )


def _begins(measure: Measure, start: date, end: date) -> date:
    """The first day whose rows are in a measure of that period: a level is what all changes before it sum to."""
    if measure.level is not None:
        return date.min
    return min(start, end - timedelta(days=measure.trailing_days)) if measure.trailing_days is not None else start


class _Inquiry:
    """Why values moved in one run."""

    def __init__(self, changes: Changes, basis: Mapping[str, Iterable[str]]) -> None:
        self._changes = changes
        self._definitions = frozenset(basis.get(DEFINITION, ()))
        self._settings = tuple(basis.get(SETTING, ()))
        self._known: dict[tuple[tuple[str, ...], date, date], tuple[Because, ...]] = {}

    def why(self, kpi: Kpi | None, row: Mapping[str, Any], inputs: Iterable[str]) -> tuple[Because, ...]:
        """Everything that there is evidence for; where nothing dated tells, that data were edited."""
        found: list[Because] = []
        if row["kpi"] in self._definitions:
            found.append(Because("definition"))
        if self._settings:
            found.append(Because("settings", names=self._settings))
        moved = [m for m in kpi.formula.inputs if m.name in set(inputs)] if kpi is not None else []
        if row["old_provisional_until"] is not None and any(m.facts.is_cohort for m in moved):
            found.append(Because("maturing"))
        tables = tuple(dict.fromkeys(table for measure in moved for table in tables_behind(measure.facts)))
        start = min((_begins(m, row["period_start"], row["period_end"]) for m in moved), default=row["period_start"])
        found += self._rows(tables, start, row["period_end"])
        return tuple(found) or (Because("edited", self._beside),)

    def _rows(self, tables: tuple[str, ...], start: date, end: date) -> tuple[Because, ...]:
        if (tables, start, end) not in self._known:
            found = [one for table in tables for one in self._changes.dated(table, start, end)]
            self._known[tables, start, end] = tuple(
                Because(
                    cause,
                    sum(one.rows for one in found if one.cause == cause),
                    {one.table: one.rows for one in found if one.cause == cause},
                    tuple(dict.fromkeys(c for one in found if one.cause == cause for c in one.columns)),
                )
                for cause in dict.fromkeys(one.cause for one in found)
            )
        return self._known[tables, start, end]

    @cached_property
    def _beside(self) -> int:
        return self._changes.beside()
