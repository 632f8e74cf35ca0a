"""Calls to LinkedIn's Marketing API. Its Python package is unmaintained since 2023 and gives a reader nothing more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from connectors.ads.days import Span
from connectors.base import Raw
from connectors.errors import AuthenticationError, ContractError
from connectors.linkedin_ads.budget import MetricBudget
from connectors.linkedin_ads.errors import RULE, Asked, TooMany, classify, instant
from connectors.linkedin_ads.oauth import SCOPES
from connectors.linkedin_ads.restli import date_parts, query
from connectors.linkedin_ads.settings import ORGANIC_SCOPES, LinkedInAdsSettings
from connectors.linkedin_ads.streams import FIELDS, LEVELS
from connectors.oauth.login import Login
from connectors.transport import Response, Transport

PAGE_SIZE = 1_000
"""Of accounts and campaigns; the most that LinkedIn gives."""

TUNNEL_FROM = 4_000
"""Characters of a query string from which it is sent in the body of a POST (query tunnelling), because LinkedIn answers 414."""

FOLLOWER_EDGES = ("COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember")
"""The relation that followers are counted by: its name, and the older one. Which of them a version takes is not confirmed."""

_OVERRIDE = {"X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Entity:
    """A campaign or campaign group: what a row of figures stands for."""

    id: str
    name: str | None


class LinkedInClient:
    """One login."""

    def __init__(self, source_id: str, settings: LinkedInAdsSettings, login: Login) -> None:
        self.source_id = source_id
        self.now: datetime | None = None
        """LinkedIn's clock at the last answer, UTC."""
        self._settings = settings
        self._login = login
        self._budget = MetricBudget()
        self._transport = Transport(source_id, settings.base_url, rule=RULE, after=self._look)

    @property
    def requests_sent(self) -> int:
        return self._transport.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._transport.refused_429

    def close(self) -> None:
        self._transport.close()

    def accounts(self) -> list[Raw]:
        """Every ad account that the login sees. The cheapest authenticated call."""
        asked = Asked("list the ad accounts", SCOPES[:1], "a user of an ad account")
        return list(self._search("/rest/adAccounts", asked))

    def entities(self, account_id: str) -> list[Entity]:
        """The account's campaign groups, or campaigns where the settings say so: those that there are now."""
        level = LEVELS[self._settings.campaign_level]
        asked = Asked(f"list the campaigns of account {account_id}", SCOPES[:1], "a user of this ad account")
        found = self._search(f"/rest/adAccounts/{account_id}/{level.path}", asked)
        return [Entity(bare_id(one.get("id")), one.get("name")) for one in found]

    def figures(self, account_id: str, span: Span, entity_ids: Sequence[str], *, by_entity: bool) -> list[Raw]:
        """Rows by day and entity, of the account or only of ``entity_ids``. Has no pages: LinkedIn cuts at 15,000 rows in silence.

        Raises :class:`connectors.linkedin_ads.errors.UrlTooLong` for too many entities at once.
        """
        level = LEVELS[self._settings.campaign_level]
        whose = {level.facet: [f"{level.urn}{one}" for one in entity_ids]} if by_entity else {}
        self._budget.make_room(max(len(entity_ids), 1) * span.days * len(FIELDS))
        elements = self._elements(
            "/rest/adAnalytics",
            {
                "q": "analytics",
                "pivot": level.pivot,
                "timeGranularity": "DAILY",
                "dateRange": {"start": date_parts(span.first), "end": date_parts(span.last)},
                **(whose or {"accounts": [f"urn:li:sponsoredAccount:{account_id}"]}),
            },
            Asked(f"read the figures of account {account_id}", SCOPES, "a user of this ad account"),
            plain=f"fields={','.join(FIELDS)}",
        )
        self._budget.spend(len(elements) * len(FIELDS))
        return elements

    def page_statistics(self, organization: str, finder: str, span: Span) -> Iterator[Raw]:
        """Elements of an organic statistic, one for each day that LinkedIn tells something of."""
        at_midnight = (int(datetime.combine(day, time(), UTC).timestamp() * 1000) for day in (span.first, span.until))
        asked: dict[str, Any] = {
            "q": "organizationalEntity",
            "organizationalEntity": f"urn:li:organization:{organization}",
            "timeIntervals": {
                "timeRange": dict(zip(("start", "end"), at_midnight, strict=True)),
                "timeGranularityType": "DAY",
            },
        }
        yield from self._elements(f"/rest/{finder}", asked, _of_page(organization))

    def followers(self, organization: str) -> int:
        """How many follow a page now."""
        for edge in FOLLOWER_EDGES:
            path = f"/rest/networkSizes/urn%3Ali%3Aorganization%3A{organization}"
            try:
                answer = self._send(path, query({"edgeType": edge}), _of_page(organization))
            except ContractError as refused:
                if refused.status == 400 and edge != FOLLOWER_EDGES[-1]:
                    continue
                raise
            size = answer.get("firstDegreeSize")
            if isinstance(size, int):
                return size
            break
        raise ContractError(
            self.source_id, f"the number of followers of page {organization} is not in the answer (firstDegreeSize)"
        )

    # --- how calls are made ---------------------------------------------------------------------------------------

    def _search(self, path: str, asked: Asked) -> Iterator[Raw]:
        """All pages of a search."""
        parameters: dict[str, Any] = {"q": "search", "pageSize": PAGE_SIZE}
        seen: set[str] = set()
        while True:
            answer = self._send(path, query(parameters), asked)
            yield from self._list(answer)
            token = (answer.get("metadata") or {}).get("nextPageToken")
            if not token:
                return
            if token in seen:
                raise ContractError(self.source_id, f"{path}: the same page token came twice")
            seen.add(token)
            parameters["pageToken"] = token

    def _elements(self, path: str, parameters: Mapping[str, Any], asked: Asked, plain: str = "") -> list[Raw]:
        """The elements of one answer. ``plain`` goes behind the parameters as it stands."""
        text = "&".join(filter(None, (query(parameters), plain)))
        return self._list(self._send(path, text, asked))

    def _list(self, answer: Mapping[str, Any]) -> list[Raw]:
        elements = answer.get("elements")
        if not isinstance(elements, list):
            raise ContractError(self.source_id, "the answer has no elements")
        return elements

    def _send(self, path: str, text: str, asked: Asked) -> Mapping[str, Any]:
        """One call; once more with a new token when LinkedIn no longer takes the old one."""
        token = self._login.bearer()
        try:
            response = self._try(path, text, asked, token)
        except AuthenticationError:
            self._login.renew(token)
            response = self._try(path, text, asked, self._login.bearer())
        try:
            answer = response.json()
        except ValueError:
            raise ContractError(self.source_id, "the answer is not JSON", status=response.status) from None
        if not isinstance(answer, dict):
            raise ContractError(self.source_id, "the answer is not an object", status=response.status)
        return answer

    def _try(self, path: str, text: str, asked: Asked, token: str) -> Response:
        headers = {
            "Authorization": f"Bearer {token}",
            "Linkedin-Version": self._settings.api_version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        is_tunnelled = len(text) > TUNNEL_FROM
        try:
            return self._transport.request(
                "POST" if is_tunnelled else "GET",
                path if is_tunnelled else f"{path}?{text}",
                what=asked.action,
                classify=partial(classify, self.source_id, self._settings.api_version, asked),
                headers=headers | (_OVERRIDE if is_tunnelled else {}),
                data=text.encode("ascii") if is_tunnelled else None,
            )
        except TooMany as refused:
            raise refused.outlasted() from None

    def _look(self, response: Response) -> None:
        self.now = instant(response.headers) or self.now


def _of_page(organization: str) -> Asked:
    return Asked(f"read the statistics of page {organization}", ORGANIC_SCOPES, "an administrator of this page")


def bare_id(id: Any) -> str:
    """An id that came as a number, as text or as a URN."""
    return str(id).rpartition(":")[2]


def day_of(milliseconds: Any) -> date | None:
    """The day that begins at an instant; None for no instant. Where a day does not begin at midnight UTC, the one that holds most
    of it: in whose zone LinkedIn cuts the days of a page is not confirmed."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    return datetime.fromtimestamp(milliseconds / 1000 + 43_200, UTC).date()
