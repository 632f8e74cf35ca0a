"""The TikTok section of ``cadran.yaml``."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from config.sections import Field
from connectors.ads.settings import Channel
from connectors.oauth.section import OAuthSection
from kpi.text import Text

LOOKBACK_DAYS = 28
"""Figures settle within three days (https://github.com/airbytehq/airbyte docs/integrations/sources/tiktok-marketing.md, 2026-06), but
``conversion`` is booked on the day of the click or view and grows for as long as the longest attribution window, 28 days. With today these
are 29 days: still one slice, so they cost no request more than three days would for a few campaigns."""

CALLS_PER_SECOND = 10
"""Of an app of the lowest tier (not confirmed); an advanced one has 20."""


def _advertiser_id(value: Any) -> str:
    digits = str(value).strip()
    if not re.fullmatch(r"[0-9]+", digits):
        raise ValueError(
            f"{value!r} is not an advertiser id; it is a number such as 7012345678901234567 (aadvid= in the address of TikTok Ads Manager)"
        )
    return digits


AdvertiserId = Annotated[str, BeforeValidator(_advertiser_id)]


class TikTokAdsSettings(OAuthSection):
    """One login to TikTok and the advertisers read with it."""

    type: str = "tiktok_ads"
    base_url: str = "https://business-api.tiktok.com/open_api/v1.3"
    advertiser_ids: tuple[AdvertiserId, ...] = Field(
        default=(), description="Ad accounts to read: aadvid= in the address. All that the login was given unless named."
    )
    conversions: Literal["conversion", "real_time_conversion"] = Field(
        default="conversion",
        description="What counts as conversions: those of the clicks and views of a day, or those that happened on it.",
    )
    lookback_days: int = Field(default=LOOKBACK_DAYS, ge=1, le=365, description="Days read again on each run.")
    calls_per_second: int = Field(
        default=CALLS_PER_SECOND, ge=1, le=1_000, description="What the app's tier allows; calls wait for their turn."
    )
    channel: Channel = Field(default="paid_social", description="Channel of every campaign.")

    @model_validator(mode="after")
    def _advertisers_can_be_found(self) -> Self:
        if not self.advertiser_ids and (self.client_id is None or self.client_secret is None):
            raise ValueError(
                "name the ad accounts in advertiser_ids; without them TikTok lists yours to client_id and client_secret of the app only"
            )
        return self


SETTINGS = TikTokAdsSettings

QUESTIONS = (
    (
        "advertiser_ids",
        Text(
            "Ids of your TikTok ad accounts (aadvid= in the address of TikTok Ads Manager)",
            "Identifiants de vos comptes publicitaires TikTok (aadvid= dans l'adresse du Gestionnaire de publicités TikTok)",
        ),
        "[7012345678901234567]",
    ),
    (
        "access_token",
        Text("The long-lived access token of your TikTok app", "Le jeton d'accès longue durée de votre application TikTok"),
        "env:TIKTOK_TOKEN",
    ),
)
"""What ``cadran init`` asks."""
