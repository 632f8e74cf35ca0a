"""Other people's funnel: leadforge's simulated 5,000 leads of January 2024, against totals added up here from its files.

One lead is one contact here, its opportunity one deal; the CRM's word for where it came from is the nearest that HubSpot has.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from tests.sync.published import DATA, Published, needs, opened, ratio

FOLDER = DATA / "leadforge_b2b_funnel"
"""leadforge 1.0.0, MIT, its contributors. Events end on 2024-04-28; a lead has at most one opportunity."""
CHANNELS = {"inbound_marketing": "organic_search", "partner_referral": "referral", "sdr_outbound": "offline"}
SOURCES = {"inbound_marketing": "ORGANIC_SEARCH", "partner_referral": "REFERRALS", "sdr_outbound": "OFFLINE"}
OPEN = ("sql", "demo_scheduled", "demo_completed", "proposal_sent", "negotiation")
"""Stages of opportunities; the files give none a probability, nor an open one a day on which it is expected."""

Row = dict[str, str]


def at(column: str, name: str) -> str:
    """An instant and its day, at midnight UTC."""
    return f"{column}::TIMESTAMP AT TIME ZONE 'UTC' AS {name}_at, {column}::DATE AS {name}_on"


@pytest.fixture(scope="module")
def funnel(tmp_path_factory: pytest.TempPathFactory) -> Published:
    made = Published(tmp_path_factory.mktemp("leadforge"))
    made.con.execute("SET TimeZone = 'UTC'")
    for table in ("leads", "opportunities"):
        made.con.execute(f"CREATE TEMP TABLE {table} AS FROM read_csv('{FOLDER}/{table}.csv.gz')")
    for stage, probability in (*((name, "0.5") for name in OPEN), ("closed_won", "1"), ("closed_lost", "0")):
        is_closed = stage.startswith("closed")
        made.insert(
            "stage", f"SELECT '{stage}' AS stage_id, 'p' AS pipeline_id, {probability} AS probability, {is_closed} AS is_closed"
        )
    source = " ".join(f"WHEN '{theirs}' THEN '{crms}'" for theirs, crms in SOURCES.items())
    made.insert("company", "SELECT DISTINCT account_id AS company_id FROM leads")
    made.insert(
        "contact",
        f"""SELECT lead_id AS contact_id, {at("lead_created_at", "created")}, created_at AS first_touch_at, owner_rep_id AS owner_id,
            CASE lead_source {source} END AS first_source, {at("o.created_at", "opportunity")}
            FROM leads LEFT JOIN opportunities o USING (lead_id)""",
    )
    made.insert(
        "deal",
        f"""SELECT opportunity_id AS deal_id, 'p' AS pipeline_id, stage AS stage_id, owner_rep_id AS owner_id,
            {at("created_at", "created")}, {at("closed_at", "close")},
            estimated_acv AS amount, amount AS amount_home, 'EUR' AS currency FROM opportunities JOIN leads USING (lead_id)""",
    )
    for kind, column in (("contacts", "lead_id"), ("companies", "account_id")):
        made.insert(
            "association",
            f"""SELECT 'deals' AS from_type, opportunity_id AS from_id, '{kind}' AS to_type, {column} AS to_id,
                {kind == "companies"} AS is_primary FROM opportunities JOIN leads USING (lead_id)""",
        )
    made.derive(date(2024, 4, 30), lead_event="contact_created", zone=ZoneInfo("UTC"), as_of=datetime(2024, 4, 30, tzinfo=UTC))
    return made


def leads() -> list[Row]:
    return list(opened(FOLDER / "leads.csv.gz"))


def opportunities() -> list[Row]:
    """Each with what its lead says, too."""
    of = {lead["lead_id"]: lead for lead in leads()}
    return [{**of[one["lead_id"]], **one} for one in opened(FOLDER / "opportunities.csv.gz")]


def amount(rows: Iterable[Row]) -> Decimal:
    return sum((Decimal(row["estimated_acv"]) for row in rows), Decimal(0))


def days(row: Row) -> int:
    return (date.fromisoformat(row["closed_at"]) - date.fromisoformat(row["created_at"])).days


@needs("leadforge_b2b_funnel")
def test_leads_become_opportunities_and_customers_as_the_files_say_by_source(funnel: Published) -> None:
    """Each lead that the files call converted within 90 days is a customer within our window of 90 days."""
    asked: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    converted: Counter[str] = Counter()
    reached = {row["lead_id"] for row in opportunities()}
    for lead in leads():
        channel = CHANNELS[lead["lead_source"]]
        asked[channel] += 1
        passed[channel] += lead["lead_id"] in reached
        converted[channel] += lead["converted_within_90_days"] == "True"
    assert (asked.total(), passed.total(), converted.total()) == (5_000, 4_437, 1_106)
    for kpi, parts, whole in (
        ("leads", asked, None),
        ("opportunities", passed, None),
        ("new_customers", converted, None),
        ("lead_to_customer", converted, asked),
        ("lead_to_customer_cohort", converted, asked),
        ("opp_to_won", converted, passed),
    ):
        expected = {c: ratio(parts[c], whole[c]) if whole else Decimal(parts[c]) for c in parts}
        assert {c: v for c, v in funnel.by(kpi, "channel").items() if c in expected} == expected, kpi
        assert funnel.value(kpi) == (ratio(parts.total(), whole.total()) if whole else parts.total()), kpi


@needs("leadforge_b2b_funnel")
def test_deals_are_won_lost_and_open_as_the_files_say(funnel: Published) -> None:
    of: dict[str, list[Row]] = defaultdict(list)
    for row in opportunities():
        of[row["close_outcome"]].append(row)
    won, lost, still = of["closed_won"], of["closed_lost"], of[""]
    assert [len(rows) for rows in (won, lost, still)] == [1_106, 1_050, 2_281]
    cycles = sorted(map(days, won))
    below, part = divmod((len(cycles) - 1) * 9, 10)
    p90 = cycles[below] + Decimal(part) / 10 * (cycles[below + 1] - cycles[below])
    expected = {
        "deals_won": Decimal(len(won)),
        "deals_lost": Decimal(len(lost)),
        "win_rate": ratio(len(won), len(won) + len(lost)),
        "win_rate_value": ratio(amount(won), amount([*won, *lost])),
        "revenue_won": amount(won),
        "avg_deal_size": ratio(amount(won), len(won), 6),
        "deal_size_median": Decimal(str(median(Decimal(row["estimated_acv"]) for row in won))),
        "pipeline_value": amount(still),
        "sales_velocity": ratio(len(still) * amount(won) * len(won), (len(won) + len(lost)) * sum(cycles), 6),
        "cycle_days_mean": ratio(sum(cycles), len(cycles), 6),
        "cycle_days_median": Decimal(str(median(cycles))),
        "cycle_days_p90": p90,
        "lost_cycle_days_median": Decimal(str(median(map(days, lost)))),
    }
    assert {kpi: funnel.value(kpi) for kpi in expected} == expected


@needs("leadforge_b2b_funnel")
def test_revenue_adds_up_by_month_source_rep_and_account(funnel: Published) -> None:
    sums: dict[str, dict[str, Decimal]] = {by: defaultdict(Decimal) for by in ("month", "channel", "owner", "company")}
    for row in opportunities():
        if row["close_outcome"] == "closed_won":
            keys = (f"{row['closed_at'][:7]}-01", CHANNELS[row["lead_source"]], row["owner_rep_id"], row["account_id"])
            for by, key in zip(sums, keys, strict=True):
                sums[by][key] += Decimal(row["estimated_acv"])
    assert len(sums["company"]) == 717
    assert {start: v for start, v in funnel.months("revenue_won").items() if v} == sums["month"]
    for by in ("channel", "owner", "company"):
        assert {member: v for member, v in funnel.by("revenue_won", by).items() if v} == sums[by]  # type: ignore[arg-type]
