CREATE OR REPLACE TEMP TABLE campaign_days AS
SELECT model, channel AS "outer", campaign AS "inner", ordered_on AS day, sum(credit) / 1e9 AS n_orders,
    (sum(credit) FILTER (value_home IS NOT NULL)) / 1e9 AS n_valued, sum(CAST(value_home AS DOUBLE) * credit) / 1e9 AS sum_value,
    sum(CAST(units AS DOUBLE) * credit) / 1e9 AS sum_units, (sum(credit) FILTER (units IS NOT NULL)) / 1e9 AS n_told
FROM purchase_credit WHERE ordered_on <= $today AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", counted_on AS day, sum(CAST(value_home AS DOUBLE) * credit) / 1e9 AS sum_back,
    sum(CAST(units AS DOUBLE) * credit) / 1e9 AS sum_units_back, (sum(credit) FILTER (is_first_of_order)) / 1e9 AS n_back
FROM refunded_credit WHERE counted_on <= $today AND is_of_order AND model IN ('first', 'last') GROUP BY model, channel, campaign, day
UNION ALL BY NAME
SELECT model, channel AS "outer", campaign AS "inner", created_on AS day, sum(credit) / 1e9 AS n_carts, (sum(credit) FILTER (is_bought)) / 1e9 AS n_bought
FROM cart_credit WHERE created_on <= $today AND is_mature AND model IN ('first', 'last') GROUP BY model, channel, campaign, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, ordered_on AS day, count(*) AS n_orders, count(value_home) AS n_valued,
    sum(CAST(value_home AS DOUBLE)) AS sum_value, sum(CAST(units AS DOUBLE)) AS sum_units, count(units) AS n_told
FROM purchase WHERE ordered_on <= $today GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, counted_on AS day, sum(CAST(value_home AS DOUBLE)) FILTER (is_of_order) AS sum_back,
    sum(CAST(units AS DOUBLE)) FILTER (is_of_order) AS sum_units_back, count(*) FILTER (is_first_of_order) AS n_back,
    sum(CAST(refund_home AS DOUBLE)) AS sum_refunds
FROM refunded WHERE counted_on <= $today GROUP BY day
UNION ALL BY NAME
SELECT 'total' AS cut, '' AS member, created_on AS day, count(*) AS n_carts, count(*) FILTER (is_bought) AS n_bought
FROM cart_outcome WHERE created_on <= $today AND is_mature GROUP BY day;

-- Of a product: its own share of value and units; what the lines do not explain is nobody's order.
CREATE OR REPLACE TEMP TABLE product_days AS
SELECT product_id, category, ordered_on AS day, sum(credit) / 1e9 AS n_orders,
    (sum(credit) FILTER (value_home IS NOT NULL)) / 1e9 AS n_valued, sum(CAST(value_home AS DOUBLE)) AS sum_value,
    sum(CAST(units AS DOUBLE)) AS sum_units, (sum(credit) FILTER (units IS NOT NULL)) / 1e9 AS n_told
FROM purchase_product WHERE ordered_on <= $today GROUP BY product_id, category, day
UNION ALL BY NAME
SELECT product_id, category, counted_on AS day, sum(CAST(value_home AS DOUBLE)) AS sum_back, sum(CAST(units AS DOUBLE)) AS sum_units_back
FROM refunded_product WHERE counted_on <= $today AND is_of_order GROUP BY product_id, category, day
UNION ALL BY NAME
SELECT product_id, category, won_on AS day, sum(CAST(amount_home AS DOUBLE)) AS sum_won
FROM deal_product WHERE won_on <= $today GROUP BY product_id, category, day;

-- Of a category: two products of it on an order are one order.
CREATE OR REPLACE TEMP TABLE category_days AS
SELECT category, ordered_on AS day, sum(credit) / 1e9 AS n_orders, (sum(credit) FILTER (value_home IS NOT NULL)) / 1e9 AS n_valued,
    sum(CAST(value_home AS DOUBLE)) AS sum_value, sum(CAST(units AS DOUBLE)) AS sum_units,
    (sum(credit) FILTER (units IS NOT NULL)) / 1e9 AS n_told
FROM purchase_category WHERE ordered_on <= $today GROUP BY category, day
UNION ALL BY NAME
SELECT category, counted_on AS day, sum(CAST(value_home AS DOUBLE)) AS sum_back, sum(CAST(units AS DOUBLE)) AS sum_units_back
FROM refunded_category WHERE counted_on <= $today AND is_of_order GROUP BY category, day
UNION ALL BY NAME
SELECT category, day, sum(sum_won) AS sum_won FROM product_days GROUP BY category, day;

