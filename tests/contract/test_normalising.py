"""From raw records to rows: pure, by the schema, and possible without a network."""

from copy import deepcopy
from pathlib import Path

from kpi.schema import TABLES, checker
from tests.contract.harness import Home, Replayed, Served, normalising, pages_of, records_of, same
from tests.contract.world import NOW


def test_rows_obey_the_common_schema(calm: Served, connector: str) -> None:
    """Each converts, into a table that its stream declares, with a key; and every declared table is fed in this world."""
    source = calm.build(connector)
    context = normalising(source.describe())
    checkers = {table: checker(model) for table, model in TABLES.items()}
    records = records_of(pages_of(source))
    for stream in source.streams():
        fed = set()
        for record in records[stream.name]:
            for table, values in source.normalise(stream, record, context):
                assert table in stream.tables, stream.name
                assert not {"source", "extracted_at"} & values.keys(), "the pipeline knows both"
                row = checkers[table]({**values, "source": source.id, "extracted_at": NOW})
                assert row.source_id
                assert all(getattr(row, part) is not None for part in TABLES[table].key)
                fed.add(table)
        assert fed >= set(stream.tables) - {"crm_value"}, stream.name  # nothing of ours is in this CRM


def test_normalising_changes_nothing_and_gives_the_same_again(calm: Served, connector: str) -> None:
    """Pure: the record stays as received, and a second pass, in another order, gives the same rows."""
    source = calm.build(connector)
    facts = source.describe()
    found = records_of(pages_of(source))
    before = deepcopy(found)
    for stream in source.streams():
        records = found[stream.name]
        forth = [list(source.normalise(stream, record, normalising(facts))) for record in records]
        back = [list(source.normalise(stream, record, normalising(facts))) for record in reversed(records)]
        assert forth == back[::-1]
    assert same(found) == same(before)


def test_stored_records_become_the_same_facts_with_the_vendor_gone(served: Served, connector: str, tmp_path: Path) -> None:
    """Raw records and the description are all that normalising needs; the server is closed."""
    home, again = Home(tmp_path / "home"), Home(tmp_path / "again")
    assert home.pull(served.build(connector)).errors == []
    fresh = served.build(connector)
    served.stop()
    (served.folder / "costs.csv").unlink()
    assert again.pull(Replayed(fresh, home)).errors == []
    assert again.facts() == home.facts()
    assert home.facts()
