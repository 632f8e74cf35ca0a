"""A world goes into a folder and comes back equal; a folder that cannot be read says where."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sandbox.world import Ga4World, GoogleAdsWorld, HubSpotWorld, SemrushWorld, World, WorldError
from connectors.sandbox.worlds import folder
from connectors.sandbox.worlds.folder import load_folder, save_folder


def small_world() -> World:
    """A bit of everything the format has."""
    return World(
        name="small",
        now=datetime(2026, 10, 1, 9, 0, 0, 250_000, tzinfo=UTC),
        hubspot=HubSpotWorld(
            account={"portalId": 7, "timeZone": "Europe/Paris", "companyCurrency": "EUR", "uiDomain": "app.hubspot.com"},
            owners=[{"id": "1", "archived": True, "userId": None}],
            pipelines={
                "deals": [{"id": "p", "label": "Été", "stages": [{"id": "s", "label": "S", "metadata": {"probability": "1.0"}}]}]
            },
            properties={"deals": [{"name": "tier", "type": "string"}]},
            objects={
                "deals": [
                    {
                        "id": "10",
                        "properties": {"amount": "12k", "dealname": None},
                        "associations": {"companies": ["2", "3"]},
                        "archivedAt": "2026-09-01T00:00:00.000Z",
                        "history": {"amount": [{"value": "1", "timestamp": "2026-08-01T00:00:00.000Z"}]},
                    }
                ],
                "contacts": [],
            },
            groups={"deals": [{"name": "ours", "label": "Ours"}]},
            rules=[{"object": "deals", "require": ["closed_lost_reason"]}],
        ),
        ga4={
            "11": Ga4World("EUR", "Europe/Paris", "Site", ("lead",), sessions=[session()]),
            "12": Ga4World("USD", "UTC", "Rows", rows=[{"date": "20260901", "sessions": 3, "keyEvents": 1.5}]),
        },
        google_ads={
            "13": GoogleAdsWorld(
                "EUR",
                "Europe/Paris",
                "Ads",
                True,
                [ads_row()],
                [click()],
                ad_groups=[ads_row() | {"ad_group_id": 51}],
                conversion_actions=[{"id": 1, "click_days": 60}],
                above="14",
            )
        },
        semrush=SemrushWorld(9, [dict.fromkeys(folder.SEMRUSH_COLUMNS, "1") | {"domain": 'a;"b', "Dt": "20260915"}]),
        costs_csv='date,amount\r\n2026-01-01,"1,5"\r\n',
        settings_yaml="locale: fr\n",
    )


def session() -> dict[str, object]:
    return {
        "user": "u",
        "session": "s",
        "at": "2026-09-01T10:00:00",
        "new": True,
        "engaged": False,
        "dimensions": {"country": "France"},
        "events": {"page_view": 2},
        "revenue": 0,
    }


def ads_row() -> dict[str, object]:
    row = {"date": "2026-09-01", "campaign_id": "5", "campaign_name": "A", "channel_type": "SEARCH", "cost_micros": 1_230_000}
    return row | {"impressions": 10, "clicks": 1, "conversions": 0.5, "conversions_value": 0.0}


def click() -> dict[str, object]:
    return {"date": "2026-09-01", "gclid": "g", "campaign_id": "5"}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "world"
    save_folder(small_world(), path)
    return path


def test_a_saved_world_comes_back_equal(saved: Path) -> None:
    assert load_folder(saved) == small_world()


def test_the_built_in_world_comes_back_equal(world: World, tmp_path: Path) -> None:
    save_folder(world, tmp_path / "lumen")
    assert load_folder(tmp_path / "lumen") == world


def test_the_least_world_is_a_clock_and_a_name(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text('{"format": 1, "name": "empty"}')
    (tmp_path / "clock.json").write_text('{"now": "2026-10-01T11:00:00+02:00"}')
    world = load_folder(tmp_path)
    assert world.now == datetime(2026, 10, 1, 9, tzinfo=UTC)
    assert world.hubspot.account["companyCurrency"] == "EUR"
    assert (world.hubspot.objects, world.ga4, world.google_ads, world.semrush, world.costs_csv) == ({}, {}, {}, None, None)


def test_a_property_without_description_takes_the_accounts_currency_and_zone(saved: Path) -> None:
    (saved / "ga4" / "11.property.json").unlink()
    (saved / "google_ads" / "13.account.json").unlink()
    world = load_folder(saved)
    assert (world.ga4["11"].currency, world.ga4["11"].zone, world.ga4["11"].key_events) == ("EUR", "Europe/Paris", ())
    assert (world.google_ads["13"].currency, world.google_ads["13"].is_manager) == ("EUR", False)


def test_a_world_saved_over_another_leaves_nothing_of_it_and_keeps_what_is_not_of_a_world(saved: Path) -> None:
    (saved / "NOTES.txt").write_text("mine")
    untouched = (saved / "ga4" / "11" / "sessions.jsonl").stat().st_ino
    world = small_world()
    world.hubspot.objects = {"companies": [{"id": "2", "properties": {}}]}
    world.semrush = world.costs_csv = world.settings_yaml = None
    del world.ga4["12"]
    save_folder(world, saved)
    assert load_folder(saved) == world
    assert (saved / "NOTES.txt").read_text() == "mine"
    assert (saved / "ga4" / "11" / "sessions.jsonl").stat().st_ino == untouched


def test_a_folder_of_other_files_is_not_written_into_and_one_cut_short_is_no_world(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("dear")
    with pytest.raises(WorldError, match="already there and not a world"):
        save_folder(small_world(), tmp_path / "letters")
    shutil.copytree(saved, tmp_path / "cut", ignore=shutil.ignore_patterns("world.json"))
    with pytest.raises(WorldError, match=r"world\.json: the file is missing"):
        load_folder(tmp_path / "cut")


def test_a_failed_write_leaves_no_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_folder(small_world(), tmp_path / "world")
    assert [path for path in (tmp_path / "world").rglob("*") if path.is_file()] == []


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    world = small_world()
    world.ga4["../../elsewhere"] = world.ga4.pop("11")
    with pytest.raises(WorldError, match="cannot be a file name"):
        save_folder(world, tmp_path / "world")


FAULTS: list[tuple[str, str, str]] = [
    ("world.json", '{"format": 2}', r"world\.json: key 'format' is 2; this program reads format 1"),
    ("world.json", "[]", r"world\.json: must hold one JSON object"),
    ("world.json", "{\n\n,", r"world\.json, line 3: not JSON"),
    ("clock.json", "{}", r"clock\.json: key 'now' is missing"),
    ("clock.json", '{"now": "soon"}', r"clock\.json: key 'now' is 'soon', not an instant"),
    ("clock.json", '{"now": "2026-10-01T09:00:00"}', r"clock\.json: key 'now' .* names no time zone"),
    ("hubspot/account.json", '{"portalId": 1}', r"account\.json: key 'timeZone' is missing"),
    ("hubspot/owners.json", "{}", r"owners\.json: must be a JSON list"),
    ("hubspot/owners.json", '[{"id": "1"}, {"email": "a"}]', r"owners\.json, entry 2: key 'id' is missing"),
    (
        "hubspot/pipelines.json",
        '{"deals": [{"id": "p", "label": "P"}]}',
        r"pipelines\.json: 'deals', entry 1: key 'stages' is missing",
    ),
    (
        "hubspot/pipelines.json",
        '{"deals": [{"id": "p", "label": "P", "stages": [{"id": "s", "label": "S"}]}]}',
        r"stages of pipeline 'p', entry 1: key 'metadata' is missing",
    ),
    ("hubspot/properties/deals.json", '[{"label": "x"}]', r"deals\.json, entry 1: key 'name' is missing"),
    ("hubspot/deals.jsonl", '{"id": "1", "properties": {}}\n{"id": "2"}', r"deals\.jsonl, line 2: key 'properties' is missing"),
    ("hubspot/deals.jsonl", '\n{"properties": {}}', r"deals\.jsonl, line 2: key 'id' is missing"),
    ("hubspot/deals.jsonl", '{"id": 1, "properties": {}}', r"deals\.jsonl, line 1: key 'id' must be text, not 1"),
    ("hubspot/deals.jsonl", '{"id": "1", "properties": []}', r"line 1: key 'properties' must be an object"),
    (
        "hubspot/deals.jsonl",
        '{"id": "1", "properties": {}, "associations": {"contacts": [2]}}',
        r"line 1: key 'associations\.contacts'",
    ),
    (
        "hubspot/deals.jsonl",
        '{"id": "1", "properties": {}}\n{"id": "1", "properties": {}}',
        r"deals\.jsonl, line 2: key 'id' is '1', which line 1 has already",
    ),
    ("hubspot/deals.jsonl", "{]", r"deals\.jsonl, line 1: not JSON"),
    ("hubspot/deals.jsonl", "3", r"deals\.jsonl, line 1: must be a JSON object"),
    ("ga4/11/sessions.jsonl", '{"user": "u"}', r"sessions\.jsonl, line 1: key 'session' is missing"),
    (
        "ga4/11/sessions.jsonl",
        '{"user":"u","session":"s","at":"noon","new":true,"engaged":true,"dimensions":{},"events":{},"revenue":0}',
        r"sessions\.jsonl, line 1: key 'at' is 'noon', not a local time",
    ),
    ("ga4/12.jsonl", '{"sessions": 3}', r"12\.jsonl, line 1: key 'date' is missing"),
    ("google_ads/13.jsonl", '{"date": "2026-09-01"}', r"13\.jsonl, line 1: key 'campaign_id' is missing"),
    (
        "google_ads/13.clicks.jsonl",
        '{"date":"1/9/26","gclid":"g","campaign_id":"5"}',
        r"13\.clicks\.jsonl, line 1: key 'date' is '1/9/26'",
    ),
    (
        "google_ads/13.jsonl",
        '{"date":"2026-09-01","campaign_id":"5","campaign_name":"A","cost_micros":"1","impressions":1,"clicks":1,"conversions":0,"conversions_value":0}',
        r"13\.jsonl, line 1: key 'cost_micros' must be a whole number, not '1'",
    ),
    (
        "semrush/domain_rank_history.csv",
        "domain,database,Rk,Or,Ot,Oc,Ad,At,Dt\n",
        r"history\.csv, line 1: column 'Ac' is missing",
    ),
    (
        "semrush/domain_rank_history.csv",
        "domain,database,Rk,Or,Ot,Oc,Ad,At,Ac,Dt\na,fr,1,1,1,1,1,1,1,20260915\na,fr,1,1\n",
        r"history\.csv, line 3: column 'Ot' has no cell",
    ),
    (
        "semrush/domain_rank_history.csv",
        "domain,database,Rk,Or,Ot,Oc,Ad,At,Ac,Dt\na,fr,1,1,1,1,1,1,1,2026-09-15\n",
        r"history\.csv, line 2: column 'Dt' is '2026-09-15', not a date",
    ),
    (
        "semrush/domain_rank_history.csv",
        "domain,database,Rk,Or,Ot,Oc,Ad,At,Ac,Dt\na,fr,1,1,1,1,1,1,1,20260915,7\n",
        r"history\.csv, line 2: more cells than the 10 columns",
    ),
    ("semrush/account.json", '{"units": "many"}', r"account\.json: key 'units' must be a whole number, not 'many'"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), FAULTS)
def test_a_fault_names_the_file_the_line_and_the_key(saved: Path, name: str, content: str, sentence: str) -> None:
    (saved / name).write_text(content)
    with pytest.raises(WorldError, match=sentence) as caught:
        load_folder(saved)
    assert str(saved / name) in str(caught.value)


def test_text_that_is_not_utf8_and_a_folder_that_is_not_there_are_named(saved: Path) -> None:
    (saved / "costs.csv").write_bytes("date,amount\nété,1\n".encode("latin-1"))
    with pytest.raises(WorldError, match=r"costs\.csv, line 2: not UTF-8"):
        load_folder(saved)
    with pytest.raises(WorldError, match="there is no such folder"):
        load_folder(saved / "nowhere")
