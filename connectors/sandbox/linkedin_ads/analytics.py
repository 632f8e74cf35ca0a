"""``adAnalytics``: figures by day and campaign. No pages, at most 20 fields, and a silent cut."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from starlette.requests import Request

from connectors.sandbox.linkedin_ads.accounts import COLUMNS, Accounts, entity
from connectors.sandbox.linkedin_ads.errors import LinkedInError, illegal
from connectors.sandbox.linkedin_ads.restli import Value
from connectors.sandbox.world import Record

MOST_FIELDS = 20
CUT = 15_000
"""Elements of an answer; the rest is left out without a word (https://adriennevermorel.com/notes/linkedin-ads-analytics-endpoint)."""
METRIC_VALUES, WINDOW_S = 45_000_000, 300.0
"""Fields times rows in any five minutes."""
YEARS_KEPT = 10

METRICS = {
    "impressions": "impressions",
    "clicks": "clicks",
    "costInLocalCurrency": "spend",
    "externalWebsiteConversions": "conversions",
    "conversionValueInLocalCurrency": "value",
    "oneClickLeads": "leads",
}
"""Field -> column of the world."""
MONEY = frozenset({"costInLocalCurrency", "conversionValueInLocalCurrency"})
OTHER_METRICS = frozenset(
    {"costInUsd", "landingPageClicks", "likes", "comments", "shares", "follows", "reactions", "totalEngagements"}
)
"""Known, but nothing in a world: null."""
DEFAULT_FIELDS = "impressions,clicks"

URNS = {
    "accounts": "urn:li:sponsoredAccount:",
    "campaignGroups": "urn:li:sponsoredCampaignGroup:",
    "campaigns": "urn:li:sponsoredCampaign:",
}
"""Facet -> how the ids of its list begin."""
PIVOT_URNS = {"CAMPAIGN_GROUP": URNS["campaignGroups"], "CAMPAIGN": URNS["campaigns"]}
PIVOT_OF_FACET = {"campaignGroups": "CAMPAIGN_GROUP", "campaigns": "CAMPAIGN"}
TAKES = frozenset({"q", "pivot", "timeGranularity", "dateRange", "fields", *URNS})


class Analytics:
    """The finder ``analytics``."""

    def __init__(self, accounts: Accounts, zeros_absent: Callable[[], bool], monotonic: Callable[[], float]) -> None:
        self._accounts = accounts
        self._zeros_absent = zeros_absent
        self._monotonic = monotonic
        self._spent: deque[tuple[float, int]] = deque()

    def find(self, _request: Request, asked: Mapping[str, Value]) -> Record:
        if asked.get("q") != "analytics" or asked.get("timeGranularity") != "DAILY":
            raise illegal("The sandbox has the finder analytics by DAILY only.")
        pivot = str(asked.get("pivot"))
        if pivot not in COLUMNS:
            raise illegal(f"The sandbox has no pivot {pivot}.")
        fields = str(asked.get("fields", DEFAULT_FIELDS)).split(",")
        if len(fields) > MOST_FIELDS:
            raise illegal(f"At most {MOST_FIELDS} fields may be requested.")
        if unknown := [name for name in fields if name not in {"dateRange", "pivotValues", *METRICS, *OTHER_METRICS}]:
            raise illegal(f"Projection of unknown field {unknown[0]}.")
        first, last = _days(asked.get("dateRange"))
        rows = self._rows(asked, pivot, max(first, self._oldest()), min(last, self._accounts.today()))
        elements = [
            element
            for (day, id), sums in sorted(rows.items())
            if (element := self._element(fields, pivot, day, id, sums)) is not None
        ]
        self._charge(len(elements) * len(fields))
        return {"elements": elements[:CUT], "paging": {"start": 0, "count": 10, "links": []}}

    def _rows(self, asked: Mapping[str, Value], pivot: str, first: str, last: str) -> dict[tuple[str, str], dict[str, Decimal]]:
        facets = {name: _ids(name, asked[name]) for name in URNS if name in asked}
        if not facets:
            raise illegal("At least one facet is needed: accounts, campaignGroups, campaigns.")
        account_ids = facets.pop("accounts", None)
        found: dict[tuple[str, str], dict[str, Decimal]] = {}
        for account_id in self._accounts.ids() if account_ids is None else sorted(account_ids):
            for row in self._accounts.ad_account(account_id).tables["days"]:
                if not first <= row["date"] <= last:
                    continue
                if any(entity(row, PIVOT_OF_FACET[name]) not in ids for name, ids in facets.items()):
                    continue
                sums = found.setdefault((row["date"], entity(row, pivot)), {})
                for name, column in METRICS.items():
                    sums[name] = sums.get(name, Decimal(0)) + Decimal(str(row.get(column) or 0))
        return found

    def _element(self, fields: list[str], pivot: str, day: str, id: str, sums: Mapping[str, Decimal]) -> Record | None:
        """None where there is nothing but noughts: such rows are not answered."""
        if not any(sums.get(name) for name in fields):
            return None
        parts = dict(zip(("year", "month", "day"), map(int, day.split("-")), strict=True))
        known: dict[str, Any] = {"dateRange": {"start": parts, "end": parts}, "pivotValues": [f"{PIVOT_URNS[pivot]}{id}"]}
        absent = self._zeros_absent()
        for name in METRICS:
            value = sums[name]
            if value or not absent:
                known[name] = format(value, "f") if name in MONEY else int(value)
        return {name: known[name] for name in fields if name in known}

    def _charge(self, values: int) -> None:
        now = self._monotonic()
        while self._spent and self._spent[0][0] <= now - WINDOW_S:
            self._spent.popleft()
        if values + sum(spent for _, spent in self._spent) > METRIC_VALUES:
            raise LinkedInError(429, f"Data limit for all queries over 5 minutes: {METRIC_VALUES} metric values.")
        self._spent.append((now, values))

    def _oldest(self) -> str:
        today = date.fromisoformat(self._accounts.today())
        return f"{today.year - YEARS_KEPT}{today.isoformat()[4:]}"


def _ids(facet: str, value: Value) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one.startswith(URNS[facet]) for one in value):
        raise illegal(f"Invalid value for {facet}: a List of {URNS[facet]}… is needed.")
    return frozenset(str(one).removeprefix(URNS[facet]) for one in value)


def _days(value: Value | None) -> tuple[str, str]:
    """(first, last) of ``dateRange``, both inclusive."""
    if not isinstance(value, dict) or set(value) != {"start", "end"}:
        raise illegal("dateRange must be (start:(…),end:(…)).")
    first, last = _day(value["start"]), _day(value["end"])
    if first > last:
        raise illegal("dateRange ends before it begins.")
    return first, last


def _day(value: Value) -> str:
    parts = [str(value.get(name)) for name in ("year", "month", "day")] if isinstance(value, dict) else []
    try:
        year, month, day = map(int, parts)
        return date(year, month, day).isoformat()
    except ValueError:
        raise illegal("A date is (year:…,month:…,day:…).") from None
