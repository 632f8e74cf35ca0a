"""Measures of the settings from stored facts to numbers: records of the account's own objects, and days that only they use."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kpi.engine import ComputeContext, Coverage, Result, compute
from kpi.measures import FAMILIES
from kpi.measures.base import By
from kpi.own import OwnKpi, OwnMeasure, with_own
from kpi.periods import Period
from kpi.registry import Catalogue
from sync.findings import FIRST, findings, print_findings
from tests.sync.facts import OPTIONS, Facts


def results(facts: Facts, catalogue: Catalogue, name: str, by: By = "total", period: Period = "all") -> list[Result]:
    context = ComputeContext(
        datetime(2026, 9, 15, 8, tzinfo=UTC), OPTIONS.today, "EUR", {family: Coverage(None, 0) for family in FAMILIES}
    )
    kpi = [catalogue.kpis[name]]
    return list(compute(kpi, by=by, period=period, model="first", run=lambda sql: facts.rows(sql), context=context))


def test_records_of_an_own_object_are_counted_under_its_conditions(facts: Facts) -> None:
    facts.add("owner", owner_id="7", team_id="north")
    for record, object, owner, amount in (("1", "machines", "7", "10"), ("2", "machines", None, "5"), ("3", "visits", "7", "1")):
        facts.add(
            "custom_record",
            object=object,
            record_id=record,
            owner_id=owner,
            created_on=date(2026, 5, 4),
            amount=Decimal(amount),
            amount_home=Decimal(amount) if record != "2" else None,
        )
    facts.add(
        "custom_record",
        object="machines",
        record_id="4",
        created_on=date(2026, 5, 4),
        archived_at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    catalogue = with_own(
        [
            OwnMeasure("machines", "custom", "count", None, ('object = "machines"',)),
            OwnMeasure("worth", "custom", "sum", "amount_home", ('object = "machines"',), is_stock=True),
        ],
        [OwnKpi("installed", "machines"), OwnKpi("machine_worth", "worth")],
    )
    report = facts.derive(measures=catalogue.measures)
    [installed] = results(facts, catalogue, "installed", period="month")
    assert (installed.value, installed.period_start) == (2, date(2026, 5, 1))
    by_team = results(facts, catalogue, "machine_worth", by="team")
    assert {r.key: r.value for r in by_team} == {"north": Decimal(10), "unassigned": Decimal(0)}
    [found] = [one for one in findings(facts.con, report.counts, None) if one.code == "custom_without_rate"]
    assert (found.count, list(found.ids)) == (1, ["2"])


def test_the_calendar_holds_days_that_only_an_own_measure_counts_by(facts: Facts) -> None:
    """A deal expected in three years: no built-in measure puts it into a period by that day."""
    facts.deal("1", amount=Decimal(100), close_on=date(2029, 2, 1))
    measure = OwnMeasure("promised", "deal", "sum", "amount_home", ("is_open",), "expected_on")
    catalogue = with_own([measure], [OwnKpi("promises", "promised")])
    facts.derive(measures=catalogue.measures)
    assert facts.one("SELECT max(day) FROM calendar_period") == date(2029, 12, 31)
    facts.derive(measures=[m for m in catalogue.measures if m.name == "leads"])
    assert facts.one("SELECT max(day) FROM calendar_period") == date(2026, 12, 31)


def test_findings_are_said_with_their_first_records_in_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    records = [{"object": "deals", "id": str(n), "link": f"https://x/{n}" if n else None} for n in range(FIRST)]
    finding = {"code": "late", "words": "transactions tardives", "count": 1234, "records": records}
    aside = {"source": "hubspot", "stream": "deals", "id": "7", "reason": "amount: '12k' is not a number", "link": None}
    print_findings("fr", [finding, {**finding, "code": "days", "records": []}], [aside])
    said = capsys.readouterr().out.replace("\u202f", " ").splitlines()
    assert said[1:4] == ["transactions tardives : 1 234  [late]", "  deals 0", "  deals 1  https://x/1"]
    assert said[FIRST + 2] == "  … encore 1229 (`--json` les liste tous)"
    assert said[-5:] == [
        "",
        "transactions tardives : 1 234  [days]",
        "",
        "enregistrements illisibles (mis de côté) : 1  [set_aside]",
        "  hubspot deals 7  amount: '12k' is not a number",
    ]
    print_findings("en", [], [])
    assert capsys.readouterr().out == "Nothing impossible or doubtful in the data.\n"


def test_a_finding_names_the_first_records_and_counts_all(facts: Facts) -> None:
    for number in range(12):
        facts.won(str(number), "10", created="2026-06-01")
    report = facts.derive()
    [negative] = [one for one in findings(facts.con, report.counts, 3) if one.code == "negative_cycles"]
    assert (negative.count, negative.object, list(negative.ids)) == (12, "deals", ["0", "1", "2"])
