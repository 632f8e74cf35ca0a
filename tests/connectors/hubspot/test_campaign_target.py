"""Campaigns and users as something to write to, against the sandbox: places, refusals, associations."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from connectors.base import Associates, PropertyDef, RecordWrite, Target
from connectors.errors import ConfigurationError
from connectors.hubspot.campaign_object import ITSELF, KEY, NAME
from connectors.hubspot.campaign_target import CampaignTarget
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.source import HubSpotSource
from connectors.hubspot.target import build
from connectors.sandbox.core import Sandbox
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import FULL_TOKEN, World
from tests.connectors.hubspot.small_world import small_world

GUIDS = [f"{n:08x}-1111-4222-8333-444455556666" for n in range(120)]
OWN = "cadran_campaign"
ITS = PropertyDef(
    OWN,
    ITSELF,
    "Campaigns (Cadran)",
    "what it is",
    "string",
    options=(("singular", "Campaign (Cadran)"), ("plural", "Campaigns (Cadran)"), (KEY, "Key"), (NAME, "Name")),
)
SPEND = PropertyDef(OWN, "cadran_spend", "Spend", "what it cost", "number", "currency")
GROUP = "cadran"


def world() -> World:
    bare = small_world()
    campaigns = [
        {"id": guid, "properties": {"hs_name": f"C {n}"}, "createdAt": "2026-01-01T00:00:00Z"} for n, guid in enumerate(GUIDS)
    ]
    return replace(bare, hubspot=replace(bare.hubspot, objects={**bare.hubspot.objects, "campaigns": campaigns}))


class Account:
    """A served account and the target that writes to it."""

    def __init__(self, server: SandboxServer, token: str) -> None:
        self.sandbox: Sandbox = server.sandbox
        self.source = HubSpotSource("hubspot", HubSpotSettings(base_url=server.base_url, token=SecretStr(token)))
        target = build(self.source)
        assert isinstance(target, CampaignTarget)
        self.target = target

    def calls(self, route: str) -> int:
        return self.sandbox.stats.vendors["hubspot"].routes[route]

    def define(self, *definitions: PropertyDef) -> None:
        for object in dict.fromkeys(one.object for one in definitions):
            self.target.ensure_group(object, GROUP, "Cadran")
        for one in definitions:
            self.target.create_property(one, GROUP)


@pytest.fixture
def opened(request: pytest.FixtureRequest) -> Iterator[Account]:
    """``@pytest.mark.parametrize("opened", [{…}], indirect=True)`` hands quirks, limits or a token."""
    given = dict(getattr(request, "param", {}))
    token = given.pop("token", FULL_TOKEN)
    with SandboxServer(world(), **{"lags": Lags(search_s=0.0, property_s=0.3), **given}) as server:
        account = Account(server, token)
        yield account
        account.source.close()


def test_it_is_a_target_that_associates(opened: Account) -> None:
    assert isinstance(opened.target, Target)
    assert isinstance(opened.target, Associates)


def test_the_object_is_made_with_its_properties_and_described(opened: Account) -> None:
    """A second look finds it as it was asked for; its key and name come with it and are not listed."""
    assert opened.target.property_states([OWN]) == []
    opened.define(ITS, SPEND)
    opened.target.read_values(OWN, [], ["cadran_spend"])
    itself, spend = opened.target.property_states([OWN])
    assert (itself.name, itself.label, itself.description, itself.group) == (ITSELF, ITS.label, ITS.description, GROUP)
    assert dict(itself.options) == dict(ITS.options)
    assert (spend.object, spend.name, spend.group, spend.display) == (OWN, "cadran_spend", GROUP, "currency")
    french = replace(
        ITS, label="Campagnes", options=(("singular", "Campagne"), ("plural", "Campagnes"), (KEY, "Clé"), (NAME, "Nom"))
    )
    opened.target.update_property(french, GROUP)
    assert dict(opened.target.property_states([OWN])[0].options) == dict(french.options)
    opened.target.create_property(ITS, GROUP)  # it is there already: brought in line
    assert opened.target.property_states([OWN])[0].label == ITS.label


def test_records_are_made_by_their_first_write_and_read_by_key(opened: Account) -> None:
    """Not only visible properties: the first write waits for HubSpot to show them."""
    opened.define(ITS, SPEND)
    keys = [f"google_ads/{n}" for n in range(120)]
    assert opened.target.read_values(OWN, keys[:1], ["cadran_spend"]) == {keys[0]: {"cadran_spend": None}}
    outcomes = [
        outcome
        for start in (0, 100)
        for outcome in opened.target.write(
            OWN, [RecordWrite(key, {"cadran_spend": "5", NAME: f"N {key}"}) for key in keys[start : start + 100]]
        )
    ]
    assert {outcome.status for outcome in outcomes} == {"written"}
    assert outcomes[7].values == {"cadran_spend": "5", NAME: "N google_ads/7"}
    assert opened.calls("batch_upsert") == 2
    cleared = opened.target.write(OWN, [RecordWrite(keys[3], {"cadran_spend": ""})])
    assert cleared[0].values == {"cadran_spend": None}
    assert opened.target.read_values(OWN, keys[2:4], ["cadran_spend"]) == {
        keys[2]: {"cadran_spend": "5"},
        keys[3]: {"cadran_spend": None},
    }
    ours = opened.target.read_written_by_us(OWN, keys[:2], ["cadran_spend"])
    assert ours == {(keys[0], "cadran_spend"): True, (keys[1], "cadran_spend"): True}
    assert opened.target.read_history(OWN, keys[:2], ["cadran_spend"]) is None


def test_a_bad_value_is_refused_alone(opened: Account) -> None:
    """With trace ids it is an error of its own; the others are written."""
    opened.define(ITS, SPEND)
    writes = [RecordWrite(f"k/{n}", {"cadran_spend": "oops" if n == 2 else "1"}) for n in range(5)]
    outcomes = opened.target.write(OWN, writes)
    assert [outcome.status for outcome in outcomes].count("written") == 4
    assert outcomes[2].status != "written"


@pytest.mark.parametrize("opened", [{"quirks": Quirks(invalid_value_refuses_batch=True)}], indirect=True)
def test_a_refused_batch_is_halved_until_the_bad_record_stands_alone(opened: Account) -> None:
    opened.define(ITS, SPEND)
    writes = [RecordWrite(f"k/{n}", {"cadran_spend": "oops" if n == 2 else "1"}) for n in range(5)]
    outcomes = opened.target.write(OWN, writes)
    assert [outcome.status for outcome in outcomes] == ["written", "written", "rejected", "written", "written"]
    assert "oops" in (outcomes[2].reason or "")


def test_associations_come_and_go(opened: Account) -> None:
    """What is there already, or gone already, is fine; an end that does not exist is named."""
    opened.define(ITS, SPEND)
    opened.target.write(OWN, [RecordWrite("k/1", {NAME: "One"}), RecordWrite("k/2", {NAME: "Two"})])
    deals = list(opened.sandbox.portal.records["deals"].by_id)[:2]
    pairs = [("k/1", deals[0]), ("k/2", deals[0]), ("k/2", deals[1])]
    assert opened.target.link(OWN, "deals", [*pairs, ("k/1", "999999"), ("k/3", deals[0])]) == {
        ("k/1", "999999"),
        ("k/3", deals[0]),
    }
    assert opened.target.link(OWN, "deals", pairs) == frozenset()
    opened.target.unlink(OWN, "deals", [("k/2", deals[0]), ("k/1", deals[1])])
    assert opened.target.links(OWN, "deals", ["k/1", "k/2", "k/3"]) == {
        "k/1": {deals[0]},
        "k/2": {deals[1]},
        "k/3": frozenset(),
    }


def test_the_object_goes_with_its_records(opened: Account) -> None:
    """A type that has records cannot go: they go first."""
    opened.define(ITS, SPEND)
    opened.target.write(OWN, [RecordWrite("k/1", {"cadran_spend": "1"})])
    opened.target.archive_property(OWN, "cadran_spend")
    opened.target.archive_property(OWN, ITSELF)
    opened.target.archive_group(OWN, GROUP)
    assert opened.target.property_states([OWN]) == []
    assert OWN not in opened.sandbox.portal.records
    opened.target.archive_property(OWN, ITSELF)  # gone already


def test_campaigns_of_the_crm_are_written_fifty_at_a_time(opened: Account) -> None:
    opened.define(replace(SPEND, object="campaigns"))
    assert opened.target.batch_size("campaigns") == 50
    [state] = opened.target.property_states(["campaigns"])
    assert (state.object, state.group) == ("campaigns", GROUP)
    outcomes = opened.target.write("campaigns", [RecordWrite(guid, {"cadran_spend": "7.5"}) for guid in GUIDS])
    assert {outcome.status for outcome in outcomes} == {"written"}
    assert opened.calls("batch_update_campaigns") == 3
    gone = "ffffffff-1111-4222-8333-444455556666"
    assert [o.status for o in opened.target.write("campaigns", [RecordWrite(gone, {"cadran_spend": "1"})])] == ["rejected"]
    read = opened.target.read_values("campaigns", [*GUIDS[:2], gone], ["cadran_spend", "cadran_roi"])
    assert read == {guid: {"cadran_spend": "7.5", "cadran_roi": None} for guid in GUIDS[:2]}
    opened.target.archive_property("campaigns", "cadran_spend")
    assert opened.target.property_states(["campaigns"]) == []


@pytest.mark.parametrize(
    ("opened", "object"),
    [
        ({"quirks": Quirks(campaign_properties_by_api=False)}, "campaigns"),
        ({"token": "sandbox-without:marketing.campaigns.write"}, "campaigns"),
        ({"limits": HubSpotLimits(custom_object_types=0)}, OWN),
        ({"token": "sandbox-without:crm.schemas.custom.write"}, OWN),
        ({"token": "sandbox-without:crm.schemas.users.write"}, "users"),
    ],
    indirect=["opened"],
)
def test_what_an_account_does_not_take_is_refused_once_and_ends_no_run(opened: Account, object: str) -> None:
    """The definition says why; values are rejected with the same sentence, without a call."""
    first = ITS if object == OWN else replace(SPEND, object=object)
    opened.target.ensure_group(object, GROUP, "Cadran")
    with pytest.raises(ConfigurationError):
        opened.target.create_property(first, GROUP)
    before = opened.source.requests_sent
    with pytest.raises(ConfigurationError):
        opened.target.create_property(replace(SPEND, object=object, name="cadran_roi"), GROUP)
    assert opened.target.read_values(object, ["1"], ["cadran_spend"]) == {"1": {"cadran_spend": None}}
    [outcome] = opened.target.write(object, [RecordWrite("1", {"cadran_spend": "1"})])
    assert (outcome.status, outcome.reason) == ("rejected", opened.target.refused[object])
    assert opened.source.requests_sent == before


@pytest.mark.parametrize("opened", [{"quirks": Quirks(user_record_is_user=flag)} for flag in (True, False)], indirect=True)
def test_users_are_found_by_the_user_behind_the_record(opened: Account) -> None:
    """Whether the record's id is the user's or not."""
    owners = {str(owner["userId"]) for owner in opened.sandbox.portal.owners if not owner.get("archived") and owner.get("userId")}
    records = opened.target.user_records()
    assert set(records) == owners
    opened.define(replace(SPEND, object="users", name="cadran_deals_won_last_quarter"))
    first = next(iter(records.values()))
    [outcome] = opened.target.write("users", [RecordWrite(first, {"cadran_deals_won_last_quarter": "3"})])
    assert outcome.status == "written"
