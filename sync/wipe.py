"""Taking records out of the lake: raw, facts and results, every version, also in files that wait to be swept.

Files are otherwise never changed. Here each one that holds something is replaced whole under its own name
(:meth:`sync.lake.Lake.put_in_place`), so that a reader meets a complete file at any moment and a second attempt finds what
the first one left. Facts come last: raw and results are found with their help.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import duckdb
import orjson

from kpi.erasure import CLICK_HASH, Mention, dimension_of, mentions, merged_pairs
from kpi.schema import TABLES
from sync.house import House
from sync.ledger import LakeFile

_WORDS = "[0-9A-Za-z_.-]+"
_CLICK_PARTS = re.compile(r"[|/]")


@dataclass(frozen=True)
class Subject:
    """Whom or what it is about."""

    object: str
    """deals | contacts | companies … as their stream is called"""
    ids: frozenset[str]
    clicks: frozenset[str] = frozenset()
    """Keyed hashes of the click ids that only these records carry."""


def raw(house: House, subject: Subject, *, is_dry: bool = False) -> Counter[str]:
    """Drop their raw records, and what other records of the CRM say of them. Gives records touched, by stream."""
    counts: Counter[str] = Counter()
    crm = house.settings.crm.source
    for file in house.lake.stored("raw"):
        source, _, stream = file.name.partition("/")
        with closing(house.lake.connect()) as con:
            changed = _of_the_crm(house, con, file, stream, subject) if source == crm else _clicks(house, con, file, subject)
            if not changed:
                continue
            counts[file.name] += len(changed)
            if not is_dry:
                _put_raw(house, con, file, changed)
    return counts


_Place = tuple[str, int, int]
"""Record id, version and sequence: which stored form of which record."""


def _of_the_crm(
    house: House, con: duckdb.DuckDBPyConnection, file: LakeFile, stream: str, subject: Subject
) -> dict[_Place, str | None]:
    """Stored forms that change -> the new form; None where the whole of it goes."""
    _load_ids(con, subject.ids)
    query = (
        f"SELECT record_id, _version, _seq, record FROM {house.lake.scan(file)} "
        f"WHERE list_has_any(regexp_extract_all(record, '{_WORDS}'), (SELECT list(id) FROM ids)) OR record_id IN (FROM ids)"
    )
    changed: dict[_Place, str | None] = {}
    for record_id, version, seq, text in _rows(con, query):
        if stream == subject.object and record_id in subject.ids:
            changed[record_id, version, seq] = None
            continue
        record = orjson.loads(text)
        left = house.without_links(stream, record, lambda to, one: to == subject.object and one in subject.ids)
        if left is not record:
            changed[record_id, version, seq] = None if left is None else orjson.dumps(left).decode()
    return changed


def _clicks(house: House, con: duckdb.DuckDBPyConnection, file: LakeFile, subject: Subject) -> dict[_Place, str | None]:
    """An ad platform's record of a click has the click id as a part of its own id."""
    if not subject.clicks:
        return {}
    query = f"SELECT record_id, _version, _seq FROM {house.lake.scan(file)} WHERE contains(record_id, '|')"
    return {
        (i, v, s): None
        for i, v, s in _rows(con, query)
        if any(house.pseudonym(part) in subject.clicks for part in click_parts(i))
    }


def click_parts(record_id: str) -> list[str]:
    """The parts of an ad platform's record id, one of which is a click id where the record is a click."""
    return _CLICK_PARTS.split(record_id)


def _put_raw(house: House, con: duckdb.DuckDBPyConnection, file: LakeFile, changed: dict[_Place, str | None]) -> None:
    places = list(changed)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE changed AS SELECT unnest($1::VARCHAR[]) AS record_id, unnest($2::BIGINT[]) AS _version, "
        "unnest($3::BIGINT[]) AS _seq, unnest($4::VARCHAR[]) AS left_over",
        [[p[0] for p in places], [p[1] for p in places], [p[2] for p in places], [changed[p] for p in places]],
    )
    house.lake.put_in_place(
        con,
        file,
        f"SELECT r.* REPLACE (coalesce(c.left_over, r.record) AS record) FROM {house.lake.scan(file)} r "
        "LEFT JOIN changed c USING (record_id, _version, _seq) WHERE c.record_id IS NULL OR c.left_over IS NOT NULL "
        "ORDER BY r._version, r._seq",
    )


