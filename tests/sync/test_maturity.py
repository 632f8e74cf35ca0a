"""Cohorts from facts to what is shown at maturity: who brought whom, within how many days, and what earlier cohorts say of it."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.engine import Result
from kpi.measures.base import By
from kpi.periods import period_end
from kpi.survival import Counts, curve
from kpi.text import Text
from kpi.undefined import Reason
from kpi.units import Unit
from sync.cohort_looks import FOLLOWED, Seen, count
from sync.maturity import rows, shown
from tests.kpi.marts import Marts
from tests.sync.facts import Facts

TODAY = date(2026, 6, 15)
DAYS = 90
NO_SPEND = Reason("nothing_below", Text("no spend in the period", "aucune dépense dans la période"))


def test_a_customer_belongs_to_the_oldest_contact_of_its_first_won_deal(facts: Facts) -> None:
    """One lead brought the company; the other contact of the deal and a second deal make no second customer, and that deal
    came after the 45 days that the settings give."""
    facts.company("c")
    facts.contact("1", created="2026-01-05")
    facts.contact("2", created="2026-01-20")
    facts.won("a", "100", on="2026-02-14", created="2026-01-10", contacts="2 1", companies="c")
    facts.won("b", "50", on="2026-03-01", created="2026-02-20", contacts="1", companies="c")
    facts.derive(cohort_days=45)
    assert facts.rows("SELECT contact_id, customer_days, was_customer_before, cohort_revenue_home FROM lead ORDER BY 1") == [
        ("1", 40, None, Decimal(100)),
        ("2", None, None, None),
    ]


def test_what_comes_after_the_window_does_not_count(facts: Facts) -> None:
    """Ninety days do, ninety-one do not; nor does a customer that is older than its lead, which is counted as a fault."""
    facts.contact("1", created="2026-01-01")
    facts.contact("2", created="2026-01-01")
    facts.contact("3", created="2026-03-01")
    facts.won("a", "10", on="2026-04-01", contacts="1")
    facts.won("b", "20", on="2026-04-02", contacts="2")
    facts.won("c", "40", on="2026-02-10", created="2026-02-01", contacts="3")
    report = facts.derive()
    assert facts.rows("SELECT contact_id, customer_days, was_customer_before, cohort_revenue_home FROM lead ORDER BY 1") == [
        ("1", 90, None, Decimal(10)),
        ("2", None, None, None),
        ("3", None, True, None),
    ]
    assert report.counts["leads_after_their_customer"] == 1


def test_a_deal_is_won_or_lost_within_the_window(facts: Facts) -> None:
    """Whole days from its creation; a credited copy of the deal carries them too."""
    facts.won("won", "1", on="2026-03-31", created="2026-03-01")
    facts.deal("lost", "lost", created="2026-03-01", close_on=date(2026, 3, 4))
    facts.won("late", "1", on="2026-06-10", created="2026-03-01")
    facts.deal("open", created="2026-03-01")
    facts.derive()
    found = "SELECT deal_id, won_days, lost_days FROM {} ORDER BY 1"
    expected = [("late", None, None), ("lost", None, 3), ("open", None, None), ("won", 30, None)]
    assert facts.rows(found.format("deal_outcome")) == expected
    assert facts.rows(found.format("deal_credit WHERE model = 'first'")) == expected


# --- at maturity --------------------------------------------------------------------------------------------------


class Cohorts:
    """Marts with leads whose fate is known, and the results that the engine gave of them."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.con.execute(
            "CREATE TABLE lead (contact_id VARCHAR, lead_on DATE, customer_days BIGINT, was_customer_before BOOLEAN, credit BIGINT);"
            "CREATE TABLE lead_credit (contact_id VARCHAR, lead_on DATE, customer_days BIGINT, was_customer_before BOOLEAN, "
            "credit BIGINT, model VARCHAR, channel VARCHAR);"
            "CREATE TABLE _lead_deal (contact_id VARCHAR, days INTEGER, amount_home DECIMAL(18, 6));"
            "CREATE TABLE deal_outcome (pipeline_id VARCHAR, created_on DATE, won_on DATE, lost_on DATE, won_days BIGINT, "
            "lost_days BIGINT, is_open BOOLEAN, has_negative_cycle BOOLEAN, credit BIGINT);"
        )
        self._next = 0

    def leads(self, on: date, days: list[int | None], *, channel: str = "paid_search", amount: int = 1000) -> None:
        """A lead for each entry: after so many days a customer, or (None) never."""
        for took in days:
            self._next += 1
            name = str(self._next)
            # What has not come by today nobody knows.
            known = took if took is not None and on + timedelta(days=took) <= TODAY else None
            self.con.execute("INSERT INTO lead VALUES (?, ?, ?, NULL, 1000000000)", [name, on, known])
            self.con.execute("INSERT INTO lead_credit VALUES (?, ?, ?, NULL, 1000000000, 'first', ?)", [name, on, known, channel])
            if known is not None:
                self.con.execute("INSERT INTO _lead_deal VALUES (?, ?, ?)", [name, known, amount])

    def deals(self, on: date, won: list[int], lost: list[int], waiting: int) -> None:
        for days, is_won in [*((d, True) for d in won), *((d, False) for d in lost)]:
            end = on + timedelta(days=days)
            known = end <= TODAY
            self.con.execute(
                "INSERT INTO deal_outcome VALUES ('p', ?, ?, ?, ?, ?, ?, false, 1000000000)",
                [
                    on,
                    end if is_won and known else None,
                    end if known and not is_won else None,
                    days if is_won and known else None,
                    days if known and not is_won else None,
                    not known,
                ],
            )
        for _ in range(waiting):
            self.con.execute("INSERT INTO deal_outcome VALUES ('p', ?, NULL, NULL, NULL, NULL, true, false, 1000000000)", [on])

    def rows(
        self, kpi: str, by: By = "total", keys: tuple[str, ...] = ("",), unit: Unit = Unit.RATIO, **inputs: int
    ) -> list[Any]:
        """The rows that are kept, of the months from November to June."""
        months = [date(2025, 11, 1), date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 7))]
        found = [result(kpi, by, key, month, unit, inputs) for month in months for key in keys]
        return list(rows(self.con, found, today=TODAY, cohort_days=DAYS, model="first"))


