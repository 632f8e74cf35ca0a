CREATE OR REPLACE TEMP TABLE models AS SELECT unnest(['first', 'last']) AS model;

CREATE OR REPLACE TEMP TABLE visits AS
SELECT channel, campaign, visit_on AS day, sum(sessions) AS n_sessions, sum(engaged_sessions) AS n_engaged,
    sum(key_event_sessions) AS n_key_sessions, sum(CAST(key_events AS DOUBLE)) AS sum_key_events
FROM web WHERE visit_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE landings AS
SELECT page, device, visit_on AS day, sum(sessions) AS n_sessions, sum(engaged_sessions) AS n_engaged,
    sum(key_event_sessions) AS n_key_sessions, sum(CAST(key_events AS DOUBLE)) AS sum_key_events
FROM web_landing WHERE visit_on <= $today GROUP BY page, device, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM visits GROUP BY day
UNION ALL SELECT 'channel', channel, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM visits GROUP BY channel, day
UNION ALL SELECT 'campaign', campaign, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM visits GROUP BY campaign, day
UNION ALL SELECT 'page', page, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM landings GROUP BY page, day
UNION ALL SELECT 'device', device, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM landings GROUP BY device, day;

CREATE OR REPLACE TEMP TABLE sums AS FROM over_periods('days');

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, coalesce(n_sessions, 0) AS sessions, coalesce(sum_key_events, 0) AS key_events,
    n_key_sessions / nullif(n_sessions, 0) AS session_conversion, n_engaged / nullif(n_sessions, 0) AS engagement_rate,
    (n_sessions - n_engaged) / nullif(n_sessions, 0) AS bounce_rate
FROM sums;

-- Leads and customers, which attribution gives to channels, beside sessions and visitors, which analytics does.
CREATE OR REPLACE TEMP TABLE credited AS
SELECT model, channel, campaign, lead_on AS day, sum(credit) / 1e9 AS n_leads
FROM lead_credit WHERE lead_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel, campaign, customer_on AS day, sum(credit) / 1e9 AS n_customers
FROM customer_credit WHERE customer_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE credited_days AS
SELECT 'channel' AS cut, channel AS member, model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM credited GROUP BY channel, model, day
UNION ALL BY NAME
SELECT 'campaign' AS cut, campaign AS member, model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM credited GROUP BY campaign, model, day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, '' AS model, lead_on AS day, count(*) AS n_leads FROM lead WHERE lead_on <= $today GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, '' AS model, customer_on AS day, count(*) AS n_customers
FROM customer WHERE customer_on <= $today GROUP BY day;

CREATE OR REPLACE TEMP TABLE result_credited AS
WITH leads AS (
    SELECT cut, member, model, period, coalesce(period_start, DATE '0001-01-01') AS period_start, n_leads, n_customers
    FROM over_periods('credited_days')
), sessions AS (
    SELECT cut, member, model, period, coalesce(period_start, DATE '0001-01-01') AS period_start, n_sessions
    FROM (SELECT * REPLACE ('' AS model) FROM sums WHERE cut = 'total' UNION ALL
        SELECT * REPLACE (models.model AS model) FROM sums CROSS JOIN models WHERE cut IN ('channel', 'campaign'))
), people AS (
    SELECT "by" AS cut, v.member, coalesce(m.model, '') AS model, period,
        CASE WHEN period = 'all' THEN DATE '0001-01-01' ELSE period_start END AS period_start, sum(users) AS users
    FROM visitors v LEFT JOIN models m ON "by" <> 'total' GROUP BY ALL
)
SELECT cut, member, nullif(model, '') AS model, period, nullif(period_start, DATE '0001-01-01') AS period_start,
    coalesce(n_leads, 0) / nullif(n_sessions, 0) AS contact_conversion, users, coalesce(n_leads, 0) / nullif(users, 0) AS visitor_to_lead,
    coalesce(n_customers, 0) / nullif(users, 0) AS visitor_to_customer
FROM leads FULL JOIN sessions USING (cut, member, model, period, period_start) FULL JOIN people USING (cut, member, model, period, period_start);
