"""The LinkedIn section of ``cadran.yaml``."""

import re
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from config.sections import Field
from connectors.ads.settings import Channel
from connectors.oauth.declaration import OAuth
from connectors.oauth.section import OAuthSection
from kpi.text import Text

LOOKBACK_DAYS = 7
"""How far back figures are restated: what https://github.com/singer-io/tap-linkedin-ads goes back by default (2026-08)."""

ORGANIC_SCOPES = ("r_organization_social", "rw_organization_admin")
"""For the statistics of a company page. The person who logs in must be one of its administrators."""

Level = Literal["campaign_group", "campaign"]


def _id_of(kind: str, where: str) -> BeforeValidator:
    def digits(value: Any) -> str:
        found = str(value).strip().removeprefix(f"urn:li:{kind}:")
        if not re.fullmatch(r"[0-9]+", found):
            raise ValueError(f"{value!r} is not the id of {where}; it is a number such as 512345678")
        return found

    return BeforeValidator(digits)


AccountId = Annotated[str, _id_of("sponsoredAccount", "an ad account (in Campaign Manager's address, behind /accounts/)")]
OrganizationId = Annotated[str, _id_of("organization", "a company page (in the address of its admin view, behind /company/)")]


class LinkedInAdsSettings(OAuthSection):
    """One LinkedIn login, the ad accounts and the company pages read through it."""

    type: str = "linkedin_ads"
    base_url: str = "https://api.linkedin.com"
    account_ids: tuple[AccountId, ...] = Field(default=(), description="Ad accounts to read.")
    organizations: tuple[OrganizationId, ...] = Field(
        default=(), description="Company pages whose followers and interactions are read too, every day."
    )
    campaign_level: Level = Field(
        default="campaign_group",
        description="What a campaign is here: LinkedIn's campaign group, or (campaign) what LinkedIn itself calls a campaign.",
    )
    api_version: str = Field(
        default="202607",
        pattern=r"^20\d\d(0[1-9]|1[0-2])$",
        description="Month of the API version (YYYYMM). LinkedIn ends each of them about a year after its month.",
    )
    lookback_days: int = Field(default=LOOKBACK_DAYS, ge=1, le=365, description="Days read again on each run.")
    channel: Channel = Field(default="paid_social", description="Channel of every campaign.")

    @model_validator(mode="after")
    def _something_to_read(self) -> Self:
        if not self.account_ids and not self.organizations:
            raise ValueError("name at least one ad account (account_ids) or company page (organizations)")
        return self

    def addressed(self, oauth: OAuth) -> OAuth:
        """Asks only for the scopes of what is read: LinkedIn refuses a login that asks for more than the app was approved for."""
        scopes = (oauth.scopes if self.account_ids else ()) + (ORGANIC_SCOPES if self.organizations else ())
        return replace(super().addressed(oauth), scopes=scopes)


SETTINGS = LinkedInAdsSettings

QUESTIONS = (
    (
        "account_ids",
        Text(
            "Ids of your LinkedIn ad accounts (in Campaign Manager's address, behind /accounts/)",
            "Identifiants de vos comptes publicitaires LinkedIn (dans l'adresse du Gestionnaire de campagnes, après /accounts/)",
        ),
        "[512345678]",
    ),
    (
        "client_id",
        Text("Client ID of your LinkedIn app", "Client ID de votre application LinkedIn"),
        "78abcdefghijkl",
    ),
    (
        "client_secret",
        Text("Its client secret: where it is kept", "Son client secret : où il est conservé"),
        "env:LINKEDIN_CLIENT_SECRET",
    ),
)
