"""Other people's subscriptions: RavenStack's 500 accounts, against totals added up here from its file."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kpi.periods import period_end, starts_between
from tests.sync.recurring import Book

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "ravenstack_saas" / "ravenstack_subscriptions.csv"
"""By River @ Rivalytics, synthetic, 2023 and 2024, in dollars. An account holds several subscriptions at once; trials cost 0."""

LOAD = """
INSERT INTO subscription_period BY NAME
SELECT 's' AS source, subscription_id AS source_id, subscription_id AS period_id, subscription_id, 'active' AS status,
    start_date AS starts_on, end_date AS ends_on, 'month' AS interval_unit,
    CASE billing_frequency WHEN 'annual' THEN 12 ELSE 1 END AS interval_count,
    CASE billing_frequency WHEN 'annual' THEN arr_amount ELSE mrr_amount END AS amount, 'USD' AS currency, amount AS amount_home
FROM read_csv(?)
"""
LINK = """
INSERT INTO association BY NAME
SELECT 'subscriptions' AS from_type, subscription_id AS from_id, 'companies' AS to_type, account_id AS to_id, false AS is_primary
FROM read_csv(?)
"""

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="RavenStack's files are not at ../shared/data/ravenstack_saas")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    kept = Book(tmp_path_factory.mktemp("ravenstack"))
    kept.con.execute("INSERT INTO company BY NAME SELECT DISTINCT account_id AS company_id FROM read_csv(?)", [str(FILE)])
    kept.resolve()
    for statement in (LOAD, LINK):
        kept.con.execute(statement, [str(FILE)])
    kept.derive(home_currency="USD")
    yield kept
    kept.con.close()


def months() -> list[date]:
    return list(starts_between("month", date(2023, 1, 1), date(2024, 12, 1)))


def paid_at_the_end_of(day: date) -> dict[str, Decimal]:
    """Account -> what it pays a month."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    with FILE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ended = row["end_date"] and date.fromisoformat(row["end_date"]) <= day
            if date.fromisoformat(row["start_date"]) <= day and not ended and row["mrr_amount"] != "0":
                found[row["account_id"]] += Decimal(row["mrr_amount"])
    return found


def test_recurring_revenue_customers_and_movements_of_24_months(book: Book) -> None:
    """MRR, paying accounts, expansion, contraction, churn, and both retentions, each month; to the cent."""
    names = ("mrr", "subscribers", "mrr_expansion", "mrr_contraction", "logo_churn", "nrr", "grr", "mrr_net_new")
    ours = {name: book.values(name, period="month") for name in names}
    before = paid_at_the_end_of(date(2022, 12, 31))
    for start in months():
        after = paid_at_the_end_of(period_end("month", start) - timedelta(days=1))
        stayed = before.keys() & after.keys()
        more = sum((max(after[a] - before[a], Decimal(0)) for a in stayed), Decimal(0))
        less = sum((max(before[a] - after[a], Decimal(0)) for a in stayed), Decimal(0))
        gone = sum((before[a] for a in before.keys() - after.keys()), Decimal(0))
        opening, closing = sum(before.values(), Decimal(0)), sum(after.values(), Decimal(0))
        expected: dict[str, Decimal | None] = {
            "mrr": closing,
            "subscribers": Decimal(len(after)),
            "mrr_expansion": more,
            "mrr_contraction": less,
            "mrr_net_new": closing - opening,
            "logo_churn": Decimal(len(before.keys() - after.keys())) / len(before) if before else None,
            "nrr": (opening + more - less - gone) / opening if opening else None,
            "grr": (opening - less - gone) / opening if opening else None,
        }
        for name, value in expected.items():
            found = ours[name]["", start]
            assert (found is None) == (value is None), (name, start)
            assert found is None or value is None or abs(found - value) < Decimal("0.000001"), (name, start)
        before = after


def test_new_and_churned_accounts_are_those_of_the_file(book: Book) -> None:
    """Over each year: an account is new once, in the year of its first paid day."""
    with FILE.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["mrr_amount"] != "0" and row["start_date"] != row["end_date"]]
    first: dict[str, str] = {}
    for row in rows:
        first[row["account_id"]] = min(row["start_date"], first.get(row["account_id"], row["start_date"]))
    for year in ("2023", "2024"):
        counted = book.rows(f"SELECT sum(customers_new) FROM mrr_change WHERE period = 'year' AND period_start = '{year}-01-01'")
        assert counted == [(sum(day.startswith(year) for day in first.values()),)], year
    cohorts = dict(book.rows("SELECT cohort_on, customers FROM subscriber_cohort WHERE age = '0'"))
    assert sum(cohorts.values()) == len(first)
    assert book.rows("SELECT count(*) FROM _subscription WHERE fault NOT IN ('not_paid')") == [(0,)]
