"""The built-in world: the same everywhere, as large as promised, and of one mind across vendors."""

import csv
import hashlib
import io
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import orjson
import pytest
import yaml

from connectors.sandbox.world import Ga4World, GoogleAdsWorld, Record, World
from connectors.sandbox.worlds import builtin

GOLDEN_SHA256 = "5b82cd18db73f3433f48d0add30012aa3807ead20ec29d212d4abbc598fa4fd6"
"""Of the world of seed 1, as far as sales, traffic and spend go. It changes only when somebody means to change that world."""

SALES = ("companies", "contacts", "products", "line_items", "deals")
AFTER_THE_SALE_SHA256 = "4a340540538caa730dbc8e670d2b2057d60ff6010c0b7bbf40f87b41ff63d4ac"
"""Of what the CRM of that world holds beyond :data:`SALES`, which moves nothing of the rest."""

TODAY = "2026-09-15"


def fingerprint(world: World) -> str:
    ga4, ads = the_property(world), the_customer(world)
    assert world.semrush is not None
    parts = [
        world.hubspot.account,
        world.hubspot.owners,
        world.hubspot.pipelines,
        {kind: world.hubspot.properties[kind] for kind in world.hubspot.properties if kind in SALES},
        {kind: world.hubspot.objects[kind] for kind in SALES},
        ga4.sessions,
        ads.rows,
        ads.clicks,
        world.semrush.history,
        world.costs_csv,
        world.settings_yaml,
    ]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def fingerprint_after_the_sale(world: World) -> str:
    crm = world.hubspot
    further = {kind: records for kind, records in crm.objects.items() if kind not in SALES}
    parts = [crm.properties, crm.schemas, crm.marketing_emails, further]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def the_property(world: World) -> Ga4World:
    return world.ga4["345678901"]


def the_customer(world: World) -> GoogleAdsWorld:
    return world.google_ads["1234567890"]


def sessions(world: World, *, before_now: bool = False) -> list[Record]:
    found = the_property(world).sessions or []
    return [session for session in found if not before_now or session["at"] < "2026-09-15T10:00:00"]


def live(world: World, kind: str) -> list[Record]:
    return [record for record in world.hubspot.objects[kind] if not {"archivedAt", "mergedInto"} & record.keys()]


def by_id(world: World, kind: str) -> dict[str, Record]:
    return {record["id"]: record for record in world.hubspot.objects[kind]}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- The same everywhere -------------------------------------------------------------------------------


def test_the_world_of_a_seed_is_the_same_to_the_byte(world: World) -> None:
    again = builtin.build(1)
    assert fingerprint(world) == fingerprint(again) == GOLDEN_SHA256
    assert fingerprint_after_the_sale(world) == fingerprint_after_the_sale(again) == AFTER_THE_SALE_SHA256


def test_another_seed_is_another_world(world: World) -> None:
    other = builtin.build(2)
    assert other.hubspot.objects["deals"] != world.hubspot.objects["deals"]
    assert other.ga4 != world.ga4
    assert other.costs_csv != world.costs_csv


@pytest.mark.parametrize("seed", [0, 3, 10**12])
def test_every_seed_gives_a_world_of_about_that_size(seed: int) -> None:
    truth = builtin.truth(seed)
    assert 2_800 <= truth["contacts"] <= 3_300
    assert 1_350 <= truth["deals"] <= 1_700
    assert 50_000 <= truth["sessions"] <= 60_000


# --- As large as promised ------------------------------------------------------------------------------


def test_sizes_are_those_of_a_small_company(world: World, truth: dict[str, Any]) -> None:
    assert world.now == datetime(2026, 9, 15, 8, tzinfo=UTC)
    assert len(live(world, "contacts")) == truth["contacts"] == 3_079
    assert len(live(world, "companies")) == truth["companies"] == 900
    assert len(live(world, "deals")) == truth["deals"] == 1_520
    assert len(live(world, "line_items")) == truth["line_items"] == 2_248
    assert len(sessions(world, before_now=True)) == truth["sessions"] == 54_238
    products = [product["properties"]["product_category"] for product in world.hubspot.objects["products"]]
    assert (len(products), len(set(products))) == (12, 3)
    owners = world.hubspot.owners
    assert (len(owners), sum(owner["archived"] for owner in owners)) == (8, 1)
    assert len({team["id"] for owner in owners for team in owner["teams"]}) == 2


