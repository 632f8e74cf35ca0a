CREATE OR REPLACE TEMP TABLE models AS SELECT unnest(['first', 'last']) AS model;

-- Everything stands on the day on which it began.
CREATE OR REPLACE TEMP TABLE credited AS
SELECT model, channel AS "outer", campaign AS "inner", lead_on AS day, sum(credit) FILTER (was_customer_before IS NULL) AS n_leads,
    sum(credit) FILTER (customer_days IS NOT NULL) AS n_customers,
    sum(credit) FILTER (customer_days IS NOT NULL AND channel IN ('paid_search', 'paid_social', 'display', 'paid_video',
        'paid_shopping', 'cross_network', 'paid_other', 'affiliates', 'audio')) AS n_paid_customers,
    sum(CAST(cohort_revenue_home AS DOUBLE) * credit) FILTER (channel <> 'unattributed') AS sum_revenue
FROM lead_credit WHERE lead_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", created_on AS day, sum(credit) FILTER (NOT has_negative_cycle) AS n_deals,
    sum(credit) FILTER (won_days IS NOT NULL) AS n_won, sum(credit) FILTER (won_on IS NOT NULL AND NOT has_negative_cycle) AS n_ever_won
FROM deal_credit WHERE created_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE spent AS
SELECT channel AS "outer", campaign AS "inner", CAST(NULL AS VARCHAR) AS model, spend_on AS day,
    sum(CAST(spend_home AS DOUBLE)) AS sum_spend,
    sum(CAST(spend_home AS DOUBLE)) FILTER (is_paid_channel) AS sum_paid_spend
FROM spend WHERE spend_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE sums AS
WITH everything AS (
    SELECT cut, member, model, period, period_start, COLUMNS('^(n|sum)_') / 1e9 AS '\0'
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
SELECT cut, member, model, period, period_start,
    CASE WHEN cut <> 'total' THEN coalesce(n_customers, 0) / nullif(n_leads, 0) END AS lead_to_customer_cohort,
    CASE WHEN cut <> 'total' THEN coalesce(n_won, 0) / nullif(n_deals, 0) END AS win_rate_cohort,
    CASE WHEN cut <> 'total' THEN coalesce(n_ever_won, 0) / nullif(n_deals, 0) END AS win_rate_created,
    coalesce(sum_paid_spend, 0) / nullif(n_paid_customers, 0) AS cac_cohort,
    (coalesce(sum_revenue, 0) - sum_spend) / nullif(sum_spend, 0) AS roi_cohort
FROM sums;

CREATE OR REPLACE TEMP TABLE owner_days AS
SELECT team_id AS "outer", owner_id AS "inner", CAST(NULL AS VARCHAR) AS model, lead_on AS day,
    count(*) FILTER (was_customer_before IS NULL) AS n_leads,
    count(customer_days) AS n_customers
FROM lead WHERE lead_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT team_id AS "outer", owner_id AS "inner", created_on AS day, count(*) FILTER (NOT has_negative_cycle) AS n_deals, count(won_days) AS n_won,
    count(*) FILTER (won_on IS NOT NULL AND NOT has_negative_cycle) AS n_ever_won
FROM deal_outcome WHERE created_on <= $today GROUP BY owner_id, team_id, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM owner_days GROUP BY day
UNION ALL BY NAME
SELECT 'pipeline' AS cut, coalesce(pipeline_id, 'unassigned') AS member, created_on AS day,
    count(*) FILTER (NOT has_negative_cycle) AS n_deals, count(won_days) AS n_won,
    count(*) FILTER (won_on IS NOT NULL AND NOT has_negative_cycle) AS n_ever_won
FROM deal_outcome WHERE created_on <= $today GROUP BY pipeline_id, day;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, coalesce(n_customers, 0) / nullif(n_leads, 0) AS lead_to_customer_cohort,
    coalesce(n_won, 0) / nullif(n_deals, 0) AS win_rate_cohort, coalesce(n_ever_won, 0) / nullif(n_deals, 0) AS win_rate_created
FROM (FROM over_months_and_rolling('days') UNION ALL FROM over_pairs('owner_days', 'team', 'owner', false));
