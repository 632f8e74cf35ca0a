-- Recurring amounts stand in exact ninths: a level that came back to nothing is nothing.
CREATE OR REPLACE TEMP TABLE customer_days AS
SELECT channel, team_id, owner_id, change_on AS day, sum(mrr) AS sum_mrr, sum(customers) AS n_customers, sum(subscriptions) AS n_subscriptions
FROM mrr_level WHERE change_on <= $today GROUP BY channel, team_id, owner_id, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY day
UNION ALL SELECT 'channel', channel, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY channel, day
UNION ALL
SELECT 'team', coalesce(team_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY team_id, day
UNION ALL
SELECT 'owner', coalesce(owner_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY owner_id, day
UNION ALL
SELECT 'plan', plan_id, NULL, change_on, sum(mrr), sum(customers), sum(subscriptions)
FROM mrr_plan_level WHERE change_on <= $today GROUP BY plan_id, change_on
UNION ALL
SELECT 'category', coalesce(category, 'unassigned'), NULL, change_on, sum(mrr), sum(customers), sum(subscriptions)
FROM mrr_plan_level WHERE change_on <= $today GROUP BY category, change_on;

CREATE OR REPLACE TEMP TABLE result_levels AS
SELECT cut, member, period, period_start, CAST(closing_sum_mrr AS DOUBLE) / 9 AS mrr, CAST(closing_sum_mrr AS DOUBLE) / 9 * 12 AS arr,
    closing_n_customers AS subscribers, opening_n_customers AS subscribers_at_start, closing_n_subscriptions AS subscriptions_active
FROM over_levels('days');

CREATE OR REPLACE TEMP MACRO moved(mart, cut_, member_) AS TABLE
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, period, period_start, sum(CAST(mrr_new AS DOUBLE)) / 9 AS mrr_new,
    sum(CAST(mrr_expansion AS DOUBLE)) / 9 AS mrr_expansion, sum(CAST(mrr_contraction AS DOUBLE)) / 9 AS mrr_contraction,
    sum(CAST(mrr_churned AS DOUBLE)) / 9 AS mrr_churned, sum(CAST(mrr_reactivation AS DOUBLE)) / 9 AS mrr_reactivation,
    sum(CAST(mrr_fx AS DOUBLE)) / 9 AS mrr_fx, sum(CAST(mrr_moved AS DOUBLE)) / 9 AS mrr_moved
FROM query_table(mart) GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_movements AS
SELECT *, mrr_new + mrr_expansion + mrr_reactivation - mrr_contraction - mrr_churned AS mrr_net_new
FROM (
    FROM moved('mrr_change', 'total', '') UNION ALL FROM moved('mrr_change', 'channel', channel)
    UNION ALL FROM moved('mrr_change', 'team', team_id) UNION ALL FROM moved('mrr_change', 'owner', owner_id)
    UNION ALL FROM moved('mrr_plan_change', 'plan', plan_id)
);

CREATE OR REPLACE TEMP TABLE company_years AS
SELECT company_id, year, sum(mrr) AS mrr FROM mrr_level JOIN calendar ON day = change_on WHERE change_on <= $today GROUP BY company_id, year;

CREATE OR REPLACE TEMP TABLE result_companies AS
WITH firsts AS (SELECT company_id, min(year) AS first FROM company_years GROUP BY company_id),
    years AS MATERIALIZED (SELECT DISTINCT period_start AS year FROM periods WHERE period = 'year')
SELECT 'company' AS cut, coalesce(f.company_id, 'unassigned') AS member, 'year' AS period, y.year AS period_start,
    CAST(sum(c.mrr) OVER (PARTITION BY f.company_id ORDER BY y.year) AS DOUBLE) / 9 AS mrr, NULL AS arr
FROM firsts f JOIN years y ON y.year >= f.first
LEFT JOIN company_years c ON c.company_id IS NOT DISTINCT FROM f.company_id AND c.year = y.year
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'all', NULL, CAST(sum(mrr) AS DOUBLE) / 9, CAST(sum(mrr) AS DOUBLE) / 9 * 12
FROM company_years GROUP BY company_id;