def test_ids_are_unique_whole_numbers_in_order_of_creation(world: World) -> None:
    for kind in ("contacts", "companies", "deals"):
        records = world.hubspot.objects[kind]
        ids = [int(record["id"]) for record in records]
        assert ids == sorted(set(ids))
        created = [record["properties"]["createdate"] for record in records]
        assert created == sorted(created)


def test_traffic_grows_and_rests_at_the_week_end_and_in_august(world: World) -> None:
    days = Counter(session["at"][:10] for session in sessions(world, before_now=True))
    months: Counter[str] = Counter()
    for day, count in days.items():
        months[day[:7]] += count
    weekdays = [count for day, count in days.items() if date.fromisoformat(day).weekday() < 5]
    week_ends = [count for day, count in days.items() if date.fromisoformat(day).weekday() >= 5]
    assert sum(week_ends) / len(week_ends) < 0.5 * sum(weekdays) / len(weekdays)
    assert months["2025-08"] < 0.75 * months["2025-07"]
    assert months["2026-06"] > 1.2 * months["2025-06"]


def test_visits_and_spend_go_on_45_days_after_now_but_nobody_creates_a_record(world: World) -> None:
    assert max(session["at"][:10] for session in sessions(world)) == "2026-10-30"
    assert max(row["date"] for row in the_customer(world).rows) == "2026-10-30"
    assert max(line["date"] for line in cost_lines(world)) > "2026-10-20"
    assert not any("generate_lead" in session["events"] for session in sessions(world) if session["at"][:10] > TODAY)
    promises = {("deals", "closedate"), ("goal_targets", "hs_end_datetime")}
    for kind, records in world.hubspot.objects.items():
        for record in records:
            for name, value in record["properties"].items():
                is_stamp = isinstance(value, str) and len(value) == 24 and value.endswith("Z")
                is_kept = record["properties"].get("hs_is_closed", "false") != "false"
                if is_stamp and ((kind, name) not in promises or is_kept):
                    assert instant(value) < world.now, (kind, record["id"], name)


def test_sales_figures_are_plausible(world: World) -> None:
    for pipeline, low, high in (("default", 0.28, 0.33), ("75120446", 0.7, 0.85)):
        deals = [deal["properties"] for deal in live(world, "deals") if deal["properties"]["pipeline"] == pipeline]
        won = sum(deal["hs_is_closed_won"] == "true" for deal in deals)
        closed = sum(deal["hs_is_closed"] == "true" for deal in deals)
        assert low <= won / closed <= high
        assert 0.08 <= 1 - closed / len(deals) <= 0.15


def test_deals_pass_their_stages_in_order_and_a_uuid_stage_has_underscores(world: World) -> None:
    uuid_name = "hs_v2_date_entered_3f0c9a52_6b1e_4d57_9a84_0c2f7be1d6a4"
    names = ("appointmentscheduled", "qualifiedtobuy", uuid_name.removeprefix("hs_v2_date_entered_"), "contractsent", "closedwon")
    stages = {stage["id"] for pipeline in world.hubspot.pipelines["deals"] for stage in pipeline["stages"]}
    assert "3f0c9a52-6b1e-4d57-9a84-0c2f7be1d6a4" in stages
    passed_uuid_stage = 0
    for deal in live(world, "deals"):
        properties = deal["properties"]
        assert properties["dealstage"] in stages
        entered = [properties[f"hs_v2_date_entered_{name}"] for name in names if f"hs_v2_date_entered_{name}" in properties]
        assert entered == sorted(entered)
        passed_uuid_stage += uuid_name in properties
    assert passed_uuid_stage > 500


# --- Of one mind across vendors ------------------------------------------------------------------------


def test_associations_and_owners_point_at_records_that_exist(world: World) -> None:
    ids = {kind: set(by_id(world, kind)) for kind in world.hubspot.objects}
    owners = {owner["id"] for owner in world.hubspot.owners}
    for records in world.hubspot.objects.values():
        for record in records:
            assert record["properties"].get("hubspot_owner_id") in owners | {None}
            for kind, targets in record.get("associations", {}).items():
                assert len(set(targets)) == len(targets)
                assert set(targets) <= ids[kind]
    lines = [line for deal in world.hubspot.objects["deals"] for line in deal["associations"]["line_items"]]
    assert sorted(lines) == sorted(ids["line_items"])
    merged = {record["id"] for record in world.hubspot.objects["contacts"] if "mergedInto" in record}
    assert not merged & {
        contact for deal in world.hubspot.objects["deals"] for contact in deal["associations"].get("contacts", ())
    }


