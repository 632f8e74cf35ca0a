"""The pages on a million values while a sync is writing: the first page, each filter, and the server's memory; beside a pandas frame in
memory that is filtered for the same table, which is what a notebook or a Streamlit page would do.
"""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import orjson
import requests
import yaml

from benchmarks.apart import apart, peak_mb
from benchmarks.measuring import Figure
from config.settings import AccountSettings
from kpi.periods import period_end
from kpi.registry import KPIS
from kpi.sql import literal
from sync.house import House
from sync.lake import Lake
from sync.ledger import Ledger
from sync.publish import after
from sync.publish.shelf import engine_of
from sync.publish.shelving import fill
from sync.result_rows import RESULT_COMPARED, RESULT_KEY, RESULT_TYPES
from sync.runs import stored_frame

VALUES = 1_000_000
MONTHS = 36
FIRST = date(2023, 10, 1)
_AT = datetime(2026, 9, 20, 8, tzinfo=UTC)
CHANNELS = ("paid_search", "organic_search", "paid_social", "email", "direct", "referral", "offline", "display")
PAGES = (
    "/",
    "/?role=finance&period=quarter",
    "/?period=month&start=2026-03-01&compare=last_year",
    "/campaigns?period=month&start=2026-05-01",
    "/campaigns?period=all&sort=cac_paid&dir=desc",
    "/channels?period=quarter",
    "/funnel?period=month&start=2026-02-01",
    "/sales?period=month&start=2026-08-01",
    "/customers",
    "/kpi/roi?by=channel",
    "/kpis",
    "/health",
)
"""What is asked, again and again: pages, and filters of them."""
ROUNDS = 8
FIRST_S, FILTER_S, MEMORY_MB = 1.0, 0.3, 150


def measure(folder: Path, *, values: int = VALUES, rounds: int = ROUNDS) -> list[Figure]:
    house = made(folder / "home" / "default", values)
    with after.filled(house) as shelf:
        shelved = sum(1 for _ in shelf.kpis())
    place = _settings(folder)
    with _served(folder, place) as (address, pid), _writing(house):
        first = _seconds(f"{address}/")
        taken = {page: [_seconds(address + page) for _ in range(rounds)] for page in PAGES}
        peak = peak_mb(pid)
    every = sorted(seconds for found in taken.values() for seconds in found)
    slowest = max(taken, key=lambda page: median(taken[page]))
    beside = apart(pandas_table, str(house.folder / "frame.parquet"), rounds)
    house.close()
    note = f"{values:,} values of {shelved} KPIs on the shelf; a sync fills it with 1 % news over and over meanwhile"
    pandas = f"pandas, the campaign table of a month from a frame in memory: {beside.result['median'] * 1000:,.0f} ms, {beside.peak_mb:,.0f} MB"
    at = int(len(every) * 0.95)
    return [
        Figure("first page after the start", f"{FIRST_S} s", f"{first:.2f} s", first < FIRST_S, 1, 0, peak, pandas, note),
        Figure(
            "each filter, 95th of 100",
            f"{FILTER_S * 1000:.0f} ms",
            f"{every[at] * 1000:.0f} ms; median {median(every) * 1000:.0f} ms, slowest page {slowest}: {median(taken[slowest]) * 1000:.0f} ms",
            every[at] < FILTER_S,
            len(every),
            0,
            peak,
            pandas,
            note,
        ),
        Figure("memory of the server", f"{MEMORY_MB} MB", f"{peak:.0f} MB", peak < MEMORY_MB, len(every), 0, peak, pandas, note),
    ]


def _seconds(address: str) -> float:
    start = time.perf_counter()
    answer = requests.get(address, headers={"hx-request": "true"} if "?" in address else {}, timeout=60)
    taken = time.perf_counter() - start
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return taken


# --- what is shown --------------------------------------------------------------------------------------------------------


