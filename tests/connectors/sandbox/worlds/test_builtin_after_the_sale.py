"""What the built-in company has in its CRM beyond deals: of one mind with the deals, and with itself."""

from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from connectors.sandbox.world import Record, World
from connectors.sandbox.worlds import builtin
from connectors.sandbox.worlds.builtin.marketing import CAMPAIGNS
from kpi.joins import match_key

SIZES = {
    "orders": 234,
    "carts": 230,
    "commerce_payments": 127,
    "subscriptions": 193,
    "invoices": 280,
    "tickets": 200,
    "feedback_submissions": 252,
    "goal_targets": 60,
    "installations": 32,
    "campaigns": 7,
}
NEW = tuple(SIZES)


def objects(world: World, kind: str) -> list[Record]:
    return world.hubspot.objects[kind]


def by_id(world: World, kind: str) -> dict[str, Record]:
    return {record["id"]: record for record in objects(world, kind)}


def links(record: Record, kind: str) -> list[str]:
    found: list[str] = record["associations"].get(kind, [])
    return found


def money(record: Record, name: str) -> Decimal:
    return Decimal(record["properties"][name])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def won(world: World) -> dict[str, Record]:
    return {id: deal for id, deal in by_id(world, "deals").items() if deal["properties"]["hs_is_closed_won"] == "true"}


@pytest.mark.parametrize("kind", NEW)
def test_there_is_as_much_as_a_small_company_has(world: World, kind: str) -> None:
    assert len(objects(world, kind)) == SIZES[kind]


@pytest.mark.parametrize("kind", [kind for kind in NEW if kind != "campaigns"])
def test_ids_are_whole_numbers_in_order_of_creation(world: World, kind: str) -> None:
    ids = [int(record["id"]) for record in objects(world, kind)]
    assert ids == sorted(set(ids))
    created = [record["createdAt"] for record in objects(world, kind)]
    assert created == sorted(created)


@pytest.mark.parametrize("seed", [1, 2, 10**12])
def test_whatever_the_seed_nothing_changed_before_it_was_made_or_after_now(seed: int) -> None:
    world = builtin.build(seed)
    for kind in NEW:
        assert len(objects(world, kind)) >= 7
        for record in objects(world, kind):
            assert instant(record["createdAt"]) <= instant(record["updatedAt"]) < world.now, (kind, record["id"])
    assert all(instant(email["publishDate"]) < world.now for email in world.hubspot.marketing_emails)


@pytest.mark.parametrize("kind", [kind for kind in NEW if kind not in ("campaigns", "goal_targets")])
def test_nothing_hangs_on_a_contact_before_the_contact_was_known_or_on_one_merged_away(world: World, kind: str) -> None:
    contacts, companies = by_id(world, "contacts"), by_id(world, "companies")
    checked = 0
    for record in objects(world, kind):
        for id in links(record, "contacts"):
            assert instant(contacts[id]["properties"]["createdate"]) < instant(record["createdAt"])
            assert "mergedInto" not in contacts[id]
            checked += 1
        for id in links(record, "companies"):
            assert instant(companies[id]["properties"]["createdate"]) < instant(record["createdAt"])
    assert checked > 20


# --- Selling ------------------------------------------------------------------------------------------------------


def test_the_invoices_of_a_deal_add_up_to_its_amount(world: World) -> None:
    billed: defaultdict[str, list[Record]] = defaultdict(list)
    for invoice in objects(world, "invoices"):
        (deal_id,) = links(invoice, "deals")
        billed[deal_id].append(invoice)
    deals = won(world)
    assert 0.4 < len(billed) / len(deals) < 0.6
    for deal_id, invoices in billed.items():
        deal = deals[deal_id]
        assert sum(money(one, "hs_amount_billed") for one in invoices) == money(deal, "amount")
        assert {one["properties"]["hs_currency"] for one in invoices} == {deal["properties"]["deal_currency_code"]}
        for one in invoices:
            assert instant(deal["properties"]["closedate"]) < instant(one["createdAt"])
            assert one["properties"]["hs_invoice_date"] < one["properties"]["hs_due_date"]
    assert Counter(map(len, billed.values()))[2] > 20


def test_an_order_is_goods_less_discount_with_shipping_and_vat(world: World) -> None:
    for order in objects(world, "orders"):
        net = money(order, "hs_total_price") - money(order, "hs_tax")
        assert abs(net * 20 / 100 - money(order, "hs_tax")) <= Decimal("0.005")
        assert money(order, "hs_order_discount") >= 0
        assert net > money(order, "hs_shipping_cost")


