CREATE OR REPLACE TEMP MACRO of_emails(mart, cut_, member_) AS TABLE
SELECT cut_ AS cut, member_ AS member, CAST(NULL AS VARCHAR) AS model, email_on AS day, sum(sent) AS n_sent, sum(delivered) AS n_delivered,
    sum(opened) AS n_opened, sum(clicked) AS n_clicked, sum(bounced) AS n_bounced, sum(hard_bounced) AS n_hard, sum(soft_bounced) AS n_soft,
    sum(unsubscribed) AS n_unsubscribed, sum(reported_as_spam) AS n_spam, sum(unreliable_opened) AS n_unreliable,
    sum(opened) FILTER (unreliable_opened IS NOT NULL) AS n_opened_told,
    sum(delivered) FILTER (unreliable_opened IS NOT NULL) AS n_delivered_told
FROM query_table(mart) WHERE email_on <= $today GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE days AS FROM of_emails('email_day', 'total', '') UNION ALL FROM of_emails('email', 'campaign', campaign);
CREATE OR REPLACE TEMP TABLE email_days AS FROM of_emails('email', 'email', email_id);

CREATE OR REPLACE TEMP TABLE result AS
SELECT cut, member, period, period_start, n_sent AS emails_sent, n_opened / nullif(n_delivered, 0) AS email_open_rate,
    (n_opened_told - n_unreliable) / nullif(n_delivered_told - n_unreliable, 0) AS email_open_rate_adjusted,
    n_clicked / nullif(n_delivered, 0) AS email_click_rate, n_clicked / nullif(n_opened, 0) AS email_ctor,
    n_delivered / nullif(n_sent, 0) AS email_delivery_rate, n_bounced / nullif(n_sent, 0) AS email_bounce_rate,
    n_hard / nullif(n_sent, 0) AS email_hard_bounce_rate, n_soft / nullif(n_sent, 0) AS email_soft_bounce_rate,
    n_unsubscribed / nullif(n_delivered, 0) AS email_unsubscribe_rate, n_spam / nullif(n_delivered, 0) AS email_spam_rate
FROM (FROM over_periods('days') UNION ALL FROM over_months('email_days'));
