"""The values that are written on one deal, contact or company (KPI_DEFINITIONS §3b), each with its inputs or its reason.

Calm by construction: nothing here moves with the clock. A start date stands for an age, a band that holds for a
month for a count of days, a cost appears when its month is over and settles 30 days later. What has no value is null
with a reason. Values are rounded as they are written: money half-even to the currency's smallest coin, ratios to 4 decimals.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from kpi.channels import UNATTRIBUTED
from kpi.cycle_band import Band, cycle_bands
from kpi.lead_costs import (
    CampaignMonth,
    ContactFact,
    Cost,
    DealFact,
    Spending,
    add_costs,
    deal_costs,
    first_deals,
    lead_costs,
    reconcile,
)
from kpi.record_reasons import (
    NO_AMOUNT,
    NO_CAMPAIGN,
    NO_CONTACT,
    NO_COST,
    NO_DATE,
    NO_DEAL,
    NO_TOUCH,
    NO_WON_DEAL,
    NOT_CLOSED,
)
from kpi.undefined import Reason

RATIO_PLACES = Decimal("0.0001")

Object = Literal["deals", "contacts", "companies", "campaigns", "users"]
"""What values stand on. A campaign goes by our own key, a user by the id of the owner."""
Unit = Literal["money", "ratio", "count", "date", "channel", "band", "text"]
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class RecordValue(NamedTuple):
    """One property of one record.

    ``property`` is without the prefix it has in the CRM. ``value`` None: undefined, and ``reason`` says why. A channel is its
    slug, a band ``faster | normal | slower``. ``month`` is the first day of the month it was computed for, and
    ``provisional_until`` the day from which it is settled; null where neither applies.
    """

    object: Object
    record_id: str
    property: str
    value: Decimal | str | date | None
    unit: Unit
    reason: Reason | None = None
    month: date | None = None
    provisional_until: date | None = None
    inputs: Mapping[str, Any] = _NOTHING
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordOptions:
    """What record values depend on besides the facts."""

    today: date
    """A date of ``zone``."""
    zone: ZoneInfo
    minor_unit: Decimal
    """The smallest coin of the company's currency."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Campaign key -> the name it is shown by."""


@dataclass(frozen=True)
class RecordValues:
    """Every value, and where every cent of spend went."""

    values: tuple[RecordValue, ...]
    conservation: tuple[CampaignMonth, ...]


def record_values(
    contacts: Sequence[ContactFact],
    deals: Sequence[DealFact],
    company_ids: Iterable[str],
    spending: Spending,
    options: RecordOptions,
) -> RecordValues:
    """All values of all records, by object and in the order given.

    Raises :class:`kpi.lead_costs.ConservationError` when spend would be lost or counted twice.
    """
    leads = lead_costs(contacts, spending, options.today, options.minor_unit)
    first = first_deals(deals)
    costs = deal_costs(deals, leads, first)
    conservation = reconcile(leads, deals, first, options.minor_unit)
    bands = cycle_bands(deals, options.today, options.zone)
    values: list[RecordValue] = []
    for deal in deals:
        values.extend(_deal(deal, costs[deal.deal_id], bands[deal.deal_id], options))
    for contact in contacts:
        values.extend(_contact(contact, leads.by_contact[contact.contact_id], options))
    by_company: defaultdict[str | None, list[DealFact]] = defaultdict(list)
    for deal in deals:
        by_company[deal.company_id].append(deal)
    for company_id in company_ids:
        values.extend(_company(company_id, by_company.get(company_id, ()), costs, options))
    return RecordValues(tuple(values), conservation)


def _deal(deal: DealFact, cost: Cost, band: Band, options: RecordOptions) -> Iterator[RecordValue]:
    yield from _origin(
        "deals", deal.deal_id, ("channel", "campaign"), deal.channel, deal.campaign, options, bool(deal.contact_ids)
    )
    yield _cost("deals", deal.deal_id, "deal_acquisition_cost", cost)
    earned = (deal.amount_home if deal.is_won else Decimal(0), NO_AMOUNT) if not deal.is_open else (None, NOT_CLOSED)
    yield _roi("deals", deal.deal_id, "deal_roi", *earned, cost)
    start = deal.created_on
    yield RecordValue("deals", deal.deal_id, "start_on", start, "date", None if start else NO_DATE)
    yield RecordValue("deals", deal.deal_id, "cycle_band", band.word, "band", band.reason, band.month, inputs=_band_inputs(band))


