"""Files of every kind, read as the pipeline reads them: through settings, source and normaliser."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.base import BadValue, NormaliseContext, Page, Place, ReadContext
from connectors.errors import ConfigurationError, FilesRefused
from connectors.files.kinds import KINDS
from connectors.files.reading import LOOKS, settle
from connectors.files.settings import Entry, FilesSettings
from connectors.files.source import FilesSource, build
from connectors.files.spreading import counts_shared_out, shared_out
from kpi.schema import TABLES, checker
from tests.contract.harness import Home

READING = ReadContext(now=datetime(2026, 9, 30, 9, tzinfo=UTC), since=date(2026, 1, 1))


def rate(amount: Decimal, currency: str, on: date) -> tuple[Decimal, Decimal, date] | None:
    return (amount * 2, Decimal(2), on) if currency == "USD" else (amount, Decimal(1), on)


CONTEXT = NormaliseContext(ZoneInfo("Europe/Paris"), "EUR", rate, lambda text: f"hash of {len(text)}")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def source_of(base: Path, *entries: dict[str, Any], **more: Any) -> FilesSource:
    settings = FilesSettings.model_validate({"entries": list(entries), "settle_seconds": 0, **more})
    return build("files", settings, Place(base, base))


def taken(source: FilesSource) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Rows by table, each checked against the schema, and the reasons of what was set aside."""
    tables: dict[str, list[dict[str, Any]]] = {}
    aside = []
    for stream in source.streams():
        for page in source.read(stream, None, READING):
            for record in page.records:
                try:
                    for table, row in source.normalise(stream, record, CONTEXT):
                        checker(TABLES[table], apart=("source", "extracted_at"))(row)
                        tables.setdefault(table, []).append(row)
                except BadValue as bad:
                    aside.append(str(bad))
    return tables, aside


def of(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


# --- Costs ---------------------------------------------------------------------------------------------


def test_a_platforms_export_is_read_through_its_mapping(write: Write, tmp_path: Path) -> None:
    write("in/days.csv", "Jour;Dépensé;Campagne;Affichages;Clics;Ma colonne\n17/03/2026;1 130,40;Décideurs;12 000;48;x\n")
    source = source_of(
        tmp_path,
        {
            "kind": "costs",
            "path": "in",
            "mapping": {"date": "Jour", "amount": "dépensé", "impressions": "Affichages"},
            "defaults": {"currency": "USD", "channel": "Paid Social"},
            "decimal": ",",
            "date_format": "%d/%m/%Y",
        },
    )
    tables, aside = taken(source)
    assert aside == []
    [row] = tables["cost_entry"]
    assert of(row, "cost_on", "amount", "currency", "amount_home") == (
        date(2026, 3, 17),
        Decimal("1130.40"),
        "USD",
        Decimal("2260.80"),
    )
    assert of(row, "kind", "channel", "campaign_name", "impressions", "clicks", "leads") == (
        "marketing",
        "paid_social",
        "Décideurs",
        12000,
        48,
        None,
    )
    assert source.check().notes == (
        "in/days.csv (costs): 1 read, 0 set aside",
        "in/days.csv: columns that are not read: Ma colonne",
    )


def test_a_cost_of_several_days_is_spread_over_them_to_the_cent(write: Write, tmp_path: Path) -> None:
    write("c.csv", "date_from,date_to,spend,currency,channel,clicks\n2026-02-27,2026-03-01,100.00,EUR,events,5\n")
    tables, _ = taken(source_of(tmp_path, {"kind": "costs", "path": "c.csv"}))
    rows = tables["cost_entry"]
    assert [of(row, "cost_on", "amount", "clicks") for row in rows] == [
        (date(2026, 2, 27), Decimal("33.34"), 2),
        (date(2026, 2, 28), Decimal("33.33"), 2),
        (date(2026, 3, 1), Decimal("33.33"), 1),
    ]
    assert len({row["cost_id"] for row in rows}) == 3
    assert len({row["source_id"] for row in rows}) == 1


@given(st.decimals("-1000000", "1000000", places=3, allow_nan=False), st.integers(1, 400))
def test_parts_of_a_cost_add_up_to_it_and_differ_by_one_step(amount: Decimal, parts: int) -> None:
    shares = list(shared_out(amount, parts))
    assert sum(shares) == amount
    assert len(shares) == parts
    assert max(shares) - min(shares) <= Decimal("0.001")
    total = int(abs(amount))
    assert sum(counts_shared_out(total, parts)) == total


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("2026-13-01,,1,EUR", "there is no day 2026-13-01"),
        ("2026-03-05,2026-03-04,1,EUR", "date_to: 2026-03-04 comes before the first day, 2026-03-05"),
        ("2026-03-05,2062-03-04,1,EUR", "is a year mistyped?"),
        ('2026-03-05,,"1,5",EUR', "amount: '1,5' is not a number; the settings say decimal: '.'"),
        ("2026-03-05,,1,EURO", "currency: 'EURO' is not an ISO 4217 code such as EUR"),
        ("2026-03-05,,1,", "currency: missing; write it, or give it under defaults"),
        ("2026-03-05,,1,EUR,2", "more cells than the header has"),
    ],
)
def test_a_bad_line_is_set_aside_with_file_and_line_and_the_rest_goes_on(
    write: Write, tmp_path: Path, line: str, says: str
) -> None:
    write("c.csv", f"date,date_to,amount,currency\n2026-03-01,,1,EUR\n{line}\n2026-03-02,,2,EUR\n")
    tables, [reason] = taken(source_of(tmp_path, {"kind": "costs", "path": "c.csv"}))
    assert reason.startswith("c.csv:3: ")
    assert says in reason
    assert [row["amount"] for row in tables["cost_entry"]] == [1, 2]


