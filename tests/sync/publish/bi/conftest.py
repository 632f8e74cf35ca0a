"""A home with a few results, and what is in files."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sync.house import House
from sync.labels import labels_for
from sync.progress import LogProgress
from sync.publish.bi.exporting import Exported, Format, export
from sync.publish.bi.tables import Choice
from tests.sync.versions import Versions, value

HOSTILE = '=HYPERLINK("http://x";"Fête, été")\r\n+1\t\'drop\' 漢字'
"""A name that somebody typed: a formula, a link, both delimiters, quotes, line breaks."""


def results() -> list[dict[str, Any]]:
    """Cost per lead over two months and channels, a month without spend, a median, records, and two attribution models."""

    def cpl(amount: str | None, spend: str | None, leads: str, **more: Any) -> dict[str, Any]:
        inputs: dict[str, Any] = {"spend": spend, "leads": leads}
        return value("cpl", amount, inputs, **more)

    july, august, september = (date(2026, month, 1) for month in (7, 8, 9))
    won = {"deals_won": "3", "deals_lost": "1"}
    return [
        cpl("10", "100", "10", start=july),
        cpl("40", "200", "5", start=august, provisional_until="2026-10-31"),
        {**cpl(None, None, "4", start=september), "reason": "no spend is loaded", "reason_fr": "aucun coût n'est chargé"},
        cpl("15", "150", "10", start=july, by="channel", key="paid_search"),
        cpl("1.25", "12.5", "10", start=july, by="campaign", key=HOSTILE),
        {
            **value("win_rate", "0.7500000005", won, unit="ratio", by="owner", key="202"),
            "n": 4,
            "flags": '["estimate","small_sample"]',
        },
        value("cycle_days_median", "12.5", {"cycle_days_median": "12.5"}, unit="days"),
        value("revenue_won", "5", {"revenue_won": "5"}, by="channel", key="email", model="first"),
        value("revenue_won", "7", {"revenue_won": "7"}, by="channel", key="email", model="last"),
        value("revenue_won", "9", {"revenue_won": "9"}, by="deal", key="1001"),
        value("revenue_won", "-29036.72073", {"revenue_won": "-29036.72073", "revenue_won_amount_missing": "2"}),
    ]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Versions]:
    """Results of one sync, in English. Titles of campaigns, which are derived from all facts, are not."""
    monkeypatch.setattr("sync.publish.bi.tables.labels_for", lambda house, by: {} if by == "campaign" else labels_for(house, by))
    folder = tmp_path / "home"
    folder.mkdir()
    made = Versions(folder)
    made.run(results())
    yield made
    made.close()


def in_french(house: House) -> House:
    return replace(house, settings=house.settings.model_copy(update={"locale": "fr"}))


def exported(house: House, format: Format, folder: Path, choice: Choice = Choice(), **more: Any) -> Exported:  # noqa: B008 - frozen
    return export(house, format, folder, choice, LogProgress(), **more)


def rows(file: Path, columns: str = "*", where: str = "true") -> list[Any]:
    """What stands in a Parquet file."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        return con.execute(f"SELECT {columns} FROM read_parquet('{file}') WHERE {where} ORDER BY ALL").fetchall()


def names(folder: Path) -> set[str]:
    """Every file below the folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
