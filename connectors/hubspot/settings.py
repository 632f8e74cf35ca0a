"""The HubSpot section of ``cadran.yaml``."""

from typing import Literal

from pydantic import field_validator

from config import mapping
from config.sections import Field, SecretStr, SourceSection
from connectors.hubspot.kinds import CUSTOM_PREFIX, OFFERS
from connectors.hubspot.streams import OPTIONAL_STREAMS
from kpi.text import Text

ApiVersion = Literal["2026-09", "2026-03", "v3"]


class HubSpotSettings(SourceSection):
    """One HubSpot account, opened by a service key, a static app's token or an old private app's token."""

    type: str = "hubspot"
    base_url: str = "https://api.hubapi.com"
    token: SecretStr = Field(description="Service key: env:NAME or file:PATH. Scopes: docs/connectors/hubspot.md.")
    api_version: ApiVersion = Field(
        default="2026-09", description="Version in the paths; v3 loses support in September 2027, 2026-03 with its 18 months."
    )
    daily_share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="Part of the account's calls of a day that Cadran may make, all its runs on this machine together; "
        "then it stops until midnight of the account's time zone.",
    )
    daily_reserve: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Part of the account's calls of a day that is left to other apps: Cadran stops when fewer remain.",
    )
    search_lag_s: int = Field(
        default=120,
        ge=0,
        le=3600,
        description="How far HubSpot's search index may lag behind, seconds: so much is searched again by every run.",
    )
    archive_hours: int = Field(default=24, ge=0, description="Archived records are looked for at most this often.")
    repair_days: int = Field(
        default=7,
        ge=0,
        description="Every so many days the complete lists are read again: they mend what moves no modified date (calculated "
        "values, associations) and tell which records are gone. 0: never.",
    )
    product_category: str = Field(
        default="product_category",
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Your own product property that holds the category; HubSpot ships none. Without it, HubSpot's product type.",
    )
    rates: Literal["crm", "ecb"] = Field(
        default="crm",
        description="Whose exchange rate makes amounts ones in your currency: HubSpot's own, or the European Central Bank's of the "
        "record's day. What HubSpot converts none of is converted by the ECB either way.",
    )
    mapping: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="Columns filled from properties of your own, by object: {deals: {amount: my_amount}}. "
        "docs/connectors/hubspot.md lists the columns.",
    )
    custom_objects: list[str] | None = Field(
        default=None, description="Names of your own objects to read, each as stream custom.<name>; left out: all, []: none."
    )
    skip_streams: list[str] = Field(default_factory=list, description="Optional streams that are not read.")

    @field_validator("mapping")
    @classmethod
    def _columns(cls, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        if found := mapping.faults(value, OFFERS):
            raise ValueError("; ".join(found))
        return value

    @field_validator("skip_streams")
    @classmethod
    def _optional(cls, value: list[str]) -> list[str]:
        unknown = [name for name in value if name not in OPTIONAL_STREAMS and not name.startswith(CUSTOM_PREFIX)]
        if unknown:
            raise ValueError(
                "; ".join(
                    f"`{one}` is no stream that can be left out; {mapping.nearest(one, OPTIONAL_STREAMS)}" for one in unknown
                )
            )
        return value


SETTINGS = HubSpotSettings

QUESTIONS: tuple[tuple[str, Text, str], ...] = ()
"""What ``cadran init`` asks."""
