"""HubSpot as a source: deals, contacts, companies, line items, products, owners and pipelines.

How records are read stands in :mod:`connectors.hubspot.reading`, what they become in
:mod:`connectors.hubspot.normalise`, what an account has in :mod:`connectors.hubspot.discover`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.base import Cursor, NormaliseContext, Page, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ContractError, MissingScope, NotInTier
from connectors.hubspot import normalise, reading
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.discover import account_facts, discover, mapping_notes
from connectors.hubspot.kinds import custom_kind, kind_of
from connectors.hubspot.marketing import READERS
from connectors.hubspot.scopes import lacking, not_read, without_scope
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.streams import STREAMS, custom_streams, needs_of

NOT_FOUND = 404

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
        self._settings = settings
        self._normalisers: dict[str, tuple[NormaliseContext, normalise.Rows]] = {}
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
        """Those of every account, and one for each object of the account's own that is known: after :meth:`describe` all."""
        known = (self._facts or {}).get("custom_objects")
        own = known if known is not None else dict.fromkeys(self._settings.custom_objects or (), "")
        every = (*STREAMS, *custom_streams(custom_kind(name, type_id) for name, type_id in own.items()))
        return tuple(stream for stream in every if stream.name not in self._settings.skip_streams)

    def check(self) -> Reach:
        """Account details and the key's scopes: two calls. A key that cannot write is a note, not an error."""
        account = account_facts(self.client.account())
        token = self.client.token_info()
        scopes = tuple(sorted(map(str, (token or {}).get("scopes") or ())))
        notes = list(scope_notes(scopes, self.streams())) if token else ["HubSpot does not tell this credential's scopes"]
        notes.append(self.client.wire.budget_note())
        notes += mapping_notes(self.client, self._settings)
        return Reach(account["portal_id"], account["name"], account["currency"], account["zone"], scopes, tuple(notes))

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        """See :func:`connectors.hubspot.discover.discover`."""
        try:
            stage_ids = [str(stage["id"]) for one in self.client.pipelines("deals") for stage in one.get("stages") or ()]
        except MissingScope:
            stage_ids = []
        self._facts = discover(self.client, self._settings, known, stage_ids)
        return self._facts

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """The stream's records. Incremental streams give their cursor on the last page only: a read that was broken off
        starts again from the cursor before it. Raises :class:`MissingScope` naming the scope."""
        if stream.name == "owners":
            yield from (Page(page) for archived in (False, True) for page in self.client.owners(archived=archived))
        elif stream.name == "pipelines":
            yield Page(self.client.pipelines("deals"))
        elif stream.is_optional:
            try:
                yield from self._read_optional(stream, cursor, context)
            except (MissingScope, NotInTier) as refused:
                raise not_read(self.id, stream, refused) from None
        else:
            yield from self._read_kind(stream, cursor, context)

    def _read_optional(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """Raises what an account without the stream answers, without a call where that is known beforehand."""
        facts = self._facts or self.describe()
        if stream.name in facts["skipped"]:
            absent = lacking(stream.scopes, facts["scopes"] or stream.scopes)
            if absent:
                raise MissingScope(self.id, absent, f"read {stream.name}")
            raise NotInTier(self.id, f"read {stream.name}", needs_of(stream.name)[0])
        if stream.name not in READERS:
            yield from self._read_kind(stream, cursor, context)
            return
        try:
            yield from READERS[stream.name](self.client, facts, cursor, context)
        except ContractError as refused:
            if refused.status != NOT_FOUND:
                raise
            raise NotInTier(self.id, f"read {stream.name}", needs_of(stream.name)[0]) from None

    def _read_kind(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        facts = self._facts or self.describe()
        kind = kind_of(stream.name, facts)
        properties = facts["properties"][kind.stream]
        if cursor is None or context.full:
            yield from reading.everything(self.client, kind, properties)
        else:
            yield from reading.changes(self.client, kind, properties, cursor)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        made = self._normalisers.get(stream.name)
        if made is None or made[0] is not context:
            made = self._normalisers[stream.name] = (context, normalise.normaliser(stream.name, context))
        return made[1](record)

    def close(self) -> None:
        self.client.close()


def scope_notes(scopes: tuple[str, ...], streams: Sequence[Stream] = STREAMS) -> Iterator[str]:
    """What a key with these scopes cannot do."""
    for stream in streams:
        missing = lacking(stream.scopes, scopes)
        if missing and stream.is_optional:
            yield f"{stream.name} is skipped: {without_scope(stream, missing)}"
        elif missing:
            yield f"{stream.name} cannot be read: the key lacks {', '.join(missing)}"
    absent = [scope for scope in WRITE_SCOPES if scope not in scopes]
    if len(absent) == len(WRITE_SCOPES):
        yield "read-only key: sync and plan work, apply does not"
    elif absent:
        yield f"apply needs scopes that the key lacks: {', '.join(absent)}"


def build(section_id: str, settings: HubSpotSettings, _base: Path) -> HubSpotSource:
    """For :mod:`connectors.registry`."""
    return HubSpotSource(section_id, settings)
