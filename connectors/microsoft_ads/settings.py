"""The Microsoft Advertising section of ``cadran.yaml``."""

import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, field_validator

from config.sections import Field, SecretStr
from connectors.ads.settings import Channel
from connectors.oauth.section import OAuthSection
from kpi.text import Text

LOOKBACK_DAYS = 30
"""Our own choice: clicks show within 2 hours and conversions within 3, but credits for invalid clicks come a week or more later
(https://github.com/MicrosoftDocs/BingAds-docs guides/reports.md, 2021), and conversions are booked on the day of their click."""


def _id(value: Any) -> str:
    digits = str(value).strip()
    if not re.fullmatch(r"[0-9]+", digits):
        raise ValueError(
            f"{value!r} is not an id; it is a number. The address of Microsoft Advertising bears it: cid= is the customer, aid= the account"
        )
    return digits


Id = Annotated[str, BeforeValidator(_id)]


class MicrosoftAdsSettings(OAuthSection):
    """One customer of Microsoft Advertising and the ad accounts read through it."""

    type: str = "microsoft_ads"
    base_url: str = "https://reporting.api.bingads.microsoft.com"
    accounts_url: str | None = Field(
        default=None,
        description="Where accounts describe themselves (Client Center); the vendor's, or base_url when that is changed.",
    )
    developer_token: SecretStr = Field(description="From the developer portal (env:NAME or file:PATH); every call bears it.")
    customer_id: Id = Field(description="The customer through which the login reaches the accounts: cid= in the address.")
    account_ids: tuple[Id, ...] = Field(
        default=(), description="Ad accounts to read: aid= in the address. All accounts of the customer unless given."
    )
    time_zone: str | None = Field(
        default=None, description="Zone of accounts of which Microsoft tells none (Europe/Paris); UTC unless given."
    )
    lookback_days: int = Field(default=LOOKBACK_DAYS, ge=1, le=365, description="Days read again on each run.")
    channel: Channel | None = Field(
        default=None, description="Channel of every campaign; told from the campaign's type unless given."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (LookupError, ValueError, OSError):
                raise ValueError(f"{value!r} is not a time zone such as Europe/Paris") from None
        return value


SETTINGS = MicrosoftAdsSettings

QUESTIONS = (
    (
        "customer_id",
        Text(
            "Microsoft Advertising customer id (cid= in the address)",
            "Identifiant client Microsoft Advertising (cid= dans l'adresse)",
        ),
        "1234567",
    ),
    (
        "developer_token",
        Text("Your developer token", "Votre jeton de développeur (developer token)"),
        "env:MICROSOFT_ADS_DEVELOPER_TOKEN",
    ),
    (
        "client_id",
        Text("Id of your Microsoft Entra app", "Identifiant de votre application Microsoft Entra"),
        "env:MICROSOFT_ADS_CLIENT_ID",
    ),
)
"""What ``cadran init`` asks."""
