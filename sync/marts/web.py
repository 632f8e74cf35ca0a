"""Of visits and visitors."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kpi.channels import SOURCE_NAMES, channel_of_ga4_group
from kpi.joins import CampaignIndex, Marks, place
from kpi.text import Text
from sync.marts.desk import Desk, Note


def web(desk: Desk, index: CampaignIndex) -> None:
    """Traffic keeps the vendor's channel; its campaign is found as a contact's is."""

    def groups() -> Iterator[tuple[str, str]]:
        for (channel,) in desk.rows("SELECT DISTINCT channel FROM web_traffic_daily ORDER BY ALL"):
            yield channel, channel_of_ga4_group(channel)

    def pages() -> Iterator[tuple[str, ...]]:
        for name, campaign_id, told in desk.rows(WEB_MEMBERS):
            yield name, campaign_id, told, place(marks(name, campaign_id, told), index).campaign

    def visitors() -> Iterator[tuple[Any, ...]]:
        for by, member in desk.rows(VISITOR_MEMBERS):
            if by == "channel":
                yield by, member, channel_of_ga4_group(member)
            elif by == "campaign":
                yield by, member, place(Marks(utm_campaign=member), index).campaign
            else:
                yield by, member, member

    desk.load("_web_channel", dict.fromkeys(("channel", "place_channel"), "VARCHAR"), groups())
    desk.load("_web_place", dict.fromkeys(("campaign_name", "campaign_id", "told", "place_campaign"), "VARCHAR"), pages())
    desk.mart("web", WEB.format(told=TOLD, possible=POSSIBLE))
    desk.mart("web_landing", WEB_LANDING.format(possible=POSSIBLE))
    desk.mart("web_shop", WEB_SHOP, {"home": desk.options.home_currency})
    desk.mart("web_step", WEB_STEP)
    desk.load("_visitor_place", dict.fromkeys(("by", "member", "place"), "VARCHAR"), visitors())
    desk.mart("visitors", VISITORS)


def marks(name: str, campaign_id: str, source_medium: str) -> Marks:
    """Those of visits as the vendor tells them."""
    source, _, medium = (part.strip() for part in source_medium.partition("/"))
    return Marks(utm_source=source, utm_medium=medium or None, utm_campaign=name, utm_id=campaign_id)


UNKNOWN_SOURCE = "unknown"

_KNOWN = "|".join(re.escape(name) for name in sorted(SOURCE_NAMES))

TOLD = f"""CASE
        WHEN regexp_full_match(source_medium, '[ -~]*') AND NOT regexp_matches(source_medium, '(?i)(^|[ ._/-])({_KNOWN})([ ._/-]|$)')
        THEN regexp_replace(source_medium, '^[^/]*', '{UNKNOWN_SOURCE}')
        ELSE source_medium
    END"""
"""What ``source_medium`` tells of a campaign: of sources that no rule knows, such as the thousands of sites that refer to one, no
more than the medium. What is not plain ASCII stays as it is: it may be a known name written otherwise."""

WEB_MEMBERS = f"SELECT DISTINCT campaign_name, campaign_id, {TOLD} AS told FROM web_traffic_daily ORDER BY ALL"

WEB = """
SELECT w.property_id, w.visit_on, c.place_channel AS channel, p.place_campaign AS campaign, w.source_medium,
    sum(w.sessions) AS sessions, sum(w.engaged_sessions) AS engaged_sessions, sum(w.key_event_sessions) AS key_event_sessions,
    sum(w.key_events) AS key_events,
    bool_or(w.is_sampled) AS is_sampled, bool_or(w.is_thresholded) AS is_thresholded, bool_or(w.has_other_row) AS has_other_row,
    coalesce(bool_or(w.property_zone IN (FROM _other_zone)), false) AS is_other_zone
