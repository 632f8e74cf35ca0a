"""Definitions and values of ours in the CRM, seen from both sides."""

import time
from dataclasses import replace
from typing import Any

import pytest

from connectors import transport
from connectors.base import PropertyDef, RecordWrite
from connectors.errors import ConfigurationError, MissingScope, RecordRejected, TransientError
from connectors.quota import Allowance, Heard
from connectors.sandbox.limits import Lags
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import READONLY_TOKEN
from tests.connectors.hubspot.conftest import AMPLE, Account, Open
from tests.connectors.hubspot.small_world import NOW

GROUP = "cadran"
CHANNEL = PropertyDef("deals", "cadran_channel", "Channel", "Where the deal came from", "string")
COST = PropertyDef("deals", "cadran_cost", "Cost", "spend / deals", "number", display="currency")
BAND = PropertyDef(
    "deals",
    "cadran_band",
    "Band",
    "Faster or slower",
    "enumeration",
    options=(("faster", "Plus rapide"), ("slower", "Plus lent")),
)
START = PropertyDef("deals", "cadran_start", "Start", "First day", "date")


def create(account: Account, definition: PropertyDef, group: str = GROUP) -> None:
    account.target.ensure_group(definition.object, group, "Cadran")
    account.target.create_property(definition, group)


def test_the_account_says_who_it_is_and_what_time_it_is(account: Account) -> None:
    crm = account.target.account()
    assert (crm.portal_id, crm.currency, crm.zone, crm.ui_domain) == ("4242", "EUR", "Europe/Paris", "app-eu1.hubspot.com")
    assert abs((crm.now - NOW).total_seconds()) < 60, "HubSpot's clock, not ours"


def test_a_record_has_a_page(account: Account) -> None:
    assert account.target.record_url("deals", "1001") == "https://app-eu1.hubspot.com/contacts/4242/record/0-3/1001"


def test_the_group_is_created_once(account: Account) -> None:
    assert account.target.ensure_group("deals", GROUP, "Cadran") is True
    assert account.target.ensure_group("deals", GROUP, "Cadran") is False


@pytest.mark.parametrize("definition", [CHANNEL, COST, BAND, START], ids=lambda d: d.type)
def test_a_property_that_was_created_can_be_read_at_once(account: Account, definition: PropertyDef) -> None:
    create(account, definition)
    [state] = account.target.property_states(["deals", "contacts"])
    assert (state.object, state.name, state.label, state.description) == (
        "deals",
        definition.name,
        definition.label,
        definition.description,
    )
    assert (state.type, state.group, state.is_archived) == (definition.type, GROUP, False)


