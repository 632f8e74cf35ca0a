"""The check that every row of every source passes: what it takes, how it writes it, and how it says what is wrong."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest

from kpi.schema import TABLES, BadValue, checker, encoded
from kpi.schema.base import MONEY_SCALE

AT = datetime(2026, 1, 31, 23, 30, 0, 250_000, tzinfo=UTC)
CAMPAIGN_DAY = {
    "source": "ads",
    "source_id": "1",
    "extracted_at": AT,
    "platform": "google_ads",
    "account_id": "a",
    "campaign_id": "c",
    "campaign_name": "Été",
    "spend_on": date(2026, 2, 1),
    "currency": "EUR",
    "spend": Decimal("10.50"),
    "impressions": 100,
    "clicks": 3,
    "conversions": Decimal(0),
    "conversions_value": Decimal(0),
    "cost_class": "platform_reported",
}


def row(table: str, values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(encoded(checker(TABLES[table])(values)))
    return found


def test_a_row_is_written_without_its_nulls() -> None:
    made = row("ad_spend_daily", {**CAMPAIGN_DAY, "channel": None})
    assert made == {
        **CAMPAIGN_DAY,
        "extracted_at": "2026-01-31T23:30:00.250000Z",
        "spend_on": "2026-02-01",
        "spend": "10.50",
        "conversions": "0",
        "conversions_value": "0",
    }


def test_an_instant_of_another_zone_is_written_as_the_same_instant() -> None:
    paris = AT.astimezone(timezone(timedelta(hours=1)))
    assert row("ad_spend_daily", {**CAMPAIGN_DAY, "extracted_at": paris})["extracted_at"] == "2026-01-31T23:30:00.250000Z"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("0.0000005", "0.000000"),  # half to even
        ("0.0000015", "0.000002"),
        ("1E+3", "1000.000000"),
        ("-0.1234567", "-0.123457"),
        ("999999999999.999999", "999999999999.999999"),
        ("12", "12"),
    ],
)
def test_a_number_keeps_its_decimals_up_to_the_stores(given: str, written: str) -> None:
    assert MONEY_SCALE == 6
    assert row("ad_spend_daily", {**CAMPAIGN_DAY, "spend": Decimal(given)})["spend"] == written


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("clicks", "many", "clicks: expected a whole number, got 'many'"),
        ("clicks", True, "clicks: expected a whole number, got True"),
        ("clicks", 1.0, "clicks: expected a whole number, got 1.0"),
        ("clicks", 2**63, "clicks: expected a whole number, got 9223372036854775808"),
        ("spend", "10.50", "spend: expected a Decimal, got str"),
        ("spend", 10.5, "spend: expected a Decimal, got float"),
        ("spend", Decimal("NaN"), "spend: the number NaN does not fit DECIMAL(18,6)"),
        ("spend", Decimal("1E12"), "spend: the number 1E+12 does not fit DECIMAL(18,6)"),
        ("spend_on", "2026-02-01", "spend_on: expected a date, got '2026-02-01'"),
        ("spend_on", AT, f"spend_on: expected a date, got {AT!r}"),
        (
            "extracted_at",
            AT.replace(tzinfo=None),
            f"extracted_at: expected an instant with a zone, got {AT.replace(tzinfo=None)!r}",
        ),
        ("extracted_at", date(2026, 1, 1), "extracted_at: expected an instant with a zone, got datetime.date(2026, 1, 1)"),
        ("campaign_name", 7, "campaign_name: expected text, got int"),
        ("campaign_id", None, "campaign_id: missing"),
        ("campagne", "x", "unknown column campagne"),
    ],
)
def test_a_value_that_its_column_cannot_hold_is_said_with_its_place(column: str, value: Any, said: str) -> None:
    with pytest.raises(BadValue) as bad:
        checker(TABLES["ad_spend_daily"])({**CAMPAIGN_DAY, column: value})
    assert str(bad.value) == said


def test_a_missing_column_is_named_and_the_value_of_a_text_is_not_said() -> None:
    with pytest.raises(BadValue, match=r"^campaign_id: missing$"):
        checker(TABLES["ad_spend_daily"])({k: v for k, v in CAMPAIGN_DAY.items() if k != "campaign_id"})
    with pytest.raises(BadValue) as bad:
        checker(TABLES["ad_spend_daily"])({**CAMPAIGN_DAY, "campaign_name": ["jane@example.org"]})
    assert "jane" not in str(bad.value)


def test_columns_that_are_filled_elsewhere_are_not_asked_for() -> None:
    values = {k: v for k, v in CAMPAIGN_DAY.items() if k not in ("source", "extracted_at")}
    made = checker(TABLES["ad_spend_daily"], apart=("source", "extracted_at"))(values)
    assert orjson.loads(encoded(made)).keys() == values.keys()
