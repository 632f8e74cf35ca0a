"""The simulated SEMrush Analytics API v3 (domain overviews) and its balance page.

https://developer.semrush.com/api/v3/analytics/overview-reports/ (2026-11-21). Answers are CSV with ``;`` and English headers,
errors are text in the body, and every line that is returned is paid for out of the world's units. When the balance
cannot pay for all lines, fewer come, without a word.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import ORDERED, TOO_MANY_REQUESTS, Fault
from connectors.sandbox.limits import RollingWindow
from connectors.sandbox.semrush.errors import CAPTURED, HTTP_STATUS, SemrushError
from connectors.sandbox.semrush.tracking import visibility
from connectors.sandbox.vendor import Vendor, retry_after
from connectors.sandbox.world import SEMRUSH_KEY, Record, SemrushWorld

COLUMNS = {
    "Db": "Database",
    "Dn": "Domain",
    "Dt": "Date",
    "Rk": "Rank",
    "Or": "Organic Keywords",
    "Ot": "Organic Traffic",
    "Oc": "Organic Cost",
    "Ad": "Adwords Keywords",
    "At": "Adwords Traffic",
    "Ac": "Adwords Cost",
    "Sh": "PLA keywords",
    "Sv": "PLA uniques",
    "Ph": "Keyword",
    "Po": "Position",
    "Pp": "Previous Position",
    "Pd": "Position Difference",
    "Nq": "Search Volume",
    "Cp": "CPC",
    "Ur": "Url",
    "Vu": "Visible Url",
    "Tr": "Traffic (%)",
    "Tg": "Traffic",
    "Tc": "Traffic Cost (%)",
    "Co": "Competition",
    "Nr": "Number of Results",
    "Td": "Trends",
    "Kd": "Keyword Difficulty Index",
    "Ts": "Timestamp",
    "In": "Intents",
    "Tt": "Title",
    "Ds": "Description",
}
"""Code -> header text. https://developer.semrush.com/api/v3/analytics/basic-docs/#columns (2026-11-21)"""

REQUESTS_PER_SECOND = 10
DEFAULT_LIMIT = 10_000
"""Lines returned, and billed, when ``display_limit`` is missing or 0."""
MOST_LINES = 100_000
DAILY_DAYS = 31
"""Days that the daily series goes back."""
PRICE = 10
"""Units for a line of a domain overview."""
HISTORICAL_PRICE = 50
"""Units for a line when ``display_date`` is given."""

_MANDATORY = {"domain": 42, "database": 46}


@dataclass(frozen=True)
class Report:
    """One ``type``: what it must be told, and its columns in the vendor's order."""

    mandatory: tuple[str, ...]
    default: tuple[str, ...]
    available: frozenset[str]
    lines: Callable[[SemrushWorld, Mapping[str, str], date], list[Record]]
    price: int = PRICE
    """Units for a line."""


def _visible(world: SemrushWorld, asked: Mapping[str, str], today: date) -> list[Record]:
    """The rows of the domain (and database, if named) up to today, oldest first."""
    return sorted(
        (
            row
            for row in world.history
            if row["domain"] == asked["domain"].lower()
            and asked.get("database") in (None, "", row["database"])
            and _day(row) <= today
        ),
        key=lambda row: (row["database"], row["Dt"]),
    )


def _day(row: Record) -> date:
    return date(int(row["Dt"][:4]), int(row["Dt"][4:6]), int(row["Dt"][6:8]))


def _monthly(rows: Iterable[Record]) -> list[Record]:
    """One row a month: that of the 15th, which is how the vendor dates a month; else the month's last."""
    months: dict[tuple[str, str], Record] = {}
    for row in rows:
        month = (row["database"], row["Dt"][:6])
        if month not in months or not months[month]["Dt"].endswith("15"):
            months[month] = row
    return list(months.values())


