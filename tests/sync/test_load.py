"""Loading a stream in chunks: what was committed stays, what was cut goes on, nothing is taken as gone unasked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.settings import AccountSettings
from connectors.base import Crm, Cursor, NormaliseContext, Owned, Page, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import MissingScope, QuotaExhausted
from sync import load
from sync.house import House
from sync.lake import Lake
from sync.ledger import Ledger
from sync.pipeline import Extracted, Frame, extract
from sync.progress import LogProgress

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
CRM = Crm("1", "EUR", "Europe/Paris", "app.example", NOW)
LINKS = {"association": Owned("from_id", (("from_type", "deals"),))}
DEALS = Stream(
    "deals", "incremental", ("deal", "association"), lambda r: str(r["id"]), "https://vendor.example", "1", owned=LINKS
)


class Crumbling:
    """A CRM whose list gives one record a page with a position on each; it may break after so many pages."""

    type = "fake"
    id = "crm"
    streams_at_once = 4

    def __init__(self, *ids: str) -> None:
        self.records = {record_id: {"id": record_id, "links": ["7"]} for record_id in ids}
        self.break_after: int | None = None
        self.error: BaseException = QuotaExhausted("crm", "the day is used up")
        self.hidden: set[str] = set()
        """Records that the list skips though they exist."""
        self.given: list[str] = []
        self.known: Mapping[str, datetime] = {}

    def streams(self) -> tuple[Stream, ...]:
        return (DEALS,)

    def check(self) -> Reach:
        return Reach("1", "crm", "EUR", None)

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return {}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        self.known = context.known
        if cursor == "end" and not context.full:
            return
        after = "" if context.full or cursor is None else str(cursor)
        ids = [i for i in sorted(self.records) if i > after and i not in self.hidden]
        for number, record_id in enumerate(ids):
            if number == self.break_after:
                raise self.error
            self.given.append(record_id)
            yield Page([self.records[record_id]], cursor=record_id, is_listing=True)
        yield Page((), cursor="end", is_listing=True, is_complete=True)

    def gone(self, stream: Stream, ids: Sequence[str]) -> set[str]:
        return set(ids) - self.records.keys()

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        deal_id = record["id"]
        yield "deal", {"source_id": deal_id, "deal_id": deal_id, "amount": Decimal(1), "modified_at": NOW}
        for to_id in record["links"]:
            link = {"from_type": "deals", "from_id": deal_id, "to_type": "contacts", "to_id": to_id, "is_primary": False}
            yield "association", {"source_id": deal_id, **link}

    def close(self) -> None: ...


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(load, "CHUNK_BYTES", 1)  # every page is a chunk
    ledger = Ledger.at(tmp_path)
    yield House(
        "default",
        AccountSettings(),
        tmp_path,
        ledger,
        Lake(tmp_path, ledger),
        {},
        lambda: pytest.fail("nothing is written here"),
        lambda v: v,
        lambda _c: lambda amount, _currency, day: (amount, Decimal(1), day),
        lambda: NOW,
    )
    ledger.close()


def pull(house: House, crm: Any, run: int, *, full: bool = False, streams: Sequence[str] = ()) -> Extracted:
    house.sources = {crm.id: crm}
    frame = Frame(NOW, date(2026, 9, 15), ZoneInfo("Europe/Paris"), "Europe/Paris", "EUR", date(2024, 9, 1))
    return extract(house, run, CRM, frame, LogProgress(), full=full, streams=streams)


def deals(house: House) -> list[str]:
    with house.lake.facts() as con:
        return [deal_id for (deal_id,) in con.execute("SELECT deal_id FROM deal ORDER BY deal_id").fetchall()]


def links(house: House) -> list[tuple[str, str]]:
    with house.lake.facts() as con:
        return con.execute("SELECT from_id, to_id FROM association ORDER BY ALL").fetchall()


def test_a_read_that_ran_out_of_quota_goes_on_where_it_was(house: House) -> None:
    """No record is read twice, and the list's end is not taken for reached before it is."""
    crm = Crumbling(*"abcdef")
    crm.break_after = 4
    assert (pull(house, crm, 1).exit_code, deals(house)) == (3, list("abcd"))
    crm.break_after = None
    assert pull(house, crm, 2).exit_code == 0
    assert (crm.given, deals(house)) == (list("abcdef"), list("abcdef"))


def test_ctrl_c_keeps_what_was_read(house: House) -> None:
    """The pages before it are committed; the next run goes on."""
    crm = Crumbling(*"abcd")
    crm.break_after, crm.error = 2, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        pull(house, crm, 1)
    crm.break_after = None
    pull(house, crm, 2)
    assert deals(house) == list("abcd")


