"""The API: what there is at each address. It reads shelf and ledger, computes nothing and changes nothing."""

import secrets
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any

import orjson
import sqlalchemy as sa
from fastapi import Depends, FastAPI, Query, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sync.cards import cards, followed_first
from sync.house import House
from sync.ledger_base import utc
from sync.ledger_tables import runs as runs_table
from sync.publish.forecast_command import forecast_json
from sync.publish.forecast_store import forecast
from sync.publish.members import member_of
from sync.publish.shelf import Shelf
from sync.publish.targets.command import status_json
from sync.publish.targets.standing import statuses
from sync.publish.web.api import documents
from sync.publish.web.api.asked import (
    after,
    bad,
    cursor_after,
    in_order,
    judged,
    known_kpi,
    no_controls,
    only_known,
    visible,
)
from sync.publish.web.api.shown import instant, shown
from sync.publish.web.asking import Ask, NoAnswer
from sync.publish.web.signin.problems import problem
from sync.publish.web.signin.readers import Reader, may_see

PATH = "/api/v1"
_MOST = 1000
_STARTED = secrets.token_hex(4)
"""Settings and definitions are read when the server starts: no answer of an earlier one is taken for today's."""

Kpi = Annotated[str, Query(max_length=100, description="`GET /kpis` lists them.")]
Limit = Annotated[int, Query(ge=1, le=_MOST)]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]


def api(house: House, engine: sa.Engine, ask: Ask) -> FastAPI:
    """The application that is mounted at :data:`PATH`, behind the sign-in. ``engine``: of the shelf."""
    made = FastAPI(
        title="Cadran",
        version=version("cadran"),
        summary="Results of one account, read-only.",
        description="Numbers travel as text, so that no digit of money is lost; null is undefined and has a reason.",
        docs_url=None,  # pages that load their scripts from elsewhere
        redoc_url=None,
        openapi_url="/openapi.json",
        dependencies=[Security(HTTPBearer(auto_error=False, description="A token of `cadran tokens add NAME`."))],
        responses=documents.REFUSALS,
        strict_content_type=False,
    )
    made.add_exception_handler(HTTPException, _refused)
    made.add_exception_handler(RequestValidationError, _malformed)
    _routes(made, _Results(house, engine, ask))
    return made


def _routes(made: FastAPI, results: "_Results") -> None:
    known = [Depends(only_known)]

    @made.get("/kpis", response_model=documents.Kpis, dependencies=known, summary="The catalogue")
    def kpis(
        request: Request, followed: Annotated[bool, Query(description="Only those that the company follows.")] = False
    ) -> Response:
        house = results.house
        names = [name for name in followed_first(house.catalogue) if not followed or name in house.catalogue.followed]
        return results.answer(request, lambda locale: {"kpis": cards(house.catalogue, names, locale)})

    @made.get("/kpis/{kpi}", response_model=documents.Kpi, dependencies=known, summary="One KPI's card")
    def one_kpi(request: Request, kpi: str) -> Response:
        known_kpi(results.house, kpi, 404)
        return results.answer(request, lambda locale: cards(results.house.catalogue, [kpi], locale)[0])

    @made.get("/values", response_model=documents.Values, dependencies=known, summary="Values of a KPI, by member and time")
    def values(
        request: Request,
        kpi: Kpi,
        by: Annotated[str, Query(max_length=100, description="Dimension; a KPI's card lists its own.")] = "total",
        key: Annotated[str | None, Query(max_length=300, description="One member of it.")] = None,
        period: Annotated[str, Query(max_length=100, description="day, week, month, quarter, year, all, last_30_days …")] = "all",
        since: Annotated[date | None, Query(description="Periods that start on this day or later.")] = None,
        until: Annotated[date | None, Query(description="Periods that start before this day.")] = None,
        model: Annotated[
            str | None, Query(max_length=100, description="Attribution model; the settings' own unless given.")
        ] = None,
        as_of: Annotated[date | None, Query(description="As it was known at the end of this day; slower.")] = None,
        limit: Limit = 500,
        cursor: Cursor = None,
    ) -> Response:
        judged(results.house, kpi, by, period, model)
        no_controls("key", key)
        in_order(since, until)
        keys = visible(request.state.reader, by, key)
        current = results.shelf()
        place = after(cursor, current.run_id)
        narrowed: dict[str, Any] = {"by": by, "period": period, "since": since, "until": until, "model": model}

        def found(locale: str) -> dict[str, Any]:
            labels = current.labels(by)
            if as_of is not None:
                rows = results.known_on(as_of, current.run_id, kpi, narrowed)
                rows = [{**row, "label": labels.get(row["key"])} for row in rows if keys is None or row["key"] in keys]
                rows = [
                    row for row in rows if place is None or (row["key"], row["period_start"]) > (place[0], place[1].isoformat())
                ]
            else:
                page = current.page(kpi, **narrowed, keys=keys, after=place, limit=limit + 1)
                rows = [shown(figure, labels, locale) for figure in page]
            given, last = rows[:limit], rows[limit - 1] if len(rows) > limit else None
            more = cursor_after(current.run_id, last["key"], date.fromisoformat(last["period_start"])) if last else None
            return {"run_id": current.run_id, "values": given, "next": more}

        return results.answer(request, found)

    @made.get("/targets", response_model=documents.Targets, dependencies=known, summary="How targets stand")
    def targets(request: Request) -> Response:
        return results.answer(request, lambda locale: {"targets": results.targets(request.state.reader, locale)})

    @made.get("/forecasts", response_model=documents.Forecast, dependencies=known, summary="What a KPI will come to")
    def forecasts(
        request: Request,
        kpi: Kpi,
        by: Annotated[str, Query(max_length=100, description="`total`, or a dimension that is forecast.")] = "total",
        key: Annotated[str, Query(max_length=300, description="One member of it.")] = "",
        period: Annotated[str, Query(max_length=100, description="month or week.")] = "month",
    ) -> Response:
        judged(results.house, kpi, by, period, None)
        no_controls("key", key)
        visible(request.state.reader, by, key)
        kept = forecast(results.shelf(), kpi, by, key, period)
        if kept is None:
            raise bad(f"no forecast of {kpi} by {by} per {period} is kept of that member; `cadran forecast` makes one", 404)
        return results.answer(request, lambda locale: forecast_json(kept, locale))

    @made.get("/runs", response_model=documents.Runs, dependencies=known, summary="Runs, the newest first")
    def runs(
        request: Request,
        limit: Limit = 100,
        cursor: Annotated[int | None, Query(ge=1, description="`next` of the page before.")] = None,
    ) -> Response:
        return results.answer(request, lambda _locale: results.runs(limit, cursor))


