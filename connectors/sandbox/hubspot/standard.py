"""The definitions that HubSpot ships: what each object has before anyone adds a property.

Names from https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide and its neighbours
(2026-11-21). A selection: the fields that the KPIs and a sales team's daily work touch. One line a property:
``name type/fieldType flags``; flag ``ro``: the vendor writes it; ``calc``: the vendor computes it; ``cur``: shown as money.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.sandbox.hubspot.kinds import Kind

Definition = dict[str, Any]

_EVERY = """
hs_object_id number/number ro
hs_createdate datetime/date ro
hs_lastmodifieddate datetime/date ro
hs_object_source enumeration/select ro
hs_object_source_label enumeration/select ro
hs_object_source_id string/text ro
hs_created_by_user_id number/number ro
hs_updated_by_user_id number/number ro
hs_merged_object_ids enumeration/checkbox ro
hubspot_owner_id enumeration/select
hubspot_owner_assigneddate datetime/date ro
hubspot_team_id enumeration/select ro
hs_unique_creation_key string/text ro
"""

_SOURCE = """
hs_analytics_source enumeration/select ro
hs_analytics_source_data_1 string/text ro
hs_analytics_source_data_2 string/text ro
hs_analytics_latest_source enumeration/select ro
hs_analytics_latest_source_data_1 string/text ro
hs_analytics_latest_source_data_2 string/text ro
hs_analytics_latest_source_timestamp datetime/date ro
"""

_LIFECYCLE = """
createdate datetime/date
closedate datetime/date
lifecyclestage enumeration/radio
days_to_close number/number calc
num_associated_deals number/number calc
num_associated_contacts number/number calc
first_deal_created_date datetime/date calc
recent_deal_amount number/number calc cur
recent_deal_close_date datetime/date calc
total_revenue number/number calc cur
phone string/phonenumber
address string/text
city string/text
state string/text
zip string/text
country string/text
website string/text
industry string/text
annualrevenue number/number cur
hs_lead_status enumeration/radio
hs_analytics_first_timestamp datetime/date ro
hs_analytics_first_url string/text ro
hs_analytics_last_url string/text ro
hs_analytics_first_referrer string/text ro
hs_analytics_first_touch_converting_campaign string/text ro
hs_analytics_last_touch_converting_campaign string/text ro
hs_analytics_num_visits number/number ro
hs_analytics_num_page_views number/number ro
hs_analytics_revenue number/number calc cur
hs_current_customer enumeration/booleancheckbox calc
hs_active_contracts_arr number/number calc cur
hs_active_contracts_mrr number/number calc cur
hs_active_contracts_tcv number/number calc cur
"""

_TERMS = """
hs_acv number/number calc cur
hs_arr number/number calc cur
hs_mrr number/number calc cur
hs_tcv number/number calc cur
hs_margin number/number calc cur
hs_margin_acv number/number calc cur
hs_margin_arr number/number calc cur
hs_margin_mrr number/number calc cur
hs_margin_tcv number/number calc cur
"""

_GOODS = """
createdate datetime/date
name string/text
description string/textarea
price number/number cur
hs_sku string/text
hs_cost_of_goods_sold number/number cur
recurringbillingfrequency enumeration/select
hs_recurring_billing_period string/text
hs_term_in_months number/number
hs_pricing_model enumeration/select
hs_tier_ranges string/textarea
hs_tier_prices string/textarea
"""

_BY_OBJECT: dict[str, str] = {
    "deals": _SOURCE
    + _TERMS
    + """
