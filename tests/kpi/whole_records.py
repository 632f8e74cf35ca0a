"""All contacts and deals in memory, and who brings what to whom found one by one: what the engine's statements
(:mod:`sync.marts.lead_shares`, :mod:`sync.marts.record_values`) are held against."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from kpi.channels import UNATTRIBUTED
from kpi.cycle_band import Quartiles, Timing, usual_by_month
from kpi.lead_costs import CampaignMonth, Carried, Cost, Share, conserved, equal_parts, in_units, lead_cost, month_of
from kpi.records import (
    CompanyDeal,
    CompanyInputs,
    ContactInputs,
    DealInputs,
    Origin,
    RecordOptions,
    RecordValue,
    company_values,
    contact_values,
    deal_values,
)

_NEVER = datetime.max.replace(tzinfo=UTC)

CampaignMonthKey = tuple[str, date]
"""(campaign key, first day of the month)."""


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


@dataclass
class LeadCosts:
    """Every contact's cost, and the whole allotment behind it."""

    by_contact: dict[str, Cost] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    """Contact -> its share in minor units, months that are not over included."""
    leads: dict[CampaignMonthKey, list[str]] = field(default_factory=dict)


def by_number(record_id: str) -> tuple[int, str]:
    return len(record_id), record_id


def lead_costs(contacts: Sequence[ContactFact], spending: Spending, today: date, minor_unit: Decimal) -> LeadCosts:
    found = LeadCosts()
    for contact in contacts:
        if contact.lead_on is not None and contact.campaign != UNATTRIBUTED:
            found.leads.setdefault((contact.campaign, month_of(contact.lead_on)), []).append(contact.contact_id)
        else:
            share = Share("not_a_lead" if contact.lead_on is None else "no_campaign")
            found.by_contact[contact.contact_id] = lead_cost(share, minor_unit)
    for (campaign, month), members in found.leads.items():
        spend = spending.spent.get((campaign, month))
        for place, contact_id in enumerate(sorted(members, key=by_number)):
            if spend is not None:
                part, larger = equal_parts(in_units(spend, minor_unit), len(members))
                found.units[contact_id] = part + (place < larger)
            inputs = {"campaign": campaign, "leads": len(members)} | ({} if spend is None else {"spend": spend})
            if month >= month_of(today):
                share, inputs = Share("open", month), {}
            elif spend is None:
                share = Share("no_spend", month)
            else:
                share = Share("known", month, found.units[contact_id], (campaign, month) in spending.without_rate)
            found.by_contact[contact_id] = lead_cost(share, minor_unit, inputs)
    return found


def first_deals(deals: Sequence[DealFact]) -> dict[str, str]:
    """Contact -> the deal it is counted in: the first created, then the lowest id; deals without a date come last."""
    first: dict[str, str] = {}
    for deal in sorted(deals, key=lambda d: (d.created_at or _NEVER, *by_number(d.deal_id))):
        for contact_id in deal.contact_ids:
            first.setdefault(contact_id, deal.deal_id)
    return first


def conservation(
    leads: LeadCosts, first: Mapping[str, str], deals: Sequence[DealFact], spending: Spending, minor_unit: Decimal
) -> tuple[CampaignMonth, ...]:
    month_by_contact = {c: key for key, members in leads.leads.items() for c in members}
    carried: defaultdict[CampaignMonthKey, int] = defaultdict(int)
    for deal in deals:
        for contact_id in deal.contact_ids:
            if contact_id in leads.units and first[contact_id] == deal.deal_id:
                carried[month_by_contact[contact_id]] += leads.units[contact_id]
    return tuple(
        conserved(
            *key,
            len(members := leads.leads.get(key, [])),
            minor_unit,
            spend=in_units(amount, minor_unit),
            contacts=sum(leads.units[c] for c in members),
            deals=carried[key],
            not_converted=sum(leads.units[c] for c in members if c not in first),
        )
        for key, amount in sorted(spending.spent.items())
    )


@dataclass(frozen=True)
class RecordValues:
    values: tuple[RecordValue, ...]
    conservation: tuple[CampaignMonth, ...]


def record_values(
    contacts: Sequence[ContactFact],
    deals: Sequence[DealFact],
    company_ids: Sequence[str],
    spending: Spending,
    options: RecordOptions,
    titles: Mapping[str, str] | None = None,
) -> RecordValues:
    """The values of all records but their lines, by object and in the order given."""
    leads = lead_costs(contacts, spending, options.today, options.minor_unit)
    first = first_deals(deals)
    titles = titles or {}
    carried = {
        d.deal_id: tuple(
            Carried(leads.by_contact[c], first[c] == d.deal_id)
            for c in sorted(d.contact_ids, key=by_number)
            if c in leads.by_contact
        )
        for d in deals
    }

    def values() -> Iterator[RecordValue]:
        for deal in deals:
            origin = Origin(deal.channel, deal.campaign, titles.get(deal.campaign))
            timing = Timing(
                *(deal.created_at, deal.is_open, deal.is_won, deal.won_on, deal.cycle_s, deal.has_negative_cycle),
                usual=_usual(deal, deals, options),
            )
            yield from deal_values(
                DealInputs(deal.deal_id, deal.created_on, timing, deal.amount_home, origin, carried[deal.deal_id]), options
            )
        for contact in contacts:
            origin = Origin(contact.channel, contact.campaign, titles.get(contact.campaign))
            yield from contact_values(ContactInputs(contact.contact_id, origin, leads.by_contact[contact.contact_id]))
        for company_id in company_ids:
            own = sorted((d for d in deals if d.company_id == company_id), key=lambda d: by_number(d.deal_id))
            brought = [CompanyDeal(d.is_open, d.is_won, d.amount_home, carried[d.deal_id]) for d in own]
            yield from company_values(CompanyInputs(company_id, brought), options)

    return RecordValues(tuple(values()), conservation(leads, first, deals, spending, options.minor_unit))


def _usual(deal: DealFact, deals: Sequence[DealFact], options: RecordOptions) -> Quartiles | None:
    month = options.month if deal.is_open else month_of(deal.won_on) if deal.won_on else None
    cycles: defaultdict[date, list[int]] = defaultdict(list)
    for other in deals:
        if other.is_won and other.pipeline_id == deal.pipeline_id and other.won_on is not None and other.cycle_s is not None:
            cycles[month_of(other.won_on)].append(other.cycle_s)
    return usual_by_month(cycles, options.month).get(month) if month else None
