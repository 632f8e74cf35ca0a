"""Google Analytics 4: sessions by day and campaign, and by day and landing page, purchases, key events by name, users by period,
from one property.

Days are the property's own, up to and including today (which is partial and is read again). Every read asks the days before the
cursor again, because Google restates them for days, and replaces them whole. Session scope is the one that joins to spend;
purchases are read in the first-user and event scopes too, each under its name. Whether the property answers the fields together is
asked before a first read. What is deliberately not read: ad cost (``advertiserAdCost`` repeats Google Ads' own, later and
only where linked), and anything per person.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import HERE, Cursor, Days, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ContractError
from connectors.ga4.normalise import commerce_row, event_row, landing_row, one_record_a_channel, traffic_row, users_row
from connectors.ga4.periods import CALENDAR_GRAINS, Grain, Span, fours, joined, months, runs_of_days, spans, starts
from connectors.ga4.settings import Ga4Settings
from connectors.ga4.streams import (
    GROUP,
    LANDING_DIMENSIONS,
    MEMBERS,
    PERIOD_DIMENSIONS,
    SCOPES,
    TRAFFIC_DIMENSIONS,
    TRAFFIC_METRICS,
    USERS_METRIC,
    streams,
)
from connectors.google_auth import GoogleToken
from kpi.channels import channel_of_ga4_group

if TYPE_CHECKING:
    from connectors.ga4.client import Ask, Ga4Client, Property
    from connectors.ga4.shop import Shop

log = logging.getLogger("cadran.ga4")

EVER = date(2015, 8, 14)
"""The first day that GA4 takes in a request; a read from the beginning replaces everything since."""


class Ga4Source:
    """One property (``connectors.base.Source``)."""

    type = "ga4"

    def __init__(self, id: str, settings: Ga4Settings, place: Place = HERE) -> None:
        self.id = id
        self.settings = settings
        self._token = GoogleToken(id, settings, SCOPES, place)

    @cached_property
    def _client(self) -> "Ga4Client":
        from connectors.ga4.client import Ga4Client  # pulls in Google's client: 0.6 s that `--help` must not pay

        return Ga4Client(self.id, self.settings, self._token)

    @cached_property
    def _about(self) -> "Property":
        return self._client.about()

    @cached_property
    def _fields(self) -> frozenset[str]:
        return self._client.fields()

    @property
    def _shop(self) -> "Shop":
        from connectors.ga4.shop import Shop

        return Shop(self._client, self.settings.property_id, self._fields, self._about.key_events)

    @property
    def requests_sent(self) -> int:
        """Calls to the Data API so far, tries included."""
        return self._client.requests_sent if "_client" in self.__dict__ else 0

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._client.refused_429 if "_client" in self.__dict__ else 0

    def streams(self) -> tuple[Stream, ...]:
        return streams(self.settings)

    def check(self) -> Reach:
        """One small report and the property's own settings. Raises what any read would raise."""
        self._client.touch()
        about = self._about
        return Reach(
            account_id=self.settings.property_id,
            account_name=about.name,
            currency=about.currency,
            zone=about.zone,
            scopes=SCOPES,
            notes=tuple(self._notes(about)),
        )

    def _notes(self, about: "Property") -> Iterator[str]:
        left = self._client.allowance.remaining
        if "tokens_per_day" in left:
            yield f"{left['tokens_per_day']} tokens left today, {left.get('tokens_per_project_per_hour', '?')} this hour"
        if about.key_events is None:
            yield "the Google Analytics Admin API may not be read: key events are not checked"
            return
        if not about.key_events:
            yield "the property marks no key event: session conversion will be 0"
        else:
            yield f"key events: {', '.join(about.key_events)}"
        missing = [name for name in self.settings.key_events if name not in about.key_events]
        if missing:
            yield f"not marked as key events in the property: {', '.join(missing)}"

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        about = self._about
        return {
            "property_id": self.settings.property_id,
            "name": about.name,
            "currency": about.currency,
            "zone": about.zone,
            "key_events": None if about.key_events is None else list(about.key_events),
        }

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        today = context.now.astimezone(self._zone()).date()
        since = self.settings.history_start or context.since
        position = _Position.of(None if context.full else cursor)
        if stream.name == "users":
            return self._users(stream, position, since, today)
        begin = since if position is None else max(since, position.day - timedelta(days=stream.lookback_days))
        stored = None if position is None else position.day.isoformat()
        match stream.name:
            case "landing_daily":
                return self._landing(stream, stored, begin, today)
            case "commerce_daily":
                return self._shop.commerce(stream, stored, begin, today)
            case "events_daily":
                return self._shop.events(stream, stored, begin, today)
        return self._sessions(stream, stored, begin, today, TRAFFIC_DIMENSIONS, one_record_a_channel)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return _ROWS[stream.name](record, context)

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()
        self._token.close()

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self._about.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ContractError(self.id, f"the property's time zone {self._about.zone!r} is not a known zone") from None

    # --- sessions ---------------------------------------------------------------------------------------------

    def _sessions(
        self,
        stream: Stream,
        stored: str | None,
        begin: date,
        today: date,
        by: tuple[str, ...],
        joined: Callable[[Iterable[Raw]], list[Raw]] = list,
    ) -> Iterator[Page]:
        """Calendar month by calendar month: short ranges keep reports below GA4's sampling threshold."""
        from connectors.ga4.client import Ask

        dimensions, metrics, blank = self._fields_of(by)
        if stored is None:
            self._client.check(dimensions, metrics)
        (table,) = stream.tables
        for span in months(begin, today):
            answers = self._client.pages(Ask(dimensions, metrics, (span,)), stream.page_size)
            records = joined(blank | record for answer in answers for record in answer.records)
            stored = max(stored or "", span.last.isoformat())
            yield Page(records, stored, days=(self._days(table, "visit_on", span),))

    def _landing(self, stream: Stream, stored: str | None, begin: date, today: date) -> Iterator[Page]:
        """A property that does not tell sessions by landing page and device has none of them: the KPIs by page are empty there."""
        from connectors.ga4.asking import nothing
        from connectors.ga4.client import NotCompatible

        if set(LANDING_DIMENSIONS) <= self._fields:
            try:
                yield from self._sessions(stream, stored, begin, today, LANDING_DIMENSIONS)
                return
            except NotCompatible as refusal:
                log.info("%s", refusal)  # refused before anything was answered
        log.warning("%s: the property does not answer sessions by landing page and device", self.id)
        yield nothing(stream, self.settings.property_id, stored, begin, today)

    def _fields_of(self, by: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], Raw]:
        """Dimensions and metrics to ask for, and what stands for those that the property does not offer."""
        missing = {*by, *TRAFFIC_METRICS} - self._fields
        if missing & {"date", "sessions"}:
            raise ContractError(self.id, "the property offers no sessions by date")
        if missing:
            log.warning("%s: the property does not offer %s; read as not set or zero", self.id, ", ".join(sorted(missing)))
        return (
            tuple(name for name in by if name not in missing),
            tuple(name for name in TRAFFIC_METRICS if name not in missing),
            {name: "(not set)" if name in by else "0" for name in sorted(missing)},
        )

    # --- users ------------------------------------------------------------------------------------------------

    def _users(self, stream: Stream, position: "_Position | None", since: date, today: date) -> Iterator[Page]:
        """Every period that may have changed. The cursor moves at the end: a period is right only as a whole."""
        stored = None if position is None else str(position)
        changed = None if position is None else position.day - timedelta(days=stream.lookback_days)
        chosen = starts(since, today, changed, position.since if position else None)
        for grain in (*CALENDAR_GRAINS, "all"):
            yield from (
                Page(records, stored) for records in self._users_of(grain, spans(grain, chosen, since, today), stream.page_size)
            )
        replaced = [Span(EVER, today)] if position is None else runs_of_days(chosen)
        end = max(today, position.day) if position else today
        yield Page((), str(_Position(end, since)), days=tuple(self._days("web_users", "period_start", span) for span in replaced))

    def _users_of(self, grain: Grain, parts: list[Span], page_size: int) -> Iterator[list[Raw]]:
        from connectors.ga4.asking import answered
        from connectors.ga4.client import Ask

        told_by = PERIOD_DIMENSIONS[grain]
        asks = {
            Ask((*told_by, *dimensions), (USERS_METRIC,), some): by
            for by, dimensions in MEMBERS.items()
            if {*told_by, *dimensions, USERS_METRIC} <= self._fields
            for some in fours(joined(parts) if told_by else parts)
        }
        by_channel: dict[Ask, list[Raw]] = {}
        for ask, answer in answered(self._client, tuple(asks), page_size):
            by = asks[ask]
            records = [_of_period(record, ask, grain, by) for record in answer.records]
            if by == "channel":
                by_channel.setdefault(ask, []).extend(records)
            else:
                yield records
        for ask, records in by_channel.items():
            yield from self._one_row_a_channel(ask, records, told_by, grain, page_size)

    def _one_row_a_channel(
        self, ask: "Ask", records: list[Raw], told_by: tuple[str, ...], grain: Grain, page_size: int
    ) -> Iterator[list[Raw]]:
        """Records by channel, where several GA4 groups are one channel of ours (``Unassigned``, ``(not set)``): users of
        both would count twice if added, so the groups are asked for together."""
        groups: dict[str, set[str]] = {}
        for record in records:
            groups.setdefault(channel_of_ga4_group(record[GROUP]), set()).add(record[GROUP])
        several = {channel: tuple(sorted(names)) for channel, names in groups.items() if len(names) > 1}
        apart = {name for names in several.values() for name in names}
        yield [record for record in records if record[GROUP] not in apart]
        for names in several.values():
            together = replace(ask, dimensions=told_by, any_of=((GROUP, names),))
            for answer in self._client.pages(together, page_size):
                yield [_of_period(record, ask, grain, "channel") | {GROUP: names[0]} for record in answer.records]

    def _days(self, table: str, column: str, span: Span) -> Days:
        from connectors.ga4.asking import whole_days

        return whole_days(table, column, self.settings.property_id, span)


