"""Tables of service and of what is aimed at. What customers wrote is not among the columns, and is not asked for."""

from datetime import date, datetime
from decimal import Decimal

from kpi.schema.base import Row


class Ticket(Row):
    key = ("source", "ticket_id")
    ticket_id: str
    pipeline_id: str | None
    stage_id: str | None
    owner_id: str | None
    priority: str | None
    origin: str | None
    """Where it came from: e-mail, chat, form."""
    created_at: datetime | None
    created_on: date | None
    closed_at: datetime | None
    closed_on: date | None
    first_reply_s: int | None
    """Whole seconds from creation to an agent's first answer."""
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None


class SurveyResponse(Row):
    """One answer to a survey. ``score`` and ``survey_type`` say what it means; the bands are the KPIs' business."""

    key = ("source", "response_id")
    response_id: str
    survey_type: str | None
    """NPS | CSAT | CES, or the account's own"""
    survey_id: str | None
    survey_name: str | None
    channel: str | None
    score: Decimal | None
    response_group: str | None
    sentiment: str | None
    answered_at: datetime | None
    answered_on: date | None
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None


class Target(Row):
    """What is aimed at, and until when."""

    key = ("source", "target_id")
    target_id: str
    target_name: str | None
    owner_id: str | None
    group_id: str | None
    """Targets of one goal that was set for several people."""
    milestone: str | None
    """The period's kind, in the vendor's word (monthly, quarterly …)."""
    target_value: Decimal | None
    starts_at: datetime | None
    starts_on: date | None
    ends_at: datetime | None
    """The last moment that counts."""
    ends_on: date | None
    """The last day that counts."""
    modified_at: datetime | None
    archived_at: datetime | None
