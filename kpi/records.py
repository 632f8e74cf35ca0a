"""The values that are written on one deal, contact or company (KPI_DEFINITIONS §3b), each with its inputs or its reason.

Calm by construction: nothing here moves with the clock. A start date stands for an age, a band that holds for a
month for a count of days, a cost appears when its month is over and settles 30 days later. What has no value is null
with a reason. Values are rounded as they are written: money half-even to the currency's smallest coin, ratios to 4 decimals.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from kpi.channels import UNATTRIBUTED
from kpi.cycle_band import Band, Bands
from kpi.lead_costs import (
    CampaignMonth,
    ContactFact,
    Cost,
    CostSum,
    DealFact,
    Spending,
    deal_cost,
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
_NOTHING: Mapping[str, Any] = {}
"""Shared, so never written to. A plain one: values are put down on disk on their way (:mod:`sync.spill`)."""


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

    conservation: tuple[CampaignMonth, ...]
    _given: Callable[[], Iterator[RecordValue]]

    @property
    def values(self) -> Iterator[RecordValue]:
        """All values of all records, by object and in the order given: computed anew each time, and none is kept."""
        return self._given()


def record_values(
    contacts: Iterable[ContactFact],
    deals: Iterable[DealFact],
    company_ids: Iterable[str],
    spending: Spending,
    options: RecordOptions,
) -> RecordValues:
    """The values of all records. What is given is gone through several times; of a deal only what others depend on is kept.

    Raises :class:`kpi.lead_costs.ConservationError` when spend would be lost or counted twice.
    """
    leads = lead_costs(contacts, spending, options.today, options.minor_unit)
    first = first_deals(deals)
    conservation = reconcile(leads, deals, first, options.minor_unit)
    bands = Bands(deals, options.today, options.zone)

    def values() -> Iterator[RecordValue]:
        companies: defaultdict[str | None, _CompanySum] = defaultdict(_CompanySum)
        for deal in deals:
            cost = deal_cost(deal, leads.by_contact, first)
            companies[deal.company_id].add(deal, cost)
            yield from _deal(deal, cost, bands.of(deal), options)
        for contact in contacts:
            yield from _contact(contact, leads.by_contact[contact.contact_id], options)
        for company_id in company_ids:
            yield from _company(company_id, companies.get(company_id, _NO_DEALS), options)

    return RecordValues(conservation, values)


class _CompanySum:
    """What a company's values are made of, added up deal by deal."""

    __slots__ = ("closed", "cost", "deals", "revenue", "with_amount", "won")

    def __init__(self) -> None:
        self.deals = self.closed = self.won = self.with_amount = 0
        self.revenue = Decimal(0)
        self.cost = CostSum()

    def add(self, deal: DealFact, cost: Cost) -> None:
        self.deals += 1
        self.closed += not deal.is_open
        self.won += deal.is_won
        if deal.is_won and deal.amount_home is not None:
            self.with_amount += 1
            self.revenue += deal.amount_home
        self.cost.add(cost)


_NO_DEALS = _CompanySum()


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


def _company(company_id: str, found: _CompanySum, options: RecordOptions) -> Iterator[RecordValue]:
    flags = ("amount_missing",) if found.with_amount < found.won else ()
    inputs = {"deals": found.deals, "deals_won": found.won}

    def value(name: str, value: Decimal | None, unit: Unit, reason: Reason) -> RecordValue:
        why = None if value is not None else reason if found.deals else NO_DEAL
        return RecordValue("companies", company_id, name, value, unit, why, inputs=inputs, flags=flags)

    mean = _rounded(found.revenue / found.with_amount, options.minor_unit) if found.with_amount else None
    yield value("revenue_won", _rounded(found.revenue, options.minor_unit) if found.deals else None, "money", NO_DEAL)
    yield value("deals_won", Decimal(found.won) if found.deals else None, "count", NO_DEAL)
    yield value("avg_deal_size", mean, "money", NO_AMOUNT if found.won else NO_WON_DEAL)
    cost = found.cost.cost(inputs) if found.deals else Cost(None, NO_DEAL, None, None, _NOTHING, ())
    yield _cost("companies", company_id, "company_acquisition_cost", cost)
    if not found.closed:
        earned: Decimal | None = None
        why = NOT_CLOSED if found.deals else NO_DEAL
    else:
        earned, why = (found.revenue, NO_AMOUNT) if found.with_amount or not found.won else (None, NO_AMOUNT)
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
