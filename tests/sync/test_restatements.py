"""The restatement ledger: what moved in a period that was over, in which run, and why, from evidence alone."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sync.evidence import Changes
from sync.restated import why
from sync.restatements import Restatement, Wanted, restatements
from tests.sync.versions import Versions, deal, entry, value

JULY, OCTOBER = date(2026, 7, 1), date(2026, 10, 1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Versions]:
    """Ten deals of 100 in August, and one run that knew nothing else."""
    made = Versions(tmp_path)
    made.run([august("1000")], [deal(n, "100") for n in range(10)], {"definition revenue_won": "1 aaa"})
    yield made
    made.close()


def august(amount: str, **more: object) -> dict[str, object]:
    return value("revenue_won", amount, {"revenue_won": amount}, **more)  # type: ignore[arg-type]


def causes(home: Versions) -> dict[str, int | None]:
    (found,) = restatements(home.house, Wanted())
    return {one.cause: one.rows for one in found.causes}


def test_a_deal_that_came_late_restates_a_month_that_was_over(home: Versions) -> None:
    """By how much, in which run, and which input moved."""
    run = home.run([august("1250")], [deal(10, "250")])
    (found,) = restatements(home.house, Wanted())
    assert (found.old, found.new, found.run) == (Decimal(1000), Decimal(1250), run)
    assert found.inputs == {"revenue_won": ("1000", "1250")}
    assert [(one.cause, one.rows, one.tables) for one in found.causes] == [("late_data", 1, {"deal": 1})]
    assert found.to_json()["change"] == "250"
    assert why(found.causes, "en") == "data came late (rows: 1; deal)"
    assert why(found.causes, "fr") == "données arrivées après coup (lignes : 1 ; deal)"


def test_an_amount_that_was_edited_names_the_column_and_no_record(home: Versions) -> None:
    """The amount in the company's currency moved with it: no other exchange rate."""
    home.run([august("1100")], [deal(3, "200")])
    (found,) = restatements(home.house, Wanted())
    (one,) = found.causes
    assert (one.cause, one.rows, one.names) == ("edited", 1, ("amount", "amount_home"))
    assert "3" not in json.dumps(found.to_json()["causes"])


GONE = datetime(2026, 10, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "cause"),
    [({"archived_at": GONE}, "archive"), ({"merged_into": "4"}, "merge"), ({"amount_home": Decimal(90)}, "rate")],
)
def test_what_happened_to_the_row_is_the_reason(home: Versions, change: dict[str, object], cause: str) -> None:
    """Archived, merged, converted at another rate."""
    home.run([august("900")], [deal(3, "100", **change)])
    assert causes(home) == {cause: 1}


def test_a_refund_and_a_day_that_its_vendor_corrected(home: Versions) -> None:
    """A refund is a row like others, and has its own word; nobody edits what an ad platform counts."""
    money, day = {"amount": Decimal(40), "amount_home": Decimal(40), "currency": "EUR"}, date(2026, 8, 12)
    refund = ("refund", {"source_id": "1", "refund_id": "1", "payment_id": "1", "refunded_on": day, **money})

    def spend(amount: int) -> tuple[str, dict[str, object]]:
        figures = dict.fromkeys(("spend", "spend_home", "conversions", "conversions_value"), Decimal(amount))
        place = {"platform": "google_ads", "account_id": "a", "campaign_id": "c", "campaign_name": "c", "cost_class": "invoiced"}
        return "ad_spend_daily", {
            "source_id": "1",
            "spend_on": day,
            "currency": "EUR",
            "impressions": 1,
            "clicks": 1,
            **place,
            **figures,
        }

    def known(refunds: str, spent: str) -> list[dict[str, object]]:
        inputs = {"refunds": {"refund_money": refunds}, "spend": {"spend": spent}}
        return [august("1000"), *(value(kpi, next(iter(by.values())), by) for kpi, by in inputs.items())]

    home.run(known("0", "100"), [spend(100)])
    home.run(known("40", "103"), [spend(103), refund])
    found = {one.kpi: one.causes for one in restatements(home.house, Wanted())}
    assert {kpi: [(one.cause, one.rows) for one in why] for kpi, why in found.items()} == {
        "refunds": [("refund", 1)],
        "spend": [("late_data", 1)],
    }


def test_several_things_may_have_moved_one_value(home: Versions) -> None:
    """Each is said with its count."""
    home.run([august("950")], [deal(3, "100", archived_at=GONE), deal(4, "100", archived_at=GONE), deal(11, "150")])
    assert causes(home) == {"archive": 2, "late_data": 1}


def test_a_new_definition_or_another_setting_is_the_reason(home: Versions) -> None:
    """Told by what the values depended on; a setting that no version knew before did not change."""
    home.run([august("800")], settings={"definition revenue_won": "2 bbb", "setting kpis.lead_event": '"contact_created"'})
    assert causes(home) == {"definition": None}
    home.run([august("700")], settings={"definition revenue_won": "2 bbb", "setting kpis.lead_event": '"lifecycle_lead"'})
    newest, _ = restatements(home.house, Wanted())
    assert [(one.cause, one.names) for one in newest.causes] == [("settings", ("kpis.lead_event",))]


