CREATE OR REPLACE TEMP TABLE customer_days AS
SELECT channel, team_id, owner_id, change_on AS day, sum(mrr) AS sum_mrr, sum(customers) AS n_customers
FROM mrr_level WHERE change_on <= $today GROUP BY channel, team_id, owner_id, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY day
UNION ALL SELECT 'channel', channel, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY channel, day
UNION ALL
SELECT 'team', coalesce(team_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY team_id, day
UNION ALL
SELECT 'owner', coalesce(owner_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY owner_id, day
UNION ALL
SELECT 'plan', plan_id, NULL, change_on, sum(mrr), sum(customers) FROM mrr_plan_level WHERE change_on <= $today GROUP BY plan_id, change_on;

CREATE OR REPLACE TEMP MACRO moved(mart, cut_, member_) AS TABLE
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, period, period_start, sum(CAST(mrr_gained AS DOUBLE)) AS gained,
    sum(CAST(mrr_lost AS DOUBLE)) AS lost, sum(customers_lost) AS customers_lost
FROM query_table(mart) GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_periods AS
WITH levels AS (
    SELECT cut, member, period, period_start, CAST(opening_sum_mrr AS DOUBLE) AS mrr, opening_n_customers AS customers FROM over_levels('days')
    WHERE period IN ('year', 'quarter', 'month')
), movements AS (
    FROM moved('mrr_change', 'total', '') UNION ALL FROM moved('mrr_change', 'channel', channel)
    UNION ALL FROM moved('mrr_change', 'team', team_id) UNION ALL FROM moved('mrr_change', 'owner', owner_id)
    UNION ALL FROM moved('mrr_plan_change', 'plan', plan_id)
)
SELECT cut, member, period, period_start, (mrr + coalesce(gained, 0) - coalesce(lost, 0)) / nullif(mrr, 0) AS nrr,
    (mrr - coalesce(lost, 0)) / nullif(mrr, 0) AS grr, coalesce(lost, 0) / nullif(mrr, 0) AS mrr_churn_gross,
    (coalesce(lost, 0) - coalesce(gained, 0)) / nullif(mrr, 0) AS mrr_churn_net,
    coalesce(customers_lost, 0) / nullif(customers, 0) AS logo_churn,
    (customers - coalesce(customers_lost, 0)) / nullif(customers, 0) AS retention_rate
FROM levels LEFT JOIN movements USING (cut, member, period, period_start);

CREATE OR REPLACE TEMP MACRO of_year(mart, cut_, member_) AS TABLE
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start,
    CAST(sum(mrr_start) + sum(mrr_gained) - sum(mrr_lost) AS DOUBLE) / nullif(sum(mrr_start), 0) AS nrr_12_months,
    CAST(sum(mrr_start) - sum(mrr_lost) AS DOUBLE) / nullif(sum(mrr_start), 0) AS grr_12_months,
    sum(customers_lost) / nullif(sum(customers_start), 0) AS logo_churn_12_months
FROM query_table(mart) GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_year AS
FROM of_year('subscriber_year', 'total', '') UNION ALL FROM of_year('subscriber_year', 'channel', channel)
UNION ALL FROM of_year('subscriber_year', 'team', team_id) UNION ALL FROM of_year('subscriber_year', 'owner', owner_id)
UNION ALL FROM of_year('subscriber_plan_year', 'plan', plan_id);

CREATE OR REPLACE TEMP TABLE result_cohorts AS
SELECT 'cohort' AS cut, age AS member, 'month' AS period, cohort_on AS period_start, sum(active) / nullif(sum(customers), 0) AS retention_cohort
FROM subscriber_cohort WHERE cohort_on <= $today GROUP BY age, cohort_on
UNION ALL
SELECT 'cohort', age, 'all', NULL, sum(active) / nullif(sum(customers), 0) FROM subscriber_cohort WHERE cohort_on <= $today GROUP BY age;
