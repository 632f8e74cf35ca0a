-- Each family's SQL begins with this.

-- Each day with the first days of the calendar's periods that it belongs to.
CREATE OR REPLACE TEMP TABLE calendar AS
SELECT day, max(period_start) FILTER (period = 'week') AS week, max(period_start) FILTER (period = 'month') AS month,
    max(period_start) FILTER (period = 'quarter') AS quarter, max(period_start) FILTER (period = 'year') AS year
FROM calendar_period GROUP BY day;

-- Days up to today with every period that they belong to, "all" included.
CREATE OR REPLACE TEMP TABLE periods AS
SELECT day, period, period_start FROM calendar_period WHERE day <= $today
UNION ALL
SELECT day, 'all', NULL FROM calendar WHERE day <= $today;

CREATE OR REPLACE TEMP TABLE rolling AS SELECT * FROM periods WHERE starts_with(period, 'last_');

-- Sums of days (columns n_… and sum_…) to sums of months and longer: months of days, quarters of months, years of quarters.
CREATE OR REPLACE TEMP MACRO over_months(t) AS TABLE
WITH months AS MATERIALIZED (
    SELECT cut, member, model, month, quarter, year, sum(COLUMNS('^(n|sum)_')) AS '\0'
    FROM query_table(t) JOIN calendar USING (day) WHERE day <= $today GROUP BY cut, member, model, month, quarter, year
), quarters AS MATERIALIZED (
    SELECT cut, member, model, quarter, year, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM months GROUP BY cut, member, model, quarter, year
), years AS MATERIALIZED (
    SELECT cut, member, model, year, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM quarters GROUP BY cut, member, model, year
)
SELECT cut, member, model, 'month' AS period, month AS period_start, COLUMNS('^(n|sum)_') FROM months
UNION ALL SELECT cut, member, model, 'quarter', quarter, COLUMNS('^(n|sum)_') FROM quarters
UNION ALL SELECT cut, member, model, 'year', year, COLUMNS('^(n|sum)_') FROM years
UNION ALL SELECT cut, member, model, 'all', NULL, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM years GROUP BY cut, member, model;

-- The same, and to the last 30, 90 and 365 days.
CREATE OR REPLACE TEMP MACRO over_months_and_rolling(t) AS TABLE
FROM over_months(t)
UNION ALL
SELECT cut, member, model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0'
FROM query_table(t) JOIN rolling USING (day) GROUP BY cut, member, model, period, period_start;

-- The same, and to weeks, and to days of the total and of channels.
CREATE OR REPLACE TEMP MACRO over_periods(t) AS TABLE
FROM over_months_and_rolling(t)
UNION ALL
SELECT cut, member, model, 'week', week, sum(COLUMNS('^(n|sum)_')) AS '\0'
FROM query_table(t) JOIN calendar USING (day) WHERE day <= $today GROUP BY cut, member, model, week
UNION ALL
SELECT cut, member, model, 'day', day, sum(COLUMNS('^(n|sum)_')) AS '\0'
FROM query_table(t) WHERE cut IN ('total', 'channel') AND day <= $today GROUP BY cut, member, model, day;

-- Days of pairs, one inside the other (campaigns of channels, owners of teams: columns "outer", "inner", model, day), to all these
-- periods of both: periods first, on the fewest rows, then who.
CREATE OR REPLACE TEMP MACRO over_pairs(t, outer_cut, inner_cut, has_weeks) AS TABLE
WITH months AS MATERIALIZED (
    SELECT "outer", "inner", model, month, quarter, year, sum(COLUMNS('^(n|sum)_')) AS '\0'
    FROM query_table(t) JOIN calendar USING (day) WHERE day <= $today GROUP BY "outer", "inner", model, month, quarter, year
), quarters AS MATERIALIZED (
    SELECT "outer", "inner", model, quarter, year, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM months
    GROUP BY "outer", "inner", model, quarter, year
), years AS MATERIALIZED (
    SELECT "outer", "inner", model, year, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM quarters GROUP BY "outer", "inner", model, year
), sums AS MATERIALIZED (
    SELECT "outer", "inner", model, 'month' AS period, month AS period_start, COLUMNS('^(n|sum)_') FROM months
    UNION ALL SELECT "outer", "inner", model, 'quarter', quarter, COLUMNS('^(n|sum)_') FROM quarters
    UNION ALL SELECT "outer", "inner", model, 'year', year, COLUMNS('^(n|sum)_') FROM years
    UNION ALL
    SELECT "outer", "inner", model, 'all', NULL, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM years GROUP BY "outer", "inner", model
    UNION ALL
    SELECT "outer", "inner", model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0'
    FROM query_table(t) JOIN rolling USING (day) GROUP BY "outer", "inner", model, period, period_start
    UNION ALL
    SELECT "outer", "inner", model, 'week', week, sum(COLUMNS('^(n|sum)_')) AS '\0'
    FROM query_table(t) JOIN calendar USING (day) WHERE day <= $today AND has_weeks GROUP BY "outer", "inner", model, week
)
SELECT inner_cut AS cut, coalesce("inner", 'unassigned') AS member, model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0'
FROM sums GROUP BY "inner", model, period, period_start
UNION ALL
SELECT outer_cut, coalesce("outer", 'unassigned'), model, period, period_start, sum(COLUMNS('^(n|sum)_')) AS '\0'
FROM sums GROUP BY "outer", model, period, period_start;

-- Changes of a level by day to the level at which every year, quarter, month and week opens and closes, from the first change on
-- until today; of "all" the present one.
CREATE OR REPLACE TEMP MACRO over_levels(t) AS TABLE
WITH changes AS MATERIALIZED (
    FROM over_periods(t) WHERE period IN ('all', 'year', 'quarter', 'month', 'week')
), firsts AS (
    SELECT cut, member, period, min(period_start) AS first FROM changes WHERE period <> 'all' GROUP BY cut, member, period
), starts AS MATERIALIZED (
    SELECT DISTINCT period, period_start FROM periods WHERE period IN ('year', 'quarter', 'month', 'week')
), spine AS (
    SELECT f.cut, f.member, f.period, s.period_start FROM firsts f JOIN starts s ON s.period = f.period AND s.period_start >= f.first
)
SELECT cut, member, period, period_start, coalesce(sum(COLUMNS('^(n|sum)_')) OVER before, 0) AS 'opening_\0',
    sum(COLUMNS('^(n|sum)_')) OVER so_far AS 'closing_\0'
FROM spine LEFT JOIN changes USING (cut, member, period, period_start)
WINDOW so_far AS (PARTITION BY cut, member, period ORDER BY period_start),
    before AS (PARTITION BY cut, member, period ORDER BY period_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
UNION ALL
SELECT cut, member, period, NULL, 0 * COLUMNS('^(n|sum)_') AS 'opening_\0', COLUMNS('^(n|sum)_') AS 'closing_\0'
FROM changes WHERE period = 'all';
