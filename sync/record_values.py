"""The values of single records into the lake: of those whose inputs changed since the last run, and of no others.

Beside the values lies the print of each record's inputs (:mod:`sync.marts.record_values`), in one file that every run replaces. A
record whose print is the same has the same values; one with another print, or without one, is computed; one that has a print and
is not there any more loses its values. Prints and values become visible together, with the run.

Prints are believed only when they are of the newest values (:func:`_known`). Otherwise everything is computed and compared, as on
the first run: it gives the same, and takes longer.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from kpi.records import RecordValue
from sync.house import House
from sync.lake import Written, version_line
from sync.record_inputs import OBJECTS, RecordInputs
from sync.result_rows import RECORD_COMPARED, RECORD_KEY, RECORD_TYPES, record_row
from sync.staging import workplace

log = logging.getLogger("cadran.record_values")

VALUES = "record_value"
PRINTS = "record_print"
"""Columns ``object``, ``record_id``, ``print`` (16 bytes). An erased record goes from here as from every result (:mod:`sync.wipe`)."""


def write(
    house: House, inputs: RecordInputs, others: Iterable[RecordValue], as_of: str, run_id: int
) -> tuple[Written | None, Written]:
    """The values that changed, and the prints of all records; to be registered together. ``others``: the values of campaigns and
    people, of which there are few: they are all given, and all compared."""
    with touched(house, inputs) as chosen:
        values = _lines(inputs, chosen, others, as_of)
        looked_at = "true" if chosen is None else f"object NOT IN {OBJECTS} OR (object, record_id) IN (FROM {chosen})"
        changed = house.lake.write_versions(VALUES, RECORD_TYPES, RECORD_KEY, RECORD_COMPARED, values, run_id, looked_at)
    return changed, house.lake.write_whole(PRINTS, inputs.prints(), run_id)


def _lines(inputs: RecordInputs, chosen: str | None, others: Iterable[RecordValue], as_of: str) -> Iterator[bytes]:
    for values in (inputs.values(chosen), others):
        for value in values:
            yield version_line(record_row(value, as_of))


@contextmanager
def touched(house: House, inputs: RecordInputs) -> Iterator[str | None]:
    """A table expression over the records (``object``, ``record_id``) that are new, changed or gone; None: it is not known."""
    known = _known(house)
    if known is None:
        yield None
        return
    with workplace(house.lake.staging) as folder:
        path = folder / "touched.parquet"
        try:
            count = _compare(house, inputs, known, path)
        except duckdb.Error as error:
            log.warning("the prints of the last run cannot be read, so every record is computed: %s", error)
            yield None
            return
        log.info("%d of %d records are new, changed or gone", count, inputs.count)
        yield f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"


def _compare(house: House, inputs: RecordInputs, known: str, path: Path) -> int:
    with house.lake.facts(()) as con:
        con.execute("COPY (" + TOUCHED.format(now=inputs.prints(), known=known, path=path) + f") TO '{path}' (FORMAT parquet)")
        return int(con.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchall()[0][0])


TOUCHED = """
SELECT coalesce(n.object, k.object) AS object, coalesce(n.record_id, k.record_id) AS record_id
FROM ({now}) n FULL JOIN {known} k ON k.object = n.object AND k.record_id = n.record_id
WHERE n.print IS DISTINCT FROM k.print
"""


def _known(house: House) -> str | None:
    """A table expression over the prints of the last run, where they are of the newest values.

    An older program leaves prints as they are while it adds values: what it added bears a later run than they do.
    """
    files = house.ledger.current_files("results", PRINTS)
    values = house.ledger.current_files("results", VALUES)
    if len(files) != 1 or not values:
        return None
    try:
        with house.lake.facts(()) as con:
            newest = con.execute(f"SELECT max(from_run) FROM {house.lake.scan(*values)}").fetchall()[0][0]
    except duckdb.Error:
        return None  # whoever compares says what is wrong with the values
    return house.lake.scan(files[0]) if newest is not None and newest <= files[0].run_id else None
