"""Forecasts, kept: what was expected of a period, from when on, and how well the same model did before.

A forecast is kept anew when the history it rests on changes: once a month or week, and when the past is restated. So it can be shown
what was forecast for March as known on 1 March. They stand with the shelf; with its file past ones are lost, the present ones are
made again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa

from kpi.forecast import Ahead, Forecast, Range, Tried
from kpi.forecast.intervals import widest
from kpi.forecast.present import Present
from kpi.periods import Period, period_end
from kpi.text import Text
from sync.ledger_base import INSTANT, utc
from sync.publish.shelf import Shelf
from sync.publish.shelf_tables import metadata

forecasts = sa.Table(
    "shelf_forecast",
    metadata,
    sa.Column("kpi", sa.Text, primary_key=True),
    sa.Column("dimension", sa.Text, primary_key=True),
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("known_from", INSTANT, primary_key=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("currency", sa.Text),
    sa.Column("history_start", sa.Date),
    sa.Column("history_end", sa.Date),
    sa.Column("unsettled", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("reason_fr", sa.Text),
    sa.Column("body", sa.Text),
    sa.Column("present", sa.Text),
)
KEY = ("kpi", "dimension", "member", "period", "known_from")


@dataclass(frozen=True)
class Coming:
    """A period that is forecast."""

    start: date
    end: date
    """Exclusive."""
    ahead: Ahead


@dataclass(frozen=True)
class Kept:
    """One forecast, as known from an instant on; ``forecast`` None has a ``reason``."""

    kpi: str
    by: str
    key: str
    period: Period
    known_from: datetime
    """The run's instant, UTC."""
    run_id: int
    unit: str
    currency: str | None
    history_start: date | None
    history_end: date | None
    """Exclusive."""
    unsettled: int
    """How many periods after the history are over but not settled: they are forecast and not learned from."""
    reason: Text | None
    forecast: Forecast | None
    present: Present | None
    """Of the period that is not over: what it will end at. Of additive KPIs only."""

    @property
    def coming(self) -> tuple[Coming, ...]:
        """The periods after the history; the first ``unsettled`` are over."""
        if self.forecast is None or self.history_end is None:
            return ()
        found, start = [], self.history_end
        for ahead in self.forecast.ahead:
            end = period_end(self.period, start)
            found.append(Coming(start, end, ahead))
            start = end
        return tuple(found)

    @property
    def running(self) -> Coming | None:
        """The period that was not over when this was known, as it was expected before it began."""
        return self.coming[self.unsettled] if len(self.coming) > self.unsettled else None

    def of(self, start: date) -> Coming | None:
        """The period that begins on that day."""
        return next((one for one in self.coming if one.start == start), None)


# --- reading ----------------------------------------------------------------------------------------------------------


def forecast(shelf: Shelf, kpi: str, by: str = "total", key: str = "", period: str = "month") -> Kept | None:
    """The newest one; None where none is made of this series. It may hold no forecast but a reason why there is none."""
    return _newest(shelf, _of(kpi, by, key, period))


def forecast_as_known(shelf: Shelf, kpi: str, by: str, key: str, period: str, on: datetime) -> Kept | None:
    """The one that was known at an instant, UTC."""
    return _newest(shelf, [*_of(kpi, by, key, period), forecasts.c.known_from <= on.astimezone(UTC)])


def expected(shelf: Shelf, kpi: str, by: str, key: str, period: str, start: date) -> Range | None:
    """What was expected of a period before anything of it was known: its wide range, else the likely one.

    From the last forecast whose history ended before the period began; where none was kept, from the trial on the past, which knew
    no more either. None where neither is there.
    """
    series = _of(kpi, by, key, period)
    kept = _newest(shelf, [*series, forecasts.c.history_end <= start])
    coming = kept.of(start) if kept else None
    if coming is not None:
        return coming.ahead.wide or coming.ahead.likely
    kept = _newest(shelf, series)
    return None if kept is None else _tried_range(kept, start)


def _tried_range(kept: Kept, start: date) -> Range | None:
    """The forecast of the past for that period, with the errors of all others."""
    if kept.forecast is None or kept.history_start is None:
        return None
    place, day = 0, kept.history_start
    while day < start:
        place, day = place + 1, period_end(kept.period, day)
    tried = next((one for one in kept.forecast.tried if day == start and one.place == place), None)
    reached = widest([one.error for one in kept.forecast.tried if one.place != place])
    if tried is None or reached is None:
        return None
    return Range(tried.forecast - reached[0], tried.forecast + reached[0], reached[1])


