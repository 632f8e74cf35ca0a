"""Of accounts on social networks: a level at the two ends of each period, and what happened in between."""

from collections.abc import Mapping

from sync.marts.desk import Desk
from sync.marts.spans import STARTS


def social(desk: Desk) -> None:
    """One row per account and period; a day without figures keeps the level that was last known."""
    counted, base = BASE[desk.options.social_base]
    desk.mart("social", SOCIAL.format(counted=counted, base=base), {"today": desk.options.today})


BASE: Mapping[str, tuple[str, str]] = {
    "reach": ("reach IS NOT NULL", "sum(reach)"),
    "impressions": ("impressions IS NOT NULL", "sum(impressions)"),
    "followers": ("true", "last(level ORDER BY day)"),
}
"""Setting ``social_base`` -> the days whose interactions are counted, and what they are held against."""

SOCIAL = (
    """
WITH stats AS (
    SELECT network, account_id, stats_on AS day, max(followers) AS followers, max(impressions) AS impressions, max(reach) AS reach,
        max(shares) AS shares, max(coalesce(engagements, likes, comments, shares, clicks) IS NOT NULL) AS is_told,
        max(coalesce(engagements, coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(clicks, 0))) AS interactions
    FROM social_stats_daily WHERE stats_on <= $today GROUP BY ALL
), days AS (
    SELECT network, account_id, CAST(unnest(generate_series(CAST(first AS TIMESTAMP), CAST($today AS TIMESTAMP), INTERVAL 1 DAY))
        AS DATE) AS day
    FROM (SELECT network, account_id, min(day) AS first FROM stats GROUP BY ALL)
), levels AS (
    SELECT *, last_value(followers IGNORE NULLS) OVER account AS level
    FROM days LEFT JOIN stats USING (network, account_id, day)
    WINDOW account AS (PARTITION BY network, account_id ORDER BY day)
), steps AS (
    SELECT *, lag(level) OVER (PARTITION BY network, account_id ORDER BY day) AS before FROM levels
), spread AS (
    SELECT *, """
    + STARTS.format(day="day")
    + """ FROM steps
    UNION ALL BY NAME
    SELECT * REPLACE (first_value(level IGNORE NULLS) OVER account AS before), 'all' AS period, min(day) OVER account AS period_start
    FROM steps WINDOW account AS (
        PARTITION BY network, account_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
)
SELECT period, period_start, network, account_id, first(before ORDER BY day) AS followers_opening,
    last(level ORDER BY day) AS followers_closing, sum(interactions) FILTER (is_told AND {counted}) AS interactions,
    sum(shares) AS shares, {base} AS base
FROM spread GROUP BY ALL
"""
)
"""Growth over ``all`` begins with the first level that is known; over a period, with the last one before it."""
