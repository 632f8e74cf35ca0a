"""The shelf, read: current values with everything that is shown beside them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from kpi.periods import period_end
from kpi.registry import Catalogue
from kpi.text import Text
from kpi.uncertainty import Estimator, Interval
from sync.house import House
from sync.ledger_base import utc
from sync.maturity import has_maturity
from sync.publish.shelf_tables import about, expected, figures, labels, metadata, series

FILE = "shelf.sqlite"


@dataclass(frozen=True)
class AtMaturity:
    """What an unripe cohort's value is expected to come to."""

    value: Decimal | None
    maturity: Decimal | None
    """Which share of its end value such a cohort has reached at its age."""
    error: Decimal | None
    """How far off such expectations were for past cohorts, as a share."""
    cohorts: int | None
    """How many past cohorts that rests on."""
    reason: Text | None


@dataclass(frozen=True)
class Figure:
    """One value of one KPI."""

    kpi: str
    by: str
    key: str
    """Member of the dimension; '' at total."""
    period: str
    start: date
    """First day; of ``all``, the first one that is loaded."""
    end: date
    """Exclusive."""
    model: str | None
    """Attribution model, where one decides the value."""
    value: Decimal | None
    """None is undefined, and ``reason`` says why."""
    unit: str
    currency: str | None
    n: int | None
    inputs: Mapping[str, Decimal | None]
    as_of: datetime
    provisional_until: date | None
    reason: Text | None
    flags: tuple[str, ...]
    spread: tuple[Decimal, ...] = ()
    at_maturity: AtMaturity | None = None
    estimator: Estimator | None = field(default=None, repr=False, compare=False)

    @cached_property
    def interval(self) -> Interval | None:
        """Where the true value lies 95 times in 100; None where it is no rate, mean or percentile."""
        if self.value is None or self.estimator is None:
            return None
        return self.estimator.from_inputs(self.inputs, self.spread)

    @property
    def is_partial(self) -> bool:
        """Its period is not over."""
        return "partial_period" in self.flags


