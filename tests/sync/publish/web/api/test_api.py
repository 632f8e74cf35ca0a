"""The HTTP API over a shelf that runs left, held against its own OpenAPI document and against ``cadran show --json``."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from config.serve import ServeSettings
from config.settings import AccountSettings
from sync.publish import after, forecasts, shelf
from sync.publish.targets.command import status_json
from sync.publish.targets.standing import statuses
from sync.publish.web.api.app import PATH, api
from sync.publish.web.asking import NoAnswer
from sync.publish.web.signin.middleware import SignInMiddleware
from sync.publish.web.signin.security import Security
from sync.result_reading import Query, read_results
from tests.sync.publish.months import months_before
from tests.sync.versions import Versions, value

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def won(amount: str | None, month: int = 8, **more: Any) -> dict[str, Any]:
    return value("revenue_won", amount, {"revenue_won": amount or "0"}, start=date(2026, month, 1), **more)


ROWS = [
    won("100.25", 6),
    won("0.1234567891", 7),
    {**won(None, 8), "reason": "nothing", "reason_fr": "rien", "value": None},
    value("win_rate", "0.75", {"deals_won": "30", "deals_lost": "10"}, unit="ratio"),
    *(won("7", month, by="owner", key=owner) for owner in ("12", "13", "14") for month in (6, 7, 8)),
]


class Lake:
    """Stands for :class:`~sync.publish.web.asking.Ask`: no process is started here."""

    def __init__(self, home: Versions) -> None:
        self.home = home
        self.asked: list[tuple[Any, ...]] = []

    def about(self, run_id: int | None, *words: str) -> Any:
        self.asked.append((run_id, *words))
        if "--as-of=2020-01-01" in words:
            raise NoAnswer("cadran: nothing was known yet on 2020-01-01", 2)
        return read_results(self.home.house, Query("revenue_won", "owner", "month"))


@dataclass
class Results:
    """A home after one run, and the API over it."""

    home: Versions
    lake: Lake
    api: FastAPI

    def run(self, *more: dict[str, Any]) -> None:
        self.home.run([*ROWS, *more])
        with after.filled(self.home.house):
            pass


@contextmanager
def made(folder: Path) -> Iterator[Results]:
    home = Versions(folder)
    engine = shelf.engine_of(home.house)
    lake = Lake(home)
    results = Results(home, lake, api(home.house, engine, lake))  # type: ignore[arg-type]
    results.run()
    yield results
    engine.dispose()
    home.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """For tests that only read."""
    with made(tmp_path_factory.mktemp("home")) as results:
        yield results


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    """For tests that run more."""
    with made(tmp_path) as own:
        yield own


class Server:
    """The API behind the sign-in, and who asks it."""

    def __init__(self, results: Results, base_url: str = "http://127.0.0.1:8780", **settings: Any) -> None:
        house = results.home.house
        self.now = NOW
        self.folder = house.folder
        self.security = Security(ServeSettings(**settings), house.folder, house.ledger.engine, "en", lambda: self.now)
        app = Starlette(routes=[Mount(PATH, results.api)])
        app.add_middleware(SignInMiddleware, security=self.security)
        self.client = TestClient(app, base_url=base_url, raise_server_exceptions=False)

    def get(self, path: str, **parameters: Any) -> Any:
        return self.client.get(PATH + path, params=parameters)

    def values(self, **parameters: Any) -> Any:
        answer = self.get("/values", **{"kpi": "revenue_won", "period": "month", **parameters})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def server(shared: Results) -> Server:
    return Server(shared)


def test_values_are_those_of_show(server: Server, shared: Results) -> None:
    """Key by key, but for the label, and the version that the lake alone knows."""
    for by in ("total", "owner"):
        shown = [
            {k: v for k, v in row.items() if k != "version"}
            for row in read_results(shared.home.house, Query("revenue_won", by, "month"))
        ]
        given = server.values(by=by)
        assert [{k: v for k, v in row.items() if k != "label"} for row in given["values"]] == shown
        assert given["next"] is None
        assert given["run_id"] == 1
    rate = server.values(kpi="win_rate")["values"][0]
    assert rate["value"] == "0.75"
    assert rate["interval"]["low"] < "0.75" < rate["interval"]["high"]


def test_an_undefined_value_is_null_with_its_reason_in_the_reader_s_language(server: Server) -> None:
    server.client.headers["accept-language"] = "fr"
    empty = server.values(since="2026-08-01")["values"][0]
    assert (empty["value"], empty["reason"]) == (None, "rien")


def test_filters_narrow_down(server: Server) -> None:
    def starts(**asked: Any) -> list[tuple[str, str]]:
        return [(row["key"], row["period_start"]) for row in server.values(**asked)["values"]]

    assert starts(since="2026-07-01", until="2026-08-01") == [("", "2026-07-01")]
    assert starts(by="owner", key="13", since="2026-08-01") == [("13", "2026-08-01")]
    assert starts(by="owner", key="nobody") == []


def test_pages_fit_together_and_are_of_one_run(results: Results) -> None:
    server = Server(results)
    whole = server.values(by="owner")["values"]
    got, cursor = [], None
    while True:
        page = server.values(by="owner", limit=2, **({"cursor": cursor} if cursor else {}))
        got += page["values"]
        cursor = page["next"]
        if cursor is None:
            break
    assert got == whole
    assert len(got) == 9
    first = server.values(by="owner", limit=2)["next"]
    results.run(won("8", 5))
    changed = server.get("/values", kpi="revenue_won", period="month", by="owner", limit=2, cursor=first)
    assert changed.status_code == 409


@pytest.mark.parametrize("path", ["/kpis", "/kpis/cac_blended", "/values?kpi=revenue_won&period=month&by=owner&limit=4", "/runs"])
def test_answers_are_what_the_openapi_document_says(server: Server, path: str) -> None:
    document = server.get("/openapi.json").json()
    route = "/kpis/{kpi}" if path.startswith("/kpis/") else path.split("?")[0]
    schema = document["paths"][route]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = server.client.get(PATH + path)
    assert answer.status_code == 200
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(answer.json())
    assert answer.json()


def test_refusals_are_the_problem_documents_that_it_promises(server: Server) -> None:
    document = server.get("/openapi.json").json()
    assert document["servers"] == [{"url": PATH}]
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    promised = document["paths"]["/values"]["get"]["responses"]["400"]["content"]["application/problem+json"]["schema"]
    answer = server.get("/values", kpi="revenue_one")
    assert answer.headers["content-type"] == "application/problem+json"
    jsonschema.validate(answer.json(), promised)


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"kpi": "revenue_one"}, 400, "did you mean revenue_won?"),
        ({"kpi": "zzz"}, 400, "GET /api/v1/kpis lists them"),
        ({"by": "chanel"}, 400, "by: 'chanel' is none; did you mean channel?"),
        ({"by": "survey"}, 400, "revenue_won is not shown by survey; it is by"),
        ({"by": "deal"}, 400, "values of single records are not served"),
        ({"kpi": "lead_cost", "by": "contact"}, 400, "values of single records are not served"),
        ({"period": "fortnight"}, 400, "period: 'fortnight' is none"),
        ({"model": "psychic"}, 400, "model: 'psychic' is none; first, last"),
        ({"peroid": "month"}, 400, "no parameter is called 'peroid'; did you mean period?"),
        ({"kpi": ["revenue_won", "win_rate"]}, 400, "kpi is given twice"),
        ({"since": "2026-08-01", "until": "2026-08-01"}, 400, "until is exclusive"),
        ({"since": "yesterday"}, 422, "since: "),
        ({"since": "2026-02-30"}, 422, "since: "),
        ({"limit": "0"}, 422, "limit: "),
        ({"limit": "1001"}, 422, "limit: "),
        ({"cursor": "bm8"}, 400, "cursor is none that this server gave"),
        ({"cursor": "é%00"}, 400, "cursor is none that this server gave"),
        ({"cursor": "WzEsInwiLCIyMDI2LTAxIl0"}, 400, "cursor is none that this server gave"),
        ({"by": "owner", "key": "1\x00"}, 400, "key holds control characters"),
        ({"key": "x" * 301}, 422, "key: "),
        ({"kpi": "<script>alert(1)</script>"}, 400, "no KPI is called"),
        ({"kpi": "revenue_won' OR '1'='1"}, 400, "no KPI is called"),
        ({"by": "owner", "key": "' OR 1=1 --"}, 200, ""),
    ],
)
def test_a_broken_filter_is_told_what_is_wrong(server: Server, asked: dict[str, Any], status: int, said: str) -> None:
    answer = server.get("/values", **{"kpi": "revenue_won", "period": "month", **asked})
    assert answer.status_code == status, answer.text
    if status == 200:
        assert all(row["by"] == "total" for row in answer.json()["values"])
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/kpis/revenue_one", 404),
        ("GET", "/docs", 404),
        ("GET", "/redoc", 404),
        ("GET", "/values", 422),
    ],
)
def test_what_is_not_there_is_a_problem_document(server: Server, method: str, path: str, status: int) -> None:
    answer = server.client.request(method, PATH + path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_nothing_can_be_changed(guarded: Server) -> None:
    token = guarded.security.tokens.add("bi", None, [], NOW)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = guarded.client.request(method, PATH + "/values", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code in (403, 405)


def test_as_it_was_known_on_a_day_is_asked_of_the_lake(server: Server, shared: Results) -> None:
    shared.lake.asked.clear()
    first = server.values(by="owner", as_of="2026-10-01", limit=4)
    assert shared.lake.asked == [(1, "show", "revenue_won", "--by=owner", "--period=month", "--as-of=2026-10-01")]
    assert [row["key"] for row in first["values"]] == ["12", "12", "12", "13"]
    rest = server.values(by="owner", as_of="2026-10-01", cursor=first["next"])
    assert [row["key"] for row in rest["values"]] == ["13", "13", "14", "14", "14"]
    assert {row["key"] for row in server.values(by="owner", key="14", as_of="2026-10-01")["values"]} == {"14"}
    refused = server.get("/values", kpi="revenue_won", period="month", as_of="2020-01-01")
    assert (refused.status_code, refused.json()["detail"]) == (400, "nothing was known yet on 2020-01-01")


def test_who_has_the_answer_already_is_told_so_until_a_run_changes_it(results: Results) -> None:
    server = Server(results)
    address = {"kpi": "revenue_won", "period": "month"}
    first = server.get("/values", **address)
    assert first.headers["cache-control"] == "private, no-cache"
    again = server.client.get(f"{PATH}/values", params=address, headers={"if-none-match": f'"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    french = {"if-none-match": first.headers["etag"], "accept-language": "fr"}
    assert server.client.get(f"{PATH}/values", params=address, headers=french).status_code == 200
    results.run(won("8", 5))
    changed = server.client.get(f"{PATH}/values", params=address, headers={"if-none-match": first.headers["etag"]})
    assert (changed.status_code, len(changed.json()["values"])) == (200, 4)


def test_runs_come_newest_first_in_pages(results: Results) -> None:
    server = Server(results)
    for _ in range(3):
        results.home.run(ROWS)
    first = server.get("/runs", limit=3).json()
    rest = server.get("/runs", limit=3, cursor=first["next"]).json()
    assert [run["id"] for run in first["runs"] + rest["runs"]] == [4, 3, 2, 1]
    assert rest["next"] is None


TARGETS = [
    {
        "kpi": "spend",
        "by": by,
        "for": member,
        "direction": "at_most",
        "value": 90,
        "period": "2026-09",
        "baseline": "2026-08",
        "owner": "Anna",
        "reason": "rent",
    }
    for by, member in (("total", ""), ("channel", "paid_search"))
]


def test_targets_and_forecasts_are_told_as_the_document_says(results: Results) -> None:
    """And as `cadran targets --json` and `cadran forecast --json` print them."""
    house = results.home.house
    house.settings = AccountSettings.model_validate({"targets": TARGETS})
    spent = [value("spend", str(100 + n % 3), {}, start=start) for n, start in enumerate(months_before(date(2026, 10, 1), 16))]
    results.run(*spent)
    with after.filled(house) as current:
        forecasts.update(house, current)
        told = [status_json(status, "en") for status in statuses(house, current)]
    server = Server(results)
    document = server.get("/openapi.json").json()
    targets, forecast = server.get("/targets"), server.get("/forecasts", kpi="spend")
    for path, answer in (("/targets", targets), ("/forecasts", forecast)):
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())
    assert targets.json() == {"targets": told}
    assert [one["by"] for one in told] == ["total", "channel"]
    assert len(forecast.json()["ahead"]) == 4
    short = server.get("/forecasts", kpi="win_rate").json()
    assert (short["ahead"], bool(short["reason"])) == ([], True)
    assert server.get("/forecasts", kpi="revenue_won", by="owner", key="12").status_code == 404
    assert server.get("/forecasts", kpi="revenue_one").json()["detail"].endswith("did you mean revenue_won?")


# --- who asks ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(shared: Results) -> Iterator[Server]:
    """Reached through a proxy, so that a token is needed, and each sees own records."""
    yield Server(shared, "https://kpi.example.com", public_url="https://kpi.example.com", own_records_only=True)
    (shared.home.house.folder / "tokens").unlink(missing_ok=True)


def bearing(server: Server, token: str) -> Server:
    server.client.headers["authorization"] = f"Bearer {token}"
    return server


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic YTpi", "bearer cdr_é"])
def test_without_a_token_there_are_no_figures(guarded: Server, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header.encode()}
    answer = guarded.client.get(f"{PATH}/values?kpi=revenue_won", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert guarded.client.get(f"{PATH}/openapi.json").status_code == 200  # it tells nothing of the account


def test_a_token_is_taken_until_it_is_over_or_revoked(guarded: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = guarded.security.tokens.add("bi", 30, ["*"], NOW)
    server = bearing(guarded, secret)
    assert server.get("/runs").status_code == 200
    guarded.now = NOW + timedelta(days=29)
    assert server.get("/runs").status_code == 200
    guarded.now = NOW + timedelta(days=30)
    assert server.get("/runs").status_code == 401
    guarded.now = NOW
    guarded.security.tokens.revoke("bi")
    assert server.get("/runs").status_code == 401
    assert secret not in caplog.text
    assert secret not in "".join(file.read_bytes().decode("latin-1") for file in guarded.folder.glob("*") if file.is_file())


def test_a_token_bound_to_owners_reads_their_figures_and_the_company_s(guarded: Server) -> None:
    server = bearing(guarded, guarded.security.tokens.add("rep", None, ["12"], NOW))
    assert {row["key"] for row in server.values(by="owner")["values"]} == {"12"}
    assert {row["key"] for row in server.values(by="owner", as_of="2026-10-01")["values"]} == {"12"}
    assert len(server.values()["values"]) == 3
    refused = server.get("/values", kpi="revenue_won", period="month", by="owner", key="13")
    assert refused.status_code == 403


def test_a_token_without_owners_sees_no_figures_of_people(guarded: Server) -> None:
    server = bearing(guarded, guarded.security.tokens.add("nobody", None, [], NOW))
    assert server.get("/values", kpi="revenue_won", period="month", by="owner").status_code == 403
    assert bearing(guarded, guarded.security.tokens.add("all", None, ["*"], NOW)).values(by="owner")["values"]


def test_an_answer_of_one_reader_is_not_another_s(guarded: Server) -> None:
    address = {"kpi": "revenue_won", "period": "month", "by": "owner"}
    everyone = bearing(guarded, guarded.security.tokens.add("all", None, ["*"], NOW)).get("/values", **address)
    server = bearing(guarded, guarded.security.tokens.add("rep", None, ["12"], NOW))
    answer = server.client.get(f"{PATH}/values", params=address, headers={"if-none-match": everyone.headers["etag"]})
    assert answer.status_code == 200
    assert "authorization" in answer.headers["vary"]


def test_too_many_requests_with_one_token_are_told_to_wait(guarded: Server) -> None:
    guarded.security.by_token._clock = lambda: 0
    server = bearing(guarded, guarded.security.tokens.add("bi", None, ["*"], NOW))
    for _ in range(600):
        assert guarded.security.by_token.wait_s("bi") == 0
    refused = server.get("/runs")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "61")
    assert bearing(guarded, guarded.security.tokens.add("other", None, ["*"], NOW)).get("/runs").status_code == 200
