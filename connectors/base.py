"""What a connector is: small declarations and four functions. No base class to inherit a workflow from.

To add a connector: its folder (``settings.py``, ``example.yaml``, ``streams.py``, ``source.py``, ``normalise.py``), one line in
``connectors/registry.py``, its tests. The pipeline, the command line, the settings check, ``cadran reconcile --raw``, the drift
report and the contract suite follow from what it declares here.

Reading is *at least once*: a page is stored before the cursor moves, cursors are inclusive, and rows are
upserted by key, so that being killed between the two reads a page twice and loses nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from kpi.schema import BadValue as BadValue
from kpi.text import Text

Raw = dict[str, Any]
"""One vendor record, as received (JSON types)."""

Row = tuple[str, dict[str, Any]]
"""A table of :data:`kpi.schema.TABLES` and the row's values, without ``source`` and ``extracted_at``
(the pipeline knows both)."""

Cursor = str | None
"""Position up to which a stream is stored; text only its connector reads. None: from the beginning."""

Mode = Literal["snapshot", "incremental", "window"]
"""``snapshot``: each read gives everything, and what is no longer there is gone.
``incremental``: the first read gives everything, later ones what changed since the cursor; upsert by key.
``window``: days; each read gives whole days and replaces them (``Page.days``), so that vanished rows vanish."""


@dataclass(frozen=True)
class Owned:
    """Rows of a table that belong to one record, so that reading the record again replaces them all."""

    column: str
    """Holds the record's id."""
    where: tuple[tuple[str, str], ...] = ()
    """Further (column, value) that mark the rows as this stream's, e.g. ``(("from_type", "deals"),)``."""


Description = Mapping[str, Any]
"""What a source said of itself when its records were read (:meth:`Source.describe`)."""


@dataclass(frozen=True)
class RawAmount:
    """Where the facts keep a number of a stream's records, and how the record spells it.

    Read a second time, and not through the normaliser, so that the one can be held against the other (``cadran reconcile --raw``).
    """

    table: str
    column: str
    read: Callable[[Raw, Description], Decimal | None]
    """None: the record says nothing. Raises :class:`ValueError` for what is no number."""
    day: str | None = None
    """Column of the facts with the vendor's day, of a source that replaces whole days."""
    day_of: Callable[[Raw], str] | None = None
    """The same day in the record, as YYYY-MM-DD."""
    currency: str | None = "currency"
    """Column of the facts with the currency; None: a count."""


@dataclass(frozen=True)
class Shape:
    """What a stream's records are made of, at its API version; what differs is kept and reported (:mod:`connectors.drift`).

    Names are dotted for a value inside objects: ``metrics.costMicros``. The inside of a list is not looked at.
    """

    required: frozenset[str]
    """Fields without which a record cannot be read. One that no record of a read bears was removed by the vendor."""
    optional: frozenset[str] = frozenset()
    """Further fields that may be there."""
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Field -> the words of its enumeration that are understood."""


@dataclass(frozen=True)
class Stream:
    """One kind of record that a source offers. A declaration: it has no behaviour."""

    name: str
    mode: Mode
    tables: tuple[str, ...]
    """Tables of the common schema that its records become."""
    record_id: Callable[[Raw], str]
    """The vendor's id of a record, unique within the stream (for raw storage and set-aside rows)."""
    docs_url: str
    api_version: str
    scopes: tuple[str, ...] = ()
    page_size: int = 100
    lookback_days: int = 0
    """Days re-read behind the cursor, because the vendor restates them (window streams)."""
    owned: Mapping[str, Owned] = field(default_factory=dict)
    """Table -> which of its rows belong to one record of this stream (associations, stage entries)."""
    raw_days: int | None = None
    """How long raw records may be kept; None: the settings' own retention."""
    amount: RawAmount | None = None
    """The number of its records that facts are held against; None: not compared."""
    shape: Shape | None = None
    """What its records are made of; None: the source chooses the fields itself, or looks at them itself."""
    keeps_days: bool = False
    """Window streams: a day that had rows never loses all of them. Where the vendor answers for fewer days than it was asked,
    the rows that stand there stay, and it is reported; a full read (``--full``) believes the vendor."""
    is_optional: bool = False
    """Not every account has it: where the credential's scopes or the account's tier lack it (:class:`MissingScope`,
    :class:`connectors.errors.NotInTier`), it is skipped with one line, and nothing else is affected."""


@dataclass(frozen=True)
class Days:
    """Whole days, ``since`` inclusive and ``until`` exclusive, in the vendor's own zone, of one vendor account."""

    table: str
    day_column: str
    account_column: str
    account_id: str
    since: date
    until: date
    is_kept: bool = False
    """A day of which nothing was given keeps the rows it has (:attr:`Stream.keeps_days`); set by the pipeline."""


