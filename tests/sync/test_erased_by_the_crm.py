"""The pipeline and erased records: what the CRM gives no more leaves every store, what was forgotten does not come back."""

from pathlib import Path

import duckdb
import pytest

from sync import forget
from sync.house import House
from tests.sync.test_pipeline import FakeVendor, pull
from tests.sync.test_pipeline import house as house

ID = "770011001"


@pytest.fixture
def crm(house: House) -> FakeVendor:
    """A CRM of three products, read once."""
    vendor = FakeVendor("hubspot")
    for record_id in (ID, "2", "3"):
        vendor.put(record_id, "1")
    pull(house, vendor)
    return vendor


def in_the_lake(folder: Path) -> bool:
    with duckdb.connect() as con:
        return any(
            ID in repr(con.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()) for path in folder.rglob("*.parquet")
        )


def products(house: House) -> list[str]:
    with house.lake.facts() as con:
        return [i for (i,) in con.execute("SELECT product_id FROM product ORDER BY 1").fetchall()]


def test_a_record_that_the_complete_list_misses_leaves_every_store(house: House, crm: FakeVendor) -> None:
    """Not only its current row: raw records, older versions and the mark of its deletion go too."""
    del crm.records[ID]
    assert in_the_lake(house.folder)
    assert pull(house, crm, run=2, full=True).streams[0].erased == 1
    assert not in_the_lake(house.folder)
    assert products(house) == ["2", "3"]
    assert house.ledger.unfinished_erasures() == set()


def test_killed_before_an_erasure_ends_the_next_run_ends_it(
    house: House, crm: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list counts as done, so that nobody will find the record missing again: the note remembers it."""

    def off(_house: House) -> None:
        raise KeyboardInterrupt

    del crm.records[ID]
    with monkeypatch.context() as patch:
        patch.setattr("sync.pipeline.finish", off)
        with pytest.raises(KeyboardInterrupt):
            pull(house, crm, run=2, full=True)
    assert in_the_lake(house.folder)
    pull(house, crm, run=3)
    assert not in_the_lake(house.folder)


def test_what_another_source_no_longer_lists_is_no_erased_record(house: House, crm: FakeVendor) -> None:
    """Only the CRM's records are about people: a shop's product that is gone keeps its raw records for their time."""
    shop = FakeVendor("shop")
    shop.put(ID, "1")
    shop.put("9", "1")
    pull(house, crm, shop, run=2)
    del shop.records[ID]
    pull(house, crm, shop, run=3, full=True)
    assert [i for i, _, _ in house.lake.raw_records("shop", "products")] == [ID, "9"]
    assert products(house) == ["2", "3", ID, "9"]


def test_a_forgotten_record_that_the_crm_still_holds_stays_out(house: House, crm: FakeVendor) -> None:
    """Changed there, read again, listed again: neither stored nor counted; others are."""
    forget.forget(house, "products", ID)
    assert not in_the_lake(house.folder)
    crm.put(ID, "7")
    crm.put("2", "8")
    pull(house, crm, run=2)
    pull(house, crm, run=3, full=True)
    assert not in_the_lake(house.folder)
    assert products(house) == ["2", "3"]
