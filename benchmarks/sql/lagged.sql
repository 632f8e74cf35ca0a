CREATE OR REPLACE TEMP TABLE models AS SELECT unnest(['first', 'last']) AS model;

CREATE OR REPLACE TEMP TABLE spent AS
SELECT channel AS "outer", campaign AS "inner", CAST(NULL AS VARCHAR) AS model, lagged_on AS day,
    sum(CAST(spend_home AS DOUBLE)) AS sum_spend,
    sum(CAST(spend_home AS DOUBLE)) FILTER (is_paid_channel) AS sum_paid_spend
FROM spend WHERE lagged_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE credited AS
SELECT model, channel AS "outer", campaign AS "inner", customer_on AS day, sum(credit) / 1e9 AS n_paid_customers
FROM customer_credit WHERE customer_on <= $today AND model IN ('first', 'last') AND is_paid GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", won_on AS day, sum(CAST(amount_home AS DOUBLE) * credit) / 1e9 AS sum_attributed
FROM deal_credit WHERE won_on <= $today AND model IN ('first', 'last') AND channel <> 'unattributed'
GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE sums AS
WITH everything AS (
    FROM over_pairs('credited', 'channel', 'campaign', false)
    UNION ALL BY NAME
    SELECT s.* EXCLUDE (model), m.model FROM over_pairs('spent', 'channel', 'campaign', false) s CROSS JOIN models m
), apart AS MATERIALIZED (
    SELECT cut, member, model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM everything
    GROUP BY cut, member, model, period, period_start
)
FROM apart
UNION ALL
SELECT 'total', '', model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM apart WHERE cut = 'channel'
GROUP BY model, period, period_start;

CREATE OR REPLACE TEMP TABLE result_credited AS
SELECT cut, member, model, period, period_start, coalesce(sum_paid_spend, 0) / nullif(n_paid_customers, 0) AS cac_paid_lagged,
    (coalesce(sum_attributed, 0) - sum_spend) / nullif(sum_spend, 0) AS roi_lagged
FROM sums;

CREATE OR REPLACE TEMP TABLE cost_days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(sum_spend) AS sum_cost, CAST(NULL AS BIGINT) AS n_customers
FROM spent GROUP BY day
UNION ALL
SELECT 'total', '', NULL, lagged_on, sum(CAST(amount_home AS DOUBLE)), NULL FROM overhead WHERE lagged_on <= $today GROUP BY lagged_on
UNION ALL
SELECT 'total', '', NULL, customer_on, NULL, count(*) FROM customer WHERE customer_on <= $today GROUP BY customer_on;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, coalesce(sum_cost, 0) / nullif(n_customers, 0) AS cac_blended_lagged
FROM over_months_and_rolling('cost_days');
