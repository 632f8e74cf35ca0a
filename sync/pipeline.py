"""The first half of the story: every source read into facts, each in its own thread (:mod:`sync.load` is one stream of it).

A source that fails does not stop the others; what it could not read is in the report and in the exit code. An optional
stream that the credential or the account's tier does not open is skipped with one line.
"""

import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Crm, Fx, NormaliseContext, ReadContext, Source, Stream
from connectors.errors import CadranError, ConfigurationError, MissingScope, NotInTier, QuotaExhausted, StopRun
from kpi.schema import TABLES
from sync.fingerprint import fingerprint
from sync.forget import Forgotten, finish
from sync.garbage import little_garbage
from sync.house import House
from sync.load import StreamLoad, StreamReport
from sync.progress import Progress

log = logging.getLogger("cadran.pipeline")

NORMALISER = "3"
"""Part of each stream's fingerprint: raising it normalises everything again from raw, without a network."""


FOUND = "found"
"""Where a source's description keeps what its last read found (:attr:`sync.load.StreamReport.found`)."""


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
    def skipped(self) -> dict[str, str]:
        """Optional streams that were not read, by ``source.stream``, each with its reason."""
        return {f"{s.source}.{s.stream}": s.skipped for s in self.streams if s.skipped is not None}

    @property
    def found(self) -> list[str]:
        """What a person should hear of: schema drift, days that a vendor no longer answers for."""
        return [f"{s.source}.{s.stream}: {line}" for s in self.streams for line in s.found]

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
    house: House,
    run_id: int,
    crm: Crm,
    frame: Frame,
    progress: Progress,
    *,
    only: Sequence[str] = (),
    streams: Collection[str] = (),
    full: bool = False,
) -> Extracted:
    """Read every source, or those of ``only``; of their streams all, or those of ``streams``."""
    unknown = set(only) - set(house.sources)
    if unknown:
        raise ConfigurationError(f"no source is called {', '.join(sorted(unknown))}; known: {', '.join(house.sources)}")
    chosen = [s for s in house.sources.values() if not only or s.id in only]
    extracted = Extracted(crm)
    fx = house.exchange_rates(frame.currency)
    forgotten = Forgotten(house)
    with little_garbage(), ThreadPoolExecutor(max_workers=max(1, len(chosen))) as pool:
        stop = threading.Event()
        jobs = [
            pool.submit(_read_source, house, source, run_id, frame, fx, progress, streams, full, stop, forgotten)
            for source in chosen
        ]
        try:
            for job in jobs:
                reports, errors = job.result()
                extracted.streams += reports
                extracted.errors += errors
        except BaseException:
            stop.set()  # Ctrl-C: each stream commits what it has and ends
            raise
    # Files are merged once nothing writes any more: a delta committed meanwhile would be lost.
    compacted = house.lake.compact(run_id)
    with house.ledger.transaction() as tx:
        house.lake.register(tx, compacted, frame.now)
    finish(house)  # what this run found to be erased, and what one that was killed had left to do
    for error in extracted.errors:
        if isinstance(error, StopRun):
            raise error
    return extracted


def _read_source(
    house: House,
    source: Source,
    run_id: int,
    frame: Frame,
    fx: Fx,
    progress: Progress,
    wanted: Collection[str],
    full: bool,
    stop: threading.Event,
    forgotten: Forgotten,
) -> tuple[list[StreamReport], list[CadranError]]:
    """The source's streams, as many at once as it declares. An error that concerns all of them lets none begin any more."""
    try:
        facts = dict(source.describe(None if full else house.ledger.description(source.id), frame.now))
        facts.pop(FOUND, None)
    except CadranError as error:
        log.error("%s: %s", source.id, error)
        return [], [error]
    house.ledger.save_description(source.id, facts, run_id)
    context = NormaliseContext(frame.zone, frame.currency, fx, house.pseudonym, facts)
    errors: list[CadranError] = []
    is_over: list[CadranError] = []

    def read(stream: Stream) -> StreamReport | None:
        if is_over or stop.is_set():
            return None
        report = StreamReport(source.id, stream.name, skipped=(facts.get("skipped") or {}).get(stream.name))
        if report.skipped is not None:
            log.info("%s.%s is skipped: %s", source.id, stream.name, report.skipped)
            return report
        made = fingerprint(NORMALISER, frame.zone_name, frame.currency, facts, stream.name)
        asked = ReadContext(now=frame.now, since=frame.since, full=full)
        try:
            with progress.step(f"{source.id} {stream.name}") as bar:
                StreamLoad(house, source, stream, run_id, made, context, asked, report, stop, forgotten).run(bar)
        except CadranError as error:
            if stream.is_optional and isinstance(error, (MissingScope, NotInTier)):
                report.skipped = str(error)
                log.info("%s.%s is skipped: %s", source.id, stream.name, error)
                return report
            report.error = error
            errors.append(error)
            log.error("%s.%s: %s", source.id, stream.name, error)
            if isinstance(error, (QuotaExhausted, StopRun)):
                is_over.append(error)
        return report

    streams = [s for s in source.streams() if not wanted or s.name in wanted]
    with ThreadPoolExecutor(max_workers=getattr(source, "streams_at_once", 1)) as pool:
        reports = [report for report in pool.map(read, streams) if report is not None]
    if found := [f"{report.stream}: {line}" for report in reports for line in report.found]:
        house.ledger.save_description(source.id, {**facts, FOUND: found}, run_id)
    return reports, errors


def row_counts(house: House) -> dict[str, int]:
    """Living rows of each table that a source feeds, for the guard against vanishing input: archived ones do not count."""
    files = house.ledger.all_current_files("facts")
    fed = [table for table in TABLES if table in files]
    with house.lake.facts(fed) as con:
        counts = {}
        for table in fed:
            living = " WHERE archived_at IS NULL" if "archived_at" in TABLES[table].model_fields else ""
            counts[table] = int(con.execute(f'SELECT count(*) FROM "{table}"{living}').fetchall()[0][0])
        return counts


def aware(value: datetime) -> datetime:
    """DuckDB gives naive timestamps; all that we store are UTC."""
    return value.replace(tzinfo=UTC)


def summary(extracted: Extracted, house: House) -> Mapping[str, Any]:
    """The reading half of the run's JSON."""
    return {"records_read": extracted.records_read, "skipped": extracted.skipped, "set_aside": len(house.ledger.aside())}
