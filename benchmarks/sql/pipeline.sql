-- What is open, and what the last 365 days brought, side by side in one pass per mart.
CREATE OR REPLACE TEMP TABLE owner_state AS
SELECT owner_id, team_id, pipeline_id, count(*) FILTER (is_open) AS n_open,
    sum(CAST(amount_home AS DOUBLE)) FILTER (is_open) AS sum_open,
    count(*) FILTER (won_on BETWEEN $today - 364 AND $today) AS n_won,
    count(amount_home) FILTER (won_on BETWEEN $today - 364 AND $today) AS n_priced,
    sum(CAST(amount_home AS DOUBLE)) FILTER (won_on BETWEEN $today - 364 AND $today) AS sum_won,
    count(*) FILTER (lost_on BETWEEN $today - 364 AND $today) AS n_lost,
    count(cycle_s) FILTER (won_on BETWEEN $today - 364 AND $today) AS n_cycles,
    sum(cycle_s) FILTER (won_on BETWEEN $today - 364 AND $today) AS sum_cycles
FROM deal_outcome
WHERE is_open OR won_on BETWEEN $today - 364 AND $today OR lost_on BETWEEN $today - 364 AND $today
GROUP BY owner_id, team_id, pipeline_id;

CREATE OR REPLACE TEMP TABLE campaign_state AS
SELECT model, channel, campaign, sum(credit) FILTER (is_open) AS n_open,
    sum(CAST(amount_home AS DOUBLE) * credit) FILTER (is_open) AS sum_open,
    sum(credit) FILTER (won_on BETWEEN $today - 364 AND $today) AS n_won,
    sum(credit) FILTER (won_on BETWEEN $today - 364 AND $today AND amount_home IS NOT NULL) AS n_priced,
    sum(CAST(amount_home AS DOUBLE) * credit) FILTER (won_on BETWEEN $today - 364 AND $today) AS sum_won,
    sum(credit) FILTER (lost_on BETWEEN $today - 364 AND $today) AS n_lost,
    sum(credit) FILTER (won_on BETWEEN $today - 364 AND $today AND cycle_s IS NOT NULL) AS n_cycles,
    sum(CAST(cycle_s AS DOUBLE) * credit) FILTER (won_on BETWEEN $today - 364 AND $today) AS sum_cycles
FROM deal_credit
WHERE model IN ('first', 'last')
    AND (is_open OR won_on BETWEEN $today - 364 AND $today OR lost_on BETWEEN $today - 364 AND $today)
GROUP BY model, channel, campaign;

-- A row of a product or category holds its own share of the amount; what no line explains is of nobody's credit.
CREATE OR REPLACE TEMP MACRO shares_now(mart, cut_, member_) AS TABLE
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, CAST(NULL AS VARCHAR) AS model,
    (sum(credit) FILTER (is_open)) / 1e9 AS n_open, sum(CAST(amount_home AS DOUBLE)) FILTER (is_open) AS sum_open,
    (sum(credit) FILTER (won_on BETWEEN $today - 364 AND $today)) / 1e9 AS n_won,
    (sum(credit) FILTER (won_on BETWEEN $today - 364 AND $today AND amount_home IS NOT NULL)) / 1e9 AS n_priced,
    sum(CAST(amount_home AS DOUBLE)) FILTER (won_on BETWEEN $today - 364 AND $today) AS sum_won,
    (sum(credit) FILTER (lost_on BETWEEN $today - 364 AND $today)) / 1e9 AS n_lost,
    (sum(credit) FILTER (won_on BETWEEN $today - 364 AND $today AND cycle_s IS NOT NULL)) / 1e9 AS n_cycles,
    sum(CAST(cycle_s AS DOUBLE) * credit) FILTER (won_on BETWEEN $today - 364 AND $today) / 1e9 AS sum_cycles
