CREATE OR REPLACE TEMP TABLE result AS
SELECT 'total' AS cut, '' AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start,
    count(*) FILTER (purchases >= 2) / nullif(count(*), 0) AS repeat_rate,
    count(*) FILTER (purchases_of_year >= 2) / nullif(count(*) FILTER (purchases_of_year >= 1), 0) AS repeat_rate_12m,
    sum(CAST(value_home AS DOUBLE)) / nullif(count(*), 0) AS customer_value
FROM buyer
UNION ALL
SELECT 'product', product_id, 'all', NULL, count(*) FILTER (purchases >= 2) / count(*),
    count(*) FILTER (purchases_of_year >= 2) / nullif(count(*) FILTER (purchases_of_year >= 1), 0),
    sum(CAST(value_home AS DOUBLE)) / count(*)
FROM buyer_product GROUP BY product_id
UNION ALL
SELECT 'channel', channel, 'all', NULL, count(*) FILTER (purchases >= 2) / count(*),
    count(*) FILTER (purchases_of_year >= 2) / nullif(count(*) FILTER (purchases_of_year >= 1), 0),
    sum(CAST(value_home AS DOUBLE)) / count(*)
FROM buyer GROUP BY channel
UNION ALL
SELECT 'category', coalesce(category, 'unassigned'), 'all', NULL, count(*) FILTER (purchases >= 2) / count(*),
    count(*) FILTER (purchases_of_year >= 2) / nullif(count(*) FILTER (purchases_of_year >= 1), 0),
    sum(CAST(value_home AS DOUBLE)) / count(*)
FROM buyer_category GROUP BY category
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'all', NULL, NULL, NULL, sum(CAST(value_home AS DOUBLE)) / count(*)
FROM buyer GROUP BY company_id;

CREATE OR REPLACE TEMP TABLE result_cohorts AS
SELECT 'cohort' AS cut, age AS member, 'month' AS period, cohort_on AS period_start,
    sum(CAST(value_home AS DOUBLE)) / nullif(sum(buyers), 0) AS ltv_historic
FROM buyer_age WHERE cohort_on <= $today GROUP BY age, cohort_on
UNION ALL
SELECT 'cohort', age, 'all', NULL, sum(CAST(value_home AS DOUBLE)) / nullif(sum(buyers), 0)
FROM buyer_age WHERE cohort_on <= $today GROUP BY age;

CREATE OR REPLACE TEMP TABLE result_predicted AS
SELECT 'total' AS cut, '' AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start,
    sum(CAST(value_home AS DOUBLE)) / nullif(count(*), 0) AS ltv_predicted,
    (SELECT sum(CAST(expected AS DOUBLE)) / nullif(sum(CAST(bought AS DOUBLE)), 0) FROM buyer_fit) AS ltv_predicted_fit
FROM buyer_forecast
UNION ALL
SELECT 'channel', channel, 'all', NULL, sum(CAST(value_home AS DOUBLE)) / count(*), NULL FROM buyer_forecast GROUP BY channel
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'all', NULL, sum(CAST(value_home AS DOUBLE)) / count(*), NULL
FROM buyer_forecast GROUP BY company_id;
