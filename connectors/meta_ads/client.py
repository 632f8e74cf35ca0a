"""Calls to Meta's Graph API by plain HTTP.

The token goes into the Authorization header, which keeps it out of addresses. That Meta takes it there for every edge is not
confirmed: where it answers that no token came, the token is sent as a parameter from then on, and the one log that holds
addresses (urllib3's, at DEBUG) is redacted. For the same reason ``paging.next`` is not followed as it stands: Meta puts the token into
it. Its parameters are taken over instead.
"""

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from connectors.base import BadValue, Place, Raw
from connectors.errors import AuthenticationError, CadranError, ContractError, QuotaExhausted
from connectors.meta_ads.errors import Asked, TokenUnseen, TooManyCalls, Unexplained, classify
from connectors.meta_ads.oauth import OAUTH
from connectors.meta_ads.settings import MetaAdsSettings
from connectors.meta_ads.usage import Pace
from connectors.oauth.login import Login
from connectors.transport import Response, Transport, redact
from connectors.values import whole

Fields = Mapping[str, str]

PAGE_ROWS = 5_000
"""Rows asked for at once. Meta documents no maximum for insights; where it gives fewer, ``paging.next`` leads on."""
FEWEST_ROWS = 100
"""A page of so few that fails has another reason than its size."""


class Graph:
    """One token."""

    def __init__(self, source_id: str, settings: MetaAdsSettings, place: Place) -> None:
        self.source_id = source_id
        self.version = settings.api_version
        self.login = Login(source_id, settings, OAUTH, place)
        self._throttled = 0
        self._pace = Pace()
        self._transport = Transport(source_id, settings.base_url, before=self._pace.wait, after=self._pace.look)
        self._is_in_header = True

    @property
    def requests_sent(self) -> int:
        return self._transport.requests_sent

    @property
    def refused_429(self) -> int:
        """Calls refused as too many; Meta says so with HTTP 400 as a rule."""
        return self._transport.refused_429 + self._throttled

    def close(self) -> None:
        self._transport.close()
        self.login.close()

    def get(self, path: str, fields: Fields, asked: Asked, token: str | None = None) -> Raw:
        """The object behind ``path``. ``token``: a page's own, in place of the login's."""
        return self._send("GET", path, fields, asked, token)

    def post(self, path: str, fields: Fields, asked: Asked) -> Raw:
        return self._send("POST", path, fields, asked, None)

    def pages(self, path: str, fields: Fields, asked: Asked, rows: int = PAGE_ROWS) -> Iterator[list[Raw]]:
        """The records of an edge, a page at a time, until there is no next one.

        A page that goes on failing without a reason (code 1) is asked for in halves: that is also how Meta says that it is too
        big (not confirmed).
        """
        sent = dict(fields)
        while True:
            try:
                answer = self.get(path, {**sent, "limit": str(rows)}, asked)
            except Unexplained:
                if rows <= FEWEST_ROWS:
                    raise
                rows = max(FEWEST_ROWS, rows // 2)
                continue
            found = answer.get("data")
            if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
                raise ContractError(self.source_id, f"{path} did not answer a list of objects")
            yield found
            paging = answer.get("paging")
            following = paging.get("next") if isinstance(paging, dict) else None
            if not following:
                return
            told = {k: v for k, v in parse_qsl(urlsplit(str(following)).query) if k not in ("access_token", "limit")}
            after = {**fields, **told}
            if after == sent:
                raise ContractError(self.source_id, f"{path} leads from a page to itself")
            sent = after

    def whole(self, value: object, name: str) -> int:
        """A whole number of an answer that is no record. Raises :class:`ContractError` for anything else."""
        try:
            return whole(value, name)
        except BadValue as error:
            raise ContractError(self.source_id, str(error)) from None

    def _send(self, method: str, path: str, fields: Fields, asked: Asked, page_token: str | None) -> Raw:
        """One call; once more where the token was not seen, and where the login was made anew meanwhile."""
        token = page_token or self.login.bearer()
        try:
            response = self._request(method, path, fields, asked, token)
        except TokenUnseen:
            if not self._is_in_header:
                raise
            self._is_in_header = False
            logging.getLogger("urllib3.connectionpool").addFilter(_TOKEN_HIDDEN)
            response = self._request(method, path, fields, asked, token)
        except AuthenticationError:
            if page_token is not None:
                raise
            self.login.renew(token)
            response = self._request(method, path, fields, asked, self.login.bearer())
        try:
            body = response.json()
        except ValueError:
            raise ContractError(self.source_id, "the answer is not JSON", status=response.status) from None
        if not isinstance(body, dict):
            raise ContractError(self.source_id, "the answer is not an object", status=response.status)
        return body

    def _request(self, method: str, path: str, fields: Fields, asked: Asked, token: str) -> Response:
        headers = {"Authorization": f"Bearer {token}"} if self._is_in_header else {}
        sent = {**fields} if self._is_in_header else {**fields, "access_token": token}
        return self._transport.request(
            method,
            f"/{self.version}/{path}",
            what=asked.action,
            classify=partial(self._classified, asked),
            headers=headers,
            **({"params": sent} if method == "GET" else {"data": sent}),
        )

    def _classified(self, asked: Asked, response: Response) -> CadranError | None:
        error = classify(self.source_id, self.version, asked, response)
        self._throttled += response.status != 429 and isinstance(error, (TooManyCalls, QuotaExhausted))
        return error


class _TokenHidden(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        return True


_TOKEN_HIDDEN = _TokenHidden()
