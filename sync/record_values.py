"""The values of single records into the lake: of those whose inputs changed since the last run, and of no others.

Beside the values lies the fingerprint of each record's inputs (:mod:`sync.marts.record_values`), in one file that every run
replaces. A record whose fingerprint is the same has the same values; one with another, or without one, is computed; one that has
a fingerprint and is not there any more loses its values. Fingerprints and values become visible together, with the run.

Fingerprints are believed only when they are of the newest values (:func:`touched`). Otherwise everything is computed and
compared, as on the first run: it gives the same, and takes longer.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb

from kpi.records import RecordValue
from kpi.sql import literal
from sync.house import House
from sync.lake import Written, version_line
from sync.record_inputs import OBJECTS, RecordInputs
from sync.result_rows import RECORD_COMPARED, RECORD_KEY, RECORD_TYPES, record_row
from sync.staging import workplace

log = logging.getLogger("cadran.record_values")

VALUES = "record_value"
FINGERPRINTS = "record_fingerprint"
"""Columns ``object``, ``record_id``, ``fingerprint`` (16 bytes). An erased record goes from here as from every result
(:mod:`sync.wipe`)."""


def write(
    house: House, inputs: RecordInputs, others: Iterable[RecordValue], as_of: str, run_id: int
) -> tuple[Written | None, Written]:
    """The values that changed, and the fingerprints of all records; to be registered together. ``others``: the values of
    campaigns and people, of which there are few: they are all given, and all compared."""
    with touched(house, inputs) as chosen:
        values = _lines(inputs, chosen, others, as_of)
        looked_at = "true" if chosen is None else f"object NOT IN {OBJECTS} OR (object, record_id) IN (FROM {chosen})"
        changed = house.lake.write_versions(VALUES, RECORD_TYPES, RECORD_KEY, RECORD_COMPARED, values, run_id, looked_at)
    return changed, house.lake.write_whole(FINGERPRINTS, inputs.fingerprints(), run_id)


def _lines(inputs: RecordInputs, chosen: str | None, others: Iterable[RecordValue], as_of: str) -> Iterator[bytes]:
    for values in (inputs.values(chosen), others):
        for value in values:
            yield version_line(record_row(value, as_of))


@contextmanager
def touched(house: House, inputs: RecordInputs) -> Iterator[str | None]:
    """A table expression over the records (``object``, ``record_id``) that are new, changed or gone; None: it is not known."""
    files = house.ledger.current_files("results", FINGERPRINTS)
    values = house.ledger.current_files("results", VALUES)
    if len(files) != 1 or not values:
        yield None
        return
    with workplace(house.lake.staging) as folder:
        path = folder / "touched.parquet"
        try:
            with house.lake.facts(()) as con:
                is_known = _are_of(con, house.lake.scan(*values), files[0].run_id)
                if is_known:
                    con.execute(TOUCHED.format(now=inputs.fingerprints(), known=house.lake.scan(*files), path=literal(str(path))))
        except duckdb.Error as error:
            log.warning("the fingerprints of the last run cannot be read, so every record is computed: %s", error)
            is_known = False
        yield f"read_parquet({literal(str(path))})" if is_known else None


def _are_of(con: duckdb.DuckDBPyConnection, values: str, run_id: int) -> bool:
    """Whether fingerprints of a run are of the newest values. An older program leaves them as they are while it adds values:
    what it added bears a later run than they do."""
    newest = con.execute(f"SELECT max(from_run) FROM {values}").fetchall()[0][0]
    return newest is not None and newest <= run_id


TOUCHED = """
COPY (
    SELECT coalesce(n.object, k.object) AS object, coalesce(n.record_id, k.record_id) AS record_id
    FROM ({now}) n FULL JOIN {known} k ON k.object = n.object AND k.record_id = n.record_id
    WHERE n.fingerprint IS DISTINCT FROM k.fingerprint
) TO {path} (FORMAT parquet)
"""
