-- What owners won, and what of their open deals is expected, by month; quotas, sellers and forecasts are whole periods already.
CREATE OR REPLACE TEMP TABLE owner_months AS
WITH days AS (
    SELECT owner_id, team_id, won_on AS day, sum(CAST(amount_home AS DOUBLE)) AS won, CAST(NULL AS DOUBLE) AS expected
    FROM deal_outcome WHERE won_on <= $today GROUP BY owner_id, team_id, day
    UNION ALL
    SELECT owner_id, team_id, forecast_on, NULL, sum(CAST(amount_home AS DOUBLE))
    FROM deal_outcome WHERE forecast_on IS NOT NULL AND is_open GROUP BY owner_id, team_id, forecast_on
)
SELECT owner_id, team_id, month, quarter, year, sum(won) AS won, sum(expected) AS expected
FROM days JOIN calendar USING (day) GROUP BY owner_id, team_id, month, quarter, year;

CREATE OR REPLACE TEMP TABLE pipeline_months AS
WITH days AS (
    SELECT pipeline_id, won_on AS day, sum(CAST(amount_home AS DOUBLE)) AS won
    FROM deal_outcome WHERE won_on <= $today GROUP BY pipeline_id, day
)
SELECT pipeline_id, month, quarter, year, sum(won) AS won FROM days JOIN calendar USING (day) GROUP BY pipeline_id, month, quarter, year;

CREATE OR REPLACE TEMP MACRO of_owners(cut_, member_) AS TABLE
WITH months AS MATERIALIZED (
    SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, month, quarter, year, sum(won) AS won, sum(expected) AS expected
    FROM owner_months GROUP BY ALL
)
SELECT cut, member, 'month' AS period, month AS period_start, won, expected FROM months
UNION ALL SELECT cut, member, 'quarter', quarter, sum(won), sum(expected) FROM months GROUP BY cut, member, quarter
UNION ALL SELECT cut, member, 'year', year, sum(won), sum(expected) FROM months GROUP BY cut, member, year
UNION ALL SELECT cut, member, 'all', NULL, sum(won), sum(expected) FROM months GROUP BY cut, member;

CREATE OR REPLACE TEMP TABLE sold AS
FROM of_owners('total', '') UNION ALL FROM of_owners('team', team_id) UNION ALL FROM of_owners('owner', owner_id)
UNION ALL SELECT 'pipeline', coalesce(pipeline_id, 'unassigned'), 'month', month, won, NULL FROM pipeline_months
UNION ALL
SELECT 'pipeline', coalesce(pipeline_id, 'unassigned'), 'quarter', quarter, sum(won), NULL FROM pipeline_months GROUP BY pipeline_id, quarter
UNION ALL
SELECT 'pipeline', coalesce(pipeline_id, 'unassigned'), 'year', year, sum(won), NULL FROM pipeline_months GROUP BY pipeline_id, year;

CREATE OR REPLACE TEMP TABLE quotas AS
SELECT 'total' AS cut, '' AS member, period, period_start, sum(CAST(quota_home AS DOUBLE)) AS quota FROM quota GROUP BY ALL
UNION ALL SELECT 'team', coalesce(team_id, 'unassigned'), period, period_start, sum(CAST(quota_home AS DOUBLE)) FROM quota GROUP BY ALL
UNION ALL SELECT 'owner', coalesce(owner_id, 'unassigned'), period, period_start, sum(CAST(quota_home AS DOUBLE)) FROM quota GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE sellers AS
WITH reps AS (SELECT period, CASE WHEN period <> 'all' THEN period_start END AS period_start, team_id FROM active_rep)
SELECT 'total' AS cut, '' AS member, period, period_start, count(*) AS reps FROM reps GROUP BY ALL
UNION ALL SELECT 'team', coalesce(team_id, 'unassigned'), period, period_start, count(*) FROM reps GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE forecasts AS
SELECT "by" AS cut, member, period, period_start, CAST(forecast_home AS DOUBLE) AS forecast FROM forecast_snapshot;

CREATE OR REPLACE TEMP TABLE result AS
WITH everything AS (
    FROM sold UNION ALL BY NAME FROM quotas UNION ALL BY NAME FROM sellers UNION ALL BY NAME FROM forecasts
), beside AS (
    SELECT cut, member, period, period_start, coalesce(sum(won), 0) AS won, sum(expected) AS expected, sum(quota) AS quota, sum(reps) AS reps,
        sum(forecast) AS forecast
    FROM everything GROUP BY cut, member, period, period_start
)
SELECT cut, member, period, period_start, won / nullif(quota, 0) AS quota_attainment,
    CASE WHEN quota > won THEN coalesce(expected, 0) / (quota - won) END AS pipeline_coverage, won / nullif(reps, 0) AS revenue_per_rep,
    1 - abs(won - forecast) / nullif(won, 0) AS forecast_accuracy, (forecast - won) / nullif(won, 0) AS forecast_bias
FROM beside;
