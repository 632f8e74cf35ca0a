"""Erased and forgotten records: nothing of them stays anywhere, everything else does, and being cut off changes nothing."""

import contextlib
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from config.settings import AccountSettings
from connectors.base import Stream
from connectors.hubspot.links import without_links
from sync import forget, wipe
from sync.forget import Forgotten
from sync.house import House
from sync.lake import Batch, Lake, Replaces, raw_line, version_line
from sync.ledger import LakeFile, Ledger
from sync.ledger_base import metadata
from sync.ledger_erasures import ERASED_PLAN
from sync.ledger_tables import Mark, plans
from sync.result_rows import RECORD_COMPARED, RECORD_KEY, RECORD_TYPES, RESULT_COMPARED, RESULT_KEY, RESULT_TYPES

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
ANNA, ANNAS_OLD_ID, BRUNO = "770011001", "770011002", "880022001"
DEAL, OTHER_DEAL = "990033001", "990033002"
ANNAS_CLICK, BRUNOS_CLICK = "gclid-of-anna", "gclid-of-bruno"
ANNAS_URL = "https://shop.example/?email=anna@mail.example"


def pseudonym(value: str) -> str:
    """As a home's own, with a key that never changes."""
    return hmac.new(b"key", value.encode(), hashlib.sha256).hexdigest()[:32]