class Shelf:
    """Current values of one account. Methods give an empty answer where nothing was computed."""

    def __init__(self, engine: sa.Engine, catalogue: Catalogue) -> None:
        self.engine = engine
        self._catalogue = catalogue

    # --- what all values share --------------------------------------------------------------------

    @cached_property
    def about(self) -> Mapping[str, str]:
        """Read once: a shelf is opened for one look."""
        with self.engine.connect() as con:
            return {str(key): str(value) for key, value in con.execute(sa.select(about.c.key, about.c.value))}

    @property
    def run_id(self) -> int | None:
        """The last run whose values are here."""
        found = self.about.get("run_id")
        return int(found) if found else None

    @property
    def as_of(self) -> datetime | None:
        """The instant of that run, UTC."""
        found = self.about.get("as_of")
        return datetime.fromisoformat(found) if found else None

    @property
    def today(self) -> date | None:
        """The day of that instant in the reporting zone."""
        found = self.about.get("today")
        return date.fromisoformat(found) if found else None

    @property
    def currency(self) -> str | None:
        """The company's, ISO 4217."""
        return self.about.get("currency")

    @property
    def model(self) -> str:
        """The settings' own attribution model."""
        return self.about.get("model", "first")

    # --- values -------------------------------------------------------------------------------------

    def figure(
        self,
        kpi: str,
        *,
        by: str = "total",
        key: str = "",
        period: str = "all",
        start: date | None = None,
        model: str | None = None,
    ) -> Figure | None:
        """One value. ``start`` None: of the period that is running, else the newest before it."""
        found = self._read([kpi], by, period, model, key=key, start=start, newest=start is None)
        return found[0] if found else None

    def series(
        self,
        kpi: str,
        *,
        by: str = "total",
        key: str = "",
        period: str = "month",
        since: date | None = None,
        until: date | None = None,
        model: str | None = None,
    ) -> list[Figure]:
        """One member's values in order of time: periods that start on ``since`` or later and before ``until``."""
        return self._read([kpi], by, period, model, key=key, since=since, until=until)

    def cut(
        self,
        kpis: Sequence[str],
        *,
        by: str,
        period: str = "all",
        start: date | None = None,
        model: str | None = None,
        keys: Collection[str] | None = None,
    ) -> dict[str, dict[str, Figure]]:
        """Member -> KPI -> its value, in the period that begins on ``start`` (None: the one that is running). ``keys``: of these
        members alone."""
        if start is None and period != "all":
            start = self.newest_start(by, period, kpis)
        found: dict[str, dict[str, Figure]] = {}
        more = [] if keys is None else [series.c.member.in_(sorted(keys))]
        for figure in self._read(kpis, by, period, model, start=start, more=more):
            found.setdefault(figure.key, {})[figure.kpi] = figure
        return found

    def history(
        self,
        kpis: Sequence[str],
        *,
        by: str,
        period: str,
        since: date | None = None,
        until: date | None = None,
        model: str | None = None,
    ) -> list[Figure]:
        """All members' values of several KPIs, by KPI, member and time."""
        return self._read(kpis, by, period, model, since=since, until=until)

    def page(
        self,
        kpi: str,
        *,
        by: str,
        period: str,
        keys: Collection[str] | None = None,
        since: date | None = None,
        until: date | None = None,
        model: str | None = None,
        after: tuple[str, date] | None = None,
        limit: int,
    ) -> list[Figure]:
        """At most ``limit`` of what :meth:`history` gives, of these members, from behind the member and day of ``after`` on."""
        more: list[Any] = [] if keys is None else [series.c.member.in_(sorted(keys))]
        if after is not None:
            more.append(sa.tuple_(series.c.member, figures.c.period_start) > sa.tuple_(*map(sa.literal, after)))
        return self._read([kpi], by, period, model, since=since, until=until, more=more, limit=limit)

    def starts(self, by: str, period: str, kpis: Sequence[str] = ()) -> list[date]:
        """First days of the periods that have values (of these KPIs), the oldest first."""
        where = [series.c.dimension == by, series.c.period == period, figures.c.series_id == series.c.id]
        if kpis:
            where.append(series.c.kpi.in_(kpis))
        with self.engine.connect() as con:
            return list(
                con.scalars(sa.select(figures.c.period_start).where(*where).distinct().order_by(figures.c.period_start)).all()
            )

    def newest_start(self, by: str, period: str, kpis: Sequence[str] = ()) -> date | None:
        """First day of the running period, else of the newest before it."""
        today = self.today or date.max
        return max((day for day in self.starts(by, period, kpis) if day <= today), default=None)

    def labels(self, by: str) -> Mapping[str, str]:
        """Member -> what people call it; one without a label is shown as it is."""
        with self.engine.connect() as con:
            rows = con.execute(sa.select(labels.c.member, labels.c.label).where(labels.c.dimension == by))
            return {str(member): str(label) for member, label in rows}

    def last_whole(self, by: str, period: str, kpis: Sequence[str] = ()) -> date | None:
        """First day of the newest period that is over."""
        today = self.today or date.max
        started = [day for day in self.starts(by, period, kpis) if day <= today]
        return max((day for day in started if period_end(period, day) <= today), default=None)  # type: ignore[arg-type]

    def members(self, by: str) -> list[str]:
        """All that have a value, sorted."""
        with self.engine.connect() as con:
            query = sa.select(series.c.member).where(series.c.dimension == by).distinct().order_by(series.c.member)
            return list(con.scalars(query).all())

    def kpis(self) -> list[str]:
        """Those that have a value, sorted."""
        with self.engine.connect() as con:
            return list(con.scalars(sa.select(series.c.kpi).distinct().order_by(series.c.kpi)).all())

    # --- reading --------------------------------------------------------------------------------------

    def _read(
        self,
        kpis: Sequence[str],
        by: str,
        period: str,
        model: str | None,
        *,
        key: str | None = None,
        start: date | None = None,
        since: date | None = None,
        until: date | None = None,
        newest: bool = False,
        more: Sequence[Any] = (),
        limit: int | None = None,
    ) -> list[Figure]:
        s, f, e = series.c, figures.c, expected.c
        where = [s.kpi.in_(kpis), s.dimension == by, s.period == period, s.model.in_(("", model or self.model)), *more]
        for condition, bound in ((s.member, key), (f.period_start, start)):
            if bound is not None:
                where.append(condition == bound)
        if since is not None:
            where.append(f.period_start >= since)
        if until is not None:
            where.append(f.period_start < until)
        order: Sequence[Any] = (s.kpi, s.member, f.period_start)
        if newest:
            where.append(f.period_start <= (self.today or date.max))
            order, limit = (f.period_start.desc(),), 1
        ripens = any(has_maturity(kpi, by, period) for kpi in kpis)
        found = sa.join(series, figures, f.series_id == s.id)
        columns: list[Any] = [*(c for c in s if c.name != "id"), *(c for c in f if c.name != "series_id")]
        if ripens:
            found = found.outerjoin(expected, sa.and_(e.series_id == f.series_id, e.period_start == f.period_start))
            columns += [c.label(f"mature_{c.name}") for c in e]
        query = sa.select(*columns).select_from(found).where(*where).order_by(*order)
        with self.engine.connect() as con:
            rows = con.execute(query.limit(limit)).mappings().all()
        return [self._figure(row, ripens and has_maturity(row["kpi"], by, period)) for row in rows]

    def _figure(self, row: Mapping[Any, Any], ripens: bool) -> Figure:
        kpi = self._catalogue.kpis.get(row["kpi"])
        return Figure(
            kpi=row["kpi"],
            by=row["dimension"],
            key=row["member"],
            period=row["period"],
            start=row["period_start"],
            end=row["period_end"],
            model=row["model"] or None,
            value=row["value"],
            unit=row["unit"],
            currency=row["currency"],
            n=row["n"],
            inputs={name: None if value is None else Decimal(value) for name, value in orjson.loads(row["inputs"]).items()},
            as_of=utc(row["as_of"]),
            provisional_until=row["provisional_until"],
            reason=_text(row["reason"], row["reason_fr"]),
            flags=tuple(orjson.loads(row["flags"])),
            spread=tuple(map(Decimal, (row["spread"] or "").split())),
            at_maturity=_at_maturity(row) if ripens else None,
            estimator=kpi.estimator if kpi else None,
        )


