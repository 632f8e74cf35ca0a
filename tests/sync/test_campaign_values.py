"""Figures of campaigns and colleagues: which results they are, rounded, and what is empty with which reason."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kpi.engine import Result
from kpi.periods import Period
from kpi.records import RecordValue
from kpi.registry import KPIS
from kpi.text import Text
from kpi.undefined import Reason
from sync.campaign_summary import campaign_summary
from sync.campaign_values import Campaign, campaign_values, last_full, people_values

TODAY = date(2026, 9, 15)
NOT_CONNECTED = Reason("spend_not_connected", Text("no spend source is connected", "aucune source de dépenses n'est connectée"))


def result(kpi: str, value: str | None, key: str = "google_ads/1", by: str = "campaign", **more: Any) -> Result:
    known: dict[str, Any] = {
        "kpi": kpi,
        "by": by,
        "key": key,
        "period": "all",
        "period_start": date(2026, 4, 1),
        "period_end": date(2026, 9, 16),
        "value": None if value is None else Decimal(value),
        "unit": KPIS[kpi].unit,
        "currency": "EUR",
        "n": None,
        "inputs": {},
        "model": None,
        "as_of": datetime(2026, 9, 15, 8, tzinfo=UTC),
        "provisional_until": None,
        "reason": None,
        "flags": (),
    }
    return Result(**(known | more))


def values(*results: Result, channel: str = "paid_search") -> dict[str, RecordValue]:
    campaigns = [Campaign("google_ads/1", channel, "Brand"), Campaign("google_ads/2", channel, "Silent")]
    found = list(campaign_values(results, campaigns, "first", TODAY, "EUR"))
    assert {value.record_id for value in found} <= {"google_ads/1"}
    return {value.property: value for value in found}


@pytest.mark.parametrize(
    ("period", "today", "start"),
    [
        ("month", date(2026, 9, 15), date(2026, 8, 1)),
        ("month", date(2026, 1, 1), date(2025, 12, 1)),
        ("quarter", date(2026, 9, 30), date(2026, 4, 1)),
        ("quarter", date(2026, 2, 1), date(2025, 10, 1)),
        ("all", date(2026, 2, 1), None),
    ],
)
def test_the_last_full_period_is_over(period: Period, today: date, start: date | None) -> None:
    assert last_full(period, today) == start


def test_figures_are_rounded_as_they_are_written() -> None:
    """Money half-even to the cent, ratios to four decimals; a campaign without any figure is left out."""
    found = values(result("spend", "10.125"), result("roi", "1.00005"), result("cpl", "3.335"))
    assert [found[name].value for name in ("name", "channel", "spend", "roi", "cpl")] == [
        "Brand",
        "paid_search",
        Decimal("10.12"),
        Decimal("1.0000"),
        Decimal("3.34"),
    ]


def test_counts_beside_a_cost_are_those_that_the_cost_is_of() -> None:
    """The CRM's leads reach back further than spend is known: five leads beside a cost per lead of two would mislead."""
    cpl = result("cpl", "50", inputs={"spend": Decimal(100), "leads": Decimal(2)})
    cac = result("cac_paid", None, inputs={"paid_spend": Decimal(100), "paid_customers": Decimal(0)})
    counts = [result("leads", "5"), result("new_customers", "3")]
    found = values(*counts, cpl, cac)
    assert (found["leads"].value, found["leads"].inputs) == (Decimal(2), {"since": "2026-04-01"})
    assert found["new_customers"].value == 0
    assert values(*counts, cac, channel="email")["new_customers"].value == 3, "no paid channel counts customers for it"
    assert values(*counts)["leads"].value == 5, "no spend is known at all"


def test_a_sum_without_rows_is_nothing_where_the_window_was_loaded() -> None:
    """A ratio without rows is empty, and so is a sum of what is not connected; each says why."""
    month = {"period": "month", "period_start": date(2026, 8, 1)}
    found = values(
        result("leads", "1"),
        result("spend", None, key="", by="total", reason=NOT_CONNECTED),
        result("leads", "9", key="", by="total", **month),
        result("leads", "4", period="month", period_start=date(2026, 7, 1)),
    )
    assert (found["spend"].value, found["spend"].reason) == (None, NOT_CONNECTED)
    assert (found["leads_last_month"].value, found["leads_last_month"].month) == (Decimal(0), date(2026, 8, 1))
    assert found["cpl"].value is None
    assert str(found["cpl"].reason) == "no lead in the period"


def test_only_the_model_that_is_shown_counts() -> None:
    found = values(result("revenue_won", "1", model="last"), result("revenue_won", "2", model="first"))
    assert found["revenue_won"].value == 2


def test_a_colleagues_rate_of_few_cases_is_left_empty() -> None:
    """Counts and sums are facts; a rate of four deals is chance."""
    quarter = {"by": "owner", "period": "quarter", "period_start": date(2026, 4, 1), "key": "41"}
    results = [
        result("deals_won", "2", flags=("small_sample",), **quarter),
        result("win_rate", "0.5", flags=("small_sample",), **quarter),
        result("avg_deal_size", "100", **quarter),
        result("deals_won", "7", by="owner", key="unassigned", period="quarter", period_start=date(2026, 4, 1)),
        result("deals_won", "9", by="owner", key="42", period="quarter", period_start=date(2026, 7, 1)),
    ]
    found = {value.property: value for value in people_values(results, "first", TODAY, "EUR")}
    assert {value.record_id for value in found.values()} == {"41"}
    assert found["deals_won_last_quarter"].value == 2
    assert found["avg_deal_size_last_quarter"].value == 100
    assert (found["win_rate_last_quarter"].value, found["win_rate_last_quarter"].reason.code) == (None, "small_sample")  # type: ignore[union-attr]


FIGURES = {
    "spend": Decimal("1200"),
    "leads": Decimal(3),
    "cpl": Decimal("400"),
    "new_customers": Decimal(1),
    "cac_paid": Decimal("1200"),
    "revenue_won": Decimal("4800.5"),
    "roi": Decimal("3.0004"),
    "spend_last_month": Decimal(100),
    "leads_last_month": Decimal(1),
}


def test_the_line_reads_in_ten_seconds() -> None:
    month = date(2026, 8, 1)
    assert campaign_summary(FIGURES, month, "en", "EUR") == (
        "€1,200.00 spent — 3 leads at €400.00 each — 1 new customer at €1,200.00 — won €4,800.50 — ROI 3.0 — "
        "August 2026: €100.00, 1 lead"
    )
    assert campaign_summary(FIGURES, month, "fr", "EUR") == (
        "1\u202f200,00\xa0€ dépensés — 3 leads à 400,00\xa0€ chacun — 1 nouveau client à 1\u202f200,00\xa0€ — gagné 4\u202f800,50\xa0€ — "
        "ROI 3,0 — août 2026 : 100,00\xa0€, 1 lead"
    )


def test_the_line_says_nothing_of_what_is_not_known() -> None:
    assert campaign_summary({"leads": Decimal(0), "spend": Decimal(5)}, None, "en", "EUR") == "€5.00 spent — 0 leads"
    assert campaign_summary({"leads": Decimal(2), "new_customers": Decimal(0)}, None, "en", "EUR") == "2 leads — no new customer"
    assert campaign_summary({}, date(2026, 8, 1), "en", "EUR") is None
