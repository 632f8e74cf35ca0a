"""The companies and contacts of the CRM: those who left an address on the site, and those whom somebody typed in."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.sandbox.worlds.builtin.company import ARCHIVED_SELLER, SELLERS, SUCCESSOR
from connectors.sandbox.worlds.builtin.dice import Dice, Weighted
from connectors.sandbox.worlds.builtin.marketing import TAGGINGS, Channel, Tagging
from connectors.sandbox.worlds.builtin.names import COMPANY_NAMES, FIRST_NAMES, LAST_NAMES
from connectors.sandbox.worlds.builtin.timeline import DAY, NOW_AT, TODAY, At, at_work, day_of
from connectors.sandbox.worlds.builtin.visits import Visit, Visitor

COMPANIES = 900
OLD_CUSTOMERS = 60
"""Companies that bought before the CRM: imported on its first day with a customer date and no lead date."""
TYPED_IN = 290
"""Contacts met at fairs or by telephone, over the two years."""

CLICK_ID_KEPT = 0.6
"""Share of contacts brought by a Google ad whose click id reached the CRM."""

_INDUSTRIES = Weighted(
    ("RETAIL", 30),
    ("ARCHITECTURE_PLANNING", 20),
    ("HOSPITALITY", 14),
    ("REAL_ESTATE", 12),
    ("CONSTRUCTION", 12),
    ("HOSPITAL_HEALTH_CARE", 12),
)
_OFFLINE_ORIGINS = Weighted(("CRM_UI", 60), ("IMPORT", 40))


@dataclass(slots=True, eq=False)
class Company:
    id: str
    name: str
    domain: str
    industry: str
    owner_id: str
    created_at: At
    modified_at: At
    contacts: "list[Contact]" = field(default_factory=list)
    customer_since: At | None = None
    """First purchase; before the first day for the old customers."""
    first_deal_at: At | None = None


@dataclass(slots=True, eq=False)
class Contact:
    id: str
    first_name: str
    last_name: str
    email: str
    created_at: At
    company: Company | None
    owner_id: str | None
    visitor: Visitor | None
    """None: never seen on the site."""
    offline_origin: str
    first_tagging: Tagging
    last_tagging: Tagging
    gclid: str | None
    has_lead_stamp: bool = True
    opportunity_at: At | None = None
    customer_at: At | None = None
    merged_into: "Contact | None" = None

    @property
    def first_visit(self) -> Visit | None:
        return self.visitor.visits[0] if self.visitor else None

    @property
    def last_visit(self) -> Visit | None:
        """The latest session that lies before now."""
        visits = self.visitor.visits if self.visitor else []
        return next((visit for visit in reversed(visits) if visit.at < NOW_AT), None)

    @property
    def first_channel(self) -> Channel:
        return self.first_visit.touch.channel if self.first_visit else Channel.OFFLINE

    @property
    def first_seen_at(self) -> At:
        return self.first_visit.at if self.first_visit else self.created_at


@dataclass(frozen=True)
class _Arrival:
    at: At
    visitor: Visitor | None
    is_old_customer: bool = False


def companies_and_contacts(dice: Dice, people: Sequence[Visitor]) -> tuple[list[Company], list[Contact]]:
    """Both in order of creation, which is the order of their ids.

    A company enters with its first contact; how many of the contacts still to come open a new one is set so that the
    last of :data:`COMPANIES` enters near the end.
    """
    arrivals = _arrivals(dice, people)
    names = dice.sample(COMPANY_NAMES, COMPANIES)
    companies: list[Company] = []
    contacts: list[Contact] = []
    for place, arrival in enumerate(arrivals):
        is_new = arrival.is_old_customer and len(companies) < OLD_CUSTOMERS
        is_new = is_new or not companies or dice.unit() * (len(arrivals) - place) * 0.93 < COMPANIES - len(companies)
        if not arrival.is_old_customer and dice.chance(0.07):
            company = None
        elif is_new and len(companies) < COMPANIES:
            company = _company(dice, names[len(companies)], len(companies) + 1, arrival)
            companies.append(company)
        else:
            company = dice.pick(companies)
        contact = _contact(dice, len(contacts) + 1, arrival, company)
        contacts.append(contact)
        if company is not None:
            company.contacts.append(contact)
    return companies, contacts


def _arrivals(dice: Dice, people: Sequence[Visitor]) -> list[_Arrival]:
    # The form's answer reaches the CRM some minutes into the session.
    web = [_Arrival(At(one.lead.at + dice.between(40, 900)), one) for one in people if one.lead is not None]
    typed = [_Arrival(at_work(dice, dice.between(1, TODAY - 4)), None) for _ in range(TYPED_IN)]
    imported = [_Arrival(At(DAY + 9 * 3_600 + second), None, is_old_customer=True) for second in range(OLD_CUSTOMERS * 2)]
    return sorted(web + typed + imported, key=lambda arrival: arrival.at)


def _company(dice: Dice, name: str, number: int, arrival: _Arrival) -> Company:
    owner = dice.draw(Weighted(*((seller, seller.weight) for seller in SELLERS)))
    if owner.last_day is not None and day_of(arrival.at) > owner.last_day:
        owner = SUCCESSOR
    company = Company(
        id=str(50_000 + number),
        name=name,
        domain=f"{_ascii(name)}.example",
        industry=dice.draw(_INDUSTRIES),
        owner_id=owner.id,
        created_at=arrival.at,
        modified_at=arrival.at,
    )
    if arrival.is_old_customer:
        company.customer_since = At(-dice.between(60, 700) * DAY)
    return company


def _contact(dice: Dice, number: int, arrival: _Arrival, company: Company | None) -> Contact:
    first_name, last_name = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
    visitor = arrival.visitor
    tagging = (
        [
            dice.draw(TAGGINGS[visit.touch.channel]) if visit.touch.channel in TAGGINGS else Tagging.NONE
            for visit in (visitor.visits[0], visitor.visits[-1])
        ]
        if visitor
        else [Tagging.NONE, Tagging.NONE]
    )
    keeps_click = dice.chance(CLICK_ID_KEPT)
    return Contact(
        id=str(1_000 + number),
        first_name=first_name,
        last_name=last_name,
        email=f"{_ascii(first_name)}.{_ascii(last_name)}.{number}@{company.domain if company else 'example.com'}",
        created_at=arrival.at,
        company=company,
        owner_id=company.owner_id if company else (dice.pick(SELLERS[:6]).id if dice.chance(0.4) else None),
        visitor=visitor,
        offline_origin="IMPORT" if arrival.is_old_customer else dice.draw(_OFFLINE_ORIGINS),
        first_tagging=tagging[0],
        last_tagging=tagging[1],
        gclid=visitor.visits[0].gclid if visitor and keeps_click else None,
        has_lead_stamp=not arrival.is_old_customer,
        customer_at=company.customer_since if company and arrival.is_old_customer else None,
    )


def _ascii(name: str) -> str:
    """Lower case, no accents, words joined by dashes."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return bare.lower().replace(" ", "-").replace("'", "")


def deal_owner(company: Company, day: int) -> str:
    """Who takes a deal of this company that begins on that day."""
    has_left = ARCHIVED_SELLER.last_day is not None and day > ARCHIVED_SELLER.last_day
    return SUCCESSOR.id if company.owner_id == ARCHIVED_SELLER.id and has_left else company.owner_id
