"""E-mail and social networks: rates from counters, levels at the two ends of a period, what is not told stays unknown."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.engine import ComputeContext, compute
from kpi.registry import KPIS
from kpi.schema import TABLES, columns
from sync.marts.desk import Desk
from sync.marts.email import NOTES, emails
from sync.marts.social import social
from tests.sync.facts import OPTIONS
from tests.sync.steps import Steps

EMAIL = tuple(name for name in KPIS if name.startswith("email"))
SOCIAL = ("followers", "follower_growth", "social_engagement", "social_shares")
UNTOLD = ("selected", "contacts_lost", "dropped", "not_sent", "pending", "replied", "suppressed")
CHECK_15 = {
    "sent": 1000,
    "delivered": 980,
    "opened": 400,
    "clicked": 50,
    "bounced": 20,
    "hard_bounced": 12,
    "soft_bounced": 8,
    "unsubscribed": 3,
    "reported_as_spam": 1,
}
NOTHING = dict.fromkeys((*UNTOLD, *CHECK_15), 0)


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Steps:
    return Steps(con, tmp_path)


def day_of_emails(facts: Steps, on: str, **counters: Any) -> None:
    values = {**NOTHING, **counters}
    facts.add("email_stats_daily", source_id=on, account_id="1", stats_on=date.fromisoformat(on), day_zone="UTC", **values)


def email(facts: Steps, id: str, on: str, **values: Any) -> None:
    published = {"published_at": datetime.fromisoformat(on).replace(tzinfo=UTC), "published_on": date.fromisoformat(on)}
    counted = values.pop("counted", {**NOTHING, **CHECK_15})
    facts.add("marketing_email", source_id=id, account_id="1", email_id=id, **{**published, **counted, **values})


def shown(value: str | None) -> str | None:
    return None if value is None else str(Decimal(value).quantize(Decimal("0.0001")).normalize())


def test_worked_check_15_by_day_and_by_e_mail(facts: Steps) -> None:
    """The counters of one sending, spread over two days, and of the e-mail itself: the same rates."""
    first = {name: count for name, count in CHECK_15.items() if name not in ("opened", "clicked")}
    day_of_emails(facts, "2026-05-04", **first, opened=300, clicked=20, unreliable_opened=150)
    day_of_emails(facts, "2026-05-05", opened=100, clicked=30, unreliable_opened=0)
    email(facts, "9", "2026-05-04", unreliable_opened=150)
    facts.take([emails], EMAIL)
    expected = {
        "email_open_rate": "0.4082",
        "email_open_rate_adjusted": "0.3012",
        "email_click_rate": "0.051",
        "email_ctor": "0.125",
        "email_delivery_rate": "0.98",
        "email_bounce_rate": "0.02",
        "email_hard_bounce_rate": "0.012",
        "email_soft_bounce_rate": "0.008",
        "email_unsubscribe_rate": "0.0031",
        "email_spam_rate": "0.001",
    }
    assert {name: shown(facts.value(name)) for name in expected} == expected
    assert {name: shown(facts.values(name, by="email")["9"]) for name in expected} == expected
    later = next(r for r in facts.results("email_open_rate", period="day") if r.period_start == date(2026, 5, 5))
    assert (later.value, later.reason and later.reason.text.en) == (None, "no e-mail was delivered in the period")


def test_openings_of_a_day_may_pass_what_was_delivered_on_it_and_are_flagged(facts: Steps) -> None:
    day_of_emails(facts, "2026-05-05", sent=10, delivered=10, opened=30)
    facts.take([emails], EMAIL)
    (found,) = facts.results("email_open_rate", period="day")
    assert (found.value, found.flags) == (Decimal(3), ("above_one",))


def test_unreliable_openings_that_nobody_tells_leave_the_adjusted_rate_unknown(facts: Steps) -> None:
    """HubSpot's API has no such counter: unknown with its reason, not equal to the plain rate."""
    day_of_emails(facts, "2026-05-04", **CHECK_15)
    facts.take([emails], EMAIL)
    known = ComputeContext(OPTIONS.as_of, OPTIONS.today, "EUR", {})
    (found,) = compute([KPIS["email_open_rate_adjusted"]], by="total", period="all", model="first", run=facts.rows, context=known)
    assert found.value is None
    assert found.reason is not None
    assert "privacy software" in found.reason.text.en


def test_e_mails_belong_to_their_campaign_and_the_impossible_is_set_aside(facts: Steps) -> None:
    email(facts, "1", "2026-05-04", campaign_id="spring")
    email(facts, "2", "2026-06-02", campaign_id="spring")
    email(facts, "3", "2026-06-02")
    email(facts, "impossible", "2026-06-02", campaign_id="spring", opened=981)
    email(facts, "never counted", "2026-06-02", campaign_id="spring", counted={})
    email(facts, "deleted", "2026-06-02", archived_at=datetime(2026, 6, 3, tzinfo=UTC))
    facts.take([emails], EMAIL)
    assert facts.values("emails_sent", by="campaign") == {"hubspot/spring": "2000", "unattributed": "1000"}
    assert facts.values("emails_sent", by="email", period="month") == {
        "1 2026-05-01": "1000",
        "2 2026-06-01": "1000",
        "3 2026-06-01": "1000",
    }
    assert facts.noted(NOTES["emails_impossible"]) == 1


