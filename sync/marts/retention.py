"""Of customers who buy now and then: when each became active, and when it had not bought for so long that it is lost.

A purchase is a won deal, or an order that is not the delivery of one. Whoever has not bought for more than
``kpis.lapsed_after_days`` days is lost on the day after; who buys again later has returned.
"""

from sync.marts.desk import Desk
from sync.marts.movements import KINDS
from sync.marts.people import CUSTOMER_ID


def retention(desk: Desk) -> None:
    """Every mart of :mod:`kpi.schema.marts.retention`. Customers and orders must be known."""
    con, options = desk.con, desk.options
    con.execute(PURCHASES.format(customer=CUSTOMER_ID[options.customer_unit]), {"today": options.today})
    con.execute(ACTIVE)
    activity(desk, options.lapsed_after_days)


def activity(desk: Desk, lapsed_after_days: int) -> None:
    """From purchases by customer and day (``_purchase_day``, ``_active_customer``) to the marts."""
    options = desk.options
    desk.con.execute(TURNS, {"days": lapsed_after_days, "today": options.today})
    desk.mart("activity_level", LEVEL)
    desk.mart(
        "activity_change",
        " UNION ALL ".join(CHANGE.format(kind=kind, start=start.format(day="day")) for kind, start in KINDS.items()),
    )
    desk.mart("activity_cohort", COHORTS, {"today": options.today})


PURCHASES = """
CREATE OR REPLACE TEMP TABLE _purchase_day AS
SELECT * FROM (
    SELECT {customer} AS customer_id, o.company_id, o.won_on AS bought_on
    FROM deal_outcome o LEFT JOIN _deal_first_contact f USING (deal_id)
    UNION ALL
    SELECT customer_id, company_id, ordered_on FROM _order_state WHERE NOT is_of_won_deal
) WHERE bought_on BETWEEN DATE '1970-01-01' AND $today
"""

ACTIVE = """
CREATE OR REPLACE TEMP TABLE _active_customer AS
WITH buyers AS (
    SELECT customer_id, min(company_id) AS company_id, min(bought_on) AS first_on FROM _purchase_day GROUP BY customer_id
)
SELECT row_number() OVER () AS customer, b.*, coalesce(o.channel, 'unattributed') AS channel, k.team_id, k.owner_id
FROM buyers b LEFT JOIN _customer_origin o USING (customer_id) LEFT JOIN customer k USING (customer_id)
"""

TURNS = """
CREATE OR REPLACE TEMP TABLE _turn AS
WITH days AS (
    SELECT DISTINCT customer, bought_on FROM _purchase_day JOIN _active_customer USING (customer_id)
), gaps AS (
    SELECT *, lag(bought_on) OVER (PARTITION BY customer ORDER BY bought_on) AS before,
        lead(bought_on) OVER (PARTITION BY customer ORDER BY bought_on) AS after
    FROM days
)
SELECT customer, bought_on AS day, 1 AS n FROM gaps WHERE before IS NULL OR bought_on - before > $days + 1
UNION ALL
SELECT customer, bought_on + CAST($days AS INTEGER) + 1, -1 FROM gaps
WHERE (after IS NULL OR after - bought_on > $days + 1) AND bought_on + CAST($days AS INTEGER) + 1 <= $today
"""
"""Who buys on the very day of its loss was never lost."""

_WHO = "customer_id, company_id, channel, team_id, owner_id"

LEVEL = f"SELECT {_WHO}, day AS change_on, n AS customers FROM _turn JOIN _active_customer USING (customer)"

CHANGE = f"""
SELECT {_WHO}, '{{kind}}' AS period, start_on AS period_start, CAST(first_on >= start_on AS INTEGER) AS customers_new,
    CAST(opens > 0 AND closes > 0 AND first_on < start_on AS INTEGER) AS customers_returned,
    CAST(opens < 0 AND closes < 0 AS INTEGER) AS customers_lost
FROM (
    SELECT customer, {{start}} AS start_on, arg_min(n, day) AS opens, arg_max(n, day) AS closes
    FROM _turn GROUP BY ALL
) JOIN _active_customer USING (customer)
WHERE opens = closes OR first_on >= start_on
"""
"""Turns alternate: who is lost first was active at the opening, who came last is active at the end."""

COHORTS = """
WITH months AS (
    SELECT DISTINCT customer, CAST(date_trunc('month', first_on) AS DATE) AS cohort_on, date_diff('month', first_on, bought_on) AS age
    FROM _purchase_day JOIN _active_customer USING (customer_id)
), bought AS (
    SELECT cohort_on, age, count(*) AS active FROM months GROUP BY ALL
), cohorts AS (
    SELECT cohort_on, active AS customers FROM bought WHERE age = 0
), grid AS (
    SELECT cohort_on, customers, unnest(range(0, 1 + date_diff('month', cohort_on, CAST($today AS DATE)))) AS age FROM cohorts
)
SELECT cohort_on, CAST(age AS VARCHAR) AS age, customers, coalesce(active, 0) AS active,
    age = date_diff('month', cohort_on, CAST($today AS DATE)) AS is_partial
FROM grid LEFT JOIN bought USING (cohort_on, age)
"""
