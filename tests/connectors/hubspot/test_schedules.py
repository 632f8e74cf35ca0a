"""What a run asks for and what it leaves for later: the archive, complete lists, definitions; echoes; and what it all costs."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.base import Page
from connectors.hubspot.client import HubSpotClient
from connectors.sandbox.quirks import Quirks
from tests.connectors.hubspot.conftest import Account, Open
from tests.connectors.hubspot.small_world import DEALS, NOW, STAGES, small_world

CORE = ("owners", "pipelines", "products", "companies", "contacts", "line_items", "deals")
DAY = 86_400


def first_run(account: Account) -> tuple[dict[str, Any], dict[str, str | None]]:
    facts = dict(account.source.describe(None, account.server.sandbox.clock.now()))
    return facts, {name: account.read(name)[1] for name in CORE}


def calls(account: Account) -> int:
    return account.server.sandbox.stats.vendors["hubspot"].requests


def test_with_nothing_changed_a_run_costs_one_call_a_stream_and_two_more(account: Account) -> None:
    """The second call is for archived owners; pipelines are asked once, for their stream and for the description."""
    facts, cursors = first_run(account)
    account.wait(3600)
    before = calls(account)
    account.source.describe(facts, account.server.sandbox.clock.now())
    for name in CORE:
        assert account.read(name, cursors[name])[0] == [] or name in ("owners", "pipelines")
    assert calls(account) - before == len(CORE) + 1


def test_definitions_are_asked_for_once_a_day(account: Account) -> None:
    facts = account.source.describe(None, NOW)
    asked = account.calls("properties")
    again = account.source.describe(facts, NOW + timedelta(hours=23))
    assert again == facts
    assert account.calls("properties") == asked
    account.source.describe(facts, NOW + timedelta(hours=24))
    assert account.calls("properties") == 2 * asked
    account.source.describe(None, NOW + timedelta(hours=1))
    assert account.calls("properties") == 3 * asked, "a full run asks anew"


def test_definitions_stand_for_a_run_that_seems_to_begin_before_they_were_asked_for(account: Account) -> None:
    """HubSpot tells whole seconds; what a run does late in a second is stamped in fractions of it."""
    facts = account.source.describe(None, NOW + timedelta(seconds=0.9))
    assert account.source.describe(facts, NOW) == facts
    set_right = NOW - timedelta(hours=1)
    assert account.source.describe(facts, set_right)["described_at"] == set_right.isoformat(), "a clock that was set right"


def test_a_new_stage_is_a_reason_to_ask_anew(account: Account) -> None:
    facts = account.source.describe(None, NOW)
    with account.server.sandbox.lock:
        portal = account.server.sandbox.portal
        legal = {"id": "legal", "label": "Legal", "metadata": {"probability": "0.7"}}
        portal.pipelines = {"deals": [{"id": "default", "label": "Sales", "stages": [*STAGES, legal]}]}
    again = account.source.describe(facts, NOW + timedelta(hours=1))
    assert again["described_at"] != facts["described_at"]


def test_other_settings_are_a_reason_to_ask_anew(open_account: Open) -> None:
    facts = open_account().source.describe(None, NOW)
    again = open_account(settings={"product_category": "range"}).source.describe(facts, NOW + timedelta(hours=1))
    assert again["recipe"] != facts["recipe"]


def test_the_archive_is_looked_at_once_a_day(account: Account) -> None:
    _, cursor = account.read("deals")
    account.control("archive", object="deals", id="1003")
    account.wait(3600)
    lists = account.calls("list")
    unseen, cursor = account.read("deals", cursor)
    assert unseen == []
    assert account.calls("list") == lists
    account.wait(DAY)
    seen, cursor = account.read("deals", cursor)
    assert [record["id"] for record in seen] == ["1003"]
    account.wait(DAY)
    assert account.read("deals", cursor)[0] == [], "what was archived before has been read"


def test_how_often_the_archive_is_looked_at_is_a_setting(open_account: Open) -> None:
    account = open_account(settings={"archive_hours": 0})
    _, cursor = account.read("deals")
    account.control("archive", object="deals", id="1003")
    account.wait(60)
    assert [record["id"] for record in account.read("deals", cursor)[0]] == ["1003"]


@pytest.mark.parametrize("bumps", [True, False])
def test_an_archived_record_that_a_person_restored_comes_back_alive(open_account: Open, bumps: bool) -> None:
    """By its modified date where that moves, else by the next complete list."""
    account = open_account(quirks=Quirks(restore_bumps_modified=bumps))
    records, cursor = account.read("deals")
    assert [record["id"] for record in records if record["archived"]] == ["900"]
    account.wait(3600)
    account.control("archive", object="deals", id="900", restore=True)
    account.wait(DAY if bumps else 7 * DAY)
    found, _ = account.read("deals", cursor)
    assert {record["id"]: record["archived"] for record in found}["900"] is False


def test_complete_lists_are_read_again_every_so_many_days_and_mend_associations(account: Account) -> None:
    _, cursor = account.read("deals")
    with account.server.sandbox.lock:
        account.server.sandbox.portal.links.add(("deals", "contacts"), "1007", "12")
    account.wait(6 * DAY)
    pages = list(account.pages("deals", cursor))
    assert not any(page.is_listing for page in pages), "an association moves no modified date"
    account.wait(DAY)
    pages = list(account.pages("deals", pages[-1].cursor))
    records = {record["id"]: record for page in pages if page.is_listing for record in page.records}
    assert {"id": "12", "primary": False} in records["1007"]["associations"]["contacts"]
    assert [page.is_complete for page in pages if page.is_listing] == [False] * (sum(p.is_listing for p in pages) - 1) + [True]
    account.wait(DAY)
    assert not any(page.is_listing for page in account.pages("deals", pages[-1].cursor)), "done for another week"


def test_complete_lists_can_be_left_out(open_account: Open) -> None:
    account = open_account(settings={"repair_days": 0})
    _, cursor = account.read("deals")
    account.wait(400 * DAY)
    assert not any(page.is_listing for page in account.pages("deals", cursor))


# --- versions that were read already ------------------------------------------------------------------------------


def versions(records: list[dict[str, Any]]) -> dict[str, datetime]:
    return {one["id"]: datetime.fromisoformat(one["properties"]["hs_lastmodifieddate"]) for one in records}


def change_all(account: Account, amount: str) -> None:
    for number in range(1001, 1001 + DEALS):
        account.edit("deals", str(number), amount=amount)


def test_a_version_that_was_read_already_is_not_read_again(account: Account) -> None:
    """Behind the cursor lies what the last read found; neither its values nor its associations are asked for twice."""
    _, cursor = account.read("deals")
    account.wait(3600)
    change_all(account, "5")
    account.wait(4)
    first, cursor = account.read("deals", cursor)
    assert len(first) == DEALS
    account.edit("deals", "1100", amount="6")
    account.wait(4)
    linked, read = account.calls("associations"), account.calls("batch_read")
    again, _ = account.read("deals", cursor, known=versions(first))
    assert [(record["id"], record["properties"]["amount"]) for record in again] == [("1100", "6")]
    assert account.calls("associations") == linked + 3
    assert account.calls("batch_read") == read + 1, "of the one, because search was asked for ids"


def test_a_version_that_nobody_has_read_is_read_even_where_another_is_known(account: Account) -> None:
    records, cursor = account.read("deals")
    account.wait(3600)
    account.edit("deals", "1001", amount="5")
    account.wait()
    again, _ = account.read("deals", cursor, known=versions(records[:10]))
    assert [record["id"] for record in again] == ["1001"]


def test_once_the_index_has_caught_up_with_a_write_back_the_next_read_costs_one_call(account: Account) -> None:
    """Whatever was written: reading the changes ``search_lag`` after the last write drains them for good."""
    _, cursor = account.read("deals")
    account.wait(3600)
    change_all(account, "5")
    account.wait(account.source.schedule.search_lag.total_seconds() + 1)
    drained, cursor = account.read("deals", cursor)
    assert len(drained) == DEALS
    before = calls(account)
    assert account.read("deals", cursor, known=versions(drained))[0] == []
    assert calls(account) - before == 1


def test_more_rows_of_one_instant_than_a_search_may_give_are_each_read_once_while_they_change(open_account: Open) -> None:
    """As a bulk import leaves them, with people at work: it ends, and nothing comes twice."""
    companies = [{"id": str(n), "properties": {}, "createdAt": "2026-09-30T00:00:00Z"} for n in range(1, 12_001)]
    account = open_account(small_world(deals=0, objects={"companies": companies}), settings={"repair_days": 0})
    seen: list[str] = []
    for count, page in enumerate(account.pages("companies", "2026-09-30T00:00:00+00:00")):
        seen += [record["id"] for record in page.records]
        for number in range(count * 150 + 1, count * 150 + 12_000, 2_000):
            account.edit("companies", str(min(number, 12_000)), name=f"Company {count}")
        account.wait(4)
    assert sorted(map(int, seen)) == list(range(1, 12_001))


# --- cut off and gone on with -------------------------------------------------------------------------------------


def cut(account: Account, name: str, cursor: str | None, pages: int) -> tuple[list[Page], str | None]:
    """The first pages of a read, and the cursor that holds after them."""
    found: list[Page] = []
    for page in account.pages(name, cursor):
        found.append(page)
        cursor = page.cursor or cursor
        if len(found) == pages:
            break
    return found, cursor


def test_changes_go_on_from_every_cursor(open_account: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.hubspot.client.SEARCH_PAGE", 20)
    monkeypatch.setattr("connectors.hubspot.reading.LINK_BATCH", 20)
    account = open_account(small_world(deals=90))
    _, start = account.read("deals")
    account.wait(3600)
    for number in range(1001, 1091):
        account.edit("deals", str(number), amount="5")
    account.wait()
    for pages in range(1, 6):
        first, cursor = cut(account, "deals", start, pages)
        seen = [record["id"] for page in first for record in page.records]
        assert len(seen) < 90 or pages == 5
        account.edit("deals", "1001", amount=str(pages))
        account.wait()
        rest, following = account.read("deals", cursor)
        assert sorted({*seen, *(record["id"] for record in rest)}) == [str(n) for n in range(1001, 1091)]
        assert "1001" in {record["id"] for record in account.read("deals", following)[0]}, "edited behind the cut"


def test_a_first_list_that_takes_two_runs_keeps_its_beginning(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changed between the runs, in the part already read, follows the list in the same run: who looks at the figures after it
    must not find those of a week ago."""
    monkeypatch.setattr("connectors.hubspot.reading.LINK_BATCH", 100)
    first, cursor = cut(account, "deals", None, 1)
    account.wait(DAY)
    account.edit("deals", "1001", amount="77")
    account.wait()
    rest, _ = account.read("deals", cursor)
    assert len({record["id"] for page in first for record in page.records} | {r["id"] for r in rest}) == DEALS + 1
    assert [r["properties"]["amount"] for r in rest if r["id"] == "1001"] == ["77"]


