"""From one record to its rows, without a server."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import BadValue
from connectors.hubspot.normalise import rows
from kpi.schema import TABLES, checker
from tests.connectors.hubspot.conftest import normalise_context

FACTS = {
    "currency": "EUR",
    "stage_entered": {"hs_v2_date_entered_won": "won", "hs_v2_date_entered_won_7": "won"},
    "product_category": "kind",
}


def made(stream: str, record: dict[str, Any], facts: dict[str, Any] = FACTS, **context: Any) -> dict[str, list[dict[str, Any]]]:
    """Rows by table; each must fit its model."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table, row in rows(stream, record, normalise_context(facts, **context)):
        checker(TABLES[table])({**row, "source": "hubspot", "extracted_at": datetime(2026, 1, 1, tzinfo=UTC)})
        found.setdefault(table, []).append(row)
    return found


def deal(associations: Any = None, **properties: str | None) -> dict[str, Any]:
    record: dict[str, Any] = {"id": "151", "properties": properties, "archived": False}
    return record if associations is None else record | {"associations": associations}


def only_deal(**properties: str | None) -> dict[str, Any]:
    return made("deals", deal(**properties))["deal"][0]


def test_texts_become_values_by_meaning_and_days_are_those_of_the_reporting_zone() -> None:
    row = only_deal(
        amount="1500.00", createdate="2026-01-31T23:30:00.000Z", closedate="1772323200000", pipeline="", hubspot_owner_id="41"
    )
    assert row["amount"] == Decimal("1500.00")
    assert row["created_at"] == datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    assert row["created_on"] == date(2026, 2, 1), "half past midnight in Paris"
    assert row["close_on"] == date(2026, 3, 1)
    assert row["pipeline_id"] is None
    assert row["owner_id"] == "41"


def test_another_zone_gives_another_day() -> None:
    found = made("deals", deal(createdate="2026-01-31T23:30:00.000Z"), zone=ZoneInfo("America/New_York"))
    assert found["deal"][0]["created_on"] == date(2026, 1, 31)


def test_a_deal_with_nothing_in_it_is_a_row_of_nothing() -> None:
    row = only_deal()
    assert row["deal_id"] == "151"
    assert (row["amount"], row["amount_home"], row["created_on"], row["fx_source"]) == (None, None, None, None)


def no_rate_needed(*_: Any) -> None:
    raise AssertionError("the CRM's own figures come first")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (
            {"amount": "10", "amount_in_home_currency": "9", "deal_currency_code": "USD", "hs_exchange_rate": "0.9"},
            ("9", "0.9", "crm"),
        ),
        ({"amount": "10", "deal_currency_code": "USD", "hs_exchange_rate": "0.9"}, ("9", "0.9", "crm")),
        ({"amount": "10", "deal_currency_code": "EUR"}, ("10", "1", "crm")),
        ({"amount": "10"}, ("10", "1", "crm")),
    ],
)
def test_the_crms_own_conversion_comes_first(properties: dict[str, str], expected: tuple[str, str, str]) -> None:
    row = made("deals", deal(**properties), fx=no_rate_needed)["deal"][0]
    assert (row["amount_home"], row["fx_rate"], row["fx_source"]) == (Decimal(expected[0]), Decimal(expected[1]), expected[2])


def test_without_it_the_rate_of_the_closing_day_fills_in() -> None:
    asked = []

    def fx(amount: Decimal, currency: str, day: date) -> tuple[Decimal, Decimal, date]:
        asked.append((amount, currency, day))
        return amount * Decimal("0.8"), Decimal("0.8"), day

    record = deal(amount="10", deal_currency_code="USD", createdate="2026-01-01T10:00:00Z", closedate="2026-02-01T10:00:00Z")
    row = made("deals", record, fx=fx)["deal"][0]
    assert asked == [(Decimal(10), "USD", date(2026, 2, 1))]
    assert (row["amount_home"], row["fx_rate"], row["fx_source"]) == (Decimal("8.0"), Decimal("0.8"), "ecb")


