"""Tables of the CRM's people, deals and what is sold; and of the account's own objects."""

from datetime import date, datetime
from decimal import Decimal

from kpi.schema.base import Row


class Owner(Row):
    """A person who owns records, by id only; the name is shown from the raw record."""

    key = ("source", "owner_id")
    owner_id: str
    team_id: str | None
    team_name: str | None
    archived_at: datetime | None


class Pipeline(Row):
    key = ("source", "pipeline_id")
    pipeline_id: str
    pipeline_name: str
    display_order: int | None


class Stage(Row):
    """A deal stage. Won is ``probability`` = 1 and closed, lost is 0 and closed: never decided by the id."""

    key = ("source", "stage_id")
    stage_id: str
    pipeline_id: str
    stage_name: str
    display_order: int | None
    probability: Decimal | None
    is_closed: bool


class Deal(Row):
    key = ("source", "deal_id")
    deal_id: str
    pipeline_id: str | None
    stage_id: str | None
    owner_id: str | None
    created_at: datetime | None
    created_on: date | None
    close_at: datetime | None
    """A promise while the deal is open, the closing date after."""
    close_on: date | None
    amount: Decimal | None
    currency: str | None
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_source: str | None
    deal_type: str | None
    original_source: str | None
    original_source_data_1: str | None
    original_source_data_2: str | None
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None


class DealStageEntry(Row):
    """The first time a deal entered a stage."""

    key = ("source", "deal_id", "stage_id")
    deal_id: str
    stage_id: str
    entered_at: datetime
    entered_on: date


class Contact(Row):
    """A contact with the marks its first and latest visit left (``first_*``, ``last_*``)."""

    key = ("source", "contact_id")
    contact_id: str
    owner_id: str | None
    created_at: datetime | None
    created_on: date | None
    lifecycle_stage: str | None
    lead_at: datetime | None
    lead_on: date | None
    mql_at: datetime | None
    mql_on: date | None
    sql_at: datetime | None
    sql_on: date | None
    opportunity_at: datetime | None
    opportunity_on: date | None
    customer_at: datetime | None
    customer_on: date | None
    first_touch_at: datetime | None
    first_source: str | None
    first_source_data_1: str | None
    first_source_data_2: str | None
    first_utm_source: str | None
    first_utm_medium: str | None
    first_utm_campaign: str | None
    first_utm_id: str | None
    first_hsa_cam: str | None
    first_hsa_net: str | None
    last_touch_at: datetime | None
    last_source: str | None
    last_source_data_1: str | None
    last_source_data_2: str | None
    last_utm_source: str | None
    last_utm_medium: str | None
    last_utm_campaign: str | None
    last_utm_id: str | None
    last_hsa_cam: str | None
    last_hsa_net: str | None
    click_platform: str | None
    """Platform whose click id the contact carries: google_ads, meta_ads, microsoft_ads, linkedin_ads, tiktok_ads."""
    click_hash: str | None
    """Keyed hash of that click id; joins to ``ad_click.click_hash``."""
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None


class Company(Row):
    key = ("source", "company_id")
    company_id: str
    owner_id: str | None
    created_at: datetime | None
    created_on: date | None
    lifecycle_stage: str | None
    industry: str | None
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None


class Product(Row):
    key = ("source", "product_id")
    product_id: str
    product_name: str | None
    category: str | None
    price: Decimal | None
    unit_cost: Decimal | None
    """What one costs to make or buy."""
    currency: str | None
    """Of price and cost."""
    archived_at: datetime | None


class LineItem(Row):
    key = ("source", "line_item_id")
    line_item_id: str
    product_id: str | None
    line_name: str | None
    quantity: Decimal | None
    amount: Decimal | None
    """Net of discounts, in ``currency`` (that of the deal when null)."""
    unit_cost: Decimal | None
    """What one of it costs to make or buy, in the same currency; null: that of its product."""
    currency: str | None
    archived_at: datetime | None


class Association(Row):
    """A link between two records, stored in the direction it was read. ``is_primary`` marks *the* company."""

    key = ("source", "from_type", "from_id", "to_type", "to_id")
    from_type: str
    from_id: str
    to_type: str
    to_id: str
    is_primary: bool


class CrmValue(Row):
    """A value that stands in one of Cadran's own properties: *theirs* in the three-way comparison."""

    key = ("source", "object", "record_id", "property")
    object: str
    """deals | contacts | companies"""
    record_id: str
    property: str
    value: str


class CustomRecord(Row):
    """A record of an object that the account defined itself. What has no standard property is null unless mapped."""

    key = ("source", "object", "record_id")
    object: str
    """The object's name, as in the stream ``custom.<object>``."""
    record_id: str
    label: str | None
    """Null unless mapped: what an account shows as a record's name may be a person's."""
    pipeline_id: str | None
    stage_id: str | None
    owner_id: str | None
    amount: Decimal | None
    currency: str | None
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_source: str | None
    created_at: datetime | None
    created_on: date | None
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None
