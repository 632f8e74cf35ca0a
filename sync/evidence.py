"""What happened to stored rows between two runs: which came, went, were merged, converted at another rate, or edited.

Facts keep the run that read each row, and until a table is compacted also what a row was before. Where that has been compacted
away, a row that was read since cannot be told from a new one unless it bears the instant it was created: it then counts as
edited. Nothing of a record leaves this module: only how many, and which columns.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import duckdb

from kpi.measures.base import Facts
from kpi.schema import TABLES, columns
from sync.house import House
from sync.ledger import LakeFile

Cause = Literal["definition", "settings", "late_data", "refund", "merge", "archive", "rate", "edited", "maturing"]

BEHIND: Mapping[str, tuple[str, ...]] = {
    "deal_outcome": ("deal", "deal_stage_entry"),
    "stage_stay": ("deal", "deal_stage_entry"),
    "lead": ("contact",),
    "customer": ("deal", "deal_stage_entry", "contact"),
    "sold_line": ("deal", "order", "refund", "line_item"),
}
"""Mart of the CRM's own -> the tables whose rows date what is counted there. Other families say what feeds them."""
_CRM = ("deal", "deal_stage_entry", "contact", "order", "refund", "subscription_period")
"""Behind families that say nothing of it: whatever the CRM dates."""
_BESIDE = ("association", "stage", "line_item", "product", "owner", "company", "contact", "campaign", "ad_click")
"""Tables that bear on the CRM's marts without a day of their own."""
_ALSO_DATED: Mapping[str, tuple[str, str, str]] = {"deal": ("deal_stage_entry", "deal_id", "entered_on")}
"""Table -> another one that dates its rows, by which id, and the day: a deal counts when it entered a stage."""
_RESTATED = frozenset(
    {
        "ad_spend_daily",
        "web_traffic_daily",
        "web_landing_daily",
        "web_commerce_daily",
        "web_event_daily",
        "web_users",
        "email_stats_daily",
        "social_stats_daily",
    }
)
"""Days that vendors count on and correct: a changed figure is one that came late, not one that somebody edited."""
_NOT_COMPARED = frozenset({"source", "source_id", "extracted_at", "modified_at", "fx_on", "fx_rate", "fx_source"})


def tables_behind(facts: Facts) -> tuple[str, ...]:
    """Tables whose rows make a family's."""
    return BEHIND.get(facts.mart) or facts.fed_by or _CRM


@dataclass(frozen=True)
class Found:
    """Rows of one table that changed in one way."""

    cause: Cause
    table: str
    rows: int
    columns: tuple[str, ...]
    """What was edited; empty for other causes."""


