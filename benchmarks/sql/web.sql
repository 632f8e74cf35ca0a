CREATE OR REPLACE TEMP TABLE models AS SELECT unnest(['first', 'last']) AS model;

CREATE OR REPLACE TEMP TABLE visits AS
SELECT channel AS "outer", campaign AS "inner", CAST(NULL AS VARCHAR) AS model, visit_on AS day, sum(sessions) AS n_sessions, sum(engaged_sessions) AS n_engaged,
    sum(key_event_sessions) AS n_key_sessions, sum(CAST(key_events AS DOUBLE)) AS sum_key_events
FROM web WHERE visit_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE landings AS
SELECT page, device, visit_on AS day, sum(sessions) AS n_sessions, sum(engaged_sessions) AS n_engaged,
    sum(key_event_sessions) AS n_key_sessions, sum(CAST(key_events AS DOUBLE)) AS sum_key_events
FROM web_landing WHERE visit_on <= $today GROUP BY page, device, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM visits GROUP BY day
UNION ALL SELECT 'page', page, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM landings GROUP BY page, day
UNION ALL SELECT 'device', device, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM landings GROUP BY device, day;

CREATE OR REPLACE TEMP TABLE sums AS
FROM over_periods('days') UNION ALL FROM over_pairs('visits', 'channel', 'campaign', true)
UNION ALL
SELECT 'channel', "outer", NULL, 'day', day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM visits GROUP BY "outer", day;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, coalesce(n_sessions, 0) AS sessions, coalesce(sum_key_events, 0) AS key_events,
    n_key_sessions / nullif(n_sessions, 0) AS session_conversion, n_engaged / nullif(n_sessions, 0) AS engagement_rate,
    (n_sessions - n_engaged) / nullif(n_sessions, 0) AS bounce_rate
FROM sums;

-- Leads and customers, which attribution gives to channels, beside sessions and visitors, which analytics does.
CREATE OR REPLACE TEMP TABLE credited AS
SELECT model, channel AS "outer", campaign AS "inner", lead_on AS day, sum(credit) / 1e9 AS n_leads
FROM lead_credit WHERE lead_on <= $today AND may_come_of_visit AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", customer_on AS day, sum(credit) / 1e9 AS n_customers
FROM customer_credit WHERE customer_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE total_days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, lead_on AS day, count(*) AS n_leads
FROM lead WHERE lead_on <= $today AND may_come_of_visit GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, customer_on AS day, count(*) AS n_customers FROM customer WHERE customer_on <= $today GROUP BY day;

CREATE OR REPLACE TEMP TABLE result_credited AS
WITH everything AS (
    FROM over_pairs('credited', 'channel', 'campaign', true)
    UNION ALL BY NAME
    FROM over_periods('total_days')
    UNION ALL BY NAME
    SELECT s.cut, s.member, m.model, s.period, s.period_start, s.n_sessions
    FROM sums s LEFT JOIN models m ON s.cut <> 'total' WHERE s.cut IN ('total', 'channel', 'campaign') AND (s.cut = 'total' OR s.period <> 'day')
    UNION ALL BY NAME
    SELECT v."by" AS cut, v.member, m.model, v.period, CASE WHEN v.period <> 'all' THEN v.period_start END AS period_start, v.users AS n_users
    FROM visitors v LEFT JOIN models m ON v."by" <> 'total'
)
SELECT cut, member, model, period, period_start, coalesce(sum(n_leads), 0) / nullif(sum(n_sessions), 0) AS contact_conversion,
    sum(n_users) AS users, coalesce(sum(n_leads), 0) / nullif(sum(n_users), 0) AS visitor_to_lead,
    coalesce(sum(n_customers), 0) / nullif(sum(n_users), 0) AS visitor_to_customer
FROM everything GROUP BY cut, member, model, period, period_start;
