"""Section ``notify``: who is written to, where, and in which language."""

from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

from config.sections import Section


class RecipientSettings(Section):
    """A person or a team, under a name that alerts and reports use."""

    to: list[SecretStr] = Field(min_length=1)
    """Addresses as apprise writes them (``mailtos://…``, ``slack://…``, ``msteams://…``), each a reference: they hold credentials."""
    language: Literal["en", "fr"] | None = None
    """None: the account's own."""

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | SecretStr) else value


class NotifySettings(Section):
    recipients: dict[str, RecipientSettings] = Field(default_factory=dict)
    keep_trying_days: int = Field(default=3, ge=1, le=30)
    """A message that cannot be delivered is given up after so long."""