TRACES = (ANNA, ANNAS_OLD_ID, ANNAS_CLICK, ANNAS_URL, "anna@mail.example", pseudonym(ANNAS_CLICK))


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A home in which Anna, Bruno and two deals have left traces in every store."""
    if request.param == "sqlite":
        ledger = Ledger.at(tmp_path)
    else:
        ledger = Ledger.in_postgresql(request.getfixturevalue("postgresql_url"), f"f{abs(hash(str(tmp_path))) % 10**9}")
    built = House(
        "default",
        AccountSettings(),
        tmp_path,
        ledger,
        Lake(tmp_path, ledger),
        {},
        lambda: pytest.fail("the CRM is not asked"),
        pseudonym,
        lambda _home: lambda amount, _currency, day: (amount, Decimal(1), day),
        lambda: NOW,
        without_links,
    )
    fill(built)
    yield built
    ledger.close()


def contact(record_id: str, click: str | None, **more: Any) -> tuple[str, dict[str, Any]]:
    clicked = {"click_platform": "google_ads", "click_hash": pseudonym(click)} if click else {}
    return "contact", {"source_id": record_id, "contact_id": record_id, "created_on": date(2026, 5, 1), **clicked, **more}


def link(from_type: str, from_id: str, to_type: str, to_id: str) -> tuple[str, dict[str, Any]]:
    named = {"from_type": from_type, "from_id": from_id, "to_type": to_type, "to_id": to_id, "is_primary": False}
    return "association", {"source_id": from_id, **named}


def deal(record_id: str) -> list[tuple[str, dict[str, Any]]]:
    entered = {"deal_id": record_id, "stage_id": "won", "entered_at": NOW, "entered_on": NOW.date()}
    ours = {"object": "deals", "record_id": record_id, "property": "cadran_channel", "value": "direct"}
    return [
        ("deal", {"source_id": record_id, "deal_id": record_id, "amount": Decimal(100), "created_on": date(2026, 5, 2)}),
        ("deal_stage_entry", {"source_id": record_id, **entered}),
        ("crm_value", {"source_id": record_id, **ours}),
    ]


def of_contact(record_id: str, property: str, value: str) -> tuple[str, dict[str, Any]]:
    named = {"object": "contacts", "record_id": record_id, "property": property, "value": value}
    return "crm_value", {"source_id": record_id, **named}


def fill(house: House) -> None:
    """Two runs: each contact has several versions, in base and delta, current and superseded files."""
    for run in (1, 2):
        assert house.ledger.start_run("sync", NOW) == run
        raw = {
            "contacts": [
                (ANNA, {"properties": {"hs_analytics_first_url": ANNAS_URL, "hs_merged_object_ids": ANNAS_OLD_ID}}),
                (ANNAS_OLD_ID, {"properties": {}, "mergedInto": ANNA}),
                (BRUNO, {"properties": {"hs_google_click_id": BRUNOS_CLICK}, "associations": {"companies": [{"id": "5"}]}}),
            ],
            "deals": [
                (DEAL, {"properties": {"amount": "100"}, "associations": {"contacts": [{"id": ANNA}, {"id": BRUNO}]}}),
                # An amount that happens to be her id says nothing about her, and stays.
                (OTHER_DEAL, {"properties": {"amount": ANNA[:3]}, "associations": {"contacts": [{"id": BRUNO}]}}),
            ],
        }
        for stream, records in raw.items():
            _raw(house, "hubspot", stream, run, [(i, {"id": i, **r}) for i, r in records])
        _raw(house, "ads", "clicks", run, [(f"123|2026-05-01|{c}", {"gclid": c}) for c in (ANNAS_CLICK, BRUNOS_CLICK)])
        rows = [
            contact(ANNA, ANNAS_CLICK, first_source_data_1=ANNAS_URL),
            contact(ANNAS_OLD_ID, None, merged_into=ANNA),
            contact(BRUNO, BRUNOS_CLICK, owner_id=str(run)),
            link("deals", DEAL, "contacts", ANNA),
            link("deals", DEAL, "contacts", BRUNO),
            link("contacts", ANNA, "companies", "5"),
            of_contact(ANNA, "cadran_lead_cost", str(run)),
            of_contact(BRUNO, "cadran_lead_cost", str(run)),
            *deal(DEAL),
            *deal(OTHER_DEAL),
        ]
        _facts(house, "hubspot", run, rows)
        clicked = [
            (
                "ad_click",
                {
                    "source_id": pseudonym(c),
                    "platform": "google_ads",
                    "account_id": "1",
                    "click_hash": pseudonym(c),
                    "campaign_id": "9",
                    "clicked_on": date(2026, 5, 1),
                },
            )
            for c in (ANNAS_CLICK, BRUNOS_CLICK)
        ]
        _facts(house, "ads", run, clicked)
        _results(house, run)
    _book(house)


def _raw(house: House, source: str, stream: str, run: int, records: list[tuple[str, Any]]) -> None:
    lines = b"".join(raw_line(i, record, n) for n, (i, record) in enumerate(records))
    _register(house, house.lake.write_raw(source, stream, run, NOW, lines, len(records)))


def _register(house: House, *written: Any) -> None:
    with house.ledger.transaction() as tx:
        house.lake.register(tx, written, NOW)


def _facts(house: House, source: str, run: int, rows: list[tuple[str, dict[str, Any]]]) -> None:
    batch = Batch(source, run, NOW)
    for number, row in enumerate(rows):
        batch.add(str(number), lambda row=row: [row])
    assert not batch.bad
    _register(house, *house.lake.write_facts(batch, sorted({table for table, _ in rows}), Replaces()))
    if run == 2:
        _register(house, *house.lake.compact(run))


def _results(house: House, run: int) -> None:
    records = [
        {"object": o, "record_id": i, "property": "lead_cost", "value": str(run), "unit": "money", "inputs": "{}", "flags": "[]"}
        for o, i in (("contacts", ANNA), ("contacts", BRUNO), ("deals", DEAL))
    ]
    _register(
        house,
        house.lake.write_versions("record_value", RECORD_TYPES, RECORD_KEY, RECORD_COMPARED, map(version_line, records), run),
    )
    values = [
        {"kpi": "revenue", "dimension": d, "member": m, "period": "all", "period_start": "2026-01-01", "model": "", "value": run}
        for d, m in (("total", ""), ("deal", DEAL), ("company", f"contact:{ANNA}"), ("company", "5"))
    ]
    _register(
        house, house.lake.write_versions("kpi_result", RESULT_TYPES, RESULT_KEY, RESULT_COMPARED, map(version_line, values), run)
    )


PAGES_OF_RECORDS = [t.name for t in metadata.sorted_tables if {"object", "record_id"} <= set(t.c.keys())]


def _book(house: House) -> None:
    """A row about each of three records on every page that has rows about records, a plan that adopts values of theirs, and a
    run that ended with a sentence about Anna."""
    adopted = [["contacts", ANNA, "cadran_lead_cost", "1"], ["contacts", BRUNO, "cadran_lead_cost", "1"]]
    body = json.dumps({"plan_id": "p2", "adopted": adopted})
    with house.ledger.transaction() as tx:
        tx.execute(sa.insert(plans).values(id="p2", run_id=2, created_at=NOW, state="shown", body=body))
        for table in (metadata.tables[name] for name in PAGES_OF_RECORDS):
            for number, (object, record_id) in enumerate((("contacts", ANNA), ("contacts", BRUNO), ("deals", DEAL))):
                named = {"object": object, "record_id": record_id, "plan_id": "p2", "number": number}
                blank = {c.name: _any_value(c) for c in table.columns if c.name != "id"}
                tx.execute(sa.insert(table).values({**blank, **{k: v for k, v in named.items() if k in table.c}}))
        bad = {ANNAS_OLD_ID: f"first url: {ANNAS_URL!r} is odd", BRUNO: "amount: odd"}
        house.ledger.settle_aside(tx, "hubspot", "contacts", [], bad, 2)
    house.ledger.finish_run(2, NOW, "done", NOW, {"error": f"contact {ANNA} was refused", "changes": 3})


def _any_value(column: "sa.Column[Any]") -> Any:
    kinds: dict[type, Any] = {str: "x", int: 2, datetime: NOW, bool: True}
    return kinds[column.type.python_type]


# --- looking everywhere ---------------------------------------------------------------------------------------------


def everything(house: House) -> str:
    """All that the home and the ledger hold, as text: Parquet unpacked, every other file byte by byte."""
    texts = []
    for path in sorted(house.folder.rglob("*")):
        if path.suffix == ".parquet":
            with duckdb.connect() as con:
                texts.append(repr(con.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()))
        elif path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    with house.ledger.engine.connect() as c:
        texts += [repr(c.execute(sa.select(table)).fetchall()) for table in metadata.sorted_tables]
    return "\n".join(texts)


def left_of_anna(house: House) -> list[str]:
    text = everything(house)
    return [trace for trace in TRACES if trace in text]


Facts = dict[str, list[tuple[Any, ...]]]


def facts(house: House) -> Facts:
    tables = ("contact", "association", "crm_value", "deal", "deal_stage_entry", "ad_click")
    with house.lake.facts() as con:
        return {t: sorted(con.execute(f"SELECT * FROM {t}").fetchall(), key=repr) for t in tables}


def without_anna(before: Facts) -> Facts:
    return {table: [row for row in rows if not any(t in repr(row) for t in TRACES)] for table, rows in before.items()}


# --- what is promised -------------------------------------------------------------------------------------------------


def test_nothing_of_a_forgotten_contact_is_left_in_any_store(house: House) -> None:
    """Neither her id, nor the one she was merged from, nor her page's address, nor her click: in no version of any file."""
    assert left_of_anna(house) == list(TRACES)
    done = forget.forget(house, "contacts", ANNA)
    assert left_of_anna(house) == []
    assert done.is_finished
    assert {store: sorted(tables) for store, tables in done.to_json().items()} == {
        "raw": ["ads/clicks", "hubspot/contacts", "hubspot/deals"],
        "results": ["kpi_result", "record_value"],
        "facts": ["ad_click", "association", "contact", "crm_value"],
        "ledger": sorted({*PAGES_OF_RECORDS, "plans", "runs", "set_aside"}),
    }


