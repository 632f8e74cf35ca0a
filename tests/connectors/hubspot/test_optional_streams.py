"""Commerce, service, goals, marketing and own objects: read from a served account, and skipped where it lacks them."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import MissingScope, NotInTier
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.source import HubSpotSource
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import READONLY_TOKEN, World
from kpi.schema import TABLES, checker
from tests.connectors.hubspot.conftest import Account, Open
from tests.connectors.hubspot.small_world import small_world
from tests.shop import CAMPAIGN, shop_emails, shop_objects, shop_properties

OPTIONAL = (
    "orders",
    "carts",
    "commerce_payments",
    "subscriptions",
    "invoices",
    "tickets",
    "feedback_submissions",
    "goal_targets",
    "campaigns",
    "marketing_emails",
    "email_statistics",
)


def shop(**changes: Any) -> World:
    """The small account with everything a shop has."""
    world = small_world(deals=3, properties=shop_properties(), marketing_emails=shop_emails())
    world.hubspot.objects |= shop_objects()
    for key, value in changes.items():
        setattr(world.hubspot, key, value)
    return world


def described(account: Account, **settings: Any) -> HubSpotSource:
    """A source of this account with further settings."""
    section = {"base_url": account.server.base_url, "token": "sandbox-full", **settings}
    return HubSpotSource("hubspot", HubSpotSettings.model_validate(section), account.client)


@pytest.fixture
def served(open_account: Open) -> Account:
    account = open_account(shop())
    account.source.describe()
    return account


def rows(account: Account, stream: str) -> dict[str, list[dict[str, Any]]]:
    """What a stream's records become, by table; each row fits its model."""
    records, _ = account.read(stream)
    found: dict[str, list[dict[str, Any]]] = {}
    for table, row in account.rows(stream, records):
        checker(TABLES[table])({**row, "source": "hubspot", "extracted_at": datetime(2026, 1, 1, tzinfo=UTC)})
        found.setdefault(table, []).append(row)
    return found


def linked(found: dict[str, list[dict[str, Any]]]) -> set[tuple[str, str, str]]:
    return {(row["from_id"], row["to_type"], row["to_id"]) for row in found["association"]}


def test_an_order_has_its_money_its_day_and_its_links(served: Account) -> None:
    found = rows(served, "orders")
    order = next(row for row in found["order"] if row["order_id"] == "7001")
    assert (order["amount"], order["currency"], order["amount_home"], order["fx_source"]) == (
        Decimal("120.50"),
        "USD",
        Decimal("60.250"),
        "crm",
    )
    assert (order["tax_amount"], order["shipping_amount"], order["discount_amount"]) == (Decimal("20.08"), Decimal(5), None)
    assert (order["ordered_on"], order["external_order_id"]) == (date(2026, 8, 2), "S-1")
    assert linked(found) >= {("7001", "contacts", "11"), ("7001", "commerce_payments", "8001"), ("7001", "line_items", "501")}
    assert {row["order_id"] for row in found["order"] if row["archived_at"]} == {"7002"}


def test_a_cart_leads_to_its_order_or_to_none(served: Account) -> None:
    found = rows(served, "carts")
    assert {row["cart_id"]: row["amount_home"] for row in found["cart"]} == {"7201": Decimal("60.25"), "7202": Decimal(10)}
    assert [to for _, kind, to in linked(found) if kind == "orders"] == ["7001"]


def test_only_a_payment_of_which_something_went_back_is_a_refund(served: Account) -> None:
    [refund] = rows(served, "commerce_payments")["refund"]
    assert (refund["refund_id"], refund["amount"], refund["payment_amount"]) == ("8001", Decimal("20.50"), Decimal("120.50"))
    assert (refund["amount_home"], refund["paid_on"]) == (Decimal("10.25"), date(2026, 8, 2))
    assert refund.get("refunded_on") is None, "HubSpot keeps no such date"


