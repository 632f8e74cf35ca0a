"""What a request asks for, judged: every refusal names the parameter and what can be written instead."""

import base64
import binascii
import difflib
from collections.abc import Collection
from datetime import date
from typing import get_args

import orjson
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request

from config.settings import RecordModel
from connectors.errors import ConfigurationError
from kpi.attribution.models import DATA_DRIVEN
from kpi.card import RecordKpi
from kpi.measures.base import BYS
from kpi.periods import PERIODS, ROLLING
from sync.cards import nearest
from sync.house import House
from sync.publish.shelving import NOT_SHELVED
from sync.publish.web.signin.readers import Reader, may_see
from sync.reading import allowed, kept_model

KINDS = (*PERIODS, *ROLLING)
MODELS = (*get_args(RecordModel), DATA_DRIVEN)


def bad(detail: str, status: int = 400) -> HTTPException:
    return HTTPException(status, detail)


def only_known(request: Request) -> None:
    """Refuse a parameter that there is not, or that is given twice: it would be passed over in silence."""
    route = request.scope["route"]
    assert isinstance(route, APIRoute)  # noqa: S101 - every path of the API is one
    known = [parameter.alias for parameter in route.dependant.query_params]
    for name, _ in request.query_params.multi_items():
        if name not in known:
            listed = f"there are: {', '.join(known)}" if known else "there are none here"
            raise bad(f"no parameter is called {_short(name)}; {_nearest(name, known) or listed}")
        if len(request.query_params.getlist(name)) > 1:
            raise bad(f"{name} is given twice")


def known_kpi(house: House, name: str, status: int = 400) -> None:
    if name not in house.catalogue.names:
        said = nearest(house.catalogue, name).replace("`cadran kpis --all` lists them", "GET /api/v1/kpis lists them")
        raise bad(f"no KPI is called {_short(name)}; {said}", status)


def judged(house: House, kpi: str, by: str, period: str, model: str | None) -> None:
    """Refuse a cut that has no meaning, that is not kept, or that is of single records."""
    known_kpi(house, kpi)
    if isinstance(house.catalogue.definition(kpi), RecordKpi) or by in NOT_SHELVED:
        raise bad(f"values of single records are not served: `cadran show {kpi}` prints them")
    for name, given, choices in (("by", by, BYS), ("period", period, KINDS), ("model", model, MODELS)):
        if given is not None and given not in choices:
            raise bad(f"{name}: {_short(given)} is none; {_nearest(given, choices) or ', '.join(map(str, choices))}")
    try:
        allowed(house, kpi, by, period)
        if model is not None:
            kept_model(house, kpi, by, model)
    except ConfigurationError as error:
        raise bad(str(error)) from None


def visible(reader: Reader, by: str, key: str | None) -> Collection[str] | None:
    """The members that may be shown; None: all. A member that may not be is refused."""
    if not may_see(reader, by, key):
        raise bad("this reader sees figures of own owner ids alone (serve.own_records_only)", 403)
    if key is not None:
        return (key,)
    return reader.owners if by == "owner" else None


def no_controls(name: str, value: str | None) -> None:
    if value is not None and any(ord(character) < 32 for character in value):
        raise bad(f"{name} holds control characters")


def in_order(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and since >= until:
        raise bad("since is not before until (until is exclusive)")


# --- pages ------------------------------------------------------------------------------------------------------------------


def cursor_after(run_id: int | None, key: str, start: date) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([run_id, key, start.isoformat()])).decode().rstrip("=")


def after(cursor: str | None, run_id: int | None) -> tuple[str, date] | None:
    """Member and day of the last value that was given. Pages of two runs do not fit together."""
    if cursor is None:
        return None
    try:
        run, key, start = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        found = str(key), date.fromisoformat(start)
    except (binascii.Error, ValueError, TypeError):
        raise bad("cursor is none that this server gave: start again without it") from None
    if run != run_id:
        raise bad("the results changed since the first page: start again without cursor", 409)
    return found


def _nearest(given: str, choices: Collection[str]) -> str | None:
    near = difflib.get_close_matches(given, choices, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else None


def _short(given: str) -> str:
    """What was given, fit for a sentence."""
    return repr(given[:60])