def test_every_other_record_stays_exactly_as_it_was(house: House) -> None:
    """Facts, raw records, results, journal and set-aside records of others: equal but for her."""
    before, history = facts(house), _results_of_others(house)
    forget.forget(house, "contacts", ANNA)
    assert facts(house) == without_anna(before)
    assert _results_of_others(house) == history
    raw = {i: r for i, r, _ in house.lake.raw_records("hubspot", "deals")}
    assert raw[DEAL]["associations"] == {"contacts": [{"id": BRUNO}]}
    assert raw[OTHER_DEAL]["properties"] == {"amount": ANNA[:3]}
    assert [i for i, _, _ in house.lake.raw_records("hubspot", "contacts")] == [BRUNO]
    with house.ledger.engine.connect() as c:
        for table in (metadata.tables[name] for name in PAGES_OF_RECORDS):
            left = c.execute(sa.select(table.c.object, table.c.record_id)).fetchall()
            assert sorted(map(tuple, left)) == [("contacts", BRUNO), ("deals", DEAL)], table.name
    assert [(r, why) for _, _, r, why in house.ledger.aside()] == [(BRUNO, "amount: odd")]


def _results_of_others(house: House) -> list[Any]:
    found = []
    for run in (1, 2):
        for name, types, key in (("record_value", RECORD_TYPES, RECORD_KEY), ("kpi_result", RESULT_TYPES, RESULT_KEY)):
            with house.lake.versions(name, types, key, run) as con:
                rows = con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
                found.append([r for r in rows if ANNA not in repr(r)])
    return found


