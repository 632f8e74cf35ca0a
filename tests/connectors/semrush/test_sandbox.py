"""Against the simulated vendor, which keeps the account's books: what was read, what it cost, what happens when it runs short."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.base import HERE, Cursor, Page, ReadContext
from connectors.errors import AuthenticationError, QuotaExhausted, TransientError
from connectors.sandbox.faults import Fault
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.semrush.vendor import VENDOR
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import SEMRUSH_KEY, HubSpotWorld, Record, SemrushWorld, World
from connectors.sandbox.worlds.folder import DEFAULT_ACCOUNT
from connectors.semrush.settings import SemrushSettings
from connectors.semrush.source import SemrushSource, build
from connectors.transport import no_waiting

NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
MONTHS = [f"{2025 + month // 12}{month % 12 + 1:02d}" for month in range(22)]
"""January 2025 to October 2026: the last one lies after the sandbox's clock."""


def history(domain: str, database: str, months: list[str] = MONTHS) -> list[Record]:
    names = ("Rk", "Or", "Ot", "Oc", "Ad", "At", "Ac")
    return [
        {"domain": domain, "database": database, "Dt": f"{month}15"} | {code: str(n * 100 + i) for i, code in enumerate(names)}
        for n, month in enumerate(months)
    ]


@pytest.fixture(params=[Quirks(), Quirks(semrush_header_quoted=False, semrush_refusals_are_200=True)], ids=["likely", "unlikely"])
def server(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    semrush = SemrushWorld(units=1000, history=[*history("acme.example", "fr"), *history("acme.example", "us", MONTHS[15:])])
    world = World("test", NOW, HubSpotWorld(account=dict(DEFAULT_ACCOUNT)), semrush=semrush)
    with SandboxServer(world, quirks=request.param, vendors={"semrush": VENDOR}) as running, no_waiting():
        yield running


@pytest.fixture
def account(server: SandboxServer) -> SemrushWorld:
    assert server.sandbox.world.semrush is not None
    return server.sandbox.world.semrush


def source_of(server: SandboxServer, **section: Any) -> SemrushSource:
    given = {"base_url": server.base_url, "key": SEMRUSH_KEY, "domain": "acme.example", "database": ["fr", "us"]} | section
    return build("semrush", SemrushSettings.model_validate(given), HERE)


def read(server: SandboxServer, source: SemrushSource, cursor: Cursor = None) -> list[Page]:
    reading = ReadContext(now=server.sandbox.clock.now(), since=date(2024, 10, 1))
    return list(source.read(source.streams()[0], cursor, reading))


def test_every_month_until_now_is_read_and_paid_for_once(server: SandboxServer, account: SemrushWorld) -> None:
    pages = read(server, source_of(server))
    assert [[record["Dt"] for record in page.records] for page in pages] == [
        [f"{month}15" for month in reversed(MONTHS[:21])],
        [f"{month}15" for month in reversed(MONTHS[15:21])],
    ]
    assert [record["Ac"] for record in pages[0].records[:2]] == ["2006", "1906"]
    assert account.units == 1000 - 10 * (21 + 6)


def test_a_daily_schedule_pays_for_the_newest_months_weekly(server: SandboxServer, account: SemrushWorld) -> None:
    source, cursor = source_of(server), None
    for page in read(server, source):
        cursor = page.cursor
    spent: list[int] = []
    for _ in range(21):
        server.sandbox.clock.advance(timedelta(days=1))
        before = account.units
        for page in read(server, source, cursor):
            cursor = page.cursor
        spent.append(before - account.units)
    assert spent == [40 if day in (7, 14, 21) else 0 for day in range(1, 22)]


def test_the_current_overview_costs_one_line_a_database(server: SandboxServer, account: SemrushWorld) -> None:
    pages = read(server, source_of(server, report="domain_ranks"))
    assert [[(r["Db"], r["Dt"]) for r in page.records] for page in pages] == [[("fr", "20260915")], [("us", "20260915")]]
    assert account.units == 980


def test_a_domain_that_the_vendor_does_not_know_is_empty_and_free(server: SandboxServer, account: SemrushWorld) -> None:
    [page] = read(server, source_of(server, domain="nobody.example", database="fr"))
    assert (page.records, account.units) == ([], 1000)


def test_a_balance_that_is_too_short_for_the_whole_is_left_untouched(server: SandboxServer, account: SemrushWorld) -> None:
    account.units = 499
    with pytest.raises(QuotaExhausted, match="at most 500 API units"):
        read(server, source_of(server))
    assert account.units == 499


def test_units_that_somebody_else_spends_meanwhile_do_not_cut_the_history_short(
    server: SandboxServer, account: SemrushWorld
) -> None:
    source = source_of(server)
    reading = ReadContext(now=NOW, since=date(2024, 10, 1))
    pages = source.read(source.streams()[0], None, reading)
    assert len(next(pages).records) == 21
    account.units = 35
    with pytest.raises(QuotaExhausted, match="answered 3 of up to 25 lines and no API units are left"):
        next(pages)


def test_an_account_without_units_says_so(server: SandboxServer, account: SemrushWorld) -> None:
    source = source_of(server)
    pages = source.read(source.streams()[0], None, ReadContext(now=NOW, since=date(2024, 10, 1)))
    next(pages)
    account.units = 0
    with pytest.raises(QuotaExhausted, match="ERROR 132"):
        next(pages)


def test_a_wrong_key_is_refused_by_check_describe_and_read(server: SandboxServer) -> None:
    source = source_of(server, key="wrong-key")
    for step in (source.check, source.describe, lambda: read(server, source)):
        with pytest.raises(AuthenticationError) as refused:
            step()
        assert "wrong-key" not in str(refused.value)


def test_check_and_describe_cost_nothing(server: SandboxServer, account: SemrushWorld) -> None:
    source = source_of(server)
    assert source.check().notes[0] == "API units left: 1,000"
    assert source.describe() == {"units_left": 1000, "units_planned_at_most": 500, "counts_as_spend": False}
    assert account.units == 1000


def test_a_vendor_that_stumbles_is_asked_again_and_the_answer_is_the_same(server: SandboxServer, account: SemrushWorld) -> None:
    calm = read(server, source_of(server))
    account.units = 1000
    for fault in (Fault("status", times=2), Fault("status", status=429), Fault("cut"), Fault("status", route="report")):
        server.sandbox.faults.add(replace(fault, vendor="semrush"))
    assert read(server, source_of(server)) == calm
    assert account.units == 730


def test_a_vendor_that_is_down_for_good_is_a_passing_trouble(server: SandboxServer) -> None:
    server.sandbox.faults.add(Fault("status", vendor="semrush", times=50))
    with pytest.raises(TransientError):
        source_of(server).check()


def test_ten_requests_a_second_are_never_exceeded(server: SandboxServer) -> None:
    """The vendor counts; 15 calls in a row are spread so that it refuses none."""
    source = source_of(server)
    for _ in range(15):
        source.describe()
    assert server.sandbox.stats.as_json()["semrush"] == {
        "requests": 15,
        "refused_429": 0,
        "routes": {"countapiunits": 15},
        "statuses": {"200": 15},
    }
