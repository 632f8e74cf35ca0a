"""The GA4 section of ``cadran.yaml``."""

from datetime import date
from typing import Any

from pydantic import field_validator

from config.sections import Field
from connectors.google_auth import GoogleSection
from kpi.text import Text

DATA_API = "https://analyticsdata.googleapis.com"
ADMIN_API = "https://analyticsadmin.googleapis.com"

LOOKBACK_DAYS = 3
"""Google processes for 24 to 48 hours and reports may change meanwhile (https://support.google.com/analytics/answer/12233314,
2026-11-21); connectors that re-read two days draw complaints, three is the next."""


class Ga4Settings(GoogleSection):
    """One GA4 property."""

    type: str = "ga4"
    base_url: str = DATA_API
    admin_base_url: str | None = Field(
        default=None, description="Where the Admin API answers; Google's, or base_url when that is changed."
    )
    property_id: str = Field(description="Digits: Google Analytics > Admin > Property details > Property ID.")
    key_events: tuple[str, ...] = Field(
        default=(), description="Key events you expect the property to mark; `cadran check` names those that it does not."
    )
    lookback_days: int = Field(default=LOOKBACK_DAYS, ge=0, le=90, description="Days read again before the last one.")
    commerce: bool = Field(default=True, description="Read purchases, revenue, refunds and carts, as the web counts them.")
    events: bool = Field(
        default=True, description="Read key events by name, and the visits that came to a cart, a checkout, a purchase."
    )
    token_share: int = Field(
        default=95,
        ge=1,
        le=100,
        description="Per cent of the property's tokens that Cadran may use up; the rest is left to others who read it.",
    )
    history_start: date | None = Field(default=None, description="First day to read; the account's history_start unless given.")

    @property
    def admin_url(self) -> str:
        return self.admin_base_url or (ADMIN_API if self.base_url == DATA_API else self.base_url)

    @field_validator("property_id", mode="before")
    @classmethod
    def _digits(cls, value: Any) -> str:
        text = str(value).strip().removeprefix("properties/")
        if text.isascii() and text.isdigit():
            return text
        what = "is a measurement id" if text.upper().startswith("G-") else "is not a property id"
        raise ValueError(
            f"{text!r} {what}; the property id is a number, shown in Google Analytics under Admin > Property details, at the top right"
        )


SETTINGS = Ga4Settings

QUESTIONS = (
    (
        "property_id",
        Text("GA4 property id (digits, not G-XXXX)", "Identifiant de propriété GA4 (chiffres, pas G-XXXX)"),
        "345678901",
    ),
)
"""What ``cadran init`` asks."""