# --- Conversions, targets, answers ---------------------------------------------------------------------


def test_an_offline_conversion_keeps_a_keyed_hash_of_its_click_and_counts_once_by_its_id(write: Write, tmp_path: Path) -> None:
    header = "Google Click ID,Conversion Time,Conversion Name,Conversion Value,Conversion Currency,Order\n"
    write("a.csv", header + "Gx1,2026-03-05T23:30:00Z,sale,250.00,USD,O-1\n,2026-03-06,call,,,\n")
    write("b.csv", header + "Gx1,2026-03-05T23:30:00Z,sale,250.00,USD,O-1\n")
    entry = {"kind": "offline_conversions", "path": "*.csv", "mapping": {"conversion_id": "Order"}}
    tables, aside = taken(source_of(tmp_path, entry))
    sale, call = tables["offline_conversion"]
    # 23:30 in UTC is the next day in Paris.
    assert of(sale, "converted_on", "conversion_type", "value", "value_home", "click_hash") == (
        date(2026, 3, 6),
        "sale",
        Decimal("250.00"),
        Decimal("500.00"),
        "hash of 3",
    )
    assert of(call, "conversions", "value", "currency", "click_hash") == (1, None, None, None)
    assert aside == ["b.csv:2: conversion_id: 'O-1' stands at a.csv:2 already; it counts once"]
    assert "Gx1" not in repr(tables)


def test_targets_are_of_a_month_a_quarter_a_year_or_two_days(write: Write, tmp_path: Path) -> None:
    write(
        "t.csv",
        "name,owner_id,period,date_from,date_to,value\nRevenue,7,2026-02,,,1000\nRevenue,7,2026-T3,,,3000\nRevenue,,2026,,,12000\n"
        "Revenue,,,2026-01-15,2026-02-14,500\nRevenue,,2026-14,,,1\nRevenue,,,2026-01-15,,1\n",
    )
    tables, aside = taken(source_of(tmp_path, {"kind": "targets", "path": "t.csv"}))
    assert [of(row, "owner_id", "milestone", "starts_on", "ends_on", "target_value") for row in tables["target"]] == [
        ("7", "monthly", date(2026, 2, 1), date(2026, 2, 28), 1000),
        ("7", "quarterly", date(2026, 7, 1), date(2026, 9, 30), 3000),
        (None, "yearly", date(2026, 1, 1), date(2026, 12, 31), 12000),
        (None, None, date(2026, 1, 15), date(2026, 2, 14), 500),
    ]
    assert aside == [
        "t.csv:6: period: '2026-14' is neither a month (2026-03), a quarter (2026-Q1) nor a year (2026)",
        "t.csv:7: period: missing; write 2026-03, 2026-Q1 or 2026, or both date_from and date_to",
    ]


def test_a_target_in_another_currency_is_set_aside(write: Write, tmp_path: Path) -> None:
    write("t.csv", "name,period,value,currency\nRevenue,2026-02,1000,USD\n")
    _, aside = taken(source_of(tmp_path, {"kind": "targets", "path": "t.csv"}))
    assert aside == ["t.csv:2: currency: USD is not the company's EUR; write the target in EUR"]


