CREATE OR REPLACE TEMP TABLE models AS SELECT unnest(['first', 'last']) AS model;

-- Credits are billionths of a lead, customer or deal.
CREATE OR REPLACE TEMP TABLE credited AS
SELECT model, channel AS "outer", campaign AS "inner", lead_on AS day, sum(credit) / 1e9 AS n_leads
FROM lead_credit WHERE lead_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", customer_on AS day, sum(credit) / 1e9 AS n_customers,
    (sum(credit) FILTER (is_paid)) / 1e9 AS n_paid_customers
FROM customer_credit WHERE customer_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", won_on AS day, sum(CAST(amount_home AS DOUBLE) * credit) / 1e9 AS sum_won,
    CASE WHEN channel <> 'unattributed' THEN sum_won END AS sum_attributed,
    CASE WHEN channel IN ('paid_search', 'paid_social', 'display', 'paid_video', 'paid_shopping', 'cross_network', 'paid_other',
        'affiliates', 'audio') THEN sum_won END AS sum_paid
FROM deal_credit WHERE won_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE spent AS
SELECT channel AS "outer", campaign AS "inner", CAST(NULL AS VARCHAR) AS model, spend_on AS day,
    sum(CAST(spend_home AS DOUBLE)) AS sum_spend,
    sum(CAST(spend_home AS DOUBLE)) FILTER (is_paid_channel) AS sum_paid_spend
FROM spend WHERE spend_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE channel_days AS
SELECT 'channel' AS cut, "outer" AS member, model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM credited GROUP BY "outer", model, day
UNION ALL BY NAME
SELECT 'channel' AS cut, "outer" AS member, models.model, day, sum(sum_spend) AS sum_spend, sum(sum_paid_spend) AS sum_paid_spend
FROM spent CROSS JOIN models GROUP BY "outer", models.model, day;

CREATE OR REPLACE TEMP TABLE sums AS
WITH everything AS (
    FROM over_pairs('credited', 'channel', 'campaign', true)
    UNION ALL BY NAME
    SELECT s.* EXCLUDE (model), m.model FROM over_pairs('spent', 'channel', 'campaign', true) s CROSS JOIN models m
    UNION ALL BY NAME
    SELECT * EXCLUDE (day), 'day' AS period, day AS period_start FROM channel_days
)
SELECT cut, member, model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM everything
GROUP BY cut, member, model, period, period_start;

CREATE OR REPLACE TEMP TABLE result_credited AS
SELECT cut, member, model, period, period_start, coalesce(n_leads, 0) AS leads, coalesce(n_customers, 0) AS new_customers,
    coalesce(n_customers, 0) / nullif(n_leads, 0) AS lead_to_customer, coalesce(sum_spend, 0) AS spend,
    coalesce(sum_spend, 0) / nullif(n_leads, 0) AS cpl, coalesce(sum_paid_spend, 0) / nullif(n_paid_customers, 0) AS cac_paid,
    (coalesce(sum_attributed, 0) - sum_spend) / nullif(sum_spend, 0) AS roi,
    coalesce(sum_paid, 0) / nullif(sum_paid_spend, 0) AS roas_crm, coalesce(sum_won, 0) AS attributed_revenue
FROM sums;

-- What attribution decides in total.
CREATE OR REPLACE TEMP TABLE model_days AS
SELECT 'total' AS cut, '' AS member, model, day, sum(n_paid_customers) AS n_paid_customers, sum(sum_attributed) AS sum_attributed,
    sum(sum_paid) AS sum_paid, sum(sum_spend) AS sum_spend, sum(sum_paid_spend) AS sum_paid_spend
FROM channel_days GROUP BY model, day;

CREATE OR REPLACE TEMP TABLE result_models AS
SELECT cut, member, model, period, period_start, coalesce(sum_paid_spend, 0) / nullif(n_paid_customers, 0) AS cac_paid,
    (coalesce(sum_attributed, 0) - sum_spend) / nullif(sum_spend, 0) AS roi, coalesce(sum_paid, 0) / nullif(sum_paid_spend, 0) AS roas_crm
FROM over_periods('model_days');

CREATE OR REPLACE TEMP TABLE owner_days AS
SELECT team_id AS "outer", owner_id AS "inner", CAST(NULL AS VARCHAR) AS model, CAST(NULL AS VARCHAR) AS pipeline_id, lead_on AS day, count(*) AS n_leads
FROM lead WHERE lead_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT team_id AS "outer", owner_id AS "inner", pipeline_id, customer_on AS day, count(*) AS n_customers
FROM customer WHERE customer_on <= $today GROUP BY owner_id, team_id, pipeline_id, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'pipeline' AS cut, coalesce(pipeline_id, 'unassigned') AS member, CAST(NULL AS VARCHAR) AS model, day, sum(n_customers) AS n_customers
FROM owner_days WHERE n_customers > 0 GROUP BY pipeline_id, day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM owner_days GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, day, sum(sum_spend) AS sum_spend FROM spent GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, cost_on AS day, sum(CAST(amount_home AS DOUBLE)) AS sum_overhead
FROM overhead WHERE cost_on <= $today GROUP BY day;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, coalesce(n_leads, 0) AS leads, coalesce(n_customers, 0) AS new_customers,
    coalesce(n_customers, 0) / nullif(n_leads, 0) AS lead_to_customer, coalesce(sum_spend, 0) AS spend,
    coalesce(sum_spend, 0) / nullif(n_leads, 0) AS cpl,
    (coalesce(sum_spend, 0) + coalesce(sum_overhead, 0)) / nullif(n_customers, 0) AS cac_blended
FROM (FROM over_periods('days') UNION ALL BY NAME FROM over_pairs('owner_days', 'team', 'owner', true));

CREATE OR REPLACE TEMP TABLE company_years AS
SELECT company_id, year, count(*) AS leads, 0 AS customers
FROM lead JOIN calendar ON day = lead_on WHERE lead_on <= $today GROUP BY company_id, year
UNION ALL
SELECT company_id, year, 0, count(*)
FROM customer JOIN calendar ON day = customer_on WHERE customer_on <= $today GROUP BY company_id, year;

CREATE OR REPLACE TEMP TABLE result_companies AS
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, 'year' AS period, year AS period_start, sum(leads) AS leads,
    sum(customers) AS new_customers
FROM company_years GROUP BY company_id, year
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'all', NULL, sum(leads), sum(customers) FROM company_years GROUP BY company_id;
