"""The usual dirt, put in on purpose and remembered: what an export of a lived-in CRM always has.

Dirt that comes from how the company works is elsewhere: tags in :mod:`~connectors.sandbox.worlds.builtin.marketing`, the
archived owner in :mod:`~connectors.sandbox.worlds.builtin.company`, dollars in :mod:`~connectors.sandbox.worlds.builtin.sales`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.sandbox.worlds.builtin.company import NEW_BUSINESS
from connectors.sandbox.worlds.builtin.dice import Dice
from connectors.sandbox.worlds.builtin.people import Company, Contact
from connectors.sandbox.worlds.builtin.sales import Deal
from connectors.sandbox.worlds.builtin.timeline import DAY, NOW_AT, At

UNKNOWN_CURRENCY = "XXX"
ODD_AMOUNT = "12k"
_HUNDRED_EUROS = 10_000


@dataclass(frozen=True)
class Dirt:
    """Ids of the records that are dirty, by what is wrong with them."""

    merged_contact: str
    merged_into: str
    contacts_without_lead_stamp: tuple[str, ...]
    archived_deal: str
    negative_cycle_deal: str
    null_amount_deals: tuple[str, ...]
    odd_amount_deal: str
    unknown_currency_deal: str
    deals_unlike_their_lines: tuple[str, ...]
    deals_without_contact: tuple[str, ...]
    deals_without_company: tuple[str, ...]
    deals_with_two_companies: tuple[str, ...]
    lines_without_product: tuple[str, ...]


def soil(dice: Dice, deals: Sequence[Deal], contacts: Sequence[Contact], companies: Sequence[Company]) -> Dirt:
    """Change the records in place; each deal gets one kind of dirt at most."""
    clean = list(deals)

    def take(count: int, fits: Callable[[Deal], bool]) -> list[Deal]:
        taken = dice.sample([deal for deal in clean if deal.currency == "EUR" and fits(deal)], count)
        clean[:] = [deal for deal in clean if deal not in taken]
        return sorted(taken, key=lambda deal: deal.id)

    def is_won_new(deal: Deal) -> bool:
        return deal.is_won and deal.pipeline is NEW_BUSINESS

    (negative,) = take(1, is_won_new)
    # An imported deal: closed before it was created, and never seen in any stage.
    negative.close_at = At(negative.created_at - 12 * DAY)
    negative.entered = []
    (unknown,) = take(1, is_won_new)
    unknown.currency, unknown.rate = UNKNOWN_CURRENCY, None
    (odd,) = take(1, lambda deal: not deal.is_closed)
    odd.odd_amount = ODD_AMOUNT
    (archived,) = take(1, lambda deal: deal.is_closed and not deal.is_won and deal.modified_at < NOW_AT - DAY)
    archived.archived_at = At(archived.modified_at + 3 * 3_600)
    empty = [*take(2, is_won_new), *take(5, lambda deal: not deal.is_closed)]
    for deal in empty:
        deal.amount_cents = None
    rounded = take(40, lambda deal: deal.amount_cents is not None and deal.amount_cents % _HUNDRED_EUROS != 0)
    for deal in rounded:
        deal.amount_cents = (deal.amount_cents or 0) // _HUNDRED_EUROS * _HUNDRED_EUROS
    alone = take(30, lambda deal: deal.pipeline is NEW_BUSINESS)
    for deal in alone:
        deal.contacts = []
    homeless = take(20, lambda deal: not deal.is_won)
    for deal in homeless:
        deal.companies = []
    shared = take(30, lambda _: True)
    for deal in shared:
        known = [company for company in companies if company.created_at < deal.created_at and company is not deal.companies[0]]
        deal.companies.append(dice.pick(known))
    orphans = [deal.lines[-1] for deal in take(5, lambda _: True)]
    for line in orphans:
        line.product, line.name = None, "Prestation sur mesure"
    loser, survivor = _merge(dice, deals, contacts)
    unstamped = dice.sample([contact for contact in contacts if contact.has_lead_stamp and contact.visitor], 3)
    for contact in unstamped:
        contact.has_lead_stamp = False
    return Dirt(
        merged_contact=loser.id,
        merged_into=survivor.id,
        contacts_without_lead_stamp=tuple(sorted(contact.id for contact in unstamped)),
        archived_deal=archived.id,
        negative_cycle_deal=negative.id,
        null_amount_deals=_ids(empty),
        odd_amount_deal=odd.id,
        unknown_currency_deal=unknown.id,
        deals_unlike_their_lines=_ids(rounded),
        deals_without_contact=_ids(alone),
        deals_without_company=_ids(homeless),
        deals_with_two_companies=_ids(shared),
        lines_without_product=tuple(sorted(line.id for line in orphans)),
    )


def _merge(dice: Dice, deals: Sequence[Deal], contacts: Sequence[Contact]) -> tuple[Contact, Contact]:
    """Two entries of one person in one company; the one without deals was merged into the other."""
    busy = {contact.id for deal in deals for contact in deal.contacts}
    pairs = [
        (contact, contact.company.contacts[0])
        for contact in contacts
        if contact.visitor and contact.id not in busy and contact.company and contact.company.contacts[0].id in busy
    ]
    loser, survivor = dice.pick(pairs)
    loser.merged_into = survivor
    return loser, survivor


def _ids(deals: Sequence[Deal]) -> tuple[str, ...]:
    return tuple(sorted(deal.id for deal in deals))