def made(folder: Path, values: int) -> House:
    """A home whose last sync left so many values: every KPI that has them by total, channel, campaign and month."""
    folder.mkdir(parents=True)
    ledger = Ledger.at(folder)
    lake = Lake(folder, ledger)
    house = House("default", AccountSettings(), folder, ledger, lake, {}, _nobody, str, _nobody, lambda: _AT)
    file = folder / "frame.parquet"
    with duckdb.connect() as con:
        con.execute("CREATE TABLE kind (kpi VARCHAR, unit VARCHAR, dimension VARCHAR, model VARCHAR, inputs VARCHAR)")
        con.executemany("INSERT INTO kind VALUES (?, ?, ?, ?, ?)", list(_kinds()))
        by_campaign = con.execute("SELECT count(*) FROM kind WHERE dimension = 'campaign'").fetchone()
        campaigns = values // (MONTHS * (by_campaign or (1,))[0])
        con.execute("CREATE TABLE member (dimension VARCHAR, member VARCHAR)")
        con.executemany("INSERT INTO member VALUES ('channel', ?)", [(channel,) for channel in CHANNELS])
        con.execute(f"INSERT INTO member SELECT 'campaign', 'google_ads/' || i FROM range({campaigns}) t(i)")
        con.execute("INSERT INTO member VALUES ('total', '')")
        con.execute(
            f"CREATE TABLE period AS SELECT 'month' AS period, CAST(DATE '{FIRST}' + to_months(CAST(i AS INTEGER)) AS DATE) AS s FROM range({MONTHS}) t(i)"
        )
        con.execute(f"INSERT INTO period VALUES ('all', DATE '{FIRST}')")
        con.execute(
            f"""COPY (SELECT kpi, dimension, member, period, s AS period_start,
              CAST(CASE period WHEN 'all' THEN DATE '2026-09-21' ELSE s + INTERVAL 1 MONTH END AS DATE) AS period_end, model,
              CAST(hash(kpi, member, s) % 100000 AS DECIMAL(38,10)) / 100 AS value, unit, CASE unit WHEN 'money' THEN 'EUR' END AS currency,
              40 AS n, inputs, TIMESTAMP '2026-09-20 08:00:00' AS as_of, NULL AS provisional_until, NULL AS reason, NULL AS reason_fr,
              '[]' AS flags, NULL AS spread FROM kind JOIN member USING (dimension) CROSS JOIN period) TO '{file}' (FORMAT parquet)"""
        )
    _run(house, f"read_parquet({literal(str(file))})")
    ledger.put("frame", orjson.dumps({"zone": "UTC", "currency": "EUR", "since": FIRST.isoformat()}).decode())
    return house


def _kinds() -> Iterator[tuple[str, str, str, str, str]]:
    for kpi in KPIS.values():
        inputs = orjson.dumps({measure.name: "40" for measure in kpi.formula.inputs}).decode()
        for by in ("total", "channel", "campaign"):
            if kpi.allows(by, "month"):
                yield kpi.name, str(kpi.unit), by, "first" if kpi.is_credited(by) else "", inputs


def _run(house: House, rows: str) -> None:
    run_id = house.ledger.start_run("sync", _AT)
    written = house.lake.write_versions("kpi_result", RESULT_TYPES, RESULT_KEY, RESULT_COMPARED, (), run_id, more=rows)
    with house.ledger.transaction() as tx:
        house.lake.register(tx, [written], _AT)
    house.ledger.finish_run(run_id, _AT, "done", _AT, {})


def _nobody(*_: object) -> Any:
    raise AssertionError("neither the CRM nor rates are asked")


# --- the server, and a sync beside it ----------------------------------------------------------------------------------------


def _settings(folder: Path) -> list[str]:
    file = folder / "cadran.yaml"
    file.write_text(yaml.safe_dump({"home": str(folder / "home"), "serve": {"port": 0}}), encoding="utf-8")
    return ["--settings", str(file)]


@contextmanager
def _served(folder: Path, place: list[str]) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "sync.publish.web", *place]
    server = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    try:
        yield next(found[1] for line in server.stderr or () if (found := re.search(r"running on (http://\S+)", line))), server.pid
    finally:
        server.communicate(timeout=30)


@contextmanager
def _writing(house: House) -> Iterator[None]:
    """A process that fills the shelf with news until the block ends."""
    writer = subprocess.Popen([sys.executable, "-m", "benchmarks.pages", str(house.folder)], stdin=subprocess.PIPE)
    try:
        yield
    finally:
        writer.communicate(timeout=120)


def _until_closed(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def write(folder: Path) -> None:
    """Fill the shelf again and again: each time a hundredth of the values is new. Ends with standard input."""
    ledger = Ledger.at(folder)
    house = House("default", AccountSettings(), folder, ledger, Lake(folder, ledger), {}, _nobody, str, _nobody, lambda: _AT)
    over = threading.Event()
    threading.Thread(target=_until_closed, args=(over,), daemon=True).start()
    engine, frame = engine_of(house), stored_frame(house)
    while not over.is_set():
        with engine.begin() as tx:
            tx.exec_driver_sql("UPDATE shelf_figure SET n = n + 1 WHERE series_id % 100 = abs(random() % 100)")
        fill(house, engine, frame)
    house.close()


def pandas_table(file: str, rounds: int) -> dict[str, float]:
    """The campaign table of one month, as many times, from a frame that holds all values; only what the table needs is read."""
    import pandas  # noqa: F401 - its memory is part of the answer

    with duckdb.connect() as con:
        frame = con.execute(f"SELECT kpi, dimension, member, period, period_start, value FROM read_parquet('{file}')").df()
    wanted = ["spend", "leads", "cpl", "new_customers", "cac_paid", "revenue_won", "roi", "roas_crm", "ctr"]
    taken = []
    for month in range(rounds):
        start = FIRST if month == 0 else period_end("month", FIRST)
        began = time.perf_counter()
        chosen = frame[
            (frame.dimension == "campaign")
            & (frame.period == "month")
            & (frame.period_start == str(start))
            & frame.kpi.isin(wanted)
        ]
        chosen.pivot_table(index="member", columns="kpi", values="value").sort_values("spend", ascending=False).to_html()
        taken.append(time.perf_counter() - began)
    return {"median": median(taken)}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
