CREATE OR REPLACE TEMP TABLE models AS SELECT unnest(['first', 'last']) AS model;

-- One row of a lead becomes an event for each stage that it reached.
CREATE OR REPLACE TEMP TABLE credited AS
SELECT model, channel AS "outer", campaign AS "inner", lead_on AS day, sum(credit) / 1e9 AS n_leads
FROM lead_credit WHERE lead_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", mql_on AS day, sum(credit) / 1e9 AS n_mqls
FROM lead_credit WHERE mql_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", sql_on AS day, sum(credit) / 1e9 AS n_sqls
FROM lead_credit WHERE sql_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", opportunity_on AS day, sum(credit) / 1e9 AS n_opportunities
FROM lead_credit WHERE opportunity_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", customer_on AS day, sum(credit) / 1e9 AS n_customers
FROM customer_credit WHERE customer_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE spent AS
SELECT channel AS "outer", campaign AS "inner", CAST(NULL AS VARCHAR) AS model, spend_on AS day, sum(CAST(spend_home AS DOUBLE)) AS sum_spend
FROM spend WHERE spend_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE owner_days AS
SELECT team_id AS "outer", owner_id AS "inner", CAST(NULL AS VARCHAR) AS model, lead_on AS day, count(*) AS n_leads
FROM lead WHERE lead_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT team_id AS "outer", owner_id AS "inner", mql_on AS day, count(*) AS n_mqls FROM lead WHERE mql_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT team_id AS "outer", owner_id AS "inner", sql_on AS day, count(*) AS n_sqls FROM lead WHERE sql_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT team_id AS "outer", owner_id AS "inner", opportunity_on AS day, count(*) AS n_opportunities
FROM lead WHERE opportunity_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT team_id AS "outer", owner_id AS "inner", customer_on AS day, count(*) AS n_customers
FROM customer WHERE customer_on <= $today GROUP BY owner_id, team_id, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM owner_days GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, day, sum(sum_spend) AS sum_spend FROM spent GROUP BY day;

CREATE OR REPLACE TEMP TABLE credited_sums AS
WITH everything AS (
    FROM over_pairs('credited', 'channel', 'campaign', true)
    UNION ALL BY NAME
    SELECT s.* EXCLUDE (model), m.model FROM over_pairs('spent', 'channel', 'campaign', false) s CROSS JOIN models m
)
SELECT cut, member, model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM everything
GROUP BY cut, member, model, period, period_start;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, model, period, period_start, coalesce(n_mqls, 0) AS mqls, coalesce(n_sqls, 0) AS sqls,
    coalesce(n_opportunities, 0) AS opportunities, coalesce(n_mqls, 0) / nullif(n_leads, 0) AS lead_to_mql,
    coalesce(n_sqls, 0) / nullif(n_mqls, 0) AS mql_to_sql, coalesce(n_opportunities, 0) / nullif(n_sqls, 0) AS sql_to_opp,
    coalesce(n_customers, 0) / nullif(n_opportunities, 0) AS opp_to_won, coalesce(sum_spend, 0) / nullif(n_mqls, 0) AS cost_per_mql,
    coalesce(sum_spend, 0) / nullif(n_sqls, 0) AS cost_per_sql, coalesce(sum_spend, 0) / nullif(n_opportunities, 0) AS cost_per_opportunity
FROM (
    FROM credited_sums UNION ALL BY NAME FROM over_pairs('owner_days', 'team', 'owner', true) UNION ALL BY NAME FROM over_periods('days')
);

CREATE OR REPLACE TEMP TABLE company_years AS
SELECT company_id, year, count(*) AS mqls, 0 AS sqls, 0 AS opportunities
FROM lead JOIN calendar ON day = mql_on WHERE mql_on <= $today GROUP BY company_id, year
UNION ALL
SELECT company_id, year, 0, count(*), 0 FROM lead JOIN calendar ON day = sql_on WHERE sql_on <= $today GROUP BY company_id, year
UNION ALL
SELECT company_id, year, 0, 0, count(*)
FROM lead JOIN calendar ON day = opportunity_on WHERE opportunity_on <= $today GROUP BY company_id, year;

CREATE OR REPLACE TEMP TABLE result_companies AS
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, 'year' AS period, year AS period_start, sum(mqls) AS mqls,
    sum(sqls) AS sqls, sum(opportunities) AS opportunities
FROM company_years GROUP BY company_id, year
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'all', NULL, sum(mqls), sum(sqls), sum(opportunities)
FROM company_years GROUP BY company_id;
