"""A shelf with series put on it directly, as known at an instant, and a house around it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from config.settings import AccountSettings
from kpi.periods import Period, period_end
from kpi.registry import BUILT_IN
from sync.house import House
from sync.ledger_base import upsert
from sync.publish.shelf import Shelf, sqlite_engine
from sync.publish.shelf_tables import about, figures, labels, series
from tests.sync.versions import value

MID_SEPTEMBER = datetime(2026, 9, 15, 22, tzinfo=UTC)
"""Midnight in Paris: 15 of 30 days are over."""
SEPTEMBER = date(2026, 9, 1)


def months_before(end: date, count: int) -> list[date]:
    """First days of so many months before the one that begins on ``end``."""
    place = end.year * 12 + end.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(place - count, place)]


class OnShelf:
    """Series by KPI; ``house`` and ``shelf`` read them."""

    def __init__(self, folder: Path, *, at: datetime = MID_SEPTEMBER, engine: sa.Engine | None = None, **settings: Any) -> None:
        folder.mkdir(exist_ok=True)
        self._engine = engine or sqlite_engine(folder / "shelf.sqlite")
        self._run = 0
        nothing = cast(Any, None)
        self.house = House(
            "default",
            AccountSettings.model_validate(settings),
            folder,
            nothing,
            nothing,
            {},
            nothing,
            str,
            nothing,
            lambda: at,
            catalogue=BUILT_IN,
        )
        self.known_at(at)

    def known_at(self, at: datetime) -> None:
        """Another sync, at another instant."""
        self._run += 1
        today = at.astimezone(ZoneInfo("Europe/Paris")).date()
        told = {
            "run_id": self._run,
            "as_of": at.isoformat(),
            "today": today,
            "currency": "EUR",
            "zone": "Europe/Paris",
            "model": "first",
        }
        with self._engine.begin() as tx:
            upsert(tx, about, [{"key": key, "value": str(text)} for key, text in told.items()])

    @property
    def shelf(self) -> Shelf:
        return Shelf(self._engine, self.house.catalogue)

    def put(
        self,
        kpi: str,
        values: Mapping[date, object],
        *,
        period: Period = "month",
        by: str = "total",
        key: str = "",
        partial_from: date = SEPTEMBER,
        flags: Iterable[str] = (),
        provisional: Mapping[date, str] | None = None,
        inputs: Mapping[date, Mapping[str, str]] | None = None,
        n: int | None = None,
    ) -> None:
        """Values by first day; None has a reason. The period that begins on ``partial_from`` or later is not over."""
        unit = str(self.house.catalogue.kpis[kpi].unit)
        place = {"kpi": kpi, "dimension": by, "period": period, "model": "", "member": key}
        rows = []
        for start, amount in values.items():
            given = (inputs or {}).get(start, {})
            row = value(kpi, None, given, start=start if period != "all" else SEPTEMBER, period="month", unit=unit)
            marks = [*flags, *(["partial_period"] if start >= partial_from else [])]
            until = (provisional or {}).get(start)
            rows.append(
                {
                    "period_start": start,
                    "period_end": date(2026, 9, 17) if period == "all" else period_end(period, start),
                    "value": None if amount is None else Decimal(str(amount)),
                    "unit": unit,
                    "currency": row["currency"],
                    "n": n,
                    "inputs": row["inputs"],
                    "spread": None,
                    "as_of": MID_SEPTEMBER,
                    "provisional_until": date.fromisoformat(until) if until else None,
                    "reason": "nothing there" if amount is None else None,
                    "reason_fr": "rien" if amount is None else None,
                    "flags": "[" + ",".join(f'"{mark}"' for mark in marks) + "]",
                }
            )
        with self._engine.begin() as tx:
            found = tx.execute(sa.select(series.c.id).where(*(series.c[name] == text for name, text in place.items()))).scalar()
            series_id = found or tx.execute(sa.insert(series).values(**place)).inserted_primary_key[0]  # type: ignore[index]
            upsert(tx, figures, [{"series_id": series_id, **row} for row in rows])

    def label(self, by: str, member: str, text: str) -> None:
        with self._engine.begin() as tx:
            tx.execute(sa.insert(labels).values(dimension=by, member=member, label=text))

    def months(self, kpi: str, values: Sequence[object], *, now: object = None, **more: Any) -> None:
        """So many months before September 2026, and ``now`` of September where it is given."""
        found = dict(zip(months_before(SEPTEMBER, len(values)), values, strict=True))
        self.put(kpi, found | ({SEPTEMBER: now} if now is not None else {}), **more)

    def days(self, kpi: str, by_month: Mapping[date, Sequence[object]], **more: Any) -> None:
        """By the day, from the first day of each month on."""
        found = {start + timedelta(days=at): one for start, values in by_month.items() for at, one in enumerate(values)}
        self.put(kpi, found, period="day", partial_from=date(2026, 9, 15), **more)
