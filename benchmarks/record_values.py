"""The values of single records after a change of 1 % of them, beside computing all of them: the company of
:mod:`benchmarks.catalogue_facts`.

Both sides begin with the marts (made once; they are the catalogue's) and end with files on disk: who shares what, the rows and
fingerprints of all records, values, what differs from the versions that are stored. Then the two are held against each other.
"""

import argparse
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import duckdb

from benchmarks import catalogue
from benchmarks.apart import apart
from benchmarks.measuring import Figure, Row, interleaved, timed
from kpi.schema import TABLES
from sync import record_values
from sync.derive import DeriveOptions, derive
from sync.house import House
from sync.lake import Lake, Written
from sync.ledger import LakeFile, Ledger
from sync.marts import record_values as inputs
from sync.marts.desk import Desk
from sync.record_inputs import RecordInputs
from sync.result_rows import INSTANT

SCALE = 0.1
SHARE = 100
"""One record in so many is changed."""
TURNS = 3
MOST = 0.2
"""Of the time of computing all."""

_TODAY = f"DATE '{catalogue.AS_OF.date()}'"
_DEAL, _CONTACT, _COMPANY = "CAST(deal_id AS BIGINT)", "CAST(contact_id AS BIGINT)", "CAST(substr(company_id, 2) AS BIGINT)"
_NEWLY_WON = f"{_DEAL} % {3 * SHARE // 5} = 2 AND stage_id NOT IN (SELECT stage_id FROM stage WHERE is_closed)"
"""One deal in five is open."""

CHANGES = (
    f"UPDATE deal SET amount = amount + 1, amount_home = amount_home + 1 WHERE {_DEAL} % {3 * SHARE} = 0",
    f"UPDATE deal SET owner_id = 'o1' WHERE {_DEAL} % {3 * SHARE} = 1",
    "INSERT INTO deal_stage_entry BY NAME SELECT 'made' AS source, 'new' || deal_id AS source_id, extracted_at, deal_id, "
    f"pipeline_id || 's3' AS stage_id, {_TODAY} AS entered_at, {_TODAY} AS entered_on FROM deal WHERE {_NEWLY_WON}",
    f"UPDATE deal SET stage_id = pipeline_id || 's3' WHERE {_NEWLY_WON}",
    f"UPDATE contact SET owner_id = 'o1', mql_on = {_TODAY} WHERE {_CONTACT} % {2 * SHARE} = 0",
    f"UPDATE contact SET first_utm_campaign = NULL WHERE {_CONTACT} % {20 * SHARE} = 1",
    f"UPDATE contact SET archived_at = created_at WHERE {_CONTACT} % {20 * SHARE} = 3",
    f"UPDATE contact SET last_source = 'REFERRALS' WHERE {_CONTACT} % {5 * SHARE // 2} = 5",
    f"UPDATE company SET archived_at = created_at WHERE {_COMPANY} % {SHARE} = 0",
)
"""What a day brings: other amounts and owners, open deals that are won, contacts that go a step further or come again, some that
turn out to have come another way or are gone (whose shares the other leads of their campaigns' months take),
companies that are gone."""


def measure(folder: Path, *, scale: float = SCALE, turns: int = TURNS) -> list[Figure]:
    apart(catalogue.made, str(folder), scale)
    done = apart(compared, str(folder), turns)
    found = done.result
    return [
        Figure(
            f"values of single records after 1 % of them changed: {found['records']:,} records, {found['values']:,} values",
            f"< {MOST:.0%} of computing all, the same",
            f"{found['ratio']:.1%}: {found['some']:.1f} s of {found['all']:.1f} s",
            is_reached=found["ratio"] < MOST and found["different"] == 0,
            requests=0,
            refused_429=0,
            peak_mb=done.peak_mb,
            note=f"{found['touched']:,} records computed, {found['changed']:,} values changed, {found['different']} of them "
            f"different from computing all; rows and fingerprints of all records take {found['rows']:.1f} s of either; "
            f"median of {turns} turns, side by side",
        )
    ]


