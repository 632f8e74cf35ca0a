"""Calls to Sellsy's API v2: paced, authenticated, page after page.

Sellsy API v2, OpenAPI 2.128.0 (2024-04). Lists give at most 100 records a page and an opaque text to go on from
(``pagination.offset``); whole numbers in its place reach the first 100,000 records only, and are not used.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from connectors.base import Place, Raw
from connectors.errors import AuthenticationError, ContractError
from connectors.oauth.login import Login
from connectors.quota import Allowance, Governs
from connectors.quota_file import quota_path
from connectors.quota_shared import SharedGovernor
from connectors.sellsy.errors import MINUTE_S, SECOND_S, error_of, left
from connectors.sellsy.oauth import OAUTH
from connectors.sellsy.settings import SellsySettings
from connectors.transport import Response, Transport, retrying

PAGE = 100
"""Records of a page at most."""

BUCKET = "calls"
LEASE_S = 70.0
"""How long a call may be under way at most."""


class SellsyClient:
    """One account. Threads may share it."""

    def __init__(self, source: str, settings: SellsySettings, place: Place, governor: Governs | None = None) -> None:
        self.source = source
        self.login = Login(source, settings, OAUTH, place)
        self.governor: Governs = governor or governor_of(
            settings.base_url, str(settings.client_id or source), settings.calls_per_second
        )
        self.left: Mapping[str, int] = {}
        """Calls that were left at the latest answer, by period."""
        self._transport = Transport(source, settings.base_url)
        self._server_time: datetime | None = None

    def close(self) -> None:
        self._transport.close()
        self.login.close()

    @property
    def requests_sent(self) -> int:
        return self._transport.requests_sent

    @property
    def refused_429(self) -> int:
        return self._transport.refused_429

    @property
    def server_time(self) -> datetime:
        """Sellsy's clock at the latest answer, UTC. Raises :class:`ContractError` where no answer told it."""
        if self._server_time is None:
            raise ContractError(self.source, "the answers bear no Date, so that nobody knows the time by Sellsy's clock")
        return self._server_time

    def call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        scopes: tuple[str, ...] = (),
        accept: frozenset[int] = frozenset(),
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Response:
        """A 2xx answer, or one whose status is accepted; tried again where that may help. Every call may be: a PUT of values
        that was carried out twice leaves what once would."""

        def attempt() -> Response:
            token = self.login.bearer()
            response = self._send(token, method, path, params, json)
            if response.status == 401:
                self.login.renew(token)
                response = self._send(self.login.bearer(), method, path, params, json)
            if response.status == 401:
                raise AuthenticationError(
                    self.source, "Sellsy does not accept the token that it has just issued: check the client."
                )
            if not 200 <= response.status < 300 and response.status not in accept:
                raise error_of(self.source, response, what, scopes)
            return response

        return retrying(attempt, self._transport.rule)

    def _send(self, token: str, method: str, path: str, params: Mapping[str, Any] | None, json: Any) -> Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        with self.governor.slot(BUCKET):
            response = self._transport.send(method, path, params=params, json=json, headers=headers)
        if told := left(response.headers):
            self.left = told
        # Others on the account may use what we leave: whoever finds nothing left waits until there is something again.
        if self.left.get("minute", 1) <= 0:
            self.governor.hold(BUCKET, MINUTE_S)
        elif self.left.get("second", 1) <= 0:
            self.governor.hold(BUCKET, SECOND_S)
        if date := response.headers.get("Date"):
            self._server_time = parsedate_to_datetime(date).astimezone(UTC)
        return response

    def document(self, response: Response, what: str) -> Raw:
        """The answer's JSON object. Raises :class:`ContractError` for anything else."""
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ContractError(self.source, f"{what}: the answer is not a JSON object", status=response.status)
        return body

    def pages(
        self,
        path: str,
        *,
        what: str,
        scopes: tuple[str, ...],
        filters: Mapping[str, Any] | None = None,
        embed: Sequence[str] = (),
        limit: int = PAGE,
        order: str | None = "id",
    ) -> Iterator[tuple[list[Raw], int | None]]:
        """A list's records, page after page, each with how many there are in all. ``filters``: a search. ``order``: None for a list
        that takes none."""
        params: dict[str, Any] = {"limit": limit} | ({"order": order} if order else {})
        if embed:
            params["embed[]"] = list(embed)
        method, body = ("GET", None) if filters is None else ("POST", {"filters": dict(filters)})
        while True:
            answer = self.document(self.call(method, path, what=what, scopes=scopes, params=params, json=body), what)
            records, pagination = answer.get("data"), answer.get("pagination")
            if not isinstance(records, list) or not isinstance(pagination, dict):
                raise ContractError(self.source, f"{what}: the answer holds no list")
            total = pagination.get("total")
            yield records, total if isinstance(total, int) else None
            following = pagination.get("offset")
            if len(records) < limit or following in (None, "", params.get("offset")):
                return
            params["offset"] = str(following)

    def every(
        self,
        path: str,
        *,
        what: str,
        scopes: tuple[str, ...],
        filters: Mapping[str, Any] | None = None,
        order: str | None = "id",
    ) -> list[Raw]:
        """All records of a short list."""
        listed = self.pages(path, what=what, scopes=scopes, filters=filters, order=order)
        return [record for page, _ in listed for record in page]


@cache
def governor_of(base_url: str, client_id: str, calls_per_second: int) -> SharedGovernor:
    """The governor of one client, the same for everything that this process makes for it; its slots are shared by all
    processes of this user on the machine. Five a second and 432,000 a day are what Sellsy's rules name
    (https://api.sellsy.com/documentation/rules); what is left of an account's own limits comes with every answer."""
    pace = Allowance(calls_per_second, 1.0)
    return SharedGovernor(quota_path(base_url, f"{client_id} {calls_per_second}"), {BUCKET: pace}, lease_s=LEASE_S)
