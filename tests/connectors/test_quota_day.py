"""The account's day: cut at the account's midnight by the vendor's clock, ours up to a share, others' from a reserve on."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import QuotaExhausted
from connectors.quota import Allowance, Governor, Governs, Heard
from connectors.quota_day import Budget, Day, DayHeard
from connectors.quota_shared import SharedGovernor
from tests.connectors.hubspot.virtual_time import VirtualTime

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BUDGET = Budget("crm", share=0.2, reserve=0.1)


class Wall:
    """Our own clock, wrong by an hour."""

    def __init__(self) -> None:
        self.vendor = NOON

    def __call__(self) -> float:
        return (self.vendor - timedelta(hours=1)).timestamp()


@pytest.fixture(params=["threads", "processes"])
def governor(request: pytest.FixtureRequest, tmp_path: Path, wall: Wall) -> Governs:
    at, allowances = VirtualTime(), {"a": Allowance(1000, 10.0)}
    if request.param == "threads":
        return Governor(allowances, clock=at.clock, wait=at.wait, wall=wall)
    path = tmp_path / "quota.sqlite"
    return SharedGovernor(path, allowances, lease_s=70.0, clock=at.clock, wait=at.pass_by, wall=wall)


@pytest.fixture
def wall() -> Wall:
    return Wall()


def call(governor: Governs, day: DayHeard | None = None) -> None:
    with governor.slot("a", BUDGET.admit) as one:
        if day is not None:
            one.heard = Heard(day=day)


def test_the_day_turns_at_the_accounts_midnight_by_the_vendors_clock(governor: Governs, wall: Wall) -> None:
    call(governor, DayHeard(wall.vendor, limit=1000, remaining=999))
    governor.learn_zone("Europe/Paris")
    wall.vendor = datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC)
    call(governor)
    day = governor.day()
    assert (day.on, day.calls, day.remaining) == (date(2026, 11, 21), 2, 999)
    assert day.ends_at == datetime(2026, 11, 21, 23, 0, tzinfo=UTC), "midnight in Paris"
    wall.vendor += timedelta(seconds=2)
    call(governor)
    day = governor.day()
    assert (day.on, day.calls, day.limit, day.remaining) == (date(2026, 11, 22), 1, 1000, None)


def test_calls_before_the_zone_is_known_belong_to_the_first_day(governor: Governs, wall: Wall) -> None:
    wall.vendor = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    for _ in range(3):
        call(governor, DayHeard(wall.vendor))
    assert governor.day().ends_at is None
    governor.learn_zone("Europe/Paris")
    assert (governor.day().on, governor.day().calls) == (date(2026, 11, 22), 3)


def test_a_day_whose_zone_stays_unknown_turns_all_the_same(governor: Governs, wall: Wall) -> None:
    call(governor, DayHeard(wall.vendor))
    wall.vendor += timedelta(days=1)
    assert governor.day().calls == 0


def test_our_share_of_the_day_is_kept_until_it_turns(governor: Governs, wall: Wall) -> None:
    governor.learn_zone("Europe/Paris")
    for made in range(1, 5):
        call(governor, DayHeard(wall.vendor, limit=20, remaining=20 - made))
    with pytest.raises(QuotaExhausted) as spent:
        call(governor)
    assert spent.value.exit_code == 3
    assert spent.value.until == datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
    assert "sources.crm.daily_share" in str(spent.value)
    assert governor.day().calls == 4, "what was not sent is not counted"
    wall.vendor += timedelta(hours=12)
    call(governor)


def test_the_reserve_of_other_apps_is_kept(governor: Governs, wall: Wall) -> None:
    call(governor, DayHeard(wall.vendor, limit=100, remaining=10))
    call(governor, DayHeard(wall.vendor, limit=100, remaining=9))
    with pytest.raises(QuotaExhausted, match=r"9 of the account's 100 calls are left .* sources\.crm\.daily_reserve"):
        call(governor)


def test_without_a_stated_day_calls_are_only_counted() -> None:
    BUDGET.admit(Day(calls=10_000_000))
    assert BUDGET.note(Day(calls=1_234)) == "1,234 calls made today; HubSpot states no daily limit to this credential"


def test_the_note_tells_what_is_used_and_left() -> None:
    day = Day(calls=12, limit=1_000, remaining=900)
    assert BUDGET.note(day) == "900 calls left today, for all apps of the account; Cadran made 12 of its 200"


def test_a_zone_that_is_none_leaves_the_day_unknown() -> None:
    assert Day().in_zone("Mars/Olympus", 0.0) == Day()
