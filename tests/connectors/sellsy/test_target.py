"""Writing into custom fields that people made: forms, bounds, what is missing, and the pace."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.base import DefinesByHand, RecordWrite, TakesSome, Target, WriteOutcome
from connectors.errors import ConfigurationError, MissingScope, NotInTier, QuotaExhausted
from connectors.quota import Allowance, Governor
from connectors.sandbox.app import build_app
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import LoopbackServer
from connectors.sandbox.world import HubSpotWorld, World
from connectors.sellsy.client import BUCKET
from connectors.transport import no_waiting
from sync.properties import definitions
from tests.connectors.hubspot.virtual_time import VirtualTime
from tests.connectors.sellsy.conftest import NOW, Company, read
from tests.connectors.sellsy.small_world import account, made_by_hand


def one(outcomes: list[WriteOutcome]) -> WriteOutcome:
    [found] = outcomes
    return found


def held(company: Company, table: str, id: int, code: str, object: str | None = None) -> Any:
    return company.record(table, id).get("_values", {}).get(str(company.field(code, object)["id"]))


def test_it_is_a_target_whose_properties_people_make(company: Company) -> None:
    target = company.target()
    assert isinstance(target, Target)
    assert isinstance(target, DefinesByHand)
    assert isinstance(target, TakesSome)
    crm = target.account()
    assert (crm.portal_id, crm.currency, crm.zone, crm.now) == ("12", "EUR", "Europe/Paris", NOW)


def test_values_go_out_in_the_form_of_their_field_and_come_back_in_ours(company: Company) -> None:
    target = company.target()
    values = {
        "cadran_channel": "paid_search",
        "cadran_campaign": "Brand FR",
        "cadran_deal_acquisition_cost": "12.50",
        "cadran_deal_roi": "-0.25",
        "cadran_start_on": "2026-07-05",
        "cadran_cycle_band": "faster",
    }
    found = one(target.write("deals", [RecordWrite("301", values)]))
    assert (found.status, found.values) == ("written", values)
    items = {item["label"]: item["id"] for item in company.field("cadran_channel")["parameters"]["items"]}
    assert held(company, "opportunities", 301, "cadran_channel") == items["Paid search"]
    assert held(company, "opportunities", 301, "cadran_deal_acquisition_cost") == {"amount": "12.50", "currency": "EUR"}
    assert held(company, "opportunities", 301, "cadran_deal_roi") == "-0.25"
    assert target.read_values("deals", ["301", "999"], [*values, "cadran_summary"]) == {"301": {**values, "cadran_summary": None}}


def test_an_empty_value_clears(company: Company) -> None:
    target = company.target()
    target.write("deals", [RecordWrite("301", {"cadran_deal_roi": "1", "cadran_deal_acquisition_cost": "2"})])
    target.write("deals", [RecordWrite("301", {"cadran_deal_roi": "", "cadran_deal_acquisition_cost": ""})])
    assert company.record("opportunities", 301)["_values"] == {}


def test_an_individual_bears_a_customers_values_and_none_of_a_contacts(company: Company) -> None:
    target = company.target()
    assert one(target.write("companies", [RecordWrite("individual-101", {"cadran_deals_won": "1"})])).status == "written"
    assert held(company, "individuals", 101, "cadran_deals_won") == "1"
    assert "_values" not in company.record("companies", 101)
    assert (target.takes("companies", "individual-101"), target.takes("contacts", "201")) == (True, True)
    assert not target.takes("contacts", "individual-101")


@pytest.mark.parametrize(
    ("parameters", "name", "value", "why"),
    [
        ({"min_value": "0", "max_value": "10"}, "cadran_deal_roi", "10.01", "0 to 10"),
        ({"min_value": "0"}, "cadran_deal_acquisition_cost", "-1", "0 to any"),
        ({"char_max": 10}, "cadran_campaign", "eleven chars", "0 to 10"),
        ({}, "cadran_campaign", "x" * 251, "0 to 250"),
        ({"items": []}, "cadran_channel", "paid_search", "no item for `paid_search`"),
    ],
)
def test_what_a_field_does_not_take_is_refused_without_a_call(
    company: Company, parameters: dict[str, Any], name: str, value: str, why: str
) -> None:
    company.field(name)["parameters"] |= parameters
    target = company.target()
    target.account()
    target.property_states(["deals"])
    sent = target._client.requests_sent
    found = one(target.write("deals", [RecordWrite("301", {name: value})]))
    assert (found.status, target._client.requests_sent) == ("rejected", sent)
    assert why in str(found.reason)


def test_a_record_that_is_gone_is_rejected_alone(company: Company) -> None:
    target = company.target()
    found = target.write("deals", [RecordWrite(id, {"cadran_deal_roi": "1"}) for id in ("999", "301")])
    assert [outcome.status for outcome in found] == ["rejected", "written"]
    assert found[0].reason == "Resource not found"


def test_what_is_missing_is_said_with_the_steps_in_both_languages(company: Company) -> None:
    """Not made; of a wrong type; for prospects only; with items missing."""
    fields = company.account.tables["custom_fields"]
    fields.remove(company.field("cadran_channel"))
    company.field("cadran_deal_roi")["type"] = "simple-text"
    company.field("cadran_deals_won")["related_object"] = ["prospect"]
    del company.field("cadran_first_touch_channel")["parameters"]["items"][0]
    target = company.target()
    target.property_states(["deals", "contacts", "companies"])
    found = {one.name: what for one in definitions("en") if (what := target.to_do(one)) is not None}
    assert set(found) == {"cadran_channel", "cadran_deal_roi", "cadran_deals_won", "cadran_first_touch_channel"}
    for expected in ("code: cadran_channel", "drop-down list", "items: Paid search, ", "for: Opportunities", "name: Channel"):
        assert expected in found["cadran_channel"].en
    for expected in ("code : cadran_channel", "liste déroulante", "pour : Opportunités"):
        assert expected in found["cadran_channel"].fr
    assert "is of type simple-text" in found["cadran_deal_roi"].en
    assert "tick client" in found["cadran_deals_won"].en
    assert "add Paid search in Sellsy" in found["cadran_first_touch_channel"].en


def test_codes_may_say_what_they_are_for_and_items_may_be_in_either_language(company: Company) -> None:
    """Whether two fields may share a code is not confirmed."""
    company.field("cadran_summary", "deals")["code"] = "CADRAN-SUMMARY-OPPORTUNITY"
    for item in company.field("cadran_cycle_band")["parameters"]["items"]:
        item["label"] = {"As usual": "habituel"}.get(item["label"], item["label"])
    target = company.target()
    states = {(one.object, one.name) for one in target.property_states(["deals"])}
    assert ("deals", "cadran_summary") in states
    assert [one.name for one in definitions("fr") if target.to_do(one) is not None] == []
    target.write("deals", [RecordWrite("301", {"cadran_summary": "One line", "cadran_cycle_band": "normal"})])
    assert target.read_values("deals", ["301"], ["cadran_cycle_band"]) == {"301": {"cadran_cycle_band": "normal"}}


def test_what_only_people_can_do_says_so(company: Company) -> None:
    target = company.target()
    with pytest.raises(ConfigurationError, match="neither makes, changes nor deletes custom fields"):
        target.archive_property("deals", "cadran_roi")
    with pytest.raises(NotInTier, match="Sellsy has none"):
        target.property_states(["cadran_campaign"])
    with pytest.raises(NotInTier):
        target.user_records()
    assert target.read_history("deals", ["301"], ["cadran_deal_roi"]) is None
    assert target.read_written_by_us("deals", ["301"], ["cadran_deal_roi"]) == {}


def refused(company: Company, status: int, policy: str | None = None, times: int = 1) -> None:
    company.sandbox.faults.add(
        Fault("status", vendor="sellsy", route="opportunities_put_values", status=status, policy=policy, times=times)
    )


def test_refusals_are_told_apart(company: Company) -> None:
    """403 and 402 stop the run, a day's quota ends it, a second's is waited for, a silent server leaves it open."""
    time = VirtualTime()
    target = company.target(governor=Governor({BUCKET: Allowance(5, 1.0)}, clock=time.clock, wait=time.wait))
    write = [RecordWrite("301", {"cadran_deal_roi": "1"})]
    target.account()
    for status, policy, error in (
        (403, None, MissingScope),
        (402, None, NotInTier),
        (429, "Day", QuotaExhausted),
        (429, "Month", QuotaExhausted),
    ):
        refused(company, status, policy)
        with pytest.raises(error):
            target.write("deals", write)
    with no_waiting():
        refused(company, 429, "Second")
        assert one(target.write("deals", write)).status == "written"
        refused(company, 503, times=100)
        assert one(target.write("deals", write)).status == "unknown"
        company.sandbox.faults.clear()
        refused(company, 429, "Second", times=100)
        assert one(target.write("deals", write)).status == "rejected"


# --- the pace ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def paced(tmp_path: Path) -> Iterator[tuple[Company, VirtualTime]]:
    """With Sellsy's own limits, in a time that passes only while somebody waits for a slot."""
    time = VirtualTime()
    world = World(
        "paced",
        NOW,
        HubSpotWorld({"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"}),
        accounts={"sellsy": {"1": account(made_by_hand(), api_rate={"seconds": 5, "minutes": 60})}},
    )
    sandbox = Sandbox(world, clock=Clock(NOW, monotonic=lambda: 0.0), monotonic=time.clock)
    with LoopbackServer(build_app(sandbox)) as server:
        company = Company(sandbox, server.base_url, tmp_path)
        yield company, time
        company.close()


def test_five_a_second_are_never_exceeded_and_a_full_minute_is_waited_for(paced: tuple[Company, VirtualTime]) -> None:
    """130 writes: all arrive, none is refused; the minute's 60 calls are met twice."""
    company, time = paced
    governor = Governor({BUCKET: Allowance(5, 1.0)}, clock=time.clock, wait=time.wait)
    target = company.target(governor=governor)
    for number in range(130):
        found = one(target.write("deals", [RecordWrite("301", {"cadran_deal_roi": str(number)})]))
        assert found.status == "written"
    assert company.sandbox.stats.vendors["sellsy"].refused_429 == 0
    assert company.sandbox.consents["sellsy"].quotas.peak == 5
    assert 130 / 60 * 60 - 60 <= time.now <= 3 * 62


def test_an_access_token_that_ended_is_replaced(company: Company) -> None:
    source = company.source()
    read(source, "owners")
    company.sandbox.consents["sellsy"].revoke()
    assert read(source, "owners")[0].records
