"""Nothing is lost and nothing doubled, whatever happens while pages are read."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.base import Page, Stream
from connectors.errors import ContractError
from connectors.hubspot import client as client_module
from connectors.hubspot import reading
from connectors.hubspot.reading_plan import Schedule
from connectors.sandbox.hubspot.loading import PERSON
from connectors.sandbox.quirks import Quirks
from tests.connectors.hubspot.conftest import Account, Open, normalise_context
from tests.connectors.hubspot.small_world import DEALS, FIRST_DEAL, UUID_STAGE, small_world


def state(account: Account, name: str, records: list[dict[str, object]]) -> dict[tuple[str, ...], dict[str, object]]:
    """Rows by table and key, the later of two winning, as the lake keeps them; a record's own rows replace its former ones."""
    kept: dict[tuple[str, ...], dict[str, object]] = {}
    belonging: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    stream = account.stream(name)
    context = normalise_context(account.source.describe())
    for record in records:
        for table in stream.owned:
            for key in belonging.pop((table, str(record["id"])), set()):
                kept.pop(key, None)
        for table, row in account.source.normalise(stream, record, context):
            ids = {
                "association": ("from_id", "to_type", "to_id"),
                "deal_stage_entry": ("deal_id", "stage_id"),
                "crm_value": ("record_id", "property"),
            }.get(table, ("source_id",))
            key = (table, *(str(row[column]) for column in ids))
            kept[key] = row
            if table in stream.owned:
                belonging.setdefault((table, str(row[stream.owned[table].column])), set()).add(key)
    return kept


def core(account: Account) -> list[Stream]:
    """The streams that every account has."""
    return [stream for stream in account.source.streams() if not stream.is_optional]


def test_a_full_read_gives_every_record_once_the_archived_ones_too(account: Account) -> None:
    records, cursor = account.read("deals")
    ids = [r["id"] for r in records]
    assert sorted(ids) == sorted([*(str(FIRST_DEAL + n) for n in range(DEALS)), "900"])
    assert cursor is not None
    assert [r["id"] for r in records if r["archived"]] == ["900"]


def test_associations_travel_inside_the_record_with_the_primary_marked(account: Account) -> None:
    records, _ = account.read("deals")
    assert next(r for r in records if r["id"] == str(FIRST_DEAL))["associations"] == {
        "contacts": [{"id": "11", "primary": False}],
        "companies": [{"id": "1", "primary": True}, {"id": "2", "primary": False}],
        "line_items": [{"id": "501", "primary": False}],
    }


def test_associations_cost_one_call_per_thousand_records_and_pair(account: Account) -> None:
    account.read("deals")
    assert account.calls("associations") == 3
    assert account.calls("list") == 3 + 1, "three pages, and the archive"


def test_with_nothing_changed_the_next_read_is_empty(account: Account) -> None:
    _, cursor = account.read("deals")
    account.wait()
    records, following = account.read("deals", cursor)
    assert records == []
    assert following is not None
    assert cursor is not None
    assert following > cursor


def test_full_and_then_changes_equal_full(account: Account) -> None:
    first, cursor = account.read("deals")
    account.wait(3600)
    account.edit("deals", "1002", amount="77", dealstage="closedwon")
    account.control("archive", object="deals", id="1003")
    account.control("merge", object="deals", survivor="1004", loser="1005")
    account.wait(86_400)
    second, _ = account.read("deals", cursor)
    assert {r["id"] for r in second} == {"1002", "1003", "1004", "1005"}
    fresh, _ = account.read("deals")
    merged = state(account, "deals", first + second)
    whole = state(account, "deals", fresh)
    assert merged == whole
    assert ("deal", "1005") in whole


def test_a_merged_contact_leaves_a_row_that_points_to_its_survivor(account: Account) -> None:
    first, cursor = account.read("contacts")
    account.wait(3600)
    account.control("merge", object="contacts", survivor="12", loser="11")
    account.wait()
    second, _ = account.read("contacts", cursor)
    kept = state(account, "contacts", first + second)
    assert kept["contact", "11"] == {"source_id": "11", "contact_id": "11", "merged_into": "12"}


def test_a_shrunken_association_is_gone_after_the_record_is_read_again(account: Account) -> None:
    first, cursor = account.read("deals")
    account.wait(3600)
    account.control("archive", object="companies", id="2")
    account.edit("deals", "1002", amount="5")
    account.wait()
    second, _ = account.read("deals", cursor)
    kept = state(account, "deals", first + second)
    assert ("association", "1002", "companies", "1") in kept
    assert ("association", "1002", "companies", "2") not in kept


def changed_deals(account: Account, cursor: str | None) -> Iterator[Page]:
    return account.pages("deals", cursor)


