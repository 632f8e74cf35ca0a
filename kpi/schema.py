"""The common schema: every fact and dimension that Cadran stores, declared once.

A connector turns vendor records into rows of these models; the lake derives its column types and
converters from them; measures name their columns. Nothing here reads or writes anything.

Conventions that hold for every model (DESIGN §3):

- Money is ``Decimal`` with 6 decimals beside an ISO 4217 ``currency``; ``*_home`` is the same amount in
  the company's currency, null when no rate is known (never a guess).
- Each instant ``x_at`` is UTC; ``x_on`` is the calendar date of that instant in the *reporting zone*. A
  vendor's own day (GA4, ads) is kept as a date with the vendor's zone beside it.
- Vendor ids are text. ``source`` is the id of the settings section the row came through.
- A deleted record keeps its row with ``archived_at``; a merged one keeps it with ``merged_into``.
- No person's name, e-mail or phone is held: where a join needs one, a keyed hash is.

``TABLES`` are stored in the lake; ``MARTS`` are rebuilt from them in full on every run
(:mod:`sync.derive`) and are what the measures read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType, NoneType
from typing import Any, ClassVar, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict

MONEY_SCALE = 6
"""Decimals kept of a stored amount: platforms report micros."""

CREDIT_UNIT = 1_000_000_000
"""One whole credit. Credits are integers so that they sum to exactly one deal on every engine."""

CostClass = Literal["invoiced", "platform_reported", "manual", "estimate"]
"""How a cost is known (KPI_DEFINITIONS R13). An ``estimate`` enters a KPI only when the settings opt in."""


class Row(BaseModel):
    """Base of every stored row: where it came from and when it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: ClassVar[tuple[str, ...]]

    source: str
    source_id: str
    extracted_at: datetime


# --- CRM ---------------------------------------------------------------------------------------------


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
    currency: str | None
    archived_at: datetime | None


class LineItem(Row):
    key = ("source", "line_item_id")
    line_item_id: str
    product_id: str | None
    line_name: str | None
    quantity: Decimal | None
    amount: Decimal | None
    """Net of discounts, in ``currency`` (that of the deal when null)."""
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


# --- Ads, web, estimates, costs ------------------------------------------------------------------------


class Campaign(Row):
    key = ("source", "account_id", "campaign_id")
    platform: str
    account_id: str
    campaign_id: str
    campaign_name: str
    channel: str | None
    """Channel this campaign buys, in the words of :mod:`kpi.channels`."""


class AdSpendDaily(Row):
    """Cost and results of one campaign on one day of the ad account's own zone."""

    key = ("source", "account_id", "campaign_id", "spend_on")
    platform: str
    account_id: str
    campaign_id: str
    campaign_name: str
    channel: str | None
    spend_on: date
    account_zone: str | None
    currency: str
    spend: Decimal
    spend_home: Decimal | None
    fx_rate: Decimal | None
    fx_on: date | None
    fx_source: str | None
    impressions: int
    clicks: int
    conversions: Decimal
    conversions_value: Decimal
    cost_class: CostClass


class AdClick(Row):
    """Which campaign a click id belongs to."""

    key = ("source", "click_hash")
    platform: str
    account_id: str
    click_hash: str
    campaign_id: str
    clicked_on: date


class WebTrafficDaily(Row):
    """Sessions of one day of the property's own zone. Sessions add up; users do not (see ``WebUsers``)."""

    key = ("source", "property_id", "visit_on", "channel", "campaign_name", "campaign_id", "source_medium")
    property_id: str
    visit_on: date
    property_zone: str | None
    channel: str
    campaign_name: str
    campaign_id: str
    source_medium: str
    sessions: int
    engaged_sessions: int
    key_event_sessions: int
    """Sessions with a key event = ``sessionKeyEventRate`` x ``sessions`` of this row, a whole number."""
    key_events: Decimal
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool


class WebUsers(Row):
    """Users of one period at exactly the grain they are shown at: asked from the vendor, never added."""

    key = ("source", "property_id", "period", "period_start", "by", "member")
    property_id: str
    period: str
    """day | week | month | quarter | year | all"""
    period_start: date
    by: str
    """total | channel | campaign"""
    member: str
    """Channel or campaign name; '' for total."""
    users: int
    is_sampled: bool
    is_thresholded: bool