def _text(en: str | None, fr: str | None) -> Text | None:
    return None if en is None else Text(en, fr or en)


def _at_maturity(row: Mapping[Any, Any]) -> AtMaturity | None:
    """As ``show`` tells it (:func:`sync.maturity.shown`): a settled cohort is ripe."""
    if row["mature_series_id"] is not None:
        why = _text(row["mature_reason"], row["mature_reason_fr"])
        return AtMaturity(row["mature_value"], row["mature_maturity"], row["mature_error"], row["mature_cohorts"], why)
    if row["provisional_until"] is None and row["value"] is not None:
        return AtMaturity(row["value"], Decimal(1), None, None, None)
    return None


# --- opening ----------------------------------------------------------------------------------------------------------


def is_in_ledger(house: House) -> bool:
    """Whether the shelf stands beside the ledger, in PostgreSQL."""
    return house.ledger.engine.dialect.name == "postgresql"


def engine_of(house: House) -> sa.Engine:
    """The ledger's PostgreSQL where it is in one, else a file in the account's folder; tables are made when missing."""
    _declare()
    if is_in_ledger(house):
        metadata.create_all(house.ledger.engine)
        return house.ledger.engine
    return sqlite_engine(house.folder / FILE)


def _declare() -> None:
    """Tables of other rooms that stand on the shelf: they are made with it."""
    from sync.publish import forecast_store, search_estimates  # noqa: F401
    from sync.publish.targets import store  # noqa: F401


def sqlite_engine(path: Path) -> sa.Engine:
    """A file only its owner may read. In WAL mode: readers see the values before or after a filling, and never wait for it."""
    if not path.exists():
        path.touch(mode=0o600)
    engine = sa.create_engine(f"sqlite:///{path}")
    sa.event.listen(engine, "connect", _pragmas)
    metadata.create_all(engine)
    return engine


def _pragmas(connection: Any, _record: Any) -> None:
    """It can be filled again from the lake: NORMAL is safe enough, and quicker."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def opened(house: House) -> Iterator[Shelf]:
    """The account's shelf for one look: what it shares (:attr:`Shelf.about`) is read once."""
    engine = engine_of(house)
    try:
        yield Shelf(engine, house.catalogue)
    finally:
        if engine is not house.ledger.engine:
            engine.dispose()