# --- social networks --------------------------------------------------------------------------------------------------


def network(facts: Steps, on: str, followers: int | None = None, network: str = "linkedin", **told: Any) -> None:
    values = {"network": network, "account_id": "1", "stats_on": date.fromisoformat(on), "followers": followers}
    facts.add("social_stats_daily", source_id=f"{network} {on}", **{**values, **told})


def test_followers_are_a_level_at_the_end_and_grow_from_the_one_before(facts: Steps) -> None:
    network(facts, "2026-03-30", 100)
    network(facts, "2026-04-10", 130)
    network(facts, "2026-04-28", 120)
    network(facts, "2026-06-10", 90)
    network(facts, "2026-06-20", 999)
    facts.take([social], SOCIAL)
    assert facts.values("followers", period="month") == {
        "2026-03-01": "100",
        "2026-04-01": "120",
        "2026-05-01": "120",
        "2026-06-01": "90",
    }, "as last known by its end; what is dated after today is not read"
    assert facts.values("follower_growth", period="month") == {
        "2026-04-01": "0.2",
        "2026-05-01": "0",
        "2026-06-01": "-0.25",
    }, "nothing is known from before March"
    assert (facts.value("followers"), facts.value("follower_growth")) == ("90", "-0.1")


def test_growth_is_of_the_accounts_known_at_both_ends(facts: Steps) -> None:
    network(facts, "2026-04-30", 100)
    network(facts, "2026-05-31", 110)
    network(facts, "2026-05-20", 5_000, "instagram")
    network(facts, "2026-04-30", 0, "tiktok")
    facts.take([social], SOCIAL)
    may = {r.key: r for r in facts.results("follower_growth", by="network", period="month") if r.period_start.month == 5}
    assert {key: r.value for key, r in may.items()} == {"linkedin": Decimal("0.1"), "tiktok": None}
    assert facts.values("follower_growth", period="month")["2026-05-01"] == "0.1"
    assert facts.values("followers", period="month")["2026-05-01"] == "5110"


@pytest.mark.parametrize(("base", "rate"), [("reach", "0.05"), ("impressions", "0.02"), ("followers", "0.3")])
def test_interactions_are_held_against_the_base_that_the_setting_names(facts: Steps, base: str, rate: str) -> None:
    network(facts, "2026-06-01", 100, reach=200, impressions=500, likes=6, comments=2, shares=1, clicks=1)
    network(facts, "2026-06-02", 100, reach=200, impressions=500, likes=10)
    network(facts, "2026-06-03", None, reach=None, impressions=None, likes=10)
    facts.take([social], SOCIAL, social_base=base)
    assert facts.value("social_engagement") == rate
    assert facts.value("social_shares") == "1"


def test_engagement_told_as_one_number_counts_like_its_parts(facts: Steps) -> None:
    """Facebook tells the four together; a network that tells both is not counted twice."""
    network(facts, "2026-06-01", 100, "facebook", reach=200, engagements=12)
    network(facts, "2026-06-02", 100, "linkedin", reach=100, likes=2, comments=1)
    network(facts, "2026-06-03", 100, "instagram", reach=100, engagements=5, likes=4)
    facts.take([social], SOCIAL)
    assert facts.value("social_engagement") == "0.05"


def test_without_a_social_source_the_reason_says_so(facts: Steps) -> None:
    facts.take([social], SOCIAL)
    known = ComputeContext(OPTIONS.as_of, OPTIONS.today, "EUR", {})
    for found in compute([KPIS[k] for k in SOCIAL], by="total", period="all", model="first", run=facts.rows, context=known):
        assert (found.value, found.reason and found.reason.text.en) == (None, "no social source is connected")


@pytest.fixture(scope="module")
def only_levels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose only table is the one that the step reads."""
    con = duckdb.connect()
    declared = ", ".join(f'"{c.name}" {c.sql_type}' for c in columns(TABLES["social_stats_daily"]))
    con.execute(f"CREATE TABLE social_stats_daily ({declared})")
    yield Desk(con, tmp_path_factory.mktemp("levels"), OPTIONS)
    con.close()


@settings(max_examples=25, deadline=None)
@given(levels=st.dictionaries(st.integers(0, 75), st.integers(0, 10_000), min_size=1, max_size=12))
def test_each_periods_end_is_the_next_ones_beginning(only_levels: Desk, levels: dict[int, int]) -> None:
    con = only_levels.con
    con.execute("DELETE FROM social_stats_daily")
    days = ", ".join(f"('linkedin', '1', DATE '{OPTIONS.today - timedelta(days=ago)}', {level})" for ago, level in levels.items())
    con.execute(f"INSERT INTO social_stats_daily (network, account_id, stats_on, followers) VALUES {days}")
    social(only_levels)
    for kind in ("day", "week", "month"):
        ends = con.execute(
            f"SELECT followers_opening, followers_closing FROM social WHERE period = '{kind}' ORDER BY period_start"
        ).fetchall()
        assert [before for before, _ in ends] == [None, *(after for _, after in ends[:-1])]
        assert ends[-1][1] == levels[min(levels)]
