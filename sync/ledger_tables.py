"""The ledger's tables, each with the row that its book gives; nothing of the ledger's shape is said anywhere else.

A column that a newer version adds may be null: it is added to the tables of an older ledger when that is opened.
Instants are UTC. Texts that a CRM holds are kept exactly as the CRM answered them.
"""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

import sqlalchemy as sa

from sync.ledger_base import INSTANT, metadata, utc

Row = TypeVar("Row")


def row_of(kind: type[Row], found: sa.Row[Any], **other: Any) -> Row:
    """The row out of what was selected: its columns bear the names of its fields, but for the ``other`` ones."""
    return kind(**{name: utc(getattr(found, name)) for name in _names(cast(Any, kind)) if name not in other}, **other)


@lru_cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


Key = tuple[str, str, str]
"""(object, record id, property)."""

# --- the account, its runs, what was read --------------------------------------------------------------------------------

meta = sa.Table("meta", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("started_at", INSTANT, nullable=False),
    sa.Column("finished_at", INSTANT),
    sa.Column("as_of", INSTANT),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("summary", sa.Text),
)


@dataclass(frozen=True)
class Run:
    """One pass; ``id`` grows by one and stands in every stored version."""

    id: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    as_of: datetime | None
    status: str
    summary: Mapping[str, Any]


cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("cursor", sa.Text),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("stored_at", INSTANT, nullable=False),
    sa.Column("listing_run", sa.Integer),
)


@dataclass(frozen=True)
class StreamState:
    cursor: str | None
    fingerprint: str
    listing_run: int | None = None
    """The run in which a complete list began that has not ended yet."""
    stored_at: datetime | None = None
    """The instant of the run that stored it, UTC."""


files = sa.Table(
    "files",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("is_base", sa.Boolean, nullable=False),
    sa.Column("is_current", sa.Boolean, nullable=False),
    sa.Column("stored_at", INSTANT, nullable=False),
)
sa.Index("files_current", files.c.area, files.c.name, files.c.is_current)


@dataclass(frozen=True)
class LakeFile:
    area: str
    name: str
    path: str
    run_id: int
    rows: int
    is_base: bool


set_aside = sa.Table(
    "set_aside",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)

described = sa.Table(
    "described",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)

# --- plans, and what came of them ------------------------------------------------------------------------------------------

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

plan_lines = sa.Table(
    "plan_lines",
    metadata,
    sa.Column("plan_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text),
    sa.Column("property", sa.Text, nullable=False),
    sa.Column("old", sa.Text),
    sa.Column("new", sa.Text),
    sa.Column("kpi", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

Line = tuple[str, str | None, str, str | None, str | None, str, str, str]
"""object, record id (None: the definition of a property), property, old, new, KPI, outcome, reason."""

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("plan_id", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("property", sa.Text, nullable=False),
    sa.Column("old", sa.Text),
    sa.Column("new", sa.Text),
    sa.Column("answered", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("at", INSTANT, nullable=False),
    # When the write was first intended, until somebody looked whether it went over an edit (sync.audit).
    sa.Column("audit_from", INSTANT),
)
sa.Index("journal_plan", journal.c.plan_id, journal.c.object, journal.c.record_id, journal.c.property, unique=True)
sa.Index("journal_run", journal.c.run_id)
sa.Index("journal_record", journal.c.object, journal.c.record_id)
_IS_WAITING = sa.text("audit_from IS NOT NULL")
sa.Index("journal_audit", journal.c.object, journal.c.record_id, sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING)

UNSETTLED = ("intent", "unknown")
"""Journal states of writes that may or may not have arrived."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    id: int
    run_id: int
    plan_id: str
    object: str
    record_id: str
    property: str
    old: str | None
    new: str | None
    answered: str | None
    state: str
    reason: str | None


bases = sa.Table(
    "bases",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("property", sa.Text, primary_key=True),
    sa.Column("value", sa.Text),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Base:
    """What the CRM answered it holds when we last wrote (or adopted) a value."""

    value: str | None
    at: datetime


holds = sa.Table(
    "holds",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("property", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("at", INSTANT, nullable=False),
)

# --- edits that a write went over ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unaudited:
    """A write that arrived, and that nobody has looked at yet."""

    id: int
    run_id: int
    object: str
    record_id: str
    property: str
    old: str | None
    new: str | None
    intended_at: datetime
    """First intention, UTC: right after the first look at the record, before anything was sent."""
    at: datetime
    """When its outcome was noted, UTC."""

    # ``property`` names a field here.
    @builtins.property
    def key(self) -> Key:
        return self.object, self.record_id, self.property


lost_edits = sa.Table(
    "lost_edits",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("property", sa.Text, nullable=False),
    sa.Column("written", sa.Text),
    sa.Column("value", sa.Text),
    sa.Column("edited_at", INSTANT, nullable=False),
    sa.Column("is_told", sa.Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class LostEdit:
    """A person's value that a write of ours replaced unseen."""

    run_id: int
    """The run that wrote."""
    object: str
    record_id: str
    property: str
    written: str | None
    """What we wrote."""
    value: str | None
    """What the person had entered."""
    edited_at: datetime

    # ``property`` names a field here.
    @builtins.property
    def key(self) -> Key:
        return self.object, self.record_id, self.property


# --- erased records ----------------------------------------------------------------------------------------------------------

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("requested_at", INSTANT, nullable=False),
    sa.Column("is_forgotten", sa.Boolean, nullable=False),
    sa.Column("finished_at", INSTANT),
)


class Mark(NamedTuple):
    """A record by the keyed hash of its id."""

    object: str
    hash: str
