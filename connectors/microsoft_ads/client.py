"""Calls to Microsoft Advertising by REST: reports that are made in the background, and what accounts say of themselves.

SOAP ends on 2027-01-31; Microsoft's own package for REST is 47 MB and gives a cost reader nothing more.
"""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from connectors.ads.days import Span
from connectors.ads.reports import when_ready
from connectors.base import Place, Raw
from connectors.errors import AuthenticationError, CadranError, ContractError
from connectors.microsoft_ads.errors import AddressEnded, ReportFailed, TooManyCalls, classify, of_download, of_search
from connectors.microsoft_ads.oauth import OAUTH
from connectors.microsoft_ads.report import pages
from connectors.microsoft_ads.settings import MicrosoftAdsSettings
from connectors.microsoft_ads.streams import COLUMNS
from connectors.oauth.login import Login
from connectors.transport import Response, Transport

CLIENT_CENTER = "https://clientcenter.api.bingads.microsoft.com"

ACCOUNTS_A_PAGE = 1_000

TRIES = 2
"""Orders of a report that Microsoft could not make, and addresses of one whose five minutes were over."""


@dataclass(frozen=True)
class Made:
    """A report that is ready."""

    url: str | None
    """Good for five minutes; None: there is no data."""


class MicrosoftAdsClient:
    """One login, one customer."""

    def __init__(self, source_id: str, settings: MicrosoftAdsSettings, place: Place) -> None:
        self.source_id = source_id
        self.login = Login(source_id, settings, OAUTH, place)
        self._settings = settings
        self._transport = Transport(source_id, settings.base_url)
        self._throttled = 0
        usual = type(settings).model_fields["base_url"].default
        client_center = CLIENT_CENTER if settings.base_url == usual else settings.base_url
        self._accounts_url = (settings.accounts_url or client_center).rstrip("/")
        logging.getLogger("urllib3.connectionpool").addFilter(_SIGNATURES_HIDDEN)

    @property
    def requests_sent(self) -> int:
        return self._transport.requests_sent

    @property
    def refused_429(self) -> int:
        """Calls refused as too many; Microsoft says so in the body."""
        return self._throttled

    def close(self) -> None:
        self._transport.close()
        self.login.close()

    def accounts(self) -> Iterator[Raw]:
        """The customer's accounts, as Client Center describes them (path and fields are not confirmed).

        Raises :class:`connectors.microsoft_ads.errors.NoSearch` where it has no such search.
        """
        index = 0
        while True:
            body = {
                "Predicates": [{"Field": "CustomerId", "Operator": "Equals", "Value": self._settings.customer_id}],
                "PageInfo": {"Index": index, "Size": ACCOUNTS_A_PAGE},
            }
            answer = self._send(f"{self._accounts_url}/CustomerManagement/v13/Accounts/Search", body, of_search)
            found = answer.get("Accounts")
            if not isinstance(found, list):
                raise ContractError(self.source_id, "the search for accounts did not answer a list")
            yield from found
            if len(found) < ACCOUNTS_A_PAGE:
                return
            index += 1

    def campaign_days(self, account_ids: Sequence[str], span: Span) -> Iterator[list[Raw]]:
        """The figures of these accounts' campaigns on these days, by one report, a page at a time; nothing where there is no data.

        Raises :class:`connectors.microsoft_ads.errors.ReportTooBig` before the first page.
        """
        packed = self._packed(account_ids, span)
        if packed is not None:
            yield from pages(self.source_id, packed, span)

    def _packed(self, account_ids: Sequence[str], span: Span) -> bytes | None:
        """The file of a report, packed. None: there is no data."""
        what = f"the report of {span.first} to {span.last}"
        for tries_left in reversed(range(TRIES)):
            report_id = self._submit(account_ids, span)
            ready = partial(when_ready, self.source_id, what, partial(self._poll, report_id, what, account_ids[0]))
            try:
                made = ready()
                return None if made.url is None else self._downloaded(made.url, ready)
            except ReportFailed:
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _submit(self, account_ids: Sequence[str], span: Span) -> str:
        order = {
            "Type": "CampaignPerformanceReportRequest",
            "ReportName": "Cadran",
            "Format": "Csv",
            "FormatVersion": "2.0",  # numbers without commas between the thousands
            "ExcludeReportHeader": True,
            "ExcludeReportFooter": True,
            "ReturnOnlyCompleteData": False,
            "Aggregation": "Daily",
            "Scope": {"AccountIds": list(account_ids)},
            # Never a named range: those are cut in Pacific time.
            "Time": {"CustomDateRangeStart": _date(span.first), "CustomDateRangeEnd": _date(span.last)},
            "Columns": list(COLUMNS),
        }
        answer = self._send("/Reporting/v13/GenerateReport/Submit", {"ReportRequest": order}, account_id=account_ids[0])
        report_id = answer.get("ReportRequestId")
        if not report_id:
            raise ContractError(self.source_id, "the order of a report was answered without ReportRequestId")
        return str(report_id)

    def _poll(self, report_id: str, what: str, account_id: str) -> Made | None:
        answer = self._send("/Reporting/v13/GenerateReport/Poll", {"ReportRequestId": report_id}, account_id=account_id)
        told = answer.get("ReportRequestStatus")
        status = told.get("Status") if isinstance(told, dict) else None
        if status == "Pending":
            return None
        if status == "Error":
            raise ReportFailed(self.source_id, f"Microsoft could not make {what}")
        if status != "Success" or not isinstance(told, dict):
            raise ContractError(self.source_id, f"{what} has the unknown status {status!r}")
        return Made(told.get("ReportDownloadUrl") or None)

    def _downloaded(self, url: str, again: Callable[[], Made]) -> bytes | None:
        for tries_left in reversed(range(TRIES)):
            try:
                return self._fetch(url)
            except AddressEnded:
                made = again() if tries_left else None
                if made is None or made.url is None:
                    raise
                url = made.url
        raise AssertionError("the last try returns or raises")

    def _fetch(self, url: str) -> bytes:
        """The address is a credential by itself: the login does not go with it, and it goes nowhere in the clear."""
        if urlsplit(url).scheme not in ("https", urlsplit(self._settings.base_url).scheme):
            raise ContractError(self.source_id, "the address of the report is not https")
        return self._transport.request("GET", url, what="fetch a report", classify=partial(of_download, self.source_id)).body

    def _send(
        self,
        path: str,
        body: Any,
        classify: Callable[[str, Response], CadranError | None] = classify,
        account_id: str | None = None,
    ) -> Raw:
        """One call; once more with a new token when Microsoft no longer takes the old one."""
        headers = {
            "DeveloperToken": self._settings.developer_token.get_secret_value(),
            "CustomerId": self._settings.customer_id,
            "Accept": "application/json",
        }
        if account_id is not None:
            headers["CustomerAccountId"] = account_id

        def classified(response: Response) -> CadranError | None:
            error = classify(self.source_id, response)
            self._throttled += isinstance(error, TooManyCalls)
            return error

        def send(token: str) -> Response:
            return self._transport.request(
                "POST",
                path,
                what="read Microsoft Advertising",
                classify=classified,
                headers=headers | {"Authorization": f"Bearer {token}"},
                json=body,
            )

        token = self.login.bearer()
        try:
            response = send(token)
        except AuthenticationError:
            self.login.renew(token)
            response = send(self.login.bearer())
        try:
            answer = response.json()
        except ValueError:
            raise ContractError(self.source_id, "the answer is not JSON", status=response.status) from None
        if not isinstance(answer, dict):
            raise ContractError(self.source_id, "the answer is not an object", status=response.status)
        return answer


def _date(day: Any) -> dict[str, int]:
    return {"Year": day.year, "Month": day.month, "Day": day.day}


class _SignaturesHidden(logging.Filter):
    """Takes the signature out of addresses: for five minutes it opens a report to whoever has it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "sig=" in message:
            record.msg, record.args = re.sub(r"(\bsig=)[^&\s\"]+", r"\1[hidden]", message), None
        return True


_SIGNATURES_HIDDEN = _SignaturesHidden()
