"""What people do between our looking and our writing, and what we forget in between."""

from tests.e2e.installation import Installation, acted_on

PROPERTY = "cadran_revenue_won"


def company_that_will_change(installation: Installation) -> dict[str, str]:
    """A won deal grows; the line of the plan that this makes on its company."""
    portal = installation.server.sandbox.portal
    deal = next(
        d
        for d in portal.find("deals").by_id.values()
        if d.values.get("hs_is_closed_won") == "true"
        and d.values.get("amount")
        and portal.links.primary(("deals", "companies"), d.id)
    )
    company = portal.links.primary(("deals", "companies"), deal.id)
    installation.edit("deals", deal.id, {"amount": "987654"})
    installation.ok("sync", "--source", "hubspot")
    lines = [c for c in acted_on(installation.json("plan")) if (c["record_id"], c["property"]) == (company, PROPERTY)]
    assert len(lines) == 1
    return lines[0]


def test_an_edit_between_plan_and_apply_is_kept_and_reported(settled: Installation) -> None:
    """The plan said one thing, a person another: the person wins, the rest of the plan is written, and the next plan says so."""
    line = company_that_will_change(settled)
    company = line["record_id"]
    settled.edit("companies", company, {PROPERTY: "4711"})
    applied = settled.run("apply")
    assert applied.code == 0, applied.said
    assert company in applied.said
    assert settled.value("companies", company, PROPERTY) == "4711"
    assert settled.value("companies", company, "cadran_summary") != line["old"]
    settled.ok("sync", "--source", "hubspot")
    plan = settled.json("plan")
    assert [(c["outcome"], c["old"]) for c in plan["changes"] if c["property"] == PROPERTY] == [("edited_by_human", "4711")]
    assert acted_on(plan) == []


def test_the_ledger_lost_after_an_apply_leaves_nothing_to_write(planned: Installation) -> None:
    """Only the book is gone, the lake is still there: the next plan is empty, and so is the one after an edit is taken in."""
    planned.ok("apply")
    for file in planned.account.glob("ledger.sqlite*"):
        file.unlink()
    planned.ok("sync")
    assert planned.json("plan")["changes"] == []
    assert company_that_will_change(planned)["outcome"] == "update"
