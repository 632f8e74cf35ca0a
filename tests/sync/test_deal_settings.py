"""What a company may choose about deals and stages, from facts to figures: amounts of zero, stages without a date of their own,
the days that velocity is taken from; and to whom the time in stages belongs."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from config.settings import AccountSettings, KpiSettings
from kpi.engine import ComputeContext, compute
from kpi.measures.base import By
from kpi.own import OwnFaults
from kpi.registry import BUILT_IN, Catalogue
from sync.derived import derive_options
from sync.house import House
from sync.marts import cohorts, people, touches
from sync.marts.deals import NOTES, deals
from sync.marts.desk import DeriveOptions, Desk
from sync.own_kpis import catalogue
from sync.pipeline import Frame
from tests.sync.facts import OPTIONS
from tests.sync.steps import EVERYTHING, Steps


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    kept = duckdb.connect()
    yield Steps(kept, tmp_path)
    kept.close()


def deals_alone(desk: Desk) -> None:
    touches.place_touches(desk, touches.campaigns(desk))
    deals(desk)


def up_to_leads(desk: Desk) -> None:
    touches.place_touches(desk, touches.campaigns(desk))
    learned = deals(desk)
    people.customers(desk)
    cohorts.lead_outcomes(desk)
    people.leads(desk, learned)


def chosen(**kpis: Any) -> Catalogue:
    return catalogue(KpiSettings.model_validate(kpis))


def test_the_settings_reach_what_is_derived() -> None:
    """As everything in ``kpis`` does that deriving has an option of the same name for."""
    said = AccountSettings.model_validate({"kpis": {"zero_amount_deals": "leave_out", "skipped_stages": "not_passed"}})
    house = cast(House, SimpleNamespace(settings=said, catalogue=BUILT_IN))
    frame = cast(Frame, SimpleNamespace(now=OPTIONS.as_of, today=OPTIONS.today, zone=OPTIONS.zone, currency="EUR"))
    options = derive_options(house, frame)
    assert (options.zero_amount_deals, options.skipped_stages) == ("leave_out", "not_passed")
    shared = {field.name for field in fields(DeriveOptions)} & KpiSettings.model_fields.keys()
    converted = {"leave_out", "spread_costs", "subscriptions", "measures"}
    assert {name: getattr(options, name) for name in shared - converted} == {
        name: getattr(said.kpis, name) for name in shared - converted
    }


# --- Amounts of zero ---------------------------------------------------------------------------------------

AVERAGES = ("avg_deal_size", "deal_size_median", "sales_velocity")
UNTOUCHED = ("revenue_won", "deals_won", "win_rate", "win_rate_value")


def test_a_deal_won_for_nothing_stays_in_averages_unless_the_settings_say_otherwise(steps: Steps) -> None:
    """Won at 300, 100, 0 and without an amount; lost at 0; open at 50. Revenue, wins and cycles are the same either way.

    Velocity: 1 open x size x 4/5 / 10 days. A product given away with a deal that brought something is no deal of zero.
    """
    for id, amount in (("1", "300"), ("2", "100"), ("3", "0")):
        steps.won(id, amount, "2026-05-10", created="2026-04-30")
    steps.deal("4", "won", close_on=date(2026, 5, 10), created="2026-04-30")
    steps.deal("5", "lost", amount=Decimal(0), close_on=date(2026, 5, 10))
    steps.deal("6", amount=Decimal(50))
    for id, deal, product, amount in (("a", "1", "sold", 300), ("b", "1", "given", 0), ("c", "3", "given", 0)):
        steps.add("line_item", line_item_id=id, product_id=product, quantity=Decimal(1), amount=Decimal(amount))
        steps.link("deals", deal, "line_items", id)
    note = NOTES["zero_amounts_left_out"]

    steps.take([deals_alone], AVERAGES)
    assert {r.kpi: str(r.value) for r in steps.results()} == {
        "avg_deal_size": "133.333333",
        "deal_size_median": "100.000000",
        "sales_velocity": "10.666667",
    }
    untouched = [r.value for r in steps.results(*UNTOUCHED)]
    assert untouched == [400, 4, Decimal("0.8"), 1]
    assert [(r.key, r.n) for r in steps.results("avg_deal_size", by="product")] == [("given", 2), ("sold", 1), ("unallocated", 0)]
    assert steps.noted(note) == 0

    steps.take([deals_alone], AVERAGES, zero_amount_deals="leave_out")
    assert {r.kpi: r.value for r in steps.results()} == {"avg_deal_size": 200, "deal_size_median": 200, "sales_velocity": 16}
    assert [r.value for r in steps.results(*UNTOUCHED)] == untouched
    assert [(r.key, r.n) for r in steps.results("avg_deal_size", by="product")] == [("given", 1), ("sold", 1), ("unallocated", 0)]
    assert steps.noted(note) == 1


def test_where_every_deal_was_won_for_nothing_there_is_no_average(steps: Steps) -> None:
    steps.won("1", "0")
    steps.take([deals_alone], ["avg_deal_size"], zero_amount_deals="leave_out")
    [found] = steps.results()
    assert (found.value, str(found.reason)) == (None, "no won deal with an amount in the period")


# --- Stages that were passed over --------------------------------------------------------------------------


def test_who_reached_a_later_stage_has_passed_those_before_unless_the_settings_count_dates_alone(steps: Steps) -> None:
    """A stage out of order is flagged whatever is chosen, also where those between bear no date."""
    day = date(2026, 3, 5)
    steps.contact("1", mql_on=day, sql_on=day, opportunity_on=day, customer_on=day)
    steps.contact("2", opportunity_on=day)
    steps.contact("3", mql_on=day, customer_on=date(2026, 3, 1))
    steps.contact("4", mql_on=day, sql_on=date(2026, 3, 1))
    steps.contact("5")
    counts = ("mqls", "sqls", "opportunities", "mql_to_sql")
    steps.take([up_to_leads], counts)
    assert [r.value for r in steps.results()] == [4, 4, 3, 1]
    steps.take([up_to_leads], counts, skipped_stages="not_passed")
    mqls, sqls, opportunities, rate = steps.results()
    assert [r.value for r in (mqls, sqls, opportunities)] == [3, 2, 2]
    assert str(rate.value) == "0.6666666667"
    assert mqls.inputs["mqls_stages_out_of_order"] == 2


# --- The days of velocity ----------------------------------------------------------------------------------


def test_velocity_is_taken_from_as_many_days_as_the_settings_say(steps: Steps) -> None:
    """One open; in the last 31 days, today included, one won at 100 in 10 days; before that one at 1,000, and one lost."""
    steps.won("1", "100", "2026-05-16", created="2026-05-06")
    steps.won("2", "1000", "2026-05-15", created="2026-05-05")
    steps.deal("3", "lost", amount=Decimal(5), close_on=date(2026, 5, 15))
    steps.deal("4", amount=Decimal(50))
    steps.take([deals_alone], ["sales_velocity"])
    assert steps.value("sales_velocity") == "36.666667"
    month = [chosen(velocity_days=31).kpis["sales_velocity"]]
    context = ComputeContext(OPTIONS.as_of, OPTIONS.today, "EUR", EVERYTHING)
    [found] = compute(month, by="total", period="all", model="first", run=steps.rows, context=context)
    assert (found.value, found.inputs["revenue_won_31_days"], found.inputs["deals_lost_31_days"]) == (10, 100, 0)


def test_the_card_says_how_many_days() -> None:
    card = chosen(velocity_days=90).kpis["sales_velocity"]
    assert "last 90 days" in card.explain.en
    assert "90 derniers jours" in card.explain.fr
    assert "last 90 days" in card.undefined_when.en


def test_kpis_of_ones_own_read_the_velocity_and_the_measures_of_the_settings() -> None:
    """Those of 365 days go on meaning what their name says."""
    known = chosen(velocity_days=90, own={"a": "sales_velocity * 30", "b": "deals_won_90_days / deals_won_365_days"})
    assert {m.trailing_days for m in known.kpis["a"].formula.inputs} == {None, 90}
    assert [m.trailing_days for m in known.kpis["b"].formula.inputs] == [90, 365]
    with pytest.raises(OwnFaults, match="deals_won_90_days"):
        chosen(own={"b": "deals_won_90_days / deals_won_365_days"})


# --- To whom the time in stages belongs ---------------------------------------------------------------------

CUTS: tuple[By, ...] = ("stage", "pipeline", "team", "owner")
STAYS = ("stage_days_mean", "stage_days_median", "stage_days_p90")


def moved(steps: Steps, deal: str, *entries: tuple[str, str], **more: Any) -> None:
    steps.deal(deal, entries[-1][0], **more)
    for stage, on in entries:
        at = datetime.fromisoformat(on).replace(tzinfo=UTC)
        steps.add("deal_stage_entry", deal_id=deal, stage_id=stage, entered_at=at, entered_on=at.date())


def test_time_in_stage_by_pipeline_team_and_owner(steps: Steps) -> None:
    """Every stay that ended counts once. A stay belongs to the pipeline that its stage is of, wherever the deal has gone since."""
    steps.add("owner", owner_id="o", team_id="7")
    steps.add("stage", stage_id="renew", pipeline_id="q", stage_name="renew", probability=Decimal("0.5"), is_closed=False)
    moved(steps, "1", ("open", "2026-03-01"), ("won", "2026-03-03"), owner_id="o")
    moved(steps, "2", ("open", "2026-03-01"), ("renew", "2026-03-05"), ("gone", "2026-03-15"), owner_id="o", pipeline_id="q")
    moved(steps, "3", ("open", "2026-03-01"), ("lost", "2026-03-07"))
    steps.take([deals_alone], STAYS)
    assert {by: {r.key: (str(r.value), r.n) for r in steps.results("stage_days_mean", by=by)} for by in CUTS} == {
        "stage": {"open": ("4.000000", 3), "renew": ("10.000000", 1)},
        "pipeline": {"p": ("4.000000", 3), "q": ("10.000000", 1)},
        "team": {"7": ("5.333333", 3), "unassigned": ("6.000000", 1)},
        "owner": {"o": ("5.333333", 3), "unassigned": ("6.000000", 1)},
    }
    assert steps.values("stage_days_median", by="owner") == {"o": "4", "unassigned": "6"}
    assert steps.values("stage_days_p90", by="pipeline") == {"p": "5.6", "q": "10"}


def test_a_stage_that_several_pipelines_have_or_none_belongs_to_the_deals_own(steps: Steps) -> None:
    steps.add("stage", source_id="q/open", stage_id="open", pipeline_id="q", stage_name="open", probability=None, is_closed=False)
    moved(steps, "1", ("open", "2026-03-01"), ("won", "2026-03-03"), pipeline_id="q")
    moved(steps, "2", ("gone", "2026-03-01"), ("won", "2026-03-05"))
    steps.take([deals_alone], STAYS)
    assert steps.values("stage_days_mean", by="pipeline") == {"p": "4", "q": "2"}