_ROWS: Mapping[str, Callable[[Raw, NormaliseContext], Iterator[Row]]] = {
    "traffic_daily": traffic_row,
    "landing_daily": landing_row,
    "commerce_daily": commerce_row,
    "events_daily": event_row,
    "users": users_row,
}
"""Stream -> what makes its rows."""


def _of_period(record: Raw, ask: "Ask", grain: Grain, by: str) -> Raw:
    """The record with the period it is about; with several date ranges the answer itself says which."""
    return {"dateRange": ask.spans[0].first.isoformat(), "period": grain, "by": by} | record


class _Position:
    """A cursor: the last day read, and for users where the period ``all`` began (``2026-11-21 from 2024-11-01``)."""

    def __init__(self, day: date, since: date | None = None) -> None:
        self.day = day
        self.since = since

    @staticmethod
    def of(cursor: Cursor) -> "_Position | None":
        if cursor is None:
            return None
        day, _, since = cursor.partition(" from ")
        return _Position(date.fromisoformat(day), date.fromisoformat(since) if since else None)

    def __str__(self) -> str:
        return f"{self.day.isoformat()} from {self.since.isoformat()}" if self.since else self.day.isoformat()


def build(section_id: str, settings: Ga4Settings, place: Place) -> Ga4Source:
    """The source of a settings section."""
    return Ga4Source(section_id, settings, place)
