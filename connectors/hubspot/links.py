"""What HubSpot's raw records say of *other* records, so that an erased one is not left in them.

A record names others in its associations, in ``hs_merged_object_ids`` (those that were merged into it) and, where it stands
for a merged-away id, in ``mergedInto``. Nothing else that we ask for holds a record's id.
"""

from collections.abc import Callable
from typing import Any

from connectors.base import Raw
from connectors.hubspot.normalise.common import MERGED_INTO

_MERGED_IDS = "hs_merged_object_ids"


def without_links(object: str, record: Raw, is_gone: Callable[[str, str], bool]) -> Raw | None:
    """``record`` (of ``object``) without what it says of gone records; the same one when it says nothing of them, None when
    it only stands for an id that was merged into one. ``is_gone``: (object, record id)."""
    if MERGED_INTO in record:
        return None if is_gone(object, str(record[MERGED_INTO])) else record
    changed: dict[str, Any] = {}
    links = record.get("associations") or {}
    kept = {to: [one for one in ones if not is_gone(to, str(one["id"]))] for to, ones in links.items()}
    if kept != links:
        changed["associations"] = kept
    properties = record.get("properties") or {}
    if listed := properties.get(_MERGED_IDS):
        merged = ";".join(one for one in str(listed).split(";") if not is_gone(object, one))
        if merged != listed:
            changed["properties"] = {**properties, _MERGED_IDS: merged}
    return {**record, **changed} if changed else record