class _Results:
    """Where answers come from, and what goes with each."""

    def __init__(self, house: House, engine: sa.Engine, ask: Ask) -> None:
        self.house = house
        self._engine = engine
        self._ask = ask

    def shelf(self) -> Shelf:
        return Shelf(self._engine, self.house.catalogue)

    def answer(self, request: Request, made: Any) -> Response:
        """``made(locale)`` as JSON; not made at all for who has it already."""
        reader: Reader = request.state.reader
        headers = {
            "etag": self._tag(request, reader),
            "cache-control": "private, no-cache",
            "vary": "authorization, cookie, accept-language",
        }
        if headers["etag"] in (tag.strip() for tag in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        return Response(orjson.dumps(made(reader.locale)), headers=headers, media_type="application/json")

    def _tag(self, request: Request, reader: Reader) -> str:
        """Weak, as answers are compressed on their way."""
        last = self.house.ledger.last_run(status=None)
        owners = None if reader.owners is None else sorted(reader.owners)
        state = [_STARTED, self.shelf().run_id, last.id if last else None, last.status if last else None, reader.locale, owners]
        return f'W/"{sha256(orjson.dumps([*state, request.url.path, request.url.query])).hexdigest()[:24]}"'

    def known_on(self, day: date, run_id: int | None, kpi: str, narrowed: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the lake kept, in the order of pages. Asked of another process, as pages do."""
        words = [f"--{name}={value}" for name, value in {**narrowed, "as-of": day}.items() if value is not None]
        try:
            rows = self._ask.about(run_id, "show", kpi, *words)
        except NoAnswer as none:
            raise bad(none.said.removeprefix("cadran: "), 400 if none.exit_code == 2 else 502) from None
        kept = [{name: value for name, value in row.items() if name != "version"} for row in rows]
        return sorted(kept, key=lambda row: (row["key"], row["period_start"]))

    def targets(self, reader: Reader, locale: str) -> list[dict[str, Any]]:
        """Those that this reader may see; a target may name its member as people do."""
        current = self.shelf()
        return [
            status_json(status, locale)
            for status in statuses(self.house, current)
            if may_see(reader, status.target.by, member_of(current, status.target.by, status.target.key) or status.target.key)
        ]

    def runs(self, limit: int, before: int | None) -> dict[str, Any]:
        t = runs_table.c
        query = sa.select(t.id, t.kind, t.status, t.started_at, t.finished_at, t.as_of).order_by(t.id.desc()).limit(limit + 1)
        with self.house.ledger.engine.connect() as con:
            rows = con.execute(query if before is None else query.where(t.id < before)).all()
        listed = [
            {
                "id": row.id,
                "kind": row.kind,
                "status": row.status,
                **{
                    name: instant(utc(at)) if (at := getattr(row, name)) else None
                    for name in ("started_at", "finished_at", "as_of")
                },
            }
            for row in rows[:limit]
        ]
        return {"runs": listed, "next": str(listed[-1]["id"]) if len(rows) > limit else None}


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    detail = "There is nothing at this address." if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    return problem(error.status_code, detail)


async def _malformed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    said = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
    return problem(422, "; ".join(said))
