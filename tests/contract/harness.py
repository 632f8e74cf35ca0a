"""A served world with a hand on its troubles, connectors built as the program builds them, and homes to read into."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from config.settings import AccountSettings
from connectors.base import Crm, Cursor, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Source, Stream
from connectors.registry import CONNECTORS
from connectors.sandbox.app import build_app
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import Fault
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.server import LoopbackServer
from kpi.schema import MONEY_SCALE, TABLES, checker, columns, encoded
from sync.house import House
from sync.lake import Lake
from sync.ledger import Ledger
from sync.pipeline import Extracted, Frame, extract
from sync.progress import LogProgress
from tests.contract.subjects import SUBJECTS
from tests.contract.world import NOW, SINCE, world

AMPLE = HubSpotLimits(burst=10_000, search_per_second=10_000, associations=10_000)
"""Real time would be spent waiting otherwise; limits have tests of their own."""
PARIS = ZoneInfo("Europe/Paris")

SMALLEST = Decimal(1).scaleb(-MONEY_SCALE)

Facts = dict[str, list[dict[str, Any]]]
"""Rows by table, in the order of their keys, without the time they were read."""


def rates(amount: Decimal, currency: str, day: date) -> tuple[Decimal, Decimal, date] | None:
    """A dollar is half a euro; no other rate is known."""
    known = {"EUR": Decimal(1), "USD": Decimal("0.5")}
    return (amount * known[currency], known[currency], day) if currency in known else None


def pseudonym(value: str) -> str:
    return f"hash-{sum(value.encode())}-{len(value)}"


class Meddler:
    """Between the vendors and their callers: while ``page`` is set, it is all that anybody gets, but for new tokens."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.page: Callable[[Mapping[str, str], str], bytes] | None = None
        """(request headers, query) -> body."""
        self.status = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.page is None or scope["path"] == "/token":
            await self._app(scope, receive, send)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = self.page(headers, scope["query_string"].decode())
        await Response(body, self.status, media_type="text/html")(scope, receive, send)


class Served:
    """The world on a loopback port; its clock stands still unless it is moved."""

    def __init__(self, folder: Path, quirks: Quirks | None = None) -> None:
        clock = Clock(NOW, monotonic=lambda: 0.0)
        self.sandbox = Sandbox(world(), quirks=quirks, limits=AMPLE, lags=Lags(0.0, 0.0), clock=clock)
        self.meddler = Meddler(build_app(self.sandbox))
        self.folder = folder
        self._server = LoopbackServer(self.meddler)
        self._sources: list[Source] = []
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "costs.csv").write_text(self.sandbox.world.costs_csv or "", encoding="utf-8")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for source in self._sources:
            source.close()
        self._server.stop()

    def stop(self) -> None:
        self._server.stop()

    @property
    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def build(self, name: str, **changes: str) -> Source:
        """The connector ``name`` as the registry builds it, with its section of the settings changed."""
        connector = CONNECTORS[name]
        section = SUBJECTS[name].section(self._server.base_url, self.folder) | changes
        source = connector.build(
            name, connector.settings_model().model_validate(section), Place(self.folder, self.folder / "logins")
        )
        self._sources.append(source)
        return source

    def fault(self, name: str, kind: Any, **more: Any) -> None:
        with self.sandbox.lock:
            self.sandbox.faults.add(Fault(kind, vendor=SUBJECTS[name].vendor, **more))

    def calm_down(self) -> None:
        """No more trouble."""
        self.meddler.page = None
        with self.sandbox.lock:
            self.sandbox.faults.clear()

    def wait(self, step: timedelta) -> None:
        self.sandbox.clock.advance(step)


# --- reading without a home --------------------------------------------------------------------------------------


def reading(now: datetime = NOW, *, full: bool = False) -> ReadContext:
    return ReadContext(now=now, since=SINCE, full=full)


def normalising(facts: Mapping[str, Any]) -> NormaliseContext:
    return NormaliseContext(PARIS, "EUR", rates, pseudonym, facts)


def pages_of(source: Source, now: datetime = NOW) -> dict[str, list[Page]]:
    """Everything a source has, by stream."""
    return {stream.name: list(source.read(stream, None, reading(now))) for stream in source.streams()}


def records_of(pages: Mapping[str, list[Page]]) -> dict[str, list[Raw]]:
    return {stream: [record for page in given for record in page.records] for stream, given in pages.items()}