def test_the_settings_may_have_the_ecbs_rate_instead_of_the_crms() -> None:
    given = {"amount": "10", "amount_in_home_currency": "9", "deal_currency_code": "USD", "hs_exchange_rate": "0.9"}
    record = deal(**given, closedate="2026-02-01T10:00:00Z")

    def fx(amount: Decimal, currency: str, day: date) -> tuple[Decimal, Decimal, date]:
        return amount * Decimal("0.8"), Decimal("0.8"), day

    row = made("deals", record, fx=fx, facts={"rates": "ecb"})["deal"][0]
    assert (row["amount_home"], row["fx_rate"], row["fx_source"]) == (Decimal("8.0"), Decimal("0.8"), "ecb")


def test_without_any_rate_there_is_no_home_amount() -> None:
    row = only_deal(amount="10", deal_currency_code="USD", closedate="2026-02-01T10:00:00Z")
    assert (row["amount"], row["currency"], row["amount_home"], row["fx_source"]) == (Decimal(10), "USD", None, None)


def test_the_accounts_conversion_does_not_count_when_the_company_reports_in_another_currency() -> None:
    record = deal(amount="10", amount_in_home_currency="9", deal_currency_code="USD")
    row = made("deals", record, home_currency="USD", fx=no_rate_needed)["deal"][0]
    assert row["amount_home"] == Decimal(10)


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"amount": "12k"}, "amount: '12k' is not a number"),
        ({"amount": "NaN"}, "amount: 'NaN' is not a number"),
        ({"amount": "1_000"}, "amount: '1_000' is not a number"),
        ({"closedate": "31/12/2026"}, "closedate: '31/12/2026' is not a date"),
        ({"amount": "1", "deal_currency_code": "EURO"}, "deal_currency_code: 'EURO' is not an ISO 4217 currency"),
    ],
)
def test_what_cannot_be_read_says_so(properties: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadValue) as bad:
        made("deals", deal(**properties))
    assert str(bad.value) == sentence


def test_a_record_without_properties_is_set_aside() -> None:
    with pytest.raises(BadValue, match="no properties"):
        made("deals", {"id": "1"})


def test_scientific_notation_is_a_number() -> None:
    assert only_deal(amount="1.5E3")["amount"] == Decimal(1500)


def test_of_two_properties_about_one_stage_the_earlier_entry_counts() -> None:
    found = made("deals", deal(hs_v2_date_entered_won="2026-03-02T00:00:00Z", hs_v2_date_entered_won_7="2026-03-01T23:30:00Z"))
    assert found["deal_stage_entry"] == [
        {
            "source_id": "151",
            "deal_id": "151",
            "stage_id": "won",
            "entered_at": datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
            "entered_on": date(2026, 3, 2),
        }
    ]


def test_a_merged_away_deal_keeps_a_row_that_points_to_the_survivor() -> None:
    merged = [row for row in made("deals", deal(hs_merged_object_ids="7;8"))["deal"] if row.get("merged_into")]
    assert merged == [{"source_id": id, "deal_id": id, "merged_into": "151"} for id in ("7", "8")]


def test_an_archived_record_keeps_its_row() -> None:
    found = made("companies", {"id": "1", "properties": {}, "archived": True, "archivedAt": "2026-05-01T00:00:00Z"})
    assert found["company"][0]["archived_at"] == datetime(2026, 5, 1, tzinfo=UTC)


def test_associations_come_with_the_primary_marked() -> None:
    found = made("deals", deal({"companies": [{"id": "2", "primary": True}, {"id": "3", "primary": False}], "contacts": []}))
    assert [(r["from_type"], r["from_id"], r["to_type"], r["to_id"], r["is_primary"]) for r in found["association"]] == [
        ("deals", "151", "companies", "2", True),
        ("deals", "151", "companies", "3", False),
    ]


def test_values_of_ours_are_read_back_and_cleared_ones_are_no_rows() -> None:
    found = made("deals", deal(cadran_channel="paid_search", cadran_roi="", cadran_cost=None))
    assert found["crm_value"] == [
        {"source_id": "151", "object": "deals", "record_id": "151", "property": "cadran_channel", "value": "paid_search"}
    ]


