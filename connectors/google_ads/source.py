"""Google Ads: cost, clicks and conversions by campaign and day and by ad group and day, and which campaign a click id belongs to.

Days are each account's own. Those within the account's longest conversion window are read again on every run and replaced
whole, because conversions are booked on the day of their click. The two levels stand in two tables and are never added:
Performance Max has no ad groups. What is deliberately not read: ads and keywords, and ratios such as CTR, which are divided
from their parts.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.ads.accounts import Stands
from connectors.ads.days import ONE_DAY, due, months_before, slices
from connectors.base import HERE, BadValue, Cursor, Days, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ContractError
from connectors.google_ads.client import Account, GoogleAdsClient
from connectors.google_ads.errors import AccountClosed
from connectors.google_ads.normalise import ad_group_day, campaign_day, click
from connectors.google_ads.settings import CLICK_DAYS, LOOKBACK_DAYS, GoogleAdsSettings
from connectors.google_ads.streams import (
    HISTORY_MONTHS,
    SCOPES,
    SLICE_DAYS,
    ad_groups_query,
    campaigns_query,
    clicks_query,
    streams,
)
from connectors.google_auth import GoogleToken

log = logging.getLogger("cadran.google_ads")


class GoogleAdsSource:
    """The accounts behind one login (``connectors.base.Source``)."""

    type = "google_ads"

    def __init__(self, id: str, settings: GoogleAdsSettings, place: Place = HERE) -> None:
        self.id = id
        self.settings = settings
        self._token = GoogleToken(id, settings, SCOPES, place)
        self._client = GoogleAdsClient(id, settings, self._token)
        self._closed: dict[str, str] = {}
        self._windows: dict[str, int | None] = {}

    @property
    def requests_sent(self) -> int:
        """Calls to Google Ads so far, tries included."""
        return self._client.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._client.refused_429

    @cached_property
    def _accounts(self) -> tuple[Account, ...]:
        """Every ad account to read, by id: those of the settings, and for a manager all enabled ones below it."""
        found: dict[str, Account] = {}
        for customer_id in self.settings.customer_ids:
            try:
                account = self._client.account(customer_id)
                below = list(self._client.clients(account)) if account.is_manager else [account]
            except AccountClosed as closed:
                self._skip(closed)
                continue
            for client in below:
                # An account can stand below several managers.
                found.setdefault(client.id, client)
        return tuple(found[customer_id] for customer_id in sorted(found))

    def streams(self) -> tuple[Stream, ...]:
        return streams(self.settings)

    def check(self) -> Reach:
        """The accounts that the login reaches, then what each says of itself."""
        reached = self._client.accessible()
        accounts = self._accounts
        currencies, zones = ({getattr(a, name) for a in accounts} for name in ("currency", "zone"))
        notes = [f"{a.id} {a.name}: {a.currency}, {a.zone}" for a in accounts]
        notes += [note for account in accounts if (note := self._window_note(account))]
        notes += self._closed.values()
        if not accounts:
            notes.append("no enabled ad account is behind customer_ids: spend will be empty")
        if not set(self.settings.customer_ids) & set(reached) and self.settings.login_customer_id is None:
            notes.append(f"the login itself reaches {', '.join(reached) or 'no account'}")
        return Reach(
            account_id=", ".join(a.id for a in accounts) or ", ".join(self.settings.customer_ids),
            account_name=", ".join(a.name for a in accounts),
            currency=currencies.pop() if len(currencies) == 1 else None,
            zone=zones.pop() if len(zones) == 1 else None,
            scopes=SCOPES,
            notes=tuple(notes),
        )

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return {"customers": [asdict(account) for account in self._accounts], "skipped": dict(self._closed)}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """Account after account, each from where it stands. Ends with each account's own today, which is partial."""
        stands = Stands.of(None if context.full else cursor)
        read = self._clicks if stream.name == "clicks" else self._costs
        for account in self._accounts:
            today = context.now.astimezone(self._zone(account)).date()
            try:
                yield from read(stream, account, stands, context.since, today)
            except AccountClosed as closed:
                self._skip(closed)
        if not self._accounts:
            yield Page((), str(stands) or None)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        if stream.name == "campaigns_daily":
            return campaign_day(record, context, self.settings.channel)
        if stream.name == "ad_groups_daily":
            return ad_group_day(record)
        return click(record, context.pseudonym)

    def close(self) -> None:
        self._client.close()
        self._token.close()

    def _costs(self, stream: Stream, account: Account, stands: Stands, since: date, today: date) -> Iterator[Page]:
        """Campaigns or ad groups."""
        query, table = _LEVELS[stream.name]
        stand = stands.day(account.id)
        lookback_days = 0 if stand is None else self._lookback_days(account)
        oldest = months_before(today, HISTORY_MONTHS)
        span = due(stand, since, today, lookback_days=lookback_days, oldest=oldest)
        for one in slices(span, SLICE_DAYS) if span is not None else ():
            yield from self._window(stands, account, query(one.first, one.last), table, "spend_on", one.first, one.last)

    def _lookback_days(self, account: Account) -> int:
        """How far back an increment reads: what the settings say, else as long as a conversion may still come."""
        if self.settings.lookback_days is not None:
            return self.settings.lookback_days
        return max(LOOKBACK_DAYS, self._window_days(account) or 0)

    def _window_days(self, account: Account) -> int | None:
        """The account's longest conversion window, asked once; None where it does not tell."""
        if account.id not in self._windows:
            try:
                self._windows[account.id] = self._client.longest_window(account)
            except (ContractError, BadValue) as error:
                log.warning("%s: account %s does not tell its conversion windows (%s)", self.id, account.id, error)
                self._windows[account.id] = None
        return self._windows[account.id]

    def _window_note(self, account: Account) -> str | None:
        """What a person should know of the account's conversion windows."""
        days, again = self._window_days(account), self._lookback_days(account)
        if days is None or days <= again:
            return None
        return (
            f"{account.id} counts conversions for {days} days after a click, and lookback_days is {again}: later ones are missed. "
            "Raise it, or leave it out"
        )

    def _clicks(self, stream: Stream, account: Account, stands: Stands, since: date, today: date) -> Iterator[Page]:
        """Day by day: click_view answers one day a query, and the oldest is gone tomorrow."""
        stand = stands.day(account.id)
        if stand is None:
            begin = today - timedelta(days=self.settings.click_history_days - 1)
        else:
            begin = max(stand - timedelta(days=stream.lookback_days), today - timedelta(days=CLICK_DAYS - 1))
        begin = max(begin, since)
        while begin <= today:
            yield from self._window(stands, account, clicks_query(begin), "ad_click", "clicked_on", begin, begin)
            begin += ONE_DAY

    def _window(
        self, stands: Stands, account: Account, query: str, table: str, day_column: str, first: date, last: date
    ) -> Iterator[Page]:
        """One query's pages. The last moves the account's cursor and replaces the days, which the query covered whole."""
        for batch in self._client.search(account.id, account.login_id, query):
            yield Page(batch, str(stands) or None)
        stands.move(account.id, last)
        yield Page((), str(stands), days=(Days(table, day_column, "account_id", account.id, first, last + ONE_DAY),))

    def _skip(self, closed: AccountClosed) -> None:
        log.warning("%s; it is left out", closed)
        self._closed[closed.customer_id] = f"{closed.customer_id} is not enabled and was left out"

    def _zone(self, account: Account) -> ZoneInfo:
        try:
            return ZoneInfo(account.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ContractError(self.id, f"account {account.id} is in the unknown time zone {account.zone!r}") from None


_LEVELS: Mapping[str, tuple[Callable[[date, date], str], str]] = {
    "campaigns_daily": (campaigns_query, "ad_spend_daily"),
    "ad_groups_daily": (ad_groups_query, "ad_group_daily"),
}
"""Stream -> what it asks and the table whose days it replaces."""


def build(section_id: str, settings: GoogleAdsSettings, place: Place) -> GoogleAdsSource:
    """The source of a settings section."""
    return GoogleAdsSource(section_id, settings, place)
