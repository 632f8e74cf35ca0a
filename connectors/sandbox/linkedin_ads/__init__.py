"""The simulated LinkedIn Marketing API for a reader of cost and page statistics: ad accounts, campaigns, ``adAnalytics``, the daily
statistics of company pages, and the login.

Strict where a careless client would pass elsewhere: Rest.li's notation, the version's month, 20 fields, the silent cut at 15,000
rows, the length of an address, metric values in five minutes. Left out: everything that changes an account, creatives, and figures
by kind of member.

A world keeps its records by account. An ad account: ``about`` = ``name, currency`` (optional ``unlisted``: ids of campaigns that
were deleted and are no longer listed), ``days`` = ``date, campaign_id, campaign_name, spend`` (text), ``impressions, clicks,
conversions, value, leads``, where a campaign is LinkedIn's campaign group, and optional ``ad_group_id, ad_group_name`` = what LinkedIn
calls a campaign. A company page: ``about`` = ``{"kind": "organization", "followers": before the first day}``, ``days`` = ``date,
impressions, unique_impressions, clicks, likes, comments, shares, organic_gain, paid_gain``.
"""
