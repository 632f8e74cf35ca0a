"""A company page's days: what its posts did, and how many followed it at the end of each.

LinkedIn tells how many follow a page now, and how many it gained on each day. So the number at the end of a past day is today's less
what was gained since. People who stopped following are not known to be among the gains (not confirmed): where they are not, levels
before the first read are somewhat too low, and those of days read since then are not.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from connectors.ads.days import ONE_DAY, Span
from connectors.base import BadValue, Raw
from connectors.linkedin_ads.client import LinkedInClient, day_of
from connectors.values import whole

SHARES = "organizationalEntityShareStatistics"
FOLLOWERS = "organizationalEntityFollowerStatistics"


def days_of_page(client: LinkedInClient, organization: str, span: Span) -> Iterator[Raw]:
    """A record for each day of ``span`` of which LinkedIn tells something, and for the last in any case. ``span`` ends with the last
    whole day: nothing but that day's followers is known of now."""
    shares = _by_day(client.page_statistics(organization, SHARES, span), "totalShareStatistics")
    gains = _by_day(client.page_statistics(organization, FOLLOWERS, span), "followerGains")
    levels = _levels(client.followers(organization), gains, span)
    for day in sorted({*shares, *gains, span.last}):
        if span.first <= day <= span.last:
            yield {
                "organization": organization,
                "day": day.isoformat(),
                "shareStatistics": shares.get(day),
                "followerGains": gains.get(day),
                "followers": levels.get(day),
            }


def _by_day(elements: Iterable[Raw], name: str) -> dict[date, Mapping[str, Any]]:
    found = {}
    for element in elements:
        day = day_of((element.get("timeRange") or {}).get("start"))
        if day is not None and isinstance(element.get(name), dict):
            found[day] = element[name]
    return found


def _levels(now: int, gains: Mapping[date, Mapping[str, Any]], span: Span) -> dict[date, int]:
    """Followers at the end of each day, back to the first whose gains can be read."""
    found, level, day = {}, now, span.last
    while day >= span.first:
        found[day] = level
        try:
            level -= sum(whole(value, "followerGains") for value in gains.get(day, {}).values())
        except BadValue:
            break
        day -= ONE_DAY
    return found