def test_a_subscription_says_its_interval_and_an_ended_one_keeps_its_last_amount(served: Account) -> None:
    periods = {row["period_id"]: row for row in rows(served, "subscriptions")["subscription_period"]}
    shown = {id: (p["status"], p["interval_unit"], p["interval_count"], p["amount"], p["starts_on"]) for id, p in periods.items()}
    assert shown == {
        "7101": ("active", "month", 12, Decimal(1200), date(2026, 7, 1)),
        "7102": ("canceled", "month", 1, Decimal(49), date(2026, 7, 2)),
    }


def test_dates_without_a_time_stay_what_they_are(served: Account) -> None:
    [invoice] = rows(served, "invoices")["invoice"]
    assert (invoice["invoiced_on"], invoice["due_on"], invoice["amount"]) == (
        date(2026, 8, 2),
        date(2026, 9, 1),
        Decimal("120.50"),
    )


def test_a_ticket_is_its_times_and_nothing_that_was_written(served: Account) -> None:
    [ticket] = rows(served, "tickets")["ticket"]
    assert (ticket["created_on"], ticket["closed_on"], ticket["first_reply_s"], ticket["priority"]) == (
        date(2026, 8, 11),
        date(2026, 8, 12),
        5400,
        "HIGH",
    )


def test_an_answer_is_dated_by_its_submission_else_by_its_record(served: Account) -> None:
    answers = {row["response_id"]: row for row in rows(served, "feedback_submissions")["survey_response"]}
    assert {id: (a["survey_type"], a["score"], a["answered_on"]) for id, a in answers.items()} == {
        "7501": ("NPS", Decimal(9), date(2026, 8, 12)),
        "7502": ("NPS", Decimal(0), date(2026, 8, 13)),
    }


def test_a_goal_is_a_target(served: Account) -> None:
    [target] = rows(served, "goal_targets")["target"]
    assert (target["target_name"], target["target_value"], target["starts_on"], target["ends_on"], target["owner_id"]) == (
        "Q3 revenue",
        Decimal(50000),
        date(2026, 7, 1),
        date(2026, 9, 30),
        "41",
    )


def test_a_campaign_of_the_crm_buys_no_channel(served: Account) -> None:
    [campaign] = rows(served, "campaigns")["campaign"]
    shown = {key: campaign[key] for key in ("platform", "account_id", "campaign_id", "campaign_name", "channel")}
    assert shown == {
        "platform": "hubspot",
        "account_id": "4242",
        "campaign_id": CAMPAIGN,
        "campaign_name": "Autumn",
        "channel": None,
    }


def test_an_email_has_its_totals(served: Account) -> None:
    letter = next(row for row in rows(served, "marketing_emails")["marketing_email"] if row["email_id"] == "9001")
    assert (letter["sent"], letter["opened"], letter["clicked"], letter["campaign_id"]) == (400, 140, 22, CAMPAIGN)
    assert letter["published_on"] == date(2026, 9, 20)


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(email_days_are_utc=True, email_empty_days_are_absent=True)])
def test_a_days_statistics_are_counters_of_all_emails_however_days_are_cut(open_account: Open, quirks: Quirks) -> None:
    account = open_account(shop(), quirks=quirks)
    account.source.describe()
    found = rows(account, "email_statistics")["email_stats_daily"]
    assert {row["stats_on"]: (row["sent"], row["opened"]) for row in found} == {
        date(2026, 9, 20): (405, 100),
        date(2026, 9, 22): (0, 40),
    }
    assert {row["day_zone"] for row in found} == {"UTC" if quirks.email_days_are_utc else "Europe/Paris"}
    assert account.calls("email_histogram") == 1


def test_statistics_are_read_back_over_and_replaced_by_whole_days(served: Account) -> None:
    records, cursor = served.read("email_statistics")
    assert cursor == "2026-10-01"
    [page] = list(served.source.read(served.stream("email_statistics"), cursor, served.context()))
    [days] = page.days
    assert (days.since, days.until) == (date(2026, 9, 1), date(2026, 10, 2))
    assert len(page.records) == len(records)