def test_every_click_id_of_a_contact_is_a_click_of_its_first_campaign_and_day(world: World) -> None:
    clicks = {click["gclid"]: click for click in the_customer(world).clicks}
    assert len(clicks) == len(the_customer(world).clicks)
    with_click = [
        contact["properties"] for contact in world.hubspot.objects["contacts"] if contact["properties"]["hs_google_click_id"]
    ]
    paid = [
        contact for contact in world.hubspot.objects["contacts"] if contact["properties"]["hs_analytics_source"] == "PAID_SEARCH"
    ]
    assert 0.5 < len(with_click) / len(paid) < 0.7
    for contact in with_click:
        click = clicks[contact["hs_google_click_id"]]
        assert contact["hs_analytics_source"] == "PAID_SEARCH"
        assert click["date"] == contact["hs_analytics_first_timestamp"][:10]
        told = parse_qs(urlsplit(contact["hs_analytics_first_url"]).query)
        assert set(told.get("hsa_cam", []) + told.get("utm_id", [])) <= {click["campaign_id"], "{campaignid}"}


def test_an_ad_brings_at_most_as_many_sessions_as_clicks(world: World) -> None:
    rows = {(row["date"], row["campaign_id"]): row for row in the_customer(world).rows}
    brought = Counter(
        (session["at"][:10], session["dimensions"]["sessionGoogleAdsCampaignId"])
        for session in sessions(world)
        if session["dimensions"]["sessionGoogleAdsCampaignId"] != "(not set)"
    )
    clicked = Counter((click["date"], click["campaign_id"]) for click in the_customer(world).clicks)
    for key, row in rows.items():
        assert brought[key] <= row["clicks"] == clicked[key]
        assert row["clicks"] <= row["impressions"]
        assert 800_000 * row["clicks"] <= row["cost_micros"] <= 4_000_000 * row["clicks"]
        assert row["cost_micros"] % 10_000 == 0
    assert set(brought) <= set(rows)


def test_ga4_and_google_ads_call_a_campaign_by_the_same_name_on_the_same_day(world: World) -> None:
    rows = {(row["date"], row["campaign_id"]): row["campaign_name"] for row in the_customer(world).rows}
    for session in sessions(world):
        dimensions = session["dimensions"]
        if dimensions["sessionGoogleAdsCampaignId"] != "(not set)":
            assert dimensions["sessionCampaignName"] == rows[session["at"][:10], dimensions["sessionGoogleAdsCampaignId"]]


def test_every_web_contact_has_its_first_lead_and_latest_session_in_ga4(world: World, truth: dict[str, Any]) -> None:
    groups = {
        "PAID_SEARCH": "Paid Search",
        "PAID_SOCIAL": "Paid Social",
        "ORGANIC_SEARCH": "Organic Search",
        "EMAIL_MARKETING": "Email",
        "REFERRALS": "Referral",
        "DIRECT_TRAFFIC": "Direct",
    }
    seen: dict[str, list[Record]] = {}
    for session in sessions(world):
        seen.setdefault(session["at"], []).append(session)
    users = {session["user"] for session in sessions(world) if "generate_lead" in session["events"]}
    web = [c["properties"] for c in world.hubspot.objects["contacts"] if c["properties"]["hs_analytics_source"] != "OFFLINE"]
    assert len(web) == len(users) == truth["leads_on_the_site"]
    for contact in web:
        for stamp, source in (
            ("hs_analytics_first_timestamp", "hs_analytics_source"),
            ("hs_latest_source_timestamp", "hs_latest_source"),
        ):
            there = [session for session in seen[paris(contact[stamp])] if session["user"] in users]
            assert groups[contact[source]] in {session["dimensions"]["sessionDefaultChannelGroup"] for session in there}
    leads = Counter(session["at"][:10] for session in sessions(world) if "generate_lead" in session["events"])
    created = Counter(paris(contact["createdate"])[:10] for contact in web)
    assert sum((leads - created).values()) <= 3  # a form sent just before midnight


