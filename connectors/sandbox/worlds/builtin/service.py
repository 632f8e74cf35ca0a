"""After the sale: sites that were fitted out, tickets, what customers answer when asked, and what each seller aims at."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from connectors.sandbox.world import Record
from connectors.sandbox.worlds.builtin.company import SELLERS
from connectors.sandbox.worlds.builtin.dice import Dice, Quantiles, Weighted
from connectors.sandbox.worlds.builtin.people import Contact, deal_owner
from connectors.sandbox.worlds.builtin.records import further, money, numbered
from connectors.sandbox.worlds.builtin.sales import Deal
from connectors.sandbox.worlds.builtin.timeline import DAY, NOW_AT, TODAY, At, at_work, date_text, day_index, day_of, instant_text

TICKETS = 200
ANSWERS = 170
"""To the yearly question whether one would recommend the house."""
INSTALLATIONS = "installations"
"""The company's own object."""
SITES = 32

INSTALLATION_SCHEMA: Record = {
    "labels": {"singular": "Installation", "plural": "Installations"},
    "primaryDisplayProperty": "site_name",
    "associated": ["contacts", "companies", "deals"],
}
INSTALLATION_PROPERTIES: list[Record] = [
    {"name": name, "label": label, "type": type, "fieldType": field, "groupName": f"{INSTALLATIONS}_information"}
    for name, label, type, field in (
        ("site_name", "Site", "string", "text"),
        ("light_points", "Points lumineux", "number", "number"),
        ("contract_value", "Montant du chantier", "number", "number"),
        ("installed_on", "Posée le", "date", "date"),
    )
]

_FITTING = "410"
"""The product whose sale means that the company's own people come and fit the lamps."""

_SUBJECTS = Weighted(
    ("Clignotement d'un luminaire", 26),
    ("Passerelle hors ligne", 17),
    ("Question sur une facture", 14),
    ("Pièce manquante à la livraison", 13),
    ("Détecteur trop sensible", 12),
    ("Accès à l'application", 11),
    ("Demande d'intervention", 7),
)
_PRIORITIES = Weighted(("LOW", 30), ("MEDIUM", 45), ("HIGH", 20), ("URGENT", 5))
_ORIGINS = Weighted(("EMAIL", 52), ("PHONE", 22), ("FORM", 18), ("CHAT", 8))
_REPLY_MINUTES: Quantiles = ((0, 6), (0.25, 40), (0.5, 130), (0.8, 420), (0.95, 1_500), (1, 4_300))
_WORK_HOURS: Quantiles = ((0, 1), (0.3, 6), (0.6, 30), (0.85, 110), (0.97, 320), (1, 700))
"""From the first answer to the end."""
_SCORES = Weighted((10, 24), (9, 25), (8, 21), (7, 11), (6, 7), (5, 4), (4, 2), (3, 2), (2, 1), (1, 1), (0, 2))
_STARS = Weighted((5, 52), (4, 28), (3, 10), (2, 6), (1, 4))

QUARTER_CENTS = 16_000_000
"""What the sellers together are asked for in the first quarter; one in twenty-five more each quarter."""


def service(dice: Dice, deals: Iterable[Deal], contacts: Sequence[Contact]) -> dict[str, list[Record]]:
    """Records by plural name, each object in order of creation, which is the order of its ids."""
    customers = [contact for contact in contacts if contact.merged_into is None and _since(contact) < TODAY - 10]
    tickets = [_ticket(dice, dice.pick(customers)) for _ in range(TICKETS)]
    answers = [*_recommendations(dice, customers), *_satisfactions(dice, tickets)]
    return {
        "tickets": numbered(1_600_000, (ticket for ticket, _ in tickets)),
        "feedback_submissions": numbered(1_700_000, answers),
        "goal_targets": _goals(dice),
        INSTALLATIONS: numbered(1_900_000, _installations(dice, deals)),
    }


def _since(contact: Contact) -> int:
    """The day on which somebody is both known and a customer; never, for the others."""
    return TODAY if contact.customer_at is None else day_of(max(contact.created_at, contact.customer_at))


# --- Tickets and answers ---------------------------------------------------------------------------------------------


def _ticket(dice: Dice, contact: Contact) -> tuple[Record, At | None]:
    """And when it was closed."""
    at = at_work(dice, dice.between(_since(contact) + 2, TODAY - 3))
    reply_s = dice.quantile(_REPLY_MINUTES) * 60
    replied_at = At(at + reply_s)
    closed_at = At(replied_at + dice.quantile(_WORK_HOURS) * 3_600)
    is_replied, is_closed = replied_at < NOW_AT, closed_at < NOW_AT
    company = contact.company
    record = further(
        "",
        at,
        closed_at if is_closed else replied_at if is_replied else at,
        {
            "subject": dice.draw(_SUBJECTS),
            "hs_pipeline": "0",
            "hs_pipeline_stage": "4" if is_closed else dice.draw(Weighted(("2", 1), ("3", 1))) if is_replied else "1",
            "hs_ticket_priority": dice.draw(_PRIORITIES),
            "source_type": dice.draw(_ORIGINS),
            "hubspot_owner_id": deal_owner(company, day_of(at)) if company else contact.owner_id,
            "createdate": instant_text(at),
            "closed_date": instant_text(closed_at) if is_closed else None,
            "time_to_first_agent_reply": str(reply_s * 1_000) if is_replied else None,
            "time_to_close": str((closed_at - at) * 1_000) if is_closed else None,
        },
        contacts=[contact.id],
        companies=[company.id] if company else [],
    )
    return record, closed_at if is_closed else None