def test_survey_answers_belong_to_the_contact_that_gave_them(write: Write, tmp_path: Path) -> None:
    write("s.csv", "date,type,score,survey,contact_id\n2026-03-05,nps,9,Spring,501\n2026-03-06,CSAT,4,,\n2026-03-06,mood,4,,\n")
    tables, aside = taken(source_of(tmp_path, {"kind": "survey_answers", "path": "s.csv"}))
    nps, csat = tables["survey_response"]
    assert of(nps, "survey_type", "score", "survey_name", "answered_on") == ("NPS", 9, "Spring", date(2026, 3, 5))
    assert csat["survey_type"] == "CSAT"
    [link] = tables["association"]
    assert of(link, "from_type", "from_id", "to_type", "to_id") == ("feedback_submissions", nps["response_id"], "contacts", "501")
    assert aside == ["s.csv:4: type: 'mood' is none of NPS, CSAT, CES"]


# --- Parquet -------------------------------------------------------------------------------------------


def test_parquet_is_read_like_csv_whatever_its_types(write: Write, tmp_path: Path) -> None:
    duckdb.execute(
        f"""COPY (SELECT DATE '2026-03-05' AS day, 1234.5::DOUBLE AS spend, 'EUR' AS currency, TIMESTAMPTZ '2026-03-05 23:30:00+00' AS t
        UNION ALL SELECT DATE '2026-03-06', 0.1, 'EUR', NULL) TO '{tmp_path / "a[1].parquet"}' (FORMAT parquet)"""
    )
    # The declared form is that of written cells; typed ones need none.
    entry = {"kind": "costs", "path": ".", "mapping": {"date": "day"}, "decimal": ",", "date_format": "%d.%m.%Y"}
    tables, aside = taken(source_of(tmp_path, entry))
    assert aside == []
    assert [of(row, "cost_on", "amount") for row in tables["cost_entry"]] == [
        (date(2026, 3, 5), Decimal("1234.5")),
        (date(2026, 3, 6), Decimal("0.1")),
    ]
    zoned, _ = taken(source_of(tmp_path, entry | {"mapping": {"date": "t"}}))
    assert [row["cost_on"] for row in zoned["cost_entry"]] == [date(2026, 3, 6)]


# --- Files that are refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("b.csv", b"date,currency\n2026-03-01,EUR\n", "b.csv:1: the column amount is missing"),
        ("b.csv", b"date,amount,currency,chanel\n", "b.csv:1: the column chanel is unknown; did you mean channel?"),
        ("b.csv", b"date,amount,currency,note\n2026-03-01,1,EUR,caf\xe9\n", "b.csv:2: this is not UTF-8"),
        ("b.csv", b'date,amount,currency,note\n2026-03-01,1,EUR,"open\n', "b.csv:2: the line that begins here is not CSV"),
        ("b.parquet", b"PAR1 half of it", "b.parquet: cannot be read as Parquet"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_and_only_it(
    write: Write, tmp_path: Path, name: str, body: bytes, says: str
) -> None:
    write("a.csv", "date,amount,currency\n2026-03-01,1,EUR\n")
    write(name, body)
    write("z.csv", "date,amount,currency\n2026-03-01,3,EUR\n")
    source = source_of(tmp_path, {"kind": "costs", "path": "."})
    pages: list[Page] = []
    with pytest.raises(FilesRefused) as refused:
        pages.extend(source.read(source.streams()[0], None, READING))
    read = [record["amount"] for page in pages for record in page.records]
    assert (read[0], read[-1]) == ("1", "3")
    assert says in str(refused.value)
    assert refused.value.exit_code == 2
    with pytest.raises(ConfigurationError, match="b\\."):
        source.check()


def test_what_a_refused_file_gave_before_stays_and_the_others_are_read(write: Write, tmp_path: Path) -> None:
    home, source = Home(tmp_path / "home"), source_of(tmp_path, {"kind": "costs", "path": "*.csv"})

    def amounts() -> list[int]:
        extracted = home.pull(source)
        assert extracted.exit_code == (2 if extracted.errors else 0)
        return sorted(int(row["amount"]) for row in home.facts()["cost_entry"])

    header = "date,amount,currency\n"
    write("a.csv", header + "2026-08-01,1,EUR\n")
    write("b.csv", header + "2026-08-02,20,EUR\n2026-08-03,21,EUR\n")
    assert amounts() == [1, 20, 21]
    write("a.csv", header + "2026-08-01,2,EUR\n")
    write("b.csv", "date,currency\n2026-08-02,EUR\n")
    assert amounts() == [2, 20, 21]
    write("b.csv", header + "2026-08-02,22,EUR\n")
    assert amounts() == [2, 22]


def test_a_declared_encoding_is_read(write: Write, tmp_path: Path) -> None:
    write("b.csv", "date;amount;currency;note\n2026-03-01;1;EUR;café\n".encode("windows-1252"))
    tables, _ = taken(source_of(tmp_path, {"kind": "costs", "path": "b.csv", "encoding": "windows-1252"}))
    assert tables["cost_entry"][0]["note"] == "café"


def test_a_folder_that_is_gone_or_empty_refuses_its_entry_and_not_the_others(write: Write, tmp_path: Path) -> None:
    write("a.csv", "date,amount,currency\n2026-03-01,1,EUR\n")
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / ".hidden.csv").touch()
    entries = [{"kind": "costs", "path": path} for path in ("share", "nowhere", "a.csv")]
    source = source_of(tmp_path, *entries)
    read: list[Page] = []
    with pytest.raises(FilesRefused) as refused:
        read.extend(source.read(source.streams()[0], None, READING))
    assert [record["amount"] for page in read for record in page.records] == ["1"]
    assert "sources.files.entries[0].path" in str(refused.value)
    assert "there is no file or folder" in str(refused.value)
    assert source.standing() is None


