"""What each lead cost, and what of it each deal carries (KPI_DEFINITIONS §3b).

The spend of a campaign in a month is shared by the leads it brought in that month, in whole cents, so that nothing is
lost or counted twice. Per campaign and month, to the cent::

    spend    = contacts + unassigned       unassigned: spent, but no lead came
    contacts = deals    + not_converted    a contact counts in its first deal only

:func:`conserved` holds the parts, added up again, against each other and raises when they do not meet. Estimates are not spend
here, even where the settings let them enter other KPIs: they are left out by whoever sums the spend.

A cost is *shown* only once its month is over: before, it would move every day with spend and leads. It is settled
30 days later, when ad platforms restate no more.

What is here is about one campaign's month, one lead, one deal at a time; who shares a month, and which of its deals a contact is
counted in, is found where the facts are (:mod:`sync.marts.lead_shares`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal, NamedTuple

from kpi.record_reasons import NO_CAMPAIGN, NO_CONTACT, NO_SPEND, NOT_A_LEAD, KnownLater, month_open
from kpi.undefined import Reason

SETTLES_DAYS = 30
"""Google Ads restates conversions and cost for up to 30 days (KPI_DEFINITIONS R7)."""

_NOTHING: Mapping[str, Any] = {}
"""Shared, so never written to."""


class ConservationError(Exception):
    """Cents were lost or invented: a fault of ours, never of the data."""


class Share(NamedTuple):
    """What one living contact is given of its campaign's month."""

    state: Literal["not_a_lead", "no_campaign", "open", "no_spend", "known"]
    """``open``: the month is not over; ``no_spend``: none is known for the campaign in that month."""
    month: date | None = None
    """The first day of the month in which it became a lead, where it has a campaign."""
    units: int = 0
    """In minor units, where it is known."""
    is_rate_missing: bool = False
    """A part of the month's spend is not in it because no exchange rate is known."""


class Cost(NamedTuple):
    """A cost, or why there is none. ``month`` is the newest month that it draws on."""

    value: Decimal | None
    reason: Reason | None
    month: date | None
    provisional_until: date | None
    """Exclusive: from this day on the value is settled."""
    inputs: Mapping[str, Any]
    flags: tuple[str, ...]


class Carried(NamedTuple):
    """The cost of one of a deal's contacts."""

    cost: Cost
    is_counted_here: bool
    """The deal is the contact's first; otherwise its cost is in an earlier one."""


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


def month_of(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def month_after(day: date) -> date:
    """The first day of the following month: the exclusive end of the day's month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def in_units(amount: Decimal, minor_unit: Decimal) -> int:
    """Whole smallest coins (``minor_unit``: 0.01 for EUR), half-even."""
    return int((amount / minor_unit).to_integral_value(ROUND_HALF_EVEN))


def equal_parts(total: int, count: int) -> tuple[int, int]:
    """``total`` in ``count`` whole parts that differ by at most one: the smaller part, and how many are larger by one.

    The larger ones go to the leads with the lowest ids (the shorter id is the lower).
    """
    return divmod(total, count)


def lead_cost(share: Share, minor_unit: Decimal, inputs: Mapping[str, Any] = _NOTHING) -> Cost:
    """What a contact cost as a lead. ``inputs``: of its campaign's month, where that is over."""
    month = share.month
    if month is None:
        return Cost(None, NOT_A_LEAD if share.state == "not_a_lead" else NO_CAMPAIGN, None, None, _NOTHING, ())
    settled = month_after(month) + timedelta(days=SETTLES_DAYS)
    if share.state == "open":
        return Cost(None, month_open(month_after(month)), month, settled, _NOTHING, ())
    if share.state == "no_spend":
        return Cost(None, NO_SPEND, month, None, inputs, ())
    return Cost(share.units * minor_unit, None, month, settled, inputs, ("rate_missing",) if share.is_rate_missing else ())


def deal_cost(contacts: Sequence[Carried]) -> Cost:
    """The acquisition cost of a deal with these contacts: the lead costs of those that are counted in it.

    A deal whose contacts were all counted in an earlier one cost nothing more: 0, flagged ``counted_earlier``.
    """
    if not contacts:
        return Cost(None, NO_CONTACT, None, None, _NOTHING, ())
    own = [c.cost for c in contacts if c.is_counted_here]
    if not own and any(c.cost.value is not None for c in contacts):
        return Cost(Decimal(0), None, None, None, {"contacts": len(contacts), "counted_here": 0}, ("counted_earlier",))
    return add_costs(own or [c.cost for c in contacts], {"contacts": len(contacts), "counted_here": len(own)})


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


def conserved(
    campaign: str, month: date, leads: int, minor_unit: Decimal, *, spend: int, contacts: int, deals: int, not_converted: int
) -> CampaignMonth:
    """Where every cent of a campaign's month went; amounts in minor units.

    ``contacts`` is added up from the leads, ``deals`` from the deals and ``not_converted`` from the leads without one, never from
    what is left. Raises :class:`ConservationError` when contacts and unassigned do not make the spend, or deals and not converted
    do not make the contacts.
    """
    unassigned = 0 if leads else spend
    if contacts + unassigned != spend or deals + not_converted != contacts:
        raise ConservationError(
            f"{campaign} {month:%Y-%m}: spend {spend}, contacts {contacts}, unassigned {unassigned}, "
            f"deals {deals}, not converted {not_converted} (minor units)"
        )
    amounts = (spend, contacts, unassigned, deals, not_converted)
    return CampaignMonth(campaign, month, leads, *(amount * minor_unit for amount in amounts))