def test_an_object_of_the_accounts_own_is_a_stream_of_its_own(open_account: Open) -> None:
    account = open_account(shop())
    source = described(account, mapping={"custom.machines": {"amount": "price", "label": "serial"}})
    source.describe()
    account.source = source
    assert [s.name for s in source.streams() if s.name.startswith("custom.")] == ["custom.machines"]
    found = {row["record_id"]: row for row in rows(account, "custom.machines")["custom_record"]}
    assert {id: (r["object"], r["label"], r["amount"], r["currency"], r["owner_id"]) for id, r in found.items()} == {
        "7701": ("machines", "M-1", Decimal(900), "EUR", "41"),
        "7702": ("machines", "M-2", Decimal(100), "EUR", None),
    }


def test_without_a_mapping_an_own_object_shows_no_name_and_no_money(served: Account) -> None:
    found = rows(served, "custom.machines")["custom_record"]
    assert {(row.get("label"), row["amount"], row["currency"]) for row in found} == {(None, None, None)}


def test_objects_are_chosen_by_name_and_an_unknown_one_is_said(open_account: Open) -> None:
    source = described(open_account(shop()), custom_objects=["robots"])
    assert source.describe()["skipped"]["custom.robots"] == "the account has no object robots; its objects are machines."
    assert [s.name for s in source.streams() if s.name.startswith("custom.")] == []


def test_what_people_wrote_and_who_they_are_is_never_asked_for(served: Account) -> None:
    everything = json.dumps([served.read(stream.name)[0] for stream in served.source.streams() if stream.is_optional])
    for personal in ("Pat Doe", "+33", "person11@example.com", "Ada Lovelace", "ada@example.com"):
        assert personal not in everything


def test_increments_of_the_new_streams_find_what_changed(served: Account) -> None:
    _, cursor = served.read("orders")
    served.wait(300)
    served.edit("orders", "7001", hs_fulfillment_status="delivered")
    served.wait(300)
    changed, _ = served.read("orders", cursor)
    assert [(r["id"], r["properties"]["hs_fulfillment_status"]) for r in changed] == [("7001", "delivered")]


# --- where the account lacks them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", OPTIONAL)
def test_a_missing_scope_is_known_beforehand_and_costs_no_call(open_account: Open, stream: str) -> None:
    declared = next(s for s in described(open_account()).streams() if s.name == stream)
    named = f"{','.join(declared.scopes)},marketing.email.read"
    account = open_account(shop(), token=f"sandbox-without:{named}")
    facts = account.source.describe()
    assert facts["skipped"][stream].startswith(f"the key lacks {declared.scopes[0]}")
    assert "Without it: no " in facts["skipped"][stream]
    asked = account.client.requests_sent
    with pytest.raises(MissingScope) as refused:
        account.read(stream)
    assert refused.value.scopes == declared.scopes
    assert account.client.requests_sent == asked
    assert account.read("deals")[0], "nothing else is affected"


@pytest.mark.parametrize("stream", [s for s in OPTIONAL if s not in ("campaigns", "marketing_emails", "email_statistics")])
def test_an_object_that_the_account_does_not_have_is_skipped(open_account: Open, stream: str) -> None:
    account = open_account()  # the small account has none of them
    facts = account.source.describe()
    assert facts["skipped"][stream].startswith("this account does not have it (it needs ")
    with pytest.raises(NotInTier):
        account.read(stream)


def test_campaigns_that_the_tier_lacks_are_told_by_the_first_call(open_account: Open) -> None:
    from connectors.sandbox.limits import HubSpotLimits

    account = open_account(shop(), limits=HubSpotLimits(burst=10_000, has_campaigns=False))
    with pytest.raises(NotInTier, match="Marketing Hub Professional"):
        account.read("campaigns")


def test_check_says_the_same(open_account: Open) -> None:
    notes = open_account(shop(), token="sandbox-without:crm.objects.carts.read").source.check().notes
    assert "carts is skipped: the key lacks crm.objects.carts.read. Without it: no cart abandonment." in notes


def test_either_name_of_a_scope_will_do(open_account: Open) -> None:
    account = open_account(shop(), token="sandbox-without:content", quirks=Quirks(email_scope_is_marketing=True))
    assert "marketing_emails" not in account.source.describe()["skipped"]
    assert account.read("marketing_emails")[0]


