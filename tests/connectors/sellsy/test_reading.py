"""What stands in Sellsy, in the words of the common schema; read through the simulated API."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import BadValue, ReadContext
from connectors.drift import Drift
from connectors.errors import ContractError, MissingScope
from connectors.sellsy.reading import embedded
from tests.connectors.sellsy.conftest import NOW, Company, read, rows, table
from tests.connectors.sellsy.small_world import REVENUE


def test_a_status_decides_won_and_lost_not_the_step(company: Company) -> None:
    """Closed ones stand in stages of ours, which they entered when their status changed; open ones in their step."""
    source = company.source()
    deals, entries = table(source, "deals", "deal"), table(source, "deals", "deal_stage_entry")
    assert {id: row["stage_id"] for id, row in deals.items()} == {
        "301": "1-won",
        "302": "2-won",
        "303": "1-won",
        "304": "1-lost",
        "305": "1-lost",
        "306": "1-lost",
        "307": "11",
        "308": "22",
        "309": "12",
        "310": "1-won",
    }
    assert {id: row["stage_id"] for id, row in entries.items()} == {
        id: row["stage_id"] for id, row in deals.items() if "-" in row["stage_id"]
    }
    assert entries["302"]["entered_at"] == datetime(2026, 8, 31, 21, 30, tzinfo=UTC)
    assert (entries["302"]["entered_on"], deals["302"]["close_on"]) == (date(2026, 8, 31), date(2026, 8, 31))
    assert (deals["307"]["close_at"], deals["307"]["close_on"]) == (None, date(2026, 10, 20))


def test_stages_of_a_pipeline_are_its_steps_and_two_ends(company: Company) -> None:
    stages = {row["stage_id"]: row for name, row in rows(company.source(), "pipelines") if name == "stage"}
    assert {id: (row["pipeline_id"], row["probability"], row["is_closed"]) for id, row in stages.items()} == {
        "11": ("1", Decimal("0.1"), False),
        "12": ("1", Decimal("0.5"), False),
        "1-won": ("1", Decimal(1), True),
        "1-lost": ("1", Decimal(0), True),
        "21": ("2", Decimal("0.2"), False),
        "22": ("2", Decimal("0.9"), False),
        "2-won": ("2", Decimal(1), True),
        "2-lost": ("2", Decimal(0), True),
    }


def test_a_status_that_the_settings_do_not_count_leaves_the_figures(company: Company) -> None:
    deals = table(company.source(count_as_lost=["closed"]), "deals", "deal")
    assert deals["305"]["archived_at"] == datetime(2026, 9, 12, 8, tzinfo=UTC)
    assert (deals["306"]["stage_id"], deals["306"]["archived_at"]) == ("1-lost", None)


def test_amounts_owners_and_sources_of_deals(company: Company) -> None:
    """A customer's own contact owns no deal: whoever it is assigned to does. Without an amount there is none, not 0."""
    deals = table(company.source(), "deals", "deal")
    assert (deals["301"]["amount"], deals["301"]["currency"], deals["301"]["amount_home"]) == (
        Decimal(1000),
        "EUR",
        Decimal(1000),
    )
    assert (deals["303"]["amount_home"], deals["303"]["fx_source"]) == (Decimal(100), "ecb")
    assert "amount" not in deals["309"]
    assert (deals["301"]["owner_id"], deals["309"]["owner_id"]) == ("12", "13")
    assert deals["301"]["original_source"] == "Site web"


def test_an_individual_is_a_customer_and_a_person(company: Company) -> None:
    """Under one id that no company or contact bears, linked to itself; an opportunity of theirs is with both."""
    source = company.source()
    companies, contacts = table(source, "companies", "company"), table(source, "contacts", "contact")
    assert {"101", "individual-101", "individual-7"} <= companies.keys()
    assert set(contacts) == {"201", "202", "203", "individual-101", "individual-7"}
    links = {
        (r["from_type"], r["from_id"], r["to_type"], r["to_id"], r["is_primary"])
        for stream in ("companies", "contacts", "deals")
        for name, r in rows(source, stream)
        if name == "association"
    }
    assert ("contacts", "individual-7", "companies", "individual-7", True) in links
    assert {link for link in links if link[1] == "310"} == {
        ("deals", "310", "companies", "individual-101", True),
        ("deals", "310", "contacts", "individual-101", False),
    }
    assert ("companies", "101", "contacts", "201", False) in links


def test_a_supplier_buys_nothing_and_an_archived_company_goes_on_counting(company: Company) -> None:
    companies = table(company.source(), "companies", "company")
    assert "103" not in companies
    assert companies["104"].get("archived_at") is None  # hidden in Sellsy, and its opportunities are still its own
    assert (companies["102"]["lifecycle_stage"], companies["102"]["industry"]) == ("prospect", "Industry")


def test_nothing_personal_is_kept(company: Company) -> None:
    """But a colleague's name, which lists show."""
    source = company.source()
    kept = str([page.records for stream in source.streams() for page in read(source, stream.name)])
    assert "Arbre SARL" in kept
    for personal in ("@", "Family", "Private", "Given"):
        assert personal not in kept


def test_revenue_is_the_total_that_was_added_up_by_hand(company: Company) -> None:
    """Excluding tax: credit notes off, drafts and cancelled out, deposits once (tests.connectors.sellsy.small_world)."""
    papers = table(company.source(), "invoices", "invoice")
    counted = [p for p in papers.values() if p["status"] not in ("draft", "voided") and p["kind"] != "deposit"]
    assert sum(p["amount_home"] for p in counted) == REVENUE
    assert papers["502"]["kind"] == "deposit"
    assert papers["credit-601"]["amount"] == Decimal("-150.25")
    assert (papers["credit-603"]["status"], papers["credit-605"]["status"]) == ("voided", "open")
    assert (papers["507"]["status"], papers["508"]["status"]) == ("open", "paid")


