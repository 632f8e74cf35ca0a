"""The rows behind a value are those that it was made of, each with the record it is about."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kpi.engine import Result
from kpi.measures.base import BYS, Count, Measure, Sum
from kpi.periods import Period
from kpi.registry import KPIS
from kpi.schema import CREDIT_UNIT, MARTS
from sync.behind import selection
from sync.record_links import record_of
from tests.kpi.marts import DAY_S, TODAY, Marts


@pytest.fixture
def marts() -> Iterator[Marts]:
    made = Marts()
    yield made
    made.close()


def filled(marts: Marts) -> None:
    """Some of everything that the helpers make, over four months."""
    for n in range(1, 9):
        on = date(2026, 7 + n % 4, 3 + n)
        marts.lead(on=on, channel="email" if n % 2 else "paid_search", owner_id=str(n % 3) if n % 3 else None)
        marts.customer(on=on, channel="paid_search", company_id=str(n))
        marts.spend("10.50", on=on, channel="paid_search")
        marts.overhead("7", on=on)
        marts.visit(10 + n, n, on=on, channel="email")
        marts.visitors(n, period="month", start=on.replace(day=1), by="channel", member=f"m{n}")
        marts.deal(
            created_on=date(2026, 6, n),
            **({"won_on": on} if n % 2 else {"lost_on": on} if n % 4 else {"forecast_on": date(2027, 1, n), "weighted_home": 5}),
            amount_home=Decimal(100 * n),
            cycle_s=n * DAY_S if n % 2 else None,
            owner_id=str(n % 2) if n % 3 else None,
            channel="email",
        )


def made_of(marts: Marts, measure: Measure, result: Result) -> Decimal:
    """A count or sum over the rows that are shown."""
    row = {**result.to_json(), "model": result.model}
    mart, conditions, parameters = selection(measure, row, result.period, TODAY)
    facts = measure.facts
    holds_share = (
        isinstance(measure.aggregate, Sum)
        and mart in (facts.product_mart, facts.category_mart)
        and measure.aggregate.column in facts.shared
    )
    weight = "credit" if measure.facts.is_weighted and not holds_share else "1"
    amount = f'"{measure.aggregate.column}"' if isinstance(measure.aggregate, Sum) else "1"
    where = " AND ".join(conditions) or "true"
    [(total,)] = marts.con.execute(
        f"SELECT sum(CAST({amount} AS DECIMAL(24, 6)) * CAST({weight} AS DECIMAL(10, 0))) FROM {mart} WHERE {where}", parameters
    ).fetchall()
    per = measure.aggregate.per if isinstance(measure.aggregate, Sum) else 1
    return Decimal(total or 0) / (CREDIT_UNIT if weight == "credit" else 1) / per


@pytest.mark.parametrize("period", ["all", "month"])
def test_the_rows_shown_sum_to_the_inputs_of_the_value(marts: Marts, period: Period) -> None:
    """Of every KPI at every grain that has rows, whichever way its measures are read."""
    filled(marts)
    compared = 0
    for by in BYS:
        chosen = [name for name, kpi in KPIS.items() if kpi.allows(by, period)]
        for result in marts.compute(*chosen, by=by, period=period) if chosen else ():
            for measure in KPIS[result.kpi].formula.inputs:
                given = result.inputs.get(measure.name)
                if given is not None and isinstance(measure.aggregate, (Count, Sum)):
                    assert abs(made_of(marts, measure, result) - given) < Decimal("1e-9"), (result, measure.name)
                    compared += given != 0
    assert compared > 100


@pytest.mark.parametrize(
    ("mart", "row", "record"),
    [
        ("deal_outcome", {"deal_id": "7", "company_id": "3"}, ("deals", "7")),
        ("lead", {"contact_id": "8", "company_id": "3"}, ("contacts", "8")),
        ("customer", {"customer_id": "9"}, ("companies", "9")),
        ("customer", {"customer_id": "contact:10"}, ("contacts", "10")),
        ("ticket_state", {"ticket_id": "11"}, ("tickets", "11")),
        ("survey_answer", {"response_id": "12", "person": "13"}, ("feedback_submissions", "12")),
        ("sold_line", {"sale_kind": "order", "sale_id": "14", "line_id": "unallocated"}, ("orders", "14")),
        ("spend", {"source": "google_ads", "source_id": "15"}, None),
        ("web", {"property_id": "16"}, None),
    ],
)
def test_a_row_knows_the_record_it_is_about(mart: str, row: dict[str, Any], record: tuple[str, str] | None) -> None:
    assert row.keys() <= MARTS[mart].model_fields.keys()
    assert record_of(mart, row, "company") == record
