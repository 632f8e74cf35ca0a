"""Sellsy's routes, behind one gate: token, quotas, scope."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.consent import App, Consent
from connectors.sandbox.core import Sandbox
from connectors.sandbox.sellsy.errors import Refused
from connectors.sandbox.sellsy.lists import filtered, page
from connectors.sandbox.sellsy.quota import Quotas
from connectors.sandbox.sellsy.values import borne, checked, empty
from connectors.sandbox.world import AccountWorld, Record

CLIENT_ID = "sandbox-sellsy-client"
CLIENT_SECRET = "sandbox-sellsy-key"  # noqa: S105 - opens nothing but the sandbox
PREFIX = "/sellsy"

OBJECTS = ("companies", "contacts", "individuals", "opportunities")
"""Tables whose records bear custom fields of ours, and are lists and searches of the same name."""
SCOPES = frozenset(
    {f"{table}.{way}" for table in (*OBJECTS, "custom-fields", "invoices", "credit-notes") for way in ("read", "write")}
    | {"accounts.read", "staffs.read"}
)

APP = App(
    authorize_path=f"{PREFIX}/oauth2/authorization",
    token_path=f"{PREFIX}/oauth2/access-tokens",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    scopes=SCOPES,
    body="json",
    needs_pkce=True,
    by_client_alone=True,
    refresh_s=60 * 86_400,
)
"""One client that stands for a personal and a private one; access tokens live an hour, as in Sellsy's samples."""

Handler = Callable[[Request], Awaitable[Response]]


