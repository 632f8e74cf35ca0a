"""Deals: which contact asks for an offer, what is in it, how long it takes and how it ends. And renewals a year later."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.sandbox.worlds.builtin.company import (
    NEW_BUSINESS,
    PRODUCTS,
    RENEWALS,
    Pipeline,
    Product,
    Stage,
)
from connectors.sandbox.worlds.builtin.dice import Dice, Quantiles, Weighted
from connectors.sandbox.worlds.builtin.marketing import Channel
from connectors.sandbox.worlds.builtin.people import Company, Contact, deal_owner
from connectors.sandbox.worlds.builtin.timeline import DAY, NOW_AT, At, at_work, day_of

_ASKS_PER_CENT = {
    Channel.PAID_SEARCH: 50,
    Channel.PAID_SOCIAL: 33,
    Channel.ORGANIC_SEARCH: 50,
    Channel.EMAIL: 52,
    Channel.REFERRAL: 60,
    Channel.DIRECT: 46,
    Channel.OFFLINE: 44,
}
"""Contacts that become a deal, by what brought them."""
_WINS_PER_CENT = {
    Channel.PAID_SEARCH: 31,
    Channel.PAID_SOCIAL: 22,
    Channel.ORGANIC_SEARCH: 31,
    Channel.EMAIL: 34,
    Channel.REFERRAL: 40,
    Channel.DIRECT: 28,
    Channel.OFFLINE: 30,
}
_RENEWAL_WINS = 0.76

_LAG_DAYS: Quantiles = ((0, 0), (0.3, 1), (0.6, 6), (0.85, 21), (0.97, 60), (1, 120))
"""From address to offer."""
_CYCLE_DAYS: Quantiles = (
    (0, 4), (0.05, 12), (0.1, 17), (0.25, 28), (0.4, 39), (0.5, 46), (0.6, 55), (0.75, 74), (0.9, 116), (0.97, 176), (1, 290)
)  # fmt: skip
"""Log-normal in shape, median about 45 days."""
_RENEWAL_CYCLE_DAYS: Quantiles = ((0, 2), (0.25, 14), (0.5, 26), (0.75, 40), (0.95, 75), (1, 110))

_LINES = Weighted((1, 62), (2, 28), (3, 10))
_DISCOUNTS = Weighted((0, 62), (5, 20), (10, 13), (15, 5))
_SUBJECTS = ("éclairage bureaux", "boutique", "showroom", "rénovation LED", "extension", "façade et vitrine", "open space")

USD_SHARE = 0.06
PARITY = 10_000
"""Exchange rates are kept in ten-thousandths."""


@dataclass(slots=True, eq=False)
class Line:
    product: Product | None
    name: str
    quantity: int
    price_cents: int
    discount_per_cent: int
    id: str = ""

    @property
    def amount_cents(self) -> int:
        return self.quantity * self.price_cents * (100 - self.discount_per_cent) // 100


@dataclass(slots=True, eq=False)
class Deal:
    name: str
    pipeline: Pipeline
    stage: Stage
    companies: list[Company]
    """First is the primary one."""
    contacts: list[Contact]
    owner_id: str
    created_at: At
    close_at: At
    """A promise while it is open."""
    currency: str
    rate: int | None
    """Euros for one of ``currency``, in ten-thousandths."""
    lines: list[Line]
    amount_cents: int | None
    entered: list[tuple[Stage, At]] = field(default_factory=list)
    id: str = ""
    odd_amount: str | None = None
    """Text that stands where the amount should."""
    archived_at: At | None = None

    @property
    def is_won(self) -> bool:
        return self.stage is self.pipeline.won

    @property
    def is_closed(self) -> bool:
        return self.stage in (self.pipeline.won, self.pipeline.lost)

    @property
    def home_cents(self) -> int | None:
        """The amount in euros, half a cent up; None without an amount or a rate."""
        if self.amount_cents is None or self.rate is None or self.odd_amount is not None:
            return None
        return (self.amount_cents * self.rate * 2 + PARITY) // (2 * PARITY)

    @property
    def modified_at(self) -> At:
        return max([self.created_at, *(at for _, at in self.entered)])


def deals(dice: Dice, contacts: Iterable[Contact], companies: Iterable[Company]) -> list[Deal]:
    """All deals by creation, which is the order of their ids and of their lines' ids."""
    found: list[Deal] = []
    for contact in contacts:
        if contact.company is not None and dice.unit() * 100 < _ASKS_PER_CENT[contact.first_channel]:
            found += _new_business(dice, contact, contact.company)
    won: defaultdict[str, list[Deal]] = defaultdict(list)
    for deal in found:
        if deal.is_won:
            won[deal.companies[0].id].append(deal)
    for company in companies:
        found += _renewals(dice, company, won[company.id])
    found.sort(key=lambda deal: deal.created_at)
    line_number = 0
    for number, deal in enumerate(found, start=1):
        deal.id = str(700_000 + number)
        for line in deal.lines:
            line_number += 1
            line.id = str(900_000 + line_number)
    return found


