"""LinkedIn: cost, clicks, impressions, conversions and leads by campaign and day, and what company pages did each day.

Days are UTC for every account. The last seven are read again on every run and replaced whole, because LinkedIn restates them. What is
deliberately not read: ads (creatives), figures by kind of member (job, industry), reach, which does not add up over days, and
ratios, which are divided from their parts.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from connectors.ads.accounts import AdAccount, Stands
from connectors.ads.days import ONE_DAY, Span, due, months_before, slices
from connectors.base import HERE, Cursor, Days, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError, ContractError, MissingScope
from connectors.linkedin_ads.client import LinkedInClient, bare_id
from connectors.linkedin_ads.errors import version_note
from connectors.linkedin_ads.figures import days_at_once, whole
from connectors.linkedin_ads.given_token import given_token_note
from connectors.linkedin_ads.normalise import campaign_day, page_day
from connectors.linkedin_ads.oauth import OAUTH
from connectors.linkedin_ads.pages import days_of_page
from connectors.linkedin_ads.settings import LinkedInAdsSettings
from connectors.linkedin_ads.streams import HISTORY_MONTHS, ORGANIC_MONTHS, streams, written_day
from connectors.oauth.login import Login

ZONE = "UTC"
"""Of all days, whatever zone an account's people see in Campaign Manager (https://github.com/fivetran/dbt_linkedin, 2026-11-21)."""


class LinkedInAdsSource:
    """The ad accounts and pages behind one login (``connectors.base.Source``)."""

    type = "linkedin_ads"

    def __init__(self, id: str, settings: LinkedInAdsSettings, place: Place = HERE) -> None:
        self.id = id
        self.settings = settings
        self._login = Login(id, settings, OAUTH, place)
        self._client = LinkedInClient(id, settings, self._login)

    @property
    def requests_sent(self) -> int:
        """Calls to LinkedIn so far, tries included."""
        return self._client.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._client.refused_429

    @cached_property
    def _accounts(self) -> tuple[AdAccount, ...]:
        return self._asked_accounts()

    def _asked_accounts(self) -> tuple[AdAccount, ...]:
        """The ad accounts of the settings, by id, as LinkedIn describes them now."""
        if not self.settings.account_ids:
            return ()
        seen = {bare_id(one.get("id")): one for one in self._client.accounts()}
        if missing := sorted(set(self.settings.account_ids) - set(seen)):
            raise ConfigurationError(
                f"{self.id}: the login does not see ad account {', '.join(missing)} (account_ids). The person who logged in must be a user "
                f"of it in Campaign Manager; the login sees {', '.join(sorted(seen)) or 'none'}."
            )
        return tuple(self._account(account_id, seen[account_id]) for account_id in sorted(set(self.settings.account_ids)))

    def streams(self) -> tuple[Stream, ...]:
        return streams(self.settings)

    def check(self) -> Reach:
        """The accounts that the login sees, and how many follow each page."""
        accounts = self._asked_accounts()
        currencies = {account.currency for account in accounts}
        notes = [f"{a.id} {a.name}: {a.currency}, days in UTC" for a in accounts]
        notes += [self._page_note(organization) for organization in self.settings.organizations]
        notes += self._login.notes()
        if note := given_token_note(self.id, self.settings, self._client.now):
            notes.append(note)
        if note := version_note(self.settings.api_version, self._client.now):
            notes.append(note)
        pages = [f"page {organization}" for organization in self.settings.organizations]
        return Reach(
            account_id=", ".join([a.id for a in accounts] or self.settings.organizations),
            account_name=", ".join([a.name for a in accounts] or pages),
            currency=currencies.pop() if len(currencies) == 1 else None,
            zone=ZONE,
            scopes=self.settings.addressed(OAUTH).scopes,
            notes=tuple(notes),
        )

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return {"accounts": [account.as_json() for account in self._accounts]}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """Account after account, or page after page, each from where it stands."""
        stands = Stands.of(None if context.full else cursor)
        today = context.now.astimezone(UTC).date()
        if stream.name == "campaigns_daily":
            for account in self._accounts:
                yield from self._campaigns(stream, account, stands, context.since, today)
        else:
            for organization in sorted(set(self.settings.organizations)):
                yield from self._page(stream, organization, stands, context.since, today)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        if stream.name == "campaigns_daily":
            return campaign_day(record, context, self.settings.channel)
        return page_day(record)

    def close(self) -> None:
        self._client.close()
        self._login.close()

    def _campaigns(self, stream: Stream, account: AdAccount, stands: Stands, since: date, today: date) -> Iterator[Page]:
        """Ends with today, which is partial."""
        oldest = months_before(today, HISTORY_MONTHS)
        span = due(stands.day(account.id), since, today, lookback_days=stream.lookback_days, oldest=oldest)
        if span is None:
            return
        entities = self._client.entities(account.id)
        ids = sorted({entity.id for entity in entities})
        names = {entity.id: entity.name for entity in entities}

        def ask(days: Span, only: Sequence[str] | None) -> list[Raw]:
            return self._client.figures(account.id, days, ids if only is None else only, by_entity=only is not None)

        for one in slices(span, days_at_once(len(ids))):
            records = [self._record(account.id, row, names, one) for row in whole(self.id, ask, one, ids)]
            stands.move(account.id, one.last)
            yield Page(records, str(stands), days=(_days("ad_spend_daily", "spend_on", account.id, one),))

    def _page(self, stream: Stream, organization: str, stands: Stands, since: date, today: date) -> Iterator[Page]:
        """Ends with yesterday: followers are counted at the end of a day."""
        oldest = months_before(today, ORGANIC_MONTHS) + ONE_DAY
        stand = stands.day(organization)
        span = due(stand, since, today - ONE_DAY, lookback_days=stream.lookback_days, oldest=oldest)
        if span is not None:
            records = list(days_of_page(self._client, organization, span))
            stands.move(organization, span.last)
            yield Page(records, str(stands), days=(_days("social_stats_daily", "stats_on", organization, span),))

    def _record(self, account_id: str, row: Raw, names: Mapping[str, str | None], asked: Span) -> Raw:
        """A row as it is stored: LinkedIn's, with whose it is, which LinkedIn says by its place in the answer only."""
        pivots = row.get("pivotValues")
        campaign_id = bare_id(pivots[0]) if isinstance(pivots, list) and pivots else None
        day = written_day(row)
        if day[:4].isdigit() and not asked.first.isoformat() <= day <= asked.last.isoformat():
            raise ContractError(
                self.id,
                f"LinkedIn answered for {day} where it was asked for {asked.first} to {asked.last} (days are UTC); nothing of it is stored",
            )
        return {"account": account_id, "campaign": campaign_id, "campaignName": names.get(campaign_id or ""), **row}

    def _account(self, account_id: str, answered: Raw) -> AdAccount:
        code = answered.get("currency")
        if not isinstance(code, str):
            raise ContractError(self.id, f"account {account_id} does not say its currency")
        return AdAccount(account_id, str(answered.get("name") or f"account {account_id}"), code, ZONE)

    def _page_note(self, organization: str) -> str:
        try:
            return f"page {organization}: {self._client.followers(organization)} followers"
        except MissingScope as missing:
            if not self.settings.account_ids:
                raise
            return f"page {organization} is left out: {missing}"


def _days(table: str, day_column: str, account_id: str, span: Span) -> Days:
    return Days(table, day_column, "account_id", account_id, span.first, span.until)


def build(section_id: str, settings: LinkedInAdsSettings, place: Place) -> LinkedInAdsSource:
    """The source of a settings section."""
    return LinkedInAdsSource(section_id, settings, place)