def test_a_list_over_two_runs_takes_only_what_vanished(house: House) -> None:
    """Records given in its first half are not gone for not being given in its second."""
    crm = Crumbling(*"abcdef")
    pull(house, crm, 1)
    del crm.records["b"], crm.records["e"]
    crm.break_after = 2
    pull(house, crm, 2, full=True)
    assert deals(house) == list("abcdef")
    crm.break_after = None
    report = pull(house, crm, 3).streams[0]
    assert (report.erased, deals(house), {a for a, _ in links(house)}) == (2, list("acdf"), set("acdf"))


def test_what_a_list_left_out_but_exists_keeps_its_rows(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The source is asked before anything is taken as gone, and the gap is logged."""
    crm = Crumbling(*"abc")
    pull(house, crm, 1)
    crm.hidden = {"b"}
    report = pull(house, crm, 2, full=True).streams[0]
    assert (report.erased, deals(house)) == (0, list("abc"))
    assert "left out 1 records that exist" in caplog.text


def test_most_of_a_table_does_not_vanish_unasked(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """A key that lost sight of the CRM costs no row; the sentence names the setting that lets them go."""
    crm = Crumbling(*map(chr, range(ord("a"), ord("m"))))
    pull(house, crm, 1)
    crm.records = {"a": crm.records["a"]}
    assert (pull(house, crm, 2, full=True).streams[0].erased, len(deals(house))) == (0, 12)
    assert "11 of 12 records are nowhere to be found" in caplog.text
    guards = house.settings.crm.guards.model_copy(update={"min_rows_share": 0.0})
    house.settings = house.settings.model_copy(update={"crm": house.settings.crm.model_copy(update={"guards": guards})})
    assert (pull(house, crm, 3, full=True).streams[0].erased, deals(house)) == (11, ["a"])


def test_a_record_that_comes_twice_in_a_read_keeps_its_newer_associations(house: House) -> None:
    """In chunks of the same run the later one counts, what it no longer names included."""

    class Twice(Crumbling):
        def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
            yield Page([{"id": "a", "links": ["7", "8"]}], is_listing=True)
            yield Page([{"id": "a", "links": ["8", "9"]}], cursor="end", is_listing=True, is_complete=True)

    pull(house, Twice(), 1)
    assert links(house) == [("a", "8"), ("a", "9")]


def test_the_next_read_knows_the_versions_it_has(house: House) -> None:
    """So that what it finds again behind its cursor need not be read again."""
    crm = Crumbling(*"ab")
    pull(house, crm, 1)
    assert crm.known == {}
    pull(house, crm, 2)
    assert crm.known == {"a": NOW, "b": NOW}


def test_another_mapping_reads_everything_again(house: House) -> None:
    """What is stored lacks the property that was chosen; without a change nothing is read again."""
    crm = Crumbling(*"ab")
    facts: dict[str, Any] = {}
    crm.describe = lambda known=None, now=None: facts  # type: ignore[method-assign]
    pull(house, crm, 1)
    pull(house, crm, 2)
    assert crm.given == list("ab")
    facts["mapped"] = {"deals": {"amount": "net_amount"}}
    pull(house, crm, 3)
    pull(house, crm, 4)
    assert crm.given == list("abab")


class Two(Crumbling):
    """Two streams that share a table, one of them not open to everybody."""

    others = replace(DEALS, name="others", owned={"association": Owned("from_id", (("from_type", "others"),))}, is_optional=True)
    is_open = True

    def streams(self) -> tuple[Stream, ...]:
        return (DEALS, self.others)

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        if stream.name == "others" and not self.is_open:
            raise MissingScope("crm", ("crm.objects.others.read",), "list others")
        yield from super().read(stream, cursor, context)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        for table, values in super().normalise(stream, record, context):
            if table == "association":
                yield table, {**values, "from_type": stream.name}
            elif stream.name == "deals":
                yield table, values


def test_streams_read_at_the_same_time_share_a_table(house: House) -> None:
    """Neither's chunks cost the other's rows, in the first read and in the ones after it."""
    crm = Two(*"abcd")
    for run in (1, 2):
        pull(house, crm, run, full=True)
        assert links(house) == sorted((i, "7") for i in "abcd" * 2)


def test_an_optional_stream_that_is_not_open_is_skipped_with_one_line(house: House) -> None:
    """The others are read, the exit code stays 0, and the sentence names the scope."""
    crm = Two(*"ab")
    crm.is_open = False
    extracted = pull(house, crm, 1)
    assert (extracted.exit_code, deals(house)) == (0, list("ab"))
    assert extracted.skipped == {"crm.others": "crm: the credential may not list others. Missing scope: crm.objects.others.read."}


def test_only_the_named_streams_are_read(house: House) -> None:
    """For reading our own changes back."""
    assert list(pull(house, Two("a"), 1, streams=["others"]).records_read) == ["crm.others"]
