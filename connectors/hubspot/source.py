"""HubSpot as a source: deals, contacts, companies, line items, products, owners and pipelines.

How records are read stands in :mod:`connectors.hubspot.reading`, what they become in
:mod:`connectors.hubspot.normalise`, what an account has in :mod:`connectors.hubspot.discover`.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Cursor, NormaliseContext, Page, Place, Quote, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ContractError, MissingScope, NotInTier
from connectors.hubspot import normalise
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.discover import account_facts, discover, mapping_notes
from connectors.hubspot.freshness import recipe_of, stages_of, stamped, still_stands
from connectors.hubspot.kinds import CUSTOM_PREFIX, KINDS, custom_kind, kind_of
from connectors.hubspot.marketing import READERS
from connectors.hubspot.position import BEGINNING, position_of
from connectors.hubspot.quoting import quote, quote_snapshot
from connectors.hubspot.reading import Reading
from connectors.hubspot.reading_plan import ReadingPlan, Schedule
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
    streams_at_once = 4
    """How many streams the pipeline may read at the same time."""

    def __init__(self, section_id: str, settings: HubSpotSettings, client: HubSpotClient | None = None) -> None:
        self.id = section_id
        self.client = client or HubSpotClient(section_id, settings)
        self.schedule = Schedule(
            timedelta(seconds=settings.search_lag_s),
            timedelta(hours=settings.archive_hours),
            timedelta(days=settings.repair_days) if settings.repair_days else None,
        )
        """What is read how often. ``schedule.search_lag`` after a write, reading the changes drains it for good."""
        self._settings = settings
        self._normalisers: dict[str, tuple[NormaliseContext, normalise.Rows]] = {}
        self._recipe = recipe_of(settings, KINDS.values())
        self._facts: dict[str, Any] | None = None
        self._pipelines: list[Raw] | None = None
        self._lock = threading.RLock()

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
        """Account details and the key's scopes: two calls, and one for each object that the settings map columns of. A key
        that cannot write is a note, not an error."""
        account = account_facts(self.client.account())
        token = self.client.token_info()
        scopes = tuple(sorted(map(str, (token or {}).get("scopes") or ())))
        notes = list(scope_notes(scopes, self.streams())) if token else ["HubSpot does not tell this credential's scopes"]
        notes.append(self.client.wire.budget_note())
        notes += mapping_notes(self.client, self._settings)
        return Reach(account["portal_id"], account["name"], account["currency"], account["zone"], scopes, tuple(notes))

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        """See :func:`connectors.hubspot.discover.discover`; what is ``known`` stands as :mod:`.freshness` says."""
        with self._lock:
            try:
                pipelines = self.client.pipelines("deals")
                stage_ids = stages_of(pipelines)
                self._pipelines = pipelines if now else None  # for their stream, where a run is under way
            except MissingScope:
                self._pipelines = stage_ids = None
            if known and now and still_stands(known, self._recipe, stage_ids, now):
                self._facts = dict(known)
            else:
                self._facts = stamped(discover(self.client, self._settings, known, stage_ids), self._recipe, stage_ids, now)
            return self._facts

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """The stream's records. Incremental streams give a cursor on nearly every page, from which the next read goes on.
        Raises :class:`MissingScope` naming the scope. May be called from several threads, for different streams."""
        if stream.name == "owners":
            yield from (Page(page) for archived in (False, True) for page in self.client.owners(archived=archived))
        elif stream.name == "pipelines":
            yield Page(self._fresh_pipelines())
        elif stream.is_optional:
            try:
                yield from self._read_optional(stream, cursor, context)
            except (MissingScope, NotInTier) as refused:
                raise not_read(self.id, stream, refused) from None
        else:
            yield from self._read_kind(stream, cursor, context)

    def _read_optional(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """Raises what an account without the stream answers, without a call where that is known beforehand."""
        facts = self._known_facts()
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
        yield from Reading(self.client, self._plan(stream, cursor, context)).pages()

    def quote(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Quote:
        """What reading the stream will cost; asks search for a count or two."""
        if stream.name not in KINDS and not stream.name.startswith(CUSTOM_PREFIX):
            return quote_snapshot(2 if stream.name == "owners" else 1, self.client)
        return quote(self.client, self._plan(stream, cursor, context))

    def _plan(self, stream: Stream, cursor: Cursor, context: ReadContext) -> ReadingPlan:
        facts = self._known_facts()
        kind = kind_of(stream.name, facts)
        position = BEGINNING if context.full else position_of(cursor)
        # Where no property tells when a deal entered a stage, the history of its stage does.
        with_history = kind.plural == "deals" and not facts["stage_entered"]
        return ReadingPlan(kind, facts["properties"][kind.stream], position, context, self.schedule, with_history)

    def gone(self, stream: Stream, ids: Sequence[str]) -> set[str]:
        """Those of ``ids`` that are neither live nor archived nor merged into another: erased, or purged from the archive."""
        kind = kind_of(stream.name, self._known_facts())
        left = set(ids)
        for archived in (False, True) if kind.has_archive else (False,):
            found = self.client.batch_read(kind.plural, sorted(left, key=int), ["hs_object_id"], archived=archived)
            left -= {str(record["id"]) for record in found}
        return {one for one in left if self.client.survivor(kind.plural, one) is None}

    def _known_facts(self) -> Mapping[str, Any]:
        with self._lock:
            return self._facts or self.describe()

    def _fresh_pipelines(self) -> list[Raw]:
        """Those that this run's description asked for, once; else they are asked for."""
        with self._lock:
            asked, self._pipelines = self._pipelines, None
        return self.client.pipelines("deals") if asked is None else asked

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


def build(section_id: str, settings: HubSpotSettings, _place: Place) -> HubSpotSource:
    """For :mod:`connectors.registry`."""
    return HubSpotSource(section_id, settings)
