"""The story in the order it happens: extract, normalise, store, derive, compute, store.

Each stream's read is one commit: its raw records, its rows, its cursor and its set-aside list become visible together.
Results are one more commit at the end. A source that fails does not stop the others; what it could not read is in
the report and in the exit code.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Crm, Days, Fx, NormaliseContext, ReadContext, Source, Stream
from connectors.errors import CadranError, ConfigurationError, ContractError, QuotaExhausted, StopRun, TransientError
from kpi.schema import TABLES
from sync.house import House
from sync.lake import Batch, Replaces, Written
from sync.progress import Progress

log = logging.getLogger("cadran.pipeline")

NORMALISER = "1"
"""Part of each stream's fingerprint: raising it normalises everything again from raw, without a network."""

RAW_CHUNK = 20_000
"""Raw records per Parquet file, so that a long first load does not hold them all in memory."""

CRM_FAMILIES = ("deal", "lead", "customer")


@dataclass
class StreamReport:
    source: str
    stream: str
    records: int = 0
    set_aside: int = 0
    error: CadranError | None = None


@dataclass
class Extracted:
    """What the vendors gave in this run."""

    crm: Crm
    streams: list[StreamReport] = field(default_factory=list)
    errors: list[CadranError] = field(default_factory=list)

    @property
    def records_read(self) -> dict[str, int]:
        """Records by ``source.stream``."""
        return {f"{s.source}.{s.stream}": s.records for s in self.streams}

    @property
    def exit_code(self) -> int:
        """4 outranks 3: a broken contract will not mend itself by waiting."""
        return max((e.exit_code for e in self.errors), default=0)


@dataclass(frozen=True)
class Frame:
    """The run's instant, zone, currency and first day: decided once, used everywhere."""

    now: datetime
    today: date
    zone: ZoneInfo
    zone_name: str
    currency: str
    since: date


def frame_of(house: House, crm: Crm) -> Frame:
    """Settings where they say, the CRM account otherwise."""
    settings = house.settings
    zone_name = settings.timezone or crm.zone
    zone = ZoneInfo(zone_name)
    today = crm.now.astimezone(zone).date()
    since = settings.history_start or date(today.year - 2, today.month, 1)
    return Frame(crm.now, today, zone, zone_name, settings.currency or crm.currency, since)


def meet(house: House) -> Crm:
    """Ask the CRM who it is, and refuse a home that belongs to another account."""
    crm = house.target().account()
    stored = house.ledger.get("portal_id")
    if stored is None:
        house.ledger.put("portal_id", crm.portal_id)
    elif stored != crm.portal_id:
        raise ConfigurationError(
            f"the home {house.folder} belongs to CRM account {stored}, but the credential opens account {crm.portal_id}. "
            "Use another `home` or `--account`, or the right key."
        )
    house.ledger.put("ui_domain", crm.ui_domain)
    return crm


def extract(
    house: House, run_id: int, crm: Crm, frame: Frame, progress: Progress, *, only: Sequence[str] = (), full: bool = False
) -> Extracted:
    """Read every source, each in its own thread, its streams one after the other."""
    unknown = set(only) - set(house.sources)
    if unknown:
        raise ConfigurationError(f"no source is called {', '.join(sorted(unknown))}; known: {', '.join(house.sources)}")
    chosen = [s for s in house.sources.values() if not only or s.id in only]
    extracted = Extracted(crm)
    fx = house.exchange_rates(frame.currency)
    with ThreadPoolExecutor(max_workers=max(1, len(chosen))) as pool:
        jobs = [pool.submit(_read_source, house, source, run_id, frame, fx, progress, full) for source in chosen]
        for job in jobs:
            reports, errors = job.result()
            extracted.streams += reports
            extracted.errors += errors
    for error in extracted.errors:
        if isinstance(error, StopRun):
            raise error
    return extracted


def _read_source(
    house: House, source: Source, run_id: int, frame: Frame, fx: Fx, progress: Progress, full: bool
) -> tuple[list[StreamReport], list[CadranError]]:
    reports: list[StreamReport] = []
    try:
        facts = dict(source.describe(None if full else house.ledger.description(source.id), frame.now))
    except CadranError as error:
        log.error("%s: %s", source.id, error)
        return reports, [error]
    house.ledger.save_description(source.id, facts, run_id)
    context = NormaliseContext(frame.zone, frame.currency, fx, house.pseudonym, facts)
    errors: list[CadranError] = []
    for stream in source.streams():
        report = StreamReport(source.id, stream.name)
        reports.append(report)
        try:
            _read_stream(house, source, stream, run_id, frame, context, progress, full, report)
        except (TransientError, ContractError) as error:
            report.error = error
            errors.append(error)
            log.error("%s.%s: %s", source.id, stream.name, error)
        except (QuotaExhausted, StopRun) as error:
            report.error = error
            errors.append(error)
            log.error("%s: %s", source.id, error)
            break
    return reports, errors


