"""The Google Ads section of ``cadran.yaml``."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from config.sections import Field, SecretStr
from connectors.ads.settings import Channel
from connectors.google_auth import GoogleSection
from kpi.text import Text

LOOKBACK_DAYS = 30
"""Conversions are booked on the day of the click and keep growing for the length of the conversion window, 30 days by default;
invalid clicks are taken out later too (https://support.google.com/google-ads/answer/2544985, 2026-11-21). At least so many
days are read again, and as many as the account's longest window has."""

CLICK_DAYS = 90
"""How far back click_view can be asked (https://developers.google.com/google-ads/api/fields/v26/click_view, 2026-11-21)."""


def _customer_id(value: Any) -> str:
    digits = str(value).strip().removeprefix("customers/").replace("-", "")
    if not re.fullmatch(r"[0-9]{10}", digits):
        raise ValueError(f"{value!r} is not a customer id; it has ten digits, at the top right of Google Ads (123-456-7890)")
    return digits


CustomerId = Annotated[str, BeforeValidator(_customer_id)]


class GoogleAdsSettings(GoogleSection):
    """One Google Ads login and the accounts read through it."""

    type: str = "google_ads"
    base_url: str = "https://googleads.googleapis.com"
    customer_ids: tuple[CustomerId, ...] = Field(
        min_length=1, description="Accounts to read, dashes allowed. A manager account stands for every enabled account below it."
    )
    login_customer_id: CustomerId | None = Field(
        default=None, description="The manager account through which the login reaches them, where it does."
    )
    developer_token: SecretStr | None = Field(
        default=None, description="Not needed: Google has ignored it since 2026-09-09. Sent only when given."
    )
    api_version: str = Field(
        default="v26", pattern=r"^v\d+$", description="Google retires a version about a year after its release."
    )
    lookback_days: int | None = Field(
        default=None,
        ge=0,
        le=365,
        description="Days of cost and conversions read again on each run; the account's longest conversion window, "
        f"{LOOKBACK_DAYS} at least, unless given.",
    )
    ad_groups: bool = Field(
        default=True, description="Read ad groups too, as a level of their own that is never added to the campaigns'."
    )
    click_history_days: int = Field(
        default=CLICK_DAYS,
        ge=0,
        le=CLICK_DAYS,
        description="Days of click ids that the first read fetches, one request a day and account; 0 reads no click ids at all.",
    )
    channel: Channel | None = Field(
        default=None, description="Channel of every campaign; told from the campaign's type unless given."
    )


SETTINGS = GoogleAdsSettings

QUESTIONS = (("customer_ids", Text("Google Ads customer id", "Numéro client Google Ads"), "123-456-7890"),)
"""What ``cadran init`` asks."""