def stamp_lifecycle(all_deals: Iterable[Deal]) -> None:
    """What HubSpot stamps on people and companies when they get a deal and when they buy."""
    for deal in all_deals:
        won_at = deal.close_at if deal.is_won else None
        for contact in deal.contacts:
            contact.opportunity_at = _earliest(contact.opportunity_at, deal.created_at)
            contact.customer_at = _earliest(contact.customer_at, won_at)
        for company in deal.companies[:1]:
            company.first_deal_at = _earliest(company.first_deal_at, deal.created_at)
            company.customer_since = _earliest(company.customer_since, won_at)
            company.modified_at = max(company.modified_at, deal.modified_at)


def _earliest(one: At | None, other: At | None) -> At | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _new_business(dice: Dice, contact: Contact, company: Company) -> list[Deal]:
    created = at_work(dice, day_of(contact.created_at) + dice.quantile(_LAG_DAYS))
    created = max(created, At(contact.created_at + 600))
    if created >= NOW_AT:
        return []
    wins = dice.unit() * 100 < _WINS_PER_CENT[contact.first_channel]
    name = f"{company.name} – {dice.pick(_SUBJECTS)}"
    return [_deal(dice, NEW_BUSINESS, name, [contact, *_colleagues(dice, contact, created)], company, created, wins=wins)]


def _renewals(dice: Dice, company: Company, won: Sequence[Deal]) -> list[Deal]:
    """One renewal after another, each about a year after the last purchase, until one is lost or lies ahead."""
    if won:
        bought_on = day_of(min(deal.close_at for deal in won))
    elif company.customer_since is not None:
        bought_on = -dice.between(0, 364)
    else:
        return []
    found: list[Deal] = []
    while company.contacts:
        created = at_work(dice, bought_on + dice.between(318, 352))
        people = [contact for contact in company.contacts if contact.created_at < created]
        if created >= NOW_AT or not people or dice.chance(0.1):
            break
        wins = dice.chance(_RENEWAL_WINS)
        name = f"{company.name} – renouvellement {len(found) + 1}"
        found.append(_deal(dice, RENEWALS, name, people[: dice.between(1, 2)], company, created, wins=wins))
        if not found[-1].is_won:
            break
        bought_on = day_of(found[-1].close_at)
    return found


def _colleagues(dice: Dice, contact: Contact, created: At) -> list[Contact]:
    """Up to two more people of the company whom the CRM knew by then."""
    known = (
        [other for other in contact.company.contacts if other is not contact and other.created_at < created]
        if contact.company
        else []
    )
    return dice.sample(known, dice.draw(Weighted((0, 60), (1, 28), (2, 12))))


def _deal(dice: Dice, pipeline: Pipeline, name: str, people: list[Contact], company: Company, created: At, *, wins: bool) -> Deal:
    is_renewal = pipeline is RENEWALS
    days = dice.quantile(_RENEWAL_CYCLE_DAYS if is_renewal else _CYCLE_DAYS)
    closed = at_work(dice, day_of(created) + max(days, 1))
    is_forgotten = dice.chance(0.04)
    lines = _lines(dice, [product for product in PRODUCTS if product.is_renewable or not is_renewal])
    in_dollars = dice.chance(USD_SHARE)
    deal = Deal(
        name=name,
        pipeline=pipeline,
        stage=pipeline.open[0],
        companies=[company],
        contacts=people,
        owner_id=deal_owner(company, day_of(created)),
        created_at=created,
        close_at=closed,
        currency="USD" if in_dollars else "EUR",
        rate=dice.between(8_550, 9_720) if in_dollars else PARITY,
        lines=lines,
        amount_cents=sum(line.amount_cents for line in lines),
    )
    if closed < NOW_AT and not is_forgotten:
        _close(dice, deal, pipeline.won if wins else pipeline.lost)
    else:
        _leave_open(dice, deal, closed)
    return deal


def _close(dice: Dice, deal: Deal, end: Stage) -> None:
    stages = deal.pipeline.open
    passed = stages if end is deal.pipeline.won else stages[: dice.between(1, len(stages))]
    deal.entered = [*_passage(dice, deal, passed, deal.close_at), (end, deal.close_at)]
    deal.stage = end


def _leave_open(dice: Dice, deal: Deal, would_close: At) -> None:
    """As far as it has come by now; the closing date is then somebody's hope, sometimes already past."""
    passage = _passage(dice, deal, deal.pipeline.open, would_close)
    deal.entered = [(stage, at) for stage, at in passage if at < NOW_AT]
    deal.stage = deal.entered[-1][0]
    deal.close_at = At(deal.created_at + dice.between(30, 120) * DAY)


def _passage(dice: Dice, deal: Deal, stages: Sequence[Stage], end: At) -> list[tuple[Stage, At]]:
    """When each stage is entered, the first at creation, the others spread over the time until ``end``."""
    span = end - deal.created_at
    step = span // len(stages)
    return [
        (stage, At(deal.created_at + step * place + (dice.between(0, max(step // 2, 1)) if place else 0)))
        for place, stage in enumerate(stages)
    ]


def _lines(dice: Dice, products: Sequence[Product]) -> list[Line]:
    discount = dice.draw(_DISCOUNTS)
    chosen = dice.sample(products, dice.draw(_LINES))
    return [Line(product, product.name, dice.between(*product.quantities), product.price_cents, discount) for product in chosen]
