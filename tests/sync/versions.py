"""A stored home in which runs leave rows, values and what these depend on, without any vendor and without computing."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from config.settings import AccountSettings
from kpi.periods import Period, period_end
from sync import basis
from sync.house import House
from sync.lake import Batch, Lake, Replaces, version_line
from sync.ledger import Ledger
from sync.result_rows import RESULT_COMPARED, RESULT_KEY, RESULT_TYPES

FIRST = datetime(2026, 10, 1, 8, tzinfo=UTC)
"""The first run's instant; each later one is a day after the one before."""


def value(
    kpi: str,
    amount: str | None,
    inputs: Mapping[str, str],
    *,
    start: date = date(2026, 8, 1),
    period: Period = "month",
    by: str = "total",
    key: str = "",
    unit: str = "money",
    model: str = "",
    provisional_until: str | None = None,
) -> dict[str, Any]:
    """A row as the results keep it. August 2026 unless said otherwise."""
    return {
        "kpi": kpi,
        "dimension": by,
        "member": key,
        "period": period,
        "period_start": start.isoformat(),
        "period_end": period_end(period, start).isoformat(),
        "model": model,
        "value": amount,
        "unit": unit,
        "currency": "EUR" if unit == "money" else None,
        "inputs": orjson.dumps(inputs).decode(),
        "as_of": FIRST.strftime("%Y-%m-%d %H:%M:%S"),
        "provisional_until": provisional_until,
        "flags": "[]",
    }


def deal(number: int, amount: str, on: date = date(2026, 8, 12), **more: Any) -> tuple[str, dict[str, Any]]:
    """A deal of the company's currency that closes ``on``."""
    at = datetime(2026, 7, 1, tzinfo=UTC)
    row = {
        "deal_id": str(number),
        "amount": Decimal(amount),
        "amount_home": Decimal(amount),
        "currency": "EUR",
        "stage_id": "won",
    }
    return "deal", {
        "source_id": str(number),
        **row,
        "created_at": at,
        "created_on": at.date(),
        "close_on": on,
        "modified_at": at,
        **more,
    }


def entry(number: int, on: date) -> tuple[str, dict[str, Any]]:
    """When a deal entered the stage it stands in."""
    at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    return "deal_stage_entry", {
        "source_id": str(number),
        "deal_id": str(number),
        "stage_id": "won",
        "entered_at": at,
        "entered_on": on,
    }


class Versions:
    """The home, and what a run leaves in it."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger.at(folder)
        self.lake = Lake(folder, self.ledger)
        self.house = House(
            "default",
            AccountSettings(),
            folder,
            self.ledger,
            self.lake,
            {},
            lambda: _refuse(),
            str,
            dict,
            lambda: FIRST,
        )
        self.ledger.put("frame", orjson.dumps({"zone": "Europe/Paris", "currency": "EUR", "since": "2024-01-01"}).decode())
        self._last: dict[tuple[Any, ...], dict[str, Any]] = {}

    def run(
        self,
        values: Iterable[Mapping[str, Any]],
        rows: Iterable[tuple[str, dict[str, Any]]] = (),
        settings: Mapping[str, str] | None = None,
        *,
        compacts: bool = False,
    ) -> int:
        """A sync that read ``rows`` (beside those read before) and computed ``values`` (all there are). Gives its id."""
        at = FIRST + timedelta(days=len(self.ledger.finished_runs("sync")))
        # What the run before superseded goes when the next one begins.
        self.lake.sweep()
        run_id = self.ledger.start_run("sync", at)
        batch = Batch("hubspot", run_id, at)
        rows = list(rows)
        for number, row in enumerate(rows):
            batch.add(str(number), lambda row=row: [row])  # type: ignore[misc]
        assert not batch.bad, batch.bad
        with self.ledger.transaction() as tx:
            self.lake.register(tx, self.lake.write_facts(batch, sorted({table for table, _ in rows}), Replaces()), at)
        if compacts:
            with self.ledger.transaction() as tx:
                self.lake.register(tx, self.lake.compact(run_id), at)
        depends = [
            {"kind": kind, "name": name, "value": text}
            for kind, name, text in ((*key.split(" ", 1), text) for key, text in (settings or {}).items())
        ]
        written = [
            self.lake.write_versions(
                "kpi_result", RESULT_TYPES, RESULT_KEY, RESULT_COMPARED, map(version_line, map(dict, values)), run_id
            ),
            self.lake.write_versions(
                basis.BASIS, basis.BASIS_TYPES, basis.BASIS_KEY, basis.BASIS_COMPARED, map(version_line, depends), run_id
            ),
        ]
        with self.ledger.transaction() as tx:
            self.lake.register(tx, written, at)
        self.ledger.finish_run(run_id, at, "done", at, {})
        return run_id

    def close(self) -> None:
        self.house.close()


def _refuse() -> Any:
    raise AssertionError("the CRM is not asked")
