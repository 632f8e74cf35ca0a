"""The API itself: two calls, their errors and their CSV. Nothing that it raises or logs holds the key.

SEMrush says what went wrong in the body (``ERROR 132 :: API UNITS BALANCE IS ZERO``) under any status, 200 included, so the
body is looked at first, whatever the status. Error numbers and the limit of 10 requests a second:
https://developer.semrush.com/api/introduction/api-usage-restrictions and the error list beside it (2026-11-21).
"""

import csv
import io
import json
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr
from pyrate_limiter import InMemoryBucket, Limiter, Rate, SingleBucketFactory

from connectors.errors import AuthenticationError, CadranError, ContractError, QuotaExhausted, TransientError
from connectors.semrush.prices import Report
from connectors.semrush.streams import COLUMNS
from connectors.transport import Response, Transport, error_for_status, redact

NOTHING_FOUND = 50

REFUSED: Mapping[int, str] = MappingProxyType(
    {
        110: "The API key has the wrong form. Copy it from Semrush: Subscription info > API units.",
        120: "Semrush does not know this API key. Copy it from Subscription info > API units.",
        130: "The Semrush plan does not include the API.",
        133: "The Semrush plan may not read this database.",
        135: "The Semrush plan does not include this report, or has ended.",
        402: "The API key is not correct. Copy it from Semrush: Subscription info > API units.",
        404: "Semrush knows no user with this API key.",
    }
)
QUOTA: Mapping[int, str] = MappingProxyType(
    {
        131: "the limit of reports is reached",
        132: "no API units are left; buy some at Semrush: Subscription info > API units",
        134: "the limit of requests in all is reached",
        136: "Semrush's internal limits are reached",
    }
)
TRANSIENT = frozenset({429, 500})

_ERROR = re.compile(r"\s*ERROR\s+(\d+)\s*::\s*(.*)", re.DOTALL)
_UNITS = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")


_SORTED: Mapping[Report, str] = MappingProxyType(
    {"domain_rank_history": "dt_desc", "domain_organic": "tr_desc", "domain_adwords": "tr_desc"}
)
"""What comes first: the newest months, the keywords that bring most traffic."""


class _NothingFound(CadranError):
    """``ERROR 50``: no rows, which is an answer."""


