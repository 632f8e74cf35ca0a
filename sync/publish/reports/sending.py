"""Reports of the settings, sent once for each period.

A report is due from its day and time on, and waits for the first sync whose data reach to the end of the period: nobody is sent half a
week as a week. Where the machine was off, the newest report is sent when it is on again, and older ones are not. That it was sent is
noted in the ledger in one transaction with the messages: these are delivered, and tried again, by :mod:`sync.publish.messages`.
"""

import logging
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from config.reports import ReportSettings
from connectors.errors import CadranError, ConfigurationError
from sync.house import House
from sync.ledger_reports import reports_sent
from sync.publish.messages import Message, deliver, language_of, send_later
from sync.publish.reports.files import put
from sync.publish.reports.making import Made, make
from sync.publish.reports.pdf import Maker
from sync.publish.reports.span import Kind, Span, due
from sync.publish.shelf import Shelf
from sync.runs import stored_frame

log = logging.getLogger("cadran.reports")

FOLDER = "reports"
"""Of the account's folder: files that were sent stay there."""


def send_due(house: House, shelf: Shelf, makers: Sequence[Maker] | None = None) -> int:
    """Put every report that is due, and whose period the shelf holds, into the outbox, and deliver; how many reports. One that cannot be
    made does not keep the others back: its error is raised at the end."""
    sent, faults = 0, list[CadranError]()
    for report, span in waiting(house):
        if shelf.today is None or shelf.today < span.end or shelf.run_id is None:
            log.debug("report %s of %s waits for a sync of %s or later", report.title, span.start, span.end)
            continue
        if span.start not in shelf.starts("total", span.period):
            continue
        try:
            sent += _send(house, shelf, report, span, makers)
        except CadranError as error:
            faults.append(error)
    if sent:
        deliver(house)
    if faults:
        raise faults[0]
    return sent


def waiting(house: House) -> list[tuple[ReportSettings, Span]]:
    """Reports of the settings that are due by the clock and were not sent yet; none before the first sync."""
    if not house.settings.reports or house.ledger.last_run("sync") is None:
        return []
    zone, week_start = stored_frame(house).zone, house.settings.kpis.week_start
    found = [(report, due(report, house.clock(), zone, week_start)) for report in house.settings.reports]
    return [(report, span) for report, span in found if not _is_sent(house, report, span)]


def send_now(
    house: House, shelf: Shelf, kind: Kind, span: Span, role: str | None, makers: Sequence[Maker] | None = None
) -> tuple[list[Made], tuple[int, ...]]:
    """Send the reports of this kind in the settings once more, whatever was sent before; ids of the messages. ``role``: with that
    role alone. Raises :class:`ConfigurationError` where the settings have none."""
    chosen = [report for report in house.settings.reports if report.kind == kind]
    if not chosen:
        raise ConfigurationError(f"the settings have no {kind} report to send: add one under `reports`, with `to`")
    asked = f"asked/{house.clock().isoformat()}"
    made, ids = [], []
    for report in chosen:
        for one, messages in _messages(house, shelf, report, span, asked, makers, [role] if role else None):
            made.append(one)
            with house.ledger.transaction() as tx:
                ids += [id for message in messages for id in send_later(tx, house, message)]
    return made, tuple(ids)


def _send(house: House, shelf: Shelf, report: ReportSettings, span: Span, makers: Sequence[Maker] | None) -> bool:
    """False: another process was quicker."""
    messages = [message for _, some in _messages(house, shelf, report, span, "", makers, None) for message in some]
    row = {"report": report.title, "period_start": span.start, "run_id": shelf.run_id, "kept_at": house.clock()}
    try:
        with house.ledger.transaction() as tx:
            tx.execute(sa.insert(reports_sent).values(row))
            for message in messages:
                send_later(tx, house, message)
    except sa.exc.IntegrityError:
        return False
    log.info("report %s of %s: on its way to %s", report.title, span.start, ", ".join(report.to))
    return True


def _messages(
    house: House,
    shelf: Shelf,
    report: ReportSettings,
    span: Span,
    asked: str,
    makers: Sequence[Maker] | None,
    follow: Sequence[str] | None,
) -> list[tuple[Made, list[Message]]]:
    """The report in each language that is read, for those who read it."""
    readers: dict[str, list[str]] = {}
    for recipient in dict.fromkeys(report.to):
        readers.setdefault(report.language or language_of(house, recipient), []).append(recipient)
    since_run, since = _last_sent(house, report, span)
    found = []
    for locale, recipients in readers.items():
        made = make(
            house,
            shelf,
            span,
            locale=locale,
            format=report.format,
            follow=follow or report.follow or house.settings.kpis.follow,
            name=report.title,
            since_run=since_run,
            since=since,
            makers=makers,
        )
        if made.no_pdf:
            log.warning("report %s: %s", report.title, made.no_pdf)
        paths = tuple(put(house.folder / FOLDER, made.files, private=True))
        key = "/".join(filter(None, ("report", report.title, span.start.isoformat(), asked)))
        found.append((made, [Message(key, recipient, made.title, made.text, made.body, paths) for recipient in recipients]))
    return found


def _is_sent(house: House, report: ReportSettings, span: Span) -> bool:
    c = reports_sent.c
    query = sa.select(c.report).where(c.report == report.title, c.period_start == span.start)
    with house.ledger.engine.connect() as con:
        return con.execute(query).first() is not None


def _last_sent(house: House, report: ReportSettings, span: Span) -> tuple[int | None, date | None]:
    """The run whose figures the report of an earlier period showed, and its day."""
    c = reports_sent.c
    query = sa.select(c.run_id).where(c.report == report.title, c.period_start < span.start).order_by(c.period_start.desc())
    with house.ledger.engine.connect() as con:
        run_id = con.execute(query.limit(1)).scalar()
    run = house.ledger.run(run_id) if run_id is not None else None
    if run is None or run.as_of is None:
        return None, None
    zone: ZoneInfo = stored_frame(house).zone
    return run.id, run.as_of.astimezone(zone).date()