@dataclass(frozen=True)
class Page:
    """One answer's records and the cursor that holds once they are stored."""

    records: Sequence[Raw]
    cursor: Cursor = None
    """Position that holds once this page and all before it are stored; None: the one before it still holds. A read that
    gives one on every page goes on from there after being cut off."""
    days: tuple[Days, ...] = ()
    """Window streams: the days that the stream's records of this *read* replace. Given on the last page that covers them."""
    total: int | None = None
    """How many records the whole read will give, if the vendor says so (for progress)."""
    is_listing: bool = False
    """Incremental streams: the page belongs to a complete list (a first load, a repair), not to what changed."""
    is_complete: bool = False
    """Incremental streams: the complete list ends with this page; what it did not give is gone (see :class:`Verifies`)."""


@dataclass(frozen=True)
class ReadContext:
    """What a read needs to know about the run."""

    now: datetime
    """The run's instant, UTC, by the CRM's clock."""
    since: date
    """First day of interest for window streams that have no cursor yet (setting ``history_start``)."""
    full: bool = False
    """Ignore the cursor."""
    known: Mapping[str, datetime] = field(default_factory=dict)
    """Record id -> modified instant of the version that was last read. A changed record that still carries it was read
    already. (Not the instant that the CRM answered to a write of ours: who edited the record shortly before that write
    would be hidden behind it.)"""


Fx = Callable[[Decimal, str, date], tuple[Decimal, Decimal, date] | None]
"""(amount, currency, day) -> (amount in company currency, rate, day of that rate), or None when no rate is known."""


@dataclass(frozen=True)
class NormaliseContext:
    """What the pure step from raw record to rows may look at."""

    zone: ZoneInfo
    """The reporting zone: where a day begins."""
    home_currency: str
    fx: Fx
    pseudonym: Callable[[str], str]
    """Keyed hash of a personal identifier; the key stays in the home."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What :meth:`Source.describe` found (pipelines, property definitions, account zones …)."""


@dataclass(frozen=True)
class Reach:
    """What ``cadran check`` found behind one source."""

    account_id: str
    account_name: str
    currency: str | None
    zone: str | None
    scopes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Lines for a person: balance, quota left, tier, what the credential can see."""


LoginStore = Literal["auto", "file", "keyring"]
"""Where logins made by ``cadran connect`` are kept: a file of mode 0600, the system's keyring, or the keyring where there is one."""


@dataclass(frozen=True)
class Place:
    """What a source may use on the machine that it runs on. Building a source touches none of it."""

    base: Path
    """Folder of the settings file: relative paths in a source's section start there."""
    logins: Path
    """Folder of the account (0700, made when it is first needed) for logins made by ``cadran connect``."""
    login_store: LoginStore = "auto"


HERE = Place(Path(), Path("logins"))
"""The working folder."""


@runtime_checkable
class Source(Protocol):
    """A vendor account that records are read from."""

    id: str
    """The settings section's id, unique in the installation (``ga4``, ``ga4_shop`` …)."""
    type: str

    def streams(self) -> tuple[Stream, ...]:
        """What can be read. No network. A source that lets several be read at the same time says so by an attribute
        ``streams_at_once``."""
        ...

    def check(self) -> Reach:
        """The cheapest authenticated call. Raises; never returns False."""
        ...

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        """Metadata that ``normalise`` needs, JSON types only, stored with the raw records so that
        normalising again needs no network. Called once per run before the streams are read.

        ``known``: what it gave last time, which a source may give again while it is fresh enough at ``now`` (UTC).
        None: everything is asked anew."""
        ...

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """The stream's records from the cursor on."""
        ...

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        """Rows of the common schema. Pure. Raises :class:`BadValue` for a record that cannot be read."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@runtime_checkable
class Verifies(Protocol):
    """A source that can say whether records that a complete list did not give are really gone."""

    def gone(self, stream: Stream, ids: Sequence[str]) -> set[str]:
        """Those of ``ids`` that no end point gives any more: neither list, archive nor read by id. They were erased."""
        ...


@dataclass(frozen=True)
class Quote:
    """What a read will cost, asked before it starts."""

    calls: int
    """Requests that count against the vendor's limits."""
    seconds: float
    """How long they take at least, at the vendor's limits."""
    note: str = ""
    """For a person: what makes it so (``first load of 12,000``, ``37 changed``, ``archive list is due``)."""


