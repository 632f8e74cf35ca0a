"""Reading streams into facts: nothing lost when killed, nothing doubled when repeated, bad rows set aside."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.settings import AccountSettings
from connectors.base import BadValue, Crm, Cursor, NormaliseContext, Owned, Page, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError, ContractError, QuotaExhausted, TransientError
from sync.house import House
from sync.lake import Lake
from sync.ledger import Ledger
from sync.pipeline import Extracted, Frame, extract
from sync.progress import LogProgress

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
CRM = Crm("1", "EUR", "Europe/Paris", "app.example", NOW)
PRODUCTS = Stream("products", "incremental", ("product",), lambda r: str(r["id"]), "https://vendor.example/docs", "1")


class FakeVendor:
    """A source whose records are a dictionary; may be told to fail after so many pages."""

    type = "fake"

    def __init__(self, id: str = "shop") -> None:
        self.id = id
        self.records: dict[str, tuple[int, Any]] = {}
        self.clock = 0
        self.fail_after: int | None = None
        self.error: Exception = TransientError("shop", "cut")
        self.reads: list[Cursor] = []

    def put(self, id: str, price: Any) -> None:
        self.clock += 1
        self.records[id] = (self.clock, price)

    def streams(self) -> tuple[Stream, ...]:
        return (PRODUCTS,)

    def check(self) -> Reach:
        return Reach("1", "shop", "EUR", None)

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return {}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        self.reads.append(cursor)
        since = int(cursor or 0)
        found = [{"id": i, "price": p} for i, (at, p) in sorted(self.records.items()) if at >= since]
        pages = [found[k : k + 2] for k in range(0, len(found), 2)] or [[]]
        for number, page in enumerate(pages):
            if self.fail_after == number:
                raise self.error
            is_last, is_listing = number == len(pages) - 1, cursor is None
            yield Page(page, str(self.clock) if is_last else None, is_listing=is_listing, is_complete=is_listing and is_last)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        try:
            price = Decimal(record["price"])
        except ArithmeticError:
            raise BadValue(f"price: {record['price']!r} is not a number") from None
        yield "product", {"source_id": record["id"], "product_id": record["id"], "product_name": context.zone.key, "price": price}

    def close(self) -> None: ...


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    ledger = Ledger.at(tmp_path)
    yield House(
        "default",
        AccountSettings(),
        tmp_path,
        ledger,
        Lake(tmp_path, ledger),
        {},
        lambda: pytest.fail("no CRM is needed here"),
        lambda v: v,
        lambda _c: lambda amount, _currency, day: (amount, Decimal(1), day),
        lambda: NOW,
    )
    ledger.close()


def frame(zone: str = "Europe/Paris") -> Frame:
    return Frame(NOW, date(2026, 9, 15), ZoneInfo(zone), zone, "EUR", date(2024, 9, 1))


def pull(house: House, *vendors: FakeVendor, run: int = 1, full: bool = False, zone: str = "Europe/Paris") -> Extracted:
    house.sources = {v.id: v for v in vendors}
    return extract(house, run, CRM, frame(zone), LogProgress(), full=full)


def products(house: House, column: str = "price") -> dict[str, Any]:
    con = house.lake.connect()
    try:
        house.lake.attach_facts(con)
        return dict(con.execute(f"SELECT product_id, {column} FROM product ORDER BY product_id").fetchall())
    finally:
        con.close()


def test_a_full_load_then_what_changed_equals_everything(house: House) -> None:
    """The cursor is inclusive: the last record comes twice and is one row."""
    shop = FakeVendor()
    for i in "abc":
        shop.put(i, "1")
    pull(house, shop)
    shop.put("b", "2")
    assert pull(house, shop, run=2).records_read == {"shop.products": 2}
    assert shop.reads == [None, "3"]
    assert products(house) == {"a": 1, "b": 2, "c": 1}


@pytest.mark.parametrize("page", [0, 1, 2])
def test_cut_after_any_page_the_next_read_loses_and_doubles_nothing(house: House, page: int) -> None:
    """The cursor moves only with the rows: the pages before the cut are kept, the read begins again where it has to."""
    shop = FakeVendor()
    for i in "abcdef":
        shop.put(i, "1")
    shop.fail_after = page
    cut = pull(house, shop)
    assert (cut.exit_code, list(products(house))) == (3, list("abcdef"[: 2 * page]))
    shop.fail_after = None
    pull(house, shop, run=2)
    assert shop.reads == [None, None]
    assert list(products(house)) == list("abcdef")


def test_a_row_that_cannot_be_read_is_kept_aside_with_its_reason_until_it_can(house: House) -> None:
    """Counted, named, never fatal; mended in the vendor it is a row like any other."""
    shop = FakeVendor()
    shop.put("a", "1")
    shop.put("b", "12k")
    assert pull(house, shop).streams[0].set_aside == 1
    assert house.ledger.aside() == [("shop", "products", "b", "price: '12k' is not a number")]
    pull(house, shop, run=2)
    assert len(house.ledger.aside()) == 1
    shop.put("b", "12")
    pull(house, shop, run=3)
    assert house.ledger.aside() == []
    assert products(house) == {"a": 1, "b": 12}


def test_a_full_read_forgets_what_the_vendor_no_longer_has(house: House) -> None:
    """An erased record leaves no row behind; a record that turned bad keeps its last good one."""
    shop = FakeVendor()
    for i in "abc":
        shop.put(i, "1")
    pull(house, shop)
    del shop.records["a"]
    shop.put("b", "bad")
    pull(house, shop, run=2, full=True)
    assert products(house) == {"b": 1, "c": 1}


def test_another_reporting_zone_normalises_again_from_raw(house: House) -> None:
    """No page is asked twice for it: the increment finds only what is at its cursor."""
    shop = FakeVendor()
    for i in "abc":
        shop.put(i, "1")
    pull(house, shop)
    again = pull(house, shop, run=2, zone="America/New_York")
    assert again.records_read == {"shop.products": 1}
    assert set(products(house, "product_name").values()) == {"America/New_York"}


def test_a_record_that_turned_bad_keeps_what_belongs_to_it(house: House) -> None:
    """Its associations and our values on it stay with its last good row, until it can be read again."""

    class Linked(FakeVendor):
        def streams(self) -> tuple[Stream, ...]:
            owned = {"association": Owned("from_id", (("from_type", "products"),))}
            return (replace(PRODUCTS, tables=("product", "association"), owned=owned),)

        def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
            yield from super().normalise(stream, record, context)
            link = {"from_type": "products", "from_id": record["id"], "to_type": "deals", "to_id": "9", "is_primary": False}
            yield "association", {"source_id": record["id"], **link}

    def links() -> list[tuple[str]]:
        with house.lake.facts() as con:
            return con.execute("SELECT from_id FROM association ORDER BY from_id").fetchall()

    shop = Linked()
    shop.put("a", "1")
    shop.put("b", "1")
    pull(house, shop)
    shop.put("b", "bad")
    pull(house, shop, run=2)
    assert links() == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("error", "code"),
    [(QuotaExhausted("shop", "units are used up"), 3), (ContractError("shop", "no id"), 4), (TransientError("shop", "down"), 3)],
)
def test_a_source_that_fails_does_not_stop_the_others(house: House, error: Exception, code: int) -> None:
    """Its error is in the report and decides the exit code; the other source's rows are stored."""
    bad, good = FakeVendor("bad"), FakeVendor("good")
    good.put("x", "1")
    bad.fail_after, bad.error = 0, error
    assert pull(house, bad, good).exit_code == code
    assert list(products(house)) == ["x"]


def test_settings_faults_stop_the_run(house: House) -> None:
    """A wrong credential is for the user to mend, now."""
    shop = FakeVendor()
    shop.fail_after, shop.error = 0, ConfigurationError("no such property")
    with pytest.raises(ConfigurationError):
        pull(house, shop)


def test_an_unknown_source_is_named(house: House) -> None:
    """``--source`` takes the ids of the settings."""
    house.sources = {"shop": FakeVendor()}
    with pytest.raises(ConfigurationError, match="known: shop"):
        extract(house, 1, CRM, frame(), LogProgress(), only=["shp"])
