"""Rows of a query over one account: counted from the world's daily rows, which the vendor never shows past its own day.

- With a segment in SELECT, a row whose selected metrics are all 0 is not returned
  (https://developers.google.com/google-ads/api/docs/reporting/zero-metrics, 2026-11-21).
- A campaign has one name, the present one, on every day it ever ran.
- Figures by day or week go back 37 months; clicks 90 days and one day at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

from connectors.sandbox.google_ads.conditions import CORE_DATE_SEGMENTS, DATE, Days, days_of, holds, months_before
from connectors.sandbox.google_ads.errors import AdsError, query_error
from connectors.sandbox.google_ads.fields import camel, check, json_value
from connectors.sandbox.google_ads.gaql import Query
from connectors.sandbox.world import GoogleAdsWorld, Record

Values = dict[str, Any]
"""A row by GAQL names."""

HISTORY_MONTHS = 37
CLICK_DAYS = 90
GRANULARITY_REFUSED_SINCE = 24
"""First version that refuses days older than the history; before, there are just no rows."""

_ADDITIVE = ("cost_micros", "clicks", "impressions", "conversions", "conversions_value")

_SEGMENT: dict[str, Callable[[date], Any]] = {
    DATE: date.isoformat,
    "segments.week": lambda day: (day - timedelta(days=day.weekday())).isoformat(),
    "segments.month": lambda day: day.replace(day=1).isoformat(),
    "segments.quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1).isoformat(),
    "segments.year": lambda day: day.year,
    "segments.day_of_week": lambda day: day.strftime("%A").upper(),
}


@dataclass(frozen=True)
class Account:
    """One customer as a query meets it. ``clients`` are the accounts below, itself at level 0 first."""

    id: str
    world: GoogleAdsWorld
    clients: tuple[tuple[str, GoogleAdsWorld, int], ...]
    today: date
    version: int

    @property
    def oldest(self) -> date:
        return months_before(self.today, HISTORY_MONTHS)


def run(query: Query, account: Account) -> list[Values]:
    """Every row of the query, in its order. Raises :class:`AdsError` for what the vendor refuses."""
    check(query)
    if account.world.is_manager and any(field.startswith("metrics.") for field in query.named):
        raise query_error(
            "REQUESTED_METRICS_FOR_MANAGER",
            "Metrics cannot be requested for a manager account. To retrieve metrics, issue separate requests against each "
            "client account under the manager account.",
        )
    rows = [row for row in _SOURCES[query.resource](query, account) if _passes(query, row, account.today)]
    for field, descends in reversed(query.order_by):
        rows.sort(key=itemgetter(field), reverse=descends)
    return rows[: query.limit]


def project(row: Values, query: Query, *, zeros_absent: bool) -> Values:
    """The selected fields as JSON objects, with the resource names that always come along."""
    body: Values = {}
    fields = dict.fromkeys(query.fields)
    for resource in (query.resource, *(field.partition(".")[0] for field in query.fields)):
        if f"{resource}.resource_name" in row:
            fields.setdefault(f"{resource}.resource_name")
    for field in fields:
        value = row.get(field)
        if value is None or (zeros_absent and not value):
            continue
        *path, last = (camel(step) for step in field.split("."))
        place = body
        for step in path:
            place = place.setdefault(step, {})
        place[last] = json_value(field, value)
    return body


def _passes(query: Query, row: Values, today: date) -> bool:
    """Segments were seen to before adding up."""
    return all(holds(condition, row, today) for condition in query.conditions if not condition.field.startswith("segments."))


def _customer(customer_id: str, world: GoogleAdsWorld) -> Values:
    return {
        "customer.resource_name": f"customers/{customer_id}",
        "customer.id": int(customer_id),
        "customer.descriptive_name": world.name,
        "customer.currency_code": world.currency,
        "customer.time_zone": world.zone,
        "customer.auto_tagging_enabled": True,
        "customer.manager": world.is_manager,
        "customer.test_account": False,
        "customer.status": "ENABLED",
    }


def _campaigns(account: Account) -> dict[str, Values]:
    """Campaigns by id as they stand today: the last row of each has its present name."""
    campaigns: dict[str, Values] = {}
    for record in sorted(account.world.rows, key=lambda record: str(record["date"])):
        if str(record["date"]) <= account.today.isoformat():
            campaign_id = str(record["campaign_id"])
            campaigns[campaign_id] = {
                "campaign.resource_name": f"customers/{account.id}/campaigns/{campaign_id}",
                "campaign.id": int(campaign_id),
                "campaign.name": record.get("campaign_name") or "",
                "campaign.status": record.get("status") or "ENABLED",
                "campaign.advertising_channel_type": record.get("channel_type") or "SEARCH",
            }
    return campaigns


def _ad_groups(account: Account) -> dict[str, Values]:
    """Ad groups by id, each with its campaign."""
    campaigns = _campaigns(account)
    groups: dict[str, Values] = {}
    for record in account.world.ad_groups:
        group_id, campaign_id = str(record["ad_group_id"]), str(record["campaign_id"])
        groups[group_id] = campaigns.get(campaign_id, {"campaign.id": int(campaign_id)}) | {
            "ad_group.resource_name": f"customers/{account.id}/adGroups/{group_id}",
            "ad_group.id": int(group_id),
            "ad_group.name": record.get("ad_group_name") or "",
        }
    return groups


def _checked_days(query: Query, account: Account) -> Days:
    """The days asked for. Raises for a query by day without both ends, or one that reaches behind the history."""
    days = days_of(query.conditions, account.today)
    by_date = [field for field in query.fields if field in CORE_DATE_SEGMENTS]
    by_period = any(c.field in CORE_DATE_SEGMENTS - {DATE} and c.operator in ("=", "IN", "BETWEEN") for c in query.conditions)
    if by_date and not days.is_finite and not by_period:
        raise query_error(
            "EXPECTED_FILTERS_ON_DATE_RANGE",
            f"Error in query: date segments {by_date} require filters that limit the dates to a finite range.",
        )
    if days.first and days.last and days.first > days.last:
        raise AdsError("dateRangeError", "START_DATE_AFTER_END_DATE", "The start date is after the end date.")
    is_fine = any(field in (DATE, "segments.week") for field in query.fields)
    if is_fine and days.first and days.first < account.oldest and account.version >= GRANULARITY_REFUSED_SINCE:
        raise AdsError(
            "dateRangeError",
            "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED",
            f"Daily and weekly figures are available for the last {HISTORY_MONTHS} months, that is from {account.oldest}.",
        )
    return days


def _daily(query: Query, account: Account, rows: Iterable[Record]) -> Iterator[tuple[Record, Values]]:
    """Those of ``rows`` that the query adds up, each with its segments."""
    days = _checked_days(query, account).within(account.oldest, account.today)
    segment_names = [field for field in dict.fromkeys(query.named) if field.startswith("segments.")]
    conditions = [condition for condition in query.conditions if condition.field.startswith("segments.")]
    first, last = str(days.first), str(days.last)
    for record in rows:
        day = str(record["date"])
        if first <= day <= last:
            segments = {name: _SEGMENT[name](date.fromisoformat(day)) for name in segment_names}
            if all(holds(condition, segments, account.today) for condition in conditions):
                yield record, segments


def _performance(query: Query, account: Account) -> Iterator[Values]:
    """FROM campaign, FROM ad_group and FROM customer. Campaigns without ad groups (Performance Max) are not in the second."""
    customer = _customer(account.id, account.world)
    column = {"campaign": "campaign_id", "ad_group": "ad_group_id"}.get(query.resource)
    of_groups = query.resource == "ad_group"
    campaigns = _ad_groups(account) if of_groups else _campaigns(account) if column else {"": {}}
    selected = tuple(field for field in query.fields if field.startswith("segments."))
    sums: dict[tuple[Any, ...], dict[str, Decimal]] = {}
    if not selected:
        sums = {(campaign,): dict.fromkeys(_ADDITIVE, Decimal(0)) for campaign in campaigns}
    for record, segments in _daily(query, account, account.world.ad_groups if of_groups else account.world.rows):
        key = (str(record[column]) if column else "", *(segments[name] for name in selected))
        group = sums.setdefault(key, dict.fromkeys(_ADDITIVE, Decimal(0)))
        for name in _ADDITIVE:
            group[name] += Decimal(str(record.get(name) or 0))
    metrics_selected = [field for field in query.fields if field.startswith("metrics.")]
    for (campaign, *segment_values), group in sums.items():
        metrics = _metrics(group)
        if selected and metrics_selected and not any(metrics[field] for field in metrics_selected):
            continue
        yield customer | campaigns[campaign] | dict(zip(selected, segment_values, strict=True)) | metrics


def _metrics(sums: Mapping[str, Decimal]) -> Values:
    cost, clicks, impressions = sums["cost_micros"], sums["clicks"], sums["impressions"]
    conversions = sums["conversions"]
    return {f"metrics.{name}": value for name, value in sums.items()} | {
        "metrics.ctr": clicks / impressions if impressions else Decimal(0),
        "metrics.average_cpc": cost / clicks if clicks else Decimal(0),
        "metrics.cost_per_conversion": cost / conversions if conversions else Decimal(0),
    }


def _clients(query: Query, account: Account) -> Iterator[Values]:
    """FROM customer_client: the whole tree, itself at level 0."""
    for client_id, world, level in account.clients:
        yield _customer(account.id, account.world) | {
            "customer_client.resource_name": f"customers/{account.id}/customerClients/{client_id}",
            "customer_client.client_customer": f"customers/{client_id}",
            "customer_client.id": int(client_id),
            "customer_client.descriptive_name": world.name,
            "customer_client.level": level,
            "customer_client.manager": world.is_manager,
            "customer_client.currency_code": world.currency,
            "customer_client.time_zone": world.zone,
            "customer_client.status": "ENABLED",
            "customer_client.hidden": False,
            "customer_client.test_account": False,
        }


def _conversion_actions(query: Query, account: Account) -> Iterator[Values]:
    """FROM conversion_action (https://developers.google.com/google-ads/api/fields/v26/conversion_action, 2026-11-22)."""
    for action in account.world.conversion_actions:
        yield _customer(account.id, account.world) | {
            "conversion_action.resource_name": f"customers/{account.id}/conversionActions/{action['id']}",
            "conversion_action.id": int(action["id"]),
            "conversion_action.name": action.get("name") or "",
            "conversion_action.status": action.get("status") or "ENABLED",
            "conversion_action.click_through_lookback_window_days": action.get("click_days"),
            "conversion_action.view_through_lookback_window_days": action.get("view_days"),
        }


def _clicks(query: Query, account: Account) -> Iterator[Values]:
    """FROM click_view (https://developers.google.com/google-ads/api/fields/v26/click_view, 2026-11-21)."""
    days = days_of(query.conditions, account.today)
    if days.first is None or days.first != days.last:
        raise AdsError(
            "clickViewError",
            "EXPECTED_FILTER_ON_A_SINGLE_DAY",
            "Query against ClickView must have a filter on a single day, e.g. segments.date = '2026-11-01'.",
        )
    if days.first < account.today - timedelta(days=CLICK_DAYS):
        raise AdsError(
            "clickViewError", "DATE_TOO_OLD", "The requested date is more than 90 days before the time of the request."
        )
    if days.first > account.today:
        return
    customer, campaigns = _customer(account.id, account.world), _campaigns(account)
    for record in account.world.clicks:
        if str(record["date"]) != days.first.isoformat():
            continue
        ad_group = record.get("ad_group_id")
        yield {
            **customer,
            **campaigns.get(str(record["campaign_id"]), {"campaign.id": int(record["campaign_id"])}),
            "click_view.resource_name": f"customers/{account.id}/clickViews/{record['date']}~{record['gclid']}",
            "click_view.gclid": record["gclid"],
            "click_view.ad_group_ad": record.get("ad_group_ad"),
            "click_view.keyword_info.text": record.get("keyword"),
            "ad_group.id": ad_group,
            "ad_group.name": record.get("ad_group_name"),
            DATE: record["date"],
            "segments.device": record.get("device") or "DESKTOP",
            "metrics.clicks": Decimal(1),
        } | ({"ad_group.resource_name": f"customers/{account.id}/adGroups/{ad_group}"} if ad_group else {})


_SOURCES: dict[str, Callable[[Query, Account], Iterator[Values]]] = {
    "campaign": _performance,
    "ad_group": _performance,
    "conversion_action": _conversion_actions,
    "customer": _performance,
    "customer_client": _clients,
    "click_view": _clicks,
}
