"""Results of dimensions with many members, composed by the engine that holds the marts.

:mod:`kpi.engine` makes each value in Python, which is where its definition can be read; a million companies have fifty million
values. Here the parts stay in the engine as tables, and each KPI is one SELECT of finished rows, worked out in whole numbers to
the same digits (``tests/sync/bulk`` compares every column of every row). What cannot be done so (a formula of several divisions,
an amount past 128 bits) is left to :mod:`kpi.engine`.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from kpi.card import Kpi
from kpi.engine import ComputeContext
from kpi.measures.base import By
from kpi.periods import Period
from kpi.scan import Run, Scan
from kpi.sql import literal
from kpi.window import Asked, Sources, read_together, sources_of, those
from sync.bulk import estimate
from sync.bulk.files import Same, folder_for
from sync.bulk.formula import linear, ratio
from sync.bulk.parts import PartsTable, do, parts_table
from sync.bulk.rows import Sheet

ROW_GROUP = 20_480
"""Rows of a file that are held together before they are written."""

WORTH_IT = 16_000
"""Values of a dimension, by estimate, from which composing and planning statements takes less time than Python needs."""


@dataclass
class Composed:
    """What the engine makes, and what is left to do."""

    selects: list[tuple[Same, str]] = field(default_factory=list)
    """What all rows have the same, and the rows with the other columns, while :attr:`tables` are there."""
    left: Asked = field(default_factory=dict)
    """What :mod:`kpi.engine` must compute."""
    tables: list[str] = field(default_factory=list)
    """Temporary tables that the selects read."""


def compose(
    asked: Asked,
    *,
    by: By,
    run: Run,
    context: ComputeContext,
    needed: Collection[tuple[str, Period]] = (),
    worth_it: int,
) -> Composed:
    """Everything that is asked of one dimension. ``run`` executes DuckDB's SQL where the marts are. ``needed``: KPIs and
    kinds of period whose results are wanted in Python as well; they are left to it. So is all where there are fewer than
    about ``worth_it`` values."""
    chosen = those(asked, lambda kpi, period: kpi.allows(by, period))
    can = those(chosen, lambda kpi, period: (kpi.name, period) not in needed and _is_simple(kpi))
    read = sources_of(can, by, context)
    if worth_it and estimate.values(((period, one) for (_, period, _), one in read.items()), run) < worth_it:
        return Composed(left=chosen)
    tables = _tables(read, run)
    sheets = [
        Sheet(kpi, by, model, context, among, {m: tables[scan] for m, scan in next(iter(among.values())).scans.items()})
        for model, periods in can.items()
        for kpi in {kpi.name: kpi for kpis in periods.values() for kpi in kpis}.values()
        for among in _read_alike({p: read[model, p, kpi.name] for p in periods if (model, p, kpi.name) in read})
    ]
    possible = [sheet for sheet in sheets if sheet.tables and sheet.is_possible()]
    made = Composed(tables=[table.name for table in tables.values()])
    # Without any source it has no rows.
    done = {(s.model, p, s.kpi.name) for s in (*possible, *(s for s in sheets if not s.tables)) for p in s.read}
    made.left = {
        model: {period: [kpi for kpi in kpis if (model, period, kpi.name) not in done] for period, kpis in periods.items()}
        for model, periods in chosen.items()
    }
    windows: dict[str, str] = {}

    def window_table(constants: str) -> str:
        if constants not in windows:
            windows[constants] = f"bulk_window_{len(windows)}"
            do(run, f"CREATE TEMP TABLE {windows[constants]} AS {constants}")
        return windows[constants]

    made.selects = [(sheet.same, sheet.select(window_table)) for sheet in possible]
    made.tables += windows.values()
    return made


@dataclass(frozen=True)
class Written:
    """Rows in Parquet files (:func:`sync.bulk.files.rows_of` reads them), and what is left to do."""

    files: tuple[Path, ...]
    rows: int
    left: Asked
    """What :mod:`kpi.engine` must compute."""


def write(
    asked: Asked,
    *,
    by: By,
    con: duckdb.DuckDBPyConnection,
    context: ComputeContext,
    folder: Path,
    needed: Collection[tuple[str, Period]] = (),
    worth_it: int | None = None,
    run: Run | None = None,
) -> Written:
    """Everything that is asked of one dimension, as far as the engine makes it: in files of a folder. ``con`` holds the
    marts; ``run``: executes there, for who wants to see what. ``needed`` and ``worth_it`` (None: :data:`WORTH_IT`) as for
    :func:`compose`.

    Each KPI has its own file: what several join, side by side, would have to be in memory at once.
    """
    files: list[Path] = []
    rows = 0
    made = compose(
        asked,
        by=by,
        run=run or (lambda sql: con.execute(sql).fetchall()),
        context=context,
        needed=needed,
        worth_it=WORTH_IT if worth_it is None else worth_it,
    )
    for same, select in made.selects:
        file = folder_for(folder, same) / f"{uuid.uuid4().hex}.parquet"
        copy = f"COPY ({select}) TO {literal(str(file))} (FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP})"
        ((count,),) = con.execute(copy).fetchall()
        files += [file] if count else []
        rows += count
    for table in made.tables:
        con.execute(f"DROP TABLE {table}")
    return Written(tuple(files), rows, made.left)


def _is_simple(kpi: Kpi) -> bool:
    sample = kpi.formula.sample
    return ratio(kpi.formula) is not None and (sample is None or linear(sample) is not None)


def _tables(read: Mapping[tuple[str, Period, str], Sources], run: Run) -> dict[Scan, PartsTable]:
    made: dict[Scan, PartsTable] = {}
    first = 0
    for place, (scan, wanted) in enumerate(read_together(read).items()):
        made[scan] = parts_table(f"bulk_parts_{place}", scan, wanted, first, run)
        first += len(wanted)
    return made


def _read_alike(read: Mapping[Period, Sources]) -> list[dict[Period, Sources]]:
    """The kinds of period together that are read in the same scans."""
    alike: dict[tuple[Scan, ...], dict[Period, Sources]] = {}
    for period, one in read.items():
        alike.setdefault(tuple(one.scans.values()), {})[period] = one
    return list(alike.values())
