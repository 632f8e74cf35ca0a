-- From what was read, not from the marts: months in which one's own domains and a competitor are both known, in a database.
CREATE OR REPLACE TEMP TABLE months_of_traffic AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, month_on AS day, sum(own) AS n_own, sum(everybody) AS n_all
FROM (
    SELECT month_on, sum(organic_traffic) FILTER (NOT is_competitor) AS own, sum(organic_traffic) AS everybody
    FROM seo_estimate WHERE organic_traffic IS NOT NULL AND month_on <= $today GROUP BY source, database, month_on
    HAVING count(*) FILTER (is_competitor) > 0 AND count(*) FILTER (NOT is_competitor) > 0
) GROUP BY month_on;

CREATE OR REPLACE TEMP TABLE result_traffic AS
SELECT cut, member, period, period_start, n_own / nullif(n_all, 0) AS organic_traffic_share FROM over_months_and_rolling('months_of_traffic');

CREATE OR REPLACE TEMP TABLE visible_days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, seen_on AS day, sum(visibility_percent) / 100.0 AS sum_seen, count(*) AS n_days
FROM seo_visibility_daily WHERE visibility_percent IS NOT NULL AND seen_on <= $today GROUP BY seen_on;

CREATE OR REPLACE TEMP TABLE result_visibility AS
SELECT cut, member, period, period_start, sum_seen / nullif(n_days, 0) AS search_visibility FROM over_periods('visible_days');
