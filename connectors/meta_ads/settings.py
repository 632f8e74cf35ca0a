"""The Meta section of ``cadran.yaml``: ad accounts, Facebook pages and Instagram accounts behind one token."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, field_validator, model_validator

from config.sections import Field, SecretStr
from connectors.ads.settings import Channel
from connectors.meta_ads.oauth import INSTAGRAM_SCOPES, PAGE_SCOPES
from connectors.meta_ads.oauth import VERSION as VERSION
from connectors.oauth.declaration import OAuth
from connectors.oauth.section import OAuthSection
from kpi.text import Text

LOOKBACK_DAYS = 28
"""Figures are restated for so long (what https://github.com/airbytehq/airbyte source-facebook-marketing re-reads, 2026-11)."""

Window = Literal["1d_click", "7d_click", "28d_click", "1d_view", "1d_ev"]
"""Attribution windows that can be asked for. ``7d_view`` and ``28d_view`` are no longer answered since 2026-01-12
(https://developers.facebook.com/blog/post/2025/10/16/ads-insights-api-metric-availability-updates)."""

GONE_WINDOWS = ("7d_view", "28d_view")

LEAD_ACTIONS = ("lead",)
"""``lead`` is all leads: those of instant forms (``onsite_conversion.lead_grouped``) and of the website
(``offsite_conversion.fb_pixel_lead``) are in it."""

CONVERSION_ACTIONS = (
    "onsite_conversion.purchase",
    "onsite_conversion.lead_grouped",
    "offsite_conversion.fb_pixel_purchase",
    "offsite_conversion.fb_pixel_lead",
    "offsite_conversion.fb_pixel_custom",
)
"""Action types of which none is part of another (https://github.com/fivetran/dbt_facebook_ads, 2026-05)."""

OVERLAPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "lead": frozenset({"onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"}),
        "purchase": frozenset({"onsite_conversion.purchase", "offsite_conversion.fb_pixel_purchase", "omni_purchase"}),
        "omni_purchase": frozenset({"onsite_conversion.purchase", "offsite_conversion.fb_pixel_purchase"}),
    }
)
"""A total -> the action types that are in it. That of ``lead`` is documented by users, those of purchases are not confirmed."""


def _id_of(prefix: str, where: str) -> BeforeValidator:
    def digits(value: Any) -> str:
        found = str(value).strip().removeprefix(prefix)
        if not re.fullmatch(r"[0-9]+", found):
            raise ValueError(f"{value!r} is not the id of {where}; it is a number such as 1234567890")
        return found

    return BeforeValidator(digits)


AccountId = Annotated[str, _id_of("act_", "an ad account (Ads Manager shows it beside the account's name)")]
PageId = Annotated[str, _id_of("", "a Facebook page (on the page: About > Page transparency)")]
InstagramId = Annotated[str, _id_of("", "an Instagram professional account (Business settings > Instagram accounts)")]


class MetaAdsSettings(OAuthSection):
    """One token of Meta's, and what is read with it. Advised is a system user's token as ``access_token``: it does not end."""

    type: str = "meta_ads"
    base_url: str = "https://graph.facebook.com"
    access_token: SecretStr | None = Field(
        default=None, description="A system user's token (env:NAME or file:PATH); wins over `cadran connect`."
    )
    account_ids: tuple[AccountId, ...] = Field(default=(), description="Ad accounts to read, with or without act_.")
    pages: tuple[PageId, ...] = Field(
        default=(), description="Facebook pages whose followers, views and engagement are read too, every day."
    )
    instagram: tuple[InstagramId, ...] = Field(
        default=(), description="Instagram professional accounts whose followers, reach and engagement are read too."
    )
    attribution_windows: tuple[Window, ...] = Field(
        default=("7d_click", "1d_view"),
        min_length=1,
        description="Windows whose conversions are counted: at most one after clicks, beside 1d_view and 1d_ev.",
    )
    lead_actions: tuple[str, ...] = Field(default=LEAD_ACTIONS, description="Action types that are leads; none inside another.")
    conversion_actions: tuple[str, ...] = Field(
        default=CONVERSION_ACTIONS, description="Action types that are conversions; none inside another."
    )
    api_version: str = Field(
        default=VERSION, pattern=r"^v\d+\.\d+$", description="Meta retires a version about two years after its release."
    )
    lookback_days: int = Field(default=LOOKBACK_DAYS, ge=1, le=365, description="Days of ad figures read again on each run.")
    channel: Channel = Field(default="paid_social", description="Channel of every campaign.")

    @field_validator("attribution_windows", mode="before")
    @classmethod
    def _windows_that_are_answered(cls, value: Any) -> Any:
        gone = [window for window in value if window in GONE_WINDOWS] if isinstance(value, (list, tuple)) else []
        if gone:
            raise ValueError(f"Meta no longer answers {' and '.join(gone)} since 2026-01-12; after a view only 1d_view is left")
        return value

    @field_validator("attribution_windows")
    @classmethod
    def _windows_that_add_up(cls, value: tuple[Window, ...]) -> tuple[Window, ...]:
        clicks = [window for window in value if window.endswith("_click")]
        if len(clicks) > 1 or len(set(value)) < len(value):
            raise ValueError(f"{' and '.join(clicks) or value[0]} count the same conversions: give only one window after clicks")
        return value

    @field_validator("lead_actions", "conversion_actions")
    @classmethod
    def _actions_that_add_up(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for total, parts in OVERLAPS.items():
            if total in value and (inside := sorted(parts & set(value))):
                raise ValueError(f"{total} already contains {' and '.join(inside)}: give the total or its parts, not both")
        if len(set(value)) < len(value):
            raise ValueError("an action type stands there twice")
        return value

    @model_validator(mode="after")
    def _something_to_read(self) -> Self:
        if not (self.account_ids or self.pages or self.instagram):
            raise ValueError("name at least one ad account (account_ids), Facebook page (pages) or Instagram account (instagram)")
        return self

    def addressed(self, oauth: OAuth) -> OAuth:
        """With the scopes of what is read: Meta refuses a login that asks for more than the app was set up for."""
        found = super().addressed(oauth)
        wanted = (
            *(oauth.scopes if self.account_ids else ()),
            *(PAGE_SCOPES if self.pages else ()),
            *(INSTAGRAM_SCOPES if self.instagram else ()),
        )
        urls = (url.replace(f"/{VERSION}/", f"/{self.api_version}/") for url in (found.authorize_url, found.token_url))
        return replace(found, scopes=tuple(dict.fromkeys(wanted)), authorize_url=next(urls), token_url=next(urls))


SETTINGS = MetaAdsSettings

QUESTIONS = (
    (
        "account_ids",
        Text(
            "Id of your Meta ad account (Ads Manager shows it beside its name)",
            "Identifiant de votre compte publicitaire Meta (affiché à côté de son nom dans le Gestionnaire de publicités)",
        ),
        "1234567890",
    ),
)
"""What ``cadran init`` asks."""
