"""Customers who buy now and then: active, lost, back again; and subscriptions of a portal through the whole of deriving."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi.periods import period_end, starts_between
from kpi.variants import Choices, with_choices
from sync.marts.desk import Desk
from sync.marts.retention import activity
from tests.sync.facts import OPTIONS
from tests.sync.steps import Steps

KPIS = (
    "active_customers",
    "lapsed_customers",
    "returned_customers",
    "customer_churn",
    "customer_retention",
    "purchase_cohort",
    "arpu",
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    kept = duckdb.connect()
    yield kept
    kept.close()


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    kept = duckdb.connect()
    yield Steps(kept, tmp_path)
    kept.close()


def on(text: str) -> date:
    return date.fromisoformat(text)


# --- the whole of deriving ----------------------------------------------------------------------------------------------


def test_a_customer_is_active_as_long_as_it_buys(steps: Steps) -> None:
    """Two deals and an order: the order of a won deal is its delivery, and no purchase of its own."""
    for company in ("1", "2"):
        steps.company(company)
    steps.won("a", "100", "2026-01-10", companies="1", owner_id="7")
    steps.won("b", "100", "2026-01-20", companies="2")
    steps.add("order", order_id="o", ordered_on=on("2026-04-05"), amount=Decimal(9), amount_home=Decimal(9), currency="EUR")
    steps.add("order", order_id="of_b", ordered_on=on("2026-03-01"), amount=Decimal(9), amount_home=Decimal(9), currency="EUR")
    for order, company in (("o", "1"), ("of_b", "2")):
        steps.link("orders", order, "companies", company)
    steps.link("orders", "of_b", "deals", "b")
    steps.take_all(KPIS, lapsed_after_days=30)
    assert steps.values("active_customers", period="month") == {
        "2026-01-01": "2",
        "2026-02-01": "0",
        "2026-03-01": "0",
        "2026-04-01": "1",
        "2026-05-01": "0",
        "2026-06-01": "0",
    }
    assert steps.values("lapsed_customers", period="month") == {
        "2026-01-01": "0",
        "2026-02-01": "2",
        "2026-03-01": "0",
        "2026-04-01": "0",
        "2026-05-01": "1",
    }
    assert steps.values("customer_churn", period="month")["2026-02-01"] == "1"
    assert steps.values("customer_retention", period="month")["2026-05-01"] == "0"
    assert steps.values("customer_retention", period="month")["2026-04-01"] is None
    assert steps.values("returned_customers", period="month")["2026-04-01"] == "1"
    assert set(steps.values("returned_customers", period="quarter").values()) == {"0"}, "it is lost again when the quarter ends"
    assert steps.values("arpu", period="month")["2026-01-01"] == "100"
    steps.catalogue = with_choices(Choices(arpa_customers="average")).kpis
    assert steps.values("arpu", period="month")["2026-01-01"] == "200", "nobody at the opening, two at the end"
    ages = {r.key: r.value for r in steps.results("purchase_cohort", by="cohort", period="month")}
    assert ages == {"0": 1, "1": 0, "2": 0, "3": Decimal("0.5"), "4": 0, "5": 0}
    assert {r.key for r in steps.results("active_customers", by="owner")} == {"7", "unassigned"}


def test_subscriptions_of_a_portal_reach_the_kpis(steps: Steps) -> None:
    """Whose they are: the company, else the contact's; the channel and owner of its first won deal; merged ones once."""
    steps.company("1")
    steps.company("2", merged_into="1")
    steps.contact("11", first_source="PAID_SEARCH", first_touch_at=datetime(2026, 1, 2, tzinfo=UTC))
    steps.link("contacts", "11", "companies", "1", is_primary=True)
    steps.contact("12")
    steps.won("d", "900", "2026-01-05", companies="1", contacts="11", owner_id="7")
    steps.add("product", product_id="gold", category="Plans")
    steps.add("line_item", line_item_id="l1", product_id="gold", amount=Decimal(90))
    steps.add("line_item", line_item_id="l2", product_id="setup", amount=Decimal(10))
    for id, amount, months in (("a", "1200", 12), ("b", "50", 1), ("c", "30", 1)):
        sub(steps, id, amount, months)
    sub(steps, "gone", "50", 1, merged_into="b")
    steps.link("subscriptions", "a", "companies", "2")
    steps.link("subscriptions", "a", "line_items", "l1")
    steps.link("line_items", "l2", "subscriptions", "a")
    steps.link("subscriptions", "gone", "contacts", "11")
    steps.link("subscriptions", "c", "contacts", "12")
    report = steps.derive()
    assert not [code for code, count in report.counts.items() if code.startswith("subscriptions") and count]
    assert steps.values("mrr") == {"": "180"}
    assert steps.values("mrr", by="company") == {"1": "150", "unassigned": "30"}
    assert steps.values("mrr", by="channel") == {"paid_search": "150", "unattributed": "30"}
    assert steps.values("mrr_new", by="owner", period="month") == {"7 2026-02-01": "150", "unassigned 2026-02-01": "30"}
    assert steps.values("mrr", by="plan") == {"gold": "100", "unassigned": "80"}
    assert steps.values("mrr", by="category") == {"Plans": "100", "unassigned": "80"}
    assert steps.values("subscribers") == {"": "2"}
    steps.derive(customer_unit="contact")
    assert {id for (id,) in steps.rows("SELECT DISTINCT customer_id FROM mrr_level")} == {"company:1", "11", "12"}