CREATE OR REPLACE TEMP TABLE line_days AS
SELECT 'product' AS cut, product_id AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0'
FROM product_days GROUP BY product_id, day
UNION ALL
SELECT 'category', coalesce(category, 'unassigned'), NULL, day, sum(n_orders), sum(n_valued), sum(sum_value), sum(sum_units), sum(n_told),
    sum(sum_back), sum(sum_units_back), sum(sum_won)
FROM category_days GROUP BY category, day;

CREATE OR REPLACE TEMP TABLE company_years AS
SELECT company_id, year, count(*) AS n_orders,
    count(value_home) AS n_valued, sum(CAST(value_home AS DOUBLE)) AS sum_value, sum(CAST(units AS DOUBLE)) AS sum_units,
    count(units) AS n_told
FROM purchase JOIN calendar ON day = ordered_on WHERE ordered_on <= $today GROUP BY company_id, year
UNION ALL BY NAME
SELECT company_id, year, sum(CAST(value_home AS DOUBLE)) FILTER (is_of_order) AS sum_back,
    sum(CAST(units AS DOUBLE)) FILTER (is_of_order) AS sum_units_back, count(*) FILTER (is_first_of_order) AS n_back,
    sum(CAST(refund_home AS DOUBLE)) AS sum_refunds
FROM refunded JOIN calendar ON day = counted_on WHERE counted_on <= $today GROUP BY company_id, year;

CREATE OR REPLACE TEMP MACRO of_orders(t) AS TABLE
SELECT cut, member, model, period, period_start, coalesce(n_orders, 0) AS orders, coalesce(sum_value, 0) AS order_revenue_gross,
    coalesce(sum_value, 0) - coalesce(sum_back, 0) AS order_revenue_net, coalesce(sum_value, 0) / nullif(n_valued, 0) AS aov,
    (coalesce(sum_value, 0) - coalesce(sum_back, 0)) / nullif(n_valued, 0) AS aov_net,
    coalesce(sum_units, 0) / nullif(n_told, 0) AS basket_size, coalesce(sum_units_back, 0) / nullif(sum_units, 0) AS return_rate,
    coalesce(sum_back, 0) / nullif(sum_value, 0) AS return_rate_value
FROM query_table(t);

CREATE OR REPLACE TEMP TABLE totals AS
FROM over_periods('days') UNION ALL BY NAME FROM over_pairs('campaign_days', 'channel', 'campaign', true);
CREATE OR REPLACE TEMP TABLE lines AS FROM over_months('line_days');
CREATE OR REPLACE TEMP TABLE result AS FROM of_orders('totals') UNION ALL FROM of_orders('lines');

CREATE OR REPLACE TEMP TABLE result_carts AS
SELECT cut, member, model, period, period_start, coalesce(n_back, 0) / nullif(n_orders, 0) AS return_rate_orders,
    coalesce(sum_refunds, 0) AS refunds, (n_carts - coalesce(n_bought, 0)) / nullif(n_carts, 0) AS cart_abandonment
FROM totals;

CREATE OR REPLACE TEMP TABLE result_products AS
SELECT cut, member, model, period, period_start, coalesce(sum_won, 0) AS revenue_by_product FROM lines;

CREATE OR REPLACE TEMP TABLE companies AS
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, CAST(NULL AS VARCHAR) AS model, 'all' AS period,
    CAST(NULL AS DATE) AS period_start, sum(COLUMNS('^(n|sum)_')) AS '\0'
FROM company_years GROUP BY company_id;

CREATE OR REPLACE TEMP TABLE result_companies AS
FROM of_orders('companies');

CREATE OR REPLACE TEMP TABLE result_company_refunds AS
SELECT cut, member, period, period_start, coalesce(n_back, 0) / nullif(n_orders, 0) AS return_rate_orders, coalesce(sum_refunds, 0) AS refunds
FROM companies;

CREATE OR REPLACE TEMP TABLE result_company_years AS
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, 'year' AS period, year AS period_start,
    coalesce(sum(n_orders), 0) AS orders, coalesce(sum(sum_value), 0) AS order_revenue_gross, coalesce(sum(sum_refunds), 0) AS refunds
FROM company_years GROUP BY company_id, year;
