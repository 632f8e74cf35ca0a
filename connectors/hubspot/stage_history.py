"""When a deal entered its stages, from the history of its stage, for accounts that have no property for it.

HubSpot keeps a property's earlier values, newest first
(https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis, 2026-11-21)::

    {"propertiesWithHistory": {"dealstage": [{"value": "closedwon", "timestamp": "2026-11-01T10:00:00.000Z", …}, …]}}
"""

from datetime import datetime

from connectors.base import Raw
from connectors.hubspot.values import moment

STAGE = "dealstage"


def has_history(record: Raw) -> bool:
    """Whether a raw record carries the history of its stage."""
    return isinstance((record.get("propertiesWithHistory") or {}).get(STAGE), list)


def first_entries(record: Raw) -> dict[str, datetime]:
    """Stage id -> the first instant (UTC) at which the deal stood in it; empty for a record without history.

    Raises :class:`BadValue` for an entry whose instant cannot be read."""
    first: dict[str, datetime] = {}
    if not has_history(record):
        return first
    for entry in record["propertiesWithHistory"][STAGE]:
        stage_id = entry.get("value")
        if not stage_id:
            continue  # the stage was cleared
        at = moment(str(entry.get("timestamp")), f"history of {STAGE}")
        first[str(stage_id)] = min(at, first.get(str(stage_id), at))
    return first