def test_looking_first_says_the_same_and_changes_nothing(house: House) -> None:
    """What ``cadran forget`` lists without ``--yes`` is what goes with it."""
    files = {path: path.stat().st_ino for path in (house.folder / "facts").rglob("*")}
    would = forget.inventory(house, forget.subject_to_forget(house, "contacts", ANNA))
    assert {path: path.stat().st_ino for path in (house.folder / "facts").rglob("*")} == files
    assert left_of_anna(house) == list(TRACES)
    assert house.ledger.unfinished_erasures() == set()
    assert would.to_json() == forget.forget(house, "contacts", ANNA).to_json()


def test_a_person_is_known_under_every_id_that_was_merged(house: House) -> None:
    """Asked by the id that is gone: the record that it lives on in is hers too."""
    forget.forget(house, "contacts", ANNAS_OLD_ID)
    assert left_of_anna(house) == []


def test_a_click_that_somebody_else_carries_too_stays(house: House) -> None:
    """A shared machine: what the other contact's origin rests on is not taken away."""
    _facts(house, "hubspot", 2, [contact(BRUNO, ANNAS_CLICK)])
    forget.forget(house, "contacts", ANNA)
    assert len(facts(house)["ad_click"]) == 2


def test_a_forgotten_deal_takes_its_stages_values_and_links(house: House) -> None:
    """Any object: ``deals/ID`` leaves contacts as they are."""
    before = facts(house)
    forget.forget(house, "deals", DEAL)
    assert DEAL not in everything(house)
    assert facts(house)["contact"] == before["contact"]
    assert [row for row in facts(house)["deal"] if OTHER_DEAL in repr(row)] == [
        r for r in before["deal"] if OTHER_DEAL in repr(r)
    ]


def test_an_erased_record_leaves_its_survivor_alone(house: House) -> None:
    """The CRM gives the merged-away id nowhere: that id goes, the person who is still a customer stays."""
    forget.erase(house, "contacts", [ANNAS_OLD_ID])
    text = everything(house)
    assert ANNAS_OLD_ID not in text
    assert ANNA in text


def test_a_plan_that_lost_lines_says_that_it_cannot_be_applied(house: House) -> None:
    """Its id is the digest of its lines; what is left of it is kept for looking."""
    forget.forget(house, "contacts", ANNA)
    with house.ledger.engine.connect() as c:
        plan = c.execute(sa.select(plans)).one()
    assert plan.state == ERASED_PLAN
    assert json.loads(plan.body)["adopted"] == [["contacts", BRUNO, "cadran_lead_cost", "1"]]


