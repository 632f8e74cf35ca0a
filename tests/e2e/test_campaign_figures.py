"""Figures of campaigns and colleagues in the CRM: where they go, that they stay calm, and that people decide."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.world import World
from tests.e2e.installation import Installation, Kept, acted_on, installed
from tests.small_world import small_world

OWN, NATIVE, PEOPLE = "cadran_campaign", "campaigns", "users"
BRAND, COMPETITORS = "google_ads/20011001001", "google_ads/20011001003"
GUIDS = {"Brand FR": "00000001-1111-4222-8333-444455556666", "Rivals": "00000002-1111-4222-8333-444455556666"}


def with_campaigns() -> World:
    """One of HubSpot's campaigns is called like one of ours, another has one's UTM value, a third is nobody's."""
    world = small_world()
    others = {"Nobody's": "00000003-1111-4222-8333-444455556666"}
    campaigns = [
        {
            "id": guid,
            "properties": {"hs_name": name, **({"hs_utm": "competitors-fr"} if name == "Rivals" else {})},
            "createdAt": "2026-04-01T00:00:00Z",
        }
        for name, guid in (GUIDS | others).items()
    ]
    return replace(world, hubspot=replace(world.hubspot, objects={**world.hubspot.objects, "campaigns": campaigns}))


@pytest.fixture(scope="module")
def _read(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """That world, read once."""
    root = tmp_path_factory.mktemp("campaigns")
    with installed(root / "first", with_campaigns()) as installation:
        installation.ok("sync")
        return Kept.of(installation, root / "kept")


@pytest.fixture
def read(_read: Kept, tmp_path: Path) -> Iterator[Installation]:
    with _read.again(tmp_path / "installation") as installation:
        yield installation


def lines(plan: Any, object: str) -> dict[tuple[str | None, str], dict[str, Any]]:
    return {(c["record_id"], c["property"]): c for c in plan["changes"] if c["object"] == object}


def keys(plan: Any, object: str) -> set[str]:
    return {record_id for record_id, _ in lines(plan, object) if record_id is not None}


# --- the custom object ---------------------------------------------------------------------------------------------------


def test_figures_stand_in_an_object_of_ours_with_the_deals_and_contacts_they_brought(settled: Installation) -> None:
    """What a deal says of its campaign and what the campaign is associated with are one."""
    portal = settled.server.sandbox.portal
    records = list(portal.records[OWN])
    assert len(records) > 5
    for record in records:
        name = record.values["cadran_name"]
        linked = set(portal.links.of((OWN, "deals"), record.id))
        saying = {d.id for d in portal.records["deals"] if d.values.get("cadran_campaign") == name}
        assert linked == saying, name
    assert settled.value(OWN, BRAND, "cadran_channel") == "paid_search"
    spend, leads = settled.value(OWN, COMPETITORS, "cadran_spend"), settled.value(OWN, COMPETITORS, "cadran_leads")
    assert spend is not None
    shown = settled.json("show", "spend", "--by", "campaign")
    [result] = [r for r in shown if r["key"] == COMPETITORS]
    assert float(spend) == round(float(result["value"]), 2)
    [cpl] = [r for r in settled.json("show", "cpl", "--by", "campaign") if r["key"] == COMPETITORS]
    assert leads == cpl["inputs"]["leads"]


def test_a_quiet_plan_is_empty_and_costs_one_call(settled: Installation) -> None:
    """Definitions are known, associations remembered; the values of all campaigns are one batch."""
    settled.ok("plan")
    settled.control("stats", {"reset": True})
    assert settled.json("plan")["changes"] == []
    routes = settled.server.sandbox.stats.vendors["hubspot"].routes
    assert dict(routes) == {"account": 1, "batch_read": 1}


def test_with_the_ledger_lost_the_next_plan_is_empty(settled: Installation) -> None:
    """Values and associations that stand as computed are ours again."""
    shutil.rmtree(settled.home)
    settled.ok("sync")
    assert settled.json("plan")["changes"] == []
    assert settled.json("plan")["changes"] == []


def test_what_a_person_writes_on_a_campaign_is_kept_and_reported_until_retaken(settled: Installation) -> None:
    portal = settled.server.sandbox.portal
    record = next(one for one in portal.records[OWN] if one.values["cadran_key"] == BRAND)
    ours = record.values["cadran_spend"]
    settled.edit(OWN, record.id, {"cadran_spend": "1"})
    plan = settled.json("plan")
    assert {key: c["outcome"] for key, c in lines(plan, OWN).items()} == {(BRAND, "cadran_spend"): "edited_by_human"}
    settled.ok("apply")
    assert settled.value(OWN, BRAND, "cadran_spend") == "1"
    assert lines(settled.json("plan", "--retake", "spend"), OWN)[BRAND, "cadran_spend"]["outcome"] == "update"
    settled.ok("apply")
    assert settled.value(OWN, BRAND, "cadran_spend") == ours


def test_what_a_person_associates_stays_and_what_a_person_ends_does_not_come_back(settled: Installation) -> None:
    """Only what we associated is ours to end."""
    portal = settled.server.sandbox.portal
    record = next(one for one in portal.records[OWN] if len(portal.links.of((OWN, "deals"), one.id)) > 1)
    ended = next(iter(portal.links.of((OWN, "deals"), record.id)))
    added = next(d.id for d in portal.records["deals"] if d.id not in portal.links.of((OWN, "deals"), record.id))
    portal.links.remove((OWN, "deals"), record.id, ended)
    portal.links.add((OWN, "deals"), record.id, added)
    assert settled.json("plan")["changes"] == []
    linked = portal.links.of((OWN, "deals"), record.id)
    assert added in linked
    assert ended not in linked


def test_an_association_ends_when_the_deal_belongs_there_no_more(settled: Installation) -> None:
    """The deal is archived: it leaves the campaign's list, and the summary's figures with it."""
    portal = settled.server.sandbox.portal
    record = next(one for one in portal.records[OWN] if len(portal.links.of((OWN, "contacts"), one.id)) > 1)
    key, gone = record.values["cadran_key"], next(iter(portal.links.of((OWN, "contacts"), record.id)))
    settled.control("archive", {"object": "contacts", "id": gone})
    settled.ok("sync", "--full")
    plan = settled.json("plan")
    line = lines(plan, OWN)[key, "(contacts)"]
    assert line["reason"] == "+0 −1"
    settled.control("stats", {"reset": True})
    settled.ok("apply")
    routes = settled.server.sandbox.stats.vendors["hubspot"].routes
    assert plan["calls_by_kind"]["associations"] == sum(routes[r] for r in ("associate", "dissociate", "association_labels"))
    assert gone not in portal.links.of((OWN, "contacts"), record.id)
    assert settled.json("plan")["changes"] == []


def test_the_plan_and_check_say_where_figures_go_and_a_first_look_shows_other_records(planned: Installation) -> None:
    """``--limit 10`` writes ten records that people work with every day."""
    said = planned.ok("plan")
    assert "Campaign figures: 8 in the object cadran_campaign" in said
    assert "Campaign figures: 8 in the object cadran_campaign" in planned.ok("check")
    planned.ok("apply", "--limit", "10")
    assert list(planned.server.sandbox.portal.records[OWN]) == []
    planned.ok("apply")
    assert len(list(planned.server.sandbox.portal.records[OWN])) == 8


def test_in_french_labels_lines_and_notes_are_french(planned: Installation) -> None:
    planned.configure(locale="fr")
    assert "Chiffres des campagnes : 8 dans l'objet cadran_campaign" in planned.ok("plan")
    planned.ok("apply")
    portal = planned.server.sandbox.portal
    assert portal.schemas[OWN]["labels"] == {"singular": "Campagne (Cadran)", "plural": "Campagnes (Cadran)"}
    definitions = portal.records[OWN].definitions.active
    assert definitions["cadran_spend_last_month"]["label"] == "Dépenses média, dernier mois complet"
    assert definitions["cadran_name"]["label"] == "Nom"
    assert "dépensés" in (planned.value(OWN, BRAND, "cadran_summary") or "")
    assert planned.json("plan")["changes"] == []


def test_a_pilots_scope_leaves_campaigns_out_and_so_does_the_setting(planned: Installation) -> None:
    for crm in ({"scope": {"records": {"deals": ["701122"]}}}, {"campaigns": False}):
        planned.configure(crm=crm)
        plan = planned.json("plan")
        assert plan["changes"]
        assert keys(plan, OWN) == set()


# --- HubSpot's own campaigns ----------------------------------------------------------------------------------------------


def test_a_campaign_that_is_one_of_the_crms_gets_its_figures_there(read: Installation) -> None:
    """By name and by UTM value; the others go into the object of ours. Calm, undone, and taken away again."""
    plan = read.json("plan")
    assert keys(plan, NATIVE) == set(GUIDS.values())
    assert not keys(plan, OWN) & {BRAND, COMPETITORS}
    assert len(keys(plan, OWN)) == 6
    applied = read.json("apply")
    assert applied["rejected"] == 0
    assert "2 on the CRM's own campaigns, 6 in the object cadran_campaign" in read.ok("check")
    brand = GUIDS["Brand FR"]
    assert "spent" in (read.value(NATIVE, brand, "cadran_summary") or "")
    assert read.value(NATIVE, brand, "hs_name") == "Brand FR"
    assert read.json("plan")["changes"] == []
    read.ok("sync")
    assert read.json("plan")["changes"] == []

    read.edit(NATIVE, brand, {"cadran_leads": "77"})
    edited = read.json("plan")
    assert {key: c["outcome"] for key, c in lines(edited, NATIVE).items()} == {(brand, "cadran_leads"): "edited_by_human"}
    undone = read.json("undo", str(applied["run_id"]))
    assert undone["outcomes"]["edited_by_human"] == 1
    assert read.value(NATIVE, brand, "cadran_summary") is None
    assert read.value(NATIVE, brand, "cadran_leads") == "77"
    removed = read.json("uninstall", "--yes")["removed"]
    assert {"campaigns.cadran_spend", "cadran_campaign.(object)"} <= set(removed)
    portal = read.server.sandbox.portal
    assert OWN not in portal.records
    assert [name for name in portal.records[NATIVE].definitions.active if name.startswith("cadran_")] == []


def ours_first(read: Installation) -> None:
    """HubSpot's campaigns are called otherwise until everything stands in the object of ours."""
    for guid in GUIDS.values():
        read.edit(NATIVE, guid, {"hs_name": f"Planned {guid[:8]}", "hs_utm": ""})
    read.ok("sync")
    read.ok("plan")
    assert read.json("apply")["rejected"] == 0
    assert keys(read.json("plan"), NATIVE) == set()
    assert read.value(OWN, BRAND, "cadran_spend") is not None
    assert read.value(OWN, BRAND, "(contacts)") is not None
    for name, guid in GUIDS.items():
        read.edit(NATIVE, guid, {"hs_name": name, "hs_utm": "competitors-fr" if name == "Rivals" else ""})
    read.ok("sync")


def test_a_campaign_that_the_crm_gets_later_takes_its_figures_along(read: Installation) -> None:
    """The record of ours is emptied and keeps its name; all of it is lines of the plan, and can be undone."""
    ours_first(read)
    standing = {name: read.value(OWN, BRAND, name) for name in ("cadran_spend", "cadran_summary", "cadran_channel", "(contacts)")}
    plan = read.json("plan")
    of_own, of_native = lines(plan, OWN), lines(plan, NATIVE)
    assert {record_id for record_id, _ in of_own} == {BRAND, COMPETITORS}
    assert {line["outcome"] for line in of_own.values()} == {"clear"}
    assert {name for record_id, name in of_own if record_id == BRAND} >= set(standing)
    assert of_native[GUIDS["Brand FR"], "cadran_spend"]["new"] == standing["cadran_spend"]
    read.control("stats", {"reset": True})
    applied = read.json("apply")
    assert applied["rejected"] == 0
    routes = read.server.sandbox.stats.vendors["hubspot"].routes
    assert plan["calls_by_kind"]["associations"] == routes["dissociate"]
    assert {name: read.value(OWN, BRAND, name) for name in standing} == dict.fromkeys(standing)
    assert read.value(OWN, BRAND, "cadran_name") == "Brand FR"
    assert read.value(NATIVE, GUIDS["Brand FR"], "cadran_spend") == standing["cadran_spend"]
    assert "2 on the CRM's own campaigns, 6 in the object cadran_campaign" in read.ok("check")
    assert read.json("plan")["changes"] == []

    assert read.json("undo", str(applied["run_id"]))["rejected"] == 0
    assert {name: read.value(OWN, BRAND, name) for name in standing} == standing
    assert read.value(NATIVE, GUIDS["Brand FR"], "cadran_spend") is None
    held = read.json("plan")
    assert {c["outcome"] for c in held["changes"]} == {"held"}
    read.ok("resume")
    read.ok("plan")
    assert read.json("apply")["rejected"] == 0
    assert read.value(OWN, BRAND, "cadran_spend") is None
    assert read.value(NATIVE, GUIDS["Brand FR"], "cadran_spend") == standing["cadran_spend"]
    assert read.json("plan")["changes"] == []


def test_figures_stay_where_they_are_when_the_crms_campaigns_do_not_take_them(read: Installation) -> None:
    """HubSpot says so only when the first property is created, in the very run that would have emptied our records."""
    ours_first(read)
    portal = read.server.sandbox.portal
    portal.quirks = replace(portal.quirks, campaign_properties_by_api=False)
    spend, line = read.value(OWN, BRAND, "cadran_spend"), read.value(OWN, BRAND, "cadran_summary")
    assert lines(read.json("plan"), OWN)[BRAND, "cadran_spend"]["outcome"] == "clear"
    refused = read.json("apply")["refused"]
    assert {entry["object"] for entry in refused} == {NATIVE, OWN}
    assert (read.value(OWN, BRAND, "cadran_spend"), read.value(OWN, BRAND, "cadran_summary")) == (spend, line)
    assert read.value(OWN, BRAND, "(contacts)") is not None
    assert read.json("plan")["changes"] == []


def test_a_campaign_that_leaves_the_crm_comes_back_to_the_object_of_ours(read: Installation) -> None:
    """Under the same key, so into the same record."""
    ours_first(read)
    read.ok("plan")
    read.ok("apply")
    count = len(list(read.server.sandbox.portal.records[OWN]))
    read.edit(NATIVE, GUIDS["Brand FR"], {"hs_name": "Something else"})
    read.ok("sync")
    assert keys(read.json("plan"), OWN) == {BRAND}
    assert read.json("apply")["rejected"] == 0
    assert read.value(OWN, BRAND, "cadran_spend") is not None
    assert read.value(OWN, BRAND, "(contacts)") is not None
    assert len(list(read.server.sandbox.portal.records[OWN])) == count


def test_where_the_crms_campaigns_take_no_property_the_object_of_ours_is_next(read: Installation) -> None:
    """HubSpot says so when the first is created: once. Made by hand, they are used."""
    portal = read.server.sandbox.portal
    portal.quirks = replace(portal.quirks, campaign_properties_by_api=False)
    read.ok("plan")
    applied = read.json("apply")
    assert applied["rejected"] > 0
    assert {e["object"] for e in applied["refused"]} == {NATIVE}
    plan = read.json("plan")
    assert keys(plan, NATIVE) == set()
    assert keys(plan, OWN) == {BRAND, COMPETITORS}
    assert read.json("apply")["rejected"] == 0
    assert read.json("plan")["changes"] == []


def test_properties_that_a_person_made_by_hand_are_written(read: Installation) -> None:
    """Under their own label, in HubSpot's group: only the missing ones would be created."""
    portal = read.server.sandbox.portal
    asked = [c for c in read.json("plan")["changes"] if c["object"] == NATIVE and c["record_id"] is None]
    types = {"cadran_summary": "string", "cadran_channel": "enumeration"}
    for line in asked:
        made = {"name": line["property"], "label": "By hand", "groupName": "campaign_information"}
        type_ = types.get(line["property"], "number")
        options = [{"value": v, "label": v} for v in ("paid_search", "paid_social", "email")] if type_ == "enumeration" else []
        portal.records[NATIVE].definitions.load({**made, "type": type_, "options": options})
    portal.quirks = replace(portal.quirks, campaign_properties_by_api=False)
    plan = read.json("plan")
    assert [c for c in plan["changes"] if c["object"] == NATIVE and c["record_id"] is None] == []
    assert read.json("apply")["rejected"] == 0
    assert read.value(NATIVE, GUIDS["Rivals"], "cadran_spend") is not None
    assert portal.records[NATIVE].definitions.active["cadran_spend"]["label"] == "By hand"
    assert read.json("plan")["changes"] == []


# --- neither ---------------------------------------------------------------------------------------------------------------


def test_a_tier_without_objects_leaves_the_figures_to_deals_and_contacts(planned: Installation) -> None:
    """HubSpot says so when the object is created; after that it is not tried again, and one line says why."""
    portal = planned.server.sandbox.portal
    portal.limits = replace(portal.limits, custom_object_types=0)
    planned.ok("plan")
    applied = planned.json("apply")
    assert applied["rejected"] > 0
    assert {e["object"] for e in applied["refused"]} == {OWN}
    plan = planned.ok("plan")
    assert "Campaign figures: 8 only by name on their deals and contacts" in plan
    assert planned.json("plan")["changes"] == []
    assert any(d.values.get("cadran_campaign") for d in portal.records["deals"])


def test_a_key_without_the_scopes_is_not_even_tried(planned: Installation) -> None:
    """The plan that a person reads is the one that can be carried out."""
    planned.secrets["SANDBOX_HUBSPOT_TOKEN"] = "sandbox-without:crm.schemas.custom.write"
    planned.ok("sync")
    plan = planned.ok("plan")
    assert "the key lacks crm.schemas.custom.write" in plan
    assert keys(planned.json("plan"), OWN) == set()
    assert planned.json("apply")["rejected"] == 0


# --- colleagues --------------------------------------------------------------------------------------------------------------


def test_nothing_is_planned_on_colleagues_unless_they_are_switched_on(planned: Installation) -> None:
    assert lines(planned.json("plan"), PEOPLE) == {}
    planned.configure(crm={"people": True})
    planned.ok("sync")
    plan = planned.json("plan")
    wanted = acted_on({"changes": list(lines(plan, PEOPLE).values())})
    assert {c["property"] for c in wanted if c["record_id"] is None} == {
        "cadran_deals_won_last_quarter",
        "cadran_revenue_won_last_quarter",
        "cadran_avg_deal_size_last_quarter",
        "cadran_win_rate_last_quarter",
    }
    users = planned.server.sandbox.portal.records[PEOPLE].by_id
    assert keys(plan, PEOPLE) <= set(users)
    assert keys(plan, PEOPLE)
    planned.ok("apply")
    for line in wanted:
        if line["record_id"] is not None:
            assert planned.value(PEOPLE, line["record_id"], line["property"]) == line["new"]
    assert planned.json("plan")["changes"] == []