FROM query_table(mart)
WHERE is_open OR won_on BETWEEN $today - 364 AND $today OR lost_on BETWEEN $today - 364 AND $today
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_now AS
WITH states AS (
    SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM owner_state
    UNION ALL
    SELECT 'pipeline', coalesce(pipeline_id, 'unassigned'), NULL, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM owner_state GROUP BY pipeline_id
    UNION ALL
    SELECT 'team', coalesce(team_id, 'unassigned'), NULL, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM owner_state GROUP BY team_id
    UNION ALL
    SELECT 'owner', coalesce(owner_id, 'unassigned'), NULL, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM owner_state GROUP BY owner_id
    UNION ALL
    SELECT 'channel', channel, model, sum(COLUMNS('^(n|sum)_')) / 1e9 AS '\0' FROM campaign_state GROUP BY channel, model
    UNION ALL
    SELECT 'campaign', campaign, model, sum(COLUMNS('^(n|sum)_')) / 1e9 AS '\0' FROM campaign_state GROUP BY campaign, model
    UNION ALL
    FROM shares_now('deal_product', 'product', product_id)
    UNION ALL
    FROM shares_now('deal_category', 'category', category)
)
SELECT cut, member, model, 'all' AS period, CAST(NULL AS DATE) AS period_start, coalesce(sum_open, 0) AS pipeline_value,
    coalesce(n_open, 0) * (sum_won / nullif(n_priced, 0)) * (coalesce(n_won, 0) / nullif(coalesce(n_won, 0) + coalesce(n_lost, 0), 0))
        / nullif(sum_cycles / nullif(n_cycles, 0) / 86400, 0) AS sales_velocity
FROM states;

CREATE OR REPLACE TEMP TABLE result_open AS
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start,
    coalesce(sum(CAST(amount_home AS DOUBLE)), 0) AS pipeline_value
FROM deal_outcome WHERE is_open GROUP BY company_id
UNION ALL
SELECT 'deal', deal_id, 'all', NULL, coalesce(CAST(amount_home AS DOUBLE), 0) FROM deal_outcome WHERE is_open;

-- Won so far, and open deals on the day they are expected, which may lie ahead.
CREATE OR REPLACE TEMP TABLE forecast_days AS
SELECT owner_id, team_id, pipeline_id, won_on AS day, sum(CAST(amount_home AS DOUBLE)) AS amount
FROM deal_outcome WHERE won_on <= $today GROUP BY owner_id, team_id, pipeline_id, day
UNION ALL
SELECT owner_id, team_id, pipeline_id, forecast_on, sum(CAST(weighted_home AS DOUBLE))
FROM deal_outcome WHERE forecast_on IS NOT NULL GROUP BY owner_id, team_id, pipeline_id, forecast_on;

CREATE OR REPLACE TEMP TABLE forecast_months AS
SELECT owner_id, team_id, pipeline_id, month, quarter, year, coalesce(sum(amount), 0) AS amount
FROM forecast_days JOIN calendar USING (day) GROUP BY owner_id, team_id, pipeline_id, month, quarter, year;

CREATE OR REPLACE TEMP MACRO forecast_of(cut_, member_) AS TABLE
WITH months AS MATERIALIZED (
    SELECT coalesce(member_, 'unassigned') AS member, month, quarter, year, sum(amount) AS amount
    FROM forecast_months GROUP BY ALL
)
SELECT cut_ AS cut, member, 'month' AS period, month AS period_start, amount AS weighted_forecast FROM months
UNION ALL SELECT cut_, member, 'quarter', quarter, sum(amount) FROM months GROUP BY member, quarter
UNION ALL SELECT cut_, member, 'year', year, sum(amount) FROM months GROUP BY member, year;

CREATE OR REPLACE TEMP TABLE result_forecast AS
FROM forecast_of('total', '')
UNION ALL FROM forecast_of('pipeline', pipeline_id)
UNION ALL FROM forecast_of('team', team_id)
UNION ALL FROM forecast_of('owner', owner_id);

CREATE OR REPLACE TEMP MACRO stays_of(cut_, member_, has_rolling) AS TABLE
SELECT * EXCLUDE (stays), stays[1] / 86400 AS stage_days_median, stays[2] / 86400 AS stage_days_p90 FROM (
    SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, period, period_start, avg(stay_s) / 86400 AS stage_days_mean,
        quantile_cont(stay_s, [0.5, 0.9]) AS stays
    FROM stage_stay JOIN periods ON day = left_on
    WHERE stay_s IS NOT NULL AND (period IN ('all', 'year', 'quarter', 'month') OR has_rolling AND starts_with(period, 'last_'))
    GROUP BY ALL
);

CREATE OR REPLACE TEMP TABLE result_stages AS
FROM stays_of('stage', stage_id, false)
UNION ALL FROM stays_of('pipeline', pipeline_id, true)
UNION ALL FROM stays_of('team', team_id, true)
UNION ALL FROM stays_of('owner', owner_id, true);
