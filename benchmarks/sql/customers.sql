-- Two levels at once: subscribers with what they pay, and customers who still buy.
CREATE OR REPLACE TEMP TABLE customer_days AS
SELECT channel, team_id, owner_id, change_on AS day, sum(mrr) AS sum_mrr, sum(customers) AS n_subscribers
FROM mrr_level WHERE change_on <= $today GROUP BY channel, team_id, owner_id, day;

CREATE OR REPLACE TEMP TABLE buyer_days AS
SELECT channel, team_id, owner_id, change_on AS day, sum(customers) AS n_active
FROM activity_level WHERE change_on <= $today GROUP BY channel, team_id, owner_id, day;

CREATE OR REPLACE TEMP TABLE days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY day
UNION ALL SELECT 'channel', channel, NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY channel, day
UNION ALL
SELECT 'team', coalesce(team_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY team_id, day
UNION ALL
SELECT 'owner', coalesce(owner_id, 'unassigned'), NULL, day, sum(COLUMNS('^(n|sum)_')) AS '\0' FROM customer_days GROUP BY owner_id, day
UNION ALL
SELECT 'plan', plan_id, NULL, change_on, sum(mrr), sum(customers) FROM mrr_plan_level WHERE change_on <= $today GROUP BY plan_id, change_on;

CREATE OR REPLACE TEMP TABLE active_days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, day, sum(n_active) AS n_active FROM buyer_days GROUP BY day
UNION ALL SELECT 'channel', channel, NULL, day, sum(n_active) FROM buyer_days GROUP BY channel, day
UNION ALL SELECT 'team', coalesce(team_id, 'unassigned'), NULL, day, sum(n_active) FROM buyer_days GROUP BY team_id, day
UNION ALL SELECT 'owner', coalesce(owner_id, 'unassigned'), NULL, day, sum(n_active) FROM buyer_days GROUP BY owner_id, day;

CREATE OR REPLACE TEMP TABLE result_paying AS
SELECT cut, member, period, period_start, CAST(closing_sum_mrr AS DOUBLE) / 9 / nullif(closing_n_subscribers, 0) AS arpa FROM over_levels('days');

CREATE OR REPLACE TEMP MACRO changed(cut_, member_) AS TABLE
SELECT cut_ AS cut, coalesce(member_, 'unassigned') AS member, period, period_start, sum(customers_lost) AS lost,
    sum(customers_returned) AS returned
FROM activity_change GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE won_days AS
SELECT 'total' AS cut, '' AS member, CAST(NULL AS VARCHAR) AS model, won_on AS day, sum(CAST(amount_home AS DOUBLE)) AS sum_won
FROM deal_outcome WHERE won_on <= $today GROUP BY day;

CREATE OR REPLACE TEMP TABLE active_levels AS
SELECT cut, member, period, coalesce(period_start, DATE '0001-01-01') AS period_start, closing_n_active AS closing, opening_n_active AS opening
FROM over_levels('active_days');

CREATE OR REPLACE TEMP TABLE result_active AS
WITH changes AS (
    FROM changed('total', '') UNION ALL FROM changed('channel', channel) UNION ALL FROM changed('team', team_id)
    UNION ALL FROM changed('owner', owner_id)
), won AS (
    SELECT cut, member, period, period_start, sum_won FROM over_months('won_days') WHERE period <> 'all'
)
SELECT cut, member, period, nullif(period_start, DATE '0001-01-01') AS period_start, closing AS active_customers,
    coalesce(sum_won, 0) / nullif(closing, 0) AS arpu, coalesce(lost, 0) AS lapsed_customers, coalesce(returned, 0) AS returned_customers,
    coalesce(lost, 0) / nullif(opening, 0) AS customer_churn, (opening - coalesce(lost, 0)) / nullif(opening, 0) AS customer_retention
FROM active_levels LEFT JOIN changes USING (cut, member, period, period_start) LEFT JOIN won USING (cut, member, period, period_start);

CREATE OR REPLACE TEMP TABLE result_cohorts AS
SELECT 'cohort' AS cut, age AS member, 'month' AS period, cohort_on AS period_start, sum(active) / nullif(sum(customers), 0) AS purchase_cohort
FROM activity_cohort WHERE cohort_on <= $today GROUP BY age, cohort_on
UNION ALL
SELECT 'cohort', age, 'all', NULL, sum(active) / nullif(sum(customers), 0) FROM activity_cohort WHERE cohort_on <= $today GROUP BY age;

-- What a customer is worth and what one costs, of today: the last twelve months of subscriptions, the last 365 days of the rest.
CREATE OR REPLACE TEMP TABLE models AS SELECT unnest(['first', 'last']) AS model;

CREATE OR REPLACE TEMP TABLE worth AS
WITH paying AS (
    SELECT 'total' AS cut, '' AS member, CAST(sum(sum_mrr) AS DOUBLE) / 9 / nullif(sum(n_subscribers), 0) AS arpa FROM customer_days
    UNION ALL
    SELECT 'channel', channel, CAST(sum(sum_mrr) AS DOUBLE) / 9 / nullif(sum(n_subscribers), 0) FROM customer_days GROUP BY channel
    UNION ALL
    SELECT 'plan', plan_id, CAST(sum(mrr) AS DOUBLE) / 9 / nullif(sum(customers), 0)
    FROM mrr_plan_level WHERE change_on <= $today GROUP BY plan_id
), leaving AS (
    SELECT 'total' AS cut, '' AS member, sum(customer_losses) / nullif(sum(customer_months), 0) AS churn,
        CAST(sum(mrr_losses) AS DOUBLE) / nullif(sum(mrr_months), 0) AS mrr_churn,
        CAST(sum(mrr_new) AS DOUBLE) / 9 / nullif(sum(customers_new), 0) AS new_mrr
    FROM subscriber_year
    UNION ALL
    SELECT 'channel', channel, sum(customer_losses) / nullif(sum(customer_months), 0),
        CAST(sum(mrr_losses) AS DOUBLE) / nullif(sum(mrr_months), 0), CAST(sum(mrr_new) AS DOUBLE) / 9 / nullif(sum(customers_new), 0)
    FROM subscriber_year GROUP BY channel
    UNION ALL
    SELECT 'plan', plan_id, sum(customer_losses) / nullif(sum(customer_months), 0), NULL, NULL FROM subscriber_plan_year GROUP BY plan_id
)
SELECT cut, member, arpa, nullif(churn, 0) AS churn, nullif(mrr_churn, 0) AS mrr_churn, nullif(new_mrr, 0) AS new_mrr
FROM paying LEFT JOIN leaving USING (cut, member);

CREATE OR REPLACE TEMP TABLE margins AS
SELECT 'total' AS cut, '' AS member, '' AS model,
    CAST(sum(costed_net) - sum(costed_cost) AS DOUBLE) / nullif(CAST(sum(costed_net) AS DOUBLE), 0) AS margin
FROM sold_line WHERE sold_on BETWEEN $today - 364 AND $today
UNION ALL
SELECT 'channel', channel, model, sum((CAST(costed_net AS DOUBLE) - CAST(costed_cost AS DOUBLE)) * credit)
    / nullif(sum(CAST(costed_net AS DOUBLE) * credit), 0)
FROM sold_credit WHERE sold_on BETWEEN $today - 364 AND $today AND model IN ('first', 'last') GROUP BY channel, model;

CREATE OR REPLACE TEMP TABLE costs AS
SELECT (SELECT coalesce(sum(CAST(spend_home AS DOUBLE)), 0) FROM spend WHERE spend_on BETWEEN $today - 364 AND $today)
    + (SELECT coalesce(sum(CAST(amount_home AS DOUBLE)), 0) FROM overhead WHERE cost_on BETWEEN $today - 364 AND $today) AS cost,
    (SELECT count(*) FROM customer WHERE customer_on BETWEEN $today - 364 AND $today) AS customers;

CREATE OR REPLACE TEMP TABLE paid_costs AS
WITH spent AS (
    SELECT channel, sum(CAST(spend_home AS DOUBLE)) AS cost
    FROM spend WHERE is_paid_channel AND spend_on BETWEEN $today - 364 AND $today GROUP BY channel
), won AS (
    SELECT channel, model, sum(credit) / 1e9 AS customers
    FROM customer_credit WHERE is_paid AND customer_on BETWEEN $today - 364 AND $today AND model IN ('first', 'last') GROUP BY channel, model
), both_sides AS MATERIALIZED (
    SELECT channel, model, cost, customers FROM (SELECT * FROM spent CROSS JOIN models) FULL JOIN won USING (channel, model)
)
SELECT 'channel' AS cut, channel AS member, model, coalesce(cost, 0) / nullif(customers, 0) AS cac FROM both_sides
UNION ALL
SELECT 'total', '', model, coalesce(sum(cost), 0) / nullif(sum(customers), 0) FROM both_sides GROUP BY model;

CREATE OR REPLACE TEMP TABLE result_worth AS
SELECT cut, member, 'all' AS period, CAST(NULL AS DATE) AS period_start, arpa / churn AS ltv_simple FROM worth;

CREATE OR REPLACE TEMP TABLE result_total AS
SELECT 'total' AS cut, '' AS member, 'all' AS period, CAST(NULL AS DATE) AS period_start, arpa * margin / churn AS ltv,
    arpa * margin / mrr_churn AS ltv_rev, arpa * margin / churn / nullif(cost / nullif(customers, 0), 0) AS ltv_cac,
    cost / nullif(customers, 0) / nullif(new_mrr * margin, 0) AS cac_payback_months
FROM worth JOIN margins USING (cut, member) CROSS JOIN costs WHERE cut = 'total';

CREATE OR REPLACE TEMP TABLE result_channels AS
SELECT 'channel' AS cut, member, m.model, 'all' AS period, CAST(NULL AS DATE) AS period_start, arpa * margin / churn AS ltv,
    arpa * margin / mrr_churn AS ltv_rev
FROM worth w JOIN margins m USING (cut, member) WHERE cut = 'channel';

CREATE OR REPLACE TEMP TABLE result_paid AS
SELECT p.cut, p.member, p.model, 'all' AS period, CAST(NULL AS DATE) AS period_start, arpa * margin / churn / nullif(cac, 0) AS ltv_cac_paid,
    cac / nullif(new_mrr * margin, 0) AS cac_payback_months_paid
FROM paid_costs p JOIN worth w USING (cut, member) JOIN margins m ON m.cut = p.cut AND m.member = p.member AND m.model IN ('', p.model);
