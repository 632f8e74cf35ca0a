"""Other people's data: where published files are, and tables filled from them by SQL."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kpi.engine import ComputeContext, Result, compute
from kpi.measures.base import By
from kpi.periods import Period
from kpi.registry import KPIS
from kpi.schema import TABLES, columns
from sync.derive import derive
from tests.kpi.marts import EVERYTHING
from tests.sync.facts import OPTIONS

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def needs(folder: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (DATA / folder).is_dir(), reason=f"the published files are not at ../shared/data/{folder}")


def opened(file: Path) -> Iterator[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


class Published:
    """Tables filled by SQL from published files, and KPIs computed from them by the one engine."""

    def __init__(self, folder: Path) -> None:
        self.con = duckdb.connect()
        self._folder = folder
        self._today = OPTIONS.today
        for name, model in TABLES.items():
            declared = ", ".join(f'"{c.name}" {c.sql_type}' for c in columns(model))
            self.con.execute(f'CREATE TABLE "{name}" ({declared})')

    def insert(self, table: str, select: str) -> None:
        self.con.execute(f'INSERT INTO "{table}" BY NAME {select}')

    def derive(self, today: date, **changes: Any) -> None:
        """What takes long and is not looked at is left out: the values of single records and, by default, who is a lead."""
        self._today = today
        known = {"customer_unit": "contact", "lead_event": "lifecycle_lead"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sync.derive.record_values.records", lambda *_: ((), ()))
            derive(self.con, replace(OPTIONS, today=today, **{**known, **changes}), self._folder)

    def results(self, name: str, by: By = "total", period: Period = "all") -> list[Result]:
        context = ComputeContext(OPTIONS.as_of, self._today, "EUR", EVERYTHING)
        return list(compute([KPIS[name]], by=by, period=period, model="first", run=self._run, context=context))

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()

    def value(self, name: str) -> Decimal | None:
        return self.results(name)[0].value

    def by(self, name: str, by: By) -> dict[str, Decimal | None]:
        return {result.key: result.value for result in self.results(name, by)}

    def months(self, name: str) -> dict[str, Decimal | None]:
        """By first day."""
        return {str(result.period_start): result.value for result in self.results(name, period="month")}

    def count(self, query: str) -> int:
        ((found,),) = self.con.execute(query).fetchall()
        return int(found)


def ratio(one: Decimal | int, other: Decimal | int, scale: int = 10) -> Decimal:
    return (Decimal(one) / Decimal(other)).quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_EVEN)
