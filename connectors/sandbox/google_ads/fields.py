"""The fields that the simulated Google Ads knows, how each is written in JSON, and where each may be asked.

https://developers.google.com/google-ads/api/fields/v26/overview (2026-11-21)
"""

from typing import Any, Literal

from connectors.sandbox.google_ads.errors import query_error
from connectors.sandbox.google_ads.gaql import Query

Kind = Literal["int64", "int32", "double", "bool", "text", "enum"]

FIELDS: dict[str, Kind] = {
    "customer.resource_name": "text",
    "customer.id": "int64",
    "customer.descriptive_name": "text",
    "customer.currency_code": "text",
    "customer.time_zone": "text",
    "customer.auto_tagging_enabled": "bool",
    "customer.manager": "bool",
    "customer.test_account": "bool",
    "customer.status": "enum",
    "campaign.resource_name": "text",
    "campaign.id": "int64",
    "campaign.name": "text",
    "campaign.status": "enum",
    "campaign.advertising_channel_type": "enum",
    "ad_group.resource_name": "text",
    "ad_group.id": "int64",
    "ad_group.name": "text",
    "conversion_action.resource_name": "text",
    "conversion_action.id": "int64",
    "conversion_action.name": "text",
    "conversion_action.status": "enum",
    "conversion_action.click_through_lookback_window_days": "int64",
    "conversion_action.view_through_lookback_window_days": "int64",
    "click_view.resource_name": "text",
    "click_view.gclid": "text",
    "click_view.ad_group_ad": "text",
    "click_view.keyword_info.text": "text",
    "customer_client.resource_name": "text",
    "customer_client.client_customer": "text",
    "customer_client.id": "int64",
    "customer_client.descriptive_name": "text",
    "customer_client.level": "int64",
    "customer_client.manager": "bool",
    "customer_client.currency_code": "text",
    "customer_client.time_zone": "text",
    "customer_client.status": "enum",
    "customer_client.hidden": "bool",
    "customer_client.test_account": "bool",
    "segments.date": "text",
    "segments.week": "text",
    "segments.month": "text",
    "segments.quarter": "text",
    "segments.year": "int32",
    "segments.day_of_week": "enum",
    "segments.device": "enum",
    "metrics.cost_micros": "int64",
    "metrics.clicks": "int64",
    "metrics.impressions": "int64",
    "metrics.conversions": "double",
    "metrics.conversions_value": "double",
    "metrics.ctr": "double",
    "metrics.average_cpc": "double",
    "metrics.cost_per_conversion": "double",
}

_SELECTABLE = {
    "campaign": ("campaign.", "customer.", "metrics.", "segments."),
    "ad_group": ("ad_group.", "campaign.", "customer.", "metrics.", "segments."),
    "conversion_action": ("conversion_action.", "customer."),
    "customer": ("customer.", "metrics.", "segments."),
    "customer_client": ("customer_client.", "customer."),
    "click_view": ("click_view.", "campaign.", "ad_group.", "customer.", "segments.date", "segments.device", "metrics.clicks"),
}
"""What may be named together with each resource in FROM."""


def check(query: Query) -> None:
    """Raises the vendor's ``queryError`` for an unknown field or resource, or a field that the resource does not offer."""
    if query.resource not in _SELECTABLE:
        raise query_error("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"Error in query: '{query.resource}' is not a valid resource name.")
    for field in query.named:
        if field not in FIELDS:
            raise query_error("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{field}'.")
        if field.startswith(_SELECTABLE[query.resource]) and not (field == "segments.device" and query.resource != "click_view"):
            continue
        what = {"metrics": "METRIC", "segments": "SEGMENT"}.get(field.partition(".")[0])
        code = f"PROHIBITED_{what}_IN_SELECT_OR_WHERE_CLAUSE" if what else "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"
        raise query_error(code, f"Cannot select or filter on {field} with resource in FROM clause: '{query.resource}'.")
    for field, _ in query.order_by:
        if field not in query.fields:
            raise query_error("EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE", f"ORDER BY field {field} must be in SELECT.")


def camel(name: str) -> str:
    """``cost_micros`` -> ``costMicros``."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def json_value(field: str, value: Any) -> Any:
    """``value`` as protobuf's JSON writes this field: 64-bit integers as text."""
    kind = FIELDS[field]
    if kind == "int64":
        return str(int(value))
    if kind == "double":
        return float(value)
    return value