dealname string/text
amount number/number cur
amount_in_home_currency number/number calc cur
deal_currency_code enumeration/select
hs_exchange_rate number/number ro
pipeline enumeration/select
dealstage enumeration/radio
dealtype enumeration/radio
description string/textarea
createdate datetime/date
closedate datetime/date
hs_is_closed bool/booleancheckbox calc
hs_is_closed_won bool/booleancheckbox calc
hs_is_closed_lost bool/booleancheckbox calc
hs_closed_amount number/number calc cur
hs_closed_amount_in_home_currency number/number calc cur
hs_projected_amount number/number calc cur
hs_projected_amount_in_home_currency number/number calc cur
hs_forecast_amount number/number cur
hs_deal_stage_probability number/number
days_to_close number/number calc
hs_days_to_close_raw number/number calc
hs_priority enumeration/select
hs_next_step string/text
num_associated_contacts number/number calc
closed_won_reason string/textarea
closed_lost_reason string/textarea
hs_campaign string/text
hs_analytics_latest_source_company enumeration/select ro
hs_analytics_latest_source_contact enumeration/select ro
recurring_revenue_amount number/number cur
recurring_revenue_deal_type enumeration/select
recurring_revenue_inactive_date datetime/date
recurring_revenue_inactive_reason enumeration/select
hs_v2_date_entered_current_stage datetime/date calc
hs_v2_time_in_current_stage datetime/date calc
""",
    "contacts": _SOURCE
    + _LIFECYCLE
    + """
email string/text
firstname string/text
lastname string/text
mobilephone string/phonenumber
company string/text
jobtitle string/text
lastmodifieddate datetime/date ro
associatedcompanyid number/number
numemployees enumeration/select
hs_language enumeration/select
hs_latest_source enumeration/select ro
hs_latest_source_data_1 string/text ro
hs_latest_source_data_2 string/text ro
hs_latest_source_timestamp datetime/date ro
hs_google_click_id string/text
hs_facebook_click_id string/text
hs_bing_click_id string/text
hs_linkedin_click_id string/text
hs_tiktok_click_id string/text
hs_reddit_click_id string/text
hs_chatgpt_click_id string/text
first_conversion_date datetime/date ro
first_conversion_event_name string/text ro
recent_conversion_date datetime/date ro
recent_conversion_event_name string/text ro
num_conversion_events number/number ro
num_unique_conversion_events number/number ro
hs_time_between_contact_creation_and_deal_close number/number calc
hs_has_active_subscription number/number calc
hs_manual_campaign_ids enumeration/checkbox
hs_feedback_last_nps_rating enumeration/radio ro
hs_feedback_last_csat_survey_rating number/number ro
hs_email_optout bool/booleancheckbox
hs_email_delivered number/number ro
hs_email_open number/number ro
hs_email_click number/number ro
hs_legal_basis enumeration/checkbox
""",
    "companies": _SOURCE
    + _LIFECYCLE
    + """
name string/text
domain string/text
description string/textarea
numberofemployees number/number
hs_num_open_deals number/number calc
hs_parent_company_id number/number
founded_year string/text
type enumeration/select
""",
    "line_items": _GOODS
    + _TERMS
    + """
quantity number/number
amount number/number calc cur
discount number/number cur
hs_discount_percentage number/number
hs_total_discount number/number calc cur
hs_pre_discount_amount number/number calc cur
hs_post_tax_amount number/number calc cur
hs_product_id number/number
hs_line_item_currency_code enumeration/select
hs_recurring_billing_start_date date/date
hs_recurring_billing_end_date date/date ro
hs_recurring_billing_number_of_payments number/number
hs_billing_period_start_date date/date ro
hs_billing_period_end_date date/date ro
""",
    "products": _GOODS + "hs_product_type enumeration/select\n",
    "tickets": """
subject string/text
content string/textarea
createdate datetime/date
closed_date datetime/date
hs_pipeline enumeration/select
hs_pipeline_stage enumeration/select
hs_ticket_priority enumeration/select
hs_ticket_category enumeration/checkbox
source_type enumeration/select
time_to_close number/number calc
time_to_first_agent_reply number/number calc
""",
    "feedback_submissions": """
hs_survey_type string/text ro
hs_survey_name string/text ro
hs_survey_id number/number ro
hs_survey_channel string/text ro
hs_value number/number ro
hs_response_group string/text ro
hs_sentiment string/text ro
hs_content string/textarea ro
hs_submission_timestamp datetime/date ro
""",
    "campaigns": """
hs_name string/text
hs_start_date date/date
hs_end_date date/date
hs_notes string/textarea
hs_audience string/text
hs_goal string/text
hs_currency_code string/text
hs_campaign_status string/text
hs_owner string/text
hs_color_hex string/text
hs_utm string/text
hs_budget_items_sum_amount number/number ro cur
hs_spend_items_sum_amount number/number ro cur
""",
    "users": """
