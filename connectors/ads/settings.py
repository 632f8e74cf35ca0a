"""What the settings of ad platforms have in common."""

from typing import Annotated

from pydantic import AfterValidator

from kpi.channels import CHANNELS


def _known(value: str) -> str:
    if value not in CHANNELS:
        raise ValueError(f"{value!r} is not a channel; known: {', '.join(CHANNELS)}")
    return value


Channel = Annotated[str, AfterValidator(_known)]
"""A channel of :mod:`kpi.channels`."""
