-- Money is held against clicks, impressions and conversions only where they are counted.
CREATE OR REPLACE TEMP TABLE campaign_days AS
SELECT channel AS "outer", campaign AS "inner", CAST(NULL AS VARCHAR) AS model, spend_on AS day,
    sum(CAST(spend_home AS DOUBLE)) FILTER (clicks IS NOT NULL) AS sum_clicked, sum(clicks) AS n_clicks,
    sum(CAST(spend_home AS DOUBLE)) FILTER (impressions IS NOT NULL) AS sum_seen, sum(impressions) AS n_impressions,
    sum(clicks) FILTER (impressions IS NOT NULL) AS n_clicks_seen, sum(impressions) FILTER (clicks IS NOT NULL) AS n_seen,
    sum(CAST(spend_home AS DOUBLE)) FILTER (conversions IS NOT NULL) AS sum_converted, sum(CAST(conversions AS DOUBLE)) AS n_conversions,
    sum(CAST(conversions_value_home AS DOUBLE)) FILTER (conversions IS NOT NULL) AS sum_value,
    sum(CAST(spend_home AS DOUBLE)) FILTER (leads IS NOT NULL) AS sum_led, sum(CAST(leads AS DOUBLE)) AS n_led,
    sum(CAST(spend_home AS DOUBLE)) FILTER (conversions IS NOT NULL AND is_mature) AS sum_mature,
    sum(CAST(conversions_value_home AS DOUBLE)) FILTER (conversions IS NOT NULL AND is_mature) AS sum_mature_value
FROM spend WHERE spend_on <= $today GROUP BY channel, campaign, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM campaign_days GROUP BY day;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, coalesce(sum_clicked, 0) / nullif(n_clicks, 0) AS cpc,
    coalesce(sum_seen, 0) / nullif(n_impressions, 0) * 1000 AS cpm, coalesce(n_clicks_seen, 0) / nullif(n_seen, 0) AS ctr,
    coalesce(sum_converted, 0) / nullif(n_conversions, 0) AS cpa, coalesce(sum_value, 0) / nullif(sum_converted, 0) AS roas_platform,
    coalesce(sum_mature_value, 0) / nullif(sum_mature, 0) AS roas_platform_mature,
    coalesce(sum_led, 0) / nullif(n_led, 0) AS cpl_platform
FROM (
    FROM over_periods('days') UNION ALL FROM over_pairs('campaign_days', 'channel', 'campaign', true)
    UNION ALL
    SELECT 'channel', "outer", NULL, 'day', day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM campaign_days GROUP BY "outer", day
);