@runtime_checkable
class Quotes(Protocol):
    """A source that can say beforehand what reading a stream will cost."""

    def quote(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Quote:
        """May ask the vendor a few counts, and reads nothing else."""
        ...


# --- The CRM side: where results are written --------------------------------------------------------------


@dataclass(frozen=True)
class PropertyDef:
    """A custom property of ours, as it should stand in the CRM."""

    object: str
    """deals | contacts | companies"""
    name: str
    label: str
    description: str
    type: Literal["number", "string", "enumeration", "date"]
    display: Literal["currency", "percentage", "unformatted"] | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Enumeration: (value, label)."""


@dataclass(frozen=True)
class PropertyState:
    """A property as the CRM holds it now."""

    object: str
    name: str
    label: str
    description: str
    type: str
    group: str
    is_archived: bool = False
    display: str | None = None
    """How numbers are shown; None where the CRM does not say."""
    options: tuple[tuple[str, str], ...] = ()
    """Enumeration: (value, label), in order."""


@dataclass(frozen=True)
class RecordWrite:
    """New values of one record; an empty text clears a property."""

    record_id: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class WriteOutcome:
    """What came of one record's write. ``values`` is what the CRM answered it now holds."""

    record_id: str
    status: Literal["written", "rejected", "unknown"]
    """``unknown``: no answer; to be settled by reading back."""
    values: Mapping[str, str | None] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One value that a property held."""

    value: str | None
    at: datetime
    """Since when, UTC."""
    is_ours: bool
    """Written by this very app."""


@dataclass(frozen=True)
class Crm:
    """Facts about the CRM account that a run belongs to."""

    portal_id: str
    currency: str
    zone: str
    ui_domain: str
    now: datetime
    """The vendor's clock (``Date`` header), UTC."""


@runtime_checkable
class Target(Protocol):
    """The CRM as something to write to; beside the Source, in the same folder."""

    def account(self) -> Crm: ...

    def property_states(self, objects: Sequence[str], *, archived: bool = False) -> list[PropertyState]:
        """Every property of our group, or with one of our names, on these objects: those in use, or the archived ones."""
        ...

    def room(self, objects: Sequence[str]) -> dict[str, int]:
        """How many more custom properties each object may have; an object is missing where the CRM does not say."""
        ...

    def batch_size(self, object: str) -> int:
        """Records of this object that one call reads or writes at most."""
        ...

    def read_back_calls(self, object: str, records: int) -> tuple[int, int]:
        """(searches, other calls) that reading so many changed records of an object takes at least."""
        ...

    def least_seconds(self, calls: int, searches: int) -> float:
        """How long so many calls take at least, at the limits in force; searches have a limit of their own."""
        ...

    def ensure_group(self, object: str, name: str, label: str) -> bool:
        """Create our property group where it is missing; True when it was created."""
        ...

    def create_property(self, definition: PropertyDef, group: str) -> None: ...

    def update_property(self, definition: PropertyDef, group: str) -> None: ...

    def archive_property(self, object: str, name: str) -> None: ...

    def archive_group(self, object: str, name: str) -> None: ...

    def read_values(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str | None]]:
        """Current values by record id (batches of 100). An id that is gone is not in the answer."""
        ...

    def read_written_by_us(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], bool]:
        """By (record id, property): whether the newest entry of the property's history is a write of this very app.
        Batches of 50."""
        ...

    def read_history(
        self, object: str, ids: Sequence[str], names: Sequence[str]
    ) -> dict[tuple[str, str], tuple[HistoryEntry, ...]] | None:
        """By (record id, property): what it held, newest first; a record that is gone is not in the answer. None: this object
        has no history, or the CRM does not say which entries are ours. Batches of 50."""
        ...

    def write(self, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        """One batch (at most 100) update; an outcome for every record, whatever the vendor answers."""
        ...

    def record_url(self, object: str, record_id: str) -> str: ...


@runtime_checkable
class DefinesByHand(Protocol):
    """A target whose API makes, changes and deletes no property definition: people do, in the CRM's own pages. What they have
    not done yet is said in the plan, and everything else is written."""

    def to_do(self, definition: PropertyDef) -> Text | None:
        """What a person must do before values of this property can be written, by what :meth:`Target.property_states` found
        last; None: nothing."""
        ...


@runtime_checkable
class TakesSome(Protocol):
    """A target in which some records of an object have no place for our properties."""

    def takes(self, object: str, record_id: str) -> bool:
        """Whether values can be written on this record."""
        ...


@runtime_checkable
class Associates(Protocol):
    """A target that can associate records of an object of ours with other records."""

    def links(self, object: str, to: str, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """Ids of the records of ``to`` that each record is associated with; none for one that is not there."""
        ...

    def link(self, object: str, to: str, pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Associate (record, other); doing it twice is once. The pairs that could not be: an end is gone."""
        ...

    def unlink(self, object: str, to: str, pairs: Sequence[tuple[str, str]]) -> None:
        """End associations; one that is not there is fine."""
        ...