class SeoEstimate(Row):
    """SEMrush's monthly guess about a domain. Never spend unless the settings say so."""

    key = ("source", "domain", "database", "month_on")
    domain: str
    database: str
    month_on: date
    organic_keywords: int | None
    organic_traffic: int | None
    organic_cost: Decimal | None
    paid_keywords: int | None
    paid_traffic: int | None
    paid_cost: Decimal | None
    paid_cost_home: Decimal | None
    currency: str
    cost_class: CostClass
    counts_as_spend: bool
    """The company opted in: this estimate stands for spend it has no other figure for."""


class CostEntry(Row):
    """A cost from the spend file. With a channel or campaign it is spend on it; without, overhead."""

    key = ("source", "cost_id")
    cost_id: str
    cost_on: date
    amount: Decimal
    currency: str
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_on: date | None
    kind: Literal["marketing", "sales"]
    channel: str | None
    campaign_name: str | None
    note: str | None
    cost_class: CostClass


# --- Marts: what measures read ------------------------------------------------------------------------


class Mart(BaseModel):
    """Base of a derived table, rebuilt in full from the tables above on every run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: ClassVar[tuple[str, ...]]


class DealOutcome(Mart):
    """One row per living deal (not archived, not merged away)."""

    key: ClassVar[tuple[str, ...]] = ("deal_id",)
    deal_id: str
    pipeline_id: str | None
    owner_id: str | None
    company_id: str | None
    """The primary company, so that a deal with several is never counted twice (R10)."""
    created_on: date | None
    won_on: date | None
    lost_on: date | None
    is_open: bool
    expected_on: date | None
    amount_home: Decimal | None
    cycle_s: int | None
    """Creation to won, whole seconds; null unless won, and null when negative (imported or back-dated)."""
    has_negative_cycle: bool
    credit: int


class DealCredit(DealOutcome):
    """One row per deal, attribution model and credited touch; ``credit`` sums to CREDIT_UNIT per deal and model."""

    key: ClassVar[tuple[str, ...]] = ("deal_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str


class DealProduct(DealOutcome):
    """One row per deal and product; ``amount_home`` is the product's share.

    What the lines do not explain stands under product ``unallocated`` with ``credit`` 0, so that revenue
    sums to the total while no deal is counted for it; a deal without lines is wholly ``unallocated``.
    """

    key: ClassVar[tuple[str, ...]] = ("deal_id", "product_id")
    product_id: str


class Lead(Mart):
    """One row per lead (setting ``kpis.lead_event``), dated by ``lead_on``."""

    key: ClassVar[tuple[str, ...]] = ("contact_id",)
    contact_id: str
    lead_on: date
    owner_id: str | None
    company_id: str | None
    credit: int


class LeadCredit(Lead):
    key: ClassVar[tuple[str, ...]] = ("contact_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str


class Customer(Mart):
    """One row per customer (setting ``kpis.customer_unit``), dated by its first won deal."""

    key: ClassVar[tuple[str, ...]] = ("customer_id",)
    customer_id: str
    customer_on: date
    owner_id: str | None
    pipeline_id: str | None
    company_id: str | None
    credit: int


class CustomerCredit(Customer):
    key: ClassVar[tuple[str, ...]] = ("customer_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str
    is_paid: bool
    """The credited channel is one that is paid for (:data:`kpi.channels.PAID`)."""


class Spend(Mart):
    """Media spend: ad platforms, spend-file entries that name a channel or campaign, and opted-in estimates."""

    key: ClassVar[tuple[str, ...]] = ("source", "source_id")
    source: str
    source_id: str
    spend_on: date
    platform: str
    channel: str
    campaign: str
    spend_home: Decimal | None
    """Null when no exchange rate is known: kept, counted as a gap, never guessed."""
    impressions: int | None
    """Null where nothing counts impressions (files, estimates), so they never enter a CPM."""
    clicks: int | None
    conversions: Decimal | None
    conversions_value_home: Decimal | None
    cost_class: CostClass
    is_paid_channel: bool


class Overhead(Mart):
    """Marketing and sales cost that names no channel: salaries, agencies, tools. Only in the blended CAC."""

    key: ClassVar[tuple[str, ...]] = ("source", "source_id")
    source: str
    source_id: str
    cost_on: date
    kind: str
    amount_home: Decimal | None


class Web(Mart):
    key: ClassVar[tuple[str, ...]] = ("property_id", "visit_on", "channel", "campaign", "source_medium")
    property_id: str
    visit_on: date
    channel: str
    campaign: str
    source_medium: str
    sessions: int
    engaged_sessions: int
    key_event_sessions: int
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool


class Visitors(Mart):
    """Users per period and member; ``period_start`` is the first day of the period."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "by", "member")
    period: str
    period_start: date
    by: str
    member: str
    users: int


