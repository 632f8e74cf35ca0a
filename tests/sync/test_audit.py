"""Edits that our writes went over: told from every other kind of history, looked up once, on time, and after a cut."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.settings import AccountSettings, CrmSettings
from connectors.base import HistoryEntry
from connectors.errors import QuotaExhausted
from sync.audit import audit_calls, is_due, look_for_lost_edits, lost_edit
from sync.house import House
from sync.in_flight import Stopped
from sync.lake import Lake
from sync.ledger import Ledger
from sync.ledger_tables import LostEdit, Unaudited
from sync.plan import Change, make_plan
from sync.progress import LogProgress
from tests.sync.test_apply import FakeCrm

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
COST = "cadran_cost_per_deal"


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def ours(value: str | None, seconds: float) -> HistoryEntry:
    return HistoryEntry(value, at(seconds), True)


def theirs(value: str | None, seconds: float) -> HistoryEntry:
    return HistoryEntry(value, at(seconds), False)


WRITE = Unaudited(1, 3, "deals", "12", COST, "7", "5", NOW, at(2))
"""The pre-read gave 7 just before ``NOW``, 5 was sent a second later."""
LOST = theirs("9", 0.5)


@pytest.mark.parametrize(
    "history",
    [
        (ours("5", 1), LOST, ours("7", -900)),
        (ours("5.00", 1), LOST),
        (theirs("4", 30), ours("5", 1), LOST),
        (ours("6", 86_400), ours("7", 80_000), ours("5", 1), LOST),
        (ours("5", 1.5), ours("5", 1), LOST),
        (ours("5", 86_400), ours("7", 80_000), ours("5", 1), LOST),
    ],
    ids=["plain", "spelt otherwise", "edited again", "written again", "sent twice", "the same written a day later"],
)
def test_an_edit_directly_before_our_write_is_found(history: Sequence[HistoryEntry]) -> None:
    assert lost_edit(WRITE, history, "money") == LOST


def test_a_value_that_somebody_took_away_is_an_edit_too() -> None:
    assert lost_edit(WRITE, (ours("5", 1), theirs("", 0.5), ours("7", -900)), "money") == theirs("", 0.5)


@pytest.mark.parametrize(
    "history",
    [
        (),
        (ours("5", 1), ours("7", -900)),
        (theirs("9", 30), ours("5", 1), ours("7", -900)),
        (ours("5", 1), theirs("7", -900)),
        (ours("5", 1), theirs("7.0", 0.5), theirs("9", 0.2)),
        (ours("5", 1), theirs("9", -900)),
        (theirs("5", 0.5), theirs("7", -900)),
        (ours("5", -86_400), theirs("9", -86_401)),
    ],
    ids=[
        "no history",
        "clean",
        "edited after us",
        "what the pre-read gave",
        "put back",
        "from before the pre-read",
        "somebody wrote what we were going to",
        "an earlier write of ours",
    ],
)
def test_nothing_else_is_taken_for_one(history: Sequence[HistoryEntry]) -> None:
    assert lost_edit(WRITE, history, "money") is None


# --- which writes are looked at, and when ---------------------------------------------------------------------------


class Remembering(FakeCrm):
    """Tells histories, and how often it was asked for them."""

    def __init__(self) -> None:
        super().__init__()
        self.histories: dict[tuple[str, str], tuple[HistoryEntry, ...]] | None = {}
        self.asked: list[list[str]] = []
        self.before: Callable[[], None] = lambda: None

    def read_history(
        self, object: str, ids: Sequence[str], names: Sequence[str]
    ) -> dict[tuple[str, str], tuple[HistoryEntry, ...]] | None:
        self.before()
        self.asked.append(list(ids))
        return self.histories


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        opened = Ledger.at(tmp_path)
    else:
        opened = Ledger.in_postgresql(request.getfixturevalue("postgresql_url"), f"a{abs(hash(str(tmp_path))) % 10**8}")
    yield opened
    opened.close()


def house_of(folder: Path, ledger: Ledger, crm: FakeCrm, **settings: object) -> House:
    return House(
        "default",
        AccountSettings(crm=CrmSettings.model_validate(settings)),
        folder,
        ledger,
        Lake(folder, ledger),
        {},
        lambda: crm,
        lambda value: value,
        lambda _home: lambda amount, _currency, day: (amount, Decimal(1), day),
        lambda: NOW,
    )


def write(ledger: Ledger, *ids: str, name: str = COST, object: str = "deals", state: str = "written", plan: str = "p") -> None:
    keys = [{"object": object, "record_id": i, "property": name} for i in ids]
    ledger.intend([{**k, "run_id": 3, "plan_id": plan, "old": "7", "new": "5"} for k in keys], NOW)
    ledger.settle(plan, [{**k, "state": state, "answered": "5", "reason": None} for k in keys], at(2), 3)


def look(house: House, stop: Callable[[], bool] = lambda: False) -> int:
    return look_for_lost_edits(house, 4, lambda: at(60), LogProgress(), stop=stop)


def test_what_was_lost_is_held_and_told_once(tmp_path: Path, ledger: Ledger) -> None:
    crm = Remembering()
    house = house_of(tmp_path, ledger, crm)
    write(ledger, "12", "13")
    crm.histories = {("12", COST): (ours("5", 1), LOST), ("13", COST): (ours("5", 1), ours("7", -900))}
    assert look(house) == 1
    assert ledger.all_holds() == {("deals", "12", COST)}
    assert ledger.tell_lost_edits() == [LostEdit(3, "deals", "12", COST, "5", "9", at(0.5))]
    assert ledger.tell_lost_edits() == []
    assert look(house) == 0
    assert crm.asked == [["12", "13"]]


def test_it_is_due_once_the_oldest_write_has_waited(tmp_path: Path, ledger: Ledger) -> None:
    """And costs a call for fifty records, and one that asks who we are."""
    house = house_of(tmp_path, ledger, Remembering(), audit_hours=168)
    nothing = make_plan(5, NOW, [])
    assert not is_due(house, NOW + timedelta(days=400))
    write(ledger, *map(str, range(120)))
    late = NOW + timedelta(hours=168)
    assert [is_due(house, late - timedelta(seconds=1)), is_due(house, late)] == [False, True]
    more = make_plan(5, NOW, [Change("deals", str(i), COST, "5", "6", "cost", "update", "…") for i in range(100, 200)])
    assert [audit_calls(house, plan, NOW) for plan in (nothing, more)] == [0, 0]
    assert [audit_calls(house, plan, late) for plan in (nothing, more)] == [3 + 1, 4 + 1]
    look(house)
    assert (is_due(house, late), audit_calls(house, more, late)) == (False, 0)
    at_once = house_of(tmp_path, ledger, Remembering(), audit_hours=0)
    assert [audit_calls(at_once, plan, NOW) for plan in (nothing, more)] == [0, 2 + 1]


def test_only_what_can_be_told_is_asked_for(tmp_path: Path, ledger: Ledger) -> None:
    """Not what we may overwrite, not campaigns, not what never arrived."""
    crm = Remembering()
    house = house_of(tmp_path, ledger, crm, policies={"cadran_channel": "overwrite"})
    write(ledger, "1", name="cadran_channel")
    write(ledger, "2", object="cadran_campaign")
    write(ledger, "3", state="rejected")
    assert look(house) == 0
    assert crm.asked == []
    assert ledger.oldest_unaudited() is None


def test_where_nobody_says_who_wrote_it_is_asked_once(tmp_path: Path, ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "cadran.audit")
    crm = Remembering()
    crm.histories = None
    write(ledger, *map(str, range(1_000)))
    house = house_of(tmp_path, ledger, crm)
    look(house)
    assert len(crm.asked) < 1_000 / 50
    assert len([r for r in caplog.records if "cannot be told" in r.message]) == 1
    assert (look(house), ledger.oldest_unaudited()) == (0, None)


@pytest.mark.parametrize("cut", ["stopped", "quota"])
def test_it_goes_on_where_it_was_cut(tmp_path: Path, ledger: Ledger, cut: str) -> None:
    """Every record is asked for until it was looked at, and never again."""
    crm = Remembering()
    house = house_of(tmp_path, ledger, crm)
    write(ledger, *(f"{i:04}" for i in range(1_000)))
    crm.histories = {("0000", COST): (ours("5", 1), LOST), ("0999", COST): (ours("5", 1), LOST)}

    def spent() -> None:
        if cut == "quota" and len(crm.asked) >= 3:
            raise QuotaExhausted("hubspot", "a day's calls", at(3_600))

    crm.before = spent
    with pytest.raises((Stopped, QuotaExhausted)):
        look(house, stop=lambda: cut == "stopped" and len(crm.asked) >= 3)
    assert is_due(house, NOW + timedelta(days=8))
    crm.before = lambda: None
    look(house)
    ids = [i for batch in crm.asked for i in batch]
    assert sorted(ids) == [f"{i:04}" for i in range(1_000)]
    assert [one.record_id for one in ledger.tell_lost_edits()] == ["0000", "0999"]


def test_a_write_that_is_sent_again_waits_from_its_first_intention(ledger: Ledger) -> None:
    """Killed in between, it may have arrived the first time."""
    write(ledger, "1", state="unknown")
    key = {"object": "deals", "record_id": "1", "property": COST}
    ledger.intend([{**key, "run_id": 4, "plan_id": "p", "old": "7", "new": "5"}], at(3_600))
    assert ledger.oldest_unaudited() is None
    ledger.settle("p", [{**key, "state": "written", "answered": "5", "reason": None}], at(3_601), 4)
    [waiting] = ledger.unaudited("deals", ["1"])
    assert (waiting.intended_at, waiting.at) == (NOW, at(3_601))


def test_the_journal_of_an_older_release_is_not_waiting(tmp_path: Path) -> None:
    """It does not say when a write was intended; new ones beside it do wait."""
    first = Ledger.at(tmp_path)
    write(first, "1")
    first.close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as old:
        old.execute("DROP INDEX journal_audit")
        old.execute("ALTER TABLE journal DROP COLUMN audit_from")
        old.execute("DROP TABLE lost_edits")
    ledger = Ledger.at(tmp_path)
    assert ledger.oldest_unaudited() is None
    write(ledger, "2", plan="q")
    waiting: Mapping[str, frozenset[str]] = ledger.unaudited_properties()
    assert waiting == {"deals": frozenset({COST})}
    assert ledger.unaudited_records("deals", [COST]) == ["2"]
    assert ledger.tell_lost_edits() == []
    ledger.close()


def test_an_older_ledger_in_postgresql_is_brought_up_to_date(postgresql_url: str) -> None:
    first = Ledger.in_postgresql(postgresql_url, "older")
    write(first, "1")
    with first.transaction() as tx:
        tx.exec_driver_sql("ALTER TABLE cadran_older.journal DROP COLUMN audit_from")
        tx.exec_driver_sql("DROP TABLE cadran_older.lost_edits")
    first.close()
    ledger = Ledger.in_postgresql(postgresql_url, "older")
    write(ledger, "2", plan="q")
    assert ledger.unaudited_records("deals", [COST]) == ["2"]
    indexes = sa.inspect(ledger.engine).get_indexes("journal", schema="cadran_older")
    assert "journal_audit" in {index["name"] for index in indexes}
    ledger.close()