class Changes:
    """The rows that the runs after ``after``, up to and with ``until``, changed; each table is looked at once."""

    def __init__(self, house: House, con: duckdb.DuckDBPyConnection, after: int, until: int, after_at: datetime | None) -> None:
        self._house, self._con, self._after, self._until, self._after_at = house, con, after, until, after_at
        self._looked_at: dict[str, str | None] = {}
        self._stored = self._list()

    def dated(self, table: str, start: date, end: date) -> Iterator[Found]:
        """Those that bore, before or since, a day of the period (``end`` exclusive). A row that lasts counts while it does."""
        if (changes := self._look(table)) is not None:
            yield from self._found(table, f"{changes} WHERE day >= DATE '{start}' AND day < DATE '{end}'")

    def beside(self) -> int:
        """How many rows without a day of their own changed."""
        return sum(
            one.rows for table in _BESIDE if (changes := self._look(table)) is not None for one in self._found(table, changes)
        )

    def _found(self, table: str, where: str) -> Iterator[Found]:
        query = f"SELECT cause, count(DISTINCT nr), list_sort(list_distinct(flatten(list(edited)))) FROM {where} GROUP BY cause ORDER BY cause"
        for cause, rows, edited in self._con.execute(query).fetchall():
            yield Found(cause, table, rows, tuple(edited) if cause == "edited" else ())

    def _look(self, table: str) -> str | None:
        """A temporary table (nr, cause, edited columns, day) with a row for each day that a changed row bears; None: no row changed."""
        if table not in self._looked_at:
            is_touched = any(self._after < file.run_id for file in self._files(table))
            try:
                self._looked_at[table] = self._compare(table) if is_touched else None
            except duckdb.IOException:
                # A run that began meanwhile has swept what was superseded.
                self._stored = self._list()
                self._looked_at[table] = self._compare(table)
        return self._looked_at[table]

    def _compare(self, table: str) -> str:
        model = TABLES[table]
        scan = self._house.lake.scan(*self._files(table))
        on = " AND ".join(f'n."{k}" = t."{k}"' for k in model.key)
        key = ", ".join(f'"{k}"' for k in model.key)
        names = [c.name for c in columns(model)]
        days = [c.name for c in columns(model) if c.sql_type == "DATE" and c.name != "fx_on"]
        borne = ", ".join(f'{side}."{day}"' for day in days for side in "nt") or "CAST(NULL AS DATE)"
        further, joined = self._further_days(table)
        name = f"_changed_{table}_{self._after}_{self._until}"
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS WITH touched AS (SELECT DISTINCT {key} FROM {scan} "
            f"WHERE _version > {self._after} AND _version <= {self._until}), stored AS (SELECT * FROM {scan} SEMI JOIN touched USING ({key})), "
            f"{self._newest('now_', key, self._until)}, {self._newest('then_', key, self._after)}, "
            f"compared AS (SELECT row_number() OVER () AS nr, {self._cause(table, names)} AS cause, "
            f"[{', '.join(_edited(c) for c in names if c in _compared(model.key, names)) or 'NULL'}] AS edited, "
            f"list_distinct(list_concat([{borne}], {further})) AS days FROM now_ n LEFT JOIN then_ t ON {on}{joined}) "
            "SELECT nr, cause, list_filter(edited, lambda c: c IS NOT NULL) AS edited, unnest(days) AS day FROM compared WHERE cause IS NOT NULL"
        )
        return name

    def _further_days(self, table: str) -> tuple[str, str]:
        """SQL of the days that another table gives a row, and the join they come by."""
        if table not in _ALSO_DATED or not self._files(_ALSO_DATED[table][0]):
            return "CAST([] AS DATE[])", ""
        other, key, day = _ALSO_DATED[table]
        scan = self._house.lake.scan(*self._files(other))
        days = f"SELECT source, {key}, list(DISTINCT {day}) AS days FROM {scan} GROUP BY source, {key}"
        return "coalesce(x.days, [])", f" LEFT JOIN ({days}) x ON x.source = n.source AND x.{key} = n.{key}"

    @staticmethod
    def _newest(name: str, key: str, run_id: int) -> str:
        return (
            f"{name} AS (SELECT * FROM stored WHERE _version <= {run_id} "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _version DESC, _seq DESC) = 1)"
        )

    def _cause(self, table: str, names: list[str]) -> str:
        """SQL of why a row is another than it was; null: it is not, or it never counted."""
        model = TABLES[table]
        was_there = f't."{model.key[0]}" IS NOT NULL'
        compared = _compared(model.key, names)
        at_home = [c for c in compared if c.endswith("_home")]
        differs = " OR ".join(f'n."{c}" IS DISTINCT FROM t."{c}"' for c in compared if c not in at_home) or "false"
        converts = " OR ".join(f'n."{c}" IS DISTINCT FROM t."{c}"' for c in at_home) or "false"
        arrived = "'refund'" if table == "refund" else "'late_data'"
        restated = "'late_data'" if table in _RESTATED else "'edited'"
        cases = [
            f"WHEN n._deleted AND NOT coalesce(t._deleted, {'NOT ' + was_there}) THEN 'archive'",
            "WHEN n._deleted THEN NULL",
        ]
        if "merged_into" in names:
            cases.append(f"WHEN n.merged_into IS NOT NULL AND t.merged_into IS NULL AND {was_there} THEN 'merge'")
        if "archived_at" in names:
            cases.append(f"WHEN n.archived_at IS NOT NULL AND t.archived_at IS NULL AND {was_there} THEN 'archive'")
        if self._is_whole(table):
            gone = [f'n."{c}" IS NOT NULL' for c in ("archived_at", "merged_into") if c in names]
            cases.append(
                f"WHEN NOT ({was_there}) THEN {'CASE WHEN ' + ' OR '.join(gone) + ' THEN NULL ELSE ' + arrived + ' END' if gone else arrived}"
            )
        else:
            cases += list(self._without_history(was_there, arrived, names))
        cases += [
            f"WHEN t._deleted THEN {arrived}",
            f"WHEN {differs} THEN {restated}",
            f"WHEN {converts} THEN 'rate'",
        ]
        return f"CASE {' '.join(cases)} END"

    def _without_history(self, was_there: str, arrived: str, names: list[str]) -> Iterator[str]:
        """Of a table that was compacted since: what the row itself still tells."""
        if self._after_at is not None:
            since = f"TIMESTAMP '{self._after_at:%Y-%m-%d %H:%M:%S}'"
            if "archived_at" in names:
                yield f"WHEN NOT ({was_there}) AND n.archived_at > {since} THEN 'archive'"
            if "created_at" in names:
                yield f"WHEN NOT ({was_there}) AND n.created_at > {since} THEN {arrived}"
        yield f"WHEN NOT ({was_there}) THEN 'edited'"

    def _is_whole(self, table: str) -> bool:
        """Whether what rows were by ``after`` is still there: nothing was compacted away since, or all of it came since."""
        bases = [file.run_id for file in self._files(table) if file.is_base]
        if not bases or min(bases) <= self._after:
            return True
        scan = self._house.lake.scan(*self._files(table))
        return not self._con.execute(f"SELECT 1 FROM {scan} WHERE _version <= {self._after} LIMIT 1").fetchall()

    def _list(self) -> dict[str, list[LakeFile]]:
        stored: dict[str, list[LakeFile]] = defaultdict(list)
        for file in self._house.lake.stored("facts"):
            stored[file.name].append(file)
        return stored

    def _files(self, table: str) -> list[LakeFile]:
        """Those that a compaction superseded included, as long as they are on disk: a run sweeps what the one before it left."""
        return self._stored.get(table, [])


def _compared(key: tuple[str, ...], names: list[str]) -> list[str]:
    return [c for c in names if c not in _NOT_COMPARED and c not in key]


def _edited(column: str) -> str:
    return f'CASE WHEN n."{column}" IS DISTINCT FROM t."{column}" THEN \'{column}\' END'