def result(kpi: str, by: By, key: str, month: date, unit: Unit, inputs: dict[str, int]) -> Result:
    given: dict[str, Any] = {
        "kpi": kpi,
        "by": by,
        "key": key,
        "period": "month",
        "period_start": month,
        "period_end": period_end("month", month),
        "value": Decimal(0),
        "unit": unit,
        "inputs": {name: Decimal(value) for name, value in inputs.items()},
        "model": None,
        "reason": NO_SPEND if inputs.get("spend") == 0 else None,
        "as_of": datetime(2026, 6, 15, tzinfo=UTC),
        "flags": (),
    }
    return Result(**{name: given.get(name) for name in Result.__dataclass_fields__})


@pytest.fixture
def cohorts() -> Iterator[Cohorts]:
    """Each month begins with 20 leads: 4 are customers after 10 days, 4 after 60. From September on, so that November has a past."""
    made = Cohorts()
    for month in [date(2025, m, 1) for m in range(9, 13)] + [date(2026, m, 1) for m in range(1, 7)]:
        made.leads(month, [10] * 4 + [60] * 4 + [None] * 12)
    yield made
    made.con.close()


def test_a_young_cohort_is_expected_to_come_to_what_those_before_it_did(cohorts: Cohorts) -> None:
    """By mid June May's leads brought 4 of the 8 that every month brings in the end, those of March and April all 8. What is older
    is mature, and June lasts."""
    found = {row["period_start"]: row for row in cohorts.rows("lead_to_customer_cohort")}
    assert set(found) == {"2026-03-01", "2026-04-01", "2026-05-01"}
    april, may = found["2026-04-01"], found["2026-05-01"]
    assert (Decimal(may["value"]), Decimal(may["maturity"]), Decimal(may["error"])) == (Decimal("0.4"), Decimal("0.5"), 0)
    assert (Decimal(april["value"]), Decimal(april["maturity"])) == (Decimal("0.4"), 1)
    assert (may["cohorts"], may["reason"]) == (4, None)


