"""Subscriptions: from periods to recurring revenue, movements and who stayed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi.variants import Choices
from sync.marts import subscriptions as step
from sync.marts.desk import SubscriptionOptions
from tests.sync.facts import OPTIONS
from tests.sync.recurring import CUSTOMERS, PLANS, Book, Sub, by_customer, moved, periods_until_today, total

UNIT = Decimal(9 * 10**6)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """Shared by all tests of this file; each keeps its own histories in it."""
    kept = Book(tmp_path_factory.mktemp("book"))
    yield kept
    kept.con.close()


def on(text: str) -> date:
    return date.fromisoformat(text)


def cents(value: Decimal | None) -> str:
    assert value is not None
    return f"{value:.2f}"


MOVES = ("mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churned", "mrr_reactivation", "mrr_fx")


def moves(book: Book, month: str) -> dict[str, str]:
    """What is not zero, in cents."""
    found = {name: book.values(name, period="month").get(("", on(month))) for name in MOVES}
    return {name: cents(value) for name, value in found.items() if value}


# --- the worked checks of KPI_DEFINITIONS §7 -------------------------------------------------------------------------


def test_a_year_counts_as_twelve_months(book: Book) -> None:
    """Check 1."""
    monthly = [Sub(n % CUSTOMERS, on("2026-01-10")) for n in range(100)]
    yearly = [Sub(n % CUSTOMERS, on("2026-02-10"), amount=Decimal(600), count=12) for n in range(50)]
    book.keep([*monthly, *yearly])
    assert (book.value("mrr"), book.value("arr")) == (12_500, 150_000)


def test_movements_and_what_stays(book: Book) -> None:
    """Check 2: 10,000 at the start; 1,500 new, 800 expansion, 200 reactivation, 300 contraction, 1,000 churned."""
    book.keep(
        [
            Sub(0, on("2026-01-01"), on("2026-04-15"), Decimal(1000)),
            Sub(1, on("2026-01-01"), on("2026-04-02"), Decimal(4000)),
            Sub(1, on("2026-04-02"), None, Decimal(3700)),
            Sub(2, on("2026-01-01"), None, Decimal(5000)),
            Sub(2, on("2026-04-20"), None, Decimal(800), plan=1),
            Sub(3, on("2026-04-30"), None, Decimal(1500)),
            Sub(4, on("2026-01-01"), on("2026-02-01"), Decimal(70)),
            Sub(4, on("2026-04-03"), None, Decimal(200)),
        ]
    )
    assert moves(book, "2026-04-01") == {
        "mrr_new": "1500.00",
        "mrr_expansion": "800.00",
        "mrr_contraction": "300.00",
        "mrr_churned": "1000.00",
        "mrr_reactivation": "200.00",
    }
    expected = {
        "mrr": 11_200,
        "mrr_net_new": 1_200,
        "nrr": "0.95",
        "grr": "0.87",
        "mrr_churn_gross": "0.13",
        "mrr_churn_net": "0.05",
    }
    assert {name: book.value(name, "2026-04-01") for name in expected} == {n: Decimal(v) for n, v in expected.items()}
    assert (book.value("logo_churn", "2026-04-01"), book.value("subscribers", "2026-04-01")) == (
        Decimal("0.3333333333"),
        4,
    )


def test_cancelling_one_of_two_subscriptions_is_contraction(book: Book) -> None:
    """Check 3: four times gold at 500 a year, then twice silver at 30 a month, then silver cancelled."""
    gold = [Sub(0, on("2026-01-10"), None, Decimal(500), count=12) for _ in range(4)]
    silver = [Sub(0, on("2026-02-10"), on("2026-03-10"), Decimal(30), plan=1) for _ in range(2)]
    book.keep([*gold, *silver])
    assert moves(book, "2026-01-01") == {"mrr_new": "166.67"}
    assert moves(book, "2026-02-01") == {"mrr_expansion": "60.00"}
    assert moves(book, "2026-03-01") == {"mrr_contraction": "60.00"}
    assert book.value("mrr") == Decimal("166.666667")


# --- against the same told in plain Python ----------------------------------------------------------------------------

FIRST = on("2024-11-01")
lengths = st.none() | st.integers(0, 45) | st.integers(46, 500)
currencies = st.sampled_from(
    [("EUR", Decimal(1)), ("USD", Decimal("0.9")), ("USD", Decimal("0.951234")), ("USD", Decimal("0.4"))]
)


@st.composite
def subs(draw: st.DrawFn) -> Sub:
    start = FIRST + timedelta(days=draw(st.integers(0, 600)))
    length = draw(lengths)
    unit, count = draw(st.sampled_from([("month", 1), ("month", 12), ("month", 3), ("month", 7), ("week", 2), ("day", 1)]))
    currency, rate = draw(currencies)
    return Sub(
        customer=draw(st.integers(0, CUSTOMERS - 1)),
        start=start,
        end=None if length is None else start + timedelta(days=length),
        amount=Decimal(draw(st.integers(1, 100_000))) / 100,
        unit=unit,
        count=count,
        plan=draw(st.integers(0, PLANS - 1)),
        currency=currency,
        rate=rate,
    )


histories = st.lists(subs(), min_size=1, max_size=30)
few = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def known(history: list[Sub]) -> list[Sub]:
    return [s for s in history if s.start <= OPTIONS.today and s.start != s.end]


@few
@given(history=histories)
def test_marts_are_those_of_plain_python(book: Book, history: list[Sub]) -> None:
    """Level, every movement, exchange effect and customers lost, of each month, quarter and year, the last year and the cohorts:
    equal to the last digit. And the identities of KPI_DEFINITIONS §8, at every cut."""
    book.keep(history)
    levels_and_movements(book, known(history))
    last_year_and_cohorts(book, known(history))
    churn_as_stripe_counts_it(book, known(history))
    who_came_back(book, known(history))
    identities(book)


def who_came_back(book: Book, history: list[Sub]) -> None:
    """From before a period, and from an absence within it, told day by day; the latter by plan too."""
    customers = [*by_customer(history).values()]
    payers_of_plans = [[s for s in mine if s.plan == plan] for mine in customers for plan in {s.plan for s in mine}]

    def away(subs: list[Sub], first: date, last: date) -> bool:
        days = [any(s.is_paid_on(first + timedelta(days=n)) for s in subs) for n in range(-1, (last - first).days + 1)]
        return days[0] and days[-1] and not all(days)

    for kind in ("month", "quarter", "year"):
        counts = "period_start, sum(customers_returned), sum(customers_away)"
        query = f"SELECT {counts} FROM {{}} WHERE period = '{kind}' GROUP BY period_start"
        whole, plans = ({day: n for day, *n in book.rows(query.format(f"mrr_{cut}change"))} for cut in ("", "plan_"))
        for first, last in periods_until_today(kind, FIRST):  # type: ignore[arg-type]
            of_all = [moved(mine, first, last) for mine in customers]
            returned = sum(1 for m in of_all if m.closing and not m.opening and m.reactivation)
            assert whole.get(first, [0, 0]) == [returned, sum(away(mine, first, last) for mine in customers)], (kind, first)
            assert plans.get(first, [0, 0])[1] == sum(away(mine, first, last) for mine in payers_of_plans), (kind, first)


def churn_as_stripe_counts_it(book: Book, history: list[Sub]) -> None:
    """Every end of all paying is one lost customer, every beginning one more that could be lost; by plan, of that plan."""
    days = [OPTIONS.today - timedelta(days=n) for n in range(30)]

    def share(mine: list[list[Sub]]) -> Decimal | None:
        turns = [(is_paid(subs, day - timedelta(days=1)), is_paid(subs, day)) for subs in mine for day in days]
        gone, came = turns.count((True, False)), turns.count((False, True))
        base = came + sum(is_paid(subs, days[-1] - timedelta(days=1)) for subs in mine)
        return Decimal(gone) / base // Decimal("1e-10") * Decimal("1e-10") if base else None

    def is_paid(subs: list[Sub], day: date) -> bool:
        return any(s.is_paid_on(day) for s in subs)

    def cut(value: Decimal | None) -> Decimal | None:
        return None if value is None else value // Decimal("1e-10") * Decimal("1e-10")

    assert cut(book.value("logo_churn_30_days")) == share([*by_customer(history).values()])
    found = book.values("logo_churn_30_days", by="plan")
    for plan in {s.plan for s in history}:
        of_plan = [*by_customer([s for s in history if s.plan == plan]).values()]
        assert [cut(v) for (key, _), v in found.items() if key == f"p{plan}"] == [share(of_plan)]


def levels_and_movements(book: Book, history: list[Sub]) -> None:
    names = ("new", "expansion", "contraction", "churned", "reactivation", "fx")
    summed = ", ".join(f"CAST(sum(mrr_{name}) * 1000000 AS HUGEINT)" for name in names)
    query = f"SELECT period, period_start, {summed}, sum(customers_lost), CAST(sum(mrr_lost) * 1000000 AS HUGEINT) FROM mrr_change GROUP BY ALL"
    found = {(period, start): tuple(map(int, amounts)) for period, start, *amounts in book.rows(query)}
    for kind in ("month", "quarter", "year"):
        for first, last in periods_until_today(kind, FIRST):  # type: ignore[arg-type]
            of_all = [moved(mine, first, last) for mine in by_customer(history).values()]
            wanted = [sum(getattr(m, name) for m in of_all) for name in names]
            lost = sum(m.contraction + (m.churned if m.opening else 0) for m in of_all)
            expected = (*wanted, sum(m.lost_customer for m in of_all), lost)
            assert found.get((kind, first), (0,) * 8) == expected, (kind, first)
            new, more, less, gone, again, fx = wanted
            assert sum(m.opening for m in of_all) + new + more - less - gone + again + fx == sum(m.closing for m in of_all)
    for day in (OPTIONS.today, on("2026-01-31"), on("2025-03-01")):
        query = f"SELECT coalesce(sum(mrr), 0) * 1000000, coalesce(sum(customers), 0), coalesce(sum(subscriptions), 0) FROM mrr_level WHERE change_on <= '{day}'"
        paid = [s for s in history if s.is_paid_on(day)]
        assert book.rows(query) == [(sum(s.home for s in paid), len({s.customer for s in paid}), len(paid))], day


def identities(book: Book) -> None:
    """Opening + movements = closing, by plan too; plans add up; gross retention is in 0..1 and no more than the net one."""
    for by in ("total", "plan", "channel"):
        closing = book.values("mrr", by=by, period="month")
        parts = {
            name: book.values(name, by=by, period="month")
            for name in ("mrr_net_new", "mrr_fx", *(["mrr_moved"] if by == "plan" else []))
        }
        level: dict[str, Decimal] = {}
        for key, start in sorted(closing, key=lambda at: at[1]):
            changed = sum((values.get((key, start)) or Decimal(0) for values in parts.values()), Decimal(0))
            level[key] = level.get(key, Decimal(0)) + changed
            assert abs(level[key] - (closing[key, start] or 0)) < Decimal("0.0001"), (by, key, start)
    for by in ("total", "plan"):
        gross, net = book.values("grr", by=by, period="month"), book.values("nrr", by=by, period="month")
        churn, kept = book.values("logo_churn", by=by, period="month"), book.values("retention_rate", by=by, period="month")
        for at, value in gross.items():
            both = net[at]
            assert value is None or (both is not None and 0 <= value <= 1 and value <= both), at
        for at, value in churn.items():
            other = kept[at]
            assert value is None or (other is not None and value + other == 1), at
    for name in (
        "mrr_new",
        "mrr_expansion",
        "mrr_contraction",
        "mrr_churned",
        "mrr_reactivation",
        "mrr_fx",
        "mrr_lost",
        "mrr_gained",
    ):
        whole, plans = (book.rows(f"SELECT coalesce(sum({name}), 0) FROM {mart}") for mart in ("mrr_change", "mrr_plan_change"))
        assert whole == plans, name
    assert book.rows("SELECT coalesce(sum(mrr_moved), 0) FROM mrr_change") == [(0,)]


def last_year_and_cohorts(book: Book, history: list[Sub]) -> None:
    today = OPTIONS.today
    since = today - timedelta(days=364)
    year = {c: moved(mine, since, today) for c, mine in by_customer(history).items()}
    months = periods_until_today("month", FIRST)[-13:-1]
    ago = [[moved(mine, first, last) for first, last in months] for mine in by_customer(history).values()]
    wanted = (
        sum(m.opening for m in year.values()),
        sum(m.contraction + (m.churned if m.opening else 0) for m in year.values()),
        sum(m.expansion for m in year.values()),
        sum(1 for m in year.values() if m.opening),
        sum(m.lost_customer for m in year.values()),
        sum(1 for each in ago for m in each if m.opening),
        sum(m.lost_customer for each in ago for m in each),
        sum(m.opening for each in ago for m in each),
        sum(m.contraction + (m.churned if m.opening else 0) for each in ago for m in each),
        sum(m.new for each in ago for m in each),
    )
    query = (
        "SELECT sum(mrr_start) * 1000000, sum(mrr_lost) * 1000000, sum(mrr_gained) * 1000000, sum(customers_start), sum(customers_lost), "
        "sum(customer_months), sum(customer_losses), sum(mrr_months) * 1000000, sum(mrr_losses) * 1000000, sum(mrr_new) * 1000000 "
        "FROM subscriber_year"
    )
    assert tuple(int(n or 0) for n in book.rows(query)[0]) == wanted
    expected = {}
    for mine in by_customer(history).values():
        cohort = min(s.start for s in mine).replace(day=1)
        for age, (first, last) in enumerate(periods_until_today("month", cohort)):
            days = (first + timedelta(days=n) for n in range((last - first).days + 1))
            is_there = any(s.is_paid_on(day) for day in days for s in mine)
            size, active = expected.get((cohort, str(age)), (0, 0))
            expected[cohort, str(age)] = (size + 1, active + is_there)
    found = {
        (cohort, age): (size, active)
        for cohort, age, size, active in book.rows("FROM subscriber_cohort SELECT cohort_on, age, customers, active")
    }
    assert found == expected


@settings(few, max_examples=3)
@given(history=histories, rate=st.sampled_from(["0.5", "0.25", "4"]))
def test_converting_then_adding_is_adding_then_converting_at_one_rate(book: Book, history: list[Sub], rate: str) -> None:
    """With one rate there is no exchange effect, and money in another currency is the same money."""
    foreign = [Sub(**{**s.__dict__, "currency": "USD", "rate": Decimal(rate)}) for s in history]
    book.keep([Sub(**{**s.__dict__, "currency": "EUR", "rate": Decimal(1)}) for s in history])
    at_home = book.values("mrr_net_new", period="month")
    book.keep(foreign)
    assert book.rows("SELECT coalesce(max(abs(mrr_fx)), 0) < 0.001 FROM mrr_change") == [(True,)]
    for at, value in book.values("mrr_net_new", period="month").items():
        assert abs((value or 0) - (at_home[at] or 0) * Decimal(rate)) < Decimal("0.0001"), at


# --- single rules -------------------------------------------------------------------------------------------------------


def test_a_change_of_the_rate_is_neither_expansion_nor_churn(book: Book) -> None:
    """R4: the same price in dollars at another rate is an exchange effect and nothing else."""
    book.keep(
        [
            Sub(0, on("2026-01-05"), on("2026-03-05"), Decimal(100), currency="USD", rate=Decimal("0.9")),
            Sub(0, on("2026-03-05"), None, Decimal(120), currency="USD", rate=Decimal("0.95"), plan=1),
        ]
    )
    assert moves(book, "2026-03-01") == {"mrr_expansion": "19.00", "mrr_fx": "5.00"}
    assert book.value("nrr", "2026-03-01") == Decimal(109) / 90 // Decimal("0.0000000001") * Decimal("0.0000000001")


def test_what_goes_to_another_plan_is_moved_not_lost(book: Book) -> None:
    book.keep(
        [
            Sub(0, on("2026-01-05"), on("2026-03-05"), Decimal(50)),
            Sub(0, on("2026-03-05"), None, Decimal(80), plan=1),
            Sub(1, on("2026-01-05"), None, Decimal(50)),
        ]
    )
    assert moves(book, "2026-03-01") == {"mrr_expansion": "30.00"}
    shown = {
        key: value
        for (key, start), value in book.values("mrr_moved", by="plan", period="month").items()
        if start == on("2026-03-01")
    }
    assert shown == {"p0": -50, "p1": 50}
    assert book.value("grr", "2026-03-01", by="plan", key="p0") == 1
    assert book.value("logo_churn", "2026-03-01", by="plan", key="p0") == Decimal("0.5")
    assert book.value("logo_churn", "2026-03-01") == 0


def test_movements_can_be_told_day_by_day_and_short_stays_left_out(book: Book) -> None:
    history = [
        Sub(0, on("2026-01-05"), None, Decimal(100)),
        Sub(0, on("2026-03-05"), on("2026-03-20"), Decimal(40)),
        Sub(1, on("2026-03-05"), on("2026-03-20"), Decimal(10)),
    ]
    book.keep(history)
    assert moves(book, "2026-03-01") == {"mrr_new": "10.00", "mrr_churned": "10.00"}
    book.keep(history, subscriptions=SubscriptionOptions(short_lived="ignore"))
    assert moves(book, "2026-03-01") == {}
    book.keep(history, subscriptions=SubscriptionOptions(movements="gross"))
    assert moves(book, "2026-03-01") == {
        "mrr_new": "10.00",
        "mrr_churned": "10.00",
        "mrr_expansion": "40.00",
        "mrr_contraction": "40.00",
    }
    assert (book.value("grr", "2026-03-01"), book.value("nrr", "2026-03-01")) == (1, 1)


def test_who_came_back_counts_as_retained_only_by_setting(book: Book) -> None:
    history = [
        Sub(0, on("2026-01-05"), None, Decimal(100)),
        Sub(1, on("2026-01-05"), on("2026-02-05"), Decimal(50)),
        Sub(1, on("2026-03-05"), None, Decimal(50)),
    ]
    for setting, retained in (("exclude", "1"), ("include", "1.5")):
        book.keep(history, subscriptions=SubscriptionOptions(reactivation_in_nrr=setting))
        assert book.value("nrr", "2026-03-01") == Decimal(retained)
        assert book.value("grr", "2026-03-01") == 1


def test_customers_who_came_back_are_retained_as_the_setting_says(book: Book) -> None:
    """Of three in March: one pays all the time, one is away for a week, one leaves; a fourth comes back from February."""
    history = [
        Sub(0, on("2026-01-05")),
        Sub(1, on("2026-01-05"), on("2026-03-10")),
        Sub(1, on("2026-03-17")),
        Sub(2, on("2026-01-05"), on("2026-03-20")),
        Sub(3, on("2026-01-05"), on("2026-02-05")),
        Sub(3, on("2026-03-05")),
        Sub(4, on("2026-03-06")),
    ]
    kept = {}
    for setting in ("net", "exclude", "include"):
        book.keep(history, Choices(reactivation_in_retention=setting))
        kept[setting] = cents(book.value("retention_rate", "2026-03-01"))
        assert cents(book.value("logo_churn", "2026-03-01")) == "0.33"
        assert book.value("retention_rate", "2026-04-01") == 1
    assert kept == {"net": "0.67", "exclude": "0.33", "include": "1.00"}
    book.keep([*history, Sub(2, on("2026-03-25"), plan=1)], Choices(reactivation_in_retention="include"))
    (march,) = [r for r in book.results("retention_rate", period="month") if r.period_start == on("2026-03-01")]
    assert (cents(march.value), march.flags, march.interval) == ("1.33", ("above_one", "small_sample"), None)


def test_without_anybody_at_the_start_retention_is_undefined(book: Book) -> None:
    book.keep([Sub(0, on("2026-05-05"))])
    for name in ("nrr", "grr", "logo_churn", "retention_rate"):
        (result,) = [r for r in book.results(name, period="month") if r.period_start == on("2026-05-01")]
        assert (result.value, result.reason and result.reason.code) == (None, "nothing_below"), name
    assert book.value("ltv_simple") is None


def test_lifetime_value_rests_on_the_churn_of_the_last_twelve_months(book: Book) -> None:
    """Four customers at 50 for twelve months, one of whom leaves in the last: 48 customer-months, one loss."""
    book.keep([Sub(n, on("2025-01-01"), on("2026-05-20") if n == 0 else None, Decimal(50)) for n in range(4)])
    assert (book.value("arpa"), book.value("ltv_simple")) == (50, 2_400)
    assert book.value("logo_churn_12_months") == Decimal("0.25")
    assert (book.value("nrr_12_months"), book.value("grr_12_months")) == (Decimal("0.75"), Decimal("0.75"))


def test_churn_may_be_counted_as_stripe_does(book: Book) -> None:
    """Who came and left is above the line and below it, and who came back and left again is there twice."""
    today = OPTIONS.today
    book.keep(
        [
            Sub(0, on("2026-01-05")),
            Sub(1, on("2026-01-05"), today - timedelta(days=29)),
            Sub(1, today - timedelta(days=20), today - timedelta(days=10)),
            Sub(2, today - timedelta(days=9), today),
            Sub(3, on("2026-01-05"), today - timedelta(days=30)),
        ]
    )
    (result,) = book.results("logo_churn_30_days")
    assert (result.value, result.n) == (Decimal("0.75"), 4)
    assert book.value("logo_churn_30_days", by="plan", key="p0") == Decimal("0.75")


def test_a_lifetime_without_churn_has_no_value_or_the_longest_one_set(book: Book) -> None:
    """Flagged where the limit decides: without churn, and with so little that a customer would stay for longer."""
    nobody_leaves = [Sub(n, on("2025-01-01"), None, Decimal(50)) for n in range(4)]
    one_leaves = [Sub(0, on("2025-01-01"), on("2026-05-20"), Decimal(50)), *nobody_leaves[1:]]
    told = []
    for months, history in ((None, nobody_leaves), (60, nobody_leaves), (40, one_leaves), (48, one_leaves)):
        book.keep(history, Choices(longest_life_months=months))
        (result,) = book.results("ltv_simple")
        told.append((result.value, "lifetime_capped" in result.flags))
    assert told == [(None, False), (3_000, True), (2_000, True), (2_400, False)]
    book.keep([], Choices(longest_life_months=60))
    (nobody,) = book.results("ltv_simple")
    assert (nobody.value, nobody.flags, nobody.reason and nobody.reason.text.en[:11]) == (None, (), "nobody pays")


def test_revenue_per_account_may_rest_on_the_average_of_customers(book: Book) -> None:
    """One customer when March begins, three at its end, 300 a month: 100 each, or 150 for each of two."""
    history = [Sub(0, on("2026-01-05")), Sub(1, on("2026-03-05")), Sub(2, on("2026-03-06"), plan=1)]
    for customers, each in (("end", 100), ("average", 150)):
        book.keep(history, Choices(arpa_customers=customers))
        assert book.value("arpa", "2026-03-01") == each
        assert book.value("arpa", "2026-04-01") == 100
    assert book.value("arpa", "2026-03-01", by="plan", key="p0") == Decimal(200) / Decimal("1.5") // Decimal("0.000001") / 10**6


def test_a_cohort_is_followed_month_by_month(book: Book) -> None:
    book.keep([Sub(0, on("2026-03-10"), on("2026-05-01")), Sub(1, on("2026-03-31"))])
    found = {r.key: (r.value, "partial_period" in r.flags) for r in book.results("retention_cohort", by="cohort", period="month")}
    assert found == {"0": (1, False), "1": (1, False), "2": (Decimal("0.5"), False), "3": (Decimal("0.5"), True)}


# --- what cannot be -----------------------------------------------------------------------------------------------------


def test_impossible_subscriptions_are_set_aside_by_rule_and_counted(book: Book) -> None:
    book.keep([Sub(0, on("2026-01-05"), None, Decimal(100))])
    sound = {
        "starts_on": on("2026-01-05"),
        "status": "active",
        "amount": 70,
        "amount_home": 70,
        "interval_unit": "month",
        "interval_count": 1,
    }
    odd = {
        "no_start": {"starts_on": None},
        "too_old": {"starts_on": on("0206-01-05")},
        "no_amount": {"amount": None, "amount_home": None},
        "negative": {"amount": -5, "amount_home": -5},
        "beyond": {"amount": 10**11, "amount_home": 10**11},
        "once": {"interval_unit": None, "interval_count": None},
        "no_end": {"status": "canceled", "modified_at": datetime(2026, 1, 4)},
        "ends_before": {"ends_on": on("2026-01-04")},
        "no_rate": {"amount_home": None, "currency": "XXX"},
        "free": {"amount": 0, "amount_home": 0},
        "scheduled": {"status": "scheduled"},
        "trial": {"status": "Trial"},
        "archived": {"archived_at": datetime(2026, 2, 1)},
        "merged": {"merged_into": "0"},
    }
    names = ("ends_on", "modified_at", "currency", "archived_at", "merged_into")
    book.add(
        "subscription_period",
        [{"period_id": n, "subscription_id": n, **dict.fromkeys(names), **sound, **how} for n, how in odd.items()],
    )
    twice = [("a", on("2026-01-05"), None), ("b", on("2026-02-05"), None)]
    book.add(
        "subscription_period",
        [{**sound, "period_id": n, "subscription_id": "twice", "starts_on": a, "ends_on": b} for n, a, b in twice],
    )
    book.derive()
    assert (book.value("mrr"), book.value("subscribers")) == (170, 2), (
        "the sound one, and the first period of the overlapping two"
    )
    counted = {code: book.rows(f"SELECT count(*) FROM {note.rows}")[0][0] for code, note in step.NOTES.items()}
    assert counted == {
        "subscriptions_without_start": 2,
        "subscriptions_without_amount": 3,
        "subscriptions_without_interval": 1,
        "subscriptions_without_end": 1,
        "subscriptions_ended_before_start": 1,
        "subscriptions_without_rate": 1,
        "subscriptions_overlapping": 1,
        "subscriptions_with_assumed_end": 0,
    }
    listed = {
        id for note in step.NOTES.values() for (id,) in book.rows(f"SELECT {(note.record or ('', ''))[1]} FROM {note.rows}")
    }
    assert listed == {*odd, "twice"} - {"free", "scheduled", "trial", "archived", "merged"}


def test_the_last_change_stands_in_for_an_end_that_nothing_tells(book: Book) -> None:
    """In the reporting zone, flagged; or, by setting, such a subscription is left out altogether."""
    book.keep([Sub(0, on("2026-01-05"), None, Decimal(100))])
    book.con.execute("UPDATE subscription_period SET status = 'Canceled', modified_at = TIMESTAMP '2026-03-31 22:30'")
    book.derive()
    (april,) = [r for r in book.results("mrr_churned", period="month") if r.period_start == on("2026-04-01")]
    assert (april.value, "assumed_end" in april.flags) == (100, True)
    book.derive(subscriptions=SubscriptionOptions(unknown_end="set_aside"))
    assert book.rows("SELECT count(*) FROM mrr_level") == [(0,)]
    assert book.rows(f"SELECT count(*) FROM {step.NOTES['subscriptions_without_end'].rows}") == [(1,)]


@pytest.mark.parametrize(
    ("status", "changes", "now"),
    [
        ("past_due", {}, 100),
        ("past_due", {"past_due": "exclude"}, 0),
        ("paused", {}, 0),
        ("paused", {"paused": "include"}, 100),
        ("trialing", {"trials": "include"}, 100),
        ("trialing", {}, 0),
    ],
)
def test_what_counts_as_paid_is_a_setting(book: Book, status: str, changes: dict[str, str], now: int) -> None:
    book.keep([Sub(0, on("2026-01-05"), None, Decimal(100))])
    book.con.execute(f"UPDATE subscription_period SET status = '{status}', next_due_on = DATE '2026-05-05'")
    book.derive(subscriptions=SubscriptionOptions(**changes))
    assert (book.value("mrr") or 0) == now


def test_total_of_a_month_is_what_its_customers_did() -> None:
    """The judge itself, on a case that can be counted on fingers."""
    history = [Sub(0, on("2026-01-05"), on("2026-02-10")), Sub(1, on("2026-02-05"))]
    assert total(history, on("2026-02-01"), on("2026-02-28"), lambda m: m.churned) / UNIT == 100
    assert total(history, on("2026-02-01"), on("2026-02-28"), lambda m: m.new) / UNIT == 100