def test_links_to_what_the_key_may_not_read_are_left_out(open_account: Open) -> None:
    account = open_account(shop(), token="sandbox-without:crm.objects.commercepayments.read")
    assert "commerce_payments" not in account.source.describe()["links"]["orders"]
    assert {to for _, to, _ in linked(rows(account, "orders"))} == {
        "contacts",
        "companies",
        "deals",
        "line_items",
        "subscriptions",
    }


def test_a_read_only_key_reads_what_it_may(open_account: Open) -> None:
    """Tickets have one scope for reading and writing; e-mails have one for reading where HubSpot offers ``marketing.email.read``."""
    account = open_account(shop(), token=READONLY_TOKEN)
    assert account.source.describe()["skipped"].keys() == {"tickets"}
    assert rows(account, "marketing_emails")["marketing_email"]


def test_streams_can_be_left_out_by_name(open_account: Open) -> None:
    source = described(open_account(shop()), skip_streams=["carts", "custom.machines"])
    facts = source.describe()
    assert not {"carts", "custom.machines"} & {stream.name for stream in source.streams()}
    assert "carts" not in facts["properties"]
    assert "carts" not in facts["skipped"]


# --- mapping ---------------------------------------------------------------------------------------------------------

NET = {"name": "net", "label": "Net", "type": "number", "fieldType": "number", "groupName": "dealinformation"}


def with_net(**definition: Any) -> World:
    world = small_world(deals=1, properties={"deals": [NET | definition]})
    world.hubspot.objects["deals"][0]["properties"] |= {"net": "7.50"}
    return world


def test_a_mapped_amount_is_read_and_the_crms_conversion_of_the_other_is_not(open_account: Open) -> None:
    account = open_account(with_net())
    account.source = described(account, mapping={"deals": {"amount": "net"}})
    deal = rows(account, "deals")["deal"][0]
    assert (deal["amount"], deal["amount_home"]) == (Decimal("7.50"), Decimal("7.50"))
    assert "amount" not in account.source.describe()["properties"]["deals"]


@pytest.mark.parametrize(
    ("definition", "fault"),
    [
        ({"type": "string", "fieldType": "text"}, "net is of type string, which does not hold a number"),
        ({"name": "other"}, "this account has no property net; other has its label (Net): was it replaced?"),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_reported_and_the_standard_property_read(
    open_account: Open, definition: dict[str, str], fault: str
) -> None:
    world = with_net(**definition)
    world.hubspot.objects["deals"][0]["properties"].pop("net")
    account = open_account(world)
    account.source = source = described(account, mapping={"deals": {"amount": "net"}})
    facts = source.describe({"labels": {"deals": {"net": "Net"}}})
    assert f"mapping of deals.amount: {fault}; amount is read instead" in facts["notes"]
    assert rows(account, "deals")["deal"][0]["amount"] == Decimal(1001)
    assert any(note.startswith("mapping of deals.amount: net") or "no property net" in note for note in source.check().notes)


def test_an_archived_property_is_told_from_a_missing_one(open_account: Open) -> None:
    account = open_account(with_net())
    answer = account.client.wire.send("DELETE", "/crm/v3/properties/deals/net")
    assert answer.status == 204
    facts = described(account, mapping={"deals": {"amount": "net"}}).describe()
    assert "mapping of deals.amount: net is archived; amount is read instead" in facts["notes"]


def test_the_accounts_own_properties_are_named_in_a_note(open_account: Open) -> None:
    facts = open_account(with_net()).source.describe()
    assert facts["custom_properties"] == {"deals": ["net"]}
    assert "the account's own properties (1): deals net" in facts["notes"]


def test_settings_refuse_what_cannot_be_mapped_or_left_out() -> None:
    for section, sentence in (
        ({"mapping": {"deals": {"amout": "x"}}}, "did you mean `amount`"),
        ({"skip_streams": ["deals"]}, "`deals` is no stream that can be left out"),
    ):
        with pytest.raises(ValueError, match=sentence):
            HubSpotSettings.model_validate({"token": "x", **section})