def test_only_a_keyed_hash_remains_of_a_forgotten_record(house: House) -> None:
    """It tells the next reads what not to store; a record that the CRM erased may come back (a restored account)."""
    forget.forget(house, "contacts", ANNA)
    forget.erase(house, "deals", [DEAL])
    assert house.ledger.forgotten() == {
        Mark("contacts", pseudonym(f"contacts/{ANNA}")),
        Mark("contacts", pseudonym(f"contacts/{ANNAS_OLD_ID}")),
        Mark("ad_click", pseudonym(f"ad_click/{pseudonym(ANNAS_CLICK)}")),
    }
    assert house.ledger.unfinished_erasures() == set()


# --- being cut off ------------------------------------------------------------------------------------------------------


class Cut(Exception):
    """The machine went off here."""


def test_cut_off_after_every_single_file_it_ends_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attempt changes one file and is killed. Nobody has to remember the id: it is found again by its hash."""
    before = facts(house)
    put, changed = Lake.put_in_place, 0

    def one_and_no_more(self: Lake, *arguments: Any) -> None:
        nonlocal changed
        if changed:
            raise Cut
        put(self, *arguments)
        changed += 1

    monkeypatch.setattr(Lake, "put_in_place", one_and_no_more)
    attempts = 1
    with pytest.raises(Cut):
        forget.forget(house, "contacts", ANNA)
    while house.ledger.unfinished_erasures():
        attempts, changed = attempts + 1, 0
        with contextlib.suppress(Cut):
            forget.finish(house)
    assert attempts > 15
    assert left_of_anna(house) == []
    assert facts(house) == without_anna(before)


@pytest.mark.parametrize("step", ["clean_record", "scrub", "finish_erasures"])
def test_cut_off_in_the_ledger_the_next_run_ends_it(house: House, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its pages are cleaned, before its file gives its free pages back, before the note says that nothing is left."""

    def failing(*_arguments: Any, **_named: Any) -> None:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, step, failing)
        with pytest.raises(Cut):
            forget.forget(house, "contacts", ANNA)
    assert house.ledger.unfinished_erasures()
    forget.finish(house)
    assert left_of_anna(house) == []
    assert house.ledger.unfinished_erasures() == set()


def test_a_reader_holds_its_files_through_an_erasure(house: House) -> None:
    """A command that looks, and has already bound its views, reads on: every path it knows is still there."""
    with house.lake.facts() as con:
        assert con.execute("SELECT count(*) FROM contact").fetchall() == [(3,)]
        half_read = con.execute("SELECT contact_id FROM contact")
        forget.forget(house, "contacts", ANNA)
        assert half_read.fetchall()
        assert con.execute("SELECT contact_id FROM contact").fetchall() == [(BRUNO,)]


def test_the_ledger_is_scrubbed_later_when_somebody_is_reading_it(house: House) -> None:
    """SQLite cannot empty its log under a reader: the note stays open, and the next run does the rest."""
    if house.ledger.engine.dialect.name != "sqlite":
        assert house.ledger.scrub()
        return
    reader = house.ledger.engine.connect()
    reader.exec_driver_sql("BEGIN")
    reader.exec_driver_sql("SELECT count(*) FROM journal").fetchall()
    try:
        assert not forget.forget(house, "contacts", ANNA).is_finished
    finally:
        reader.close()
    assert forget.finish(house).is_finished
    assert left_of_anna(house) == []


# --- not storing it again -----------------------------------------------------------------------------------------------


def _stream(name: str, *tables: str) -> Stream:
    return Stream(name, "incremental", tables, lambda r: str(r["id"]), "https://docs.example", "1")


