"""Keywords, competitors and position tracking against the simulated vendor: what is read, what it costs, what goes after a month."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from connectors.base import HERE, BadValue, Cursor, NormaliseContext, Page, ReadContext
from connectors.errors import ConfigurationError, QuotaExhausted
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.semrush.vendor import VENDOR
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import SEMRUSH_KEY, HubSpotWorld, Record, SemrushWorld, World
from connectors.sandbox.worlds.folder import DEFAULT_ACCOUNT
from connectors.semrush.settings import SemrushSettings
from connectors.semrush.source import SemrushSource, build
from connectors.semrush.streams import RAW_DAYS
from connectors.transport import no_waiting
from kpi.schema import TABLES, checker
from sync.retention import prune
from tests.contract.harness import Home

NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
CAMPAIGN, MASK = "103580023_16852", "*.acme.example/*"
CONTEXT = NormaliseContext(ZoneInfo("UTC"), "EUR", lambda *_: None, lambda text: text)


def keyword(number: int, report: str = "domain_organic") -> Record:
    cells = {
        "Ph": f"word; {number}",
        "Po": str(number),
        "Pp": "0",
        "Nq": "880",
        "Cp": "1.25",
        "Ur": f"https://acme.example/{number}",
    }
    return {
        "report": report,
        "domain": "acme.example",
        "database": "fr",
        "Tr": f"{100 - number}.5",
        "Tc": "1.1",
        "Co": "0.4",
    } | cells


def estimate(domain: str, month: int, traffic: int) -> Record:
    cells = {"Rk": "1", "Or": "2", "Ot": str(traffic), "Oc": "4", "Ad": "5", "At": "6", "Ac": "7", "Dt": f"2026{month:02d}15"}
    return {"domain": domain, "database": "fr"} | cells


@pytest.fixture(params=[False, True], ids=["object", "list"])
def server(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    semrush = SemrushWorld(
        units=10_000,
        history=[estimate(domain, month, 100) for domain in ("acme.example", "rival.example") for month in (8, 9)],
        keywords=[*(keyword(n) for n in range(1, 31)), *(keyword(n, "domain_adwords") for n in range(1, 4))],
        visibility=[
            {
                "campaign": CAMPAIGN,
                "url": MASK,
                "Dt": f"202609{day:02d}",
                "Vi": 3,
                "Vr": 45.8,
                "Av": "8.07",
                "Sov": 5.9,
                "Tr": 3258.0,
            }
            for day in range(1, 31)
        ],
    )
    world = World("test", NOW, HubSpotWorld(account=dict(DEFAULT_ACCOUNT)), semrush=semrush)
    quirks = Quirks(semrush_tracking_is_list=request.param)
    with SandboxServer(world, quirks=quirks, vendors={"semrush": VENDOR}) as running, no_waiting():
        yield running


def units(server: SandboxServer) -> int:
    assert server.sandbox.world.semrush is not None
    return server.sandbox.world.semrush.units


def source_of(server: SandboxServer, **section: Any) -> SemrushSource:
    given = {"base_url": server.base_url, "key": SEMRUSH_KEY, "domain": "acme.example", "history_months": 2} | section
    return build("semrush", SemrushSettings.model_validate(given), HERE)


def read(source: SemrushSource, report: str, cursor: Cursor = None, now: datetime = NOW) -> list[Page]:
    stream = next(stream for stream in source.streams() if stream.name == report)
    return list(source.read(stream, cursor, ReadContext(now=now, since=date(2026, 8, 1))))


def rows(source: SemrushSource, pages: list[Page]) -> list[dict[str, Any]]:
    [stream] = source.streams()
    check = checker(TABLES[stream.tables[0]], apart=("source", "extracted_at"))
    found = [row for page in pages for record in page.records for _, row in source.normalise(stream, record, CONTEXT)]
    for row in found:
        check(row)
    return found


def test_the_keywords_with_most_traffic_are_bought_and_no_more(server: SandboxServer) -> None:
    source = source_of(server, reports=["domain_organic"], keyword_lines=20)
    pages = read(source, "domain_organic")
    assert units(server) == 10_000 - 20 * 10
    found = rows(source, pages)
    assert [row["keyword"] for row in found] == [f"word; {n}" for n in range(1, 21)]
    first = found[0]
    assert (first["kind"], first["position"], first["previous_position"], first["search_volume"]) == ("organic", 1, None, 880)
    assert (first["cpc"], first["traffic_percent"], first["read_on"]) == (Decimal("1.25"), Decimal("99.5"), date(2026, 10, 1))


def test_keywords_are_not_bought_again_within_their_days(server: SandboxServer) -> None:
    source = source_of(server, reports=["domain_organic", "domain_adwords"], keyword_lines=5)
    cursor = read(source, "domain_adwords")[-1].cursor
    assert units(server) == 10_000 - 3 * 20
    assert all(not page.records for page in read(source, "domain_adwords", cursor, NOW + timedelta(days=27)))
    assert units(server) == 10_000 - 3 * 20
    assert len(read(source, "domain_adwords", cursor, NOW + timedelta(days=28))[-1].records[0]["lines"]) == 3


def test_visibility_is_read_by_day_whatever_form_its_list_has(server: SandboxServer) -> None:
    source = source_of(server, reports=["position_tracking"], tracking=[{"campaign": CAMPAIGN, "url": MASK}])
    found = rows(source, read(source, "position_tracking"))
    assert units(server) == 10_000 - 100
    assert [row["seen_on"] for row in found] == [date(2026, 9, day) for day in range(1, 31)]
    last = found[-1]
    assert (last["visibility_percent"], last["average_position"]) == (Decimal("45.8"), Decimal("8.07"))
    assert (last["share_of_voice_percent"], last["traffic"]) == (Decimal("5.9"), Decimal("3258.0"))


def test_a_figure_may_stand_under_its_url_mask(server: SandboxServer) -> None:
    source = source_of(server, reports=["position_tracking"], tracking=[{"campaign": CAMPAIGN, "url": MASK}])
    day = {"Dt": "20260901", "Vr": {MASK: "4.5"}, "Av": "-"}
    record = {"listing": "l", "campaign": CAMPAIGN, "url": MASK, "read_on": "2026-10-01", "lines": [day]}
    [(_, row)] = source.normalise(source.streams()[0], record, CONTEXT)
    assert (row["visibility_percent"], row["average_position"]) == (Decimal("4.5"), None)
    with pytest.raises(BadValue, match="Dt: there is no such day"):
        list(source.normalise(source.streams()[0], {**record, "lines": [{**day, "Dt": "20260931"}]}, CONTEXT))


def test_competitors_stand_beside_and_never_count_as_spend(server: SandboxServer) -> None:
    source = source_of(server, competitors=["rival.example"], count_estimate_as_spend=True)
    pages = read(source, "domain_rank_history")
    context = NormaliseContext(ZoneInfo("UTC"), "EUR", lambda *_: None, lambda text: text, source.describe())
    found = [
        row for page in pages for record in page.records for _, row in source.normalise(source.streams()[0], record, context)
    ]
    assert {(row["domain"], row["is_competitor"], row["counts_as_spend"]) for row in found} == {
        ("acme.example", False, True),
        ("rival.example", True, False),
    }


def test_the_whole_run_is_priced_and_held_against_the_cap_before_anything_is_billed(server: SandboxServer) -> None:
    everything = {
        "reports": ["domain_rank_history", "domain_organic", "domain_adwords", "position_tracking"],
        "competitors": ["rival.example"],
        "tracking": [{"campaign": CAMPAIGN, "url": MASK}],
        "keyword_lines": 10,
    }
    # 2 domains x 2 months x 10, 10 keywords x 10, 10 x 20, and a request at 100.
    source = source_of(server, **everything, max_units_per_run=440)
    assert "at most 440 API units (domain_rank_history 40: 4 x 10; domain_organic 100: 10 x 10" in source.check().notes[1]
    context = ReadContext(now=NOW, since=date(2026, 8, 1))
    assert [source.quote(stream, None, context).calls for stream in source.streams()] == [2, 1, 1, 1]
    assert "at most 100 API units (1 call, 10 lines at 10)" in source.quote(source.streams()[1], None, context).note
    tight = source_of(server, **everything, max_units_per_run=439)
    with pytest.raises(ConfigurationError, match="max_units_per_run"):
        tight.check()
    for report in everything["reports"]:
        with pytest.raises(QuotaExhausted, match="at most 440"):
            read(tight, str(report))
    assert units(server) == 10_000


def test_stored_keywords_are_replaced_when_read_again_and_gone_a_month_after_the_last_reading(
    server: SandboxServer, tmp_path: Path
) -> None:
    home, semrush = Home(tmp_path), server.sandbox.world.semrush
    assert semrush is not None
    section = {"reports": ["domain_organic", "domain_adwords", "position_tracking"], "keyword_lines": 4}
    tracking = [{"campaign": CAMPAIGN, "url": MASK}]

    def stored(days: int) -> tuple[list[str], int, int]:
        """Organic and paid keywords, and tracked days, after a sync so many days later."""
        now = NOW + timedelta(days=days)
        extracted = home.pull(source_of(server, **section, tracking=tracking), now=now)
        house = home.open()
        prune(house, now)
        house.close()
        facts = home.facts()
        keywords = facts.get("seo_keyword", [])
        organic = [row["keyword"] for row in keywords if row["kind"] == "organic"]
        assert (extracted.exit_code == 3) == (semrush.units == 0 and days >= 28)
        return sorted(organic), len(keywords) - len(organic), len(facts.get("seo_visibility_daily", []))

    assert stored(0) == ([f"word; {n}" for n in range(1, 5)], 3, 30)
    del semrush.keywords[0]
    assert stored(27)[0] == [f"word; {n}" for n in range(1, 5)]
    assert stored(28)[0] == [f"word; {n}" for n in range(2, 6)]
    semrush.units = 0
    # Visibility was last read on day 27.
    assert stored(28 + RAW_DAYS) == ([f"word; {n}" for n in range(2, 6)], 3, 0)
    # Nothing can be bought, and what is there is a month old.
    assert stored(28 + RAW_DAYS + 1) == ([], 0, 0)
    house = home.open()
    assert not any(True for stream in home.sources["semrush"].streams() for _ in house.lake.raw_records("semrush", stream.name))
    house.close()


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"reports": ["domain_ranks", "domain_rank_history"]}, "tell of the same months"),
        ({"reports": ["position_tracking"]}, "need each other"),
        ({"tracking": [{"campaign": CAMPAIGN, "url": MASK}]}, "need each other"),
        ({"reports": []}, "name at least one"),
        ({"competitors": ["ACME.example"]}, "is your own domain"),
        ({"competitors": ["https://rival.example"]}, "bare domain"),
        ({"reports": ["position_tracking"], "tracking": [{"campaign": "../x", "url": MASK}]}, "campaign"),
    ],
)
def test_settings_that_make_no_sense_are_refused(section: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SemrushSettings.model_validate({"key": "k", "domain": "acme.example"} | section)
