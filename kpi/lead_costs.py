"""What each lead cost, and what of it each deal carries (KPI_DEFINITIONS §3b).

The spend of a campaign in a month is shared by the leads it brought in that month, in whole cents, so that nothing is
lost or counted twice. Per campaign and month, to the cent::

    spend    = contacts + unassigned       unassigned: spent, but no lead came
    contacts = deals    + not_converted    a contact counts in its first deal only

:func:`reconcile` adds the parts up again and raises when they do not meet. Estimates are not spend here, even where
the settings let them enter other KPIs: they are left out by whoever sums the spend.

A cost is *shown* only once its month is over: before, it would move every day with spend and leads. It is settled
30 days later, when ad platforms restate no more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from kpi.channels import UNATTRIBUTED
from kpi.record_reasons import NO_CAMPAIGN, NO_CONTACT, NO_SPEND, NOT_A_LEAD, KnownLater, month_open
from kpi.undefined import Reason

SETTLES_DAYS = 30
"""Google Ads restates conversions and cost for up to 30 days (KPI_DEFINITIONS R7)."""

_NEVER = datetime.max.replace(tzinfo=UTC)

CampaignMonthKey = tuple[str, date]
"""(campaign key, first day of the month)."""


class ConservationError(Exception):
    """Cents were lost or invented: a fault of ours, never of the data."""


class ContactFact(NamedTuple):
    """A living contact. ``lead_on`` None: not a lead."""

    contact_id: str
    lead_on: date | None
    channel: str
    campaign: str
    """Campaign key of its first touch, or ``unattributed``."""


class DealFact(NamedTuple):
    """A living deal."""

    deal_id: str
    pipeline_id: str | None
    company_id: str | None
    created_at: datetime | None
    created_on: date | None
    is_open: bool
    is_won: bool
    won_on: date | None
    cycle_s: int | None
    has_negative_cycle: bool
    amount_home: Decimal | None
    channel: str
    campaign: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True)
class Spending:
    """Money spent per campaign and month in the company's currency, unrounded, without estimates."""

    spent: Mapping[CampaignMonthKey, Decimal]
    without_rate: frozenset[CampaignMonthKey] = frozenset()
    """Months in which a part is missing because no exchange rate is known."""


class Cost(NamedTuple):
    """A cost, or why there is none. ``month`` is the newest month that it draws on."""

    value: Decimal | None
    reason: Reason | None
    month: date | None
    provisional_until: date | None
    """Exclusive: from this day on the value is settled."""
    inputs: Mapping[str, Any]
    flags: tuple[str, ...]


class CampaignMonth(NamedTuple):
    """Where one campaign's spend of one month went, in whole cents of the company's currency."""

    campaign: str
    month: date
    leads: int
    spend: Decimal
    contacts: Decimal
    unassigned: Decimal
    deals: Decimal
    not_converted: Decimal


@dataclass(frozen=True)
class LeadCosts:
    """The outcome of sharing: shown costs, and the whole allotment behind them."""

    by_contact: Mapping[str, Cost]
    allotted: Mapping[str, int]
    """Contact -> its share in minor units, months that are not over included."""
    months: Mapping[CampaignMonthKey, int]
    """Spend of every campaign and month in minor units."""
    leads: Mapping[CampaignMonthKey, tuple[str, ...]]


