"""When a deal entered its stages, for accounts without a property for it."""

from datetime import UTC, datetime

import pytest

from connectors.base import BadValue
from connectors.hubspot.stage_history import first_entries
from tests.connectors.hubspot.conftest import Account, Open
from tests.connectors.hubspot.small_world import UUID_STAGE, small_world


def history(*entries: tuple[str, str]) -> dict[str, object]:
    return {"propertiesWithHistory": {"dealstage": [{"value": value, "timestamp": at} for value, at in entries]}}


def test_the_first_time_in_each_stage_counts() -> None:
    found = first_entries(
        history(
            ("won", "2026-03-03T10:00:00.000Z"),
            ("demo", "2026-03-02T10:00:00.000Z"),
            ("", "2026-03-01T12:00:00.000Z"),
            ("won", "2026-03-01T10:00:00.000Z"),
        )
    )
    assert found == {"won": datetime(2026, 3, 1, 10, tzinfo=UTC), "demo": datetime(2026, 3, 2, 10, tzinfo=UTC)}


def test_a_record_without_history_tells_nothing() -> None:
    assert first_entries({"id": "1", "properties": {}}) == {}


def test_an_instant_that_cannot_be_read_is_named() -> None:
    with pytest.raises(BadValue, match="history of dealstage"):
        first_entries(history(("won", "yesterday")))


def without_timing(open_account: Open) -> Account:
    """An account in which no property tells when a deal entered a stage."""
    account = open_account(small_world(deals=120))
    with account.server.sandbox.lock:
        definitions = account.server.sandbox.portal.records["deals"].definitions.active
        for name in [name for name in definitions if "date_entered" in name]:
            del definitions[name]
    return account


def entries(account: Account, cursor: str | None = None) -> tuple[dict[tuple[str, str], datetime], str | None]:
    records, cursor = account.read("deals", cursor)
    rows = [row for table, row in account.rows("deals", records) if table == "deal_stage_entry"]
    return {(row["deal_id"], row["stage_id"]): row["entered_at"] for row in rows}, cursor


def test_without_timing_properties_the_history_of_the_stage_is_read(open_account: Open) -> None:
    account = without_timing(open_account)
    found, cursor = entries(account)
    assert found["1001", UUID_STAGE] == datetime(2026, 1, 10, tzinfo=UTC)
    assert account.calls("batch_read") == 3, "50 deals a call"
    account.wait(3600)
    account.edit("deals", "1001", dealstage="closedwon")
    account.wait()
    again, _ = entries(account, cursor)
    assert set(again) == {("1001", UUID_STAGE), ("1001", "closedwon")}
    assert account.calls("batch_read") == 4, "of the changed deal alone"


def test_with_timing_properties_no_history_is_read(account: Account) -> None:
    account.read("deals")
    assert account.calls("batch_read") == 0
