"""What the source declares, what a check says, what describing finds."""

import json

import pytest

from connectors.base import HERE, Source, Target
from connectors.errors import MissingScope
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.source import build
from connectors.hubspot.target import build as build_target
from connectors.registry import CONNECTORS
from connectors.sandbox.world import READONLY_TOKEN
from kpi.schema import TABLES, columns
from tests.connectors.hubspot.conftest import Account, Open
from tests.connectors.hubspot.small_world import UUID_STAGE, small_world


def test_the_registry_builds_source_and_target_on_one_client() -> None:
    settings = HubSpotSettings.model_validate({"token": "x"})
    source = CONNECTORS["hubspot"].build("hubspot", settings, HERE)
    target = CONNECTORS["hubspot"].build_target(source)
    assert isinstance(source, Source)
    assert isinstance(target, Target)
    source.close()


def test_two_sources_of_one_credential_share_their_governor() -> None:
    settings = HubSpotSettings.model_validate({"token": "one key"})
    one, two = build("a", settings, HERE), build("b", settings, HERE)
    assert one.client.wire.governor is two.client.wire.governor
    assert build_target(one)._client is one.client


def test_every_stream_declares_tables_of_the_schema_and_whom_its_rows_belong_to(account: Account) -> None:
    for stream in account.source.streams():
        assert set(stream.tables) <= set(TABLES)
        assert stream.docs_url.startswith("https://developers.hubspot.com/")
        for table, owned in stream.owned.items():
            names = {column.name for column in columns(TABLES[table])}
            assert table in stream.tables
            assert {owned.column, *(column for column, _ in owned.where)} <= names


def test_a_check_costs_two_calls_and_tells_what_the_key_can_do(account: Account) -> None:
    reach = account.source.check()
    assert (reach.account_id, reach.currency, reach.zone) == ("4242", "EUR", "Europe/Paris")
    assert "crm.objects.deals.write" in reach.scopes
    assert account.client.requests_sent == 2
    assert len(reach.notes) == 1
    assert "calls left today" in reach.notes[0]


def test_a_read_only_key_is_a_note(open_account: Open) -> None:
    reach = open_account(token=READONLY_TOKEN).source.check()
    assert "read-only key: sync and plan work, apply does not" in reach.notes


def test_a_stream_that_a_key_may_not_read_is_named_with_the_scope(open_account: Open) -> None:
    reach = open_account(token="sandbox-without:crm.objects.line_items.read,crm.schemas.deals.write").source.check()
    assert "line_items cannot be read: the key lacks crm.objects.line_items.read" in reach.notes
    assert "deals cannot be read: the key lacks crm.objects.line_items.read" in reach.notes
    assert "apply needs scopes that the key lacks: crm.schemas.deals.write" in reach.notes


@pytest.mark.parametrize("stream", ["owners", "pipelines", "products", "companies", "contacts", "line_items", "deals"])
def test_reading_without_the_scope_stops_and_names_it(open_account: Open, stream: str) -> None:
    scope = "crm.schemas.deals.read" if stream == "pipelines" else f"crm.objects.{stream}.read"
    account = open_account(token=f"sandbox-without:{scope}")
    with pytest.raises(MissingScope) as found:
        account.read(stream)
    assert found.value.scopes == (scope,)
    assert found.value.exit_code == 2


def test_definitions_that_a_key_may_not_read_leave_the_other_objects_alone(open_account: Open) -> None:
    account = open_account(token="sandbox-without:crm.schemas.products.read")
    facts = account.source.describe()
    assert facts["properties"]["products"] == ["name", "price", "hs_cost_of_goods_sold"]
    assert any("crm.schemas.products.read" in note for note in facts["notes"])
    assert account.read("deals")[0]


def test_what_describing_finds_is_json_and_complete(account: Account) -> None:
    facts = account.source.describe()
    assert json.loads(json.dumps(facts)) == facts
    assert (facts["portal_id"], facts["currency"], facts["zone"], facts["ui_domain"]) == (
        "4242",
        "EUR",
        "Europe/Paris",
        "app-eu1.hubspot.com",
    )
    assert set(facts["stage_entered"].values()) == {"appointmentscheduled", UUID_STAGE, "closedwon", "closedlost"}
    assert set(facts["stage_entered"]) <= set(facts["properties"]["deals"])
    assert facts["scopes"]
    assert facts["app_id"]


def test_no_name_email_or_phone_is_asked_for(account: Account) -> None:
    asked = {name for names in account.source.describe()["properties"].values() for name in names}
    assert not asked & {"email", "firstname", "lastname", "phone", "mobilephone"}
    records, _ = account.read("contacts")
    assert "person11@example.com" not in json.dumps(records)


def test_a_category_of_the_accounts_own_is_found(open_account: Open) -> None:
    own = {
        "name": "product_category",
        "label": "Category",
        "type": "string",
        "fieldType": "text",
        "groupName": "productinformation",
    }
    world = small_world(deals=0, properties={"products": [own]})
    world.hubspot.objects["products"][0]["properties"]["product_category"] = "Software"
    account = open_account(world)
    records, _ = account.read("products")
    assert [row["category"] for _, row in account.rows("products", records)] == ["Software"]


def test_values_of_ours_come_back_as_rows(account: Account) -> None:
    from tests.connectors.hubspot.test_target import CHANNEL, GROUP, create  # the definitions used there

    create(account, CHANNEL, GROUP)
    account.edit("deals", "1001", cadran_channel="paid_search")
    records, _ = account.read("deals")
    values = [row for table, row in account.rows("deals", records) if table == "crm_value"]
    assert [(v["record_id"], v["property"], v["value"]) for v in values] == [("1001", "cadran_channel", "paid_search")]