def test_what_was_known_then_is_all_that_the_past_is_judged_by(cohorts: Cohorts) -> None:
    """January's ten late ones were like nothing before: 10.5 of 30 would have been expected at mid February, and 18 came. By mid
    March they were known, and too many were expected of February: 9 1/3 of 20, and 8 came. November and December were told right."""
    cohorts.leads(date(2026, 1, 1), [70] * 10)
    may = next(row for row in cohorts.rows("lead_to_customer_cohort") if row["period_start"] == "2026-05-01")
    assert (may["cohorts"], Decimal(may["error"])) == (4, Decimal("0.0791666667"))
    assert Decimal(may["value"]) > Decimal("0.4")


def test_spend_is_held_against_the_customers_that_are_expected(cohorts: Cohorts) -> None:
    """2,000 in paid channels for 4 customers so far, 8 in the end: 250 each; every one brings 1,000."""
    cost = next(r for r in cohorts.rows("cac_cohort", unit=Unit.MONEY, paid_spend=2000) if r["period_start"] == "2026-05-01")
    assert (Decimal(cost["value"]), Decimal(cost["error"])) == (250, 0)
    back = next(r for r in cohorts.rows("roi_cohort", spend=2000) if r["period_start"] == "2026-05-01")
    assert (Decimal(back["value"]), Decimal(back["maturity"])) == (3, Decimal("0.5"))


def test_without_spend_there_is_no_return_to_expect(cohorts: Cohorts) -> None:
    """The value's own reason stands beside it too."""
    may = next(row for row in cohorts.rows("roi_cohort", spend=0) if row["period_start"] == "2026-05-01")
    assert (may["value"], may["reason"], may["reason_fr"]) == (None, NO_SPEND.text.en, NO_SPEND.text.fr)


def test_a_channel_is_judged_by_its_own_past(cohorts: Cohorts) -> None:
    """One that is new has none, and nothing is guessed for it."""
    cohorts.leads(date(2026, 5, 1), [10, None], channel="referral")
    found = {
        row["member"]: row
        for row in cohorts.rows("lead_to_customer_cohort", "channel", ("paid_search", "referral"))
        if row["period_start"] == "2026-05-01"
    }
    assert Decimal(found["paid_search"]["value"]) == Decimal("0.4")
    assert (found["referral"]["value"], found["referral"]["reason"]) == (None, "fewer than 5 conversions in earlier periods")
    assert "conversions" in found["referral"]["reason_fr"]


def test_a_lost_deal_is_not_expected_to_be_won(cohorts: Cohorts) -> None:
    """Of ten deals three are won after 5 days, three lost after 20, two won after 50, two never close. Of May's four that wait
    after 45 days, half will be won; the three lost ones will not."""
    for month in [date(2025, m, 1) for m in range(9, 13)] + [date(2026, m, 1) for m in range(1, 7)]:
        cohorts.deals(month, [5] * 3 + [50] * 2, [20] * 3, 2)
    may = next(row for row in cohorts.rows("win_rate_cohort") if row["period_start"] == "2026-05-01")
    assert (Decimal(may["value"]), Decimal(may["maturity"]), Decimal(may["error"])) == (Decimal("0.5"), Decimal("0.6"), 0)