def test_deposits_count_where_final_invoices_bear_only_the_rest(company: Company) -> None:
    company.record("invoices", 504)["amounts"]["total_excl_tax"] = "700.00"
    papers = table(company.source(deposits="count"), "invoices", "invoice")
    counted = [p for p in papers.values() if p["status"] not in ("draft", "voided") and p["kind"] != "deposit"]
    # 502 and 504 are the 1,000 of the order; 604 takes the 300 of another deposit off again.
    assert sum(p["amount_home"] for p in counted) == REVENUE - Decimal("300.00")


def test_values_of_our_fields_are_read_with_the_lists(company: Company) -> None:
    fields = {field["code"]: field for field in company.account.tables["custom_fields"]}
    item = fields["cadran_channel"]["parameters"]["items"][0]
    company.record("opportunities", 307)["_values"] = {
        str(fields["cadran_channel"]["id"]): item["id"],
        str(fields["cadran_deal_roi"]["id"]): "1.5",
        str(fields["cadran_deal_acquisition_cost"]["id"]): {"amount": "12.50", "currency": "EUR"},
    }
    found = {r["property"]: r["value"] for name, r in rows(company.source(), "deals") if name == "crm_value"}
    assert found == {"cadran_channel": "paid_search", "cadran_deal_roi": "1.5", "cadran_deal_acquisition_cost": "12.50"}


def test_a_list_without_the_fields_that_it_was_asked_for_is_no_empty_one(company: Company) -> None:
    """It would look as if people had cleared every value."""
    source = company.source()
    fields = source.describe()["fields"]
    with pytest.raises(ContractError, match="does not give the custom fields"):
        embedded(source.client, company.record("opportunities", 301), fields["deals"])


def test_a_hundred_records_cost_a_call(company: Company) -> None:
    """And the list is complete: what a person deleted is asked for by id before it goes."""
    for number in range(1000, 1195):
        company.account.tables["contacts"].append({**company.record("contacts", 201), "id": number})
    source = company.source()
    contacts = next(one for one in source.streams() if one.name == "contacts")
    source.describe()
    before = source.requests_sent
    pages = read(source, "contacts")
    assert source.requests_sent - before == 4  # 198 contacts in two, two individuals and no archived one in one each
    assert sum(len(page.records) for page in pages) == 200
    assert (pages[-1].is_complete, pages[-1].cursor) == (True, NOW.isoformat())
    assert source.quote(contacts, None, ReadContext(NOW, NOW.date())).calls == 4
    assert source.gone(contacts, ["201", "999", "individual-7", "individual-8"]) == {"999", "individual-8"}


def test_a_scope_that_is_missing_is_named(company: Company) -> None:
    company.account.about["scopes"] = ["staffs.read", "custom-fields.read", "accounts.read"]
    source = company.source()
    with pytest.raises(MissingScope, match=r"companies\.read"):
        read(source, "companies")
    notes = " ".join(source.check().notes)
    assert "lacks scopes to read: companies.read" in notes
    assert "read-only client" in notes


def test_check_says_who_it_is_and_what_is_left(company: Company) -> None:
    reach = company.source().check()
    assert (reach.account_id, reach.currency, reach.zone) == ("12", "EUR", "Europe/Paris")
    assert company.source(account_id="acme").check().account_id == "acme"
    assert any("of 100000 a second" in note for note in reach.notes)


# --- what should not be there ---------------------------------------------------------------------------------------------


def test_a_status_that_is_new_leaves_the_deal_open_in_its_step_and_is_reported(company: Company) -> None:
    company.record("opportunities", 301)["status"] = "paused"
    source = company.source()
    assert table(source, "deals", "deal")["301"]["stage_id"] == "12"
    stream = next(one for one in source.streams() if one.name == "deals")
    assert stream.shape is not None
    drift = Drift(stream.shape, stream.api_version)
    for page in read(source, "deals"):
        for record in page.records:
            drift.look(record)
    [line] = drift.lines()
    assert "status: unknown words, kept as received: paused (1)" in line


@pytest.mark.parametrize(
    ("stream", "tables", "id", "change", "what"),
    [
        ("deals", "opportunities", 301, {"amount": {"value": "10.00", "currency": "EURO"}}, "EURO"),
        ("deals", "opportunities", 301, {"amount": {"value": "ten", "currency": "EUR"}}, "ten"),
        ("deals", "opportunities", 301, {"updated_status": "yesterday"}, "yesterday"),
        ("invoices", "invoices", 501, {"amounts": {}}, "total_excl_tax"),
        ("invoices", "invoices", 501, {"date": "01/09/2026"}, "01/09/2026"),
    ],
)
def test_a_record_that_cannot_be_read_is_told_by_what_is_wrong(
    company: Company, stream: str, tables: str, id: int, change: dict[str, Any], what: str
) -> None:
    """It is set aside; the others are read (the pipeline's part)."""
    company.record(tables, id).update(change)
    with pytest.raises(BadValue, match=re.escape(what)):
        rows(company.source(), stream)


def test_an_id_that_turns_into_text_is_the_same_record(company: Company) -> None:
    company.record("opportunities", 301)["id"] = "301"
    assert "301" in table(company.source(), "deals", "deal")
