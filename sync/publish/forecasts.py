"""Forecasts, made after a sync: of the KPIs that the company follows, and of those that a target or an alert is about.

At total by month and week, by channel by month. A forecast is made again only when what it rests on has changed; what the period
that is running will end at (:mod:`sync.publish.running`), at each sync.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa

from kpi.card import Kpi
from kpi.forecast import Forecast, forecast, limits_of
from kpi.forecast.present import Present
from kpi.measures.base import By
from kpi.periods import Period
from kpi.text import Text
from kpi.units import plain
from sync.grains import kept
from sync.house import House
from sync.ledger_base import upsert
from sync.publish.forecast_store import KEY, Kept, all_newest, forecasts, place_of, present_text, row_of
from sync.publish.histories import History, history
from sync.publish.running import Days, running
from sync.publish.shelf import Figure, Shelf

SEASONS: Mapping[str, int] = {"month": 12, "week": 52}
AHEAD: Mapping[str, int] = {"month": 4, "week": 9}
"""The period that is running, and three months or eight weeks after it."""
MADE = 1
"""Raised when forecasts are made in another way: all are made anew."""


class Wanted(NamedTuple):
    """What is forecast: every member of a dimension."""

    kpi: Kpi
    by: By
    period: Period


def update(house: House, shelf: Shelf) -> int:
    """Bring the forecasts up to the shelf's values; how many were made anew."""
    if shelf.as_of is None or shelf.today is None or shelf.run_id is None:
        return 0
    maker = _Maker(shelf)
    for want in wanted(house):
        for key, figures in _by_member(shelf, want).items():
            maker.take(want, key, figures)
    with shelf.engine.begin() as tx:
        upsert(tx, forecasts, maker.made, KEY)
        if maker.moved_on:
            c = forecasts.c
            standing = [getattr(c, name) == sa.bindparam(f"at_{name}") for name in KEY]
            tx.execute(sa.update(forecasts).where(*standing).values(present=sa.bindparam("now")), maker.moved_on)
        if (days := house.settings.retention.results_days) is not None:
            tx.execute(sa.delete(forecasts).where(forecasts.c.known_from < shelf.as_of - timedelta(days=days)))
    return len(maker.made)


def wanted(house: House) -> Iterator[Wanted]:
    """What is followed, and what targets and alerts are about, each once."""
    kpis = house.catalogue.kpis
    asked: list[tuple[str, Any, Any]] = []
    for name in house.catalogue.followed:
        asked += [(name, "total", "month"), (name, "total", "week"), (name, "channel", "month")]
    asked += [(target.kpi, target.by, "month") for target in house.settings.targets]
    rules = house.settings.alerts.rules.values()
    asked += [(rule.kpi or "", rule.by, rule.period) for rule in rules if rule.kind == "outside_forecast"]
    for name, by, period in dict.fromkeys(asked):
        if period in SEASONS and name in kpis and kept(kpis[name], by, period):
            yield Wanted(kpis[name], by, period)


def _by_member(shelf: Shelf, want: Wanted) -> Mapping[str, list[Figure]]:
    found: dict[str, list[Figure]] = defaultdict(list)
    for figure in shelf.history([want.kpi.name], by=want.by, period=want.period):
        found[figure.key].append(figure)
    return found


class _Maker:
    """Makes the rows of one update: forecasts whose history has changed, and of all others what the running period comes to."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._days = shelf, Days(shelf)
        self._known = {(one.kpi, one.by, one.key, one.period): (one, mark) for one, mark in all_newest(shelf)}
        self.made: list[dict[str, Any]] = []
        self.moved_on: list[dict[str, Any]] = []

    def take(self, want: Wanted, key: str, figures: Sequence[Figure]) -> None:
        found = _history(want, figures, self._shelf)
        mark = _fingerprint(want, found, figures[-1].model)
        before, known_mark = self._known.get((want.kpi.name, want.by, key, want.period), (None, None))
        if before is None or known_mark != mark:
            self.made.append(row_of(_kept_now(self._shelf, want, key, figures, found, self._days), mark))
            return
        present = _present(want, key, figures, before.forecast, found, self._days)
        place = {**place_of(before), "known_from": before.known_from}
        self.moved_on.append({f"at_{name}": value for name, value in place.items()} | {"now": present_text(present)})


def forecast_now(shelf: Shelf, want: Wanted, key: str) -> Kept | None:
    """Made at once, of any KPI, and not kept. None where the member has no figures."""
    figures = shelf.series(want.kpi.name, by=want.by, key=key, period=want.period)
    if not figures or shelf.as_of is None:
        return None
    return _kept_now(shelf, want, key, figures, _history(want, figures, shelf), Days(shelf))


def _history(want: Wanted, figures: Sequence[Figure], shelf: Shelf) -> History | Text:
    assert shelf.today is not None  # noqa: S101 - whatever has figures has a day
    return history(want.kpi, want.period, figures, shelf.today)


def _kept_now(shelf: Shelf, want: Wanted, key: str, figures: Sequence[Figure], found: History | Text, days: Days) -> Kept:
    assert shelf.as_of is not None  # noqa: S101 - likewise
    assert shelf.run_id is not None  # noqa: S101
    made = _made(want, found) if isinstance(found, History) else None
    return Kept(
        kpi=want.kpi.name,
        by=want.by,
        key=key,
        period=want.period,
        known_from=shelf.as_of,
        run_id=shelf.run_id,
        unit=figures[-1].unit,
        currency=figures[-1].currency,
        history_start=found.start if isinstance(found, History) else None,
        history_end=found.end if isinstance(found, History) else None,
        unsettled=found.unsettled if isinstance(found, History) else 0,
        reason=found if isinstance(found, Text) else None,
        forecast=made,
        present=_present(want, key, figures, made, found, days),
    )


def _made(want: Wanted, found: History) -> Forecast | None:
    return forecast(
        found.values,
        season=SEASONS[want.period],
        ahead=AHEAD[want.period] + found.unsettled,
        unit=want.kpi.unit,
        limits=limits_of(want.kpi, found.values),
    )


def _present(
    want: Wanted, key: str, figures: Sequence[Figure], made: Forecast | None, found: History | Text, days: Days
) -> Present | None:
    if made is None or isinstance(found, Text):
        return None
    return running(want.kpi, want.by, key, want.period, figures, found, made, days)


def _fingerprint(want: Wanted, found: History | Text, model: str | None) -> str:
    """Of all that a forecast depends on."""
    rests_on = (
        [found.en]
        if isinstance(found, Text)
        else [found.start.isoformat(), str(found.unsettled), *(plain(value) for value in found.values)]
    )
    words = [str(MADE), want.kpi.fingerprint, model or "", *rests_on]
    return sha256(" ".join(words).encode()).hexdigest()[:16]