def test_properties_that_hubspot_shows_late_are_waited_for_once_before_values_are_written(
    open_account: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = open_account(lags=Lags(property_s=0.2))
    monkeypatch.setattr(transport, "_sleep", time.sleep)
    create(account, CHANNEL)
    create(account, COST)
    assert account.calls("properties") == 0
    [outcome] = account.target.write("deals", [RecordWrite("1001", {"cadran_channel": "email"})])
    assert outcome.status == "written"
    looked = account.calls("properties")
    assert looked >= 1
    account.target.write("deals", [RecordWrite("1001", {"cadran_cost": "1"})])
    assert account.calls("properties") == looked, "seen once, known for good"


def test_a_property_that_never_shows_is_an_outage(open_account: Open) -> None:
    account = open_account(lags=Lags(property_s=3600.0))
    create(account, CHANNEL)
    with pytest.raises(TransientError, match="do not show cadran_channel yet"):
        account.target.property_states(["deals"])


def test_creating_a_property_twice_brings_it_in_line(account: Account) -> None:
    create(account, CHANNEL)
    create(account, PropertyDef("deals", "cadran_channel", "Canal", "D'où vient l'affaire", "string"))
    [state] = account.target.property_states(["deals"])
    assert (state.label, state.description) == ("Canal", "D'où vient l'affaire")


def test_a_name_of_ours_that_stands_in_another_group_is_left_alone(account: Account) -> None:
    create(account, CHANNEL, "elsewhere")
    with pytest.raises(ConfigurationError, match="not ours"):
        create(account, CHANNEL)


def test_a_name_of_ours_that_has_another_type_is_left_alone(account: Account) -> None:
    create(account, CHANNEL)
    with pytest.raises(ConfigurationError, match="exists in HubSpot as a string"):
        create(account, PropertyDef("deals", "cadran_channel", "Channel", "", "number"))


def test_labels_descriptions_and_options_can_change(account: Account) -> None:
    create(account, BAND)
    options = (*BAND.options, ("normal", "Normal"))
    account.target.update_property(PropertyDef("deals", "cadran_band", "Rythme", "Neuf", "enumeration", options=options), GROUP)
    account.target.write("deals", [RecordWrite("1001", {"cadran_band": "normal"})])
    assert account.target.read_values("deals", ["1001"], ["cadran_band"]) == {"1001": {"cadran_band": "normal"}}
    [state] = account.target.property_states(["deals"])
    assert (state.label, state.description, state.options) == ("Rythme", "Neuf", options)


def test_how_a_number_is_shown_is_told(account: Account) -> None:
    create(account, COST)
    assert [s.display for s in account.target.property_states(["deals"])] == ["currency"]


def test_the_room_for_custom_properties_is_asked(open_account: Open) -> None:
    """Per object, capped by what the whole account may still have."""
    account = open_account(limits=replace(AMPLE, custom_properties_per_object=20, custom_properties=30))
    before = account.target.room(["deals", "contacts"])
    create(account, COST)
    assert account.target.room(["deals"]) == {"deals": before["deals"] - 1}
    assert account.calls("custom_property_limits") == 2


def test_an_account_that_does_not_tell_its_limits_has_room(account: Account) -> None:
    account.fault(kind="status", route="custom_property_limits", status=404)
    assert account.target.room(["deals"]) == {}


def test_how_long_calls_take_at_least_follows_the_limits_in_force(account: Account) -> None:
    with account.client.wire.governor.slot("burst") as call:
        call.heard = Heard(limits={"burst": Allowance(190, 10.0), "search": Allowance(4, 1.0)})
    assert account.target.least_seconds(380, 0) == 20.0
    assert account.target.least_seconds(19, 40) == 10.0, "searches run beside the other calls"


def test_an_archived_property_is_seen_and_comes_back_when_created_again(account: Account) -> None:
    create(account, CHANNEL)
    account.target.write("deals", [RecordWrite("1001", {"cadran_channel": "email"})])
    account.target.archive_property("deals", "cadran_channel")
    assert account.target.property_states(["deals"]) == []
    assert [s.is_archived for s in account.target.property_states(["deals"], archived=True)] == [True]
    create(account, CHANNEL)
    assert [s.is_archived for s in account.target.property_states(["deals"])] == [False]
    assert account.target.read_values("deals", ["1001"], ["cadran_channel"]) == {"1001": {"cadran_channel": "email"}}


def test_taking_away_what_is_gone_already_is_fine(account: Account) -> None:
    account.target.archive_property("deals", "cadran_never_was")
    account.target.archive_group("deals", "cadran")


def test_a_property_that_something_uses_says_what(account: Account) -> None:
    create(account, COST)
    body = {
        "name": "double_cost",
        "label": "Double",
        "type": "number",
        "fieldType": "calculation_equation",
        "groupName": GROUP,
        "calculationFormula": "cadran_cost * 2",
    }
    account.client.ask(lambda: account.client.properties.create("deals", body, _preload_content=False), what="prepare")
    with pytest.raises(RecordRejected, match="used by double_cost"):
        account.target.archive_property("deals", "cadran_cost")


def test_a_group_with_properties_stays(account: Account) -> None:
    create(account, CHANNEL)
    with pytest.raises(RecordRejected):
        account.target.archive_group("deals", GROUP)
    account.target.archive_property("deals", "cadran_channel")
    account.target.archive_group("deals", GROUP)
    assert account.target.ensure_group("deals", GROUP, "Cadran") is True


def test_a_read_only_key_creates_nothing_and_names_the_scope(open_account: Open) -> None:
    account = open_account(token=READONLY_TOKEN)
    with pytest.raises(MissingScope) as found:
        account.target.ensure_group("deals", GROUP, "Cadran")
    assert found.value.scopes == ("crm.schemas.deals.write",)


def test_values_are_read_by_the_hundred_and_ids_that_are_gone_are_left_out(account: Account) -> None:
    create(account, CHANNEL)
    ids = [str(1001 + n) for n in range(150)] + ["999999"]
    values = account.target.read_values("deals", ids, ["cadran_channel", "amount"])
    assert len(values) == 150
    assert values["1001"] == {"cadran_channel": None, "amount": "1001"}
    assert account.calls("batch_read") == 2


def test_who_wrote_last_is_told_by_the_history(account: Account) -> None:
    create(account, CHANNEL)
    account.target.write("deals", [RecordWrite(id, {"cadran_channel": "email"}) for id in ("1001", "1002")])
    account.wait()
    account.edit("deals", "1002", cadran_channel="direct")
    found = account.target.read_written_by_us("deals", ["1001", "1002", "1003"], ["cadran_channel"])
    assert found == {("1001", "cadran_channel"): True, ("1002", "cadran_channel"): False, ("1003", "cadran_channel"): False}


def test_what_a_property_held_is_told_newest_first(account: Account) -> None:
    """With who wrote it; nothing of a record that is gone."""
    create(account, CHANNEL)
    account.target.write("deals", [RecordWrite("1001", {"cadran_channel": "email"})])
    account.wait()
    account.edit("deals", "1001", cadran_channel="direct")
    account.wait()
    account.target.write("deals", [RecordWrite("1001", {"cadran_channel": ""})])
    found = account.target.read_history("deals", ["1001", "999999"], ["cadran_channel"])
    assert found is not None
    assert set(found) == {("1001", "cadran_channel")}
    entries = found["1001", "cadran_channel"]
    assert [(e.value or "", e.is_ours) for e in entries[:3]] == [("", True), ("direct", False), ("email", True)]
    assert entries[0].at > entries[1].at > entries[2].at


def test_history_is_read_by_fifty(account: Account) -> None:
    create(account, CHANNEL)
    found = account.target.read_written_by_us("deals", [str(1001 + n) for n in range(120)], ["cadran_channel"])
    assert len(found) == 120
    assert account.calls("batch_read") == 3


def test_where_hubspot_does_not_tell_our_app_nothing_counts_as_ours(account: Account) -> None:
    create(account, CHANNEL)
    account.target.write("deals", [RecordWrite("1001", {"cadran_channel": "email"})])
    account.fault(kind="status", route="token_info", status=404)
    assert account.target.read_written_by_us("deals", ["1001"], ["cadran_channel"]) == {("1001", "cadran_channel"): False}
    account.fault(kind="status", route="token_info", status=404)
    assert account.target.read_history("deals", ["1001"], ["cadran_channel"]) is None


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(cleared_reads_as_empty=True, numbers_read_canonical=True)])
def test_what_hubspot_answers_is_what_it_holds(open_account: Open, quirks: Quirks) -> None:
    account = open_account(quirks=quirks)
    create(account, COST)
    [outcome] = account.target.write("deals", [RecordWrite("1001", {"cadran_cost": "12.50"})])
    assert outcome.status == "written"
    held: dict[str, Any] = account.target.read_values("deals", ["1001"], ["cadran_cost"])
    assert dict(outcome.values) == held["1001"]
    [outcome] = account.target.write("deals", [RecordWrite("1001", {"cadran_cost": ""})])
    assert not outcome.values["cadran_cost"]