hs_internal_user_id number/number ro
hs_email string/text ro
hs_given_name string/text ro
hs_family_name string/text ro
hs_job_title string/text
""",
    "subscriptions": """
hs_name string/text
hs_status enumeration/select
hs_recurring_billing_start_date date/date
hs_recurring_billing_frequency enumeration/select
hs_last_payment_amount number/number cur
hs_next_payment_amount number/number cur
hs_next_payment_due_date date/date
hs_currency_code enumeration/select
""",
    "orders": """
hs_order_name string/text
hs_pipeline enumeration/select
hs_pipeline_stage enumeration/select
hs_fulfillment_status string/text
hs_source_store string/text
hs_currency_code enumeration/select
hs_exchange_rate number/number ro
hs_external_order_id string/text
hs_total_price number/number cur
hs_order_discount number/number cur
hs_tax number/number cur
hs_shipping_cost number/number cur
""",
    "carts": """
hs_external_cart_id string/text
hs_external_status string/text
hs_cart_url string/text
hs_total_price number/number cur
hs_homecurrency_amount number/number calc cur
hs_exchange_rate number/number ro
hs_currency_code enumeration/select
hs_source_store string/text
hs_cart_discount number/number cur
""",
    "commerce_payments": """
hs_initiated_date datetime/date
hs_initial_amount number/number cur
hs_latest_status enumeration/select
hs_refunds_amount number/number cur
hs_refunds_amount_in_portal_currency number/number calc cur
hs_currency_code enumeration/select
hs_payment_type enumeration/select
hs_fees_amount number/number cur
hs_customer_email string/text
""",
    "invoices": """
hs_currency enumeration/select
hs_invoice_date date/date
hs_due_date date/date
hs_invoice_status enumeration/select
hs_amount_billed number/number cur
""",
    "goal_targets": """
hs_goal_name string/text
hs_target_amount number/number
hs_start_datetime datetime/date
hs_end_datetime datetime/date
hs_milestone enumeration/select
hs_group_correlation_uuid string/text
""",
}

LIFECYCLE_STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)

_SOURCES = (
    "ORGANIC_SEARCH",
    "PAID_SEARCH",
    "EMAIL_MARKETING",
    "SOCIAL_MEDIA",
    "PAID_SOCIAL",
    "REFERRALS",
    "OTHER_CAMPAIGNS",
    "DIRECT_TRAFFIC",
    "OFFLINE",
    "AI_REFERRALS",
)

_OPTIONS: dict[str, tuple[str, ...]] = {
    "hs_analytics_source": _SOURCES,
    "hs_analytics_latest_source": _SOURCES,
    "hs_latest_source": _SOURCES,
    "lifecyclestage": LIFECYCLE_STAGES,
    "dealtype": ("newbusiness", "existingbusiness"),
    "hs_priority": ("low", "medium", "high"),
    "hs_ticket_priority": ("LOW", "MEDIUM", "HIGH", "URGENT"),
    "hs_lead_status": (
        "NEW",
        "OPEN",
        "IN_PROGRESS",
        "OPEN_DEAL",
        "UNQUALIFIED",
        "ATTEMPTED_TO_CONTACT",
        "CONNECTED",
        "BAD_TIMING",
    ),
    "type": ("PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER"),
    "recurringbillingfrequency": (
        "weekly",
        "biweekly",
        "monthly",
        "quarterly",
        "per_six_months",
        "annually",
        "per_two_years",
        "per_three_years",
        "per_four_years",
        "per_five_years",
    ),
    "recurring_revenue_deal_type": ("NEW_BUSINESS", "RENEWAL", "UPGRADE", "DOWNGRADE"),
    "recurring_revenue_inactive_reason": ("CHURNED", "RENEWED", "UPGRADED", "DOWNGRADED", "TRANSFERRED"),
    "hs_product_type": ("inventory", "non_inventory", "service"),
    "hs_pricing_model": ("flat", "volume", "graduated", "stairstep"),
    "hs_status": ("active", "past_due", "canceled", "expired", "scheduled"),
    "hs_latest_status": (
        "processing",
        "succeeded",
        "failed",
        "refunded",
        "partially_refunded",
        "processing_refund",
    ),
    "hs_payment_type": ("one_time_or_initial", "recurring"),
    "hs_current_customer": ("true", "false"),
    "numemployees": ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+"),
}

EXTERNAL = {"hubspot_owner_id": "OWNER", "hubspot_team_id": "TEAM"}
"""Enumerations whose options live elsewhere: any value passes."""

_BOOLEAN = (("Yes", "true"), ("No", "false"))
_STAMP = "2019-08-06T02:41:08.029Z"
"""HubSpot's own definitions carry old dates; one for all will do."""