def results(house: House, subject: Subject, *, is_dry: bool = False) -> Counter[str]:
    """Drop every version of every value of theirs, and of what was shown by them. Gives rows, by name."""
    counts: Counter[str] = Counter()
    dimension = dimension_of(subject.object) or ""
    for file in house.lake.stored("results"):
        with closing(house.lake.connect()) as con:
            _load_ids(con, subject.ids)
            names = _columns(con, house.lake.scan(file))
            about = []
            if {"object", "record_id"} <= names:
                about.append(f"object = '{subject.object}' AND record_id IN (FROM ids)")
            if {"dimension", "member"} <= names:
                # A customer without a company is shown as contact:<id> or deal:<id>.
                about.append(f"dimension = '{dimension}' AND member IN (FROM ids)")
                about.append(f"member IN (SELECT '{dimension}:' || id FROM ids)")
            counts += _drop(house, con, file, about, {}, is_dry=is_dry)
    return counts


def facts(house: House, subject: Subject, *, is_dry: bool = False) -> Counter[str]:
    """Drop the rows about them and empty the columns that point to them. Gives rows touched, by table."""
    counts: Counter[str] = Counter()
    for file in house.lake.stored("facts"):
        if file.name not in TABLES:
            continue
        with closing(house.lake.connect()) as con:
            _load_ids(con, subject.ids)
            names = _columns(con, house.lake.scan(file))
            about, emptied = [], {}
            for mention in mentions(TABLES[file.name]):
                if mention.column not in names or mention.object not in (None, subject.object):
                    continue
                named = f"source = '{house.settings.crm.source}' AND \"{mention.column}\" IN (FROM ids){_typed(mention, subject.object)}"
                if mention.takes_row:
                    about.append(named)
                else:
                    emptied[mention.column] = named
            if CLICK_HASH in names and subject.clicks:
                con.execute("CREATE TEMP TABLE clicks AS SELECT unnest($1::VARCHAR[]) AS hash", [sorted(subject.clicks)])
                theirs = f"{CLICK_HASH} IN (FROM clicks)"
                if CLICK_HASH in TABLES[file.name].key:
                    about.append(theirs)
                else:
                    emptied[CLICK_HASH] = theirs
            counts += _drop(house, con, file, about, emptied, is_dry=is_dry)
    return counts


def _drop(
    house: House, con: duckdb.DuckDBPyConnection, file: LakeFile, about: list[str], emptied: dict[str, str], *, is_dry: bool
) -> Counter[str]:
    """Take the rows ``about`` out of a file, and empty columns where their condition holds."""
    touched = [f"coalesce({condition}, false)" for condition in (*about, *emptied.values())]
    if not touched:
        return Counter()
    scan = house.lake.scan(file)
    count = int(con.execute(f"SELECT count(*) FROM {scan} WHERE {' OR '.join(touched)}").fetchall()[0][0])
    if count and not is_dry:
        replaced = ", ".join(f'CASE WHEN {where} THEN NULL ELSE "{c}" END AS "{c}"' for c, where in emptied.items())
        chosen = f"* REPLACE ({replaced})" if replaced else "*"
        kept = " AND ".join(f"NOT coalesce({condition}, false)" for condition in about) or "true"
        house.lake.put_in_place(con, file, f"SELECT {chosen} FROM {scan} WHERE {kept}")
    return Counter({file.name: count}) if count else Counter()


# --- who it is about ------------------------------------------------------------------------------------------


