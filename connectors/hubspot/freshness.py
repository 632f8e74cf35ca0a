"""How long what was found out about an account stands, so that a run does not ask for every definition again.

A day: definitions, scopes and currencies change seldom, and a property that was renamed meanwhile reads as empty, no more.
A stage that is new cannot wait: its deals would lose the date they entered it. Pipelines are one request, and a stream of
their own needs them in every run, so they are asked each time and compared.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from connectors.base import Raw
from connectors.hubspot.kinds import Kind
from connectors.hubspot.settings import HubSpotSettings

STANDS = timedelta(hours=24)

SLACK = timedelta(minutes=1)
"""How far back HubSpot's clock may seem to go: it tells whole seconds, while a run under way carries it on in fractions, so
that the next run may begin before the instant at which this one described the account."""

_NOT_ASKED = {"token", "daily_share", "daily_reserve", "search_lag_s", "archive_hours", "repair_days"}
"""Settings that change nothing of what is found out."""


def stamped(facts: Mapping[str, Any], recipe: str, stage_ids: Sequence[str] | None, now: datetime | None) -> dict[str, Any]:
    """Facts with what tells later whether they still stand. ``stage_ids`` None: the key may not read pipelines."""
    return {**facts, "recipe": recipe, "stage_ids": stage_ids, "described_at": now.isoformat() if now else None}


def still_stands(known: Mapping[str, Any], recipe: str, stage_ids: Sequence[str] | None, now: datetime) -> bool:
    """Whether stamped facts may be used again at ``now``: less than :data:`STANDS` old, and not from the future, where a clock
    that was set right since would make them stand for long."""
    described_at = known.get("described_at")
    if described_at is None or known.get("recipe") != recipe or known.get("stage_ids") != stage_ids:
        return False
    return -SLACK <= now - datetime.fromisoformat(described_at) < STANDS


def recipe_of(settings: HubSpotSettings, kinds: Iterable[Kind]) -> str:
    """A fingerprint of what is asked of an account: another version or other settings ask anew."""
    asked = settings.model_dump(mode="json", exclude=_NOT_ASKED)
    objects = [[kind.plural, *kind.properties, *kind.links] for kind in kinds]
    return hashlib.sha256(orjson.dumps([asked, objects], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def stages_of(pipelines: Iterable[Raw]) -> list[str]:
    """Ids of all stages, sorted."""
    return sorted(str(stage["id"]) for pipeline in pipelines for stage in pipeline.get("stages") or ())
