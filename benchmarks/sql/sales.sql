-- What was won, lost and created, by day: three passes over the deals for owners and teams, three for pipelines.
CREATE OR REPLACE TEMP TABLE owner_days AS
SELECT team_id AS "outer", owner_id AS "inner", CAST(NULL AS VARCHAR) AS model, won_on AS day, count(*) AS n_won, count(amount_home) AS n_priced, sum(CAST(amount_home AS DOUBLE)) AS sum_won,
    count(cycle_s) AS n_cycles, sum(cycle_s) AS sum_cycles
FROM deal_outcome WHERE won_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT team_id AS "outer", owner_id AS "inner", lost_on AS day, count(*) AS n_lost, sum(CAST(amount_home AS DOUBLE)) AS sum_lost
FROM deal_outcome WHERE lost_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT team_id AS "outer", owner_id AS "inner", created_on AS day, count(*) AS n_created
FROM deal_outcome WHERE created_on <= $today GROUP BY owner_id, team_id, day;

CREATE OR REPLACE TEMP TABLE campaign_days AS
SELECT model, channel AS "outer", campaign AS "inner", won_on AS day, sum(credit) AS n_won, sum(credit) FILTER (amount_home IS NOT NULL) AS n_priced,
    sum(CAST(amount_home AS DOUBLE) * credit) AS sum_won, sum(credit) FILTER (cycle_s IS NOT NULL) AS n_cycles,
    sum(CAST(cycle_s AS DOUBLE) * credit) AS sum_cycles
FROM deal_credit WHERE won_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", lost_on AS day, sum(credit) AS n_lost, sum(CAST(amount_home AS DOUBLE) * credit) AS sum_lost
FROM deal_credit WHERE lost_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", created_on AS day, sum(credit) AS n_created
FROM deal_credit WHERE created_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM owner_days GROUP BY day
UNION ALL BY NAME
SELECT 'pipeline' AS cut, coalesce(pipeline_id, 'unassigned') AS member, won_on AS day, count(*) AS n_won, count(amount_home) AS n_priced,
    sum(CAST(amount_home AS DOUBLE)) AS sum_won, count(cycle_s) AS n_cycles, sum(cycle_s) AS sum_cycles
FROM deal_outcome WHERE won_on <= $today GROUP BY pipeline_id, day
UNION ALL BY NAME
SELECT 'pipeline' AS cut, coalesce(pipeline_id, 'unassigned') AS member, lost_on AS day, count(*) AS n_lost,
    sum(CAST(amount_home AS DOUBLE)) AS sum_lost
FROM deal_outcome WHERE lost_on <= $today GROUP BY pipeline_id, day
UNION ALL BY NAME
SELECT 'pipeline' AS cut, coalesce(pipeline_id, 'unassigned') AS member, created_on AS day, count(*) AS n_created
FROM deal_outcome WHERE created_on <= $today GROUP BY pipeline_id, day;

-- A row of a product or category holds its own share of the amount; what no line explains is of nobody's credit.
CREATE OR REPLACE TEMP MACRO shares_of(mart, cut_, member_) AS TABLE
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, CAST(NULL AS VARCHAR) AS model, won_on AS day, sum(credit) / 1e9 AS n_won,
    (sum(credit) FILTER (amount_home IS NOT NULL)) / 1e9 AS n_priced, sum(CAST(amount_home AS DOUBLE)) AS sum_won,
    (sum(credit) FILTER (cycle_s IS NOT NULL)) / 1e9 AS n_cycles, sum(CAST(cycle_s AS DOUBLE) * credit) / 1e9 AS sum_cycles
FROM query_table(mart) WHERE won_on <= $today GROUP BY ALL
UNION ALL BY NAME
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, lost_on AS day, sum(credit) / 1e9 AS n_lost
FROM query_table(mart) WHERE lost_on <= $today GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE line_days AS
FROM shares_of('deal_product', 'product', product_id)
UNION ALL
FROM shares_of('deal_category', 'category', category);

CREATE OR REPLACE TEMP TABLE result_sums AS
WITH sums AS (
    FROM over_periods('days') UNION ALL FROM over_pairs('owner_days', 'team', 'owner', true)
    UNION ALL -- credits are billionths of a deal
    SELECT cut, member, model, period, period_start, COLUMNS('^(n|sum)_') / 1e9 AS '\0'
    FROM over_pairs('campaign_days', 'channel', 'campaign', true)
)
SELECT cut, member, model, period, period_start, coalesce(sum_won, 0) AS revenue_won, coalesce(n_won, 0) AS deals_won,
    coalesce(n_lost, 0) AS deals_lost, coalesce(n_created, 0) AS deals_created, sum_won / nullif(n_priced, 0) AS avg_deal_size,
    coalesce(n_won, 0) / nullif(coalesce(n_won, 0) + coalesce(n_lost, 0), 0) AS win_rate,
    sum_cycles / nullif(n_cycles, 0) / 86400 AS cycle_days_mean,
    coalesce(sum_won, 0) / nullif(coalesce(sum_won, 0) + coalesce(sum_lost, 0), 0) AS win_rate_value
FROM sums;

