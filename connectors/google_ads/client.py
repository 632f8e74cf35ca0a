"""Calls to Google Ads by REST. Google's own package is 172 MB, speaks gRPC only, and gives a cost reader nothing more."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from connectors.base import Raw
from connectors.errors import AuthenticationError, ContractError
from connectors.google_ads.errors import classify
from connectors.google_ads.settings import GoogleAdsSettings
from connectors.google_ads.streams import ACCOUNT_QUERY, CLIENTS_QUERY, WINDOWS_QUERY
from connectors.google_auth import GoogleToken
from connectors.transport import Response, Transport
from connectors.values import whole


@dataclass(frozen=True)
class Account:
    """A customer: an ad account with its own currency and zone, or a manager of such."""

    id: str
    name: str
    currency: str
    zone: str
    is_manager: bool
    login_id: str | None
    """The manager through which it is reached."""


class GoogleAdsClient:
    """One login."""

    def __init__(self, source_id: str, settings: GoogleAdsSettings, token: GoogleToken) -> None:
        self.source_id = source_id
        self._settings = settings
        self._token = token
        self._transport = Transport(source_id, settings.base_url)

    @property
    def requests_sent(self) -> int:
        return self._transport.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._transport.refused_429

    def accessible(self) -> tuple[str, ...]:
        """Customers that the login reaches without a manager in between. The cheapest authenticated call."""
        answer = self._send("GET", "customers:listAccessibleCustomers", customer_id="(any)", headers={})
        names = answer.get("resourceNames", ()) if isinstance(answer, dict) else ()
        return tuple(str(name).removeprefix("customers/") for name in names)

    def account(self, customer_id: str) -> Account:
        """What a customer says of itself. Raises :class:`connectors.google_ads.errors.AccountClosed` for a cancelled one."""
        login_id = self._settings.login_customer_id
        for batch in self.search(customer_id, login_id, ACCOUNT_QUERY):
            for row in batch:
                return self._account(row.get("customer"), login_id)
        raise ContractError(self.source_id, f"account {customer_id} does not describe itself")

    def clients(self, manager: Account) -> Iterator[Account]:
        """The enabled accounts below a manager, however deep, without the managers among them."""
        login_id = manager.login_id or manager.id
        for batch in self.search(manager.id, login_id, CLIENTS_QUERY):
            for row in batch:
                account = self._account(row.get("customerClient"), login_id)
                if not account.is_manager:
                    yield account

    def longest_window(self, account: Account) -> int | None:
        """Days after a click in which the account's conversion actions still count, by the longest of them; None: it told none."""
        days: list[int] = []
        for batch in self.search(account.id, account.login_id, WINDOWS_QUERY):
            for row in batch:
                action = row.get("conversionAction") or {}
                days += [
                    whole(action[name], name)
                    for name in ("clickThroughLookbackWindowDays", "viewThroughLookbackWindowDays")
                    if name in action
                ]
        return max(days, default=None)

    def search(self, customer_id: str, login_id: str | None, query: str) -> Iterator[list[Raw]]:
        """The query's rows, a batch at a time; an empty batch when nothing matches."""
        headers = {"login-customer-id": login_id} if login_id else {}
        answer = self._send(
            "POST",
            f"customers/{customer_id}/googleAds:searchStream",
            customer_id=customer_id,
            headers=headers,
            json={"query": query},
        )
        if not isinstance(answer, list):
            raise ContractError(self.source_id, "searchStream did not answer a list of batches")
        for batch in answer:
            yield batch.get("results", [])

    def close(self) -> None:
        self._transport.close()

    def _send(self, method: str, path: str, *, customer_id: str, headers: dict[str, str], json: Any = None) -> Any:
        """One call; once more with a new token when Google no longer takes the old one (it may end before its hour)."""
        if self._settings.developer_token is not None:
            headers = headers | {"developer-token": self._settings.developer_token.get_secret_value()}
        version = self._settings.api_version

        def send() -> Response:
            return self._transport.request(
                method,
                f"/{version}/{path}",
                what="read Google Ads",
                classify=partial(classify, self.source_id, customer_id, version),
                headers=headers | {"Authorization": f"Bearer {self._token.bearer()}"},
                json=json,
            )

        try:
            response = send()
        except AuthenticationError:
            self._token.renew()
            response = send()
        try:
            return response.json()
        except ValueError:
            raise ContractError(self.source_id, "the answer is not JSON", status=response.status) from None

    def _account(self, customer: Any, login_id: str | None) -> Account:
        try:
            return Account(
                id=str(customer["id"]),
                name=str(customer.get("descriptiveName") or f"account {customer['id']}"),
                currency=str(customer["currencyCode"]),
                zone=str(customer["timeZone"]),
                is_manager=bool(customer.get("manager", False)),
                login_id=login_id,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ContractError(self.source_id, f"an account's answer lacks {error}") from None
