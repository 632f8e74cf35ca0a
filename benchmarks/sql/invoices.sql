CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, invoiced_on AS day,
    count(*) FILTER (is_issued) AS n_invoices, sum(CAST(amount_home AS DOUBLE)) FILTER (is_revenue) AS sum_invoiced
FROM bill WHERE (is_issued OR is_revenue) AND invoiced_on <= $today GROUP BY day;

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, n_invoices AS invoices, coalesce(sum_invoiced, 0) AS invoiced_revenue FROM over_periods('days');

CREATE OR REPLACE TEMP TABLE company_years AS
SELECT company_id, year, count(*) FILTER (is_issued) AS invoices,
    coalesce(sum(CAST(amount_home AS DOUBLE)) FILTER (is_revenue), 0) AS invoiced
FROM bill JOIN calendar ON day = invoiced_on WHERE (is_issued OR is_revenue) AND invoiced_on <= $today GROUP BY company_id, year;

CREATE OR REPLACE TEMP TABLE result_companies AS
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, 'year' AS period, year AS period_start, invoices,
    invoiced AS invoiced_revenue
FROM company_years
UNION ALL
SELECT 'company', coalesce(company_id, 'unassigned'), 'all', NULL, sum(invoices), sum(invoiced) FROM company_years GROUP BY company_id;

CREATE OR REPLACE TEMP TABLE result_unpaid AS
WITH unpaid AS MATERIALIZED (
    SELECT company_id, sum(CAST(amount_home AS DOUBLE)) AS unpaid, count(*) FILTER (is_overdue) AS n_overdue,
        sum(CAST(amount_home AS DOUBLE)) FILTER (is_overdue) AS overdue
    FROM bill WHERE is_unpaid GROUP BY company_id
)
SELECT 'company' AS cut, coalesce(company_id, 'unassigned') AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start,
    coalesce(unpaid, 0) AS unpaid_invoices, CASE WHEN n_overdue > 0 THEN coalesce(overdue, 0) END AS overdue_invoices
FROM unpaid
UNION ALL
SELECT 'total', '', 'all', NULL, coalesce(sum(unpaid), 0), coalesce(sum(overdue), 0) FROM unpaid;