FROM (SELECT *, {told} AS told FROM web_traffic_daily) w JOIN _web_channel c USING (channel)
JOIN _web_place p USING (campaign_name, campaign_id, told)
WHERE {possible}
GROUP BY ALL
"""

WEB_LANDING = """
SELECT property_id, visit_on, coalesce(nullif(landing_page, ''), '(not set)') AS page,
    coalesce(nullif(device_category, ''), '(not set)') AS device,
    sum(sessions) AS sessions, sum(engaged_sessions) AS engaged_sessions, sum(key_event_sessions) AS key_event_sessions,
    sum(key_events) AS key_events,
    bool_or(is_sampled) AS is_sampled, bool_or(is_thresholded) AS is_thresholded, bool_or(has_other_row) AS has_other_row,
    coalesce(bool_or(property_zone IN (FROM _other_zone)), false) AS is_other_zone
FROM web_landing_daily WHERE {possible} GROUP BY ALL
"""

_SAID_OF_ROWS = """bool_or(is_sampled) AS is_sampled, bool_or(is_thresholded) AS is_thresholded, bool_or(has_other_row) AS has_other_row,
    coalesce(bool_or(property_zone IN (FROM _other_zone)), false) AS is_other_zone"""


def _home(column: str) -> str:
    return f"sum(CASE WHEN currency = $home THEN {column} ELSE CAST({column} * fx_rate AS DECIMAL(18, 6)) END)"


WEB_SHOP = f"""
SELECT property_id, visit_on, channel, sum(purchases) AS purchases, {_home("gross_revenue")} AS gross_home,
    {_home("refunds")} AS refunds_home, {_home("revenue")} AS revenue_home, {_SAID_OF_ROWS}
FROM web_commerce_daily WHERE scope = 'session' GROUP BY property_id, visit_on, channel
"""
"""Of the three scopes that tell the same purchases, the one that joins to spend."""

WEB_STEP = f"""
SELECT property_id, visit_on, channel, coalesce(sum(sessions) FILTER (event_name = 'add_to_cart'), 0) AS cart_sessions,
    coalesce(sum(sessions) FILTER (event_name = 'begin_checkout'), 0) AS checkout_sessions,
    coalesce(sum(sessions) FILTER (event_name = 'purchase'), 0) AS purchase_sessions, {_SAID_OF_ROWS}
FROM web_event_daily WHERE event_name IN ('add_to_cart', 'begin_checkout', 'purchase') GROUP BY property_id, visit_on, channel
"""

POSSIBLE = "(is_sampled OR (engaged_sessions BETWEEN 0 AND sessions AND key_event_sessions BETWEEN 0 AND sessions))"
"""A part of the sessions cannot be more than they are. A sampled row is flagged anyway, and each of its figures is rounded by itself."""

VISITOR_MEMBERS = """SELECT DISTINCT "by", member FROM web_users ORDER BY ALL"""

VISITORS = """
WITH folded AS (
    SELECT u.property_id, u.period, u.period_start, u."by", m.place AS member, sum(u.users) AS users, count(*) AS members,
        bool_or(u.is_sampled) AS is_sampled, bool_or(u.is_thresholded) AS is_thresholded
    FROM web_users u JOIN _visitor_place m ON m."by" = u."by" AND m.member = u.member
    WHERE u.period_start = CASE u.period
        WHEN 'week' THEN week_of(u.period_start) WHEN 'quarter' THEN quarter_of(u.period_start)
        WHEN 'year' THEN year_of(u.period_start) ELSE u.period_start END
    GROUP BY ALL
)
SELECT period, period_start, "by", member, sum(users) AS users, bool_or(is_sampled) AS is_sampled,
    bool_or(is_thresholded) AS is_thresholded
FROM folded
GROUP BY ALL HAVING max(members) = 1
"""
"""The vendor's weeks begin on Monday and its years in January: those of another calendar have no figure. Users do not add up
(R2): where several of the vendor's members became one of ours there is no figure, rather than a wrong one.

Properties do add up: a vendor counts a person once per property, and nothing says that two properties share people.
"""

NOTES: Mapping[str, Note] = {
    "web_rows_impossible": Note(
        f"(SELECT sessions FROM web_traffic_daily WHERE NOT {POSSIBLE} "
        f"UNION ALL SELECT sessions FROM web_landing_daily WHERE NOT {POSSIBLE})",
        Text(
            "days of web traffic with more engaged or converting sessions than sessions (left out)",
            "jours d'audience web avec plus de sessions engagées ou converties que de sessions (exclus)",
        ),
    ),
}