def test_a_forgotten_record_is_not_stored_again(house: House) -> None:
    """Nor what others say of it, nor a record that was merged into it, nor its click; all others pass untouched."""
    assert not Forgotten(house)
    forget.forget(house, "contacts", ANNA)
    gate = Forgotten(house)
    contacts, deals, clicks = _stream("contacts", "contact"), _stream("deals", "deal"), _stream("clicks", "ad_click")
    assert gate
    assert gate.storable("hubspot", contacts, ANNA, {"id": ANNA}) is None
    assert gate.storable("hubspot", contacts, "3", {"id": "3", "properties": {}, "mergedInto": ANNA}) is None
    whole = {"id": BRUNO, "properties": {}, "associations": {"companies": [{"id": ANNA}]}}
    assert gate.storable("hubspot", contacts, BRUNO, whole) is whole
    told = {"id": DEAL, "properties": {}, "associations": {"contacts": [{"id": ANNA}, {"id": BRUNO}]}}
    assert gate.storable("hubspot", deals, DEAL, told) == {**told, "associations": {"contacts": [{"id": BRUNO}]}}
    assert gate.storable("ads", clicks, f"123|2026-05-01|{ANNAS_CLICK}", {"id": 1}) is None
    assert gate.storable("ads", clicks, f"123|2026-05-01|{BRUNOS_CLICK}", {"id": 1}) == {"id": 1}
    # The same number is another record in another object.
    assert gate.storable("hubspot", deals, ANNA, {"id": ANNA, "properties": {}}) == {"id": ANNA, "properties": {}}


def test_a_record_of_two_minds_stays_forgotten(house: House) -> None:
    """Forgotten first, erased in the CRM later: the list of what must not come back does not get shorter."""
    forget.forget(house, "contacts", ANNA)
    forget.erase(house, "contacts", [ANNA])
    assert Forgotten(house).is_forgotten("contacts", ANNA)


# --- nothing is left out -----------------------------------------------------------------------------------------------


def test_every_page_of_the_ledger_is_cleaned_or_holds_no_record() -> None:
    """A new table with records in it has ``object`` (or source, stream) and ``record_id``; one without is named here."""
    from sync.publish.web.signin import sessions

    assert sessions.web_sessions.metadata is metadata
    cleaned = {table.name for table, _ in _about("hubspot", "contacts")}
    texts = {"plans", "runs"}
    no_record = {"meta", "cursors", "files", "described", "erasures"}
    # Figures of the company, its campaigns and its own people; sessions of those who look at them.
    no_record |= {"alert_states", "alert_mutes", "outbox", "reports_sent", "web_sessions"}
    assert cleaned | texts | no_record == {t.name for t in metadata.sorted_tables}


def _about(source: str, object: str) -> Any:
    from sync import ledger_erasures

    return ledger_erasures._about(source, object)


def test_files_that_wait_to_be_swept_are_cleaned_too(house: House) -> None:
    """The compaction of run 2 left its inputs on disk: they are not read any more, and still hold her."""
    stale = [f for f in house.lake.stored("facts") if f not in house.ledger.current_files("facts", f.name)]
    assert {f.name for f in stale} >= {"contact", "association"}
    forget.forget(house, "contacts", ANNA)
    assert left_of_anna(house) == []
    assert wipe.facts(house, forget.subject(house, "contacts", frozenset({ANNA}))) == {}


def test_a_file_that_is_missing_does_not_stop_an_erasure(house: House) -> None:
    """Killed between the ledger and the disk while sweeping."""
    with house.ledger.transaction() as tx:
        house.ledger.add_file(tx, LakeFile("raw", "hubspot/contacts", "raw/hubspot/contacts/gone.parquet", 1, 1, False), NOW)
    forget.forget(house, "contacts", ANNA)
    assert left_of_anna(house) == []


def test_a_file_of_an_older_version_without_a_column_is_read_as_it_is(house: House) -> None:
    """Tables grow columns; what was written before has fewer."""
    for old in house.lake.stored("facts"):
        if old.name == "contact":
            with duckdb.connect() as con:
                house.lake.put_in_place(con, old, f"SELECT * EXCLUDE (merged_into, click_hash) FROM {house.lake.scan(old)}")
    forget.forget(house, "contacts", ANNA)
    assert ANNA not in everything(house)
