"""Bases of the settings models. A connector declares its own section; ``config`` never knows which exist."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Section(BaseModel):
    """A part of the settings: unknown keys are faults, values are fixed once loaded."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSection(Section):
    """What every source's settings have. References (``env:NAME``, ``file:PATH``) are resolved before a
    connector sees them, so a secret arrives as :class:`pydantic.SecretStr` and prints as stars."""

    type: str = Field(description="The connector; the section's own id unless given.")
    base_url: str = Field(description="Where the vendor answers; change it to point at the sandbox or a proxy.")


__all__ = ["Field", "SecretStr", "Section", "SourceSection"]