def test_the_order_of_a_deal_has_its_lines_its_currency_and_its_amount_before_vat(world: World) -> None:
    deals, lines = won(world), by_id(world, "line_items")
    delivered = [order for order in objects(world, "orders") if order["properties"]["hs_source_store"] == "erp"]
    assert len(delivered) > 60
    for order in delivered:
        (deal_id,) = links(order, "deals")
        deal = deals[deal_id]
        assert links(order, "line_items") == links(deal, "line_items")
        net = money(order, "hs_total_price") - money(order, "hs_tax")
        assert net == money(deal, "amount")
        full = sum(money(lines[id], "price") * int(lines[id]["properties"]["quantity"]) for id in links(order, "line_items"))
        assert net + money(order, "hs_order_discount") == full
        for name, of_deal in (("hs_currency_code", "deal_currency_code"), ("hs_exchange_rate", "hs_exchange_rate")):
            assert order["properties"][name] == deal["properties"][of_deal]
        assert instant(deal["properties"]["closedate"]) < instant(order["createdAt"])


def test_a_cart_with_an_order_became_it_within_the_hour_and_the_others_are_abandoned(world: World) -> None:
    orders = by_id(world, "orders")
    bought = [cart for cart in objects(world, "carts") if links(cart, "orders")]
    assert 0.5 < len(bought) / len(objects(world, "carts")) < 0.66
    for cart in objects(world, "carts"):
        assert (cart["properties"]["hs_external_status"] == "completed") == (cart in bought)
    for cart in bought:
        (order_id,) = links(cart, "orders")
        order = orders[order_id]
        assert money(order, "hs_total_price") == money(cart, "hs_total_price")
        assert links(order, "contacts") == links(cart, "contacts")
        assert 0 < (instant(order["createdAt"]) - instant(cart["createdAt"])).total_seconds() < 3_600
    shop = [order["id"] for order in orders.values() if order["properties"]["hs_source_store"] == "boutique"]
    assert sorted(shop) == sorted(id for cart in bought for id in links(cart, "orders"))


def test_a_payment_is_what_its_order_costs_and_a_refund_is_no_more(world: World) -> None:
    payments, seen = by_id(world, "commerce_payments"), Counter[str]()
    for order in objects(world, "orders"):
        for id in links(order, "commerce_payments"):
            seen[id] += 1
            assert money(payments[id], "hs_initial_amount") == money(order, "hs_total_price")
            assert links(payments[id], "contacts") == links(order, "contacts")
    assert seen == Counter(dict.fromkeys(payments, 1))
    refunds: Counter[str] = Counter()
    for payment in payments.values():
        paid, given_back, status = (
            money(payment, "hs_initial_amount"),
            money(payment, "hs_refunds_amount"),
            payment["properties"]["hs_latest_status"],
        )
        refunds[status] += 1
        assert status == ("refunded" if given_back == paid else "partially_refunded" if given_back else "succeeded")
        assert 0 <= given_back <= paid
    assert 3 <= refunds["refunded"] < 15
    assert 3 <= refunds["partially_refunded"] < 15


MONTHS = {"annually": 12, "quarterly": 3, "monthly": 1}


def test_a_subscription_is_a_year_of_the_renewable_lines_of_one_won_deal(world: World) -> None:
    lines = by_id(world, "line_items")
    deal_of = {line: deal for deal in won(world).values() for line in links(deal, "line_items")}
    statuses: Counter[str] = Counter()
    for subscription in objects(world, "subscriptions"):
        said = subscription["properties"]
        statuses[said["hs_status"]] += 1
        (deal,) = {deal_of[id]["id"]: deal_of[id] for id in links(subscription, "line_items")}.values()
        assert {lines[id]["properties"]["hs_product_id"] for id in links(subscription, "line_items")} <= {"408", "411"}
        yearly = sum(money(lines[id], "amount") for id in links(subscription, "line_items"))
        part = Decimal(said["hs_next_payment_amount"] or said["hs_last_payment_amount"])
        assert part * 12 / MONTHS[said["hs_recurring_billing_frequency"]] == yearly
        assert said["hs_currency_code"] == deal["properties"]["deal_currency_code"]
        assert deal["properties"]["closedate"][:10] <= said["hs_recurring_billing_start_date"]
    assert set(statuses) == {"active", "past_due", "canceled", "expired", "scheduled"}
    assert statuses["active"] > 80


def test_the_next_payment_lies_ahead_unless_it_is_late_and_what_ended_has_none(world: World) -> None:
    today = world.now.date()
    for subscription in objects(world, "subscriptions"):
        said, status = subscription["properties"], subscription["properties"]["hs_status"]
        starts_on = date.fromisoformat(said["hs_recurring_billing_start_date"])
        assert (starts_on >= today) == (status == "scheduled")
        due = said["hs_next_payment_due_date"]
        assert (due is None) == (status in ("canceled", "expired")) == (said["hs_next_payment_amount"] is None)
        if due is not None:
            assert (date.fromisoformat(due) < today) == (status == "past_due")


# --- Service and goals ------------------------------------------------------------------------------------------------


def test_tickets_are_of_customers_answered_before_they_are_closed(world: World) -> None:
    contacts = by_id(world, "contacts")
    for ticket in objects(world, "tickets"):
        said = ticket["properties"]
        (contact_id,) = links(ticket, "contacts")
        assert contacts[contact_id]["properties"]["hs_lifecyclestage_customer_date"] < said["createdate"]
        assert (said["closed_date"] is not None) == (said["hs_pipeline_stage"] == "4")
        assert (said["time_to_first_agent_reply"] is None) == (said["hs_pipeline_stage"] == "1")
        if said["closed_date"] is not None:
            took = instant(said["closed_date"]) - instant(said["createdate"])
            assert 0 < int(said["time_to_first_agent_reply"]) < int(said["time_to_close"])
            assert abs(took.total_seconds() * 1_000 - int(said["time_to_close"])) in (0, 3_600_000)  # clocks may change