def test_a_repair_under_way_does_not_keep_changes_waiting(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.hubspot.reading.LINK_BATCH", 100)
    _, cursor = account.read("deals")
    account.wait(8 * DAY)
    _, cursor = cut(account, "deals", cursor, 2)
    account.edit("deals", "1001", amount="77")
    account.wait(DAY)
    first = next(page for page in account.pages("deals", cursor) if page.records)
    assert ([record["id"] for record in first.records], first.is_listing) == (["1001"], False)


# --- whether a list was complete -----------------------------------------------------------------------------------


def test_a_list_that_search_counts_more_records_than_is_not_complete(
    account: Account, monkeypatch: pytest.MonkeyPatch, whole_log: Any
) -> None:
    monkeypatch.setattr(HubSpotClient, "count", lambda _self, _object, filters: 0 if filters else DEALS + 5)
    pages = list(account.pages("deals"))
    assert not any(page.is_complete for page in pages)
    assert "the complete list gave 230 records and search counts 235" in whole_log()


def test_a_row_missing_from_the_last_page_leaves_the_list_incomplete(account: Account, whole_log: Any) -> None:
    account.fault(kind="slow", route="list", times=2)
    account.fault(kind="drop_rows", route="list")
    pages = list(account.pages("deals"))
    assert not any(page.is_complete for page in pages)
    assert "nothing is taken as gone" in whole_log()


def test_records_made_while_the_list_was_read_do_not_make_it_incomplete(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HubSpotClient, "count", lambda _self, _object, filters: 5 if filters else DEALS + 5)
    assert list(account.pages("deals"))[-1].is_complete


def test_archived_merged_and_erased_records_are_told_apart(account: Account) -> None:
    """A merge of a merged record is found through its survivor's survivor."""
    account.read("contacts")
    account.control("merge", object="deals", survivor="1004", loser="1005")
    account.control("merge", object="deals", survivor="1006", loser="1004")
    account.control("archive", object="deals", id="1007")
    account.control("erase", object="deals", id="1008")
    account.control("erase", object="deals", id="900")
    ids = ["900", "1003", "1004", "1005", "1006", "1007", "1008", "4711"]
    assert account.source.gone(account.stream("deals"), ids) == {"900", "1008", "4711"}


def test_what_a_repair_does_not_give_and_nobody_knows_is_gone(account: Account) -> None:
    records, cursor = account.read("deals")
    account.control("erase", object="deals", id="1008")
    account.control("merge", object="deals", survivor="1004", loser="1005")
    account.wait(8 * DAY)
    pages = list(account.pages("deals", cursor))
    assert pages[-1].is_complete
    given = {record["id"] for page in pages if page.is_listing for record in page.records}
    missing = sorted({record["id"] for record in records} - given)
    assert missing == ["1008"], "the merged one is named by its survivor"
    assert account.source.gone(account.stream("deals"), missing) == {"1008"}


def test_the_cursor_says_instants_in_utc(account: Account) -> None:
    _, cursor = account.read("deals")
    assert cursor is not None
    assert re.match(r'{"since":"2026-10-01T09:0\d:\d\d\+00:00"', cursor)
