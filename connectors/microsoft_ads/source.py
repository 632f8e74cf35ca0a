"""Microsoft Advertising: cost, clicks, impressions, conversions and their value by campaign and day.

One report covers every account and all days that are due, so that a first read of 24 months is one order, its polls and one file.
Days of the last 30 are read again on every run and replaced whole. Whose days they are, Microsoft's pages disagree: its own
documents of 2021 say UTC, https://github.com/fivetran/dbt_microsoft_ads (2026-05) says the account's zone. The account's zone is kept on the
row, ``cadran check`` says so, and a day is read only once it has begun in both.

What is deliberately not read: ad groups, ads and keywords, impression shares (which exclude other columns), and ratios, which are divided
from their parts.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from connectors.ads.accounts import AdAccount, Stands, zone_of
from connectors.ads.days import Span, due, months_before
from connectors.base import HERE, BadValue, Cursor, Days, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError, ContractError
from connectors.microsoft_ads.client import MicrosoftAdsClient
from connectors.microsoft_ads.errors import NoSearch, ReportTooBig
from connectors.microsoft_ads.normalise import campaign_day
from connectors.microsoft_ads.oauth import OAUTH
from connectors.microsoft_ads.settings import MicrosoftAdsSettings
from connectors.microsoft_ads.streams import HISTORY_MONTHS, streams
from connectors.microsoft_ads.zones import ZONES
from connectors.values import text

log = logging.getLogger("cadran.microsoft_ads")


class MicrosoftAdsSource:
    """The accounts of one customer behind one login (``connectors.base.Source``)."""

    type = "microsoft_ads"

    def __init__(self, id: str, settings: MicrosoftAdsSettings, place: Place = HERE) -> None:
        self.id = id
        self.settings = settings
        self._client = MicrosoftAdsClient(id, settings, place)
        self._notes: list[str] = []

    @property
    def requests_sent(self) -> int:
        """Calls to Microsoft so far, tries included."""
        return self._client.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._client.refused_429

    @cached_property
    def _accounts(self) -> tuple[AdAccount, ...]:
        """The ad accounts of the settings, or all of the customer, by id."""
        try:
            found = {account.id: account for account in map(self._account, self._client.accounts())}
        except NoSearch as refused:
            if not self.settings.account_ids:
                raise ConfigurationError(f"{refused}: name the ad accounts in account_ids (aid= in the address)") from None
            found = {}
        wanted = sorted(set(self.settings.account_ids)) or sorted(found)
        for account_id in wanted:
            if account_id not in found:
                # A report may reach it all the same: an account shared with the customer, or no search at all.
                found[account_id] = AdAccount(account_id, f"account {account_id}", "", self._fallback_zone)
                self._note(f"{account_id} does not describe itself; its days are kept as of {self._fallback_zone} (time_zone)")
        return tuple(found[account_id] for account_id in wanted)

    @property
    def _fallback_zone(self) -> str:
        return self.settings.time_zone or "UTC"

    def streams(self) -> tuple[Stream, ...]:
        return streams(self.settings)

    def check(self) -> Reach:
        """The accounts, and what each says of itself."""
        accounts = self._accounts
        currencies, zones = {a.currency for a in accounts}, {a.zone for a in accounts}
        notes = [f"{a.id} {a.name}: {a.currency or 'currency as its report says'}, {a.zone}" for a in accounts]
        notes += self._notes
        if accounts:
            notes.append("days are taken as the account's own; some of Microsoft's pages say that they are UTC")
        else:
            notes.append(f"customer {self.settings.customer_id} has no ad account that the login sees: spend will be empty")
        return Reach(
            account_id=", ".join(a.id for a in accounts) or self.settings.customer_id,
            account_name=", ".join(a.name for a in accounts) or f"customer {self.settings.customer_id}",
            currency=(currencies.pop() or None) if len(currencies) == 1 else None,
            zone=zones.pop() if len(zones) == 1 else None,
            scopes=OAUTH.scopes,
            notes=(*notes, *self._client.login.notes()),
        )

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return {"accounts": [account.as_json() for account in self._accounts]}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """One report for all accounts of which the same days are due: all of them, but for one that was added later."""
        stands = Stands.of(None if context.full else cursor)
        reports: dict[Span, list[AdAccount]] = {}
        for account in self._accounts:
            today = self._today(account, context.now)
            oldest = months_before(today, HISTORY_MONTHS)
            span = due(stands.day(account.id), context.since, today, lookback_days=stream.lookback_days, oldest=oldest)
            if span is not None:
                reports.setdefault(span, []).append(account)
        for span, accounts in reports.items():
            yield from self._report(stands, accounts, span)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return campaign_day(record, context, self.settings.channel)

    def close(self) -> None:
        self._client.close()

    def _report(self, stands: Stands, accounts: Sequence[AdAccount], span: Span) -> Iterator[Page]:
        ids = [account.id for account in accounts]
        try:
            for records in self._client.campaign_days(ids, span):
                yield Page(records, str(stands) or None)
        except ReportTooBig as refused:
            halves = span.halves()
            if halves is None:
                raise ContractError(
                    self.id, f"even the report of a single day, {span.first}, is larger than is unpacked"
                ) from None
            log.info("%s; it is asked for in halves", refused)
            for half in halves:
                yield from self._report(stands, accounts, half)
            return
        for account_id in ids:
            stands.move(account_id, span.last)
        days = tuple(Days("ad_spend_daily", "spend_on", "account_id", one, span.first, span.until) for one in ids)
        yield Page((), str(stands), days=days)

    def _today(self, account: AdAccount, now: datetime) -> date:
        """The last day that has begun whichever zone the days are of: a later one might not be answered yet, or be refused."""
        return min(now.astimezone(zone_of(self.id, account)).date(), now.astimezone(UTC).date())

    def _account(self, answered: Raw) -> AdAccount:
        try:
            account_id = text(answered, "Id")
        except BadValue as error:
            raise ContractError(self.id, f"an ad account does not describe itself: {error}") from None
        told = str(answered.get("TimeZone") or "")
        if told and told not in ZONES:
            self._note(
                f"{account_id} is in a zone that is not known here, {told}; its days are kept as of {self._fallback_zone} (time_zone)"
            )
        return AdAccount(
            id=account_id,
            name=str(answered.get("Name") or f"account {account_id}"),
            currency=str(answered.get("CurrencyCode") or ""),
            zone=ZONES.get(told, self._fallback_zone),
        )

    def _note(self, note: str) -> None:
        log.warning("%s: %s", self.id, note)
        self._notes.append(note)


def build(section_id: str, settings: MicrosoftAdsSettings, place: Place) -> MicrosoftAdsSource:
    """The source of a settings section."""
    return MicrosoftAdsSource(section_id, settings, place)
