"""Of what customers answer when asked, and of the tickets they open."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class SurveyAnswer(Mart):
    """One row per answer that lies on its scale."""

    key: ClassVar[tuple[str, ...]] = ("response_id",)
    response_id: str
    kind: str
    """nps | csat | ces"""
    scale: str
    """0-10 (nps), stars (csat, 1 to 5), bands (csat: 0, 1, 2) or 1-7 (ces)"""
    answered_on: date
    survey_id: str | None
    person: str
    """Who answered: a contact's id, or ``response:<id>`` where no contact is known."""
    owner_id: str | None
    """The contact's, as everything below."""
    team_id: str | None
    company_id: str | None
    score: Decimal
    is_satisfied: bool
    """nps: 9–10; csat: 4–5 stars, or band 2; ces: 6–7"""


class NpsAnswer(Mart):
    """One row per kind of period, period and answer to "would you recommend us" that counts in it: the person's last one,
    or every one (setting ``kpis.nps_answers``)."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "response_id")
    period: str
    """day | week | month | quarter | year | all"""
    period_start: date
    """Of ``all``, the day of the first answer."""
    response_id: str
    survey_id: str | None
    owner_id: str | None
    team_id: str | None
    company_id: str | None
    is_promoter: bool
    """9 or 10"""
    is_detractor: bool
    """0 to 6"""


class TicketState(Mart):
    """One row per living ticket."""

    key: ClassVar[tuple[str, ...]] = ("ticket_id",)
    ticket_id: str
    owner_id: str | None
    team_id: str | None
    company_id: str | None
    opened_on: date
    closed_on: date | None
    first_reply_s: int | None
    """Whole seconds from opening to an agent's first answer; null until then, and null when negative."""
    close_s: int | None
    """Whole seconds from opening to closing; null until then, and null when negative."""
    has_negative_time: bool
