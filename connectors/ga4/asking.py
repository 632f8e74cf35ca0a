"""What is alike in reading any of a property's reports: whether it answers, in how few calls, and which days are whole."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date

from connectors.base import Days, Page, Stream
from connectors.ga4.client import BATCH, Answer, Ask, Ga4Client, NotCompatible
from connectors.ga4.periods import ONE_DAY, Span
from connectors.ga4.streams import USERS_METRIC

log = logging.getLogger("cadran.ga4")


def answered(client: Ga4Client, asks: Sequence[Ask], page_size: int) -> Iterator[tuple[Ask, Answer]]:
    """The reports, five a call. One that the property refuses is left out: figures of that grouping are unknown, never added up."""
    for begin in range(0, len(asks), BATCH):
        some = asks[begin : begin + BATCH]
        try:
            yield from client.batch(some, page_size)
        except NotCompatible:
            # A batch is refused as a whole, before any of it is answered.
            for ask in some:
                try:
                    yield from client.batch((ask,), page_size)
                except NotCompatible:
                    what = "users" if ask.metrics == (USERS_METRIC,) else ", ".join(ask.metrics)
                    by = " and ".join(ask.dimensions) or "period"
                    log.warning("%s: the property does not answer %s by %s", client.source_id, what, by)


def goes_together(
    client: Ga4Client,
    fields: frozenset[str],
    stream: Stream,
    dimensions: tuple[str, ...],
    metrics: tuple[str, ...],
    *,
    is_first: bool,
) -> bool:
    """Whether the property offers the fields (``fields`` are those that it has) and, asked before a first read, together. Says
    which one it is where not."""
    missing = {*dimensions, *metrics} - fields
    if missing or not metrics:
        said = ", ".join(sorted(missing)) or "any of the metrics"
        log.warning("%s: the property does not offer %s; %s is left empty", client.source_id, said, stream.name)
        return False
    try:
        if is_first:
            client.check(dimensions, metrics)
    except NotCompatible as refusal:
        log.warning("%s; that part of %s is left empty", refusal, stream.name)
        return False
    return True


def nothing(stream: Stream, property_id: str, stored: str | None, begin: date, today: date) -> Page:
    """For what the property does not answer: it has none of it, and the days are read."""
    days = whole_days(stream.tables[0], "visit_on", property_id, Span(begin, today))
    return Page((), max(stored or "", today.isoformat()), days=(days,))


def whole_days(table: str, column: str, property_id: str, span: Span) -> Days:
    return Days(table, column, "property_id", property_id, span.first, span.last + ONE_DAY)