def sub(steps: Steps, id: str, amount: str, months: int, **more: Any) -> None:
    values = {"subscription_id": id, "status": "active", "starts_on": on("2026-02-03"), "interval_unit": "month"}
    money = {"amount": Decimal(amount), "currency": "EUR", "amount_home": Decimal(amount)}
    steps.add("subscription_period", **{"period_id": id, **values, "interval_count": months, **money, **more})


# --- against the same told in plain Python --------------------------------------------------------------------------------

FIRST = on("2025-03-01")
purchases = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 470)), min_size=1, max_size=40)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(bought=purchases, patience=st.sampled_from([7, 30, 365]))
def test_activity_is_that_of_plain_python(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, bought: list[tuple[int, int]], patience: int
) -> None:
    """Active on a day: bought on it or on one of so many days before."""
    days = {who: sorted({FIRST + timedelta(days=n) for w, n in bought if w == who}) for who, _ in bought}
    con.execute("SET threads=1; CREATE OR REPLACE TABLE _purchase_day (customer_id VARCHAR, bought_on DATE)")
    con.execute(
        "CREATE OR REPLACE TABLE _active_customer (customer BIGINT, customer_id VARCHAR, company_id VARCHAR, first_on DATE, "
        "channel VARCHAR, team_id VARCHAR, owner_id VARCHAR)"
    )
    for who, its in days.items():
        con.execute("INSERT INTO _active_customer VALUES (?, ?, NULL, ?, 'email', NULL, NULL)", [who, str(who), its[0]])
        con.execute("INSERT INTO _purchase_day SELECT ?, unnest(?)", [str(who), its])
    desk = Desk(con, tmp_path, OPTIONS)
    activity(desk, patience)

    def active(day: date) -> set[int]:
        return {who for who, its in days.items() if any(0 <= (day - one).days <= patience for one in its)}

    for start in starts_between("month", FIRST, OPTIONS.today):
        last = min(period_end("month", start) - timedelta(days=1), OPTIONS.today)
        before, after = active(start - timedelta(days=1)), active(last)
        level = con.execute("SELECT coalesce(sum(customers), 0) FROM activity_level WHERE change_on <= ?", [last]).fetchall()
        assert level == [(len(after),)], last
        moves = "SELECT coalesce(sum(customers_new), 0), coalesce(sum(customers_lost), 0), coalesce(sum(customers_returned), 0)"
        found = con.execute(f"{moves} FROM activity_change WHERE period = 'month' AND period_start = ?", [start]).fetchall()
        new = {who for who, its in days.items() if start <= its[0] <= last}
        assert found == [(len(new), len(before - after), len(after - before - new))], start
    size = {(its[0].replace(day=1), who) for who, its in days.items()}
    for cohort, age, customers, buying in con.execute(
        "SELECT cohort_on, CAST(age AS INTEGER), customers, active FROM activity_cohort"
    ).fetchall():
        month = list(starts_between("month", cohort, OPTIONS.today))[age]
        members = {who for when, who in size if when == cohort}
        assert customers == len(members)
        assert buying == len({who for who in members if any(one.replace(day=1) == month for one in days[who])})
