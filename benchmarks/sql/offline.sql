CREATE OR REPLACE TEMP TABLE campaign_days AS
SELECT channel AS "outer", campaign AS "inner", CAST(NULL AS VARCHAR) AS model, converted_on AS day, sum(conversions) AS n_conversions,
    sum(CAST(value_home AS DOUBLE)) FILTER (is_valued) AS sum_value
FROM offline_result WHERE converted_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM campaign_days GROUP BY day;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, coalesce(n_conversions, 0) AS offline_conversions, coalesce(sum_value, 0) AS offline_conversion_value
FROM (
    FROM over_periods('days') UNION ALL FROM over_pairs('campaign_days', 'channel', 'campaign', true)
    UNION ALL
    SELECT 'channel', "outer", NULL, 'day', day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM campaign_days GROUP BY "outer", day
);
