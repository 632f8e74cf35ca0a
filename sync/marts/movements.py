"""From what is paid (``_paid``) to levels, movements and who stayed.

**Net over a period.** A customer's subscriptions that were there at the opening and those that are there at the end decide what
it did: began, returned, left, or pays more or less than before. What began and ended in between does not count, but for a
customer that was there at neither end: it came and left (setting ``short_lived``). Under the setting ``movements: gross`` the
same is done day by day, and the days are added up; who stayed (``mrr_gained``, ``mrr_lost``) is net all the same.

**One rate.** In each currency, what came in the period is held against what went. What is more is worth the rate at which it
came, what is less the rate at which it went; the rest of the change in the company's currency is the effect of the exchange
rates (R4). So nobody can lose more than it paid.

**Plans.** What a customer did is one thing. It is shared out among the plans that changed in its direction, in proportion; what
went from one plan to another is apart. So plans add up to the total, and no plan loses more than it had.

Amounts are whole numbers: millionths of :data:`~kpi.schema.marts.recurring.MRR_PARTS`. Shares are cut from running sums,
so that they add up exactly.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from sync.marts.absences import absences, away
from sync.marts.desk import Desk

KINDS: Mapping[str, str] = {
    "month": "CAST(date_trunc('month', {day}) AS DATE)",
    "quarter": "quarter_of({day})",
    "year": "year_of({day})",
}
"""The kinds of period that movements are told for, and the first day of the one that a day is in."""

WINDOW_DAYS = 365


def movements(desk: Desk) -> None:
    """Every mart of :mod:`kpi.schema.marts.subscriptions`."""
    con, options = desk.con, desk.options
    chosen = options.subscriptions
    con.execute(STEP)
    for suffix, columns in _CUTS.items():
        desk.mart(f"mrr_{suffix}level", LEVEL.format(**columns))
        absences(desk, suffix, columns["by_plan"])
    con.execute("DROP TABLE _step")
    since = options.today - timedelta(days=WINDOW_DAYS - 1)
    starts = {
        "window": f"CASE WHEN {{day}} >= DATE '{since}' THEN DATE '{since}' WHEN {{day}} IS NOT NULL THEN DATE '0001-01-01' END",
        **({"event": "{day}"} if chosen.movements == "gross" else {}),
        **KINDS,
    }
    done = {"counts_returned": chosen.reactivation_in_nrr == "include"}
    for kind, start in starts.items():
        spans = {"kind": kind, "from_on": start.format(day="starts_on"), "to_on": start.format(day="ended_on"), "still": "true"}
        if kind == "window":
            spans["still"] = f"(ended_on IS NULL OR ended_on >= DATE '{since}')"
        con.execute(EFFECTS.format(**spans), {"home": options.home_currency})
        con.execute(PLAN_MOVES.format(**spans))
        con.execute(MOVES.format(kind=kind, counts_brief=chosen.short_lived == "count"))
        con.execute(SHARES.format(kind=kind))
        for suffix, columns in _CUTS.items():
            away(desk, suffix, columns["by_plan"], kind, start)
        if kind not in KINDS:
            continue
        for suffix, columns in _CUTS.items():
            changes = {other: columns["changes"].format(kind=other, **done) for other in starts}
            fill = desk.mart if kind == _FIRST else desk.add
            fill(f"mrr_{suffix}change", _of_period(kind, changes, columns))
            if kind == "month":
                year = YEAR.format(months=changes["month"], window=changes["window"], **columns)
                desk.mart(f"subscriber_{suffix}year", year, {"since": since, "today": options.today})
        if kind == "month":
            desk.mart("subscriber_cohort", COHORTS, {"today": options.today})
            _forget(desk, "window")
        _forget(desk, kind)
    if "event" in starts:
        _forget(desk, "event")


_FIRST = next(iter(KINDS))


def _forget(desk: Desk, kind: str) -> None:
    """Those of one kind of period at a time: of millions of subscriptions they fill gigabytes."""
    desk.con.execute(f"DROP TABLE _plan_move_{kind}; DROP TABLE _move_{kind}; DROP TABLE _share_{kind}")
    desk.con.execute(f"DROP TABLE _plan_away_{kind}; DROP TABLE _away_{kind}")


def _money(name: str) -> str:
    return f"CAST({name} AS DECIMAL(31, 0)) * CAST(0.000001 AS DECIMAL(7, 6)) AS {name}"


STEP = """
CREATE OR REPLACE TEMP TABLE _step AS
SELECT customer, plan, day, CAST(sum(home) AS BIGINT) AS home, CAST(sum(n) AS INTEGER) AS n, bool_or(is_assumed) AS is_assumed FROM (
    SELECT customer, plan, starts_on AS day, home, 1 AS n, false AS is_assumed FROM _paid
    UNION ALL
    SELECT customer, plan, ended_on, -home, -1, has_assumed_end FROM _paid WHERE ended_on IS NOT NULL
) GROUP BY customer, plan, day
"""

LEVEL = f"""
WITH changes AS (
    SELECT customer, {{by_plan}} day, sum(home) AS mrr, sum(n) AS subscriptions, bool_or(is_assumed) AS has_assumed_end
    FROM _step GROUP BY customer, {{by_plan}} day
), counted AS (
    SELECT *, sum(subscriptions) OVER (PARTITION BY {{by_plan}} customer ORDER BY day) AS after FROM changes
), summed AS (
    SELECT {{key}}, day AS change_on, {{total}}(mrr) AS mrr,
        {{total}}(CAST(after > 0 AS INTEGER) - CAST(after > subscriptions AS INTEGER)) AS customers,
        {{total}}(CAST(after = 0 AND subscriptions < 0 AS INTEGER)) AS customers_gone,
        {{total}}(subscriptions) AS subscriptions, {{some}}(has_assumed_end) AS has_assumed_end
    FROM counted {{group}}
)
SELECT {{shown}}, change_on, {_money("mrr")}, customers, customers_gone, subscriptions, has_assumed_end
FROM summed JOIN {{members}}
WHERE mrr <> 0 OR subscriptions <> 0 OR customers <> 0 OR customers_gone <> 0
"""

EFFECTS = """
CREATE OR REPLACE TEMP TABLE _effect AS
WITH spans AS (
    SELECT *, {from_on} AS from_on, {to_on} AS to_on FROM _paid
    WHERE {still} AND money IN (SELECT money FROM _currency WHERE currency <> $home)
), cells AS (
    SELECT customer, money, plan, start_on, sum(came) AS came, sum(came_home) AS came_home, sum(went) AS went,
        sum(went_home) AS went_home
    FROM (
        SELECT customer, money, plan, from_on AS start_on, contract AS came, home AS came_home, 0 AS went, 0 AS went_home
        FROM spans WHERE to_on IS DISTINCT FROM from_on
        UNION ALL
        SELECT customer, money, plan, to_on, 0, 0, contract, home FROM spans WHERE to_on <> from_on
    ) GROUP BY customer, money, plan, start_on
), rates AS (
    SELECT customer, money, start_on, sum(came) AS came, sum(came_home) AS came_home, sum(went) AS went, sum(went_home) AS went_home
    FROM cells GROUP BY customer, money, start_on HAVING sum(came) > 0 AND sum(went) > 0
), effects AS (
    SELECT customer, money, start_on, came_home AS came_home_all, coalesce(came_home - went_home - TRY(
        CASE WHEN came >= went THEN came_home * (came - went) // came ELSE -(went_home * (went - came) // went) END
    ), 0) AS fx_all
    FROM rates
)
SELECT customer, plan, start_on, CAST(sum(coalesce(
    TRY(fx_all * so_far // came_home_all - fx_all * (so_far - came_home) // came_home_all), 0
)) AS BIGINT) AS fx
FROM (
    SELECT *, sum(came_home) OVER (PARTITION BY customer, money, start_on ORDER BY plan) AS so_far
    FROM cells JOIN effects USING (customer, money, start_on) WHERE fx_all <> 0 AND came_home > 0
) GROUP BY customer, plan, start_on
"""
"""The effect of exchange rates, shared out among the plans that came, in proportion to what they are worth."""

PLAN_MOVES = """
CREATE OR REPLACE TEMP TABLE _plan_move_{kind} AS
WITH spans AS (
    SELECT *, {from_on} AS from_on, {to_on} AS to_on FROM _paid WHERE {still}
), moves AS (
    SELECT customer, plan, from_on AS start_on, home, 1 AS n, 1 AS starts, 0 AS ends_at_once, 0 AS brief, false AS is_assumed
    FROM spans WHERE to_on IS DISTINCT FROM from_on
    UNION ALL
    SELECT customer, plan, to_on, -home, -1, 0, CAST(ended_on = to_on AS INTEGER), 0, has_assumed_end
    FROM spans WHERE to_on <> from_on
    UNION ALL
    SELECT customer, plan, from_on, 0, 0, 1, 0,
        CASE WHEN ended_on = max(ended_on) OVER (PARTITION BY customer, from_on) THEN home ELSE 0 END, has_assumed_end
    FROM spans WHERE to_on = from_on
), cells AS (
    SELECT customer, plan, start_on, CAST(sum(home) AS BIGINT) AS home, CAST(sum(n) AS INTEGER) AS n,
        CAST(sum(starts) AS INTEGER) AS starts, CAST(sum(ends_at_once) AS INTEGER) AS ends_at_once,
        CAST(sum(brief) AS BIGINT) AS brief, bool_or(is_assumed) AS is_assumed
    FROM moves GROUP BY customer, plan, start_on
)
SELECT c.customer, c.plan, c.start_on, home - coalesce(fx, 0) AS change, coalesce(fx, 0) AS fx, n, starts, ends_at_once, brief,
    is_assumed, CAST(sum(n) OVER (PARTITION BY c.customer, c.plan ORDER BY c.start_on) - n AS INTEGER) AS opening
FROM cells c LEFT JOIN _effect e ON e.customer = c.customer AND e.plan = c.plan AND e.start_on = c.start_on
"""
"""By customer, plan and period: what came and stayed less what had been there and went; and what did both (``brief``: the
amounts that were the last to go)."""

MOVES = """
CREATE OR REPLACE TEMP TABLE _move_{kind} AS
WITH wholes AS (
    SELECT customer, start_on, CAST(sum(change) AS BIGINT) AS change, CAST(sum(fx) AS BIGINT) AS fx, CAST(sum(n) AS INTEGER) AS n,
        CAST(sum(starts) AS INTEGER) AS starts, CAST(sum(ends_at_once) AS INTEGER) AS ends_at_once,
        CAST(sum(brief) AS BIGINT) AS brief, bool_or(is_assumed) AS is_assumed,
        CAST(sum(greatest(change, 0)) AS BIGINT) AS more, CAST(sum(least(change, 0)) AS BIGINT) AS less
    FROM _plan_move_{kind} GROUP BY customer, start_on
), opened AS (
    SELECT *, CAST(sum(n) OVER (PARTITION BY customer ORDER BY start_on) - n AS INTEGER) AS opening FROM wholes
)
SELECT o.*, o.opening + o.n AS closing, CAST(CASE
        WHEN opening = 0 AND closing > 0 THEN CASE WHEN s.first_on >= start_on THEN 'new' ELSE 'returned' END
        WHEN opening > 0 AND closing = 0 THEN 'churned'
        WHEN opening > 0 THEN CASE WHEN change > 0 THEN 'expanded' WHEN change < 0 THEN 'contracted' ELSE 'same' END
        WHEN brief > 0 AND {counts_brief} THEN CASE WHEN s.first_on >= start_on THEN 'brief' ELSE 'brief_again' END
        ELSE 'none' END AS ENUM ('new', 'returned', 'churned', 'expanded', 'contracted', 'same', 'brief', 'brief_again', 'none')) AS did
FROM opened o JOIN _subscriber s USING (customer)
"""

SHARES = """
CREATE OR REPLACE TEMP TABLE _share_{kind} AS
WITH mixed AS (
    SELECT customer, start_on, change AS change_all, CASE WHEN change > 0 THEN more ELSE less END AS same_all
    FROM _move_{kind} WHERE more <> 0 AND less <> 0
), parts AS (
    SELECT customer, plan, start_on, change, change_all, same_all,
        sum(change) FILTER (change * sign(change_all) > 0) OVER (PARTITION BY customer, start_on ORDER BY plan) AS so_far
    FROM _plan_move_{kind} JOIN mixed USING (customer, start_on)
)
SELECT customer, plan, start_on, CASE WHEN change * sign(change_all) > 0 THEN CAST(coalesce(TRY(
    CAST(change_all AS HUGEINT) * so_far // same_all - CAST(change_all AS HUGEINT) * (so_far - change) // same_all
), change) AS BIGINT) ELSE 0 END AS share
FROM parts
"""
"""Of customers whose plans changed in both directions: what each plan has of the change of the whole."""

_CHANGE = """(
    SELECT customer, {by_plan} start_on,
        CASE did WHEN 'new' THEN part WHEN 'brief' THEN brief ELSE 0 END AS mrr_new,
        CASE did WHEN 'expanded' THEN part ELSE 0 END AS mrr_expansion,
        CASE did WHEN 'contracted' THEN -part ELSE 0 END AS mrr_contraction,
        CASE did WHEN 'churned' THEN -part WHEN 'brief' THEN brief WHEN 'brief_again' THEN brief ELSE 0 END AS mrr_churned,
        CASE did WHEN 'returned' THEN part WHEN 'brief_again' THEN brief ELSE 0 END AS mrr_reactivation,
        change - part AS mrr_moved, fx AS mrr_fx,
        CASE WHEN did = 'expanded' OR (did = 'returned' AND {{counts_returned}}) THEN part ELSE 0 END AS mrr_gained,
        CASE did WHEN 'contracted' THEN -part WHEN 'churned' THEN -part ELSE 0 END AS mrr_lost,
        CAST(did IN ('new', 'brief') AS INTEGER) AS customers_new, CAST(opening > 0 AND opening + n = 0 AS INTEGER) AS customers_lost,
        CAST(did = 'returned' AND opening + n > 0 AS INTEGER) AS customers_returned,
        CAST(was_away AND opening > 0 AND opening + n > 0 AS INTEGER) AS customers_away,
        is_assumed AS has_assumed_end, opening, n, change + fx AS mrr_change
    FROM {rows} WHERE did NOT IN ('same', 'none') OR change <> 0 OR fx <> 0 OR (was_away AND opening > 0)
)"""
_PLAN_ROWS = """(
        SELECT p.*, m.did, CASE WHEN h.share IS NOT NULL THEN h.share WHEN m.did = 'same' THEN 0 ELSE p.change END AS part,
            a.customer IS NOT NULL AS was_away
        FROM _plan_move_{kind} p JOIN _move_{kind} m ON m.customer = p.customer AND m.start_on = p.start_on
        LEFT JOIN _share_{kind} h ON h.customer = p.customer AND h.plan = p.plan AND h.start_on = p.start_on
        LEFT JOIN _plan_away_{kind} a ON a.customer = p.customer AND a.plan = p.plan AND a.start_on = p.start_on
    )"""
_ROWS = """(
        SELECT m.*, change AS part, a.customer IS NOT NULL AS was_away
        FROM _move_{kind} m LEFT JOIN _away_{kind} a ON a.customer = m.customer AND a.start_on = m.start_on
    )"""

_CUTS: Mapping[str, Mapping[str, str]] = {
    "plan_": {
        "key": "plan",
        "by_plan": "plan,",
        "total": "sum",
        "some": "bool_or",
        "group": "GROUP BY ALL",
        "shown": "plan_id, category",
        "members": "_plan USING (plan)",
        "changes": _CHANGE.format(by_plan="plan,", rows=_PLAN_ROWS),
    },
    "": {
        "key": "customer",
        "by_plan": "",
        "total": "",
        "some": "",
        "group": "",
        "shown": "customer_id, company_id, channel, team_id, owner_id",
        "members": "_subscriber USING (customer)",
        "changes": _CHANGE.format(by_plan="", rows=_ROWS),
    },
}
"""Marts per plan, where customers are added up, and per customer."""

_AMOUNTS = ("mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churned", "mrr_reactivation", "mrr_moved", "mrr_fx")
_STAYS = ("mrr_gained", "mrr_lost")
_HEADS = ("customers_new", "customers_lost", "customers_returned", "customers_away")


def _of_period(kind: str, changes: Mapping[str, str], cut: Mapping[str, str]) -> str:
    """The rows of one kind of period; gross movements are those of its days, added up."""
    rows, key = changes[kind], cut["key"]
    if "event" in changes:
        rows = f"""(
    SELECT {key}, start_on, {", ".join(f"0 AS {name}" for name in _AMOUNTS)}, {", ".join((*_STAYS, *_HEADS))}, has_assumed_end FROM {rows}
    UNION ALL
    SELECT {key}, {KINDS[kind].format(day="start_on")}, {", ".join(_AMOUNTS)}, {", ".join("0" for _ in (*_STAYS, *_HEADS))}, has_assumed_end FROM {changes["event"]}
)"""
        cut = {**cut, "total": "sum", "some": "bool_or", "group": "GROUP BY ALL"}
    return CHANGES.format(kind=kind, rows=rows, numbers=_numbers((*_AMOUNTS, *_STAYS, *_HEADS), cut), **cut)


def _numbers(names: Iterable[str], cut: Mapping[str, str]) -> str:
    return ", ".join(f"{cut['total']}({name}) AS {name}" for name in names)


CHANGES = f"""
SELECT {{shown}}, '{{kind}}' AS period, start_on AS period_start, {", ".join(map(_money, (*_AMOUNTS, *_STAYS)))},
    {", ".join(_HEADS)}, has_assumed_end
FROM (
    SELECT {{key}}, start_on, {{numbers}}, {{some}}(has_assumed_end) AS has_assumed_end FROM {{rows}} {{group}}
) JOIN {{members}}
"""

_YEARS = ("mrr_start", "mrr_gained", "mrr_lost", "mrr_months", "mrr_losses", "mrr_new")
_COUNTS = ("customers_start", "customers_lost", "customer_months", "customer_losses", "customers_new")

YEAR = f"""
WITH months AS (
    SELECT *, date_diff('month', start_on, CAST(date_trunc('month', CAST($today AS DATE)) AS DATE)) - 1 AS ago FROM {{months}}
), at_start AS (
    SELECT {{by_plan}} customer, sum(home) AS home FROM _paid
    WHERE starts_on < $since AND (ended_on IS NULL OR ended_on >= $since) GROUP BY {{by_plan}} customer
), parts AS (
    SELECT {{key}}, home AS mrr_start, 0 AS mrr_gained, 0 AS mrr_lost, 0 AS mrr_months, 0 AS mrr_losses, 0 AS mrr_new,
        1 AS customers_start, 0 AS customers_lost, 0 AS customer_months, 0 AS customer_losses, 0 AS customers_new, false AS has_assumed_end
    FROM at_start
    UNION ALL
    SELECT {{key}}, 0, mrr_gained, mrr_lost, 0, 0, 0, 0, customers_lost, 0, 0, 0, has_assumed_end
    FROM {{window}} WHERE start_on = $since
    UNION ALL
    SELECT {{key}}, 0, 0, 0, mrr_change * least(ago, 12), CASE WHEN ago < 12 THEN mrr_lost ELSE 0 END,
        CASE WHEN ago < 12 THEN mrr_new ELSE 0 END, 0, 0,
        (CAST(opening + n > 0 AS INTEGER) - CAST(opening > 0 AS INTEGER)) * least(ago, 12),
        CASE WHEN ago < 12 THEN customers_lost ELSE 0 END, CASE WHEN ago < 12 THEN customers_new ELSE 0 END, has_assumed_end AND ago < 12
    FROM months WHERE ago >= 0
), summed AS (
    SELECT {{key}}, {", ".join(f"sum({name}) AS {name}" for name in (*_YEARS, *_COUNTS))}, bool_or(has_assumed_end) AS has_assumed_end
    FROM parts GROUP BY {{key}}
)
SELECT {{shown}}, {", ".join(map(_money, _YEARS))}, {", ".join(_COUNTS)}, has_assumed_end
FROM summed JOIN {{members}}
WHERE {" OR ".join(f"{name} <> 0" for name in (*_YEARS, *_COUNTS))}
"""
"""Levels at the openings of months are what changed before, times how many of those openings came after it."""

COHORTS = """
WITH moves AS (
    SELECT customer, CAST(date_trunc('month', first_on) AS DATE) AS cohort_on, date_diff('month', first_on, start_on) AS age,
        opening > ends_at_once OR starts > 0 AS is_there, closing > 0 AS stays
    FROM _move_month JOIN _subscriber USING (customer)
), followed AS (
    SELECT *, lead(age) OVER (PARTITION BY customer ORDER BY age) AS next_age FROM moves
), turns AS (
    SELECT cohort_on, age, count(*) AS turn FROM followed WHERE is_there GROUP BY ALL
    UNION ALL SELECT cohort_on, age + 1, -count(*) FROM followed WHERE is_there GROUP BY ALL
    UNION ALL SELECT cohort_on, age + 1, count(*) FROM followed WHERE stays GROUP BY ALL
    UNION ALL SELECT cohort_on, next_age, -count(*) FROM followed WHERE stays AND next_age IS NOT NULL GROUP BY ALL
), cohorts AS (
    SELECT CAST(date_trunc('month', first_on) AS DATE) AS cohort_on, count(*) AS customers FROM _subscriber GROUP BY ALL
), grid AS (
    SELECT cohort_on, customers, unnest(range(0, 1 + date_diff('month', cohort_on, CAST($today AS DATE)))) AS age FROM cohorts
)
SELECT cohort_on, CAST(age AS VARCHAR) AS age, customers,
    sum(coalesce(turn, 0)) OVER (PARTITION BY cohort_on ORDER BY age) AS active,
    age = date_diff('month', cohort_on, CAST($today AS DATE)) AS is_partial
FROM grid LEFT JOIN (SELECT cohort_on, age, sum(turn) AS turn FROM turns GROUP BY ALL) USING (cohort_on, age)
"""
