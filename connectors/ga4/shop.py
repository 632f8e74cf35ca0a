"""Purchases by the channel in each scope, and key events by name, month by month."""

import logging
from collections.abc import Iterator
from datetime import date

from connectors.base import Page, Raw, Stream
from connectors.ga4.asking import answered, goes_together, nothing, whole_days
from connectors.ga4.client import Ask, Ga4Client, NotCompatible
from connectors.ga4.normalise import one_record_a_channel
from connectors.ga4.periods import months
from connectors.ga4.streams import (
    COMMERCE_METRICS,
    EVENT,
    EVENT_DIMENSIONS,
    EVENT_METRICS,
    IS_KEY_EVENT,
    PURCHASE_EVENTS,
    SCOPES_OF_ATTRIBUTION,
)

log = logging.getLogger("cadran.ga4")


class Shop:
    """What is read of one property; ``fields`` are those that it has, ``key_events`` those it marks, where it says so."""

    def __init__(self, client: Ga4Client, property_id: str, fields: frozenset[str], key_events: tuple[str, ...] | None) -> None:
        self._client = client
        self._property_id = property_id
        self._fields = fields
        self._key_events = key_events or ()

    def commerce(self, stream: Stream, stored: str | None, begin: date, today: date) -> Iterator[Page]:
        """A month in every scope is one call. A scope that the property does not answer is left out; the others are read."""
        asked = {
            scope: (("date", group), tuple(name for name in COMMERCE_METRICS[scope] if name in self._fields))
            for scope, group in SCOPES_OF_ATTRIBUTION.items()
        }
        is_first = stored is None
        scopes = [
            scope
            for scope, (by, metrics) in asked.items()
            if goes_together(self._client, self._fields, stream, by, metrics, is_first=is_first)
        ]
        if not scopes:
            yield nothing(stream, self._property_id, stored, begin, today)
            return
        for span in months(begin, today):
            asks = {Ask(*asked[scope], (span,), has_money=True): scope for scope in scopes}
            found: dict[str, list[Raw]] = {scope: [] for scope in scopes}
            for ask, answer in answered(self._client, tuple(asks), stream.page_size):
                found[asks[ask]] += [record | {"scope": asks[ask]} for record in answer.records]
            records = [
                record
                for scope in scopes
                for record in one_record_a_channel(found[scope], *asked[scope], SCOPES_OF_ATTRIBUTION[scope])
            ]
            stored = max(stored or "", span.last.isoformat())
            yield Page(records, stored, days=(whole_days(stream.tables[0], "visit_on", self._property_id, span),))

    def events(self, stream: Stream, stored: str | None, begin: date, today: date) -> Iterator[Page]:
        """Only the events that are asked for: all of a property's would be mostly page views and scrolls."""
        if not goes_together(self._client, self._fields, stream, EVENT_DIMENSIONS, EVENT_METRICS, is_first=stored is None):
            yield nothing(stream, self._property_id, stored, begin, today)
            return
        if IS_KEY_EVENT in self._fields:
            wanted: tuple[tuple[str, tuple[str, ...]], ...] = ((EVENT, PURCHASE_EVENTS), (IS_KEY_EVENT, ("true",)))
        else:
            wanted = ((EVENT, (*PURCHASE_EVENTS, *self._key_events)),)
        for span in months(begin, today):
            answers = self._client.pages(Ask(EVENT_DIMENSIONS, EVENT_METRICS, (span,), any_of=wanted), stream.page_size)
            try:
                records = [record for answer in answers for record in answer.records]
            except NotCompatible as refusal:
                log.warning("%s; %s is left empty", refusal, stream.name)
                records = []
            stored = max(stored or "", span.last.isoformat())
            days = whole_days(stream.tables[0], "visit_on", self._property_id, span)
            yield Page(one_record_a_channel(records, EVENT_DIMENSIONS, EVENT_METRICS), stored, days=(days,))
