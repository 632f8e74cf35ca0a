"""Reading: the same twice, never backwards, and nothing lost when killed."""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import Reach
from connectors.sandbox import control
from kpi.schema import TABLES
from tests.contract.harness import (
    Counting,
    Facts,
    Home,
    Killed,
    Mortal,
    Served,
    facts_of,
    pages_of,
    reading,
    records_of,
    same,
)
from tests.contract.subjects import SUBJECTS
from tests.contract.subjects.base import Subject
from tests.contract.world import LATER, SINCE


def is_at_or_past(subject: Subject, before: str, after: str) -> bool:
    """Every part of a cursor stands where it stood, or further on."""
    old, new = subject.positions(before), subject.positions(after)
    return all(part in new and new[part] >= value for part, value in old.items())


def test_check_reaches_the_account_and_says_which(calm: Served, connector: str) -> None:
    """It raises or it fills the answer; there is no False."""
    reach = calm.build(connector).check()
    assert isinstance(reach, Reach)
    assert reach.account_id
    assert reach.account_name
    assert reach.currency is None or (reach.currency.isupper() and len(reach.currency) == 3)
    assert reach.zone is None or ZoneInfo(reach.zone)
    assert all(note.strip() and "\n" not in note for note in reach.notes)


def test_reading_twice_gives_the_same(calm: Served, connector: str) -> None:
    """By two sources, at the same moment: records, their order, the days they stand for, and the cursor."""
    once, again = calm.build(connector), calm.build(connector)
    assert once.describe().keys() == again.describe().keys()
    first = pages_of(once)
    assert pages_of(again) == first
    assert any(records_of(first).values())


def test_a_record_has_one_id_in_its_stream(calm: Served, connector: str) -> None:
    """Ids tell records apart, so that raw storage and set-aside lists do not mix them."""
    source = calm.build(connector)
    found = records_of(pages_of(source))
    for stream in source.streams():
        ids = [stream.record_id(record) for record in found[stream.name]]
        assert all(ids), stream.name
        assert len(set(ids)) == len(ids), stream.name


def test_a_cursor_never_goes_back(served: Served, connector: str) -> None:
    """Not from page to page, not from run to run, not in a full read."""
    subject, source = SUBJECTS[connector], served.build(connector)
    for stream in source.streams():
        last: str | None = None
        for wait in (False, False, True):
            if wait:
                served.wait(LATER)
            for full in (False, True):
                for page in source.read(stream, last, reading(served.now, full=full)):
                    if page.cursor is not None:
                        assert last is None or full or is_at_or_past(subject, last, page.cursor), stream.name
                        last = page.cursor
        assert (last is None) is (stream.mode == "snapshot"), stream.name


def test_days_that_a_read_replaces_hold_all_of_its_rows(calm: Served, connector: str) -> None:
    """A window stream says which days it gave whole; a row outside them would stay for ever."""
    source = calm.build(connector)
    facts = facts_of(source)
    for stream in source.streams():
        days = [one for page in source.read(stream, None, reading()) for one in page.days]
        assert bool(days) is (stream.mode == "window"), stream.name
        for one in days:
            assert one.table in stream.tables
            assert {one.day_column, one.account_column} <= set(TABLES[one.table].model_fields)
            assert one.since < one.until
        for table, some in groupby(sorted(days, key=lambda one: one.table), lambda one: one.table):
            spans = list(some)
            for row in facts[table]:
                assert any(
                    row[one.account_column] == one.account_id and str(one.since) <= row[one.day_column] < str(one.until)
                    for one in spans
                ), row


@pytest.fixture(scope="module")
def whole(calm: Served, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[int, Facts]]:
    """By connector: the pages of one undisturbed read, and the facts it left."""
    found = {}
    for name in SUBJECTS:
        home, source = Home(tmp_path_factory.mktemp(name)), Counting(calm.build(name))
        assert home.pull(source).errors == []
        found[name] = (source.pages, home.facts())
    return found


@pytest.mark.parametrize("point", ["before the first page", "in the middle", "after the last page"])
def test_killed_at_any_page_the_next_run_loses_and_doubles_nothing(
    calm: Served, connector: str, whole: Mapping[str, tuple[int, Facts]], point: str, tmp_path: Path
) -> None:
    """The second process reads from the cursors that the first one left, and ends where one read would."""
    pages, facts = whole[connector]
    home = Home(tmp_path)
    lives = {"before the first page": 0, "in the middle": pages // 2, "after the last page": pages}[point]
    with pytest.raises(Killed):
        home.pull(Mortal(calm.build(connector), lives))
    assert home.facts() != facts
    assert home.pull(calm.build(connector)).errors == []
    assert home.facts() == facts


def people_work(served: Served) -> None:
    """Meanwhile in the CRM: an edit, an archived record, a merge."""
    sandbox = served.sandbox
    orders: tuple[tuple[Any, dict[str, Any]], ...] = (
        (control.edit, {"object": "deals", "id": "1003", "properties": {"amount": "55.55", "dealstage": "closedwon"}}),
        (control.archive, {"object": "deals", "id": "1004"}),
        (control.merge, {"object": "contacts", "survivor": "12", "loser": "13"}),
    )
    with sandbox.lock:
        for order, body in orders:
            order(sandbox, body)


def comparable(facts: Facts) -> Facts:
    """Facts as they matter.

    A link to a merged record is one to its survivor: a merge touches no record but the two, and :mod:`sync.derive` follows it
    for links that were read before. Months before the history's first day are left out: SEMrush counts lines back from its
    newest, which may be last month's.
    """
    survivors = {row["contact_id"]: row["merged_into"] for row in facts.get("contact", ()) if row["merged_into"]}
    links = [{**row, "to_id": survivors.get(row["to_id"], row["to_id"])} for row in facts.get("association", ())]
    months = [row for row in facts.get("seo_estimate", ()) if row["month_on"] >= SINCE]
    return {**facts, "association": sorted(links, key=same), "seo_estimate": months}


def test_increments_end_where_a_full_read_ends_even_when_one_was_killed(served: Served, connector: str, tmp_path: Path) -> None:
    """A fortnight later, with a killed run in between: cursor resume at any point equals one full read."""
    grown, fresh = Home(tmp_path / "grown"), Home(tmp_path / "fresh")
    grown.pull(served.build(connector))
    before = grown.facts()
    served.wait(LATER)
    people_work(served)
    with pytest.raises(Killed):
        grown.pull(Mortal(served.build(connector), 1), now=served.now)
    grown.pull(served.build(connector), now=served.now)
    fresh.pull(served.build(connector), now=served.now)
    assert comparable(grown.facts()) == comparable(fresh.facts())
    assert SUBJECTS[connector].vendor is None or grown.facts() != before
