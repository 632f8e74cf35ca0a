"""The cards of record-level KPIs describe what :mod:`kpi.records` really gives."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from kpi.records import RecordOptions, RecordValue
from kpi.registry import KPIS, RECORD_KPIS
from tests.kpi.whole_records import ContactFact, DealFact, Spending, record_values

APRIL = date(2026, 4, 1)
OPTIONS = RecordOptions(date(2026, 11, 21), ZoneInfo("Europe/Paris"), Decimal("0.01"))


def deal(deal_id: str, amount: str, *contacts: str) -> DealFact:
    created = datetime(2026, 4, 10 + int(deal_id), tzinfo=UTC)
    outcome = (False, True, date(2026, 5, 10), 86_400, False, Decimal(amount))
    return DealFact(deal_id, "p", "acme", created, created.date(), *outcome, "paid_search", "a", contacts)


@pytest.fixture(scope="module")
def values() -> dict[tuple[str, str], RecordValue]:
    """Twelve leads that cost 300 together, one that cost 40; a deal with one of each, and a later deal with the same contact."""
    contacts = [ContactFact(str(i), APRIL, "paid_search", "a") for i in range(12)] + [
        ContactFact("99", APRIL, "paid_search", "b")
    ]
    deals = [deal("1", "325", "0", "99"), deal("2", "0", "0")]
    spending = Spending({("a", APRIL): Decimal(300), ("b", APRIL): Decimal(40)})
    found = record_values(contacts, deals, ["acme"], spending, OPTIONS).values
    return {(value.property, value.record_id): value for value in found}


def test_every_card_has_its_value_on_its_object_and_in_its_unit(values: dict[tuple[str, str], RecordValue]) -> None:
    for name, card in RECORD_KPIS.items():
        given = [value for (property_name, _), value in values.items() if property_name == name]
        assert {value.object for value in given} == {card.object}
        assert {value.unit for value in given} == {str(card.unit) if card.unit else "band"}


def test_the_normal_kpis_that_stand_on_a_company_are_cut_by_company() -> None:
    for name in ("revenue_won", "deals_won", "avg_deal_size"):
        assert KPIS[name].allows("company", "all")


@pytest.mark.parametrize(
    ("name", "record_id"), [("lead_cost", "0"), ("deal_acquisition_cost", "1"), ("company_acquisition_cost", "acme")]
)
def test_the_examples_of_the_cost_cards_are_what_is_computed(
    values: dict[tuple[str, str], RecordValue], name: str, record_id: str
) -> None:
    assert values[name, record_id].value == Decimal(RECORD_KPIS[name].example.gives)


def test_return_is_what_was_won_beyond_its_cost_over_its_cost(values: dict[tuple[str, str], RecordValue]) -> None:
    assert values["deal_roi", "1"].value == Decimal(RECORD_KPIS["deal_roi"].example.gives)
    assert values["company_roi", "acme"].value == 4
