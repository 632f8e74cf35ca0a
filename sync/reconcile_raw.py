"""Facts against the records they were made of: what was paid, sold and visited, read twice and held together, record by record.

Every difference has a reason (the record was archived, merged away, set aside, restated by its vendor; or the raw record is no
longer kept), or it is a fault of ours. Compared are the streams
that declare an amount (:attr:`connectors.base.Stream.amount`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import orjson

from connectors.base import RawAmount, Source, Stream
from kpi.schema import MONEY_SCALE, TABLES
from kpi.text import Text
from kpi.units import plain
from sync import runs
from sync.house import House
from sync.staging import workplace

MOST_FAULTS = 20
"""Faults that are listed one by one; all are counted."""

REASONS: Mapping[str, Text] = {
    "archived": Text("archived: in no figure", "archivés : dans aucun chiffre"),
    "merged": Text("merged into another record", "fusionnés dans un autre enregistrement"),
    "set_aside": Text("set aside: cannot be read", "mis de côté : illisibles"),
    "restated": Text("no longer given by the vendor, who was asked again", "que le fournisseur, redemandé, ne donne plus"),
    "raw_gone": Text("the raw record is older than is kept", "enregistrement reçu trop ancien pour être gardé"),
    "fault": Text("no reason known: a fault", "sans raison connue : une anomalie"),
}


@dataclass(frozen=True)
class Difference:
    """Records whose amount differs for one reason."""

    reason: str
    records: int
    amount: Decimal
    """By how much the facts exceed what was received."""

    def words(self, locale: str) -> str:
        return REASONS[self.reason].in_(locale)


@dataclass(frozen=True)
class Fault:
    record_id: str
    raw: str | None
    facts: str | None


@dataclass(frozen=True)
class Comparison:
    """One number of one stream in one currency."""

    source: str
    stream: str
    table: str
    column: str
    currency: str | None
    """None: a count, or records that the facts know no currency of."""
    raw: Decimal
    facts: Decimal
    """Of the rows that figures are made of."""
    records: int
    reasons: tuple[Difference, ...]
    faults: tuple[Fault, ...]

    @property
    def difference(self) -> Decimal:
        return self.facts - self.raw

    def to_json(self, locale: str) -> dict[str, Any]:
        return {
            "source": self.source,
            "stream": self.stream,
            "table": self.table,
            "column": self.column,
            "currency": self.currency,
            "raw": plain(self.raw),
            "facts": plain(self.facts),
            "difference": plain(self.difference),
            "records": self.records,
            "reasons": [
                {"code": d.reason, "text": d.words(locale), "records": d.records, "amount": plain(d.amount)} for d in self.reasons
            ],
            "faults": [{"record_id": f.record_id, "raw": f.raw, "facts": f.facts} for f in self.faults],
        }


def compare_raw(house: House) -> list[Comparison]:
    """Every stream that says an amount, by currency."""
    asked = [
        (source, stream, amount)
        for source in house.sources.values()
        for stream in source.streams()
        if (amount := stream.amount) is not None
    ]
    found: list[Comparison] = []
    for source, stream, amount in asked:
        with house.lake.facts((amount.table,)) as con:
            found += _compared(house, con, source, stream, amount)
    return found


def _compared(
    house: House, con: duckdb.DuckDBPyConnection, source: Source, stream: Stream, amount: RawAmount
) -> Iterator[Comparison]:
    _load_raw(house, con, source, stream, amount)
    columns = TABLES[amount.table].model_fields
    words = {
        "table": amount.table,
        "column": amount.column,
        "currency": amount.currency or "CAST(NULL AS VARCHAR)",
        "day": amount.day or "CAST(NULL AS DATE)",
        "archived": "archived_at IS NOT NULL" if "archived_at" in columns else "false",
        "merged": "merged_into IS NOT NULL" if "merged_into" in columns else "false",
        "scale": MONEY_SCALE,
    }
    con.execute(PAIRS.format(**words), {"source": source.id})
    totals = con.execute(TOTALS).fetchall()
    differing = con.execute(DIFFERING).fetchall()
    reason_of = _reasons(house, source, stream, amount)
    for currency, raw, facts, records in totals:
        sums: dict[str, tuple[int, Decimal]] = {}
        faults: list[Fault] = []
        for record_id, of, *rest in differing:
            if of != currency:
                continue
            pair = _Pair(record_id, *rest)
            reason = reason_of(pair)
            count, more = sums.get(reason, (0, Decimal(0)))
            sums[reason] = (count + 1, more + pair.counted - (pair.raw or 0))
            if reason == "fault" and len(faults) < MOST_FAULTS:
                faults.append(Fault(record_id, _text(pair.raw), _text(pair.facts)))
        reasons = tuple(Difference(code, *sums[code]) for code in REASONS if code in sums)
        yield Comparison(
            source.id, stream.name, amount.table, amount.column, currency, raw, facts, records, reasons, tuple(faults)
        )


@dataclass(frozen=True)
class _Pair:
    """A record as received and in the facts, where the two do not count the same."""

    record_id: str
    raw: Decimal | None
    facts: Decimal | None
    counted: Decimal
    is_received: bool
    is_stored: bool
    is_archived: bool
    is_merged: bool
    read_at: datetime | None
    extracted_at: datetime | None
    asked_again_at: datetime | None
    """When the facts of its day were last read."""
    day: Any


def _reasons(house: House, source: Source, stream: Stream, amount: RawAmount) -> Callable[[_Pair], str]:
    aside = {r for s, name, r, _ in house.ledger.aside() if (s, name) == (source.id, stream.name)}
    days = min(stream.raw_days or 10**6, house.settings.retention.raw_days)
    oldest = runs.stored_frame(house).now.astimezone(UTC).replace(tzinfo=None) - timedelta(days=days)
    state = house.ledger.stream_state(source.id, stream.name)
    last = state.stored_at.astimezone(UTC).replace(tzinfo=None) if state is not None and state.stored_at is not None else None

    def reason(pair: _Pair) -> str:
        if pair.record_id in aside:
            return "set_aside"
        if pair.is_stored and pair.raw == pair.facts and (pair.is_archived or pair.is_merged):
            return "merged" if pair.is_merged else "archived"
        if not pair.is_received:
            return "raw_gone" if pair.extracted_at is not None and pair.extracted_at < oldest else "fault"
        if not pair.is_stored and amount.day is not None and pair.read_at is not None:
            again = pair.asked_again_at
            if again is None and last is not None and pair.day is not None:
                # Nothing is left of the day: it was asked again if the last read went back so far.
                again = last if pair.day >= (last - timedelta(days=stream.lookback_days + 1)).date() else None
            if again is not None and again > pair.read_at:
                return "restated"
        return "fault"

    return reason


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _load_raw(house: House, con: duckdb.DuckDBPyConnection, source: Source, stream: Stream, amount: RawAmount) -> None:
    description = house.ledger.description(source.id) or {}

    def rows() -> Iterable[dict[str, Any]]:
        for record_id, record, read_at in house.lake.raw_records(source.id, stream.name):
            try:
                number = amount.read(record, description)
            except (ValueError, KeyError, TypeError):
                number = None  # unreadable: it has been set aside, or it is a fault
            day = amount.day_of(record) if amount.day_of is not None else None
            yield {
                "record_id": record_id,
                "amount": None if number is None else format(number, "f"),
                "day": day,
                "read_at": read_at.replace(tzinfo=None).isoformat(),
            }

    with workplace(house.lake.staging) as folder:
        path = folder / "raw.ndjson"
        with path.open("wb") as file:
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows())
        con.execute(
            "CREATE OR REPLACE TEMP TABLE _raw AS SELECT record_id, CAST(amount AS DECIMAL(38, 12)) AS amount, day, read_at FROM "
            "read_json(?, format='newline_delimited', "
            "columns={'record_id': 'VARCHAR', 'amount': 'VARCHAR', 'day': 'DATE', 'read_at': 'TIMESTAMP'})",
            [str(path)],
        )


PAIRS = """
CREATE OR REPLACE TEMP TABLE _pair AS
WITH stored AS (
    SELECT source_id, CAST({column} AS DECIMAL(38, {scale})) AS amount, {currency} AS currency, {day} AS day, extracted_at,
        {archived} AS is_archived, {merged} AS is_merged
    FROM {table} WHERE source = $source
), days AS (
    SELECT day, max(extracted_at) AS asked_again_at FROM stored WHERE day IS NOT NULL GROUP BY day
)
SELECT coalesce(r.record_id, f.source_id) AS record_id, f.currency, CAST(r.amount AS DECIMAL(38, {scale})) AS raw, f.amount AS facts,
    CASE WHEN f.is_archived OR f.is_merged THEN 0 ELSE coalesce(f.amount, 0) END AS counted,
    r.record_id IS NOT NULL AS is_received, f.source_id IS NOT NULL AS is_stored, coalesce(f.is_archived, false) AS is_archived,
    coalesce(f.is_merged, false) AS is_merged, r.read_at, f.extracted_at, d.asked_again_at, r.day
FROM _raw r FULL JOIN stored f ON f.source_id = r.record_id LEFT JOIN days d ON d.day = r.day
"""

TOTALS = """
SELECT currency, CAST(coalesce(sum(raw), 0) AS DECIMAL(38, 6)), CAST(sum(counted) AS DECIMAL(38, 6)), count(*)
FROM _pair GROUP BY currency ORDER BY currency NULLS LAST
"""

DIFFERING = """
SELECT record_id, currency, raw, facts, counted, is_received, is_stored, is_archived, is_merged, read_at, extracted_at,
    asked_again_at, day
FROM _pair WHERE counted <> coalesce(raw, 0) OR (is_stored AND is_received AND raw IS DISTINCT FROM facts)
ORDER BY length(record_id), record_id
"""
