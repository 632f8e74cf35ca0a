"""Conservation: what the vendor answered, what was stored and what is measured are one figure, to the cent."""

from decimal import Decimal
from pathlib import Path

from kpi.engine import ComputeContext, compute
from kpi.registry import KPIS
from sync.derived import coverage, marts
from tests.contract.harness import Home, Served, frame, pages_of, rates, records_of
from tests.contract.subjects import SUBJECTS
from tests.contract.subjects.base import Sums
from tests.contract.world import NOW


def in_euros(sums: Sums) -> Decimal:
    total = Decimal(0)
    for unit, amount in sums.items():
        converted = rates(amount, unit, NOW.date())
        total += converted[0] if converted else amount
    return total


def measured(home: Home, kpi: str, measures: tuple[str, ...]) -> Decimal:
    """The sum of some inputs of a KPI, over everything."""
    house, at = home.open(), frame()
    try:
        with marts(house, at) as (con, _report):
            context = ComputeContext(as_of=at.now, today=at.today, currency="EUR", coverage=coverage(house, con, at))
            [result] = compute(
                [KPIS[kpi]], by="total", period="all", model="first", run=lambda sql: con.execute(sql).fetchall(), context=context
            )
        return sum((Decimal(str(result.inputs[name])) for name in measures), Decimal(0))
    finally:
        house.ledger.close()


def test_raw_answers_facts_and_measure_agree_to_the_cent(served: Served, connector: str, tmp_path: Path) -> None:
    """Spend where the connector has spend; else what adds up: revenue won, sessions."""
    conserved = SUBJECTS[connector].conserved
    answered = conserved.raw(records_of(pages_of(served.build(connector))))
    home = Home(tmp_path)
    assert home.pull(served.build(connector)).errors == []
    stored = {unit: Decimal(amount) for unit, amount in home.ask(conserved.facts)}
    assert stored == answered
    assert any(answered.values())
    assert round(measured(home, conserved.kpi, conserved.measures), 2) == round(in_euros(answered), 2)


def test_reading_everything_again_conserves_it_too(served: Served, connector: str, tmp_path: Path) -> None:
    """A full read over a full read replaces; nothing is added up."""
    conserved, home = SUBJECTS[connector].conserved, Home(tmp_path)
    home.pull(served.build(connector))
    before = home.ask(conserved.facts)
    home.pull(served.build(connector), full=True)
    assert sorted(home.ask(conserved.facts)) == sorted(before)
