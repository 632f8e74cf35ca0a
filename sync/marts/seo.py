"""Of search engines: estimated traffic beside that of competitors, and measured visibility."""

from sync.marts.desk import Desk


def seo(desk: Desk) -> None:
    desk.mart("seo_month", SEO_MONTH)
    desk.mart("seo_day", SEO_DAY)


SEO_MONTH = """
SELECT source, database, month_on, CAST(sum(organic_traffic) FILTER (NOT is_competitor) AS BIGINT) AS own_traffic,
    CAST(sum(organic_traffic) AS BIGINT) AS all_traffic
FROM seo_estimate WHERE organic_traffic IS NOT NULL AND is_competitor IS NOT NULL
GROUP BY ALL HAVING bool_or(is_competitor) AND bool_or(NOT is_competitor)
"""
"""Only months in which both are known: a share of one side alone would be all or nothing."""

SEO_DAY = """
SELECT source, campaign_id, url, seen_on, CAST(visibility_percent * 0.01 AS DECIMAL(18, 6)) AS visibility
FROM seo_visibility_daily WHERE visibility_percent IS NOT NULL
"""
