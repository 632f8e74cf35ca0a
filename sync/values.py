"""Every value of a run: dimensions with many values are composed by connections of their own (:mod:`sync.bulk`), while the others
are made in Python (:mod:`kpi.engine`).

Neither keeps two cores busy alone: Python works on one, and so does an engine on a table of few row groups.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from kpi.engine import ComputeContext, Result, compute_models
from kpi.measures.base import By
from kpi.periods import Period
from kpi.window import Asked
from sync import bulk
from sync.bulk.files import rows_of
from sync.compute.base import Engine

ABREAST = 2
"""Dimensions that are composed at the same time. Each has its tables in memory."""

_TURN: Mapping[By, int] = {"company": 0, "owner": 1, "campaign": 2, "deal": 4}
"""The longest first, then what leaves most to Python, and last what leaves nothing: both cores are busy to the end."""


@dataclass
class Composing:
    """What the engine composes by itself, as files in a folder."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    rows: int = 0

    def table(self) -> str | None:
        """The rows of all files, as a table expression; None where there are none."""
        return rows_of(self.files) if self.files else None

    def take(self, written: bulk.Written) -> None:
        self.files += written.files
        self.rows += written.rows


def values(
    work: Iterable[tuple[By, Asked]],
    *,
    con: duckdb.DuckDBPyConnection,
    at: Engine,
    context: ComputeContext,
    needed: Mapping[By, Collection[tuple[str, Period]]],
    composing: Composing,
) -> Iterator[Result]:
    """Those that Python makes: the total first, which has every period between the first and the last one, then of the other
    dimensions what is not composed, as they are ready; the rest is in the files of ``composing`` when the iterator ends. ``con`` holds
    the marts, as tables that every connection sees; ``at`` executes SELECTs over them. ``needed``: what is wanted here in any case."""
    made: list[tuple[By, Asked]] = []
    composed: list[tuple[By, Asked]] = []
    for by, models in work:
        if asked := {model: periods for model, periods in models.items() if any(periods.values())}:
            (composed if at.is_embedded and by != "total" else made).append((by, asked))

    with _abreast(con) as pool:
        writing = {
            pool.submit(_write, con, by, asked, context, needed.get(by, ()), composing.folder): by
            for by, asked in sorted(composed, key=lambda piece: _TURN.get(piece[0], 3))
        }
        for by, models in made:
            yield from compute_models(models, by=by, run=at.run, context=context, dialect=at.dialect)
        for written in as_completed(writing):
            by = writing[written]
            composing.take(written.result())
            left = written.result().left
            yield from compute_models(left, by=by, run=at.run, context=context, dialect=at.dialect)


@contextmanager
def _abreast(con: duckdb.DuckDBPyConnection) -> Iterator[ThreadPoolExecutor]:
    """Threads that end with the block; what they have not begun then is left."""
    con.execute("SET preserve_insertion_order=false")  # keeping order holds whole row groups back
    with ThreadPoolExecutor(ABREAST) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
            con.execute("RESET preserve_insertion_order")


def _write(
    con: duckdb.DuckDBPyConnection,
    by: By,
    asked: Asked,
    context: ComputeContext,
    needed: Collection[tuple[str, Period]],
    folder: Path,
) -> bulk.Written:
    with con.cursor() as own:  # temporary tables are its own
        return bulk.write(asked, by=by, con=own, context=context, folder=folder, needed=needed)