def month_of(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def month_after(day: date) -> date:
    """The first day of the following month: the exclusive end of the day's month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def lead_costs(contacts: Iterable[ContactFact], spending: Spending, today: date, minor_unit: Decimal) -> LeadCosts:
    """Share each campaign's spend of each month among the leads it brought in that month.

    ``contacts`` are gone through twice, and none is kept. ``today`` is a date of the reporting zone; ``minor_unit`` the smallest coin (0.01 for EUR). Shares differ by at most one
    coin; the odd ones go to the leads with the lowest ids.
    """
    leads: defaultdict[CampaignMonthKey, list[str]] = defaultdict(list)
    for contact in contacts:
        if contact.lead_on is not None and contact.campaign != UNATTRIBUTED:
            leads[contact.campaign, month_of(contact.lead_on)].append(contact.contact_id)
    months = {key: int((amount / minor_unit).to_integral_value(ROUND_HALF_EVEN)) for key, amount in spending.spent.items()}
    allotted: dict[str, int] = {}
    costs: dict[str, Cost] = {}
    for key, members in leads.items():
        members.sort(key=lambda contact_id: (len(contact_id), contact_id))
        if key in months:
            allotted.update(zip(members, _equal_parts(months[key], len(members)), strict=True))
        costs.update(_costs_of_month(key, members, allotted, spending, today, minor_unit))
    for contact in contacts:
        if contact.contact_id not in costs:
            costs[contact.contact_id] = _COST_NOTHING if contact.lead_on is None else _OF_NO_CAMPAIGN
    return LeadCosts(costs, allotted, months, {key: tuple(members) for key, members in leads.items()})


_COST_NOTHING = Cost(None, NOT_A_LEAD, None, None, {}, ())
_OF_NO_CAMPAIGN = Cost(None, NO_CAMPAIGN, None, None, {}, ())


def _equal_parts(total: int, count: int) -> list[int]:
    """``total`` in ``count`` whole parts that differ by at most one, the larger ones first."""
    part, rest = divmod(total, count)
    return [part + 1] * rest + [part] * (count - rest)


def _costs_of_month(
    key: CampaignMonthKey,
    members: Sequence[str],
    allotted: Mapping[str, int],
    spending: Spending,
    today: date,
    minor_unit: Decimal,
) -> dict[str, Cost]:
    campaign, month = key
    settled = month_after(month) + timedelta(days=SETTLES_DAYS)
    if month >= month_of(today):
        open_cost = Cost(None, month_open(month_after(month)), month, settled, {}, ())
        return dict.fromkeys(members, open_cost)
    if key not in spending.spent:
        return dict.fromkeys(members, Cost(None, NO_SPEND, month, None, {"campaign": campaign, "leads": len(members)}, ()))
    inputs = {"campaign": campaign, "spend": spending.spent[key], "leads": len(members)}
    flags = ("rate_missing",) if key in spending.without_rate else ()
    by_share: dict[int, Cost] = {}
    for member in members:
        share = allotted[member]
        if share not in by_share:
            by_share[share] = Cost(share * minor_unit, None, month, settled, inputs, flags)
    return {member: by_share[allotted[member]] for member in members}


def first_deals(deals: Iterable[DealFact]) -> dict[str, str]:
    """Contact -> the deal it is counted in: the first created, then the lowest id; deals without a date come last."""
    first: dict[str, tuple[datetime, int, str]] = {}
    for deal in deals:
        place = (deal.created_at or _NEVER, len(deal.deal_id), deal.deal_id)
        for contact_id in deal.contact_ids:
            if contact_id not in first or place < first[contact_id]:
                first[contact_id] = place
    return {contact_id: deal_id for contact_id, (_, _, deal_id) in first.items()}


def deal_cost(deal: DealFact, by_contact: Mapping[str, Cost], first: Mapping[str, str]) -> Cost:
    """The acquisition cost of a deal: the lead costs of the contacts that are counted in it.

    A deal whose contacts were all counted in an earlier one cost nothing more: 0, flagged ``counted_earlier``.
    """
    everyone = [by_contact[c] for c in deal.contact_ids if c in by_contact]
    if not everyone:
        return Cost(None, NO_CONTACT, None, None, {}, ())
    own = [by_contact[c] for c in deal.contact_ids if c in by_contact and first[c] == deal.deal_id]
    if not own and any(c.value is not None for c in everyone):
        return Cost(Decimal(0), None, None, None, {"contacts": len(everyone), "counted_here": 0}, ("counted_earlier",))
    return add_costs(own or everyone, {"contacts": len(everyone), "counted_here": len(own)})


def add_costs(costs: Iterable[Cost], inputs: Mapping[str, Any]) -> Cost:
    """The sum of at least one cost: see :class:`CostSum`."""
    total = CostSum()
    for cost in costs:
        total.add(cost)
    return total.cost(inputs)


class CostSum:
    """Adds up the costs that are known, flagged ``partial`` when some are not; when none is, says why. Keeps none of them.

    A part that is only waiting for its month's end does not blank what is known already: the value would come and go.
    """

    __slots__ = ("_flags", "_is_partial", "_month", "_reason", "_settled", "_total")

    def __init__(self) -> None:
        self._total: Decimal | None = None
        self._month: date | None = None
        self._settled: date | None = None
        self._flags: frozenset[str] = frozenset()
        self._is_partial = False
        self._reason: Reason | None = None

    def add(self, cost: Cost) -> None:
        if cost.value is None:
            self._is_partial = True
            self._reason = _more_promising(self._reason, cost.reason)
            return
        self._total = cost.value if self._total is None else self._total + cost.value
        self._month = max(filter(None, (self._month, cost.month)), default=None)
        self._settled = max(filter(None, (self._settled, cost.provisional_until)), default=None)
        if not self._flags.issuperset(cost.flags):
            self._flags = self._flags.union(f for f in cost.flags if f != "counted_earlier")

    def cost(self, inputs: Mapping[str, Any]) -> Cost:
        if self._total is None:
            return Cost(None, self._reason, None, None, inputs, ())
        flags = self._flags | {"partial"} if self._is_partial else self._flags
        return Cost(self._total, None, self._month, self._settled, inputs, tuple(sorted(flags)))


def _more_promising(one: Reason | None, other: Reason | None) -> Reason | None:
    """Of two reasons the one that promises most: the nearer date, then missing spend, then the first."""
    if isinstance(one, KnownLater) or isinstance(other, KnownLater):
        later = [r for r in (one, other) if isinstance(r, KnownLater)]
        return min(later, key=lambda r: r.until)
    return other if one is None or other == NO_SPEND else one


def reconcile(
    leads: LeadCosts, deals: Iterable[DealFact], first: Mapping[str, str], minor_unit: Decimal
) -> tuple[CampaignMonth, ...]:
    """Where every cent of spend went, by campaign and month, in order.

    Raises :class:`ConservationError` when contacts and unassigned do not make the spend, or deals and not converted do
    not make the contacts. What the deals carry is added up from the deals, not from what is left.
    """
    month_by_contact = {c: key for key, members in leads.leads.items() for c in members}
    carried: defaultdict[CampaignMonthKey, int] = defaultdict(int)
    for deal in deals:
        for contact_id in deal.contact_ids:
            if contact_id in leads.allotted and first[contact_id] == deal.deal_id:
                carried[month_by_contact[contact_id]] += leads.allotted[contact_id]
    found = []
    for key in sorted(leads.months):
        spend, members = leads.months[key], leads.leads.get(key, ())
        contacts = sum(leads.allotted[c] for c in members)
        unassigned = 0 if members else spend
        not_converted = sum(leads.allotted[c] for c in members if c not in first)
        if contacts + unassigned != spend or carried[key] + not_converted != contacts:
            raise ConservationError(
                f"{key[0]} {key[1]:%Y-%m}: spend {spend}, contacts {contacts}, unassigned {unassigned}, "
                f"deals {carried[key]}, not converted {not_converted} (minor units)"
            )
        amounts = (spend, contacts, unassigned, carried[key], not_converted)
        found.append(CampaignMonth(*key, len(members), *(amount * minor_unit for amount in amounts)))
    return tuple(found)
