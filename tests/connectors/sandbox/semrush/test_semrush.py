"""The simulated SEMrush: its CSV, its prices and its way of saying no."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from connectors.sandbox.app import build_app
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import Fault
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.semrush.errors import TEXTS
from connectors.sandbox.semrush.vendor import COLUMNS, REPORTS
from connectors.sandbox.server import LoopbackServer
from connectors.sandbox.world import SEMRUSH_KEY, HubSpotWorld, Record, SemrushWorld, World
from tests.connectors.sandbox.google.conftest import Switchboard

SHARED = Path(__file__).resolve().parents[4] / ".." / "shared" / "vendors" / "semrush"
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


def line(day: str, rank: int, database: str = "fr", domain: str = "example.com") -> Record:
    numbers = {"Rk": rank, "Or": 5249, "Ot": 37332, "Oc": 143496, "Ad": 12, "At": 340, "Ac": 910}
    return {"domain": domain, "database": database, "Dt": day} | {code: str(value) for code, value in numbers.items()}


HISTORY = [
    line("20260715", 30),
    line("20260815", 20),
    line("20260915", 10),
    line("20260914", 11),
    line("20260930", 9),
    line("20261015", 8),
    line("20260915", 70, database="us"),
    line("20260915", 99, domain="other.com"),
]


class Seconds:
    """Real time, in a test's hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Semrush:
    """The sandbox from outside. Time stands still but for one second between two calls."""

    def __init__(self, base_url: str, sandbox: Sandbox, http: requests.Session, seconds: Seconds) -> None:
        self.base_url = base_url
        self.sandbox = sandbox
        self.http = http
        self.seconds = seconds

    @property
    def units(self) -> int:
        assert self.sandbox.world.semrush is not None
        return self.sandbox.world.semrush.units

    def ask(self, type: str | None = "domain_rank_history", **parameters: Any) -> requests.Response:
        self.seconds.now += 1
        asked = {"key": SEMRUSH_KEY, "domain": "example.com", "database": "fr"} | parameters
        asked |= {"type": type} if type else {}
        return self.http.get(f"{self.base_url}/", params={name: value for name, value in asked.items() if value is not None})

    def lines(self, type: str = "domain_rank_history", **parameters: Any) -> list[list[str]]:
        answer = self.ask(type, **parameters)
        assert answer.status_code == 200, answer.text
        return list(csv.reader(io.StringIO(answer.text), delimiter=";"))

    def balance(self, key: str = SEMRUSH_KEY) -> str:
        self.seconds.now += 1
        return self.http.get(f"{self.base_url}/users/countapiunits.html", params={"key": key}).text


Serve = Callable[..., Semrush]


@pytest.fixture(scope="module")
def switchboard() -> Iterator[tuple[LoopbackServer, Switchboard]]:
    board = Switchboard()
    with LoopbackServer(board) as server:
        yield server, board


@pytest.fixture
def serve(switchboard: tuple[LoopbackServer, Switchboard]) -> Iterator[Serve]:
    server, board = switchboard
    with requests.Session() as http:

        def start(units: int = 50_000, quirks: Quirks | None = None, *, has_semrush: bool = True) -> Semrush:
            account = {"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"}
            semrush = SemrushWorld(units, list(HISTORY)) if has_semrush else None
            seconds = Seconds()
            world = World("small", NOW, HubSpotWorld(account), semrush=semrush)
            sandbox = Sandbox(world, quirks=quirks, clock=Clock(NOW, monotonic=lambda: 0.0), monotonic=seconds)
            board.app = build_app(sandbox)
            return Semrush(server.base_url, sandbox, http, seconds)

        yield start


@pytest.fixture
def semrush(serve: Serve) -> Semrush:
    return serve()


def test_history_is_one_line_a_month_newest_first_up_to_the_clock(semrush: Semrush) -> None:
    header, *lines = semrush.lines()
    assert header == [
        "Rank",
        "Organic Keywords",
        "Organic Traffic",
        "Organic Cost",
        "Adwords Keywords",
        "Adwords Traffic",
        "Adwords Cost",
        "Date",
    ]
    assert lines == [
        ["10", "5249", "37332", "143496", "12", "340", "910", "20260915"],
        ["20", "5249", "37332", "143496", "12", "340", "910", "20260815"],
        ["30", "5249", "37332", "143496", "12", "340", "910", "20260715"],
    ]
    semrush.sandbox.clock.advance(timedelta(days=14))
    assert semrush.lines()[1][-1] == "20261015"


def test_columns_come_in_the_order_asked(semrush: Semrush) -> None:
    assert semrush.lines(export_columns="Dt,Ac,Rk", display_limit=1) == [
        ["Date", "Adwords Cost", "Rank"],
        ["20260915", "910", "10"],
    ]


def test_history_can_be_sorted_and_daily(semrush: Semrush) -> None:
    oldest_first = semrush.lines(export_columns="Dt", display_sort="dt_asc")
    assert [row[0] for row in oldest_first[1:]] == ["20260715", "20260815", "20260915"]
    daily = semrush.lines(export_columns="Dt", display_daily=1)
    assert [row[0] for row in daily[1:]] == ["20260930", "20260915", "20260914"]


def test_one_database_or_all_of_them(semrush: Semrush) -> None:
    assert semrush.lines("domain_rank", export_columns="Dn,Rk")[1:] == [["example.com", "9"]]
    assert semrush.lines("domain_ranks", database=None, export_columns="Db,Rk,Sh")[1:] == [["fr", "9", "0"], ["us", "70", "0"]]


