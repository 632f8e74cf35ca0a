"""TikTok: cost, clicks, impressions, conversions and their value by campaign and day.

Days are each advertiser's own, 30 at once. Those of the last four weeks are read again on every run and replaced whole: a conversion is
booked on the day of its click or view. Synchronous reports are used although a background report needs fewer calls for many campaigns: what
its file looks like and where it is fetched is not in TikTok's published description (``docs/decisions/2026-11-22-tiktok-and-microsoft-reports.md``).

What is deliberately not read: ad groups and ads, reservation ads, likes and shares of ads (no column of the common schema has them by
campaign), reach, which does not add up over days, and ratios, which are divided from their parts.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

from connectors.ads.accounts import AdAccount, Stands, zone_of
from connectors.ads.days import Span, due, slices
from connectors.base import HERE, BadValue, Cursor, Days, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError, ContractError
from connectors.tiktok_ads.client import TikTokClient
from connectors.tiktok_ads.errors import TooMuch
from connectors.tiktok_ads.normalise import campaign_day
from connectors.tiktok_ads.oauth import SCOPES
from connectors.tiktok_ads.settings import TikTokAdsSettings
from connectors.tiktok_ads.streams import SLICE_DAYS, streams
from connectors.values import is_currency, part, text

log = logging.getLogger("cadran.tiktok_ads")

ZONES = ("display_timezone", "timezone")
"""Where an advertiser says its zone; the first, an IANA name beside an offset such as Etc/GMT-1, is not confirmed."""


class TikTokAdsSource:
    """The advertisers behind one login (``connectors.base.Source``)."""

    type = "tiktok_ads"

    def __init__(self, id: str, settings: TikTokAdsSettings, place: Place = HERE) -> None:
        self.id = id
        self.settings = settings
        self._client = TikTokClient(id, settings, place)

    @property
    def requests_sent(self) -> int:
        """Calls to TikTok so far, tries included."""
        return self._client.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._client.refused_429

    @cached_property
    def _accounts(self) -> tuple[AdAccount, ...]:
        """The advertisers of the settings, or all that the login was given, by id."""
        wanted = sorted(set(self.settings.advertiser_ids or self._client.advertiser_ids()))
        found = {account.id: account for account in map(self._account, self._client.advertisers(wanted))}
        if lacking := [one for one in wanted if one not in found]:
            raise ConfigurationError(
                f"{self.id}: the login does not reach advertiser {', '.join(lacking)} (advertiser_ids); it reaches {', '.join(found) or 'none'}"
            )
        return tuple(found[one] for one in wanted)

    def streams(self) -> tuple[Stream, ...]:
        return streams(self.settings)

    def check(self) -> Reach:
        """The advertisers, and what each says of itself."""
        accounts = self._accounts
        currencies, zones = {a.currency for a in accounts}, {a.zone for a in accounts}
        notes = [f"{a.id} {a.name}: {a.currency}, {a.zone}" for a in accounts]
        notes += [
            f"{a.id} says the currency {a.currency!r}, which is none of ISO 4217: its rows are set aside"
            for a in accounts
            if not is_currency(a.currency)
        ]
        if not accounts:
            notes.append("the login was given no ad account: spend will be empty")
        return Reach(
            account_id=", ".join(a.id for a in accounts) or "none",
            account_name=", ".join(a.name for a in accounts) or "none",
            currency=currencies.pop() if len(currencies) == 1 and is_currency(accounts[0].currency) else None,
            zone=zones.pop() if len(zones) == 1 else None,
            scopes=SCOPES,
            notes=(*notes, *self._client.login.notes()),
        )

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return {"accounts": [account.as_json() for account in self._accounts]}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """Advertiser after advertiser, each from where it stands, up to its own today, which is partial."""
        stands = Stands.of(None if context.full else cursor)
        for account in self._accounts:
            today = context.now.astimezone(zone_of(self.id, account)).date()
            yield from self._campaigns(stream, account, stands, context.since, today)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return campaign_day(record, context, self.settings)

    def close(self) -> None:
        self._client.close()

    def _campaigns(self, stream: Stream, account: AdAccount, stands: Stands, since: date, today: date) -> Iterator[Page]:
        span = due(stands.day(account.id), since, today, lookback_days=stream.lookback_days)
        for one in slices(span, SLICE_DAYS) if span is not None else ():
            yield from self._days(account.id, stands, one)

    def _days(self, account_id: str, stands: Stands, span: Span) -> Iterator[Page]:
        """A slice. What was given of one before TikTok found the rest too large comes again."""
        try:
            for rows in self._client.campaign_days(account_id, span):
                yield Page([self._record(account_id, row, span) for row in rows], str(stands) or None)
        except TooMuch as refused:
            halves = span.halves()
            if halves is None:
                raise ContractError(
                    self.id, f"TikTok finds even the figures of a single day, {span.first}, too large (code 40067)"
                ) from None
            log.info("%s; %s to %s is asked for in halves", refused, span.first, span.last)
            for half in halves:
                yield from self._days(account_id, stands, half)
            return
        stands.move(account_id, span.last)
        yield Page((), str(stands), days=(Days("ad_spend_daily", "spend_on", "account_id", account_id, span.first, span.until),))

    def _record(self, account_id: str, row: Raw, asked: Span) -> Raw:
        """A row as it is stored: TikTok's, with whose it is, which no row says."""
        try:
            dimensions = part(row, "dimensions")
            day = text(dimensions, "stat_time_day")[:10]
            text(dimensions, "campaign_id")
            part(row, "metrics")
        except BadValue as error:
            raise ContractError(self.id, f"a row of the report: {error}") from None
        if re.fullmatch(r"\d{4}-\d\d-\d\d", day) and not str(asked.first) <= day <= str(asked.last):
            raise ContractError(
                self.id,
                f"TikTok answered for {day} where it was asked for {asked.first} to {asked.last}; nothing of that page is kept",
            )
        return {"advertiser_id": account_id, **row}

    def _account(self, answered: Raw) -> AdAccount:
        try:
            account_id, currency = text(answered, "advertiser_id"), text(answered, "currency").strip().upper()
            zone = next((str(answered[name]) for name in ZONES if answered.get(name)), None) or text(answered, "timezone")
        except BadValue as error:
            raise ContractError(self.id, f"an advertiser does not describe itself: {error}") from None
        return AdAccount(account_id, str(answered.get("name") or f"advertiser {account_id}"), currency, zone)


def build(section_id: str, settings: TikTokAdsSettings, place: Place) -> TikTokAdsSource:
    """The source of a settings section."""
    return TikTokAdsSource(section_id, settings, place)
