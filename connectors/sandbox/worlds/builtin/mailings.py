"""HubSpot's own campaigns, which group what marketing does for one occasion, and the e-mails sent for them.

They buy no visits and bear none of the names of campaigns that do (:mod:`.marketing`, the spend file), so that nothing is
attributed to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from connectors.sandbox.world import Record
from connectors.sandbox.worlds.builtin.dice import Dice
from connectors.sandbox.worlds.builtin.people import Contact
from connectors.sandbox.worlds.builtin.timeline import DAY, NOW_AT, At, at_work, date_text, day_index, day_of, instant_text


@dataclass(frozen=True)
class _Occasion:
    name: str
    first: date
    last: date
    emails: tuple[tuple[date, str], ...] = ()
    """Day and name."""


_OCCASIONS = (
    _Occasion("Lancement Lumen One", date(2024, 11, 4), date(2025, 1, 31)),
    _Occasion(
        "Lumière et bien-être au travail",
        date(2025, 9, 1),
        date(2025, 11, 28),
        ((date(2025, 9, 16), "Bien voir, bien travailler"), (date(2025, 10, 14), "Trois bureaux avant et après")),
    ),
    _Occasion(
        "Vitrines de fin d'année",
        date(2025, 10, 20),
        date(2025, 12, 24),
        ((date(2025, 11, 4), "Vos vitrines pour les fêtes"), (date(2025, 12, 2), "Dernières livraisons avant Noël")),
    ),
    _Occasion(
        "Économies d'énergie",
        date(2026, 1, 12),
        date(2026, 3, 13),
        ((date(2026, 1, 20), "Ce que coûte un néon"), (date(2026, 2, 17), "Calculer ses économies")),
    ),
    _Occasion(
        "Journées portes ouvertes de l'atelier",
        date(2026, 4, 7),
        date(2026, 5, 22),
        ((date(2026, 4, 14), "Invitation à l'atelier"), (date(2026, 5, 12), "Il reste quelques places")),
    ),
    _Occasion(
        "Cercle des prescripteurs",
        date(2026, 6, 1),
        date(2026, 7, 10),
        ((date(2026, 6, 9), "Le carnet des prescripteurs"), (date(2026, 7, 7), "Un été en lumière")),
    ),
    _Occasion("Rentrée des enseignes", date(2026, 8, 31), date(2026, 10, 30), ((date(2026, 9, 8), "Prêts pour la rentrée"),)),
)
_ALONE = ((date(2026, 8, 25), "Nos horaires de rentrée"),)
"""E-mails of no campaign."""

_OPENS_BY_DAY = (58, 22, 10, 6, 4)
"""Per cent of the openings, from the day of sending on."""


def mailings(dice: Dice, contacts: Sequence[Contact]) -> tuple[list[Record], list[Record]]:
    """Campaigns, and the e-mails with what came of them by day, each by date."""
    campaigns: list[Record] = []
    sendings = [(day, name, "") for day, name in _ALONE]
    for occasion in _OCCASIONS:
        guid = _guid(dice)
        campaigns.append(_campaign(dice, guid, occasion))
        sendings += [(day, name, guid) for day, name in occasion.emails]
    emails = [_email(dice, 9_000 + number, *sending, contacts) for number, sending in enumerate(sorted(sendings), start=1)]
    return campaigns, emails


def _guid(dice: Dice) -> str:
    digits = "".join(f"{dice.between(0, 65_535):04x}" for _ in range(8))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def _campaign(dice: Dice, guid: str, occasion: _Occasion) -> Record:
    at = instant_text(at_work(dice, day_index(occasion.first) - 21))
    properties = {
        "hs_name": occasion.name,
        "hs_start_date": occasion.first.isoformat(),
        "hs_end_date": occasion.last.isoformat(),
    }
    return {"id": guid, "createdAt": at, "updatedAt": at, "properties": properties}


def _email(dice: Dice, id: int, on: date, name: str, campaign: str, contacts: Sequence[Contact]) -> Record:
    """Sent to most of whom the CRM knew by then. Clicks come from openings, endings from deliveries."""
    at = at_work(dice, day_index(on))
    known = sum(contact.created_at < at and contact.merged_into is None for contact in contacts)
    sent = known * dice.between(68, 86) // 100
    hard, soft = sent * dice.between(2, 7) // 1_000, sent * dice.between(4, 12) // 1_000
    delivered = sent - hard - soft
    opened = delivered * dice.between(19, 34) // 100
    clicked = opened * dice.between(6, 17) // 100
    days: dict[str, dict[str, int]] = {}
    for later, share in enumerate(_OPENS_BY_DAY):
        if at + later * DAY < NOW_AT:
            days[date_text(day_of(At(at + later * DAY)))] = {"open": opened * share // 100, "click": clicked * share // 100}
    left = delivered * dice.between(1, 4) // 1_000
    first = {"selected": known, "sent": sent, "delivered": delivered, "suppressed": known - sent}
    ended = {"bounce": hard + soft, "hardbounced": hard, "softbounced": soft, "unsubscribed": left, "contactslost": left + hard}
    days[date_text(day_of(at))] |= first | ended
    email: Record = {"id": str(id), "name": name, "publishDate": instant_text(at), "days": days}
    return email | ({"campaign": campaign} if campaign else {})
