"""Meta: ad figures by campaign and day, and what happened on Facebook pages and Instagram accounts.

Days are each ad account's own. Ad figures of the last 28 days are read again on every run and replaced whole, because Meta restates
them. What is deliberately not read: ad sets and ads (their sums are not the campaign's), reach and frequency (they add up over
nothing), and ratios, which are divided from their parts.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from connectors.ads.accounts import AdAccount, Stands, zone_of
from connectors.ads.days import Span, due, months_before, slices
from connectors.base import HERE, BadValue, Cursor, Days, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError, ContractError, MissingScope
from connectors.meta_ads import social
from connectors.meta_ads.client import Graph
from connectors.meta_ads.errors import Asked
from connectors.meta_ads.insights import Insights
from connectors.meta_ads.normalise import campaign_day, social_day
from connectors.meta_ads.oauth import ADS_SCOPES
from connectors.meta_ads.settings import MetaAdsSettings
from connectors.meta_ads.streams import CAMPAIGNS, HISTORY_MONTHS, PAGES, streams
from connectors.values import is_currency, text

ACTIVE = "1"
"""``account_status`` of an account that may spend. Others keep their past figures, and are read."""


class MetaAdsSource:
    """What one token reaches (``connectors.base.Source``)."""

    type = "meta_ads"

    def __init__(self, id: str, settings: MetaAdsSettings, place: Place = HERE) -> None:
        self.id = id
        self.settings = settings
        self._graph = Graph(id, settings, place)
        self._insights = Insights(self._graph, settings.attribution_windows)
        self._page_metrics = social.Metrics(social.PAGE_METRICS, settings.api_version)
        self._instagram_metrics = social.Metrics(social.INSTAGRAM_METRICS, settings.api_version)
        self._idle: list[str] = []

    @property
    def requests_sent(self) -> int:
        """Calls to Meta so far, tries included."""
        return self._graph.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._graph.refused_429

    @cached_property
    def _accounts(self) -> tuple[AdAccount, ...]:
        """The ad accounts of the settings, by id. Raises :class:`ConfigurationError` for one that the token does not reach."""
        if not self.settings.account_ids:
            return ()
        fields = {"fields": "account_id,name,currency,timezone_name,account_status"}
        asked = Asked("list the ad accounts that it reaches", ADS_SCOPES)
        found: dict[str, Raw] = {}
        for page in self._graph.pages("me/adaccounts", fields, asked, rows=200):
            found |= {str(record.get("account_id")).removeprefix("act_"): record for record in page}
        wanted = sorted(set(self.settings.account_ids))
        if lacking := [account_id for account_id in wanted if account_id not in found]:
            raise ConfigurationError(
                f"{self.id}: the token does not reach ad account {', '.join(lacking)} (account_ids); it reaches "
                f"{', '.join(sorted(found)) or 'none'}. Assign the account to the system user, or mend the id."
            )
        self._idle = [one for one in wanted if str(found[one].get("account_status", ACTIVE)) != ACTIVE]
        return tuple(self._account(account_id, found[account_id]) for account_id in wanted)

    def streams(self) -> tuple[Stream, ...]:
        return streams(self.settings)

    def check(self) -> Reach:
        """The ad accounts, pages and Instagram accounts of the settings, each with what it says of itself."""
        accounts = self._accounts
        currencies, zones = ({getattr(a, name) for a in accounts} for name in ("currency", "zone"))
        wrong = {code for code in currencies if not is_currency(code)}
        notes = [f"{a.id} {a.name}: {a.currency}, {a.zone}" for a in accounts]
        notes += [f"ad account {account_id} is not active; its past figures are read" for account_id in self._idle]
        notes += [f"{code!r} is not an ISO 4217 currency code: rows in it are set aside" for code in sorted(wrong)]
        names = [a.name for a in accounts]
        for kind, ids, node, name in (
            ("page", self.settings.pages, social.page_node, "name"),
            ("Instagram account", self.settings.instagram, social.instagram_node, "username"),
        ):
            for one in ids:
                try:
                    names.append(str(node(self._graph, one).get(name) or one))
                    notes.append(f"{kind} {one} {names[-1]}")
                except MissingScope as error:
                    notes.append(f"{kind} {one} is left out: {error}")
        return Reach(
            account_id=", ".join((*self.settings.account_ids, *self.settings.pages, *self.settings.instagram)),
            account_name=", ".join(names),
            currency=currencies.pop() if len(currencies) == 1 and not wrong else None,
            zone=zones.pop() if len(zones) == 1 else None,
            scopes=tuple(dict.fromkeys(scope for stream in self.streams() for scope in stream.scopes)),
            notes=(*notes, *self._graph.login.notes()),
        )

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return {"accounts": [account.as_json() for account in self._accounts]}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """Account after account, each from where it stands, up to its own today, which is partial."""
        if stream.name == CAMPAIGNS:
            return self._campaigns(stream, cursor, context)
        return self._pages(stream, cursor, context) if stream.name == PAGES else self._instagram(stream, cursor, context)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return campaign_day(record, context, self.settings) if stream.name == CAMPAIGNS else social_day(record)

    def close(self) -> None:
        self._graph.close()

    def _campaigns(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        stands = Stands.of(None if context.full else cursor)
        for account in self._accounts:
            today = context.now.astimezone(zone_of(self.id, account)).date()
            oldest = months_before(today, HISTORY_MONTHS)
            span = due(stands.day(account.id), context.since, today, lookback_days=stream.lookback_days, oldest=oldest)
            if span is None:
                continue
            for records, read in self._insights.days(account.id, span):
                if read is None:
                    yield Page(records, str(stands) or None)
                else:
                    stands.move(account.id, read.last)
                    yield Page(records, str(stands), days=(_days("ad_spend_daily", "spend_on", account.id, read),))

    def _pages(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        stands = Stands.of(None if context.full else cursor)
        today = context.now.astimezone(social.ZONE).date()
        oldest = months_before(today, social.PAGE_MONTHS)
        for page_id in self.settings.pages:
            span = due(stands.day(page_id), context.since, today, lookback_days=stream.lookback_days, oldest=oldest)
            token = social.page_node(self._graph, page_id).get("access_token") if span is not None else None
            for one in slices(span, social.PAGE_CALL_DAYS) if span is not None else ():
                records = social.page_days(self._graph, self._page_metrics, page_id, token, one)
                stands.move(page_id, one.last)
                yield Page(records, str(stands), days=(_days("social_stats_daily", "stats_on", page_id, one),))

    def _instagram(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """A full read is of today alone: what was counted is not restated, and nobody can say any more how many followed on the
        days before, which the rows of those days know."""
        levels = social.Levels(None if context.full else cursor)
        today = context.now.astimezone(social.ZONE).date()
        oldest = today if context.full else today - timedelta(days=social.INSTAGRAM_DAYS - 1)
        for account_id in self.settings.instagram:
            span = due(levels.day(account_id), context.since, today, lookback_days=stream.lookback_days, oldest=oldest)
            if span is None:
                continue
            now = social.instagram_node(self._graph, account_id).get("followers_count")
            levels.see(account_id, today, None if now is None else self._graph.whole(now, "followers_count"))
            for day in social.days_of(span):
                record = social.instagram_day(
                    self._graph, self._instagram_metrics, account_id, day, levels.followers(account_id, day)
                )
                levels.move(account_id, day)
                yield Page([record], str(levels), days=(_days("social_stats_daily", "stats_on", account_id, Span(day, day)),))

    def _account(self, account_id: str, record: Raw) -> AdAccount:
        """What it says of itself. Its currency is looked at row by row, where a wrong code costs only those rows."""
        try:
            name = str(record.get("name") or f"account {account_id}")
            return AdAccount(account_id, name, text(record, "currency"), text(record, "timezone_name"))
        except BadValue as error:
            raise ContractError(self.id, f"ad account {account_id} does not describe itself: {error}") from None


def _days(table: str, column: str, account_id: str, span: Span) -> Days:
    return Days(table, column, "account_id", account_id, span.first, span.until)


def build(section_id: str, settings: MetaAdsSettings, place: Place) -> MetaAdsSource:
    """The source of a settings section."""
    return MetaAdsSource(section_id, settings, place)
