"""Microsoft's paths under ``/microsoft_ads``, and who may ask what, how often.

An account of the world says ``name``, ``currency``, ``zone`` (Microsoft's own name of it) and, where they differ from the constants here,
``customer_id``, ``calls_a_minute`` and ``reports_at_once``.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.consent import App, Consent
from connectors.sandbox.core import Sandbox
from connectors.sandbox.limits import RollingWindow
from connectors.sandbox.microsoft_ads.faults import (
    Refusal,
    call_rate_exceeded,
    credentials_refused,
    forbidden,
    invalid,
    token_expired,
    too_many_reports,
)
from connectors.sandbox.microsoft_ads.report import REPORT_S, URL_S, Order, Report, found
from connectors.sandbox.world import AccountWorld, Record

CUSTOMER_ID = "7654321"
DEVELOPER_TOKEN = "SANDBOX0DEV"  # noqa: S105 - opens nothing but the sandbox
CLIENT_ID, CLIENT_SECRET = "00000000-aaaa-bbbb-cccc-sandbox00001", "sandbox-microsoft-secret"
REFRESH_TOKEN = "M.R3_sandbox-refresh"  # noqa: S105
"""Of a login that nobody had to make. The first refresh spends it."""
ACCESS_TOKEN = "EwB_sandbox-access"  # noqa: S105
"""Of the same login; good for an hour."""

CALLS_A_MINUTE = 1_000
REPORTS_AT_ONCE = 5
"""The vendor publishes neither figure."""

SIGNATURE = "sandbox-signature"

ZONES = {
    "BrusselsCopenhagenMadridParis": "Europe/Paris",
    "PacificTimeUSCanadaTijuana": "America/Los_Angeles",
    "OsakaSapporoTokyo": "Asia/Tokyo",
}
"""Zones that accounts of a world may be in; any other has its days in UTC."""

APP = App(
    authorize_path="/microsoft_ads/common/oauth2/v2.0/authorize",
    token_path="/microsoft_ads/common/oauth2/v2.0/token",  # noqa: S106 - a path
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    scopes=frozenset({"https://ads.microsoft.com/msads.manage", "offline_access"}),
    is_offline=lambda asked: "offline_access" in asked.get("scope", ""),
    rotates=True,
)


class Service:
    """Microsoft Advertising over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.consent = Consent(sandbox, "microsoft_ads", APP)
        self.consent.seed(REFRESH_TOKEN, ACCESS_TOKEN)
        self._reports: dict[str, Report] = {}
        self._windows: dict[str, RollingWindow] = {}

    # --- the paths ---------------------------------------------------------------------------------------------------

    def search(self, customer_id: str, request: Request, body: Any) -> Record:
        """The accounts of a customer."""
        if self._sandbox.quirks.microsoft_ads_has_no_search:
            raise Refusal(404, "NotFound", "No service has this path.", 404)
        predicates = body.get("Predicates") if isinstance(body, dict) else None
        if not predicates or predicates[0].get("Field") != "CustomerId":
            raise invalid("The sandbox finds accounts by CustomerId only.")
        accounts = self._of(str(predicates[0]["Value"])) if str(predicates[0]["Value"]) == customer_id else {}
        page = body.get("PageInfo") or {"Index": 0, "Size": 100}
        start = page["Index"] * page["Size"]
        listed = [
            {
                "Id": self._id(account_id),
                "Name": account.about["name"],
                "CurrencyCode": account.about["currency"],
                "TimeZone": account.about["zone"],
                "AccountLifeCycleStatus": "Active",
                "ParentCustomerId": self._id(customer_id),
            }
            for account_id, account in sorted(accounts.items())
        ]
        return {"Accounts": listed[start : start + page["Size"]]}

    def submit(self, customer_id: str, request: Request, body: Any) -> Record:
        accounts = self._of(customer_id)
        order = Order.of(body)
        if not {request.headers.get("customeraccountid", ""), *order.account_ids} <= accounts.keys():
            raise forbidden()
        one = accounts[order.account_ids[0]]
        today = self._today(one)
        if order.last > today or order.first > order.last:
            raise invalid("The end of the date range is in the future.", "InvalidCustomDateRangeEnd")
        if sum(report.is_pending for report in self._reports.values()) >= one.about.get("reports_at_once", REPORTS_AT_ONCE):
            raise too_many_reports()
        rows = found(order, accounts, today)
        report = Report(
            str(30_000_000_000 + len(self._reports)), order, self._now(), rows, bool(one.about.pop("fails_once", False))
        )
        self._reports[report.id] = report
        return {"ReportRequestId": self._id(report.id)}

    def poll(self, customer_id: str, request: Request, body: Any) -> Record:
        report = self._reports.get(str(body.get("ReportRequestId")) if isinstance(body, dict) else "")
        if report is None or self._now() >= report.ordered_at + timedelta(seconds=REPORT_S):
            raise Refusal(2100, "ReportingServiceInvalidReportId", "The report id is not valid, or older than two days.")
        status = report.asked_after()
        url = None
        if status == "Success" and report.rows:
            ends = int(self._now().timestamp()) + URL_S
            url = f"{request.base_url}microsoft_ads/download/{report.id}.zip?se={ends}&sig={SIGNATURE}"
        return {"ReportRequestStatus": {"Status": status, "ReportDownloadUrl": url}}

    async def download(self, request: Request) -> Response:
        """No token: the address itself is the credential, for five minutes."""
        with self._sandbox.lock:
            report = self._reports.get(request.path_params["report"].removesuffix(".zip"))
            asked = request.query_params
            if report is None or asked.get("sig") != SIGNATURE or self._now().timestamp() >= int(asked.get("se", "0")):
                return Response("<Error><Code>AuthenticationFailed</Code></Error>", 403, media_type="application/xml")
            if "authorization" in request.headers:
                return Response("<Error><Code>InvalidAuthenticationInfo</Code></Error>", 400, media_type="application/xml")
            quirks = self._sandbox.quirks
            data = report.packed(
                has_bom=quirks.microsoft_ads_csv_has_bom,
                heads_have_blanks=quirks.microsoft_ads_heads_have_blanks,
                are_qualified=quirks.microsoft_ads_conversions_are_qualified,
            )
            return Response(data, media_type="application/zip")

    # --- shared ------------------------------------------------------------------------------------------------------

    def endpoint(self, work: Callable[[str, Request, Any], Record]) -> Callable[[Request], Awaitable[Response]]:
        """``work`` behind login, customer and allowance, in a thread, with refusals turned into answers."""

        def answer(request: Request, body: bytes) -> Response:
            try:
                with self._sandbox.lock:
                    return _json(work(self._caller(request), request, _decoded(body)), 200)
            except Refusal as refusal:
                return _json(refusal.body, 200 if self._sandbox.quirks.microsoft_ads_faults_are_200 else refusal.status)

        async def handle(request: Request) -> Response:
            return await run_in_threadpool(answer, request, await request.body())

        return handle

    def _caller(self, request: Request) -> str:
        """The customer in the header, once the login and the allowance are good."""
        worth = self.consent.look(request.headers.get("authorization", "").removeprefix("Bearer "))
        if worth == "expired":
            raise token_expired()
        if worth == "unknown" or request.headers.get("developertoken") != DEVELOPER_TOKEN:
            raise credentials_refused()
        customer_id = request.headers.get("customerid", "")
        accounts = self._of(customer_id)
        if not accounts:
            raise forbidden()
        allowed = min(account.about.get("calls_a_minute", CALLS_A_MINUTE) for account in accounts.values())
        window = self._windows.setdefault(customer_id, RollingWindow(allowed, 60.0, self._sandbox.monotonic))
        if not window.take():
            raise call_rate_exceeded()
        return customer_id

    def _of(self, customer_id: str) -> dict[str, AccountWorld]:
        accounts = self._sandbox.world.accounts.get("microsoft_ads", {})
        return {k: one for k, one in accounts.items() if one.about.get("customer_id", CUSTOMER_ID) == customer_id}

    def _today(self, account: AccountWorld) -> date:
        """Where days end that are the account's own, or UTC's: the vendor's pages disagree."""
        zone = UTC if self._sandbox.quirks.microsoft_ads_days_are_utc else ZoneInfo(ZONES.get(account.about["zone"], "UTC"))
        return self._now().astimezone(zone).date()

    def _now(self) -> datetime:
        return self._sandbox.clock.now()

    def _id(self, value: str) -> str | int:
        return int(value) if self._sandbox.quirks.microsoft_ads_ids_are_numbers else value


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise invalid("The body is not JSON.", "NullRequest") from None


def _json(answer: Any, status: int) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json; charset=utf-8")


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The paths of https://learn.microsoft.com/advertising/guides/migrate-to-rest (2026-11-21)."""
    service = Service(sandbox)
    reports = "/microsoft_ads/Reporting/v13/GenerateReport"
    return [
        *service.consent.routes(),
        Route(f"{reports}/Submit", service.endpoint(service.submit), methods=["POST"], name="submit"),
        Route(f"{reports}/Poll", service.endpoint(service.poll), methods=["POST"], name="poll"),
        Route("/microsoft_ads/download/{report}", service.download, methods=["GET"], name="download"),
        Route(
            "/microsoft_ads/CustomerManagement/v13/Accounts/Search",
            service.endpoint(service.search),
            methods=["POST"],
            name="search",
        ),
    ]
