"""HubSpot as a source: deals, contacts, companies, line items, products, owners and pipelines.

How records are read stands in :mod:`connectors.hubspot.reading`, what they become in
:mod:`connectors.hubspot.normalise`, what an account has in :mod:`connectors.hubspot.discover`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.base import Cursor, NormaliseContext, Page, Raw, Reach, ReadContext, Row, Stream
from connectors.hubspot import normalise, reading
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.discover import account_facts, discover
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.streams import KINDS, STREAMS

WRITE_SCOPES = tuple(
    f"crm.{family}.{object}.write" for object in ("deals", "contacts", "companies") for family in ("objects", "schemas")
)
"""What writing back needs, besides the scopes of the streams."""


class HubSpotSource:
    """One HubSpot account to read from. ``client`` is shared with the target."""

    type = "hubspot"

    def __init__(self, section_id: str, settings: HubSpotSettings, client: HubSpotClient | None = None) -> None:
        self.id = section_id
        self.client = client or HubSpotClient(section_id, settings)
        self._product_category = settings.product_category
        self._facts: dict[str, Any] | None = None

    @property
    def requests_sent(self) -> int:
        """Calls to HubSpot so far, writes and tries included."""
        return self.client.wire.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them HubSpot refused as too many."""
        return self.client.wire.refused_429

    def streams(self) -> tuple[Stream, ...]:
        return STREAMS

    def check(self) -> Reach:
        """Account details and the key's scopes: two calls. A key that cannot write is a note, not an error."""
        account = account_facts(self.client.account())
        token = self.client.token_info()
        scopes = tuple(sorted(map(str, (token or {}).get("scopes") or ())))
        notes = list(scope_notes(scopes)) if token else ["HubSpot does not tell this credential's scopes"]
        notes.append(self.client.wire.budget_note())
        return Reach(account["portal_id"], account["name"], account["currency"], account["zone"], scopes, tuple(notes))

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        """See :func:`connectors.hubspot.discover.discover`."""
        self._facts = discover(self.client, self._product_category)
        return self._facts

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """The stream's records. Incremental streams give their cursor on the last page only: a read that was broken off
        starts again from the cursor before it. Raises :class:`MissingScope` naming the scope."""
        if stream.name == "owners":
            yield from (Page(page) for archived in (False, True) for page in self.client.owners(archived=archived))
        elif stream.name == "pipelines":
            yield Page(self.client.pipelines("deals"))
        else:
            kind = KINDS[stream.name]
            properties = (self._facts or self.describe())["properties"][kind.plural]
            if cursor is None or context.full:
                yield from reading.everything(self.client, kind, properties)
            else:
                yield from reading.changes(self.client, kind, properties, cursor)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return normalise.rows(stream.name, record, context)

    def close(self) -> None:
        self.client.close()


def scope_notes(scopes: tuple[str, ...]) -> Iterator[str]:
    """What a key with these scopes cannot do."""
    for stream in STREAMS:
        missing = [scope for scope in stream.scopes if scope not in scopes]
        if missing:
            yield f"{stream.name} cannot be read: the key lacks {', '.join(missing)}"
    absent = [scope for scope in WRITE_SCOPES if scope not in scopes]
    if len(absent) == len(WRITE_SCOPES):
        yield "read-only key: sync and plan work, apply does not"
    elif absent:
        yield f"apply needs scopes that the key lacks: {', '.join(absent)}"


def build(section_id: str, settings: HubSpotSettings, _base: Path) -> HubSpotSource:
    """For :mod:`connectors.registry`."""
    return HubSpotSource(section_id, settings)
