"""Facts of a portal, row by row, and the marts that come of them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from kpi.schema import TABLES, checker, columns, encoded
from sync.derive import DeriveOptions, DeriveReport, derive

OPTIONS = DeriveOptions(
    today=date(2026, 6, 15),
    as_of=datetime(2026, 6, 15, 9, tzinfo=UTC),
    zone=ZoneInfo("Europe/Paris"),
    home_currency="EUR",
)
READ_AT = datetime(2026, 6, 15, 8, tzinfo=UTC)


class Facts:
    """A portal put together row by row; what a row does not say is null."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", folder: Path) -> None:
        self.con = con
        self._folder = folder
        self._rows: dict[str, list[bytes]] = {table: [] for table in TABLES}
        for stage_id, probability, closed in (("open", "0.2", False), ("won", "1", True), ("lost", "0", True)):
            self.add(
                "stage",
                stage_id=stage_id,
                pipeline_id="p",
                stage_name=stage_id,
                probability=Decimal(probability),
                is_closed=closed,
            )

    def add(self, table: str, **values: Any) -> None:
        source_id = str(next(iter(values.values())))
        row = {"source": "s", "source_id": source_id, "extracted_at": READ_AT, **values}
        self._rows[table].append(encoded(checker(TABLES[table])(row)))

    def deal(
        self, id: str, stage: str = "open", *, contacts: str = "", companies: str = "", created: str = "2026-03-01", **more: Any
    ) -> None:
        at = datetime.fromisoformat(created).replace(tzinfo=UTC)
        values = {"deal_id": id, "pipeline_id": "p", "stage_id": stage, "created_at": at, "created_on": at.date(), **more}
        if "close_on" in values and "close_at" not in values:
            values["close_at"] = datetime.combine(values["close_on"], datetime.min.time(), UTC)
        values.setdefault("currency", "EUR")
        values.setdefault("amount_home", values.get("amount") if values["currency"] == "EUR" else None)
        self.add("deal", **values)
        for to_type, ids in (("contacts", contacts), ("companies", companies)):
            for place, to_id in enumerate(ids.split()):
                self.link("deals", id, to_type, to_id, is_primary=to_type == "companies" and place == 0)

    def won(self, id: str, amount: str, on: str = "2026-05-10", **more: Any) -> None:
        self.deal(id, "won", amount=Decimal(amount), close_on=date.fromisoformat(on), **more)

    def link(self, from_type: str, from_id: str, to_type: str, to_id: str, *, is_primary: bool = False) -> None:
        self.add(
            "association",
            from_id=from_id,
            from_type=from_type,
            to_type=to_type,
            to_id=to_id,
            is_primary=is_primary,
        )

    def contact(self, id: str, created: str = "2026-02-01", **more: Any) -> None:
        at = datetime.fromisoformat(created).replace(tzinfo=UTC)
        self.add("contact", **{"contact_id": id, "created_at": at, "created_on": at.date(), **more})

    def company(self, id: str, **more: Any) -> None:
        self.add("company", company_id=id, **more)

    def spend(self, campaign_id: str, on: str, amount: str, name: str = "", channel: str | None = None, **more: Any) -> None:
        values = {
            "source_id": f"{campaign_id}@{on}",
            "platform": "google_ads",
            "account_id": "a",
            "campaign_id": campaign_id,
            "campaign_name": name or f"Campaign {campaign_id}",
            "channel": channel or "paid_search",
            "spend_on": date.fromisoformat(on),
            "currency": "EUR",
            "spend": Decimal(amount),
            "spend_home": Decimal(amount),
            "impressions": 100,
            "clicks": 10,
            "conversions": Decimal(1),
            "conversions_value": Decimal(50),
            "cost_class": "platform_reported",
        }
        self.add("ad_spend_daily", **{**values, **more})

    def cost(self, id: str, amount: str, *, kind: str = "marketing", on: str = "2026-05-02", **more: Any) -> None:
        values = {
            "cost_id": id,
            "cost_on": date.fromisoformat(on),
            "amount": Decimal(amount),
            "currency": "EUR",
            "amount_home": Decimal(amount),
            "kind": kind,
            "cost_class": "manual",
        }
        self.add("cost_entry", **{**values, **more})

    def store(self) -> None:
        """Every table with the rows that were added."""
        for table, rows in self._rows.items():
            path = self._folder / f"{table}.ndjson"
            path.write_bytes(b"\n".join(rows))
            types = ", ".join(f"'{c.name}': '{c.sql_type}'" for c in columns(TABLES[table]))
            self.con.execute(
                f"CREATE OR REPLACE TABLE \"{table}\" AS FROM read_json('{path}', format='newline_delimited', columns={{{types}}})"
            )

    def derive(self, **changes: Any) -> DeriveReport:
        self.store()
        return derive(self.con, replace(OPTIONS, **changes), self._folder / "staging")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def one(self, query: str) -> Any:
        ((found,),) = self.rows(query)
        return found
