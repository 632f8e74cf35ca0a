"""The HubSpot section of ``cadran.yaml``."""

from typing import Literal

from config.sections import Field, SecretStr, SourceSection

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
    product_category: str = Field(
        default="product_category",
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Your own product property that holds the category; HubSpot ships none. Without it, HubSpot's product type.",
    )


SETTINGS = HubSpotSettings