CREATE OR REPLACE TEMP TABLE result_products AS
SELECT cut, member, period, period_start, coalesce(sum_won, 0) AS revenue_won, coalesce(n_won, 0) AS deals_won,
    sum_won / nullif(n_priced, 0) AS avg_deal_size,
    coalesce(n_won, 0) / nullif(coalesce(n_won, 0) + coalesce(n_lost, 0), 0) AS win_rate,
    sum_cycles / nullif(n_cycles, 0) / 86400 AS cycle_days_mean
FROM over_months('line_days');

-- Medians need the deals themselves.
CREATE OR REPLACE TEMP MACRO won_ranks(mart, member_, model_, least) AS TABLE
SELECT coalesce(member_, 'unassigned') AS member, model_ AS model, period, period_start,
    quantile_cont(cycle_s, [0.5, 0.9]) AS cycles, median(CAST(amount_home AS DOUBLE)) AS deal_size_median
FROM query_table(mart) JOIN periods ON day = won_on
WHERE credit > 0 AND coalesce(model_, '') IN ('', 'first', 'last') AND period NOT IN ('day', least) GROUP BY ALL;

CREATE OR REPLACE TEMP MACRO lost_ranks(mart, member_, model_) AS TABLE
SELECT coalesce(member_, 'unassigned') AS member, model_ AS model, period, period_start,
    median(lost_cycle_s) / 86400 AS lost_cycle_days_median
FROM query_table(mart) JOIN periods ON day = lost_on
WHERE credit > 0 AND coalesce(model_, '') IN ('', 'first', 'last') AND period NOT IN ('day', 'week') GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_won_ranks AS
SELECT * EXCLUDE (cycles), cycles[1] / 86400 AS cycle_days_median, cycles[2] / 86400 AS cycle_days_p90 FROM (
    SELECT 'total' AS cut, * FROM won_ranks('deal_outcome', '', NULL, '')
    UNION ALL SELECT 'pipeline', * FROM won_ranks('deal_outcome', pipeline_id, NULL, '')
    UNION ALL SELECT 'team', * FROM won_ranks('deal_outcome', team_id, NULL, '')
    UNION ALL SELECT 'owner', * FROM won_ranks('deal_outcome', owner_id, NULL, '')
    UNION ALL SELECT 'channel', * FROM won_ranks('deal_credit', channel, model, '')
    UNION ALL SELECT 'campaign', * FROM won_ranks('deal_credit', campaign, model, '')
    UNION ALL SELECT 'product', * FROM won_ranks('deal_product', product_id, NULL, 'week')
    UNION ALL SELECT 'category', * FROM won_ranks('deal_category', category, NULL, 'week')
);

CREATE OR REPLACE TEMP TABLE result_lost_ranks AS
SELECT 'total' AS cut, * FROM lost_ranks('deal_outcome', '', NULL)
UNION ALL SELECT 'pipeline', * FROM lost_ranks('deal_outcome', pipeline_id, NULL)
UNION ALL SELECT 'team', * FROM lost_ranks('deal_outcome', team_id, NULL)
UNION ALL SELECT 'owner', * FROM lost_ranks('deal_outcome', owner_id, NULL)
UNION ALL SELECT 'channel', * FROM lost_ranks('deal_credit', channel, model)
UNION ALL SELECT 'campaign', * FROM lost_ranks('deal_credit', campaign, model);

-- Companies have few deals each: sums and medians at once, by year and in all.
CREATE OR REPLACE TEMP TABLE company_events AS
SELECT company_id, year, 1 AS won, CAST(amount_home AS DOUBLE) AS amount_won, cycle_s
FROM deal_outcome JOIN calendar ON day = won_on WHERE won_on <= $today
UNION ALL BY NAME
SELECT company_id, year, 1 AS lost, CAST(amount_home AS DOUBLE) AS amount_lost, lost_cycle_s
FROM deal_outcome JOIN calendar ON day = lost_on WHERE lost_on <= $today
UNION ALL BY NAME
SELECT company_id, year, 1 AS created FROM deal_outcome JOIN calendar ON day = created_on WHERE created_on <= $today;

CREATE OR REPLACE TEMP MACRO of_companies(period_, start_) AS TABLE
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, period_ AS period, start_ AS period_start,
    CASE WHEN count(won) > 0 THEN coalesce(sum(amount_won), 0) END AS revenue_won, count(won) AS deals_won,
    sum(amount_won) / nullif(count(amount_won), 0) AS avg_deal_size, count(won) / nullif(count(won) + count(lost), 0) AS win_rate,
    avg(cycle_s) / 86400 AS cycle_days_mean, quantile_cont(cycle_s, [0.5, 0.9]) AS cycles, count(created) AS deals_created,
    count(lost) AS deals_lost, median(amount_won) AS deal_size_median,
    coalesce(sum(amount_won), 0) / nullif(coalesce(sum(amount_won), 0) + coalesce(sum(amount_lost), 0), 0) AS win_rate_value,
    median(lost_cycle_s) / 86400 AS lost_cycle_days_median
FROM company_events GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_companies AS
SELECT * EXCLUDE (cycles), cycles[1] / 86400 AS cycle_days_median, cycles[2] / 86400 AS cycle_days_p90
FROM (FROM of_companies('year', year) UNION ALL FROM of_companies('all', NULL));

CREATE OR REPLACE TEMP TABLE result_deals AS
SELECT 'deal' AS cut, deal_id AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start, coalesce(amount_home, 0) AS revenue_won,
    cycle_s / 86400 AS cycle_days_mean
FROM deal_outcome WHERE won_on <= $today;
