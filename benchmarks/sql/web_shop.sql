-- From what the vendor gave, not from the marts: the session's scope only, and the amounts in the company's currency.
CREATE OR REPLACE TEMP TABLE bought AS
SELECT channel, visit_on AS day, sum(purchases) AS n_purchases, sum(revenue * rate) AS sum_revenue, sum(gross_revenue * rate) AS sum_gross,
    sum(refunds * rate) AS sum_refunds, NULL::BIGINT AS n_carts, NULL::BIGINT AS n_checkouts, NULL::BIGINT AS n_buys
FROM (SELECT *, CASE WHEN currency = 'EUR' THEN 1 ELSE fx_rate END AS rate FROM web_commerce_daily WHERE scope = 'session')
WHERE visit_on <= $today GROUP BY channel, day
UNION ALL
SELECT channel, visit_on, NULL, NULL, NULL, NULL, sum(sessions) FILTER (event_name = 'add_to_cart'),
    sum(sessions) FILTER (event_name = 'begin_checkout'), sum(sessions) FILTER (event_name = 'purchase')
FROM web_event_daily WHERE visit_on <= $today GROUP BY channel, visit_on;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM bought GROUP BY day
UNION ALL SELECT 'channel', channel, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM bought GROUP BY channel, day;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, coalesce(sum_revenue, 0) AS web_revenue, coalesce(n_purchases, 0) AS web_purchases,
    coalesce(sum_refunds, 0) / nullif(sum_gross, 0) AS web_refund_rate,
    (n_carts - coalesce(n_buys, 0)) / nullif(n_carts, 0) AS web_cart_abandonment,
    (n_checkouts - coalesce(n_buys, 0)) / nullif(n_checkouts, 0) AS web_checkout_abandonment
FROM over_months_and_rolling('days');
