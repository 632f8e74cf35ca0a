"""The Sellsy section of ``cadran.yaml``."""

from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import field_validator

from config.sections import Field
from connectors.oauth.section import OAuthSection
from kpi.text import Text

Ended = Literal["cancelled", "closed"]
"""Statuses of an opportunity that ended neither won nor lost."""


class SellsySettings(OAuthSection):
    """One Sellsy account, opened by a personal client (id and secret) or by a login (``cadran connect``)."""

    type: str = "sellsy"
    base_url: str = "https://api.sellsy.com/v2"
    calls_per_second: int = Field(
        default=5, ge=1, description="Calls of a second at most; more only where your account's quotas allow it (`cadran check`)."
    )
    account_id: str | None = Field(
        default=None,
        min_length=1,
        description="What tells this account from another: any word of yours. Left out: the id of its first user; the API names none.",
    )
    timezone: str = Field(
        default="Europe/Paris",
        description="The account's time zone, which the API does not tell. The settings' own `timezone` wins.",
    )
    count_as_lost: tuple[Ended, ...] = Field(
        default=("cancelled", "closed"),
        description="Statuses besides `lost` that count as lost; opportunities of the others are left out of all figures.",
    )
    deposits: Literal["leave_out", "count"] = Field(
        default="leave_out",
        description="Deposit invoices in the invoiced revenue. leave_out: the final invoice bears the whole amount. count: it bears only "
        "what the deposits left.",
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (OSError, ValueError):
            raise ValueError(f"{value!r} is not a time zone; write one such as Europe/Paris") from None


SETTINGS = SellsySettings

QUESTIONS = (("client_id", Text("Id of your Sellsy client", "Identifiant de votre client Sellsy"), "…"),)
"""What ``cadran init`` asks."""
