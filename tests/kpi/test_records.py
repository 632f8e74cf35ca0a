"""Record values: conserved to the cent, calm, and null only with a reason."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.cycle_band import quartiles
from kpi.lead_costs import ConservationError, conserved, month_after
from kpi.records import RecordOptions, RecordValue
from tests.kpi.whole_records import ContactFact, DealFact, Spending, first_deals, lead_costs, record_values

CENT = Decimal("0.01")
TODAY = date(2026, 6, 15)
PARIS = ZoneInfo("Europe/Paris")
BRAND = "google_ads/1"
MAY = date(2026, 5, 1)
MAY_SPEND = {(BRAND, MAY): Decimal("100")}


def contact(id: str, lead_on: date | None = date(2026, 5, 4), campaign: str = BRAND) -> ContactFact:
    return ContactFact(id, lead_on, "paid_search" if campaign != "unattributed" else "unattributed", campaign)


def deal(id: str, *contacts: str, won: str | None = None, day: int = 1, **more: Any) -> DealFact:
    """An open deal created on a day of May; ``won``: its amount."""
    created = datetime(2026, 5, day, tzinfo=UTC)
    facts = DealFact(
        deal_id=id,
        pipeline_id="p",
        company_id=None,
        created_at=created,
        created_on=created.date(),
        is_open=won is None,
        is_won=won is not None,
        won_on=None if won is None else date(2026, 6, 1),
        cycle_s=None,
        has_negative_cycle=False,
        amount_home=None if won is None else Decimal(won),
        channel="paid_search",
        campaign=BRAND,
        contact_ids=contacts,
    )
    return facts._replace(**more)


def values_of(
    contacts: list[ContactFact], deals: list[DealFact], spent: dict[tuple[str, date], Decimal] | None = None, today: date = TODAY
) -> dict[tuple[str, str, str], RecordValue]:
    companies = sorted({d.company_id for d in deals if d.company_id})
    options = RecordOptions(today, PARIS, CENT)
    spending = Spending(MAY_SPEND if spent is None else spent)
    found = record_values(contacts, deals, companies, spending, options, {BRAND: "Brand FR"})
    return {(v.object, v.record_id, v.property): v for v in found.values}


def code(value: RecordValue) -> str | None:
    return value.reason.code if value.reason else None


# --- conservation ----------------------------------------------------------------------------------------------

months = st.dates(date(2026, 1, 1), date(2026, 7, 1))
campaigns = st.sampled_from([BRAND, "google_ads/2", "spend_file/fair", "unattributed"])


@st.composite
def portals(draw: st.DrawFn) -> tuple[list[ContactFact], list[DealFact], dict[tuple[str, date], Decimal]]:
    contacts = [contact(str(n), draw(st.none() | months), draw(campaigns)) for n in range(1, draw(st.integers(0, 20)) + 1)]
    ids = [c.contact_id for c in contacts]
    deals = [
        deal(
            f"{n}",
            *draw(st.lists(st.sampled_from(ids), unique=True, max_size=4) if ids else st.just([])),
            day=draw(st.integers(1, 28)),
        )
        for n in range(draw(st.integers(0, 8)))
    ]
    amounts = st.decimals(-1000, 100000, places=6, allow_nan=False, allow_infinity=False)
    spent = draw(st.dictionaries(st.tuples(campaigns, months.map(lambda d: d.replace(day=1))), amounts, max_size=12))
    return contacts, deals, spent


@given(portals())
def test_every_cent_of_spend_is_on_one_contact_or_unassigned_and_on_one_deal_or_not_converted(
    portal: tuple[list[ContactFact], list[DealFact], dict[tuple[str, date], Decimal]],
) -> None:
    contacts, deals, spent = portal
    today = date(2027, 1, 1)
    options = RecordOptions(today, PARIS, CENT)
    found = record_values(contacts, deals, [], Spending(spent), options)
    assert {(m.campaign, m.month) for m in found.conservation} == set(spent)
    for month in found.conservation:
        assert month.spend == spent[month.campaign, month.month].quantize(CENT)
        assert month.contacts + month.unassigned == month.spend
        assert month.deals + month.not_converted == month.contacts
    written = {
        name: sum((v.value for v in found.values if v.property == name and isinstance(v.value, Decimal)), Decimal(0))
        for name in ("lead_cost", "deal_acquisition_cost")
    }
    assert written["lead_cost"] == sum(m.contacts for m in found.conservation)
    assert written["deal_acquisition_cost"] == sum(m.deals for m in found.conservation)


@given(st.integers(1, 50), st.decimals(0, 10000, places=2, allow_nan=False, allow_infinity=False))
def test_shares_of_one_month_differ_by_at_most_one_cent(count: int, amount: Decimal) -> None:
    contacts = [contact(str(n)) for n in range(count)]
    shares = [c.value for c in lead_costs(contacts, Spending({(BRAND, MAY): amount}), TODAY, CENT).by_contact.values()]
    known = [s for s in shares if s is not None]
    assert sum(known) == amount
    assert max(known) - min(known) <= CENT


@pytest.mark.parametrize(("contacts", "deals"), [(999, 999), (1001, 1001), (1000, 999)])
def test_a_lost_or_invented_cent_is_refused(contacts: int, deals: int) -> None:
    with pytest.raises(ConservationError, match="google_ads/1 2026-05"):
        conserved(BRAND, MAY, 1, CENT, spend=1000, contacts=contacts, deals=deals, not_converted=0)


def test_spend_without_a_lead_is_unassigned() -> None:
    (month,) = record_values([], [], [], Spending(MAY_SPEND), RecordOptions(TODAY, PARIS, CENT)).conservation
    assert (month.unassigned, month.contacts) == (Decimal("100.00"), Decimal("0.00"))


def test_a_currency_without_cents_is_shared_in_whole_units() -> None:
    contacts = [contact(str(n)) for n in range(3)]
    found = lead_costs(contacts, Spending({(BRAND, MAY): Decimal("100")}), TODAY, Decimal(1)).by_contact
    assert [found[str(n)].value for n in range(3)] == [34, 33, 33]


# --- lead cost -------------------------------------------------------------------------------------------------


def test_a_lead_costs_its_share_of_its_campaigns_month_and_settles_thirty_days_after_it() -> None:
    value = values_of([contact("1"), contact("2")], [])["contacts", "1", "lead_cost"]
    assert value.value == Decimal("50.00")
    assert (value.month, value.provisional_until) == (MAY, date(2026, 7, 1))
    assert value.inputs == {"campaign": BRAND, "spend": Decimal("100"), "leads": 2}


def test_a_lead_has_no_cost_before_its_month_is_over_and_then_keeps_it() -> None:
    made = [contact("1")]
    during = values_of(made, [], today=date(2026, 5, 31))["contacts", "1", "lead_cost"]
    assert during.value is None
    assert code(during) == "month_open"
    assert during.reason is not None
    assert during.reason.text.fr == "connu le 1 juin 2026, à la fin du mois"
    after = values_of(made, [], today=date(2026, 6, 1))["contacts", "1", "lead_cost"]
    later = values_of(made, [], today=date(2026, 12, 24))["contacts", "1", "lead_cost"]
    assert after.value == Decimal("100.00")
    assert after == later


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (contact("1", campaign="unattributed"), "no_campaign"),
        (contact("1", campaign="google_ads/9"), "no_spend"),
        (contact("1", date(2026, 3, 3)), "no_spend"),
        (contact("1", None), "not_a_lead"),
    ],
)
def test_a_lead_cost_that_is_not_known_says_why(made: ContactFact, reason: str) -> None:
    value = values_of([made], [])["contacts", "1", "lead_cost"]
    assert (value.value, code(value)) == (None, reason)


def test_a_month_of_no_spend_at_all_costs_nothing_which_is_not_unknown() -> None:
    assert values_of([contact("1")], [], {(BRAND, MAY): Decimal(0)})["contacts", "1", "lead_cost"].value == Decimal("0.00")


def test_a_month_with_a_part_that_has_no_rate_is_flagged() -> None:
    spending = Spending(MAY_SPEND, frozenset({(BRAND, MAY)}))
    found = record_values([contact("1")], [], [], spending, RecordOptions(TODAY, PARIS, CENT))
    assert [v.flags for v in found.values if v.property == "lead_cost"] == [("rate_missing",)]


# --- deals -----------------------------------------------------------------------------------------------------


def test_a_deal_costs_what_its_contacts_cost_and_returns_the_rest() -> None:
    found = values_of([contact("1"), contact("2")], [deal("7", "1", "2", won="500")])
    assert found["deals", "7", "deal_acquisition_cost"].value == Decimal("100.00")
    assert found["deals", "7", "deal_roi"].value == Decimal("4.0000")


def test_a_contact_in_two_deals_counts_in_the_first_created() -> None:
    found = values_of([contact("1")], [deal("7", "1", day=9, won="500"), deal("8", "1", day=2)])
    assert found["deals", "8", "deal_acquisition_cost"].value == Decimal("100.00")
    second = found["deals", "7", "deal_acquisition_cost"]
    assert (second.value, second.flags) == (Decimal(0), ("counted_earlier",))
    assert code(found["deals", "7", "deal_roi"]) == "no_cost"


def test_deals_created_at_the_same_instant_are_ordered_by_id_as_numbers() -> None:
    assert first_deals([deal("10", "1"), deal("9", "1")]) == {"1": "9"}


def test_a_deal_without_a_creation_date_comes_last() -> None:
    assert first_deals([deal("1", "1", created_at=None), deal("2", "1")]) == {"1": "2"}


def test_a_deal_without_contact_has_no_cost_and_says_so() -> None:
    found = values_of([], [deal("7", won="500")])
    assert code(found["deals", "7", "deal_acquisition_cost"]) == "no_contact"
    assert code(found["deals", "7", "deal_roi"]) == "no_contact"


def test_an_unknown_part_does_not_blank_what_is_known() -> None:
    waiting = contact("2", date(2026, 6, 2))
    found = values_of([contact("1"), waiting], [deal("7", "1", "2")])
    cost = found["deals", "7", "deal_acquisition_cost"]
    assert (cost.value, cost.flags) == (Decimal("100.00"), ("partial",))


def test_a_deal_that_only_waits_says_from_when() -> None:
    found = values_of([contact("1", date(2026, 6, 2)), contact("2", campaign="unattributed")], [deal("7", "1", "2")])
    assert code(found["deals", "7", "deal_acquisition_cost"]) == "month_open"


def test_an_open_deal_has_no_roi_and_a_lost_one_has_lost_its_cost() -> None:
    found = values_of([contact("1"), contact("2")], [deal("7", "1"), deal("8", "2", is_open=False)])
    assert code(found["deals", "7", "deal_roi"]) == "not_closed"
    assert found["deals", "8", "deal_roi"].value == Decimal("-1.0000")


def test_a_won_deal_without_amount_has_no_roi() -> None:
    found = values_of([contact("1")], [deal("7", "1", won="1", amount_home=None)])
    assert code(found["deals", "7", "deal_roi"]) == "no_amount"


def test_a_deal_shows_its_channel_its_campaigns_name_and_its_start() -> None:
    found = values_of([contact("1")], [deal("7", "1", day=3)])
    assert [found["deals", "7", p].value for p in ("channel", "campaign", "start_on")] == [
        "paid_search",
        "Brand FR",
        date(2026, 5, 3),
    ]
    nowhere = values_of([], [deal("7", channel="unattributed", campaign="unattributed")])
    assert code(nowhere["deals", "7", "channel"]) == "no_contact"


def test_costs_of_nothing_are_empty() -> None:
    assert lead_costs([], Spending({}), TODAY, CENT).by_contact == {}
    assert month_after(date(2026, 12, 31)) == date(2027, 1, 1)


# --- cycle band --------------------------------------------------------------------------------------------------


def won_deals(count: int, month: date = date(2026, 3, 1)) -> list[DealFact]:
    """Deals with cycles of 1, 2, 3 … days."""
    return [deal(f"w{n}", won="1", won_on=month, cycle_s=n * 86_400) for n in range(1, count + 1)]


def band(made: DealFact, others: list[DealFact], today: date = TODAY) -> RecordValue:
    return values_of([], [*others, made], today=today)["deals", made.deal_id, "cycle_band"]


def test_quartiles_interpolate_between_ranks() -> None:
    found = quartiles([1, 2, 3, 4])
    assert (found.lower, found.median, found.upper) == (Decimal("1.75"), Decimal("2.5"), Decimal("3.25"))
    assert tuple(quartiles([7])) == (1, Decimal(7), Decimal(7), Decimal(7))


@pytest.mark.parametrize(("days", "word"), [(1, "faster"), (5, "faster"), (6, "normal"), (15, "normal"), (16, "slower")])
def test_a_won_deal_is_held_against_the_quartiles_of_those_won_before_its_month(days: int, word: str) -> None:
    value = band(deal("x", won="1", won_on=date(2026, 4, 30), cycle_s=days * 86_400), won_deals(20))
    assert (value.value, value.month) == (word, date(2026, 4, 1))
    assert value.inputs["median_s"] == Decimal("10.5") * 86_400


def test_fewer_than_twenty_won_deals_say_nothing() -> None:
    assert code(band(deal("x"), won_deals(19))) == "not_enough_data"
    assert code(band(deal("x", won="1", won_on=date(2026, 3, 31), cycle_s=9), won_deals(20))) == "not_enough_data"


def test_an_open_deals_band_holds_for_the_whole_month() -> None:
    made = deal("x", day=20)
    words = {band(made, won_deals(20), date(2026, 6, day)).value for day in (1, 15, 30)}
    assert words == {"normal"}
    assert band(made, won_deals(20), date(2026, 7, 1)).value == "slower"


def test_deals_won_this_month_do_not_move_the_yardstick() -> None:
    late = [deal(f"l{n}", won="1", won_on=date(2026, 6, 3), cycle_s=10**9) for n in range(30)]
    assert band(deal("x", day=20), won_deals(20) + late) == band(deal("x", day=20), won_deals(20))


def test_a_won_deals_band_never_changes_again() -> None:
    made = deal("x", won="1", won_on=date(2026, 4, 30), cycle_s=9 * 86_400)
    later = [deal(f"l{n}", won="1", won_on=date(2026, 7, 3), cycle_s=n) for n in range(30)]
    assert band(made, won_deals(20)) == band(made, won_deals(20) + later, TODAY + timedelta(days=300))


def test_pipelines_are_not_compared() -> None:
    assert code(band(deal("x", pipeline_id="other"), won_deals(20))) == "not_enough_data"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (deal("x", is_open=False), "lost"),
        (deal("x", won="1", has_negative_cycle=True), "negative_cycle"),
        (deal("x", created_at=None), "no_date"),
    ],
)
def test_a_deal_without_a_band_says_why(made: DealFact, reason: str) -> None:
    assert code(band(made, won_deals(20))) == reason


# --- companies ---------------------------------------------------------------------------------------------------


def test_a_company_sums_its_deals() -> None:
    deals = [
        deal("7", "1", won="500.005", company_id="c"),
        deal("8", "2", won="100", company_id="c"),
        deal("9", company_id="c"),
        deal("10", won="1", company_id="other"),
    ]
    found = values_of([contact("1"), contact("2")], deals)
    shown = {p: v.value for (o, id, p), v in found.items() if (o, id) == ("companies", "c")}
    assert shown == {
        "revenue_won": Decimal("600.00"),
        "deals_won": Decimal(2),
        "avg_deal_size": Decimal("300.00"),
        "company_acquisition_cost": Decimal("100.00"),
        "company_roi": Decimal("5.0000"),
    }


def test_a_company_with_open_deals_only_has_won_nothing_and_returns_nothing_yet() -> None:
    found = values_of([contact("1")], [deal("7", "1", company_id="c")])
    assert found["companies", "c", "revenue_won"].value == Decimal("0.00")
    assert code(found["companies", "c", "avg_deal_size"]) == "no_won_deal"
    assert code(found["companies", "c", "company_roi"]) == "not_closed"


def test_a_company_without_deals_has_no_values_and_a_reason_for_each() -> None:
    options = RecordOptions(TODAY, PARIS, CENT)
    found = record_values([], [], ["c"], Spending({}), options).values
    assert {(v.value, code(v)) for v in found} == {(None, "no_deal")}


def test_an_average_leaves_out_deals_without_amount_and_is_flagged() -> None:
    deals = [deal("7", won="500", company_id="c"), deal("8", won="1", amount_home=None, company_id="c")]
    found = values_of([], deals)["companies", "c", "avg_deal_size"]
    assert (found.value, found.flags) == (Decimal("500.00"), ("amount_missing",))


def test_every_null_has_a_reason_and_no_value_has_one() -> None:
    contacts = [contact("1"), contact("2", None), contact("3", campaign="unattributed")]
    deals = [deal("7", "1", company_id="c"), deal("8", "3", won="5", company_id="c"), deal("9")]
    for value in values_of(contacts, deals).values():
        assert (value.value is None) == (value.reason is not None)