def all_newest(shelf: Shelf) -> list[tuple[Kept, str]]:
    """Of every series, with the fingerprint of what it rests on."""
    query = sa.select(forecasts).order_by(*(forecasts.c[name] for name in KEY))
    with shelf.engine.connect() as con:
        newest = {tuple(row[name] for name in KEY[:-1]): row for row in con.execute(query).mappings()}
    return [(_kept(row), str(row["fingerprint"])) for row in newest.values()]


def _of(kpi: str, by: str, key: str, period: str) -> list[sa.ColumnElement[bool]]:
    c = forecasts.c
    return [c.kpi == kpi, c.dimension == by, c.member == key, c.period == period]


def _newest(shelf: Shelf, where: list[sa.ColumnElement[bool]]) -> Kept | None:
    query = sa.select(forecasts).where(*where).order_by(forecasts.c.known_from.desc()).limit(1)
    with shelf.engine.connect() as con:
        row = con.execute(query).mappings().first()
    return None if row is None else _kept(row)


def _kept(row: Mapping[Any, Any]) -> Kept:
    return Kept(
        kpi=row["kpi"],
        by=row["dimension"],
        key=row["member"],
        period=row["period"],
        known_from=utc(row["known_from"]),
        run_id=row["run_id"],
        unit=row["unit"],
        currency=row["currency"],
        history_start=row["history_start"],
        history_end=row["history_end"],
        unsettled=row["unsettled"],
        reason=None if row["reason"] is None else Text(row["reason"], row["reason_fr"]),
        forecast=None if row["body"] is None else _forecast(orjson.loads(row["body"])),
        present=None if row["present"] is None else _present(orjson.loads(row["present"])),
    )


# --- as text ----------------------------------------------------------------------------------------------------------


def place_of(found: Kept) -> dict[str, Any]:
    """The columns that say which series it is of."""
    return {"kpi": found.kpi, "dimension": found.by, "member": found.key, "period": found.period}


def row_of(found: Kept, fingerprint: str) -> dict[str, Any]:
    """As it is stored."""
    return {
        **place_of(found),
        "known_from": found.known_from,
        "run_id": found.run_id,
        "fingerprint": fingerprint,
        "unit": found.unit,
        "currency": found.currency,
        "history_start": found.history_start,
        "history_end": found.history_end,
        "unsettled": found.unsettled,
        "reason": found.reason.en if found.reason else None,
        "reason_fr": found.reason.fr if found.reason else None,
        "body": _body(found.forecast, found.unsettled + 1) if found.forecast else None,
        "present": present_text(found.present),
    }


def _body(found: Forecast, step: int) -> str:
    """As JSON, decimals as text; of the trial only the forecasts ``step`` periods ahead."""
    document = {
        "model": found.model,
        "season": found.season,
        "values": found.values,
        "origins": found.origins,
        "mase": found.mase,
        "naive_mase": found.naive_mase,
        "error_share": found.error_share,
        "ahead": [[a.step, a.value, a.likely, a.wide, a.mean_error, a.error_share, a.errors] for a in found.ahead],
        "tried": [list(t) for t in found.tried if t.step == step],
    }
    return orjson.dumps(document, default=_plain).decode()


def present_text(found: Present | None) -> str | None:
    if found is None:
        return None
    document = [found.done, found.share, found.profile, found.rest, found.value, found.likely, found.wide, found.errors]
    return orjson.dumps(document, default=_plain).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(type(value).__name__)


def _forecast(body: Mapping[str, Any]) -> Forecast:
    return Forecast(
        model=body["model"],
        season=body["season"],
        values=body["values"],
        origins=body["origins"],
        mase=_decimal(body["mase"]),
        naive_mase=_decimal(body["naive_mase"]),
        error_share=_decimal(body["error_share"]),
        ahead=tuple(
            Ahead(step, Decimal(value), _range(likely), _range(wide), Decimal(error), _decimal(share), errors)
            for step, value, likely, wide, error, share, errors in body["ahead"]
        ),
        tried=tuple(Tried(place, step, Decimal(one), Decimal(came)) for place, step, one, came in body["tried"]),
    )


def _present(body: Any) -> Present:
    done, share, profile, rest, value, likely, wide, errors = body
    return Present(Decimal(done), Decimal(share), profile, rest, Decimal(value), _range(likely), _range(wide), errors)


def _range(ends: Any) -> Range | None:
    return None if ends is None else Range(*map(Decimal, ends))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