def paris(stamp: str) -> str:
    return instant(stamp).astimezone(ZoneInfo("Europe/Paris")).strftime("%Y-%m-%dT%H:%M:%S")


def test_the_truth_counts_what_the_records_say(world: World, truth: dict[str, Any]) -> None:
    deals = [deal["properties"] for deal in live(world, "deals")]
    won = [deal for deal in deals if deal["hs_is_closed_won"] == "true"]
    assert truth["deals_won"] == len(won) == sum(truth["deals_won_by_first_channel"].values())
    assert truth["deals_won"] + truth["deals_lost"] + truth["deals_open"] == len(deals)
    assert cents(truth["revenue_won"]) == sum(cents(deal["amount_in_home_currency"] or "0.00") for deal in won)
    assert sum(truth["contacts_by_first_channel"].values()) == truth["contacts"]
    spent = sum(row["cost_micros"] for row in the_customer(world).rows if row["date"] < TODAY)
    assert cents(truth["google_ads_spend_until_yesterday"]) * 10_000 == spent


def cents(text: str) -> int:
    return int(text.replace(".", ""))


# --- Campaigns, costs and the rest ---------------------------------------------------------------------


def test_one_campaign_was_renamed_and_two_share_a_name(world: World) -> None:
    names: dict[str, set[str]] = {}
    for row in the_customer(world).rows:
        names.setdefault(row["campaign_id"], set()).add(row["campaign_name"])
    assert len(names) == 6
    assert names["20011001002"] == {"Generic Office Lighting", "Search Bureaux FR"}
    assert names["20011001004"] == names["20011001005"] == {"Retail Lighting"}


def test_links_are_tagged_well_badly_or_not_at_all(world: World) -> None:
    found: Counter[str] = Counter()
    for contact in world.hubspot.objects["contacts"]:
        properties = contact["properties"]
        if properties["hs_analytics_source"] != "PAID_SEARCH":
            continue
        query = urlsplit(properties["hs_analytics_first_url"]).query
        tags = parse_qs(query)
        found["hsa"] += "hsa_cam" in tags
        found["utm_id"] += "utm_id" in tags
        found["macro"] += tags.get("utm_id") == ["{campaignid}"]
        found["name only"] += "utm_campaign" in tags and "utm_id" not in tags
        found["other spelling"] += "utm_campaign=Brand+FR" in query
        found["untagged"] += "utm_source" not in tags
    assert min(found.values()) >= 10, found


def cost_lines(world: World) -> list[dict[str, str]]:
    assert world.costs_csv is not None
    return list(csv.DictReader(io.StringIO(world.costs_csv)))


def test_the_spend_file_has_what_no_connector_reads_and_one_bad_line(world: World) -> None:
    lines = cost_lines(world)
    assert list(lines[0]) == ["date", "amount", "currency", "kind", "channel", "campaign", "note"]
    assert [line["date"] for line in lines if not line["amount"].replace(".", "", 1).isdigit()] == ["2025-05-20"]
    assert sum(line["channel"] == "events" for line in lines) == 2
    assert sum(line["note"] == "Salaires ventes" and line["date"] <= TODAY for line in lines) == 24
    assert {line["currency"] for line in lines} == {"EUR", "USD"}
    social = {line["campaign"] for line in lines if line["channel"] == "paid_social"}
    assert social == {"LinkedIn Décideurs", "LinkedIn Architectes", "Meta Retargeting", "Meta Showroom Paris"}
    assert [line["campaign"] for line in lines if line["channel"] == "paid_search"] == ["brand fr"]


def test_semrush_has_24_months_and_the_settings_name_what_the_world_holds(world: World) -> None:
    assert world.semrush is not None
    assert world.semrush.units == 50_000
    days = [row["Dt"] for row in world.semrush.history]
    assert (len(set(days)), days[0], days[-1]) == (24, "20260815", "20240915")
    assert world.settings_yaml is not None
    settings = yaml.safe_load(world.settings_yaml)
    assert (settings["timezone"], settings["currency"], settings["crm"]) == ("Europe/Paris", "EUR", "hubspot")
    assert settings["sources"] == {
        "hubspot": {},
        "ga4": {"property_id": "345678901"},
        "google_ads": {"customer_ids": ["1234567890"]},
        "semrush": {"domain": "atelier-lumen.example", "database": "fr"},
        "spend_file": {"path": "costs.csv"},
    }


