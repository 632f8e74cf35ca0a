"""One stream's read, from the vendor's pages to committed files.

Pages are gathered until they fill :data:`CHUNK_BYTES`, then written and committed together with the position that the
last page gave: raw records, rows, cursor and set-aside list become visible at once. So memory does not grow with the
read, and a read that was cut off (killed, offline, out of quota) goes on from its last commit where its source can.
One chunk is written while the next is gathered: writing is DuckDB's and leaves Python to the pages.

What a complete list did not give is gone only once its source has confirmed it (:class:`connectors.base.Verifies`): a
list that skipped something must not cost a row.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors.base import Days, NormaliseContext, Page, Raw, ReadContext, Row, Source, Stream, Verifies
from connectors.drift import Drift
from connectors.errors import CadranError
from sync.fingerprint import asked_then, made_by
from sync.forget import Forgotten, note_gone
from sync.house import House
from sync.lake import Batch, Replaces, raw_line
from sync.ledger import StreamState
from sync.progress import Step

log = logging.getLogger("cadran.load")

CHUNK_BYTES = 10_000_000
"""Raw records and rows held before they are written: about 4,000 deals."""

KNOWN = timedelta(hours=3)
"""How far before its end the versions of the last read are remembered: its own length, and what a search may lag behind."""

FEW = 10
"""Below so many records a share of them says nothing."""


@dataclass
class StreamReport:
    """What came of one stream's read."""

    source: str
    stream: str
    records: int = 0
    set_aside: int = 0
    erased: int = 0
    """Records that the vendor no longer gives anywhere."""
    skipped: str | None = None
    """Why an optional stream was not read."""
    error: CadranError | None = None
    found: list[str] = field(default_factory=list)
    """What a person should hear of: schema drift, days that the vendor no longer answers for. A sentence each."""


