CREATE OR REPLACE TEMP MACRO of_accounts(cut_, member_) AS TABLE
SELECT cut_ AS cut, member_ AS member, period, CASE WHEN period <> 'all' THEN period_start END AS period_start,
    sum(followers_closing) AS followers,
    (sum(followers_closing) FILTER (followers_opening IS NOT NULL) - sum(followers_opening) FILTER (followers_closing IS NOT NULL))
        / nullif(sum(followers_opening) FILTER (followers_closing IS NOT NULL), 0) AS follower_growth,
    sum(interactions) FILTER (base IS NOT NULL) / nullif(sum(base) FILTER (interactions IS NOT NULL), 0) AS social_engagement,
    sum(shares) AS social_shares
FROM social GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE result AS FROM of_accounts('total', '') UNION ALL FROM of_accounts('network', network);