def _history(world: SemrushWorld, asked: Mapping[str, str], today: date) -> list[Record]:
    rows = _visible(world, asked, today)
    if asked.get("display_daily") == "1":
        rows = [row for row in rows if _day(row) > today - timedelta(days=DAILY_DAYS)]
    else:
        rows = _monthly(rows)
    order = asked.get("display_sort") or "dt_desc"
    if order not in ("dt_asc", "dt_desc"):
        raise SemrushError(10000, "display_sort")
    return sorted(rows, key=lambda row: str(row["Dt"]), reverse=order == "dt_desc")


def _overview(world: SemrushWorld, asked: Mapping[str, str], today: date) -> list[Record]:
    """One row a database: the newest, or that of the month in ``display_date``."""
    rows = _visible(world, asked, today)
    if month := asked.get("display_date"):
        if not re.fullmatch(r"\d{6}15", month):
            raise SemrushError(10000, "display_date")
        rows = [row for row in _monthly(rows) if row["Dt"][:6] == month[:6]]
    return list({row["database"]: row for row in rows}.values())


_HISTORY = ("Rk", "Or", "Ot", "Oc", "Ad", "At", "Ac", "Dt")
_RANK = ("Dn", "Rk", "Or", "Ot", "Oc", "Ad", "At", "Ac")
_RANKS = ("Db", *_RANK, "Sh", "Sv")


def _keywords(world: SemrushWorld, asked: Mapping[str, str], _today: date) -> list[Record]:
    """The keywords of a domain in a database, in the order asked for; those with most traffic first otherwise."""
    order = asked.get("display_sort") or "tr_desc"
    if order not in ("tr_desc", "tr_asc"):
        raise SemrushError(10000, "display_sort")
    rows = [
        row
        for row in world.keywords
        if (row["report"], row["domain"], row["database"]) == (asked["type"], asked["domain"].lower(), asked["database"])
    ]
    return sorted(rows, key=lambda row: Decimal(row["Tr"]), reverse=order == "tr_desc")


_KEYWORD = ("Ph", "Po", "Pp", "Pd", "Nq", "Cp", "Ur", "Tr", "Tc", "Co", "Nr", "Td")
_AD = ("Ph", "Po", "Pp", "Pd", "Nq", "Cp", "Vu", "Tr", "Tc", "Co", "Nr", "Td")

REPORTS = {
    "domain_organic": Report(("domain", "database"), _KEYWORD, frozenset((*_KEYWORD, "Tg", "Kd", "Ts", "In")), _keywords),
    "domain_adwords": Report(("domain", "database"), _AD, frozenset((*_AD, "Ur", "Tt", "Ds", "Tg", "Ts")), _keywords, price=20),
    "domain_rank_history": Report(("domain", "database"), _HISTORY, frozenset(_HISTORY), _history),
    "domain_rank": Report(("domain", "database"), _RANK, frozenset(_RANK), _overview),
    "domain_ranks": Report(("domain",), _RANKS, frozenset((*_RANKS, "Dt")), _overview),
}


def _key_of(asked: Mapping[str, str], world: SemrushWorld | None) -> SemrushWorld:
    """The account behind the key. Raises 120 for a wrong key and 130 where the world has no SEMrush."""
    if asked.get("key") != SEMRUSH_KEY:
        raise SemrushError(120 if asked.get("key") else 110)
    if world is None:
        raise SemrushError(130)
    return world


def _columns(report: Report, asked: Mapping[str, str]) -> tuple[str, ...]:
    if not asked.get("export_columns"):
        return report.default
    columns = tuple(asked["export_columns"].split(","))
    if unknown := [code for code in columns if code not in report.available]:
        raise SemrushError(10000, f"export_columns {unknown[0]}")
    return columns


def _window(asked: Mapping[str, str]) -> slice:
    """``display_limit`` is the number of the last line, not how many there are: page 2 of 100 is offset 100, limit 200."""
    numbers = {name: asked.get(name) or "0" for name in ("display_offset", "display_limit")}
    for name, number in numbers.items():
        if not number.isdigit():
            raise SemrushError(10000, name)
    offset = int(numbers["display_offset"])
    end = int(numbers["display_limit"]) or offset + DEFAULT_LIMIT
    if offset >= end:
        raise SemrushError(605)
    if end - offset > MOST_LINES:
        raise SemrushError(613)
    return slice(offset, end)