class Calendar(Mart):
    """Each day with the first day of the periods it belongs to. Weeks start as the settings say."""

    key: ClassVar[tuple[str, ...]] = ("day",)
    day: date
    week: date
    month: date
    quarter: date
    year: date


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
        "campaign": Campaign,
        "ad_spend_daily": AdSpendDaily,
        "ad_click": AdClick,
        "web_traffic_daily": WebTrafficDaily,
        "web_users": WebUsers,
        "seo_estimate": SeoEstimate,
        "cost_entry": CostEntry,
    }
)

MARTS: Mapping[str, type[Mart]] = MappingProxyType(
    {
        "deal_outcome": DealOutcome,
        "deal_credit": DealCredit,
        "deal_product": DealProduct,
        "lead": Lead,
        "lead_credit": LeadCredit,
        "customer": Customer,
        "customer_credit": CustomerCredit,
        "spend": Spend,
        "overhead": Overhead,
        "web": Web,
        "visitors": Visitors,
        "calendar": Calendar,
    }
)


# --- Types derived from the models ---------------------------------------------------------------------


class BadValue(ValueError):
    """A value that its column cannot hold; the row is set aside with this text as the reason."""


@dataclass(frozen=True)
class Column:
    """A column as the stores see it."""

    name: str
    sql_type: str
    is_nullable: bool
    convert: Callable[[Any], Any]
    """From a Python value to one JSON can carry; raises :class:`BadValue`."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(f"expected text, got {type(value).__name__}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue(f"expected a whole number, got {value!r}")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"expected true or false, got {value!r}")
    return value


_MONEY_LIMIT = Decimal(10) ** (18 - MONEY_SCALE)


def _decimal(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise BadValue(f"expected a Decimal, got {type(value).__name__}")
    try:
        fits = value.is_finite() and abs(value) < _MONEY_LIMIT
    except InvalidOperation:
        fits = False
    if not fits:
        raise BadValue(f"the number {value} does not fit DECIMAL(18,{MONEY_SCALE})")
    return format(value.quantize(Decimal(1).scaleb(-MONEY_SCALE)), "f")


def _date(value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise BadValue(f"expected a date, got {value!r}")
    return value.isoformat()


def _instant(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise BadValue(f"expected an instant with a zone, got {value!r}")
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


_SQL: Mapping[Any, tuple[str, Callable[[Any], Any]]] = {
    str: ("VARCHAR", _text),
    int: ("BIGINT", _integer),
    bool: ("BOOLEAN", _boolean),
    Decimal: (f"DECIMAL(18,{MONEY_SCALE})", _decimal),
    date: ("DATE", _date),
    datetime: ("TIMESTAMP", _instant),
}


def columns(model: type[BaseModel]) -> tuple[Column, ...]:
    """The columns of a row model, in declaration order, typed for the lake."""
    found = []
    for name, field in model.model_fields.items():
        annotation = field.annotation
        nullable = False
        members = [a for a in get_args(annotation) if a is not NoneType]
        if NoneType in get_args(annotation):
            nullable, annotation = True, members[0]
        if get_origin(annotation) is Literal:
            annotation = str
        sql_type, convert = _SQL[annotation]
        found.append(Column(name, sql_type, nullable, convert))
    return tuple(found)


def converter(model: type[BaseModel]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from a row's values to what JSON can carry, checked against the model.

    A pydantic object per row costs too much; this loop over prepared columns does the same checks.
    It raises :class:`BadValue` naming the column.
    """
    prepared = columns(model)
    names = frozenset(c.name for c in prepared)

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        if row.keys() - names:
            raise BadValue(f"unknown column {sorted(row.keys() - names)[0]}")
        out: dict[str, Any] = {}
        for column in prepared:
            value = row.get(column.name)
            if value is None:
                if not column.is_nullable:
                    raise BadValue(f"{column.name}: missing")
                out[column.name] = None
                continue
            try:
                out[column.name] = column.convert(value)
            except BadValue as bad:
                raise BadValue(f"{column.name}: {bad}") from None
        return out

    return convert