def test_a_contacts_stamps_prefer_the_present_family() -> None:
    properties = {
        "hs_v2_date_entered_lead": "2026-01-02T00:00:00Z",
        "hs_lifecyclestage_lead_date": "2026-01-01T00:00:00Z",
        "hs_lifecyclestage_customer_date": "2026-02-01T00:00:00Z",
    }
    row = made("contacts", {"id": "5", "properties": properties})["contact"][0]
    assert (row["lead_on"], row["customer_on"]) == (date(2026, 1, 2), date(2026, 2, 1))


def test_no_personal_data_leaves() -> None:
    properties = {
        "email": "ada@example.com",
        "firstname": "Ada",
        "phone": "+33123456789",
        "hs_google_click_id": "secret-click",
        "hs_analytics_source_data_2": "ada@example.com",
        "hs_analytics_first_url": "https://x.example/?email=ada@example.com&utm_source=google",
    }
    found = str(made("contacts", {"id": "5", "properties": properties}))
    for private in ("ada", "Ada", "33123456789", "secret-click"):
        assert private not in found
    assert "google" in found


def test_an_owner_is_an_id_and_a_team() -> None:
    owner = {
        "id": "41",
        "email": "ada@example.com",
        "firstName": "Ada",
        "teams": [{"id": "1", "name": "South", "primary": False}, {"id": "2", "name": "North", "primary": True}],
        "archived": False,
        "updatedAt": "2026-01-01T00:00:00Z",
    }
    assert made("owners", owner)["owner"] == [
        {"source_id": "41", "owner_id": "41", "team_id": "2", "team_name": "North", "archived_at": None}
    ]


def test_an_archived_owner_is_archived_since_its_last_change() -> None:
    row = made("owners", {"id": "43", "archived": True, "updatedAt": "2026-01-01T00:00:00Z"})["owner"][0]
    assert (row["team_id"], row["archived_at"]) == (None, datetime(2026, 1, 1, tzinfo=UTC))


def test_stages_carry_probability_and_closedness_from_text() -> None:
    pipeline = {
        "id": "default",
        "label": "Sales",
        "displayOrder": 0,
        "stages": [
            {"id": "won", "label": "Won", "displayOrder": 1, "metadata": {"isClosed": "true", "probability": "1.0"}},
            {"id": "odd", "label": "Odd", "displayOrder": 2, "metadata": {}},
        ],
    }
    found = made("pipelines", pipeline)
    assert found["pipeline"][0]["pipeline_name"] == "Sales"
    assert [(s["stage_id"], s["probability"], s["is_closed"]) for s in found["stage"]] == [
        ("won", Decimal("1.0"), True),
        ("odd", None, False),
    ]


def test_a_product_has_its_category_from_the_accounts_own_property() -> None:
    row = made("products", {"id": "7", "properties": {"name": "Seat", "price": "500", "kind": "Software"}})["product"][0]
    assert (row["category"], row["price"], row["currency"]) == ("Software", Decimal(500), "EUR")


def test_a_line_item_keeps_its_own_currency() -> None:
    properties = {"quantity": "3", "amount": "1500", "hs_product_id": "7", "hs_line_item_currency_code": "USD"}
    row = made("line_items", {"id": "501", "properties": properties})["line_item"][0]
    assert (row["quantity"], row["amount"], row["currency"], row["product_id"]) == (Decimal(3), Decimal(1500), "USD", "7")
    assert row["unit_cost"] is None, "a cost that nobody entered is not zero"


def test_products_and_lines_carry_what_one_costs() -> None:
    cost = {"hs_cost_of_goods_sold": "120.5"}
    product = made("products", {"id": "7", "properties": cost})["product"][0]
    assert (product["unit_cost"], product["price"], product["currency"]) == (Decimal("120.5"), None, "EUR")
    assert made("line_items", {"id": "501", "properties": cost})["line_item"][0]["unit_cost"] == Decimal("120.5")
    own = {**FACTS, "mapped": {"products": {"unit_cost": "landed_cost"}}}
    mapped = made("products", {"id": "7", "properties": {**cost, "landed_cost": "130"}}, own)["product"][0]
    assert mapped["unit_cost"] == Decimal(130)
