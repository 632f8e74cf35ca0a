"""Of e-mails: what came of all of them day by day, and of each since it was sent."""

from datetime import date
from typing import ClassVar

from kpi.schema.base import Mart


class EmailDay(Mart):
    """One row per account and day: what happened that day, to whichever e-mail."""

    key: ClassVar[tuple[str, ...]] = ("account_id", "email_on")
    account_id: str
    email_on: date
    """The day as the vendor cut it."""
    sent: int
    delivered: int
    opened: int
    clicked: int
    bounced: int
    hard_bounced: int
    soft_bounced: int
    unsubscribed: int
    reported_as_spam: int
    unreliable_opened: int | None
    """Opened by privacy software; null where the source does not tell."""


class Email(Mart):
    """One row per e-mail that was published: what came of it until now."""

    key: ClassVar[tuple[str, ...]] = ("account_id", "email_id")
    account_id: str
    email_id: str
    campaign: str
    """``hubspot/<id>`` of the CRM's campaign it belongs to, else ``unattributed``."""
    email_on: date
    """The day it was published."""
    sent: int
    delivered: int
    opened: int
    clicked: int
    bounced: int
    hard_bounced: int
    soft_bounced: int
    unsubscribed: int
    reported_as_spam: int
    unreliable_opened: int | None