def facts_of(source: Source) -> Facts:
    """What a source's records become, each row checked against its table; the last of a key counts."""
    context = normalising(source.describe())
    rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for stream in source.streams():
        for page in source.read(stream, None, reading()):
            for record in page.records:
                for table, values in source.normalise(stream, record, context):
                    row = orjson.loads(encoded(checker(TABLES[table])({**values, "source": source.id, "extracted_at": NOW})))
                    # 0 and 0.0 are one number to the store.
                    row |= {k: v.quantize(SMALLEST) for k, v in values.items() if isinstance(v, Decimal)}
                    rows.setdefault(table, {})[tuple(row[k] for k in TABLES[table].key)] = row
    return {table: [found[key] for key in sorted(found)] for table, found in sorted(rows.items())}


# --- homes -----------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@dataclass
class Wrapped:
    """A source behind another; each test changes the one thing it is about."""

    inner: Source

    def __post_init__(self) -> None:
        self.id = self.inner.id
        self.type = self.inner.type

    def streams(self) -> tuple[Stream, ...]:
        return self.inner.streams()

    def check(self) -> Reach:
        return self.inner.check()

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        return self.inner.describe()

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        return self.inner.read(stream, cursor, context)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return self.inner.normalise(stream, record, context)

    def close(self) -> None:
        self.inner.close()


@dataclass
class Mortal(Wrapped):
    """Is killed once ``lives`` pages were handed out, counted over all streams."""

    lives: int = 0

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        for page in self.inner.read(stream, cursor, context):
            if self.lives == 0:
                raise Killed
            self.lives -= 1
            yield page
        if self.lives == 0:
            raise Killed  # the stream's last page is out and nothing of it is committed


@dataclass
class Counting(Wrapped):
    """Counts its pages."""

    pages: int = 0

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        for page in self.inner.read(stream, cursor, context):
            self.pages += 1
            yield page


@dataclass
class Home:
    """A folder that sources are read into, through the real pipeline. Opened anew for every read, as a process would."""

    folder: Path
    runs: int = 0
    sources: dict[str, Source] = field(default_factory=dict)

    def open(self) -> House:
        self.folder.mkdir(parents=True, exist_ok=True)
        ledger = Ledger.at(self.folder)
        return House(
            "default",
            AccountSettings(),
            self.folder,
            ledger,
            Lake(self.folder, ledger),
            self.sources,
            lambda: (_ for _ in ()).throw(LookupError("no CRM is needed here")),
            pseudonym,
            lambda _home: rates,
            lambda: NOW,
        )

    def pull(self, *sources: Source, now: datetime = NOW, full: bool = False) -> Extracted:
        """One run. Raises what stops a run."""
        self.sources = {source.id: source for source in sources}
        self.runs += 1
        house = self.open()
        try:
            crm = Crm("4242", "EUR", "Europe/Paris", "app.example", now)
            return extract(house, self.runs, crm, frame(now), LogProgress(), full=full)
        finally:
            house.ledger.close()

    def facts(self) -> Facts:
        house = self.open()
        con = house.lake.connect()
        try:
            house.lake.attach_facts(con)
            found: Facts = {}
            for table, model in sorted(TABLES.items()):
                names = [c.name for c in columns(model) if c.name != "extracted_at"]
                listed, key = (", ".join(f'"{name}"' for name in some) for some in (names, model.key))
                rows = con.execute(f'SELECT {listed} FROM "{table}" ORDER BY {key}').fetchall()
                if rows:
                    found[table] = [dict(zip(names, row, strict=True)) for row in rows]
            return found
        finally:
            con.close()
            house.ledger.close()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query over the facts."""
        house = self.open()
        con = house.lake.connect()
        try:
            house.lake.attach_facts(con)
            return con.execute(sql).fetchall()
        finally:
            con.close()
            house.ledger.close()

    def everything(self) -> str:
        """All that lies in the folder, as text: files as they are, and what Parquet holds compressed."""
        house = self.open()
        con = house.lake.connect()
        try:
            parts = [path.read_bytes().decode("latin-1") for path in sorted(self.folder.rglob("*")) if path.is_file()]
            for path in sorted(self.folder.rglob("*.parquet")):
                parts += [str(row) for row in con.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()]
            return "\n".join(parts)
        finally:
            con.close()
            house.ledger.close()


@dataclass
class Replayed(Wrapped):
    """Gives what a home has stored: raw records and the description they are understood with. Asks no vendor."""

    home: Home | None = None

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        assert self.home is not None
        house = self.home.open()
        try:
            return house.ledger.description(self.id) or {}
        finally:
            house.ledger.close()

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        assert self.home is not None
        house = self.home.open()
        try:
            yield Page([record for _, record, _ in house.lake.raw_records(self.id, stream.name)], cursor="replayed")
        finally:
            house.ledger.close()


def frame(now: datetime = NOW) -> Frame:
    return Frame(now, now.astimezone(PARIS).date(), PARIS, "Europe/Paris", "EUR", SINCE)


def same(value: Any) -> bytes:
    """JSON in one spelling, to tell whether anything was changed."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
