"""Meta's paths under ``/meta_ads``.

An account of the world is an ad account unless its ``about`` says ``"kind": "page"`` or ``"instagram"``. Ad accounts say ``name``,
``currency``, ``timezone_name`` and, where they differ, ``account_status`` and ``calls_an_hour``, ``report_rows`` and
``fields_gone``.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.core import Sandbox
from connectors.sandbox.meta_ads import insights, social
from connectors.sandbox.meta_ads.access import CALLS_AN_HOUR, Access, Blocked, Caller
from connectors.sandbox.meta_ads.errors import GraphError, invalid, too_much, unknown_object
from connectors.sandbox.meta_ads.insights import Query
from connectors.sandbox.meta_ads.reports import Report
from connectors.sandbox.world import AccountWorld, Record

DEFAULT_ROWS, MOST_ROWS, FEW_ROWS = 25, 5_000, 500
"""A page without ``limit``; the largest (Meta documents none); what the quirks about big pages make of it."""
DIRECT_ROWS, REPORT_ROWS = 50_000, 1_000_000
"""Campaigns times days that are too much for a direct answer, and for a report. The sandbox's own figures; an account's
``report_rows`` is another."""
ALIVE = range(22, 27)
"""Versions that are answered."""

Fields = Mapping[str, str]


class Service:
    """Meta over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.access = Access(sandbox)
        self._reports: dict[str, Report] = {}

    # --- the paths ---------------------------------------------------------------------------------------------------

    def ad_accounts(self, caller: Caller, request: Request, told: Fields) -> Record:
        caller.demand("ads_read")
        known = {"account_id", "name", "currency", "timezone_name", "account_status"}
        fields = [name for name in told.get("fields", "account_id").split(",") if name]
        if unknown := sorted(set(fields) - known):
            raise invalid(f"Tried accessing nonexisting field ({unknown[0]})")
        listed = []
        for account_id, account in sorted(self._of_kind("ad_account").items()):
            full = {"account_status": 1, **account.about, "account_id": self._id(account_id)}
            listed.append({name: full[name] for name in fields} | {"id": f"act_{account_id}"})
        return self._page(request, caller, told, listed)

    def ad_insights(self, caller: Caller, request: Request, told: Fields) -> Record:
        """GET: the rows; POST: the order of a report."""
        caller.demand("ads_read")
        account_id = request.path_params["account"]
        account, today = self._ad_account(account_id)
        quirks = self._sandbox.quirks
        if "filtering" in told and quirks.meta_ads_state_filter_is_refused:
            raise invalid("filtering: campaign.effective_status is not a valid field")
        query = Query.of(account_id, told, today)
        if gone := sorted(set(query.fields) & set(account.about.get("fields_gone", ()))):
            raise invalid(f"{gone[0]} is not valid for fields param")
        size = query.days * insights.campaigns(account)
        rows = insights.found(query, account, today, hides=quirks.meta_ads_deleted_campaigns_are_hidden)
        if request.method == "POST":
            report = Report(
                str(6_000_000 + len(self._reports)),
                query,
                rows,
                size > account.about.get("report_rows", REPORT_ROWS),
            )
            self._reports[report.id] = report
            return {"report_run_id": self._id(report.id)}
        if size > DIRECT_ROWS:
            raise too_much()
        if not query.is_daily:
            return {"data": insights.answered(query, account, rows, ids_are_numbers=False)}
        return self._rows(request, caller, told, query, account, rows)

    def node(self, caller: Caller, request: Request, told: Fields) -> Record:
        node = request.path_params["node"]
        if node in self._reports:
            return self._reports[node].asked_after(words_lack_job=self._sandbox.quirks.meta_ads_statuses_lack_job)
        account = self._accounts().get(node)
        if account is None or account.about.get("kind") not in ("page", "instagram"):
            raise unknown_object(node)
        caller.demand("pages_show_list" if account.about["kind"] == "page" else "instagram_basic")
        full = {**account.about, "id": node, "followers_count": social.followers(account, self._sandbox.clock.now())}
        if account.about["kind"] == "page":
            full["access_token"] = caller.page_token(node)
        wanted = told.get("fields", "id").split(",")
        return {name: full[name] for name in (*wanted, "id") if full.get(name) is not None}

    def node_insights(self, caller: Caller, request: Request, told: Fields) -> Record:
        node = request.path_params["node"]
        if node in self._reports:
            report = self._reports[node]
            account, _ = self._ad_account(report.query.account_id)
            return self._rows(request, caller, told, report.query, account, report.given())
        account = self._accounts().get(node) or AccountWorld({})
        now = self._sandbox.clock.now()
        if account.about.get("kind") == "page":
            caller.demand("read_insights", "pages_read_engagement")
            if self._sandbox.quirks.meta_ads_pages_want_own_token and caller.page_id != node:
                raise GraphError(190, "This method must be called with a Page Access Token")
            return social.page_insights(account, told, now)
        if account.about.get("kind") == "instagram":
            caller.demand("instagram_manage_insights")
            return social.instagram_insights(account, told, now)
        raise unknown_object(node)

    # --- shared ------------------------------------------------------------------------------------------------------

    def endpoint(self, work: Callable[[Caller, Request, Fields], Record]) -> Callable[[Request], Awaitable[Response]]:
        """``work`` behind version, token and allowance, in a thread, with refusals turned into answers."""

        def answer(request: Request, told: Fields) -> Response:
            headers: dict[str, str] = {}
            try:
                with self._sandbox.lock:
                    if request.path_params["version"] not in ALIVE:
                        raise GraphError(2635, "You are calling a deprecated version of the Ads API.")
                    caller = self.access.caller(request.headers, told)
                    headers = self._counted(request)
                    return _json(work(caller, request, told), 200, headers)
            except Blocked as blocked:
                return _json(blocked.body, blocked.status, blocked.headers)
            except GraphError as refusal:
                return _json(refusal.body, refusal.status, headers)

        async def handle(request: Request) -> Response:
            body = (await request.body()).decode("utf-8", "replace")
            return await run_in_threadpool(answer, request, dict(request.query_params) | dict(parse_qsl(body)))

        return handle

    def _counted(self, request: Request) -> dict[str, str]:
        """The call, against the allowance of the account that it is about."""
        node = request.path_params.get("account") or request.path_params.get("node")
        if node in self._reports:
            node = self._reports[node].query.account_id
        account = self._accounts().get(node) if node else None
        if node is None or account is None:
            return {}
        use = {"page": "pages", "instagram": "instagram"}.get(account.about.get("kind", ""), "ads_insights")
        return self.access.count(node, use, account.about.get("calls_an_hour", CALLS_AN_HOUR))

    def _rows(
        self, request: Request, caller: Caller, told: Fields, query: Query, account: AccountWorld, rows: list[Record]
    ) -> Record:
        numbers = self._sandbox.quirks.meta_ads_ids_are_numbers
        page = self._page(request, caller, told, rows)
        page["data"] = insights.answered(query, account, page["data"], ids_are_numbers=numbers)
        return page

    def _page(self, request: Request, caller: Caller, told: Fields, rows: list[Record]) -> Record:
        """From ``after`` on, ``limit`` at most. ``next`` is the whole address of the next page, token included."""
        limit = int(told.get("limit", DEFAULT_ROWS))
        if limit > FEW_ROWS and self._sandbox.quirks.meta_ads_big_pages_are_refused:
            raise GraphError(1, "Please reduce the amount of data you're asking for, then retry your request", status=500)
        limit = min(limit, FEW_ROWS if self._sandbox.quirks.meta_ads_pages_are_capped else MOST_ROWS)
        try:
            start = int(base64.urlsafe_b64decode(told["after"])) if "after" in told else 0
        except (ValueError, binascii.Error):
            raise invalid("Invalid cursors values") from None
        found: Record = {"data": rows[start : start + limit]}
        if found["data"]:
            found["paging"] = {"cursors": {"before": _cursor(start), "after": _cursor(start + limit)}}
        if start + limit < len(rows):
            following = {**told, "access_token": caller.token, "after": _cursor(start + limit)}
            found["paging"]["next"] = f"{request.url.replace(query='')}?{urlencode(following)}"
        return found

    def _ad_account(self, account_id: str) -> tuple[AccountWorld, date]:
        """An ad account and its today."""
        account = self._of_kind("ad_account").get(account_id)
        if account is None:
            raise unknown_object(f"act_{account_id}")
        return account, self._sandbox.clock.now().astimezone(ZoneInfo(account.about["timezone_name"])).date()

    def _accounts(self) -> dict[str, AccountWorld]:
        return self._sandbox.world.accounts.get("meta_ads", {})

    def _of_kind(self, kind: str) -> dict[str, AccountWorld]:
        return {k: one for k, one in self._accounts().items() if one.about.get("kind", "ad_account") == kind}

    def _id(self, value: str) -> str | int:
        return int(value) if self._sandbox.quirks.meta_ads_ids_are_numbers else value


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode()


def _json(answer: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(answer), status, dict(headers or {}), media_type="application/json; charset=UTF-8")


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The paths of https://developers.facebook.com/docs/marketing-api/insights (2026-11-21), for every version."""
    service = Service(sandbox)
    at = "/meta_ads/v{version:int}.0"
    return [
        *service.access.consent.routes(),
        Route(f"{at}/me/adaccounts", service.endpoint(service.ad_accounts), methods=["GET"], name="adaccounts"),
        Route(f"{at}/act_{{account}}/insights", service.endpoint(service.ad_insights), methods=["GET"], name="insights"),
        Route(f"{at}/act_{{account}}/insights", service.endpoint(service.ad_insights), methods=["POST"], name="order"),
        Route(f"{at}/{{node}}/insights", service.endpoint(service.node_insights), methods=["GET"], name="node_insights"),
        Route(f"{at}/{{node}}", service.endpoint(service.node), methods=["GET"], name="node"),
    ]