def test_a_deal_belongs_to_the_days_on_which_it_entered_its_stages(home: Versions) -> None:
    """It was won in June; what the CRM promised, and when it was created, is of other months."""
    june = {"start": date(2026, 6, 1)}
    home.run([august("1000"), value("deals_won", "1", {"deals_won": "1"}, unit="count", **june)], [entry(3, date(2026, 6, 20))])
    home.run(
        [august("1000"), value("deals_won", "0", {"deals_won": "0"}, unit="count", **june)], [deal(3, "100", archived_at=GONE)]
    )
    newest = restatements(home.house, Wanted())[0]
    assert [(one.cause, one.rows) for one in newest.causes] == [("archive", 1)]


def test_a_level_rests_on_all_that_came_before_it(home: Versions) -> None:
    """Customers at the end of September: the deal that was archived is of August."""
    level = {"start": date(2026, 9, 1), "unit": "count"}
    home.run([august("1000"), value("active_customers", "3", {"active_customers": "3"}, **level)])  # type: ignore[arg-type]
    home.run(
        [august("1000"), value("active_customers", "2", {"active_customers": "2"}, **level)],  # type: ignore[arg-type]
        [deal(3, "100", archived_at=GONE)],
    )
    assert causes(home) == {"archive": 1}


def test_rows_of_other_months_are_no_evidence(home: Versions) -> None:
    """A deal of October came in the same run. What moved August is then not told, and that is said."""
    home.run([august("900")], [deal(12, "500", on=date(2026, 10, 1), created_on=OCTOBER)])
    assert causes(home) == {"edited": 0}
    (found,) = restatements(home.house, Wanted())
    assert why(found.causes, "en").startswith("data edited (no row dated in this period tells which")


def test_a_period_that_was_not_over_was_not_restated(home: Versions) -> None:
    """October lasts, and all time has no end; nor is anything restated by being known for the first time."""
    for amount in ("10", "20"):
        rows = [value("revenue_won", amount, {}, start=OCTOBER), value("deals_won", "4", {"deals_won": "4"}, unit="count")]
        home.run([august("1000"), *rows])
    assert restatements(home.house, Wanted()) == []


def test_a_member_that_appears_or_vanishes_is_a_restatement(home: Versions) -> None:
    """A channel had nothing in August, and then it had, and then not."""
    channel = {"by": "channel", "model": "first"}
    home.run([august("1000"), august("1000", key="direct", **channel)])
    home.run([august("1000"), august("900", key="direct", **channel), august("100", key="email", **channel)])
    home.run([august("1000"), august("1000", key="direct", **channel)])
    moves = [(f.run, f.key, f.old, f.new) for f in restatements(home.house, Wanted(by="channel"))]
    assert moves == [
        (4, "direct", Decimal(900), Decimal(1000)),
        (4, "email", Decimal(100), None),
        (3, "direct", Decimal(1000), Decimal(900)),
        (3, "email", None, Decimal(100)),
    ]


def test_the_newest_run_is_told_from_all_that_is_left_of_the_rows(home: Versions) -> None:
    """The run itself compacted the table: what it superseded is on disk until the next one."""
    home.run([august("1300")], [deal(n, "100") for n in range(1, 4)] + [deal(10, "300")], compacts=True)
    assert causes(home) == {"late_data": 1}


def test_what_was_compacted_away_is_not_guessed(home: Versions) -> None:
    """A run later nobody can tell a new row from an edited one, unless it was created or archived since."""
    late = {"created_at": GONE, "created_on": GONE.date()}
    rows = [deal(3, "200"), deal(4, "100", archived_at=GONE), deal(10, "300", **late)]
    home.run([august("1300")], rows, compacts=True)
    home.run([august("1300")])
    assert causes(home) == {"edited": 1, "archive": 1, "late_data": 1}


def test_a_run_that_sweeps_meanwhile_does_not_break_a_reader(home: Versions) -> None:
    """What was superseded is gone when it is opened: what is left tells less, and tells it."""
    run = home.run([august("1300")], [deal(n, "100") for n in range(1, 4)] + [deal(10, "300")], compacts=True)
    with home.lake.facts(()) as con:
        changes = Changes(home.house, con, run - 1, run, None)
        home.lake.sweep()
        assert [(one.cause, one.rows) for one in changes.dated("deal", date(2026, 8, 1), date(2026, 9, 1))] == [("edited", 4)]


def test_what_is_asked_for_is_what_is_told(home: Versions) -> None:
    """By KPI, by run, by period."""
    home.run([august("1100"), value("deals_won", "1", {}, unit="count")])
    home.run([august("1200"), value("deals_won", "2", {}, unit="count")])

    def runs(wanted: Wanted) -> list[tuple[str, int]]:
        return [(found.kpi, found.run) for found in restatements(home.house, wanted)]

    assert runs(Wanted()) == [("deals_won", 3), ("revenue_won", 3), ("revenue_won", 2)]
    assert runs(Wanted(kpi="revenue_won", since=lambda run: run.id >= 3)) == [("revenue_won", 3)]
    assert runs(Wanted(period_start=JULY)) == []


def test_a_provisional_value_says_so(home: Versions) -> None:
    """It was known to be able to move; of a cohort, because it was still followed."""
    cohort = {"unit": "ratio", "provisional_until": "2026-11-29"}
    for won in ("5", "6"):
        home.run([value("win_rate_cohort", won, {"cohort_deals_won": won, "cohort_deals": "10"}, **cohort)])  # type: ignore[arg-type]
    found: Restatement = next(f for f in restatements(home.house, Wanted(kpi="win_rate_cohort")))
    assert found.was_provisional
    assert [one.cause for one in found.causes] == ["maturing"]