def compared(folder: str, turns: int) -> dict[str, Any]:
    """A first run, the changes, and then both ways from what that run stored."""
    place = Path(folder)
    con = catalogue.opened(place)
    bench = Bench(con, place)
    stored = bench.run("some", 1)
    bench.keep(stored)
    for change in CHANGES:
        con.execute(change)
    bench.derive()
    taken = interleaved({side: lambda side=side: bench.turn(side) for side in bench.ledgers}, turns)  # type: ignore[misc]
    rows_s = timed(bench.inputs)
    found = {
        "records": bench.inputs().count,
        "values": stored.values.file.rows if stored.values else 0,
        "some": taken["some"].median,
        "all": taken["all"].median,
        "ratio": Row("", taken["some"], "", taken["all"]).ratio,
        "rows": rows_s,
        **bench.held_against_each_other(),
    }
    con.close()
    return found


class Stored(NamedTuple):
    """What a run wrote."""

    values: Written | None
    fingerprints: Written


class Bench:
    """Marts, a lake, and two ledgers of it: one that knows the fingerprints of the first run, one that does not."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._con = con
        self._staging = folder / "staging"
        self._options = DeriveOptions(catalogue.AS_OF.date(), catalogue.AS_OF, ZoneInfo("Europe/Paris"), "EUR")
        self._lake = folder / "lake"
        self._desk: Desk
        self._last: dict[str, Stored] = {}
        self.ledgers: dict[str, Ledger] = {}
        for side in ("some", "all"):
            (folder / side).mkdir()
            self.ledgers[side] = Ledger.at(folder / side)
            self._tell_of_facts(self.ledgers[side])
        self.derive()

    def _tell_of_facts(self, ledger: Ledger) -> None:
        """How many rows there are: the memory that engines may hold follows them."""
        rows = sum(self._one(f'SELECT count(*) FROM "{table}"')[0] for table in TABLES)
        with ledger.transaction() as tx:
            ledger.add_file(tx, LakeFile("facts", "made", "made", 0, rows, is_base=True), catalogue.AS_OF)

    def derive(self) -> None:
        derive(self._con, self._options, self._staging)
        self._desk = Desk(self._con, self._staging, self._options)

    def inputs(self) -> RecordInputs:
        return inputs.records(self._desk, self._staging)[0]

    def _house(self, side: str) -> House:
        return cast(House, SimpleNamespace(ledger=self.ledgers[side], lake=Lake(self._lake, self.ledgers[side])))

    def run(self, side: str, run_id: int) -> Stored:
        """From the marts to files on disk."""
        return Stored(*record_values.write(self._house(side), self.inputs(), (), catalogue.AS_OF.strftime(INSTANT), run_id))

    def keep(self, stored: Stored) -> None:
        for side, ledger in self.ledgers.items():
            with ledger.transaction() as tx:
                self._house(side).lake.register(tx, stored if side == "some" else stored[:1], catalogue.AS_OF)

    def turn(self, side: str) -> float:
        """Seconds of a run whose files are kept until the next one of this side, and are not registered."""
        begun = time.perf_counter()
        stored = self.run(side, 2)
        taken = time.perf_counter() - begun
        for written in filter(None, self._last.get(side, ())):
            (self._lake / written.file.path).unlink()
        self._last[side] = stored
        return taken

    def held_against_each_other(self) -> dict[str, int]:
        """Records that were computed, values that changed, and how many of those are not the same both ways."""
        some, whole = (f"(FROM {self._scan(side, self._last[side].values)})" for side in ("some", "all"))
        (different,) = self._one(f"SELECT count(*) FROM (({some} EXCEPT ALL {whole}) UNION ALL ({whole} EXCEPT ALL {some}))")
        (changed,) = self._one(f"SELECT count(*) FROM {whole}")
        with record_values.touched(self._house("some"), self.inputs()) as touched:
            (computed,) = self._one(f"SELECT count(*) FROM {touched}")
        return {"touched": computed, "changed": changed, "different": different}

    def _scan(self, side: str, written: Written | None) -> str:
        assert written is not None, "a hundredth of the records changed"
        return self._house(side).lake.scan(written.file)

    def _one(self, query: str) -> tuple[int, ...]:
        return tuple(self._con.execute(query).fetchall()[0])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record_values", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=SCALE)
    parser.add_argument("--turns", type=int, default=TURNS)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    from benchmarks import record_values as named  # what runs apart must have a name that another process knows

    for figure in named.measure(asked.folder, scale=asked.scale, turns=asked.turns):
        print(figure.markdown())


if __name__ == "__main__":
    main()
