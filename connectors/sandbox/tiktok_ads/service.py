"""TikTok's paths under ``/tiktok_ads/open_api/v1.3``, and who may ask what, how often.

An account of the world is an advertiser and says ``name``, ``currency``, ``zone`` and, where they differ from the constants here,
``calls_a_second`` and ``most_rows``.
"""

from collections.abc import Awaitable, Callable, Mapping
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
from connectors.sandbox.tiktok_ads.envelope import Refusal, enveloped, invalid, token_refused, too_large, too_many_calls
from connectors.sandbox.tiktok_ads.report import Query, answered, found
from connectors.sandbox.world import AccountWorld, Record

TOKEN = "sandbox-tiktok-token"  # noqa: S105 - opens nothing but the sandbox
APP_ID, SECRET = "7098765432109876543", "sandbox-tiktok-secret"

CALLS_A_SECOND = 10
"""Of the lowest tier; the vendor publishes the highest, 20."""
MOST_ROWS = 20_000
"""Campaigns times days from which a query is too large. The sandbox's own figure."""

Told = Mapping[str, str]


def _wrapped(status: int, said: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """The token end point's answers are in TikTok's words too."""
    if status < 400:
        return 200, enveloped(0, "OK", {**said, "advertiser_ids": [], "scope": [4]})
    return 200, enveloped(40101 if said["error"] == "invalid_client" else 40002, str(said["error_description"]))


APP = App(
    authorize_path="/tiktok_ads/portal/auth",
    token_path="/tiktok_ads/open_api/v1.3/oauth2/access_token/",  # noqa: S106 - a path
    client_id=APP_ID,
    client_secret=SECRET,
    scopes=frozenset(),
    body="json",
    rotates=False,
    is_offline=lambda asked: False,
    access_s=None,
    names={"client_id": "app_id", "client_secret": "secret", "code": "auth_code"},
    omits=frozenset({"grant_type", "redirect_uri", "response_type"}),
    answer=_wrapped,
)


class Service:
    """TikTok over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.consent = Consent(sandbox, "tiktok_ads", APP)
        self.consent.seed(access_token=TOKEN)
        self._window: RollingWindow | None = None

    # --- the paths ---------------------------------------------------------------------------------------------------

    def advertisers(self, told: Told) -> Record:
        """Those that the login was given."""
        if (told.get("app_id"), told.get("secret")) != (APP_ID, SECRET):
            raise Refusal(40101, "The app id or its secret is wrong.")
        return {
            "list": [
                {"advertiser_id": self._id(k), "advertiser_name": v.about["name"]} for k, v in sorted(self._accounts().items())
            ]
        }

    def info(self, told: Told) -> Record:
        """What advertisers say of themselves."""
        try:
            asked = orjson.loads(told.get("advertiser_ids", ""))
        except orjson.JSONDecodeError:
            raise invalid("advertiser_ids: not a JSON array") from None
        return {"list": [self._described(str(one), self._advertiser(str(one))) for one in asked]}

    def report(self, told: Told) -> Record:
        query = Query.of(told)
        account = self._advertiser(query.advertiser_id)
        rows = found(query, account, self._sandbox.clock.now().astimezone(ZoneInfo(account.about["zone"])).date())
        if len(rows) > account.about.get("most_rows", MOST_ROWS):
            raise too_large()
        quirks = self._sandbox.quirks
        return answered(
            query,
            rows,
            absent=None if quirks.tiktok_ads_absent_is_null else "-",
            ids_are_numbers=quirks.tiktok_ads_ids_are_numbers,
            days_have_midnight=quirks.tiktok_ads_days_have_midnight,
        )

    # --- shared ------------------------------------------------------------------------------------------------------

    def endpoint(self, work: Callable[[Told], Record]) -> Callable[[Request], Awaitable[Response]]:
        """``work`` behind token and pace, in a thread, with refusals turned into answers."""

        def answer(request: Request) -> Response:
            try:
                with self._sandbox.lock:
                    self._admit(request.headers.get("access-token", ""))
                    return _json(enveloped(0, "OK", work(dict(request.query_params))))
            except Refusal as refusal:
                return _json(refusal.body)

        async def handle(request: Request) -> Response:
            return await run_in_threadpool(answer, request)

        return handle

    def _admit(self, token: str) -> None:
        if not token:
            raise token_refused(is_missing=True)
        if self.consent.look(token) != "good":
            raise token_refused()
        if self._window is None:
            allowed = max(
                (a.about.get("calls_a_second", CALLS_A_SECOND) for a in self._accounts().values()), default=CALLS_A_SECOND
            )
            self._window = RollingWindow(allowed, 1.0, self._sandbox.monotonic)
        if not self._window.take():
            raise too_many_calls()

    def _described(self, advertiser_id: str, account: AccountWorld) -> Record:
        about = account.about
        zone = {"display_timezone": about["zone"], "timezone": "Etc/GMT-1"}
        if not self._sandbox.quirks.tiktok_ads_has_display_timezone:
            zone = {"timezone": about["zone"]}
        return {
            "advertiser_id": self._id(advertiser_id),
            "name": about["name"],
            "currency": about["currency"],
            "status": "STATUS_ENABLE",
            **zone,
        }

    def _advertiser(self, advertiser_id: str) -> AccountWorld:
        account = self._accounts().get(advertiser_id)
        if account is None:
            raise invalid(f"Advertiser {advertiser_id} doesn't exist or you don't have access to it.")
        return account

    def _accounts(self) -> dict[str, AccountWorld]:
        return self._sandbox.world.accounts.get("tiktok_ads", {})

    def _id(self, value: str) -> str | int:
        return int(value) if self._sandbox.quirks.tiktok_ads_ids_are_numbers else value


def _json(answer: Any) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json; charset=utf-8")


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The paths of https://github.com/tiktok/tiktok-business-api-sdk yml_files (f809c39, 2026-02)."""
    service = Service(sandbox)
    at = "/tiktok_ads/open_api/v1.3"
    return [
        *service.consent.routes(),
        Route(f"{at}/oauth2/advertiser/get/", service.endpoint(service.advertisers), methods=["GET"], name="advertisers"),
        Route(f"{at}/advertiser/info/", service.endpoint(service.info), methods=["GET"], name="info"),
        Route(f"{at}/report/integrated/get/", service.endpoint(service.report), methods=["GET"], name="report"),
    ]