def test_what_is_shown_says_why_there_is_nothing() -> None:
    """Beside every value: of a mature cohort itself, of a running one that it runs, elsewhere nothing at all."""
    row: dict[str, Any] = {
        "kpi": "win_rate_cohort",
        "dimension": "total",
        "member": "",
        "period": "month",
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 2, 1),
        "value": Decimal("0.2500"),
        "as_of": datetime(2026, 6, 15, tzinfo=UTC),
        "provisional_until": None,
        "reason": None,
        "reason_fr": None,
    }
    assert shown(row, {}, "en") == {"value": "0.25", "maturity": "1", "error": None, "cohorts": None, "reason": None}
    running = {**row, "period_end": date(2026, 7, 1), "provisional_until": date(2026, 9, 29)}
    assert (shown(running, {}, "en") or {})["reason"] == "the period is not over"
    assert (shown(running, {}, "fr") or {})["reason"] == "la période n'est pas terminée"
    assert shown({**row, "kpi": "win_rate"}, {}, "en") is None
    assert shown({**row, "dimension": "owner"}, {}, "en") is None


def test_cohort_kpis_count_those_who_began_in_the_period() -> None:
    """Leads of one month, customers of any: three of four leads, one of them too late and one before it was a lead."""
    marts = Marts()
    june = date(2026, 6, 3)
    marts.lead(on=june, channel="paid_search", customer_days=12, cohort_revenue_home=Decimal(900))
    marts.lead(on=june, channel="paid_search")
    marts.lead(on=june, channel="email", customer_days=0, cohort_revenue_home=Decimal(100))
    marts.lead(on=june, channel="email", was_customer_before=True)
    marts.spend("500", on=june)
    marts.deal(created_on=june, won_on=date(2026, 6, 9), won_days=6)
    marts.deal(created_on=june, won_on=date(2026, 10, 9))
    marts.deal(created_on=june)
    marts.deal(created_on=june, won_on=date(2026, 6, 1), has_negative_cycle=True)
    cut: dict[str, Any] = {"period": "month"}
    rate = marts.one("lead_to_customer_cohort", **cut)
    assert (rate.inputs, rate.n) == ({"cohort_customers": 2, "cohort_leads": 3}, 3)
    assert marts.one("cac_cohort", **cut).value == 500
    assert marts.one("roi_cohort", **cut).value == 1
    assert marts.one("win_rate_cohort", **cut).value == Decimal("0.3333333333")
    assert marts.one("win_rate_created", **cut).value == Decimal("0.6666666667")
    marts.close()


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.none() | st.integers(0, DAYS)), min_size=1, max_size=40), st.integers(0, 60))
def test_looks_count_what_counting_one_by_one_gives(leads: list[tuple[int, int | None]], later: int) -> None:
    """Whole months that are settled are told at once; the numbers are those of going through every lead."""
    made = Cohorts()
    begun = [(date(2025, 9, 1) + timedelta(days=day), took) for day, took in leads]
    for on, took in begun:
        made.leads(on, [took])
    start, end = date(2026, 1, 1), date(2026, 2, 1)
    look = (start, end, end + timedelta(days=later))
    followed = FOLLOWED["lead_to_customer_cohort"]
    count(made.con, followed, "total", DAYS, TODAY, "first")
    seen = Seen(made.con, followed, [look], DAYS).view("", look)

    def known(took: int | None, on: date) -> bool:
        return took is not None and on + timedelta(days=took) <= look[2]

    own = [(on, took) for on, took in begun if start <= on < end]
    past = [(on, took) for on, took in begun if on < start]
    assert (seen.members, seen.events) == (len(own), sum(known(took, on) for on, took in own))
    assert sum(seen.open.values()) == seen.members - seen.events
    assert all(min((look[2] - on).days, DAYS) in seen.open for on, took in own if not known(took, on))
    assert seen.past_events == sum(known(took, on) for on, took in past)
    events = Counter(took for on, took in past if took is not None and known(took, on))
    waiting = Counter(min((look[2] - on).days, DAYS) for on, took in past if not known(took, on))
    counts = Counts(*({day: Decimal(n) for day, n in part.items()} for part in (events, {}, waiting)))
    assert seen.curve == curve(counts, DAYS)
    made.con.close()
