"""Facts held against the records as received: every difference has a reason, or is a fault of ours."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.settings import AccountSettings
from connectors.base import BadValue, Crm, Cursor, Days, NormaliseContext, Page, Raw, RawAmount, Reach, ReadContext, Row, Stream
from connectors.values import number
from sync.house import House
from sync.lake import Lake
from sync.ledger import Ledger
from sync.pipeline import Frame, extract
from sync.progress import LogProgress
from sync.reconcile_raw import Comparison, compare_raw

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
DAYS = Stream(
    "campaigns_daily",
    "window",
    ("ad_spend_daily",),
    lambda r: f"{r['campaign']['id']}@{r['segments']['date']}",
    "https://vendor.example/docs",
    "1",
    lookback_days=30,
    amount=RawAmount(
        "ad_spend_daily",
        "spend",
        lambda record, _: number(record["metrics"]["costMicros"], "costMicros").scaleb(-6),
        "spend_on",
        lambda record: str(record["segments"]["date"]),
    ),
)


class FakeAds:
    """Two days of campaigns, whole days replaced. ``damage`` is a fault of ours between record and row."""

    id, type = "ads", "google_ads"

    def __init__(self) -> None:
        self.micros: dict[tuple[str, str], Any] = {}
        self.damage: Callable[[str, Decimal], Decimal] = lambda _id, spend: spend

    def streams(self) -> tuple[Stream, ...]:
        return (DAYS,)

    def check(self) -> Reach:
        return Reach("1", "ads", "EUR", None)

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return {}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        records = [
            {"campaign": {"id": id}, "segments": {"date": day}, "metrics": {"costMicros": micros}}
            for (id, day), micros in self.micros.items()
        ]
        days = Days("ad_spend_daily", "spend_on", "account_id", "a", date(2026, 9, 1), date(2026, 9, 15))
        yield Page(records, "done", (days,))

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        id, day = record["campaign"]["id"], record["segments"]["date"]
        try:
            spend = self.damage(id, Decimal(record["metrics"]["costMicros"]) / 10**6)
        except ArithmeticError:
            raise BadValue("costMicros: not a number") from None
        yield (
            "ad_spend_daily",
            {
                "source_id": f"{id}@{day}",
                "platform": "google_ads",
                "account_id": "a",
                "campaign_id": id,
                "campaign_name": id,
                "spend_on": date.fromisoformat(day),
                "currency": "EUR",
                "spend": spend,
                "impressions": 0,
                "clicks": 0,
                "conversions": Decimal(0),
                "conversions_value": Decimal(0),
                "cost_class": "platform_reported",
            },
        )

    def close(self) -> None: ...


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    ledger = Ledger.at(tmp_path)
    ads = FakeAds()
    ads.micros = {("1", "2026-09-10"): "1500000", ("2", "2026-09-10"): "250001", ("1", "2026-09-11"): "10000"}
    yield House(
        "default",
        AccountSettings(),
        tmp_path,
        ledger,
        Lake(tmp_path, ledger),
        {"ads": ads},
        lambda: pytest.fail("no CRM is needed here"),
        lambda v: v,
        lambda _c: lambda amount, _currency, day: (amount, Decimal(1), day),
        lambda: NOW,
    )
    ledger.close()


def pull(house: House, after: timedelta = timedelta()) -> None:
    now = NOW + after
    run_id = house.ledger.start_run("sync", now)
    frame = Frame(now, now.date(), ZoneInfo("Europe/Paris"), "Europe/Paris", "EUR", date(2026, 9, 1))
    extract(house, run_id, Crm("1", "EUR", "Europe/Paris", "app.example", now), frame, LogProgress())
    house.ledger.finish_run(run_id, now, "done", now, {})
    house.ledger.put("frame", '{"zone": "Europe/Paris", "currency": "EUR", "since": "2026-09-01"}')


def compared(house: House) -> Comparison:
    [found] = compare_raw(house)
    return found


def ads_of(house: House) -> FakeAds:
    ads = house.sources["ads"]
    assert isinstance(ads, FakeAds)
    return ads


def test_what_was_received_is_what_the_facts_hold_to_the_micro(house: House) -> None:
    pull(house)
    found = compared(house)
    assert (found.raw, found.facts, found.records) == (Decimal("1.760001"), Decimal("1.760001"), 3)
    assert (found.difference, found.reasons, found.faults) == (0, (), ())


def test_an_amount_that_changed_on_the_way_is_a_fault(house: House) -> None:
    ads_of(house).damage = lambda campaign, spend: spend + Decimal("0.01") if campaign == "2" else spend
    pull(house)
    found = compared(house)
    assert found.difference == Decimal("0.01")
    assert [(d.reason, d.records, d.amount) for d in found.reasons] == [("fault", 1, Decimal("0.01"))]
    assert [(f.record_id, f.raw, f.facts) for f in found.faults] == [("2@2026-09-10", "0.250001", "0.260001")]


def test_what_the_vendor_withdrew_has_its_reason_and_what_cannot_be_read_counts_nowhere(house: House) -> None:
    pull(house)
    ads = ads_of(house)
    del ads.micros["2", "2026-09-10"]
    ads.micros["3", "2026-09-11"] = "much"
    pull(house, timedelta(days=1))
    everything = compare_raw(house)
    assert {(d.reason, d.records, d.amount) for c in everything for d in c.reasons} == {("restated", 1, Decimal("-0.250001"))}
    assert not any(c.faults for c in everything)
    assert sum(c.facts for c in everything) == Decimal("1.51")


def test_facts_outlive_their_raw_records(house: House) -> None:
    pull(house)
    house.lake.purge_raw("ads", DAYS.name, NOW + timedelta(days=2), 1)
    found = compared(house)
    assert [(d.reason, d.records) for d in found.reasons] == [("fault", 3)], "a raw record that should still be there"
    house.settings = replace_retention(house.settings)
    pull_nothing(house, timedelta(days=3))
    assert [(d.reason, d.records) for d in compared(house).reasons] == [("raw_gone", 3)]


def replace_retention(settings: AccountSettings) -> AccountSettings:
    return settings.model_copy(update={"retention": settings.retention.model_copy(update={"raw_days": 1})})


def pull_nothing(house: House, after: timedelta) -> None:
    """A later run that read nothing."""
    run_id = house.ledger.start_run("sync", NOW + after)
    house.ledger.finish_run(run_id, NOW + after, "done", NOW + after, {})
