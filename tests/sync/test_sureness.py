"""What people read of a value: its interval, or that there are not enough data."""

from typing import Any

import pytest

from kpi.engine import ComputeContext, compute
from kpi.registry import KPIS
from sync.sureness import expected, interval, said
from tests.kpi.marts import AS_OF, EVERYTHING, TODAY, Marts, day


def row(kpi: str, value: str | None, n: int | None, inputs: dict[str, str], *flags: str, **more: Any) -> dict[str, Any]:
    found = KPIS[kpi]
    return {"value": value, "unit": str(found.unit), "currency": "EUR", "n": n, "inputs": inputs, "flags": list(flags), **more}


@pytest.mark.parametrize(("locale", "words"), [("en", "not enough data (1 of 1)"), ("fr", "données insuffisantes (1 sur 1)")])
def test_a_rate_of_one_deal_is_not_read_as_100_percent(locale: str, words: str) -> None:
    one = row("win_rate", "1", 1, {"deals_won": "1", "deals_lost": "0"}, "small_sample", interval={"low": "0.2", "high": "1"})
    assert said(one, KPIS["win_rate"], locale) == words
    assert interval(one, locale) == ""


@pytest.mark.parametrize(
    ("kpi", "n", "inputs", "words"),
    [
        ("bounce_rate", 3, {"sessions": "3", "engaged_sessions": "1"}, "not enough data (2 of 3)"),
        ("cycle_days_median", 1, {"cycle_median": "10"}, "not enough data (1 case)"),
        ("cpl", 4, {"spend": "100", "leads": "4"}, "not enough data (4 cases)"),
    ],
)
def test_of_other_values_the_number_of_cases_is_told(kpi: str, n: int, inputs: dict[str, str], words: str) -> None:
    assert said(row(kpi, "1", n, inputs, "small_sample"), KPIS[kpi], "en") == words


def test_enough_cases_are_read_with_their_interval() -> None:
    found = row("win_rate", "0.3080", 263, {"deals_won": "81"}, interval={"low": "0.2553", "high": "0.3662"})
    assert (said(found, KPIS["win_rate"], "en"), interval(found, "en")) == ("30.80%", "25.53% … 36.62%")
    assert interval(row("win_rate", None, 0, {}, interval=None), "en") == ""


def test_how_few_are_too_few_is_a_setting() -> None:
    marts = Marts()
    for n in range(3):
        marts.deal(won_on=day(n))
    for least, flags in ((3, ()), (4, ("small_sample",))):
        context = ComputeContext(AS_OF, TODAY, "EUR", EVERYTHING, min_cases=least)
        (found,) = compute([KPIS["win_rate"]], by="total", period="all", model="first", run=marts.run, context=context)
        assert found.flags == flags
    marts.close()


def test_a_young_cohort_is_read_with_what_it_will_come_to() -> None:
    ahead = {"value": "0.0792", "maturity": "0.7675", "error": "0.0101", "cohorts": 12, "reason": None}
    young = row("lead_to_customer_cohort", "0.0608", 148, {}, at_maturity=ahead)
    assert expected(young, "en") == ["7.92% expected at maturity (76.75% of it is here; off by 1.01 points over 12 past cohorts)"]
    assert "1,01 points sur 12 cohortes passées" in expected(young, "fr")[0]
    assert expected(row("lead_to_customer_cohort", "0.06", 148, {}, at_maturity={**ahead, "maturity": "1"}), "en") == []
    assert expected(row("win_rate", "0.3", 263, {}, at_maturity=None), "en") == []
