"""The values that are written on one deal, contact or company (KPI_DEFINITIONS §3b), each with its inputs or its reason.

Calm by construction: nothing here moves with the clock. A start date stands for an age, a band that holds for a
month for a count of days, a cost appears when its month is over and settles 30 days later. What has no value is null
with a reason. Values are rounded as they are written: money half-even to the currency's smallest coin, ratios to 4 decimals.

Each record's values follow from its own inputs alone, whatever the other records are: so they need to be computed again only when
an input of theirs has changed. What others bring to them (shares, quartiles) is among the inputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from kpi.channels import UNATTRIBUTED
from kpi.cycle_band import Band, Timing, band, month_start
from kpi.lead_costs import Carried, Cost, CostSum, deal_cost, month_of
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
    """What record values depend on besides their inputs."""

    today: date
    """A date of ``zone``."""
    zone: ZoneInfo
    minor_unit: Decimal
    """The smallest coin of the company's currency."""

    @cached_property
    def month(self) -> date:
        """The first day of the current month."""
        return month_of(self.today)

    @cached_property
    def month_start(self) -> datetime:
        """The instant at which it began."""
        return month_start(self.month, self.zone)


class Origin(NamedTuple):
    """Where a record came from."""

    channel: str
    campaign: str
    """Campaign key, or ``unattributed``."""
    title: str | None
    """The name that the campaign is shown by; None: its key."""


class DealInputs(NamedTuple):
    """What the values of a living deal are made of."""

    deal_id: str
    created_on: date | None
    timing: Timing
    amount_home: Decimal | None
    origin: Origin
    contacts: Sequence[Carried]
    """In the order of their ids, by length and then by text."""


class ContactInputs(NamedTuple):
    """What the values of a living contact are made of."""

    contact_id: str
    origin: Origin
    """Of its first touch."""
    cost: Cost


class CompanyDeal(NamedTuple):
    """What a deal brings to its company."""

    is_open: bool
    is_won: bool
    amount_home: Decimal | None
    contacts: Sequence[Carried]


class CompanyInputs(NamedTuple):
    """What the values of a living company are made of."""

    company_id: str
    deals: Sequence[CompanyDeal]
    """In the order of their ids, by length and then by text."""


def deal_values(deal: DealInputs, options: RecordOptions) -> Iterator[RecordValue]:
    timing = deal.timing
    cost = deal_cost(deal.contacts)
    yield from _origin("deals", deal.deal_id, ("channel", "campaign"), deal.origin, bool(deal.contacts))
    yield _cost("deals", deal.deal_id, "deal_acquisition_cost", cost)
    earned = (deal.amount_home if timing.is_won else Decimal(0), NO_AMOUNT) if not timing.is_open else (None, NOT_CLOSED)
    yield _roi("deals", deal.deal_id, "deal_roi", *earned, cost)
    start = deal.created_on
    yield RecordValue("deals", deal.deal_id, "start_on", start, "date", None if start else NO_DATE)
    found = band(timing, options.month, options.month_start)
    yield RecordValue(
        "deals", deal.deal_id, "cycle_band", found.word, "band", found.reason, found.month, inputs=_band_inputs(found)
    )


def contact_values(contact: ContactInputs) -> Iterator[RecordValue]:
    names = ("first_touch_channel", "first_touch_campaign")
    yield from _origin("contacts", contact.contact_id, names, contact.origin, True)
    yield _cost("contacts", contact.contact_id, "lead_cost", contact.cost)


def company_values(company: CompanyInputs, options: RecordOptions) -> Iterator[RecordValue]:
    found = _CompanySum()
    for deal in company.deals:
        found.add(deal)
    yield from _company(company.company_id, found, options)


class _CompanySum:
    """What a company's values are made of, added up deal by deal."""

    __slots__ = ("closed", "cost", "deals", "revenue", "with_amount", "won")

    def __init__(self) -> None:
        self.deals = self.closed = self.won = self.with_amount = 0
        self.revenue = Decimal(0)
        self.cost = CostSum()

    def add(self, deal: CompanyDeal) -> None:
        self.deals += 1
        self.closed += not deal.is_open
        self.won += deal.is_won
        if deal.is_won and deal.amount_home is not None:
            self.with_amount += 1
            self.revenue += deal.amount_home
        self.cost.add(deal_cost(deal.contacts))


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


def _origin(object: Object, record_id: str, names: tuple[str, str], origin: Origin, has_contact: bool) -> Iterator[RecordValue]:
    channel, campaign, title = origin
    nowhere = NO_TOUCH if has_contact else NO_CONTACT
    known = channel != UNATTRIBUTED
    yield RecordValue(object, record_id, names[0], channel if known else None, "channel", None if known else nowhere)
    if campaign == UNATTRIBUTED:
        yield RecordValue(object, record_id, names[1], None, "text", NO_CAMPAIGN if known else nowhere)
    else:
        shown = campaign if title is None else title
        yield RecordValue(object, record_id, names[1], shown, "text", inputs={"campaign": campaign})


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