def _contact(contact: ContactFact, cost: Cost, options: RecordOptions) -> Iterator[RecordValue]:
    names = ("first_touch_channel", "first_touch_campaign")
    yield from _origin("contacts", contact.contact_id, names, contact.channel, contact.campaign, options, True)
    yield _cost("contacts", contact.contact_id, "lead_cost", cost)


def _company(
    company_id: str, deals: Sequence[DealFact], costs: Mapping[str, Cost], options: RecordOptions
) -> Iterator[RecordValue]:
    won = [d for d in deals if d.is_won]
    amounts = [d.amount_home for d in won if d.amount_home is not None]
    revenue = sum(amounts, Decimal(0))
    flags = ("amount_missing",) if len(amounts) < len(won) else ()
    inputs = {"deals": len(deals), "deals_won": len(won)}

    def value(name: str, found: Decimal | None, unit: Unit, reason: Reason) -> RecordValue:
        why = None if found is not None else NO_DEAL if not deals else reason
        return RecordValue("companies", company_id, name, found, unit, why, inputs=inputs, flags=flags)

    mean = _rounded(revenue / len(amounts), options.minor_unit) if amounts else None
    yield value("revenue_won", _rounded(revenue, options.minor_unit) if deals else None, "money", NO_DEAL)
    yield value("deals_won", Decimal(len(won)) if deals else None, "count", NO_DEAL)
    yield value("avg_deal_size", mean, "money", NO_AMOUNT if won else NO_WON_DEAL)
    cost = add_costs([costs[d.deal_id] for d in deals], inputs) if deals else Cost(None, NO_DEAL, None, None, _NOTHING, ())
    yield _cost("companies", company_id, "company_acquisition_cost", cost)
    if not deals or all(d.is_open for d in deals):
        earned: Decimal | None = None
        why = NOT_CLOSED if deals else NO_DEAL
    else:
        earned, why = (revenue, NO_AMOUNT) if amounts or not won else (None, NO_AMOUNT)
    yield _roi("companies", company_id, "company_roi", earned, why, cost)


def _origin(
    object: Object, record_id: str, names: tuple[str, str], channel: str, campaign: str, options: RecordOptions, has_contact: bool
) -> Iterator[RecordValue]:
    nowhere = NO_TOUCH if has_contact else NO_CONTACT
    known = channel != UNATTRIBUTED
    yield RecordValue(object, record_id, names[0], channel if known else None, "channel", None if known else nowhere)
    if campaign == UNATTRIBUTED:
        yield RecordValue(object, record_id, names[1], None, "text", NO_CAMPAIGN if known else nowhere)
    else:
        yield RecordValue(
            object, record_id, names[1], options.titles.get(campaign, campaign), "text", inputs={"campaign": campaign}
        )


def _cost(object: Object, record_id: str, name: str, cost: Cost) -> RecordValue:
    return RecordValue(
        object, record_id, name, cost.value, "money", cost.reason, cost.month, cost.provisional_until, cost.inputs, cost.flags
    )


def _roi(object: Object, record_id: str, name: str, earned: Decimal | None, unearned: Reason, cost: Cost) -> RecordValue:
    """(earned - cost) / cost; a lost deal earned 0, so its cost is lost: -1."""
    if earned is None or not cost.value:
        reason = unearned if earned is None else (cost.reason or NO_COST)
        return RecordValue(object, record_id, name, None, "ratio", reason)
    ratio = _rounded((earned - cost.value) / cost.value, RATIO_PLACES)
    inputs = {"won": earned, "cost": cost.value}
    return RecordValue(object, record_id, name, ratio, "ratio", None, cost.month, cost.provisional_until, inputs, cost.flags)


def _band_inputs(band: Band) -> Mapping[str, Any]:
    if band.seconds is None or band.quartiles is None:
        return _NOTHING
    usual = band.quartiles
    return {"seconds": band.seconds, "q1_s": usual.lower, "median_s": usual.median, "q3_s": usual.upper, "n": usual.n}


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    """Half-even (R14); never the ``-0.00`` that rounding a small loss would leave."""
    return value.quantize(step, rounding=ROUND_HALF_EVEN) + 0