def test_answers_are_of_customers_and_in_the_group_of_their_score(world: World) -> None:
    contacts, scores = by_id(world, "contacts"), defaultdict(list)
    for answer in objects(world, "feedback_submissions"):
        said = answer["properties"]
        (contact_id,) = links(answer, "contacts")
        assert contacts[contact_id]["properties"]["hs_lifecyclestage_customer_date"] < said["hs_submission_timestamp"]
        score = int(said["hs_value"])
        scores[said["hs_survey_type"]].append(score)
        if said["hs_survey_type"] == "NPS":
            assert said["hs_response_group"] == ("PROMOTER" if score > 8 else "PASSIVE" if score > 6 else "DETRACTOR")
    assert len(scores["NPS"]) == 170
    assert set(scores["NPS"]) <= set(range(11))
    assert set(scores["CSAT"]) <= set(range(1, 6))
    share = sum((score > 8) - (score < 7) for score in scores["NPS"]) / len(scores["NPS"])
    assert 0.1 < share < 0.5


def test_every_seller_has_one_goal_a_quarter_until_he_leaves_and_quarters_join(world: World) -> None:
    spans: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for goal in objects(world, "goal_targets"):
        said = goal["properties"]
        start, end = instant(said["hs_start_datetime"]), instant(said["hs_end_datetime"])
        assert instant(goal["createdAt"]) < start
        assert int(said["hs_target_amount"]) > 10_000
        spans[said["hubspot_owner_id"]].append((start, end))
    assert {owner: len(found) for owner, found in spans.items()} == {
        owner["id"]: 4 if owner["archived"] else 8 for owner in world.hubspot.owners
    }
    for found in spans.values():
        for (_, end), (start, _) in pairwise(found):
            assert (start - end).total_seconds() == 1


def test_a_site_is_fitted_out_after_its_deal_was_won_with_fitting(world: World) -> None:
    deals, lines = won(world), by_id(world, "line_items")
    for site in objects(world, "installations"):
        (deal_id,) = links(site, "deals")
        deal = deals[deal_id]
        assert "410" in {lines[id]["properties"]["hs_product_id"] for id in links(deal, "line_items")}
        assert links(site, "companies") == links(deal, "companies")[:1]
        assert site["properties"]["contract_value"] == deal["properties"]["amount_in_home_currency"]
        assert deal["properties"]["closedate"][:10] < site["properties"]["installed_on"]
    known = {definition["name"] for definition in world.hubspot.properties["installations"]} | {"hubspot_owner_id"}
    assert {name for site in objects(world, "installations") for name in site["properties"]} == known


# --- Marketing ----------------------------------------------------------------------------------------------------------


def test_no_campaign_of_hubspots_own_is_called_like_one_that_brings_visits_or_costs_money(world: World) -> None:
    bought = {match_key(word) for one in CAMPAIGNS for word in (one.name, one.new_name, one.slug, one.id) if word}
    assert world.costs_csv is not None
    bought |= {match_key(line.split(",")[5]) for line in world.costs_csv.splitlines()[1:] if line.split(",")[5]}
    names = [match_key(one["properties"]["hs_name"]) for one in objects(world, "campaigns")]
    assert len(bought) > 15
    assert len(set(names)) == len(names)
    assert not bought & set(names)
    assert not bought & {one["id"] for one in objects(world, "campaigns")}


def test_what_came_of_an_email_adds_up(world: World) -> None:
    emails, campaigns = world.hubspot.marketing_emails, by_id(world, "campaigns")
    assert len(emails) == 12
    assert sum("campaign" in email for email in emails) == 11
    for email in emails:
        assert email.get("campaign") in {*campaigns, None}
        total: Counter[str] = Counter()
        for day, counted in email["days"].items():
            assert email["publishDate"][:10] <= day <= world.now.date().isoformat()
            total.update(counted)
        assert total["selected"] == total["sent"] + total["suppressed"]
        assert total["sent"] == total["delivered"] + total["bounce"]
        assert total["bounce"] == total["hardbounced"] + total["softbounced"]
        assert 0 < total["click"] < total["open"] < total["delivered"]
        assert total["unsubscribed"] < total["delivered"] // 100


def test_emails_go_to_people_who_were_known_by_then(world: World, truth: dict[str, Any]) -> None:
    created = sorted(contact["properties"]["createdate"] for contact in objects(world, "contacts") if "mergedInto" not in contact)
    assert len(created) == truth["contacts"]
    for email in world.hubspot.marketing_emails:
        known = sum(at < email["publishDate"] for at in created)
        assert sum(day.get("selected", 0) for day in email["days"].values()) == known
