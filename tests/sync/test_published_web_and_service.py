"""Other people's data through our marts: figures equal to totals taken straight from their files.

Sessions of a shop (UCI Online Shoppers, C. O. Sakar and Y. Kastro, doi 10.24432/C5F88Q, CC BY 4.0), three months of display ads
(online advertising performance, 2020), support tickets of a synthetic company (RavenStack, River @ Rivalytics).
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median

import duckdb
import pytest

from sync.marts.service import answers, tickets
from tests.sync.steps import Steps

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
SHOPPERS = DATA / "uci_online_shoppers" / "online_shoppers_intention.csv.gz"
ADS = DATA / "online_ads_2020q2" / "online_advertising_performance_data.csv.gz"
SUPPORT = DATA / "ravenstack_saas" / "ravenstack_support_tickets.csv"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ADDED = ("cost", "displays", "clicks", "post_click_conversions", "post_click_sales_amount")

Record = Mapping[str, str]


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Steps:
    return Steps(con, tmp_path)


def published(path: Path) -> list[Record]:
    if not path.exists():
        pytest.skip(f"the published file is not at ../shared/data/{path.parent.name}")
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        return list(csv.DictReader(file))


def grouped(records: Iterable[Record], column: str) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record[column]].append(record)
    return found


def exact(value: Fraction, decimals: int) -> str:
    """Half-even at so many decimals, as the shortest text."""
    scaled = value * 10**decimals
    whole = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    return f"{whole.quantize(Decimal(1), ROUND_HALF_EVEN).scaleb(-decimals).normalize():f}"


def share(records: list[Record], column: str, wanted: str) -> str:
    return exact(Fraction(sum(record[column] == wanted for record in records), len(records)), 10)


def test_sessions_of_a_shop_convert_and_bounce_as_its_file_says(facts: Steps) -> None:
    """Months, visitor types (as devices) and regions (as pages). Here a session bounces when every page view of it did not."""
    records = published(SHOPPERS)
    days: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for record in records:
        converted, bounced = record["Revenue"] == "TRUE", Decimal(record["BounceRates"]) > 0
        counts = {"sessions": 1, "engaged_sessions": int(not bounced), "key_event_sessions": int(converted)}
        days[record["Month"], record["Region"], record["VisitorType"]].update(counts)
    for (month, region, kind), counted in days.items():
        row = {
            "source_id": f"{month} {region} {kind}",
            "property_id": "1",
            "visit_on": date(2020, MONTHS.index(month) + 1, 1),
            **counted,
            "key_events": Decimal(counted["key_event_sessions"]),
            **dict.fromkeys(("is_sampled", "is_thresholded", "has_other_row"), False),
        }
        facts.add("web_landing_daily", **row, landing_page=f"/{region}", device_category=kind)
        where = {"channel": "direct", "campaign_name": "(not set)", "campaign_id": "(not set)"}
        facts.add("web_traffic_daily", **row, **where, source_medium=f"{region} / {kind}")
    facts.take_all(("sessions", "session_conversion", "bounce_rate"))
    assert facts.value("sessions") == "12330"
    assert facts.value("session_conversion") == "0.1547445255", "1,908 of 12,330"
    by_month = {f"2020-{MONTHS.index(month) + 1:02}-01": of for month, of in grouped(records, "Month").items()}
    expected = {start: share(of, "Revenue", "TRUE") for start, of in sorted(by_month.items())}
    found = facts.values("session_conversion", period="month")
    assert {start: value for start, value in found.items() if value is not None} == expected
    assert found["2020-04-01"] is None, "a month without sessions has no rate"
    by_visitor = grouped(records, "VisitorType")
    assert facts.values("session_conversion", by="device") == {
        kind: share(of, "Revenue", "TRUE") for kind, of in sorted(by_visitor.items())
    }
    bounced = {
        f"/{region}": exact(Fraction(sum(Decimal(r["BounceRates"]) > 0 for r in of), len(of)), 10)
        for region, of in sorted(grouped(records, "Region").items())
    }
    assert facts.values("bounce_rate", by="page") == bounced


def test_three_months_of_ads_cost_and_bring_what_their_file_says(facts: Steps) -> None:
    records = published(ADS)
    april = {"April": 4, "May": 5, "June": 6}
    days: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for record in records:
        on = date(2020, april[record["month"]], int(record["day"])).isoformat()
        for column in ADDED:
            days[record["campaign_number"], on][column] += Decimal(record[column])
    for (campaign, on), added in days.items():
        facts.spend(
            campaign,
            on,
            str(added["cost"]),
            currency="USD",
            impressions=int(added["displays"]),
            clicks=int(added["clicks"]),
            conversions=added["post_click_conversions"],
            conversions_value=added["post_click_sales_amount"],
        )
    kpis = ("spend", "ctr", "cpc", "cpm", "cpa", "roas_platform")
    facts.take_all(kpis, home_currency="USD")

    def sums(of: Iterable[Record]) -> dict[str, str | None]:
        total: dict[str, Fraction] = defaultdict(Fraction)
        for record in of:
            for column in ADDED:
                total[column] += Fraction(record[column])
        cost, shown, clicks = total["cost"], total["displays"], total["clicks"]
        acted, value = total["post_click_conversions"], total["post_click_sales_amount"]
        return {
            "spend": exact(cost, 6),
            "ctr": exact(clicks / shown, 10) if shown else None,
            "cpc": exact(cost / clicks, 6) if clicks else None,
            "cpm": exact(cost / shown * 1000, 6) if shown else None,
            "cpa": exact(cost / acted, 6) if acted else None,
            "roas_platform": exact(value / cost, 10) if cost else None,
        }

    assert {kpi: facts.value(kpi) for kpi in kpis} == sums(records)
    by_campaign = {f"google_ads/{name}": sums(of) for name, of in sorted(grouped(records, "campaign_number").items())}
    by_month = {f"2020-{april[name]:02}-01": sums(of) for name, of in grouped(records, "month").items()}
    for kpi in kpis:
        assert facts.values(kpi, by="campaign") == {name: of[kpi] for name, of in by_campaign.items()}
        assert facts.values(kpi, period="month") == {start: of[kpi] for start, of in sorted(by_month.items())}


def test_support_tickets_take_and_satisfy_as_their_file_says(facts: Steps) -> None:
    """The file's own hours of resolution and minutes of reply, against the instants that we take the time between."""
    records = published(SUPPORT)
    for record in records:
        opened = datetime.fromisoformat(record["submitted_at"]).replace(tzinfo=UTC)
        closed = datetime.fromisoformat(record["closed_at"]).replace(tzinfo=UTC)
        facts.add(
            "ticket",
            ticket_id=record["ticket_id"],
            created_at=opened,
            created_on=opened.date(),
            closed_at=closed,
            closed_on=closed.date(),
            first_reply_s=int(timedelta(minutes=int(record["first_response_time_minutes"])).total_seconds()),
        )
        if record["satisfaction_score"]:
            facts.add(
                "survey_response",
                response_id=record["ticket_id"],
                survey_type="CSAT",
                survey_id="support",
                score=Decimal(record["satisfaction_score"]),
                answered_at=closed,
                answered_on=closed.date(),
            )
    times = ("ticket_close_days_mean", "ticket_close_days_median", "ticket_reply_days_mean", "ticket_reply_days_median")
    facts.take([answers, tickets], ("csat", "csat_stars", "survey_answers", "tickets_opened", "ticket_resolution_rate", *times))
    hours = [Fraction(record["resolution_time_hours"]) for record in records]
    minutes = [Fraction(record["first_response_time_minutes"]) for record in records]
    scores = [int(Decimal(record["satisfaction_score"])) for record in records if record["satisfaction_score"]]
    assert {name: facts.value(name) for name in times} == {
        "ticket_close_days_mean": exact(sum(hours) / len(hours) / 24, 6),
        "ticket_close_days_median": exact(Fraction(median(hours)) / 24, 6),
        "ticket_reply_days_mean": exact(sum(minutes) / len(minutes) / 1440, 6),
        "ticket_reply_days_median": exact(Fraction(median(minutes)) / 1440, 6),
    }
    assert facts.value("csat") == exact(Fraction(sum(score >= 4 for score in scores), len(scores)), 10)
    assert facts.value("csat_stars") == exact(Fraction(sum(scores), len(scores)), 6)
    assert (facts.value("survey_answers"), facts.value("ticket_resolution_rate")) == (str(len(scores)), "1")
    opened_by_month = defaultdict(int)
    for record in records:
        opened_by_month[f"{record['submitted_at'][:7]}-01"] += 1
    assert facts.values("tickets_opened", period="month") == {m: str(n) for m, n in sorted(opened_by_month.items())}
