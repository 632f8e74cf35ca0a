"""Of what is aimed at: quotas from the CRM's goals, who sells, and what was forecast when a period began."""

from collections.abc import Mapping

from kpi.text import Text
from sync.marts.desk import Desk, Note
from sync.marts.spans import STARTS

LONGEST_GOAL_DAYS = 3_660
"""A mistyped year must not make a goal of millions of days."""


def quotas(desk: Desk) -> None:
    """Quotas, active reps and forecasts as known; ``known_forecast`` holds what earlier runs forecast, where there were any."""
    desk.con.execute(GOALS, {"names": [name.lower() for name in desk.options.revenue_goals], "longest": LONGEST_GOAL_DAYS})
    desk.mart("quota", QUOTA)
    desk.mart("active_rep", ACTIVE_REP, {"today": desk.options.today})
    desk.con.execute(KNOWN_FORECAST)
    desk.mart("forecast_snapshot", FORECAST_SNAPSHOT, {"today": desk.options.today, "model": desk.options.record_model})


GOALS = """
CREATE OR REPLACE TEMP TABLE _goal AS
SELECT target_id, owner_id, target_value, starts_on, ends_on, ends_on - starts_on + 1 AS days
FROM target
WHERE archived_at IS NULL AND target_value IS NOT NULL AND ends_on >= starts_on AND ends_on - starts_on < $longest
    AND EXISTS (SELECT 1 FROM (SELECT unnest(CAST($names AS VARCHAR[])) AS name) WHERE lower(target_name) GLOB name)
"""

QUOTA = (
    """
WITH days AS (
    SELECT target_id, owner_id, target_value, days, unnest(generate_series(starts_on, ends_on, INTERVAL 1 DAY))::DATE AS day
    FROM _goal
), counted AS (
    SELECT * FROM days QUALIFY rank() OVER (PARTITION BY owner_id, day ORDER BY days) = 1
), spread AS (
    SELECT *, """
    + STARTS.format(day="day")
    + """ FROM counted
), parts AS (
    SELECT period, period_start, owner_id, target_id, max(day) AS last_day,
        CAST(any_value(target_value) * 1000000 AS HUGEINT) * count(*) // any_value(days) AS millionths
    FROM spread WHERE period IN ('month', 'quarter', 'year') GROUP BY ALL
)
SELECT period, period_start, owner_id, team_id, CAST(sum(millionths) AS DECIMAL(32, 0)) * 0.000001 AS quota_home
FROM parts LEFT JOIN _team USING (owner_id)
GROUP BY ALL
HAVING max(last_day) + 1 = CAST(
    period_start + CASE period WHEN 'month' THEN INTERVAL 1 MONTH WHEN 'quarter' THEN INTERVAL 3 MONTH ELSE INTERVAL 1 YEAR END AS DATE
)
"""
)
"""A day belongs to the shortest of an owner's goals that cover it: a month's goal stands for its part of the year's. Goals of
equal length that cover the same day add up (new business and renewals)."""

ACTIVE_REP = (
    """
WITH acted AS MATERIALIZED (
    SELECT DISTINCT owner_id, team_id, day
    FROM (SELECT owner_id, team_id, created_on, won_on, lost_on FROM deal_outcome WHERE owner_id IS NOT NULL)
    UNPIVOT (day FOR act IN (created_on, won_on, lost_on))
    WHERE day <= $today
)
SELECT DISTINCT period, period_start, owner_id, team_id FROM (
    SELECT owner_id, team_id, """
    + STARTS.format(day="day")
    + """ FROM acted
    UNION ALL BY NAME
    SELECT owner_id, team_id, 'all' AS period, min(day) OVER () AS period_start FROM acted
) WHERE period IN ('month', 'quarter', 'year', 'all')
"""
)

KNOWN_FORECAST = """
CREATE TEMP TABLE IF NOT EXISTS known_forecast (
    period VARCHAR, period_start DATE, "by" VARCHAR, member VARCHAR, model VARCHAR, value DECIMAL(38, 10), as_of TIMESTAMP
)
"""

FORECAST_SNAPSHOT = """
SELECT period, period_start, "by", member, value AS forecast_home
FROM known_forecast
WHERE period_start <= $today AND value IS NOT NULL AND model IN ('', $model) AND CAST(as_of AS DATE) <= period_start + 3
QUALIFY row_number() OVER (
    PARTITION BY period, period_start, "by", member
    ORDER BY CAST(as_of AS DATE) > period_start, CASE WHEN CAST(as_of AS DATE) > period_start THEN as_of END, as_of DESC
) = 1
"""
"""The last version up to the period's first day (UTC), else the first of the three days after."""

NOTES: Mapping[str, Note] = {
    "goals_without_days": Note(
        "target WHERE archived_at IS NULL AND (starts_on IS NULL OR ends_on IS NULL OR ends_on < starts_on)",
        Text("goals without days, or that end before they begin", "objectifs sans dates, ou qui finissent avant de commencer"),
        record=("goal_targets", "target_id"),
    ),
}