class StreamLoad:
    """The load of one stream in one run."""

    def __init__(
        self,
        house: House,
        source: Source,
        stream: Stream,
        run_id: int,
        fingerprint: str,
        context: NormaliseContext,
        read: ReadContext,
        report: StreamReport,
        stop: threading.Event,
        forgotten: Forgotten,
    ) -> None:
        self._house = house
        self._source = source
        self._stream = stream
        self._run_id = run_id
        self._context = context
        self._read = read
        self._report = report
        self._stop = stop
        self._forgotten = forgotten
        self._state = house.ledger.stream_state(source.id, stream.name)
        self._fingerprint = fingerprint
        self._cursor: str | None = None
        self._listing_run: int | None = None
        self._raw = bytearray()
        self._raw_count = 0
        self._raw_seq = 0
        self._days: list[Days] = []
        self._kept_days: list[Days] = []
        self._drift = Drift(stream.shape, stream.api_version) if stream.shape is not None else None
        self._bad: dict[str, str] = {}
        self._batch = Batch(source.id, run_id, read.now)
        self._writer: ThreadPoolExecutor
        self._writing: Future[None] | None = None

    def run(self, bar: Step) -> None:
        """Read from where the last read ended, or everything; commit as it goes. Raises what the source raises, after
        committing what came before; so does being told to stop end it."""
        state = self._state
        known = self._fingerprint if state is None else state.fingerprint
        is_incremental = self._stream.mode == "incremental"
        if is_incremental and made_by(known) != made_by(self._fingerprint):
            self._normalise_again()
        # Other properties or associations are read than were stored, or windows are to be cut anew: from the beginning.
        is_outdated = known != self._fingerprint and (not is_incremental or asked_then(known) != asked_then(self._fingerprint))
        if is_outdated:
            self._read = replace(self._read, full=True)
        if state is not None and not self._read.full:
            self._cursor, self._listing_run = state.cursor, state.listing_run
            self._read = replace(self._read, known=self._known(state))
        is_complete = False
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="write") as self._writer:
            try:
                for page in self._source.read(self._stream, self._cursor, self._read):
                    self._take(page)
                    is_complete |= page.is_complete
                    bar.advance(len(page.records), page.total)
                    if self._batch.size + len(self._raw) >= CHUNK_BYTES:
                        self._flush()
                    if self._stop.is_set():
                        self._flush()
                        self._written()
                        return
            except CadranError:
                self._flush()
                self._written()
                raise
            self._flush(everything=self._stream.mode == "snapshot", is_end=True)
            self._written()
        if is_complete:
            self._settle_vanished()
        self._report_findings()
        self._purge()

    def _known(self, state: StreamState) -> dict[str, datetime]:
        """The versions that the last read left: what it reads again behind its cursor is mostly these."""
        if self._stream.mode != "incremental" or state.stored_at is None:
            return {}
        return self._house.lake.modified_since(self._source.id, self._stream.tables[0], state.stored_at - KNOWN)

    def _take(self, page: Page) -> None:
        if page.is_listing and self._listing_run is None:
            self._listing_run = self._run_id
        source, stream, context, batch, forgotten = self._source, self._stream, self._context, self._batch, self._forgotten
        raw, seq = self._raw, self._raw_seq
        for record in page.records:
            record_id = stream.record_id(record)
            storable = forgotten.storable(source.id, stream, record_id, record) if forgotten else record
            if storable is None:
                continue
            if self._drift is not None:
                self._drift.look(storable)
            seq += 1
            raw += raw_line(record_id, storable, seq)
            batch.add(record_id, lambda storable=storable: source.normalise(stream, storable, context))  # type: ignore[misc]
        self._raw_count += seq - self._raw_seq
        self._raw_seq = seq
        self._cursor = page.cursor if page.cursor is not None else self._cursor
        self._take_days(page.days)
        self._report.records += len(page.records)

    def _take_days(self, days: Sequence[Days]) -> None:
        """A full read believes the vendor; any other leaves a day alone of which nothing was given."""
        if self._stream.keeps_days and not self._read.full:
            days = [replace(one, is_kept=True) for one in days]
            self._kept_days += days
        self._days += days

    def _report_findings(self) -> None:
        """What this read showed beyond its records, in one line each."""
        found = self._report.found
        if self._drift is not None:
            found += self._drift.lines()
        for days in self._kept_days:
            left = self._house.lake.not_answered(self._source.id, self._run_id, days)
            if left is not None:
                count, first, last = left
                found.append(
                    f"account {days.account_id}: asked for {days.since} to {days.until - timedelta(days=1)}, and {count} days that had rows "
                    f"({first} to {last}) were not answered; their rows are kept (`cadran sync --full` believes the vendor)"
                )
        for line in found:
            log.warning("%s.%s: %s", self._source.id, self._stream.name, line)

    def _rows(self, record: Raw) -> Callable[[], Iterable[Row]]:
        return lambda: self._source.normalise(self._stream, record, self._context)

    def _flush(self, *, everything: bool = False, is_end: bool = False) -> None:
        """Hand what was gathered to the writer, once it is done with the chunk before."""
        self._written()
        batch = self._batch
        seen = set(batch.seen)
        self._bad = {record_id: why for record_id, why in self._bad.items() if record_id not in seen} | batch.bad
        self._report.set_aside = len(self._bad)
        state = StreamState(self._cursor, self._fingerprint, self._listing_run) if is_end or self._cursor is not None else None
        replaces = Replaces(
            everything=everything,
            days=tuple(self._days),
            owned=self._stream.owned,
            record_ids=tuple(dict.fromkeys(batch.seen)),
            kept_ids=tuple(self._bad),
        )
        self._writing = self._writer.submit(self._store, batch, self._raw, self._raw_count, replaces, state)
        self._batch, self._raw, self._raw_count, self._days = batch.next(), bytearray(), 0, []

    def _written(self) -> None:
        """Wait until the chunk in hand is committed; raises what went wrong with it."""
        if self._writing is not None:
            self._writing.result()
            self._writing = None

    def _store(self, batch: Batch, raw: bytearray, count: int, replaces: Replaces, state: StreamState | None) -> None:
        """Write and commit one chunk."""
        house, source, stream = self._house, self._source.id, self._stream
        written = [house.lake.write_raw(source, stream.name, self._run_id, self._read.now, raw, count)]
        written += house.lake.write_facts(batch, stream.tables, replaces)
        with house.ledger.transaction() as tx:
            house.lake.register(tx, written, self._read.now)
            seen = None if replaces.everything else batch.seen
            bad = self._bad if replaces.everything else batch.bad  # a snapshot's list begins anew with its last chunk
            house.ledger.settle_aside(tx, source, stream.name, seen, bad, self._run_id)
            if state is not None:
                house.ledger.save_cursor(tx, source, stream.name, state, self._run_id, self._read.now)

    def _settle_vanished(self) -> None:
        """The complete list has ended: what it did not give goes, once the source confirms it."""
        house, source, stream = self._house, self._source, self._stream
        began = self._listing_run if self._listing_run is not None else self._run_id
        aside = {r for s, name, r, _reason in house.ledger.aside() if (s, name) == (source.id, stream.name)}
        # After a first load nothing stands there from before it.
        unseen, known = house.lake.unseen(source.id, stream.tables[0], began) if self._state is not None else ([], 0)
        unseen = [record_id for record_id in unseen if record_id not in aside]
        gone = self._confirmed(unseen, known)
        written = house.lake.write_facts(self._batch, stream.tables, Replaces(owned=stream.owned, gone_ids=gone)) if gone else []
        if gone and source.id == house.settings.crm.source:
            # Noted before the list counts as done, so that being killed in between loses no erasure.
            note_gone(house, stream.name, gone)
        with house.ledger.transaction() as tx:
            house.lake.register(tx, written, self._read.now)
            state = StreamState(self._cursor, self._fingerprint, None)
            house.ledger.save_cursor(tx, source.id, stream.name, state, self._run_id, self._read.now)
        self._report.erased = len(gone)

    def _confirmed(self, unseen: Sequence[str], known: int) -> list[str]:
        """Those of the ``unseen`` that are gone indeed; none, when so many of the ``known`` records would go that a person
        should look first: a key that sees only part of the CRM looks the same."""
        name = f"{self._source.id}.{self._stream.name}"
        gone = list(unseen)
        if unseen and isinstance(self._source, Verifies):
            confirmed = self._source.gone(self._stream, unseen)
            gone = [record_id for record_id in unseen if record_id in confirmed]
        if len(gone) < len(unseen):
            log.warning("%s: the complete list left out %d records that exist", name, len(unseen) - len(gone))
        least = self._house.settings.crm.guards.min_rows_share
        if known >= FEW and known - len(gone) < known * least:
            log.warning(
                "%s: %d of %d records are nowhere to be found any more. Their rows are kept: check what the key may see; if they are "
                "gone indeed, lower crm.guards.min_rows_share (%g) and run `cadran sync --full`",
                name,
                len(gone),
                known,
                least,
            )
            return []
        return gone

    def _normalise_again(self) -> None:
        """Zone, currency or normaliser changed: rows are made anew from the stored raw records."""
        log.info("%s %s: normalising again from raw", self._source.id, self._stream.name)
        for record_id, record, at in self._house.lake.raw_records(self._source.id, self._stream.name):
            if self._batch.size >= CHUNK_BYTES or at != self._batch.extracted_at:
                self._flush_again()
                self._batch.extracted_at = at
            self._batch.add(record_id, self._rows(record))
        self._flush_again()
        self._batch.extracted_at = self._read.now
        if self._state is not None:
            state = replace(self._state, fingerprint=self._fingerprint)
            with self._house.ledger.transaction() as tx:
                self._house.ledger.save_cursor(tx, self._source.id, self._stream.name, state, self._run_id, self._read.now)

    def _flush_again(self) -> None:
        house, stream, batch = self._house, self._stream, self._batch
        replaces = Replaces(owned=stream.owned, record_ids=tuple(batch.seen))
        written = house.lake.write_facts(batch, stream.tables, replaces)
        with house.ledger.transaction() as tx:
            house.lake.register(tx, written, self._read.now)
            house.ledger.settle_aside(tx, self._source.id, stream.name, batch.seen, batch.bad, self._run_id)
        self._batch = batch.next()

    def _purge(self) -> None:
        days = min(self._stream.raw_days or 10**6, self._house.settings.retention.raw_days)
        self._house.lake.purge_raw(self._source.id, self._stream.name, self._read.now, days)