# --- Files that are being written ----------------------------------------------------------------------


def test_a_young_file_is_waited_for_until_it_stands_still(write: Write) -> None:
    path, slept = write("c.csv", "a"), []
    os.utime(path, (1_000, 1_000))

    def grow(_: float) -> None:
        slept.append(1)
        if len(slept) == 1:
            path.write_text("ab")
            os.utime(path, (1_001, 1_001))

    settle(path, "c.csv", 2.0, now=lambda: 1_001.0, sleep=grow)
    assert len(slept) == 2
    settle(path, "c.csv", 2.0, now=lambda: 5_000.0, sleep=grow)
    assert len(slept) == 2


def test_a_file_that_grows_on_is_left_to_the_next_sync(write: Write) -> None:
    path, slept = write("c.csv", "a"), []
    os.utime(path, (1_000, 1_000))

    def grow(_: float) -> None:
        slept.append(1)
        path.write_text("a" * (len(slept) + 1))
        os.utime(path, (1_000, 1_000))

    with pytest.raises(ConfigurationError, match="still writing"):
        settle(path, "c.csv", 2.0, now=lambda: 1_000.0, sleep=grow)
    assert len(slept) == LOOKS


def test_standing_tells_new_and_changed_files_and_nothing_where_it_is_not_watched(write: Write, tmp_path: Path) -> None:
    path = write("c.csv", "date,amount,currency\n")
    source = source_of(tmp_path, {"kind": "costs", "path": "."})
    first = source.standing()
    assert first is not None
    assert list(first) == [str(path)]
    path.write_text("date,amount,currency\n2026-03-01,1,EUR\n")
    assert source.standing() != first
    assert source_of(tmp_path, {"kind": "costs", "path": "."}, watch=False).standing() == {}


# --- Ids, settings, documentation ----------------------------------------------------------------------


def test_a_corrected_amount_keeps_its_id_and_the_same_line_in_two_files_is_two_costs(write: Write, tmp_path: Path) -> None:
    def ids() -> list[str]:
        return [row["cost_id"] for row in taken(source_of(tmp_path, {"kind": "costs", "path": "."}))[0]["cost_entry"]]

    write("a.csv", "date,amount,currency\n2026-03-01,1,EUR\n2026-03-01,1,EUR\n")
    before = ids()
    assert len(set(before)) == 2
    write("a.csv", "date,amount,currency\n2026-03-01,9,EUR\n2026-03-01,1,EUR\n")
    assert ids() == before
    write("b.csv", "date,amount,currency\n2026-03-01,1,EUR\n")
    assert len(set(ids())) == 3


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"mapping": {"ammount": "x"}}, "costs have no column ammount"),
        ({"defaults": {"owner_id": "x"}}, "costs have no column owner_id"),
        ({"encoding": "klingon"}, "not an encoding"),
        ({"date_format": "%d/%m"}, "must name day, month and year"),
        ({"kind": "cost"}, "survey_answers"),
    ],
)
def test_settings_that_make_no_sense_are_refused(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Entry.model_validate({"kind": "costs", "path": "x", **entry})


@pytest.mark.parametrize("page", ["files.md", "files.fr.md"])
def test_the_documentation_names_every_kind_column_and_setting(page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "connectors" / page).read_text(encoding="utf-8")
    named = {*KINDS, *(column for kind in KINDS.values() for column in kind.columns)}
    named |= {*Entry.model_fields, *FilesSettings.model_fields} - {"type", "base_url"}
    assert {name for name in named if f"`{name}`" not in text} == set()
