"""What HubSpot says of the account itself: details, usage, limits, owners, currencies, and what a key may do.

https://developers.hubspot.com/docs/api-reference/latest/account/account-information/guide (2026-11-21)
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.sandbox.hubspot.auth import grant_of
from connectors.sandbox.hubspot.errors import Refusal, not_found
from connectors.sandbox.hubspot.gate import Answer, Call, Gate
from connectors.sandbox.hubspot.inputs import known_keys, text_of
from connectors.sandbox.hubspot.portal import APP_ID
from connectors.sandbox.hubspot.schema import custom_names
from connectors.sandbox.hubspot.values import instant_text


def details(call: Call) -> Answer:
    """The account as the world has it; the offset is that of now."""
    call.expect_query()
    local = call.portal.clock.now().astimezone(call.portal.zone)
    offset = local.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    standard: dict[str, Any] = {
        "accountType": "STANDARD",
        "additionalCurrencies": [],
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }
    moving = {
        "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
        "utcOffsetMilliseconds": minutes * 60_000,
    }
    return Answer(200, {**standard, **call.portal.account, **moving})


def usage_of(gate: Gate) -> Any:
    """The day's calls of private apps."""

    def usage(call: Call) -> Answer:
        call.expect_query()
        local = call.portal.clock.now().astimezone(call.portal.zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), call.portal.zone)
        result = {
            "name": "private-apps-api-calls-daily",
            "usageLimit": call.portal.limits.daily,
            "currentUsage": gate.used_today,
            "collectedAt": instant_text(call.portal.clock.now()),
            "fetchStatus": "SUCCESS",
            "resetsAt": instant_text(midnight),
        }
        return Answer(200, {"results": [result]})

    return usage


def token_info(call: Call) -> Answer:
    """A key's account, app and real scopes."""
    call.expect_query()
    known_keys(call.mapping(), "tokenKey")
    try:
        grant = grant_of(text_of(call.mapping(), "tokenKey"))
    except Refusal as refusal:
        if refusal.status != 401:
            raise
        raise not_found("the token key was not found") from refusal
    return Answer(200, {"hubId": call.portal.portal_id, "userId": 1, "appId": APP_ID, "scopes": list(grant.scopes)})


def custom_property_limits(call: Call) -> Answer:
    call.expect_query()
    limits = call.portal.limits
    by_type, overall = [], 0
    for records in call.portal.records.values():
        kind, count = records.kind, len(custom_names(records.definitions))
        overall += count
        by_type.append(
            {
                "objectTypeId": kind.type_id,
                "singularLabel": kind.label,
                "pluralLabel": kind.plural_label,
                "limit": limits.custom_properties_per_object,
                "usage": count,
                "percentage": _percent(count, limits.custom_properties_per_object),
            }
        )
    return Answer(
        200,
        {
            "overallLimit": limits.custom_properties,
            "overallUsage": overall,
            "overallPercentage": _percent(overall, limits.custom_properties),
            "byObjectType": by_type,
        },
    )


def _percent(part: int, whole: int) -> float:
    return float(round(Decimal(100 * part) / whole, 2))


def owners(call: Call) -> Answer:
    """Active owners, or with ``archived=true`` only archived ones, whose ``userId`` is null."""
    call.expect_query("limit", "after", "archived", "email")
    call.grant.demand(("crm.objects.owners.read",))
    email = call.query.get("email")
    found = sorted(
        (
            one
            for one in map(_owner, call.portal.owners)
            if one["archived"] is call.flag("archived") and (email is None or one.get("email") == email)
        ),
        key=lambda one: int(one["id"]),
    )
    limit = call.whole("limit", 100, call.portal.quirks.owners_page_max)
    after = call.query.get("after", "0")
    start = int(after) if after.isdecimal() else 0
    rest = [one for one in found if int(one["id"]) >= start]
    body: dict[str, Any] = {"results": rest[:limit]}
    if len(rest) > limit:
        body["paging"] = {"next": {"after": str(rest[limit]["id"]), "link": "https://api.hubapi.com/crm/v3/owners"}}
    return Answer(200, body)


def owner(call: Call) -> Answer:
    call.expect_query("archived", "idProperty")
    call.grant.demand(("crm.objects.owners.read",))
    key = "userId" if call.query.get("idProperty") == "userId" else "id"
    for one in map(_owner, call.portal.owners):
        if str(one.get(key)) == call.path["id"] and one["archived"] is call.flag("archived"):
            return Answer(200, one)
    raise not_found()


_STAMPS = {"createdAt": "2024-01-01T00:00:00.000Z", "updatedAt": "2024-01-01T00:00:00.000Z"}


def _owner(raw: dict[str, Any]) -> dict[str, Any]:
    whole = {"type": "PERSON", "firstName": "", "lastName": "", "archived": False, **_STAMPS, **raw}
    if whole["archived"]:
        whole |= {"userIdIncludingInactive": whole.get("userIdIncludingInactive") or whole.get("userId"), "userId": None}
    return whole


def currencies(call: Call) -> Answer:
    call.expect_query()
    call.grant.demand(("settings.currencies.read",))
    return Answer(200, {"currencyCode": call.portal.home_currency})
