CREATE OR REPLACE TEMP MACRO nps_of(cut_, member_) AS TABLE
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, period, CASE WHEN period <> 'all' THEN period_start END AS period_start,
    count(*) FILTER (is_promoter) AS nps_promoters, count(*) FILTER (is_detractor) AS nps_detractors,
    count(*) FILTER (NOT is_promoter AND NOT is_detractor) AS nps_passives,
    (count(*) FILTER (is_promoter) - count(*) FILTER (is_detractor)) / count(*) * 100 AS nps
FROM nps_answer WHERE cut_ <> 'company' OR period IN ('all', 'year') GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_nps AS
FROM nps_of('total', '') UNION ALL FROM nps_of('team', team_id) UNION ALL FROM nps_of('owner', owner_id)
UNION ALL FROM nps_of('survey', survey_id) UNION ALL FROM nps_of('company', company_id);

CREATE OR REPLACE TEMP TABLE answer_days AS
SELECT owner_id, team_id, survey_id, answered_on AS day, count(*) AS n_answers, count(*) FILTER (kind = 'csat') AS n_csat,
    count(*) FILTER (kind = 'csat' AND is_satisfied) AS n_satisfied, count(*) FILTER (kind = 'csat' AND scale = 'stars') AS n_starred,
    sum(CAST(score AS DOUBLE)) FILTER (kind = 'csat' AND scale = 'stars') AS sum_stars, count(*) FILTER (kind = 'ces') AS n_ces,
    count(*) FILTER (kind = 'ces' AND is_satisfied) AS n_easy, sum(CAST(score AS DOUBLE)) FILTER (kind = 'ces') AS sum_ease
FROM survey_answer WHERE answered_on <= $today GROUP BY owner_id, team_id, survey_id, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM answer_days GROUP BY day
UNION ALL
SELECT 'team', coalesce(team_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM answer_days GROUP BY team_id, day
UNION ALL
SELECT 'owner', coalesce(owner_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM answer_days GROUP BY owner_id, day
UNION ALL
SELECT 'survey', coalesce(survey_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM answer_days GROUP BY survey_id, day;

CREATE OR REPLACE TEMP TABLE result_answers AS
SELECT cut, member, period, period_start, n_answers AS survey_answers, n_satisfied / nullif(n_csat, 0) AS csat,
    sum_stars / nullif(n_starred, 0) AS csat_stars, n_easy / nullif(n_ces, 0) AS ces, sum_ease / nullif(n_ces, 0) AS ces_mean
FROM over_periods('days')
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'all', NULL, count(*),
    count(*) FILTER (kind = 'csat' AND is_satisfied) / nullif(count(*) FILTER (kind = 'csat'), 0),
    avg(CAST(score AS DOUBLE)) FILTER (kind = 'csat' AND scale = 'stars'),
    count(*) FILTER (kind = 'ces' AND is_satisfied) / nullif(count(*) FILTER (kind = 'ces'), 0),
    avg(CAST(score AS DOUBLE)) FILTER (kind = 'ces')
FROM survey_answer WHERE answered_on <= $today GROUP BY company_id
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'year', year, count(*), NULL, NULL, NULL, NULL
FROM survey_answer JOIN calendar ON day = answered_on WHERE answered_on <= $today GROUP BY company_id, year;

CREATE OR REPLACE TEMP TABLE ticket_days AS
SELECT owner_id, team_id, opened_on AS day, count(*) AS n_opened, count(closed_on) AS n_resolved, count(first_reply_s) AS n_replied,
    sum(first_reply_s) AS sum_reply
FROM ticket_state WHERE opened_on <= $today GROUP BY owner_id, team_id, day
UNION ALL BY NAME
SELECT owner_id, team_id, closed_on AS day, count(*) AS n_closed, count(close_s) AS n_timed, sum(close_s) AS sum_close
FROM ticket_state WHERE closed_on <= $today GROUP BY owner_id, team_id, day;

CREATE OR REPLACE TEMP TABLE handled_days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM ticket_days GROUP BY day
UNION ALL
SELECT 'team', coalesce(team_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM ticket_days GROUP BY team_id, day
UNION ALL
SELECT 'owner', coalesce(owner_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM ticket_days GROUP BY owner_id, day;

CREATE OR REPLACE TEMP TABLE result_tickets AS
SELECT cut, member, period, period_start, coalesce(n_opened, 0) AS tickets_opened, coalesce(n_closed, 0) AS tickets_closed,
    n_resolved / nullif(n_opened, 0) AS ticket_resolution_rate, sum_reply / nullif(n_replied, 0) / 86400 AS ticket_reply_days_mean,
    sum_close / nullif(n_timed, 0) / 86400 AS ticket_close_days_mean
FROM over_periods('handled_days');

CREATE OR REPLACE TEMP MACRO waited(cut_, member_) AS TABLE
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, period, period_start,
    median(first_reply_s) / 86400 AS ticket_reply_days_median, NULL AS ticket_close_days_median
FROM ticket_state JOIN periods ON day = opened_on WHERE period NOT IN ('day', 'week') GROUP BY ALL
UNION ALL
SELECT cut_, coalesce(member_, 'unassigned'), period, period_start, NULL, median(close_s) / 86400
FROM ticket_state JOIN periods ON day = closed_on WHERE period NOT IN ('day', 'week') GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_waited AS
FROM waited('total', '') UNION ALL FROM waited('team', team_id) UNION ALL FROM waited('owner', owner_id);

CREATE OR REPLACE TEMP TABLE result_backlog AS
SELECT 'total' AS cut, '' AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start, count(*) AS ticket_backlog
FROM ticket_state WHERE closed_on IS NULL
UNION ALL
SELECT 'team', coalesce(team_id, 'unassigned'), 'all', NULL, count(*) FROM ticket_state WHERE closed_on IS NULL GROUP BY team_id
UNION ALL
SELECT 'owner', coalesce(owner_id, 'unassigned'), 'all', NULL, count(*) FROM ticket_state WHERE closed_on IS NULL GROUP BY owner_id
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'all', NULL, count(*) FROM ticket_state WHERE closed_on IS NULL GROUP BY company_id;

CREATE OR REPLACE TEMP TABLE company_events AS
SELECT company_id, year, 1 AS opened, CASE WHEN closed_on IS NOT NULL THEN 1 END AS resolved, first_reply_s
FROM ticket_state JOIN calendar ON day = opened_on WHERE opened_on <= $today
UNION ALL BY NAME
SELECT company_id, year, 1 AS closed, close_s FROM ticket_state JOIN calendar ON day = closed_on WHERE closed_on <= $today;

CREATE OR REPLACE TEMP MACRO of_companies(period_, start_) AS TABLE
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, period_ AS period, start_ AS period_start,
    count(opened) AS tickets_opened, count(closed) AS tickets_closed, count(resolved) / nullif(count(opened), 0) AS ticket_resolution_rate,
    avg(first_reply_s) / 86400 AS ticket_reply_days_mean, avg(close_s) / 86400 AS ticket_close_days_mean,
    median(first_reply_s) / 86400 AS ticket_reply_days_median, median(close_s) / 86400 AS ticket_close_days_median
FROM company_events GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result_companies AS FROM of_companies('year', year) UNION ALL FROM of_companies('all', NULL);