def with_merged(house: House, object: str, ids: frozenset[str], *, also_survivors: bool) -> frozenset[str]:
    """``ids`` with all that were merged into them, through any chain; ``also_survivors``: and with those that they were
    merged into, because that is the same person under another id."""
    pairs = []
    with closing(house.lake.connect()) as con:
        for file in house.lake.stored("facts"):
            columns = merged_pairs(TABLES[file.name]) if file.name in TABLES else None
            if columns is None or columns[0].object not in (None, object):
                continue
            own, into = columns
            if into.column not in _columns(con, house.lake.scan(file)):
                continue
            query = (
                f'SELECT DISTINCT "{own.column}", "{into.column}" FROM {house.lake.scan(file)} '
                f"WHERE \"{into.column}\" <> ''{_typed(own, object)}"
            )
            pairs += list(_rows(con, query))
    found, size = set(ids), -1
    while size != len(found):
        size = len(found)
        found |= {gone for gone, survivor in pairs if survivor in found}
        if also_survivors:
            found |= {survivor for gone, survivor in pairs if gone in found}
    return frozenset(found)


def own_clicks(house: House, ids: frozenset[str]) -> frozenset[str]:
    """Hashes of the click ids of these contacts that no other contact carries."""
    mine: set[str] = set()
    others: set[str] = set()
    with closing(house.lake.connect()) as con:
        for file in house.lake.stored("facts"):
            if file.name == "contact" and CLICK_HASH in _columns(con, house.lake.scan(file)):
                query = f"SELECT DISTINCT contact_id, {CLICK_HASH} FROM {house.lake.scan(file)} WHERE {CLICK_HASH} IS NOT NULL"
                for contact_id, hashed in _rows(con, query):
                    (mine if contact_id in ids else others).add(hashed)
    return frozenset(mine - others)


def known_clicks(house: House) -> set[str]:
    """Every hash of a click id that the facts hold."""
    found: set[str] = set()
    with closing(house.lake.connect()) as con:
        for file in house.lake.stored("facts"):
            if file.name in ("contact", "ad_click", "offline_conversion") and CLICK_HASH in _columns(con, house.lake.scan(file)):
                found |= {c for (c,) in _rows(con, f"SELECT DISTINCT {CLICK_HASH} FROM {house.lake.scan(file)}") if c}
    return found


def known_ids(house: House, object: str) -> set[str]:
    """Every id of the object that anything in the lake names."""
    found: set[str] = set()
    with closing(house.lake.connect()) as con:
        for file in house.lake.stored("raw"):
            if file.name == f"{house.settings.crm.source}/{object}":
                found |= {i for (i,) in _rows(con, f"SELECT DISTINCT record_id FROM {house.lake.scan(file)}")}
        for file in house.lake.stored("results"):
            names = _columns(con, house.lake.scan(file))
            if {"object", "record_id"} <= names:
                query = f"SELECT DISTINCT record_id FROM {house.lake.scan(file)} WHERE object = '{object}'"
                found |= {i for (i,) in _rows(con, query)}
            if {"dimension", "member"} <= names and (dimension := dimension_of(object)):
                query = f"SELECT DISTINCT member FROM {house.lake.scan(file)}"
                found |= {i.removeprefix(f"{dimension}:") for (i,) in _rows(con, query)}
        for file in house.lake.stored("facts"):
            names = _columns(con, house.lake.scan(file))
            for mention in mentions(TABLES[file.name]) if file.name in TABLES else ():
                if mention.object in (None, object) and mention.column in names:
                    query = f'SELECT DISTINCT "{mention.column}" FROM {house.lake.scan(file)} WHERE true{_typed(mention, object)}'
                    found |= {i for (i,) in _rows(con, query) if i}
    return found


# --- small things -----------------------------------------------------------------------------------------------


def _typed(mention: Mention, object: str) -> str:
    """Where another column says the object: that it is this one. An object that the account defined itself stands there
    without the ``custom.`` of its stream."""
    return (
        f" AND \"{mention.object_column}\" IN ('{object}', '{object.removeprefix('custom.')}')" if mention.object_column else ""
    )


def _load_ids(con: duckdb.DuckDBPyConnection, ids: frozenset[str]) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE ids AS SELECT unnest($1::VARCHAR[]) AS id", [sorted(ids)])


def _columns(con: duckdb.DuckDBPyConnection, scan: str) -> set[str]:
    return {str(row[0]) for row in con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    cursor = con.execute(query)
    while rows := cursor.fetchmany(5000):
        yield from rows