def test_the_limit_is_the_number_of_the_last_line(semrush: Semrush) -> None:
    assert [row[0] for row in semrush.lines(display_offset=1, display_limit=2, export_columns="Rk")[1:]] == ["20"]
    assert semrush.ask(display_offset=2, display_limit=2).text.startswith("ERROR 605 :: ")
    assert semrush.ask(display_limit=100_001).text.startswith("ERROR 613 :: ")


@pytest.mark.parametrize("quoted", [True, False])
def test_export_escape_quotes_every_cell(serve: Serve, quoted: bool) -> None:
    semrush = serve(quirks=Quirks(semrush_header_quoted=quoted))
    text = semrush.ask(export_escape=1, export_columns="Dt,Rk", display_limit=1).text
    assert text.splitlines() == ['"Date";"Rank"' if quoted else "Date;Rank", '"20260915";"10"']


class TestUnits:
    def test_every_line_costs_ten_and_a_historical_one_fifty(self, semrush: Semrush) -> None:
        semrush.lines()
        assert semrush.units == 50_000 - 3 * 10
        assert semrush.lines("domain_rank", display_date="20260815", export_columns="Rk")[1:] == [["20"]]
        assert semrush.units == 50_000 - 3 * 10 - 50

    def test_the_balance_has_a_comma_and_is_free(self, semrush: Semrush) -> None:
        assert [semrush.balance(), semrush.balance()] == ["50,000", "50,000"]
        semrush.ask(display_limit=1)
        assert semrush.balance() == "49,990"

    def test_nothing_found_is_free_and_200(self, semrush: Semrush) -> None:
        answer = semrush.ask(domain="unknown.com")
        assert (answer.status_code, answer.text) == (200, "ERROR 50 :: NOTHING FOUND")
        assert semrush.units == 50_000

    def test_a_short_balance_cuts_the_answer_in_silence(self, serve: Serve) -> None:
        semrush = serve(units=25)
        assert len(semrush.lines()[1:]) == 2
        assert semrush.units == 5

    def test_an_empty_balance_is_403(self, serve: Serve) -> None:
        answer = serve(units=9).ask()
        assert (answer.status_code, answer.text) == (403, "ERROR 132 :: API UNITS BALANCE IS ZERO")


@pytest.mark.parametrize(
    ("parameters", "status", "number"),
    [
        ({"key": "wrong"}, 403, 120),
        ({"key": None}, 403, 110),
        ({"type": None}, 400, 41),
        ({"domain": None}, 400, 42),
        ({"database": None}, 400, 46),
        ({"type": "backlinks"}, 403, 135),
        ({"export_columns": "Dt,Zz"}, 400, 10000),
        ({"display_limit": "ten"}, 400, 10000),
        ({"display_sort": "rk_asc"}, 400, 10000),
        ({"type": "domain_rank", "display_date": "20260801"}, 400, 10000),
    ],
)
def test_a_bad_call_is_refused_by_number_and_costs_nothing(
    semrush: Semrush, parameters: dict[str, Any], status: int, number: int
) -> None:
    answer = semrush.ask(**parameters)
    assert answer.status_code == status
    assert answer.text.startswith(f"ERROR {number} :: {TEXTS[number]}")
    assert semrush.units == 50_000


def test_a_wrong_key_is_refused_in_the_captured_words(semrush: Semrush) -> None:
    assert semrush.ask(key="wrong").text == "ERROR 120 :: WRONG KEY - ID PAIR"
    assert semrush.balance("wrong") == "ERROR 120 :: WRONG KEY - ID PAIR"


def test_a_world_without_semrush_has_no_api(serve: Serve) -> None:
    assert serve(has_semrush=False).ask().text == "ERROR 130 :: API DISABLED"


def test_refusals_may_come_with_200_but_for_the_empty_balance(serve: Serve) -> None:
    quirks = Quirks(semrush_refusals_are_200=True)
    assert serve(quirks=quirks).ask(key="wrong").status_code == 200
    assert serve(units=0, quirks=quirks).ask().status_code == 403


def test_ten_calls_a_second_pass_and_no_more(semrush: Semrush) -> None:
    def at_once() -> int:
        return semrush.http.get(f"{semrush.base_url}/users/countapiunits.html", params={"key": SEMRUSH_KEY}).status_code

    assert [at_once() for _ in range(11)] == [200] * 10 + [429]
    semrush.seconds.now += 1
    assert at_once() == 200


def test_only_get_is_answered(semrush: Semrush) -> None:
    assert semrush.http.post(f"{semrush.base_url}/", data={"key": SEMRUSH_KEY}).text.startswith("ERROR 48 :: ")


def test_an_ordered_refusal_is_text_with_the_number_asked_for(semrush: Semrush) -> None:
    semrush.sandbox.faults.add(Fault("status", vendor="semrush", status=403, policy="132"))
    answer = semrush.ask()
    assert answer.status_code == 403
    assert answer.text.startswith("ERROR 132 :: ")


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the vendor facts are not beside this checkout ({SHARED.name})")
class TestVendorFacts:
    """The judge: columns, reports and error numbers taken from the vendor's pages."""

    @staticmethod
    def facts(name: str) -> Any:
        return orjson.loads((SHARED / f"{name}.json").read_bytes())

    def test_column_names_are_the_vendors(self) -> None:
        assert {code: self.facts("columns")["columns"][code] for code in COLUMNS} == COLUMNS

    def test_reports_have_the_vendors_mandatory_and_default_columns(self) -> None:
        for name, report in REPORTS.items():
            known = self.facts("reports")["reports"][name]
            assert list(report.mandatory) == known["required"]
            assert ",".join(report.default) == known["default"]
            assert report.available <= set(known["available"].split(","))
            assert known["units_line"] == report.price
            assert known["units_line_historical"] in (5 * report.price, None)

    def test_error_numbers_are_the_vendors(self) -> None:
        assert {str(number) for number in TEXTS} <= set(self.facts("errors"))
