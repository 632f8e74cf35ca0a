"""Reading one object type: everything by list, or what changed by search. Either way no record can be skipped.

*Everything* goes by list: no limit of 5 calls a second, no ceiling, no index lag. *Changes* go by search with a keyset:
``modified >= since`` and ``hs_object_id > last`` on every page, sorted by id, never an offset. A person who edits a
record while pages are read moves it out of no window: the window has no upper end, a record keeps its id, and one
already passed is found by the next read, whose window begins before this read's first answer. (Paging by offset
inside a window loses rows that way: https://github.com/airbytehq/airbyte/pull/44899. An upper end would starve a
record that a workflow touches every few seconds.)

The cursor is HubSpot's clock (``Date``) at the read's first answer; :data:`OVERLAP` is re-read behind it, because the
search index shows changes only after a few moments. Search never gives archived records, so each read also walks the
archive list (purged by HubSpot after 90 days) and keeps what was archived since.

Associations come by batch read, 1,000 records a call, and travel inside the raw record. A list would give ids too, but
not which company is the primary one, and only a first page. They do not move the modified date: a link that is
added without any other change is seen when the record changes next, or by ``cadran sync --full``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.base import BadValue, Page, Raw
from connectors.hubspot.client import LINK_BATCH, HubSpotClient
from connectors.hubspot.normalise import MERGED_INTO, merged_ids
from connectors.hubspot.streams import Kind
from connectors.hubspot.values import moment

OVERLAP = timedelta(minutes=2)
"""Re-read behind the cursor; the search index lags by "a few moments"
(https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm, 2026-11-21)."""

PRIMARY = frozenset({1, 5})
"""HUBSPOT_DEFINED association types that mark *the* company: of a contact, of a deal
(https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide, 2026-11-21)."""


def everything(client: HubSpotClient, kind: Kind, properties: Sequence[str]) -> Iterator[Page]:
    """All records, the archived ones last; the last page has the cursor."""
    began: datetime | None = None
    block: list[Raw] = []
    for records in client.records(kind.plural, properties):
        began = began or client.server_time
        block += records
        if not kind.links or len(block) >= LINK_BATCH:
            yield _page(client, kind, block)
            block = []
    if block:
        yield _page(client, kind, block)
    for records in client.records(kind.plural, properties, archived=True):
        yield Page(records)
    yield Page((), cursor=(began or client.server_time).isoformat())


def changes(client: HubSpotClient, kind: Kind, properties: Sequence[str], cursor: str) -> Iterator[Page]:
    """Records that changed or were archived since the cursor; the last page has the next cursor."""
    since = datetime.fromisoformat(cursor) - OVERLAP
    changed = {"propertyName": kind.modified, "operator": "GTE", "value": str(int(since.timestamp() * 1000))}
    began: datetime | None = None
    last_id, has_more = 0, True
    total: int | None = None
    while has_more:
        found = client.search(kind.plural, [changed], properties, after_id=last_id)
        began = began or client.server_time
        total = found.total if total is None else total
        last_id, has_more = found.last_id, found.has_more
        if found.records:
            page = _page(client, kind, found.records, total)
            yield replace(page, records=[*page.records, *_merged_away(found.records)])
    for records in client.records(kind.plural, properties, archived=True):
        fresh = [record for record in records if _archived_since(record, since)]
        if fresh:
            yield Page(fresh)
    yield Page((), cursor=(began or client.server_time).isoformat())


def _merged_away(records: Sequence[Raw]) -> Iterator[Raw]:
    """A record for each id that was merged into one of these. HubSpot never shows it again, but what was stored as its
    own (associations, stage entries) has to go; a full read replaces everything and needs none."""
    for record in records:
        for gone in merged_ids(record):
            yield {"id": gone, "properties": {}, MERGED_INTO: str(record["id"])}


def _archived_since(record: Raw, since: datetime) -> bool:
    try:
        return moment(str(record.get("archivedAt")), "archivedAt") >= since
    except BadValue:
        return True  # normalise sets it aside with its reason


def _page(client: HubSpotClient, kind: Kind, records: list[Raw], total: int | None = None) -> Page:
    """A page whose records hold their associations: ``{"companies": [{"id": "7", "primary": true}]}``."""
    ids = [str(record["id"]) for record in records]
    for to_object in kind.links:
        links = client.links(kind.plural, to_object, ids)
        for record in records:
            to = [{"id": str(link["toObjectId"]), "primary": _is_primary(link)} for link in links.get(str(record["id"]), ())]
            record.setdefault("associations", {})[to_object] = to
    return Page(records, total=total)


def _is_primary(link: Raw) -> bool:
    """A type's number means something only together with its category."""
    types = link.get("associationTypes") or ()
    return any(t.get("category") == "HUBSPOT_DEFINED" and t.get("typeId") in PRIMARY for t in types)
