"""Costs that the settings spread over the months they pay for."""

from datetime import date, timedelta
from decimal import Decimal

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import KpiSettings
from sync.marts.media import COSTS
from sync.spread_costs import mistakes, spread_costs
from tests.sync.facts import Facts


def rules(*said: tuple[str | list[str], int]) -> KpiSettings:
    return KpiSettings.model_validate({"spread_costs": [{"where": where, "months": months} for where, months in said]})


def test_a_cost_is_spread_over_its_months_and_the_first_rule_counts(facts: Facts) -> None:
    """Spend and overhead alike; what no rule holds of stays on its day."""
    facts.cost("licence", "100", note="Licence", on="2026-01-31")
    facts.cost("fair", "60", note="Fair", channel="events", on="2026-05-10")
    facts.cost("pay", "900", kind="sales", on="2026-05-02")
    known = rules((['note = "Licence"', "amount > 50"], 3), ("note is not null", 2))
    facts.derive(spread_costs=spread_costs(known), cost_lag_days=1)
    assert facts.rows("SELECT source_id, cost_on, lagged_on, amount_home FROM overhead ORDER BY ALL") == [
        ("licence", date(2026, 1, 31), date(2026, 2, 1), Decimal("33.333333")),
        ("licence", date(2026, 2, 28), date(2026, 3, 1), Decimal("33.333333")),
        ("licence", date(2026, 3, 31), date(2026, 4, 1), Decimal("33.333334")),
        ("pay", date(2026, 5, 2), date(2026, 5, 3), Decimal(900)),
    ]
    assert facts.rows("SELECT spend_on, channel, spend_home FROM spend ORDER BY ALL") == [
        (date(2026, 5, 10), "events", Decimal(30)),
        (date(2026, 6, 10), "events", Decimal(30)),
    ]


def test_a_rule_that_cannot_be_read_is_shown_with_its_place() -> None:
    [mistake] = mistakes(rules(('note = "Licence"', 12), (["amount > 50", "nota is null"], 12)))
    assert mistake.place == ("spread_costs", "1", "where", "1")
    assert "there is no column nota" in mistake.sentence


@given(st.decimals("-999999999999", "999999999999", places=6), st.integers(2, 120), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
@settings(deadline=None, max_examples=25)
def test_parts_make_the_cost_whatever_it_is(amount: Decimal, months: int, on: date) -> None:
    """One in each of the months that follow, and no part further from the others than a millionth."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE cost_entry AS SELECT 's' AS source, '1' AS source_id, $on AS cost_on, 'sales' AS kind, NULL AS channel, NULL AS impressions, NULL AS clicks, NULL AS leads, "
        "NULL AS campaign_name, 'manual' AS cost_class, CAST($amount AS DECIMAL(18, 6)) AS amount_home, $on AS fx_on",
        {"on": on, "amount": str(amount)},
    )
    con.execute(COSTS.format(months=months), {"stale": 7})
    parts = con.execute("SELECT amount_home, cost_on, has_stale_rate FROM _cost ORDER BY cost_on").fetchall()
    con.close()
    amounts = [part for part, _, _ in parts]
    assert sum(amounts) == amount
    assert max(amounts) - min(amounts) <= Decimal("0.000001")
    firsts = [day.replace(day=1) for _, day, _ in parts]
    assert firsts == [_months_after(on.replace(day=1), number) for number in range(months)]
    assert not any(is_stale for _, _, is_stale in parts), "the rate is that of the cost's own day"


def _months_after(first: date, months: int) -> date:
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    return first