def _read_stream(
    house: House,
    source: Source,
    stream: Stream,
    run_id: int,
    frame: Frame,
    context: NormaliseContext,
    progress: Progress,
    full: bool,
    report: StreamReport,
) -> None:
    fingerprint = f"{NORMALISER}|{frame.zone_name}|{frame.currency}"
    state = house.ledger.stream_state(source.id, stream.name)
    if state is not None and state.fingerprint != fingerprint and stream.mode == "incremental":
        _normalise_again(house, source, stream, run_id, context, fingerprint, frame)
    reread = full or state is None or (state.fingerprint != fingerprint and stream.mode == "window")
    cursor = None if reread or state is None else state.cursor
    batch = Batch(source.id, run_id)
    raw: list[tuple[str, Any]] = []
    written: list[Written | None] = []
    days: list[Days] = []
    with progress.step(f"{source.id} {stream.name}") as bar:
        for page in source.read(stream, cursor, ReadContext(now=frame.now, since=frame.since, full=full)):
            for record in page.records:
                record_id = stream.record_id(record)
                raw.append((record_id, record))
                batch.add(record_id, _rows(source, stream, record, context), frame.now)
            cursor = page.cursor if page.cursor is not None else cursor
            days += page.days
            report.records += len(page.records)
            bar.advance(len(page.records), page.total)
            if len(raw) >= RAW_CHUNK:
                written.append(house.lake.write_raw(source.id, stream.name, run_id, raw, frame.now))
                raw = []
    written.append(house.lake.write_raw(source.id, stream.name, run_id, raw, frame.now))
    everything = stream.mode == "snapshot" or (stream.mode == "incremental" and reread and state is not None)
    # A record that could not be read keeps its last good rows, those that belong to it included.
    replaces = Replaces(everything=everything, days=tuple(days), owned=stream.owned, record_ids=tuple(dict.fromkeys(batch.seen)))
    written += house.lake.write_facts(batch, stream.tables, replaces)
    _commit(house, written, batch, stream, cursor, fingerprint, run_id, frame.now, whole=everything)
    report.set_aside = len(batch.bad)
    house.lake.purge_raw(source.id, stream.name, frame.now, min(stream.raw_days or 10**6, house.settings.retention.raw_days))


def _rows(
    source: Source, stream: Stream, record: Any, context: NormaliseContext
) -> Callable[[], Iterable[tuple[str, dict[str, Any]]]]:
    return lambda: source.normalise(stream, record, context)


def _normalise_again(
    house: House, source: Source, stream: Stream, run_id: int, context: NormaliseContext, fingerprint: str, frame: Frame
) -> None:
    """Zone, currency or normaliser changed: rows are made anew from the stored raw records."""
    log.info("%s %s: normalising again from raw", source.id, stream.name)
    batch = Batch(source.id, run_id)
    for record_id, record, at in house.lake.raw_records(source.id, stream.name):
        batch.add(record_id, _rows(source, stream, record, context), at)
    written = house.lake.write_facts(batch, stream.tables, Replaces(owned=stream.owned, record_ids=tuple(batch.seen)))
    state = house.ledger.stream_state(source.id, stream.name)
    _commit(house, written, batch, stream, state.cursor if state else None, fingerprint, run_id, frame.now, whole=True)


def _commit(
    house: House,
    written: Iterable[Written | None],
    batch: Batch,
    stream: Stream,
    cursor: str | None,
    fingerprint: str,
    run_id: int,
    now: datetime,
    *,
    whole: bool,
) -> None:
    with house.ledger.transaction() as tx:
        house.lake.register(tx, written, now)
        house.ledger.save_cursor(tx, batch.source, stream.name, cursor, fingerprint, run_id, now)
        house.ledger.settle_aside(tx, batch.source, stream.name, None if whole else batch.seen, batch.bad, run_id)


def row_counts(house: House) -> dict[str, int]:
    """Living rows of each table that a source feeds, for the guard against vanishing input: archived ones do not count."""
    with house.lake.facts() as con:
        counts = {}
        for table, model in TABLES.items():
            if house.ledger.current_files("facts", table):
                living = " WHERE archived_at IS NULL" if "archived_at" in model.model_fields else ""
                counts[table] = int(con.execute(f'SELECT count(*) FROM "{table}"{living}').fetchall()[0][0])
        return counts


def aware(value: datetime) -> datetime:
    """DuckDB gives naive timestamps; all that we store are UTC."""
    return value.replace(tzinfo=UTC)


def summary(extracted: Extracted, house: House) -> Mapping[str, Any]:
    """The reading half of the run's JSON."""
    return {"records_read": extracted.records_read, "set_aside": len(house.ledger.aside())}
