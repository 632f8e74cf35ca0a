"""Objects that are read by their table of fields: what cannot be read, what is merged away, what is missing."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import BadValue
from connectors.hubspot.normalise import MERGED_INTO, rows
from tests.connectors.hubspot.conftest import normalise_context

FACTS = {"currency": "EUR", "portal_id": "1", "zone": "Europe/Paris"}


def made(stream: str, record: dict[str, Any], **facts: Any) -> list[tuple[str, dict[str, Any]]]:
    return list(rows(stream, record, normalise_context(FACTS | facts)))


def only(stream: str, facts: dict[str, Any] | None = None, **properties: str | None) -> dict[str, Any]:
    [(_, row)] = made(stream, {"id": "1", "properties": properties}, **(facts or {}))
    return row


@pytest.mark.parametrize(
    ("stream", "table", "more"),
    [
        ("orders", "order", {"order_id": "7"}),
        ("subscriptions", "subscription_period", {"subscription_id": "7", "period_id": "7"}),
        ("custom.machines", "custom_record", {"record_id": "7", "object": "machines"}),
    ],
)
def test_a_merged_away_record_keeps_a_row_with_its_whole_key(stream: str, table: str, more: dict[str, str]) -> None:
    expected = [(table, {"source_id": "7", "merged_into": "9", **more})]
    assert made(stream, {"id": "7", "properties": {}, MERGED_INTO: "9"}) == expected
    assert made(stream, {"id": "9", "properties": {"hs_merged_object_ids": "7"}})[1:] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-08-02", date(2026, 8, 2)),
        ("2026-08-02T00:00:00.000Z", date(2026, 8, 2)),
        ("1785628800000", date(2026, 8, 2)),
        ("2026-08-02T22:30:00Z", date(2026, 8, 3)),
    ],
)
def test_a_date_is_itself_however_it_is_written(written: str, expected: date) -> None:
    assert only("invoices", hs_invoice_date=written)["invoiced_on"] == expected


@pytest.mark.parametrize(
    ("stream", "properties", "sentence"),
    [
        ("orders", {"hs_total_price": "12k"}, "hs_total_price: '12k' is not a number"),
        ("carts", {"hs_total_price": "1", "hs_currency_code": "EURO"}, "hs_currency_code: 'EURO' is not an ISO 4217 currency"),
        ("subscriptions", {"hs_recurring_billing_start_date": "soon"}, "hs_recurring_billing_start_date: 'soon' is not a date"),
        ("tickets", {"time_to_first_agent_reply": "long"}, "time_to_first_agent_reply: 'long' is not a number"),
    ],
)
def test_what_cannot_be_read_says_so(stream: str, properties: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadValue) as bad:
        only(stream, **properties)
    assert str(bad.value) == sentence


@pytest.mark.parametrize(
    ("frequency", "unit", "count"),
    [
        ("weekly", "week", 1),
        ("QUARTERLY", "month", 3),
        ("per_two_years", "month", 24),
        ("now and then", None, None),
        (None, None, None),
    ],
)
def test_billing_frequencies_in_figures(frequency: str | None, unit: str | None, count: int | None) -> None:
    row = only("subscriptions", hs_recurring_billing_frequency=frequency)
    assert (row["interval_unit"], row["interval_count"]) == (unit, count)


def test_an_address_in_a_text_is_left_out() -> None:
    assert only("goal_targets", hs_goal_name="Goal of pat@example.com")["target_name"] is None


def test_a_mapped_day_of_cancellation_ends_a_subscription() -> None:
    facts = {"mapped": {"subscriptions": {"ends_on": "ended"}}}
    assert only("subscriptions", facts, ended="2026-09-30")["ends_on"] == date(2026, 9, 30)


def test_a_mapped_currency_of_an_own_object_counts() -> None:
    facts = {"mapped": {"custom.machines": {"amount": "price", "currency": "money"}}}
    row = only("custom.machines", facts, price="5", money="USD")
    assert (row["amount"], row["currency"], row["amount_home"]) == (Decimal(5), "USD", None)


def test_counters_that_are_no_whole_numbers_set_the_day_aside() -> None:
    day = {"interval": {"start": "2026-09-19T22:00:00Z"}, "aggregations": {"counters": {"sent": 1.5}}}
    with pytest.raises(BadValue, match=r"counters\.sent: 1\.5 is not a whole number"):
        made("email_statistics", day)


def test_an_email_without_statistics_has_none_rather_than_noughts() -> None:
    [(_, row)] = made("marketing_emails", {"id": "1", "name": "Letter of ada@example.com"})
    assert "sent" not in row
    assert row["email_name"] is None
