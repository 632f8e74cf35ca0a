"""From a line to a row, and what the settings accept."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr, ValidationError

from connectors.base import HERE, BadValue, Fx, NormaliseContext, Raw, Source
from connectors.exchange_rates import ecb_rates
from connectors.registry import CONNECTORS
from connectors.semrush.normalise import rows
from connectors.semrush.settings import SemrushSettings
from connectors.semrush.streams import RAW_DAYS, STREAMS, record_id
from kpi.schema import TABLES, checker

RECORD: Raw = {
    "domain": "acme.example",
    "database": "fr",
    "read_on": "2026-10-01",
    "Dt": "20240515",
    "Rk": "2413",
    "Or": "52",
    "Ot": "733",
    "Oc": "1434",
    "Ad": "12",
    "At": "340",
    "Ac": "1082.30",
}


def context(fx: Fx = ecb_rates("EUR"), **facts: Any) -> NormaliseContext:  # noqa: B008 - a pure function
    return NormaliseContext(ZoneInfo("Europe/Paris"), "EUR", fx, lambda text: text, facts)


def row_of(facts: Mapping[str, Any] | None = None, **cells: str) -> dict[str, Any]:
    [(table, row)] = rows(RECORD | cells, context(**(facts or {})))
    assert table == "seo_estimate"
    return row


def test_a_line_becomes_an_estimate_of_its_month_that_does_not_count_as_spend() -> None:
    row = row_of()
    # 31 May 2024: 1 EUR = 1.0852 USD.
    assert row.pop("paid_cost_home").quantize(Decimal("0.000001")) == Decimal("997.327682")
    assert row == {
        "source_id": "acme.example/fr/2024-05",
        "domain": "acme.example",
        "database": "fr",
        "month_on": date(2024, 5, 1),
        "organic_keywords": 52,
        "organic_traffic": 733,
        "organic_cost": Decimal(1434),
        "paid_keywords": 12,
        "paid_traffic": 340,
        "paid_cost": Decimal("1082.30"),
        "currency": "USD",
        "cost_class": "estimate",
        "counts_as_spend": False,
        "is_competitor": False,
    }


def test_the_row_obeys_the_common_schema() -> None:
    stored = {"source": "semrush", "extracted_at": datetime(2026, 10, 1, tzinfo=UTC)}
    checker(TABLES["seo_estimate"])(row_of() | stored)


def test_an_opted_in_estimate_counts_and_is_still_called_an_estimate() -> None:
    row = row_of({"counts_as_spend": True})
    assert (row["counts_as_spend"], row["cost_class"]) == (True, "estimate")


def test_a_month_that_is_not_over_is_converted_at_the_day_it_was_read() -> None:
    asked: list[date] = []

    def fx(amount: Decimal, currency: str, day: date) -> None:
        asked.append(day)

    for dt, read_on in (("20260915", "2026-09-20"), ("20260915", "2026-10-01"), ("20240215", "2026-10-01")):
        [(_, row)] = rows(RECORD | {"Dt": dt, "read_on": read_on}, context(fx))
        assert row["paid_cost_home"] is None
        assert row["paid_cost"] == Decimal("1082.30")
    assert asked == [date(2026, 9, 20), date(2026, 9, 30), date(2024, 2, 29)]


def test_an_empty_cell_is_undefined_and_a_nought_is_nought() -> None:
    row = row_of(Ac="", Oc="", At="", Ad="0")
    assert (row["paid_cost"], row["paid_cost_home"], row["organic_cost"], row["paid_traffic"]) == (None, None, None, None)
    assert row["paid_keywords"] == 0
    assert row_of(Ac="0")["paid_cost_home"] == 0


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"Dt": "2024-05-15"}, "Dt: expected a date"),
        ({"Dt": "20241315"}, "Dt: there is no such month"),
        ({"Ot": "7e3"}, "Ot: expected a whole number"),
        ({"Ad": "12.5"}, "Ad: expected a whole number"),
        ({"Ac": "n/a"}, "Ac: expected an amount"),
        ({"Oc": "-1"}, "Oc: expected an amount"),
        ({"Ac": "NaN"}, "Ac: expected an amount"),
    ],
)
def test_a_line_that_cannot_be_read_is_set_aside_with_its_column(cells: dict[str, str], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        list(rows(RECORD | cells, context()))


def test_an_overview_without_a_date_is_of_the_month_it_was_read_in() -> None:
    assert row_of(Dt="")["month_on"] == date(2026, 10, 1)
    assert record_id(RECORD | {"Dt": ""}) == "acme.example/fr/2026-10"


def test_both_reports_keep_raw_answers_one_month_at_most() -> None:
    assert {stream.raw_days for stream in STREAMS.values()} == {RAW_DAYS} == {31}


# --- Settings ------------------------------------------------------------------------------------------


def settings(**section: Any) -> SemrushSettings:
    return SemrushSettings.model_validate({"key": "k", "domain": "acme.example"} | section)


def test_one_name_a_list_and_names_with_commas_all_make_a_list() -> None:
    assert settings().pairs == (("acme.example", "fr"),)
    assert settings(domain=["A.example", "b.example", "a.example"]).domain == ("a.example", "b.example")
    assert settings(database="fr, us").database == ("fr", "us")
    plural = SemrushSettings.model_validate({"key": "k", "domains": ["a.example"], "databases": ["us", "mobile-fr"]})
    assert plural.pairs == (("a.example", "us"), ("a.example", "mobile-fr"))


def test_the_balance_is_asked_of_semrushs_site_or_of_the_host_that_was_given() -> None:
    tail = "/users/countapiunits.html"
    assert settings().balance_url == "https://www.semrush.com" + tail
    assert settings(base_url="http://127.0.0.1:8765").balance_url == "http://127.0.0.1:8765" + tail
    assert (
        settings(base_url="http://127.0.0.1:8765", www_base_url="http://127.0.0.1:9/").balance_url == "http://127.0.0.1:9" + tail
    )


def test_the_key_is_not_shown() -> None:
    section = settings(key="very-secret")
    assert section.key == SecretStr("very-secret")
    assert "very-secret" not in repr(section)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"domain": "https://acme.example/"}, "write the bare domain"),
        ({"domain": []}, "at least 1 item"),
        ({"domain": "localhost"}, "write the bare domain"),
        ({"database": "france"}, "a database is a country code"),
        ({"report": "domain_organic_unique"}, "domain_rank_history"),
        ({"max_units_per_run": -1}, "greater than or equal to 0"),
        ({"refresh_days": 31}, "less than or equal to 28"),
        ({"unit_prices": {"domain_organic_unique": 10}}, "domain_rank_history"),
        ({"domian": "x"}, "Extra inputs"),
    ],
)
def test_settings_that_make_no_sense_are_refused(section: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        settings(**section)


def test_the_registry_builds_it_and_nothing_is_asked_yet() -> None:
    source = CONNECTORS["semrush"].build("semrush_fr", settings(), HERE)
    assert isinstance(source, Source)
    assert (source.id, source.type, [stream.name for stream in source.streams()]) == (
        "semrush_fr",
        "semrush",
        ["domain_rank_history"],
    )
    source.close()


def test_the_documentation_names_every_setting() -> None:
    page = (Path(__file__).parents[3] / "docs" / "connectors" / "semrush.md").read_text(encoding="utf-8")
    missing = [
        name for name in SemrushSettings.model_fields.keys() - {"type"} if f"`{name}`" not in page and f"{name}:" not in page
    ]
    assert missing == []