def test_a_person_who_edits_while_pages_are_read_is_overtaken_by_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every record moves in the window; between the pages one already read and one still to come are edited again."""
    monkeypatch.setattr(reading, "LINK_BATCH", 200)
    _, cursor = account.read("deals")
    account.wait(3600)
    for number in range(DEALS):
        account.edit("deals", str(FIRST_DEAL + number), amount="1")
    account.wait()
    seen: dict[str, str] = {}
    following: str | None = None
    for count, page in enumerate(changed_deals(account, cursor)):
        seen |= {r["id"]: r["properties"]["amount"] for r in page.records}
        following = page.cursor or following
        if count == 0:
            assert len(page.records) == 200, "a search page"
            account.wait(300)
            account.edit("deals", "1001", amount="2")
            account.edit("deals", "1230", amount="2")
            account.wait()
    assert len(seen) == DEALS, "nobody was shifted out of the read"
    assert seen["1230"] == "2"
    assert seen["1001"] == "1"
    again, _ = account.read("deals", following)
    assert {r["id"]: r["properties"]["amount"] for r in again}["1001"] == "2"


def test_an_edit_that_the_index_shows_late_is_found_by_the_next_read(account: Account) -> None:
    _, cursor = account.read("deals")
    account.edit("deals", "1001", amount="2")
    unseen, following = account.read("deals", cursor)
    assert unseen == [], "the index lags"
    account.wait()
    seen, _ = account.read("deals", following)
    assert [r["id"] for r in seen] == ["1001"]


def test_the_overlap_is_longer_than_the_indexs_lag(account: Account) -> None:
    assert timedelta(seconds=account.server.sandbox.lags.search_s) < Schedule().search_lag


def test_more_than_ten_thousand_changes_meet_no_ceiling(open_account: Open) -> None:
    """All of one millisecond, as a bulk import leaves them."""
    companies = [{"id": str(n), "properties": {}, "createdAt": "2026-09-30T00:00:00Z"} for n in range(1, 10_402)]
    account = open_account(small_world(deals=0, objects={"companies": companies}))
    records, _ = account.read("companies", "2026-09-30T00:00:00+00:00")
    assert len({r["id"] for r in records}) == len(records) == 10_401
    assert account.calls("search") == 53


def test_contacts_are_searched_by_their_own_modified_date(account: Account) -> None:
    _, cursor = account.read("contacts")
    account.wait(3600)
    account.edit("contacts", "12", lifecyclestage="customer")
    account.wait()
    records, _ = account.read("contacts", cursor)
    assert [r["id"] for r in records] == ["12"]


def test_more_property_names_than_a_search_may_hold_are_read_by_id(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    _, cursor = account.read("deals")
    account.wait(3600)
    account.edit("deals", "1002", amount="77")
    account.wait()
    monkeypatch.setattr(client_module, "SEARCH_BODY_MAX", 300)
    records, _ = account.read("deals", cursor)
    assert [(r["id"], r["properties"]["amount"]) for r in records] == [("1002", "77")]
    assert account.calls("batch_read") == 1


def test_more_property_names_than_an_address_may_hold_are_read_by_id(open_account: Open) -> None:
    names = [f"stage{n:03d}{'x' * 40}" for n in range(120)]
    stages = [{"id": name, "label": name, "metadata": {"probability": "0.5"}} for name in names]
    pipelines = {"deals": [{"id": "default", "label": "Sales", "stages": stages}]}
    account = open_account(small_world(deals=120, pipelines=pipelines))
    records, cursor = account.read("deals")
    assert len(records) == 121
    assert all(r["properties"]["amount"] for r in records)
    assert len({frozenset(r["properties"]) for r in records}) == 1, "archived records have every property too"
    assert account.calls("batch_read") == 2 + 1, "two pages of live records, one of archived ones"
    account.wait(3600)
    account.edit("deals", "1002", amount="77", dealstage=names[3])
    account.wait()
    again, _ = account.read("deals", cursor)
    assert [r["properties"]["amount"] for r in again] == ["77"]
    assert any(row["stage_id"] == names[3] for table, row in account.rows("deals", again) if table == "deal_stage_entry")


def test_owners_are_read_with_the_archived_ones(account: Account) -> None:
    records, cursor = account.read("owners")
    assert [r["id"] for r in records] == ["41", "43"]
    assert cursor is None


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(
            to_object_id_is_text=True,
            missing_associations_are_errors=False,
            stage_properties_have_suffix=True,
            search_unsorted_is_by_id=False,
            seeded_after_is_refused=True,
            unknown_filter_is_refused=True,
            batch_results_reversed=True,
            cleared_reads_as_empty=True,
            owners_page_max=100,
        ),
    ],
    ids=["as assumed", "the other way"],
)
def test_rows_are_the_same_whichever_way_the_open_questions_turn_out(open_account: Open, quirks: Quirks) -> None:
    account = open_account(quirks=quirks)
    records, _ = account.read("deals")
    rows = account.rows("deals", records)
    entries = [row for table, row in rows if table == "deal_stage_entry" and row["stage_id"] == "closedwon"]
    assert len(entries) == sum(1 for n in range(DEALS) if (FIRST_DEAL + n) % 3 == 0) + 1, "deal 900 was won too"
    assert sum(table == "association" for table, _ in rows) == DEALS * 3 + 1
    assert sum(table == "association" and row["is_primary"] for table, row in rows) == DEALS


@pytest.mark.parametrize("version", ["2026-09", "2026-03", "v3"])
def test_every_version_of_the_paths_reads_the_same(open_account: Open, version: str) -> None:
    account = open_account(small_world(deals=3), api_version=version)
    for stream in core(account):
        records, _ = account.read(stream.name)
        assert records, stream.name
        account.rows(stream.name, records)


def test_a_row_that_a_search_page_lost_is_asked_for_again(account: Account) -> None:
    _, cursor = account.read("deals")
    account.wait(3600)
    for id in ("1001", "1002", "1003"):
        account.edit("deals", id, amount="1")
    account.wait()
    account.fault(kind="drop_rows", route="search")
    records, _ = account.read("deals", cursor)
    assert [r["id"] for r in records] == ["1001", "1002", "1003"]


def test_an_odd_value_in_a_row_does_not_disturb_the_paging(account: Account) -> None:
    account.fault(kind="odd_value", route="list", field="properties.amount", value=[1])
    records, _ = account.read("deals")
    assert len(records) == DEALS + 1


def test_an_answer_without_results_is_a_contract_error(account: Account) -> None:
    with pytest.raises(ContractError, match="no `results`"):
        account.client.results({"unexpected": []}, "list deals")


def test_an_empty_portal_gives_no_record_and_a_cursor(open_account: Open) -> None:
    account = open_account(small_world(deals=0, objects={}, owners=[], pipelines={}))
    for stream in core(account):
        records, cursor = account.read(stream.name)
        assert records == []
        assert (cursor is None) is (stream.mode == "snapshot")


def at_work(account: Account, turn: int) -> None:
    """People between two pages of a list, all over it: an edit, a new record, a clone, an archived one, a merge, a restored one."""
    sandbox = account.server.sandbox
    account.edit("deals", str(1001 + 97 * turn), amount=f"{turn}.5")
    account.control("archive", object="deals", id=str(2400 - 31 * turn))
    account.control("merge", object="deals", survivor=str(1010 + 53 * turn), loser=str(2300 - 53 * turn))
    with sandbox.lock:
        records = sandbox.portal.records["deals"]
        original = records.by_id["1002"].values
        clone = {name: original[name] for name in ("dealname", "amount", "pipeline", "dealstage", "cadran_x") if name in original}
        for values in ({"dealname": f"New {turn}"}, clone):
            sandbox.portal.create(records, values, PERSON, sandbox.portal.now())
    if turn == 1:
        account.control("archive", object="deals", id="900", restore=True)
    account.wait(2)


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(seeded_after_is_refused=True),
        Quirks(seeded_after_is_ignored=True),
        Quirks(list_after_is_exclusive=True),
        Quirks(restore_bumps_modified=False),
    ],
    ids=["as documented", "refused", "ignored", "exclusive", "restored in silence"],
)
def test_a_list_by_several_readers_and_the_changes_after_it_equal_a_quiet_read(
    open_account: Open, quirks: Quirks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever people do while it is read, and however HubSpot takes an ``after`` of our choice."""
    monkeypatch.setattr(reading, "LINK_BATCH", 200)
    account = open_account(small_world(deals=1_500), quirks=quirks)
    found: list[dict[str, object]] = []
    cursor: str | None = None
    for turn, page in enumerate(account.pages("deals")):
        found += page.records
        cursor = page.cursor or cursor
        if turn < 6:
            at_work(account, turn)
    account.wait(86_400)
    changed, cursor = account.read("deals", cursor)
    account.wait(7 * 86_400)
    repaired, _ = account.read("deals", cursor)
    fresh, _ = account.read("deals")
    whole = state(account, "deals", fresh)
    assert state(account, "deals", found + changed + repaired) == whole
    if quirks.restore_bumps_modified:
        assert state(account, "deals", found + changed) == whole


def test_a_list_by_several_readers_outlasts_every_passing_trouble(open_account: Open) -> None:
    account = open_account(small_world(deals=1_000))
    for kind, more in (
        ("status", {"status": 503}),
        ("status", {"status": 429}),
        ("empty", {}),
        ("cut", {}),
        ("duplicate_rows", {}),
        ("drop_rows", {}),
    ):
        account.fault(kind=kind, route="list", **more)
    account.fault(kind="status", route="associations", status=502, times=2)
    records, cursor = account.read("deals")
    assert len({record["id"] for record in records}) == 1_001
    assert cursor is not None


def test_a_stage_with_a_uuid_is_recognised(account: Account) -> None:
    account.edit("deals", "1001", dealstage="closedlost")
    account.edit("deals", "1001", dealstage=UUID_STAGE)
    records, _ = account.read("deals")
    entries = [
        row["stage_id"]
        for table, row in account.rows("deals", records)
        if table == "deal_stage_entry" and row["deal_id"] == "1001"
    ]
    assert set(entries) == {UUID_STAGE, "closedlost"}
