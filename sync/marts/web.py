"""Of visits and visitors."""

from collections.abc import Iterator
from typing import Any

from kpi.channels import channel_of_ga4_group
from kpi.joins import CampaignIndex, Marks, place
from sync.marts.desk import Desk


def web(desk: Desk, index: CampaignIndex) -> None:
    """Traffic keeps the vendor's channel; its campaign is found as a contact's is."""

    def pages() -> Iterator[tuple[Any, ...]]:
        for channel, name, campaign_id, source_medium in desk.rows(WEB_MEMBERS):
            source, _, medium = (part.strip() for part in source_medium.partition("/"))
            marks = Marks(utm_source=source, utm_medium=medium or None, utm_campaign=name, utm_id=campaign_id)
            yield channel, name, campaign_id, source_medium, channel_of_ga4_group(channel), place(marks, index).campaign

    def visitors() -> Iterator[tuple[Any, ...]]:
        for by, member in desk.rows(VISITOR_MEMBERS):
            if by == "channel":
                yield by, member, channel_of_ga4_group(member)
            elif by == "campaign":
                yield by, member, place(Marks(utm_campaign=member), index).campaign
            else:
                yield by, member, member

    names = ("channel", "campaign_name", "campaign_id", "source_medium", "place_channel", "place_campaign")
    desk.load("_web_place", dict.fromkeys(names, "VARCHAR"), pages())
    desk.mart("web", WEB)
    desk.load("_visitor_place", dict.fromkeys(("by", "member", "place"), "VARCHAR"), visitors())
    desk.mart("visitors", VISITORS)


WEB_MEMBERS = "SELECT DISTINCT channel, campaign_name, campaign_id, source_medium FROM web_traffic_daily ORDER BY ALL"

WEB = """
SELECT w.property_id, w.visit_on, p.place_channel AS channel, p.place_campaign AS campaign, w.source_medium,
    sum(w.sessions) AS sessions, sum(w.engaged_sessions) AS engaged_sessions, sum(w.key_event_sessions) AS key_event_sessions,
    bool_or(w.is_sampled) AS is_sampled, bool_or(w.is_thresholded) AS is_thresholded, bool_or(w.has_other_row) AS has_other_row
FROM web_traffic_daily w JOIN _web_place p USING (channel, campaign_name, campaign_id, source_medium)
GROUP BY ALL
"""

VISITOR_MEMBERS = """SELECT DISTINCT "by", member FROM web_users ORDER BY ALL"""

VISITORS = """
WITH folded AS (
    SELECT u.property_id, u.period, u.period_start, u."by", m.place AS member, sum(u.users) AS users, count(*) AS members
    FROM web_users u JOIN _visitor_place m ON m."by" = u."by" AND m.member = u.member
    GROUP BY ALL
)
SELECT period, period_start, "by", member, sum(users) AS users FROM folded
GROUP BY ALL HAVING max(members) = 1
"""
"""Users do not add up (R2): where several of the vendor's members became one of ours there is no figure, rather than a wrong one.

Properties do add up: a vendor counts a person once per property, and nothing says that two properties share people.
"""
