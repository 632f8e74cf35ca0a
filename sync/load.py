"""One stream's read, from the vendor's pages to committed files.

Pages are gathered until they fill :data:`CHUNK_BYTES`, then written and committed together with the position that the
last page gave: raw records, rows, cursor and set-aside list become visible at once. So memory does not grow with the
read, and a read that was cut off (killed, offline, out of quota) goes on from its last commit where its source can.

What a complete list did not give is gone only once its source has confirmed it (:class:`connectors.base.Verifies`): a
list that skipped something must not cost a row.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from connectors.base import Days, NormaliseContext, Page, Raw, ReadContext, Row, Source, Stream, Verifies
from connectors.errors import CadranError
from sync.house import House
from sync.lake import Batch, Replaces, raw_line
from sync.ledger import StreamState
from sync.progress import Step

log = logging.getLogger("cadran.load")

CHUNK_BYTES = 32_000_000
"""Raw records and rows held before they are written: about 10,000 deals."""


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
    ) -> None:
        self._house = house
        self._source = source
        self._stream = stream
        self._run_id = run_id
        self._context = context
        self._read = read
        self._report = report
        self._state = house.ledger.stream_state(source.id, stream.name)
        self._fingerprint = fingerprint
        self._cursor: str | None = None
        self._listing_run: int | None = None
        self._raw: list[bytes] = []
        self._raw_size = 0
        self._raw_count = 0
        self._days: list[Days] = []
        self._bad: dict[str, str] = {}
        self._batch = Batch(source.id, run_id)

    def run(self, bar: Step) -> None:
        """Read from where the last read ended, or everything; commit as it goes. Raises what the source raises, after
        committing what came before."""
        state = self._state
        is_foreign = state is not None and state.fingerprint != self._fingerprint
        if is_foreign and self._stream.mode == "incremental":
            self._normalise_again()
        if state is not None and not self._read.full and not (is_foreign and self._stream.mode == "window"):
            self._cursor, self._listing_run = state.cursor, state.listing_run
        is_complete = False
        try:
            for page in self._source.read(self._stream, self._cursor, self._read):
                self._take(page)
                is_complete |= page.is_complete
                bar.advance(len(page.records), page.total)
                if self._batch.size + self._raw_size >= CHUNK_BYTES:
                    self._flush()
        except CadranError:
            self._flush()
            raise
        self._flush(everything=self._stream.mode == "snapshot", is_end=True)
        if is_complete:
            self._settle_vanished()
        self._purge()

    def _take(self, page: Page) -> None:
        if page.is_listing and self._listing_run is None:
            self._listing_run = self._run_id
        at = self._read.now
        for record in page.records:
            record_id = self._stream.record_id(record)
            self._raw_count += 1
            line = raw_line(record_id, record, at, self._run_id, self._raw_count)
            self._raw.append(line)
            self._raw_size += len(line)
            self._batch.add(record_id, self._rows(record), at)
        self._cursor = page.cursor if page.cursor is not None else self._cursor
        self._days += page.days
        self._report.records += len(page.records)

    def _rows(self, record: Raw) -> Callable[[], Iterable[Row]]:
        return lambda: self._source.normalise(self._stream, record, self._context)

    def _flush(self, *, everything: bool = False, is_end: bool = False) -> None:
        """Write and commit what was gathered."""
        house, source, stream, batch = self._house, self._source.id, self._stream, self._batch
        self._bad = {k: v for k, v in self._bad.items() if k not in set(batch.seen)} | batch.bad
        written = [house.lake.write_raw(source, stream.name, self._run_id, self._raw)]
        replaces = Replaces(
            everything=everything,
            days=tuple(self._days),
            owned=stream.owned,
            record_ids=tuple(dict.fromkeys(batch.seen)),
            kept_ids=tuple(self._bad),
        )
        written += house.lake.write_facts(batch, stream.tables, replaces)
        with house.ledger.transaction() as tx:
            house.lake.register(tx, written, self._read.now)
            house.ledger.settle_aside(tx, source, stream.name, None if everything else batch.seen, self._bad, self._run_id)
            if is_end or self._cursor is not None:
                state = StreamState(self._cursor, self._fingerprint, self._listing_run)
                house.ledger.save_cursor(tx, source, stream.name, state, self._run_id, self._read.now)
        self._report.set_aside = len(self._bad)
        self._batch, self._raw, self._raw_size, self._days = batch.next(), [], 0, []

    def _settle_vanished(self) -> None:
        """The complete list has ended: what it did not give goes, once the source confirms it."""
        house, source, stream = self._house, self._source, self._stream
        began = self._listing_run if self._listing_run is not None else self._run_id
        aside = {r for s, name, r, _reason in house.ledger.aside() if (s, name) == (source.id, stream.name)}
        unseen = [found for found in house.lake.unseen(source.id, stream.tables[0], began) if found not in aside]
        gone = [r for r in unseen if r in source.gone(stream, unseen)] if isinstance(source, Verifies) and unseen else unseen
        if len(gone) < len(unseen):
            log.warning(
                "%s.%s: the complete list left out %d records that exist", source.id, stream.name, len(unseen) - len(gone)
            )
        written = house.lake.write_facts(self._batch, stream.tables, Replaces(owned=stream.owned, gone_ids=gone)) if gone else []
        with house.ledger.transaction() as tx:
            house.lake.register(tx, written, self._read.now)
            state = StreamState(self._cursor, self._fingerprint, None)
            house.ledger.save_cursor(tx, source.id, stream.name, state, self._run_id, self._read.now)
        self._report.erased = len(gone)

    def _normalise_again(self) -> None:
        """Zone, currency or normaliser changed: rows are made anew from the stored raw records."""
        log.info("%s %s: normalising again from raw", self._source.id, self._stream.name)
        for record_id, record, at in self._house.lake.raw_records(self._source.id, self._stream.name):
            self._batch.add(record_id, self._rows(record), at)
            if self._batch.size >= CHUNK_BYTES:
                self._flush_again()
        self._flush_again()
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
