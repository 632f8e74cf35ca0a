CREATE OR REPLACE TEMP TABLE models AS SELECT unnest(['first', 'last']) AS model;

CREATE OR REPLACE TEMP TABLE spent AS
SELECT channel AS "outer", campaign AS "inner", CAST(NULL AS VARCHAR) AS model, spend_on AS day,
    sum(CAST(spend_home AS DOUBLE)) AS sum_spend
FROM spend WHERE spend_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE credited AS
SELECT model, channel AS "outer", campaign AS "inner", sold_on AS day, sum(CAST(net_home AS DOUBLE) * credit) / 1e9 AS sum_sold,
    sum(CAST(costed_net AS DOUBLE) * credit) / 1e9 AS sum_costed, sum(CAST(costed_cost AS DOUBLE) * credit) / 1e9 AS sum_cost,
    CASE WHEN channel <> 'unattributed' THEN sum_costed - sum_cost END AS sum_attributed
FROM sold_credit WHERE sold_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE product_days AS
SELECT product_id, category, sold_on AS day, sum(CAST(net_home AS DOUBLE)) AS sum_sold, sum(CAST(costed_net AS DOUBLE)) AS sum_costed,
    sum(CAST(costed_cost AS DOUBLE)) AS sum_cost
FROM sold_line WHERE sold_on <= $today GROUP BY product_id, category, day;

CREATE OR REPLACE TEMP TABLE credited_sums AS
WITH everything AS (
    FROM over_pairs('credited', 'channel', 'campaign', false)
    UNION ALL BY NAME
    SELECT s.* EXCLUDE (model), m.model FROM over_pairs('spent', 'channel', 'campaign', false) s CROSS JOIN models m
)
SELECT cut, member, model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM everything
GROUP BY cut, member, model, period, period_start;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM product_days GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, day, sum(sum_spend) AS sum_spend FROM spent GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, cost_on AS day, sum(CAST(amount_home AS DOUBLE)) AS sum_overhead
FROM overhead WHERE cost_on <= $today GROUP BY day;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, model, period, period_start, (sum_costed - coalesce(sum_cost, 0)) / nullif(sum_costed, 0) AS gross_margin,
    CASE WHEN cut <> 'total' OR model IS NULL THEN coalesce(sum_costed, 0) - coalesce(sum_cost, 0) END AS gross_margin_value,
    coalesce(sum_costed, 0) / nullif(sum_sold, 0) AS margin_coverage,
    CASE WHEN cut <> 'total' OR model IS NULL THEN coalesce(sum_costed, 0) - coalesce(sum_cost, 0) - coalesce(sum_spend, 0) END
        AS contribution,
    (sum_costed - coalesce(sum_cost, 0) - coalesce(sum_spend, 0)) / nullif(sum_costed, 0) AS contribution_rate,
    (sum_costed - sum_cost) / nullif(sum_costed, 0) - (coalesce(sum_spend, 0) + coalesce(sum_overhead, 0)) / nullif(sum_sold, 0)
        AS net_margin,
    CASE WHEN model IS NOT NULL THEN (coalesce(sum_attributed, 0) - sum_spend) / nullif(sum_spend, 0) END AS roi_margin
FROM (
    FROM over_months_and_rolling('days') UNION ALL BY NAME FROM credited_sums
    UNION ALL BY NAME
    SELECT 'total' AS cut, '' AS member, model, period, period_start, sum(sum_attributed) AS sum_attributed, sum(sum_spend) AS sum_spend
    FROM credited_sums WHERE cut = 'channel' GROUP BY model, period, period_start
);

CREATE OR REPLACE TEMP TABLE line_days AS
SELECT 'product' AS cut, coalesce(product_id, 'unassigned') AS member, CAST(NULL AS VARCHAR) AS model, day,
    sum(COLUMNS('^(n|sum)_')) AS '\0'
FROM product_days GROUP BY product_id, day
UNION ALL
SELECT 'category', coalesce(category, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM product_days GROUP BY category, day;

CREATE OR REPLACE TEMP TABLE sums AS
FROM over_months('line_days')
UNION ALL BY NAME
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start,
    sum(CAST(net_home AS DOUBLE)) AS sum_sold, sum(CAST(costed_net AS DOUBLE)) AS sum_costed, sum(CAST(costed_cost AS DOUBLE)) AS sum_cost
FROM sold_line WHERE sold_on <= $today GROUP BY company_id;

CREATE OR REPLACE TEMP TABLE result_lines AS
SELECT cut, member, period, period_start, (sum_costed - sum_cost) / nullif(sum_costed, 0) AS gross_margin,
    coalesce(sum_costed, 0) - coalesce(sum_cost, 0) AS gross_margin_value, coalesce(sum_costed, 0) / nullif(sum_sold, 0) AS margin_coverage
FROM sums;
