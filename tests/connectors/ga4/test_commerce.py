"""Purchases in three scopes, key events by name, steps of a purchase."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.base import BadValue
from connectors.ga4.normalise import commerce_row
from connectors.sandbox.world import Record
from kpi.schema import TABLES, checker
from sync.derived import coverage, marts
from tests.connectors.ga4.conftest import NOW, PROPERTY, ROWS_PROPERTY, SINCE, Ga4, read, rows, visit
from tests.connectors.google_rows import row_context
from tests.contract.harness import Home, frame

STREAMS = {"commerce_daily": "web_commerce_daily", "events_daily": "web_event_daily"}


def bought(user: str, at: str, group: str, revenue: str, *, refund: str = "0", carts: int = 1) -> Record:
    events = {"add_to_cart": carts, "begin_checkout": 1, "purchase": 1, "page_view": 5}
    return visit(user, at, group) | {"events": events, "revenue": revenue, "refund": refund}


@pytest.fixture
def shop(google: Ga4) -> Ga4:
    """Ann came by an ad on 12 August, bought directly on 5 September, by mail on the 6th and filled a cart on the 7th."""
    google.sessions[:] = [
        *google.sessions,
        bought("ann", "2026-09-05T10:00:00", "Direct", "120.50", carts=3),
        bought("ann", "2026-09-06T10:00:00", "Email", "80", refund="30.25"),
        visit("ann", "2026-09-07T10:00:00", "Email") | {"events": {"add_to_cart": 2}},
    ]
    return google


def made(google: Ga4, stream: str, **arguments: Any) -> list[dict[str, Any]]:
    source = google.source()
    return rows(source, stream, read(source, stream, **arguments).records)


def test_purchases_are_told_in_three_scopes_that_are_never_added(shop: Ga4) -> None:
    got = {(r["scope"], r["channel"], r["visit_on"].day): r for r in made(shop, "commerce_daily")}
    assert {key: (row["purchases"], row["revenue"]) for key, row in got.items() if row["purchases"]} == {
        ("session", "direct", 5): (1, Decimal("120.5")),
        ("session", "email", 6): (1, Decimal("49.75")),
        ("user", "paid_search", 5): (1, Decimal("120.5")),
        ("user", "paid_search", 6): (1, Decimal("49.75")),
        ("event", "direct", 5): (1, Decimal("120.5")),
        ("event", "email", 6): (1, Decimal("49.75")),
    }
    row = got["session", "email", 6]
    assert (row["gross_revenue"], row["refunds"], row["currency"], row["carts"], row["checkouts"]) == (
        80,
        Decimal("30.25"),
        "EUR",
        1,
        1,
    )
    assert got["session", "email", 7]["carts"] == 2, "a cart without a purchase"


def test_carts_are_unknown_in_event_scope_which_does_not_answer_them(shop: Ga4) -> None:
    of_events = [row for row in made(shop, "commerce_daily") if row["scope"] == "event"]
    assert of_events
    assert {(row["carts"], row["checkouts"]) for row in of_events} == {(None, None)}


def test_revenue_that_the_role_may_not_see_is_unknown_and_not_zero(shop: Ga4, caplog: pytest.LogCaptureFixture) -> None:
    shop.sandbox.world.ga4[PROPERTY].hides_revenue = True
    bought_rows = [row for row in made(shop, "commerce_daily") if row["purchases"]]
    assert len(bought_rows) == 6, "purchases are seen"
    assert {(row["revenue"], row["gross_revenue"], row["refunds"]) for row in bought_rows} == {(None, None, None)}
    assert "may not see grossPurchaseRevenue, purchaseRevenue, refundAmount" in caplog.text


def test_key_events_come_by_name_with_the_steps_of_a_purchase_and_nothing_else(shop: Ga4) -> None:
    got = {(r["event_name"], r["channel"], r["visit_on"]): r for r in made(shop, "events_daily")}
    assert {name for name, _, _ in got} == {"generate_lead", "add_to_cart", "begin_checkout", "purchase"}
    lead = got["generate_lead", "paid_search", date(2026, 8, 12)]
    assert (lead["sessions"], lead["events"], lead["key_events"]) == (1, 2, Decimal(2))
    cart = got["add_to_cart", "direct", date(2026, 9, 5)]
    assert (cart["sessions"], cart["events"], cart["key_events"]) == (1, 3, 0), "three things, one visit, no key event"


@pytest.mark.parametrize("stream", STREAMS)
def test_rows_obey_the_schema_and_reading_twice_is_equal(shop: Ga4, stream: str) -> None:
    got = made(shop, stream)
    table = TABLES[STREAMS[stream]]
    convert = checker(table)
    for row in got:
        convert(row | {"source": "ga4", "extracted_at": NOW})
    keys = [tuple(row[name] for name in table.key if name != "source") for row in got]
    assert len(set(keys)) == len(keys) > 0
    assert made(shop, stream) == got


@pytest.mark.parametrize("stream", STREAMS)
def test_small_pages_give_what_one_large_page_gives(shop: Ga4, stream: str) -> None:
    assert made(shop, stream, page_size=1) == made(shop, stream)


@pytest.mark.parametrize("stream", STREAMS)
def test_an_increment_replaces_the_lookback_and_no_more(shop: Ga4, stream: str) -> None:
    again = read(shop.source(), stream, "2026-09-08")
    assert {record["date"] for record in again.records} >= {"20260905", "20260906"}
    assert not again.covers(date(2026, 9, 4))
    assert again.cursor == "2026-10-01"


def test_two_groups_that_are_one_channel_are_one_row(google: Ga4) -> None:
    google.sessions.extend(bought("x", "2026-09-05T10:00:00", group, "10") for group in ("Unassigned", "(not set)"))
    session = [row for row in made(google, "commerce_daily") if row["scope"] == "session" and row["purchases"]]
    assert [(row["channel"], row["purchases"], row["revenue"]) for row in session] == [("unattributed", 2, 20)]
    events = [row for row in made(google, "events_daily") if row["event_name"] == "purchase"]
    assert [(row["channel"], row["events"]) for row in events] == [("unattributed", 2)]


def test_three_scopes_of_a_month_are_one_call(shop: Ga4) -> None:
    source = shop.source()
    source.describe()
    before = shop.calls("batchRunReports")
    read(source, "commerce_daily")
    assert shop.calls("batchRunReports") - before == 3, "August to October"


@pytest.mark.parametrize("stream", STREAMS)
def test_a_property_that_does_not_tell_them_has_none(google: Ga4, caplog: pytest.LogCaptureFixture, stream: str) -> None:
    got = read(google.source(property_id=ROWS_PROPERTY), stream)
    assert (got.records, got.cursor) == ([], "2026-10-01")
    assert got.covers(SINCE)
    assert f"{stream} is left empty" in caplog.text


def test_streams_can_be_switched_off(google: Ga4) -> None:
    source = google.source(commerce=False, events=False)
    assert [stream.name for stream in source.streams()] == ["traffic_daily", "landing_daily", "users"]


@pytest.mark.parametrize("code", ["EURO", ""])
def test_a_wrong_currency_sets_the_row_aside(code: str) -> None:
    record = {
        "date": "20260905",
        "scope": "session",
        "sessionDefaultChannelGroup": "Direct",
        "currency": code,
        "property_id": "1",
    }
    with pytest.raises(BadValue, match="currencyCode"):
        list(commerce_row(record, row_context({})))


def test_a_site_without_a_shop_has_no_revenue_to_speak_of_rather_than_none(google: Ga4, tmp_path: Path) -> None:
    home, at = Home(tmp_path), frame(NOW)
    source = google.source()
    assert home.pull(source, now=NOW).errors == []
    house = home.open()
    try:
        with marts(house, at) as (con, _):
            known = coverage(house, con, at)
    finally:
        house.ledger.close()
    assert "web" in known
    assert not {"web_shop", "web_step"} & known.keys()