# --- Dirt ----------------------------------------------------------------------------------------------


def test_a_contact_was_merged_away_and_a_deal_archived(world: World, truth: dict[str, Any]) -> None:
    contacts, deals, dirt = by_id(world, "contacts"), by_id(world, "deals"), truth["dirt"]
    assert contacts[dirt["merged_contact"]]["mergedInto"] == dirt["merged_into"]
    assert contacts[dirt["merged_into"]]["properties"]["hs_merged_object_ids"] == dirt["merged_contact"]
    assert [record["id"] for record in deals.values() if "archivedAt" in record] == [dirt["archived_deal"]]


def test_some_amounts_are_missing_odd_or_in_a_currency_without_rate(world: World, truth: dict[str, Any]) -> None:
    deals, dirt = by_id(world, "deals"), truth["dirt"]
    null = [id for id, deal in deals.items() if deal["properties"]["amount"] is None]
    assert null == list(dirt["null_amount_deals"])
    assert deals[dirt["odd_amount_deal"]]["properties"]["amount"] == "12k"
    unknown = deals[dirt["unknown_currency_deal"]]["properties"]
    assert (unknown["deal_currency_code"], unknown["hs_exchange_rate"], unknown["amount_in_home_currency"]) == ("XXX", None, None)
    dollars = [deal["properties"] for deal in deals.values() if deal["properties"]["deal_currency_code"] == "USD"]
    assert 0.045 < len(dollars) / len(deals) < 0.075
    assert all(0.85 < float(deal["hs_exchange_rate"]) < 0.98 for deal in dollars)


def test_one_deal_closed_before_it_was_created(world: World, truth: dict[str, Any]) -> None:
    backward = [
        deal["id"]
        for deal in world.hubspot.objects["deals"]
        if instant(deal["properties"]["closedate"]) < instant(deal["properties"]["createdate"])
    ]
    assert backward == [truth["dirt"]["negative_cycle_deal"]]
    properties = by_id(world, "deals")[backward[0]]["properties"]
    assert properties["hs_is_closed_won"] == "true"
    assert not any(name.startswith("hs_v2_date_entered_") for name in properties)


def test_line_items_do_not_always_sum_to_the_amount(world: World, truth: dict[str, Any]) -> None:
    lines = by_id(world, "line_items")
    unlike = []
    for deal in world.hubspot.objects["deals"]:
        total = sum(cents(lines[line]["properties"]["amount"]) for line in deal["associations"]["line_items"])
        amount = deal["properties"]["amount"]
        if amount not in (None, "12k") and cents(amount) != total:
            unlike.append(deal["id"])
    assert unlike == list(truth["dirt"]["deals_unlike_their_lines"])
    assert len(unlike) == 40
    without = [id for id, line in lines.items() if line["properties"]["hs_product_id"] is None]
    assert without == list(truth["dirt"]["lines_without_product"])


def test_some_deals_lack_a_contact_or_a_company_and_some_have_two_companies(world: World, truth: dict[str, Any]) -> None:
    deals, dirt = by_id(world, "deals"), truth["dirt"]
    for name, kind, count in (
        ("deals_without_contact", "contacts", 0),
        ("deals_without_company", "companies", 0),
        ("deals_with_two_companies", "companies", 2),
    ):
        assert [id for id, deal in deals.items() if len(deal["associations"].get(kind, ())) == count] == list(dirt[name])
    assert all(len(deal["associations"].get("contacts", ())) <= 3 for deal in deals.values())


def test_an_archived_owner_still_has_deals_and_some_leads_have_no_stamp(world: World, truth: dict[str, Any]) -> None:
    (gone,) = (owner["id"] for owner in world.hubspot.owners if owner["archived"])
    assert sum(deal["properties"]["hubspot_owner_id"] == gone for deal in live(world, "deals")) > 20
    contacts = by_id(world, "contacts")
    assert len(truth["dirt"]["contacts_without_lead_stamp"]) == 3
    for id in truth["dirt"]["contacts_without_lead_stamp"]:
        assert contacts[id]["properties"]["hs_lifecyclestage_lead_date"] is None
