"""People work in the same CRM: what they changed stays theirs until they decide otherwise."""

from tests.e2e.installation import Installation, acted_on


def lines_of(plan: dict[str, list[dict[str, str]]], record_id: str) -> dict[str, str]:
    """Property to outcome, of one record."""
    return {c["property"]: c["outcome"] for c in plan["changes"] if c["record_id"] == record_id}


def first_without(installation: Installation, object: str, property: str) -> str:
    """The first record whose property is empty."""
    records = installation.server.sandbox.portal.find(object).by_id
    return next(i for i in records if installation.value(object, i, property) is None)


def test_what_a_person_changed_is_kept_and_reported_until_retaken(settled: Installation) -> None:
    """A rep corrects the channel of a deal."""
    deals = settled.server.sandbox.portal.find("deals").by_id.values()
    deal = next(d.id for d in deals if settled.value("deals", d.id, "cadran_channel") == "organic_search")
    settled.edit("deals", deal, {"cadran_channel": "referral"})
    settled.ok("sync")
    plan = settled.json("plan")
    assert lines_of(plan, deal) == {"cadran_channel": "edited_by_human"}
    assert acted_on(plan) == []
    settled.ok("apply")
    assert settled.value("deals", deal, "cadran_channel") == "referral"

    retaken = settled.json("plan", "--retake", "channel")
    assert lines_of(retaken, deal) == {"cadran_channel": "update"}
    settled.ok("apply")
    assert settled.value("deals", deal, "cadran_channel") == "organic_search"
    settled.ok("sync")
    assert settled.json("plan")["changes"] == []


def test_a_value_on_a_record_we_never_wrote_is_foreign_until_adopted(settled: Installation) -> None:
    """Somebody clones a company and our property goes along with it."""
    company = first_without(settled, "companies", "cadran_avg_deal_size")
    contact = first_without(settled, "contacts", "cadran_lead_cost")
    settled.edit("contacts", contact, {"cadran_lead_cost": "12.5"})
    settled.edit("companies", company, {"cadran_avg_deal_size": "77"})
    settled.ok("sync")
    plan = settled.json("plan")
    assert lines_of(plan, contact) == {"cadran_lead_cost": "foreign"}
    assert lines_of(plan, company) == {"cadran_avg_deal_size": "foreign"}

    adopted = settled.json("plan", "--adopt", "--retake", "lead_cost")
    assert settled.value("companies", company, "cadran_avg_deal_size") == "77"
    assert "foreign" not in {c["outcome"] for c in adopted["changes"]}
    settled.ok("apply")
    assert settled.value("contacts", contact, "cadran_lead_cost") is None
