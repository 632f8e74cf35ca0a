"""``cadran export`` of a million values, beside what a person would write instead: pandas, from the same rows in memory.

Cadran begins with the lake's files, looks up labels, works out intervals and takes the inputs of every value apart; pandas is given
the finished tables, and only writes them.
"""

import importlib.util
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pandas

from benchmarks.measuring import Row, Side, Timing, interleaved, timed
from config.settings import AccountSettings
from kpi.registry import KPIS
from kpi.sql import literal
from kpi.units import SCALES
from sync.house import House
from sync.lake import Lake
from sync.ledger import Ledger
from sync.progress import LogProgress
from sync.publish.bi.exporting import Format, export
from sync.publish.bi.tables import Choice, adds
from sync.result_rows import RESULT_COMPARED, RESULT_KEY, RESULT_TYPES

VALUES = 1_000_000
TURNS = 3
MONTHS = 36
_AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def measure(folder: Path, *, values: int = VALUES, turns: int = TURNS) -> list[Row]:
    house = made(folder / "home", values)
    formats: list[Format] = ["parquet", "csv", "pbip"]
    if importlib.util.find_spec("pantab"):
        formats.append("hyper")
    exported = folder / "first"
    export(house, "parquet", exported, Choice(), LogProgress())
    # Days and decimals as the file has them, the other columns as pandas likes them: reading is not in its time.
    tables = {name: _frame(exported / f"{name}.parquet") for name in ("kpi_value", "kpi_input")}
    rows = " and ".join(f"{len(table):,} rows of {name}" for name, table in tables.items())
    sides: dict[str, Side] = {one: _ours(house, one, folder / one) for one in formats}
    theirs: dict[str, Callable[[pandas.DataFrame, Path], object]] = {"csv": lambda table, path: table.to_csv(path, index=False)}
    if importlib.util.find_spec("pyarrow"):
        theirs["parquet"] = lambda table, path: table.to_parquet(path, index=False)
    sides |= {f"pandas {name}": _theirs(tables, write, folder / "pandas") for name, write in theirs.items()}
    taken = interleaved(sides, turns)
    sizes = {one: sum(file.stat().st_size for file in (folder / one).rglob("*") if file.is_file()) for one in formats}
    house.close()
    return [_row(one, values, taken, sizes[one], rows) for one in formats]


def _row(one: Format, values: int, taken: dict[str, Timing], size: int, rows: str) -> Row:
    beside = "csv" if one == "csv" else "parquet"
    theirs = taken.get(f"pandas {beside}") or taken["pandas csv"]
    what = f"pandas `to_{beside if f'pandas {beside}' in taken else 'csv'}`"
    return Row(f"`cadran export {one}` of {values:,} values", taken[one], what, theirs, note=f"{rows}; {size / 1e6:,.0f} MB")


def _ours(house: House, format: Format, folder: Path) -> Side:
    def run() -> float:
        shutil.rmtree(folder, ignore_errors=True)
        return timed(lambda: export(house, format, folder, Choice(), LogProgress()))

    return run


def _theirs(tables: dict[str, pandas.DataFrame], write: Callable[[pandas.DataFrame, Path], object], folder: Path) -> Side:
    def run() -> float:
        folder.mkdir(exist_ok=True)
        return timed(lambda: [write(table, folder / name) for name, table in tables.items()])

    return run


def _frame(file: Path) -> pandas.DataFrame:
    with duckdb.connect() as con:
        return con.execute(f"SELECT * FROM read_parquet('{file}')").df()


def made(folder: Path, values: int) -> House:
    """A home whose last sync left so many values: rates and costs of campaigns by month."""
    folder.mkdir()
    ledger = Ledger.at(folder)
    lake = Lake(folder, ledger)
    house = House("default", AccountSettings(), folder, ledger, lake, {}, _nobody, str, _nobody, lambda: _AT)
    file = folder / "made.parquet"
    with duckdb.connect() as con:
        kinds = [_kind(number, name) for number, name in enumerate(_divided())]
        con.execute("CREATE TABLE kind (number INTEGER, kpi VARCHAR, unit VARCHAR, above VARCHAR, below VARCHAR, scale INTEGER)")
        con.executemany("INSERT INTO kind VALUES (?, ?, ?, ?, ?, ?)", kinds)
        con.execute(
            f"""COPY (SELECT kpi, 'page' AS dimension, '/p/' || (i // {len(kinds) * MONTHS}) AS member, 'month' AS period,
              DATE '2023-11-01' + to_months(CAST(i // {len(kinds)} % {MONTHS} AS INTEGER)) AS period_start,
              CAST(period_start + INTERVAL 1 MONTH AS DATE) AS period_end, '' AS model,
              round(a / b, scale) AS value, unit, CASE unit WHEN 'money' THEN 'EUR' END AS currency, CAST(b AS BIGINT) AS n,
              '{{"' || above || '":"' || a || '","' || below || '":"' || b || '"}}' AS inputs, TIMESTAMP '2026-11-01 08:00:00' AS as_of,
              NULL AS provisional_until, NULL AS reason, NULL AS reason_fr, '["small_sample"]' AS flags, NULL AS spread
            FROM (SELECT *, CAST(hash(i) % 400 AS INTEGER) AS a, CAST(400 + hash(i + 1) % 600 AS INTEGER) AS b FROM range({values}) t(i))
              JOIN kind ON number = i % {len(kinds)}) TO '{file}' (FORMAT parquet)"""
        )
    run_id = ledger.start_run("sync", _AT)
    written = lake.write_versions(
        "kpi_result", RESULT_TYPES, RESULT_KEY, RESULT_COMPARED, (), run_id, more=f"read_parquet({literal(str(file))})"
    )
    with ledger.transaction() as tx:
        lake.register(tx, [written], _AT)
    ledger.finish_run(run_id, _AT, "done", _AT, {})
    ledger.put("frame", orjson.dumps({"zone": "UTC", "currency": "EUR", "since": date(2023, 11, 1).isoformat()}).decode())
    return house


def _divided() -> list[str]:
    """KPIs of two parts that add up."""
    return [k.name for k in KPIS.values() if len(k.formula.inputs) == 2 and all(map(adds, k.formula.inputs))]


def _kind(number: int, name: str) -> tuple[Any, ...]:
    kpi = KPIS[name]
    above, below = kpi.formula.inputs
    return number, name, str(kpi.unit), above.name, below.name, SCALES[kpi.unit]


def _nobody(*_: object) -> Any:
    raise AssertionError("neither the CRM nor rates are asked")
