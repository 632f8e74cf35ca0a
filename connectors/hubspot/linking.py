"""What neither a list nor a search gives of a record, put into it: its associations, and a deal's stage history.

Associations come by batch read, 1,000 records a call, and travel inside the raw record. A list would give ids too, but
not which company is the primary one, and only a first page.
"""

from collections.abc import Iterator, Sequence

from connectors.base import Raw
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.kinds import Kind
from connectors.hubspot.normalise import MERGED_INTO, merged_ids
from connectors.hubspot.stage_history import STAGE, has_history

_NO_SUCH_PAIR = frozenset({400, 404})

PRIMARY = frozenset({1, 5})
"""HUBSPOT_DEFINED association types that mark *the* company: of a contact, of a deal
(https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide, 2026-11-21)."""


def completed(client: HubSpotClient, kind: Kind, records: list[Raw], *, with_history: bool) -> list[Raw]:
    """The records with their associations (``{"companies": [{"id": "7", "primary": true}]}``), and one more for each id that
    was merged into one of them. ``with_history``: with the history of their stage, in HubSpot's own form."""
    ids = [str(record["id"]) for record in records]
    for to_object in kind.links:
        links = client.links(kind.plural, to_object, ids)
        for record_id, record in zip(ids, records, strict=True):
            found = links.get(record_id, ())
            to = [{"id": str(link["toObjectId"]), "primary": _is_primary(link)} for link in found] if found else []
            record.setdefault("associations", {})[to_object] = to
    if with_history and records:
        known = {str(one["id"]): one for one in client.batch_read(kind.plural, ids, [STAGE], history=True)}
        for record in records:
            if has_history(full := known.get(str(record["id"]), {})):
                record["propertiesWithHistory"] = full["propertiesWithHistory"]
    return [*records, *_merged_away(records)]


def is_offered(client: HubSpotClient, from_object: str, to_object: str) -> bool:
    """Whether the account can associate the two at all; a call. How HubSpot answers for two that it cannot is not documented:
    with an empty list of types or with a refusal."""
    what = f"read the association types of {from_object} and {to_object}"
    path = f"/crm/v4/associations/{from_object}/{to_object}/labels"
    found = client.find_json(lambda: client.wire.send("GET", path), what=what, missing=_NO_SUCH_PAIR)
    return found is not None and bool(client.results(found, what))


def _merged_away(records: Sequence[Raw]) -> Iterator[Raw]:
    """A record for each id that was merged into one of these. HubSpot never shows it again, but what was stored as its
    own (associations, stage entries) has to go."""
    for record in records:
        for gone in merged_ids(record):
            yield {"id": gone, "properties": {}, MERGED_INTO: str(record["id"])}


def _is_primary(link: Raw) -> bool:
    """A type's number means something only together with its category."""
    types = link.get("associationTypes") or ()
    return any(t.get("category") == "HUBSPOT_DEFINED" and t.get("typeId") in PRIMARY for t in types)