class Sellsy:
    """The first account of the world; a token says nothing of others."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.account = next(iter(sandbox.world.accounts.get("sellsy", {}).values()), AccountWorld({"currency": "EUR"}))
        self.consent = Consent(sandbox, "sellsy", APP)
        self.quotas = Quotas(self.account.about.get("api_rate") or {}, sandbox.monotonic)
        self.consent.quotas = self.quotas  # type: ignore[attr-defined]  # open to tests, as logins are

    # --- the gate ---------------------------------------------------------------------------------------------

    def guarded(self, scope: str | None, answer: Callable[[Request, Any], Any]) -> Handler:
        async def handle(request: Request) -> Response:
            body = await request.body()
            with self.sandbox.lock:
                if not self.quotas.take():
                    return Refused(429, "Too many requests").response(self.quotas.headers())
                try:
                    self._demand(request, scope)
                    found = answer(request, orjson.loads(body) if body else None)
                except Refused as refused:
                    return refused.response(self.quotas.headers())
                except orjson.JSONDecodeError:
                    return Refused(400, "The body is no JSON").response(self.quotas.headers())
                headers = self.quotas.headers()
                if not isinstance(found, Response):
                    return JSONResponse(found, 200, headers)
                found.headers.update(headers)
                return found

        return handle

    def _demand(self, request: Request, scope: str | None) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or self.consent.look(token) != "good":
            raise Refused(401, "The access token is missing, unknown or expired")
        if scope is not None and scope not in self.scopes(token):
            raise Refused(403, f"The scope {scope} is required")

    def scopes(self, token: str) -> frozenset[str]:
        own = self.account.about.get("scopes")
        held = self.consent.scopes_of(token)
        return held if own is None else held & frozenset(own)

    # --- records ----------------------------------------------------------------------------------------------

    def table(self, name: str) -> Sequence[Record]:
        """What was there by now."""
        now = self.sandbox.clock.now()
        return [
            record
            for record in self.account.tables.get(name, ())
            if "created" not in record or datetime.fromisoformat(str(record["created"])) <= now
        ]

    def record(self, table: str, id: str) -> Record:
        found = next((one for one in self.table(table) if str(one["id"]) == id), None)
        if found is None:
            raise Refused(404, "Resource not found")
        return found

    def shown(self, table: str, record: Record, embeds: Sequence[str]) -> Record:
        """As it is answered: without what the sandbox keeps beside it, with the custom fields that were asked for."""
        found = {key: value for key, value in record.items() if not key.startswith("_")}
        wanted = [one.removeprefix("cf.") for one in embeds if one.startswith("cf.")]
        if wanted:
            fields = [
                field for field in self.table("custom_fields") if str(field["id"]) in wanted and borne(field, table, record)
            ]
            held = [{"id": field["id"], "code": field["code"], "value": self.value(record, field)} for field in fields]
            by_name = {f"cf.{one['id']}": one["value"] for one in held}
            found["_embed"] = by_name if self.sandbox.quirks.sellsy_embeds_by_name else {"custom_fields": held}
        return found

    def value(self, record: Record, field: Record) -> Any:
        held = (record.get("_values") or {}).get(str(field["id"]))
        return empty(field) if held is None else held

    # --- answers ----------------------------------------------------------------------------------------------

    def listed(self, table: str) -> Callable[[Request, Any], Any]:
        """A list, or a search where there is a body."""

        def answer(request: Request, body: Any) -> Any:
            records = list(self.table(table))
            if request.method == "GET" and self.sandbox.quirks.sellsy_lists_leave_archived_out:
                records = [one for one in records if not one.get("is_archived")]
            if request.method == "POST":
                records = filtered(table, records, (body or {}).get("filters"))
            if "pipeline" in request.path_params:
                records = [one for one in records if str(one["pipeline_id"]) == request.path_params["pipeline"]]
            found, pagination = page(
                table, records, request.query_params, ends_open=self.sandbox.quirks.sellsy_last_page_has_offset
            )
            embeds = request.query_params.getlist("embed[]")
            hidden = {"pipeline_id"} if table == "steps" else set()
            data = [{k: v for k, v in self.shown(table, one, embeds).items() if k not in hidden} for one in found]
            return {"pagination": pagination, "data": data}

        return answer

    def one(self, table: str) -> Callable[[Request, Any], Any]:
        return lambda request, _body: self.shown(table, self.record(table, request.path_params["id"]), ())

    def values(self, table: str) -> Callable[[Request, Any], Any]:
        def answer(request: Request, _body: Any) -> Any:
            record = self.record(table, request.path_params["id"])
            fields = [field for field in self.table("custom_fields") if borne(field, table, record)]
            found, pagination = page(
                "values", fields, request.query_params, ends_open=self.sandbox.quirks.sellsy_last_page_has_offset
            )
            return {"pagination": pagination, "data": [{**field, "value": self.value(record, field)} for field in found]}

        return answer

    def put_values(self, table: str) -> Callable[[Request, Any], Any]:
        def answer(request: Request, body: Any) -> Any:
            record = self.record(table, request.path_params["id"])
            known = {field["id"]: field for field in self.table("custom_fields") if borne(field, table, record)}
            if not isinstance(body, list):
                raise Refused(400, "Validation error", {"body": "a list is expected"})
            kept = {}
            for place, one in enumerate(body):
                if not isinstance(one, dict) or set(one) != {"id", "value"} or one["id"] not in known:
                    raise Refused(400, "Validation error", {f"[{place}].id": "this custom field is not one of the record"})
                kept[str(one["id"])] = checked(known[one["id"]], one["value"], f"[{place}].value")
            if request.query_params.get("verify") != "true":
                held = {**(record.get("_values") or {}), **kept}
                record["_values"] = {id: value for id, value in held.items() if value is not None}
            return Response(status_code=204) if self.sandbox.quirks.sellsy_values_answer_nothing else {"data": body}

        return answer

    def currencies(self, request: Request, _body: Any) -> Any:
        code = self.account.about["currency"]
        other = "USD" if code != "USD" else "EUR"
        both = [
            {"id": 1, "code": code, "symbol": code, "is_default": True},
            {"id": 2, "code": other, "symbol": other, "is_default": False},
        ]
        found, pagination = page(
            "currencies", both, request.query_params, ends_open=self.sandbox.quirks.sellsy_last_page_has_offset
        )
        return {"pagination": pagination, "data": found}

    def told_scopes(self, request: Request, _body: Any) -> Any:
        return sorted(self.scopes(request.headers["authorization"].partition(" ")[2]))


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """Everything under ``/sellsy``: ``/sellsy/oauth2/…`` and ``/sellsy/v2/…``."""
    sellsy = Sellsy(sandbox)
    found: list[BaseRoute] = list(sellsy.consent.routes())

    def add(method: str, path: str, name: str, scope: str | None, answer: Callable[[Request, Any], Any]) -> None:
        found.append(Route(f"{PREFIX}/v2{path}", sellsy.guarded(scope, answer), methods=[method], name=name))

    add("GET", "/quotas", "quotas", "accounts.read", lambda _request, _body: sellsy.quotas.as_json())
    add("GET", "/scopes", "scopes", None, sellsy.told_scopes)
    add("GET", "/currencies", "currencies", "accounts.read", sellsy.currencies)
    add("GET", "/staffs", "staffs", "staffs.read", sellsy.listed("staffs"))
    add("GET", "/custom-fields", "custom_fields", "custom-fields.read", sellsy.listed("custom_fields"))
    add("POST", "/custom-fields/search", "custom_fields", "custom-fields.read", sellsy.listed("custom_fields"))
    add("GET", "/opportunities/pipelines", "pipelines", "opportunities.read", sellsy.listed("pipelines"))
    add("GET", "/opportunities/sources", "sources", "opportunities.read", sellsy.listed("sources"))
    add("GET", "/opportunities/pipelines/{pipeline}/steps", "steps", "opportunities.read", sellsy.listed("steps"))
    for table in (*OBJECTS, "invoices"):
        add("GET", f"/{table}", table, f"{table}.read", sellsy.listed(table))
        add("POST", f"/{table}/search", f"{table}_search", f"{table}.read", sellsy.listed(table))
        add("GET", f"/{table}/{{id}}", table, f"{table}.read", sellsy.one(table))
    for table in OBJECTS:
        add("GET", f"/{table}/{{id}}/custom-fields", f"{table}_values", "custom-fields.read", sellsy.values(table))
        add("PUT", f"/{table}/{{id}}/custom-fields", f"{table}_put_values", "custom-fields.write", sellsy.put_values(table))
    add("POST", "/credit-notes/search", "credit_notes_search", "credit-notes.read", sellsy.listed("credit_notes"))
    return found
