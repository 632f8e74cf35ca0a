"""Marketing e-mails: the list with each one's totals, and the daily series of all.

``/marketing/emails/{v}`` (FACTS §10.1; shapes from HubSpot's Apache-2.0 package, 2026-11-21). A world keeps counters by day
and e-mail::

    {"id": "9001", "name": "October letter", "publishDate": "2026-10-05T08:00:00Z", "days": {"2026-10-05": {"sent": 400, …}}}

Days are cut in the account's zone or in UTC, by a quirk; what lies after the clock is not answered.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from connectors.sandbox.hubspot.errors import Body, invalid
from connectors.sandbox.hubspot.gate import Answer, Call
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.values import instant_text, parse_instant
from connectors.sandbox.world import Record

LIST_MAX = 100
NAMES = (
    "sent",
    "delivered",
    "open",
    "click",
    "bounce",
    "hardbounced",
    "softbounced",
    "unsubscribed",
    "spamreport",
    "contactslost",
    "dropped",
    "notsent",
    "pending",
    "reply",
    "suppressed",
    "selected",
)

_OWN = ("days", "counters")
"""What a world says of an e-mail beyond its fields."""


def _demand(call: Call) -> None:
    """Which scope opens e-mails is not confirmed."""
    call.grant.demand(("marketing.email.read" if call.portal.quirks.email_scope_is_marketing else "content",))


def listed(call: Call) -> Answer:
    """A page in order of ids. Without ``includedProperties`` every field comes, the sender's name and address too."""
    call.expect_query("limit", "after", "includeStats", "includedProperties", "archived", "sort", "type", "isPublished")
    _demand(call)
    limit, after = call.whole("limit", 10, LIST_MAX), call.query.get("after", "0") or "0"
    if not after.isdecimal():
        raise invalid(f"after {after!r} is not a cursor of this list")
    now = call.portal.clock.now()
    archived = call.flag("archived")
    there = [
        one
        for one in call.portal.marketing_emails
        if bool(one.get("archivedAt")) is archived and parse_instant(str(one.get("createdAt") or one["publishDate"])) <= now
    ]
    start = int(after)
    fields = [name for value in call.query.getlist("includedProperties") for name in value.split(",") if name]
    results = [_body(call.portal, one, fields, with_stats=call.flag("includeStats")) for one in there[start : start + limit]]
    body: Body = {"total": len(there), "results": results}
    if start + limit < len(there):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return Answer(200, body)


def _body(portal: Portal, email: Record, fields: list[str], *, with_stats: bool) -> Body:
    whole: Body = {
        "state": "PUBLISHED",
        "type": "BATCH_EMAIL",
        "subject": email.get("name"),
        "from": {"fromName": "Ada Lovelace", "replyTo": "ada@example.com"},
        "createdAt": email.get("publishDate"),
        "updatedAt": email.get("publishDate"),
        "archived": bool(email.get("archivedAt")),
        **{key: value for key, value in email.items() if key not in _OWN},
    }
    shown = {key: value for key, value in whole.items() if not fields or key in (*fields, "id")}
    if with_stats:
        shown["stats"] = _statistics(_past(portal, email))
    return shown


def _days(email: Record) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = email.get("days", {})
    return found


def _past(portal: Portal, email: Record) -> Iterable[dict[str, int]]:
    today = portal.clock.now().astimezone(portal.zone).date()
    return [counters for day, counters in _days(email).items() if date.fromisoformat(day) <= today]


def _statistics(parts: Iterable[dict[str, int]]) -> Body:
    total: Counter[str] = Counter(dict.fromkeys(NAMES, 0))
    for part in parts:
        total.update(part)
    delivered = total["delivered"]
    ratios = {"openratio": 100 * total["open"] / delivered, "clickratio": 100 * total["click"] / delivered} if delivered else {}
    return {"counters": dict(total), "ratios": ratios, "deviceBreakdown": {}, "qualifierStats": {}}


def histogram(call: Call) -> Answer:
    """Days that begin inside the span asked for, with what came of all e-mails."""
    call.expect_query("interval", "startTimestamp", "endTimestamp", "emailIds")
    _demand(call)
    if call.query.get("interval") != "DAY":
        raise invalid("the sandbox answers interval=DAY only")
    start, end = (_instant(call, key) for key in ("startTimestamp", "endTimestamp"))
    quirks, zone = call.portal.quirks, UTC if call.portal.quirks.email_days_are_utc else call.portal.zone
    end = min(end, call.portal.clock.now())
    results, day = [], start.astimezone(zone).date()
    while (begins := datetime.combine(day, time(), zone)) < end:
        parts = [_days(email)[day.isoformat()] for email in call.portal.marketing_emails if day.isoformat() in _days(email)]
        if begins >= start and (parts or not quirks.email_empty_days_are_absent):
            ends = datetime.combine(day + timedelta(days=1), time(), zone)
            interval = {"start": instant_text(begins), "end": instant_text(ends)}
            results.append({"interval": interval, "aggregations": _statistics(parts)})
        day += timedelta(days=1)
    body: dict[str, Any] = {"total": len(results), "results": results}
    return Answer(200, body)


def _instant(call: Call, key: str) -> datetime:
    try:
        return parse_instant(call.query.get(key, ""))
    except ValueError as fault:
        raise invalid(f"{key} must be an instant such as 2026-10-01T00:00:00Z") from fault