class _KeyHidden(logging.Filter):
    """The key travels in the address, which urllib3 writes to its debug log."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        return True


_KEY_HIDDEN = _KeyHidden()


@cache
def pace_of(base_url: str, key: SecretStr) -> Limiter:
    """At most 10 requests in any 1.1 s, over all sections with this key: the vendor allows 10 a second to an account and names no
    window, so it is given a margin."""
    return Limiter(SingleBucketFactory(InMemoryBucket([Rate(10, 1100)]), schedule_leak=False))


class Api:
    """One Semrush account. ``transport`` is pointed at the API's host; ``balance_url`` may be on another."""

    def __init__(self, transport: Transport, key: SecretStr, balance_url: str) -> None:
        self._transport = transport
        self._key = key
        self._balance_url = balance_url
        self._source = transport.source
        logging.getLogger("urllib3.connectionpool").addFilter(_KEY_HIDDEN)

    def units_left(self) -> int:
        """The balance of API units. Free of charge."""
        body = self._ask(self._balance_url, {}, "read the balance of API units").strip()
        if not _UNITS.fullmatch(body):
            raise ContractError(self._source, f"expected the balance as a number such as 1,000, got {self._shown(body)!r}")
        return int(body.replace(",", ""))

    def report(self, report: Report, domain: str, database: str, limit: int) -> list[dict[str, str]]:
        """The report's newest lines, ``limit`` at most, each billed; by column code, values as text.

        Without a limit the vendor returns, and bills, up to 10,000 lines.
        """
        columns = COLUMNS[report]
        asked = {
            "type": report,
            "domain": domain,
            "database": database,
            "display_limit": str(limit),
            "export_columns": ",".join(columns),
            "export_escape": "1",
        }
        if report in _SORTED:
            asked["display_sort"] = _SORTED[report]
        what = f"read {report} of {domain} in {database}"
        try:
            body = self._ask("/", asked, what)
        except _NothingFound:
            return []
        return read_lines(body, columns, source=self._source, what=what)

    def visibility(self, campaign: str, url: str, first: date, last: date) -> list[dict[str, Any]]:
        """The daily visibility of a tracked URL mask, both days inclusive. One request, billed whole. Numbers as the text sent."""
        what = f"read the visibility of {url} in campaign {campaign}"
        asked = {
            "action": "report",
            "type": "tracking_visibility_organic",
            "url": url,
            "date_begin": f"{first:%Y%m%d}",
            "date_end": f"{last:%Y%m%d}",
        }
        try:
            body = self._ask(f"/reports/v1/projects/{campaign}/tracking/", asked, what)
        except _NothingFound:
            return []
        try:
            data = json.loads(body, parse_float=str, parse_int=str)["data"]
            # An object keyed "0", "1" … stands for a list here; an empty one comes as a list.
            days = [data[key] for key in sorted(data, key=int)] if isinstance(data, dict) else list(data)
        except (ValueError, KeyError, TypeError):
            raise ContractError(self._source, f"{what}: expected JSON with `data`, got {self._shown(body)!r}") from None
        if not all(isinstance(day, dict) and "Dt" in day for day in days):
            raise ContractError(self._source, f"{what}: a day without its date `Dt`")
        return days

    @property
    def transport(self) -> Transport:
        """Counts the calls."""
        return self._transport

    def close(self) -> None:
        self._transport.close()

    def _ask(self, path: str, asked: Mapping[str, str], what: str) -> str:
        params = {**asked, "key": self._key.get_secret_value()}

        def classify(response: Response) -> CadranError | None:
            return self._error(response, what)

        response = self._transport.request("GET", path, what=what, classify=classify, params=params)
        try:
            return response.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ContractError(self._source, f"{what}: the answer is not UTF-8", status=response.status) from None

    def _error(self, response: Response, what: str) -> CadranError | None:
        body = response.body.decode("utf-8", "replace").removeprefix("\ufeff")
        found = _ERROR.match(body)
        if found is not None:
            return self._numbered(int(found[1]), found[2].strip(), what, response.status)
        if response.status in (401, 403):
            return AuthenticationError(self._source, f"HTTP {response.status}. Check sources.{self._source}.key.")
        if not 200 <= response.status < 300:
            return error_for_status(
                self._source,
                response.status,
                what=what,
                body=self._shown(body).encode(),
                retry_after=response.headers.get("Retry-After"),
            )
        return None

    def _numbered(self, number: int, words: str, what: str, status: int) -> CadranError:
        if number == NOTHING_FOUND:
            return _NothingFound(what)
        if number in REFUSED:
            return AuthenticationError(self._source, f"ERROR {number}. {REFUSED[number]}")
        if number in QUOTA:
            return QuotaExhausted(self._source, f"ERROR {number}: {QUOTA[number]}")
        if number in TRANSIENT:
            return TransientError(self._source, f"{what}: ERROR {number}", status=status)
        return ContractError(self._source, f"{what}: ERROR {number} ({self._shown(words)})", status=status)

    def _shown(self, text: str) -> str:
        """The beginning of ``text``, without the key however it is written."""
        key = self._key.get_secret_value()
        return redact(text.replace(key, "[hidden]").replace(quote(key, safe=""), "[hidden]"))[:200]


def read_lines(body: str, columns: Sequence[str], *, source: str, what: str) -> list[dict[str, str]]:
    """The lines of a CSV answer, without its header, by the codes that were asked for.

    ``;`` separates, cells may be quoted and hold ``;`` (``export_escape=1``); whether the header is quoted too is not documented.
    Raises :class:`ContractError` when a line, the header included, has another number of cells than was asked for.
    """
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=";")
    rows = [(reader.line_num, cells) for cells in reader if cells]
    if not rows:
        raise ContractError(source, f"{what}: the answer is empty; not even a header")
    for line, cells in rows:
        if len(cells) != len(columns):
            raise ContractError(
                source, f"{what}: line {line} has {len(cells)} columns, {len(columns)} were asked for ({','.join(columns)})"
            )
    return [{code: cell.strip() for code, cell in zip(columns, cells, strict=True)} for _, cells in rows[1:]]