def _lines(world: SemrushWorld, asked: Mapping[str, str], today: date) -> tuple[tuple[str, ...], list[Record]]:
    """Columns and paid lines of a report; the units are gone afterwards."""
    if not asked.get("type"):
        raise SemrushError(41)
    report = REPORTS.get(asked["type"])
    if report is None:
        raise SemrushError(135)
    for name in report.mandatory:
        if not asked.get(name):
            raise SemrushError(_MANDATORY[name])
    columns, window = _columns(report, asked), _window(asked)
    price = report.price * (HISTORICAL_PRICE // PRICE if asked.get("display_date") else 1)
    affordable = world.units // price
    if affordable == 0:
        raise SemrushError(132)
    lines = report.lines(world, asked, today)[window][:affordable]
    if not lines:
        raise SemrushError(50)
    world.units -= price * len(lines)
    return columns, lines


def _csv(columns: Sequence[str], lines: Sequence[Record], *, escapes: bool, header_quoted: bool) -> str:
    text = io.StringIO()
    plain = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n") if escapes else plain
    header = writer if header_quoted else plain
    header.writerow(COLUMNS[code] for code in columns)
    for line in lines:
        row = {"Dn": line["domain"], "Db": line["database"], **line}
        writer.writerow(row.get(code) or "0" for code in columns)
    return text.getvalue()


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """``/?type=…`` of api.semrush.com and ``/users/countapiunits.html`` of www.semrush.com, on one server."""
    pace = RollingWindow(REQUESTS_PER_SECOND, 1.0, sandbox.monotonic)

    def answer(request: Request, work: Callable[[SemrushWorld, Mapping[str, str]], str]) -> Response:
        try:
            with sandbox.lock:
                if not pace.take():
                    raise SemrushError(429)
                if request.method != "GET":
                    raise SemrushError(48)
                asked = dict(request.query_params)
                text = work(_key_of(asked, sandbox.world.semrush), asked)
        except SemrushError as refusal:
            status = HTTP_STATUS.get(refusal.number, 400)
            if sandbox.quirks.semrush_refusals_are_200 and refusal.number not in CAPTURED:
                status = 200
            return Response(str(refusal), status, media_type="text/plain")
        return Response(text, media_type="text/plain")

    def csv_report(world: SemrushWorld, asked: Mapping[str, str]) -> str:
        columns, lines = _lines(world, asked, sandbox.clock.now().date())
        escapes = asked.get("export_escape") == "1"
        return _csv(columns, lines, escapes=escapes, header_quoted=sandbox.quirks.semrush_header_quoted)

    def report(request: Request) -> Response:
        return answer(request, csv_report)

    def tracking(request: Request) -> Response:
        campaign = request.path_params["campaign"]
        today = sandbox.clock.now().date()
        as_list = sandbox.quirks.semrush_tracking_is_list
        return answer(request, lambda world, asked: visibility(world, campaign, asked, today, as_list=as_list))

    def balance(request: Request) -> Response:
        """The units left, with a comma between thousands."""
        return answer(request, lambda world, _asked: f"{world.units:,}")

    return [
        Route("/", report, methods=["GET", "POST"], name="report"),
        Route("/reports/v1/projects/{campaign}/tracking/", tracking, methods=["GET"], name="tracking"),
        Route("/users/countapiunits.html", balance, methods=["GET"], name="countapiunits"),
    ]


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status."""
    number = fault.policy or (str(fault.status) if fault.status in (TOO_MANY_REQUESTS, 500) else None)
    return PlainTextResponse(f"ERROR {number} :: {ORDERED.upper()}" if number else ORDERED, fault.status, retry_after(fault))


KEY = "SANDBOX_SEMRUSH_KEY"

VENDOR = Vendor("semrush", routes, refusal, lambda base_url: {"base_url": base_url, "key": f"env:{KEY}"}, {KEY: SEMRUSH_KEY})
