"""The common schema: every fact and dimension that Cadran stores, declared once.

A connector turns vendor records into rows of these models; the lake derives its column types and
the check of a row from them; measures name their columns. Nothing here reads or writes anything.

Conventions that hold for every model (DESIGN §3):

- Money is ``Decimal`` with 6 decimals beside an ISO 4217 ``currency``; ``*_home`` is the same amount in
  the company's currency, null when no rate is known (never a guess).
- Each instant ``x_at`` is UTC; ``x_on`` is the calendar date of that instant in the *reporting zone*. A
  vendor's own day (GA4, ads) is kept as a date with the vendor's zone beside it.
- Vendor ids are text. ``source`` is the id of the settings section the row came through.
- A deleted record keeps its row with ``archived_at``; a merged one keeps it with ``merged_into``.
- No person's name, e-mail or phone is held: where a join needs one, a keyed hash is.

The models stand in :mod:`~kpi.schema.crm`, :mod:`~kpi.schema.commerce`, :mod:`~kpi.schema.service`, :mod:`~kpi.schema.media`
and :mod:`~kpi.schema.marts`, the check of a row in :mod:`~kpi.schema.conversion`.
``TABLES`` are stored in the lake; ``MARTS`` are rebuilt from them in full on every run
(:mod:`sync.marts`) and are what the measures read.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kpi.schema.base import CREDIT_UNIT, MONEY_SCALE, CostClass, Mart, Row
from kpi.schema.commerce import Cart, Invoice, Order, Refund, SubscriptionPeriod
from kpi.schema.conversion import BadValue, Column, checker, columns, encoded
from kpi.schema.crm import (
    Association,
    Company,
    Contact,
    CrmValue,
    CustomRecord,
    Deal,
    DealStageEntry,
    LineItem,
    Owner,
    Pipeline,
    Product,
    Stage,
)
from kpi.schema.marts import MARTS
from kpi.schema.media import (
    AdClick,
    AdGroupDaily,
    AdSpendDaily,
    Campaign,
    CostEntry,
    EmailStatsDaily,
    MarketingEmail,
    OfflineConversion,
    SeoEstimate,
    SeoKeyword,
    SeoVisibilityDaily,
    SocialStatsDaily,
    WebCommerceDaily,
    WebEventDaily,
    WebLandingDaily,
    WebTrafficDaily,
    WebUsers,
)
from kpi.schema.service import SurveyResponse, Target, Ticket

__all__ = [
    "CREDIT_UNIT",
    "MARTS",
    "MONEY_SCALE",
    "TABLES",
    "BadValue",
    "Column",
    "CostClass",
    "Mart",
    "Row",
    "checker",
    "columns",
    "encoded",
]

TABLES: Mapping[str, type[Row]] = MappingProxyType(
    {
        "owner": Owner,
        "pipeline": Pipeline,
        "stage": Stage,
        "deal": Deal,
        "deal_stage_entry": DealStageEntry,
        "contact": Contact,
        "company": Company,
        "product": Product,
        "line_item": LineItem,
        "association": Association,
        "crm_value": CrmValue,
        "custom_record": CustomRecord,
        "order": Order,
        "cart": Cart,
        "refund": Refund,
        "subscription_period": SubscriptionPeriod,
        "invoice": Invoice,
        "ticket": Ticket,
        "survey_response": SurveyResponse,
        "target": Target,
        "campaign": Campaign,
        "ad_spend_daily": AdSpendDaily,
        "ad_group_daily": AdGroupDaily,
        "ad_click": AdClick,
        "web_traffic_daily": WebTrafficDaily,
        "web_landing_daily": WebLandingDaily,
        "web_commerce_daily": WebCommerceDaily,
        "web_event_daily": WebEventDaily,
        "web_users": WebUsers,
        "marketing_email": MarketingEmail,
        "email_stats_daily": EmailStatsDaily,
        "social_stats_daily": SocialStatsDaily,
        "seo_estimate": SeoEstimate,
        "seo_keyword": SeoKeyword,
        "seo_visibility_daily": SeoVisibilityDaily,
        "cost_entry": CostEntry,
        "offline_conversion": OfflineConversion,
    }
)