def option(value: str, label: str | None = None, order: int = 0) -> dict[str, Any]:
    return {"label": label or value, "value": value, "description": "", "displayOrder": order, "hidden": False}


def options(values: Iterable[str]) -> list[dict[str, Any]]:
    return [option(value, order=order) for order, value in enumerate(values)]


def definition(kind: Kind, name: str, type: str, field_type: str, **more: Any) -> Definition:
    """A HubSpot-defined property, all fields as the vendor answers them."""
    read_only = bool(more.pop("read_only", False))
    known: Definition = {
        "updatedAt": _STAMP,
        "createdAt": _STAMP,
        "name": name,
        "label": name.removeprefix("hs_").replace("_", " ").capitalize(),
        "type": type,
        "fieldType": field_type,
        "description": "",
        "groupName": kind.group,
        "options": [],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": True,
        "modificationMetadata": {
            "archivable": False,
            "readOnlyDefinition": True,
            "readOnlyOptions": True,
            "readOnlyValue": read_only,
        },
        "formField": not read_only,
        "dataSensitivity": "non_sensitive",
    }
    return known | more


def stage_suffix(stage_id: str) -> str:
    """A stage's id as it stands inside a property's name: a UUID's dashes become underscores."""
    return re.sub(r"[^a-z0-9_]", "_", stage_id.lower())


STAGE_FAMILIES: Mapping[str, tuple[str, str]] = {
    "hs_v2_date_entered": ("datetime", "date"),
    "hs_v2_date_exited": ("datetime", "date"),
    "hs_v2_latest_time_in": ("number", "number"),
    "hs_v2_cumulative_time_in": ("number", "number"),
}


def stage_definitions(kind: Kind, stage_id: str, label: str, name_of: Mapping[str, str]) -> list[Definition]:
    """The timing properties of one stage; ``name_of`` gives each family's full property name."""
    found = []
    for family, (type_, field_type) in STAGE_FAMILIES.items():
        words = family.removeprefix("hs_v2_").replace("_", " ").capitalize()
        more: dict[str, Any] = {"numberDisplayHint": "duration"} if type_ == "number" else {}
        found.append(
            definition(
                kind,
                name_of[family],
                type_,
                field_type,
                label=f'{words} "{label}"',
                description=f"Stage {stage_id}",
                calculated=True,
                read_only=True,
                **more,
            )
        )
    return found


def standard_definitions(kind: Kind) -> list[Definition]:
    """What HubSpot ships for an object, without what depends on the account (stages, pipelines, currencies)."""
    found: dict[str, Definition] = {}
    for line in (_EVERY + _BY_OBJECT.get(kind.plural, "")).split("\n"):
        if not line:
            continue
        name, types, *flags = line.split()
        type_, _, field_type = types.partition("/")
        more: dict[str, Any] = {"read_only": bool({"ro", "calc"} & set(flags))}
        if "calc" in flags:
            more["calculated"] = True
        if "cur" in flags:
            more |= {"numberDisplayHint": "currency", "showCurrencySymbol": True}
        if type_ == "bool":
            more["options"] = [option(value, label, order) for order, (label, value) in enumerate(_BOOLEAN)]
        elif name in _OPTIONS:
            more["options"] = options(_OPTIONS[name])
        if name in EXTERNAL:
            more |= {"externalOptions": True, "referencedObjectType": EXTERNAL[name]}
        if (kind.plural, name) == ("contacts", "email"):
            more["hasUniqueValue"] = True
        found[name] = definition(kind, name, type_, field_type, **more)
    if kind.plural in ("contacts", "companies"):
        for stage in LIFECYCLE_STAGES:
            name = f"hs_lifecyclestage_{stage}_date"
            found[name] = definition(kind, name, "datetime", "date", read_only=True, calculated=True)
    return list(found.values())
