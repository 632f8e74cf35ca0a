"""How long each store keeps what it holds (settings ``retention``), and a tidy home: nothing left over, nothing readable by others.

Facts have no limit of their own but a vendor's licence: they are what the CRM and the vendors hold now, and go when it goes there. Bases and holds
have none either: without them a value of ours could not be told from a person's. No log is kept on disk.
"""

import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from types import MappingProxyType

import sqlalchemy as sa

from kpi.schema import TABLES
from sync import staging
from sync.basis import BASIS, BASIS_KEY
from sync.house import House
from sync.lake import Written
from sync.ledger_tables import journal, lost_edits, runs
from sync.maturity import MATURITY, MATURITY_KEY
from sync.result_rows import RECORD_KEY, RESULT_KEY

KEPT_FROM = "results_kept_from"
"""Where the ledger says from which run on ``--as-of`` can be answered; what was known before is collapsed into it."""

UNDOABLE_FROM = "journal_kept_from"
"""Where the ledger says from which run on writes can be undone."""

VERSION_KEYS: Mapping[str, Sequence[str]] = MappingProxyType(
    {"kpi_result": RESULT_KEY, "record_value": RECORD_KEY, MATURITY: MATURITY_KEY, BASIS: BASIS_KEY}
)
"""Results by name -> what makes two rows versions of one value."""

_AREAS = ("raw", "facts", "results")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def prune(house: House, now: datetime) -> Counter[str]:
    """Let go of what is older than the settings say; how much, by store. ``now`` is the run's instant, UTC.

    For the holder of the account's lock, after the run's files were registered.
    """
    keep = house.settings.retention
    pruned: Counter[str] = Counter()
    limits = {
        f"{s.id}/{stream.name}": stream.raw_days for s in house.sources.values() for stream in s.streams() if stream.raw_days
    }
    for name in sorted({file.name for file in house.ledger.known_files("raw")}):
        source, _, stream = name.partition("/")
        # A stream's own limit holds when it cannot be read, too.
        pruned["raw"] += house.lake.purge_raw(source, stream, now, min(keep.raw_days, limits.get(name, keep.raw_days)))
    pruned["facts"] += _expire_facts(house, now)
    if keep.results_days is not None:
        pruned["results"] += _collapse_results(house, now - timedelta(days=keep.results_days), now)
    pruned["journal"] += _prune_journal(house, now - timedelta(days=keep.journal_days))
    house.ledger.forget_plans(now - max(timedelta(days=keep.plans_days), timedelta(hours=house.settings.crm.plan_max_age_hours)))
    tidy(house)
    return +pruned


def _expire_facts(house: House, now: datetime) -> int:
    """Take rows out that a licence lets nobody keep so long after they were read (:attr:`kpi.schema.Row.kept_days`), from every
    file that is on disk and whether or not their source is still set up; how many."""
    expired = 0
    for file in house.lake.stored("facts"):
        days = TABLES[file.name].kept_days if file.name in TABLES else None
        if days is None:
            continue
        scan, old = house.lake.scan(file), f"extracted_at < TIMESTAMP '{now - timedelta(days=days):%Y-%m-%d %H:%M:%S}'"
        with closing(house.lake.connect()) as con:
            count = int(con.execute(f"SELECT count(*) FROM {scan} WHERE {old}").fetchall()[0][0])
            if count:
                house.lake.put_in_place(con, file, f"SELECT * FROM {scan} WHERE NOT ({old})")
        expired += count
    return expired


def _collapse_results(house: House, before: datetime, now: datetime) -> int:
    """Drop versions that only an ``--as-of`` before then could show; how many.

    The newest version from before the window stays: within the window it is what was known. Files are not changed: a new
    base takes the place of all of a name, and whoever reads the old ones reads on until the next sync sweeps them.
    """
    first = house.ledger.run_as_of(before)
    if first is None:
        return 0
    written: list[Written] = []
    dropped = 0
    for name, key in VERSION_KEYS.items():
        collapsed = house.lake.collapse_versions(name, key, first)
        if collapsed is not None:
            written.append(collapsed[0])
            dropped += collapsed[1]
    if written:
        with house.ledger.transaction() as tx:
            house.lake.register(tx, written, now)
    house.ledger.put(KEPT_FROM, str(first))
    return dropped


def _prune_journal(house: House, before: datetime) -> int:
    """Delete the journal of whole runs that began before then, so that what is left of it can be undone; its rows."""
    old = sa.select(runs.c.id).where(runs.c.started_at < before)
    with house.ledger.transaction() as tx:
        newest = tx.execute(sa.select(sa.func.max(journal.c.run_id)).where(journal.c.run_id.in_(old))).scalar()
        if newest is None:
            return 0
        rows = tx.execute(sa.delete(journal).where(journal.c.run_id <= newest)).rowcount
        tx.execute(sa.delete(lost_edits).where(lost_edits.c.run_id <= newest))
    house.ledger.put(UNDOABLE_FROM, str(newest + 1))
    return int(rows)


def tidy(house: House) -> None:
    """Remove what a run that was killed left over, and take every right from others. Nothing may be writing the lake."""
    known = {house.folder / file.path for area in _AREAS for file in house.ledger.known_files(area)}
    for area in _AREAS:
        for path in (house.folder / area).rglob("*"):
            if path.is_file() and path not in known:
                path.unlink()
    staging.sweep(house.lake.staging)
    for path in (house.folder, *house.folder.rglob("*")):
        mode = path.lstat().st_mode
        if mode & _OTHERS and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