def _answer(at: At, contact_id: str, survey: tuple[str, str, str], score: int, group: str | None, sentiment: str) -> Record:
    id, type, name = survey
    return further(
        "",
        at,
        at,
        {
            "hs_survey_id": id,
            "hs_survey_type": type,
            "hs_survey_name": name,
            "hs_survey_channel": "EMAIL",
            "hs_value": str(score),
            "hs_response_group": group,
            "hs_sentiment": sentiment,
            "hs_submission_timestamp": instant_text(at),
        },
        contacts=[contact_id],
    )


def _recommendations(dice: Dice, customers: Sequence[Contact]) -> Iterator[Record]:
    survey = ("1", "NPS", "Recommanderiez-vous Atelier Lumen ?")
    for contact in dice.sample(customers, ANSWERS):
        at = at_work(dice, dice.between(_since(contact) + 5, TODAY - 3))
        score = dice.draw(_SCORES)
        group, sentiment = (
            ("PROMOTER", "POSITIVE") if score >= 9 else ("PASSIVE", "NEUTRAL") if score >= 7 else ("DETRACTOR", "NEGATIVE")
        )
        yield _answer(at, contact.id, survey, score, group, sentiment)


def _satisfactions(dice: Dice, tickets: Iterable[tuple[Record, At | None]]) -> Iterator[Record]:
    """Some whose ticket was closed say how content they were, a day or two later."""
    survey = ("2", "CSAT", "Votre demande a-t-elle été bien traitée ?")
    for ticket, closed_at in tickets:
        answers, stars, days = dice.chance(0.4), dice.draw(_STARS), dice.between(1, 2)
        if answers and closed_at is not None and closed_at + days * DAY < NOW_AT:
            sentiment = "POSITIVE" if stars >= 4 else "NEUTRAL" if stars == 3 else "NEGATIVE"
            (contact_id,) = ticket["associations"]["contacts"]
            yield _answer(At(closed_at + days * DAY), contact_id, survey, stars, None, sentiment)


# --- Goals -------------------------------------------------------------------------------------------------------------


def _goals(dice: Dice) -> list[Record]:
    """What each seller should win in each quarter, set a few days before it begins. Who left has none for later ones."""
    found: list[Record] = []
    weights = sum(seller.weight for seller in SELLERS)
    for number in range(8):
        first, past = _quarter(number), _quarter(number + 1)
        begins, ends = day_index(first), day_index(past)
        aim = QUARTER_CENTS * (100 + 4 * number) // 100
        group = "-".join(f"{dice.between(0, 65_535):04x}" for _ in range(4))
        for seller in SELLERS:
            if seller.last_day is not None and seller.last_day < begins:
                continue
            set_at = at_work(dice, begins - 7)
            label = f"{first.year} T{(first.month + 2) // 3}"
            properties = {
                "hs_goal_name": f"Chiffre d'affaires {label}",
                "hs_target_amount": str(aim * seller.weight // weights // 100_000 * 1_000),
                "hs_start_datetime": instant_text(At(begins * DAY)),
                "hs_end_datetime": instant_text(At(ends * DAY - 1)),
                "hs_milestone": "quarterly",
                "hs_group_correlation_uuid": group,
                "hubspot_owner_id": seller.id,
            }
            found.append(further("", set_at, set_at, properties))
    return numbered(1_800_000, found)


def _quarter(number: int) -> date:
    """The first day of the quarter, counted from the last one of 2024."""
    year, quarter = divmod(3 + number, 4)
    return date(2024 + year, 3 * quarter + 1, 1)


# --- Sites -------------------------------------------------------------------------------------------------------------


def _installations(dice: Dice, deals: Iterable[Deal]) -> Iterator[Record]:
    fitted = [
        deal
        for deal in deals
        if deal.is_won
        and deal.companies
        and deal.home_cents
        and deal.created_at < deal.close_at < NOW_AT - 70 * DAY
        and any(line.product is not None and line.product.id == _FITTING for line in deal.lines)
    ]
    for deal in dice.sample(fitted, SITES):
        at = at_work(dice, day_of(deal.close_at) + dice.between(20, 60))
        company = deal.companies[0]
        properties = {
            "site_name": company.name,
            "light_points": str(dice.between(12, 160)),
            "contract_value": money(deal.home_cents),
            "installed_on": date_text(day_of(at)),
            "hubspot_owner_id": deal.owner_id,
        }
        contacts = [contact.id for contact in deal.contacts[:1]]
        yield further("", at, at, properties, companies=[company.id], contacts=contacts, deals=[deal.id])
