"""Reading what is no CRM object: campaigns, marketing e-mails, and the daily series of what came of e-mails.

The cheapest way that is right: an account's daily series is one call whatever its length; each e-mail's totals come with
the list, 100 a call. A daily series for each e-mail would cost a call per e-mail and is left out. So are a campaign's budget
and spend: a call per campaign, and what is spent is known from the ad platforms.
Of an e-mail only what is stored is asked for, and only that is kept: the answer may hold its sender's name and address.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Cursor, Days, Page, Raw, ReadContext
from connectors.errors import ContractError
from connectors.hubspot.client import LIST_PAGE, HubSpotClient
from connectors.hubspot.normalise.marketing import COUNTERS, day_zone
from connectors.hubspot.streams import CAMPAIGNS, EMAIL_LOOKBACK_DAYS, EMAIL_STATISTICS, MARKETING_EMAILS
from connectors.hubspot.values import moment

Read = Callable[[HubSpotClient, Mapping[str, Any], Cursor, ReadContext], Iterator[Page]]

_CAMPAIGNS = "/marketing/v3/campaigns"
_EMAILS = "/marketing/v3/emails"

_KEPT = ("id", "name", "type", "state", "campaign", "publishDate", "archived", "archivedAt", "createdAt", "updatedAt", "stats")


def campaigns(client: HubSpotClient, _facts: Mapping[str, Any], _cursor: Cursor, _context: ReadContext) -> Iterator[Page]:
    """All campaigns, 100 a call; their ids are GUIDs
    (https://developers.hubspot.com/docs/api-reference/latest/marketing/campaigns/guide, 2026-11-21)."""
    for records in _pages(client, _CAMPAIGNS, {"properties": "hs_name,hs_utm"}, "list the campaigns"):
        yield Page(records)


def emails(client: HubSpotClient, _facts: Mapping[str, Any], _cursor: Cursor, _context: ReadContext) -> Iterator[Page]:
    """All marketing e-mails with their totals, 100 a call, the archived ones last."""
    for archived in ("false", "true"):
        query = {"includeStats": "true", "archived": archived, "includedProperties": ",".join(k for k in _KEPT if k != "stats")}
        for records in _pages(client, _EMAILS, query, "list the marketing e-mails"):
            yield Page([{key: one[key] for key in _KEPT if key in one} for one in records])


def statistics(client: HubSpotClient, facts: Mapping[str, Any], cursor: Cursor, context: ReadContext) -> Iterator[Page]:
    """Whole days since the lookback behind the last one that was read (the cursor), or since the first day of interest; one call.

    Days are cut in the account's zone or in UTC (UNVERIFIED); one more is asked for than is kept, so that none is cut short.
    """
    zone = ZoneInfo(str(facts["zone"]))
    today = context.now.astimezone(zone).date()
    since = context.since
    if cursor is not None and not context.full:
        since = max(since, date.fromisoformat(cursor) - timedelta(days=EMAIL_LOOKBACK_DAYS))
    query = {
        "interval": "DAY",
        "startTimestamp": datetime.combine(since - timedelta(days=1), time()).isoformat() + "Z",
        "endTimestamp": context.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    what = "read the e-mail statistics"
    body = client.ask_json(lambda: client.wire.send("GET", f"{_EMAILS}/statistics/histogram", query=query), what=what)
    found = [one for one in client.results(body, what) if _day(client, one, zone) >= since and _is_any(one)]
    days = Days("email_stats_daily", "stats_on", "account_id", str(facts["portal_id"]), since, today + timedelta(days=1))
    yield Page([_counted(one) for one in found], cursor=today.isoformat(), days=(days,))


def _day(client: HubSpotClient, found: Raw, zone: ZoneInfo) -> date:
    start = (found.get("interval") or {}).get("start")
    if not isinstance(start, str):
        raise ContractError(client.source, "read the e-mail statistics: an interval has no `start`")
    at = moment(start, "interval.start")
    return at.astimezone(ZoneInfo(day_zone(at, zone.key))).date()


def _is_any(found: Raw) -> bool:
    """A day without any e-mail is no row, whether HubSpot lists it or not (UNVERIFIED)."""
    counted = (found.get("aggregations") or {}).get("counters") or {}
    return any(counted.get(name) for name in COUNTERS.values())


def _counted(found: Raw) -> Raw:
    """Ratios and devices stay behind: the former cannot be added up, the latter are not used."""
    return {"interval": found["interval"], "aggregations": {"counters": found["aggregations"]["counters"]}}


def _pages(client: HubSpotClient, path: str, query: Mapping[str, str], what: str) -> Iterator[list[Raw]]:
    after: str | None = None
    while True:
        asked = {**query, "limit": str(LIST_PAGE), **({"after": after} if after else {})}
        body = client.ask_json(lambda asked=asked: client.wire.send("GET", path, query=asked), what=what)  # type: ignore[misc]
        yield client.results(body, what)
        following = ((body.get("paging") or {}).get("next") or {}).get("after")
        if following is None:
            return
        if str(following) == after:
            raise ContractError(client.source, f"{what}: the same page follows itself")
        after = str(following)


READERS: Mapping[str, Read] = {CAMPAIGNS: campaigns, MARKETING_EMAILS: emails, EMAIL_STATISTICS: statistics}
"""By stream."""
